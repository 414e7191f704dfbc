/*
 * aging.c
 *		The arithmetic of type ar.aging: making, widening, merging, checking.
 */
#include "postgres.h"

#include "aging.h"
#include "compat.h"
#include "decimal.h"
#include "sums.h"
#include "words.h"

/* A sum does not fit, however wide the state. */
void
aging_overflow(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("amount is too large for an ageing"),
			 errdetail("A sum holds at most 149 digits before the decimal point, and fewer the more than four stand behind it.")));
}

/* Bounds are user input wherever they come from. */
void
aging_check_bounds(int nbounds, const int32 *bounds)
{
	if (nbounds < 1 || nbounds > AGING_MAX_BOUNDS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("ageing needs between 1 and %d bounds, not %d",
						AGING_MAX_BOUNDS, nbounds)));
	for (int i = 1; i < nbounds; i++)
		if (bounds[i] <= bounds[i - 1])
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("ageing bounds must ascend"),
					 errdetail("Bound %d is %d, the one before it %d.",
							   i + 1, bounds[i], bounds[i - 1])));
}

/* An ageing of nothing, for bounds that have been checked. */
Aging *
aging_create(int nbounds, const int32 *bounds)
{
	Size		size = AGING_SIZE(nbounds, 1);
	Aging	   *aging = palloc0(size);

	SET_VARSIZE(aging, size);
	aging->nbounds = nbounds;
	aging->nwords = 1;
	aging->fraction = 1;
	memcpy(aging->bounds, bounds, nbounds * sizeof(int32));
	return aging;
}

/* Copies one sum into another number of words and a unit no coarser. */
static void
resize_sum(uint64 *dst, int ndst, const uint64 *src, int nsrc, int groups)
{
	if (!sum_resize(dst, ndst, src, nsrc, groups))
		aging_overflow();
}

/* A copy with nwords words a sum, in units of 10000^-fraction, not coarser. */
Aging *
aging_resize(const Aging *aging, int nwords, int fraction)
{
	Size		size = AGING_SIZE(aging->nbounds, nwords);
	Aging	   *result = palloc0(size);
	int			groups = fraction - aging->fraction;

	SET_VARSIZE(result, size);
	result->nbounds = aging->nbounds;
	result->nwords = nwords;
	result->fraction = fraction;
	memcpy(result->bounds, aging->bounds, aging->nbounds * sizeof(int32));
	resize_sum(aging_debit(result), nwords,
			   aging_debit(aging), aging->nwords, groups);
	resize_sum(aging_day_amount(result), nwords,
			   aging_day_amount(aging), aging->nwords, groups);
	for (int i = 0; i <= aging->nbounds; i++)
	{
		aging_bucket(result, i)[0] = aging_bucket(aging, i)[0];
		resize_sum(aging_bucket(result, i) + 1, nwords,
				   aging_bucket(aging, i) + 1, aging->nwords, groups);
	}
	return result;
}

typedef void (*sum_visitor) (const uint64 *sum, int nwords, void *context);

static void
visit_sums(const Aging *aging, sum_visitor visit, void *context)
{
	visit(aging_debit(aging), aging->nwords, context);
	visit(aging_day_amount(aging), aging->nwords, context);
	for (int i = 0; i <= aging->nbounds; i++)
		visit(aging_bucket(aging, i) + 1, aging->nwords, context);
}

static void
widest_sum(const uint64 *sum, int nwords, void *context)
{
	int		   *needed = context;

	*needed = Max(*needed, words_needed(sum, nwords));
}

/* A copy in a finer unit. */
Aging *
aging_refine(const Aging *aging, int fraction)
{
	Aging	   *wide = aging_resize(aging, AGING_MAX_WORDS, fraction);
	Aging	   *result;
	int			needed = 1;

	visit_sums(wide, widest_sum, &needed);
	result = aging_resize(wide, needed, fraction);
	pfree(wide);
	return result;
}

/* How many decimals of the unit every sum can do without, in groups. */
static void
spare_groups(const uint64 *sum, int nwords, void *context)
{
	int		   *spare = context;

	*spare = sum_spare_groups(sum, nwords, *spare);
}

/*
 * A copy in the one form each value has: the coarsest unit, the fewest words.
 * Values are stored and compared in this form only.
 */
Aging *
aging_normalize(const Aging *aging)
{
	Aging	   *result;
	int			spare = aging->fraction - 1;
	int			needed = 1;

	if (spare > 0)
		visit_sums(aging, spare_groups, &spare);
	if (spare > 0)
	{
		Aging	   *coarse = palloc(VARSIZE(aging));

		memcpy(coarse, aging, VARSIZE(aging));
		coarse->fraction -= spare;
		for (int i = -2; i <= coarse->nbounds; i++)
		{
			uint64	   *sum = i == -2 ? aging_debit(coarse) :
				i == -1 ? aging_day_amount(coarse) : aging_bucket(coarse, i) + 1;

			sum_coarsen(sum, coarse->nwords, spare);
		}
		aging = coarse;
	}
	if (aging->nwords > 1)
	{
		visit_sums(aging, widest_sum, &needed);
		return aging_resize(aging, needed, aging->fraction);
	}
	result = palloc(VARSIZE(aging));
	memcpy(result, aging, VARSIZE(aging));
	return result;
}

/* sum = dst + src, all of the same unit; the words the sum needs. */
int
aging_sum(uint64 *sum, const uint64 *dst, int ndst, const uint64 *src, int nsrc)
{
	int			needed = sum_add(sum, dst, ndst, src, nsrc);

	if (needed < 0)
		aging_overflow();
	return needed;
}

/*
 * Adds other to target, in place where the sums fit, else in a copy; returns
 * whichever it is.
 */
Aging *
aging_merge(Aging *target, const Aging *other)
{
	int			nbuckets = target->nbounds + 1;
	int			needed = target->nwords;
	uint64		sums[AGING_MAX_BOUNDS + 3][AGING_MAX_WORDS];

	if (target->nbounds != other->nbounds ||
		memcmp(target->bounds, other->bounds,
			   target->nbounds * sizeof(int32)) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot add ageings with different bounds"),
				 errhint("Age the items again with the same bounds.")));

	if (target->fraction < other->fraction)
		target = aging_refine(target, other->fraction);
	else if (other->fraction < target->fraction)
		other = aging_refine(other, target->fraction);

	needed = Max(needed, aging_sum(sums[nbuckets],
								 aging_debit(target), target->nwords,
								 aging_debit(other), other->nwords));
	needed = Max(needed, aging_sum(sums[nbuckets + 1],
								 aging_day_amount(target), target->nwords,
								 aging_day_amount(other), other->nwords));
	for (int i = 0; i < nbuckets; i++)
		needed = Max(needed, aging_sum(sums[i],
									 aging_bucket(target, i) + 1, target->nwords,
									 aging_bucket(other, i) + 1, other->nwords));

	if (needed > target->nwords)
		target = aging_resize(target, needed, target->fraction);
	words_extend(aging_debit(target), target->nwords,
				 sums[nbuckets], AGING_MAX_WORDS);
	words_extend(aging_day_amount(target), target->nwords,
				 sums[nbuckets + 1], AGING_MAX_WORDS);
	for (int i = 0; i < nbuckets; i++)
	{
		uint64	   *bucket = aging_bucket(target, i);
		uint64		tally = aging_bucket(other, i)[0];
		uint64		items = TALLY_ITEMS(bucket[0]) + TALLY_ITEMS(tally);

		if (items > AGING_MAX_ITEMS)
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("too many items for an ageing bucket")));
		bucket[0] = TALLY(items, Max(TALLY_SCALE(bucket[0]), TALLY_SCALE(tally)));
		words_extend(bucket + 1, target->nwords, sums[i], AGING_MAX_WORDS);
	}
	return target;
}

/* The most decimals any of its amounts showed. */
int
aging_scale(const Aging *aging)
{
	int			scale = 0;

	for (int i = 0; i <= aging->nbounds; i++)
		scale = Max(scale, TALLY_SCALE(aging_bucket(aging, i)[0]));
	return scale;
}

static bool
invalid_aging(Node *escontext, const char *detail)
{
	ereturn(escontext, false,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid value for type ar.aging"),
			 errdetail("%s", detail)));
}

static void
lowest_sum(const uint64 *sum, int nwords, void *context)
{
	bool	   *lowest = context;

	*lowest = *lowest || words_lowest(sum, nwords);
}

/*
 * Whether a value that came from outside is one that an aggregate could have
 * made.  Bounds and sizes have been checked by whoever read it.
 */
bool
aging_check(const Aging *aging, Node *escontext)
{
	const uint64 *debit = aging_debit(aging);
	const uint64 *day_amount = aging_day_amount(aging);
	int			n = aging->nwords;
	int			scale = aging_scale(aging);
	uint64		overdue[AGING_MAX_WORDS] = {0};
	uint64		overdue_items = 0;
	bool		overdue_known = false;
	uint64		wide[AGING_MAX_WORDS];
	bool		lowest = false;

	visit_sums(aging, lowest_sum, &lowest);
	if (lowest)
		return invalid_aging(escontext, "An amount is out of range.");
	for (int i = 0; i <= aging->nbounds; i++)
	{
		const uint64 *bucket = aging_bucket(aging, i);

		if (TALLY_SCALE(bucket[0]) > DECIMAL_MAX_SCALE ||
			!sum_within_scale(bucket + 1, n, aging->fraction, TALLY_SCALE(bucket[0])))
			return invalid_aging(escontext, "An amount has more decimals than its scale says.");
		if (TALLY_ITEMS(bucket[0]) == 0 &&
			(bucket[0] != 0 || !words_zero(bucket + 1, n)))
			return invalid_aging(escontext, "A bucket without items has an amount.");
		if (overdue_known)
		{
			overdue_items += TALLY_ITEMS(bucket[0]);
			words_extend(wide, AGING_MAX_WORDS, bucket + 1, n);
			if (!words_add(overdue, wide, AGING_MAX_WORDS))
				return invalid_aging(escontext, "The overdue amount is out of range.");
		}
		if (i < aging->nbounds && aging->bounds[i] == 0)
			overdue_known = true;
	}
	if (words_negative(debit, n) ||
		words_compare(day_amount, debit, n) < 0 ||
		(words_zero(debit, n) && !words_zero(day_amount, n)))
		return invalid_aging(escontext, "The overdue debit and its days contradict each other.");
	if (!sum_within_scale(debit, n, aging->fraction, scale) ||
		!sum_within_scale(day_amount, n, aging->fraction, scale))
		return invalid_aging(escontext, "The overdue debit has more decimals than the amounts.");
	words_extend(wide, AGING_MAX_WORDS, debit, n);
	if (overdue_known &&
		(words_compare(wide, overdue, AGING_MAX_WORDS) < 0 ||
		 (overdue_items == 0 && !words_zero(debit, n))))
		return invalid_aging(escontext, "The overdue debit contradicts the overdue buckets.");
	return true;
}
