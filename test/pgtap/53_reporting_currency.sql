-- Ageing in document currencies and in any other: by hand, and against plain SQL on a random book.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
SELECT ar.create_company('A', 'Alpha', 'EUR') AS a \gset
SELECT set_config('test.a', :'a', true) = :'a' AS a_set \gset
CREATE FUNCTION pg_temp.a() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT current_setting('test.a')::bigint$$;
SELECT count(*) AS imported FROM ar.import_rows(:a, 'customer', '[{"customer_number": "C1", "name": "One", "salesperson": "Eve"}, {"customer_number": "C2", "name": "Two"}]') \gset
SET LOCAL ar.as_of = '2025-06-30';
SELECT ar.add_exchange_rate('USD', 'EUR', '2025-06-01', 0.9, 'ECB') > 0 AS usd, ar.add_exchange_rate('JPY', 'EUR', '2025-06-01', 0.0061, 'ECB') > 0 AS jpy,
       ar.add_exchange_rate('USD', 'KWD', '2025-06-01', 0.305, 'CBK') > 0 AS kwd, ar.add_exchange_rate('USD', 'EUR', '2025-07-01', 0.5, 'ECB') > 0 AS later \gset
-- Ten days past due in dollars, 45 in yen, not due in euros, and a credit in dollars.
SELECT ar.post_invoice(:a, 'C1', 'U', '2025-05-20', '2025-06-20', 100.05, currency => 'USD', exchange_rate => 0.88) AS u,
       ar.post_invoice(:a, 'C1', 'Y', '2025-05-01', '2025-05-16', 1000, currency => 'JPY', exchange_rate => 0.006) AS y,
       ar.post_invoice(:a, 'C1', 'E', '2025-06-15', '2025-07-15', 50) AS e,
       ar.post_payment(:a, 'C1', 'P', '2025-06-20', 20, currency => 'USD', exchange_rate => 0.89) AS p,
       ar.post_invoice(:a, 'C2', 'V', '2025-01-01', '2025-02-01', 7.77, currency => 'USD', exchange_rate => 0.88) AS v \gset

-- In the currencies of the documents.
SELECT results_eq($$SELECT customer_number, currency, item_count, not_due::text, days_1_30::text, days_31_60::text, days_over_90::text,
                           unapplied_amount::text, balance::text, overdue::text, as_of
                    FROM receivables.aging_by_currency WHERE company_id = pg_temp.a() ORDER BY 1, 2$$,
                  $$VALUES ('C1', 'EUR', 1::bigint, '50.00', '0.00', '0.00', '0.00', '0.00', '50.00', '0.00', date '2025-06-30'),
                           ('C1', 'JPY', 1, '0', '0', '1000', '0', '0', '1000', '1000', '2025-06-30'),
                           ('C1', 'USD', 1, '0.00', '100.05', '0.00', '0.00', '-20.00', '80.05', '100.05', '2025-06-30'),
                           ('C2', 'USD', 1, '0.00', '0.00', '0.00', '7.77', '0.00', '7.77', '7.77', '2025-06-30')$$, 'a line for each currency, with its decimals');
SELECT results_eq($$SELECT company_code, currency, customer_count, item_count, balance::text, unapplied_amount::text
                    FROM receivables.aging_summary_by_currency WHERE company_id = pg_temp.a() ORDER BY 2$$,
                  $$VALUES ('A', 'EUR', 1::bigint, 1::bigint, '50.00', '0.00'), ('A', 'JPY', 1, 1, '1000', '0'), ('A', 'USD', 2, 2, '87.82', '-20.00')$$,
                  'the company by currency');

-- In one currency: what was booked at other rates counts at that of the day.
CREATE FUNCTION pg_temp.columns(currency text) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT concat_ws(' ', customer_number, item_count, not_due, days_1_30, days_31_60, days_61_90, days_over_90, unapplied_amount, balance)
    FROM ar.aging_in(pg_temp.a(), columns.currency) ORDER BY customer_number
$$;
SELECT results_eq($$SELECT pg_temp.columns('EUR')$$, ARRAY['C1 3 50.00 90.05 6.10 0.00 0.00 -18.00 128.15', 'C2 1 0.00 0.00 0.00 0.00 6.99 0.00 6.99'],
                  'in that of the company');
SELECT results_eq($$SELECT pg_temp.columns('USD')$$, ARRAY['C1 3 55.56 100.05 6.78 0.00 0.00 -20.00 142.39', 'C2 1 0.00 0.00 0.00 0.00 7.77 0.00 7.77'],
                  'dollars: euros by the inverse, yen through euros');
SELECT results_eq($$SELECT pg_temp.columns('JPY')$$, ARRAY['C1 3 8197 14761 1000 0 0 -2951 21007', 'C2 1 0 0 0 0 1146 0 1146'],
                  'yen: no decimals');
SELECT throws_ok($$SELECT pg_temp.columns('KWD')$$, 'P0002', 'there is no exchange rate from EUR to KWD on 2025-06-30', 'a missing rate');
SELECT ar.add_exchange_rate('EUR', 'KWD', '2025-06-01', 0.333, 'CBK') > 0 AS kwd \gset
SELECT results_eq($$SELECT pg_temp.columns('KWD')$$, ARRAY['C1 3 16.650 30.515 2.031 0.000 0.000 -6.100 43.096', 'C2 1 0.000 0.000 0.000 0.000 2.370 0.000 2.370'],
                  'dinars: three decimals, dollars directly though there is a way through euros');
-- 96.15 of 146.15; (90.045 x 10 + 6.1 x 45) / 96.145 days.
SELECT results_eq($$SELECT customer_name, salesperson, overdue, overdue_rate, average_days_past_due, ar.total(aging)
                    FROM ar.aging_in(pg_temp.a(), 'EUR') WHERE customer_number = 'C1'$$,
                  $$VALUES ('One', 'Eve', 96.15, 0.657886, 12.22, 146.145)$$, 'what follows from the columns');
SELECT throws_ok($$SELECT ar.aging_in(pg_temp.a(), 'XXX')$$, '23503', 'currency XXX does not exist', 'an unknown currency');
SELECT throws_ok($$SELECT ar.aging_in(pg_temp.a(), NULL)$$, '23503', 'currency null does not exist', 'no currency');
SELECT throws_ok($$SELECT ar.aging_in(-1, 'EUR')$$, '23503', 'company -1 does not exist', 'an unknown company');

-- Both clocks, for items and for rates.
SELECT clock_timestamp() AS known \gset
SELECT ar.add_exchange_rate('USD', 'EUR', '2025-06-01', 0.8, 'ECB') > 0 AS corrected,
       ar.post_invoice(:a, 'C2', 'W', '2025-06-01', '2025-07-01', 10) AS w \gset
SELECT is(balance, 16.22, 'C2 with the corrected rate: 6.216 + 10.00') FROM ar.aging_in(:a, 'EUR') WHERE customer_number = 'C2';
SELECT is(balance, 6.99, 'as known before') FROM ar.aging_in(:a, 'EUR', '2025-06-30', :'known') WHERE customer_number = 'C2';
SELECT is(balance, 13.89, 'in July: 3.885 + 10.00') FROM ar.aging_in(:a, 'EUR', '2025-07-01') WHERE customer_number = 'C2';
SELECT throws_ok($$SELECT ar.aging_in(pg_temp.a(), 'EUR', '2025-05-31')$$, 'P0002', NULL, 'before there is a rate');
SELECT is_empty($$SELECT * FROM ar.aging_in(pg_temp.a(), 'KWD', '2024-12-31')$$, 'no items, no rate asked for');
UPDATE receivables.company SET rate_source = 'CBK' WHERE company_id = :a;
SELECT throws_ok($$SELECT ar.aging_in(pg_temp.a(), 'EUR')$$, 'P0002', NULL, 'rates of the company''s source alone');

-- A random book against plain SQL.
\ir random_book.psql
SELECT ar.add_exchange_rate('USD', 'CNY', '2025-01-01', 7.2, 'x') > 0 AS usd, ar.add_exchange_rate('CNY', 'JPY', '2025-01-01', 20.3, 'x') > 0 AS jpy,
       ar.add_exchange_rate('KWD', 'CNY', '2025-01-01', 23.7, 'x') > 0 AS kwd \gset
UPDATE receivables.company SET rate_source = 'x' WHERE company_id = :random_company;
CREATE FUNCTION pg_temp.oracle(reporting text, as_of date)
    RETURNS TABLE (customer_id bigint, item_count bigint, not_due numeric, days_1_30 numeric, days_31_60 numeric, days_61_90 numeric,
                   days_over_90 numeric, unapplied_amount numeric) LANGUAGE sql STABLE AS $$
    -- What a yuan is, in each currency.
    WITH unit (currency, per_cny, decimals) AS (VALUES ('CNY', 1, 2), ('USD', 1 / 7.2, 2), ('JPY', 20.3, 0), ('KWD', 1 / 23.7, 3)),
    open AS (SELECT i.customer_id, i.currency, i.amount < 0 AS is_credit, oracle.as_of - i.due_on AS days,
                    i.amount - sign(i.amount) * coalesce((SELECT sum(a.amount) FROM receivables.application AS a
                                                          WHERE a.company_id = i.company_id AND i.item_id IN (a.debit_item_id, a.credit_item_id)
                                                            AND a.effective_on <= oracle.as_of), 0) AS amount
             FROM receivables.item AS i
             WHERE i.company_id = pg_temp.random_company() AND i.effective_on <= oracle.as_of),
    bucket AS (SELECT o.customer_id, o.currency,
                      CASE WHEN o.is_credit THEN 0 WHEN o.days <= 0 THEN 1 WHEN o.days <= 30 THEN 2 WHEN o.days <= 60 THEN 3
                           WHEN o.days <= 90 THEN 4 ELSE 5 END AS bucket, sum(o.amount) AS amount, count(*) AS items
               FROM open AS o WHERE o.amount <> 0 GROUP BY 1, 2, 3),
    converted AS (SELECT b.customer_id, b.bucket, b.items,
                         round(b.amount * CASE WHEN b.currency = r.currency THEN 1 ELSE r.per_cny / u.per_cny END, r.decimals) AS amount
                  FROM bucket AS b JOIN unit AS u USING (currency) JOIN unit AS r ON r.currency = oracle.reporting)
    SELECT c.customer_id, coalesce(sum(c.items) FILTER (WHERE c.bucket > 0), 0)::bigint, coalesce(sum(c.amount) FILTER (WHERE c.bucket = 1), 0),
           coalesce(sum(c.amount) FILTER (WHERE c.bucket = 2), 0), coalesce(sum(c.amount) FILTER (WHERE c.bucket = 3), 0),
           coalesce(sum(c.amount) FILTER (WHERE c.bucket = 4), 0), coalesce(sum(c.amount) FILTER (WHERE c.bucket = 5), 0),
           coalesce(sum(c.amount) FILTER (WHERE c.bucket = 0), 0)
    FROM converted AS c GROUP BY c.customer_id
$$;
SELECT set_eq(format('SELECT customer_id, item_count, not_due, days_1_30, days_31_60, days_61_90, days_over_90, unapplied_amount
                      FROM ar.aging_in(pg_temp.random_company(), %L, %L)', reporting, day),
              format('SELECT * FROM pg_temp.oracle(%L, %L)', reporting, day), format('%s on %s', reporting, day))
FROM unnest('{CNY,USD,JPY,KWD}'::text[]) AS reporting, unnest('{2025-02-01,2025-04-15,2025-07-31}'::date[]) AS day;
SELECT cmp_ok((SELECT count(*) FROM pg_temp.oracle('KWD', '2025-04-15') WHERE days_1_30 > 0 AND days_over_90 + days_61_90 > 0 AND unapplied_amount < 0), '>', 1::bigint,
              'the book has something in the columns');
SELECT is_empty($$SELECT * FROM ar.aging_in(pg_temp.random_company(), 'KWD', '2025-04-15')
                  WHERE balance <> not_due + days_1_30 + days_31_60 + days_61_90 + days_over_90 + unapplied_amount
                     OR overdue <> days_1_30 + days_31_60 + days_61_90 + days_over_90$$, 'the columns add up');
SET LOCAL ar.as_of = '2025-04-15';
SELECT set_eq($$SELECT a.customer_id, sum(round(a.balance, 2)) FROM receivables.aging_by_currency AS a
                WHERE a.company_id = pg_temp.random_company() AND a.currency = 'JPY' GROUP BY 1$$,
              $$SELECT o.customer_id, sum(o.open_amount) FROM ar.open_items('2025-04-15') AS o
                WHERE o.company_id = pg_temp.random_company() AND o.currency = 'JPY' GROUP BY 1$$, 'balances in yen are those of the items');

-- Revaluing it: the value is what the items are worth in the currency of the company, and nothing else changes.
SELECT md5(string_agg(i::text, ',' ORDER BY i.item_id)) AS books FROM receivables.item AS i \gset
SELECT count(*) AS revalued, sum(items) AS rows FROM unnest('{2025-02-01,2025-04-15,2025-07-31}'::date[]) AS day, LATERAL ar.revalue(pg_temp.random_company(), day) \gset
SELECT is((SELECT sum(m.amount) FROM receivables.revaluation_movement AS m WHERE m.company_id = pg_temp.random_company() AND m.effective_on <= day),
          (SELECT sum(round(o.open_amount * CASE o.currency WHEN 'USD' THEN 7.2 ELSE 1 / 20.3 END, 2) - o.open_company_amount)
           FROM ar.open_items(day) AS o WHERE o.company_id = pg_temp.random_company() AND o.currency <> 'CNY'), format('the difference on %s', day))
FROM unnest('{2025-02-01,2025-04-15,2025-07-31}'::date[]) AS day;
SELECT is(md5(string_agg(i::text, ',' ORDER BY i.item_id)), :'books', 'items are as before') FROM receivables.item AS i;
SELECT is_empty($$SELECT * FROM ar.reconcile_journal(pg_temp.random_company(), '2025-04-15') WHERE difference <> 0$$, 'the journal agrees with the items');
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');
SELECT * FROM finish();
ROLLBACK;
