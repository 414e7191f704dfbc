#!/bin/bash
# The server is killed while clients post, again and again: the books stay
# sound, and what a client was told is committed is there.
. "$(dirname "$0")/tap.sh"
start_cluster

ROUNDS=${AR_TEST_ROUNDS:-30}
CLIENTS=4
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
torn="SELECT i.document_number FROM receivables.document AS i
      FULL JOIN receivables.document AS p ON p.company_id = i.company_id AND p.document_number = i.document_number
           AND p.kind = 'payment' AND i.kind = 'invoice'
      WHERE (i.kind IS NULL OR i.kind = 'invoice') AND (p.kind IS NULL OR p.kind = 'payment')
        AND (p.document_id IS NULL OR i.document_id IS NULL OR NOT EXISTS (
             SELECT FROM receivables.application AS a
             JOIN receivables.item AS d ON d.company_id = a.company_id AND d.item_id = a.debit_item_id
             JOIN receivables.item AS c ON c.company_id = a.company_id AND c.item_id = a.credit_item_id
             WHERE a.company_id = 1 AND d.document_id = i.document_id AND c.document_id = p.document_id
               AND a.amount = 50))"

acknowledged=0
for round in $(seq "$ROUNDS"); do
    pgbench -n -c $CLIENTS -j 2 -T 60 -l --log-prefix="$CLUSTER/round$round" -D round="$round" -D step=0 \
        -f "$CLUSTER/post.sql" >"$CLUSTER/pgbench.log" 2>&1 &
    pgbench=$!
    sleep "$(printf '0.%03d' $((300 + RANDOM % 700)))"
    cluster_kill
    wait $pgbench
    # Each line of the log is a transaction that the client knows to be committed, numbered in order.
    cat "$CLUSTER/round$round".* 2>/dev/null | awk -v r="$round" '{ n[$1]++ } END {
        for (c in n) for (s = 1; s <= n[c]; s++) print "R" r "C" c "/" s }' >"$CLUSTER/acknowledged"
    acknowledged=$((acknowledged + $(wc -l <"$CLUSTER/acknowledged")))

    cluster_launch || { ok 1 "round $round: the server comes back"; break; }
    sql postgres "\\copy load.acknowledged FROM '$CLUSTER/acknowledged'"
    found=$(sql postgres "SELECT * FROM ar.check_ledger()
                          UNION ALL SELECT NULL, 'torn transaction', n, NULL FROM ($torn) AS t (n)
                          UNION ALL SELECT NULL, 'acknowledged, but lost', number, NULL FROM load.acknowledged
                          WHERE number NOT IN (SELECT document_number FROM receivables.document WHERE kind = 'payment')" 2>&1)
    is "round $round: books sound, nothing lost" "$found" ""
done

is "every acknowledged transaction was looked for" "$(sql postgres "SELECT count(*) FROM load.acknowledged")" "$acknowledged"
note "$acknowledged acknowledged, $(sql postgres "SELECT count(*) FROM receivables.document WHERE kind = 'invoice'") committed in $ROUNDS rounds"
works "there were some" test "$acknowledged" -gt 0
is "applications, and reversals among them, were in play" "$(sql postgres "
    SELECT count(*) > 0, count(reverses_application_id) > 0 FROM receivables.application")" "t|t"

done_testing
