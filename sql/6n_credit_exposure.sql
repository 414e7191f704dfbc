-- Credit exposure against limits ------------------------------------------------------
--
-- Two layers, both inlined into the caller's query, which has the caller's
-- search_path: hence the operators' schema. Everything is looked up customer by
-- customer, so that one customer costs the same in a small book and in a large one.

CREATE FUNCTION ar.customer_exposures(as_of date DEFAULT ar.as_of(), known_at timestamptz DEFAULT ar.known_at())
    RETURNS TABLE (company_id bigint, customer_id bigint, parent_customer_id bigint, is_grouped boolean, currency text,
                   minor_units integer, deposit_percent numeric, credit_limit numeric, effective_limit numeric,
                   open_debits numeric, delivered_orders numeric, open_orders numeric, unapplied_amount numeric,
                   overdue numeric, days_past_due integer, deposits numeric, deposits_ordered numeric)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000 AS $$
    SELECT c.company_id, c.customer_id, c.parent_customer_id,
           c.parent_customer_id IS NOT NULL
           OR EXISTS (SELECT FROM receivables.customer AS k
                      WHERE k.company_id OPERATOR(pg_catalog.=) c.company_id
                        AND k.parent_customer_id OPERATOR(pg_catalog.=) c.customer_id),
           co.currency, u.minor_units::pg_catalog.int4,
           CASE WHEN COALESCE(p.deposits_required, true) THEN COALESCE(g.deposit_percent, 0) ELSE 0 END,
           c.credit_limit,
           CASE WHEN t.amount IS NOT NULL THEN t.amount
                WHEN c.credit_limit IS NOT NULL THEN c.credit_limit
                WHEN p.limit_without_value OPERATOR(pg_catalog.=) 'none' THEN 0
                WHEN p.limit_without_value OPERATOR(pg_catalog.=) 'unlimited' THEN NULL
                ELSE g.maximum_limit END,
           i.debits OPERATOR(pg_catalog.+) l.debits, o.delivered, o.ordered, i.credits, i.overdue,
           as_of OPERATOR(pg_catalog.-) i.oldest_due_on, i.deposits, o.deposits
    FROM receivables.customer AS c
    JOIN receivables.company AS co ON co.company_id OPERATOR(pg_catalog.=) c.company_id
    JOIN receivables.currency AS u ON u.currency OPERATOR(pg_catalog.=) co.currency
    LEFT JOIN receivables.credit_policy AS p ON p.company_id OPERATOR(pg_catalog.=) c.company_id
    LEFT JOIN receivables.credit_grade AS g
        ON g.company_id OPERATOR(pg_catalog.=) c.company_id AND g.grade OPERATOR(pg_catalog.=) c.grade
    LEFT JOIN LATERAL (
        SELECT x.amount FROM receivables.temporary_limit AS x
        WHERE x.company_id OPERATOR(pg_catalog.=) c.company_id AND x.customer_id OPERATOR(pg_catalog.=) c.customer_id
          AND x.valid_from OPERATOR(pg_catalog.<=) as_of AND x.valid_through OPERATOR(pg_catalog.>=) as_of
        ORDER BY x.temporary_limit_id DESC LIMIT 1) AS t ON true
    CROSS JOIN LATERAL (
        SELECT COALESCE(pg_catalog.sum(x.open_company_amount) FILTER (WHERE x.is_debit), 0) AS debits,
               COALESCE(pg_catalog.sum(x.open_company_amount) FILTER (WHERE NOT x.is_debit), 0) AS credits,
               COALESCE(pg_catalog.sum(x.open_company_amount)
                        FILTER (WHERE x.is_debit AND x.due_on OPERATOR(pg_catalog.<) as_of), 0) AS overdue,
               pg_catalog.min(x.due_on) FILTER (WHERE x.is_debit AND x.due_on OPERATOR(pg_catalog.<) as_of) AS oldest_due_on,
               COALESCE(pg_catalog.sum(OPERATOR(pg_catalog.-) x.open_company_amount)
                        FILTER (WHERE NOT x.is_debit AND x.kind OPERATOR(pg_catalog.=) ANY ('{payment,deposit}'::pg_catalog.text[])),
                        0) AS deposits
        FROM ar.open_items(as_of, known_at) AS x
        WHERE x.company_id OPERATOR(pg_catalog.=) c.company_id AND x.customer_id OPERATOR(pg_catalog.=) c.customer_id) AS i
    -- What is billed ahead is owed from its date on, but is lent now.
    CROSS JOIN LATERAL (
        SELECT COALESCE(pg_catalog.sum(x.open_company_amount), 0) AS debits
        FROM receivables.item AS x
        WHERE x.company_id OPERATOR(pg_catalog.=) c.company_id AND x.customer_id OPERATOR(pg_catalog.=) c.customer_id
          AND x.effective_on OPERATOR(pg_catalog.>) as_of AND x.is_debit
          AND as_of OPERATOR(pg_catalog.>=) CURRENT_DATE AND known_at IS NULL) AS l
    CROSS JOIN LATERAL (
        SELECT COALESCE(pg_catalog.sum(v.amount) FILTER (WHERE x.status OPERATOR(pg_catalog.=) 'delivered'), 0) AS delivered,
               COALESCE(pg_catalog.sum(v.amount) FILTER (
                   WHERE x.status OPERATOR(pg_catalog.<>) 'delivered'
                     AND ar.order_counts(x.delivery_date, as_of, p.order_horizon_days)), 0) AS ordered,
               COALESCE(pg_catalog.sum(pg_catalog.round(x.deposit_amount OPERATOR(pg_catalog.*) x.exchange_rate,
                                                        u.minor_units::pg_catalog.int4)), 0) AS deposits
        FROM receivables.sales_order AS x
        CROSS JOIN LATERAL (SELECT ar.order_value(x.amount, x.invoiced_amount, x.company_amount,
                                                  u.minor_units::pg_catalog.int4) AS amount) AS v
        WHERE x.company_id OPERATOR(pg_catalog.=) c.company_id AND x.customer_id OPERATOR(pg_catalog.=) c.customer_id
          AND x.status OPERATOR(pg_catalog.=) ANY ('{reserved,open,delivered}'::pg_catalog.text[])
          AND x.amount OPERATOR(pg_catalog.>) x.invoiced_amount
          AND (x.order_date OPERATOR(pg_catalog.<=) as_of OR as_of OPERATOR(pg_catalog.>=) CURRENT_DATE)) AS o
$$;
COMMENT ON FUNCTION ar.customer_exposures(date, timestamptz) IS
'The parts of the exposure of each customer at the end of the day as_of, and the limit that holds then, without its group: what ar.credit_positions is made of. deposits are unapplied payments and deposits, deposits_ordered what open orders need of them; is_grouped where it has a parent or children.';

CREATE FUNCTION ar.order_counts(delivery_date date, as_of date, horizon_days integer) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN delivery_date IS NULL OR horizon_days IS NULL OR delivery_date <= as_of + horizon_days;
COMMENT ON FUNCTION ar.order_counts(date, date, integer) IS
'Whether an order that is not delivered counts as exposure at a date: it is to be delivered within the horizon, overdue deliveries included, or nobody knows when, or there is no horizon.';

CREATE FUNCTION ar.order_value(amount numeric, invoiced_amount numeric, company_amount numeric, minor_units integer)
    RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN invoiced_amount = 0 THEN company_amount
                WHEN invoiced_amount >= amount THEN 0
                ELSE round(company_amount * (amount - invoiced_amount) / amount, minor_units) END;
COMMENT ON FUNCTION ar.order_value(numeric, numeric, numeric, integer) IS
'What is not invoiced of an order, in the currency of the company: in proportion to its amount, rounded; 0 where it is invoiced in full or beyond.';

CREATE FUNCTION ar.credit_positions(as_of date DEFAULT ar.as_of(), known_at timestamptz DEFAULT ar.known_at())
    RETURNS TABLE (company_id bigint, customer_id bigint, parent_customer_id bigint, currency text, minor_units integer,
                   credit_limit numeric, effective_limit numeric, open_debits numeric, delivered_orders numeric,
                   open_orders numeric, unapplied_amount numeric, exposure numeric, utilisation numeric, headroom numeric,
                   over_limit boolean, group_limit numeric, group_exposure numeric, insured_amount numeric, overdue numeric,
                   days_past_due integer, deposit_percent numeric, deposits numeric, deposits_ordered numeric,
                   hold_state text, holds text[], released_holds text[], releases text[])
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000 AS $$
    SELECT e.company_id, e.customer_id, e.parent_customer_id, e.currency, e.minor_units,
           pg_catalog.round(e.credit_limit, e.minor_units), pg_catalog.round(e.effective_limit, e.minor_units),
           pg_catalog.round(e.open_debits, e.minor_units), pg_catalog.round(e.delivered_orders, e.minor_units),
           pg_catalog.round(e.open_orders, e.minor_units), pg_catalog.round(e.unapplied_amount, e.minor_units),
           pg_catalog.round(x.exposure, e.minor_units),
           CASE WHEN e.effective_limit OPERATOR(pg_catalog.>) 0
                THEN pg_catalog.round(x.exposure OPERATOR(pg_catalog./) e.effective_limit, 6) END,
           pg_catalog.round(LEAST(e.effective_limit OPERATOR(pg_catalog.-) x.exposure,
                                  n.credit_limit OPERATOR(pg_catalog.-) n.exposure), e.minor_units),
           o.over_limit, pg_catalog.round(n.credit_limit, e.minor_units), pg_catalog.round(n.exposure, e.minor_units),
           pg_catalog.round(s.amount, e.minor_units), pg_catalog.round(e.overdue, e.minor_units), e.days_past_due,
           e.deposit_percent, e.deposits, e.deposits_ordered,
           CASE WHEN NOT h.kinds OPERATOR(pg_catalog.<@) r.kinds THEN 'held'
                WHEN h.kinds OPERATOR(pg_catalog.<>) '{}' THEN 'released' ELSE 'none' END,
           ARRAY(SELECT k FROM pg_catalog.unnest(h.kinds) AS k WHERE k OPERATOR(pg_catalog.<>) ALL (r.kinds)),
           ARRAY(SELECT k FROM pg_catalog.unnest(h.kinds) AS k WHERE k OPERATOR(pg_catalog.=) ANY (r.kinds)),
           r.kinds
    FROM ar.customer_exposures(as_of, known_at) AS e
    LEFT JOIN receivables.credit_policy AS p ON p.company_id OPERATOR(pg_catalog.=) e.company_id
    CROSS JOIN LATERAL (
        SELECT e.open_debits OPERATOR(pg_catalog.+) e.delivered_orders OPERATOR(pg_catalog.+) e.open_orders
               OPERATOR(pg_catalog.+) e.unapplied_amount AS exposure,
               COALESCE(e.parent_customer_id, e.customer_id) AS parent_id) AS x
    CROSS JOIN LATERAL (
        SELECT pg_catalog.sum(m.open_debits OPERATOR(pg_catalog.+) m.delivered_orders OPERATOR(pg_catalog.+) m.open_orders
                              OPERATOR(pg_catalog.+) m.unapplied_amount) AS exposure,
               pg_catalog.max(m.effective_limit) FILTER (WHERE m.customer_id OPERATOR(pg_catalog.=) x.parent_id) AS credit_limit
        FROM ar.customer_exposures(as_of, known_at) AS m
        WHERE m.company_id OPERATOR(pg_catalog.=) e.company_id AND e.is_grouped
          AND (m.customer_id OPERATOR(pg_catalog.=) x.parent_id OR m.parent_customer_id OPERATOR(pg_catalog.=) x.parent_id)) AS n
    CROSS JOIN LATERAL (
        SELECT COALESCE(x.exposure OPERATOR(pg_catalog.>) e.effective_limit, false)
               OR COALESCE(n.exposure OPERATOR(pg_catalog.>) n.credit_limit, false) AS over_limit) AS o
    CROSS JOIN LATERAL (
        SELECT COALESCE(pg_catalog.sum(y.amount), 0) AS amount FROM receivables.credit_insurance AS y
        WHERE y.company_id OPERATOR(pg_catalog.=) e.company_id AND y.customer_id OPERATOR(pg_catalog.=) e.customer_id
          AND y.valid_from OPERATOR(pg_catalog.<=) as_of AND y.valid_through OPERATOR(pg_catalog.>=) as_of) AS s
    CROSS JOIN LATERAL (
        SELECT pg_catalog.array_remove(ARRAY[
            CASE WHEN EXISTS (SELECT FROM receivables.credit_hold AS y
                              WHERE y.company_id OPERATOR(pg_catalog.=) e.company_id
                                AND y.customer_id OPERATOR(pg_catalog.=) e.customer_id
                                AND y.valid_from OPERATOR(pg_catalog.<=) as_of
                                AND y.valid_through OPERATOR(pg_catalog.>=) as_of) THEN 'manual' END,
            CASE WHEN e.days_past_due OPERATOR(pg_catalog.>) p.hold_overdue_days THEN 'overdue_days' END,
            CASE WHEN e.overdue OPERATOR(pg_catalog.>) p.hold_overdue_amount THEN 'overdue_amount' END,
            CASE WHEN o.over_limit AND COALESCE(p.hold_over_limit, true) THEN 'over_limit' END], NULL) AS kinds) AS h
    CROSS JOIN LATERAL (
        SELECT COALESCE(pg_catalog.array_agg(k), '{}') AS kinds
        FROM receivables.credit_release AS y, pg_catalog.unnest(y.hold_kinds) AS k
        WHERE y.company_id OPERATOR(pg_catalog.=) e.company_id AND y.customer_id OPERATOR(pg_catalog.=) e.customer_id
          AND y.valid_from OPERATOR(pg_catalog.<=) as_of AND y.valid_through OPERATOR(pg_catalog.>=) as_of) AS r
$$;
COMMENT ON FUNCTION ar.credit_positions(date, timestamptz) IS
'Exposure of each customer at the end of the day as_of against its limit and that of its group, with its holds: what view receivables.credit_exposure shows, whose columns say what they are. deposits are unapplied payments and deposits, deposits_ordered what open orders need of them, deposit_percent what new ones do; releases are the kinds of hold that would not count. Exposure = open items + orders not invoiced within the horizon - unapplied cash and credits (SAP dynamic credit check).';

CREATE FUNCTION ar.credit_exposure(company_id bigint, customer_id bigint, as_of date DEFAULT ar.as_of(),
                                   OUT currency text, OUT credit_limit numeric, OUT effective_limit numeric,
                                   OUT open_debits numeric, OUT delivered_orders numeric, OUT open_orders numeric,
                                   OUT unapplied_amount numeric, OUT exposure numeric, OUT utilisation numeric,
                                   OUT headroom numeric, OUT over_limit boolean, OUT group_limit numeric,
                                   OUT group_exposure numeric, OUT insured_amount numeric, OUT overdue numeric,
                                   OUT days_past_due integer, OUT hold_state text, OUT holds text[], OUT released_holds text[])
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    SELECT p.currency, p.credit_limit, p.effective_limit, p.open_debits, p.delivered_orders, p.open_orders,
           p.unapplied_amount, p.exposure, p.utilisation, p.headroom, p.over_limit, p.group_limit, p.group_exposure,
           p.insured_amount, p.overdue, p.days_past_due, p.hold_state, p.holds, p.released_holds
    INTO currency, credit_limit, effective_limit, open_debits, delivered_orders, open_orders, unapplied_amount, exposure,
         utilisation, headroom, over_limit, group_limit, group_exposure, insured_amount, overdue, days_past_due, hold_state,
         holds, released_holds
    FROM ar.credit_positions(credit_exposure.as_of) AS p
    WHERE p.company_id = credit_exposure.company_id AND p.customer_id = credit_exposure.customer_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'customer % does not exist', coalesce(customer_id::text, 'null') USING ERRCODE = 'foreign_key_violation';
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.credit_exposure(bigint, bigint, date) IS
'Exposure of one customer at a date against its limit, as view receivables.credit_exposure shows of all, in the currency of the company. Error 23503 where there is no such customer.';
