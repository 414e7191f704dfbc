-- What the books know of customers: by hand, against plain queries, as of any day and as it was known.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
SELECT ar.create_company('EU', 'Europe', 'EUR') AS eu \gset
SELECT ar.create_company('OT', 'Other', 'EUR') AS ot \gset
SELECT set_config('test.eu', :'eu', true) = :'eu' AS eu_set \gset
CREATE FUNCTION pg_temp.eu() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT current_setting('test.eu')::bigint$$;
CREATE FUNCTION pg_temp.facts(number text, on_date date DEFAULT '2025-06-30') RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT f.facts FROM receivables.customer AS c JOIN ar.customer_facts(pg_temp.eu(), on_date) AS f USING (customer_id)
    WHERE c.company_id = pg_temp.eu() AND c.customer_number = number
$$;
INSERT INTO receivables.customer (company_id, customer_number, name, grade, credit_limit, attributes) VALUES
    (:eu, 'C1', 'First', 'B', 10000, '{"credit": {"net_worth": 80000, "turnover": 700000, "character": 80, "balance": 1, "credit": 5, "payment_index": 100}, "other": 1}'),
    (:eu, 'C2', 'Nothing known', NULL, NULL, '{}'), (:eu, 'C3', 'Losses', 'C', 0, '{"credit": "unknown"}'), (:eu, 'C4', 'Attributes alone', NULL, NULL, '{"credit": {"years_in_business": 3}}'),
    (:ot, 'C1', 'Of another company', NULL, NULL, '{}');

SELECT count(ar.post_invoice(:eu, c, n, d::date, due::date, a)) AS invoices
FROM (VALUES ('C1', 'I0', '2024-01-10', '2024-02-09', 1500), ('C1', 'I1', '2024-08-01', '2024-08-31', 1000), ('C1', 'I2', '2025-03-01', '2025-03-31', 2000), ('C1', 'I3', '2025-06-01', '2025-07-01', 4000),
             ('C1', 'I4', '2025-01-01', '2025-01-15', 9999), ('C1', 'I5', '2025-07-01', '2025-07-31', 77),
             ('C3', 'J1', '2025-01-01', '2025-01-31', 100), ('C3', 'J2', '2023-01-01', '2023-01-31', 50), ('C3', 'J3', '2025-01-10', '2025-02-10', 60)) AS v (c, n, d, due, a) \gset
SELECT ar.post_invoice(:ot, 'C1', 'I1', '2025-01-01', '2025-01-02', 5555) > 0 AS posted \gset
SELECT count(ar.post_payment(:eu, c, n, d::date, a, applications)) AS payments
FROM (VALUES ('C1', 'P0', '2024-02-09', 1500, '[{"invoice_number": "I0", "amount": 1500}]'::jsonb), ('C1', 'P1', '2024-09-10', 1000, '[{"invoice_number": "I1", "amount": 1000}]'),
             ('C1', 'P2', '2025-04-05', 500, '[{"invoice_number": "I2", "amount": 500}]'), ('C1', 'P3', '2025-06-15', 200, NULL),
             ('C3', 'Q1', '2025-04-11', 80, '[{"invoice_number": "J1", "amount": 80}]')) AS v (c, n, d, a, applications) \gset
SELECT ar.post_credit_note(:eu, 'C1', 'N1', '2025-04-10', 300, invoice_number => 'I2') > 0 AS posted \gset
SELECT d.document_id AS mistake FROM receivables.document AS d WHERE d.company_id = :eu AND d.document_number = 'I4' \gset
SELECT ar.reverse_document(:eu, :mistake, '2025-03-01', 'by mistake') > 0 AS reversed \gset
SELECT ar.post_write_off(:eu, 'C3', 'W1', '2025-04-11', 20, 'uncollectible', invoice_number => 'J1') > 0 AS written_off \gset
SELECT ar.post_write_off(:eu, 'C3', 'W2', '2023-06-30', 50, 'uncollectible', invoice_number => 'J2') > 0 AS written_off \gset
SELECT ar.post_write_off(:eu, 'C3', 'W3', '2025-02-11', 60, 'uncollectible', invoice_number => 'J3') AS w3 \gset
SELECT ar.reverse_document(:eu, :w3, '2025-02-20', 'it was paid after all') > 0 AS reversed \gset

-- By hand: balance 1200 + 4000 - 200; sales 1000 + 2000 + 4000 - 300; late (1000 x 10 + 500 x 5) / 1500, to pay (1000 x 40 + 500 x 35) / 1500
SELECT is(pg_temp.facts('C1') - '{days_late_trend}'::text[], '{"receipts": 2, "weighted_days_late": 8.33, "weighted_days_to_pay": 38.33, "weighted_terms": 30.00, "late_share": 1.000000,
    "months_of_history": 17, "sales_12_months": 6700, "monthly_sales": 558.33, "balance": 5000, "overdue": 1200, "max_days_past_due": 91, "weighted_days_past_due": 91.00, "max_days_past_due_6_months": 91,
    "deductions": 0, "written_off_24_months": 0, "credit_limit": 10000, "utilisation": 0.5, "grade": "B", "net_worth": 80000, "turnover": 700000, "character": 80,
    "credit": {"net_worth": 80000, "turnover": 700000, "character": 80, "balance": 1, "credit": 5, "payment_index": 100}}'::jsonb, 'all that is known of a customer; no attribute takes the place of what the books know');
SELECT is(pg_temp.facts('C2'), '{}'::jsonb, 'nothing is known of whoever was never invoiced');
SELECT is(pg_temp.facts('C4'), '{"years_in_business": 3, "credit": {"years_in_business": 3}}'::jsonb, 'or what was found out');
SELECT is(pg_temp.facts('C3') -> k, v, k || ' of a customer with losses')
FROM (VALUES ('written_off_24_months', '20'::jsonb), ('max_days_past_due', '140'), ('max_days_past_due_6_months', '140'), ('balance', '60'), ('overdue', '60'), ('utilisation', NULL), ('credit', NULL), ('credit_limit', '0'),
             ('months_of_history', '29'), ('sales_12_months', '160'), ('monthly_sales', '13.33')) AS v (k, v);
SELECT is(pg_temp.facts('C3', '2025-02-15') -> 'written_off_24_months', '110'::jsonb, 'a write-off that is reversed counted until then');
SELECT is(pg_temp.facts('C3', '2023-06-30') -> 'written_off_24_months', '50'::jsonb, 'and one that is long ago did once');
SELECT is(pg_temp.facts('C1', on_date::date) -> k, v, concat_ws(' ', k, 'as of', on_date))
FROM (VALUES ('2025-04-01', 'balance', '2000'::jsonb), ('2025-04-01', 'max_days_past_due', '1'), ('2025-03-31', 'max_days_past_due', '0'), ('2025-03-31', 'overdue', '0'), ('2025-03-31', 'weighted_days_past_due', NULL),
             ('2025-02-28', 'balance', '9999'), ('2025-02-28', 'max_days_past_due', '44'), ('2024-02-29', 'balance', '0'), ('2024-02-29', 'months_of_history', '1'), ('2024-02-29', 'max_days_past_due_6_months', '0'),
             ('2024-09-05', 'max_days_past_due', '5'), ('2024-09-10', 'max_days_past_due', '0'), ('2024-12-31', 'max_days_past_due_6_months', '10'), ('2025-03-10', 'max_days_past_due_6_months', '0'),
             ('2025-03-09', 'max_days_past_due_6_months', '10'), ('2025-01-10', 'sales_12_months', '10999'), ('2025-01-09', 'sales_12_months', '12499'), ('2024-01-31', 'monthly_sales', '1500.00'),
             ('2024-01-09', 'balance', NULL), ('2024-01-09', 'months_of_history', NULL)) AS v (on_date, k, v);
SELECT is_empty($$SELECT k FROM ar.customer_facts(pg_temp.eu(), '2025-06-30') AS f JOIN receivables.customer AS c ON c.customer_id = f.customer_id AND c.customer_number = 'C3', jsonb_object_keys(f.facts) AS k WHERE k <> ALL (ar.customer_fact_names())$$, 'all that the books know is named');
SELECT results_eq($$SELECT f.facts FROM ar.customer_facts(pg_temp.eu(), '2025-06-30', ARRAY(SELECT c.customer_id FROM receivables.customer AS c WHERE c.company_id = pg_temp.eu() AND c.customer_number IN ('C1', 'C3'))) AS f ORDER BY f.customer_id$$,
    $$SELECT f.facts FROM ar.customer_facts(pg_temp.eu(), '2025-06-30') AS f JOIN receivables.customer AS c USING (customer_id) WHERE c.customer_number IN ('C1', 'C3') ORDER BY f.customer_id$$, 'some of them alone');
SELECT is_empty('SELECT * FROM ar.customer_facts(pg_temp.eu(), ''2025-06-30'', ''{}'')', 'and none of none');
SELECT throws_ok('SELECT * FROM ar.customer_facts(-1)', '23503', 'company -1 does not exist', 'of a company');
SELECT throws_ok('SELECT * FROM ar.customer_facts(pg_temp.eu(), NULL)', '22023', NULL, 'as of a day');
SELECT throws_ok('SELECT * FROM ar.customer_facts(pg_temp.eu(), ''infinity'')', '22023', NULL, 'that ends');

-- As it was known
SELECT clock_timestamp() AS then \gset
SELECT facts AS before FROM pg_temp.facts('C1') AS facts \gset
SELECT ar.post_payment(:eu, 'C1', 'P9', '2025-05-01', 1200, '[{"invoice_number": "I2", "amount": 1200}]') > 0 AS posted \gset
SELECT is(pg_temp.facts('C1') -> k, v, k || ' once it is paid') FROM (VALUES ('balance', '3800'::jsonb), ('max_days_past_due', '0'), ('max_days_past_due_6_months', '31'), ('receipts', '3')) AS v (k, v);
SELECT set_config('ar.known_at', :'then', true) = :'then' AS known \gset
SELECT is(pg_temp.facts('C1'), :'before'::jsonb, 'before it was entered, nothing of it was known');
SELECT set_config('ar.known_at', '', true) = '' AS known \gset
-- Opened again
SELECT a.application_id FROM receivables.application AS a JOIN receivables.item AS i ON (i.company_id, i.item_id) = (a.company_id, a.debit_item_id) JOIN receivables.document AS d ON (d.company_id, d.document_id) = (i.company_id, i.document_id)
WHERE a.company_id = :eu AND d.document_number = 'I2' AND a.amount = 1200 \gset
SELECT ar.reverse_application(:eu, :application_id, '2025-06-20', 'bounced') > 0 AS reversed \gset
SELECT is(pg_temp.facts('C1', on_date::date) -> k, v, concat_ws(' ', k, 'of what was opened again, as of', on_date))
FROM (VALUES ('2025-06-30', 'max_days_past_due', '91'::jsonb), ('2025-06-19', 'max_days_past_due', '0'), ('2025-06-19', 'max_days_past_due_6_months', '31'), ('2025-04-20', 'max_days_past_due', '20')) AS v (on_date, k, v);

-- Against plain queries, on a random book
SELECT setseed(0.42) \gset seed_
SELECT ar.import_rows(:ot, 'customer', (SELECT jsonb_agg(jsonb_build_object('customer_number', 'R' || n, 'name', 'R' || n, 'credit_limit', '1000')) FROM generate_series(1, 30) AS n)) IS NOT NULL AS imported \gset
SELECT ar.import_rows(:ot, 'invoice', (SELECT jsonb_agg(jsonb_build_object('customer_number', 'R' || 1 + n % 29, 'invoice_number', 'V' || n, 'invoice_date', d, 'due_date', d + (random() * 60)::integer, 'amount', round((random() * 900 + 1)::numeric, 2)::text))
    FROM (SELECT n, date '2023-06-01' + (random() * 900)::integer AS d FROM generate_series(1, 400) AS n) AS v)) IS NOT NULL AS imported \gset
SELECT count(ar.post_payment(:ot, 'R' || 1 + n % 29, 'Z' || n, i.effective_on + (random() * 120)::integer, i.amount, jsonb_build_array(jsonb_build_object('invoice_number', 'V' || n, 'amount', CASE WHEN n % 5 = 0 THEN 0.5 ELSE i.amount END)))) AS paid
FROM generate_series(1, 400) AS n JOIN receivables.document AS d ON d.company_id = :ot AND d.document_number = 'V' || n JOIN receivables.item AS i ON (i.company_id, i.document_id) = (d.company_id, d.document_id) WHERE n % 3 > 0 \gset
SELECT results_eq(format($$SELECT c.customer_number, (f.facts ->> 'balance')::numeric, (f.facts ->> 'sales_12_months')::numeric, (f.facts ->> 'max_days_past_due_6_months')::integer, (f.facts ->> 'utilisation')::numeric
    FROM ar.customer_facts(%1$s, %2$L) AS f JOIN receivables.customer AS c USING (customer_id) WHERE c.customer_number LIKE 'R%%' ORDER BY 1$$, :'ot', d),
    format($$WITH item AS (SELECT i.*, i.effective_on AS starts, coalesce((SELECT max(a.effective_on) FROM receivables.application AS a WHERE a.debit_item_id = i.item_id AND a.effective_on <= %2$L
                                    HAVING sum(a.amount) = i.amount), %2$L) AS ends,
                                  CASE WHEN i.is_debit THEN i.amount - coalesce((SELECT sum(a.amount) FROM receivables.application AS a WHERE a.debit_item_id = i.item_id AND a.effective_on <= %2$L), 0)
                                       ELSE i.amount + coalesce((SELECT sum(a.amount) FROM receivables.application AS a WHERE a.credit_item_id = i.item_id AND a.effective_on <= %2$L), 0) END AS open
                           FROM receivables.item AS i WHERE i.company_id = %1$s AND i.effective_on <= %2$L)
    SELECT c.customer_number, sum(i.open), sum(CASE WHEN i.kind = 'invoice' AND i.starts > %2$L::date - interval '12 months' THEN i.amount ELSE CASE WHEN i.item_id IS NOT NULL THEN 0 END END),
           CASE WHEN count(i.item_id) > 0 THEN greatest(max(i.ends - i.due_on) FILTER (WHERE i.is_debit AND i.due_on <= %2$L AND i.ends > %2$L::date - interval '6 months'), 0) END, round(sum(i.open) / 1000, 6)
    FROM receivables.customer AS c LEFT JOIN item AS i ON i.customer_id = c.customer_id WHERE c.company_id = %1$s AND c.customer_number LIKE 'R%%' GROUP BY 1 ORDER BY 1$$, :'ot', d), 'balances, sales, days past due and utilisation as of ' || d)
FROM unnest('{2023-07-15,2024-05-31,2024-12-31,2025-06-30,2025-12-31}'::date[]) AS d;
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');
SELECT * FROM finish();
ROLLBACK;
