-- Promises, disputes, holds, tasks, and what payment does to all of them.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
SELECT ar.create_company('D', 'Dunning', 'EUR') AS d \gset
SELECT ar.add_standard_dunning_policy(:d) AS version \gset
UPDATE receivables.company SET dunning_policy = 'standard';
INSERT INTO receivables.customer (company_id, customer_number, name, salesperson, grade) SELECT :d, 'C' || n, 'Customer ' || n, 'sam', CASE n WHEN 1 THEN 'D' END FROM generate_series(1, 4) AS n;
INSERT INTO receivables.employee (company_id, employee, name, position, team) VALUES
    (:d, 'sam', 'Sam Sales', 'salesperson', NULL), (:d, 'ann', 'Ann', 'collector', 'north'), (:d, 'bob', 'Bob', 'collector', 'north'), (:d, 'eve', 'Eve', 'collector', NULL);
INSERT INTO receivables.task_rule (company_id, position, task_kind, grade, minimum_amount, assign_to, employee, team) VALUES
    (:d, 1, 'call', 'D', 0, 'employee', 'eve', NULL), (:d, 2, 'call', NULL, 1000, 'workload', NULL, 'north'), (:d, 3, 'call', NULL, 0, 'round_robin', NULL, 'north');
CREATE FUNCTION pg_temp.item(number text) RETURNS bigint LANGUAGE sql AS $$
    SELECT i.item_id FROM receivables.item AS i JOIN receivables.document AS d USING (company_id, document_id) WHERE d.document_number = number $$;
CREATE FUNCTION pg_temp.customer(number text) RETURNS bigint LANGUAGE sql AS $$ SELECT customer_id FROM receivables.customer WHERE customer_number = number $$;
CREATE FUNCTION pg_temp.level(number text) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce((SELECT d.level || '+' || d.level_shift FROM receivables.item_dunning AS d WHERE d.item_id = pg_temp.item(number)), '0') $$;

-- Who gets a task.
SELECT ar.add_task(:d, pg_temp.customer('C1'), 'call', 'call', '2026-01-05', 5000) > 0 AND ar.add_task(:d, pg_temp.customer('C2'), 'call', 'call', '2026-01-05', 10) > 0 AS made \gset
SELECT ar.add_task(:d, pg_temp.customer('C3'), 'call', 'call', '2026-01-05', 10) > 0 AND ar.add_task(:d, pg_temp.customer('C4'), 'call', 'call', '2026-01-05', 10) > 0
       AND ar.add_task(:d, pg_temp.customer('C4'), 'call', 'call', '2026-01-05', 1000) > 0 AND ar.add_task(:d, pg_temp.customer('C4'), 'other', 'see', '2026-01-05') > 0 AS made \gset
SELECT is((SELECT string_agg(o.owner || ' by ' || o.reason, ', ' ORDER BY o.task_id) FROM receivables.task_owner AS o),
          'eve by rule 1: employee, ann by rule 3: round robin, bob by rule 3: round robin, ann by rule 3: round robin, bob by rule 2: workload, sam by salesperson of the customer',
          'one employee, a team in turn, the one with the fewest, the salesperson');
SELECT lives_ok(format('SELECT ar.assign_task(%s, %s, ''eve'', ''holiday'')', :d, (SELECT min(task_id) FROM receivables.collection_task WHERE owner = 'ann')), 'given to another');
SELECT is((SELECT string_agg(o.owner, ', ' ORDER BY o.valid_from) FROM receivables.task_owner AS o WHERE o.task_id = (SELECT task_id FROM receivables.task_owner WHERE reason = 'holiday')), 'ann, eve', 'who had it stays known');
SELECT is((SELECT string_agg(o.reason, ', ') FROM receivables.task_owner AS o WHERE o.owner = 'eve' AND o.task_id = (SELECT task_id FROM receivables.task_owner WHERE reason = 'holiday')), 'holiday', 'once, with the reason');
UPDATE receivables.collection_task SET owner = 'bob' WHERE owner = 'sam' AND task_kind = 'other';
UPDATE receivables.collection_task SET owner = 'bob', priority = 2 WHERE owner = 'bob' AND task_kind = 'other';
SELECT is((SELECT string_agg(coalesce(o.owner || ' by ' || coalesce(o.reason, 'hand'), 'nobody'), ', ' ORDER BY o.valid_from) FROM receivables.task_owner AS o JOIN receivables.collection_task AS t USING (company_id, task_id) WHERE t.task_kind = 'other'),
          'sam by salesperson of the customer, bob by hand', 'whoever changes it by hand leaves a trace as well');
UPDATE receivables.collection_task SET owner = 'sam' WHERE task_kind = 'other';
SELECT throws_ok(format('SELECT ar.assign_task(%s, 0, ''eve'')', :d), 'P0002', NULL, 'an unknown task');
SELECT ok(ar.close_task(:d, (SELECT min(task_id) FROM receivables.collection_task), 'reached') AND NOT ar.close_task(:d, (SELECT min(task_id) FROM receivables.collection_task), 'again'), 'closed once');
SELECT throws_ok(format('SELECT ar.assign_task(%s, %s, ''bob'')', :d, (SELECT min(task_id) FROM receivables.collection_task)), '55000', NULL, 'a closed task stays where it is');
SELECT ok(ar.log_contact(:d, 'C2', 'phone', 'reached', 'will pay', 'ann', 'Mr Lee', next_step => 'call again', next_on => '2026-02-01') > 0, 'a contact');
SELECT results_eq($$SELECT owner, task_kind, subject, due_on FROM receivables.collection_task ORDER BY task_id DESC LIMIT 1$$, $$VALUES ('ann', 'follow_up', 'call again', '2026-02-01'::date)$$, 'with a task to follow up');
SELECT throws_ok(format('UPDATE receivables.contact SET summary = ''x'' WHERE company_id = %s', :d), '23001', NULL, 'what was said stays known');

-- A promise in two instalments: 60 by 10 March, 40 by 20 March, on two invoices.
SELECT ar.post_invoice(:d, 'C1', 'I1', '2026-01-01', '2026-02-01', 70) > 0 AND ar.post_invoice(:d, 'C1', 'I2', '2026-01-01', '2026-02-10', 50) > 0 AS posted \gset
SELECT ar.run_dunning(:d, '2026-03-01') IS NOT NULL AS ran \gset
SELECT is(pg_temp.level('I1') || ' ' || pg_temp.level('I2'), '5+0 5+0', 'both are two weeks late and more');
SELECT throws_ok(format($$SELECT ar.promise_to_pay(%s, 'C1', '[{"due_on": "2026-03-10", "amount": 120.01}]', promised_on => '2026-03-02')$$, :d), '22023', 'customer C1 owes less than the 120.01 it promises', 'no more than is open');
SELECT throws_ok(format($$SELECT ar.promise_to_pay(%s, 'C1', '[{"due_on": "2026-03-01", "amount": 10}]', promised_on => '2026-03-02')$$, :d), '22023', NULL, 'no day before');
SELECT ar.promise_to_pay(:d, 'C1', '[{"due_on": "2026-03-20", "amount": 40}, {"due_on": "2026-03-10", "amount": 60}]', promised_on => '2026-03-02') AS p \gset
SELECT results_eq(format('SELECT due_on, amount FROM receivables.promise_instalment WHERE promise_id = %s ORDER BY instalment', :p), $$VALUES ('2026-03-10'::date, 60.00), ('2026-03-20', 40)$$, 'instalments in the order of their days');
SELECT results_eq(format('SELECT d.document_number, x.amount FROM receivables.promise_item AS x JOIN receivables.item AS i USING (company_id, item_id) JOIN receivables.document AS d USING (company_id, document_id) WHERE promise_id = %s ORDER BY 1', :p),
                  $$VALUES ('I1', 70.00), ('I2', 30.00)$$, 'what is due first is promised first');
SELECT is((SELECT j::text FROM ar.judge_promises(:d, '2026-03-13') AS j), '(0,0,0,0)', 'three days of grace');
SELECT ar.post_payment(:d, 'C1', 'P1', '2026-03-13', 60, '[{"invoice_number": "I1", "amount": 60}]') > 0 AS posted \gset
SELECT is((SELECT j::text FROM ar.judge_promises(:d, '2026-03-14') AS j), '(0,0,0,0)', 'the first instalment was paid in time');
SELECT is((SELECT j::text FROM ar.judge_promises(:d, '2026-03-24') AS j), '(0,1,0,0)', 'the second was not: partly kept');
SELECT results_eq(format('SELECT status, kept_amount, judged_on FROM receivables.promise WHERE promise_id = %s', :p), $$VALUES ('partly_kept', 60.00, '2026-03-24'::date)$$, 'with what was paid');
SELECT is((SELECT j::text FROM ar.judge_promises(:d, '2026-03-24') AS j), '(0,0,0,0)', 'judged once');
SELECT results_eq($$SELECT subject, amount, due_on FROM receivables.collection_task WHERE task_kind = 'promise_broken'$$, $$VALUES ('promise of 100.00 from 2026-03-02: 60.00 paid', 40.00, '2026-03-25'::date)$$, 'somebody is to ask');
SELECT is(pg_temp.level('I2'), '5+0', 'a promise kept in part does not raise the level');

-- Broken: nothing paid, one level higher. A reversed payment is no payment. A credit note is none.
SELECT ar.promise_to_pay(:d, 'C1', '[{"due_on": "2026-03-28", "amount": 50}]', '{I2}', '2026-03-25') AS p2 \gset
SELECT ar.post_payment(:d, 'C1', 'P2', '2026-03-27', 50, '[{"invoice_number": "I2", "amount": 50}]') AS paid \gset
SELECT ar.reverse_document(:d, :paid, '2026-03-28', 'returned by the bank') > 0 AS reversed \gset
SELECT is((SELECT j::text FROM ar.judge_promises(:d, '2026-04-01') AS j), '(0,0,1,0)', 'a payment taken back breaks it');
SELECT is(pg_temp.level('I2'), '5+1', 'one level more');
SELECT ar.run_dunning(:d, '2026-04-02') IS NOT NULL AS ran \gset
SELECT is(pg_temp.level('I2') || ' ' || pg_temp.level('I1'), '6+0 6+0', '51 days late is level 6, as is one more than 5: whichever is higher');
-- Kept early; replaced.
SELECT ar.promise_to_pay(:d, 'C1', '[{"due_on": "2026-05-01", "amount": 10}]', '{I1}', '2026-04-03') AS p3 \gset
SELECT ar.promise_to_pay(:d, 'C1', '[{"due_on": "2026-05-05", "amount": 10}]', '{I1}', '2026-04-04', replaces_promise_id => :p3) AS p4 \gset
SELECT results_eq(format('SELECT status, replaced_by_promise_id FROM receivables.promise WHERE promise_id = %s', :p3), format('VALUES (''replaced'', %s::bigint)', :p4), 'replaced by another');
SELECT is(pg_temp.level('I1'), '6+1', 'what was not kept is not forgotten');
SELECT ar.post_payment(:d, 'C1', 'P3', '2026-04-06', 10, '[{"invoice_number": "I1", "amount": 10}]') > 0 AS posted \gset
SELECT is((SELECT j::text FROM ar.judge_promises(:d, '2026-04-06') AS j), '(1,0,0,0)', 'kept before its day');

-- A dispute: the rest is dunned on; its credit note settles it.
SELECT ar.post_invoice(:d, 'C2', 'J1', '2026-01-01', '2026-04-01', 200) > 0 AND ar.post_invoice(:d, 'C2', 'J2', '2026-01-01', '2026-04-01', 80) > 0 AS posted \gset
SELECT ar.run_dunning(:d, '2026-04-06') IS NOT NULL AS ran \gset
SELECT throws_ok(format($$SELECT ar.open_dispute(%s, 'C2', 'price', '[{"document_number": "J1", "amount": 200.01}]', opened_on => '2026-04-07')$$, :d), '22023', 'of document J1, 200.01 cannot be disputed', 'no more than is open');
SELECT throws_ok(format($$SELECT ar.open_dispute(%s, 'C2', 'price', '[{"document_number": "J9"}]', opened_on => '2026-04-07')$$, :d), 'P0002', NULL, 'an open document');
SELECT ar.open_dispute(:d, 'C2', 'quality', '[{"document_number": "J1", "amount": 50}, {"document_number": "J2"}]', 'broken on arrival', '2026-04-07', 'bob', '2026-04-30') AS t \gset
SELECT results_eq(format('SELECT item_id, amount FROM ar.disputed_parts(%s, ''2026-04-08'') ORDER BY amount', :d), format('VALUES (%s::bigint, 50.00), (%s, 80.00)', pg_temp.item('J1'), pg_temp.item('J2')), 'what is disputed');
SELECT results_eq($$SELECT owner, amount, due_on FROM receivables.collection_task WHERE task_kind = 'dispute'$$, $$VALUES ('bob', 130.00, '2026-04-30'::date)$$, 'whoever clears it has a task');
SELECT throws_ok(format($$SELECT ar.resolve_dispute(%s, %s, 'credited', 'all', '2026-04-20', credit_amount => 130.01, credit_note_number => 'CN1')$$, :d, :t), '22023', NULL, 'no more is credited than is disputed');
SELECT ok(ar.resolve_dispute(:d, :t, 'credited', 'agreed on 60', '2026-04-20', 'packaging', 60, 'CN1') > 0, 'credited in part');
SELECT is((SELECT string_agg(i.open_amount::text, ' ' ORDER BY i.item_id) FROM receivables.item AS i WHERE i.item_id IN (pg_temp.item('J1'), pg_temp.item('J2'))), '150.00 70.00', 'applied to what was disputed, in its order');
SELECT is_empty(format('SELECT * FROM ar.disputed_parts(%s, ''2026-04-20'')', :d), 'nothing is disputed any more');
SELECT results_eq(format('SELECT count(*) FROM ar.disputed_parts(%s, ''2026-04-19'')', :d), 'VALUES (2::bigint)', 'but it was until the day before');
SELECT throws_ok(format($$SELECT ar.resolve_dispute(%s, %s, 'rejected', 'no')$$, :d, :t), '55000', NULL, 'resolved once');

-- Payment closes in the same transaction what was begun; taken back, it is begun again.
SELECT ar.post_invoice(:d, 'C3', 'K1', '2026-01-01', '2026-04-19', 90) > 0 AS posted \gset
SELECT ar.run_dunning(:d, '2026-04-20') IS NOT NULL AS ran \gset
SELECT dunning_notice_id AS n FROM receivables.item_dunning WHERE item_id = pg_temp.item('K1') \gset
INSERT INTO receivables.message (company_id, dunning_notice_id, customer_id, audience, channel, recipient, body) VALUES (:d, :n, pg_temp.customer('C3'), 'customer', 'email', 'k@example.com', 'please pay');
SELECT ar.add_task(:d, pg_temp.customer('C3'), 'call', 'call them', '2026-04-22', dunning_notice_id => :n) AS t2 \gset
CREATE FUNCTION pg_temp.state() RETURNS text LANGUAGE sql AS $$ SELECT (SELECT string_agg(DISTINCT m.status, ',') FROM receivables.message AS m WHERE m.recipient = 'k@example.com') || ' ' || (SELECT t.status FROM receivables.collection_task AS t WHERE t.subject = 'call them') $$;
SELECT ar.post_payment(:d, 'C3', 'PK', '2026-04-21', 90, '[{"invoice_number": "K1", "amount": 90}]') AS pk \gset
SELECT is(pg_temp.state(), 'cancelled cancelled', 'paid: nothing is sent and nobody calls');
SELECT ar.reverse_document(:d, :pk, '2026-04-22', 'returned') > 0 AS reversed \gset
SELECT is(pg_temp.state(), 'queued open', 'taken back: both go on');
SELECT ar.promise_to_pay(:d, 'C3', '[{"due_on": "2026-05-10", "amount": 90}]', promised_on => '2026-04-23') > 0 AS promised \gset
SELECT is(pg_temp.state(), 'cancelled cancelled', 'promised: they rest');

-- What older notices queued is not sent either; nor what asks for more than is left to be asked for.
SELECT ar.post_invoice(:d, 'C4', 'K2', '2026-01-01', '2026-04-22', 100) > 0 AS posted \gset
SELECT ar.open_dispute(:d, 'C4', 'price', '[{"document_number": "K2", "amount": 40}]', opened_on => '2026-04-22') AS k2 \gset
SELECT ar.run_dunning(:d, '2026-04-23') IS NOT NULL AND ar.run_dunning(:d, '2026-05-08') IS NOT NULL AS ran \gset
SELECT is((SELECT count(*)::integer FROM receivables.dunning_notice_item AS n WHERE n.item_id = pg_temp.item('K2')), 2, 'two notices');
INSERT INTO receivables.message (company_id, dunning_notice_id, customer_id, audience, channel, recipient, body)
SELECT :d, n.dunning_notice_id, pg_temp.customer('C4'), 'customer', 'email', 'k2@example.com', 'please pay' FROM receivables.dunning_notice_item AS n WHERE n.item_id = pg_temp.item('K2');
CREATE FUNCTION pg_temp.waiting() RETURNS text LANGUAGE sql AS $$ SELECT string_agg(m.status, ' ' ORDER BY m.message_id) FROM receivables.message AS m WHERE m.recipient = 'k2@example.com' $$;
SELECT ar.post_payment(:d, 'C4', 'PK1', '2026-05-09', 59.99, '[{"invoice_number": "K2", "amount": 59.99}]') AS pk1 \gset
SELECT is(pg_temp.waiting(), 'queued queued', 'a cent is left to be asked for');
SELECT ar.post_payment(:d, 'C4', 'PK2', '2026-05-09', 0.01, '[{"invoice_number": "K2", "amount": 0.01}]') AS pk2 \gset
SELECT is(pg_temp.waiting(), 'cancelled cancelled', 'all that is left is disputed');
SELECT ar.reverse_document(:d, :pk2, '2026-05-10', 'returned') > 0 AS reversed \gset
SELECT is(pg_temp.waiting(), 'cancelled queued', 'taken back: the latest notice goes on');
SELECT ar.promise_to_pay(:d, 'C4', '[{"due_on": "2026-05-20", "amount": 0.01}]', promised_on => '2026-05-11') > 0 AS promised \gset
SELECT is(pg_temp.waiting(), 'cancelled cancelled', 'promised: it rests');

-- Many payments at once do the same.
SELECT ar.post_invoice(:d, 'C4', 'L1', '2026-01-01', '2026-05-10', 60) > 0 AND ar.post_invoice(:d, 'C4', 'L2', '2026-01-01', '2026-05-10', 40) > 0 AS posted \gset
SELECT ar.run_dunning(:d, '2026-05-11') IS NOT NULL AS ran \gset
INSERT INTO receivables.message (company_id, dunning_notice_id, customer_id, audience, channel, recipient, body)
SELECT :d, dunning_notice_id, pg_temp.customer('C4'), 'customer', 'email', 'l@example.com', 'please pay' FROM receivables.item_dunning WHERE item_id = pg_temp.item('L1');
SELECT ar.post_payment(:d, 'C4', 'PL', '2026-05-12', 100) > 0 AS posted \gset
SELECT is((SELECT i::text FROM ar.import_rows(:d, 'application', '[{"payment_number": "PL", "invoice_number": "L1", "amount": "60"}]') AS i), '(1,0)', 'one is imported as paid');
SELECT is((SELECT status FROM receivables.message WHERE recipient = 'l@example.com'), 'queued', 'one of two items is open still');
SELECT is((SELECT i::text FROM ar.import_rows(:d, 'application', '[{"payment_number": "PL", "invoice_number": "L2", "amount": "40"}]') AS i), '(1,0)', 'the other is imported as paid');
SELECT is((SELECT status FROM receivables.message WHERE recipient = 'l@example.com'), 'cancelled', 'nothing is sent for what an import settled');

-- Holds.
SELECT ok(ar.hold_dunning(:d, 'C4', 'insolvent', valid_from => '2026-05-01') > 0 AND ar.release_dunning(:d, 'C4', '2026-06-01') = 1 AND ar.release_dunning(:d, 'C4', '2026-07-01') = 0, 'held and released');
SELECT throws_ok(format($$SELECT ar.hold_dunning(%s, 'C4', 'x', document_number => 'none')$$, :d), 'P0002', NULL, 'an unknown document');
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');
SELECT * FROM finish();
ROLLBACK;
