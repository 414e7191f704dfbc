-- Deciding on what was proposed -----------------------------------------------------

CREATE FUNCTION ar.accept(company_id bigint, match_proposal_id bigint, effective_on date DEFAULT NULL, reason text DEFAULT NULL)
    RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    fault  record;
    result bigint;
BEGIN
    PERFORM ar.company_minor_units(company_id);
    PERFORM ar.lock_matches(company_id, ARRAY[match_proposal_id]);
    IF NOT EXISTS (SELECT FROM receivables.match_proposal AS p
                   WHERE p.company_id = accept.company_id AND p.match_proposal_id = accept.match_proposal_id)
    THEN
        RAISE EXCEPTION 'there is no proposal %', coalesce(match_proposal_id::text, 'null') USING ERRCODE = 'no_data_found';
    END IF;
    SELECT * INTO fault FROM ar.match_faults(company_id, ARRAY[match_proposal_id]);
    IF FOUND THEN
        RAISE EXCEPTION 'proposal % cannot be accepted: %', match_proposal_id, fault.fault
            USING ERRCODE = fault.sqlstate, DETAIL = coalesce(fault.detail, ''),
                  HINT = CASE fault.sqlstate WHEN 'P0002' THEN 'Enter the rate with ar.add_exchange_rate.'
                                             ELSE 'Run ar.propose again, or settle it by hand with ar.apply_manual.' END;
    END IF;
    PERFORM ar.settle_matches(company_id, ARRAY[match_proposal_id], 'accepted', effective_on, nullif(btrim(reason), ''));
    SELECT d.document_id INTO result
    FROM receivables.match_proposal AS p
    JOIN receivables.document AS d
        ON d.company_id = p.company_id AND d.match_proposal_id = p.match_proposal_id AND d.bank_line_id = p.bank_line_id
    WHERE p.company_id = accept.company_id AND p.match_proposal_id = accept.match_proposal_id
    UNION ALL
    SELECT i.document_id
    FROM receivables.match_proposal AS p
    JOIN receivables.item AS i ON i.company_id = p.company_id AND i.item_id = p.credit_item_id
    WHERE p.company_id = accept.company_id AND p.match_proposal_id = accept.match_proposal_id;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.accept(bigint, bigint, date, text) IS
'Settles a proposal of whatever rank, as it stands: posts the payment of its bank line, or for money paid back the refund; applies it and the credits it uses line by line; posts discounts, bank fees and deductions as adjustments and write-offs, each applied to its item, of a credit an adjustment that is a debit; a deduction becomes an open item of its own, due as the one it was kept back from. What else was proposed for the same money is superseded. Counts from effective_on on (default: the day the bank booked it, or the first open day after a closed period), an application from the first day both its items count. Returns the document_id of the payment. Errors: P0002 for no such proposal and without an exchange rate, 55000 where it is decided already, where less is open by now, and for a date in a closed period, 23514 where it does not fit, such as without a customer.';

CREATE FUNCTION ar.reject(company_id bigint, match_proposal_id bigint, reason text DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    current text;
BEGIN
    PERFORM ar.company_minor_units(company_id);
    SELECT p.status INTO current
    FROM receivables.match_proposal AS p
    WHERE p.company_id = reject.company_id AND p.match_proposal_id = reject.match_proposal_id
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no proposal %', coalesce(match_proposal_id::text, 'null') USING ERRCODE = 'no_data_found';
    ELSIF current <> 'open' THEN
        RAISE EXCEPTION 'proposal % cannot be rejected: it is % already', match_proposal_id, replace(current, '_', ' ')
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = CASE WHEN current IN ('accepted', 'applied_automatically') THEN 'Undo it with ar.undo_match.' ELSE '' END;
    END IF;
    UPDATE receivables.match_proposal AS p
    SET status = 'rejected', decision_reason = nullif(btrim(reject.reason), '')
    WHERE p.company_id = reject.company_id AND p.match_proposal_id = reject.match_proposal_id;
END;
$$;
COMMENT ON FUNCTION ar.reject(bigint, bigint, text) IS
'Rejects a proposal: the same is not proposed again. Errors: P0002 for no such proposal, 55000 where it is decided already.';

CREATE FUNCTION ar.manual_match_lines(company_id bigint, lines jsonb, is_refund boolean) RETURNS ar.match_line[]
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    line   record;
    item   record;
    amount numeric;
    result ar.match_line[] := '{}';
BEGIN
    IF jsonb_typeof(lines) IS DISTINCT FROM 'array' OR lines = '[]' THEN
        RAISE EXCEPTION 'lines must be an array of objects, at least one' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    FOR line IN
        SELECT l.value, l.position, coalesce(btrim(l.value ->> 'purpose'), 'application') AS purpose,
               CASE WHEN l.value ->> 'invoice_number' IS NULL THEN btrim(l.value ->> 'kind') ELSE 'invoice' END AS kind,
               btrim(coalesce(l.value ->> 'invoice_number', l.value ->> 'number')) AS number
        FROM jsonb_array_elements(lines) WITH ORDINALITY AS l (value, position)
    LOOP
        IF jsonb_typeof(line.value) <> 'object'
            OR line.value - '{invoice_number,kind,number,instalment,amount,purpose,reason_code,note}'::text[] <> '{}'
        THEN
            RAISE EXCEPTION 'line % is no object of invoice_number or kind and number, instalment, amount, purpose, reason_code, note',
                            line.position
                USING ERRCODE = 'invalid_parameter_value', DETAIL = line.value::text;
        END IF;
        amount := ar.parse_amount(line.value ->> 'amount');
        IF (amount > 0 AND amount < 'Infinity') IS NOT TRUE THEN
            RAISE EXCEPTION 'line %: amount % is not positive', line.position, coalesce(line.value ->> 'amount', 'null')
                USING ERRCODE = 'check_violation';
        END IF;
        IF line.purpose IN ('unapplied', 'on_account') THEN
            result := result || (line.purpose, NULL, CASE WHEN is_refund THEN -amount ELSE amount END,
                                 line.value ->> 'reason_code', line.value ->> 'note')::ar.match_line;
            CONTINUE;
        END IF;
        SELECT min(i.item_id) AS item_id, count(*) AS items, bool_and(i.is_debit) AS is_debit INTO item
        FROM receivables.document AS d
        JOIN receivables.item AS i ON i.company_id = d.company_id AND i.document_id = d.document_id
        WHERE d.company_id = manual_match_lines.company_id AND d.kind = line.kind AND d.document_number = line.number
          AND (line.value ->> 'instalment' IS NULL OR i.instalment::text = line.value ->> 'instalment');
        IF item.items = 0 THEN
            RAISE EXCEPTION 'line %: % % does not exist', line.position, coalesce(replace(line.kind, '_', ' '), 'document'),
                            concat_ws(' instalment ', coalesce(line.number, 'null'), line.value ->> 'instalment')
                USING ERRCODE = 'foreign_key_violation';
        ELSIF item.items > 1 THEN
            RAISE EXCEPTION 'line %: % % has % instalments', line.position, replace(line.kind, '_', ' '), line.number, item.items
                USING ERRCODE = 'check_violation', HINT = 'Name the instalment.';
        END IF;
        result := result || (line.purpose, item.item_id,
                             CASE WHEN item.is_debit THEN amount ELSE -amount END,
                             btrim(line.value ->> 'reason_code'), line.value ->> 'note')::ar.match_line;
    END LOOP;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.manual_match_lines(bigint, jsonb, boolean) IS
'The lines of ar.apply_manual as a proposal has them. Errors as there.';

CREATE FUNCTION ar.settle_by_hand(company_id bigint, bank_line_id bigint, credit_item_id bigint, customer_id bigint,
                                  lines ar.match_line[], effective_on date, reason text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    proposal bigint;
BEGIN
    -- What was proposed for the money gives way, locked as ar.lock_matches does.
    PERFORM FROM receivables.company AS c WHERE c.company_id = settle_by_hand.company_id FOR SHARE;
    PERFORM FROM receivables.match_proposal AS p
    WHERE p.company_id = settle_by_hand.company_id AND p.status = 'open'
      AND (p.bank_line_id = settle_by_hand.bank_line_id OR p.credit_item_id = settle_by_hand.credit_item_id)
    ORDER BY p.match_proposal_id FOR NO KEY UPDATE;
    -- With the money in hand nobody else proposes for it; whoever just did is waited for.
    PERFORM FROM receivables.bank_line AS b
    WHERE b.company_id = settle_by_hand.company_id AND b.bank_line_id = settle_by_hand.bank_line_id FOR NO KEY UPDATE;
    PERFORM ar.lock_match_numbers(company_id);
    PERFORM FROM receivables.item AS i
    WHERE i.company_id = settle_by_hand.company_id AND i.item_id = settle_by_hand.credit_item_id FOR NO KEY UPDATE;
    UPDATE receivables.match_proposal AS p SET status = 'superseded'
    WHERE p.company_id = settle_by_hand.company_id AND p.match_proposal_id = ANY (ARRAY(
        SELECT o.match_proposal_id FROM receivables.match_proposal AS o
        WHERE o.company_id = settle_by_hand.company_id AND o.status = 'open'
          AND (o.bank_line_id = settle_by_hand.bank_line_id OR o.credit_item_id = settle_by_hand.credit_item_id)
        FOR NO KEY UPDATE SKIP LOCKED));
    INSERT INTO receivables.match_proposal AS p (company_id, bank_line_id, credit_item_id, customer_id, rank, method, score, margin,
                                                 amount, remainder, reasons, content_hash)
    SELECT settle_by_hand.company_id, settle_by_hand.bank_line_id, settle_by_hand.credit_item_id, settle_by_hand.customer_id,
           -- Behind what somebody else holds, who waits for the money.
           1 + coalesce((SELECT max(o.rank) FROM receivables.match_proposal AS o
                         WHERE o.company_id = settle_by_hand.company_id AND o.status = 'open'
                           AND (o.bank_line_id = settle_by_hand.bank_line_id OR o.credit_item_id = settle_by_hand.credit_item_id)), 0),
           'manual', 1, 1, coalesce(sum(l.amount), 0), coalesce(sum(l.amount) FILTER (WHERE l.purpose <> 'application'), 0),
           coalesce(nullif(btrim(settle_by_hand.reason), ''), 'By hand.'), md5(lines::text)
    FROM unnest(lines) AS l
    WHERE l.purpose IN ('application', 'unapplied', 'on_account')
    -- Only where what somebody proposed meanwhile cannot be seen: error 40001.
    ON CONFLICT DO NOTHING
    RETURNING p.match_proposal_id INTO proposal;
    INSERT INTO receivables.match_proposal_line (company_id, match_proposal_id, line_number, purpose, item_id, amount,
                                                 reason_code, note)
    SELECT settle_by_hand.company_id, proposal, l.position, l.purpose, l.item_id, l.amount, l.reason_code, l.note
    FROM unnest(lines) WITH ORDINALITY AS l (purpose, item_id, amount, reason_code, note, position);
    RETURN ar.accept(company_id, proposal, effective_on, reason);
END;
$$;
COMMENT ON FUNCTION ar.settle_by_hand(bigint, bigint, bigint, bigint, ar.match_line[], date, text) IS
'Makes a proposal of method manual of some lines and accepts it. Returns the document_id of the payment.';

CREATE FUNCTION ar.apply_manual(company_id bigint, bank_line_id bigint DEFAULT NULL, payment_number text DEFAULT NULL,
                                customer_number text DEFAULT NULL, lines jsonb DEFAULT '[]', effective_on date DEFAULT NULL,
                                reason text DEFAULT NULL) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    payment   bigint;
    customer  bigint;
    is_refund boolean := false;
BEGIN
    PERFORM ar.company_minor_units(company_id);
    IF num_nonnulls(bank_line_id, payment_number) <> 1 THEN
        RAISE EXCEPTION 'money is that of a bank line or of a payment' USING ERRCODE = 'invalid_parameter_value';
    ELSIF bank_line_id IS NOT NULL THEN
        SELECT b.amount < 0 INTO is_refund
        FROM receivables.bank_line AS b
        WHERE b.company_id = apply_manual.company_id AND b.bank_line_id = apply_manual.bank_line_id;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'bank line % does not exist', bank_line_id USING ERRCODE = 'foreign_key_violation';
        END IF;
        customer := ar.find_customer(company_id, customer_number);
    ELSE
        SELECT i.item_id, i.customer_id INTO payment, customer
        FROM receivables.document AS d
        JOIN receivables.item AS i ON i.company_id = d.company_id AND i.document_id = d.document_id
        WHERE d.company_id = apply_manual.company_id AND d.kind = 'payment'
          AND d.document_number = btrim(apply_manual.payment_number);
        IF NOT FOUND THEN
            RAISE EXCEPTION 'payment % does not exist', payment_number USING ERRCODE = 'foreign_key_violation';
        ELSIF customer_number IS NOT NULL AND ar.find_customer(company_id, customer_number) <> customer THEN
            RAISE EXCEPTION 'payment % is of another customer than %', payment_number, customer_number
                USING ERRCODE = 'check_violation', HINT = 'Transfer it to that customer with ar.transfer.';
        END IF;
    END IF;
    RETURN ar.settle_by_hand(company_id, bank_line_id, payment, customer, ar.manual_match_lines(company_id, lines, is_refund), effective_on, reason);
END;
$$;
COMMENT ON FUNCTION ar.apply_manual(bigint, bigint, text, text, jsonb, date, text) IS
'Settles by hand with the money of a bank line, for which a payment of the customer is posted, or of a payment that is there. lines: array of {"invoice_number", "amount" [, "instalment"]} or {"kind", "number", "amount"}, credits to be used among them; the same with "purpose" [, "reason_code"] [, "note"], of purpose discount, bank_fee, write_off or deduction, for what is settled although it was not paid; {"purpose": "unapplied" or "on_account", "amount"} for what remains. All amounts are positive. As much of the money is used as the lines come to: the rest of a bank line stays open, for another call, perhaps with another customer. Makes a proposal of method manual and accepts it. Returns the document_id of the payment. Errors as ar.accept; 23503 for what does not exist, 22023 for lines that are none.';

CREATE FUNCTION ar.post_bank_line(company_id bigint, bank_line_id bigint, customer_number text, amount numeric DEFAULT NULL,
                                  remainder text DEFAULT 'on_account', effective_on date DEFAULT NULL, reason text DEFAULT NULL)
    RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    available numeric;
BEGIN
    PERFORM ar.company_minor_units(company_id);
    SELECT b.open_amount INTO available
    FROM receivables.bank_line AS b
    WHERE b.company_id = post_bank_line.company_id AND b.bank_line_id = post_bank_line.bank_line_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'bank line % does not exist', coalesce(bank_line_id::text, 'null') USING ERRCODE = 'foreign_key_violation';
    ELSIF available = 0 THEN
        RAISE EXCEPTION 'bank line % is posted already', bank_line_id
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Undo the match with ar.undo_match.';
    ELSIF amount <= 0 THEN
        RAISE EXCEPTION 'amount % is not positive', amount USING ERRCODE = 'check_violation';
    ELSIF remainder IN ('unapplied', 'on_account') IS NOT TRUE THEN
        RAISE EXCEPTION 'remainder is unapplied or on_account, not %', coalesce(remainder, 'null')
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN ar.settle_by_hand(company_id, bank_line_id, NULL, ar.find_customer(company_id, customer_number),
                             ARRAY[(remainder, NULL, coalesce(sign(available) * amount, available), NULL, NULL)::ar.match_line],
                             effective_on, reason);
END;
$$;
COMMENT ON FUNCTION ar.post_bank_line(bigint, bigint, text, numeric, text, date, text) IS
'Posts a bank line, or amount of it, as a payment of a customer that settles nothing yet: it stays on_account, or unapplied, for ar.propose to find what it settles. Returns the document_id of the payment. Errors as ar.accept; 23503 for what does not exist.';
