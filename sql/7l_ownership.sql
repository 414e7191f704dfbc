-- Who had a task or a customer, and which team somebody was in, at a moment ----------------------

CREATE FUNCTION ar.task_owners_at(company_id bigint, task_ids bigint[], moments timestamptz[])
    RETURNS TABLE (task_id bigint, before timestamptz, employee text)
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
    -- The latest before; whoever had it first, had it from the beginning.
    SELECT DISTINCT ON (a.task_id, a.before) a.task_id, a.before, CASE WHEN o.task_id IS NULL THEN t.owner ELSE o.owner END
    FROM (SELECT DISTINCT u.task_id, u.before FROM unnest(task_ids, moments) AS u (task_id, before)) AS a
    JOIN receivables.collection_task AS t ON t.company_id = task_owners_at.company_id AND t.task_id = a.task_id
    LEFT JOIN receivables.task_owner AS o ON o.company_id = t.company_id AND o.task_id = t.task_id
    ORDER BY a.task_id, a.before, o.valid_from < a.before DESC, CASE WHEN o.valid_from < a.before THEN o.valid_from END DESC, o.valid_from
$$;
COMMENT ON FUNCTION ar.task_owners_at(bigint, bigint[], timestamptz[]) IS
'The employee who had each of some tasks just before the moment beside it; null for nobody.';

CREATE FUNCTION ar.team_at(company_id bigint, employee text, before timestamptz) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN l.old IS NULL THEN e.team ELSE l.old ->> 'team' END
    FROM receivables.employee AS e
    LEFT JOIN LATERAL (
        SELECT l.old FROM receivables.change_log AS l
        WHERE l.table_name = 'employee' AND l.row_key = jsonb_build_object('company_id', e.company_id, 'employee', e.employee)
          AND l.operation = 'update' AND l.old ? 'team' AND l.recorded_at >= before
        ORDER BY l.change_id LIMIT 1) AS l ON true
    WHERE e.company_id = team_at.company_id AND e.employee = team_at.employee
$$;
COMMENT ON FUNCTION ar.team_at(bigint, text, timestamptz) IS
'The team that an employee was in just before a moment, later changes undone; null for none.';

CREATE FUNCTION ar.customers_had_by(company_id bigint, customer_ids bigint[], days date[])
    RETURNS TABLE (customer_id bigint, day date, employee text)
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
    -- Nested loops are for the tasks, which are looked up by their customer.
    WITH period AS MATERIALIZED (
        SELECT p.customer_id, p.valid_from, p.valid_to, p.salesperson
        FROM ar.owner_periods() AS p WHERE p.company_id = customers_had_by.company_id
    ), asked AS MATERIALIZED (
        SELECT a.customer_id, a.day, t.task_id, (a.day + 1)::timestamptz AS before
        FROM (SELECT DISTINCT a.customer_id, a.day FROM unnest(customer_ids, days) AS a (customer_id, day)) AS a
        LEFT JOIN LATERAL (
            SELECT k.task_id FROM receivables.collection_task AS k
            WHERE k.company_id = customers_had_by.company_id AND k.customer_id = a.customer_id
              AND k.task_kind IN ('call', 'follow_up', 'promise_broken') AND k.opened_on <= a.day AND (k.closed_at >= a.day) IS NOT FALSE
            ORDER BY k.priority, k.due_on, k.task_id LIMIT 1) AS t ON true
    )
    SELECT a.customer_id, a.day, coalesce(t.employee, p.salesperson)
    FROM asked AS a
    LEFT JOIN period AS p ON p.customer_id = a.customer_id AND p.valid_from <= a.day AND p.valid_to > a.day
    LEFT JOIN (SELECT t.* FROM (SELECT array_agg(a.task_id) AS tasks, array_agg(a.before) AS moments FROM asked AS a WHERE a.task_id IS NOT NULL) AS a
               CROSS JOIN LATERAL ar.task_owners_at(customers_had_by.company_id, a.tasks, a.moments) AS t) AS t
        ON t.task_id = a.task_id AND t.before = a.before
$$;
COMMENT ON FUNCTION ar.customers_had_by(bigint, bigint[], date[]) IS
'Who had each of some customers at the end of the day beside it: as in the worklist, the owner of the first task about it that was open on the day (a call, follow_up or promise_broken), else its salesperson then; null for nobody.';
