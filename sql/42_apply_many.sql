-- Many applications at once -----------------------------------------------------

CREATE FUNCTION ar.is_applying_many() RETURNS boolean
    LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ar_is_applying_many';
COMMENT ON FUNCTION ar.is_applying_many() IS
'Whether applications are being inserted by ar.apply_many, which settles their items itself.';

CREATE FUNCTION ar.is_applying_matches() RETURNS boolean
    LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ar_is_applying_matches';
COMMENT ON FUNCTION ar.is_applying_matches() IS
'Whether applications are being inserted by ar.apply_matches, which has read their proposals.';

CREATE FUNCTION ar.is_settling_many() RETURNS boolean
    LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ar_is_settling_many';
COMMENT ON FUNCTION ar.is_settling_many() IS
'Whether ar.apply_many is settling the item whose trigger asks: it follows all of them at once.';

CREATE FUNCTION ar.apply_many(company_id bigint, credit_item_ids bigint[], debit_item_ids bigint[], amounts numeric[],
                              effective_on date[] DEFAULT NULL, reasons text[] DEFAULT NULL,
                              idempotency_keys text[] DEFAULT NULL, match_proposal_ids bigint[] DEFAULT NULL)
    RETURNS bigint[]
    LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'ar_apply_many';
COMMENT ON FUNCTION ar.apply_many(bigint, bigint[], bigint[], numeric[], date[], text[], text[], bigint[]) IS
'Settles debit items with credit items, one application for each element of the arrays, all or nothing, in a fraction of the time that as many calls of ar.apply take; a null date is the one ar.apply would take. Returns the application_ids in their order. A key that was used before is an error, not a repetition. Errors as ar.apply, and 2202E for arrays of different length, 22004 for a null array.';
