#!/bin/bash
# The server, or a single process of it, is killed while clients post, again and
# again: the books stay sound, and what a client was told is committed is there.
. "$(dirname "$0")/tap.sh"
start_cluster

ROUNDS=${AR_TEST_ROUNDS:-30}
CLIENTS=8
RANDOM=1
sql postgres "CREATE EXTENSION ar; SELECT ar.create_ledger()" >/dev/null
psql -XAtq -v ON_ERROR_STOP=1 -f test/server/load.sql >/dev/null
sql postgres "CREATE TABLE load.acknowledged (number text)"
cat >"$CLUSTER/post.sql" <<'SCRIPT'
\set step :step + 1
\set luck random(0, 100000)
SELECT load.post('R' || :round || 'C' || :client_id, :step, :luck);
SCRIPT

# Every transaction posts an invoice, a payment and an application of it.
torn="SELECT coalesce(i.reference, p.document_number)
      FROM (SELECT * FROM receivables.document WHERE kind = 'invoice' AND reverses_document_id IS NULL) AS i
      FULL JOIN (SELECT * FROM receivables.document WHERE kind = 'payment' AND reverses_document_id IS NULL) AS p
           ON p.company_id = i.company_id AND p.document_number = i.reference
      WHERE p.document_id IS NULL OR i.document_id IS NULL OR NOT EXISTS (
            SELECT FROM receivables.application AS a
            JOIN receivables.item AS d ON d.company_id = a.company_id AND d.item_id = a.debit_item_id
            JOIN receivables.item AS c ON c.company_id = a.company_id AND c.item_id = a.credit_item_id
            WHERE a.company_id = 1 AND d.document_id = i.document_id AND c.document_id = p.document_id
              AND a.amount = 50)"
# Numbers in a series run from 1 on, and invoices stay within their contract.
kept="SELECT 'series has a gap', series_period FROM receivables.document WHERE series IS NOT NULL
      GROUP BY series, series_period HAVING min(series_number) <> 1 OR max(series_number) <> count(*)
      UNION ALL
      SELECT 'contract exceeded', contract_number FROM receivables.contract WHERE invoiced_amount > amount"

# Kills one process of the server, a client's or another; the server then starts anew by itself.
kill_one() {
    local process
    process=$(sql postgres "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() ORDER BY random() LIMIT 1")
    kill -KILL "$process"
}

# Waits until the server lets clients in.
await_server() {
    local tries
    for tries in $(seq 600); do
        sql postgres "SELECT" >/dev/null 2>&1 && return 0
        sleep 0.1
    done
    return 1
}

acknowledged=0
for round in $(seq "$ROUNDS"); do
    pgbench -n -c $CLIENTS -j 2 -T 60 -l --log-prefix="$CLUSTER/round$round" -D round="$round" -D step=0 \
        --max-tries=0 -f "$CLUSTER/post.sql" >"$CLUSTER/pgbench.log" 2>&1 &
    pgbench=$!
    sleep "$(printf '0.%03d' $((300 + RANDOM % 700)))"
    # Every other time a single process.
    if [ $((round % 2)) = 0 ]; then kill_one; else cluster_kill; fi
    wait $pgbench
    # Each line of the log is a transaction that the client knows to be committed, numbered in order.
    cat "$CLUSTER/round$round".* 2>/dev/null | awk -v r="$round" '{ n[$1]++ } END {
        for (c in n) for (s = 1; s <= n[c]; s++) print "R" r "C" c "/" s }' >"$CLUSTER/acknowledged"
    acknowledged=$((acknowledged + $(wc -l <"$CLUSTER/acknowledged")))

    if [ $((round % 2)) = 0 ]; then await_server; else cluster_launch; fi || { ok 1 "round $round: the server comes back"; break; }
    sql postgres "\\copy load.acknowledged FROM '$CLUSTER/acknowledged'"
    found=$(sql postgres "SELECT * FROM ar.check_ledger()
                          UNION ALL SELECT NULL, 'torn transaction', n, NULL FROM ($torn) AS t (n)
                          UNION ALL SELECT NULL, what, which, NULL FROM ($kept) AS k (what, which)
                          UNION ALL SELECT NULL, 'acknowledged, but lost', number, NULL FROM load.acknowledged
                          WHERE number NOT IN (SELECT document_number FROM receivables.document WHERE kind = 'payment')" 2>&1)
    is "round $round: books sound, nothing lost" "$found" ""
done

is "every acknowledged transaction was looked for" "$(sql postgres "SELECT count(*) FROM load.acknowledged")" "$acknowledged"
note "$acknowledged acknowledged, $(sql postgres "SELECT count(*) FROM receivables.document WHERE kind = 'invoice'") committed in $ROUNDS rounds"
works "there were some" test "$acknowledged" -gt 0
is "applications, and reversals among them, were in play" "$(sql postgres "
    SELECT count(*) > 0, count(reverses_application_id) > 0 FROM receivables.application")" "t|t"
is "series, contracts, currencies, credit notes and reversals of documents were in play" "$(sql postgres "
    SELECT count(series) > 0, count(contract_id) > 0, count(*) FILTER (WHERE kind = 'exchange_difference') > 0,
           count(*) FILTER (WHERE kind = 'credit_note') > 0, count(*) FILTER (WHERE reverses_document_id IS NOT NULL) > 0
    FROM receivables.document")" "t|t|t|t|t"

done_testing
