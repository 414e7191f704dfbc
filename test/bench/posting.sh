# Single documents through our functions against the same rows inserted into
# the same tables, with the same triggers, by one prepared statement; on one
# and two clients, in turn. Sourced by bench.sh.

posting_setup() {
    run >/dev/null <<'SQL'
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS receivables CASCADE;
SELECT ar.create_ledger();
SELECT ar.create_company('BENCH', 'Bench', 'EUR');
SELECT ar.import_rows(1, 'customer', (
    SELECT jsonb_agg(jsonb_build_object('customer_number', 'C' || c, 'name', 'Customer ' || c)) FROM generate_series(1, 1000) AS c));
-- For each customer an invoice and a payment that never run out: items c and 1000 + c.
SELECT ar.import_rows(1, kind, (
    SELECT jsonb_agg(jsonb_build_object('customer_number', 'C' || c, kind || '_number', 'LARGE' || c, kind || '_date', '2026-01-01',
                                        'amount', '1000000000') || CASE kind WHEN 'invoice' THEN '{"due_date": "2026-01-31"}' ELSE '{}' END::jsonb ORDER BY c)
    FROM generate_series(1, 1000) AS c))
FROM unnest('{invoice,payment}'::text[]) WITH ORDINALITY AS k (kind, n) ORDER BY n;
VACUUM ANALYZE;
SQL
    cat >"$CLUSTER/invoice.ours" <<'SQL'
\set c random(1, 1000)
SELECT ar.post_invoice(1, 'C' || :c, :prefix || nextval('receivables.document_document_id_seq'), '2026-01-15', '2026-02-14', 100.50);
SQL
    cat >"$CLUSTER/invoice.other" <<'SQL'
\set c random(1, 1000)
WITH d AS (
    INSERT INTO receivables.document (company_id, customer_id, document_date, kind, document_number, currency, amount, company_amount)
    VALUES (1, :c, '2026-01-15', 'invoice', :prefix || nextval('receivables.document_document_id_seq'), 'EUR', 100.50, 100.50)
    RETURNING document_id)
INSERT INTO receivables.item (company_id, customer_id, document_id, kind, currency, effective_on, due_on, amount, open_amount, company_amount, open_company_amount)
SELECT 1, :c, document_id, 'invoice', 'EUR', '2026-01-15', '2026-02-14', 100.50, 100.50, 100.50, 100.50 FROM d;
SQL
    cat >"$CLUSTER/payment.ours" <<'SQL'
\set c random(1, 1000)
SELECT ar.post_payment(1, 'C' || :c, :prefix || nextval('receivables.document_document_id_seq'), '2026-02-15', 10.50,
                       jsonb_build_array(jsonb_build_object('invoice_number', 'LARGE' || :c, 'amount', 10.50)));
SQL
    cat >"$CLUSTER/payment.other" <<'SQL'
\set c random(1, 1000)
WITH d AS (
    INSERT INTO receivables.document (company_id, customer_id, document_date, kind, document_number, currency, amount, company_amount)
    VALUES (1, :c, '2026-02-15', 'payment', :prefix || nextval('receivables.document_document_id_seq'), 'EUR', 10.50, 10.50)
    RETURNING document_id),
i AS (
    INSERT INTO receivables.item (company_id, customer_id, document_id, kind, currency, effective_on, due_on, amount, open_amount, company_amount, open_company_amount)
    SELECT 1, :c, document_id, 'payment', 'EUR', '2026-02-15', '2026-02-15', -10.50, -10.50, -10.50, -10.50 FROM d
    RETURNING item_id)
INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount, company_amount)
SELECT 1, :c, item_id, '2026-02-15', 10.50, 10.50 FROM i;
SQL
    cat >"$CLUSTER/application.ours" <<'SQL'
\set c random(1, 1000)
SELECT ar.apply(1, 1000 + :c, :c, 0.50, '2026-02-15');
SQL
    cat >"$CLUSTER/application.other" <<'SQL'
\set c random(1, 1000)
INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount, company_amount)
VALUES (1, :c, 1000 + :c, '2026-02-15', 0.50, 0.50);
SQL
}

# posting_rate CLIENTS SCRIPT: transactions a second.
posting_rate() {
    "$BINDIR/pgbench" -n -M prepared -c "$1" -j "$1" -T "${POSTING_SECONDS:-4}" -D prefix="'R$RANDOM$RANDOM/'" -f "$2" 2>&1 |
        sed -n 's/^tps = \([0-9.]*\).*/\1/p'
}

posting() {
    local clients what round ours other
    posting_setup
    for clients in 1 2; do
        for what in invoice payment application; do
            for round in 1 2 3 4 5; do
                ours=$(posting_rate "$clients" "$CLUSTER/$what.ours")
                other=$(posting_rate "$clients" "$CLUSTER/$what.other")
                run -c "INSERT INTO bench.rate VALUES ('$what', $clients, $round, $ours, $other)"
            done
        done
    done
    run <<'SQL'
INSERT INTO bench.pair (part, measured, against, target, ours_ms, other_ms, ratio)
SELECT 'single documents', r.what || ', ' || r.clients || CASE r.clients WHEN 1 THEN ' client' ELSE ' clients' END,
       'prepared INSERTs, same tables', '>= 0.5', 1000 * r.clients / r.ours, 1000 * r.clients / r.other, r.ours / r.other
FROM (SELECT x.what, x.clients, percentile_cont(0.5) WITHIN GROUP (ORDER BY x.ours)::numeric AS ours,
             percentile_cont(0.5) WITHIN GROUP (ORDER BY x.other)::numeric AS other
      FROM bench.rate AS x GROUP BY x.what, x.clients) AS r ORDER BY r.clients, r.what;
SELECT count(*) AS broken_invariants FROM ar.check_ledger();
SQL
}
