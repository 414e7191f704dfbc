-- Disputes and holds ---------------------------------------------------------------------------

CREATE FUNCTION ar.open_dispute(company_id bigint, customer_number text, reason text, items jsonb, description text DEFAULT NULL,
                                opened_on date DEFAULT ar.as_of(), owner text DEFAULT NULL, deadline date DEFAULT NULL,
                                contact_id bigint DEFAULT NULL) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    customer bigint := ar.find_customer(company_id, customer_number);
    result   bigint;
    task     bigint;
    disputed record;
    items_disputed bigint[] := '{}';
    amounts  numeric[] := '{}';
    total    numeric := 0;
BEGIN
    PERFORM ar.require_guards();
    PERFORM FROM receivables.customer AS c
    WHERE c.company_id = open_dispute.company_id AND c.customer_id = customer FOR NO KEY UPDATE;
    IF jsonb_typeof(items) IS DISTINCT FROM 'array' OR jsonb_array_length(items) = 0 THEN
        RAISE EXCEPTION 'a dispute is about items' USING ERRCODE = 'invalid_parameter_value',
            HINT = 'For example [{"document_number": "INV-1", "amount": 100}]; without an amount, all that is open.';
    END IF;
    -- A run that reminds of one of them waits, or what it wrote rests.
    PERFORM FROM receivables.item AS i
    JOIN receivables.document AS d ON d.company_id = i.company_id AND d.document_id = i.document_id
    WHERE i.company_id = open_dispute.company_id AND i.customer_id = customer AND i.is_debit
      AND d.document_number IN (SELECT x.value ->> 'document_number' FROM jsonb_array_elements(items) AS x (value))
    ORDER BY i.item_id FOR NO KEY UPDATE OF i;
    FOR disputed IN
        SELECT i.value ->> 'document_number' AS document_number, o.item_id, o.open_company_amount, o.open_amount,
               o.open_amount - coalesce((SELECT sum(x.amount) FROM ar.disputed_parts(o.company_id, opened_on) AS x WHERE x.item_id = o.item_id), 0) AS free_amount,
               round((i.value ->> 'amount')::numeric, o.minor_units) AS amount
        FROM jsonb_array_elements(items) WITH ORDINALITY AS i (value, place)
        LEFT JOIN (SELECT o.*, d.document_number, u.minor_units
                   FROM ar.open_items(opened_on, NULL) AS o
                   JOIN receivables.document AS d ON d.company_id = o.company_id AND d.document_id = o.document_id
                   JOIN receivables.currency AS u ON u.currency = o.currency
                   WHERE o.company_id = open_dispute.company_id AND o.customer_id = customer AND o.is_debit) AS o
            ON o.document_number = i.value ->> 'document_number'
               AND (i.value ->> 'instalment' IS NULL OR o.instalment = (i.value ->> 'instalment')::smallint)
        ORDER BY i.place, o.due_on, o.item_id
    LOOP
        IF disputed.item_id IS NULL THEN
            RAISE EXCEPTION 'customer % has no open document %', customer_number, coalesce(disputed.document_number, 'null')
                USING ERRCODE = 'no_data_found';
        ELSIF (coalesce(disputed.amount, disputed.free_amount) > 0) IS NOT TRUE OR disputed.amount > disputed.free_amount THEN
            RAISE EXCEPTION 'of document %, % cannot be disputed', disputed.document_number,
                            coalesce(disputed.amount, disputed.free_amount)
                USING ERRCODE = 'invalid_parameter_value',
                      DETAIL = format('%s is open that is not disputed.', greatest(disputed.free_amount, 0));
        END IF;
        items_disputed := items_disputed || disputed.item_id;
        amounts := amounts || coalesce(disputed.amount, disputed.free_amount);
        total := total + round(disputed.open_company_amount * coalesce(disputed.amount, disputed.free_amount) / disputed.open_amount,
                               ar.company_minor_units(company_id));
    END LOOP;
    task := ar.add_task(company_id, customer, 'dispute', format('clear a dispute of %s: %s', total, reason),
                        coalesce(deadline, opened_on + 14), total, 2, owner, opened_on => opened_on);
    INSERT INTO receivables.dispute AS d (company_id, customer_id, contact_id, opened_on, reason, description, owner, deadline, task_id)
    VALUES (open_dispute.company_id, customer, open_dispute.contact_id, open_dispute.opened_on, open_dispute.reason,
            open_dispute.description, open_dispute.owner, coalesce(open_dispute.deadline, open_dispute.opened_on + 14), task)
    RETURNING d.dispute_id INTO result;
    INSERT INTO receivables.dispute_item (company_id, dispute_id, item_id, amount)
    SELECT open_dispute.company_id, result, i.item_id, i.amount FROM unnest(items_disputed, amounts) AS i (item_id, amount);
    PERFORM ar.pause_dunning(company_id, items_disputed, 'disputed', opened_on);
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.open_dispute(bigint, text, text, jsonb, text, date, text, date, bigint) IS
'Opens a dispute of a customer: reason is price, quantity, quality, delivery, billing, already_paid, not_ordered or other; items is an array of document_number, instalment and amount in the currency of the document, without an amount all that is open. The disputed part is not asked for until the dispute is resolved; whoever clears it gets a task. Deadline: two weeks unless given. Returns the dispute. Errors: P0002 for a document that is not open, 22023 for more than is open, 23514 for an unknown reason, 23503 for an unknown customer or employee.';

CREATE FUNCTION ar.resolve_dispute(company_id bigint, dispute_id bigint, status text, resolution text,
                                   resolved_on date DEFAULT ar.as_of(), root_cause text DEFAULT NULL,
                                   credit_amount numeric DEFAULT NULL, credit_note_number text DEFAULT NULL) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    resolved  record;
    disputed  record;
    item      record;
    credit    bigint;
    credit_item bigint;
    remaining numeric;
BEGIN
    PERFORM ar.require_guards();
    SELECT d.customer_id, c.customer_number, d.status, d.opened_on, d.task_id INTO resolved
    FROM receivables.dispute AS d
    JOIN receivables.customer AS c ON c.company_id = d.company_id AND c.customer_id = d.customer_id
    WHERE d.company_id = resolve_dispute.company_id AND d.dispute_id = resolve_dispute.dispute_id FOR NO KEY UPDATE OF d;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'company % has no dispute %', coalesce(company_id::text, 'null'), coalesce(dispute_id::text, 'null')
            USING ERRCODE = 'no_data_found';
    ELSIF resolved.status <> 'open' THEN
        RAISE EXCEPTION 'dispute % is % already', dispute_id, resolved.status USING ERRCODE = 'object_not_in_prerequisite_state';
    ELSIF status IS NULL OR status NOT IN ('credited', 'rejected', 'withdrawn') THEN
        RAISE EXCEPTION 'a dispute is credited, rejected or withdrawn, not %', coalesce(status, 'null')
            USING ERRCODE = 'invalid_parameter_value';
    ELSIF status <> 'credited' AND num_nonnulls(credit_amount, credit_note_number) > 0 THEN
        RAISE EXCEPTION 'nothing is credited where a dispute is %', status USING ERRCODE = 'invalid_parameter_value';
    ELSIF resolved_on < resolved.opened_on THEN
        RAISE EXCEPTION 'dispute % was opened on %', dispute_id, resolved.opened_on USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF status = 'credited' THEN
        SELECT sum(least(x.amount, i.open_amount)) AS amount, count(DISTINCT i.currency) AS currencies, min(i.currency) AS currency
        INTO disputed
        FROM receivables.dispute_item AS x
        JOIN receivables.item AS i ON i.company_id = x.company_id AND i.item_id = x.item_id
        WHERE x.company_id = resolve_dispute.company_id AND x.dispute_id = resolve_dispute.dispute_id;
        remaining := coalesce(credit_amount, disputed.amount);
        IF disputed.currencies > 1 OR (remaining > 0) IS NOT TRUE OR remaining > disputed.amount THEN
            RAISE EXCEPTION 'dispute % cannot be credited with %', dispute_id, coalesce(remaining, 0)
                USING ERRCODE = 'invalid_parameter_value',
                      DETAIL = CASE WHEN disputed.currencies > 1 THEN 'Its items are in several currencies.'
                                    ELSE format('%s of it is open and disputed.', disputed.amount) END;
        END IF;
        credit := ar.post_credit_note(company_id, resolved.customer_number, credit_note_number, resolved_on, remaining,
                                      reference => format('dispute %s', dispute_id), currency => disputed.currency);
        SELECT i.item_id INTO credit_item FROM receivables.item AS i
        WHERE i.company_id = resolve_dispute.company_id AND i.document_id = credit;
        FOR item IN
            SELECT i.item_id, least(x.amount, i.open_amount) AS amount
            FROM receivables.dispute_item AS x
            JOIN receivables.item AS i ON i.company_id = x.company_id AND i.item_id = x.item_id
            WHERE x.company_id = resolve_dispute.company_id AND x.dispute_id = resolve_dispute.dispute_id AND i.open_amount > 0
            ORDER BY i.due_on, i.item_id
        LOOP
            EXIT WHEN remaining <= 0;
            PERFORM ar.apply(company_id, credit_item, item.item_id, least(item.amount, remaining), resolved_on,
                             format('dispute %s', dispute_id));
            remaining := remaining - item.amount;
        END LOOP;
    END IF;
    UPDATE receivables.dispute AS d
    SET status = resolve_dispute.status, resolved_on = resolve_dispute.resolved_on, resolution = resolve_dispute.resolution,
        root_cause = resolve_dispute.root_cause, credit_note_document_id = credit
    WHERE d.company_id = resolve_dispute.company_id AND d.dispute_id = resolve_dispute.dispute_id;
    IF resolved.task_id IS NOT NULL THEN
        PERFORM ar.close_task(company_id, resolved.task_id, concat_ws(': ', status, resolution));
    END IF;
    PERFORM ar.resume_dunning(company_id, ARRAY(SELECT x.item_id FROM receivables.dispute_item AS x
                                                WHERE x.company_id = resolve_dispute.company_id AND x.dispute_id = resolve_dispute.dispute_id),
                              resolved_on);
    RETURN credit;
END;
$$;
COMMENT ON FUNCTION ar.resolve_dispute(bigint, bigint, text, text, date, text, numeric, text) IS
'Ends a dispute: credited posts a credit note over credit_amount, or all that is open and disputed, and applies it to the disputed items; rejected or withdrawn credits nothing. The task to clear it is done. What rested because of it goes on with what is left (ar.resume_dunning), which is dunned again from the next run on. root_cause says what had gone wrong. The credit note gets credit_note_number, or one of its series. Returns the document of the credit note. Errors: P0002 for an unknown dispute, 55000 for one that is resolved, 22023 for another status, a day before it was opened or more than is disputed; those of ar.post_credit_note.';

CREATE FUNCTION ar.items_on_hold(company_id bigint, hold_ids bigint[]) RETURNS bigint[]
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN ARRAY(
        SELECT h.item_id FROM receivables.dunning_hold AS h
        WHERE h.company_id = items_on_hold.company_id AND h.dunning_hold_id = ANY (hold_ids) AND h.item_id IS NOT NULL
        UNION
        SELECT i.item_id FROM receivables.dunning_hold AS h
        CROSS JOIN LATERAL (SELECT i.item_id FROM receivables.item AS i
                            WHERE i.company_id = h.company_id AND i.customer_id = h.customer_id AND i.is_debit AND i.closed_on = 'infinity' OFFSET 0) AS i
        WHERE h.company_id = items_on_hold.company_id AND h.dunning_hold_id = ANY (hold_ids) AND h.item_id IS NULL);
END;
$$;
COMMENT ON FUNCTION ar.items_on_hold(bigint, bigint[]) IS
'The debits that some holds are about: those named, or all that are open of the customer.';

CREATE FUNCTION ar.follow_holds(company_id bigint, as_of date) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    last_on date;
    last_at timestamptz;
    begun   bigint[];
    ended   bigint[];
BEGIN
    SELECT r.as_of, r.started_at INTO last_on, last_at
    FROM receivables.dunning_run AS r
    WHERE r.company_id = follow_holds.company_id AND r.as_of < follow_holds.as_of
    ORDER BY r.as_of DESC LIMIT 1;
    last_on := coalesce(last_on, '-infinity');
    -- Of one that was entered late, too, the end may be past.
    SELECT array_agg(h.dunning_hold_id) FILTER (WHERE h.valid_to > follow_holds.as_of),
           array_agg(h.dunning_hold_id) FILTER (WHERE h.valid_to <= follow_holds.as_of)
    INTO begun, ended
    FROM receivables.dunning_hold AS h
    WHERE h.company_id = follow_holds.company_id
      AND CASE WHEN h.valid_to > follow_holds.as_of THEN h.valid_from > last_on AND h.valid_from <= follow_holds.as_of
               ELSE h.valid_to > last_on OR h.recorded_at >= last_at END;
    IF ended IS NOT NULL THEN
        PERFORM ar.resume_dunning(company_id, ar.items_on_hold(company_id, ended), as_of);
    END IF;
    IF begun IS NOT NULL THEN
        PERFORM ar.pause_dunning(company_id, ar.items_on_hold(company_id, begun), 'on hold', as_of);
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.follow_holds(bigint, date) IS
'Lets rest what waits of customers and items whose holds began since the run of dunning before a day, and takes up again what rested of those whose holds ended (ar.resume_dunning). Part of ar.run_dunning; done again it changes nothing.';

CREATE FUNCTION ar.hold_dunning(company_id bigint, customer_number text, reason text, valid_to date DEFAULT 'infinity',
                                document_number text DEFAULT NULL, valid_from date DEFAULT ar.as_of()) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    customer bigint := ar.find_customer(company_id, customer_number);
    held     record;
    result   bigint;
BEGIN
    -- A run that reminds of one of them waits, or what it wrote rests.
    PERFORM FROM receivables.customer AS c
    WHERE c.company_id = hold_dunning.company_id AND c.customer_id = customer FOR NO KEY UPDATE;
    PERFORM FROM receivables.item AS i
    JOIN receivables.document AS d ON d.company_id = i.company_id AND d.document_id = i.document_id
    WHERE i.company_id = hold_dunning.company_id AND i.customer_id = customer AND i.is_debit AND i.closed_on = 'infinity'
      AND (hold_dunning.document_number IS NULL OR d.document_number = hold_dunning.document_number)
    ORDER BY i.item_id FOR NO KEY UPDATE OF i;
    FOR held IN
        SELECT i.item_id
        FROM (VALUES (document_number)) AS n (document_number)
        LEFT JOIN receivables.document AS d
            ON d.company_id = hold_dunning.company_id AND d.customer_id = customer AND d.document_number = n.document_number
               AND d.reverses_document_id IS NULL
        LEFT JOIN receivables.item AS i ON i.company_id = d.company_id AND i.document_id = d.document_id AND i.is_debit
    LOOP
        IF document_number IS NOT NULL AND held.item_id IS NULL THEN
            RAISE EXCEPTION 'customer % has no debit %', customer_number, document_number USING ERRCODE = 'no_data_found';
        END IF;
        INSERT INTO receivables.dunning_hold AS h (company_id, customer_id, item_id, valid_from, valid_to, reason)
        VALUES (hold_dunning.company_id, customer, held.item_id, hold_dunning.valid_from, hold_dunning.valid_to, hold_dunning.reason)
        RETURNING h.dunning_hold_id INTO result;
        IF valid_from <= ar.as_of() AND valid_to > valid_from THEN
            PERFORM ar.pause_dunning(company_id, ar.items_on_hold(company_id, ARRAY[result]), 'on hold', valid_from);
        END IF;
    END LOOP;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.hold_dunning(bigint, text, text, date, text, date) IS
'Lets a customer, or one document of it with all instalments, not be dunned from valid_from until the day before valid_to, for a reason. What waits of it rests: at once where it began, else from the run of its first day on; the run of the day it is over takes it up again (ar.follow_holds). Returns the hold, of several instalments the last; ar.release_dunning ends it before. Errors: P0002 for an unknown document, 23503 for an unknown customer, 23514 for an end before the beginning.';

CREATE FUNCTION ar.release_dunning(company_id bigint, customer_number text, on_date date DEFAULT ar.as_of(),
                                   document_number text DEFAULT NULL) RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    customer bigint := ar.find_customer(company_id, customer_number);
    released bigint[];
BEGIN
    PERFORM FROM receivables.customer AS c
    WHERE c.company_id = release_dunning.company_id AND c.customer_id = customer FOR NO KEY UPDATE;
    WITH ended AS (
        UPDATE receivables.dunning_hold AS h
        SET valid_to = greatest(h.valid_from, on_date)
        WHERE h.company_id = release_dunning.company_id AND h.customer_id = customer AND h.valid_to > on_date
          AND (document_number IS NULL OR h.item_id IN (
                   SELECT i.item_id FROM receivables.document AS d
                   JOIN receivables.item AS i ON i.company_id = d.company_id AND i.document_id = d.document_id
                   WHERE d.company_id = release_dunning.company_id AND d.customer_id = customer
                     AND d.document_number = release_dunning.document_number))
        RETURNING h.dunning_hold_id
    )
    SELECT array_agg(e.dunning_hold_id) INTO released FROM ended AS e;
    IF released IS NOT NULL AND on_date <= ar.as_of() THEN
        PERFORM ar.resume_dunning(company_id, ar.items_on_hold(company_id, released), on_date);
    END IF;
    RETURN coalesce(cardinality(released), 0);
END;
$$;
COMMENT ON FUNCTION ar.release_dunning(bigint, text, date, text) IS
'Ends what ar.hold_dunning holds of a customer, or of one document of it, from a day on; returns how many holds. What rested goes on: at once, or with the run of that day where it is to come. Error 23503 for an unknown customer.';
