#!/bin/bash
# Follow-up day by day: who is chased, at which level and for how much, is what a
# recomputation from documents and applications in plain SQL expects, each day; a
# month of a small book, or with AR_TEST_LONG a year of a large one.
. "$(dirname "$0")/tap.sh"
start_cluster
createdb simulation
customers=300 invoices=4500 days=35
if [ -n "${AR_TEST_LONG:-}" ]; then customers=20000 invoices=300000 days=365; fi
customers=${AR_SIMULATION_CUSTOMERS:-$customers} invoices=${AR_SIMULATION_INVOICES:-$invoices} days=${AR_SIMULATION_DAYS:-$days}

works "$days days of $customers customers and $invoices invoices" \
    psql -Xq -d simulation -v customers="$customers" -v invoices="$invoices" -v first_day=2026-01-05 -v days="$days" -f test/server/simulation.sql

# differs NAME WHAT: nothing of a kind differs from what is expected.
differs() {
    is "$1" "$(sql simulation "SELECT day || ' ' || detail FROM sim.difference WHERE what = ANY ('{$2}') ORDER BY day, detail LIMIT 20")" ""
}
differs "no item is skipped" "skipped item"
differs "none is chased that is not to be" "chased item"
differs "each comes to its level, for what is neither paid, disputed nor promised" "item"
differs "none is chased while paid, disputed, promised or held" "wrongly chased"
differs "each customer gets one notice, at the highest level, over what is asked for" "notice"
differs "who is passed over is, for the reason that counts" "passed over"
differs "promises are kept, partly kept or broken as was paid" "promise"
differs "items keep their levels from day to day" "level"
differs "what is previewed is what the run then does" "preview"
differs "a second run of a day changes nothing" "second run"
differs "what is settled, disputed, promised or held is not sent" "message"
differs "nor is anybody to do anything about it" "task"
differs "what is asked for again is sent, unless a higher level is to come" "lost message"
differs "and done" "lost task"
differs "nobody is sent the same twice" "twice"
differs "disputes that are open are to be cleared, no others" "dispute task"
differs "broken promises are to be asked about while anything of them is open" "promise task"
is "nothing else differs" "$(sql simulation "SELECT count(*) FROM sim.difference")" 0
is "each day was compared or left out" "$(sql simulation "SELECT count(*) FROM sim.day")" "$days"

# What is to be tested came up.
is "there were days with and without a run, and items that caught up" \
    "$(sql simulation "SELECT count(*) FILTER (WHERE is_run) > $days / 2 AND count(*) FILTER (WHERE NOT is_run) > 0 AND sum(leaps) > 0 FROM sim.day")" t
is "customers were passed over for each reason" \
    "$(sql simulation "SELECT string_agg(DISTINCT reason, ' ' ORDER BY reason) FROM receivables.dunning_skip")" \
    "below_minimum disputed in_credit interval no_contact on_hold promised"
is "promises ended in each way" "$(sql simulation "SELECT string_agg(DISTINCT verdict, ' ' ORDER BY verdict) FROM sim.verdict WHERE verdict <> 'cancelled'")" "broken kept partly_kept"
is "payments came back that had kept a promise" "$(sql simulation "SELECT count(*) > 0 FROM sim.came_back")" t
is "what rested was written anew" "$(sql simulation "SELECT count(*) > 0 FROM receivables.message WHERE last_error = 'written anew'")" t
is "messages were sent, and some cancelled before" "$(sql simulation "SELECT count(*) FILTER (WHERE status = 'sent') > 0 AND count(*) FILTER (WHERE status = 'cancelled') > 0 FROM receivables.message")" t
is "a query that dies is no empty answer" "$(sql nowhere "SELECT * FROM ar.check_ledger()" 2>/dev/null)" "# psql ended with 2"
is "the books are sound" "$(sql simulation "SELECT * FROM ar.check_ledger() LIMIT 5")" ""

note "$(psql -Xq -d simulation -P border=0 -P footer=off <<'TOTALS'
SELECT count(*) FILTER (WHERE is_run) AS runs, sum(raised) AS raised, sum(notices) AS notices, sum(leaps) AS leaps,
       round(sum(run_ms) / 1000, 1) AS run_s, round(max(run_ms)) AS slowest_run_ms, round(sum(run_ms) / nullif(sum(notices), 0), 2) AS ms_a_notice,
       round(sum(expect_ms) / 1000, 1) AS recomputation_s FROM sim.day;
SELECT kind, count(*) AS documents, sum(amount) AS amount, count(*) FILTER (WHERE reverses_document_id IS NOT NULL) AS reversals
FROM receivables.document GROUP BY kind ORDER BY kind;
SELECT x.level, count(*) AS items, sum(x.dunned_amount) AS asked_for FROM receivables.dunning_notice_item AS x GROUP BY x.level ORDER BY x.level;
SELECT reason, count(*) AS passed_over FROM receivables.dunning_skip GROUP BY reason ORDER BY reason;
SELECT verdict, count(*) AS promises FROM sim.verdict GROUP BY verdict ORDER BY verdict;
SELECT status, count(*) AS disputes FROM receivables.dispute GROUP BY status ORDER BY status;
SELECT status, count(*) AS messages FROM receivables.message GROUP BY status ORDER BY status;
SELECT task_kind, status, count(*) AS tasks FROM receivables.collection_task GROUP BY task_kind, status ORDER BY task_kind, status;
TOTALS
)"
done_testing
