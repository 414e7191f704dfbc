-- The two clocks, ar.as_of and ar.known_at: how they are set, and that every view and every kept plan heeds them.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();

-- What ar.known_at may hold ---------------------------------------------------
CREATE FUNCTION pg_temp.known_at_set_to(value text) RETURNS timestamptz LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('ar.known_at', value, true);
    RETURN ar.known_at();
END;
$$;
SELECT is(ar.known_at(), NULL::timestamptz, 'not set: null');
SELECT is(pg_temp.known_at_set_to(value), value::timestamptz, format('"%s"', value))
FROM unnest('{2026-04-01 09:00+00,2026-04-01 09:00Z,2026-04-01T09:00:00Z,2026-04-01T09:00:00+00:00,2026-04-01 09:00:59.5-03,2026-04-01 09:00:00.123456+0530,
              2026-04-01 09:00:00.000001-05:30,1890-01-01 00:00:00+00:53:28,0001-01-01 00:00:00+15:59:59,9999-12-31 23:59:59.999999-15:59:59,
              2024-02-29 23:59+14,1999-12-31 23:59:59-12,1582-10-10 00:00Z}'::text[]) AS value;
SELECT is(pg_temp.known_at_set_to('2026-04-01 09:00:01.5+05:30'), timestamptz 'epoch' + 1775014201.5 * interval '1 second', 'seconds since 1970, computed by hand');
SELECT throws_ok(format('SELECT pg_temp.known_at_set_to(%L)', value), '22007', format('invalid value for setting ar.known_at: "%s"', value),
                 format('"%s" is refused', value))
FROM unnest(ARRAY['2026-04-01', '2026-04-01 09:00', '2026-04-01 09:00:00', '2026-04-01T09:00:00.5', '2026-04-01+00', '2026-04-01 09+00', '2026-04-01 0900+00',
                  '2026-04-01 9:00+00', '2026-04-01 24:00+00', '2026-04-01 09:60+00', '2026-04-01 09:00:60+00', '2026-04-01 09:00:0+00', '2026-04-01 09:00:+00',
                  '2026-04-01 09:00:00.+00', '2026-04-01 09:00.5+00', '2026-04-01 09:00:00.1234567+00', '2026-04-01 09:00+16', '2026-04-01 09:00+5',
                  '2026-04-01 09:00+053', '2026-04-01 09:00+05:3', '2026-04-01 09:00+05:60', '2026-04-01 09:00+0560', '2026-04-01 09:00+05:30:60',
                  '2026-04-01 09:00+05:30:0', '2026-04-01 09:00+05:30:00:00', '2026-04-01 09:00+053000', '2026-04-01 09:00+', '2026-04-01 09:00 +00',
                  '2026-04-01 09:00z', '2026-04-01 09:00Z ', '2026-04-01 09:00Z0', '2026-04-01 09:00 UTC', '2026-04-01 09:00 Europe/Berlin', ' 2026-04-01 09:00Z',
                  '2026-04-01  09:00Z', '2026-04-01t09:00Z', '2026-02-29 09:00Z', '2026-13-01 09:00Z', '01.04.2026 09:00Z', 'now', 'infinity', '-infinity', 'x', ' ']) AS value;
SELECT is(ar.known_at(), timestamptz '2026-04-01 03:30:01.5+00', 'a refused setting is gone with its transaction');
SELECT setseed(0.3);
SELECT is_empty($$SELECT v FROM (SELECT to_char(timestamp '1700-01-01' + random() * interval '400 years', 'YYYY-MM-DD HH24:MI:SS.US')
                                        || (CASE WHEN random() < 0.5 THEN '+' ELSE '-' END) || to_char(random() * interval '15 hours', 'HH24:MI') AS v
                                 FROM generate_series(1, 2000)) AS x WHERE pg_temp.known_at_set_to(v) IS DISTINCT FROM v::timestamptz$$,
                'random moments are what PostgreSQL reads');
SELECT is_empty($$SELECT v FROM (SELECT clock_timestamp() + n * interval '1.234567 days' AS v FROM generate_series(1, 500) AS n) AS x
                  WHERE pg_temp.known_at_set_to(v::text) IS DISTINCT FROM v$$, 'a moment that PostgreSQL wrote is read');
SET LOCAL timezone = 'America/St_Johns';
SELECT is(pg_temp.known_at_set_to('2026-04-01 09:00Z'), timestamptz '2026-04-01 09:00+00', 'in a time zone');
SET LOCAL timezone = 'Asia/Shanghai';
SELECT is(ar.known_at(), timestamptz '2026-04-01 09:00+00', 'and the same in another');
SET LOCAL ar.known_at = '';
SELECT is(ar.known_at(), NULL::timestamptz, 'empty: null');

-- A book entered in steps, each followed by a moment --------------------------
SELECT ar.create_ledger() = ar.version() AS made \gset
SELECT ar.create_company('EU', 'Europe', 'EUR') AS eu, ar.create_company('JP', 'Japan', 'JPY') AS jp \gset
INSERT INTO receivables.customer (company_id, customer_number, name, salesperson, department, region)
SELECT co.company_id, 'C' || n, 'Customer ' || n, 'Salesperson ' || n % 2, CASE WHEN n < 3 THEN 'Department' END, 'Region ' || n % 3
FROM receivables.company AS co, generate_series(1, 4) AS n;

CREATE TEMP TABLE moment (step integer, known_at text);
INSERT INTO moment VALUES (0, clock_timestamp());
-- By hand: 100 billed; 50 more; 60 paid on the first; that undone, back on 15 March; a credit note of February of 30.
SELECT ar.post_invoice(:eu, 'C1', 'I1', '2025-01-10', '2025-02-10', 100) AS i1 \gset
INSERT INTO moment VALUES (1, clock_timestamp());
SELECT ar.post_invoice(:eu, 'C1', 'I2', '2025-01-20', '2025-04-20', 50) AS i2 \gset
INSERT INTO moment VALUES (2, clock_timestamp());
SELECT ar.post_payment(:eu, 'C1', 'P1', '2025-03-01', 60, '[{"invoice_number": "I1", "amount": 60}]') AS p1 \gset
INSERT INTO moment VALUES (3, clock_timestamp());
SELECT ar.reverse_application(company_id, application_id, '2025-03-15', 'wrong invoice') AS reversal FROM receivables.application \gset
INSERT INTO moment VALUES (4, clock_timestamp());
SELECT ar.post_credit_note(:eu, 'C1', 'N1', '2025-02-01', 30) AS n1 \gset
INSERT INTO moment VALUES (5, clock_timestamp());

CREATE TEMP TABLE told (as_of date, step integer, days_31_60 numeric, not_due numeric, unapplied_amount numeric, balance numeric);
DO $$
DECLARE
    d date;
    m record;
BEGIN
    FOREACH d IN ARRAY '{2025-03-14,2025-03-31}'::date[] LOOP
        PERFORM set_config('ar.as_of', d::text, true);
        FOR m IN SELECT step, known_at FROM moment UNION ALL SELECT NULL, '' LOOP
            PERFORM set_config('ar.known_at', m.known_at, true);
            INSERT INTO told
            SELECT d, m.step, s.days_31_60, s.not_due, s.unapplied_amount, s.balance FROM receivables.aging_summary AS s WHERE s.company_code = 'EU';
        END LOOP;
    END LOOP;
END;
$$;
SELECT results_eq('SELECT * FROM told ORDER BY as_of, step', $$VALUES
    -- I1 is 32 days past due on 14 March, 49 on 31 March
    (date '2025-03-14', 0,     0.00,  0.00,   0.00,   0.00),
    (date '2025-03-14', 1,   100.00,  0.00,   0.00, 100.00),
    (date '2025-03-14', 2,   100.00, 50.00,   0.00, 150.00),
    (date '2025-03-14', 3,    40.00, 50.00,   0.00,  90.00),
    (date '2025-03-14', 4,    40.00, 50.00,   0.00,  90.00),
    (date '2025-03-14', 5,    40.00, 50.00, -30.00,  60.00),
    (date '2025-03-14', NULL, 40.00, 50.00, -30.00,  60.00),
    (date '2025-03-31', 0,     0.00,  0.00,   0.00,   0.00),
    (date '2025-03-31', 1,   100.00,  0.00,   0.00, 100.00),
    (date '2025-03-31', 2,   100.00, 50.00,   0.00, 150.00),
    (date '2025-03-31', 3,    40.00, 50.00,   0.00,  90.00),
    (date '2025-03-31', 4,   100.00, 50.00, -60.00,  90.00),
    (date '2025-03-31', 5,   100.00, 50.00, -90.00,  60.00),
    (date '2025-03-31', NULL, 100.00, 50.00, -90.00, 60.00)$$, 'a summary of each date at each moment, by hand');

-- Every view at every date and moment, against the facts ----------------------
DO $$
DECLARE
    company record;
    invoice text;
BEGIN
    FOR step IN 6 .. 25 LOOP
        FOR company IN SELECT company_id FROM receivables.company LOOP
            invoice := 'R' || step;
            PERFORM ar.post_invoice(company.company_id, 'C' || 1 + step % 4, invoice, date '2025-01-01' + step * 37 % 90,
                                    date '2025-01-01' + step * 37 % 90 + step * 53 % 60, 10 * step);
            PERFORM ar.post_payment(company.company_id, 'C' || 1 + step % 4, invoice, date '2025-04-01' + step * 7 % 40, 11 * step,
                                    jsonb_build_array(jsonb_build_object('invoice_number', invoice,
                                                                         'amount', CASE WHEN step % 3 = 0 THEN 4 ELSE 10 END * step)));
            -- What is undone was entered some steps before.
            PERFORM ar.reverse_application(a.company_id, a.application_id, a.effective_on + 5, 'wrong invoice')
            FROM receivables.application AS a
            JOIN receivables.item AS i ON i.company_id = a.company_id AND i.item_id = a.debit_item_id
            JOIN receivables.document AS d ON d.company_id = i.company_id AND d.document_id = i.document_id
            WHERE a.company_id = company.company_id AND step % 4 = 0 AND d.document_number = 'R' || step - 3;
        END LOOP;
        INSERT INTO moment VALUES (step, clock_timestamp());
    END LOOP;
END;
$$;
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');

CREATE FUNCTION pg_temp.open_at(as_of date, known_at timestamptz)
    RETURNS TABLE (company_id bigint, customer_id bigint, document_number text, kind text, due_on date, open_amount numeric)
    LANGUAGE sql AS $$
    SELECT d.company_id, d.customer_id, d.document_number, d.kind, i.due_on, o.open_amount
    FROM receivables.document AS d
    JOIN receivables.item AS i ON i.company_id = d.company_id AND i.document_id = d.document_id
    CROSS JOIN LATERAL (
        SELECT CASE d.kind WHEN 'invoice' THEN 1 ELSE -1 END
               * (d.amount - coalesce((SELECT sum(a.amount) FROM receivables.application AS a
                                       WHERE a.company_id = i.company_id AND i.item_id IN (a.debit_item_id, a.credit_item_id)
                                         AND a.effective_on <= open_at.as_of AND a.recorded_at <= coalesce(open_at.known_at, 'infinity')), 0))) AS o (open_amount)
    WHERE d.document_date <= open_at.as_of AND d.recorded_at <= coalesce(open_at.known_at, 'infinity') AND o.open_amount <> 0
$$;
CREATE TEMP TABLE answer (view text, as_of date, known_at text, line text);
CREATE TEMP TABLE expected (LIKE answer);
DO $$
DECLARE
    d date;
    m text;
    v record;
BEGIN
    FOREACH d IN ARRAY '{2025-01-31,2025-03-31,2025-04-20,2025-05-06,2025-06-30}'::date[] LOOP
        PERFORM set_config('ar.as_of', d::text, true);
        FOR m IN SELECT known_at FROM moment UNION ALL VALUES ('') LOOP
            PERFORM set_config('ar.known_at', m, true);
            INSERT INTO answer
            SELECT 'open_item', d, m, format('%s %s %s %s %s', company_id, customer_id, document_number, kind, trim_scale(open_amount)) FROM receivables.open_item
            UNION ALL
            SELECT 'customer_ranking', d, m, format('%s %s %s %s', company_id, customer_id, trim_scale(balance), rank) FROM receivables.customer_ranking
            UNION ALL
            SELECT 'dso', d, m, format('%s %s %s', company_id, trim_scale(receivables), trim_scale(overdue)) FROM receivables.dso;
            FOR v IN SELECT * FROM (VALUES ('aging_by_customer', 'customer_id'), ('aging_by_salesperson', 'salesperson'), ('aging_by_department', 'department'),
                                           ('aging_by_region', 'region'), ('aging_summary', 'company_code')) AS x (name, key) LOOP
                EXECUTE format('INSERT INTO answer SELECT %L, %L, %L, concat_ws(%4$L, company_id, %5$s, item_count, trim_scale(not_due), trim_scale(days_1_30),
                                trim_scale(days_31_60), trim_scale(days_61_90), trim_scale(days_over_90), trim_scale(unapplied_amount), trim_scale(balance))
                                FROM receivables.%1$I', v.name, d, m, ' ', v.key);
            END LOOP;

            CREATE TEMP TABLE fact ON COMMIT DROP AS
            SELECT o.*, c.salesperson, c.department, c.region, co.company_code, d - o.due_on AS days, o.kind = 'invoice' AS is_debit
            FROM pg_temp.open_at(d, nullif(m, '')::timestamptz) AS o
            JOIN receivables.customer AS c USING (company_id, customer_id) JOIN receivables.company AS co USING (company_id);
            INSERT INTO expected
            SELECT 'open_item', d, m, format('%s %s %s %s %s', company_id, customer_id, document_number, kind, trim_scale(open_amount)) FROM fact
            UNION ALL
            SELECT 'customer_ranking', d, m, format('%s %s %s %s', b.company_id, b.customer_id, trim_scale(b.balance), rank() OVER (PARTITION BY b.company_id ORDER BY b.balance DESC))
            FROM (SELECT company_id, customer_id, sum(open_amount) AS balance FROM fact GROUP BY company_id, customer_id) AS b
            UNION ALL
            SELECT 'dso', d, m, format('%s %s %s', co.company_id, trim_scale(coalesce(sum(open_amount), 0)),
                                       trim_scale(coalesce(sum(open_amount) FILTER (WHERE is_debit AND days > 0), 0)))
            FROM receivables.company AS co LEFT JOIN fact USING (company_id) GROUP BY co.company_id;
            FOR v IN SELECT * FROM (VALUES ('aging_by_customer', 'customer_id'), ('aging_by_salesperson', 'salesperson'), ('aging_by_department', 'department'),
                                           ('aging_by_region', 'region'), ('aging_summary', 'co.company_code')) AS x (name, key) LOOP
                EXECUTE format($query$
                    INSERT INTO expected
                    SELECT %L, %L, %L, concat_ws(' ', co.company_id, %4$s, count(*) FILTER (WHERE is_debit),
                           trim_scale(coalesce(sum(open_amount) FILTER (WHERE is_debit AND days <= 0), 0)),
                           trim_scale(coalesce(sum(open_amount) FILTER (WHERE is_debit AND days BETWEEN 1 AND 30), 0)),
                           trim_scale(coalesce(sum(open_amount) FILTER (WHERE is_debit AND days BETWEEN 31 AND 60), 0)),
                           trim_scale(coalesce(sum(open_amount) FILTER (WHERE is_debit AND days BETWEEN 61 AND 90), 0)),
                           trim_scale(coalesce(sum(open_amount) FILTER (WHERE is_debit AND days > 90), 0)),
                           trim_scale(coalesce(sum(open_amount) FILTER (WHERE NOT is_debit), 0)), trim_scale(coalesce(sum(open_amount), 0)))
                    FROM receivables.company AS co %5$s JOIN fact USING (company_id) GROUP BY co.company_id, %4$s$query$,
                    v.name, d, m, v.key, CASE v.name WHEN 'aging_summary' THEN 'LEFT' ELSE '' END);
            END LOOP;
            DROP TABLE fact;
        END LOOP;
    END LOOP;
END;
$$;
SELECT ok((SELECT count(DISTINCT line) FROM expected WHERE view = v) > 30, v || ': lines to compare')
FROM unnest('{open_item,aging_by_customer,aging_by_salesperson,aging_by_department,aging_by_region,aging_summary,customer_ranking,dso}'::text[]) AS v;
SELECT is_empty(format('SELECT * FROM answer WHERE view = %L EXCEPT ALL SELECT * FROM expected WHERE view = %1$L', v), v || ': no line but what the facts give')
FROM unnest('{open_item,aging_by_customer,aging_by_salesperson,aging_by_department,aging_by_region,aging_summary,customer_ranking,dso}'::text[]) AS v;
SELECT is_empty(format('SELECT * FROM expected WHERE view = %L EXCEPT ALL SELECT * FROM answer WHERE view = %1$L', v), v || ': every line that the facts give')
FROM unnest('{open_item,aging_by_customer,aging_by_salesperson,aging_by_department,aging_by_region,aging_summary,customer_ranking,dso}'::text[]) AS v;

-- Arguments go before the setting ---------------------------------------------
SELECT known_at AS at_1 FROM moment WHERE step = 1 \gset
SELECT known_at AS at_2 FROM moment WHERE step = 2 \gset
SELECT known_at AS at_3 FROM moment WHERE step = 3 \gset
SET LOCAL ar.as_of = '2025-03-14';
SET LOCAL ar.known_at = :'at_2';
SELECT is(sum(open_amount), 150::numeric, 'open_items(): both settings') FROM ar.open_items();
SELECT is(sum(open_amount), 100::numeric, 'open_items(as_of): the setting of the other') FROM ar.open_items('2025-01-19'::date);
SELECT is(sum(open_amount), 100::numeric, 'open_items(known_at): the same') FROM ar.open_items(known_at => :'at_1');
SELECT is(sum(open_amount), (SELECT sum(open_amount) FROM pg_temp.open_at('2025-03-14', NULL)), 'a null argument: all that is known')
FROM ar.open_items(known_at => NULL);
RESET ar.known_at;

-- Kept plans -------------------------------------------------------------------
-- On 14 March 100, 150 and 90 are open at the first moments; what is known now is "now".
SELECT sum(open_amount) AS now FROM pg_temp.open_at('2025-03-14', NULL) \gset
SELECT isnt(:now, 150::numeric, 'what is known now differs from what was known') UNION ALL SELECT isnt(:now, 90::numeric, 'at either moment');
SET LOCAL plan_cache_mode = force_generic_plan;
PREPARE total AS SELECT sum(balance) AS total FROM receivables.aging_summary;
CREATE FUNCTION pg_temp.plpgsql_total() RETURNS numeric LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT sum(balance) FROM receivables.aging_summary);
END;
$$;
CREATE FUNCTION pg_temp.plpgsql_expression() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    IF ar.known_at() IS NULL THEN
        RETURN 'all';
    END IF;
    RETURN ar.known_at();
END;
$$;
CREATE FUNCTION pg_temp.sql_total() RETURNS numeric LANGUAGE sql AS $$
    SELECT sum(balance) FROM receivables.aging_summary
$$;
-- An expression of PL/pgSQL that is kept apart from statements: a cast.
CREATE TYPE pg_temp.clock AS ENUM ('known');
CREATE FUNCTION pg_temp.clock_time(pg_temp.clock) RETURNS timestamptz LANGUAGE sql STABLE RETURN ar.known_at();
CREATE CAST (pg_temp.clock AS timestamptz) WITH FUNCTION pg_temp.clock_time(pg_temp.clock) AS ASSIGNMENT;
CREATE FUNCTION pg_temp.plpgsql_cast() RETURNS timestamptz LANGUAGE plpgsql AS $$
DECLARE
    clock  pg_temp.clock := 'known';
    answer timestamptz;
BEGIN
    answer := clock;
    RETURN answer;
END;
$$;
-- A check kept with its domain.
CREATE DOMAIN pg_temp.of_all AS integer CHECK (ar.known_at() IS NULL);
CREATE DOMAIN pg_temp.of_a_moment AS integer CHECK (ar.known_at() IS NOT NULL);
CREATE FUNCTION pg_temp.domains() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1::pg_temp.of_all;
    BEGIN
        PERFORM 1::pg_temp.of_a_moment;
    EXCEPTION WHEN check_violation THEN
        RETURN 'all';
    END;
    RETURN 'both';
EXCEPTION WHEN check_violation THEN
    PERFORM 1::pg_temp.of_a_moment;
    RETURN 'a moment';
END;
$$;
-- Every kept plan, whatever has been set; expected: the total and the moment.
CREATE FUNCTION pg_temp.kept_plans() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    prepared numeric;
BEGIN
    EXECUTE 'EXECUTE total' INTO prepared;
    RETURN concat_ws(' | ', trim_scale(prepared), trim_scale(pg_temp.plpgsql_total()), trim_scale(pg_temp.sql_total()), pg_temp.plpgsql_expression(),
                     coalesce(pg_temp.plpgsql_cast()::text, 'all'), pg_temp.domains());
END;
$$;
CREATE FUNCTION pg_temp.kept_plans_at(total numeric, known_at text) RETURNS text LANGUAGE sql RETURN
    concat_ws(' | ', trim_scale(total), trim_scale(total), trim_scale(total), coalesce(known_at, 'all'), coalesce(known_at, 'all'),
              CASE WHEN known_at IS NULL THEN 'all' ELSE 'a moment' END);
SELECT is(pg_temp.kept_plans(), pg_temp.kept_plans_at(:now, NULL), 'kept plans: not set');
SELECT is(pg_temp.kept_plans(), pg_temp.kept_plans_at(:now, NULL), 'not set, again');
SET LOCAL ar.known_at = :'at_2';
SELECT is(pg_temp.kept_plans(), pg_temp.kept_plans_at(150, :'at_2'), 'set');
SET LOCAL ar.known_at = :'at_1';
SELECT is(pg_temp.kept_plans(), pg_temp.kept_plans_at(100, :'at_1'), 'set to another moment');
SET LOCAL ar.as_of = '2025-01-09';
SELECT is(pg_temp.kept_plans(), pg_temp.kept_plans_at(0, :'at_1'), 'the other clock set to a day before');
SET LOCAL ar.as_of = '2025-03-14';
SET LOCAL ar.known_at = '';
SELECT is(pg_temp.kept_plans(), pg_temp.kept_plans_at(:now, NULL), 'emptied');
SAVEPOINT set_later;
SET LOCAL ar.known_at = :'at_3';
SELECT is(pg_temp.kept_plans(), pg_temp.kept_plans_at(90, :'at_3'), 'set in a subtransaction');
ROLLBACK TO set_later;
SELECT is(pg_temp.kept_plans(), pg_temp.kept_plans_at(:now, NULL), 'rolled back to not set');
SET LOCAL ar.known_at = :'at_3';
SAVEPOINT reset_later;
RESET ar.known_at;
SELECT is(pg_temp.kept_plans(), pg_temp.kept_plans_at(:now, NULL), 'reset in a subtransaction');
ROLLBACK TO reset_later;
SELECT is(pg_temp.kept_plans(), pg_temp.kept_plans_at(90, :'at_3'), 'rolled back to set');
SELECT set_config('ar.known_at', :'at_2', true) = :'at_2' AS set \gset
SELECT is(pg_temp.kept_plans(), pg_temp.kept_plans_at(150, :'at_2'), 'set by set_config()');
SELECT set_config('ar.known_at', NULL, true) = '' AS set \gset
SELECT is(pg_temp.kept_plans(), pg_temp.kept_plans_at(:now, NULL), 'set to null by set_config()');

-- Set within PL/pgSQL, in a loop and undone by an exception.
CREATE FUNCTION pg_temp.walk(moments text[]) RETURNS numeric[] LANGUAGE plpgsql AS $$
DECLARE
    answer numeric[];
    moment text;
BEGIN
    FOREACH moment IN ARRAY moments LOOP
        PERFORM set_config('ar.known_at', moment, true);
        answer := answer || (SELECT trim_scale(sum(balance)) FROM receivables.aging_summary);
    END LOOP;
    BEGIN
        PERFORM set_config('ar.known_at', '', true);
        RAISE division_by_zero;
    EXCEPTION WHEN division_by_zero THEN
        RETURN answer || (SELECT trim_scale(sum(balance)) FROM receivables.aging_summary);
    END;
END;
$$;
SELECT is(pg_temp.walk(ARRAY['', :'at_1', '', :'at_2', :'at_3']), ARRAY[:now, 100, :now, 150, 90, 90], 'in a loop of PL/pgSQL, with an exception');
RESET ar.known_at;

-- Set for the time of a function.
CREATE FUNCTION pg_temp.total_known(name text) RETURNS numeric LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE FUNCTION pg_temp.sql_known() RETURNS numeric LANGUAGE sql SET ar.known_at = %L AS %L', name,
                   'SELECT sum(balance) FROM receivables.aging_summary');
    EXECUTE format('CREATE FUNCTION pg_temp.plpgsql_known() RETURNS numeric LANGUAGE plpgsql SET ar.known_at = %L AS %L', name,
                   'BEGIN RETURN (SELECT sum(balance) FROM receivables.aging_summary); END');
    RETURN 0;
END;
$$;
SELECT pg_temp.total_known(:'at_2') AS made \gset
SELECT is(ARRAY[pg_temp.plpgsql_total(), pg_temp.sql_known(), pg_temp.plpgsql_known(), pg_temp.plpgsql_total(), pg_temp.sql_known(), pg_temp.plpgsql_total()],
          ARRAY[:now, 150, 150, :now, 150, :now]::numeric[], 'set for a function, and for no other in the query');
SELECT is(ARRAY[pg_temp.plpgsql_known(), pg_temp.plpgsql_total(), pg_temp.plpgsql_known(), pg_temp.plpgsql_total()],
          ARRAY[150, :now, 150, :now]::numeric[], 'and again');

-- A cursor goes on with what was set when it was opened.
DECLARE before CURSOR FOR SELECT balance FROM receivables.aging_by_customer AS a JOIN receivables.company AS co USING (company_id)
    WHERE co.company_code = 'EU' AND a.customer_number = 'C1' UNION ALL SELECT 1;
SET LOCAL ar.known_at = :'at_2';
DECLARE after CURSOR FOR SELECT balance FROM receivables.aging_by_customer;
RESET ar.known_at;
FETCH after \gset after_
SELECT is(:after_balance, 150::numeric, 'a cursor opened when it was set');
SET LOCAL ar.known_at = :'at_2';
FETCH before \gset before_
SELECT is(:before_balance, (SELECT sum(open_amount) FROM pg_temp.open_at('2025-03-14', NULL) JOIN receivables.customer USING (company_id, customer_id)
                            WHERE company_id = :eu AND customer_number = 'C1'), 'a cursor opened before it was set');

-- One query has one moment, whatever is set in the midst of it.
SELECT is(array_agg(ar.known_at()), ARRAY[:'at_2', :'at_2']::timestamptz[], 'set within a query, from the next query on')
FROM (SELECT set_config('ar.known_at', moment, true) FROM unnest(ARRAY[:'at_1', :'at_3']) AS moment OFFSET 0) AS x WHERE set_config IS NOT NULL;
SELECT is(ar.known_at(), :'at_3'::timestamptz, 'the next query');

-- What is no moment is an error when asked, not before.
SET LOCAL ar.known_at = '2026-04-01 09:00';
SELECT is((SELECT count(*) FROM receivables.company), 2::bigint, 'a query that does not ask');
SELECT throws_ok('EXECUTE total', '22007', 'invalid value for setting ar.known_at: "2026-04-01 09:00"', 'a prepared query that asks');
SELECT throws_ok('SELECT pg_temp.plpgsql_total()', '22007', NULL, 'a function that asks');
SELECT throws_ok('SELECT * FROM receivables.open_item', '22007', NULL, 'a view');
SELECT throws_ok('SELECT ar.known_at()', '22007', NULL, 'the function');
SET LOCAL ar.known_at = :'at_2';
SELECT is(pg_temp.kept_plans(), pg_temp.kept_plans_at(150, :'at_2'), 'a valid moment heals it');
RESET ar.known_at;
SELECT is(pg_temp.kept_plans(), pg_temp.kept_plans_at(:now, NULL), 'reset: all that is known');

SELECT * FROM finish();
ROLLBACK;
