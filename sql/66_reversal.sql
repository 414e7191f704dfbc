-- Undoing a document, and moving an item to another customer --------------------

CREATE FUNCTION ar.reverse_posted(company_id bigint, document_id bigint, effective_on date, reason text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    application record;
    item        record;
    result      bigint;
    mirror      bigint;
BEGIN
    -- What the items were settled with goes first, from the same date on.
    FOR application IN
        SELECT a.application_id, a.effective_on
        FROM receivables.item AS i
        JOIN receivables.application AS a
            ON a.company_id = i.company_id AND i.item_id IN (a.debit_item_id, a.credit_item_id)
        WHERE i.company_id = reverse_posted.company_id AND i.document_id = reverse_posted.document_id
          AND a.reverses_application_id IS NULL
          -- An exchange difference goes with the application that made it.
          AND (a.exchange_of_application_id IS NULL OR i.kind = 'exchange_difference')
          AND NOT EXISTS (SELECT FROM receivables.application AS r
                          WHERE r.company_id = a.company_id AND r.reverses_application_id = a.application_id)
        ORDER BY a.application_id
    LOOP
        PERFORM ar.undo_application(company_id, application.application_id, effective_on, reason);
    END LOOP;

    INSERT INTO receivables.document AS r (company_id, customer_id, document_date, kind, document_number, currency, amount,
                                           company_amount, exchange_rate, tax_amount, contract_id, source_document_id,
                                           bank_line_id, reverses_document_id, reason, reason_code)
    SELECT d.company_id, d.customer_id, reverse_posted.effective_on, d.kind, d.document_number || '/reversal', d.currency,
           -d.amount, -d.company_amount, d.exchange_rate, -d.tax_amount, d.contract_id, d.source_document_id, d.bank_line_id,
           d.document_id, reverse_posted.reason, d.reason_code
    FROM receivables.document AS d
    WHERE d.company_id = reverse_posted.company_id AND d.document_id = reverse_posted.document_id
    RETURNING r.document_id INTO result;
    FOR item IN
        SELECT i.* FROM receivables.item AS i
        WHERE i.company_id = reverse_posted.company_id AND i.document_id = reverse_posted.document_id
        ORDER BY i.item_id
    LOOP
        INSERT INTO receivables.item AS i (company_id, customer_id, document_id, kind, currency, instalment, effective_on, due_on,
                                           amount, company_amount, reverses_item_id)
        VALUES (company_id, item.customer_id, result, item.kind, item.currency, item.instalment, effective_on, effective_on,
                -item.amount, -item.company_amount, item.item_id)
        RETURNING i.item_id INTO mirror;
        INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount, company_amount,
                                             exchange_of_application_id, reason)
        VALUES (company_id, CASE WHEN item.is_debit THEN item.item_id ELSE mirror END,
                CASE WHEN item.is_debit THEN mirror ELSE item.item_id END, effective_on, abs(item.amount),
                abs(item.company_amount),
                CASE WHEN item.amount = 0 THEN (SELECT a.exchange_of_application_id FROM receivables.application AS a
                                                WHERE a.company_id = item.company_id
                                                  AND item.item_id IN (a.debit_item_id, a.credit_item_id)
                                                ORDER BY a.application_id LIMIT 1) END,
                reason);
    END LOOP;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.reverse_posted(bigint, bigint, date, text) IS
'What ar.reverse_document does once it has looked: reverses the applications of the items of a document, and posts and applies items against them.';

CREATE FUNCTION ar.reverse_document(company_id bigint, document_id bigint, effective_on date, reason text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    document record;
    latest   date;
    other_id bigint;
    fault    text;
    advice   text;
    result   bigint;
BEGIN
    PERFORM ar.company_minor_units(company_id);
    SELECT d.document_id, d.kind, d.document_number, d.document_date, d.reverses_document_id, d.source_document_id,
           d.bank_line_id INTO document
    FROM receivables.document AS d
    WHERE d.company_id = reverse_document.company_id AND d.document_id = reverse_document.document_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no document % to reverse', coalesce(document_id::text, 'null') USING ERRCODE = 'no_data_found';
    END IF;
    -- The two halves of a transfer go together.
    other_id := CASE WHEN document.kind = 'transfer_in' THEN document.source_document_id
                     WHEN document.kind = 'transfer_out' THEN (
                         SELECT d.document_id FROM receivables.document AS d
                         WHERE d.company_id = reverse_document.company_id AND d.source_document_id = document.document_id
                           AND d.kind = 'transfer_in' AND d.reverses_document_id IS NULL) END;
    -- What it was posted from, which is open again, comes before items.
    PERFORM FROM receivables.bank_line AS b
    WHERE b.company_id = reverse_document.company_id AND b.bank_line_id = document.bank_line_id FOR NO KEY UPDATE;
    -- All items that move are locked first, in the order of their keys.
    PERFORM FROM receivables.item AS i
    WHERE i.company_id = reverse_document.company_id AND i.item_id IN (
        SELECT x.item_id
        FROM receivables.item AS m
        LEFT JOIN receivables.application AS a
            ON a.company_id = m.company_id AND m.item_id IN (a.debit_item_id, a.credit_item_id)
        CROSS JOIN LATERAL (VALUES (m.item_id), (a.debit_item_id), (a.credit_item_id)) AS x (item_id)
        WHERE m.company_id = reverse_document.company_id AND m.document_id IN (reverse_document.document_id, other_id))
    ORDER BY i.item_id FOR NO KEY UPDATE;

    PERFORM FROM receivables.document AS r
    WHERE r.company_id = reverse_document.company_id AND r.reverses_document_id = reverse_document.document_id;
    IF FOUND THEN
        RAISE unique_violation;
    END IF;
    SELECT max(i.last_applied_on) INTO latest
    FROM receivables.item AS i
    WHERE i.company_id = reverse_document.company_id AND i.document_id IN (reverse_document.document_id, other_id);
    IF document.reverses_document_id IS NOT NULL THEN
        fault := 'it is itself a reversal';
        advice := 'Post the document anew.';
    ELSIF document.kind = 'exchange_difference' THEN
        fault := 'an exchange difference goes with its application';
        advice := format('Reverse application %s with ar.reverse_application.', document.document_number);
    ELSIF EXISTS (
        SELECT FROM receivables.item AS m
        JOIN receivables.application AS a
            ON a.company_id = m.company_id AND m.item_id IN (a.debit_item_id, a.credit_item_id)
        JOIN receivables.item AS i
            ON i.company_id = a.company_id AND i.item_id = a.debit_item_id + a.credit_item_id - m.item_id
        JOIN receivables.document AS t ON t.company_id = i.company_id AND t.document_id = i.document_id
        WHERE m.company_id = reverse_document.company_id AND m.document_id IN (reverse_document.document_id, other_id)
          AND t.kind = 'transfer_out' AND t.reverses_document_id IS NULL
          AND NOT EXISTS (SELECT FROM receivables.document AS r
                          WHERE r.company_id = t.company_id AND r.reverses_document_id = t.document_id))
    THEN
        fault := 'an item of it was transferred';
        advice := 'Reverse the transfer first.';
    ELSIF effective_on < greatest(document.document_date, latest) THEN
        fault := format('it counts from %s, and was last applied on %s', document.document_date,
                        coalesce(nullif(latest, '-infinity')::text, 'no day'));
        advice := 'Reverse it on that day or later; reports before the reversal stay as they were.';
    ELSIF document.kind = 'invoice' AND EXISTS (
        SELECT FROM receivables.document AS d
        WHERE d.company_id = reverse_document.company_id AND d.source_document_id = document.document_id
          AND d.kind = 'credit_note' AND d.reverses_document_id IS NULL
          AND NOT EXISTS (SELECT FROM receivables.document AS r
                          WHERE r.company_id = d.company_id AND r.reverses_document_id = d.document_id))
    THEN
        fault := 'there are credit notes against it';
        advice := 'Reverse the credit notes first.';
    END IF;
    IF fault IS NOT NULL THEN
        RAISE EXCEPTION '% % cannot be reversed: %', replace(document.kind, '_', ' '), document.document_number, fault
            USING ERRCODE = 'check_violation', HINT = advice;
    ELSIF btrim(coalesce(reason, '')) = '' THEN
        RAISE EXCEPTION 'a reversal needs a reason' USING ERRCODE = 'check_violation';
    END IF;
    result := ar.reverse_posted(company_id, document_id, effective_on, reason);
    IF other_id IS NOT NULL THEN
        PERFORM ar.reverse_posted(company_id, other_id, effective_on, reason);
    END IF;
    RETURN result;
EXCEPTION
    WHEN unique_violation THEN
        RAISE EXCEPTION 'document % has been reversed already', document_id USING ERRCODE = 'unique_violation';
END;
$$;
COMMENT ON FUNCTION ar.reverse_document(bigint, bigint, date, text) IS
'Undoes a document from effective_on on, with a reason: what settled it, or what it settled, is open again, and every report before that date stays as it was. Both halves of a transfer are undone together. Returns the document_id of the reversal. Errors: P0002 where there is no such document, 23505 where it has been reversed, 23514 for a date before its last movement, a reversal, an invoice with credit notes, a document of which an item was transferred, or no reason, 55000 for a date in a closed period.';

CREATE FUNCTION ar.transfer(company_id bigint, item_id bigint, to_customer_number text, transfer_number text,
                            effective_on date, reason text, amount numeric DEFAULT NULL) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    minor_units integer := ar.company_minor_units(company_id);
    item        record;
    customer    bigint;
    wanted      numeric;
    share       numeric;
    sign        integer;
    out_id      bigint;
    out_item    bigint;
    result      bigint;
BEGIN
    SELECT i.customer_id, i.currency, i.due_on, i.contractual_due_on, i.is_debit, i.open_amount, i.open_company_amount,
           d.exchange_rate, u.minor_units INTO item
    FROM receivables.item AS i
    JOIN receivables.document AS d ON d.company_id = i.company_id AND d.document_id = i.document_id
    JOIN receivables.currency AS u ON u.currency = i.currency
    WHERE i.company_id = transfer.company_id AND i.item_id = transfer.item_id
    FOR NO KEY UPDATE OF i;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'item % does not exist', coalesce(item_id::text, 'null') USING ERRCODE = 'foreign_key_violation';
    END IF;
    SELECT c.customer_id INTO customer
    FROM receivables.customer AS c
    WHERE c.company_id = transfer.company_id AND c.customer_number = btrim(to_customer_number);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'customer % does not exist', coalesce(to_customer_number, 'null') USING ERRCODE = 'foreign_key_violation';
    ELSIF customer = item.customer_id THEN
        RAISE EXCEPTION 'item % belongs to customer % already', item_id, to_customer_number USING ERRCODE = 'check_violation';
    END IF;
    wanted := coalesce(amount, abs(item.open_amount));
    IF NOT (wanted > 0 AND wanted <= abs(item.open_amount)) THEN
        RAISE EXCEPTION 'cannot transfer % of item %: % is open', wanted, item_id, abs(item.open_amount)
            USING ERRCODE = 'check_violation';
    ELSIF wanted <> round(wanted, item.minor_units) THEN
        RAISE EXCEPTION 'amount % has more than % decimals', wanted, item.minor_units USING ERRCODE = 'check_violation';
    END IF;
    wanted := round(wanted, item.minor_units);
    sign := CASE WHEN item.is_debit THEN 1 ELSE -1 END;
    share := ar.company_share(wanted, item.open_amount, item.open_company_amount, minor_units);

    INSERT INTO receivables.document AS d (company_id, customer_id, document_date, kind, document_number, currency, amount,
                                           company_amount, exchange_rate, reason)
    VALUES (company_id, item.customer_id, effective_on, 'transfer_out', transfer_number, item.currency, -sign * wanted,
            -sign * share, item.exchange_rate, reason)
    RETURNING d.document_id INTO out_id;
    INSERT INTO receivables.item AS i (company_id, customer_id, document_id, kind, currency, effective_on, due_on, amount,
                                       company_amount)
    VALUES (company_id, item.customer_id, out_id, 'transfer_out', item.currency, effective_on, effective_on, -sign * wanted,
            -sign * share)
    RETURNING i.item_id INTO out_item;
    INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount, reason)
    VALUES (company_id, CASE WHEN item.is_debit THEN item_id ELSE out_item END,
            CASE WHEN item.is_debit THEN out_item ELSE item_id END, effective_on, wanted, reason);

    INSERT INTO receivables.document AS d (company_id, customer_id, document_date, kind, document_number, currency, amount,
                                           company_amount, exchange_rate, source_document_id, reason)
    VALUES (company_id, customer, effective_on, 'transfer_in', transfer_number, item.currency, sign * wanted, sign * share,
            item.exchange_rate, out_id, reason)
    RETURNING d.document_id INTO result;
    INSERT INTO receivables.item (company_id, customer_id, document_id, kind, currency, effective_on, due_on,
                                  contractual_due_on, amount, company_amount)
    VALUES (company_id, customer, result, 'transfer_in', item.currency, effective_on, item.due_on, item.contractual_due_on,
            sign * wanted, sign * share);
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.transfer(bigint, bigint, text, text, date, text, numeric) IS
'Moves an open item, or amount of it, to another customer from effective_on on, with a reason: a transfer_out settles it, a transfer_in of the same number, amount, rate and due date is posted for the other customer. Returns the document_id of the transfer_in. Errors: 23503 for an unknown item or customer, 23505 for a number that is taken, 23514 for more than is open or no reason, 55000 for a date in a closed period.';
