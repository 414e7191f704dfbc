-- Late interest: the worked examples, and the books.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();

-- 100,000 due on 31 January, 40,000 paid on 20 February, the rest on 15 March, at 0.05 % a day.
SELECT is(round(sum(l.interest), 2), e.expected, e.what)
FROM (VALUES (0, false, 1690.00, 'in two stretches'), (5, false, 1690.00, 'with a grace of five days as a threshold'), (5, true, 1440.00, 'with a grace that is deducted')) AS e (grace, deductible, expected, what),
     ar.late_interest('2025-01-31', '2025-03-15', 100000, '{2025-02-20,2025-03-15}', '{-40000,-60000}', '{2000-01-01}', '{0.05}', 'daily', e.grace, e.deductible) AS l
GROUP BY e.expected, e.what;
SELECT results_eq($$SELECT after, through, days, balance, round(interest, 2) FROM ar.late_interest('2025-01-31', '2025-03-15', 100000, '{2025-02-20}', '{-40000}', '{2000-01-01}', '{0.05}', 'daily')$$,
    $$VALUES ('2025-01-31'::date, '2025-02-20'::date, 20, 100000::numeric, 1000.00), ('2025-02-20', '2025-03-15', 23, 60000, 690.00)$$, 'each stretch is told');
SELECT is((SELECT round(sum(l.interest), 2) FROM ar.late_interest('2023-12-15', '2024-01-15', 100000, '{}', '{}', '{2000-01-01}', '{10}', e.day_count) AS l), e.expected, e.day_count)
FROM (VALUES ('act/365', 849.32), ('act/360', 861.11), ('act/act', 848.27), ('30e/360', 833.33)) AS e (day_count, expected);
SELECT is((SELECT round(sum(l.interest), 2) FROM ar.late_interest('2025-06-15', '2025-09-15', 10000, '{}', '{}', '{2025-07-01,2025-01-01}', '{10.15,11.15}') AS l), 259.95, 'a rate that changes on 1 July; the order of the lists does not matter');
SELECT is((SELECT round(sum(l.interest), 2) FROM ar.late_interest('2025-01-01', '2026-01-01', 100, '{}', '{}', '{2000-01-01}', '{0.05}', 'daily', compounds_daily => c) AS l), e, format('0.05 %% a day for a year, compounding %s', c)) FROM (VALUES (true, 20.02), (false, 18.25)) AS v (c, e);
SELECT is((SELECT count(*) FROM ar.late_interest('2025-01-31', '2025-02-05', 100, '{}', '{}', '{2000-01-01}', '{1}', 'daily', 5)), 0::bigint, 'nothing within the grace');
SELECT is((SELECT round(sum(interest), 2) FROM ar.late_interest('2025-01-31', '2025-02-10', 100, '{2025-02-03}', '{-60}', '{2000-01-01}', '{1}', 'daily', 5)), 4.00, 'what is paid within the grace is not late: 40 for ten days');
SELECT is((SELECT round(sum(interest), 2) FROM ar.late_interest('2025-01-31', '2025-02-10', 100, '{2025-02-05,2025-02-05}', '{-150,20}', '{2000-01-01}', '{1}', 'daily')), 5.00, 'events of a day net first, and nothing is negative');
SELECT is((SELECT round(sum(interest), 2) FROM ar.late_interest('2025-01-31', '2025-02-10', 100, '{2025-02-02,2025-02-05}', '{-100,100}', '{2000-01-01}', '{1}', 'daily')), 7.00, 'a payment taken back: two days and five');
SELECT is((SELECT round(sum(interest), 2) FROM ar.late_interest('2025-01-31', '2025-03-15', 100000, '{2025-02-20}', '{-40000}', '{2000-01-01}', '{0.05}', 'daily', from_date => '2025-02-10')), 1190.00, 'only what follows a charge before');
SELECT throws_ok($$SELECT * FROM ar.late_interest('2025-01-31', '2025-02-10', 1, '{}', '{}', '{2025-02-02}', '{1}')$$, 'P0002', NULL, 'no rate on the first day');
SELECT throws_ok($$SELECT * FROM ar.late_interest('2025-01-31', '2025-02-10', 1, '{}', '{}', '{2025-01-02}', '{1}', 'act/364')$$, '22023', NULL, 'an unknown day count');
SELECT throws_ok($$SELECT * FROM ar.late_interest('2025-01-31', '2025-02-10', 1, '{2025-01-01}', '{}', '{2025-01-02}', '{1}')$$, '2202E', NULL, 'lists of different length');
SELECT throws_ok($$SELECT * FROM ar.late_interest('2025-01-31', 'infinity', 1, '{}', '{}', '{2025-01-02}', '{1}')$$, '22008', NULL, 'an infinite date');
SELECT throws_ok($$SELECT * FROM ar.late_interest('2025-01-31', '2025-02-10', 'NaN', '{}', '{}', '{2025-01-02}', '{1}')$$, '22003', NULL, 'no number');
SELECT throws_ok($$SELECT * FROM ar.late_interest('2025-01-31', '2025-02-10', 1, '{NULL}', '{1}', '{2025-01-02}', '{1}')$$, '22004', NULL, 'a null');
-- Day by day, on random cases: the balance of the day at the rate of the day.
SELECT is((SELECT count(*) FROM generate_series(1, 300) AS seed
           CROSS JOIN LATERAL (SELECT '2025-01-01'::date + seed % 40 AS due, '2025-01-01'::date + seed % 40 + (seed * 7) % 90 AS until) AS d
           CROSS JOIN LATERAL (SELECT array_agg(d.due - 5 + (seed * n * 13) % 100) AS days, array_agg(((seed * n * 31) % 500 - 350)::numeric) AS amounts FROM generate_series(1, seed % 6) AS n) AS c
           CROSS JOIN LATERAL (SELECT coalesce(c.days, '{}') AS days, coalesce(c.amounts, '{}') AS amounts, ARRAY['2020-01-01'::date, d.due + 11, d.due + 37] AS rate_days, ARRAY[1.5, 2, 0.5 + seed % 3] AS percents) AS x
           CROSS JOIN LATERAL (SELECT coalesce(sum(l.interest), 0) AS interest FROM ar.late_interest(d.due, d.until, 700, x.days, x.amounts, x.rate_days, x.percents, 'daily') AS l) AS ours
           CROSS JOIN LATERAL (SELECT coalesce(sum(greatest(700 + (SELECT coalesce(sum(a.amount), 0) FROM unnest(x.days, x.amounts) AS a (day, amount) WHERE a.day < g.day::date), 0)
                                     * (SELECT r.percent FROM unnest(x.rate_days, x.percents) AS r (day, percent) WHERE r.day <= g.day::date ORDER BY r.day DESC LIMIT 1) / 100), 0) AS interest
                               FROM generate_series(d.due + 1, d.until, interval '1 day') AS g (day)) AS theirs
           WHERE round(ours.interest, 6) <> round(theirs.interest, 6)), 0::bigint, '300 random cases, day by day');

-- The books.
SELECT ar.create_ledger() = ar.version() AS made \gset
SELECT ar.create_company('I', 'Interest', 'EUR') AS i \gset
SELECT throws_ok(format($$INSERT INTO receivables.interest_policy (company_id, interest_policy, name, definition) VALUES (%s, 'x', 'x', %L)$$, :i, d.definition), '23514', NULL, d.definition)
FROM (VALUES ('{}'), ('{"daily_percent": 0.05, "annual_percent": 9}'), ('{"daily_percent": "much"}'), ('{"daily_percent": 0.05, "day_count": "act/360"}'), ('{"annual_percent": 9, "day_count": "act/364"}'), ('{"annual_percent": 9, "half_yearly": true}'), ('{"annual_percent": 9, "nonsense": 1}')) AS d (definition);
INSERT INTO receivables.interest_policy (company_id, interest_policy, name, definition) VALUES
    (:i, 'daily', 'Contract', '{"daily_percent": 0.05}'), (:i, 'eu', 'Directive 2011/7', '{"reference_rate": "ECB-MRO", "margin_percent": 8, "half_yearly": true, "claim_fee": 40, "charge_on": "payment"}');
INSERT INTO receivables.reference_rate (company_id, reference_rate, valid_from, annual_percent) VALUES (:i, 'ECB-MRO', '2024-12-18', 3.15), (:i, 'ECB-MRO', '2025-03-12', 2.65), (:i, 'ECB-MRO', '2025-06-11', 2.15);
SELECT results_eq(format($$SELECT r.* FROM receivables.interest_policy AS p, ar.interest_rates(p.company_id, p.definition, '2025-06-15', '2025-09-15') AS r WHERE p.interest_policy = 'eu'$$), $$VALUES ('{2025-01-01,2025-07-01}'::date[], '{11.15,10.15}'::numeric[])$$, 'the rate in force on 1 January and 1 July, and eight points');
SELECT results_eq(format($$SELECT r.* FROM ar.interest_rates(%s, '{"reference_rate": "ECB-MRO", "half_yearly": true, "freeze_rate": true}', '2025-06-15', '2025-09-15') AS r$$, :i), $$VALUES ('{2025-01-01}'::date[], '{3.15}'::numeric[])$$, 'or frozen');
SELECT throws_ok(format($$SELECT * FROM ar.interest_rates(%s, '{"reference_rate": "ECB-MRO"}', '2020-06-15', '2020-09-15')$$, :i), 'P0002', NULL, 'no rate that long ago');
INSERT INTO receivables.customer (company_id, customer_number, name, interest_policy) VALUES (:i, 'C1', 'One', 'daily'), (:i, 'C2', 'Two', 'eu'), (:i, 'C3', 'Three', NULL);
SELECT ar.post_invoice(:i, 'C1', 'I1', '2025-01-01', '2025-01-31', 100000) > 0 AND ar.post_payment(:i, 'C1', 'P1', '2025-02-20', 40000, '[{"invoice_number": "I1", "amount": 40000}]') > 0
       AND ar.post_invoice(:i, 'C2', 'I2', '2025-05-15', '2025-06-15', 10000) > 0 AND ar.post_invoice(:i, 'C3', 'I3', '2025-01-01', '2025-01-31', 500) > 0 AS posted \gset
SELECT results_eq(format('SELECT document_number, charged_from, amount, disputed_amount FROM ar.interest_due(%s, ''2025-02-28'')', :i), $$VALUES ('I1', '2025-01-31'::date, 1240.00, 0.00)$$, '20 days of 100,000 and 8 of 60,000; nobody else has a policy and is late');
SELECT is((SELECT c::text FROM ar.charge_interest(:i, '2025-02-15', true) AS c), '(0,0,0)', 'a month has not ended');
SELECT is((SELECT c::text FROM ar.charge_interest(:i, '2025-02-28', true) AS c), '(1,0,0)', 'now it has');
SELECT is((SELECT c::text FROM ar.charge_interest(:i, '2025-02-28') AS c), '(0,0,0)', 'charged once');
SELECT results_eq('SELECT amount, interest_date FROM receivables.interest', $$VALUES (1240.00, '2025-02-28'::date)$$, 'an interest document');
SELECT ar.post_payment(:i, 'C1', 'P2', '2025-03-15', 60000, '[{"invoice_number": "I1", "amount": 60000}]') > 0 AND ar.post_payment(:i, 'C2', 'P3', '2025-09-15', 10000, '[{"invoice_number": "I2", "amount": 10000}]') > 0 AS paid \gset
SELECT is((SELECT c::text FROM ar.charge_interest(:i, '2025-09-20', true) AS c), '(1,0,0)', 'with the payment, where the policy says so');
SELECT is((SELECT c::text FROM ar.charge_interest(:i, '2025-09-30', true) AS c), '(1,0,0)', 'and what was left of I1 at the end of the month');
SELECT results_eq('SELECT amount FROM receivables.interest ORDER BY document_id', $$VALUES (1240.00), (259.95), (450.00)$$, 'together 1,690 for I1, 259.95 for I2: settled, they are charged for when they were not');
SELECT results_eq('SELECT amount FROM receivables.fee', 'VALUES (40.00)', 'and 40 for recovery costs');
SELECT is((SELECT sum(open_amount) FROM ar.open_items('2025-09-30') WHERE company_id = :i AND kind IN ('interest', 'fee')), 1989.95, 'which stay open');
-- Disputed: it waits. Waived: reversed.
UPDATE receivables.customer SET interest_policy = 'daily' WHERE company_id = :i AND customer_number = 'C3';
SELECT ar.open_dispute(:i, 'C3', 'price', '[{"document_number": "I3"}]', opened_on => '2025-10-01') AS t \gset
SELECT is((SELECT c::text FROM ar.charge_interest(:i, '2025-10-31') AS c), '(0,1,0)', 'of a disputed item it waits');
SELECT ar.resolve_dispute(:i, :t, 'rejected', 'as agreed', '2025-11-05') IS NULL AS resolved \gset
SELECT is((SELECT c::text FROM ar.charge_interest(:i, '2025-11-10') AS c), '(2,0,0)', 'until that is rejected; with the days since');
SELECT is((SELECT sum(amount) FROM receivables.interest JOIN receivables.customer USING (company_id, customer_id) WHERE customer_number = 'C3'), 70.75, '283 days of 500 at 0.05 %: 68.25 and 2.50');
SELECT interest_charge_id AS c FROM receivables.interest_charge ORDER BY 1 DESC LIMIT 1 \gset
SELECT throws_ok(format('SELECT ar.waive_interest(%s, %s, '''')', :i, :c), '22023', NULL, 'waived for a reason');
SELECT ok(ar.waive_interest(:i, :c, 'goodwill', '2025-11-11') > 0 AND ar.waive_interest(:i, :c, 'goodwill', '2025-11-11') IS NULL, 'waived once');
SELECT is((SELECT c::text FROM ar.charge_interest(:i, '2025-11-11') AS c), '(1,0,0)', 'the days it was for are not charged again, the next one is');
SELECT is((SELECT sum(open_amount) FROM ar.open_items('2025-11-11') AS o JOIN receivables.customer AS k USING (company_id, customer_id) WHERE k.customer_number = 'C3' AND o.kind = 'interest'), 68.50, '68.25 and 0.25 are left');
-- A part that is disputed waits alone; credited, its interest is not asked for.
SELECT ar.post_invoice(:i, 'C3', 'I4', '2025-11-01', '2025-11-11', 2000) > 0 AND ar.open_dispute(:i, 'C3', 'price', '[{"document_number": "I4", "amount": 500}]', opened_on => '2025-11-20') > 0 AS disputed \gset
SELECT results_eq(format('SELECT amount, disputed_amount FROM ar.interest_due(%s, ''2025-11-30'') WHERE document_number = ''I4''', :i), 'VALUES (19.00, 4.75)', '19 days of 2,000, a quarter of it disputed');
SELECT ar.charge_interest(:i, '2025-11-30') IS NOT NULL AS charged \gset
SELECT results_eq(format('SELECT is_disputed_part, status, amount FROM receivables.interest_charge WHERE item_id = (SELECT item_id FROM receivables.invoice WHERE invoice_number = ''I4'') ORDER BY 1'), $$VALUES (false, 'posted', 14.25), (true, 'suspended', 4.75)$$, 'three quarters are posted, one waits');
SELECT ar.resolve_dispute(:i, (SELECT max(dispute_id) FROM receivables.dispute), 'credited', 'agreed', '2025-12-01', credit_note_number => 'CN4') > 0 AS credited \gset
SELECT is((SELECT c.waived FROM ar.charge_interest(:i, '2025-12-01') AS c), 1::bigint, 'and is not asked for');
-- Each rule of a policy through the books, by hand.
SELECT ar.create_company('J', 'Interest rules', 'EUR') AS j \gset
INSERT INTO receivables.interest_policy (company_id, interest_policy, name, definition)
SELECT :j, v.p, v.p, v.definition FROM (VALUES
    ('a365', '{"annual_percent": 10}'::jsonb), ('a360', '{"annual_percent": 10, "day_count": "act/360"}'), ('aact', '{"annual_percent": 10, "day_count": "act/act"}'), ('a30e', '{"annual_percent": 10, "day_count": "30e/360"}'),
    ('threshold', '{"daily_percent": 0.05, "grace_days": 5}'), ('deductible', '{"daily_percent": 0.05, "grace_days": 5, "grace": "deductible"}'),
    ('compound', '{"daily_percent": 0.05, "compounds_daily": true}'), ('simple', '{"daily_percent": 0.05}'),
    ('own-date', '{"daily_percent": 0.1}'), ('invoice-date', '{"daily_percent": 0.1, "credit_notes": "invoice_date"}'),
    ('minimum', '{"daily_percent": 0.05, "minimum_amount": 5}'), ('from', '{"daily_percent": 0.05, "from_date": "2025-02-11"}'),
    ('group', '{"daily_percent": 0.2}'), ('company', '{"daily_percent": 0.01}')) AS v (p, definition);
INSERT INTO receivables.customer_group (company_id, customer_group, name, interest_policy) VALUES (:j, 'G', 'Group', 'group'), (:j, 'H', 'Without', NULL);
INSERT INTO receivables.customer (company_id, customer_number, name, interest_policy) SELECT :j, p.interest_policy, p.name, p.interest_policy FROM receivables.interest_policy AS p WHERE p.company_id = :j AND p.interest_policy NOT IN ('group', 'company');
INSERT INTO receivables.customer (company_id, customer_number, name, customer_group, interest_policy) VALUES (:j, 'in-group', 'Of group', 'G', NULL), (:j, 'own', 'Own', 'G', 'simple'), (:j, 'none', 'None', NULL, NULL), (:j, 'in-bare-group', 'Of group', 'H', NULL);
CREATE FUNCTION pg_temp.due(company bigint, on_date date) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(d.document_number || ' ' || d.amount, ', ' ORDER BY d.document_number) FROM ar.interest_due(company, on_date) AS d $$;
-- Day counts: 31 days from 15 December to 15 January, 16 of them in 2023, 30 as months go: x 10 % / 365, / 360, 16 / 365 + 15 / 366, 30 / 360.
SELECT bool_and(ar.post_invoice(:j, c, c, '2023-11-15', '2023-12-15', 100000) > 0) AS posted FROM unnest('{a365,a360,aact,a30e}'::text[]) AS c \gset
SELECT is(pg_temp.due(:j, '2024-01-15'), 'a30e 833.33, a360 861.11, a365 849.32, aact 848.27', 'an annual rate by the day count of its policy');
SELECT bool_and(ar.post_payment(:j, c, 'P-' || c, '2024-01-15', 100000, jsonb_build_array(jsonb_build_object('invoice_number', c, 'amount', 100000))) > 0) AS paid FROM unnest('{a365,a360,aact,a30e}'::text[]) AS c \gset
SELECT is((SELECT c::text FROM ar.charge_interest(:j, '2024-01-31') AS c), '(4,0,0)', 'settled, each is charged once');
-- Grace: 100,000 for 20 days and 60,000 for 23 at 0.05 %; without the first five, for 15 and 23.
SELECT bool_and(ar.post_invoice(:j, c, c, '2025-01-01', '2025-01-31', 100000) > 0 AND ar.post_payment(:j, c, 'P-' || c, '2025-02-20', 40000, jsonb_build_array(jsonb_build_object('invoice_number', c, 'amount', 40000))) > 0) AS posted FROM unnest('{threshold,deductible}'::text[]) AS c \gset
SELECT is(pg_temp.due(:j, d.day), d.expected, d.what)
FROM (VALUES ('2025-02-05'::date, NULL, 'nothing within the grace'), ('2025-02-06', 'deductible 50.00, threshold 300.00', 'one day later: that day, or all six'),
             ('2025-03-15', 'deductible 1440.00, threshold 1690.00', 'a grace that is deducted, and one that is a threshold')) AS d (day, expected, what);
SELECT is((SELECT c::text FROM ar.charge_interest(:j, '2025-02-28') AS c), '(2,0,0)', 'charged in between: 1,000 + 240 and 750 + 240');
SELECT is(pg_temp.due(:j, '2025-03-15'), 'deductible 450.00, threshold 450.00', 'the rest is 15 days of 60,000: the grace counts once');
SELECT bool_and(ar.post_payment(:j, c, 'R-' || c, '2025-03-15', 60000, jsonb_build_array(jsonb_build_object('invoice_number', c, 'amount', 60000))) > 0) AS paid FROM unnest('{threshold,deductible}'::text[]) AS c \gset
SELECT is((SELECT c::text FROM ar.charge_interest(:j, '2025-03-31') AS c), '(2,0,0)', 'and all is charged');
-- Compounding: 100,000 x (1.0005^365 - 1), in two charges 1.0005^181 - 1 and 1.0005^365 - 1.0005^181; simple 365 x 50.
SELECT ar.post_invoice(:j, 'compound', 'compound', '2024-12-01', '2025-01-01', 100000) > 0 AND ar.post_invoice(:j, 'simple', 'simple', '2024-12-01', '2025-01-01', 100000) > 0 AS posted \gset
SELECT is(pg_temp.due(:j, '2026-01-01'), 'compound 20015.94, simple 18250.00', 'interest on interest where the policy says so');
SELECT is((SELECT c::text FROM ar.charge_interest(:j, '2025-07-01') AS c), '(2,0,0)', 'charged at half time');
SELECT is(pg_temp.due(:j, '2026-01-01'), 'compound 10546.27, simple 9200.00', 'it goes on to grow from there');
SELECT is((SELECT sum(c.amount) FROM receivables.interest_charge AS c WHERE c.company_id = :j AND c.interest_policy = 'compound'), 9469.67, 'after what grew before');
SELECT ar.charge_interest(:j, '2026-01-01') IS NOT NULL AS charged \gset
-- Credit notes: 1,000 for 20 days and 600 for 10 at 0.1 %; as if it had been 600: for 30. A payment counts from its day either way: 500 the last 5 days.
SELECT bool_and(ar.post_invoice(:j, c, c, '2026-01-01', '2026-01-31', 1000) > 0 AND ar.post_credit_note(:j, c, 'CN-' || c, '2026-02-20', 400, invoice_number => c) > 0) AS posted FROM unnest('{own-date,invoice-date}'::text[]) AS c \gset
SELECT is((SELECT string_agg(d.document_number || ' ' || d.amount, ', ' ORDER BY d.document_number) FROM ar.interest_due(:j, '2026-03-02') AS d WHERE d.interest_policy LIKE '%-date'), 'invoice-date 18.00, own-date 26.00', 'a credit note counts from its own date, or from that of the invoice');
SELECT bool_and(ar.post_payment(:j, c, 'P-' || c, '2026-02-25', 100, jsonb_build_array(jsonb_build_object('invoice_number', c, 'amount', 100))) > 0) AS paid FROM unnest('{own-date,invoice-date}'::text[]) AS c \gset
SELECT is((SELECT string_agg(d.document_number || ' ' || d.amount, ', ' ORDER BY d.document_number) FROM ar.interest_due(:j, '2026-03-02') AS d WHERE d.interest_policy LIKE '%-date'), 'invoice-date 17.50, own-date 25.50', 'a payment from its own');
-- The least that is charged; the first day that is.
SELECT ar.post_invoice(:j, 'minimum', 'minimum', '2025-01-01', '2025-01-31', 1000) > 0 AND ar.post_invoice(:j, 'from', 'from', '2025-01-01', '2025-01-31', 1000) > 0 AS posted \gset
SELECT results_eq(format('SELECT x.document_number, x.charged_from, x.amount FROM ar.interest_due(%s, %L) AS x WHERE x.document_number IN (''minimum'', ''from'') ORDER BY 1', :j, d.day), d.expected, d.what)
FROM (VALUES ('2025-02-09', $$SELECT NULL::text, NULL::date, NULL::numeric WHERE false$$, 'neither nine days of 0.50 nor days before the first'),
             ('2025-02-10', $$VALUES ('minimum', '2025-01-31'::date, 5.00)$$, 'ten days are 5.00'),
             ('2025-02-20', $$VALUES ('from', '2025-02-10'::date, 5.00), ('minimum', '2025-01-31', 10.00)$$, 'ten days from 11 February on')) AS d (day, expected, what);
-- Whose policy counts: ten days of 1,000 at 0.05, 0.2 and 0.01 % a day.
UPDATE receivables.company SET interest_policy = 'company' WHERE company_id = :j;
SELECT bool_and(ar.post_invoice(:j, c, 'W-' || c, '2026-05-01', '2026-05-31', 1000) > 0) AS posted FROM unnest('{in-group,own,none,in-bare-group}'::text[]) AS c \gset
SELECT results_eq(format('SELECT x.document_number, x.interest_policy, x.amount FROM ar.interest_due(%s, ''2026-06-10'') AS x WHERE x.document_number LIKE ''W-%%'' ORDER BY x.document_number COLLATE "C"', :j),
    $$VALUES ('W-in-bare-group', 'company', 1.00), ('W-in-group', 'group', 20.00), ('W-none', 'company', 1.00), ('W-own', 'simple', 5.00)$$, 'that of the customer, else of its group, else of the company');
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');
SELECT * FROM finish();
ROLLBACK;
