-- Who may do what in collection: each preset alone, what it is to do and what it is not.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset

-- What an attempt ends with, undone where it succeeds.
CREATE FUNCTION pg_temp.attempt(role text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    done bigint;
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', role);
    EXECUTE statement;
    GET DIAGNOSTICS done = ROW_COUNT;
    -- Nothing that a policy hid from it counts as done.
    RAISE EXCEPTION '%', CASE WHEN done > 0 THEN 'done' ELSE 'nothing' END USING ERRCODE = 'P9999';
EXCEPTION
    WHEN SQLSTATE 'P9999' THEN RETURN SQLERRM;
    WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
END;
$$;

INSERT INTO receivables.company (company_id, company_code, name, currency) VALUES (1, 'A', 'First', 'EUR'), (2, 'B', 'Second', 'EUR');
SELECT setval('receivables.company_company_id_seq', 2) \gset none_
SELECT count(ar.add_standard_templates(c)) + count(ar.add_standard_dunning_policy(c)) AS none_added FROM generate_series(1, 2) AS c \gset
INSERT INTO receivables.interest_policy (company_id, interest_policy, name, definition) VALUES (1, 'daily', 'Daily', '{"daily_percent": 0.05}');
-- A policy with a fee, which is posted, for one customer.
INSERT INTO receivables.dunning_policy (company_id, dunning_policy, name) VALUES (1, 'fee', 'With a fee');
INSERT INTO receivables.dunning_policy_version (company_id, dunning_policy, version) VALUES (1, 'fee', 1);
INSERT INTO receivables.dunning_step (company_id, dunning_policy, version, level, offset_days, name, fee) VALUES (1, 'fee', 1, 1, 60, 'Fee', 5);
UPDATE receivables.company SET dunning_policy = 'standard', interest_policy = CASE company_id WHEN 1 THEN 'daily' END;
INSERT INTO receivables.customer (company_id, customer_id, customer_number, name, salesperson, dunning_policy, credit_limit)
VALUES (1, 11, 'A1', 'A1', 'Ann', NULL, 1000), (1, 12, 'A2', 'A2', 'Bob', NULL, 1000), (1, 13, 'A3', 'A3', 'Bob', 'fee', 1000), (2, 21, 'B1', 'B1', 'Ann', NULL, 1000);
INSERT INTO receivables.employee (company_id, employee, name, position, team) SELECT c, e, e, 'collector', 'all' FROM generate_series(1, 2) AS c, unnest('{cal,cid}'::text[]) AS e;
INSERT INTO receivables.customer_contact (company_id, customer_id, name, email) SELECT company_id, customer_id, name, name || '@example.com' FROM receivables.customer;
SELECT count(ar.post_invoice(c, n, n || '-1', '2026-01-10', '2026-02-10', 100)) + count(ar.post_invoice(c, n, n || '-2', '2026-01-10', '2026-02-20', 40)) AS none_posted
FROM (VALUES (1, 'A1'), (1, 'A2'), (1, 'A3'), (2, 'B1')) AS v (c, n) \gset
SELECT count(ar.run_dunning(c, '2026-03-01')) AS none_run FROM generate_series(1, 2) AS c \gset
SELECT count(ar.promise_to_pay(c, n, '[{"due_on": "2026-03-05", "amount": 40}]', ARRAY[n || '-2'], '2026-03-02')) AS none_promised FROM (VALUES (1, 'A1'), (2, 'B1')) AS v (c, n) \gset
SELECT count(ar.open_dispute(c, n, 'price', jsonb_build_array(jsonb_build_object('document_number', n || '-1', 'amount', 10)), opened_on => '2026-03-02')) AS none_disputed
FROM (VALUES (1, 'A1'), (2, 'B1')) AS v (c, n) \gset
SELECT count(ar.add_task(c, k, 'call', 'call', '2026-03-03', opened_on => '2026-03-02')) + count(ar.hold_dunning(c, n, 'x', document_number => n || '-1', valid_from => '2026-03-02')) AS none_held
FROM (VALUES (1, 12, 'A2'), (2, 21, 'B1')) AS v (c, k, n) \gset
SELECT ar.charge_interest(1, '2026-03-01') IS NOT NULL AS charged \gset
-- Events of companies and customers are published too.
SELECT count(ar.publish(c, '*')) AS none_published FROM generate_series(1, 2) AS c \gset
SET LOCAL ar.as_of = '2026-03-12';

CREATE ROLE nobody; CREATE ROLE reads; CREATE ROLE sells; CREATE ROLE clerks; CREATE ROLE collects; CREATE ROLE approves; CREATE ROLE manages; CREATE ROLE audits; CREATE ROLE administers;
CREATE ROLE collects_2; CREATE ROLE collects_approves;
SELECT count(*) AS none_granted FROM (VALUES
    (ar.grant_access('reads', 'reader', 1)), (ar.grant_access('sells', 'sales', 1, 'Ann')), (ar.grant_access('clerks', 'clerk', 1)),
    (ar.grant_access('collects', 'collector', 1)), (ar.grant_access('approves', 'approver', 1)), (ar.grant_access('manages', 'manager', 1)),
    (ar.grant_access('audits', 'auditor', 1)), (ar.grant_access('administers', 'admin', 1)), (ar.grant_access('collects_2', 'collector', 2)),
    (ar.grant_access('collects_approves', 'collector', 1)), (ar.grant_access('collects_approves', 'approver', 2))) AS v \gset

-- Who is to be able to: those that see the company, that follow up, that post, that set up.
CREATE TEMP TABLE circle (name text, roles text[]);
INSERT INTO circle VALUES
    ('sees', '{reads,clerks,collects,approves,manages,audits,administers,collects_approves}'), ('sees own', '{reads,sells,clerks,collects,approves,manages,audits,administers,collects_approves}'),
    ('follows up', '{clerks,collects,manages,administers,collects_approves}'), ('posts', '{clerks,manages,administers}'), ('sets up', '{manages,administers}'), ('nobody', '{}');
CREATE TEMP TABLE deed (name text, statement text, circle text);
INSERT INTO deed VALUES
    ('the worklist', $$SELECT FROM ar.worklist(1) HAVING count(*) >= 1$$, 'sees own'),
    ('the view of it', $$SELECT FROM receivables.worklist HAVING count(*) >= 1$$, 'sees own'),
    ('results', $$SELECT FROM receivables.collector_results WHERE company_id = 1$$, 'sees own'),
    ('a dossier', $$SELECT ar.dossier_text(ar.dossier(1, 'A1'))$$, 'sees own'),
    ('a preview', $$SELECT FROM ar.preview_dunning(1)$$, 'sees'),
    ('a preview of interest', $$SELECT FROM ar.interest_due(1)$$, 'sees'),
    ('a text', $$SELECT ar.render(1, 'reminder', 'A1')$$, 'sees'),
    ('a customer taken', $$SELECT FROM ar.take_customer(1, 'cal') AS t WHERE t.task_id IS NOT NULL$$, 'follows up'),
    ('a task taken', $$SELECT FROM ar.take_task(1, 'cal') AS t WHERE t IS NOT NULL$$, 'follows up'),
    ('a task made', $$SELECT ar.add_task(1, 11, 'other', 'x', '2026-03-20')$$, 'follows up'),
    ('a task given to another', $$SELECT ar.assign_task(1, (SELECT min(t.task_id) FROM receivables.collection_task AS t WHERE t.company_id = 1 AND t.status = 'open'), 'cid', 'x')$$, 'follows up'),
    ('a task closed', $$SELECT ar.close_task(1, (SELECT min(t.task_id) FROM receivables.collection_task AS t WHERE t.company_id = 1 AND t.status = 'open'), 'reached')$$, 'follows up'),
    ('a contact', $$SELECT ar.log_contact(1, 'A1', 'phone', 'reached', 'x', 'cal', next_on => '2026-03-20')$$, 'follows up'),
    ('a promise', $$SELECT ar.promise_to_pay(1, 'A2', '[{"due_on": "2026-03-20", "amount": 100}]')$$, 'follows up'),
    ('a promise replaced', $$SELECT ar.promise_to_pay(1, 'A1', '[{"due_on": "2026-03-20", "amount": 40}]', '{A1-2}', replaces_promise_id => (SELECT p.promise_id FROM receivables.promise AS p WHERE p.company_id = 1))$$, 'follows up'),
    ('promises judged', $$SELECT FROM ar.judge_promises(1) AS j WHERE j.broken = 1$$, 'follows up'),
    ('a dispute', $$SELECT ar.open_dispute(1, 'A1', 'quality', '[{"document_number": "A1-1"}]', owner => 'cal')$$, 'follows up'),
    ('a dispute rejected', $$SELECT ar.resolve_dispute(1, (SELECT d.dispute_id FROM receivables.dispute AS d WHERE d.company_id = 1), 'rejected', 'x')$$, 'follows up'),
    ('a dispute withdrawn', $$SELECT ar.resolve_dispute(1, (SELECT d.dispute_id FROM receivables.dispute AS d WHERE d.company_id = 1), 'withdrawn', 'x')$$, 'follows up'),
    ('a dispute credited', $$SELECT ar.resolve_dispute(1, (SELECT d.dispute_id FROM receivables.dispute AS d WHERE d.company_id = 1), 'credited', 'x', credit_note_number => 'CN')$$, 'posts'),
    ('a hold', $$SELECT ar.hold_dunning(1, 'A1', 'x', '2026-03-20')$$, 'follows up'),
    ('a hold of a document', $$SELECT ar.hold_dunning(1, 'A1', 'x', document_number => 'A1-2')$$, 'follows up'),
    ('a hold released', $$SELECT FROM ar.release_dunning(1, 'A2') AS r WHERE r = 1$$, 'follows up'),
    ('a contact of a customer', $$INSERT INTO receivables.customer_contact (company_id, customer_id, name) VALUES (1, 11, 'x')$$, 'follows up'),
    ('a contact of a customer changed', $$UPDATE receivables.customer_contact SET phone = '1' WHERE company_id = 1 AND customer_id = 11$$, 'follows up'),
    ('a contact of a customer removed', $$DELETE FROM receivables.customer_contact WHERE company_id = 1 AND customer_id = 11$$, 'follows up'),
    ('the run of dunning', $$SELECT FROM ar.run_dunning(1) AS r WHERE r.notices >= 1$$, 'follows up'),
    ('the run of dunning with a fee', $$SELECT FROM ar.run_dunning(1, '2026-04-20') AS r WHERE r.notices >= 1$$, 'posts'),
    ('messages claimed', $$SELECT FROM ar.claim_messages('email', 1, company_id => 1)$$, 'follows up'),
    ('a message sent', $$SELECT ar.message_sent(1, (SELECT m.message_id FROM ar.claim_messages('email', 1, company_id => 1) AS m))$$, 'follows up'),
    ('a message that failed', $$SELECT FROM ar.message_failed(1, (SELECT m.message_id FROM ar.claim_messages('email', 1, company_id => 1) AS m), 'x') AS f WHERE f = 'queued'$$, 'follows up'),
    ('a dead message taken up again', $$SELECT FROM (SELECT m.message_id, ar.message_failed(1, m.message_id, 'x', max_attempts => 1) AS state FROM ar.claim_messages('email', 1, company_id => 1) AS m OFFSET 0) AS m
                                       WHERE CASE WHEN m.state = 'dead' THEN ar.requeue_message(1, m.message_id) END$$, 'follows up'),
    ('interest charged', $$SELECT FROM ar.charge_interest(1) AS c WHERE c.charged >= 1$$, 'posts'),
    ('interest waived', $$SELECT ar.waive_interest(1, (SELECT min(c.interest_charge_id) FROM receivables.interest_charge AS c), 'x')$$, 'posts'),
    ('a payment that settles what was begun', $$SELECT ar.post_payment(1, 'A2', 'P', '2026-03-12', 140, '[{"invoice_number": "A2-1", "amount": 100}, {"invoice_number": "A2-2", "amount": 40}]')$$, 'posts'),
    ('a rule', $$INSERT INTO receivables.task_rule (company_id, position, assign_to) VALUES (1, 1, 'salesperson')$$, 'sets up'),
    ('a rule of the worklist', $$INSERT INTO receivables.worklist_rule (company_id, position, next_action, uplift) VALUES (1, 1, 'x', 1)$$, 'sets up'),
    ('a policy', $$SELECT ar.add_standard_dunning_policy(1, 'another')$$, 'sets up'),
    ('a version of a policy', $$INSERT INTO receivables.dunning_policy_version (company_id, dunning_policy, version, valid_from) VALUES (1, 'fee', 2, '2026-05-01')$$, 'sets up'),
    ('a policy of a company', $$UPDATE receivables.company SET dunning_policy = 'fee' WHERE company_id = 1$$, 'sets up'),
    ('a policy of a customer', $$UPDATE receivables.customer SET dunning_policy = 'fee' WHERE customer_id = 11$$, 'posts'),
    ('an employee', $$INSERT INTO receivables.employee (company_id, employee, name, position) VALUES (1, 'x', 'x', 'collector')$$, 'sets up'),
    ('a template', $$INSERT INTO receivables.message_template (company_id, template, language, version, channel, body) VALUES (1, 'reminder', 'en', 9, 'email', 'x')$$, 'sets up'),
    ('a reference rate', $$INSERT INTO receivables.reference_rate (company_id, reference_rate, valid_from, annual_percent) VALUES (1, 'R', '2026-01-01', 1)$$, 'sets up'),
    ('an interest policy', $$UPDATE receivables.interest_policy SET definition = '{"daily_percent": 0.04}' WHERE company_id = 1$$, 'sets up'),
    ('a snapshot', $$SELECT ar.take_snapshot(1)$$, 'sets up'),
    ('alarms', $$SELECT ar.evaluate_alarms(1)$$, 'sets up'),
    ('a customer given to another', $$SELECT ar.assign_customer(1, 'A1', '2026-03-10', 'Bob', NULL, NULL)$$, 'posts'),
    ('a limit', $$UPDATE receivables.customer SET credit_limit = 5000 WHERE customer_id = 12$$, 'may decide'),
    ('a grade', $$UPDATE receivables.customer SET grade = 'A' WHERE customer_id = 12$$, 'may decide'),
    ('a name', $$UPDATE receivables.customer SET name = 'x' WHERE customer_id = 12$$, 'posts'),
    ('the key of a customer', $$UPDATE receivables.customer SET company_id = company_id WHERE customer_id = 12$$, 'posts'),
    ('the key of an item', $$UPDATE receivables.item SET company_id = company_id WHERE company_id = 1$$, 'nobody'),
    ('a due date', $$UPDATE receivables.item SET due_on = '2027-01-01' WHERE company_id = 1$$, 'nobody'),
    ('an open amount', $$UPDATE receivables.item SET open_amount = 0 WHERE company_id = 1$$, 'nobody'),
    ('an invoice', $$SELECT ar.post_invoice(1, 'A1', 'X', '2026-03-01', '2026-03-01', 1)$$, 'posts'),
    ('a policy that was followed', $$UPDATE receivables.dunning_step SET offset_days = 16 WHERE company_id = 1 AND dunning_policy = 'standard' AND level = 5$$, 'nobody'),
    ('the amount of a promise', $$UPDATE receivables.promise SET amount = 1$$, 'nobody'),
    ('the amount of a dispute', $$UPDATE receivables.dispute_item SET amount = 1$$, 'nobody'),
    ('the amount of a task', $$UPDATE receivables.collection_task SET amount = 1$$, 'nobody'),
    ('what was said', $$UPDATE receivables.contact SET summary = 'x'$$, 'nobody'),
    ('the text of a message', $$UPDATE receivables.message SET body = 'x'$$, 'nobody'),
    ('the recipient of a message', $$UPDATE receivables.message SET recipient = 'x@example.com'$$, 'nobody'),
    ('whose level it is', $$UPDATE receivables.item_dunning SET item_id = item_id$$, 'nobody'),
    ('a level deleted', $$DELETE FROM receivables.item_dunning$$, 'nobody'),
    ('a salesperson', $$UPDATE receivables.customer SET salesperson = 'Bob' WHERE customer_id = 11$$, 'posts'),
    ('a promise deleted', $$DELETE FROM receivables.promise$$, 'nobody'),
    ('a notice deleted', $$DELETE FROM receivables.dunning_notice$$, 'nobody'),
    ('the log of changes', $$INSERT INTO receivables.change_log (company_id, table_name, row_key, operation, new) VALUES (1, 'customer', '{}', 'insert', '{}')$$, 'nobody'),
    ('an event', $$INSERT INTO receivables.outbox (company_id, topic, object_kind, object_key, payload) VALUES (1, 'x.y', 'x', '{}', '{}')$$, 'nobody');
INSERT INTO circle VALUES ('may decide', '{clerks,approves,manages,administers}');
SELECT is(CASE WHEN a.result = 'done' OR r.role = ANY (c.roles) THEN a.result ELSE 'refused' END, CASE WHEN r.role = ANY (c.roles) THEN 'done' ELSE 'refused' END, format('%s by %s', d.name, r.role))
FROM deed AS d
LEFT JOIN circle AS c ON c.name = d.circle
CROSS JOIN unnest('{nobody,reads,sells,clerks,collects,approves,manages,audits,administers,collects_2,collects_approves}'::text[]) AS r (role)
CROSS JOIN LATERAL pg_temp.attempt(r.role, d.statement) AS a (result);
SELECT * FROM finish();
ROLLBACK;
