-- What is open, and whether the books are sound ------------------------------

CREATE FUNCTION ar.applied_since(company_id bigint, item_id bigint, is_debit boolean,
                                 as_of date, known_at timestamptz) RETURNS numeric
    LANGUAGE c STABLE PARALLEL SAFE COST 5
    AS 'MODULE_PATHNAME', 'ar_applied_since';
COMMENT ON FUNCTION ar.applied_since(bigint, bigint, boolean, date, timestamptz) IS
'What was applied to an item after as_of, or entered after known_at where that is not null, with the sign of the item''s amount; null for a null item or date. Its cost is understated because ar.open_items calls it for few items.';

-- Inlined into the caller's query, which has the caller's search_path: hence the
-- operators' schema. Where known_at is null the planner drops what tests it.
-- Only an item that was once reopened can be found closed here.
CREATE FUNCTION ar.open_items(as_of date DEFAULT ar.as_of(), known_at timestamptz DEFAULT NULL)
    RETURNS TABLE (company_id bigint, item_id bigint, customer_id bigint, document_id bigint,
                   kind text, effective_on date, due_on date, is_debit boolean, amount numeric, open_amount numeric)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000 AS $$
    SELECT o.company_id, o.item_id, o.customer_id, o.document_id, o.kind, o.effective_on, o.due_on, o.is_debit,
           o.amount, o.open_amount
    FROM (SELECT i.company_id, i.item_id, i.customer_id, i.document_id, i.kind, i.effective_on, i.due_on, i.is_debit, i.amount,
                 i.reopened,
                 -- Today's open amount, and what was applied since: nothing, on one day, or on several.
                 CASE WHEN i.last_applied_on OPERATOR(pg_catalog.<=) as_of
                        AND (known_at IS NULL OR i.last_applied_at OPERATOR(pg_catalog.<=) known_at)
                 THEN i.open_amount
                 WHEN i.applied_before_on OPERATOR(pg_catalog.<=) as_of AND known_at IS NULL
                 THEN CASE WHEN i.is_debit THEN i.open_amount OPERATOR(pg_catalog.+) i.last_applied_amount
                           ELSE i.open_amount OPERATOR(pg_catalog.-) i.last_applied_amount END
                 ELSE i.open_amount OPERATOR(pg_catalog.+)
                      ar.applied_since(i.company_id, i.item_id, i.is_debit, as_of, known_at)
                 END AS open_amount
          FROM receivables.item AS i
          WHERE i.effective_on OPERATOR(pg_catalog.<=) as_of
            AND (i.closed_on OPERATOR(pg_catalog.>) as_of
                 OR (known_at IS NOT NULL AND i.last_applied_at OPERATOR(pg_catalog.>) known_at))
            AND (known_at IS NULL OR i.recorded_at OPERATOR(pg_catalog.<=) known_at)) AS o
    WHERE NOT o.reopened OR o.open_amount OPERATOR(pg_catalog.<>) 0::pg_catalog.numeric
$$;
COMMENT ON FUNCTION ar.open_items(date, timestamptz) IS
'The items that were open at the end of the day as_of, with what was open of each: positive debits, negative unapplied credits. Default: ar.as_of(). With known_at, as far as had been entered by then, which repeats a report as it was made at that time.';

CREATE FUNCTION ar.check_ledger()
    RETURNS TABLE (company_id bigint, invariant text, object text, detail text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM ar.require_ledger();

    -- Items against the applications that are to have made them what they are.
    RETURN QUERY
    WITH movement AS (
        SELECT a.company_id, a.debit_item_id AS item_id, a.amount, a.effective_on, a.recorded_at
        FROM receivables.application AS a
        UNION ALL
        SELECT a.company_id, a.credit_item_id, a.amount, a.effective_on, a.recorded_at
        FROM receivables.application AS a
    ), applied AS (
        SELECT m.company_id, m.item_id, sum(m.amount) AS amount, max(m.effective_on) AS last_applied_on,
               max(m.recorded_at) AS last_applied_at, min(m.effective_on) AS first_applied_on,
               min(m.recorded_at) AS first_applied_at, bool_or(m.amount < 0) AS reopened,
               sum(m.amount) FILTER (WHERE m.effective_on = m.last_on) AS last_amount,
               max(m.effective_on) FILTER (WHERE m.effective_on < m.last_on) AS before_on
        FROM (SELECT x.*, max(x.effective_on) OVER (PARTITION BY x.company_id, x.item_id) AS last_on
              FROM movement AS x) AS m
        GROUP BY m.company_id, m.item_id
    ), item AS (
        SELECT i.*, i.amount - sign(i.amount) * coalesce(a.amount, 0) AS expected_open,
               coalesce(a.last_applied_on, '-infinity') AS expected_on,
               coalesce(a.last_applied_at, '-infinity') AS expected_at,
               coalesce(a.last_amount, 0) AS expected_amount, coalesce(a.before_on, '-infinity') AS expected_before,
               a.first_applied_on, a.first_applied_at, coalesce(a.reopened, false) AS expected_reopened
        FROM receivables.item AS i
        LEFT JOIN applied AS a ON a.company_id = i.company_id AND a.item_id = i.item_id
    )
    SELECT i.company_id, v.invariant, 'item ' || i.item_id, v.detail
    FROM item AS i
    CROSS JOIN LATERAL (VALUES
        ('open amount is amount less applications', i.open_amount <> i.expected_open,
         format('open_amount is %s, should be %s', i.open_amount, i.expected_open)),
        ('open amount lies between zero and amount',
         i.expected_open NOT BETWEEN least(i.amount, 0) AND greatest(i.amount, 0),
         format('applications leave %s of %s', i.expected_open, i.amount)),
        ('closing date is that of the last application',
         i.closed_on <> CASE WHEN i.expected_open = 0 THEN i.expected_on ELSE 'infinity' END,
         format('closed_on is %s, the last application of %s', i.closed_on, i.expected_on)),
        ('last application is remembered',
         (i.last_applied_on, i.last_applied_at, i.last_applied_amount, i.applied_before_on)
         <> (i.expected_on, i.expected_at, i.expected_amount, i.expected_before),
         format('last_applied_on is %s, should be %s; last_applied_at is %s, should be %s; '
                'last_applied_amount is %s, should be %s; applied_before_on is %s, should be %s',
                i.last_applied_on, i.expected_on, i.last_applied_at, i.expected_at,
                i.last_applied_amount, i.expected_amount, i.applied_before_on, i.expected_before)),
        ('a reversal is remembered', i.reopened <> i.expected_reopened,
         format('reopened is %s, should be %s', i.reopened, i.expected_reopened)),
        ('nothing is applied before the item counts', i.first_applied_on < i.effective_on,
         format('effective from %s, first applied on %s', i.effective_on, i.first_applied_on)),
        ('nothing is applied before the item is entered', i.first_applied_at < i.recorded_at,
         format('entered at %s, first applied at %s', i.recorded_at, i.first_applied_at))
    ) AS v (invariant, broken, detail)
    WHERE v.broken;

    -- Whatever was reversed later: no more applied than the item, at no date.
    RETURN QUERY
    SELECT DISTINCT r.company_id, 'never more is applied than the item', 'item ' || r.item_id,
           format('%s applied of %s on %s', r.applied, abs(r.amount), r.effective_on)
    FROM (SELECT i.company_id, i.item_id, i.amount, m.effective_on,
                 sum(m.amount) OVER (PARTITION BY i.company_id, i.item_id ORDER BY m.effective_on) AS applied
          FROM (SELECT DISTINCT x.company_id, y.item_id
                FROM receivables.application AS x,
                     LATERAL (VALUES (x.debit_item_id), (x.credit_item_id)) AS y (item_id)
                WHERE x.reverses_application_id IS NOT NULL) AS reversed
          JOIN receivables.item AS i ON i.company_id = reversed.company_id AND i.item_id = reversed.item_id
          JOIN receivables.application AS m ON m.company_id = i.company_id
               AND (m.debit_item_id = i.item_id OR m.credit_item_id = i.item_id)) AS r
    WHERE r.applied NOT BETWEEN 0 AND abs(r.amount);

    -- Applications against the items and the applications they name.
    RETURN QUERY
    SELECT a.company_id, v.invariant, 'application ' || a.application_id, v.detail
    FROM receivables.application AS a
    LEFT JOIN receivables.item AS d ON d.company_id = a.company_id AND d.item_id = a.debit_item_id
    LEFT JOIN receivables.item AS c ON c.company_id = a.company_id AND c.item_id = a.credit_item_id
    LEFT JOIN receivables.application AS o
           ON o.company_id = a.company_id AND o.application_id = a.reverses_application_id
    CROSS JOIN LATERAL (VALUES
        ('an application settles a debit with a credit', (d.amount > 0 AND c.amount < 0) IS NOT TRUE,
         format('debit item %s of %s, credit item %s of %s', d.item_id, d.amount, c.item_id, c.amount)),
        ('an application stays with one customer', d.customer_id <> c.customer_id,
         format('debit of customer %s, credit of customer %s', d.customer_id, c.customer_id)),
        ('a reversal mirrors its application',
         a.reverses_application_id IS NOT NULL
         AND (o.debit_item_id, o.credit_item_id, -o.amount, o.reverses_application_id)
             IS DISTINCT FROM (a.debit_item_id, a.credit_item_id, a.amount, NULL::bigint)
         OR o.effective_on > a.effective_on,
         format('reverses application %s of %s on %s with %s on %s',
                o.application_id, o.amount, o.effective_on, a.amount, a.effective_on))
    ) AS v (invariant, broken, detail)
    WHERE v.broken;

    -- Documents against the items they posted.
    RETURN QUERY
    SELECT d.company_id, v.invariant, d.kind || ' ' || d.document_number, v.detail
    FROM receivables.document AS d
    JOIN receivables.company AS co ON co.company_id = d.company_id
    JOIN receivables.currency AS u ON u.currency = co.currency
    LEFT JOIN (SELECT i.company_id, i.document_id, sum(i.amount) AS amount, max(scale(trim_scale(i.amount))) AS scale
               FROM receivables.item AS i GROUP BY i.company_id, i.document_id) AS posted
           ON posted.company_id = d.company_id AND posted.document_id = d.document_id
    CROSS JOIN LATERAL (VALUES
        ('a document posts items of its amount',
         posted.amount IS DISTINCT FROM CASE d.kind WHEN 'invoice' THEN d.amount ELSE -d.amount END,
         format('amount is %s, items come to %s', d.amount, posted.amount)),
        ('amounts have the decimals of the currency',
         greatest(posted.scale, scale(trim_scale(d.amount))) > u.minor_units,
         format('amount is %s, %s has %s decimals', d.amount, co.currency, u.minor_units))
    ) AS v (invariant, broken, detail)
    WHERE v.broken;

    -- The guards themselves.
    RETURN QUERY
    SELECT NULL::bigint, 'guards are in place', 'table ' || g.table_name,
           format('trigger %s is %s; SELECT ar.upgrade_ledger() puts it back', g.trigger_name,
                  CASE WHEN t.tgname IS NULL THEN 'missing' ELSE 'disabled' END)
    FROM (VALUES
        ('company', 'company_currency_stays'), ('currency', 'currency_decimals_stay'),
        ('document', 'document_append_only'), ('document', 'document_no_truncate'),
        ('document', 'document_recorded_now'), ('document', 'document_amount_in_currency'),
        ('item', 'item_append_only'), ('item', 'item_kept_by_applications'), ('item', 'item_no_truncate'),
        ('item', 'item_recorded_now'), ('item', 'item_starts_open'), ('item', 'item_amount_in_currency'),
        ('application', 'application_append_only'), ('application', 'application_no_truncate'),
        ('application', 'application_recorded_now'), ('application', 'application_amount_in_currency'),
        ('application', 'application_settles_items')
    ) AS g (table_name, trigger_name)
    LEFT JOIN pg_trigger AS t ON t.tgrelid = ('receivables.' || g.table_name)::regclass AND t.tgname = g.trigger_name
    WHERE t.tgname IS NULL OR t.tgenabled NOT IN ('O', 'A')
    ORDER BY g.table_name, g.trigger_name;
END;
$$;
COMMENT ON FUNCTION ar.check_ledger() IS
'One row for each broken invariant of the books, none where they are sound: company, what should hold, of which object, what was found. Reads everything. Error 55000 without books.';
