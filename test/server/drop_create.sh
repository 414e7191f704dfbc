#!/bin/bash
# The code can go and come back; the books stay.
. "$(dirname "$0")/tap.sh"
. test/server/state.sh
start_cluster

sql postgres "CREATE ROLE owner LOGIN"
sql postgres "CREATE DATABASE books OWNER owner"
export PGUSER=owner
sql books "CREATE EXTENSION ar; SELECT ar.create_ledger()" >/dev/null
works "the books are filled" psql -XAtq -v ON_ERROR_STOP=1 -d books -f test/server/book.sql
facts books >"$CLUSTER/facts"
state books >"$CLUSTER/state"
guards=$(sql books "SELECT count(*) FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
                    WHERE c.relnamespace = 'receivables'::regnamespace AND NOT t.tgisinternal")

refused "create_ledger a second time" 42P06 books "SELECT ar.create_ledger()"
refused "the extension is not dropped under the books" 2BP01 books "DROP EXTENSION ar"
works "unless with CASCADE" sql books "DROP EXTENSION ar CASCADE"
facts books >"$CLUSTER/facts.after"
# Ageings that were kept go with their type; they follow from the books.
sed -i '/^receivables.aging_snapshot|/d' "$CLUSTER/facts" "$CLUSTER/facts.after"
same "which leaves every table and row" "$CLUSTER/facts" "$CLUSTER/facts.after"
is "and no function of ar" "$(sql books "SELECT to_regnamespace('ar') IS NULL")" t

works "the extension comes back" sql books "CREATE EXTENSION ar"
refused "it makes no books over those there are" 42P06 books "SELECT ar.create_ledger()"
is "and says what to call" "$(psql -XAtq -d books -c "SELECT ar.create_ledger()" 2>&1 | sed -n 's/^HINT: *//p')" \
    "To bring books up to the code, SELECT ar.upgrade_ledger();"
is "ageings of snapshots were kept" "$(sql books "SELECT count(*) > 3 FROM receivables.aging_snapshot")" t
is "one of them from before a late entry" "$(sql books "
    SELECT count(*) FROM receivables.document AS d
    JOIN receivables.snapshot AS s ON s.company_id = d.company_id AND d.document_date <= s.as_of AND d.recorded_at > s.taken_at
    WHERE d.document_number = 'FE2' AND s.as_of = '2025-01-31'")" 1
is "it misses each guard" "$(sql books "
    SELECT count(*), count(DISTINCT invariant), min(invariant) FROM ar.check_ledger()")" \
    "$guards|1|guards are in place"
refused "it does not post into books without guards" 55000 books "
    BEGIN;
    SELECT ar.post_invoice(1, 'K1', 'unguarded', '2026-03-01', '2026-03-31', 10);
    ROLLBACK"
refused "nor apply" 55000 books "
    BEGIN;
    SELECT ar.apply(1, min(item_id) FILTER (WHERE amount < 0), min(item_id) FILTER (WHERE amount > 0), 1000000)
    FROM receivables.item WHERE company_id = 1 AND customer_id = 1;
    ROLLBACK"

works "upgrade_ledger puts guards and views back" sql books "SELECT ar.upgrade_ledger()"
is "the books are sound" "$(sql books "SELECT * FROM ar.check_ledger()")" ""
state books >"$CLUSTER/state.after"
same "rows, views at several dates and definitions are as before" "$CLUSTER/state" "$CLUSTER/state.after"
works "upgrade_ledger changes nothing more" sql books "SELECT ar.upgrade_ledger()"
state books >"$CLUSTER/state.after"
same "and leaves all as it is" "$CLUSTER/state" "$CLUSTER/state.after"
refused "guards guard again" 23001 books "UPDATE receivables.item SET open_amount = 0"
works "posting goes on" sql books "SELECT ar.post_invoice(1, 'K1', 'again', '2026-03-01', '2026-03-31', 10)"

done_testing
