-- The daily run: which items come to which level ----------------------------------------

-- Inlined: asked of every item that is open.
CREATE FUNCTION ar.next_dunning_step(offsets integer[], levels integer[], may_skip_steps boolean,
                                     days_past_due integer, level integer, level_shift integer) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN least(cardinality(levels),
                 greatest(width_bucket(days_past_due, offsets), CASE WHEN level_shift > 0 THEN width_bucket(level, levels) + level_shift END),
                 CASE WHEN may_skip_steps THEN NULL ELSE width_bucket(level, levels) + 1 END);
COMMENT ON FUNCTION ar.next_dunning_step(integer[], integer[], boolean, integer, integer, integer) IS
'Number of the step of a dunning policy that an item comes to: of the last one whose day it has reached or, where level_shift is above 0, so many after its present level, whichever is higher; where steps may not be skipped, the one after its present level at most. 0 before the first.';

-- Inlined into the caller's query, hence the operators' schema.
CREATE FUNCTION ar.dunning_subjects(company_id bigint) RETURNS TABLE (customer_id bigint, dunning_policy text)
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT c.customer_id, coalesce(c.dunning_policy, g.dunning_policy, r.dunning_policy, o.dunning_policy)
    FROM receivables.company AS o
    JOIN receivables.customer AS c ON c.company_id OPERATOR(pg_catalog.=) o.company_id
    LEFT JOIN receivables.customer_group AS g ON g.company_id OPERATOR(pg_catalog.=) c.company_id AND g.customer_group OPERATOR(pg_catalog.=) c.customer_group
    LEFT JOIN receivables.credit_grade AS r ON r.company_id OPERATOR(pg_catalog.=) c.company_id AND r.grade OPERATOR(pg_catalog.=) c.grade
    WHERE o.company_id OPERATOR(pg_catalog.=) dunning_subjects.company_id
      AND coalesce(c.dunning_policy, g.dunning_policy, r.dunning_policy, o.dunning_policy) IS NOT NULL
$$;
COMMENT ON FUNCTION ar.dunning_subjects(bigint) IS
'The customers of a company that are dunned, and by which policy: their own, else that of their group, of their grade, or of the company.';

CREATE FUNCTION ar.dunning_policy_of(company_id bigint, customer_id bigint) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off AS $$
BEGIN
    -- As in ar.dunning_subjects, by keys.
    RETURN (
        SELECT coalesce(c.dunning_policy, g.dunning_policy, r.dunning_policy, o.dunning_policy)
        FROM receivables.customer AS c
        JOIN receivables.company AS o ON o.company_id = c.company_id
        LEFT JOIN receivables.customer_group AS g ON g.company_id = c.company_id AND g.customer_group = c.customer_group
        LEFT JOIN receivables.credit_grade AS r ON r.company_id = c.company_id AND r.grade = c.grade
        WHERE c.company_id = dunning_policy_of.company_id AND c.customer_id = dunning_policy_of.customer_id);
END;
$$;
COMMENT ON FUNCTION ar.dunning_policy_of(bigint, bigint) IS
'The policy that one customer is dunned by, as ar.dunning_subjects tells it of all; null for none.';

CREATE TYPE ar.rising_items AS (customer_ids bigint[], balances numeric[], picked_amounts numeric[],
                                dunning_policies text[],
                                item_ids bigint[], item_customer_ids bigint[], policy_numbers integer[], levels integer[]);
COMMENT ON TYPE ar.rising_items IS
'Items that may come to a higher dunning level, in the order of their ids, each with its customer, the place of its policy in dunning_policies and its level; and their customers, in the order of theirs, each with what all of its open items come to, and what those of them.';

-- One scan of what is open, beside the levels that items have.
CREATE FUNCTION ar.items_to_dun(company_id bigint, as_of date) RETURNS SETOF ar.rising_items
    LANGUAGE plpgsql STABLE ROWS 1 SET search_path = pg_catalog, pg_temp SET jit = off SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    policies   text[];
    top_level  integer;
    rise_by    date[];  -- by what day an item is due that rises: for each policy, from level 0 on, then from level 0 on after a promise in vain
    any_policy date[];  -- the same, under any policy
    latest     date;
BEGIN
    SELECT array_agg(p.dunning_policy ORDER BY p.dunning_policy), max(p.levels[cardinality(p.levels)]) INTO policies, top_level
    FROM ar.dunning_policies(items_to_dun.company_id, items_to_dun.as_of) AS p;
    SELECT array_agg(p.rise_by ORDER BY p.dunning_policy) INTO rise_by
    FROM (SELECT p.dunning_policy, array_agg(CASE WHEN x.level >= p.levels[cardinality(p.levels)] THEN NULL
                                                  WHEN x.promised THEN 'infinity'
                                                  ELSE items_to_dun.as_of - p.offsets[width_bucket(x.level, p.levels) + 1] END
                                             ORDER BY x.promised, x.level) AS rise_by
          FROM ar.dunning_policies(items_to_dun.company_id, items_to_dun.as_of) AS p
          CROSS JOIN (SELECT l.level, b.promised FROM generate_series(0, top_level - 1) AS l (level), (VALUES (false), (true)) AS b (promised)) AS x
          GROUP BY p.dunning_policy) AS p;
    SELECT array_agg(x.rise_by ORDER BY x.place) INTO any_policy
    FROM (SELECT e.place, max(rise_by[p.n][e.place]) AS rise_by
          FROM generate_subscripts(rise_by, 1) AS p (n), generate_subscripts(rise_by, 2) AS e (place) GROUP BY e.place) AS x;
    -- Only what is late enough for a first step, or was promised in vain.
    latest := greatest(any_policy[1], (
        SELECT max(i.due_on) FROM receivables.item_dunning AS x
        JOIN receivables.item AS i ON i.company_id = x.company_id AND i.item_id = x.item_id AND i.closed_on > items_to_dun.as_of
        WHERE x.company_id = items_to_dun.company_id AND x.level_shift > 0));
    -- Not into variables: parallel workers are for what is returned.
    RETURN QUERY
    WITH standing AS MATERIALIZED (
        -- Which of these days counts for an item: once a day, unless a promise was broken since.
        SELECT ar.lookup_table(d.item_id, CASE WHEN d.level >= top_level THEN 0
                                               WHEN d.level_shift > 0 THEN top_level + d.level + 1
                                               WHEN d.level_since < items_to_dun.as_of THEN d.level + 1 ELSE 0 END) AS places
        FROM receivables.item_dunning AS d WHERE d.company_id = items_to_dun.company_id
    ), dunned AS MATERIALIZED (
        SELECT ar.lookup_table(s.customer_id, array_position(policies, s.dunning_policy)) AS policy
        FROM ar.dunning_subjects(items_to_dun.company_id) AS s
    )
    SELECT (p.picked).account_ids, (p.picked).balances, (p.picked).picked_amounts, policies, (p.picked).item_ids, (p.picked).item_account_ids,
           ARRAY(SELECT ar.lookup((SELECT d.policy FROM dunned AS d), c) FROM unnest((p.picked).item_account_ids) AS c),
           ARRAY(SELECT CASE WHEN l.place > top_level THEN l.place - top_level ELSE coalesce(l.place, 1) END - 1
                 FROM (SELECT ar.lookup((SELECT s.places FROM standing AS s), i) AS place FROM unnest((p.picked).item_ids) AS i OFFSET 0) AS l)
    FROM (
        SELECT ar.pick_items(o.customer_id, o.open_company_amount, CASE
               WHEN o.is_debit AND o.due_on <= latest
                AND ar.lookup_is_by((SELECT s.places FROM standing AS s), o.item_id, any_policy, o.due_on)
                AND o.due_on <= rise_by[ar.lookup((SELECT d.policy FROM dunned AS d), o.customer_id)]
                                       [coalesce(ar.lookup((SELECT s.places FROM standing AS s), o.item_id), 1)] THEN o.item_id END) AS picked
        FROM ar.open_items(items_to_dun.as_of, NULL) AS o WHERE o.company_id = items_to_dun.company_id) AS p;
END;
$$;
COMMENT ON FUNCTION ar.items_to_dun(bigint, date) IS
'The open items of a company whose age, or a broken promise, asks for a higher dunning level than they have and that did not rise on the day already, with what their customers owe; before holds, disputes, promises and the limits of the policy. Of nothing null.';

-- Inlined: asked of every dispute and promise.
CREATE FUNCTION ar.stood_on(as_of date, began_on date, status text, ended_on date) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN began_on <= as_of AND (status = 'open' OR ended_on > as_of);
COMMENT ON FUNCTION ar.stood_on(date, date, text, date) IS
'Whether a dispute or promise stood at the end of a day: it had begun, and is open yet or ended later.';

-- What of items is disputed or promised. Inlined into the caller's query, hence the operators' schema.
CREATE FUNCTION ar.disputed_parts(company_id bigint, as_of date) RETURNS TABLE (item_id bigint, amount numeric)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 100 AS $$
    SELECT x.item_id, x.amount
    FROM receivables.dispute_item AS x
    JOIN receivables.dispute AS d ON d.company_id OPERATOR(pg_catalog.=) x.company_id AND d.dispute_id OPERATOR(pg_catalog.=) x.dispute_id
    WHERE x.company_id OPERATOR(pg_catalog.=) disputed_parts.company_id AND ar.stood_on(as_of, d.opened_on, d.status, d.resolved_on)
$$;
COMMENT ON FUNCTION ar.disputed_parts(bigint, date) IS
'The items of a company that are disputed on a day, and what of each, in its currency, one row for each dispute.';

CREATE FUNCTION ar.promised_parts(company_id bigint, as_of date) RETURNS TABLE (item_id bigint, amount numeric)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 100 AS $$
    SELECT x.item_id, x.amount
    FROM receivables.promise_item AS x
    JOIN receivables.promise AS p ON p.company_id OPERATOR(pg_catalog.=) x.company_id AND p.promise_id OPERATOR(pg_catalog.=) x.promise_id
    WHERE x.company_id OPERATOR(pg_catalog.=) promised_parts.company_id AND ar.stood_on(as_of, p.promised_on, p.status, p.judged_on)
$$;
COMMENT ON FUNCTION ar.promised_parts(bigint, date) IS
'The items of a company that are promised on a day by promises that were open then, and what of each, in its currency, one row for each promise.';

CREATE FUNCTION ar.dunning_due(company_id bigint, as_of date, picked ar.rising_items)
    RETURNS TABLE (customer_id bigint, item_id bigint, dunning_policy text, version integer, from_level smallint, level smallint,
                   notice_level smallint, skip_reason text, detail text, days_past_due integer, open_amount numeric,
                   dunned_amount numeric, dunned_company_amount numeric, customer_balance numeric, level_shift smallint)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_nestloop = off SET enable_mergejoin = off SET enable_hashagg = off SET jit = off
    SET work_mem = '64MB'
    SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    minor_units integer := (SELECT u.minor_units FROM receivables.company AS c JOIN receivables.currency AS u ON u.currency = c.currency
                            WHERE c.company_id = dunning_due.company_id);
BEGIN
    -- Nested loops are for what is looked up by its key alone, in subqueries that see to it. OFFSET 0 keeps amounts and steps from being worked out twice.
    -- Each has a policy and a balance: the outer joins let the planner know that none is lost. Customers have few items each, so that their sums take less
    -- one after the other than all at once.
    RETURN QUERY
    WITH policy AS MATERIALIZED (
        SELECT p.*, 0 < ANY (p.step_minimums) AS has_minimums, array_position(picked.dunning_policies, p.dunning_policy) AS policy_number
        FROM ar.dunning_policies(dunning_due.company_id, dunning_due.as_of) AS p
    ), hold AS MATERIALIZED (
        SELECT h.customer_id, h.item_id, h.reason, h.valid_to
        FROM receivables.dunning_hold AS h
        WHERE h.company_id = dunning_due.company_id AND h.valid_from <= dunning_due.as_of AND h.valid_to > dunning_due.as_of
    ), kept AS MATERIALIZED (
        -- What is not asked for of an item, and for which customers not at all.
        SELECT x.item_id, coalesce(sum(x.disputed), 0) AS disputed, coalesce(sum(x.promised), 0) AS promised,
               coalesce(array_agg(x.held_for) FILTER (WHERE x.held_for IS NOT NULL), '{}') AS held_for
        FROM (SELECT x.item_id, x.amount AS disputed, NULL::numeric AS promised, NULL::bigint AS held_for
              FROM ar.disputed_parts(dunning_due.company_id, dunning_due.as_of) AS x
              UNION ALL
              SELECT x.item_id, NULL, x.amount, NULL FROM ar.promised_parts(dunning_due.company_id, dunning_due.as_of) AS x
              UNION ALL
              SELECT h.item_id, NULL, NULL, h.customer_id FROM hold AS h WHERE h.item_id IS NOT NULL) AS x
        GROUP BY x.item_id
    ), shifted AS MATERIALIZED (
        SELECT d.item_id, d.level_shift FROM receivables.item_dunning AS d WHERE d.company_id = dunning_due.company_id AND d.level_shift > 0
    ), asked AS MATERIALIZED (
        SELECT i.customer_id, i.item_id, i.policy_number, i.has_minimums, i.from_level, i.level_shift, i.step, i.days_past_due, i.open_amount, i.open_company_amount,
               i.is_held, i.disputed >= i.open_amount OR i.is_held AS is_disputed, i.dunned_amount,
               CASE i.dunned_amount WHEN 0 THEN round(0, minor_units)
                                    WHEN i.open_amount THEN round(i.open_company_amount, minor_units)
                                    ELSE round(i.open_company_amount * i.dunned_amount / i.open_amount, minor_units) END AS dunned_company_amount
        FROM (
            SELECT i.*, CASE WHEN i.is_held THEN 0 WHEN i.disputed = 0 AND i.promised = 0 THEN greatest(i.open_amount, 0)
                             ELSE greatest(i.open_amount - i.disputed - i.promised, 0) END AS dunned_amount
            FROM (
                SELECT w.customer_id, w.item_id, p.policy_number, p.levels, p.has_minimums, w.level AS from_level, h.level_shift,
                       ar.next_dunning_step(p.offsets, p.levels, p.may_skip_steps, dunning_due.as_of - o.due_on, w.level, coalesce(h.level_shift, 0)) AS step,
                       dunning_due.as_of - o.due_on AS days_past_due, o.open_amount, o.open_company_amount,
                       coalesce(w.customer_id = ANY (x.held_for), false) AS is_held,
                       coalesce(x.disputed, 0)
                       -- What was kept back is cleared by whoever it was given to.
                       + CASE WHEN EXISTS (SELECT FROM receivables.deduction AS k
                                           WHERE k.company_id = dunning_due.company_id AND k.item_id = w.item_id)
                              THEN o.open_amount ELSE 0 END AS disputed,
                       coalesce(x.promised, 0) AS promised
                FROM (SELECT unnest(picked.item_ids) AS item_id, unnest(picked.item_customer_ids) AS customer_id,
                             unnest(picked.policy_numbers) AS policy_number, unnest(picked.levels) AS level) AS w
                CROSS JOIN LATERAL (
                    SELECT o.due_on, o.open_amount, o.open_company_amount
                    FROM ar.open_items(dunning_due.as_of, NULL) AS o
                    WHERE o.company_id = dunning_due.company_id AND o.item_id = w.item_id OFFSET 0) AS o
                LEFT JOIN policy AS p ON p.policy_number = w.policy_number
                LEFT JOIN shifted AS h ON h.item_id = w.item_id
                LEFT JOIN kept AS x ON x.item_id = w.item_id
                OFFSET 0) AS i
            WHERE i.levels[i.step] > i.from_level
            OFFSET 0) AS i
    ), wanted AS MATERIALIZED (
        -- What a customer owed when the items were picked counts where these come to the same as then.
        SELECT w.*, k.balance, k.picked_amount = w.open_company_amount AS is_as_then
        FROM (SELECT a.customer_id, min(a.policy_number) AS policy_number, sum(a.dunned_company_amount) AS amount, sum(a.open_company_amount) AS open_company_amount,
                     bool_and(a.is_held) AS is_held, bool_and(a.is_disputed) AS is_disputed,
                     max(a.step) FILTER (WHERE a.dunned_amount > 0) AS last_step,
                     min(a.from_level) FILTER (WHERE a.dunned_amount > 0) AS from_level
              FROM asked AS a GROUP BY a.customer_id OFFSET 0) AS w
        LEFT JOIN (SELECT unnest(picked.customer_ids) AS customer_id, unnest(picked.balances) AS balance,
                          unnest(picked.picked_amounts) AS picked_amount) AS k ON k.customer_id = w.customer_id
    ), reached AS (
        -- The highest step that is worth it, and the customer as a whole.
        SELECT w.customer_id, w.amount, w.is_held, w.is_disputed, p.dunning_policy, p.version, p.levels, p.step_minimums,
               p.minimum_amount, p.minimum_interval_days, CASE WHEN w.is_as_then THEN w.balance ELSE b.balance END AS balance, h.reason AS hold_reason,
               -- A day apart they are anyway.
               CASE WHEN p.minimum_interval_days > 1 THEN (
                   SELECT max(n.notice_date) FROM receivables.dunning_notice AS n
                   WHERE n.company_id = dunning_due.company_id AND n.customer_id = w.customer_id
                     AND n.notice_date < dunning_due.as_of) END AS last_notice_on,
               CASE WHEN p.has_minimums THEN (
                   SELECT max(t.step)
                   FROM generate_subscripts(p.levels, 1) AS t (step)
                   WHERE (SELECT sum(x.amount) FROM unnest(m.steps, m.amounts) AS x (step, amount) WHERE x.step >= t.step) >= p.step_minimums[t.step]
                     AND t.step <= w.last_step AND p.levels[t.step] > w.from_level) ELSE w.last_step END AS step
        FROM wanted AS w
        LEFT JOIN policy AS p ON p.policy_number = w.policy_number
        LEFT JOIN (SELECT a.customer_id, array_agg(a.step) AS steps, array_agg(a.dunned_company_amount) AS amounts
                   FROM asked AS a WHERE a.has_minimums AND a.dunned_amount > 0 GROUP BY a.customer_id) AS m ON m.customer_id = w.customer_id
        LEFT JOIN ar.open_balances(dunning_due.company_id, ARRAY(SELECT w.customer_id FROM wanted AS w WHERE w.is_as_then IS NOT TRUE),
                                   dunning_due.as_of) AS b ON b.customer_id = w.customer_id
        LEFT JOIN (SELECT DISTINCT ON (h.customer_id) h.customer_id, h.reason
                   FROM hold AS h WHERE h.item_id IS NULL ORDER BY h.customer_id, h.valid_to DESC) AS h ON h.customer_id = w.customer_id
    ), decided AS (
        SELECT r.customer_id, r.step, r.dunning_policy, r.version, r.levels, r.balance,
               CASE WHEN r.hold_reason IS NOT NULL OR r.is_held THEN 'on_hold'
                    WHEN r.balance <= 0 THEN 'in_credit'
                    WHEN r.amount = 0 AND r.is_disputed THEN 'disputed'
                    WHEN r.amount = 0 THEN 'promised'
                    WHEN greatest(r.overdue, r.amount) < r.minimum_amount OR r.step IS NULL THEN 'below_minimum'
                    WHEN r.last_notice_on + r.minimum_interval_days > dunning_due.as_of THEN 'interval' END AS skip_reason,
               CASE WHEN r.hold_reason IS NOT NULL THEN r.hold_reason
                    WHEN r.balance <= 0 THEN format('balance %s', r.balance)
                    WHEN r.amount > 0 AND (greatest(r.overdue, r.amount) < r.minimum_amount OR r.step IS NULL)
                    THEN format('%s of %s', greatest(r.overdue, r.amount),
                                greatest(r.minimum_amount, (SELECT min(m) FROM unnest(r.step_minimums) AS m)))
                    WHEN r.last_notice_on + r.minimum_interval_days > dunning_due.as_of
                    THEN format('last on %s, next from %s', r.last_notice_on, r.last_notice_on + r.minimum_interval_days) END AS detail
        FROM (SELECT r.*, CASE WHEN r.amount < r.minimum_amount OR r.step IS NULL THEN (
                     SELECT sum(o.open_company_amount) FROM ar.open_items(dunning_due.as_of, NULL) AS o
                     WHERE o.company_id = dunning_due.company_id AND o.customer_id = r.customer_id
                       AND o.is_debit AND o.due_on < dunning_due.as_of) END AS overdue
              FROM reached AS r OFFSET 0) AS r
        OFFSET 0
    )
    SELECT a.customer_id, a.item_id, d.dunning_policy, d.version, a.from_level::smallint, d.levels[l.step]::smallint, d.levels[d.step]::smallint,
           d.skip_reason, d.detail, a.days_past_due, a.open_amount, a.dunned_amount, a.dunned_company_amount, d.balance, a.level_shift
    FROM asked AS a
    JOIN decided AS d ON d.customer_id = a.customer_id
    CROSS JOIN LATERAL (SELECT least(a.step, d.step) AS step) AS l
    -- Items that stay as they are, beside others that do not, are nothing to tell.
    WHERE d.skip_reason IS NOT NULL OR a.dunned_amount > 0 AND d.levels[l.step] > a.from_level;
END;
$$;
COMMENT ON FUNCTION ar.dunning_due(bigint, date, ar.rising_items) IS
'What the dunning policies ask for of items that ar.items_to_dun picked, as they are by now, and of their customers on a day: the level each item comes to, the level of the notice of its customer, the levels it rises for promises in vain (null: none), or why the customer is passed over. Disputed and promised parts, deductions and held items are not asked for.';

CREATE FUNCTION ar.preview_dunning(company_id bigint, as_of date DEFAULT ar.as_of())
    RETURNS TABLE (customer_number text, customer_name text, dunning_policy text, notice_level smallint, step text,
                   document_number text, due_on date, days_past_due integer, from_level smallint, level smallint,
                   open_amount numeric, dunned_amount numeric, skip_reason text, detail text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wanted ar.rising_items;
BEGIN
    PERFORM ar.company_minor_units(company_id);
    SELECT w.* INTO wanted FROM ar.items_to_dun(company_id, as_of) AS w;
    RETURN QUERY
    SELECT c.customer_number, c.name, d.dunning_policy, CASE WHEN d.skip_reason IS NULL THEN d.notice_level END, s.name,
           x.document_number, i.due_on, d.days_past_due, d.from_level, CASE WHEN d.skip_reason IS NULL THEN d.level END,
           d.open_amount, d.dunned_amount, d.skip_reason, d.detail
    FROM ar.dunning_due(preview_dunning.company_id, preview_dunning.as_of, wanted) AS d
    JOIN receivables.customer AS c ON c.company_id = preview_dunning.company_id AND c.customer_id = d.customer_id
    JOIN receivables.item AS i ON i.company_id = preview_dunning.company_id AND i.item_id = d.item_id
    JOIN receivables.document AS x ON x.company_id = i.company_id AND x.document_id = i.document_id
    LEFT JOIN receivables.dunning_step AS s
        ON s.company_id = preview_dunning.company_id AND s.dunning_policy = d.dunning_policy AND s.version = d.version
           AND s.level = d.notice_level AND d.skip_reason IS NULL
    ORDER BY c.customer_number, i.due_on, x.document_number, i.instalment;
END;
$$;
COMMENT ON FUNCTION ar.preview_dunning(bigint, date) IS
'What ar.run_dunning would do on a day, without doing it: each item that would come to a higher level, with the notice of its customer, or why it would not. Amounts are in the currency of the item. Error 23503 for an unknown company.';

CREATE FUNCTION ar.run_dunning(company_id bigint, as_of date DEFAULT ar.as_of(),
                               OUT raised_items bigint, OUT notices bigint, OUT skipped_customers bigint)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
DECLARE
    run    bigint;
    later  date;
    wanted ar.rising_items;
BEGIN
    PERFORM ar.require_guards();
    PERFORM ar.company_minor_units(company_id);
    IF as_of IS NULL OR NOT isfinite(as_of) THEN
        RAISE EXCEPTION 'as_of must be a date, not %', coalesce(as_of::text, 'null') USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- Waits for a run of the same company; then sees what that did.
    INSERT INTO receivables.dunning_run AS r (company_id, as_of)
    VALUES (run_dunning.company_id, run_dunning.as_of)
    ON CONFLICT ON CONSTRAINT dunning_run_company_id_as_of_key DO UPDATE SET finished_at = NULL
    RETURNING r.dunning_run_id INTO run;
    SELECT max(r.as_of) INTO later FROM receivables.dunning_run AS r WHERE r.company_id = run_dunning.company_id;
    IF later > as_of THEN
        RAISE EXCEPTION 'dunning was run for % already', later
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = format('A run for %s would come before it.', as_of),
                  HINT = 'Levels only rise: run for a later day.';
    END IF;
    PERFORM ar.follow_holds(company_id, as_of);
    SELECT w.* INTO wanted FROM ar.items_to_dun(company_id, as_of) AS w;
    -- Whoever pays one of them waits, or is seen. They come in the order of their keys.
    PERFORM FROM unnest(wanted.item_ids) AS w (item_id)
    CROSS JOIN LATERAL (
        SELECT FROM receivables.item AS i
        WHERE i.company_id = run_dunning.company_id AND i.item_id = w.item_id FOR SHARE) AS i;
    WITH due AS MATERIALIZED (
        SELECT d.* FROM ar.dunning_due(run_dunning.company_id, run_dunning.as_of, wanted) AS d
    ), bearing AS MATERIALIZED (
        SELECT d.item_id
        FROM due AS d
        JOIN receivables.dunning_step AS s
            ON s.company_id = run_dunning.company_id AND s.dunning_policy = d.dunning_policy AND s.version = d.version
               AND s.level = d.notice_level AND s.charges_interest
        WHERE d.skip_reason IS NULL
    ), interest AS MATERIALIZED (
        SELECT d.customer_id, sum(round(x.amount * i.company_amount / i.amount, u.minor_units)) AS amount
        FROM ar.interest_due(run_dunning.company_id, run_dunning.as_of, ARRAY(SELECT b.item_id FROM bearing AS b)) AS x
        JOIN due AS d ON d.item_id = x.item_id
        CROSS JOIN LATERAL (
            SELECT i.company_amount, i.amount FROM receivables.item AS i
            WHERE i.company_id = run_dunning.company_id AND i.item_id = x.item_id OFFSET 0) AS i
        JOIN receivables.company AS o ON o.company_id = run_dunning.company_id
        JOIN receivables.currency AS u ON u.currency = o.currency
        WHERE (SELECT EXISTS (SELECT FROM bearing))
        GROUP BY d.customer_id
    ), charging AS MATERIALIZED (
        -- A fee is for what was owed, not for fees.
        SELECT DISTINCT d.customer_id, s.fee
        FROM due AS d
        JOIN receivables.dunning_step AS s
            ON s.company_id = run_dunning.company_id AND s.dunning_policy = d.dunning_policy AND s.version = d.version
               AND s.level = d.notice_level AND s.fee > 0
        CROSS JOIN LATERAL (
            SELECT FROM receivables.item AS i
            WHERE i.company_id = run_dunning.company_id AND i.item_id = d.item_id AND i.kind <> 'fee' OFFSET 0) AS i
        WHERE d.skip_reason IS NULL
    ), skipped AS (
        INSERT INTO receivables.dunning_skip (company_id, dunning_run_id, customer_id, reason, detail, item_count)
        SELECT run_dunning.company_id, run, d.customer_id, d.skip_reason, min(d.detail), count(*)
        FROM due AS d
        -- Who got a notice today was not passed over.
        WHERE d.skip_reason IS NOT NULL AND NOT EXISTS (
            SELECT FROM receivables.dunning_notice AS n
            WHERE n.company_id = run_dunning.company_id AND n.customer_id = d.customer_id AND n.notice_date = run_dunning.as_of)
        GROUP BY d.customer_id, d.skip_reason
        ON CONFLICT ON CONSTRAINT dunning_skip_pkey DO NOTHING
        RETURNING 1
    ), noticed AS (
        INSERT INTO receivables.dunning_notice AS n (company_id, dunning_run_id, customer_id, notice_date, dunning_policy, version,
                                                     level, language, currency, amount, customer_balance, interest_amount, fee)
        SELECT run_dunning.company_id, run, d.customer_id, run_dunning.as_of, d.dunning_policy, d.version,
               d.notice_level, coalesce(c.language, 'en'), o.currency, d.amount, d.customer_balance,
               CASE WHEN s.charges_interest THEN coalesce(x.amount, 0) END, coalesce(f.fee, 0)
        FROM (SELECT d.customer_id, d.dunning_policy, d.version, d.notice_level, d.customer_balance,
                     sum(d.dunned_company_amount) AS amount
              FROM due AS d WHERE d.skip_reason IS NULL
              GROUP BY d.customer_id, d.dunning_policy, d.version, d.notice_level, d.customer_balance) AS d
        JOIN receivables.company AS o ON o.company_id = run_dunning.company_id
        JOIN receivables.customer AS c ON c.company_id = o.company_id AND c.customer_id = d.customer_id
        LEFT JOIN interest AS x ON x.customer_id = d.customer_id
        LEFT JOIN charging AS f ON f.customer_id = d.customer_id
        JOIN receivables.dunning_step AS s
            ON s.company_id = o.company_id AND s.dunning_policy = d.dunning_policy AND s.version = d.version AND s.level = d.notice_level
        ORDER BY d.customer_id
        RETURNING n.dunning_notice_id, n.customer_id
    ), listed AS (
        INSERT INTO receivables.dunning_notice_item (company_id, dunning_notice_id, item_id, level, from_level, open_amount,
                                                     dunned_amount, days_past_due)
        SELECT run_dunning.company_id, n.dunning_notice_id, d.item_id, d.level, d.from_level, d.open_amount,
               d.dunned_amount, d.days_past_due
        FROM due AS d JOIN noticed AS n ON n.customer_id = d.customer_id
        WHERE d.skip_reason IS NULL
        RETURNING 1
    ), levelled AS (
        -- A promise that is broken meanwhile raises it the next time.
        INSERT INTO receivables.item_dunning AS o (company_id, item_id, level, level_since, level_shift, dunning_notice_id)
        SELECT run_dunning.company_id, d.item_id, d.level, run_dunning.as_of, coalesce(d.level_shift, 0), n.dunning_notice_id
        FROM due AS d JOIN noticed AS n ON n.customer_id = d.customer_id
        WHERE d.skip_reason IS NULL
        ON CONFLICT ON CONSTRAINT item_dunning_pkey DO UPDATE
            SET level = excluded.level, level_since = excluded.level_since, level_shift = o.level_shift - excluded.level_shift, dunning_notice_id = excluded.dunning_notice_id
    )
    SELECT (SELECT count(*) FROM listed), (SELECT count(*) FROM noticed), (SELECT count(*) FROM skipped)
    INTO raised_items, notices, skipped_customers;
    UPDATE receivables.dunning_run AS r
    SET finished_at = clock_timestamp(), raised_items = r.raised_items + run_dunning.raised_items,
        notice_count = r.notice_count + notices, skipped_customers = r.skipped_customers + run_dunning.skipped_customers
    WHERE r.company_id = run_dunning.company_id AND r.dunning_run_id = run;
END;
$$;
COMMENT ON FUNCTION ar.run_dunning(bigint, date) IS
'Brings each open item of a company to the dunning level that its age asks for on a day, and writes one notice for each customer, at the highest level its items come to, from which messages, tasks and escalations follow. A missed day sends the highest level only, unless the policy takes one step a run. Run twice for a day it changes nothing. One run of a company at a time. What waits of holds that began since the run before rests, that of holds that ended goes on. Passed over, with the reason in receivables.dunning_skip: customers on hold or in credit, with nothing but disputed or promised items, below the minimum, or reminded too short a time ago. Returns how many items rose, how many notices were written and how many customers passed over. Errors: 55000 where a later day was run already, 22023 for no date, 23503 for an unknown company.';
