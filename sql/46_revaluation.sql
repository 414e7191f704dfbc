-- Revaluation of open items in foreign currencies -------------------------------

CREATE FUNCTION ar.revalue(company_id bigint, effective_on date, reason text DEFAULT NULL)
    RETURNS TABLE (items bigint, difference numeric)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    minor_units integer := ar.company_minor_units(company_id);
    company     record;
    last_on     date;
BEGIN
    IF isfinite(effective_on) IS NOT TRUE THEN
        RAISE EXCEPTION 'cannot revalue on %', coalesce(effective_on::text, 'null')
            USING ERRCODE = 'check_violation', HINT = 'Give the day to value at, such as the last of a month.';
    END IF;
    -- Held, so that the period is not closed, nothing is posted and nobody else revalues meanwhile.
    SELECT c.currency, c.closed_through INTO company
    FROM receivables.company AS c WHERE c.company_id = revalue.company_id FOR NO KEY UPDATE;
    SELECT max(r.effective_on) INTO last_on FROM receivables.revaluation AS r WHERE r.company_id = revalue.company_id;
    IF effective_on < last_on THEN
        RAISE EXCEPTION 'cannot revalue on %: items were revalued on % already', effective_on, last_on
            USING ERRCODE = 'check_violation', SCHEMA = 'receivables', TABLE = 'revaluation', COLUMN = 'effective_on',
                  HINT = 'Revalue on that day or later: each revaluation reverses the one before.';
    END IF;
    IF effective_on <= company.closed_through THEN
        PERFORM ar.override_closed_period(company_id, 'revaluation', effective_on, clock_timestamp());
    END IF;

    BEGIN
        WITH open AS MATERIALIZED (
            SELECT o.item_id, o.customer_id, o.currency, o.open_amount, o.open_company_amount
            FROM ar.open_items(revalue.effective_on, NULL) AS o
            WHERE o.company_id = revalue.company_id AND o.currency <> company.currency
        ), rate AS MATERIALIZED (
            SELECT c.currency, ar.exchange_rate(revalue.company_id, c.currency, revalue.effective_on) AS rate
            FROM (SELECT DISTINCT o.currency FROM open AS o) AS c
        ), valued AS (
            SELECT o.*, r.rate, round(o.open_amount * r.rate, minor_units) AS value
            FROM open AS o JOIN rate AS r ON r.currency = o.currency
        ), latest AS (
            SELECT DISTINCT ON (r.item_id) r.*
            FROM receivables.revaluation AS r
            WHERE r.company_id = revalue.company_id
            ORDER BY r.item_id, r.revaluation_id DESC
        )
        INSERT INTO receivables.revaluation (company_id, item_id, customer_id, effective_on, exchange_rate, open_amount,
                                             open_company_amount, value, difference, reverses_revaluation_id, reason)
        SELECT revalue.company_id, coalesce(v.item_id, l.item_id), coalesce(v.customer_id, l.customer_id), revalue.effective_on,
               v.rate, coalesce(v.open_amount, 0), coalesce(v.open_company_amount, 0), coalesce(v.value, 0),
               coalesce(v.value - v.open_company_amount, 0), l.revaluation_id, revalue.reason
        FROM valued AS v
        FULL JOIN latest AS l ON l.item_id = v.item_id
        WHERE CASE WHEN v.item_id IS NULL THEN l.exchange_rate IS NOT NULL
                   ELSE (l.effective_on, l.exchange_rate, l.open_amount, l.open_company_amount)
                        IS DISTINCT FROM (revalue.effective_on, v.rate, v.open_amount, v.open_company_amount) END
        ORDER BY 2;
        GET DIAGNOSTICS items = ROW_COUNT;
    EXCEPTION WHEN unique_violation THEN
        RAISE EXCEPTION 'items were revalued while this was done'
            USING ERRCODE = 'serialization_failure', HINT = 'Try again.';
    END;

    SELECT round(coalesce(sum(r.difference), 0), minor_units) INTO difference
    FROM receivables.revaluation AS r
    WHERE r.company_id = revalue.company_id
      AND NOT EXISTS (SELECT FROM receivables.revaluation AS x
                      WHERE x.company_id = r.company_id AND x.reverses_revaluation_id = r.revaluation_id);
    RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION ar.revalue(bigint, date, text) IS
'Values every item of a company that is open in a foreign currency at the end of a day at the rate of that day, from the source of the company: value = open_amount x rate, rounded to the decimals of the currency of the company, difference = value less open_company_amount. Enters a row of receivables.revaluation for each, which reverses the one before of the item; an item closed meanwhile gets one with difference 0. What has not changed since a revaluation of the same day gets none. Items, balances and realised differences stay as they are; what is posted meanwhile is for the next one. Returns how many rows were entered and the unrealised difference of the company that they leave, in its currency, positive for a gain. Errors: P0002 without a rate, 23514 for no day or one before the last revaluation, 55000 for a day in a closed period (see ar.override_closed_period), 23503 for an unknown company, 40001 where another one was done since the snapshot of the transaction.';
