#!/bin/bash
# The version of code, library and books; code that meets books of another.
. "$(dirname "$0")/tap.sh"
start_cluster

default=$(sed -n "s/^default_version *= *'\(.*\)'/\1/p" ar.control)
sql postgres "CREATE ROLE owner LOGIN"
sql postgres "CREATE DATABASE books OWNER owner"
export PGUSER=owner
sql books "CREATE EXTENSION ar"
is "versions of control file, code, library and catalog agree" \
    "$(sql books "SELECT ar.version(), ar.library_version(), extversion FROM pg_extension WHERE extname = 'ar'")" \
    "$default|$default|$default"
is "META.json names the same version, of distribution and extension" "$(grep -c "\"version\": \"$default\"" META.json)" 2
refused "code without books says so" 55000 books "SELECT ar.create_company('C1', 'Example', 'EUR')"
is "there is no ledger version yet" "$(sql books "SELECT ar.ledger_version() IS NULL")" t
is "create_ledger returns its version" "$(sql books "SELECT ar.create_ledger()")" "$default"
is "the books have it" "$(sql books "SELECT ar.ledger_version()")" "$default"
psql -XAtq -v ON_ERROR_STOP=1 -d books -f test/server/small_book.sql >/dev/null

objects="SELECT count(*) FROM pg_depend WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'"
before=$(sql books "$objects")
works "ALTER EXTENSION ar UPDATE to the same version" sql books "ALTER EXTENSION ar UPDATE"
is "changes nothing" "$(sql books "$objects")" "$before"
works "upgrade_ledger to the same version" sql books "SELECT ar.upgrade_ledger()"
is "changes no version" "$(sql books "SELECT count(*) FROM receivables.ledger_version")" 1

sql books "UPDATE receivables.ledger_version SET version = '0.0.1'"
while read -r call; do
    refused "books of another version: ${call%%(*} is refused" 55000 books "SELECT $call"
    is "with a hint" "$(psql -XAtq -d books -c "SELECT $call" 2>&1 | grep -c '^HINT:.*upgrade_ledger')" 1
done <<'CALLS'
ar.create_company('C9', 'Other', 'EUR')
ar.import_rows(1, 'customer', '[{"customer_number": "K9", "name": "Nine"}]')
ar.import_table(1, 'customer', 'receivables.customer')
ar.check_rows(1, 'customer', '[{"customer_number": "K9", "name": "Nine"}]')
ar.check_table(1, 'customer', 'receivables.customer')
ar.post_invoice(1, 'K1', 'I9', '2026-01-10', '2026-02-09', 1)
ar.post_credit_note(1, 'K1', 'N9', '2026-01-10', 1)
ar.post_payment(1, 'K1', 'P9', '2026-01-10', 1)
ar.apply(1, 5, 2, 1)
ar.reverse_application(1, 1, '2026-05-01', 'test')
ar.check_ledger()
CALLS
refused "books that cannot be upgraded stay" 55000 books "SELECT ar.upgrade_ledger()"
sql books "UPDATE receivables.ledger_version SET version = '$default'"
is "nothing was written meanwhile" "$(sql books "SELECT * FROM ar.check_ledger()")" ""
is "no document either" "$(sql books "SELECT count(*) FROM receivables.document")" 6

done_testing
