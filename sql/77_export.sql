-- Reports as files ---------------------------------------------------------------

CREATE FUNCTION ar.reports() RETURNS TABLE (report text, description text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.relname::text, obj_description(c.oid, 'pg_class')
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'company_id' AND NOT a.attisdropped
    WHERE n.nspname = 'receivables' AND c.relkind IN ('v', 'm')
    ORDER BY c.relname
$$;
COMMENT ON FUNCTION ar.reports() IS
'The reports that ar.export_csv and ar.export_json export: every view in schema receivables that has a company_id, also those one has added, with its comment.';

CREATE FUNCTION ar.csv_field(value text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN value IS NULL THEN ''
                WHEN value ~ '[",\r\n]' OR value IN ('', '\.') THEN '"' || replace(value, '"', '""') || '"'
                ELSE value END;
COMMENT ON FUNCTION ar.csv_field(text) IS
'A value as a field of a CSV line, quoted where RFC 4180 asks for it: with a comma, a quote or a line break. Null is an empty field, an empty text a pair of quotes, as COPY ... (FORMAT csv) reads them.';

CREATE FUNCTION ar.csv_line(line record) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT string_agg(ar.csv_field(f.value), ',' ORDER BY f.position)
            FROM json_each_text(row_to_json(line)) WITH ORDINALITY AS f (name, value, position));
END;
$$;
COMMENT ON FUNCTION ar.csv_line(record) IS
'A row as a CSV line without its line break, values as in JSON: dates as YYYY-MM-DD, times as ISO 8601 with their offset, true and false, arrays in brackets. For rows of a function or query of one''s own, as ar.csv_field.';

CREATE FUNCTION ar.report_query(report text, company_id bigint, line text) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM ar.reports() AS r WHERE r.report = report_query.report) THEN
        RAISE EXCEPTION 'there is no report %', coalesce(report, 'null')
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = format('Reports: %s.', (SELECT string_agg(r.report, ', ' ORDER BY r.report) FROM ar.reports() AS r));
    END IF;
    PERFORM ar.company_minor_units(company_id);
    RETURN (SELECT format('SELECT %s AS line FROM receivables.%I AS r WHERE r.company_id = %s ORDER BY %s', line, report, company_id,
                          string_agg('r.' || quote_ident(a.attname) || CASE WHEN a.attcollation <> 0 THEN ' COLLATE "C"' ELSE '' END,
                                     ', ' ORDER BY a.attnum))
            FROM pg_attribute AS a
            WHERE a.attrelid = format('receivables.%I', report)::regclass AND a.attnum > 0 AND NOT a.attisdropped
              AND a.atttypid IN ('bigint'::regtype, 'integer'::regtype, 'smallint'::regtype, 'numeric'::regtype,
                                 'text'::regtype, 'date'::regtype, 'timestamptz'::regtype, 'boolean'::regtype));
END;
$$;
COMMENT ON FUNCTION ar.report_query(text, bigint, text) IS
'The query for the lines of a report of a company, each made of its row r by an expression, in the order of the columns from left to right. Errors as ar.export_csv.';

CREATE FUNCTION ar.export_csv(report text, company_id bigint) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    header  text;
    columns text;
    lines   text;
BEGIN
    -- A text in jsonb keeps its quotes, and a list its braces, to be read back. Unknown reports are refused below.
    SELECT string_agg(ar.csv_field(a.attname), ',' ORDER BY a.attnum),
           string_agg(format(CASE WHEN a.atttypid IN ('json'::regtype, 'jsonb'::regtype) OR t.typcategory = 'A' THEN 'r.%1$I::text AS %1$I' ELSE 'r.%1$I' END,
                             a.attname), ', ' ORDER BY a.attnum)
    INTO header, columns
    FROM pg_attribute AS a
    JOIN pg_type AS t ON t.oid = a.atttypid
    WHERE a.attrelid = to_regclass('receivables.' || quote_ident(report)) AND a.attnum > 0 AND NOT a.attisdropped;
    EXECUTE format('SELECT string_agg(q.line || E''\n'', '''') FROM (%s) AS q',
                   ar.report_query(report, company_id, format('ar.csv_line((SELECT x FROM (SELECT %s) AS x))', columns)))
    INTO lines;
    RETURN header || E'\n' || coalesce(lines, '');
END;
$$;
COMMENT ON FUNCTION ar.export_csv(text, bigint) IS
'A report of a company as CSV: a header with the names of the columns and a line for each row, in the order of the columns from left to right. report is one of ar.reports(), and answers for ar.as_of() and ar.known_at(), with the rights of the caller. Values and quotes as ar.csv_line, lists in braces as PostgreSQL writes them; every line ends with a newline (LF). Errors: 22023 for an unknown report, 23503 for an unknown company, 42501 for one the caller may not read, 55000 without books of the right version.';

CREATE FUNCTION ar.export_json(report text, company_id bigint) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    result jsonb;
BEGIN
    EXECUTE format('SELECT coalesce(jsonb_agg(q.line), ''[]'') FROM (%s) AS q',
                   ar.report_query(report, company_id, 'to_jsonb(r)')) INTO result;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.export_json(text, bigint) IS
'A report of a company as an array of objects, one for each row with the columns as keys; rows, order and errors as ar.export_csv.';
