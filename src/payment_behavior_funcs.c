/*
 * payment_behavior_funcs.c
 *		What can be asked of an ar.payment_behavior: its sums, means and score.
 *
 * Results are not rounded: whoever shows them rounds.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "compat.h"
#include "payment_behavior.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#define MIN_RECEIPTS_FOR_INDEX	3
#define MIN_RECEIPTS_FOR_TREND	3
#define DAYS_OF_TREND			30

static Datum
calculate(PGFunction operation, Datum a, Datum b)
{
	return DirectFunctionCall2(operation, a, b);
}

static Datum
whole(int64 value)
{
	return NumericGetDatum(int64_to_numeric(value));
}

/* A sum over the amount paid; null where nothing was. */
static Datum
weighted(FunctionCallInfo fcinfo, int sum)
{
	PaymentBehavior *behavior = PG_GETARG_BEHAVIOR_P(0);

	if (words_zero(behavior_sum(behavior, SUM_AMOUNT), behavior->nwords))
		PG_RETURN_NULL();
	return calculate(numeric_div, NumericGetDatum(behavior_numeric(behavior, sum)),
					 NumericGetDatum(behavior_numeric(behavior, SUM_AMOUNT)));
}

/* A sum over the number of receipts. */
static Datum
simple_mean(FunctionCallInfo fcinfo, int sum)
{
	PaymentBehavior *behavior = PG_GETARG_BEHAVIOR_P(0);

	return calculate(numeric_div, NumericGetDatum(behavior_numeric(behavior, sum)),
					 whole(behavior->receipts));
}

PG_FUNCTION_INFO_V1(ar_payment_behavior_item_count);
Datum
ar_payment_behavior_item_count(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(PG_GETARG_BEHAVIOR_P(0)->receipts);
}

PG_FUNCTION_INFO_V1(ar_payment_behavior_late_count);
Datum
ar_payment_behavior_late_count(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(PG_GETARG_BEHAVIOR_P(0)->late);
}

PG_FUNCTION_INFO_V1(ar_payment_behavior_total);
Datum
ar_payment_behavior_total(PG_FUNCTION_ARGS)
{
	PG_RETURN_NUMERIC(behavior_numeric(PG_GETARG_BEHAVIOR_P(0), SUM_AMOUNT));
}

PG_FUNCTION_INFO_V1(ar_payment_behavior_late_amount);
Datum
ar_payment_behavior_late_amount(PG_FUNCTION_ARGS)
{
	PG_RETURN_NUMERIC(behavior_numeric(PG_GETARG_BEHAVIOR_P(0), SUM_LATE_AMOUNT));
}

PG_FUNCTION_INFO_V1(ar_payment_behavior_late_share);
Datum
ar_payment_behavior_late_share(PG_FUNCTION_ARGS)
{
	PaymentBehavior *behavior = PG_GETARG_BEHAVIOR_P(0);

	return calculate(numeric_div, whole(behavior->late), whole(behavior->receipts));
}

PG_FUNCTION_INFO_V1(ar_payment_behavior_late_amount_share);
Datum
ar_payment_behavior_late_amount_share(PG_FUNCTION_ARGS)
{
	return weighted(fcinfo, SUM_LATE_AMOUNT);
}

PG_FUNCTION_INFO_V1(ar_payment_behavior_weighted_days_to_pay);
Datum
ar_payment_behavior_weighted_days_to_pay(PG_FUNCTION_ARGS)
{
	PaymentBehavior *behavior = PG_GETARG_BEHAVIOR_P(0);

	if (words_zero(behavior_sum(behavior, SUM_AMOUNT), behavior->nwords))
		PG_RETURN_NULL();
	return calculate(numeric_div,
					 calculate(numeric_add,
							   NumericGetDatum(behavior_numeric(behavior, SUM_TERM_DAYS)),
							   NumericGetDatum(behavior_numeric(behavior, SUM_LATE_DAYS))),
					 NumericGetDatum(behavior_numeric(behavior, SUM_AMOUNT)));
}

PG_FUNCTION_INFO_V1(ar_payment_behavior_weighted_days_late);
Datum
ar_payment_behavior_weighted_days_late(PG_FUNCTION_ARGS)
{
	return weighted(fcinfo, SUM_LATE_DAYS);
}

PG_FUNCTION_INFO_V1(ar_payment_behavior_weighted_days_late_floored);
Datum
ar_payment_behavior_weighted_days_late_floored(PG_FUNCTION_ARGS)
{
	return weighted(fcinfo, SUM_OVERDUE_DAYS);
}

PG_FUNCTION_INFO_V1(ar_payment_behavior_weighted_terms);
Datum
ar_payment_behavior_weighted_terms(PG_FUNCTION_ARGS)
{
	return weighted(fcinfo, SUM_TERM_DAYS);
}

PG_FUNCTION_INFO_V1(ar_payment_behavior_mean_days_to_pay);
Datum
ar_payment_behavior_mean_days_to_pay(PG_FUNCTION_ARGS)
{
	return simple_mean(fcinfo, SUM_SIMPLE_PAY);
}

PG_FUNCTION_INFO_V1(ar_payment_behavior_mean_days_late);
Datum
ar_payment_behavior_mean_days_late(PG_FUNCTION_ARGS)
{
	return simple_mean(fcinfo, SUM_SIMPLE_LATE);
}

PG_FUNCTION_INFO_V1(ar_payment_behavior_best_days_late);
Datum
ar_payment_behavior_best_days_late(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(PG_GETARG_BEHAVIOR_P(0)->best);
}

PG_FUNCTION_INFO_V1(ar_payment_behavior_worst_days_late);
Datum
ar_payment_behavior_worst_days_late(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(PG_GETARG_BEHAVIOR_P(0)->worst);
}

/* The score of one receipt. */
PG_FUNCTION_INFO_V1(ar_payment_score);
Datum
ar_payment_score(PG_FUNCTION_ARGS)
{
	return calculate(numeric_div, whole(payment_score_parts(PG_GETARG_INT32(0))),
					 whole(SCORE_PARTS));
}

/* The mean of the receipts' scores: scoring their mean days is another thing. */
PG_FUNCTION_INFO_V1(ar_payment_index);
Datum
ar_payment_index(PG_FUNCTION_ARGS)
{
	PaymentBehavior *behavior = PG_GETARG_BEHAVIOR_P(0);

	if (behavior->receipts < MIN_RECEIPTS_FOR_INDEX ||
		words_zero(behavior_sum(behavior, SUM_AMOUNT), behavior->nwords))
		PG_RETURN_NULL();
	return calculate(numeric_div,
					 NumericGetDatum(behavior_numeric(behavior, SUM_POINTS)),
					 calculate(numeric_mul,
							   NumericGetDatum(behavior_numeric(behavior, SUM_AMOUNT)),
							   whole(SCORE_PARTS)));
}

/*
 * The slope of days late over the date paid, by least squares:
 * (n Sxy - Sx Sy) / (n Sxx - Sx Sx), for so many days.
 */
PG_FUNCTION_INFO_V1(ar_payment_behavior_days_late_trend);
Datum
ar_payment_behavior_days_late_trend(PG_FUNCTION_ARGS)
{
	PaymentBehavior *behavior = PG_GETARG_BEHAVIOR_P(0);
	Datum		n = whole(behavior->receipts);
	Datum		x = NumericGetDatum(behavior_numeric(behavior, SUM_SIMPLE_PAID));
	Datum		y = NumericGetDatum(behavior_numeric(behavior, SUM_SIMPLE_LATE));
	Datum		xx = NumericGetDatum(behavior_numeric(behavior, SUM_SIMPLE_PAID_SQUARED));
	Datum		xy = NumericGetDatum(behavior_numeric(behavior, SUM_SIMPLE_PAID_LATE));
	Datum		spread = calculate(numeric_sub, calculate(numeric_mul, n, xx),
								   calculate(numeric_mul, x, x));

	if (behavior->receipts < MIN_RECEIPTS_FOR_TREND ||
		DatumGetInt32(calculate(numeric_cmp, spread, whole(0))) == 0)
		PG_RETURN_NULL();
	return calculate(numeric_div,
					 calculate(numeric_mul,
							   calculate(numeric_sub, calculate(numeric_mul, n, xy),
										 calculate(numeric_mul, x, y)),
							   whole(DAYS_OF_TREND)),
					 spread);
}

/* Two values side by side, outside of any aggregate: neither changes. */
PG_FUNCTION_INFO_V1(ar_payment_behavior_add);
Datum
ar_payment_behavior_add(PG_FUNCTION_ARGS)
{
	PaymentBehavior *copy = behavior_normalize(PG_GETARG_BEHAVIOR_P(0));

	PG_RETURN_POINTER(behavior_normalize(behavior_merge(copy, PG_GETARG_BEHAVIOR_P(1))));
}

PG_FUNCTION_INFO_V1(ar_payment_behavior_eq);
Datum
ar_payment_behavior_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(behavior_compare(PG_GETARG_BEHAVIOR_P(0), PG_GETARG_BEHAVIOR_P(1)) == 0);
}

PG_FUNCTION_INFO_V1(ar_payment_behavior_ne);
Datum
ar_payment_behavior_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(behavior_compare(PG_GETARG_BEHAVIOR_P(0), PG_GETARG_BEHAVIOR_P(1)) != 0);
}

/* Equal values hash alike: the one normal form, without the decimals shown. */
PG_FUNCTION_INFO_V1(ar_payment_behavior_hash);
Datum
ar_payment_behavior_hash(PG_FUNCTION_ARGS)
{
	PaymentBehavior *copy = behavior_normalize(PG_GETARG_BEHAVIOR_P(0));

	copy->scale = 0;
	return hash_any((unsigned char *) copy + VARHDRSZ, VARSIZE(copy) - VARHDRSZ);
}
