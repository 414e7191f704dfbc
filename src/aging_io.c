/*
 * aging_io.c
 *		Text and binary form of type ar.aging.
 *
 * The text form is four lists: the bounds, the amounts, the items of each
 * bucket, then the positive overdue amount and the same times its days:
 *
 *		{0,30,60,90}{4000.00,6000.00,0,0,0}{1,1,0,0,0}{6000.00,54000.00}
 */
#include "postgres.h"

#include "aging.h"
#include "compat.h"
#include "decimal.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "sums.h"
#include "utils/builtins.h"
#include "words.h"

#define AGING_BINARY_VERSION	1

static bool
invalid_text(Node *escontext, const char *input, const char *detail)
{
	ereturn(escontext, false,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type ar.aging: \"%s\"", input),
			 errdetail("%s", detail)));
}

static Aging *
parse_aging(const char *input, Node *escontext)
{
	const char *pos = input;
	int32		bounds[AGING_MAX_BOUNDS];
	int64		items[AGING_MAX_BOUNDS + 1];
	WrittenSum *sums = palloc((AGING_MAX_BOUNDS + 3) * sizeof(WrittenSum));
	WrittenSum *debit;
	WrittenSum *day_amount;
	int			nbounds = 0;
	int			fraction = 1;
	int64		value;
	Aging	   *aging;
	bool		fits;

	if (!skip_char(&pos, '{'))
		return invalid_text(escontext, input, "Bounds in braces expected."), NULL;
	do
	{
		if (nbounds == AGING_MAX_BOUNDS)
			return invalid_text(escontext, input, "There are too many bounds."), NULL;
		if (!next_int64(&pos, PG_INT32_MIN, PG_INT32_MAX, &value) ||
			(nbounds > 0 && value <= bounds[nbounds - 1]))
			return invalid_text(escontext, input, "Bounds must be ascending integers."), NULL;
		bounds[nbounds++] = value;
	} while (skip_char(&pos, ','));

	for (int i = 0; i <= nbounds; i++)
	{
		if (!skip_char(&pos, i == 0 ? '{' : ',') &&
			!(i == 0 && skip_char(&pos, '}') && skip_char(&pos, '{')))
			return invalid_text(escontext, input, "An amount for each bucket expected."), NULL;
		if (!next_sum(&pos, &sums[i]))
			return invalid_text(escontext, input, "Amounts must be plain decimal numbers that fit."), NULL;
		fraction = Max(fraction, sums[i].fraction);
	}
	for (int i = 0; i <= nbounds; i++)
	{
		if (i == 0 ? !(skip_char(&pos, '}') && skip_char(&pos, '{')) :
			!skip_char(&pos, ','))
			return invalid_text(escontext, input, "A number of items for each bucket expected."), NULL;
		if (!next_int64(&pos, 0, AGING_MAX_ITEMS, &items[i]))
			return invalid_text(escontext, input, "Numbers of items must be non-negative integers."), NULL;
	}
	debit = &sums[nbounds + 1];
	day_amount = &sums[nbounds + 2];
	if (!skip_char(&pos, '}') || !skip_char(&pos, '{') ||
		!next_sum(&pos, debit) || !skip_char(&pos, ',') ||
		!next_sum(&pos, day_amount) || !skip_char(&pos, '}'))
		return invalid_text(escontext, input, "The positive overdue amount and its days expected."), NULL;
	skip_space(&pos);
	if (*pos != '\0')
		return invalid_text(escontext, input, "Text follows the value."), NULL;
	fraction = Max(fraction, Max(debit->fraction, day_amount->fraction));

	aging = aging_resize(aging_create(nbounds, bounds), AGING_MAX_WORDS, fraction);
	fits = written_sum_words(aging_debit(aging), debit, fraction) &&
		written_sum_words(aging_day_amount(aging), day_amount, fraction);
	for (int i = 0; i <= nbounds && fits; i++)
	{
		uint64	   *bucket = aging_bucket(aging, i);

		bucket[0] = TALLY(items[i], sums[i].scale);
		fits = written_sum_words(bucket + 1, &sums[i], fraction);
	}
	if (!fits)
		return invalid_text(escontext, input, "An amount is out of range."), NULL;
	if (!aging_check(aging, escontext))
		return NULL;
	return aging_normalize(aging);
}

PG_FUNCTION_INFO_V1(ar_aging_in);
Datum
ar_aging_in(PG_FUNCTION_ARGS)
{
	Aging	   *aging = parse_aging(PG_GETARG_CSTRING(0), fcinfo->context);

	if (aging == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(aging);
}

static void
append_sum(StringInfo buf, const Aging *aging, const uint64 *sum, int scale)
{
	Numeric		value = words_to_numeric(sum, aging->nwords, aging->fraction,
										 scale);

	appendStringInfoString(buf,
						   DatumGetCString(DirectFunctionCall1(numeric_out,
															   NumericGetDatum(value))));
}

PG_FUNCTION_INFO_V1(ar_aging_out);
Datum
ar_aging_out(PG_FUNCTION_ARGS)
{
	Aging	   *aging = PG_GETARG_AGING_P(0);
	int			scale = aging_scale(aging);
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < aging->nbounds; i++)
		appendStringInfo(&buf, "%c%d", i == 0 ? '{' : ',', aging->bounds[i]);
	appendStringInfoChar(&buf, '}');
	for (int i = 0; i <= aging->nbounds; i++)
	{
		uint64	   *bucket = aging_bucket(aging, i);

		appendStringInfoChar(&buf, i == 0 ? '{' : ',');
		append_sum(&buf, aging, bucket + 1, TALLY_SCALE(bucket[0]));
	}
	appendStringInfoChar(&buf, '}');
	for (int i = 0; i <= aging->nbounds; i++)
		appendStringInfo(&buf, "%c" UINT64_FORMAT, i == 0 ? '{' : ',',
						 TALLY_ITEMS(aging_bucket(aging, i)[0]));
	appendStringInfoString(&buf, "}{");
	append_sum(&buf, aging, aging_debit(aging), scale);
	appendStringInfoChar(&buf, ',');
	append_sum(&buf, aging, aging_day_amount(aging), scale);
	appendStringInfoChar(&buf, '}');
	PG_RETURN_CSTRING(buf.data);
}

PG_FUNCTION_INFO_V1(ar_aging_send);
Datum
ar_aging_send(PG_FUNCTION_ARGS)
{
	Aging	   *aging = PG_GETARG_AGING_P(0);
	uint64	   *words = aging_debit(aging);
	int			nwords = 2 * aging->nwords +
		(aging->nbounds + 1) * (1 + aging->nwords);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint8(&buf, AGING_BINARY_VERSION);
	pq_sendint8(&buf, aging->nbounds);
	pq_sendint8(&buf, aging->nwords);
	pq_sendint16(&buf, aging->fraction);
	for (int i = 0; i < aging->nbounds; i++)
		pq_sendint32(&buf, aging->bounds[i]);
	for (int i = 0; i < nwords; i++)
		pq_sendint64(&buf, words[i]);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

static void
invalid_binary(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary value for type ar.aging"),
			 errdetail("%s", detail)));
}

PG_FUNCTION_INFO_V1(ar_aging_recv);
Datum
ar_aging_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			version = pq_getmsgbyte(buf);
	int			nbounds = pq_getmsgbyte(buf);
	int			nwords = pq_getmsgbyte(buf);
	int			fraction = pq_getmsgint(buf, 2);
	int32		bounds[AGING_MAX_BOUNDS];
	Aging	   *aging;
	uint64	   *words;

	if (version != AGING_BINARY_VERSION)
		invalid_binary("Its version is unknown.");
	if (nwords < 1 || nwords > AGING_MAX_WORDS ||
		fraction < 1 || fraction > AGING_MAX_FRACTION)
		invalid_binary("Its sizes are out of range.");
	if (nbounds < 1 || nbounds > AGING_MAX_BOUNDS)
		invalid_binary("Its number of bounds is out of range.");
	for (int i = 0; i < nbounds; i++)
		bounds[i] = (int32) pq_getmsgint(buf, 4);
	aging_check_bounds(nbounds, bounds);

	aging = aging_resize(aging_create(nbounds, bounds), nwords, fraction);
	words = aging_debit(aging);
	for (int i = 0; i < 2 * nwords + (nbounds + 1) * (1 + nwords); i++)
		words[i] = (uint64) pq_getmsgint64(buf);
	aging_check(aging, NULL);
	PG_RETURN_POINTER(aging_normalize(aging));
}
