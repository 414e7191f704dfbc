-- Payment terms of the books: the items an invoice posts, and what payments settle first.
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
-- Due date, amount and company amount of each instalment.
CREATE FUNCTION pg_temp.items(number text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT string_agg(concat_ws(' ', i.instalment, i.due_on, i.amount, nullif(i.company_amount, i.amount), '(' || i.contractual_due_on || ')'), ', ' ORDER BY i.instalment)
    FROM receivables.item AS i JOIN receivables.document AS d USING (company_id, document_id)
    WHERE d.company_id = pg_temp.eu() AND d.kind = 'invoice' AND d.document_number = number
$$;
CREATE FUNCTION pg_temp.open(number text, on_date date DEFAULT '2026-12-31') RETURNS text LANGUAGE sql STABLE AS $$
    SELECT string_agg(coalesce(o.open_amount, 0)::text, ' ' ORDER BY i.instalment)
    FROM receivables.item AS i JOIN receivables.document AS d USING (company_id, document_id)
    LEFT JOIN ar.open_items(on_date) AS o ON o.company_id = i.company_id AND o.item_id = i.item_id
    WHERE d.company_id = pg_temp.eu() AND d.kind = 'invoice' AND d.document_number = number
$$;
CREATE FUNCTION pg_temp.invoice(number text, amount numeric, term text DEFAULT NULL, customer text DEFAULT 'C1', on_date date DEFAULT '2025-01-31') RETURNS bigint LANGUAGE sql AS $$
    SELECT ar.post_invoice(pg_temp.eu(), customer, number, on_date, NULL, amount, payment_term => term)
$$;
CREATE FUNCTION pg_temp.sound(name text) RETURNS text LANGUAGE sql AS $$SELECT is_empty('SELECT * FROM ar.check_ledger()', name)$$;

-- Terms are checked when they are stored.
SELECT lives_ok(format('SELECT ar.set_payment_term(pg_temp.eu(), %L, %L, %L)', term, term, definition), 'term ' || term)
FROM (VALUES ('NET30', '{"days": 30}'), ('EOM', '{"days": 30, "end_of_month": "days_then_eom"}'), ('CN30', '{"days": 30, "business_day": "following"}'),
             ('THREE', '{"instalments": [{"percent": 30, "days": 10}, {"percent": 40, "days": 40}, {"percent": 30, "days": 70}]}'),
             ('HALF', '{"instalments": [{"percent": 50, "days": 10}, {"percent": 50, "days": 20}]}'),
             ('FIRST100', '{"instalments": [{"amount": 100}, {"percent_of_remainder": 50, "days": 30}, {"days": 60}]}')) AS v (term, definition);
SELECT throws_ok(command, sqlstate, NULL, name || ' is refused')
FROM (VALUES ($$SELECT ar.set_payment_term(pg_temp.eu(), 'X', 'X', '{"days": -1}')$$, '22023', 'a negative number of days'),
             ($$SELECT ar.set_payment_term(pg_temp.eu(), 'X', 'X', '{"day": 1}')$$, '22023', 'an unknown key'),
             ($$SELECT ar.set_payment_term(pg_temp.eu(), 'X', 'X', '{"instalments": [{"percent": 30}, {"percent": 60}]}')$$, '22023', 'instalments of 90 percent'),
             ($$SELECT ar.set_payment_term(pg_temp.eu(), 'NET30', 'X', '{"day": 1}')$$, '22023', 'a faulty change'),
             ($$SELECT ar.set_payment_term(pg_temp.eu(), 'X', 'X', '[]')$$, '22023', 'a list'),
             ($$SELECT ar.set_payment_term(pg_temp.eu(), 'X', ' ', '{}')$$, '23514', 'a blank name'),
             ($$SELECT ar.set_payment_term(pg_temp.eu(), ' ', 'X', '{}')$$, '23514', 'a blank code'),
             ($$SELECT ar.set_payment_term(-1, 'X', 'X', '{}')$$, '23503', 'an unknown company'),
             ($$INSERT INTO receivables.payment_term (company_id, payment_term, name, definition) SELECT pg_temp.eu(), 'X', 'X', '{"day": 1}'$$, '22023', 'an insert of a faulty term'),
             ($$UPDATE receivables.payment_term SET definition = '{"day": 1}'$$, '22023', 'an update to a faulty term'),
             ($$UPDATE receivables.company SET payment_term = 'X' WHERE company_id = pg_temp.eu()$$, '23503', 'a company with an unknown term'),
             ($$SELECT ar.import_rows(pg_temp.eu(), 'customer', '[{"customer_number": "C4", "name": "x", "payment_term": "X"}]')$$, '23503', 'a customer with an unknown term')) AS v (command, sqlstate, name);
SELECT is((SELECT definition FROM receivables.payment_term WHERE payment_term = 'NET30'), '{"days": 30}', 'the terms are as they were');

-- The term of the invoice, else of the customer, else of the company
SELECT throws_ok($$SELECT pg_temp.invoice('T0', 10)$$, '23502', 'invoice refused: due_date is missing', 'without any term an invoice needs a due date');
UPDATE receivables.company SET payment_term = 'EOM' WHERE company_id = :eu;
SELECT is(imported, 1::bigint, 'a customer has a term') FROM ar.import_rows(:eu, 'customer', '[{"customer_number": "C2", "name": "Second", "payment_term": "NET30"}]');
SELECT ok(pg_temp.invoice(number, 10, term, customer) > 0, number || ' ' || customer) FROM (VALUES ('T1', NULL, 'C1'), ('T2', NULL, 'C2'), ('T3', 'HALF', 'C2')) AS v (number, term, customer);
SELECT is(pg_temp.items(number), items, name) FROM (VALUES ('T1', '1 2025-03-31 10.00', 'by the company: end of the month of 2 March'), ('T2', '1 2025-03-02 10.00', 'by the customer: 30 days'),
                                                            ('T3', '1 2025-02-10 5.00, 2 2025-02-20 5.00', 'by the invoice: two halves')) AS v (number, items, name);
SELECT results_eq($$SELECT i.invoice_number, i.payment_term, i.due_date, i.item_count, i.item_id IS NULL FROM receivables.invoice AS i ORDER BY 1$$,
    $$VALUES ('T1', 'EOM', date '2025-03-31', 1::bigint, false), ('T2', 'NET30', '2025-03-02', 1, false), ('T3', 'HALF', '2025-02-20', 2, true)$$, 'the view shows the term, the last due date and the number of items');
SELECT ok(ar.post_invoice(:eu, 'C2', 'T4', '2025-01-31', '2025-02-05', 10) > 0, 'a due date that is given');
SELECT is(pg_temp.items('T4') || (SELECT coalesce(payment_term, ' none') FROM receivables.document WHERE document_number = 'T4'), '1 2025-02-05 10.00 none', 'comes before any term');
SELECT throws_ok(format('SELECT ar.post_invoice(pg_temp.eu(), %s)', arguments), sqlstate, message, name)
FROM (VALUES ($$'C2', 'X', '2025-01-31', '2025-02-05', 10, payment_term => 'NET30'$$, '23514', 'invoice refused: an invoice is due by a payment_term or by a due_date or by instalments, not several of them', 'a due date and a term are refused'),
             ($$'C2', 'X', '2025-01-31', '2025-02-05', 10, instalments => '[{"due_date": "2025-02-05", "amount": 10}]'$$, '23514', 'invoice refused: an invoice has a due_date or instalments, not both', 'a due date and instalments are refused'),
             ($$'C2', 'X', '2025-01-31', NULL, 10, payment_term => 'NET60'$$, '23503', 'invoice refused: payment term NET60 does not exist', 'an unknown term is refused'),
             ($$'C2', 'X', '2025-01-31', NULL, 10, instalments => '[{"due_date": "2025-02-05", "amount": 9.99}]'$$, '23514', 'invoice refused: instalments come to 9.99, not to the amount 10', 'instalments of another sum are refused'),
             ($$'C2', 'X', '2025-01-31', NULL, 10, instalments => '[{"due_date": "2025-01-30", "amount": 10}]'$$, '23514', NULL, 'an instalment before the invoice is refused'),
             ($$'C2', 'X', '2025-01-31', NULL, 10, instalments => '[{"due_date": "2025-02-05", "amount": 9.995}, {"due_date": "2025-02-06", "amount": 0.005}]'$$, '23514', NULL, 'instalments with too many decimals are refused'),
             ($$'C2', 'X', '2025-01-31', NULL, 10, instalments => '[{"due_date": "2025-02-05", "amount": 11}, {"due_date": "2025-02-06", "amount": -1}]'$$, '22023', NULL, 'a negative instalment is refused'),
             ($$'C2', 'X', '2025-01-31', NULL, 10, instalments => '[]'$$, '22023', NULL, 'no instalments are refused'),
             ($$'C2', 'X', '2025-01-31', NULL, 10, instalments => '[{"amount": 10}]'$$, '22023', NULL, 'an instalment without a date is refused'),
             ($$'C2', 'X', '2025-01-31', NULL, 100, payment_term => 'FIRST100'$$, '23514', 'invoice refused: amount 100 is too small for the instalments of payment term FIRST100', 'an amount that leaves nothing for the last instalment is refused'),
             ($$'C2', 'X', '2025-01-31', NULL, 0.01, payment_term => 'HALF'$$, '23514', 'invoice refused: amount 0.01 is too small for the instalments of payment term HALF', 'a cent has no halves')) AS v (arguments, sqlstate, message, name);
SELECT is((SELECT string_agg(f.row_number || ' ' || f.field, ', ') FROM ar.check_rows(pg_temp.eu(), 'invoice', '[
    {"customer_number": "C1", "invoice_number": "X1", "invoice_date": "2025-01-31", "amount": "0.01", "payment_term": "HALF"},
    {"customer_number": "C1", "invoice_number": "X2", "invoice_date": "2025-01-31", "amount": "0.03", "payment_term": "HALF"},
    {"customer_number": "C1", "invoice_number": "X3", "invoice_date": "2025-01-31", "amount": "-1", "payment_term": "HALF"},
    {"customer_number": "C1", "invoice_number": "X4", "invoice_date": "x", "amount": "1", "payment_term": "HALF"},
    {"customer_number": "C1", "invoice_number": "X5", "invoice_date": "2025-01-31", "amount": "100.01", "payment_term": "FIRST100"},
    {"customer_number": "C1", "invoice_number": "X6", "invoice_date": "2025-01-31", "amount": "1.005", "payment_term": "HALF"}]') AS f),
    '1 payment_term, 3 amount, 4 invoice_date, 5 payment_term, 6 amount', 'each faulty row is told, once');

-- Three items, which add up and age each on its own
SELECT ok(pg_temp.invoice('A1', 1000.01, 'THREE', 'C3') > 0, 'an invoice in three instalments');
SELECT is(pg_temp.items('A1'), '1 2025-02-10 300.00, 2 2025-03-12 400.00, 3 2025-04-11 300.01', 'the last takes what remains');
SELECT ok(pg_temp.invoice('A2', 1000.01, 'FIRST100', 'C1') > 0, 'a fixed amount, half of the rest, and the rest');
SELECT is(pg_temp.items('A2'), '1 2025-01-31 100.00, 2 2025-03-02 450.01, 3 2025-04-01 450.00', 'half of 900.01 is 450.005, rounded up');
SET LOCAL ar.as_of = '2025-04-11';
-- 60, 30 and 0 days past due
SELECT results_eq($$SELECT item_count, not_due, days_1_30, days_31_60, days_61_90, days_over_90, balance, average_days_past_due FROM receivables.aging_by_customer WHERE customer_number = 'C3'$$,
    $$VALUES (3::bigint, 300.01, 400.00, 300.00, 0.00, 0.00, 1000.01, 42.86)$$, 'each has its age: (300 x 60 + 400 x 30) / 700 days');
SELECT results_eq($$SELECT instalment::integer, days_past_due FROM receivables.open_item WHERE document_number = 'A1' ORDER BY 1$$, $$VALUES (1, 60), (2, 30), (3, 0)$$, 'open items tell the instalment');
SET LOCAL ar.as_of = '';

-- Payments without an instalment run oldest due first.
SELECT ok(ar.post_payment(:eu, 'C3', 'P1', '2025-02-10', 350, '[{"invoice_number": "A1", "amount": 350}]') > 0, 'a payment of one and a bit');
SELECT is(pg_temp.open('A1'), '0 350.00 300.01', 'settles the first and a bit of the second');
SELECT ok(ar.post_payment(:eu, 'C3', 'P2', '2025-02-11', 100, '[{"invoice_number": "A1", "amount": 100, "instalment": 3}]') > 0, 'a payment that names an instalment');
SELECT is(pg_temp.open('A1'), '0 350.00 200.01', 'settles that one');
SELECT throws_ok(format('SELECT ar.post_payment(pg_temp.eu(), %s)', arguments), sqlstate, NULL, name || ' is refused')
FROM (VALUES ($$'C3', 'P3', '2025-02-12', 1000, '[{"invoice_number": "A1", "amount": 550.02}]'$$, '23514', 'more than is open of all'),
             ($$'C3', 'P3', '2025-02-12', 1000, '[{"invoice_number": "A1", "amount": 200.02, "instalment": 3}]'$$, '23514', 'more than is open of the one'),
             ($$'C3', 'P3', '2025-02-12', 1000, '[{"invoice_number": "A1", "amount": 0.01, "instalment": 1}]'$$, '23514', 'anything of one that is settled'),
             ($$'C3', 'P3', '2025-02-12', 1000, '[{"invoice_number": "A1", "amount": 1, "instalment": 4}]'$$, '23503', 'a fourth of three'),
             ($$'C3', 'P3', '2025-02-12', 1000, '[{"invoice_number": "A1", "amount": 1, "instalment": 0}]'$$, '23503', 'instalment 0'),
             ($$'C3', 'P3', '2025-02-12', 1000, '[{"invoice_number": "A1", "amount": 1, "instalment": 1.5}]'$$, '23503', 'one and a half')) AS v (arguments, sqlstate, name);
SELECT is_empty($$SELECT FROM receivables.document WHERE document_number = 'P3'$$, 'and leaves nothing behind');
SELECT ok(ar.post_payment(:eu, 'C3', 'P3', '2025-02-12', 550.01, '[{"invoice_number": "A1", "amount": 550.01}]') > 0, 'the rest to the cent');
SELECT is(pg_temp.open('A1'), '0 0 0', 'settles all');
SELECT is(pg_temp.open('A1', '2025-02-11'), '0 350.00 200.01', 'the day before is as it was');
SELECT is(pg_temp.open('A1', '2025-02-10'), '0 350.00 300.01', 'and the one before');
SELECT results_eq($$SELECT p.document_number, i.instalment::integer, a.amount FROM receivables.application AS a JOIN receivables.item AS i ON i.company_id = a.company_id AND i.item_id = a.debit_item_id
                    JOIN receivables.item AS c ON c.company_id = a.company_id AND c.item_id = a.credit_item_id JOIN receivables.document AS p ON p.company_id = c.company_id AND p.document_id = c.document_id ORDER BY 1, 2$$,
    $$VALUES ('P1', 1, 300.00), ('P1', 2, 50.00), ('P2', 3, 100.00), ('P3', 2, 350.00), ('P3', 3, 200.01)$$, 'one application for each item');
-- Oldest due, not lowest number
SELECT ok(ar.post_invoice(:eu, 'C1', 'O1', '2025-01-01', NULL, 300, instalments => '[{"due_date": "2025-03-01", "amount": 100}, {"due_date": "2025-02-01", "amount": 200}]') > 0, 'instalments as they were agreed');
SELECT is(pg_temp.items('O1'), '1 2025-03-01 100.00, 2 2025-02-01 200.00', 'stay as they were agreed');
SELECT ok(ar.post_payment(:eu, 'C1', 'P4', '2025-02-12', 250, '[{"invoice_number": "O1", "amount": 250}]') > 0, 'a payment');
SELECT is(pg_temp.open('O1'), '50.00 0', 'settles the one due first, whatever its number');

-- One import: what names an instalment first, then payments, then credit notes, each oldest due first.
SELECT ok(pg_temp.invoice('B1', 900, 'THREE', 'C3') > 0, '270, 360, 270');
SELECT ok(ar.post_payment(:eu, 'C3', 'P5', '2025-02-15', 600) > 0, 'a payment');
SELECT ok(ar.post_payment(:eu, 'C3', 'P6', '2025-02-15', 300) > 0, 'another');
SELECT ok(ar.post_credit_note(:eu, 'C3', 'N1', '2025-02-15', 100) > 0, 'a credit note');
SAVEPOINT before;
SELECT is(imported, 3::bigint, 'applied by one import') FROM ar.import_rows(:eu, 'application', '[
    {"credit_note_number": "N1", "invoice_number": "B1", "amount": 100}, {"payment_number": "P5", "invoice_number": "B1", "amount": 300},
    {"payment_number": "P6", "invoice_number": "B1", "amount": 200, "instalment": 2}]');
-- 200 of the second; 270 of the first and 30 of the second; 100 of the second
SELECT is(pg_temp.open('B1'), '0 30.00 270.00', 'settles what it should');
SELECT is((SELECT string_agg(concat_ws(' ', d.document_number, i.instalment, a.amount), ', ' ORDER BY d.document_number, i.instalment) FROM receivables.application AS a
           JOIN receivables.item AS c ON c.company_id = a.company_id AND c.item_id = a.credit_item_id JOIN receivables.document AS d ON d.company_id = c.company_id AND d.document_id = c.document_id
           JOIN receivables.item AS i ON i.company_id = a.company_id AND i.item_id = a.debit_item_id WHERE d.document_number IN ('N1', 'P5', 'P6')),
          'N1 2 100.00, P5 1 270.00, P5 2 30.00, P6 2 200.00', 'with the payments before the credit note, though it came first');
ROLLBACK TO before;
-- All but the cent: 360 by name, 540 and 0.01 by order
SELECT results_eq($$SELECT row_number, field, sqlstate FROM ar.check_rows(pg_temp.eu(), 'application', '[
    {"payment_number": "P5", "invoice_number": "B1", "amount": 540}, {"payment_number": "P6", "invoice_number": "B1", "amount": "0.01"},
    {"credit_note_number": "N1", "invoice_number": "B1", "amount": 1}, {"payment_number": "P6", "invoice_number": "B1", "amount": "299.99", "instalment": 2},
    {"payment_number": "P5", "invoice_number": "B1", "amount": "60.01", "instalment": 2}]')$$,
    $$VALUES (2::bigint, 'amount', '23514'), (3, 'amount', '23514'), (5, 'amount', '23514')$$, 'what finds no room is told by row; 0.01 too much is named, 0.01 and 1 come after all is settled');
SELECT is(imported, 3::bigint, 'all of it to the cent') FROM ar.import_rows(:eu, 'application', '[
    {"payment_number": "P5", "invoice_number": "B1", "amount": 540}, {"payment_number": "P6", "invoice_number": "B1", "amount": 300, "instalment": 2},
    {"payment_number": "P5", "invoice_number": "B1", "amount": 60, "instalment": 2}]');
SELECT is(pg_temp.open('B1'), '0 0 0', 'is settled');
-- A credit note against an invoice in instalments, and more than is open
SELECT ok(pg_temp.invoice('D1', 900, 'THREE', 'C3') > 0, '270, 360, 270');
SELECT ok(ar.post_payment(:eu, 'C3', 'P7', '2025-02-15', 500, '[{"invoice_number": "D1", "amount": 500}]') > 0, 'paid in part');
SELECT ok(ar.post_credit_note(:eu, 'C3', 'N2', '2025-02-16', 450, invoice_number => 'D1') > 0, 'credited by more than is left');
SELECT is(pg_temp.open('D1'), '0 0 0', 'is settled');
SELECT is((SELECT i.open_amount FROM receivables.item AS i JOIN receivables.document AS d USING (company_id, document_id) WHERE d.document_number = 'N2'), -50.00, 'and 50 of the credit note are left');
SELECT ok(ar.reverse_document(:eu, document_id, '2025-02-20', 'bounced') > 0, 'the payment bounces') FROM receivables.payment WHERE payment_number = 'P7';
SELECT is(pg_temp.open('D1'), '270.00 230.00 0', 'what it had settled of each is open again');
SELECT is(pg_temp.open('D1', '2025-02-19'), '0 0 0', 'from that day on');
SELECT ok(ar.post_write_off(:eu, 'C3', 'W1', '2025-02-21', 300, 'bankrupt', invoice_number => 'D1') > 0, 'written off in part');
SELECT is(pg_temp.open('D1'), '0 200.00 0', 'oldest due first as well');
SELECT ok(ar.transfer(:eu, item_id, 'C1', 'U1', '2025-02-22', 'sold', 150) > 0, 'one instalment goes to another customer') FROM receivables.item AS i JOIN receivables.document AS d USING (company_id, document_id)
WHERE d.document_number = 'D1' AND i.instalment = 2;
SELECT is((SELECT concat_ws(' ', t.due_on, t.amount) FROM receivables.item AS t WHERE t.kind = 'transfer_in'), '2025-03-12 150.00', 'with its own due date');
-- An invoice in instalments is undone as a whole.
SELECT ok(pg_temp.invoice('E1', 1000.01, 'THREE', 'C3') > 0, 'an invoice');
SELECT ok(ar.post_payment(:eu, 'C3', 'P8', '2025-02-15', 400, '[{"invoice_number": "E1", "amount": 400}]') > 0, 'paid in part');
SELECT ok(ar.reverse_document(:eu, document_id, '2025-02-20', 'never delivered') > 0, 'is undone') FROM receivables.invoice WHERE invoice_number = 'E1';
SELECT is(pg_temp.open('E1'), '0 0 0', 'nothing of it is open');
SELECT is(pg_temp.open('E1', '2025-02-19'), '0 300.00 300.01', 'the day before is as it was');
SELECT results_eq($$SELECT r.instalment::integer, r.amount FROM receivables.item AS r JOIN receivables.document AS d USING (company_id, document_id) WHERE d.document_number = 'E1/reversal' ORDER BY 1$$,
    $$VALUES (1, -300.00), (2, -400.00), (3, -300.01)$$, 'each item has its mirror');
SELECT pg_temp.sound('sound after instalments');

-- The calendar of the company moves due dates; both dates are kept.
INSERT INTO receivables.calendar VALUES ('CN', 'China');
INSERT INTO receivables.holiday (calendar, day, is_workday, name) SELECT 'CN', d::date, false, 'National Day' FROM generate_series(timestamp '2025-10-01', '2025-10-08', '1 day') AS d
UNION ALL VALUES ('CN', date '2025-09-28', true, NULL), ('CN', '2025-10-11', true, NULL);
SELECT ok(pg_temp.invoice('H0', 10, 'CN30', on_date => '2025-09-01') > 0, 'without a calendar');
UPDATE receivables.company SET calendar = 'CN' WHERE company_id = :eu;
SELECT ok(pg_temp.invoice(number, 10, 'CN30', on_date => on_date) > 0, 'with one: ' || number) FROM (VALUES ('H1', date '2025-09-01'), ('H2', '2025-08-29'), ('H3', '2025-09-11'), ('H4', '2025-09-12'), ('H5', '2025-09-10')) AS v (number, on_date);
SELECT is(pg_temp.items(number), items, name)
FROM (VALUES ('H0', '1 2025-10-01 10.00', 'without holidays a Wednesday is a Wednesday'),
             ('H1', '1 2025-10-09 10.00 (2025-10-01)', 'in the holidays: the day after them'),
             ('H2', '1 2025-09-28 10.00', 'a Sunday that is worked'),
             ('H3', '1 2025-10-11 10.00', 'a Saturday that is worked'),
             ('H4', '1 2025-10-13 10.00 (2025-10-12)', 'a Sunday: the Monday'),
             ('H5', '1 2025-10-10 10.00', 'a Friday')) AS v (number, items, name);
SET LOCAL ar.as_of = '2025-10-10';
SELECT results_eq($$SELECT days_past_due FROM receivables.open_item WHERE document_number IN ('H0', 'H1') ORDER BY document_number$$, 'VALUES (9), (1)', 'days past due count from the day it was moved to');
SET LOCAL ar.as_of = '';

-- A term that is changed later changes nothing that was posted.
SELECT lives_ok($$SELECT ar.set_payment_term(pg_temp.eu(), 'THREE', 'Three, later', '{"days": 90}')$$, 'a term is changed');
DELETE FROM receivables.holiday WHERE calendar = 'CN';
SELECT is(pg_temp.items('A1'), '1 2025-02-10 300.00, 2 2025-03-12 400.00, 3 2025-04-11 300.01', 'what was posted stays');
SELECT is(pg_temp.items('H1'), '1 2025-10-09 10.00 (2025-10-01)', 'also where the calendar is another');
SELECT ok(pg_temp.invoice('A3', 1000.01, 'THREE') > 0, 'what is posted from now on');
SELECT is(pg_temp.items('A3'), '1 2025-05-01 1000.01', 'is due by the new one');
SELECT lives_ok($$SELECT ar.set_payment_term(pg_temp.eu(), 'THREE', 'Three', '{"instalments": [{"percent": 30, "days": 10}, {"percent": 40, "days": 40}, {"percent": 30, "days": 70}]}')$$, 'and back');

-- In another currency the company amounts add up too.
SELECT ok(ar.post_invoice(:eu, 'C1', 'F1', '2025-01-31', NULL, 1000.01, payment_term => 'THREE', currency => 'USD', exchange_rate => 0.9137) > 0, 'dollars');
-- 913.709137; of 300: 274.1103; of 700: 639.5906
SELECT is(pg_temp.items('F1'), '1 2025-02-10 300.00 274.11, 2 2025-03-12 400.00 365.48, 3 2025-04-11 300.01 274.12', 'each takes its share of 913.71');
SELECT ok(ar.post_invoice(:eu, 'C1', 'F2', '2025-01-31', NULL, 1001, payment_term => 'HALF', currency => 'JPY', exchange_rate => 0.0061) > 0, 'yen');
-- 6.1061; of 501: 3.0581
SELECT is(pg_temp.items('F2'), '1 2025-02-10 501 3.06, 2 2025-02-20 500 3.05', 'without decimals, each its share of 6.11');
SELECT ok(ar.post_invoice(:eu, 'C1', 'F3', '2025-01-31', NULL, 10.001, currency => 'KWD', exchange_rate => 3.1, instalments => '[{"due_date": "2025-02-01", "amount": 3.334}, {"due_date": "2025-03-01", "amount": 6.667}]') > 0, 'dinars');
-- 31.0031; of 3.334: 10.3344
SELECT is(pg_temp.items('F3'), '1 2025-02-01 3.334 10.33, 2 2025-03-01 6.667 20.67', 'with three decimals, each its share of 31.00');
SELECT is((SELECT sum(i.company_amount) FROM receivables.item AS i WHERE i.document_id = d.document_id), d.company_amount, d.document_number || ' adds up') FROM receivables.document AS d WHERE d.document_number IN ('F1', 'F2', 'F3');

-- Sent again with its key, an invoice by a term is the same.
SELECT is(ar.post_invoice(:eu, 'C1', 'K1', '2025-01-31', NULL, 30, payment_term => 'THREE', idempotency_key => 'k1'),
          ar.post_invoice(:eu, 'C1', 'K1', '2025-01-31', NULL, 30, payment_term => 'THREE', idempotency_key => 'k1'), 'the same key and contents: the invoice posted before');
SELECT is(pg_temp.items('K1'), '1 2025-02-10 9.00, 2 2025-03-12 12.00, 3 2025-04-11 9.00', 'with its items once');
SELECT ok(ar.post_payment(:eu, 'C1', 'P9', '2025-02-15', 15, '[{"invoice_number": "K1", "amount": 15}]', idempotency_key => 'p9')
          = ar.post_payment(:eu, 'C1', 'P9', '2025-02-15', 15, '[{"invoice_number": "K1", "amount": 15}]', idempotency_key => 'p9'), 'a payment over two items sent twice');
SELECT is(pg_temp.open('K1'), '0 6.00 9.00', 'is applied once');
SELECT pg_temp.sound('sound at the end');

SELECT * FROM finish();
ROLLBACK;
