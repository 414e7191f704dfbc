-- Dossiers of many customers at once: each as of one alone, and read by key whatever the tables were like when plans were made.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
SET LOCAL timezone = 'UTC';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
\ir random_book.psql
SELECT pg_temp.random_company() AS r \gset

-- Beside the random book: contracts, contacts, promises, disputes, notices with messages, tasks.
SELECT ar.add_standard_dunning_policy(:r) AS version \gset
UPDATE receivables.company SET dunning_policy = 'standard' WHERE company_id = :r;
INSERT INTO receivables.employee (company_id, employee, name, position, email) VALUES
    (:r, 'ann', 'Ann', 'sales_manager', 'ann@example.com'), (:r, 'fay', 'Fay', 'cfo', NULL), (:r, 'lou', 'Lou', 'legal', NULL);
INSERT INTO receivables.customer_contact (company_id, customer_id, name, email, address)
SELECT c.company_id, c.customer_id, c.name || x.suffix, lower(c.customer_number) || x.suffix || '@example.com', 'Street ' || c.customer_number || x.suffix
FROM receivables.customer AS c CROSS JOIN (VALUES (''), ('b')) AS x (suffix) WHERE c.company_id = :r AND c.customer_number <> 'R4' ORDER BY 2, 3;
SELECT count(ar.log_contact(:r, 'R' || 1 + n % 3, 'phone', 'reached', 'said ' || n, CASE WHEN n % 2 = 0 THEN 'ann' END, next_on => CASE n WHEN 4 THEN date '2025-05-01' END,
                            contacted_at => timestamptz '2025-03-01 12:00+00' + n % 5 * interval '20 days')) AS logged FROM generate_series(1, 12) AS n \gset
INSERT INTO receivables.contract (company_id, customer_id, contract_number, contract_date, ends_on, currency, amount)
SELECT :r, c.customer_id, 'K' || n, date '2025-06-01' - n * 30, CASE WHEN n % 2 = 0 THEN date '2027-01-01' END, 'CNY', CASE WHEN n % 3 > 0 THEN 1000 * n END
FROM receivables.customer AS c CROSS JOIN generate_series(1, 7) AS n WHERE c.company_id = :r AND c.customer_number = 'R' || 1 + n % 2;
SELECT ar.amend_contract(:r, 'K1', '2025-06-10', 50, 'more') + ar.amend_contract(:r, 'K2', '2025-07-20', 70, 'more') > 0 AS amended \gset
SELECT ar.promise_to_pay(:r, 'R1', '[{"due_on": "2025-04-10", "amount": 20}, {"due_on": "2025-05-10", "amount": 30}]', promised_on => '2025-04-01') > 0
   AND ar.promise_to_pay(:r, 'R2', '[{"due_on": "2025-08-10", "amount": 10}]', promised_on => '2025-06-05') > 0 AS promised \gset
CREATE FUNCTION pg_temp.open_debit(number text, day date) RETURNS text LANGUAGE sql AS $$
    SELECT d.document_number FROM ar.open_items(day, NULL) AS o JOIN receivables.document AS d USING (company_id, document_id)
    JOIN receivables.customer AS c ON c.company_id = o.company_id AND c.customer_id = o.customer_id
    WHERE c.customer_number = number AND o.is_debit AND o.open_amount > 10 ORDER BY o.item_id DESC LIMIT 1 $$;
SELECT ar.open_dispute(:r, 'R3', 'price', jsonb_build_array(jsonb_build_object('document_number', pg_temp.open_debit('R3', '2025-05-01'), 'amount', 1)), 'too dear', '2025-05-01') AS dispute \gset
SELECT ar.open_dispute(:r, 'R2', 'quality', jsonb_build_array(jsonb_build_object('document_number', pg_temp.open_debit('R2', '2025-06-02'), 'amount', 2)), NULL, '2025-06-02') > 0 AS disputed \gset
SELECT count(r.*) AS runs FROM unnest('{2025-04-20,2025-05-15,2025-06-20}'::date[]) AS d (day), ar.run_dunning(:r, d.day) AS r \gset
SELECT ar.judge_promises(:r, '2025-06-25') IS NOT NULL AND ar.resolve_dispute(:r, :dispute, 'rejected', 'as agreed', '2025-06-25', 'sales') IS NULL AS settled \gset
SELECT ar.run_dunning(:r, '2025-09-30') IS NOT NULL AS ran \gset

-- Everybody's at once is everybody's own, on days before and after all that; in no order, with one that is unknown and one that is asked for twice.
SELECT is_empty(format($$
    SELECT d.day, c.customer_number
    FROM (VALUES (date '2025-02-01'), ('2025-04-15'), ('2025-05-20'), ('2025-06-20'), ('2025-06-30'), ('2025-10-01')) AS d (day)
    CROSS JOIN receivables.customer AS c
    LEFT JOIN LATERAL (
        SELECT array_agg(s.dossier::text) AS dossiers
        FROM ar.dossiers(c.company_id, (SELECT array_agg(k.customer_id ORDER BY k.customer_number DESC) || -1::bigint FROM receivables.customer AS k WHERE k.company_id = c.company_id), d.day) AS s
        WHERE s.customer_id = c.customer_id) AS s ON true
    WHERE c.company_id = %s AND s.dossiers IS DISTINCT FROM ARRAY[ar.dossier(c.company_id, c.customer_number, d.day)::text]$$, :r), 'each is as of one alone');
SELECT is((SELECT count(*) FROM ar.dossiers(:r, ARRAY[-1::bigint], '2025-06-20')), 0::bigint, 'nobody''s is none');
SELECT is((SELECT count(*) FROM ar.dossiers(:r, NULL, '2025-06-20')), 0::bigint, 'of none, none');
SELECT is((SELECT count(*) FROM ar.dossiers(-1, (SELECT array_agg(customer_id) FROM receivables.customer), '2025-06-20')), 0::bigint, 'nor in another company');

-- What each section has, counted in the tables.
CREATE TEMPORARY TABLE told AS
SELECT d.day, s.customer_id, s.dossier
FROM (VALUES (date '2025-02-01'), ('2025-04-15'), ('2025-05-20'), ('2025-06-20'), ('2025-06-30'), ('2025-10-01')) AS d (day)
CROSS JOIN LATERAL ar.dossiers(:r, (SELECT array_agg(k.customer_id) FROM receivables.customer AS k WHERE k.company_id = :r), d.day) AS s;
SELECT is_empty(format($$
    SELECT t.day, t.customer_id, x.name, jsonb_array_length(t.dossier -> x.name), x.count
    FROM told AS t
    CROSS JOIN LATERAL (
        SELECT 'contracts', count(*) FROM receivables.contract AS k WHERE k.company_id = %1$s AND k.customer_id = t.customer_id AND k.contract_date <= t.day
        UNION ALL SELECT 'items', count(*) FROM ar.open_items(t.day, NULL) AS o WHERE o.company_id = %1$s AND o.customer_id = t.customer_id
        UNION ALL SELECT 'notices', count(*) FROM receivables.dunning_notice AS n WHERE n.company_id = %1$s AND n.customer_id = t.customer_id AND n.notice_date <= t.day
        UNION ALL SELECT 'contacts', count(*) FROM receivables.contact AS c WHERE c.company_id = %1$s AND c.customer_id = t.customer_id AND c.contacted_at < t.day + 1
        UNION ALL SELECT 'promises', count(*) FROM receivables.promise AS p WHERE p.company_id = %1$s AND p.customer_id = t.customer_id AND p.promised_on <= t.day
        UNION ALL SELECT 'disputes', count(*) FROM receivables.dispute AS d WHERE d.company_id = %1$s AND d.customer_id = t.customer_id AND d.opened_on <= t.day
        UNION ALL SELECT 'tasks', count(*) FROM receivables.collection_task AS x WHERE x.company_id = %1$s AND x.customer_id = t.customer_id AND x.opened_on <= t.day) AS x (name, count)
    WHERE jsonb_array_length(t.dossier -> x.name) IS DISTINCT FROM x.count$$, :r), 'each section has as much as there is');
SELECT is_empty(format($$
    SELECT t.day, t.customer_id, x.name, (SELECT count(*) FROM jsonb_path_query(t.dossier, x.path::jsonpath)), x.count
    FROM told AS t
    CROSS JOIN LATERAL (
        SELECT 'messages', '$.notices[*].messages[*]', count(*) FROM receivables.message AS m JOIN receivables.dunning_notice AS n USING (company_id, dunning_notice_id)
        WHERE m.company_id = %1$s AND n.customer_id = t.customer_id AND n.notice_date <= t.day AND m.audience = 'customer'
        UNION ALL SELECT 'applications', '$.items[*].applications[*]', count(*) FROM receivables.application AS a
        JOIN ar.open_items(t.day, NULL) AS o ON o.company_id = a.company_id AND o.item_id = a.debit_item_id
        WHERE a.company_id = %1$s AND o.customer_id = t.customer_id AND a.effective_on <= t.day
        UNION ALL SELECT 'instalments', '$.promises[*].instalments[*]', count(*) FROM receivables.promise AS p JOIN receivables.promise_instalment AS i USING (company_id, promise_id)
        WHERE p.company_id = %1$s AND p.customer_id = t.customer_id AND p.promised_on <= t.day
        UNION ALL SELECT 'causes', '$.disputes[*].root_cause', count(*) FROM receivables.dispute AS d
        WHERE d.company_id = %1$s AND d.customer_id = t.customer_id AND d.resolved_on <= t.day AND d.root_cause IS NOT NULL
        UNION ALL SELECT 'paid', '$.payment_history.paid[*]', least(100, (
            SELECT count(*) FROM receivables.item AS i
            WHERE i.company_id = %1$s AND i.customer_id = t.customer_id AND i.kind = 'invoice' AND i.closed_on BETWEEN t.day - interval '1 year' + interval '1 day' AND t.day
              AND i.item_id IN (SELECT r.item_id FROM ar.invoice_receipts(%1$s, '2000-01-01', t.day) AS r)
              AND i.effective_on >= (SELECT min(o.effective_on) FROM ar.open_items(t.day, NULL) AS o WHERE o.company_id = %1$s AND o.customer_id = t.customer_id AND o.is_debit)))) AS x (name, path, count)
    WHERE (SELECT count(*) FROM jsonb_path_query(t.dossier, x.path::jsonpath)) IS DISTINCT FROM x.count$$, :r), 'and what belongs to each');
-- Levels by what the notices up to the day brought, letters by what was written, payment by the receipts.
SELECT is_empty(format($$
    SELECT t.day, t.customer_id, told.levels, wanted.levels
    FROM told AS t
    CROSS JOIN LATERAL (SELECT array_agg(concat_ws(' ', i ->> 'document', i ->> 'open_amount', i ->> 'dunning_level') ORDER BY i ->> 'document', (i ->> 'open_amount')::numeric) AS levels FROM jsonb_array_elements(t.dossier -> 'items') AS i WHERE i ? 'dunning_level') AS told
    CROSS JOIN LATERAL (
        SELECT array_agg(concat_ws(' ', d.document_number, o.open_amount, x.level) ORDER BY d.document_number, o.open_amount) AS levels
        FROM (SELECT x.item_id, max(x.level) AS level FROM receivables.dunning_notice_item AS x JOIN receivables.dunning_notice AS n USING (company_id, dunning_notice_id)
              WHERE x.company_id = %1$s AND n.notice_date <= t.day GROUP BY 1) AS x
        JOIN ar.open_items(t.day, NULL) AS o ON o.company_id = %1$s AND o.item_id = x.item_id JOIN receivables.document AS d USING (company_id, document_id)
        WHERE o.customer_id = t.customer_id) AS wanted
    WHERE told.levels IS DISTINCT FROM wanted.levels$$, :r), 'with the levels of the day');
SELECT is_empty(format($$
    SELECT t.day, t.customer_id
    FROM told AS t
    WHERE (SELECT array_agg(m ->> 'body' ORDER BY m ->> 'body') FROM jsonb_path_query(t.dossier, '$.notices[*].messages[*]') AS m) IS DISTINCT FROM
          (SELECT array_agg(m.body ORDER BY m.body) FROM receivables.message AS m JOIN receivables.dunning_notice AS n USING (company_id, dunning_notice_id)
           WHERE m.company_id = %1$s AND n.customer_id = t.customer_id AND n.notice_date <= t.day AND m.audience = 'customer')$$, :r), 'with what letters said');
SELECT is_empty(format($$
    SELECT t.day, t.customer_id, t.dossier -> 'payment_history', x.*
    FROM told AS t
    CROSS JOIN LATERAL (
        SELECT count(*) AS invoices, count(*) FILTER (WHERE r.paid_on > i.due_on) AS late_invoices, coalesce(sum(i.company_amount), 0) AS amount, round(avg(r.paid_on - i.due_on), 2) AS average_days_late
        FROM receivables.item AS i
        JOIN (SELECT r.item_id, max(r.paid_on) AS paid_on FROM ar.invoice_receipts(%1$s, '2000-01-01', t.day) AS r GROUP BY r.item_id) AS r ON r.item_id = i.item_id
        WHERE i.company_id = %1$s AND i.customer_id = t.customer_id AND i.closed_on BETWEEN t.day - interval '1 year' + interval '1 day' AND t.day) AS x
    WHERE (t.dossier -> 'payment_history') - '{from,to,paid}'::text[] IS DISTINCT FROM jsonb_strip_nulls(to_jsonb(x))$$, :r), 'with how invoices were paid');
SELECT cmp_ok((SELECT count(*) FROM told AS t, jsonb_path_query(t.dossier, '$.payment_history.paid[*]')), '>', 10::bigint, 'of which there are several');
-- The proposal of a day is the dossier of the day, but for itself.
SELECT is_empty(format($$
    SELECT t.task_id FROM receivables.collection_task AS t JOIN receivables.customer AS c USING (company_id, customer_id)
    CROSS JOIN LATERAL ar.dossier(%1$s, c.customer_number, t.opened_on) AS d (dossier)
    WHERE t.company_id = %1$s AND t.task_kind = 'legal_proposal' AND t.opened_on = '2025-09-30'
      AND t.report IS DISTINCT FROM jsonb_set(d.dossier, '{tasks}', coalesce((
          SELECT jsonb_agg(x.x ORDER BY x.n) FROM jsonb_array_elements(d.dossier -> 'tasks') WITH ORDINALITY AS x (x, n)
          WHERE x.n < (SELECT count(*) FROM receivables.collection_task AS k WHERE k.company_id = %1$s AND k.customer_id = t.customer_id AND k.task_id <= t.task_id AND k.opened_on <= t.opened_on)), '[]'))$$, :r), 'a proposal comes with the dossier');
SELECT isnt_empty(format($$SELECT FROM receivables.collection_task WHERE company_id = %s AND task_kind = 'legal_proposal' AND opened_on = '2025-09-30'$$, :r), 'there are such');
SELECT is_empty(format($$
    SELECT t.day, t.customer_id, x.name, x.told, x.amount
    FROM told AS t
    CROSS JOIN LATERAL (
        SELECT 'balance', (t.dossier ->> 'balance')::numeric, (SELECT coalesce(sum(o.open_company_amount), 0) FROM ar.open_items(t.day, NULL) AS o WHERE o.company_id = %1$s AND o.customer_id = t.customer_id)
        UNION ALL SELECT 'overdue', (t.dossier ->> 'overdue')::numeric, (SELECT coalesce(sum(o.open_company_amount), 0) FROM ar.open_items(t.day, NULL) AS o WHERE o.company_id = %1$s AND o.customer_id = t.customer_id AND o.is_debit AND o.due_on < t.day)
        UNION ALL SELECT 'disputed', (SELECT sum((i ->> 'disputed')::numeric) FROM jsonb_array_elements(t.dossier -> 'items') AS i),
                         (SELECT sum(x.amount) FROM ar.disputed_parts(%1$s, t.day) AS x JOIN ar.open_items(t.day, NULL) AS o ON o.company_id = %1$s AND o.item_id = x.item_id WHERE o.customer_id = t.customer_id)
        UNION ALL SELECT 'promised', (SELECT sum((i ->> 'promised')::numeric) FROM jsonb_array_elements(t.dossier -> 'items') AS i),
                         (SELECT sum(x.amount) FROM ar.promised_parts(%1$s, t.day) AS x JOIN ar.open_items(t.day, NULL) AS o ON o.company_id = %1$s AND o.item_id = x.item_id WHERE o.customer_id = t.customer_id)
        UNION ALL SELECT 'contracts', (SELECT sum((k ->> 'amount')::numeric) FROM jsonb_array_elements(t.dossier -> 'contracts') AS k),
                         (SELECT sum(ar.contract_amount(k.company_id, k.contract_id, t.day)) FROM receivables.contract AS k WHERE k.company_id = %1$s AND k.customer_id = t.customer_id AND k.contract_date <= t.day)) AS x (name, told, amount)
    WHERE x.told IS DISTINCT FROM x.amount$$, :r), 'with its amounts');
-- A statement adds up to the balance, and marks what is disputed or promised.
CREATE TEMPORARY TABLE stated AS
SELECT t.day, t.customer_id, d.data, x.*
FROM told AS t
CROSS JOIN LATERAL (SELECT ar.notice_data(:r, t.customer_id, t.day, NULL, NULL) AS data) AS d
CROSS JOIN LATERAL (
    SELECT count(*) AS lines, sum(replace(l ->> 'company_amount', ',', '')::numeric) AS amount, sum(replace(l ->> 'disputed', ',', '')::numeric) AS disputed, sum(replace(l ->> 'promised', ',', '')::numeric) AS promised,
           count(*) FILTER (WHERE l ? 'is_credit') AS credits
    FROM jsonb_array_elements(d.data -> 'statement') AS l) AS x;
SELECT is_empty(format($$
    SELECT s.day, s.customer_id, s.lines, s.amount, s.disputed, s.promised, s.credits, o.*
    FROM stated AS s
    CROSS JOIN LATERAL (
        SELECT count(*) AS lines, sum(o.open_company_amount) AS amount,
               sum((SELECT sum(x.amount) FROM ar.disputed_parts(%1$s, s.day) AS x WHERE x.item_id = o.item_id)) AS disputed,
               sum((SELECT sum(x.amount) FROM ar.promised_parts(%1$s, s.day) AS x WHERE x.item_id = o.item_id)) AS promised, count(*) FILTER (WHERE NOT o.is_debit) AS credits
        FROM (SELECT o.* FROM ar.open_items(s.day, NULL) AS o WHERE o.company_id = %1$s AND o.customer_id = s.customer_id ORDER BY o.due_on, o.item_id LIMIT 100) AS o) AS o
    WHERE (s.lines, s.amount, s.disputed, s.promised, s.credits) IS DISTINCT FROM (o.lines, o.amount, o.disputed, o.promised, o.credits)
       OR coalesce(s.amount, 0) + coalesce(replace(s.data ->> 'rest_amount', ',', '')::numeric, 0) <> replace(s.data ->> 'balance', ',', '')::numeric
       OR replace(s.data ->> 'balance', ',', '')::numeric <> (SELECT coalesce(sum(b.open_company_amount), 0) FROM ar.open_items(s.day, NULL) AS b WHERE b.company_id = %1$s AND b.customer_id = s.customer_id)$$, :r), 'statements are right');
SELECT is((SELECT bool_or(disputed > 0) AND bool_or(promised > 0) AND bool_or(credits > 0) AND max(lines) > 10 FROM stated), true, 'with something of each');
-- None of it is empty.
SELECT is((SELECT string_agg(x.name, ' ' ORDER BY x.name) FROM unnest('{contracts,items,notices,contacts,promises,disputes,tasks}'::text[]) AS x (name)
           WHERE EXISTS (SELECT FROM told AS t WHERE jsonb_array_length(t.dossier -> x.name) > 0)), 'contacts contracts disputes items notices promises tasks', 'there is something in each section');
SELECT is((SELECT array_agg(DISTINCT k.key) @> '{applications,disputed,promised,dunning_level}' FROM told AS t, jsonb_array_elements(t.dossier -> 'items') AS i, jsonb_object_keys(i) AS k (key)), true, 'and of items');
SELECT is((SELECT count(*) > 0 FROM told AS t, jsonb_path_query(t.dossier, '$.notices[*].messages[*]')), true, 'and messages');
-- One document of each.
SELECT is((SELECT array_agg(d.dossier -> 'items' -> 0 ->> 'document') FROM ar.dossiers(:r, (SELECT array_agg(customer_id) FROM receivables.customer WHERE company_id = :r), '2025-05-01', pg_temp.open_debit('R3', '2025-05-01')) AS d
           JOIN receivables.customer AS c ON c.company_id = :r AND c.customer_id = d.customer_id WHERE c.customer_number = 'R3'), ARRAY[pg_temp.open_debit('R3', '2025-05-01')], 'of one document');
-- The report of an escalation has the contacts of the customer.
SELECT is_empty(format($$
    SELECT t.task_id FROM receivables.collection_task AS t
    WHERE t.company_id = %1$s AND t.task_kind = 'escalation' AND t.report -> 'contacts' IS DISTINCT FROM ar.dossier(%1$s, (SELECT c.customer_number FROM receivables.customer AS c WHERE c.company_id = %1$s AND c.customer_id = t.customer_id), t.opened_on) -> 'contacts'$$, :r), 'an escalation reports the same contacts');
SELECT cmp_ok((SELECT max(jsonb_array_length(t.report -> 'contacts')) FROM receivables.collection_task AS t WHERE t.company_id = :r AND t.task_kind = 'escalation'), '>', 2, 'of which there are several');

SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');

-- Plans that were made when there was nothing yet: what other customers have is not read, however much comes in the same transaction.
SELECT ar.create_company('Q', 'Quiet', 'EUR') AS q \gset
SELECT ar.add_standard_dunning_policy(:q) AS version \gset
INSERT INTO receivables.customer (company_id, customer_number, name) VALUES (:q, 'BUSY', 'Busy'), (:q, 'QUIET', 'Quiet');
SELECT customer_id AS busy FROM receivables.customer WHERE company_id = :q AND customer_number = 'BUSY' \gset
SELECT customer_id AS quiet FROM receivables.customer WHERE company_id = :q AND customer_number = 'QUIET' \gset
INSERT INTO receivables.dunning_run (company_id, as_of) VALUES (:q, '2026-01-31') RETURNING dunning_run_id AS run \gset
-- One of each for the quiet one, n of each for the busy one.
CREATE FUNCTION pg_temp.fill(company bigint, customer bigint, run bigint, n integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    c CONSTANT bigint := 1000000 + customer * 10000;
BEGIN
    SET LOCAL session_replication_role = replica;
    INSERT INTO receivables.document (company_id, document_id, customer_id, document_date, kind, document_number, currency, amount, company_amount)
    SELECT company, c + 2 * i + k, customer, '2026-01-01', (ARRAY['invoice', 'payment'])[1 + k], format('%s-%s-%s', customer, i, k), 'EUR', 100, 100
    FROM generate_series(1, n) AS i CROSS JOIN generate_series(0, 1) AS k;
    INSERT INTO receivables.item (company_id, item_id, customer_id, document_id, kind, currency, effective_on, due_on, amount, open_amount, company_amount,
                                  open_company_amount, last_applied_on, last_applied_amount, last_applied_company_amount)
    SELECT company, c + 2 * i + k, customer, c + 2 * i + k, (ARRAY['invoice', 'payment'])[1 + k], 'EUR', '2026-01-01', '2026-01-01',
           100 - 200 * k, 90 - 180 * k, 100 - 200 * k, 90 - 180 * k, '2026-01-02', 10, 10
    FROM generate_series(1, n) AS i CROSS JOIN generate_series(0, 1) AS k;
    INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount, company_amount)
    SELECT company, c + 2 * i, c + 2 * i + 1, '2026-01-02', 10, 10 FROM generate_series(1, n) AS i;
    -- Invoices that were paid, each by one of the payments.
    INSERT INTO receivables.document (company_id, document_id, customer_id, document_date, kind, document_number, currency, amount, company_amount)
    SELECT company, c + 5000 + i, customer, '2026-01-01', 'invoice', format('%s-%s-paid', customer, i), 'EUR', 5, 5 FROM generate_series(1, n) AS i;
    INSERT INTO receivables.item (company_id, item_id, customer_id, document_id, kind, currency, effective_on, due_on, closed_on, amount, open_amount, company_amount,
                                  open_company_amount, last_applied_on, last_applied_amount, last_applied_company_amount)
    SELECT company, c + 5000 + i, customer, c + 5000 + i, 'invoice', 'EUR', '2026-01-01', '2026-01-01', '2026-01-03', 5, 0, 5, 0, '2026-01-03', 5, 5 FROM generate_series(1, n) AS i;
    INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount, company_amount)
    SELECT company, c + 5000 + i, c + 2 * i + 1, '2026-01-03', 5, 5 FROM generate_series(1, n) AS i;
    INSERT INTO receivables.item_dunning (company_id, item_id, level, level_since) SELECT company, c + 2 * i, 4, CASE WHEN i % 2 = 0 THEN date '2026-01-31' ELSE '2026-03-31' END FROM generate_series(1, n) AS i;
    INSERT INTO receivables.dunning_notice (company_id, dunning_notice_id, dunning_run_id, customer_id, notice_date, dunning_policy, version, level, language, currency, amount, customer_balance)
    SELECT company, c + i, run, customer, '2026-01-31', 'standard', 1, 4, 'en', 'EUR', 100, 100 FROM generate_series(1, n) AS i;
    INSERT INTO receivables.dunning_notice_item (company_id, dunning_notice_id, item_id, level, from_level, open_amount, dunned_amount, days_past_due)
    SELECT company, c + i, c + 2 * i, 4, 0, 100, 100, 30 FROM generate_series(1, n) AS i;
    INSERT INTO receivables.message (company_id, dunning_notice_id, customer_id, audience, channel, recipient, recipient_name, template, language, subject, body, payload)
    SELECT company, c + i, customer, 'customer', 'email', 'x@example.com', 'X', 'reminder', 'en', 'S', 'B', '{}' FROM generate_series(1, n) AS i;
    INSERT INTO receivables.contact (company_id, customer_id, contacted_at, channel, result, summary)
    SELECT company, customer, '2026-01-15', 'phone', 'reached', 'said' FROM generate_series(1, n) AS i;
    INSERT INTO receivables.contract (company_id, customer_id, contract_number, contract_date, currency)
    SELECT company, customer, format('%s-%s', customer, i), '2026-01-01', 'EUR' FROM generate_series(1, n) AS i;
    INSERT INTO receivables.promise (company_id, promise_id, customer_id, promised_on, amount, grace_days, tolerance_percent)
    SELECT company, c + i, customer, '2026-01-15', 1, 3, 0 FROM generate_series(1, n) AS i;
    INSERT INTO receivables.promise_instalment (company_id, promise_id, instalment, due_on, amount) SELECT company, c + i, 1, '2026-02-28', 1 FROM generate_series(1, n) AS i;
    INSERT INTO receivables.promise_item (company_id, promise_id, item_id, amount, open_amount) SELECT company, c + i, c + 2 * i, 1, 90 FROM generate_series(1, n) AS i;
    INSERT INTO receivables.dispute (company_id, dispute_id, customer_id, opened_on, reason) SELECT company, c + i, customer, '2026-01-15', 'price' FROM generate_series(1, n) AS i;
    INSERT INTO receivables.dispute_item (company_id, dispute_id, item_id, amount) SELECT company, c + i, c + 2 * i, 1 FROM generate_series(1, n) AS i;
    INSERT INTO receivables.collection_task (company_id, customer_id, task_kind, opened_on, due_on, subject)
    SELECT company, customer, 'other', '2026-01-15', '2026-01-20', 'see' FROM generate_series(1, n) AS i;
    INSERT INTO receivables.task_owner (company_id, task_id, valid_from, owner)
    SELECT company, t.task_id, '2026-01-15', NULL FROM receivables.collection_task AS t WHERE t.company_id = company AND t.customer_id = customer;
    SET LOCAL session_replication_role = origin;
END;
$$;
CREATE FUNCTION pg_temp.blocks(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ' || query INTO plan;
    RETURN (plan -> 0 -> 'Plan' ->> 'Shared Hit Blocks')::bigint + (plan -> 0 -> 'Plan' ->> 'Shared Read Blocks')::bigint;
END;
$$;
-- Statistics say that there is nothing, as they do after a first run that was rolled back.
UPDATE pg_class SET relpages = 1, reltuples = 0 WHERE relnamespace = 'receivables'::regnamespace AND relkind IN ('r', 'i');
SELECT format('SELECT length(d.dossier::text) FROM ar.dossiers(%s, ARRAY[%s::bigint], %L) AS d', :q, :quiet, '2026-02-01') AS dossiers,
       format('SELECT length(ar.dossier(%s, ''QUIET'', %L)::text)', :q, '2026-02-01') AS dossier,
       format('SELECT count(*) FROM ar.find_notices(%1$s, ARRAY[%2$s::bigint]) UNION ALL SELECT count(*) FROM ar.find_notice_items(%1$s, ARRAY[%2$s::bigint])', :q, 1000000 + :quiet * 10000 + 1) AS notices,
       format('SELECT length(d.statement::text) FROM ar.notices_data(%s, %L, ARRAY[%s::bigint], NULL, ARRAY[true], ARRAY[1], ARRAY[%s::bigint], ARRAY[90]) AS d', :q, '2026-02-01', :quiet, 1000000 + :quiet * 10000 + 2) AS statement \gset
SELECT pg_temp.fill(:q, :quiet, :run, 1) \gset
SELECT pg_temp.blocks(:'dossiers') > 0 AND pg_temp.blocks(:'dossier') > 0 AND pg_temp.blocks(:'notices') > 0 AND pg_temp.blocks(:'statement') > 0 AS warm \gset
SELECT pg_temp.blocks(:'statement') AS statement_before, pg_temp.blocks(:'dossiers') AS dossiers_before, pg_temp.blocks(:'dossier') AS dossier_before, pg_temp.blocks(:'notices') AS notices_before \gset
SELECT pg_temp.fill(:q, :busy, :run, 2000) \gset
-- A deeper index is one block a lookup, at most two; each of these tables has many more blocks.
SELECT cmp_ok(pg_temp.blocks(:'dossiers'), '<=', 3 * :dossiers_before::bigint, 'dossiers: by key');
SELECT cmp_ok(pg_temp.blocks(:'dossier'), '<=', 3 * :dossier_before::bigint, 'one dossier: by key');
SELECT cmp_ok(pg_temp.blocks(:'notices'), '<=', 3 * :notices_before::bigint, 'notices and their items: by key');
SELECT cmp_ok(pg_temp.blocks(:'statement'), '<=', 3 * :statement_before::bigint, 'a statement: by key');
-- Also when they are made now.
DISCARD PLANS;
SELECT pg_temp.blocks(:'dossiers') > 0 AND pg_temp.blocks(:'notices') > 0 AND pg_temp.blocks(:'statement') > 0 AS warm \gset
SELECT cmp_ok(pg_temp.blocks(:'dossiers'), '<=', 3 * :dossiers_before::bigint, 'dossiers: by key by a new plan');
SELECT cmp_ok(pg_temp.blocks(:'notices'), '<=', 3 * :notices_before::bigint, 'notices: by key by a new plan');
SELECT cmp_ok(pg_temp.blocks(:'statement'), '<=', 3 * :statement_before::bigint, 'a statement: by key by a new plan');
SELECT results_eq(format('SELECT jsonb_array_length(d.statement -> ''statement''), d.statement ->> ''rest_count'', d.data ->> ''balance'' FROM ar.notices_data(%s, %L, ARRAY[%s::bigint], NULL, ARRAY[true], NULL, NULL, NULL) AS d', :q, '2026-02-01', :busy), $$VALUES (100, '3900', '0.00')$$, 'of an account with much in it');
SELECT is((SELECT array_agg(jsonb_array_length(d.dossier -> x.name)) FROM ar.dossiers(:q, ARRAY[:busy::bigint], '2026-02-01') AS d, unnest('{contracts,notices,contacts,promises,disputes,tasks}'::text[]) AS x (name)),
          array_fill(2000, ARRAY[6]), 'there was much to read');
SELECT * FROM finish();
ROLLBACK;
