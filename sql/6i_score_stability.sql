-- Whether customers still score as they did when a card was activated ---------------------

CREATE FUNCTION ar.score_stability(company_id bigint, from_date date, to_date date, scorecard text DEFAULT NULL, bins integer DEFAULT 10)
    RETURNS TABLE (card text, version integer, is_challenger boolean, reference_on date, reference_count bigint, scored_count bigint,
                   psi numeric, verdict text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    cuts     numeric[];
    expected float8[];
    actual   float8[];
BEGIN
    PERFORM ar.company_minor_units(company_id);
    IF num_nulls(from_date, to_date, bins) > 0 OR from_date > to_date OR bins NOT BETWEEN 2 AND 100 THEN
        RAISE EXCEPTION 'a period from % to % in % bins is none', coalesce(from_date::text, 'null'), coalesce(to_date::text, 'null'),
                        coalesce(bins::text, 'null')
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Bins are from 2 to 100.';
    END IF;
    card := (ar.champion_scorecard(company_id, scorecard)).scorecard;
    FOR version, is_challenger IN
        SELECT c.version, c.is_challenger
        FROM receivables.scorecard AS c
        WHERE c.company_id = score_stability.company_id AND c.scorecard = card AND c.status = 'active'
        ORDER BY c.is_challenger, c.version
    LOOP
        reference_on := (SELECT min(s.scored_on) FROM receivables.score AS s
                         WHERE s.company_id = score_stability.company_id AND s.scorecard = card
                           AND s.version = score_stability.version);
        -- Bins that hold about the same number of customers each at the beginning.
        SELECT count(*), ARRAY(SELECT DISTINCT c.cut FROM unnest(percentile_disc(ARRAY(
                   SELECT i::float8 / score_stability.bins FROM generate_series(1, score_stability.bins - 1) AS i))
                   WITHIN GROUP (ORDER BY s.score)) AS c (cut) WHERE c.cut > min(s.score) ORDER BY c.cut)
        INTO reference_count, cuts
        FROM receivables.score AS s
        WHERE s.company_id = score_stability.company_id AND s.scorecard = card AND s.version = score_stability.version
          AND s.scored_on = reference_on;
        -- Customers without a score are a bin of their own, the last: that they grow more is a change too.
        WITH latest AS (
            SELECT DISTINCT ON (s.customer_id) s.customer_id, s.score
            FROM receivables.score AS s
            WHERE s.company_id = score_stability.company_id AND s.scorecard = card AND s.version = score_stability.version
              AND s.scored_on BETWEEN from_date AND to_date
            ORDER BY s.customer_id, s.scored_on DESC
        ), counted AS (
            SELECT b.bin, sum(b.expected) AS expected, sum(b.actual) AS actual
            FROM (SELECT coalesce(width_bucket(s.score, cuts), cardinality(cuts) + 1) AS bin, 1 AS expected, 0 AS actual
                  FROM receivables.score AS s
                  WHERE s.company_id = score_stability.company_id AND s.scorecard = card AND s.version = score_stability.version
                    AND s.scored_on = reference_on
                  UNION ALL
                  SELECT coalesce(width_bucket(l.score, cuts), cardinality(cuts) + 1), 0, 1 FROM latest AS l) AS b
            GROUP BY b.bin
        )
        SELECT array_agg(c.expected::float8 ORDER BY c.bin), array_agg(c.actual::float8 ORDER BY c.bin), coalesce(sum(c.actual), 0)
        INTO expected, actual, scored_count
        FROM counted AS c;
        psi := round(ar.psi(expected, actual)::numeric, 6);
        verdict := CASE WHEN psi < 0.10 THEN 'stable' WHEN psi <= 0.25 THEN 'moderate' WHEN psi > 0.25 THEN 'act' END;
        RETURN NEXT;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION ar.score_stability(bigint, date, date, text, integer) IS
'Whether customers still score as they did when the card was new: for the champion and each challenger of a scorecard, the population stability index (ar.psi) of the last score of each customer in the period against the scores of the first day of that version, in bins that held about the same number of customers on that day, those without a score in a bin of their own. verdict: stable below 0.10, moderate to 0.25, act above. psi and verdict are null where nobody was scored in the period, or at all. Errors: 22023 for no period or bins not from 2 to 100, P0002 and 21000 as ar.champion_scorecard, 23503 for an unknown company.';
