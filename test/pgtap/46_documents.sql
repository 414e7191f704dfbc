-- Every kind of document: what it posts, what undoes it, and what it leaves of reports before.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
SELECT ar.create_company('DE', 'Muster GmbH', 'EUR') AS de \gset
SELECT set_config('test.de', :'de', true) = :'de' AS de_set \gset
CREATE FUNCTION pg_temp.de() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT current_setting('test.de')::bigint$$;
CREATE FUNCTION pg_temp.document(kind text, number text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT d.document_id FROM receivables.document AS d
    WHERE d.company_id = pg_temp.de() AND d.kind = document.kind AND d.document_number = number
$$;
CREATE FUNCTION pg_temp.item(kind text, number text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT i.item_id FROM receivables.item AS i WHERE i.company_id = pg_temp.de() AND i.document_id = pg_temp.document(item.kind, number)
$$;
-- What is open of a document on a date; null where it is not open.
CREATE FUNCTION pg_temp.open(kind text, number text, on_date date) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT sum(o.open_amount) FROM ar.open_items(on_date) AS o
    WHERE o.company_id = pg_temp.de() AND o.document_id = pg_temp.document(open.kind, number)
$$;
CREATE FUNCTION pg_temp.reverse(kind text, number text, on_date date, reason text DEFAULT 'mistake') RETURNS bigint LANGUAGE sql AS $$
    SELECT ar.reverse_document(pg_temp.de(), pg_temp.document(kind, number), on_date, reason)
$$;
CREATE FUNCTION pg_temp.sound(name text) RETURNS text LANGUAGE sql AS $$SELECT is_empty('SELECT * FROM ar.check_ledger()', name)$$;
-- All reports up to a date are kept, and compared later.
CREATE TEMP TABLE reported (as_of date, line jsonb);
CREATE FUNCTION pg_temp.report(last_date date) RETURNS TABLE (as_of date, line jsonb) LANGUAGE sql STABLE AS $$
    SELECT d::date, to_jsonb(o) FROM generate_series(timestamp '2025-01-01', last_date::timestamp, '1 day') AS d, ar.open_items(d::date) AS o
$$;
CREATE FUNCTION pg_temp.keep_reports(last_date date) RETURNS void LANGUAGE sql AS $$
    DELETE FROM reported;
    INSERT INTO reported SELECT * FROM pg_temp.report(last_date);
$$;
CREATE FUNCTION pg_temp.reports_kept(last_date date, name text) RETURNS text LANGUAGE sql AS $$
    SELECT is_empty(format('(SELECT * FROM reported EXCEPT ALL SELECT * FROM pg_temp.report(%1$L))
                            UNION ALL (SELECT * FROM pg_temp.report(%1$L) EXCEPT ALL SELECT * FROM reported)', last_date), name)
$$;

-- What each kind posts. One customer each, so that its line of the ageing is that of the document.
CREATE TEMP TABLE posting (n serial, kind text, number text, on_date date, arguments text, amount numeric, item_amount numeric, due_on date,
                           bucket text);
INSERT INTO posting (kind, number, on_date, arguments, amount, item_amount, due_on, bucket) VALUES
    ('invoice', 'I1', '2025-01-10', $$'2025-02-09', 1000$$, 1000, 1000, '2025-02-09', 'days_31_60'),
    ('credit_note', 'N1', '2025-02-01', '100', 100, -100, '2025-02-01', 'unapplied_amount'),
    ('payment', 'P1', '2025-02-05', '300', 300, -300, '2025-02-05', 'unapplied_amount'),
    ('deposit', 'D1', '2025-02-06', '50', 50, -50, '2025-02-06', 'unapplied_amount'),
    ('refund', 'R1', '2025-03-31', '20', 20, 20, '2025-03-31', 'not_due'),
    ('write_off', 'W1', '2025-03-01', $$30, 'bankrupt'$$, 30, -30, '2025-03-01', 'unapplied_amount'),
    ('adjustment', 'A1', '2025-03-01', $$12.34, 'rounding'$$, 12.34, 12.34, '2025-03-01', 'days_1_30'),
    ('adjustment', 'A2', '2025-03-02', $$-5, 'goodwill'$$, -5, -5, '2025-03-02', 'unapplied_amount'),
    ('interest', 'T1', '2025-02-28', '7.77', 7.77, 7.77, '2025-02-28', 'days_31_60'),
    ('fee', 'F1', '2025-03-30', '40', 40, 40, '2025-03-30', 'days_1_30'),
    ('opening_balance', 'O1', '2025-01-01', $$500, '2024-10-01'$$, 500, 500, '2024-10-01', 'days_over_90'),
    ('opening_balance', 'O2', '2025-01-01', '-60', -60, -60, '2025-01-01', 'unapplied_amount');
INSERT INTO receivables.customer (company_id, customer_number, name) SELECT pg_temp.de(), 'C' || number, kind FROM posting;
CREATE FUNCTION pg_temp.post(kind text, customer_number text, number text, on_date date, arguments text, idempotency_key text DEFAULT NULL)
    RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    result bigint;
BEGIN
    EXECUTE format('SELECT ar.post_%s(pg_temp.de(), %L, %L, %L, %s, idempotency_key => %L)', kind, customer_number, number, on_date, arguments,
                   idempotency_key) INTO result;
    RETURN result;
END;
$$;
SELECT ok(pg_temp.post(kind, 'C' || number, number, on_date, arguments) > 0, format('%s %s is posted', kind, number))
FROM posting ORDER BY n;
SELECT is(to_jsonb(i) - '{item_id,document_id,customer_id,company_id,recorded_at}'::text[],
          jsonb_build_object('kind', p.kind, 'currency', 'EUR', 'instalment', 1, 'effective_on', p.on_date, 'due_on', p.due_on,
                             'contractual_due_on', NULL, 'closed_on', date 'infinity', 'last_applied_on', date '-infinity',
                             'applied_before_on', date '-infinity', 'last_applied_at', timestamptz '-infinity',
                             'amount', p.item_amount, 'open_amount', p.item_amount, 'last_applied_amount', 0,
                             'company_amount', p.item_amount, 'open_company_amount', p.item_amount, 'last_applied_company_amount', 0,
                             'reverses_item_id', NULL, 'reopened', false, 'is_debit', p.item_amount > 0),
          format('%s %s is one open item of %s', p.kind, p.number, p.item_amount))
FROM posting AS p JOIN receivables.item AS i ON i.company_id = pg_temp.de() AND i.item_id = pg_temp.item(p.kind, p.number) ORDER BY p.n;
CREATE FUNCTION pg_temp.view_row(kind text, number text) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
    result jsonb;
BEGIN
    EXECUTE format('SELECT to_jsonb(v) FROM receivables.%1$I AS v WHERE v.company_id = $1 AND v.%2$I = $2', kind, kind || '_number')
    INTO result USING pg_temp.de(), number;
    RETURN result;
END;
$$;
SELECT is(jsonb_build_array(v.line -> (p.kind || '_date'), v.line -> 'amount', v.line -> 'company_amount', v.line -> 'item_count', v.line -> 'item_id',
                            v.line -> 'reversed_on', v.line -> 'due_date'),
          jsonb_build_array(p.on_date, p.amount, p.amount, 1, pg_temp.item(p.kind, p.number), NULL,
                            CASE WHEN p.kind IN ('invoice', 'opening_balance') THEN p.due_on END),
          format('view %s shows %s', p.kind, p.number))
FROM posting AS p, LATERAL (SELECT pg_temp.view_row(p.kind, p.number)) AS v (line) ORDER BY p.n;
SELECT is((SELECT count(*) FROM receivables.document AS d WHERE d.kind = p.kind), (SELECT count(*) FROM posting AS x WHERE x.kind = p.kind),
          p.kind || ' stands in no other view') FROM (SELECT DISTINCT kind FROM posting) AS p;
SET LOCAL ar.as_of = '2025-03-31';
SELECT is(jsonb_build_object('balance', a.balance) || jsonb_strip_nulls(jsonb_build_object(
              'not_due', nullif(a.not_due, 0), 'days_1_30', nullif(a.days_1_30, 0), 'days_31_60', nullif(a.days_31_60, 0),
              'days_61_90', nullif(a.days_61_90, 0), 'days_over_90', nullif(a.days_over_90, 0), 'unapplied_amount', nullif(a.unapplied_amount, 0))),
          jsonb_build_object('balance', p.item_amount, p.bucket, p.item_amount),
          format('%s %s is %s in %s', p.kind, p.number, p.item_amount, p.bucket))
FROM posting AS p JOIN receivables.aging_by_customer AS a ON a.company_id = pg_temp.de() AND a.customer_number = 'C' || p.number ORDER BY p.n;
-- 1000 - 100 - 300 - 50 + 20 - 30 + 12.34 - 5 + 7.77 + 40 + 500 - 60 = 1035.11; credits 545
SELECT results_eq('SELECT balance, unapplied_amount, not_due, days_1_30, days_31_60, days_61_90, days_over_90 FROM receivables.aging_summary',
    'VALUES (1035.11, -545.00, 20.00, 52.34, 1007.77, 0.00, 500.00)', 'and the company has them all');
SELECT pg_temp.sound('sound with a document of every kind');

-- Each is undone by a dated reversal, with a reason.
SELECT pg_temp.keep_reports('2025-04-14');
SELECT cmp_ok((SELECT count(*) FROM reported), '>', 500::bigint, 'reports have lines to compare');
SELECT throws_ok(format('SELECT pg_temp.reverse(%L, %L, %s)', kind, number, v.arguments), sqlstate, message, format('%s %s %s', kind, number, name))
FROM posting, LATERAL (VALUES ($$'2025-04-15', NULL$$, '23514', 'a reversal needs a reason', 'without a reason is not undone'),
                              ($$'2025-04-15', ' '$$, '23514', 'a reversal needs a reason', 'with a blank reason is not undone'),
                              (quote_literal(on_date - 1), '23514', NULL, 'is not undone before it counts'),
                              ('NULL', '23502', NULL, 'is not undone at no date')) AS v (arguments, sqlstate, message, name) ORDER BY n;
SELECT ok(pg_temp.reverse(kind, number, '2025-04-15') > pg_temp.document(kind, number), format('%s %s is undone', kind, number)) FROM posting ORDER BY n;
SELECT pg_temp.reports_kept('2025-04-14', 'every report before is as it was, to the cent');
SELECT is_empty($$SELECT * FROM ar.open_items('2025-04-15')$$, 'nothing is open from the day on');
SELECT is((pg_temp.view_row(kind, number) ->> 'reversed_on'), '2025-04-15', format('view %s says when %s was undone', kind, number)) FROM posting ORDER BY n;
SELECT is((SELECT jsonb_build_array(r.document_date, r.amount, r.company_amount, r.reason, r.document_number, r.kind) FROM receivables.document AS r
           WHERE r.reverses_document_id = pg_temp.document(p.kind, p.number)),
          jsonb_build_array('2025-04-15', -p.amount, -p.amount, 'mistake', p.number || '/reversal', p.kind), format('the reversal of %s %s is its mirror', p.kind, p.number))
FROM posting AS p ORDER BY n;
SELECT is(pg_temp.view_row(kind, number || '/reversal'), NULL, format('the reversal of %s is no line of the view', number)) FROM posting ORDER BY n;
SELECT throws_ok(format('SELECT pg_temp.reverse(%L, %L, %L)', kind, v.number, v.on_date), sqlstate, message, format('%s %s %s', kind, v.number, name))
FROM posting AS p, LATERAL (VALUES
    (p.number, '2025-04-15', '23505', format('document %s has been reversed already', pg_temp.document(kind, p.number)), 'is not undone twice'),
    (p.number, '2025-04-14', '23505', NULL, 'is not undone again, before its reversal either'),
    (p.number || '/reversal', '2025-04-16', '23514',
     format('%s %s/reversal cannot be reversed: it is itself a reversal', replace(kind, '_', ' '), p.number), 'is not undone')) AS v (number, on_date, sqlstate, message, name)
ORDER BY n;
SELECT throws_ok($$SELECT ar.reverse_document(pg_temp.de(), -1, '2025-04-15', 'x')$$, 'P0002', 'there is no document -1 to reverse', 'there must be a document');
SELECT throws_ok($$SELECT ar.reverse_document(pg_temp.de(), NULL, '2025-04-15', 'x')$$, 'P0002', 'there is no document null to reverse', 'null is none');
SELECT is((SELECT count(*) FROM receivables.document), 24::bigint, 'twelve documents, twelve reversals, nothing else');
SELECT pg_temp.sound('sound after reversals');

-- What was settled with a document is open again when it is undone.
INSERT INTO receivables.customer (company_id, customer_number, name) VALUES (:de, 'B1', 'First'), (:de, 'B2', 'Second');
CREATE FUNCTION pg_temp.opens(on_date date, documents text[]) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT string_agg(format('%s %s', split_part(x, ' ', 2), coalesce(pg_temp.open(split_part(x, ' ', 1), split_part(x, ' ', 2), on_date), 0)), ', ' ORDER BY n)
    FROM unnest(documents) WITH ORDINALITY AS u (x, n)
$$;
SELECT ok(ar.post_invoice(:de, 'B1', 'J1', '2025-06-01', '2025-06-30', 1000) > 0, 'an invoice');
SELECT ok(ar.post_payment(:de, 'B1', 'Q1', '2025-06-10', 600, '[{"invoice_number": "J1", "amount": 500}]') > 0, 'a payment applied in part');
SELECT ok(ar.post_credit_note(:de, 'B1', 'M1', '2025-06-15', 200, invoice_number => 'J1') > 0, 'a credit note against it');
SELECT ok(ar.post_write_off(:de, 'B1', 'X1', '2025-06-20', 25, 'small', invoice_number => 'J1') > 0, 'a write-off of it');
SELECT ok(ar.post_refund(:de, 'B1', 'S1', '2025-06-21', 40, payment_number => 'Q1', reason => 'paid too much') > 0, 'a refund of the payment');
SELECT ok(ar.post_interest(:de, 'B1', 'Z1', '2025-07-05', 3.5, invoice_number => 'J1') > 0, 'interest on the invoice');
SELECT ok(ar.post_deposit(:de, 'B1', 'V1', '2025-06-05', 80) > 0, 'a deposit');
SELECT ok(ar.apply(:de, pg_temp.item('deposit', 'V1'), pg_temp.item('invoice', 'J1'), 80, '2025-06-25') > 0, 'applied later');
SELECT is(pg_temp.opens('2025-07-05', '{"invoice J1","payment Q1","credit_note M1","write_off X1","refund S1","interest Z1","deposit V1"}'),
          'J1 195.00, Q1 -60.00, M1 0, X1 0, S1 0, Z1 3.50, V1 0', 'each settles what it names: 1000 - 500 - 200 - 25 - 80');
SELECT results_eq($$SELECT d.kind, s.kind, s.document_number FROM receivables.document AS d JOIN receivables.document AS s ON s.company_id = d.company_id AND s.document_id = d.source_document_id
                    WHERE d.document_number IN ('M1', 'X1', 'S1', 'Z1') ORDER BY d.document_id$$,
    $$VALUES ('credit_note', 'invoice', 'J1'), ('write_off', 'invoice', 'J1'), ('refund', 'payment', 'Q1'), ('interest', 'invoice', 'J1')$$, 'and remembers it');
SELECT throws_ok($$SELECT pg_temp.reverse('invoice', 'J1', '2025-07-10')$$, '23514', 'invoice J1 cannot be reversed: there are credit notes against it', 'an invoice with credit notes is not undone');
SELECT throws_ok($$SELECT pg_temp.reverse('payment', 'Q1', '2025-06-20')$$, '23514', 'payment Q1 cannot be reversed: it counts from 2025-06-10, and was last applied on 2025-06-21',
                 'nor a payment before its last movement');
SELECT pg_temp.keep_reports('2025-07-09');
SELECT ok(pg_temp.reverse('credit_note', 'M1', '2025-07-10') > 0, 'the credit note is undone');
SELECT is(pg_temp.opens('2025-07-10', '{"invoice J1","credit_note M1"}'), 'J1 395.00, M1 0', 'and the invoice is open by as much again');
SELECT ok(pg_temp.reverse('payment', 'Q1', '2025-07-11') > 0, 'the payment bounces');
SELECT is(pg_temp.opens('2025-07-11', '{"invoice J1","payment Q1","refund S1"}'), 'J1 895.00, Q1 0, S1 40.00', 'and what it settled is open again, the refund too');
SELECT ok(pg_temp.reverse('write_off', 'X1', '2025-07-12', 'paid after all') > 0, 'the write-off is undone');
SELECT is(pg_temp.opens('2025-07-12', '{"invoice J1","write_off X1"}'), 'J1 920.00, X1 0', 'and owed again');
SELECT throws_ok($$SELECT pg_temp.reverse('invoice', 'J1', '2025-07-11')$$, '23514', NULL, 'the invoice is not undone before that');
SELECT ok(pg_temp.reverse('invoice', 'J1', '2025-07-12') > 0, 'then the invoice is undone, the day of its last movement');
SELECT is(pg_temp.opens('2025-07-12', '{"invoice J1","deposit V1","refund S1","interest Z1"}'), 'J1 0, V1 -80.00, S1 40.00, Z1 3.50', 'and the deposit is unapplied again');
SELECT is(pg_temp.opens('2025-07-11', '{"invoice J1","deposit V1"}'), 'J1 895.00, V1 0', 'not the day before');
SELECT pg_temp.reports_kept('2025-07-09', 'every report before the first reversal is as it was');
SELECT is((SELECT count(*) FROM receivables.application AS a WHERE a.reason = 'paid after all' AND a.effective_on = '2025-07-12'), 2::bigint,
          'the reason stands with the application that was reversed, and with the one that settles the reversal');
SELECT ok(reason IN (SELECT f.reason FROM ar.check_rows(pg_temp.de(), kind, jsonb_build_array(jsonb_build_object(
              'customer_number', 'B1', kind || '_number', 'M9', kind || '_date', '2025-07-20', 'amount', 1, field, number) || extra::jsonb)) AS f), name)
FROM (VALUES ('credit_note', 'invoice_number', 'J1', '{}', 'invoice J1 was reversed', 'no credit note against what was undone'),
             ('write_off', 'invoice_number', 'J1', '{"reason": "x"}', 'invoice J1 was reversed', 'no write-off of it'),
             ('refund', 'payment_number', 'Q1', '{}', 'payment Q1 was reversed', 'no refund of it')) AS v (kind, field, number, extra, reason, name);
SELECT pg_temp.sound('sound after reversals of what was applied');

-- More than is open
SELECT ok(ar.post_invoice(:de, 'B1', 'J2', '2025-08-01', '2025-08-31', 500) > 0, 'another invoice');
SELECT ok(ar.post_payment(:de, 'B1', 'Q2', '2025-08-02', 420, '[{"invoice_number": "J2", "amount": 400}]') > 0, 'paid but for 100, with 20 left over');
CREATE TEMP TABLE counted AS SELECT (SELECT count(*) FROM receivables.document) AS documents, (SELECT count(*) FROM receivables.item) AS items,
                                    (SELECT count(*) FROM receivables.application) AS applications;
SELECT throws_ok(format('SELECT ar.post_%s', call), '23514', message, name)
FROM (VALUES ($$write_off(pg_temp.de(), 'B1', 'X2', '2025-08-20', 100.01, 'small', invoice_number => 'J2')$$,
              'write off refused: amount 100.01 is too much: 100.00 is open of invoice J2, the rows up to this one take 100.01', 'a write-off of more than is open is refused'),
             ($$refund(pg_temp.de(), 'B1', 'S2', '2025-08-20', 20.01, payment_number => 'Q2')$$,
              'refund refused: amount 20.01 is too much: 20.00 is open of payment Q2, the rows up to this one take 20.01', 'a refund of more than is left is refused'),
             ($$credit_note(pg_temp.de(), 'B1', 'M2', '2025-08-20', 500.01, invoice_number => 'J2')$$,
              'credit note refused: invoice J2 is exceeded: with the rows up to this one 500.01 is credited, it is for 500.00', 'a credit note of more than its invoice is refused'),
             ($$write_off(pg_temp.de(), 'B2', 'X2', '2025-08-20', 1, 'small', invoice_number => 'J2')$$, 'write off refused: invoice J2 is of another customer', 'a write-off of another''s invoice is refused'),
             ($$refund(pg_temp.de(), 'B2', 'S2', '2025-08-20', 1, payment_number => 'Q2')$$, 'refund refused: payment Q2 is of another customer', 'a refund of another''s payment is refused'),
             ($$refund(pg_temp.de(), 'B1', 'S2', '2025-08-01', 1, payment_number => 'Q2')$$, 'refund refused: refund_date 2025-08-01 is before payment Q2 of 2025-08-02', 'a refund before its payment is refused'),
             ($$refund(pg_temp.de(), 'B1', 'S2', '2025-08-20', 1, payment_number => 'Q2', deposit_number => 'V1')$$, 'refund refused: only one document can be named', 'a refund of two documents is refused')) AS v (call, message, name);
SELECT throws_ok($$SELECT ar.post_write_off(pg_temp.de(), 'B1', 'X2', '2025-08-20', 1, NULL)$$, '23502', 'write off refused: reason is missing', 'a write-off without a reason is refused');
SELECT throws_ok($$SELECT ar.post_adjustment(pg_temp.de(), 'B1', 'A9', '2025-08-20', 1, ' ')$$, '23502', 'adjustment refused: reason is missing', 'an adjustment without a reason is refused');
SELECT throws_ok($$SELECT ar.post_adjustment(pg_temp.de(), 'B1', 'A9', '2025-08-20', 0, 'x')$$, '23514', 'adjustment refused: amount is 0', 'an adjustment of nothing is refused');
SELECT throws_ok($$SELECT ar.import_rows(pg_temp.de(), 'write_off', '[{"customer_number": "B1", "write_off_number": "X2", "write_off_date": "2025-08-20", "amount": 60, "reason": "a", "invoice_number": "J2"},
                                                                    {"customer_number": "B1", "write_off_number": "X3", "write_off_date": "2025-08-20", "amount": 40.01, "reason": "a", "invoice_number": "J2"}]')$$,
                 '23514', '1 of 2 write off rows refused, nothing imported', 'two write-offs together of more than is open are refused');
SELECT results_eq('SELECT (SELECT count(*) FROM receivables.document), (SELECT count(*) FROM receivables.item), (SELECT count(*) FROM receivables.application)',
                  'SELECT * FROM counted', 'nothing of them was written');
-- A credit note may exceed what is open of its invoice: the rest is unapplied.
SELECT ok(ar.post_credit_note(:de, 'B1', 'M2', '2025-08-20', 150, invoice_number => 'J2') > 0, 'a credit note of more than is open');
SELECT is(pg_temp.opens('2025-08-20', '{"invoice J2","credit_note M2"}'), 'J2 0, M2 -50.00', 'settles what is open and keeps the rest');
SELECT ok(ar.post_credit_note(:de, 'B1', 'M3', '2025-08-21', 350, invoice_number => 'J2') > 0, 'a second one up to the whole invoice');
SELECT throws_ok($$SELECT ar.post_credit_note(pg_temp.de(), 'B1', 'M4', '2025-08-22', 0.01, invoice_number => 'J2')$$, '23514', NULL, 'not a cent more');
SELECT ok(ar.post_refund(:de, 'B1', 'S2', '2025-08-22', 50, credit_note_number => 'M2') > 0, 'what is left of a credit note is paid out');
SELECT ok(ar.post_refund(:de, 'B1', 'S3', '2025-08-22', 80, deposit_number => 'V1') > 0, 'a deposit is paid back');
SELECT is(pg_temp.opens('2025-08-22', '{"credit_note M2","credit_note M3","refund S2","deposit V1","refund S3"}'), 'M2 0, M3 -350.00, S2 0, V1 0, S3 0', 'and both are settled');
SELECT pg_temp.sound('sound after what exceeds');

-- Transfers to another customer
SELECT ok(ar.post_invoice(:de, 'B1', 'J3', '2025-09-01', '2025-09-11', 300) > 0, 'an invoice of one customer');
SELECT ok(ar.post_payment(:de, 'B1', 'Q3', '2025-09-05', 90) > 0, 'a payment of his');
SELECT ok(ar.post_payment(:de, 'B1', 'Q4', '2025-09-06', 100, '[{"invoice_number": "J3", "amount": 100}]') > 0, 'a part payment');
SELECT pg_temp.keep_reports('2025-10-10');
SELECT throws_ok(format('SELECT ar.transfer(pg_temp.de(), %s)', arguments), sqlstate, message, name)
FROM (VALUES ($$pg_temp.item('invoice', 'J3'), 'B1', 'U1', '2025-10-11', 'x'$$, '23514', NULL, 'to the same customer is refused'),
             ($$pg_temp.item('invoice', 'J3'), 'none', 'U1', '2025-10-11', 'x'$$, '23503', 'customer none does not exist', 'to nobody is refused'),
             ($$-1, 'B2', 'U1', '2025-10-11', 'x'$$, '23503', 'item -1 does not exist', 'of no item is refused'),
             ($$pg_temp.item('invoice', 'J3'), 'B2', 'U1', '2025-10-11', NULL$$, '23514', NULL, 'without a reason is refused'),
             ($$pg_temp.item('invoice', 'J3'), 'B2', 'U1', '2025-10-11', ' '$$, '23514', NULL, 'with a blank reason is refused'),
             ($$pg_temp.item('invoice', 'J3'), 'B2', 'U1', '2025-10-11', 'x', 200.01$$, '23514', NULL, 'of more than is open is refused'),
             ($$pg_temp.item('invoice', 'J3'), 'B2', 'U1', '2025-10-11', 'x', 0$$, '23514', NULL, 'of nothing is refused'),
             ($$pg_temp.item('invoice', 'J3'), 'B2', 'U1', '2025-10-11', 'x', -1$$, '23514', NULL, 'of less than nothing is refused'),
             ($$pg_temp.item('invoice', 'J3'), 'B2', 'U1', '2025-10-11', 'x', 0.001$$, '23514', NULL, 'of a tenth of a cent is refused'),
             ($$pg_temp.item('invoice', 'J3'), 'B2', 'U1', '2025-08-31', 'x'$$, '23514', NULL, 'before it counts is refused'),
             ($$pg_temp.item('invoice', 'J3'), 'B2', NULL, '2025-10-11', 'x'$$, '23502', NULL, 'without a number is refused'),
             ($$pg_temp.item('invoice', 'J3'), 'B2', 'U1', NULL, 'x'$$, '23502', NULL, 'at no date is refused')) AS v (arguments, sqlstate, message, name);
SELECT ok(ar.transfer(:de, pg_temp.item('invoice', 'J3'), 'B2', 'U1', '2025-10-11', 'sold the shop') > 0, 'the rest of the invoice goes to another customer');
SELECT ok(ar.transfer(:de, pg_temp.item('payment', 'Q3'), 'B2', 'U2', '2025-10-12', 'paid for the shop', 60) > 0, 'and a part of the payment');
SELECT is(pg_temp.opens('2025-10-12', '{"invoice J3","transfer_out U1","transfer_in U1","payment Q3","transfer_out U2","transfer_in U2"}'),
          'J3 0, U1 0, U1 200.00, Q3 -30.00, U2 0, U2 -60.00', 'what is transferred is open for the other, the rest for the one');
SELECT results_eq($$SELECT c.customer_number, d.kind, d.document_number, d.amount, i.due_on, d.reason FROM receivables.document AS d JOIN receivables.item AS i USING (company_id, document_id)
                    JOIN receivables.customer AS c ON c.company_id = d.company_id AND c.customer_id = d.customer_id WHERE d.document_number IN ('U1', 'U2') ORDER BY d.document_id$$,
    $$VALUES ('B1', 'transfer_out', 'U1', -200.00, date '2025-10-11', 'sold the shop'), ('B2', 'transfer_in', 'U1', 200.00, '2025-09-11', 'sold the shop'),
             ('B1', 'transfer_out', 'U2', 60.00, '2025-10-12', 'paid for the shop'), ('B2', 'transfer_in', 'U2', -60.00, '2025-09-05', 'paid for the shop')$$,
    'the due date goes with the item');
SELECT throws_ok($$SELECT ar.transfer(pg_temp.de(), pg_temp.item('payment', 'Q3'), 'B2', 'U1', '2025-10-12', 'x')$$, '23505', NULL, 'a number that is taken is refused');
SET LOCAL ar.as_of = '2025-10-11';
-- 30 days past due as before; the day before for the first customer.
SELECT results_eq($$SELECT customer_number, kind, document_number, days_past_due, open_amount FROM receivables.open_item WHERE document_number IN ('J3', 'U1') ORDER BY item_id$$,
    $$VALUES ('B2', 'transfer_in', 'U1', 30, 200.00)$$, 'and so does its age');
SET LOCAL ar.as_of = '2025-10-10';
SELECT results_eq($$SELECT customer_number, kind, document_number, days_past_due, open_amount FROM receivables.open_item WHERE document_number IN ('J3', 'U1')$$,
    $$VALUES ('B1', 'invoice', 'J3', 29, 200.00)$$, 'the day before it was the first customer''s');
SELECT is((pg_temp.view_row('transfer_in', 'U1') -> 'source_document_id')::bigint, pg_temp.document('transfer_out', 'U1'), 'the halves know each other');
SELECT pg_temp.reports_kept('2025-10-10', 'reports before are as they were');
-- Both halves are undone together, whichever is named.
SELECT ok(ar.apply(:de, pg_temp.item('transfer_in', 'U2'), pg_temp.item('transfer_in', 'U1'), 60, '2025-10-20') > 0, 'a transferred payment settles a transferred invoice');
SELECT throws_ok($$SELECT ar.reverse_application(a.company_id, a.application_id, '2025-10-20', 'by halves') FROM receivables.application AS a
                   WHERE a.company_id = pg_temp.de() AND a.credit_item_id = pg_temp.item('transfer_out', 'U1')$$, '23514', NULL,
                 'nor by the application of its first half alone');
SELECT throws_ok($$SELECT pg_temp.reverse('transfer_out', 'U1', '2025-10-19')$$, '23514', NULL, 'a transfer is not undone before the other half moved');
SELECT pg_temp.keep_reports('2025-10-20');
SELECT ok(pg_temp.reverse('transfer_out', 'U1', '2025-10-21') > 0, 'the transfer of the invoice is undone by its first half');
SELECT is(pg_temp.opens('2025-10-21', '{"invoice J3","transfer_out U1","transfer_in U1","payment Q3","transfer_out U2","transfer_in U2"}'),
          'J3 200.00, U1 0, U1 0, Q3 -30.00, U2 0, U2 -60.00', 'the invoice is the first customer''s again, the payment of the second unapplied');
SELECT ok(pg_temp.reverse('transfer_in', 'U2', '2025-10-22') > 0, 'the transfer of the payment is undone by its second half');
SELECT is(pg_temp.opens('2025-10-22', '{"payment Q3","transfer_out U2","transfer_in U2"}'), 'Q3 -90.00, U2 0, U2 0', 'and is the first customer''s again');
SELECT is(pg_temp.view_row(kind, number) ->> 'reversed_on', on_date, format('%s %s says so', kind, number))
FROM (VALUES ('transfer_out', 'U1', '2025-10-21'), ('transfer_in', 'U1', '2025-10-21'), ('transfer_out', 'U2', '2025-10-22'), ('transfer_in', 'U2', '2025-10-22')) AS v (kind, number, on_date);
SELECT throws_ok(format('SELECT pg_temp.reverse(%L, %L, %L)', kind, 'U1', '2025-10-23'), '23505', NULL, kind || ' is not undone twice') FROM unnest('{transfer_in,transfer_out}'::text[]) AS kind;
SELECT pg_temp.reports_kept('2025-10-20', 'reports between transfer and reversal are as they were');
SELECT pg_temp.sound('sound after transfers');

-- What was transferred is not undone behind the back of who has it now.
SELECT ok(ar.post_invoice(:de, 'B1', 'J5', '2025-11-01', '2025-11-11', 300) > 0, 'another invoice');
SELECT ok(ar.post_payment(:de, 'B1', 'Q5', '2025-11-01', 90) > 0, 'another payment');
SELECT ok(ar.transfer(:de, pg_temp.item('invoice', 'J5'), 'B2', 'U5', '2025-11-02', 'sold the shop', 200) > 0, 'a part of the invoice is transferred');
SELECT ok(ar.transfer(:de, pg_temp.item('payment', 'Q5'), 'B2', 'U6', '2025-11-02', 'paid for the shop') > 0, 'all of the payment too');
SELECT ok(ar.transfer(:de, pg_temp.item('transfer_in', 'U5'), 'B1', 'U7', '2025-11-03', 'bought it back', 50) > 0, 'and a part of the part back');
SELECT throws_ok(format('SELECT pg_temp.reverse(%L, %L, %L)', kind, number, '2025-11-04'), '23514', format('%s %s cannot be reversed: an item of it was transferred', replace(kind, '_', ' '), number),
                 format('%s %s is not undone while an item of it is with another customer', kind, number))
FROM (VALUES ('invoice', 'J5'), ('payment', 'Q5'), ('transfer_in', 'U5'), ('transfer_out', 'U5')) AS v (kind, number);
SELECT is(pg_temp.opens('2025-11-04', '{"invoice J5","transfer_in U5","transfer_in U7","payment Q5","transfer_in U6"}'), 'J5 100.00, U5 150.00, U7 50.00, Q5 0, U6 -90.00', 'and nothing has moved');
SELECT ok(pg_temp.reverse(kind, number, '2025-11-05') > 0, format('%s %s is undone in turn', kind, number))
FROM (VALUES (1, 'transfer_in', 'U7'), (2, 'transfer_out', 'U5'), (3, 'invoice', 'J5'), (4, 'transfer_in', 'U6'), (5, 'payment', 'Q5')) AS v (n, kind, number) ORDER BY n;
SELECT is(pg_temp.opens('2025-11-05', '{"invoice J5","transfer_in U5","transfer_in U7","payment Q5","transfer_in U6"}'), 'J5 0, U5 0, U7 0, Q5 0, U6 0', 'to the last');
SELECT pg_temp.sound('sound after what was transferred is undone');

-- The same key posts once, whatever the kind.
INSERT INTO receivables.customer (company_id, customer_number, name) VALUES (:de, 'K1', 'Keys');
SELECT ok(pg_temp.post(kind, 'K1', 'K' || number, on_date, arguments, 'key ' || number) > 0, kind || ' with a key') FROM posting ORDER BY n;
SELECT is(pg_temp.post(kind, 'K1', 'K' || number, on_date, arguments, 'key ' || number), pg_temp.document(kind, 'K' || number), kind || ' again is the same document') FROM posting ORDER BY n;
SELECT throws_ok(format('SELECT pg_temp.post(%L, %L, %L, %L, %L, %L)', kind, customer, 'K' || number, date, call, 'key ' || number), '23505', NULL, format('%s %s with the same key and %s is refused', kind, number, what))
FROM posting, LATERAL (VALUES ('CI1', on_date, arguments, 'another customer'), ('K1', on_date - 1, arguments, 'another date'),
                              ('K1', on_date, regexp_replace(arguments, '(-?\d+(\.\d+)?)(?![-\d''])', '1', 'g'), 'another amount')) AS v (customer, date, call, what)
WHERE what <> 'another amount' OR kind <> 'invoice' ORDER BY n;
SELECT is((SELECT count(*) FROM receivables.document AS d WHERE d.idempotency_key LIKE 'key %'), 12::bigint, 'each is there once');
SELECT throws_ok(format('SELECT ar.post_%s', call), '23505', NULL, name)
FROM (VALUES ($$write_off(pg_temp.de(), 'K1', 'KW1', '2025-03-01', 30, 'fraud', idempotency_key => 'key W1')$$, 'a write-off for another reason is refused'),
             ($$adjustment(pg_temp.de(), 'K1', 'KA1', '2025-03-01', 12.34, 'other', idempotency_key => 'key A1')$$, 'an adjustment for another reason too'),
             ($$invoice(pg_temp.de(), 'K1', 'KI1', '2025-01-10', '2025-02-09', 1000, tax_amount => 130, idempotency_key => 'key I1')$$, 'an invoice with another tax'),
             ($$deposit(pg_temp.de(), 'K1', 'KD1', '2025-02-06', 50, order_reference => 'PO', idempotency_key => 'key D1')$$, 'a deposit for another order')) AS v (call, name);
SELECT pg_temp.sound('sound after repeated keys');

-- A debt older than the books is as old as it is.
SELECT ar.create_company('OB', 'Opening', 'EUR') AS ob \gset
INSERT INTO receivables.customer (company_id, customer_number, name) VALUES (:ob, 'C1', 'First');
SELECT ok(ar.post_opening_balance(:ob, 'C1', 'O1', '2025-12-01', 100, '2025-11-30') > 0, 'due the day before the books');
SELECT ok(ar.post_opening_balance(:ob, 'C1', 'O2', '2025-12-01', 200, '2025-09-01') > 0, 'due three months before');
SELECT ok(ar.post_opening_balance(:ob, 'C1', 'O3', '2025-12-01', 400) > 0, 'due with the books');
SELECT ok(ar.post_opening_balance(:ob, 'C1', 'O4', '2025-12-01', 800, '2025-12-31') > 0, 'due later');
SELECT ok(ar.post_opening_balance(:ob, 'C1', 'O5', '2025-12-01', -50) > 0, 'a credit from before');
SET LOCAL ar.as_of = '2025-12-01';
-- 1 September to 1 December: 91 days
SELECT results_eq(format('SELECT not_due, days_1_30, days_31_60, days_61_90, days_over_90, unapplied_amount, balance, average_days_past_due FROM receivables.aging_summary WHERE company_id = %s', :ob),
    'VALUES (1200.00, 100.00, 0.00, 0.00, 200.00, -50.00, 1450.00, 61.00)', 'opening balances are aged by their due dates: (100 x 1 + 200 x 91) / 300');
SET LOCAL ar.as_of = '2025-11-30';
SELECT results_eq(format('SELECT balance FROM receivables.aging_summary WHERE company_id = %s', :ob), 'VALUES (0.00)', 'and count from their date on only');

-- Sales and the DSO heed reversals, from their date on.
SELECT ar.create_company('DS', 'Sales', 'EUR') AS ds \gset
SELECT set_config('test.ds', :'ds', true) = :'ds' AS ds_set \gset
INSERT INTO receivables.customer (company_id, customer_number, name) VALUES (:ds, 'C1', 'First');
SELECT ok(ar.post_invoice(:ds, 'C1', 'I1', '2025-06-01', '2025-12-31', 900) > 0, 'an invoice');
SELECT ok(ar.post_invoice(:ds, 'C1', 'I2', '2025-06-15', '2025-12-31', 100) > 0, 'another');
SELECT ok(ar.post_credit_note(:ds, 'C1', 'N1', '2025-06-20', 60, invoice_number => 'I1') > 0, 'a credit note');
SELECT ok(ar.reverse_document(:ds, document_id, '2025-07-10', 'x') > 0, 'the second invoice is undone') FROM receivables.invoice WHERE company_id = :ds AND invoice_number = 'I2';
SELECT ok(ar.reverse_document(:ds, document_id, '2025-07-20', 'x') > 0, 'then the credit note') FROM receivables.credit_note WHERE company_id = :ds AND credit_note_number = 'N1';
CREATE FUNCTION pg_temp.sales(on_date date) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('ar.as_of', on_date::text, true);
    RETURN (SELECT concat_ws(' ', receivables, credit_sales, coalesce(standard_dso::text, 'none')) FROM receivables.dso WHERE company_id = current_setting('test.ds')::bigint);
END;
$$;
-- Sales of 90 days: 900 + 100 - 60, less 100 from 10 July on, and 60 more from 20 July on.
SELECT is(pg_temp.sales('2025-06-30'), '940.00 940.00 90.00', 'before: 900 + 100 - 60');
SELECT is(pg_temp.sales('2025-07-10'), '840.00 840.00 90.00', 'the reversal of an invoice takes it off receivables and sales');
SELECT is(pg_temp.sales('2025-07-20'), '900.00 900.00 90.00', 'that of a credit note puts it back');
SELECT is(pg_temp.sales('2025-10-01'), '900.00 -40.00 none', 'in a period that has the reversals alone sales are negative, and there is no DSO');

-- Nothing that was posted is changed, removed or made to look as if entered at another time or by another.
SELECT ar.create_company('AO', 'Append', 'EUR') AS ao \gset
SELECT set_config('test.ao', :'ao', true) = :'ao' AS ao_set \gset
INSERT INTO receivables.customer (company_id, customer_number, name) VALUES (:ao, 'C1', 'First');
SELECT is(imported, 1::bigint, 'a contract') FROM ar.import_rows(:ao, 'contract', '[{"contract_number": "K1", "customer_number": "C1", "contract_date": "2025-01-01", "amount": 100}]');
SELECT ok(ar.amend_contract(:ao, 'K1', '2025-02-01', 5, 'more') > 0, 'an amendment');
SELECT ok(ar.post_invoice(:ao, 'C1', 'I1', '2025-06-01', '2025-06-30', 11.30, tax_amount => 1.30, lines => '[{"net_amount": 10, "tax_rate": 0.13, "tax_amount": 1.30, "description": "ten"}]') > 0, 'an invoice with a line');
SELECT ok(ar.add_exchange_rate('USD', 'EUR', '2025-01-01', 0.9, 'ECB') > 0, 'a rate');
SELECT ok(ar.close_period(:ao, '2025-01-31') <= clock_timestamp(), 'a period is closed');
SET LOCAL ar.closed_period_reason = 'late';
SELECT ok(ar.post_fee(:ao, 'C1', 'F1', '2025-01-31', 5) > 0, 'and posted into');
SET LOCAL ar.closed_period_reason = '';
SELECT throws_ok(format(command, name), '23001', NULL, format(command, name) || ' is refused')
FROM (VALUES ('document_line'), ('contract_amendment'), ('exchange_rate'), ('period_closing'), ('period_override'), ('document'), ('item'), ('application')) AS t (name),
     (VALUES ('DELETE FROM receivables.%I'), ('TRUNCATE receivables.%I CASCADE')) AS c (command);
SELECT throws_ok(format('UPDATE receivables.%I SET %I = %I', name, field, field), '23001', NULL, format('%s of %s stays', field, name))
FROM (VALUES ('document_line', 'net_amount'), ('document_line', 'description'), ('document_line', 'attributes'), ('contract_amendment', 'amount'), ('contract_amendment', 'reason'),
             ('exchange_rate', 'rate'), ('period_closing', 'recorded_at'), ('period_closing', 'closed_through'), ('period_override', 'reason')) AS v (name, field)
UNION ALL
SELECT throws_ok(format('UPDATE receivables.%I SET %I = %I', c.relname, a.attname, a.attname), '23001', NULL, format('%s of %s stays', a.attname, c.relname))
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
WHERE c.oid IN ('receivables.document'::regclass, 'receivables.item'::regclass, 'receivables.application'::regclass) AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '';
CREATE FUNCTION pg_temp.forge(name text, columns text, vals text, field text, forged text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('INSERT INTO receivables.%I (%s, %I) SELECT %s, %L', name, columns, field, vals, forged);
END;
$$;
SELECT throws_ok(format('SELECT pg_temp.forge(%L, %L, %L, %L, %L)', name, columns, vals, field, forged), '23514', message, format('forged %s of %s is refused', field, name))
FROM (VALUES ('document', 'company_id, customer_id, document_date, kind, document_number, amount',
              $$current_setting('test.ao')::bigint, (SELECT customer_id FROM receivables.customer WHERE company_id = current_setting('test.ao')::bigint), '2025-06-01', 'fee', 'F9', 1$$),
             ('contract_amendment', 'company_id, contract_id, effective_on, amount, reason',
              $$current_setting('test.ao')::bigint, (SELECT contract_id FROM receivables.contract WHERE company_id = current_setting('test.ao')::bigint), '2025-06-01', 1, 'x'$$),
             ('exchange_rate', 'from_currency, to_currency, rate_date, source, rate', $$'USD', 'EUR', '2025-06-01', 'x', 1$$),
             ('period_closing', 'company_id, closed_through', $$current_setting('test.ao')::bigint, '2025-06-01'$$),
             ('period_override', 'company_id, table_name, effective_on, closed_through, reason', $$current_setting('test.ao')::bigint, 'item', '2025-01-01', '2025-01-31', 'x'$$)) AS t (name, columns, vals),
     LATERAL (VALUES ('recorded_at', '2025-01-01 00:00:00+00', format('recorded_at of receivables.%s must be the time of entry, not 2025-01-01 00:00:00+00', name)),
                     ('recorded_by', 'somebody', format('recorded_by of receivables.%s must be the role that enters it, not somebody', name))) AS f (field, forged, message);
SELECT lives_ok(format('SELECT pg_temp.forge(%L, %L, %L, %L, %L)', 'document', 'company_id, customer_id, document_date, kind, document_number, amount',
              $$current_setting('test.ao')::bigint, (SELECT customer_id FROM receivables.customer WHERE company_id = current_setting('test.ao')::bigint), '2025-06-01', 'fee', 'F9', 1$$, 'recorded_by', session_user),
    'the role that enters it may be written out');
SET LOCAL ar.application_user = 'ann@example.com';
SELECT ok(ar.post_fee(:ao, 'C1', 'F2', '2025-06-01', 5) > 0, 'a user of an application posts');
SELECT is((SELECT array_agg(application_user || ' ' || recorded_by) FROM receivables.fee WHERE fee_number = 'F2'), ARRAY['ann@example.com ' || session_user], 'who is told beside the role');

SELECT * FROM finish();
ROLLBACK;
