-- Import: the ways in ----------------------------------------------------------

CREATE FUNCTION ar.company_minor_units(company_id bigint) RETURNS integer
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    result integer;
BEGIN
    PERFORM ar.require_guards();
    SELECT u.minor_units INTO result
    FROM receivables.company AS c JOIN receivables.currency AS u ON u.currency = c.currency
    WHERE c.company_id = company_minor_units.company_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'company % does not exist', coalesce(company_id::text, 'null')
            USING ERRCODE = 'foreign_key_violation', HINT = 'SELECT ar.create_company(code, name, currency);';
    END IF;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.company_minor_units(bigint) IS
'Decimals of the amounts of a company. Errors: 23503 where there is no such company, 55000 where there are no books of the right version, or no guards.';

CREATE FUNCTION ar.import_company(company_id bigint,
                                OUT currency text, OUT minor_units integer, OUT rate_source text,
                                OUT holidays date[], OUT workdays date[])
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.currency, u.minor_units, c.rate_source, d.holidays, d.workdays
    FROM receivables.company AS c
    JOIN receivables.currency AS u ON u.currency = c.currency
    CROSS JOIN LATERAL ar.calendar_days(c.company_id) AS d
    WHERE c.company_id = import_company.company_id
$$;
COMMENT ON FUNCTION ar.import_company(bigint) IS
'What an import needs to know of a company.';

CREATE FUNCTION ar.import_faults(company_id bigint, kind text, rows jsonb, staging regclass,
                                 OUT row_number bigint, OUT field text, OUT sqlstate text, OUT reason text,
                                 OUT severity text, OUT rule text)
    RETURNS SETOF record
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    SET max_parallel_workers_per_gather = 0 SET synchronize_seqscans = off SET enable_material = off
    SET datestyle = 'ISO' AS $$
DECLARE
    minor_units integer := ar.company_minor_units(company_id);
    source      text := ar.import_source(kind, staging);
    company     record;
    features    text[];
BEGIN
    IF staging IS NULL AND jsonb_typeof(rows) IS DISTINCT FROM 'array' THEN
        RAISE EXCEPTION 'rows to import must be a jsonb array of objects, not %', coalesce(jsonb_typeof(rows), 'null')
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT * INTO company FROM ar.import_company(company_id);
    SELECT f.features || ar.credit_features(company_id, kind) INTO features FROM ar.import_features(kind, source, rows) AS f;
    RETURN QUERY EXECUTE ar.import_fault_query(company_id, kind, source, features)
    USING company_id, coalesce(rows, '[]'), minor_units, company.currency, company.holidays, company.workdays, company.rate_source;
END;
$$;
COMMENT ON FUNCTION ar.import_faults(bigint, text, jsonb, regclass) IS
'What ar.check_rows and ar.check_table share.';

CREATE FUNCTION ar.credit_features(company_id bigint, kind text) RETURNS text[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN kind = 'invoice' AND EXISTS (
        SELECT FROM receivables.credit_policy AS p
        WHERE p.company_id = credit_features.company_id AND p.invoice_over_limit <> 'allow') THEN '{credit_limit}'::text[] END
$$;
COMMENT ON FUNCTION ar.credit_features(bigint, text) IS
'credit_limit where rows of a kind are checked against credit limits, as the policy of the company says; else null.';

CREATE FUNCTION ar.invoices_are_refused(company_id bigint) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM receivables.credit_policy AS p
                   WHERE p.company_id = invoices_are_refused.company_id AND p.invoice_over_limit = 'refuse')
$$;
COMMENT ON FUNCTION ar.invoices_are_refused(bigint) IS
'Whether invoices beyond the credit limit are refused, not only flagged.';

CREATE FUNCTION ar.import_all(company_id bigint, kind text, rows jsonb, staging regclass,
                              OUT imported bigint, OUT unchanged bigint)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET max_parallel_workers_per_gather = 0 SET synchronize_seqscans = off SET enable_material = off AS $$
DECLARE
    minor_units  integer := ar.company_minor_units(company_id);
    source       text := ar.import_source(kind, staging);
    noun         text := replace(kind, '_', ' ');
    listed       CONSTANT integer := 1000;
    company      record;
    features     text[];
    total        bigint;
    resolved     text;
    faults       record;
    statement    text;
    written      bigint;
    applications jsonb;
BEGIN
    IF kind = 'application' AND (staging IS NOT NULL OR jsonb_typeof(rows) = 'array') THEN
        resolved := ar.import_resolved_application(source, '{}');
        -- All items at once, in the order of their keys and before they are looked at: two imports
        -- cannot deadlock, and what is open stays open.
        EXECUTE format($query$
            SELECT count(*) FROM (
                SELECT FROM receivables.item AS i
                WHERE i.company_id = $1
                  AND i.item_id IN (SELECT x.item_id
                                    FROM (%s) AS s
                                    LEFT JOIN receivables.item AS d
                                        ON d.company_id = $1 AND d.document_id = s.debit_document_id
                                    CROSS JOIN LATERAL (VALUES (s.credit_item_id), (d.item_id)) AS x (item_id))
                ORDER BY i.item_id FOR NO KEY UPDATE) AS locked$query$, resolved)
        USING company_id, rows;
    ELSIF kind = 'contract' AND (staging IS NOT NULL OR jsonb_typeof(rows) = 'array') THEN
        -- None is lowered below what is being invoiced under it.
        EXECUTE format($query$
            SELECT count(*) FROM (
                SELECT FROM receivables.contract AS c
                WHERE c.company_id = $1 AND c.contract_id IN (SELECT s.known_id FROM (%s) AS s)
                ORDER BY c.contract_id FOR NO KEY UPDATE) AS locked$query$, ar.import_resolved(kind, source, '{}'))
        USING company_id, rows, minor_units, NULL::text;
    ELSIF kind = 'order' AND (staging IS NOT NULL OR jsonb_typeof(rows) = 'array') THEN
        EXECUTE format($query$
            SELECT count(*) FROM (
                SELECT FROM receivables.sales_order AS o
                WHERE o.company_id = $1 AND o.order_id IN (SELECT s.known_id FROM (%s) AS s)
                ORDER BY o.order_id FOR NO KEY UPDATE) AS locked$query$, ar.import_resolved(kind, source, '{}'))
        USING company_id, rows, minor_units, NULL::text, NULL::date[], NULL::date[], NULL::text;
    ELSIF kind = 'invoice' AND ar.invoices_are_refused(company_id) AND (staging IS NOT NULL OR jsonb_typeof(rows) = 'array') THEN
        -- Counters before customers, as everywhere; then nobody else takes what is left of a limit.
        PERFORM FROM receivables.number_counter AS n
        WHERE n.company_id = import_all.company_id
          AND n.series IN (SELECT x.series FROM receivables.number_series AS x
                           WHERE x.company_id = import_all.company_id AND x.kind = 'invoice')
        ORDER BY n.series, n.period FOR NO KEY UPDATE;
        EXECUTE format($query$
            SELECT ar.lock_credit($1, ARRAY(SELECT DISTINCT c.customer_id FROM (%s) AS s
                                            JOIN receivables.customer AS c
                                                ON c.company_id = $1 AND c.customer_number = s.customer_number))$query$, source)
        USING company_id, rows;
    END IF;
    SELECT count(*) AS number, count(DISTINCT f.row_number) AS rows,
           (array_agg(f.sqlstate))[1] AS sqlstate, (array_agg(f.reason))[1] AS reason,
           (array_agg(format('row %s, %s, %s: %s', f.row_number, coalesce(f.field, 'row'), f.sqlstate, f.reason)))
               [1:listed] AS lines
    INTO faults
    FROM ar.import_faults(company_id, kind, rows, staging) AS f
    WHERE f.severity = 'error';
    SELECT f.total, f.features || ar.credit_features(company_id, kind) INTO total, features
    FROM ar.import_features(kind, source, rows) AS f;
    IF faults.number > 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = faults.sqlstate,
            MESSAGE = CASE WHEN total = 1 THEN format('%s refused: %s', noun, faults.reason)
                           ELSE format('%s of %s %s rows refused, nothing imported', faults.rows, total, noun) END,
            DETAIL = array_to_string(faults.lines, E'\n')
                     || CASE WHEN faults.number > listed THEN format(E'\nand %s more', faults.number - listed)
                             ELSE '' END,
            HINT = CASE WHEN total = 1 THEN 'Nothing was posted.'
                        ELSE 'ar.check_rows and ar.check_table list all faults as rows.' END;
    END IF;
    SELECT * INTO company FROM ar.import_company(company_id);
    imported := 0;
    IF kind IN ('customer', 'contract', 'order') THEN
        resolved := ar.import_resolved(kind, source, features);
        FOREACH statement IN ARRAY
            CASE kind WHEN 'customer' THEN ar.import_write_customers(resolved, features, ar.import_warnings(company_id, kind, features))
                      WHEN 'order' THEN ar.import_write_orders(resolved)
                      ELSE ar.import_write_contracts(resolved) END
        LOOP
            EXECUTE statement USING company_id, rows, minor_units, company.currency, company.holidays, company.workdays, company.rate_source;
            GET DIAGNOSTICS written = ROW_COUNT;
            imported := imported + written;
        END LOOP;
    ELSE
        IF kind = 'application' THEN
            statement := ar.import_write_applications(source, features);
        ELSE
            statement := ar.import_write_documents(kind, ar.import_resolved(kind, source, features), features,
                                                   ar.import_warnings(company_id, kind, features));
        END IF;
        EXECUTE statement INTO imported, applications
        USING company_id, rows, minor_units, company.currency, company.holidays, company.workdays, company.rate_source;
    END IF;
    unchanged := total - imported;
    IF applications IS NOT NULL THEN
        PERFORM ar.import_all(company_id, 'application', applications, NULL);
    END IF;

    -- Whoever looks at fresh books before autovacuum does would wait for bad plans. A table that was
    -- empty when another was imported is fresh still.
    IF imported >= 1000 THEN
        FOR statement IN
            SELECT format('ANALYZE (SKIP_LOCKED) %s', c.oid::regclass)
            FROM pg_class AS c
            WHERE c.relnamespace = 'receivables'::regnamespace AND c.relkind = 'r' AND c.reltuples < 1
              AND pg_has_role(c.relowner, 'USAGE')
        LOOP
            EXECUTE statement;
        END LOOP;
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.import_all(bigint, text, jsonb, regclass) IS
'What ar.import_rows and ar.import_table share.';

CREATE FUNCTION ar.import_rows(company_id bigint, kind text, rows jsonb,
                               OUT imported bigint, OUT unchanged bigint)
    LANGUAGE sql
BEGIN ATOMIC
    SELECT i.imported, i.unchanged FROM ar.import_all(company_id, kind, rows, NULL) AS i;
END;
COMMENT ON FUNCTION ar.import_rows(bigint, text, jsonb) IS
'Imports rows of a kind (customer, contract, order, application or one of ar.document_kinds) from a jsonb array of objects, whose fields ar.import_fields lists. All or nothing: any fault in any row raises an error with the SQLSTATE of the first and up to 1000 faults in its detail. Rows whose idempotency key (customers, contracts and orders: source_key, else number) is known with the same contents change nothing; a customer that is known with other contents is updated, in the fields that a row gives. Returns how many rows were written and how many were known.';

CREATE FUNCTION ar.import_table(company_id bigint, kind text, staging regclass,
                                OUT imported bigint, OUT unchanged bigint)
    LANGUAGE sql
BEGIN ATOMIC
    SELECT i.imported, i.unchanged FROM ar.import_all(company_id, kind, NULL, staging) AS i;
END;
COMMENT ON FUNCTION ar.import_table(bigint, text, regclass) IS
'Imports rows of a kind from a table or view whose columns are named like the fields that ar.import_fields lists; columns may be text or typed, others are left alone. Otherwise as ar.import_rows.';

CREATE FUNCTION ar.check_rows(company_id bigint, kind text, rows jsonb)
    RETURNS TABLE (row_number bigint, field text, sqlstate text, reason text, severity text, rule text)
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT f.row_number, f.field, f.sqlstate, f.reason, f.severity, f.rule FROM ar.import_faults(company_id, kind, rows, NULL) AS f;
END;
COMMENT ON FUNCTION ar.check_rows(bigint, text, jsonb) IS
'The faults for which ar.import_rows would refuse these rows: row (counted from 1), field, SQLSTATE, reason, severity and the rule, if any; no row where it would not. Of severity warning are those that it would keep with the row.';

CREATE FUNCTION ar.check_table(company_id bigint, kind text, staging regclass)
    RETURNS TABLE (row_number bigint, field text, sqlstate text, reason text, severity text, rule text)
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT f.row_number, f.field, f.sqlstate, f.reason, f.severity, f.rule FROM ar.import_faults(company_id, kind, NULL, staging) AS f;
END;
COMMENT ON FUNCTION ar.check_table(bigint, text, regclass) IS
'The faults for which ar.import_table would refuse the rows of this table; as ar.check_rows.';
