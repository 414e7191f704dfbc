/*
 * subset_sum.c
 *		Which of a set of amounts add up to a target, and is it only those.
 *
 * Equal amounts are one group, of which a number is taken.  Branch and bound
 * over the groups, the largest amounts first, ends at two tables of all sums
 * of the smallest ones, each sorted, which are met in the middle.  Where the
 * tables hold all there is nothing to branch over.  Where there is much of it
 * and the sums are small, the possible sums are counted up one by one instead.
 * Few of many are found by their pairs, in subset_few.c.
 */
#include "postgres.h"

#include <math.h>

#include "amounts.h"
#include "catalog/pg_type.h"
#include "compat.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "subset_few.h"
#include "subset_sum.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#define MAX_MEMORY		((int64) 64 * 1024 * 1024)
#define MAX_SUM			(PG_INT64_MAX / 8)	/* room for differences of sums */
#define MAX_CODE		((uint64) 1 << 62)
#define QUICK_ENTRIES	1024
#define INTERRUPT_MASK	0xFFFF				/* steps between looking for one */
#define SUMS_PER_STEP	8
#define NEVER			PG_UINT8_MAX

typedef struct EqualAmounts
{
	int64		value;
	int			size;
	int			first;			/* of its items, in Search.order */
	int			side;			/* the table it is in */
	uint64		radix;			/* what one of it counts in the code there */
} EqualAmounts;

/* A choice out of the groups of a table. */
typedef struct Entry
{
	int64		sum;
	uint64		code;			/* number of each group, in mixed radix */
} Entry;

/*
 * Sorted sums.  Where the number of items is limited there is a class for each
 * number; otherwise all are in one.
 */
typedef struct Table
{
	Entry	   *entries;
	int			nclasses;
	int64	   *size;			/* of a class in the end */
	int64	   *start;
	int64	   *length;			/* of a class by now */
	int64		nentries;
	int			nitems;
	uint64		radix;			/* of the next group */
} Table;

typedef struct Search
{
	int64		lo;				/* wanted sums */
	int64		hi;
	int			limit;			/* of items; PG_INT32_MAX for none */
	int		   *order;			/* items, by group */
	int			nitems;
	EqualAmounts	   *groups;
	int			ngroups;
	int			nouter;			/* groups not in a table */
	Table		table[2];
	Entry	   *scratch;

	/* Of the branch: of each outer group, and of those before it. */
	int		   *chosen;
	int64	   *sum;
	int64	   *used;

	uint64		steps;
	uint64		budget;
	SubsetResult *result;
} Search;

/* Results ------------------------------------------------------------------ */

static void
add_solution(SubsetResult *result, int *items, int nitems)
{
	Assert(result->nsolutions < 2);
	result->solution[result->nsolutions] = items;
	result->nitems[result->nsolutions] = nitems;
	result->nsolutions++;
}

static int
compare_positions(const void *a, const void *b)
{
	int			x = *(const int *) a;
	int			y = *(const int *) b;

	return (x > y) - (x < y);
}

/* How many of a group are taken where two entries meet. */
static int
taken(const Search *search, int g, const Entry *entries[2])
{
	const EqualAmounts *group = &search->groups[g];

	if (g < search->nouter)
		return search->chosen[g];
	return entries[group->side]->code / group->radix % (group->size + 1);
}

/* Of a group that is taken in part, skip leaves out that many of its first. */
static void
take_solution(Search *search, const Entry *entries[2], int nitems, int skip)
{
	int		   *items = palloc(sizeof(int) * nitems);
	int			n = 0;

	for (int g = 0; g < search->ngroups; g++)
	{
		const EqualAmounts *group = &search->groups[g];
		int			count = taken(search, g, entries);
		int			from = group->first;

		if (count < group->size)
			from += skip;
		for (int i = 0; i < count; i++)
			items[n++] = search->order[from + i];
	}
	Assert(n == nitems);
	qsort(items, n, sizeof(int), compare_positions);
	add_solution(search->result, items, n);
}

static void
found(Search *search, const Entry *left, const Entry *right)
{
	const Entry *entries[2] = {left, right};
	bool		interchangeable = false;
	int			nitems = 0;

	for (int g = 0; g < search->ngroups; g++)
	{
		int			count = taken(search, g, entries);

		nitems += count;
		if (count > 0 && count < search->groups[g].size)
			interchangeable = true;
	}
	if (nitems == 0)
		return;					/* nothing at all is no solution */
	take_solution(search, entries, nitems, 0);
	if (interchangeable && search->result->nsolutions < 2)
		take_solution(search, entries, nitems, 1);
}

/* False when the budget is spent. */
static inline bool
spend(Search *search)
{
	if (unlikely(search->steps >= search->budget))
		return false;
	if (unlikely((++search->steps & INTERRUPT_MASK) == 0))
		CHECK_FOR_INTERRUPTS();
	return true;
}

static bool
spend_many(Search *search, uint64 steps)
{
	CHECK_FOR_INTERRUPTS();
	if (search->budget - search->steps < steps)
	{
		search->steps = search->budget;
		return false;
	}
	search->steps += steps;
	return true;
}

/* Tables ------------------------------------------------------------------- */

/*
 * Gives the next group, if it fits, to the table with fewer entries.  With it
 * the classes are as many entries as there are ways to take so many items.
 */
static bool
place_group(Search *search, EqualAmounts *group, int64 max_entries)
{
	int			side = search->table[1].nentries < search->table[0].nentries;
	Table	   *table = &search->table[side];
	int64		options = (int64) group->size + 1;
	int			nclasses = 1;
	int64	   *size;
	int64		nentries;

	if (table->radix > MAX_CODE / options || options > max_entries)
		return false;
	if (search->limit == PG_INT32_MAX)
	{
		nentries = table->nentries * options;
		if (nentries > max_entries)
			return false;
		size = palloc(sizeof(int64));
		size[0] = nentries;
	}
	else
	{
		nclasses = Min(table->nitems + group->size, search->limit) + 1;
		size = palloc0(sizeof(int64) * nclasses);
		nentries = 0;
		for (int c = 0; c < nclasses; c++)
		{
			/* Those of one item less, one more of the group, save the full. */
			size[c] = c < table->nclasses ? table->size[c] : 0;
			if (c > 0)
				size[c] += size[c - 1];
			if (c > group->size && c - group->size - 1 < table->nclasses)
				size[c] -= table->size[c - group->size - 1];
			nentries += size[c];
			if (nentries > max_entries)
			{
				pfree(size);
				return false;
			}
		}
	}
	group->side = side;
	group->radix = table->radix;
	table->radix *= options;
	table->nitems += group->size;
	pfree(table->size);
	table->size = size;
	table->nclasses = nclasses;
	table->nentries = nentries;
	return true;
}

/*
 * Merges two sorted runs from their ends, the second with one more of a group
 * in each entry.  What is written lies behind all that is still to be read, so
 * either may begin where the result does.
 */
static int64
merge(Entry *result, const Entry *a, int64 na, const Entry *b, int64 nb,
	  const EqualAmounts *group)
{
	int64		length = na + nb;

	while (nb > 0)
	{
		int64		sum = b[nb - 1].sum + group->value;

		if (na > 0 && a[na - 1].sum > sum)
		{
			result[na + nb - 1] = a[na - 1];
			na--;
		}
		else
		{
			uint64		code = b[nb - 1].code + group->radix;

			result[na + nb - 1].sum = sum;
			result[na + nb - 1].code = code;
			nb--;
		}
	}
	if (a != result)
		memcpy(result, a, sizeof(Entry) * na);
	return length;
}

/*
 * With the first of a group there are the choices without it and those with
 * one; with each further one, the choices without it and those before with one
 * more.
 */
static bool
add_group(Search *search, Table *table, const EqualAmounts *group)
{
	bool		limited = search->limit != PG_INT32_MAX;
	const Entry *without = table->entries;
	int64	   *length = palloc(sizeof(int64) * table->nclasses);

	memcpy(length, table->length, sizeof(int64) * table->nclasses);
	if (group->size > 1)
	{
		for (int c = 0; c < table->nclasses; c++)
			memcpy(search->scratch + table->start[c],
				   table->entries + table->start[c], sizeof(Entry) * length[c]);
		without = search->scratch;
	}
	for (int i = 0; i < Min(group->size, search->limit); i++)
	{
		for (int c = table->nclasses - 1; c >= 0; c--)
		{
			int			from = limited ? c - 1 : c;
			int64		nfrom = from < 0 ? 0 : table->length[from];

			if (!spend_many(search, length[c] + nfrom))
				return false;
			table->length[c] = merge(table->entries + table->start[c],
									 without + table->start[c], length[c],
									 from < 0 ? NULL : table->entries + table->start[from],
									 nfrom, group);
		}
	}
	pfree(length);
	return true;
}

static bool
fill_table(Search *search, int side)
{
	Table	   *table = &search->table[side];
	int64		start = 0;

	table->entries = palloc(sizeof(Entry) * table->nentries);
	table->start = palloc(sizeof(int64) * table->nclasses);
	table->length = palloc0(sizeof(int64) * table->nclasses);
	for (int c = 0; c < table->nclasses; c++)
	{
		table->start[c] = start;
		start += table->size[c];
	}
	table->length[0] = 1;
	table->entries[0].sum = 0;
	table->entries[0].code = 0;
	for (int g = search->ngroups - 1; g >= search->nouter; g--)
	{
		if (search->groups[g].side == side &&
			!add_group(search, table, &search->groups[g]))
			return false;
	}
	return true;
}

/* Entries whose sum is less than that. */
static int64
entries_below(const Entry *entries, int64 n, int64 sum)
{
	int64		from = 0;

	while (from < n)
	{
		int64		middle = from + (n - from) / 2;

		if (entries[middle].sum < sum)
			from = middle + 1;
		else
			n = middle;
	}
	return from;
}

/*
 * Pairs of entries whose sums are wanted, up the one and down the other.
 * False when there is no more to do: two were found, or the budget is spent.
 */
static bool
meet(Search *search, const Entry *left, int64 nleft,
	 const Entry *right, int64 nright, int64 lo, int64 hi)
{
	int64		l;
	int64		r;

	if (nleft == 0 || nright == 0)
		return true;
	l = entries_below(left, nleft, lo - right[nright - 1].sum);
	if (l == nleft)
		return true;
	r = entries_below(right, nright, hi - left[l].sum + 1);
	for (; l < nleft; l++)
	{
		if (!spend(search))
			return false;
		while (r > 0 && right[r - 1].sum > hi - left[l].sum)
		{
			if (!spend(search))
				return false;
			r--;
		}
		if (r == 0)
			break;
		for (int64 i = r; i > 0 && right[i - 1].sum >= lo - left[l].sum; i--)
		{
			found(search, &left[l], &right[i - 1]);
			if (search->result->nsolutions == 2)
				return false;
		}
	}
	return true;
}

static bool
meet_tables(Search *search, int64 sum, int64 used)
{
	const Table *left = &search->table[0];
	const Table *right = &search->table[1];
	int64		limit = search->limit - used;

	for (int l = 0; l < left->nclasses && l <= limit; l++)
	{
		for (int r = 0; r < right->nclasses && l + r <= limit; r++)
		{
			if (!spend(search) ||
				!meet(search, left->entries + left->start[l], left->length[l],
					  right->entries + right->start[r], right->length[r],
					  search->lo - sum, search->hi - sum))
				return false;
		}
	}
	return true;
}

/* Branch and bound --------------------------------------------------------- */

static bool
branch(Search *search)
{
	int			n = search->nouter;
	int64	   *most = palloc(sizeof(int64) * (n + 1));
	int64	   *least = palloc(sizeof(int64) * (n + 1));
	int			g;

	/* What this group and all behind it can add. */
	most[n] = least[n] = 0;
	for (g = search->ngroups - 1; g >= 0; g--)
	{
		int64		all = search->groups[g].value * search->groups[g].size;
		int			at = Min(g, n);
		int			behind = g < n ? g + 1 : n;

		most[at] = most[behind] + Max(all, 0);
		least[at] = least[behind] + Min(all, 0);
	}
	search->chosen = palloc(sizeof(int) * (n + 1));
	search->sum = palloc(sizeof(int64) * (n + 1));
	search->used = palloc(sizeof(int64) * (n + 1));
	search->sum[0] = 0;
	search->used[0] = 0;
	for (g = 0; g < n; g++)
		search->chosen[g] = search->groups[g].size + 1;

	g = 0;
	while (g >= 0)
	{
		if (g == n)
		{
			if (!meet_tables(search, search->sum[n], search->used[n]))
				return false;
			g--;
		}
		else if (search->chosen[g] == 0)
		{
			search->chosen[g] = search->groups[g].size + 1;
			g--;
		}
		else
		{
			if (!spend(search))
				return false;
			search->chosen[g]--;
			search->sum[g + 1] = search->sum[g] +
				search->groups[g].value * search->chosen[g];
			search->used[g + 1] = search->used[g] + search->chosen[g];
			if (search->used[g + 1] <= search->limit &&
				search->sum[g + 1] + most[g + 1] >= search->lo &&
				search->sum[g + 1] + least[g + 1] <= search->hi)
				g++;
		}
	}
	return true;
}

/* Counting sums up --------------------------------------------------------- */

/*
 * Sums without a sign: each item is either in the solution or out of it,
 * whichever adds, and what is wanted follows.
 */
typedef struct Count
{
	bool		credits;		/* negative amounts in and positive ones out add */
	int64		lo;				/* wanted sums */
	int64		hi;
	uint8	   *first;			/* number from 1 of the item that first made the sum */
	uint8	   *second;			/* of the item that made it in a second way */
} Count;

static void
plan_count(const Search *search, const int64 *amounts, Count *count)
{
	int64		positive = 0;
	int64		negative = 0;

	for (int i = 0; i < search->nitems; i++)
	{
		int64		amount = amounts[search->order[i]];

		if (amount > 0)
			positive += amount;
		else
			negative += amount;
	}
	count->lo = search->lo - negative;
	count->hi = search->hi - negative;
	count->credits = positive - search->lo < count->hi;
	if (count->credits)
	{
		count->lo = positive - search->hi;
		count->hi = positive - search->lo;
	}
	count->lo = Max(count->lo, 0);
}

/* One stretch of sums that none of it is made of. */
static void
count_stretch(uint8 *pg_restrict first, uint8 *pg_restrict second,
			  const uint8 *pg_restrict first_from, const uint8 *pg_restrict second_from,
			  int64 n, uint8 item)
{
	for (int64 i = 0; i < n; i++)
	{
		uint8		once = first_from[i] != NEVER ? item : NEVER;
		uint8		again = first[i] != NEVER ? once : NEVER;
		uint8		twice = second_from[i] != NEVER ? item : NEVER;

		again = Min(again, twice);
		first[i] = Min(first[i], once);
		second[i] = Min(second[i], again);
	}
}

static void
restore(const Search *search, const int64 *amounts, const Count *count,
		int64 sum, bool second)
{
	bool	   *adds = palloc0(sizeof(bool) * search->nitems);
	int		   *items = palloc(sizeof(int) * search->nitems);
	int			n = 0;

	while (sum > 0)
	{
		int			item = second ? count->second[sum] : count->first[sum];

		/* The second way to make it ends in another item, or differs before. */
		second = second && count->first[sum] == item;
		adds[item - 1] = true;
		sum -= Abs(amounts[search->order[item - 1]]);
	}
	for (int i = 0; i < search->nitems; i++)
	{
		bool		credit = amounts[search->order[i]] < 0;

		if (adds[i] == (credit == count->credits))
			items[n++] = search->order[i];
	}
	pfree(adds);
	qsort(items, n, sizeof(int), compare_positions);
	add_solution(search->result, items, n);
}

static bool
count_sums(Search *search, const int64 *amounts, Count *count)
{
	int64		reached = 0;

	if (count->hi < 0)
		return true;
	count->first = palloc(count->hi + 1);
	count->second = palloc(count->hi + 1);
	memset(count->first, NEVER, count->hi + 1);
	memset(count->second, NEVER, count->hi + 1);
	count->first[0] = 0;
	for (int i = 0; i < search->nitems; i++)
	{
		int64		amount = Abs(amounts[search->order[i]]);
		int64		end;

		reached = Min(reached + amount, count->hi);
		end = reached + 1;
		if (!spend_many(search, end / SUMS_PER_STEP + 1))
			return false;
		while (end > amount)
		{
			int64		from = Max(amount, end - amount);

			count_stretch(count->first + from, count->second + from,
						  count->first + from - amount, count->second + from - amount,
						  end - from, i + 1);
			end = from;
		}
	}
	for (int64 sum = count->lo; sum <= count->hi && search->result->nsolutions < 2; sum++)
	{
		if (count->first[sum] != NEVER)
			restore(search, amounts, count, sum, false);
		if (count->second[sum] != NEVER && search->result->nsolutions < 2)
			restore(search, amounts, count, sum, true);
	}
	pfree(count->first);
	pfree(count->second);
	return true;
}

/* All together ------------------------------------------------------------- */

static int64
greatest_common_divisor(int64 a, int64 b)
{
	while (b != 0)
	{
		int64		rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static int64
divide_down(int64 a, int64 b)
{
	return a / b - (a % b < 0);
}

/*
 * Positions of what can be in a solution: not zero, nor so large that all of
 * the other sign does not make up for it.
 */
static int
usable_items(const int64 *amounts, int n, int64 lo, int64 hi, int *items)
{
	int			nitems = 0;
	int			kept;
	int64		positive = 0;
	int64		negative = 0;

	for (int i = 0; i < n; i++)
	{
		if (amounts[i] == 0)
			continue;
		items[nitems++] = i;
		if (amounts[i] > 0)
			positive += amounts[i];
		else
			negative += amounts[i];
	}
	for (;;)
	{
		int64		positive_kept = 0;
		int64		negative_kept = 0;

		CHECK_FOR_INTERRUPTS();
		kept = 0;
		for (int i = 0; i < nitems; i++)
		{
			int64		amount = amounts[items[i]];

			if (amount > 0 ? amount + negative > hi : amount + positive < lo)
				continue;
			items[kept++] = items[i];
			if (amount > 0)
				positive_kept += amount;
			else
				negative_kept += amount;
		}
		if (kept == nitems)
			return nitems;
		nitems = kept;
		positive = positive_kept;
		negative = negative_kept;
	}
}

static int
compare_items(const void *a, const void *b, void *arg)
{
	const int64 *amounts = arg;
	int			i = *(const int *) a;
	int			j = *(const int *) b;
	int64		x = Abs(amounts[i]);
	int64		y = Abs(amounts[j]);

	if (x != y)
		return x < y ? 1 : -1;
	if (amounts[i] != amounts[j])
		return amounts[i] < amounts[j] ? 1 : -1;
	return (i > j) - (i < j);
}

static void
make_groups(Search *search, const int64 *amounts)
{
	search->groups = palloc(sizeof(EqualAmounts) * search->nitems);
	search->ngroups = 0;
	for (int i = 0; i < search->nitems; i++)
	{
		int64		amount = amounts[search->order[i]];

		if (i == 0 || search->groups[search->ngroups - 1].value != amount)
		{
			EqualAmounts	   *group = &search->groups[search->ngroups++];

			group->value = amount;
			group->size = 0;
			group->first = i;
		}
		search->groups[search->ngroups - 1].size++;
	}
}

/* Gives the tables as many of the smallest amounts as so many entries hold. */
static void
place_groups(Search *search, int64 max_entries)
{
	for (int side = 0; side < 2; side++)
	{
		Table	   *table = &search->table[side];

		memset(table, 0, sizeof(Table));
		table->nclasses = 1;
		table->nentries = 1;
		table->radix = 1;
		table->size = palloc(sizeof(int64));
		table->size[0] = 1;
	}
	search->nouter = search->ngroups;
	while (search->nouter > 0 &&
		   place_group(search, &search->groups[search->nouter - 1], max_entries))
		search->nouter--;
}

/* Whether all there is was looked at by that many steps. */
static bool
look(Search *search, uint64 budget)
{
	Entry	   *scratch = NULL;
	bool		complete;

	search->budget = budget;
	if (search->ngroups < search->nitems)
		scratch = palloc(sizeof(Entry) * Max(search->table[0].nentries,
											 search->table[1].nentries));
	search->scratch = scratch;
	complete = fill_table(search, 0) && fill_table(search, 1) && branch(search);
	for (int side = 0; side < 2; side++)
		if (search->table[side].entries)
			pfree(search->table[side].entries);
	if (scratch)
		pfree(scratch);
	return complete;
}

/* Steps to count the sums up, or 0 where that is no way, or the longer one. */
static uint64
steps_to_count(const Search *search, const Count *count, int64 memory, uint64 budget)
{
	double		to_search = search->table[0].nentries + search->table[1].nentries;
	uint64		steps;

	/* Nor can it tell apart nothing at all. */
	if (search->limit != PG_INT32_MAX || search->nitems >= NEVER ||
		(search->lo <= 0 && search->hi >= 0) || count->hi >= memory / 2)
		return 0;
	for (int g = 0; g < search->nouter; g++)
		to_search *= search->groups[g].size + 1;
	steps = (Max(count->hi, 0) / SUMS_PER_STEP + 1) * search->nitems;
	return steps < to_search && steps < budget ? steps : 0;
}

/* Whether all there is was looked at. */
static bool
look_for_any(Search *search, const int64 *amounts, int64 memory, uint64 budget)
{
	SubsetResult *result = search->result;
	SubsetResult quick;
	int64		max_entries;
	bool		complete = false;

	make_groups(search, amounts);
	max_entries = memory / sizeof(Entry) / (search->ngroups < search->nitems ? 3 : 2);
	/* Filling the tables takes half of the budget at most. */
	max_entries = Max(Min(max_entries, (int64) Min(budget / 8, PG_INT32_MAX)), 1);

	/* Where there are many solutions, as of any number of items, small tables find two sooner. */
	place_groups(search, max_entries);
	if (max_entries > QUICK_ENTRIES && (search->nouter > 0 || search->limit == PG_INT32_MAX))
	{
		place_groups(search, QUICK_ENTRIES);
		complete = look(search, search->nouter == 0 ? budget : Min(budget / 4, 2 * max_entries));
	}
	quick = *result;
	if (!complete && result->nsolutions < 2)
	{
		Count		count = {0};
		uint64		to_count;

		place_groups(search, max_entries);
		plan_count(search, amounts, &count);
		to_count = steps_to_count(search, &count, memory, budget - search->steps);
		result->nsolutions = 0;
		if (to_count > 0)
		{
			search->budget = budget;
			complete = count_sums(search, amounts, &count);
		}
		else
			complete = look(search, budget);
	}
	if (!complete && result->nsolutions == 0)
		*result = quick;
	result->steps = search->steps;
	return complete;
}

static void
solve(Search *search, const int64 *amounts, uint64 budget)
{
	SubsetResult *result = search->result;
	int64		memory = Min((int64) work_mem * 1024, MAX_MEMORY);
	bool		complete;

	if (search->limit <= MOST_FEW && fits_few(search->nitems, memory))
		complete = subset_few(amounts, search->order, search->nitems, search->lo, search->hi, search->limit, budget,
							  result);
	else
		complete = look_for_any(search, amounts, memory, budget);

	if (result->nsolutions == 2)
		result->outcome = SUBSET_AMBIGUOUS;
	else if (!complete)
		result->outcome = SUBSET_UNKNOWN;
	else
		result->outcome = result->nsolutions == 1 ? SUBSET_UNIQUE : SUBSET_NONE;
}

/*
 * Sets of at least one and at most max_items (0 for any number) of the amounts
 * whose sum differs from the target by the tolerance at most.  Amounts of zero
 * are in none; equal amounts make different sets.  Whatever takes more than
 * budget steps is left unknown, though one solution may have been found.
 *
 * Takes memory of work_mem, and of 64 MB, at most; the solutions are in the
 * caller's context.
 */
void
subset_sum(int64 target, const int64 *amounts, int n, int64 tolerance,
		   int max_items, uint64 budget, SubsetResult *result)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext work;
	Search		search;
	int64	   *reduced;
	int64		total = 0;
	int64		divisor = 0;

	Assert(tolerance >= 0 && max_items >= 0);
	memset(result, 0, sizeof(SubsetResult));
	for (int i = 0; i < n; i++)
	{
		if (amounts[i] > MAX_SUM || amounts[i] < -MAX_SUM)
			amounts_out_of_range();
		total += Abs(amounts[i]);
		if (total > MAX_SUM)
			amounts_out_of_range();
	}
	if (target > MAX_SUM || target < -MAX_SUM || tolerance > MAX_SUM)
		amounts_out_of_range();

	work = AllocSetContextCreate(caller, "subset sum", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(work);
	memset(&search, 0, sizeof(search));
	search.lo = target - tolerance;
	search.hi = target + tolerance;
	search.result = result;
	search.order = palloc(sizeof(int) * Max(n, 1));
	search.nitems = usable_items(amounts, n, search.lo, search.hi, search.order);
	search.limit = max_items > 0 && max_items < search.nitems ? max_items : PG_INT32_MAX;

	/* All sums are multiples of what divides all amounts. */
	for (int i = 0; i < search.nitems; i++)
		divisor = greatest_common_divisor(Abs(amounts[search.order[i]]), divisor);
	if (divisor > 0)
	{
		search.lo = -divide_down(-search.lo, divisor);
		search.hi = divide_down(search.hi, divisor);
		if (search.lo <= search.hi)
		{
			reduced = palloc(sizeof(int64) * n);
			for (int i = 0; i < n; i++)
				reduced[i] = amounts[i] / divisor;
			qsort_arg(search.order, search.nitems, sizeof(int), compare_items, reduced);
			solve(&search, reduced, budget);
		}
	}
	MemoryContextSwitchTo(caller);
	for (int i = 0; i < result->nsolutions; i++)
	{
		int		   *items = palloc(sizeof(int) * result->nitems[i]);

		memcpy(items, result->solution[i], sizeof(int) * result->nitems[i]);
		result->solution[i] = items;
	}
	MemoryContextDelete(work);
}

/* What divides all amounts; 0 where they are all 0. */
static int64
common_divisor(const int64 *amounts, int n)
{
	int64		divisor = 0;

	for (int i = 0; i < n; i++)
	{
		if (amounts[i] > MAX_SUM || amounts[i] < -MAX_SUM)
			amounts_out_of_range();
		divisor = greatest_common_divisor(Abs(amounts[i]), divisor);
	}
	return divisor;
}

/*
 * How many sets of the amounts would add up to the target if they were by
 * chance: the number of sets by the density of the normal distribution of
 * their sums, in units of what divides all amounts.
 */
double
subset_expected_hits(int64 target, const int64 *amounts, int n)
{
	int64		divisor = common_divisor(amounts, n);
	double		mean = 0;
	double		variance = 0;
	double		deviation;
	int			nitems = 0;

	if (divisor == 0 || target % divisor != 0)
		return 0;
	for (int i = 0; i < n; i++)
	{
		double		amount = (double) (amounts[i] / divisor);

		if (amount == 0)
			continue;
		nitems++;
		mean += amount / 2;
		variance += amount * amount / 4;
	}
	deviation = (double) (target / divisor) - mean;
	return exp(nitems * log(2) - log(2 * M_PI * variance) / 2 -
			   deviation * deviation / (2 * variance));
}

/*
 * The same for sets of two to max_items amounts: of each size their number, by
 * the density of the normal distribution of the sum of so many drawn from
 * them, none twice.
 */
double
subset_expected_hits_of_few(int64 target, const int64 *amounts, int n, int max_items)
{
	int64		divisor = common_divisor(amounts, n);
	double		mean = 0;
	double		variance = 0;
	double		nsets = n;
	double		result = 0;

	if (divisor == 0 || target % divisor != 0)
		return 0;
	for (int i = 0; i < n; i++)
		mean += (double) (amounts[i] / divisor) / n;
	for (int i = 0; i < n; i++)
	{
		double		deviation = (double) (amounts[i] / divisor) - mean;

		variance += deviation * deviation / n;
	}
	for (int size = 2; size <= Min(max_items, n - 1); size++)
	{
		double		spread = variance * size * (n - size) / (n - 1);
		double		deviation = (double) (target / divisor) - mean * size;

		nsets *= (double) (n - size + 1) / size;
		/* Amounts that are all the same have one sum. */
		if (spread == 0)
			result += deviation == 0 ? nsets : 0;
		else
			result += nsets * exp(-deviation * deviation / (2 * spread)) / sqrt(2 * M_PI * spread);
	}
	return result;
}

/* The SQL face ------------------------------------------------------------- */

static Datum
positions(const int *items, int nitems)
{
	Datum	   *elements = palloc(sizeof(Datum) * nitems);

	for (int i = 0; i < nitems; i++)
		elements[i] = Int32GetDatum(items[i] + 1);
	return PointerGetDatum(construct_array(elements, nitems, INT4OID, sizeof(int32),
										   true, TYPALIGN_INT));
}

PG_FUNCTION_INFO_V1(ar_subset_sum);
Datum
ar_subset_sum(PG_FUNCTION_ARGS)
{
	static const char *const outcomes[] = {"none", "unique", "ambiguous", "unknown"};
	Amounts		target;
	Amounts		amounts;
	Amounts		tolerance;
	int			scale;
	int64		tolerated;
	int32		max_items;
	int64		budget;
	TupleDesc	tupdesc;
	SubsetResult result;
	Datum		values[4] = {0};
	bool		nulls[4] = {false};

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(4))
		PG_RETURN_NULL();
	if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	target = read_amount(PG_GETARG_DATUM(0), "target");
	amounts = read_amounts(PG_GETARG_ARRAYTYPE_P(1), "amounts");
	tolerance = read_amount(PG_GETARG_DATUM(2), "tolerance");
	scale = Max(Max(target.scale, amounts.scale), tolerance.scale);
	tolerated = *amounts_in_units(&tolerance, scale);
	max_items = PG_ARGISNULL(3) ? 0 : PG_GETARG_INT32(3);
	budget = PG_GETARG_INT64(4);
	if (tolerated < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("tolerance must not be negative"),
				 errhint("Give the difference that is allowed on either side of the target.")));
	if (!PG_ARGISNULL(3) && max_items < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_items must be at least 1"),
				 errhint("Leave it null for any number of items.")));
	if (budget < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("budget must be at least 1"),
				 errhint("Leave it out for the default.")));

	subset_sum(*amounts_in_units(&target, scale), amounts_in_units(&amounts, scale),
			   amounts.n, tolerated, max_items, budget, &result);

	values[0] = CStringGetTextDatum(outcomes[result.outcome]);
	for (int i = 0; i < 2; i++)
	{
		nulls[1 + i] = i >= result.nsolutions;
		if (!nulls[1 + i])
			values[1 + i] = positions(result.solution[i], result.nitems[i]);
	}
	values[3] = Int64GetDatum((int64) result.steps);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(tupdesc), values, nulls)));
}

PG_FUNCTION_INFO_V1(ar_subset_sum_expected_hits);
Datum
ar_subset_sum_expected_hits(PG_FUNCTION_ARGS)
{
	Amounts		target = read_amount(PG_GETARG_DATUM(0), "target");
	Amounts		amounts = read_amounts(PG_GETARG_ARRAYTYPE_P(1), "amounts");
	int			scale = Max(target.scale, amounts.scale);

	PG_RETURN_FLOAT8(subset_expected_hits(*amounts_in_units(&target, scale),
										  amounts_in_units(&amounts, scale), amounts.n));
}
