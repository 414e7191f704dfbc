/*
 * guard.c
 *		Trigger that keeps postings to the currency and the open periods of
 *		their company.
 *
 * In C because it runs for every row of an import.  The company is looked up
 * once a statement and stays locked until the end of the transaction: its
 * currency cannot change and its period cannot be closed under a posting.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "compat.h"
#include "kept_plan.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/numeric.h"
#include "utils/rel.h"

/* The columns of a posting; what a table lacks has the number 0. */
typedef enum PostingColumn
{
	COMPANY_ID,
	POSTED_ON,
	CURRENCY,
	AMOUNT,
	OPEN_AMOUNT,
	COMPANY_AMOUNT,
	OPEN_COMPANY_AMOUNT,
	RECORDED_AT
} PostingColumn;

#define POSTING_COLUMNS		(RECORDED_AT + 1)
#define CURRENCY_LENGTH		3

typedef struct PostingGuard
{
	int			attr[POSTING_COLUMNS];
	bool		has_company;	/* whether the next five are known */
	int64		company_id;
	char		company_currency[CURRENCY_LENGTH + 1];
	Datum		company_currency_text;
	int32		company_minor_units;
	DateADT		closed_through;
	char		currency[CURRENCY_LENGTH + 1];	/* another one, empty for none */
	int32		minor_units;
} PostingGuard;

/* A posting while it is looked at: values, and which of them were filled in. */
typedef struct Posting
{
	Datum		values[POSTING_COLUMNS];
	bool		nulls[POSTING_COLUMNS];
	bool		filled[POSTING_COLUMNS];
	bool		any_filled;
} Posting;

static SPIPlanPtr company_plan = NULL;
static SPIPlanPtr currency_plan = NULL;
static SPIPlanPtr override_plan = NULL;

static void
look_up_company(PostingGuard *guard, int64 company_id, MemoryContext context)
{
	Oid			types[1] = {INT8OID};
	Datum		values[1] = {Int64GetDatum(company_id)};
	TupleDesc	tupdesc;
	HeapTuple	row;
	bool		isnull;
	MemoryContext old;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	execute_kept(&company_plan,
				 "SELECT c.currency, u.minor_units::pg_catalog.int4, c.closed_through"
				 " FROM receivables.company AS c, receivables.currency AS u"
				 " WHERE c.company_id OPERATOR(pg_catalog.=) $1"
				 " AND u.currency OPERATOR(pg_catalog.=) c.currency"
				 " FOR SHARE OF c",
				 1, types, values, NULL, false);
	if (SPI_processed != 1)
		ereport(ERROR,
				(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
				 errmsg("company " INT64_FORMAT " does not exist", company_id)));
	row = SPI_tuptable->vals[0];
	tupdesc = SPI_tuptable->tupdesc;
	old = MemoryContextSwitchTo(context);
	guard->company_currency_text =
		PointerGetDatum(DatumGetTextPCopy(SPI_getbinval(row, tupdesc, 1, &isnull)));
	MemoryContextSwitchTo(old);
	text_to_cstring_buffer(DatumGetTextPP(guard->company_currency_text),
						   guard->company_currency,
						   sizeof(guard->company_currency));
	guard->company_minor_units = DatumGetInt32(SPI_getbinval(row, tupdesc, 2, &isnull));
	guard->closed_through = DatumGetDateADT(SPI_getbinval(row, tupdesc, 3, &isnull));
	guard->company_id = company_id;
	guard->currency[0] = '\0';
	guard->has_company = true;
	SPI_finish();
}

/* The decimals of a currency; -1 for one that does not exist. */
static int32
look_up_minor_units(PostingGuard *guard, const char *code, Datum currency)
{
	if (strcmp(code, guard->company_currency) == 0)
		return guard->company_minor_units;
	if (strcmp(code, guard->currency) != 0)
	{
		Oid			types[1] = {TEXTOID};
		bool		isnull;

		if (SPI_connect() != SPI_OK_CONNECT)
			elog(ERROR, "SPI_connect failed");
		execute_kept(&currency_plan,
					 "SELECT u.minor_units::pg_catalog.int4"
					 " FROM receivables.currency AS u"
					 " WHERE u.currency OPERATOR(pg_catalog.=) $1",
					 1, types, &currency, NULL, false);
		guard->minor_units = SPI_processed == 0 ? -1 :
			DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0],
										SPI_tuptable->tupdesc, 1, &isnull));
		strlcpy(guard->currency, code, sizeof(guard->currency));
		SPI_finish();
	}
	return guard->minor_units;
}

/* Posting into a closed period: refused, or allowed and logged, by SQL. */
static void
ask_for_override(PostingGuard *guard, Relation relation, Posting *posting)
{
	Oid			types[4] = {INT8OID, TEXTOID, DATEOID, TIMESTAMPTZOID};
	Datum		values[4];

	values[0] = Int64GetDatum(guard->company_id);
	values[1] = CStringGetTextDatum(RelationGetRelationName(relation));
	values[2] = posting->values[POSTED_ON];
	values[3] = posting->values[RECORDED_AT];
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	execute_kept(&override_plan,
				 "SELECT ar.override_closed_period($1, $2, $3, $4)",
				 4, types, values, NULL, false);
	SPI_finish();
}

static PostingGuard *
get_guard(FunctionCallInfo fcinfo, TriggerData *trigdata)
{
	static const struct
	{
		const char *name;
		Oid			type;
	}			columns[POSTING_COLUMNS] = {
		{"company_id", INT8OID},
		{"effective_on", DATEOID},
		{"currency", TEXTOID},
		{"amount", NUMERICOID},
		{"open_amount", NUMERICOID},
		{"company_amount", NUMERICOID},
		{"open_company_amount", NUMERICOID},
		{"recorded_at", TIMESTAMPTZOID},
	};
	PostingGuard *guard = fcinfo->flinfo->fn_extra;
	TupleDesc	tupdesc = RelationGetDescr(trigdata->tg_relation);

	if (guard != NULL)
		return guard;
	guard = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(PostingGuard));
	for (int i = 0; i < POSTING_COLUMNS; i++)
	{
		int			attr = SPI_fnumber(tupdesc, columns[i].name);

		if (attr <= 0 && i == POSTED_ON)
			attr = SPI_fnumber(tupdesc, "document_date");
		if (attr > 0 && SPI_gettypeid(tupdesc, attr) == columns[i].type)
			guard->attr[i] = attr;
		else if (attr > 0 || i == COMPANY_ID || i == POSTED_ON || i == AMOUNT ||
				 i == COMPANY_AMOUNT || i == RECORDED_AT)
			ereport(ERROR,
					(errcode(ERRCODE_WRONG_OBJECT_TYPE),
					 errmsg("a table guarded by ar.check_posting needs a column %s of type %s",
							columns[i].name, format_type_be(columns[i].type))));
	}
	fcinfo->flinfo->fn_extra = guard;
	return guard;
}

static void
fill(Posting *posting, PostingGuard *guard, PostingColumn column, Datum value,
	 bool isnull)
{
	if (guard->attr[column] == 0 || !posting->nulls[column] || isnull)
		return;
	posting->values[column] = value;
	posting->nulls[column] = false;
	posting->filled[column] = true;
	posting->any_filled = true;
}

static HeapTuple
with_filled(HeapTuple tuple, TupleDesc tupdesc, PostingGuard *guard, Posting *posting)
{
	int			attrs[POSTING_COLUMNS];
	Datum		values[POSTING_COLUMNS];
	bool		nulls[POSTING_COLUMNS];
	int			n = 0;

	for (int i = 0; i < POSTING_COLUMNS; i++)
	{
		if (!posting->filled[i])
			continue;
		attrs[n] = guard->attr[i];
		values[n] = posting->values[i];
		nulls[n++] = false;
	}
	return heap_modify_tuple_by_cols(tuple, tupdesc, n, attrs, values, nulls);
}

static void
check_decimals(Relation relation, PostingGuard *guard, Posting *posting,
			   PostingColumn column, int32 minor_units)
{
	Datum		amount = posting->values[column];
	Datum		rounded;

	/* What is missing, infinite or in no currency is refused by constraints. */
	if (posting->nulls[column] || minor_units < 0)
		return;
	rounded = DirectFunctionCall2(numeric_round, amount, Int32GetDatum(minor_units));
	if (!DatumGetBool(DirectFunctionCall2(numeric_eq, amount, rounded)))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("amount %s has more than %d decimals",
						DatumGetCString(DirectFunctionCall1(numeric_out, amount)),
						minor_units),
				 column == AMOUNT ? errdetail("Its currency has no more.") :
				 errdetail("The currency of company " INT64_FORMAT " has no more.",
						   guard->company_id),
				 errtablecol(relation, guard->attr[column])));
}

/* In the currency of the company both amounts are one. */
static void
check_same_amount(Relation relation, PostingGuard *guard, Posting *posting)
{
	fill(posting, guard, COMPANY_AMOUNT, posting->values[AMOUNT],
		 posting->nulls[AMOUNT]);
	if (!posting->nulls[AMOUNT] && !posting->nulls[COMPANY_AMOUNT] &&
		!DatumGetBool(DirectFunctionCall2(numeric_eq, posting->values[AMOUNT],
										  posting->values[COMPANY_AMOUNT])))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("company_amount differs from amount in the currency of the company"),
				 errtablecol(relation, guard->attr[COMPANY_AMOUNT])));
}

PG_FUNCTION_INFO_V1(ar_check_posting);
Datum
ar_check_posting(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	Relation	relation;
	TupleDesc	tupdesc;
	HeapTuple	tuple;
	PostingGuard *guard;
	Posting		posting;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_BEFORE(trigdata->tg_event) ||
		!TRIGGER_FIRED_BY_INSERT(trigdata->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigdata->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("ar.check_posting must be fired before insert for each row")));

	relation = trigdata->tg_relation;
	tuple = trigdata->tg_trigtuple;
	tupdesc = RelationGetDescr(relation);
	guard = get_guard(fcinfo, trigdata);
	memset(&posting, 0, sizeof(posting));
	for (int i = 0; i < POSTING_COLUMNS; i++)
	{
		posting.nulls[i] = true;
		if (guard->attr[i] != 0)
			posting.values[i] = heap_getattr(tuple, guard->attr[i], tupdesc,
											 &posting.nulls[i]);
	}
	if (posting.nulls[COMPANY_ID] || posting.nulls[POSTED_ON] || posting.nulls[RECORDED_AT])
		return PointerGetDatum(tuple);

	if (!guard->has_company ||
		guard->company_id != DatumGetInt64(posting.values[COMPANY_ID]))
		look_up_company(guard, DatumGetInt64(posting.values[COMPANY_ID]),
						fcinfo->flinfo->fn_mcxt);

	fill(&posting, guard, CURRENCY, guard->company_currency_text, false);
	if (guard->attr[CURRENCY] != 0)
	{
		char		currency[CURRENCY_LENGTH + 1];

		text_to_cstring_buffer(DatumGetTextPP(posting.values[CURRENCY]), currency,
							   sizeof(currency));
		if (strcmp(currency, guard->company_currency) == 0)
			check_same_amount(relation, guard, &posting);
		check_decimals(relation, guard, &posting, AMOUNT,
					   look_up_minor_units(guard, currency, posting.values[CURRENCY]));
	}
	fill(&posting, guard, OPEN_AMOUNT, posting.values[AMOUNT], posting.nulls[AMOUNT]);
	fill(&posting, guard, OPEN_COMPANY_AMOUNT, posting.values[COMPANY_AMOUNT],
		 posting.nulls[COMPANY_AMOUNT]);
	check_decimals(relation, guard, &posting, COMPANY_AMOUNT, guard->company_minor_units);

	if (DatumGetDateADT(posting.values[POSTED_ON]) <= guard->closed_through)
		ask_for_override(guard, relation, &posting);
	return PointerGetDatum(posting.any_filled ?
						   with_filled(tuple, tupdesc, guard, &posting) : tuple);
}
