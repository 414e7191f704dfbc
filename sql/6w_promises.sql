-- Promises to pay ----------------------------------------------------------------------------

CREATE FUNCTION ar.paid_of_promise(company_id bigint, promise_id bigint, as_of date) RETURNS numeric
    LANGUAGE sql STABLE COST 10000 SET search_path = pg_catalog, pg_temp AS $$
    -- Each is looked up, whatever the caller asks of the planner.
    SELECT coalesce(sum(a.company_amount), 0)
    FROM receivables.promise AS p
    CROSS JOIN LATERAL (SELECT x.item_id FROM receivables.promise_item AS x
                        WHERE x.company_id = p.company_id AND x.promise_id = p.promise_id OFFSET 0) AS x
    CROSS JOIN LATERAL (SELECT a.credit_item_id, a.company_amount FROM receivables.application AS a
                        WHERE a.company_id = p.company_id AND a.debit_item_id = x.item_id
                          AND a.effective_on >= p.promised_on AND a.effective_on <= as_of OFFSET 0) AS a
    CROSS JOIN LATERAL (SELECT FROM receivables.item AS c
                        WHERE c.company_id = p.company_id AND c.item_id = a.credit_item_id AND c.kind IN ('payment', 'deposit') OFFSET 0) AS c
    WHERE p.company_id = paid_of_promise.company_id AND p.promise_id = paid_of_promise.promise_id
$$;
COMMENT ON FUNCTION ar.paid_of_promise(bigint, bigint, date) IS
'What was paid of the items of a promise from the day it was made up to a day, in the currency of the company; credit notes are no payments.';

CREATE FUNCTION ar.raise_next_level(company_id bigint, promise_id bigint, on_date date) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO receivables.item_dunning AS d (company_id, item_id, level, level_since, level_shift)
    SELECT x.company_id, x.item_id, 0, on_date, 1
    FROM receivables.promise_item AS x
    WHERE x.company_id = raise_next_level.company_id AND x.promise_id = raise_next_level.promise_id
    ON CONFLICT ON CONSTRAINT item_dunning_pkey DO UPDATE SET level_shift = d.level_shift + 1
$$;
COMMENT ON FUNCTION ar.raise_next_level(bigint, bigint, date) IS
'Lets the items of a promise rise one dunning level with the next run, whatever their age says.';

CREATE FUNCTION ar.promise_to_pay(company_id bigint, customer_number text, instalments jsonb, document_numbers text[] DEFAULT NULL,
                                  promised_on date DEFAULT ar.as_of(), contact_id bigint DEFAULT NULL,
                                  replaces_promise_id bigint DEFAULT NULL) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    customer bigint := ar.find_customer(company_id, customer_number);
    replaced receivables.promise;
    policy   record;
    parts    record;
    result   bigint;
    left_to_promise numeric;
    available numeric;
    item     record;
    part     numeric;
    decimals CONSTANT integer := ar.company_minor_units(company_id);
BEGIN
    PERFORM ar.require_guards();
    -- One promise of a customer at a time; a run that reminds of an item waits, or what it wrote rests.
    PERFORM FROM receivables.customer AS c
    WHERE c.company_id = promise_to_pay.company_id AND c.customer_id = customer FOR NO KEY UPDATE;
    PERFORM FROM receivables.item AS i
    JOIN receivables.document AS d ON d.company_id = i.company_id AND d.document_id = i.document_id
    WHERE i.company_id = promise_to_pay.company_id AND i.customer_id = customer AND i.is_debit AND i.closed_on > promised_on
      AND (document_numbers IS NULL OR d.document_number = ANY (document_numbers))
    ORDER BY i.item_id FOR NO KEY UPDATE OF i;
    SELECT sum((i.value ->> 'amount')::numeric) AS amount,
           bool_and(jsonb_typeof(i.value) = 'object' AND (i.value ->> 'amount')::numeric > 0
                    AND (i.value ->> 'amount')::numeric = round((i.value ->> 'amount')::numeric, decimals)
                    AND (i.value ->> 'due_on')::date >= promised_on) AS is_valid
    INTO parts
    FROM jsonb_array_elements(instalments) AS i (value);
    IF parts.is_valid IS NOT TRUE THEN
        RAISE EXCEPTION 'a promise has instalments, each with an amount above 0 and a day on or after %', promised_on
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('Given was %s.', coalesce(instalments::text, 'null')),
                  HINT = 'For example [{"due_on": "2026-07-15", "amount": 500}].';
    END IF;
    IF replaces_promise_id IS NOT NULL THEN
        SELECT p.* INTO replaced FROM receivables.promise AS p
        WHERE p.company_id = promise_to_pay.company_id AND p.promise_id = replaces_promise_id AND p.customer_id = customer FOR NO KEY UPDATE;
        IF replaced.status IS DISTINCT FROM 'open' THEN
            RAISE EXCEPTION 'customer % has no open promise % to replace', customer_number, replaces_promise_id
                USING ERRCODE = 'object_not_in_prerequisite_state';
        END IF;
        -- What was not kept so far is not forgotten.
        IF ar.paid_of_promise(company_id, replaces_promise_id, promised_on) < replaced.amount THEN
            PERFORM ar.raise_next_level(company_id, replaces_promise_id, promised_on);
        END IF;
        UPDATE receivables.promise AS p
        SET status = 'replaced', judged_on = promise_to_pay.promised_on,
            kept_amount = least(replaced.amount, greatest(ar.paid_of_promise(p.company_id, p.promise_id, promise_to_pay.promised_on), 0))
        WHERE p.company_id = promise_to_pay.company_id AND p.promise_id = replaces_promise_id;
    END IF;
    SELECT v.promise_grace_days AS grace_days, v.promise_tolerance_percent AS tolerance_percent INTO policy
    FROM ar.dunning_policies(company_id, promised_on) AS p
    JOIN receivables.dunning_policy_version AS v
        ON v.company_id = promise_to_pay.company_id AND v.dunning_policy = p.dunning_policy AND v.version = p.version
    WHERE p.dunning_policy = ar.dunning_policy_of(promise_to_pay.company_id, customer);
    INSERT INTO receivables.promise AS p (company_id, customer_id, contact_id, promised_on, amount, grace_days, tolerance_percent)
    VALUES (promise_to_pay.company_id, customer, promise_to_pay.contact_id, promise_to_pay.promised_on, round(parts.amount, decimals),
            coalesce(policy.grace_days, 3), coalesce(policy.tolerance_percent, 0))
    RETURNING p.promise_id INTO result;
    INSERT INTO receivables.promise_instalment (company_id, promise_id, instalment, due_on, amount)
    SELECT promise_to_pay.company_id, result, row_number() OVER (ORDER BY (i.value ->> 'due_on')::date, i.place),
           (i.value ->> 'due_on')::date, round((i.value ->> 'amount')::numeric, decimals)
    FROM jsonb_array_elements(instalments) WITH ORDINALITY AS i (value, place);
    IF replaces_promise_id IS NOT NULL THEN
        UPDATE receivables.promise AS p SET replaced_by_promise_id = result
        WHERE p.company_id = promise_to_pay.company_id AND p.promise_id = replaces_promise_id;
    END IF;
    -- What is due first is promised first.
    left_to_promise := parts.amount;
    FOR item IN
        SELECT o.item_id, o.open_amount, o.open_company_amount, u.minor_units,
               o.open_amount - coalesce((SELECT sum(x.amount) FROM ar.disputed_parts(o.company_id, promised_on) AS x WHERE x.item_id = o.item_id), 0)
               - coalesce((SELECT sum(x.amount) FROM ar.promised_parts(o.company_id, promised_on) AS x WHERE x.item_id = o.item_id), 0) AS free_amount
        FROM ar.open_items(promised_on, NULL) AS o
        JOIN receivables.document AS d ON d.company_id = o.company_id AND d.document_id = o.document_id
        JOIN receivables.currency AS u ON u.currency = o.currency
        WHERE o.company_id = promise_to_pay.company_id AND o.customer_id = customer AND o.is_debit AND o.open_amount > 0
          AND (document_numbers IS NULL OR d.document_number = ANY (document_numbers))
        ORDER BY o.due_on, o.item_id
    LOOP
        EXIT WHEN left_to_promise <= 0;
        CONTINUE WHEN item.free_amount <= 0;
        available := item.open_company_amount * item.free_amount / item.open_amount;
        part := CASE WHEN left_to_promise >= available THEN item.free_amount
                     ELSE round(left_to_promise * item.open_amount / item.open_company_amount, item.minor_units) END;
        CONTINUE WHEN part <= 0;
        INSERT INTO receivables.promise_item (company_id, promise_id, item_id, amount, open_amount)
        VALUES (promise_to_pay.company_id, result, item.item_id, part, item.open_amount);
        left_to_promise := left_to_promise - least(available, left_to_promise);
    END LOOP;
    IF left_to_promise > 0 THEN
        RAISE EXCEPTION 'customer % owes less than the % it promises', customer_number, parts.amount
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = format('%s is open that is neither disputed nor promised.', parts.amount - left_to_promise);
    END IF;
    PERFORM ar.resume_dunning(company_id, ARRAY(SELECT x.item_id FROM receivables.promise_item AS x
                                                WHERE x.company_id = promise_to_pay.company_id AND x.promise_id = replaces_promise_id), promised_on);
    PERFORM ar.pause_dunning(company_id, ARRAY(SELECT x.item_id FROM receivables.promise_item AS x
                                               WHERE x.company_id = promise_to_pay.company_id AND x.promise_id = result), 'promised', promised_on);
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.promise_to_pay(bigint, text, jsonb, text[], date, bigint, bigint) IS
'Enters a promise of a customer to pay, in instalments: array of due_on and amount in the currency of the company. It is about the named documents, or all that is open, the earliest due first; these are not asked for until it is judged by ar.judge_promises. It may replace an open promise, whose items then rise one dunning level unless it was kept, and are asked for unless they are promised anew. Returns the promise. Errors: 22023 for an amount or day that is none, or more than is open, 55000 where there is no open promise to replace, 23503 for an unknown customer.';

CREATE FUNCTION ar.judge_promises(company_id bigint, as_of date DEFAULT ar.as_of(),
                                  OUT kept integer, OUT partly_kept integer, OUT broken integer, OUT cancelled integer)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    pending record;
    verdict text;
    paid    numeric;
    judged  bigint[] := '{}';
BEGIN
    PERFORM ar.require_guards();
    PERFORM ar.company_minor_units(company_id);
    kept := 0;
    partly_kept := 0;
    broken := 0;
    cancelled := 0;
    -- Whoever pays one of their items, or takes a payment back, waits or is seen.
    PERFORM FROM (
        SELECT DISTINCT x.item_id FROM receivables.promise AS p
        JOIN receivables.promise_item AS x ON x.company_id = p.company_id AND x.promise_id = p.promise_id
        WHERE p.company_id = judge_promises.company_id AND p.status = 'open' AND p.promised_on <= as_of
        ORDER BY x.item_id) AS x
    CROSS JOIN LATERAL (
        SELECT FROM receivables.item AS i
        WHERE i.company_id = judge_promises.company_id AND i.item_id = x.item_id FOR NO KEY UPDATE) AS i;
    FOR pending IN
        SELECT p.* FROM receivables.promise AS p
        WHERE p.company_id = judge_promises.company_id AND p.status = 'open' AND p.promised_on <= as_of
        ORDER BY p.promise_id FOR NO KEY UPDATE
    LOOP
        -- What is known to be returned later was not paid.
        paid := least(ar.paid_of_promise(company_id, pending.promise_id, as_of), ar.paid_of_promise(company_id, pending.promise_id, 'infinity'));
        verdict := CASE
            WHEN paid >= pending.amount * (1 - pending.tolerance_percent / 100) THEN 'kept'
            -- An instalment whose day and grace are over, and what was to be paid by then was not, or was taken back.
            WHEN EXISTS (SELECT FROM (SELECT i.due_on, sum(i.amount) OVER (ORDER BY i.instalment) AS promised
                                      FROM receivables.promise_instalment AS i
                                      WHERE i.company_id = pending.company_id AND i.promise_id = pending.promise_id) AS i
                         WHERE i.due_on + pending.grace_days < as_of
                           AND least(paid, ar.paid_of_promise(company_id, pending.promise_id, i.due_on + pending.grace_days))
                               < i.promised * (1 - pending.tolerance_percent / 100))
            THEN CASE WHEN NOT EXISTS (SELECT FROM receivables.promise_item AS x
                                       JOIN receivables.item AS i ON i.company_id = x.company_id AND i.item_id = x.item_id AND i.closed_on > as_of
                                       WHERE x.company_id = pending.company_id AND x.promise_id = pending.promise_id) THEN 'cancelled'
                      WHEN paid > 0 THEN 'partly_kept' ELSE 'broken' END END;
        CONTINUE WHEN verdict IS NULL;
        judged := judged || pending.promise_id;
        UPDATE receivables.promise AS p
        SET status = verdict, judged_on = as_of, kept_amount = least(p.amount, greatest(paid, 0))
        WHERE p.company_id = pending.company_id AND p.promise_id = pending.promise_id;
        IF verdict = 'broken' THEN
            PERFORM ar.raise_next_level(company_id, pending.promise_id, as_of);
        END IF;
        IF verdict IN ('broken', 'partly_kept') THEN
            PERFORM ar.add_task(company_id, pending.customer_id, 'promise_broken',
                                format('promise of %s from %s: %s paid', pending.amount, pending.promised_on, greatest(paid, 0)),
                                as_of + 1, pending.amount - greatest(paid, 0), 2, opened_on => as_of, item_ids => ARRAY(
                                    SELECT x.item_id FROM receivables.promise_item AS x
                                    WHERE x.company_id = pending.company_id AND x.promise_id = pending.promise_id));
        END IF;
        CASE verdict WHEN 'kept' THEN kept := kept + 1;
                     WHEN 'partly_kept' THEN partly_kept := partly_kept + 1;
                     WHEN 'broken' THEN broken := broken + 1;
                     ELSE cancelled := cancelled + 1; END CASE;
    END LOOP;
    -- What is left of their items is asked for again.
    IF cardinality(judged) > 0 THEN
        PERFORM ar.resume_dunning(company_id, ARRAY(SELECT DISTINCT x.item_id FROM receivables.promise_item AS x
                                                    WHERE x.company_id = judge_promises.company_id AND x.promise_id = ANY (judged)), as_of);
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.judge_promises(bigint, date) IS
'Judges the open promises of a company on a day: kept once enough was paid; broken or, where something was paid, partly_kept when the day of an instalment and the days of grace are over and less was paid than promised by then, within the tolerance; cancelled where nothing is open any more although it was not paid. The items of a broken one rise one dunning level with the next run, and somebody gets a task; what rested because it was promised goes on (ar.resume_dunning). Judged again it changes nothing, but a promise that was kept is open again once its payment is taken back, and then judged anew: broken where the day and its grace are over. Returns how many of each. Error 23503 for an unknown company.';
