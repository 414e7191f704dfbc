-- What dunning began rests while it is not to be asked for, and goes on when it is again.
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
INSERT INTO receivables.employee (company_id, employee, name, position, email) VALUES
    (:d, 'sam', 'Sam', 'salesperson', NULL), (:d, 'lou', 'Lou', 'legal', 'lou@example.com');
INSERT INTO receivables.customer (company_id, customer_number, name, salesperson) SELECT :d, 'C' || n, 'Customer ' || n, 'sam' FROM generate_series(1, 20) AS n;
INSERT INTO receivables.customer_contact (company_id, customer_id, name, email) SELECT :d, customer_id, name, lower(customer_number) || '@example.com' FROM receivables.customer;
CREATE FUNCTION pg_temp.item(number text) RETURNS bigint LANGUAGE sql AS $$
    SELECT i.item_id FROM receivables.item AS i JOIN receivables.document AS d USING (company_id, document_id) WHERE d.document_number = number $$;
CREATE FUNCTION pg_temp.customer(number text) RETURNS bigint LANGUAGE sql AS $$ SELECT customer_id FROM receivables.customer WHERE customer_number = number $$;
-- What may be sent yet, by level, and the tasks.
CREATE FUNCTION pg_temp.waits(number text) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws('; ',
        (SELECT string_agg(n.level || ' ' || m.status, ', ' ORDER BY m.message_id) FROM receivables.message AS m JOIN receivables.dunning_notice AS n USING (company_id, dunning_notice_id)
         WHERE m.customer_id = pg_temp.customer(number) AND m.status <> 'cancelled'),
        (SELECT string_agg(t.task_kind || ' ' || t.status || coalesce(': ' || t.outcome, ''), ', ' ORDER BY t.task_id) FROM receivables.collection_task AS t WHERE t.customer_id = pg_temp.customer(number))) $$;

-- A dispute of the whole: nothing is sent, nobody calls, somebody clears it. Rejected, or withdrawn, both go on, once.
SELECT ar.post_invoice(:d, 'C1', 'A1', '2026-01-01', '2026-02-01', 100) > 0 AND ar.post_invoice(:d, 'C2', 'B1', '2026-01-01', '2026-02-01', 100) > 0
       AND ar.post_invoice(:d, 'C3', 'C1', '2026-01-01', '2026-02-01', 100) > 0 AND ar.post_invoice(:d, 'C4', 'D1', '2025-10-01', '2025-11-01', 100) > 0
       AND ar.post_invoice(:d, 'C5', 'E1', '2025-10-01', '2025-11-01', 100) > 0 AND ar.post_invoice(:d, 'C6', 'F1', '2026-01-01', '2026-02-01', 100) > 0 AS posted \gset
SELECT ar.run_dunning(:d, '2026-02-02') IS NOT NULL AS ran \gset
SELECT is(pg_temp.waits('C1') || ' | ' || pg_temp.waits('C4'), '4 queued; call open | 7 queued; legal_proposal open', 'what the run began');
SELECT ar.open_dispute(:d, 'C1', 'price', '[{"document_number": "A1"}]', opened_on => '2026-02-03') AS a \gset
SELECT is(pg_temp.waits('C1'), 'call cancelled: disputed, dispute open', 'disputed: nothing is sent, nobody calls, somebody clears it');
SELECT is((SELECT last_error FROM receivables.message WHERE customer_id = pg_temp.customer('C1')), 'disputed', 'and why is kept');
SELECT is(ar.resolve_dispute(:d, :a, 'rejected', 'the price was agreed', '2026-02-05'), NULL, 'rejected');
SELECT is(pg_temp.waits('C1'), '4 queued; call open, dispute done: rejected: the price was agreed', 'rejected: both go on; the task to clear it is done');
SELECT ar.open_dispute(:d, 'C1', 'price', '[{"document_number": "A1", "amount": 99}]', opened_on => '2026-02-06') AS a \gset
SELECT is(pg_temp.waits('C1'), '4 queued; call open, dispute done: rejected: the price was agreed, dispute open', 'disputed in part: the rest is asked for');
SELECT ar.open_dispute(:d, 'C1', 'quality', '[{"document_number": "A1"}]', opened_on => '2026-02-06') AS a2 \gset
SELECT is(ar.resolve_dispute(:d, :a, 'withdrawn', NULL, '2026-02-07') IS NULL AND pg_temp.waits('C1') LIKE '4 queued; call open, %, dispute done: withdrawn, dispute open', true, 'withdrawn: as much of it is asked for again');
SELECT is(ar.resolve_dispute(:d, :a2, 'rejected', 'no', '2026-02-07') IS NULL AND (SELECT count(*) FROM receivables.message WHERE customer_id = pg_temp.customer('C1') AND status = 'queued') = 1, true, 'the last rejected as well: nothing waits twice');
-- Paid while it is disputed: it does not go on.
SELECT ar.open_dispute(:d, 'C2', 'price', '[{"document_number": "B1"}]', opened_on => '2026-02-03') AS b \gset
SELECT ar.post_payment(:d, 'C2', 'PB', '2026-02-04', 100, '[{"invoice_number": "B1", "amount": 100}]') > 0 AS paid \gset
SELECT is(pg_temp.waits('C2'), 'call cancelled: disputed, dispute open', 'paid, the dispute is to be cleared still');
SELECT is(ar.resolve_dispute(:d, :b, 'withdrawn', 'paid', '2026-02-05') IS NULL AND pg_temp.waits('C2') = 'call cancelled: disputed, dispute done: withdrawn: paid', true, 'nothing goes on about what was paid meanwhile');
-- The age asks for more by now: the next run says so, not the message of then.
SELECT ar.open_dispute(:d, 'C3', 'price', '[{"document_number": "C1"}]', opened_on => '2026-02-03') AS c \gset
SELECT ar.resolve_dispute(:d, :c, 'rejected', 'no', '2026-02-16') IS NULL AS resolved \gset
SELECT is(pg_temp.waits('C3'), 'call open, dispute done: rejected: no', 'the call goes on, the reminder of then does not');
-- At the last level no run writes again: what was begun is all there is.
SELECT ar.open_dispute(:d, 'C4', 'price', '[{"document_number": "D1"}]', opened_on => '2026-02-03') AS dd \gset
SELECT is(pg_temp.waits('C4'), 'legal_proposal cancelled: disputed, dispute open', 'the proposal rests');
SELECT ar.resolve_dispute(:d, :dd, 'credited', 'a part', '2026-02-10', credit_amount => 30, credit_note_number => 'CN-D1') > 0 AS resolved \gset
SELECT is(pg_temp.waits('C4'), '7 queued; legal_proposal open, dispute done: credited: a part', 'credited in part: the proposal goes on');
SELECT matches((SELECT subject || body FROM receivables.message WHERE customer_id = pg_temp.customer('C4') AND status = 'queued'), '70\.00', 'over what is left');
SELECT is((SELECT count(*) FROM receivables.message WHERE customer_id = pg_temp.customer('C4') AND status = 'queued' AND (body LIKE '%100.00%' OR payload ->> 'amount' <> '70.00')), 0::bigint, 'and not over what was credited');
SELECT ar.promise_to_pay(:d, 'C5', '[{"due_on": "2026-02-10", "amount": 100}]', promised_on => '2026-02-03') > 0 AS promised \gset
SELECT is(pg_temp.waits('C5'), 'legal_proposal cancelled: promised', 'promised: it rests');
SELECT is((SELECT j::text FROM ar.judge_promises(:d, '2026-02-14') AS j), '(0,0,1,0)', 'the promise is broken');
SELECT is(pg_temp.waits('C5'), '7 queued; legal_proposal open, promise_broken open', 'broken: the proposal goes on');
-- Below it the broken promise raises the level: one message, of that.
SELECT ar.promise_to_pay(:d, 'C6', '[{"due_on": "2026-02-05", "amount": 100}]', promised_on => '2026-02-03') > 0 AS promised \gset
SELECT is((SELECT j::text FROM ar.judge_promises(:d, '2026-02-14') AS j), '(0,0,1,0)', 'another is broken');
SELECT is(pg_temp.waits('C6'), 'call open, promise_broken open', 'broken: the call goes on; the message comes with the next run');
SELECT ar.run_dunning(:d, '2026-02-14') IS NOT NULL AS ran \gset
SELECT is(pg_temp.waits('C6'), '5 queued; call open, promise_broken open, escalation open', 'one level higher');
-- Replaced by one over less: what is promised no more is asked for, one level higher.
SELECT ar.post_invoice(:d, 'C1', 'A' || n, '2026-01-01', '2026-02-13', n) > 0 AS posted FROM (VALUES (50), (60)) AS v (n) \g /dev/null
SELECT ar.run_dunning(:d, '2026-02-15') IS NOT NULL AS ran \gset
CREATE FUNCTION pg_temp.call(number text) RETURNS text LANGUAGE sql AS $$ SELECT concat_ws(' ', t.status, t.outcome) FROM receivables.collection_task AS t WHERE t.customer_id = pg_temp.customer(number) AND t.task_kind = 'call' ORDER BY t.task_id DESC LIMIT 1 $$;
SELECT is(pg_temp.call('C1'), 'open', 'a call about two items');
SELECT ar.promise_to_pay(:d, 'C1', '[{"due_on": "2026-02-25", "amount": 110}]', '{A50,A60}', '2026-02-16') AS p \gset
SELECT is(pg_temp.call('C1'), 'cancelled promised', 'which are promised');
SELECT ar.promise_to_pay(:d, 'C1', '[{"due_on": "2026-02-26", "amount": 110}]', '{A50,A60}', '2026-02-17', replaces_promise_id => :p) AS p \gset
SELECT is(pg_temp.call('C1'), 'cancelled promised', 'and promised anew');
SELECT ar.promise_to_pay(:d, 'C1', '[{"due_on": "2026-12-31", "amount": 50}]', '{A50}', '2026-02-18', replaces_promise_id => :p) AS p \gset
SELECT is(pg_temp.call('C1'), 'open', 'one of them, and the other not');
-- All of it paid: whoever was to ask need not; returned: they do.
SELECT ar.post_payment(:d, 'C6', 'PF', '2026-02-20', 60, '[{"invoice_number": "F1", "amount": 60}]') > 0 AS paid \gset
SELECT is(pg_temp.waits('C6'), '5 queued; call open, promise_broken open, escalation open', 'paid in part');
SELECT ar.post_payment(:d, 'C6', 'PF2', '2026-02-20', 40, '[{"invoice_number": "F1", "amount": 40}]') AS pf \gset
SELECT is(pg_temp.waits('C6'), 'call cancelled: settled, promise_broken cancelled: settled, escalation cancelled: settled', 'paid: nothing is left to do');
SELECT ar.reverse_document(:d, :pf, '2026-02-21', 'returned') > 0 AS reversed \gset
SELECT is(pg_temp.waits('C6'), '5 queued; call cancelled: settled, promise_broken open, escalation open', 'returned: what the latest notice and the broken promise brought');
-- An import settles such tasks, too, without any notice.
SELECT ar.post_invoice(:d, 'C7', 'G1', '2026-01-01', '2026-03-01', 100) > 0 AND ar.post_payment(:d, 'C7', 'PG', '2026-02-20', 60) > 0 AND ar.post_payment(:d, 'C7', 'PG2', '2026-02-25', 40) > 0 AS posted \gset
SELECT ar.promise_to_pay(:d, 'C7', '[{"due_on": "2026-02-21", "amount": 100}]', promised_on => '2026-02-20') > 0 AS promised \gset
SELECT is((SELECT i::text FROM ar.import_rows(:d, 'application', '[{"payment_number": "PG", "invoice_number": "G1", "amount": "60", "application_date": "2026-02-21"}]') AS i), '(1,0)', 'a part is paid');
SELECT is((SELECT j::text FROM ar.judge_promises(:d, '2026-02-25') AS j) || ' ' || pg_temp.waits('C7'), '(0,1,0,0) promise_broken open', 'partly kept');
SELECT is((SELECT i::text FROM ar.import_rows(:d, 'application', '[{"payment_number": "PG2", "invoice_number": "G1", "amount": "40", "application_date": "2026-02-25"}]') AS i) || ' ' || pg_temp.waits('C7'), '(1,0) promise_broken cancelled: settled', 'the rest is imported as paid');
-- A task to follow up is about what the task was that the contact was made for.
SELECT ar.post_invoice(:d, 'C8', 'H1', '2026-01-01', '2026-02-28', 100) > 0 AND ar.run_dunning(:d, '2026-03-01') IS NOT NULL AS ran \gset
SELECT ar.log_contact(:d, 'C8', 'phone', 'promised', 'pays on Friday', next_step => 'see whether it came', next_on => '2026-03-06', task_id => (SELECT task_id FROM receivables.collection_task WHERE customer_id = pg_temp.customer('C8'))) > 0
       AND ar.log_contact(:d, 'C8', 'phone', 'reached', 'moves to another office', next_step => 'ask for the address', next_on => '2026-03-06') > 0 AS logged \gset
SELECT ar.promise_to_pay(:d, 'C8', '[{"due_on": "2026-03-06", "amount": 100}]', promised_on => '2026-03-02') > 0 AS promised \gset
SELECT is(pg_temp.waits('C8'), 'call cancelled: promised, follow_up open, follow_up open', 'promised: to be followed up still');
SELECT ar.post_payment(:d, 'C8', 'PH', '2026-03-05', 100, '[{"invoice_number": "H1", "amount": 100}]') > 0 AS paid \gset
SELECT is(pg_temp.waits('C8'), 'call cancelled: promised, follow_up cancelled: settled, follow_up open', 'paid: the one about it is not; the other is');

-- A credit note over the whole does what a payment does.
SELECT ar.post_invoice(:d, 'C9', 'J1', '2026-01-01', '2026-02-28', 100) > 0 AND ar.run_dunning(:d, '2026-03-02') IS NOT NULL AS ran \gset
SELECT is(pg_temp.waits('C9'), '4 queued; call open', 'asked for');
SELECT ar.post_credit_note(:d, 'C9', 'CN-J1', '2026-03-02', 100, invoice_number => 'J1') > 0 AS credited \gset
SELECT is(pg_temp.waits('C9'), 'call cancelled: settled', 'credited: nothing is sent, nobody calls');

-- A promise that was kept by a payment which is taken back is judged anew: it stands until its day and grace are over.
SELECT ar.post_invoice(:d, 'C' || n, 'M' || n, '2026-01-01', '2026-03-10', 100) > 0 AS posted FROM generate_series(17, 19) AS n \g /dev/null
SELECT ar.promise_to_pay(:d, 'C17', '[{"due_on": "2026-03-12", "amount": 100}]', promised_on => '2026-03-03') AS p17 \gset
SELECT ar.promise_to_pay(:d, 'C18', '[{"due_on": "2026-03-04", "amount": 60}, {"due_on": "2026-03-05", "amount": 40}]', promised_on => '2026-03-03') AS p18 \gset
SELECT ar.promise_to_pay(:d, 'C19', '[{"due_on": "2026-03-04", "amount": 100}]', promised_on => '2026-03-03') AS p19 \gset
SELECT ar.post_invoice(:d, 'C2', 'M2', '2026-01-01', '2026-03-10', 100) > 0 AS posted \gset
SELECT ar.promise_to_pay(:d, 'C2', '[{"due_on": "2026-03-04", "amount": 100}]', promised_on => '2026-03-03') AS p2 \gset
SELECT ar.post_payment(:d, 'C2', 'PM2', '2026-03-04', 100, '[{"invoice_number": "M2", "amount": 100}]') AS pm2 \gset
SELECT ar.post_payment(:d, 'C17', 'PM17', '2026-03-04', 100, '[{"invoice_number": "M17", "amount": 100}]') AS pm17 \gset
SELECT ar.post_payment(:d, 'C18', 'PM18', '2026-03-04', 100, '[{"invoice_number": "M18", "amount": 100}]') AS pm18 \gset
SELECT ar.post_payment(:d, 'C19', 'PM19', '2026-03-04', 100, '[{"invoice_number": "M19", "amount": 100}]') AS pm19 \gset
CREATE FUNCTION pg_temp.judged(n bigint) RETURNS text LANGUAGE sql AS $$ SELECT concat_ws(' ', status, kept_amount, judged_on) FROM receivables.promise WHERE promise_id = n $$;
SELECT is((SELECT j::text FROM ar.judge_promises(:d, '2026-03-04') AS j), '(4,0,0,0)', 'four are kept');
SELECT ar.judge_promises(:d, '2026-03-05') IS NOT NULL AND ar.reverse_document(:d, :pm17, '2026-03-06', 'returned') > 0 AS reversed \gset
SELECT is(pg_temp.judged(:p17) || ', ' || pg_temp.judged(:p2), 'open 0, kept 100.00 2026-03-04', 'a payment is returned: its promise is open again, another is not');
SELECT is((SELECT j::text FROM ar.judge_promises(:d, '2026-03-06') AS j) || ', ' || pg_temp.judged(:p17), '(0,0,0,0), open 0', 'the day is not over: it may be paid again');
SELECT ar.reverse_document(:d, :pm18, '2026-03-30', 'to be returned') > 0 AS reversed \gset
SELECT is((SELECT j::text FROM ar.judge_promises(:d, '2026-03-07') AS j) || ', ' || pg_temp.judged(:p18), '(0,0,0,0), open 0', 'what is known to be returned does not keep it');
SELECT is((SELECT j::text FROM ar.judge_promises(:d, '2026-03-08') AS j) || ', ' || pg_temp.judged(:p18), '(0,0,1,0), broken 0.00 2026-03-08', 'its day and grace are over');
SELECT is((SELECT j::text FROM ar.judge_promises(:d, '2026-03-15') AS j), '(0,0,0,0)', 'the first has its grace yet');
SELECT is((SELECT j::text FROM ar.judge_promises(:d, '2026-03-16') AS j), '(0,0,1,0)', 'then it is broken');
SELECT ar.reverse_document(:d, :pm2, '2026-03-20', 'returned') > 0 AS reversed \gset
SELECT is((SELECT j::text FROM ar.judge_promises(:d, '2026-03-20') AS j) || ', ' || pg_temp.judged(:p2), '(0,0,1,0), broken 0.00 2026-03-20', 'one that was paid in time is broken at once, when it is returned after its grace');
SELECT is((SELECT j::text FROM ar.judge_promises(:d, '2026-03-20') AS j), '(0,0,0,0)', 'once');
SELECT is((SELECT string_agg(d.level_shift::text, ' ') FROM receivables.item_dunning AS d WHERE d.item_id IN (pg_temp.item('M17'), pg_temp.item('M18'), pg_temp.item('M2'))), '1 1 1', 'their items rise by a level');
SELECT is(pg_temp.waits('C17') || ', ' || pg_temp.waits('C18'), 'promise_broken open, promise_broken open', 'somebody is to ask');
-- What is applied anew the same day was only corrected.
SELECT ar.reverse_application(:d, application_id, '2026-03-21', 'wrong') > 0 AS reversed FROM receivables.application WHERE debit_item_id = pg_temp.item('M19') \gset
SELECT is(pg_temp.judged(:p19), 'open 0', 'taken back');
SELECT ar.apply(:d, i.item_id, pg_temp.item('M19'), 100, '2026-03-21') > 0 AS applied FROM receivables.item AS i WHERE i.document_id = :pm19 \gset
SELECT is((SELECT j::text FROM ar.judge_promises(:d, '2026-03-21') AS j) || ', ' || pg_temp.judged(:p19), '(1,0,0,0), kept 100.00 2026-03-21', 'and applied again: kept');

-- A tolerance of ten percent: of all that is promised, and of each instalment.
INSERT INTO receivables.dunning_policy (company_id, dunning_policy, name) VALUES (:d, 'mild', 'Mild');
INSERT INTO receivables.dunning_policy_version (company_id, dunning_policy, version, promise_grace_days, promise_tolerance_percent) VALUES (:d, 'mild', 1, 0, 10);
INSERT INTO receivables.dunning_step (company_id, dunning_policy, version, level, offset_days, name) VALUES (:d, 'mild', 1, 1, 30, 'reminder');
INSERT INTO receivables.customer (company_id, customer_number, name, dunning_policy) SELECT :d, 'T' || n, 'Tolerance ' || n, 'mild' FROM generate_series(1, 5) AS n;
SELECT ar.post_invoice(:d, 'T' || n, 'T' || n, '2026-01-01', '2026-03-01', 100) > 0 AS posted FROM generate_series(1, 5) AS n \g /dev/null
CREATE TEMP TABLE tolerated AS
SELECT v.n, v.paid, v.expected, ar.promise_to_pay(:d, 'T' || v.n, v.parts::jsonb, promised_on => '2026-03-02') AS promise
FROM (VALUES (1, '[{"due_on": "2026-03-05", "amount": 100}]', 90.00, 'kept'),
             (2, '[{"due_on": "2026-03-05", "amount": 100}]', 89.99, 'partly_kept'),
             (3, '[{"due_on": "2026-03-05", "amount": 60}, {"due_on": "2026-04-05", "amount": 40}]', 54.00, 'open'),
             (4, '[{"due_on": "2026-03-05", "amount": 60}, {"due_on": "2026-04-05", "amount": 40}]', 53.99, 'partly_kept'),
             (5, '[{"due_on": "2026-03-05", "amount": 100}]', 95.00, 'kept')) AS v (n, parts, paid, expected);
SELECT ar.post_payment(:d, 'T' || n, 'PT' || n, '2026-03-05', least(paid, 90), jsonb_build_array(jsonb_build_object('invoice_number', 'T' || n, 'amount', least(paid, 90)))) > 0 AS paid FROM tolerated ORDER BY n \g /dev/null
SELECT ar.post_payment(:d, 'T5', 'PT5b', '2026-03-05', 5, '[{"invoice_number": "T5", "amount": 5}]') AS pt5 \gset
SELECT is((SELECT j::text FROM ar.judge_promises(:d, '2026-03-06') AS j), '(2,2,0,0)', 'judged by the tolerance');
SELECT results_eq('SELECT t.n, p.status, p.kept_amount FROM tolerated AS t JOIN receivables.promise AS p ON p.promise_id = t.promise ORDER BY 1',
                  'SELECT n, expected, CASE expected WHEN ''open'' THEN 0 ELSE paid END FROM tolerated ORDER BY 1', 'up to ten percent may be missing, a cent more may not');
SELECT ar.reverse_document(:d, :pt5, '2026-03-07', 'returned') > 0 AS reversed \gset
SELECT is((SELECT p.status FROM tolerated AS t JOIN receivables.promise AS p ON p.promise_id = t.promise WHERE t.n = 5), 'kept', 'what is left of it is within the tolerance');

-- How a task ended is told, and who ended it; the priority is that of whoever made it.
SELECT ar.add_task(:d, pg_temp.customer('T1'), 'other', 'look', '2026-03-10', priority => 1) AS first, ar.add_task(:d, pg_temp.customer('T1'), 'other', 'look later', '2026-03-10') AS second \gset
SET LOCAL ar.application_user = 'mary';
SELECT ok(ar.close_task(:d, :first, 'found nothing') AND ar.close_task(:d, :second, 'not needed', 'cancelled'), 'both are closed');
RESET ar.application_user;
SELECT results_eq(format('SELECT priority::integer, status, outcome, closed_by, closed_at IS NOT NULL FROM receivables.collection_task WHERE task_id IN (%s, %s) ORDER BY task_id', :first, :second),
                  $$VALUES (1, 'done', 'found nothing', 'mary', true), (3, 'cancelled', 'not needed', 'mary', true)$$, 'outcome, who and priority');
SELECT throws_ok(format($$SELECT ar.close_task(%s, %s, 'x', 'open')$$, :d, :first), '22023', NULL, 'closed as done or cancelled');
SELECT throws_ok(format($$SELECT ar.add_task(%s, pg_temp.customer('T1'), 'other', 'look', '2026-03-10', priority => 6)$$, :d), '23514', NULL, 'priorities are from 1 to 5');

-- One of two items is asked for again, then the other: what waits is over both, and waits once.
SELECT ar.post_invoice(:d, 'C9', 'J' || n, '2026-01-01', '2026-03-01', n) > 0 AS posted FROM (VALUES (200), (300)) AS v (n) \g /dev/null
SELECT ar.run_dunning(:d, '2026-03-02') IS NOT NULL AS ran \gset
CREATE FUNCTION pg_temp.asks(number text) RETURNS text LANGUAGE sql AS $$ SELECT string_agg(m.subject, ', ' ORDER BY m.message_id) FROM receivables.message AS m WHERE m.customer_id = pg_temp.customer(number) AND m.status = 'queued' $$;
SELECT is(pg_temp.asks('C9'), 'Reminder: EUR 500.00 overdue', 'over two items');
SELECT ar.open_dispute(:d, 'C9', 'price', '[{"document_number": "J200"}]', opened_on => '2026-03-02') AS j200 \gset
SELECT ar.open_dispute(:d, 'C9', 'price', '[{"document_number": "J300"}]', opened_on => '2026-03-02') AS j300 \gset
SELECT is(pg_temp.asks('C9'), NULL, 'both are disputed');
SELECT is(ar.resolve_dispute(:d, :j200, 'rejected', 'no', '2026-03-02') IS NULL AND pg_temp.asks('C9') = 'Reminder: EUR 200.00 overdue', true, 'one dispute is rejected');
SELECT is(ar.resolve_dispute(:d, :j300, 'rejected', 'no', '2026-03-02') IS NULL AND pg_temp.asks('C9') = 'Reminder: EUR 500.00 overdue', true, 'so is the other');

-- A sender has it, or gave it up, when it is paid: it is not handed out again; what went out nevertheless is told.
SELECT ar.post_invoice(:d, 'C' || n, 'K' || n, '2026-01-01', '2026-03-02', 100) > 0 AS posted FROM generate_series(10, 13) AS n \g /dev/null
SELECT ar.run_dunning(:d, '2026-03-03') IS NOT NULL AS ran \gset
CREATE FUNCTION pg_temp.message(number text) RETURNS bigint LANGUAGE sql AS $$ SELECT max(m.message_id) FROM receivables.message AS m WHERE m.customer_id = pg_temp.customer(number) $$;
CREATE FUNCTION pg_temp.told(number text) RETURNS text LANGUAGE sql AS $$ SELECT concat_ws(' ', m.status, m.last_error) FROM receivables.message AS m WHERE m.message_id = pg_temp.message(number) $$;
SELECT count(*) > 3 AS claimed FROM ar.claim_messages('email', 100, 'one', '1 hour') \gset
SELECT is(ar.message_failed(:d, pg_temp.message('C11'), 'no such host', '0', 1), 'dead', 'given up');
SELECT ar.post_payment(:d, 'C' || n, 'PK' || n, '2026-03-04', 100, jsonb_build_array(jsonb_build_object('invoice_number', 'K' || n, 'amount', 100))) AS paid FROM generate_series(10, 12) AS n \g /dev/null
SELECT is(pg_temp.told('C10') || ', ' || pg_temp.told('C11') || ', ' || pg_temp.told('C12'), 'cancelled settled, cancelled settled, cancelled settled', 'paid while a sender has it, or gave it up: it is not to be sent');
SELECT is(ar.message_failed(:d, pg_temp.message('C10'), 'no such host', '0'), 'cancelled', 'a failure does not queue it again');
SELECT ok(NOT ar.requeue_message(:d, pg_temp.message('C11')), 'nor is it revived');
SELECT ok(ar.message_sent(:d, pg_temp.message('C12'), 'smtp 1'), 'sent meanwhile');
SELECT is(pg_temp.told('C12'), 'sent settled', 'it is told that it went out, and that it was settled by then');
SELECT ok(NOT ar.message_sent(:d, pg_temp.message('C12'), 'smtp 1'), 'told once');
SELECT ar.reverse_document(:d, document_id, '2026-03-05', 'returned') > 0 AS reversed FROM receivables.document WHERE document_number ~ '^PK1[0-2]$' \g /dev/null
SELECT is(pg_temp.waits('C12'), '4 sent; call open', 'returned: what went out does not go out again');
SELECT is(pg_temp.waits('C11'), '4 queued; call open', 'what was given up is tried again');
SELECT is((SELECT count(*) FROM ar.claim_messages('email', 100, 'two') AS m WHERE m.customer_id = pg_temp.customer('C10')), 0::bigint, 'what a sender may be sending yet waits for the end of its lease');
-- A lease that ran out hands out nothing that was paid for.
SELECT ar.claim_messages('email', 100, 'three', '0') IS NULL AS claimed \g /dev/null
SELECT ar.post_payment(:d, 'C13', 'PK13', '2026-03-06', 100, '[{"invoice_number": "K13", "amount": 100}]') > 0 AS paid \gset
SELECT is((SELECT count(*) FROM ar.claim_messages('email', 100, 'four', '0') AS m WHERE m.customer_id = pg_temp.customer('C13')), 0::bigint, 'nor does an expired lease');

-- A hold lets rest what waits; a payment taken back does not let it go on while it lasts; its end does.
SELECT ar.post_invoice(:d, 'C' || n, 'L' || n, '2026-01-01', '2026-03-09', 100) > 0 AS posted FROM generate_series(14, 16) AS n \g /dev/null
SELECT ar.post_invoice(:d, 'C14', 'L14b', '2026-01-01', '2026-03-09', 50) > 0 AS posted \gset
SELECT ar.run_dunning(:d, '2026-03-10') IS NOT NULL AS ran \gset
SELECT ar.hold_dunning(:d, 'C14', 'looked into', '2026-03-15', 'L14', '2026-03-11') > 0 AS held \gset
SELECT is(pg_temp.waits('C14'), '4 queued; call open', 'one of two items is held: the other is asked for');
SELECT ar.post_payment(:d, 'C14', 'PL14', '2026-03-11', 50, '[{"invoice_number": "L14b", "amount": 50}]') > 0 AS paid \gset
SELECT is(pg_temp.waits('C14'), 'call cancelled: settled', 'the other is paid');
SELECT ar.hold_dunning(:d, 'C15', 'insolvent', valid_from => '2026-03-11') > 0 AND ar.hold_dunning(:d, 'C16', 'a week', '2026-03-18', valid_from => '2026-03-11') > 0 AS held \gset
SELECT is(pg_temp.waits('C15') || ' | ' || pg_temp.waits('C16'), 'call cancelled: on hold | call cancelled: on hold', 'customers are held: nothing is sent, nobody calls');
SELECT ar.post_payment(:d, 'C15', 'PL15', '2026-03-12', 100, '[{"invoice_number": "L15", "amount": 100}]') AS pl \gset
SELECT ar.reverse_document(:d, :pl, '2026-03-13', 'returned') > 0 AS reversed \gset
SELECT is(pg_temp.waits('C15'), 'call cancelled: on hold', 'paid and taken back: it rests');
SELECT ok(ar.release_dunning(:d, 'C15', '2026-03-14') = 1 AND pg_temp.waits('C15') = '4 queued; call open', 'released: it goes on');
SELECT ar.run_dunning(:d, '2026-03-16') IS NOT NULL AS ran \gset
SELECT is(pg_temp.waits('C14') || ' | ' || pg_temp.waits('C16'), '4 queued; call open | call cancelled: on hold', 'the first is over: it goes on; the other lasts');
SELECT ar.run_dunning(:d, '2026-03-18') IS NOT NULL AND ar.run_dunning(:d, '2026-03-18') IS NOT NULL AND ar.run_dunning(:d, '2026-03-19') IS NOT NULL AS ran \gset
SELECT is(pg_temp.waits('C16'), '4 queued; call open', 'over as well: it goes on, once');
-- What is disputed and held waits for the end of both.
SELECT ar.open_dispute(:d, 'C16', 'price', '[{"document_number": "L16"}]', opened_on => '2026-03-20') AS l16 \gset
SELECT ar.hold_dunning(:d, 'C16', 'looked into', valid_from => '2026-03-20') > 0 AND ar.resolve_dispute(:d, :l16, 'rejected', 'no', '2026-03-21') IS NULL AS held \gset
SELECT is(pg_temp.waits('C16'), 'call cancelled: disputed, dispute done: rejected: no', 'the dispute is over, the hold is not');
SELECT ok(ar.release_dunning(:d, 'C16', '2026-03-22') = 1 AND pg_temp.waits('C16') = '4 queued; call open, dispute done: rejected: no', 'both are over');
-- One that begins later lets rest from its day on.
SELECT ar.hold_dunning(:d, 'C16', 'holiday', '2099-12-31', valid_from => '2099-12-01') > 0 AS held \gset
SELECT is(pg_temp.waits('C16'), '4 queued; call open, dispute done: rejected: no', 'not yet');
SELECT ar.post_invoice(:d, 'C20', 'L20', '2026-01-01', '2099-11-29', 100) > 0 AND ar.hold_dunning(:d, 'C20', 'holiday', '2099-12-03', valid_from => '2099-12-01') > 0 AS held \gset
SELECT ar.run_dunning(:d, '2099-11-30') IS NOT NULL AS ran \gset
SELECT is(pg_temp.waits('C20'), '4 queued; call open', 'nor a day before');
SELECT ar.run_dunning(:d, '2099-12-01') IS NOT NULL AS ran \gset
SELECT is(pg_temp.waits('C20'), 'call cancelled: on hold', 'from its day on');
SELECT ar.run_dunning(:d, '2099-12-05') IS NOT NULL AS ran \gset
SELECT is(pg_temp.waits('C20'), '4 queued; call open', 'until it is over');
-- What rests or goes on is looked at, not all that was ever reminded of or promised.
SELECT count(*) AS invoices FROM generate_series(1, 300) AS n, ar.post_invoice(:d, 'C' || 1 + n % 15, 'MANY' || n, '2099-12-01', '2099-12-10', 100) AS i \gset
SELECT count(*) AS promises FROM generate_series(1, 150) AS n, ar.promise_to_pay(:d, 'C' || 1 + n % 15, '[{"due_on": "2099-12-09", "amount": 100}]', ARRAY['MANY' || n], promised_on => '2099-12-02') AS p \gset
SELECT count(*) AS payments FROM generate_series(1, 150) AS n, ar.post_payment(:d, 'C' || 1 + n % 15, 'MP-' || n, '2099-12-03', 100, format('[{"invoice_number": "MANY%s", "amount": 100}]', n)::jsonb) AS p \gset
SELECT is((SELECT j.kept FROM ar.judge_promises(:d, '2099-12-10') AS j), 150, 'many promises were kept');
SELECT cmp_ok((SELECT r.raised_items FROM ar.run_dunning(:d, '2099-12-26') AS r), '>=', 150::bigint, 'and many items are overdue');
ANALYZE receivables.promise, receivables.promise_item, receivables.dunning_notice, receivables.dunning_notice_item, receivables.item, receivables.item_dunning, receivables.message, receivables.collection_task;
CREATE FUNCTION pg_temp.calls(name text) RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT coalesce(sum(f.calls), 0)::bigint FROM pg_stat_xact_user_functions AS f WHERE f.schemaname = 'ar' AND f.funcname = name $$;
SET LOCAL track_functions = 'all';
SELECT ar.hold_dunning(:d, 'C3', 'holiday', '2099-12-31', valid_from => '2099-12-27') > 0 AND ar.run_dunning(:d, '2099-12-27') IS NOT NULL AS held \gset
SELECT cmp_ok((SELECT count(*) FROM receivables.collection_task AS t WHERE t.customer_id = pg_temp.customer('C3') AND t.outcome = 'on hold'), '>', 0::bigint, 'a customer on hold: its tasks rest');
SELECT cmp_ok(pg_temp.calls('asked_amount'), '<', 60::bigint, 'nobody else''s items are looked at');
SELECT ar.reverse_document(:d, d.document_id, '2099-12-26', 'returned') > 0 AS reversed FROM receivables.document AS d WHERE d.document_number = 'MP-150' \gset
SELECT is((SELECT string_agg(DISTINCT p.status, ' ') FROM receivables.promise AS p JOIN receivables.promise_item AS x USING (company_id, promise_id) WHERE x.item_id = pg_temp.item('MANY150')), 'open', 'a payment that came back: its promise is open');
SELECT cmp_ok(pg_temp.calls('paid_of_promise'), '<', 10::bigint, 'and no other promise is looked at');
RESET track_functions;
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');
SELECT * FROM finish();
ROLLBACK;
