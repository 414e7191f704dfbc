/*
 * build_object.c
 *		jsonb objects of what is known: keys and values, less those without one.
 *
 * In C because a dossier has an object for each item, and jsonb_strip_nulls of
 * jsonb_build_object looks types up for each value of each call, writes and
 * reads numbers as text, and builds the object twice.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "compat.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(ar_build_object);

static void
set_string(JsonbValue *out, char *value, size_t length)
{
	if (length > JENTRY_OFFLENMASK)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a text of %zu bytes is too long for jsonb", length)));
	out->type = jbvString;
	out->val.string.val = value;
	out->val.string.len = (int) length;
}

static void
set_numeric(JsonbValue *out, Datum value)
{
	Numeric		number = DatumGetNumeric(value);

	/* JSON has no word for these. */
	if (numeric_is_nan(number) || numeric_is_inf(number))
	{
		char	   *text = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(number)));

		set_string(out, text, strlen(text));
		return;
	}
	out->type = jbvNumeric;
	out->val.numeric = number;
}

static void
set_time(JsonbValue *out, Datum value, Oid type)
{
	char	   *text = JsonEncodeDateTime(NULL, value, type, NULL);

	set_string(out, text, strlen(text));
}

static void
set_jsonb(JsonbValue *out, Datum value)
{
	Jsonb	   *jsonb = DatumGetJsonbP(value);

	if (JB_ROOT_IS_SCALAR(jsonb))
	{
		(void) JsonbExtractScalar(&jsonb->root, out);
		return;
	}
	out->type = jbvBinary;
	out->val.binary.data = &jsonb->root;
	out->val.binary.len = VARSIZE(jsonb) - VARHDRSZ;
}

static void
set_value(JsonbValue *out, Datum value, Oid type)
{
	switch (type)
	{
		case TEXTOID:
			{
				text	   *string = DatumGetTextPP(value);

				set_string(out, VARDATA_ANY(string), VARSIZE_ANY_EXHDR(string));
				break;
			}
		case UNKNOWNOID:
			set_string(out, DatumGetCString(value), strlen(DatumGetCString(value)));
			break;
		case BOOLOID:
			out->type = jbvBool;
			out->val.boolean = DatumGetBool(value);
			break;
		case INT2OID:
			out->type = jbvNumeric;
			out->val.numeric = int64_to_numeric(DatumGetInt16(value));
			break;
		case INT4OID:
			out->type = jbvNumeric;
			out->val.numeric = int64_to_numeric(DatumGetInt32(value));
			break;
		case INT8OID:
			out->type = jbvNumeric;
			out->val.numeric = int64_to_numeric(DatumGetInt64(value));
			break;
		case NUMERICOID:
			set_numeric(out, value);
			break;
		case DATEOID:
		case TIMESTAMPTZOID:
			set_time(out, value, type);
			break;
		case JSONBOID:
			set_jsonb(out, value);
			break;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a value of type %s cannot be put into an object", format_type_be(type)),
					 errhint("Cast it to text, numeric, date, timestamptz, boolean or jsonb.")));
	}
}

/* The types of the arguments, looked up once for each place that the function is called at. */
static const Oid *
argument_types(FunctionCallInfo fcinfo)
{
	Oid		   *types = fcinfo->flinfo->fn_extra;

	if (types != NULL)
		return types;
	if (get_fn_expr_variadic(fcinfo->flinfo))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("keys and values are not given as an array")));
	if (PG_NARGS() % 2 != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("each key has a value")));
	types = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, PG_NARGS() * sizeof(Oid));
	for (int i = 0; i < PG_NARGS(); i++)
	{
		types[i] = get_fn_expr_argtype(fcinfo->flinfo, i);
		if (i % 2 == 0 && types[i] != TEXTOID && types[i] != UNKNOWNOID)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a key is text, not %s", format_type_be(types[i]))));
	}
	fcinfo->flinfo->fn_extra = types;
	return types;
}

/* ar.build_object(VARIADIC "any") */
Datum
ar_build_object(PG_FUNCTION_ARGS)
{
	const Oid  *types = argument_types(fcinfo);
	JsonbParseState *state = NULL;
	JsonbValue *result;

	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < PG_NARGS(); i += 2)
	{
		JsonbValue	key;
		JsonbValue	value;

		if (PG_ARGISNULL(i))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("a key is not null")));
		if (PG_ARGISNULL(i + 1))
			continue;
		set_value(&value, PG_GETARG_DATUM(i + 1), types[i + 1]);
		if (value.type == jbvNull)
			continue;
		set_value(&key, PG_GETARG_DATUM(i), types[i]);
		(void) pushJsonbValue(&state, WJB_KEY, &key);
		(void) pushJsonbValue(&state, WJB_VALUE, &value);
	}
	result = pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	PG_RETURN_JSONB_P(JsonbValueToJsonb(result));
}
