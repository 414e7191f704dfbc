-- Results by collector, team, channel and step, by hand.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
SET LOCAL timezone = 'UTC';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
SELECT ar.create_company('D', 'Dunning', 'EUR') AS d \gset
SELECT ar.add_standard_dunning_policy(:d) AS version \gset
UPDATE receivables.company SET dunning_policy = 'standard';
INSERT INTO receivables.customer (company_id, customer_number, name) SELECT :d, 'C' || n, 'Customer ' || n FROM generate_series(1, 3) AS n;
INSERT INTO receivables.employee (company_id, employee, name, position, team) VALUES (:d, 'ann', 'Ann', 'collector', 'north'), (:d, 'bob', 'Bob', 'collector', 'north');
SELECT bool_and(ar.post_invoice(:d, i.customer, i.number, '2026-01-01', i.due, i.amount) > 0) AS posted
FROM (VALUES ('C1', 'I1', '2026-02-10'::date, 1000), ('C2', 'I2', '2026-02-20', 400), ('C3', 'I3', '2026-03-20', 300)) AS i (customer, number, due, amount) \gset
-- Overdue on 1 March: I1 and I2. Ann calls C1 on the 2nd and takes a promise, Bob writes to C1 on the 5th and C2 on the 3rd.
SELECT ar.log_contact(:d, 'C1', 'phone', 'promised', 'next week', 'ann', contacted_at => '2026-03-02 09:00+00') AS k \gset
SELECT ar.log_contact(:d, 'C1', 'email', 'sent', 'reminder', 'bob', contacted_at => '2026-03-05 09:00+00') > 0 AND ar.log_contact(:d, 'C2', 'email', 'sent', 'reminder', 'bob', contacted_at => '2026-03-03 09:00+00') > 0 AS logged \gset
SELECT ar.promise_to_pay(:d, 'C1', '[{"due_on": "2026-03-10", "amount": 800}]', promised_on => '2026-03-02', contact_id => :k) > 0 AS promised \gset
SELECT ar.post_payment(:d, 'C1', 'P1', '2026-03-04', 200, '[{"invoice_number": "I1", "amount": 200}]') > 0 AND ar.post_payment(:d, 'C1', 'P2', '2026-03-09', 300, '[{"invoice_number": "I1", "amount": 300}]') > 0
       AND ar.post_payment(:d, 'C2', 'P3', '2026-03-18', 400, '[{"invoice_number": "I2", "amount": 400}]') > 0
       AND ar.post_credit_note(:d, 'C1', 'CN', '2026-03-06', 50, invoice_number => 'I1') > 0 AS paid \gset
SELECT ar.judge_promises(:d, '2026-03-20') IS NOT NULL AS judged \gset
SELECT results_eq(format($$SELECT value, contacts, customers, opening_overdue, collected_after_contact, collection_rate, average_days_to_payment, promises, promised_amount, kept_amount, promise_kept_rate
    FROM ar.collection_results(%s, '2026-03-01', '2026-03-30') WHERE value IS NOT NULL$$, :d),
    $$VALUES ('bob', 2::bigint, 2::bigint, 1400.00, 300.00, 0.214286, 4.00, 0::bigint, NULL::numeric, NULL::numeric, NULL::numeric),
             ('ann', 1, 1, 1000.00, 200.00, 0.200000, 2.00, 1, 800.00, 500.00, 0.625000)$$,
    'a payment counts for the latest contact within fourteen days; a credit note does not; C2 paid after fifteen');
SELECT results_eq(format($$SELECT value, contacts, opening_overdue, collected_after_contact, average_days_to_payment FROM ar.collection_results(%s, '2026-03-01', '2026-03-30', 'team', 15) WHERE value IS NOT NULL$$, :d),
    $$VALUES ('north', 3::bigint, 1400.00, 900.00, 8.44)$$, 'by team, and fifteen days: (200x2 + 300x4 + 400x15) / 900');
SELECT results_eq(format($$SELECT value, contacts, collected_after_contact, tasks_done FROM ar.collection_results(%s, '2026-03-01', '2026-03-30', 'channel')$$, :d),
    $$VALUES ('email', 2::bigint, 300.00, NULL::bigint), ('phone', 1, 200.00, NULL)$$, 'by channel');
SELECT is_empty(format($$SELECT * FROM ar.collection_results(%s, '2025-03-01', '2025-03-30')$$, :d), 'nothing in another year');
SELECT throws_ok(format($$SELECT * FROM ar.collection_results(%s, '2026-03-01', '2026-03-30', 'colour')$$, :d), '22023', NULL, 'by something else');
SELECT throws_ok(format($$SELECT * FROM ar.collection_results(%s, '2026-03-31', '2026-03-30')$$, :d), '22023', NULL, 'no period');
-- Steps: I3 comes to level 4 on 21 March, is paid in part on the 25th, comes to level 5 on 4 April and is paid on the 6th.
SELECT ar.run_dunning(:d, '2026-03-21') IS NOT NULL AS ran \gset
SELECT ar.post_payment(:d, 'C3', 'P4', '2026-03-25', 100, '[{"invoice_number": "I3", "amount": 100}]') > 0 AS paid \gset
SELECT ar.run_dunning(:d, '2026-04-04') IS NOT NULL AS ran \gset
SELECT ar.post_payment(:d, 'C3', 'P5', '2026-04-06', 150, '[{"invoice_number": "I3", "amount": 150}]') > 0 AS paid \gset
SELECT results_eq(format($$SELECT level::integer, notices, dunned_amount, collected, collection_rate, average_days_to_payment FROM ar.dunning_step_results(%s, '2026-03-21', '2026-04-10') WHERE level IN (4, 5)$$, :d),
    $$VALUES (4, 1::bigint, 300.00, 100.00, 0.333333, 4.00), (5, 1, 200.00, 150.00, 0.750000, 2.00)$$, 'each step by what was paid before the next');
SET LOCAL ar.as_of = '2026-03-30';
SELECT results_eq('SELECT collector_name, contacts FROM receivables.collector_results ORDER BY 1', $$VALUES ('Ann', 1::bigint), ('Bob', 2), (NULL, 0)$$, 'the view of the last thirty days; a task of nobody is overdue');
SELECT results_eq('SELECT level::integer, notices FROM receivables.dunning_step_results WHERE level = 4', 'VALUES (4, 1::bigint)', 'and of the last ninety');
SELECT * FROM finish();
ROLLBACK;
