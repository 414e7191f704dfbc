-- The notices that a command writes take their actions together: what each brings about is as if they came one by one.
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
INSERT INTO receivables.employee (company_id, employee, name, position, team) VALUES
    (:d, 'ann', 'Ann', 'collector', 'north'), (:d, 'bob', 'Bob', 'collector', 'north'), (:d, 'cat', 'Cat', 'collector', 'south'), (:d, 'dan', 'Dan', 'collector', 'south');
INSERT INTO receivables.task_rule (company_id, position, task_kind, region, assign_to, team) VALUES
    (:d, 1, 'call', 'n', 'round_robin', 'north'), (:d, 2, 'call', 's', 'workload', 'south');
-- C01 to C10 in turn north and south.
INSERT INTO receivables.customer (company_id, customer_number, name, region)
SELECT :d, 'C' || lpad(n::text, 2, '0'), 'Customer ' || n, CASE WHEN n % 2 = 1 THEN 'n' ELSE 's' END FROM generate_series(1, 10) AS n ORDER BY n;
INSERT INTO receivables.customer_contact (company_id, customer_id, name, email)
SELECT :d, customer_id, name, lower(customer_number) || '@example.com' FROM receivables.customer ORDER BY customer_id;
SELECT count(ar.post_invoice(:d, c.customer_number, 'I' || right(c.customer_number, 2), '2026-01-01', '2026-01-31', 100)) AS posted FROM receivables.customer AS c \gset
CREATE FUNCTION pg_temp.customer(number text) RETURNS bigint LANGUAGE sql AS $$ SELECT customer_id FROM receivables.customer WHERE customer_number = number $$;
CREATE FUNCTION pg_temp.said(after_message bigint) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(c.customer_number || ' ' || m.template, ', ' ORDER BY m.message_id)
    FROM receivables.message AS m JOIN receivables.customer AS c USING (company_id, customer_id) WHERE m.message_id > after_message $$;
CREATE FUNCTION pg_temp.spread(after_task bigint) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(c.customer_number || ' ' || coalesce(t.owner, 'nobody'), ', ' ORDER BY t.task_id)
    FROM receivables.collection_task AS t JOIN receivables.customer AS c USING (company_id, customer_id) WHERE t.task_id > after_task $$;

-- Ann had the last task of her team; Cat has two open ones.
SELECT ar.add_task(:d, pg_temp.customer('C01'), 'other', 'see', '2026-01-05', owner => 'bob') < ar.add_task(:d, pg_temp.customer('C01'), 'other', 'see', '2026-01-05', owner => 'ann')
       AND ar.add_task(:d, pg_temp.customer('C01'), 'other', 'see', '2026-01-05', owner => 'cat') < ar.add_task(:d, pg_temp.customer('C01'), 'other', 'see', '2026-01-05', owner => 'cat') AS made \gset
SELECT max(task_id) AS t FROM receivables.collection_task \gset
SELECT results_eq(format($$SELECT notices FROM ar.run_dunning(%s, '2026-02-01')$$, :d), 'VALUES (10::bigint)', 'ten notices in one run');
SELECT is(pg_temp.spread(:t), 'C01 bob, C02 dan, C03 ann, C04 dan, C05 bob, C06 cat, C07 ann, C08 dan, C09 bob, C10 cat',
          'each task by those before it: the team in turn, and whoever has the fewest');
SELECT is(pg_temp.said(0), (SELECT string_agg(format('C%s reminder', lpad(n::text, 2, '0')), ', ' ORDER BY n) FROM generate_series(1, 10) AS n), 'each customer was written to once, in their order');
SELECT is((SELECT count(*) FROM receivables.task_owner AS o JOIN receivables.collection_task AS t USING (company_id, task_id) WHERE o.owner = t.owner AND t.task_id > :t), 10::bigint, 'and each task has its owner on record');

-- A second run of a day takes the actions of what it wrote alone.
SELECT ar.promise_to_pay(:d, 'C02', '[{"due_on": "2026-02-03", "amount": 100}]', promised_on => '2026-02-02') > 0 AS promised \gset
SELECT max(message_id) AS m FROM receivables.message \gset
SELECT max(task_id) AS t FROM receivables.collection_task \gset
SELECT ar.post_invoice(:d, 'C01', 'J01', '2026-01-10', '2026-02-20', 30) > 0 AS posted \gset
SELECT results_eq(format($$SELECT notices FROM ar.run_dunning(%s, '2026-02-13')$$, :d), 'VALUES (1::bigint)', 'one is due in a week');
SELECT ar.judge_promises(:d, '2026-02-13') IS NOT NULL AS judged \gset
SELECT max(task_id) AS t FROM receivables.collection_task \gset
SELECT results_eq(format($$SELECT notices FROM ar.run_dunning(%s, '2026-02-13')$$, :d), 'VALUES (1::bigint)', 'then a promise was broken');
SELECT is(pg_temp.said(:m), 'C01 upcoming, C02 second_reminder', 'each was written to once');
SELECT is(pg_temp.spread(:t), 'C02 nobody', 'and there is one escalation');

-- By hand.
SELECT dunning_run_id AS r FROM receivables.dunning_run WHERE as_of = '2026-02-13' \gset
PREPARE notice (text, integer) AS INSERT INTO receivables.dunning_notice (company_id, dunning_run_id, customer_id, notice_date, dunning_policy, version, level, language, currency, amount, customer_balance)
SELECT :d, :r, pg_temp.customer($1), '2026-02-13', 'standard', 1, $2, 'en', 'EUR', 100, 100;
SELECT max(message_id) AS m, (SELECT max(task_id) FROM receivables.collection_task) AS t FROM receivables.message \gset
EXECUTE notice ('C03', 4);
SELECT is(pg_temp.said(:m) || '; ' || pg_temp.spread(:t), 'C03 reminder; C03 ann', 'a notice that is entered alone takes its actions');
EXECUTE notice ('C05', 4);
SELECT is(pg_temp.said(:m) || '; ' || pg_temp.spread(:t), 'C03 reminder, C05 reminder; C03 ann, C05 bob', 'the next one its own, in the same transaction and run');
SELECT max(message_id) AS m, (SELECT max(task_id) FROM receivables.collection_task) AS t FROM receivables.message \gset
SELECT max(dunning_notice_id) AS n FROM receivables.dunning_notice \gset
INSERT INTO receivables.dunning_notice (company_id, dunning_notice_id, dunning_run_id, customer_id, notice_date, dunning_policy, version, level, language, currency, amount, customer_balance)
SELECT :d, :n + v.n, :r, pg_temp.customer(v.customer), v.day::date, 'standard', 1, 4, 'en', 'EUR', 100, 100
FROM (VALUES (1030, 'C07', '2026-02-13'), (1020, 'C08', '2026-02-14'), (1010, 'C09', '2026-02-13')) AS v (n, customer, day);
SELECT is((SELECT string_agg(c.customer_number || ' ' || t.opened_on, ', ' ORDER BY c.customer_number) FROM receivables.collection_task AS t JOIN receivables.customer AS c USING (company_id, customer_id) WHERE t.task_id > :t),
          'C07 2026-02-13, C08 2026-02-14, C09 2026-02-13', 'each once, whatever the order of their numbers and days');
SAVEPOINT before;
EXECUTE notice ('C10', 4);
ROLLBACK TO before;
SELECT max(message_id) AS m FROM receivables.message \gset
EXECUTE notice ('C10', 4);
SELECT is(pg_temp.said(:m), 'C10 reminder', 'what was taken back leaves nothing taken');

-- A proposal tells what the step did before it; what comes after it, it does not tell.
INSERT INTO receivables.dunning_policy_version (company_id, dunning_policy, version, valid_from) VALUES (:d, 'standard', 2, '2026-03-01');
INSERT INTO receivables.dunning_step (company_id, dunning_policy, version, level, offset_days, name) VALUES (:d, 'standard', 2, 9, 60, 'last');
INSERT INTO receivables.dunning_action (company_id, dunning_policy, version, level, action_number, action, audience, channel, template) VALUES
    (:d, 'standard', 2, 9, 1, 'message', 'customer', 'email', 'reminder'), (:d, 'standard', 2, 9, 2, 'task', 'collector', 'phone', NULL),
    (:d, 'standard', 2, 9, 3, 'proposal', 'legal', 'email', NULL), (:d, 'standard', 2, 9, 4, 'message', 'customer', 'email', 'second_reminder');
SELECT max(message_id) AS m, (SELECT max(task_id) FROM receivables.collection_task) AS t FROM receivables.message \gset
SELECT results_eq(format($$SELECT notices FROM ar.run_dunning(%s, '2026-04-05')$$, :d), 'VALUES (10::bigint)', 'all come to the last step');
SELECT is((SELECT count(*) FROM receivables.collection_task AS t
           WHERE t.task_id > :t AND t.task_kind = 'legal_proposal'
             AND t.report #> '{notices,-1,messages}' @> '[{"subject": "Reminder: EUR 100.00 overdue"}]' AND jsonb_array_length(t.report #> '{notices,-1,messages}') = 1
             AND t.report #>> '{tasks,-1,kind}' = 'call' AND t.report #>> '{tasks,-1,due_on}' = '2026-04-08'), 10::bigint, 'the message and the call before it are told, no other');
SELECT is((SELECT array_agg(t.task_kind ORDER BY t.task_id) FROM receivables.collection_task AS t WHERE t.task_id > :t),
          (SELECT array_agg(k.kind ORDER BY n, k.kind) FROM generate_series(1, 10) AS n, unnest('{call,legal_proposal}'::text[]) AS k (kind)), 'tasks in the order of notices and actions');
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');
SELECT * FROM finish();
ROLLBACK;
