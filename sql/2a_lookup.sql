-- Values by key -------------------------------------------------------------------

CREATE FUNCTION ar.lookup_accum(internal, bigint, integer) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_lookup_accum';
COMMENT ON FUNCTION ar.lookup_accum(internal, bigint, integer) IS 'Transition function of ar.lookup_table.';

CREATE FUNCTION ar.lookup_final(internal) RETURNS bigint[]
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_lookup_final';
COMMENT ON FUNCTION ar.lookup_final(internal) IS 'Final function of ar.lookup_table.';

CREATE AGGREGATE ar.lookup_table(key bigint, value integer) (
    SFUNC = ar.lookup_accum, STYPE = internal, FINALFUNC = ar.lookup_final, FINALFUNC_MODIFY = SHAREABLE, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ar.lookup_table(bigint, integer) IS
'Keys, in order, each followed by its value: what ar.lookup looks values up in. Pairs with a null do not count; null without any.';

CREATE FUNCTION ar.lookup(lookup_table bigint[], key bigint) RETURNS integer
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_lookup';
COMMENT ON FUNCTION ar.lookup(bigint[], bigint) IS
'The value of a key in what ar.lookup_table made, where the key is there once; null without. Keys that are asked for in about their order are found at once. Error 22023 for nulls or more than one dimension.';
