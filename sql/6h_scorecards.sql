-- Scorecards of a company, and the scores customers are given ---------------------------

CREATE FUNCTION ar.save_scorecard(company_id bigint, scorecard text, definition jsonb) RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    latest record;
    result integer;
BEGIN
    PERFORM ar.company_minor_units(company_id);
    LOOP
        SELECT c.version, c.status, c.definition INTO latest
        FROM receivables.scorecard AS c
        WHERE c.company_id = save_scorecard.company_id AND c.scorecard = save_scorecard.scorecard
        ORDER BY c.version DESC LIMIT 1;
        IF latest.status <> 'retired' AND latest.definition = definition THEN
            RETURN latest.version;
        END IF;
        -- Whoever saves another version at the same time is waited for.
        INSERT INTO receivables.scorecard AS c (company_id, scorecard, version, definition)
        VALUES (save_scorecard.company_id, save_scorecard.scorecard, coalesce(latest.version, 0) + 1, save_scorecard.definition)
        ON CONFLICT ON CONSTRAINT scorecard_pkey DO NOTHING
        RETURNING c.version INTO result;
        IF FOUND THEN
            RETURN result;
        END IF;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION ar.save_scorecard(bigint, text, jsonb) IS
'Saves a scorecard of a company as the next version of its name, a draft, and returns the version; the latest version where that says the same and is not retired. Errors: 22023 for what ar.check_scorecard refuses, 23503 for an unknown company, 23502 and 23514 for a name that is null or empty.';

CREATE FUNCTION ar.activate_scorecard(company_id bigint, scorecard text, version integer, challenger boolean DEFAULT false)
    RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    card   record;
    today  date := ar.as_of();
BEGIN
    PERFORM ar.company_minor_units(company_id);
    -- All versions, in order: two activations of one card follow each other.
    PERFORM FROM receivables.scorecard AS c
    WHERE c.company_id = activate_scorecard.company_id AND c.scorecard = activate_scorecard.scorecard
    ORDER BY c.version FOR NO KEY UPDATE;
    SELECT c.status, c.is_challenger, c.valid_from INTO card
    FROM receivables.scorecard AS c
    WHERE c.company_id = activate_scorecard.company_id AND c.scorecard = activate_scorecard.scorecard
      AND c.version = activate_scorecard.version;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no version % of scorecard %', coalesce(version::text, 'null'), coalesce(scorecard, 'null')
            USING ERRCODE = 'foreign_key_violation', HINT = 'ar.save_scorecard saves one.';
    ELSIF challenger IS NULL THEN
        RAISE EXCEPTION 'challenger must be true or false, not null' USING ERRCODE = 'null_value_not_allowed';
    ELSIF card.status = 'active' AND card.is_challenger = challenger THEN
        RETURN;
    ELSIF card.status = 'active' AND challenger THEN
        RAISE EXCEPTION 'version % of scorecard % is the champion and cannot become a challenger', version, scorecard
            USING ERRCODE = 'check_violation', HINT = 'Activate another version as the champion; this one is then retired.';
    END IF;
    IF NOT challenger THEN
        UPDATE receivables.scorecard AS c SET status = 'retired', valid_to = greatest(today, c.valid_from)
        WHERE c.company_id = activate_scorecard.company_id AND c.scorecard = activate_scorecard.scorecard
          AND c.status = 'active' AND NOT c.is_challenger;
    END IF;
    UPDATE receivables.scorecard AS c
    SET status = 'active', is_challenger = challenger, valid_from = coalesce(c.valid_from, today)
    WHERE c.company_id = activate_scorecard.company_id AND c.scorecard = activate_scorecard.scorecard
      AND c.version = activate_scorecard.version;
END;
$$;
COMMENT ON FUNCTION ar.activate_scorecard(bigint, text, integer, boolean) IS
'Makes a draft version of a scorecard the champion, as of ar.as_of(), and retires the one before; or makes it a challenger, which is scored beside the champion to be compared with it. A challenger that is activated without challenger takes the place of the champion. Errors: 23503 for an unknown company or version, 23514 for a version that is retired, or a champion that is to be a challenger.';

CREATE FUNCTION ar.retire_scorecard(company_id bigint, scorecard text, version integer) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM ar.company_minor_units(company_id);
    UPDATE receivables.scorecard AS c
    SET status = 'retired', valid_to = CASE WHEN c.valid_from IS NOT NULL THEN greatest(ar.as_of(), c.valid_from) END
    WHERE c.company_id = retire_scorecard.company_id AND c.scorecard = retire_scorecard.scorecard
      AND c.version = retire_scorecard.version AND c.status <> 'retired';
    IF NOT FOUND AND NOT EXISTS (SELECT FROM receivables.scorecard AS c
                                 WHERE c.company_id = retire_scorecard.company_id
                                   AND c.scorecard = retire_scorecard.scorecard AND c.version = retire_scorecard.version)
    THEN
        RAISE EXCEPTION 'there is no version % of scorecard %', coalesce(version::text, 'null'), coalesce(scorecard, 'null')
            USING ERRCODE = 'foreign_key_violation';
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.retire_scorecard(bigint, text, integer) IS
'Retires a version of a scorecard as of ar.as_of(): nothing is scored by it any more; one that is retired stays so. Error 23503 for an unknown company or version.';

CREATE FUNCTION ar.champion_scorecard(company_id bigint, INOUT scorecard text DEFAULT NULL, OUT version integer,
                                      OUT definition jsonb)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    champions text[] := ARRAY(SELECT c.scorecard FROM receivables.scorecard AS c
                              WHERE c.company_id = champion_scorecard.company_id AND c.status = 'active' AND NOT c.is_challenger
                                AND (champion_scorecard.scorecard IS NULL OR c.scorecard = champion_scorecard.scorecard)
                              ORDER BY c.scorecard);
BEGIN
    IF cardinality(champions) = 0 THEN
        RAISE EXCEPTION 'company % has no active scorecard%', coalesce(company_id::text, 'null'), coalesce(' ' || scorecard, '')
            USING ERRCODE = 'no_data_found',
                  HINT = 'SELECT ar.activate_scorecard(company, name, ar.save_scorecard(company, name, ar.standard_scorecard()));';
    ELSIF cardinality(champions) > 1 THEN
        RAISE EXCEPTION 'company % has several active scorecards', company_id
            USING ERRCODE = 'cardinality_violation', DETAIL = array_to_string(champions, ', ') || '.',
                  HINT = 'Name the one that is meant.';
    END IF;
    SELECT c.scorecard, c.version, c.definition INTO STRICT scorecard, version, definition
    FROM receivables.scorecard AS c
    WHERE c.company_id = champion_scorecard.company_id AND c.scorecard = champions[1]
      AND c.status = 'active' AND NOT c.is_challenger;
END;
$$;
COMMENT ON FUNCTION ar.champion_scorecard(bigint, text) IS
'The active champion of a scorecard of a company; without a name, of the only card that has one. Errors: P0002 where there is none, 21000 where the name is left out and there are several.';

CREATE FUNCTION ar.record_scores(company_id bigint, scorecard text, as_of date, customer_ids bigint[], facts jsonb[])
    RETURNS TABLE (card text, version integer, is_challenger boolean, recorded bigint, unchanged bigint)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    definition jsonb;
    n          bigint := cardinality(customer_ids);
BEGIN
    PERFORM ar.company_minor_units(company_id);
    IF num_nulls(as_of, customer_ids, facts) > 0 OR array_position(customer_ids, NULL) IS NOT NULL
        OR array_position(facts, NULL) IS NOT NULL
    THEN
        RAISE EXCEPTION 'the day, customers and facts must not be null' USING ERRCODE = 'null_value_not_allowed';
    ELSIF cardinality(facts) <> n OR array_ndims(customer_ids) > 1 OR array_ndims(facts) > 1 THEN
        RAISE EXCEPTION 'customers and facts must be lists of the same length'
            USING ERRCODE = 'array_subscript_error',
                  DETAIL = format('There are %s customers and %s facts.', n, cardinality(facts));
    ELSIF n > (SELECT count(DISTINCT u.id) FROM unnest(customer_ids) AS u (id)) THEN
        RAISE EXCEPTION 'a customer is given twice' USING ERRCODE = 'unique_violation', HINT = 'Give each customer once.';
    END IF;
    card := (ar.champion_scorecard(company_id, scorecard)).scorecard;

    FOR version, is_challenger, definition IN
        SELECT c.version, c.is_challenger, c.definition
        FROM receivables.scorecard AS c
        WHERE c.company_id = record_scores.company_id AND c.scorecard = card AND c.status = 'active'
        ORDER BY c.is_challenger, c.version
        FOR KEY SHARE
    LOOP
        -- Customers in the order of the key, for the index and for the locks of others.
        INSERT INTO receivables.score AS s (company_id, customer_id, scored_on, scorecard, version, score, grade, pd, facts,
                                            contributions, missing, reasons)
        SELECT record_scores.company_id, u.customer_id, record_scores.as_of, card, record_scores.version, r.score, r.grade,
               r.pd, u.facts, r.contributions, r.missing, r.reasons
        FROM (SELECT x.customer_id, x.facts
              FROM unnest(record_scores.customer_ids, record_scores.facts) AS x (customer_id, facts)
              WHERE NOT EXISTS (SELECT FROM receivables.score AS o
                                WHERE o.company_id = record_scores.company_id AND o.scorecard = card
                                  AND o.version = record_scores.version AND o.scored_on = record_scores.as_of
                                  AND o.customer_id = x.customer_id)
              ORDER BY x.customer_id) AS u
        CROSS JOIN LATERAL ar.score(definition, u.facts) AS r
        ON CONFLICT ON CONSTRAINT score_pkey DO NOTHING;
        GET DIAGNOSTICS recorded = ROW_COUNT;
        unchanged := n - recorded;
        RETURN NEXT;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION ar.record_scores(bigint, text, date, bigint[], jsonb[]) IS
'Scores customers by the champion and the challengers of a scorecard (of the company''s only one where it is null) from facts given for them, and records the scores; returns for each version how many were recorded, and of how many customers there was a score of this day and version already, which stays. Errors: P0002 and 21000 as ar.champion_scorecard, 22023 for facts that the card cannot read, 23503 for an unknown company or customer, 23505 for a customer given twice, 2202E for lists of different length, 22004 for nulls.';

CREATE FUNCTION ar.score_customers(company_id bigint, as_of date DEFAULT ar.as_of(), scorecard text DEFAULT NULL)
    RETURNS TABLE (card text, version integer, is_challenger boolean, recorded bigint, unchanged bigint)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    customer_ids bigint[];
    facts        jsonb[];
BEGIN
    SELECT coalesce(array_agg(f.customer_id ORDER BY f.customer_id), '{}'), coalesce(array_agg(f.facts ORDER BY f.customer_id), '{}')
    INTO customer_ids, facts
    FROM ar.customer_facts(company_id, as_of) AS f;
    RETURN QUERY SELECT * FROM ar.record_scores(company_id, scorecard, as_of, customer_ids, facts);
END;
$$;
COMMENT ON FUNCTION ar.score_customers(bigint, date, text) IS
'Scores all customers of a company, from what the books know of them on a day (ar.customer_facts), by the champion and the challengers of a scorecard, and records the scores. Returns and errors as ar.record_scores.';
