#!/bin/bash
# Every test, on throw-away clusters. The last line is "N passed, N failed",
# with ", N skipped" where some were; fails where any test did or none ran.
# Called by "make check". AR_TEST_LONG=1 lets the tests that can take longer;
# AR_TEST_JOBS says how many run at a time, by default one a core.

set -u
cd "$(dirname "$0")/.." || exit 1
export LC_ALL=C.UTF-8
bash test/install-packages.sh build run test ${AR_TEST_LONG:+long} || exit 1
. test/cluster.sh
export PG_CONFIG

PASSED=0
FAILED=0
SKIPPED=0
JOBS=${AR_TEST_JOBS:-$(nproc)}
case $JOBS in ''|0*|*[!0-9]*) echo "AR_TEST_JOBS is to be 1 or more, not $JOBS" >&2; exit 1 ;; esac

# Of what runs, by process: what it is, since when, and where its output goes.
declare -A NAME=() SINCE=() OUTPUT=()
LAUNCHED=0

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
    local process
    for process in "${!NAME[@]}"; do kill -TERM -- "-$process" 2>/dev/null; done
    for process in "${!NAME[@]}"; do wait "$process" 2>/dev/null; done
    cluster_stop
}

# launch NAME PROGRAM...: runs it in a process group of its own, so that an
# interrupt is heeded at once and ends all of it.
launch() {
    local name=$1 output
    shift
    output=$CLUSTER/output.$((++LAUNCHED))
    set -m
    "$@" >"$output" 2>&1 </dev/null &
    set +m
    NAME[$!]=$name SINCE[$!]=$SECONDS OUTPUT[$!]=$output
}

# report NAME PASSED FAILED SKIPPED SINCE: counts and shows one program's result.
report() {
    PASSED=$((PASSED + $2))
    FAILED=$((FAILED + $3))
    SKIPPED=$((SKIPPED + $4))
    printf '%-40s %4d passed, %d failed' "$1" "$2" "$3"
    [ "$4" = 0 ] || printf ', %d skipped' "$4"
    printf '  (%d s)\n' $((SECONDS - $5))
}

# What a failed program said, less what passed.
show_output() {
    grep -v '^ok ' "$1" | head -n 100 | sed 's/^/    /'
}

# count_tap STATUS FILE: what is missing of the plan has failed, and a program
# that fails or has no plan has at least one failure. Prints passed, failed, skipped.
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
        }' "$2"
}

# Waits until fewer than so many programs run that speak TAP; reports each that
# has ended, whole, so that no two mix.
await() {
    local room=$1 process running
    while [ ${#NAME[@]} -ge "$room" ]; do
        wait -n
        # Looked for here, as wait does not tell of one that a signal has ended.
        running=" $(jobs -pr) "
        running=${running//$'\n'/ }
        for process in "${!NAME[@]}"; do
            case $running in *" $process "*) continue ;; esac
            wait "$process"
            set -- $(count_tap $? "${OUTPUT[$process]}")
            report "${NAME[$process]}" "$@" "${SINCE[$process]}"
            [ "$2" = 0 ] || show_output "${OUTPUT[$process]}"
            rm -f "${OUTPUT[$process]}"
            unset "NAME[$process]" "SINCE[$process]" "OUTPUT[$process]"
        done
    done
}

# tap NAME PROGRAM...: a program that speaks TAP, once there is room for it.
tap() {
    await "$JOBS"
    launch "$@"
}

# regression NAME LIST DIFFS ARGUMENT: pg_regress or isolation tests; one test a
# file. PostgreSQL 15 says "test name ... ok", later "ok 1 - name".
regression() {
    local name=$1 tests=$2 diffs=$3 argument=$4 test process output good=0 bad=0
    [ -n "$tests" ] || return 0
    rm -f "$diffs"
    launch "$name" "${MAKE[@]}" installcheck "$argument"
    process=$!
    wait "$process"
    output=${OUTPUT[$process]}
    for test in $tests; do
        if awk -v t="$test" '$1 == "test" && $2 == t && $4 == "ok" { found = 1 }
                             $1 == "ok" && $4 == t { found = 1 }
                             END { exit !found }' "$output"; then
            good=$((good + 1))
        else
            bad=$((bad + 1))
            echo "    failed: $test"
        fi
    done
    report "$name" $good $bad 0 "${SINCE[$process]}"
    [ $bad = 0 ] || { show_output "$output"; [ ! -f "$diffs" ] || head -n 400 "$diffs"; }
    unset "NAME[$process]" "SINCE[$process]" "OUTPUT[$process]"
}

names() {
    local file
    for file in "$1"/*"$2"; do [ ! -f "$file" ] || basename "$file" "$2"; done
}

build || exit 1
echo "Testing on $("$BINDIR/postgres" --version) ..."
# Each file holds as many locks as a ledger has objects, some 3300.
CLUSTER_CONF="
max_connections = $((100 + 2 * JOBS))
max_locks_per_transaction = $((64 + 32 * JOBS))
"
cluster_start || exit 1
trap finish EXIT

regression pg_regress "$(names test/sql .sql)" regression.diffs ISOLATION=
regression isolation "$(names test/specs .spec)" output_iso/regression.diffs REGRESS=

# A file of pgTAP in a database of its own.
pgtap() {
    local status
    createdb "$1" || return
    pg_prove --verbose --dbname "$1" "test/pgtap/$1.sql"
    status=$?
    dropdb "$1"
    return $status
}

# Files that are not sound beside others in the same cluster, and run alone:
#   85_outbox   events are read up to the oldest transaction that runs, of any database
ALONE='85_outbox'
for test in $ALONE; do
    tap "pgTAP $test" pgtap "$test"
    await 1
done

# The longest first, to leave no long end. Programs have a #! line; what they
# share has none. They have clusters of their own.
declare -A STARTED=()
for file in ${AR_TEST_LONG:+test/server/long/*.sh} test/server/{demo,readme,dump_restore,simulation}.sh test/server/*.sh; do
    [ -z "${STARTED[$file]:-}" ] && head -n 1 "$file" | grep -q '^#!' || continue
    STARTED[$file]=yes
    tap "server $(basename "$file" .sh)" bash "$file"
done
for test in 70_access 43_check_ledger $(names test/pgtap .sql); do
    case " $ALONE " in *" $test "*) continue ;; esac
    [ -z "${STARTED[$test]:-}" ] || continue
    STARTED[$test]=yes
    tap "pgTAP $test" pgtap "$test"
done
await 1

printf '%d passed, %d failed' $PASSED $FAILED
[ $SKIPPED = 0 ] || printf ', %d skipped' $SKIPPED
echo
[ $FAILED = 0 ] && [ $PASSED -gt 0 ]
