-- What following up brings -----------------------------------------------------------------------

CREATE FUNCTION ar.payments_to_items(company_id bigint, from_date date, to_date date)
    RETURNS TABLE (customer_id bigint, item_id bigint, paid_on date, amount numeric)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT d.customer_id, d.item_id, a.effective_on, sum(a.company_amount)
    FROM receivables.application AS a
    JOIN receivables.item AS c ON c.company_id = a.company_id AND c.item_id = a.credit_item_id AND c.kind IN ('payment', 'deposit')
    JOIN receivables.item AS d ON d.company_id = a.company_id AND d.item_id = a.debit_item_id
    WHERE a.company_id = payments_to_items.company_id AND a.effective_on >= from_date AND a.effective_on <= to_date
    GROUP BY d.customer_id, d.item_id, a.effective_on
$$;
COMMENT ON FUNCTION ar.payments_to_items(bigint, date, date) IS
'What was paid of items from one day to another, in the currency of the company, what was taken back on a day taken off; credit notes and write-offs are no payments.';

CREATE FUNCTION ar.collection_results(company_id bigint, from_date date, to_date date, dimension text DEFAULT 'collector',
                                      within_days integer DEFAULT 14)
    RETURNS TABLE (value text, contacts bigint, customers bigint, contacts_per_day numeric, opening_overdue numeric,
                   collected_after_contact numeric, collection_rate numeric, average_days_to_payment numeric,
                   promises bigint, promised_amount numeric, kept_amount numeric, promise_kept_rate numeric,
                   tasks_done bigint, tasks_overdue bigint, assigned_overdue numeric, assigned_collected numeric, assigned_rate numeric)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
DECLARE
    decimals CONSTANT integer := ar.company_minor_units(company_id);
BEGIN
    IF dimension IS NULL OR dimension NOT IN ('collector', 'team', 'channel') THEN
        RAISE EXCEPTION 'there are no results by %', coalesce(dimension, 'null')
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Results are by collector, team or channel.';
    ELSIF (from_date <= to_date) IS NOT TRUE OR NOT isfinite(from_date) OR NOT isfinite(to_date) OR (within_days >= 0) IS NOT TRUE THEN
        RAISE EXCEPTION 'results are of a period, and of some days after a contact' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN QUERY
    WITH contact AS MATERIALIZED (
        SELECT c.contact_id, c.customer_id, c.contacted_at::date AS day, c.contacted_at,
               CASE dimension WHEN 'channel' THEN c.channel WHEN 'team' THEN coalesce(ar.team_at(c.company_id, c.employee, c.contacted_at), '')
                              ELSE coalesce(c.employee, '') END AS value
        FROM receivables.contact AS c
        WHERE c.company_id = collection_results.company_id AND c.contacted_at >= from_date - within_days
          AND c.contacted_at < to_date + 1
    ), payment AS MATERIALIZED (
        SELECT p.* FROM ar.payments_to_items(collection_results.company_id, from_date, to_date) AS p
    ), overdue_item AS MATERIALIZED (
        SELECT o.customer_id, o.item_id, o.open_company_amount
        FROM ar.open_items(from_date - 1, NULL) AS o
        WHERE o.company_id = collection_results.company_id AND o.is_debit AND o.due_on < from_date
    ), paid AS (
        -- A payment follows the latest contact before it.
        SELECT DISTINCT ON (p.item_id, p.paid_on) c.value, p.amount, p.paid_on - c.day AS days
        FROM payment AS p
        JOIN contact AS c ON c.customer_id = p.customer_id AND c.day <= p.paid_on AND c.day >= p.paid_on - within_days
        ORDER BY p.item_id, p.paid_on, c.contacted_at DESC, c.contact_id DESC
    ), collected AS (
        SELECT p.value, sum(p.amount) AS amount, sum(p.amount * p.days) / nullif(sum(p.amount), 0) AS days FROM paid AS p GROUP BY p.value
    ), made AS (
        SELECT c.value, count(*) AS contacts, count(DISTINCT c.customer_id) AS customers
        FROM contact AS c WHERE c.day >= from_date GROUP BY c.value
    ), opening AS (
        SELECT c.value, sum(o.open_company_amount) AS overdue
        FROM (SELECT DISTINCT c.value, c.customer_id FROM contact AS c WHERE c.day >= from_date) AS c
        JOIN overdue_item AS o ON o.customer_id = c.customer_id
        GROUP BY c.value
    ), share AS MATERIALIZED (
        -- What was overdue when the period began, and what was paid of it, each by its day.
        SELECT o.customer_id, from_date AS day, sum(o.open_company_amount) AS overdue, 0 AS collected
        FROM overdue_item AS o WHERE dimension <> 'channel' GROUP BY o.customer_id
        UNION ALL
        SELECT p.customer_id, p.paid_on, 0, sum(p.amount)
        FROM payment AS p JOIN overdue_item AS o ON o.item_id = p.item_id
        WHERE dimension <> 'channel' GROUP BY p.customer_id, p.paid_on
    ), assigned AS (
        SELECT CASE dimension WHEN 'team' THEN coalesce(ar.team_at(collection_results.company_id, h.employee, h.day + 1), '')
                              ELSE coalesce(h.employee, '') END AS value,
               sum(h.overdue) AS overdue, sum(h.collected) AS collected
        FROM (SELECT h.employee, h.day, sum(s.overdue) AS overdue, sum(s.collected) AS collected
              FROM (SELECT array_agg(s.customer_id) AS customers, array_agg(s.day) AS days FROM share AS s) AS a
              CROSS JOIN LATERAL ar.customers_had_by(collection_results.company_id, a.customers, a.days) AS h
              JOIN share AS s ON s.customer_id = h.customer_id AND s.day = h.day
              GROUP BY h.employee, h.day OFFSET 0) AS h
        GROUP BY 1
    ), promised AS (
        -- Promises judged in the period, by whoever took them; partly kept pro rata.
        SELECT CASE dimension WHEN 'channel' THEN c.channel WHEN 'team' THEN coalesce(ar.team_at(c.company_id, c.employee, c.contacted_at), '')
                              ELSE coalesce(c.employee, '') END AS value,
               count(*) AS promises, sum(p.amount) AS amount, sum(p.kept_amount) AS kept
        FROM receivables.promise AS p
        JOIN receivables.contact AS c ON c.company_id = p.company_id AND c.contact_id = p.contact_id
        WHERE p.company_id = collection_results.company_id AND p.status IN ('kept', 'partly_kept', 'broken')
          AND p.judged_on >= from_date AND p.judged_on <= to_date
        GROUP BY 1
    ), task AS (
        -- Done by who had it when it was closed, overdue with who had it at the end.
        SELECT CASE dimension WHEN 'team' THEN coalesce(ar.team_at(collection_results.company_id, t.owner, t.before), '')
                              ELSE coalesce(t.owner, '') END AS value,
               coalesce(sum(t.tasks) FILTER (WHERE t.is_done), 0) AS done, coalesce(sum(t.tasks) FILTER (WHERE NOT t.is_done), 0) AS overdue
        FROM (SELECT t.owner, t.closed_at AS before, true AS is_done, 1 AS tasks
              FROM receivables.collection_task AS t
              WHERE t.company_id = collection_results.company_id AND t.status = 'done' AND t.closed_at >= from_date AND t.closed_at < to_date + 1
              UNION ALL
              SELECT h.employee, h.before, false, count(*)
              FROM (SELECT array_agg(t.task_id) AS tasks, array_agg((to_date + 1)::timestamptz) AS moments
                    FROM receivables.collection_task AS t
                    WHERE t.company_id = collection_results.company_id AND t.opened_on <= to_date AND t.due_on <= to_date
                      AND (t.status = 'open' OR t.closed_at >= to_date + 1)) AS t
              CROSS JOIN LATERAL ar.task_owners_at(collection_results.company_id, t.tasks, t.moments) AS h
              GROUP BY h.employee, h.before) AS t
        WHERE dimension <> 'channel'
        GROUP BY 1
    ), named AS (
        SELECT m.value FROM made AS m UNION SELECT c.value FROM collected AS c UNION SELECT p.value FROM promised AS p
        UNION SELECT t.value FROM task AS t UNION SELECT a.value FROM assigned AS a
    )
    SELECT nullif(n.value, ''), coalesce(m.contacts, 0), coalesce(m.customers, 0),
           round(coalesce(m.contacts, 0)::numeric / (to_date - from_date + 1), 2), round(o.overdue, decimals),
           round(coalesce(c.amount, 0), decimals), round(coalesce(c.amount, 0) / nullif(o.overdue, 0), 6), round(c.days, 2),
           coalesce(p.promises, 0), round(p.amount, decimals), round(p.kept, decimals), round(p.kept / nullif(p.amount, 0), 6),
           CASE WHEN dimension <> 'channel' THEN coalesce(t.done, 0)::bigint END, CASE WHEN dimension <> 'channel' THEN coalesce(t.overdue, 0)::bigint END,
           CASE WHEN dimension <> 'channel' THEN round(coalesce(a.overdue, 0), decimals) END,
           CASE WHEN dimension <> 'channel' THEN round(coalesce(a.collected, 0), decimals) END, round(a.collected / nullif(a.overdue, 0), 6)
    FROM named AS n
    LEFT JOIN made AS m ON m.value = n.value
    LEFT JOIN opening AS o ON o.value = n.value
    LEFT JOIN collected AS c ON c.value = n.value
    LEFT JOIN promised AS p ON p.value = n.value
    LEFT JOIN task AS t ON t.value = n.value
    LEFT JOIN assigned AS a ON a.value = n.value
    ORDER BY c.amount DESC NULLS LAST, n.value;
END;
$$;
COMMENT ON FUNCTION ar.collection_results(bigint, date, date, text, integer) IS
'What following up brought from one day to another by collector, team or channel: contacts; what the customers contacted had overdue at the beginning; what was paid within so many days after the latest contact, and of that overdue; days from the contact to the payment, weighted by amount; promises judged in the period, what was promised and kept; tasks done, and due but open at the end; what their customers had overdue when the period began (assigned_overdue), what was paid of that in it, and the share. Who had what then counts: a contact and promise is of who made it, and so is a payment after it; a task of who had it when it was done, or at the end; overdue of who had the customer on the first day, what was paid of it of who had it on the day of payment (ar.customers_had_by); teams are those of then. Payments are those applied to items, credit notes are none. A channel has no tasks and no customers. Amounts are in the currency of the company. Errors: 22023 for another dimension or no period, 23503 for an unknown company.';

CREATE FUNCTION ar.dunning_step_results(company_id bigint, from_date date, to_date date, within_days integer DEFAULT 14)
    RETURNS TABLE (dunning_policy text, level smallint, step text, notices bigint, dunned_amount numeric, collected numeric,
                   collection_rate numeric, average_days_to_payment numeric)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    decimals CONSTANT integer := ar.company_minor_units(company_id);
BEGIN
    IF (from_date <= to_date) IS NOT TRUE OR NOT isfinite(from_date) OR NOT isfinite(to_date) OR (within_days >= 0) IS NOT TRUE THEN
        RAISE EXCEPTION 'results are of a period, and of some days after a notice' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN QUERY
    WITH listed AS MATERIALIZED (
        SELECT n.dunning_notice_id, n.dunning_policy, n.version, n.level, n.notice_date, l.item_id,
               -- Until the next notice about the item.
               least(n.notice_date + within_days, lead(n.notice_date) OVER (PARTITION BY l.item_id ORDER BY n.notice_date, n.dunning_notice_id) - 1) AS until
        FROM receivables.dunning_notice AS n
        JOIN receivables.dunning_notice_item AS l ON l.company_id = n.company_id AND l.dunning_notice_id = n.dunning_notice_id
        WHERE n.company_id = dunning_step_results.company_id AND n.notice_date >= from_date AND n.notice_date <= to_date + within_days
    ), paid AS (
        SELECT l.dunning_policy, l.level, sum(p.amount) AS amount,
               sum(p.amount * (p.paid_on - l.notice_date)) / nullif(sum(p.amount), 0) AS days
        FROM listed AS l
        JOIN ar.payments_to_items(dunning_step_results.company_id, from_date, to_date + within_days) AS p
            ON p.item_id = l.item_id AND p.paid_on >= l.notice_date AND p.paid_on <= l.until
        WHERE l.notice_date <= to_date
        GROUP BY l.dunning_policy, l.level
    )
    SELECT n.dunning_policy, n.level, (SELECT s.name FROM receivables.dunning_step AS s
                                       WHERE s.company_id = dunning_step_results.company_id AND s.dunning_policy = n.dunning_policy AND s.level = n.level
                                       ORDER BY s.version DESC LIMIT 1),
           n.notices, round(n.amount, decimals), round(coalesce(p.amount, 0), decimals), round(coalesce(p.amount, 0) / nullif(n.amount, 0), 6), round(p.days, 2)
    FROM (SELECT x.dunning_policy, x.level, count(*) AS notices, sum(x.amount) AS amount
          FROM receivables.dunning_notice AS x
          WHERE x.company_id = dunning_step_results.company_id AND x.notice_date >= from_date AND x.notice_date <= to_date
          GROUP BY x.dunning_policy, x.level) AS n
    LEFT JOIN paid AS p ON p.dunning_policy = n.dunning_policy AND p.level = n.level
    ORDER BY n.dunning_policy, n.level;
END;
$$;
COMMENT ON FUNCTION ar.dunning_step_results(bigint, date, date, integer) IS
'What each step of the dunning policies brought: notices from one day to another, what they asked for, what was paid of their items within so many days and before the next notice about them, as a share, and after how many days, weighted by amount. In the currency of the company. Errors: 22023 for no period, 23503 for an unknown company.';
