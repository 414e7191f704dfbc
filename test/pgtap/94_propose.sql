-- Proposals on small books whose answers are worked out by hand.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
INSERT INTO receivables.company (company_id, company_code, name, currency) VALUES (1, 'EU', 'Europe', 'EUR'), (2, 'US', 'America', 'USD');
INSERT INTO receivables.customer (company_id, customer_id, customer_number, name) VALUES
    (1, 11, 'C1', 'Harbour Lights Ltd'), (1, 12, 'C2', 'Meadow Dairy GmbH'), (1, 13, 'C3', 'Quarry Stone Works'),
    (1, 14, 'C4', 'Velvet Textile Group'), (1, 15, 'C5', 'Velvet Textile Group Division 5'), (2, 11, 'C1', 'Harbour Lights Ltd');
INSERT INTO receivables.bank_account (company_id, account, currency) VALUES (1, 'OURS', 'EUR');
INSERT INTO receivables.bank_statement (company_id, bank_statement_id, format, account, statement_number, currency, content_hash)
VALUES (1, 1, 'csv', 'OURS', '1', 'EUR', 'x');

CREATE FUNCTION pg_temp.invoice(customer text, number text, amount numeric, due date DEFAULT '2025-02-10') RETURNS bigint LANGUAGE sql
    AS $$SELECT ar.post_invoice(1, customer, number, '2025-01-10', due, amount)$$;
CREATE FUNCTION pg_temp.bank(line bigint, amount numeric, payer text DEFAULT NULL, remittance text DEFAULT NULL, account text DEFAULT NULL,
                             structured text DEFAULT NULL, day date DEFAULT '2025-02-01') RETURNS void LANGUAGE sql AS $$
    INSERT INTO receivables.bank_line (company_id, bank_line_id, bank_statement_id, line_number, entry_number, entry_amount, booked_on, value_on,
                                       currency, amount, open_amount, payer_name, remittance_text, payer_account, structured_reference)
    VALUES (1, line, 1, line, line, amount, day, day, 'EUR', amount, amount, payer, remittance, account, structured)$$;
-- What stands for a bank line (positive) or the payment of a number, best first.
CREATE FUNCTION pg_temp.proposed(line bigint, payment text DEFAULT NULL) RETURNS TABLE (rank integer, method text, customer text, score numeric, settles text) LANGUAGE sql AS $$
    SELECT p.rank, p.method, c.customer_number, p.score,
           (SELECT string_agg(concat_ws(' ', l.purpose, d.document_number, trim_scale(l.amount)), ', ' ORDER BY l.line_number)
            FROM receivables.match_proposal_line AS l
            LEFT JOIN receivables.item AS i ON i.company_id = l.company_id AND i.item_id = l.item_id
            LEFT JOIN receivables.document AS d ON d.company_id = i.company_id AND d.document_id = i.document_id
            WHERE l.company_id = 1 AND l.match_proposal_id = p.match_proposal_id)
    FROM receivables.match_proposal AS p
    LEFT JOIN receivables.customer AS c ON c.company_id = p.company_id AND c.customer_id = p.customer_id
    LEFT JOIN receivables.item AS m ON m.company_id = p.company_id AND m.item_id = p.credit_item_id
    LEFT JOIN receivables.document AS n ON n.company_id = m.company_id AND n.document_id = m.document_id
    WHERE p.company_id = 1 AND p.status = 'open' AND (p.bank_line_id = line OR n.document_number = payment)
    ORDER BY p.rank$$;
CREATE FUNCTION pg_temp.why(line bigint) RETURNS text LANGUAGE sql
    AS $$SELECT p.reasons FROM receivables.match_proposal AS p WHERE p.company_id = 1 AND p.bank_line_id = line AND p.status = 'open' AND p.rank = 1$$;
-- The proposal that stands first for a bank line.
CREATE FUNCTION pg_temp.first(line bigint) RETURNS bigint LANGUAGE sql
    AS $$SELECT p.match_proposal_id FROM receivables.match_proposal AS p WHERE p.company_id = 1 AND p.bank_line_id = line AND p.status = 'open' AND p.rank = 1$$;

SELECT results_eq('SELECT * FROM ar.propose(1)', 'VALUES (0::bigint, 0::bigint, 0::bigint)', 'without money nothing is proposed');
SELECT throws_ok('SELECT ar.propose(9)', '23503', NULL, 'of an unknown company');
SELECT throws_ok('SELECT ar.propose(1, 99)', '23503', 'bank line 99 does not exist', 'for an unknown bank line');
SELECT throws_ok($$SELECT ar.propose(1, payment_number => 'P9')$$, '23503', 'payment P9 does not exist', 'for an unknown payment');
SELECT throws_ok($$SELECT ar.propose(1, customer_number => 'C9')$$, '23503', 'customer C9 does not exist', 'of an unknown customer');
SELECT throws_ok($$SELECT ar.propose(1, 1, 'P1')$$, '22023', NULL, 'one thing at a time');

-- Who it is from.
SELECT pg_temp.invoice('C1', 'INV-00101', 100), pg_temp.invoice('C1', 'INV-00102', 250.50), pg_temp.invoice('C2', 'INV-00201', 77),
       pg_temp.invoice('C3', 'INV-00301', 640), pg_temp.invoice('C3', 'INV-00302', 81), pg_temp.invoice('C5', 'INV-00501', 125);
SELECT ar.post_invoice(1, 'C2', 'RF712348231', '2025-01-10', '2025-02-10', 55.55);
INSERT INTO receivables.customer_account (company_id, account, customer_id) VALUES (1, 'DE01', 12), (1, 'DE02', 11), (1, 'DE02', 13);
SELECT pg_temp.bank(1, 100, 'HARBOUR LIGHTS', 'Invoice INV-00101'), pg_temp.bank(2, 77, NULL, NULL, 'DE01'), pg_temp.bank(3, 640, 'QSW'),
       pg_temp.bank(4, 125, 'Velvet Text'), pg_temp.bank(5, 55.55, NULL, NULL, NULL, 'RF71 2348 231'), pg_temp.bank(6, 250.50, NULL, 'inv 00102'),
       pg_temp.bank(7, 81, NULL, NULL, 'DE02'), pg_temp.bank(8, 12.34, 'Nobody Known');
SELECT results_eq('SELECT * FROM ar.propose(1)', 'VALUES (8::bigint, 8::bigint, 0::bigint)', 'something is said of each bank line');
SELECT results_eq('SELECT * FROM pg_temp.proposed(1)', $$VALUES (1, 'exact_number', 'C1', 0.98, 'application INV-00101 100')$$, 'a number and the name without its legal form');
SELECT results_eq('SELECT * FROM pg_temp.proposed(2)', $$VALUES (1, 'amount', 'C2', 0.90, 'application INV-00201 77')$$, 'the account that is entered');
SELECT results_eq('SELECT * FROM pg_temp.proposed(3)', $$VALUES (1, 'amount', 'C3', 0.70, 'application INV-00301 640')$$, 'initials: never certain');
SELECT results_eq('SELECT rank, method, customer, score <= 0.70, settles FROM pg_temp.proposed(4)',
    $$VALUES (1, 'amount', 'C5', true, 'application INV-00501 125')$$, 'a name cut short, and the one of several customers that owes the amount: never certain');
SELECT results_eq('SELECT * FROM pg_temp.proposed(5)', $$VALUES (1, 'structured_reference', 'C2', 1.00, 'application RF712348231 55.55')$$, 'a structured reference needs no name');
SELECT results_eq('SELECT * FROM pg_temp.proposed(6)', $$VALUES (1, 'exact_number', 'C1', 0.98, 'application INV-00102 250.5')$$, 'nor does a number, however it is spelt');
SELECT results_eq('SELECT * FROM pg_temp.proposed(7)', $$VALUES (1, 'amount', 'C3', 0.50, 'application INV-00302 81')$$, 'an account of two customers tells half');
SELECT results_eq('SELECT * FROM pg_temp.proposed(8)', $$VALUES (1, NULL, NULL, 0.0, 'unapplied 12.34')$$, 'nobody is known');
SELECT is(pg_temp.why(8), 'No customer is known by account, name or reference.', 'which is said');
SELECT is((SELECT count(*) FROM receivables.match_proposal WHERE company_id = 2), 0::bigint, 'the other company has nothing of it');

-- A second run changes nothing, nor does one over a part.
CREATE TEMP TABLE before AS SELECT * FROM receivables.match_proposal;
SELECT results_eq('SELECT * FROM ar.propose(1)', 'VALUES (8::bigint, 0::bigint, 8::bigint)', 'a second run proposes nothing new');
SELECT results_eq('SELECT * FROM ar.propose(1, 4)', 'VALUES (1::bigint, 0::bigint, 1::bigint)', 'nor does one for a bank line');
SELECT results_eq($$SELECT * FROM ar.propose(1, customer_number => 'C2')$$, 'VALUES (2::bigint, 0::bigint, 2::bigint)', 'nor one for a customer, with the bank lines taken to be from it');
SELECT set_eq('SELECT * FROM receivables.match_proposal', 'SELECT * FROM before', 'no row was touched');

-- What is named but closed, or somebody else's.
SELECT ar.accept(1, pg_temp.first(1));
SELECT pg_temp.bank(9, 100, 'Harbour Lights Ltd', 'INV-00101'), pg_temp.bank(10, 640, 'Harbour Lights Ltd', 'INV-00301'), pg_temp.bank(11, 250.50, 'Harbour Lights Ltd', 'INV-00101');
SELECT ar.propose(1) IS NOT NULL AS done \gset
SELECT results_eq('SELECT * FROM pg_temp.proposed(9)', $$VALUES (1, NULL, 'C1', 0.0, 'unapplied 100')$$, 'an invoice that was paid is not paid again');
SELECT matches(pg_temp.why(9), 'INV-00101, which is closed', 'which is said');
SELECT results_eq('SELECT rank, method, customer, settles FROM pg_temp.proposed(10)', $$VALUES (1, 'exact_number', 'C3', 'application INV-00301 640')$$,
    'exactly what another customer owes, by its number');
SELECT is((SELECT p.method FROM pg_temp.proposed(3) AS p), NULL, 'which the initials alone no longer get');
SELECT is((SELECT count(*) FROM receivables.match_proposal WHERE bank_line_id = 11 AND status = 'open' AND rank = 1 AND score > 0.75), 0::bigint,
    'the amount of another invoice than the closed one that is named is no more than suggested');
SELECT matches(pg_temp.why(3), 'INV-00301 is already taken by bank line 10', 'who got it is said');

-- A proposal whose money is gone, or is not money of customers, does not stand.
SELECT ar.ignore_bank_line(1, 8, 'interest of the bank');
SELECT ar.propose(1, 8) IS NOT NULL AS done \gset
SELECT is((SELECT string_agg(DISTINCT status, ' ') FROM receivables.match_proposal WHERE bank_line_id = 8), 'superseded', 'what is ignored is no longer proposed for');

-- What was rejected is not proposed again: the next best is, then nothing.
SELECT pg_temp.invoice('C4', 'INV-00401', 30), pg_temp.invoice('C4', 'INV-00402', 30), pg_temp.bank(20, 30, 'Velvet Textile Group');
SELECT ar.propose(1) IS NOT NULL AS done \gset
SELECT is((SELECT string_agg(format('%s %s %s', p.rank, p.is_ambiguous, p.margin = 0), ', ' ORDER BY p.rank) FROM receivables.match_proposal AS p WHERE p.bank_line_id = 20 AND p.status = 'open'),
    '1 t t, 2 t t', 'two equal invoices are ambiguous, without margin');
SELECT settles AS refused FROM pg_temp.proposed(20) WHERE rank = 1 \gset
SELECT ar.reject(1, pg_temp.first(20), 'not this one');
SELECT ar.propose(1) IS NOT NULL AS done \gset
SELECT isnt((SELECT settles FROM pg_temp.proposed(20) WHERE rank = 1), :'refused', 'rejected is not proposed again');
SELECT is((SELECT count(*) FROM pg_temp.proposed(20)), 1::bigint, 'but the other is');
SELECT ar.reject(1, pg_temp.first(20), 'nor that');
SELECT ar.propose(1) IS NOT NULL AS done \gset
SELECT results_eq('SELECT * FROM pg_temp.proposed(20)', $$VALUES (1, NULL, 'C4', 0.0, 'unapplied 30')$$, 'then nothing is left');
SELECT results_eq('SELECT proposed, unchanged FROM ar.propose(1, 20)', 'VALUES (0::bigint, 1::bigint)', 'and that stays');

-- Payments: not greedy. P1 could be either of two by its names, P2 is one of them alone.
INSERT INTO receivables.customer (company_id, customer_id, customer_number, name) VALUES (1, 21, 'D1', 'Deposit Customer'), (1, 22, 'D2', 'Credit Customer'), (1, 23, 'D3', 'Twice Customer');
SELECT pg_temp.invoice('D1', 'INV-00601', 500), pg_temp.invoice('D1', 'INV-00602', 500);
SELECT ar.post_payment(1, 'D1', 'P1', '2025-02-01', 500), ar.post_payment(1, 'D1', 'P2', '2025-02-02', 500, reference => 'INV-00601');
SELECT ar.propose(1) IS NOT NULL AS done \gset
SELECT results_eq($$SELECT settles FROM pg_temp.proposed(NULL, 'P2') WHERE rank = 1$$, $$VALUES ('application INV-00601 500')$$, 'who names an invoice gets it');
SELECT results_eq($$SELECT settles FROM pg_temp.proposed(NULL, 'P1') WHERE rank = 1$$, $$VALUES ('application INV-00602 500')$$, 'and who came first the other');

-- The same invoice paid twice: the earlier payment has it.
SELECT pg_temp.invoice('D3', 'INV-00801', 444);
SELECT ar.post_payment(1, 'D3', 'P6', '2025-02-07', 444, reference => 'INV-00801'), ar.post_payment(1, 'D3', 'P5', '2025-02-06', 444, reference => 'INV-00801');
SELECT ar.propose(1) IS NOT NULL AS done \gset
SELECT results_eq($$SELECT settles FROM pg_temp.proposed(NULL, 'P5')$$, $$VALUES ('application INV-00801 444')$$, 'the earlier payment settles it');
SELECT results_eq($$SELECT method, settles FROM pg_temp.proposed(NULL, 'P6')$$, $$VALUES (NULL, 'unapplied 444')$$, 'the later does not');
SELECT is((SELECT p.reasons FROM receivables.match_proposal AS p JOIN receivables.item AS i ON i.company_id = 1 AND i.item_id = p.credit_item_id
           JOIN receivables.document AS d ON d.company_id = 1 AND d.document_id = i.document_id WHERE d.document_number = 'P6' AND p.status = 'open'),
    'INV-00801 is already taken by payment P5 of 2025-02-06: perhaps paid twice.', 'which is said');
SELECT results_eq($$SELECT proposed FROM ar.propose(1, payment_number => 'P6')$$, 'VALUES (0::bigint)', 'looked at alone, it does not take it away');

-- Credit notes and cash on account take part.
SELECT pg_temp.invoice('D2', 'INV-00701', 1000);
SELECT ar.post_credit_note(1, 'D2', 'CN-00001', '2025-01-15', 150);
SELECT ar.post_payment(1, 'D2', 'P3', '2025-02-03', 850);
SELECT ar.propose(1, payment_number => 'P3') IS NOT NULL AS done \gset
SELECT results_eq($$SELECT settles FROM pg_temp.proposed(NULL, 'P3') WHERE rank = 1$$, $$VALUES ('application CN-00001 -150, application INV-00701 1000')$$, 'a credit note is taken off');

-- Money that was left on account waits there, and is used as a credit.
INSERT INTO receivables.customer (company_id, customer_id, customer_number, name) VALUES (1, 31, 'E1', 'Early Payer');
SELECT ar.post_payment(1, 'E1', 'P7', '2025-01-20', 200);
INSERT INTO receivables.match_proposal (company_id, match_proposal_id, credit_item_id, customer_id, rank, method, score, amount, remainder, reasons, content_hash)
SELECT 1, 7001, i.item_id, 31, 1, 'manual', 1, 200, 200, 'by hand', 'x' FROM receivables.item AS i WHERE i.customer_id = 31;
INSERT INTO receivables.match_proposal_line (company_id, match_proposal_id, line_number, purpose, amount) VALUES (1, 7001, 1, 'on_account', 200);
UPDATE receivables.match_proposal SET status = 'accepted' WHERE match_proposal_id = 7001;
SELECT results_eq($$SELECT receipts FROM ar.propose(1, payment_number => 'P7')$$, 'VALUES (0::bigint)', 'cash on account is not matched again');
SELECT pg_temp.invoice('E1', 'INV-00951', 700);
SELECT ar.post_payment(1, 'E1', 'P8', '2025-02-08', 500);
SELECT ar.propose(1, payment_number => 'P8') IS NOT NULL AS done \gset
SELECT results_eq($$SELECT settles FROM pg_temp.proposed(NULL, 'P8') WHERE rank = 1$$, $$VALUES ('application P7 -200, application INV-00951 700')$$, 'but taken off what another payment settles');

-- Learned accounts: a match teaches, what is undone is forgotten, and years halve it.
SELECT pg_temp.invoice('C1', 'INV-00901', 911), pg_temp.bank(30, 911, 'Anonymous Sender', 'INV-00901', 'DE77'),
       pg_temp.bank(31, 250.50, 'Anonymous Sender', NULL, 'DE77', NULL, '2025-02-09');
SELECT ar.propose(1) IS NOT NULL AS done \gset
SELECT is((SELECT method FROM pg_temp.proposed(31)), NULL, 'nobody knows the account');
SELECT pg_temp.first(30) AS taught \gset
SELECT ar.accept(1, :taught);
SET LOCAL ar.as_of = '2027-02-01';
SELECT results_eq($$SELECT account, customer_id, match_count, last_received_on, round(weight::numeric, 3), share FROM receivables.payer_account WHERE company_id = 1 AND account = 'DE77'$$,
    $$VALUES ('DE77', 11::bigint, 1::bigint, date '2025-02-01', 0.250, 1.0::float8)$$, 'two years later it counts for a quarter: 730 days of 365.25');
RESET ar.as_of;
SELECT ar.reject(1, pg_temp.first(6), 'so that the invoice is free');
SELECT ar.propose(1) IS NOT NULL AS done \gset
SELECT results_eq('SELECT method, customer, settles FROM pg_temp.proposed(31)', $$VALUES ('amount', 'C1', 'application INV-00102 250.5')$$, 'the account is learned');
SELECT ar.undo_match(1, :taught, '2025-02-20', 'was somebody else''s');
SELECT is((SELECT count(*) FROM receivables.payer_account WHERE account = 'DE77'), 0::bigint, 'what is undone is forgotten');
SELECT ar.propose(1, 31) IS NOT NULL AS done \gset
SELECT is((SELECT method FROM pg_temp.proposed(31)), NULL, 'and the account unknown again');

-- By hand, whatever is proposed.
SELECT lives_ok($$SELECT ar.apply_manual(1, bank_line_id => 31, customer_number => 'C1', lines => '[{"invoice_number": "INV-00102", "amount": 100}]')$$, 'applied by hand while something is proposed');
SELECT results_eq($$SELECT status, method FROM receivables.match_proposal WHERE bank_line_id = 31 AND status IN ('open', 'accepted')$$, $$VALUES ('accepted', 'manual')$$, 'which gives way');

-- The rules of a group of customers.
SELECT ar.add_standard_match_rules(1, 'CAREFUL', 'Nothing by amount') > 0 AS done \gset
DELETE FROM receivables.match_rule WHERE company_id = 1 AND match_rule_set = 'CAREFUL' AND method <> 'exact_number';
INSERT INTO receivables.customer_group (company_id, customer_group, name, match_rule_set) VALUES (1, 'CARE', 'Careful', 'CAREFUL');
UPDATE receivables.customer SET customer_group = 'CARE' WHERE company_id = 1 AND customer_id = 12;
SELECT ar.propose(1) IS NOT NULL AS done \gset
SELECT is((SELECT method FROM pg_temp.proposed(2)), NULL, 'the rules of the group count: not by amount');
-- Shared by customers: the parts together are the whole, money of known customers by customer, bank lines with the first.
SELECT ar.post_payment(1, c.customer_number, 'PART-' || c.customer_number, '2025-03-01', 70 + c.customer_id) > 0 AS posted FROM receivables.customer AS c WHERE c.company_id = 1 AND c.customer_id = 13 \gset
SELECT ar.post_payment(1, c.customer_number, 'PART-' || c.customer_number, '2025-03-01', 70 + c.customer_id) > 0 AS posted FROM receivables.customer AS c WHERE c.company_id = 1 AND c.customer_id = 14 \gset
SELECT is((SELECT p.receipts FROM ar.propose(1, part => 1, parts => 2) AS p) + (SELECT p.receipts FROM ar.propose(1, part => 2, parts => 2) AS p), (SELECT p.receipts FROM ar.propose(1) AS p), 'two parts are the whole');
SELECT results_eq('SELECT p.proposed, p.unchanged > 0 FROM ar.propose(1) AS p', 'VALUES (0::bigint, true)', 'and say the same');
SELECT is((SELECT count(DISTINCT d.document_number) FROM receivables.match_proposal AS p JOIN receivables.item AS i ON i.company_id = p.company_id AND i.item_id = p.credit_item_id
           JOIN receivables.document AS d ON d.company_id = i.company_id AND d.document_id = i.document_id WHERE d.document_number LIKE 'PART-%' AND p.status = 'open'), 2::bigint, 'of each payment');
SELECT array_agg(p.match_proposal_id ORDER BY p.match_proposal_id) AS standing FROM receivables.match_proposal AS p WHERE p.status = 'open' \gset
SELECT is((SELECT p.proposed FROM ar.propose(1, part => n, parts => 2) AS p), 0::bigint, format('part %s of 2 proposes nothing anew', n)) FROM generate_series(1, 2) AS n;
SELECT is((SELECT array_agg(p.match_proposal_id ORDER BY p.match_proposal_id) FROM receivables.match_proposal AS p WHERE p.status = 'open'), :'standing'::bigint[],
          'and what stands for the other part stays');
SELECT throws_ok(format('SELECT ar.%s(1, part => %s, parts => %s)', f, p, n), '22023', NULL, format('%s: no part %s of %s', f, p, n))
FROM (VALUES ('propose', '3', '2'), ('propose', '0', '1'), ('auto_apply', '2', '1'), ('auto_apply', 'NULL', '2')) AS v (f, p, n);
-- What terms grant: 2 % of 300 within 10 days; nothing by a term without discounts.
SELECT ar.set_payment_term(1, 'D10', '2 % in 10 days', '{"days": 30, "discounts": [{"days": 10, "percent": 2}]}') IS NOT NULL
   AND ar.set_payment_term(1, 'D30', '30 days', '{"days": 30}') IS NOT NULL AS made \gset
SELECT count(ar.post_invoice(1, 'C4', 'INV-0048' || n, '2025-04-01', NULL, amount, payment_term => term)) AS posted
FROM (VALUES (1, 300, 'D10'), (2, 411, 'D30')) AS v (n, amount, term) \gset
SELECT count(ar.post_payment(1, 'C4', 'LESS-' || n, '2025-04-09', amount, reference => 'INV-0048' || n)) AS posted
FROM (VALUES (1, 294), (2, 402.78)) AS v (n, amount) \gset
SELECT ar.propose(1, customer_number => 'C4') IS NOT NULL AS done \gset
SELECT results_eq($$SELECT p.method, p.score >= 0.9, p.settles FROM pg_temp.proposed(NULL, 'LESS-1') AS p WHERE p.rank = 1$$,
                  $$VALUES ('number_less_discount', true, 'application INV-00481 294, discount INV-00481 6')$$, 'a discount that the term grants');
SELECT ok(NOT EXISTS (SELECT FROM pg_temp.proposed(NULL, 'LESS-2') AS p WHERE p.rank = 1 AND p.score >= 0.9), 'nothing certain of a term that grants none');
-- Reasons of what was not paid: what is said of the line, else of the payment, else that of the rule, else the only one there is.
INSERT INTO receivables.reason_code (company_id, reason_code, name, purpose, pattern, account, assigned_to) VALUES
    (1, 'DAMAGED', 'Damaged goods', 'deduction', 'damaged|broken', '4711', 'Ann'), (1, 'PRICE', 'Price difference', 'deduction', 'price', NULL, NULL),
    (1, 'FEE', 'Bank charge', 'bank_fee', 'abroad', '6855', NULL), (1, 'LATE', 'Discount taken late', 'discount', NULL, NULL, NULL), (1, 'BONUS', 'Bonus', 'discount', 'bonus', NULL, NULL),
    (1, 'SMALL', 'Small difference', 'write_off', NULL, NULL, NULL), (2, 'SPOILED', 'Spoiled', 'deduction', 'damaged', NULL, NULL);
INSERT INTO receivables.customer (company_id, customer_id, customer_number, name, salesperson) VALUES (1, 51, 'F1', 'Fault Finder', 'Sam'), (1, 52, 'F2', 'Nobody Sells', NULL);
INSERT INTO receivables.customer_account (company_id, account, customer_id) VALUES (1, 'DE51', 51), (1, 'DE52', 52);
SELECT count(pg_temp.invoice('F1', 'INV-0099' || n, 100)) AS posted FROM generate_series(1, 7) AS n \gset
SELECT pg_temp.invoice('F2', 'INV-00998', 100) IS NOT NULL AS posted \gset
SELECT pg_temp.bank(51, 240, 'Fault Finder', 'our payment', 'DE51'), pg_temp.bank(53, 97, 'Fault Finder', 'INV-00995', 'DE51'), pg_temp.bank(54, 97, 'Fault Finder', 'INV-00996 less bonus', 'DE51'),
       pg_temp.bank(55, 80, 'Nobody Sells', 'broken in transit', 'DE52') \g /dev/null
INSERT INTO receivables.bank_line (company_id, bank_line_id, bank_statement_id, line_number, entry_number, entry_amount, booked_on, value_on, currency, amount, open_amount, charge_amount, payer_account, remittance_text)
VALUES (1, 52, 1, 52, 52, 98, '2025-02-01', '2025-02-01', 'EUR', 98, 98, 2, 'DE51', 'INV-00994');
SELECT ar.add_remittance(1, 51, '[{"reference": "INV-00991", "amount": 70, "note": "Damaged goods (-$30)"}, {"reference": "INV-00992", "amount": 80, "deduction_amount": 20, "note": "PRICE agreed"}, {"reference": "INV-00993", "amount": 90, "deduction_amount": 10, "note": "see letter"}]') AS advised \gset
SELECT ar.add_remittance(1, 55, '[{"reference": "INV-00998", "amount": 80, "deduction_amount": 20, "note": "see above"}]') AS advised \gset
CREATE FUNCTION pg_temp.differs(line bigint) RETURNS TABLE (settles text, reason_code text, note text) LANGUAGE sql AS $$
    SELECT concat_ws(' ', l.purpose, ar.item_document_number(1, l.item_id), trim_scale(l.amount)), l.reason_code, l.note
    FROM receivables.match_proposal_line AS l WHERE l.company_id = 1 AND l.match_proposal_id = pg_temp.first(line) AND l.purpose <> 'application' ORDER BY l.line_number$$;
SELECT ar.propose(1) IS NOT NULL AS done \gset
SELECT results_eq('SELECT * FROM pg_temp.differs(51)', $$VALUES ('deduction INV-00991 30', 'DAMAGED', 'Damaged goods (-$30)'), ('deduction INV-00992 20', 'PRICE', 'PRICE agreed'), ('deduction INV-00993 10', NULL, 'see letter')$$,
    'what is kept back has the reason its note tells, of this company, and the note');
SELECT results_eq('SELECT * FROM pg_temp.differs(52)', $$VALUES ('bank_fee INV-00994 2', 'FEE', NULL::text)$$, 'a fee of the bank the only reason there is for one');
SELECT results_eq('SELECT * FROM pg_temp.differs(53)', $$VALUES ('discount INV-00995 3', 'LATE', NULL::text)$$, 'a discount the only one that is not told by a text');
SELECT results_eq('SELECT * FROM pg_temp.differs(54)', $$VALUES ('discount INV-00996 3', 'BONUS', NULL::text)$$, 'or what the text of the payment tells');
SELECT results_eq('SELECT * FROM pg_temp.differs(55)', $$VALUES ('deduction INV-00998 20', 'DAMAGED', 'see above')$$, 'also of what an advice keeps back');
SELECT is((SELECT l.note FROM receivables.match_proposal_line AS l WHERE l.match_proposal_id = pg_temp.first(51) AND l.purpose = 'application' AND l.amount = 70), 'Damaged goods (-$30)', 'what is paid has the note, too');
SELECT results_eq('SELECT p.proposed FROM ar.propose(1) AS p', 'VALUES (0::bigint)', 'a second run proposes nothing new');
INSERT INTO receivables.reason_code (company_id, reason_code, name, purpose, pattern) VALUES (1, 'LETTER', 'By letter', 'deduction', 'letter');
SELECT results_eq('SELECT p.proposed FROM ar.propose(1) AS p', 'VALUES (1::bigint)', 'a reason that is new is found');
SELECT pg_temp.first(51) AS deducted, pg_temp.first(52) AS charged, pg_temp.first(55) AS unowned \gset
SELECT results_eq(format('SELECT * FROM ar.auto_apply(1, ARRAY[%s, %s, %s])', :deducted, :charged, :unowned), 'VALUES (3::bigint, 0::bigint)', 'settled automatically');
SELECT results_eq($$SELECT ar.item_document_number(1, k.source_item_id), k.reason_code, k.note, k.assigned_to FROM receivables.deduction AS k WHERE k.company_id = 1 ORDER BY 1$$,
    $$VALUES ('INV-00991', 'DAMAGED', 'Damaged goods (-$30)', 'Ann'), ('INV-00992', 'PRICE', 'PRICE agreed', 'Sam'), ('INV-00993', 'LETTER', 'see letter', 'Sam'), ('INV-00998', 'DAMAGED', 'see above', 'Ann')$$,
    'each is for whom the reason names to clear, else for the salesperson of the customer');
SELECT results_eq($$SELECT j.account, j.debit FROM receivables.journal_line AS j JOIN receivables.document AS d USING (company_id, document_id) WHERE d.reason_code = 'FEE' AND j.debit > 0$$, $$VALUES ('6855', 2.00)$$, 'the fee is posted to the account of its reason');
-- The reason of a rule: for what it is one for.
SELECT ar.add_standard_match_rules(1, 'REASONED', 'With reasons') > 0 AS done \gset
INSERT INTO receivables.reason_code (company_id, reason_code, name, purpose) VALUES (1, 'TRADE', 'Trade terms', 'deduction'), (1, 'OTHER', 'Something else', 'deduction'), (1, 'TINY', 'Tiny difference', 'write_off');
UPDATE receivables.match_rule SET reason_code = 'TRADE' WHERE company_id = 1 AND match_rule_set = 'REASONED' AND method = 'remittance_advice';
UPDATE receivables.match_rule SET shortfall = 'write_off', write_off_limit = 5, reason_code = 'TINY' WHERE company_id = 1 AND match_rule_set = 'REASONED' AND method = 'number_with_tolerance';
UPDATE receivables.customer SET match_rule_set = 'REASONED' WHERE company_id = 1 AND customer_id IN (51, 52);
SELECT count(pg_temp.invoice(c, n, 100)) AS posted FROM (VALUES ('F1', 'INV-00911'), ('F1', 'INV-00912'), ('F2', 'INV-00913'), ('F2', 'INV-00914')) AS v (c, n) \gset
SELECT pg_temp.bank(56, 168, 'Fault Finder', 'advice', 'DE51'), pg_temp.bank(57, 99.50, 'Nobody Sells', 'INV-00913', 'DE52'), pg_temp.bank(58, 60, 'Nobody Sells', 'advice', 'DE52') \g /dev/null
SELECT ar.add_remittance(1, 56, '[{"reference": "INV-00911", "amount": 70, "deduction_amount": 30}, {"reference": "INV-00912", "amount": 98}]') AS advised, ar.add_remittance(1, 58, '[{"reference": "INV-00914", "amount": 60, "deduction_amount": 40, "note": "broken"}]') AS advised_too \gset
SELECT ar.propose(1) IS NOT NULL AS done \gset
SELECT results_eq('SELECT * FROM pg_temp.differs(56)', $$VALUES ('deduction INV-00911 30', 'TRADE', NULL::text), ('discount INV-00912 2', 'LATE', NULL)$$, 'what is kept back has the reason of the rule, a discount that of its own');
SELECT results_eq('SELECT * FROM pg_temp.differs(57)', $$VALUES ('write_off INV-00913 0.5', 'TINY', NULL::text)$$, 'what is written off that of the rule');
SELECT results_eq('SELECT * FROM pg_temp.differs(58)', $$VALUES ('deduction INV-00914 40', 'DAMAGED', 'broken')$$, 'what the payer says comes before the rule');
UPDATE receivables.match_rule SET reason_code = NULL WHERE company_id = 1 AND match_rule_set = 'REASONED';
SELECT ar.propose(1) IS NOT NULL AS done \gset
SELECT results_eq('SELECT reason_code FROM pg_temp.differs(57)', 'VALUES (NULL::text)', 'of two nothing tells which');
SELECT ar.accept(1, pg_temp.first(56)) IS NOT NULL AS done \gset
SELECT is((SELECT k.assigned_to FROM receivables.deduction AS k WHERE ar.item_document_number(1, k.source_item_id) = 'INV-00911'), 'Sam', 'without a reason it is for the salesperson');
SELECT is((SELECT ar.apply_manual(1, bank_line_id => 58, customer_number => 'F2', lines => '[{"invoice_number": "INV-00914", "amount": 60}, {"invoice_number": "INV-00914", "amount": 40, "purpose": "deduction"}]') IS NOT NULL), true, 'by hand, without a reason');
SELECT is((SELECT k.assigned_to FROM receivables.deduction AS k WHERE ar.item_document_number(1, k.source_item_id) = 'INV-00914'), NULL, 'where nobody is known, for nobody');
-- A day of payments does not make it forget how invoices are numbered.
SELECT set_eq('SELECT unnest(ar.company_reference_patterns(2))', '{}'::text[], 'nothing is known of numbers at first');
SELECT ar.post_invoice(2, 'C1', 'NY-' || lpad(n::text, 6, '0'), '2025-01-10', '2025-02-10', 100) FROM generate_series(1, 5) AS n;
SELECT set_eq('SELECT unnest(ar.company_reference_patterns(2))', ARRAY['NY9{6}'], 'numbers are learned from invoices');
SELECT count(*) AS paid FROM ar.import_rows(2, 'payment', (SELECT jsonb_agg(jsonb_build_object('payment_number', 'PMT' || n, 'customer_number', 'C1',
    'payment_date', '2025-02-01', 'amount', '1')) FROM generate_series(1, 1100) AS n)) \gset
SELECT set_eq('SELECT unnest(ar.company_reference_patterns(2))', ARRAY['NY9{6}'], 'and known after eleven hundred payments, from what is open');
SELECT ar.post_invoice(2, 'C1', 'ZK-000001', '2025-02-02', '2025-03-02', 100) > 0 AS posted \gset
SELECT set_eq('SELECT unnest(ar.company_reference_patterns(2))', ARRAY['NY9{6}', 'ZK9{6}'], 'what a session found of numbers is found anew after another document');
SELECT ok(ar.company_reference_patterns(1) <> ar.company_reference_patterns(2), 'for each company');
SELECT is((SELECT count(*) FROM ar.check_ledger()), 0::bigint, 'the books are whole');
SELECT * FROM finish();
ROLLBACK;
