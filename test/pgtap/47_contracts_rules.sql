-- Contracts, and rules that rows are checked by on entry.
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
INSERT INTO receivables.customer (company_id, customer_number, name) VALUES (:eu, 'C1', 'First'), (:eu, 'C2', 'Second');
CREATE FUNCTION pg_temp.invoice(contract text, number text, on_date date, amount numeric, currency text DEFAULT NULL, customer text DEFAULT 'C1')
    RETURNS bigint LANGUAGE sql AS $$
    SELECT ar.post_invoice(pg_temp.eu(), customer, number, on_date, on_date + 30, amount, contract_number => contract, currency => invoice.currency,
                           exchange_rate => CASE WHEN invoice.currency IS NOT NULL THEN 0.9 END)
$$;
CREATE FUNCTION pg_temp.invoiced(contract text) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT c.invoiced_amount FROM receivables.contract AS c WHERE c.company_id = pg_temp.eu() AND c.contract_number = contract
$$;
CREATE FUNCTION pg_temp.reverse(kind text, number text, on_date date) RETURNS bigint LANGUAGE sql AS $$
    SELECT ar.reverse_document(pg_temp.eu(), d.document_id, on_date, 'mistake') FROM receivables.document AS d
    WHERE d.company_id = pg_temp.eu() AND d.kind = reverse.kind AND d.document_number = number
$$;
CREATE FUNCTION pg_temp.warnings(kind text, number text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT d.warnings FROM receivables.document AS d WHERE d.company_id = pg_temp.eu() AND d.kind = warnings.kind AND d.document_number = number
$$;
CREATE FUNCTION pg_temp.sound(name text) RETURNS text LANGUAGE sql AS $$SELECT is_empty('SELECT * FROM ar.check_ledger()', name)$$;

-- Up to the amount exactly
SELECT is(format('imported %s, unchanged %s', imported, unchanged), 'imported 6, unchanged 0', 'contracts') FROM ar.import_rows(:eu, 'contract', '[
    {"contract_number": "K1", "customer_number": "C1", "contract_date": "2025-01-01", "ends_on": "2025-12-31", "amount": 1000, "source_key": "crm 1"},
    {"contract_number": "K2", "customer_number": "C2", "contract_date": "2025-01-01", "amount": 100},
    {"contract_number": "K3", "customer_number": "C1", "contract_date": "2025-01-01", "amount": 1000},
    {"contract_number": "KT", "customer_number": "C1", "contract_date": "2025-01-01", "amount": 1000},
    {"contract_number": "KF", "customer_number": "C1", "contract_date": "2025-01-01"},
    {"contract_number": "KU", "customer_number": "C1", "contract_date": "2025-01-01", "currency": "USD", "amount": 500}]');
SELECT ok(pg_temp.invoice('K1', 'I1', '2025-02-01', 400) > 0, 'an invoice under a contract');
SELECT throws_ok($$SELECT pg_temp.invoice('K1', 'I2', '2025-02-02', 600.01)$$, '23514',
                 'invoice refused: contract K1 is exceeded: with the rows up to this one 1000.01 is invoiced, it is for 1000', 'a cent more than the contract is refused');
SELECT is(pg_temp.invoiced('K1'), 400.00, 'and has taken nothing');
SELECT ok(pg_temp.invoice('K1', 'I2', '2025-02-02', 600) > 0, 'up to the contract is allowed');
SELECT throws_ok($$SELECT pg_temp.invoice('K1', 'I3', '2025-02-02', 0.01)$$, '23514', NULL, 'then not a cent');
SELECT is((SELECT i.contract_id FROM receivables.invoice AS i WHERE i.invoice_number = 'I2'),
          (SELECT c.contract_id FROM receivables.contract AS c WHERE c.contract_number = 'K1'), 'an invoice knows its contract');
-- A credit note against an invoice frees its amount, as a reversal does.
SELECT ok(ar.post_credit_note(:eu, 'C1', 'N1', '2025-03-01', 150, invoice_number => 'I2') > 0, 'a credit note against an invoice');
SELECT is(pg_temp.invoiced('K1'), 850.00, 'gives the contract back its amount');
SELECT ok(ar.post_credit_note(:eu, 'C1', 'N2', '2025-03-01', 50) > 0, 'a credit note against none');
SELECT is(pg_temp.invoiced('K1'), 850.00, 'does not');
SELECT throws_ok($$SELECT pg_temp.invoice('K1', 'I3', '2025-03-02', 150.01)$$, '23514', NULL, 'more than it freed is refused');
SELECT ok(pg_temp.invoice('K1', 'I3', '2025-03-02', 150) > 0, 'what it freed can be invoiced');
SELECT throws_ok($$SELECT pg_temp.reverse('credit_note', 'N1', '2025-03-03')$$, '23514', NULL, 'then the credit note cannot be undone');
SELECT is(pg_temp.invoiced('K1'), 1000.00, 'and nothing has moved');
SELECT ok(pg_temp.reverse('invoice', 'I1', '2025-03-04') > 0, 'an invoice is undone');
SELECT is(pg_temp.invoiced('K1'), 600.00, 'which frees the contract');
SELECT ok(pg_temp.reverse('credit_note', 'N1', '2025-03-05') > 0, 'now the credit note can be undone');
SELECT is(pg_temp.invoiced('K1'), 750.00, 'and the contract has that much less');
SELECT ok(pg_temp.invoice('K1', 'I4', '2025-03-06', 250) > 0, 'which is invoiced up to the end');
SELECT pg_temp.sound('sound after invoices under contracts');

-- Customer, currency, dates
SELECT throws_ok(format('SELECT pg_temp.invoice(%s)', arguments), sqlstate, message, name)
FROM (VALUES
    ($$'none', 'X', '2025-02-01', 1$$, '23503', 'invoice refused: contract none does not exist', 'an unknown contract is refused'),
    ($$'K2', 'X', '2025-02-01', 1$$, '23514', 'invoice refused: contract K2 is with another customer', 'the contract of another customer is refused'),
    ($$'KU', 'X', '2025-02-01', 1$$, '23514', 'invoice refused: contract KU is in USD, not in EUR', 'another currency is refused'),
    ($$'K3', 'X', '2025-02-01', 1, 'USD'$$, '23514', 'invoice refused: contract K3 is in EUR, not in USD', 'also the other way round'),
    ($$'KF', 'X', '2024-12-31', 1$$, '23514', 'invoice refused: 2024-12-31 is outside of contract KF, which runs from 2025-01-01 to no end', 'before the contract is refused'),
    ($$'KU', 'X', '2025-02-01', 500.01, 'USD'$$, '23514', 'invoice refused: contract KU is exceeded: with the rows up to this one 500.01 is invoiced, it is for 500', 'its amount is in its currency')
) AS v (arguments, sqlstate, message, name);
SELECT ok(pg_temp.invoice('KU', 'U1', '2025-02-01', 500, 'USD') > 0, 'in its currency up to its amount, whatever the rate');
SELECT ok(pg_temp.invoice('KF', 'F1', '2025-01-01', 99999999.99) > 0, 'a framework has no amount to exceed, from its first day on');
SELECT ok(pg_temp.invoice('KF', 'F2', '2035-01-01', 99999999.99) > 0, 'and no end');
SELECT is(pg_temp.invoiced('KF'), 199999999.98, 'what is invoiced is known all the same');
SELECT is(imported, 1::bigint, 'a contract of a month') FROM ar.import_rows(:eu, 'contract', '[{"contract_number": "KM", "customer_number": "C1", "contract_date": "2025-05-01", "ends_on": "2025-05-31", "amount": 10}]');
SELECT ok(pg_temp.invoice('KM', 'M1', '2025-05-01', 1) > 0, 'the first day is in');
SELECT ok(pg_temp.invoice('KM', 'M2', '2025-05-31', 1) > 0, 'the last day is in');
SELECT throws_ok($$SELECT pg_temp.invoice('KM', 'M3', '2025-06-01', 1)$$, '23514', 'invoice refused: 2025-06-01 is outside of contract KM, which runs from 2025-05-01 to 2025-05-31', 'the next is not');
SELECT throws_ok($$SELECT pg_temp.invoice('KM', 'M3', '2025-04-30', 1)$$, '23514', NULL, 'nor the one before');

-- Amendments count from their date on.
SELECT ok(ar.amend_contract(:eu, 'K1', '2025-07-01', 500, 'second phase') > 0, 'a contract is raised from a date on');
SELECT throws_ok($$SELECT pg_temp.invoice('K1', 'A1', '2025-06-30', 0.01)$$, '23514', NULL, 'an invoice of the day before cannot use it');
SELECT ok(pg_temp.invoice('K1', 'A1', '2025-07-01', 499.99) > 0, 'one of the day can');
SELECT throws_ok($$SELECT pg_temp.invoice('K1', 'A2', '2025-07-02', 0.02)$$, '23514', 'invoice refused: contract K1 is exceeded: with the rows up to this one 1500.01 is invoiced, it is for 1500',
                 'but not more');
SELECT throws_ok(format('SELECT ar.amend_contract(pg_temp.eu(), %s)', arguments), sqlstate, message, name)
FROM (VALUES
    ($$'K1', '2025-08-01', -0.02, 'x'$$, '23514', 'contract K1 cannot be lowered by 0.02: 1499.99 is invoiced', 'less than is invoiced is refused'),
    ($$'none', '2025-08-01', 1, 'x'$$, '23503', 'contract none does not exist', 'an unknown contract is refused'),
    ($$NULL, '2025-08-01', 1, 'x'$$, '23503', 'contract null does not exist', 'no contract is refused'),
    ($$'KF', '2025-08-01', 1, 'x'$$, '23514', 'contract KF is a framework without an amount', 'a framework is refused'),
    ($$'K1', '2025-08-01', 0.001, 'x'$$, '23514', 'amount 0.001 has more than 2 decimals', 'too many decimals are refused'),
    ($$'K1', '2025-08-01', 0, 'x'$$, '23514', NULL, 'nothing is refused'),
    ($$'K1', '2025-08-01', 1, ' '$$, '23514', NULL, 'a blank reason is refused'),
    ($$'K1', '2025-08-01', 1, NULL$$, '23502', NULL, 'no reason is refused'),
    ($$'K1', NULL, 1, 'x'$$, '23502', NULL, 'no date is refused'),
    ($$'K1', '2025-08-01', NULL, 'x'$$, '23502', NULL, 'no amount is refused'),
    ($$'K1', 'infinity', 1, 'x'$$, '23514', NULL, 'a date that never comes is refused')) AS v (arguments, sqlstate, message, name);
SELECT ok(ar.amend_contract(:eu, 'K1', '2025-08-01', -0.01, 'rounded') > 0, 'lowering to what is invoiced is allowed');
SELECT is(ar.contract_amount(:eu, contract_id, d), expected, format('the contract is for %s on %s', expected, d))
FROM receivables.contract, (VALUES (date '2025-06-30', 1000), ('2025-07-01', 1500), ('2025-07-31', 1500), ('2025-08-01', 1499.99)) AS v (d, expected) WHERE contract_number = 'K1';
SELECT throws_ok($$SELECT pg_temp.invoice('K1', 'A2', '2025-08-01', 0.01)$$, '23514', NULL, 'and nothing is left');

-- Contracts as they change
SELECT is((SELECT string_agg(f.field || ' ' || f.sqlstate, ', ') FROM ar.check_rows(pg_temp.eu(), 'contract', jsonb_build_array('{"contract_number": "K1", "customer_number": "C1", "contract_date": "2025-01-01"}'::jsonb || fields)) AS f),
          expected, name)
FROM (VALUES ('{"amount": 1000}'::jsonb, NULL, 'the contract as it is'),
             ('{"amount": 1000.01}', NULL, 'raised'),
             ('{"amount": 999.99}', 'amount 23514', 'lowered below what is invoiced with its amendments'),
             ('{"amount": null}', NULL, 'made a framework'),
             ('{"amount": 0}', 'amount 23514, amount 23514', 'lowered to nothing, which is no amount either'),
             ('{"amount": 1000.001}', 'amount 23514', 'with too many decimals'),
             ('{"customer_number": "C2"}', 'customer_number 23514', 'given to another customer'),
             ('{"customer_number": "C9"}', 'customer_number 23503', 'given to nobody'),
             ('{"currency": "USD"}', 'currency 23514', 'in another currency'),
             ('{"currency": "XXX"}', 'currency 23503, currency 23514', 'in no currency'),
             ('{"ends_on": "2024-12-31"}', 'ends_on 23514', 'ended before it began'),
             ('{"contract_number": "K3", "source_key": "crm 1"}', 'contract_number 23505', 'renamed to the number of another')) AS v (fields, expected, name);
SELECT is(format('imported %s, unchanged %s', imported, unchanged), 'imported 1, unchanged 0', 'renamed by its key in the source system') FROM ar.import_rows(:eu, 'contract',
    '[{"contract_number": "K1a", "customer_number": "C1", "contract_date": "2025-01-01", "source_key": "crm 1"}]');
SELECT is((SELECT array_agg(c.amount || ' ' || c.ends_on) FROM receivables.contract AS c WHERE c.contract_number = 'K1a'), '{"1000 2025-12-31"}', 'keeps what the row does not give');
SELECT is(format('imported %s, unchanged %s', imported, unchanged), 'imported 0, unchanged 1', 'sent again it changes nothing') FROM ar.import_rows(:eu, 'contract',
    '[{"contract_number": "K1a", "customer_number": "C1", "contract_date": "2025-01-01", "source_key": "crm 1"}]');

-- Many rows: each that exceeds with those before it is told, the rows of other contracts are not.
SELECT results_eq($$SELECT row_number, field, sqlstate, reason, severity, rule FROM ar.check_rows(pg_temp.eu(), 'invoice', '[
    {"customer_number": "C1", "invoice_number": "B1", "invoice_date": "2025-02-01", "due_date": "2025-03-01", "amount": 300, "contract_number": "K3"},
    {"customer_number": "C2", "invoice_number": "B2", "invoice_date": "2025-02-01", "due_date": "2025-03-01", "amount": 100, "contract_number": "K2"},
    {"customer_number": "C1", "invoice_number": "B3", "invoice_date": "2025-02-01", "due_date": "2025-03-01", "amount": 300, "contract_number": "K3"},
    {"customer_number": "C1", "invoice_number": "B4", "invoice_date": "2025-02-01", "due_date": "2025-03-01", "amount": 300.5, "contract_number": "K3"},
    {"customer_number": "C1", "invoice_number": "B5", "invoice_date": "2025-02-01", "due_date": "2025-03-01", "amount": 300, "contract_number": "K3"},
    {"customer_number": "C1", "invoice_number": "B6", "invoice_date": "2024-02-01", "due_date": "2024-03-01", "amount": 10, "contract_number": "K3"},
    {"customer_number": "C1", "invoice_number": "B7", "invoice_date": "2024-02-01", "due_date": "2024-03-01", "amount": 10000},
    {"customer_number": "C2", "invoice_number": "B8", "invoice_date": "2025-02-01", "due_date": "2025-03-01", "amount": 0.01, "contract_number": "K2"}]')$$,
    $$VALUES (5::bigint, 'contract_number', '23514', 'contract K3 is exceeded: with the rows up to this one 1200.5 is invoiced, it is for 1000', 'error', 'contract_amount'),
             (6, 'contract_number', '23514', '2024-02-01 is outside of contract K3, which runs from 2025-01-01 to no end', 'error', 'contract_dates'),
             (6, 'contract_number', '23514', 'contract K3 is exceeded: with the rows up to this one 1210.5 is invoiced, it is for 1000', 'error', 'contract_amount'),
             (8, 'contract_number', '23514', 'contract K2 is exceeded: with the rows up to this one 100.01 is invoiced, it is for 100', 'error', 'contract_amount')$$,
    'every faulty row of an import, with what is invoiced up to it');
SELECT is(imported, 3::bigint, 'an import up to the amount') FROM ar.import_rows(:eu, 'invoice', '[
    {"customer_number": "C1", "invoice_number": "B1", "invoice_date": "2025-02-01", "due_date": "2025-03-01", "amount": 300, "contract_number": "K3", "idempotency_key": "b1"},
    {"customer_number": "C1", "invoice_number": "B3", "invoice_date": "2025-02-01", "due_date": "2025-03-01", "amount": 300, "contract_number": "K3", "idempotency_key": "b3"},
    {"customer_number": "C1", "invoice_number": "B4", "invoice_date": "2025-02-01", "due_date": "2025-03-01", "amount": 400, "contract_number": "K3", "idempotency_key": "b4"}]');
SELECT is(pg_temp.invoiced('K3'), 1000.00, 'is taken off the contract');
SELECT is(format('imported %s, unchanged %s', imported, unchanged), 'imported 0, unchanged 1', 'rows that are known take nothing more') FROM ar.import_rows(:eu, 'invoice', '[
    {"customer_number": "C1", "invoice_number": "B4", "invoice_date": "2025-02-01", "due_date": "2025-03-01", "amount": 400, "contract_number": "K3", "idempotency_key": "b4"}]');

-- What is written straight to the table is held to the same.
CREATE FUNCTION pg_temp.insert_document(kind text, number text, on_date date, amount numeric, contract text, customer text DEFAULT 'C1', currency text DEFAULT NULL, source text DEFAULT NULL)
    RETURNS void LANGUAGE sql AS $$
    WITH d AS (
    INSERT INTO receivables.document (company_id, customer_id, document_date, kind, document_number, currency, amount, company_amount, contract_id, source_document_id)
    SELECT pg_temp.eu(), c.customer_id, on_date, insert_document.kind, number, coalesce(insert_document.currency, 'EUR'), insert_document.amount, insert_document.amount,
           (SELECT k.contract_id FROM receivables.contract AS k WHERE k.contract_number = contract),
           (SELECT d.document_id FROM receivables.document AS d WHERE d.kind = 'invoice' AND d.document_number = source)
    FROM receivables.customer AS c WHERE c.company_id = pg_temp.eu() AND c.customer_number = customer
    RETURNING *)
    INSERT INTO receivables.item (company_id, customer_id, document_id, kind, currency, effective_on, due_on, amount, company_amount)
    SELECT d.company_id, d.customer_id, d.document_id, d.kind, d.currency, d.document_date, d.document_date, x.amount, x.amount
    FROM d, LATERAL (SELECT d.amount * CASE d.kind WHEN 'invoice' THEN 1 ELSE -1 END) AS x (amount)
$$;
SELECT throws_ok(format('SELECT pg_temp.insert_document(%s)', arguments), sqlstate, message, name)
FROM (VALUES
    ($$'invoice', 'W1', '2025-02-01', 0.01, 'K3'$$, '23514', 'invoice W1 exceeds contract K3', 'an inserted invoice over its contract is refused'),
    ($$'invoice', 'W1', '2024-12-31', 1, 'KT'$$, '23514', 'invoice W1 of 2024-12-31 is outside of contract KT', 'one before its contract is refused'),
    ($$'invoice', 'W1', '2025-06-01', 1, 'KM'$$, '23514', 'invoice W1 of 2025-06-01 is outside of contract KM', 'one after its contract is refused'),
    ($$'invoice', 'W1', '2025-02-01', 1, 'KT', 'C1', 'USD'$$, '23514', 'contract KT is in EUR, invoice W1 in USD', 'one in another currency is refused'),
    ($$'invoice', 'W1', '2025-02-01', 1, 'KT', 'C2'$$, '23503', NULL, 'one of another customer is refused'),
    ($$'credit_note', 'W1', '2025-02-01', 300.01, NULL, 'C1', NULL, 'B1'$$, '23514', 'credit note W1 exceeds invoice B1', 'an inserted credit note over its invoice is refused'),
    ($$'credit_note', 'W1', '2025-02-01', 1, NULL, 'C2', NULL, 'B1'$$, '23514', 'credit note W1 must be against an invoice of the same customer and currency', 'one of another customer is refused'),
    ($$'credit_note', 'W1', '2025-02-01', 1, NULL, 'C1', 'USD', 'B1'$$, '23514', 'credit note W1 must be against an invoice of the same customer and currency', 'one in another currency is refused'))
    AS v (arguments, sqlstate, message, name);
SELECT throws_ok(format('UPDATE receivables.contract SET %s WHERE contract_number = %L', change, 'K3'), '23001', NULL, change || ' is refused')
FROM unnest('{invoiced_amount = 0,currency = ''USD'',customer_id = customer_id + 1,contract_id = contract_id + 1000}'::text[]) AS change;

-- An update lowers no contract below what is invoiced, amendments included.
SELECT ok(ar.import_rows(:eu, 'contract', '[{"contract_number": "KL", "customer_number": "C1", "contract_date": "2025-01-01", "amount": 1000}]') IS NOT NULL, 'a contract to lower');
SELECT ok(ar.amend_contract(:eu, 'KL', '2025-01-01', 200, 'more') > 0, 'amended');
SELECT ok(pg_temp.invoice('KL', 'KL1', '2025-02-01', 700) > 0, 'and invoiced in part');
CREATE FUNCTION pg_temp.set_amount(contract text, amount numeric) RETURNS numeric LANGUAGE sql AS $$
    UPDATE receivables.contract AS c SET amount = set_amount.amount WHERE c.company_id = pg_temp.eu() AND c.contract_number = contract RETURNING c.amount
$$;
SELECT throws_ok($$SELECT pg_temp.set_amount('KL', 499.99)$$, '23514', 'contract KL cannot be lowered to 499.99: 700.00 is invoiced', 'a cent below what is invoiced is refused');
SELECT is(pg_temp.set_amount('KL', 500), 500.00, 'down to it is allowed');
SELECT is(pg_temp.set_amount('KL', NULL), NULL, 'so is no amount at all');
SELECT throws_ok($$SELECT pg_temp.set_amount('KL', 499)$$, '23514', NULL, 'from which the same holds');
SELECT is(pg_temp.set_amount('KL', 1000), 1000.00, 'up again is allowed');

-- How strictly contracts are kept is for the company to say.
SELECT lives_ok($$SELECT ar.set_check_rule(pg_temp.eu(), 'five percent more', 'invoice', 'contract_amount', parameters => '{"tolerance": 0.05}')$$, 'a tolerance');
SELECT throws_ok($$SELECT pg_temp.invoice('KT', 'T1', '2025-02-01', 1050.01)$$, '23514', NULL, 'is not exceeded');
SELECT throws_ok($$SELECT pg_temp.insert_document('invoice', 'T1', '2025-02-01', 1050.01, 'KT')$$, '23514', 'invoice T1 exceeds contract KT', 'by no insert either');
SELECT ok(pg_temp.invoice('KT', 'T1', '2025-02-01', 1050) > 0, 'but used up');
SELECT is(pg_temp.warnings('invoice', 'T1'), NULL, 'without a warning');
SELECT throws_ok($$SELECT pg_temp.set_amount('KL', 466.66)$$, '23514', NULL, 'a contract is lowered to no less than leaves the tolerance');
SELECT is(pg_temp.set_amount('KL', 466.67), 466.67, 'but to what leaves it');
SELECT is(pg_temp.set_amount('KL', 466.68), 466.68, 'and raised, short of what is invoiced or not');
SELECT lives_ok($$SELECT ar.set_check_rule(pg_temp.eu(), 'five percent more', 'invoice', 'contract_amount', parameters => '{"tolerance": 0.05}', severity => 'warning')$$, 'a warning');
SELECT results_eq($$SELECT row_number, field, sqlstate, reason, severity, rule FROM ar.check_rows(pg_temp.eu(), 'invoice', '[{"customer_number": "C1", "invoice_number": "T2", "invoice_date": "2025-02-01", "due_date": "2025-03-01", "amount": "0.01", "contract_number": "KT"}]')$$,
    $$VALUES (1::bigint, 'contract_number', '23514', 'contract KT is exceeded: with the rows up to this one 1050.01 is invoiced, it is for 1000', 'warning', 'five percent more')$$, 'is told by a check');
SELECT ok(pg_temp.invoice('KT', 'T2', '2025-02-01', 0.01) > 0, 'stops nothing');
SELECT is(pg_temp.warnings('invoice', 'T2'),
          '[{"rule": "five percent more", "field": "contract_number", "reason": "contract KT is exceeded: with the rows up to this one 1050.01 is invoiced, it is for 1000"}]',
          'and is kept with the invoice');
SELECT is((SELECT i.warnings FROM receivables.invoice AS i WHERE i.invoice_number = 'T2'), pg_temp.warnings('invoice', 'T2'), 'which the view shows');
SELECT lives_ok($$SELECT pg_temp.insert_document('invoice', 'T3', '2025-02-01', 1, 'KT')$$, 'an insert passes too');
SELECT is(pg_temp.set_amount('KL', 2), 2.00, 'as does a lower contract');
SELECT lives_ok($$SELECT ar.set_check_rule(pg_temp.eu(), 'five percent more', 'invoice', 'contract_amount', severity => 'off')$$, 'no test');
SELECT ok(pg_temp.invoice('KT', 'T4', '2025-02-01', 5000) > 0, 'lets everything pass');
SELECT is(pg_temp.warnings('invoice', 'T4'), NULL, 'without a warning');
SELECT is(pg_temp.set_amount('KL', 1), 1.00, 'a lower contract too');
SELECT lives_ok($$SELECT ar.set_check_rule(pg_temp.eu(), 'dates', 'invoice', 'contract_dates', severity => 'warning', message => 'mind the dates')$$, 'dates are a warning');
SELECT ok(pg_temp.invoice('KM', 'D1', '2025-06-01', 1) > 0, 'an invoice after its contract passes');
SELECT is(pg_temp.warnings('invoice', 'D1'), '[{"rule": "dates", "field": "contract_number", "reason": "mind the dates"}]', 'with the words of the company');
SELECT lives_ok($$SELECT pg_temp.insert_document('invoice', 'D2', '2025-06-01', 1, 'KM')$$, 'also by an insert');
SELECT throws_ok($$SELECT ar.set_check_rule(pg_temp.eu(), 'again', 'invoice', 'contract_amount')$$, '22023', 'rule again refused: the company has a rule for test contract_amount already', 'a second rule for the same test is refused');
SELECT lives_ok($$DELETE FROM receivables.check_rule WHERE rule IN ('five percent more', 'dates')$$, 'the rules are taken back');
SELECT throws_ok($$SELECT pg_temp.invoice('KM', 'D3', '2025-06-01', 1)$$, '23514', NULL, 'and what holds without them holds again');

-- A red-letter invoice never exceeds its blue one.
SELECT is((SELECT string_agg(format('%s %s', f.row_number, f.reason), '; ') FROM ar.check_rows(pg_temp.eu(), 'credit_note', '[
    {"customer_number": "C1", "credit_note_number": "R1", "credit_note_date": "2025-02-02", "amount": 200, "invoice_number": "B1"},
    {"customer_number": "C1", "credit_note_number": "R2", "credit_note_date": "2025-02-02", "amount": 100, "invoice_number": "B1"},
    {"customer_number": "C1", "credit_note_number": "R3", "credit_note_date": "2025-02-02", "amount": 300, "invoice_number": "B3"},
    {"customer_number": "C1", "credit_note_number": "R4", "credit_note_date": "2025-02-02", "amount": "0.01", "invoice_number": "B1"},
    {"customer_number": "C1", "credit_note_number": "R5", "credit_note_date": "2025-02-02", "amount": "1000"}]') AS f),
    '4 invoice B1 is exceeded: with the rows up to this one 300.01 is credited, it is for 300.00', 'rows of an import against one invoice count together');
SELECT is(imported, 2::bigint, 'up to the invoice') FROM ar.import_rows(:eu, 'credit_note', '[
    {"customer_number": "C1", "credit_note_number": "R1", "credit_note_date": "2025-02-02", "amount": 200, "invoice_number": "B1"},
    {"customer_number": "C1", "credit_note_number": "R2", "credit_note_date": "2025-02-02", "amount": 100, "invoice_number": "B1"}]');
SELECT throws_ok($$SELECT ar.post_credit_note(pg_temp.eu(), 'C1', 'R3', '2025-02-03', 0.01, invoice_number => 'B1')$$, '23514', NULL, 'not a cent more');
SELECT ok(pg_temp.reverse('credit_note', 'R2', '2025-02-04') > 0, 'one is undone');
SELECT throws_ok($$SELECT ar.post_credit_note(pg_temp.eu(), 'C1', 'R3', '2025-02-05', 100.01, invoice_number => 'B1')$$, '23514', NULL, 'more than that is refused');
SELECT ok(ar.post_credit_note(:eu, 'C1', 'R3', '2025-02-05', 100, invoice_number => 'B1') > 0, 'as much can be credited again');
SELECT lives_ok($$SELECT ar.set_check_rule(pg_temp.eu(), 'red', 'credit_note', 'credit_note_amount', parameters => '{"tolerance": 0.01}')$$, 'a tolerance of one percent');
SELECT ok(ar.post_credit_note(:eu, 'C1', 'R4', '2025-02-05', 3, invoice_number => 'B1') > 0, 'is used up');
SELECT throws_ok($$SELECT ar.post_credit_note(pg_temp.eu(), 'C1', 'R5', '2025-02-05', 0.01, invoice_number => 'B1')$$, '23514', NULL, 'and not exceeded');
SELECT lives_ok($$SELECT ar.set_check_rule(pg_temp.eu(), 'red', 'credit_note', 'credit_note_amount', severity => 'warning')$$, 'as a warning');
SELECT ok(ar.post_credit_note(:eu, 'C1', 'R5', '2025-02-05', 7, invoice_number => 'B1') > 0, 'it stops nothing');
SELECT is(pg_temp.warnings('credit_note', 'R5'), '[{"rule": "red", "field": "invoice_number", "reason": "invoice B1 is exceeded: with the rows up to this one 310.00 is credited, it is for 300.00"}]', 'and is kept');
SELECT pg_temp.sound('sound after rules for contracts and credit notes');

-- Rules for fields
SELECT ar.create_company('RU', 'Rules', 'EUR') AS ru \gset
SELECT set_config('test.ru', :'ru', true) = :'ru' AS ru_set \gset
CREATE FUNCTION pg_temp.ru() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT current_setting('test.ru')::bigint$$;
-- The faults of a row, by rule.
CREATE FUNCTION pg_temp.faults(kind text, fields jsonb) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT string_agg(format('%s %s %s %s: %s', f.severity, f.rule, f.field, f.sqlstate, f.reason), '; ' ORDER BY f.rule)
    FROM ar.check_rows(pg_temp.ru(), kind, jsonb_build_array(fields)) AS f
$$;
SELECT lives_ok(format('SELECT ar.set_check_rule(pg_temp.ru(), %s)', arguments), 'rule ' || arguments)
FROM (VALUES ($$'a', 'customer', 'required', 'region'$$),
             ($$'b', 'customer', 'pattern', 'customer_number', '{"pattern": "^[A-Z]\\d+$"}', 'warning'$$),
             ($$'c', 'customer', 'one_of', 'attributes.segment', '{"values": ["retail", "o''clock", "key VALUE"]}', message => 'unknown segment'$$),
             ($$'d', 'customer', 'required', 'attributes.it''s', severity => 'warning'$$),
             ($$'e', 'customer', 'pattern', 'attributes.VALUE', '{"pattern": "^(PARAMETERS|VALUE|FIELD)$"}'$$)) AS v (arguments);
SELECT is(pg_temp.faults('customer', fields), expected, name)
FROM (VALUES ('{"customer_number": "C1", "name": "x", "region": "EU", "attributes": {"segment": "retail", "it''s": "x"}}'::jsonb, NULL, 'no fault'),
             ('{"customer_number": "C1", "name": "x", "region": " ", "attributes": {"it''s": "x"}}', 'error a region 23514: region is missing', 'a required field is blank; a missing one passes one_of'),
             ('{"customer_number": "C1", "name": "x", "attributes": {"it''s": "x"}}', 'error a region 23514: region is missing', 'or not there'),
             ('{"customer_number": "c1", "name": "x", "region": "EU", "attributes": {"it''s": "x"}}', 'warning b customer_number 23514: customer_number "c1" does not match ^[A-Z]\d+$', 'a pattern does not match'),
             ('{"customer_number": "C1", "name": "x", "region": "EU", "attributes": {"segment": "o''clock", "it''s": "x"}}', NULL, 'a value with a quote'),
             ('{"customer_number": "C1", "name": "x", "region": "EU", "attributes": {"segment": "key VALUE", "it''s": "x"}}', NULL, 'a value with a word of the tests'),
             ('{"customer_number": "C1", "name": "x", "region": "EU", "attributes": {"segment": "other", "it''s": "x"}}', 'error c attributes.segment 23514: unknown segment', 'a value that is none of those, in the words of the company'),
             ('{"customer_number": "C1", "name": "x", "region": "EU"}', 'warning d attributes.it''s 23514: attributes.it''s is missing', 'a required attribute'),
             ('{"customer_number": "C1", "name": "x", "region": "EU", "attributes": {"VALUE": "VALUE", "it''s": "x"}}', NULL, 'words of the tests in field and pattern'),
             ('{"customer_number": "C1", "name": "x", "region": "EU", "attributes": {"VALUE": "w", "it''s": "x"}}', 'error e attributes.VALUE 23514: attributes.VALUE "w" does not match ^(PARAMETERS|VALUE|FIELD)$', 'are no words of the tests'),
             ('{"customer_number": "c1", "name": "x", "attributes": {"segment": "s"}}',
              'error a region 23514: region is missing; warning b customer_number 23514: customer_number "c1" does not match ^[A-Z]\d+$; error c attributes.segment 23514: unknown segment; warning d attributes.it''s 23514: attributes.it''s is missing',
              'all faults of a row at once')) AS v (fields, expected, name);
SELECT throws_ok($$SELECT ar.import_rows(pg_temp.ru(), 'customer', '[{"customer_number": "C1", "name": "x"}]')$$, '23514', 'customer refused: region is missing', 'a rule of severity error refuses the row');
SELECT is(imported, 2::bigint, 'a warning does not') FROM ar.import_rows(:ru, 'customer', '[{"customer_number": "c1", "name": "x", "region": "EU", "attributes": {"it''s": 1}}, {"customer_number": "C2", "name": "y", "region": "EU", "attributes": {"it''s": 1}}]');
SELECT results_eq($$SELECT customer_number, warnings FROM receivables.customer WHERE company_id = pg_temp.ru() ORDER BY 1 DESC$$,
    $$VALUES ('c1', '[{"rule": "b", "field": "customer_number", "reason": "customer_number \"c1\" does not match ^[A-Z]\\d+$"}]'::jsonb), ('C2', NULL)$$, 'and is kept with the row');
-- Documents of every kind
SELECT lives_ok(format('SELECT ar.set_check_rule(pg_temp.ru(), %L, %L, %L, %L)', 'ref ' || kind, kind, 'required', 'reference'), 'a rule for ' || kind) FROM unnest(ar.document_kinds()) AS kind;
SELECT is(pg_temp.faults(kind, jsonb_build_object('customer_number', 'C2', kind || '_number', 'X', kind || '_date', '2025-01-01', 'amount', 1)
                               || CASE WHEN kind = 'invoice' THEN '{"due_date": "2025-01-31"}'::jsonb ELSE '{}' END || CASE WHEN kind IN ('write_off', 'adjustment') THEN '{"reason": "x"}'::jsonb ELSE '{}' END),
          format('error ref %s reference 23514: reference is missing', kind), kind || ' is checked') FROM unnest(ar.document_kinds()) AS kind;
SELECT throws_ok($$SELECT ar.post_invoice(pg_temp.ru(), 'C2', 'I1', '2025-01-01', '2025-01-31', 1)$$, '23514', 'invoice refused: reference is missing', 'a single invoice is checked too');
SELECT throws_ok($$SELECT ar.post_payment(pg_temp.ru(), 'C2', 'P1', '2025-01-01', 1)$$, '23514', 'payment refused: reference is missing', 'a single payment too');
SELECT ok(ar.post_invoice(:ru, 'C2', 'I1', '2025-01-01', '2025-01-31', 1, 'PO 1') > 0, 'with a reference it passes');
SELECT lives_ok($$SELECT ar.set_check_rule(pg_temp.ru(), 'ref invoice', 'invoice', 'required', 'reference', severity => 'off')$$, 'a rule is turned off');
SELECT ok(ar.post_invoice(:ru, 'C2', 'I2', '2025-01-01', '2025-01-31', 1) > 0, 'and does not count');
-- All faults of all rows, of the books and of the rules
SELECT lives_ok($$SELECT ar.set_check_rule(pg_temp.ru(), 'ref invoice', 'invoice', 'pattern', 'reference', '{"pattern": "^PO"}', 'warning')$$, 'changed to another test');
SELECT results_eq($$SELECT row_number, field, sqlstate, severity, rule FROM ar.check_rows(pg_temp.ru(), 'invoice', '[
    {"customer_number": "C2", "invoice_number": "I2", "invoice_date": "2025-01-01", "due_date": "2025-01-31", "amount": -1, "reference": "x"},
    {"customer_number": "C2", "invoice_number": "I3", "invoice_date": "2025-01-01", "due_date": "2025-01-31", "amount": 1, "reference": "PO"},
    {"customer_number": "C9", "invoice_number": "I4", "invoice_date": "2025-01-01", "due_date": "2024-01-31", "amount": 1, "reference": "y"}]')$$,
    $$VALUES (1::bigint, 'amount', '23514', 'error', NULL), (1, 'invoice_number', '23505', 'error', NULL), (1, 'reference', '23514', 'warning', 'ref invoice'),
             (3, 'customer_number', '23503', 'error', NULL), (3, 'due_date', '23514', 'error', NULL), (3, 'reference', '23514', 'warning', 'ref invoice')$$, 'all faults with severity and rule');
SELECT is(imported, 2::bigint, 'rows with warnings are imported') FROM ar.import_rows(:ru, 'invoice', '[
    {"customer_number": "C2", "invoice_number": "I5", "invoice_date": "2025-01-01", "due_date": "2025-01-31", "amount": 1, "reference": "x"},
    {"customer_number": "C2", "invoice_number": "I6", "invoice_date": "2025-01-01", "due_date": "2025-01-31", "amount": 1, "reference": "PO"}]');
SELECT results_eq($$SELECT invoice_number, warnings -> 0 ->> 'reason' FROM receivables.invoice WHERE company_id = pg_temp.ru() AND invoice_number > 'I4' ORDER BY 1$$,
    $$VALUES ('I5', 'reference "x" does not match ^PO'), ('I6', NULL)$$, 'and keep their own');

-- Formats: a number that its check character bears out, and one that it does not
SELECT ar.create_company('FO', 'Formats', 'CNY') AS fo \gset
SELECT set_config('test.ru', :'fo', true) = :'fo' AS fo_set \gset
INSERT INTO receivables.customer (company_id, customer_number, name) VALUES (:fo, 'C1', 'First');
SELECT lives_ok(format('SELECT ar.set_check_rule(pg_temp.ru(), %L, %L, %L, %L, severity => %L)', test, 'customer', test, field, severity), test || ' is a test')
FROM (VALUES ('uscc', 'tax_id', 'warning'), ('cn_tax_id', 'tax_id', 'error'), ('vat_id', 'attributes.vat', 'error'), ('lei', 'attributes.lei', 'error'), ('iban', 'attributes.iban', 'error')) AS v (test, field, severity);
SELECT is(pg_temp.faults('customer', '{"customer_number": "C2", "name": "x"}'::jsonb || fields), expected, name)
FROM (VALUES ('{}'::jsonb, NULL, 'what is not given is not tested'),
             ('{"tax_id": "91350100M000100Y43"}', NULL, 'a unified social credit code'),
             ('{"tax_id": "91350100M000100Y4Z"}', 'error cn_tax_id tax_id 23514: tax_id "91350100M000100Y4Z" is no valid Chinese tax number; warning uscc tax_id 23514: tax_id "91350100M000100Y4Z" is no valid unified social credit code', 'one that is none'),
             ('{"tax_id": "350100M000100Y4"}', 'warning uscc tax_id 23514: tax_id "350100M000100Y4" is no valid unified social credit code', 'an older tax number of fifteen characters'),
             ('{"attributes": {"vat": "DE136695976"}}', NULL, 'a VAT number'),
             ('{"attributes": {"vat": "DE136695977"}}', 'error vat_id attributes.vat 23514: attributes.vat "DE136695977" is no valid VAT number', 'one that is none'),
             ('{"attributes": {"lei": "5493001KJTIIGC8Y1R12"}}', NULL, 'a legal entity identifier'),
             ('{"attributes": {"lei": "5493001KJTIIGC8Y1R13"}}', 'error lei attributes.lei 23514: attributes.lei "5493001KJTIIGC8Y1R13" is no valid LEI', 'one that is none'),
             ('{"attributes": {"iban": "DE89 3704 0044 0532 0130 00"}}', NULL, 'an account number'),
             ('{"attributes": {"iban": "DE89370400440532013001"}}', 'error iban attributes.iban 23514: attributes.iban "DE89370400440532013001" is no valid IBAN', 'one that is none')) AS v (fields, expected, name);
SELECT is(imported, 1::bigint, 'a warning of a format stops nothing') FROM ar.import_rows(:fo, 'customer', '[{"customer_number": "C3", "name": "x", "tax_id": "11010519491231002X"}]');
SELECT is((SELECT warnings -> 0 ->> 'reason' FROM receivables.customer WHERE company_id = :fo AND customer_number = 'C3'), 'tax_id "11010519491231002X" is no valid unified social credit code', 'and is kept: an individual''s number is a tax number but no credit code');
-- Chinese invoices: 20 digits, or 8 with a code; the tax of each line
SELECT lives_ok($$SELECT ar.set_check_rule(pg_temp.ru(), 'fapiao', 'invoice', 'fapiao_number', 'invoice_number', '{"code_attribute": "fapiao_code"}')$$, 'fapiao_number is a test');
SELECT lives_ok($$SELECT ar.set_check_rule(pg_temp.ru(), 'vat', 'invoice', 'vat_arithmetic')$$, 'vat_arithmetic is a test');
SELECT is(pg_temp.faults('invoice', '{"customer_number": "C1", "invoice_number": "25312000000012345678", "invoice_date": "2025-01-01", "due_date": "2025-01-31", "amount": 113}'::jsonb || fields), expected, name)
FROM (VALUES ('{}'::jsonb, NULL, 'twenty digits'),
             ('{"invoice_number": "2531200000001234567"}', 'error fapiao invoice_number 23514: invoice_number "2531200000001234567" is no valid fapiao number', 'nineteen digits'),
             ('{"invoice_number": "12345678"}', 'error fapiao invoice_number 23514: invoice_number "12345678" is no valid fapiao number', 'eight digits without a code'),
             ('{"invoice_number": "12345678", "attributes": {"fapiao_code": "011002000111"}}', NULL, 'eight digits with a code'),
             ('{"attributes": {"fapiao_code": "011002000111"}}', 'error fapiao invoice_number 23514: invoice_number "25312000000012345678" is no valid fapiao number', 'twenty digits with a code'),
             ('{"lines": [{"net_amount": 100, "tax_rate": 0.13, "tax_amount": 13}]}', NULL, 'the tax of a line'),
             ('{"lines": [{"net_amount": 100, "tax_rate": 0.1301, "tax_amount": 13}]}', NULL, '13.01 and 13.00 are within a cent'),
             ('{"lines": [{"net_amount": 100, "tax_rate": 0.13011, "tax_amount": 13}]}', 'error vat lines 23514: tax of a line is not its net amount times its rate', '13.011 and 13.00 are not'),
             ('{"lines": [{"net_amount": 99.98, "tax_rate": 0.13, "tax_amount": 13.02}]}', 'error vat lines 23514: tax of a line is not its net amount times its rate', '12.9974 and 13.02 are not'),
             ('{"lines": [{"net_amount": 50, "tax_rate": 0.13, "tax_amount": 6.5}, {"net_amount": 50, "tax_rate": 0.06, "tax_amount": 6.5}]}', 'error vat lines 23514: tax of a line is not its net amount times its rate', 'each line is tested'),
             ('{"lines": [{"net_amount": 113}]}', NULL, 'a line without a rate is not')) AS v (fields, expected, name);
SELECT lives_ok($$SELECT ar.set_check_rule(pg_temp.ru(), 'vat', 'invoice', 'vat_arithmetic', parameters => '{"tolerance": 0.03}')$$, 'with a tolerance of 0.03');
SELECT is(pg_temp.faults('invoice', '{"customer_number": "C1", "invoice_number": "25312000000012345678", "invoice_date": "2025-01-01", "due_date": "2025-01-31", "amount": 113, "lines": [{"net_amount": 99.98, "tax_rate": 0.13, "tax_amount": 13.02}]}'),
          NULL, '12.9974 and 13.02 are one');
SELECT throws_ok($$SELECT ar.post_invoice(pg_temp.ru(), 'C1', '12345678', '2025-01-01', '2025-01-31', 113)$$, '23514', 'invoice refused: invoice_number "12345678" is no valid fapiao number', 'a single invoice is held to it');

-- Rules that make no sense
SELECT set_config('test.ru', :'ru', true) = :'ru' AS ru_set \gset
SELECT throws_ok(format('SELECT ar.set_check_rule(pg_temp.ru(), %s)', arguments), sqlstate, message, 'rule ' || arguments || ' is refused')
FROM (VALUES
    ($$'x', 'invoice', 'nonsense', 'reference'$$, '22023', 'rule x refused: there is no test "nonsense"'),
    ($$'x', 'voucher', 'required', 'reference'$$, '22023', 'no rows of kind "voucher" can be imported'),
    ($$'x', 'transfer_in', 'required', 'reference'$$, '22023', 'no rows of kind "transfer_in" can be imported'),
    ($$'x', 'invoice', 'required'$$, '22023', 'rule x refused: test required needs a field'),
    ($$'x', 'invoice', 'required', 'color'$$, '22023', 'rule x refused: rows of kind invoice have no text field "color"'),
    ($$'x', 'invoice', 'required', 'due_date'$$, '22023', 'rule x refused: rows of kind invoice have no text field "due_date"'),
    ($$'x', 'application', 'required', 'attributes.color'$$, '22023', 'rule x refused: rows of kind application have no text field "attributes.color"'),
    ($$'x', 'application', 'fapiao_number', 'reason'$$, '22023', 'rule x refused: test fapiao_number does not apply to rows of kind application'),
    ($$'x', 'invoice', 'contract_amount', 'contract_number'$$, '22023', 'rule x refused: test contract_amount takes no field'),
    ($$'x', 'payment', 'contract_amount'$$, '22023', 'rule x refused: test contract_amount does not apply to rows of kind payment'),
    ($$'x', 'invoice', 'credit_note_amount'$$, '22023', 'rule x refused: test credit_note_amount does not apply to rows of kind invoice'),
    ($$'x', 'payment', 'vat_arithmetic'$$, '22023', 'rule x refused: test vat_arithmetic does not apply to rows of kind payment'),
    ($$'x', 'invoice', 'required', 'reference', '{"pattern": "x"}'$$, '22023', 'rule x refused: test required takes no parameters'),
    ($$'x', 'invoice', 'pattern', 'reference', '{"values": []}'$$, '22023', 'rule x refused: test pattern takes only the parameter pattern'),
    ($$'x', 'invoice', 'pattern', 'reference'$$, '22023', 'rule x refused: test pattern needs the parameter pattern, a regular expression'),
    ($$'x', 'invoice', 'pattern', 'reference', '{"pattern": 7}'$$, '22023', 'rule x refused: test pattern needs the parameter pattern, a regular expression'),
    ($$'x', 'invoice', 'pattern', 'reference', '{"pattern": "("}'$$, '2201B', NULL),
    ($$'x', 'invoice', 'one_of', 'reference'$$, '22023', 'rule x refused: test one_of needs the parameter values, an array of text'),
    ($$'x', 'invoice', 'one_of', 'reference', '{"values": "a"}'$$, '22023', 'rule x refused: test one_of needs the parameter values, an array of text'),
    ($$'x', 'invoice', 'one_of', 'reference', '{"values": ["a", 1]}'$$, '22023', 'rule x refused: test one_of needs the parameter values, an array of text'),
    ($$'x', 'invoice', 'contract_amount', NULL, '{"tolerance": -0.1}'$$, '22023', 'rule x refused: tolerance must be a number, 0 or more'),
    ($$'x', 'invoice', 'contract_amount', NULL, '{"tolerance": "a"}'$$, '22023', 'rule x refused: tolerance must be a number, 0 or more'),
    ($$'x', 'invoice', 'required', 'reference', '[]'$$, '22023', 'rule x refused: parameters must be an object'),
    ($$'x', 'invoice', 'required', 'reference', '{}', 'fatal'$$, '23514', NULL),
    ($$' ', 'invoice', 'required', 'reference'$$, '23514', NULL),
    ($$'x', 'invoice', 'required', 'reference', '{}', 'error', ' '$$, '23514', NULL)) AS v (arguments, sqlstate, message);
SELECT throws_ok($$SELECT ar.set_check_rule(-1, 'x', 'invoice', 'required', 'reference')$$, '23503', 'company -1 does not exist', 'a rule of no company is refused');
SELECT throws_ok($$UPDATE receivables.check_rule SET test = 'nonsense' WHERE company_id = pg_temp.ru() AND rule = 'a'$$, '22023', NULL, 'also where it is written straight to the table');
SELECT is((SELECT count(*) FROM receivables.check_rule AS r WHERE r.company_id = pg_temp.ru() AND r.rule IN ('x', ' ')), 0::bigint, 'none of them was kept');
SELECT pg_temp.sound('sound at the end');

-- A warning is kept with its row, or there is no such rule.
SELECT throws_ok(format('INSERT INTO receivables.check_rule (company_id, rule, kind, test, field, severity) SELECT min(company_id), %L, %L, %L, %L, %L FROM receivables.company',
                        'no warning', kind, 'required', field, 'warning'), '22023', format('rule no warning refused: rows of kind %s keep no warnings', kind), kind || ' keeps no warnings')
FROM (VALUES ('contract', 'source_key'), ('application', 'reason')) AS v (kind, field);

SELECT * FROM finish();
ROLLBACK;
