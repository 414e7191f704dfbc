-- Holds, releases and limits for a time ------------------------------------------------

CREATE FUNCTION ar.credit_customer(company_id bigint, customer_number text) RETURNS bigint
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    result bigint;
BEGIN
    PERFORM ar.require_guards();
    SELECT c.customer_id INTO result
    FROM receivables.customer AS c
    WHERE c.company_id = credit_customer.company_id AND c.customer_number = btrim(credit_customer.customer_number);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'customer % does not exist', coalesce(customer_number, 'null') USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.credit_customer(bigint, text) IS
'The customer of a number. Error 23503 where there is none.';

CREATE FUNCTION ar.place_hold(company_id bigint, customer_number text, reason text, valid_from date DEFAULT current_date,
                              valid_through date DEFAULT 'infinity') RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    result bigint;
BEGIN
    INSERT INTO receivables.credit_hold AS h (company_id, customer_id, reason, valid_from, valid_through)
    VALUES (company_id, ar.credit_customer(company_id, customer_number), reason, valid_from, valid_through)
    RETURNING h.credit_hold_id INTO result;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.place_hold(bigint, text, text, date, date) IS
'Puts a customer on hold, with a reason, from valid_from through valid_through: no order is allowed meanwhile. Returns credit_hold_id. Errors: 23503 for an unknown customer, 23502 and 23514 without a reason or with dates that make no sense.';

CREATE FUNCTION ar.lift_hold(company_id bigint, credit_hold_id bigint, reason text, valid_through date DEFAULT current_date - 1)
    RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF btrim(coalesce(reason, '')) = '' THEN
        RAISE EXCEPTION 'a hold is lifted for a reason' USING ERRCODE = 'check_violation';
    END IF;
    UPDATE receivables.credit_hold AS h
    SET valid_through = greatest(lift_hold.valid_through, h.valid_from - 1), lifted_reason = lift_hold.reason
    WHERE h.company_id = lift_hold.company_id AND h.credit_hold_id = lift_hold.credit_hold_id
      AND h.valid_through > lift_hold.valid_through;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no hold % that is valid after %', coalesce(credit_hold_id::text, 'null'), valid_through
            USING ERRCODE = 'no_data_found';
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.lift_hold(bigint, bigint, text, date) IS
'Ends a hold that somebody placed, with a reason; valid_through is its last day, yesterday unless another is given. The hold as it was stays known in the history of the table. Errors: P0002 where there is no such hold by then, 23514 without a reason.';

CREATE FUNCTION ar.release_hold(company_id bigint, customer_number text, hold_kinds text[], reason text, valid_through date,
                                valid_from date DEFAULT current_date) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    result bigint;
BEGIN
    INSERT INTO receivables.credit_release AS r (company_id, customer_id, hold_kinds, reason, valid_from, valid_through)
    VALUES (company_id, ar.credit_customer(company_id, customer_number), hold_kinds, reason, valid_from, valid_through)
    RETURNING r.credit_release_id INTO result;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.release_hold(bigint, text, text[], text, date, date) IS
'Lets a customer order in spite of holds of some kinds (manual, overdue_days, overdue_amount, over_limit), with a reason, through the last day valid_through. Releasing over_limit lets orders pass the limit of the customer and of its group. Who released it, and when, is kept. Returns credit_release_id. Errors: 23503 for an unknown customer, 23502 and 23514 for no reason, no end, or an unknown kind.';

CREATE FUNCTION ar.set_temporary_limit(company_id bigint, customer_number text, amount numeric, reason text,
                                       valid_through date, valid_from date DEFAULT current_date) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    result bigint;
BEGIN
    INSERT INTO receivables.temporary_limit AS l (company_id, customer_id, amount, valid_from, valid_through, reason)
    VALUES (company_id, ar.credit_customer(company_id, customer_number), amount, valid_from, valid_through, reason)
    RETURNING l.temporary_limit_id INTO result;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.set_temporary_limit(bigint, text, numeric, text, date, date) IS
'Gives a customer another credit limit for a time, in place of its own, through the last day valid_through, with a reason; 0 allows nothing. Of several that are valid the one entered last holds. Returns temporary_limit_id. Errors: 23503 for an unknown customer, 23502 and 23514 for a negative limit, no reason or no end.';
