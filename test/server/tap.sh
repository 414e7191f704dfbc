# For the server-level tests: TAP, a cluster of their own, and SQL in one line.
# A test sources this, calls what it needs and ends with done_testing; one that
# dies before has printed no plan, which counts as a failure.

set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
. test/cluster.sh
export LC_ALL=C.UTF-8
TESTS=0
FAILURES=0

# ok STATUS NAME: passes where STATUS is 0.
ok() {
    TESTS=$((TESTS + 1))
    if [ "$1" = 0 ]; then
        echo "ok $TESTS - $2"
    else
        FAILURES=$((FAILURES + 1))
        echo "not ok $TESTS - $2"
    fi
}

note() {
    echo "$*" | sed 's/^/# /'
}

# is NAME GOT EXPECTED
is() {
    if [ "$2" = "$3" ]; then
        ok 0 "$1"
    else
        ok 1 "$1"
        note "got:      $2"
        note "expected: $3"
    fi
}

# same NAME FILE FILE: two files are equal, or here is how they differ.
same() {
    local differences
    differences=$(diff "$2" "$3")
    ok $? "$1"
    [ -z "$differences" ] || note "$(head -n 40 <<<"$differences")"
}

# works NAME COMMAND...: passes where the command does, else shows what it said.
works() {
    local name=$1 output status
    shift
    output=$("$@" 2>&1)
    status=$?
    ok $status "$name"
    [ $status = 0 ] || note "$(tail -n 20 <<<"$output")"
}

skip() {
    TESTS=$((TESTS + 1))
    echo "ok $TESTS # SKIP $1"
}

done_testing() {
    echo "1..$TESTS"
    [ "$FAILURES" = 0 ]
    exit
}

# sql DATABASE STATEMENTS: unaligned rows only; as PGUSER. What fails says so, as an
# empty answer would pass for "there is nothing".
sql() {
    psql -XAtq -v ON_ERROR_STOP=1 -d "$1" -c "$2" || { set -- $?; echo "# psql ended with $1"; return "$1"; }
}

# The SQLSTATE that statements end with, 00000 for none.
sqlstate() {
    local output
    output=$(psql -XAtq -v ON_ERROR_STOP=1 -v VERBOSITY=sqlstate -d "$1" -c "$2" 2>&1 >/dev/null) && echo 00000 ||
        sed -n 's/.*\(ERROR\|FATAL\): *//p' <<<"$output"
}

# refused NAME SQLSTATE DATABASE STATEMENTS
refused() {
    is "$1 ($2)" "$(sqlstate "$3" "$4")" "$2"
}

start_cluster() {
    cluster_start || { echo "Bail out! no cluster"; exit 1; }
}
