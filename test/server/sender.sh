#!/bin/bash
# The sample sender: what is claimed is sent once, what fails is tried again,
# and what a sender had when it died is sent by another.
. "$(dirname "$0")/tap.sh"
start_cluster
createdb sender
export PGDATABASE=sender MAIL_FROM=ar@example.com
sql sender "CREATE EXTENSION ar; SELECT ar.create_ledger(); SELECT ar.create_company('A', 'A', 'EUR')" >/dev/null
fill() {
    sql sender "INSERT INTO receivables.message (company_id, audience, channel, recipient, subject, body)
                SELECT 1, 'customer', 'email', 'c' || n || '@example.com', E'Rechnung \u00fcberf\u00e4llig ' || n, E'Guten Tag,\n\n' || n || E' \u20ac\n'
                FROM generate_series($1, $2) AS n"
}

# A mailer that keeps what it is given, and one that does not take it.
mkdir "$CLUSTER/out"
cat >"$CLUSTER/mailer" <<'MAILER'
#!/bin/bash
mail=$(mktemp "$(dirname "$0")/out/XXXXXX")
cat >"$mail"
MAILER
printf '#!/bin/bash\ncat >/dev/null\necho "mailbox full" >&2\nexit 75\n' >"$CLUSTER/refuser"
chmod +x "$CLUSTER/mailer" "$CLUSTER/refuser"

fill 1 30
SENDMAIL=$CLUSTER/refuser works "the sender runs where nothing is taken" bash doc/mail-sender.sh once
is "and tells why" "$(sql sender "SELECT DISTINCT status || ' ' || attempts || ' ' || last_error FROM receivables.message")" "queued 1 mailbox full"
sql sender "UPDATE receivables.message SET not_before = '-infinity'"
for i in 1 2 3 4 5 6 7 8; do SENDMAIL=$CLUSTER/mailer bash doc/mail-sender.sh once & done
wait
is "eight senders send each once" "$(ls "$CLUSTER/out" | wc -l)|$(sql sender "SELECT string_agg(DISTINCT status, ',') FROM receivables.message")" "30|sent"
is "to whom it goes" "$(cat "$CLUSTER"/out/* | sed -n 's/^To: //p' | sort -u | wc -l)" 30
is "with an id of its own" "$(cat "$CLUSTER"/out/* | grep -c '^Message-ID: <ar\.1\.[0-9]*@example\.com>$')" 30
mail=$(grep -l '^To: c7@example.com$' "$CLUSTER"/out/*)
is "the subject" "$(sed -n 's/^Subject: =?UTF-8?B?\(.*\)?=$/\1/p' "$mail" | base64 -d)" "Rechnung überfällig 7"
is "the text" "$(sed '1,/^$/d' "$mail" | base64 -d)" "$(printf 'Guten Tag,\n\n7 \u20ac')"

# A sender that dies between claim and report.
fill 31 40
rm -f "$CLUSTER"/out/*
printf '#!/bin/bash\ncat >/dev/null\nkill -9 -- "-$(cut -d " " -f 5 /proc/$$/stat)"\n' >"$CLUSTER/killer"
chmod +x "$CLUSTER/killer"
SENDMAIL=$CLUSTER/killer setsid bash doc/mail-sender.sh once >/dev/null 2>&1
is "what a dead sender had is claimed still" "$(sql sender "SELECT count(*) FROM receivables.message WHERE status = 'claimed'")" 10
SENDMAIL=$CLUSTER/mailer bash doc/mail-sender.sh once
is "nobody else gets it before the claim runs out" "$(ls "$CLUSTER/out" | wc -l)" 0
sql sender "UPDATE receivables.message SET claim_expires_at = clock_timestamp() WHERE status = 'claimed'"
SENDMAIL=$CLUSTER/mailer bash doc/mail-sender.sh once
is "then each is sent" "$(ls "$CLUSTER/out" | wc -l)|$(sql sender "SELECT string_agg(DISTINCT status || ' ' || attempts, ',') FROM receivables.message WHERE attempts <> 2 OR recipient >= 'c31'")" "10|sent 2"
done_testing
