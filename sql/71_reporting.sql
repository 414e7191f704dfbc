-- Ageing and balances in another currency ------------------------------------------

CREATE FUNCTION ar.reporting_rate(company_id bigint, from_currency text, to_currency text, on_date date,
                                  known_at timestamptz DEFAULT ar.known_at()) RETURNS numeric
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    company record;
    result  numeric;
BEGIN
    SELECT c.currency, c.rate_source INTO company
    FROM receivables.company AS c WHERE c.company_id = reporting_rate.company_id;
    result := coalesce(
        ar.find_exchange_rate(from_currency, to_currency, on_date, company.rate_source, known_at),
        ar.find_exchange_rate(from_currency, company.currency, on_date, company.rate_source, known_at)
        * ar.find_exchange_rate(company.currency, to_currency, on_date, company.rate_source, known_at));
    IF result IS NULL THEN
        RAISE EXCEPTION 'there is no exchange rate from % to % on %', from_currency, to_currency, on_date
            USING ERRCODE = 'no_data_found',
                  DETAIL = format('Neither directly nor through %s%s.', company.currency, ', from source ' || company.rate_source),
                  HINT = 'Enter it with ar.add_exchange_rate.';
    END IF;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.reporting_rate(bigint, text, text, date, timestamptz) IS
'Units of to_currency for one of from_currency on a date, from the source that the company takes its rates from, as far as was entered by known_at: the direct rate or the inverse, whichever is later, else the product of the rates from and to the currency of the company, not rounded. Error P0002 where there is none.';

CREATE FUNCTION ar.aging_in(company_id bigint, currency text, as_of date DEFAULT ar.as_of(),
                            known_at timestamptz DEFAULT ar.known_at())
    RETURNS TABLE (customer_id bigint, customer_number text, customer_name text, grade text, salesperson text,
                   department text, region text, item_count bigint,
                   not_due numeric, days_1_30 numeric, days_31_60 numeric, days_61_90 numeric, days_over_90 numeric,
                   unapplied_amount numeric, balance numeric,
                   overdue numeric, overdue_rate numeric, average_days_past_due numeric, aging ar.aging)
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    decimals integer;
BEGIN
    PERFORM ar.company_minor_units(company_id);
    SELECT u.minor_units INTO decimals FROM receivables.currency AS u WHERE u.currency = aging_in.currency;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'currency % does not exist', coalesce(currency, 'null')
            USING ERRCODE = 'foreign_key_violation', HINT = 'Currencies are in receivables.currency, by their ISO 4217 codes.';
    END IF;
    RETURN QUERY
    WITH open AS MATERIALIZED (
        SELECT o.customer_id, o.currency, o.open_amount, o.due_on, o.is_debit
        FROM ar.open_items(aging_in.as_of, aging_in.known_at) AS o
        WHERE o.company_id = aging_in.company_id
    ), rate AS MATERIALIZED (
        SELECT c.currency, u.minor_units::integer,
               ar.reporting_rate(aging_in.company_id, c.currency, aging_in.currency, aging_in.as_of, aging_in.known_at) AS rate
        FROM (SELECT DISTINCT o.currency FROM open AS o) AS c
        JOIN receivables.currency AS u ON u.currency = c.currency
    ), in_currency AS (
        SELECT o.customer_id, o.currency,
               ar.aging_agg(o.open_amount, o.due_on, aging_in.as_of) FILTER (WHERE o.is_debit) AS aging,
               ar.aging_agg(o.open_amount * r.rate, o.due_on, aging_in.as_of) FILTER (WHERE o.is_debit) AS converted,
               sum(o.open_amount) FILTER (WHERE NOT o.is_debit) AS unapplied
        FROM open AS o JOIN rate AS r ON r.currency = o.currency
        GROUP BY o.customer_id, o.currency
    ), total AS (
        SELECT i.customer_id, sum(b.item_count)::bigint AS item_count, ar.aging_agg(i.converted) AS aging,
               sum(round(b.not_due * r.rate, decimals)) AS not_due,
               sum(round(b.days_1_30 * r.rate, decimals)) AS days_1_30,
               sum(round(b.days_31_60 * r.rate, decimals)) AS days_31_60,
               sum(round(b.days_61_90 * r.rate, decimals)) AS days_61_90,
               sum(round(b.days_over_90 * r.rate, decimals)) AS days_over_90,
               sum(round(b.unapplied_amount * r.rate, decimals)) AS unapplied_amount
        FROM in_currency AS i
        JOIN rate AS r ON r.currency = i.currency
        CROSS JOIN LATERAL ar.aging_row(i.aging, i.unapplied, r.minor_units) AS b
        GROUP BY i.customer_id
    )
    SELECT t.customer_id, c.customer_number, c.name, c.grade::text, w.salesperson, w.department, w.region, t.item_count,
           t.not_due, t.days_1_30, t.days_31_60, t.days_61_90, t.days_over_90, t.unapplied_amount,
           t.not_due + s.overdue + t.unapplied_amount, s.overdue,
           round(s.overdue / nullif(t.not_due + s.overdue, 0), 6),
           round(ar.average_days_past_due(t.aging), 2), t.aging
    FROM total AS t
    CROSS JOIN LATERAL (SELECT t.days_1_30 + t.days_31_60 + t.days_61_90 + t.days_over_90 AS overdue) AS s
    JOIN receivables.customer AS c ON c.company_id = aging_in.company_id AND c.customer_id = t.customer_id
    LEFT JOIN ar.owner_periods(aging_in.known_at) AS w
           ON w.company_id = aging_in.company_id AND w.customer_id = t.customer_id
              AND w.valid_from <= aging_in.as_of AND w.valid_to > aging_in.as_of;
END;
$$;
COMMENT ON FUNCTION ar.aging_in(bigint, text, date, timestamptz) IS
'Ageing of the customers of a company in any currency, with the columns of receivables.aging_by_customer except those that are arguments here: open amounts in the currency of their documents are summed by currency and bucket, each sum is converted at the rate of as_of (ar.reporting_rate) and rounded to the decimals of the currency, so that the columns add up to balance. aging holds the converted amounts before rounding; average_days_past_due is of these. Errors: P0002 where a rate is missing, 23503 for an unknown company or currency, 55000 without books.';
