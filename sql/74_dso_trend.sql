-- Days sales outstanding month by month ----------------------------------------------

-- Few groups come of many items, which the planner cannot know: it would sort them.
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
        WITH late AS MATERIALIZED (
            -- Debits that were overdue at some time, by the months when they fell overdue and were settled. Settled on one day,
            -- as most are, the item itself knows how much; others are looked up one by one.
            SELECT %1$s AS value, x.overdue, x.settled, x.item_id, x.due_on, sum(x.amount) AS amount, sum(x.applied) AS applied
            FROM (
                SELECT i.customer_id, i.currency, i.company_amount AS amount,
                       width_bucket(greatest(i.effective_on, i.due_on + 1), $4) AS overdue,
                       CASE WHEN s.simple THEN width_bucket(greatest(i.last_applied_on, i.due_on + 1), $4) END AS settled,
                       CASE WHEN s.simple THEN i.last_applied_company_amount END AS applied,
                       CASE WHEN NOT s.simple THEN i.item_id END AS item_id,
                       CASE WHEN NOT s.simple THEN i.due_on END AS due_on
                FROM receivables.item AS i
                CROSS JOIN LATERAL (SELECT i.applied_before_on = '-infinity' AND NOT i.reopened
                                           AND ($3 IS NULL OR i.last_applied_at <= $3) AS simple) AS s
                WHERE i.company_id = $1 AND i.is_debit AND i.effective_on <= $2 AND i.due_on < $2
                  AND (i.closed_on >= $4[$6 + 1] AND i.closed_on > i.due_on + 1
                       OR ($3 IS NOT NULL AND i.last_applied_at > $3))
                  AND ($3 IS NULL OR i.recorded_at <= $3)) AS x %2$s
            GROUP BY 1, 2, 3, 4, 5
        ), document AS MATERIALIZED (
            -- What documents add to the balance; applications leave it as it is, because both of their items lose the same.
            SELECT %1$s AS value, width_bucket(x.document_date, $4) AS m,
                   sum(CASE x.kind WHEN 'invoice' THEN x.company_amount ELSE -x.company_amount END)
                       FILTER (WHERE x.kind IN ('invoice', 'credit_note')) AS sales,
                   sum(CASE WHEN x.kind IN ('credit_note', 'payment', 'deposit', 'write_off') THEN -x.company_amount
                            ELSE x.company_amount END) FILTER (WHERE x.document_date >= $4[$6 + 1]) AS balance
            FROM receivables.document AS x %2$s
            WHERE x.company_id = $1 AND x.document_date >= $4[1] AND x.document_date <= $2 AND ($3 IS NULL OR x.recorded_at <= $3)
            GROUP BY 1, 2
        ), change (value, m, balance, overdue, sales) AS (
            SELECT %1$s, $6, sum(x.open_company_amount), NULL::numeric, NULL::numeric
            FROM ar.open_items($4[$6 + 1] - 1, $3) AS x %2$s
            WHERE x.company_id = $1
            GROUP BY 1
            UNION ALL
            SELECT d.value, d.m, d.balance, NULL, d.sales FROM document AS d
            UNION ALL
            SELECT l.value, v.m, NULL, v.overdue, NULL
            FROM late AS l CROSS JOIN LATERAL (VALUES (l.overdue, l.amount), (l.settled, -l.applied)) AS v (m, overdue)
            WHERE v.m IS NOT NULL
            UNION ALL
            SELECT l.value, width_bucket(greatest(a.effective_on, l.due_on + 1), $4), NULL, -a.company_amount, NULL
            FROM late AS l
            JOIN receivables.application AS a ON a.company_id = $1 AND a.debit_item_id = l.item_id
            WHERE a.effective_on <= $2 AND ($3 IS NULL OR a.recorded_at <= $3)
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
                   array_agg(c.sales) OVER (PARTITION BY c.value ORDER BY c.m DESC
                                            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS all_sales
            FROM cell AS c
            CROSS JOIN LATERAL (
                SELECT $4[c.m] AS start, $4[c.m + 1] - 1 AS finish, $4[c.m + 1] - $4[c.m] AS days) AS d
            WHERE c.m < cardinality($4)
            WINDOW up_to AS (PARTITION BY c.value ORDER BY c.m)
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
        CROSS JOIN LATERAL ar.dso_countback_by_month(l.receivables, l.finish, $7, l.all_sales) AS b
        WHERE l.m > $6
        ORDER BY l.value, l.m
        $query$, ar.dso_group(dimension), ar.dso_owners(dimension, '$2', '$3'), dimension IS NULL)
    USING company_id, as_of, known_at, starts, minor_units, last,
          (SELECT array_agg(s.start ORDER BY s.start DESC) FROM unnest(starts[: cardinality(starts) - 1]) AS s (start));
END;
$function$;
COMMENT ON FUNCTION ar.dso_trend(bigint, integer, date, text, timestamptz) IS
'Days sales outstanding of a company month by month, the last month as far as it has elapsed on as_of: one line for each month and value of dimension as in ar.dso_by, with the owners of as_of for all months. Each month is a period of its own; rolling_dso is of three and trailing_year_dso of twelve calendar months, the countback looks back 36. The books are read once for all months. Columns, units and nulls as those of ar.dso_by. Errors: 22023 for another dimension or other than 1 to 1200 months, 23503 for an unknown company.';
