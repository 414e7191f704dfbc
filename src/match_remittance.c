/*
 * match_remittance.c
 *		Methods that look at the lines of a remittance advice.
 */
#include "postgres.h"

#include "match.h"

/* The score of lines of which some are told by their amounts, not by what they name. */
#define BY_AMOUNT		0.90
/* The score of money of which a part remains. */
#define OVERPAID		0.85

static const MatchText no_text = {NULL, 0};

typedef enum HowFound
{
	LINE_EMPTY,					/* says nothing */
	LINE_UNKNOWN,
	LINE_NAMED,
	LINE_BY_AMOUNT,
	LINE_SIMILAR
} HowFound;

typedef struct LineItem
{
	HowFound	how;
	int			item;
	int64		paid;			/* as seen from the receipt, like all amounts */
	int64		deducted;
	int64		left;			/* of the item after this line */
} LineItem;

/* What the lines before leave of an item. */
static int64
left_of(const MatchTry *try, const LineItem *lines, int nlines, int item)
{
	int64		left = match_due(try, item);

	for (int i = 0; i < nlines; i++)
		if (lines[i].item == item)
			left -= lines[i].paid + lines[i].deducted;
	return left;
}

static bool
fits(int64 amount, int64 left)
{
	return left > 0 ? amount >= 0 && amount <= left : amount <= 0 && amount >= left;
}

/* Whether a line is within what is left; nothing is kept back of a credit. */
static bool
line_fits(const LineItem *line, int64 left)
{
	return fits(line->paid, left) && fits(line->deducted, left) &&
		fits(line->paid + line->deducted, left);
}

static bool
is_used(const MatchTry *try, const LineItem *lines, int item)
{
	for (int i = 0; i < try->receipt->nlines; i++)
		if (lines[i].item == item)
			return true;
	return false;
}

/*
 * The item a line names: of several that share a key the only one with just
 * this amount.
 */
static int
named_item(const MatchTry *try, const LineItem *lines, int line, int *name)
{
	const MatchReceipt *receipt = try->receipt;
	int			reference = receipt->first_line_reference + line;
	int64		amount = lines[line].paid + lines[line].deducted;
	int			first;
	int			item = -1;

	while (*name < receipt->nnames && receipt->names[*name].reference < reference)
		(*name)++;
	first = *name;
	while (*name < receipt->nnames && receipt->names[*name].reference == reference)
		(*name)++;
	if (*name - first == 1)
		return receipt->names[first].item;
	for (int n = first; n < *name; n++)
		if (left_of(try, lines, line, receipt->names[n].item) == amount)
		{
			if (item >= 0)
				return -1;
			item = receipt->names[n].item;
		}
	return item;
}

/* The only item of an amount that no line is for. */
static int
item_of_amount(const MatchTry *try, const LineItem *lines, int64 amount)
{
	int			item = -1;

	for (int i = 0; i < try->batch->nitems; i++)
		if (match_due(try, i) == amount && match_counts(try, i) &&
			!is_used(try, lines, i))
		{
			if (item >= 0)
				return -1;
			item = i;
		}
	return item;
}

/*
 * Looks for the item of each line.  Null where a line is for more than is open
 * of what it names, unless lines are cut to that.
 */
static LineItem *
find_items(const MatchTry *try, bool cut)
{
	const MatchReceipt *receipt = try->receipt;
	LineItem   *lines;
	int			name = 0;

	lines = palloc(receipt->nlines * sizeof(LineItem));
	for (int i = 0; i < receipt->nlines; i++)
	{
		LineItem   *line = &lines[i];

		line->item = -1;
		line->paid = receipt->line_amounts[i];
		/* Of a credit nothing is kept back: it stays open. */
		line->deducted = receipt->sign > 0 ? receipt->line_deductions[i] : 0;
		line->left = 0;
		match_add(line->paid, line->deducted);
		if (line->paid == 0 && line->deducted == 0)
			line->how = LINE_EMPTY;
		else
		{
			int			item = named_item(try, lines, i, &name);
			int64		left;

			line->how = LINE_UNKNOWN;
			if (item < 0)
				continue;
			left = left_of(try, lines, i, item);
			if (!line_fits(line, left))
			{
				if (!cut)
					return NULL;
				line->deducted = 0;
				if (!fits(line->paid, left))
					line->paid = (line->paid > 0) == (left > 0) ? left : 0;
			}
			line->how = LINE_NAMED;
			line->item = item;
			line->left = left - line->paid - line->deducted;
		}
	}
	for (int i = 0; i < receipt->nlines; i++)
		if (lines[i].how == LINE_UNKNOWN)
		{
			int			item = item_of_amount(try, lines, lines[i].paid + lines[i].deducted);

			if (item >= 0 && line_fits(&lines[i], match_due(try, item)))
			{
				lines[i].how = LINE_BY_AMOUNT;
				lines[i].item = item;
			}
		}
	return lines;
}

static int64
sum_of_lines(const MatchReceipt *receipt)
{
	int64		sum = 0;

	for (int i = 0; i < receipt->nlines; i++)
		sum = match_add(sum, receipt->line_amounts[i]);
	return sum;
}

static int
count_lines(const MatchTry *try, const LineItem *lines, HowFound how)
{
	int			n = 0;

	for (int i = 0; i < try->receipt->nlines; i++)
		n += lines[i].how == how;
	return n;
}

/*
 * Settles what the lines say.  What a line leaves of its item is a discount
 * where it is one that is granted or that the rule looks for, and else stays
 * open.
 */
static bool
settle_lines(MatchTry *try, LineItem *lines, int basis, double limit,
			 const char *introduction)
{
	const MatchReceipt *receipt = try->receipt;
	MatchCandidate *candidate = match_candidate(try);
	StringInfo	text = &candidate->reasons;
	int		   *items = palloc(receipt->nlines * sizeof(int));
	int			nitems = 0;

	for (int i = 0; i < receipt->nlines; i++)
		if (lines[i].item >= 0)
			items[nitems++] = lines[i].item;
	appendStringInfoString(text, introduction);
	match_append_items(try->batch, text, items, nitems);
	match_append_how(try, text);

	for (int i = 0; i < receipt->nlines; i++)
	{
		LineItem   *line = &lines[i];
		MatchText	key = receipt->references[receipt->first_line_reference + i].key;
		const char *note = receipt->line_notes[i];
		MatchDiscount discount;

		if (line->item < 0)
			continue;
		match_add_line(candidate, PURPOSE_APPLICATION, line->item, line->paid, no_text, note);
		match_add_line(candidate, PURPOSE_DEDUCTION, line->item, line->deducted,
					   try->rule->reason_code, note);
		if (line->how != LINE_NAMED)
		{
			appendStringInfoString(text, "; ");
			if (key.len > 0)
				appendStringInfo(text, "%.*s is unknown, but ", key.len, key.data);
			if (line->how == LINE_SIMILAR)
				appendStringInfoString(text, "one typing error away from ");
			match_append_item(try->batch, text, line->item);
			if (line->how == LINE_BY_AMOUNT)
				appendStringInfo(text, " is the only item of %s",
								 match_money(try->batch, line->paid + line->deducted));
		}
		if (line->deducted != 0)
		{
			appendStringInfo(text, "; %s is kept back of ",
							 match_money(try->batch, line->deducted));
			match_append_item(try->batch, text, line->item);
		}
		if (line->left == 0)
			continue;
		/* Further lines may be for the same item: the last of them tells. */
		if (left_of(try, lines, receipt->nlines, line->item) != line->left)
			continue;
		appendStringInfoString(text, "; ");
		match_append_item(try->batch, text, line->item);
		if (line->deducted == 0 &&
			line->left + line->paid == match_due(try, line->item) &&
			match_discount(try, line->item, line->left, &discount) &&
			(discount.granted || !discount.by_term))
		{
			match_add_line(candidate, PURPOSE_DISCOUNT, line->item, line->left,
						   try->rule->reason_code, note);
			appendStringInfoString(text, " less ");
			match_append_discount(try, text, &discount);
			if (!discount.granted)
				basis |= BASIS_INEXACT | BASIS_SUGGESTION;
		}
		else if (!try->rule->partial_allowed)
			return false;
		else
		{
			appendStringInfo(text, " is paid in part, %s stays open",
							 match_money(try->batch, line->left));
			basis |= BASIS_INEXACT;
		}
	}
	return match_finish(try, candidate, basis | BASIS_LINES, limit);
}

/* Lines that add up to the money, each within what is open of its item. */
void
match_remittance_advice(MatchTry *try)
{
	const MatchReceipt *receipt = try->receipt;
	LineItem   *lines;
	int			by_amount;
	int			basis = 0;
	double		limit = 1;

	if (!receipt->has_line_amounts || sum_of_lines(receipt) != try->target ||
		(lines = find_items(try, false)) == NULL ||
		count_lines(try, lines, LINE_UNKNOWN) > 0)
		return;
	by_amount = count_lines(try, lines, LINE_BY_AMOUNT);
	if (by_amount > 0)
		limit = BY_AMOUNT;
	if (by_amount > 0 && count_lines(try, lines, LINE_NAMED) == 0)
	{
		/* What it names might be something else. */
		basis |= BASIS_AMOUNT;
		limit = MATCH_RIVALLED;
	}
	else if (by_amount > 0 && receipt->elsewhere.len > 0)
		basis |= BASIS_SUGGESTION;
	settle_lines(try, lines, basis, limit,
				 "The remittance advice adds up to the amount and is for ");
}

/* Where the lines are not all known, those that are; the rest remains. */
bool
match_remittance_known_lines(MatchTry *try)
{
	const MatchReceipt *receipt = try->receipt;
	LineItem   *lines;
	int64		sum = 0;
	bool		adds_up;

	if (!receipt->has_line_amounts)
		return false;
	lines = find_items(try, true);
	for (int i = 0; i < receipt->nlines; i++)
		if (lines[i].item >= 0)
			sum = match_add(sum, lines[i].paid);
	if (count_lines(try, lines, LINE_NAMED) == 0 || sum <= 0 || sum > try->target)
		return false;
	adds_up = sum_of_lines(receipt) == try->target;
	return settle_lines(try, lines,
						BASIS_INEXACT | (adds_up ? 0 : BASIS_SUGGESTION), OVERPAID,
						adds_up ? "Of the remittance advice is known " :
						"The remittance advice does not add up to the amount; it is for ");
}

/* Lines that add up, some of which name numbers with a typing error. */
bool
match_remittance_similar(MatchTry *try)
{
	const MatchReceipt *receipt = try->receipt;
	LineItem   *lines;

	if (!receipt->has_line_amounts || sum_of_lines(receipt) != try->target ||
		(lines = find_items(try, false)) == NULL)
		return false;
	for (int i = 0; i < receipt->nlines; i++)
	{
		int			item;
		int64		left;

		if (lines[i].how != LINE_UNKNOWN)
			continue;
		item = match_similar_item(try->batch, receipt, receipt->first_line_reference + i);
		if (item < 0)
			return false;
		left = left_of(try, lines, receipt->nlines, item);
		if (!line_fits(&lines[i], left))
			return false;
		lines[i].how = LINE_SIMILAR;
		lines[i].item = item;
		lines[i].left = left - lines[i].paid - lines[i].deducted;
	}
	if (count_lines(try, lines, LINE_SIMILAR) == 0)
		return false;
	return settle_lines(try, lines, BASIS_INEXACT | BASIS_SUGGESTION, 1,
						"The remittance advice adds up to the amount and is for ");
}
