-- Payment terms, on plain values ------------------------------------------

CREATE FUNCTION ar.check_term(term jsonb) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_check_term';
COMMENT ON FUNCTION ar.check_term(jsonb) IS
'True for a payment term, for use in a constraint. Error 22023 for what is none: an unknown key, a value of the wrong type or out of range, keys that contradict each other; the detail names the key by its path, list elements counted from 0, as instalments[2].percent.';

CREATE FUNCTION ar.due_date(base_date date, term jsonb, holidays date[] DEFAULT '{}', workdays date[] DEFAULT '{}') RETURNS date
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_due_date';
COMMENT ON FUNCTION ar.due_date(date, jsonb, date[], date[]) IS
'The due date of a payment term from its base date (of the invoice, the delivery, the receipt), moved to a business day as the term says, never to before the base date; with instalments the latest of theirs. Saturdays, Sundays and holidays are days off; workdays are made-up working days and beat both. Errors: 22023 for an invalid term, 22008 for an infinite date or one out of range, 22004 for a null holiday or workday.';

CREATE FUNCTION ar.instalments(amount numeric, base_date date, term jsonb, minor_units integer DEFAULT 2,
                               holidays date[] DEFAULT '{}', workdays date[] DEFAULT '{}')
    RETURNS TABLE (instalment integer, contractual_date date, due_date date, amount numeric)
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 3 AS 'MODULE_PATHNAME', 'ar_instalments';
COMMENT ON FUNCTION ar.instalments(numeric, date, jsonb, integer, date[], date[]) IS
'What is due when: the instalments of an amount, one for a term without them, numbered from 1. contractual_date is the date before, due_date after moving to a business day. Amounts are rounded half away from zero to minor_units decimals of the currency, the last takes the residual, so that they add up to the amount; a negative amount is split as its opposite. Errors: as ar.due_date; 22023 where an instalment would not be above zero, where the amount has more decimals than the currency, and for minor_units not from 0 to 6; 22003 for NaN or infinity.';

CREATE FUNCTION ar.discounts(amount numeric, base_date date, term jsonb, minor_units integer DEFAULT 2, tax_amount numeric DEFAULT 0)
    RETURNS TABLE (last_date date, last_date_with_grace date, percent numeric, discount numeric, to_pay numeric)
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 2 AS 'MODULE_PATHNAME', 'ar_discounts';
COMMENT ON FUNCTION ar.discounts(numeric, date, jsonb, integer, numeric) IS
'The early-payment discounts of an amount, in the order of the term: the last day to pay, inclusive, as agreed and with days of grace, the percentage, the discount and what is then to pay. The discount is on the amount, or on the amount less tax_amount where the term''s discount_base is net, rounded half away from zero to minor_units decimals. Errors: 22023 for an invalid term, minor_units not from 0 to 6, and a tax that is not between 0 and the amount where the discount is net of it; 22008 for an infinite date or one out of range; 22003 for NaN or infinity.';

CREATE FUNCTION ar.discount_on(amount numeric, base_date date, term jsonb, paid_on date, minor_units integer DEFAULT 2, tax_amount numeric DEFAULT 0) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_discount_on';
COMMENT ON FUNCTION ar.discount_on(numeric, date, jsonb, date, integer, numeric) IS
'The discount earned by paying an amount in full on a day: the highest of the windows whose last day with grace is that day or later, 0 without one. Rounding and errors as ar.discounts.';

CREATE FUNCTION ar.amount_settled(payment numeric, base_date date, term jsonb, paid_on date, minor_units integer DEFAULT 2) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_amount_settled';
COMMENT ON FUNCTION ar.amount_settled(numeric, date, jsonb, date, integer) IS
'What a payment on a day settles: payment / (1 - discount), so that 4,900 settles 5,000 at 2 %; the payment itself where no discount is to be had any more. Rounded half away from zero to minor_units decimals. Errors as ar.discounts, and 22023 within a discount that is on the amount net of tax, which a part of the payment does not tell.';

CREATE FUNCTION ar.cost_of_discount(percent numeric, days_earlier integer, basis integer DEFAULT 365, OUT simple numeric, OUT compounded numeric)
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_cost_of_discount';
COMMENT ON FUNCTION ar.cost_of_discount(numeric, integer, integer) IS
'The yearly cost of forgoing a discount of so many percent for paying so many days earlier, as fractions: simple = percent / (100 - percent) x basis / days, compounded = (100 / (100 - percent)) ^ (basis / days) - 1. basis is the days of a year, 365 or 360. Not rounded: 2/10 net 30 (20 days) is 0.3724 simple, 0.4459 compounded. Errors: 22023 for a percentage not between 0 and 100, less than one day, or a basis not from 1 to 366; 22003 for NaN or infinity.';

CREATE FUNCTION ar.deposit(amount numeric, term jsonb, minor_units integer DEFAULT 2) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_deposit';
COMMENT ON FUNCTION ar.deposit(numeric, jsonb, integer) IS
'The deposit a term asks for on an amount: its deposit_percent of it, rounded up (away from zero) to minor_units decimals; all of it for a prepayment, null where the term asks for none. Errors: 22023 for an invalid term or minor_units not from 0 to 6, 22003 for NaN or infinity.';
