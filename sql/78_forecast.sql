-- When open items will be paid ---------------------------------------------------

CREATE FUNCTION ar.pays_in_cash(kind text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN kind IN ('invoice', 'opening_balance', 'interest', 'fee', 'adjustment', 'transfer_in');
COMMENT ON FUNCTION ar.pays_in_cash(text) IS
'Whether a payment is expected for debit items of a kind: all but refunds and exchange differences, and reversals of credits.';

CREATE FUNCTION ar.check_forecast(as_of date, history_days integer, half_life_days integer, pool_weight double precision) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF as_of IS NULL OR NOT isfinite(as_of) THEN
        RAISE EXCEPTION 'a forecast needs a date, not %', coalesce(as_of::text, 'null') USING ERRCODE = 'invalid_parameter_value';
    ELSIF history_days IS NULL OR history_days < 1 OR half_life_days IS NULL OR half_life_days < 1 THEN
        RAISE EXCEPTION 'a forecast needs at least one day of history and of half-life'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = format('history_days is %s, half_life_days %s.', coalesce(history_days::text, 'null'),
                                  coalesce(half_life_days::text, 'null'));
    ELSIF pool_weight IS NULL OR NOT (pool_weight >= 0 AND pool_weight < 'Infinity') THEN
        RAISE EXCEPTION 'the weight of the pool must be a number of at least 0, not %', coalesce(pool_weight::text, 'null')
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.check_forecast(date, integer, integer, double precision) IS
'Error 22023 for what no forecast can be made of.';

CREATE FUNCTION ar.delay_curves(company_id bigint, as_of date DEFAULT ar.as_of(), known_at timestamptz DEFAULT ar.known_at(),
                                history_days integer DEFAULT 730, half_life_days integer DEFAULT 90)
    RETURNS TABLE (customer_id bigint, curve ar.delay_curve)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off SET work_mem = '64MB' AS $$
BEGIN
    PERFORM ar.company_minor_units(company_id);
    PERFORM ar.check_forecast(as_of, history_days, half_life_days, 0);
    RETURN QUERY
    SELECT x.customer_id,
           -- An item that was posted half_life_days before another counts half as much.
           ar.delay_curve_agg(x.delay, x.share * 0.5::double precision ^ ((delay_curves.as_of - x.effective_on) / half_life_days::double precision),
                              x.is_censored)
    FROM (SELECT d.customer_id, d.effective_on, a.effective_on - d.due_on AS delay,
                 a.amount::double precision / d.amount::double precision AS share, c.kind <> 'payment' AS is_censored
          FROM receivables.application AS a
          JOIN receivables.item AS d ON d.company_id = a.company_id AND d.item_id = a.debit_item_id
          JOIN receivables.item AS c ON c.company_id = a.company_id AND c.item_id = a.credit_item_id
          WHERE a.company_id = delay_curves.company_id AND a.effective_on <= delay_curves.as_of AND a.amount > 0
            AND (delay_curves.known_at IS NULL OR a.recorded_at <= delay_curves.known_at)
            AND d.effective_on > delay_curves.as_of - delay_curves.history_days AND ar.pays_in_cash(d.kind)
            -- What was undone by then has paid nothing.
            AND NOT EXISTS (SELECT FROM receivables.application AS r
                            WHERE r.company_id = a.company_id AND r.reverses_application_id = a.application_id
                              AND r.effective_on <= delay_curves.as_of
                              AND (delay_curves.known_at IS NULL OR r.recorded_at <= delay_curves.known_at))
          UNION ALL
          SELECT o.customer_id, o.effective_on, delay_curves.as_of - o.due_on, o.open_amount::double precision / o.amount::double precision, true
          FROM ar.open_items(delay_curves.as_of, delay_curves.known_at) AS o
          WHERE o.company_id = delay_curves.company_id AND o.is_debit AND ar.pays_in_cash(o.kind)
            AND o.effective_on > delay_curves.as_of - delay_curves.history_days) AS x
    GROUP BY x.customer_id;
END;
$$;
COMMENT ON FUNCTION ar.delay_curves(bigint, date, timestamptz, integer, integer) IS
'How late each customer of a company pays, from what had happened by as_of to the items posted in the history_days before it: each payment counts for the share of the item that it paid, on the day from which it was applied; what was settled otherwise (credit notes, deposits, write-offs) counts as unseen from that day on, what is open as unpaid so far. Applications undone by as_of do not count. An item counts half as much as one posted half_life_days later. With known_at, as far as had been entered by then. Errors: 22023 for no date or days, 23503 for an unknown company, 55000 without books.';

CREATE FUNCTION ar.scenario_fault(change jsonb) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    kinds     CONSTANT text[] := '{delay_days,lost_share,as_grade,discount_percent}';
    texts     CONSTANT text[] := '{as_grade,customer_number,grade,salesperson,department,region}';
    -- Each number with the least and the most it may be, and whether it is whole.
    numbers   CONSTANT jsonb := '{"delay_days": [-1000, 1000, true], "lost_share": [0, 1, false], "discount_percent": [0, 100, false],
                                  "discount_days": [1, 1000, true], "discount_share": [0, 1, false]}';
    entry     record;
    value     numeric;
BEGIN
    IF jsonb_typeof(change) <> 'object' THEN
        RETURN 'It is no object.';
    END IF;
    FOR entry IN SELECT e.key, e.value, numbers -> e.key AS range FROM jsonb_each(change) AS e LOOP
        IF entry.key = ANY (texts) THEN
            IF jsonb_typeof(entry.value) <> 'string' THEN
                RETURN format('%s must be text.', entry.key);
            END IF;
        ELSIF entry.range IS NULL THEN
            RETURN format('Key %s is unknown.', to_jsonb(entry.key));
        ELSIF jsonb_typeof(entry.value) <> 'number' THEN
            RETURN format('%s must be a number.', entry.key);
        ELSE
            value := entry.value::numeric;
            IF value NOT BETWEEN (entry.range ->> 0)::numeric AND (entry.range ->> 1)::numeric
               OR ((entry.range ->> 2)::boolean AND value % 1 <> 0)
            THEN
                RETURN format('%s must be a %snumber from %s to %s.', entry.key,
                              CASE WHEN (entry.range ->> 2)::boolean THEN 'whole ' ELSE '' END, entry.range ->> 0, entry.range ->> 1);
            END IF;
        END IF;
    END LOOP;
    IF (SELECT count(*) FROM unnest(kinds) AS k WHERE change ? k) <> 1 THEN
        RETURN 'It must have exactly one of delay_days, lost_share, as_grade and discount_percent.';
    ELSIF change ->> 'as_grade' NOT IN ('A', 'B', 'C', 'D') THEN
        RETURN 'as_grade must be A, B, C or D.';
    ELSIF (SELECT count(*) FROM unnest('{discount_percent,discount_days,discount_share}'::text[]) AS k WHERE change ? k) NOT IN (0, 3) THEN
        RETURN 'discount_percent, discount_days and discount_share go together.';
    END IF;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION ar.scenario_fault(jsonb) IS
'What is wrong with a change of a scenario, whatever the company; null for nothing.';

CREATE FUNCTION ar.scenario_customers(company_id bigint, scenario jsonb)
    RETURNS TABLE (customer_id bigint, delay_days integer, kept_share double precision, as_grade text,
                   discount_percent numeric, discount_days integer, discount_share double precision)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changes  jsonb := CASE jsonb_typeof(scenario) WHEN 'object' THEN jsonb_build_array(scenario) ELSE scenario END;
    change   jsonb;
    place    bigint;
    fault    text;
BEGIN
    PERFORM ar.company_minor_units(company_id);
    IF jsonb_typeof(changes) IS DISTINCT FROM 'array' THEN
        RAISE EXCEPTION 'a scenario must be a change or a list of changes'
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'For instance {"delay_days": 10, "region": "North"}.';
    END IF;
    FOR change, place IN SELECT c.value, c.ordinality FROM jsonb_array_elements(changes) WITH ORDINALITY AS c LOOP
        fault := ar.scenario_fault(change);
        IF fault IS NULL AND change ? 'customer_number' AND NOT EXISTS (
            SELECT FROM receivables.customer AS c
            WHERE c.company_id = scenario_customers.company_id AND c.customer_number = change ->> 'customer_number')
        THEN
            fault := format('Company %s has no customer %s.', company_id, change ->> 'customer_number');
        END IF;
        IF fault IS NOT NULL THEN
            RAISE EXCEPTION 'change % of the scenario is wrong', place
                USING ERRCODE = 'invalid_parameter_value', DETAIL = fault,
                      HINT = 'A change is one of delay_days, lost_share, as_grade, or discount_percent with discount_days and discount_share, for all customers or those of a customer_number, grade, salesperson, department or region.';
        END IF;
    END LOOP;
    RETURN QUERY
    SELECT c.customer_id, coalesce(sum((x.change ->> 'delay_days')::integer), 0)::integer,
           -- What several losses leave is the product.
           coalesce(exp(sum(ln(nullif(1 - (x.change ->> 'lost_share')::double precision, 0)))), 1)
           * CASE WHEN bool_or((x.change ->> 'lost_share')::numeric = 1) THEN 0 ELSE 1 END,
           -- Of these the last counts.
           (array_agg(x.change ->> 'as_grade' ORDER BY x.place DESC) FILTER (WHERE x.change ? 'as_grade'))[1],
           (array_agg((x.change ->> 'discount_percent')::numeric ORDER BY x.place DESC) FILTER (WHERE x.change ? 'discount_percent'))[1],
           (array_agg((x.change ->> 'discount_days')::integer ORDER BY x.place DESC) FILTER (WHERE x.change ? 'discount_percent'))[1],
           (array_agg((x.change ->> 'discount_share')::double precision ORDER BY x.place DESC)
            FILTER (WHERE x.change ? 'discount_percent'))[1]
    FROM jsonb_array_elements(changes) WITH ORDINALITY AS x (change, place)
    JOIN receivables.customer AS c
      ON c.company_id = scenario_customers.company_id
     AND (NOT x.change ? 'customer_number' OR c.customer_number = x.change ->> 'customer_number')
     AND (NOT x.change ? 'grade' OR c.grade = x.change ->> 'grade')
     AND (NOT x.change ? 'salesperson' OR c.salesperson = x.change ->> 'salesperson')
     AND (NOT x.change ? 'department' OR c.department = x.change ->> 'department')
     AND (NOT x.change ? 'region' OR c.region = x.change ->> 'region')
    GROUP BY c.customer_id;
END;
$$;
COMMENT ON FUNCTION ar.scenario_customers(bigint, jsonb) IS
'What a scenario of ar.forecast_scenario changes for which customer: days of delay added up, the share that is not lost, the grade it pays like, and the discount offered. Error 22023 for a change that is not understood, with its place in the list and the reason.';

CREATE FUNCTION ar.forecast_items(company_id bigint, as_of date, within_days integer[], scenario jsonb,
                                  known_at timestamptz, history_days integer, half_life_days integer,
                                  pool_weight double precision, with_expected_delay boolean)
    RETURNS TABLE (item_id bigint, customer_id bigint, due_on date, open_amount numeric, is_expected boolean,
                   is_discounted boolean, discount double precision, received double precision,
                   probabilities double precision[], expected_delay integer, basis text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off SET work_mem = '64MB' AS $$
BEGIN
    PERFORM ar.company_minor_units(company_id);
    PERFORM ar.check_forecast(as_of, history_days, half_life_days, pool_weight);
    RETURN QUERY
    WITH curve AS MATERIALIZED (
        SELECT d.customer_id, d.curve, ar.survival(d.curve, 2000) < 1 AS has_paid
        FROM ar.delay_curves(forecast_items.company_id, forecast_items.as_of, forecast_items.known_at,
                             forecast_items.history_days, forecast_items.half_life_days) AS d
    ), pool AS MATERIALIZED (
        -- Without a single payment there is nothing to go by.
        SELECT CASE WHEN ar.survival(x.curve, 2000) < 1 THEN x.curve END AS curve
        FROM (SELECT ar.delay_curve_agg(c.curve) AS curve FROM curve AS c) AS x
    ), grade_pool AS MATERIALIZED (
        SELECT u.grade, ar.delay_curve_agg(c.curve) AS curve
        FROM curve AS c
        JOIN receivables.customer AS u ON u.company_id = forecast_items.company_id AND u.customer_id = c.customer_id
        WHERE forecast_items.scenario IS NOT NULL AND u.grade IS NOT NULL
        GROUP BY u.grade
    ), change AS MATERIALIZED (
        SELECT s.*,
               (SELECT array_agg(d.days - s.delay_days ORDER BY d.place)
                FROM unnest(forecast_items.within_days) WITH ORDINALITY AS d (days, place)) AS within_days,
               (SELECT array_agg((d.days >= s.discount_days)::integer::double precision ORDER BY d.place)
                FROM unnest(forecast_items.within_days) WITH ORDINALITY AS d (days, place)) AS discounted
        FROM ar.scenario_customers(forecast_items.company_id, forecast_items.scenario) AS s
        WHERE forecast_items.scenario IS NOT NULL
    ), open AS (
        SELECT o.item_id, o.customer_id, o.due_on, o.open_company_amount, o.is_debit AND ar.pays_in_cash(o.kind) AS is_expected
        FROM ar.open_items(forecast_items.as_of, forecast_items.known_at) AS o
        WHERE o.company_id = forecast_items.company_id
        -- By customer, whose curve is then worked out once.
        ORDER BY o.customer_id
    ), with_curve AS (
        SELECT o.*, v.is_discounted, v.discount, v.received, h.discounted,
               CASE WHEN h.as_grade IS NULL THEN c.curve ELSE g.curve END AS curve, p.curve AS pool,
               coalesce(h.within_days, forecast_items.within_days) AS within_days, coalesce(h.delay_days, 0) AS delay_days,
               CASE WHEN c.has_paid AND h.as_grade IS NULL THEN 'customer' ELSE 'pool' END AS basis
        FROM open AS o
        CROSS JOIN pool AS p
        LEFT JOIN curve AS c ON c.customer_id = o.customer_id
        LEFT JOIN change AS h ON h.customer_id = o.customer_id
        LEFT JOIN grade_pool AS g ON g.grade = h.as_grade
        CROSS JOIN LATERAL (
            SELECT false AS is_discounted, 0::double precision AS discount,
                   o.open_company_amount::double precision * coalesce(h.kept_share, 1)
                   * CASE WHEN h.discount_share IS NULL OR o.due_on <= forecast_items.as_of THEN 1 ELSE 1 - h.discount_share END AS received
            UNION ALL
            -- What is paid early for a discount, of what is not due yet, is an item of its own.
            SELECT true, x.amount * h.discount_percent::double precision / 100, x.amount * (1 - h.discount_percent::double precision / 100)
            FROM (SELECT o.open_company_amount::double precision * h.kept_share * h.discount_share AS amount) AS x
            WHERE h.discount_share > 0 AND o.due_on > forecast_items.as_of AND o.is_expected) AS v
    )
    SELECT w.item_id, w.customer_id, w.due_on, w.open_company_amount, w.is_expected, w.is_discounted, w.discount,
           CASE WHEN w.is_expected THEN w.received END,
           CASE WHEN w.is_expected AND w.pool IS NOT NULL
                THEN CASE WHEN w.is_discounted THEN w.discounted
                          ELSE ar.payment_probabilities(w.curve, forecast_items.as_of - w.due_on, w.within_days, w.pool,
                                                        forecast_items.pool_weight) END END,
           CASE WHEN forecast_items.with_expected_delay AND w.is_expected AND w.pool IS NOT NULL
                THEN ar.delay_quantile(w.curve, 0.5, w.pool, forecast_items.pool_weight, forecast_items.as_of - w.due_on) + w.delay_days END,
           CASE WHEN w.is_expected AND w.pool IS NOT NULL THEN w.basis END
    FROM with_curve AS w;
END;
$$;
COMMENT ON FUNCTION ar.forecast_items(bigint, date, integer[], jsonb, timestamptz, integer, integer, double precision, boolean) IS
'What ar.forecast_cash and its kin forecast: each item open at as_of with the probabilities that it is paid within so many days (null where nothing is known of payments so late, or of payments at all), by the curve of its customer shrunk to the pool of the company, and what is then received, in the currency of the company. An item that a scenario discounts comes twice. expected_delay is the day of delay by which it is paid as likely as not. basis tells whether the curve is the customer''s or the pool''s alone.';

CREATE FUNCTION ar.forecast_weeks(company_id bigint, as_of date, weeks integer, scenario jsonb, known_at timestamptz,
                                  history_days integer, half_life_days integer, pool_weight double precision,
                                  customer_correlation double precision, common_correlation double precision)
    RETURNS TABLE (part text, week integer, week_start date, week_end date, due numeric, expected numeric,
                   p10 numeric, p50 numeric, p90 numeric)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off SET work_mem = '64MB' AS $$
DECLARE
    decimals CONSTANT integer := ar.company_minor_units(company_id);
    within   integer[];
BEGIN
    IF weeks IS NULL OR weeks NOT BETWEEN 1 AND 104 THEN
        RAISE EXCEPTION 'a forecast is for 1 to 104 weeks, not %', coalesce(weeks::text, 'null')
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- Behind the last week, all that is ever paid.
    SELECT array_agg(7 * w ORDER BY w) || 1000000 INTO within FROM generate_series(1, weeks) AS w;
    RETURN QUERY
    WITH item AS MATERIALIZED (
        SELECT f.*, NOT f.is_discounted AS is_whole
        FROM ar.forecast_items(forecast_weeks.company_id, forecast_weeks.as_of, within, forecast_weeks.scenario, forecast_weeks.known_at,
                               forecast_weeks.history_days, forecast_weeks.half_life_days, forecast_weeks.pool_weight, false) AS f
    ), drawn AS MATERIALIZED (
        SELECT ar.cash_forecast_agg(i.customer_id, i.item_id, i.received, i.probabilities,
                                    -- Of many items fewer draws do: their sum varies less.
                                    (SELECT least(1000, greatest(200, 10000000 / greatest(count(*), 1)))::integer FROM item),
                                    forecast_weeks.customer_correlation, forecast_weeks.common_correlation) AS periods,
               coalesce(bool_or(i.is_expected), false) AS any_expected, coalesce(bool_or(i.basis IS NOT NULL), false) AS any_known,
               coalesce(sum(i.open_amount) FILTER (WHERE i.is_expected AND i.is_whole), 0) AS expected,
               coalesce(sum(i.open_amount) FILTER (WHERE NOT i.is_expected), 0) AS unapplied,
               coalesce(sum(i.discount), 0) AS discount
        FROM item AS i
    ), contractual AS (
        SELECT least(greatest((i.due_on - forecast_weeks.as_of + 6) / 7, 1), weeks + 1) AS week, sum(i.open_amount) AS due
        FROM item AS i WHERE i.is_expected AND i.is_whole GROUP BY 1
    ), period AS MATERIALIZED (
        SELECT n.week, n.week <= weeks AS is_week, round(coalesce(c.due, 0), decimals) AS due,
               CASE WHEN d.any_known OR NOT d.any_expected THEN round(coalesce(d.periods[n.week][1], 0)::numeric, decimals) END AS expected,
               CASE WHEN d.any_known OR NOT d.any_expected THEN round(coalesce(d.periods[n.week][2], 0)::numeric, decimals) END AS p10,
               CASE WHEN d.any_known OR NOT d.any_expected THEN round(coalesce(d.periods[n.week][3], 0)::numeric, decimals) END AS p50,
               CASE WHEN d.any_known OR NOT d.any_expected THEN round(coalesce(d.periods[n.week][4], 0)::numeric, decimals) END AS p90
        FROM generate_series(1, weeks + 1) AS n (week)
        CROSS JOIN drawn AS d
        LEFT JOIN contractual AS c ON c.week = n.week
    ), rest AS (
        SELECT d.unapplied, round(d.discount::numeric, decimals) AS discount,
               -- What rounding took or gave is here too, so that all parts come to the balance.
               CASE WHEN d.any_known OR NOT d.any_expected
                    THEN d.expected - (SELECT sum(p.expected) FROM period AS p) - round(d.discount::numeric, decimals) END AS never
        FROM drawn AS d
    )
    SELECT x.part, x.week, x.week_start, x.week_end, x.due, x.expected, x.p10, x.p50, x.p90
    FROM (SELECT CASE WHEN p.is_week THEN 1 ELSE 2 END AS place, CASE WHEN p.is_week THEN 'week' ELSE 'later' END AS part,
                 CASE WHEN p.is_week THEN p.week END AS week, forecast_weeks.as_of + 7 * p.week - 6 AS week_start,
                 CASE WHEN p.is_week THEN forecast_weeks.as_of + 7 * p.week END AS week_end, p.due, p.expected,
                 CASE WHEN p.is_week THEN p.p10 END AS p10, CASE WHEN p.is_week THEN p.p50 END AS p50, CASE WHEN p.is_week THEN p.p90 END AS p90
          FROM period AS p
          UNION ALL
          SELECT 3, 'discount', NULL, NULL, NULL, round(0, decimals), r.discount, NULL, NULL, NULL FROM rest AS r
          WHERE forecast_weeks.scenario IS NOT NULL
          UNION ALL
          SELECT 4, 'never', NULL, NULL, NULL, round(0, decimals), round(r.never, decimals), NULL, NULL, NULL FROM rest AS r
          UNION ALL
          SELECT 5, 'unapplied', NULL, NULL, NULL, round(r.unapplied, decimals), round(r.unapplied, decimals), NULL, NULL, NULL FROM rest AS r) AS x
    ORDER BY x.place, x.week;
END;
$$;
COMMENT ON FUNCTION ar.forecast_weeks(bigint, date, integer, jsonb, timestamptz, integer, integer, double precision, double precision, double precision) IS
'ar.forecast_cash, under a scenario where that is not null: then with a part discount, what is granted for early payment.';

CREATE FUNCTION ar.forecast_cash(company_id bigint, as_of date DEFAULT ar.as_of(), weeks integer DEFAULT 13,
                                 known_at timestamptz DEFAULT ar.known_at(),
                                 history_days integer DEFAULT 730, half_life_days integer DEFAULT 90,
                                 pool_weight double precision DEFAULT 10,
                                 customer_correlation double precision DEFAULT 0.05, common_correlation double precision DEFAULT 0.01)
    RETURNS TABLE (part text, week integer, week_start date, week_end date, due numeric, expected numeric,
                   p10 numeric, p50 numeric, p90 numeric)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT * FROM ar.forecast_weeks(company_id, as_of, weeks, NULL, known_at, history_days, half_life_days, pool_weight,
                                    customer_correlation, common_correlation)
$$;
COMMENT ON FUNCTION ar.forecast_cash(bigint, date, integer, timestamptz, integer, integer, double precision, double precision, double precision) IS
'What the items open at as_of bring in, in the currency of the company: one row for each of the weeks of seven days after as_of (part week) with what falls due (what is overdue already in the first) and what is expected, then what is expected later, never, and unapplied credits with other items that no payment is expected for (negative). due and expected each come to the balance. Expected is the sum of open amount x ar.payment_probability by the delay curves of the customers (ar.delay_curves), shrunk to the pool of the company with weight pool_weight; p10, p50 and p90 are percentiles of ar.cash_forecast_agg. What is older than anything ever paid is expected never. Sales yet to come are not in it. Without any payment to learn from, all but due is null. Errors: 22023 for weeks outside 1 to 104, no date or a wrong weight, 23503 for an unknown company, 55000 without books.';

CREATE FUNCTION ar.forecast_scenario(company_id bigint, scenario jsonb, as_of date DEFAULT ar.as_of(), weeks integer DEFAULT 13,
                                     known_at timestamptz DEFAULT ar.known_at(),
                                     history_days integer DEFAULT 730, half_life_days integer DEFAULT 90,
                                     pool_weight double precision DEFAULT 10,
                                     customer_correlation double precision DEFAULT 0.05, common_correlation double precision DEFAULT 0.01)
    RETURNS TABLE (part text, week integer, week_start date, week_end date, base numeric, expected numeric, difference numeric,
                   base_p10 numeric, base_p90 numeric, p10 numeric, p90 numeric)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.part, s.week, s.week_start, s.week_end, b.expected, s.expected, s.expected - b.expected, b.p10, b.p90, s.p10, s.p90
    FROM ar.forecast_weeks(company_id, as_of, weeks, coalesce(scenario, 'null'), known_at, history_days, half_life_days, pool_weight,
                           customer_correlation, common_correlation) WITH ORDINALITY
         AS s (part, week, week_start, week_end, due, expected, p10, p50, p90, place)
    -- No change at all: the base, where nothing is discounted.
    JOIN ar.forecast_weeks(company_id, as_of, weeks, '[]', known_at, history_days, half_life_days, pool_weight,
                           customer_correlation, common_correlation) AS b
      ON b.part = s.part AND b.week IS NOT DISTINCT FROM s.week
    ORDER BY s.place
$$;
COMMENT ON FUNCTION ar.forecast_scenario(bigint, jsonb, date, integer, timestamptz, integer, integer, double precision, double precision, double precision) IS
'ar.forecast_cash as it is (base), as it would be (expected), and the difference. A scenario is a change or a list of them, each for all customers or those of a customer_number, grade, salesperson, department or region: {"delay_days": 10} everything comes so much later (negative: earlier); {"lost_share": 1} so much of what is open is never paid; {"as_grade": "C"} customers pay like those of that grade together; {"discount_percent": 2, "discount_days": 10, "discount_share": 0.4} that share of what is not due yet comes after so many days, less the discount. Errors as of ar.forecast_cash, and 22023 for a change that is not understood.';

CREATE FUNCTION ar.payment_outlook(company_id bigint, as_of date DEFAULT ar.as_of(), known_at timestamptz DEFAULT ar.known_at(),
                                   history_days integer DEFAULT 730, half_life_days integer DEFAULT 90,
                                   pool_weight double precision DEFAULT 10)
    RETURNS TABLE (item_id bigint, customer_id bigint, due_on date, days_past_due integer, open_company_amount numeric,
                   within_7_days numeric, within_14_days numeric, within_30_days numeric, within_60_days numeric, within_90_days numeric,
                   ever numeric, expected_on date, basis text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT f.item_id, f.customer_id, f.due_on, payment_outlook.as_of - f.due_on, f.open_amount,
           round(f.probabilities[1]::numeric, 6), round(f.probabilities[2]::numeric, 6), round(f.probabilities[3]::numeric, 6),
           round(f.probabilities[4]::numeric, 6), round(f.probabilities[5]::numeric, 6), round(f.probabilities[6]::numeric, 6),
           f.due_on + f.expected_delay, f.basis
    FROM ar.forecast_items(payment_outlook.company_id, payment_outlook.as_of, '{7,14,30,60,90,1000000}', NULL, payment_outlook.known_at,
                           payment_outlook.history_days, payment_outlook.half_life_days, payment_outlook.pool_weight, true) AS f
    WHERE f.is_expected
$$;
COMMENT ON FUNCTION ar.payment_outlook(bigint, date, timestamptz, integer, integer, double precision) IS
'Each item open at as_of that a payment is expected for, with the probability (six decimals) that it is paid within so many days after as_of, or ever, and the day by which it is paid as likely as not (null where that never comes). basis: customer for the curve of the customer, shrunk to the pool; pool where the customer has paid nothing yet; null, with the probabilities, where the company has none. Probabilities are null too where nothing was ever paid so late. Errors as of ar.forecast_cash.';

CREATE FUNCTION ar.item_payment_probability(company_id bigint, item_id bigint, within_days integer,
                                            as_of date DEFAULT ar.as_of(), known_at timestamptz DEFAULT ar.known_at())
    RETURNS numeric
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    result numeric;
BEGIN
    IF within_days IS NULL OR within_days < 0 THEN
        RAISE EXCEPTION 'within_days must be a number of days, not %', coalesce(within_days::text, 'null')
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT round(f.probabilities[1]::numeric, 6) INTO result
    FROM ar.forecast_items(company_id, as_of, ARRAY[within_days], NULL, known_at, 730, 90, 10, false) AS f
    WHERE f.item_id = item_payment_probability.item_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'item % of company % is not open on %', coalesce(item_id::text, 'null'), company_id, as_of
            USING ERRCODE = 'no_data_found';
    END IF;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.item_payment_probability(bigint, bigint, integer, date, timestamptz) IS
'The probability (six decimals) that an item open at as_of is paid within so many days after it, as of ar.payment_outlook, which is faster for many; null for a credit and where nothing is known. Errors: P0002 where the item is not open, 22023 for a negative number of days, and those of ar.forecast_cash.';
