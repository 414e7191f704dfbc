-- Days sales outstanding of the books ---------------------------------------------

CREATE FUNCTION ar.dso_group(dimension text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF dimension NOT IN ('customer', 'salesperson', 'department', 'region', 'currency') THEN
        RAISE EXCEPTION 'cannot report by %', dimension
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Report by customer, salesperson, department, region or currency, or null for the company as one.';
    END IF;
    RETURN CASE WHEN dimension IS NULL THEN 'NULL::text' WHEN dimension = 'currency' THEN 'x.currency' ELSE 'w.value' END;
END;
$$;
COMMENT ON FUNCTION ar.dso_group(text) IS
'The expression by which ar.dso_by and ar.dso_trend group rows of alias x. Error 22023 for another dimension.';

CREATE FUNCTION ar.dso_owners(dimension text, as_of text, known_at text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE
        WHEN dimension = 'customer' THEN
            'JOIN (SELECT c.customer_id, c.customer_number AS value FROM receivables.customer AS c WHERE c.company_id = $1) AS w'
            ' ON w.customer_id = x.customer_id'
        WHEN dimension IN ('salesperson', 'department', 'region') THEN
            format('LEFT JOIN (SELECT o.customer_id, o.%I AS value FROM ar.owner_periods(%s) AS o'
                   ' WHERE o.company_id = $1 AND o.valid_from <= %s AND o.valid_to > %s) AS w'
                   ' ON w.customer_id = x.customer_id', dimension, known_at, as_of, as_of)
        ELSE '' END;
END;
COMMENT ON FUNCTION ar.dso_owners(text, text, text) IS
'What ar.dso_by and ar.dso_trend join to rows of alias x, to know whose they are: as_of and known_at are the names of those parameters.';

CREATE FUNCTION ar.dso_by(company_id bigint, dimension text DEFAULT NULL, from_date date DEFAULT NULL,
                          as_of date DEFAULT ar.as_of(), known_at timestamptz DEFAULT ar.known_at())
    RETURNS TABLE (value text, period_from date, period_to date, period_days integer,
                   opening_receivables numeric, receivables numeric, overdue numeric, credit_sales numeric,
                   standard_dso numeric, rolling_dso numeric, annualised_dso numeric, trailing_year_dso numeric,
                   average_balance_dso numeric, countback_month_dso numeric, countback_month_truncated boolean,
                   countback_day_dso numeric, countback_day_truncated boolean, sales_weighted_dso numeric, true_dso numeric,
                   best_possible_dso numeric, average_days_delinquent numeric, receivables_turnover numeric, turnover_days numeric,
                   collection_effectiveness numeric, open_deductions numeric, deductions_raised numeric,
                   deduction_days_outstanding numeric, weighted_days_to_pay numeric, weighted_days_late numeric,
                   behavior ar.payment_behavior)
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    minor_units CONSTANT integer := ar.company_minor_units(company_id);
    -- The month of as_of counts as far as it has elapsed.
    month       CONSTANT date := date_trunc('month', as_of::timestamp)::date;
    three       CONSTANT date := (as_of + 1 - interval '3 months')::date;
    rolling     CONSTANT date := (month - interval '2 months')::date;
    year        CONSTANT date := (month - interval '11 months')::date;
    lookback    CONSTANT date := (month - interval '35 months')::date;
    first_day   CONSTANT date := coalesce(from_date, rolling);
    grouped     CONSTANT text := ar.dso_group(dimension);
    owners      CONSTANT text := ar.dso_owners(dimension, '$3', '$4');
BEGIN
    IF as_of IS NULL OR NOT isfinite(as_of) OR NOT isfinite(first_day) OR first_day > as_of THEN
        RAISE EXCEPTION 'the period from % to % is none', coalesce(first_day::text, 'null'), coalesce(as_of::text, 'null')
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Give a first day that is not after as_of.';
    END IF;
    RETURN QUERY EXECUTE format($query$
        WITH open AS MATERIALIZED (
            SELECT %1$s AS value, x.effective_on, x.is_debit AND x.kind = 'invoice' AS is_invoice,
                   x.is_debit AND x.due_on < $3 AS is_overdue, sum(x.open_company_amount) AS amount
            FROM ar.open_items($3, $4) AS x %2$s
            WHERE x.company_id = $1
            GROUP BY 1, 2, 3, 4
        ), sales AS MATERIALIZED (
            SELECT %1$s AS value, x.document_date AS day,
                   sum(CASE x.kind WHEN 'invoice' THEN x.company_amount ELSE -x.company_amount END) AS sales
            FROM receivables.document AS x %2$s
            WHERE x.company_id = $1 AND x.kind IN ('invoice', 'credit_note') AND x.document_date BETWEEN $7 AND $3
              AND ($4 IS NULL OR x.recorded_at <= $4)
            GROUP BY 1, 2
        ), old_sales AS MATERIALIZED (
            -- Of the months of older invoices that are open, and of a longer period.
            SELECT %1$s AS value, x.document_date AS day,
                   sum(CASE x.kind WHEN 'invoice' THEN x.company_amount ELSE -x.company_amount END) AS sales
            FROM receivables.document AS x %2$s
            WHERE x.company_id = $1 AND x.kind IN ('invoice', 'credit_note') AND x.document_date < $7
              AND x.document_date >= least($2, (SELECT date_trunc('month', min(o.effective_on)::timestamp)::date FROM open AS o WHERE o.is_invoice))
              AND ($4 IS NULL OR x.recorded_at <= $4)
            GROUP BY 1, 2
        ), by_month AS (
            SELECT m.value, m.month, least((m.month + interval '1 month')::date - 1, $3) - m.month + 1 AS days,
                   coalesce(sum(m.open), 0) AS open, coalesce(sum(m.open_days), 0) AS open_days, coalesce(sum(m.sales), 0) AS sales
            FROM (SELECT s.value, date_trunc('month', s.day::timestamp)::date AS month,
                         NULL::numeric AS open, NULL::numeric AS open_days, s.sales
                  FROM (SELECT * FROM sales UNION ALL SELECT * FROM old_sales) AS s
                  UNION ALL
                  SELECT o.value, date_trunc('month', o.effective_on::timestamp)::date, o.amount, o.amount * ($3 - o.effective_on), NULL
                  FROM open AS o WHERE o.is_invoice) AS m
            GROUP BY m.value, m.month
        ), part (value, opening, receivables, overdue, sales, sales_3, sales_rolling, sales_year, dates, daily_sales,
                 sales_weighted, truly, deductions, raised, behavior) AS (
            SELECT o.value, NULL::numeric, sum(o.amount), sum(o.amount) FILTER (WHERE o.is_overdue),
                   NULL::numeric, NULL::numeric, NULL::numeric, NULL::numeric, NULL::date[], NULL::numeric[], NULL::numeric, NULL::numeric,
                   NULL::numeric, NULL::numeric, NULL::ar.payment_behavior
            FROM open AS o GROUP BY o.value
            UNION ALL
            SELECT %1$s, sum(x.open_company_amount), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
            FROM ar.open_items($2 - 1, $4) AS x %2$s
            WHERE x.company_id = $1 GROUP BY 1
            UNION ALL
            SELECT s.value, NULL, NULL, NULL, sum(s.sales) FILTER (WHERE s.day >= $2), sum(s.sales) FILTER (WHERE s.day >= $5),
                   sum(s.sales) FILTER (WHERE s.day >= $6), sum(s.sales) FILTER (WHERE s.day >= $8),
                   array_agg(s.day ORDER BY s.day DESC), array_agg(s.sales ORDER BY s.day DESC), NULL, NULL, NULL, NULL, NULL
            FROM sales AS s GROUP BY s.value
            UNION ALL
            SELECT s.value, NULL, NULL, NULL, sum(s.sales) FILTER (WHERE s.day >= $2), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
            FROM old_sales AS s GROUP BY s.value
            UNION ALL
            SELECT m.value, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
                   ar.true_dso_agg(m.open, m.days, m.sales), ar.true_dso_agg(m.open_days, 1, m.sales), NULL, NULL, NULL
            FROM by_month AS m GROUP BY m.value
            UNION ALL
            SELECT %1$s, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, sum(x.open_company_amount), NULL, NULL
            FROM ar.open_items($3, $4) AS x
            JOIN receivables.deduction AS d ON d.company_id = $1 AND d.item_id = x.item_id %2$s
            WHERE x.company_id = $1 GROUP BY 1
            UNION ALL
            SELECT %1$s, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, sum(x.company_amount), NULL
            FROM receivables.deduction AS d
            JOIN receivables.item AS x ON x.company_id = d.company_id AND x.item_id = d.item_id %2$s
            WHERE d.company_id = $1 AND x.effective_on BETWEEN $2 AND $3 AND ($4 IS NULL OR x.recorded_at <= $4)
              AND NOT EXISTS (SELECT FROM receivables.document AS r
                              WHERE r.company_id = x.company_id AND r.reverses_document_id = x.document_id
                                AND r.document_date <= $3 AND ($4 IS NULL OR r.recorded_at <= $4))
            GROUP BY 1
            UNION ALL
            SELECT %1$s, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
                   ar.payment_behavior_agg(x.company_amount, x.invoice_date, x.due_date, x.paid_on)
            FROM ar.invoice_receipts($1, $2, $3, $4) AS x %2$s GROUP BY 1
            UNION ALL
            -- A company is a line, whatever it has.
            SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL WHERE %3$L
        ), total AS (
            SELECT p.value, coalesce(sum(p.opening), 0) AS opening, coalesce(sum(p.receivables), 0) AS receivables,
                   coalesce(sum(p.overdue), 0) AS overdue, coalesce(sum(p.sales), 0) AS sales, coalesce(sum(p.sales_3), 0) AS sales_3,
                   coalesce(sum(p.sales_rolling), 0) AS sales_rolling, coalesce(sum(p.sales_year), 0) AS sales_year,
                   coalesce(max(p.dates), '{}') AS dates, coalesce(max(p.daily_sales), '{}') AS daily_sales,
                   sum(p.sales_weighted) AS sales_weighted, sum(p.truly) AS truly,
                   coalesce(sum(p.deductions), 0) AS deductions, coalesce(sum(p.raised), 0) AS raised,
                   ar.payment_behavior_agg(p.behavior) AS behavior, $3 - $2 + 1 AS days
            FROM part AS p GROUP BY p.value
        )
        SELECT t.value, $2, $3, t.days, round(t.opening, $9), round(t.receivables, $9), round(t.overdue, $9), round(t.sales, $9),
               round(ar.dso(t.receivables, t.sales, t.days), 2),
               round(ar.dso(t.receivables, t.sales_rolling, $3 - $6 + 1), 2),
               round(ar.annualised_dso(t.receivables, t.sales_3, 3, ($3 + 1) - ($3 + 1 - interval '1 year')::date), 2),
               round(ar.trailing_year_dso(t.receivables, t.sales_year, $3 - $8 + 1), 2),
               round(ar.average_balance_dso(t.opening, t.receivables, t.sales, t.days), 2),
               round(m.dso, 2), m.truncated, round(d.dso, 2), d.truncated,
               round(t.sales_weighted, 2), round(t.truly, 2),
               round(ar.best_possible_dso(t.receivables - t.overdue, t.sales, t.days), 2),
               round(ar.average_days_delinquent(t.overdue, t.sales, t.days), 2),
               round(ar.receivables_turnover(t.sales, t.opening, t.receivables), 6),
               round(ar.turnover_days(t.sales, t.opening, t.receivables, t.days), 2),
               round(ar.collection_effectiveness(t.opening, t.sales, t.receivables, t.receivables - t.overdue), 2),
               round(t.deductions, $9), round(t.raised, $9),
               round(ar.deduction_days_outstanding(t.deductions, t.raised, t.days), 2),
               round(ar.weighted_days_to_pay(t.behavior), 2), round(ar.weighted_days_late(t.behavior), 2), t.behavior
        FROM total AS t
        CROSS JOIN LATERAL ar.dso_countback_by_month(t.receivables, $3, t.dates, t.daily_sales, $7) AS m
        CROSS JOIN LATERAL ar.dso_countback_by_day(t.receivables, $3, t.dates, t.daily_sales, $7) AS d$query$,
        grouped, owners, dimension IS NULL)
    USING company_id, first_day, as_of, known_at, three, rolling, lookback, year, minor_units;
END;
$function$;
COMMENT ON FUNCTION ar.dso_by(bigint, text, date, date, timestamptz) IS
'Days sales outstanding of a company in every variant, one line for each value of dimension: customer (its number), salesperson, department or region responsible for the customer on as_of (for all of its past, too), currency of the document; null for the company as one. period_from (default: the first of the month two months before) to period_to, which is as_of, is the period of credit_sales, standard_dso, average_balance_dso, best_possible_dso, average_days_delinquent, turnover, collection_effectiveness (N = 1, in percent), deductions and payments. rolling_dso is of the last three and trailing_year_dso of the last twelve calendar months, that of as_of as far as it has elapsed; annualised_dso of exactly three months; the countbacks look back 36 calendar months. sales_weighted_dso and true_dso are of open invoices. Receivables are open debits less unapplied credits, credit sales invoices less credit notes by document date, tax included, all in the currency of the company. Days to two decimals; null where undefined. Errors: 22023 for another dimension and a period that is none, 23503 for an unknown company.';
