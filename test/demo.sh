#!/bin/bash
# Shows the extension on a throw-away cluster: builds and installs it, makes a
# ledger, loads a book, prints the report of a controller's first morning.
#
#   DATA=file.csv   the IBM receivables file; without it a made-up book
#
# Called by "make demo", from the root of the project.

cd "$(dirname "$0")/.." || exit 1
if [ -n "$DATA" ] && [ ! -r "$DATA" ]; then
    echo "make demo: cannot read $DATA" >&2
    exit 1
fi
bash test/install-packages.sh build run || exit 1
. test/cluster.sh

LOG=$(mktemp) || exit 1
trap 'rm -f "$LOG"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# What the caller's make was given, DATA above all, is not for these.
clean_make=(env -u MAKEFLAGS -u MFLAGS -u MAKEOVERRIDES -u DATA make "PG_CONFIG=$PG_CONFIG")

echo "Building and installing ..."
if ! { "${clean_make[@]}" && bash test/as-root.sh "${clean_make[@]}" install; } >"$LOG" 2>&1; then
    cat "$LOG" >&2
    exit 1
fi
rm -f "$LOG"

# Waited for, so that an interrupt is heeded at once.
sql() {
    LC_ALL=C "$BINDIR/psql" -X -q "$@" <&0 &
    wait $!
}

echo "Starting a throw-away cluster ..."
cluster_start || exit 1
"$BINDIR/createdb" demo && export PGDATABASE=demo || exit 1
if [ -n "$DATA" ]; then
    sql -f test/demo/ibm.sql <"$DATA" || exit 1
    sql -v as_of=2012-12-31 -v past=2012-09-30 -f test/demo/report.sql || exit 1
    sql -v as_of=2012-12-31 -f test/demo/day.sql || exit 1
    sql -v as_of=2012-12-31 -f test/demo/credit.sql || exit 1
else
    sql -f test/demo/book.sql || exit 1
    sql -v as_of=2026-06-30 -v past=2025-12-31 -f test/demo/report.sql || exit 1
    sql -v as_of=2026-06-30 -f test/demo/day.sql || exit 1
    sql -v as_of=2026-06-30 -f test/demo/credit.sql || exit 1
fi
sql -f test/demo/dunning.sql || exit 1
