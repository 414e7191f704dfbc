/*
 * subset_few.c
 *		Which few of very many amounts add up to a target.
 *
 * All pairs of amounts are sorted by their sums.  One pair, one with an amount
 * behind it, or two of them one behind the other, are all sets of up to four,
 * each once.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "subset_few.h"

#define INTERRUPT_MASK	0xFFFF				/* steps between looking for one */

typedef struct Pair
{
	int64		sum;
	int32		first;			/* places in the order, */
	int32		second;			/* the second behind the first */
} Pair;

typedef struct Few
{
	const int64 *amounts;
	const int  *order;
	int			n;
	int64		lo;				/* wanted sums */
	int64		hi;
	uint64		budget;
	Pair	   *pairs;
	int64		npairs;
	SubsetResult *result;
} Few;

#define ST_SORT sort_pairs
#define ST_ELEMENT_TYPE Pair
#define ST_COMPARE(a, b) ((a)->sum < (b)->sum ? -1 : (a)->sum > (b)->sum)
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

/* Whether the pairs of so many amounts fit into the memory. */
bool
fits_few(int n, int64 memory)
{
	return (int64) n * (n - 1) / 2 <= memory / (int64) sizeof(Pair);
}

static inline int64
amount_at(const Few *few, int place)
{
	return few->amounts[few->order[place]];
}

/* False when the budget is spent. */
static inline bool
spend(Few *few)
{
	if (unlikely(few->result->steps >= few->budget))
		return false;
	if (unlikely((++few->result->steps & INTERRUPT_MASK) == 0))
		CHECK_FOR_INTERRUPTS();
	return true;
}

/* False when two are found. */
static bool
found(Few *few, const int *places, int n)
{
	SubsetResult *result = few->result;
	int		   *items = palloc(sizeof(int) * n);

	for (int i = 0; i < n; i++)
	{
		int			item = few->order[places[i]];
		int			at = i;

		for (; at > 0 && items[at - 1] > item; at--)
			items[at] = items[at - 1];
		items[at] = item;
	}
	result->solution[result->nsolutions] = items;
	result->nitems[result->nsolutions++] = n;
	return result->nsolutions < 2;
}

/* Pairs whose sum is less than that. */
static int64
pairs_below(const Few *few, int64 sum)
{
	int64		from = 0;
	int64		to = few->npairs;

	while (from < to)
	{
		int64		middle = from + (to - from) / 2;

		if (few->pairs[middle].sum < sum)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static bool
take_singles(Few *few)
{
	for (int i = 0; i < few->n; i++)
	{
		if (!spend(few))
			return false;
		if (amount_at(few, i) >= few->lo && amount_at(few, i) <= few->hi && !found(few, &i, 1))
			return false;
	}
	return true;
}

static bool
make_pairs(Few *few)
{
	few->pairs = palloc(sizeof(Pair) * Max((int64) few->n * (few->n - 1) / 2, 1));
	for (int i = 0; i < few->n; i++)
		for (int j = i + 1; j < few->n; j++)
		{
			Pair	   *pair = &few->pairs[few->npairs];

			if (!spend(few))
				return false;
			pair->sum = amount_at(few, i) + amount_at(few, j);
			pair->first = i;
			pair->second = j;
			few->npairs++;
		}
	sort_pairs(few->pairs, few->npairs);
	return true;
}

static bool
take_pairs(Few *few)
{
	for (int64 p = pairs_below(few, few->lo); p < few->npairs && few->pairs[p].sum <= few->hi; p++)
	{
		int			places[] = {few->pairs[p].first, few->pairs[p].second};

		if (!spend(few) || !found(few, places, lengthof(places)))
			return false;
	}
	return true;
}

/* A pair and an amount behind it. */
static bool
take_triples(Few *few)
{
	for (int i = 2; i < few->n; i++)
	{
		int64		rest = few->hi - amount_at(few, i);

		if (!spend(few))
			return false;
		for (int64 p = pairs_below(few, few->lo - amount_at(few, i)); p < few->npairs && few->pairs[p].sum <= rest; p++)
		{
			int			places[] = {few->pairs[p].first, few->pairs[p].second, i};

			if (!spend(few) ||
				(few->pairs[p].second < i && !found(few, places, lengthof(places))))
				return false;
		}
	}
	return true;
}

/* Two pairs, the one behind the other: up the sums for it, and down for the other. */
static bool
take_quadruples(Few *few)
{
	int64		end = few->npairs;

	for (int64 p = 0; p < few->npairs; p++)
	{
		const Pair *left = &few->pairs[p];

		if (!spend(few))
			return false;
		while (end > 0 && few->pairs[end - 1].sum > few->hi - left->sum)
		{
			if (!spend(few))
				return false;
			end--;
		}
		for (int64 q = end; q > 0 && few->pairs[q - 1].sum >= few->lo - left->sum; q--)
		{
			const Pair *right = &few->pairs[q - 1];
			int			places[] = {left->first, left->second, right->first, right->second};

			if (!spend(few) ||
				(left->second < right->first && !found(few, places, lengthof(places))))
				return false;
		}
	}
	return true;
}

/*
 * Sets of at most limit, and of at most four, of n amounts, at the places that
 * order gives, whose sum is from lo to hi.  Whether all were looked at within
 * the budget; it ends early where two are found.
 */
bool
subset_few(const int64 *amounts, const int *order, int n, int64 lo, int64 hi,
		   int limit, uint64 budget, SubsetResult *result)
{
	Few			few = {amounts, order, n, lo, hi, budget, NULL, 0, result};

	return take_singles(&few) &&
		(limit < 2 || (make_pairs(&few) && take_pairs(&few))) &&
		(limit < 3 || take_triples(&few)) &&
		(limit < 4 || take_quadruples(&few));
}
