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
DECLARE
    number text := btrim(fields ->> (kind || '_number'));
    result bigint;
BEGIN
    PERFORM ar.import_rows(company_id, kind, jsonb_build_array(jsonb_strip_nulls(fields)));
    SELECT d.document_id INTO result
    FROM receivables.document AS d
    WHERE d.company_id = post_document.company_id AND d.kind = post_document.kind AND d.document_number = number;
    IF NOT FOUND AND fields ->> 'idempotency_key' IS NOT NULL THEN
        SELECT d.document_id INTO result
        FROM receivables.document AS d
        WHERE d.company_id = post_document.company_id AND d.idempotency_key = btrim(fields ->> 'idempotency_key');
    ELSIF NOT FOUND THEN
        -- Numbered just now: this transaction holds the counter.
        SELECT d.document_id INTO result
        FROM receivables.number_series AS n
        JOIN receivables.number_counter AS c
            ON c.company_id = n.company_id AND c.series = n.series
               AND c.period = ar.number_period(n.pattern, (fields ->> (post_document.kind || '_date'))::date)
        JOIN receivables.document AS d
            ON d.company_id = c.company_id AND d.series = c.series AND d.series_period = c.period
               AND d.series_number = c.last_number
        WHERE n.company_id = post_document.company_id AND n.kind = post_document.kind
          AND CASE WHEN fields ->> 'series' IS NULL THEN n.is_default ELSE n.series = btrim(fields ->> 'series') END;
    END IF;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.post_document(bigint, text, jsonb) IS
'Posts one document of a kind (one of ar.document_kinds) from its fields, which ar.import_fields lists, as ar.import_rows does. Returns document_id; with an idempotency key that is known and the same contents that of the document posted before.';

CREATE FUNCTION ar.post_plain_document(company_id bigint, kind text, customer_number text, document_number text,
                                       document_date date, due_on date, amount numeric, reference text, attributes jsonb,
                                       idempotency_key text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_customer bigint;
    found_currency text;
    units          integer;
    signed         numeric;
    result         bigint;
BEGIN
    PERFORM ar.require_guards();
    SELECT c.customer_id, co.currency, u.minor_units INTO found_customer, found_currency, units
    FROM receivables.company AS co
    JOIN receivables.currency AS u ON u.currency = co.currency
    JOIN receivables.customer AS c ON c.company_id = co.company_id
    WHERE co.company_id = post_plain_document.company_id AND c.customer_number = btrim(post_plain_document.customer_number)
      AND btrim(post_plain_document.document_number) <> '' AND coalesce(btrim(post_plain_document.idempotency_key), 'none') <> ''
      AND post_plain_document.amount > 0 AND post_plain_document.amount < 'Infinity'
      AND post_plain_document.amount = round(post_plain_document.amount, u.minor_units)
      AND isfinite(post_plain_document.document_date) AND isfinite(post_plain_document.due_on)
      AND post_plain_document.due_on >= post_plain_document.document_date
      AND coalesce(jsonb_typeof(post_plain_document.attributes), 'object') = 'object'
      AND NOT EXISTS (SELECT FROM receivables.check_rule AS r
                      WHERE r.company_id = post_plain_document.company_id AND r.kind = post_plain_document.kind
                        AND r.severity <> 'off')
      AND ar.credit_features(post_plain_document.company_id, post_plain_document.kind) IS NULL
      AND NOT EXISTS (SELECT FROM receivables.number_series AS n
                      WHERE n.company_id = post_plain_document.company_id AND n.kind = post_plain_document.kind
                        AND btrim(post_plain_document.document_number) ~ ar.number_expression(n.pattern))
      AND NOT EXISTS (SELECT FROM receivables.document AS d
                      WHERE d.company_id = post_plain_document.company_id AND d.kind = post_plain_document.kind
                        AND d.document_number = btrim(post_plain_document.document_number))
      AND NOT EXISTS (SELECT FROM receivables.document AS d
                      WHERE d.company_id = post_plain_document.company_id
                        AND d.idempotency_key = btrim(post_plain_document.idempotency_key));
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    amount := round(amount, units);
    signed := CASE WHEN ar.is_credit_kind(kind) THEN -amount ELSE amount END;
    INSERT INTO receivables.document AS d (company_id, customer_id, document_date, kind, document_number, currency, amount,
                                           company_amount, reference, attributes, idempotency_key)
    VALUES (company_id, found_customer, document_date, kind, btrim(document_number), found_currency, amount, amount,
            nullif(btrim(reference), ''), coalesce(attributes, '{}'), btrim(idempotency_key))
    RETURNING d.document_id INTO result;
    INSERT INTO receivables.item (company_id, customer_id, document_id, kind, currency, effective_on, due_on, amount,
                                  open_amount, company_amount, open_company_amount)
    VALUES (company_id, found_customer, result, kind, found_currency, document_date, due_on, signed, signed, signed, signed);
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.post_plain_document(bigint, text, text, text, date, date, numeric, text, jsonb, text) IS
'Posts a document of one item in the currency of the company at once, where it is plain and without fault; else null, and nothing is posted: an import of one row then posts it or says what is wrong.';

CREATE FUNCTION ar.apply_plainly(company_id bigint, payment_id bigint, applications jsonb, idempotency_key text) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    payment record;
    debits  bigint[];
    dates   date[];
    amounts numeric[];
    fit     boolean;
BEGIN
    -- The payment was posted just now: nobody else can settle anything with it.
    SELECT i.item_id, i.customer_id, i.effective_on, i.open_amount, i.currency, u.minor_units INTO payment
    FROM receivables.item AS i
    JOIN receivables.currency AS u ON u.currency = i.currency
    JOIN receivables.company AS c ON c.company_id = i.company_id AND c.currency = i.currency
    WHERE i.company_id = apply_plainly.company_id AND i.document_id = payment_id;
    IF NOT FOUND OR jsonb_typeof(applications) <> 'array' OR EXISTS (
        SELECT FROM jsonb_array_elements(applications) AS a
        WHERE jsonb_typeof(a) <> 'object' OR a - '{invoice_number,amount}'::text[] <> '{}' OR a ->> 'invoice_number' IS NULL
           OR coalesce(ar.parse_amount(a ->> 'amount'), 0) <= 0)
    THEN
        RETURN false;
    END IF;
    -- All items of the invoices, fit or not: the oldest due of several goes first, which is for an import to see.
    SELECT array_agg(l.item_id ORDER BY l.position), array_agg(l.amount ORDER BY l.position),
           array_agg(l.effective_on ORDER BY l.position), bool_and(l.fits) INTO debits, amounts, dates, fit
    FROM (SELECT i.item_id, a.position, w.amount, greatest(i.effective_on, payment.effective_on) AS effective_on,
                 i.customer_id = payment.customer_id AND i.currency = payment.currency AND NOT i.reopened
                 AND i.open_amount >= w.amount AS fits
          FROM jsonb_array_elements(applications) WITH ORDINALITY AS a (application, position)
          CROSS JOIN LATERAL (SELECT ar.parse_amount(a.application ->> 'amount') AS amount) AS w
          JOIN receivables.document AS d
              ON d.company_id = apply_plainly.company_id AND d.kind = 'invoice'
                 AND d.document_number = btrim(a.application ->> 'invoice_number')
          JOIN receivables.item AS i ON i.company_id = d.company_id AND i.document_id = d.document_id
          ORDER BY i.item_id
          FOR NO KEY UPDATE OF i) AS l;
    -- An invoice of several items, or that comes twice, or is not there, is not plain.
    IF cardinality(debits) IS DISTINCT FROM jsonb_array_length(applications) OR NOT fit
        OR cardinality(debits) <> (SELECT count(DISTINCT x) FROM unnest(debits) AS x)
        OR (SELECT sum(x) > -payment.open_amount OR bool_or(x <> round(x, payment.minor_units)) FROM unnest(amounts) AS x)
    THEN
        RETURN false;
    END IF;
    INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount, company_amount,
                                         idempotency_key)
    SELECT apply_plainly.company_id, a.debit, payment.item_id, a.effective_on, round(a.amount, payment.minor_units),
           round(a.amount, payment.minor_units), apply_plainly.idempotency_key || '/' || a.position
    FROM unnest(debits, amounts, dates) WITH ORDINALITY AS a (debit, amount, effective_on, position)
    ORDER BY a.position;
    RETURN true;
END;
$$;
COMMENT ON FUNCTION ar.apply_plainly(bigint, bigint, jsonb, text) IS
'Applies a payment that was posted just now to invoices of one item in the currency of the company, where that is without fault; else false, and nothing is applied: an import then applies it or says what is wrong.';

CREATE FUNCTION ar.post_invoice(company_id bigint, customer_number text, invoice_number text,
                                invoice_date date, due_date date, amount numeric,
                                reference text DEFAULT NULL, attributes jsonb DEFAULT NULL,
                                idempotency_key text DEFAULT NULL, payment_term text DEFAULT NULL,
                                currency text DEFAULT NULL, exchange_rate numeric DEFAULT NULL,
                                tax_amount numeric DEFAULT NULL, contract_number text DEFAULT NULL,
                                order_reference text DEFAULT NULL, instalments jsonb DEFAULT NULL,
                                lines jsonb DEFAULT NULL, series text DEFAULT NULL)
    RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    result bigint;
BEGIN
    IF num_nonnulls(payment_term, currency, exchange_rate, tax_amount, contract_number, order_reference, instalments, lines,
                    series) = 0 THEN
        result := ar.post_plain_document(company_id, 'invoice', customer_number, invoice_number, invoice_date, due_date, amount, reference,
                                         attributes, idempotency_key);
    END IF;
    IF result IS NULL THEN
        result := ar.post_document(company_id, 'invoice', jsonb_build_object(
            'customer_number', customer_number, 'invoice_number', invoice_number, 'invoice_date', invoice_date,
            'due_date', due_date, 'amount', amount::text, 'reference', reference, 'attributes', attributes,
            'idempotency_key', idempotency_key, 'payment_term', payment_term, 'currency', currency,
            'exchange_rate', exchange_rate::text, 'tax_amount', tax_amount::text, 'contract_number', contract_number,
            'order_reference', order_reference, 'instalments', instalments, 'lines', lines, 'series', series));
    END IF;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.post_invoice(bigint, text, text, date, date, numeric, text, jsonb, text, text, text, numeric, numeric, text, text, jsonb, jsonb, text) IS
'Posts an invoice, tax included, as one debit item, or as one for each instalment. Due on due_date, else by instalments (array of {"due_date", "amount"}), else by payment_term or that of the customer, its grade or the company. Without invoice_number it is numbered in its series. currency: else that of the company; exchange_rate: else the one entered for the day. lines: array of {"net_amount", "tax_rate", "tax_amount", "description", "quantity", "unit_price"}. Returns document_id; with an idempotency key that is known and the same contents that of the invoice posted before. Errors: 23502 for what is missing, 23503 for an unknown company, customer, contract, term or currency, 23505 for a number or key that is taken, 23514 for an amount that is not positive or has too many decimals, for a due date before the invoice date and for what exceeds its contract, 55000 for a date in a closed period, P0002 without an exchange rate.';

CREATE FUNCTION ar.post_credit_note(company_id bigint, customer_number text, credit_note_number text,
                                    credit_note_date date, amount numeric,
                                    reference text DEFAULT NULL, attributes jsonb DEFAULT NULL,
                                    idempotency_key text DEFAULT NULL, invoice_number text DEFAULT NULL,
                                    currency text DEFAULT NULL, exchange_rate numeric DEFAULT NULL,
                                    tax_amount numeric DEFAULT NULL, lines jsonb DEFAULT NULL, series text DEFAULT NULL)
    RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    result bigint;
BEGIN
    IF num_nonnulls(invoice_number, currency, exchange_rate, tax_amount, lines, series) = 0 THEN
        result := ar.post_plain_document(company_id, 'credit_note', customer_number, credit_note_number, credit_note_date,
                                         credit_note_date, amount, reference, attributes, idempotency_key);
    END IF;
    IF result IS NULL THEN
        result := ar.post_document(company_id, 'credit_note', jsonb_build_object(
            'customer_number', customer_number, 'credit_note_number', credit_note_number,
            'credit_note_date', credit_note_date, 'amount', amount::text, 'reference', reference,
            'attributes', attributes, 'idempotency_key', idempotency_key, 'invoice_number', invoice_number,
            'currency', currency, 'exchange_rate', exchange_rate::text, 'tax_amount', tax_amount::text, 'lines', lines,
            'series', series));
    END IF;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.post_credit_note(bigint, text, text, date, numeric, text, jsonb, text, text, text, numeric, numeric, jsonb, text) IS
'Posts a credit note, tax included, as one credit item. amount is positive. Against an invoice it is applied to it as far as that is open, and never exceeds it (23514); else it is unapplied until ar.apply. Returns document_id. Errors as ar.post_invoice.';

CREATE FUNCTION ar.post_deposit(company_id bigint, customer_number text, deposit_number text, deposit_date date, amount numeric,
                                contract_number text DEFAULT NULL, order_reference text DEFAULT NULL,
                                reference text DEFAULT NULL, attributes jsonb DEFAULT NULL,
                                idempotency_key text DEFAULT NULL, currency text DEFAULT NULL,
                                exchange_rate numeric DEFAULT NULL, series text DEFAULT NULL)
    RETURNS bigint
    LANGUAGE sql
BEGIN ATOMIC
    SELECT ar.post_document(company_id, 'deposit', jsonb_build_object(
        'customer_number', customer_number, 'deposit_number', deposit_number, 'deposit_date', deposit_date,
        'amount', amount::text, 'contract_number', contract_number, 'order_reference', order_reference,
        'reference', reference, 'attributes', attributes, 'idempotency_key', idempotency_key, 'currency', currency,
        'exchange_rate', exchange_rate::text, 'series', series));
END;
COMMENT ON FUNCTION ar.post_deposit(bigint, text, text, date, numeric, text, text, text, jsonb, text, text, numeric, text) IS
'Posts a deposit or prepayment received: one credit item, which is a liability until ar.apply settles an invoice with it. Returns document_id. Errors as ar.post_invoice.';

CREATE FUNCTION ar.post_refund(company_id bigint, customer_number text, refund_number text, refund_date date, amount numeric,
                               payment_number text DEFAULT NULL, credit_note_number text DEFAULT NULL,
                               deposit_number text DEFAULT NULL, reason text DEFAULT NULL, reference text DEFAULT NULL,
                               attributes jsonb DEFAULT NULL, idempotency_key text DEFAULT NULL,
                               currency text DEFAULT NULL, exchange_rate numeric DEFAULT NULL, series text DEFAULT NULL)
    RETURNS bigint
    LANGUAGE sql
BEGIN ATOMIC
    SELECT ar.post_document(company_id, 'refund', jsonb_build_object(
        'customer_number', customer_number, 'refund_number', refund_number, 'refund_date', refund_date,
        'amount', amount::text, 'payment_number', payment_number, 'credit_note_number', credit_note_number,
        'deposit_number', deposit_number, 'reason', reason, 'reference', reference, 'attributes', attributes,
        'idempotency_key', idempotency_key, 'currency', currency, 'exchange_rate', exchange_rate::text, 'series', series));
END;
COMMENT ON FUNCTION ar.post_refund(bigint, text, text, date, numeric, text, text, text, text, text, jsonb, text, text, numeric, text) IS
'Posts money paid back to a customer as one debit item, and settles it with the payment, credit note or deposit that is named, of which at least as much must be open (23514). Returns document_id. Errors as ar.post_invoice.';

CREATE FUNCTION ar.post_write_off(company_id bigint, customer_number text, write_off_number text, write_off_date date,
                                  amount numeric, reason text, invoice_number text DEFAULT NULL,
                                  reference text DEFAULT NULL, attributes jsonb DEFAULT NULL,
                                  idempotency_key text DEFAULT NULL, currency text DEFAULT NULL,
                                  exchange_rate numeric DEFAULT NULL, series text DEFAULT NULL)
    RETURNS bigint
    LANGUAGE sql
BEGIN ATOMIC
    SELECT ar.post_document(company_id, 'write_off', jsonb_build_object(
        'customer_number', customer_number, 'write_off_number', write_off_number, 'write_off_date', write_off_date,
        'amount', amount::text, 'reason', reason, 'invoice_number', invoice_number, 'reference', reference,
        'attributes', attributes, 'idempotency_key', idempotency_key, 'currency', currency,
        'exchange_rate', exchange_rate::text, 'series', series));
END;
COMMENT ON FUNCTION ar.post_write_off(bigint, text, text, date, numeric, text, text, text, jsonb, text, text, numeric, text) IS
'Writes off what will not be paid: one credit item, with a reason, which settles the invoice that is named, of which at least as much must be open (23514). Returns document_id. Errors as ar.post_invoice.';

CREATE FUNCTION ar.post_adjustment(company_id bigint, customer_number text, adjustment_number text, adjustment_date date,
                                   amount numeric, reason text, reference text DEFAULT NULL, attributes jsonb DEFAULT NULL,
                                   idempotency_key text DEFAULT NULL, currency text DEFAULT NULL,
                                   exchange_rate numeric DEFAULT NULL, series text DEFAULT NULL)
    RETURNS bigint
    LANGUAGE sql
BEGIN ATOMIC
    SELECT ar.post_document(company_id, 'adjustment', jsonb_build_object(
        'customer_number', customer_number, 'adjustment_number', adjustment_number, 'adjustment_date', adjustment_date,
        'amount', amount::text, 'reason', reason, 'reference', reference, 'attributes', attributes,
        'idempotency_key', idempotency_key, 'currency', currency, 'exchange_rate', exchange_rate::text, 'series', series));
END;
COMMENT ON FUNCTION ar.post_adjustment(bigint, text, text, date, numeric, text, text, jsonb, text, text, numeric, text) IS
'Posts a correction with a reason: a debit item for a positive amount, a credit item for a negative one. Returns document_id. Errors as ar.post_invoice.';

CREATE FUNCTION ar.post_interest(company_id bigint, customer_number text, interest_number text, interest_date date,
                                 amount numeric, invoice_number text DEFAULT NULL, reason text DEFAULT NULL,
                                 reference text DEFAULT NULL, attributes jsonb DEFAULT NULL,
                                 idempotency_key text DEFAULT NULL, currency text DEFAULT NULL,
                                 exchange_rate numeric DEFAULT NULL, series text DEFAULT NULL)
    RETURNS bigint
    LANGUAGE sql
BEGIN ATOMIC
    SELECT ar.post_document(company_id, 'interest', jsonb_build_object(
        'customer_number', customer_number, 'interest_number', interest_number, 'interest_date', interest_date,
        'amount', amount::text, 'invoice_number', invoice_number, 'reason', reason, 'reference', reference,
        'attributes', attributes, 'idempotency_key', idempotency_key, 'currency', currency,
        'exchange_rate', exchange_rate::text, 'series', series));
END;
COMMENT ON FUNCTION ar.post_interest(bigint, text, text, date, numeric, text, text, text, jsonb, text, text, numeric, text) IS
'Posts interest charged as one debit item, due on its date; invoice_number tells on which invoice. Returns document_id. Errors as ar.post_invoice.';

CREATE FUNCTION ar.post_fee(company_id bigint, customer_number text, fee_number text, fee_date date, amount numeric,
                            invoice_number text DEFAULT NULL, reason text DEFAULT NULL, reference text DEFAULT NULL,
                            attributes jsonb DEFAULT NULL, idempotency_key text DEFAULT NULL, currency text DEFAULT NULL,
                            exchange_rate numeric DEFAULT NULL, series text DEFAULT NULL)
    RETURNS bigint
    LANGUAGE sql
BEGIN ATOMIC
    SELECT ar.post_document(company_id, 'fee', jsonb_build_object(
        'customer_number', customer_number, 'fee_number', fee_number, 'fee_date', fee_date, 'amount', amount::text,
        'invoice_number', invoice_number, 'reason', reason, 'reference', reference, 'attributes', attributes,
        'idempotency_key', idempotency_key, 'currency', currency, 'exchange_rate', exchange_rate::text, 'series', series));
END;
COMMENT ON FUNCTION ar.post_fee(bigint, text, text, date, numeric, text, text, text, jsonb, text, text, numeric, text) IS
'Posts a fee charged, such as one for a reminder, as one debit item, due on its date. Returns document_id. Errors as ar.post_invoice.';

CREATE FUNCTION ar.post_opening_balance(company_id bigint, customer_number text, opening_balance_number text,
                                        opening_balance_date date, amount numeric, due_date date DEFAULT NULL,
                                        reference text DEFAULT NULL, attributes jsonb DEFAULT NULL,
                                        idempotency_key text DEFAULT NULL, currency text DEFAULT NULL,
                                        exchange_rate numeric DEFAULT NULL)
    RETURNS bigint
    LANGUAGE sql
BEGIN ATOMIC
    SELECT ar.post_document(company_id, 'opening_balance', jsonb_build_object(
        'customer_number', customer_number, 'opening_balance_number', opening_balance_number,
        'opening_balance_date', opening_balance_date, 'amount', amount::text, 'due_date', due_date, 'reference', reference,
        'attributes', attributes, 'idempotency_key', idempotency_key, 'currency', currency,
        'exchange_rate', exchange_rate::text));
END;
COMMENT ON FUNCTION ar.post_opening_balance(bigint, text, text, date, numeric, date, text, jsonb, text, text, numeric) IS
'Posts what was open when the books began: a debit item for a positive amount, a credit item for a negative one. due_date may lie before the date, so that the debt is aged as it is old. Returns document_id. Errors as ar.post_invoice.';

CREATE FUNCTION ar.first_application_date(company_id bigint, debit_item_id bigint, credit_item_id bigint) RETURNS date
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT max(greatest(i.effective_on, CASE WHEN i.reopened THEN i.last_applied_on END))
    FROM receivables.item AS i
    WHERE i.company_id = first_application_date.company_id
      AND i.item_id IN (first_application_date.debit_item_id, first_application_date.credit_item_id)
$$;
COMMENT ON FUNCTION ar.first_application_date(bigint, bigint, bigint) IS
'The date an application gets that says none: the first on which both items count, or that of the last movement of one that was reopened by a reversal.';

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
    -- company_amount is left to the trigger where it may differ.
    INSERT INTO receivables.application AS a (company_id, debit_item_id, credit_item_id, effective_on, amount,
                                              company_amount, reason, idempotency_key)
    VALUES (apply.company_id, apply.debit_item_id, apply.credit_item_id,
            coalesce(apply.effective_on, ar.first_application_date(apply.company_id, apply.debit_item_id,
                                                                   apply.credit_item_id)),
            apply.amount,
            (SELECT apply.amount
             FROM receivables.item AS i JOIN receivables.company AS c ON c.company_id = i.company_id AND c.currency = i.currency
             WHERE i.company_id = apply.company_id AND i.item_id = apply.debit_item_id),
            apply.reason, apply.idempotency_key)
    RETURNING a.application_id INTO result;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.apply(bigint, bigint, bigint, numeric, date, text, text) IS
'Settles a debit item with a credit item of the same customer and currency, from effective_on on (default: the first day both count, or the last movement of one that was reopened by a reversal). Where both are booked at different exchange rates, the realised difference is posted as an item of its own. Returns application_id. Errors: 23514 where more is applied than is open, before an item counts, across customers or currencies or with the wrong sign, 23503 for an unknown company or item, 23505 for a key used with other contents, 55000 for a date in a closed period.';

CREATE FUNCTION ar.post_payment(company_id bigint, customer_number text, payment_number text,
                                payment_date date, amount numeric, applications jsonb DEFAULT '[]',
                                reference text DEFAULT NULL, attributes jsonb DEFAULT NULL,
                                idempotency_key text DEFAULT NULL, currency text DEFAULT NULL,
                                exchange_rate numeric DEFAULT NULL, series text DEFAULT NULL)
    RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    result bigint;
    number text;
BEGIN
    IF num_nonnulls(currency, exchange_rate, series) = 0 THEN
        result := ar.post_plain_document(company_id, 'payment', customer_number, payment_number, payment_date, payment_date,
                                         amount, reference, attributes, idempotency_key);
    END IF;
    IF result IS NOT NULL AND (applications = '[]' OR ar.apply_plainly(company_id, result, applications, idempotency_key)) THEN
        RETURN result;
    END IF;
    IF result IS NULL THEN
        result := ar.post_document(company_id, 'payment', jsonb_build_object(
            'customer_number', customer_number, 'payment_number', payment_number,
            'payment_date', payment_date, 'amount', amount::text, 'reference', reference,
            'attributes', attributes, 'idempotency_key', idempotency_key, 'currency', currency,
            'exchange_rate', exchange_rate::text, 'series', series));
    END IF;
    IF applications <> '[]' THEN
        SELECT d.document_number INTO number
        FROM receivables.document AS d WHERE d.company_id = post_payment.company_id AND d.document_id = result;
        PERFORM ar.import_rows(company_id, 'application', (
            SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                'payment_number', number,
                'idempotency_key', idempotency_key || '/' || a.position) || a.application) ORDER BY a.position)
            FROM jsonb_array_elements(applications) WITH ORDINALITY AS a (application, position)));
    END IF;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.post_payment(bigint, text, text, date, numeric, jsonb, text, jsonb, text, text, numeric, text) IS
'Posts a payment as one credit item and applies it: applications is a jsonb array of {"invoice_number", "amount" [, "instalment"] [, "application_date"]}, or of {"debit_kind", "debit_number", "amount"} for another kind of debit; without an instalment the oldest due are settled first. What it does not name stays unapplied. Returns document_id. Errors as ar.post_invoice and ar.apply.';

CREATE FUNCTION ar.undo_application(company_id bigint, application_id bigint, effective_on date, reason text)
    RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    result bigint;
BEGIN
    INSERT INTO receivables.application AS r (company_id, debit_item_id, credit_item_id, effective_on, amount, company_amount,
                                              reverses_application_id, exchange_of_application_id, reason)
    SELECT a.company_id, a.debit_item_id, a.credit_item_id, undo_application.effective_on, -a.amount, -a.company_amount,
           a.application_id, a.exchange_of_application_id, undo_application.reason
    FROM receivables.application AS a
    WHERE a.company_id = undo_application.company_id
      AND a.application_id = undo_application.application_id
      AND a.reverses_application_id IS NULL
    RETURNING r.application_id INTO result;
    RETURN result;
EXCEPTION
    WHEN unique_violation THEN
        RAISE EXCEPTION 'application % has been reversed already', application_id
            USING ERRCODE = 'unique_violation';
END;
$$;
COMMENT ON FUNCTION ar.undo_application(bigint, bigint, date, text) IS
'What ar.reverse_application does once it has looked, and ar.reverse_document with the applications of a document: null where there is no such application.';

CREATE FUNCTION ar.reverse_application(company_id bigint, application_id bigint, effective_on date, reason text)
    RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    exchange_of bigint;
    transfer    text;
    result      bigint;
BEGIN
    PERFORM ar.company_minor_units(company_id);
    SELECT a.exchange_of_application_id, d.document_number INTO exchange_of, transfer
    FROM receivables.application AS a
    LEFT JOIN receivables.item AS i
        ON i.company_id = a.company_id AND i.item_id IN (a.debit_item_id, a.credit_item_id) AND i.kind = 'transfer_out'
    LEFT JOIN receivables.document AS d ON d.company_id = i.company_id AND d.document_id = i.document_id
    WHERE a.company_id = reverse_application.company_id AND a.application_id = reverse_application.application_id
      AND a.reverses_application_id IS NULL;
    IF exchange_of IS NOT NULL THEN
        RAISE EXCEPTION 'application % is the exchange difference of application %', application_id, exchange_of
            USING ERRCODE = 'check_violation', HINT = 'Reverse that one: its exchange difference goes with it.';
    ELSIF transfer IS NOT NULL THEN
        RAISE EXCEPTION 'application % belongs to transfer %', application_id, transfer
            USING ERRCODE = 'check_violation',
                  HINT = 'Reverse the transfer with ar.reverse_document: both halves of it go together.';
    END IF;
    result := ar.undo_application(company_id, application_id, effective_on, reason);
    IF result IS NULL THEN
        RAISE EXCEPTION 'there is no application % to reverse', coalesce(application_id::text, 'null')
            USING ERRCODE = 'no_data_found', HINT = 'A reversal cannot be reversed: apply anew.';
    END IF;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.reverse_application(bigint, bigint, date, text) IS
'Undoes an application from effective_on on, with a reason, and the exchange difference it realised; every report before that date stays as it was. Returns the application_id of the reversal. Errors: P0002 where there is no such application, 23505 where it has been reversed, 23514 for a date before it, a blank reason, an exchange difference, a transfer or what settles a reversed document with its reversal, 23502 for no date, 55000 for a date in a closed period.';
