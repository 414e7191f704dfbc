-- Import of many rows: all checked, all or nothing, repeatable.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
SELECT ar.create_company('EU', 'Europe', 'EUR') AS eu \gset
SELECT ar.create_company('JP', 'Japan', 'JPY') AS jp \gset
SELECT set_config('test.eu', :'eu', true) = :'eu' AS eu_set, set_config('test.jp', :'jp', true) = :'jp' AS jp_set \gset
CREATE FUNCTION pg_temp.eu() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT current_setting('test.eu')::bigint$$;
CREATE FUNCTION pg_temp.jp() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT current_setting('test.jp')::bigint$$;
-- 'imported 2, unchanged 1'
CREATE FUNCTION pg_temp.import(kind text, rows jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT format('imported %s, unchanged %s', i.imported, i.unchanged) FROM ar.import_rows(pg_temp.eu(), kind, rows) AS i
$$;

-- Customers
SELECT is(pg_temp.import('customer', '[{"customer_number": "0042", "name": "Zero", "grade": "A", "salesperson": "Ann", "department": "North", "region": "EU"},
                                       {"customer_number": "42", "name": "Other"}, {"customer_number": " C3 ", "name": " Third ", "attributes": {"vip": true}}]'),
          'imported 3, unchanged 0', 'customers');
SELECT results_eq($$SELECT customer_number, name, grade, salesperson, department, region, attributes FROM receivables.customer ORDER BY customer_id$$,
    $$VALUES ('0042', 'Zero', 'A', 'Ann', 'North', 'EU', '{}'::jsonb), ('42', 'Other', NULL, NULL, NULL, NULL, '{}'), ('C3', 'Third', NULL, NULL, NULL, NULL, '{"vip": true}')$$,
    'leading zeros are kept, blanks around are not');
SELECT is(pg_temp.import('customer', '[{"customer_number": "42", "name": "Other"}, {"customer_number": "0042", "name": "Zero", "grade": "B", "region": null},
                                       {"customer_number": "C4", "name": "Fourth"}]'),
          'imported 2, unchanged 1', 'customers again: one new, one changed, one as it was');
SELECT results_eq($$SELECT grade, salesperson, department, region FROM receivables.customer WHERE customer_number = '0042'$$,
    $$VALUES ('B', 'Ann', 'North', NULL::text)$$, 'a known customer gets what the row gives, null too; what it does not give stays');
SELECT is(pg_temp.import('customer', '[{"customer_number": "0042", "name": "Zero"}]'), 'imported 0, unchanged 1', 'a row that gives nothing new changes nothing');
SELECT is((SELECT count(*) FROM receivables.customer), 4::bigint, 'and not entered twice');

-- Documents and what they are known by
SELECT is(pg_temp.import('invoice', '[{"customer_number": "0042", "invoice_number": "00017", "invoice_date": "2025-01-15", "due_date": "2025-02-14", "amount": "1000.50", "idempotency_key": "i17"},
                                      {"customer_number": "42", "invoice_number": "17", "invoice_date": "2025-01-15", "due_date": "2025-02-14", "amount": 20, "reference": " PO 9 ", "idempotency_key": "i18"}]'),
          'imported 2, unchanged 0', 'invoices');
SELECT results_eq($$SELECT v.invoice_number, c.customer_number, v.amount::text, v.reference FROM receivables.invoice AS v JOIN receivables.customer AS c USING (company_id, customer_id) ORDER BY v.document_id$$,
    $$VALUES ('00017', '0042', '1000.50', NULL), ('17', '42', '20.00', 'PO 9')$$, 'numbers keep their leading zeros and stay apart');
SELECT is(pg_temp.import('credit_note', '[{"customer_number": "0042", "credit_note_number": "17", "credit_note_date": "2025-02-01", "amount": 0.5, "idempotency_key": "c1"}]'),
          'imported 1, unchanged 0', 'a credit note may have the number of an invoice');
SELECT is(pg_temp.import('payment', '[{"customer_number": "0042", "payment_number": "P1", "payment_date": "2025-02-10", "amount": 700, "idempotency_key": "p1"},
                                      {"customer_number": "42", "payment_number": "P2", "payment_date": "2025-02-10", "amount": 20, "idempotency_key": "p2"}]'),
          'imported 2, unchanged 0', 'payments');
SELECT is(pg_temp.import('application', '[{"invoice_number": "00017", "payment_number": "P1", "amount": 300, "application_date": "2025-02-20", "idempotency_key": "a1", "reason": "by hand"},
                                          {"invoice_number": "00017", "payment_number": "P1", "amount": 400, "idempotency_key": "a2"},
                                          {"invoice_number": "00017", "credit_note_number": "17", "amount": 0.50, "idempotency_key": "a3"}]'),
          'imported 3, unchanged 0', 'applications');
SELECT results_eq($$SELECT effective_on, amount::text, reason FROM receivables.application ORDER BY idempotency_key$$,
    $$VALUES (date '2025-02-20', '300.00', 'by hand'), ('2025-02-10', '400.00', NULL), ('2025-02-01', '0.50', NULL)$$,
    'dated as they say, else the first day both documents count');
SELECT is((SELECT open_amount FROM receivables.item JOIN receivables.document USING (company_id, document_id) WHERE document_number = '00017'), 300.00, 'and taken off what is open');

-- Again, with the same keys
CREATE TEMP TABLE before AS
SELECT 'item' AS what, to_jsonb(i) AS fact FROM receivables.item AS i UNION ALL SELECT 'document', to_jsonb(d) FROM receivables.document AS d
UNION ALL SELECT 'application', to_jsonb(a) FROM receivables.application AS a;
CREATE FUNCTION pg_temp.changed(name text) RETURNS text LANGUAGE sql AS $$
    SELECT is_empty($q$(SELECT 'item' AS what, to_jsonb(i) AS fact FROM receivables.item AS i UNION ALL SELECT 'document', to_jsonb(d) FROM receivables.document AS d
                        UNION ALL SELECT 'application', to_jsonb(a) FROM receivables.application AS a) EXCEPT ALL SELECT * FROM before$q$, name)
$$;
SELECT is(pg_temp.import('invoice', '[{"customer_number": "0042", "invoice_number": "00017", "invoice_date": "2025-01-15", "due_date": "2025-02-14", "amount": "1000.50", "idempotency_key": "i17"},
                                      {"customer_number": "42", "invoice_number": "17", "invoice_date": "2025-01-15", "due_date": "2025-02-14", "amount": 20.00, "reference": "PO 9", "idempotency_key": "i18"}]'),
          'imported 0, unchanged 2', 'the same invoices again');
SELECT is(pg_temp.import('credit_note', '[{"customer_number": "0042", "credit_note_number": "17", "credit_note_date": "2025-02-01", "amount": 0.5, "idempotency_key": "c1"}]'),
          'imported 0, unchanged 1', 'the same credit note again');
SELECT is(pg_temp.import('payment', '[{"customer_number": "0042", "payment_number": "P1", "payment_date": "2025-02-10", "amount": 700, "idempotency_key": "p1"}]'),
          'imported 0, unchanged 1', 'the same payment again');
SELECT is(pg_temp.import('application', '[{"invoice_number": "00017", "payment_number": "P1", "amount": 300, "application_date": "2025-02-20", "idempotency_key": "a1"},
                                          {"invoice_number": "00017", "payment_number": "P1", "amount": 400, "idempotency_key": "a2"}]'),
          'imported 0, unchanged 2', 'the same applications again, though the payment is used up');
SELECT pg_temp.changed('nothing has changed');
SELECT is(pg_temp.import('invoice', '[{"customer_number": "0042", "invoice_number": "00017", "invoice_date": "2025-01-15", "due_date": "2025-02-14", "amount": "1000.50", "idempotency_key": "i17"},
                                      {"customer_number": "42", "invoice_number": "18", "invoice_date": "2025-01-15", "due_date": "2025-02-14", "amount": 7, "idempotency_key": "i19"}]'),
          'imported 1, unchanged 1', 'one known, one new');
SELECT is(pg_temp.import('invoice', '[]'), 'imported 0, unchanged 0', 'no rows');

-- Each rule: the fault of one row, with row, field and SQLSTATE
CREATE TEMP TABLE rule (n serial, kind text, fields jsonb, field text, sqlstate text, name text);
INSERT INTO rule (kind, fields, field, sqlstate, name) VALUES
    ('customer', '{"customer_number": null}', 'customer_number', '23502', 'no number'),
    ('customer', '{"customer_number": "  "}', 'customer_number', '23502', 'a blank number'),
    ('customer', '{"name": null}', 'name', '23502', 'no name'),
    ('customer', '{"grade": "E"}', 'grade', '23514', 'an unknown grade'),
    ('customer', '{"attributes": [1]}', 'attributes', '22023', 'attributes that are no object'),
    ('customer', '{"attributes": "x"}', 'attributes', '22023', 'attributes that are text'),
    ('customer', '{"phone": "1"}', 'phone', '42703', 'an unknown field'),
    ('invoice', '{"customer_number": "none"}', 'customer_number', '23503', 'an unknown customer'),
    ('invoice', '{"customer_number": null}', 'customer_number', '23502', 'no customer'),
    ('invoice', '{"invoice_number": ""}', 'invoice_number', '23502', 'no number'),
    ('invoice', '{"invoice_number": "17"}', 'invoice_number', '23505', 'a number that is taken'),
    ('invoice', '{"invoice_number": " 17 "}', 'invoice_number', '23505', 'a number that is taken, but for blanks'),
    ('invoice', '{"invoice_date": null}', 'invoice_date', '23502', 'no date'),
    ('invoice', '{"invoice_date": "15.01.2025"}', 'invoice_date', '22007', 'a date of another form'),
    ('invoice', '{"invoice_date": "2025-02-30"}', 'invoice_date', '22007', 'a date that is none'),
    ('invoice', '{"due_date": "infinity"}', 'due_date', '22007', 'a due date that never comes'),
    ('invoice', '{"due_date": ""}', 'due_date', '23502', 'no due date'),
    ('invoice', '{"due_date": "2025-01-14"}', 'due_date', '23514', 'a due date before the invoice'),
    ('invoice', '{"amount": null}', 'amount', '23502', 'no amount'),
    ('invoice', '{"amount": "1,000.00"}', 'amount', '22P02', 'an amount with a comma'),
    ('invoice', '{"amount": "NaN"}', 'amount', '22P02', 'an amount that is no number'),
    ('invoice', '{"amount": "1e3"}', 'amount', '22P02', 'an amount with an exponent'),
    ('invoice', '{"amount": true}', 'amount', '22P02', 'an amount that is true'),
    ('invoice', '{"amount": 0}', 'amount', '23514', 'an amount of zero'),
    ('invoice', '{"amount": -1}', 'amount', '23514', 'a negative amount'),
    ('invoice', '{"amount": "0.001"}', 'amount', '23514', 'an amount with too many decimals'),
    ('invoice', '{"idempotency_key": "i17"}', 'idempotency_key', '23505', 'a key used with other contents'),
    ('invoice', '{"idempotency_key": "p1"}', 'idempotency_key', '23505', 'a key used for another kind'),
    ('invoice', '{"due": "2025-02-14"}', 'due', '42703', 'an unknown field'),
    ('credit_note', '{"credit_note_number": "17"}', 'credit_note_number', '23505', 'a number that is taken'),
    ('credit_note', '{"credit_note_date": "today"}', 'credit_note_date', '22007', 'a date that is a word'),
    ('credit_note', '{"amount": -1}', 'amount', '23514', 'a negative amount'),
    ('credit_note', '{"due_date": "2025-02-14"}', 'due_date', '42703', 'a due date, which a credit note has not'),
    ('payment', '{"payment_number": "P1"}', 'payment_number', '23505', 'a number that is taken'),
    ('payment', '{"payment_date": null}', 'payment_date', '23502', 'no date'),
    ('payment', '{"amount": "x"}', 'amount', '22P02', 'an amount that is a word'),
    ('application', '{"invoice_number": "none"}', 'invoice_number', '23503', 'an unknown invoice'),
    ('application', '{"invoice_number": null}', 'invoice_number', '23502', 'no invoice'),
    ('application', '{"payment_number": "none"}', 'payment_number', '23503', 'an unknown payment'),
    ('application', '{"payment_number": null}', 'payment_number', '23514', 'neither payment nor credit note'),
    ('application', '{"credit_note_number": "17"}', 'payment_number', '23514', 'both payment and credit note'),
    ('application', '{"payment_number": null, "credit_note_number": "none"}', 'credit_note_number', '23503', 'an unknown credit note'),
    ('application', '{"invoice_number": "00017"}', 'invoice_number', '23514', 'an invoice of another customer'),
    ('application', '{"application_date": "2025-02-09"}', 'application_date', '23514', 'before the payment counts'),
    ('application', '{"application_date": "never"}', 'application_date', '22007', 'a date that is a word'),
    ('application', '{"amount": "20.01"}', 'amount', '23514', 'more than is open'),
    ('application', '{"amount": 0}', 'amount', '23514', 'nothing'),
    ('application', '{"amount": "1.005"}', 'amount', '23514', 'too many decimals'),
    ('application', '{"idempotency_key": "a1"}', 'idempotency_key', '23505', 'a key used with other contents');
-- A row of each kind that has no fault; each rule changes one or two of its fields.
CREATE TEMP TABLE good (kind text, fields jsonb);
INSERT INTO good VALUES
    ('customer', '{"customer_number": "C9", "name": "Ninth", "grade": "C"}'),
    ('invoice', '{"customer_number": "42", "invoice_number": "I9", "invoice_date": "2025-01-15", "due_date": "2025-02-14", "amount": "9.99", "idempotency_key": "new"}'),
    ('credit_note', '{"customer_number": "42", "credit_note_number": "C9", "credit_note_date": "2025-01-15", "amount": "9.99"}'),
    ('payment', '{"customer_number": "42", "payment_number": "P9", "payment_date": "2025-01-15", "amount": "9.99"}'),
    ('application', '{"invoice_number": "17", "payment_number": "P2", "amount": "9.99"}');
SELECT is_empty(format('SELECT row_number, field, sqlstate, reason FROM ar.check_rows(pg_temp.eu(), %L, jsonb_build_array(%L::jsonb))', kind, fields), kind || ' without a fault') FROM good;
SELECT ok((r.field, r.sqlstate) IN (SELECT f.field, f.sqlstate FROM ar.check_rows(pg_temp.eu(), r.kind, jsonb_build_array(g.fields, g.fields || r.fields)) AS f WHERE f.row_number = 2),
          format('%s, %s: %s %s', r.kind, r.name, r.field, r.sqlstate))
FROM rule AS r JOIN good AS g USING (kind) ORDER BY r.n;
SELECT is((SELECT string_agg(DISTINCT format('%s %s %s', f.row_number, f.field, f.sqlstate), '; ')
           FROM ar.check_rows(pg_temp.eu(), r.kind, jsonb_build_array(g.fields || r.fields)) AS f),
          format('1 %s %s', r.field, r.sqlstate), format('%s, %s: this fault and no other', r.kind, r.name))
FROM rule AS r JOIN good AS g USING (kind) ORDER BY r.n;
SELECT throws_ok(format('SELECT ar.import_rows(pg_temp.eu(), %L, jsonb_build_array(%L::jsonb))', r.kind, g.fields || r.fields), r.sqlstate, NULL,
                 format('%s, %s: import refused with %s', r.kind, r.name, r.sqlstate))
FROM rule AS r JOIN good AS g USING (kind) ORDER BY r.n;
SELECT is((SELECT count(*) FROM receivables.document), 6::bigint, 'nothing was imported by any of them');
SELECT results_eq($$SELECT row_number, field, sqlstate, reason FROM ar.check_rows(pg_temp.jp(), 'invoice', '[{"customer_number": "42", "invoice_number": "1", "invoice_date": "2025-01-01", "due_date": "2025-01-01", "amount": 1.5}]')$$,
    $$VALUES (1::bigint, 'amount', '23514', 'amount 1.5 has more than 0 decimals'), (1, 'customer_number', '23503', 'customer 42 does not exist')$$,
    'customers and decimals are those of the company');

-- All faults in one go
SELECT set_eq($$SELECT row_number, field, sqlstate FROM ar.check_rows(pg_temp.eu(), 'invoice', '[
        {"customer_number": "42", "invoice_number": "N1", "invoice_date": "2025-01-15", "due_date": "2025-02-14", "amount": 1},
        {"customer_number": "none", "invoice_number": "17", "invoice_date": "2025-01-15", "due_date": "2025-01-14", "amount": 0.001},
        {"customer_number": "42", "invoice_number": "N3", "invoice_date": "x", "amount": ""},
        {"customer_number": "42", "invoice_number": "N1", "invoice_date": "2025-01-15", "due_date": "2025-02-14", "amount": 1, "extra": 1}]')$$,
    $$VALUES (2::bigint, 'amount', '23514'), (2, 'customer_number', '23503'), (2, 'due_date', '23514'), (2, 'invoice_number', '23505'),
             (3, 'amount', '23502'), (3, 'due_date', '23502'), (3, 'invoice_date', '22007'),
             (4, 'extra', '42703'), (4, 'invoice_number', '23505')$$, 'every fault of every row in one go');
SELECT ok((4, NULL::text, '22023') IS NOT DISTINCT FROM (f.row_number, f.field, f.sqlstate), 'a row that is no object')
FROM ar.check_rows(pg_temp.eu(), 'customer', '[{"customer_number": "X1", "name": "x"}, {"customer_number": "X2", "name": "x"}, {"customer_number": "X3", "name": "x"}, 7]') AS f
WHERE f.field IS NULL;
SELECT throws_ok($$SELECT ar.import_rows(pg_temp.eu(), 'invoice', '[
        {"customer_number": "42", "invoice_number": "N1", "invoice_date": "2025-01-15", "due_date": "2025-02-14", "amount": 1},
        {"customer_number": "42", "invoice_number": "N2", "invoice_date": "2025-01-15", "due_date": "2025-02-14", "amount": -1},
        {"customer_number": "42", "invoice_number": "N3", "invoice_date": "2025-01-15", "due_date": "2025-01-14", "amount": 1}]')$$,
    '23514', '2 of 3 invoice rows refused, nothing imported', 'one good row of three');
SELECT is((SELECT count(*) FROM receivables.document), 6::bigint, 'is not imported either');

-- Within a batch
SELECT results_eq($$SELECT row_number, field, sqlstate FROM ar.check_rows(pg_temp.eu(), $q$customer$q$, '[{"customer_number": "D", "name": "x"}, {"customer_number": "E", "name": "x"}, {"customer_number": " D", "name": "y"}]')$$,
    $$VALUES (3::bigint, 'customer_number', '23505')$$, 'a customer twice in a batch');
SELECT results_eq($$SELECT row_number, field, sqlstate FROM ar.check_rows(pg_temp.eu(), 'payment', '[
        {"customer_number": "42", "payment_number": "N1", "payment_date": "2025-01-15", "amount": 1, "idempotency_key": "k"},
        {"customer_number": "42", "payment_number": "N2", "payment_date": "2025-01-15", "amount": 1, "idempotency_key": "k"},
        {"customer_number": "42", "payment_number": "N1", "payment_date": "2025-01-15", "amount": 1, "idempotency_key": "l"}]')$$,
    $$VALUES (2::bigint, 'idempotency_key', '23505'), (3, 'payment_number', '23505')$$, 'a key and a number twice in a batch');
SELECT results_eq($$SELECT row_number, field, sqlstate FROM ar.check_rows(pg_temp.eu(), 'application', '[
        {"invoice_number": "17", "payment_number": "P2", "amount": 12},
        {"invoice_number": "17", "payment_number": "P2", "amount": 8},
        {"invoice_number": "17", "payment_number": "P2", "amount": 0.01}]')$$,
    $$VALUES (3::bigint, 'amount', '23514'), (3, 'amount', '23514')$$, 'the row with which a batch applies more than is open, of the invoice and of the payment');
SELECT is(pg_temp.import('application', '[{"invoice_number": "17", "payment_number": "P2", "amount": 12}, {"invoice_number": "17", "payment_number": "P2", "amount": 8}]'),
          'imported 2, unchanged 0', 'a batch that applies just what is open');

-- What is no list of rows
SELECT throws_ok(format('SELECT ar.import_rows(pg_temp.eu(), %L, %s)', kind, rows), sqlstate, NULL, name)
FROM (VALUES ('invoice', $$'{}'$$, '22023', 'an object'), ('invoice', 'NULL', '22023', 'null'), ('invoice', $$'"x"'$$, '22023', 'text'),
             ('voucher', $$'[]'$$, '22023', 'an unknown kind')) AS v (kind, rows, sqlstate, name);
SELECT throws_ok($$SELECT ar.import_rows(-1, 'invoice', '[]')$$, '23503', NULL, 'an unknown company');

-- Staging tables
CREATE TABLE public.staged_text (line integer, customer_number text, invoice_number text, invoice_date text, due_date text, amount text, idempotency_key text, note text);
INSERT INTO public.staged_text VALUES (1, '0042', '00100', '2025-03-01', '2025-03-31', '100.10', 's1', 'kept apart'), (2, ' 42 ', '0101', '2025-03-02', '2025-04-01', '+7', 's2', NULL);
SELECT results_eq($$SELECT * FROM ar.import_table(pg_temp.eu(), 'invoice', 'public.staged_text')$$, $$VALUES (2::bigint, 0::bigint)$$, 'a staging table of text');
SELECT results_eq($$SELECT invoice_number, invoice_date, due_date, amount FROM receivables.invoice WHERE invoice_number IN ('00100', '0101') ORDER BY 1$$,
    $$VALUES ('00100', date '2025-03-01', date '2025-03-31', 100.10), ('0101', '2025-03-02', '2025-04-01', 7.00)$$, 'leading zeros, dates and amounts');
SELECT results_eq($$SELECT * FROM ar.import_table(pg_temp.eu(), 'invoice', 'public.staged_text')$$, $$VALUES (0::bigint, 2::bigint)$$, 'the same table again changes nothing');
CREATE TABLE public."Staged, typed" (customer_number integer, invoice_number bigint, invoice_date date, due_date timestamp, amount numeric(12,4), attributes jsonb);
INSERT INTO public."Staged, typed" VALUES (42, 200, '2025-03-01', '2025-03-31', 5.5, '{"a": 1}'), (42, 201, '2025-03-01', '2025-03-31', 6, NULL);
SELECT results_eq($$SELECT row_number, field, sqlstate, reason FROM ar.check_table(pg_temp.eu(), 'invoice', 'public."Staged, typed"') ORDER BY 1$$,
    $$VALUES (1::bigint, 'due_date', '22007', 'due_date "2025-03-31 00:00:00" is no date of the form YYYY-MM-DD'),
             (2, 'due_date', '22007', 'due_date "2025-03-31 00:00:00" is no date of the form YYYY-MM-DD')$$, 'a timestamp is no date');
ALTER TABLE public."Staged, typed" ALTER COLUMN due_date TYPE date;
SELECT results_eq($$SELECT * FROM ar.import_table(pg_temp.eu(), 'invoice', 'public."Staged, typed"')$$, $$VALUES (2::bigint, 0::bigint)$$, 'a staging table with typed columns');
SELECT results_eq($$SELECT invoice_number, amount::text, attributes FROM receivables.invoice WHERE invoice_number IN ('200', '201') ORDER BY 1$$,
    $$VALUES ('200', '5.50', '{"a": 1}'::jsonb), ('201', '6.00', '{}')$$, 'decimals are those of the currency');
UPDATE public."Staged, typed" SET invoice_number = invoice_number + 100, due_date = 'infinity', amount = 'NaN';
SELECT set_eq($$SELECT row_number, field, sqlstate FROM ar.check_table(pg_temp.eu(), 'invoice', 'public."Staged, typed"')$$,
    $$VALUES (1::bigint, 'due_date', '22008'), (1, 'amount', '22003'), (2, 'due_date', '22008'), (2, 'amount', '22003')$$, 'infinite dates and NaN of typed columns');
INSERT INTO public.staged_text VALUES (3, 'none', '00100', '2025-3-1', NULL, '1.000,00', 's3', NULL), (4, '42', '0101', '2025-03-02', '2025-04-01', '8', 's2', NULL);
SELECT set_eq($$SELECT row_number, field, sqlstate FROM ar.check_table(pg_temp.eu(), 'invoice', 'public.staged_text')$$,
    $$VALUES (3::bigint, 'customer_number', '23503'), (3, 'invoice_number', '23505'), (3, 'invoice_date', '22007'), (3, 'due_date', '23502'), (3, 'amount', '22P02'),
             (4, 'idempotency_key', '23505'), (4, 'invoice_number', '23505')$$, 'faults of a staging table, all in one go');
SELECT throws_ok($$SELECT ar.import_table(pg_temp.eu(), 'invoice', 'public.staged_text')$$, NULL, '2 of 4 invoice rows refused, nothing imported', 'for which it is refused');
ALTER TABLE public.staged_text DROP COLUMN amount;
SELECT throws_ok($$SELECT ar.import_table(pg_temp.eu(), 'invoice', 'public.staged_text')$$, '42703', NULL, 'a column that is missing');
SELECT throws_ok($$SELECT ar.check_table(pg_temp.eu(), 'invoice', 'public.staged_text')$$, '42703', NULL, 'is missed by the check too');
ALTER TABLE public.staged_text ADD COLUMN amount text, ADD COLUMN attributes text;
SELECT throws_ok($$SELECT ar.import_table(pg_temp.eu(), 'invoice', 'public.staged_text')$$, '42804', NULL, 'attributes that are not jsonb');
SELECT throws_ok($$SELECT ar.import_table(pg_temp.eu(), 'invoice', 'public.none')$$, '42P01', NULL, 'a table that does not exist');
CREATE VIEW public.staged_view AS SELECT 'V1'::text AS customer_number, 'From a view'::text AS name;
SELECT results_eq($$SELECT * FROM ar.import_table(pg_temp.eu(), 'customer', 'public.staged_view')$$, $$VALUES (1::bigint, 0::bigint)$$, 'a view as the staging table');
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'sound after all imports');

-- Many rows by one import are what one by one would be.
SELECT is(pg_temp.import('invoice', (SELECT jsonb_agg(jsonb_build_object('customer_number', '42', 'invoice_number', 'M' || n, 'invoice_date', date '2025-01-01' + n % 90,
              'due_date', date '2025-02-01' + n % 90, 'amount', n::numeric / 100, 'idempotency_key', 'M' || n)) FROM generate_series(1, 3000) AS n)),
          'imported 3000, unchanged 0', 'three thousand invoices');
SELECT is((SELECT sum(open_amount) FROM ar.open_items('2025-12-31') AS o JOIN receivables.document AS d USING (company_id, document_id) WHERE d.document_number LIKE 'M%'),
          3000 * 3001 / 2 / 100.00, 'come to the sum of their amounts');
-- The rows of a fault list are numbered as given, however many there are.
SELECT results_eq($$SELECT row_number FROM ar.check_rows(pg_temp.eu(), 'invoice', (SELECT jsonb_agg(jsonb_build_object('customer_number', CASE n % 1000 WHEN 0 THEN 'none' ELSE '42' END,
        'invoice_number', 'L' || n, 'invoice_date', '2025-01-01', 'due_date', '2025-02-01', 'amount', 1) ORDER BY n) FROM generate_series(1, 3000) AS n))$$,
    ARRAY[1000, 2000, 3000]::bigint[], 'faults of the rows 1000, 2000 and 3000');

SELECT * FROM finish();
ROLLBACK;
