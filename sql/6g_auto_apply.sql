-- Settling what is certain ----------------------------------------------------------

CREATE FUNCTION ar.auto_apply(company_id bigint, proposals bigint[] DEFAULT NULL, effective_on date DEFAULT NULL,
                              part integer DEFAULT 1, parts integer DEFAULT 1,
                              OUT applied bigint, OUT skipped bigint)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET jit = off SET plan_cache_mode = force_custom_plan SET work_mem = '64MB'
    -- Sessions that share a company need the processors.
    SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
    certain  bigint[];
    wanted   bigint[];
    rivals   bigint[];
    disputed bigint[];
    doubtful bigint[];
    fit      bigint[];
BEGIN
    PERFORM ar.company_minor_units(company_id), ar.check_part(part, parts);
    WITH proposal AS MATERIALIZED (
        SELECT p.match_proposal_id, p.customer_id, p.score, p.margin FROM receivables.match_proposal AS p
        WHERE p.company_id = auto_apply.company_id AND p.status = 'open' AND p.rank = 1 AND NOT p.is_ambiguous
          AND (auto_apply.proposals IS NULL OR p.match_proposal_id = ANY (auto_apply.proposals))
          AND (parts = 1 OR CASE WHEN p.bank_line_id IS NULL THEN p.customer_id % parts = part - 1 ELSE part = 1 END)
    ), threshold AS MATERIALIZED (
        SELECT s.customer_id, s.auto_apply_score, s.auto_apply_margin
        FROM receivables.customer_match_rule_set AS s
        WHERE s.company_id = auto_apply.company_id
          AND s.customer_id = ANY (ARRAY(SELECT DISTINCT p.customer_id FROM proposal AS p ORDER BY 1))
    )
    SELECT array_agg(p.match_proposal_id ORDER BY p.match_proposal_id) INTO certain
    FROM proposal AS p
    JOIN threshold AS t ON t.customer_id = p.customer_id
    WHERE p.score >= t.auto_apply_score AND p.margin >= t.auto_apply_margin;
    -- What came to be disputed since it was proposed waits; where nobody disputes anything this costs nothing.
    IF certain IS NOT NULL AND EXISTS (SELECT FROM receivables.dispute AS s
                                       WHERE s.company_id = auto_apply.company_id AND s.status = 'open') THEN
        disputed := ARRAY(SELECT DISTINCT l.match_proposal_id FROM receivables.match_proposal_line AS l
                          WHERE l.company_id = auto_apply.company_id AND l.match_proposal_id = ANY (certain)
                            AND l.item_id IN (SELECT t.item_id
                                              FROM receivables.dispute AS s
                                              JOIN receivables.dispute_item AS t ON t.company_id = s.company_id AND t.dispute_id = s.dispute_id
                                              WHERE s.company_id = auto_apply.company_id AND s.status = 'open'));
        IF disputed <> '{}' THEN
            SELECT array_agg(k.match_proposal_id ORDER BY k.match_proposal_id) INTO certain
            FROM unnest(certain) AS k (match_proposal_id)
            WHERE k.match_proposal_id NOT IN (SELECT unnest(disputed));
        END IF;
    END IF;
    -- With the array at hand it is known whether they are few or nearly all.
    SELECT array_agg(l.match_proposal_id ORDER BY l.match_proposal_id) INTO wanted
    FROM (SELECT DISTINCT l.match_proposal_id FROM receivables.match_proposal_line AS l
          WHERE l.company_id = auto_apply.company_id AND l.purpose = 'application' AND l.match_proposal_id = ANY (certain)) AS l;
    applied := 0;
    skipped := coalesce(cardinality(wanted), 0);
    -- Items are locked as they are looked at.
    rivals := ar.lock_matches(company_id, wanted, with_items => false);
    -- Whatever somebody else decided while this waited is theirs.
    SELECT array_agg(p.match_proposal_id ORDER BY p.match_proposal_id) INTO wanted
    FROM receivables.match_proposal AS p
    WHERE p.company_id = auto_apply.company_id AND p.match_proposal_id = ANY (wanted) AND p.status = 'open';

    WHILE wanted IS NOT NULL LOOP
        doubtful := ar.settle_matches(company_id, wanted, 'applied_automatically', effective_on, are_checked => false,
                                      -- Of all that was asked for.
                                      rivals => CASE WHEN cardinality(wanted) = skipped THEN rivals END);
        IF doubtful = '{}' THEN
            applied := applied + cardinality(wanted);
            EXIT;
        END IF;
        PERFORM ar.decide_matches(auto_apply.company_id, array_agg(f.match_proposal_id), 'superseded', f.fault)
        FROM ar.match_faults(auto_apply.company_id, doubtful) AS f
        GROUP BY f.fault;
        -- Those that find enough even after all that come before them.
        WITH proposal AS MATERIALIZED (
            SELECT p.match_proposal_id, p.bank_line_id, p.credit_item_id, p.amount
            FROM receivables.match_proposal AS p
            WHERE p.company_id = auto_apply.company_id AND p.match_proposal_id = ANY (wanted) AND p.status = 'open'
        ), used AS (
            SELECT l.match_proposal_id, NULL::bigint AS bank_line_id, l.item_id, abs(sum(l.amount)) AS amount
            FROM proposal AS p
            CROSS JOIN LATERAL (SELECT l.* FROM receivables.match_proposal_line AS l
                                WHERE l.company_id = auto_apply.company_id AND l.match_proposal_id = p.match_proposal_id
                                  AND l.item_id IS NOT NULL OFFSET 0) AS l
            GROUP BY l.match_proposal_id, l.item_id
            UNION ALL
            SELECT p.match_proposal_id, p.bank_line_id, p.credit_item_id, abs(p.amount) FROM proposal AS p
        ), upto AS (
            SELECT u.match_proposal_id, u.bank_line_id, u.item_id,
                   sum(u.amount) OVER (PARTITION BY u.bank_line_id, u.item_id ORDER BY u.match_proposal_id) AS amount
            FROM used AS u
        )
        SELECT array_agg(f.match_proposal_id ORDER BY f.match_proposal_id) INTO fit
        FROM (SELECT u.match_proposal_id
              FROM upto AS u
              LEFT JOIN LATERAL (SELECT b.open_amount FROM receivables.bank_line AS b
                                 WHERE b.company_id = auto_apply.company_id AND b.bank_line_id = u.bank_line_id
                                 OFFSET 0) AS b ON true
              LEFT JOIN LATERAL (SELECT i.open_amount FROM receivables.item AS i
                                 WHERE i.company_id = auto_apply.company_id AND i.item_id = u.item_id OFFSET 0) AS i ON true
              GROUP BY u.match_proposal_id
              HAVING bool_and(u.amount <= abs(coalesce(b.open_amount, i.open_amount)))) AS f;
        EXIT WHEN fit IS NULL;
        PERFORM ar.settle_matches(company_id, fit, 'applied_automatically', effective_on);
        applied := applied + cardinality(fit);
        SELECT array_agg(p.match_proposal_id ORDER BY p.match_proposal_id) INTO wanted
        FROM receivables.match_proposal AS p
        WHERE p.company_id = auto_apply.company_id AND p.match_proposal_id = ANY (wanted) AND p.status = 'open';
    END LOOP;
    skipped := skipped - applied;
END;
$$;
COMMENT ON FUNCTION ar.auto_apply(bigint, bigint[], date, integer, integer) IS
'Settles open proposals, all or those named, that are certain: of rank 1 and not ambiguous, with score and margin of at least what the rules of the customer ask for, that settle at least one item, none of it with an open dispute. As ar.accept does, all at once. What is not possible any more is superseded, not settled. Returns how many were applied, and how many were skipped because something else was decided or settled meanwhile. A second call changes nothing. Errors: 23503 for an unknown company, 55000 for a date in a closed period. Several sessions may share a company as in ar.propose. Error 22023 for a part that is none.';
