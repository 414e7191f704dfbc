-- Reports of any date and any time of entry against plain SQL over items and applications, on random postings.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset

SELECT ar.create_company('EU', 'Europe', 'EUR') > 0 AND ar.create_company('JP', 'Japan', 'JPY') > 0 AS made \gset
-- Customer numbers are the same in both companies, which must not mix them up.
INSERT INTO receivables.customer (company_id, customer_number, name, salesperson, department, region)
SELECT co.company_id, 'C' || n, 'Customer ' || n, CASE WHEN n % 4 > 0 THEN 'Salesperson ' || n % 4 END,
       CASE WHEN n % 3 > 0 THEN 'Department ' || n % 3 END, CASE WHEN n % 5 > 0 THEN 'Region ' || n % 5 END
FROM receivables.company AS co, generate_series(1, 9) AS n;

-- A book entered in no order of its dates: invoices, payments, credit notes, applications, reversals.
CREATE TEMP TABLE moment (known_at timestamptz);
CREATE TEMP TABLE refused (sqlstate text);
DO $$
DECLARE
    company record;
    pair    record;
    number  text;
    today   date;
    amount  numeric;
    event   float8;
BEGIN
    PERFORM setseed(0.42);
    FOR n IN 1 .. 1500 LOOP
        SELECT c.company_id, u.minor_units, 'C' || 1 + floor(random() * 8)::integer AS customer_number INTO company
        FROM receivables.company AS c JOIN receivables.currency AS u USING (currency)
        ORDER BY hashint8extended(c.company_id, n) LIMIT 1;
        today := date '2025-01-01' + floor(random() * 150)::integer;
        amount := round((1 + random() * 500)::numeric, company.minor_units);
        number := n::text;
        event := random();
        BEGIN
            IF event < 0.25 THEN
                PERFORM ar.post_invoice(company.company_id, company.customer_number, number, today,
                                        today + floor(random() * 60)::integer, amount);
            ELSIF event < 0.38 THEN
                PERFORM ar.post_payment(company.company_id, company.customer_number, number, today, amount * 2);
            ELSIF event < 0.42 THEN
                PERFORM ar.post_credit_note(company.company_id, company.customer_number, number, today, amount);
            ELSIF event < 0.80 THEN
                SELECT d.item_id AS debit, c.item_id AS credit, greatest(d.effective_on, c.effective_on) AS earliest,
                       least(d.open_amount, -c.open_amount) AS most INTO pair
                FROM receivables.item AS d
                JOIN receivables.item AS c ON c.company_id = d.company_id AND c.customer_id = d.customer_id AND c.open_amount < 0
                WHERE d.company_id = company.company_id AND d.open_amount > 0
                ORDER BY hashint8extended(d.item_id * 100000 + c.item_id, n) LIMIT 1;
                CONTINUE WHEN NOT FOUND;
                PERFORM ar.apply(company.company_id, pair.credit, pair.debit,
                                 CASE WHEN random() < 0.6 THEN pair.most
                                      ELSE greatest(round(pair.most / 3, company.minor_units), 1) END,
                                 pair.earliest + floor(random() * 30)::integer);
            ELSE
                PERFORM ar.reverse_application(a.company_id, a.application_id, a.effective_on + floor(random() * 40)::integer, 'wrong invoice')
                FROM (SELECT * FROM receivables.application AS x
                      WHERE x.company_id = company.company_id AND x.amount > 0
                      ORDER BY hashint8extended(x.application_id, n) LIMIT 1) AS a;
            END IF;
        EXCEPTION
            WHEN check_violation OR unique_violation THEN
                INSERT INTO refused VALUES (SQLSTATE);
        END;
        IF n % 125 = 0 THEN
            INSERT INTO moment VALUES (clock_timestamp());
        END IF;
    END LOOP;
END;
$$;
SELECT ok(count(*) FILTER (WHERE amount > 0) > 150 AND count(*) FILTER (WHERE amount < 0) > 50, 'many applications and reversals') FROM receivables.application;
SELECT ok(count(*) FILTER (WHERE reopened) > 20 AND count(*) FILTER (WHERE reopened AND open_amount = 0) > 3
          AND count(*) FILTER (WHERE open_amount = 0) > 50, 'items of every state') FROM receivables.item;
SELECT ok((SELECT count(*) FROM refused WHERE sqlstate = '23514') > 0, 'some postings were refused');
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');

-- What was open, from the facts alone.
CREATE FUNCTION pg_temp.truth(as_of date, known timestamptz)
    RETURNS TABLE (company_id bigint, item_id bigint, customer_id bigint, due_on date, is_debit boolean, amount numeric, open_amount numeric)
    LANGUAGE sql AS $$
    SELECT i.company_id, i.item_id, i.customer_id, i.due_on, i.amount > 0, i.amount, i.amount - sign(i.amount) * coalesce(m.applied, 0)
    FROM receivables.item AS i
    LEFT JOIN (SELECT a.company_id, x.item_id, sum(a.amount) AS applied
               FROM receivables.application AS a, LATERAL (VALUES (a.debit_item_id), (a.credit_item_id)) AS x (item_id)
               WHERE a.effective_on <= truth.as_of AND (known IS NULL OR a.recorded_at <= known)
               GROUP BY a.company_id, x.item_id) AS m ON m.company_id = i.company_id AND m.item_id = i.item_id
    WHERE i.effective_on <= truth.as_of AND (known IS NULL OR i.recorded_at <= known)
      AND abs(i.amount) <> coalesce(m.applied, 0)
$$;
CREATE TEMP TABLE question AS
SELECT d::date AS as_of, m.known_at
FROM generate_series(timestamp '2024-12-31', '2025-07-31', '3 days') AS d,
     (SELECT known_at FROM moment UNION ALL SELECT NULL UNION ALL VALUES ('infinity'::timestamptz), ('-infinity')) AS m;
CREATE TEMP TABLE answered AS
SELECT q.as_of, q.known_at, o.company_id, o.item_id, o.customer_id, o.due_on, o.is_debit, o.amount, o.open_amount
FROM question AS q, ar.open_items(q.as_of, q.known_at) AS o;
CREATE TEMP TABLE expected AS
SELECT q.as_of, q.known_at, o.* FROM question AS q, pg_temp.truth(q.as_of, q.known_at) AS o;
SELECT is((SELECT count(*) > 5000 FROM expected), true, 'many open items at many dates and times of entry');
SELECT is_empty('SELECT * FROM answered EXCEPT ALL SELECT * FROM expected', 'no item is reported open that was not');
SELECT is_empty('SELECT * FROM expected EXCEPT ALL SELECT * FROM answered', 'no item that was open is left out');
SELECT is_empty($$SELECT open_amount FROM answered WHERE sign(open_amount) <> sign(amount) OR abs(open_amount) > abs(amount)$$,
                'at no date is more applied than the item');
SELECT is_empty($$
    SELECT a.as_of FROM question AS q
    JOIN answered AS a ON a.as_of = q.as_of AND a.known_at IS NULL AND q.known_at = 'infinity'
    WHERE NOT EXISTS (SELECT FROM answered AS b WHERE b.as_of = a.as_of AND b.known_at = 'infinity' AND b.item_id = a.item_id
                                                  AND b.company_id = a.company_id AND b.open_amount = a.open_amount)$$,
    'known at any time is what is known now');
-- What can be applied from a date on is the least that is open then or at any day after.
SELECT is_empty($$
    SELECT i.company_id, i.item_id, d.as_of, (ar.open_from(i.company_id, i.item_id, d.as_of)).amount, least_open.amount
    FROM receivables.item AS i
    CROSS JOIN (SELECT DISTINCT as_of FROM question WHERE as_of > '2025-01-01' LIMIT 12) AS d
    CROSS JOIN LATERAL (SELECT min(abs(i.amount) - coalesce((SELECT sum(a.amount) FROM receivables.application AS a
                                                              WHERE a.company_id = i.company_id AND i.item_id IN (a.debit_item_id, a.credit_item_id)
                                                                AND a.effective_on <= day.day), 0)) AS amount
                        FROM (SELECT d.as_of AS day UNION ALL
                              SELECT a.effective_on FROM receivables.application AS a WHERE a.company_id = i.company_id AND a.effective_on > d.as_of) AS day) AS least_open
    WHERE i.reopened AND i.item_id % 4 = 0
      AND (ar.open_from(i.company_id, i.item_id, d.as_of)).amount IS DISTINCT FROM least_open.amount$$, 'what can be applied from a date on');
-- Posted now, it changes no report of what was known before.
SELECT lives_ok($$SELECT ar.post_invoice(company_id, 'C1', 'late', '2025-01-02', '2025-01-02', 1) FROM receivables.company$$, 'posting an invoice of January');
SELECT is_empty($$SELECT q.as_of, q.known_at, o.item_id, o.open_amount FROM question AS q, ar.open_items(q.as_of, q.known_at) AS o WHERE q.known_at < 'infinity'
                  EXCEPT SELECT as_of, known_at, item_id, open_amount FROM answered$$, 'reports as they were made are repeated after later postings');
SELECT is((SELECT count(*) FROM ar.open_items('2025-01-31') AS o JOIN receivables.document AS d USING (company_id, document_id)
           WHERE d.document_number = 'late'), 2::bigint, 'while today''s view of January has them');

-- Defaults: of the day ar.as_of() says, with all that is known.
SET LOCAL ar.as_of = '2025-03-15';
SELECT is_empty($$(SELECT item_id, open_amount FROM ar.open_items() EXCEPT SELECT item_id, open_amount FROM ar.open_items('2025-03-15', NULL))
                  UNION ALL (SELECT item_id, open_amount FROM ar.open_items('2025-03-15', NULL) EXCEPT SELECT item_id, open_amount FROM ar.open_items())$$,
                'open items by default are those at ar.as_of()');
SELECT results_eq($$SELECT company_id, item_id, customer_number, document_number, kind, days_past_due, open_amount, as_of FROM receivables.open_item ORDER BY 1, 2$$,
    $$SELECT t.company_id, t.item_id, c.customer_number, d.document_number, d.kind,
             CASE WHEN t.amount > 0 THEN date '2025-03-15' - t.due_on END, t.open_amount, date '2025-03-15'
      FROM pg_temp.truth('2025-03-15', NULL) AS t
      JOIN receivables.customer AS c USING (company_id, customer_id)
      JOIN receivables.item AS i USING (company_id, item_id)
      JOIN receivables.document AS d ON d.company_id = i.company_id AND d.document_id = i.document_id ORDER BY 1, 2$$,
    'view open_item');

-- The ageing views at many dates, each line as text so that decimals count.
CREATE TEMP TABLE day AS SELECT d::date AS as_of FROM generate_series(timestamp '2024-12-31', '2025-07-31', '10 days') AS d;
CREATE TEMP TABLE line (view text, as_of date, company_id bigint, key text, customers bigint, items bigint, amounts text,
                        unapplied text, balance text, overdue text, overdue_rate text, days text);
CREATE TEMP TABLE report (LIKE line);
CREATE TEMP TABLE ranked (as_of date, company_id bigint, customer_number text, rank bigint, balance numeric, share numeric, cumulative numeric);
CREATE TEMP TABLE dso AS SELECT * FROM receivables.dso WITH NO DATA;
DO $$
DECLARE
    question date;
    v        record;
BEGIN
    FOR question IN SELECT as_of FROM day LOOP
        PERFORM set_config('ar.as_of', question::text, true);
        FOR v IN SELECT * FROM (VALUES ('aging_by_customer', 'customer_id::text', '1'), ('aging_by_salesperson', 'salesperson', 'customer_count'),
                                       ('aging_by_department', 'department', 'customer_count'), ('aging_by_region', 'region', 'customer_count'),
                                       ('aging_summary', 'company_code', 'customer_count')) AS x (name, key, customers) LOOP
            EXECUTE format('INSERT INTO report SELECT %L, as_of, company_id, %s, %s, item_count,
                                ARRAY[not_due, days_1_30, days_31_60, days_61_90, days_over_90]::text, unapplied_amount, balance, overdue,
                                overdue_rate, average_days_past_due FROM receivables.%I', v.name, v.key, v.customers, v.name);
        END LOOP;
        INSERT INTO ranked SELECT as_of, company_id, customer_number, rank, balance, share, cumulative_share FROM receivables.customer_ranking;
        INSERT INTO dso SELECT * FROM receivables.dso;
    END LOOP;
    FOR v IN SELECT * FROM (VALUES ('aging_by_customer', 'c.customer_id::text'), ('aging_by_salesperson', 'c.salesperson'),
                                   ('aging_by_department', 'c.department'), ('aging_by_region', 'c.region'),
                                   ('aging_summary', 'co.company_code')) AS x (name, key) LOOP
        EXECUTE format($query$
            INSERT INTO line
            SELECT %L, d.as_of, co.company_id, %s, count(DISTINCT c.customer_id), count(t.item_id) FILTER (WHERE t.amount > 0),
                   ARRAY[round(coalesce(sum(t.open_amount) FILTER (WHERE t.amount > 0 AND d.as_of - t.due_on <= 0), 0), u.minor_units),
                         round(coalesce(sum(t.open_amount) FILTER (WHERE t.amount > 0 AND d.as_of - t.due_on BETWEEN 1 AND 30), 0), u.minor_units),
                         round(coalesce(sum(t.open_amount) FILTER (WHERE t.amount > 0 AND d.as_of - t.due_on BETWEEN 31 AND 60), 0), u.minor_units),
                         round(coalesce(sum(t.open_amount) FILTER (WHERE t.amount > 0 AND d.as_of - t.due_on BETWEEN 61 AND 90), 0), u.minor_units),
                         round(coalesce(sum(t.open_amount) FILTER (WHERE t.amount > 0 AND d.as_of - t.due_on > 90), 0), u.minor_units)]::text,
                   round(coalesce(sum(t.open_amount) FILTER (WHERE t.amount < 0), 0), u.minor_units),
                   round(coalesce(sum(t.open_amount), 0), u.minor_units),
                   round(coalesce(sum(t.open_amount) FILTER (WHERE t.amount > 0 AND t.due_on < d.as_of), 0), u.minor_units),
                   round(coalesce(sum(t.open_amount) FILTER (WHERE t.amount > 0 AND t.due_on < d.as_of), 0)
                         / sum(t.open_amount) FILTER (WHERE t.amount > 0), 6),
                   round(sum(t.open_amount * (d.as_of - t.due_on)) FILTER (WHERE t.amount > 0 AND t.due_on < d.as_of)
                         / sum(t.open_amount) FILTER (WHERE t.amount > 0 AND t.due_on < d.as_of), 2)
            FROM day AS d
            CROSS JOIN receivables.company AS co
            JOIN receivables.currency AS u USING (currency)
            %s JOIN LATERAL pg_temp.truth(d.as_of, NULL) AS t ON t.company_id = co.company_id
            LEFT JOIN receivables.customer AS c ON c.company_id = t.company_id AND c.customer_id = t.customer_id
            GROUP BY d.as_of, co.company_id, u.minor_units, %s$query$,
            v.name, v.key, CASE v.name WHEN 'aging_summary' THEN 'LEFT' ELSE '' END, v.key);
    END LOOP;
END;
$$;
SELECT cmp_ok((SELECT count(*) FROM line WHERE line.view = v), '>', 20::bigint, v || ': lines to compare')
FROM unnest('{aging_by_customer,aging_by_salesperson,aging_by_department,aging_by_region,aging_summary}'::text[]) AS v;
SELECT is_empty(format('SELECT * FROM report WHERE view = %L EXCEPT ALL SELECT * FROM line WHERE view = %1$L', v), v || ': no line but what plain SQL gives')
FROM unnest('{aging_by_customer,aging_by_salesperson,aging_by_department,aging_by_region,aging_summary}'::text[]) AS v;
SELECT is_empty(format('SELECT * FROM line WHERE view = %L EXCEPT ALL SELECT * FROM report WHERE view = %1$L', v), v || ': every line that plain SQL gives')
FROM unnest('{aging_by_customer,aging_by_salesperson,aging_by_department,aging_by_region,aging_summary}'::text[]) AS v;
SELECT is_empty($$SELECT * FROM report AS r
                  WHERE (SELECT sum(a) FROM unnest(r.amounts::numeric[]) AS a) + r.unapplied::numeric <> r.balance::numeric$$,
                'five buckets and unapplied are the balance, in every view at every date');
SELECT is_empty($$SELECT as_of, company_id, count(DISTINCT total) FROM (
                      SELECT view, as_of, company_id, sum(balance::numeric) AS total FROM report GROUP BY view, as_of, company_id) AS x
                  GROUP BY as_of, company_id HAVING count(DISTINCT total) > 1$$, 'every view comes to the same balance');
SELECT is_empty($$SELECT as_of, company_id, balance FROM report WHERE view = 'aging_summary' AND balance::numeric <>
                      (SELECT coalesce(sum(amount) FILTER (WHERE kind = 'invoice'), 0) - coalesce(sum(amount) FILTER (WHERE kind <> 'invoice'), 0)
                       FROM receivables.document AS d WHERE d.company_id = report.company_id AND d.document_date <= report.as_of)$$,
                'the balance is what was billed less what was credited and paid');

-- Ranking
SELECT is_empty($$
    SELECT * FROM ranked AS r
    JOIN (SELECT l.as_of, l.company_id, l.balance::numeric AS balance, c.customer_number FROM line AS l
          JOIN receivables.customer AS c ON c.company_id = l.company_id AND c.customer_id::text = l.key WHERE l.view = 'aging_by_customer') AS me
      ON me.as_of = r.as_of AND me.company_id = r.company_id AND me.customer_number = r.customer_number
    CROSS JOIN LATERAL (
        SELECT 1 + count(*) FILTER (WHERE o.balance::numeric > me.balance) AS rank,
               CASE WHEN me.balance > 0 THEN round(me.balance / sum(o.balance::numeric) FILTER (WHERE o.balance::numeric > 0), 6) END AS share,
               CASE WHEN me.balance > 0 THEN round(sum(o.balance::numeric) FILTER (WHERE o.balance::numeric >= me.balance)
                                                   / sum(o.balance::numeric) FILTER (WHERE o.balance::numeric > 0), 6) END AS cumulative
        FROM line AS o WHERE o.view = 'aging_by_customer' AND o.as_of = r.as_of AND o.company_id = r.company_id) AS e
    WHERE (r.rank, r.balance, r.share, r.cumulative) IS DISTINCT FROM (e.rank, me.balance, e.share, e.cumulative)$$, 'customer_ranking at every date');
SELECT is((SELECT count(*) FROM ranked), (SELECT count(*) FROM line WHERE view = 'aging_by_customer'), 'customer_ranking has every customer');

-- DSO
SELECT is_empty($$
    SELECT * FROM dso AS d
    JOIN line AS l ON l.view = 'aging_summary' AND l.as_of = d.as_of AND l.company_id = d.company_id
    CROSS JOIN LATERAL (SELECT coalesce(sum(CASE kind WHEN 'invoice' THEN amount WHEN 'credit_note' THEN -amount END), 0) AS sales
                        FROM receivables.document AS x
                        WHERE x.company_id = d.company_id AND x.document_date BETWEEN d.as_of - 89 AND d.as_of) AS s
    WHERE (d.period_days, d.receivables, d.overdue, d.credit_sales, d.standard_dso, d.best_possible_dso, d.average_days_delinquent) IS DISTINCT FROM
          (90, l.balance::numeric, l.overdue::numeric, s.sales,
           CASE WHEN s.sales > 0 THEN round(l.balance::numeric * 90 / s.sales, 2) END,
           CASE WHEN s.sales > 0 THEN round((l.balance::numeric - l.overdue::numeric) * 90 / s.sales, 2) END,
           CASE WHEN s.sales > 0 THEN round(l.overdue::numeric * 90 / s.sales, 2) END)$$, 'dso at every date');
SELECT is((SELECT count(*) FROM dso), (SELECT count(*) * 2 FROM day), 'dso has a line for every company');

SELECT * FROM finish();
ROLLBACK;
