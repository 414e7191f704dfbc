-- Revaluation of open items: values by hand, what reverses what, and that nothing else changes.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
SET LOCAL datestyle = 'ISO';
SELECT ar.create_company('A', 'Alpha', 'EUR') AS a, ar.create_company('B', 'Beta', 'EUR') AS b, ar.create_company('J', 'Jota', 'JPY') AS j \gset
SELECT set_config('test.a', :'a', true) = :'a' AS a_set, set_config('test.b', :'b', true) = :'b' AS b_set,
       set_config('test.j', :'j', true) = :'j' AS j_set \gset
CREATE FUNCTION pg_temp.a() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT current_setting('test.a')::bigint$$;
CREATE FUNCTION pg_temp.b() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT current_setting('test.b')::bigint$$;
CREATE FUNCTION pg_temp.j() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT current_setting('test.j')::bigint$$;
SELECT count(*) AS imported
FROM unnest(ARRAY[:a, :b, :j]) AS company,
     LATERAL ar.import_rows(company, 'customer', '[{"customer_number": "C1", "name": "One"}]') \gset
SELECT count(ar.add_exchange_rate(x.currency, 'EUR', x.day, x.rate, 'ECB')) AS rates
FROM (VALUES ('USD', date '2025-01-10', 0.90), ('USD', '2025-01-31', 0.95), ('USD', '2025-02-28', 0.92), ('USD', '2025-03-10', 0.97),
             ('USD', '2025-03-31', 0.99), ('JPY', '2025-02-28', 0.0063), ('JPY', '2025-03-31', 0.0059)) AS x (currency, day, rate) \gset
-- The revaluations of a company as text, in the order of entry: date, document, rate, open, booked, value, difference, change.
CREATE FUNCTION pg_temp.rows(company_id bigint) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT concat_ws(' ', m.effective_on, d.document_number, coalesce(m.exchange_rate::text, '-'), round(m.open_amount, 2),
                     round(m.open_company_amount, 2), round(m.value, 2), round(m.difference, 2), round(m.amount, 2))
    FROM receivables.revaluation_movement AS m
    JOIN receivables.item AS i USING (company_id, item_id)
    JOIN receivables.document AS d USING (company_id, document_id)
    WHERE m.company_id = rows.company_id ORDER BY m.revaluation_id
$$;
-- All that a revaluation is to leave alone.
CREATE FUNCTION pg_temp.books() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT md5(string_agg(x.line, E'\n' ORDER BY x.line))
    FROM (SELECT i::text AS line FROM receivables.item AS i UNION ALL SELECT d::text FROM receivables.document AS d
          UNION ALL SELECT a::text FROM receivables.application AS a UNION ALL SELECT c::text FROM receivables.customer AS c
          UNION ALL SELECT row(g.customer_id, g.balance, g.overdue)::text FROM receivables.aging_by_customer AS g) AS x
$$;

-- An invoice of 100 dollars at 0.90, through two month ends and its payment.
SELECT ar.post_invoice(:a, 'C1', 'U1', '2025-01-10', '2025-02-09', 100, currency => 'USD') AS u1 \gset
SELECT pg_temp.books() AS books \gset
SELECT results_eq($$SELECT items, difference FROM ar.revalue(pg_temp.a(), '2025-01-31', 'month end')$$, $$VALUES (1::bigint, 5.00)$$,
                  '95.00 less 90.00 booked');
SELECT results_eq($$SELECT items, difference FROM ar.revalue(pg_temp.a(), '2025-01-31')$$, $$VALUES (0::bigint, 5.00)$$, 'the same date twice changes nothing');
SELECT results_eq($$SELECT items, difference FROM ar.revalue(pg_temp.a(), '2025-02-28')$$, $$VALUES (1::bigint, 2.00)$$, '92.00 less 90.00 booked');
SELECT results_eq($$SELECT pg_temp.rows(pg_temp.a())$$, ARRAY['2025-01-31 U1 0.95 100.00 90.00 95.00 5.00 5.00', '2025-02-28 U1 0.92 100.00 90.00 92.00 2.00 -3.00'],
                  'the second takes back 3.00 of the first');
SELECT is(pg_temp.books(), :'books', 'documents, items and balances are as before');
SELECT is(ar.post_payment(:a, 'C1', 'P1', '2025-03-10', 100, '[{"invoice_number": "U1", "amount": 100}]', currency => 'USD') > 0, true, 'paid at 0.97');
SELECT results_eq($$SELECT d.document_date, d.company_amount FROM receivables.document AS d
                    WHERE d.company_id = pg_temp.a() AND d.kind = 'exchange_difference'$$,
                  $$VALUES (date '2025-03-10', 7.00)$$, 'the realised difference is that of the booked amount: 97.00 less 90.00');
SELECT results_eq($$SELECT items, difference FROM ar.revalue(pg_temp.a(), '2025-03-31')$$, $$VALUES (1::bigint, 0.00)$$, 'a closed item takes back what was left');
SELECT results_eq($$SELECT pg_temp.rows(pg_temp.a()) OFFSET 2$$, ARRAY['2025-03-31 U1 - 0.00 0.00 0.00 0.00 -2.00'], 'the 2.00');
SELECT results_eq($$SELECT items, difference FROM ar.revalue(pg_temp.a(), '2025-04-01')$$, $$VALUES (0::bigint, 0.00)$$, 'and is then left alone');
SELECT is((SELECT sum(amount) FROM receivables.revaluation_movement WHERE company_id = :a), 0::numeric, 'all changes come to nothing');
SELECT results_eq($$SELECT r.reason, p.effective_on FROM receivables.revaluation AS r
                    LEFT JOIN receivables.revaluation AS p ON p.company_id = r.company_id AND p.revaluation_id = r.reverses_revaluation_id
                    WHERE r.company_id = pg_temp.a() ORDER BY r.revaluation_id$$,
                  $$VALUES ('month end', NULL::date), (NULL, '2025-01-31'), (NULL, '2025-02-28')$$, 'each reverses the one before');

-- The journal has them as a layer of its own.
SELECT is(ar.load_account_map(:a, 'international') + ar.load_account_map(:b, 'china'), 30, 'accounts');
SELECT results_eq($$SELECT concat_ws(' ', j.posting_date, j.line, j.account, j.debit, j.credit, j.currency, j.amount) FROM receivables.journal_line AS j
                    WHERE j.company_id = pg_temp.a() AND j.kind = 'revaluation' AND j.document_number = 'U1' AND j.revaluation_id IS NOT NULL
                    ORDER BY j.revaluation_id, j.line$$,
                  ARRAY['2025-01-31 1 1210 5.00 0.00 USD 0', '2025-01-31 2 7220 0.00 5.00 USD 0',
                        '2025-02-28 1 1210 0.00 3.00 USD 0', '2025-02-28 2 7220 3.00 0.00 USD 0',
                        '2025-03-31 1 1210 0.00 2.00 USD 0', '2025-03-31 2 7220 2.00 0.00 USD 0'], 'two lines for each change');
SELECT is_empty($$SELECT * FROM ar.reconcile_journal(pg_temp.a(), '2025-01-31') WHERE difference <> 0
                  UNION ALL SELECT * FROM ar.reconcile_journal(pg_temp.a(), '2025-03-31') WHERE difference <> 0$$, 'the account of the customers is not touched');
SELECT is((SELECT journal_balance FROM ar.reconcile_journal(:a, '2025-01-31') WHERE account_role = 'receivable'), 90.00, 'and stays at what was booked');

-- An application that is reversed: both items are open again. 99.00 less 90.00, -99.00 less -97.00.
SELECT ar.reverse_application(:a, a.application_id, '2025-04-10', 'wrong invoice') AS reversed
FROM receivables.application AS a WHERE a.company_id = :a AND a.amount = 100 \gset
SELECT results_eq($$SELECT items, difference FROM ar.revalue(pg_temp.a(), '2025-04-30')$$, $$VALUES (2::bigint, 7.00)$$, 'what is open again is valued again');
SELECT results_eq($$SELECT pg_temp.rows(pg_temp.a()) OFFSET 3$$,
                  ARRAY['2025-04-30 U1 0.99 100.00 90.00 99.00 9.00 9.00', '2025-04-30 P1 0.99 -100.00 -97.00 -99.00 -2.00 -2.00'], 'a credit too');

-- A loss, part of it paid, yen, an unapplied credit, and an item in the currency of the company.
SELECT ar.post_invoice(:b, 'C1', 'L', '2025-02-01', '2025-03-03', 200, currency => 'USD') AS l,
       ar.post_invoice(:b, 'C1', 'Y', '2025-02-01', '2025-03-03', 10001, currency => 'JPY', exchange_rate => 0.0061) AS y,
       ar.post_payment(:b, 'C1', 'N', '2025-02-15', 50, currency => 'USD', exchange_rate => 0.96) AS n,
       ar.post_invoice(:b, 'C1', 'E', '2025-02-01', '2025-03-03', 30) AS e \gset
SELECT pg_temp.books() AS books \gset
SELECT results_eq($$SELECT items, difference FROM ar.revalue(pg_temp.b(), '2025-02-28')$$, $$VALUES (3::bigint, -2.00)$$, '-6.00 + 2.00 + 2.00');
SELECT results_eq($$SELECT pg_temp.rows(pg_temp.b())$$,
                  ARRAY['2025-02-28 L 0.92 200.00 190.00 184.00 -6.00 -6.00',
                        '2025-02-28 Y 0.0063 10001.00 61.01 63.01 2.00 2.00',
                        '2025-02-28 N 0.92 -50.00 -48.00 -46.00 2.00 2.00'], 'each by hand');
SELECT clock_timestamp() AS known \gset
SELECT results_eq($$SELECT items, difference FROM ar.revalue(pg_temp.b(), '2025-02-28')$$, $$VALUES (0::bigint, -2.00)$$, 'twice the same');
SELECT is(count(*), 3::bigint, 'no row more') FROM receivables.revaluation WHERE company_id = :b;
SELECT ar.add_exchange_rate('USD', 'EUR', '2025-02-28', 0.93, 'ECB') > 0 AS corrected \gset
SELECT results_eq($$SELECT items, difference FROM ar.revalue(pg_temp.b(), '2025-02-28', 'corrected rate')$$, $$VALUES (2::bigint, -0.50)$$, '-4.00 + 2.00 + 1.50');
SELECT results_eq($$SELECT pg_temp.rows(pg_temp.b()) OFFSET 3$$,
                  ARRAY['2025-02-28 L 0.93 200.00 190.00 186.00 -4.00 2.00', '2025-02-28 N 0.93 -50.00 -48.00 -46.50 1.50 -0.50'],
                  'a corrected rate of the day makes newer rows where it matters');
SELECT set_config('ar.known_at', :'known', true) = :'known' AS set \gset
SELECT is((SELECT sum(amount) FROM receivables.revaluation_movement WHERE company_id = :b), -2.00, 'as known before the correction');
SELECT is((SELECT sum(debit) - sum(credit) FROM receivables.journal_line WHERE company_id = :b AND account = '112299'), -2.00, 'in the journal as well');
SELECT set_config('ar.known_at', '', true) = '' AS reset \gset
SELECT is((SELECT sum(debit) - sum(credit) FROM receivables.journal_line WHERE company_id = :b AND account = '112299'), -0.50, 'and now');
SELECT is(pg_temp.books(), :'books', 'documents, items and balances are as before');
-- 80 of 200 take 76.00 of 190.00; worth 77.60.
SELECT ar.post_payment(:b, 'C1', 'Q', '2025-03-10', 80, '[{"invoice_number": "L", "amount": 80}]', currency => 'USD') AS q \gset
SELECT is((SELECT company_amount FROM receivables.document WHERE company_id = :b AND kind = 'exchange_difference'), 1.60, 'realised by the part that was paid');
SELECT results_eq($$SELECT items, difference FROM ar.revalue(pg_temp.b(), '2025-03-31')$$, $$VALUES (3::bigint, 1.30)$$, '4.80 - 2.00 - 1.50');
SELECT results_eq($$SELECT pg_temp.rows(pg_temp.b()) OFFSET 5$$,
                  ARRAY['2025-03-31 L 0.99 120.00 114.00 118.80 4.80 8.80', '2025-03-31 Y 0.0059 10001.00 61.01 59.01 -2.00 -4.00',
                        '2025-03-31 N 0.99 -50.00 -48.00 -49.50 -1.50 -3.00'], 'what is left of the invoice is valued');

-- A company whose currency has no decimals: 10.55 x 150 = 1582.5, 10.55 x 151.3 = 1596.215.
SELECT ar.add_exchange_rate('USD', 'JPY', '2025-02-28', 151.3, 'BOJ') > 0 AS yen,
       ar.post_invoice(:j, 'C1', 'D', '2025-02-01', '2025-03-03', 10.55, currency => 'USD', exchange_rate => 150) AS d \gset
SELECT is(difference::text, '13', '1596 less 1583') FROM ar.revalue(:j, '2025-02-28');
SELECT is((SELECT value::text FROM receivables.revaluation WHERE company_id = :j), '1596', 'without decimals');
-- From the company's own source only.
UPDATE receivables.company SET rate_source = 'BOJ' WHERE company_id = :j;
SELECT ar.add_exchange_rate('USD', 'JPY', '2025-03-31', 200, 'ECB') > 0 AS other_source \gset
SELECT is(difference, 13::numeric, 'rates of another source do not count') FROM ar.revalue(:j, '2025-03-31');
SELECT results_eq($$SELECT effective_on, difference FROM receivables.revaluation WHERE company_id = pg_temp.j() ORDER BY revaluation_id$$,
                  $$VALUES (date '2025-02-28', 13::numeric), ('2025-03-31', 13)$$, 'a new date has a row of its own, changed or not');

-- Refused.
SELECT throws_ok($$SELECT ar.revalue(pg_temp.b(), '2025-03-30')$$, '23514', 'cannot revalue on 2025-03-30: items were revalued on 2025-03-31 already', 'a day before the last one');
SELECT throws_ok($$SELECT ar.revalue(pg_temp.b(), NULL)$$, '23514', 'cannot revalue on null', 'no day');
SELECT throws_ok($$SELECT ar.revalue(pg_temp.b(), 'infinity')$$, '23514', 'cannot revalue on infinity', 'no day there is');
SELECT throws_ok($$SELECT ar.revalue(-1, '2025-03-31')$$, '23503', 'company -1 does not exist', 'an unknown company');
SELECT ar.post_invoice(:j, 'C1', 'G', '2025-04-01', '2025-05-01', 1, currency => 'GBP', exchange_rate => 190) AS g \gset
SELECT throws_ok($$SELECT ar.revalue(pg_temp.j(), '2025-04-30')$$, 'P0002', 'there is no exchange rate from GBP to JPY on 2025-04-30', 'a missing rate');
SELECT lives_ok($$SELECT ar.revalue(pg_temp.j(), '2025-03-31')$$, 'where it does not count yet it is not asked for');
SELECT isnt(ar.close_period(:b, '2025-04-30'), NULL, 'a period is closed');
SELECT throws_ok($$SELECT ar.revalue(pg_temp.b(), '2025-04-30')$$, '55000', 'cannot post on 2025-04-30: the period through 2025-04-30 is closed', 'a closed period');
SET LOCAL ar.closed_period_reason = 'rates came late';
SELECT results_eq($$SELECT items, difference FROM ar.revalue(pg_temp.b(), '2025-04-30')$$, $$VALUES (3::bigint, 1.30)$$, 'with a reason it passes');
SELECT results_eq($$SELECT table_name, effective_on, reason FROM receivables.period_override WHERE company_id = pg_temp.b()$$,
                  $$VALUES ('revaluation', date '2025-04-30', 'rates came late')$$, 'and is logged');
RESET ar.closed_period_reason;
SELECT is(items, 3::bigint, 'the day after is open') FROM ar.revalue(:b, '2025-05-01');

-- Append-only, one chain for each item.
SELECT throws_ok($$UPDATE receivables.revaluation SET reason = 'x'$$, '23001', NULL, 'no change');
SELECT throws_ok($$DELETE FROM receivables.revaluation$$, '23001', NULL, 'no removal');
SELECT throws_ok($$TRUNCATE receivables.revaluation$$, '23001', NULL, 'no truncation');
CREATE FUNCTION pg_temp.enter(change jsonb) RETURNS void LANGUAGE sql AS $$
    INSERT INTO receivables.revaluation
    SELECT n.* FROM (SELECT to_jsonb(r) || jsonb_build_object('revaluation_id', 1000000, 'reverses_revaluation_id', r.revaluation_id,
                                                              'recorded_at', clock_timestamp()) || change AS row
                     FROM receivables.revaluation AS r ORDER BY r.revaluation_id DESC LIMIT 1) AS x,
         jsonb_populate_record(NULL::receivables.revaluation, x.row) AS n
$$;
SAVEPOINT planted;
SELECT lives_ok($$SELECT pg_temp.enter('{}')$$, 'a row that follows the last');
ROLLBACK TO planted;
SELECT throws_ok(format('SELECT pg_temp.enter(%L)', change), state, NULL, name)
FROM (VALUES ('{"recorded_at": "2025-01-01"}', '23514', 'entered at another time'),
             ('{"recorded_by": "someone"}', '23514', 'entered by another'),
             ('{"difference": 0.01}', '23514', 'a difference that is none'),
             ('{"exchange_rate": null}', '23514', 'no rate for what is open'),
             ('{"exchange_rate": -1}', '23514', 'a rate below zero'),
             ('{"value": "NaN", "difference": "NaN"}', '23514', 'no number'),
             ('{"reverses_revaluation_id": null}', '23505', 'a second first row'),
             ('{"reverses_revaluation_id": 1}', '23503', 'the row of another item')) AS x (change, state, name);
SELECT throws_ok(format('SELECT pg_temp.enter(%L)', jsonb_build_object('reverses_revaluation_id', r.reverses_revaluation_id)), '23505', NULL, 'reversed twice')
FROM receivables.revaluation AS r ORDER BY r.revaluation_id DESC LIMIT 1;

-- The check of the books.
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');
SAVEPOINT planted;
SELECT pg_temp.enter('{"value": 1000, "difference": 1048}') AS planted \gset
SELECT results_eq('SELECT invariant, object FROM ar.check_ledger()', $$VALUES ('a revaluation comes to what is open at its rate', 'revaluation 1000000')$$, 'a value that is not that of the rate');
ROLLBACK TO planted;
SELECT pg_temp.enter('{"effective_on": "2025-01-01"}') AS planted \gset
SELECT results_eq('SELECT invariant, object FROM ar.check_ledger()', $$VALUES ('a revaluation reverses the one before of its item', 'revaluation 1000000')$$, 'one dated before the one it reverses');
ROLLBACK TO planted;
SELECT pg_temp.enter('{"revaluation_id": -1}') AS planted \gset
SELECT ok('a revaluation reverses the one before of its item' IN (SELECT invariant FROM ar.check_ledger()), 'one that reverses a later one');
ROLLBACK TO planted;
SELECT count(*) AS imported FROM ar.import_rows(:b, 'customer', '[{"customer_number": "C2", "name": "Two"}]') \gset
SELECT pg_temp.enter(jsonb_build_object('customer_id', c.customer_id)) AS planted FROM receivables.customer AS c WHERE c.company_id = :b AND c.customer_number = 'C2' \gset
SELECT results_eq('SELECT invariant, object FROM ar.check_ledger()', $$VALUES ('a revaluation is of an item in a foreign currency and its customer', 'revaluation 1000000')$$, 'one of another customer');
ROLLBACK TO planted;
ALTER TABLE receivables.revaluation DISABLE TRIGGER revaluation_append_only;
SELECT results_eq('SELECT invariant, object FROM ar.check_ledger()', $$VALUES ('guards are in place', 'table revaluation')$$, 'a guard that is off');
ROLLBACK TO planted;

-- Who may.
CREATE ROLE test_revalue_manager;
CREATE ROLE test_revalue_clerk;
SELECT ar.grant_access('test_revalue_manager', 'manager', :b), ar.grant_access('test_revalue_clerk', 'clerk', :b) \gset
GRANT USAGE ON SCHEMA ar TO test_revalue_manager, test_revalue_clerk;
SET LOCAL ROLE test_revalue_manager;
SELECT is(items, 3::bigint, 'a manager revalues') FROM ar.revalue(:b, '2025-05-31');
SELECT throws_ok(format('SELECT ar.revalue(%s, %L)', :a, '2025-05-31'), '23503', NULL, 'its own company');
SET LOCAL ROLE test_revalue_clerk;
SELECT throws_ok(format('SELECT ar.revalue(%s, %L)', :b, '2025-06-30'), '42501', NULL, 'a clerk does not');
SELECT is(count(*) > 0, true, 'but sees it') FROM receivables.revaluation_movement;
SELECT is(count(*), 0::bigint, 'not that of other companies') FROM receivables.revaluation_movement WHERE company_id <> :b;
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
