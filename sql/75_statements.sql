-- What one customer owes, and how it came about -------------------------------
--
-- Planned for each call: the date and whether known_at is set decide which index
-- leads to the few items that count.

CREATE FUNCTION ar.find_customer(company_id bigint, customer_number text) RETURNS bigint
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    result bigint;
BEGIN
    SELECT c.customer_id INTO result
    FROM receivables.customer AS c
    WHERE c.company_id = find_customer.company_id AND c.customer_number = btrim(find_customer.customer_number);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'customer % does not exist', coalesce(customer_number, 'null')
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.find_customer(bigint, text) IS
'The customer_id of a customer by its number. Error 23503 where the company has no such customer.';

CREATE FUNCTION ar.report_minor_units(company_id bigint, currency text) RETURNS integer
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    result integer := ar.company_minor_units(company_id);
BEGIN
    IF currency IS NOT NULL THEN
        SELECT u.minor_units INTO result
        FROM receivables.currency AS u WHERE u.currency = report_minor_units.currency;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'currency % does not exist', currency USING ERRCODE = 'foreign_key_violation';
        END IF;
    END IF;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.report_minor_units(bigint, text) IS
'Decimals of amounts in a currency, or where it is null in that of the company. Errors: 23503 for an unknown company or currency, 55000 without books of the right version.';

CREATE FUNCTION ar.customer_balance(company_id bigint, customer_id bigint, as_of date, currency text, known_at timestamptz)
    RETURNS numeric
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    RETURN (SELECT coalesce(sum(CASE WHEN customer_balance.currency IS NULL THEN o.open_company_amount ELSE o.open_amount END), 0)
            FROM ar.open_items(as_of, known_at) AS o
            WHERE o.company_id = customer_balance.company_id AND o.customer_id = customer_balance.customer_id
              AND (customer_balance.currency IS NULL OR o.currency = customer_balance.currency));
END;
$$;
COMMENT ON FUNCTION ar.customer_balance(bigint, bigint, date, text, timestamptz) IS
'As ar.balance, for a customer_id; 0 for one that does not exist.';

CREATE FUNCTION ar.balance(company_id bigint, customer_number text, as_of date DEFAULT ar.as_of(),
                           currency text DEFAULT NULL, known_at timestamptz DEFAULT ar.known_at()) RETURNS numeric
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    minor_units integer := ar.report_minor_units(company_id, currency);
BEGIN
    RETURN round(ar.customer_balance(company_id, ar.find_customer(company_id, customer_number), as_of, currency, known_at),
                 minor_units);
END;
$$;
COMMENT ON FUNCTION ar.balance(bigint, text, date, text, timestamptz) IS
'What a customer owes at the end of the day as_of, as far as was entered by known_at: open debits less unapplied credits. Without a currency in that of the company, over all items at the rates they are booked at; with one only what is in it, in it. Shows the decimals of the currency. Errors: 23503 for an unknown company, customer or currency, 55000 without books of the right version.';

CREATE FUNCTION ar.customer_statement(company_id bigint, customer_number text, from_date date, to_date date,
                                      currency text DEFAULT NULL, known_at timestamptz DEFAULT ar.known_at())
    RETURNS TABLE (line integer, line_date date, kind text, document_number text, due_on date, description text,
                   debit numeric, credit numeric, balance numeric)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    minor_units integer := ar.report_minor_units(company_id, currency);
    customer    bigint := ar.find_customer(company_id, customer_number);
    home        text;
    opening     numeric;
BEGIN
    IF (from_date <= to_date) IS NOT TRUE THEN
        RAISE EXCEPTION 'a statement cannot run from % to %', coalesce(from_date::text, 'null'), coalesce(to_date::text, 'null')
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Give the first and the last day, in that order.';
    END IF;
    SELECT c.currency INTO home FROM receivables.company AS c WHERE c.company_id = customer_statement.company_id;
    opening := ar.customer_balance(company_id, customer, from_date - 1, currency, known_at);
    RETURN QUERY
    WITH movement AS (
        SELECT row_number() OVER (ORDER BY i.effective_on, i.item_id) AS number, i.effective_on, i.kind, d.document_number,
               CASE WHEN i.is_debit THEN i.due_on END AS due_on,
               nullif(concat_ws(', ', 'reversal of ' || o.document_number,
                                CASE WHEN count(*) OVER document > 1
                                     THEN format('instalment %s of %s', i.instalment, count(*) OVER document) END,
                                CASE WHEN customer_statement.currency IS NULL AND i.currency <> home AND i.amount <> 0
                                     THEN i.currency || ' ' || abs(i.amount) END,
                                d.reference, d.reason), '') AS description,
               CASE WHEN customer_statement.currency IS NULL THEN i.company_amount ELSE i.amount END AS amount
        FROM receivables.item AS i
        JOIN receivables.document AS d ON d.company_id = i.company_id AND d.document_id = i.document_id
        LEFT JOIN receivables.document AS o ON o.company_id = d.company_id AND o.document_id = d.reverses_document_id
        WHERE i.company_id = customer_statement.company_id AND i.customer_id = customer
          AND i.effective_on >= from_date AND i.effective_on <= to_date
          AND (customer_statement.known_at IS NULL OR i.recorded_at <= customer_statement.known_at)
          -- An exchange difference has no amount but in the currency of the company.
          AND (customer_statement.currency IS NULL OR i.currency = customer_statement.currency AND i.amount <> 0)
        WINDOW document AS (PARTITION BY i.document_id)
    ), movements AS (
        SELECT count(*)::integer AS count, coalesce(sum(m.amount), 0) AS amount FROM movement AS m
    )
    SELECT 1, from_date, 'opening', NULL::text, NULL::date, NULL::text, NULL::numeric, NULL::numeric,
           round(opening, minor_units)
    UNION ALL
    (SELECT m.number::integer + 1, m.effective_on, m.kind, m.document_number, m.due_on, m.description,
            CASE WHEN m.amount > 0 THEN round(m.amount, minor_units) END,
            CASE WHEN m.amount < 0 THEN round(-m.amount, minor_units) END,
            round(opening + sum(m.amount) OVER (ORDER BY m.number), minor_units)
     FROM movement AS m ORDER BY m.number)
    UNION ALL
    SELECT s.count + 2, to_date, 'closing', NULL, NULL, NULL, NULL, NULL, round(opening + s.amount, minor_units)
    FROM movements AS s;
END;
$$;
COMMENT ON FUNCTION ar.customer_statement(bigint, text, date, date, text, timestamptz) IS
'Statement of a customer: line of kind opening with the balance at the end of the day before from_date; one line for each item that counts from a day of from_date to to_date, by day and in the order of entry, of the kind of its document, in debit or credit (the other is null) with the balance after it; line of kind closing. due_on is null for credits. description: what it reverses, instalment, amount in a currency that is not the one of the statement, reference and reason. Without a currency in that of the company over all items, exchange differences in lines of their own; with one only what is in it, in it. As far as was entered by known_at. closing is what ar.open_items(to_date, known_at) comes to. Errors: 23503 for an unknown company, customer or currency, 22023 where from_date is not on or before to_date, 55000 without books of the right version.';

CREATE FUNCTION ar.item_history(company_id bigint, item_id bigint)
    RETURNS TABLE (event integer, effective_on date, recorded_at timestamptz, recorded_by text, application_user text,
                   event_kind text, other_item_id bigint, other_kind text, other_document_number text,
                   amount numeric, open_amount numeric, company_amount numeric, open_company_amount numeric, reason text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    company_minor_units integer := ar.company_minor_units(company_id);
    minor_units         integer;
BEGIN
    SELECT u.minor_units INTO minor_units
    FROM receivables.item AS i
    JOIN receivables.currency AS u ON u.currency = i.currency
    WHERE i.company_id = item_history.company_id AND i.item_id = item_history.item_id;
    RETURN QUERY
    WITH happened AS (
        SELECT 0::bigint AS number, i.effective_on, i.recorded_at, d.recorded_by, d.application_user, 'posted' AS event_kind,
               NULL::bigint AS other_item_id, i.amount, i.company_amount, d.reason
        FROM receivables.item AS i
        JOIN receivables.document AS d ON d.company_id = i.company_id AND d.document_id = i.document_id
        WHERE i.company_id = item_history.company_id AND i.item_id = item_history.item_id
          AND (ar.known_at() IS NULL OR i.recorded_at <= ar.known_at())
        UNION ALL
        SELECT a.application_id, a.effective_on, a.recorded_at, a.recorded_by, a.application_user,
               CASE WHEN a.reverses_application_id IS NOT NULL THEN 'unapplied'
                    WHEN o.reverses_item_id = i.item_id OR i.reverses_item_id = o.item_id THEN 'reversed'
                    WHEN a.exchange_of_application_id IS NOT NULL THEN 'exchange difference'
                    ELSE 'applied' END,
               o.item_id, CASE WHEN i.is_debit THEN -a.amount ELSE a.amount END,
               CASE WHEN i.is_debit THEN -a.company_amount ELSE a.company_amount END, a.reason
        FROM receivables.item AS i
        JOIN receivables.application AS a
            ON a.company_id = i.company_id AND i.item_id IN (a.debit_item_id, a.credit_item_id)
        JOIN receivables.item AS o
            ON o.company_id = a.company_id
               AND o.item_id = CASE WHEN a.debit_item_id = i.item_id THEN a.credit_item_id ELSE a.debit_item_id END
        WHERE i.company_id = item_history.company_id AND i.item_id = item_history.item_id
          AND (ar.known_at() IS NULL OR a.recorded_at <= ar.known_at())
    )
    SELECT (row_number() OVER happening)::integer, h.effective_on, h.recorded_at, h.recorded_by, h.application_user,
           h.event_kind, h.other_item_id, d.kind, d.document_number,
           round(h.amount, minor_units), round(sum(h.amount) OVER happening, minor_units),
           round(h.company_amount, company_minor_units), round(sum(h.company_amount) OVER happening, company_minor_units),
           h.reason
    FROM happened AS h
    LEFT JOIN receivables.item AS o ON o.company_id = item_history.company_id AND o.item_id = h.other_item_id
    LEFT JOIN receivables.document AS d ON d.company_id = o.company_id AND d.document_id = o.document_id
    WINDOW happening AS (ORDER BY h.effective_on, h.number)
    ORDER BY h.effective_on, h.number;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no item %', coalesce(item_id::text, 'null') USING ERRCODE = 'no_data_found';
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.item_history(bigint, bigint) IS
'All that happened to an item, by effective date and then in the order of entry: posted; applied (settled with another item) and unapplied (the application undone); exchange difference (what a realised one takes off it); reversed (settled with the item that undoes it, or that it undoes). With the other item and its document, who entered it and why, amounts with the sign by which they change what is open, in the currency of the item and of the company, and what is open after it. As far as was entered by ar.known_at(). Errors: P0002 where there is no such item, 23503 for an unknown company, 55000 without books of the right version.';

CREATE FUNCTION ar.document_history(company_id bigint, document_id bigint)
    RETURNS TABLE (event integer, effective_on date, recorded_at timestamptz, recorded_by text, application_user text,
                   event_kind text, item_id bigint, other_item_id bigint, other_kind text, other_document_number text,
                   amount numeric, open_amount numeric, company_amount numeric, open_company_amount numeric, reason text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM ar.company_minor_units(company_id);
    RETURN QUERY
    SELECT (row_number() OVER (ORDER BY h.effective_on, h.recorded_at, i.item_id, h.event))::integer,
           h.effective_on, h.recorded_at, h.recorded_by, h.application_user, h.event_kind, i.item_id, h.other_item_id,
           h.other_kind, h.other_document_number, h.amount, h.open_amount, h.company_amount, h.open_company_amount, h.reason
    FROM receivables.item AS i
    CROSS JOIN LATERAL ar.item_history(i.company_id, i.item_id) AS h
    WHERE i.company_id = document_history.company_id AND i.document_id = document_history.document_id
      AND (ar.known_at() IS NULL OR i.recorded_at <= ar.known_at())
    ORDER BY 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no document %', coalesce(document_id::text, 'null') USING ERRCODE = 'no_data_found';
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.document_history(bigint, bigint) IS
'As ar.item_history, of all items of a document, whose reversal shows as events of kind reversed. Errors: P0002 where there is no such document, 23503 for an unknown company, 55000 without books of the right version.';
