/*
 * match_number.c
 *		Methods that look at the items a receipt names.
 */
#include "postgres.h"

#include "match.h"
#include "subset_sum.h"

/* More named items than these are not combined. */
#define MAX_COMBINED	60
/* Steps of the subset sum among named items. */
#define COMBINE_BUDGET	100000
/* The score of money that is more than what is open of what it names. */
#define OVERPAID		0.85

static const MatchText no_text = {NULL, 0};

static int64
due_of(const MatchTry *try, const int *items, int nitems)
{
	int64		sum = 0;

	for (int i = 0; i < nitems; i++)
		sum = match_add(sum, match_due(try, items[i]));
	return sum;
}

static bool
is_named(const MatchTry *try, int item, MatchNaming at_most)
{
	const MatchReceipt *receipt = try->receipt;

	for (int n = 0; n < receipt->nnames; n++)
		if (receipt->names[n].item == item && receipt->names[n].naming <= at_most)
			return true;
	return false;
}

/* All of some items; the reasons are "Names ..., " and what follows. */
static MatchCandidate *
in_full(MatchTry *try, const int *items, int nitems)
{
	MatchCandidate *candidate = match_candidate(try);

	for (int i = 0; i < nitems; i++)
		match_add_line(candidate, PURPOSE_APPLICATION, items[i],
					   match_due(try, items[i]), no_text, NULL);
	appendStringInfoString(&candidate->reasons, "Names ");
	match_append_items(try->batch, &candidate->reasons, items, nitems);
	return candidate;
}

/* Whoever seems to be somebody else may pay for this customer, or have mistyped. */
static double
limit_of_stranger(const MatchReceipt *receipt, StringInfo text)
{
	if (receipt->certainty > 0)
		return 1;
	appendStringInfoString(text, ", but the payer looks like somebody else");
	return MATCH_RIVALLED;
}

static void
named_exactly(MatchTry *try, bool structured)
{
	const MatchReceipt *receipt = try->receipt;

	for (int i = 0; i < receipt->nnamed; i++)
	{
		int			item = receipt->named[i];
		MatchCandidate *candidate;

		if (match_due(try, item) != try->target ||
			(structured && !is_named(try, item, NAMED_STRUCTURED)))
			continue;
		candidate = in_full(try, &item, 1);
		if (structured)
			appendStringInfoString(&candidate->reasons, " by a structured reference");
		appendStringInfo(&candidate->reasons, ", whose open amount %s it equals",
						 match_money(try->batch, try->target));
		match_append_how(try, &candidate->reasons);
		match_finish(try, candidate, 0,
					 structured ? 1 : limit_of_stranger(receipt, &candidate->reasons));
	}
}

void
match_structured_reference(MatchTry *try)
{
	named_exactly(try, true);
}

void
match_exact_number(MatchTry *try)
{
	named_exactly(try, false);
}

static bool
all_exactly(MatchTry *try, const int *items, int nitems)
{
	MatchCandidate *candidate;

	if (nitems < 2 || due_of(try, items, nitems) != try->target ||
		(try->rule->max_items > 0 && nitems > try->rule->max_items))
		return false;
	candidate = in_full(try, items, nitems);
	appendStringInfo(&candidate->reasons, ", whose open amounts together are %s",
					 match_money(try->batch, try->target));
	match_append_how(try, &candidate->reasons);
	return match_finish(try, candidate, 0,
						limit_of_stranger(try->receipt, &candidate->reasons));
}

/*
 * All that is named; or all that is named by more than its last digits, which
 * may be digits of something else; or, where one reference names several
 * items, some of them.
 */
void
match_several_numbers(MatchTry *try)
{
	const MatchReceipt *receipt = try->receipt;
	int		   *items;
	int64	   *amounts;
	int			n = 0;
	bool		shared = false;
	SubsetResult result;

	if (receipt->nnamed < 2 || all_exactly(try, receipt->named, receipt->nnamed))
		return;

	items = palloc(receipt->nnamed * sizeof(int));
	for (int i = 0; i < receipt->nnamed; i++)
		if (is_named(try, receipt->named[i], NAMED_KEY))
			items[n++] = receipt->named[i];
	if (n < receipt->nnamed && all_exactly(try, items, n))
		return;

	for (int i = 1; i < receipt->nnames; i++)
		shared |= receipt->names[i].reference == receipt->names[i - 1].reference;
	if (!shared || receipt->nnamed > MAX_COMBINED)
		return;
	amounts = palloc(receipt->nnamed * sizeof(int64));
	for (int i = 0; i < receipt->nnamed; i++)
		amounts[i] = match_due(try, receipt->named[i]);
	subset_sum(try->target, amounts, receipt->nnamed, 0, try->rule->max_items,
			   COMBINE_BUDGET, &result);
	if (result.outcome != SUBSET_UNIQUE && result.outcome != SUBSET_AMBIGUOUS)
		return;
	for (int s = 0; s < result.nsolutions; s++)
	{
		for (int i = 0; i < result.nitems[s]; i++)
			items[i] = receipt->named[result.solution[s][i]];
		all_exactly(try, items, result.nitems[s]);
	}
}

/* How the items of a payment may be discounted. */
typedef enum Discounting
{
	DISCOUNT_GRANTED,			/* by what is granted of each */
	DISCOUNT_LATE,				/* by the greatest of its term, its days or not */
	DISCOUNT_PERCENT			/* by a percentage that no term grants */
} Discounting;

static int64
discount_of(const MatchTry *try, int item, Discounting how, int64 percent)
{
	const MatchItem *it = &try->batch->items[item];
	int64		due = match_due(try, item);
	int			sign = due < 0 ? -1 : 1;
	int64		discount = 0;
	int64		rest;

	if (how == DISCOUNT_GRANTED)
		return match_granted_discount(try, item);
	if (how == DISCOUNT_LATE)
	{
		for (int i = 0; i < it->ndiscounts; i++)
			if (it->discounts[i] > discount && it->discounts[i] < due * sign)
				discount = it->discounts[i];
	}
	else
	{
		discount = match_percent_of(due * sign, percent, &rest);
		if (rest >= MATCH_PERCENT_WHOLE - rest)
			discount++;
	}
	return discount * sign;
}

static bool
all_less_discount(MatchTry *try, Discounting how, int64 percent)
{
	const MatchReceipt *receipt = try->receipt;
	int64		total = 0;
	MatchCandidate *candidate;

	for (int i = 0; i < receipt->nnamed; i++)
		total = match_add(total, discount_of(try, receipt->named[i], how, percent));
	if (total <= 0 ||
		match_add(due_of(try, receipt->named, receipt->nnamed), -total) != try->target)
		return false;

	candidate = match_candidate(try);
	for (int i = 0; i < receipt->nnamed; i++)
	{
		int			item = receipt->named[i];
		int64		discount = discount_of(try, item, how, percent);

		match_add_line(candidate, PURPOSE_APPLICATION, item,
					   match_due(try, item) - discount, no_text, NULL);
		match_add_line(candidate, PURPOSE_DISCOUNT, item, discount,
					   try->rule->reason_code, NULL);
	}
	appendStringInfoString(&candidate->reasons, "Names ");
	match_append_items(try->batch, &candidate->reasons, receipt->named, receipt->nnamed);
	appendStringInfo(&candidate->reasons,
					 ", whose open amounts together it equals less discounts of %s %s",
					 match_money(try->batch, total),
					 how == DISCOUNT_GRANTED ? "that are granted" :
					 how == DISCOUNT_LATE ? "whose days have passed" :
					 "that no term grants");
	match_append_how(try, &candidate->reasons);
	return match_finish(try, candidate,
						how == DISCOUNT_GRANTED ? 0 : BASIS_INEXACT | BASIS_SUGGESTION, 1);
}

void
match_number_less_discount(MatchTry *try)
{
	const MatchReceipt *receipt = try->receipt;

	if (receipt->nnamed > 1 &&
		(all_less_discount(try, DISCOUNT_GRANTED, 0) ||
		 all_less_discount(try, DISCOUNT_LATE, 0)))
		return;
	if (receipt->nnamed > 1)
		for (int i = 0; i < try->rule->nunearned; i++)
			if (all_less_discount(try, DISCOUNT_PERCENT, try->rule->unearned[i]))
				return;

	for (int i = 0; i < receipt->nnamed; i++)
	{
		int			item = receipt->named[i];
		int64		due = match_due(try, item);
		MatchDiscount discount;
		MatchCandidate *candidate;

		if (due <= try->target ||
			!match_discount(try, item, due - try->target, &discount))
			continue;
		candidate = in_full(try, &item, 1);
		candidate->lines[0].amount = try->target;
		match_add_line(candidate, PURPOSE_DISCOUNT, item, discount.amount,
					   try->rule->reason_code, NULL);
		appendStringInfo(&candidate->reasons, ", whose open amount %s it equals less ",
						 match_money(try->batch, due));
		match_append_discount(try, &candidate->reasons, &discount);
		match_append_how(try, &candidate->reasons);
		match_finish(try, candidate,
					 discount.granted ? 0 : BASIS_INEXACT | BASIS_SUGGESTION, 1);
	}
}

static bool
all_with_tolerance(MatchTry *try, const int *items, int nitems)
{
	int64		due = due_of(try, items, nitems);
	MatchCandidate *candidate;

	if (!match_tolerates(try, due))
		return false;
	candidate = in_full(try, items, nitems);
	appendStringInfo(&candidate->reasons, ", of which %s is open",
					 match_money(try->batch, due));
	match_append_how(try, &candidate->reasons);
	return match_settle_difference(try, candidate, due - try->target) &&
		match_finish(try, candidate, BASIS_INEXACT, 1);
}

void
match_number_with_tolerance(MatchTry *try)
{
	const MatchReceipt *receipt = try->receipt;

	if (receipt->nnamed > 1 &&
		all_with_tolerance(try, receipt->named, receipt->nnamed))
		return;
	for (int i = 0; i < receipt->nnamed; i++)
		all_with_tolerance(try, &receipt->named[i], 1);
}

/* More than all that is named: it in full, and the rest remains. */
static void
overpaid(MatchTry *try, int64 due)
{
	const MatchReceipt *receipt = try->receipt;
	MatchCandidate *candidate = in_full(try, receipt->named, receipt->nnamed);

	appendStringInfo(&candidate->reasons, ", of which only %s is open",
					 match_money(try->batch, due));
	match_finish(try, candidate, BASIS_INEXACT, OVERPAID);
}

/* Less than all that is named: the oldest of it first. */
static void
underpaid(MatchTry *try, int64 due)
{
	const MatchReceipt *receipt = try->receipt;
	MatchCandidate *candidate = match_candidate(try);
	const int  *items = receipt->named;
	int64		left = try->target;
	bool		in_part = false;

	for (int i = 0; i < receipt->nnamed; i++)
		if (match_due(try, items[i]) < 0)
			left = match_add(left, -match_due(try, items[i]));
	for (int i = 0; i < receipt->nnamed; i++)
	{
		int64		due = match_due(try, items[i]);
		int64		amount = Min(due, left);

		if (due > 0)
		{
			in_part |= amount > 0 && amount < due;
			left -= amount;
		}
		match_add_line(candidate, PURPOSE_APPLICATION, items[i], amount, no_text, NULL);
	}
	if (in_part && !try->rule->partial_allowed)
		return;
	appendStringInfoString(&candidate->reasons, "Names ");
	match_append_items(try->batch, &candidate->reasons, receipt->named, receipt->nnamed);
	appendStringInfo(&candidate->reasons, ", of which %s is open: part of it is paid%s",
					 match_money(try->batch, due),
					 receipt->nnamed > 1 ? ", the oldest first" : "");
	match_finish(try, candidate,
				 BASIS_INEXACT | (receipt->nnamed > 1 ? BASIS_SUGGESTION : 0), 1);
}

void
match_number_partial(MatchTry *try)
{
	const MatchReceipt *receipt = try->receipt;
	int64		due;

	if (receipt->nnamed == 0 || match_remittance_known_lines(try))
		return;
	due = due_of(try, receipt->named, receipt->nnamed);
	if (due <= 0)
		return;
	if (try->target >= due)
		overpaid(try, due);
	else
		underpaid(try, due);
}

/*
 * Something unknown that is like one item's number, with at most what is open
 * of that: a typing error.
 */
void
match_similar_number(MatchTry *try)
{
	const MatchReceipt *receipt = try->receipt;
	int			before = receipt->ncandidates;

	if (match_remittance_similar(try) || receipt->nnamed > 0)
		return;
	for (int r = 0; r < receipt->nreferences; r++)
	{
		int			item = match_similar_item(try->batch, receipt, r);
		MatchText	key = receipt->references[r].key;
		int64		due;
		MatchDiscount discount = {0};
		MatchCandidate *candidate;
		bool		known = false;

		if (item < 0 || match_due(try, item) < try->target)
			continue;
		for (int i = before; i < receipt->ncandidates; i++)
			known |= match_has_item(receipt->candidates[i], item);
		if (known)
			continue;
		due = match_due(try, item);
		candidate = match_candidate(try);
		match_add_line(candidate, PURPOSE_APPLICATION, item, try->target, no_text, NULL);
		appendStringInfo(&candidate->reasons, "Names %.*s, which is unknown, but one typing error away from ",
						 key.len, key.data);
		match_append_item(try->batch, &candidate->reasons, item);
		if (due == try->target)
			appendStringInfo(&candidate->reasons, ", whose open amount %s it equals",
							 match_money(try->batch, due));
		else if (match_discount(try, item, due - try->target, &discount))
		{
			match_add_line(candidate, PURPOSE_DISCOUNT, item, discount.amount,
						   try->rule->reason_code, NULL);
			appendStringInfo(&candidate->reasons, ", whose open amount %s it equals less ",
							 match_money(try->batch, due));
			match_append_discount(try, &candidate->reasons, &discount);
		}
		else if (try->rule->partial_allowed)
			appendStringInfo(&candidate->reasons, ", of which %s is open: part of it is paid",
							 match_money(try->batch, due));
		else
			continue;
		match_finish(try, candidate, BASIS_INEXACT | BASIS_SUGGESTION, 1);
	}
}
