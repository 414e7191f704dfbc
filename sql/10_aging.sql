-- Type ar.aging and its aggregate -----------------------------------------

CREATE TYPE ar.aging;

CREATE FUNCTION ar.aging_in(cstring) RETURNS ar.aging
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_aging_in';
COMMENT ON FUNCTION ar.aging_in(cstring) IS 'Text input of ar.aging; error 22P02 for what no aggregate could have made.';

CREATE FUNCTION ar.aging_out(ar.aging) RETURNS cstring
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_aging_out';
COMMENT ON FUNCTION ar.aging_out(ar.aging) IS 'Text output of ar.aging.';

CREATE FUNCTION ar.aging_recv(internal) RETURNS ar.aging
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_aging_recv';
COMMENT ON FUNCTION ar.aging_recv(internal) IS 'Binary input of ar.aging; error 22P03, 22P02 or 22023 for what no aggregate could have made, 08P01 where bytes are missing.';

CREATE FUNCTION ar.aging_send(ar.aging) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_aging_send';
COMMENT ON FUNCTION ar.aging_send(ar.aging) IS 'Binary output of ar.aging.';

CREATE TYPE ar.aging (
    INPUT = ar.aging_in, OUTPUT = ar.aging_out,
    RECEIVE = ar.aging_recv, SEND = ar.aging_send,
    INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = plain
);
COMMENT ON TYPE ar.aging IS
'An ageing result as a value: bounds in days past due and, for each bucket between them, the exact amount and the number of items. Can be stored, added and rolled up. Text form: {bounds}{amounts}{item counts}{positive overdue amount, the same times its days past due}.';

-- aggregate ---------------------------------------------------------------

CREATE FUNCTION ar.aging_accum(ar.aging, numeric, date, date) RETURNS ar.aging
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_aging_accum';
COMMENT ON FUNCTION ar.aging_accum(ar.aging, numeric, date, date) IS 'Transition function of ar.aging_agg.';

CREATE FUNCTION ar.aging_accum(ar.aging, numeric, date, date, integer[]) RETURNS ar.aging
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_aging_accum_bounds';
COMMENT ON FUNCTION ar.aging_accum(ar.aging, numeric, date, date, integer[]) IS 'Transition function of ar.aging_agg with bounds.';

CREATE FUNCTION ar.aging_combine(ar.aging, ar.aging) RETURNS ar.aging
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_aging_combine';
COMMENT ON FUNCTION ar.aging_combine(ar.aging, ar.aging) IS 'Adds one state or stored value of ar.aging_agg to another, in place.';

CREATE FUNCTION ar.aging_final(ar.aging) RETURNS ar.aging
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_aging_final';
COMMENT ON FUNCTION ar.aging_final(ar.aging) IS 'Final function of ar.aging_agg.';

CREATE AGGREGATE ar.aging_agg(amount numeric, due_date date, as_of date) (
    SFUNC = ar.aging_accum, STYPE = ar.aging, SSPACE = 128,
    FINALFUNC = ar.aging_final, COMBINEFUNC = ar.aging_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ar.aging_agg(numeric, date, date) IS
'Ages open amounts by days past due (as_of - due_date) into: not due (0 or less), 1-30, 31-60, 61-90, over 90. Exact, to the digit and scale of sum(amount). A null amount is skipped, as by sum(); no amount at all gives null. Errors: 22004 for an amount without a date, 22008 for an infinite date, 22003 for NaN, infinity or a sum of more than 149 digits before the decimal point.';

CREATE AGGREGATE ar.aging_agg(amount numeric, due_date date, as_of date, bounds integer[]) (
    SFUNC = ar.aging_accum, STYPE = ar.aging, SSPACE = 128,
    FINALFUNC = ar.aging_final, COMBINEFUNC = ar.aging_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ar.aging_agg(numeric, date, date, integer[]) IS
'Ages open amounts by days past due into buckets of one''s own: bounds are the last day of each bucket but the last, 1 to 32 ascending days; the default is {0,30,60,90}. Errors as without bounds, and 22023 for bounds that do not ascend or differ within a group.';

CREATE AGGREGATE ar.aging_agg(aging ar.aging) (
    SFUNC = ar.aging_combine, STYPE = ar.aging, SSPACE = 128,
    FINALFUNC = ar.aging_final, COMBINEFUNC = ar.aging_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ar.aging_agg(ar.aging) IS
'Rolls ageings up, customer to salesperson to company, without touching the items. Nulls are skipped. Error 22023 where bounds differ.';

-- accessors ---------------------------------------------------------------

CREATE FUNCTION ar.amount(aging ar.aging, bucket integer) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_aging_amount';
COMMENT ON FUNCTION ar.amount(ar.aging, integer) IS
'The amount of one bucket, numbered from 1; 0 where it holds no item. Error 22023 where there is no such bucket.';

CREATE FUNCTION ar.amount(aging ar.aging, bucket integer, decimals integer) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_aging_amount_decimals';
COMMENT ON FUNCTION ar.amount(ar.aging, integer, integer) IS
'The amount of one bucket rounded to so many decimals, which it shows; otherwise as without them.';

CREATE FUNCTION ar.amounts(aging ar.aging) RETURNS numeric[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_aging_amounts';
COMMENT ON FUNCTION ar.amounts(ar.aging) IS
'The amounts of all buckets in order; 0 for a bucket without items.';

CREATE FUNCTION ar.counts(aging ar.aging) RETURNS bigint[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_aging_counts';
COMMENT ON FUNCTION ar.counts(ar.aging) IS 'The number of items of all buckets in order.';

CREATE FUNCTION ar.bounds(aging ar.aging) RETURNS integer[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_aging_bounds';
COMMENT ON FUNCTION ar.bounds(ar.aging) IS
'The bounds in days past due: the last day of each bucket but the last.';

CREATE FUNCTION ar.item_count(aging ar.aging) RETURNS bigint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_aging_item_count';
COMMENT ON FUNCTION ar.item_count(ar.aging) IS 'The number of items of all buckets together.';

CREATE FUNCTION ar.total(aging ar.aging) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_aging_total';
COMMENT ON FUNCTION ar.total(ar.aging) IS
'The sum of all buckets, to the digit and scale of sum(amount).';

CREATE FUNCTION ar.total(aging ar.aging, decimals integer) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_aging_total_decimals';
COMMENT ON FUNCTION ar.total(ar.aging, integer) IS
'The sum of all buckets rounded to so many decimals, which it shows.';

CREATE FUNCTION ar.overdue(aging ar.aging) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_aging_overdue';
COMMENT ON FUNCTION ar.overdue(ar.aging) IS
'The sum of the buckets from 1 day past due on; null where 0 is not among the bounds, so that the buckets do not tell.';

CREATE FUNCTION ar.average_days_past_due(aging ar.aging) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_aging_average_days_past_due';
COMMENT ON FUNCTION ar.average_days_past_due(ar.aging) IS
'Days past due of the positive overdue amounts, weighted by amount: sum(amount x days) / sum(amount), not rounded. Null where nothing is overdue. Credits have no weight.';

CREATE FUNCTION ar.bucket_label(from_days integer, to_days integer) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE
        WHEN from_days IS NULL AND to_days = 0 THEN 'not due'
        WHEN from_days IS NULL THEN 'up to ' || to_days
        WHEN to_days IS NULL THEN 'over ' || (from_days::bigint - 1)
        WHEN from_days = to_days THEN from_days::text
        WHEN from_days < 0 THEN from_days || ' to ' || to_days
        ELSE from_days || '-' || to_days
    END;
END;
COMMENT ON FUNCTION ar.bucket_label(integer, integer) IS
'What a bucket is called in a report, from its first and last day past due; null stands for no limit.';

CREATE FUNCTION ar.buckets(aging ar.aging,
                           OUT bucket integer, OUT label text,
                           OUT from_days integer, OUT to_days integer,
                           OUT item_count bigint, OUT amount numeric)
    RETURNS SETOF record
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE ROWS 5
BEGIN ATOMIC
    SELECT b.bucket::integer, ar.bucket_label(b.from_days, b.to_days),
           b.from_days, b.to_days, b.item_count, b.amount
    FROM (SELECT u.bucket, u.item_count, u.amount,
                 (ar.bounds(aging))[u.bucket - 1] + 1 AS from_days,
                 (ar.bounds(aging))[u.bucket] AS to_days
          FROM unnest(ar.counts(aging), ar.amounts(aging))
               WITH ORDINALITY AS u(item_count, amount, bucket)) AS b;
END;
COMMENT ON FUNCTION ar.buckets(ar.aging) IS
'An ageing as rows, one for each bucket: number, label, first and last day past due (null for no limit), items and amount.';

-- addition, order, casts --------------------------------------------------

CREATE FUNCTION ar.aging_add(ar.aging, ar.aging) RETURNS ar.aging
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_aging_add';
COMMENT ON FUNCTION ar.aging_add(ar.aging, ar.aging) IS 'Implementation of the + operator.';

CREATE OPERATOR ar.+ (
    LEFTARG = ar.aging, RIGHTARG = ar.aging, FUNCTION = ar.aging_add, COMMUTATOR = OPERATOR(ar.+)
);
COMMENT ON OPERATOR ar.+ (ar.aging, ar.aging) IS 'add two ageings of the same bounds';

CREATE FUNCTION ar.aging_cmp(ar.aging, ar.aging) RETURNS integer
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_aging_cmp';
COMMENT ON FUNCTION ar.aging_cmp(ar.aging, ar.aging) IS
'Order of two ageings: by total, then by bounds, amounts and items; -1, 0 or 1 as for numeric, decimals shown do not matter.';

CREATE FUNCTION ar.aging_eq(ar.aging, ar.aging) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_aging_eq';
COMMENT ON FUNCTION ar.aging_eq(ar.aging, ar.aging) IS 'Implementation of the = operator.';
CREATE FUNCTION ar.aging_ne(ar.aging, ar.aging) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_aging_ne';
COMMENT ON FUNCTION ar.aging_ne(ar.aging, ar.aging) IS 'Implementation of the <> operator.';
CREATE FUNCTION ar.aging_lt(ar.aging, ar.aging) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_aging_lt';
COMMENT ON FUNCTION ar.aging_lt(ar.aging, ar.aging) IS 'Implementation of the < operator.';
CREATE FUNCTION ar.aging_le(ar.aging, ar.aging) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_aging_le';
COMMENT ON FUNCTION ar.aging_le(ar.aging, ar.aging) IS 'Implementation of the <= operator.';
CREATE FUNCTION ar.aging_gt(ar.aging, ar.aging) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_aging_gt';
COMMENT ON FUNCTION ar.aging_gt(ar.aging, ar.aging) IS 'Implementation of the > operator.';
CREATE FUNCTION ar.aging_ge(ar.aging, ar.aging) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_aging_ge';
COMMENT ON FUNCTION ar.aging_ge(ar.aging, ar.aging) IS 'Implementation of the >= operator.';
CREATE FUNCTION ar.aging_hash(ar.aging) RETURNS integer
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_aging_hash';
COMMENT ON FUNCTION ar.aging_hash(ar.aging) IS 'Hash of an ageing.';

CREATE OPERATOR ar.= (
    LEFTARG = ar.aging, RIGHTARG = ar.aging, FUNCTION = ar.aging_eq,
    COMMUTATOR = OPERATOR(ar.=), NEGATOR = OPERATOR(ar.<>),
    RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR ar.= (ar.aging, ar.aging) IS 'same bounds, amounts and items';
CREATE OPERATOR ar.<> (
    LEFTARG = ar.aging, RIGHTARG = ar.aging, FUNCTION = ar.aging_ne,
    COMMUTATOR = OPERATOR(ar.<>), NEGATOR = OPERATOR(ar.=),
    RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR ar.<> (ar.aging, ar.aging) IS 'not the same ageing';
CREATE OPERATOR ar.< (
    LEFTARG = ar.aging, RIGHTARG = ar.aging, FUNCTION = ar.aging_lt,
    COMMUTATOR = OPERATOR(ar.>), NEGATOR = OPERATOR(ar.>=),
    RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR ar.< (ar.aging, ar.aging) IS 'smaller, by total first';
CREATE OPERATOR ar.<= (
    LEFTARG = ar.aging, RIGHTARG = ar.aging, FUNCTION = ar.aging_le,
    COMMUTATOR = OPERATOR(ar.>=), NEGATOR = OPERATOR(ar.>),
    RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR ar.<= (ar.aging, ar.aging) IS 'smaller or the same, by total first';
CREATE OPERATOR ar.> (
    LEFTARG = ar.aging, RIGHTARG = ar.aging, FUNCTION = ar.aging_gt,
    COMMUTATOR = OPERATOR(ar.<), NEGATOR = OPERATOR(ar.<=),
    RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR ar.> (ar.aging, ar.aging) IS 'larger, by total first';
CREATE OPERATOR ar.>= (
    LEFTARG = ar.aging, RIGHTARG = ar.aging, FUNCTION = ar.aging_ge,
    COMMUTATOR = OPERATOR(ar.<=), NEGATOR = OPERATOR(ar.<),
    RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR ar.>= (ar.aging, ar.aging) IS 'larger or the same, by total first';

CREATE OPERATOR FAMILY ar.aging_ops USING btree;
COMMENT ON OPERATOR FAMILY ar.aging_ops USING btree IS 'order of ageings';
CREATE OPERATOR CLASS ar.aging_ops DEFAULT FOR TYPE ar.aging USING btree FAMILY ar.aging_ops AS
    OPERATOR 1 ar.<, OPERATOR 2 ar.<=, OPERATOR 3 ar.=, OPERATOR 4 ar.>=, OPERATOR 5 ar.>,
    FUNCTION 1 ar.aging_cmp(ar.aging, ar.aging);
COMMENT ON OPERATOR CLASS ar.aging_ops USING btree IS 'order of ageings, by total first';
CREATE OPERATOR FAMILY ar.aging_ops USING hash;
COMMENT ON OPERATOR FAMILY ar.aging_ops USING hash IS 'equality of ageings';
CREATE OPERATOR CLASS ar.aging_ops DEFAULT FOR TYPE ar.aging USING hash FAMILY ar.aging_ops AS
    OPERATOR 1 ar.=, FUNCTION 1 ar.aging_hash(ar.aging);
COMMENT ON OPERATOR CLASS ar.aging_ops USING hash IS 'equality of ageings';

CREATE FUNCTION ar.to_jsonb(aging ar.aging) RETURNS jsonb
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT jsonb_build_object(
        'total', ar.total(aging),
        'overdue', ar.overdue(aging),
        'item_count', ar.item_count(aging),
        'average_days_past_due', round(ar.average_days_past_due(aging), 2),
        'buckets', jsonb_agg(jsonb_build_object(
            'bucket', b.bucket, 'label', b.label,
            'from_days', b.from_days, 'to_days', b.to_days,
            'item_count', b.item_count, 'amount', b.amount) ORDER BY b.bucket))
    FROM ar.buckets(aging) AS b;
END;
COMMENT ON FUNCTION ar.to_jsonb(ar.aging) IS
'An ageing as a document: totals and the list of buckets. Days are rounded to two decimals.';

CREATE CAST (ar.aging AS jsonb) WITH FUNCTION ar.to_jsonb(ar.aging);
COMMENT ON CAST (ar.aging AS jsonb) IS 'an ageing as a document';
CREATE CAST (ar.aging AS numeric[]) WITH FUNCTION ar.amounts(ar.aging);
COMMENT ON CAST (ar.aging AS numeric[]) IS 'the amounts of the buckets in order';
