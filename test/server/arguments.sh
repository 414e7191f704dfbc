#!/bin/bash
# Every C function that SQL can call, with ordinary and with hostile arguments:
# an answer or an error of the user's, never one of ours, none that does not end.
. "$(dirname "$0")/tap.sh"
start_cluster

CALLS=60
[ -z "${AR_TEST_LONG:-}" ] || CALLS=500
CALLS=${AR_TEST_CALLS:-$CALLS}
psql -XAtq -v ON_ERROR_STOP=1 -f test/server/genuine.sql -f test/server/arguments.sql -c "SELECT ar.create_ledger()" >/dev/null
psql -XAtq -v ON_ERROR_STOP=1 -f test/server/small_book.sql >/dev/null
{
    echo "SELECT pg_backend_pid() AS backend \\gset"
    echo "SET statement_timeout = '${AR_TEST_TIMEOUT:-30s}';"
    echo "\\set VERBOSITY sqlstate"
    psql -XAtq -c "SELECT setseed(0.25)" -c "SELECT arguments.call(f.function, n) || ';' FROM generate_series(1, $CALLS) AS n, arguments.function AS f" | sed 1d
    echo "SELECT 'same backend ' || (pg_backend_pid() = :backend);"
} >"$CLUSTER/calls.sql"

postmaster=$(cluster_postmaster)
psql -XAtq -f "$CLUSTER/calls.sql" 2>&1 | sed 's/^psql:.*ERROR: *//' >"$CLUSTER/outcome"
is "the server and the session lived through it" \
    "$(cluster_postmaster) $(tail -n 1 "$CLUSTER/outcome") $(grep -c 'terminated by signal' "$CLUSTER/log")" "$postmaster same backend true 0"
is "each call took or refused its arguments" "$(grep -c '^took \|^[0-9A-Z]\{5\}$' "$CLUSTER/outcome")" \
    "$(sql postgres "SELECT $CALLS * count(*) FROM arguments.function")"
is "refused with an error of the user's" "$(grep '^[0-9A-Z]\{5\}$' "$CLUSTER/outcome" | grep -v '^2\|^P0002$\|^54000$\|^55000$\|^42809$' | sort | uniq -c)" ""
is "each function took something" "$(sql postgres "SELECT 'took ' || function FROM arguments.function WHERE NOT is_part" | grep -vxF -f <(sed -n 's/|.*//p' "$CLUSTER/outcome"))" ""
note "$(sed 's/^took .*/took/' "$CLUSTER/outcome" | sort | uniq -c | tr -s ' ' | tr '\n' ',')"
# What a server says that was built with a sanitizer is looked for, too.
is "the server had nothing to complain of" "$(grep -A 1 'terminated by signal\|runtime error\|AddressSanitizer\|TRAP:' "$CLUSTER/log" | cut -c 1-2000 | head -n 40)" ""
note "$(grep -A 1 'statement timeout' "$CLUSTER/log" | cut -c 1-1000)"

done_testing
