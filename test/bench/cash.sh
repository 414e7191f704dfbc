# Payments through ar.propose and ar.auto_apply: ROWS / 100 of them and a tenth
# against ROWS / 20 open invoices of ROWS / 500 customers. Sourced by bench.sh.

# Milliseconds that a statement takes in two sessions at once, each with its part.
in_two_sessions() {
    local started=$(date +%s%N)
    run -At -c "SELECT $1(1, part => 1, parts => 2)" >/dev/null &
    run -At -c "SELECT $1(1, part => 2, parts => 2)" >/dev/null
    wait $!
    echo $((($(date +%s%N) - started) / 1000000))
}

# Each kind of bank line by itself, in a session of its own, for the owner and for a clerk.
one_at_a_time() {
    local role line
    run -f test/bench/cash_single.sql
    for role in "$(run -At -c 'SELECT current_user')" bench_clerk; do
        for line in $(run -At -c 'SELECT bank_line_id FROM bench.single ORDER BY 1'); do
            run -v role="$role" -v line="$line" -f test/bench/cash_single_call.sql
        done
    done
    run -f test/bench/cash_single_times.sql
}

cash() {
    local payments=$((ROWS / 100)) what count
    echo "Cash application: $((ROWS / 20)) open invoices ..."
    run -v invoices=$((ROWS / 20)) -v customers=$((ROWS / 500)) -v payments="$payments" -f test/bench/cash_book.sql
    one_at_a_time
    for what in 'bank lines' payments; do
        for count in $((payments / 10)) "$payments"; do
            run -v what="$what" -v payments="$count" -f test/bench/cash.sql
        done
    done
    run -v what=payments -v payments="$payments" -f test/bench/cash_fill.sql
    run -v payments="$payments" -v propose="$(in_two_sessions ar.propose)" -v auto_apply="$(in_two_sessions ar.auto_apply)" \
        -f test/bench/cash_sessions.sql
}
