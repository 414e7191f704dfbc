/*
 * match_candidate.c
 *		Candidates: their lines, how much they score, and why.
 */
#include "postgres.h"

#include "match.h"
#include "utils/builtins.h"

static const MatchText no_text = {NULL, 0};

MatchCandidate *
match_candidate(MatchTry *try)
{
	MatchCandidate *candidate = palloc0(sizeof(MatchCandidate));

	candidate->rule = try->rule;
	initStringInfo(&candidate->reasons);
	return candidate;
}

void
match_add_line(MatchCandidate *candidate, MatchPurpose purpose, int item,
			   int64 amount, MatchText reason_code, const char *note)
{
	MatchLine  *line;

	if (amount == 0)
		return;
	if (candidate->nlines == candidate->room)
	{
		candidate->room = Max(candidate->room * 2, 4);
		candidate->lines = candidate->lines == NULL ?
			palloc(candidate->room * sizeof(MatchLine)) :
			repalloc_huge(candidate->lines, candidate->room * sizeof(MatchLine));
	}
	line = &candidate->lines[candidate->nlines++];
	line->purpose = purpose;
	line->item = item;
	line->amount = amount;
	line->reason_code = reason_code;
	line->note = note;
}

/* An amount as people read it. */
const char *
match_money(const MatchBatch *batch, int64 amount)
{
	char	   *result = palloc(MAXINT8LEN + MATCH_MAX_MINOR_UNITS + 3);
	uint64		rest = amount < 0 ? -(uint64) amount : (uint64) amount;
	uint64		unit = 1;

	for (int i = 0; i < batch->minor_units; i++)
		unit *= 10;
	if (batch->minor_units == 0)
		sprintf(result, "%s" UINT64_FORMAT, amount < 0 ? "-" : "", rest);
	else
		sprintf(result, "%s" UINT64_FORMAT ".%0*llu", amount < 0 ? "-" : "",
				rest / unit, batch->minor_units,
				(unsigned long long) (rest % unit));
	return result;
}

void
match_append_item(const MatchBatch *batch, StringInfo text, int item)
{
	const MatchItem *it = &batch->items[item];

	if (it->number.len > 0)
		appendBinaryStringInfo(text, it->number.data, it->number.len);
	else
		appendStringInfo(text, "item " INT64_FORMAT, it->item_id);
}

/* The first of some items by name; of very many only how many more there are. */
void
match_append_items(const MatchBatch *batch, StringInfo text,
				   const int *items, int nitems)
{
	const int	shown = 8;

	for (int i = 0; i < nitems && i < shown; i++)
	{
		if (i > 0)
			appendStringInfoString(text, i == nitems - 1 ? " and " : ", ");
		match_append_item(batch, text, items[i]);
	}
	if (nitems > shown)
		appendStringInfo(text, " and %d more", nitems - shown);
}

void
match_append_how(const MatchTry *try, StringInfo text)
{
	if (try->charge != 0)
		appendStringInfo(text, " with charges of %s added",
						 match_money(try->batch, try->charge));
}

/*
 * What becomes of what was not paid: the newest line that it fits in is paid
 * by so much less, and the difference is settled otherwise or stays open.
 * False where the rule does not allow it.  What was paid too much is left for
 * match_finish.
 */
bool
match_settle_difference(MatchTry *try, MatchCandidate *candidate, int64 difference)
{
	const MatchRule *rule = try->rule;
	int			line = -1;
	const char *amount;

	if (difference <= 0)
	{
		if (difference < 0)
			appendStringInfo(&candidate->reasons, ", %s too much within the tolerance",
							 match_money(try->batch, -difference));
		return true;
	}
	for (int i = 0; i < candidate->nlines; i++)
		if (candidate->lines[i].purpose == PURPOSE_APPLICATION &&
			candidate->lines[i].amount > difference &&
			(line < 0 || try->batch->items[candidate->lines[i].item].due_on >=
			 try->batch->items[candidate->lines[line].item].due_on))
			line = i;
	if (line < 0)
		return false;
	amount = match_money(try->batch, difference);
	candidate->lines[line].amount -= difference;
	/* Nobody keeps anything back of what is paid back. */
	if (rule->shortfall == SHORTFALL_DEDUCTION && try->receipt->sign > 0)
	{
		match_add_line(candidate, PURPOSE_DEDUCTION, candidate->lines[line].item,
					   difference, rule->reason_code, NULL);
		appendStringInfo(&candidate->reasons,
						 ", %s too little within the tolerance, which becomes a deduction", amount);
	}
	else if (rule->shortfall == SHORTFALL_WRITE_OFF &&
			 difference <= rule->write_off_limit)
	{
		match_add_line(candidate, PURPOSE_WRITE_OFF, candidate->lines[line].item,
					   difference, rule->reason_code, NULL);
		appendStringInfo(&candidate->reasons,
						 ", %s too little within the tolerance, which is written off", amount);
	}
	else
	{
		if (!rule->partial_allowed)
			return false;
		appendStringInfo(&candidate->reasons,
						 ", %s too little within the tolerance, which stays open", amount);
	}
	return true;
}

/* The charges are settled with the largest line they are less than. */
static bool
settle_charge(MatchTry *try, MatchCandidate *candidate)
{
	int			line = -1;

	if (try->charge == 0)
		return true;
	for (int i = 0; i < candidate->nlines; i++)
		if (candidate->lines[i].purpose == PURPOSE_APPLICATION &&
			candidate->lines[i].amount > try->charge &&
			(line < 0 || candidate->lines[i].amount > candidate->lines[line].amount))
			line = i;
	if (line < 0)
		return false;
	candidate->lines[line].amount -= try->charge;
	match_add_line(candidate, PURPOSE_BANK_FEE, candidate->lines[line].item,
				   try->charge, no_text, NULL);
	return true;
}

/*
 * Whether an item that is settled is named by nothing better than its last
 * digits or a guess.
 */
static bool
rests_on_weak_name(const MatchReceipt *receipt, const MatchCandidate *candidate)
{
	for (int i = 0; i < candidate->nlines; i++)
	{
		bool		weak = false;
		bool		strong = false;

		for (int n = 0; n < receipt->nnames; n++)
			if (receipt->names[n].item == candidate->lines[i].item)
			{
				weak |= receipt->names[n].naming >= NAMED_NUMBER;
				strong |= receipt->names[n].naming < NAMED_NUMBER;
			}
		if (weak && !strong)
			return true;
	}
	return false;
}

/* The first item that a reference names while none it names is settled; -1 for none. */
static int
ignored_name(const MatchReceipt *receipt, const MatchCandidate *candidate,
			 bool strong_only)
{
	for (int n = 0; n < receipt->nnames;)
	{
		const MatchName *name = &receipt->names[n];
		bool		used = false;

		for (; n < receipt->nnames && receipt->names[n].reference == name->reference; n++)
			used |= match_has_item(candidate, receipt->names[n].item);
		if (!used && !(strong_only && name->naming >= NAMED_NUMBER))
			return name->item;
	}
	return -1;
}

static void
limit_score(MatchCandidate *candidate, double limit)
{
	if (candidate->score > limit)
		candidate->score = limit;
}

/* What no rule settles without somebody to look, whatever its score asks for. */
static void
hold(MatchCandidate *candidate, double limit)
{
	limit_score(candidate, limit);
	candidate->is_ambiguous = true;
}

/* What the customer disputes. */
static void
hold_disputed(MatchTry *try, MatchCandidate *candidate)
{
	int			n = 0;
	int		   *disputed = NULL;

	for (int i = 0; i < candidate->nlines; i++)
	{
		int			item = candidate->lines[i].item;
		bool		before = false;

		if (item < 0 || !try->batch->items[item].is_disputed)
			continue;
		if (disputed == NULL)
			disputed = palloc(candidate->nlines * sizeof(int));
		/* Lines of an item mostly follow each other. */
		for (int k = n - 1; k >= 0 && !before; k--)
			before = disputed[k] == item;
		if (!before)
			disputed[n++] = item;
	}
	if (n == 0)
		return;
	hold(candidate, MATCH_SUGGESTED);
	appendStringInfoChar(&candidate->reasons, ' ');
	match_append_items(try->batch, &candidate->reasons, disputed, n);
	appendStringInfoString(&candidate->reasons, n == 1 ? " is disputed." : " are disputed.");
	pfree(disputed);
}

static bool
is_for_deposit(const MatchReceipt *receipt, const MatchItem *item)
{
	if (receipt->contract_id != 0 && item->contract_id == receipt->contract_id)
		return true;
	if (receipt->order_key.len > 0)
		for (int i = 0; i < item->nkeys; i++)
			if (match_text_equal(item->keys[i], receipt->order_key))
				return true;
	return false;
}

static bool
is_named(const MatchReceipt *receipt, int item)
{
	for (int i = 0; i < receipt->nnamed; i++)
		if (receipt->named[i] == item)
			return true;
	return false;
}

/*
 * A deposit is for what was agreed, not for whatever has its amount: it is for
 * the items of its contract or order; without either, for those it names.
 */
static void
hold_deposit(MatchTry *try, MatchCandidate *candidate)
{
	const MatchReceipt *receipt = try->receipt;
	bool		agreed = receipt->contract_id != 0 || receipt->order_key.len > 0;

	for (int i = 0; i < candidate->nlines; i++)
	{
		int			item = candidate->lines[i].item;

		if (item < 0 || candidate->lines[i].amount <= 0 ||
			(agreed ? is_for_deposit(receipt, &try->batch->items[item]) :
			 is_named(receipt, item)))
			continue;
		hold(candidate, MATCH_SUGGESTED);
		appendStringInfoString(&candidate->reasons, agreed ?
							   " It is a deposit, but not for the contract or order of " :
							   " It is a deposit, which does not name ");
		match_append_item(try->batch, &candidate->reasons, item);
		appendStringInfoChar(&candidate->reasons, '.');
		return;
	}
}

/* Who paid, and how certain that is. */
void
match_append_payer(const MatchReceipt *receipt, StringInfo text)
{
	if (receipt->identified_by.len == 0)
	{
		if (receipt->certainty < MATCH_KNOWN_CUSTOMER)
			appendStringInfoString(text, " Payer not known.");
		return;
	}
	appendStringInfoString(text, receipt->certainty < MATCH_KNOWN_CUSTOMER ?
						   " Payer not certain, found by " : " Payer known by ");
	appendBinaryStringInfo(text, receipt->identified_by.data, receipt->identified_by.len);
	appendStringInfoChar(text, '.');
}

/*
 * Takes a candidate up, whose reasons say what was found: settles the charges,
 * adds what remains, and scores it.  False where it is none after all.
 */
bool
match_finish(MatchTry *try, MatchCandidate *candidate, int basis, double limit)
{
	MatchReceipt *receipt = try->receipt;
	StringInfo	text = &candidate->reasons;
	int64		applied = 0;
	bool		weak;
	int			ignored;

	if (!settle_charge(try, candidate))
		return false;
	for (int i = 0; i < candidate->nlines; i++)
		if (candidate->lines[i].purpose == PURPOSE_APPLICATION)
			applied = match_add(applied, candidate->lines[i].amount);
	candidate->remainder = match_add(receipt->sign * receipt->amount, -applied);
	Assert(candidate->remainder >= 0);
	match_add_line(candidate, try->rule->remainder, -1, candidate->remainder, no_text, NULL);
	appendStringInfoChar(text, '.');
	if (candidate->remainder > 0)
		appendStringInfo(text, " %s remains %s.",
						 match_money(try->batch, candidate->remainder),
						 try->rule->remainder == PURPOSE_ON_ACCOUNT ? "on account" : "unapplied");

	candidate->score = try->rule->score;
	limit_score(candidate, limit);
	if (basis & BASIS_SUGGESTION)
		limit_score(candidate, MATCH_SUGGESTED);

	match_append_payer(receipt, text);
	if (basis & BASIS_AMOUNT)
	{
		limit_score(candidate, receipt->certainty);
		/* A name that is like another is never decisive alone. */
		if (receipt->certainty < MATCH_SUGGESTED)
		{
			hold(candidate, receipt->certainty);
			appendStringInfoString(text, " The amount alone is not enough to be certain: somebody has to look.");
		}
	}
	else if ((basis & BASIS_INEXACT) && receipt->certainty < MATCH_KNOWN_CUSTOMER)
		limit_score(candidate, MATCH_SUGGESTED);

	weak = !(basis & BASIS_AMOUNT) && rests_on_weak_name(receipt, candidate);
	if (weak && ((basis & BASIS_INEXACT) || receipt->certainty < MATCH_KNOWN_CUSTOMER))
	{
		limit_score(candidate, MATCH_SUGGESTED);
		appendStringInfoString(text, " It is named by part of its number only.");
	}

	if (receipt->elsewhere.len > 0)
	{
		if (basis & (BASIS_AMOUNT | BASIS_INEXACT))
			limit_score(candidate, MATCH_SUGGESTED);
		appendStringInfoString(text, " It names ");
		appendBinaryStringInfo(text, receipt->elsewhere.data, receipt->elsewhere.len);
		appendStringInfoChar(text, '.');
	}

	/*
	 * A few digits that happen to be those of another item say nothing against
	 * an exact match by the whole number, nor does text against lines.
	 */
	ignored = (basis & BASIS_LINES) ? -1 :
		ignored_name(receipt, candidate,
					 !(basis & (BASIS_AMOUNT | BASIS_INEXACT)) && !weak);
	if (ignored >= 0)
	{
		candidate->ignores_names = true;
		limit_score(candidate, MATCH_SUGGESTED);
		appendStringInfoString(text, " It names ");
		match_append_item(try->batch, text, ignored);
		appendStringInfo(text, ", of which %s is open and which this leaves alone.",
						 match_money(try->batch, match_due(try, ignored)));
	}
	/* What is named in part or with a difference has a rival in what was found before. */
	if ((basis & BASIS_INEXACT) && receipt->ncandidates > 0 &&
		receipt->candidates[0]->rule != try->rule)
	{
		limit_score(candidate, MATCH_RIVALLED);
		appendStringInfoString(text, " Something else fits the amount.");
	}
	hold_disputed(try, candidate);
	if (receipt->is_deposit)
		hold_deposit(try, candidate);
	if (receipt->gave_up != NULL)
		appendStringInfo(text, " %s", receipt->gave_up);

	if (receipt->ncandidates == receipt->room)
	{
		receipt->room = Max(receipt->room * 2, 4);
		receipt->candidates = receipt->candidates == NULL ?
			palloc(receipt->room * sizeof(MatchCandidate *)) :
			repalloc(receipt->candidates, receipt->room * sizeof(MatchCandidate *));
	}
	receipt->candidates[receipt->ncandidates++] = candidate;
	return true;
}
