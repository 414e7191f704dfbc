-- Statements, balances, and the history of items and documents.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
SELECT ar.create_company('CN', '某某有限公司', 'CNY') AS cn \gset
SELECT set_config('test.cn', :'cn', true) = :'cn' AS cn_set \gset
CREATE FUNCTION pg_temp.cn() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT current_setting('test.cn')::bigint$$;
CREATE FUNCTION pg_temp.item(document_number text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT min(i.item_id) FROM receivables.item AS i JOIN receivables.document AS d USING (company_id, document_id)
    WHERE d.company_id = pg_temp.cn() AND d.document_number = item.document_number
$$;
CREATE FUNCTION pg_temp.document(document_number text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT d.document_id FROM receivables.document AS d
    WHERE d.company_id = pg_temp.cn() AND d.document_number = document.document_number
$$;
-- A statement as lines of text; '-' for null.
CREATE FUNCTION pg_temp.statement(from_date date, to_date date, currency text DEFAULT NULL, known_at timestamptz DEFAULT NULL)
    RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT concat_ws(' ', s.line, s.line_date, s.kind,
                     coalesce(CASE WHEN s.kind = 'exchange_difference' THEN 'number' ELSE s.document_number END, '-'),
                     coalesce(s.due_on::text, '-'), coalesce('"' || s.description || '"', '-'), coalesce(s.debit::text, '-'),
                     coalesce(s.credit::text, '-'), s.balance)
    FROM ar.customer_statement(pg_temp.cn(), 'C1', from_date, to_date, currency, known_at) AS s
$$;
SET LOCAL datestyle = 'ISO';

SELECT count(*) AS imported FROM ar.import_rows(pg_temp.cn(), 'customer',
    '[{"customer_number": "C1", "name": "甲"}, {"customer_number": "C2", "name": "乙"}, {"customer_number": "C3", "name": "丙"}]') \gset
SELECT ar.post_invoice(pg_temp.cn(), 'C1', 'I1', '2025-01-10', '2025-02-09', 1000) AS i1 \gset
SELECT ar.post_payment(pg_temp.cn(), 'C1', 'P1', '2025-02-10', 600, '[{"invoice_number": "I1", "amount": 600}]') AS p1 \gset
SELECT clock_timestamp() AS before_dollars \gset
SELECT ar.post_invoice(pg_temp.cn(), 'C1', 'I2', '2025-02-15', '2025-03-17', 100, currency => 'USD', exchange_rate => 7.1, reference => 'PO 7') AS i2 \gset
SELECT ar.post_credit_note(pg_temp.cn(), 'C1', 'CN1', '2025-03-05', 100, reference => 'damaged') AS cn1 \gset
SELECT ar.post_payment(pg_temp.cn(), 'C1', 'P2', '2025-03-20', 100, '[{"invoice_number": "I2", "amount": 100}]',
                       currency => 'USD', exchange_rate => 7.2) AS p2 \gset
SELECT ar.post_invoice(pg_temp.cn(), 'C1', 'I3', '2025-03-25', NULL, 900,
                       instalments => '[{"due_date": "2025-04-24", "amount": 500}, {"due_date": "2025-05-24", "amount": 400}]') AS i3 \gset
SELECT ar.post_invoice(pg_temp.cn(), 'C2', 'I4', '2025-03-01', '2025-03-31', 77) AS other \gset
SELECT ar.reverse_document(pg_temp.cn(), pg_temp.document('CN1'), '2025-04-02', 'wrong customer') AS undone \gset

-- The statement, computed by hand.
PREPARE full_statement AS SELECT pg_temp.statement('2025-02-01', '2025-04-30');
SELECT results_eq('full_statement', ARRAY[
    '1 2025-02-01 opening - - - - - 1000.00',
    '2 2025-02-10 payment P1 - - - 600.00 400.00',
    '3 2025-02-15 invoice I2 2025-03-17 "USD 100.00, PO 7" 710.00 - 1110.00',
    '4 2025-03-05 credit_note CN1 - "damaged" - 100.00 1010.00',
    '5 2025-03-20 payment P2 - "USD 100.00" - 720.00 290.00',
    '6 2025-03-20 exchange_difference number 2025-03-20 - 10.00 - 300.00',
    '7 2025-03-25 invoice I3 2025-04-24 "instalment 1 of 2" 500.00 - 800.00',
    '8 2025-03-25 invoice I3 2025-05-24 "instalment 2 of 2" 400.00 - 1200.00',
    '9 2025-04-02 credit_note CN1/reversal 2025-04-02 "reversal of CN1, wrong customer" 100.00 - 1300.00',
    '10 2025-04-30 closing - - - - - 1300.00'], 'in the currency of the company: every item, with what exchange rates made of it');
SELECT results_eq($$SELECT pg_temp.statement('2025-02-10', '2025-02-15')$$, ARRAY[
    '1 2025-02-10 opening - - - - - 1000.00',
    '2 2025-02-10 payment P1 - - - 600.00 400.00',
    '3 2025-02-15 invoice I2 2025-03-17 "USD 100.00, PO 7" 710.00 - 1110.00',
    '4 2025-02-15 closing - - - - - 1110.00'], 'the first and the last day belong to it');
SELECT results_eq($$SELECT pg_temp.statement('2025-02-11', '2025-02-14')$$, ARRAY[
    '1 2025-02-11 opening - - - - - 400.00', '2 2025-02-14 closing - - - - - 400.00'], 'without a movement');
SELECT results_eq($$SELECT pg_temp.statement('2025-02-01', '2025-04-30', 'USD')$$, ARRAY[
    '1 2025-02-01 opening - - - - - 0.00',
    '2 2025-02-15 invoice I2 2025-03-17 "PO 7" 100.00 - 100.00',
    '3 2025-03-20 payment P2 - - - 100.00 0.00',
    '4 2025-04-30 closing - - - - - 0.00'], 'in dollars: only what is in dollars, and no exchange difference');
SELECT results_eq($$SELECT pg_temp.statement('2025-03-01', '2025-03-20', 'CNY')$$, ARRAY[
    '1 2025-03-01 opening - - - - - 400.00',
    '2 2025-03-05 credit_note CN1 - "damaged" - 100.00 300.00',
    '3 2025-03-20 closing - - - - - 300.00'], 'in the currency of the company alone: not the dollars');
SELECT set_config('test.before_dollars', :'before_dollars', true) IS NOT NULL AS set \gset
SELECT results_eq($$SELECT pg_temp.statement('2025-02-01', '2025-04-30', NULL, current_setting('test.before_dollars')::timestamptz)$$, ARRAY[
    '1 2025-02-01 opening - - - - - 1000.00',
    '2 2025-02-10 payment P1 - - - 600.00 400.00',
    '3 2025-04-30 closing - - - - - 400.00'], 'as it was known earlier');
SET LOCAL ar.known_at = :'before_dollars';
SELECT is((SELECT balance FROM ar.customer_statement(pg_temp.cn(), 'C1', '2025-02-01', '2025-04-30') WHERE kind = 'closing'), 400.00,
          'which is what the setting ar.known_at stands for');
SELECT is(ar.balance(pg_temp.cn(), 'C1', '2025-04-30'), 400.00, 'for a balance too');
SELECT is((SELECT max(event) FROM ar.item_history(pg_temp.cn(), pg_temp.item('I1'))), 2, 'and the history of an item');
SELECT throws_ok($$SELECT ar.item_history(pg_temp.cn(), pg_temp.item('I2'))$$, 'P0002', NULL, 'where an item entered later is not there');
SELECT throws_ok($$SELECT ar.document_history(pg_temp.cn(), pg_temp.document('I2'))$$, 'P0002', NULL, 'nor a document');
RESET ar.known_at;
SELECT results_eq($$SELECT balance FROM ar.customer_statement(pg_temp.cn(), ' C3 ', '2025-02-01', '2025-04-30')$$, ARRAY[0.00, 0.00],
                  'a customer without items has nothing to pay');
SELECT results_eq($$SELECT line, balance FROM ar.customer_statement(pg_temp.cn(), 'C1', '-infinity', '2025-01-10')$$,
                  $$VALUES (1, 0.00), (2, 1000.00), (3, 1000.00)$$, 'from the beginning');
SELECT throws_ok(format('SELECT ar.customer_statement(%s)', arguments), sqlstate, message, name)
FROM (VALUES
    ($$pg_temp.cn(), 'C9', '2025-01-01', '2025-01-31'$$, '23503', 'customer C9 does not exist', 'an unknown customer'),
    ($$pg_temp.cn(), NULL, '2025-01-01', '2025-01-31'$$, '23503', 'customer null does not exist', 'no customer'),
    ($$-1, 'C1', '2025-01-01', '2025-01-31'$$, '23503', 'company -1 does not exist', 'an unknown company'),
    ($$pg_temp.cn(), 'C1', '2025-01-01', '2025-01-31', 'XXX'$$, '23503', 'currency XXX does not exist', 'an unknown currency'),
    ($$pg_temp.cn(), 'C1', '2025-02-01', '2025-01-31'$$, '22023', 'a statement cannot run from 2025-02-01 to 2025-01-31', 'the wrong way round'),
    ($$pg_temp.cn(), 'C1', NULL, '2025-01-31'$$, '22023', 'a statement cannot run from null to 2025-01-31', 'no first day'),
    ($$pg_temp.cn(), 'C1', '2025-01-31', NULL$$, '22023', 'a statement cannot run from 2025-01-31 to null', 'no last day')) AS v (arguments, sqlstate, message, name);

-- Balances
SELECT is(ar.balance(pg_temp.cn(), 'C1', on_date, currency), expected, format('balance on %s in %s', on_date, coalesce(currency, 'all')))
FROM (VALUES (date '2025-01-09', NULL, 0.00), ('2025-01-10', NULL, 1000.00), ('2025-02-15', NULL, 1110.00), ('2025-02-15', 'USD', 100.00),
             ('2025-02-15', 'CNY', 400.00), ('2025-03-20', NULL, 300.00), ('2025-03-20', 'USD', 0.00), ('2025-04-01', NULL, 1200.00),
             ('2025-04-02', NULL, 1300.00), ('2025-04-02', 'JPY', 0)) AS v (on_date, currency, expected);
SET LOCAL ar.as_of = '2025-02-15';
SELECT is(ar.balance(pg_temp.cn(), 'C1'), 1110.00, 'by default on the date of the question');
RESET ar.as_of;
SELECT throws_ok($$SELECT ar.balance(pg_temp.cn(), 'C9')$$, '23503', 'customer C9 does not exist', 'no balance of an unknown customer');
SELECT throws_ok($$SELECT ar.balance(-1, 'C1')$$, '23503', 'company -1 does not exist', 'or company');
SELECT throws_ok($$SELECT ar.balance(pg_temp.cn(), 'C1', currency => 'usd')$$, '23503', 'currency usd does not exist', 'or in an unknown currency');

-- What happened to an item
SELECT ar.reverse_application(pg_temp.cn(), (SELECT application_id FROM receivables.application WHERE debit_item_id = pg_temp.item('I1')),
                              '2025-05-01', 'bounced') AS reversed \gset
SET LOCAL ar.application_user = '小王';
SELECT ar.apply(pg_temp.cn(), pg_temp.item('P1'), pg_temp.item('I1'), 250, '2025-05-02', 'again') AS applied \gset
RESET ar.application_user;
CREATE FUNCTION pg_temp.events(item_id bigint) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT concat_ws(' ', h.event, h.effective_on, h.event_kind, coalesce(CASE WHEN h.other_kind = 'exchange_difference' THEN h.other_kind
                                                                               ELSE h.other_document_number END, '-'),
                     h.amount, h.open_amount, h.company_amount, h.open_company_amount, coalesce(h.reason, '-'), coalesce(h.application_user, '-'))
    FROM ar.item_history(pg_temp.cn(), item_id) AS h
$$;
SELECT results_eq($$SELECT pg_temp.events(pg_temp.item('I1'))$$, ARRAY[
    '1 2025-01-10 posted - 1000.00 1000.00 1000.00 1000.00 - -',
    '2 2025-02-10 applied P1 -600.00 400.00 -600.00 400.00 - -',
    '3 2025-05-01 unapplied P1 600.00 1000.00 600.00 1000.00 bounced -',
    '4 2025-05-02 applied P1 -250.00 750.00 -250.00 750.00 again 小王'], 'a debit: applied, undone, applied again');
SELECT results_eq($$SELECT pg_temp.events(pg_temp.item('P1'))$$, ARRAY[
    '1 2025-02-10 posted - -600.00 -600.00 -600.00 -600.00 - -',
    '2 2025-02-10 applied I1 600.00 0.00 600.00 0.00 - -',
    '3 2025-05-01 unapplied I1 -600.00 -600.00 -600.00 -600.00 bounced -',
    '4 2025-05-02 applied I1 250.00 -350.00 250.00 -350.00 again 小王'], 'and the credit that settled it');
SELECT results_eq($$SELECT pg_temp.events(pg_temp.item('P2'))$$, ARRAY[
    '1 2025-03-20 posted - -100.00 -100.00 -720.00 -720.00 - -',
    '2 2025-03-20 applied I2 100.00 0.00 710.00 -10.00 - -',
    '3 2025-03-20 exchange difference exchange_difference 0.00 0.00 10.00 0.00 - -'], 'a payment in dollars, worth more than the invoice was');
SELECT results_eq($$SELECT pg_temp.events(pg_temp.item('CN1'))$$, ARRAY[
    '1 2025-03-05 posted - -100.00 -100.00 -100.00 -100.00 - -',
    '2 2025-04-02 reversed CN1/reversal 100.00 0.00 100.00 0.00 wrong customer -'], 'a credit note that was reversed');
SELECT is((SELECT array_agg(h.other_item_id IS NULL ORDER BY h.event) FROM ar.item_history(pg_temp.cn(), pg_temp.item('CN1')) AS h),
          ARRAY[true, false], 'the other item is named');
SELECT is((SELECT bool_and(h.recorded_by = session_user) FROM ar.item_history(pg_temp.cn(), pg_temp.item('I1')) AS h), true, 'and who entered it');
SELECT throws_ok($$SELECT ar.item_history(pg_temp.cn(), -1)$$, 'P0002', 'there is no item -1', 'an unknown item');
SELECT throws_ok($$SELECT ar.item_history(-1, 1)$$, '23503', NULL, 'of an unknown company');

-- What happened to a document
SELECT ar.post_payment(pg_temp.cn(), 'C1', 'P3', '2025-04-24', 700, '[{"invoice_number": "I3", "amount": 700}]') AS p3 \gset
SELECT ar.reverse_document(pg_temp.cn(), pg_temp.document('I3'), '2025-05-10', 'order cancelled') AS i3_undone \gset
CREATE FUNCTION pg_temp.document_events(document_id bigint) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT concat_ws(' ', h.event, h.effective_on, h.event_kind, coalesce(h.other_document_number, '-'), h.amount, h.open_amount,
                     coalesce(h.reason, '-'))
    FROM ar.document_history(pg_temp.cn(), document_id) AS h
$$;
SELECT set_eq($$SELECT regexp_replace(e, '^\d+ ', '') FROM pg_temp.document_events(pg_temp.document('I3')) AS e$$, ARRAY[
    '2025-03-25 posted - 500.00 500.00 -',
    '2025-03-25 posted - 400.00 400.00 -',
    '2025-04-24 applied P3 -500.00 0.00 -',
    '2025-04-24 applied P3 -200.00 200.00 -',
    '2025-05-10 unapplied P3 500.00 500.00 order cancelled',
    '2025-05-10 unapplied P3 200.00 400.00 order cancelled',
    '2025-05-10 reversed I3/reversal -500.00 0.00 order cancelled',
    '2025-05-10 reversed I3/reversal -400.00 0.00 order cancelled'], 'a document: all items, settled and reversed');
SELECT results_eq($$SELECT event, effective_on FROM ar.document_history(pg_temp.cn(), pg_temp.document('I3'))$$,
                  $$SELECT n, (ARRAY['2025-03-25', '2025-03-25', '2025-04-24', '2025-04-24', '2025-05-10', '2025-05-10', '2025-05-10', '2025-05-10'])[n]::date
                    FROM generate_series(1, 8) AS n$$, 'in order, counted from 1');
SELECT throws_ok($$SELECT ar.document_history(pg_temp.cn(), -1)$$, 'P0002', 'there is no document -1', 'an unknown document');

-- A random book against plain SQL over the documents alone.
\ir random_book.psql
CREATE FUNCTION pg_temp.owed(customer text, on_date date, currency text) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(CASE WHEN d.kind IN ('credit_note', 'payment', 'deposit', 'write_off') THEN -1 ELSE 1 END
                        * CASE WHEN owed.currency IS NULL THEN d.company_amount ELSE d.amount END), 0)
    FROM receivables.document AS d JOIN receivables.customer AS c USING (company_id, customer_id)
    WHERE d.company_id = pg_temp.random_company() AND c.customer_number = customer AND d.document_date <= on_date
      AND (owed.currency IS NULL OR d.currency = owed.currency)
$$;
CREATE TEMP TABLE asked AS
SELECT c.customer, u.currency, f.from_date, f.from_date + l.days AS to_date, s.*
FROM unnest('{R1,R2,R3,R4}'::text[]) AS c (customer),
     unnest('{CNY,USD,JPY,NULL}'::text[]) AS u (currency),
     generate_series(timestamp '2024-12-30', '2025-06-15', '24 days') AS t, LATERAL (SELECT t::date) AS f (from_date),
     unnest('{0,1,30,400}'::integer[]) AS l (days),
     LATERAL ar.customer_statement(pg_temp.random_company(), c.customer, f.from_date, f.from_date + l.days, u.currency) AS s;
SELECT cmp_ok((SELECT count(*) FROM asked WHERE kind NOT IN ('opening', 'closing')), '>', 1000::bigint, 'the book has movements');
SELECT is_empty($$SELECT * FROM asked WHERE kind = 'opening' AND balance <> pg_temp.owed(customer, from_date - 1, currency)$$,
                'the opening balance is what documents come to the day before');
SELECT is_empty($$SELECT * FROM asked WHERE kind = 'closing' AND balance <> pg_temp.owed(customer, to_date, currency)$$,
                'the closing balance is what documents come to');
SELECT is_empty($$
    SELECT * FROM asked AS a JOIN receivables.customer AS c ON c.company_id = pg_temp.random_company() AND c.customer_number = a.customer
    CROSS JOIN LATERAL (SELECT coalesce(sum(CASE WHEN a.currency IS NULL THEN o.open_company_amount ELSE o.open_amount END), 0) AS open
                        FROM ar.open_items(a.to_date) AS o WHERE o.company_id = c.company_id AND o.customer_id = c.customer_id
                          AND (a.currency IS NULL OR o.currency = a.currency)) AS o
    WHERE a.kind = 'closing' AND a.balance <> o.open$$, 'and what the open items come to');
SELECT is_empty($$
    SELECT customer, currency, from_date, to_date FROM asked GROUP BY 1, 2, 3, 4
    HAVING sum(balance) FILTER (WHERE kind = 'opening') + coalesce(sum(debit), 0) - coalesce(sum(credit), 0)
           <> sum(balance) FILTER (WHERE kind = 'closing') OR max(line) <> count(*)$$, 'opening and movements come to closing');
SELECT is_empty($$SELECT * FROM (SELECT a.*, lag(balance) OVER (PARTITION BY customer, currency, from_date, to_date ORDER BY line) AS before FROM asked AS a) AS a
                  WHERE kind <> 'opening' AND balance <> before + coalesce(debit, 0) - coalesce(credit, 0)$$, 'line by line');
SELECT is_empty($$
    SELECT i.item_id FROM receivables.item AS i
    CROSS JOIN LATERAL (SELECT h.open_amount, h.open_company_amount, h.effective_on FROM ar.item_history(i.company_id, i.item_id) AS h
                        ORDER BY h.event DESC LIMIT 1) AS h
    WHERE i.company_id = pg_temp.random_company()
      AND (h.open_amount, h.open_company_amount) <> (i.open_amount, i.open_company_amount)$$, 'the history of every item ends with what is open');
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');

-- Closed history costs nothing: of 6000 settled items and 3 open ones only what counts is read, call after call.
SELECT count(*) AS imported FROM ar.import_rows(pg_temp.cn(), 'customer', '[{"customer_number": "H", "name": "History"}]') \gset
SET LOCAL session_replication_role = replica;
INSERT INTO receivables.document (company_id, document_id, customer_id, document_date, kind, document_number, currency, amount, company_amount)
SELECT pg_temp.cn(), 1000000 + n, ar.find_customer(pg_temp.cn(), 'H'), date '2010-01-01' + n / 2, CASE n % 2 WHEN 0 THEN 'invoice' ELSE 'payment' END, 'H' || n, 'CNY', 1, 1
FROM generate_series(1, 6003) AS n;
INSERT INTO receivables.item (company_id, item_id, customer_id, document_id, kind, currency, effective_on, due_on, closed_on, last_applied_on, last_applied_at,
                              last_applied_amount, last_applied_company_amount, amount, open_amount, company_amount, open_company_amount)
SELECT d.company_id, d.document_id, d.customer_id, d.document_id, d.kind, 'CNY', d.document_date, d.document_date, CASE WHEN o.settled THEN d.document_date ELSE 'infinity' END,
       CASE WHEN o.settled THEN d.document_date ELSE '-infinity' END, CASE WHEN o.settled THEN d.recorded_at ELSE '-infinity' END,
       o.settled::integer, o.settled::integer, o.amount, CASE WHEN o.settled THEN 0 ELSE o.amount END, o.amount, CASE WHEN o.settled THEN 0 ELSE o.amount END
FROM receivables.document AS d
CROSS JOIN LATERAL (SELECT d.document_id <= 1006000 AS settled, CASE d.kind WHEN 'invoice' THEN 1 ELSE -1 END AS amount) AS o
WHERE d.company_id = pg_temp.cn() AND d.document_id > 1000000;
RESET session_replication_role;
ANALYZE receivables.item, receivables.document;
CREATE FUNCTION pg_temp.items_read() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT pg_stat_get_xact_tuples_fetched('receivables.item'::regclass)
           + sum(pg_stat_get_xact_tuples_returned(i.indexrelid)) FROM pg_index AS i WHERE i.indrelid = 'receivables.item'::regclass
$$;
SELECT pg_temp.items_read() AS before \gset
SELECT is(array_agg(DISTINCT ar.balance(pg_temp.cn(), 'H', date '2025-01-01' + n)), '{-1.00}', 'a balance') FROM generate_series(1, 20) AS n;
SELECT cmp_ok(pg_temp.items_read() - :before, '<=', 20 * 2 * 3::bigint, 'reads open items only');
SELECT pg_temp.items_read() AS before \gset
SELECT is(array_agg(DISTINCT s.balance), '{-1.00}', 'a statement')
FROM generate_series(1, 20) AS n, LATERAL ar.customer_statement(pg_temp.cn(), 'H', date '2018-03-21' + n, '2025-01-01') AS s WHERE s.kind = 'closing';
SELECT cmp_ok(pg_temp.items_read() - :before, '<=', 20 * 2 * (3 + 3)::bigint, 'reads open items and what moved');

SELECT finish();
ROLLBACK;
