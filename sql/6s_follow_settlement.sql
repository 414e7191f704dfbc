-- What settles an item settles what was begun about it, and what is asked for again goes on ---------

CREATE FUNCTION ar.asked_amount(company_id bigint, item_id bigint, on_date date) RETURNS numeric
    LANGUAGE plpgsql STABLE COST 10000 SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off AS $$
BEGIN
    -- In plpgsql, whose plans are kept. Disputes and promises that are open count from whatever day on.
    RETURN (
        SELECT CASE WHEN i.open_amount > 0 AND NOT EXISTS (
                   SELECT FROM receivables.dunning_hold AS h
                   WHERE h.company_id = i.company_id AND h.customer_id = i.customer_id AND (h.item_id IS NULL OR h.item_id = i.item_id)
                     AND h.valid_from <= on_date AND h.valid_to > on_date)
               THEN greatest(i.open_amount
                             - coalesce((SELECT sum(x.amount) FROM ar.disputed_parts(i.company_id, 'infinity') AS x WHERE x.item_id = i.item_id), 0)
                             - coalesce((SELECT sum(x.amount) FROM ar.promised_parts(i.company_id, 'infinity') AS x WHERE x.item_id = i.item_id), 0), 0)
               ELSE 0 END
        FROM receivables.item AS i
        WHERE i.company_id = asked_amount.company_id AND i.item_id = asked_amount.item_id);
END;
$$;
COMMENT ON FUNCTION ar.asked_amount(bigint, bigint, date) IS
'What is to be asked for of a debit by now, in its currency: what is open of it, less what is disputed and promised; nothing while it or its customer is held on the day.';

CREATE FUNCTION ar.pause_dunning(company_id bigint, item_ids bigint[], why text, on_date date DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off AS $$
DECLARE
    waiting bigint[];
    idle    bigint[];
    day     date := on_date;
BEGIN
    SELECT array_agg(n.dunning_notice_id) INTO waiting
    FROM (SELECT DISTINCT x.dunning_notice_id FROM receivables.dunning_notice_item AS x
          WHERE x.company_id = pause_dunning.company_id AND x.item_id = ANY (item_ids)) AS n
    WHERE EXISTS (SELECT FROM receivables.message AS m
                  WHERE m.company_id = pause_dunning.company_id AND m.dunning_notice_id = n.dunning_notice_id
                    AND m.status IN ('queued', 'claimed', 'dead') OFFSET 0)
       OR EXISTS (SELECT FROM receivables.collection_task AS t
                  WHERE t.company_id = pause_dunning.company_id AND t.dunning_notice_id = n.dunning_notice_id AND t.status = 'open' OFFSET 0);
    IF waiting IS NOT NULL THEN
        IF day IS NULL THEN
            SELECT max(i.last_applied_on) INTO day FROM receivables.item AS i
            WHERE i.company_id = pause_dunning.company_id AND i.item_id = ANY (item_ids);
        END IF;
        -- Whoever settles others of their items at the same time waits, and sees what was settled here.
        PERFORM FROM receivables.message AS m
        WHERE m.company_id = pause_dunning.company_id AND m.dunning_notice_id = ANY (waiting) AND m.status IN ('queued', 'claimed', 'dead')
        ORDER BY m.message_id FOR NO KEY UPDATE;
        PERFORM FROM receivables.collection_task AS t
        WHERE t.company_id = pause_dunning.company_id AND t.dunning_notice_id = ANY (waiting) AND t.status = 'open'
        ORDER BY t.task_id FOR NO KEY UPDATE;
        -- None of whose items is to be asked for any more.
        SELECT array_agg(w.dunning_notice_id) INTO idle
        FROM unnest(waiting) AS w (dunning_notice_id)
        WHERE NOT EXISTS (
            SELECT FROM receivables.dunning_notice_item AS l
            WHERE l.company_id = pause_dunning.company_id AND l.dunning_notice_id = w.dunning_notice_id
              AND ar.asked_amount(l.company_id, l.item_id, day) > 0 OFFSET 0);
        -- What a sender has it may be sending now: how long it may is kept.
        UPDATE receivables.message AS m
        SET status = 'cancelled', claimed_by = NULL, claim_expires_at = CASE m.status WHEN 'claimed' THEN m.claim_expires_at END,
            last_error = why
        WHERE m.company_id = pause_dunning.company_id AND m.dunning_notice_id = ANY (idle) AND m.status IN ('queued', 'claimed', 'dead');
        UPDATE receivables.collection_task AS t
        SET status = 'cancelled', outcome = why, closed_at = clock_timestamp(), closed_by = session_user
        WHERE t.company_id = pause_dunning.company_id AND t.dunning_notice_id = ANY (idle) AND t.status = 'open';
    END IF;
    IF why = 'settled' THEN
        UPDATE receivables.collection_task AS t
        SET status = 'cancelled', outcome = why, closed_at = clock_timestamp(), closed_by = session_user
        WHERE t.company_id = pause_dunning.company_id AND t.status = 'open' AND t.task_id = ANY (ARRAY(
            SELECT k.task_id
            FROM (SELECT DISTINCT x.task_id FROM receivables.task_item AS x
                  WHERE x.company_id = pause_dunning.company_id AND x.item_id = ANY (item_ids)) AS k
            WHERE NOT EXISTS (
                SELECT FROM receivables.task_item AS x
                CROSS JOIN LATERAL (SELECT FROM receivables.item AS i
                                    WHERE i.company_id = x.company_id AND i.item_id = x.item_id AND i.open_amount <> 0 OFFSET 0) AS i
                WHERE x.company_id = pause_dunning.company_id AND x.task_id = k.task_id OFFSET 0)));
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.pause_dunning(bigint, bigint[], text, date) IS
'Cancels messages that are not sent, whether they wait, a sender has them or gave them up, and tasks that are open, of notices none of whose items is to be asked for any more on a day, by default that of their latest application, because they were settled, disputed, promised or are on hold; why is kept with them. Where they were settled, tasks that are about items alone, too, once all of these are.';

CREATE FUNCTION ar.resume_dunning(company_id bigint, item_ids bigint[], on_date date DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off AS $$
DECLARE
    reasons CONSTANT text[] := '{settled,disputed,promised,on hold}';
    resting bigint[];
    going   bigint[];  -- notices whose messages go on: their items do not come to a higher level with the next run
    items   bigint[];
    amounts numeric[];
    places  bigint[];
    day     date := on_date;
BEGIN
    -- Whoever settles one of them, or lets it rest, waits or is seen.
    PERFORM FROM (SELECT DISTINCT u.item_id FROM unnest(item_ids) AS u (item_id) ORDER BY u.item_id) AS u
    CROSS JOIN LATERAL (
        SELECT FROM receivables.item AS i
        WHERE i.company_id = resume_dunning.company_id AND i.item_id = u.item_id FOR NO KEY UPDATE) AS i;
    -- A promise that was kept by what is taken back is judged anew.
    UPDATE receivables.promise AS p
    SET status = 'open', judged_on = NULL, kept_amount = 0
    WHERE p.company_id = resume_dunning.company_id AND p.promise_id = ANY (ARRAY(
        SELECT k.promise_id
        FROM (SELECT DISTINCT x.promise_id FROM receivables.promise_item AS x
              WHERE x.company_id = resume_dunning.company_id AND x.item_id = ANY (item_ids)) AS x
        CROSS JOIN LATERAL (SELECT k.* FROM receivables.promise AS k
                            WHERE k.company_id = resume_dunning.company_id AND k.promise_id = x.promise_id AND k.status = 'kept' OFFSET 0) AS k
        WHERE ar.paid_of_promise(k.company_id, k.promise_id, 'infinity') < k.amount * (1 - k.tolerance_percent / 100)));
    UPDATE receivables.collection_task AS t SET status = 'open', outcome = NULL, closed_at = NULL, closed_by = NULL
    WHERE t.company_id = resume_dunning.company_id AND t.status = 'cancelled' AND t.outcome = 'settled' AND t.task_id = ANY (ARRAY(
        SELECT x.task_id
        FROM receivables.task_item AS x
        CROSS JOIN LATERAL (SELECT FROM receivables.item AS i
                            WHERE i.company_id = x.company_id AND i.item_id = x.item_id AND i.open_amount <> 0 OFFSET 0) AS i
        WHERE x.company_id = resume_dunning.company_id AND x.item_id = ANY (item_ids)));
    SELECT array_agg(n.dunning_notice_id) INTO resting
    FROM (SELECT DISTINCT d.dunning_notice_id FROM receivables.item_dunning AS d
          WHERE d.company_id = resume_dunning.company_id AND d.item_id = ANY (item_ids) AND d.dunning_notice_id IS NOT NULL) AS n
    WHERE EXISTS (SELECT FROM receivables.message AS m
                  WHERE m.company_id = resume_dunning.company_id AND m.dunning_notice_id = n.dunning_notice_id
                    AND (m.status = 'cancelled' AND m.last_error = ANY (reasons) OR m.status = 'queued' AND m.attempts = 0) OFFSET 0)
       OR EXISTS (SELECT FROM receivables.collection_task AS t
                  WHERE t.company_id = resume_dunning.company_id AND t.dunning_notice_id = n.dunning_notice_id
                    AND t.status = 'cancelled' AND t.outcome = ANY (reasons) OFFSET 0);
    IF resting IS NULL THEN
        RETURN;
    END IF;
    IF day IS NULL THEN
        SELECT max(i.last_applied_on) INTO day FROM receivables.item AS i
        WHERE i.company_id = resume_dunning.company_id AND i.item_id = ANY (item_ids);
    END IF;
    WITH standing AS MATERIALIZED (
        -- What is to be asked for of items whose latest notice it is.
        SELECT r.dunning_notice_id, l.item_id, x.amount, l.item_id = ANY (item_ids) AS is_given,
               CASE WHEN isfinite(day) THEN p.levels[ar.next_dunning_step(p.offsets, p.levels, p.may_skip_steps, day - i.due_on,
                                                                          d.level, d.level_shift)] END > d.level AS rises
        FROM unnest(resting) AS r (dunning_notice_id)
        CROSS JOIN LATERAL (SELECT l.item_id FROM receivables.dunning_notice_item AS l
                            WHERE l.company_id = resume_dunning.company_id AND l.dunning_notice_id = r.dunning_notice_id OFFSET 0) AS l
        CROSS JOIN LATERAL (SELECT d.level, d.level_shift FROM receivables.item_dunning AS d
                            WHERE d.company_id = resume_dunning.company_id AND d.item_id = l.item_id
                              AND d.dunning_notice_id = r.dunning_notice_id OFFSET 0) AS d
        CROSS JOIN LATERAL (SELECT i.customer_id, i.due_on FROM receivables.item AS i
                            WHERE i.company_id = resume_dunning.company_id AND i.item_id = l.item_id OFFSET 0) AS i
        CROSS JOIN LATERAL (SELECT ar.asked_amount(resume_dunning.company_id, l.item_id, day) AS amount OFFSET 0) AS x
        LEFT JOIN ar.dunning_policies(resume_dunning.company_id, day) AS p
            ON p.dunning_policy = ar.dunning_policy_of(resume_dunning.company_id, i.customer_id)
        WHERE x.amount > 0
    ), reopened AS (
        UPDATE receivables.collection_task AS t SET status = 'open', outcome = NULL, closed_at = NULL, closed_by = NULL
        WHERE t.company_id = resume_dunning.company_id AND t.status = 'cancelled' AND t.outcome = ANY (reasons)
          AND t.dunning_notice_id = ANY (ARRAY(SELECT DISTINCT s.dunning_notice_id FROM standing AS s WHERE s.is_given))
    ), asked AS MATERIALIZED (
        SELECT s.*, dense_rank() OVER (ORDER BY s.dunning_notice_id) AS place
        FROM standing AS s
        WHERE s.rises IS NOT TRUE
          AND s.dunning_notice_id IN (SELECT g.dunning_notice_id FROM standing AS g WHERE g.is_given AND g.rises IS NOT TRUE)
    )
    SELECT (SELECT array_agg(n.dunning_notice_id ORDER BY n.place) FROM (SELECT DISTINCT a.dunning_notice_id, a.place FROM asked AS a) AS n),
           array_agg(a.place), array_agg(a.item_id), array_agg(a.amount)
    INTO going, places, items, amounts
    FROM asked AS a;
    -- Written anew, over what is asked for by now; what has no text, or may be on its way, as it is.
    WITH notice AS MATERIALIZED (
        SELECT g.dunning_notice_id, g.place, n.customer_id
        FROM unnest(going) WITH ORDINALITY AS g (dunning_notice_id, place)
        CROSS JOIN LATERAL (SELECT n.customer_id FROM receivables.dunning_notice AS n
                            WHERE n.company_id = resume_dunning.company_id AND n.dunning_notice_id = g.dunning_notice_id OFFSET 0) AS n
    ), data AS MATERIALIZED (
        SELECT d.place, d.data, d.statement
        FROM (SELECT array_agg(n.customer_id ORDER BY n.place) AS customers, array_agg(NULL::numeric) AS balances,
                     -- Tells the balance as well.
                     array_agg(true) AS with_statement
              FROM notice AS n) AS k
        CROSS JOIN LATERAL ar.notices_data(resume_dunning.company_id, day, k.customers, k.balances, k.with_statement,
                                           places, items, amounts) AS d
        WHERE k.customers IS NOT NULL
    ), worded AS MATERIALIZED (
        SELECT m.message_id, t.found_language, t.subject, t.body,
               m.payload || d.data || jsonb_build_object('recipient_name', m.recipient_name)
               || CASE WHEN m.payload ? 'statement' THEN coalesce(d.statement, '{}') ELSE '{}' END AS payload
        FROM notice AS n
        JOIN data AS d ON d.place = n.place
        CROSS JOIN LATERAL (
            SELECT m.* FROM receivables.message AS m
            WHERE m.company_id = resume_dunning.company_id AND m.dunning_notice_id = n.dunning_notice_id
              AND (m.status = 'cancelled' AND m.last_error = ANY (reasons)
                   -- What went on over less.
                   OR m.status = 'queued' AND m.attempts = 0 AND m.template IS NOT NULL AND m.payload ->> 'amount' <> d.data ->> 'amount')
            OFFSET 0) AS m
        LEFT JOIN LATERAL ar.find_template(m.company_id, m.template, m.channel, m.language) AS t
            ON m.template IS NOT NULL AND m.claim_expires_at IS NULL
    ), taken_up AS (
        UPDATE receivables.message AS m
        SET status = CASE WHEN w.body IS NULL THEN 'queued' ELSE 'cancelled' END,
            last_error = CASE WHEN w.body IS NOT NULL THEN 'written anew' END,
            not_before = greatest(clock_timestamp(), m.claim_expires_at), claim_expires_at = NULL
        FROM worded AS w
        WHERE m.company_id = resume_dunning.company_id AND m.message_id = w.message_id
          -- By their keys, whatever there is beside them.
          AND m.message_id = ANY (ARRAY(SELECT w.message_id FROM worded AS w))
          AND (m.status = 'cancelled' AND m.last_error = ANY (reasons) OR m.status = 'queued' AND m.attempts = 0 AND w.body IS NOT NULL)
        RETURNING m.*
    )
    INSERT INTO receivables.message (company_id, dunning_notice_id, customer_id, audience, channel, recipient, recipient_name,
                                     template, language, subject, body, payload)
    SELECT m.company_id, m.dunning_notice_id, m.customer_id, m.audience, m.channel, m.recipient, m.recipient_name,
           m.template, w.found_language, ar.fill_template(w.subject, w.payload, m.channel),
           ar.fill_template(w.body, w.payload, m.channel), w.payload
    FROM taken_up AS m
    JOIN worded AS w ON w.message_id = m.message_id
    WHERE w.body IS NOT NULL
    ORDER BY m.message_id;
END;
$$;
COMMENT ON FUNCTION ar.resume_dunning(bigint, bigint[], date) IS
'Takes up again what ar.pause_dunning cancelled of the latest notices of items that are to be asked for again on a day, by default that of their latest application: their tasks, and their messages unless the items come to a higher level with the next run, whose notice asks for more. A message is written anew over what is asked for by now, also one that waits and asks for another amount; one without a template is queued as it is, one that a sender had waits for the end of its lease. Tasks that are about items alone go on as well, and promises that were kept by a payment which was taken back are open again. Called again it changes nothing.';

CREATE FUNCTION ar.follow_settlement() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'ar_follow_settlement';
COMMENT ON FUNCTION ar.follow_settlement() IS
'Trigger function after the open amount of an item changed: cancels what was begun about it once nothing of it is to be asked for, or takes it up again.';
