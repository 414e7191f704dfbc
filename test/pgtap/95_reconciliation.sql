-- From bank lines to what they settled, statements that hang together, and the
-- rates of matching, against figures reckoned by hand.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
SELECT ar.create_company('EU', 'Europe', 'EUR') AS eu \gset
SELECT ar.create_company('OT', 'Other', 'EUR') AS ot \gset
SELECT set_config('test.eu', :'eu', true) = :'eu' AS eu_set, set_config('test.ot', :'ot', true) = :'ot' AS ot_set \gset
CREATE FUNCTION pg_temp.eu() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT current_setting('test.eu')::bigint$$;
CREATE FUNCTION pg_temp.ot() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT current_setting('test.ot')::bigint$$;
INSERT INTO receivables.customer (company_id, customer_number, name) VALUES (:eu, 'C1', 'First'), (:eu, 'C2', 'Second'), (:ot, 'C1', 'First');
INSERT INTO receivables.reason_code (company_id, reason_code, name, purpose) VALUES (:eu, 'DAMAGE', 'Damaged goods', 'deduction');
SELECT count(ar.post_invoice(:eu, c, n, '2026-02-01', '2026-03-01', a)) AS invoices
FROM (VALUES ('C1', 'I1', 100), ('C1', 'I2', 200), ('C2', 'I3', 300), ('C2', 'I4', 50)) AS v (c, n, a) \gset
SELECT ar.post_credit_note(:eu, 'C2', 'N1', '2026-02-15', 20) AS credit_note \gset
CREATE FUNCTION pg_temp.item(number text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT i.item_id FROM receivables.item AS i JOIN receivables.document AS d USING (company_id, document_id)
    WHERE i.company_id = pg_temp.eu() AND d.document_number = number
$$;

-- Statements: March, April, one of which the opening balance is not what the one
-- before closed with and that lacks a line, one without balances, one of another account.
INSERT INTO receivables.bank_account (company_id, account, currency) VALUES (:eu, 'A', 'EUR'), (:eu, 'B', 'EUR');
INSERT INTO receivables.bank_statement (company_id, bank_statement_id, format, account, statement_number, currency, opening_on, opening_balance,
                                        closing_on, closing_balance, content_hash)
VALUES (:eu, 101, 'camt.053', 'A', '1', 'EUR', '2026-03-01', 1000, '2026-03-31', 1700, 'a'),
       (:eu, 102, 'mt940', 'A', '2', 'EUR', '2026-03-31', 1700, '2026-04-30', 1810, 'b'),
       (:eu, 103, 'mt940', 'A', '3', 'EUR', '2026-04-30', 1800, '2026-05-31', 1805, 'c'),
       (:eu, 104, 'camt.054', 'A', '4', 'EUR', NULL, NULL, NULL, NULL, 'd'),
       (:eu, 105, 'bai2', 'B', '1', 'EUR', '2026-04-01', 7, '2026-04-30', 7, 'e');
INSERT INTO receivables.bank_line (company_id, bank_line_id, bank_statement_id, line_number, entry_number, entry_amount, entry_reference, booked_on, value_on, currency, amount, payer_name)
SELECT :eu, id, statement, line, line, amount, CASE WHEN id IN (1, 6) THEN 'E1' END, booked_on, booked_on, 'EUR', amount, payer
FROM (VALUES (1, 101, 1, date '2026-03-05', 100, 'First'), (2, 101, 2, '2026-03-06', 250, 'First'), (3, 101, 3, '2026-03-07', 280, 'Second'),
             (4, 101, 4, '2026-03-08', 75, NULL), (5, 101, 5, '2026-03-09', -5, 'Bank'), (6, 104, 1, '2026-03-05', 100, 'First'),
             (7, 102, 1, '2026-04-02', 50, 'Second'), (8, 102, 2, '2026-04-03', 60, 'Second')) AS v (id, statement, line, booked_on, amount, payer);
UPDATE receivables.bank_line SET ignored_reason = 'fee of the bank' WHERE company_id = :eu AND bank_line_id = 5;
UPDATE receivables.bank_line SET duplicate_of_bank_line_id = 1 WHERE company_id = :eu AND bank_line_id = 6;

-- Proposals as ar.propose would enter them, and what settling them would post.
INSERT INTO receivables.match_proposal (company_id, match_proposal_id, bank_line_id, customer_id, rank, method, score, margin, amount, remainder, reasons, content_hash)
SELECT :eu, v.id, v.line, c.customer_id, rank, method, score, 0.5, amount, remainder, 'because ' || v.id, v.id::text
FROM (VALUES (1, 1, 'C1', 1, 'exact_number', 0.98, 100, 0), (2, 2, 'C1', 1, 'number_partial', 0.85, 250, 50), (12, 2, 'C1', 2, 'amount', 0.7, 250, 250),
             (3, 3, 'C2', 1, 'several_numbers', 0.95, 280, 0), (4, 4, NULL, 1, NULL, 0, 75, 75), (7, 7, 'C2', 1, 'number_partial', 0.9, 50, 10),
             (8, 8, 'C2', 1, 'similar_number', 0.7, 60, 0))
     AS v (id, line, customer, rank, method, score, amount, remainder)
LEFT JOIN receivables.customer AS c ON c.company_id = :eu AND c.customer_number = v.customer ORDER BY v.id;
INSERT INTO receivables.match_proposal_line (company_id, match_proposal_id, line_number, purpose, item_id, amount)
SELECT :eu, p, l, purpose, pg_temp.item(number), amount
FROM (VALUES (1, 1, 'application', 'I1', 100), (2, 1, 'application', 'I2', 200), (2, 2, 'on_account', NULL, 50),
             (3, 1, 'application', 'I3', 300), (3, 2, 'application', 'N1', -20), (7, 1, 'application', 'I4', 40), (7, 2, 'unapplied', NULL, 10))
     AS v (p, l, purpose, number, amount);
CREATE FUNCTION pg_temp.receive(line bigint, customer text, proposal bigint) RETURNS bigint LANGUAGE sql VOLATILE AS $$
    WITH d AS (
        INSERT INTO receivables.document (company_id, customer_id, document_date, kind, document_number, currency, amount, company_amount, bank_line_id, match_proposal_id)
        SELECT b.company_id, c.customer_id, b.booked_on, 'payment', 'P' || line, b.currency, b.amount, b.amount, line, proposal
        FROM receivables.bank_line AS b JOIN receivables.customer AS c ON c.company_id = b.company_id AND c.customer_number = customer
        WHERE b.company_id = pg_temp.eu() AND b.bank_line_id = line RETURNING *)
    INSERT INTO receivables.item (company_id, customer_id, document_id, kind, currency, effective_on, due_on, amount, open_amount, company_amount, open_company_amount)
    SELECT d.company_id, d.customer_id, d.document_id, d.kind, d.currency, d.document_date, d.document_date, -d.amount, -d.amount, -d.amount, -d.amount FROM d
    RETURNING item_id
$$;
CREATE FUNCTION pg_temp.apply(credit text, debit text, on_date date, amount numeric, proposal bigint) RETURNS bigint LANGUAGE sql VOLATILE AS $$
    INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount, company_amount, match_proposal_id)
    VALUES (pg_temp.eu(), pg_temp.item(debit), pg_temp.item(credit), on_date, amount, amount, proposal) RETURNING application_id
$$;
SELECT count(pg_temp.receive(line, customer, line)) AS received FROM (VALUES (1, 'C1'), (2, 'C1'), (3, 'C2'), (7, 'C2')) AS v (line, customer) \gset
SELECT count(pg_temp.apply(credit, debit, on_date, amount, proposal)) AS applied
FROM (VALUES ('P1', 'I1', date '2026-03-05', 100, 1), ('P2', 'I2', '2026-03-06', 200, 2), ('P3', 'I3', '2026-03-07', 280, 3), ('N1', 'I3', '2026-03-07', 20, 3),
             ('P7', 'I4', '2026-04-02', 40, 7)) AS v (credit, debit, on_date, amount, proposal) \gset
UPDATE receivables.match_proposal SET status = 'applied_automatically' WHERE company_id = :eu AND match_proposal_id IN (1, 3, 7);
UPDATE receivables.match_proposal SET status = 'accepted' WHERE company_id = :eu AND match_proposal_id = 2;
UPDATE receivables.match_proposal SET status = 'superseded' WHERE company_id = :eu AND match_proposal_id = 12;
UPDATE receivables.match_proposal SET status = 'rejected', decision_reason = 'another number' WHERE company_id = :eu AND match_proposal_id = 8;
-- The third is undone on 20 March.
SELECT ar.reverse_document(:eu, (SELECT d.document_id FROM receivables.document AS d WHERE d.company_id = :eu AND d.document_number = 'P3'), '2026-03-20', 'not theirs') AS reversal,
       ar.reverse_application(:eu, (SELECT a.application_id FROM receivables.application AS a WHERE a.company_id = :eu AND a.credit_item_id = pg_temp.item('N1')), '2026-03-20', 'not theirs') AS unapplied \gset
UPDATE receivables.match_proposal SET status = 'undone' WHERE company_id = :eu AND match_proposal_id = 3;
-- One payment without a bank line in each company; the first company's is reversed in June.
SELECT ar.post_payment(:eu, 'C1', 'P9', '2026-04-04', 10) AS p9, ar.post_payment(:ot, 'C1', 'P1', '2026-04-04', 10) AS p1 \gset
SELECT ar.reverse_document(:eu, :p9, '2026-06-01', 'bounced') AS bounced \gset

CREATE FUNCTION pg_temp.as_of(as_of text, query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('ar.as_of', as_of, true);
    RETURN QUERY EXECUTE query;
    PERFORM set_config('ar.as_of', '', true);
END;
$$;
CREATE FUNCTION pg_temp.lines(as_of text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT pg_temp.as_of(as_of, $query$
        SELECT concat_ws(' | ', priority, bank_line_id, status, trim_scale(amount), trim_scale(posted_amount), trim_scale(applied_amount), trim_scale(unapplied_amount),
                         trim_scale(set_aside_amount), trim_scale(unexplained_amount), item_count, items, posted_numbers, customer_numbers)
        FROM receivables.bank_reconciliation WHERE company_id = pg_temp.eu() ORDER BY priority, booked_on, bank_line_id $query$)
$$;

-- Lines
SELECT results_eq($$SELECT pg_temp.lines('2026-04-30')$$, $$VALUES
    ('1 | 3 | open | 280 | 0 | 0 | 0 | 0 | 280 | 0'), ('1 | 4 | open | 75 | 0 | 0 | 0 | 0 | 75 | 0'), ('1 | 8 | open | 60 | 0 | 0 | 0 | 0 | 60 | 0'),
    ('2 | 2 | unapplied | 250 | 250 | 200 | 50 | 0 | 0 | 1 | I2 200 | P2 | C1'), ('2 | 7 | unapplied | 50 | 50 | 40 | 10 | 0 | 0 | 1 | I4 40 | P7 | C2'),
    ('3 | 1 | applied | 100 | 100 | 100 | 0 | 0 | 0 | 1 | I1 100 | P1 | C1'), ('3 | 6 | duplicate | 100 | 0 | 0 | 0 | 100 | 0 | 0'),
    ('3 | 5 | ignored | -5 | 0 | 0 | 0 | -5 | 0 | 0')$$, 'what is unexplained stands on top, then what is unapplied');
SELECT results_eq($$SELECT pg_temp.lines('2026-03-19')$$, $$VALUES
    ('1 | 4 | open | 75 | 0 | 0 | 0 | 0 | 75 | 0'), ('2 | 2 | unapplied | 250 | 250 | 200 | 50 | 0 | 0 | 1 | I2 200 | P2 | C1'),
    ('3 | 1 | applied | 100 | 100 | 100 | 0 | 0 | 0 | 1 | I1 100 | P1 | C1'), ('3 | 6 | duplicate | 100 | 0 | 0 | 0 | 100 | 0 | 0'),
    ('3 | 3 | applied | 280 | 280 | 280 | 0 | 0 | 0 | 1 | I3 300 | P3 | C2'), ('3 | 5 | ignored | -5 | 0 | 0 | 0 | -5 | 0 | 0')$$, 'before it was undone the third line was applied, with the credit note');
SELECT results_eq($$SELECT pg_temp.as_of('2026-04-30', 'SELECT concat_ws('' | '', bank_line_id, match_proposal_id, score, reasons) FROM receivables.bank_reconciliation
                                                       WHERE match_proposal_id IS NOT NULL ORDER BY bank_line_id')$$,
                  $$VALUES ('4 | 4 | 0 | because 4')$$, 'the proposal that waits stands beside its line');
ANALYZE receivables.document, receivables.item, receivables.application, receivables.bank_line, receivables.match_proposal;
SELECT is_empty($$SELECT day, x FROM generate_series(date '2026-03-01', '2026-05-02', '1 day') AS day,
    pg_temp.as_of(day::date::text, 'SELECT b::text FROM receivables.bank_reconciliation AS b
        LEFT JOIN (SELECT d.company_id, d.bank_line_id, sum(d.applied_amount) AS applied
                   FROM receivables.bank_reconciliation_detail AS d GROUP BY 1, 2) AS d USING (company_id, bank_line_id)
        WHERE amount <> applied_amount + unapplied_amount + set_aside_amount + unexplained_amount
           OR applied_amount <> coalesce(applied, 0)') AS x$$, 'columns add up on every day');
SELECT results_eq($$SELECT pg_temp.as_of('2026-04-30', $query$
    SELECT concat_ws(' | ', bank_line_id, applied_on, settled_by_kind, settled_by_number, document_number, trim_scale(amount), trim_scale(applied_amount), method, is_automatic)
    FROM receivables.bank_reconciliation_detail WHERE company_id = pg_temp.eu() AND bank_line_id IN (2, 3) ORDER BY bank_line_id, applied_on, settled_by_number DESC $query$)$$,
    $$VALUES ('2 | 2026-03-06 | payment | P2 | I2 | 200 | 200 | number_partial | f'), ('3 | 2026-03-07 | payment | P3 | I3 | 280 | 280 | several_numbers | t'),
             ('3 | 2026-03-07 | credit_note | N1 | I3 | 20 | 0 | several_numbers | t'), ('3 | 2026-03-20 | payment | P3 | I3 | -280 | -280 | several_numbers | t'),
             ('3 | 2026-03-20 | credit_note | N1 | I3 | -20 | 0 | several_numbers | t')$$, 'what was settled and undone, the credit note too');
SELECT is_empty($$SELECT pg_temp.as_of('2026-03-04', 'SELECT bank_line_id::text FROM receivables.bank_reconciliation')$$, 'no line before it was booked');

-- Statements
SELECT results_eq($$SELECT pg_temp.as_of('2026-05-31', $query$
    SELECT concat_ws(' | ', account, statement_number, line_count, trim_scale(line_amount), trim_scale(line_difference), coalesce(previous_bank_statement_id::text, '-'),
                     coalesce(trim_scale(opening_difference)::text, '-'))
    FROM receivables.bank_statement_check WHERE company_id = pg_temp.eu() ORDER BY account, bank_statement_id $query$)$$,
    $$VALUES ('A | 1 | 5 | 700 | 0 | - | -'), ('A | 2 | 2 | 110 | 0 | 101 | 0'), ('A | 3 | 0 | 0 | 5 | 102 | -10'), ('B | 1 | 0 | 0 | 0 | - | -')$$,
    'a line that is missing, and a balance that does not go on');
SELECT is((SELECT count(*) FROM pg_temp.as_of('2026-04-30', 'SELECT statement_number FROM receivables.bank_statement_check')), 3::bigint, 'statements up to the date');

-- Rates
CREATE FUNCTION pg_temp.rates(as_of text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT pg_temp.as_of(as_of, $query$
        SELECT concat_ws(' | ', company_code, month, payment_count, straight_through_count, coalesce(straight_through_rate::text, '-'),
                         application_count, automatic_application_count, coalesce(automatic_application_rate::text, '-'),
                         decided_count, accepted_count, coalesce(acceptance_rate::text, '-'),
                         automatic_count, wrong_count, coalesce(wrong_application_rate::text, '-'))
        FROM receivables.match_statistics JOIN receivables.company USING (company_id) ORDER BY company_code, month $query$)
$$;
-- March: lines 1 to 4, of which the first went straight through; of the automatic ones the third was wrong.
-- April: lines 7 and 8 and a payment; the seventh left 10 unapplied.
SELECT results_eq($$SELECT pg_temp.rates('2026-04-30')$$, $$VALUES
    ('EU | 2026-03-01 | 4 | 1 | 0.250000 | 2 | 1 | 0.500000 | 1 | 1 | 1.000000 | 2 | 1 | 0.500000'),
    ('EU | 2026-04-01 | 3 | 0 | 0.000000 | 1 | 1 | 1.000000 | 1 | 0 | 0.000000 | 1 | 0 | 0.000000'),
    ('OT | 2026-04-01 | 1 | 0 | 0.000000 | 0 | 0 | - | 0 | 0 | - | 0 | 0 | -')$$, 'rates by month, null without anything to divide by');
SELECT results_eq($$SELECT pg_temp.rates('2026-03-31')$$, $$VALUES
    ('EU | 2026-03-01 | 4 | 1 | 0.250000 | 2 | 1 | 0.500000 | 1 | 1 | 1.000000 | 2 | 1 | 0.500000')$$, 'only what was received by the date');
SELECT results_eq($$SELECT x FROM pg_temp.rates('2026-06-01') AS x WHERE x LIKE 'EU | 2026-04%'$$, $$VALUES
    ('EU | 2026-04-01 | 2 | 0 | 0.000000 | 1 | 1 | 1.000000 | 1 | 0 | 0.000000 | 1 | 0 | 0.000000')$$, 'a payment that was reversed no longer counts');
SELECT results_eq($$SELECT x FROM pg_temp.rates('2026-03-19') AS x$$, $$VALUES
    ('EU | 2026-03-01 | 4 | 1 | 0.250000 | 3 | 2 | 0.666667 | 1 | 1 | 1.000000 | 2 | 1 | 0.500000')$$, 'what was undone later still stood');
SELECT throws_ok(format('UPDATE receivables.match_proposal SET is_automatic = %L WHERE company_id = pg_temp.eu() AND match_proposal_id = %s', v.automatic, v.id), '23001', NULL,
                 'who decided a proposal is not rewritten') FROM (VALUES (true, 8), (false, 3), (true, 4)) AS v (automatic, id);

-- Unapplied cash
SELECT results_eq($$SELECT pg_temp.as_of('2026-04-30', $query$
    SELECT concat_ws(' | ', customer_number, document_number, days_unapplied, trim_scale(amount), trim_scale(unapplied_amount), is_on_account, bank_line_id, payer_name)
    FROM receivables.unapplied_cash WHERE company_id = pg_temp.eu() ORDER BY document_number $query$)$$,
    $$VALUES ('C1 | P2 | 55 | 250 | 50 | t | 2 | First'), ('C2 | P7 | 28 | 50 | 10 | f | 7 | Second'), ('C1 | P9 | 26 | 10 | 10 | f')$$, 'money that waits');
-- Deductions
SELECT ar.post_adjustment(:eu, 'C2', 'D1', '2026-04-02', 10, 'damaged') AS deduction \gset
INSERT INTO receivables.deduction (company_id, item_id, source_item_id, match_proposal_id, reason_code, note, assigned_to)
VALUES (:eu, pg_temp.item('D1'), pg_temp.item('I4'), NULL, 'DAMAGE', 'two boxes', 'Ann');
SELECT results_eq($$SELECT pg_temp.as_of('2026-04-12', $query$
    SELECT concat_ws(' | ', customer_number, document_number, source_document_number, days_open, trim_scale(open_amount), reason_code, reason_name, note, assigned_to)
    FROM receivables.deduction_status $query$)$$, $$VALUES ('C2 | D1 | I4 | 10 | 10 | DAMAGE | Damaged goods | two boxes | Ann')$$, 'a deduction and who clears it');
SELECT is_empty($$SELECT pg_temp.as_of('2026-04-01', 'SELECT document_number FROM receivables.deduction_status')$$, 'not before it was kept back');

-- Somebody else's decisions: accepted and later undone counts as accepted, but not as wrong.
SELECT ar.reverse_document(:eu, (SELECT d.document_id FROM receivables.document AS d WHERE d.company_id = :eu AND d.document_number = 'P2'), '2026-05-01', 'not theirs') AS second_reversal \gset
UPDATE receivables.match_proposal SET status = 'undone' WHERE company_id = :eu AND match_proposal_id = 2;
SELECT ok(x LIKE 'EU | 2026-03-01 | % | 1 | 1 | 1.000000 | 2 | 1 | 0.500000', 'what somebody accepted and undid: ' || x) FROM pg_temp.rates('2026-03-31') AS x;

-- Acceptance: what was passed over was not accepted, and where nothing was found nothing was.
SELECT ar.create_company('ST', 'Statistics', 'EUR') AS st \gset
INSERT INTO receivables.customer (company_id, customer_number, name) SELECT :st, 'S' || n, 'Statistical ' || repeat(chr(64 + n), 5) FROM generate_series(1, 8) AS n;
INSERT INTO receivables.bank_account (company_id, account, currency) VALUES (:st, 'S', 'EUR');
INSERT INTO receivables.bank_statement (company_id, bank_statement_id, format, account, statement_number, currency, content_hash) VALUES (:st, 201, 'csv', 'S', '1', 'EUR', 's');
INSERT INTO receivables.bank_line (company_id, bank_line_id, bank_statement_id, line_number, entry_number, entry_amount, booked_on, value_on, currency, amount, payer_name, remittance_text)
SELECT :st, 200 + n, 201, n, n, amount, '2026-03-05', '2026-03-05', 'EUR', amount, 'Statistical ' || repeat(chr(64 + n), 5), written
FROM (VALUES (1, 10, NULL), (2, 20, 'SI-00021'), (3, 33, NULL), (4, 44, NULL), (5, 55, NULL), (6, 60, 'SI-00061'), (7, 70, 'SI-00071'), (8, 80, 'SI-00081')) AS v (n, amount, written);
SELECT count(ar.post_invoice(:st, 'S' || left(right(n, 2), 1), n, '2026-02-01', '2026-03-01', a)) AS invoices
FROM (VALUES ('SI-00011', 10), ('SI-00012', 10), ('SI-00021', 20), ('SI-00031', 300), ('SI-00041', 400), ('SI-00051', 500), ('SI-00061', 60), ('SI-00071', 70), ('SI-00081', 80), ('SI-00082', 999)) AS v (n, a) \gset
SELECT ar.propose(:st) IS NOT NULL AS done \gset
CREATE FUNCTION pg_temp.stands(line bigint, rank integer DEFAULT 1) RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT p.match_proposal_id FROM receivables.match_proposal AS p WHERE p.bank_line_id = line AND p.status = 'open' AND p.rank = stands.rank
$$;
SELECT is((SELECT string_agg(concat_ws(' ', p.bank_line_id, p.rank, p.method), ', ' ORDER BY p.bank_line_id, p.rank) FROM receivables.match_proposal AS p WHERE p.company_id = :st),
    '201 1 amount, 201 2 amount, 202 1 exact_number, 203 1, 204 1, 205 1, 206 1 exact_number, 207 1 exact_number, 208 1 exact_number', 'found for five of eight');
-- Another was accepted; by hand; nothing was found: by hand, accepted, rejected; accepted; rejected.
SELECT ar.accept(:st, pg_temp.stands(201, 2)), ar.apply_manual(:st, 202, NULL, 'S2', '[{"invoice_number": "SI-00021", "amount": 20}]'), ar.apply_manual(:st, 203, NULL, 'S3', '[{"invoice_number": "SI-00031", "amount": 33}]'),
       ar.accept(:st, pg_temp.stands(204)), ar.reject(:st, pg_temp.stands(205)), ar.accept(:st, pg_temp.stands(206)), ar.reject(:st, pg_temp.stands(207)) \g /dev/null
-- What was proposed first no longer stood when it was settled by hand.
SELECT ar.post_payment(:st, 'S8', 'SP8', '2026-03-06', 80) AS paid, ar.apply_manual(:st, payment_number => 'SP8', lines => '[{"invoice_number": "SI-00081", "amount": 80}]') AS applied \gset
SELECT ar.propose(:st) IS NOT NULL AS done \gset
SELECT ar.apply_manual(:st, 208, NULL, 'S8', '[{"invoice_number": "SI-00082", "amount": 80}]') AS by_hand \gset
SELECT results_eq(format('SELECT decided_count, accepted_count, acceptance_rate FROM receivables.match_statistics WHERE company_id = %s', :st),
    'VALUES (4::bigint, 1::bigint, 0.25)', 'four proposals were decided about, one was accepted');
SELECT is_empty($$SELECT * FROM receivables.match_statistics AS s WHERE greatest(s.straight_through_rate, s.automatic_application_rate, s.acceptance_rate, s.wrong_application_rate) > 1$$, 'no rate is more than 1');
SELECT is_empty($$SELECT * FROM ar.check_ledger() AS c WHERE c.object <> 'bank statement 103'$$, 'the books are sound, but for the statement that lacks a line');
SELECT is_empty($$SELECT c.relname, a.attname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
    WHERE c.oid IN ('receivables.bank_reconciliation'::regclass, 'receivables.bank_reconciliation_detail'::regclass, 'receivables.bank_statement_check'::regclass,
                    'receivables.unapplied_cash'::regclass, 'receivables.deduction_status'::regclass, 'receivables.match_statistics'::regclass)
      AND a.attnum > 0 AND col_description(c.oid, a.attnum) IS NULL$$, 'every column says what it is');
SELECT * FROM finish();
ROLLBACK;
