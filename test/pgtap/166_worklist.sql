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
-- The standard rules, each on both sides of its bound, and that the first that fits counts. On 1 June; late is what of 1,000 was paid late within the year.
SELECT ar.create_company('U', 'Profiles', 'EUR') AS u \gset
CREATE TEMP TABLE profile (customer text, grade text, days integer, late numeric, broken date[], expected text);
INSERT INTO profile VALUES
    ('d20', 'D', 20, NULL, '{}', 'call and propose prepayment'), ('d91', 'D', 91, NULL, '{}', 'decide on legal action or write-off'), ('d90', 'D', 90, NULL, '{}', 'call and propose prepayment'),
    ('late70', NULL, 20, 700, '{}', 'call and propose prepayment'), ('late60', 'C', 20, 600, '{}', 'call and propose prepayment'), ('late59', NULL, 20, 590, '{}', 'call and ask for a date of payment'),
    ('late21', NULL, 20, 210, '{}', 'call and ask for a date of payment'), ('late20', 'B', 20, 200, '{}', 'friendly reminder by e-mail'), ('late10', NULL, 20, 100, '{}', 'friendly reminder by e-mail'),
    ('late0', NULL, 20, 0, '{}', 'friendly reminder by e-mail'), ('unknown', NULL, 20, NULL, '{}', 'call and ask for a date of payment'), ('good', 'A', 20, NULL, '{}', 'friendly reminder by e-mail'),
    ('good-late', 'A', 20, 700, '{}', 'call and propose prepayment'), ('good-broken', 'A', 60, NULL, '{2026-05-20}', 'call: a promise was broken; deliver against prepayment only'),
    ('d-broken', 'D', 60, NULL, '{2026-05-10,2026-05-20}', 'call: a promise was broken; deliver against prepayment only'), ('old-broken', NULL, 500, NULL, '{2026-05-20}', 'decide on legal action or write-off');
INSERT INTO receivables.customer (company_id, customer_number, name, grade) SELECT :u, p.customer, p.customer, p.grade FROM profile AS p;
SELECT bool_and(ar.post_invoice(:u, p.customer, 'open-' || p.customer, '2024-12-01', '2026-06-01'::date - p.days, 100) > 0) AS posted FROM profile AS p \gset
SELECT bool_and(ar.post_invoice(:u, p.customer, v.kind || p.customer, '2026-01-01', '2026-01-31', v.amount) > 0
                AND ar.post_payment(:u, p.customer, 'p' || v.kind || p.customer, v.paid_on, v.amount, jsonb_build_array(jsonb_build_object('invoice_number', v.kind || p.customer, 'amount', v.amount))) > 0) AS paid
FROM profile AS p CROSS JOIN LATERAL (VALUES ('late-', p.late, '2026-02-10'::date), ('prompt-', 1000 - p.late, '2026-01-31')) AS v (kind, amount, paid_on) WHERE v.amount > 0 \gset
-- One after the other: a promise of 10 for a day, broken three days of grace and one later.
SELECT bool_and(ar.promise_to_pay(:u, p.customer, jsonb_build_array(jsonb_build_object('due_on', p.broken[1] - 4, 'amount', 10)), promised_on => p.broken[1] - 6) > 0) AS promised FROM profile AS p WHERE cardinality(p.broken) = 2 \gset
SELECT ar.judge_promises(:u, '2026-05-10') IS NOT NULL AS judged \gset
SELECT bool_and(ar.promise_to_pay(:u, p.customer, jsonb_build_array(jsonb_build_object('due_on', p.broken[cardinality(p.broken)] - 4, 'amount', 10)), promised_on => p.broken[cardinality(p.broken)] - 6) > 0) AS promised FROM profile AS p WHERE cardinality(p.broken) > 0 \gset
SELECT ar.judge_promises(:u, '2026-05-20') IS NOT NULL AS judged \gset
SELECT is(w.next_action, p.expected, format('grade %s, %s days late, %s of 1000 paid late, %s broken', coalesce(p.grade, 'none'), p.days, coalesce(p.late::text, 'none'), cardinality(p.broken)))
FROM profile AS p LEFT JOIN ar.worklist(:u, '2026-06-01') AS w ON w.customer_number = p.customer;
-- Why: in figures of its own. The chance, from curves by now, is that of its column.
SELECT is(w.reason, format('100.00 overdue, the oldest %s days; %s %% likely not to be paid within two weeks by itself%s', p.days, round(100 * w.chance_unpaid), p.rest), p.customer || ': why')
FROM (VALUES ('late70', 20, '; paid 70 % of the last year late'), ('late10', 20, '; paid 10 % of the last year late'), ('late0', 20, '; paid 0 % of the last year late'), ('unknown', 20, ''),
             ('good-broken', 60, '; 1 promise broken in a year'), ('d-broken', 60, '; 2 promises broken in a year')) AS p (customer, days, rest)
LEFT JOIN ar.worklist(:u, '2026-06-01') AS w ON w.customer_number = p.customer;
-- A year later a promise that was broken is forgotten, and so is what was paid late.
SELECT is((SELECT string_agg(w.next_action || coalesce(substring(w.reason FROM '; paid.*|; [0-9]+ promise.*'), ''), ', ') FROM ar.worklist(:u, d.day) AS w WHERE w.customer_number = d.customer), d.expected, format('%s on %s', d.customer, d.day))
FROM (VALUES ('good-broken', '2027-05-19'::date, 'decide on legal action or write-off; 1 promise broken in a year'), ('good-broken', '2027-05-20', 'decide on legal action or write-off'),
             ('late70', '2026-06-01', 'call and propose prepayment; paid 70 % of the last year late'), ('late70', '2027-03-01', 'decide on legal action or write-off')) AS d (customer, day, expected);
-- A part in dispute is left out, a customer whose all is, too.
SELECT ar.open_dispute(:u, 'unknown', 'price', '[{"document_number": "open-unknown", "amount": 30}]', opened_on => '2026-05-25') > 0 AND ar.open_dispute(:u, 'late59', 'price', '[{"document_number": "open-late59"}]', opened_on => '2026-05-25') > 0 AS disputed \gset
SELECT results_eq(format('SELECT customer_number, overdue FROM ar.worklist(%s, ''2026-06-01'') WHERE customer_number IN (''unknown'', ''late59'')', :u), $$VALUES ('unknown', 70.00)$$, 'what is disputed is not asked for');
SELECT results_eq(format('SELECT customer_number, overdue FROM ar.worklist(%s, ''2026-05-24'') WHERE customer_number IN (''unknown'', ''late59'') ORDER BY 1', :u), $$VALUES ('late59', 100.00), ('unknown', 100.00)$$, 'the day before it was');
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
