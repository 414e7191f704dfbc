-- How good forecasts were: the measures, a book of known answers, and real invoices.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();

-- The worked example of the definitions.
SELECT is(round(100 * ar.wape('{90,100,120}', '{100,80,120}'), 2), 9.68, 'weighted absolute percentage error');
SELECT is(round(ar.forecast_bias('{90,100,120}', '{100,80,120}'), 6), round(-10 / 310.0, 6), 'bias');
SELECT is(ar.pinball_loss('{90,100,120}', '{100,80,120}', 0.9), (0.1 * 10 + 0.9 * 20) / 3, 'pinball loss');
SELECT is(ar.pinball_loss('{90,100,120}', '{100,80,120}', 0.5), (0.5 * 10 + 0.5 * 20) / 3, 'that of the median is half the mean error');
SELECT is(ar.forecast_coverage('{90,100,120,1}', '{90,101,100,0}', '{95,110,120,0.5}'), 0.5, 'coverage counts the bounds');
SELECT ok(ar.wape('{0,0}', '{1,2}') IS NULL AND ar.forecast_bias('{1,-1}', '{1,2}') IS NULL AND ar.wape('{}', '{}') IS NULL AND ar.forecast_bias('{}', '{}') IS NULL
          AND ar.pinball_loss('{}', '{}', 0.5) IS NULL AND ar.forecast_coverage('{}', '{}', '{}') IS NULL AND ar.wape(NULL, '{1}') IS NULL, 'undefined is null');
SELECT is(ar.wape('{-50,50}', '{-40,60}'), 0.2, 'refunds count by their size');
SELECT throws_ok(v, s, NULL, v) FROM (VALUES
    ($$SELECT ar.wape('{1}', '{1,2}')$$, '2202E'), ($$SELECT ar.forecast_bias('{1,2}', '{1}')$$, '2202E'), ($$SELECT ar.pinball_loss('{1,2}', '{1}', 0.5)$$, '2202E'),
    ($$SELECT ar.forecast_coverage('{1}', '{1}', '{}')$$, '2202E'), ($$SELECT ar.wape('{1,NULL}', '{1,2}')$$, '22004'), ($$SELECT ar.wape('{1,2}', '{NULL,2}')$$, '22004'),
    ($$SELECT ar.pinball_loss('{1}', '{1}', 0)$$, '22023'), ($$SELECT ar.pinball_loss('{1}', '{1}', 1)$$, '22023'), ($$SELECT ar.pinball_loss('{1}', '{1}', 'NaN')$$, '22023')) AS x (v, s);

-- Three invoices that tell what comes when; two are open at the origin.
SELECT ar.create_ledger() = ar.version() AS made \gset
SELECT ar.create_company('B', 'Backtest', 'EUR') AS b \gset
INSERT INTO receivables.customer (company_id, customer_number, name) VALUES (:b, 'C', 'Customer');
SELECT count(ar.post_invoice(:b, 'C', 'I' || n, on_date, on_date + 30, amount)) AS posted
FROM (VALUES (1, date '2025-01-01', 100), (2, '2025-02-01', 200), (3, '2025-03-01', 400), (4, '2025-04-10', 800), (5, '2025-03-05', 50)) AS v (n, on_date, amount) \gset
CREATE FUNCTION pg_temp.pay(company bigint, number text, invoice text, on_date date, amount numeric) RETURNS bigint LANGUAGE sql AS $$
    SELECT ar.post_payment(company, 'C', number, on_date, amount, jsonb_build_array(jsonb_build_object('invoice_number', invoice, 'amount', amount)))
$$;
SELECT concat(pg_temp.pay(:b, 'P1', 'I1', '2025-01-31', 100), pg_temp.pay(:b, 'P2', 'I2', '2025-03-08', 200),
              -- After the origin of 2025-03-31: in the first week, in the third, and of an invoice that was not there yet.
              pg_temp.pay(:b, 'P3', 'I3', '2025-04-07', 150), pg_temp.pay(:b, 'P4', 'I3', '2025-04-15', 250), pg_temp.pay(:b, 'P5', 'I4', '2025-04-12', 800)) AS paid \gset
-- A credit note is no cash, and what was undone since was none.
SELECT ar.post_credit_note(:b, 'C', 'CN', '2025-04-02', 20) AS cn, pg_temp.pay(:b, 'P6', 'I5', '2025-04-09', 30) AS p6 \gset
SELECT ar.apply(:b, (SELECT item_id FROM receivables.credit_note WHERE company_id = :b), (SELECT item_id FROM receivables.invoice WHERE company_id = :b AND invoice_number = 'I5'), 20, '2025-04-10') > 0 AS applied,
       ar.reverse_application(:b, (SELECT application_id FROM receivables.application WHERE company_id = :b AND amount = 30), '2025-05-01', 'bounced') > 0 AS undone \gset
SELECT results_eq(format($$SELECT origin, week, week_start, week_end, actual, naive FROM ar.backtest_forecast(%s, '2025-03-31', '2025-04-10', 10, 3) ORDER BY 1, 2$$, :b),
    $$VALUES (date '2025-03-31', 1, date '2025-04-01', date '2025-04-07', 150.00, 450.00), ('2025-03-31', 2, '2025-04-08', '2025-04-14', 0.00, 0.00),
             ('2025-03-31', 3, '2025-04-15', '2025-04-21', 250.00, 0.00),
             ('2025-04-10', 1, '2025-04-11', '2025-04-17', 1050.00, 250.00), ('2025-04-10', 2, '2025-04-18', '2025-04-24', 0.00, 0.00),
             ('2025-04-10', 3, '2025-04-25', '2025-05-01', 0.00, 0.00)$$, 'what came in, and what was due');
SELECT results_eq(format('SELECT week, expected, p10, p50, p90 FROM ar.backtest_forecast(%s, ''2025-03-31'', ''2025-03-31'', weeks => 3) ORDER BY 1', :b),
    format('SELECT week, expected, p10, p50, p90 FROM ar.forecast_cash(%s, ''2025-03-31'', 3) WHERE part = ''week'' ORDER BY 1', :b), 'the forecast is that of the origin');
SELECT ok(bool_and(actual = 0 AND naive = 0 AND expected = 0), 'nothing had been entered by then') FROM ar.backtest_forecast(:b, '2025-03-31', '2025-03-31', as_entered => true);
SELECT results_eq(format($$SELECT week, origins, actual, naive_wape, naive_bias FROM ar.forecast_accuracy(%s, '2025-03-31', '2025-04-10', 10, 3)$$, :b),
    $$VALUES (1, 2::bigint, 1200.00, round(1100 / 1200.0, 6), round(-500 / 1200.0, 6)), (2, 2, 0.00, NULL, NULL), (3, 2, 250.00, 1.000000, -1.000000),
             (NULL, 2, 1450.00, round(1350 / 1450.0, 6), round(-750 / 1450.0, 6))$$, 'and how good it was');
SELECT is_empty(format('SELECT * FROM ar.forecast_accuracy(%s, ''2025-01-05'', ''2025-01-12'', 7)', :b), 'no forecast, no accuracy');
SELECT is_empty(format('SELECT * FROM ar.backtest_forecast(%s, ''2025-01-05'', ''2025-01-04'')', :b), 'no origin');
SELECT throws_ok(format('SELECT * FROM ar.backtest_forecast(%s)', v), s, NULL, 'refused: ' || v)
FROM (VALUES ('-1, ''2025-01-01'', ''2025-02-01''', '23503'), (:b || ', NULL, ''2025-01-01''', '22023'), (:b || ', ''2025-01-01'', ''infinity''', '22023'), (:b || ', ''2025-01-01'', ''2025-02-01'', 0', '22023')) AS x (v, s);

-- The invoices of the IBM file from a rolling origin.
\set folder `cd ../shared/data 2>/dev/null && test -f ibm_receivables.csv && pwd`
SELECT :'folder' <> '' AS there \gset
\if :there
\cd :folder
CREATE TEMP TABLE file ("countryCode" text, "customerID" text, "PaperlessDate" text, "invoiceNumber" text, "InvoiceDate" text, "DueDate" text,
    "InvoiceAmount" numeric, "Disputed" text, "SettledDate" text, "PaperlessBill" text, "DaysToSettle" text, "DaysLate" text);
\copy file FROM 'ibm_receivables.csv' WITH (FORMAT csv, HEADER match)
CREATE TEMP TABLE ibm AS
SELECT "customerID" AS customer, "invoiceNumber" AS number, to_date("InvoiceDate", 'MM/DD/YYYY') AS invoiced, to_date("DueDate", 'MM/DD/YYYY') AS due,
       to_date("SettledDate", 'MM/DD/YYYY') AS settled, "InvoiceAmount" AS amount FROM file;
SELECT ar.create_company('IBM', 'IBM sample receivables', 'USD') AS ibm \gset
SELECT (SELECT imported FROM ar.import_rows(:ibm, 'customer', (SELECT jsonb_agg(DISTINCT jsonb_build_object('customer_number', customer, 'name', customer)) FROM ibm)))
     + (SELECT imported FROM ar.import_rows(:ibm, 'invoice', (SELECT jsonb_agg(jsonb_build_object('customer_number', customer, 'invoice_number', number, 'invoice_date', invoiced, 'due_date', due, 'amount', amount::text)) FROM ibm)))
     + (SELECT imported FROM ar.import_rows(:ibm, 'payment', (SELECT jsonb_agg(jsonb_build_object('customer_number', customer, 'payment_number', 'P' || number, 'payment_date', settled, 'amount', amount::text)) FROM ibm)))
     + (SELECT imported FROM ar.import_rows(:ibm, 'application', (SELECT jsonb_agg(jsonb_build_object('invoice_number', number, 'payment_number', 'P' || number, 'amount', amount::text, 'application_date', settled)) FROM ibm)))
     = 100 + 3 * 2466 AS imported \gset
SELECT ok(:'imported', 'the file is in the books');
CREATE TEMP TABLE tested AS SELECT * FROM ar.backtest_forecast(:ibm, '2012-06-30', '2013-08-31', 14);
-- What came in and the naive forecast, from the file itself.
SELECT is_empty($$
    SELECT t.origin, t.week, t.actual, x.actual, t.naive, x.naive FROM tested AS t
    CROSS JOIN LATERAL (SELECT coalesce(sum(i.amount) FILTER (WHERE i.settled BETWEEN t.week_start AND t.week_end), 0) AS actual,
                               coalesce(sum(i.amount) FILTER (WHERE greatest(i.due, t.origin + 1) BETWEEN t.week_start AND t.week_end), 0) AS naive
                        FROM ibm AS i WHERE i.invoiced <= t.origin AND i.settled > t.origin) AS x
    WHERE t.actual <> x.actual OR t.naive <> x.naive$$, 'actual and naive by hand');
CREATE TEMP TABLE accuracy AS SELECT * FROM ar.forecast_accuracy(:ibm, '2012-06-30', '2013-08-31', 14);
SELECT is(a.wape, (SELECT round(sum(abs(t.actual - t.expected)) / sum(t.actual), 6) FROM tested AS t), 'its error by hand') FROM accuracy AS a WHERE week IS NULL;
SELECT is((SELECT count(*) FROM accuracy), 14::bigint, 'thirteen weeks and all of them');
SELECT ok(wape < naive_wape, format('the forecast beats everything on its due date: %s against %s in all', wape, naive_wape)) FROM accuracy WHERE week IS NULL;
SELECT ok(wape < naive_wape, format('and %s week(s) ahead: %s against %s', week, wape, naive_wape)) FROM accuracy WHERE week <= 7 ORDER BY week;
SELECT ok(bool_and(pinball <= naive_pinball), 'its percentiles are worth more than one figure') FROM accuracy;
SELECT ok(avg(coverage) BETWEEN 0.75 AND 0.87, format('from P10 to P90 lie %s %% of what came in', round(100 * avg(coverage), 1))) FROM accuracy WHERE week <= 6;
SELECT ok(abs(bias) < 0.02, 'there is hardly a bias') FROM accuracy WHERE week IS NULL;
SELECT ok(a.wape < a.naive_wape, format('so it is from %s to %s: %s against %s', f, t, a.wape, a.naive_wape))
FROM (VALUES (date '2012-03-31', date '2012-06-30'), ('2012-07-07', '2012-12-31'), ('2013-01-05', '2013-06-30'), ('2013-07-06', '2013-10-31')) AS v (f, t)
CROSS JOIN LATERAL ar.forecast_accuracy(:ibm, v.f, v.t, 7) AS a WHERE a.week IS NULL ORDER BY f;
\else
SELECT skip('no ../shared/data/ibm_receivables.csv', 1);
\endif
SELECT * FROM finish();
ROLLBACK;
