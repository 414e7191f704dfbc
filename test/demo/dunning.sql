-- Ninety days of a bad payer, in a company of its own: the days are run one
-- after the other, as ar.run_daily does them, and the story is told from the books.
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;
\pset pager off
\pset footer off
\pset border 0
\pset numericlocale on
\pset null ''
SELECT ar.create_company('STORY', 'Brightwater Ltd', 'EUR') AS c \gset
SELECT ar.add_standard_dunning_policy(:c) AS version \gset
UPDATE receivables.dunning_step SET charges_interest = true WHERE company_id = :c AND level >= 5;
INSERT INTO receivables.interest_policy (company_id, interest_policy, name, definition)
VALUES (:c, 'contract', 'By contract', '{"daily_percent": 0.05}');
UPDATE receivables.company SET dunning_policy = 'standard', interest_policy = 'contract' WHERE company_id = :c;
INSERT INTO receivables.employee (company_id, employee, name, position, email) VALUES
    (:c, 'ann', 'Ann Lee', 'salesperson', 'ann@brightwater.example'), (:c, 'bob', 'Bob Roy', 'sales_manager', 'bob@brightwater.example'),
    (:c, 'cho', 'Cho Park', 'cfo', 'cho@brightwater.example'), (:c, 'dee', 'Dee Marsh', 'legal', 'dee@brightwater.example');
INSERT INTO receivables.customer (company_id, customer_number, name, salesperson) VALUES (:c, 'C-77', 'Late & Later', 'ann');
INSERT INTO receivables.customer_contact (company_id, customer_id, name, email, address)
SELECT company_id, customer_id, 'Mr Late', 'accounts@late.example', E'7 Long Lane\nLateborough'
FROM receivables.customer WHERE company_id = :c;
SELECT ar.post_invoice(:c, 'C-77', 'B-100', '2026-03-02', '2026-04-01', 8000) > 0
       AND ar.post_invoice(:c, 'C-77', 'B-101', '2026-03-09', '2026-04-08', 2000) > 0 AS posted \gset

-- What people do, by the day they do it; the system does the rest.
CREATE FUNCTION pg_temp.people(company bigint, day date) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    CASE day
        WHEN '2026-04-03' THEN
            PERFORM ar.promise_to_pay(company, 'C-77', '[{"due_on": "2026-04-10", "amount": 3000}, {"due_on": "2026-04-20", "amount": 5000}]',
                                      '{B-100}', day, ar.log_contact(company, 'C-77', 'phone', 'promised', 'pays in two parts', 'ann', 'Mr Late',
                                                                     contacted_at => day + time '10:00'));
        WHEN '2026-04-28' THEN
            PERFORM ar.open_dispute(company, 'C-77', 'quality', '[{"document_number": "B-101", "amount": 500}]', 'two pallets were wet', day, 'ann',
                                    contact_id => ar.log_contact(company, 'C-77', 'email', 'disputed', 'two pallets of B-101 were wet', 'ann', 'Mr Late',
                                                                 is_incoming => true, contacted_at => day + time '16:30'));
        WHEN '2026-05-06' THEN
            PERFORM ar.resolve_dispute(company, (SELECT max(d.dispute_id) FROM receivables.dispute AS d WHERE d.company_id = company), 'credited',
                                       'agreed', day, 'packaging', 500, 'CN-9');
        WHEN '2026-05-15' THEN
            PERFORM ar.post_payment(company, 'C-77', 'R-1', day, 1500, '[{"invoice_number": "B-101", "amount": 1500}]');
        ELSE NULL;
    END CASE;
END;
$$;
CREATE FUNCTION pg_temp.days(company bigint, from_day date, to_day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE day date;
BEGIN
    FOR day IN SELECT g::date FROM generate_series(from_day::timestamp, to_day::timestamp, interval '1 day') AS g LOOP
        PERFORM pg_temp.people(company, day);
        PERFORM ar.judge_promises(company, day), ar.run_dunning(company, day), ar.charge_interest_when_due(company, day);
        -- The senders of mails and letters are quick.
        PERFORM ar.message_sent(company, m.message_id)
        FROM unnest('{email,letter}'::text[]) AS c (channel), ar.claim_messages(c.channel, 100, 'demo', company_id => company) AS m;
    END LOOP;
END;
$$;
SELECT pg_temp.days(:c, '2026-03-25', '2026-06-30') IS NOT NULL AS played \gset

\echo 18. The story of Late & Later: 8,000.00 due on 1 April, 2,000.00 on 8 April, seen on 30 June 2026
WITH story AS (
    -- Interest is charged once the day's dunning is done.
    SELECT d.document_date AS day, CASE d.kind WHEN 'interest' THEN 9 ELSE 0 END AS place, format('%s %s of %s', replace(d.kind, '_', ' '), d.document_number, ar.amount_text(d.amount, 2)) AS what,
           coalesce(d.reason, '') AS detail
    FROM receivables.document AS d WHERE d.company_id = :c
    UNION ALL
    SELECT c.contacted_at::date, 1, format('%s%s: %s', c.channel, CASE WHEN c.is_incoming THEN ' from ' || c.person ELSE ' by ' || c.employee END, c.summary), c.result
    FROM receivables.contact AS c WHERE c.company_id = :c
    UNION ALL
    SELECT p.promised_on, 2, format('promise of %s', ar.amount_text(p.amount, 2)), 'dunning of it pauses' FROM receivables.promise AS p WHERE p.company_id = :c
    UNION ALL
    -- With the levels that the next notice brought what was promised to.
    SELECT p.judged_on, 3, format('promise %s', replace(p.status, '_', ' ')),
           concat_ws('; ', format('%s paid', ar.amount_text(p.kept_amount, 2)), (
               SELECT string_agg(format('%s rises from level %s to %s', d.document_number, n.from_level, n.level), ', ' ORDER BY d.document_number)
               FROM receivables.promise_item AS x
               JOIN receivables.item AS i USING (company_id, item_id)
               JOIN receivables.document AS d USING (company_id, document_id)
               CROSS JOIN LATERAL (
                   SELECT l.from_level, l.level FROM receivables.dunning_notice_item AS l JOIN receivables.dunning_notice AS n USING (company_id, dunning_notice_id)
                   WHERE l.company_id = x.company_id AND l.item_id = x.item_id AND n.notice_date = p.judged_on) AS n
               WHERE x.company_id = p.company_id AND x.promise_id = p.promise_id))
    FROM receivables.promise AS p WHERE p.company_id = :c AND p.judged_on IS NOT NULL
    UNION ALL
    SELECT d.opened_on, 4, format('dispute about %s', d.reason), d.description FROM receivables.dispute AS d WHERE d.company_id = :c
    UNION ALL
    SELECT d.resolved_on, 5, format('dispute %s', d.status), d.root_cause FROM receivables.dispute AS d WHERE d.company_id = :c AND d.resolved_on IS NOT NULL
    UNION ALL
    SELECT n.notice_date, 6, format('level %s, %s', n.level, s.name),
           format('%s asked for%s', ar.amount_text(n.amount, 2), ', interest so far ' || ar.amount_text(nullif(n.interest_amount, 0), 2))
    FROM receivables.dunning_notice AS n JOIN receivables.dunning_step AS s USING (company_id, dunning_policy, version, level) WHERE n.company_id = :c
    UNION ALL
    SELECT n.notice_date, 7, format('  %s to %s', m.channel, replace(m.recipient, E'\n', ', ')), m.subject
    FROM receivables.message AS m JOIN receivables.dunning_notice AS n USING (company_id, dunning_notice_id) WHERE m.company_id = :c
    UNION ALL
    SELECT t.opened_on, 8, format('  task for %s: %s', coalesce(t.owner, 'nobody'), replace(t.task_kind, '_', ' ')),
           CASE WHEN t.report ? 'contacts' THEN format('contacts so far: %s', jsonb_array_length(t.report -> 'contacts')) ELSE '' END
           || CASE WHEN t.report ? 'items' THEN ', with the dossier' ELSE '' END
    FROM receivables.collection_task AS t WHERE t.company_id = :c
)
SELECT s.day, s.what, s.detail FROM story AS s ORDER BY s.day, s.place, s.what;

\echo 19. The dossier that went to legal
\echo
\pset tuples_only on
\pset format unaligned
SELECT ar.dossier_text(t.report) FROM receivables.collection_task AS t WHERE t.company_id = :c AND t.task_kind = 'legal_proposal' ORDER BY t.task_id DESC LIMIT 1;
