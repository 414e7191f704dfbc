-- Posting to the books, one document at a time.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
SELECT ok(:'made'::boolean, 'the books are of the version of the code');
SELECT is(ar.ledger_version(), ar.version(), 'and say so');
SELECT is(ar.library_version(), ar.version(), 'and so is the library');

SELECT ar.create_company('DE', 'Muster GmbH', 'EUR') AS de \gset
SELECT ar.create_company('JP', 'Muster KK', 'JPY') AS jp \gset
SELECT ar.create_company('KW', 'Muster WLL', 'KWD') AS kw \gset
SELECT set_config('test.de', :'de', true) = :'de' AS de_set, set_config('test.jp', :'jp', true) = :'jp' AS jp_set,
       set_config('test.kw', :'kw', true) = :'kw' AS kw_set \gset
CREATE FUNCTION pg_temp.de() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT current_setting('test.de')::bigint$$;
CREATE FUNCTION pg_temp.jp() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT current_setting('test.jp')::bigint$$;
CREATE FUNCTION pg_temp.kw() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT current_setting('test.kw')::bigint$$;
-- The item of a document of the German company.
CREATE FUNCTION pg_temp.item(document_number text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT i.item_id FROM receivables.item AS i JOIN receivables.document AS d USING (company_id, document_id)
    WHERE d.company_id = pg_temp.de() AND d.document_number = item.document_number
$$;
CREATE FUNCTION pg_temp.open(document_number text, on_date date) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(o.open_amount), 0) FROM ar.open_items(on_date) AS o
    WHERE o.company_id = pg_temp.de() AND o.item_id = pg_temp.item(document_number)
$$;
CREATE FUNCTION pg_temp.state(document_number text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT concat_ws(' ', i.open_amount, i.closed_on, i.last_applied_on, i.reopened)
    FROM receivables.item AS i WHERE i.company_id = pg_temp.de() AND i.item_id = pg_temp.item(document_number)
$$;
CREATE FUNCTION pg_temp.import_application(application jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ar.import_rows(pg_temp.de(), 'application', jsonb_build_array(application));
    RETURN pg_temp.state(application ->> 'credit_note_number');
END;
$$;
SET LOCAL datestyle = 'ISO';
-- The outcome is compared by row and column: no break may have been left behind.
CREATE FUNCTION pg_temp.sound(name text) RETURNS text LANGUAGE sql AS $$SELECT is_empty('SELECT * FROM ar.check_ledger()', name)$$;

SELECT throws_ok($$SELECT ar.create_company('DE', 'Other', 'EUR')$$, '23505', NULL, 'a company code that is taken is refused');
SELECT throws_ok($$SELECT ar.create_company('XX', 'Other', 'XXX')$$, '23503', NULL, 'an unknown currency is refused');
SELECT throws_ok($$SELECT ar.create_company('XX', 'Other', 'eur')$$, '23503', NULL, 'a currency in small letters is refused');
SELECT throws_ok($$SELECT ar.create_company(NULL, 'Other', 'EUR')$$, '23502', NULL, 'a company without a code is refused');
SELECT throws_ok($$SELECT ar.create_company('  ', 'Other', 'EUR')$$, '23514', NULL, 'a company with a blank code is refused');

INSERT INTO receivables.customer (company_id, customer_number, name)
VALUES (:de, 'C1', 'First'), (:de, 'C2', 'Second'), (:jp, 'C1', 'First in Japan'), (:kw, 'C1', 'First in Kuwait');

-- Invoices
SELECT ok(ar.post_invoice(pg_temp.de(), 'C1', 'I1', '2025-01-15', '2025-02-14', 10000) > 0, 'an invoice is posted');
SELECT results_eq($$SELECT d.kind, d.document_number, d.document_date, d.amount::text, i.effective_on, i.due_on, i.amount::text, i.open_amount::text,
                           i.closed_on, i.is_debit
                    FROM receivables.document AS d JOIN receivables.item AS i USING (company_id, document_id) WHERE d.document_number = 'I1'$$,
    $$VALUES ('invoice', 'I1', date '2025-01-15', '10000.00', date '2025-01-15', date '2025-02-14', '10000.00', '10000.00', date 'infinity', true)$$,
    'it is one debit item, wholly open, shown to the decimals of the currency');
SELECT ok(ar.post_invoice(pg_temp.de(), 'C1', '007', '2025-01-15', '2025-01-15', 0.01, 'PO 1', '{"project": 7}') > 0, 'an invoice of one cent, due the same day');
SELECT results_eq($$SELECT invoice_number, reference, attributes FROM receivables.invoice WHERE amount = 0.01$$,
    $$VALUES ('007', 'PO 1', '{"project": 7}'::jsonb)$$, 'leading zeros, reference and attributes are kept');
SELECT throws_ok(format('SELECT ar.post_invoice(pg_temp.de(), %s)', arguments), sqlstate, NULL, name)
FROM (VALUES
    ($$'C1', 'I1', '2025-01-15', '2025-02-14', 10000$$, '23505', 'an invoice number that is taken is refused'),
    ($$'C2', 'I1', '2025-01-15', '2025-02-14', 5$$, '23505', 'also for another customer'),
    ($$'C9', 'I9', '2025-01-15', '2025-02-14', 5$$, '23503', 'an unknown customer is refused'),
    ($$NULL, 'I9', '2025-01-15', '2025-02-14', 5$$, '23502', 'an invoice without a customer is refused'),
    ($$'C1', NULL, '2025-01-15', '2025-02-14', 5$$, '23502', 'an invoice without a number is refused'),
    ($$'C1', '  ', '2025-01-15', '2025-02-14', 5$$, '23502', 'an invoice with a blank number is refused'),
    ($$'C1', 'I9', NULL, '2025-02-14', 5$$, '23502', 'an invoice without a date is refused'),
    ($$'C1', 'I9', '2025-01-15', NULL, 5$$, '23502', 'an invoice without a due date is refused'),
    ($$'C1', 'I9', '2025-01-15', '2025-02-14', NULL$$, '23502', 'an invoice without an amount is refused'),
    ($$'C1', 'I9', '2025-01-15', '2025-01-14', 5$$, '23514', 'a due date before the invoice date is refused'),
    ($$'C1', 'I9', '2025-01-15', '2025-02-14', 0$$, '23514', 'an amount of zero is refused'),
    ($$'C1', 'I9', '2025-01-15', '2025-02-14', -5$$, '23514', 'a negative amount is refused'),
    ($$'C1', 'I9', '2025-01-15', '2025-02-14', 5.001$$, '23514', 'an amount with too many decimals is refused')) AS v (arguments, sqlstate, name);
SELECT throws_ok($$SELECT ar.post_invoice(pg_temp.de(), 'C1', 'I9', '2025-01-15', '2025-02-14', 'NaN')$$, NULL, NULL, 'NaN is refused');
SELECT throws_ok($$SELECT ar.post_invoice(pg_temp.de(), 'C1', 'I9', '2025-01-15', '2025-02-14', 'Infinity')$$, NULL, NULL, 'an infinite amount is refused');
SELECT throws_ok($$SELECT ar.post_invoice(pg_temp.de(), 'C1', 'I9', '2025-01-15', 'infinity', 5)$$, NULL, NULL, 'an infinite due date is refused');
SELECT throws_ok($$SELECT ar.post_invoice(-1, 'C1', 'I9', '2025-01-15', '2025-02-14', 5)$$, '23503', 'company -1 does not exist', 'an unknown company is refused');
SELECT throws_ok($$SELECT ar.post_invoice(NULL, 'C1', 'I9', '2025-01-15', '2025-02-14', 5)$$, '23503', 'company null does not exist', 'no company is refused');
SELECT is((SELECT count(*) FROM receivables.document), 2::bigint, 'what was refused left nothing behind');

-- Idempotency keys
SELECT is(ar.post_invoice(pg_temp.de(), 'C1', 'K1', '2025-01-15', '2025-02-14', 5, idempotency_key => 'key 1'),
          ar.post_invoice(pg_temp.de(), 'C1', 'K1', '2025-01-15', '2025-02-14', 5.00, idempotency_key => 'key 1'),
          'the same key and contents: the document posted before');
SELECT is((SELECT count(*) FROM receivables.document WHERE document_number = 'K1'), 1::bigint, 'which is there once');
SELECT throws_ok(format('SELECT ar.post_invoice(pg_temp.de(), %s, idempotency_key => %L)', arguments, 'key 1'), '23505', NULL, name)
FROM (VALUES
    ($$'C1', 'K1', '2025-01-15', '2025-02-14', 6$$, 'a known key with another amount is refused'),
    ($$'C1', 'K1', '2025-01-15', '2025-02-15', 5$$, 'a known key with another due date is refused'),
    ($$'C2', 'K1', '2025-01-15', '2025-02-14', 5$$, 'a known key with another customer is refused'),
    ($$'C1', 'K2', '2025-01-15', '2025-02-14', 5$$, 'a known key with another number is refused'),
    ($$'C1', 'K1', '2025-01-15', '2025-02-14', 5, 'PO'$$, 'a known key with another reference is refused')) AS v (arguments, name);
SELECT throws_ok($$SELECT ar.post_credit_note(pg_temp.de(), 'C1', 'K1', '2025-01-15', 5, idempotency_key => 'key 1')$$, '23505', NULL,
                 'a known key for another kind of document is refused');
SELECT ok(ar.post_invoice(pg_temp.kw(), 'C1', 'K1', '2025-01-15', '2025-02-14', 5, idempotency_key => 'key 1') > 0, 'keys are of one company');

-- Payments and credit notes
SELECT ok(ar.post_payment(pg_temp.de(), 'C1', 'P1', '2025-02-10', 4000, '[{"invoice_number": "I1", "amount": 3000}]') > 0, 'a part payment');
SELECT is(pg_temp.open('I1', '2025-02-09'), 10000.00, 'the invoice is wholly open the day before');
SELECT is(pg_temp.open('I1', '2025-02-10'), 7000.00, 'and in part from the day on');
SELECT is(pg_temp.open('P1', '2025-02-10'), -1000.00, 'the rest of the payment is unapplied, negative');
SELECT is(pg_temp.open('P1', '2025-02-09'), 0::numeric, 'the payment does not count the day before');
SELECT is(pg_temp.state('I1'), '7000.00 infinity 2025-02-10 f', 'the item keeps what is open and when it was last applied');
SELECT ok(ar.post_credit_note(pg_temp.de(), 'C1', 'CN1', '2025-02-20', 1500) > 0, 'a credit note');
SELECT is(pg_temp.open('CN1', '2025-02-20'), -1500.00, 'is unapplied until it is applied');
SELECT ok(ar.apply(pg_temp.de(), pg_temp.item('CN1'), pg_temp.item('I1'), 1500) > 0, 'the credit note is applied');
SELECT is((SELECT max(effective_on) FROM receivables.application), date '2025-02-20', 'by default from the first day both count');
SELECT is(pg_temp.state('CN1'), '0.00 2025-02-20 2025-02-20 f', 'the credit note is closed from that day on');
SELECT is(pg_temp.open('CN1', '2025-02-19') + pg_temp.open('I1', '2025-02-19'), 7000.00, 'the day before is as it was');
SELECT ok(ar.apply(pg_temp.de(), pg_temp.item('P1'), pg_temp.item('I1'), 1000, '2025-03-01', idempotency_key => 'rest of P1') > 0, 'the rest of the payment is applied later');
SELECT is(pg_temp.open('P1', '2025-02-28'), -1000.00, 'it was unapplied until then');
SELECT is(pg_temp.open('I1', '2025-03-01'), 4500.00, 'less is open from then on');
SELECT is(ar.apply(pg_temp.de(), pg_temp.item('P1'), pg_temp.item('I1'), 1000, '2025-03-01', idempotency_key => 'rest of P1'),
          (SELECT application_id FROM receivables.application WHERE idempotency_key = 'rest of P1'), 'an application repeated with its key changes nothing');
SELECT throws_ok($$SELECT ar.apply(pg_temp.de(), pg_temp.item('P1'), pg_temp.item('I1'), 999, '2025-03-01', idempotency_key => 'rest of P1')$$,
                 '23505', NULL, 'with other contents it is refused');
SELECT is(pg_temp.open('I1', '2025-03-01'), 4500.00, 'and has changed nothing');
SELECT pg_temp.sound('sound after payments');

-- What cannot be applied
SELECT ok(ar.post_payment(pg_temp.de(), 'C1', 'P2', '2025-03-10', 9000) > 0, 'a payment without applications is wholly unapplied');
SELECT is(pg_temp.open('P2', '2025-03-10'), -9000.00, 'wholly unapplied');
SELECT ok(ar.post_invoice(pg_temp.de(), 'C2', 'I2', '2025-03-01', '2025-03-31', 500) > 0, 'an invoice of another customer');
SELECT throws_ok(format('SELECT ar.apply(pg_temp.de(), %s)', arguments), sqlstate, NULL, name)
FROM (VALUES
    ($$pg_temp.item('P2'), pg_temp.item('I1'), 4500.01$$, '23514', 'more than is open of the invoice is refused'),
    ($$pg_temp.item('P1'), pg_temp.item('I1'), 0.01$$, '23514', 'more than is open of the payment is refused'),
    ($$pg_temp.item('P2'), pg_temp.item('I2'), 100$$, '23514', 'an invoice of another customer is refused'),
    ($$pg_temp.item('I1'), pg_temp.item('P2'), 100$$, '23514', 'debit and credit exchanged are refused'),
    ($$pg_temp.item('I1'), pg_temp.item('007'), 0.01$$, '23514', 'a debit applied to a debit is refused'),
    ($$pg_temp.item('I1'), pg_temp.item('I1'), 1$$, '23514', 'an item applied to itself is refused'),
    ($$pg_temp.item('P2'), pg_temp.item('I1'), 0$$, '23514', 'nothing applied is refused'),
    ($$pg_temp.item('P2'), pg_temp.item('I1'), -1$$, '23514', 'a negative application is refused'),
    ($$pg_temp.item('P2'), pg_temp.item('I1'), 1.001$$, '23514', 'too many decimals are refused'),
    ($$pg_temp.item('P2'), pg_temp.item('I1'), 'NaN'$$, '23514', 'NaN is refused'),
    ($$pg_temp.item('P2'), pg_temp.item('I1'), NULL$$, '23502', 'no amount is refused'),
    ($$pg_temp.item('P2'), pg_temp.item('I1'), 1, '2025-03-09'$$, '23514', 'before the payment counts is refused'),
    ($$pg_temp.item('P2'), pg_temp.item('I1'), 1, 'infinity'$$, '23514', 'at no date is refused'),
    ($$pg_temp.item('P2'), -1, 1$$, '23503', 'an unknown debit is refused'),
    ($$-1, pg_temp.item('I1'), 1$$, '23503', 'an unknown credit is refused'),
    ($$-1, -2, 1, '2025-03-10'$$, '23503', 'an unknown debit and credit are refused'),
    ($$-1, -2, 1$$, '23503', 'an unknown debit and credit are refused, where the date is left to them')) AS v (arguments, sqlstate, name);
SELECT throws_ok($$SELECT ar.post_payment(pg_temp.de(), 'C1', 'P3', '2025-03-10', 100, '[{"invoice_number": "I1", "amount": 60}, {"invoice_number": "007", "amount": 60}]')$$,
                 '23514', NULL, 'a payment that applies more than it has is refused');
SELECT throws_ok($$SELECT ar.post_payment(pg_temp.de(), 'C1', 'P3', '2025-03-10', 100, '[{"invoice_number": "none", "amount": 60}]')$$,
                 '23503', NULL, 'a payment of an unknown invoice is refused');
SELECT is((SELECT count(*) FROM receivables.document WHERE document_number = 'P3'), 0::bigint, 'neither left a payment behind');
SELECT pg_temp.sound('sound after refusals');

-- A payment repeated with its key changes nothing, its applications included.
SELECT is(ar.post_payment(pg_temp.de(), 'C2', 'P4', '2025-03-20', 300, '[{"invoice_number": "I2", "amount": 200}]', idempotency_key => 'pay 4'),
          ar.post_payment(pg_temp.de(), 'C2', 'P4', '2025-03-20', 300, '[{"invoice_number": "I2", "amount": 200}]', idempotency_key => 'pay 4'),
          'a payment repeated with its key');
SELECT is(pg_temp.open('I2', '2025-03-20'), 300.00, 'is applied once');

-- Reversal: dated later, it leaves earlier reports as they were.
CREATE TEMP TABLE reported AS
SELECT d::date AS as_of, o.* FROM generate_series(timestamp '2025-01-01', '2025-04-14', '1 day') AS d, ar.open_items(d::date) AS o;
SELECT ok(ar.reverse_application(pg_temp.de(), application_id, '2025-04-15', 'bounced') > application_id, 'an application is reversed')
FROM receivables.application WHERE company_id = pg_temp.de() AND credit_item_id = pg_temp.item('CN1');
SELECT is_empty($$SELECT * FROM reported EXCEPT
                  SELECT d::date, o.* FROM generate_series(timestamp '2025-01-01', '2025-04-14', '1 day') AS d, ar.open_items(d::date) AS o$$,
                'nothing has gone from any report before the reversal');
SELECT is_empty($$SELECT d::date, o.* FROM generate_series(timestamp '2025-01-01', '2025-04-14', '1 day') AS d, ar.open_items(d::date) AS o
                  EXCEPT SELECT * FROM reported$$, 'and nothing has come to one');
SELECT is(pg_temp.open('CN1', '2025-04-14'), 0::numeric, 'the credit note was closed until the reversal');
SELECT is(pg_temp.open('CN1', '2025-04-15'), -1500.00, 'and is open again from its date on');
SELECT is(pg_temp.open('I1', '2025-04-15'), 6000.00, 'as is the invoice');
SELECT is(pg_temp.state('CN1'), '-1500.00 infinity 2025-04-15 t', 'an item that was reopened says so');
SELECT throws_ok($$SELECT ar.reverse_application(pg_temp.de(), application_id, '2025-04-16', 'again') FROM receivables.application
                   WHERE company_id = pg_temp.de() AND credit_item_id = pg_temp.item('CN1') AND amount > 0$$,
                 '23505', NULL, 'an application is reversed once only');
SELECT throws_ok($$SELECT ar.reverse_application(pg_temp.de(), application_id, '2025-04-16', 'again') FROM receivables.application
                   WHERE company_id = pg_temp.de() AND credit_item_id = pg_temp.item('CN1') AND amount < 0$$,
                 'P0002', NULL, 'a reversal cannot be reversed');
SELECT throws_ok(format('SELECT ar.reverse_application(pg_temp.de(), %s) FROM receivables.application WHERE idempotency_key = %L', arguments, 'rest of P1'),
                 sqlstate, NULL, name)
FROM (VALUES ($$application_id, '2025-02-28', 'early'$$, '23514', 'a reversal before its application is refused'),
             ($$application_id, '2025-03-05', ' '$$, '23514', 'a reversal with a blank reason is refused'),
             ($$application_id, '2025-03-05', NULL$$, '23514', 'a reversal without a reason is refused'),
             ($$application_id, NULL, 'why'$$, '23502', 'a reversal without a date is refused'),
             ($$-1, '2025-03-05', 'why'$$, 'P0002', 'there must be something to reverse'),
             ($$NULL, '2025-03-05', 'why'$$, 'P0002', 'null is nothing to reverse')) AS v (arguments, sqlstate, name);
SELECT throws_ok($$SELECT ar.reverse_application(pg_temp.jp(), application_id, '2025-04-16', 'why') FROM receivables.application WHERE idempotency_key = 'rest of P1'$$,
                 'P0002', NULL, 'an application of another company cannot be reversed');

-- Applied again: from the reversal on, but not into the time it was settled.
SELECT throws_ok($$SELECT ar.apply(pg_temp.de(), pg_temp.item('CN1'), pg_temp.item('I1'), 1500, '2025-03-15')$$, '23514', NULL,
                 'applying again while it was settled is refused');
SELECT throws_ok($$SELECT ar.apply(pg_temp.de(), pg_temp.item('CN1'), pg_temp.item('I1'), 0.01, '2025-04-14')$$, '23514', NULL,
                 'even a cent, even on the last day');
-- Left to the items, the date is that of the reversal.
SAVEPOINT by_default;
SELECT ok(ar.apply(pg_temp.de(), pg_temp.item('CN1'), pg_temp.item('I1'), 1500) > 0, 'applying again without a date');
SELECT is(pg_temp.state('CN1'), '0.00 2025-04-15 2025-04-15 t', 'takes the date of the reversal');
ROLLBACK TO by_default;
SELECT is(pg_temp.import_application('{"invoice_number": "I1", "credit_note_number": "CN1", "amount": 1500}'), '0.00 2025-04-15 2025-04-15 t', 'as an import does');
ROLLBACK TO by_default;
SELECT throws_ok($$SELECT pg_temp.import_application('{"invoice_number": "I1", "credit_note_number": "CN1", "amount": 1500, "application_date": "2025-04-14"}')$$,
                 '23514', NULL, 'which refuses a date while it was settled');
SELECT ok(ar.apply(pg_temp.de(), pg_temp.item('CN1'), pg_temp.item('I1'), 1500, '2025-04-20') > 0, 'applying again after the reversal');
SELECT is(pg_temp.state('CN1'), '0.00 2025-04-20 2025-04-20 t', 'closes it from the new date on');
SELECT is(array_agg(pg_temp.open('CN1', d) ORDER BY d)::text, '{0,0,0,-1500.00,-1500.00,0}', 'before it counts, settled, reopened, settled again')
FROM unnest('{2025-02-19,2025-02-20,2025-04-14,2025-04-15,2025-04-19,2025-04-20}'::date[]) AS d;
SELECT ok(ar.reverse_application(pg_temp.de(), application_id, effective_on, 'same day') > 0, 'a reversal on the day of its application')
FROM receivables.application WHERE company_id = pg_temp.de() AND credit_item_id = pg_temp.item('CN1') AND effective_on = '2025-04-20';
SELECT is(pg_temp.open('CN1', '2025-04-20'), -1500.00, 'leaves it open that day');
SELECT ok(ar.apply(pg_temp.de(), pg_temp.item('CN1'), pg_temp.item('I1'), 1500, '2025-04-20') > 0, 'and can be followed by another that day');
-- Entered late: an application dated before others that leave room for it.
SELECT ok(ar.apply(pg_temp.de(), pg_temp.item('P2'), pg_temp.item('I1'), 4500, '2025-03-12') > 0, 'an application entered late, where enough was open');
SELECT is(array_agg(pg_temp.open('I1', d) ORDER BY d)::text, '{4500.00,0,1500.00,0}', 'open amounts at each date')
FROM unnest('{2025-03-11,2025-03-12,2025-04-15,2025-04-20}'::date[]) AS d;
SELECT is(pg_temp.state('I1'), '0.00 2025-04-20 2025-04-20 t', 'the closing date is that of the latest application, not of the last entered');
SELECT pg_temp.sound('sound after reversals');

-- Currencies
SELECT ok(ar.post_invoice(pg_temp.jp(), 'C1', 'I1', '2025-01-15', '2025-02-14', 1000) > 0, 'yen without decimals');
SELECT throws_ok($$SELECT ar.post_invoice(pg_temp.jp(), 'C1', 'I2', '2025-01-15', '2025-02-14', 0.5)$$, '23514', NULL, 'yen with decimals are refused');
SELECT ok(ar.post_invoice(pg_temp.kw(), 'C1', 'I1', '2025-01-15', '2025-02-14', 1000.125) > 0, 'dinars with three decimals');
SELECT throws_ok($$SELECT ar.post_invoice(pg_temp.kw(), 'C1', 'I2', '2025-01-15', '2025-02-14', 0.1255)$$, '23514', NULL, 'dinars with four decimals are refused');
SELECT ok(ar.post_invoice(pg_temp.jp(), 'C1', 'I3', '2025-01-15', '2025-02-14', 7.000) > 0, 'zeros behind the point are no decimals');
SET LOCAL ar.as_of = '2025-02-14';
SELECT results_eq($$SELECT currency, not_due::text, balance::text, overdue::text FROM receivables.aging_summary ORDER BY currency$$,
    $$VALUES ('EUR', '7005.00', '6005.01', '0.01'), ('JPY', '1007', '1007', '0'), ('KWD', '1005.125', '1005.125', '0.000')$$,
    'reports show each currency its decimals');
SELECT throws_ok($$SELECT ar.apply(pg_temp.jp(), pg_temp.item('P2'), pg_temp.item('I1'), 1)$$, '23503', NULL, 'items of another company cannot be applied');
SELECT pg_temp.sound('sound at the end');

SELECT * FROM finish();
ROLLBACK;
