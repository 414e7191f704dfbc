-- View dso against the worked example of the definitions.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
SELECT ar.create_company('F', 'Fixture', 'EUR') AS f \gset
SELECT ar.create_company('O', 'Other', 'EUR') AS o \gset
SELECT ar.create_company('N', 'No sales', 'EUR') AS n \gset
INSERT INTO receivables.customer (company_id, customer_number, name) SELECT company_id, 'C', 'Customer' FROM receivables.company;

-- Sales Jan 310 (an invoice of 320 less a credit note), Feb 280, Mar 400; 650 open at the end of March, of which 480 not due.
CREATE FUNCTION pg_temp.sell(company bigint, number text, on_date date, due date, amount numeric, paid numeric) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ar.post_invoice(company, 'C', number, on_date, due, amount);
    IF paid > 0 THEN
        PERFORM ar.post_payment(company, 'C', 'P' || number, greatest(on_date, '2025-03-15'), paid,
                                jsonb_build_array(jsonb_build_object('invoice_number', number, 'amount', paid)));
    END IF;
END;
$$;
SELECT concat(pg_temp.sell(:f, '1', '2025-01-15', '2025-02-14', 320, 160), ar.post_credit_note(:f, 'C', 'CN', '2025-01-31', 10) IS NULL,
              pg_temp.sell(:f, '2', '2025-02-19', '2025-04-05', 200, 20), pg_temp.sell(:f, '3', '2025-02-19', '2025-03-21', 80, 60),
              pg_temp.sell(:f, '4', '2025-03-21', '2025-04-20', 400, 100)) AS posted \gset
SELECT ar.apply(:f, (SELECT item_id FROM receivables.credit_note), (SELECT item_id FROM receivables.invoice WHERE invoice_number = '1'), 10) > 0 AS applied \gset
-- Sales of the last day of the year are outside the 90 days, and another company's are its own.
SELECT concat(pg_temp.sell(:f, '0', '2024-12-31', '2024-12-31', 1000, 1000), pg_temp.sell(:o, '1', '2025-03-01', '2025-03-31', 60, 0)) AS posted \gset

SET LOCAL ar.as_of = '2025-03-31';
SELECT results_eq($$SELECT company_code, period_days, receivables, overdue, credit_sales, standard_dso, best_possible_dso, average_days_delinquent,
                           countback_dso, countback_truncated, as_of FROM receivables.dso ORDER BY company_code$$,
    $$VALUES ('F', 90, 650.00, 170.00, 990.00, 59.09, 43.64, 15.45, 56.00, false, date '2025-03-31'),
             ('N', 90, 0.00, 0.00, 0, NULL, NULL, NULL, 0.00, false, '2025-03-31'),
             ('O', 90, 60.00, 0.00, 60.00, 90.00, 90.00, 0.00, 31.00, false, '2025-03-31')$$, 'the worked example');
-- 10 April: no sales in its ten days, then 31 days of March and 250/280 of February's 28; 60 of the other company's March.
SET LOCAL ar.as_of = '2025-04-10';
SELECT results_eq($$SELECT company_code, countback_dso, credit_sales FROM receivables.dso WHERE company_code IN ('F', 'O') ORDER BY company_code$$,
    $$VALUES ('F', 66.00, 990.00), ('O', 41.00, 60.00)$$, 'a month that has elapsed in part counts its days');
-- Before the credit note: 320 open, all of January's sales so far.
SET LOCAL ar.as_of = '2025-01-20';
SELECT results_eq($$SELECT receivables, credit_sales, standard_dso, countback_dso FROM receivables.dso WHERE company_code = 'F'$$,
    $$VALUES (1320.00, 1320.00, 90.00, 51.00)$$, 'a past date: 20 days of January and December''s 31');
-- A year later: no sales in 90 days, so the ratios are undefined; countback goes on.
SET LOCAL ar.as_of = '2026-03-31';
SELECT results_eq($$SELECT credit_sales, standard_dso, best_possible_dso, average_days_delinquent, countback_dso, countback_truncated FROM receivables.dso
                    WHERE company_code = 'F'$$,
    $$VALUES (0::numeric, NULL::numeric, NULL::numeric, NULL::numeric, 421.00, false)$$, 'without sales the ratios are null; 365 + 31 + 25 days of countback');
-- 36 months later the months looked at hold no sales at all: 1096 days of them.
SET LOCAL ar.as_of = '2028-03-31';
SELECT results_eq($$SELECT countback_dso, countback_truncated FROM receivables.dso WHERE company_code = 'F'$$,
    $$VALUES (1096.00, true)$$, 'countback stops at 36 months and says so');
-- More credited than sold.
SET LOCAL ar.as_of = '2025-06-30';
SELECT ok(ar.post_credit_note((SELECT company_id FROM receivables.company WHERE company_code = 'O'), 'C', 'CN', '2025-06-30', 100) > 0, 'a credit note above the sales');
SELECT results_eq($$SELECT receivables, credit_sales, standard_dso, countback_dso, countback_truncated FROM receivables.dso WHERE company_code = 'O'$$,
    $$VALUES (-40.00, -100.00, NULL::numeric, 0.00, false)$$, 'negative sales and receivables');

SELECT * FROM finish();
ROLLBACK;
