#!/bin/bash
# Books that an owner without privileges dumps and restores, in every format,
# are the same afterwards, with all that the owner added to them.
. "$(dirname "$0")/tap.sh"
. test/server/state.sh
start_cluster

sql postgres "CREATE ROLE owner LOGIN; CREATE ROLE reader"
for db in books plain custom custom_jobs directory; do
    sql postgres "CREATE DATABASE $db OWNER owner"
done
export PGUSER=owner
sql books "CREATE EXTENSION ar; SELECT ar.create_ledger()" >/dev/null
works "the books are filled" psql -XAtq -v ON_ERROR_STOP=1 -d books -f test/server/book.sql
works "the owner adds to them" psql -XAtq -v ON_ERROR_STOP=1 -d books -f test/server/additions.sql
sql books "GRANT USAGE ON SCHEMA receivables TO reader; GRANT SELECT ON receivables.aging_summary TO reader"
is "the books are sound" "$(sql books "SELECT * FROM ar.check_ledger()")" ""
state books >"$CLUSTER/before"
is "the state is readable" "$(grep -c ERROR "$CLUSTER/before")" 0

works "pg_dump, plain" pg_dump -f "$CLUSTER/dump.sql" books
works "pg_dump, custom" pg_dump -Fc -f "$CLUSTER/dump.custom" books
works "pg_dump, directory, -j4" pg_dump -Fd -j4 -f "$CLUSTER/dump.directory" books

works "restore of plain" psql -Xq -v ON_ERROR_STOP=1 -d plain -f "$CLUSTER/dump.sql"
works "restore of custom" pg_restore --exit-on-error -d custom "$CLUSTER/dump.custom"
works "restore of custom, -j4" pg_restore --exit-on-error -j4 -d custom_jobs "$CLUSTER/dump.custom"
works "restore of directory, -j4" pg_restore --exit-on-error -j4 -d directory "$CLUSTER/dump.directory"

for db in plain custom custom_jobs directory; do
    state $db >"$CLUSTER/after"
    same "$db: rows, views at several dates, definitions as before" "$CLUSTER/before" "$CLUSTER/after"
    is "$db: the books are sound" "$(sql $db "SELECT * FROM ar.check_ledger()")" ""
    refused "$db: the owner's check holds" 23514 $db "UPDATE receivables.customer SET crm_id = 'x'"
    refused "$db: posted facts are guarded" 23001 $db "DELETE FROM receivables.application"
    works "$db: posting goes on with fresh identifiers" sql $db "
        SELECT ar.create_company('C3', 'Third', 'USD');
        SELECT ar.import_rows(1, 'customer', '[{\"customer_number\": \"K999\", \"name\": \"New\"}]');
        SELECT ar.post_invoice(1, 'K999', 'X1', '2026-03-01', '2026-03-31', 99.90);
        SELECT ar.post_payment(1, 'K999', 'X1', '2026-03-02', 99.90, '[{\"invoice_number\": \"X1\", \"amount\": 99.90}]')"
    refused "$db: no more is applied than is open" 23514 $db "
        SELECT ar.apply(1, p.item_id, i.item_id, 0.01) FROM receivables.payment AS p, receivables.invoice AS i
        WHERE p.payment_number = 'X1' AND i.invoice_number = 'X1'"
    is "$db: still sound" "$(sql $db "SELECT * FROM ar.check_ledger()")" ""
done

done_testing
