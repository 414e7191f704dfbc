-- What was undone, however it was undone, is not settled again by itself; nor is money
-- that the bank took back.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
INSERT INTO receivables.company (company_id, company_code, name, currency) VALUES (1, 'EU', 'Europe', 'EUR');
INSERT INTO receivables.customer (company_id, customer_id, customer_number, name)
SELECT 1, n, 'C' || n, 'Customer ' || repeat(chr(64 + n), 6) FROM generate_series(1, 9) AS n;
INSERT INTO receivables.bank_account (company_id, account, currency) VALUES (1, 'OURS', 'EUR');
INSERT INTO receivables.bank_statement (company_id, bank_statement_id, format, account, statement_number, currency, content_hash)
VALUES (1, 1, 'csv', 'OURS', '1', 'EUR', 'x');
CREATE FUNCTION pg_temp.bank(line bigint, customer text, amount numeric, remittance text, extra jsonb DEFAULT '{}') RETURNS void LANGUAGE sql AS $$
    INSERT INTO receivables.bank_line (company_id, bank_line_id, bank_statement_id, line_number, entry_number, entry_amount, booked_on, value_on,
                                       currency, amount, open_amount, payer_name, payer_account, remittance_text, attributes)
    SELECT 1, line, 1, line, line, amount, '2025-02-01', '2025-02-01', 'EUR', amount, amount, c.name, 'DE' || customer, remittance, extra
    FROM receivables.customer AS c WHERE c.customer_number = customer$$;
-- The match that stands for a bank line or a payment.
CREATE FUNCTION pg_temp.match(line bigint, payment text DEFAULT NULL) RETURNS bigint LANGUAGE sql AS $$
    SELECT p.match_proposal_id FROM receivables.match_proposal AS p
    LEFT JOIN receivables.item AS m ON m.company_id = p.company_id AND m.item_id = p.credit_item_id
    LEFT JOIN receivables.document AS n ON n.company_id = m.company_id AND n.document_id = m.document_id
    WHERE p.status = 'applied_automatically' AND (p.bank_line_id = line OR n.document_number = payment)$$;
CREATE FUNCTION pg_temp.document(number text) RETURNS bigint LANGUAGE sql AS $$
    SELECT d.document_id FROM receivables.document AS d WHERE d.document_number = number$$;
CREATE FUNCTION pg_temp.application(number text) RETURNS bigint LANGUAGE sql AS $$
    SELECT a.application_id FROM receivables.application AS a JOIN receivables.item AS i ON i.company_id = a.company_id AND i.item_id = a.debit_item_id
    WHERE i.document_id = pg_temp.document(number) AND a.reverses_application_id IS NULL ORDER BY a.application_id DESC LIMIT 1$$;
CREATE FUNCTION pg_temp.proposed(line bigint, payment text DEFAULT NULL) RETURNS TABLE (method text, is_ambiguous boolean, settles text, reasons text) LANGUAGE sql AS $$
    SELECT p.method, p.is_ambiguous,
           (SELECT string_agg(concat_ws(' ', l.purpose, d.document_number, trim_scale(l.amount)), ', ' ORDER BY l.line_number)
            FROM receivables.match_proposal_line AS l
            LEFT JOIN receivables.item AS i ON i.company_id = l.company_id AND i.item_id = l.item_id
            LEFT JOIN receivables.document AS d ON d.company_id = i.company_id AND d.document_id = i.document_id
            WHERE l.match_proposal_id = p.match_proposal_id), p.reasons
    FROM receivables.match_proposal AS p
    LEFT JOIN receivables.item AS m ON m.company_id = p.company_id AND m.item_id = p.credit_item_id
    LEFT JOIN receivables.document AS n ON n.company_id = m.company_id AND n.document_id = m.document_id
    WHERE p.status = 'open' AND p.rank = 1 AND (p.bank_line_id = line OR n.document_number = payment)$$;
CREATE FUNCTION pg_temp.statistics() RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', s.payment_count, s.straight_through_count, s.application_count, s.automatic_application_count, s.automatic_count, s.wrong_count)
    FROM receivables.match_statistics AS s WHERE s.company_id = 1$$;

-- One match by each customer, each undone in its own way.
SELECT count(ar.post_invoice(1, c, n, '2025-01-10', '2025-02-10', a)) AS posted FROM (VALUES
    ('C1', 'INV-101', 110), ('C2', 'INV-201', 120), ('C3', 'INV-301', 130), ('C3', 'INV-302', 131), ('C4', 'INV-401', 140), ('C5', 'INV-501', 150),
    ('C6', 'INV-601', 160), ('C7', 'INV-701', 170)) AS v (c, n, a) \gset
SELECT pg_temp.bank(1, 'C1', 110, 'INV-101'), pg_temp.bank(2, 'C2', 120, 'INV-201'), pg_temp.bank(3, 'C3', 261, 'INV-301 INV-302'),
       pg_temp.bank(5, 'C5', 150, 'INV-501'), pg_temp.bank(6, 'C6', 160, 'INV-601'), pg_temp.bank(7, 'C7', 170, 'INV-701') \g /dev/null
SELECT ar.post_payment(1, 'C4', 'P4', '2025-02-01', 140, reference => 'INV-401') AS p4, ar.post_bank_line(1, 5, 'C5', remainder => 'unapplied') AS p5 \gset
SELECT ar.propose(1) IS NOT NULL AS done \gset
SELECT results_eq('SELECT * FROM ar.auto_apply(1)', 'VALUES (7::bigint, 0::bigint)', 'each is settled automatically');
SELECT results_eq('SELECT account, match_count FROM receivables.payer_account ORDER BY 1', $$VALUES
    ('DEC1', 1::bigint), ('DEC2', 1), ('DEC3', 1), ('DEC5', 1), ('DEC6', 1), ('DEC7', 1)$$, 'and teaches the account');
SELECT is(pg_temp.statistics(), '7 7 8 8 7 0', 'seven payments, all straight through');

SELECT pg_temp.match(1) AS m1, pg_temp.match(6) AS m6 \gset
SELECT ar.undo_match(1, :m1, '2025-02-10', 'not theirs') \g /dev/null
SELECT ar.reverse_document(1, pg_temp.document('BL-2'), '2025-02-10', 'bounced') AS r2,
       ar.reverse_application(1, pg_temp.application('INV-302'), '2025-02-10', 'not this one') AS r3,
       ar.reverse_application(1, pg_temp.application('INV-401'), '2025-02-10', 'not this one') AS r4,
       ar.reverse_document(1, :p5, '2025-02-10', 'bounced') AS r5,
       ar.reverse_application(1, pg_temp.application('INV-601'), '2025-02-10', 'not this one') AS r6 \gset
-- What the matches were is told by the proposals: one is wrong however much of it was reversed.
SELECT is(pg_temp.statistics(), '7 1 2 2 7 6', 'what was undone went not straight through, but wrong, once each');
SELECT is((SELECT wrong_application_rate FROM receivables.match_statistics), 0.857143, 'six of seven');
SELECT is((SELECT string_agg(account, ' ' ORDER BY account) FROM receivables.payer_account), 'DEC3 DEC7', 'the account is forgotten, unless something of the match stands');
SET LOCAL ar.as_of = '2025-02-09';
-- An undo is known by its moment alone, a reversal counts from its day on.
SELECT is(pg_temp.statistics(), '7 6 8 8 7 1', 'the day before, what was reversed stood');
RESET ar.as_of;

SELECT ar.propose(1) IS NOT NULL AS done \gset
SELECT results_eq('SELECT method, is_ambiguous, settles FROM pg_temp.proposed(1)', $$VALUES (NULL, false, 'unapplied 110')$$, 'what was undone is not proposed again');
SELECT matches((SELECT reasons FROM pg_temp.proposed(1)), '^Rejected or undone before: Names INV-101', 'which is said');
SELECT results_eq('SELECT method, settles FROM pg_temp.proposed(2)', $$VALUES (NULL, 'unapplied 120')$$, 'nor where its payment was reversed');
SELECT results_eq($$SELECT is_ambiguous, settles FROM pg_temp.proposed(NULL, 'BL-3')$$, $$VALUES (true, 'application INV-302 131')$$, 'what is left of it is proposed, never certain');
SELECT matches((SELECT reasons FROM pg_temp.proposed(NULL, 'BL-3')), ' It was taken off INV-302 before\.$', 'and why');
SELECT results_eq($$SELECT method, settles FROM pg_temp.proposed(NULL, 'P4')$$, $$VALUES (NULL, 'unapplied 140')$$, 'nor where its application was reversed');
SELECT results_eq('SELECT method, settles FROM pg_temp.proposed(5)', $$VALUES (NULL, 'unapplied 150')$$, 'nor for the bank line of a payment that was matched, and reversed');
SELECT results_eq($$SELECT method, settles FROM pg_temp.proposed(NULL, 'BL-6')$$, $$VALUES (NULL, 'unapplied 160')$$, 'nor for the payment of a bank line whose application was reversed');
SELECT results_eq('SELECT * FROM ar.auto_apply(1)', 'VALUES (0::bigint, 0::bigint)', 'nothing is settled again');
CREATE TEMP TABLE before AS SELECT p.ctid::text AS place, p.xmin::text AS written_by, p.match_proposal_id FROM receivables.match_proposal AS p;
SELECT results_eq('SELECT proposed, applied FROM ar.propose(1), ar.auto_apply(1)', 'VALUES (0::bigint, 0::bigint)', 'nor the next night');
SELECT set_eq('SELECT p.ctid::text AS place, p.xmin::text AS written_by, p.match_proposal_id FROM receivables.match_proposal AS p', 'SELECT * FROM before', 'no row was touched');
SELECT is((SELECT sum(open_amount) FROM receivables.bank_line), 380::numeric, 'the lines whose payments were reversed are open');
-- By hand it is.
SELECT lives_ok($$SELECT ar.apply_manual(1, bank_line_id => 1, customer_number => 'C1', lines => '[{"invoice_number": "INV-101", "amount": 110}]')$$, 'by hand it can be settled again');
SELECT lives_ok($$SELECT ar.apply_manual(1, payment_number => 'BL-6', lines => '[{"invoice_number": "INV-601", "amount": 160}]')$$, 'also a payment');
SELECT is((SELECT string_agg(account, ' ' ORDER BY account) FROM receivables.payer_account), 'DEC1 DEC3 DEC7', 'which teaches again, where it is the money of a bank line');
SELECT is(pg_temp.statistics(), '7 1 4 2 7 6', 'by hand is not straight through');

-- The bank takes a payment back: no refund, whatever credit it is worth.
SELECT ar.post_credit_note(1, 'C8', 'CN-8', '2025-01-20', 80) AS c8, ar.post_credit_note(1, 'C9', 'CN-9', '2025-01-20', 90) AS c9, ar.post_credit_note(1, 'C4', 'CN-4', '2025-01-20', 40) AS c4 \gset
SELECT pg_temp.bank(8, 'C8', -80, 'CN-8', '{"reversal": true}'), pg_temp.bank(9, 'C9', -90, 'CN-9', '{"return_reason": "AC04"}'), pg_temp.bank(10, 'C4', -40, 'CN-4') \g /dev/null
SELECT ar.propose(1) IS NOT NULL AS done \gset
SELECT results_eq('SELECT is_ambiguous, settles FROM pg_temp.proposed(8)', $$VALUES (true, 'application CN-8 -80')$$, 'a reversal is proposed');
SELECT results_eq('SELECT is_ambiguous, settles FROM pg_temp.proposed(9)', $$VALUES (true, 'application CN-9 -90')$$, 'and what was returned');
SELECT matches((SELECT reasons FROM pg_temp.proposed(8)), ' The bank took a payment back: rather undo what that settled\.$', 'with what it is');
SELECT results_eq('SELECT * FROM ar.auto_apply(1)', 'VALUES (1::bigint, 0::bigint)', 'only what was paid back is settled');
SELECT results_eq($$SELECT bank_line_id FROM receivables.bank_line WHERE bank_line_id > 7 AND open_amount = 0$$, 'VALUES (10::bigint)', 'to the credit that it names');
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');
SELECT * FROM finish();
ROLLBACK;
