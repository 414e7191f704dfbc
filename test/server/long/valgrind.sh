#!/bin/bash
# The C code under valgrind: no read or write out of bounds, no branch on what
# was never set. In kernel.sql, in binary input that was tampered with, in calls
# with hostile arguments, and in the pgTAP files of what works on books in C.
. "$(dirname "$0")/../tap.sh"
command -v valgrind >/dev/null || { echo "1..0 # SKIP no valgrind here"; exit; }
start_cluster

MUTATIONS=${AR_TEST_MUTATIONS:-300}
CALLS=${AR_TEST_CALLS:-10}
FILES=${AR_TEST_FILES:-97_settle_match 122_validation}
TYPES='aging payment_behavior delay_curve score_sample'
createdb kernel
export PGDATABASE=kernel
psql -XAtq -v ON_ERROR_STOP=1 -f test/server/genuine.sql -f test/server/arguments.sql -c "SELECT ar.create_ledger()" >/dev/null
for type in $TYPES; do
    mkdir "$CLUSTER/$type"
    psql -XAtq -v ON_ERROR_STOP=1 -c "\\copy genuine.$type TO '$CLUSTER/$type/genuine' (FORMAT binary)" \
        -c "CREATE TABLE mutated_$type (LIKE genuine.$type)"
    perl test/server/mutate.pl "$CLUSTER/$type/genuine" "$MUTATIONS" 2 "$CLUSTER/$type"
done
psql -XAtq -c "SELECT setseed(0.75)" -c "SELECT arguments.call(f.function, n) || ';' FROM generate_series(1, $CALLS) AS n, arguments.function AS f" |
    sed 1d >"$CLUSTER/calls.sql"
for file in $FILES; do createdb "$file" && sql "$file" "CREATE EXTENSION pgtap; CREATE EXTENSION ar"; done

# From here on the server is in valgrind; each of its processes writes a log.
as_server_user "$BINDIR/pg_ctl" -D "$CLUSTER/data" -m fast -w stop >/dev/null
as_server_user mkdir "$CLUSTER/valgrind"
as_server_user valgrind --quiet --error-limit=no --num-callers=30 --log-file="$CLUSTER/valgrind/%p" \
    "$BINDIR/postgres" -D "$CLUSTER/data" -c autovacuum=off -c shared_buffers=64MB -c jit=off \
    -c authentication_timeout=600 -c log_min_messages=log </dev/null >"$CLUSTER/log" 2>&1 &

for n in $(seq 600); do pg_isready -q && break; sleep 0.2; done
works "the server starts in valgrind" pg_isready
postmaster=$(cluster_postmaster)

psql -XAt -v VERBOSITY=sqlstate -f test/server/long/kernel.sql >"$CLUSTER/answers" 2>"$CLUSTER/errors"
is "of the statements of the kernel, those failed that are to" "$(grep -c 'ERROR: ' "$CLUSTER/errors")" 12
note "$(sed -n 's/.*ERROR: *//p' "$CLUSTER/errors" | sort | uniq -c | tr -s ' ' | tr '\n' ',')"

for type in $TYPES; do
    for n in $(seq "$MUTATIONS"); do echo "\\copy mutated_$type FROM '$CLUSTER/$type/$n' (FORMAT binary)"; done
    echo "SELECT 'through ' || (count(value::text) > 0) FROM mutated_$type;"
done >"$CLUSTER/mutations.sql"
is "binary input of each type is refused or taken" "$(psql -XAtq -f "$CLUSTER/mutations.sql" 2>/dev/null | uniq -c | tr -s ' ')" " 4 through true"

psql -XAtq -v VERBOSITY=sqlstate -f "$CLUSTER/calls.sql" >"$CLUSTER/outcome" 2>&1
is "hostile arguments are refused or taken" "$(grep -vc '^took \|ERROR:  [0-9A-Z]\{5\}$' "$CLUSTER/outcome")" 0

for file in $FILES; do
    works "$file passes" pg_prove --quiet --dbname "$file" "test/pgtap/$file.sql"
done

is "the server lived through it" "$(cluster_postmaster) $(grep -c 'terminated by signal' "$CLUSTER/log")" "$postmaster 0"
as_server_user "$BINDIR/pg_ctl" -D "$CLUSTER/data" -m fast -w -t 300 stop >/dev/null
sources=$(cd src && echo *.c | tr ' ' '|')
cat "$CLUSTER/valgrind"/* >"$CLUSTER/valgrind.log"
ours="[(](in .*/ar\\.so|($sources):)"
is "valgrind has nothing to say of our code" "$(grep -E "$ours" "$CLUSTER/valgrind.log" | sort | uniq -c)" ""
note "$(grep -E -B 12 -A 3 "$ours" "$CLUSTER/valgrind.log" | head -n 100)"

done_testing
