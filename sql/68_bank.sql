-- Bank statements: reading, checking and loading them ---------------------------

CREATE FUNCTION ar.bank_format(content text, mapping jsonb DEFAULT NULL) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN CASE
        WHEN left(ltrim(content, E' \t\r\n\uFEFF'), 1) = '<'
            THEN CASE WHEN content ~ '<([[:alpha:]_][-\w.]*:)?BkToCstmrDbtCdtNtfctn[\s>]' THEN 'camt.054' ELSE 'camt.053' END
        WHEN content ~ '^\s*01,' THEN 'bai2'
        WHEN content ~ '(^|\n|\{4:\s*):20:' THEN CASE WHEN content ~ '\n:60[FM]:' THEN 'mt940' ELSE 'mt942' END
        WHEN content ~ '^\s*\[' THEN 'jsonb'
        WHEN mapping IS NOT NULL THEN 'csv' END;
COMMENT ON FUNCTION ar.bank_format(text, jsonb) IS
'The format of a bank file, as its text looks: camt.053, camt.054, mt940, mt942, bai2, jsonb, or csv where there is a mapping; null where it looks like none.';

CREATE FUNCTION ar.read_bank_file(content text, format text DEFAULT NULL, mapping jsonb DEFAULT NULL) RETURNS SETOF ar.bank_record
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    body    text := ltrim(content, E'\uFEFF');
    -- What else is told is no field of the file.
    fields  jsonb := CASE WHEN mapping ? 'overlap' THEN nullif(mapping - 'overlap', '{}') ELSE mapping END;
    is_kind text := coalesce(format, ar.bank_format(content, fields));
BEGIN
    CASE
    WHEN is_kind IN ('camt.053', 'camt.054') THEN RETURN QUERY SELECT r.* FROM ar.camt_records(body) AS r;
    WHEN is_kind IN ('mt940', 'mt942') THEN RETURN QUERY SELECT r.* FROM ar.mt940_records(body) AS r;
    WHEN is_kind = 'bai2' THEN RETURN QUERY SELECT r.* FROM ar.bai2_records(body) AS r;
    WHEN is_kind IN ('csv', 'jsonb') THEN RETURN QUERY SELECT r.* FROM ar.mapped_records(body, is_kind, fields) AS r;
    ELSE
        RAISE EXCEPTION '%', coalesce('"' || format || '" is no format of bank files', 'the file looks like no bank statement')
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'The formats are camt.053, camt.054, mt940, mt942, bai2, csv (with a mapping) and jsonb.';
    END CASE;
END;
$$;
COMMENT ON FUNCTION ar.read_bank_file(text, text, jsonb) IS
'What a bank file says, as records of statements, lines and faults; nothing is written and nothing looked up. Without a format it is recognised; a CSV file needs a mapping of fields (ar.bank_mapping_fields) to columns. Error 22023 for a format or mapping that is none.';

CREATE FUNCTION ar.decode_bank_file(content bytea, encoding text DEFAULT NULL) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    declared text := substring(encode(substr(content, 1, 200), 'escape') FROM '^\s*<\?xml[^>]*encoding=["'']([-\w.:]+)["'']');
    name     text := coalesce(encoding, CASE WHEN substr(content, 1, 3) = '\xefbbbf' THEN 'UTF8' END, declared, 'UTF8');
BEGIN
    IF substr(content, 1, 2) IN ('\xfffe', '\xfeff') OR upper(name) LIKE 'UTF_16%' THEN
        RAISE EXCEPTION 'the file is in UTF-16, which the server does not read'
            USING ERRCODE = 'feature_not_supported', HINT = 'Send it as text, or convert it to UTF-8.';
    ELSIF pg_char_to_encoding(name) < 0 THEN
        RAISE EXCEPTION 'there is no encoding "%"', name USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN convert_from(CASE WHEN substr(content, 1, 3) = '\xefbbbf' THEN substr(content, 4) ELSE content END, name);
EXCEPTION
    WHEN character_not_in_repertoire OR untranslatable_character THEN
        RAISE EXCEPTION 'the file is not in %', name
            USING ERRCODE = 'character_not_in_repertoire', DETAIL = SQLERRM,
                  HINT = 'Say in which encoding it is, such as LATIN1 or WIN1252.';
END;
$$;
COMMENT ON FUNCTION ar.decode_bank_file(bytea, text) IS
'The text of a file: in the encoding that is given, else that of its byte order mark, its XML declaration, or UTF-8. Error 22021 where it is not in that, 22023 for an unknown encoding, 0A000 for UTF-16.';

CREATE FUNCTION ar.bank_statements_of(records ar.bank_record[])
    RETURNS TABLE (statement integer, file_line integer, f jsonb, minor_units integer, opening_balance numeric, closing_balance numeric)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.statement, r.file_line, r.fields, u.minor_units,
           trim_scale(ar.parse_amount(r.fields ->> 'opening_balance') / w.unit), trim_scale(ar.parse_amount(r.fields ->> 'closing_balance') / w.unit)
    FROM unnest(records) AS r
    LEFT JOIN receivables.currency AS u ON u.currency = r.fields ->> 'currency'
    CROSS JOIN LATERAL (SELECT CASE WHEN r.fields ? 'in_minor_units' THEN power(10::numeric, u.minor_units) ELSE 1 END AS unit) AS w
    WHERE r.part = 'statement'
$$;
COMMENT ON FUNCTION ar.bank_statements_of(ar.bank_record[]) IS
'The statements among records of a bank file, with amounts as numbers in their currency; null for what is none.';

CREATE FUNCTION ar.bank_lines_of(records ar.bank_record[])
    RETURNS TABLE (statement integer, entry integer, line_number integer, file_line integer, f jsonb, currency text,
                   booked_on date, value_on date, amount numeric, entry_amount numeric, charge_amount numeric)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.statement, r.entry, (row_number() OVER (PARTITION BY r.statement ORDER BY r.n))::integer, r.file_line, r.fields,
           coalesce(r.fields ->> 'currency', s.f ->> 'currency'),
           ar.parse_date(r.fields ->> 'booked_on'), ar.parse_date(coalesce(r.fields ->> 'value_on', r.fields ->> 'booked_on')),
           trim_scale(ar.parse_amount(r.fields ->> 'amount') / w.unit),
           trim_scale(ar.parse_amount(coalesce(r.fields ->> 'entry_amount', r.fields ->> 'amount')) / w.unit),
           trim_scale(ar.parse_amount(coalesce(r.fields ->> 'charge_amount', '0')))
    FROM unnest(records) WITH ORDINALITY AS r (file_line, statement, entry, part, fields, n)
    LEFT JOIN ar.bank_statements_of(records) AS s ON s.statement = r.statement
    CROSS JOIN LATERAL (SELECT CASE WHEN s.f ? 'in_minor_units' THEN power(10::numeric, s.minor_units) ELSE 1 END AS unit) AS w
    WHERE r.part = 'line'
$$;
COMMENT ON FUNCTION ar.bank_lines_of(ar.bank_record[]) IS
'The lines among records of a bank file, with dates and amounts as such; null for what is none.';

CREATE FUNCTION ar.bank_hashes(records ar.bank_record[]) RETURNS TABLE (statement integer, content_hash text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
    -- What is said, however it is written: neither ids of files nor zeros at the end of amounts.
    SELECT s.statement,
           encode(sha256(convert_to(jsonb_build_array(
               s.f -> 'format', s.f -> 'account', s.f -> 'statement_number', s.f -> 'currency', s.f -> 'opening_on',
               s.opening_balance, s.f -> 'closing_on', s.closing_balance, l.lines)::text, 'UTF8')), 'hex')
    FROM ar.bank_statements_of(records) AS s
    LEFT JOIN (SELECT x.statement,
                      jsonb_agg(jsonb_build_array(x.entry, x.booked_on, x.value_on, x.currency, x.amount, x.charge_amount,
                                                  x.f - '{booked_on,value_on,currency,amount,entry_amount,charge_amount,attributes}'::text[])
                                ORDER BY x.line_number) AS lines
               FROM ar.bank_lines_of(records) AS x
               GROUP BY x.statement) AS l ON l.statement = s.statement
$$;
COMMENT ON FUNCTION ar.bank_hashes(ar.bank_record[]) IS
'The hash of what each statement among records of a bank file says.';

CREATE FUNCTION ar.bank_faults(company_id bigint, records ar.bank_record[], overlap text DEFAULT 'refuse')
    RETURNS TABLE (file_line integer, field text, sqlstate text, reason text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
    WITH statement AS MATERIALIZED (
        SELECT s.*, h.content_hash FROM ar.bank_statements_of(records) AS s JOIN ar.bank_hashes(records) AS h USING (statement)
    ), line AS MATERIALIZED (
        SELECT * FROM ar.bank_lines_of(records)
    ), total AS (
        SELECT l.statement, sum(l.amount) AS amount, count(*) FILTER (WHERE l.amount IS NULL) AS unread,
               min(l.booked_on) AS first_booked_on, max(l.booked_on) AS booked_on
        FROM line AS l GROUP BY l.statement
    ), numbered AS (
        SELECT s.statement, s.file_line, s.f ->> 'account' AS account, s.f ->> 'statement_number' AS number, s.content_hash,
               s.f ->> 'format' IN ('camt.054', 'mt942') AS is_advice,
               coalesce(ar.parse_date(s.f ->> 'closing_on'), t.booked_on) AS closed_on
        FROM statement AS s LEFT JOIN total AS t USING (statement)
        -- 0 is what banks write that do not count.
        WHERE btrim(s.f ->> 'statement_number', '0/ ') <> ''
    ), paged AS MATERIALIZED (
        SELECT s.statement, s.file_line, s.f ->> 'account' AS account, (s.f ->> 'page')::integer AS page,
               left(s.f ->> 'statement_number', -1 - length(s.f ->> 'page')) AS number, s.opening_balance, s.closing_balance,
               coalesce(t.amount, 0) AS amount
        FROM statement AS s
        LEFT JOIN total AS t USING (statement)
        WHERE s.f ? 'page' AND s.f ->> 'format' = 'camt.053' AND coalesce(t.unread, 0) = 0
    ), whole AS (
        -- A page that closes, but does not open, with what stands before it in the file or was loaded.
        SELECT p.statement, p.file_line, p.account, p.number, p.page, p.closing_balance, b.missing, b.opening_balance, p.amount + b.amount AS amount
        FROM paged AS p
        CROSS JOIN LATERAL (
            SELECT min(g.page) FILTER (WHERE o.amount IS NULL) AS missing, sum(o.amount) AS amount,
                   max(o.opening_balance) FILTER (WHERE g.page = 1) AS opening_balance
            FROM generate_series(1, p.page - 1) AS g (page)
            LEFT JOIN LATERAL (
                SELECT q.amount, q.opening_balance, NULL AS bank_statement_id FROM paged AS q
                WHERE (q.account, q.number, q.page) = (p.account, p.number, g.page)
                UNION ALL
                SELECT (SELECT coalesce(sum(l.amount), 0) FROM receivables.bank_line AS l
                        WHERE l.company_id = s.company_id AND l.bank_statement_id = s.bank_statement_id), s.opening_balance, s.bank_statement_id
                FROM receivables.bank_statement AS s
                WHERE s.company_id = bank_faults.company_id AND s.account = p.account AND s.statement_number = p.number || '/' || g.page
                  AND s.format = 'camt.053'
                ORDER BY bank_statement_id DESC NULLS FIRST
                LIMIT 1) AS o ON true) AS b
        WHERE p.page > 1 AND p.opening_balance IS NULL AND p.closing_balance IS NOT NULL
    ), entry AS MATERIALIZED (
        SELECT l.statement, l.entry, min(l.file_line) AS file_line, min(l.booked_on) AS booked_on, min(l.entry_amount) AS amount,
               min(l.f ->> 'entry_reference') AS reference,
               (array_agg(ar.bank_entry_key(l.f ->> 'entry_reference', l.f ->> 'structured_reference', l.f ->> 'remittance_text',
                                            l.f ->> 'payer_name', l.f ->> 'payer_account') ORDER BY l.line_number))[1] AS key
        FROM line AS l
        -- Notifications tell of what others tell too; what was loaded changes nothing.
        JOIN statement AS s ON s.statement = l.statement AND s.f ->> 'format' NOT IN ('camt.054', 'mt942')
        WHERE overlap = 'refuse'
          AND NOT EXISTS (SELECT FROM receivables.bank_statement AS o
                          WHERE o.company_id = bank_faults.company_id AND o.content_hash = s.content_hash)
        GROUP BY l.statement, l.entry
    ), told AS MATERIALIZED (
        -- Each with those of its account and days that were loaded.
        SELECT s.statement, s.file_line, s.f ->> 'account' AS account, s.f ->> 'format' AS format, d.closed_on, t.amount AS movement,
               o.bank_statement_id, o.format AS old_format, btrim(o.format || ' ' || o.statement_number) AS old_name,
               d.closed_on = coalesce(o.closing_on, o.last_booked_on) AS is_same_day,
               n.statement IS NOT NULL AND btrim(o.statement_number, '0/ ') <> '' AS is_numbered,
               coalesce(n.number = o.statement_number, false) AS is_same_number,
               s.opening_balance = o.opening_balance AS opens_equal, s.closing_balance = o.closing_balance AS closes_equal,
               s.opening_balance + s.closing_balance + o.opening_balance + o.closing_balance IS NOT NULL AS is_balanced
        FROM statement AS s
        JOIN total AS t ON t.statement = s.statement
        LEFT JOIN numbered AS n ON n.statement = s.statement
        CROSS JOIN LATERAL (SELECT coalesce(ar.parse_date(s.f ->> 'closing_on'), t.booked_on) AS closed_on) AS d
        JOIN receivables.bank_statement AS o
            ON o.company_id = bank_faults.company_id AND o.account = s.f ->> 'account' AND o.format NOT IN ('camt.054', 'mt942')
           AND (o.first_booked_on <= t.booked_on AND o.last_booked_on >= t.first_booked_on
                OR o.last_booked_on IS NOT NULL AND o.closing_on = d.closed_on)
        WHERE EXISTS (SELECT FROM entry AS e WHERE e.statement = s.statement)
    ), same AS MATERIALIZED (
        SELECT t.statement, t.bank_statement_id,
               t.is_same_day AND coalesce(t.opens_equal, true) AND coalesce(t.closes_equal, true)
               -- Of one format, references that are all other ones are of other money.
               AND (t.format = t.old_format AND n.is_referred AND o.is_referred AND NOT n.refs && o.refs) IS NOT TRUE
               AND CASE WHEN t.opens_equal AND t.closes_equal
                        THEN n.amounts = o.amounts OR t.movement <> 0 AND (t.format <> t.old_format OR NOT t.is_numbered)
                        ELSE n.day_amounts = o.day_amounts AND n.days = o.days
                             AND (cardinality(n.days) > 1 AND NOT t.is_numbered OR t.opens_equal OR t.closes_equal) END AS is_same
        FROM told AS t
        CROSS JOIN LATERAL (
            SELECT array_agg(e.amount ORDER BY e.amount) AS amounts, array_agg(e.booked_on ORDER BY e.booked_on, e.amount) AS days,
                   array_agg(e.amount ORDER BY e.booked_on, e.amount) AS day_amounts, array_agg(e.reference) AS refs,
                   bool_and(e.reference IS NOT NULL) AS is_referred
            FROM entry AS e WHERE e.statement = t.statement) AS n
        CROSS JOIN LATERAL (
            SELECT array_agg(e.amount ORDER BY e.amount) AS amounts, array_agg(e.booked_on ORDER BY e.booked_on, e.amount) AS days,
                   array_agg(e.amount ORDER BY e.booked_on, e.amount) AS day_amounts, array_agg(e.reference) AS refs,
                   bool_and(e.reference IS NOT NULL) AS is_referred
            FROM (SELECT min(l.booked_on) AS booked_on, min(l.entry_amount) AS amount, min(l.entry_reference) AS reference
                  FROM receivables.bank_line AS l
                  WHERE l.company_id = bank_faults.company_id AND l.bank_statement_id = t.bank_statement_id
                  GROUP BY l.entry_number) AS e) AS o
        WHERE t.is_same_day AND coalesce(t.opens_equal, true) AND coalesce(t.closes_equal, true)
    ), fault AS (
        SELECT r.file_line, r.fields ->> 'field', r.fields ->> 'sqlstate', r.fields ->> 'reason'
        FROM unnest(records) AS r WHERE r.part = 'fault'
        UNION ALL
        SELECT NULL, NULL, '22P02', 'the file holds no statement'
        WHERE NOT EXISTS (SELECT FROM unnest(records) AS r WHERE r.part IN ('fault', 'statement'))
        UNION ALL
        SELECT s.file_line, v.field, v.sqlstate, v.reason
        FROM statement AS s
        LEFT JOIN total AS t ON t.statement = s.statement
        LEFT JOIN receivables.bank_account AS a ON a.company_id = bank_faults.company_id AND a.account = s.f ->> 'account'
        CROSS JOIN LATERAL (VALUES
            ('account', '23502', coalesce(s.f ->> 'account', '') = '' AND NOT EXISTS (
                 SELECT FROM unnest(records) AS r WHERE r.part = 'fault' AND r.statement = s.statement AND r.fields ->> 'field' = '25'),
             'the statement names no account'),
            ('currency', '23502', coalesce(s.f ->> 'currency', '') = '', 'the statement names no currency'),
            ('currency', '23503', s.f ->> 'currency' <> '' AND s.minor_units IS NULL, format('currency %s does not exist', s.f ->> 'currency')),
            ('currency', '23514', a.currency <> s.f ->> 'currency',
             format('account %s is in %s, the statement in %s', s.f ->> 'account', a.currency, s.f ->> 'currency')),
            ('opening_on', '22007', ar.parse_date(s.f ->> 'opening_on') IS NULL AND s.f ? 'opening_on' AND s.f ->> 'opening_on' IS NOT NULL,
             format('"%s" is no date', s.f ->> 'opening_on')),
            ('closing_on', '22007', ar.parse_date(s.f ->> 'closing_on') IS NULL AND s.f ? 'closing_on' AND s.f ->> 'closing_on' IS NOT NULL,
             format('"%s" is no date', s.f ->> 'closing_on')),
            ('opening_balance', '22P02', ar.parse_amount(s.f ->> 'opening_balance') IS NULL AND s.f ->> 'opening_balance' IS NOT NULL,
             format('"%s" is no amount', s.f ->> 'opening_balance')),
            ('closing_balance', '22P02', ar.parse_amount(s.f ->> 'closing_balance') IS NULL AND s.f ->> 'closing_balance' IS NOT NULL,
             format('"%s" is no amount', s.f ->> 'closing_balance')),
            ('opening_balance', '23514', s.f ->> 'opening_currency' <> s.f ->> 'currency',
             format('the opening balance is in %s, the account in %s', s.f ->> 'opening_currency', s.f ->> 'currency')),
            ('closing_balance', '23514', s.f ->> 'closing_currency' <> s.f ->> 'currency',
             format('the closing balance is in %s, the account in %s', s.f ->> 'closing_currency', s.f ->> 'currency')),
            ('closing_balance', '23514',
             coalesce(t.unread, 0) = 0 AND s.opening_balance + coalesce(t.amount, 0) <> s.closing_balance
             AND coalesce(s.f ->> 'closing_currency', s.f ->> 'currency') = s.f ->> 'currency',
             format('opening balance %s and lines of %s come to %s, the closing balance is %s: a difference of %s',
                    s.opening_balance, coalesce(t.amount, 0), s.opening_balance + coalesce(t.amount, 0), s.closing_balance,
                    s.closing_balance - s.opening_balance - coalesce(t.amount, 0)))
        ) AS v (field, sqlstate, broken, reason)
        WHERE v.broken
        UNION ALL
        SELECT l.file_line, v.field, v.sqlstate, v.reason
        FROM line AS l
        LEFT JOIN statement AS s ON s.statement = l.statement
        CROSS JOIN LATERAL (VALUES
            ('booked_on', '23502', coalesce(l.f ->> 'booked_on', '') = '', 'the date is missing'),
            ('booked_on', '22007', l.f ->> 'booked_on' <> '' AND l.booked_on IS NULL, format('"%s" is no date', l.f ->> 'booked_on')),
            ('value_on', '22007', l.value_on IS NULL AND l.f ->> 'value_on' IS DISTINCT FROM l.f ->> 'booked_on' AND l.f ->> 'value_on' <> '',
             format('"%s" is no date', l.f ->> 'value_on')),
            ('amount', '23502', coalesce(l.f ->> 'amount', '') = '', 'the amount is missing'),
            ('amount', '22P02', l.f ->> 'amount' <> '' AND l.amount IS NULL AND (s.minor_units IS NOT NULL OR NOT s.f ? 'in_minor_units'),
             format('"%s" is no amount', l.f ->> 'amount')),
            ('amount', '23514', l.amount <> round(l.amount, s.minor_units),
             format('amount %s has more than %s decimals', l.amount, s.minor_units)),
            ('charge_amount', '22P02', l.charge_amount IS NULL, format('"%s" is no amount', l.f ->> 'charge_amount')),
            ('charge_amount', '23514', l.charge_amount < 0, format('charge_amount %s is negative', l.charge_amount)),
            ('currency', '23514', l.currency <> s.f ->> 'currency',
             format('the entry is in %s, the account in %s', l.currency, s.f ->> 'currency')),
            ('remittance', '22P02', EXISTS (
                 SELECT FROM jsonb_array_elements(l.f -> 'remittance') AS x (line)
                 WHERE NOT ar.remittance_is_valid(x.line)),
             'a line of the remittance has an amount that is none')
        ) AS v (field, sqlstate, broken, reason)
        WHERE v.broken
        UNION ALL
        SELECT w.file_line, 'closing_balance', CASE WHEN w.missing IS NULL THEN '23514' ELSE '23503' END,
               CASE WHEN w.missing IS NULL
                    THEN format('opening balance %s and lines of %s on %s pages come to %s, the closing balance is %s: a difference of %s',
                                trim_scale(w.opening_balance), trim_scale(w.amount), w.page, trim_scale(w.opening_balance + w.amount),
                                w.closing_balance, trim_scale(w.closing_balance - w.opening_balance - w.amount))
                    ELSE format('page %s of statement %s of account %s is not loaded', w.missing, w.number, w.account) END
        FROM whole AS w
        WHERE w.missing IS NOT NULL OR w.opening_balance + w.amount <> w.closing_balance
        UNION ALL
        SELECT n.file_line, 'statement_number', '23505',
               format('statement %s of account %s closing on %s was loaded before, with other contents', n.number, n.account, n.closed_on)
        FROM numbered AS n
        WHERE EXISTS (
            SELECT FROM receivables.bank_statement AS o
            WHERE o.company_id = bank_faults.company_id AND o.account = n.account AND o.statement_number = n.number
              AND o.content_hash <> n.content_hash AND o.format IN ('camt.054', 'mt942') = n.is_advice
              AND coalesce(o.closing_on, (SELECT max(x.booked_on) FROM receivables.bank_line AS x
                                          WHERE x.company_id = o.company_id AND x.bank_statement_id = o.bank_statement_id)) = n.closed_on)
        UNION ALL
        SELECT n.file_line, 'statement_number', '23505',
               format('statement %s of account %s closing on %s is in the file before, with other contents', n.number, n.account, n.closed_on)
        FROM numbered AS n
        WHERE EXISTS (SELECT FROM numbered AS o
                      WHERE o.statement < n.statement AND (o.account, o.number, o.is_advice, o.closed_on) = (n.account, n.number, n.is_advice, n.closed_on)
                        AND o.content_hash <> n.content_hash)
        UNION ALL
        SELECT t.file_line, 'statement', '23505',
               format('the statement of account %s closing on %s was loaded before, with other contents, as %s, bank statement %s, and tells of the same money',
                      t.account, t.closed_on, t.old_name, t.bank_statement_id)
        FROM told AS t JOIN same AS x USING (statement, bank_statement_id)
        WHERE x.is_same AND NOT (t.is_same_number AND t.is_same_day)
        UNION ALL
        -- Without balances, or from the same opening balance on, a statement proves none of its lines to be other money.
        SELECT e.file_line, 'entry', '23505',
               format('%s of %s entries stand on %s, bank statement %s, which was loaded before, the first of %s on %s: they tell of the same money',
                      e.number, (SELECT count(*) FROM entry AS a WHERE a.statement = t.statement), t.old_name, t.bank_statement_id, e.amount, e.booked_on)
        FROM told AS t
        CROSS JOIN LATERAL (
            SELECT count(*) AS number, (array_agg(n.file_line ORDER BY n.entry))[1] AS file_line,
                   (array_agg(n.amount ORDER BY n.entry))[1] AS amount, (array_agg(n.booked_on ORDER BY n.entry))[1] AS booked_on
            FROM entry AS n
            WHERE n.statement = t.statement
              AND (n.booked_on, n.amount, n.key) IN (
                  SELECT l.booked_on, l.entry_amount, ar.bank_entry_key(l.entry_reference, l.structured_reference, l.remittance_text,
                                                                        l.payer_name, l.payer_account)
                  FROM receivables.bank_line AS l
                  WHERE l.company_id = bank_faults.company_id AND l.bank_statement_id = t.bank_statement_id)) AS e
        WHERE NOT t.is_numbered AND e.number > 0
          AND (NOT t.is_balanced OR t.is_same_day AND t.opens_equal)
          AND NOT EXISTS (SELECT FROM same AS x WHERE (x.statement, x.bank_statement_id) = (t.statement, t.bank_statement_id) AND x.is_same)
    )
    SELECT * FROM fault AS x (file_line, field, sqlstate, reason) ORDER BY x.file_line, x.field
$$;
COMMENT ON FUNCTION ar.bank_faults(bigint, ar.bank_record[], text) IS
'What is wrong with records of a bank file: by themselves, against each other, and, unless another overlap than refuse is given, against what was loaded.';

CREATE FUNCTION ar.mark_duplicate_lines(company_id bigint, statement_ids bigint[], is_overlap boolean DEFAULT false) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    same bigint[];
BEGIN
    -- What may tell of the same money. Of two statements with balances each counts.
    same := ARRAY(
        SELECT DISTINCT x.bank_line_id
        FROM receivables.bank_line AS n
        JOIN receivables.bank_statement AS ns ON ns.company_id = n.company_id AND ns.bank_statement_id = n.bank_statement_id
        JOIN receivables.bank_line AS o
            ON o.company_id = n.company_id AND o.entry_reference = n.entry_reference AND o.booked_on = n.booked_on
           AND o.entry_amount = n.entry_amount AND o.bank_statement_id <> n.bank_statement_id
        JOIN receivables.bank_statement AS os ON os.company_id = o.company_id AND os.bank_statement_id = o.bank_statement_id
        CROSS JOIN LATERAL (VALUES (n.bank_line_id), (o.bank_line_id)) AS x (bank_line_id)
        WHERE n.company_id = mark_duplicate_lines.company_id AND n.bank_statement_id = ANY (statement_ids)
          AND os.account = ns.account AND (os.format IN ('camt.054', 'mt942') OR ns.format IN ('camt.054', 'mt942')));
    IF is_overlap THEN
        same := same || ARRAY(
            SELECT DISTINCT x.bank_line_id
            FROM receivables.bank_statement AS ns
            JOIN receivables.bank_statement AS os
                ON os.company_id = ns.company_id AND os.account = ns.account AND os.bank_statement_id <> ns.bank_statement_id
               AND os.first_booked_on <= ns.last_booked_on AND os.last_booked_on >= ns.first_booked_on
            JOIN receivables.bank_line AS n ON n.company_id = ns.company_id AND n.bank_statement_id = ns.bank_statement_id
            JOIN receivables.bank_line AS o
                ON o.company_id = os.company_id AND o.bank_statement_id = os.bank_statement_id
               AND o.booked_on = n.booked_on AND o.entry_amount = n.entry_amount AND o.entry_reference IS NOT DISTINCT FROM n.entry_reference
               AND ar.bank_entry_key(o.entry_reference, o.structured_reference, o.remittance_text, o.payer_name, o.payer_account)
                   = ar.bank_entry_key(n.entry_reference, n.structured_reference, n.remittance_text, n.payer_name, n.payer_account)
            CROSS JOIN LATERAL (VALUES (n.bank_line_id), (o.bank_line_id)) AS x (bank_line_id)
            WHERE ns.company_id = mark_duplicate_lines.company_id AND ns.bank_statement_id = ANY (statement_ids));
    END IF;
    IF same = '{}' THEN
        RETURN;
    END IF;
    -- Payments posted meanwhile are waited for, in the order of keys.
    PERFORM FROM receivables.bank_line AS l
    WHERE l.company_id = mark_duplicate_lines.company_id AND l.bank_line_id = ANY (same)
    ORDER BY l.bank_line_id FOR NO KEY UPDATE;

    WITH entry AS (
        SELECT s.account, s.bank_statement_id, s.format IN ('camt.054', 'mt942') AS is_advice, l.entry_number,
               k.key, l.booked_on, l.entry_amount, array_agg(l.bank_line_id ORDER BY l.line_number) AS ids,
               bool_or(l.duplicate_of_bank_line_id IS NOT NULL) AS is_duplicate,
               bool_and(l.open_amount = l.amount AND l.ignored_reason IS NULL) AS is_untouched,
               row_number() OVER (PARTITION BY s.bank_statement_id, k.key, l.booked_on, l.entry_amount
                                  ORDER BY l.entry_number) AS occurrence
        FROM receivables.bank_line AS l
        JOIN receivables.bank_statement AS s ON s.company_id = l.company_id AND s.bank_statement_id = l.bank_statement_id
        CROSS JOIN LATERAL (SELECT ar.bank_entry_key(l.entry_reference, l.structured_reference, l.remittance_text, l.payer_name,
                                                     l.payer_account) AS key) AS k
        WHERE l.company_id = mark_duplicate_lines.company_id AND l.bank_line_id = ANY (same)
        GROUP BY s.account, s.bank_statement_id, s.format, l.entry_number, k.key, l.booked_on, l.entry_amount
    ), money AS (
        SELECT jsonb_agg(to_jsonb(e)) AS entries
        FROM entry AS e
        GROUP BY e.account, e.key, e.booked_on, e.entry_amount, e.occurrence
    ), pair AS (
        -- A new entry with the one that counts so far.
        SELECT DISTINCT ON (n.bank_statement_id, n.entry_number)
               n.ids AS new_ids, o.ids AS old_ids,
               -- Details win over a total, unless payments were posted from that.
               cardinality(n.ids) > 1 AND cardinality(o.ids) = 1 AND o.is_untouched AND NOT o.is_duplicate AS is_detailed
        FROM money AS m
        CROSS JOIN LATERAL jsonb_to_recordset(m.entries)
            AS n (bank_statement_id bigint, is_advice boolean, entry_number integer, ids bigint[])
        CROSS JOIN LATERAL jsonb_to_recordset(m.entries)
            AS o (bank_statement_id bigint, is_advice boolean, ids bigint[], is_duplicate boolean, is_untouched boolean)
        WHERE n.bank_statement_id = ANY (statement_ids) AND o.bank_statement_id < n.bank_statement_id AND (is_overlap OR o.is_advice OR n.is_advice)
        ORDER BY n.bank_statement_id, n.entry_number, o.is_duplicate, o.bank_statement_id
    ), mark AS (
        SELECT DISTINCT ON (m.id) m.id, m.original
        FROM (SELECT unnest(p.old_ids) AS id, p.new_ids[1] AS original FROM pair AS p WHERE p.is_detailed
              UNION ALL
              SELECT p.new_ids[n], CASE WHEN cardinality(p.old_ids) = cardinality(p.new_ids) THEN p.old_ids[n] ELSE p.old_ids[1] END
              FROM pair AS p CROSS JOIN LATERAL generate_subscripts(p.new_ids, 1) AS n WHERE NOT p.is_detailed) AS m
        ORDER BY m.id, m.original
    )
    UPDATE receivables.bank_line AS l SET duplicate_of_bank_line_id = m.original
    FROM mark AS m
    WHERE l.company_id = mark_duplicate_lines.company_id AND l.bank_line_id = m.id;
END;
$$;
COMMENT ON FUNCTION ar.mark_duplicate_lines(bigint, bigint[], boolean) IS
'Marks what newly loaded statements tell of for a second time: an entry with the same account, reference, date, amount and, where a statement has several such, the same place among them, where one of the two comes from a notification (camt.054, MT942). With is_overlap it may come from any, and without a reference is known by what is said of it. The later is the duplicate; but one with the payments of a batch replaces its total, from which nothing was posted yet.';

CREATE FUNCTION ar.load_bank_statement(company_id bigint, content text, format text DEFAULT NULL, mapping jsonb DEFAULT NULL,
                                       OUT statements bigint, OUT lines bigint, OUT unchanged bigint)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    records ar.bank_record[];
    faults  record;
    loaded  jsonb;
    overlap CONSTANT text := ar.bank_overlap(mapping);
BEGIN
    PERFORM ar.company_minor_units(company_id);
    IF content IS NULL THEN
        RAISE EXCEPTION 'content is missing' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    records := ARRAY(SELECT r FROM ar.read_bank_file(content, format, mapping) AS r);
    -- One load of an account at a time, so that each sees what the other told of.
    INSERT INTO receivables.bank_account AS a (company_id, account, currency)
    SELECT DISTINCT ON (s.f ->> 'account') load_bank_statement.company_id, s.f ->> 'account', s.f ->> 'currency'
    FROM ar.bank_statements_of(records) AS s
    WHERE s.f ->> 'account' <> '' AND s.minor_units IS NOT NULL
    ORDER BY s.f ->> 'account', s.statement
    ON CONFLICT ON CONSTRAINT bank_account_pkey DO UPDATE SET loaded_at = clock_timestamp();

    SELECT count(*) AS number, (array_agg(f.sqlstate))[1] AS sqlstate,
           (array_agg(coalesce('line ' || f.file_line || ': ', '') || f.reason))[1] AS reason,
           (array_agg(format('%s%s, %s: %s', coalesce('line ' || f.file_line || ', ', ''), coalesce(f.field, 'file'), f.sqlstate, f.reason)))[1:1000]
               AS lines
    INTO faults
    FROM ar.bank_faults(company_id, records, overlap) AS f;
    IF faults.number > 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = faults.sqlstate, MESSAGE = format('bank statement refused: %s', faults.reason),
            DETAIL = array_to_string(faults.lines, E'\n') || CASE WHEN faults.number > 1000 THEN format(E'\nand %s more', faults.number - 1000) ELSE '' END,
            HINT = 'Nothing was loaded. ar.check_bank_statement lists all faults as rows.'
                   || CASE faults.sqlstate WHEN '23505' THEN
                      ' What was loaded stays, and ar.ignore_bank_line puts a line of it aside. Where entries tell of other money, the mapping says "overlap": "load"; where those that were told of count once and the rest is to be loaded, "overlap": "double".'
                      ELSE '' END;
    END IF;

    WITH written AS (
        INSERT INTO receivables.bank_statement AS b (company_id, format, account, statement_number, currency, opening_on, opening_balance,
                                                     closing_on, closing_balance, first_booked_on, last_booked_on, content_hash,
                                                     attributes)
        SELECT load_bank_statement.company_id, s.f ->> 'format', s.f ->> 'account', s.f ->> 'statement_number', s.f ->> 'currency',
               (s.f ->> 'opening_on')::date, round(s.opening_balance, s.minor_units), (s.f ->> 'closing_on')::date,
               round(s.closing_balance, s.minor_units), t.first_booked_on, t.last_booked_on, h.content_hash, coalesce(s.f -> 'attributes', '{}')
        FROM ar.bank_statements_of(records) AS s
        JOIN ar.bank_hashes(records) AS h USING (statement)
        LEFT JOIN (SELECT l.statement, min(l.booked_on) AS first_booked_on, max(l.booked_on) AS last_booked_on
                   FROM ar.bank_lines_of(records) AS l GROUP BY l.statement) AS t USING (statement)
        ORDER BY s.statement
        ON CONFLICT ON CONSTRAINT bank_statement_company_id_content_hash_key DO NOTHING
        RETURNING b.bank_statement_id, b.content_hash
    )
    SELECT jsonb_object_agg(f.statement, w.bank_statement_id) INTO loaded
    FROM written AS w
    JOIN (SELECT h.content_hash, min(h.statement) AS statement FROM ar.bank_hashes(records) AS h GROUP BY h.content_hash) AS f USING (content_hash);
    statements := (SELECT count(*) FROM jsonb_object_keys(loaded));
    unchanged := (SELECT count(*) FROM unnest(records) AS r WHERE r.part = 'statement') - statements;
    lines := 0;
    IF statements = 0 THEN
        RETURN;
    END IF;

    INSERT INTO receivables.bank_line (company_id, bank_statement_id, line_number, entry_number, entry_amount, entry_reference, booked_on,
                                       value_on, currency, amount, charge_amount, payer_name, payer_account, structured_reference,
                                       end_to_end_id, remittance_text, bank_reference, transaction_code, attributes)
    SELECT load_bank_statement.company_id, (loaded ->> l.statement::text)::bigint, l.line_number, l.entry, round(l.entry_amount, u.minor_units),
           l.f ->> 'entry_reference', l.booked_on, l.value_on, l.currency, round(l.amount, u.minor_units), l.charge_amount,
           l.f ->> 'payer_name', l.f ->> 'payer_account', l.f ->> 'structured_reference', l.f ->> 'end_to_end_id',
           l.f ->> 'remittance_text', l.f ->> 'bank_reference', l.f ->> 'transaction_code', coalesce(l.f -> 'attributes', '{}')
    FROM ar.bank_lines_of(records) AS l
    JOIN receivables.currency AS u ON u.currency = l.currency
    WHERE loaded ? l.statement::text
    ORDER BY l.statement, l.line_number;
    GET DIAGNOSTICS lines = ROW_COUNT;

    INSERT INTO receivables.remittance_line (company_id, bank_line_id, reference, amount, deduction_amount, note)
    SELECT b.company_id, b.bank_line_id, nullif(btrim(x.line ->> 'reference'), ''), ar.parse_amount(x.line ->> 'amount'),
           ar.parse_amount(x.line ->> 'deduction_amount'), nullif(btrim(x.line ->> 'note'), '')
    FROM ar.bank_lines_of(records) AS l
    JOIN receivables.bank_line AS b
        ON b.company_id = load_bank_statement.company_id AND b.bank_statement_id = (loaded ->> l.statement::text)::bigint
       AND b.line_number = l.line_number
    CROSS JOIN LATERAL jsonb_array_elements(l.f -> 'remittance') WITH ORDINALITY AS x (line, n)
    WHERE l.f ? 'remittance'
    ORDER BY b.bank_line_id, x.n;

    PERFORM ar.mark_duplicate_lines(company_id, ARRAY(SELECT v.value::bigint FROM jsonb_each_text(loaded) AS v), overlap = 'double');
END;
$$;
COMMENT ON FUNCTION ar.load_bank_statement(bigint, text, text, jsonb) IS
'Loads the statements of a bank file: camt.053, camt.054, mt940, mt942, bai2, csv by a mapping, or jsonb; recognised where format is null. All or nothing: any fault is an error with the SQLSTATE of the first and all in its detail, by line of the file. A statement that was loaded before, in whichever file, changes nothing. Returns how many statements and lines were written, and how many statements were known. Errors: 22023 for an unknown format or mapping, 22007 for an impossible date, 2200M for broken XML, 22P02 for what else cannot be read, 23502 for what is missing, 23503 for an unknown company or currency, or a page that needs those before it, 23505 for a statement whose account, number and closing date were loaded with other contents, or whose money another statement told of (unless the mapping says otherwise in overlap: double or load), 23514 where balances, or totals that are stated, and lines disagree or currencies differ.';

CREATE FUNCTION ar.load_bank_statement(company_id bigint, content bytea, format text DEFAULT NULL, mapping jsonb DEFAULT NULL,
                                       encoding text DEFAULT NULL, OUT statements bigint, OUT lines bigint, OUT unchanged bigint)
    LANGUAGE sql
BEGIN ATOMIC
    SELECT l.statements, l.lines, l.unchanged
    FROM ar.load_bank_statement(company_id, ar.decode_bank_file(content, encoding), format, mapping) AS l;
END;
COMMENT ON FUNCTION ar.load_bank_statement(bigint, bytea, text, jsonb, text) IS
'Loads a bank file that is sent as bytes: in the encoding that is given, else that of its byte order mark, its XML declaration, or UTF-8. Otherwise as for text; errors 22021 where it is not in that encoding, 0A000 for UTF-16 besides.';

CREATE FUNCTION ar.check_bank_statement(company_id bigint, content text, format text DEFAULT NULL, mapping jsonb DEFAULT NULL)
    RETURNS TABLE (file_line integer, field text, sqlstate text, reason text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
BEGIN
    PERFORM ar.company_minor_units(company_id);
    RETURN QUERY SELECT f.* FROM ar.bank_faults(company_id, ARRAY(SELECT r FROM ar.read_bank_file(content, format, mapping) AS r),
                                                ar.bank_overlap(mapping)) AS f;
END;
$$;
COMMENT ON FUNCTION ar.check_bank_statement(bigint, text, text, jsonb) IS
'The faults for which ar.load_bank_statement would refuse this file: line of the file, field, SQLSTATE and reason; no row where it would not.';

CREATE FUNCTION ar.set_reference_standards(company_id bigint, account text, standards text[], currency text DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    key   CONSTANT text := ar.bank_account_key(account);
    known text;
BEGIN
    PERFORM ar.company_minor_units(company_id);
    IF currency IS NOT NULL THEN
        INSERT INTO receivables.bank_account (company_id, account, currency, reference_standards)
        VALUES (set_reference_standards.company_id, key, set_reference_standards.currency, standards)
        ON CONFLICT ON CONSTRAINT bank_account_pkey DO NOTHING;
    END IF;
    UPDATE receivables.bank_account AS a SET reference_standards = standards
    WHERE a.company_id = set_reference_standards.company_id AND a.account = key
    RETURNING a.currency INTO known;
    IF known IS NULL THEN
        RAISE EXCEPTION 'there is no bank account %', coalesce(key, 'null')
            USING ERRCODE = 'no_data_found', HINT = 'With a currency it is entered.';
    ELSIF known <> currency THEN
        RAISE EXCEPTION 'account % is in %, not in %', key, known, currency USING ERRCODE = 'check_violation';
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.set_reference_standards(bigint, text, text[], text) IS
'Says which references of payments to a bank account are structured that cannot be told from other numbers: no_kid_mod10:7 for a Norwegian KID of 7 digits by Luhn''s formula, no_kid_mod11:8 for one of 8 characters modulo 11; several, or none. With a currency an account that is not there yet is entered. Logged in the history of changes. Errors: P0002 where there is no such account, 23514 for another standard or length, or another currency than the account has, 23503 for a currency that does not exist.';

CREATE FUNCTION ar.ignore_bank_line(company_id bigint, bank_line_id bigint, reason text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    why text := nullif(btrim(reason), '');
BEGIN
    PERFORM ar.company_minor_units(company_id);
    UPDATE receivables.bank_line AS l SET ignored_reason = why
    WHERE l.company_id = ignore_bank_line.company_id AND l.bank_line_id = ignore_bank_line.bank_line_id
      AND l.ignored_reason IS DISTINCT FROM why;
    IF NOT FOUND AND NOT EXISTS (SELECT FROM receivables.bank_line AS l
                                 WHERE l.company_id = ignore_bank_line.company_id AND l.bank_line_id = ignore_bank_line.bank_line_id) THEN
        RAISE EXCEPTION 'there is no bank line %', coalesce(bank_line_id::text, 'null') USING ERRCODE = 'no_data_found';
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.ignore_bank_line(bigint, bigint, text) IS
'Puts what is open of a bank line aside, such as a fee of the bank, with a reason; a null reason takes it back. Logged in the history of changes. Error P0002 where there is no such line.';

CREATE FUNCTION ar.write_remittance(company_id bigint, bank_line_id bigint, document_id bigint, rows jsonb) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    result bigint;
    fault  record;
BEGIN
    IF jsonb_typeof(rows) IS DISTINCT FROM 'array' THEN
        RAISE EXCEPTION 'remittance lines must be a jsonb array of objects, not %', coalesce(jsonb_typeof(rows), 'null')
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT r.n, r.line INTO fault FROM jsonb_array_elements(rows) WITH ORDINALITY AS r (line, n) WHERE NOT ar.remittance_is_valid(r.line) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'remittance line % is no object with reference, amount, deduction_amount and note', fault.n
            USING ERRCODE = 'invalid_parameter_value', DETAIL = fault.line::text,
                  HINT = 'Amounts are plain decimal numbers, a deduction is positive, and a line says something.';
    END IF;
    INSERT INTO receivables.remittance_line (company_id, bank_line_id, document_id, reference, amount, deduction_amount, note)
    SELECT write_remittance.company_id, write_remittance.bank_line_id, write_remittance.document_id, nullif(btrim(r.line ->> 'reference'), ''),
           ar.parse_amount(r.line ->> 'amount'), ar.parse_amount(r.line ->> 'deduction_amount'), nullif(btrim(r.line ->> 'note'), '')
    FROM jsonb_array_elements(rows) WITH ORDINALITY AS r (line, n)
    ORDER BY r.n;
    GET DIAGNOSTICS result = ROW_COUNT;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.write_remittance(bigint, bigint, bigint, jsonb) IS
'What both forms of ar.add_remittance share.';

CREATE FUNCTION ar.add_remittance(company_id bigint, bank_line_id bigint, rows jsonb) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM ar.company_minor_units(company_id);
    PERFORM FROM receivables.bank_line AS l
    WHERE l.company_id = add_remittance.company_id AND l.bank_line_id = add_remittance.bank_line_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no bank line %', coalesce(bank_line_id::text, 'null') USING ERRCODE = 'no_data_found';
    END IF;
    RETURN ar.write_remittance(company_id, bank_line_id, NULL, rows);
END;
$$;
COMMENT ON FUNCTION ar.add_remittance(bigint, bigint, jsonb) IS
'Adds what a payer advised of a bank line: an array of objects with reference, amount (negative for a credit note), deduction_amount and note, all optional but one. Returns their number. Errors: P0002 where there is no such bank line, 22023 for what is no such array.';

CREATE FUNCTION ar.add_remittance(company_id bigint, payment_number text, rows jsonb) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    payment bigint;
BEGIN
    PERFORM ar.company_minor_units(company_id);
    SELECT d.document_id INTO payment
    FROM receivables.document AS d
    WHERE d.company_id = add_remittance.company_id AND d.kind = 'payment' AND d.document_number = btrim(payment_number);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'payment % does not exist', coalesce(payment_number, 'null') USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN ar.write_remittance(company_id, NULL, payment, rows);
END;
$$;
COMMENT ON FUNCTION ar.add_remittance(bigint, text, jsonb) IS
'Adds what a payer advised of a payment that was posted without a bank line; otherwise as for a bank line. Error 23503 where there is no such payment.';
