-- Alarms -----------------------------------------------------------------------------

CREATE FUNCTION ar.tier_rank(tier text) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE tier WHEN 'yellow' THEN 1 WHEN 'orange' THEN 2 WHEN 'red' THEN 3 ELSE 0 END;
COMMENT ON FUNCTION ar.tier_rank(text) IS
'Order of the tiers of alarms: yellow 1, orange 2, red 3; 0 for none.';

CREATE FUNCTION ar.alarm_threshold_is_valid() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM ar.indicator_definitions() AS d WHERE d.indicator = NEW.indicator) THEN
        RAISE EXCEPTION 'there is no indicator %', NEW.indicator
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = 'indicator',
                  HINT = format('The indicators are %s.', (SELECT string_agg(d.indicator, ', ' ORDER BY d.place)
                                                           FROM ar.indicator_definitions() AS d));
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION ar.alarm_threshold_is_valid() IS
'Trigger function before a threshold is stored: error 23514 for an indicator that there is not.';

CREATE FUNCTION ar.add_standard_alarm_thresholds(company_id bigint) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    added bigint;
BEGIN
    PERFORM ar.company_minor_units(company_id);
    INSERT INTO receivables.alarm_threshold (company_id, indicator, scope, tier, direction, value, clear_value)
    SELECT add_standard_alarm_thresholds.company_id, v.indicator, v.scope, t.tier, v.direction, t.value,
           t.value + CASE v.direction WHEN 'above' THEN -v.hysteresis ELSE v.hysteresis END
    FROM (VALUES ('oldest_days_past_due', 'customer', 'above', 0, '{30,60,90}'::numeric[]),
                 ('overdue_rate', 'company', 'above', 0.02, '{0.20,0.30,0.40}'),
                 ('overdue_rate', 'salesperson', 'above', 0.02, '{0.20,0.30,0.40}'),
                 ('overdue_rate', 'department', 'above', 0.02, '{0.20,0.30,0.40}'),
                 ('over_90_rate', 'company', 'above', 0.01, '{0.05,0.10,0.15}'),
                 ('disputed_share', 'company', 'above', 0.01, '{0.03,0.05,0.10}'),
                 ('top_ten_share', 'company', 'above', 0.02, '{0.50,0.65,0.80}'),
                 ('hhi', 'company', 'above', 100, '{1500,2500,NULL}'),
                 ('collection_rate_on_due', 'company', 'below', 0.02, '{0.80,0.70,0.60}'),
                 ('bad_debt_ratio', 'company', 'above', 0.001, '{0.005,0.010,0.020}')) AS v (indicator, scope, direction, hysteresis, tiers)
    CROSS JOIN LATERAL unnest('{yellow,orange,red}'::text[], v.tiers) AS t (tier, value)
    WHERE t.value IS NOT NULL
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS added = ROW_COUNT;
    RETURN added;
END;
$$;
COMMENT ON FUNCTION ar.add_standard_alarm_thresholds(bigint) IS
'Gives a company the standard thresholds, for what has none yet: customers whose oldest item is more than 30, 60 and 90 days past due are yellow, orange and red; and for overdue rate, share over 90 days, disputed share, concentration (HHI 1,500 and 2,500), collection and bad debt. They are a start, to be changed in receivables.alarm_threshold. Returns how many it added. Error 23503 for an unknown company.';

CREATE FUNCTION ar.evaluated_indicators(company_id bigint, as_of date, scopes text[], known_at timestamptz DEFAULT ar.known_at())
    RETURNS TABLE (scope text, scope_value text, customer_id bigint, indicator text, value numeric, unit text,
                   tier text, threshold numeric, direction text, has_threshold boolean, alarm_id bigint, open_tier text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    WITH threshold AS MATERIALIZED (
        SELECT t.* FROM receivables.alarm_threshold AS t WHERE t.company_id = evaluated_indicators.company_id
    ), alarm AS MATERIALIZED (
        -- A customer stays who it is, whatever its number.
        SELECT a.alarm_id, a.indicator, a.scope, coalesce(u.customer_number, a.scope_value) AS scope_value, a.tier
        FROM receivables.alarm AS a
        LEFT JOIN receivables.customer AS u ON u.company_id = a.company_id AND u.customer_id = a.customer_id
        WHERE a.company_id = evaluated_indicators.company_id AND a.cleared_at IS NULL AND a.scope = ANY (scopes)
    ), measured AS (
        SELECT v.scope, v.scope_value, v.indicator, v.value, v.unit
        FROM ar.indicator_values(company_id, as_of, scopes, known_at => evaluated_indicators.known_at,
            -- Of the company alone all are of interest, else what there are thresholds for.
            wanted => CASE WHEN scopes <> '{company}' THEN ARRAY(SELECT DISTINCT t.indicator FROM threshold AS t
                                                                WHERE t.scope = ANY (scopes)) END) AS v
        WHERE scopes = '{company}' OR (v.scope, v.indicator) IN (SELECT t.scope, t.indicator FROM threshold AS t)
    ), current AS MATERIALIZED (
        -- What has an alarm still but no items any more has no value.
        SELECT coalesce(m.scope, a.scope) AS scope, coalesce(m.scope_value, a.scope_value) AS scope_value,
               coalesce(m.indicator, a.indicator) AS indicator, m.value, d.unit, a.alarm_id, a.tier AS open_tier
        FROM measured AS m
        -- The scopes of the alarms are among those asked for; null values are the same.
        FULL JOIN alarm AS a ON a.indicator = m.indicator AND a.scope = m.scope
                            AND coalesce('=' || a.scope_value, '') = coalesce('=' || m.scope_value, '')
        JOIN ar.indicator_definitions() AS d ON d.indicator = coalesce(m.indicator, a.indicator)
    ), own AS (
        SELECT DISTINCT t.indicator, t.scope, t.scope_value FROM threshold AS t WHERE t.scope_value IS NOT NULL
    )
    SELECT c.scope, c.scope_value, u.customer_id, c.indicator, c.value, c.unit, t.tier, t.value, t.direction,
           t.has_threshold IS TRUE, c.alarm_id, c.open_tier
    FROM current AS c
    LEFT JOIN own AS o ON o.indicator = c.indicator AND o.scope = c.scope AND o.scope_value = c.scope_value
    LEFT JOIN receivables.customer AS u ON c.scope = 'customer' AND u.company_id = evaluated_indicators.company_id
                                       AND u.customer_number = c.scope_value
    LEFT JOIN LATERAL (
        SELECT t.tier, t.value, t.direction, t.is_reached, true AS has_threshold
        FROM (SELECT x.tier, x.value, x.direction, x.is_beyond IS TRUE AS is_reached
              FROM (SELECT h.tier, h.value, h.direction,
                           CASE h.direction WHEN 'above' THEN c.value > l.bound ELSE c.value < l.bound END AS is_beyond
                    FROM threshold AS h
                    -- What was raised already goes back by another value.
                    CROSS JOIN LATERAL (SELECT CASE WHEN ar.tier_rank(c.open_tier) >= ar.tier_rank(h.tier)
                                                    THEN coalesce(h.clear_value, h.value) ELSE h.value END AS bound) AS l
                    WHERE h.indicator = c.indicator AND h.scope = c.scope
                      AND h.scope_value IS NOT DISTINCT FROM o.scope_value) AS x) AS t
        ORDER BY t.is_reached DESC, CASE WHEN t.is_reached THEN ar.tier_rank(t.tier) ELSE -ar.tier_rank(t.tier) END DESC
        LIMIT 1) AS h ON true
    CROSS JOIN LATERAL (SELECT CASE WHEN h.is_reached THEN h.tier END AS tier, h.value, h.direction, h.has_threshold) AS t;
END;
$$;
COMMENT ON FUNCTION ar.evaluated_indicators(bigint, date, text[], timestamptz) IS
'Indicators of a company by scope, as far as entered by known_at, against receivables.alarm_threshold: the tier each has reached, null for none, with the threshold of that tier or of the first one, and the alarm that is open about it. An open alarm keeps its tier until the value is back within clear_value.';

CREATE FUNCTION ar.evaluate_alarms(company_id bigint, as_of date DEFAULT ar.as_of(),
                                   OUT raised bigint, OUT changed bigint, OUT cleared bigint)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    scopes text[];
    latest date;
BEGIN
    PERFORM ar.company_minor_units(company_id);
    -- One session at a time: the next sees what this one raised.
    PERFORM FROM receivables.alarm_threshold AS t
    WHERE t.company_id = evaluate_alarms.company_id ORDER BY t.alarm_threshold_id FOR UPDATE;
    SELECT array_agg(s.scope) INTO scopes
    FROM (SELECT t.scope FROM receivables.alarm_threshold AS t WHERE t.company_id = evaluate_alarms.company_id
          UNION SELECT a.scope FROM receivables.alarm AS a
          WHERE a.company_id = evaluate_alarms.company_id AND a.cleared_at IS NULL) AS s;
    SELECT max(greatest(a.as_of, a.cleared_on)) INTO latest
    FROM receivables.alarm AS a WHERE a.company_id = evaluate_alarms.company_id;
    IF as_of < latest THEN
        RAISE EXCEPTION 'alarms of % were evaluated already', latest
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Alarms follow each other by date.';
    END IF;
    raised := 0;
    changed := 0;
    cleared := 0;
    IF scopes IS NULL THEN
        RETURN;
    END IF;

    WITH evaluated AS MATERIALIZED (
        SELECT e.* FROM ar.evaluated_indicators(company_id, as_of, scopes, NULL) AS e
        WHERE e.tier IS DISTINCT FROM e.open_tier
    ), new AS (
        INSERT INTO receivables.alarm (company_id, indicator, scope, scope_value, customer_id, tier, value, threshold, direction,
                                       raised_on, as_of)
        SELECT evaluate_alarms.company_id, e.indicator, e.scope, e.scope_value, e.customer_id, e.tier, e.value, e.threshold,
               e.direction, evaluate_alarms.as_of, evaluate_alarms.as_of
        FROM evaluated AS e WHERE e.alarm_id IS NULL
        ORDER BY ar.tier_rank(e.tier) DESC, e.indicator, e.scope, e.scope_value
        ON CONFLICT DO NOTHING
        RETURNING 1
    ), other AS (
        UPDATE receivables.alarm AS a
        SET tier = e.tier, value = e.value, threshold = e.threshold, direction = e.direction, as_of = evaluate_alarms.as_of
        FROM evaluated AS e
        WHERE a.company_id = evaluate_alarms.company_id AND a.alarm_id = e.alarm_id AND a.cleared_at IS NULL AND e.tier IS NOT NULL
        RETURNING 1
    ), gone AS (
        UPDATE receivables.alarm AS a
        SET value = e.value, cleared_on = evaluate_alarms.as_of, cleared_at = clock_timestamp()
        FROM evaluated AS e
        WHERE a.company_id = evaluate_alarms.company_id AND a.alarm_id = e.alarm_id AND a.cleared_at IS NULL AND e.tier IS NULL
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM new), (SELECT count(*) FROM other), (SELECT count(*) FROM gone) INTO raised, changed, cleared;
END;
$$;
COMMENT ON FUNCTION ar.evaluate_alarms(bigint, date) IS
'Measures the indicators of a company at a date, as far as has been entered by now, by its thresholds: raises an alarm for what has reached a tier, changes one whose tier is another, and clears one that is back within the clear_value of its lowest tier, or whose indicator is no longer defined. Each once, however often and by how many sessions it is called; subscribers get alarm.raised, alarm.changed and alarm.cleared. Returns how many of each. Errors: 55000 for a day before one that was evaluated, 23503 for an unknown company.';

CREATE FUNCTION ar.indicator_in_words(value numeric, unit text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN CASE unit WHEN 'ratio' THEN round(value * 100, 1) || ' %'
                     WHEN 'days' THEN trim_scale(round(value, 1)) || CASE WHEN round(value, 1) = 1 THEN ' day' ELSE ' days' END
                     ELSE trim_scale(round(value, 0))::text END;
COMMENT ON FUNCTION ar.indicator_in_words(numeric, text) IS
'A value of an indicator as it is read: percent, days or points.';
