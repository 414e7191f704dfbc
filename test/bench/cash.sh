# Payments through ar.propose and ar.auto_apply: ROWS / 100 of them and a tenth
# against ROWS / 20 open invoices of ROWS / 500 customers. Sourced by bench.sh.

cash() {
    local payments=$((ROWS / 100)) what count
    echo "Cash application: $((ROWS / 20)) open invoices ..."
    run -v invoices=$((ROWS / 20)) -v customers=$((ROWS / 500)) -v payments="$payments" -f test/bench/cash_book.sql
    for what in 'bank lines' payments; do
        for count in $((payments / 10)) "$payments"; do
            run -v what="$what" -v payments="$count" -f test/bench/cash.sql
        done
    done
}
