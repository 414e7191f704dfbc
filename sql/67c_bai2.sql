-- Bank files: BAI2 -----------------------------------------------------------------

CREATE FUNCTION ar.bai2_records(content text) RETURNS SETOF ar.bank_record
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    record        record;
    field         text[];
    code          text;
    position      integer;
    skip          integer;
    statement     integer := 0;
    entry         integer := 0;
    head          jsonb;
    head_line     integer;
    group_day     text;
    group_currency text;
    reference     text;
    value_on      text;
    credit        boolean;
    -- What was counted of the account, the group and the file.
    account_sum   numeric := 0;
    account_records integer := 0;
    group_sum     numeric := 0;
    group_records integer := 0;
    group_accounts integer := 0;
    file_sum      numeric := 0;
    file_records  integer := 0;
    file_groups   integer := 0;
    expected      text := '01';
BEGIN
    FOR record IN
        WITH physical AS (
            SELECT l.n::integer AS n, btrim(l.text, E' \r\t') AS text
            FROM string_to_table(content, E'\n') WITH ORDINALITY AS l (text, n)
            WHERE btrim(l.text, E' \r\t') <> ''
        ), grouped AS (
            SELECT p.n, p.text, left(p.text, 2) AS code,
                   count(*) FILTER (WHERE left(p.text, 3) <> '88,') OVER (ORDER BY p.n) AS logical
            FROM physical AS p
        )
        SELECT min(g.n) AS n, (array_agg(g.code ORDER BY g.n))[1] AS code, count(*)::integer AS records,
               -- A field that is not ended goes on in the next record, text with a space.
               string_agg(CASE WHEN g.code = '88' THEN substr(g.text, 4) ELSE g.text END, E'\n' ORDER BY g.n) AS text
        FROM grouped AS g
        GROUP BY g.logical
        ORDER BY 1
    LOOP
        code := record.code;
        file_records := file_records + record.records;
        group_records := group_records + record.records;
        account_records := account_records + record.records;
        IF record.text !~ '^\d\d,' OR code NOT IN ('01', '02', '03', '16', '49', '98', '99')
            OR code <> ALL (CASE expected WHEN '01' THEN '{01}' WHEN '02' THEN '{02,99}' WHEN '03' THEN '{03,98}'
                                          WHEN '16' THEN '{16,49}' ELSE '{}' END::text[])
        THEN
            RETURN NEXT ar.bank_fault(record.n, nullif(statement, 0), NULL, '22P02',
                                      format('record "%s" does not follow here', left(split_part(record.text, E'\n', 1), 40)));
            RETURN;
        END IF;
        -- Up to its text a record is fields that end with a comma or, the last of them, with a slash.
        field := string_to_array(regexp_replace(replace(record.text, E'/\n', ','), '/$', ''), ',');
        IF code <> '16' THEN
            field := string_to_array(regexp_replace(array_to_string(field, ','), '\s*(\n|,)\s*', ',', 'g'), ',');
        END IF;
        CASE code
        WHEN '01' THEN
            expected := '02';
        WHEN '02' THEN
            expected := '03';
            group_sum := 0;
            group_accounts := 0;
            group_records := record.records;
            group_day := ar.bank_date(field[5]);
            group_currency := coalesce(nullif(field[7], ''), 'USD');
            IF ar.parse_date(group_day) IS NULL THEN
                RETURN NEXT ar.bank_fault(record.n, NULL, 'as-of date', '22007', format('"%s" is no date', coalesce(group_day, '')));
            END IF;
        WHEN '03' THEN
            expected := '16';
            statement := statement + 1;
            entry := 0;
            account_sum := 0;
            account_records := record.records;
            head_line := record.n;
            head := jsonb_strip_nulls(jsonb_build_object(
                'format', 'bai2', 'account', ar.bank_account_key(field[2]), 'statement_number', '',
                'currency', coalesce(nullif(field[3], ''), group_currency), 'closing_on', group_day, 'in_minor_units', true));
            position := 4;
            WHILE position <= cardinality(field) AND field[position] <> '' LOOP
                IF field[position + 1] <> '' AND field[position + 1] !~ '^[-+]?\d+$' THEN
                    RETURN NEXT ar.bank_fault(record.n, statement, field[position], '22P02',
                                              format('amount "%s" is no whole number', field[position + 1]));
                ELSIF field[position + 1] <> '' THEN
                    account_sum := account_sum + field[position + 1]::numeric;
                    IF field[position] IN ('010', '015') THEN
                        head := head || jsonb_build_object(CASE field[position] WHEN '010' THEN 'opening_balance' ELSE 'closing_balance' END,
                                                           ltrim(field[position + 1], '+'));
                    ELSE
                        head := jsonb_set(head || jsonb_build_object('attributes', coalesce(head -> 'attributes', '{}')),
                                          ARRAY['attributes', field[position]], to_jsonb(field[position + 1]));
                    END IF;
                END IF;
                position := position + 4 + ar.bai2_funds_fields(field[position + 3:]);
            END LOOP;
        WHEN '16' THEN
            entry := entry + 1;
            skip := ar.bai2_funds_fields(field[4:]);
            IF coalesce(field[3], '') <> '' AND field[3] !~ '^[-+]?\d+$' THEN
                RETURN NEXT ar.bank_fault(record.n, statement, 'amount', '22P02', format('amount "%s" is no whole number', field[3]));
            ELSIF field[2] !~ '^\d{3}$' THEN
                RETURN NEXT ar.bank_fault(record.n, statement, 'type', '22P02', format('type "%s" is no code of three digits', field[2]));
            ELSE
                account_sum := account_sum + coalesce(nullif(field[3], ''), '0')::numeric;
                credit := CASE WHEN field[2] BETWEEN '100' AND '399' THEN true WHEN field[2] BETWEEN '400' AND '699' THEN false END;
                IF credit IS NOT NULL THEN
                    value_on := CASE WHEN field[4] = 'V' AND field[5] <> '' THEN ar.bank_date(field[5]) ELSE group_day END;
                    reference := nullif(field[5 + skip], '');
                    RETURN NEXT ROW(record.n, statement, entry, 'line', jsonb_strip_nulls(jsonb_build_object(
                        'booked_on', group_day, 'value_on', value_on,
                        'amount', CASE WHEN credit = (coalesce(field[3], '') LIKE '-%') THEN '-' ELSE '' END
                                  || ltrim(coalesce(nullif(field[3], ''), '0'), '+-'),
                        'transaction_code', field[2], 'bank_reference', reference, 'entry_reference', reference,
                        'end_to_end_id', ar.bank_end_to_end(field[6 + skip]),
                        'remittance_text', ar.bank_text(array_to_string(field[7 + skip:], ',')))))::ar.bank_record;
                END IF;
            END IF;
        WHEN '49' THEN
            expected := '03';
            RETURN NEXT ROW(head_line, statement, 0, 'statement', head)::ar.bank_record;
            RETURN QUERY SELECT f.* FROM ar.bai2_totals(record.n, statement, 'account', field[2:3], ARRAY[account_sum, account_records],
                                                        '{control total,number of records}') AS f;
            group_sum := group_sum + account_sum;
            group_accounts := group_accounts + 1;
        WHEN '98' THEN
            expected := '02';
            RETURN QUERY SELECT f.* FROM ar.bai2_totals(record.n, NULL, 'group', field[2:4], ARRAY[group_sum, group_accounts, group_records],
                                                        '{control total,number of accounts,number of records}') AS f;
            file_sum := file_sum + group_sum;
            file_groups := file_groups + 1;
        WHEN '99' THEN
            expected := '';
            RETURN QUERY SELECT f.* FROM ar.bai2_totals(record.n, NULL, 'file', field[2:4], ARRAY[file_sum, file_groups, file_records],
                                                        '{control total,number of groups,number of records}') AS f;
        END CASE;
    END LOOP;
    IF expected <> '' THEN
        RETURN NEXT ar.bank_fault(1 + length(rtrim(content, E'\r\n ')) - length(replace(rtrim(content, E'\r\n '), E'\n', '')), NULL, NULL,
                                  '22P02', format('the file is cut off: it does not end with record 99'));
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.bai2_records(text) IS
'Reads a BAI2 file: types 100 to 399 are credits, 400 to 699 debits, others no entries. Control totals and numbers of records are checked.';

CREATE FUNCTION ar.bai2_funds_fields(funds text[]) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE upper(funds[1]) WHEN 'V' THEN 2 WHEN 'S' THEN 3
                                WHEN 'D' THEN 1 + 2 * CASE WHEN funds[2] ~ '^\d{1,4}$' THEN funds[2]::integer ELSE 0 END
                                ELSE 0 END;
COMMENT ON FUNCTION ar.bai2_funds_fields(text[]) IS
'How many fields follow a funds type of BAI2: date and time of V, three amounts of S, pairs of days and amount of D, none of 0, 1, 2 and Z.';

CREATE FUNCTION ar.bai2_totals(file_line integer, statement integer, whole text, stated text[], counted numeric[], names text[])
    RETURNS SETOF ar.bank_record
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT (ar.bank_fault(file_line, statement, names[n],
                          CASE WHEN coalesce(stated[n], '') ~ '^[-+]?\d+$' THEN '23514' ELSE '22P02' END,
                          format('%s of the %s is stated as "%s", counted as %s', names[n], whole, coalesce(stated[n], ''), counted[n]))).*
    FROM generate_subscripts(counted, 1) AS n
    WHERE CASE WHEN stated[n] ~ '^[-+]?\d+$' THEN stated[n]::numeric <> counted[n] ELSE true END
$$;
COMMENT ON FUNCTION ar.bai2_totals(integer, integer, text, text[], numeric[], text[]) IS
'The totals of a BAI2 trailer that are not what was counted, as faults.';
