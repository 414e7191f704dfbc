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
SELECT results_eq(format($$SELECT value, collected_after_contact, collection_rate FROM ar.collection_results(%s, '2026-03-01', '2026-03-03') WHERE value IS NOT NULL ORDER BY 1$$, :d),
    $$VALUES ('ann', 0.00, 0.000000), ('bob', 0.00, 0.000000)$$, 'nothing paid of what was overdue is a rate of 0');
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
-- Whoever had a customer or task then, in the team of then. What was entered is dated back beneath the guards.
SELECT ar.create_company('E', 'Ownership', 'EUR') AS e \gset
INSERT INTO receivables.employee (company_id, employee, name, position, team) VALUES (:e, 'ann', 'Ann', 'collector', 'north'), (:e, 'bob', 'Bob', 'collector', 'south'), (:e, 'cat', 'Cat', 'collector', 'north');
INSERT INTO receivables.customer (company_id, customer_number, name, salesperson) VALUES (:e, 'M1', 'M1', NULL), (:e, 'M2', 'M2', 'ann'), (:e, 'M3', 'M3', 'cat');
SELECT bool_and(ar.post_invoice(:e, i.customer, i.number, '2026-01-01', i.due, i.amount) > 0) AS posted
FROM (VALUES ('M1', 'I1', '2026-02-10'::date, 1000), ('M2', 'I2', '2026-02-15', 500), ('M3', 'I3', '2026-02-20', 400), ('M3', 'I4', '2026-03-10', 70)) AS i (customer, number, due, amount) \gset
CREATE FUNCTION pg_temp.task(number text, opened date, due date, owner text) RETURNS bigint LANGUAGE sql AS $$
    SELECT ar.add_task(c.company_id, c.customer_id, 'call', 'call', due, owner => owner, opened_on => opened) FROM receivables.customer AS c WHERE c.customer_number = number $$;
CREATE FUNCTION pg_temp.owned(task bigint, since timestamptz) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
    SET LOCAL session_replication_role = replica;
    UPDATE receivables.task_owner AS o SET valid_from = since WHERE o.task_id = task AND o.valid_from = (SELECT max(x.valid_from) FROM receivables.task_owner AS x WHERE x.task_id = task);
    SET LOCAL session_replication_role = origin; END $$;
CREATE FUNCTION pg_temp.closed(task bigint, at timestamptz, status text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
    PERFORM ar.close_task(t.company_id, task, 'x', closed.status) FROM receivables.collection_task AS t WHERE t.task_id = task;
    SET LOCAL session_replication_role = replica;
    UPDATE receivables.collection_task AS t SET closed_at = at WHERE t.task_id = task;
    SET LOCAL session_replication_role = origin; END $$;
-- M1: a task of Ann from 20 February, of Bob from 11 March, of Ann again from 5 April. M2: Ann's, of Bob from 16 March. M3: Cat's, who goes from north to south on 16 March.
SELECT pg_temp.task('M1', '2026-02-20', '2026-03-05', 'ann') AS t1 \gset
SELECT pg_temp.owned(:t1, '2026-02-20 08:00+00') \gset none_
SELECT ar.assign_task(:e, :t1, 'bob') \gset none_
SELECT pg_temp.owned(:t1, '2026-03-11 09:00+00') \gset none_
SELECT ar.assign_task(:e, :t1, 'ann') \gset none_
SELECT pg_temp.owned(:t1, '2026-04-05 09:00+00') \gset none_
SELECT ar.assign_customer(:e, 'M2', '2026-03-16', 'bob', NULL, NULL) \gset none_
UPDATE receivables.employee SET team = 'south' WHERE company_id = :e AND employee = 'cat';
SET LOCAL session_replication_role = replica;
UPDATE receivables.change_log SET recorded_at = '2026-03-16 00:00+00' WHERE company_id = :e AND table_name = 'employee';
SET LOCAL session_replication_role = origin;
SELECT ar.log_contact(:e, 'M3', 'phone', 'promised', 'will pay', 'cat', contacted_at => '2026-03-10 09:00+00') AS k \gset
SELECT ar.log_contact(:e, 'M3', 'phone', 'reached', 'will pay', 'cat', contacted_at => '2026-03-20 09:00+00') > 0 AND ar.promise_to_pay(:e, 'M3', '[{"due_on": "2026-03-25", "amount": 100}]', '{I3}', '2026-03-10', :k) > 0 AS done \gset
SELECT bool_and(ar.post_payment(:e, p.customer, 'Q' || p.n, p.day, p.amount, jsonb_build_array(jsonb_build_object('invoice_number', p.invoice, 'amount', p.amount))) > 0) AS paid
FROM (VALUES (1, 'M1', 'I1', '2026-03-05'::date, 200), (2, 'M1', 'I1', '2026-03-20', 300), (3, 'M2', 'I2', '2026-03-10', 50), (4, 'M2', 'I2', '2026-03-16', 100),
             (5, 'M3', 'I3', '2026-03-10', 80), (6, 'M3', 'I3', '2026-03-25', 40), (7, 'M3', 'I4', '2026-03-20', 70)) AS p (n, customer, invoice, day, amount) \gset
SELECT ar.judge_promises(:e, '2026-03-29') IS NOT NULL AS judged \gset
-- Of Cat: two done, the first in the old team; one cancelled; one done in April; one due in April.
SELECT pg_temp.closed(pg_temp.task('M3', '2026-03-01', '2026-03-12', 'cat'), '2026-03-14 10:00+00', 'done'), pg_temp.closed(pg_temp.task('M3', '2026-03-01', '2026-03-18', 'cat'), '2026-03-20 10:00+00', 'done'),
       pg_temp.closed(pg_temp.task('M3', '2026-03-01', '2026-03-20', 'cat'), '2026-03-10 10:00+00', 'cancelled'), pg_temp.closed(pg_temp.task('M3', '2026-03-01', '2026-03-31', 'cat'), '2026-04-01 00:00+00', 'done'),
       pg_temp.task('M3', '2026-03-01', '2026-04-01', 'cat') \gset none_
SELECT results_eq(format($$SELECT value, assigned_overdue, assigned_collected, assigned_rate, tasks_done, tasks_overdue FROM ar.collection_results(%s, '2026-03-01', '2026-03-31') ORDER BY 1$$, :e),
    $$VALUES ('ann', 1500.00, 250.00, 0.166667, 0::bigint, 0::bigint), ('bob', 0.00, 400.00, NULL, 0, 1), ('cat', 400.00, 120.00, 0.300000, 2, 1)$$,
    'what was overdue is of who had the customer when the period began, what was paid of it of who had it then; a task is of who had it at the end');
SELECT results_eq(format($$SELECT value, assigned_overdue, assigned_collected, assigned_rate, tasks_done, tasks_overdue, contacts, collected_after_contact, promised_amount FROM ar.collection_results(%s, '2026-03-01', '2026-03-31', 'team') ORDER BY 1$$, :e),
    $$VALUES ('north', 1900.00, 330.00, 0.173684, 1::bigint, 0::bigint, 1::bigint, 80.00, 100.00), ('south', 0.00, 440.00, NULL, 1, 2, 1, 110.00, NULL)$$, 'teams as they were then');
SELECT results_eq(format($$SELECT value, tasks_overdue FROM ar.collection_results(%s, '2026-03-01', '2026-03-10') WHERE tasks_overdue > 0 ORDER BY 1$$, :e), $$VALUES ('ann', 1::bigint)$$, 'on 10 March the task was Ann''s');
SELECT results_eq(format($$SELECT value, tasks_done, tasks_overdue, assigned_overdue FROM ar.collection_results(%s, '2026-04-01', '2026-04-30') ORDER BY 1$$, :e),
    $$VALUES ('ann', 0::bigint, 1::bigint, 0.00), ('bob', 0, 0, 850.00), ('cat', 1, 1, 280.00)$$, 'in April it is again, though it began with Bob: 500 of M1 and 350 of M2');
SELECT results_eq(format($$SELECT sum(assigned_overdue), sum(assigned_collected) FROM ar.collection_results(%s, '2026-03-01', '2026-03-31')$$, :e), 'VALUES (1900.00, 770.00)', 'together all that was overdue, and what was paid of it');
SELECT is((SELECT count(*) FROM ar.collection_results(:e, '2026-03-01', '2026-03-31', 'channel') WHERE num_nonnulls(assigned_overdue, assigned_collected, assigned_rate) > 0), 0::bigint, 'a channel has no customers');
SELECT results_eq(format($$SELECT contacts, collected_after_contact, collection_rate FROM ar.collection_results(%s, '2026-03-12', '2026-03-19', 'collector', 0) WHERE value = 'cat'$$, :e), 'VALUES (0::bigint, 0.00, NULL::numeric)', 'where nobody was asked there is no rate');
SELECT * FROM finish();
ROLLBACK;
