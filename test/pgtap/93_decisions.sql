-- Proposals that are accepted, rejected, made by hand, undone and applied automatically.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
SELECT ar.create_company('EU', 'Europe', 'EUR') AS eu \gset
SELECT set_config('test.eu', :'eu', true) = :'eu' AS eu_set \gset
CREATE FUNCTION pg_temp.eu() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT current_setting('test.eu')::bigint$$;
INSERT INTO receivables.customer (company_id, customer_number, name) VALUES (:eu, 'C1', 'First'), (:eu, 'C2', 'Second'), (:eu, 'C3', 'Third');
INSERT INTO receivables.reason_code (company_id, reason_code, name, purpose, account, assigned_to) VALUES
    (:eu, 'DAMAGED', 'Damaged goods', 'deduction', '4711', 'Ann'), (:eu, 'FEE', 'Bank charge', 'bank_fee', '6855', NULL), (:eu, 'LATE', 'Discount taken late', 'discount', NULL, NULL), (:eu, 'SMALL', 'Small difference', 'write_off', '6300', NULL);
INSERT INTO receivables.bank_account (company_id, account, currency) VALUES (:eu, 'A1', 'EUR'), (:eu, 'A2', 'USD');
INSERT INTO receivables.bank_statement (company_id, bank_statement_id, format, account, statement_number, currency, content_hash) VALUES (:eu, 1, 'csv', 'A1', '1', 'EUR', 'x'), (:eu, 2, 'csv', 'A2', '1', 'USD', 'y');
CREATE FUNCTION pg_temp.bank_line(id bigint, on_date date, amount numeric, written text DEFAULT NULL, statement bigint DEFAULT 1) RETURNS void LANGUAGE sql AS $$
    INSERT INTO receivables.bank_line (company_id, bank_line_id, bank_statement_id, line_number, entry_number, entry_amount, booked_on, value_on, currency, amount, open_amount, remittance_text)
    VALUES (pg_temp.eu(), id, statement, id, id, amount, on_date, on_date + 1, CASE statement WHEN 1 THEN 'EUR' ELSE 'USD' END, amount, amount, written)
$$;
CREATE FUNCTION pg_temp.item(number text, nth integer DEFAULT 1) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT i.item_id FROM receivables.document AS d JOIN receivables.item AS i USING (company_id, document_id) WHERE d.company_id = pg_temp.eu() AND d.document_number = number AND i.instalment = nth
$$;
CREATE FUNCTION pg_temp.customer(number text) RETURNS bigint LANGUAGE sql STABLE AS $$SELECT c.customer_id FROM receivables.customer AS c WHERE c.company_id = pg_temp.eu() AND c.customer_number = number$$;
-- lines: of each [purpose, number of the document, amount, reason code, note]
CREATE FUNCTION pg_temp.propose(id bigint, line bigint, payment text, customer text, amount numeric, lines jsonb, rank integer DEFAULT 1, score numeric DEFAULT 0.98, margin numeric DEFAULT 0.5, ambiguous boolean DEFAULT false) RETURNS bigint LANGUAGE sql AS $$
    INSERT INTO receivables.match_proposal (company_id, match_proposal_id, bank_line_id, credit_item_id, customer_id, rank, method, score, margin, is_ambiguous, amount, remainder, reasons, content_hash)
    VALUES (pg_temp.eu(), id, line, pg_temp.item(payment), pg_temp.customer(customer), rank, 'exact_number', score, margin, ambiguous, amount, 0, 'Test', id::text);
    INSERT INTO receivables.match_proposal_line (company_id, match_proposal_id, line_number, purpose, item_id, amount, reason_code, note)
    SELECT pg_temp.eu(), id, n, l ->> 0, pg_temp.item(l ->> 1), (l ->> 2)::numeric, l ->> 3, l ->> 4 FROM jsonb_array_elements(lines) WITH ORDINALITY AS x (l, n);
    SELECT id
$$;
CREATE FUNCTION pg_temp.open(VARIADIC numbers text[]) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT string_agg(concat_ws(' ', d.document_number, trim_scale(i.open_amount)), ', ' ORDER BY n, i.instalment) FROM unnest(numbers) WITH ORDINALITY AS x (number, n) JOIN receivables.document AS d ON d.company_id = pg_temp.eu() AND d.document_number = x.number JOIN receivables.item AS i USING (company_id, document_id)
$$;
CREATE FUNCTION pg_temp.applied(proposal bigint) RETURNS TABLE (debit text, credit text, amount numeric, effective_on date) LANGUAGE sql VOLATILE AS $$
    SELECT dd.document_number, cd.document_number, a.amount, a.effective_on FROM receivables.application AS a
    JOIN receivables.item AS d ON d.company_id = a.company_id AND d.item_id = a.debit_item_id JOIN receivables.document AS dd ON dd.company_id = d.company_id AND dd.document_id = d.document_id
    JOIN receivables.item AS c ON c.company_id = a.company_id AND c.item_id = a.credit_item_id JOIN receivables.document AS cd ON cd.company_id = c.company_id AND cd.document_id = c.document_id
    WHERE a.company_id = pg_temp.eu() AND a.match_proposal_id = proposal ORDER BY a.application_id
$$;
CREATE FUNCTION pg_temp.status(VARIADIC ids bigint[]) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT string_agg(p.status, ', ' ORDER BY p.match_proposal_id) FROM receivables.match_proposal AS p WHERE p.company_id = pg_temp.eu() AND p.match_proposal_id = ANY (ids)
$$;
CREATE FUNCTION pg_temp.number(document bigint) RETURNS text LANGUAGE sql VOLATILE AS $$SELECT d.document_number FROM receivables.document AS d WHERE d.company_id = pg_temp.eu() AND d.document_id = document$$;
-- What the customer owed on a date, not due and past due.
CREATE FUNCTION pg_temp.aged(customer text, as_of date) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT concat_ws(' / ', trim_scale(coalesce(sum(i.open_company_amount) FILTER (WHERE i.due_on >= as_of), 0)), trim_scale(coalesce(sum(i.open_company_amount) FILTER (WHERE i.due_on < as_of), 0)))
    FROM ar.open_items(as_of) AS i WHERE i.customer_id = pg_temp.customer(customer)
$$;
CREATE FUNCTION pg_temp.sound(name text) RETURNS text LANGUAGE sql AS $$SELECT is_empty('SELECT * FROM ar.check_ledger()', name)$$;

SELECT ar.post_invoice(:eu, 'C1', 'I1', '2025-01-10', '2025-02-10', 100), ar.post_invoice(:eu, 'C1', 'I2', '2025-01-15', '2025-03-15', 200), ar.post_credit_note(:eu, 'C1', 'N1', '2025-01-20', 30) \gset posted_

-- Proposals are numbered here.
SELECT setval(pg_get_serial_sequence('receivables.match_proposal', 'match_proposal_id'), 1000) \gset

-- A bank line that settles one invoice less a fee, another less a deduction, with a credit note, and leaves money over:
-- 250 + 30 of the credit note = 98 + 170 + 12.
SELECT pg_temp.bank_line(1, '2025-02-20', 250, 'I1 I2') \gset
SELECT pg_temp.propose(1, 1, NULL, 'C1', 250, '[["application", "I1", 98], ["bank_fee", "I1", 2, "FEE"], ["application", "I2", 170], ["deduction", "I2", 30, "DAMAGED", "one box broken"], ["application", "N1", -30], ["unapplied", null, 12]]') \gset
SELECT pg_temp.propose(2, 1, NULL, 'C2', 250, '[["unapplied", null, 250]]', 2) \gset
SELECT is(pg_temp.aged('C1', '2025-02-20'), '200 / 70', 'before: 200 not due, 100 past due less the credit note');
SELECT is(pg_temp.number(ar.accept(:eu, 1)), 'BL-1', 'accepted: the payment of the bank line');
SELECT is(pg_temp.status(1, 2), 'accepted, superseded', 'what competed with it is superseded');
SELECT is((SELECT concat_ws(' ', p.decided_by = session_user, p.decided_at IS NOT NULL, p.undone_at IS NULL) FROM receivables.match_proposal AS p WHERE p.match_proposal_id = 1), 't t t', 'who decided and when');
SELECT results_eq('SELECT * FROM pg_temp.applied(1)', $$VALUES ('I1', 'MATCH-1-2', 2.00, date '2025-02-20'), ('I2', 'MATCH-1-4', 30.00, '2025-02-20'),
    ('I1', 'N1', 30.00, '2025-02-20'), ('I1', 'BL-1', 68.00, '2025-02-20'), ('I2', 'BL-1', 170.00, '2025-02-20')$$, 'what settles what, from the day the bank booked it');
SELECT results_eq($$SELECT d.document_number, d.kind, d.document_date, d.amount, d.reason, d.reason_code, d.reference FROM receivables.document AS d WHERE d.match_proposal_id = 1 ORDER BY d.document_id$$,
    $$VALUES ('BL-1', 'payment', date '2025-02-20', 250.00, NULL, NULL, 'I1 I2'), ('MATCH-1-2', 'adjustment', '2025-02-20', -2.00, 'Bank charge', 'FEE', NULL), ('MATCH-1-4', 'adjustment', '2025-02-20', -30.00, 'one box broken', 'DAMAGED', NULL),
             ('DEDUCTION-1-4', 'adjustment', '2025-02-20', 30.00, 'one box broken', 'DAMAGED', NULL)$$, 'what was posted');
SELECT is(pg_temp.open('I1', 'I2', 'N1', 'BL-1', 'DEDUCTION-1-4'), 'I1 0, I2 0, N1 0, BL-1 -12, DEDUCTION-1-4 30', 'what is open');
SELECT is((SELECT b.open_amount FROM receivables.bank_line AS b WHERE b.bank_line_id = 1), 0::numeric, 'all of the bank line is posted');
SELECT results_eq('SELECT d.item_id, d.source_item_id, d.match_proposal_id, d.reason_code, d.note, d.assigned_to, i.due_on FROM receivables.deduction AS d JOIN receivables.item AS i USING (company_id, item_id)',
    $$SELECT pg_temp.item('DEDUCTION-1-4'), pg_temp.item('I2'), 1::bigint, 'DAMAGED', 'one box broken', 'Ann', date '2025-03-15'$$, 'a deduction of its own, due as the invoice, for Ann to clear');
SELECT is(pg_temp.aged('C1', '2025-02-19'), '200 / 70', 'the day before it is as it was');
SELECT is(pg_temp.aged('C1', '2025-02-20'), '18 / 0', 'and from then on the deduction less what is over');
SELECT is(pg_temp.aged('C1', '2025-03-16'), '0 / 18', 'which is due when the invoice was');
SELECT results_eq($$SELECT j.document_number, j.account, j.account_name, j.debit, j.credit FROM receivables.journal_line AS j WHERE j.kind IN ('payment', 'adjustment') ORDER BY j.document_id, j.line$$,
    $$VALUES ('BL-1', 'receivable', NULL, 0.00, 250.00), ('BL-1', 'cash', NULL, 250.00, 0.00), ('MATCH-1-2', 'receivable', NULL, 0.00, 2.00), ('MATCH-1-2', '6855', 'Bank charge', 2.00, 0.00),
             ('MATCH-1-4', 'receivable', NULL, 0.00, 30.00), ('MATCH-1-4', '4711', 'Damaged goods', 30.00, 0.00), ('DEDUCTION-1-4', 'receivable', NULL, 30.00, 0.00), ('DEDUCTION-1-4', '4711', 'Damaged goods', 0.00, 30.00)$$,
    'the journal: the fee and the deduction on the accounts of their reasons');
SELECT pg_temp.sound('sound after it was accepted');

-- A deduction is given to somebody else; what it is stays
UPDATE receivables.deduction SET assigned_to = 'Bob';
SELECT results_eq($$SELECT h.column_name, h.old_value, h.new_value FROM receivables.change_history AS h WHERE h.table_name = 'deduction' AND h.operation = 'update'$$, $$VALUES ('assigned_to', '"Ann"'::jsonb, '"Bob"'::jsonb)$$, 'which is logged');
SELECT throws_ok(command, '23001', NULL, command) FROM unnest(ARRAY['UPDATE receivables.deduction SET source_item_id = item_id', $$UPDATE receivables.deduction SET note = 'x'$$, 'DELETE FROM receivables.deduction',
    'UPDATE receivables.match_proposal SET score = 0.1', 'UPDATE receivables.match_proposal SET amount = 1', 'DELETE FROM receivables.match_proposal', 'UPDATE receivables.match_proposal_line SET amount = 1', 'DELETE FROM receivables.match_proposal_line']) AS command;

-- Nothing is proposed of what is not there, or is another company's
SELECT ar.create_company('ELSE', 'Elsewhere', 'EUR') AS other \gset
SELECT throws_ok(format('INSERT INTO receivables.match_proposal (company_id, match_proposal_id, %s, rank, score, amount, remainder, reasons, content_hash) VALUES (%s, 900, %s, 1, 1, 1, 0, ''x'', ''x'')', n.col, n.company, n.id),
                 '23503', format('%s %s does not exist in company %s', n.tab, n.id, n.company), format('%s %s of company %s', n.tab, n.id, n.company))
FROM (VALUES ('bank_line_id', 'bank_line', pg_temp.eu(), -1::bigint), ('credit_item_id', 'item', pg_temp.eu(), -1), ('bank_line_id', 'bank_line', :other, 1),
             ('credit_item_id', 'item', :other, (SELECT min(i.item_id) FROM receivables.item AS i WHERE i.company_id = pg_temp.eu()))) AS n (col, tab, company, id);
SELECT throws_ok(format('INSERT INTO receivables.match_proposal_line (company_id, match_proposal_id, line_number, purpose, item_id, amount) VALUES (pg_temp.eu(), %s, 99, ''application'', %s, 1)', n.proposal, n.id),
                 '23503', format('%s does not exist in company %s', n.missing, pg_temp.eu()), n.missing)
FROM (VALUES (1::bigint, -1::bigint, 'item -1'), (-1, pg_temp.item('I1'), 'match_proposal -1')) AS n (proposal, id, missing);
SELECT lives_ok('WITH p AS (INSERT INTO receivables.match_proposal (company_id, bank_line_id, rank, score, amount, remainder, reasons, content_hash)
                            VALUES (pg_temp.eu(), 1, 50, 1, 1, 0, ''x'', ''x'') RETURNING company_id, match_proposal_id)
                 INSERT INTO receivables.match_proposal_line (company_id, match_proposal_id, line_number, purpose, item_id, amount)
                 SELECT p.company_id, p.match_proposal_id, 1, ''unapplied'', NULL, 1 FROM p', 'a proposal and its lines in one command');
PREPARE of_customer (bigint) AS INSERT INTO receivables.match_proposal (company_id, bank_line_id, customer_id, rank, score, amount, remainder, reasons, content_hash)
    VALUES (pg_temp.eu(), 1, $1, 51, 1, 1, 0, 'x', 'x');
SELECT throws_ok('EXECUTE of_customer (-1)', '23503', format('customer -1 does not exist in company %s', pg_temp.eu()), 'a customer that is not there');
SAVEPOINT customer;
INSERT INTO receivables.customer (company_id, customer_id, customer_number, name) VALUES (pg_temp.eu(), 990001, 'C990001', 'Asked by none');
SELECT lives_ok('EXECUTE of_customer (990001)', 'a customer without a document');
SELECT throws_ok('DELETE FROM receivables.customer WHERE customer_id = 990001', '23503', NULL, 'who is proposed for a bank line stays');
ROLLBACK TO customer;

-- Undone from a later day on
SELECT throws_ok('SELECT ar.undo_match(pg_temp.eu(), 1, NULL, ''x'')', '23502', NULL, 'not without a date');
SELECT throws_ok('SELECT ar.undo_match(pg_temp.eu(), 1, ''2025-03-01'', '' '')', '23514', 'a reversal needs a reason', 'nor without a reason');
SELECT throws_ok('SELECT ar.undo_match(pg_temp.eu(), 1, ''2025-02-19'', ''x'')', '23514', NULL, 'nor before it counts');
SELECT throws_ok('SELECT ar.undo_match(pg_temp.eu(), 2, ''2025-03-01'', ''x'')', '55000', 'proposal 2 cannot be undone: it is superseded', 'what settled nothing');
SELECT throws_ok('SELECT ar.undo_match(pg_temp.eu(), 99, ''2025-03-01'', ''x'')', 'P0002', 'there is no proposal 99', 'what is not there');
SELECT ar.post_payment(:eu, 'C1', 'P1', '2025-02-25', 30, '[{"debit_kind": "adjustment", "debit_number": "DEDUCTION-1-4", "amount": 30}]') \gset
SELECT throws_ok('SELECT ar.undo_match(pg_temp.eu(), 1, ''2025-03-01'', ''x'')', '55000', 'proposal 1 cannot be undone: adjustment DEDUCTION-1-4 was applied to payment P1 meanwhile', 'a deduction that was paid meanwhile stays');
SELECT ar.reverse_document(:eu, (SELECT d.document_id FROM receivables.document AS d WHERE d.document_number = 'P1'), '2025-02-26', 'bounced') \gset
SELECT lives_ok('SELECT ar.undo_match(pg_temp.eu(), 1, ''2025-03-01'', ''other customer'')', 'undone in one call');
SELECT is(pg_temp.open('I1', 'I2', 'N1', 'BL-1', 'MATCH-1-2', 'MATCH-1-4', 'DEDUCTION-1-4'), 'I1 100, I2 200, N1 -30, BL-1 0, MATCH-1-2 0, MATCH-1-4 0, DEDUCTION-1-4 0', 'all is open again');
SELECT is((SELECT b.open_amount FROM receivables.bank_line AS b WHERE b.bank_line_id = 1), 250::numeric, 'the bank line too');
SELECT is(pg_temp.aged('C1', '2025-02-28'), '30 / -12', 'before that day it is as it was');
SELECT is(pg_temp.aged('C1', '2025-03-01'), '200 / 70', 'from then on as if it had not been');
SELECT results_eq('SELECT j.account, sum(j.debit - j.credit) FROM receivables.journal_line AS j WHERE j.kind IN (''payment'', ''adjustment'') GROUP BY 1 ORDER BY 1', $$VALUES ('4711', 0.00), ('6855', 0.00), ('cash', 0.00), ('receivable', 0.00)$$, 'and nothing is left on any account');
SELECT is((SELECT concat_ws(' ', p.status, p.decision_reason, p.undone_by = session_user) FROM receivables.match_proposal AS p WHERE p.match_proposal_id = 1), 'undone other customer t', 'the proposal says so');
SELECT throws_ok('SELECT ar.undo_match(pg_temp.eu(), 1, ''2025-03-01'', ''x'')', '55000', 'proposal 1 cannot be undone: it is undone', 'once');
SELECT throws_ok('SELECT ar.accept(pg_temp.eu(), 1)', '55000', 'proposal 1 cannot be accepted: it is undone already', 'and stays decided');
SELECT pg_temp.sound('sound after it was undone');

-- The same bank line again, of two customers: a parent pays for its subsidiary
SELECT ar.post_invoice(:eu, 'C2', 'J1', '2025-02-01', '2025-03-01', 150) \gset
SELECT is(pg_temp.number(ar.apply_manual(:eu, bank_line_id => 1, customer_number => 'C1', lines => '[{"invoice_number": "I1", "amount": 100}]', reason => 'by phone')), 'BL-1-2', 'a second payment of the line');
SELECT is((SELECT b.open_amount FROM receivables.bank_line AS b WHERE b.bank_line_id = 1), 150::numeric, 'leaves the rest open');
SELECT throws_ok($$SELECT ar.apply_manual(pg_temp.eu(), bank_line_id => 1, customer_number => 'C2', lines => '[{"invoice_number": "J1", "amount": 150}, {"purpose": "unapplied", "amount": 1}]')$$, '55000',
    NULL, 'more than that is refused');
SELECT is(pg_temp.number(ar.apply_manual(:eu, bank_line_id => 1, customer_number => 'C2', lines => '[{"invoice_number": "J1", "amount": 150}]')), 'BL-1-3', 'and goes to another customer');
SELECT is(pg_temp.open('I1', 'J1', 'BL-1-2', 'BL-1-3'), 'I1 0, J1 0, BL-1-2 0, BL-1-3 0', 'both are settled');
SELECT results_eq($$SELECT p.method, p.score, p.status, p.amount, p.reasons FROM receivables.match_proposal AS p WHERE p.method = 'manual' ORDER BY p.match_proposal_id$$, $$VALUES ('manual', 1::numeric, 'accepted', 100::numeric, 'by phone'), ('manual', 1, 'accepted', 150, 'By hand.')$$, 'by proposals of their own');
SELECT throws_ok(format('SELECT ar.apply_manual(pg_temp.eu(), %s)', arguments), sqlstate, message, arguments)
FROM (VALUES ($$lines => '[]'$$, '22023', NULL), ($$bank_line_id => 1, payment_number => 'P', lines => '[]'$$, '22023', NULL), ($$bank_line_id => 99, customer_number => 'C1'$$, '23503', 'bank line 99 does not exist'),
             ($$bank_line_id => 1, customer_number => 'CX'$$, '23503', 'customer CX does not exist'), ($$payment_number => 'PX'$$, '23503', 'payment PX does not exist'),
             ($$bank_line_id => 1, customer_number => 'C1', lines => '[{"invoice_number": "IX", "amount": 1}]'$$, '23503', 'line 1: invoice IX does not exist'),
             ($$bank_line_id => 1, customer_number => 'C1', lines => '[{"invoice_number": "I2", "amount": -1}]'$$, '23514', 'line 1: amount -1 is not positive'),
             ($$bank_line_id => 1, customer_number => 'C1', lines => '[{"invoice": "I2", "amount": 1}]'$$, '22023', NULL), ($$bank_line_id => 1, customer_number => 'C1', lines => '[{"invoice_number": "I2", "amount": 1, "purpose": "gift"}]'$$, '23514', NULL)) AS v (arguments, sqlstate, message);
SELECT pg_temp.sound('sound after two customers');

-- A payment that is there: discount and write-off, and what does not fit any more
SELECT ar.post_payment(:eu, 'C1', 'P2', '2025-03-05', 195), ar.post_invoice(:eu, 'C1', 'I3', '2025-02-01', '2025-03-01', 50) \gset q_
SELECT pg_temp.propose(10, NULL, 'P2', 'C1', 195, '[["application", "I2", 195], ["discount", "I2", 4, "LATE"], ["write_off", "I2", 1, "SMALL"]]') \gset
SELECT pg_temp.propose(11, NULL, 'P2', 'C1', 195, '[["application", "I3", 50], ["unapplied", null, 145]]', 2) \gset
SELECT pg_temp.propose(12, NULL, 'P2', 'C1', 195, '[["application", "I2", 190]]', 3) \gset
SELECT pg_temp.propose(13, NULL, 'P2', 'C1', 195, '[["application", "J1", 195]]', 4) \gset
SELECT pg_temp.propose(14, NULL, 'P2', NULL, 195, '[["application", "I2", 195]]', 5) \gset
SELECT pg_temp.propose(15, NULL, 'P2', 'C1', 195, '[["application", "I3", 195]]', 6) \gset
SELECT pg_temp.propose(16, NULL, 'P2', 'C1', 195, '[["application", "N1", 195]]', 7) \gset
SELECT pg_temp.propose(17, NULL, 'P2', 'C1', 195, '[["application", "I2", 195], ["discount", "N1", 1]]', 8) \gset
SELECT pg_temp.propose(18, NULL, 'P2', 'C2', 195, '[["unapplied", null, 195]]', 9) \gset
SELECT pg_temp.propose(19, NULL, 'P2', 'C1', 195, '[["application", "I2", 194.995], ["unapplied", null, 0.005]]', 10) \gset
SELECT throws_ok(format('SELECT ar.accept(pg_temp.eu(), %s)', id), sqlstate, format('proposal %s cannot be accepted: %s', id, fault), fault)
FROM (VALUES (12, '23514', 'its lines do not add up to its amount'), (13, '23514', 'J1 is of another customer'), (14, '23514', 'nothing says which customer it is from'), (15, '55000', 'I3 has only 50.00 open now'),
             (16, '23514', 'N1 is on the other side of the account'), (17, '23514', 'N1 is on the other side of the account'), (18, '23514', 'the payment is of another customer'),
             (19, '23514', 'what it settles of I2 has too many decimals')) AS v (id, sqlstate, fault);
SELECT throws_like(format('SELECT ar.apply_manual(pg_temp.eu(), payment_number => ''P2'', lines => ''[{"invoice_number": "I2", "amount": 190}, {"invoice_number": "I2", "amount": 5, "purpose": "%s", "reason_code": "%s"}]'')', purpose, reason), '% cannot be accepted: ' || fault, fault)
FROM (VALUES ('bank_fee', 'DAMAGED', 'DAMAGED is a reason for a deduction, and line 2 is a bank fee'), ('discount', 'SMALL', 'SMALL is a reason for a write-off, and line 2 is a discount'), ('write_off', 'FEE', 'FEE is a reason for a bank fee, and line 2 is a write-off'),
             ('application', 'LATE', 'LATE is a reason for a discount, and line 2 is an application')) AS v (purpose, reason, fault);
SELECT throws_ok(format('SELECT ar.apply_manual(pg_temp.eu(), payment_number => ''P2'', lines => ''[{"invoice_number": "I2", "amount": 190}, {"invoice_number": "I2", "amount": 5, "purpose": "discount", "reason_code": "%s"}]'')', reason), sqlstate, NULL, reason)
FROM (VALUES ('DAMAGED', '23514'), ('NONE', '23503')) AS v (reason, sqlstate);
SELECT throws_ok('SELECT ar.accept(pg_temp.eu(), 99)', 'P0002', 'there is no proposal 99', 'no such proposal');
SELECT throws_ok('SELECT ar.accept(-1, 10)', '23503', 'company -1 does not exist', 'no such company');
SELECT lives_ok('SELECT ar.reject(pg_temp.eu(), 14, ''wrong'')', 'rejected');
SELECT throws_ok('SELECT ar.reject(pg_temp.eu(), 14)', '55000', 'proposal 14 cannot be rejected: it is rejected already', 'once');
SELECT throws_ok('SELECT ar.accept(pg_temp.eu(), 14)', '55000', 'proposal 14 cannot be accepted: it is rejected already', 'and is not accepted then');
SELECT is((SELECT p.decision_reason FROM receivables.match_proposal AS p WHERE p.match_proposal_id = 14), 'wrong', 'the reason is kept');
-- The wrong ones lied about their lines on purpose: their rows are no sound books.
SELECT is((SELECT string_agg(c.object, ', ' ORDER BY c.object) FROM ar.check_ledger() AS c), 'proposal 12', 'lines that do not add up are found');
SELECT is(pg_temp.number(ar.accept(:eu, 10, reason => 'agreed')), 'P2', 'accepted: the payment that was there');
SELECT results_eq('SELECT * FROM pg_temp.applied(10)', $$VALUES ('I2', 'MATCH-10-2', 4.00, date '2025-03-05'), ('I2', 'MATCH-10-3', 1.00, '2025-03-05'), ('I2', 'P2', 195.00, '2025-03-05')$$, 'with a discount and a write-off');
SELECT results_eq($$SELECT d.document_number, d.kind, d.amount, d.reason FROM receivables.document AS d WHERE d.match_proposal_id = 10 ORDER BY 1$$, $$VALUES ('MATCH-10-2', 'adjustment', -4.00, 'Discount taken late'), ('MATCH-10-3', 'write_off', 1.00, 'Small difference')$$, 'with their reasons');
SELECT results_eq($$SELECT j.account, j.debit FROM receivables.journal_line AS j WHERE j.document_number IN ('MATCH-10-2', 'MATCH-10-3') AND j.debit > 0 ORDER BY j.document_id$$, $$VALUES ('adjustment', 4.00), ('6300', 1.00)$$, 'a reason without an account goes where its kind goes');
SELECT is(pg_temp.status(10, 11, 12, 14), 'accepted, superseded, superseded, rejected', 'what is decided stays decided');
SELECT lives_ok('SELECT ar.undo_match(pg_temp.eu(), 10, ''2025-03-06'', ''no'')', 'undone');
SELECT is(pg_temp.open('I2', 'P2'), 'I2 200, P2 -195', 'the payment is unapplied again');

-- The status goes one way only
SELECT throws_ok(format('UPDATE receivables.match_proposal SET status = %L WHERE match_proposal_id = %s', status, id), '23514', NULL, format('%s from %s', status, pg_temp.status(id)))
FROM (VALUES (10, 'open'), (10, 'accepted'), (11, 'open'), (11, 'undone'), (14, 'accepted'), (10, 'lost')) AS v (id, status);
SELECT throws_ok($$INSERT INTO receivables.match_proposal (company_id, bank_line_id, rank, score, amount, remainder, reasons, content_hash, status) VALUES (pg_temp.eu(), 1, 1, 1, 1, 1, 'x', 'x', 'accepted')$$, '23514', NULL, 'a proposal is entered open');

-- Money paid back: 40 of a credit note and of what was paid too much
SELECT ar.post_credit_note(:eu, 'C3', 'N3', '2025-03-01', 25), ar.post_payment(:eu, 'C3', 'P3', '2025-03-02', 15) \gset q_
SELECT pg_temp.bank_line(2, '2025-03-10', -40, 'back') \gset
SELECT is(pg_temp.number(ar.apply_manual(:eu, bank_line_id => 2, customer_number => 'C3', lines => '[{"kind": "credit_note", "number": "N3", "amount": 25}, {"kind": "payment", "number": "P3", "amount": 15}]')), 'BL-2', 'a refund');
SELECT results_eq($$SELECT d.kind, d.amount FROM receivables.document AS d WHERE d.document_number = 'BL-2'$$, $$VALUES ('refund', 40.00)$$, 'of the whole');
SELECT is(pg_temp.open('N3', 'P3', 'BL-2'), 'N3 0, P3 0, BL-2 0', 'settles what is owed to the customer');
SELECT is((SELECT b.open_amount FROM receivables.bank_line AS b WHERE b.bank_line_id = 2), 0::numeric, 'and is all of the bank line');

-- A bank line on account, and without lines
SELECT pg_temp.bank_line(3, '2025-03-11', 70) \gset
SELECT is(pg_temp.number(ar.post_bank_line(:eu, 3, 'C3', 20, 'unapplied')), 'BL-3', 'part of it unapplied');
SELECT is(pg_temp.number(ar.post_bank_line(:eu, 3, 'C3')), 'BL-3-2', 'the rest on account');
SELECT is(pg_temp.open('BL-3', 'BL-3-2'), 'BL-3 -20, BL-3-2 -50', 'as payments');
SELECT throws_ok('SELECT ar.post_bank_line(pg_temp.eu(), 3, ''C3'')', '55000', 'bank line 3 is posted already', 'once');
SELECT throws_ok('SELECT ar.post_bank_line(pg_temp.eu(), 1, ''C3'', 0)', '55000', NULL, 'not what is posted');
SELECT pg_temp.bank_line(4, '2025-03-12', 5) \gset
SELECT pg_temp.propose(20, 4, NULL, 'C3', 5, '[]') \gset
SELECT is(pg_temp.number(ar.accept(:eu, 20)), 'BL-4', 'a proposal that found a customer and nothing else');

-- Closed periods: booked in one, it counts from the first open day; a date in one is refused
SELECT ar.post_invoice(:eu, 'C3', 'K1', '2025-03-01', '2025-03-31', 60) \gset
SELECT ar.close_period(:eu, '2025-03-31') \gset
SELECT pg_temp.bank_line(5, '2025-03-30', 60, 'K1') \gset
SELECT pg_temp.propose(21, 5, NULL, 'C3', 60, '[["application", "K1", 60]]') \gset
SET LOCAL ar.closed_period_reason = '';
SELECT throws_ok('SELECT ar.accept(pg_temp.eu(), 21, ''2025-03-30'')', '55000', NULL, 'a date in a closed period');
SELECT is(pg_temp.number(ar.accept(:eu, 21)), 'BL-5', 'without a date');
SELECT results_eq('SELECT * FROM pg_temp.applied(21)', $$VALUES ('K1', 'BL-5', 60.00, date '2025-04-01')$$, 'it counts from the first open day');
SELECT throws_ok('SELECT ar.undo_match(pg_temp.eu(), 21, ''2025-03-31'', ''x'')', '55000', NULL, 'nor is it undone in one');

-- Numbers of a series, for all kinds that are posted
SELECT ar.set_number_series(:eu, 'pay', 'payment', 'PAY{number:3}'), ar.set_number_series(:eu, 'adj', 'adjustment', 'ADJ{number}') \gset s_
SELECT ar.post_invoice(:eu, 'C3', 'K2', '2025-04-01', '2025-04-30', 60) \gset
SELECT pg_temp.bank_line(6, '2025-04-05', 55) \gset
SELECT is(pg_temp.number(ar.apply_manual(:eu, bank_line_id => 6, customer_number => 'C3', lines => '[{"invoice_number": "K2", "amount": 55}, {"invoice_number": "K2", "amount": 2, "purpose": "bank_fee"}, {"invoice_number": "K2", "amount": 3, "purpose": "deduction"}]')), 'PAY001', 'the next number');
SELECT results_eq($$SELECT d.document_number, d.amount, d.reason FROM receivables.document AS d WHERE d.series = 'adj' ORDER BY 1$$, $$VALUES ('ADJ1', -2.00, 'Bank Fee'), ('ADJ2', -3.00, 'Deduction'), ('ADJ3', 3.00, 'Deduction')$$, 'of each kind');
SELECT is((SELECT string_agg(c.object, ', ' ORDER BY c.object) FROM ar.check_ledger() AS c), 'proposal 12', 'and nothing else is broken');

-- In another currency, at another rate than the invoice
SELECT ar.add_exchange_rate('USD', 'EUR', '2025-04-01', 0.9, 'ECB'), ar.add_exchange_rate('USD', 'EUR', '2025-04-10', 0.8, 'ECB') \gset r_
SELECT ar.post_invoice(:eu, 'C3', 'U1', '2025-04-01', '2025-04-30', 100, currency => 'USD') \gset
SELECT pg_temp.bank_line(7, '2025-04-10', 95, 'U1', 2) \gset
SELECT pg_temp.propose(30, 7, NULL, 'C3', 95, '[["application", "U1", 95], ["deduction", "U1", 5]]') \gset
SELECT pg_temp.propose(31, 7, NULL, 'C3', 95, '[["application", "I2", 95]]', 2) \gset
SELECT throws_ok('SELECT ar.accept(pg_temp.eu(), 31)', '23514', 'proposal 31 cannot be accepted: I2 is of another customer', 'another customer');
SELECT is(pg_temp.number(ar.accept(:eu, 30)), 'PAY002', 'accepted');
SELECT results_eq($$SELECT d.kind, d.amount, d.company_amount FROM receivables.document AS d WHERE d.match_proposal_id = 30 ORDER BY d.document_id$$,
    $$VALUES ('payment', 95.00, 76.00), ('adjustment', -5.00, -4.50), ('adjustment', 5.00, 4.50)$$, 'the money at the rate of its day, what was kept back at that of the invoice');
SELECT results_eq($$SELECT d.company_amount FROM receivables.document AS d WHERE d.kind = 'exchange_difference'$$, 'VALUES (-9.50)', 'the difference of 95 by the two rates is a loss');
SELECT lives_ok('SELECT ar.undo_match(pg_temp.eu(), 30, ''2025-04-11'', ''x'')', 'undone with its exchange difference');
SELECT is(pg_temp.open('U1', 'PAY002'), 'U1 100, PAY002 0', 'all is open again');

-- What is taken off a credit note less its share of the discount: 100 - 30, less 2 % of both
SELECT ar.post_invoice(:eu, 'C3', 'G1', '2025-04-01', '2025-04-30', 100), ar.post_credit_note(:eu, 'C3', 'H1', '2025-04-02', 30) \gset q_
SELECT pg_temp.bank_line(21, '2025-04-10', 68.60) \gset
SELECT pg_temp.propose(32, 21, NULL, 'C3', 68.60, '[["application", "G1", 98], ["discount", "G1", 2, "LATE"], ["application", "H1", -29.40], ["discount", "H1", -0.60, "LATE"]]') \gset
SELECT pg_temp.propose(33, 21, NULL, 'C3', 68.60, '[["application", "G1", 98], ["discount", "G1", -2], ["application", "H1", -29.40]]', 2), pg_temp.propose(34, 21, NULL, 'C3', 68.60, '[["application", "G1", 98], ["application", "H1", -29.40], ["discount", "H1", 0.60]]', 3),
       pg_temp.propose(35, 21, NULL, 'C3', 68.60, '[["application", "G1", 98], ["application", "H1", -29.40], ["deduction", "H1", -0.60]]', 4) \g /dev/null
SELECT throws_ok(format('SELECT ar.accept(pg_temp.eu(), %s)', id), '23514', format('proposal %s cannot be accepted: %s', id, fault), fault)
FROM (VALUES (33, 'G1 is on the other side of the account'), (34, 'H1 is on the other side of the account'), (35, 'of H1, a credit, nothing can be kept back')) AS v (id, fault);
SELECT is(pg_temp.number(ar.accept(:eu, 32)), 'PAY003', 'a discount on a credit note');
SELECT results_eq('SELECT * FROM pg_temp.applied(32)', $$VALUES ('G1', 'ADJ6', 2.00, date '2025-04-10'), ('ADJ7', 'H1', 0.60, '2025-04-10'), ('G1', 'H1', 29.40, '2025-04-10'), ('G1', 'PAY003', 68.60, '2025-04-10')$$, 'its share is settled by a debit');
SELECT results_eq($$SELECT j.document_number, j.account, j.debit, j.credit FROM receivables.journal_line AS j JOIN receivables.document AS d USING (company_id, document_id) WHERE d.match_proposal_id = 32 AND j.kind = 'adjustment' ORDER BY j.document_id, j.line$$,
    $$VALUES ('ADJ6', 'receivable', 0.00, 2.00), ('ADJ6', 'adjustment', 2.00, 0.00), ('ADJ7', 'receivable', 0.60, 0.00), ('ADJ7', 'adjustment', 0.00, 0.60)$$, 'the discount granted is 1.40 in all');
SELECT is(pg_temp.open('G1', 'H1', 'ADJ6', 'ADJ7', 'PAY003'), 'G1 0, H1 0, ADJ6 0, ADJ7 0, PAY003 0', 'nothing is open');
SELECT is((SELECT string_agg(c.object, ', ' ORDER BY c.object) FROM ar.check_ledger() AS c), 'proposal 12', 'and nothing else is broken');
SET LOCAL ar.as_of = '2025-04-10';
SELECT results_eq('SELECT d.settled_by_number, d.document_number, d.amount, d.applied_amount FROM receivables.bank_reconciliation_detail AS d WHERE d.match_proposal_id = 32 ORDER BY d.application_id',
    $$VALUES ('ADJ6', 'G1', 2.00, 0.00), ('ADJ7', 'H1', 0.60, 0), ('H1', 'G1', 29.40, 0), ('PAY003', 'G1', 68.60, 68.60)$$, 'what settled what of the bank line');
RESET ar.as_of;
SELECT lives_ok('SELECT ar.undo_match(pg_temp.eu(), 32, ''2025-04-11'', ''x'')', 'undone');
SELECT is(pg_temp.open('G1', 'H1', 'ADJ6', 'ADJ7', 'PAY003'), 'G1 100, H1 -30, ADJ6 0, ADJ7 0, PAY003 0', 'all is open again');
-- Paid back less a discount, by hand, in another currency, and a small rest that is written off
SELECT ar.post_credit_note(:eu, 'C3', 'U2', '2025-04-01', 100, currency => 'USD') \gset
SELECT pg_temp.bank_line(22, '2025-04-10', -96, 'U2', 2) \gset
SELECT is(pg_temp.number(ar.apply_manual(:eu, bank_line_id => 22, customer_number => 'C3', lines => '[{"kind": "credit_note", "number": "U2", "amount": 96}, {"kind": "credit_note", "number": "U2", "amount": 3, "purpose": "discount", "reason_code": "LATE"}, {"kind": "credit_note", "number": "U2", "amount": 1, "purpose": "write_off", "reason_code": "SMALL"}]')), 'BL-22', 'a refund');
SELECT results_eq($$SELECT d.kind, d.amount, d.company_amount FROM receivables.document AS d WHERE d.match_proposal_id = (SELECT match_proposal_id FROM receivables.document WHERE document_number = 'BL-22') AND d.kind <> 'exchange_difference' ORDER BY d.document_id$$,
    $$VALUES ('refund', 96.00, 76.80), ('adjustment', 3.00, 2.70), ('adjustment', 1.00, 0.90)$$, 'the money at the rate of its day, what was not paid at that of the credit note');
SELECT is(pg_temp.open('U2', 'BL-22'), 'U2 0, BL-22 0', 'nothing is open');
SELECT is((SELECT string_agg(c.object, ', ' ORDER BY c.object) FROM ar.check_ledger() AS c), 'proposal 12', 'and nothing else is broken');

-- Automatically: what is certain, once
SELECT ar.post_invoice(:eu, 'C3', 'L' || n, '2025-04-01', '2025-04-30', 10) FROM generate_series(1, 9) AS n \g /dev/null
SELECT ar.post_payment(:eu, 'C3', NULL, '2025-04-20', 10, attributes => jsonb_build_object('n', n)) FROM generate_series(1, 9) AS n \g /dev/null
CREATE FUNCTION pg_temp.paid(n integer) RETURNS text LANGUAGE sql STABLE AS $$SELECT d.document_number FROM receivables.document AS d WHERE d.attributes = jsonb_build_object('n', n)$$;
SELECT pg_temp.propose(40, NULL, pg_temp.paid(1), 'C3', 10, '[["application", "L1", 10]]', score => 0.90, margin => 0.10), pg_temp.propose(41, NULL, pg_temp.paid(2), 'C3', 10, '[["application", "L2", 10]]', score => 0.89),
       pg_temp.propose(42, NULL, pg_temp.paid(3), 'C3', 10, '[["application", "L3", 10]]', margin => 0.09), pg_temp.propose(43, NULL, pg_temp.paid(4), 'C3', 10, '[["application", "L4", 10]]', ambiguous => true),
       pg_temp.propose(44, NULL, pg_temp.paid(5), 'C3', 10, '[["application", "L5", 10]]', 2), pg_temp.propose(45, NULL, pg_temp.paid(6), 'C3', 10, '[["unapplied", null, 10]]'),
       pg_temp.propose(46, NULL, pg_temp.paid(7), 'C3', 10, '[["application", "L7", 9], ["unapplied", null, 1]]'), pg_temp.propose(47, NULL, pg_temp.paid(8), 'C3', 10, '[["application", "L7", 1], ["application", "L8", 9]]'),
       pg_temp.propose(48, NULL, pg_temp.paid(9), 'C3', 10, '[["application", "L8", 10]]') \g /dev/null
SELECT pg_temp.bank_line(8, '2025-04-21', 8) \gset
SELECT pg_temp.propose(49, 8, NULL, 'C3', 8, '[["application", "L9", 8], ["discount", "L9", 2]]') \gset
-- What else was proposed for the money of 46, 47 and 48, of which the last does not find enough.
SELECT pg_temp.propose(60, NULL, pg_temp.paid(7), 'C3', 10, '[["application", "L3", 10]]', 2), pg_temp.propose(61, NULL, pg_temp.paid(8), 'C3', 10, '[["application", "L4", 10]]', 2),
       pg_temp.propose(62, NULL, pg_temp.paid(9), 'C3', 10, '[["application", "L5", 10]]', 2) \g /dev/null
SELECT results_eq('SELECT * FROM ar.auto_apply(pg_temp.eu(), ARRAY[47]::bigint[])', 'VALUES (1::bigint, 0::bigint)', 'only what is asked for');
SELECT is(pg_temp.status(60, 61, 62), 'open, superseded, open', 'what competed with it gives way, alone');
SELECT results_eq('SELECT * FROM ar.auto_apply(pg_temp.eu())', 'VALUES (3::bigint, 1::bigint)', 'all that is certain and possible');
SELECT results_eq('SELECT p.match_proposal_id, p.status FROM receivables.match_proposal AS p WHERE p.match_proposal_id BETWEEN 40 AND 49 ORDER BY 1', $$VALUES (40::bigint, 'applied_automatically'), (41, 'open'), (42, 'open'), (43, 'open'), (44, 'open'), (45, 'open'),
    (46, 'applied_automatically'), (47, 'applied_automatically'), (48, 'superseded'), (49, 'applied_automatically')$$, 'at the threshold and above; what somebody else took is superseded');
SELECT is((SELECT p.decision_reason FROM receivables.match_proposal AS p WHERE p.match_proposal_id = 48), 'L8 has only 1.00 open now', 'and says why');
SELECT is(pg_temp.status(60, 62), 'superseded, open', 'where not all could be settled, only what competed with those that were');
SELECT is(pg_temp.open('L1', 'L2', 'L7', 'L8', 'L9'), 'L1 0, L2 10, L7 0, L8 1, L9 0', 'what it settled');
SELECT results_eq('SELECT * FROM ar.auto_apply(pg_temp.eu())', 'VALUES (0::bigint, 0::bigint)', 'a second run changes nothing');
SELECT throws_ok('SELECT ar.auto_apply(-1)', '23503', 'company -1 does not exist', 'of no company');
-- A reason that is one for something else
SELECT pg_temp.bank_line(9, '2025-04-21', 1) \gset
SELECT pg_temp.propose(52, 9, NULL, 'C3', 1, '[["application", "L2", 1], ["discount", "L2", 2, "SMALL"]]') \gset
SELECT results_eq('SELECT * FROM ar.auto_apply(pg_temp.eu(), ARRAY[52]::bigint[])', 'VALUES (0::bigint, 1::bigint)', 'what has a reason that is none is not settled');
SELECT is((SELECT concat_ws(': ', p.status, p.decision_reason) FROM receivables.match_proposal AS p WHERE p.match_proposal_id = 52), 'superseded: SMALL is a reason for a write-off, and line 2 is a discount', 'which is said');
-- Two that want the same: the first has it
SELECT ar.reject(:eu, 45) \g /dev/null
SELECT pg_temp.propose(50, NULL, pg_temp.paid(9), 'C3', 10, '[["application", "L2", 10]]'), pg_temp.propose(51, NULL, pg_temp.paid(6), 'C3', 10, '[["application", "L2", 6], ["application", "L3", 4]]') \g /dev/null
SELECT results_eq('SELECT * FROM ar.auto_apply(pg_temp.eu())', 'VALUES (1::bigint, 1::bigint)', 'one of two');
SELECT is(pg_temp.status(50, 51), 'applied_automatically, superseded', 'the first');
-- Thresholds of the customer
SELECT ar.add_standard_match_rules(:eu, 'LOOSE', 'Loose') \gset
UPDATE receivables.match_rule_set SET auto_apply_score = 0.5, auto_apply_margin = 0 WHERE company_id = :eu;
UPDATE receivables.customer SET match_rule_set = 'LOOSE' WHERE company_id = :eu AND customer_number = 'C3';
SELECT results_eq('SELECT * FROM ar.auto_apply(pg_temp.eu(), ARRAY[42, 43]::bigint[])', 'VALUES (1::bigint, 0::bigint)', 'lower thresholds, but nothing ambiguous');
SELECT is((SELECT string_agg(c.object, ', ' ORDER BY c.object) FROM ar.check_ledger() AS c), 'proposal 12', 'and nothing else is broken');

-- What lacks an exchange rate waits for it, and every night finds it as it was
SELECT ar.create_company('XR', 'Without rates', 'EUR') AS xr \gset
INSERT INTO receivables.customer (company_id, customer_number, name) VALUES (:xr, 'X1', 'Distant Shores');
INSERT INTO receivables.bank_account (company_id, account, currency) VALUES (:xr, 'X', 'JPY'), (:xr, 'Y', 'EUR');
INSERT INTO receivables.bank_statement (company_id, bank_statement_id, format, account, statement_number, currency, content_hash) VALUES (:xr, 301, 'csv', 'X', '1', 'JPY', 'jpy'), (:xr, 302, 'csv', 'Y', '1', 'EUR', 'eur');
SELECT ar.post_invoice(:xr, 'X1', 'XJ-00001', '2025-04-01', '2025-04-30', 9000, currency => 'JPY', exchange_rate => 0.006), ar.post_invoice(:xr, 'X1', 'XE-00001', '2025-04-01', '2025-04-30', 90),
       ar.post_invoice(:xr, 'X1', 'XJ-00002', '2025-04-01', '2025-04-30', 7000, currency => 'JPY', exchange_rate => 0.006) \gset xr_
INSERT INTO receivables.bank_line (company_id, bank_line_id, bank_statement_id, line_number, entry_number, entry_amount, booked_on, value_on, currency, amount, payer_name, remittance_text)
VALUES (:xr, 301, 301, 1, 1, 9000, '2025-04-21', '2025-04-21', 'JPY', 9000, 'Distant Shores', 'XJ-00001'), (:xr, 302, 302, 1, 1, 90, '2025-04-21', '2025-04-21', 'EUR', 90, 'Distant Shores', 'XE-00001'),
       (:xr, 303, 301, 2, 2, 7000, '2025-04-21', '2025-04-21', 'JPY', 7000, 'Distant Shores', 'XJ-00002');
SELECT results_eq(format('SELECT p.proposed, a.applied, a.skipped FROM ar.propose(%1$s) AS p, ar.auto_apply(%1$s) AS a', :xr), 'VALUES (3::bigint, 1::bigint, 2::bigint)', 'only what needs no rate is settled');
SELECT is((SELECT string_agg(concat_ws(' ', p.bank_line_id, p.status), ', ' ORDER BY p.bank_line_id) FROM receivables.match_proposal AS p WHERE p.company_id = :xr), '301 open, 302 applied_automatically, 303 open', 'the others stay open');
CREATE TEMP TABLE proposals_before AS SELECT p.ctid::text AS place, p.match_proposal_id, p.status FROM receivables.match_proposal AS p;
SELECT results_eq(format('SELECT p.proposed, a.applied, a.skipped FROM ar.propose(%1$s) AS p, ar.auto_apply(%1$s) AS a', :xr), 'VALUES (0::bigint, 0::bigint, 2::bigint)', 'the next night, too');
SELECT set_eq('SELECT p.ctid::text AS place, p.match_proposal_id, p.status FROM receivables.match_proposal AS p', 'SELECT * FROM proposals_before', 'no row was touched');
SELECT ar.add_exchange_rate('JPY', 'EUR', '2025-04-21', 0.006, 'ECB') AS jpy \gset
SELECT results_eq(format('SELECT * FROM ar.auto_apply(%s)', :xr), 'VALUES (2::bigint, 0::bigint)', 'with the rate they are settled');

-- Who competes for the same money, of a few and of many
SELECT pg_temp.bank_line(160, '2026-03-01', 7), ar.post_payment(:eu, 'C3', 'RIVALS', '2026-03-01', 3) \g /dev/null
SELECT pg_temp.propose(160, NULL, 'RIVALS', 'C3', 3, '[["unapplied", null, 3]]'), pg_temp.propose(161, NULL, 'RIVALS', 'C3', 3, '[["on_account", null, 3]]', 2),
       pg_temp.propose(162, 160, NULL, 'C3', 7, '[["unapplied", null, 7]]'), pg_temp.propose(163, 160, NULL, 'C1', 7, '[["unapplied", null, 7]]', 2) \g /dev/null
SELECT results_eq('SELECT r FROM unnest(ar.open_rivals(pg_temp.eu(), ARRAY[160, 163]::bigint[])) AS r ORDER BY 1', 'VALUES (161::bigint), (162)', 'the others for the same payment and bank line');
SELECT results_eq('SELECT r FROM unnest(ar.open_rivals(pg_temp.eu(), ARRAY[160, 163] || array_fill(-1::bigint, ARRAY[1001]))) AS r ORDER BY 1', 'VALUES (161::bigint), (162)', 'the same, among many');

-- What the check of the books finds: a decision without what it settles
UPDATE receivables.match_proposal SET status = 'accepted' WHERE match_proposal_id = 43;
SELECT is((SELECT string_agg(c.invariant, ', ') FROM ar.check_ledger() AS c WHERE c.object = 'proposal 43'), 'a match settled what its lines say', 'accepted by an update alone');
UPDATE receivables.match_proposal SET status = 'undone' WHERE match_proposal_id = 40;
SELECT is((SELECT string_agg(c.invariant, ', ') FROM ar.check_ledger() AS c WHERE c.object = 'proposal 40'), 'what is undone is reversed', 'undone by an update alone');
-- What no foreign key looks after, the check does: as after a restore that lost something.
SET LOCAL session_replication_role = replica;
UPDATE receivables.match_proposal_line SET item_id = 987654 WHERE (company_id, match_proposal_id, line_number) = (SELECT company_id, match_proposal_id, line_number FROM receivables.match_proposal_line WHERE item_id IS NOT NULL ORDER BY 1, 2, 3 LIMIT 1);
UPDATE receivables.application SET match_proposal_id = 987655 WHERE (company_id, application_id) = (SELECT company_id, application_id FROM receivables.application ORDER BY 1, 2 LIMIT 1);
SELECT is((SELECT c.detail FROM ar.check_ledger() AS c WHERE c.invariant = 'a match names what is there' AND c.object LIKE 'proposal %'), 'there is no item 987654', 'an item that is gone is missed');
INSERT INTO receivables.match_proposal_line (company_id, match_proposal_id, line_number, purpose, amount) SELECT company_id, 987654, 1, 'unapplied', 1 FROM receivables.match_proposal LIMIT 1;
SELECT is((SELECT c.detail FROM ar.check_ledger() AS c WHERE c.object = 'proposal 987654'), 'line 1 has no proposal', 'and so is a proposal');
SELECT is((SELECT string_agg(c.detail, ', ') FROM ar.check_ledger() AS c WHERE c.detail LIKE '%987655'), 'there is no proposal 987655', 'also that of an application');
UPDATE receivables.match_proposal SET customer_id = 987656 WHERE match_proposal_id = 43;
SELECT is((SELECT string_agg(c.detail, ', ') FROM ar.check_ledger() AS c WHERE c.detail LIKE '%987656'), 'there is no customer 987656', 'and a customer');
SET LOCAL session_replication_role = origin;
SELECT * FROM finish();
ROLLBACK;
