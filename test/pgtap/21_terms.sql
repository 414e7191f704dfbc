-- Payment terms against the worked examples of the definitions, and against plain SQL on many dates and amounts.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();

-- Due dates -----------------------------------------------------------------
SELECT is(ar.due_date(base, term::jsonb), due, name || ' from ' || base)
FROM (VALUES
    ('net 0', date '2025-01-31', '{}', date '2025-01-31'),
    ('net 30', '2025-01-31', '{"days":30}', '2025-03-02'),
    ('net 1 month', '2025-01-31', '{"months":1}', '2025-02-28'),
    ('net 1 month', '2024-01-31', '{"months":1}', '2024-02-29'),
    ('net 1 month', '2000-01-30', '{"months":1}', '2000-02-29'),
    ('net 1 month', '1900-01-31', '{"months":1}', '1900-02-28'),
    ('net 2 months, not one and one', '2025-01-31', '{"months":2}', '2025-03-31'),
    ('net 12 months', '2024-02-29', '{"months":12}', '2025-02-28'),
    ('net 48 months', '2024-02-29', '{"months":48}', '2028-02-29'),
    ('end of month', '2025-01-31', '{"end_of_month":"eom_then_days"}', '2025-01-31'),
    ('end of month', '2025-02-01', '{"end_of_month":"days_then_eom"}', '2025-02-28'),
    ('30 EOM, month end first', '2025-01-31', '{"days":30,"end_of_month":"eom_then_days"}', '2025-03-02'),
    ('30 days end of month', '2025-01-31', '{"days":30,"end_of_month":"days_then_eom"}', '2025-03-31'),
    ('30 EOM, month end first', '2025-04-22', '{"days":30,"end_of_month":"eom_then_days"}', '2025-05-30'),
    ('30 days end of month', '2025-04-22', '{"days":30,"end_of_month":"days_then_eom"}', '2025-05-31'),
    ('15 MFI', '2025-01-31', '{"day_of_month":15}', '2025-02-15'),
    ('15 MFI', '2025-12-01', '{"day_of_month":15}', '2026-01-15'),
    ('31 MFI', '2025-01-31', '{"day_of_month":31}', '2025-02-28'),
    ('30 MFI', '2024-01-31', '{"day_of_month":30}', '2024-02-29'),
    ('1 MFI', '2025-01-31', '{"day_of_month":1}', '2025-02-01'),
    ('90 EOM on the 10th', '2023-11-25', '{"days":90,"end_of_month":"days_then_eom","day_of_month":10}', '2024-03-10'),
    ('n/30 EOM of 16 June', '2025-06-16', '{"days":30,"end_of_month":"eom_then_days"}', '2025-07-30'),
    ('months before days', '2025-01-31', '{"months":1,"days":1}', '2025-03-01'),
    ('26th rule, on the day', '2025-01-26', '{"end_of_month":"eom_then_days","cut_off_day":26}', '2025-01-31'),
    ('26th rule, after it', '2025-01-27', '{"end_of_month":"eom_then_days","cut_off_day":26}', '2025-02-28'),
    ('cut-off of the 29th, one month later is short', '2025-01-30', '{"days":1,"cut_off_day":29}', '2025-03-01'),
    ('cut-off and months are one offset', '2025-01-31', '{"months":1,"cut_off_day":25}', '2025-03-31'),
    ('cut-off of the 31st', '2025-01-31', '{"cut_off_day":31}', '2025-01-31'),
    ('prepayment', '2025-01-31', '{"prepayment":true}', '2025-01-31'),
    ('no prepayment', '2025-01-31', '{"prepayment":false,"days":30}', '2025-03-02'),
    ('an offset written 30.0', '2025-01-31', '{"days":30.0}', '2025-03-02'),
    ('an offset written 3e4', '2025-01-31', '{"days":3e4}', '2107-03-23'),
    ('the latest instalment', '2025-01-31', '{"instalments":[{"percent":50,"days":60},{"percent":30,"days":10},{"percent":20}]}', '2025-04-01'),
    ('before Christ', '0044-03-15 BC', '{"months":11,"days":1}', '0043-02-16 BC'),
    ('across the year that is none', '0001-12-31 BC', '{"months":2}', '0001-02-28')
) AS v (name, base, term, due);

-- Business days. 2025-05-31 is a Saturday.
SELECT is(ar.due_date(base, format('{"days":30,"business_day":"%s"}', rule)::jsonb, holidays::date[], workdays::date[]), due,
          format('%s from %s, days off %s, worked %s', rule, base, holidays, workdays))
FROM (VALUES
    ('none', date '2025-05-01', '{}', '{}', date '2025-05-31'),
    ('following', '2025-05-01', '{}', '{}', '2025-06-02'),
    ('modified_following', '2025-05-01', '{}', '{}', '2025-05-30'),
    ('preceding', '2025-05-01', '{}', '{}', '2025-05-30'),
    ('following', '2025-05-02', '{}', '{}', '2025-06-02'),
    ('preceding', '2025-05-02', '{}', '{}', '2025-05-30'),
    ('modified_following', '2025-05-02', '{}', '{}', '2025-06-02'),
    ('following', '2025-05-01', '{2025-06-02,2025-06-03}', '{}', '2025-06-04'),
    ('following', '2025-05-01', '{}', '{2025-06-01}', '2025-06-01'),
    ('following', '2025-05-01', '{}', '{2025-05-31}', '2025-05-31'),
    ('preceding', '2025-05-01', '{2025-05-30}', '{}', '2025-05-29'),
    ('modified_following', '2025-05-01', '{2025-05-30,2025-05-29}', '{}', '2025-05-28'),
    ('following', '2025-04-29', '{2025-05-29}', '{2025-05-29}', '2025-05-29'),
    ('following', '2025-04-29', '{2025-05-29}', '{}', '2025-05-30'),
    -- China 2025: 1 to 8 October off, Sunday 28 September and Saturday 11 October worked.
    ('following', '2025-09-01', '{2025-10-01,2025-10-02,2025-10-03,2025-10-06,2025-10-07,2025-10-08}', '{2025-09-28,2025-10-11}', '2025-10-09'),
    ('following', '2025-08-29', '{2025-10-01,2025-10-02,2025-10-03,2025-10-06,2025-10-07,2025-10-08}', '{2025-09-28,2025-10-11}', '2025-09-28'),
    ('following', '2025-09-11', '{2025-10-01,2025-10-02,2025-10-03,2025-10-06,2025-10-07,2025-10-08}', '{2025-09-28,2025-10-11}', '2025-10-11')
) AS v (rule, base, holidays, workdays, due);
SELECT is(ar.due_date('2025-05-31', '{"business_day":"preceding"}'), date '2025-05-31', 'never due before the base date');
SELECT is(ar.due_date('2025-05-31', '{"business_day":"modified_following"}'), date '2025-05-31', 'nor by the modified rule');
SELECT is(ar.due_date('2025-05-31', '{"prepayment":true,"business_day":"following"}'), date '2025-06-02', 'a prepayment is moved too');

-- The same in plain SQL, for each day of years around leap years and their lack.
CREATE FUNCTION pg_temp.month_end(d date) RETURNS date LANGUAGE sql RETURN (date_trunc('month', d) + interval '1 month - 1 day')::date;
CREATE FUNCTION pg_temp.expected(base date, months integer, days integer, eom text, day_of_month integer, cut_off integer) RETURNS date
LANGUAGE plpgsql AS $$
DECLARE
    d date := (base + make_interval(months => coalesce(months, 0) + (extract(day FROM base) > coalesce(cut_off, 31))::integer))::date;
BEGIN
    IF eom = 'eom_then_days' THEN d := pg_temp.month_end(d); END IF;
    d := d + coalesce(days, 0);
    IF eom = 'days_then_eom' THEN d := pg_temp.month_end(d); END IF;
    IF day_of_month IS NOT NULL THEN
        d := pg_temp.month_end(d) + least(day_of_month, extract(day FROM pg_temp.month_end(pg_temp.month_end(d) + 1))::integer);
    END IF;
    RETURN d;
END;
$$;
CREATE TEMP TABLE base AS
SELECT d::date AS base FROM generate_series(timestamp '1899-12-01', '1900-04-01', '1 day') AS d
UNION ALL SELECT d::date FROM generate_series(timestamp '1999-10-01', '2001-03-31', '1 day') AS d
UNION ALL SELECT d::date FROM generate_series(timestamp '2023-06-01', '2025-07-01', '1 day') AS d;
CREATE TEMP TABLE offsets AS
SELECT row_number() OVER () AS id, o.* FROM (
    SELECT months, days, eom, day_of_month, cut_off
    FROM unnest('{NULL,0,1,3,13}'::integer[]) AS months, unnest('{NULL,1,30,45,90}'::integer[]) AS days,
         unnest('{NULL,eom_then_days,days_then_eom}'::text[]) AS eom, unnest('{NULL,1,15,29,31}'::integer[]) AS day_of_month,
         unnest('{NULL,1,25,30}'::integer[]) AS cut_off) AS o;
CREATE FUNCTION pg_temp.term(o offsets) RETURNS jsonb LANGUAGE sql
RETURN jsonb_strip_nulls(jsonb_build_object('months', o.months, 'days', o.days, 'end_of_month', o.eom,
                                            'day_of_month', o.day_of_month, 'cut_off_day', o.cut_off));
-- Every offset meets a ninth of the days, every day a ninth of the offsets.
CREATE TEMP TABLE cases AS
SELECT b.base, pg_temp.term(o) AS term, pg_temp.expected(b.base, o.months, o.days, o.eom, o.day_of_month, o.cut_off) AS expected
FROM offsets AS o, base AS b WHERE (o.id + (b.base - date '2000-01-01')) % 9 = 0;
SELECT cmp_ok((SELECT count(*) FROM cases), '>', 200000::bigint, 'there are cases');
SELECT is_empty('SELECT *, ar.due_date(base, term) FROM cases WHERE ar.due_date(base, term) IS DISTINCT FROM expected LIMIT 5',
                'due dates of 1,500 terms as in plain SQL');
SELECT is_empty($$SELECT c.*, i.* FROM cases AS c, ar.instalments(12.34, base, term) AS i
                  WHERE (i.instalment, i.contractual_date, i.due_date, i.amount) IS DISTINCT FROM (1, c.expected, c.expected, 12.34) LIMIT 5$$,
                'and as one instalment');
SELECT is_empty($$SELECT c.*, i.* FROM cases AS c,
                  ar.discounts(100, base, jsonb_build_object('discounts', jsonb_build_array(term || '{"percent":2,"grace_days":3}'))) AS i
                  WHERE NOT term ? 'cut_off_day' AND (i.last_date, i.last_date_with_grace) IS DISTINCT FROM (c.expected, c.expected + 3) LIMIT 5$$,
                'and as the last day of a discount');

-- Business days in plain SQL: the nearest day that is worked.
CREATE TEMP TABLE calendar AS
SELECT array_agg(d) FILTER (WHERE h % 5 = 0) AS holidays, array_agg(d) FILTER (WHERE h % 11 = 0) AS workdays
FROM (SELECT d::date AS d, abs(hashint4(d::date - date '2000-01-01')) AS h FROM generate_series(timestamp '2024-01-01', '2025-12-31', '1 day') AS d) AS x;
CREATE TEMP TABLE day AS
SELECT d::date AS d, d::date = ANY (workdays) OR (extract(isodow FROM d) < 6 AND NOT d::date = ANY (holidays)) AS worked
FROM calendar, generate_series(timestamp '2024-01-01', '2025-12-31', '1 day') AS d;
CREATE TEMP TABLE moved AS
SELECT d, (SELECT min(d) FROM day AS n WHERE n.d >= t.d AND n.worked) AS following, (SELECT max(d) FROM day AS n WHERE n.d <= t.d AND n.worked) AS preceding
FROM day AS t WHERE d BETWEEN '2024-02-01' AND '2025-11-30';
SELECT is_empty($$
    SELECT * FROM (
        SELECT d, following, preceding, CASE WHEN pg_temp.month_end(following) = pg_temp.month_end(d) THEN following ELSE preceding END AS modified,
               ar.due_date(d - 20, '{"days":20,"business_day":"following"}', holidays, workdays) AS f,
               ar.due_date(d - 20, '{"days":20,"business_day":"preceding"}', holidays, workdays) AS p,
               ar.due_date(d - 20, '{"days":20,"business_day":"modified_following"}', holidays, workdays) AS m
        FROM moved, calendar) AS x
    WHERE (following, preceding, modified) IS DISTINCT FROM (f, p, m)$$, 'business days of two years as in plain SQL');
SELECT cmp_ok((SELECT count(*) FROM moved WHERE pg_temp.month_end(following) <> pg_temp.month_end(d)), '>', 5::bigint, 'some are beyond the month');

-- Instalments ----------------------------------------------------------------
CREATE FUNCTION pg_temp.lines(amount numeric, term text, minor_units integer DEFAULT 2) RETURNS text LANGUAGE sql
RETURN (SELECT string_agg(format('%s %s %s', i.instalment, i.due_date, i.amount), ', ' ORDER BY i.instalment)
        FROM ar.instalments(amount, '2025-01-31', term::jsonb, minor_units) AS i);
SELECT is(pg_temp.lines(amount, term, minor_units), expected, format('%s by %s', amount, term))
FROM (VALUES
    (1000.01, '{"instalments":[{"percent":30},{"percent":40,"days":30},{"percent":30,"months":2}]}', 2,
     '1 2025-01-31 300.00, 2 2025-03-02 400.00, 3 2025-03-31 300.01'),
    (-1000.01, '{"instalments":[{"percent":30},{"percent":40,"days":30},{"percent":30,"months":2}]}', 2,
     '1 2025-01-31 -300.00, 2 2025-03-02 -400.00, 3 2025-03-31 -300.01'),
    (1000, '{"instalments":[{"amount":250.5},{"percent_of_remainder":50,"months":1},{"months":2}]}', 2,
     '1 2025-01-31 250.50, 2 2025-02-28 374.75, 3 2025-03-31 374.75'),
    (-1000, '{"instalments":[{"amount":250.5},{"percent_of_remainder":50,"months":1},{"months":2}]}', 2,
     '1 2025-01-31 -250.50, 2 2025-02-28 -374.75, 3 2025-03-31 -374.75'),
    (100, '{"instalments":[{"percent":33.33},{"percent":33.33},{"percent":33.34}]}', 2, '1 2025-01-31 33.33, 2 2025-01-31 33.33, 3 2025-01-31 33.34'),
    (100, '{"instalments":[{"percent":33.33},{"percent":33.33},{}]}', 2, '1 2025-01-31 33.33, 2 2025-01-31 33.33, 3 2025-01-31 33.34'),
    -- 0.025 is rounded away from zero.
    (0.05, '{"instalments":[{"percent":50},{"percent":50}]}', 2, '1 2025-01-31 0.03, 2 2025-01-31 0.02'),
    (-0.05, '{"instalments":[{"percent":50},{"percent":50}]}', 2, '1 2025-01-31 -0.03, 2 2025-01-31 -0.02'),
    (1001, '{"instalments":[{"percent":50},{"percent":50}]}', 0, '1 2025-01-31 501, 2 2025-01-31 500'),
    (10.001, '{"instalments":[{"percent":50},{"percent":50}]}', 3, '1 2025-01-31 5.001, 2 2025-01-31 5.000'),
    (1000, '{"instalments":[{"percent":20},{"percent_of_remainder":25},{"percent_of_remainder":50},{"day_of_month":31}]}', 2,
     '1 2025-01-31 200.00, 2 2025-01-31 200.00, 3 2025-01-31 300.00, 4 2025-02-28 300.00'),
    (1000, '{"instalments":[{"percent":100,"days":7}]}', 2, '1 2025-02-07 1000.00'),
    (1000, '{"instalments":[{"days":7}]}', 2, '1 2025-02-07 1000.00'),
    (1000.10, '{"days":30}', 2, '1 2025-03-02 1000.10'),
    (1000.1000, '{"days":30}', 2, '1 2025-03-02 1000.10'),
    (0, '{"days":30}', 2, '1 2025-03-02 0.00'),
    (5, '{"prepayment":true}', 0, '1 2025-01-31 5')
) AS v (amount, term, minor_units, expected);
SELECT results_eq($$SELECT contractual_date, due_date FROM ar.instalments(100, '2025-05-01', '{"business_day":"following","instalments":[{"percent":50},{"percent":50,"days":30}]}',
                                                                      2, '{2025-05-01}', '{2025-06-01}')$$,
                  $$VALUES (date '2025-05-01', date '2025-05-02'), ('2025-05-31', '2025-06-01')$$, 'contractual and moved dates');
SELECT is((SELECT count(*) FROM ar.instalments(NULL, '2025-05-01', '{}')), 0::bigint, 'no instalments of an unknown amount');
SELECT results_eq($$SELECT (ar.instalments(n, '2025-05-01', '{"instalments":[{"percent":50},{"percent":50}]}')).amount FROM generate_series(1, 2) AS n$$,
                  'VALUES (0.50), (0.50), (1.00), (1.00)', 'instalments in a select list');

-- Random terms and amounts, split by a loop in PL/pgSQL.
CREATE FUNCTION pg_temp.split(total numeric, lines jsonb, decimals integer) RETURNS numeric[] LANGUAGE plpgsql AS $$
DECLARE
    line jsonb;
    result numeric[] := '{}';
    rest numeric := total;
BEGIN
    FOR line IN SELECT e FROM jsonb_array_elements(lines) WITH ORDINALITY AS x (e, n) ORDER BY n LIMIT jsonb_array_length(lines) - 1 LOOP
        result := result || round(coalesce(total * (line ->> 'percent')::numeric / 100, rest * (line ->> 'percent_of_remainder')::numeric / 100,
                                           sign(total) * (line ->> 'amount')::numeric), decimals);
        rest := rest - result[cardinality(result)];
    END LOOP;
    RETURN result || rest;
END;
$$;
SELECT setseed(0.3);
CREATE TEMP TABLE split AS
SELECT x.total, x.decimals, CASE WHEN x.n % 2 = 0 THEN
           -- percentages of all lines: what is left of 100 for the last
           (SELECT jsonb_agg(jsonb_build_object('percent', CASE WHEN i < x.lines THEN x.percent + i / 8.0 ELSE 100 - (x.lines - 1) * x.percent - x.lines * (x.lines - 1) / 16.0 END) ORDER BY i)
            FROM generate_series(1, x.lines) AS i)
       ELSE (SELECT jsonb_agg(CASE WHEN i = x.lines THEN '{}'::jsonb
                                   WHEN (x.n / 2 + i) % 3 = 0 THEN jsonb_build_object('percent', x.percent)
                                   WHEN (x.n / 2 + i) % 3 = 1 THEN jsonb_build_object('percent_of_remainder', x.percent * 3)
                                   ELSE jsonb_build_object('amount', x.percent) END ORDER BY i)
             FROM generate_series(1, x.lines) AS i) END AS lines
FROM (SELECT n, 1 + n % 7 AS lines, n % 4 AS decimals, round((1 + random() * 12)::numeric, n % 3) AS percent,
             round(((100 + random() * 1e6) * CASE WHEN random() < 0.3 THEN -1 ELSE 1 END)::numeric, n % 4) AS total
      FROM generate_series(1, 5000) AS n OFFSET 0) AS x;
SELECT is_empty($$
    SELECT * FROM (SELECT s.*, (SELECT array_agg(i.amount ORDER BY i.instalment) FROM ar.instalments(s.total, '2025-01-31', jsonb_build_object('instalments', s.lines), s.decimals) AS i) AS answer,
                          pg_temp.split(s.total, s.lines, s.decimals) AS expected FROM split AS s) AS x
    WHERE x.answer::text IS DISTINCT FROM x.expected::text LIMIT 5$$, 'random instalments as by a loop, to the digit');
SELECT is_empty($$
    SELECT s.* FROM split AS s WHERE s.total <> (SELECT sum(i.amount) FROM ar.instalments(s.total, '2025-01-31', jsonb_build_object('instalments', s.lines), s.decimals) AS i)$$,
                'instalments add up to the total');

-- Early-payment discounts ------------------------------------------------------
\set two_ten '{"days":30,"discounts":[{"days":10,"percent":2}]}'
\set windows '{"days":30,"discounts":[{"days":20,"percent":1},{"days":10,"percent":2,"grace_days":3}]}'
\set net '{"days":30,"discount_base":"net","discounts":[{"days":10,"percent":3}]}'
SELECT results_eq(format('SELECT d::text FROM ar.discounts(%s, %L) AS d', a, term), ARRAY[row], format('discounts(%s, %s)', a, term))
FROM (VALUES ($$5000, '2025-01-31'$$, :'two_ten', '(2025-02-10,2025-02-10,2,100.00,4900.00)'),
             ($$-5000, '2025-01-31'$$, :'two_ten', '(2025-02-10,2025-02-10,2,-100.00,-4900.00)'),
             -- "2/10, n/30 EOM": of 16 June, the discount until 10 July
             ($$100, '2025-06-16'$$, '{"days":30,"end_of_month":"eom_then_days","discounts":[{"days":10,"end_of_month":"eom_then_days","percent":2}]}',
              '(2025-07-10,2025-07-10,2,2.00,98.00)'),
             ($$0.25, '2025-01-31'$$, :'two_ten', '(2025-02-10,2025-02-10,2,0.01,0.24)')) AS v (a, term, row);
SELECT results_eq(format('SELECT d::text FROM ar.discounts(1234.5, %L, %L) AS d', '2025-01-31', :'windows'),
                  ARRAY['(2025-02-20,2025-02-20,1,12.35,1222.15)', '(2025-02-10,2025-02-13,2,24.69,1209.81)'], 'two windows, one with grace');
-- 3 % of 1,000 net of 190 tax; of a yen amount.
SELECT is((SELECT d::text FROM ar.discounts(1190, '2025-01-31', :'net', 2, 190) AS d), '(2025-02-10,2025-02-10,3,30.00,1160.00)', 'net of tax');
SELECT is((SELECT d::text FROM ar.discounts(-1190, '2025-01-31', :'net', 2, -190) AS d), '(2025-02-10,2025-02-10,3,-30.00,-1160.00)', 'net of tax, a credit note');
SELECT is((SELECT d::text FROM ar.discounts(1190, '2025-01-31', :'two_ten', 0, 190) AS d), '(2025-02-10,2025-02-10,2,24,1166)', 'gross, whatever the tax');
SELECT is((SELECT count(*) FROM ar.discounts(1190, '2025-01-31', '{"days":30}')), 0::bigint, 'none');
SELECT is(ar.discount_on(5000, '2025-01-31', term::jsonb, paid_on, 2, 0), earned, format('%s paid on %s', term, paid_on))
FROM (VALUES (:'two_ten', date '2025-01-31', 100.00), (:'two_ten', '2025-01-15', 100.00), (:'two_ten', '2025-02-10', 100.00), (:'two_ten', '2025-02-11', 0.00),
             (:'windows', '2025-02-10', 100.00), (:'windows', '2025-02-13', 100.00), (:'windows', '2025-02-14', 50.00), (:'windows', '2025-02-20', 50.00),
             (:'windows', '2025-02-21', 0.00), ('{}', '2025-01-31', 0.00),
             ('{"cut_off_day":30,"discounts":[{"days":10,"percent":2}]}', '2025-03-10', 100.00),
             ('{"cut_off_day":30,"discounts":[{"days":10,"percent":2}]}', '2025-03-11', 0.00)) AS v (term, paid_on, earned);
SELECT is(ar.discount_on(1190, '2025-01-31', :'net', '2025-02-10', 2, 190), 30.00, 'earned net of tax');
SELECT is(ar.discount_on(1190, '2025-01-31', :'net', '2025-02-10'), 35.70, 'no tax given');
SELECT is(ar.amount_settled(payment, '2025-01-31', term::jsonb, paid_on, minor_units)::text, settled, format('%s of %s paid on %s settles %s', payment, term, paid_on, settled))
FROM (VALUES (4900, :'two_ten', date '2025-02-10', 2, '5000.00'), (4900, :'two_ten', '2025-02-11', 2, '4900.00'), (-4900, :'two_ten', '2025-02-10', 2, '-5000.00'),
             (0, :'two_ten', '2025-02-10', 2, '0.00'), (1, :'two_ten', '2025-02-10', 2, '1.02'), (1000, :'two_ten', '2025-02-10', 0, '1020'),
             (4900, :'windows', '2025-02-13', 2, '5000.00'), (4950, :'windows', '2025-02-14', 2, '5000.00'), (4950, :'windows', '2025-02-21', 2, '4950.00'),
             -- 0.015 / 0.6 = 0.025 and 0.1 / 0.8 = 0.125 exactly: away from zero
             (0.015, '{"discounts":[{"percent":40}]}', '2025-01-31', 2, '0.03'), (0.1, '{"discounts":[{"percent":20}]}', '2025-01-31', 2, '0.13'),
             -- one 10^-30 less than that half
             (0.1 - 1e-30, '{"discounts":[{"percent":20}]}', '2025-01-31', 2, '0.12'), (-(0.1 - 1e-30), '{"discounts":[{"percent":20}]}', '2025-01-31', 2, '-0.12'),
             (100, :'net', '2025-02-11', 2, '100.00')) AS v (payment, term, paid_on, minor_units, settled);
SELECT is_empty($$SELECT p FROM generate_series(1, 300000, 7) AS c, LATERAL (SELECT c / 100.0 AS p) AS x
                  WHERE ar.amount_settled(p, '2025-01-31', '{"discounts":[{"percent":3}]}', '2025-01-31') <> round(p / 0.97, 2)$$, 'settled at 3 %');

-- 2/98 x 365/20, 2/98 x 360/20, (1/0.98)^(365/20) - 1
SELECT is((SELECT round(c.simple, 4) || ' ' || round(c.compounded, 4) FROM ar.cost_of_discount(2, 20) AS c), '0.3724 0.4459', '2/10 net 30');
SELECT is((SELECT round(c.simple, 4) FROM ar.cost_of_discount(2, 20, 360) AS c), 0.3673, '2/10 net 30 on 360 days');
SELECT is((SELECT round(c.simple, 4) || ' ' || round(c.compounded, 4) FROM ar.cost_of_discount(20, 365) AS c), '0.2500 0.2500', 'a year earlier');
SELECT is((SELECT c.simple FROM ar.cost_of_discount(NULL, 20) AS c), NULL::numeric, 'cost of an unknown discount: null');

-- Deposits ---------------------------------------------------------------------
SELECT is(ar.deposit(amount, term::jsonb, minor_units)::text, expected, format('deposit of %s by %s', amount, term))
FROM (VALUES (1000.01, '{"deposit_percent":30}', 2, '300.01'), (1000, '{"deposit_percent":30}', 2, '300.00'), (1001, '{"deposit_percent":30}', 0, '301'),
             (0.01, '{"deposit_percent":0.1}', 2, '0.01'), (1000.01, '{"deposit_percent":100}', 2, '1000.01'), (-1000.01, '{"deposit_percent":30}', 2, '-300.01'),
             (1000.01, '{"prepayment":true}', 2, '1000.01'), (0, '{"deposit_percent":30}', 2, '0.00'), (1000, '{"days":30}', 2, NULL),
             (1000, '{"deposit_percent":33.3333,"days":30}', 3, '333.333')) AS v (amount, term, minor_units, expected);

-- What is no term ----------------------------------------------------------------
CREATE FUNCTION pg_temp.fault(term text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    code text;
    detail text;
    hint text;
BEGIN
    PERFORM ar.check_term(term::jsonb);
    RETURN 'valid';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN code || ' ' || detail || CASE WHEN hint = '' THEN ' without a hint' ELSE '' END;
END;
$$;
SELECT is(pg_temp.fault(term), '22023 ' || fault, term)
FROM (VALUES
    ('[]', 'A payment term must be a JSON object.'), ('1', 'A payment term must be a JSON object.'), ('null', 'A payment term must be a JSON object.'),
    ('"net 30"', 'A payment term must be a JSON object.'),
    ('{"day":30}', 'day is not a key of a payment term.'), ('{"":30}', ' is not a key of a payment term.'), ('{"Days":30}', 'Days is not a key of a payment term.'),
    ('{"grace_days":3}', 'grace_days is not a key of a payment term.'), ('{"percent":3}', 'percent is not a key of a payment term.'),
    ('{"days":-1}', 'days must be a whole number from 0 on.'), ('{"days":1.5}', 'days must be a whole number from 0 on.'),
    ('{"days":"30"}', 'days must be a whole number from 0 on.'), ('{"days":null}', 'days must be a whole number from 0 on.'),
    ('{"days":[30]}', 'days must be a whole number from 0 on.'), ('{"days":true}', 'days must be a whole number from 0 on.'),
    ('{"days":2147483648}', 'days must be a whole number from 0 on.'), ('{"days":1e100}', 'days must be a whole number from 0 on.'),
    ('{"months":-1}', 'months must be a whole number from 0 on.'), ('{"months":0.1}', 'months must be a whole number from 0 on.'),
    ('{"end_of_month":true}', 'end_of_month must be "eom_then_days" or "days_then_eom".'),
    ('{"end_of_month":"eom"}', 'end_of_month must be "eom_then_days" or "days_then_eom".'),
    ('{"day_of_month":0}', 'day_of_month must be a day of a month, a whole number from 1 to 31.'),
    ('{"day_of_month":32}', 'day_of_month must be a day of a month, a whole number from 1 to 31.'),
    ('{"cut_off_day":0}', 'cut_off_day must be a day of a month, a whole number from 1 to 31.'),
    ('{"cut_off_day":32}', 'cut_off_day must be a day of a month, a whole number from 1 to 31.'),
    ('{"business_day":"next"}', 'business_day must be "none", "following", "modified_following" or "preceding".'),
    ('{"business_day":1}', 'business_day must be "none", "following", "modified_following" or "preceding".'),
    ('{"discount_base":"tax"}', 'discount_base must be "gross" or "net".'),
    ('{"prepayment":"yes"}', 'prepayment must be true or false.'), ('{"prepayment":1}', 'prepayment must be true or false.'),
    ('{"deposit_percent":0}', 'deposit_percent must be a number above 0 and at most 100.'),
    ('{"deposit_percent":100.01}', 'deposit_percent must be a number above 0 and at most 100.'),
    ('{"deposit_percent":"30"}', 'deposit_percent must be a number above 0 and at most 100.'),
    ('{"discounts":{}}', 'discounts must be an array of one object or more.'), ('{"discounts":[]}', 'discounts must be an array of one object or more.'),
    ('{"discounts":2}', 'discounts must be an array of one object or more.'), ('{"discounts":[2]}', 'discounts[0] must be an object.'),
    ('{"discounts":[[]]}', 'discounts[0] must be an object.'), ('{"discounts":[{}]}', 'discounts[0].percent is missing.'),
    ('{"discounts":[{"percent":2},{"days":3}]}', 'discounts[1].percent is missing.'),
    ('{"discounts":[{"percent":0}]}', 'discounts[0].percent must be a number above 0 and below 100.'),
    ('{"discounts":[{"percent":100}]}', 'discounts[0].percent must be a number above 0 and below 100.'),
    ('{"discounts":[{"percent":-2}]}', 'discounts[0].percent must be a number above 0 and below 100.'),
    ('{"discounts":[{"percent":2,"days":-1}]}', 'discounts[0].days must be a whole number from 0 on.'),
    ('{"discounts":[{"percent":2,"grace_days":-1}]}', 'discounts[0].grace_days must be a whole number from 0 on.'),
    ('{"discounts":[{"percent":2,"amount":5}]}', 'discounts[0].amount is not a key of a payment term.'),
    ('{"discounts":[{"percent":2,"cut_off_day":5}]}', 'discounts[0].cut_off_day is not a key of a payment term.'),
    ('{"instalments":[]}', 'instalments must be an array of one object or more.'), ('{"instalments":3}', 'instalments must be an array of one object or more.'),
    ('{"instalments":[{},null]}', 'instalments[1] must be an object.'),
    ('{"instalments":[{"percent":30},{"percent":40},{"percent":"30"}]}', 'instalments[2].percent must be a number above 0 and at most 100.'),
    ('{"instalments":[{"percent":101}]}', 'instalments[0].percent must be a number above 0 and at most 100.'),
    ('{"instalments":[{"amount":0},{}]}', 'instalments[0].amount must be a number above 0.'),
    ('{"instalments":[{"amount":-5},{}]}', 'instalments[0].amount must be a number above 0.'),
    ('{"instalments":[{"percent_of_remainder":100},{}]}', 'instalments[0].percent_of_remainder must be a number above 0 and below 100.'),
    ('{"instalments":[{"percent":10,"amount":5},{}]}', 'instalments[0].amount is a second share.'),
    ('{"instalments":[{"percent":10,"percent_of_remainder":5},{}]}', 'instalments[0].percent_of_remainder is a second share.'),
    ('{"instalments":[{"percent":10},{"days":5},{}]}', 'instalments[1] has no share.'),
    ('{"instalments":[{"amount":5},{"amount":5}]}', 'instalments[1].amount is given for the last line.'),
    ('{"instalments":[{"amount":5}]}', 'instalments[0].amount is given for the last line.'),
    ('{"instalments":[{"percent":50},{"percent_of_remainder":50}]}', 'instalments[1].percent_of_remainder is given for the last line.'),
    ('{"instalments":[{"amount":50},{"percent":50}]}', 'instalments[1].percent is given for the last line.'),
    ('{"instalments":[{"percent":50},{"percent":49.99}]}', 'instalments has percentages that make 99.99.'),
    ('{"instalments":[{"percent":50},{"percent":50.01}]}', 'instalments has percentages that make 100.01.'),
    ('{"instalments":[{"percent":50},{"percent":50},{}]}', 'instalments has percentages that make 100.'),
    ('{"instalments":[{"percent":60},{"amount":5},{"percent":60},{}]}', 'instalments has percentages that make 120.'),
    ('{"days":30,"instalments":[{}]}', 'days contradicts instalments.'), ('{"months":0,"instalments":[{}]}', 'months contradicts instalments.'),
    ('{"end_of_month":"days_then_eom","instalments":[{}]}', 'end_of_month contradicts instalments.'),
    ('{"day_of_month":3,"instalments":[{}]}', 'day_of_month contradicts instalments.'),
    ('{"prepayment":true,"days":0}', 'days contradicts prepayment.'), ('{"prepayment":true,"months":1}', 'months contradicts prepayment.'),
    ('{"prepayment":true,"end_of_month":"days_then_eom"}', 'end_of_month contradicts prepayment.'),
    ('{"prepayment":true,"day_of_month":1}', 'day_of_month contradicts prepayment.'), ('{"prepayment":true,"cut_off_day":1}', 'cut_off_day contradicts prepayment.'),
    ('{"prepayment":true,"instalments":[{}]}', 'instalments contradicts prepayment.'),
    ('{"prepayment":true,"deposit_percent":30}', 'deposit_percent contradicts prepayment.')
) AS v (term, fault);
SELECT is(ar.check_term(term::jsonb), true, term)
FROM (VALUES ('{}'), ('{"days":0,"months":0}'), ('{"days":2147483647}'), ('{"business_day":"none"}'), ('{"discount_base":"gross"}'), ('{"prepayment":true}'),
             ('{"prepayment":false,"days":30,"deposit_percent":0.01}'),
             ('{"deposit_percent":100}'), ('{"cut_off_day":31,"day_of_month":31,"end_of_month":"eom_then_days","days":1,"months":1}'),
             ('{"cut_off_day":25,"business_day":"preceding","instalments":[{"percent":99.999},{}],"discounts":[{"percent":99.99}]}')) AS v (term);
SELECT is(ar.check_term(NULL), NULL::boolean, 'an unknown term');
-- Every function checks the term it is given.
SELECT throws_ok('SELECT * FROM ' || call, '22023', 'invalid payment term', call || ' refuses an invalid term')
FROM unnest(ARRAY[$$ar.due_date('2025-01-31', '{"day":1}')$$, $$ar.instalments(1, '2025-01-31', '{"day":1}')$$, $$ar.discounts(1, '2025-01-31', '{"day":1}')$$,
                  $$ar.discount_on(1, '2025-01-31', '{"day":1}', '2025-01-31')$$, $$ar.amount_settled(1, '2025-01-31', '{"day":1}', '2025-01-31')$$,
                  $$ar.deposit(1, '{"day":1}')$$]) AS call;

-- Other faults ---------------------------------------------------------------------
\set fifty '{"instalments":[{"amount":50},{}]}'
SELECT throws_ok('SELECT * FROM ar.' || call, code, message, call)
FROM (VALUES
    ($$due_date('infinity', '{}')$$, '22008', 'a date of a payment term must not be infinite'), ($$due_date('-infinity', '{}')$$, '22008', NULL),
    ($$due_date('2025-01-31', '{}', '{infinity}')$$, '22008', NULL), ($$due_date('2025-01-31', '{}', '{}', '{-infinity}')$$, '22008', NULL),
    ($$due_date('2025-01-31', '{}', '{NULL}')$$, '22004', NULL), ($$due_date('2025-01-31', '{}', '{}', '{2025-01-01,NULL}')$$, '22004', NULL),
    ($$due_date('2025-01-31', '{"days":2147483647}')$$, '22008', 'date out of range'), ($$due_date('2025-01-31', '{"months":2147483647}')$$, '22008', 'date out of range'),
    ($$due_date('2025-01-31', '{"months":70500000}')$$, '22008', 'date out of range'), ($$due_date('5874897-12-31', '{"days":1}')$$, '22008', 'date out of range'),
    ($$due_date('5874897-12-31', '{"day_of_month":1}')$$, '22008', 'date out of range'),
    -- the last day there is, 5874897-12-31, is a Tuesday
    ($$due_date('5874897-12-31', '{"business_day":"following"}', '{5874897-12-31}')$$, '22008', 'date out of range'),
    ($$instalments(1, 'infinity', '{}')$$, '22008', NULL), ($$instalments('NaN', '2025-01-31', '{}')$$, '22003', 'amount must not be NaN or infinite'),
    ($$instalments('Infinity', '2025-01-31', '{}')$$, '22003', NULL), ($$instalments(1, '2025-01-31', '{}', -1)$$, '22023', 'minor units must be from 0 to 6, not -1'),
    ($$instalments(1, '2025-01-31', '{}', 7)$$, '22023', NULL), ($$instalments(1.005, '2025-01-31', '{}')$$, '22023', 'amount has more decimals than the currency'),
    ($$instalments(1, '2025-01-31', '{}', 2, '{NULL}')$$, '22004', NULL),
    (format('instalments(50, %L, %L)', '2025-01-31', :'fifty'), '22023', 'amount is too small for the instalments of its payment term'),
    (format('instalments(-50, %L, %L)', '2025-01-31', :'fifty'), '22023', 'amount is too small for the instalments of its payment term'),
    (format('instalments(20, %L, %L)', '2025-01-31', :'fifty'), '22023', NULL), (format('instalments(0, %L, %L)', '2025-01-31', :'fifty'), '22023', NULL),
    ($$instalments(0.01, '2025-01-31', '{"instalments":[{"percent":30},{"percent":70}]}')$$, '22023', NULL),
    ($$instalments(0.01, '2025-01-31', '{"instalments":[{"percent":70},{"percent":30}]}')$$, '22023', NULL),
    ($$discounts('NaN', '2025-01-31', '{}')$$, '22003', NULL), ($$discounts(1, '2025-01-31', '{}', 2, 'NaN')$$, '22003', 'tax amount must not be NaN or infinite'),
    ($$discounts(1, 'infinity', '{}')$$, '22008', NULL), ($$discounts(1, '2025-01-31', '{}', 9)$$, '22023', NULL),
    ($$discounts(1, '2025-01-31', '{"discounts":[{"percent":2,"grace_days":2147483647}]}')$$, '22008', 'date out of range'),
    ($$discounts(100, '2025-01-31', '{"discount_base":"net"}', 2, 101)$$, '22023', 'tax amount must lie between 0 and the amount'),
    ($$discounts(100, '2025-01-31', '{"discount_base":"net"}', 2, -1)$$, '22023', NULL), ($$discounts(-100, '2025-01-31', '{"discount_base":"net"}', 2, 1)$$, '22023', NULL),
    ($$discount_on('NaN', '2025-01-31', '{}', '2025-01-31')$$, '22003', NULL), ($$discount_on(1, '2025-01-31', '{}', 'infinity')$$, '22008', NULL),
    ($$discount_on(1, '-infinity', '{}', '2025-01-31')$$, '22008', NULL), ($$discount_on(1, '2025-01-31', '{}', '2025-01-31', 7)$$, '22023', NULL),
    ($$discount_on(1, '2025-01-31', '{}', '2025-01-31', 2, '-Infinity')$$, '22003', NULL),
    ($$discount_on(100, '2025-01-31', '{"discount_base":"net"}', '2025-01-31', 2, 101)$$, '22023', NULL),
    ($$amount_settled('NaN', '2025-01-31', '{}', '2025-01-31')$$, '22003', 'payment must not be NaN or infinite'),
    ($$amount_settled(1, 'infinity', '{}', '2025-01-31')$$, '22008', NULL), ($$amount_settled(1, '2025-01-31', '{}', '-infinity')$$, '22008', NULL),
    ($$amount_settled(1, '2025-01-31', '{}', '2025-01-31', 7)$$, '22023', NULL),
    (format('amount_settled(1, %L, %L, %L)', '2025-01-31', :'net', '2025-02-10'), '22023', 'a partial payment earns no discount of this payment term'),
    ('cost_of_discount(0, 20)', '22023', 'percent must be above 0 and below 100'), ('cost_of_discount(100, 20)', '22023', NULL), ('cost_of_discount(-2, 20)', '22023', NULL),
    ('cost_of_discount(2, 0)', '22023', 'a discount must be for at least one day earlier, not 0'), ('cost_of_discount(2, 20, 0)', '22023', NULL),
    ('cost_of_discount(2, 20, 367)', '22023', 'basis must be from 1 to 366 days, not 367'), ($$cost_of_discount('NaN', 20)$$, '22003', NULL),
    ($$deposit('NaN', '{}')$$, '22003', NULL), ($$deposit(1, '{}', 7)$$, '22023', NULL)
) AS v (call, code, message);

SELECT * FROM finish();
ROLLBACK;
