-- Trigger functions that guard proposals -------------------------------------------

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
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.status = 'open' AND NEW.status IN ('accepted', 'applied_automatically', 'rejected', 'superseded') THEN
        NEW.decided_at := clock_timestamp();
        NEW.decided_by := coalesce(nullif(current_setting('ar.application_user', true), ''), session_user);
        NEW.is_automatic := NEW.status = 'applied_automatically';
        NEW.undone_at := NULL;
        NEW.undone_by := NULL;
    ELSIF OLD.status IN ('accepted', 'applied_automatically') AND NEW.status = 'undone' THEN
        NEW.decided_at := OLD.decided_at;
        NEW.decided_by := OLD.decided_by;
        NEW.undone_at := clock_timestamp();
        NEW.undone_by := coalesce(nullif(current_setting('ar.application_user', true), ''), session_user);
    ELSE
        RAISE EXCEPTION 'proposal % is %: it cannot become %', OLD.match_proposal_id, replace(OLD.status, '_', ' '),
                        replace(coalesce(NEW.status, 'null'), '_', ' ')
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = 'status',
                  HINT = 'A proposal is decided once: ar.accept, ar.reject, ar.auto_apply; what it settled is undone with ar.undo_match.';
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION ar.decide_once() IS
'Trigger function before a proposal is decided: writes when and by whom (the setting ar.application_user, else the role). From open it becomes accepted, applied_automatically, rejected or superseded, from the first two undone; anything else is error 23514.';
