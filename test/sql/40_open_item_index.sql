-- Ageing by customer reads the index of open items, not the table, and of that no closed history.
\pset tuples_only on
\pset format unaligned
INSERT INTO receivables.company (company_id, company_code, name, currency) VALUES (2, 'BIG', 'Big', 'EUR');
INSERT INTO receivables.customer (company_id, customer_number, name) SELECT 2, 'C' || n, 'Customer ' || n FROM generate_series(1, 100) AS n;
-- 6,000 invoices, of which 5,000 are paid
SELECT imported FROM ar.import_rows(2, 'invoice', (
    SELECT jsonb_agg(jsonb_build_object('customer_number', 'C' || 1 + n % 100, 'invoice_number', 'I' || n, 'invoice_date', date '2024-01-01' + n / 20,
                                        'due_date', date '2024-01-31' + n / 20, 'amount', 1 + n % 500)) FROM generate_series(1, 6000) AS n));
SELECT imported FROM ar.import_rows(2, 'payment', (
    SELECT jsonb_agg(jsonb_build_object('customer_number', 'C' || 1 + n % 100, 'payment_number', 'P' || n, 'payment_date', date '2024-02-10' + n / 20,
                                        'amount', 1 + n % 500)) FROM generate_series(1, 5000) AS n));
ANALYZE receivables.item, receivables.document;
SELECT imported FROM ar.import_rows(2, 'application', (
    SELECT jsonb_agg(jsonb_build_object('invoice_number', 'I' || n, 'payment_number', 'P' || n, 'amount', 1 + n % 500)) FROM generate_series(1, 5000) AS n));
VACUUM (ANALYZE) receivables.company, receivables.currency, receivables.customer, receivables.item, receivables.document, receivables.application;
SET ar.as_of = '2025-03-31';
SELECT DISTINCT public.plan_of('SELECT * FROM receivables.aging_by_customer', 'item_open_idx|on item');
SELECT DISTINCT public.plan_of('SELECT * FROM receivables.aging_by_customer WHERE company_id = 2', 'item_open_idx|on item');
SELECT DISTINCT public.plan_of('SELECT * FROM receivables.aging_summary', 'item_open_idx|on item');
-- what is closed is beyond the condition on the index
SELECT DISTINCT public.plan_of('SELECT * FROM receivables.aging_by_customer WHERE company_id = 2', 'Index Cond: .*closed_on > ');
SELECT customer_count, item_count, balance, overdue FROM receivables.aging_summary WHERE company_id = 2;
SELECT count(*), sum(open_amount) FROM receivables.item WHERE company_id = 2 AND open_amount <> 0;
-- a past date
SET ar.as_of = '2024-06-30';
SELECT DISTINCT public.plan_of('SELECT * FROM receivables.aging_by_customer', 'item_open_idx|on item');
SELECT a.balance = (SELECT coalesce(sum(amount) FILTER (WHERE kind = 'invoice'), 0) - coalesce(sum(amount) FILTER (WHERE kind = 'payment'), 0)
                    FROM receivables.document AS d WHERE d.company_id = 2 AND d.document_date <= '2024-06-30') AS balance_is_billed_less_paid
FROM receivables.aging_summary AS a WHERE a.company_id = 2;
-- as it was known when the invoices had been entered, then the payments, then all; a kept plan is as good as a new one
SET datestyle = 'ISO';
SELECT max(recorded_at) FILTER (WHERE kind = 'invoice') AS invoices_known, max(recorded_at) FILTER (WHERE kind = 'payment') AS payments_known
FROM receivables.item WHERE company_id = 2 \gset
SET ar.as_of = '2025-03-31';
SET plan_cache_mode = force_generic_plan;
PREPARE summary AS SELECT item_count, balance, unapplied_amount FROM receivables.aging_summary WHERE company_id = 2;
PREPARE by_customer AS SELECT * FROM receivables.aging_by_customer WHERE company_id = 2;
EXECUTE summary;
SELECT DISTINCT public.plan_of('EXECUTE by_customer', 'item_open_idx|on item|Index Cond: .*closed_on > ');
SELECT set_config('ar.known_at', :'invoices_known', false) = :'invoices_known';
EXECUTE summary;
SELECT count(*) FROM public.plan_of('EXECUTE by_customer', $$recorded_at <= '$$);
SELECT set_config('ar.known_at', :'payments_known', false) = :'payments_known';
EXECUTE summary;
RESET ar.known_at;
EXECUTE summary;
SELECT DISTINCT public.plan_of('EXECUTE by_customer', 'item_open_idx|on item|Index Cond: .*closed_on > ');
DEALLOCATE ALL;
RESET plan_cache_mode;
RESET ar.as_of;
SELECT count(*) FROM ar.check_ledger();
