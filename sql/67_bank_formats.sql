-- Bank files: what every format is read into -----------------------------------
--
-- A format has one function that turns the text of a file into records, which
-- are text all along: what is wrong with them is found in one place for all.

CREATE TYPE ar.bank_record AS (
    file_line  integer,
    statement  integer,
    entry      integer,
    part       text,
    fields     jsonb
);
COMMENT ON TYPE ar.bank_record IS 'A record of a bank file, as ar.read_bank_file reads it.';
COMMENT ON COLUMN ar.bank_record.file_line IS 'Line of the file where it begins, from 1; null where that is not known.';
COMMENT ON COLUMN ar.bank_record.statement IS 'The statement of the file it belongs to, from 1.';
COMMENT ON COLUMN ar.bank_record.entry IS 'The entry of the statement it belongs to, from 1; the payments of a batch are lines of one entry.';
COMMENT ON COLUMN ar.bank_record.part IS 'statement, line, or fault.';
COMMENT ON COLUMN ar.bank_record.fields IS 'What it says, by column of receivables.bank_statement or receivables.bank_line, as text; entry_amount, entry_reference and remittance (an array of objects) of a line besides; field, sqlstate and reason of a fault.';

CREATE FUNCTION ar.bank_fault(file_line integer, statement integer, field text, sqlstate text, reason text) RETURNS ar.bank_record
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ROW(file_line, statement, NULL, 'fault',
               jsonb_build_object('field', field, 'sqlstate', sqlstate, 'reason', reason))::ar.bank_record;
COMMENT ON FUNCTION ar.bank_fault(integer, integer, text, text, text) IS
'The record that says what is wrong with a bank file.';

CREATE FUNCTION ar.stated_totals(file_line integer, statement integer, field text, names text[], stated text[], counted numeric[],
                                 others numeric[])
    RETURNS SETOF ar.bank_record
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT (ar.bank_fault(file_line, statement, field, CASE WHEN x.value IS NULL THEN '22P02' ELSE '23514' END,
                          CASE WHEN x.value IS NULL THEN format('%s is stated as "%s"', names[n], stated[n])
                               ELSE format('%s is stated as %s, counted as %s', names[n], stated[n], counted[n]) END)).*
    FROM generate_subscripts(stated, 1) AS n
    CROSS JOIN LATERAL (SELECT ar.parse_amount(stated[n]) AS value) AS x
    WHERE stated[n] IS NOT NULL
      AND (x.value = counted[n] OR x.value IN (SELECT others[k][n] FROM generate_subscripts(others, 1) AS k)) IS NOT TRUE
    ORDER BY n
$$;
COMMENT ON FUNCTION ar.stated_totals(integer, integer, text, text[], text[], numeric[], numeric[]) IS
'The totals that a bank states of entries and that are neither what was counted nor what may be meant besides (rows of others), as faults; null for one that is not stated.';

CREATE FUNCTION ar.bank_date(value text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN value ~ '^\d{6}$'
                THEN CASE WHEN left(value, 2) < '80' THEN '20' ELSE '19' END || left(value, 2) || '-' || substr(value, 3, 2) || '-'
                     || substr(value, 5)
                WHEN value ~ '^\d{8}$' THEN left(value, 4) || '-' || substr(value, 5, 2) || '-' || substr(value, 7)
                ELSE value END;
COMMENT ON FUNCTION ar.bank_date(text) IS
'A date of the form YYMMDD (years 1980 to 2079) or YYYYMMDD in the form YYYY-MM-DD; anything else as it is. Whether it is a day of the calendar is not looked at.';

CREATE FUNCTION ar.bank_text(VARIADIC parts text[]) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN nullif(btrim(regexp_replace(array_to_string(parts, ' '), '\s+', ' ', 'g')), '');
COMMENT ON FUNCTION ar.bank_text(text[]) IS
'Parts of a text, joined, with single spaces; null for nothing.';

CREATE FUNCTION ar.bank_account_key(account text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN nullif(regexp_replace(upper(account), '\s', '', 'g'), '');
COMMENT ON FUNCTION ar.bank_account_key(text) IS
'The number of a bank account in capitals and without spaces; null for none.';

CREATE FUNCTION ar.bank_end_to_end(id text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN upper(btrim(id)) NOT IN ('', 'NOTPROVIDED', 'NOT PROVIDED', 'NONREF') THEN btrim(id) END;
COMMENT ON FUNCTION ar.bank_end_to_end(text) IS
'A reference, null where it is one of the words that say there is none.';

CREATE FUNCTION ar.bank_entry_key(entry_reference text, VARIADIC said text[]) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce('=' || entry_reference, ar.bank_text(VARIADIC said), '');
COMMENT ON FUNCTION ar.bank_entry_key(text, text[]) IS
'By what an entry of a day and an amount is known again in another statement: its reference, else all that is said of it.';

CREATE FUNCTION ar.bank_overlap(mapping jsonb) RETURNS text
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF mapping ->> 'overlap' NOT IN ('refuse', 'double', 'load') THEN
        RAISE EXCEPTION 'overlap is refuse, double or load' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN coalesce(mapping ->> 'overlap', 'refuse');
END;
$$;
COMMENT ON FUNCTION ar.bank_overlap(jsonb) IS
'What a mapping says is to be done where a statement tells of money that another told of: refuse (the default), double (such entries count once), or load (it is other money). Error 22023 for anything else.';

CREATE FUNCTION ar.remittance_is_valid(line jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    RETURN jsonb_typeof(line) = 'object'
       AND line - '{reference,amount,deduction_amount,note}'::text[] = '{}'
       AND line <> '{}'
       AND (line ->> 'amount' IS NULL OR ar.parse_amount(line ->> 'amount') IS NOT NULL)
       AND (line ->> 'deduction_amount' IS NULL OR coalesce(ar.parse_amount(line ->> 'deduction_amount') > 0, false));
COMMENT ON FUNCTION ar.remittance_is_valid(jsonb) IS
'Whether this is a line of a remittance: an object with reference, amount, deduction_amount and note, of which one at least, and amounts that are.';
