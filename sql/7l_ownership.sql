-- Who had a task or a customer, and which team somebody was in, at a moment ----------------------

CREATE FUNCTION ar.task_owner_at(company_id bigint, task_id bigint, before timestamptz) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN o.task_id IS NULL THEN t.owner ELSE o.owner END
    FROM receivables.collection_task AS t
    LEFT JOIN LATERAL (
        -- The latest before; whoever had it first, had it from the beginning.
        SELECT o.task_id, o.owner FROM receivables.task_owner AS o
        WHERE o.company_id = t.company_id AND o.task_id = t.task_id
        ORDER BY o.valid_from < before DESC, CASE WHEN o.valid_from < before THEN o.valid_from END DESC, o.valid_from
        LIMIT 1) AS o ON true
    WHERE t.company_id = task_owner_at.company_id AND t.task_id = task_owner_at.task_id
$$;
COMMENT ON FUNCTION ar.task_owner_at(bigint, bigint, timestamptz) IS
'The employee who had a task just before a moment; null for nobody.';

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
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    WITH asked AS MATERIALIZED (
        SELECT DISTINCT a.customer_id, a.day FROM unnest(customer_ids, days) AS a (customer_id, day)
    ), period AS MATERIALIZED (
        SELECT p.customer_id, p.valid_from, p.valid_to, p.salesperson
        FROM ar.owner_periods() AS p WHERE p.company_id = customers_had_by.company_id
    )
    SELECT a.customer_id, a.day, coalesce(t.owner, p.salesperson)
    FROM asked AS a
    LEFT JOIN period AS p ON p.customer_id = a.customer_id AND p.valid_from <= a.day AND p.valid_to > a.day
    LEFT JOIN LATERAL (
        SELECT ar.task_owner_at(k.company_id, k.task_id, a.day + 1) AS owner
        FROM receivables.collection_task AS k
        WHERE k.company_id = customers_had_by.company_id AND k.customer_id = a.customer_id
          AND k.task_kind IN ('call', 'follow_up', 'promise_broken') AND k.opened_on <= a.day AND (k.closed_at >= a.day) IS NOT FALSE
        ORDER BY k.priority, k.due_on, k.task_id LIMIT 1) AS t ON true
$$;
COMMENT ON FUNCTION ar.customers_had_by(bigint, bigint[], date[]) IS
'Who had each of some customers at the end of the day beside it: as in the worklist, the owner of the first task about it that was open on the day (a call, follow_up or promise_broken), else its salesperson then; null for nobody.';
