/*
 * payment_behavior_io.c
 *		Text and binary form of type ar.payment_behavior.
 *
 * The text form is four lists: receipts and those late; the fewest and the
 * most days late; the sums of amounts; the sums of days:
 *
 *		{2,1}{-5,5}{1100.00,1000.00,...}{30,0,...}
 */
#include "postgres.h"

#include "compat.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "payment_behavior.h"
#include "utils/builtins.h"

#define BEHAVIOR_BINARY_VERSION	1

static bool
invalid_text(Node *escontext, const char *input, const char *detail)
{
	ereturn(escontext, false,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type ar.payment_behavior: \"%s\"", input),
			 errdetail("%s", detail)));
}

/* Two whole numbers in braces. */
static bool
next_pair(const char **pos, int64 *first, int64 *second)
{
	return skip_char(pos, '{') &&
		next_int64(pos, PG_INT64_MIN, PG_INT64_MAX, first) &&
		skip_char(pos, ',') &&
		next_int64(pos, PG_INT64_MIN, PG_INT64_MAX, second) &&
		skip_char(pos, '}');
}

static PaymentBehavior *
parse_behavior(const char *input, Node *escontext)
{
	const char *pos = input;
	int64		receipts;
	int64		late;
	int64		best;
	int64		worst;
	int			fraction = 1;
	WrittenSum	sums[NSUMS];
	PaymentBehavior *behavior;

	if (!next_pair(&pos, &receipts, &late))
		return invalid_text(escontext, input, "The number of receipts and of late ones expected."), NULL;
	if (!next_pair(&pos, &best, &worst))
		return invalid_text(escontext, input, "The fewest and the most days late expected."), NULL;
	for (int i = 0; i < NSUMS; i++)
	{
		bool		first = i == 0 || i == FIRST_SIMPLE_SUM;

		if ((i == FIRST_SIMPLE_SUM && !skip_char(&pos, '}')) ||
			!skip_char(&pos, first ? '{' : ',') ||
			!next_sum(&pos, &sums[i]) ||
			(i >= FIRST_SIMPLE_SUM && sums[i].scale > 0))
			return invalid_text(escontext, input, "Six sums of amounts and five whole sums of days expected, as plain numbers that fit."), NULL;
		if (i < FIRST_SIMPLE_SUM)
			fraction = Max(fraction, sums[i].fraction);
	}
	if (!skip_char(&pos, '}'))
		return invalid_text(escontext, input, "Six sums of amounts and five whole sums of days expected, as plain numbers that fit."), NULL;
	skip_space(&pos);
	if (*pos != '\0')
		return invalid_text(escontext, input, "Text follows the value."), NULL;

	behavior = behavior_create(WORDS_MAX, fraction);
	behavior->receipts = receipts;
	behavior->late = late;
	behavior->best = best;
	behavior->worst = worst;
	behavior->scale = sums[SUM_AMOUNT].scale;
	for (int i = 0; i < NSUMS; i++)
		if (!written_sum_words(behavior_sum(behavior, i), &sums[i],
							   i < FIRST_SIMPLE_SUM ? fraction : 0))
			return invalid_text(escontext, input, "A sum is out of range."), NULL;
	if (!behavior_check(behavior, escontext))
		return NULL;
	return behavior_normalize(behavior);
}

PG_FUNCTION_INFO_V1(ar_payment_behavior_in);
Datum
ar_payment_behavior_in(PG_FUNCTION_ARGS)
{
	PaymentBehavior *behavior = parse_behavior(PG_GETARG_CSTRING(0), fcinfo->context);

	if (behavior == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(behavior);
}

PG_FUNCTION_INFO_V1(ar_payment_behavior_out);
Datum
ar_payment_behavior_out(PG_FUNCTION_ARGS)
{
	PaymentBehavior *behavior = PG_GETARG_BEHAVIOR_P(0);
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "{" INT64_FORMAT "," INT64_FORMAT "}{" INT64_FORMAT "," INT64_FORMAT "}",
					 behavior->receipts, behavior->late, behavior->best, behavior->worst);
	for (int i = 0; i < NSUMS; i++)
	{
		if (i == FIRST_SIMPLE_SUM)
			appendStringInfoChar(&buf, '}');
		appendStringInfoChar(&buf, i == 0 || i == FIRST_SIMPLE_SUM ? '{' : ',');
		appendStringInfoString(&buf,
							   DatumGetCString(DirectFunctionCall1(numeric_out,
																   NumericGetDatum(behavior_numeric(behavior, i)))));
	}
	appendStringInfoChar(&buf, '}');
	PG_RETURN_CSTRING(buf.data);
}

PG_FUNCTION_INFO_V1(ar_payment_behavior_send);
Datum
ar_payment_behavior_send(PG_FUNCTION_ARGS)
{
	PaymentBehavior *behavior = PG_GETARG_BEHAVIOR_P(0);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint8(&buf, BEHAVIOR_BINARY_VERSION);
	pq_sendint8(&buf, behavior->nwords);
	pq_sendint16(&buf, behavior->fraction);
	pq_sendint16(&buf, behavior->scale);
	pq_sendint64(&buf, behavior->receipts);
	pq_sendint64(&buf, behavior->late);
	pq_sendint64(&buf, behavior->best);
	pq_sendint64(&buf, behavior->worst);
	for (int i = 0; i < NSUMS * behavior->nwords; i++)
		pq_sendint64(&buf, behavior->sums[i]);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

static void
invalid_binary(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary value for type ar.payment_behavior"),
			 errdetail("%s", detail)));
}

PG_FUNCTION_INFO_V1(ar_payment_behavior_recv);
Datum
ar_payment_behavior_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			version = pq_getmsgbyte(buf);
	int			nwords = pq_getmsgbyte(buf);
	int			fraction = pq_getmsgint(buf, 2);
	int			scale = pq_getmsgint(buf, 2);
	PaymentBehavior *behavior;

	if (version != BEHAVIOR_BINARY_VERSION)
		invalid_binary("Its version is unknown.");
	if (nwords < 1 || nwords > WORDS_MAX ||
		fraction < 1 || fraction > SUM_MAX_FRACTION || scale > DECIMAL_MAX_SCALE)
		invalid_binary("Its sizes are out of range.");
	behavior = behavior_create(nwords, fraction);
	behavior->scale = scale;
	behavior->receipts = pq_getmsgint64(buf);
	behavior->late = pq_getmsgint64(buf);
	behavior->best = pq_getmsgint64(buf);
	behavior->worst = pq_getmsgint64(buf);
	for (int i = 0; i < NSUMS * nwords; i++)
		behavior->sums[i] = (uint64) pq_getmsgint64(buf);
	behavior_check(behavior, NULL);
	PG_RETURN_POINTER(behavior_normalize(behavior));
}
