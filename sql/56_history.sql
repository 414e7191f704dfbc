-- What was changed, and the past that follows from it --------------------------------

CREATE FUNCTION ar.refuse_direct_write() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% of %.% refused', lower(TG_OP), TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, DETAIL = TG_ARGV[0];
END;
$$;
COMMENT ON FUNCTION ar.refuse_direct_write() IS
'Trigger function: refuses a write with error 23001; its argument is the detail of the error.';

CREATE FUNCTION ar.key_columns(table_name text) RETURNS text[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT array_agg(a.attname::text ORDER BY k.position)
    FROM pg_index AS i
    CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, position)
    JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
    WHERE i.indrelid = to_regclass(format('receivables.%I', table_name)) AND i.indisprimary
$$;
COMMENT ON FUNCTION ar.key_columns(text) IS
'The columns of the primary key of a table of the books, in order; null for no such table.';

CREATE FUNCTION ar.kept_column(table_name text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE table_name WHEN 'contract' THEN 'invoiced_amount' WHEN 'customer_owner' THEN 'valid_to'
                           WHEN 'sales_order' THEN 'invoiced_amount' ELSE '' END;
COMMENT ON FUNCTION ar.kept_column(text) IS
'The column of a table that follows from other rows and is not logged; empty for none.';

CREATE FUNCTION ar.record_change() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    before jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    after  jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
BEGIN
    INSERT INTO receivables.change_log (company_id, table_name, row_key, operation, old, new)
    SELECT (after ->> 'company_id')::bigint, TG_TABLE_NAME,
           (SELECT jsonb_object_agg(k.name, after -> k.name) FROM unnest(TG_ARGV) AS k (name)), 'update', c.old, c.new
    FROM (SELECT jsonb_object_agg(o.key, o.value) AS old, jsonb_object_agg(o.key, after -> o.key) AS new
          FROM jsonb_each(before) AS o
          WHERE after -> o.key <> o.value) AS c
    WHERE NOT c.old ?| TG_ARGV;
    IF NOT FOUND THEN
        -- A row that comes or goes; with another key it is another row.
        INSERT INTO receivables.change_log (company_id, table_name, row_key, operation, old, new)
        SELECT (coalesce(c.old, c.new) ->> 'company_id')::bigint, TG_TABLE_NAME, c.row_key, c.operation, c.old, c.new
        FROM (SELECT jsonb_object_agg(k.name, before -> k.name) AS was, jsonb_object_agg(k.name, after -> k.name) AS is
              FROM unnest(TG_ARGV) AS k (name)) AS key
        CROSS JOIN LATERAL (VALUES (key.was, 'delete', before, NULL), (key.is, 'insert', NULL, after)) AS c (row_key, operation, old, new)
        WHERE coalesce(c.old, c.new) IS NOT NULL AND key.was <> key.is;
    END IF;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION ar.record_change() IS
'Trigger function after each row: writes a change to receivables.change_log. Its arguments are the columns of the primary key.';

CREATE FUNCTION ar.logged_row(table_name text, key jsonb, OUT row_key jsonb, OUT current_row jsonb)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    columns text[] := ar.key_columns(table_name);
BEGIN
    PERFORM ar.require_guards();
    IF NOT EXISTS (SELECT FROM pg_trigger AS t
                   WHERE t.tgrelid = to_regclass(format('receivables.%I', table_name))
                     AND t.tgname = table_name || '_change_logged')
    THEN
        RAISE EXCEPTION 'no history is kept of table %', coalesce(table_name, 'null')
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'It is kept of customers, terms, rules and all else that does change; what is posted does not.';
    ELSIF jsonb_typeof(key) IS DISTINCT FROM 'object' OR NOT key ?& columns OR key - columns <> '{}' THEN
        RAISE EXCEPTION 'key of table % does not name the columns of its primary key', table_name
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = format('The key is %s, the columns are %s.', coalesce(key::text, 'null'), array_to_string(columns, ', '));
    END IF;
    -- By way of the row type, so that a key reads as in the log, however it was written.
    EXECUTE format('SELECT (SELECT jsonb_object_agg(c.name, to_jsonb(k) -> c.name) FROM unnest($2) AS c (name)), to_jsonb(t) '
                   'FROM jsonb_populate_record(NULL::receivables.%1$I, $1) AS k LEFT JOIN receivables.%1$I AS t USING (%2$s)',
                   table_name, (SELECT string_agg(format('%I', c.name), ', ') FROM unnest(columns) AS c (name)))
    INTO row_key, current_row USING key, columns;
    current_row := current_row - ar.kept_column(table_name);
END;
$$;
COMMENT ON FUNCTION ar.logged_row(text, jsonb) IS
'The key of a row as the log has it, and the row as it is now, null where there is none. Error 22023 for a table without history, or another key than its primary key.';

CREATE FUNCTION ar.row_as_of(table_name text, key jsonb, at timestamptz) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found  record;
    result jsonb;
    change record;
BEGIN
    SELECT * INTO found FROM ar.logged_row(table_name, key);
    result := found.current_row;
    FOR change IN
        SELECT l.operation, l.old
        FROM receivables.change_log AS l
        WHERE l.table_name = row_as_of.table_name AND l.row_key = found.row_key AND l.recorded_at > at
        ORDER BY l.change_id DESC
    LOOP
        result := CASE change.operation WHEN 'insert' THEN NULL
                                        WHEN 'delete' THEN change.old
                                        ELSE result || change.old END;
    END LOOP;
    RETURN CASE WHEN (result ->> 'recorded_at')::timestamptz > at THEN NULL ELSE result END;
END;
$$;
COMMENT ON FUNCTION ar.row_as_of(text, jsonb, timestamptz) IS
'A row of a table of the books as it was at a moment, by column: the row as it is, with later changes undone; null where it did not exist. key is its primary key, such as {"company_id": 1, "customer_id": 7}. What follows from other rows is left out: contract.invoiced_amount, sales_order.invoiced_amount and customer_owner.valid_to. Errors: 22023 for a table without history, or another key.';

CREATE FUNCTION ar.change_history(table_name text, key jsonb)
    RETURNS TABLE (changed_at timestamptz, changed_by text, application_user text,
                   column_name text, old_value jsonb, new_value jsonb)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT h.changed_at, h.changed_by, h.application_user, h.column_name, h.old_value, h.new_value
    FROM receivables.change_history AS h
    WHERE h.table_name = change_history.table_name
      AND h.row_key = (SELECT r.row_key FROM ar.logged_row(change_history.table_name, key) AS r)
    ORDER BY h.change_id, h.column_name;
END;
$$;
COMMENT ON FUNCTION ar.change_history(text, jsonb) IS
'Every change of a row of a table of the books, one line for each column: when, by whom, old and new value; the oldest first. Parameters and errors as of ar.row_as_of.';
