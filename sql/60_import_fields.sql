-- Import: many rows, all checked, all or nothing ------------------------------
--
-- Rows keep their order: no parallel or synchronized scans. Fresh books have no
-- statistics: a materialized inner table, which is read once a row, is ruled out.
--
-- A kind of row is described once, by its fields; the same description reads
-- rows from jsonb and from a staging table. Each kind then has one query that
-- finds faults and one statement that writes. What no row makes use of, such as
-- currencies or contracts, is left out of both.

CREATE FUNCTION ar.import_fields(kind text,
                                 OUT field text, OUT type text, OUT required boolean)
    RETURNS SETOF record
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT replace(f.field, 'KIND', kind), f.type, f.required
    FROM (VALUES
        (1, 'customer', 'customer_number', 'text', true),
        (2, 'customer', 'name', 'text', true),
        (3, 'customer', 'grade', 'text', false),
        (4, 'customer', 'salesperson', 'text', false),
        (5, 'customer', 'department', 'text', false),
        (6, 'customer', 'region', 'text', false),
        (7, 'customer', 'payment_term', 'text', false),
        (8, 'customer', 'credit_limit', 'limit', false),
        (9, 'customer', 'tax_id', 'text', false),
        (10, 'customer', 'language', 'text', false),
        (11, 'customer', 'customer_group', 'text', false),
        (12, 'customer', 'match_rule_set', 'text', false),
        (12.1, 'customer', 'dunning_policy', 'text', false),
        (12.2, 'customer', 'interest_policy', 'text', false),
        (12.5, 'customer', 'parent_number', 'text', false),
        (13, 'order', 'order_number', 'text', true),
        (13, 'contract', 'contract_number', 'text', true),
        (14, 'document', 'KIND_number', 'text', false),
        (15, 'contract document order', 'customer_number', 'text', true),
        (16, 'contract', 'contract_date', 'date', true),
        (17, 'document', 'KIND_date', 'date', true),
        (17, 'order', 'order_date', 'date', true),
        (18, 'order', 'delivery_date', 'date', false),
        (18.5, 'order', 'status', 'text', false),
        (18, 'invoice opening_balance', 'due_date', 'date', false),
        (19, 'contract', 'ends_on', 'date', false),
        (20, 'contract', 'amount', 'optional amount', false),
        (21, 'invoice credit_note payment deposit refund write_off interest fee application order', 'amount', 'amount', true),
        (21, 'adjustment opening_balance', 'amount', 'signed amount', true),
        (22, 'contract document order', 'currency', 'text', false),
        (23, 'document order', 'exchange_rate', 'rate', false),
        (24, 'invoice credit_note', 'tax_amount', 'limit', false),
        (25, 'invoice', 'payment_term', 'text', false),
        (26, 'invoice', 'instalments', 'list', false),
        (27, 'invoice credit_note', 'lines', 'list', false),
        (28, 'invoice credit_note deposit', 'contract_number', 'text', false),
        (29, 'invoice credit_note deposit', 'order_reference', 'text', false),
        (30, 'credit_note write_off interest fee application', 'invoice_number', 'text', false),
        (31, 'application', 'debit_kind', 'text', false),
        (32, 'application', 'debit_number', 'text', false),
        (33, 'application', 'instalment', 'integer', false),
        (34, 'refund application', 'payment_number', 'text', false),
        (35, 'refund application', 'credit_note_number', 'text', false),
        (36, 'refund', 'deposit_number', 'text', false),
        (37, 'application', 'credit_kind', 'text', false),
        (38, 'application', 'credit_number', 'text', false),
        (39, 'application', 'application_date', 'date', false),
        (40, 'document', 'reference', 'text', false),
        (41, 'write_off adjustment', 'reason', 'text', true),
        (41, 'interest fee refund application', 'reason', 'text', false),
        (42, 'document', 'series', 'text', false),
        (42, 'order', 'deposit_amount', 'limit', false),
        (43, 'customer contract document order', 'attributes', 'jsonb', false),
        (44, 'customer contract order', 'source_key', 'text', false),
        (45, 'document application', 'idempotency_key', 'text', false)
    ) AS f (position, kinds, field, type, required)
    WHERE import_fields.kind = ANY (string_to_array(f.kinds, ' '))
       OR 'document' = ANY (string_to_array(f.kinds, ' ')) AND import_fields.kind = ANY (ar.document_kinds())
    ORDER BY f.position;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no rows of kind "%" can be imported', kind
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = format('The kinds are customer, contract, order, %s and application.', array_to_string(ar.document_kinds(), ', '));
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.import_fields(text) IS
'The fields of a row to import: name, type and whether it is required. kind is customer, contract, order, application or one of ar.document_kinds. Types: text; date; amount (positive), signed amount (not 0), optional amount; limit (0 or more); rate (positive, any decimals); integer (1 or more); jsonb (an object); list (an array of objects). Error 22023 for any other kind.';

CREATE FUNCTION ar.document_kinds() RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN '{invoice,credit_note,payment,deposit,refund,write_off,adjustment,interest,fee,opening_balance}'::text[];
COMMENT ON FUNCTION ar.document_kinds() IS
'The kinds of document that are posted and imported. Transfers are made by ar.transfer, exchange differences by applications.';

CREATE FUNCTION ar.is_credit_kind(kind text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN kind IN ('credit_note', 'payment', 'deposit', 'write_off');
COMMENT ON FUNCTION ar.is_credit_kind(text) IS
'Whether a document of the kind posts a credit item for a positive amount.';

CREATE FUNCTION ar.import_source(kind text, staging regclass) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    f       record;
    columns text[];
    raw     text;
    value   text;
    type    text;
    given   text;
    is_json boolean;
BEGIN
    FOR f IN SELECT * FROM ar.import_fields(kind) LOOP
        is_json := f.type IN ('jsonb', 'list');
        IF staging IS NULL THEN
            raw := format(CASE WHEN is_json THEN 'r.value -> %L' ELSE 'r.value ->> %L' END, f.field);
            type := CASE WHEN is_json THEN 'jsonb' ELSE 'text' END;
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
        IF is_json AND type NOT IN ('jsonb', 'json') AND raw <> 'NULL::text' THEN
            RAISE EXCEPTION 'column "%" of staging table % must be of type jsonb, not %', f.field, staging, type
                USING ERRCODE = 'datatype_mismatch';
        END IF;
        value := CASE
            WHEN f.type = 'text' THEN format('nullif(btrim((%s)::text), %L)', raw, '')
            WHEN is_json THEN format('nullif((%s)::jsonb, %L::jsonb)', raw, 'null')
            WHEN f.type = 'date' THEN CASE WHEN type = 'date' THEN raw ELSE format('ar.parse_date((%s)::text)', raw) END
            ELSE CASE WHEN type IN ('numeric', 'bigint', 'integer', 'smallint') THEN format('(%s)::numeric', raw)
                      ELSE format('ar.parse_amount((%s)::text)', raw) END
        END;
        columns := columns || format('%s AS %I, (%s)::text AS %I, %s AS %I', value, f.field,
                                     raw, 'raw_' || f.field, given, 'given_' || f.field);
    END LOOP;
    IF staging IS NULL THEN
        -- OFFSET makes plain columns of them: under row-level security nothing else is looked up by an index.
        RETURN format('SELECT r.row_number, %s FROM jsonb_array_elements($2) WITH ORDINALITY AS r (value, row_number) OFFSET 0',
                      array_to_string(columns, ', '));
    END IF;
    RETURN format('SELECT row_number() OVER () AS row_number, %s FROM %s AS t',
                  array_to_string(columns, ', '), staging);
END;
$$;
COMMENT ON FUNCTION ar.import_source(text, regclass) IS
'The query that reads rows of a kind from a staging table, or from the jsonb parameter $2 where staging is null: row_number, each field, as raw_field its text and as given_field whether the row has it at all. Errors: 42703 for a column that is missing, 42804 for one of the wrong type.';
