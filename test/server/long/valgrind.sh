#!/bin/bash
# The C code under valgrind, in a single-user server: no read or write out of
# bounds, no branch on what was never set.
. "$(dirname "$0")/../tap.sh"
command -v valgrind >/dev/null || { echo "1..0 # SKIP no valgrind here"; exit; }
start_cluster

psql -XAtq -v ON_ERROR_STOP=1 -f test/server/genuine.sql
psql -XAtq -v ON_ERROR_STOP=1 -c "\\copy genuine TO '$CLUSTER/genuine' (FORMAT binary)" \
    -c "CREATE TABLE mutated (LIKE genuine)"
mkdir "$CLUSTER/mutations"
perl test/server/mutate.pl "$CLUSTER/genuine" 1000 2 "$CLUSTER/mutations"
as_server_user "$BINDIR/pg_ctl" -D "$CLUSTER/data" -m fast -w stop >/dev/null
{
    cat test/server/long/kernel.sql
    for n in $(seq 1000); do echo "COPY mutated FROM '$CLUSTER/mutations/$n' (FORMAT binary);"; done
    echo "SELECT count(aging::text) AS through FROM mutated;"
} >"$CLUSTER/statements.sql"

as_server_user valgrind --quiet --error-limit=no --num-callers=30 --log-file="$CLUSTER/valgrind.log" \
    "$BINDIR/postgres" --single -D "$CLUSTER/data" postgres \
    <"$CLUSTER/statements.sql" >"$CLUSTER/answers" 2>"$CLUSTER/server.log"
ok $? "the server lived through it"
works "and answered to the end" grep -q 'through = ' "$CLUSTER/answers"
is "of the statements of the kernel, those failed that are to" \
    "$(grep 'STATEMENT: ' "$CLUSTER/server.log" | grep -vc 'STATEMENT:  COPY')" 11
sources=$(cd src && echo *.c | tr ' ' '|')
is "valgrind has nothing to say of our code" "$(grep -E "[(](in .*/ar\.so|($sources):)" "$CLUSTER/valgrind.log" | sort | uniq -c)" ""
[ ! -s "$CLUSTER/valgrind.log" ] || note "$(head -n 60 "$CLUSTER/valgrind.log")"
note "$(grep 'ERROR: ' "$CLUSTER/server.log" | sed 's/.*ERROR: *//' | sort | uniq -c)"

done_testing
