-- Posting, one at a time -------------------------------------------------------
--
-- A single document is an import of one row: the same checks, the same write.

CREATE FUNCTION ar.create_company(company_code text, name text, currency text, attributes jsonb DEFAULT '{}')
    RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    result bigint;
BEGIN
    PERFORM ar.require_guards();
    INSERT INTO receivables.company AS c (company_code, name, currency, attributes)
    VALUES (create_company.company_code, create_company.name, create_company.currency, create_company.attributes)
    RETURNING c.company_id INTO result;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.create_company(text, text, text, jsonb) IS
'Enters a company: unique code, name, ISO 4217 currency of its books. Returns company_id. Errors: 23505 for a code that is taken, 23503 for an unknown currency, 23502 and 23514 for what is missing or blank.';

CREATE FUNCTION ar.post_document(company_id bigint, kind text, fields jsonb) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM ar.import_rows(company_id, kind, jsonb_build_array(jsonb_strip_nulls(fields)));
    RETURN (SELECT d.document_id FROM receivables.document AS d
            WHERE d.company_id = post_document.company_id AND d.kind = post_document.kind
              AND d.document_number = btrim(fields ->> (post_document.kind || '_number')));
END;
$$;
COMMENT ON FUNCTION ar.post_document(bigint, text, jsonb) IS
'Posts one document of a kind (invoice, credit_note, payment) from its fields, as ar.import_rows does. Returns document_id.';

CREATE FUNCTION ar.post_invoice(company_id bigint, customer_number text, invoice_number text,
                                invoice_date date, due_date date, amount numeric,
                                reference text DEFAULT NULL, attributes jsonb DEFAULT NULL,
                                idempotency_key text DEFAULT NULL)
    RETURNS bigint
    LANGUAGE sql
BEGIN ATOMIC
    SELECT ar.post_document(company_id, 'invoice', jsonb_build_object(
        'customer_number', customer_number, 'invoice_number', invoice_number, 'invoice_date', invoice_date,
        'due_date', due_date, 'amount', amount::text, 'reference', reference, 'attributes', attributes,
        'idempotency_key', idempotency_key));
END;
COMMENT ON FUNCTION ar.post_invoice(bigint, text, text, date, date, numeric, text, jsonb, text) IS
'Posts an invoice, tax included, as one debit item. Returns document_id; with an idempotency key that is known and the same contents that of the invoice posted before. Errors: 23502 for what is missing, 23503 for an unknown company or customer, 23505 for a number or key that is taken, 23514 for an amount that is not positive or has too many decimals and for a due date before the invoice date.';

CREATE FUNCTION ar.post_credit_note(company_id bigint, customer_number text, credit_note_number text,
                                    credit_note_date date, amount numeric,
                                    reference text DEFAULT NULL, attributes jsonb DEFAULT NULL,
                                    idempotency_key text DEFAULT NULL)
    RETURNS bigint
    LANGUAGE sql
BEGIN ATOMIC
    SELECT ar.post_document(company_id, 'credit_note', jsonb_build_object(
        'customer_number', customer_number, 'credit_note_number', credit_note_number,
        'credit_note_date', credit_note_date, 'amount', amount::text, 'reference', reference,
        'attributes', attributes, 'idempotency_key', idempotency_key));
END;
COMMENT ON FUNCTION ar.post_credit_note(bigint, text, text, date, numeric, text, jsonb, text) IS
'Posts a credit note, tax included, as one credit item, unapplied until ar.apply. amount is positive. Returns document_id. Errors as ar.post_invoice.';

CREATE FUNCTION ar.apply(company_id bigint, credit_item_id bigint, debit_item_id bigint, amount numeric,
                         effective_on date DEFAULT NULL, reason text DEFAULT NULL, idempotency_key text DEFAULT NULL)
    RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    known      record;
    missing_id bigint;
    result     bigint;
BEGIN
    PERFORM ar.company_minor_units(company_id);
    SELECT a.application_id,
           (a.debit_item_id, a.credit_item_id, a.amount, a.effective_on)
           = (apply.debit_item_id, apply.credit_item_id, apply.amount, coalesce(apply.effective_on, a.effective_on))
           AS same INTO known
    FROM receivables.application AS a
    WHERE a.company_id = apply.company_id AND a.idempotency_key = apply.idempotency_key;
    IF known.same THEN
        RETURN known.application_id;
    ELSIF FOUND THEN
        RAISE EXCEPTION 'application refused: key % was used before, with other contents', idempotency_key
            USING ERRCODE = 'unique_violation';
    END IF;
    -- Without a date the missing item would be reported as a missing date.
    SELECT n.item_id INTO missing_id
    FROM (VALUES (apply.credit_item_id), (apply.debit_item_id)) AS n (item_id)
    WHERE NOT EXISTS (SELECT FROM receivables.item AS i
                      WHERE i.company_id = apply.company_id AND i.item_id = n.item_id)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'application refused: item % does not exist', coalesce(missing_id::text, 'null')
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    INSERT INTO receivables.application AS a (company_id, debit_item_id, credit_item_id, effective_on, amount,
                                              reason, idempotency_key)
    VALUES (apply.company_id, apply.debit_item_id, apply.credit_item_id,
            coalesce(apply.effective_on, ar.first_application_date(apply.company_id, apply.debit_item_id,
                                                                   apply.credit_item_id)),
            apply.amount, apply.reason, apply.idempotency_key)
    RETURNING a.application_id INTO result;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.apply(bigint, bigint, bigint, numeric, date, text, text) IS
'Settles a debit item with a credit item of the same customer, from effective_on on (default: the first day both count, or the last movement of one that was reopened by a reversal). Returns application_id. Errors: 23514 where more is applied than is open, before an item counts, across customers or with the wrong sign, 23503 for an unknown company or item, 23505 for a key used with other contents.';

CREATE FUNCTION ar.post_payment(company_id bigint, customer_number text, payment_number text,
                                payment_date date, amount numeric, applications jsonb DEFAULT '[]',
                                reference text DEFAULT NULL, attributes jsonb DEFAULT NULL,
                                idempotency_key text DEFAULT NULL)
    RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    result bigint := ar.post_document(company_id, 'payment', jsonb_build_object(
        'customer_number', customer_number, 'payment_number', payment_number,
        'payment_date', payment_date, 'amount', amount::text, 'reference', reference,
        'attributes', attributes, 'idempotency_key', idempotency_key));
BEGIN
    IF applications <> '[]' THEN
        PERFORM ar.import_rows(company_id, 'application', (
            SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                'payment_number', btrim(payment_number),
                'idempotency_key', idempotency_key || '/' || a.position) || a.application) ORDER BY a.position)
            FROM jsonb_array_elements(applications) WITH ORDINALITY AS a (application, position)));
    END IF;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.post_payment(bigint, text, text, date, numeric, jsonb, text, jsonb, text) IS
'Posts a payment as one credit item and applies it: applications is a jsonb array of {"invoice_number", "amount" [, "application_date"]}; what it does not name stays unapplied. Returns document_id. Errors as ar.post_invoice and ar.apply.';

CREATE FUNCTION ar.reverse_application(company_id bigint, application_id bigint, effective_on date, reason text)
    RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    result bigint;
BEGIN
    PERFORM ar.company_minor_units(company_id);
    INSERT INTO receivables.application AS r (company_id, debit_item_id, credit_item_id, effective_on, amount,
                                              reverses_application_id, reason)
    SELECT a.company_id, a.debit_item_id, a.credit_item_id, reverse_application.effective_on, -a.amount,
           a.application_id, reverse_application.reason
    FROM receivables.application AS a
    WHERE a.company_id = reverse_application.company_id
      AND a.application_id = reverse_application.application_id
      AND a.reverses_application_id IS NULL
    RETURNING r.application_id INTO result;
    IF result IS NULL THEN
        RAISE EXCEPTION 'there is no application % to reverse', coalesce(application_id::text, 'null')
            USING ERRCODE = 'no_data_found', HINT = 'A reversal cannot be reversed: apply anew.';
    END IF;
    RETURN result;
EXCEPTION
    WHEN unique_violation THEN
        RAISE EXCEPTION 'application % has been reversed already', application_id
            USING ERRCODE = 'unique_violation';
END;
$$;
COMMENT ON FUNCTION ar.reverse_application(bigint, bigint, date, text) IS
'Undoes an application from effective_on on, with a reason; every report before that date stays as it was. Returns the application_id of the reversal. Errors: P0002 where there is no such application, 23505 where it has been reversed, 23514 for a date before it or a blank reason, 23502 for no date.';
