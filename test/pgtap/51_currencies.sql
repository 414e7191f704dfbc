-- Documents in other currencies: rates, company amounts, realised differences.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
SELECT ar.create_company('EU', 'Europe', 'EUR') AS eu \gset
SELECT ar.create_company('JP', 'Japan', 'JPY') AS jp \gset
SELECT ar.create_company('KW', 'Kuwait', 'KWD') AS kw \gset
SELECT set_config('test.eu', :'eu', true) = :'eu' AS eu_set \gset
CREATE FUNCTION pg_temp.eu() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT current_setting('test.eu')::bigint$$;
INSERT INTO receivables.customer (company_id, customer_number, name) VALUES (:eu, 'C1', 'First'), (:eu, 'C2', 'Second'), (:jp, 'C1', 'First'), (:kw, 'C1', 'First');
CREATE FUNCTION pg_temp.sound(name text) RETURNS text LANGUAGE sql AS $$SELECT is_empty('SELECT * FROM ar.check_ledger()', name)$$;

-- Rates by day, source and direction; a correction is a newer row.
SELECT ok(ar.add_exchange_rate(f, t, d, r, s) > 0, format('%s %s %s %s %s', f, t, d, r, s))
FROM (VALUES ('USD', 'EUR', date '2025-01-01', 0.90, 'ECB'), ('USD', 'EUR', '2025-02-01', 0.92, 'ECB'), ('USD', 'EUR', '2025-02-01', 0.93, 'BOC'),
             ('EUR', 'GBP', '2025-01-01', 0.80, 'ECB'), ('EUR', 'GBP', '2025-03-01', 0.625, 'ECB'), ('GBP', 'EUR', '2025-03-01', 1.61, 'ECB'), ('EUR', 'GBP', '2025-04-01', 0.5, 'ECB')) AS v (f, t, d, r, s);
SELECT clock_timestamp() AS before_correction \gset
SELECT ok(ar.add_exchange_rate('USD', 'EUR', '2025-02-01', 0.925, 'ECB') > 0, 'a correction');
SELECT is(ar.find_exchange_rate(f, t, d, s), rate::numeric, name)
FROM (VALUES ('USD', 'EUR', date '2024-12-31', NULL, NULL, 'before the first there is none'), ('USD', 'EUR', '2025-01-01', NULL, '0.90', 'from its day on'),
             ('USD', 'EUR', '2025-01-31', NULL, '0.90', 'until the next'), ('USD', 'EUR', '2025-02-01', 'BOC', '0.93', 'by source'),
             ('USD', 'EUR', '2025-12-31', 'ECB', '0.925', 'the correction counts'), ('USD', 'EUR', '2025-12-31', NULL, '0.925', 'from any source the one entered last'),
             ('USD', 'EUR', '2025-01-15', 'BOC', NULL, 'a source that has none yet'), ('EUR', 'EUR', '2025-01-15', NULL, '1', 'a currency in itself'),
             ('GBP', 'EUR', '2025-02-15', NULL, '1.25', 'the inverse of 0.80'), ('GBP', 'EUR', '2025-03-15', NULL, '1.61', 'a direct rate comes before an inverse of the same day'),
             ('GBP', 'EUR', '2025-04-15', NULL, '2', 'a later inverse before an earlier direct one'), ('EUR', 'USD', '2025-02-15', 'BOC', '1.0752688172043011', 'the inverse of 0.93'),
             ('USD', 'GBP', '2025-02-15', NULL, NULL, 'there is no way over a third currency')) AS v (f, t, d, s, rate, name);
SELECT is(ar.find_exchange_rate('USD', 'EUR', '2025-02-15', 'ECB', :'before_correction'), 0.92, 'as known before the correction');
SELECT is(ar.find_exchange_rate('USD', 'EUR', '2025-02-15', 'ECB', 'epoch'), NULL, 'as known before all');
SELECT set_config('ar.known_at', :'before_correction', true) IS NOT NULL AS set \gset
SELECT is(ar.find_exchange_rate('USD', 'EUR', '2025-02-15', 'ECB'), 0.92, 'which the setting ar.known_at asks for');
SET LOCAL ar.known_at = '';
SELECT throws_ok(format('SELECT ar.add_exchange_rate(%s)', arguments), sqlstate, NULL, 'rate ' || arguments || ' is refused')
FROM (VALUES ($$'USD', 'XXX', '2025-01-01', 1, 'ECB'$$, '23503'), ($$'XXX', 'USD', '2025-01-01', 1, 'ECB'$$, '23503'), ($$'USD', 'EUR', '2025-01-01', 0, 'ECB'$$, '23514'), ($$'USD', 'EUR', '2025-01-01', -1, 'ECB'$$, '23514'),
             ($$'USD', 'EUR', '2025-01-01', 'NaN', 'ECB'$$, '23514'), ($$'USD', 'EUR', '2025-01-01', 'Infinity', 'ECB'$$, '23514'), ($$'EUR', 'EUR', '2025-01-01', 1, 'ECB'$$, '23514'), ($$'USD', 'EUR', '2025-01-01', 1, ' '$$, '23514'),
             ($$'USD', 'EUR', 'infinity', 1, 'ECB'$$, '23514'), ($$'USD', 'EUR', NULL, 1, 'ECB'$$, '23502'), ($$'USD', 'EUR', '2025-01-01', NULL, 'ECB'$$, '23502'), ($$'USD', 'EUR', '2025-01-01', 1, NULL$$, '23502')) AS v (arguments, sqlstate);
SELECT is(ar.exchange_rate(:eu, 'USD', '2025-02-15'), 0.925, 'what a company takes');
UPDATE receivables.company SET rate_source = 'BOC' WHERE company_id = :eu;
SELECT is(ar.exchange_rate(:eu, 'USD', '2025-02-15'), 0.93, 'is of its own source');
SELECT throws_ok($$SELECT ar.exchange_rate(pg_temp.eu(), 'USD', '2025-01-15')$$, 'P0002', 'there is no exchange rate from USD to EUR on 2025-01-15', 'and of no other');
UPDATE receivables.company SET rate_source = 'ECB' WHERE company_id = :eu;

-- Documents take the rate of their day, or bring one.
CREATE FUNCTION pg_temp.booked(company bigint, kind text, number text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT concat_ws(' ', d.currency, d.amount, trim_scale(d.exchange_rate), d.company_amount, i.amount, i.company_amount)
    FROM receivables.document AS d JOIN receivables.item AS i USING (company_id, document_id)
    WHERE d.company_id = company AND d.kind = booked.kind AND d.document_number = number
$$;
SELECT ok(ar.add_exchange_rate('JPY', 'EUR', '2025-01-01', 0.0062, 'ECB') > 0 AND ar.add_exchange_rate('KWD', 'EUR', '2025-01-01', 3.01, 'ECB') > 0 AND ar.add_exchange_rate('VND', 'EUR', '2025-01-01', 0.00004, 'ECB') > 0, 'rates of yen, dinars and dong');
SELECT ok(ar.post_invoice(:eu, 'C2', number, on_date, on_date, amount, currency => currency, exchange_rate => rate) > 0, 'invoice ' || number)
FROM (VALUES ('R1', date '2025-01-15', 100, 'USD', NULL), ('R2', '2025-01-15', 100, 'USD', 0.95), ('R3', '2025-02-15', 100.01, 'USD', NULL), ('R4', '2025-01-15', 12345, 'JPY', NULL), ('R5', '2025-01-15', 1.234, 'KWD', NULL),
             ('R6', '2025-01-15', 100, 'EUR', NULL), ('R7', '2025-01-15', 100, 'EUR', 1), ('R8', '2025-01-15', 125, 'VND', NULL), ('R9', '2025-02-15', 8, 'GBP', NULL)) AS v (number, on_date, amount, currency, rate);
SELECT is(pg_temp.booked(:eu, 'invoice', number), booked, booked)
FROM (VALUES ('R1', 'USD 100.00 0.9 90.00 100.00 90.00'), ('R2', 'USD 100.00 0.95 95.00 100.00 95.00'), ('R3', 'USD 100.01 0.925 92.51 100.01 92.51'), ('R4', 'JPY 12345 0.0062 76.54 12345 76.54'),
             ('R5', 'KWD 1.234 3.01 3.71 1.234 3.71'), ('R6', 'EUR 100.00 1 100.00 100.00 100.00'), ('R7', 'EUR 100.00 1 100.00 100.00 100.00'), ('R8', 'VND 125 0.00004 0.01 125 0.01'), ('R9', 'GBP 8.00 1.25 10.00 8.00 10.00')) AS v (number, booked);
SELECT throws_ok(format('SELECT ar.post_invoice(pg_temp.eu(), %L, %L, %L, %L, %s)', 'C2', 'X', '2025-01-15', '2025-01-15', arguments), sqlstate, message, arguments || ' is refused')
FROM (VALUES ($$1, currency => 'CHF'$$, 'P0002', 'invoice refused: there is no exchange rate from CHF to EUR on 2025-01-15'), ($$1, currency => 'XXX'$$, '23503', 'invoice refused: currency XXX does not exist'),
             ($$1, currency => 'usd'$$, '23503', NULL), ($$1, exchange_rate => 1.1$$, '23514', 'invoice refused: exchange_rate 1.1 for the currency of the company'),
             ($$1, currency => 'USD', exchange_rate => 0$$, '23514', NULL), ($$1, currency => 'USD', exchange_rate => -0.9$$, '23514', NULL),
             ($$1.5, currency => 'JPY'$$, '23514', 'invoice refused: amount 1.5 has more than 0 decimals'), ($$1.2345, currency => 'KWD'$$, '23514', 'invoice refused: amount 1.2345 has more than 3 decimals'),
             ($$1.001, currency => 'USD'$$, '23514', 'invoice refused: amount 1.001 has more than 2 decimals'),
             ($$124, currency => 'VND'$$, '23514', 'invoice refused: amount 124 comes to nothing in EUR')) AS v (arguments, sqlstate, message);
SELECT throws_ok($$SELECT ar.post_credit_note(pg_temp.eu(), 'C2', 'X', '2025-01-16', 1, invoice_number => 'R1')$$, '23514', 'credit note refused: invoice R1 is in USD', 'a credit note is in the currency of its invoice');
SELECT ok(ar.post_credit_note(:eu, 'C2', 'N1', '2025-01-16', 1, invoice_number => 'R1', currency => 'USD') > 0, 'as this one is');
SELECT results_eq($$SELECT row_number, field, sqlstate FROM ar.check_rows(pg_temp.eu(), 'payment', '[
    {"customer_number": "C2", "payment_number": "X1", "payment_date": "2025-01-15", "amount": "1", "currency": "CHF"}, {"customer_number": "C2", "payment_number": "X2", "payment_date": "2025-01-15", "amount": "1.5"},
    {"customer_number": "C2", "payment_number": "X3", "payment_date": "2025-01-15", "amount": "1.5", "currency": "JPY"}, {"customer_number": "C2", "payment_number": "X4", "payment_date": "2024-01-15", "amount": "1", "currency": "USD"}]')$$,
    $$VALUES (1::bigint, 'exchange_rate', 'P0002'), (3, 'amount', '23514'), (4, 'exchange_rate', 'P0002')$$, 'an import tells every row without a rate');
SELECT throws_ok($$INSERT INTO receivables.document (company_id, customer_id, document_date, kind, document_number, currency, amount, company_amount)
                   SELECT company_id, customer_id, '2025-01-15', 'fee', 'X', 'EUR', 10, 11 FROM receivables.customer WHERE company_id = pg_temp.eu() AND customer_number = 'C2'$$, '23514', NULL, 'in the currency of the company both amounts are one');
-- Companies without decimals, and with three
SELECT ok(ar.post_invoice(company, 'C1', 'I1', '2025-01-15', '2025-01-15', amount, currency => 'USD', exchange_rate => rate) > 0, 'dollars of another company')
FROM (VALUES (:jp, 10.01, 149.5), (:kw, 10.01, 0.3075)) AS v (company, amount, rate);
SELECT is(pg_temp.booked(:jp, 'invoice', 'I1'), 'USD 10.01 149.5 1496 10.01 1496', '1496.495 yen');
SELECT is(pg_temp.booked(:kw, 'invoice', 'I1'), 'USD 10.01 0.3075 3.078 10.01 3.078', '3.078075 dinars');

-- Realised differences
CREATE FUNCTION pg_temp.item(kind text, number text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT i.item_id FROM receivables.item AS i JOIN receivables.document AS d USING (company_id, document_id)
    WHERE d.company_id = pg_temp.eu() AND d.kind = item.kind AND d.document_number = number
$$;
CREATE FUNCTION pg_temp.open(kind text, number text, on_date date DEFAULT '2030-01-01') RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(string_agg(o.open_amount || ' ' || o.open_company_amount, ', '), 'closed') FROM ar.open_items(on_date) AS o
    WHERE o.company_id = pg_temp.eu() AND o.item_id = pg_temp.item(open.kind, number)
$$;
-- The realised differences of a credit, reversals too, as the books have them.
CREATE FUNCTION pg_temp.realised(kind text, number text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT string_agg(concat_ws(' ', x.document_date, x.currency, x.amount, x.company_amount), ', ' ORDER BY x.document_id)
    FROM receivables.application AS a
    JOIN receivables.document AS x ON x.company_id = a.company_id AND x.kind = 'exchange_difference' AND split_part(x.document_number, '/', 1) = a.application_id::text
    WHERE a.company_id = pg_temp.eu() AND a.credit_item_id = pg_temp.item(realised.kind, number)
$$;
CREATE FUNCTION pg_temp.invoice(number text, amount numeric, rate numeric, customer text DEFAULT 'C1') RETURNS bigint LANGUAGE sql AS $$
    SELECT ar.post_invoice(pg_temp.eu(), customer, number, '2025-05-01', '2025-05-31', amount, currency => 'USD', exchange_rate => rate)
$$;
CREATE FUNCTION pg_temp.payment(number text, amount numeric, rate numeric, on_date date, applications jsonb DEFAULT '[]', customer text DEFAULT 'C1') RETURNS bigint LANGUAGE sql AS $$
    SELECT ar.post_payment(pg_temp.eu(), customer, number, on_date, amount, applications, currency => 'USD', exchange_rate => rate)
$$;
-- 900 booked, 950 received
SELECT ok(pg_temp.invoice('I1', 1000, 0.90) > 0 AND pg_temp.payment('P1', 1000, 0.95, '2025-06-01', '[{"invoice_number": "I1", "amount": 1000}]') > 0, 'paid when the dollar is worth more');
SELECT is(pg_temp.realised('payment', 'P1'), '2025-06-01 USD 0 50.00', 'a gain of 50.00');
SELECT is(concat_ws('; ', pg_temp.open('invoice', 'I1'), pg_temp.open('payment', 'P1'), pg_temp.open('invoice', 'I1', '2025-05-31')), 'closed; closed; 1000.00 900.00', 'invoice and payment are settled, in both currencies');
-- 900 booked, 870 received
SELECT ok(pg_temp.invoice('I2', 1000, 0.90) > 0 AND pg_temp.payment('P2', 1000, 0.87, '2025-06-02', '[{"invoice_number": "I2", "amount": 1000}]') > 0, 'paid when it is worth less');
SELECT is(pg_temp.realised('payment', 'P2'), '2025-06-02 USD 0 -30.00', 'a loss of 30.00');
SELECT is(concat_ws('; ', pg_temp.open('invoice', 'I2'), pg_temp.open('payment', 'P2')), 'closed; closed', 'settled too');
SELECT ok(pg_temp.invoice('I3', 1000, 0.90) > 0 AND pg_temp.payment('P3', 1000, 0.90, '2025-06-02', '[{"invoice_number": "I3", "amount": 1000}]') > 0, 'paid at the same rate');
SELECT is(pg_temp.realised('payment', 'P3'), NULL, 'nothing is realised');
SELECT results_eq($$SELECT i.kind, i.amount, i.open_amount, i.company_amount, i.open_company_amount, i.closed_on, i.is_debit FROM receivables.item AS i WHERE i.company_id = pg_temp.eu() AND i.kind = 'exchange_difference' ORDER BY i.item_id$$,
    $$VALUES ('exchange_difference', 0::numeric, 0::numeric, 50.00, 0::numeric, date '2025-06-01', true), ('exchange_difference', 0, 0, -30.00, 0, '2025-06-02', false)$$, 'a gain is a debit item, a loss a credit item, settled at once');
-- 100.00 at 0.333 is 33.30. 33.33 of it: 11.10 booked, 11.67 received; of 66.67 (22.20): 11.10 and 10.00; the last 33.34: 11.10 left, 11.10 received.
SELECT ok(pg_temp.invoice('I4', 100, 0.333) > 0, 'an invoice paid in thirds');
SELECT ok(pg_temp.payment('P4', 33.33, 0.35, '2025-06-03', '[{"invoice_number": "I4", "amount": 33.33}]') > 0, 'the first');
SELECT is(concat_ws('; ', pg_temp.realised('payment', 'P4'), pg_temp.open('invoice', 'I4')), '2025-06-03 USD 0 0.57; 66.67 22.20', '11.67 for 11.10');
SELECT ok(pg_temp.payment('P5', 33.33, 0.30, '2025-06-04', '[{"invoice_number": "I4", "amount": 33.33}]') > 0, 'the second');
SELECT is(concat_ws('; ', pg_temp.realised('payment', 'P5'), pg_temp.open('invoice', 'I4')), '2025-06-04 USD 0 -1.10; 33.34 11.10', '10.00 for 11.10');
SELECT ok(pg_temp.payment('P6', 33.34, 0.333, '2025-06-05', '[{"invoice_number": "I4", "amount": 33.34}]') > 0, 'the third');
SELECT is(concat_ws('; ', pg_temp.realised('payment', 'P6'), pg_temp.open('invoice', 'I4')), 'closed', '11.10 for the 11.10 that are left: nothing realised, nothing left over');
-- 200.00 at 0.5555 is 111.10. 50.00 of it is 27.775, so 27.78 for 25.00; the rest of 83.32 for 75.00.
SELECT ok(pg_temp.invoice('I5', 50, 0.5) > 0 AND pg_temp.invoice('I6', 150, 0.5) > 0 AND pg_temp.payment('P7', 200, 0.5555, '2025-06-06') > 0, 'a payment of two invoices');
SELECT ok(ar.apply(:eu, pg_temp.item('payment', 'P7'), pg_temp.item('invoice', 'I5'), 50, '2025-06-07') > 0, 'applied to the one');
SELECT is(concat_ws('; ', pg_temp.realised('payment', 'P7'), pg_temp.open('payment', 'P7')), '2025-06-07 USD 0 2.78; -150.00 -83.32', 'half a cent goes up');
SELECT ok(ar.apply(:eu, pg_temp.item('payment', 'P7'), pg_temp.item('invoice', 'I6'), 150, '2025-06-08') > 0, 'and to the other');
SELECT is(concat_ws('; ', pg_temp.realised('payment', 'P7'), pg_temp.open('payment', 'P7')), '2025-06-07 USD 0 2.78, 2025-06-08 USD 0 8.32; closed', 'together 11.10, as 111.10 for 100.00');
-- One import of both, and a credit note and a write-off at other rates
SELECT ok(pg_temp.invoice('I7', 50, 0.5) > 0 AND pg_temp.invoice('I8', 150, 0.5) > 0 AND pg_temp.payment('P8', 200, 0.5555, '2025-06-06', '[{"invoice_number": "I7", "amount": 50}, {"invoice_number": "I8", "amount": 150}]') > 0, 'applied as it is posted');
SELECT is(pg_temp.realised('payment', 'P8'), '2025-06-06 USD 0 2.78, 2025-06-06 USD 0 8.32', 'it realises the same');
SELECT ok(pg_temp.invoice('I9', 100, 0.9) > 0 AND ar.post_credit_note(:eu, 'C1', 'N2', '2025-06-09', 40, invoice_number => 'I9', currency => 'USD', exchange_rate => 0.8) > 0
          AND ar.post_write_off(:eu, 'C1', 'W1', '2025-06-10', 60, 'small', invoice_number => 'I9', currency => 'USD', exchange_rate => 0.9) > 0, 'credited and written off');
SELECT is(concat_ws('; ', pg_temp.realised('credit_note', 'N2'), pg_temp.realised('write_off', 'W1'), pg_temp.open('invoice', 'I9')), '2025-06-09 USD 0 -4.00; closed', '32.00 for 36.00, then 54.00 for 54.00');
SELECT pg_temp.sound('sound after realised differences');
-- What is booked is what is open, for every customer on every day.
CREATE FUNCTION pg_temp.adds_up(name text) RETURNS text LANGUAGE sql AS $$
    SELECT is_empty($q$
        SELECT d, c.customer_id FROM generate_series(timestamp '2025-01-01', '2025-08-31', '1 day') AS d, receivables.customer AS c
        WHERE (SELECT coalesce(sum(i.company_amount), 0) FROM receivables.item AS i WHERE i.customer_id = c.customer_id AND i.company_id = c.company_id AND i.effective_on <= d::date)
              <> (SELECT coalesce(sum(o.open_company_amount), 0) FROM ar.open_items(d::date) AS o WHERE o.customer_id = c.customer_id AND o.company_id = c.company_id)$q$, name)
$$;
SELECT pg_temp.adds_up('items add up to what is open');

-- Undoing an application takes its difference back, from that day on.
CREATE FUNCTION pg_temp.application(kind text, number text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT min(a.application_id) FROM receivables.application AS a WHERE a.company_id = pg_temp.eu() AND a.credit_item_id = pg_temp.item(application.kind, number) AND a.exchange_of_application_id IS NULL
$$;
CREATE TEMP TABLE reported AS SELECT d::date AS as_of, o.* FROM generate_series(timestamp '2025-05-01', '2025-07-09', '1 day') AS d, ar.open_items(d::date) AS o;
SELECT throws_ok($$SELECT ar.reverse_application(pg_temp.eu(), application_id, '2025-07-10', 'x') FROM receivables.application WHERE exchange_of_application_id = pg_temp.application('payment', 'P4')$$, '23514', NULL, 'a difference is not undone by itself');
SELECT throws_ok($$SELECT ar.reverse_document(pg_temp.eu(), document_id, '2025-07-10', 'x') FROM receivables.document WHERE kind = 'exchange_difference' ORDER BY document_id LIMIT 1$$, '23514',
                 format('exchange difference %s cannot be reversed: an exchange difference goes with its application', pg_temp.application('payment', 'P1')), 'nor its document');
SELECT ok(ar.reverse_application(:eu, pg_temp.application('payment', 'P4'), '2025-07-10', 'wrong invoice') > 0, 'the application is undone');
SELECT is(pg_temp.realised('payment', 'P4'), '2025-06-03 USD 0 0.57, 2025-07-10 USD 0 -0.57', 'and its gain');
SELECT is(concat_ws('; ', pg_temp.open('invoice', 'I4'), pg_temp.open('payment', 'P4')), '33.33 11.10; -33.33 -11.67', 'both are open as they were booked');
SELECT ok(ar.reverse_application(:eu, pg_temp.application('payment', 'P5'), '2025-07-11', 'wrong invoice') > 0, 'one with a loss');
SELECT is(pg_temp.realised('payment', 'P5'), '2025-06-04 USD 0 -1.10, 2025-07-11 USD 0 1.10', 'gives it back');
SELECT is(concat_ws('; ', pg_temp.open('invoice', 'I4'), pg_temp.open('payment', 'P5')), '66.66 22.20; -33.33 -10.00', 'to the cent');
SELECT ok(ar.apply(:eu, pg_temp.item('payment', 'P5'), pg_temp.item('invoice', 'I4'), 33.33) > 0, 'applied again');
SELECT is(pg_temp.open('invoice', 'I4'), '33.33 11.10', 'half of 22.20');
SELECT is((regexp_match(pg_temp.realised('payment', 'P5'), '[^,]*$'))[1], ' 2025-07-11 USD 0 -1.10', 'it realises its loss again, on the day of the reversal');
SELECT ok(ar.reverse_document(:eu, document_id, '2025-07-12', 'bounced') > 0, 'a payment bounces') FROM receivables.payment WHERE company_id = :eu AND payment_number = 'P1';
SELECT is(pg_temp.realised('payment', 'P1'), '2025-06-01 USD 0 50.00, 2025-07-12 USD 0 -50.00', 'and its gain goes with it');
SELECT is(concat_ws('; ', pg_temp.open('invoice', 'I1'), pg_temp.open('payment', 'P1')), '1000.00 900.00; closed', 'the invoice is open as it was booked');
SELECT is(concat_ws('; ', pg_temp.open('invoice', 'I1', '2025-07-11'), pg_temp.open('payment', 'P1', '2025-07-11')), 'closed; closed', 'not the day before');
SELECT is_empty($$(SELECT * FROM reported EXCEPT ALL SELECT d::date, o.* FROM generate_series(timestamp '2025-05-01', '2025-07-09', '1 day') AS d, ar.open_items(d::date) AS o)
                  UNION ALL (SELECT d::date, o.* FROM generate_series(timestamp '2025-05-01', '2025-07-09', '1 day') AS d, ar.open_items(d::date) AS o EXCEPT ALL SELECT * FROM reported)$$,
                'reports before the first reversal are as they were');
SELECT pg_temp.sound('sound after reversals');
SELECT pg_temp.adds_up('items still add up to what is open');

-- What does not go together, and what is forged
SELECT ok(ar.post_payment(:eu, 'C1', 'PE', '2025-07-13', 100) > 0, 'a payment in euros');
SELECT throws_ok($$SELECT ar.apply(pg_temp.eu(), pg_temp.item('payment', 'PE'), pg_temp.item('invoice', 'I1'), 100)$$, '23514', format('items %s and %s are in different currencies', pg_temp.item('invoice', 'I1'), pg_temp.item('payment', 'PE')), 'settles no dollars');
SELECT throws_ok($$SELECT ar.import_rows(pg_temp.eu(), 'application', '[{"payment_number": "PE", "invoice_number": "I1", "amount": 1}]')$$, '23514', 'application refused: invoice I1 is in USD, PE in EUR', 'by import neither');
SELECT throws_ok($$SELECT ar.post_payment(pg_temp.eu(), 'C1', 'PX', '2025-07-13', 100, '[{"invoice_number": "I1", "amount": 1}]')$$, '23514', 'application refused: invoice I1 is in USD, PX in EUR', 'nor as it is posted');
SELECT ok(pg_temp.payment('P9', 100, 0.95, '2025-07-13') > 0, 'a payment in dollars');
SELECT throws_ok(format($$INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount, company_amount) SELECT pg_temp.eu(), pg_temp.item('invoice', 'I1'), pg_temp.item('payment', 'P9'), '2025-07-13', 100, %s$$, forged),
                 '23514', NULL, forged || ' is no company amount of 100.00') FROM unnest('{90.01,89.99,95,0}'::text[]) AS forged;
SELECT lives_ok($$INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount) SELECT pg_temp.eu(), pg_temp.item('invoice', 'I1'), pg_temp.item('payment', 'P9'), '2025-07-13', 100$$, 'left out it is reckoned');
SELECT is(concat_ws('; ', pg_temp.realised('payment', 'P9'), pg_temp.open('invoice', 'I1')), '2025-07-13 USD 0 5.00; 900.00 810.00', '95.00 for 90.00');
SELECT throws_ok($$SELECT ar.apply(pg_temp.eu(), pg_temp.item('payment', 'P9'), pg_temp.item('invoice', 'I1'), 0.01)$$, '23514', NULL, 'nothing more can be applied');

-- Companies without decimals, and with three
SELECT ok(ar.post_invoice(:jp, 'C1', 'I2', '2025-01-15', '2025-01-15', 100, currency => 'USD', exchange_rate => 150.25) > 0
          AND ar.post_payment(:jp, 'C1', 'P2', '2025-02-15', 100, '[{"invoice_number": "I2", "amount": 100}]', currency => 'USD', exchange_rate => 149.5) > 0, 'yen');
SELECT ok(ar.post_invoice(:kw, 'C1', 'I2', '2025-01-15', '2025-01-15', 100, currency => 'USD', exchange_rate => 0.3075) > 0
          AND ar.post_payment(:kw, 'C1', 'P2', '2025-02-15', 100, '[{"invoice_number": "I2", "amount": 100}]', currency => 'USD', exchange_rate => 0.308) > 0, 'dinars');
SELECT results_eq(format('SELECT company_id, company_amount::text FROM receivables.document WHERE kind = %L AND company_id IN (%s, %s) ORDER BY 1', 'exchange_difference', :jp, :kw),
    format('VALUES (%s::bigint, %L), (%s, %L)', :jp, '-75', :kw, '0.050'), '15,025 less 14,950 yen; 30.800 less 30.750 dinars');

-- Transfers carry the rate. 33.33 of 100.00 at 0.9: 29.997
SELECT ok(pg_temp.invoice('IT', 100, 0.9) > 0, 'an invoice in dollars');
SELECT ok(ar.transfer(:eu, pg_temp.item('invoice', 'IT'), 'C2', 'U1', '2025-07-14', 'sold', 33.33) > 0, 'a part of an invoice goes to another customer');
SELECT is(concat_ws('; ', pg_temp.booked(:eu, 'transfer_in', 'U1'), pg_temp.open('invoice', 'IT')), 'USD 33.33 0.9 30.00 33.33 30.00; 66.67 60.00', 'at the rate it was booked at, and nothing is realised');
SELECT ok(ar.transfer(:eu, pg_temp.item('invoice', 'IT'), 'C2', 'U2', '2025-07-15', 'sold') > 0, 'then the rest');
SELECT is(concat_ws('; ', pg_temp.booked(:eu, 'transfer_in', 'U2'), pg_temp.open('invoice', 'IT')), 'USD 66.67 0.9 60.00 66.67 60.00; closed', 'which takes what is left');

-- Balances by currency. C1: I1 900 (810.00), I4 33.33 (11.10); P4 -33.33 (-11.67); PE -100
SELECT results_eq($$SELECT o.currency, sum(o.open_amount), sum(o.open_company_amount) FROM ar.open_items('2025-08-01') AS o JOIN receivables.customer AS c USING (company_id, customer_id)
                    WHERE o.company_id = pg_temp.eu() AND c.customer_number = 'C1' GROUP BY 1 ORDER BY 1$$, $$VALUES ('EUR', -100.00, -100.00), ('USD', 900.00, 809.43)$$, 'what a customer owes in each currency, and in that of the company');
-- C2: R1 99 of 100 (89.10), R2 95.00, R3 92.51, R4 76.54, R5 3.71, R6 and R7 100.00, R8 0.01, R9 10.00; U1 30.00, U2 60.00
SELECT results_eq($$SELECT o.currency, sum(o.open_amount), sum(o.open_company_amount) FROM ar.open_items('2025-08-01') AS o JOIN receivables.customer AS c USING (company_id, customer_id)
                    WHERE o.company_id = pg_temp.eu() AND c.customer_number = 'C2' GROUP BY 1 ORDER BY 1$$,
    $$VALUES ('EUR', 200.00, 200.00), ('GBP', 8.00, 10.00), ('JPY', 12345, 76.54), ('KWD', 1.234, 3.71), ('USD', 399.01, 366.61), ('VND', 125, 0.01)$$, 'in six currencies');
SET LOCAL ar.as_of = '2025-08-01';
SELECT results_eq($$SELECT customer_number, balance::text, unapplied_amount::text FROM receivables.aging_by_customer WHERE company_id = pg_temp.eu() ORDER BY 1$$, $$VALUES ('C1', '709.43', '-111.67'), ('C2', '656.87', '0.00')$$, 'the ageing is in the currency of the company');
SET LOCAL ar.as_of = '';

-- Keys
SELECT is(ar.post_invoice(:eu, 'C1', 'K1', '2025-01-15', '2025-01-15', 10, currency => 'USD', idempotency_key => 'k1'), ar.post_invoice(:eu, 'C1', 'K1', '2025-01-15', '2025-01-15', 10, currency => 'USD', idempotency_key => 'k1'), 'sent again it is the same');
SELECT throws_ok($$SELECT ar.post_invoice(pg_temp.eu(), 'C1', 'K1', '2025-01-15', '2025-01-15', 10, currency => 'GBP', idempotency_key => 'k1')$$, '23505', NULL, 'in another currency it is refused');
SELECT throws_ok($$SELECT ar.post_invoice(pg_temp.eu(), 'C1', 'K1', '2025-01-15', '2025-01-15', 10, idempotency_key => 'k1')$$, '23505', NULL, 'in that of the company too');
SELECT pg_temp.sound('sound at the end');
SELECT pg_temp.adds_up('and items add up to what is open');

SELECT * FROM finish();
ROLLBACK;
