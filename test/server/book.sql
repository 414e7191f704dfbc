-- Books of a few hundred documents of every kind, imported in bulk, with
-- applications, reversals and what is still open. Deterministic.
SELECT ar.create_company('C1', 'Example SE', 'EUR', '{"country": "DE"}');
SELECT ar.create_company('C2', 'Example KK', 'JPY');

SELECT ar.import_rows(c, 'customer', (
    SELECT jsonb_agg(jsonb_build_object('customer_number', 'K' || n, 'name', 'Customer "' || n || E'"\t\\',
                                        'grade', chr(65 + n % 4), 'salesperson', 'S' || n % 7,
                                        'department', 'D' || n % 3, 'region', 'R' || n % 5,
                                        'attributes', jsonb_build_object('n', n, 'note', E'a''b\nc')))
    FROM generate_series(1, 120) AS n))
FROM generate_series(1, 2) AS c;

CREATE TABLE staged_invoice AS
SELECT 'I' || n AS invoice_number, 'K' || 1 + n % 120 AS customer_number,
       date '2025-01-01' + n AS invoice_date, date '2025-01-01' + n + 30 AS due_date,
       (100 + n * 37 % 1000)::numeric AS amount, 'i' || n AS idempotency_key
FROM generate_series(1, 400) AS n;
SELECT ar.import_table(c, 'invoice', 'staged_invoice') FROM generate_series(1, 2) AS c;
UPDATE staged_invoice SET amount = amount + 0.25, invoice_number = 'J' || invoice_number, idempotency_key = NULL;
SELECT ar.import_table(1, 'invoice', 'staged_invoice');

SELECT ar.import_rows(1, 'credit_note', (
    SELECT jsonb_agg(jsonb_build_object('credit_note_number', 'N' || n, 'customer_number', 'K' || n,
                                        'credit_note_date', date '2025-06-01' + n, 'amount', '12.50'))
    FROM generate_series(1, 60) AS n));
SELECT ar.import_rows(c, 'payment', (
    SELECT jsonb_agg(jsonb_build_object('payment_number', 'P' || n, 'customer_number', 'K' || 1 + n % 120,
                                        'payment_date', date '2025-02-01' + n, 'amount', CASE n % 3 WHEN 0 THEN 100 ELSE 60 END + n * 37 % 1000,
                                        'idempotency_key', 'p' || n))
    FROM generate_series(1, 300) AS n))
FROM generate_series(1, 2) AS c;
SELECT ar.import_rows(c, 'application', (
    SELECT jsonb_agg(jsonb_build_object('invoice_number', 'I' || n, 'payment_number', 'P' || n,
                                        'amount', CASE n % 3 WHEN 0 THEN 100 + n * 37 % 1000 ELSE 30 + n * 37 % 1000 / (1 + n % 2) END,
                                        'application_date', date '2025-03-01' + n, 'idempotency_key', 'a' || n))
    FROM generate_series(1, 300) AS n))
FROM generate_series(1, 2) AS c;
SELECT ar.apply(1, p.item_id, i.item_id, 12.50, '2026-02-01', 'credit note')
FROM receivables.credit_note AS p
JOIN LATERAL (SELECT min(i.item_id) AS item_id FROM receivables.invoice AS i
              WHERE i.company_id = 1 AND i.customer_id = p.customer_id AND i.invoice_number LIKE 'J%') AS i ON true
WHERE p.company_id = 1;
SELECT ar.reverse_application(a.company_id, a.application_id, a.effective_on + 20, 'bounced')
FROM receivables.application AS a
WHERE a.application_id % 10 = 0;
DROP TABLE staged_invoice;
