-- Payment terms and calendars of the books --------------------------------------

CREATE FUNCTION ar.check_payment_term() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM ar.check_term(NEW.definition);
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION ar.check_payment_term() IS
'Trigger function: refuses a payment term that ar.check_term finds faulty, with error 22023.';

CREATE FUNCTION ar.set_payment_term(company_id bigint, payment_term text, name text, definition jsonb) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM ar.company_minor_units(company_id);
    INSERT INTO receivables.payment_term AS t (company_id, payment_term, name, definition)
    VALUES (set_payment_term.company_id, set_payment_term.payment_term, set_payment_term.name, set_payment_term.definition)
    ON CONFLICT ON CONSTRAINT payment_term_pkey DO UPDATE
    SET name = EXCLUDED.name, definition = EXCLUDED.definition
    WHERE (t.name, t.definition) IS DISTINCT FROM (EXCLUDED.name, EXCLUDED.definition);
END;
$$;
COMMENT ON FUNCTION ar.set_payment_term(bigint, text, text, jsonb) IS
'Enters a payment term of a company, or changes it for documents to come. definition is described at ar.check_term. Errors: 22023 for a faulty definition, 23503 for an unknown company.';

CREATE FUNCTION ar.calendar_days(company_id bigint, OUT holidays date[], OUT workdays date[])
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(h.day ORDER BY h.day) FILTER (WHERE NOT h.is_workday), '{}'),
           coalesce(array_agg(h.day ORDER BY h.day) FILTER (WHERE h.is_workday), '{}')
    FROM receivables.company AS c
    JOIN receivables.holiday AS h ON h.calendar = c.calendar
    WHERE c.company_id = calendar_days.company_id
$$;
COMMENT ON FUNCTION ar.calendar_days(bigint) IS
'The holidays of the calendar of a company, and the weekends that are worked; empty without a calendar.';
