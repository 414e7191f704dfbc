#!/bin/bash
# Timings in pairs against what one would write by hand. Reports ratios and
# asserts nothing. ROWS (default 10,000,000) is the size of the aggregate's
# table; the largest book has a tenth as many invoices. PARTS names the parts to
# run, of: aggregate book indicators import posting subset_sum matching cash orders
# scoring forecast dunning; all by default.
set -u
cd "$(dirname "$0")/.." || exit 1
bash test/install-packages.sh build run || exit 1
. test/cluster.sh
. test/bench/posting.sh
. test/bench/matching.sh
. test/bench/cash.sh
. test/bench/orders.sh

ROWS=${ROWS:-10000000}
PARTS=${PARTS:-aggregate book indicators import posting subset_sum matching cash orders scoring forecast dunning}
largest=$((ROWS / 10))
log=$(mktemp)
make PG_CONFIG="$PG_CONFIG" >"$log" 2>&1 && bash test/as-root.sh make PG_CONFIG="$PG_CONFIG" install >>"$log" 2>&1 || {
    cat "$log"
    exit 1
}
rm -f "$log"

CLUSTER_CONF='
shared_buffers = 4GB
max_wal_size = 32GB
checkpoint_timeout = 1h
jit = off
autovacuum = off
'
cluster_start || exit 1
# What was measured until a fault is shown all the same.
run() {
    "$BINDIR/psql" -X -q -v ON_ERROR_STOP=1 -v rows="$ROWS" "$@" && return
    "$BINDIR/psql" -X -q -f test/bench/report.sql
    exit 1
}

wanted() {
    case " $PARTS " in *" $1 "*) return 0 ;; esac
    return 1
}

echo "ar benchmark: $(nproc) cores, $("$BINDIR/postgres" --version), $ROWS rows; medians of several runs in pairs"
run -f test/bench/pairs.sql

if wanted aggregate; then
    echo "Aggregate: filling a table of $ROWS open items ..."
    run -f test/bench/aggregate.sql
fi

for invoices in 10000 100000 1000000; do
    wanted book && [ "$invoices" -le "$largest" ] || continue
    echo "Book: $invoices invoices ..."
    run -v invoices="$invoices" -v history=0 -f test/bench/book.sql
    run -v label="$invoices invoices" -f test/bench/ageing.sql
    run -v label="$invoices invoices" -f test/bench/statement.sql
    run -v label="$invoices invoices" -f test/bench/dso.sql
    book=$invoices
done
if [ -n "${book:-}" ]; then
    # 70 % of the book is closed; nine times that makes ten times the history.
    echo "Book: $book invoices and ten times the closed history ..."
    run -v invoices="$book" -v history=$((book * 63 / 10)) -f test/bench/book.sql
    run -v label="$book invoices" -f test/bench/history.sql
    run -v label="$book invoices, ten times the history" -f test/bench/statement.sql
fi

if wanted indicators; then
    echo "Indicators: $largest invoices ..."
    run -v invoices="$largest" -v history=0 -f test/bench/book.sql
    run -v label="$largest invoices" -f test/bench/indicators.sql
fi

if wanted import; then
    echo "Import: $largest invoices ..."
    run -v invoices="$largest" -f test/bench/import.sql
    echo "Import: $((largest / 10)) applications ..."
    run -v applications=$((largest / 10)) -f test/bench/apply.sql
fi

if wanted posting; then
    echo "Posting single documents ..."
    posting
fi
if wanted subset_sum; then
    echo "Sums of 15 to 60 amounts, by the default budget ..."
    run -f test/bench/subset_sum.sql
fi
if wanted matching; then matching; fi
if wanted cash; then cash; fi
if wanted orders; then orders; fi
if wanted scoring; then
    echo "Scoring: 100000 customers ..."
    run -v customers=100000 -f test/bench/scoring.sql
fi

if wanted forecast; then
    echo "Forecast: a book of $largest invoices ..."
    run -v invoices="$largest" -v history=0 -f test/bench/book.sql
    run -v label="$largest invoices" -f test/bench/forecast.sql
fi

for items in $((largest / 10)) "$largest"; do
    wanted dunning || continue
    echo "Dunning: $items open items ..."
    run -v items="$items" -f test/bench/dunning.sql
done

run -f test/bench/report.sql
