/*
 * match_discount.c
 *		Whether what is missing of an item is a discount.
 */
#include "postgres.h"

#include "match.h"

/* Whether a last day of discount and the days of grace have not passed. */
static bool
is_granted(const MatchTry *try, DateADT last_day)
{
	return (int64) last_day + try->rule->grace_days >= try->receipt->received_on;
}

/*
 * Whether a percentage of an amount, both positive, is the difference.  Where
 * it ends in half a unit it may be rounded either way.
 */
static bool
is_percent(int64 amount, int64 percent, int64 difference)
{
	int64		rest;
	int64		whole = match_percent_of(amount, percent, &rest);

	return (difference == whole && 2 * rest <= MATCH_PERCENT_WHOLE) ||
		(difference == whole + 1 && 2 * rest >= MATCH_PERCENT_WHOLE);
}

/*
 * Whether a difference is a discount of what is due of an item: one that is
 * granted, else one whose days have passed or that no term grants.
 */
bool
match_discount(const MatchTry *try, int item, int64 difference,
			   MatchDiscount *discount)
{
	const MatchItem *it = &try->batch->items[item];
	int64		due = match_due(try, item);
	int			sign = due < 0 ? -1 : 1;
	int			found = -1;

	/* A discount of what is taken off is taken off as well. */
	due *= sign;
	difference *= sign;
	memset(discount, 0, sizeof(MatchDiscount));
	if (difference <= 0 || difference >= due)
		return false;
	discount->amount = difference * sign;

	for (int i = 0; i < it->ndiscounts; i++)
		if (it->discounts[i] == difference &&
			(found < 0 || it->discount_on[i] > it->discount_on[found]))
			found = i;
	if (found >= 0)
	{
		discount->by_term = true;
		discount->last_day = it->discount_on[found];
		discount->granted = is_granted(try, discount->last_day);
		return true;
	}
	for (int i = 0; i < try->rule->nunearned; i++)
		if (is_percent(due, try->rule->unearned[i], difference))
		{
			discount->percent = try->rule->unearned[i];
			return true;
		}
	return false;
}

static int64
greatest_discount(const MatchTry *try, int item, bool granted_only)
{
	const MatchItem *it = &try->batch->items[item];
	int64		due = match_due(try, item);
	int			sign = due < 0 ? -1 : 1;
	int64		greatest = 0;

	for (int i = 0; i < it->ndiscounts; i++)
		if (it->discounts[i] > greatest && it->discounts[i] < due * sign &&
			(!granted_only || is_granted(try, it->discount_on[i])))
			greatest = it->discounts[i];
	return greatest * sign;
}

/* The greatest discount that is granted on an item, signed as its due. */
int64
match_granted_discount(const MatchTry *try, int item)
{
	return greatest_discount(try, item, true);
}

/* The greatest discount of its term, whether its days have passed or not. */
int64
match_term_discount(const MatchTry *try, int item)
{
	return greatest_discount(try, item, false);
}

void
match_append_discount(const MatchTry *try, StringInfo text,
					  const MatchDiscount *discount)
{
	const char *amount = match_money(try->batch, discount->amount);

	if (!discount->by_term)
	{
		char		digits[32];
		int			len = snprintf(digits, sizeof(digits), INT64_FORMAT ".%06d",
								   discount->percent / 1000000,
								   (int) (discount->percent % 1000000));

		while (digits[len - 1] == '0')
			len--;
		if (digits[len - 1] == '.')
			len--;
		appendStringInfo(text, "a discount of %s (%.*s %%) that no term grants",
						 amount, len, digits);
	}
	else if (!discount->granted)
		appendStringInfo(text, "a discount of %s that ended " INT64_FORMAT " days before",
						 amount, (int64) try->receipt->received_on - discount->last_day);
	else if (discount->last_day < try->receipt->received_on)
		appendStringInfo(text, "a discount of %s, granted with " INT64_FORMAT " days of grace",
						 amount, (int64) try->receipt->received_on - discount->last_day);
	else
		appendStringInfo(text, "a discount of %s that is granted", amount);
}
