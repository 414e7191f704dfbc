/*
 * payment_behavior.c
 *		The arithmetic of type ar.payment_behavior: making, widening, merging,
 *		checking.
 */
#include "postgres.h"

#include "common/int.h"
#include "compat.h"
#include "payment_behavior.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

/* A sum does not fit, however wide the state. */
void
behavior_overflow(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("amount is too large for payment behavior"),
			 errdetail("A sum holds at most 149 digits before the decimal point, and fewer the more than four stand behind it.")));
}

/*
 * The score of one receipt, in parts: 100 points 30 days before the due date
 * or earlier, 90 at 20 days before, 80 on it, 70 at 15 days after, 60 at 22,
 * 50 at 30, 40 at 60, 30 at 90, 20 at 120, linear in between, and on at the
 * same slope down to the least.
 */
int
payment_score_parts(int64 days_late)
{
	if (days_late <= -30)
		return SCORE_MAX * SCORE_PARTS;
	if (days_late <= -20)
		return 90 * SCORE_PARTS - (days_late + 20) * SCORE_PARTS;
	if (days_late <= 0)
		return 80 * SCORE_PARTS - days_late * (SCORE_PARTS / 2);
	if (days_late <= 15)
		return 80 * SCORE_PARTS - days_late * (SCORE_PARTS * 2 / 3);
	if (days_late <= 22)
		return 70 * SCORE_PARTS - (days_late - 15) * (SCORE_PARTS * 10 / 7);
	if (days_late <= 30)
		return 60 * SCORE_PARTS - (days_late - 22) * (SCORE_PARTS * 5 / 4);
	if (days_late < 30 + 3 * (50 - SCORE_MIN))
		return 50 * SCORE_PARTS - (days_late - 30) * (SCORE_PARTS / 3);
	return SCORE_MIN * SCORE_PARTS;
}

/* Of no receipt: it is for whoever calls this to put one in. */
PaymentBehavior *
behavior_create(int nwords, int fraction)
{
	PaymentBehavior *behavior = palloc0(BEHAVIOR_SIZE(nwords));

	SET_VARSIZE(behavior, BEHAVIOR_SIZE(nwords));
	behavior->nwords = nwords;
	behavior->fraction = fraction;
	return behavior;
}

/* A copy with nwords words a sum, in units of 10000^-fraction, not coarser. */
PaymentBehavior *
behavior_resize(const PaymentBehavior *behavior, int nwords, int fraction)
{
	PaymentBehavior *result = behavior_create(nwords, fraction);

	result->scale = behavior->scale;
	result->receipts = behavior->receipts;
	result->late = behavior->late;
	result->best = behavior->best;
	result->worst = behavior->worst;
	for (int i = 0; i < NSUMS; i++)
		if (!sum_resize(behavior_sum(result, i), nwords,
						behavior_sum(behavior, i), behavior->nwords,
						i < FIRST_SIMPLE_SUM ? fraction - behavior->fraction : 0))
			behavior_overflow();
	return result;
}

static int
widest_sum(const PaymentBehavior *behavior)
{
	int			needed = 1;

	for (int i = 0; i < NSUMS; i++)
		needed = Max(needed, words_needed(behavior_sum(behavior, i), behavior->nwords));
	return needed;
}

/*
 * A copy in the one form each value has: the coarsest unit, the fewest words.
 * Values are stored and compared in this form only.
 */
PaymentBehavior *
behavior_normalize(const PaymentBehavior *behavior)
{
	PaymentBehavior *result = behavior_resize(behavior, behavior->nwords,
											  behavior->fraction);
	int			spare = behavior->fraction - 1;

	for (int i = 0; i < FIRST_SIMPLE_SUM && spare > 0; i++)
		spare = sum_spare_groups(behavior_sum(result, i), result->nwords, spare);
	if (spare > 0)
	{
		for (int i = 0; i < FIRST_SIMPLE_SUM; i++)
			sum_coarsen(behavior_sum(result, i), result->nwords, spare);
		result->fraction -= spare;
	}
	if (widest_sum(result) < result->nwords)
		result = behavior_resize(result, widest_sum(result), result->fraction);
	return result;
}

/* In units that both have. */
static void
align_units(const PaymentBehavior **a, const PaymentBehavior **b)
{
	int			fraction = Max((*a)->fraction, (*b)->fraction);

	if ((*a)->fraction < fraction)
		*a = behavior_resize(*a, WORDS_MAX, fraction);
	if ((*b)->fraction < fraction)
		*b = behavior_resize(*b, WORDS_MAX, fraction);
}

/*
 * Adds other to target, in place where the sums fit, else in a copy; returns
 * whichever it is.
 */
PaymentBehavior *
behavior_merge(PaymentBehavior *target, const PaymentBehavior *other)
{
	const PaymentBehavior *target_given = target;
	const PaymentBehavior *aligned = target;
	int64		receipts;
	int64		late;
	int			needed = 1;
	uint64		sums[NSUMS][WORDS_MAX];

	if (pg_add_s64_overflow(target->receipts, other->receipts, &receipts) ||
		pg_add_s64_overflow(target->late, other->late, &late))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("too many receipts for payment behavior")));
	align_units(&aligned, &other);
	target = (PaymentBehavior *) aligned;
	for (int i = 0; i < NSUMS; i++)
	{
		int			words = sum_add(sums[i],
									behavior_sum(target, i), target->nwords,
									behavior_sum(other, i), other->nwords);

		if (words < 0)
			behavior_overflow();
		needed = Max(needed, words);
	}
	if (needed > target->nwords)
		target = behavior_resize(target, needed, target->fraction);
	for (int i = 0; i < NSUMS; i++)
		words_extend(behavior_sum(target, i), target->nwords, sums[i], WORDS_MAX);
	target->receipts = receipts;
	target->late = late;
	target->best = Min(target->best, other->best);
	target->worst = Max(target->worst, other->worst);
	target->scale = Max(target->scale, other->scale);
	/* A finer unit came at full width. */
	if (aligned != target_given && needed < target->nwords)
		target = behavior_resize(target, needed, target->fraction);
	return target;
}

/* A sum as a number: of amounts to their decimals, of days without any. */
Numeric
behavior_numeric(const PaymentBehavior *behavior, int sum)
{
	bool		simple = sum >= FIRST_SIMPLE_SUM;

	return words_to_numeric(behavior_sum(behavior, sum), behavior->nwords,
							simple ? 0 : behavior->fraction,
							simple ? 0 : behavior->scale);
}

/* Any order will do, but that equal values are equal however written. */
int
behavior_compare(const PaymentBehavior *a, const PaymentBehavior *b)
{
	int			order = 0;

	align_units(&a, &b);
	for (int i = 0; i < NSUMS && order == 0; i++)
	{
		uint64		a_sum[WORDS_MAX];
		uint64		b_sum[WORDS_MAX];

		words_extend(a_sum, WORDS_MAX, behavior_sum(a, i), a->nwords);
		words_extend(b_sum, WORDS_MAX, behavior_sum(b, i), b->nwords);
		order = words_compare(a_sum, b_sum, WORDS_MAX);
	}
#define ORDER_BY(member) \
	if (order == 0) \
		order = a->member == b->member ? 0 : a->member < b->member ? -1 : 1
	ORDER_BY(receipts);
	ORDER_BY(late);
	ORDER_BY(best);
	ORDER_BY(worst);
#undef ORDER_BY
	return order;
}

static bool
invalid_behavior(Node *escontext, const char *detail)
{
	ereturn(escontext, false,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid value for type ar.payment_behavior"),
			 errdetail("%s", detail)));
}

/* a x factor <= b */
static bool
product_within(Numeric a, int64 factor, Numeric b)
{
	Datum		product = DirectFunctionCall2(numeric_mul, NumericGetDatum(a),
											  NumericGetDatum(int64_to_numeric(factor)));

	return DatumGetBool(DirectFunctionCall2(numeric_le, product, NumericGetDatum(b)));
}

/* a <= b x factor */
static bool
within_product(Numeric a, Numeric b, int64 factor)
{
	Datum		product = DirectFunctionCall2(numeric_mul, NumericGetDatum(b),
											  NumericGetDatum(int64_to_numeric(factor)));

	return DatumGetBool(DirectFunctionCall2(numeric_le, NumericGetDatum(a), product));
}

/*
 * Whether a value that came from outside is one that an aggregate could have
 * made.  Sizes have been checked by whoever read it.
 */
bool
behavior_check(const PaymentBehavior *behavior, Node *escontext)
{
	const int64 most_days = PG_UINT32_MAX;	/* between two finite dates */
	Numeric		sums[NSUMS];
	Numeric		receipts = int64_to_numeric(behavior->receipts);
	Numeric		nothing = int64_to_numeric(0);

	for (int i = 0; i < NSUMS; i++)
	{
		if (words_lowest(behavior_sum(behavior, i), behavior->nwords))
			return invalid_behavior(escontext, "A sum is out of range.");
		if (i < FIRST_SIMPLE_SUM &&
			!sum_within_scale(behavior_sum(behavior, i), behavior->nwords,
							  behavior->fraction, behavior->scale))
			return invalid_behavior(escontext, "A sum has more decimals than the amount.");
		sums[i] = behavior_numeric(behavior, i);
	}
	if (behavior->receipts < 1 || behavior->late < 0 || behavior->late > behavior->receipts)
		return invalid_behavior(escontext, "There must be a receipt, and no more late ones than there are.");
	if (behavior->best > behavior->worst ||
		behavior->best < -most_days || behavior->worst > most_days ||
		(behavior->late > 0) != (behavior->worst > 0) ||
		(behavior->late == behavior->receipts) != (behavior->best > 0))
		return invalid_behavior(escontext, "The fewest and most days late contradict the number of late receipts.");
	if (!within_product(nothing, sums[SUM_LATE_AMOUNT], 1) ||
		!within_product(sums[SUM_LATE_AMOUNT], sums[SUM_AMOUNT], behavior->late > 0 ? 1 : 0) ||
		(behavior->late == behavior->receipts &&
		 !product_within(sums[SUM_AMOUNT], 1, sums[SUM_LATE_AMOUNT])))
		return invalid_behavior(escontext, "The amount paid late contradicts the amount.");
	if (!product_within(sums[SUM_AMOUNT], behavior->best, sums[SUM_LATE_DAYS]) ||
		!within_product(sums[SUM_LATE_DAYS], sums[SUM_OVERDUE_DAYS], 1) ||
		!product_within(sums[SUM_LATE_AMOUNT], Max(behavior->best, 1), sums[SUM_OVERDUE_DAYS]) ||
		!within_product(sums[SUM_OVERDUE_DAYS], sums[SUM_LATE_AMOUNT], Max(behavior->worst, 0)) ||
		(behavior->best >= 0 && !within_product(sums[SUM_OVERDUE_DAYS], sums[SUM_LATE_DAYS], 1)) ||
		!within_product(sums[SUM_LATE_DAYS], sums[SUM_AMOUNT], behavior->worst))
		return invalid_behavior(escontext, "The days late contradict the amounts.");
	if (!product_within(sums[SUM_AMOUNT], -most_days, sums[SUM_TERM_DAYS]) ||
		!within_product(sums[SUM_TERM_DAYS], sums[SUM_AMOUNT], most_days))
		return invalid_behavior(escontext, "The days of the terms contradict the amount.");
	if (!product_within(sums[SUM_AMOUNT], payment_score_parts(behavior->worst), sums[SUM_POINTS]) ||
		!within_product(sums[SUM_POINTS], sums[SUM_AMOUNT], payment_score_parts(behavior->best)))
		return invalid_behavior(escontext, "The points contradict the days late.");
	if (!product_within(receipts, behavior->best, sums[SUM_SIMPLE_LATE]) ||
		!within_product(sums[SUM_SIMPLE_LATE], receipts, behavior->worst) ||
		!product_within(receipts, -most_days, sums[SUM_SIMPLE_PAY]) ||
		!within_product(sums[SUM_SIMPLE_PAY], receipts, most_days))
		return invalid_behavior(escontext, "The days contradict the number of receipts.");
	if (!DatumGetBool(DirectFunctionCall2(numeric_le,
										  DirectFunctionCall2(numeric_mul,
															  NumericGetDatum(sums[SUM_SIMPLE_PAID]),
															  NumericGetDatum(sums[SUM_SIMPLE_PAID])),
										  DirectFunctionCall2(numeric_mul,
															  NumericGetDatum(receipts),
															  NumericGetDatum(sums[SUM_SIMPLE_PAID_SQUARED])))))
		return invalid_behavior(escontext, "The dates paid contradict their squares.");
	return true;
}
