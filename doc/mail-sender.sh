#!/bin/bash
# Sends the e-mails that wait in the books: claims some, hands each to sendmail,
# tells the books what became of it. Any number of these may run at once.
#
#   MAIL_FROM=ar@example.com bash mail-sender.sh [once]
#
# The database is that of PGHOST, PGDATABASE and so on; SENDMAIL is the program
# that takes a message (default "/usr/sbin/sendmail -t -i"). Without "once" it
# looks again every ten seconds.
set -u
: "${MAIL_FROM:?the address that mails are from}"
SENDMAIL=${SENDMAIL:-/usr/sbin/sendmail -t -i}
# Stays the same however often a message is sent: its receiver sees one.
export PGOPTIONS="${PGOPTIONS:-} -c client_min_messages=warning"

sql() {
    psql -XAtq -v ON_ERROR_STOP=1 "$@"
}

# Company, message and the mail as sendmail takes it, in base64; one line each.
claim() {
    sql -v from="$MAIL_FROM" <<'SQL'
SELECT c.message_company_id, c.message_id,
       translate(encode(convert_to(format(
           E'From: %s\nTo: %s\nSubject: =?UTF-8?B?%s?=\nMessage-ID: <ar.%s.%s@%s>\nMIME-Version: 1.0\n'
           'Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: base64\n\n%s\n',
           :'from', c.recipient, translate(encode(convert_to(c.subject, 'UTF8'), 'base64'), E'\n', ''),
           c.message_company_id, c.message_id, split_part(:'from', '@', 2),
           encode(convert_to(c.body, 'UTF8'), 'base64')), 'UTF8'), 'base64'), E'\n', '')
FROM ar.claim_messages('email', 20, format('mail-sender %s', pg_backend_pid()), interval '5 minutes') AS c;
SQL
}

while true; do
    # Committed before anything is sent: who dies now has sent nothing, and the claim runs out.
    claimed=$(claim) || exit 1
    while IFS='|' read -r company message mail; do
        [ -n "$company" ] || continue
        if error=$(base64 -d <<<"$mail" | $SENDMAIL 2>&1); then
            sql -c "SELECT ar.message_sent($company, $message)" >/dev/null || exit 1
        else
            sql -v error="${error:-sendmail failed}" >/dev/null <<SQL || exit 1
SELECT ar.message_failed($company, $message, :'error');
SQL
        fi
    done <<<"$claimed"
    if [ -z "$claimed" ]; then
        [ "${1:-}" != once ] || exit 0
        sleep 10
    fi
done
