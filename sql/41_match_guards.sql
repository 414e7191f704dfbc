-- Trigger functions that guard proposals -------------------------------------------

CREATE FUNCTION ar.is_writing_proposals() RETURNS boolean
    LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ar_is_writing_proposals';
COMMENT ON FUNCTION ar.is_writing_proposals() IS
'Whether proposals are being inserted by ar.propose, which has read what they name.';

CREATE FUNCTION ar.refuse_decided_proposal() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'a proposal is entered open, by who proposes it and now'
        USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
              HINT = 'Leave status, proposed_at, proposed_by and what follows out; decide it with ar.accept or ar.reject.';
END;
$$;
COMMENT ON FUNCTION ar.refuse_decided_proposal() IS
'Trigger function: refuses a proposal that claims to be decided, or a forged time or author of it, with error 23514.';

CREATE FUNCTION ar.decide_once() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'ar_decide_once';
COMMENT ON FUNCTION ar.decide_once() IS
'Trigger function before a proposal is decided: writes when and by whom (the setting ar.application_user, else the role). From open it becomes accepted, applied_automatically, rejected or superseded, from the first two undone; anything else is error 23514.';
