/*
 * match_account.c
 *		Methods that look at the account as a whole, whatever is named.
 *
 * With match_amount they are the five AutoCash rules: an item, the account,
 * what is past due, that by payment term, and the oldest first.
 */
#include "postgres.h"

#include "match.h"
#include "miscadmin.h"

static const MatchText no_text = {NULL, 0};

static bool
is_past_due(const MatchTry *try, int item)
{
	return match_due(try, item) < 0 ||
		try->batch->items[item].due_on < try->receipt->received_on;
}

static bool
is_past_due_debit(const MatchTry *try, int item)
{
	return match_due(try, item) > 0 && match_counts(try, item) &&
		is_past_due(try, item);
}

static bool
is_total(const MatchTry *try, int64 total)
{
	return try->tolerant ? match_tolerates(try, total) : total == try->target;
}

/* All of some items, which are the amount; what says which they are. */
static bool
settle_all(MatchTry *try, const int *items, int nitems, int64 total, const char *what)
{
	MatchCandidate *candidate = match_candidate(try);
	StringInfo	text = &candidate->reasons;

	for (int i = 0; i < nitems; i++)
		match_add_line(candidate, PURPOSE_APPLICATION, items[i],
					   match_due(try, items[i]), no_text, NULL);
	if (nitems == 1)
	{
		match_append_item(try->batch, text, items[0]);
		appendStringInfo(text, " is all there is of %s; it is", what);
	}
	else
		appendStringInfo(text, "All %d %s together are", nitems, what);
	appendStringInfo(text, " %s", match_money(try->batch, total));
	match_append_how(try, text);
	return match_settle_difference(try, candidate, total - try->target) &&
		match_finish(try, candidate, BASIS_AMOUNT, 1);
}

static void
clear(MatchTry *try, bool past_due, const char *what)
{
	int		   *items;
	int			n = 0;
	int			ndebits = 0;
	int64		total = 0;

	/* As a rule this is not the account: it is added up before it is listed. */
	for (int i = 0; i < try->batch->nitems; i++)
		if (match_counts(try, i) && (!past_due || is_past_due(try, i)))
		{
			total = match_add(total, match_due(try, i));
			ndebits += match_due(try, i) > 0;
			n++;
		}
	if (ndebits == 0 || !is_total(try, total))
		return;
	items = palloc(n * sizeof(int));
	n = 0;
	for (int i = 0; i < try->batch->nitems; i++)
		if (match_counts(try, i) && (!past_due || is_past_due(try, i)))
			items[n++] = i;
	settle_all(try, items, n, total, what);
	pfree(items);
}

void
match_clear_account(MatchTry *try)
{
	clear(try, false, "open items");
}

void
match_clear_past_due(MatchTry *try)
{
	clear(try, true, "past-due items and credits");
}

/*
 * What is past due of one payment term, with all credits, which join every
 * group; the term with the oldest item first.
 */
void
match_past_due_by_term(MatchTry *try)
{
	const MatchBatch *batch = try->batch;
	bool	   *done = palloc0((batch->nitems + 1) * sizeof(bool));
	int64		credits = 0;

	for (int i = 0; i < batch->nitems; i++)
		if (match_counts(try, i) && match_due(try, i) < 0)
			credits = match_add(credits, match_due(try, i));

	/* The first item not yet in a group is the oldest of the next one. */
	for (int first = 0; first < batch->nitems; first++)
	{
		MatchText	term = batch->items[first].term;
		int64		total = credits;
		int			n = 0;
		int		   *group;

		if (done[first] || !is_past_due_debit(try, first))
			continue;
		CHECK_FOR_INTERRUPTS();
		for (int i = first; i < batch->nitems; i++)
			if (is_past_due_debit(try, i) &&
				match_text_equal(batch->items[i].term, term))
			{
				done[i] = true;
				total = match_add(total, match_due(try, i));
			}
		if (!is_total(try, total))
			continue;
		group = palloc(batch->nitems * sizeof(int));
		for (int i = 0; i < batch->nitems; i++)
			if ((match_counts(try, i) && match_due(try, i) < 0) ||
				(is_past_due_debit(try, i) && match_text_equal(batch->items[i].term, term)))
				group[n++] = i;
		settle_all(try, group, n, total, term.data == NULL ?
				   "past-due items without a term and credits" :
				   psprintf("past-due items of term %.*s and credits", term.len, term.data));
		pfree(group);
		break;
	}
	pfree(done);
}

/*
 * By due date, until the money is used up.  Credits are used as far as the
 * money does not reach, so that what remains is never more than was paid.
 */
void
match_oldest_first(MatchTry *try)
{
	const MatchBatch *batch = try->batch;
	int		   *items = palloc((batch->nitems + 1) * sizeof(int));
	int64	   *amounts = palloc0((batch->nitems + 1) * sizeof(int64));
	int64		left = try->target;
	int			n = 0;
	int			nsettled = 0;
	bool		in_part = false;

	for (int i = 0; i < batch->nitems; i++)
		if (match_counts(try, i))
			items[n++] = i;
	for (int i = 0; i < n && left > 0; i++)
	{
		int64		due = match_due(try, items[i]);

		if (due > left)
		{
			if (!try->rule->partial_allowed)
				break;
			in_part = true;
		}
		amounts[i] = Min(due, left);
		left = match_add(left, -amounts[i]);
		nsettled += due > 0;
	}
	for (int i = n - 1; i >= 0 && left > 0; i--)
		if (amounts[i] < 0)
		{
			int64		unused = Min(-amounts[i], left);

			amounts[i] += unused;
			left -= unused;
		}
	if (nsettled > 0)
	{
		MatchCandidate *candidate = match_candidate(try);

		for (int i = 0; i < n; i++)
			match_add_line(candidate, PURPOSE_APPLICATION, items[i], amounts[i], no_text, NULL);
		appendStringInfo(&candidate->reasons, "The oldest of the %d open items%s", n,
						 in_part ? ", the last of them in part" : "");
		match_finish(try, candidate, BASIS_AMOUNT, 1);
	}
	pfree(items);
	pfree(amounts);
}
