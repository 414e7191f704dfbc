-- Document numbers, without gaps -------------------------------------------------

CREATE FUNCTION ar.number_period(pattern text, document_date date) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN pattern LIKE '%{month}%' THEN to_char(document_date, 'YYYY-MM')
                WHEN pattern LIKE '%{year}%' THEN to_char(document_date, 'YYYY') ELSE '' END;
COMMENT ON FUNCTION ar.number_period(text, date) IS
'The period that a series with this pattern counts a document of this date in: its month, its year, or the empty text for all time.';

CREATE FUNCTION ar.format_number(pattern text, document_date date, number bigint) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN regexp_replace(
        replace(replace(pattern, '{year}', to_char(document_date, 'YYYY')), '{month}', to_char(document_date, 'MM')),
        '\{number(:[1-9])?\}',
        lpad(number::text, greatest(length(number::text),
                                    coalesce(substring(pattern FROM '\{number:([1-9])\}')::integer, 1)), '0'));
COMMENT ON FUNCTION ar.format_number(text, date, bigint) IS
'A document number as the pattern of its series writes it: INV-{year}-{number:5} with 42 in 2026 is INV-2026-00042.';

CREATE FUNCTION ar.set_number_series(company_id bigint, series text, kind text, pattern text, is_default boolean DEFAULT true)
    RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM ar.company_minor_units(company_id);
    IF kind <> ALL (ar.document_kinds()) THEN
        RAISE EXCEPTION 'documents of kind "%" are not numbered in series', kind
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = format('The kinds are %s.', array_to_string(ar.document_kinds(), ', '));
    END IF;
    INSERT INTO receivables.number_series AS s (company_id, series, kind, pattern, is_default)
    VALUES (set_number_series.company_id, set_number_series.series, set_number_series.kind, set_number_series.pattern,
            set_number_series.is_default)
    ON CONFLICT ON CONSTRAINT number_series_pkey DO UPDATE
    SET kind = EXCLUDED.kind, pattern = EXCLUDED.pattern, is_default = EXCLUDED.is_default;
END;
$$;
COMMENT ON FUNCTION ar.set_number_series(bigint, text, text, text, boolean) IS
'Enters a series that documents of a kind are numbered in when they come without a number, or changes it. pattern is text with {number} or {number:5}, and {year} and {month} before it to count anew each year or month. It begins after the highest such number that is in the books when it is first used; from then on no row may bring such a number along. Errors: 23505 for a second default of the kind, 23514 for a faulty pattern, 22023 for an unknown kind.';

CREATE FUNCTION ar.number_expression(pattern text, period text DEFAULT NULL) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT '^' || replace(replace(replace(regexp_replace(pattern, '([][\\.^$*+?()|-])', '\\\1', 'g'),
        '{year}', coalesce(substr(period, 1, 4), '[0-9]{4}')),
        '{month}', coalesce(substr(period, 6, 2), '(?:0[1-9]|1[0-2])')),
        n.place, format('([0-9]{%s}|[1-9][0-9]{%s,17})', n.digits, n.digits)) || '$'
    FROM (SELECT substring(pattern FROM '\{number(?::[1-9])?\}') AS place,
                 coalesce(substring(pattern FROM '\{number:([1-9])\}'), '1') AS digits) AS n
$$;
COMMENT ON FUNCTION ar.number_expression(text, text) IS
'The regular expression that the numbers of a series with this pattern match, those of one period (as of ar.number_period) or, without it, of any; what it captures is the number that is counted.';

CREATE FUNCTION ar.take_numbers(company_id bigint, series text, period text, count bigint) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    result bigint;
BEGIN
    UPDATE receivables.number_counter AS c SET last_number = c.last_number + take_numbers.count
    WHERE c.company_id = take_numbers.company_id AND c.series = take_numbers.series AND c.period = take_numbers.period
    RETURNING c.last_number - take_numbers.count + 1 INTO result;
    IF NOT FOUND THEN
        INSERT INTO receivables.number_counter AS c (company_id, series, period, first_number, last_number)
        SELECT n.company_id, n.series, take_numbers.period, u.highest + 1, u.highest + take_numbers.count
        FROM receivables.number_series AS n
        CROSS JOIN LATERAL (SELECT ar.number_expression(n.pattern, take_numbers.period) AS expression OFFSET 0) AS e
        CROSS JOIN LATERAL (
            SELECT coalesce(max(substring(d.document_number FROM e.expression)::bigint), 0) AS highest
            FROM receivables.document AS d
            WHERE d.company_id = n.company_id AND d.kind = n.kind AND d.document_number ~ e.expression) AS u
        WHERE n.company_id = take_numbers.company_id AND n.series = take_numbers.series
        ON CONFLICT ON CONSTRAINT number_counter_pkey DO UPDATE SET last_number = c.last_number + take_numbers.count
        RETURNING c.last_number - take_numbers.count + 1 INTO result;
    END IF;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.take_numbers(bigint, text, text, bigint) IS
'Takes the next numbers of a series and returns the first: of a period not counted yet the one after the highest that documents of the kind have, so that books that were migrated continue. Whoever else wants one waits until the transaction ends, so that none is skipped.';
