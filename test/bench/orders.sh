# Orders against a credit limit: how long ar.check_order and ar.reserve_order
# take while two clients hammer one customer, and what many open items or a group
# add. Sourced by bench.sh. Mean milliseconds of a call.

orders() {
    local what customer script
    run -v customers=$((ROWS / 1000 + 20)) -v open=50 -v many=10000 -f test/bench/orders.sql
    for what in 'check, 50 open invoices|C1' 'check, 10,000 open invoices|C2' 'check, one of a group of ten|C11' \
                'reserve, 50 open invoices|C3' 'reserve, one of a group of ten|C12'; do
        customer=${what#*|}
        script=$CLUSTER/orders.sql
        case $what in
            check*) echo "SELECT allowed FROM ar.check_order(1, '$customer', 100.50);" ;;
            # Cancelled at once, so that the customer stays as it is.
            reserve*) cat <<SQL ;;
SELECT allowed FROM ar.reserve_order(1, '$customer', :prefix || nextval('receivables.sales_order_order_id_seq'), 100.50);
UPDATE receivables.sales_order SET status = 'cancelled' WHERE company_id = 1 AND order_id = currval('receivables.sales_order_order_id_seq');
SQL
        esac >"$script"
        echo "Orders: ${what%|*}, two clients: $("$BINDIR/pgbench" -n -M prepared -c 2 -j 2 -T "${ORDERS_SECONDS:-5}" --report-per-command \
            -D prefix="'R$RANDOM/'" -f "$script" 2>&1 | awk '
                /^tps/ { tps = $3 }
                / SELECT allowed/ { first = $1 }
                END { printf "%.3f ms a call, %.0f transactions a second", first, tps }')"
    done
}
