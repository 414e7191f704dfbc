-- Which items come to which dunning level, and why customers are passed over.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
SELECT ar.create_company('D', 'Dunning', 'EUR') AS d \gset
INSERT INTO receivables.customer (company_id, customer_number, name) SELECT :d, 'C' || n, 'Customer ' || n FROM generate_series(1, 9) AS n;

CREATE FUNCTION pg_temp.item(number text) RETURNS bigint LANGUAGE sql AS $$
    SELECT i.item_id FROM receivables.item AS i JOIN receivables.document AS d USING (company_id, document_id) WHERE d.document_number = number $$;
CREATE FUNCTION pg_temp.level(number text) RETURNS integer LANGUAGE sql AS $$
    SELECT coalesce((SELECT d.level::integer FROM receivables.item_dunning AS d WHERE d.item_id = pg_temp.item(number)), 0) $$;
CREATE FUNCTION pg_temp.run(company bigint, on_date date) RETURNS text LANGUAGE sql AS $$
    SELECT format('%s rose, %s notices, %s passed over', r.raised_items, r.notices, r.skipped_customers) FROM ar.run_dunning(company, on_date) AS r $$;
CREATE FUNCTION pg_temp.skipped(on_date date) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(c.customer_number || ' ' || s.reason, ', ' ORDER BY c.customer_number)
    FROM receivables.dunning_skip AS s JOIN receivables.dunning_run AS r USING (company_id, dunning_run_id)
    JOIN receivables.customer AS c USING (company_id, customer_id) WHERE r.as_of = on_date $$;

-- Without a policy nobody is dunned.
SELECT ar.post_invoice(:d, 'C1', 'I1', '2026-01-01', '2026-01-31', 100) > 0 AS posted \gset
SELECT is(pg_temp.run(:d, '2026-01-20'), '0 rose, 0 notices, 0 passed over', 'nothing without a policy');
SELECT is(ar.add_standard_dunning_policy(:d), 1, 'the first version of the standard policy');
UPDATE receivables.company SET dunning_policy = 'standard' WHERE company_id = :d;

-- Each day of the standard policy, by hand: due on 31 January.
SELECT is(pg_temp.run(:d, r.day) || ': ' || pg_temp.level('I1'), r.expected, format('due on 31 January, run on %s', r.day))
FROM (VALUES ('2026-01-23'::date, '0 rose, 0 notices, 0 passed over: 0'),
             ('2026-01-24', '1 rose, 1 notices, 0 passed over: 1'), ('2026-01-27', '0 rose, 0 notices, 0 passed over: 1'),
             ('2026-01-28', '1 rose, 1 notices, 0 passed over: 2'), ('2026-01-31', '1 rose, 1 notices, 0 passed over: 3'),
             ('2026-02-01', '1 rose, 1 notices, 0 passed over: 4'), ('2026-02-14', '0 rose, 0 notices, 0 passed over: 4'),
             ('2026-02-15', '1 rose, 1 notices, 0 passed over: 5'), ('2026-03-01', '0 rose, 0 notices, 0 passed over: 5'),
             ('2026-03-02', '1 rose, 1 notices, 0 passed over: 6')) AS r (day, expected);
SELECT is(pg_temp.run(:d, '2026-03-02'), '0 rose, 0 notices, 0 passed over', 'the same day again changes nothing');
SELECT throws_ok(format('SELECT ar.run_dunning(%s, ''2026-03-01'')', :d), '55000', 'dunning was run for 2026-03-02 already', 'no run for an earlier day');
SELECT throws_ok(format('SELECT ar.run_dunning(%s, NULL)', :d), '22023', NULL, 'a run has a day');
SELECT throws_ok('SELECT ar.run_dunning(999, ''2026-03-01'')', '23503', NULL, 'a run has a company');

-- A missed day: the highest level only. Another item keeps its own; the letter is one, at the highest.
SELECT ar.post_invoice(:d, 'C2', 'I2', '2026-01-01', '2026-02-10', 200) > 0 AND ar.post_invoice(:d, 'C2', 'I3', '2026-02-20', '2026-03-11', 50) > 0 AS posted \gset
SELECT is(pg_temp.run(:d, '2026-03-04'), '2 rose, 1 notices, 0 passed over', 'two items of a customer, one notice');
SELECT is(pg_temp.level('I2') || ' ' || pg_temp.level('I3'), '5 1', 'each item by its own age: 22 days past due, 7 before');
SELECT results_eq(
    $$SELECT n.level::integer, n.amount, n.customer_balance, n.language, n.currency FROM receivables.dunning_notice AS n ORDER BY n.dunning_notice_id DESC LIMIT 1$$,
    $$VALUES (5, 250.00, 250.00, 'en', 'EUR')$$, 'the notice is of the highest level, with all amounts');

-- Who is not dunned: 13 and more days overdue on 1 May.
SELECT bool_and(ar.post_invoice(:d, 'C' || n, 'M' || n, '2026-04-01', '2026-04-18', 100) > 0) AS posted FROM generate_series(3, 8) AS n \gset
SELECT ar.post_payment(:d, 'C3', 'P3', '2026-04-20', 100) > 0 AS posted \gset
INSERT INTO receivables.dunning_hold (company_id, customer_id, valid_from, valid_to, reason)
SELECT :d, customer_id, '2026-04-01', '2026-05-02', 'at the lawyer' FROM receivables.customer WHERE customer_number = 'C4';
INSERT INTO receivables.dunning_hold (company_id, customer_id, item_id, valid_from, reason)
SELECT :d, customer_id, pg_temp.item('M5'), '2026-04-01', 'goods under way' FROM receivables.customer WHERE customer_number = 'C5';
INSERT INTO receivables.dispute (company_id, customer_id, opened_on, reason) SELECT :d, customer_id, '2026-04-20', 'price' FROM receivables.customer WHERE customer_number IN ('C6', 'C8');
INSERT INTO receivables.dispute_item (company_id, dispute_id, item_id, amount)
SELECT :d, dispute_id, pg_temp.item(CASE customer_number WHEN 'C6' THEN 'M6' ELSE 'M8' END), CASE customer_number WHEN 'C6' THEN 100 ELSE 30 END
FROM receivables.dispute JOIN receivables.customer USING (company_id, customer_id);
INSERT INTO receivables.promise (company_id, customer_id, promised_on, amount, grace_days, tolerance_percent)
SELECT :d, customer_id, '2026-04-21', 100, 3, 0 FROM receivables.customer WHERE customer_number = 'C7';
INSERT INTO receivables.promise_item (company_id, promise_id, item_id, amount, open_amount) SELECT :d, promise_id, pg_temp.item('M7'), 100, 100 FROM receivables.promise;
SELECT results_eq(
    format($$SELECT customer_number, document_number, notice_level::integer, level::integer, dunned_amount, skip_reason FROM ar.preview_dunning(%s, '2026-05-01') WHERE document_number LIKE 'M%%'$$, :d),
    $$VALUES ('C3', 'M3', NULL::integer, NULL::integer, 100.00, 'in_credit'), ('C4', 'M4', NULL, NULL, 100.00, 'on_hold'), ('C5', 'M5', NULL, NULL, 0.00, 'on_hold'),
             ('C6', 'M6', NULL, NULL, 0.00, 'disputed'), ('C7', 'M7', NULL, NULL, 0.00, 'promised'), ('C8', 'M8', 4, 4, 70.00, NULL)$$,
    'a preview tells who would get what, and who would not');
SELECT is(pg_temp.level('M8'), 0, 'a preview changes nothing');
SELECT is(pg_temp.run(:d, '2026-05-01'), '4 rose, 3 notices, 5 passed over', 'the run does it: M8, and the older items of C1 and C2');
SELECT is(pg_temp.skipped('2026-05-01'), 'C2 no_contact, C3 in_credit, C4 on_hold, C5 on_hold, C6 disputed, C7 promised, C8 no_contact', 'passed over, with the reason; who has no address gets nothing, but is at that level');
SELECT is(pg_temp.level('M8') || ' ' || (SELECT n.amount FROM receivables.dunning_notice AS n JOIN receivables.customer USING (company_id, customer_id) WHERE customer_number = 'C8'),
          '4 70.00', 'the disputed part is not asked for');
SELECT is(pg_temp.run(:d, '2026-05-02') || ': ' || pg_temp.level('M4'), '1 rose, 1 notices, 4 passed over: 4', 'when the hold ends, dunning goes on');

-- What is paid is not dunned; a payment taken back opens the item again, at its level.
SELECT ar.post_payment(:d, 'C8', 'P8', '2026-05-02', 100, '[{"invoice_number": "M8", "amount": 100}]') > 0 AS posted \gset
SELECT is(pg_temp.run(:d, '2026-05-03'), '1 rose, 1 notices, 4 passed over', 'a paid item rests: only M4 rises, 15 days past due');

-- The last step.
SELECT is(pg_temp.level('I1') || ' ' || pg_temp.level('I3'), '7 6', 'ninety days past due, and fifty-one');

-- Minimum interval: a notice on 1 March, then not on the 14th but on the 15th; one step a run.
SELECT ar.create_company('E', 'Interval', 'EUR') AS e \gset
INSERT INTO receivables.customer (company_id, customer_number, name) VALUES (:e, 'C1', 'One');
INSERT INTO receivables.dunning_policy (company_id, dunning_policy, name) VALUES (:e, 'slow', 'Slow');
INSERT INTO receivables.dunning_policy_version (company_id, dunning_policy, version, minimum_interval_days, may_skip_steps, minimum_amount) VALUES (:e, 'slow', 1, 14, false, 50);
INSERT INTO receivables.dunning_step (company_id, dunning_policy, version, level, offset_days, name, minimum_amount)
VALUES (:e, 'slow', 1, 1, 1, 'first', 0), (:e, 'slow', 1, 2, 5, 'second', 0), (:e, 'slow', 1, 3, 20, 'third', 1000);
UPDATE receivables.company SET dunning_policy = 'slow' WHERE company_id = :e;
SELECT ar.post_invoice(:e, 'C1', 'S1', '2026-01-01', '2026-02-01', 49.99) > 0 AS posted \gset
SELECT is(pg_temp.run(:e, '2026-02-20'), '0 rose, 0 notices, 1 passed over', 'below the minimum');
SELECT ar.post_invoice(:e, 'C1', 'S2', '2026-01-01', '2026-02-01', 0.01) > 0 AS posted \gset
SELECT is(pg_temp.run(:e, '2026-03-01') || ': ' || pg_temp.level('S1'), '2 rose, 1 notices, 0 passed over: 1', 'at the minimum; the first step first');
SELECT is(pg_temp.run(:e, '2026-03-14') || ': ' || pg_temp.level('S1'), '0 rose, 0 notices, 1 passed over: 1', 'the interval is not over on the 14th');
SELECT is(pg_temp.run(:e, '2026-03-15') || ': ' || pg_temp.level('S1'), '2 rose, 1 notices, 0 passed over: 2', 'on the 15th it is');
SELECT is(pg_temp.run(:e, '2026-04-15') || ': ' || pg_temp.level('S1'), '0 rose, 0 notices, 1 passed over: 2', 'the third step is for a thousand and more');
SELECT is(pg_temp.skipped('2026-02-20') || '; ' || pg_temp.skipped('2026-03-14') || '; ' || pg_temp.skipped('2026-04-15'), 'C1 below_minimum; C1 interval; C1 below_minimum', 'each with its reason');

-- The same day again changes nothing, one step a run and with a fee that is due at once too; a customer who got a notice was not passed over.
SELECT ar.create_company('F', 'Fees', 'EUR') AS f \gset
INSERT INTO receivables.customer (company_id, customer_number, name) VALUES (:f, 'C1', 'One');
INSERT INTO receivables.dunning_policy (company_id, dunning_policy, name) VALUES (:f, 'fees', 'Fees');
INSERT INTO receivables.dunning_policy_version (company_id, dunning_policy, version, may_skip_steps) VALUES (:f, 'fees', 1, false);
INSERT INTO receivables.dunning_step (company_id, dunning_policy, version, level, offset_days, name, fee)
VALUES (:f, 'fees', 1, 1, 0, 'first', 5), (:f, 'fees', 1, 2, 5, 'second', 0), (:f, 'fees', 1, 3, 20, 'third', 0);
UPDATE receivables.company SET dunning_policy = 'fees' WHERE company_id = :f;
SELECT ar.post_invoice(:f, 'C1', 'F1', '2026-01-01', '2026-02-01', 100) > 0 AND ar.post_invoice(:f, 'C1', 'F2', '2026-01-01', '2026-02-01', 100) > 0 AS posted \gset
SELECT ar.open_dispute(:f, 'C1', 'price', '[{"document_number": "F2"}]', opened_on => '2026-02-02') > 0 AS opened \gset
SELECT is(pg_temp.run(:f, '2026-03-05') || '; ' || pg_temp.run(:f, '2026-03-05'), '1 rose, 1 notices, 0 passed over; 0 rose, 0 notices, 0 passed over', 'one step a day');
SELECT is(pg_temp.run(:f, '2026-03-06') || ': ' || pg_temp.level('F1') || pg_temp.level('F2') || pg_temp.level('DUNNING-' || (SELECT min(dunning_notice_id) FROM receivables.dunning_notice WHERE company_id = :f)),
          '2 rose, 1 notices, 0 passed over: 201', 'the next on the next day; the fee is dunned like what it was charged for');

-- A promise that was broken raises an item before its first step too.
SELECT ar.post_invoice(:f, 'C1', 'F3', '2026-03-01', '2026-05-01', 100) > 0 AS posted \gset
SELECT ar.promise_to_pay(:f, 'C1', '[{"due_on": "2026-03-12", "amount": 100}]', ARRAY['F3'], '2026-03-10') > 0 AS promised \gset
SELECT is(pg_temp.run(:f, '2026-03-19') || (SELECT broken FROM ar.judge_promises(:f, '2026-03-20')) || pg_temp.level('F3'), '2 rose, 1 notices, 0 passed over10', 'promised in vain');
SELECT is(pg_temp.run(:f, '2026-03-20') || ': ' || pg_temp.level('F3') || '; ' || pg_temp.run(:f, '2026-03-21') || ': ' || pg_temp.level('F3'),
          '1 rose, 1 notices, 0 passed over: 1; 1 rose, 1 notices, 0 passed over: 1', 'it rises once, long before it is due; the fee for it the day after');

-- A broken promise: one level more than it has, once. Most specific policy first.
UPDATE receivables.item_dunning SET level_shift = 1 WHERE company_id = :d AND item_id = pg_temp.item('M4');
SELECT is(pg_temp.run(:d, '2026-05-04') || ': ' || pg_temp.level('M4'), '1 rose, 1 notices, 4 passed over: 6', 'one level higher');
SELECT is(pg_temp.run(:d, '2026-05-05') || ': ' || pg_temp.level('M4'), '0 rose, 0 notices, 4 passed over: 6', 'and no more than one');
INSERT INTO receivables.dunning_policy (company_id, dunning_policy, name) SELECT :d, p, p FROM unnest('{grade,crowd,own}'::text[]) AS p;
SELECT sum(ar.add_standard_dunning_policy(:d, p)) AS versions FROM unnest('{grade,crowd,own}'::text[]) AS p \gset
INSERT INTO receivables.credit_grade (company_id, grade, from_score, dunning_policy) VALUES (:d, 'A', 80, 'grade');
INSERT INTO receivables.customer_group (company_id, customer_group, name, dunning_policy) VALUES (:d, 'G', 'Group', 'crowd');
UPDATE receivables.customer SET grade = 'A' WHERE company_id = :d AND customer_number IN ('C1', 'C2', 'C3');
UPDATE receivables.customer SET customer_group = 'G' WHERE company_id = :d AND customer_number IN ('C2', 'C3');
UPDATE receivables.customer SET dunning_policy = 'own' WHERE company_id = :d AND customer_number = 'C3';
SELECT is((SELECT string_agg(c.customer_number || ' ' || s.dunning_policy, ', ' ORDER BY c.customer_number) FROM ar.dunning_subjects(:d) AS s
           JOIN receivables.customer AS c ON c.company_id = :d AND c.customer_id = s.customer_id WHERE c.customer_number <= 'C4'),
          'C1 grade, C2 crowd, C3 own, C4 standard', 'customer, group, grade, company');

-- Named when customers are imported.
SELECT is((SELECT i::text FROM ar.import_rows(:d, 'customer', '[{"customer_number": "C9", "name": "Nine", "dunning_policy": "own"}]') AS i), '(1,0)', 'imported with its policy');
SELECT is((SELECT dunning_policy FROM receivables.customer WHERE company_id = :d AND customer_number = 'C9'), 'own', 'which it has');
SELECT throws_ok(format($$SELECT ar.import_rows(%s, 'customer', '[{"customer_number": "C9", "name": "Nine", "dunning_policy": "none", "interest_policy": "none"}]')$$, :d), '23503', NULL, 'one that does not exist is refused');

-- Versions: a step changed today does not rewrite yesterday.
SELECT throws_ok(format('UPDATE receivables.dunning_step SET offset_days = 16 WHERE company_id = %s AND dunning_policy = ''standard'' AND level = 5', :d), '23001', NULL, 'a version that was followed stays');
SELECT throws_ok(format('DELETE FROM receivables.dunning_action WHERE company_id = %s AND dunning_policy = ''standard''', :d), '23001', NULL, 'and so do its actions');
SELECT throws_ok(format('INSERT INTO receivables.dunning_action (company_id, dunning_policy, version, level, action_number, action, audience, channel) VALUES (%s, ''standard'', 1, 7, 9, ''task'', ''cfo'', ''email'')', :d), '23001', NULL, 'nor are there others');
SELECT throws_ok(format('INSERT INTO receivables.dunning_step (company_id, dunning_policy, version, level, offset_days, name) VALUES (%s, ''standard'', 1, 8, 120, ''x'')', :d), '23001', NULL, 'nor other steps');
INSERT INTO receivables.dunning_policy_version (company_id, dunning_policy, version, valid_from) VALUES (:d, 'standard', 90, '2030-01-01');
INSERT INTO receivables.dunning_step (company_id, dunning_policy, version, level, offset_days, name) VALUES (:d, 'standard', 90, 7, 90, 'x'), (:d, 'standard', 90, 8, 120, 'y');
SELECT lives_ok(format('INSERT INTO receivables.dunning_action (company_id, dunning_policy, version, level, action_number, action, audience, channel) VALUES (%s, ''standard'', 90, 7, 9, ''task'', ''cfo'', ''email'')', :d), 'a version that nothing followed takes actions');
SELECT throws_ok(format('UPDATE receivables.dunning_action SET version = 1, action_number = 11 WHERE company_id = %s AND version = 90', :d), '23001', NULL, 'none is moved into one that was followed');
SELECT throws_ok(format('UPDATE receivables.dunning_action SET version = 90, action_number = 10, level = 8 WHERE company_id = %s AND dunning_policy = ''standard'' AND version = 1 AND level = 7', :d), '23001', NULL, 'nor out of it');
SELECT throws_ok(format('UPDATE receivables.dunning_step SET version = 1 WHERE company_id = %s AND version = 90 AND level = 8', :d), '23001', NULL, 'nor a step into it');
-- A step without actions could be moved: nothing else refers to it.
SELECT throws_ok(format('UPDATE receivables.dunning_step SET version = 90, level = 9, offset_days = 200 WHERE company_id = %s AND dunning_policy = ''standard'' AND version = 1 AND level = 7', :d), '23001', NULL, 'nor out of it');
DELETE FROM receivables.dunning_action WHERE company_id = :d AND version = 90;
DELETE FROM receivables.dunning_step WHERE company_id = :d AND version = 90;
SELECT lives_ok(format('DELETE FROM receivables.dunning_policy_version WHERE company_id = %s AND version = 90', :d), 'one that nothing followed can go');
SELECT throws_ok(format('UPDATE receivables.dunning_policy_version SET minimum_amount = 5 WHERE company_id = %s AND dunning_policy = ''standard''', :d), '23001', NULL, 'and its limits');
SELECT throws_ok(format('INSERT INTO receivables.dunning_step (company_id, dunning_policy, version, level, offset_days, name) VALUES (%s, ''own'', 1, 8, 60, ''late'')', :d), '23514', NULL, 'higher levels have later days');
SELECT is(ar.add_standard_dunning_policy(:d, 'standard', '2026-06-01'), 2, 'the next version');
UPDATE receivables.dunning_step SET offset_days = 20 WHERE company_id = :d AND dunning_policy = 'standard' AND version = 2 AND level = 5;
SELECT is((SELECT string_agg(p.version || ' ' || p.offsets::text, '; ' ORDER BY d.day) FROM (VALUES ('2026-05-31'::date), ('2026-06-01')) AS d (day), ar.dunning_policies(:d, d.day) AS p WHERE p.dunning_policy = 'standard'),
          '1 {-7,-3,0,1,15,30,90}; 2 {-7,-3,0,1,20,30,90}', 'each day by the version of that day');
SELECT throws_ok(format('DELETE FROM receivables.dunning_notice WHERE company_id = %s', :d), '23001', NULL, 'what was sent stays known');
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');
SELECT * FROM finish();
ROLLBACK;
