-- The quarterly review of grades and limits ------------------------------------------

CREATE FUNCTION ar.credit_review_policy(company_id bigint) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object(
        'review_months', 3, 'reviews_to_upgrade', 2,
        'raise_percent', 20, 'raise_days_past_due', 5, 'raise_utilisation', 0.7,
        'cut_days_past_due', 30, 'cut_percent', 50, 'freeze_days_past_due', 60, 'cooldown_days', 90,
        'net_worth_percent', 10, 'turnover_percent', 5,
        'automatic_changes', 'down', 'automatic_limit', NULL, 'automatic_raise_percent', NULL, 'four_eyes', true, 'scorecard', NULL)
        || coalesce((SELECT jsonb_strip_nulls(to_jsonb(p)) - '{company_id,recorded_at,recorded_by}'::text[]
                     FROM receivables.credit_review_policy AS p WHERE p.company_id = credit_review_policy.company_id), '{}')
$$;
COMMENT ON FUNCTION ar.credit_review_policy(bigint) IS
'The policy a company reviews credit by: what it set in receivables.credit_review_policy, else the standard: every 3 months, a better grade after 2 reviews running, limits raised by 20 % where the score is up, nothing was more than 5 days past due in 6 months and at least 70 % is used, cut by 50 % beyond 30 days past due, frozen beyond 60, 90 days between changes, capacity of 10 % of net worth and 5 % of turnover; only what goes down is applied without approval; somebody else approves than who proposed.';

CREATE FUNCTION ar.set_credit_review_policy(company_id bigint, settings jsonb) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    unknown text;
BEGIN
    PERFORM ar.company_minor_units(company_id);
    IF jsonb_typeof(settings) IS DISTINCT FROM 'object' THEN
        RAISE EXCEPTION 'settings must be an object, not %', coalesce(jsonb_typeof(settings), 'null')
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT k INTO unknown FROM jsonb_object_keys(settings - ARRAY(SELECT jsonb_object_keys(ar.credit_review_policy(company_id)))) AS k LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'a credit policy has no setting "%"', unknown
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = format('Settings are %s.', (SELECT string_agg(k, ', ' ORDER BY k) FROM jsonb_object_keys(ar.credit_review_policy(company_id)) AS k));
    END IF;
    INSERT INTO receivables.credit_review_policy (company_id) VALUES (set_credit_review_policy.company_id)
    ON CONFLICT ON CONSTRAINT credit_review_policy_pkey DO NOTHING;
    UPDATE receivables.credit_review_policy AS p
    SET review_months = n.review_months, reviews_to_upgrade = n.reviews_to_upgrade, raise_percent = n.raise_percent,
        raise_days_past_due = n.raise_days_past_due, raise_utilisation = n.raise_utilisation,
        cut_days_past_due = n.cut_days_past_due, cut_percent = n.cut_percent, freeze_days_past_due = n.freeze_days_past_due,
        cooldown_days = n.cooldown_days, net_worth_percent = n.net_worth_percent, turnover_percent = n.turnover_percent,
        automatic_changes = n.automatic_changes, automatic_limit = n.automatic_limit,
        automatic_raise_percent = n.automatic_raise_percent, four_eyes = n.four_eyes, scorecard = n.scorecard
    FROM receivables.credit_review_policy AS o
    CROSS JOIN LATERAL jsonb_populate_record(o, settings) AS n
    WHERE p.company_id = set_credit_review_policy.company_id AND o.company_id = p.company_id AND o IS DISTINCT FROM n;
END;
$$;
COMMENT ON FUNCTION ar.set_credit_review_policy(bigint, jsonb) IS
'Changes settings of the credit policy of a company, such as {"four_eyes": false, "automatic_changes": "both"}; null goes back to the standard. The others stay. Errors: 23503 for an unknown company, 22023 for an unknown setting or no object, 22P02 and 23514 for a value of another type or out of range.';

CREATE FUNCTION ar.credit_scorecard(company_id bigint, OUT scorecard text, OUT version integer, OUT definition jsonb)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    policy jsonb := ar.credit_review_policy(company_id);
    grades jsonb;
BEGIN
    -- Whoever has no card of its own is served by the standard one.
    IF policy ->> 'scorecard' IS NOT NULL OR EXISTS (
        SELECT FROM receivables.scorecard AS s
        WHERE s.company_id = credit_scorecard.company_id AND s.status = 'active' AND NOT s.is_challenger)
    THEN
        SELECT s.scorecard, s.version, s.definition INTO scorecard, version, definition
        FROM ar.champion_scorecard(company_id, policy ->> 'scorecard') AS s;
    ELSE
        definition := ar.standard_scorecard();
    END IF;
    -- From which score a grade begins is for the company to say, where scores go from 0 to 100.
    SELECT jsonb_agg(CASE WHEN g.grade = 'D' THEN jsonb_build_object('grade', g.grade)
                          ELSE jsonb_build_object('grade', g.grade, 'from', g.from_score) END ORDER BY g.grade)
           || CASE WHEN bool_or(g.grade = 'D') THEN '[]' ELSE '[{"grade": "D"}]'::jsonb END INTO grades
    FROM receivables.credit_grade AS g
    WHERE g.company_id = credit_scorecard.company_id
    HAVING count(*) > 0;
    IF grades IS NOT NULL AND definition ->> 'method' = 'weighted' THEN
        definition := definition || jsonb_build_object('grades', grades);
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.credit_scorecard(bigint) IS
'The scorecard that a company reviews credit by: the champion of the card that its credit policy names, else of its only one, else the standard card, with null for name and version. The grades of a card whose scores go from 0 to 100 begin where receivables.credit_grade says, if the company has any. Errors: P0002 where the card that is named has no champion, 21000 where none is named and there are several.';

CREATE FUNCTION ar.score_if_possible(card jsonb, facts jsonb, OUT score numeric, OUT grade text, OUT pd numeric,
                                     OUT contributions jsonb, OUT missing text[], OUT reasons text[])
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    detail text;
BEGIN
    SELECT s.* INTO score, grade, pd, contributions, missing, reasons FROM ar.score(card, facts) AS s;
EXCEPTION WHEN invalid_parameter_value THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    reasons := ARRAY[rtrim(format('cannot be scored: %s. %s', SQLERRM, detail))];
END;
$$;
COMMENT ON FUNCTION ar.score_if_possible(jsonb, jsonb) IS
'As ar.score, but facts of a wrong type make no score, with the reason, instead of an error.';

-- Who is to be reviewed, with what was decided before.
CREATE FUNCTION ar.customers_due_for_review(company_id bigint, as_of date, chosen bigint[] DEFAULT NULL)
    RETURNS TABLE (customer_id bigint, is_due boolean)
    LANGUAGE sql STABLE ROWS 10000 SET search_path = pg_catalog, pg_temp AS $$
    WITH past AS (
        SELECT d.customer_id, max(d.as_of) FILTER (WHERE d.is_due) AS reviewed_on, max(d.as_of) AS last_on,
               max(d.effective_on) AS effective_on,
               (array_agg(d.limit_rule = 'manual' AND d.valid_until >= customers_due_for_review.as_of ORDER BY d.credit_decision_id DESC)
                   FILTER (WHERE d.status IN ('applied', 'approved')))[1] AS is_held
        FROM receivables.credit_decision AS d
        WHERE d.company_id = customers_due_for_review.company_id AND (chosen IS NULL OR d.customer_id = ANY (chosen))
        GROUP BY d.customer_id
    )
    SELECT c.customer_id, p.reviewed_on IS NULL
           OR (p.reviewed_on + make_interval(months => (SELECT (ar.credit_review_policy(customers_due_for_review.company_id) ->> 'review_months')::integer)))::date
              <= customers_due_for_review.as_of
    FROM receivables.customer AS c
    LEFT JOIN past AS p ON p.customer_id = c.customer_id
    WHERE c.company_id = customers_due_for_review.company_id AND (chosen IS NULL OR c.customer_id = ANY (chosen))
      -- What was decided later, or for longer, stands; and who was reviewed that day already.
      AND NOT coalesce(p.is_held, false)
      AND greatest(p.last_on + 1, p.effective_on) <= customers_due_for_review.as_of IS NOT FALSE
$$;
COMMENT ON FUNCTION ar.customers_due_for_review(bigint, date, bigint[]) IS
'The customers of a company, or those chosen by customer_id, that can be reviewed as of a day, and whether they are due, their last review in turn being review_months ago or never made. Left out are those reviewed on that day or later, changed later, and held by ar.set_credit.';

-- What a review comes to, customer by customer; nothing is written.
CREATE FUNCTION ar.propose_credit(company_id bigint, as_of date DEFAULT ar.as_of(), customers bigint[] DEFAULT NULL,
                                  checked boolean DEFAULT false)
    RETURNS TABLE (customer_id bigint, is_due boolean, status text, old_grade text, new_grade text, scored_grade text,
                   old_limit numeric, new_limit numeric, limit_rule text, score numeric, pd numeric, missing text[],
                   reasons text[], contributions jsonb)
    LANGUAGE plpgsql STABLE ROWS 10000 SET search_path = pg_catalog, pg_temp SET jit = off SET work_mem = '64MB' AS $function$
DECLARE
    units  integer := ar.company_minor_units(company_id);
    policy jsonb := ar.credit_review_policy(company_id);
    card   jsonb := (SELECT s.definition FROM ar.credit_scorecard(company_id) AS s);
    due    bigint[];
    turn   bigint[];
BEGIN
    SELECT array_agg(d.customer_id ORDER BY d.customer_id), array_agg(d.customer_id ORDER BY d.customer_id) FILTER (WHERE d.is_due)
    INTO due, turn
    FROM ar.customers_due_for_review(company_id, as_of, customers) AS d
    -- Out of turn is only who was asked for.
    WHERE d.is_due OR customers IS NOT NULL;
    IF due IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE replace($query$
        WITH turn AS MATERIALIZED (
            SELECT u AS customer_id FROM unnest($6) AS u
        ), scored AS (
            SELECT f.customer_id, f.facts, s.score, s.grade, s.pd, s.contributions, s.missing, s.reasons
            FROM ar.customer_facts($1, $2, CASE WHEN cardinality($3) < 1000 THEN $3 END) AS f
            CROSS JOIN LATERAL SCORER($4, f.facts) AS s
            WHERE cardinality($3) < 1000 OR f.customer_id IN (SELECT unnest($3))
        ), past AS (
            SELECT d.customer_id,
                   (array_agg(d.score ORDER BY d.as_of DESC) FILTER (WHERE d.is_due))[1] AS score,
                   (array_agg(d.scored_grade ORDER BY d.as_of DESC) FILTER (WHERE d.is_due))
                       [1:($5 ->> 'reviews_to_upgrade')::integer - 1] AS grades,
                   max(d.effective_on) FILTER (WHERE d.limit_rule <> 'reversal' AND d.status <> 'reversed'
                                                 AND d.new_limit IS DISTINCT FROM d.old_limit) AS changed_on,
                   max(d.credit_decision_id) FILTER (WHERE d.effective_on IS NOT NULL AND d.status <> 'reversed'
                                                       AND d.new_limit IS DISTINCT FROM d.old_limit) AS change_id
            FROM receivables.credit_decision AS d
            WHERE d.company_id = $1 AND d.as_of <= $2
            GROUP BY d.customer_id
        ), term AS MATERIALIZED (
            SELECT t.payment_term, ar.due_date($2, t.definition) - $2 AS days
            FROM receivables.payment_term AS t WHERE t.company_id = $1
        ), graded AS (
            SELECT s.*, c.grade AS old_grade, c.credit_limit AS old_limit, c.payment_term, p.score AS previous_score,
                   $2 - p.changed_on AS days_since_change,
                   ch.limit_rule IN ('freeze', 'grade') AND c.credit_limit = 0 AS is_frozen, ch.old_limit AS frozen_from,
                   (s.facts ->> 'max_days_past_due')::integer AS days_past_due,
                   (s.facts ->> 'max_days_past_due_6_months')::integer AS days_past_due_6_months,
                   (s.facts ->> 'utilisation')::numeric AS utilisation,
                   nullif(greatest((s.facts ->> 'monthly_sales')::numeric, 0), 0) AS monthly_sales,
                   CASE WHEN s.grade IS NULL THEN c.grade
                        WHEN c.grade IS NULL OR s.grade >= c.grade THEN s.grade
                        WHEN cardinality(coalesce(p.grades, '{}')) = ($5 ->> 'reviews_to_upgrade')::integer - 1
                             AND (SELECT coalesce(bool_and(g IS NOT NULL AND g < c.grade), true) FROM unnest(p.grades) AS g)
                        THEN (SELECT coalesce(greatest(s.grade, max(g)), s.grade) FROM unnest(p.grades) AS g)
                        ELSE c.grade END AS reviewed_grade
            FROM scored AS s
            JOIN receivables.customer AS c ON c.company_id = $1 AND c.customer_id = s.customer_id
            LEFT JOIN past AS p ON p.customer_id = s.customer_id
            LEFT JOIN receivables.credit_decision AS ch ON ch.company_id = $1 AND ch.credit_decision_id = p.change_id
            -- Each step once for each customer.
            OFFSET 0
        ), limited AS (
            SELECT g.*, n.need, n.capacity, cg.maximum_limit AS grade_cap, l.new_limit AS reviewed_limit, l.rule
            FROM graded AS g
            JOIN receivables.company AS co ON co.company_id = $1
            LEFT JOIN receivables.credit_grade AS cg ON cg.company_id = $1 AND cg.grade = g.reviewed_grade
            LEFT JOIN term AS t ON t.payment_term = coalesce(g.payment_term, cg.payment_term, co.payment_term)
            CROSS JOIN LATERAL (
                SELECT ar.credit_limit_by_need(g.monthly_sales, coalesce(t.days, (g.facts ->> 'weighted_terms')::numeric),
                                               greatest(coalesce((g.facts ->> 'weighted_days_late')::numeric, 0), 0)) AS need,
                       ar.credit_limit_by_capacity(
                           CASE WHEN jsonb_typeof(g.facts -> 'net_worth') = 'number' THEN (g.facts ->> 'net_worth')::numeric END,
                           CASE WHEN jsonb_typeof(g.facts -> 'turnover') = 'number' THEN (g.facts ->> 'turnover')::numeric END,
                           ($5 ->> 'net_worth_percent')::numeric, ($5 ->> 'turnover_percent')::numeric) AS capacity OFFSET 0) AS n
            CROSS JOIN LATERAL (SELECT ar.recommended_credit_limit(g.reviewed_grade, n.need, n.capacity, cg.maximum_limit) AS recommended,
                                       least(n.capacity, cg.maximum_limit) AS cap OFFSET 0) AS r
            CROSS JOIN LATERAL ar.next_credit_limit(
                g.old_limit, g.reviewed_grade, r.recommended, r.cap, g.score, g.previous_score, g.days_past_due, g.days_past_due_6_months,
                g.utilisation, g.days_since_change, g.is_frozen, g.frozen_from, $5, $7) AS l
            OFFSET 0
        ), mixed AS (
            -- Whoever goes down in one respect does not go up in the other.
            SELECT l.*,
                   CASE WHEN l.reviewed_grade < l.old_grade AND l.reviewed_limit < l.old_limit THEN l.old_grade
                        ELSE l.reviewed_grade END AS new_grade,
                   CASE WHEN l.reviewed_grade > l.old_grade AND l.reviewed_limit > coalesce(l.old_limit, 0) THEN l.old_limit
                        ELSE l.reviewed_limit END AS new_limit
            FROM limited AS l
        ), decided AS (
            SELECT m.*, (m.new_grade, m.new_limit) IS DISTINCT FROM (m.old_grade, m.old_limit) AS is_change,
                   coalesce(m.new_grade < m.old_grade, false) OR coalesce(m.new_limit > coalesce(m.old_limit, 0), false)
                   OR m.new_limit IS NULL AND m.old_limit IS NOT NULL AS is_up
            FROM mixed AS m
        ), outcome AS (
            SELECT d.*,
                   CASE WHEN NOT d.is_change THEN 'unchanged'
                        WHEN $5 ->> 'automatic_changes' = 'none' THEN 'proposed'
                        WHEN NOT d.is_up THEN 'applied'
                        WHEN $5 ->> 'automatic_changes' = 'down' THEN 'proposed'
                        WHEN d.new_limit IS NULL AND d.old_limit IS NOT NULL THEN 'proposed'
                        WHEN d.new_limit > ($5 ->> 'automatic_limit')::numeric THEN 'proposed'
                        WHEN d.new_limit > coalesce(d.old_limit, 0)
                             AND coalesce(d.new_limit - d.old_limit > d.old_limit * ($5 ->> 'automatic_raise_percent')::numeric / 100,
                                          ($5 ->> 'automatic_raise_percent') IS NOT NULL)
                        THEN 'proposed'
                        ELSE 'applied' END AS status
            FROM decided AS d
        )
        SELECT o.customer_id, t.customer_id IS NOT NULL, o.status, o.old_grade, o.new_grade, o.grade, o.old_limit, o.new_limit,
               CASE WHEN o.new_limit IS NOT DISTINCT FROM o.old_limit THEN 'keep' ELSE o.rule END,
               o.score, o.pd, o.missing, w.reasons, o.contributions
        FROM outcome AS o
        LEFT JOIN turn AS t ON t.customer_id = o.customer_id
        CROSS JOIN LATERAL ar.credit_reasons(
            o.status, o.old_grade, o.grade, o.new_grade, o.reviewed_grade, o.old_limit, o.new_limit, o.reviewed_limit, o.rule,
            o.score, o.previous_score, o.days_past_due, o.days_past_due_6_months, o.utilisation, o.days_since_change,
            o.need, o.capacity, o.grade_cap, $5, $7, o.reasons) AS w (reasons)
        $query$, 'SCORER', CASE WHEN checked THEN 'ar.score' ELSE 'ar.score_if_possible' END)
    USING company_id, as_of, due, card, policy, turn, units;
END;
$function$;
COMMENT ON FUNCTION ar.propose_credit(bigint, date, bigint[], boolean) IS
'What ar.review_credit would decide as of a day on the customers of a company that are due, or on those named by customer_id: one row for each, with the reasons in words; nothing is written. status is what it would become: applied, proposed (for approval) or unchanged. checked: facts of a type that the scorecard does not expect are an error (22023), else the customer is not scored and a reason says so. Errors: 23503 for an unknown company.';

-- Inlined, as all that is asked of each customer.
CREATE FUNCTION ar.credit_reasons(status text, old_grade text, scored_grade text, new_grade text, reviewed_grade text,
                                  old_limit numeric, new_limit numeric, reviewed_limit numeric, rule text, score numeric,
                                  previous_score numeric, days_past_due integer, days_past_due_6_months integer,
                                  utilisation numeric, days_since_change integer, need numeric, capacity numeric,
                                  grade_cap numeric, policy jsonb, minor_units integer, score_reasons text[]) RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN array_remove(ARRAY[
        CASE WHEN scored_grade IS NULL THEN concat('no grade by the score', ': grade ' || old_grade || ' stays')
             WHEN new_grade IS DISTINCT FROM old_grade
             THEN concat('grade ', old_grade || ' becomes ', new_grade, ': ', CASE WHEN score IS NULL THEN 'by an exception of the scorecard'
                                                                                  ELSE 'score ' || round(score, 2) END,
                         CASE WHEN new_grade < old_grade AND (policy ->> 'reviews_to_upgrade')::integer > 1
                              THEN format(', better in %s reviews running', policy ->> 'reviews_to_upgrade') END)
             WHEN reviewed_grade < old_grade THEN format('grade %s stays: no better grade while the limit goes down', old_grade)
             WHEN scored_grade < old_grade
             THEN format('grade %s stays: score %s makes %s, but a better grade takes %s reviews running', old_grade, round(score, 2),
                         scored_grade, policy ->> 'reviews_to_upgrade') END,
        CASE WHEN new_limit IS NOT DISTINCT FROM old_limit AND reviewed_limit > coalesce(old_limit, 0)
             THEN 'the limit stays: it is not raised while the grade goes down'
             WHEN new_limit IS DISTINCT FROM old_limit THEN
                 concat('limit ', coalesce(round(old_limit, minor_units)::text, 'none'), ' becomes ',
                        coalesce(round(new_limit, minor_units)::text, 'none'), ': ',
                        CASE rule WHEN 'grade' THEN 'grade D pays in advance'
                                  WHEN 'freeze' THEN format('frozen, %s days past due, above %s', days_past_due, policy ->> 'freeze_days_past_due')
                                  WHEN 'cut' THEN format('cut by %s %%, %s days past due, above %s', policy ->> 'cut_percent', days_past_due,
                                                         policy ->> 'cut_days_past_due')
                                  WHEN 'unfreeze' THEN 'what it was frozen for is over'
                                  WHEN 'raise' THEN format('raised by %s %%, score up from %s to %s, at most %s days past due in 6 months, %s %% used',
                                                           policy ->> 'raise_percent', round(previous_score, 2), round(score, 2),
                                                           days_past_due_6_months, round(100 * utilisation))
                                  ELSE 'the least of' || concat(' need ' || CASE rule WHEN 'initial' THEN round(need, minor_units) END,
                                                                CASE WHEN rule = 'initial' AND need IS NOT NULL AND capacity IS NOT NULL THEN ',' END,
                                                                ' capacity ' || round(capacity, minor_units),
                                                                CASE WHEN coalesce(CASE rule WHEN 'initial' THEN need END, capacity) IS NOT NULL
                                                                          AND grade_cap IS NOT NULL THEN ',' END,
                                                                ' cap of the grade ' || round(grade_cap, minor_units)) END)
             WHEN days_past_due > (policy ->> 'cut_days_past_due')::integer AND days_since_change < (policy ->> 'cooldown_days')::integer
                  AND old_limit > 0
             THEN format('%s days past due, but the limit was changed %s days ago', days_past_due, days_since_change) END,
        CASE WHEN status = 'proposed' THEN CASE policy ->> 'automatic_changes'
                 WHEN 'none' THEN 'needs approval: the policy applies nothing by itself'
                 WHEN 'down' THEN 'needs approval: the policy applies by itself only what goes down'
                 ELSE 'needs approval: above what the policy applies by itself' END END], NULL) || coalesce(score_reasons, '{}');
COMMENT ON FUNCTION ar.credit_reasons(text, text, text, text, text, numeric, numeric, numeric, text, numeric, numeric, integer, integer, numeric, integer, numeric, numeric, numeric, jsonb, integer, text[]) IS
'Why a review decides what it decides, in words: of the grade, of the limit, of the need for approval, and what the scorecard says.';

CREATE FUNCTION ar.review_credit(company_id bigint, as_of date DEFAULT ar.as_of(), customer_numbers text[] DEFAULT NULL,
                                 OUT credit_review_id bigint, OUT customers bigint, OUT applied bigint, OUT proposed bigint,
                                 OUT unchanged bigint)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    checked boolean := true;
    chosen  bigint[];
    unknown text;
    locked  bigint[];
BEGIN
    PERFORM ar.company_minor_units(company_id);
    IF as_of IS NULL OR NOT isfinite(as_of) THEN
        RAISE EXCEPTION 'as_of must be a day, not %', coalesce(as_of::text, 'null') USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF customer_numbers IS NOT NULL THEN
        SELECT array_agg(c.customer_id), min(n.number) FILTER (WHERE c.customer_id IS NULL) INTO chosen, unknown
        FROM (SELECT DISTINCT btrim(u) AS number FROM unnest(customer_numbers) AS u WHERE u IS NOT NULL) AS n
        LEFT JOIN receivables.customer AS c ON c.company_id = review_credit.company_id AND c.customer_number = n.number;
        IF unknown IS NOT NULL THEN
            RAISE EXCEPTION 'customer % does not exist', unknown USING ERRCODE = 'foreign_key_violation';
        END IF;
        chosen := coalesce(chosen, '{}');
    END IF;
    PERFORM FROM receivables.company AS c WHERE c.company_id = review_credit.company_id FOR SHARE;
    -- Another review of the same customers, or a decision on them, is waited for, and seen by what follows.
    SELECT array_agg(l.customer_id) INTO locked
    FROM (SELECT c.customer_id
          FROM receivables.customer AS c
          WHERE c.company_id = review_credit.company_id
            AND c.customer_id IN (SELECT d.customer_id FROM ar.customers_due_for_review(review_credit.company_id, as_of, chosen) AS d
                                  WHERE d.is_due OR chosen IS NOT NULL)
          ORDER BY c.customer_id FOR NO KEY UPDATE) AS l;
    LOOP
        BEGIN
            WITH outcome AS MATERIALIZED (
                SELECT * FROM ar.propose_credit(review_credit.company_id, review_credit.as_of,
                                                CASE WHEN chosen IS NULL THEN NULL ELSE locked END, checked) AS p
                WHERE locked IS NOT NULL
            ), head AS (
                INSERT INTO receivables.credit_review AS r (company_id, as_of, scorecard, scorecard_version, policy,
                                                            customers, applied, proposed, unchanged)
                SELECT review_credit.company_id, review_credit.as_of, s.scorecard, s.version,
                       ar.credit_review_policy(review_credit.company_id), o.customers, o.applied, o.proposed, o.unchanged
                FROM (SELECT count(*) AS customers, count(*) FILTER (WHERE o.status = 'applied') AS applied,
                             count(*) FILTER (WHERE o.status = 'proposed') AS proposed,
                             count(*) FILTER (WHERE o.status = 'unchanged') AS unchanged
                      FROM outcome AS o) AS o
                CROSS JOIN ar.credit_scorecard(review_credit.company_id) AS s
                WHERE o.customers > 0
                RETURNING r.credit_review_id, r.customers, r.applied, r.proposed, r.unchanged
            ), decision AS (
                INSERT INTO receivables.credit_decision (company_id, credit_review_id, customer_id, as_of, is_due, status,
                                                         old_grade, new_grade, scored_grade, old_limit, new_limit, limit_rule,
                                                         score, pd, missing, reasons, contributions, effective_on)
                SELECT review_credit.company_id, h.credit_review_id, o.customer_id, review_credit.as_of, o.is_due, o.status,
                       o.old_grade, o.new_grade, o.scored_grade, o.old_limit, o.new_limit, o.limit_rule, o.score, o.pd,
                       o.missing, o.reasons, o.contributions, CASE WHEN o.status = 'applied' THEN review_credit.as_of END
                FROM head AS h CROSS JOIN outcome AS o
                ORDER BY o.customer_id
            ), changed AS (
                UPDATE receivables.customer AS c
                SET grade = o.new_grade, credit_limit = o.new_limit
                FROM outcome AS o
                WHERE c.company_id = review_credit.company_id AND c.customer_id = o.customer_id AND o.status = 'applied'
            )
            SELECT h.credit_review_id, h.customers, h.applied, h.proposed, h.unchanged
            INTO credit_review_id, customers, applied, proposed, unchanged
            FROM head AS h;
            EXIT;
        EXCEPTION WHEN invalid_parameter_value THEN
            -- A wrong attribute of one customer does not keep the others from being reviewed.
            IF NOT checked THEN
                RAISE;
            END IF;
            checked := false;
        END;
    END LOOP;
    IF credit_review_id IS NULL THEN
        SELECT max(r.credit_review_id), 0, 0, 0, 0 INTO credit_review_id, customers, applied, proposed, unchanged
        FROM receivables.credit_review AS r
        WHERE r.company_id = review_credit.company_id AND r.as_of = review_credit.as_of;
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.review_credit(bigint, date, text[]) IS
'Reviews the credit of the customers of a company that are due, or of those named, due or not, as of a day: scores them by the scorecard of the company and decides on grade and limit by its policy. What the policy may apply by itself is applied from that day on, all else waits as proposed for ar.approve_credit; a customer that keeps both is unchanged. Left out are customers reviewed as of that day or later, changed later, or held by ar.set_credit: a second call with the same day changes nothing. Returns the review (where nobody was due, that of the same day, if any) and how many customers it reviewed, with what outcome. Errors: 23503 for an unknown company or customer, 22023 for no day.';
