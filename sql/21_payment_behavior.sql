-- Type ar.payment_behavior and its aggregate ---------------------------------

CREATE TYPE ar.payment_behavior;

CREATE FUNCTION ar.payment_behavior_in(cstring) RETURNS ar.payment_behavior
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_payment_behavior_in';
COMMENT ON FUNCTION ar.payment_behavior_in(cstring) IS
'Text input of ar.payment_behavior; error 22P02 for what no aggregate could have made.';

CREATE FUNCTION ar.payment_behavior_out(ar.payment_behavior) RETURNS cstring
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_payment_behavior_out';
COMMENT ON FUNCTION ar.payment_behavior_out(ar.payment_behavior) IS
'Text output of ar.payment_behavior.';

CREATE FUNCTION ar.payment_behavior_recv(internal) RETURNS ar.payment_behavior
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_payment_behavior_recv';
COMMENT ON FUNCTION ar.payment_behavior_recv(internal) IS
'Binary input of ar.payment_behavior; error 22P03 or 22P02 for what no aggregate could have made, 08P01 where bytes are missing.';

CREATE FUNCTION ar.payment_behavior_send(ar.payment_behavior) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_payment_behavior_send';
COMMENT ON FUNCTION ar.payment_behavior_send(ar.payment_behavior) IS
'Binary output of ar.payment_behavior.';

CREATE TYPE ar.payment_behavior (
    INPUT = ar.payment_behavior_in, OUTPUT = ar.payment_behavior_out,
    RECEIVE = ar.payment_behavior_recv, SEND = ar.payment_behavior_send,
    INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = plain
);
COMMENT ON TYPE ar.payment_behavior IS
'How somebody pays, as a value: the sums behind each mean over the receipts, exact. Can be stored, added and rolled up. Text form: {receipts, late ones}{fewest days late, most}{amount, late amount, then amount times days of terms, days late, days late without the early, points in parts of 84}{days to pay, days late, date paid, its square, date paid times days late}, dates as days since 2000-01-01.';

-- aggregate ---------------------------------------------------------------

CREATE FUNCTION ar.payment_behavior_accum(ar.payment_behavior, numeric, date, date, date) RETURNS ar.payment_behavior
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_payment_behavior_accum';
COMMENT ON FUNCTION ar.payment_behavior_accum(ar.payment_behavior, numeric, date, date, date) IS
'Transition function of ar.payment_behavior_agg.';

CREATE FUNCTION ar.payment_behavior_combine(ar.payment_behavior, ar.payment_behavior) RETURNS ar.payment_behavior
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_payment_behavior_combine';
COMMENT ON FUNCTION ar.payment_behavior_combine(ar.payment_behavior, ar.payment_behavior) IS
'Adds one state or stored value of ar.payment_behavior_agg to another, in place.';

CREATE FUNCTION ar.payment_behavior_final(ar.payment_behavior) RETURNS ar.payment_behavior
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_payment_behavior_final';
COMMENT ON FUNCTION ar.payment_behavior_final(ar.payment_behavior) IS
'Final function of ar.payment_behavior_agg.';

CREATE AGGREGATE ar.payment_behavior_agg(amount numeric, invoice_date date, due_date date, paid_on date) (
    SFUNC = ar.payment_behavior_accum, STYPE = ar.payment_behavior, SSPACE = 136,
    FINALFUNC = ar.payment_behavior_final, COMBINEFUNC = ar.payment_behavior_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ar.payment_behavior_agg(numeric, date, date, date) IS
'How the receipts came in: one row for each receipt on an invoice, with its amount, the date and due date of the invoice and the day it was paid. Several receipts on an invoice count each with its amount. A null amount is skipped, no receipt at all gives null; an amount of 0 counts but has no weight. Errors: 22004 for a receipt without a date, 22008 for an infinite date, 22023 for a negative amount, 22003 for NaN, infinity or a sum of more than 149 digits before the decimal point.';

CREATE AGGREGATE ar.payment_behavior_agg(behavior ar.payment_behavior) (
    SFUNC = ar.payment_behavior_combine, STYPE = ar.payment_behavior, SSPACE = 136,
    FINALFUNC = ar.payment_behavior_final, COMBINEFUNC = ar.payment_behavior_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ar.payment_behavior_agg(ar.payment_behavior) IS
'Rolls payment behavior up, month to year, customer to company, without touching the receipts. Nulls are skipped.';

-- accessors ---------------------------------------------------------------

CREATE FUNCTION ar.item_count(behavior ar.payment_behavior) RETURNS bigint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_payment_behavior_item_count';
COMMENT ON FUNCTION ar.item_count(ar.payment_behavior) IS
'The number of receipts.';

CREATE FUNCTION ar.late_count(behavior ar.payment_behavior) RETURNS bigint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_payment_behavior_late_count';
COMMENT ON FUNCTION ar.late_count(ar.payment_behavior) IS
'The number of receipts after the due date.';

CREATE FUNCTION ar.total(behavior ar.payment_behavior) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_payment_behavior_total';
COMMENT ON FUNCTION ar.total(ar.payment_behavior) IS
'The sum of the receipts, to the digit and scale of sum(amount).';

CREATE FUNCTION ar.late_amount(behavior ar.payment_behavior) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_payment_behavior_late_amount';
COMMENT ON FUNCTION ar.late_amount(ar.payment_behavior) IS
'The sum of the receipts after the due date.';

CREATE FUNCTION ar.late_share(behavior ar.payment_behavior) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_payment_behavior_late_share';
COMMENT ON FUNCTION ar.late_share(ar.payment_behavior) IS
'Late receipts / receipts, by number, not rounded.';

CREATE FUNCTION ar.late_amount_share(behavior ar.payment_behavior) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_payment_behavior_late_amount_share';
COMMENT ON FUNCTION ar.late_amount_share(ar.payment_behavior) IS
'Late receipts / receipts, by amount, not rounded; null where the amount is 0.';

CREATE FUNCTION ar.weighted_days_to_pay(behavior ar.payment_behavior) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_payment_behavior_weighted_days_to_pay';
COMMENT ON FUNCTION ar.weighted_days_to_pay(ar.payment_behavior) IS
'Days from the date of the invoice to payment, weighted by amount: sum(amount x (paid - invoice date)) / sum(amount), not rounded; null where the amount is 0. Equals ar.weighted_terms + ar.weighted_days_late.';

CREATE FUNCTION ar.weighted_days_late(behavior ar.payment_behavior) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_payment_behavior_weighted_days_late';
COMMENT ON FUNCTION ar.weighted_days_late(ar.payment_behavior) IS
'Days from the due date to payment, early negative, weighted by amount: sum(amount x (paid - due)) / sum(amount), not rounded; null where the amount is 0.';

CREATE FUNCTION ar.weighted_days_late_floored(behavior ar.payment_behavior) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_payment_behavior_weighted_days_late_floored';
COMMENT ON FUNCTION ar.weighted_days_late_floored(ar.payment_behavior) IS
'As ar.weighted_days_late, but a receipt before the due date counts as 0 days late.';

CREATE FUNCTION ar.weighted_terms(behavior ar.payment_behavior) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_payment_behavior_weighted_terms';
COMMENT ON FUNCTION ar.weighted_terms(ar.payment_behavior) IS
'Days from the date of the invoice to the due date, weighted by amount, not rounded; null where the amount is 0.';

CREATE FUNCTION ar.mean_days_to_pay(behavior ar.payment_behavior) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_payment_behavior_mean_days_to_pay';
COMMENT ON FUNCTION ar.mean_days_to_pay(ar.payment_behavior) IS
'Days from the date of the invoice to payment, simple mean over the receipts, not rounded.';

CREATE FUNCTION ar.mean_days_late(behavior ar.payment_behavior) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_payment_behavior_mean_days_late';
COMMENT ON FUNCTION ar.mean_days_late(ar.payment_behavior) IS
'Days from the due date to payment, early negative, simple mean over the receipts, not rounded.';

CREATE FUNCTION ar.best_days_late(behavior ar.payment_behavior) RETURNS bigint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_payment_behavior_best_days_late';
COMMENT ON FUNCTION ar.best_days_late(ar.payment_behavior) IS
'The fewest days late of a receipt; negative for early.';

CREATE FUNCTION ar.worst_days_late(behavior ar.payment_behavior) RETURNS bigint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_payment_behavior_worst_days_late';
COMMENT ON FUNCTION ar.worst_days_late(ar.payment_behavior) IS
'The most days late of a receipt; negative where all were early.';

CREATE FUNCTION ar.days_late_trend(behavior ar.payment_behavior) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_payment_behavior_days_late_trend';
COMMENT ON FUNCTION ar.days_late_trend(ar.payment_behavior) IS
'How many more days late receipts have become in 30 days: the slope of days late over the date paid, by least squares, each receipt once; negative where they come earlier. Not rounded; null for fewer than 3 receipts, or all on one day.';

CREATE FUNCTION ar.payment_score(days_late integer) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_payment_score';
COMMENT ON FUNCTION ar.payment_score(integer) IS
'The score of one receipt by its days late, early negative, linear between: 100 at -30 or less, 90 at -20, 80 at 0, 70 at 15, 60 at 22, 50 at 30, 40 at 60, 30 at 90, 20 at 120, on at the same slope to 1. Anchors as published for the PAYDEX score, of which this is no copy. Not rounded.';

CREATE FUNCTION ar.payment_index(behavior ar.payment_behavior) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_payment_index';
COMMENT ON FUNCTION ar.payment_index(ar.payment_behavior) IS
'The score of ar.payment_score of each receipt, weighted by amount: 80 is prompt, 100 the best, 1 the worst. Mean of the scores, not score of the mean. Not rounded; null for fewer than 3 receipts or an amount of 0.';

-- addition, equality --------------------------------------------------------

CREATE FUNCTION ar.payment_behavior_add(ar.payment_behavior, ar.payment_behavior) RETURNS ar.payment_behavior
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_payment_behavior_add';
COMMENT ON FUNCTION ar.payment_behavior_add(ar.payment_behavior, ar.payment_behavior) IS
'Implementation of the + operator.';

CREATE OPERATOR ar.+ (
    LEFTARG = ar.payment_behavior, RIGHTARG = ar.payment_behavior, FUNCTION = ar.payment_behavior_add,
    COMMUTATOR = OPERATOR(ar.+)
);
COMMENT ON OPERATOR ar.+ (ar.payment_behavior, ar.payment_behavior) IS 'add the receipts of two';

CREATE FUNCTION ar.payment_behavior_eq(ar.payment_behavior, ar.payment_behavior) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_payment_behavior_eq';
COMMENT ON FUNCTION ar.payment_behavior_eq(ar.payment_behavior, ar.payment_behavior) IS
'Implementation of the = operator.';

CREATE FUNCTION ar.payment_behavior_ne(ar.payment_behavior, ar.payment_behavior) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_payment_behavior_ne';
COMMENT ON FUNCTION ar.payment_behavior_ne(ar.payment_behavior, ar.payment_behavior) IS
'Implementation of the <> operator.';

CREATE FUNCTION ar.payment_behavior_hash(ar.payment_behavior) RETURNS integer
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_payment_behavior_hash';
COMMENT ON FUNCTION ar.payment_behavior_hash(ar.payment_behavior) IS
'Hash of payment behavior.';

CREATE OPERATOR ar.= (
    LEFTARG = ar.payment_behavior, RIGHTARG = ar.payment_behavior, FUNCTION = ar.payment_behavior_eq,
    COMMUTATOR = OPERATOR(ar.=), NEGATOR = OPERATOR(ar.<>),
    RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR ar.= (ar.payment_behavior, ar.payment_behavior) IS 'same sums';
CREATE OPERATOR ar.<> (
    LEFTARG = ar.payment_behavior, RIGHTARG = ar.payment_behavior, FUNCTION = ar.payment_behavior_ne,
    COMMUTATOR = OPERATOR(ar.<>), NEGATOR = OPERATOR(ar.=),
    RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR ar.<> (ar.payment_behavior, ar.payment_behavior) IS 'not the same sums';
CREATE OPERATOR FAMILY ar.payment_behavior_ops USING hash;
COMMENT ON OPERATOR FAMILY ar.payment_behavior_ops USING hash IS 'equality of payment behavior';
CREATE OPERATOR CLASS ar.payment_behavior_ops DEFAULT FOR TYPE ar.payment_behavior USING hash FAMILY ar.payment_behavior_ops AS
    OPERATOR 1 ar.=, FUNCTION 1 ar.payment_behavior_hash(ar.payment_behavior);
COMMENT ON OPERATOR CLASS ar.payment_behavior_ops USING hash IS 'equality of payment behavior';

CREATE FUNCTION ar.to_jsonb(behavior ar.payment_behavior) RETURNS jsonb
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT jsonb_build_object(
        'item_count', ar.item_count(behavior),
        'late_count', ar.late_count(behavior),
        'total', ar.total(behavior),
        'late_amount', ar.late_amount(behavior),
        'weighted_days_to_pay', round(ar.weighted_days_to_pay(behavior), 2),
        'weighted_terms', round(ar.weighted_terms(behavior), 2),
        'weighted_days_late', round(ar.weighted_days_late(behavior), 2),
        'weighted_days_late_floored', round(ar.weighted_days_late_floored(behavior), 2),
        'best_days_late', ar.best_days_late(behavior),
        'worst_days_late', ar.worst_days_late(behavior),
        'days_late_trend', round(ar.days_late_trend(behavior), 2),
        'payment_index', round(ar.payment_index(behavior), 2));
END;
COMMENT ON FUNCTION ar.to_jsonb(ar.payment_behavior) IS
'Payment behavior as a document. Days and points are rounded to two decimals.';

CREATE CAST (ar.payment_behavior AS jsonb) WITH FUNCTION ar.to_jsonb(ar.payment_behavior);
COMMENT ON CAST (ar.payment_behavior AS jsonb) IS 'payment behavior as a document';

-- days beyond terms of what is open --------------------------------------------

CREATE FUNCTION ar.days_beyond_terms(not_due numeric, days_1_30 numeric, days_31_60 numeric,
                                     days_61_90 numeric, days_over_90 numeric) RETURNS numeric
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN not_due + days_1_30 + days_31_60 + days_61_90 + days_over_90 > 0
           THEN (days_1_30 * 15 + days_31_60 * 45 + days_61_90 * 75 + days_over_90 * 105)
                / (not_due + days_1_30 + days_31_60 + days_61_90 + days_over_90) END;
END;
COMMENT ON FUNCTION ar.days_beyond_terms(numeric, numeric, numeric, numeric, numeric) IS
'Days beyond terms of an ageing (Experian): each bucket at its middle, 15, 45, 75 and 105 days, over the whole balance, what is not due included. In days, not rounded; null where the balance is not positive.';

CREATE FUNCTION ar.days_beyond_terms(aging ar.aging) RETURNS numeric
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN ar.bounds(aging) = '{0,30,60,90}'
           THEN ar.days_beyond_terms(ar.amount(aging, 1), ar.amount(aging, 2), ar.amount(aging, 3),
                                     ar.amount(aging, 4), ar.amount(aging, 5)) END;
END;
COMMENT ON FUNCTION ar.days_beyond_terms(ar.aging) IS
'Days beyond terms of an ageing with the default bounds; null for others, and where the balance is not positive.';
