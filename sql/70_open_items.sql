-- What is open -------------------------------------------------------------------

CREATE FUNCTION ar.applied_since(company_id bigint, item_id bigint, is_debit boolean,
                                 as_of date, known_at timestamptz) RETURNS numeric
    LANGUAGE c STABLE PARALLEL SAFE COST 5
    AS 'MODULE_PATHNAME', 'ar_applied_since';
COMMENT ON FUNCTION ar.applied_since(bigint, bigint, boolean, date, timestamptz) IS
'What was applied to an item after as_of, or entered after known_at where that is not null, with the sign of the item''s amount; null for a null item or date. Its cost is understated because ar.open_items calls it for few items.';

CREATE FUNCTION ar.company_amount_applied_since(company_id bigint, item_id bigint, is_debit boolean,
                                                as_of date, known_at timestamptz) RETURNS numeric
    LANGUAGE c STABLE PARALLEL SAFE COST 5
    AS 'MODULE_PATHNAME', 'ar_company_amount_applied_since';
COMMENT ON FUNCTION ar.company_amount_applied_since(bigint, bigint, boolean, date, timestamptz) IS
'As ar.applied_since, in the currency of the company.';

CREATE FUNCTION ar.was_open(company_id bigint, item_id bigint, as_of date, known_at timestamptz) RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 10
    AS 'MODULE_PATHNAME', 'ar_was_open';
COMMENT ON FUNCTION ar.was_open(bigint, bigint, date, timestamptz) IS
'Whether anything of an item was open at a date, as far as was entered by known_at: asked of items that a reversal opened again.';

-- Inlined into the caller's query, which has the caller's search_path: hence the
-- operators' schema. Where known_at is null, as ar.known_at() is unless
-- set, the planner drops what tests it.
-- Only an item that was once reopened can be found closed here.
CREATE FUNCTION ar.open_items(as_of date DEFAULT ar.as_of(), known_at timestamptz DEFAULT ar.known_at())
    RETURNS TABLE (company_id bigint, item_id bigint, customer_id bigint, document_id bigint,
                   kind text, instalment smallint, effective_on date, due_on date, is_debit boolean,
                   currency text, amount numeric, open_amount numeric,
                   company_amount numeric, open_company_amount numeric)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000 AS $$
    SELECT i.company_id, i.item_id, i.customer_id, i.document_id, i.kind, i.instalment, i.effective_on, i.due_on, i.is_debit,
           i.currency, i.amount,
           -- Today's open amount, and what was applied since: nothing, on one day, or on several.
           CASE WHEN i.last_applied_on OPERATOR(pg_catalog.<=) as_of
                  AND (known_at IS NULL OR i.last_applied_at OPERATOR(pg_catalog.<=) known_at)
           THEN i.open_amount
           WHEN i.applied_before_on OPERATOR(pg_catalog.<=) as_of AND known_at IS NULL
           THEN CASE WHEN i.is_debit THEN i.open_amount OPERATOR(pg_catalog.+) i.last_applied_amount
                     ELSE i.open_amount OPERATOR(pg_catalog.-) i.last_applied_amount END
           ELSE i.open_amount OPERATOR(pg_catalog.+)
                ar.applied_since(i.company_id, i.item_id, i.is_debit, as_of, known_at)
           END,
           i.company_amount,
           CASE WHEN i.last_applied_on OPERATOR(pg_catalog.<=) as_of
                  AND (known_at IS NULL OR i.last_applied_at OPERATOR(pg_catalog.<=) known_at)
           THEN i.open_company_amount
           WHEN i.applied_before_on OPERATOR(pg_catalog.<=) as_of AND known_at IS NULL
           THEN CASE WHEN i.is_debit THEN i.open_company_amount OPERATOR(pg_catalog.+) i.last_applied_company_amount
                     ELSE i.open_company_amount OPERATOR(pg_catalog.-) i.last_applied_company_amount END
           ELSE i.open_company_amount OPERATOR(pg_catalog.+)
                ar.company_amount_applied_since(i.company_id, i.item_id, i.is_debit, as_of, known_at)
           END
    FROM receivables.item AS i
    WHERE i.effective_on OPERATOR(pg_catalog.<=) as_of
      AND (i.closed_on OPERATOR(pg_catalog.>) as_of
           OR (known_at IS NOT NULL AND i.last_applied_at OPERATOR(pg_catalog.>) known_at))
      AND (known_at IS NULL OR i.recorded_at OPERATOR(pg_catalog.<=) known_at)
      AND (NOT i.reopened OR ar.was_open(i.company_id, i.item_id, as_of, known_at))
$$;
COMMENT ON FUNCTION ar.open_items(date, timestamptz) IS
'The items that were open at the end of the day as_of, with what was open of each, in its currency and in that of the company: positive debits, negative unapplied credits. Default: ar.as_of() and ar.known_at(). With known_at, as far as had been entered by then, which repeats a report as it was made at that time.';

-- By the index of what is open, which stands by customer for what nothing closed yet.
CREATE FUNCTION ar.open_balances(company_id bigint, customer_ids bigint[], as_of date)
    RETURNS TABLE (customer_id bigint, balance numeric)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off SET enable_nestloop = on AS $$
BEGIN
    RETURN QUERY
    WITH closed_since AS MATERIALIZED (
        SELECT i.customer_id, i.item_id FROM receivables.item AS i
        WHERE i.company_id = open_balances.company_id AND i.closed_on > open_balances.as_of AND i.closed_on < 'infinity'
          AND i.customer_id IN (SELECT w.customer_id FROM unnest(customer_ids) AS w (customer_id))
    ), since AS MATERIALIZED (
        SELECT s.customer_id, sum(o.open_company_amount) AS balance
        FROM closed_since AS s
        CROSS JOIN LATERAL (
            SELECT o.open_company_amount FROM ar.open_items(open_balances.as_of, NULL) AS o
            WHERE o.company_id = open_balances.company_id AND o.item_id = s.item_id OFFSET 0) AS o
        GROUP BY s.customer_id
    )
    SELECT w.customer_id, CASE WHEN s.balance IS NULL THEN b.balance ELSE s.balance + coalesce(b.balance, 0) END
    FROM unnest(customer_ids) AS w (customer_id)
    CROSS JOIN LATERAL (
        -- As ar.open_items has it.
        SELECT sum(CASE WHEN i.last_applied_on <= open_balances.as_of THEN i.open_company_amount
                        WHEN i.applied_before_on <= open_balances.as_of
                        THEN CASE WHEN i.is_debit THEN i.open_company_amount + i.last_applied_company_amount
                                  ELSE i.open_company_amount - i.last_applied_company_amount END
                        ELSE i.open_company_amount
                             + ar.company_amount_applied_since(i.company_id, i.item_id, i.is_debit, open_balances.as_of, NULL) END) AS balance
        FROM receivables.item AS i
        WHERE i.company_id = open_balances.company_id AND i.customer_id = w.customer_id AND i.closed_on = 'infinity'
          AND i.effective_on <= open_balances.as_of
          AND (NOT i.reopened OR ar.was_open(i.company_id, i.item_id, open_balances.as_of, NULL))) AS b
    LEFT JOIN since AS s ON s.customer_id = w.customer_id;
END;
$$;
COMMENT ON FUNCTION ar.open_balances(bigint, bigint[], date) IS
'What customers of a company owe at the end of a day, unapplied credits taken off, in the currency of the company; null where nothing is open. The sum of what ar.open_items tells without known_at.';
