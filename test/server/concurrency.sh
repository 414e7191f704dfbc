#!/bin/bash
# Many clients apply, credit and reverse the same few items at once: no item ever has
# more applied than it is worth, and nobody meets any error but a refusal or, where
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

done_testing
