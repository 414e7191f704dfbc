-- What accounts come to, beside the items picked of them ----------------------------

CREATE TYPE ar.picked_items AS (account_ids bigint[], balances numeric[], picked_amounts numeric[], item_ids bigint[], item_account_ids bigint[]);
COMMENT ON TYPE ar.picked_items IS
'Items that were picked, in the order of their ids, and the accounts they stand in, in the order of theirs: of each what all of its items come to, and what those that were picked; item_account_ids has the account of each item.';

CREATE FUNCTION ar.pick_items_accum(internal, bigint, numeric, bigint) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_pick_items_accum';
COMMENT ON FUNCTION ar.pick_items_accum(internal, bigint, numeric, bigint) IS 'Transition function of ar.pick_items.';

CREATE FUNCTION ar.pick_items_combine(internal, internal) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_pick_items_combine';
COMMENT ON FUNCTION ar.pick_items_combine(internal, internal) IS 'Combine function of ar.pick_items.';

CREATE FUNCTION ar.pick_items_serialize(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_pick_items_serialize';
COMMENT ON FUNCTION ar.pick_items_serialize(internal) IS 'What a parallel worker hands over of ar.pick_items.';

CREATE FUNCTION ar.pick_items_deserialize(bytea, internal) RETURNS internal
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_pick_items_deserialize';
COMMENT ON FUNCTION ar.pick_items_deserialize(bytea, internal) IS 'Reads what ar.pick_items_serialize wrote.';

CREATE FUNCTION ar.pick_items_final(internal) RETURNS ar.picked_items
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_pick_items_final';
COMMENT ON FUNCTION ar.pick_items_final(internal) IS 'Final function of ar.pick_items.';

CREATE AGGREGATE ar.pick_items(account_id bigint, amount numeric, item_id bigint) (
    SFUNC = ar.pick_items_accum, STYPE = internal, SSPACE = 1048576, FINALFUNC = ar.pick_items_final, FINALFUNC_MODIFY = SHAREABLE,
    COMBINEFUNC = ar.pick_items_combine, SERIALFUNC = ar.pick_items_serialize, DESERIALFUNC = ar.pick_items_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ar.pick_items(bigint, numeric, bigint) IS
'The items that are picked, where item_id is not null, and what their accounts come to: sums as sum(numeric) has them. What has no account or no amount does not count; null where nothing is picked.';
