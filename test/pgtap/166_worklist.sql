-- The worklist: ranked by amount x chance, with an action by the customer's profile.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
SELECT ar.create_company('W', 'Worklist', 'EUR') AS w \gset
INSERT INTO receivables.customer (company_id, customer_number, name, grade, salesperson)
SELECT :w, v.* FROM (VALUES ('X', 'Ex', 'A', 'sam'), ('Y', 'Wye', NULL, 'tom'), ('Z', 'Zed', 'D', 'sam'), ('H', 'Held', NULL, 'sam'), ('P', 'Promised', NULL, 'sam'), ('B', 'Broken', NULL, 'tom')) AS v;
INSERT INTO receivables.employee (company_id, employee, name, position) VALUES (:w, 'sam', 'Sam', 'salesperson'), (:w, 'tom', 'Tom', 'collector');
-- Nothing was ever paid: the chance follows from age alone. On 1 June: X 20 days, Y 50, Z 95, B 80.
SELECT bool_and(ar.post_invoice(:w, i.customer, 'I-' || i.customer, '2026-01-01', i.due, i.amount) > 0) AS posted
FROM (VALUES ('X', '2026-05-12'::date, 1000), ('Y', '2026-04-12', 900), ('Z', '2026-02-26', 300), ('H', '2026-02-01', 5000), ('P', '2026-04-12', 1000), ('B', '2026-03-13', 100)) AS i (customer, due, amount) \gset
SELECT ar.post_invoice(:w, 'Y', 'I-Y2', '2026-01-01', '2026-07-01', 9000) > 0 AND ar.hold_dunning(:w, 'H', 'insolvent', valid_from => '2026-05-01') > 0
       AND ar.promise_to_pay(:w, 'P', '[{"due_on": "2026-06-10", "amount": 1000}]', promised_on => '2026-05-30') > 0
       AND ar.promise_to_pay(:w, 'B', '[{"due_on": "2026-04-10", "amount": 100}]', promised_on => '2026-04-01') > 0 AS done \gset
SELECT ar.judge_promises(:w, '2026-04-20') IS NOT NULL AS judged \gset
SELECT results_eq(format($$SELECT rank, customer_number, overdue, chance_unpaid, at_risk, days_past_due, next_action FROM ar.worklist(%s, '2026-06-01')$$, :w),
    $$VALUES (1::bigint, 'Y', 900.00, 0.500000, 450.00, 50, 'call and ask for a date of payment'), (2, 'X', 1000.00, 0.300000, 300.00, 20, 'friendly reminder by e-mail'),
             (3, 'Z', 300.00, 0.900000, 270.00, 95, 'decide on legal action or write-off'), (4, 'B', 100.00, 0.700000, 70.00, 80, 'call: a promise was broken; deliver against prepayment only')$$,
    'amount x chance; what is not due, on hold or promised is left out');
SELECT is((SELECT reason FROM ar.worklist(:w, '2026-06-01') WHERE customer_number = 'B'), '100.00 overdue, the oldest 80 days; 70 % likely not to be paid within two weeks by itself; 1 promise broken in a year', 'with the figures in words');
SELECT is((SELECT string_agg(customer_number, ' ' ORDER BY rank) FROM ar.worklist(:w, '2026-06-01', 'sam')), 'X Z', 'of one employee');
-- Rules of the company, and what they are taken to be worth.
INSERT INTO receivables.worklist_rule (company_id, position, grade, next_action, uplift) VALUES (:w, 1, 'A', 'visit', 2), (:w, 2, NULL, 'call', 1);
SELECT results_eq(format($$SELECT customer_number, priority, next_action FROM ar.worklist(%s, '2026-06-01') LIMIT 2$$, :w), $$VALUES ('X', 600.00, 'visit'), ('Y', 450.00, 'call')$$, 'rules are rows');
-- Taken one after the other, each once.
SELECT is((SELECT string_agg(t.customer_number, ' ' ORDER BY n) FROM generate_series(1, 1) AS n, ar.take_customer(:w, 'tom', '2026-06-01') AS t), 'X', 'the first');
SELECT is((SELECT t.customer_number FROM ar.take_customer(:w, 'sam', '2026-06-01') AS t), 'Y', 'the next');
SELECT results_eq(format($$SELECT owner, task_kind, subject, amount FROM receivables.collection_task WHERE company_id = %s AND task_kind = 'call' ORDER BY task_id$$, :w), $$VALUES ('tom', 'call', 'visit', 1000.00), ('sam', 'call', 'call', 900.00)$$, 'with a task');
-- Where there is history the chance is that of the curves: summed by hand from the outlook.
SELECT bool_and(ar.post_invoice(:w, 'X', 'H' || n, '2025-06-01', '2025-07-01', 100) > 0 AND ar.post_payment(:w, 'X', 'HP' || n, '2025-07-01'::date + n * 9, 100, jsonb_build_array(jsonb_build_object('invoice_number', 'H' || n, 'amount', 100))) > 0) AS posted FROM generate_series(1, 9) AS n \gset
SELECT is((SELECT at_risk FROM ar.worklist(:w, '2026-06-01') WHERE customer_number = 'X'),
          (SELECT round(sum(open_company_amount * (1 - within_14_days)), 2) FROM ar.payment_outlook(:w, '2026-06-01') AS p JOIN receivables.customer AS c USING (customer_id) WHERE c.customer_number = 'X' AND p.days_past_due > 0), 'amount x (1 - probability that it is paid within 14 days)');
SELECT isnt((SELECT chance_unpaid FROM ar.worklist(:w, '2026-06-01') WHERE customer_number = 'X'), 0.3, 'which is another than by age');
SET LOCAL ar.as_of = '2026-06-01';
SELECT is((SELECT count(*) FROM receivables.worklist WHERE company_id = :w), 4::bigint, 'the view');
SELECT throws_ok('SELECT * FROM ar.worklist(999)', '23503', NULL, 'an unknown company');
-- Tasks of nobody: of the highest priority, the earliest day, the largest amount, the one entered first.
SELECT ar.create_company('T', 'Tasks', 'EUR') AS t \gset
INSERT INTO receivables.customer (company_id, customer_number, name) VALUES (:t, 'K', 'Kay');
INSERT INTO receivables.employee (company_id, employee, name, position) VALUES (:t, 'ann', 'Ann', 'collector'), (:t, 'bob', 'Bob', 'collector');
SELECT bool_and(ar.add_task(:t, c.customer_id, 'other', v.subject, v.due::date, v.amount, v.priority, v.owner) > 0) AS made
FROM receivables.customer AS c, (VALUES ('no amount', '2026-06-02', NULL::numeric, 3, NULL), ('small', '2026-06-02', 10, 3, NULL), ('large', '2026-06-02', 500, 3, NULL), ('large too', '2026-06-02', 500, 3, NULL),
     ('early', '2026-06-01', 1, 3, NULL), ('urgent', '2026-07-01', 1, 1, NULL), ('owned', '2026-05-01', 900, 1, 'bob'), ('closed', '2026-05-01', 900, 1, NULL)) AS v (subject, due, amount, priority, owner) WHERE c.company_id = :t \gset
SELECT ar.close_task(:t, (SELECT task_id FROM receivables.collection_task WHERE company_id = :t AND subject = 'closed'), 'done') AS closed \gset
SELECT throws_ok(format('SELECT ar.take_task(%s, ''nobody'')', :t), '23503', NULL, 'a task goes to an employee');
CREATE TEMP TABLE taken (n integer, task bigint);
INSERT INTO taken SELECT n, ar.take_task(:t, CASE n % 2 WHEN 0 THEN 'ann' ELSE 'bob' END) FROM generate_series(1, 7) AS n;
SELECT is((SELECT string_agg(coalesce(t.subject || ' ' || t.owner, 'none'), ', ' ORDER BY n) FROM taken AS w LEFT JOIN receivables.collection_task AS t ON t.company_id = :t AND t.task_id = w.task),
          'urgent bob, early ann, large bob, large too ann, small bob, no amount ann, none', 'one after the other, until there is none');
SELECT is((SELECT string_agg(DISTINCT coalesce(o.owner, 'nobody') || ' ' || coalesce(o.reason, 'none'), ', ') FROM receivables.task_owner AS o JOIN taken AS w ON w.task = o.task_id WHERE o.company_id = :t), 'ann taken, bob taken, nobody none', 'who took which stays known');
SELECT * FROM finish();
ROLLBACK;
