-- Days sales outstanding month by month ----------------------------------------------

CREATE FUNCTION ar.dso_trend(company_id bigint, months integer DEFAULT 24, as_of date DEFAULT ar.as_of(),
                             dimension text DEFAULT NULL, known_at timestamptz DEFAULT ar.known_at())
    RETURNS TABLE (value text, month date, month_end date, days integer,
                   opening_receivables numeric, receivables numeric, overdue numeric, credit_sales numeric,
                   standard_dso numeric, rolling_dso numeric, trailing_year_dso numeric, average_balance_dso numeric,
                   countback_month_dso numeric, countback_month_truncated boolean,
                   best_possible_dso numeric, average_days_delinquent numeric,
                   receivables_turnover numeric, collection_effectiveness numeric)
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    minor_units CONSTANT integer := ar.company_minor_units(company_id);
    -- The first days of the months, those before the first that are looked back at too: a date has the number of its month
    -- by width_bucket(), and what is after as_of that of the day after, which ends the list. last is the number of the month
    -- before the first.
    last        CONSTANT integer := 35;
    starts      date[];
BEGIN
    IF as_of IS NULL OR NOT isfinite(as_of) OR months IS NULL OR months NOT BETWEEN 1 AND 1200 THEN
        RAISE EXCEPTION 'cannot show % months up to %', coalesce(months::text, 'null'), coalesce(as_of::text, 'null')
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Ask for 1 to 1200 months.';
    END IF;
    SELECT array_agg((date_trunc('month', as_of::timestamp) - make_interval(months => n))::date ORDER BY n DESC) || (as_of + 1) INTO starts
    FROM generate_series(0, months - 1 + last) AS n;
    RETURN QUERY EXECUTE format($query$
        WITH item AS MATERIALIZED (
            -- What was open at the end of the month before, or came later, by the months when it came, fell overdue and was
            -- settled. Settled on one day, as most are, the item itself knows how much; others are looked up one by one.
            SELECT %1$s AS value, x.is_debit, x.opened, x.overdue, x.settled, x.settled_overdue, x.item_id, x.due_on,
                   sum(x.amount) AS amount, sum(x.applied) AS applied
            FROM (
                SELECT i.customer_id, i.currency, i.is_debit,
                       width_bucket(i.effective_on, $4) AS opened,
                       width_bucket(greatest(i.effective_on, i.due_on + 1), $4) AS overdue,
                       CASE WHEN s.simple THEN width_bucket(i.last_applied_on, $4) END AS settled,
                       CASE WHEN s.simple THEN width_bucket(greatest(i.last_applied_on, i.due_on + 1), $4) END AS settled_overdue,
                       CASE WHEN NOT s.simple THEN i.item_id END AS item_id,
                       CASE WHEN NOT s.simple THEN i.due_on END AS due_on,
                       CASE WHEN s.simple THEN i.open_company_amount + s.applied ELSE i.open_company_amount END AS amount,
                       CASE WHEN s.simple THEN s.applied END AS applied
                FROM receivables.item AS i
                CROSS JOIN LATERAL (SELECT i.applied_before_on = '-infinity' AND NOT i.reopened
                                           AND ($3 IS NULL OR i.last_applied_at <= $3) AS simple,
                                           CASE WHEN i.is_debit THEN i.last_applied_company_amount
                                                ELSE -i.last_applied_company_amount END AS applied) AS s
                WHERE i.company_id = $1 AND i.effective_on <= $2
                  AND (i.closed_on >= $4[$6 + 1] OR ($3 IS NOT NULL AND i.last_applied_at > $3))
                  AND ($3 IS NULL OR i.recorded_at <= $3)) AS x %2$s
            GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
        ), application AS MATERIALIZED (
            SELECT i.value, i.opened, i.is_debit, i.overdue, width_bucket(a.effective_on, $4) AS settled,
                   width_bucket(greatest(a.effective_on, i.due_on + 1), $4) AS settled_overdue,
                   CASE WHEN i.is_debit THEN a.company_amount ELSE -a.company_amount END AS applied,
                   a.effective_on <= $2 AND ($3 IS NULL OR a.recorded_at <= $3) AS counts
            FROM item AS i
            CROSS JOIN LATERAL (
                SELECT d.effective_on, d.recorded_at, d.company_amount FROM receivables.application AS d
                WHERE d.company_id = $1 AND d.debit_item_id = i.item_id AND i.is_debit
                UNION ALL
                SELECT c.effective_on, c.recorded_at, c.company_amount FROM receivables.application AS c
                WHERE c.company_id = $1 AND c.credit_item_id = i.item_id AND NOT i.is_debit) AS a
            WHERE i.item_id IS NOT NULL
        ), sales AS MATERIALIZED (
            SELECT %1$s AS value, width_bucket(x.document_date, $4) AS m,
                   sum(CASE x.kind WHEN 'invoice' THEN x.company_amount ELSE -x.company_amount END) AS sales
            FROM receivables.document AS x %2$s
            WHERE x.company_id = $1 AND x.kind IN ('invoice', 'credit_note')
              AND x.document_date >= $4[1] AND x.document_date <= $2 AND ($3 IS NULL OR x.recorded_at <= $3)
            GROUP BY 1, 2
        ), change (value, m, balance, overdue, sales) AS (
            SELECT i.value, v.m, v.balance, v.overdue, NULL::numeric
            FROM item AS i
            CROSS JOIN LATERAL (VALUES (i.opened, i.amount, NULL::numeric), (i.overdue, NULL, i.amount),
                                       (i.settled, -i.applied, NULL), (i.settled_overdue, NULL, -i.applied)) AS v (m, balance, overdue)
            WHERE v.m IS NOT NULL AND (v.overdue IS NULL OR i.is_debit)
            UNION ALL
            SELECT a.value, v.m, v.balance, v.overdue, NULL
            FROM application AS a
            CROSS JOIN LATERAL (VALUES (a.opened, a.applied, NULL::numeric, true), (a.overdue, NULL, a.applied, true),
                                       (a.settled, -a.applied, NULL, a.counts), (a.settled_overdue, NULL, -a.applied, a.counts))
                       AS v (m, balance, overdue, counts)
            WHERE v.counts AND (v.overdue IS NULL OR a.is_debit)
            UNION ALL
            SELECT s.value, s.m, NULL, NULL, s.sales FROM sales AS s
            UNION ALL
            -- A company is a line, whatever it has.
            SELECT NULL, 1, NULL, NULL, NULL WHERE %3$L
        ), cell AS (
            SELECT c.value, c.m, coalesce(sum(c.balance), 0) AS balance, coalesce(sum(c.overdue), 0) AS overdue,
                   coalesce(sum(c.sales), 0) AS sales
            FROM (-- What counted before all of them counts in the first.
                  SELECT c.value, greatest(c.m, 1) AS m, c.balance, c.overdue, c.sales FROM change AS c
                  UNION ALL
                  SELECT k.value, g.m, NULL, NULL, NULL
                  FROM (SELECT DISTINCT c.value FROM change AS c) AS k CROSS JOIN generate_series(1, cardinality($4) - 1) AS g (m)) AS c
            GROUP BY c.value, c.m
        ), line AS (
            SELECT c.value, c.m, d.start, d.finish, d.days, c.sales,
                   sum(c.balance) OVER up_to AS receivables, sum(c.overdue) OVER up_to AS overdue,
                   sum(c.balance) OVER up_to - c.balance AS opening,
                   sum(c.sales) OVER (up_to ROWS 2 PRECEDING) AS sales_3, sum(d.days) OVER (up_to ROWS 2 PRECEDING)::integer AS days_3,
                   sum(c.sales) OVER (up_to ROWS 11 PRECEDING) AS sales_12, sum(d.days) OVER (up_to ROWS 11 PRECEDING)::integer AS days_12,
                   array_agg(c.sales) OVER back AS sales_back, array_agg(d.days) OVER back AS days_back
            FROM cell AS c
            CROSS JOIN LATERAL (
                SELECT $4[c.m] AS start, $4[c.m + 1] - 1 AS finish, $4[c.m + 1] - $4[c.m] AS days) AS d
            WHERE c.m < cardinality($4)
            WINDOW up_to AS (PARTITION BY c.value ORDER BY c.m),
                   back AS (PARTITION BY c.value ORDER BY c.m DESC ROWS BETWEEN CURRENT ROW AND 35 FOLLOWING)
        )
        SELECT l.value, l.start, l.finish, l.days, round(l.opening, $5), round(l.receivables, $5), round(l.overdue, $5), round(l.sales, $5),
               round(ar.dso(l.receivables, l.sales, l.days), 2), round(ar.dso(l.receivables, l.sales_3, l.days_3), 2),
               round(ar.trailing_year_dso(l.receivables, l.sales_12, l.days_12), 2),
               round(ar.average_balance_dso(l.opening, l.receivables, l.sales, l.days), 2), round(b.dso, 2), b.truncated,
               round(ar.best_possible_dso(l.receivables - l.overdue, l.sales, l.days), 2),
               round(ar.average_days_delinquent(l.overdue, l.sales, l.days), 2),
               round(ar.receivables_turnover(l.sales, l.opening, l.receivables), 6),
               round(ar.collection_effectiveness(l.opening, l.sales, l.receivables, l.receivables - l.overdue), 2)
        FROM line AS l
        CROSS JOIN LATERAL ar.dso_countback(l.receivables, l.sales_back, l.days_back) AS b
        WHERE l.m > $6
        ORDER BY l.value, l.m
        $query$, ar.dso_group(dimension), ar.dso_owners(dimension, '$2', '$3'), dimension IS NULL)
    USING company_id, as_of, known_at, starts, minor_units, last;
END;
$function$;
COMMENT ON FUNCTION ar.dso_trend(bigint, integer, date, text, timestamptz) IS
'Days sales outstanding of a company month by month, the last month as far as it has elapsed on as_of: one line for each month and value of dimension as in ar.dso_by, with the owners of as_of for all months. Each month is a period of its own; rolling_dso is of three and trailing_year_dso of twelve calendar months, the countback looks back 36. The books are read once for all months. Columns, units and nulls as those of ar.dso_by. Errors: 22023 for another dimension or other than 1 to 1200 months, 23503 for an unknown company.';
