-- Closing periods ------------------------------------------------------------------

CREATE FUNCTION ar.keep_closed_through() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    before date;
BEGIN
    -- Waits for whoever is posting, who holds the company; what was posted is known before recorded_at.
    SELECT c.closed_through INTO before
    FROM receivables.company AS c WHERE c.company_id = NEW.company_id FOR NO KEY UPDATE;
    IF NEW.closed_through < before AND NEW.reason IS NULL THEN
        RAISE EXCEPTION 'the period through % is closed', before
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                  HINT = 'Open it again with ar.reopen_period, with a reason.';
    END IF;
    UPDATE receivables.company AS c SET closed_through = NEW.closed_through WHERE c.company_id = NEW.company_id;
    -- Not before the wait; a forged time is left, to be refused.
    IF NEW.recorded_at >= now() AND NEW.recorded_at <= clock_timestamp() THEN
        NEW.recorded_at := clock_timestamp();
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION ar.keep_closed_through() IS
'Trigger function before insert: closes the period of a company with its closing, once all postings under way have ended, and dates the closing then. Error 23514 for an earlier date without a reason.';

CREATE FUNCTION ar.close_period(company_id bigint, closed_through date, reason text DEFAULT NULL) RETURNS timestamptz
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    before date;
    result timestamptz;
BEGIN
    PERFORM ar.company_minor_units(company_id);
    SELECT c.closed_through INTO before
    FROM receivables.company AS c WHERE c.company_id = close_period.company_id FOR NO KEY UPDATE;
    IF closed_through < before THEN
        RAISE EXCEPTION 'the period through % is closed', before
            USING ERRCODE = 'check_violation', HINT = 'Open it again with ar.reopen_period, with a reason.';
    END IF;
    INSERT INTO receivables.period_closing AS p (company_id, closed_through, reason)
    VALUES (close_period.company_id, close_period.closed_through, close_period.reason)
    RETURNING p.recorded_at INTO result;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.close_period(bigint, date, text) IS
'Closes the books of a company through a day: nothing more is posted with an effect on it or before. Waits for postings under way. Returns the time of closing; with ar.known_at set to it, every report as of that day stays the same for ever. Error 23514 for a day before the last closing.';

CREATE FUNCTION ar.reopen_period(company_id bigint, closed_through date, reason text) RETURNS timestamptz
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    before date;
    result timestamptz;
BEGIN
    PERFORM ar.company_minor_units(company_id);
    SELECT c.closed_through INTO before
    FROM receivables.company AS c WHERE c.company_id = reopen_period.company_id FOR NO KEY UPDATE;
    IF closed_through >= before THEN
        RAISE EXCEPTION 'the period is closed through % only', before
            USING ERRCODE = 'check_violation', HINT = 'Close a later day with ar.close_period.';
    ELSIF NOT ar.may_post_to_closed_period(company_id) THEN
        RAISE EXCEPTION 'no right to open a closed period' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO receivables.period_closing AS p (company_id, closed_through, reason)
    VALUES (reopen_period.company_id, reopen_period.closed_through, coalesce(reopen_period.reason, ''))
    RETURNING p.recorded_at INTO result;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.reopen_period(bigint, date, text) IS
'Opens a closed period again: the books are closed through the given, earlier day only; -infinity for not at all. Needs a reason and the right to post into closed periods. Returns the time. Errors: 23514 for a day that is not earlier or no reason, 42501 without the right.';
