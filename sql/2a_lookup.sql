-- Values by key -------------------------------------------------------------------

CREATE FUNCTION ar.lookup_table(keys bigint[], "values" integer[]) RETURNS bigint[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_lookup_table';
COMMENT ON FUNCTION ar.lookup_table(bigint[], integer[]) IS
'Keys, in order, each followed by its value: what ar.lookup looks values up in. Errors: 22023 for nulls or more than one dimension, 2202E for another number of values than of keys.';

CREATE FUNCTION ar.lookup(lookup_table bigint[], key bigint) RETURNS integer
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_lookup';
COMMENT ON FUNCTION ar.lookup(bigint[], bigint) IS
'The value of a key in what ar.lookup_table made; null without. Keys that are asked for in about their order are found at once. Error 22023 for nulls or more than one dimension.';
