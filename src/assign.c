/*
 * assign.c
 *		The best choice of one candidate for each receipt, when candidates
 *		take amounts off the same open items.
 *
 * An item is contested if the receipts together may take more than is open.
 * Only these tie receipts together; what is tied is a component and solved on
 * its own, by branch and bound.  The bound gives each contested item a price:
 * what is open sells for it, and each receipt takes what is worth most after
 * it has paid.  Prices start at nothing and are only sought where that leaves
 * too much to try.
 */
#include "postgres.h"

#include <math.h>

#include "amounts.h"
#include "assign.h"
#include "catalog/pg_type.h"
#include "common/int.h"
#include "compat.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

#define MAX_SCORE			1000
#define FREE_SHARE			10		/* of the budget, tried without prices */
#define PRICE_ROUNDS		200
#define INTERRUPT_MASK		0xFFFF	/* choices between looking for one */
#define HALF_UNIT			0.5		/* of the score: no difference */
#define NOTHING				(-1)

typedef struct Use
{
	int			item;
	int64		amount;
} Use;

typedef struct Assignment
{
	const AssignProblem *problem;
	AssignResult *results;

	/* Receipts in order of their numbers, each with its candidates in order. */
	int			nreceipts;
	int		   *receipt;		/* of a candidate */
	int		   *first_candidate;	/* of a receipt, in candidates */
	int		   *candidates;
	bool	   *possible;		/* none of its items lacks what it takes */

	/* What a candidate takes, each item once. */
	int64	   *first_use;		/* of a candidate, in uses */
	int64	   *nuses;
	Use		   *uses;

	bool	   *contested;		/* items */
	int64	   *left;			/* open of an item, by now */
	double	   *price;			/* of all that is open of an item */

	/* Of the component: its receipts and, by place among them, the branch. */
	int		   *receipts;
	int			n;
	int		   *best;			/* candidate or NOTHING */
	int		   *tried;
	int64	   *sum;
	double	   *stock;			/* price of all that is left */
	double	   *behind;			/* worth of this receipt and all behind it */
	int		   *items;			/* the contested ones */
	int			nitems;
	double	   *load;			/* of an item, while prices are sought */
	bool		priced;
	int64		step;			/* what all scores are multiples of */
	int64		spent;
} Assignment;

/* Setting up --------------------------------------------------------------- */

static int
compare_int64(const void *a, const void *b)
{
	int64		x = *(const int64 *) a;
	int64		y = *(const int64 *) b;

	return (x > y) - (x < y);
}

/* Sorts n numbers and leaves each once; how many there are. */
static int
sort_unique(int64 *numbers, int n)
{
	int			kept = 0;

	qsort(numbers, n, sizeof(int64), compare_int64);
	for (int i = 0; i < n; i++)
		if (i == 0 || numbers[i] != numbers[kept - 1])
			numbers[kept++] = numbers[i];
	return kept;
}

static int
find_number(const int64 *numbers, int n, int64 number)
{
	int			from = 0;

	while (from < n)
	{
		int			middle = from + (n - from) / 2;

		if (numbers[middle] == number)
			return middle;
		if (numbers[middle] < number)
			from = middle + 1;
		else
			n = middle;
	}
	return NOTHING;
}

/* Sorts 0 to n - 1 by their keys below nkeys; starts of each key, and the end. */
static void
sort_by_key(const int *keys, int n, int nkeys, int *start, int *sorted)
{
	memset(start, 0, sizeof(int) * (nkeys + 1));
	for (int i = 0; i < n; i++)
		start[keys[i]]++;
	for (int k = 0, sum = 0; k <= nkeys; k++)
	{
		sum += start[k];
		start[k] = sum;
	}
	for (int i = n - 1; i >= 0; i--)
		sorted[--start[keys[i]]] = i;
}

static void *
allocate(Size size, int64 n)
{
	return MemoryContextAllocExtended(CurrentMemoryContext, size * Max(n, 1),
									  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
}

static void
set_receipts(Assignment *a)
{
	const AssignProblem *problem = a->problem;
	int			n = problem->ncandidates;
	int64	   *numbers = allocate(sizeof(int64), n);

	memcpy(numbers, problem->receipts, sizeof(int64) * n);
	a->nreceipts = sort_unique(numbers, n);
	a->receipt = allocate(sizeof(int), n);
	for (int c = 0; c < n; c++)
		a->receipt[c] = find_number(numbers, a->nreceipts, problem->receipts[c]);
	pfree(numbers);
	a->candidates = allocate(sizeof(int), n);
	a->first_candidate = allocate(sizeof(int), a->nreceipts + 1);
	sort_by_key(a->receipt, n, a->nreceipts, a->first_candidate, a->candidates);
}

static void
set_uses(Assignment *a)
{
	const AssignProblem *problem = a->problem;
	int			n = problem->ncandidates;
	int		   *by = allocate(sizeof(int), problem->nuses);
	int		   *start = allocate(sizeof(int), n + 1);
	int		   *sorted = allocate(sizeof(int), problem->nuses);
	int64		nuses = 0;

	for (int u = 0; u < problem->nuses; u++)
		by[u] = problem->uses[u].candidate;
	sort_by_key(by, problem->nuses, n, start, sorted);
	pfree(by);
	a->possible = allocate(sizeof(bool), n);
	a->first_use = allocate(sizeof(int64), n);
	a->nuses = allocate(sizeof(int64), n);
	a->uses = allocate(sizeof(Use), problem->nuses);
	for (int c = 0; c < n; c++)
	{
		a->first_use[c] = nuses;
		a->possible[c] = true;
		for (int i = start[c]; i < start[c + 1]; i++)
		{
			const AssignUse *use = &problem->uses[sorted[i]];
			int64		at;

			if (use->amount == 0)
				continue;
			for (at = a->first_use[c]; at < nuses && a->uses[at].item != use->item; at++)
				;
			if (at == nuses)
			{
				a->uses[nuses].item = use->item;
				a->uses[nuses++].amount = 0;
			}
			if (pg_add_s64_overflow(a->uses[at].amount, use->amount, &a->uses[at].amount))
				a->uses[at].amount = PG_INT64_MAX;
			if (a->uses[at].amount > problem->capacities[use->item])
				a->possible[c] = false;
		}
		a->nuses[c] = nuses - a->first_use[c];
	}
	pfree(start);
	pfree(sorted);
}

/* Whether the most that each receipt may take is more than is open. */
static void
set_contested(Assignment *a)
{
	const AssignProblem *problem = a->problem;
	int64	   *total = allocate(sizeof(int64), problem->nitems);
	int64	   *most = allocate(sizeof(int64), problem->nitems);	/* of the last */
	int		   *last = allocate(sizeof(int), problem->nitems);	/* from 1 */

	a->contested = allocate(sizeof(bool), problem->nitems);
	for (int r = 0; r < a->nreceipts; r++)
	{
		for (int i = a->first_candidate[r]; i < a->first_candidate[r + 1]; i++)
		{
			int			c = a->candidates[i];

			for (int64 u = 0; a->possible[c] && u < a->nuses[c]; u++)
			{
				const Use  *use = &a->uses[a->first_use[c] + u];
				int			item = use->item;

				if (last[item] != r + 1)
				{
					last[item] = r + 1;
					most[item] = 0;
				}
				if (use->amount <= most[item])
					continue;
				if (pg_add_s64_overflow(total[item], use->amount - most[item], &total[item]))
					total[item] = PG_INT64_MAX;
				most[item] = use->amount;
				if (total[item] > problem->capacities[item])
					a->contested[item] = true;
			}
		}
	}
	pfree(total);
	pfree(most);
	pfree(last);

	/* The others set no limit, so nobody need look at them again. */
	for (int c = 0; c < problem->ncandidates; c++)
	{
		Use		   *uses = a->uses + a->first_use[c];
		int64		kept = 0;

		for (int64 u = 0; u < a->nuses[c]; u++)
			if (a->contested[uses[u].item])
				uses[kept++] = uses[u];
		a->nuses[c] = kept;
	}
}

static int
find_root(int *parent, int i)
{
	while (parent[i] != i)
	{
		parent[i] = parent[parent[i]];
		i = parent[i];
	}
	return i;
}

/* Root of each receipt's component: the lowest in it. */
static void
join_receipts(Assignment *a, int *root)
{
	int		   *owner = allocate(sizeof(int), a->problem->nitems);	/* from 1 */

	for (int r = 0; r < a->nreceipts; r++)
		root[r] = r;
	for (int c = 0; c < a->problem->ncandidates; c++)
	{
		for (int64 u = 0; a->possible[c] && u < a->nuses[c]; u++)
		{
			int			item = a->uses[a->first_use[c] + u].item;
			int			x;
			int			y;

			if (owner[item] == 0)
				owner[item] = a->receipt[c] + 1;
			x = find_root(root, owner[item] - 1);
			y = find_root(root, a->receipt[c]);
			root[Max(x, y)] = Min(x, y);
		}
	}
	for (int r = 0; r < a->nreceipts; r++)
		root[r] = find_root(root, r);
	pfree(owner);
}

/* Choosing ----------------------------------------------------------------- */

static inline bool
eligible(const Assignment *a, int c)
{
	return a->possible[c] && a->problem->scores[c] >= 0;
}

static bool
fits(const Assignment *a, int c)
{
	for (int64 u = a->first_use[c]; u < a->first_use[c] + a->nuses[c]; u++)
		if (a->uses[u].amount > a->left[a->uses[u].item])
			return false;
	return true;
}

/* Takes off the open items what the candidate takes, or puts it back (-1). */
static void
take(Assignment *a, int c, int times)
{
	for (int64 u = a->first_use[c]; u < a->first_use[c] + a->nuses[c]; u++)
		a->left[a->uses[u].item] -= times * a->uses[u].amount;
}

static double
cost(const Assignment *a, int c)
{
	double		result = 0;

	if (a->priced)
		for (int64 u = a->first_use[c]; u < a->first_use[c] + a->nuses[c]; u++)
		{
			int			item = a->uses[u].item;

			result += a->price[item] * a->uses[u].amount / a->problem->capacities[item];
		}
	return result;
}

/* What is worth most to a receipt at these prices; to have nothing is worth 0. */
static double
worth(const Assignment *a, int r, int forbidden)
{
	double		most = 0;

	for (int i = a->first_candidate[r]; i < a->first_candidate[r + 1]; i++)
	{
		int			c = a->candidates[i];

		if (c != forbidden && eligible(a, c))
			most = Max(most, a->problem->scores[c] - cost(a, c));
	}
	return most;
}

static int64
sum_of_best(const Assignment *a)
{
	int64		sum = 0;

	for (int g = 0; g < a->n; g++)
		if (a->best[g] != NOTHING)
			sum += a->problem->scores[a->best[g]];
	return sum;
}

typedef struct Ranked
{
	int64		score;
	int			place;			/* of the receipt */
	int			candidate;
} Ranked;

static int
compare_ranked(const void *x, const void *y)
{
	const Ranked *a = x;
	const Ranked *b = y;

	if (a->score != b->score)
		return a->score < b->score ? 1 : -1;
	if (a->place != b->place)
		return a->place < b->place ? -1 : 1;
	return (a->candidate > b->candidate) - (a->candidate < b->candidate);
}

/* The highest score first, whoever it hurts. */
static void
choose_greedily(Assignment *a)
{
	int			total = 0;
	int			n = 0;
	Ranked	   *ranked;

	for (int g = 0; g < a->n; g++)
	{
		int			r = a->receipts[g];

		a->best[g] = NOTHING;
		total += a->first_candidate[r + 1] - a->first_candidate[r];
	}
	ranked = allocate(sizeof(Ranked), total);
	for (int g = 0; g < a->n; g++)
	{
		int			r = a->receipts[g];

		for (int i = a->first_candidate[r]; i < a->first_candidate[r + 1]; i++)
			if (eligible(a, a->candidates[i]))
			{
				ranked[n].score = a->problem->scores[a->candidates[i]];
				ranked[n].place = g;
				ranked[n++].candidate = a->candidates[i];
			}
	}
	qsort(ranked, n, sizeof(Ranked), compare_ranked);
	for (int i = 0; i < n; i++)
		if (a->best[ranked[i].place] == NOTHING && fits(a, ranked[i].candidate))
		{
			a->best[ranked[i].place] = ranked[i].candidate;
			take(a, ranked[i].candidate, 1);
		}
	for (int g = 0; g < a->n; g++)
		if (a->best[g] != NOTHING)
			take(a, a->best[g], -1);
	pfree(ranked);
}

static void
keep_choice(Assignment *a)
{
	for (int g = 0; g < a->n; g++)
	{
		bool		none = a->tried[g] == a->first_candidate[a->receipts[g] + 1];

		a->best[g] = none ? NOTHING : a->candidates[a->tried[g]];
	}
}

/*
 * Branch and bound in the order in which ties are decided, so that the first
 * of several best is found first.  From *sum on, better ones are sought, and
 * for the choice itself (forbidden is NOTHING) the first as good, which goes
 * to a->best.  False when the limit was reached.
 */
static bool
search(Assignment *a, int forbidden, int64 *sum, int64 limit)
{
	bool		choosing = forbidden == NOTHING;
	bool		improved = !choosing;	/* as good is no longer good enough */
	int			g = 0;
	bool		complete = true;

	a->behind[a->n] = 0;
	for (int i = a->n - 1; i >= 0; i--)
		a->behind[i] = a->behind[i + 1] + worth(a, a->receipts[i], forbidden);
	a->sum[0] = 0;
	a->stock[0] = 0;
	for (int i = 0; a->priced && i < a->nitems; i++)
		a->stock[0] += a->price[a->items[i]];
	a->tried[0] = a->first_candidate[a->receipts[0]] - 1;

	/* tried[g] is the place of the choice; behind the last, the receipt has none. */
	while (g >= 0)
	{
		int			r;
		int			c;
		int			end;
		double		bound;

		if (g == a->n)
		{
			/* The bound also counts what was left unsold. */
			if (improved ? a->sum[g] > *sum : a->sum[g] >= *sum)
			{
				*sum = a->sum[g];
				improved = true;
				if (choosing)
					keep_choice(a);
			}
			g--;
			continue;
		}
		r = a->receipts[g];
		end = a->first_candidate[r + 1];
		if (a->tried[g] >= a->first_candidate[r] && a->tried[g] < end)
		{
			c = a->candidates[a->tried[g]];
			if (c != forbidden && eligible(a, c) && a->sum[g + 1] >= 0)
				take(a, c, -1);
		}
		if (a->tried[g] == end)
		{
			g--;
			continue;
		}
		a->tried[g]++;
		if (a->spent >= limit)
		{
			complete = false;
			break;
		}
		if ((++a->spent & INTERRUPT_MASK) == 0)
			CHECK_FOR_INTERRUPTS();

		/* A sum below zero says that the choice was not taken. */
		a->sum[g + 1] = -1;
		if (a->tried[g] < end)
		{
			c = a->candidates[a->tried[g]];
			if (c == forbidden || !eligible(a, c) || !fits(a, c))
				continue;
			bound = a->sum[g] + a->problem->scores[c] + a->stock[g] - cost(a, c);
		}
		else
		{
			c = NOTHING;
			bound = a->sum[g] + a->stock[g];
		}
		bound += a->behind[g + 1];
		/* Room for what was rounded, then down to what sums there can be. */
		bound = floor((bound + 0.25 + fabs(bound) * 1e-12) / a->step) * a->step;
		if (improved ? bound <= *sum : bound < *sum)
			continue;
		a->sum[g + 1] = a->sum[g];
		a->stock[g + 1] = a->stock[g];
		if (c != NOTHING)
		{
			a->sum[g + 1] += a->problem->scores[c];
			a->stock[g + 1] -= cost(a, c);
			take(a, c, 1);
		}
		g++;
		if (g < a->n)
			a->tried[g] = a->first_candidate[a->receipts[g]] - 1;
	}

	/* Whatever a search that was broken off has taken goes back. */
	while (!complete && --g >= 0)
		if (a->tried[g] < a->first_candidate[a->receipts[g] + 1])
			take(a, a->candidates[a->tried[g]], -1);
	return complete;
}

/*
 * Adds to the load of the items what a receipt takes at these prices; what is
 * worth the same to it takes equal shares.  Returns what it is worth.
 */
static double
load_items(Assignment *a, int r)
{
	double		most = worth(a, r, NOTHING);
	int			shares = most < HALF_UNIT;

	for (int pass = 0; pass < 2; pass++)
	{
		for (int i = a->first_candidate[r]; i < a->first_candidate[r + 1]; i++)
		{
			int			c = a->candidates[i];

			if (!eligible(a, c) || a->problem->scores[c] - cost(a, c) < most - HALF_UNIT)
				continue;
			if (pass == 0)
			{
				shares++;
				continue;
			}
			for (int64 u = a->first_use[c]; u < a->first_use[c] + a->nuses[c]; u++)
				a->load[a->uses[u].item] += (double) a->uses[u].amount /
					a->problem->capacities[a->uses[u].item] / shares;
		}
	}
	return most;
}

/*
 * Prices that make the bound low: up where more is wanted than is open, down
 * where less (subgradients with the step of Polyak).  Any prices give a true
 * bound; the best of those met are kept.
 */
static void
set_prices(Assignment *a, int64 sum)
{
	double	   *best = allocate(sizeof(double), a->nitems);
	double		lowest = -1;
	double		pace = 1;
	int			idle = 0;

	for (int i = 0; i < a->nitems; i++)
		a->price[a->items[i]] = 0;
	a->priced = true;
	for (int round = 0; round < PRICE_ROUNDS; round++)
	{
		double		bound = 0;
		double		norm = 0;

		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < a->nitems; i++)
		{
			a->load[a->items[i]] = -1;
			bound += a->price[a->items[i]];
		}
		for (int g = 0; g < a->n; g++)
			bound += load_items(a, a->receipts[g]);
		if (lowest < 0 || bound < lowest)
		{
			lowest = bound;
			idle = 0;
			for (int i = 0; i < a->nitems; i++)
				best[i] = a->price[a->items[i]];
		}
		else if (++idle == 10)
		{
			idle = 0;
			pace /= 2;
		}
		for (int i = 0; i < a->nitems; i++)
			norm += a->load[a->items[i]] * a->load[a->items[i]];
		if (norm == 0 || bound - sum < a->step)
			break;
		for (int i = 0; i < a->nitems; i++)
		{
			double	   *price = &a->price[a->items[i]];

			*price = Max(0, *price + pace * (bound - sum) / norm * a->load[a->items[i]]);
		}
	}
	for (int i = 0; i < a->nitems; i++)
		a->price[a->items[i]] = best[i];
	pfree(best);
}

/* Searches with prices once it turns out to be hard without. */
static bool
solve(Assignment *a, int forbidden, int64 *sum)
{
	int64		budget = a->problem->budget;

	if (a->spent >= budget)
		return false;
	if (!a->priced)
	{
		if (search(a, forbidden, sum, Min(budget, a->spent + budget / FREE_SHARE)))
			return true;
		if (a->spent >= budget)
			return false;
		set_prices(a, *sum);
	}
	return search(a, forbidden, sum, budget);
}

/* The sum there is without a receipt's candidate when all else stays. */
static int64
sum_without(Assignment *a, int g, int64 sum)
{
	int			r = a->receipts[g];
	int64		instead = 0;

	for (int i = 0; i < a->n; i++)
		if (i != g && a->best[i] != NOTHING)
			take(a, a->best[i], 1);
	for (int i = a->first_candidate[r]; i < a->first_candidate[r + 1]; i++)
	{
		int			c = a->candidates[i];

		if (c != a->best[g] && eligible(a, c) && fits(a, c))
			instead = Max(instead, a->problem->scores[c]);
	}
	for (int i = 0; i < a->n; i++)
		if (i != g && a->best[i] != NOTHING)
			take(a, a->best[i], -1);
	return sum - a->problem->scores[a->best[g]] + instead;
}

/* The contested items of the component, and what divides all its scores. */
static void
begin_component(Assignment *a)
{
	a->nitems = 0;
	a->step = 0;
	a->priced = false;
	a->spent = 0;
	for (int g = 0; g < a->n; g++)
	{
		int			r = a->receipts[g];

		for (int i = a->first_candidate[r]; i < a->first_candidate[r + 1]; i++)
		{
			int			c = a->candidates[i];
			int64		rest = a->problem->scores[c];

			if (!eligible(a, c))
				continue;
			while (rest != 0)
			{
				int64		next = a->step % rest;

				a->step = rest;
				rest = next;
			}
			for (int64 u = a->first_use[c]; u < a->first_use[c] + a->nuses[c]; u++)
			{
				int			item = a->uses[u].item;

				/* Each belongs to one component, so that the mark can stay. */
				if (a->contested[item])
					a->items[a->nitems++] = item;
				a->contested[item] = false;
			}
		}
	}
	a->step = Max(a->step, 1);
}

static void
choose_component(Assignment *a)
{
	int64		sum;
	bool		exact;

	begin_component(a);
	choose_greedily(a);
	sum = sum_of_best(a);
	exact = solve(a, NOTHING, &sum);
	for (int g = 0; g < a->n; g++)
	{
		int			r = a->receipts[g];

		for (int i = a->first_candidate[r]; i < a->first_candidate[r + 1]; i++)
			a->results[a->candidates[i]].exact = exact;
	}
	for (int g = 0; g < a->n; g++)
	{
		AssignResult *result;
		int64		without;

		if (a->best[g] == NOTHING)
			continue;
		result = &a->results[a->best[g]];
		result->chosen = true;
		if (!exact)
			continue;
		without = sum_without(a, g, sum);
		result->exact = solve(a, a->best[g], &without);
		if (result->exact)
			result->margin = sum - without;
	}
}

/* A receipt with which nobody contends takes its best and is done. */
static void
choose_alone(Assignment *a, int r)
{
	int			best = NOTHING;
	int64		second = 0;

	for (int i = a->first_candidate[r]; i < a->first_candidate[r + 1]; i++)
	{
		int			c = a->candidates[i];
		int64		score = a->problem->scores[c];

		a->results[c].exact = true;
		if (!eligible(a, c))
			continue;
		if (best == NOTHING || score > a->problem->scores[best])
		{
			if (best != NOTHING)
				second = a->problem->scores[best];
			best = c;
		}
		else
			second = Max(second, score);
	}
	if (best != NOTHING)
	{
		a->results[best].chosen = true;
		a->results[best].margin = a->problem->scores[best] - second;
	}
}

/*
 * Chooses at most one candidate of each receipt, so that no item is taken more
 * of than is open and the sum of the scores is the greatest; of several such
 * choices the one in which the lowest receipt has a candidate, and its first,
 * then the next receipt.  A candidate's margin is what the sum loses when it
 * is forbidden.  Where the budget does not suffice, the best that was found is
 * chosen, at least as good as by descending score, and exact is false.
 */
AssignResult *
assign(const AssignProblem *problem)
{
	Assignment	assignment = {0};
	Assignment *a = &assignment;
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext work;
	int		   *root;
	int		   *start;
	int		   *members;

	a->problem = problem;
	a->results = allocate(sizeof(AssignResult), problem->ncandidates);
	work = AllocSetContextCreate(caller, "assignment", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(work);
	set_receipts(a);
	set_uses(a);
	set_contested(a);

	root = allocate(sizeof(int), a->nreceipts);
	start = allocate(sizeof(int), a->nreceipts + 1);
	members = allocate(sizeof(int), a->nreceipts);
	join_receipts(a, root);
	sort_by_key(root, a->nreceipts, a->nreceipts, start, members);

	a->left = allocate(sizeof(int64), problem->nitems);
	memcpy(a->left, problem->capacities, sizeof(int64) * problem->nitems);
	a->price = allocate(sizeof(double), problem->nitems);
	a->load = allocate(sizeof(double), problem->nitems);
	a->items = allocate(sizeof(int), problem->nitems);
	a->best = allocate(sizeof(int), a->nreceipts);
	a->tried = allocate(sizeof(int), a->nreceipts);
	a->sum = allocate(sizeof(int64), a->nreceipts + 1);
	a->stock = allocate(sizeof(double), a->nreceipts + 1);
	a->behind = allocate(sizeof(double), a->nreceipts + 1);
	for (int r = 0; r < a->nreceipts; r++)
	{
		a->receipts = members + start[r];
		a->n = start[r + 1] - start[r];
		if (a->n == 1)
			choose_alone(a, a->receipts[0]);
		else if (a->n > 1)
			choose_component(a);
		if ((r & INTERRUPT_MASK) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(work);
	return a->results;
}

/* The SQL face ------------------------------------------------------------- */

static ArrayType *
get_list(FunctionCallInfo fcinfo, int arg, const char *name)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(arg);

	list_must_have_no_nulls(array, name);
	return array;
}

static int
elements_of(ArrayType *array)
{
	return ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
}

static void
same_length(ArrayType *a, const char *a_name, ArrayType *b, const char *b_name)
{
	if (elements_of(a) != elements_of(b))
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("%s and %s must be of the same length", a_name, b_name),
				 errdetail("They have %d and %d elements.", elements_of(a), elements_of(b))));
}

static int64 *
get_scores(ArrayType *array, int n)
{
	const float8 *given = (const float8 *) ARR_DATA_PTR(array);
	int64	   *scores = allocate(sizeof(int64), n);

	for (int i = 0; i < n; i++)
	{
		if (isnan(given[i]) || fabs(given[i]) > MAX_SCORE)
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("score %d is out of range", i + 1),
					 errdetail("Scores are from -%d to %d.", MAX_SCORE, MAX_SCORE)));
		scores[i] = (int64) rint(given[i] * ASSIGN_SCORE_UNIT);
	}
	return scores;
}

/* Items are known by their places among the sorted ones. */
typedef struct OpenItem
{
	int64		number;
	int64		capacity;
} OpenItem;

PG_FUNCTION_INFO_V1(ar_assign);
Datum
ar_assign(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	ArrayType  *receipts = get_list(fcinfo, 0, "receipts");
	ArrayType  *scores = get_list(fcinfo, 1, "scores");
	ArrayType  *candidates = get_list(fcinfo, 2, "candidate_of_use");
	ArrayType  *items = get_list(fcinfo, 3, "items");
	ArrayType  *amounts = get_list(fcinfo, 4, "amounts");
	ArrayType  *open_items = get_list(fcinfo, 5, "capacity_items");
	ArrayType  *open_amounts = get_list(fcinfo, 6, "capacities");
	AssignProblem problem = {0};
	Amounts		taken;
	Amounts		open;
	int64	   *units;
	int64	   *capacities;
	int64	   *numbers;
	OpenItem	   *sorted;
	AssignUse  *uses;
	AssignResult *results;
	int			scale;

	InitMaterializedSRF(fcinfo, 0);
	same_length(receipts, "receipts", scores, "scores");
	same_length(candidates, "candidate_of_use", items, "items");
	same_length(candidates, "candidate_of_use", amounts, "amounts");
	same_length(open_items, "capacity_items", open_amounts, "capacities");
	problem.ncandidates = elements_of(receipts);
	problem.nuses = elements_of(candidates);
	problem.nitems = elements_of(open_items);
	problem.receipts = (const int64 *) ARR_DATA_PTR(receipts);
	problem.scores = get_scores(scores, problem.ncandidates);
	problem.budget = PG_GETARG_INT64(7);
	if (problem.budget < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("budget must be at least 1"),
				 errhint("Leave it out for the default.")));

	taken = read_amounts(amounts, "amounts");
	open = read_amounts(open_amounts, "capacities");
	scale = Max(taken.scale, open.scale);
	units = amounts_in_units(&taken, scale);
	capacities = amounts_in_units(&open, scale);

	/* Sorted with their capacities, then taken apart to be searched. */
	sorted = allocate(sizeof(OpenItem), problem.nitems);
	for (int i = 0; i < problem.nitems; i++)
	{
		sorted[i].number = ((const int64 *) ARR_DATA_PTR(open_items))[i];
		sorted[i].capacity = Abs(capacities[i]);
	}
	qsort(sorted, problem.nitems, sizeof(OpenItem), compare_int64);
	numbers = allocate(sizeof(int64), problem.nitems);
	for (int i = 0; i < problem.nitems; i++)
	{
		numbers[i] = sorted[i].number;
		capacities[i] = sorted[i].capacity;
		if (i > 0 && numbers[i] == numbers[i - 1])
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("item " INT64_FORMAT " has two capacities", numbers[i]),
					 errhint("Name each item once in capacity_items.")));
	}
	problem.capacities = capacities;

	uses = allocate(sizeof(AssignUse), problem.nuses);
	for (int i = 0; i < problem.nuses; i++)
	{
		int64		item = ((const int64 *) ARR_DATA_PTR(items))[i];

		uses[i].candidate = ((const int32 *) ARR_DATA_PTR(candidates))[i] - 1;
		uses[i].item = find_number(numbers, problem.nitems, item);
		uses[i].amount = Abs(units[i]);
		if (uses[i].candidate < 0 || uses[i].candidate >= problem.ncandidates)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("use %d is of candidate %d", i + 1,
							((const int32 *) ARR_DATA_PTR(candidates))[i]),
					 errdetail("Candidates are numbered from 1 to %d.", problem.ncandidates)));
		if (uses[i].item == NOTHING)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("item " INT64_FORMAT " has no capacity", item),
					 errhint("Give what is open of each item in capacity_items and capacities.")));
	}
	problem.uses = uses;

	results = assign(&problem);
	for (int c = 0; c < problem.ncandidates; c++)
	{
		Datum		values[4];
		bool		nulls[4] = {false};

		values[0] = Int32GetDatum(c + 1);
		values[1] = BoolGetDatum(results[c].chosen);
		values[2] = Float8GetDatum((double) results[c].margin / ASSIGN_SCORE_UNIT);
		nulls[2] = !results[c].chosen;
		values[3] = BoolGetDatum(results[c].exact);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
