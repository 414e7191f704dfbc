-- Document numbers without gaps, and periods that are closed.
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
CREATE FUNCTION pg_temp.number(document bigint) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT d.document_number FROM receivables.document AS d WHERE d.company_id = pg_temp.eu() AND d.document_id = document
$$;
CREATE FUNCTION pg_temp.invoice(on_date date, amount numeric DEFAULT 1, series text DEFAULT NULL, number text DEFAULT NULL, key text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.number(ar.post_invoice(pg_temp.eu(), 'C1', number, on_date, on_date, amount, series => invoice.series, idempotency_key => key))
$$;
CREATE FUNCTION pg_temp.counters() RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT string_agg(concat_ws(' ', c.series, nullif(c.period, ''), c.last_number), ', ' ORDER BY c.series, c.period) FROM receivables.number_counter AS c WHERE c.company_id = pg_temp.eu()
$$;
CREATE FUNCTION pg_temp.sound(name text) RETURNS text LANGUAGE sql AS $$SELECT is_empty('SELECT * FROM ar.check_ledger()', name)$$;

-- How numbers are written
SELECT is(ar.format_number(pattern, on_date, number), written, format('%s with %s', pattern, number))
FROM (VALUES ('INV-{year}-{number:5}', date '2026-03-09', 42, 'INV-2026-00042'), ('{number}', '2026-03-09', 7, '7'), ('{number:3}', '2026-03-09', 999, '999'),
             ('{number:3}', '2026-03-09', 1000, '1000'), ('{number:1}', '2026-03-09', 12, '12'), ('{year}/{month}/{number:2}/A', '2026-03-09', 5, '2026/03/05/A'),
             ('R.{year}{month}\1&{number:9}', '2026-12-31', 1, 'R.202612\1&000000001')) AS v (pattern, on_date, number, written);
SELECT is(ar.number_period(pattern, date '2026-03-09'), period, pattern || ' is counted by ' || period)
FROM (VALUES ('{number}', ''), ('{year}-{number}', '2026'), ('{year}{month}-{number}', '2026-03')) AS v (pattern, period);

-- Series
SELECT lives_ok(format('SELECT ar.set_number_series(pg_temp.eu(), %s)', arguments), 'series ' || arguments)
FROM unnest(ARRAY[$$'yearly', 'invoice', 'INV-{year}-{number:5}'$$, $$'branch', 'invoice', 'B{number}', false$$, $$'monthly', 'credit_note', 'CN{year}{month}-{number:3}'$$,
                  $$'paid', 'payment', 'P{number:4}'$$]) AS arguments;
SELECT throws_ok(format('SELECT ar.set_number_series(pg_temp.eu(), %s)', arguments), sqlstate, NULL, 'series ' || arguments || ' is refused')
FROM (VALUES ($$'x', 'invoice', 'X{number}'$$, '23505'), ($$'x', 'order', 'X{number}'$$, '22023'), ($$'x', 'transfer_in', 'X{number}'$$, '22023'), ($$'x', 'exchange_difference', 'X{number}'$$, '22023'),
             ($$' ', 'fee', 'X{number}'$$, '23514'), ($$NULL, 'fee', 'X{number}'$$, '23502'), ($$'x', 'fee', NULL$$, '23502')) AS v (arguments, sqlstate);
SELECT throws_ok(format('SELECT ar.set_number_series(pg_temp.eu(), %L, %L, %L)', 'x', 'fee', pattern), '23514', NULL, 'pattern "' || pattern || '" is refused')
FROM unnest('{"",INV,"{number","{Number}","{number:0}","{number:10}","{number:x}","{number:}","{number}{number}","{month}-{number}","{number}-{year}","{year}-{number}{month}","{day}{number}","{{number}}","{year}"}'::text[]) AS pattern;
SELECT throws_ok($$SELECT ar.set_number_series(-1, 'x', 'fee', '{number}')$$, '23503', 'company -1 does not exist', 'a series of no company is refused');

-- Years, and what is entered late
SELECT is(pg_temp.invoice('2025-01-10'), 'INV-2025-00001', 'the first of a year');
SELECT is(pg_temp.invoice('2025-12-31'), 'INV-2025-00002', 'the next, whatever its date');
SELECT is(pg_temp.invoice('2026-01-01'), 'INV-2026-00001', 'the next year begins anew');
SELECT is(pg_temp.invoice('2025-06-30'), 'INV-2025-00003', 'and the year before goes on');
SELECT results_eq($$SELECT d.series, d.series_period, d.series_number FROM receivables.document AS d WHERE d.document_number = 'INV-2025-00003'$$, $$VALUES ('yearly', '2025', 3::bigint)$$, 'the document knows its place');
SELECT is(pg_temp.invoice('2025-07-01', series => 'branch'), 'B1', 'another series by name');
SELECT is(pg_temp.invoice('2026-07-01', series => ' branch '), 'B2', 'without years');
SELECT is(pg_temp.number(ar.post_credit_note(:eu, 'C1', NULL, on_date, 1)), written, written)
FROM (VALUES (1, date '2025-01-31', 'CN202501-001'), (2, '2025-02-01', 'CN202502-001'), (3, '2025-01-01', 'CN202501-002'), (4, '2026-01-01', 'CN202601-001')) AS v (n, on_date, written) ORDER BY n;
SELECT is(pg_temp.number(ar.post_payment(:eu, 'C1', NULL, '2025-02-01', 5, '[{"invoice_number": "INV-2025-00001", "amount": 1}]')), 'P0001', 'a payment without a number is applied too');
SELECT is((SELECT i.open_amount FROM receivables.item AS i JOIN receivables.document AS d USING (company_id, document_id) WHERE d.document_number = 'P0001'), -4.00, 'as far as it says');

-- What does not use up a number
SELECT is(pg_temp.counters(), 'branch 2, monthly 2025-01 2, monthly 2025-02 1, monthly 2026-01 1, paid 1, yearly 2025 3, yearly 2026 1', 'the counters so far');
SELECT throws_ok(command, sqlstate, NULL, name || ' is refused')
FROM (VALUES ($$SELECT pg_temp.invoice('2025-01-10', -1)$$, '23514', 'a negative amount'),
             ($$SELECT pg_temp.invoice('2025-01-10', series => 'none')$$, '23503', 'an unknown series'),
             ($$SELECT pg_temp.invoice('2025-01-10', series => 'monthly')$$, '23503', 'a series of another kind'),
             ($$SELECT pg_temp.invoice('2025-01-10', series => 'yearly', number => 'X1')$$, '23514', 'a series and a number'),
             ($$SELECT ar.post_payment(pg_temp.eu(), 'C1', NULL, '2025-02-01', 5, '[{"invoice_number": "INV-2025-00002", "amount": 1.01}]')$$, '23514', 'a payment of more than is open, once it has a number'),
             ($$SELECT ar.post_fee(pg_temp.eu(), 'C1', NULL, '2025-02-01', 5)$$, '23502', 'a fee, which has no series'),
             ($$SELECT ar.import_rows(pg_temp.eu(), 'invoice', '[{"customer_number": "C1", "invoice_date": "2025-01-01", "due_date": "2025-01-01", "amount": 1},
                                                                 {"customer_number": "C9", "invoice_date": "2025-01-01", "due_date": "2025-01-01", "amount": 1}]')$$, '23503', 'an import with a fault')) AS v (command, sqlstate, name);
SELECT is(pg_temp.invoice('2025-01-10', number => 'BY HAND'), 'BY HAND', 'a number that is given');
SELECT is(pg_temp.counters(), 'branch 2, monthly 2025-01 2, monthly 2025-02 1, monthly 2026-01 1, paid 1, yearly 2025 3, yearly 2026 1', 'nothing of it uses up a number');
SELECT is(pg_temp.invoice('2025-01-10', key => 'k1'), 'INV-2025-00004', 'the next one is the next');
SELECT is(pg_temp.invoice('2025-01-10', key => 'k1'), 'INV-2025-00004', 'sent again it keeps its number');
SELECT is(pg_temp.invoice('2025-01-11'), 'INV-2025-00005', 'and uses up none');

-- Many rows are numbered in their order, each in its year.
SELECT is(format('imported %s, unchanged %s', imported, unchanged), 'imported 7, unchanged 1', 'an import with and without numbers') FROM ar.import_rows(:eu, 'invoice', '[
    {"customer_number": "C1", "invoice_date": "2025-03-05", "due_date": "2025-03-05", "amount": 101},
    {"customer_number": "C2", "invoice_date": "2026-03-01", "due_date": "2026-03-01", "amount": 102},
    {"customer_number": "C1", "invoice_date": "2025-03-01", "due_date": "2025-03-01", "amount": 103, "invoice_number": "G1"},
    {"customer_number": "C1", "invoice_date": "2025-03-01", "due_date": "2025-03-01", "amount": 104},
    {"customer_number": "C1", "invoice_date": "2025-01-10", "due_date": "2025-01-10", "amount": 1, "idempotency_key": "k1"},
    {"customer_number": "C1", "invoice_date": "2025-03-01", "due_date": "2025-03-01", "amount": 105, "series": "branch"},
    {"customer_number": "C1", "invoice_date": "2026-03-01", "due_date": "2026-03-01", "amount": 106, "invoice_number": " "},
    {"customer_number": "C1", "invoice_date": "2025-02-01", "due_date": "2025-02-01", "amount": 107}]');
SELECT results_eq($$SELECT d.amount::integer, d.document_number FROM receivables.document AS d WHERE d.amount BETWEEN 101 AND 107 ORDER BY 1$$,
    $$VALUES (101, 'INV-2025-00006'), (102, 'INV-2026-00002'), (103, 'G1'), (104, 'INV-2025-00007'), (105, 'B3'), (106, 'INV-2026-00003'), (107, 'INV-2025-00008')$$, 'is numbered row by row');
CREATE TEMP TABLE staging AS SELECT 'C1' AS customer_number, date '2027-01-01' AS payment_date, n AS amount FROM generate_series(1, 1000) AS n;
SELECT is(imported, 1000::bigint, 'a table without the column') FROM ar.import_table(:eu, 'payment', 'staging');
SELECT is((SELECT count(*) FROM receivables.payment AS p WHERE p.payment_date = '2027-01-01' AND p.payment_number = 'P' || lpad((p.amount + 1)::integer::text, 4, '0')), 1000::bigint, 'is numbered in the order of the table');
SELECT is((SELECT count(*) FROM receivables.document AS d WHERE d.series IS NOT NULL), (SELECT sum(c.last_number)::bigint FROM receivables.number_counter AS c), 'every number that was given is that of a document');
-- A reversal has the number of what it undoes, and none of a series.
SELECT ok(ar.reverse_document(:eu, document_id, '2025-12-31', 'x') > 0, 'an invoice is undone') FROM receivables.invoice WHERE invoice_number = 'INV-2025-00008';
SELECT is(pg_temp.invoice('2025-12-31'), 'INV-2025-00009', 'which uses up no number');
-- Series are of one company, and can be changed.
SELECT lives_ok($$SELECT ar.set_number_series(pg_temp.ot(), 'yearly', 'invoice', 'INV-{year}-{number:5}')$$, 'the same series of another company');
SELECT ok(ar.post_invoice(:ot, 'C1', NULL, '2025-01-01', '2025-01-01', 1) > 0, 'numbers');
SELECT is((SELECT i.invoice_number FROM receivables.invoice AS i WHERE i.company_id = :ot), 'INV-2025-00001', 'on its own');
SELECT lives_ok($$SELECT ar.set_number_series(pg_temp.eu(), 'yearly', 'invoice', 'I{year}-{number}')$$, 'another way of writing');
SELECT is(pg_temp.invoice('2025-12-31'), 'I2025-10', 'goes on counting');
SELECT lives_ok($$SELECT ar.set_number_series(pg_temp.eu(), 'yearly', 'invoice', 'I{year}-{number}', false)$$, 'no longer the default');
SELECT throws_ok($$SELECT pg_temp.invoice('2025-12-31')$$, '23502', 'invoice refused: invoice_number is missing', 'an invoice needs a number again');
SELECT lives_ok($$SELECT ar.set_number_series(pg_temp.eu(), 'branch', 'invoice', 'B{number}')$$, 'the other series becomes the default');
SELECT is(pg_temp.invoice('2025-12-31'), 'B4', 'and numbers');
SELECT pg_temp.sound('sound after numbers');

-- Numbers that were given before a series continue it; then the series alone gives them.
SELECT ar.create_company('MI', 'Migrated', 'EUR') AS mi \gset
SELECT set_config('test.mi', :'mi', true) = :'mi' AS mi_set \gset
CREATE FUNCTION pg_temp.mi() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT current_setting('test.mi')::bigint$$;
INSERT INTO receivables.customer (company_id, customer_number, name) VALUES (:mi, 'C1', 'First');
CREATE FUNCTION pg_temp.migrated_number(document bigint) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT d.document_number FROM receivables.document AS d WHERE d.company_id = pg_temp.mi() AND d.document_id = document
$$;
CREATE FUNCTION pg_temp.migrated(on_date date, number text DEFAULT NULL, series text DEFAULT NULL, key text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.migrated_number(ar.post_invoice(pg_temp.mi(), 'C1', number, on_date, on_date, 1, series => migrated.series, idempotency_key => key))
$$;
CREATE FUNCTION pg_temp.first_numbers() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' ', c.series, nullif(c.period, ''), c.first_number, c.last_number), ', ' ORDER BY c.series, c.period) FROM receivables.number_counter AS c WHERE c.company_id = pg_temp.mi()
$$;
SELECT lives_ok(format('SELECT ar.set_number_series(pg_temp.mi(), %s)', arguments), 'series ' || arguments)
FROM unnest(ARRAY[$$'INV', 'invoice', 'INV-{year}-{number:5}'$$, $$'dots', 'invoice', 'D.{number}+', false$$, $$'monthly', 'invoice', 'M{year}{month}{number:2}', false$$]) AS arguments;
SELECT is(pg_temp.migrated(on_date, number), number, number || ' is given before the series is used')
FROM (VALUES (date '2026-01-01', 'INV-2026-00006'), ('2025-12-31', 'INV-2026-00003'), ('2026-01-01', 'INV-2025-00090'), ('2026-01-01', 'INV-2026-0007'), ('2026-01-01', 'INV-2026-000008'), ('2026-01-01', 'xINV-2026-00009'),
             ('2026-01-01', 'INV-2026-00009x'), ('2026-01-01', 'INV-2026-1234567890123456789'), ('2026-01-01', 'D.12+'), ('2026-01-01', 'Dx13+'), ('2026-01-01', 'D.1444'), ('2026-01-01', 'M20260441')) AS v (on_date, number);
SELECT ok(ar.post_fee(:mi, 'C1', 'INV-2026-00050', '2026-01-01', 1) > 0, 'a document of another kind is none of the series');
SELECT results_eq($$SELECT row_number, field, sqlstate, reason FROM ar.check_rows(pg_temp.mi(), 'invoice', '[{"customer_number": "C1", "invoice_number": "INV-2026-00007", "invoice_date": "2026-01-01", "due_date": "2026-01-01", "amount": 1},
                                                                    {"customer_number": "C1", "invoice_date": "2026-01-01", "due_date": "2026-01-01", "amount": 1}]')$$,
    $$VALUES (1::bigint, 'invoice_number', '23514', 'invoice_number INV-2026-00007 belongs to series INV, which gives it')$$, 'rows of one import are not numbered both by hand and in the series');
SELECT is(pg_temp.migrated('2026-02-01'), 'INV-2026-00007', 'the series continues after the highest of the year');
SELECT is(pg_temp.migrated('2025-02-01'), 'INV-2025-00091', 'each year after its own');
SELECT is(pg_temp.migrated('2027-02-01'), 'INV-2027-00001', 'and a year without one begins with 1');
SELECT is(pg_temp.migrated('2026-02-01', series => 'dots'), 'D.13+', 'dots are dots');
SELECT is(pg_temp.migrated('2026-04-01', series => 'monthly'), 'M20260442', 'a month after its own');
SELECT is(pg_temp.migrated('2026-05-01', series => 'monthly'), 'M20260501', 'another begins with 1');
SELECT is(pg_temp.migrated('2026-02-01'), 'INV-2026-00008', 'then it counts on');
SELECT is(pg_temp.first_numbers(), 'INV 2025 91 91, INV 2026 7 8, INV 2027 1 1, dots 13 13, monthly 2026-04 42 42, monthly 2026-05 1 1', 'the counters know where they began');
SELECT throws_ok(format('SELECT pg_temp.migrated(%L, %L)', on_date, number), '23514', format('invoice refused: invoice_number %s belongs to series %s, which gives it', number, series), number || ' of ' || on_date || ' is refused now')
FROM (VALUES ('2026-01-01', 'INV-2026-00009', 'INV'), ('2025-12-31', 'INV-2026-00009', 'INV'), ('2026-01-01', 'INV-2026-00001', 'INV'), ('2026-01-01', 'D.14+', 'dots'),
             ('2026-01-01', 'M20260502', 'monthly'), ('2026-01-01', 'M20260443', 'monthly')) AS v (on_date, number, series);
SELECT throws_ok($$SELECT pg_temp.migrated('2026-01-01', ' INV-2027-123456 ')$$, '23514', 'invoice refused: invoice_number INV-2027-123456 belongs to series INV, which gives it', 'blanks around it help nothing');
SELECT throws_ok($$SELECT pg_temp.migrated('2026-01-01', 'INV-2026-00008')$$, '23505', 'invoice refused: invoice_number INV-2026-00008 exists already', 'one that exists is refused as such');
SELECT is(pg_temp.migrated('2026-01-01', number), number, number || ' is none of a series that counts')
FROM unnest('{INV-2024-00001,INV-2026-7,INV-2026-0000010,M20260600,M20260610,D.014+,INV-2026-00009/1}'::text[]) AS number;
SELECT is(pg_temp.migrated('2026-06-01', series => 'monthly'), 'M20260611', 'which later begins after it');
SELECT is(pg_temp.migrated('2026-02-01', key => 'm1'), 'INV-2026-00009', 'no number is skipped');
SELECT is(pg_temp.migrated('2026-02-01', 'INV-2026-00009', key => 'm1'), 'INV-2026-00009', 'a row that was posted may come again with its number');
SELECT results_eq($$SELECT row_number, field, sqlstate, reason FROM ar.check_rows(pg_temp.mi(), 'invoice', '[{"customer_number": "C1", "invoice_number": "X1", "invoice_date": "2026-01-01", "due_date": "2026-01-01", "amount": 1},
                                                                    {"customer_number": "C1", "invoice_number": "INV-2026-00010", "invoice_date": "2026-01-01", "due_date": "2026-01-01", "amount": 1}]')$$,
    $$VALUES (2::bigint, 'invoice_number', '23514', 'invoice_number INV-2026-00010 belongs to series INV, which gives it')$$, 'a check tells the row');
SELECT pg_temp.sound('sound after a series that continues');
UPDATE receivables.number_counter SET first_number = 6 WHERE company_id = :mi AND (series, period) = ('INV', '2026');
SELECT results_eq('SELECT c.company_id, c.invariant, c.object, c.detail FROM ar.check_ledger() AS c',
    format('VALUES (%s::bigint, %L, %L, %L)', :mi, 'a series has no gap', 'series INV 2026', 'numbers 6 to 9 were given, documents have 3 up to 9'), 'a gap at the beginning is found');
UPDATE receivables.number_counter SET first_number = 7 WHERE company_id = :mi AND (series, period) = ('INV', '2026');

-- Closing a period
SELECT ar.create_company('CL', 'Closing', 'EUR') AS cl \gset
SELECT set_config('test.cl', :'cl', true) = :'cl' AS cl_set \gset
CREATE FUNCTION pg_temp.cl() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT current_setting('test.cl')::bigint$$;
INSERT INTO receivables.customer (company_id, customer_number, name) VALUES (:cl, 'C1', 'First'), (:cl, 'C2', 'Second');
CREATE FUNCTION pg_temp.document(kind text, number text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT d.document_id FROM receivables.document AS d WHERE d.company_id = pg_temp.cl() AND d.kind = document.kind AND d.document_number = number
$$;
CREATE FUNCTION pg_temp.item(kind text, number text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT i.item_id FROM receivables.item AS i WHERE i.company_id = pg_temp.cl() AND i.document_id = pg_temp.document(item.kind, number)
$$;
SELECT ok(ar.post_invoice(:cl, 'C1', 'I1', '2025-02-01', '2025-03-01', 1000) > 0, 'an invoice');
SELECT ok(ar.post_invoice(:cl, 'C1', 'I2', '2025-03-15', '2025-04-15', 500) > 0, 'another');
SELECT ok(ar.post_invoice(:cl, 'C1', 'I3', '2025-03-20', '2025-04-20', 70) > 0, 'a third');
SELECT ok(ar.post_payment(:cl, 'C1', 'P1', '2025-03-10', 300, '[{"invoice_number": "I1", "amount": 200}]') > 0, 'a payment');
SELECT ok(ar.post_credit_note(:cl, 'C1', 'N1', '2025-03-25', 30) > 0, 'a credit note');
SELECT throws_ok($$SELECT ar.close_period(pg_temp.cl(), NULL)$$, '23502', NULL, 'a period has a last day');
SELECT throws_ok($$SELECT ar.close_period(pg_temp.cl(), 'infinity')$$, '23514', NULL, 'which comes');
SELECT throws_ok($$SELECT ar.close_period(-1, '2025-03-31')$$, '23503', 'company -1 does not exist', 'and a company');
SELECT throws_ok($$SELECT ar.close_period(pg_temp.cl(), '2025-03-31', ' ')$$, '23514', NULL, 'a reason is not blank');
SELECT clock_timestamp() AS before_closing \gset
SELECT ar.close_period(:cl, '2025-03-31', 'first quarter') AS closed_at \gset
SELECT ok(:'closed_at'::timestamptz BETWEEN :'before_closing' AND clock_timestamp(), 'the time of closing is told');
SELECT results_eq('SELECT p.closed_through, p.reason, p.recorded_at FROM receivables.period_closing AS p', format('VALUES (date %L, %L, timestamptz %L)', '2025-03-31', 'first quarter', :'closed_at'), 'and kept');
SELECT is((SELECT c.closed_through FROM receivables.company AS c WHERE c.company_id = :cl), date '2025-03-31', 'the company knows');

-- Nothing is posted in it, of any kind, by any way; the day after it is.
CREATE TEMP TABLE row_of_kind AS
SELECT kind, jsonb_build_object('customer_number', 'C2', kind || '_number', 'X1', 'amount', 1) || CASE WHEN kind = 'invoice' THEN '{"due_date": "2025-06-30"}'::jsonb ELSE '{}' END
             || CASE WHEN kind IN ('write_off', 'adjustment') THEN '{"reason": "x"}'::jsonb ELSE '{}' END AS fields
FROM unnest(ar.document_kinds()) AS kind;
SELECT throws_ok(format('SELECT ar.import_rows(pg_temp.cl(), %L, %L)', kind, jsonb_build_array(fields || jsonb_build_object(kind || '_date', '2025-03-31'))), '55000',
                 'cannot post on 2025-03-31: the period through 2025-03-31 is closed', kind || ' on the last day is refused') FROM row_of_kind;
SELECT lives_ok(format('SELECT ar.import_rows(pg_temp.cl(), %L, %L)', kind, jsonb_build_array(fields || jsonb_build_object(kind || '_date', '2025-04-01'))), kind || ' the day after is allowed') FROM row_of_kind;
SELECT throws_ok(command, '55000', format('cannot post on %s: the period through 2025-03-31 is closed', on_date), name || ' is refused')
FROM (VALUES ($$SELECT ar.post_invoice(pg_temp.cl(), 'C1', 'X2', '2024-12-31', '2025-06-30', 1)$$, '2024-12-31', 'a single invoice of the year before'),
             ($$SELECT ar.post_payment(pg_temp.cl(), 'C1', 'X2', '2025-03-31', 1)$$, '2025-03-31', 'a single payment'),
             ($$SELECT ar.apply(pg_temp.cl(), pg_temp.item('payment', 'P1'), pg_temp.item('invoice', 'I1'), 100)$$, '2025-03-10', 'an application from the day both count'),
             ($$SELECT ar.apply(pg_temp.cl(), pg_temp.item('payment', 'P1'), pg_temp.item('invoice', 'I1'), 100, '2025-03-31')$$, '2025-03-31', 'an application on the last day'),
             ($$SELECT ar.import_rows(pg_temp.cl(), 'application', '[{"payment_number": "P1", "invoice_number": "I1", "amount": 1}]')$$, '2025-03-10', 'an application by import'),
             ($$SELECT ar.reverse_application(pg_temp.cl(), application_id, '2025-03-31', 'x') FROM receivables.application WHERE company_id = pg_temp.cl() AND debit_item_id = pg_temp.item('invoice', 'I1')$$, '2025-03-31', 'a reversal of an application'),
             ($$SELECT ar.reverse_document(pg_temp.cl(), pg_temp.document('invoice', 'I2'), '2025-03-31', 'x')$$, '2025-03-31', 'a reversal of an invoice'),
             ($$SELECT ar.reverse_document(pg_temp.cl(), pg_temp.document('payment', 'P1'), '2025-03-11', 'x')$$, '2025-03-11', 'a reversal of a payment with its application'),
             ($$SELECT ar.transfer(pg_temp.cl(), pg_temp.item('invoice', 'I2'), 'C2', 'U1', '2025-03-31', 'x')$$, '2025-03-31', 'a transfer'),
             ($$INSERT INTO receivables.document (company_id, customer_id, document_date, kind, document_number, amount)
                SELECT company_id, customer_id, '2025-03-31', 'fee', 'X2', 1 FROM receivables.customer WHERE company_id = pg_temp.cl() AND customer_number = 'C1'$$, '2025-03-31', 'an insert')) AS v (command, on_date, name);
SELECT lives_ok(command, name || ' is allowed')
FROM (VALUES ($$SELECT ar.apply(pg_temp.cl(), pg_temp.item('payment', 'P1'), pg_temp.item('invoice', 'I1'), 10, '2025-04-01')$$, 'an application of earlier documents the day after'),
             ($$SELECT ar.reverse_application(pg_temp.cl(), application_id, '2025-04-01', 'x') FROM receivables.application WHERE company_id = pg_temp.cl() AND debit_item_id = pg_temp.item('invoice', 'I1') AND amount = 10$$, 'a reversal of it'),
             ($$SELECT ar.reverse_document(pg_temp.cl(), pg_temp.document('invoice', 'I3'), '2025-04-01', 'x')$$, 'a reversal of an earlier invoice'),
             ($$SELECT ar.transfer(pg_temp.cl(), pg_temp.item('invoice', 'I2'), 'C2', 'U1', '2025-04-01', 'x', 5)$$, 'a transfer of one'),
             ($$SELECT ar.post_credit_note(pg_temp.cl(), 'C1', 'X3', '2025-04-01', 1, invoice_number => 'I2')$$, 'a credit note against one'),
             ($$SELECT ar.post_invoice(pg_temp.ot(), 'C1', 'X2', '2025-03-31', '2025-06-30', 1)$$, 'an invoice of another company in that period')) AS v (command, name);
SELECT is_empty('SELECT * FROM receivables.period_override', 'nothing had to be overridden');
SELECT pg_temp.sound('sound after closing');

-- A report as known at the closing stays as it is; what was posted over the closing shows in the present one.
CREATE FUNCTION pg_temp.report(known_at text) RETURNS TABLE (line jsonb) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('ar.as_of', '2025-03-31', true), set_config('ar.known_at', known_at, true);
    RETURN QUERY EXECUTE $q$
        SELECT to_jsonb(x) FROM ar.open_items() AS x WHERE x.company_id = pg_temp.cl() UNION ALL
        SELECT to_jsonb(x) FROM receivables.aging_summary AS x WHERE x.company_id = pg_temp.cl() UNION ALL
        SELECT to_jsonb(x) FROM receivables.aging_by_customer AS x WHERE x.company_id = pg_temp.cl() UNION ALL
        SELECT to_jsonb(x) FROM receivables.open_item AS x WHERE x.company_id = pg_temp.cl() UNION ALL
        SELECT to_jsonb(x) FROM receivables.dso AS x WHERE x.company_id = pg_temp.cl()$q$;
    PERFORM set_config('ar.as_of', '', true), set_config('ar.known_at', '', true);
END;
$$;
CREATE FUNCTION pg_temp.balance(known_at text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    PERFORM set_config('ar.as_of', '2025-03-31', true), set_config('ar.known_at', known_at, true);
    SELECT concat_ws(' ', a.balance, a.overdue, a.unapplied_amount, d.credit_sales) INTO result
    FROM receivables.aging_summary AS a JOIN receivables.dso AS d USING (company_id) WHERE a.company_id = pg_temp.cl();
    PERFORM set_config('ar.as_of', '', true), set_config('ar.known_at', '', true);
    RETURN result;
END;
$$;
CREATE TEMP TABLE closed AS SELECT * FROM pg_temp.report(:'closed_at');
-- I1 1000 - 200, I2 500, I3 70; P1 -100, N1 -30
SELECT is(pg_temp.balance(:'closed_at'), '1240.00 800.00 -130.00 1540.00', 'the balance as it was closed');
SELECT is(pg_temp.balance(''), '1240.00 800.00 -130.00 1540.00', 'and as it is now');
SET LOCAL ar.closed_period_reason = '  ';
SELECT throws_ok($$SELECT ar.post_invoice(pg_temp.cl(), 'C1', 'L1', '2025-03-30', '2025-03-30', 11)$$, '55000', NULL, 'a blank reason is none');
SET LOCAL ar.closed_period_reason = 'invoice found in the drawer';
SET LOCAL ar.application_user = 'ann@example.com';
SELECT ok(ar.post_invoice(:cl, 'C1', 'L1', '2025-03-30', '2025-03-30', 11) > 0, 'an invoice is posted over the closing, with a reason');
SELECT ok(ar.apply(:cl, pg_temp.item('payment', 'P1'), pg_temp.item('invoice', 'I1'), 40, '2025-03-12') > 0, 'an application too');
SELECT ok(ar.reverse_document(:cl, pg_temp.document('credit_note', 'N1'), '2025-03-28', 'x') > 0, 'and a reversal');
SET LOCAL ar.closed_period_reason = '';
SET LOCAL ar.application_user = '';
SELECT throws_ok($$SELECT ar.post_invoice(pg_temp.cl(), 'C1', 'L2', '2025-03-30', '2025-03-30', 11)$$, '55000', NULL, 'without the reason the period is closed as before');
SELECT results_eq($$SELECT o.table_name, o.effective_on, o.closed_through, o.reason, o.recorded_by, o.application_user FROM receivables.period_override AS o WHERE o.company_id = pg_temp.cl() ORDER BY o.override_id$$,
    $$SELECT t, d, date '2025-03-31', 'invoice found in the drawer', session_user::text COLLATE "default", 'ann@example.com'
      FROM (VALUES ('document', date '2025-03-30'), ('item', '2025-03-30'), ('application', '2025-03-12'), ('document', '2025-03-28'), ('item', '2025-03-28'), ('application', '2025-03-28')) AS v (t, d)$$,
    'each posting over the closing is logged');
SELECT is_empty(format('(SELECT * FROM closed EXCEPT ALL SELECT * FROM pg_temp.report(%1$L)) UNION ALL (SELECT * FROM pg_temp.report(%1$L) EXCEPT ALL SELECT * FROM closed)', :'closed_at'),
                'every report as known at the closing is as it was');
SELECT cmp_ok((SELECT count(*) FROM closed), '=', 13::bigint, 'with all its lines: five items twice, a customer, a company, its DSO');
-- I1 1000 - 240, I2 500, I3 70, L1 11; P1 -60; sales 1000 + 500 + 70 + 11 - 30 + 30
SELECT is(pg_temp.balance(''), '1281.00 771.00 -60.00 1581.00', 'while the present one has the invoice, the application and the reversal');
SELECT is(pg_temp.balance(:'closed_at'), '1240.00 800.00 -130.00 1540.00', 'and the one of the closing has not');
SELECT pg_temp.sound('sound after postings over a closing');

-- Further closings, and opening again
SELECT throws_ok($$SELECT ar.close_period(pg_temp.cl(), '2025-03-30')$$, '23514', 'the period through 2025-03-31 is closed', 'an earlier day is not closed again');
SELECT throws_ok($$INSERT INTO receivables.period_closing (company_id, closed_through) SELECT pg_temp.cl(), '2025-03-30'$$, '23514', 'the period through 2025-03-31 is closed', 'by an insert neither');
SELECT lives_ok($$INSERT INTO receivables.period_closing (company_id, closed_through, recorded_at) SELECT pg_temp.cl(), '2025-03-31', now()$$, 'the same day is closed again by an insert');
SELECT cmp_ok((SELECT p.recorded_at FROM receivables.period_closing AS p ORDER BY p.closing_id DESC LIMIT 1), '>', (SELECT max(d.recorded_at) FROM receivables.document AS d),
              'which counts from the moment it took effect: what was posted before is known at it');
SELECT throws_ok($$UPDATE receivables.company SET closed_through = '-infinity'$$, '23001', NULL, 'nor opened by an update');
SELECT throws_ok($$SELECT ar.reopen_period(pg_temp.cl(), '2025-02-28', NULL)$$, '23514', NULL, 'opening again needs a reason');
SELECT throws_ok($$SELECT ar.reopen_period(pg_temp.cl(), '2025-02-28', ' ')$$, '23514', NULL, 'one that is not blank');
SELECT throws_ok($$SELECT ar.reopen_period(pg_temp.cl(), '2025-03-31', 'x')$$, '23514', 'the period is closed through 2025-03-31 only', 'and an earlier day');
SELECT throws_ok($$SELECT ar.reopen_period(pg_temp.ot(), '2025-03-31', 'x')$$, '23514', NULL, 'and a closed period');
SELECT ok(ar.close_period(:cl, '2025-06-30') > :'closed_at', 'a later period is closed');
SELECT throws_ok($$SELECT ar.post_invoice(pg_temp.cl(), 'C1', 'Q1', '2025-04-01', '2025-07-30', 11)$$, '55000', 'cannot post on 2025-04-01: the period through 2025-06-30 is closed', 'and closed it is');
SELECT ok(ar.reopen_period(:cl, '2025-02-28', 'auditors') > :'closed_at', 'opened again in part');
SELECT ok(ar.post_invoice(:cl, 'C1', 'Q1', '2025-03-01', '2025-07-30', 2) > 0, 'what is open is posted to');
SELECT throws_ok($$SELECT ar.post_invoice(pg_temp.cl(), 'C1', 'Q2', '2025-02-28', '2025-07-30', 2)$$, '55000', NULL, 'what is closed still is not');
SELECT is((SELECT count(*) FROM receivables.period_override), 6::bigint, 'which needs no override');
SELECT ok(ar.reopen_period(:cl, '-infinity', 'begin anew') > :'closed_at', 'opened altogether');
SELECT ok(ar.post_invoice(:cl, 'C1', 'Q2', '2020-01-01', '2025-07-30', 2) > 0, 'anything is posted');
SELECT results_eq('SELECT p.closed_through, p.reason FROM receivables.period_closing AS p ORDER BY p.closing_id',
    $$VALUES (date '2025-03-31', 'first quarter'), ('2025-03-31', NULL), ('2025-06-30', NULL), ('2025-02-28', 'auditors'), ('-infinity', 'begin anew')$$, 'all of it is on record');
SELECT is(pg_temp.balance(:'closed_at'), '1240.00 800.00 -130.00 1540.00', 'and what was known at the first closing stays known');
SELECT ok(ar.close_period(:cl, '2025-03-31') > :'closed_at', 'the period is closed again');

-- Who has no right to override a closing
CREATE ROLE ar_test_clerk;
SELECT lives_ok(format($$SELECT ar.grant_access('ar_test_clerk', 'clerk', %s)$$, :cl), 'a role is made a clerk');
CREATE FUNCTION pg_temp.as_clerk(command text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    result text;
BEGIN
    EXECUTE command INTO result;
    RETURN result;
END;
$$;
ALTER FUNCTION pg_temp.as_clerk(text) OWNER TO ar_test_clerk;
SET LOCAL ar.closed_period_reason = 'because I can';
SELECT is(pg_temp.as_clerk('SELECT current_user'), 'ar_test_clerk', 'a clerk');
SELECT ok(pg_temp.as_clerk(format($$SELECT ar.post_fee(%s, 'C1', 'CL1', '2025-04-01', 1)$$, :cl))::bigint > 0, 'posts in the open period');
SELECT throws_ok(format('SELECT pg_temp.as_clerk(%L)', format($$SELECT ar.post_fee(%s, 'C1', 'CL2', '2025-03-31', 1)$$, :cl)), '55000', 'cannot post on 2025-03-31: the period through 2025-03-31 is closed', 'not in the closed one, reason or not');
SELECT throws_ok(format('SELECT pg_temp.as_clerk(%L)', format($$SELECT ar.reopen_period(%s, '2025-02-28', 'x')$$, :cl)), '42501', 'no right to open a closed period', 'and does not open it');
SELECT is((SELECT count(*) FROM receivables.period_override), 6::bigint, 'nothing more was overridden');
SELECT lives_ok(format('SELECT ar.grant_access(%L, %L, %s)', 'ar_test_clerk', 'manager', :ot), 'a manager of another company');
SELECT throws_ok(format('SELECT pg_temp.as_clerk(%L)', format($$SELECT ar.post_fee(%s, 'C1', 'CL2', '2025-03-31', 1)$$, :cl)), '55000', NULL, 'is none of this');
SELECT lives_ok(format('SELECT ar.grant_access(%L, %L, %s)', 'ar_test_clerk', 'manager', :cl), 'a manager of this one');
SELECT ok(pg_temp.as_clerk(format($$SELECT ar.post_fee(%s, 'C1', 'CL2', '2025-03-31', 1)$$, :cl))::bigint > 0, 'posts over the closing, with a reason');
SELECT is((SELECT count(*) FROM receivables.period_override AS o WHERE o.reason = 'because I can'), 2::bigint, 'which is logged');
SET LOCAL ar.closed_period_reason = '';
SELECT throws_ok(format('SELECT pg_temp.as_clerk(%L)', format($$SELECT ar.post_fee(%s, 'C1', 'CL3', '2025-03-31', 1)$$, :cl)), '55000', NULL, 'not without');
SELECT pg_temp.sound('sound at the end');

SELECT * FROM finish();
ROLLBACK;
