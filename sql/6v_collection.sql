-- Tasks and contacts: what people do --------------------------------------------------------

CREATE FUNCTION ar.audience_employee(company_id bigint, customer_id bigint, audience text) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_nestloop = on AS $$
BEGIN
    -- In plpgsql, whose plans are kept.
    RETURN (
        SELECT e.employee
        FROM receivables.customer AS c
        JOIN receivables.employee AS e ON e.company_id = c.company_id AND e.is_active
            AND CASE audience WHEN 'salesperson' THEN e.employee = c.salesperson
                              ELSE e.position = audience AND (e.department IS NULL OR e.department = c.department) END
        WHERE c.company_id = audience_employee.company_id AND c.customer_id = audience_employee.customer_id
        ORDER BY e.department IS NULL, e.employee
        LIMIT 1);
END;
$$;
COMMENT ON FUNCTION ar.audience_employee(bigint, bigint, text) IS
'The active employee who is the salesperson of a customer, or has a position such as sales_manager or cfo: of the department of the customer, else of all. Null where there is nobody.';

-- For many tasks at once, each by what was given before it: the members of a team take turns within them.
CREATE FUNCTION ar.find_task_owners(company_id bigint, customer_ids bigint[], task_kinds text[], amounts numeric[], owners text[], are_made boolean[],
                                    OUT owner text, OUT reason text) RETURNS SETOF record
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_nestloop = off SET jit = off AS $$
DECLARE
    asked      record;
    members    text[];
    teams      text[];
    last_tasks bigint[];
    open_tasks bigint[];
    turn       bigint := 1::bigint << 62;
    taker       integer;
BEGIN
    IF EXISTS (SELECT FROM receivables.task_rule AS r WHERE r.company_id = find_task_owners.company_id AND r.team IS NOT NULL) THEN
        SELECT array_agg(e.employee ORDER BY e.employee), array_agg(e.team ORDER BY e.employee),
               array_agg(coalesce(t.last_task, 0) ORDER BY e.employee), array_agg(t.open_tasks ORDER BY e.employee)
        INTO members, teams, last_tasks, open_tasks
        FROM receivables.employee AS e
        CROSS JOIN LATERAL (
            SELECT (SELECT max(t.task_id) FROM receivables.collection_task AS t
                    WHERE t.company_id = e.company_id AND t.owner = e.employee) AS last_task,
                   (SELECT count(*) FROM receivables.collection_task AS t
                    WHERE t.company_id = e.company_id AND t.owner = e.employee AND t.status = 'open') AS open_tasks OFFSET 0) AS t
        WHERE e.company_id = find_task_owners.company_id AND e.is_active AND e.team IS NOT NULL;
    END IF;
    FOR asked IN
        SELECT w.owner, w.is_made, f.position, f.assign_to, f.employee, f.team
        FROM unnest(customer_ids, task_kinds, amounts, owners, are_made) WITH ORDINALITY AS w (customer_id, task_kind, amount, owner, is_made, n)
        LEFT JOIN LATERAL (
            -- The first rule that finds anybody; who of a team, is a matter of turns.
            SELECT r.position, r.assign_to, r.team, e.employee
            FROM receivables.customer AS c
            CROSS JOIN LATERAL (
                SELECT r.position, r.assign_to, r.employee, r.team
                FROM receivables.task_rule AS r
                WHERE r.company_id = c.company_id
                  AND (r.task_kind IS NULL OR r.task_kind = w.task_kind) AND (r.grade IS NULL OR r.grade = c.grade)
                  AND (r.department IS NULL OR r.department = c.department) AND (r.region IS NULL OR r.region = c.region)
                  AND r.minimum_amount <= coalesce(w.amount, 0)
                UNION ALL
                SELECT NULL, 'salesperson', NULL, NULL) AS r
            LEFT JOIN LATERAL (
                SELECT e.employee
                FROM receivables.employee AS e
                WHERE e.company_id = c.company_id AND e.is_active
                  AND e.employee = CASE r.assign_to WHEN 'salesperson' THEN c.salesperson ELSE r.employee END OFFSET 0) AS e ON true
            WHERE w.owner IS NULL AND c.company_id = find_task_owners.company_id AND c.customer_id = w.customer_id
              AND (e.employee IS NOT NULL OR r.team = ANY (teams))
            ORDER BY r.position NULLS LAST LIMIT 1) AS f ON true
        ORDER BY w.n
    LOOP
        IF asked.owner IS NOT NULL THEN
            owner := asked.owner;
            reason := 'given with the task';
        ELSIF asked.team IS NULL THEN
            owner := asked.employee;
            reason := CASE WHEN asked.position IS NOT NULL THEN format('rule %s: %s', asked.position, replace(asked.assign_to, '_', ' '))
                           WHEN owner IS NOT NULL THEN 'salesperson of the customer' END;
        ELSE
            taker := NULL;
            FOR i IN 1..cardinality(members) LOOP
                IF teams[i] = asked.team
                    AND (taker IS NULL OR CASE asked.assign_to WHEN 'workload' THEN open_tasks[i] < open_tasks[taker]
                                                              ELSE last_tasks[i] < last_tasks[taker] END)
                THEN
                    taker := i;
                END IF;
            END LOOP;
            owner := members[taker];
            reason := format('rule %s: %s', asked.position, replace(asked.assign_to, '_', ' '));
        END IF;
        taker := array_position(members, owner);
        IF asked.is_made AND taker IS NOT NULL THEN
            last_tasks[taker] := turn;
            open_tasks[taker] := open_tasks[taker] + 1;
            turn := turn + 1;
        END IF;
        RETURN NEXT;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION ar.find_task_owners(bigint, bigint[], text[], numeric[], text[], boolean[]) IS
'Who gets each of some tasks, and why, in their order: the owner that is given for it, else whom ar.find_task_owner would find once those before it were made; those that are only asked about take no turn.';

CREATE FUNCTION ar.find_task_owner(company_id bigint, customer_id bigint, task_kind text, amount numeric,
                                   OUT owner text, OUT reason text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    SELECT f.owner, f.reason INTO owner, reason
    FROM ar.find_task_owners(company_id, ARRAY[customer_id], ARRAY[task_kind], ARRAY[amount], ARRAY[NULL::text], ARRAY[false]) AS f;
END;
$$;
COMMENT ON FUNCTION ar.find_task_owner(bigint, bigint, text, numeric) IS
'Who gets a task, and why: whom the first rule of receivables.task_rule finds that fits its kind, amount and customer; else the salesperson of the customer; null where that is no active employee.';

CREATE FUNCTION ar.add_task(company_id bigint, customer_id bigint, task_kind text, subject text, due_on date,
                            amount numeric DEFAULT NULL, priority integer DEFAULT 3, owner text DEFAULT NULL,
                            level integer DEFAULT NULL, dunning_notice_id bigint DEFAULT NULL, report jsonb DEFAULT NULL,
                            opened_on date DEFAULT ar.as_of(), item_ids bigint[] DEFAULT NULL)
    RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found  record;
    result bigint;
BEGIN
    IF owner IS NULL THEN
        SELECT f.* INTO found FROM ar.find_task_owner(company_id, customer_id, task_kind, amount) AS f;
    ELSE
        SELECT add_task.owner, 'given with the task' AS reason INTO found;
    END IF;
    INSERT INTO receivables.collection_task AS t (company_id, customer_id, dunning_notice_id, task_kind, owner, level, amount,
                                                  priority, opened_on, due_on, subject, report)
    VALUES (add_task.company_id, add_task.customer_id, add_task.dunning_notice_id, add_task.task_kind, found.owner,
            add_task.level, add_task.amount, add_task.priority, add_task.opened_on, add_task.due_on, add_task.subject, add_task.report)
    RETURNING t.task_id INTO result;
    INSERT INTO receivables.task_owner (company_id, task_id, owner, reason)
    VALUES (add_task.company_id, result, found.owner, found.reason);
    INSERT INTO receivables.task_item (company_id, task_id, item_id)
    SELECT DISTINCT add_task.company_id, result, i.item_id FROM unnest(item_ids) AS i (item_id);
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.add_task(bigint, bigint, text, text, date, numeric, integer, text, integer, bigint, jsonb, date, bigint[]) IS
'Makes a task about a customer, due on a day: a call, follow_up, escalation, legal_proposal, promise_broken, dispute or other. amount is in the currency of the company; priority from 1 (highest) to 5. Without an owner the rules of receivables.task_rule find one. With item_ids it is cancelled by whatever settles the last of these items. Returns the task. Errors: 23503 for an unknown customer, employee or item, 23514 for an unknown kind.';

CREATE FUNCTION ar.keep_task_owner() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO receivables.task_owner (company_id, task_id, owner, reason)
    VALUES (NEW.company_id, NEW.task_id, NEW.owner, nullif(current_setting('ar.assignment_reason', true), ''));
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION ar.keep_task_owner() IS
'Trigger function after another employee got a task: keeps who has it from now on, with the reason that ar.assign_task gives.';

CREATE FUNCTION ar.assign_task(company_id bigint, task_id bigint, owner text, reason text DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    task record;
BEGIN
    SELECT t.owner, t.status INTO task FROM receivables.collection_task AS t
    WHERE t.company_id = assign_task.company_id AND t.task_id = assign_task.task_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'company % has no task %', coalesce(company_id::text, 'null'), coalesce(task_id::text, 'null')
            USING ERRCODE = 'no_data_found';
    ELSIF task.status <> 'open' THEN
        RAISE EXCEPTION 'task % is % already', task_id, task.status USING ERRCODE = 'object_not_in_prerequisite_state';
    ELSIF task.owner IS NOT DISTINCT FROM assign_task.owner THEN
        RETURN;
    END IF;
    PERFORM set_config('ar.assignment_reason', coalesce(assign_task.reason, ''), true);
    UPDATE receivables.collection_task AS t SET owner = assign_task.owner
    WHERE t.company_id = assign_task.company_id AND t.task_id = assign_task.task_id;
    PERFORM set_config('ar.assignment_reason', '', true);
END;
$$;
COMMENT ON FUNCTION ar.assign_task(bigint, bigint, text, text) IS
'Gives an open task to another employee, or to nobody; who had it before stays known. Errors: P0002 for an unknown task, 55000 for one that is closed, 23503 for an unknown employee.';

CREATE FUNCTION ar.take_task(company_id bigint, employee text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    task bigint;
BEGIN
    SELECT t.task_id INTO task
    FROM receivables.collection_task AS t
    WHERE t.company_id = take_task.company_id AND t.status = 'open' AND t.owner IS NULL
    ORDER BY t.priority, t.due_on, t.amount DESC NULLS LAST, t.task_id
    LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
    IF FOUND THEN
        PERFORM ar.assign_task(company_id, task, employee, 'taken');
    END IF;
    RETURN task;
END;
$$;
COMMENT ON FUNCTION ar.take_task(bigint, text) IS
'Gives an employee the open task that nobody has: of the highest priority, the earliest day and the largest amount. However many ask at once, each gets another. Null where there is none. Error 23503 for an unknown employee.';

CREATE FUNCTION ar.close_task(company_id bigint, task_id bigint, outcome text, status text DEFAULT 'done') RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF status IS NULL OR status NOT IN ('done', 'cancelled') THEN
        RAISE EXCEPTION 'a task is closed as done or cancelled, not %', coalesce(status, 'null') USING ERRCODE = 'invalid_parameter_value';
    END IF;
    UPDATE receivables.collection_task AS t
    SET status = close_task.status, outcome = close_task.outcome, closed_at = clock_timestamp(),
        closed_by = coalesce(nullif(current_setting('ar.application_user', true), ''), session_user)
    WHERE t.company_id = close_task.company_id AND t.task_id = close_task.task_id AND t.status = 'open';
    IF FOUND THEN
        RETURN true;
    ELSIF NOT EXISTS (SELECT FROM receivables.collection_task AS t
                      WHERE t.company_id = close_task.company_id AND t.task_id = close_task.task_id)
    THEN
        RAISE EXCEPTION 'company % has no task %', coalesce(company_id::text, 'null'), coalesce(task_id::text, 'null')
            USING ERRCODE = 'no_data_found';
    END IF;
    RETURN false;
END;
$$;
COMMENT ON FUNCTION ar.close_task(bigint, bigint, text, text) IS
'Closes an open task as done or cancelled, with what came of it; false where it was closed before. Errors: P0002 for an unknown task, 22023 for another status.';

CREATE FUNCTION ar.log_contact(company_id bigint, customer_number text, channel text, result text, summary text,
                               employee text DEFAULT NULL, person text DEFAULT NULL, is_incoming boolean DEFAULT false,
                               next_step text DEFAULT NULL, next_on date DEFAULT NULL, task_id bigint DEFAULT NULL,
                               contacted_at timestamptz DEFAULT clock_timestamp()) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    customer bigint := ar.find_customer(company_id, customer_number);
    contact  bigint;
BEGIN
    INSERT INTO receivables.contact AS c (company_id, customer_id, task_id, contacted_at, employee, channel, is_incoming, person,
                                          result, summary, next_step, next_on)
    VALUES (log_contact.company_id, customer, log_contact.task_id, log_contact.contacted_at, log_contact.employee,
            log_contact.channel, log_contact.is_incoming, log_contact.person, log_contact.result, log_contact.summary,
            log_contact.next_step, log_contact.next_on)
    RETURNING c.contact_id INTO contact;
    IF next_on IS NOT NULL THEN
        -- About what the task was about.
        PERFORM ar.add_task(company_id, customer, 'follow_up', coalesce(next_step, 'follow up'), next_on, owner => employee, item_ids => ARRAY(
            SELECT x.item_id FROM receivables.task_item AS x
            WHERE x.company_id = log_contact.company_id AND x.task_id = log_contact.task_id
            UNION
            SELECT l.item_id FROM receivables.collection_task AS t
            JOIN receivables.dunning_notice_item AS l ON l.company_id = t.company_id AND l.dunning_notice_id = t.dunning_notice_id
            WHERE t.company_id = log_contact.company_id AND t.task_id = log_contact.task_id));
    END IF;
    RETURN contact;
END;
$$;
COMMENT ON FUNCTION ar.log_contact(bigint, text, text, text, text, text, text, boolean, text, date, bigint, timestamptz) IS
'Enters a contact with a customer: how (email, sms, phone, letter, visit, webhook, other), what came of it (reached, not_reached, promised, disputed, refused, sent, other) and what was said. With next_on, a task to follow up is made for the employee, or for whom the rules find; it is about the items that the task is about which the contact was made for, if any, and cancelled once they are settled. Returns the contact. Errors: 23503 for an unknown customer, employee or task, 23514 for an unknown channel or result.';
