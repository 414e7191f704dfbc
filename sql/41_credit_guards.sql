-- Trigger functions that guard what credit limits follow from ------------------------

CREATE FUNCTION ar.check_parent_customer() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    above bigint;
BEGIN
    -- Locked, so that the parent does not get a parent itself meanwhile.
    SELECT c.parent_customer_id INTO above
    FROM receivables.customer AS c
    WHERE c.company_id = NEW.company_id AND c.customer_id = NEW.parent_customer_id
    FOR NO KEY UPDATE;
    IF above IS NOT NULL OR EXISTS (SELECT FROM receivables.customer AS c
                                    WHERE c.company_id = NEW.company_id AND c.parent_customer_id = NEW.customer_id) THEN
        RAISE EXCEPTION 'customer % cannot have customer % as its parent', NEW.customer_number,
                        (SELECT c.customer_number FROM receivables.customer AS c
                         WHERE c.company_id = NEW.company_id AND c.customer_id = NEW.parent_customer_id)
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = 'parent_customer_id',
                  DETAIL = CASE WHEN above IS NOT NULL THEN 'That has a parent itself.' ELSE 'It is a parent itself.' END,
                  HINT = 'A group is one parent and its children: name the topmost as parent of each.';
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION ar.check_parent_customer() IS
'Trigger function before a customer gets a parent: refuses with error 23514 one that has a parent itself, and a parent for a customer that is one, so that groups have one level and no circles.';

CREATE FUNCTION ar.order_invoiced(company_id bigint, order_number text, currency text, exchange_rate numeric) RETURNS numeric
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(sum(ar.order_share(order_invoiced.currency, order_invoiced.exchange_rate, d.currency, d.amount,
                                       d.company_amount, u.minor_units)), 0)
    FROM receivables.document AS i
    CROSS JOIN LATERAL (
        SELECT i.currency, i.amount, i.company_amount
        UNION ALL
        SELECT r.currency, r.amount, r.company_amount FROM receivables.document AS r
        WHERE r.company_id = i.company_id AND r.reverses_document_id = i.document_id) AS d
    JOIN receivables.currency AS u ON u.currency = order_invoiced.currency
    WHERE i.company_id = order_invoiced.company_id AND i.order_reference = order_invoiced.order_number AND i.kind = 'invoice'
      AND i.reverses_document_id IS NULL
$$;
COMMENT ON FUNCTION ar.order_invoiced(bigint, text, text, numeric) IS
'What the invoices that name an order come to, less reversed ones, in the currency of the order, given with its exchange_rate.';

CREATE FUNCTION ar.order_share(order_currency text, exchange_rate numeric, currency text, amount numeric,
                               company_amount numeric, minor_units integer) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN currency = order_currency THEN amount ELSE round(company_amount / exchange_rate, minor_units) END;
COMMENT ON FUNCTION ar.order_share(text, numeric, text, numeric, numeric, integer) IS
'What an invoice takes of an order, in the currency of the order: its amount or, where it is in another currency, its company_amount at the rate of the order.';

CREATE FUNCTION ar.start_order() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- An invoice may have been there before its order.
    NEW.invoiced_amount := ar.order_invoiced(NEW.company_id, NEW.order_number, NEW.currency, NEW.exchange_rate);
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION ar.start_order() IS
'Trigger function before an order is entered or changed: fills in what invoices that name it come to.';

CREATE FUNCTION ar.bill_order() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE receivables.sales_order AS o
    SET invoiced_amount = o.invoiced_amount + ar.order_share(o.currency, o.exchange_rate, NEW.currency, NEW.amount,
                                                             NEW.company_amount, u.minor_units)
    FROM receivables.currency AS u
    WHERE o.company_id = NEW.company_id AND u.currency = o.currency
      AND o.order_number = coalesce(NEW.order_reference,
                                    (SELECT d.order_reference FROM receivables.document AS d
                                     WHERE d.company_id = NEW.company_id AND d.document_id = NEW.reverses_document_id));
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION ar.bill_order() IS
'Trigger function after an invoice or its reversal: adds it to what is invoiced of the order that it names, if there is one.';
