-- What the books say when they refuse.
\pset tuples_only on
\pset format unaligned
SET datestyle = 'ISO';
SET timezone = 'UTC';

-- Before there are books
SELECT coalesce(ar.ledger_version(), 'null');
SELECT public.error_of(command)
FROM unnest(ARRAY[
    $$SELECT ar.upgrade_ledger()$$,
    $$SELECT ar.check_ledger()$$,
    $$SELECT ar.create_company('EU', 'Europe', 'EUR')$$,
    $$SELECT ar.post_invoice(1, 'C1', 'I1', '2025-01-01', '2025-01-31', 1)$$,
    $$SELECT ar.post_payment(1, 'C1', 'P1', '2025-01-01', 1)$$,
    $$SELECT ar.apply(1, 1, 2, 1)$$,
    $$SELECT ar.reverse_application(1, 1, '2025-01-01', 'why')$$,
    $$SELECT ar.import_rows(1, 'invoice', '[]')$$,
    $$SELECT ar.check_rows(1, 'invoice', '[]')$$]) AS command;
-- A schema of that name that is no book of ours
CREATE SCHEMA receivables;
SELECT public.error_of($$SELECT ar.create_ledger()$$);
SELECT coalesce(ar.ledger_version(), 'null');
DROP SCHEMA receivables;

SELECT ar.create_ledger() = ar.version();
SELECT replace(e, ar.version(), 'VERSION') FROM public.error_of($$SELECT ar.create_ledger()$$) AS e;
SELECT ar.upgrade_ledger() = ar.version();
SELECT count(*) FROM ar.check_ledger();

-- Books of another version
BEGIN;
UPDATE receivables.ledger_version SET version = '0.0.0';
SELECT replace(e, ar.version(), 'VERSION')
FROM unnest(ARRAY[
    $$SELECT ar.create_company('EU', 'Europe', 'EUR')$$,
    $$SELECT ar.check_ledger()$$,
    $$SELECT ar.import_rows(1, 'invoice', '[]')$$,
    $$SELECT ar.create_ledger()$$,
    $$SELECT ar.upgrade_ledger()$$]) AS command, public.error_of(command) AS e;
ROLLBACK;

-- A small book with fixed keys
INSERT INTO receivables.company (company_id, company_code, name, currency) VALUES (1, 'EU', 'Europe', 'EUR');
INSERT INTO receivables.customer (company_id, customer_id, customer_number, name) VALUES (1, 1, 'C1', 'First'), (1, 2, 'C2', 'Second');
INSERT INTO receivables.document (company_id, document_id, customer_id, document_date, kind, document_number, amount)
VALUES (1, 1, 1, '2025-01-10', 'invoice', 'I1', 100), (1, 2, 1, '2025-02-01', 'payment', 'P1', 80), (1, 3, 2, '2025-01-10', 'invoice', 'I2', 50);
INSERT INTO receivables.item (company_id, item_id, customer_id, document_id, kind, effective_on, due_on, amount, open_amount)
VALUES (1, 1, 1, 1, 'invoice', '2025-01-10', '2025-02-10', 100, 100), (1, 2, 1, 2, 'payment', '2025-02-01', '2025-02-01', -80, -80),
       (1, 3, 2, 3, 'invoice', '2025-01-10', '2025-02-10', 50, 50);
INSERT INTO receivables.application (company_id, application_id, debit_item_id, credit_item_id, effective_on, amount) VALUES (1, 900, 1, 2, '2025-02-05', 60);

SELECT public.error_of(command)
FROM unnest(ARRAY[
    $$UPDATE receivables.document SET amount = 1$$,
    $$DELETE FROM receivables.item$$,
    $$TRUNCATE receivables.application$$,
    $$UPDATE receivables.item SET open_amount = 1 WHERE item_id = 1$$,
    $$UPDATE receivables.company SET currency = 'USD'$$,
    $$UPDATE receivables.currency SET minor_units = 4 WHERE currency = 'EUR'$$,
    $$INSERT INTO receivables.document (company_id, customer_id, document_date, kind, document_number, amount, recorded_at) VALUES (1, 1, '2025-01-01', 'invoice', 'X', 1, '2025-01-01 00:00+00')$$,
    $$INSERT INTO receivables.document (company_id, customer_id, document_date, kind, document_number, amount) VALUES (1, 1, '2025-01-01', 'invoice', 'X', 1.005)$$,
    $$INSERT INTO receivables.item (company_id, customer_id, document_id, kind, effective_on, due_on, amount, open_amount) VALUES (1, 1, 1, 'invoice', '2025-01-10', '2025-01-10', 5, 4)$$]) AS command;
SELECT public.error_of(command)
FROM unnest(ARRAY[
    $$SELECT ar.apply(1, 2, 1, 20.01, '2025-02-10')$$,
    $$SELECT ar.apply(1, 2, 1, 20, '2025-01-31')$$,
    $$SELECT ar.apply(1, 2, 3, 20, '2025-02-10')$$,
    $$SELECT ar.apply(1, 1, 2, 20, '2025-02-10')$$,
    $$SELECT ar.reverse_application(1, 99, '2025-02-10', 'why')$$,
    $$INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount, reverses_application_id, reason)
      VALUES (1, 1, 2, '2025-03-01', -59, 900, 'x')$$,
    $$SELECT ar.apply(2, 2, 1, 20)$$]) AS command;
SELECT ar.reverse_application(1, 900, '2025-03-01', 'bounced') > 0;
SELECT public.error_of(command)
FROM unnest(ARRAY[
    $$SELECT ar.reverse_application(1, 900, '2025-03-01', 'again')$$,
    $$SELECT ar.apply(1, 2, 1, 80, '2025-02-10')$$]) AS command;
SELECT count(*) FROM ar.check_ledger();

-- Import
SELECT public.error_of($$SELECT ar.import_rows(1, 'invoice', '[
    {"customer_number": "C1", "invoice_number": "A", "invoice_date": "2025-01-01", "due_date": "2025-01-31", "amount": 1},
    {"customer_number": "C9", "invoice_number": "I1", "invoice_date": "01/02/2025", "due_date": "2025-01-31", "amount": "1,5"},
    {"customer_number": "C1", "invoice_number": "A", "invoice_date": "2025-01-01", "due_date": "2024-12-31", "amount": -0.001, "colour": "red"},
    {"invoice_number": "B", "invoice_date": "2025-01-01", "amount": 0}]')$$);
SELECT public.error_of($$SELECT ar.import_rows(1, 'application', '[
    {"invoice_number": "I1", "payment_number": "P1", "amount": 70},
    {"invoice_number": "I1", "payment_number": "P1", "amount": 11},
    {"invoice_number": "I2", "payment_number": "P1", "amount": 1},
    {"invoice_number": "I9", "amount": 1}]')$$);
SELECT public.error_of($$SELECT ar.post_invoice(1, 'C1', 'I1', '2025-01-01', '2025-01-31', 1)$$);
SELECT public.error_of($$SELECT ar.post_payment(1, 'C9', 'P2', '2025-01-01', 1)$$);
SELECT public.error_of($$SELECT ar.import_rows(1, 'voucher', '[]')$$);
SELECT public.error_of($$SELECT ar.import_rows(1, 'invoice', '{}')$$);
CREATE TABLE public.staging (customer_number text, invoice_number text, invoice_date text, due_date date);
SELECT public.error_of($$SELECT ar.import_table(1, 'invoice', 'public.staging')$$);
ALTER TABLE public.staging ADD COLUMN amount text, ADD COLUMN attributes text;
SELECT public.error_of($$SELECT ar.import_table(1, 'invoice', 'public.staging')$$);
SELECT * FROM ar.import_fields('invoice');
SELECT * FROM ar.import_fields('customer');
SELECT * FROM ar.import_fields('application');
-- A thousand faults are listed, the rest are counted.
SELECT e FROM public.error_of($$SELECT ar.import_rows(1, 'customer', (SELECT jsonb_agg('{"name": "x"}'::jsonb) FROM generate_series(1, 1200)))$$) WITH ORDINALITY AS e (e, n) WHERE n <> 2;
SELECT split_part(e, E'\n', 1000), split_part(e, E'\n', 1001)
FROM public.error_of($$SELECT ar.import_rows(1, 'customer', (SELECT jsonb_agg('{"name": "x"}'::jsonb) FROM generate_series(1, 1200)))$$) WITH ORDINALITY AS e (e, n) WHERE n = 2;
-- The setting
SET ar.as_of = '31.03.2025';
SELECT public.error_of($$SELECT ar.as_of()$$);
SELECT public.error_of($$SELECT * FROM receivables.aging_summary$$);
RESET ar.as_of;
SELECT count(*) FROM ar.check_ledger();
