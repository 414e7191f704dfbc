-- Values by key -------------------------------------------------------------------

CREATE FUNCTION ar.lookup_accum(internal, bigint, integer) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_lookup_accum';
COMMENT ON FUNCTION ar.lookup_accum(internal, bigint, integer) IS 'Transition function of ar.lookup_table.';

CREATE FUNCTION ar.lookup_combine(internal, internal) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_lookup_combine';
COMMENT ON FUNCTION ar.lookup_combine(internal, internal) IS 'Combine function of ar.lookup_table.';

CREATE FUNCTION ar.lookup_serialize(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_lookup_serialize';
COMMENT ON FUNCTION ar.lookup_serialize(internal) IS 'What a parallel worker hands over of ar.lookup_table.';

CREATE FUNCTION ar.lookup_deserialize(bytea, internal) RETURNS internal
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_lookup_deserialize';
COMMENT ON FUNCTION ar.lookup_deserialize(bytea, internal) IS 'Reads what ar.lookup_serialize wrote.';

CREATE FUNCTION ar.lookup_final(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_lookup_final';
COMMENT ON FUNCTION ar.lookup_final(internal) IS 'Final function of ar.lookup_table.';

CREATE AGGREGATE ar.lookup_table(key bigint, value integer) (
    SFUNC = ar.lookup_accum, STYPE = internal, SSPACE = 262144, FINALFUNC = ar.lookup_final, FINALFUNC_MODIFY = SHAREABLE,
    COMBINEFUNC = ar.lookup_combine, SERIALFUNC = ar.lookup_serialize, DESERIALFUNC = ar.lookup_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ar.lookup_table(bigint, integer) IS
'Keys with their values, closely packed: what ar.lookup looks values up in, on this server. Pairs with a null do not count; null without any. Error 21000 where a key has two values.';

CREATE FUNCTION ar.lookup(lookup_table bytea, key bigint) RETURNS integer
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_lookup';
COMMENT ON FUNCTION ar.lookup(bytea, bigint) IS
'The value of a key in what ar.lookup_table made; null without. Keys that are asked for in about their order are found at once. Error 22023 for what is no such table.';

CREATE FUNCTION ar.lookup_is_by(lookup_table bytea, key bigint, dates date[], day date) RETURNS boolean
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_lookup_is_by';
COMMENT ON FUNCTION ar.lookup_is_by(bytea, bigint, date[], date) IS
'Whether a day is up to the one of the dates whose place, from 1, is the value of a key in what ar.lookup_table made; the first of them for a key without value, or without a table; null where there is no such date. Error 22023 for what is no such table.';
