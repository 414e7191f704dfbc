-- Indicators --------------------------------------------------------------------------

CREATE FUNCTION ar.indicator_definitions(OUT place integer, OUT indicator text, OUT label text, OUT unit text,
                                         OUT better text, OUT formula text)
    RETURNS SETOF record
    LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 17 SET search_path = pg_catalog, pg_temp AS $$
    VALUES (1, 'overdue_rate', 'overdue rate', 'ratio', 'less', 'open debits 1 day past due or more / open debits'),
           (2, 'over_90_rate', 'share over 90 days past due', 'ratio', 'less', 'open debits more than 90 days past due / open debits'),
           (3, 'oldest_days_past_due', 'oldest item past due', 'days', 'less', 'days past due of the open debit that was due first; 0 where none is overdue'),
           (4, 'disputed_share', 'disputed share', 'ratio', 'less', 'open disputes and deductions / open debits'),
           (5, 'top_ten_share', 'share of the ten largest', 'ratio', 'less', 'the ten largest positive balances of customers / all positive ones'),
           (6, 'hhi', 'concentration (HHI)', 'points', 'less', 'sum of squared shares of the positive balances of customers x 10,000'),
           (7, 'collection_rate', 'collection rate', 'ratio', 'more', 'payments and deposits less refunds of the period / (balance at its start + credit sales of the period)'),
           (8, 'collection_rate_on_due', 'collection rate on due items', 'ratio', 'more', 'paid by the as-of date of what fell due in the period / what fell due in the period and was not credited or moved'),
           (9, 'bad_debt_ratio', 'bad-debt ratio', 'ratio', 'less', 'write-offs less reversed ones of the period / credit sales of the period'),
           (10, 'write_off_rate', 'write-off rate', 'ratio', 'less', 'write-offs of the period / mean of the balances at its start and end'),
           (11, 'standard_dso', 'standard DSO', 'days', 'less', 'balance / credit sales of the period x its days'),
           (12, 'best_possible_dso', 'best possible DSO', 'days', 'less', 'balance less what is overdue / credit sales of the period x its days'),
           (13, 'average_days_delinquent', 'average days delinquent', 'days', 'less', 'overdue / credit sales of the period x its days'),
           (14, 'countback_dso', 'countback DSO', 'days', 'less', 'days of sales by month, from the as-of date back, that the balance exhausts'),
           (15, 'roll_rate_not_due', 'roll rate from not due', 'ratio', 'less', 'what rolled from not due to 1-30 days in a month / what was not due'),
           (16, 'roll_rate_1_30', 'roll rate from 1-30 days', 'ratio', 'less', 'what rolled from 1-30 to 31-60 days in a month / what was in 1-30'),
           (17, 'roll_rate_31_60', 'roll rate from 31-60 days', 'ratio', 'less', 'what rolled from 31-60 to 61-90 days in a month / what was in 31-60'),
           (18, 'roll_rate_61_90', 'roll rate from 61-90 days', 'ratio', 'less', 'what rolled from 61-90 to over 90 days in a month / what was in 61-90')
$$;
COMMENT ON FUNCTION ar.indicator_definitions() IS
'The indicators of ar.indicators in order: name, label, unit (ratio: 0 to 1; days; points), whether less or more is better, and formula.';

CREATE FUNCTION ar.countback(company_id bigint, as_of date, balance numeric, known_at timestamptz DEFAULT ar.known_at(),
                             OUT dso numeric, OUT truncated boolean)
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    latest CONSTANT timestamp := date_trunc('month', as_of::timestamp);
    sales  numeric[] := '{}';
    days   integer[] := '{}';
    back   integer;
    more   record;
BEGIN
    -- Few months as a rule; earlier ones only where these do not exhaust the balance.
    FOREACH back IN ARRAY '{1,2,3,4,6,9,12,18,24,36}'::integer[] LOOP
        SELECT array_agg(coalesce(s.sales, 0) ORDER BY m.month DESC) AS sales,
               array_agg(least(countback.as_of, (m.month + interval '1 month')::date - 1) - m.month::date + 1
                         ORDER BY m.month DESC) AS days INTO more
        FROM generate_series(latest - make_interval(months => back - 1), latest - make_interval(months => cardinality(sales)),
                             interval '1 month') AS m (month)
        LEFT JOIN (SELECT date_trunc('month', d.document_date::timestamp) AS month,
                          sum(CASE d.kind WHEN 'invoice' THEN d.amount ELSE -d.amount END) AS sales
                   FROM (SELECT d.document_date, d.kind, sum(d.company_amount) AS amount
                         FROM receivables.document AS d
                         WHERE d.company_id = countback.company_id AND d.kind IN ('invoice', 'credit_note')
                           AND d.document_date >= (latest - make_interval(months => back - 1))::date
                           AND d.document_date < (latest - make_interval(months => cardinality(days) - 1))::date
                           AND d.document_date <= countback.as_of
                           AND (countback.known_at IS NULL OR d.recorded_at <= countback.known_at)
                         GROUP BY d.document_date, d.kind) AS d
                   GROUP BY 1) AS s ON s.month = m.month;
        sales := sales || more.sales;
        days := days || more.days;
        SELECT c.dso, c.truncated INTO dso, truncated FROM ar.dso_countback(balance, sales, days) AS c;
        EXIT WHEN NOT truncated;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION ar.countback(bigint, date, numeric, timestamptz) IS
'Countback DSO of a company by month, as ar.dso_countback, for a balance: its sales of up to 36 months back are read. In days, not rounded.';

CREATE FUNCTION ar.indicator_values(company_id bigint, as_of date, scopes text[], period_days integer DEFAULT 90,
                                    known_at timestamptz DEFAULT ar.known_at(), wanted text[] DEFAULT NULL)
    RETURNS TABLE (scope text, scope_value text, indicator text, value numeric, numerator numeric, denominator numeric, unit text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    SET work_mem = '64MB' SET max_parallel_workers_per_gather = 0 AS $function$
DECLARE
    minor_units CONSTANT integer := ar.company_minor_units(company_id);
BEGIN
    IF as_of IS NULL OR NOT isfinite(as_of) THEN
        RAISE EXCEPTION 'as_of must be a day, not %', coalesce(as_of::text, 'null') USING ERRCODE = 'invalid_parameter_value';
    ELSIF period_days IS NULL OR period_days < 1 THEN
        RAISE EXCEPTION 'a period must have at least one day, not %', coalesce(period_days::text, 'null')
            USING ERRCODE = 'invalid_parameter_value';
    ELSIF EXISTS (SELECT FROM unnest(scopes) AS s (scope)
                  WHERE s.scope IS NULL OR s.scope NOT IN ('company', 'customer', 'salesperson', 'department', 'region', 'grade'))
    THEN
        RAISE EXCEPTION 'there are no indicators by %', (
            SELECT string_agg(coalesce(s.scope, 'null'), ', ') FROM unnest(scopes) AS s (scope)
            WHERE s.scope IS NULL OR s.scope NOT IN ('company', 'customer', 'salesperson', 'department', 'region', 'grade'))
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'There are by salesperson, department, region, grade or customer, and of the company.';
    END IF;
    -- Planned for the date and the state of knowledge at hand; items and documents are read once.
    RETURN QUERY EXECUTE $query$
        WITH open AS MATERIALIZED (
            SELECT o.customer_id,
                   ar.aging_agg(o.open_company_amount, o.due_on, $2) FILTER (WHERE o.is_debit) AS aging,
                   sum(o.open_company_amount) FILTER (WHERE NOT o.is_debit) AS unapplied,
                   min(o.due_on) FILTER (WHERE o.is_debit) AS oldest_due_on
            FROM ar.open_items($2, $5) AS o
            WHERE o.company_id = $1
            GROUP BY o.customer_id
        ), disputed AS MATERIALIZED (
            -- A deduction is disputed as a whole; of another item, what disputes say, as far as it is open.
            SELECT o.customer_id, sum(CASE WHEN d.amount IS NULL THEN o.open_company_amount
                                           ELSE o.open_company_amount * least(d.amount / o.open_amount, 1) END) AS disputed
            FROM (SELECT k.item_id, NULL::numeric AS amount FROM receivables.deduction AS k WHERE k.company_id = $1
                  UNION ALL
                  SELECT p.item_id, sum(p.amount) FROM ar.disputed_parts($1, $2) AS p
                  WHERE NOT EXISTS (SELECT FROM receivables.deduction AS k WHERE k.company_id = $1 AND k.item_id = p.item_id)
                  GROUP BY p.item_id) AS d
            JOIN ar.open_items($2, $5) AS o ON o.company_id = $1 AND o.item_id = d.item_id AND o.open_amount > 0
            WHERE $6 IS NULL OR 'disputed_share' = ANY ($6)
            GROUP BY o.customer_id
        ), flow AS MATERIALIZED (
            SELECT d.customer_id,
                   sum(CASE WHEN d.kind IN ('credit_note', 'payment', 'deposit', 'write_off') THEN -d.amount ELSE d.amount END) AS movement,
                   sum(CASE d.kind WHEN 'invoice' THEN d.amount ELSE -d.amount END)
                       FILTER (WHERE d.kind IN ('invoice', 'credit_note')) AS sales,
                   sum(CASE d.kind WHEN 'refund' THEN -d.amount ELSE d.amount END)
                       FILTER (WHERE d.kind IN ('payment', 'deposit', 'refund')) AS collected,
                   sum(d.amount) FILTER (WHERE d.kind = 'write_off') AS net_written_off,
                   sum(d.amount) FILTER (WHERE d.kind = 'write_off' AND d.is_positive) AS written_off
            -- One sum for each document; the others are of few rows.
            FROM (SELECT d.customer_id, d.kind, d.company_amount > 0 AS is_positive, sum(d.company_amount) AS amount
                  FROM receivables.document AS d
                  WHERE d.company_id = $1 AND d.document_date > $2 - $4 AND d.document_date <= $2
                    AND ($5 IS NULL OR d.recorded_at <= $5)
                    -- Not read where none is asked for that needs them.
                    AND ($6 IS NULL OR $6 && '{collection_rate,bad_debt_ratio,write_off_rate,standard_dso,best_possible_dso,average_days_delinquent}'::text[])
                  GROUP BY d.customer_id, d.kind, d.company_amount > 0) AS d
            GROUP BY d.customer_id
        ), due_item AS MATERIALIZED (
            SELECT i.item_id, i.customer_id, i.company_amount,
                   -- As a rule nothing was applied since.
                   CASE WHEN i.last_applied_on <= $2 AND ($5 IS NULL OR i.last_applied_at <= $5) THEN i.open_company_amount
                        ELSE i.company_amount - (SELECT coalesce(sum(a.company_amount), 0) FROM receivables.application AS a
                                                 WHERE a.company_id = $1 AND a.debit_item_id = i.item_id
                                                   AND a.effective_on <= $2 AND ($5 IS NULL OR a.recorded_at <= $5)) END AS open
            FROM receivables.item AS i
            WHERE i.company_id = $1 AND i.due_on > $2 - $4 AND i.due_on <= $2 AND i.effective_on <= $2 AND i.is_debit
              AND i.kind IN ('invoice', 'interest', 'fee', 'opening_balance', 'adjustment', 'transfer_in')
              AND i.reverses_item_id IS NULL AND ($5 IS NULL OR i.recorded_at <= $5)
              AND ($6 IS NULL OR 'collection_rate_on_due' = ANY ($6))
        ), unpaid AS MATERIALIZED (
            -- Credits that are no money are few: what they settled was not paid.
            SELECT a.debit_item_id AS item_id, sum(a.company_amount) AS settled,
                   sum(a.company_amount) FILTER (WHERE d.kind <> 'write_off' OR d.reverses_document_id IS NOT NULL) AS credited
            FROM (SELECT d.document_id, d.kind, d.reverses_document_id FROM receivables.document AS d
                  WHERE d.company_id = $1 AND d.kind IN ('credit_note', 'adjustment', 'transfer_out', 'write_off')
                  UNION
                  SELECT d.document_id, d.kind, d.reverses_document_id FROM receivables.document AS d
                  WHERE d.company_id = $1 AND d.reverses_document_id IS NOT NULL) AS d
            JOIN receivables.item AS c ON c.company_id = $1 AND c.document_id = d.document_id AND NOT c.is_debit
            JOIN receivables.application AS a ON a.company_id = $1 AND a.credit_item_id = c.item_id
            WHERE a.effective_on <= $2 AND ($5 IS NULL OR a.recorded_at <= $5)
              AND ($6 IS NULL OR 'collection_rate_on_due' = ANY ($6))
            GROUP BY a.debit_item_id
        ), due AS MATERIALIZED (
            SELECT i.customer_id, sum(i.company_amount - coalesce(u.credited, 0)) AS due,
                   sum(i.company_amount - i.open - coalesce(u.settled, 0)) AS paid
            FROM due_item AS i LEFT JOIN unpaid AS u ON u.item_id = i.item_id
            GROUP BY i.customer_id
        ), customer AS MATERIALIZED (
            SELECT c.customer_number AS customer, c.grade::text AS grade,
                   CASE WHEN $5 IS NULL THEN w.salesperson ELSE k.salesperson END AS salesperson,
                   CASE WHEN $5 IS NULL THEN w.department ELSE k.department END AS department,
                   CASE WHEN $5 IS NULL THEN w.region ELSE k.region END AS region,
                   o.aging, o.oldest_due_on, x.disputed, coalesce(ar.total(o.aging), 0) + coalesce(o.unapplied, 0) AS balance,
                   f.movement, f.sales, f.collected, f.net_written_off, f.written_off, d.due, d.paid
            FROM receivables.customer AS c
            LEFT JOIN open AS o ON o.customer_id = c.customer_id
            LEFT JOIN disputed AS x ON x.customer_id = c.customer_id
            LEFT JOIN flow AS f ON f.customer_id = c.customer_id
            LEFT JOIN due AS d ON d.customer_id = c.customer_id
            -- One of the two falls away when planned.
            LEFT JOIN receivables.customer_owner AS w
                ON w.company_id = c.company_id AND w.customer_id = c.customer_id AND $5 IS NULL
                   AND w.valid_from <= $2 AND w.valid_to > $2
            LEFT JOIN ar.owner_periods($5) AS k
                ON k.company_id = c.company_id AND k.customer_id = c.customer_id AND $5 IS NOT NULL
                   AND k.valid_from <= $2 AND k.valid_to > $2
            WHERE c.company_id = $1 AND num_nonnulls(o.customer_id, f.customer_id, d.customer_id) > 0
        ), total AS MATERIALIZED (
            SELECT t.*, coalesce(ar.total(t.aging), 0) AS gross, coalesce(ar.overdue(t.aging), 0) AS overdue,
                   coalesce(ar.amount(t.aging, 5), 0) AS over_90
            FROM (
                SELECT s.scope, s.scope_value, ar.aging_agg(c.aging) AS aging, min(c.oldest_due_on) AS oldest_due_on,
                       coalesce(sum(c.disputed), 0) AS disputed, coalesce(sum(c.balance), 0) AS balance,
                       coalesce(sum(c.balance), 0) - coalesce(sum(c.movement), 0) AS opening,
                       coalesce(sum(c.sales), 0) AS sales, coalesce(sum(c.collected), 0) AS collected,
                       coalesce(sum(c.net_written_off), 0) AS net_written_off, coalesce(sum(c.written_off), 0) AS written_off,
                       coalesce(sum(c.due), 0) AS due, coalesce(sum(c.paid), 0) AS paid,
                       -- One customer is not concentrated.
                       ar.hhi(c.balance) FILTER (WHERE s.scope <> 'customer') AS hhi,
                       array_agg(c.balance) FILTER (WHERE s.scope <> 'customer' AND c.balance > 0) AS balances
                FROM unnest($3) AS w (scope)
                -- The company has its line also where there is nothing.
                LEFT JOIN customer AS c ON true
                CROSS JOIN LATERAL (SELECT w.scope, CASE w.scope WHEN 'customer' THEN c.customer WHEN 'grade' THEN c.grade
                    WHEN 'salesperson' THEN c.salesperson WHEN 'department' THEN c.department WHEN 'region' THEN c.region END
                    AS scope_value) AS s
                WHERE w.scope = 'company' OR c.customer IS NOT NULL
                GROUP BY s.scope, s.scope_value) AS t
        )
        SELECT t.scope, t.scope_value, d.indicator,
               round(v.value, CASE d.unit WHEN 'ratio' THEN 6 ELSE 2 END), round(v.numerator, $7), round(v.denominator, $7), d.unit
        FROM total AS t
        CROSS JOIN LATERAL (
            SELECT x.indicator, x.numerator, x.denominator, x.numerator / nullif(greatest(x.denominator, 0), 0) AS value
            FROM (VALUES ('overdue_rate', t.overdue, t.gross), ('over_90_rate', t.over_90, t.gross),
                         ('disputed_share', t.disputed, t.gross), ('collection_rate', t.collected, t.opening + t.sales),
                         ('collection_rate_on_due', t.paid, t.due), ('bad_debt_ratio', t.net_written_off, t.sales),
                         ('write_off_rate', t.written_off, (t.opening + t.balance) / 2)) AS x (indicator, numerator, denominator)
            UNION ALL
            SELECT x.indicator, x.amount, t.sales, ar.dso(x.amount, t.sales, $4)
            FROM (VALUES ('standard_dso', t.balance), ('best_possible_dso', t.balance - t.overdue),
                         ('average_days_delinquent', t.overdue)) AS x (indicator, amount)
            UNION ALL
            SELECT 'oldest_days_past_due', NULL, NULL, CASE WHEN t.oldest_due_on < $2 THEN $2 - t.oldest_due_on WHEN t.oldest_due_on IS NOT NULL THEN 0 END::numeric
            UNION ALL
            SELECT 'top_ten_share', x.share * x.total, x.total, x.share
            FROM (SELECT ar.top_share(t.balances) AS share, (SELECT sum(b) FROM unnest(t.balances) AS b) AS total OFFSET 0) AS x
            WHERE t.scope <> 'customer'
            UNION ALL
            SELECT 'hhi', NULL, NULL, t.hhi::numeric WHERE t.scope <> 'customer'
            UNION ALL
            SELECT 'countback_dso', t.balance, NULL, c.dso
            FROM ar.countback($1, $2, t.balance, $5) AS c
            WHERE t.scope = 'company' AND NOT c.truncated AND ($6 IS NULL OR 'countback_dso' = ANY ($6))
            UNION ALL
            -- From the latest snapshot, of the company.
            SELECT x.indicator, CASE WHEN r.total > 0 THEN r.amount END, r.total, r.amount / r.total
            FROM (VALUES ('roll_rate_not_due', 1), ('roll_rate_1_30', 2), ('roll_rate_31_60', 3), ('roll_rate_61_90', 4))
                 AS x (indicator, bucket)
            LEFT JOIN LATERAL (
                SELECT coalesce(sum(m.amount) FILTER (WHERE m.to_state = (ar.migration_states())[x.bucket + 1]), 0) AS amount,
                       sum(m.amount) AS total
                FROM receivables.aging_migration AS m
                WHERE m.company_id = $1 AND m.from_state = (ar.migration_states())[x.bucket] AND m.to_state <> 'moved'
                  AND m.as_of = (SELECT max(n.as_of) FROM receivables.snapshot AS n WHERE n.company_id = $1 AND n.as_of <= $2)) AS r
                ON true
            WHERE t.scope = 'company') AS v
        JOIN ar.indicator_definitions() AS d ON d.indicator = v.indicator
        WHERE $6 IS NULL OR d.indicator = ANY ($6)
        ORDER BY array_position($3, t.scope), t.scope_value, d.place$query$
    USING company_id, as_of, scopes, period_days, known_at, wanted, minor_units;
END;
$function$;
COMMENT ON FUNCTION ar.indicator_values(bigint, date, text[], integer, timestamptz, text[]) IS
'The indicators of ar.indicators by several scopes at once (company, customer, salesperson, department, region, grade), from one look at items and documents; wanted names those that are asked for, null for all.';

CREATE FUNCTION ar.indicators(company_id bigint, as_of date DEFAULT ar.as_of(), dimension text DEFAULT NULL,
                              period_days integer DEFAULT 90, known_at timestamptz DEFAULT ar.known_at())
    RETURNS TABLE (scope text, scope_value text, indicator text, value numeric, numerator numeric, denominator numeric, unit text)
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT v.* FROM ar.indicator_values(company_id, as_of, ARRAY[coalesce(dimension, 'company')], period_days, known_at) AS v
$$;
COMMENT ON FUNCTION ar.indicators(bigint, date, text, integer, timestamptz) IS
'Indicators of a company at a date, as far as entered by known_at: of all of it where dimension is null, else by salesperson, department or region responsible on the day, by grade or by customer, with what each was divided by. What each means is in ar.indicator_definitions; periods are the period_days up to as_of. Ratios of sums, in the currency of the company; credits count neither in shares of open debits nor in shares of balances. Null, not 0, where the denominator is not positive. Ratios to six decimals, days and points to two. Concentration is not of a customer; countback and roll rates, which come from the latest snapshot, are of the company only. Errors: 22023 for no day, a period of less than one, or another dimension, 23503 for an unknown company.';
