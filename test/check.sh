#!/bin/bash
# Every test, on throw-away clusters. The last line is "N passed, N failed",
# with ", N skipped" where some were; fails where any test did or none ran.
# Called by "make check". AR_TEST_LONG=1 lets the tests that can take longer.

set -u
cd "$(dirname "$0")/.." || exit 1
export LC_ALL=C.UTF-8
bash test/install-packages.sh build run test || exit 1
. test/cluster.sh
export PG_CONFIG

PASSED=0
FAILED=0
SKIPPED=0
JOB=

# What the caller's make was given, DATA above all, is not for this one.
MAKE=(env -u MAKEFLAGS -u MFLAGS -u MAKEOVERRIDES -u MAKELEVEL -u DATA -u ROWS
      make --no-print-directory "PG_CONFIG=$PG_CONFIG")

build() {
    local log as_root=
    if [ ! -w "$("$PG_CONFIG" --sharedir)/extension" ] || [ ! -w "$("$PG_CONFIG" --pkglibdir)" ]; then
        as_root='bash test/as-root.sh'
    fi
    echo "Building and installing ..."
    # Anew, as what is there may have been built for another server.
    log=$({ "${MAKE[@]}" clean && "${MAKE[@]}" && $as_root "${MAKE[@]}" install; } 2>&1) || {
        echo "$log"
        return 1
    }
    grep -A 5 'warning:' <<<"$log"
    return 0
}

# Ends what is running, with all its children, and the cluster.
finish() {
    if [ -n "$JOB" ]; then
        kill -TERM -- "-$JOB" 2>/dev/null
        wait "$JOB" 2>/dev/null
    fi
    cluster_stop
}

# Runs a program into $CLUSTER/output, in a process group of its own and waited
# for, so that an interrupt is heeded at once.
run() {
    local status
    set -m
    "$@" >"$CLUSTER/output" 2>&1 </dev/null &
    JOB=$!
    set +m
    wait "$JOB"
    status=$?
    JOB=
    return $status
}

# report NAME PASSED FAILED SKIPPED: counts and shows one program's result.
report() {
    PASSED=$((PASSED + $2))
    FAILED=$((FAILED + $3))
    SKIPPED=$((SKIPPED + $4))
    printf '%-40s %4d passed, %d failed' "$1" "$2" "$3"
    [ "$4" = 0 ] || printf ', %d skipped' "$4"
    printf '  (%d s)\n' $((SECONDS - STARTED))
}

# What a failed program said, less what passed.
show_output() {
    grep -v '^ok ' "$CLUSTER/output" | head -n 100 | sed 's/^/    /'
}

# Counts TAP: what is missing of the plan has failed, and a program that fails
# or has no plan has at least one failure. Prints passed, failed, skipped.
count_tap() {
    awk -v status="$1" '
        /^ok [0-9]/ { if (/# *[Ss][Kk][Ii][Pp]/) skipped++; else passed++ }
        /^not ok [0-9]/ { if (/# *TODO/) passed++; else failed++ }
        /^1\.\.[0-9]+/ { planned = 1; plan = substr($1, 4) + 0; if (plan == 0) skipped++ }
        END {
            seen = passed + failed + skipped
            if (planned && plan > seen) failed += plan - seen
            if ((status != 0 || !planned || (plan && plan < seen)) && !failed) failed++
            print passed + 0, failed + 0, skipped + 0
        }' "$CLUSTER/output"
}

# tap NAME PROGRAM...: a program that speaks TAP.
tap() {
    local name=$1 counts
    shift
    STARTED=$SECONDS
    run "$@"
    counts=$(count_tap $?)
    report "$name" $counts
    set -- $counts
    [ "$2" = 0 ] || show_output
}

# regression NAME LIST DIFFS ARGUMENT: pg_regress or isolation tests; one test a
# file. PostgreSQL 15 says "test name ... ok", later "ok 1 - name".
regression() {
    local name=$1 tests=$2 diffs=$3 argument=$4 test good=0 bad=0
    [ -n "$tests" ] || return 0
    STARTED=$SECONDS
    rm -f "$diffs"
    run "${MAKE[@]}" installcheck "$argument"
    for test in $tests; do
        if awk -v t="$test" '$1 == "test" && $2 == t && $4 == "ok" { found = 1 }
                             $1 == "ok" && $4 == t { found = 1 }
                             END { exit !found }' "$CLUSTER/output"; then
            good=$((good + 1))
        else
            bad=$((bad + 1))
            echo "    failed: $test"
        fi
    done
    report "$name" $good $bad 0
    [ $bad = 0 ] || { show_output; [ ! -f "$diffs" ] || head -n 400 "$diffs"; }
}

names() {
    local file
    for file in "$1"/*"$2"; do [ ! -f "$file" ] || basename "$file" "$2"; done
}

build || exit 1
echo "Testing on $("$BINDIR/postgres" --version) ..."
cluster_start || exit 1
trap finish EXIT

regression pg_regress "$(names test/sql .sql)" regression.diffs ISOLATION=
regression isolation "$(names test/specs .spec)" output_iso/regression.diffs REGRESS=

for test in $(names test/pgtap .sql); do
    createdb "$test" || exit 1
    tap "pgTAP $test" pg_prove --verbose --dbname "$test" "test/pgtap/$test.sql"
    dropdb "$test"
done

# Programs have a #! line; what they share has none.
for file in test/server/*.sh ${AR_TEST_LONG:+test/server/long/*.sh}; do
    head -n 1 "$file" | grep -q '^#!' || continue
    tap "server $(basename "$file" .sh)" bash "$file"
done

printf '%d passed, %d failed' $PASSED $FAILED
[ $SKIPPED = 0 ] || printf ', %d skipped' $SKIPPED
echo
[ $FAILED = 0 ] && [ $PASSED -gt 0 ]
