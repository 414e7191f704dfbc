-- :payments payments of bench.cash, :what 'bank lines' or 'payments' (unapplied,
-- the customer known), through ar.propose and ar.auto_apply, against the join
-- one would write by hand: the number in the text and the amount, with the same
-- inserts. What is measured is rolled back.
SET client_min_messages = warning;
\ir cash_fill.sql

-- By hand
BEGIN;
\if :lines
SELECT bench.milliseconds($$
    WITH match AS MATERIALIZED (
        SELECT b.bank_line_id, b.booked_on, b.amount, i.item_id, i.customer_id,
               nextval('receivables.document_document_id_seq') AS document_id, nextval('receivables.item_item_id_seq') AS payment_item_id
        FROM receivables.bank_line AS b
        JOIN receivables.document AS d ON d.company_id = 1 AND d.kind = 'invoice' AND d.document_number = substring(b.remittance_text FROM 'INV-[0-9]{7}')
        JOIN receivables.item AS i ON i.company_id = 1 AND i.document_id = d.document_id AND i.open_amount = b.amount
        WHERE b.company_id = 1
    ), document AS (
        INSERT INTO receivables.document (company_id, document_id, customer_id, document_date, kind, document_number, currency, amount, company_amount, bank_line_id)
        SELECT 1, m.document_id, m.customer_id, m.booked_on, 'payment', 'BL-' || m.bank_line_id, 'EUR', m.amount, m.amount, m.bank_line_id FROM match AS m
    )
    INSERT INTO receivables.item (company_id, item_id, customer_id, document_id, kind, currency, effective_on, due_on, amount, open_amount, company_amount, open_company_amount)
    SELECT 1, m.payment_item_id, m.customer_id, m.document_id, 'payment', 'EUR', m.booked_on, m.booked_on, -m.amount, -m.amount, -m.amount, -m.amount FROM match AS m$$)
  + bench.milliseconds($$
    INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount, company_amount)
    SELECT 1, i.item_id, p.item_id, b.booked_on, b.amount, b.amount
    FROM receivables.bank_line AS b
    JOIN receivables.document AS d ON d.company_id = 1 AND d.kind = 'invoice' AND d.document_number = substring(b.remittance_text FROM 'INV-[0-9]{7}')
    JOIN receivables.item AS i ON i.company_id = 1 AND i.document_id = d.document_id AND i.open_amount = b.amount
    JOIN receivables.document AS q ON q.company_id = 1 AND q.bank_line_id = b.bank_line_id
    JOIN receivables.item AS p ON p.company_id = 1 AND p.document_id = q.document_id
    WHERE b.company_id = 1$$) AS other \gset
\else
SELECT bench.milliseconds($$
    INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount, company_amount)
    SELECT 1, i.item_id, p.item_id, p.effective_on, i.open_amount, i.open_amount
    FROM receivables.item AS p
    JOIN receivables.document AS q ON q.company_id = 1 AND q.document_id = p.document_id
    JOIN receivables.document AS d ON d.company_id = 1 AND d.kind = 'invoice' AND d.document_number = substring(q.reference FROM 'INV-[0-9]{7}')
    JOIN receivables.item AS i ON i.company_id = 1 AND i.document_id = d.document_id AND i.open_amount = -p.open_amount
    WHERE p.company_id = 1 AND p.kind = 'payment' AND p.closed_on = 'infinity'$$) AS other \gset
\endif
SELECT count(*) AS by_hand FROM receivables.application WHERE effective_on >= '2026-01-01' \gset
ROLLBACK;
VACUUM ANALYZE receivables.application;
VACUUM ANALYZE receivables.document;
VACUUM ANALYZE receivables.item;

-- One at a time, as a screen asks for it
\if :lines
BEGIN;
CREATE TEMPORARY TABLE single ON COMMIT DROP AS
SELECT c.kind, bench.milliseconds(format('SELECT ar.propose(1, bank_line_id => %s)', c.payment_id)) AS ms
FROM bench.cash AS c WHERE c.payment_id <= 50 ORDER BY c.payment_id;
SELECT round(percentile_cont(0.5) WITHIN GROUP (ORDER BY ms)::numeric, 2) AS single_ms, round(max(ms), 1) AS single_max_ms FROM single \gset
ROLLBACK;
\endif

-- Two calls, two transactions, as a user makes them.
SELECT bench.milliseconds('SELECT ar.propose(1)') AS propose \gset
BEGIN;
SELECT bench.milliseconds('SELECT ar.auto_apply(1)') AS auto_apply \gset
\echo :payments :what: ar.propose :propose ms, ar.auto_apply :auto_apply ms
ANALYZE receivables.match_proposal, receivables.match_proposal_line;
\pset title 'Cash application: what became of each kind of payment'
SELECT c.kind, count(*) AS payments, count(p.match_proposal_id) FILTER (WHERE p.method IS NOT NULL) AS proposed,
       count(*) FILTER (WHERE p.status = 'applied_automatically') AS applied,
       count(*) FILTER (WHERE p.status = 'applied_automatically' AND l.items IS DISTINCT FROM x.items) AS applied_wrongly,
       count(*) FILTER (WHERE l.items = x.items) AS right_, string_agg(DISTINCT p.method, ', ') AS methods
FROM bench.cash AS c
CROSS JOIN LATERAL (SELECT array_agg(i ORDER BY i) AS items FROM unnest(c.invoices) AS i) AS x
LEFT JOIN receivables.match_proposal AS p
    ON p.company_id = 1 AND p.rank = 1 AND p.status IN ('open', 'applied_automatically')
       AND coalesce(p.bank_line_id, p.credit_item_id - 10000000) = c.payment_id
LEFT JOIN LATERAL (
    SELECT array_agg(l.item_id ORDER BY l.item_id) AS items FROM receivables.match_proposal_line AS l
    WHERE l.company_id = 1 AND l.match_proposal_id = p.match_proposal_id AND l.purpose = 'application') AS l ON true
WHERE c.payment_id <= :payments
GROUP BY c.kind ORDER BY c.kind;
\pset title
ANALYZE;
SELECT count(*) AS broken_invariants FROM ar.check_ledger();
ROLLBACK;
-- Nothing of this is left for the next run.
SET session_replication_role = replica;
DELETE FROM receivables.match_proposal_line WHERE company_id = 1;
DELETE FROM receivables.match_proposal WHERE company_id = 1;
DELETE FROM receivables.bank_line WHERE company_id = 1;
DELETE FROM receivables.bank_statement WHERE company_id = 1;
DELETE FROM receivables.item WHERE company_id = 1 AND item_id BETWEEN 10000001 AND 19999999;
DELETE FROM receivables.document WHERE company_id = 1 AND document_id BETWEEN 10000001 AND 19999999;
RESET session_replication_role;
VACUUM ANALYZE receivables.match_proposal;
VACUUM ANALYZE receivables.match_proposal_line;
VACUUM ANALYZE receivables.application;
VACUUM ANALYZE receivables.bank_line;
VACUUM ANALYZE receivables.document;
VACUUM ANALYZE receivables.item;
INSERT INTO bench.pair (part, measured, against, target, ours_ms, other_ms, ratio)
VALUES ('cash', format('1,000 of %s %s, ar.propose and ar.auto_apply', :payments, :'what'),
        format('1,000 of %s by a join on number and amount, same inserts', :by_hand), 'ours_ms <= 200',
        (:propose + :auto_apply) * 1000 / :payments, :other * 1000 / nullif(:by_hand, 0),
        (:other / nullif(:by_hand, 0)) / ((:propose + :auto_apply) / :payments));
INSERT INTO bench.pair (part, measured, target, ours_ms)
VALUES ('cash', format('%s %s: ar.propose', :payments, :'what'), NULL, :propose),
       ('cash', format('%s %s: ar.auto_apply', :payments, :'what'), NULL, :auto_apply);
\if :lines
    INSERT INTO bench.pair (part, measured, target, ours_ms)
    VALUES ('cash', format('ar.propose of one of %s bank lines, median of 50, longest %s', :payments, :single_max_ms), '< 20 ms', :single_ms);
\endif
SELECT format('%s %s: %s a second through ar.propose and ar.auto_apply', :payments, :'what', round(:payments * 1000 / (:propose + :auto_apply))) AS cash;
