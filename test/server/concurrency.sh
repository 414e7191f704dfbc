#!/bin/bash
# Many clients apply, credit and reverse the same few items at once, then load bank
# statements, propose and settle what is in them: no item ever has more applied than it is
# worth, no bank line is posted twice, and nobody meets any error but a refusal or, where
# snapshots or locks do not allow it, the request to try again.
. "$(dirname "$0")/tap.sh"
start_cluster

DURATION=5
[ -z "${AR_TEST_LONG:-}" ] || DURATION=60
sql postgres "CREATE EXTENSION ar; SELECT ar.create_ledger()" >/dev/null
psql -XAtq -v ON_ERROR_STOP=1 -f test/server/load.sql >/dev/null
sql postgres "
    SELECT ar.post_invoice(1, 'K1', 'I' || n, '2026-01-01', '2026-01-31', 200) FROM generate_series(1, 10) AS n;
    SELECT ar.post_payment(1, 'K1', 'P' || n, '2026-02-01', 250) FROM generate_series(1, 10) AS n" >/dev/null
cat >"$CLUSTER/contend.sql" <<'SCRIPT'
\set luck random(0, 1000000)
SELECT load.contend(:luck);
SCRIPT
works "no client meets an error" pgbench -n -c 8 -j 2 -T $DURATION --random-seed=1 -f "$CLUSTER/contend.sql"
works "nor with snapshots of its own" env PGOPTIONS='-c default_transaction_isolation=repeatable\ read' \
    pgbench -n -c 8 -j 2 -T $DURATION --random-seed=2 -f "$CLUSTER/contend.sql"

is "the books are sound" "$(sql postgres "SELECT * FROM ar.check_ledger()")" ""
is "no item has more applied than its amount" "$(sql postgres "
    SELECT i.item_id FROM receivables.item AS i JOIN receivables.application AS a
        ON a.company_id = i.company_id AND i.item_id IN (a.debit_item_id, a.credit_item_id)
    GROUP BY i.company_id, i.item_id HAVING sum(a.amount) NOT BETWEEN 0 AND abs(i.amount)")" ""
is "no application was reversed twice" "$(sql postgres "
    SELECT reverses_application_id FROM receivables.application WHERE reverses_application_id IS NOT NULL
    GROUP BY 1 HAVING count(*) > 1")" ""
is "the balance is what was billed less what was paid" "$(sql postgres "
    SELECT sum(open_amount) = sum(amount) FROM receivables.item")" t
is "some applied, credited, paid, reversed and undone" "$(sql postgres "
    SELECT string_agg(DISTINCT said, ',' ORDER BY said) FROM load.outcome WHERE sqlstate = '00000'")" "applied,credited,paid,reversed,undone"
is "no invoice is credited beyond its amount" "$(sql postgres "
    SELECT i.document_number FROM receivables.document AS i
    JOIN receivables.document AS c ON c.company_id = i.company_id AND c.source_document_id = i.document_id AND c.kind = 'credit_note'
    GROUP BY i.company_id, i.document_id HAVING sum(c.amount) > i.amount")" ""
is "others were refused, or told to try again" "$(sql postgres "
    SELECT bool_or(sqlstate = '23514') AND bool_or(sqlstate = '40001') FROM load.outcome")" t
note "$(sql postgres "SELECT sqlstate, count(*) FROM load.outcome GROUP BY 1 ORDER BY 1")"

# Cash application on top of it
sql postgres "TRUNCATE load.outcome;
    SELECT ar.post_invoice(1, 'K1', 'INV-000' || n, '2026-01-01', '2026-01-31', 200) FROM generate_series(1, 9) AS n" >/dev/null
cat >"$CLUSTER/match.sql" <<'SCRIPT'
\set luck random(0, 1000000)
SELECT load.match(:luck);
SCRIPT
works "no client that matches meets an error" pgbench -n -c 8 -j 2 -T $((2 * DURATION)) --random-seed=3 -f "$CLUSTER/match.sql"
is "nor waits in a circle" "$(sql postgres "SELECT said FROM load.outcome WHERE sqlstate = '40P01'")" ""
works "nor with snapshots of its own, matching" env PGOPTIONS='-c default_transaction_isolation=repeatable\ read' \
    pgbench -n -c 8 -j 2 -T $DURATION --random-seed=4 -f "$CLUSTER/match.sql"
is "the books are sound after it" "$(sql postgres "SELECT * FROM ar.check_ledger()")" ""
is "no statement was loaded twice" "$(sql postgres "
    SELECT statement_number FROM receivables.bank_statement GROUP BY 1 HAVING count(*) > 1")" ""
is "bank lines have open what was not posted from them" "$(sql postgres "
    SELECT l.bank_line_id FROM receivables.bank_line AS l LEFT JOIN receivables.document AS d USING (company_id, bank_line_id)
    GROUP BY l.bank_line_id, l.amount, l.open_amount HAVING l.open_amount <> l.amount - coalesce(sum(d.amount), 0) OR l.open_amount < 0")" ""
is "what was settled once has one set of applications" "$(sql postgres "
    SELECT p.match_proposal_id FROM receivables.match_proposal AS p
    JOIN receivables.match_proposal_line AS l USING (company_id, match_proposal_id)
    WHERE p.status IN ('accepted', 'applied_automatically') AND l.purpose = 'application'
    GROUP BY p.match_proposal_id
    HAVING sum(l.amount) FILTER (WHERE l.amount > 0) <> (SELECT sum(a.amount) FROM receivables.application AS a
                             WHERE a.match_proposal_id = p.match_proposal_id AND a.reverses_application_id IS NULL)")" ""
is "all of it was done" "$(sql postgres "
    SELECT string_agg(DISTINCT said, ',' ORDER BY said) FROM load.outcome WHERE sqlstate = '00000' AND said <> 'nothing to do'")" \
    "accepted,bounced,by hand,loaded,posted,proposed,put aside,rejected,settled,undone"
note "$(sql postgres "SELECT sqlstate, count(*) FROM load.outcome GROUP BY 1 ORDER BY 1")"

done_testing
