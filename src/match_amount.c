/*
 * match_amount.c
 *		Methods that look at amounts, whatever is named.
 */
#include "postgres.h"

#include "match.h"
#include "miscadmin.h"
#include "subset_sum.h"

/* Payments that are combined; of more items only few are, as any amount would be among them. */
#define MAX_COMBINED		60
/* Of so many items, at most these are combined. */
#define FEW					4
/* Steps for the combinations of items that one payment may be. */
#define COMBINE_BUDGET		200000
/* The same, for combinations of few of very many items. */
#define COMBINE_FEW_BUDGET	1000000
/* Steps for the combinations of payments that one item may be, and for all. */
#define PAYMENTS_BUDGET		50000
#define ALL_PAYMENTS_BUDGET	2000000
/* Expected accidental hits from which a combination is only a suggestion. */
#define ACCIDENTAL			0.01

static const MatchText no_text = {NULL, 0};

/* Items that count and fit, by due date. */
static int
collect(MatchTry *try, bool (*fits) (const MatchTry *, int), int **items)
{
	int			n = 0;
	int			room = 0;

	*items = NULL;
	for (int i = 0; i < try->batch->nitems; i++)
	{
		if (!match_counts(try, i) || !fits(try, i))
			continue;
		if (n == room)
		{
			room = Max(room * 2, 8);
			*items = *items == NULL ? palloc(room * sizeof(int)) :
				repalloc_huge(*items, room * sizeof(int));
		}
		(*items)[n++] = i;
	}
	return n;
}

static bool
is_amount(const MatchTry *try, int item)
{
	return match_due(try, item) == try->target;
}

static bool
is_amount_tolerated(const MatchTry *try, int item)
{
	return match_tolerates(try, match_due(try, item));
}

/* Each of the items that fit, of which only the first are candidates. */
static void
each_of(MatchTry *try, const int *items, int nitems)
{
	for (int i = 0; i < nitems && i < MATCH_MAX_CANDIDATES; i++)
	{
		int64		due = match_due(try, items[i]);
		MatchCandidate *candidate = match_candidate(try);
		StringInfo	text = &candidate->reasons;

		match_add_line(candidate, PURPOSE_APPLICATION, items[i], due, no_text, NULL);
		match_append_item(try->batch, text, items[i]);
		if (nitems == 1)
			appendStringInfoString(text, " is the only open item of ");
		else
			appendStringInfo(text, " is one of %d open items of ", nitems);
		appendStringInfoString(text, due == try->target ? "exactly " : "about ");
		appendStringInfoString(text, match_money(try->batch, try->target));
		match_append_how(try, text);
		if (match_settle_difference(try, candidate, due - try->target))
			match_finish(try, candidate, BASIS_AMOUNT, 1);
	}
}

void
match_amount(MatchTry *try)
{
	int		   *items;
	int			n = collect(try, try->tolerant ? is_amount_tolerated : is_amount, &items);

	each_of(try, items, n);
	if (n > 0)
		pfree(items);
}

void
match_amount_with_tolerance(MatchTry *try)
{
	int		   *items;
	int			n = collect(try, is_amount_tolerated, &items);

	each_of(try, items, n);
	if (n > 0)
		pfree(items);
}

static bool
is_amount_less_discount(const MatchTry *try, int item)
{
	MatchDiscount discount;
	int64		due = match_due(try, item);

	return due > try->target &&
		match_discount(try, item, due - try->target, &discount);
}

void
match_amount_less_discount(MatchTry *try)
{
	int		   *items;
	int			n = collect(try, is_amount_less_discount, &items);
	int			ngranted = 0;
	MatchDiscount discount;

	for (int i = 0; i < n; i++)
	{
		match_discount(try, items[i], match_due(try, items[i]) - try->target, &discount);
		ngranted += discount.granted;
	}

	/* Those that are granted before those that are not. */
	for (int pass = 0, ncandidates = 0; pass < 2; pass++)
		for (int i = 0; i < n && ncandidates < MATCH_MAX_CANDIDATES; i++)
		{
			int64		due = match_due(try, items[i]);
			int			nalike = pass == 0 ? ngranted : n - ngranted;
			MatchCandidate *candidate;
			StringInfo	text;

			match_discount(try, items[i], due - try->target, &discount);
			if (discount.granted != (pass == 0))
				continue;
			candidate = match_candidate(try);
			text = &candidate->reasons;
			match_add_line(candidate, PURPOSE_APPLICATION, items[i], try->target, no_text, NULL);
			match_add_line(candidate, PURPOSE_DISCOUNT, items[i], discount.amount,
						   try->rule->reason_code, NULL);
			match_append_item(try->batch, text, items[i]);
			appendStringInfo(text, ", of which %s is open, ", match_money(try->batch, due));
			if (nalike == 1)
				appendStringInfoString(text, "is the only open item");
			else
				appendStringInfo(text, "is one of %d open items", nalike);
			appendStringInfo(text, " that is %s less ", match_money(try->batch, try->target));
			match_append_discount(try, text, &discount);
			match_append_how(try, text);
			ncandidates += match_finish(try, candidate, BASIS_AMOUNT |
										(discount.granted ? 0 : BASIS_SUGGESTION), 1);
		}
}

/*
 * The sets of items that were found.  What they are the only ones among is
 * said by among; expected is how many of them there would be by chance.
 */
static void
take_combinations(MatchTry *try, const int *items, const SubsetResult *result,
				  const char *among, double expected, bool is_suggestion)
{
	for (int s = 0; s < result->nsolutions; s++)
	{
		MatchCandidate *candidate = match_candidate(try);
		StringInfo	text = &candidate->reasons;
		int			nfound = result->nitems[s];
		int		   *found = palloc(nfound * sizeof(int));

		for (int i = 0; i < nfound; i++)
		{
			found[i] = items[result->solution[s][i]];
			match_add_line(candidate, PURPOSE_APPLICATION, found[i],
						   match_due(try, found[i]), no_text, NULL);
		}
		/* A single one is for the methods that look for it. */
		if (nfound < 2)
			continue;
		match_append_items(try->batch, text, found, nfound);
		appendStringInfo(text, " together are exactly %s", match_money(try->batch, try->target));
		match_append_how(try, text);
		if (result->outcome == SUBSET_UNIQUE)
			appendStringInfo(text, ", as no others of %s are", among);
		else
			appendStringInfo(text, ", as others of %s are, too", among);
		if (expected >= ACCIDENTAL)
			appendStringInfo(text, "; of so many items %.2g such combinations are to be expected by chance", expected);
		if (match_finish(try, candidate, BASIS_AMOUNT |
						 (is_suggestion ? BASIS_SUGGESTION : 0), 1))
			candidate->is_ambiguous |= result->outcome == SUBSET_AMBIGUOUS;
	}
}

static void
combine(MatchTry *try, const int *items, const int64 *amounts, int n)
{
	SubsetResult result;
	double		expected;

	subset_sum(try->target, amounts, n, 0, try->rule->max_items, COMBINE_BUDGET, &result);
	if (result.outcome == SUBSET_UNKNOWN)
		try->receipt->gave_up = psprintf("Combinations of the %d open items were too many to try.", n);
	if (result.outcome != SUBSET_UNIQUE && result.outcome != SUBSET_AMBIGUOUS)
		return;
	expected = subset_expected_hits(try->target, amounts, n);
	take_combinations(try, items, &result, psprintf("the %d open items", n), expected,
					  expected >= ACCIDENTAL);
}

/*
 * Of very many items only few together, and only where chance would not
 * combine them anyway; never more than a suggestion, as others of more items
 * are not ruled out.
 */
static void
combine_few(MatchTry *try, const int *items, const int64 *amounts, int n)
{
	int			most = try->rule->max_items > 0 ? Min(try->rule->max_items, FEW) : FEW;
	double		expected = subset_expected_hits_of_few(try->target, amounts, n, most);
	SubsetResult result;

	if (expected >= 1)
	{
		try->receipt->gave_up = psprintf("Combinations of the %d open items were not tried: %.2g of up to %d of them are to be expected by chance.",
										 n, expected, most);
		return;
	}
	subset_sum(try->target, amounts, n, 0, most, COMBINE_FEW_BUDGET, &result);
	try->receipt->gave_up = result.outcome == SUBSET_UNKNOWN ?
		psprintf("Combinations of the %d open items were too many to try.", n) :
		psprintf("Of the %d open items no more than %d were combined.", n, most);
	if (result.outcome == SUBSET_UNIQUE || result.outcome == SUBSET_AMBIGUOUS)
		take_combinations(try, items, &result, psprintf("up to %d of the %d open items", most, n),
						  expected, true);
}

/* Two or more items that together are the amount. */
void
match_subset_sum(MatchTry *try)
{
	int		   *items = palloc(try->batch->nitems * sizeof(int));
	int64	   *amounts = palloc(try->batch->nitems * sizeof(int64));
	int			n = 0;

	for (int i = 0; i < try->batch->nitems; i++)
		if (match_counts(try, i))
		{
			items[n] = i;
			amounts[n++] = match_due(try, i);
		}
	if (n > MAX_COMBINED)
		combine_few(try, items, amounts, n);
	else if (n >= 2)
		combine(try, items, amounts, n);
	pfree(items);
	pfree(amounts);
}

/* Several of the payments that nothing was found for, together one item. */
void
match_combined_payments(MatchBatch *batch, const MatchRule *rule)
{
	int			all[MAX_COMBINED];
	int			part[MAX_COMBINED];
	int64		amounts[MAX_COMBINED];
	int64		budget = ALL_PAYMENTS_BUDGET;

	for (int sign = -1; sign <= 1; sign += 2)
	{
		int			nall = 0;
		int64		total = 0;

		for (int r = 0; r < batch->nreceipts; r++)
		{
			const MatchReceipt *receipt = &batch->receipts[r];

			if (receipt->decided || receipt->ncandidates > 0 || receipt->sign != sign)
				continue;
			if (nall == MAX_COMBINED)
			{
				nall = 0;
				break;
			}
			all[nall++] = r;
			total = match_add(total, sign * receipt->amount);
		}
		if (nall < 2)
			continue;

		for (int i = 0; i < batch->nitems && budget > 0; i++)
		{
			const MatchItem *item = &batch->items[i];
			int64		due = sign * item->amount;
			int			n = 0;
			SubsetResult result;

			CHECK_FOR_INTERRUPTS();
			if (due <= 0 || due > total)
				continue;
			for (int k = 0; k < nall; k++)
			{
				const MatchReceipt *receipt = &batch->receipts[all[k]];

				if (receipt->received_on < item->effective_on ||
					sign * receipt->amount >= due)
					continue;
				part[n] = all[k];
				amounts[n++] = sign * receipt->amount;
			}
			if (n < 2)
				continue;
			subset_sum(due, amounts, n, 0, rule->max_items,
					   Min(PAYMENTS_BUDGET, budget), &result);
			budget -= result.steps;
			if (result.outcome != SUBSET_UNIQUE || result.nitems[0] < 2)
				continue;
			for (int k = 0; k < result.nitems[0]; k++)
			{
				MatchReceipt *receipt = &batch->receipts[part[result.solution[0][k]]];
				MatchTry	try = {batch, receipt, rule, sign * receipt->amount, 0, false};
				MatchCandidate *candidate = match_candidate(&try);

				match_add_line(candidate, PURPOSE_APPLICATION, i, try.target, no_text, NULL);
				appendStringInfo(&candidate->reasons,
								 "Together with %d other payments it is exactly the open amount %s of ",
								 result.nitems[0] - 1, match_money(batch, due));
				match_append_item(batch, &candidate->reasons, i);
				match_finish(&try, candidate, BASIS_AMOUNT, 1);
			}
		}
	}
}
