-- Fresh books have statistics after each import: the next one is not planned for empty tables.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
SELECT ar.create_company('EU', 'Europe', 'EUR') AS eu \gset
SELECT is((SELECT i.imported FROM ar.import_rows(:eu, 'customer', (SELECT jsonb_agg(jsonb_build_object('customer_number', 'C' || n, 'name', 'N' || n)) FROM generate_series(1, 1000) AS n)) AS i), 1000::bigint, 'customers, while there are no documents');
SELECT is((SELECT c.reltuples FROM pg_class AS c WHERE c.oid = 'receivables.customer'::regclass), 1000::real, 'are counted');
SELECT is((SELECT i.imported FROM ar.import_rows(:eu, 'invoice', (SELECT jsonb_agg(jsonb_build_object('customer_number', 'C' || n, 'invoice_number', 'I' || n, 'invoice_date', '2026-01-01', 'due_date', '2026-01-31', 'amount', '10')) FROM generate_series(1, 1000) AS n)) AS i), 1000::bigint, 'then invoices');
SELECT is((SELECT c.reltuples FROM pg_class AS c WHERE c.oid = 'receivables.document'::regclass), 1000::real, 'are counted too');
SELECT is((SELECT i.imported FROM ar.import_rows(:eu, 'order', (SELECT jsonb_agg(jsonb_build_object('customer_number', 'C' || n, 'order_number', 'O' || n, 'order_date', '2026-01-01', 'amount', '10')) FROM generate_series(1, 1000) AS n)) AS i), 1000::bigint, 'then orders');
SELECT is((SELECT c.reltuples FROM pg_class AS c WHERE c.oid = 'receivables.sales_order'::regclass), 1000::real, 'are counted too');
SELECT * FROM finish();
ROLLBACK;
