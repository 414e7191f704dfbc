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
