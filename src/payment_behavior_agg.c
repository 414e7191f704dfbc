/*
 * payment_behavior_agg.c
 *		The aggregate ar.payment_behavior_agg: one pass, exact, state in place.
 */
#include "postgres.h"

#include "common/int.h"
#include "compat.h"
#include "payment_behavior.h"
#include "utils/date.h"

/* One receipt as the aggregate receives it. */
typedef struct Receipt
{
	Decimal		amount;
	int64		terms;			/* days from invoice to due date */
	int64		late;			/* days from due date to payment */
	int64		paid;			/* date */
} Receipt;

static void
count_receipt(PaymentBehavior *state, const Receipt *receipt)
{
	if (state->receipts == 0)
		state->best = state->worst = receipt->late;
	state->receipts++;
	state->late += receipt->late > 0;
	state->best = Min(state->best, receipt->late);
	state->worst = Max(state->worst, receipt->late);
	state->scale = Max(state->scale, receipt->amount.scale);
}

static inline bool
add_product(int64 *sum, int64 a, int64 b)
{
	int64		product;

	return !pg_mul_s64_overflow(a, b, &product) &&
		!pg_add_s64_overflow(*sum, product, sum) && *sum != PG_INT64_MIN;
}

/* Adds a receipt where every sum stays within one word; false if one might not. */
static bool
accumulate_small(PaymentBehavior *state, const Receipt *receipt)
{
	int64		sums[NSUMS];
	int64		units;
	int64		late = receipt->late;

	if (state->nwords != 1 ||
		!sum_small_amount(&receipt->amount, state->fraction, &units))
		return false;
	memcpy(sums, state->sums, sizeof(sums));
	if (!add_product(&sums[SUM_AMOUNT], units, 1) ||
		!add_product(&sums[SUM_LATE_AMOUNT], units, late > 0) ||
		!add_product(&sums[SUM_TERM_DAYS], units, receipt->terms) ||
		!add_product(&sums[SUM_LATE_DAYS], units, late) ||
		!add_product(&sums[SUM_OVERDUE_DAYS], units, Max(late, 0)) ||
		!add_product(&sums[SUM_POINTS], units, payment_score_parts(late)) ||
		!add_product(&sums[SUM_SIMPLE_PAY], receipt->terms + late, 1) ||
		!add_product(&sums[SUM_SIMPLE_LATE], late, 1) ||
		!add_product(&sums[SUM_SIMPLE_PAID], receipt->paid, 1) ||
		!add_product(&sums[SUM_SIMPLE_PAID_SQUARED], receipt->paid, receipt->paid) ||
		!add_product(&sums[SUM_SIMPLE_PAID_LATE], receipt->paid, late))
		return false;
	memcpy(state->sums, sums, sizeof(sums));
	count_receipt(state, receipt);
	return true;
}

/* sum = value x days; two finite dates are less than 2^32 days apart. */
static void
set_product(PaymentBehavior *state, int sum, const uint64 *value, int64 days)
{
	uint64	   *words = behavior_sum(state, sum);

	memcpy(words, value, WORDS_MAX * sizeof(uint64));
	if (!words_multiply(words, WORDS_MAX, (uint32) (days < 0 ? -days : days)))
		behavior_overflow();
	if (days < 0)
		words_negate(words, WORDS_MAX);
}

/* Adds a receipt of any size, as a value of its own. */
static PaymentBehavior *
accumulate_large(PaymentBehavior *state, const Receipt *receipt)
{
	int			fraction = Max(decimal_fraction(&receipt->amount), 1);
	PaymentBehavior *single = behavior_create(WORDS_MAX, Max(fraction, state->fraction));
	uint64		amount[WORDS_MAX];
	uint64		one[WORDS_MAX] = {1};
	int64		late = receipt->late;

	if (!decimal_to_words(&receipt->amount, single->fraction, amount, WORDS_MAX))
		behavior_overflow();
	count_receipt(single, receipt);
	set_product(single, SUM_AMOUNT, amount, 1);
	set_product(single, SUM_LATE_AMOUNT, amount, late > 0);
	set_product(single, SUM_TERM_DAYS, amount, receipt->terms);
	set_product(single, SUM_LATE_DAYS, amount, late);
	set_product(single, SUM_OVERDUE_DAYS, amount, Max(late, 0));
	set_product(single, SUM_POINTS, amount, payment_score_parts(late));
	set_product(single, SUM_SIMPLE_PAY, one, receipt->terms + late);
	set_product(single, SUM_SIMPLE_LATE, one, late);
	set_product(single, SUM_SIMPLE_PAID, one, receipt->paid);
	set_product(single, SUM_SIMPLE_PAID_SQUARED,
				behavior_sum(single, SUM_SIMPLE_PAID), receipt->paid);
	set_product(single, SUM_SIMPLE_PAID_LATE,
				behavior_sum(single, SUM_SIMPLE_PAID), late);
	if (state->receipts == 0)
		return behavior_normalize(single);
	return behavior_merge(state, single);
}

static void
check_aggregate(FunctionCallInfo fcinfo)
{
	if (!AggCheckCallContext(fcinfo, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("transition functions of payment behavior can be called by the aggregate only"),
				 errhint("Use ar.payment_behavior_agg, or the operator + to add two values.")));
}

static DateADT
get_date(FunctionCallInfo fcinfo, int arg, const char *name)
{
	DateADT		date;

	if (unlikely(PG_ARGISNULL(arg)))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("a receipt must have %s date", name),
				 errhint("Leave out what is not paid, or has no such date, with FILTER.")));
	date = PG_GETARG_DATEADT(arg);
	if (unlikely(DATE_NOT_FINITE(date)))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("a receipt cannot have %s date that is infinite", name)));
	return date;
}

/*
 * The state may be changed in place because nodeAgg hands it to nobody else; a
 * state that had to grow is returned in the caller's context, from where
 * nodeAgg copies it.
 */
PG_FUNCTION_INFO_V1(ar_payment_behavior_accum);
Datum
ar_payment_behavior_accum(PG_FUNCTION_ARGS)
{
	PaymentBehavior *state = PG_ARGISNULL(0) ? NULL : (PaymentBehavior *) PG_GETARG_POINTER(0);
	Receipt		receipt;
	DateADT		invoiced;
	DateADT		due;
	DateADT		paid;

	check_aggregate(fcinfo);
	/* An amount that is null is no receipt, as for sum(). */
	if (PG_ARGISNULL(1))
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	invoiced = get_date(fcinfo, 2, "an invoice");
	due = get_date(fcinfo, 3, "a due");
	paid = get_date(fcinfo, 4, "a payment");
	if (unlikely(!decimal_read(PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(1)), &receipt.amount)))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("a receipt must not be NaN or infinite")));
	if (unlikely(receipt.amount.negative))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a receipt must not be negative"),
				 errhint("Leave out receipts that were reversed, together with their reversals.")));
	receipt.terms = (int64) due - invoiced;
	receipt.late = (int64) paid - due;
	receipt.paid = paid;

	if (state == NULL)
		state = behavior_create(1, 1);
	if (likely(accumulate_small(state, &receipt)))
		PG_RETURN_POINTER(state);
	PG_RETURN_POINTER(accumulate_large(state, &receipt));
}

/* Adds one state or stored value to another; strict. */
PG_FUNCTION_INFO_V1(ar_payment_behavior_combine);
Datum
ar_payment_behavior_combine(PG_FUNCTION_ARGS)
{
	check_aggregate(fcinfo);
	PG_RETURN_POINTER(behavior_merge(PG_GETARG_BEHAVIOR_P(0), PG_GETARG_BEHAVIOR_P(1)));
}

/* A copy: a window's state goes on growing after it. */
PG_FUNCTION_INFO_V1(ar_payment_behavior_final);
Datum
ar_payment_behavior_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(behavior_normalize(PG_GETARG_BEHAVIOR_P(0)));
}
