/*
 * match_account.c
 *		Methods that look at the account as a whole, whatever is named.
 *
 * With match_amount they are the five AutoCash rules: an item, the account,
 * what is past due, that by payment term, and the oldest first; with their
 * options, whether discounts are taken off, and late charges and what is
 * disputed are looked at.
 */
#include "postgres.h"

#include "match.h"
#include "miscadmin.h"

static const MatchText no_text = {NULL, 0};

/* Whether the rule looks at an item. */
static bool
looks_at(const MatchTry *try, int item)
{
	const MatchItem *it = &try->batch->items[item];

	return match_counts(try, item) &&
		(!it->is_charge || try->rule->include_charges) &&
		(!it->is_disputed || try->rule->include_disputed);
}

static bool
is_past_due(const MatchTry *try, int item)
{
	return match_due(try, item) < 0 ||
		try->batch->items[item].due_on < try->receipt->received_on;
}

static bool
is_credit(const MatchTry *try, int item)
{
	return looks_at(try, item) && match_due(try, item) < 0;
}

static bool
is_past_due_debit(const MatchTry *try, int item)
{
	return match_due(try, item) > 0 && looks_at(try, item) &&
		is_past_due(try, item);
}

/* What is taken off an item that is settled in full; only of what is billed. */
static int64
discount_of(const MatchTry *try, int item, MatchAccountDiscounts discounts)
{
	int64		granted;

	if (discounts == ACCOUNT_DISCOUNTS_NONE || try->batch->items[item].amount < 0 ||
		match_due(try, item) < 0)
		return 0;
	granted = match_granted_discount(try, item);
	return granted > 0 || discounts == ACCOUNT_DISCOUNTS_EARNED ? granted :
		match_term_discount(try, item);
}

static bool
is_granted(const MatchTry *try, int item)
{
	return match_granted_discount(try, item) > 0;
}

static bool
is_total(const MatchTry *try, int64 total)
{
	return try->tolerant ? match_tolerates(try, total) : total == try->target;
}

/* What the rule does not look at. */
static void
append_left_out(const MatchTry *try, StringInfo text)
{
	int			ncharges = 0;
	int			ndisputed = 0;

	for (int i = 0; i < try->batch->nitems; i++)
		if (match_counts(try, i) && !looks_at(try, i))
		{
			if (try->batch->items[i].is_disputed && !try->rule->include_disputed)
				ndisputed++;
			else
				ncharges++;
		}
	if (ndisputed + ncharges > 0)
		appendStringInfo(text, ", %s left out", ncharges == 0 ? "what is disputed" :
						 ndisputed == 0 ? "interest and fees" :
						 "interest, fees and what is disputed");
}

/* All of some items, which less their discounts are the amount; what says which they are. */
static bool
settle_all(MatchTry *try, const int *items, int nitems, int64 total,
		   MatchAccountDiscounts discounts, const char *what)
{
	MatchCandidate *candidate = match_candidate(try);
	StringInfo	text = &candidate->reasons;
	int64		taken = 0;
	bool		all_granted = true;

	for (int i = 0; i < nitems; i++)
	{
		int64		discount = discount_of(try, items[i], discounts);

		match_add_line(candidate, PURPOSE_APPLICATION, items[i],
					   match_due(try, items[i]) - discount, no_text, NULL);
		match_add_line(candidate, PURPOSE_DISCOUNT, items[i], discount,
					   try->rule->reason_code, NULL);
		taken = match_add(taken, discount);
		all_granted &= discount == 0 || is_granted(try, items[i]);
	}
	if (nitems == 1)
	{
		match_append_item(try->batch, text, items[0]);
		appendStringInfo(text, " is all there is of %s; it is", what);
	}
	else
		appendStringInfo(text, "All %d %s together are", nitems, what);
	appendStringInfo(text, " %s", match_money(try->batch, total));
	if (taken != 0)
		appendStringInfo(text, " less discounts of %s%s", match_money(try->batch, taken),
						 all_granted ? "" : ", of which some have ended");
	append_left_out(try, text);
	match_append_how(try, text);
	candidate->is_ambiguous = !all_granted;
	return match_settle_difference(try, candidate, total - try->target) &&
		match_finish(try, candidate, BASIS_AMOUNT |
					 (all_granted ? 0 : BASIS_SUGGESTION), 1);
}

static bool
clear_less(MatchTry *try, bool past_due, MatchAccountDiscounts discounts, const char *what)
{
	int		   *items;
	int			n = 0;
	int			ndebits = 0;
	int64		total = 0;
	int64		taken = 0;
	bool		done;

	/* As a rule this is not the account: it is added up before it is listed. */
	for (int i = 0; i < try->batch->nitems; i++)
		if (looks_at(try, i) && (!past_due || is_past_due(try, i)))
		{
			int64		discount = discount_of(try, i, discounts);

			total = match_add(total, match_due(try, i) - discount);
			taken = match_add(taken, discount);
			ndebits += match_due(try, i) > 0;
			n++;
		}
	if (ndebits == 0 || !is_total(try, total) ||
		(discounts != ACCOUNT_DISCOUNTS_NONE && taken == 0))
		return false;
	items = palloc(n * sizeof(int));
	n = 0;
	for (int i = 0; i < try->batch->nitems; i++)
		if (looks_at(try, i) && (!past_due || is_past_due(try, i)))
			items[n++] = i;
	done = settle_all(try, items, n, total, discounts, what);
	pfree(items);
	return done;
}

/* In full, before less what the rule allows to be taken off. */
static void
clear(MatchTry *try, bool past_due, const char *what)
{
	for (MatchAccountDiscounts discounts = ACCOUNT_DISCOUNTS_NONE; discounts <= try->rule->account_discounts; discounts++)
		if (clear_less(try, past_due, discounts, what))
			break;
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

static bool
clear_term_less(MatchTry *try, MatchAccountDiscounts discounts)
{
	const MatchBatch *batch = try->batch;
	bool	   *done = palloc0((batch->nitems + 1) * sizeof(bool));
	int64		credits = 0;
	bool		found = false;

	for (int i = 0; i < batch->nitems; i++)
		if (is_credit(try, i))
			credits = match_add(credits, match_due(try, i));

	/* The first item not yet in a group is the oldest of the next one. */
	for (int first = 0; first < batch->nitems && !found; first++)
	{
		MatchText	term = batch->items[first].term;
		int64		total = credits;
		int64		taken = 0;
		int			n = 0;
		int		   *group;

		if (done[first] || !is_past_due_debit(try, first))
			continue;
		CHECK_FOR_INTERRUPTS();
		for (int i = first; i < batch->nitems; i++)
			if (is_past_due_debit(try, i) &&
				match_text_equal(batch->items[i].term, term))
			{
				int64		discount = discount_of(try, i, discounts);

				done[i] = true;
				total = match_add(total, match_due(try, i) - discount);
				taken = match_add(taken, discount);
			}
		if (!is_total(try, total) ||
			(discounts != ACCOUNT_DISCOUNTS_NONE && taken == 0))
			continue;
		group = palloc(batch->nitems * sizeof(int));
		for (int i = 0; i < batch->nitems; i++)
			if (is_credit(try, i) ||
				(is_past_due_debit(try, i) && match_text_equal(batch->items[i].term, term)))
				group[n++] = i;
		settle_all(try, group, n, total, discounts, term.data == NULL ?
				   "past-due items without a term and credits" :
				   psprintf("past-due items of term %.*s and credits", term.len, term.data));
		pfree(group);
		found = true;
	}
	pfree(done);
	return found;
}

/*
 * What is past due of one payment term, with all credits, which join every
 * group; the term with the oldest item first.
 */
void
match_past_due_by_term(MatchTry *try)
{
	for (MatchAccountDiscounts discounts = ACCOUNT_DISCOUNTS_NONE; discounts <= try->rule->account_discounts; discounts++)
		if (clear_term_less(try, discounts))
			break;
}

/*
 * By due date, until the money is used up.  Credits are used as far as the
 * money does not reach, so that what remains is never more than was paid.
 * What is settled in full is settled less its discount.
 */
void
match_oldest_first(MatchTry *try)
{
	const MatchBatch *batch = try->batch;
	int		   *items = palloc((batch->nitems + 1) * sizeof(int));
	int64	   *amounts = palloc0((batch->nitems + 1) * sizeof(int64));
	int64	   *discounts = palloc0((batch->nitems + 1) * sizeof(int64));
	int64		left = try->target;
	int64		taken = 0;
	int			n = 0;
	int			nsettled = 0;
	bool		in_part = false;
	bool		all_granted = true;

	for (int i = 0; i < batch->nitems; i++)
		if (looks_at(try, i))
			items[n++] = i;
	for (int i = 0; i < n && left > 0; i++)
	{
		int64		due = match_due(try, items[i]);
		int64		discount = discount_of(try, items[i], try->rule->account_discounts);

		if (due - discount > left)
		{
			if (!try->rule->partial_allowed)
				break;
			in_part = true;
			amounts[i] = left;
		}
		else
		{
			amounts[i] = due - discount;
			discounts[i] = discount;
			taken = match_add(taken, discount);
			all_granted &= discount == 0 || is_granted(try, items[i]);
		}
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
		StringInfo	text = &candidate->reasons;

		for (int i = 0; i < n; i++)
		{
			match_add_line(candidate, PURPOSE_APPLICATION, items[i], amounts[i], no_text, NULL);
			match_add_line(candidate, PURPOSE_DISCOUNT, items[i], discounts[i],
						   try->rule->reason_code, NULL);
		}
		appendStringInfo(text, "The oldest of the %d open items%s", n,
						 in_part ? ", the last of them in part" : "");
		if (taken != 0)
			appendStringInfo(text, ", less discounts of %s%s", match_money(batch, taken),
							 all_granted ? "" : ", of which some have ended");
		append_left_out(try, text);
		candidate->is_ambiguous = !all_granted;
		match_finish(try, candidate, BASIS_AMOUNT |
					 (all_granted ? 0 : BASIS_SUGGESTION), 1);
	}
	pfree(items);
	pfree(amounts);
	pfree(discounts);
}
