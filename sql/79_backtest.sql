-- How good forecasts were ------------------------------------------------------

CREATE FUNCTION ar.check_series(actual numeric[], forecast numeric[]) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF cardinality(actual) <> cardinality(forecast) THEN
        RAISE EXCEPTION 'there must be a forecast for each actual'
            USING ERRCODE = 'array_subscript_error',
                  DETAIL = format('There are %s and %s.', cardinality(forecast), cardinality(actual));
    ELSIF array_position(actual, NULL) IS NOT NULL OR array_position(forecast, NULL) IS NOT NULL THEN
        RAISE EXCEPTION 'neither actuals nor forecasts may be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.check_series(numeric[], numeric[]) IS
'Errors: 2202E for lists of different length, 22004 for nulls in them.';

CREATE FUNCTION ar.wape(actual numeric[], forecast numeric[]) RETURNS numeric
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM ar.check_series(actual, forecast);
    RETURN (SELECT sum(abs(x.actual - x.forecast)) / nullif(sum(abs(x.actual)), 0) FROM unnest(actual, forecast) AS x (actual, forecast));
END;
$$;
COMMENT ON FUNCTION ar.wape(numeric[], numeric[]) IS
'Weighted absolute percentage error: sum of |actual - forecast| / sum of |actual|, not rounded; null where the actuals are all zero (Hyndman and Koehler 2006, for why not the mean of percentages). Errors: 2202E for lists of different length, 22004 for nulls in them.';

CREATE FUNCTION ar.forecast_bias(actual numeric[], forecast numeric[]) RETURNS numeric
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM ar.check_series(actual, forecast);
    RETURN (SELECT sum(x.forecast - x.actual) / nullif(sum(x.actual), 0) FROM unnest(actual, forecast) AS x (actual, forecast));
END;
$$;
COMMENT ON FUNCTION ar.forecast_bias(numeric[], numeric[]) IS
'Bias of a forecast: sum of (forecast - actual) / sum of actual, not rounded; positive where too much was expected, null where the actuals sum to zero. Errors as of ar.wape.';

CREATE FUNCTION ar.pinball_loss(actual numeric[], forecast numeric[], quantile numeric) RETURNS numeric
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM ar.check_series(actual, forecast);
    IF NOT (quantile > 0 AND quantile < 1) THEN
        RAISE EXCEPTION 'a quantile must be between 0 and 1, not %', quantile USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN (SELECT avg(greatest(quantile * (x.actual - x.forecast), (quantile - 1) * (x.actual - x.forecast)))
            FROM unnest(actual, forecast) AS x (actual, forecast));
END;
$$;
COMMENT ON FUNCTION ar.pinball_loss(numeric[], numeric[], numeric) IS
'Pinball loss of forecasts of a quantile: the mean of max(q x (actual - forecast), (q - 1) x (actual - forecast)), in the unit of the amounts, not rounded; the less the better (Koenker and Bassett 1978). Null for empty lists. Errors as of ar.wape, and 22023 for a quantile outside (0, 1).';

CREATE FUNCTION ar.forecast_coverage(actual numeric[], low numeric[], high numeric[]) RETURNS numeric
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM ar.check_series(actual, low), ar.check_series(actual, high);
    RETURN (SELECT avg((x.actual BETWEEN x.low AND x.high)::integer) FROM unnest(actual, low, high) AS x (actual, low, high));
END;
$$;
COMMENT ON FUNCTION ar.forecast_coverage(numeric[], numeric[], numeric[]) IS
'The share of actuals that were from low to high, not rounded: for P10 and P90 it should be 0.8. Null for empty lists. Errors as of ar.wape.';

CREATE FUNCTION ar.backtest_forecast(company_id bigint, from_origin date, to_origin date, step_days integer DEFAULT 28,
                                     weeks integer DEFAULT 13, as_entered boolean DEFAULT false,
                                     history_days integer DEFAULT 730, half_life_days integer DEFAULT 90,
                                     pool_weight double precision DEFAULT 10,
                                     customer_correlation double precision DEFAULT 0.05, common_correlation double precision DEFAULT 0.01)
    RETURNS TABLE (origin date, week integer, week_start date, week_end date, actual numeric, naive numeric, expected numeric,
                   p10 numeric, p50 numeric, p90 numeric)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    decimals CONSTANT integer := ar.company_minor_units(company_id);
    known    timestamptz;
BEGIN
    IF from_origin IS NULL OR to_origin IS NULL OR NOT isfinite(from_origin) OR NOT isfinite(to_origin)
       OR step_days IS NULL OR step_days < 1 THEN
        RAISE EXCEPTION 'a backtest needs two dates and a number of days between origins'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = format('from_origin is %s, to_origin %s, step_days %s.', coalesce(from_origin::text, 'null'),
                                  coalesce(to_origin::text, 'null'), coalesce(step_days::text, 'null'));
    END IF;
    origin := from_origin;
    WHILE origin <= to_origin LOOP
        known := CASE WHEN as_entered THEN (origin + 1)::timestamptz - interval '1 microsecond' END;
        RETURN QUERY
        WITH open AS MATERIALIZED (
            SELECT o.item_id FROM ar.open_items(backtest_forecast.origin, known) AS o
            WHERE o.company_id = backtest_forecast.company_id AND o.is_debit AND ar.pays_in_cash(o.kind)
        ), paid AS (
            SELECT (a.effective_on - backtest_forecast.origin + 6) / 7 AS week, sum(a.company_amount) AS amount
            FROM receivables.application AS a
            JOIN receivables.item AS c ON c.company_id = a.company_id AND c.item_id = a.credit_item_id AND c.kind = 'payment'
            WHERE a.company_id = backtest_forecast.company_id AND a.amount > 0
              AND a.effective_on > backtest_forecast.origin AND a.effective_on <= backtest_forecast.origin + 7 * weeks
              AND EXISTS (SELECT FROM open AS o WHERE o.item_id = a.debit_item_id)
              AND NOT EXISTS (SELECT FROM receivables.application AS r
                              WHERE r.company_id = a.company_id AND r.reverses_application_id = a.application_id)
            GROUP BY 1
        )
        SELECT backtest_forecast.origin, f.week, f.week_start, f.week_end, round(coalesce(p.amount, 0), decimals), f.due,
               f.expected, f.p10, f.p50, f.p90
        FROM ar.forecast_weeks(backtest_forecast.company_id, backtest_forecast.origin, weeks, NULL, known, history_days,
                               half_life_days, pool_weight, customer_correlation, common_correlation) AS f
        LEFT JOIN paid AS p ON p.week = f.week
        WHERE f.part = 'week'
        ORDER BY f.week;
        origin := origin + step_days;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION ar.backtest_forecast(bigint, date, date, integer, integer, boolean, integer, integer, double precision, double precision, double precision) IS
'ar.forecast_cash as it would have been at each origin, every step_days from from_origin to to_origin, beside what the items open then were paid in each week after (payments applied and not undone since) and the naive forecast: everything on its due date, what is overdue in the first week. A forecast knows what counted by its origin; with as_entered, only what had been entered by the end of that day. Errors as of ar.forecast_cash, and 22023 for dates or steps that are none.';

CREATE FUNCTION ar.forecast_accuracy(company_id bigint, from_origin date, to_origin date, step_days integer DEFAULT 28,
                                     weeks integer DEFAULT 13, as_entered boolean DEFAULT false,
                                     history_days integer DEFAULT 730, half_life_days integer DEFAULT 90,
                                     pool_weight double precision DEFAULT 10,
                                     customer_correlation double precision DEFAULT 0.05, common_correlation double precision DEFAULT 0.01)
    RETURNS TABLE (week integer, origins bigint, actual numeric, wape numeric, naive_wape numeric, bias numeric, naive_bias numeric,
                   pinball numeric, naive_pinball numeric, coverage numeric)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT x.week, x.origins, x.total, round(ar.wape(x.actual, x.expected), 6), round(ar.wape(x.actual, x.naive), 6),
           round(ar.forecast_bias(x.actual, x.expected), 6), round(ar.forecast_bias(x.actual, x.naive), 6),
           round((ar.pinball_loss(x.actual, x.p10, 0.1) + ar.pinball_loss(x.actual, x.p50, 0.5) + ar.pinball_loss(x.actual, x.p90, 0.9)) / 3, 2),
           round((ar.pinball_loss(x.actual, x.naive, 0.1) + ar.pinball_loss(x.actual, x.naive, 0.5) + ar.pinball_loss(x.actual, x.naive, 0.9)) / 3, 2),
           round(ar.forecast_coverage(x.actual, x.p10, x.p90), 6)
    FROM (SELECT b.week, count(DISTINCT b.origin) AS origins, sum(b.actual) AS total,
                 array_agg(b.actual ORDER BY b.origin, b.week) AS actual, array_agg(b.naive ORDER BY b.origin, b.week) AS naive,
                 array_agg(b.expected ORDER BY b.origin, b.week) AS expected, array_agg(b.p10 ORDER BY b.origin, b.week) AS p10,
                 array_agg(b.p50 ORDER BY b.origin, b.week) AS p50, array_agg(b.p90 ORDER BY b.origin, b.week) AS p90
          FROM ar.backtest_forecast(company_id, from_origin, to_origin, step_days, weeks, as_entered, history_days, half_life_days,
                                    pool_weight, customer_correlation, common_correlation) AS b
          -- Origins without any payment before them have no forecast.
          WHERE b.expected IS NOT NULL
          GROUP BY GROUPING SETS ((b.week), ())) AS x
    WHERE x.origins > 0
    ORDER BY x.week
$$;
COMMENT ON FUNCTION ar.forecast_accuracy(bigint, date, date, integer, integer, boolean, integer, integer, double precision, double precision, double precision) IS
'How good ar.forecast_cash was, from ar.backtest_forecast: one row for each week ahead and one for all (week null), with weighted absolute percentage error, bias and mean pinball loss of P10, P50 and P90 of the forecast and of the naive one, which has the same value for all three, and the share of actuals from P10 to P90. Origins that had nothing to learn from are left out. Null where nothing came in. Errors as of ar.backtest_forecast.';
