-- Trigger functions that guard scorecards -------------------------------------------

CREATE FUNCTION ar.scorecard_is_valid() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM ar.check_scorecard(NEW.definition);
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION ar.scorecard_is_valid() IS
'Trigger function: refuses a scorecard that ar.check_scorecard finds faulty, with error 22023.';

CREATE FUNCTION ar.refuse_scorecard_status() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'version % of scorecard % refused: a version is entered as a draft, then activated, then retired, each once',
                    NEW.version, NEW.scorecard
        USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = 'status',
              HINT = 'ar.save_scorecard saves what an old version says as a new one; ar.activate_scorecard and ar.retire_scorecard do the rest.';
END;
$$;
COMMENT ON FUNCTION ar.refuse_scorecard_status() IS
'Trigger function: refuses a scorecard that is not entered as a draft, or goes back to an earlier status, with error 23514.';
