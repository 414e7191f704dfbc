-- Import: many rows, all checked, all or nothing ------------------------------
--
-- Rows keep their order: no parallel or synchronized scans. Fresh books have no
-- statistics: a materialized inner table, which is read once a row, is ruled out.
--
-- A kind of row is described once, by its fields; the same description reads
-- rows from jsonb and from a staging table. Each kind then has one query that
-- finds faults and one statement that writes.

CREATE FUNCTION ar.import_fields(kind text,
                                 OUT field text, OUT type text, OUT required boolean)
    RETURNS SETOF record
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT f.field, f.type, f.required
    FROM (VALUES
        (1, '{customer}', 'customer_number', 'text', true),
        (2, '{customer}', 'name', 'text', true),
        (3, '{customer}', 'grade', 'text', false),
        (4, '{customer}', 'salesperson', 'text', false),
        (5, '{customer}', 'department', 'text', false),
        (6, '{customer}', 'region', 'text', false),
        (11, '{invoice}', 'invoice_number', 'text', true),
        (11, '{credit_note}', 'credit_note_number', 'text', true),
        (11, '{payment}', 'payment_number', 'text', true),
        (12, '{invoice,credit_note,payment}', 'customer_number', 'text', true),
        (13, '{invoice}', 'invoice_date', 'date', true),
        (13, '{credit_note}', 'credit_note_date', 'date', true),
        (13, '{payment}', 'payment_date', 'date', true),
        (14, '{invoice}', 'due_date', 'date', true),
        (15, '{invoice,credit_note,payment,application}', 'amount', 'amount', true),
        (16, '{invoice,credit_note,payment}', 'reference', 'text', false),
        (21, '{application}', 'invoice_number', 'text', true),
        (22, '{application}', 'payment_number', 'text', false),
        (23, '{application}', 'credit_note_number', 'text', false),
        (24, '{application}', 'application_date', 'date', false),
        (25, '{application}', 'reason', 'text', false),
        (31, '{customer,invoice,credit_note,payment}', 'attributes', 'jsonb', false),
        (32, '{invoice,credit_note,payment,application}', 'idempotency_key', 'text', false)
    ) AS f (position, kinds, field, type, required)
    WHERE import_fields.kind = ANY (f.kinds::text[])
    ORDER BY f.position;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no rows of kind "%" can be imported', kind
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'The kinds are customer, invoice, credit_note, payment and application.';
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.import_fields(text) IS
'The fields of a row to import: name, type (text, date, amount or jsonb) and whether it is required. kind is customer, invoice, credit_note, payment or application. Error 22023 for any other.';

CREATE FUNCTION ar.import_source(kind text, staging regclass) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    f       record;
    columns text[];
    raw     text;
    value   text;
    type    text;
    given   text;
BEGIN
    FOR f IN SELECT * FROM ar.import_fields(kind) LOOP
        IF staging IS NULL THEN
            raw := format(CASE f.type WHEN 'jsonb' THEN 'r.value -> %L' ELSE 'r.value ->> %L' END, f.field);
            type := CASE f.type WHEN 'jsonb' THEN 'jsonb' ELSE 'text' END;
            given := format('coalesce(r.value ? %L, false)', f.field);
        ELSE
            SELECT format('t.%I', a.attname), format_type(a.atttypid, NULL) INTO raw, type
            FROM pg_attribute AS a
            WHERE a.attrelid = staging AND a.attname = f.field AND a.attnum > 0 AND NOT a.attisdropped;
            IF NOT FOUND AND f.required THEN
                RAISE EXCEPTION 'staging table % has no column "%"', staging, f.field
                    USING ERRCODE = 'undefined_column',
                          HINT = format('SELECT * FROM ar.import_fields(%L) lists the columns.', kind);
            END IF;
            given := (raw IS NOT NULL)::text;
            raw := coalesce(raw, 'NULL::text');
            type := coalesce(type, 'text');
        END IF;
        IF f.type = 'jsonb' AND type NOT IN ('jsonb', 'json') AND raw <> 'NULL::text' THEN
            RAISE EXCEPTION 'column "%" of staging table % must be of type jsonb, not %', f.field, staging, type
                USING ERRCODE = 'datatype_mismatch';
        END IF;
        value := CASE f.type
            WHEN 'text' THEN format('nullif(btrim((%s)::text), %L)', raw, '')
            WHEN 'jsonb' THEN format('nullif((%s)::jsonb, %L::jsonb)', raw, 'null')
            WHEN 'date' THEN CASE WHEN type = 'date' THEN raw ELSE format('ar.parse_date((%s)::text)', raw) END
            ELSE CASE WHEN type IN ('numeric', 'bigint', 'integer', 'smallint') THEN format('(%s)::numeric', raw)
                      ELSE format('ar.parse_amount((%s)::text)', raw) END
        END;
        columns := columns || format('%s AS %I, (%s)::text AS %I, %s AS %I', value, f.field,
                                     raw, 'raw_' || f.field, given, 'given_' || f.field);
    END LOOP;
    IF staging IS NULL THEN
        RETURN format('SELECT r.row_number, %s FROM jsonb_array_elements($2) WITH ORDINALITY AS r (value, row_number)',
                      array_to_string(columns, ', '));
    END IF;
    RETURN format('SELECT row_number() OVER () AS row_number, %s FROM %s AS t',
                  array_to_string(columns, ', '), staging);
END;
$$;
COMMENT ON FUNCTION ar.import_source(text, regclass) IS
'The query that reads rows of a kind from a staging table, or from the jsonb parameter $2 where staging is null: row_number, each field, as raw_field its text and as given_field whether the row has it at all. Errors: 42703 for a column that is missing, 42804 for one of the wrong type.';

CREATE FUNCTION ar.first_application_date(company_id bigint, debit_item_id bigint, credit_item_id bigint) RETURNS date
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT max(greatest(i.effective_on, CASE WHEN i.reopened THEN i.last_applied_on END))
    FROM receivables.item AS i
    WHERE i.company_id = first_application_date.company_id
      AND i.item_id IN (first_application_date.debit_item_id, first_application_date.credit_item_id)
$$;
COMMENT ON FUNCTION ar.first_application_date(bigint, bigint, bigint) IS
'The date an application gets that says none: the first on which both items count, or that of the last movement of one that was reopened by a reversal.';

CREATE FUNCTION ar.import_resolved(kind text, source text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF kind = 'customer' THEN
        RETURN source;
    ELSIF kind = 'application' THEN
        RETURN format($query$
            SELECT r.*,
                   sum(r.amount) FILTER (WHERE r.known_id IS NULL AND r.amount < 'Infinity')
                       OVER (PARTITION BY r.debit_item_id ORDER BY r.row_number) AS debit_applied,
                   sum(r.amount) FILTER (WHERE r.known_id IS NULL AND r.amount < 'Infinity')
                       OVER (PARTITION BY r.credit_item_id ORDER BY r.row_number) AS credit_applied
            FROM (SELECT s.*, l.credit_kind, l.credit_number,
                         di.item_id AS debit_item_id, di.customer_id AS debit_customer_id,
                         CASE WHEN di.reopened THEN ar.open_from($1, di.item_id, x.effective_on)
                              ELSE di.open_amount END AS debit_open,
                         ci.item_id AS credit_item_id, ci.customer_id AS credit_customer_id,
                         CASE WHEN ci.reopened THEN ar.open_from($1, ci.item_id, x.effective_on)
                              ELSE -ci.open_amount END AS credit_open,
                         greatest(di.effective_on, ci.effective_on) AS earliest_date, x.effective_on,
                         k.application_id AS known_id,
                         (k.debit_item_id, k.credit_item_id, k.amount, k.effective_on) IS NOT DISTINCT FROM
                         (di.item_id, ci.item_id, s.amount, coalesce(s.application_date, k.effective_on)) AS known_same
                  FROM (%s) AS s
                  CROSS JOIN LATERAL (SELECT CASE WHEN s.payment_number IS NULL THEN 'credit_note' ELSE 'payment' END,
                                             coalesce(s.payment_number, s.credit_note_number))
                       AS l (credit_kind, credit_number)
                  LEFT JOIN receivables.document AS dd
                      ON dd.company_id = $1 AND dd.kind = 'invoice' AND dd.document_number = s.invoice_number
                  LEFT JOIN receivables.item AS di ON di.company_id = $1 AND di.document_id = dd.document_id
                  LEFT JOIN receivables.document AS cd
                      ON cd.company_id = $1 AND cd.kind = l.credit_kind AND cd.document_number = l.credit_number
                  LEFT JOIN receivables.item AS ci ON ci.company_id = $1 AND ci.document_id = cd.document_id
                  CROSS JOIN LATERAL (SELECT coalesce(s.application_date, ar.first_application_date($1, di.item_id, ci.item_id)))
                       AS x (effective_on)
                  LEFT JOIN receivables.application AS k
                      ON k.company_id = $1 AND k.idempotency_key = s.idempotency_key) AS r
            $query$, source);
    END IF;
    RETURN replace(replace(replace($query$
        SELECT s.*, s.KIND_number AS document_number, s.KIND_date AS document_date, DUE_ON AS due_on,
               c.customer_id, d.document_id AS namesake_id, k.document_id AS known_id,
               (k.kind, k.document_number, k.customer_id, k.document_date, k.amount, k.reference, k.attributes)
               IS NOT DISTINCT FROM ('KIND', s.KIND_number, c.customer_id, s.KIND_date, s.amount, s.reference,
                                     coalesce(s.attributes, '{}'))
               AND NOT EXISTS (SELECT FROM receivables.item AS i
                               WHERE i.company_id = $1 AND i.document_id = k.document_id
                                 AND i.due_on <> DUE_ON) AS known_same
        FROM (SOURCE) AS s
        LEFT JOIN receivables.customer AS c ON c.company_id = $1 AND c.customer_number = s.customer_number
        LEFT JOIN receivables.document AS d
            ON d.company_id = $1 AND d.kind = 'KIND' AND d.document_number = s.KIND_number
        LEFT JOIN receivables.document AS k ON k.company_id = $1 AND k.idempotency_key = s.idempotency_key
        $query$, 'DUE_ON', CASE kind WHEN 'invoice' THEN 's.due_date' ELSE 's.KIND_date' END),
        'KIND', kind), 'SOURCE', source);
END;
$$;
COMMENT ON FUNCTION ar.import_resolved(text, text) IS
'The query that joins rows to what the books of company $1 hold: the customer, documents and items they name, and what was posted before with the same idempotency key (known_id, known_same).';

CREATE FUNCTION ar.import_fault_query(kind text, source text, resolved text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    -- Fields, SQLSTATE, condition and reason of each fault, as SQL over the row s.
    faults text[] := '{}';
    f      record;
    keys   text[];
BEGIN
    FOR f IN SELECT * FROM ar.import_fields(kind) LOOP
        faults := faults || ARRAY(
            SELECT ARRAY[quote_literal(f.field), quote_literal(v.sqlstate),
                         replace(v.broken, 'FIELD', f.field), replace(v.reason, 'FIELD', f.field)]
            FROM (VALUES
                ('required', '23502', $$s.FIELD IS NULL AND coalesce(btrim(s.raw_FIELD), '') = ''$$,
                 $$'FIELD is missing'$$),
                ('date', '22007', $$s.FIELD IS NULL AND btrim(s.raw_FIELD) <> ''$$,
                 $$format('FIELD "%s" is no date of the form YYYY-MM-DD', s.raw_FIELD)$$),
                ('date', '22008', $$NOT isfinite(s.FIELD)$$, $$'FIELD is infinite'$$),
                ('amount', '22P02', $$s.FIELD IS NULL AND btrim(s.raw_FIELD) <> ''$$,
                 $$format('FIELD "%s" is no plain decimal number', s.raw_FIELD)$$),
                ('amount', '22003', $$s.FIELD >= 'Infinity'$$, $$'FIELD is NaN or infinite'$$),
                ('amount', '23514', $$s.FIELD <= 0$$, $$format('FIELD %s is not positive', s.FIELD)$$),
                ('amount', '23514', $$s.FIELD <> round(s.FIELD, $3)$$,
                 $$format('FIELD %s has more than %s decimals', s.FIELD, $3)$$),
                ('jsonb', '22023', $$jsonb_typeof(s.FIELD) <> 'object'$$, $$'FIELD must be an object'$$)
            ) AS v (applies, sqlstate, broken, reason)
            WHERE v.applies = f.type OR (v.applies = 'required' AND f.required));
    END LOOP;

    IF kind = 'customer' THEN
        keys := '{customer_number}';
        faults := faults || ARRAY[
            [$$'grade'$$, $$'23514'$$, $$s.grade NOT IN ('A', 'B', 'C', 'D')$$,
             $$format('grade "%s" is none of A, B, C, D', s.grade)$$]];
    ELSIF kind = 'application' THEN
        keys := '{idempotency_key}';
        faults := faults || ARRAY[
            [$$'invoice_number'$$, $$'23503'$$, $$s.invoice_number IS NOT NULL AND s.debit_item_id IS NULL$$,
             $$format('invoice %s does not exist', s.invoice_number)$$],
            [$$'payment_number'$$, $$'23514'$$, $$num_nonnulls(s.payment_number, s.credit_note_number) <> 1$$,
             $$'exactly one of payment_number and credit_note_number is needed'$$],
            [$$s.credit_kind || '_number'$$, $$'23503'$$, $$s.credit_number IS NOT NULL AND s.credit_item_id IS NULL$$,
             $$format('%s %s does not exist', replace(s.credit_kind, '_', ' '), s.credit_number)$$],
            [$$'invoice_number'$$, $$'23514'$$, $$s.debit_customer_id <> s.credit_customer_id$$,
             $$format('invoice %s and %s belong to different customers', s.invoice_number, s.credit_number)$$],
            [$$'application_date'$$, $$'23514'$$, $$s.application_date < s.earliest_date$$,
             $$format('application_date %s is before %s, from when both documents count',
                      s.application_date, s.earliest_date)$$],
            [$$'amount'$$, $$'23514'$$, $$s.known_id IS NULL AND s.debit_applied > s.debit_open$$,
             $$format('amount %s is too much: %s is open of invoice %s from %s on, the rows up to this one apply %s',
                      s.amount, s.debit_open, s.invoice_number, s.effective_on, s.debit_applied)$$],
            [$$'amount'$$, $$'23514'$$, $$s.known_id IS NULL AND s.credit_applied > s.credit_open$$,
             $$format('amount %s is too much: %s is open of %s %s from %s on, the rows up to this one apply %s', s.amount,
                      s.credit_open, replace(s.credit_kind, '_', ' '), s.credit_number, s.effective_on,
                      s.credit_applied)$$]];
    ELSE
        keys := ARRAY[kind || '_number', 'idempotency_key'];
        faults := faults || ARRAY[
            [$$'customer_number'$$, $$'23503'$$, $$s.customer_number IS NOT NULL AND s.customer_id IS NULL$$,
             $$format('customer %s does not exist', s.customer_number)$$],
            [quote_literal(kind || '_number'), $$'23505'$$,
             $$s.namesake_id IS NOT NULL AND s.namesake_id IS DISTINCT FROM s.known_id$$,
             replace($$format('KIND_number %s exists already', s.document_number)$$, 'KIND', kind)]];
    END IF;
    IF kind = 'invoice' THEN
        faults := faults || ARRAY[
            [$$'due_date'$$, $$'23514'$$, $$s.due_date < s.invoice_date$$,
             $$format('due_date %s is before invoice_date %s', s.due_date, s.invoice_date)$$]];
    END IF;
    IF kind <> 'customer' THEN
        faults := faults || ARRAY[
            [$$'idempotency_key'$$, $$'23505'$$, $$s.known_id IS NOT NULL AND NOT s.known_same$$,
             $$format('idempotency_key %s was used before, with other contents', s.idempotency_key)$$]];
    END IF;

    RETURN (
        -- Rows without a fault, which are nearly all, are done with after one condition.
        SELECT format($$
        SELECT s.row_number, f.field, f.sqlstate, f.reason
        FROM (%s) AS s
        CROSS JOIN LATERAL (VALUES %s) AS f (field, sqlstate, broken, reason)
        WHERE f.broken AND (%s)$$,
                      resolved,
                      string_agg(format('(%s, %s, %s, %s)', faults[n][1], faults[n][2], faults[n][3], faults[n][4]),
                                 E',\n' ORDER BY n),
                      string_agg(faults[n][3], E' OR\n' ORDER BY n))
        FROM generate_subscripts(faults, 1) AS n)
        || (SELECT string_agg(format($$
        UNION ALL
        SELECT s.row_number, %1$L, '23505', format('%1$s %%s stands in row %%s too', s.%1$I, d.first_row)
        FROM (SELECT s.%1$I AS key, min(s.row_number) AS first_row FROM (%2$s) AS s
              WHERE s.%1$I IS NOT NULL GROUP BY s.%1$I HAVING count(*) > 1) AS d
        JOIN (%2$s) AS s ON s.%1$I = d.key AND s.row_number <> d.first_row$$, k, source), '')
            FROM unnest(keys) AS k)
        || format($$
        UNION ALL
        SELECT r.row_number, u.field, '42703', format('there is no field "%%s"', u.field)
        FROM jsonb_array_elements($2) WITH ORDINALITY AS r (value, row_number),
             jsonb_object_keys(CASE WHEN jsonb_typeof(r.value) = 'object' THEN r.value ELSE '{}' END) AS u (field)
        WHERE u.field <> ALL (%L)
        UNION ALL
        SELECT r.row_number, NULL, '22023', 'a row must be an object'
        FROM jsonb_array_elements($2) WITH ORDINALITY AS r (value, row_number)
        WHERE jsonb_typeof(r.value) <> 'object'
        ORDER BY 1, 2, 3, 4$$, ARRAY(SELECT x.field FROM ar.import_fields(kind) AS x));
END;
$function$;
COMMENT ON FUNCTION ar.import_fault_query(text, text, text) IS
'The query that lists the faults of rows: row_number, field, sqlstate, reason. Parameters: $1 the company, $2 the rows as jsonb, $3 the decimals of its currency.';

CREATE FUNCTION ar.import_write(kind text, resolved text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF kind = 'customer' THEN
        -- New ones first; then whoever is there by now, in the fields a row gives.
        RETURN ARRAY[format($query$
            INSERT INTO receivables.customer (company_id, customer_number, name, grade, salesperson, department,
                                              region, attributes)
            SELECT $1, s.customer_number, s.name, s.grade, s.salesperson, s.department, s.region,
                   coalesce(s.attributes, '{}')
            FROM (%s) AS s
            WHERE NOT EXISTS (SELECT FROM receivables.customer AS c
                              WHERE c.company_id = $1 AND c.customer_number = s.customer_number)
            ON CONFLICT (company_id, customer_number) DO NOTHING
            $query$, resolved), format($query$
            UPDATE receivables.customer AS c
            SET name = s.name,
                grade = CASE WHEN s.given_grade THEN s.grade ELSE c.grade END,
                salesperson = CASE WHEN s.given_salesperson THEN s.salesperson ELSE c.salesperson END,
                department = CASE WHEN s.given_department THEN s.department ELSE c.department END,
                region = CASE WHEN s.given_region THEN s.region ELSE c.region END,
                attributes = CASE WHEN s.given_attributes THEN coalesce(s.attributes, '{}') ELSE c.attributes END
            FROM (%s) AS s
            WHERE c.company_id = $1 AND c.customer_number = s.customer_number
              AND (c.name <> s.name
                   OR s.given_grade AND c.grade IS DISTINCT FROM s.grade
                   OR s.given_salesperson AND c.salesperson IS DISTINCT FROM s.salesperson
                   OR s.given_department AND c.department IS DISTINCT FROM s.department
                   OR s.given_region AND c.region IS DISTINCT FROM s.region
                   OR s.given_attributes AND c.attributes <> coalesce(s.attributes, '{}'))
            $query$, resolved)];
    ELSIF kind = 'application' THEN
        RETURN ARRAY[format($query$
            INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount,
                                                 reason, idempotency_key)
            SELECT $1, s.debit_item_id, s.credit_item_id, s.effective_on, round(s.amount, $3), s.reason,
                   s.idempotency_key
            FROM (%s) AS s WHERE s.known_id IS NULL
            ORDER BY s.row_number
            $query$, resolved)];
    END IF;
    -- One item a document; a credit is due the day it counts.
    RETURN ARRAY[format($query$
        WITH s AS MATERIALIZED (
            SELECT nextval('receivables.document_document_id_seq') AS document_id, s.customer_id, s.document_date,
                   s.due_on, s.document_number, round(s.amount, $3) AS amount, s.reference,
                   coalesce(s.attributes, '{}') AS attributes, s.idempotency_key
            FROM (SELECT r.* FROM (%1$s) AS r WHERE r.known_id IS NULL ORDER BY r.row_number) AS s
        ), posted AS (
            INSERT INTO receivables.document (company_id, document_id, customer_id, document_date, kind,
                                              document_number, amount, reference, attributes, idempotency_key)
            SELECT $1, s.document_id, s.customer_id, s.document_date, %2$L, s.document_number, s.amount, s.reference,
                   s.attributes, s.idempotency_key
            FROM s
        )
        INSERT INTO receivables.item (company_id, customer_id, document_id, kind, effective_on, due_on,
                                      amount, open_amount)
        SELECT $1, s.customer_id, s.document_id, %2$L, s.document_date, s.due_on, %3$s s.amount, %3$s s.amount
        FROM s
        $query$, resolved, kind, CASE kind WHEN 'invoice' THEN '' ELSE '-' END)];
END;
$$;
COMMENT ON FUNCTION ar.import_write(text, text) IS
'The statements that write rows that have no fault and are not known yet. Parameters as of ar.import_fault_query.';

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

CREATE FUNCTION ar.import_faults(company_id bigint, kind text, rows jsonb, staging regclass)
    RETURNS TABLE (row_number bigint, field text, sqlstate text, reason text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    SET max_parallel_workers_per_gather = 0 SET synchronize_seqscans = off SET enable_material = off AS $$
DECLARE
    minor_units integer := ar.company_minor_units(company_id);
    source      text := ar.import_source(kind, staging);
BEGIN
    IF staging IS NULL AND jsonb_typeof(rows) IS DISTINCT FROM 'array' THEN
        RAISE EXCEPTION 'rows to import must be a jsonb array of objects, not %', coalesce(jsonb_typeof(rows), 'null')
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN QUERY EXECUTE ar.import_fault_query(kind, source, ar.import_resolved(kind, source))
    USING company_id, coalesce(rows, '[]'), minor_units;
END;
$$;
COMMENT ON FUNCTION ar.import_faults(bigint, text, jsonb, regclass) IS
'What ar.check_rows and ar.check_table share.';

CREATE FUNCTION ar.import_all(company_id bigint, kind text, rows jsonb, staging regclass,
                              OUT imported bigint, OUT unchanged bigint)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET max_parallel_workers_per_gather = 0 SET synchronize_seqscans = off SET enable_material = off AS $$
DECLARE
    minor_units integer := ar.company_minor_units(company_id);
    source      text := ar.import_source(kind, staging);
    resolved    text := ar.import_resolved(kind, source);
    noun        text := replace(kind, '_', ' ');
    listed      CONSTANT integer := 1000;
    total       bigint;
    faults      record;
    statement   text;
    written     bigint;
BEGIN
    SELECT count(*) AS number, count(DISTINCT f.row_number) AS rows,
           (array_agg(f.sqlstate))[1] AS sqlstate, (array_agg(f.reason))[1] AS reason,
           (array_agg(format('row %s, %s, %s: %s', f.row_number, coalesce(f.field, 'row'), f.sqlstate, f.reason)))
               [1:listed] AS lines
    INTO faults
    FROM ar.import_faults(company_id, kind, rows, staging) AS f;
    EXECUTE format('SELECT count(*) FROM (%s) AS s', source) INTO total USING company_id, rows;
    IF faults.number > 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = faults.sqlstate,
            MESSAGE = CASE WHEN total = 1 THEN format('%s refused: %s', noun, faults.reason)
                           ELSE format('%s of %s %s rows refused, nothing imported', faults.rows, total, noun) END,
            DETAIL = array_to_string(faults.lines, E'\n')
                     || CASE WHEN faults.number > listed THEN format(E'\nand %s more', faults.number - listed)
                             ELSE '' END,
            HINT = CASE WHEN total = 1 THEN '' ELSE 'ar.check_rows and ar.check_table list all faults as rows.' END;
    END IF;

    IF kind = 'application' THEN
        -- All items at once and in the order of their keys, so that two imports cannot deadlock.
        EXECUTE format($query$
            SELECT count(*) FROM (
                SELECT FROM receivables.item AS i
                WHERE i.company_id = $1
                  AND i.item_id IN (SELECT unnest(ARRAY[s.debit_item_id, s.credit_item_id]) FROM (%s) AS s
                                    WHERE s.known_id IS NULL)
                ORDER BY i.item_id FOR NO KEY UPDATE) AS locked$query$, resolved)
        USING company_id, rows;
    END IF;
    imported := 0;
    FOREACH statement IN ARRAY ar.import_write(kind, resolved) LOOP
        EXECUTE statement USING company_id, rows, minor_units;
        GET DIAGNOSTICS written = ROW_COUNT;
        imported := imported + written;
    END LOOP;
    unchanged := total - imported;

    -- Whoever looks at fresh books before autovacuum does would wait for bad plans.
    IF imported >= 1000 THEN
        FOR statement IN
            SELECT format('ANALYZE (SKIP_LOCKED) %s', c.oid::regclass)
            FROM pg_class AS c
            WHERE c.relnamespace = 'receivables'::regnamespace AND c.relkind = 'r' AND c.reltuples < 0
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
'Imports rows of a kind (customer, invoice, credit_note, payment, application) from a jsonb array of objects, whose fields ar.import_fields lists. All or nothing: any fault in any row raises an error with the SQLSTATE of the first and up to 1000 faults in its detail. Rows whose idempotency key (customers: number) is known with the same contents change nothing; a customer that is known with other contents is updated, in the fields that a row gives. Returns how many rows were written and how many were known.';

CREATE FUNCTION ar.import_table(company_id bigint, kind text, staging regclass,
                                OUT imported bigint, OUT unchanged bigint)
    LANGUAGE sql
BEGIN ATOMIC
    SELECT i.imported, i.unchanged FROM ar.import_all(company_id, kind, NULL, staging) AS i;
END;
COMMENT ON FUNCTION ar.import_table(bigint, text, regclass) IS
'Imports rows of a kind from a table or view whose columns are named like the fields that ar.import_fields lists; columns may be text or typed, others are left alone. Otherwise as ar.import_rows.';

CREATE FUNCTION ar.check_rows(company_id bigint, kind text, rows jsonb)
    RETURNS TABLE (row_number bigint, field text, sqlstate text, reason text)
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT f.row_number, f.field, f.sqlstate, f.reason FROM ar.import_faults(company_id, kind, rows, NULL) AS f;
END;
COMMENT ON FUNCTION ar.check_rows(bigint, text, jsonb) IS
'The faults for which ar.import_rows would refuse these rows: row (counted from 1), field, SQLSTATE and reason; no row where it would not.';

CREATE FUNCTION ar.check_table(company_id bigint, kind text, staging regclass)
    RETURNS TABLE (row_number bigint, field text, sqlstate text, reason text)
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT f.row_number, f.field, f.sqlstate, f.reason FROM ar.import_faults(company_id, kind, NULL, staging) AS f;
END;
COMMENT ON FUNCTION ar.check_table(bigint, text, regclass) IS
'The faults for which ar.import_table would refuse the rows of this table; as ar.check_rows.';
