-- Bank files: SWIFT MT940 and MT942 ------------------------------------------------

CREATE FUNCTION ar.tagged_values(content text, tags text) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part   text;
    tag    text;
    value  text;
    result jsonb := '{}';
BEGIN
    -- What a tag opens lasts until the next; what stands before the first has the empty tag.
    FOREACH part IN ARRAY string_to_array(E'\x02' || regexp_replace(content, '(' || tags || ')', E'\x01\\1\x02', 'g'), E'\x01') LOOP
        tag := split_part(part, E'\x02', 1);
        value := ar.bank_text(split_part(part, E'\x02', 2));
        IF value IS NOT NULL THEN
            result := result || jsonb_build_object(tag, coalesce((result ->> tag) || ' ', '') || value);
        END IF;
    END LOOP;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.tagged_values(text, text) IS
'Splits a text at the tags that a regular expression finds: an object with the text of each, and of what stands before the first under the empty key.';

CREATE FUNCTION ar.mt940_details(content text) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    line     text := content;
    sub      jsonb := '{}';
    part     text;
    code     text := '00';
    tags     jsonb := '{}';
    purpose  text;
    party    text[];
    sepa     CONSTANT text := '(?:EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|IBAN|BIC|PURP|RREF|RTRN)\+';
    dutch    CONSTANT text := '/(?:TRTP|IBAN|BIC|NAME|REMI|EREF|MARF|CSID|ORDP|BENM|ULTD|ULTB|ULTC|RTRN|PREF|PURP|CNTP|ISDT|ADDR|CREF|TRCD|OCMT|CHGS|INIT|SVCL|ACCW)/';
BEGIN
    IF line IS NULL THEN
        RETURN '{}';
    END IF;
    IF line ~ '^\s*\d{3}\?' OR line ~ '\?20.*\?3\d' THEN
        -- Fields of 27 characters break words, and lines break fields.
        line := replace(line, E'\n', '');
        FOREACH part IN ARRAY (string_to_array(line, '?'))[2:] LOOP
            IF part !~ '^\d\d' THEN
                -- A question mark of the text.
                part := code || '?' || part;
            ELSE
                code := left(part, 2);
            END IF;
            IF code BETWEEN '20' AND '29' OR code BETWEEN '60' AND '63' THEN
                purpose := coalesce(purpose, '') || substr(part, 3);
            ELSE
                sub := sub || jsonb_build_object(code, coalesce(sub ->> code, '') || substr(part, 3));
            END IF;
        END LOOP;
        IF purpose ~ sepa THEN
            tags := ar.tagged_values(purpose, sepa);
        END IF;
        RETURN jsonb_strip_nulls(jsonb_build_object(
            'payer_name', ar.bank_text((sub ->> '32') || coalesce(sub ->> '33', '')),
            'payer_account', ar.bank_account_key(coalesce(sub ->> '38', sub ->> '31', tags ->> 'IBAN+')),
            'end_to_end_id', ar.bank_end_to_end(tags ->> 'EREF+'),
            'remittance_text', coalesce(ar.bank_text(tags ->> '', tags ->> 'SVWZ+'), ar.bank_text(purpose), ar.bank_text(sub ->> '00')),
            'transaction_code', substring(line FROM '^\s*(\d{3})\?'),
            'attributes', nullif(jsonb_strip_nulls(jsonb_build_object(
                'posting_text', ar.bank_text(sub ->> '00'), 'bank_code', ar.bank_text(sub ->> '30'),
                'text_key', ar.bank_text(sub ->> '34'), 'mandate_id', tags ->> 'MREF+', 'customer_reference', tags ->> 'KREF+',
                'creditor_id', tags ->> 'CRED+', 'purpose', tags ->> 'PURP+', 'original_amount', tags ->> 'OAMT+',
                'ultimate_payer', tags ->> 'ABWA+')), '{}')));
    ELSIF line ~ dutch THEN
        line := replace(line, E'\n', '');
        tags := ar.tagged_values(line, dutch);
        party := string_to_array(tags ->> '/CNTP/', '/');
        purpose := regexp_replace(coalesce(tags ->> '/REMI/', ''), '/$', '');
        RETURN jsonb_strip_nulls(jsonb_build_object(
            'payer_name', ar.bank_text(rtrim(coalesce(tags ->> '/NAME/', party[3]), '/')),
            'payer_account', ar.bank_account_key(rtrim(coalesce(tags ->> '/IBAN/', party[1]), '/')),
            'end_to_end_id', ar.bank_end_to_end(rtrim(tags ->> '/EREF/', '/')),
            'structured_reference', nullif(substring(purpose FROM '^/?STRD/(?:[A-Z]{3}/)?(.*)$'), ''),
            'remittance_text', nullif(ar.bank_text(tags ->> '', regexp_replace(purpose, '^/?(USTD/|STRD/(CUR/|ISO/)?)/?', '')), ''),
            'attributes', nullif(jsonb_strip_nulls(jsonb_build_object(
                'mandate_id', rtrim(tags ->> '/MARF/', '/'), 'creditor_id', rtrim(tags ->> '/CSID/', '/'),
                'return_reason', rtrim(tags ->> '/RTRN/', '/'), 'payment_type', rtrim(tags ->> '/TRTP/', '/'))), '{}')));
    ELSIF line ~ sepa THEN
        tags := ar.tagged_values(replace(line, E'\n', ''), sepa);
        RETURN jsonb_strip_nulls(jsonb_build_object(
            'payer_name', tags ->> 'ABWA+', 'payer_account', ar.bank_account_key(tags ->> 'IBAN+'),
            'end_to_end_id', ar.bank_end_to_end(tags ->> 'EREF+'),
            'remittance_text', ar.bank_text(tags ->> '', tags ->> 'SVWZ+')));
    END IF;
    -- A full line goes on in the next; a shorter one ended there.
    RETURN jsonb_strip_nulls(jsonb_build_object('remittance_text',
        ar.bank_text(regexp_replace(line, '(^|\n)([^\n]{65})\n', '\1\2', 'g'))));
END;
$$;
COMMENT ON FUNCTION ar.mt940_details(text) IS
'What field 86 of a SWIFT statement says of a line: German subfields ?00 to ?63 with SEPA tags, code words between slashes as Dutch banks write them, or plain text.';

CREATE FUNCTION ar.entry_date(month_day text, value_on text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN value_on !~ '^\d{4}-\d\d-\d\d$' THEN value_on
                ELSE (left(value_on, 4)::integer
                      + CASE WHEN left(month_day, 2) < '04' AND substr(value_on, 6, 2) > '09' THEN 1
                             WHEN left(month_day, 2) > '09' AND substr(value_on, 6, 2) < '04' THEN -1 ELSE 0 END)::text
                     || '-' || left(month_day, 2) || '-' || substr(month_day, 3) END;
COMMENT ON FUNCTION ar.entry_date(text, text) IS
'The date of an entry given as MMDD, in the year of its value date; in the next, or the one before, where one of them is in the first quarter and the other in the last.';

CREATE FUNCTION ar.mt940_line_parts(content text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    head     text := split_part(content, E'\n', 1);
    entry_on text := '';
    mark     text;
    amount   text;
    code     text;
BEGIN
    IF head !~ '^\d{6}(\d{4})?(R?[CD]|E[CD])[A-Z]?(\d|,\d)' THEN
        RETURN NULL;
    END IF;
    IF substr(head, 7, 4) ~ '^\d{4}$' THEN
        entry_on := substr(head, 7, 4);
    END IF;
    mark := CASE WHEN substr(head, 7 + length(entry_on), 1) IN ('R', 'E') THEN substr(head, 7 + length(entry_on), 2)
                 ELSE substr(head, 7 + length(entry_on), 1) END;
    -- The third letter of the currency may stand before the amount.
    code := ltrim(substr(head, 7 + length(entry_on) + length(mark)), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ');
    amount := substring(code FROM '^[\d,]+');
    code := substr(code, length(amount) + 1);
    IF amount LIKE '%,%,%' THEN
        RETURN NULL;
    END IF;
    RETURN ARRAY[left(head, 6), entry_on, mark, amount] || CASE WHEN code ~ '^[SNF][A-Z0-9]{3}' THEN ARRAY[left(code, 4), substr(code, 5)]
                                                               ELSE ARRAY['', code] END
           || nullif(substr(content, length(head) + 2), '');
END;
$$;
COMMENT ON FUNCTION ar.mt940_line_parts(text) IS
'The parts of field 61 of a SWIFT statement: value date, entry date, mark, amount, type, references, and what stands on its second line; null for what is no such field.';

CREATE FUNCTION ar.mt940_records(content text) RETURNS SETOF ar.bank_record
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    field     record;
    part      text[];
    statement integer := 0;
    entry     integer := 0;
    -- The statement that is open, and its last entry.
    head      jsonb;
    head_line integer;
    line      jsonb;
    line_at   integer;
    pending   boolean := false;
    details   jsonb;
    -- Number and sum of debits, then of credits: booked, all, and both of the messages of a number.
    total     integer;
    booked    numeric[] := '{0,0,0,0}';
    told      numeric[] := '{0,0,0,0}';
    series    numeric[] := '{0,0,0,0}';
    series_told numeric[] := '{0,0,0,0}';
    series_number text := '';
    series_page text;
    names     CONSTANT text[] := '{number of debits,sum of debits,number of credits,sum of credits}';
BEGIN
    FOR field IN
        WITH line AS (
            SELECT l.n::integer AS n, rtrim(l.text, E'\r') AS text
            FROM string_to_table(content, E'\n') WITH ORDINALITY AS l (text, n)
        ), cut AS (
            -- A message may begin behind its envelope, on the same line.
            SELECT l.n, regexp_replace(l.text, '^.*\{4:', '') AS text FROM line AS l
        ), tagged AS (
            SELECT c.n, c.text, substring(c.text FROM '^:(\d\d[A-Z]?):') AS tag,
                   c.text ~ '^-(\}.*)?\s*$' AS is_end
            FROM cut AS c
        ), grouped AS (
            SELECT t.*, count(*) FILTER (WHERE t.tag IS NOT NULL OR t.is_end) OVER (ORDER BY t.n) AS field FROM tagged AS t
        )
        SELECT min(g.n) AS n, coalesce(min(g.tag), CASE WHEN bool_or(g.is_end) THEN '-' END) AS tag,
               string_agg(CASE WHEN g.tag IS NOT NULL THEN regexp_replace(g.text, '^:\d\d[A-Z]?:', '') ELSE g.text END, E'\n' ORDER BY g.n)
                   AS text
        FROM grouped AS g
        WHERE g.field > 0
        GROUP BY g.field
        UNION ALL
        SELECT NULL, NULL, NULL
        ORDER BY 1 NULLS LAST
    LOOP
        IF line IS NOT NULL AND field.tag IS DISTINCT FROM '86' THEN
            IF NOT pending THEN
                RETURN NEXT ROW(line_at, statement, entry, 'line', line)::ar.bank_record;
            END IF;
            line := NULL;
        END IF;
        IF head IS NOT NULL AND (field.tag IS NULL OR field.tag IN ('20', '-')) THEN
            IF head ->> 'account' IS NULL THEN
                RETURN NEXT ar.bank_fault(head_line, statement, '25', '23502', 'the statement names no account (:25:)');
            ELSIF head ->> 'format' = 'mt940' AND NOT (head ? 'opening_balance' AND head ? 'closing_balance') THEN
                RETURN NEXT ar.bank_fault(head_line, statement, CASE WHEN head ? 'opening_balance' THEN '62F' ELSE '60F' END, '22P02',
                                          format('the statement has no %s balance: the file is cut off, or broken',
                                                 CASE WHEN head ? 'opening_balance' THEN 'closing' ELSE 'opening' END));
            END IF;
            -- A message that goes on adds to those before.
            series_page := split_part(head ->> 'statement_number', '/', 2);
            IF series_page !~ '^0*1?$' AND split_part(head ->> 'statement_number', '/', 1) = series_number THEN
                series := ARRAY(SELECT series[n] + booked[n] FROM generate_subscripts(booked, 1) AS n ORDER BY n);
                series_told := ARRAY(SELECT series_told[n] + told[n] FROM generate_subscripts(told, 1) AS n ORDER BY n);
            ELSE
                series_number := split_part(head ->> 'statement_number', '/', 1);
                series := booked;
                series_told := told;
                -- Those before may have come in another file.
                IF series_page !~ '^0*1?$' THEN
                    series_number := NULL;
                END IF;
            END IF;
            FOR total IN 1 .. 2 LOOP
                details := head -> CASE total WHEN 1 THEN '90D' ELSE '90C' END;
                CONTINUE WHEN details IS NULL;
                IF details ->> 3 <> head ->> 'currency' THEN
                    RETURN NEXT ar.bank_fault((details ->> 0)::integer, statement, CASE total WHEN 1 THEN '90D' ELSE '90C' END, '23514',
                                              format('the %s is in %s, the account in %s', names[2 * total], details ->> 3, head ->> 'currency'));
                ELSIF series_number IS NOT NULL THEN
                    RETURN QUERY SELECT f.* FROM ar.stated_totals(
                        (details ->> 0)::integer, statement, CASE total WHEN 1 THEN '90D' ELSE '90C' END, names[2 * total - 1:2 * total],
                        ARRAY[details ->> 1, details ->> 2], booked[2 * total - 1:2 * total],
                        ARRAY[told[2 * total - 1:2 * total], series[2 * total - 1:2 * total], series_told[2 * total - 1:2 * total]]) AS f;
                END IF;
            END LOOP;
            booked := '{0,0,0,0}';
            told := '{0,0,0,0}';
            RETURN NEXT ROW(head_line, statement, 0, 'statement',
                            head || jsonb_build_object('currency', coalesce(head ->> 'currency', '')))::ar.bank_record;
            head := NULL;
        END IF;
        CONTINUE WHEN field.tag IS NULL OR field.tag = '-';
        IF field.tag = '20' THEN
            statement := statement + 1;
            entry := 0;
            head_line := field.n;
            head := jsonb_build_object('statement_number', '', 'format', 'mt940',
                                       'attributes', jsonb_build_object('reference', ar.bank_text(field.text)));
            CONTINUE;
        ELSIF head IS NULL THEN
            RETURN NEXT ar.bank_fault(field.n, NULL, field.tag, '22P02', format('field :%s: stands before any :20:', field.tag));
            CONTINUE;
        END IF;
        CASE
        WHEN field.tag IN ('25', '25P') THEN
            head := head || jsonb_build_object('account', ar.bank_account_key(split_part(field.text, E'\n', 1)));
            -- Some banks append the currency to the account.
            part := regexp_match(head ->> 'account', '^([A-Z]{2}\d{2}[A-Z0-9]{11,30}?)(EUR|USD|GBP|CHF|PLN|SEK|NOK|DKK|CZK|HUF)$');
            IF part IS NOT NULL AND ar.iban_is_valid(part[1]) THEN
                head := head || jsonb_build_object('account', part[1], 'currency', part[2]);
            END IF;
        WHEN field.tag IN ('28', '28C') THEN
            head := head || jsonb_build_object('statement_number', coalesce(ar.bank_text(field.text), ''));
        WHEN field.tag IN ('60F', '60M', '62F', '62M') THEN
            part := regexp_match(btrim(field.text), '^([CD])(\d{6})([A-Z]{3})(\d+(?:,\d*)?)');
            IF part IS NULL THEN
                RETURN NEXT ar.bank_fault(field.n, statement, field.tag, '22P02',
                                          format('field :%s: "%s" is no balance', field.tag, split_part(field.text, E'\n', 1)));
                -- It is there, if unreadable.
                part := ARRAY['C', NULL, head ->> 'currency', NULL];
            ELSIF ar.parse_date(ar.bank_date(part[2])) IS NULL THEN
                RETURN NEXT ar.bank_fault(field.n, statement, field.tag, '22007', format('"%s" is no date', ar.bank_date(part[2])));
                part[2] := NULL;
            END IF;
            head := head || CASE WHEN left(field.tag, 2) = '60'
                THEN jsonb_build_object('currency', part[3], 'opening_on', ar.bank_date(part[2]),
                                        'opening_balance', CASE part[1] WHEN 'D' THEN '-' ELSE '' END || rtrim(replace(part[4], ',', '.'), '.'))
                ELSE jsonb_build_object('closing_currency', part[3], 'closing_on', ar.bank_date(part[2]),
                                        'closing_balance', CASE part[1] WHEN 'D' THEN '-' ELSE '' END || rtrim(replace(part[4], ',', '.'), '.')) END;
        WHEN field.tag IN ('34F', '13', '13D', '90C', '90D') THEN
            head := head || '{"format": "mt942"}';
            IF field.tag = '34F' THEN
                head := head || jsonb_build_object('currency', left(btrim(field.text), 3));
            ELSIF field.tag LIKE '90_' THEN
                part := regexp_match(btrim(split_part(field.text, E'\n', 1)), '^(\d{1,9})([A-Z]{3})(\d+(?:,\d*)?)$');
                IF part IS NULL THEN
                    RETURN NEXT ar.bank_fault(field.n, statement, field.tag, '22P02',
                                              format('field :%s: "%s" is no number and sum of entries', field.tag, split_part(field.text, E'\n', 1)));
                ELSE
                    head := head || jsonb_build_object(field.tag, jsonb_build_array(field.n, part[1], rtrim(replace(part[3], ',', '.'), '.'), part[2]));
                END IF;
            END IF;
        WHEN field.tag = '61' THEN
            entry := entry + 1;
            part := ar.mt940_line_parts(field.text);
            IF part IS NULL THEN
                RETURN NEXT ar.bank_fault(field.n, statement, '61', '22P02',
                                          format('field :61: "%s" is no statement line', split_part(field.text, E'\n', 1)));
                CONTINUE;
            END IF;
            -- What is only expected is not booked.
            pending := part[3] LIKE 'E_';
            line_at := field.n;
            line := jsonb_strip_nulls(jsonb_build_object(
                'value_on', ar.bank_date(part[1]),
                'booked_on', CASE WHEN part[2] <> '' THEN ar.entry_date(part[2], ar.bank_date(part[1])) ELSE ar.bank_date(part[1]) END,
                'amount', CASE WHEN part[3] IN ('D', 'RC') THEN '-' ELSE '' END
                          || CASE WHEN part[4] LIKE ',%' THEN '0' ELSE '' END || rtrim(replace(part[4], ',', '.'), '.'),
                'transaction_code', nullif(part[5], ''),
                'end_to_end_id', ar.bank_end_to_end(split_part(part[6], '//', 1)),
                'bank_reference', ar.bank_end_to_end(split_part(part[6], '//', 2)),
                'charge_amount', replace(substring(part[7] FROM '/CHGS/[A-Z]{3}(\d+,\d*)'), ',', '.') || '0',
                'attributes', nullif(jsonb_strip_nulls(jsonb_build_object(
                    'supplement', ar.bank_text(part[7]), 'reversal', nullif(part[3] LIKE 'R_', false))), '{}')));
            total := CASE WHEN part[3] IN ('D', 'RC', 'ED') THEN 1 ELSE 3 END;
            told[total] := told[total] + 1;
            told[total + 1] := told[total + 1] + ar.parse_amount(ltrim(line ->> 'amount', '-'));
            IF NOT pending THEN
                booked[total] := booked[total] + 1;
                booked[total + 1] := booked[total + 1] + ar.parse_amount(ltrim(line ->> 'amount', '-'));
            END IF;
            line := line || jsonb_strip_nulls(jsonb_build_object('entry_reference', coalesce(line ->> 'bank_reference', line ->> 'end_to_end_id')));
        WHEN field.tag = '86' THEN
            IF line IS NOT NULL THEN
                details := ar.mt940_details(field.text);
                line := line || details || jsonb_strip_nulls(jsonb_build_object(
                    'attributes', nullif(coalesce(line -> 'attributes', '{}') || coalesce(details -> 'attributes', '{}'), '{}')));
            ELSE
                head := jsonb_set(head, '{attributes,information}', to_jsonb(coalesce(ar.bank_text(field.text), '')));
            END IF;
        ELSE
            NULL;
        END CASE;
        -- The last 86 of a line ends it.
        IF field.tag = '86' AND line IS NOT NULL THEN
            IF NOT pending THEN
                RETURN NEXT ROW(line_at, statement, entry, 'line', line)::ar.bank_record;
            END IF;
            line := NULL;
        END IF;
    END LOOP;
    IF statement = 0 THEN
        RETURN NEXT ar.bank_fault(1, NULL, NULL, '22P02', 'the file holds no statement: there is no field :20:');
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.mt940_records(text) IS
'Reads SWIFT MT940 and MT942 messages, with or without their envelopes. RC, the reversal of a credit, takes off; RD, that of a debit, gives back; entries that are only expected are left out. Number and sum of entries (:90D:, :90C:) are those of the message, or of the messages of its number in the file; with or without what is expected.';
