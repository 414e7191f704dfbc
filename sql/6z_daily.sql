-- The work of a day, and who calls it -------------------------------------------------------------

CREATE FUNCTION ar.daily_steps(OUT step text, OUT command text, OUT description text) RETURNS SETOF record
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    VALUES ('promises', 'SELECT to_jsonb(r) FROM ar.judge_promises($1, $2) AS r', 'Promises to pay are judged; broken ones raise the level that dunning brings.'),
           ('dunning', 'SELECT to_jsonb(r) FROM ar.run_dunning($1, $2) AS r', 'Overdue items come to their level, and customers are reminded.'),
           ('interest', 'SELECT to_jsonb(r) FROM ar.charge_interest_when_due($1, $2) AS r', 'Late interest is charged where a policy says so: at the end of a month, or once an item is paid.'),
           ('snapshot', 'SELECT to_jsonb(r) FROM ar.take_snapshot($1, $2) AS r', 'Ageing and indicators of the day are kept for trends.'),
           ('alarms', 'SELECT to_jsonb(r) FROM ar.evaluate_alarms($1, $2) AS r', 'Alarms are raised, changed and cleared.')
$$;
COMMENT ON FUNCTION ar.daily_steps() IS
'The parts of ar.run_daily, in their order; $1 is the company, $2 the day. Promises are judged first, so that those broken raise the level the same day and nobody is asked for what was promised and paid; interest follows dunning, which tells what has accrued and does not ask yet for what is charged today; the snapshot comes after all that changes the books and so holds the day as it ends, which the alarms are about.';

-- Commits after each part, for which it has no settings of its own.
CREATE PROCEDURE ar.run_daily(company_id bigint, as_of date DEFAULT ar.as_of())
    LANGUAGE plpgsql AS $$
DECLARE
    step   record;
    run    bigint;
    outcome jsonb;
    state  text;
    reason text;
    failed text[] := '{}';
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    PERFORM ar.require_guards();
    PERFORM ar.company_minor_units(company_id);
    -- What a run left behind that was killed. When a session of another role began, not everybody is shown.
    UPDATE receivables.daily_run AS r SET status = 'failed', finished_at = clock_timestamp(), error = 'interrupted'
    WHERE r.company_id = run_daily.company_id AND r.status = 'running'
      AND NOT EXISTS (SELECT FROM pg_stat_activity AS a WHERE a.pid = r.backend_pid AND coalesce(a.backend_start <= r.started_at, true));
    FOR step IN SELECT s.* FROM ar.daily_steps() AS s LOOP
        PERFORM set_config('search_path', 'pg_catalog, pg_temp', true);
        INSERT INTO receivables.daily_run AS r (company_id, as_of, step, status, backend_pid)
        VALUES (run_daily.company_id, run_daily.as_of, step.step, 'running', pg_backend_pid())
        RETURNING r.daily_run_id INTO run;
        COMMIT;
        PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
        BEGIN
            EXECUTE step.command INTO outcome USING company_id, as_of;
            reason := NULL;
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, reason = MESSAGE_TEXT;
            reason := format('%s (%s)', reason, state);
            failed := failed || step.step;
        END;
        UPDATE receivables.daily_run AS r
        SET status = CASE WHEN reason IS NULL THEN 'done' ELSE 'failed' END, finished_at = clock_timestamp(),
            result = CASE WHEN reason IS NULL THEN outcome END, error = reason
        WHERE r.company_id = run_daily.company_id AND r.daily_run_id = run;
        COMMIT;
        PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    END LOOP;
    IF cardinality(failed) > 0 THEN
        RAISE WARNING 'of the daily run of company % for %, % failed', company_id, as_of, array_to_string(failed, ', ')
            USING HINT = 'receivables.daily_run tells why. What was done stays done; run it again.';
    END IF;
END;
$$;
COMMENT ON PROCEDURE ar.run_daily(bigint, date) IS
'Does the work of a day of a company, part by part (ar.daily_steps), each committed by itself: what fails is told in receivables.daily_run and does not keep the others. Run again for the same day it does what is not done yet and changes nothing else. Called outside of a transaction. Warns where a part failed. Error 23503 for an unknown company.';

CREATE PROCEDURE ar.run_daily_for_all(as_of date DEFAULT ar.as_of())
    LANGUAGE plpgsql AS $$
DECLARE
    company bigint;
BEGIN
    FOR company IN SELECT c.company_id FROM receivables.company AS c ORDER BY c.company_id LOOP
        CALL ar.run_daily(company, as_of);
    END LOOP;
END;
$$;
COMMENT ON PROCEDURE ar.run_daily_for_all(date) IS
'ar.run_daily for each company that the role sees, one after the other.';

CREATE FUNCTION ar.schedule(at time DEFAULT '06:00') RETURNS TABLE (scheduler text, entry text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    command CONSTANT text := 'CALL ar.run_daily_for_all()';
    cron_time CONSTANT text := format('%s %s * * *', extract(minute FROM at), extract(hour FROM at));
    job bigint;
BEGIN
    IF at IS NULL THEN
        RAISE EXCEPTION 'a schedule has a time' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF EXISTS (SELECT FROM pg_extension AS e WHERE e.extname = 'pg_cron') THEN
        EXECUTE 'SELECT cron.schedule($1, $2, $3)' INTO job USING 'ar daily', cron_time, command;
        RETURN QUERY VALUES ('pg_cron', format('job %s "ar daily": %s %s', job, cron_time, command));
        RETURN;
    END IF;
    RETURN QUERY VALUES
        ('cron', format('%s psql -X -d %s -c "%s"', cron_time, quote_ident(current_database()), command)),
        ('systemd', format(E'[Unit]\nDescription=Receivables: the work of the day\n\n[Service]\nType=oneshot\nUser=%s\n'
                           'ExecStart=/usr/bin/psql -X -d %s -c "%s"', current_user, quote_ident(current_database()), command)),
        ('systemd timer', format(E'[Timer]\nOnCalendar=*-*-* %s\nPersistent=true\n\n[Install]\nWantedBy=timers.target',
                                 to_char(at, 'HH24:MI:SS')));
END;
$$;
COMMENT ON FUNCTION ar.schedule(time) IS
'Lets the work of the day be done every day at a time. Where the extension pg_cron is in this database, as its job "ar daily", in the time zone of pg_cron; else it returns what to enter in cron, or in a service and a timer of systemd. Called again it replaces its job. Error 22023 for no time.';

CREATE FUNCTION ar.unschedule() RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    removed boolean := false;
BEGIN
    IF EXISTS (SELECT FROM pg_extension AS e WHERE e.extname = 'pg_cron') THEN
        EXECUTE 'SELECT bool_or(cron.unschedule(j.jobid)) FROM cron.job AS j WHERE j.jobname = $1 AND j.username = current_user'
        INTO removed USING 'ar daily';
    END IF;
    RETURN coalesce(removed, false);
END;
$$;
COMMENT ON FUNCTION ar.unschedule() IS
'Takes back what ar.schedule entered in pg_cron; false where there is nothing.';
