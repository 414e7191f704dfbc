-- From bucket to bucket --------------------------------------------------------------

CREATE FUNCTION ar.migration_states() RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN '{not due,1-30,31-60,61-90,over 90,paid,credited,written off,moved}'::text[];
COMMENT ON FUNCTION ar.migration_states() IS
'States of ar.bucket_migration in their order: the five buckets of days past due, and what becomes of items that are settled.';

CREATE FUNCTION ar.month_before(day date) RETURNS date
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN extract(day FROM day + 1) = 1 THEN date_trunc('month', day::timestamp)::date - 1
                ELSE (day::timestamp - interval '1 month')::date END;
COMMENT ON FUNCTION ar.month_before(date) IS
'The same day of the month before, or its last; from the last day of a month the last of the one before.';

CREATE FUNCTION ar.bucket_migration(company_id bigint, from_date date, to_date date, known_at timestamptz DEFAULT ar.known_at())
    RETURNS TABLE (from_state text, to_state text, amount numeric, item_count bigint, rate numeric)
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    minor_units CONSTANT integer := ar.company_minor_units(company_id);
BEGIN
    IF (from_date < to_date) IS NOT TRUE OR NOT isfinite(from_date) OR NOT isfinite(to_date) THEN
        RAISE EXCEPTION 'from_date must be a day before to_date' USING ERRCODE = 'invalid_parameter_value',
            DETAIL = format('They are %s and %s.', coalesce(from_date::text, 'null'), coalesce(to_date::text, 'null'));
    END IF;
    -- Planned for the dates and the state of knowledge at hand.
    RETURN QUERY EXECUTE $query$
        WITH opened AS MATERIALIZED (
            SELECT o.item_id, width_bucket($2 - o.due_on, '{1,31,61,91}'::integer[]) + 1 AS from_bucket,
                   width_bucket($3 - o.due_on, '{1,31,61,91}'::integer[]) + 1 AS to_bucket, o.open_company_amount AS amount
            FROM ar.open_items($2, $4) AS o
            WHERE o.company_id = $1 AND o.is_debit AND o.open_company_amount > 0
        ), kept AS MATERIALIZED (
            -- What an item has more than before was opened again: no more a move than a new invoice is.
            SELECT o.*, least(o.amount, coalesce(c.open_company_amount, 0)) AS kept
            FROM opened AS o
            LEFT JOIN (SELECT c.item_id, c.open_company_amount FROM ar.open_items($3, $4) AS c
                       WHERE c.company_id = $1 AND c.is_debit) AS c ON c.item_id = o.item_id
        ), applied AS (
            SELECT k.item_id, k.amount - k.kept AS settled,
                   greatest(coalesce(sum(a.company_amount) FILTER (WHERE c.kind = 'write_off'), 0), 0) AS written_off,
                   greatest(coalesce(sum(a.company_amount) FILTER (WHERE x.is_moved), 0), 0) AS moved,
                   greatest(coalesce(sum(a.company_amount) FILTER (
                       WHERE NOT x.is_moved AND c.kind <> 'write_off'
                         AND (c.reverses_item_id IS NOT NULL OR c.kind IN ('credit_note', 'adjustment'))), 0), 0) AS credited
            FROM kept AS k
            JOIN receivables.application AS a ON a.company_id = $1 AND a.debit_item_id = k.item_id
                AND a.effective_on > $2 AND a.effective_on <= $3 AND ($4 IS NULL OR a.recorded_at <= $4)
            JOIN receivables.item AS c ON c.company_id = $1 AND c.item_id = a.credit_item_id
            -- A deduction goes on as an item of its own.
            LEFT JOIN LATERAL (SELECT d.item_id FROM receivables.deduction AS d
                               JOIN receivables.item AS n ON n.company_id = d.company_id AND n.item_id = d.item_id AND n.amount = -c.amount
                               WHERE d.company_id = $1 AND d.match_proposal_id = a.match_proposal_id
                                 AND d.source_item_id = k.item_id AND c.kind = 'adjustment' LIMIT 1) AS d ON true
            CROSS JOIN LATERAL (SELECT d.item_id IS NOT NULL OR c.kind = 'transfer_out'
                                       OR c.kind = 'transfer_in' AND c.reverses_item_id IS NOT NULL AS is_moved) AS x
            WHERE k.kept < k.amount
            GROUP BY k.item_id, k.amount, k.kept
        ), share AS (
            -- Where reversals are among them, what is final comes first, and payments are the rest.
            SELECT s.item_id, s.settled, s.written_off, s.moved, least(s.credited, s.settled - s.written_off - s.moved) AS credited
            FROM (SELECT w.item_id, w.settled, w.written_off, least(w.moved, w.settled - w.written_off) AS moved, w.credited
                  FROM (SELECT a.item_id, a.settled, least(a.written_off, a.settled) AS written_off, a.moved, a.credited
                        FROM applied AS a) AS w) AS s
        ), move AS (
            SELECT k.from_bucket, k.to_bucket AS to_state, k.kept AS amount FROM kept AS k
            UNION ALL
            SELECT k.from_bucket, x.to_state, x.amount
            FROM share AS s JOIN kept AS k ON k.item_id = s.item_id
            CROSS JOIN LATERAL (VALUES (6, s.settled - s.written_off - s.moved - s.credited), (7, s.credited), (8, s.written_off),
                                       (9, s.moved)) AS x (to_state, amount)
        )
        SELECT (ar.migration_states())[m.from_bucket], (ar.migration_states())[m.to_state], round(m.amount, $5), m.item_count,
               CASE WHEN m.to_state < 9
                    THEN round(m.amount / sum(m.amount) FILTER (WHERE m.to_state < 9) OVER (PARTITION BY m.from_bucket), 6) END
        FROM (SELECT m.from_bucket, m.to_state, sum(m.amount) AS amount, count(*) AS item_count
              FROM move AS m WHERE m.amount > 0 GROUP BY m.from_bucket, m.to_state) AS m
        ORDER BY m.from_bucket, m.to_state$query$
    USING company_id, from_date, to_date, known_at, minor_units;
END;
$function$;
COMMENT ON FUNCTION ar.bucket_migration(bigint, date, date, timestamptz) IS
'What became by to_date of the debits that were open on from_date, item by item (partial balance): for each bucket of days past due then, the amounts in each bucket now, paid, credited, written off or moved (to another customer, or to a deduction), in the currency of the company. An item that was settled in part counts with each part. What was posted or opened again in between is no move. rate is the share of what was in from_state and was not moved, to six decimals; the rates of a state add up to 1. Roll rates are those to the next bucket, where the dates are a month apart. Errors: 22023 for dates in another order, 23503 for an unknown company.';

CREATE FUNCTION ar.roll_rates(company_id bigint, as_of date DEFAULT ar.as_of(), months integer DEFAULT 12)
    RETURNS TABLE (from_state text, to_state text, amount numeric, rate numeric, snapshots bigint)
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM ar.company_minor_units(company_id);
    IF months IS NULL OR months < 1 THEN
        RAISE EXCEPTION 'months must be at least 1, not %', coalesce(months::text, 'null') USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN QUERY
    WITH RECURSIVE day AS (
        -- One each month, so that no movement counts twice.
        SELECT max(s.as_of) AS as_of, 1 AS n FROM receivables.snapshot AS s
        WHERE s.company_id = roll_rates.company_id AND s.as_of <= roll_rates.as_of
        UNION ALL
        SELECT ar.month_before(d.as_of), d.n + 1 FROM day AS d WHERE d.n < months AND d.as_of IS NOT NULL
    ), taken AS (
        SELECT s.as_of FROM day AS d JOIN receivables.snapshot AS s ON s.company_id = roll_rates.company_id AND s.as_of = d.as_of
    )
    SELECT m.from_state, m.to_state, m.amount,
           CASE WHEN m.to_state <> 'moved'
                THEN m.amount / sum(m.amount) FILTER (WHERE m.to_state <> 'moved') OVER (PARTITION BY m.from_state) END,
           (SELECT count(*) FROM taken)
    FROM (SELECT a.from_state, a.to_state, sum(a.amount) AS amount
          FROM receivables.aging_migration AS a
          WHERE a.company_id = roll_rates.company_id AND a.as_of IN (SELECT t.as_of FROM taken AS t)
          GROUP BY a.from_state, a.to_state) AS m
    ORDER BY array_position(ar.migration_states(), m.from_state), array_position(ar.migration_states(), m.to_state);
END;
$$;
COMMENT ON FUNCTION ar.roll_rates(bigint, date, integer) IS
'Rates of movement of a month, pooled over the snapshots that lie whole months before the latest one up to as_of: sum of the amounts that moved / sum of the amounts that were there, not rounded, without what was moved to other customers or items. Reads snapshots only; snapshots says of how many. Errors: 22023 for less than one month, 23503 for an unknown company.';

CREATE FUNCTION ar.expected_losses(company_id bigint, as_of date DEFAULT ar.as_of(), months integer DEFAULT 12)
    RETURNS TABLE (bucket integer, label text, amount numeric, paid_probability numeric, credited_probability numeric,
                   loss_probability numeric, expected_loss numeric, snapshot_as_of date)
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    minor_units CONSTANT integer := ar.company_minor_units(company_id);
    latest      date := (SELECT max(s.as_of) FROM receivables.snapshot AS s
                         WHERE s.company_id = expected_losses.company_id AND s.as_of <= expected_losses.as_of);
    q           double precision[];
    r           double precision[];
    ends        double precision[];
BEGIN
    IF latest IS NULL THEN
        RETURN;
    END IF;
    -- Of a bucket that nothing was in, or that nothing ever left, it is not known what becomes: its own end.
    WITH rate AS (
        SELECT f.n AS i, t.n AS j, coalesce(m.rate, 0)::double precision AS rate
        FROM generate_series(1, 5) AS f (n) CROSS JOIN generate_series(1, 8) AS t (n)
        LEFT JOIN ar.roll_rates(company_id, as_of, months) AS m
            ON m.from_state = (ar.migration_states())[f.n] AND m.to_state = (ar.migration_states())[t.n]
    ), known AS (
        SELECT x.i, sum(x.rate) FILTER (WHERE x.j <> x.i) > 0 AS is_known FROM rate AS x GROUP BY x.i
    )
    SELECT array_agg(line.q ORDER BY line.i), array_agg(line.r ORDER BY line.i) INTO q, r
    FROM (SELECT x.i, array_agg(CASE WHEN k.is_known THEN x.rate ELSE 0 END ORDER BY x.j) FILTER (WHERE x.j <= 5) AS q,
                 array_agg(CASE WHEN k.is_known THEN x.rate ELSE 0 END ORDER BY x.j) FILTER (WHERE x.j > 5)
                 || CASE WHEN k.is_known THEN 0 ELSE 1 END::double precision AS r
          FROM rate AS x JOIN known AS k ON k.i = x.i GROUP BY x.i, k.is_known) AS line;
    ends := ar.absorption(q, r);
    RETURN QUERY
    SELECT b.bucket, b.label, round(b.amount, minor_units),
           CASE WHEN ends[b.bucket][4] = 0 THEN round(ends[b.bucket][1]::numeric, 6) END,
           CASE WHEN ends[b.bucket][4] = 0 THEN round(ends[b.bucket][2]::numeric, 6) END,
           CASE WHEN ends[b.bucket][4] = 0 THEN round(ends[b.bucket][3]::numeric, 6) END,
           CASE WHEN ends[b.bucket][4] = 0 THEN round(b.amount * ends[b.bucket][3]::numeric, minor_units) END, latest
    FROM (SELECT ar.aging_agg(s.aging) AS aging FROM receivables.aging_snapshot AS s
          WHERE s.company_id = expected_losses.company_id AND s.as_of = latest) AS s
    CROSS JOIN LATERAL ar.buckets(s.aging) AS b
    ORDER BY b.bucket;
END;
$$;
COMMENT ON FUNCTION ar.expected_losses(bigint, date, integer) IS
'What the open debits of the latest snapshot up to as_of are expected to end as, by bucket, from the roll rates of so many months (ar.roll_rates, ar.absorption): probabilities to be paid, credited and written off in the end, and amount x the last. Null where a way leads to a bucket of which it is not known what becomes, as nothing was in it or nothing left it. No rows without a snapshot. Errors as ar.roll_rates.';
