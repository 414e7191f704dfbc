-- Templates, and what notices bring about: messages, tasks, escalations, the dossier.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
SET LOCAL timezone = 'UTC';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset

-- Placeholders.
SELECT is(ar.check_template(t.subject, t.body), t.fault, t.body)
FROM (VALUES ('{{amount}}', 'x {{customer_name}} {{#items}}{{item.amount}}, {{step}}{{/items}}', NULL), ('{{sum}}', 'x', 'there is no placeholder {{sum}}'),
             (NULL, '{{item.amount}}', 'there is no placeholder {{item.amount}} outside of {{#items}} and {{/items}}'), (NULL, '{{#items}}x', '{{#items}} is not closed by {{/items}}'),
             (NULL, '{{/items}}{{#items}}', '{{/items}} closes nothing'), (NULL, 'x {{amount', 'a placeholder is not closed'), (NULL, 'plain', NULL),
             (NULL, '{{#items}}{{item.amount}}{{/items}} {{#statement}}{{line.open_amount}}{{#line.disputed}}!{{line.disputed}}{{/line.disputed}}{{/statement}}{{#fee}}{{fee}}{{/fee}}', NULL),
             (NULL, '{{#items}}{{line.open_amount}}{{/items}}', 'there is no placeholder {{line.open_amount}} outside of {{#statement}} and {{/statement}}'),
             (NULL, '{{#statement}}{{item.amount}}{{/statement}}', 'there is no placeholder {{item.amount}} outside of {{#items}} and {{/items}}'),
             (NULL, '{{#line.disputed}}x{{/line.disputed}}', 'there is no placeholder {{line.disputed}} outside of {{#statement}} and {{/statement}}'),
             (NULL, '{{#items}}{{#statement}}{{/statement}}{{/items}}', '{{#statement}} is within {{#items}}'), (NULL, '{{#fee}}{{#interest}}{{/fee}}{{/interest}}', '{{#interest}} is not closed by {{/interest}}'),
             (NULL, '{{#items}}a{{/items}}{{#items}}b{{/items}}', NULL), ('{{#items}}a{{/items}}', 'x', 'there is no list in a subject'), ('{{#fee}}a{{/fee}}', 'x', NULL),
             (NULL, '{{statement}}', 'there is no placeholder {{statement}}'), (NULL, '{{#sum}}{{/sum}}', 'there is no placeholder {{sum}}'), (NULL, '{{#items}', 'a placeholder is not closed')) AS t (subject, body, fault);
SELECT is(ar.fill_template(E'{{a}}:\n{{#items}}\n- {{item.n}} {{b}}\n{{/items}}\nend {{unknown}}.', '{"a": "x", "b": "y", "items": [{"n": 1}, {"n": "{{a}}"}]}', 'email'),
          E'x:\n- 1 y\n- { {a}} y\nend .', 'the list is repeated; a value is no placeholder');
SELECT is(ar.fill_template(t.body, '{"a": "x", "n": null, "none": false, "yes": true, "items": [{"n": 1, "m": "<"}, {"n": 2}], "statement": [{"s": 3}, {"s": 4, "n": null}], "empty": []}', t.channel), t.expected, t.body)
FROM (VALUES ('email', '{{#items}}{{item.n}}{{/items}} {{#statement}}{{line.s}},{{/statement}}', '12 3,4,'), ('email', '{{#a}}<{{a}}>{{/a}}{{#n}}[{{n}}]{{/n}}{{#unknown}}?{{/unknown}}{{#none}}!{{/none}}{{#yes}}y{{/yes}}', '<x>y'),
             ('letter', '{{#items}}{{#item.m}}{{item.m}}{{a}}{{/item.m}}{{item.n}};{{/items}}', '&lt;x1;2;'), ('email', '{{#empty}}x{{/empty}}{{#statement}}{{#items}}{{/items}}{{#line.n}}n{{/line.n}}{{line.s}}{{/statement}}', '34'),
             ('email', E'{{#a}}\nA\n{{/a}}\nB\n{{#n}}\nN\n{{/n}}\nC {{#a}}D{{/a}}\nE', E'A\nB\nC D\nE'), ('email', 'not closed {{#a}} {{a}}', 'not closed  x'), ('email', 'opened by none {{/a}} {{a}}', 'opened by none  x'),
             ('email', '{{#items}}{{#items}}{{item.n}}{{/items}}{{/items}}', '1212'), ('email', '{{items}}{{statement}}', '')) AS t (channel, body, expected);
SELECT throws_ok($$SELECT ar.fill_template('{{#statement}}x{{/statement}}', '{"statement": 1}', 'email')$$, '22023', 'statement must be an array', 'a list is one');
SELECT throws_ok($$SELECT ar.fill_template('{{#items}}x{{/items}}', '{"items": [1]}', 'email')$$, '22023', 'an element of items must be an object', 'of objects');
SELECT is(ar.escape_for_channel(v.value, v.channel), v.expected, v.channel || ' is escaped')
FROM (VALUES ('letter', 'A & B <"x">', 'A &amp; B &lt;&quot;x&quot;&gt;'), ('webhook', E'say "a"\n\\', 'say \"a\"\n\\'), ('email', E'x\r\nBcc: all@example.com', 'x Bcc: all@example.com'), ('sms', E'a\tb', 'a b')) AS v (channel, value, expected);
SELECT is(ar.amount_text(a, u), e, e) FROM (VALUES (1234567.5, 2, '1,234,567.50'), (0, 2, '0.00'), (1234.5, 0, '1,235'), (-12.345, 3, '-12.345')) AS v (a, u, e);
SELECT is((SELECT count(*) FROM ar.standard_templates() AS t WHERE ar.check_template(t.subject, t.body) IS NOT NULL), 0::bigint, 'the standard texts are valid');
SELECT results_eq('SELECT language, count(*) FROM ar.standard_templates() GROUP BY 1 ORDER BY 1', $$VALUES ('en', 7::bigint), ('zh', 7)$$, 'in English and Chinese');

SELECT ar.create_company('D', 'Dunning Ltd', 'EUR') AS d \gset
SELECT throws_ok(format($$INSERT INTO receivables.message_template (company_id, template, language, version, channel, body) VALUES (%s, 'x', 'en', 1, 'email', '{{nonsense}}')$$, :d), '23514', NULL, 'checked when stored');
SELECT ar.add_standard_dunning_policy(:d) AS version \gset
UPDATE receivables.company SET dunning_policy = 'standard';
SELECT is(ar.add_standard_templates(:d), 0, 'the texts came with the policy');
SELECT throws_ok(format($$UPDATE receivables.dunning_action SET template = 'none' WHERE company_id = %s AND level = 1$$, :d), '23503', NULL, 'an action has a template');
INSERT INTO receivables.customer (company_id, customer_number, name, salesperson, department, language) VALUES
    (:d, 'C1', 'First & Co', 'sam', 'north', 'zh-CN'), (:d, 'C2', 'Second', NULL, 'south', 'de');
INSERT INTO receivables.employee (company_id, employee, name, position, department, email) VALUES
    (:d, 'sam', 'Sam', 'salesperson', NULL, 'sam@example.com'), (:d, 'mia', 'Mia', 'sales_manager', 'north', 'mia@example.com'), (:d, 'max', 'Max', 'sales_manager', NULL, NULL),
    (:d, 'fay', 'Fay', 'cfo', NULL, 'fay@example.com'), (:d, 'lou', 'Lou', 'legal', NULL, 'lou@example.com');
INSERT INTO receivables.customer_contact (company_id, customer_id, name, email, address, language)
SELECT :d, customer_id, v.name, v.email, v.address, v.language FROM receivables.customer
JOIN (VALUES ('C1', 'Ms Li', 'li@example.com', E'1 Main Street\nSpringfield', NULL), ('C1', 'Mr Day', 'day@example.com', NULL, 'en'), ('C2', 'Frau Weber', 'weber@example.com', NULL, NULL)) AS v (customer_number, name, email, address, language) USING (customer_number) ORDER BY v.name = 'Mr Day', v.name DESC;
SELECT ar.post_invoice(:d, 'C1', 'I1', '2026-01-01', '2026-01-31', 1234.5) > 0 AND ar.post_invoice(:d, 'C2', 'I2', '2026-01-01', '2026-01-31', 99) > 0 AS posted \gset
SELECT ar.run_dunning(:d, '2026-02-01') IS NOT NULL AS ran \gset
SELECT results_eq($$SELECT recipient, language, subject FROM receivables.message ORDER BY message_id$$,
    $$VALUES ('li@example.com', 'zh', U&'\903E\671F\63D0\9192:EUR 1,234.50'), ('day@example.com', 'en', 'Reminder: EUR 1,234.50 overdue'), ('weber@example.com', 'en', 'Reminder: EUR 99.00 overdue')$$,
    'each contact in its language, or the nearest there is');
SELECT is((SELECT body FROM receivables.message WHERE recipient = 'day@example.com'),
    E'Dear Mr Day,\n\nwe have not received payment of:\n\n  I1  due 2026-01-31  EUR 1,234.50\n\nTogether EUR 1,234.50, of which 1,234.50 is overdue. Please pay, or tell us if something is not in order.\n\nSam\nDunning Ltd\n', 'the text');
SELECT results_eq($$SELECT c.customer_number, t.task_kind, t.owner, t.amount, t.due_on FROM receivables.collection_task AS t JOIN receivables.customer AS c USING (company_id, customer_id) ORDER BY 1$$,
    $$VALUES ('C1', 'call', 'sam', 1234.50, '2026-02-04'::date), ('C2', 'call', NULL, 99.00, '2026-02-04')$$, 'and a call for whoever has the customer');
-- To the manager of the department at 15 days, with the contacts; to the CFO at 30; the dossier at 90.
SELECT ar.log_contact(:d, 'C1', 'phone', 'promised', 'will pay next week', 'sam', 'Ms Li', contacted_at => '2026-02-05 10:00+00') > 0 AS logged \gset
SELECT ar.run_dunning(:d, '2026-02-15') IS NOT NULL AS ran \gset
SELECT results_eq($$SELECT c.customer_number, t.owner FROM receivables.collection_task AS t JOIN receivables.customer AS c USING (company_id, customer_id) WHERE task_kind = 'escalation' ORDER BY 1$$,
    $$VALUES ('C1', 'mia'), ('C2', 'max')$$, 'to the sales manager of the department, or of all');
SELECT ar.run_dunning(:d, '2026-03-02') IS NOT NULL AS ran \gset
SELECT is((SELECT t.report -> 'contacts' -> 0 ->> 'summary' FROM receivables.collection_task AS t JOIN receivables.customer AS c USING (company_id, customer_id) WHERE t.owner = 'fay' AND c.customer_number = 'C1'), 'will pay next week', 'to the CFO with all contacts');
SELECT results_eq($$SELECT recipient, body LIKE '%First &amp; Co%' FROM receivables.message WHERE channel = 'letter'$$, $$VALUES (E'1 Main Street\nSpringfield', true)$$, 'a letter to the one with an address, escaped');
SELECT is((SELECT reason FROM receivables.dunning_skip JOIN receivables.customer USING (company_id, customer_id) WHERE customer_number = 'C2'), 'no_contact', 'nobody to write a letter to: told');
SELECT ar.promise_to_pay(:d, 'C1', '[{"due_on": "2026-03-10", "amount": 200}]', promised_on => '2026-03-05') > 0 AS promised \gset
SELECT ar.judge_promises(:d, '2026-03-20') IS NOT NULL AS judged \gset
SELECT ar.post_payment(:d, 'C1', 'P1', '2026-03-21', 34.5, '[{"invoice_number": "I1", "amount": 34.5}]') > 0 AS paid \gset
SELECT ar.open_dispute(:d, 'C1', 'price', '[{"document_number": "I1", "amount": 100}]', 'agreed less', '2026-03-25') > 0 AS disputed \gset
SELECT ar.run_dunning(:d, '2026-05-01') IS NOT NULL AS ran \gset
SELECT is((SELECT count(*) FROM receivables.collection_task WHERE task_kind = 'legal_proposal' AND owner = 'lou'), 2::bigint, 'proposals to legal');
SELECT ar.dossier(:d, 'C1', '2026-05-01') AS dossier \gset
SELECT is(:'dossier'::jsonb - '{customer,tasks,notices,contacts,items}'::text[],
    '{"as_of": "2026-05-01", "company": "Dunning Ltd", "currency": "EUR", "balance": 1200.00, "overdue": 1200.00, "contracts": [],
      "promises": [{"promised_on": "2026-03-05", "amount": 200, "status": "broken", "kept_amount": 0, "instalments": [{"due_on": "2026-03-10", "amount": 200}]}],
      "disputes": [{"opened_on": "2026-03-25", "reason": "price", "description": "agreed less", "deadline": "2026-04-08", "amount": 100, "status": "open"}],
      "payment_history": {"from": "2025-05-02", "to": "2026-05-01", "invoices": 0, "late_invoices": 0, "amount": 0, "paid": []}}'::jsonb, 'the dossier: balance, promises, disputes');
SELECT is(:'dossier'::jsonb #- '{items,0,dunning_level}' -> 'items', '[{"document": "I1", "kind": "invoice", "date": "2026-01-01", "due_on": "2026-01-31", "days_past_due": 90, "currency": "EUR", "amount": 1234.50, "open_amount": 1200.00,
      "disputed": 100, "applications": [{"date": "2026-03-21", "by": "payment", "document": "P1", "amount": 34.50}]}]'::jsonb, 'its items with what was applied');
SELECT is((SELECT string_agg(n ->> 'level', ' ') FROM jsonb_array_elements(:'dossier'::jsonb -> 'notices') AS n), '4 5 6 7', 'its notices');
SELECT matches(ar.dossier_text(:'dossier'), E'^C1 First & Co, as of 2026-05-01\nBalance EUR 1200\\.00, overdue 1200\\.00\n\nOpen items\n  invoice I1 of 2026-01-01, due 2026-01-31 \\(90 days\\): 1200\\.00 of EUR 1234\\.50 open, level 7, disputed 100\\.00\n    2026-03-21 payment P1: 34\\.50\n\nNotices\n.*Contacts\n  2026-02-05 phone by Sam, promised: will pay next week\n\nPromises\n  2026-03-05: 200\\.00 by 2026-03-10, broken, paid 0\n\nDisputes\n  2026-03-25 price: 100\\.00 until 2026-04-08, open\n\nTasks\n', 'and as text');
SELECT is(:'dossier'::jsonb #> '{notices,0,messages,1}', jsonb_build_object('to', 'day@example.com', 'channel', 'email', 'subject', 'Reminder: EUR 1,234.50 overdue', 'status', 'queued', 'body',
    (SELECT body FROM receivables.message WHERE recipient = 'day@example.com' AND template = 'reminder')), 'a letter with its text');
SELECT matches(ar.dossier_text(:'dossier'), E'    email to day@example\\.com: Reminder: EUR 1,234\\.50 overdue \\(queued\\)\n      Dear Mr Day,\n\n      we have not received payment of:\n\n        I1  due 2026-01-31  EUR 1,234\\.50\n', 'which can be read');
SELECT is(t.report, jsonb_set(ar.dossier(:d, c.customer_number, '2026-05-01'), '{tasks}', (SELECT jsonb_agg(x) FROM jsonb_array_elements(ar.dossier(:d, c.customer_number, '2026-05-01') -> 'tasks') AS x WHERE x ->> 'kind' <> 'legal_proposal')),
          'the proposal comes with the dossier, but for itself: ' || c.customer_number)
FROM receivables.collection_task AS t JOIN receivables.customer AS c USING (company_id, customer_id) WHERE t.task_kind = 'legal_proposal' ORDER BY c.customer_number;
SELECT is(ar.dossier(:d, 'C1', '2026-03-06') -> 'promises' -> 0 ->> 'status', 'open', 'as of the day: what was judged later is open');
SELECT throws_ok(format($$SELECT ar.dossier(%s, 'C1', document_number => 'none')$$, :d), 'P0002', NULL, 'of a document that is open');
-- How it was paid, what was agreed, and states as they were on the day.
INSERT INTO receivables.customer (company_id, customer_number, name, dunning_policy) VALUES (:d, 'C6', 'Sixth', NULL);
INSERT INTO receivables.contract (company_id, customer_id, contract_number, contract_date, currency, amount) SELECT :d, customer_id, v.number, v.day::date, 'EUR', v.amount
FROM receivables.customer, (VALUES ('K1', '2025-01-01', 5000.00), ('K2', '2025-06-01', NULL)) AS v (number, day, amount) WHERE customer_number = 'C6' AND company_id = :d;
SELECT ar.post_invoice(:d, 'C6', 'H0', '2024-12-01', '2025-02-01', 70) > 0 AND ar.post_payment(:d, 'C6', 'Q0', '2025-02-20', 70, '[{"invoice_number": "H0", "amount": 70}]') > 0
   AND ar.post_invoice(:d, 'C6', 'H1', '2026-01-05', '2026-02-04', 100) > 0 AND ar.post_payment(:d, 'C6', 'Q1', '2026-02-14', 100, '[{"invoice_number": "H1", "amount": 100}]') > 0
   AND ar.post_invoice(:d, 'C6', 'H2', '2026-02-01', '2026-03-03', 300) > 0 AND ar.post_payment(:d, 'C6', 'Q2', '2026-03-01', 300, '[{"invoice_number": "H2", "amount": 300}]') > 0
   AND ar.post_invoice(:d, 'C6', 'H3', '2026-03-01', '2026-03-31', 500) > 0 AND ar.post_invoice(:d, 'C6', 'H4', '2026-03-10', '2026-04-09', 40) > 0
   AND ar.post_payment(:d, 'C6', 'Q4', '2026-04-12', 15, '[{"invoice_number": "H4", "amount": 15}]') > 0 AND ar.post_payment(:d, 'C6', 'Q5', '2026-04-20', 25, '[{"invoice_number": "H4", "amount": 25}]') > 0
   AND ar.post_invoice(:d, 'C6', 'H5', '2026-03-11', '2026-04-10', 33) > 0 AND ar.post_credit_note(:d, 'C6', 'N5', '2026-04-11', 33, invoice_number => 'H5') > 0 AS posted \gset
SELECT ar.open_dispute(:d, 'C6', 'quality', '[{"document_number": "H3", "amount": 60}]', 'wet', '2026-04-02', 'sam', '2026-04-16') AS dispute \gset
SELECT ar.resolve_dispute(:d, :dispute, 'rejected', 'was dry', '2026-04-22', 'packaging') IS NULL AS resolved \gset
-- (10 - 2 + 11) / 3 days late: H0 was paid before the year, H5 by nobody.
SELECT is(ar.dossier(:d, 'C6', '2026-04-25') -> 'payment_history', '{"from": "2025-04-26", "to": "2026-04-25", "invoices": 3, "late_invoices": 2, "amount": 440.00, "average_days_late": 6.33,
    "paid": [{"document": "H4", "date": "2026-03-10", "due_on": "2026-04-09", "paid_on": "2026-04-20", "days_late": 11, "currency": "EUR", "amount": 40.00}]}'::jsonb, 'how a year''s invoices were paid, and those of the time of what is open');
SELECT is(ar.dossier(:d, 'C6', '2026-04-15') -> 'payment_history' #- '{paid}', '{"from": "2025-04-16", "to": "2026-04-15", "invoices": 2, "late_invoices": 1, "amount": 400.00, "average_days_late": 4.00}'::jsonb, 'as of a day before one was');
SELECT is(d -> 'disputes', '[{"opened_on": "2026-04-02", "reason": "quality", "description": "wet", "owner": "sam", "deadline": "2026-04-16", "amount": 60, "status": "rejected", "resolution": "was dry", "root_cause": "packaging"}]'::jsonb, 'the cause of a dispute')
FROM ar.dossier(:d, 'C6', '2026-04-25') AS d;
SELECT is(d -> 'disputes', '[{"opened_on": "2026-04-02", "reason": "quality", "description": "wet", "owner": "sam", "deadline": "2026-04-16", "amount": 60, "status": "open"}]'::jsonb, 'which nobody knew before')
FROM ar.dossier(:d, 'C6', '2026-04-21') AS d;
SELECT matches(ar.dossier_text(ar.dossier(:d, 'C6', '2026-04-25')), E'^C6 Sixth, as of 2026-04-25\nBalance EUR 500\\.00, overdue 500\\.00\n\nContracts\n  K1 of 2025-01-01: EUR 5000\\.00, invoiced 0\n  K2 of 2025-06-01: EUR without an amount, invoiced 0\n\nOpen items\n  invoice H3 .*\n\nInvoices paid from 2025-04-26 to 2026-04-25\n  3 of EUR 440\\.00, 2 of them late, 6\\.33 days late on average\n    H4 of 2026-03-10, due 2026-04-09, paid 2026-04-20 \\(11 days late\\): EUR 40\\.00\n\n.*Disputes\n  2026-04-02 quality: 60\\.00, with sam until 2026-04-16, rejected \\(was dry\\), cause: packaging\n', 'all that as text');
-- Written long before: what was sent, closed, given to another or raised after a day was not so on it.
SELECT ar.post_invoice(:d, 'C6', 'H6', '2026-04-25', '2026-05-01', 10) > 0 AS posted \gset
UPDATE receivables.customer SET dunning_policy = 'standard' WHERE company_id = :d AND customer_number = 'C6';
INSERT INTO receivables.customer_contact (company_id, customer_id, name, address) SELECT company_id, customer_id, 'Six', '6 Lane' FROM receivables.customer WHERE company_id = :d AND customer_number = 'C6';
SELECT ar.run_dunning(:d, '2026-05-02') IS NOT NULL AS ran \gset
SELECT dunning_notice_id AS notice, customer_id AS c6 FROM receivables.dunning_notice JOIN receivables.customer USING (company_id, customer_id) WHERE customer_number = 'C6' \gset
SET LOCAL session_replication_role = replica;
UPDATE receivables.message SET recorded_at = '2026-05-02 06:00', status = 'sent', sent_at = '2026-05-04 09:00' WHERE dunning_notice_id = :notice;
INSERT INTO receivables.collection_task (company_id, task_id, customer_id, task_kind, owner, opened_on, due_on, subject, status, outcome, closed_at, closed_by, recorded_at)
VALUES (:d, 900001, :c6, 'call', 'mia', '2026-05-02', '2026-05-05', 'call them', 'done', 'reached', '2026-05-05 10:00', 'x', '2026-05-02 06:00'), (:d, 900002, :c6, 'call', 'mia', '2026-05-02', '2026-05-05', 'entered late', 'cancelled', NULL, '2026-06-01 10:00', 'x', '2026-06-01 06:00');
INSERT INTO receivables.task_owner (company_id, task_id, valid_from, owner) VALUES (:d, 900001, '2026-05-02 06:00', 'sam'), (:d, 900001, '2026-05-04 06:00', 'mia'), (:d, 900002, '2026-06-01 06:00', 'mia');
INSERT INTO receivables.dunning_notice_item (company_id, dunning_notice_id, item_id, level, from_level, open_amount, dunned_amount, days_past_due)
SELECT company_id, :notice, item_id, 4, 0, 500, 500, 30 FROM receivables.item JOIN receivables.document USING (company_id, document_id) WHERE company_id = :d AND document_number = 'H3' ON CONFLICT DO NOTHING;
UPDATE receivables.item_dunning SET level = 6, level_since = '2026-05-20' WHERE company_id = :d AND item_id IN (SELECT item_id FROM receivables.item JOIN receivables.document USING (company_id, document_id) WHERE document_number IN ('H3', 'H6'));
SET LOCAL session_replication_role = origin;
SELECT results_eq(format($$SELECT v.day, d #>> '{notices,0,messages,0,status}', left(d #>> '{notices,0,messages,0,sent_at}', 10), (SELECT string_agg(concat_ws(' ', t ->> 'owner', t ->> 'status', t ->> 'outcome'), ', ' ORDER BY t ->> 'subject') FROM jsonb_array_elements(d -> 'tasks') AS t WHERE t ->> 'subject' IN ('call them', 'entered late')),
    (SELECT i ->> 'dunning_level' FROM jsonb_array_elements(d -> 'items') AS i WHERE i ->> 'document' = 'H6') FROM (VALUES (date '2026-05-02'), ('2026-05-04'), ('2026-05-05'), ('2026-05-20')) AS v (day), ar.dossier(%s, 'C6', v.day) AS d ORDER BY v.day$$, :d),
    $$VALUES (date '2026-05-02', 'queued', NULL, 'sam open, mia cancelled', '4'), ('2026-05-04', 'sent', '2026-05-04', 'mia open, mia cancelled', '4'), ('2026-05-05', 'sent', '2026-05-04', 'mia done reached, mia cancelled', '4'), ('2026-05-20', 'sent', '2026-05-04', 'mia done reached, mia cancelled', '6')$$,
    'messages, tasks and levels as of a day; of what was entered later, as of now');
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'and sound books');
-- A preview, without a notice.
SELECT matches((SELECT body FROM ar.render(:d, 'reminder', 'C2', as_of => '2026-05-01')), 'I2  due 2026-01-31  EUR 99.00', 'rendered for a look');
SELECT throws_ok(format($$SELECT * FROM ar.render(%s, 'reminder', 'C2', 'sms')$$, :d), 'P0002', NULL, 'there is no such text for sms');
-- A fee of a step is posted, with the notice.
SELECT ar.add_standard_dunning_policy(:d, 'fees') AS v \gset
UPDATE receivables.dunning_step SET fee = 5 WHERE company_id = :d AND dunning_policy = 'fees' AND level = 5;
UPDATE receivables.customer SET dunning_policy = 'fees' WHERE company_id = :d AND customer_number = 'C2';
SELECT ar.post_invoice(:d, 'C2', 'I3', '2026-05-01', '2026-06-01', 50) > 0 AS posted \gset
SELECT ar.run_dunning(:d, '2026-06-20') IS NOT NULL AS ran \gset
SELECT results_eq($$SELECT fee_number LIKE 'DUNNING-%', amount, fee_date FROM receivables.fee$$, $$VALUES (true, 5.00, '2026-06-20'::date)$$, 'a fee of five');
-- Fees bear no fees: the invoice is paid, the fee is due for fifteen days.
SELECT ar.post_payment(:d, 'C2', 'PF', '2026-06-21', amount, jsonb_build_array(jsonb_build_object('invoice_number', 'I3', 'amount', 50), jsonb_build_object('invoice_number', 'I2', 'amount', 99))) > 0 AS paid FROM (VALUES (149)) AS v (amount) \gset
SELECT ar.run_dunning(:d, '2026-07-05') IS NOT NULL AS ran \gset
SELECT results_eq($$SELECT n.level::integer, n.amount, n.fee FROM receivables.dunning_notice AS n JOIN receivables.customer AS c USING (company_id, customer_id) WHERE c.customer_number = 'C2' AND n.notice_date = '2026-07-05'$$, 'VALUES (5, 5.00, 0::numeric)', 'a fee is asked for like anything else, without another');
SELECT is((SELECT count(*) FROM receivables.fee), 1::bigint, 'and stays the only one');

-- A letter with its statement: one item rises, in part disputed; one stays, in part promised; there is a credit. A step with fee and interest says so.
SELECT ar.add_standard_dunning_policy(:d, 'told') AS v \gset
UPDATE receivables.dunning_step SET fee = 5, charges_interest = true WHERE company_id = :d AND dunning_policy = 'told' AND level IN (5, 6);
INSERT INTO receivables.interest_policy (company_id, interest_policy, name, definition) VALUES (:d, 'daily', 'By contract', '{"daily_percent": 0.05}');
INSERT INTO receivables.customer (company_id, customer_number, name, salesperson, dunning_policy, interest_policy) VALUES
    (:d, 'C3', 'Third', 'sam', 'told', NULL), (:d, 'C4', 'Fourth', 'sam', 'told', 'daily'), (:d, 'C5', 'Fifth', NULL, 'told', NULL);
INSERT INTO receivables.customer_contact (company_id, customer_id, name, email, address, language)
SELECT :d, customer_id, v.name, v.email, v.address, v.language FROM receivables.customer
JOIN (VALUES ('C3', 'Mr Orr', 'orr@example.com', '3 <b>Road', 'en'), ('C3', 'Ms Wu', 'wu@example.com', '4 Road', 'zh'), ('C4', 'Mr Poe', 'poe@example.com', '5 Road', 'en'), ('C5', 'Ms Low', 'low@example.com', '6 Road', 'en')) AS v (customer_number, name, email, address, language) USING (customer_number) ORDER BY v.name;
SELECT ar.post_invoice(:d, 'C3', 'S1', '2026-06-10', '2026-07-10', 1300) > 0 AND ar.post_invoice(:d, 'C3', 'S2', '2026-07-01', '2026-08-30', 200) > 0 AND ar.post_payment(:d, 'C3', 'P9', '2026-07-20', 50.5) > 0
   AND ar.post_invoice(:d, 'C4', 'T1', '2026-06-10', '2026-07-10', 1000) > 0 AND ar.open_dispute(:d, 'C3', 'price', '[{"document_number": "S1", "amount": 30}]', opened_on => '2026-07-15') > 0
   AND ar.promise_to_pay(:d, 'C3', '[{"due_on": "2026-08-30", "amount": 20}]', '{S2}', '2026-07-16') > 0 AS posted \gset
SELECT ar.run_dunning(:d, '2026-07-25') IS NOT NULL AS ran \gset
SELECT is((SELECT body FROM receivables.message WHERE recipient = 'orr@example.com' AND template = 'second_reminder'),
    E'Dear Mr Orr,\n\nin spite of our reminder these are still open:\n\n  S1  due 2026-07-10  EUR 1,270.00\n\nTogether EUR 1,270.00. Please pay what is overdue, EUR 1,270.00, without delay.\n\n'
    'Statement of your account on 2026-07-25:\n\n  S1  of 2026-06-10, due 2026-07-10  EUR 1,300.00, disputed 30.00\n  P9  of 2026-07-20, credit  EUR -50.50\n  S2  of 2026-07-01, due 2026-08-30  EUR 200.00, promised 20.00\n\nBalance EUR 1,449.50.\nIn addition, the fee of this notice: EUR 5.00.\n\nSam\nDunning Ltd\n', 'a reminder with the statement, and the fee');
SELECT matches((SELECT body FROM receivables.message WHERE recipient = 'wu@example.com' AND template = 'second_reminder'),
    U&'  S1  2026-06-10,\5230\671F\65E5 2026-07-10  EUR 1,300[.]00,\4E89\8BAE\4E2D 30[.]00\000A  P9  2026-07-20,\8D37\9879  EUR -50[.]50\000A  S2  2026-07-01,\5230\671F\65E5 2026-08-30  EUR 200[.]00,\5DF2\627F\8BFA 20[.]00\000A.*EUR 1,449[.]50.*EUR 5[.]00', 'in Chinese');
SELECT results_eq(format($$SELECT jsonb_array_length(m.payload -> 'items'), jsonb_array_length(m.payload -> 'statement'), (SELECT sum(replace(l ->> 'company_amount', ',', '')::numeric) FROM jsonb_array_elements(m.payload -> 'statement') AS l), n.customer_balance,
    (SELECT sum(open_company_amount) FROM ar.open_items('2026-07-25', NULL) AS o WHERE o.company_id = n.company_id AND o.customer_id = n.customer_id AND o.kind <> 'fee')
    FROM receivables.message AS m JOIN receivables.dunning_notice AS n USING (company_id, dunning_notice_id) WHERE m.recipient = 'orr@example.com' AND m.template = 'second_reminder'$$),
    'VALUES (1, 3, 1449.50, 1449.50, 1449.50)', 'one item is asked for, the statement adds up to the balance');
SELECT results_eq($$SELECT n.interest_amount, m.payload ->> 'interest', m.payload ->> 'fee', m.body LIKE E'%Balance EUR 1,000.00.\nIn addition, late interest up to 2026-07-25: EUR 7.50.\nIn addition, the fee of this notice: EUR 5.00.\n\nSam%' FROM receivables.message AS m JOIN receivables.dunning_notice AS n USING (company_id, dunning_notice_id)
    WHERE m.recipient = 'poe@example.com' AND m.template = 'second_reminder'$$, $$VALUES (7.50, '7.50', '5.00', true)$$, 'late interest of fifteen days: 1000 x 0.0005 x 15');
SELECT is((SELECT n.interest_amount FROM receivables.dunning_notice AS n JOIN receivables.customer AS c USING (company_id, customer_id) WHERE c.customer_number = 'C3' AND n.notice_date = '2026-07-25'), 0::numeric, 'none without a policy');
-- What was charged is not told again; the letter escapes it all, and has the fee that was posted in its statement.
SELECT ar.charge_interest(:d, '2026-07-25') IS NOT NULL AS charged \gset
INSERT INTO receivables.item_dunning (company_id, item_id, level, level_since) SELECT company_id, item_id, 0, '2026-08-09' FROM receivables.item WHERE company_id = :d AND kind = 'interest';
SELECT ar.run_dunning(:d, '2026-08-09') IS NOT NULL AS ran \gset
SELECT matches((SELECT body FROM receivables.message WHERE recipient = '5 Road'), E'<tr><td>T1</td><td>2026-06-10</td><td>2026-07-10</td><td>EUR 1,000\\.00</td></tr>\n<tr><td>DUNNING-\\d+</td><td>2026-07-25</td><td>2026-07-25</td><td>EUR 5\\.00</td></tr>\n<tr><td>INT-\\d+</td><td>2026-07-25</td><td>2026-07-25</td><td>EUR 7\\.50</td></tr>\n.*EUR 1,012\\.50</p>\n<p>In addition, late interest up to 2026-08-09: EUR 7\\.50</p>\n<p>In addition, the fee of this notice: EUR 5\\.00</p>\n', 'interest since it was charged, and what was charged stands in the statement');
SELECT matches((SELECT body FROM receivables.message WHERE recipient = '3 <b>Road'), '<td>EUR 1,300\.00, disputed 30\.00</td>', 'a letter marks what is disputed');
SELECT matches((SELECT body FROM receivables.message WHERE recipient = '4 Road'), U&'<td>EUR 1,300[.]00,\4E89\8BAE\4E2D 30[.]00</td>', 'in Chinese as well');
SELECT is((SELECT count(*) FROM receivables.message WHERE body LIKE '%nterest up to%' AND payload ->> 'interest' IS NULL OR body LIKE '%fee of this%' AND payload ->> 'fee' IS NULL OR (payload ? 'statement') <> (template IN ('second_reminder', 'final_demand'))), 0::bigint,
    'none is told where there is none; a statement is with a text that has one alone');
SELECT matches((SELECT body FROM ar.render(:d, 'second_reminder', 'C3', as_of => '2026-07-25')), 'Statement of your account on 2026-07-25.*P9  of 2026-07-20, credit', 'a preview has it too');
-- In other currencies each line is in its own, and they come to the balance in that of the company.
INSERT INTO receivables.customer (company_id, customer_number, name, dunning_policy) VALUES (:d, 'C9', 'Ninth', 'told');
SELECT ar.post_invoice(:d, 'C9', 'U1', '2026-07-01', '2026-08-01', 1000, currency => 'USD', exchange_rate => 0.9) > 0 AND ar.post_invoice(:d, 'C9', 'U2', '2026-07-01', '2026-09-01', 50000, currency => 'JPY', exchange_rate => 0.006) > 0
   AND ar.post_payment(:d, 'C9', 'U3', '2026-07-02', 100) > 0 AS posted \gset
SELECT results_eq(format($$SELECT l ->> 'document_number', l ->> 'kind', l ->> 'currency', l ->> 'amount', l ->> 'open_amount', l ->> 'company_amount', l ->> 'days_past_due', l ->> 'is_credit'
    FROM ar.notice_data(%s, (SELECT customer_id FROM receivables.customer WHERE customer_number = 'C9'), '2026-08-10', NULL, NULL) AS d, jsonb_array_elements(d -> 'statement') WITH ORDINALITY AS l (l, n) ORDER BY n$$, :d),
    $$VALUES ('U3', 'payment', 'EUR', '-100.00', '-100.00', '-100.00', NULL, 'true'), ('U1', 'invoice', 'USD', '1,000.00', '1,000.00', '900.00', '9', NULL), ('U2', 'invoice', 'JPY', '50,000', '50,000', '300.00', '-22', NULL)$$, 'each in its currency, and in that of the company');
SELECT is(ar.notice_data(:d, (SELECT customer_id FROM receivables.customer WHERE customer_number = 'C9'), '2026-08-10', NULL, NULL) ->> 'balance', '1,100.00', 'which adds up');
SELECT is(ar.notice_data(:d, (SELECT customer_id FROM receivables.customer WHERE customer_number = 'C9'), '2026-06-01', NULL, NULL) - '{items,owner_name,company_name,due_on,days_past_due}'::text[],
    '{"currency": "EUR", "customer_number": "C9", "customer_name": "Ninth", "date": "2026-06-01", "amount": "0.00", "overdue": "0.00", "balance": "0.00", "item_count": 0, "contact_count": 0, "statement": [], "rest_count": null, "rest_amount": null}'::jsonb, 'of one who owes nothing, nothing');
-- Every channel: to the number, the URL, or the salesperson, each escaped as it is to be. Who has no such address, or no salesperson, gets nothing.
SELECT ar.add_standard_dunning_policy(:d, 'channels') AS v \gset
DELETE FROM receivables.dunning_action WHERE company_id = :d AND dunning_policy = 'channels' AND level = 4;
INSERT INTO receivables.message_template (company_id, template, language, version, channel, subject, body) VALUES
    (:d, 'short', 'en', 1, 'sms', NULL, '{{customer_name}}: {{currency}} {{overdue}} overdue'), (:d, 'script', 'en', 1, 'phone', 'Call {{recipient_name}}', E'Say {{customer_name}}\n{{#items}}{{item.document_number}} {{/items}}'),
    (:d, 'hook', 'en', 1, 'webhook', NULL, '{"customer": "{{customer_name}}", "open": [{{#statement}}"{{line.document_number}}",{{/statement}} null]}');
INSERT INTO receivables.dunning_action (company_id, dunning_policy, version, level, action_number, action, audience, channel, template) VALUES
    (:d, 'channels', 1, 4, 1, 'message', 'customer', 'sms', 'short'), (:d, 'channels', 1, 4, 2, 'message', 'customer', 'webhook', 'hook'), (:d, 'channels', 1, 4, 3, 'message', 'customer', 'phone', 'script'),
    (:d, 'channels', 1, 4, 4, 'message', 'salesperson', 'email', 'escalation'), (:d, 'channels', 1, 4, 5, 'task', 'salesperson', 'phone', NULL), (:d, 'channels', 1, 4, 6, 'message', 'salesperson', 'sms', 'short'),
    (:d, 'channels', 1, 4, 7, 'escalation', 'salesperson', 'email', 'escalation');
UPDATE receivables.employee SET phone = '+44 20 1' WHERE employee = 'sam';
INSERT INTO receivables.customer (company_id, customer_number, name, salesperson, dunning_policy) VALUES (:d, 'C7', E'Say "7" &\tCo', 'sam', 'channels'), (:d, 'C8', 'Eighth', NULL, 'channels');
INSERT INTO receivables.customer_contact (company_id, customer_id, name, email, phone, webhook) SELECT company_id, customer_id, 'Seven', 'seven@example.com', '+1 555', 'https://seven.example/hook' FROM receivables.customer WHERE company_id = :d AND customer_number = 'C7';
INSERT INTO receivables.customer_contact (company_id, customer_id, name, email) SELECT company_id, customer_id, 'Eight', 'eight@example.com' FROM receivables.customer WHERE company_id = :d AND customer_number = 'C8';
SELECT ar.post_invoice(:d, 'C7', 'X1', '2026-07-01', '2026-08-08', 10) > 0 AND ar.post_invoice(:d, 'C7', 'X2', '2026-07-01', '2026-09-30', 5) > 0 AND ar.post_invoice(:d, 'C8', 'X3', '2026-07-01', '2026-08-08', 20) > 0 AS posted \gset
SELECT ar.run_dunning(:d, '2026-08-09') IS NOT NULL AS ran \gset
SELECT results_eq($$SELECT m.audience, m.channel, m.recipient, m.recipient_name, m.subject, m.body FROM receivables.message AS m JOIN receivables.customer AS c USING (company_id, customer_id) WHERE c.customer_number IN ('C7', 'C8') AND m.template <> 'escalation' ORDER BY m.message_id$$,
    $$VALUES ('customer', 'sms', '+1 555', 'Seven', NULL, 'Say "7" & Co: EUR 10.00 overdue'), ('customer', 'webhook', 'https://seven.example/hook', 'Seven', NULL, '{"customer": "Say \"7\" &\tCo", "open": ["X1","X2", null]}'),
             ('customer', 'phone', '+1 555', 'Seven', 'Call Seven', E'Say Say "7" & Co\nX1 '), ('salesperson', 'sms', '+44 20 1', 'Sam', NULL, 'Say "7" & Co: EUR 10.00 overdue')$$, 'by sms, webhook and phone');
SELECT is((SELECT string_agg(body::jsonb ->> 'customer', ', ') FROM receivables.message WHERE channel = 'webhook'), E'Say "7" &\tCo', 'a webhook gets JSON');
SELECT results_eq($$SELECT c.customer_number, m.audience, m.recipient, m.subject FROM receivables.message AS m JOIN receivables.customer AS c USING (company_id, customer_id) WHERE c.customer_number IN ('C7', 'C8') AND m.template = 'escalation' ORDER BY m.message_id$$,
    $$VALUES ('C7', 'salesperson', 'sam@example.com', 'Overdue: Say "7" & Co, EUR 10.00, up to 1 days'), ('C7', 'salesperson', 'sam@example.com', 'Overdue: Say "7" & Co, EUR 10.00, up to 1 days')$$, 'and the salesperson by e-mail, once for each action');
SELECT results_eq($$SELECT c.customer_number, t.task_kind, t.owner FROM receivables.collection_task AS t JOIN receivables.customer AS c USING (company_id, customer_id) WHERE c.customer_number IN ('C7', 'C8') ORDER BY 1, t.task_id$$,
    $$VALUES ('C7', 'call', 'sam'), ('C7', 'escalation', 'sam'), ('C8', 'call', NULL), ('C8', 'escalation', NULL)$$, 'who gets the tasks as well');
SELECT results_eq($$SELECT s.reason, s.detail FROM receivables.dunning_skip AS s JOIN receivables.customer AS c USING (company_id, customer_id) WHERE c.customer_number = 'C8'$$, $$VALUES ('no_contact', 'nobody to send short to by sms')$$, 'who cannot be reached is told');
-- More than a hundred lines: the rest in one, and the sum is right.
SELECT sum(ar.post_invoice(:d, 'C5', 'M' || n, '2026-07-01', date '2026-07-25' + n, 10)) > 0 AND ar.post_payment(:d, 'C5', 'PM', '2026-08-02', 0.5) > 0 AS posted FROM generate_series(0, 119) AS n \gset
SELECT ar.run_dunning(:d, '2026-08-10') IS NOT NULL AS ran \gset
SELECT results_eq($$SELECT jsonb_array_length(payload -> 'statement'), payload ->> 'rest_count', payload ->> 'rest_amount', payload ->> 'balance', (SELECT sum((l ->> 'company_amount')::numeric) FROM jsonb_array_elements(payload -> 'statement') AS l), substring(body FROM '  and [^\n]*')
    FROM receivables.message WHERE recipient = 'low@example.com' AND template = 'second_reminder'$$, $$VALUES (100, '21', '210.00', '1,199.50', 989.50, '  and 21 more, together EUR 210.00')$$, 'a hundred lines, then the rest');
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');
SELECT * FROM finish();
ROLLBACK;
