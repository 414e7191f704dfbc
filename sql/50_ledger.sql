-- The books: making, upgrading, checking what they are -----------------------

CREATE FUNCTION ar.ledger_version() RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    version text;
BEGIN
    IF to_regclass('receivables.ledger_version') IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT v.version INTO version FROM receivables.ledger_version AS v ORDER BY v.applied_at DESC LIMIT 1;
    RETURN version;
END;
$$;
COMMENT ON FUNCTION ar.ledger_version() IS
'The version of the books in schema receivables; null where there are none.';

CREATE FUNCTION ar.require_ledger() RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    version text := ar.ledger_version();
BEGIN
    IF version IS NULL THEN
        RAISE EXCEPTION 'this database has no books yet'
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'SELECT ar.create_ledger();';
    ELSIF version <> ar.version() THEN
        RAISE EXCEPTION 'the books are of version %, the code of %', version, ar.version()
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'SELECT ar.upgrade_ledger(); or, where the code is the older, ALTER EXTENSION ar UPDATE.';
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.require_ledger() IS
'Error 55000, with the hint what to call, unless there are books of the version of the code.';

CREATE FUNCTION ar.require_guards() RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM ar.require_ledger();
    -- All triggers went together, with the extension; ar.check_ledger() looks for each.
    IF NOT EXISTS (SELECT FROM pg_trigger AS t
                   WHERE t.tgrelid = 'receivables.application'::regclass AND t.tgname = 'application_settles_items')
    THEN
        RAISE EXCEPTION 'the triggers that guard the books are missing'
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = 'They went with DROP EXTENSION ar CASCADE.', HINT = 'SELECT ar.upgrade_ledger();';
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.require_guards() IS
'Error 55000, with the hint what to call, unless there are books of the version of the code and the triggers that guard them: nothing is posted without.';

CREATE FUNCTION ar.attach_ledger() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $attach_ledger$
BEGIN
@LEDGER_CODE@
END;
$attach_ledger$;
COMMENT ON FUNCTION ar.attach_ledger() IS
'Puts the triggers and views of the books in place, as ar.create_ledger and ar.upgrade_ledger do.';

CREATE FUNCTION ar.create_ledger() RETURNS text
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $create_ledger$
BEGIN
    IF to_regnamespace('receivables') IS NOT NULL THEN
        RAISE EXCEPTION 'schema "receivables" already exists'
            USING ERRCODE = 'duplicate_schema',
                  DETAIL = CASE WHEN ar.ledger_version() IS NULL THEN 'It holds no books of ar.'
                                ELSE format('It holds books of version %s.', ar.ledger_version()) END,
                  HINT = CASE WHEN ar.ledger_version() IS NULL THEN 'Rename it: ALTER SCHEMA receivables RENAME TO ...'
                              ELSE 'To bring books up to the code, SELECT ar.upgrade_ledger();' END;
    END IF;
@LEDGER_TABLES@
    INSERT INTO receivables.ledger_version (version) VALUES (ar.version());
    PERFORM ar.attach_ledger();
    RETURN ar.version();
END;
$create_ledger$;
COMMENT ON FUNCTION ar.create_ledger() IS
'Creates the books in schema receivables, owned by the caller: tables, constraints, triggers, indexes, views. Returns their version. Error 42P06 where the schema exists.';

CREATE FUNCTION ar.upgrade_ledger() RETURNS text
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF ar.ledger_version() IS NULL THEN
        PERFORM ar.require_ledger();
    END IF;
    IF ar.ledger_version() <> ar.version() THEN
        RAISE EXCEPTION 'cannot bring books of version % to version %', ar.ledger_version(), ar.version()
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    PERFORM ar.attach_ledger();
    RETURN ar.version();
END;
$$;
COMMENT ON FUNCTION ar.upgrade_ledger() IS
'Brings the books up to the version of the code and puts triggers and views back that are missing, as after DROP EXTENSION ... CASCADE and CREATE EXTENSION. Returns the version. Error 55000 where there is no way.';
