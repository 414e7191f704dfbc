-- Objects of what is known ----------------------------------------------------------

CREATE FUNCTION ar.build_object(VARIADIC "any") RETURNS jsonb
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_build_object';
COMMENT ON FUNCTION ar.build_object("any") IS
'Keys and values as an object, as of jsonb_build_object, without the keys whose value is null. Values are text, numeric, integers, dates, timestamptz, boolean or jsonb. Errors: 22023 for another type, a key that is no text or without a value, 22004 for a null key.';
