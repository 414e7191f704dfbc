-- Snapshots --------------------------------------------------------------------------

CREATE FUNCTION ar.take_snapshot(company_id bigint, as_of date DEFAULT ar.as_of(), OUT customers bigint, OUT changed bigint)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    is_new   boolean;
    rows     bigint;
BEGIN
    PERFORM ar.company_minor_units(company_id);
    IF as_of IS NULL OR NOT isfinite(as_of) THEN
        RAISE EXCEPTION 'as_of must be a day, not %', coalesce(as_of::text, 'null') USING ERRCODE = 'invalid_parameter_value';
    END IF;
    INSERT INTO receivables.snapshot AS s (company_id, as_of, month_from)
    VALUES (company_id, as_of, ar.month_before(as_of))
    ON CONFLICT ON CONSTRAINT snapshot_pkey DO NOTHING;
    is_new := FOUND;
    -- One session at a time takes it; what follows sees what that one wrote.
    PERFORM FROM receivables.snapshot AS s
    WHERE s.company_id = take_snapshot.company_id AND s.as_of = take_snapshot.as_of FOR UPDATE;

    -- What has been entered by now counts, whatever the session looks at.
    WITH fresh AS MATERIALIZED (
        SELECT o.customer_id, c.grade::text AS grade, w.salesperson, w.department, w.region,
               coalesce(o.unapplied, 0) AS unapplied_amount, o.aging
        FROM (SELECT o.customer_id,
                     ar.aging_agg(o.open_company_amount, o.due_on, take_snapshot.as_of) FILTER (WHERE o.is_debit) AS aging,
                     sum(o.open_company_amount) FILTER (WHERE NOT o.is_debit) AS unapplied
              FROM ar.open_items(take_snapshot.as_of, NULL) AS o
              WHERE o.company_id = take_snapshot.company_id
              GROUP BY o.customer_id) AS o
        JOIN receivables.customer AS c ON c.company_id = take_snapshot.company_id AND c.customer_id = o.customer_id
        LEFT JOIN receivables.customer_owner AS w ON w.company_id = c.company_id AND w.customer_id = c.customer_id
            AND w.valid_from <= take_snapshot.as_of AND w.valid_to > take_snapshot.as_of
    ), gone AS (
        DELETE FROM receivables.aging_snapshot AS s
        WHERE s.company_id = take_snapshot.company_id AND s.as_of = take_snapshot.as_of
          AND s.customer_id NOT IN (SELECT f.customer_id FROM fresh AS f)
        RETURNING 1
    ), written AS (
        INSERT INTO receivables.aging_snapshot AS s (company_id, as_of, customer_id, grade, salesperson, department, region,
                                                     unapplied_amount, aging)
        SELECT take_snapshot.company_id, take_snapshot.as_of, f.* FROM fresh AS f
        ON CONFLICT ON CONSTRAINT aging_snapshot_pkey DO UPDATE
        SET grade = excluded.grade, salesperson = excluded.salesperson, department = excluded.department,
            region = excluded.region, unapplied_amount = excluded.unapplied_amount, aging = excluded.aging
        WHERE (s.grade, s.salesperson, s.department, s.region, s.unapplied_amount, s.aging::text)
              IS DISTINCT FROM (excluded.grade, excluded.salesperson, excluded.department, excluded.region,
                                excluded.unapplied_amount, excluded.aging::text)
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM fresh), (SELECT count(*) FROM gone) + (SELECT count(*) FROM written) INTO customers, changed;

    WITH fresh AS MATERIALIZED (
        SELECT m.from_state, m.to_state, m.amount, m.item_count
        FROM ar.bucket_migration(company_id, ar.month_before(as_of), as_of, NULL) AS m
    ), gone AS (
        DELETE FROM receivables.aging_migration AS s
        WHERE s.company_id = take_snapshot.company_id AND s.as_of = take_snapshot.as_of
          AND (s.from_state, s.to_state) NOT IN (SELECT f.from_state, f.to_state FROM fresh AS f)
        RETURNING 1
    ), written AS (
        INSERT INTO receivables.aging_migration AS s (company_id, as_of, from_state, to_state, amount, item_count)
        SELECT take_snapshot.company_id, take_snapshot.as_of, f.* FROM fresh AS f
        ON CONFLICT ON CONSTRAINT aging_migration_pkey DO UPDATE
        SET amount = excluded.amount, item_count = excluded.item_count
        WHERE (s.amount, s.item_count) IS DISTINCT FROM (excluded.amount, excluded.item_count)
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM written) INTO rows;
    changed := changed + rows;

    -- After the movements, which the roll rates are taken from.
    WITH fresh AS MATERIALIZED (
        SELECT v.scope, v.scope_value, v.indicator, v.value, v.numerator, v.denominator
        FROM ar.indicator_values(company_id, as_of, '{company,salesperson,department,region}', known_at => NULL) AS v
    ), gone AS (
        DELETE FROM receivables.indicator_snapshot AS s
        WHERE s.company_id = take_snapshot.company_id AND s.as_of = take_snapshot.as_of
          AND (s.scope, s.indicator, coalesce('=' || s.scope_value, '')) NOT IN (
              SELECT f.scope, f.indicator, coalesce('=' || f.scope_value, '') FROM fresh AS f)
        RETURNING 1
    ), written AS (
        INSERT INTO receivables.indicator_snapshot AS s (company_id, as_of, scope, scope_value, indicator, value, numerator, denominator)
        SELECT take_snapshot.company_id, take_snapshot.as_of, f.* FROM fresh AS f
        ON CONFLICT ON CONSTRAINT indicator_snapshot_key DO UPDATE
        SET value = excluded.value, numerator = excluded.numerator, denominator = excluded.denominator
        WHERE (s.value, s.numerator, s.denominator) IS DISTINCT FROM (excluded.value, excluded.numerator, excluded.denominator)
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM written) INTO rows;
    changed := changed + rows;

    IF is_new OR changed > 0 THEN
        UPDATE receivables.snapshot AS s
        SET customer_count = customers, taken_at = clock_timestamp(), taken_by = session_user
        WHERE s.company_id = take_snapshot.company_id AND s.as_of = take_snapshot.as_of;
    END IF;
END;
$function$;
COMMENT ON FUNCTION ar.take_snapshot(bigint, date) IS
'Keeps the state of a company at the end of a day, as far as has been entered by now: the ageing of each customer, what became of what was open a month before, and the indicators of the company and by salesperson, department and region. Returns the customers with open items and the rows that it wrote or removed. Taken again it replaces what late entries changed, and changes nothing where there were none. Errors: 22023 for no day, 23503 for an unknown company.';

CREATE FUNCTION ar.take_snapshots(as_of date DEFAULT ar.as_of())
    RETURNS TABLE (company_id bigint, customers bigint, changed bigint)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM ar.require_ledger();
    RETURN QUERY
    SELECT c.company_id, s.customers, s.changed
    FROM (SELECT x.company_id FROM receivables.company AS x ORDER BY x.company_id) AS c
    CROSS JOIN LATERAL ar.take_snapshot(c.company_id, as_of) AS s;
END;
$$;
COMMENT ON FUNCTION ar.take_snapshots(date) IS
'ar.take_snapshot for every company, in one transaction.';

CREATE FUNCTION ar.aging_trend(company_id bigint, dimension text DEFAULT NULL, from_date date DEFAULT '-infinity',
                               to_date date DEFAULT ar.as_of())
    RETURNS TABLE (as_of date, value text, customer_count bigint, item_count bigint,
                   not_due numeric, days_1_30 numeric, days_31_60 numeric, days_61_90 numeric, days_over_90 numeric,
                   unapplied_amount numeric, balance numeric, overdue numeric, overdue_rate numeric,
                   average_days_past_due numeric, aging ar.aging)
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    minor_units CONSTANT integer := ar.company_minor_units(company_id);
BEGIN
    IF dimension NOT IN ('salesperson', 'department', 'region', 'grade', 'customer') THEN
        RAISE EXCEPTION 'cannot report by %', dimension
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Report by salesperson, department, region, grade or customer.';
    END IF;
    RETURN QUERY
    SELECT a.as_of, a.value, a.customer_count, r.item_count,
           r.not_due, r.days_1_30, r.days_31_60, r.days_61_90, r.days_over_90, r.unapplied_amount, r.balance,
           r.overdue, r.overdue_rate, r.average_days_past_due, a.aging
    FROM (SELECT s.as_of, d.value, count(*) AS customer_count, ar.aging_agg(s.aging) AS aging, sum(s.unapplied_amount) AS unapplied
          FROM receivables.aging_snapshot AS s
          LEFT JOIN receivables.customer AS c ON c.company_id = s.company_id AND c.customer_id = s.customer_id
                                             AND aging_trend.dimension = 'customer'
          CROSS JOIN LATERAL (SELECT CASE aging_trend.dimension WHEN 'salesperson' THEN s.salesperson
              WHEN 'department' THEN s.department WHEN 'region' THEN s.region WHEN 'grade' THEN s.grade
              WHEN 'customer' THEN c.customer_number END AS value) AS d
          WHERE s.company_id = aging_trend.company_id AND s.as_of BETWEEN from_date AND to_date
          GROUP BY s.as_of, d.value) AS a
    CROSS JOIN LATERAL ar.aging_row(a.aging, a.unapplied, minor_units) AS r
    ORDER BY a.as_of, a.value;
END;
$$;
COMMENT ON FUNCTION ar.aging_trend(bigint, text, date, date) IS
'Ageing on the day of each snapshot from from_date to to_date: of the company, or by salesperson, department or region responsible on that day, by grade or by customer. Rolls snapshots up and looks at no item. A day on which nothing was open has no line. Errors: 22023 for another dimension, 23503 for an unknown company.';
