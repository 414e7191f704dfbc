-- Customers with :open open invoices each and a few open orders, one with :many
-- invoices and a parent with nine children, under limits that nobody reaches.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS receivables CASCADE;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT ar.create_ledger() \gset
SELECT ar.create_company('BENCH', 'Bench', 'EUR') AS company_id \gset
SELECT imported FROM ar.import_rows(1, 'customer', (
    SELECT jsonb_agg(jsonb_build_object('customer_number', 'C' || c, 'name', 'Customer ' || c, 'credit_limit', '1000000000000')
                     || CASE WHEN c BETWEEN 11 AND 19 THEN '{"parent_number": "C10"}' ELSE '{}' END::jsonb)
    FROM generate_series(1, :customers) AS c)) \gset
SELECT imported FROM ar.import_rows(1, 'invoice', (
    SELECT jsonb_agg(jsonb_build_object('customer_number', 'C' || CASE WHEN i <= :many THEN 2 ELSE 1 + i % :customers END, 'invoice_number', 'I' || i,
                                        'invoice_date', current_date - 20, 'due_date', current_date + i % 30 - 5, 'amount', (10 + i % 500)::text))
    FROM generate_series(1, :many + :open * :customers) AS i)) \gset
SELECT imported FROM ar.import_rows(1, 'order', (
    SELECT jsonb_agg(jsonb_build_object('customer_number', 'C' || 1 + o % :customers, 'order_number', 'O' || o, 'order_date', current_date - 5, 'amount', '100'))
    FROM generate_series(1, 3 * :customers) AS o)) \gset
INSERT INTO receivables.credit_policy (company_id, order_horizon_days, hold_overdue_days) VALUES (1, 90, 30);
VACUUM ANALYZE;
