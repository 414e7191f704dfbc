#!/bin/bash
# The work of a day: part by part, what fails told, pg_cron where it is.
. "$(dirname "$0")/tap.sh"
sharedir=$("$PG_CONFIG" --sharedir)
cron=
if [ -f "$sharedir/extension/pg_cron.control" ]; then
    cron=yes
    CLUSTER_CONF="
shared_preload_libraries = 'pg_cron'
cron.database_name = 'daily'
cron.use_background_workers = on
max_worker_processes = 16
"
fi
start_cluster
createdb daily
sql daily "CREATE EXTENSION ar; SELECT ar.create_ledger()" >/dev/null
sql daily "SELECT ar.create_company('A', 'A', 'EUR'); SELECT ar.create_company('B', 'B', 'EUR');
           INSERT INTO receivables.customer (company_id, customer_number, name) SELECT company_id, 'C', 'Customer' FROM receivables.company;
           SELECT ar.add_standard_dunning_policy(company_id) FROM receivables.company;
           UPDATE receivables.company SET dunning_policy = 'standard';
           SELECT ar.post_invoice(company_id, 'C', 'I1', current_date - 40, current_date - 10, 100) FROM receivables.company" >/dev/null

sql daily "CALL ar.run_daily(1)"
is "each part of the day is done" "$(sql daily "SELECT string_agg(step || ' ' || status, ', ' ORDER BY daily_run_id) FROM receivables.daily_run")" \
    "promises done, dunning done, interest done, snapshot done, alarms done"
is "the item came to its level" "$(sql daily "SELECT level FROM receivables.item_dunning")" 4
sql daily "CALL ar.run_daily(1)"
is "the same day again changes nothing" "$(sql daily "SELECT count(*) FROM receivables.dunning_notice")" 1

# A promise that is found broken raises its items with the same run: promises come before dunning.
sql daily "SELECT ar.promise_to_pay(1, 'C', jsonb_build_array(jsonb_build_object('due_on', current_date - 5, 'amount', 100)), promised_on => current_date - 6)" >/dev/null
sql daily "CALL ar.run_daily(1)"
is "a broken promise raises the level the same day" "$(sql daily "SELECT p.status || ' ' || d.level FROM receivables.promise AS p, receivables.item_dunning AS d WHERE p.company_id = 1 AND d.company_id = 1")" "broken 5"

# One part that fails keeps nobody from the others, nor does it undo those before it.
promise() {
    sql daily "SELECT ar.promise_to_pay(2, 'C', jsonb_build_array(jsonb_build_object('due_on', current_date - 5, 'amount', 40)), promised_on => current_date - 6)" >/dev/null
}
broken() {
    sql daily "SELECT count(*), (SELECT d.level_shift FROM receivables.item_dunning AS d WHERE d.company_id = 2) FROM receivables.promise WHERE company_id = 2 AND status = 'broken'"
}
promise
sql daily "CREATE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION \$\$no paper\$\$; END';
           CREATE TRIGGER fail BEFORE INSERT ON receivables.dunning_notice FOR EACH ROW WHEN (NEW.company_id = 2) EXECUTE FUNCTION public.fail()"
sql daily "CALL ar.run_daily_for_all()" 2>"$CLUSTER/warning"
ok $? "a part that fails does not end the run"
is "but is told" "$(sed -n 's/^WARNING: *//p' "$CLUSTER/warning")" "of the daily run of company 2 for $(sql daily 'SELECT current_date'), dunning failed"
is "with the reason" "$(sql daily "SELECT string_agg(step || ': ' || error, ', ') FROM receivables.daily_run WHERE company_id = 2 AND status = 'failed'")" "dunning: no paper (P0001)"
is "and the other parts are done" "$(sql daily "SELECT count(*) > 0 AND bool_and(status = 'done') FROM receivables.daily_run WHERE company_id = 2 AND step <> 'dunning'")" t
is "what came before it stays" "$(broken)" "1|1"
sql daily "DROP TRIGGER fail ON receivables.dunning_notice"

# Killed in the middle: what was done stays, what was not is told by the next run, which does it.
promise
sql daily "CREATE FUNCTION public.wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(42); RETURN NEW; END';
           CREATE TRIGGER wait BEFORE INSERT ON receivables.dunning_notice FOR EACH ROW EXECUTE FUNCTION public.wait()"
psql -XAtq -d daily -c "SELECT pg_advisory_lock(42); SELECT pg_sleep(60)" >/dev/null 2>&1 &
for i in $(seq 100); do [ "$(sql daily "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted")" = 1 ] && break; sleep 0.1; done
psql -XAtq -d daily -c "CALL ar.run_daily(2)" >/dev/null 2>&1 &
for i in $(seq 100); do [ "$(sql daily "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")" = 1 ] && break; sleep 0.1; done
cluster_kill
wait 2>/dev/null
cluster_launch
sql daily "DROP TRIGGER wait ON receivables.dunning_notice"
is "promises stay judged, dunning stays where it was" "$(broken)|$(sql daily "SELECT string_agg(step || ' ' || status, ', ' ORDER BY daily_run_id)
    FROM receivables.daily_run WHERE company_id = 2 AND daily_run_id >= (SELECT max(daily_run_id) FROM receivables.daily_run WHERE company_id = 2 AND step = 'promises')")" "2|2|promises done, dunning running"
sql daily "CALL ar.run_daily(2)"
is "a run that was killed is told" "$(sql daily "SELECT step || ' ' || status || ' ' || error FROM receivables.daily_run WHERE company_id = 2 AND error = 'interrupted'")" "dunning failed interrupted"
is "and its work done by the next" "$(sql daily "SELECT level FROM receivables.item_dunning WHERE company_id = 2")" 4
is "the books are sound" "$(sql daily "SELECT count(*) FROM ar.check_ledger()")" 0

# Who calls it.
is "what to enter where there is no pg_cron" "$(sql daily "SELECT string_agg(scheduler, ', ') FROM ar.schedule('05:30')")" "cron, systemd, systemd timer"
is "for cron" "$(sql daily "SELECT entry FROM ar.schedule('05:30') WHERE scheduler = 'cron'")" '30 5 * * * psql -X -d daily -c "CALL ar.run_daily_for_all()"'
is "nothing to take back" "$(sql daily "SELECT ar.unschedule()")" f
if [ -z "$cron" ]; then
    skip "pg_cron is not installed"
else
    sql daily "CREATE EXTENSION pg_cron"
    is "with pg_cron, a job" "$(sql daily "SELECT scheduler FROM ar.schedule('05:30')")" pg_cron
    sql daily "SELECT ar.schedule('05:45')" >/dev/null
    is "one only" "$(sql daily "SELECT string_agg(schedule || ' ' || command, '; ') FROM cron.job")" "45 5 * * * CALL ar.run_daily_for_all()"
    # Every minute, for this once.
    before=$(sql daily "SELECT max(daily_run_id) FROM receivables.daily_run")
    sql daily "SELECT cron.schedule('ar daily', '* * * * *', 'CALL ar.run_daily_for_all()')" >/dev/null
    for i in $(seq 75); do
        [ "$(sql daily "SELECT count(*) FILTER (WHERE status = 'done') = 2 * (SELECT count(*) FROM ar.daily_steps()) FROM receivables.daily_run WHERE daily_run_id > $before")" = t ] && break
        sleep 1
    done
    is "which pg_cron runs" "$(sql daily "SELECT string_agg(DISTINCT company_id || ' ' || status, ', ') FROM receivables.daily_run WHERE daily_run_id > $before")" "1 done, 2 done"
    is "taken back" "$(sql daily "SELECT ar.unschedule()")$(sql daily "SELECT count(*) FROM cron.job")" t0
fi
done_testing
