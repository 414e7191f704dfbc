/*
 * match_methods.c
 *		The methods there are, and what they share.
 */
#include "postgres.h"

#include "match.h"

static const MatchMethod methods[] = {
	/* name, find, find_all, by_name, with_charges, with_tolerance */
	{"structured_reference", match_structured_reference, NULL, true, true, false},
	{"exact_number", match_exact_number, NULL, true, true, false},
	{"remittance_advice", match_remittance_advice, NULL, true, true, false},
	{"several_numbers", match_several_numbers, NULL, true, true, false},
	{"number_less_discount", match_number_less_discount, NULL, true, true, false},
	{"number_with_tolerance", match_number_with_tolerance, NULL, true, true, false},
	{"amount", match_amount, NULL, false, true, true},
	{"amount_less_discount", match_amount_less_discount, NULL, false, true, false},
	{"amount_with_tolerance", match_amount_with_tolerance, NULL, false, true, false},
	{"subset_sum", match_subset_sum, NULL, false, true, false},
	{"clear_account", match_clear_account, NULL, false, true, true},
	{"clear_past_due", match_clear_past_due, NULL, false, true, true},
	{"past_due_by_term", match_past_due_by_term, NULL, false, true, true},
	{"number_partial", match_number_partial, NULL, true, false, false},
	{"similar_number", match_similar_number, NULL, true, false, false},
	{"combined_payments", NULL, match_combined_payments, false, false, false},
	{"oldest_first", match_oldest_first, NULL, false, false, false},
};

const MatchMethod *
match_method(MatchText name)
{
	for (int i = 0; i < (int) lengthof(methods); i++)
		if (name.len == (int) strlen(methods[i].name) &&
			memcmp(name.data, methods[i].name, name.len) == 0)
			return &methods[i];
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown method \"%.*s\" of matching", name.len, name.data)));
	return NULL;
}

static bool
tolerates(int64 difference, int64 due, int64 amount, int64 percent)
{
	int64		rest;

	return difference <= amount &&
		difference <= match_percent_of(due, percent, &rest);
}

/* Whether the money differs from what is due by no more than the rule allows. */
bool
match_tolerates(const MatchTry *try, int64 due)
{
	const MatchRule *rule = try->rule;

	if (due <= 0)
		return false;
	if (try->target <= due)
		return tolerates(due - try->target, due, rule->tolerance_under,
						 rule->tolerance_under_percent);
	return tolerates(try->target - due, due, rule->tolerance_over,
					 rule->tolerance_over_percent);
}

bool
match_has_item(const MatchCandidate *candidate, int item)
{
	for (int i = 0; i < candidate->nlines; i++)
		if (candidate->lines[i].item == item)
			return true;
	return false;
}
