-- When open items will be paid ---------------------------------------------------

CREATE FUNCTION ar.pays_in_cash(kind text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN kind IN ('invoice', 'opening_balance', 'interest', 'fee', 'adjustment', 'transfer_in');
COMMENT ON FUNCTION ar.pays_in_cash(text) IS
'Whether a payment is expected for debit items of a kind: all but refunds and exchange differences, and reversals of credits.';

CREATE FUNCTION ar.delay_curves(company_id bigint, as_of date DEFAULT ar.as_of(), history_days integer DEFAULT 730,
                                known_at timestamptz DEFAULT ar.known_at())
    RETURNS TABLE (customer_id bigint, curve ar.delay_curve)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM ar.company_minor_units(company_id);
    RETURN QUERY
    SELECT x.customer_id, ar.delay_curve_agg(x.delay, x.weight, x.is_censored)
    FROM (SELECT d.customer_id, a.effective_on - d.due_on AS delay,
                 a.amount::double precision / d.amount::double precision AS weight, c.kind <> 'payment' AS is_censored
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
          SELECT o.customer_id, delay_curves.as_of - o.due_on, o.open_amount::double precision / o.amount::double precision, true
          FROM ar.open_items(delay_curves.as_of, delay_curves.known_at) AS o
          WHERE o.company_id = delay_curves.company_id AND o.is_debit AND ar.pays_in_cash(o.kind)
            AND o.effective_on > delay_curves.as_of - delay_curves.history_days) AS x
    GROUP BY x.customer_id;
END;
$$;
COMMENT ON FUNCTION ar.delay_curves(bigint, date, integer, timestamptz) IS
'How late each customer of a company pays, from what had happened by as_of to the items of history_days before it: each payment counts for the share of the item that it paid, on the day from which it was applied; what was settled otherwise (credit notes, deposits, write-offs) counts as unseen from that day on, what is open as unpaid so far. Applications undone by as_of do not count. With known_at, as far as had been entered by then. Errors: 23503 for an unknown company, 55000 without books.';

CREATE FUNCTION ar.scenario_customers(company_id bigint, scenario jsonb)
    RETURNS TABLE (customer_id bigint, delay_days integer, kept_share double precision, as_grade text,
                   discount_percent numeric, discount_days integer, discount_share double precision)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changes  jsonb := CASE jsonb_typeof(scenario) WHEN 'object' THEN jsonb_build_array(scenario) ELSE scenario END;
    change   jsonb;
    place    bigint;
    fault    text;
    what     text[];
BEGIN
    PERFORM ar.company_minor_units(company_id);
    IF jsonb_typeof(changes) IS DISTINCT FROM 'array' THEN
        RAISE EXCEPTION 'a scenario must be a change or a list of changes'
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'For instance {"delay_days": 10, "region": "North"}.';
    END IF;
    FOR change, place IN SELECT c.value, c.ordinality FROM jsonb_array_elements(changes) WITH ORDINALITY AS c LOOP
        fault := NULL;
        IF jsonb_typeof(change) <> 'object' THEN
            fault := 'It is no object.';
        ELSE
            SELECT array_agg(k) INTO what FROM jsonb_object_keys(change) AS k
            WHERE k IN ('delay_days', 'lost_share', 'as_grade', 'discount_percent');
            SELECT format('Key %s is unknown.', to_jsonb(k)) INTO fault FROM jsonb_object_keys(change) AS k
            WHERE k NOT IN ('delay_days', 'lost_share', 'as_grade', 'discount_percent', 'discount_days', 'discount_share',
                            'customer_number', 'grade', 'salesperson', 'department', 'region') LIMIT 1;
            fault := coalesce(fault,
                CASE WHEN cardinality(what) IS DISTINCT FROM 1
                     THEN 'It must have exactly one of delay_days, lost_share, as_grade, discount_percent.' END,
                (SELECT format('%s must be text.', c.key) FROM jsonb_each(change) AS c
                 WHERE c.key IN ('customer_number', 'grade', 'salesperson', 'department', 'region', 'as_grade')
                   AND jsonb_typeof(c.value) <> 'string' LIMIT 1),
                (SELECT format('%s must be a number.', c.key) FROM jsonb_each(change) AS c
                 WHERE c.key IN ('delay_days', 'lost_share', 'discount_percent', 'discount_days', 'discount_share')
                   AND jsonb_typeof(c.value) <> 'number' LIMIT 1),
                CASE WHEN (change ->> 'delay_days')::numeric NOT BETWEEN -1000 AND 1000
                       OR (change ->> 'delay_days')::numeric % 1 <> 0
                     THEN 'delay_days must be a whole number from -1000 to 1000.' END,
                CASE WHEN (change ->> 'lost_share')::numeric NOT BETWEEN 0 AND 1 THEN 'lost_share must be from 0 to 1.' END,
                CASE WHEN change ->> 'as_grade' NOT IN ('A', 'B', 'C', 'D') THEN 'as_grade must be A, B, C or D.' END,
                CASE WHEN change ? 'discount_percent' <> (change ? 'discount_days' AND change ? 'discount_share')
                       OR change ? 'discount_days' <> change ? 'discount_share'
                     THEN 'discount_percent, discount_days and discount_share go together.' END,
                CASE WHEN (change ->> 'discount_percent')::numeric NOT BETWEEN 0 AND 100
                     THEN 'discount_percent must be from 0 to 100.' END,
                CASE WHEN (change ->> 'discount_share')::numeric NOT BETWEEN 0 AND 1 THEN 'discount_share must be from 0 to 1.' END,
                CASE WHEN (change ->> 'discount_days')::numeric NOT BETWEEN 1 AND 1000 OR (change ->> 'discount_days')::numeric % 1 <> 0
                     THEN 'discount_days must be a whole number from 1 to 1000.' END,
                CASE WHEN change ? 'customer_number' AND NOT EXISTS (
                         SELECT FROM receivables.customer AS c
                         WHERE c.company_id = scenario_customers.company_id AND c.customer_number = change ->> 'customer_number')
                     THEN format('Company %s has no customer %s.', company_id, change ->> 'customer_number') END);
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
           coalesce(exp(sum(ln(nullif(1 - (x.change ->> 'lost_share')::double precision, 0))))
                    FILTER (WHERE x.change ? 'lost_share'), 1)
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

-- The last of within_days may lie after all that curves know of.
CREATE FUNCTION ar.forecast_items(company_id bigint, as_of date, within_days integer[], scenario jsonb,
                                  known_at timestamptz, history_days integer, pool_weight double precision)
    RETURNS TABLE (item_id bigint, customer_id bigint, due_on date, open_amount numeric, is_expected boolean, is_discounted boolean,
                   received double precision, probabilities double precision[], basis text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    pool ar.delay_curve;
BEGIN
    PERFORM ar.company_minor_units(company_id);
    IF as_of IS NULL OR NOT isfinite(as_of) THEN
        RAISE EXCEPTION 'a forecast needs a date, not %', coalesce(as_of::text, 'null') USING ERRCODE = 'invalid_parameter_value';
    ELSIF history_days IS NULL OR history_days < 1 THEN
        RAISE EXCEPTION 'a forecast needs at least one day of history, not %', coalesce(history_days::text, 'null')
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN QUERY
    WITH curve AS MATERIALIZED (
        SELECT d.customer_id, d.curve FROM ar.delay_curves(forecast_items.company_id, forecast_items.as_of,
                                                           forecast_items.history_days, forecast_items.known_at) AS d
    ), pool AS MATERIALIZED (
        -- Without a single payment there is nothing to go by.
        SELECT CASE WHEN ar.survival(ar.delay_curve_agg(c.curve), 2000) < 1 THEN ar.delay_curve_agg(c.curve) END AS curve FROM curve AS c
    ), grade_pool AS MATERIALIZED (
        SELECT u.grade, ar.delay_curve_agg(c.curve) AS curve
        FROM curve AS c
        JOIN receivables.customer AS u ON u.company_id = forecast_items.company_id AND u.customer_id = c.customer_id
        WHERE forecast_items.scenario IS NOT NULL AND u.grade IS NOT NULL
        GROUP BY u.grade
    ), change AS MATERIALIZED (
        SELECT s.* FROM ar.scenario_customers(forecast_items.company_id, forecast_items.scenario) AS s
        WHERE forecast_items.scenario IS NOT NULL
    ), open AS (
        SELECT o.item_id, o.customer_id, o.due_on, o.open_company_amount, o.is_debit AND ar.pays_in_cash(o.kind) AS is_expected
        FROM ar.open_items(forecast_items.as_of, forecast_items.known_at) AS o
        WHERE o.company_id = forecast_items.company_id
        -- By customer, whose curve is then worked out once.
        ORDER BY o.customer_id
    )
    SELECT o.item_id, o.customer_id, o.due_on, o.open_company_amount, o.is_expected, v.is_discounted,
           CASE WHEN o.is_expected THEN o.open_company_amount::double precision * coalesce(h.kept_share, 1) * v.share END,
           CASE WHEN NOT o.is_expected OR p.curve IS NULL THEN NULL
                WHEN v.is_discounted
                THEN (SELECT array_agg(CASE WHEN d.days >= h.discount_days THEN 1.0 ELSE 0.0 END ORDER BY d.place)
                      FROM unnest(forecast_items.within_days) WITH ORDINALITY AS d (days, place))
                ELSE ar.payment_probabilities(CASE WHEN h.as_grade IS NULL THEN c.curve ELSE g.curve END,
                                              forecast_items.as_of - o.due_on,
                                              CASE WHEN coalesce(h.delay_days, 0) = 0 THEN forecast_items.within_days
                                                   ELSE (SELECT array_agg(d.days - h.delay_days ORDER BY d.place)
                                                         FROM unnest(forecast_items.within_days) WITH ORDINALITY AS d (days, place)) END,
                                              p.curve, forecast_items.pool_weight) END,
           CASE WHEN NOT o.is_expected OR p.curve IS NULL THEN NULL WHEN c.curve IS NULL THEN 'pool' ELSE 'customer' END
    FROM open AS o
    CROSS JOIN pool AS p
    LEFT JOIN curve AS c ON c.customer_id = o.customer_id
    LEFT JOIN change AS h ON h.customer_id = o.customer_id
    LEFT JOIN grade_pool AS g ON g.grade = h.as_grade
    CROSS JOIN LATERAL (
        SELECT false AS is_discounted,
               CASE WHEN h.discount_share IS NULL OR o.due_on <= forecast_items.as_of THEN 1 ELSE 1 - h.discount_share END AS share
        UNION ALL
        -- What is paid early for a discount, of what is not due yet, is an item of its own.
        SELECT true, h.discount_share * (1 - h.discount_percent / 100)::double precision
        WHERE h.discount_share > 0 AND o.due_on > forecast_items.as_of AND o.is_expected) AS v;
END;
$$;
COMMENT ON FUNCTION ar.forecast_items(bigint, date, integer[], jsonb, timestamptz, integer, double precision) IS
'What ar.forecast_cash and its kin forecast: each item open at as_of with the probabilities that it is paid within so many days (null where nothing is known of payments so late, or of payments at all), by the curve of its customer shrunk to the pool of the company, and what is then received, in the currency of the company. An item that a scenario discounts comes twice. basis tells whether its customer has a curve of its own.';

CREATE FUNCTION ar.forecast_cash(company_id bigint, as_of date DEFAULT ar.as_of(), weeks integer DEFAULT 13,
                                 scenario jsonb DEFAULT NULL, known_at timestamptz DEFAULT ar.known_at(),
                                 history_days integer DEFAULT 730, pool_weight double precision DEFAULT 10,
                                 customer_correlation double precision DEFAULT 0.1, common_correlation double precision DEFAULT 0.02)
    RETURNS TABLE (part text, week integer, week_start date, week_end date, due numeric, expected numeric,
                   p10 numeric, p50 numeric, p90 numeric)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    decimals CONSTANT integer := ar.company_minor_units(company_id);
    within   integer[];
    item_count bigint;
BEGIN
    IF weeks IS NULL OR weeks NOT BETWEEN 1 AND 104 THEN
        RAISE EXCEPTION 'a forecast is for 1 to 104 weeks, not %', coalesce(weeks::text, 'null')
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- The last is what is paid at all.
    SELECT array_agg(7 * w ORDER BY w) || 100000 INTO within FROM generate_series(1, weeks) AS w;
    SELECT count(*) INTO item_count
    FROM receivables.item AS i
    WHERE i.company_id = forecast_cash.company_id AND i.closed_on > as_of AND i.effective_on <= as_of;
    RETURN QUERY
    WITH item AS MATERIALIZED (
        SELECT * FROM ar.forecast_items(forecast_cash.company_id, forecast_cash.as_of, within, forecast_cash.scenario,
                                        forecast_cash.known_at, forecast_cash.history_days, forecast_cash.pool_weight)
    ), drawn AS MATERIALIZED (
        -- As many draws as a second allows: 1000, but for many items fewer, whose percentiles are steadier.
        SELECT ar.cash_forecast_agg(i.customer_id, i.item_id, i.received, i.probabilities,
                                    least(1000, greatest(200, 20000000 / greatest(item_count, 1)))::integer,
                                    forecast_cash.customer_correlation, forecast_cash.common_correlation) AS periods,
               bool_or(i.is_expected) AS any_expected, bool_or(i.basis IS NOT NULL) AS any_known,
               sum(i.open_amount) FILTER (WHERE i.is_expected AND NOT i.is_discounted) AS expected,
               sum(i.open_amount) FILTER (WHERE NOT i.is_expected) AS unapplied,
               coalesce(sum(i.open_amount::double precision * h.discount) FILTER (WHERE i.is_discounted), 0) AS discount
        FROM item AS i
        LEFT JOIN LATERAL (SELECT 0::double precision AS discount) AS h ON true
    ), contractual AS MATERIALIZED (
        SELECT greatest((i.due_on - forecast_cash.as_of + 6) / 7, 1) AS week, sum(i.open_amount) AS due
        FROM item AS i WHERE i.is_expected AND NOT i.is_discounted GROUP BY 1
    ), period AS (
        SELECT n.week, round(coalesce(c.due, 0), decimals) AS due,
               CASE WHEN d.any_known THEN round(coalesce(d.periods[n.week][1], 0)::numeric, decimals)
                    WHEN d.any_expected THEN NULL ELSE round(0, decimals) END AS expected,
               d.periods
        FROM generate_series(1, weeks + 1) AS n (week)
        CROSS JOIN drawn AS d
        LEFT JOIN (SELECT least(c.week, weeks + 1) AS week, sum(c.due) AS due FROM contractual AS c GROUP BY 1) AS c ON c.week = n.week
    )
    SELECT CASE WHEN p.week <= weeks THEN 'week' ELSE 'later' END, CASE WHEN p.week <= weeks THEN p.week END,
           forecast_cash.as_of + 7 * p.week - 6, CASE WHEN p.week <= weeks THEN forecast_cash.as_of + 7 * p.week END,
           p.due, p.expected,
           CASE WHEN p.week <= weeks AND p.expected IS NOT NULL THEN round(coalesce(p.periods[p.week][2], 0)::numeric, decimals) END,
           CASE WHEN p.week <= weeks AND p.expected IS NOT NULL THEN round(coalesce(p.periods[p.week][3], 0)::numeric, decimals) END,
           CASE WHEN p.week <= weeks AND p.expected IS NOT NULL THEN round(coalesce(p.periods[p.week][4], 0)::numeric, decimals) END
    FROM period AS p
    UNION ALL
    SELECT 'never', NULL, NULL, NULL, round(0, decimals),
           round(coalesce(d.expected, 0), decimals) - (SELECT sum(p.expected) FROM period AS p HAVING count(p.expected) = weeks + 1),
           NULL, NULL, NULL
    FROM drawn AS d
    UNION ALL
    SELECT 'unapplied', NULL, NULL, NULL, round(coalesce(d.unapplied, 0), decimals), round(coalesce(d.unapplied, 0), decimals),
           NULL, NULL, NULL
    FROM drawn AS d;
END;
$$;
