-- Import: what rows make use of, and what the books hold of it --------------------

CREATE FUNCTION ar.import_features(kind text, source text, rows jsonb,
                                   OUT total bigint, OUT features text[])
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    SET max_parallel_workers_per_gather = 0 SET synchronize_seqscans = off AS $$
DECLARE
    present text[];
BEGIN
    SELECT array_agg(format('CASE WHEN count(nullif(btrim(s.%I), %L)) > 0 THEN %L END', 'raw_' || f.field, '', f.field))
    INTO present
    FROM ar.import_fields(kind) AS f WHERE NOT f.required AND f.field <> kind || '_number';
    IF kind = ANY (ar.document_kinds()) THEN
        present := present || format('CASE WHEN count(s.%I) < count(*) THEN ''unnumbered'' END', kind || '_number')::text;
    END IF;
    IF kind = 'customer' THEN
        -- Also where a row takes the parent away.
        present := present || 'CASE WHEN bool_or(s.given_parent_number) THEN ''parent_number'' END'::text;
    END IF;
    IF kind = 'invoice' THEN
        present := present || 'CASE WHEN count(s.due_date) < count(*) THEN ''undated'' END'::text;
    END IF;
    EXECUTE format('SELECT count(*), array_remove(ARRAY[%s]::text[], NULL) FROM (%s) AS s',
                   array_to_string(present, ', '), source)
    INTO total, features USING NULL::bigint, rows;
END;
$$;
COMMENT ON FUNCTION ar.import_features(text, text, jsonb) IS
'How many rows there are, and which optional fields at least one of them gives; also unnumbered where a document has no number, undated where an invoice has no due date.';

CREATE FUNCTION ar.import_resolved_application(source text, features text[]) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT replace(replace($query$
        SELECT s.*, l.debit_kind AS found_debit_kind, l.debit_number AS found_debit_number, l.credit_kind AS found_credit_kind,
               l.credit_number AS found_credit_number, l.debits, l.credits,
               dd.document_id AS debit_document_id, dd.customer_id AS debit_customer_id, dd.currency AS debit_currency,
               cd.customer_id AS credit_customer_id, cd.currency AS credit_currency, u.minor_units,
               ci.item_id AS credit_item_id, ci.effective_on AS credit_effective_on,
               CASE WHEN ci.reopened AND s.application_date IS NOT NULL
                    THEN (ar.open_from($1, ci.item_id, s.application_date)).amount ELSE abs(ci.open_amount) END AS credit_open,
               CASE WHEN ci.reopened THEN ci.last_applied_on END AS credit_reopened_on,
               k.application_id AS known_id,
               (k.document_id, k.credit_item_id, k.amount, k.effective_on) IS NOT DISTINCT FROM
               (dd.document_id, ci.item_id, s.amount, coalesce(s.application_date, k.effective_on)) AS known_same
        FROM (SOURCE) AS s
        CROSS JOIN LATERAL (
            SELECT CASE WHEN s.invoice_number IS NULL THEN s.debit_kind ELSE 'invoice' END AS debit_kind,
                   coalesce(s.invoice_number, s.debit_number) AS debit_number,
                   CASE WHEN s.payment_number IS NOT NULL THEN 'payment'
                        WHEN s.credit_note_number IS NOT NULL THEN 'credit_note' ELSE s.credit_kind END AS credit_kind,
                   coalesce(s.payment_number, s.credit_note_number, s.credit_number) AS credit_number,
                   num_nonnulls(s.invoice_number, s.debit_number) AS debits,
                   num_nonnulls(s.payment_number, s.credit_note_number, s.credit_number) AS credits) AS l
        LEFT JOIN receivables.document AS dd
            ON dd.company_id = $1 AND dd.kind = l.debit_kind AND dd.document_number = l.debit_number
        LEFT JOIN receivables.currency AS u ON u.currency = dd.currency
        LEFT JOIN receivables.document AS cd
            ON cd.company_id = $1 AND cd.kind = l.credit_kind AND cd.document_number = l.credit_number
        LEFT JOIN receivables.item AS ci ON ci.company_id = $1 AND ci.document_id = cd.document_id
        LEFT JOIN KNOWN AS k ON k.company_id = $1 AND k.idempotency_key = s.idempotency_key
        $query$, 'SOURCE', source), 'KNOWN', CASE WHEN 'idempotency_key' = ANY (features) THEN $known$
            LATERAL (SELECT a.company_id, a.idempotency_key, min(a.application_id) AS application_id, i.document_id,
                            a.credit_item_id, sum(a.amount) AS amount, a.effective_on
                     FROM receivables.application AS a
                     JOIN receivables.item AS i ON i.company_id = a.company_id AND i.item_id = a.debit_item_id
                     WHERE a.company_id = $1 AND a.idempotency_key = s.idempotency_key
                     GROUP BY a.company_id, a.idempotency_key, i.document_id, a.credit_item_id, a.effective_on)$known$
            ELSE $known$
            (SELECT NULL::bigint AS company_id, NULL::text AS idempotency_key, NULL::bigint AS application_id,
                    NULL::bigint AS document_id, NULL::bigint AS credit_item_id, NULL::numeric AS amount,
                    NULL::date AS effective_on WHERE false)$known$ END)
$function$;
COMMENT ON FUNCTION ar.import_resolved_application(text, text[]) IS
'The query that joins rows of applications to the documents they name in the books of company $1 and to what was applied before with the same idempotency key.';

-- A row that names an instalment settles that item; the others run over what is
-- left of the document, oldest due first: payments before credit notes.
CREATE FUNCTION ar.import_allocated(resolved text) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT replace($query$
        WITH r AS MATERIALIZED (RESOLVED),
        item AS MATERIALIZED (
            SELECT i.document_id, i.item_id, i.instalment, i.due_on, i.effective_on,
                   CASE WHEN i.reopened THEN (ar.open_from($1, i.item_id, greatest(x.application_date, i.effective_on))).amount
                        ELSE abs(i.open_amount) END AS open_amount,
                   CASE WHEN i.reopened THEN i.last_applied_on END AS reopened_on
            FROM (SELECT r.debit_document_id, min(coalesce(r.application_date, 'infinity')) AS application_date
                  FROM r WHERE r.debit_document_id IS NOT NULL GROUP BY r.debit_document_id) AS x
            JOIN receivables.item AS i ON i.company_id = $1 AND i.document_id = x.debit_document_id
        ), named AS MATERIALIZED (
            SELECT r.row_number, i.item_id, i.open_amount, r.amount,
                   sum(r.amount) OVER (PARTITION BY i.item_id ORDER BY r.row_number) AS upto
            FROM r JOIN item AS i ON i.document_id = r.debit_document_id AND i.instalment = r.instalment
            WHERE r.known_id IS NULL AND r.amount < 'Infinity'
        ), room AS MATERIALIZED (
            SELECT i.document_id, i.item_id, i.amount,
                   sum(i.amount) OVER (PARTITION BY i.document_id ORDER BY i.due_on, i.instalment) AS upto,
                   sum(i.amount) OVER (PARTITION BY i.document_id) AS total
            FROM (SELECT i.document_id, i.item_id, i.instalment, i.due_on,
                         greatest(i.open_amount - coalesce(n.amount, 0), 0) AS amount
                  FROM item AS i
                  LEFT JOIN (SELECT n.item_id, sum(n.amount) AS amount FROM named AS n GROUP BY n.item_id) AS n
                      ON n.item_id = i.item_id) AS i
        ), run AS MATERIALIZED (
            SELECT r.row_number, r.debit_document_id, r.amount,
                   sum(r.amount) OVER (PARTITION BY r.debit_document_id
                                       ORDER BY r.found_credit_kind = 'credit_note', r.row_number) AS upto
            FROM r WHERE r.known_id IS NULL AND r.instalment IS NULL AND r.amount < 'Infinity'
        ), part AS (
            SELECT n.row_number, n.item_id, n.amount, n.upto, n.open_amount FROM named AS n
            UNION ALL
            SELECT u.row_number, m.item_id, least(u.upto, m.upto) - greatest(u.upto - u.amount, m.upto - m.amount),
                   u.upto, m.total
            FROM run AS u
            JOIN room AS m ON m.document_id = u.debit_document_id AND m.amount > 0
                 AND m.upto > u.upto - u.amount AND m.upto - m.amount < u.upto
            UNION ALL
            -- What finds no room at all is kept, to be refused.
            SELECT u.row_number, min(m.item_id), u.amount, u.upto, max(m.total)
            FROM run AS u JOIN room AS m ON m.document_id = u.debit_document_id
            WHERE u.upto - u.amount >= m.total
            GROUP BY u.row_number, u.amount, u.upto
        )
        SELECT r.*, p.item_id AS debit_item_id, coalesce(p.amount, r.amount) AS part_amount,
               p.open_amount AS debit_open, p.upto AS debit_applied,
               coalesce(r.application_date, greatest(i.effective_on, i.reopened_on, r.credit_effective_on, r.credit_reopened_on))
               AS effective_on,
               greatest(i.effective_on, r.credit_effective_on) AS earliest_date,
               sum(coalesce(p.amount, r.amount)) FILTER (WHERE r.known_id IS NULL AND r.amount < 'Infinity')
                   OVER (PARTITION BY r.credit_item_id ORDER BY r.row_number, p.item_id) AS credit_applied
        FROM r
        LEFT JOIN part AS p ON p.row_number = r.row_number
        LEFT JOIN item AS i ON i.item_id = p.item_id
        $query$, 'RESOLVED', resolved)
$function$;
COMMENT ON FUNCTION ar.import_allocated(text) IS
'The query that spreads rows of applications over the items of the documents they name: one row for each item that is settled.';

CREATE FUNCTION ar.import_resolved_document(kind text, source text, features text[]) RETURNS text
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    columns text := '';
    joins   text := '';
    same    text := coalesce((SELECT string_agg(format(' AND k.%1$I IS NOT DISTINCT FROM s.%1$I', f.field), '')
                              FROM ar.import_fields(kind) AS f WHERE f.field IN ('tax_amount', 'order_reference', 'reason')), '');
    due_on  text := CASE WHEN kind = 'invoice' THEN 's.due_date'
                         WHEN kind = 'opening_balance' THEN 'coalesce(s.due_date, s.KIND_date)' ELSE 's.KIND_date' END;
    sources text[] := ARRAY(SELECT f.field FROM ar.import_fields(kind) AS f
                            WHERE f.field <> kind || '_number' AND f.field = ANY (features)
                              AND f.field IN ('invoice_number', 'payment_number', 'credit_note_number', 'deposit_number'));
BEGIN
    IF features && '{currency,exchange_rate}' THEN
        columns := columns || $$, coalesce(s.currency, $4) AS document_currency, u.minor_units::integer AS minor_units,
            CASE WHEN coalesce(s.currency, $4) = $4 THEN 1
                 ELSE coalesce(s.exchange_rate, ar.find_exchange_rate(s.currency, $4, s.KIND_date, $7, NULL)) END AS rate$$;
        joins := joins || $$ LEFT JOIN receivables.currency AS u ON u.currency = coalesce(s.currency, $4)$$;
    ELSE
        columns := columns || ', $4 AS document_currency, $3 AS minor_units, 1::numeric AS rate';
    END IF;
    IF 'undated' = ANY (features) THEN
        columns := columns || ', t.payment_term AS found_term, t.definition AS term, x.payment_term AS wanted_term';
        joins := joins || $$
            LEFT JOIN receivables.company AS co ON co.company_id = $1
            LEFT JOIN receivables.credit_grade AS g ON g.company_id = $1 AND g.grade = c.grade
            CROSS JOIN LATERAL (SELECT CASE WHEN s.due_date IS NULL AND s.instalments IS NULL
                                            THEN coalesce(s.payment_term, c.payment_term, g.payment_term, co.payment_term) END) AS x (payment_term)
            LEFT JOIN receivables.payment_term AS t ON t.company_id = $1 AND t.payment_term = x.payment_term$$;
    ELSIF kind = 'invoice' THEN
        columns := columns || ', NULL::text AS found_term, NULL::jsonb AS term, NULL::text AS wanted_term';
    END IF;
    IF sources <> '{}' THEN
        columns := columns || $$, o.kind AS source_kind, o.number AS source_number, o.numbers AS source_numbers,
            sd.document_id AS source_document_id, sd.customer_id AS source_customer_id, sd.currency AS source_currency,
            sd.document_date AS source_date, sd.amount AS source_amount, sd.contract_id AS source_contract_id,
            sd.reverses_document_id IS NOT NULL OR EXISTS (
                SELECT FROM receivables.document AS rd
                WHERE rd.company_id = $1 AND rd.reverses_document_id = sd.document_id) AS source_reversed,
            so.open_amount AS source_open,
            coalesce((SELECT sum(cd.amount) FROM receivables.document AS cd
                      WHERE cd.company_id = $1 AND cd.source_document_id = sd.document_id AND cd.kind = 'credit_note'), 0) AS credited,
            sum(s.amount) FILTER (WHERE s.amount < 'Infinity' AND k.document_id IS NULL)
                OVER (PARTITION BY sd.document_id ORDER BY s.row_number) AS source_applied$$;
        joins := joins || format($$
            CROSS JOIN LATERAL (SELECT CASE %1$s END, coalesce(%2$s), num_nonnulls(%2$s)) AS o (kind, number, numbers)
            LEFT JOIN receivables.document AS sd
                ON sd.company_id = $1 AND sd.kind = o.kind AND sd.document_number = o.number
            LEFT JOIN LATERAL (SELECT abs(sum(i.open_amount)) AS open_amount FROM receivables.item AS i
                               WHERE i.company_id = $1 AND i.document_id = sd.document_id) AS so ON true$$,
            (SELECT string_agg(format('WHEN s.%I IS NOT NULL THEN %L', n, left(n, -7)), ' ') FROM unnest(sources) AS n),
            (SELECT string_agg(format('s.%I', n), ', ') FROM unnest(sources) AS n));
    ELSE
        columns := columns || ', NULL::bigint AS source_document_id, NULL::bigint AS source_contract_id';
    END IF;
    IF 'contract_number' = ANY (features) THEN
        columns := columns || $$, ct.contract_id, ct.customer_id AS contract_customer_id, ct.currency AS contract_currency,
            ct.contract_date AS contract_starts_on, ct.ends_on AS contract_ends_on,
            ar.contract_amount($1, ct.contract_id, s.KIND_date) AS contract_amount,
            ct.invoiced_amount + sum(s.amount) FILTER (WHERE s.amount < 'Infinity' AND k.document_id IS NULL)
                OVER (PARTITION BY ct.contract_id ORDER BY s.row_number) AS contract_invoiced$$;
        joins := joins || $$
            LEFT JOIN receivables.contract AS ct ON ct.company_id = $1 AND ct.contract_number = s.contract_number$$;
    ELSE
        columns := columns || ', NULL::bigint AS contract_id';
    END IF;
    IF 'credit_limit' = ANY (features) THEN
        -- What of an invoice was ordered counts as exposure already.
        columns := columns || $$, cl.exposure AS credit_exposure, cl.effective_limit AS credit_limit, cl.group_exposure,
            cl.group_limit, cn.taken AS credit_taken,
            sum(cn.taken) OVER (PARTITION BY c.customer_id ORDER BY s.row_number) AS credit_used,
            sum(cn.taken) OVER (PARTITION BY coalesce(c.parent_customer_id, c.customer_id) ORDER BY s.row_number) AS group_used$$;
        joins := joins || format($$
            LEFT JOIN (SELECT p.* FROM ar.credit_positions(current_date, NULL) AS p
                       WHERE p.company_id = $1 AND p.customer_id = ANY (ARRAY(
                           SELECT x.customer_id FROM (%1$s) AS s
                           JOIN receivables.customer AS x ON x.company_id = $1 AND x.customer_number = s.customer_number))) AS cl
                ON cl.customer_id = c.customer_id
            LEFT JOIN (%2$s) AS cn ON cn.row_number = s.row_number$$, source, ar.import_credit_taken(source, features));
    END IF;
    IF 'unnumbered' = ANY (features) THEN
        columns := columns || ', n.series AS number_series, n.pattern AS number_pattern';
        joins := joins || $$
            LEFT JOIN receivables.number_series AS n
                ON n.company_id = $1 AND n.kind = 'KIND' AND s.KIND_number IS NULL
                   AND CASE WHEN s.series IS NULL THEN n.is_default ELSE n.series = s.series END$$;
    ELSE
        columns := columns || ', NULL::text AS number_series, NULL::text AS number_pattern';
    END IF;
    RETURN replace(replace(replace(replace(replace(replace($query$
        SELECT s.*, s.KIND_number AS document_number, s.KIND_date AS document_date, DUE_ON AS due_on,
               c.customer_id, d.document_id AS namesake_id, k.document_id AS known_id,
               (k.kind, k.document_number, k.customer_id, k.document_date, k.amount, k.reference, k.attributes)
               IS NOT DISTINCT FROM ('KIND', coalesce(s.KIND_number, k.document_number), c.customer_id, s.KIND_date, s.amount,
                                     s.reference, coalesce(s.attributes, '{}'))
               AND coalesce(s.currency, $4) = k.currency SAME
               AND NOT EXISTS (SELECT FROM receivables.item AS i
                               WHERE i.company_id = $1 AND i.document_id = k.document_id
                                 AND i.due_on <> DUE_ON) AS known_same COLUMNS
        FROM (SOURCE) AS s
        LEFT JOIN receivables.customer AS c ON c.company_id = $1 AND c.customer_number = s.customer_number
        LEFT JOIN receivables.document AS d
            ON d.company_id = $1 AND d.kind = 'KIND' AND d.document_number = s.KIND_number
        LEFT JOIN receivables.document AS k ON k.company_id = $1 AND k.idempotency_key = s.idempotency_key JOINS
        $query$, ' SAME', same), 'COLUMNS', columns), 'JOINS', joins), 'DUE_ON', due_on), 'KIND', kind), 'SOURCE', source);
END;
$function$;
COMMENT ON FUNCTION ar.import_resolved_document(text, text, text[]) IS
'The query that joins rows of a kind of document to what the books of company $1 hold: the customer, contract, term, series and source document they name, and what was posted before with the same idempotency key (known_id, known_same). Parameters: $1 the company, $2 the rows, $3 the decimals of its currency, $4 its currency, $7 the source of its exchange rates.';

CREATE FUNCTION ar.import_credit_taken(source text, features text[]) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT format($query$
        SELECT s.row_number, CASE WHEN s.is_new THEN s.company_amount - %2$s ELSE 0 END AS taken
        FROM (SELECT s.row_number, k.document_id IS NULL AND s.amount < 'Infinity' AS is_new,
                     round(s.amount * v.rate, $3) AS company_amount%3$s
              FROM (%1$s) AS s
              CROSS JOIN LATERAL (SELECT %5$s AS rate) AS v
              LEFT JOIN receivables.document AS k ON k.company_id = $1 AND k.idempotency_key = s.idempotency_key%4$s) AS s$query$,
        source,
        CASE WHEN o.named THEN $order$CASE WHEN s.ordered > 0 THEN least(s.ordered_upto, s.ordered)
                                                  - least(s.ordered_upto - s.company_amount, s.ordered) ELSE 0 END$order$
             ELSE '0' END,
        CASE WHEN o.named THEN $order$, o.ordered,
                     sum(round(s.amount * v.rate, $3)) FILTER (WHERE k.document_id IS NULL AND s.amount < 'Infinity')
                         OVER (PARTITION BY o.order_id ORDER BY s.row_number) AS ordered_upto$order$ ELSE '' END,
        CASE WHEN o.named THEN $order$
              LEFT JOIN LATERAL (
                  SELECT o.order_id, ar.order_value(o.amount, o.invoiced_amount, o.company_amount, $3) AS ordered
                  FROM receivables.sales_order AS o
                  LEFT JOIN receivables.credit_policy AS p ON p.company_id = o.company_id
                  WHERE o.company_id = $1 AND o.order_number = s.order_reference
                    AND (o.status = 'delivered' OR o.status IN ('reserved', 'open')
                                                   AND ar.order_counts(o.delivery_date, current_date, p.order_horizon_days))) AS o
                  ON true$order$ ELSE '' END,
        CASE WHEN features && '{currency,exchange_rate}' THEN $rate$CASE WHEN coalesce(s.currency, $4) = $4 THEN 1
                 ELSE coalesce(s.exchange_rate, ar.find_exchange_rate(s.currency, $4, s.invoice_date, $7, NULL)) END$rate$
             ELSE '1::numeric' END)
    FROM (SELECT 'order_reference' = ANY (features) AS named) AS o
$function$;
COMMENT ON FUNCTION ar.import_credit_taken(text, text[]) IS
'The query that gives what each row of invoices adds to the exposure of its customer, in the currency of the company: its amount less what is ordered and not invoiced yet of the order that it names, which counts already; 0 for one that was posted before.';

CREATE FUNCTION ar.import_resolved(kind text, source text, features text[]) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT CASE kind
        WHEN 'customer' THEN format($query$
            SELECT s.*, c.customer_id AS known_id, n.customer_id AS namesake_id, t.payment_term AS found_term,
                   g.customer_group AS found_group, r.match_rule_set AS found_rules,
                   d.dunning_policy AS found_dunning, i.interest_policy AS found_interest%s
            FROM (%s) AS s
            LEFT JOIN receivables.customer AS n ON n.company_id = $1 AND n.customer_number = s.customer_number
            LEFT JOIN receivables.customer AS k ON k.company_id = $1 AND k.source_key = s.source_key
            LEFT JOIN receivables.customer AS c ON c.company_id = $1 AND c.customer_id = coalesce(k.customer_id, n.customer_id)
            LEFT JOIN receivables.payment_term AS t ON t.company_id = $1 AND t.payment_term = s.payment_term
            LEFT JOIN receivables.customer_group AS g ON g.company_id = $1 AND g.customer_group = s.customer_group
            LEFT JOIN receivables.match_rule_set AS r ON r.company_id = $1 AND r.match_rule_set = s.match_rule_set
            LEFT JOIN receivables.dunning_policy AS d ON d.company_id = $1 AND d.dunning_policy = s.dunning_policy
            LEFT JOIN receivables.interest_policy AS i ON i.company_id = $1 AND i.interest_policy = s.interest_policy%s
            $query$, CASE WHEN 'parent_number' = ANY (features) THEN $parent$,
                p.customer_id AS parent_id, b.customer_number IS NOT NULL AS parent_comes,
                CASE WHEN b.given THEN b.has_parent ELSE p.parent_customer_id IS NOT NULL END AS parent_has_parent,
                EXISTS (SELECT FROM receivables.customer AS k
                        WHERE k.company_id = $1 AND k.parent_customer_id = c.customer_id) AS is_parent$parent$ ELSE '' END,
            source, CASE WHEN 'parent_number' = ANY (features) THEN format($parent$
            LEFT JOIN receivables.customer AS p ON p.company_id = $1 AND p.customer_number = s.parent_number
            LEFT JOIN (SELECT b.customer_number, bool_or(b.given_parent_number) AS given, bool_or(b.parent_number IS NOT NULL) AS has_parent
                       FROM (%s) AS b GROUP BY b.customer_number) AS b ON b.customer_number = s.parent_number$parent$, source) ELSE '' END)
        WHEN 'order' THEN format($query$
            SELECT s.*, c.customer_id, coalesce(k.order_id, n.order_id) AS known_id, n.order_id AS namesake_id,
                   u.minor_units::integer AS minor_units, coalesce(s.currency, $4) AS order_currency,
                   x.customer_id AS known_customer_id,
                   CASE WHEN coalesce(s.currency, $4) = $4 THEN 1
                        WHEN s.exchange_rate IS NOT NULL THEN s.exchange_rate
                        WHEN x.currency = s.currency AND x.order_date = s.order_date THEN x.exchange_rate
                        ELSE ar.find_exchange_rate(s.currency, $4, s.order_date, $7, NULL) END AS rate
            FROM (%s) AS s
            LEFT JOIN receivables.customer AS c ON c.company_id = $1 AND c.customer_number = s.customer_number
            LEFT JOIN receivables.sales_order AS n ON n.company_id = $1 AND n.order_number = s.order_number
            LEFT JOIN receivables.sales_order AS k ON k.company_id = $1 AND k.source_key = s.source_key
            LEFT JOIN receivables.sales_order AS x ON x.company_id = $1 AND x.order_id = coalesce(k.order_id, n.order_id)
            LEFT JOIN receivables.currency AS u ON u.currency = coalesce(s.currency, $4)
            $query$, source)
        WHEN 'contract' THEN format($query$
            SELECT s.*, c.customer_id, coalesce(k.contract_id, n.contract_id) AS known_id, n.contract_id AS namesake_id,
                   u.minor_units::integer AS minor_units, coalesce(s.currency, $4) AS contract_currency,
                   x.customer_id AS known_customer_id, x.currency AS known_currency, x.invoiced_amount
            FROM (%s) AS s
            LEFT JOIN receivables.customer AS c ON c.company_id = $1 AND c.customer_number = s.customer_number
            LEFT JOIN receivables.contract AS n ON n.company_id = $1 AND n.contract_number = s.contract_number
            LEFT JOIN receivables.contract AS k ON k.company_id = $1 AND k.source_key = s.source_key
            LEFT JOIN receivables.contract AS x ON x.company_id = $1 AND x.contract_id = coalesce(k.contract_id, n.contract_id)
            LEFT JOIN receivables.currency AS u ON u.currency = coalesce(s.currency, $4)
            $query$, source)
        WHEN 'application' THEN ar.import_allocated(ar.import_resolved_application(source, features))
        ELSE ar.import_resolved_document(kind, source, features) END
$function$;
COMMENT ON FUNCTION ar.import_resolved(text, text, text[]) IS
'The query that joins rows of a kind to what the books of company $1 hold of them.';
