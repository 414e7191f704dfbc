-- Which open items a customer's money settles --------------------------------------

CREATE FUNCTION ar.match_candidates(
    receipts ar.match_receipt[],
    items ar.match_item[],
    rules ar.match_rule[],
    minor_units integer,
    OUT receipt_id bigint,
    OUT candidate integer,
    OUT rule_position integer,
    OUT method text,
    OUT score double precision,
    OUT is_ambiguous boolean,
    OUT remainder numeric,
    OUT lines ar.match_line[],
    OUT reasons text)
    RETURNS SETOF record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'ar_match_candidates';
COMMENT ON FUNCTION ar.match_candidates(ar.match_receipt[], ar.match_item[], ar.match_rule[], integer) IS
'What the receipts of one customer may settle of its open items: up to 5 candidates of each receipt, the best first; a receipt for which nothing is found has one row without method and lines that says so. A function of its arguments alone; all amounts are in one currency of minor_units decimals, 0 to 8.

Rules are tried in the order of their positions on every receipt that is not decided yet: first on its amount, then on its amount with its charges, which become a bank_fee. The first that finds something decides. Methods:
structured_reference, exact_number: an item that is named (by a structured reference; by anything) and of which exactly the amount is open.
remittance_advice: lines with amounts that add up to the amount. Each names an item and is within what is open of it, or, naming nothing known, is exactly what is open of one item that no other line is for (then at most 0.90). What a line leaves open is a deduction as far as the payer says so (of debits only), a discount where one is granted, and else stays open if partial_allowed.
several_numbers: all items that are named, credits included; of items that share a reference also some, if only those add up.
number_less_discount, amount_less_discount: an item (of several that are named, all) less a discount within its last day and discount_grace_days; at most 0.75 for a discount whose days have passed and for unearned_discount_percents of what is open, half a unit rounded either way.
number_with_tolerance, amount_with_tolerance: less or more than is open by at most the tolerance, inclusive; shortfall says what becomes of the difference, which the item due last bears.
amount: an item of exactly the amount; tried again with the tolerance of the rule, if it has one.
subset_sum: two or more items, at most max_items, as ar.subset_sum finds them; at most 0.75 where 0.01 or more are to be expected by chance. Of more than 60 items at most 4, always with at most 0.75, and only where less than 1 such combination is to be expected by chance; given up after 200000 steps (1000000 of more than 60 items), which the reasons then say.
clear_account, clear_past_due, past_due_by_term: all items; those due before the receipt, with all credits; those of one payment term, with all credits, the term of the oldest item first. Tried again with the tolerance of the rule. With account_discounts earned or all (which oldest_first has, too) items are settled less the greatest discount of theirs that is granted, or where none is and with all the greatest of their term, first in full; what takes a discount whose days have passed scores at most 0.75. Items that are charges are left out without include_charges, disputed ones without include_disputed.
number_partial: less than is open of what is named, in part, if partial_allowed (of several items at most 0.75, the oldest first); or more, in full (at most 0.85), and the rest remains. Of a remittance advice the lines that are known.
similar_number: an item of at least the amount one of whose numbers differs from an unknown reference by one typing error, where no item is named, or in a line of a remittance advice; at most 0.75.
combined_payments: of the receipts for which nothing was found (at most 60) two or more that together are exactly one item, where only those are. Each is a candidate of its own.
oldest_first: items by due date until the money is used up, credits as far as they are needed; the last in part, if partial_allowed.
The last four are not tried with charges. amount, clear_account, clear_past_due, past_due_by_term and oldest_first are the AutoCash rules 1 to 5.

A reference names the items that have it as a key; one of kind number or range, and one of a remittance line, also the only item one of whose keys has the same last digits, leading zeros aside; one of kind pattern_guess counts where nothing else is named. Items that are not named count from their effective_on on. Money paid back (a negative amount) is matched in the same way with signs turned, without charges and deductions.

The score is that of the rule, but at most: the certainty of the receipt, for what is found by amounts (amount.., subset_sum, clear.., past_due_by_term, combined_payments, oldest_first, and a remittance advice of which nothing is known but amounts, 0.85 at most); 0.85, for a number named exactly where certainty is 0; 0.75, for what is named with a difference in the amount, where certainty is less than 0.5 or elsewhere is set or it is named by its last digits or a guess; 0.75, where by its last digits or a guess it is named exactly and certainty is less than 0.5; 0.75, for what is found by amounts where elsewhere is set; 0.75, where an item is named that the candidate leaves alone: then the rules that look at names go on, and what they find with a difference scores at most 0.85. 0.75, where an item is disputed, or a deposit would settle an item that is not of its contract (contract_id) or order (order_key), or without either an item it does not name. is_ambiguous: several candidates of the rule have the same score, or several combinations exist; or somebody has to look: at what was found by amounts where certainty is less than 0.75, as that of a similar name is, at what is disputed, at such a deposit.

lines: application (of credits negative), unapplied and on_account add up to the amount; discount, bank_fee, write_off and deduction settle what was not paid of their item, negative of a credit, with the reason_code of the rule but for bank_fee. Lines for a line of a remittance advice have its note. Tolerances and write_off_limit are cut off at minor_units decimals. remainder is what is left of the amount.

Null arguments give no rows. Errors: 22003 for an amount or sum that is NaN, infinite or not less than 2^63 minor units, 22004 for null elements, amounts, identifiers, received_on, method or score, 2202E for arrays that do not go together, 22023 for an amount of too many decimals and for whatever else cannot be. Sources: Oracle Receivables, AutoCash rules; scores are this project''s.';
