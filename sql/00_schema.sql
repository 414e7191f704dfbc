/* ar @VERSION@: assembled from sql/ by the Makefile */

-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION ar" to load this file. \quit

-- Nothing that others planted is found; a schema "ar" made beforehand is an error.
SET LOCAL search_path TO pg_catalog, pg_temp;
-- Functions over the books name tables that create_ledger() has yet to make.
SET LOCAL check_function_bodies TO off;

CREATE SCHEMA ar;
COMMENT ON SCHEMA ar IS 'Accounts receivable: the code. The books are in schema receivables.';
GRANT USAGE ON SCHEMA ar TO PUBLIC;

CREATE FUNCTION ar.version() RETURNS text
    IMMUTABLE PARALLEL SAFE
    RETURN '@VERSION@'::text;
COMMENT ON FUNCTION ar.version() IS
'The version of the code that is installed in this database.';

CREATE FUNCTION ar.library_version() RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'ar_version';
COMMENT ON FUNCTION ar.library_version() IS
'The version of the shared library that is loaded. Where it differs from ar.version(), ALTER EXTENSION ar UPDATE or a reconnect is due.';

CREATE FUNCTION ar.as_of() RETURNS date
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'ar_as_of';
COMMENT ON FUNCTION ar.as_of() IS
'The date that every view answers for: the setting ar.as_of (YYYY-MM-DD) where it is set, else today. Error 22007 where the setting is no date.';

CREATE FUNCTION ar.known_at_support(internal) RETURNS internal
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'ar_known_at_support';
COMMENT ON FUNCTION ar.known_at_support(internal) IS
'Gives the planner the value of ar.known_at(), so that a plan, which is made anew when the setting changes, spares what a null makes needless.';

CREATE FUNCTION ar.known_at() RETURNS timestamptz
    LANGUAGE c STABLE PARALLEL SAFE SUPPORT ar.known_at_support
    AS 'MODULE_PATHNAME', 'ar_known_at';
COMMENT ON FUNCTION ar.known_at() IS
'The moment up to which entries count in every view: the setting ar.known_at (YYYY-MM-DD HH:MM:SS with its offset from UTC) where it is set, else null, for all entries. Error 22007 where the setting is no such time.';

CREATE FUNCTION ar.parse_date(value text) RETURNS date
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'ar_parse_date';
COMMENT ON FUNCTION ar.parse_date(text) IS
'The calendar date written YYYY-MM-DD; null for anything else, so that a file can be checked row by row.';

CREATE FUNCTION ar.parse_amount(value text) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'ar_parse_amount';
COMMENT ON FUNCTION ar.parse_amount(text) IS
'The amount written as a plain decimal number (sign, digits, point, digits); null for anything else, so that a file can be checked row by row.';
