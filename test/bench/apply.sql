-- Import of applications, all checks included, against a bare INSERT ... SELECT
-- of the same rows into the same table, with the same triggers: half of each
-- invoice by each. One run, as applications cannot be taken back unseen.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS receivables CASCADE;
SELECT ar.create_ledger() \gset
SELECT ar.create_company('BENCH', 'Bench', 'EUR') AS company_id \gset
SELECT imported FROM ar.import_rows(:company_id, 'customer', (
    SELECT jsonb_agg(jsonb_build_object('customer_number', 'C' || c, 'name', 'Customer ' || c)) FROM generate_series(0, 999) AS c)) \gset
CREATE TABLE bench.bill AS
SELECT 'I' || n AS invoice_number, 'P' || n AS payment_number, 'C' || n % 1000 AS customer_number,
       date '2026-01-01' + n % 90 AS invoice_date, date '2026-05-01' AS due_date, date '2026-05-01' + n % 30 AS payment_date, 100::numeric AS amount
FROM generate_series(1, :applications) AS n;
CREATE TABLE bench.application AS SELECT invoice_number, payment_number, 50::numeric AS amount FROM bench.bill;
SELECT imported FROM ar.import_table(:company_id, 'invoice', 'bench.bill') \gset
ALTER TABLE bench.bill DROP invoice_number;
SELECT imported FROM ar.import_table(:company_id, 'payment', 'bench.bill') \gset
VACUUM ANALYZE;
SELECT bench.milliseconds(format($$SELECT * FROM ar.import_table(%s, 'application', 'bench.application')$$, :company_id)) AS ours \gset
VACUUM ANALYZE;
SELECT bench.milliseconds(format($$
    INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount, company_amount)
    SELECT i.company_id, i.item_id, p.item_id, p.effective_on, a.amount, a.amount
    FROM bench.application AS a
    JOIN receivables.document AS di ON di.company_id = %1$s AND di.kind = 'invoice' AND di.document_number = a.invoice_number
    JOIN receivables.item AS i ON i.company_id = di.company_id AND i.document_id = di.document_id
    JOIN receivables.document AS dp ON dp.company_id = %1$s AND dp.kind = 'payment' AND dp.document_number = a.payment_number
    JOIN receivables.item AS p ON p.company_id = dp.company_id AND p.document_id = dp.document_id$$, :company_id)) AS other \gset
INSERT INTO bench.pair (part, measured, against, target, ours_ms, other_ms, ratio)
VALUES ('import', :applications || ' applications', 'bare INSERT ... SELECT, same triggers', '>= 0.5', :ours, :other, :other::numeric / :ours);
SELECT count(*) AS broken_invariants FROM ar.check_ledger();
