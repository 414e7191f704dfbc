-- Bank files: CSV and jsonb, by a mapping ------------------------------------------

CREATE FUNCTION ar.csv_cells(line text, delimiter text, quote text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part   text;
    open   text;
    cells  text[] := '{}';
BEGIN
    IF strpos(line, quote) = 0 THEN
        RETURN string_to_array(line, delimiter);
    END IF;
    FOREACH part IN ARRAY string_to_array(line, delimiter) LOOP
        -- A field goes on, delimiter and all, until its quotes are even.
        open := CASE WHEN open IS NULL THEN part ELSE open || delimiter || part END;
        IF mod(length(open) - length(replace(open, quote, '')), 2) = 0 THEN
            IF strpos(open, quote) > 0 THEN
                IF left(open, 1) <> quote OR right(open, 1) <> quote OR length(open) < 2
                    OR strpos(replace(substr(open, 2, length(open) - 2), quote || quote, ''), quote) > 0
                THEN
                    RETURN NULL;
                END IF;
                open := replace(substr(open, 2, length(open) - 2), quote || quote, quote);
            END IF;
            cells := cells || open;
            open := NULL;
        END IF;
    END LOOP;
    RETURN CASE WHEN open IS NULL THEN cells END;
END;
$$;
COMMENT ON FUNCTION ar.csv_cells(text, text, text) IS
'The cells of a row of a CSV text; null where a quote stands where none may.';

CREATE FUNCTION ar.csv_rows(content text, delimiter text DEFAULT ',', quote text DEFAULT '"')
    RETURNS TABLE (file_line integer, cells text[], fault text)
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH line AS (
        SELECT l.n, l.text, length(l.text) - length(replace(l.text, quote, '')) AS quotes
        FROM string_to_table(content, E'\n') WITH ORDINALITY AS l (text, n)
    ), counted AS (
        -- A line end within quotes, that is after an odd number of them, is one of a field.
        SELECT l.n, l.text, coalesce(sum(l.quotes) OVER (ORDER BY l.n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
        FROM line AS l
    ), record AS (
        SELECT c.n, c.text, count(*) FILTER (WHERE mod(c.before, 2) = 0) OVER (ORDER BY c.n) AS record FROM counted AS c
    ), joined AS (
        SELECT min(r.n)::integer AS file_line, rtrim(string_agg(r.text, E'\n' ORDER BY r.n), E'\r') AS text
        FROM record AS r
        GROUP BY r.record
    )
    SELECT j.file_line, c.cells,
           CASE WHEN c.cells IS NULL THEN format('a quote is not where a field begins or ends, or never ends, in the row "%s"', left(j.text, 60)) END
    FROM joined AS j
    CROSS JOIN LATERAL ar.csv_cells(j.text, delimiter, quote) AS c (cells)
    WHERE j.text <> ''
    ORDER BY j.file_line
$$;
COMMENT ON FUNCTION ar.csv_rows(text, text, text) IS
'The rows of a CSV text as RFC 4180 has it, quoted line ends included: the line each begins on, its cells, and what is wrong with it. Empty lines are no rows.';

CREATE FUNCTION ar.bank_mapping_fields(OUT field text, OUT part text, OUT type text) RETURNS SETOF record
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    VALUES ('account', 'statement', 'text'), ('statement_number', 'statement', 'text'), ('currency', 'statement', 'text'),
           ('opening_on', 'statement', 'date'), ('opening_balance', 'statement', 'amount'), ('closing_on', 'statement', 'date'),
           ('closing_balance', 'statement', 'amount'), ('booked_on', 'line', 'date'), ('value_on', 'line', 'date'),
           ('amount', 'line', 'amount'), ('debit_amount', 'line', 'amount'), ('credit_amount', 'line', 'amount'),
           ('credit_debit', 'line', 'text'), ('charge_amount', 'line', 'amount'), ('payer_name', 'line', 'text'),
           ('payer_account', 'line', 'text'), ('structured_reference', 'line', 'text'), ('end_to_end_id', 'line', 'text'),
           ('remittance_text', 'line', 'text'), ('bank_reference', 'line', 'text'), ('transaction_code', 'line', 'text')
$$;
COMMENT ON FUNCTION ar.bank_mapping_fields() IS
'The fields that a mapping of ar.load_bank_statement can find in a CSV or jsonb file: of which part, and of what type.';

CREATE FUNCTION ar.check_bank_mapping(mapping jsonb) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    unknown text;
BEGIN
    IF jsonb_typeof(mapping) IS DISTINCT FROM 'object' THEN
        RAISE EXCEPTION 'a CSV file needs a mapping: an object that says which column holds which field'
            USING ERRCODE = 'invalid_parameter_value', HINT = 'ar.bank_mapping_fields() lists the fields.';
    END IF;
    SELECT k.key INTO unknown
    FROM jsonb_each(mapping) AS k
    WHERE k.key NOT IN ('delimiter', 'quote', 'header', 'skip_lines', 'date_format', 'decimal_separator')
      AND k.key NOT IN (SELECT f.field FROM ar.bank_mapping_fields() AS f)
    LIMIT 1;
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION 'a mapping has no field "%"', unknown
            USING ERRCODE = 'invalid_parameter_value', HINT = 'ar.bank_mapping_fields() lists the fields.';
    ELSIF EXISTS (SELECT FROM jsonb_each(mapping) AS k
                  WHERE k.key IN (SELECT f.field FROM ar.bank_mapping_fields() AS f)
                    AND (jsonb_typeof(k.value) NOT IN ('string', 'number', 'object')
                         OR jsonb_typeof(k.value) = 'object' AND NOT k.value ? 'value')) THEN
        RAISE EXCEPTION 'a field is mapped to the name of a column, its number, or {"value": ...}'
            USING ERRCODE = 'invalid_parameter_value';
    ELSIF length(coalesce(mapping ->> 'delimiter', ',')) <> 1 OR length(coalesce(mapping ->> 'quote', '"')) <> 1
          OR coalesce(mapping ->> 'delimiter', ',') = coalesce(mapping ->> 'quote', '"') THEN
        RAISE EXCEPTION 'delimiter and quote are one character each, and differ' USING ERRCODE = 'invalid_parameter_value';
    ELSIF coalesce(mapping ->> 'decimal_separator', '.') NOT IN ('.', ',') THEN
        RAISE EXCEPTION 'decimal_separator is . or ,' USING ERRCODE = 'invalid_parameter_value';
    ELSIF coalesce(mapping ->> 'skip_lines', '0') !~ '^\d{1,6}$' OR coalesce(mapping ->> 'header', 'true') NOT IN ('true', 'false') THEN
        RAISE EXCEPTION 'skip_lines is a number of lines, header true or false' USING ERRCODE = 'invalid_parameter_value';
    ELSIF coalesce(mapping ->> 'date_format', 'YYYY-MM-DD') !~ '^[^[:alpha:]]*((DD?|MM?|YYYY|YY)[^[:alpha:]]*){3}$' THEN
        RAISE EXCEPTION 'date_format "%" is none of DD, MM and YYYY or YY', mapping ->> 'date_format'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.check_bank_mapping(jsonb) IS
'Error 22023 unless this is a mapping as ar.load_bank_statement takes it.';

CREATE FUNCTION ar.date_from(value text, format text) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    -- By position, as to_date takes 31.4. for 1.5. in some of its versions, and parts of other lengths.
    SELECT coalesce(CASE WHEN length(p.year) = 2 THEN CASE WHEN p.year < '80' THEN '20' ELSE '19' END ELSE '' END || p.year
                    || '-' || lpad(p.month, 2, '0') || '-' || lpad(p.day, 2, '0'), value)
    FROM (SELECT max(m.parts[x.n]) FILTER (WHERE x.name LIKE 'Y%') AS year, max(m.parts[x.n]) FILTER (WHERE x.name LIKE 'M%') AS month,
                 max(m.parts[x.n]) FILTER (WHERE x.name LIKE 'D%') AS day
          FROM regexp_match(btrim(value), '^' || regexp_replace(regexp_replace(
                   regexp_replace(format, '([^[:alnum:]])', '\\\1', 'g'), 'YYYY', '(\\d{4})'), 'DD?|MM?|YY',
                   CASE WHEN format ~ '[^[:alpha:]]' THEN '(\d{1,2})' ELSE '(\d{2})' END, 'g') || '(?:[ T].*)?$') AS m (parts)
          CROSS JOIN LATERAL (SELECT r.name[1] AS name, r.n FROM regexp_matches(format, '(DD?|MM?|YYYY|YY)', 'g') WITH ORDINALITY AS r (name, n)) AS x) AS p
$$;
COMMENT ON FUNCTION ar.date_from(text, text) IS
'A date written by a format of DD, MM and YYYY or YY in the form YYYY-MM-DD; as it is where it is not written like that. Whether it is a day of the calendar is not looked at.';

CREATE FUNCTION ar.amount_from(value text, decimal_separator text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    -- Thousands are separated by threes; anything else stays, to be refused.
    RETURN CASE
        WHEN decimal_separator = ',' AND btrim(value) ~ '^[-+]?(\d+|\d{1,3}([. '' ]\d{3})+)?(,\d*)?[-+]?$'
            THEN regexp_replace(replace(regexp_replace(btrim(value), '[. '' +]', '', 'g'), ',', '.'), '^(.*[^-])-$', '-\1')
        WHEN decimal_separator = '.' AND btrim(value) ~ '^[-+]?(\d+|\d{1,3}([, '' ]\d{3})+)?(\.\d*)?[-+]?$'
            THEN regexp_replace(regexp_replace(btrim(value), '[, '' +]', '', 'g'), '^(.*[^-])-$', '-\1')
        -- 34.5 is no amount where the separator is a comma, plain as it looks.
        WHEN decimal_separator = ',' THEN value || ' (decimal separator ,)'
        ELSE value END;
COMMENT ON FUNCTION ar.amount_from(text, text) IS
'An amount with a decimal separator and, perhaps, separators of thousands as a plain decimal number; as it is where it is none.';

CREATE FUNCTION ar.bank_jsonb_rows(content text, OUT rows jsonb, OUT fault text)
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    rows := content::jsonb;
    IF jsonb_typeof(rows) <> 'array' OR EXISTS (SELECT FROM jsonb_array_elements(rows) AS r (line) WHERE jsonb_typeof(r.line) <> 'object') THEN
        fault := 'a file of jsonb is an array of objects, one for each line';
    END IF;
EXCEPTION
    WHEN invalid_text_representation OR untranslatable_character THEN
        GET STACKED DIAGNOSTICS fault = PG_EXCEPTION_CONTEXT;
        fault := coalesce('the file is no JSON, on its line ' || substring(fault FROM 'JSON data, line (\d+)'), 'the file is no JSON')
                 || ': ' || SQLERRM;
END;
$$;
COMMENT ON FUNCTION ar.bank_jsonb_rows(text) IS
'The text of a file as jsonb, or what is wrong with it.';

CREATE FUNCTION ar.mapped_records(content text, format text, mapping jsonb) RETURNS SETOF ar.bank_record
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    options   jsonb := '{"delimiter": ",", "quote": "\"", "header": true, "skip_lines": 0, "date_format": "YYYY-MM-DD", "decimal_separator": "."}'
                       || jsonb_strip_nulls(coalesce(mapping, '{}'));
    skipped   integer;
    body      text := content;
    names     text[];
    width     integer;
    columns   integer;
    sources   jsonb;
    missing   text;
    objects   jsonb;
    fault     text;
BEGIN
    IF format = 'csv' OR mapping IS NOT NULL THEN
        PERFORM ar.check_bank_mapping(mapping);
    END IF;
    IF format = 'jsonb' THEN
        SELECT r.rows, r.fault INTO objects, fault FROM ar.bank_jsonb_rows(content) AS r;
        IF fault IS NOT NULL THEN
            RETURN NEXT ar.bank_fault(substring(fault FROM 'on its line (\d+)')::integer, NULL, NULL, '22P02', fault);
            RETURN;
        END IF;
        -- Without a mapping, fields go by their own names.
        IF mapping IS NULL THEN
            options := options || (SELECT jsonb_object_agg(f.field, f.field) FROM ar.bank_mapping_fields() AS f);
        END IF;
    ELSE
        skipped := (options ->> 'skip_lines')::integer;
        body := substr(content, 1 + coalesce((
            SELECT sum(length(l.text) + 1) FROM string_to_table(content, E'\n') WITH ORDINALITY AS l (text, n) WHERE l.n <= skipped), 0)::integer);
    END IF;
    IF format = 'csv' THEN
        SELECT r.cells INTO names FROM ar.csv_rows(body, options ->> 'delimiter', options ->> 'quote') AS r LIMIT 1;
        -- What ends rows with a delimiter has no more columns for it.
        SELECT coalesce(max(n.n) FILTER (WHERE btrim(n.name) <> ''), 0), count(*), array_agg(btrim(n.name) ORDER BY n.n)
        INTO width, columns, names
        FROM unnest(names) WITH ORDINALITY AS n (name, n);
        IF NOT (options ->> 'header')::boolean THEN
            width := columns;
            names := NULL;
        END IF;
    END IF;
    -- Each field: a constant, or the number or name of its column.
    SELECT jsonb_object_agg(f.field, CASE
               WHEN jsonb_typeof(options -> f.field) = 'object' THEN jsonb_build_object('value', options -> f.field -> 'value')
               WHEN format = 'jsonb' THEN jsonb_build_object('name', options ->> f.field)
               WHEN jsonb_typeof(options -> f.field) = 'number' THEN jsonb_build_object('cell', options -> f.field)
               ELSE jsonb_build_object('cell', array_position(names, options ->> f.field)) END)
    INTO sources
    FROM ar.bank_mapping_fields() AS f
    WHERE options ? f.field;
    SELECT string_agg(format('"%s"', options ->> s.key), ', ') INTO missing
    FROM jsonb_each(sources) AS s
    WHERE s.value ? 'cell' AND s.value ->> 'cell' IS NULL;
    IF missing IS NOT NULL THEN
        RETURN NEXT ar.bank_fault(1 + skipped, NULL, NULL, '22023', format('there is no column %s in the header', missing));
        RETURN;
    END IF;

    RETURN QUERY
    WITH field AS MATERIALIZED (
        SELECT f.field, f.type, sources -> f.field AS source FROM ar.bank_mapping_fields() AS f WHERE sources ? f.field
    ), loose AS MATERIALIZED (
        -- Columns that no field is taken from.
        SELECT n.name, n.n::integer AS n FROM unnest(names) WITH ORDINALITY AS n (name, n)
        WHERE n.name <> '' AND NOT EXISTS (SELECT FROM field AS f WHERE f.source ->> 'cell' = n.n::text)
    ), source AS MATERIALIZED (
        SELECT r.file_line + skipped AS file_line, r.n, to_jsonb(r.cells) AS cells,
               coalesce(r.fault, CASE WHEN cardinality(r.cells) < width OR array_to_string(r.cells[columns + 1:], '') <> '' THEN
                   format('the row has %s cells, the %s %s', cardinality(r.cells), CASE WHEN names IS NULL THEN 'first' ELSE 'header' END, columns)
                   END) AS fault
        FROM (SELECT x.*, row_number() OVER (ORDER BY x.file_line) AS n
              FROM ar.csv_rows(body, options ->> 'delimiter', options ->> 'quote') AS x
              WHERE format = 'csv') AS r
        WHERE names IS NULL OR r.n > 1 OR r.fault IS NOT NULL
        UNION ALL
        SELECT NULL, x.n, x.line, NULL
        FROM jsonb_array_elements(objects) WITH ORDINALITY AS x (line, n)
    ), value AS MATERIALIZED (
        SELECT s.n, s.file_line, s.cells, jsonb_object_agg(f.field, f.value) FILTER (WHERE f.value IS NOT NULL) AS v
        FROM source AS s
        LEFT JOIN LATERAL (
            SELECT f.field, CASE f.type WHEN 'date' THEN ar.date_from(x.text, options ->> 'date_format')
                                        WHEN 'amount' THEN ar.amount_from(x.text, options ->> 'decimal_separator')
                                        ELSE btrim(x.text) END AS value
            FROM field AS f
            CROSS JOIN LATERAL (SELECT nullif(btrim(CASE
                WHEN f.source ? 'value' THEN f.source ->> 'value'
                WHEN f.source ? 'name' THEN s.cells ->> (f.source ->> 'name')
                ELSE s.cells ->> ((f.source ->> 'cell')::integer - 1) END), '') AS text) AS x) AS f ON true
        WHERE s.fault IS NULL
        GROUP BY s.n, s.file_line, s.cells
    ), grouped AS MATERIALIZED (
        SELECT v.*, dense_rank() OVER (ORDER BY g.first) AS statement
        FROM (SELECT x.*, coalesce(x.v ->> 'account', '') AS account, coalesce(x.v ->> 'statement_number', '') AS number FROM value AS x) AS v
        JOIN (SELECT coalesce(x.v ->> 'account', '') AS account, coalesce(x.v ->> 'statement_number', '') AS number, min(x.n) AS first
              FROM value AS x GROUP BY 1, 2) AS g USING (account, number)
    ), line AS (
        SELECT g.file_line, g.statement::integer AS statement,
               (row_number() OVER (PARTITION BY g.statement ORDER BY g.n))::integer AS entry, g.v,
               g.v - 'debit_amount' - 'credit_amount' - 'credit_debit' - 'account' - 'statement_number' - 'opening_on' - 'opening_balance'
                   - 'closing_on' - 'closing_balance'
               || jsonb_strip_nulls(jsonb_build_object(
                   'payer_account', ar.bank_account_key(g.v ->> 'payer_account'),
                   'end_to_end_id', ar.bank_end_to_end(g.v ->> 'end_to_end_id'),
                   'entry_reference', coalesce(g.v ->> 'bank_reference', ar.bank_end_to_end(g.v ->> 'end_to_end_id')),
                   'booked_on', coalesce(g.v ->> 'booked_on', g.v ->> 'value_on'),
                   'remittance', CASE WHEN format = 'jsonb' AND jsonb_typeof(g.cells -> 'remittance') = 'array' THEN g.cells -> 'remittance' END,
                   'amount', CASE
                       WHEN g.v ? 'amount' THEN
                           CASE WHEN upper(g.v ->> 'credit_debit') IN ('D', 'DR', 'DBIT', 'DEBIT', 'S', 'SOLL', '-')
                                     AND g.v ->> 'amount' NOT LIKE '-%' THEN '-' ELSE '' END || (g.v ->> 'amount')
                       -- Either column may be 0 for nothing, and the debit written with its sign.
                       WHEN g.v ? 'credit_amount' AND ar.parse_amount(g.v ->> 'credit_amount') IS DISTINCT FROM 0 THEN g.v ->> 'credit_amount'
                       WHEN g.v ? 'debit_amount' THEN '-' || ltrim(g.v ->> 'debit_amount', '-')
                       ELSE g.v ->> 'credit_amount' END,
                   'attributes', CASE
                       WHEN format = 'jsonb' THEN
                           nullif(g.cells - 'remittance' - ARRAY(SELECT f.source ->> 'name' FROM field AS f WHERE f.source ? 'name'), '{}')
                       ELSE (SELECT jsonb_object_agg(c.name, g.cells ->> (c.n - 1)) FROM loose AS c WHERE g.cells ->> (c.n - 1) <> '') END))
               AS fields,
               g.n
        FROM grouped AS g
    )
    SELECT r.file_line, r.statement, r.entry, r.part, r.fields
    FROM (
        SELECT min(l.file_line) AS file_line, l.statement, 0 AS entry, 'statement' AS part,
               jsonb_build_object('format', format, 'statement_number', '')
               || jsonb_strip_nulls(jsonb_build_object(
                   'account', ar.bank_account_key((array_agg(l.v ->> 'account'))[1]),
                   'statement_number', max(l.v ->> 'statement_number'),
                   'currency', (array_agg(l.v ->> 'currency' ORDER BY l.n))[1],
                   'opening_on', (array_agg(l.v ->> 'opening_on' ORDER BY l.n))[1],
                   'opening_balance', (array_agg(l.v ->> 'opening_balance' ORDER BY l.n))[1],
                   'closing_on', (array_agg(l.v ->> 'closing_on' ORDER BY l.n DESC))[1],
                   'closing_balance', (array_agg(l.v ->> 'closing_balance' ORDER BY l.n DESC))[1])) AS fields
        FROM line AS l
        GROUP BY l.statement
        UNION ALL
        SELECT l.file_line, l.statement, l.entry, 'line', l.fields FROM line AS l
        UNION ALL
        SELECT l.file_line, l.statement, l.entry, 'fault',
               (ar.bank_fault(l.file_line, l.statement, 'credit_debit', '22P02',
                              format('credit_debit "%s" is neither credit nor debit', l.v ->> 'credit_debit'))).fields
        FROM line AS l
        WHERE upper(l.v ->> 'credit_debit') NOT IN ('D', 'DR', 'DBIT', 'DEBIT', 'S', 'SOLL', '-', 'C', 'CR', 'CRDT', 'CREDIT', 'H', 'HABEN', '+')
        UNION ALL
        SELECT l.file_line, l.statement, l.entry, 'fault',
               (ar.bank_fault(l.file_line, l.statement, 'amount', '23514', 'a line has a debit or a credit, not both')).fields
        FROM line AS l
        WHERE NOT l.v ? 'amount' AND ar.parse_amount(l.v ->> 'credit_amount') <> 0 AND ar.parse_amount(l.v ->> 'debit_amount') <> 0
        UNION ALL
        SELECT (ar.bank_fault(s.file_line, NULL, NULL, '22P02', s.fault)).* FROM source AS s WHERE s.fault IS NOT NULL
    ) AS r
    ORDER BY r.statement, r.entry, r.part = 'line';
END;
$$;
COMMENT ON FUNCTION ar.mapped_records(text, text, jsonb) IS
'Reads a CSV file, or a jsonb array of objects, by a mapping of fields to columns. Lines of one account and statement number are one statement; what is not mapped goes into the attributes of its line. A row has as many cells as the header, or the first row; empty ones at its end do not count. Error 22023 for what is no mapping.';
