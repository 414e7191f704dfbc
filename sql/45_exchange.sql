-- Exchange rates and realised exchange differences ---------------------------

CREATE FUNCTION ar.find_exchange_rate(from_currency text, to_currency text, on_date date,
                                      source text DEFAULT NULL, known_at timestamptz DEFAULT ar.known_at())
    RETURNS numeric
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN from_currency = to_currency THEN 1 ELSE
        (SELECT r.rate
         FROM (SELECT x.rate_date, x.recorded_at, x.exchange_rate_id, x.source, x.rate, 1 AS way
               FROM receivables.exchange_rate AS x
               WHERE x.from_currency = find_exchange_rate.from_currency AND x.to_currency = find_exchange_rate.to_currency
               UNION ALL
               SELECT x.rate_date, x.recorded_at, x.exchange_rate_id, x.source, 1 / x.rate, 2
               FROM receivables.exchange_rate AS x
               WHERE x.from_currency = find_exchange_rate.to_currency AND x.to_currency = find_exchange_rate.from_currency) AS r
         WHERE r.rate_date <= on_date
           AND (find_exchange_rate.source IS NULL OR r.source = find_exchange_rate.source)
           AND (known_at IS NULL OR r.recorded_at <= known_at)
         ORDER BY r.rate_date DESC, r.way, r.recorded_at DESC, r.exchange_rate_id DESC
         LIMIT 1) END
$$;
COMMENT ON FUNCTION ar.find_exchange_rate(text, text, date, text, timestamptz) IS
'Units of to_currency for one of from_currency on a date: the rate of the latest day up to it, direct or the inverse, from any source or the one named, as far as it was entered by known_at. The newest entry for a day counts. 1 for the same currency, null where there is no rate.';

CREATE FUNCTION ar.exchange_rate(company_id bigint, currency text, on_date date) RETURNS numeric
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    company record;
    result  numeric;
BEGIN
    SELECT c.currency, c.rate_source INTO company
    FROM receivables.company AS c WHERE c.company_id = exchange_rate.company_id;
    result := ar.find_exchange_rate(exchange_rate.currency, company.currency, on_date, company.rate_source, NULL);
    IF result IS NULL THEN
        RAISE EXCEPTION 'there is no exchange rate from % to % on %', currency, company.currency, on_date
            USING ERRCODE = 'no_data_found',
                  DETAIL = CASE WHEN company.rate_source IS NOT NULL
                                THEN format('Rates of the company come from source %s.', company.rate_source) ELSE '' END,
                  HINT = 'Enter it with ar.add_exchange_rate, or give the document an exchange_rate.';
    END IF;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.exchange_rate(bigint, text, date) IS
'What one unit of a currency is worth in the currency of a company on a date, by the source that the company takes its rates from. Error P0002 where there is no rate.';

CREATE FUNCTION ar.add_exchange_rate(from_currency text, to_currency text, rate_date date, rate numeric, source text)
    RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    result bigint;
BEGIN
    PERFORM ar.require_guards();
    INSERT INTO receivables.exchange_rate AS r (from_currency, to_currency, rate_date, source, rate)
    VALUES (add_exchange_rate.from_currency, add_exchange_rate.to_currency, add_exchange_rate.rate_date,
            add_exchange_rate.source, add_exchange_rate.rate)
    RETURNING r.exchange_rate_id INTO result;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.add_exchange_rate(text, text, date, numeric, text) IS
'Enters an exchange rate: units of to_currency for one of from_currency from rate_date on, with its source. A later entry for the same day corrects it. Returns exchange_rate_id. Errors: 23503 for an unknown currency, 23514 for a rate that is not positive.';

CREATE FUNCTION ar.post_exchange_difference(company_id bigint, application_id bigint, debit_item_id bigint,
                                            credit_item_id bigint, customer_id bigint, currency text,
                                            effective_on date, difference numeric) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    new_document_id bigint;
    new_item_id     bigint;
BEGIN
    INSERT INTO receivables.document AS d (company_id, customer_id, document_date, kind, document_number, currency,
                                           amount, company_amount)
    VALUES (company_id, customer_id, effective_on, 'exchange_difference',
            application_id::text, currency, 0, difference)
    RETURNING d.document_id INTO new_document_id;
    INSERT INTO receivables.item AS i (company_id, customer_id, document_id, kind, currency, effective_on, due_on,
                                       amount, company_amount)
    VALUES (company_id, customer_id, new_document_id, 'exchange_difference', currency, effective_on, effective_on, 0, difference)
    RETURNING i.item_id INTO new_item_id;
    -- A gain is owed by the customer and settled by the payment, which is worth more; a loss settles the rest of the debit.
    INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount, company_amount,
                                         exchange_of_application_id)
    VALUES (company_id, CASE WHEN difference > 0 THEN new_item_id ELSE debit_item_id END,
            CASE WHEN difference > 0 THEN credit_item_id ELSE new_item_id END,
            effective_on, 0, abs(difference), application_id);
END;
$$;
COMMENT ON FUNCTION ar.post_exchange_difference(bigint, bigint, bigint, bigint, bigint, text, date, numeric) IS
'Posts the realised exchange difference of an application in the currency of the company: a gain as a debit item, a loss as a credit item, settled at once. Called by ar.settle_items.';

CREATE FUNCTION ar.undo_exchange_difference(company_id bigint, application_id bigint, effective_on date, reason text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    a record;
BEGIN
    FOR a IN
        SELECT i.document_id
        FROM receivables.application AS x
        JOIN receivables.item AS i ON i.company_id = x.company_id AND i.item_id IN (x.debit_item_id, x.credit_item_id)
                                   AND i.kind = 'exchange_difference'
        WHERE x.company_id = undo_exchange_difference.company_id AND x.exchange_of_application_id = undo_exchange_difference.application_id
          AND x.reverses_application_id IS NULL
    LOOP
        PERFORM ar.reverse_posted(company_id, a.document_id, effective_on, reason);
    END LOOP;
END;
$$;
COMMENT ON FUNCTION ar.undo_exchange_difference(bigint, bigint, date, text) IS
'Reverses the exchange difference of an application that is reversed. Called by ar.settle_items.';
