-- Import: writing rows that have no fault -------------------------------------------

CREATE FUNCTION ar.import_warnings(company_id bigint, kind text, features text[]) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT CASE WHEN count(*) = 0 THEN 'NULL::jsonb'
                ELSE format($$(SELECT jsonb_agg(jsonb_build_object('rule', w.rule, 'field', w.field, 'reason', w.reason))
                               FROM (VALUES %s) AS w (rule, field, broken, reason) WHERE w.broken)$$,
                            string_agg(format('(%L, %L, %s, %s)', f.rule, f.field, f.broken, f.reason), ', ')) END
    FROM ar.rule_faults(company_id, kind, features) AS f
    WHERE f.severity = 'warning'
$function$;
COMMENT ON FUNCTION ar.import_warnings(bigint, text, text[]) IS
'What rules of severity warning find of a row s, as an SQL expression that gives jsonb.';

CREATE FUNCTION ar.import_write_customers(resolved text, features text[], warnings text) RETURNS text[]
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $function$
    -- New ones first; then whoever is there by now, in the fields a row gives.
    SELECT ARRAY(SELECT format($query$
        INSERT INTO receivables.customer (company_id, customer_number, name, grade, salesperson, department, region,
                                          payment_term, credit_limit, tax_id, language, customer_group, match_rule_set,
                                          dunning_policy, interest_policy, source_key, attributes, warnings%3$s)
        SELECT $1, s.customer_number, s.name, s.grade, s.salesperson, s.department, s.region, s.payment_term,
               s.credit_limit, s.tax_id, s.language, s.customer_group, s.match_rule_set,
               s.dunning_policy, s.interest_policy, s.source_key, coalesce(s.attributes, '{}'), %2$s%4$s
        FROM (%1$s) AS s
        WHERE s.known_id IS NULL%5$s
        -- All rows are read before the first is written: a scan would meet those written meanwhile.
        ORDER BY s.row_number
        ON CONFLICT (company_id, customer_number) DO NOTHING
        $query$, resolved, warnings, p.columns, p.value, p.condition)
        FROM (VALUES ('', '', '', false),
                     -- Those whose parent comes with them after it.
                     (', parent_customer_id', ', s.parent_id', ' AND (s.parent_number IS NULL OR s.parent_id IS NOT NULL)', true),
                     (', parent_customer_id', ', s.parent_id', '', true)) AS p (columns, value, condition, has_parents)
        WHERE p.has_parents = ('parent_number' = ANY (features))
        ORDER BY p.condition = '') || ARRAY[format($query$
        UPDATE receivables.customer AS c
        SET customer_number = s.customer_number, name = s.name, %3$s,
            attributes = CASE WHEN s.given_attributes THEN coalesce(s.attributes, '{}') ELSE c.attributes END,
            warnings = s.found_warnings%5$s
        FROM (SELECT s.*, %2$s AS found_warnings FROM (%1$s) AS s) AS s
        WHERE c.company_id = $1 AND c.customer_id = s.known_id
          AND (c.customer_number <> s.customer_number OR c.name <> s.name OR c.warnings IS DISTINCT FROM s.found_warnings
               OR %4$s
               OR s.given_attributes AND c.attributes <> coalesce(s.attributes, '{}')%6$s)
        $query$, resolved, warnings,
        string_agg(format('%1$I = CASE WHEN s.given_%1$s THEN s.%1$I ELSE c.%1$I END', f), ', '),
        string_agg(format('s.given_%1$s AND c.%1$I IS DISTINCT FROM s.%1$I', f), ' OR '),
        CASE WHEN given_parent THEN ', parent_customer_id = CASE WHEN s.given_parent_number THEN s.parent_id ELSE c.parent_customer_id END'
             ELSE '' END,
        CASE WHEN given_parent THEN ' OR s.given_parent_number AND c.parent_customer_id IS DISTINCT FROM s.parent_id' ELSE '' END)]
    FROM unnest('{grade,salesperson,department,region,payment_term,credit_limit,tax_id,language,customer_group,
                  match_rule_set,dunning_policy,interest_policy,source_key}'::text[]) AS f
    CROSS JOIN (SELECT 'parent_number' = ANY (features) AS given_parent) AS p
    GROUP BY given_parent
$function$;
COMMENT ON FUNCTION ar.import_write_customers(text, text[], text) IS
'The statements that write rows of customers: known ones by source_key, else by number.';

CREATE FUNCTION ar.import_write_contracts(resolved text) RETURNS text[]
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT ARRAY[format($query$
        INSERT INTO receivables.contract (company_id, customer_id, contract_number, contract_date, ends_on, currency, amount,
                                          source_key, attributes)
        SELECT $1, s.customer_id, s.contract_number, s.contract_date, s.ends_on, s.contract_currency, s.amount, s.source_key,
               coalesce(s.attributes, '{}')
        FROM (%s) AS s
        WHERE s.known_id IS NULL
        ORDER BY s.row_number
        ON CONFLICT (company_id, contract_number) DO NOTHING
        $query$, resolved), format($query$
        UPDATE receivables.contract AS c
        SET contract_number = s.contract_number, contract_date = s.contract_date,
            ends_on = CASE WHEN s.given_ends_on THEN s.ends_on ELSE c.ends_on END,
            amount = CASE WHEN s.given_amount THEN s.amount ELSE c.amount END,
            source_key = CASE WHEN s.given_source_key THEN s.source_key ELSE c.source_key END,
            attributes = CASE WHEN s.given_attributes THEN coalesce(s.attributes, '{}') ELSE c.attributes END
        FROM (%s) AS s
        WHERE c.company_id = $1 AND c.contract_id = s.known_id
          AND ((c.contract_number, c.contract_date) <> (s.contract_number, s.contract_date)
               OR s.given_ends_on AND c.ends_on IS DISTINCT FROM s.ends_on
               OR s.given_amount AND c.amount IS DISTINCT FROM s.amount
               OR s.given_source_key AND c.source_key IS DISTINCT FROM s.source_key
               OR s.given_attributes AND c.attributes <> coalesce(s.attributes, '{}'))
        $query$, resolved)]
$function$;
COMMENT ON FUNCTION ar.import_write_contracts(text) IS
'The statements that write rows of contracts: known ones by source_key, else by number.';

CREATE FUNCTION ar.import_write_orders(resolved text) RETURNS text[]
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT ARRAY[format($query$
        INSERT INTO receivables.sales_order (company_id, customer_id, order_number, order_date, delivery_date, status, currency,
                                             exchange_rate, amount, company_amount, deposit_amount, source_key, attributes)
        SELECT $1, s.customer_id, s.order_number, s.order_date, s.delivery_date, coalesce(s.status, 'open'), s.order_currency,
               s.rate, round(s.amount, s.minor_units), round(s.amount * s.rate, $3), coalesce(s.deposit_amount, 0), s.source_key,
               coalesce(s.attributes, '{}')
        FROM (%s) AS s
        WHERE s.known_id IS NULL
        ORDER BY s.row_number
        ON CONFLICT (company_id, order_number) DO NOTHING
        $query$, resolved), format($query$
        UPDATE receivables.sales_order AS o
        SET order_number = s.order_number, order_date = s.order_date, currency = s.order_currency, exchange_rate = s.rate,
            amount = round(s.amount, s.minor_units), company_amount = round(s.amount * s.rate, $3),
            delivery_date = CASE WHEN s.given_delivery_date THEN s.delivery_date ELSE o.delivery_date END,
            status = coalesce(s.status, o.status),
            deposit_amount = CASE WHEN s.given_deposit_amount THEN coalesce(s.deposit_amount, 0)
                                  ELSE least(o.deposit_amount, round(s.amount, s.minor_units)) END,
            source_key = CASE WHEN s.given_source_key THEN s.source_key ELSE o.source_key END,
            attributes = CASE WHEN s.given_attributes THEN coalesce(s.attributes, '{}') ELSE o.attributes END
        FROM (%s) AS s
        WHERE o.company_id = $1 AND o.order_id = s.known_id
          AND ((o.order_number, o.order_date, o.currency, o.exchange_rate, o.amount)
               <> (s.order_number, s.order_date, s.order_currency, s.rate, s.amount)
               OR s.given_delivery_date AND o.delivery_date IS DISTINCT FROM s.delivery_date
               OR s.status <> o.status
               OR s.given_deposit_amount AND o.deposit_amount <> coalesce(s.deposit_amount, 0)
               OR s.given_source_key AND o.source_key IS DISTINCT FROM s.source_key
               OR s.given_attributes AND o.attributes <> coalesce(s.attributes, '{}'))
        $query$, resolved)]
$function$;
COMMENT ON FUNCTION ar.import_write_orders(text) IS
'The statements that write rows of orders: known ones by source_key, else by number.';

CREATE FUNCTION ar.import_write_applications(source text, features text[]) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT format($query$
        SELECT count(*), NULL::jsonb FROM (%2$s) AS s
        WHERE (SELECT ar.apply_many($1, coalesce(array_agg(p.credit_item_id ORDER BY p.row_number, p.debit_item_id), '{}'),
                                    coalesce(array_agg(p.debit_item_id ORDER BY p.row_number, p.debit_item_id), '{}'),
                                    coalesce(array_agg(round(p.part_amount, p.minor_units) ORDER BY p.row_number, p.debit_item_id), '{}'),
                                    array_agg(p.effective_on ORDER BY p.row_number, p.debit_item_id),
                                    array_agg(p.reason ORDER BY p.row_number, p.debit_item_id),
                                    array_agg(p.idempotency_key ORDER BY p.row_number, p.debit_item_id))
               FROM (%1$s) AS p WHERE p.known_id IS NULL) IS NOT NULL
        $query$, ar.import_allocated(r.resolved),
        CASE WHEN 'idempotency_key' = ANY (features) THEN r.resolved || ' WHERE k.application_id IS NULL' ELSE source END)
    FROM (SELECT ar.import_resolved_application(source, features) AS resolved) AS r
$function$;
COMMENT ON FUNCTION ar.import_write_applications(text, text[]) IS
'The statement that writes rows of applications; it gives their number.';

CREATE FUNCTION ar.import_write_documents(kind text, resolved text, features text[], warnings text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    sign      text := CASE WHEN ar.is_credit_kind(kind) THEN '-' ELSE '' END;
    optional  text[] := ARRAY(SELECT f.field FROM ar.import_fields(kind) AS f
                              WHERE f.field IN ('tax_amount', 'order_reference', 'reason'));
    by_source boolean := kind IN ('credit_note', 'write_off', 'refund')
                         AND features && '{invoice_number,payment_number,credit_note_number,deposit_number}';
    numbered  boolean := 'unnumbered' = ANY (features);
    statement text;
BEGIN
    statement := format($query$
        WITH s AS MATERIALIZED (
            SELECT nextval('receivables.document_document_id_seq') AS document_id, s.*,
                   round(s.amount, s.minor_units) AS rounded, round(s.amount * s.rate, $3) AS company_amount
            FROM (SELECT r.* FROM (%s) AS r WHERE r.known_id IS NULL ORDER BY r.row_number) AS s
        )$query$, resolved);
    IF numbered THEN
        statement := statement || $query$, taken AS MATERIALIZED (
            SELECT n.number_series, n.period, ar.take_numbers($1, n.number_series, n.period, n.count) AS first
            FROM (SELECT s.number_series, ar.number_period(s.number_pattern, s.document_date) AS period, count(*) AS count
                  FROM s WHERE s.document_number IS NULL GROUP BY 1, 2 ORDER BY 1, 2) AS n
        ), numbered AS MATERIALIZED (
            SELECT n.document_id, n.number_series, n.period, t.first + n.position - 1 AS number
            FROM (SELECT s.document_id, s.number_series, ar.number_period(s.number_pattern, s.document_date) AS period,
                         row_number() OVER (PARTITION BY s.number_series, ar.number_period(s.number_pattern, s.document_date)
                                            ORDER BY s.row_number) AS position
                  FROM s WHERE s.document_number IS NULL) AS n
            JOIN taken AS t ON t.number_series = n.number_series AND t.period = n.period
        )$query$;
    END IF;
    statement := statement || format($query$, posted AS (
            INSERT INTO receivables.document (company_id, document_id, customer_id, document_date, kind, document_number,
                                              currency, amount, company_amount, exchange_rate, payment_term, contract_id,
                                              source_document_id, reference, attributes, idempotency_key, warnings,
                                              series, series_period, series_number%s)
            SELECT $1, s.document_id, s.customer_id, s.document_date, %L, %s, s.document_currency, s.rounded, s.company_amount,
                   s.rate, %s, coalesce(s.contract_id, s.source_contract_id), s.source_document_id, s.reference,
                   coalesce(s.attributes, '{}'), s.idempotency_key, %s, %s%s
            FROM s %s
            RETURNING document_id, document_number
        )$query$,
        (SELECT string_agg(', ' || f, '') FROM unnest(optional) AS f), kind,
        CASE WHEN numbered THEN 'coalesce(s.document_number, ar.format_number(s.number_pattern, s.document_date, n.number))'
             ELSE 's.document_number' END,
        CASE kind WHEN 'invoice' THEN 's.found_term' ELSE 'NULL' END, warnings,
        CASE WHEN numbered THEN 'n.number_series, n.period, n.number' ELSE 'NULL, NULL, NULL' END,
        (SELECT string_agg(', s.' || f, '') FROM unnest(optional) AS f),
        CASE WHEN numbered THEN 'LEFT JOIN numbered AS n ON n.document_id = s.document_id' ELSE '' END);
    IF 'lines' = ANY (features) THEN
        statement := statement || $query$, lines AS (
            INSERT INTO receivables.document_line (company_id, document_id, line_number, description, quantity, unit_price,
                                                   net_amount, tax_rate, tax_amount, attributes)
            SELECT $1, s.document_id, l.position, l.line ->> 'description', (l.line ->> 'quantity')::numeric,
                   (l.line ->> 'unit_price')::numeric, (l.line ->> 'net_amount')::numeric, (l.line ->> 'tax_rate')::numeric,
                   coalesce((l.line ->> 'tax_amount')::numeric, 0), coalesce(l.line -> 'attributes', '{}')
            FROM s, jsonb_array_elements(s.lines) WITH ORDINALITY AS l (line, position)
        )$query$;
    END IF;
    IF features && '{undated,instalments}' THEN
        statement := statement || $query$, part AS (
            SELECT s.*, p.instalment, p.contractual_date, p.due_date AS part_due_on, p.amount AS part,
                   sum(p.amount) OVER (PARTITION BY s.document_id ORDER BY p.instalment) AS upto
            FROM s CROSS JOIN LATERAL (
                SELECT 1 AS instalment, NULL::date AS contractual_date, s.due_on AS due_date, s.rounded AS amount
                WHERE s.term IS NULL AND s.instalments IS NULL
                UNION ALL
                SELECT l.position, NULL, (l.line ->> 'due_date')::date, round((l.line ->> 'amount')::numeric, s.minor_units)
                FROM jsonb_array_elements(s.instalments) WITH ORDINALITY AS l (line, position)
                UNION ALL
                SELECT i.instalment, nullif(i.contractual_date, i.due_date), i.due_date, i.amount
                FROM ar.instalments(s.rounded, s.document_date, s.term, s.minor_units, $5, $6) AS i) AS p
        ), item AS (
            INSERT INTO receivables.item (company_id, customer_id, document_id, kind, currency, instalment, effective_on,
                                          due_on, contractual_due_on, amount, open_amount, company_amount, open_company_amount)
            SELECT $1, x.customer_id, x.document_id, 'invoice', x.document_currency, x.instalment, x.document_date,
                   x.part_due_on, x.contractual_date, x.part, x.part, x.company_part, x.company_part
            -- Each instalment takes its share of the company amount, the last what remains.
            FROM (SELECT p.*, CASE WHEN p.document_currency = $4 THEN p.part
                                   ELSE round(p.company_amount * p.upto / p.rounded, $3)
                                        - round(p.company_amount * (p.upto - p.part) / p.rounded, $3) END AS company_part
                  FROM part AS p ORDER BY p.row_number, p.instalment) AS x
        )$query$;
    ELSE
        statement := statement || format($query$, item AS (
            INSERT INTO receivables.item (company_id, customer_id, document_id, kind, currency, effective_on, due_on,
                                          amount, open_amount, company_amount, open_company_amount)
            SELECT $1, s.customer_id, s.document_id, %1$L, s.document_currency, s.document_date, s.due_on,
                   %2$s s.rounded, %2$s s.rounded, %2$s s.company_amount, %2$s s.company_amount
            FROM s
        )$query$, kind, sign);
    END IF;
    IF by_source THEN
        -- What a document is against is settled with it, as far as it is open.
        statement := statement || format($query$
            SELECT count(*), jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                'debit_kind', %1$s, 'debit_number', %2$s, 'credit_kind', %3$s, 'credit_number', %4$s,
                'amount', least(s.rounded, s.source_open - (s.source_applied - s.rounded))::text, 'reason', %5$s))
                ORDER BY s.row_number)
                FILTER (WHERE s.source_document_id IS NOT NULL
                          AND least(s.rounded, s.source_open - (s.source_applied - s.rounded)) > 0)
            FROM s JOIN posted AS p ON p.document_id = s.document_id$query$,
            CASE WHEN kind = 'refund' THEN quote_literal(kind) ELSE 's.source_kind' END,
            CASE WHEN kind = 'refund' THEN 'p.document_number' ELSE 's.source_number' END,
            CASE WHEN kind = 'refund' THEN 's.source_kind' ELSE quote_literal(kind) END,
            CASE WHEN kind = 'refund' THEN 's.source_number' ELSE 'p.document_number' END,
            CASE WHEN 'reason' = ANY (optional) THEN 's.reason' ELSE 'NULL::text' END);
    ELSE
        statement := statement || ' SELECT count(*), NULL::jsonb FROM posted';
    END IF;
    RETURN statement;
END;
$function$;
COMMENT ON FUNCTION ar.import_write_documents(text, text, text[], text) IS
'The statement that writes rows of a kind of document with their items; it gives their number and the applications to make then. Parameters as of ar.import_resolved_document; $5 holidays, $6 weekends that are worked.';
