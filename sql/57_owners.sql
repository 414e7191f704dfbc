-- Owners of customers, dated ----------------------------------------------------------

CREATE FUNCTION ar.record_owner() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    latest receivables.customer_owner;
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO receivables.customer_owner (company_id, customer_id, salesperson, department, region)
        VALUES (NEW.company_id, NEW.customer_id, NEW.salesperson, NEW.department, NEW.region);
        RETURN NULL;
    END IF;
    SELECT * INTO latest
    FROM receivables.customer_owner AS o
    WHERE o.company_id = NEW.company_id AND o.customer_id = NEW.customer_id AND o.valid_to = 'infinity';
    IF (latest.salesperson, latest.department, latest.region) IS NOT DISTINCT FROM (NEW.salesperson, NEW.department, NEW.region) THEN
        RETURN NULL;
    ELSIF latest.valid_from >= current_date THEN
        UPDATE receivables.customer_owner AS o
        SET salesperson = NEW.salesperson, department = NEW.department, region = NEW.region
        WHERE o.company_id = NEW.company_id AND o.customer_id = NEW.customer_id AND o.valid_from = latest.valid_from;
    ELSE
        INSERT INTO receivables.customer_owner (company_id, customer_id, valid_from, salesperson, department, region)
        VALUES (NEW.company_id, NEW.customer_id, current_date, NEW.salesperson, NEW.department, NEW.region);
    END IF;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION ar.record_owner() IS
'Trigger function after insert or update of a customer: its first owner counts from -infinity, another one from today, or in place of the latest where that counts from today or later.';

CREATE FUNCTION ar.place_owner() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- One at a time for each customer.
    PERFORM FROM receivables.customer AS c
    WHERE c.company_id = NEW.company_id AND c.customer_id = NEW.customer_id FOR NO KEY UPDATE;
    SELECT o.valid_to INTO NEW.valid_to
    FROM receivables.customer_owner AS o
    WHERE o.company_id = NEW.company_id AND o.customer_id = NEW.customer_id
      AND o.valid_from < NEW.valid_from AND o.valid_to > NEW.valid_from;
    NEW.valid_to := coalesce(NEW.valid_to, 'infinity');
    UPDATE receivables.customer_owner AS o SET valid_to = NEW.valid_from
    WHERE o.company_id = NEW.company_id AND o.customer_id = NEW.customer_id
      AND o.valid_from < NEW.valid_from AND o.valid_to > NEW.valid_from;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION ar.place_owner() IS
'Trigger function before insert of an owner: ends the one before it and lets it count until the next, so that there is no gap.';

CREATE FUNCTION ar.keep_owner() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE receivables.customer AS c
    SET salesperson = NEW.salesperson, department = NEW.department, region = NEW.region
    WHERE c.company_id = NEW.company_id AND c.customer_id = NEW.customer_id
      AND (c.salesperson, c.department, c.region) IS DISTINCT FROM (NEW.salesperson, NEW.department, NEW.region);
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION ar.keep_owner() IS
'Trigger function after insert or update of the latest owner of a customer: the customer shows it.';

CREATE FUNCTION ar.assign_customer(company_id bigint, customer_number text, valid_from date,
                                   salesperson text, department text, region text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    customer bigint;
BEGIN
    PERFORM ar.company_minor_units(company_id);
    IF valid_from IS NULL OR valid_from = 'infinity' THEN
        RAISE EXCEPTION 'valid_from must be a date or -infinity, not %', coalesce(valid_from::text, 'null')
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT c.customer_id INTO customer
    FROM receivables.customer AS c
    WHERE c.company_id = assign_customer.company_id AND c.customer_number = assign_customer.customer_number
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'company % has no customer %', company_id, coalesce(customer_number, 'null')
            USING ERRCODE = 'no_data_found';
    END IF;
    UPDATE receivables.customer_owner AS o
    SET salesperson = assign_customer.salesperson, department = assign_customer.department, region = assign_customer.region
    WHERE o.company_id = assign_customer.company_id AND o.customer_id = customer AND o.valid_from = assign_customer.valid_from;
    IF NOT FOUND THEN
        INSERT INTO receivables.customer_owner (company_id, customer_id, valid_from, salesperson, department, region)
        VALUES (company_id, customer, valid_from, salesperson, department, region);
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.assign_customer(bigint, text, date, text, text, text) IS
'Gives a customer another owner from a day on, until the day from which a later one was entered; null for none. The day of an owner that is there already corrects that one (-infinity: the first). Entered again, it changes nothing. Errors: P0002 for an unknown customer, 23503 for an unknown company, 22023 for no date.';

CREATE FUNCTION ar.owner_periods(known_at timestamptz DEFAULT ar.known_at())
    RETURNS TABLE (company_id bigint, customer_id bigint, valid_from date, valid_to date,
                   salesperson text, department text, region text)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 100000 SET search_path = pg_catalog, pg_temp AS $$
    -- Owners are never removed: without those entered later, the earlier ones go on as they did.
    SELECT o.company_id, o.customer_id, o.valid_from,
           lead(o.valid_from, 1, 'infinity') OVER (PARTITION BY o.company_id, o.customer_id ORDER BY o.valid_from),
           CASE WHEN l.old ? 'salesperson' THEN l.old ->> 'salesperson' ELSE o.salesperson END,
           CASE WHEN l.old ? 'department' THEN l.old ->> 'department' ELSE o.department END,
           CASE WHEN l.old ? 'region' THEN l.old ->> 'region' ELSE o.region END
    FROM receivables.customer_owner AS o
    LEFT JOIN (
        -- What was corrected since, as it was before the first correction.
        SELECT (c.row_key ->> 'company_id')::bigint AS company_id, (c.row_key ->> 'customer_id')::bigint AS customer_id,
               (c.row_key ->> 'valid_from')::date AS valid_from, jsonb_object_agg(v.key, v.value ORDER BY c.change_id DESC) AS old
        FROM receivables.change_log AS c CROSS JOIN LATERAL jsonb_each(c.old) AS v
        WHERE c.table_name = 'customer_owner' AND c.operation = 'update' AND c.recorded_at > owner_periods.known_at
        GROUP BY c.row_key) AS l USING (company_id, customer_id, valid_from)
    WHERE owner_periods.known_at IS NULL OR o.recorded_at <= owner_periods.known_at
$$;
COMMENT ON FUNCTION ar.owner_periods(timestamptz) IS
'Who was responsible for each customer from when (valid_from) to the day before when (valid_to), without gaps; as far as had been entered by known_at where that is not null. Default: ar.known_at().';

CREATE FUNCTION ar.aging_by(dimension text, owner_on date DEFAULT NULL)
    RETURNS TABLE (company_id bigint, value text, customer_count bigint, item_count bigint,
                   not_due numeric, days_1_30 numeric, days_31_60 numeric, days_61_90 numeric, days_over_90 numeric,
                   unapplied_amount numeric, balance numeric, overdue numeric, overdue_rate numeric,
                   average_days_past_due numeric, aging ar.aging, as_of date)
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM ar.require_ledger();
    IF dimension IS NULL OR dimension NOT IN ('salesperson', 'department', 'region', 'grade') THEN
        RAISE EXCEPTION 'cannot report by %', coalesce(dimension, 'null')
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Report by salesperson, department, region or grade.';
    END IF;
    RETURN QUERY EXECUTE format($query$
        SELECT a.company_id, a.value, a.customer_count, r.item_count,
               r.not_due, r.days_1_30, r.days_31_60, r.days_61_90, r.days_over_90, r.unapplied_amount, r.balance,
               r.overdue, r.overdue_rate, r.average_days_past_due, a.aging, ar.as_of()
        FROM (%s) AS a
        JOIN receivables.company AS co ON co.company_id = a.company_id
        JOIN receivables.currency AS u ON u.currency = co.currency
        CROSS JOIN LATERAL ar.aging_row(a.aging, a.unapplied, u.minor_units) AS r$query$,
        CASE WHEN dimension = 'grade' THEN $query$
            SELECT c.company_id, c.grade AS value, count(*) AS customer_count, ar.aging_agg(c.aging) AS aging,
                   sum(c.unapplied_amount) AS unapplied
            FROM receivables.aging_by_customer AS c GROUP BY c.company_id, c.grade$query$
        WHEN owner_on IS NULL THEN format($query$
            SELECT o.company_id, w.%1$I AS value, count(DISTINCT o.customer_id) AS customer_count,
                   ar.aging_agg(o.open_company_amount, o.due_on, ar.as_of()) FILTER (WHERE o.is_debit) AS aging,
                   sum(o.open_company_amount) FILTER (WHERE NOT o.is_debit) AS unapplied
            FROM ar.open_items() AS o
            LEFT JOIN ar.owner_periods() AS w ON w.company_id = o.company_id AND w.customer_id = o.customer_id
                                             AND w.valid_from <= o.effective_on AND w.valid_to > o.effective_on
            GROUP BY o.company_id, w.%1$I$query$, dimension)
        ELSE format($query$
            SELECT c.company_id, w.%1$I AS value, count(*) AS customer_count, ar.aging_agg(c.aging) AS aging,
                   sum(c.unapplied_amount) AS unapplied
            FROM receivables.aging_by_customer AS c
            LEFT JOIN ar.owner_periods() AS w ON w.company_id = c.company_id AND w.customer_id = c.customer_id
                                             AND w.valid_from <= $1 AND w.valid_to > $1
            GROUP BY c.company_id, w.%1$I$query$, dimension) END)
    USING owner_on;
END;
$function$;
COMMENT ON FUNCTION ar.aging_by(text, date) IS
'Ageing at ar.as_of() by salesperson, department or region responsible on owner_on: today for the owners now; null for whoever was responsible on the day from which each item counts. A customer then counts for each owner of its items. By grade: that of the customer now. Columns as of receivables.aging_by_salesperson; every amount adds up to receivables.aging_summary. Error 22023 for another dimension.';
