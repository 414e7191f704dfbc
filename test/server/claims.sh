#!/bin/bash
# Messages and those who claim them: new ones announce themselves; eight senders at once
# never have the same one; what a sender had that died, goes to another.
. "$(dirname "$0")/tap.sh"
start_cluster
createdb claims
export PGDATABASE=claims
sql claims "CREATE EXTENSION ar; SELECT ar.create_ledger(); SELECT ar.create_company('A', 'A', 'EUR')" >/dev/null
fill() {
    sql claims "INSERT INTO receivables.message (company_id, audience, channel, recipient, subject, body)
                SELECT 1, 'customer', '$1', 'c' || n || '@example.com', 'subject', 'text' FROM generate_series(1, $2) AS n"
}

# What somebody who listens is told of some statements: channel by channel.
mkfifo "$CLUSTER/listener"
psql -XAtq -d claims <"$CLUSTER/listener" >"$CLUSTER/heard" 2>&1 &
exec 3>"$CLUSTER/listener"
# It hears with each command what was told before.
answered() {
    local tries
    echo "SELECT 'listens'; SELECT 'answer $1';" >&3
    for tries in $(seq 600); do grep -q "^answer $1$" "$CLUSTER/heard" && return; sleep 0.1; done
    return 1
}
echo "LISTEN ar_message;" >&3
works "somebody listens" answered 1
heard() {
    local asked
    asked=$(grep -c '^answer ' "$CLUSTER/heard")
    sql claims "$1" >/dev/null
    answered $((asked + 1)) || echo "no answer"
    sed "1,/^answer $asked$/d" "$CLUSTER/heard" | sed -n 's/^Asynchronous notification "ar_message" with payload "\([a-z]*\)" .*/\1/p' | sort | paste -sd ' '
}
is "new messages announce themselves, each channel once" "$(heard "
    INSERT INTO receivables.message (company_id, audience, channel, recipient, body)
    SELECT 1, 'customer', c, 'x', 'text' FROM unnest('{email,email,sms}'::text[]) AS c")" "email sms"
is "what is claimed and sent does not" "$(heard "SELECT ar.message_sent(1, m.message_id) FROM ar.claim_messages('sms') AS m")" ""
is "nor what failed and waits" "$(heard "SELECT ar.message_failed(1, m.message_id, 'full') FROM ar.claim_messages('email', 1) AS m")" ""
is "but what failed and is to be tried at once" "$(heard "SELECT ar.message_failed(1, m.message_id, 'full', interval '0') FROM ar.claim_messages('email', 1) AS m")" "email"
is "not what is dead" "$(heard "SELECT ar.message_failed(1, m.message_id, 'full', max_attempts => 1) FROM ar.claim_messages('email', 1) AS m")" ""
is "until it is queued again" "$(heard "SELECT ar.requeue_message(1, m.message_id) FROM receivables.message AS m WHERE m.status = 'dead'")" "email"
# What a payment cancelled goes on when it is taken back.
is "a reminder announces itself" "$(heard "
    SELECT ar.add_standard_dunning_policy(1);
    UPDATE receivables.company SET dunning_policy = 'standard';
    INSERT INTO receivables.customer (company_id, customer_id, customer_number, name) VALUES (1, 1, 'C', 'C');
    INSERT INTO receivables.customer_contact (company_id, customer_id, name, email) VALUES (1, 1, 'C', 'c@example.com');
    SELECT ar.post_invoice(1, 'C', 'I', '2026-01-01', '2026-01-31', 100);
    SELECT ar.run_dunning(1, '2026-02-15')")" "email"
is "not so its end" "$(heard "SELECT ar.post_payment(1, 'C', 'P', '2026-02-16', 100, '[{\"invoice_number\": \"I\", \"amount\": 100}]')")" ""
is "but that it is to be sent after all" "$(heard "SELECT ar.reverse_document(1, document_id, '2026-02-17', 'returned') FROM receivables.document WHERE document_number = 'P'")" "email"
exec 3>&-

# Eight senders at once, some at a time, of which every fifth fails and is tried again.
sql claims "UPDATE receivables.message SET status = 'cancelled' WHERE status <> 'sent';
            CREATE TABLE public.claim (message_id bigint, sender integer, attempt integer, claimed_at timestamptz DEFAULT clock_timestamp(),
                                       reported_at timestamptz, outcome text, is_told boolean NOT NULL DEFAULT false);
            CREATE INDEX ON public.claim (sender) WHERE NOT is_told"
fill email 2000
cat >"$CLUSTER/claim.sql" <<'SCRIPT'
\set some random(1, 5)
INSERT INTO public.claim (message_id, sender, attempt) SELECT m.message_id, :client_id, m.attempt FROM ar.claim_messages('email', :some, 'sender ' || :client_id) AS m;
UPDATE public.claim SET reported_at = clock_timestamp(), outcome = CASE WHEN random() < 0.2 THEN 'failed' ELSE 'sent' END WHERE sender = :client_id AND NOT is_told;
WITH told AS (UPDATE public.claim SET is_told = true WHERE sender = :client_id AND NOT is_told RETURNING message_id, outcome) SELECT count(CASE outcome WHEN 'sent' THEN ar.message_sent(1, message_id)::text ELSE ar.message_failed(1, message_id, 'full', interval '0', 1000) END) FROM told;
SCRIPT
waiting() {
    sql claims "SELECT count(*) FROM receivables.message WHERE channel = 'email' AND status IN ('queued', 'claimed')"
}
for round in $(seq 50); do
    pgbench -n -c 8 -j 2 -t 50 -f "$CLUSTER/claim.sql" >"$CLUSTER/pgbench.log" 2>&1 || break
    [ "$(waiting)" != 0 ] || break
done
is "no sender met an error, and nothing waits any more" "$(grep -c 'ERROR\|aborted' "$CLUSTER/pgbench.log")|$(waiting)" "0|0"
is "each message was sent, by one sender" "$(sql claims "SELECT count(*), count(DISTINCT message_id) FROM public.claim WHERE outcome = 'sent'")" "2000|2000"
is "each was with one sender at a time" "$(sql claims "
    SELECT count(*) FROM public.claim AS a JOIN public.claim AS b
        ON b.message_id = a.message_id AND b.ctid <> a.ctid AND b.claimed_at >= a.claimed_at AND b.claimed_at <= a.reported_at")" 0
is "each claim was counted" "$(sql claims "
    SELECT count(*) FROM receivables.message AS m
    WHERE m.channel = 'email' AND m.status = 'sent' AND m.attempts <> (SELECT count(*) FROM public.claim AS c WHERE c.message_id = m.message_id)")" 0
is "all eight had some, and some had failed" "$(sql claims "SELECT count(DISTINCT sender), count(*) FILTER (WHERE outcome = 'failed') > 0 FROM public.claim")" "8|t"

# A server that dies between claim and report, and its sender with it.
fill letter 4
claimed=$(sql claims "SELECT string_agg(m.message_id::text, ' ' ORDER BY m.message_id) FROM ar.claim_messages('letter', 3, 'dead', interval '1 hour') AS m")
cluster_kill
cluster_launch
is "what was claimed is claimed still" "$(sql claims "SELECT string_agg(message_id::text, ' ' ORDER BY message_id) FROM receivables.message WHERE status = 'claimed' AND claimed_by = 'dead'")" "$claimed"
is "another sender gets the one that is left" "$(sql claims "SELECT count(*) FROM ar.claim_messages('letter', 9, 'other') AS m WHERE m.message_id::text <> ALL (string_to_array('$claimed', ' '))")" 1
is "and nothing else" "$(sql claims "SELECT count(*) FROM ar.claim_messages('letter', 9, 'other')")" 0
sql claims "UPDATE receivables.message SET claim_expires_at = clock_timestamp() WHERE claimed_by = 'dead'"
is "once the lease is over, the same, for the second time" "$(sql claims "SELECT string_agg(m.message_id::text, ' ' ORDER BY m.message_id), min(m.attempt), max(m.attempt) FROM ar.claim_messages('letter', 9, 'other') AS m")" "$claimed|2|2"
# A lease that ends by itself, of a sender that was killed.
fill webhook 1
psql -XAtq -d claims -c "SELECT m.message_id FROM ar.claim_messages('webhook', 1, 'killed', interval '1 second') AS m" -c "SELECT pg_sleep(600)" >"$CLUSTER/killed" 2>/dev/null &
sender=$!
disown
for tries in $(seq 100); do [ -s "$CLUSTER/killed" ] || [ "$(sql claims "SELECT count(*) FROM receivables.message WHERE claimed_by = 'killed'")" = 1 ] && break; sleep 0.1; done
kill -9 $sender
message=$(sql claims "SELECT message_id FROM receivables.message WHERE channel = 'webhook'")
sleep 1.1
is "when a lease ends, its message is handed out again" "$(sql claims "SELECT m.message_id, m.attempt FROM ar.claim_messages('webhook', 9, 'other') AS m")" "$message|2"
is "whoever sends it may say so, whoever had it before" "$(sql claims "SELECT ar.message_sent(1, $message)")$(sql claims "SELECT ar.message_sent(1, $message)")" "tf"
done_testing
