-- Whom to call first, and what to say ---------------------------------------------------------------

CREATE FUNCTION ar.standard_worklist_rules(OUT "position" integer, OUT grade text, OUT minimum_days_past_due integer,
                                           OUT minimum_late_share numeric, OUT maximum_late_share numeric,
                                           OUT minimum_broken_promises integer, OUT next_action text, OUT uplift numeric)
    RETURNS SETOF record
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    VALUES (1, NULL, 91, NULL::numeric, NULL::numeric, NULL::integer, 'decide on legal action or write-off', 1.0),
           (2, NULL, NULL, NULL, NULL, 1, 'call: a promise was broken; deliver against prepayment only', 1.0),
           (3, 'D', NULL, NULL, NULL, NULL, 'call and propose prepayment', 1.0),
           (4, NULL, NULL, 0.6, NULL, NULL, 'call and propose prepayment', 1.0),
           (5, 'A', NULL, NULL, NULL, NULL, 'friendly reminder by e-mail', 1.0),
           (6, NULL, NULL, NULL, 0.2, NULL, 'friendly reminder by e-mail', 1.0),
           (7, NULL, NULL, NULL, NULL, NULL, 'call and ask for a date of payment', 1.0)
$$;
COMMENT ON FUNCTION ar.standard_worklist_rules() IS
'What to do about an overdue customer where a company has no rules of its own in receivables.worklist_rule.';

CREATE FUNCTION ar.chance_unpaid_by_age(days_past_due integer) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN days_past_due <= 30 THEN 0.3 WHEN days_past_due <= 60 THEN 0.5 WHEN days_past_due <= 90 THEN 0.7 ELSE 0.9 END;
COMMENT ON FUNCTION ar.chance_unpaid_by_age(integer) IS
'The chance that an overdue item is not paid within two weeks by itself, where nothing is known of payments so late: 0.3 up to 30 days past due, 0.5 up to 60, 0.7 up to 90, 0.9 beyond. A convention.';

CREATE FUNCTION ar.worklist(company_id bigint, as_of date DEFAULT ar.as_of(), employee text DEFAULT NULL)
    RETURNS TABLE (rank bigint, customer_id bigint, customer_number text, customer_name text, grade text, owner text, task_id bigint,
                   overdue numeric, chance_unpaid numeric, at_risk numeric, priority numeric, days_past_due integer, level smallint,
                   next_action text, reason text, last_contact_on date)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    decimals CONSTANT integer := ar.company_minor_units(company_id);
BEGIN
    RETURN QUERY
    WITH held AS MATERIALIZED (
        SELECT h.customer_id, h.item_id FROM receivables.dunning_hold AS h
        WHERE h.company_id = worklist.company_id AND h.valid_from <= as_of AND h.valid_to > as_of
    ), excluded AS MATERIALIZED (
        SELECT x.item_id, sum(x.amount) AS amount
        FROM (SELECT d.item_id, d.amount FROM ar.disputed_parts(worklist.company_id, as_of) AS d
              UNION ALL SELECT p.item_id, p.amount FROM ar.promised_parts(worklist.company_id, as_of) AS p) AS x
        GROUP BY x.item_id
    ), item AS MATERIALIZED (
        SELECT o.customer_id, o.item_id, as_of - o.due_on AS days_past_due,
               o.open_company_amount * greatest(o.open_amount - coalesce(e.amount, 0), 0) / o.open_amount AS amount,
               coalesce(1 - p.within_14_days, ar.chance_unpaid_by_age(as_of - o.due_on)) AS chance, d.level
        FROM ar.open_items(as_of, NULL) AS o
        LEFT JOIN ar.payment_outlook(worklist.company_id, as_of) AS p ON p.item_id = o.item_id
        LEFT JOIN excluded AS e ON e.item_id = o.item_id
        LEFT JOIN receivables.item_dunning AS d ON d.company_id = o.company_id AND d.item_id = o.item_id
        WHERE o.company_id = worklist.company_id AND o.is_debit AND o.due_on < as_of AND o.open_amount > 0
          AND NOT EXISTS (SELECT FROM held AS h WHERE h.customer_id = o.customer_id AND (h.item_id IS NULL OR h.item_id = o.item_id))
          AND NOT EXISTS (SELECT FROM receivables.deduction AS k WHERE k.company_id = o.company_id AND k.item_id = o.item_id)
    ), late AS MATERIALIZED (
        SELECT i.customer_id, sum(i.amount) AS overdue, sum(i.amount * i.chance) AS at_risk, max(i.days_past_due) AS days_past_due, max(i.level) AS level
        FROM item AS i WHERE i.amount > 0 GROUP BY i.customer_id
    ), profile AS MATERIALIZED (
        SELECT l.*, c.customer_number, c.name, c.grade, c.salesperson, ar.late_amount_share(b.behavior) AS late_share,
               (SELECT count(*) FROM receivables.promise AS p
                WHERE p.company_id = c.company_id AND p.customer_id = c.customer_id AND p.status = 'broken'
                  AND p.judged_on > as_of - 365 AND p.judged_on <= as_of) AS broken,
               (SELECT max(k.contacted_at)::date FROM receivables.contact AS k
                WHERE k.company_id = c.company_id AND k.customer_id = c.customer_id AND k.contacted_at < as_of + 1) AS last_contact_on
        FROM late AS l
        JOIN receivables.customer AS c ON c.company_id = worklist.company_id AND c.customer_id = l.customer_id
        LEFT JOIN ar.customer_payment_behavior(worklist.company_id, as_of - 364, as_of) AS b ON b.customer_id = l.customer_id
    ), rule AS MATERIALIZED (
        SELECT r.position, r.grade, r.minimum_days_past_due, r.minimum_late_share, r.maximum_late_share, r.minimum_broken_promises, r.next_action, r.uplift
        FROM receivables.worklist_rule AS r WHERE r.company_id = worklist.company_id
        UNION ALL
        SELECT s.* FROM ar.standard_worklist_rules() AS s
        WHERE NOT EXISTS (SELECT FROM receivables.worklist_rule AS r WHERE r.company_id = worklist.company_id)
    ), ranked AS (
        SELECT p.*, t.task_id, coalesce(t.owner, p.salesperson) AS owner, r.next_action, p.at_risk * coalesce(r.uplift, 1) AS priority
        FROM profile AS p
        LEFT JOIN LATERAL (
            SELECT r.* FROM rule AS r
            WHERE (r.grade IS NULL OR r.grade = p.grade) AND (r.minimum_days_past_due IS NULL OR p.days_past_due >= r.minimum_days_past_due)
              AND (r.minimum_late_share IS NULL OR p.late_share >= r.minimum_late_share)
              AND (r.maximum_late_share IS NULL OR p.late_share <= r.maximum_late_share)
              AND (r.minimum_broken_promises IS NULL OR p.broken >= r.minimum_broken_promises)
            ORDER BY r.position LIMIT 1) AS r ON true
        LEFT JOIN LATERAL (
            SELECT k.task_id, k.owner FROM receivables.collection_task AS k
            WHERE k.company_id = worklist.company_id AND k.customer_id = p.customer_id AND k.status = 'open' AND k.opened_on <= as_of
              AND k.task_kind IN ('call', 'follow_up', 'promise_broken')
            ORDER BY k.priority, k.due_on, k.task_id LIMIT 1) AS t ON true
    )
    SELECT row_number() OVER (ORDER BY r.priority DESC, r.overdue DESC, r.customer_id), r.customer_id, r.customer_number, r.name, r.grade, r.owner, r.task_id,
           round(r.overdue, decimals), round(r.at_risk / r.overdue, 6), round(r.at_risk, decimals), round(r.priority, decimals),
           r.days_past_due, r.level, r.next_action,
           concat_ws('; ', format('%s overdue, the oldest %s days', ar.amount_text(r.overdue, decimals), r.days_past_due),
                     format('%s %% likely not to be paid within two weeks by itself', round(100 * r.at_risk / r.overdue)),
                     'paid ' || round(100 * r.late_share) || ' % of the last year late',
                     CASE WHEN r.broken > 0 THEN format('%s promise%s broken in a year', r.broken, CASE WHEN r.broken > 1 THEN 's' ELSE '' END) END),
           r.last_contact_on
    FROM ranked AS r
    WHERE worklist.employee IS NULL OR r.owner = worklist.employee
    ORDER BY 1;
END;
$$;
COMMENT ON FUNCTION ar.worklist(bigint, date, text) IS
'Overdue customers of a company on a day, of all or of one employee, the most worth a call first: priority is the sum over their overdue items of amount x chance that it is not paid within 14 days by itself (ar.payment_outlook; where nothing is known ar.chance_unpaid_by_age), times the uplift of the rule. Disputed and promised parts, deductions and what is on hold are left out. next_action is that of the first rule that fits (receivables.worklist_rule), reason the figures in words; owner has the open task task_id about the customer, or is its salesperson. In the currency of the company. Error 23503 for an unknown company.';

CREATE FUNCTION ar.take_customer(company_id bigint, employee text, as_of date DEFAULT ar.as_of(),
                                 OUT customer_number text, OUT task_id bigint, OUT next_action text, OUT reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    candidate record;
BEGIN
    FOR candidate IN
        -- Those that somebody has are not locked to see so.
        SELECT w.* FROM ar.worklist(take_customer.company_id, take_customer.as_of) AS w
        WHERE NOT EXISTS (
            SELECT FROM receivables.collection_task AS t
            WHERE t.company_id = take_customer.company_id AND t.customer_id = w.customer_id AND t.status = 'open'
              AND t.task_kind IN ('call', 'follow_up', 'promise_broken') AND t.owner IS NOT NULL)
        ORDER BY w.rank
    LOOP
        -- Whoever looks at it at the same time takes the next; what was taken since, is passed over.
        PERFORM FROM receivables.customer AS c
        WHERE c.company_id = take_customer.company_id AND c.customer_id = candidate.customer_id FOR NO KEY UPDATE SKIP LOCKED;
        CONTINUE WHEN NOT FOUND;
        CONTINUE WHEN EXISTS (
            SELECT FROM receivables.collection_task AS t
            WHERE t.company_id = take_customer.company_id AND t.customer_id = candidate.customer_id AND t.status = 'open'
              AND t.task_kind IN ('call', 'follow_up', 'promise_broken') AND t.owner IS NOT NULL);
        IF candidate.task_id IS NOT NULL THEN
            -- Its task may be taken or closed by now, or just be.
            PERFORM FROM receivables.collection_task AS t
            WHERE t.company_id = take_customer.company_id AND t.task_id = candidate.task_id AND t.status = 'open' FOR NO KEY UPDATE SKIP LOCKED;
            CONTINUE WHEN NOT FOUND;
            PERFORM ar.assign_task(take_customer.company_id, candidate.task_id, take_customer.employee, 'taken from the worklist');
            task_id := candidate.task_id;
        ELSE
            task_id := ar.add_task(take_customer.company_id, candidate.customer_id, 'call', candidate.next_action, take_customer.as_of,
                                   candidate.overdue, owner => take_customer.employee, level => candidate.level, opened_on => take_customer.as_of);
        END IF;
        customer_number := candidate.customer_number;
        next_action := candidate.next_action;
        reason := candidate.reason;
        RETURN;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION ar.take_customer(bigint, text, date) IS
'Gives an employee the customer at the top of the worklist whom nobody has a task about, with the task to call; however many ask at once, each gets another. Nulls where there is none. Errors: 23503 for an unknown company or employee.';
