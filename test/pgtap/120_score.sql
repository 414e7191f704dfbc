-- Scoring by a card: methods, evidence, grades, overrides, what is refused.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();

CREATE FUNCTION pg_temp.five(VARIADIC five numeric[]) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object('credit', jsonb_build_object('character', $1[1], 'capacity', $1[2], 'capital', $1[3], 'collateral', $1[4], 'conditions', $1[5])))
$$;
-- .25*80+.25*70+.20*60+.15*50+.15*70 = 67.5
SELECT is(s.score, 67.5, 'five components by weight') FROM ar.score(ar.standard_scorecard(), pg_temp.five(80, 70, 60, 50, 70)) AS s;
SELECT is(s.grade, 'B', 'its grade') FROM ar.score(ar.standard_scorecard(), pg_temp.five(80, 70, 60, 50, 70)) AS s;
SELECT is(s.pd, NULL, 'no probability where the card tells none') FROM ar.score(ar.standard_scorecard(), pg_temp.five(80, 70, 60, 50, 70)) AS s;
SELECT is(s.missing, '{}', 'nothing is missing') FROM ar.score(ar.standard_scorecard(), pg_temp.five(80, 70, 60, 50, 70)) AS s;
-- Without collateral: (20+17.5+12+10.5) / .85
SELECT is(s.score, round(60 / 0.85, 4), 'a component that is missing leaves its weight to the others') FROM ar.score(ar.standard_scorecard(), pg_temp.five(80, 70, 60, NULL, 70)) AS s;
SELECT ok('credit.collateral' = ANY (s.missing) AND 'Collateral is not known: the other components take its weight.' = ANY (s.reasons), 'and is flagged') FROM ar.score(ar.standard_scorecard(), pg_temp.five(80, 70, 60, NULL, 70)) AS s;
SELECT is(s.score, 70.0, 'three components suffice') FROM ar.score(ar.standard_scorecard(), pg_temp.five(70, 70, 70, NULL, NULL)) AS s;
SELECT results_eq($$SELECT s.score, s.grade, s.reasons FROM ar.score(ar.standard_scorecard(), pg_temp.five(70, 70, NULL, NULL, NULL)) AS s$$,
    $$VALUES (NULL::numeric, NULL::text, '{"No score: 2 of 5 components are known, and 3 must be."}'::text[])$$, 'two do not');
SELECT results_eq($$SELECT s.score, s.grade FROM ar.score(ar.standard_scorecard(), '{}'::jsonb) AS s$$, $$VALUES (NULL::numeric, NULL::text)$$, 'nothing known, no score');
SELECT is((SELECT string_agg(s.grade, '' ORDER BY v.n) FROM unnest('{100,80,79.9999,65,64.9999,50,49.9999,0}'::numeric[]) WITH ORDINALITY AS v (value, n),
           ar.score(ar.standard_scorecard(), pg_temp.five(v.value, v.value, v.value, v.value, v.value)) AS s), 'AABBCCDD', 'a grade begins with its score');

SELECT is(s.contributions -> 3, '{"bin": null, "text": "Collateral: not known", "value": null, "points": null, "weight": null, "component": "Collateral", "contribution": null, "characteristic": "Collateral"}', 'a component that nobody found is told as such') FROM ar.score(ar.standard_scorecard(), pg_temp.five(80, 70, 60, NULL, 70)) AS s;

-- Overrides
SELECT results_eq($$SELECT s.score, s.grade, s.reasons[1] FROM (VALUES (1, '{"max_days_past_due": 90}'), (2, '{"max_days_past_due": 91}'), (3, '{"written_off_24_months": 0.01}'), (4, '{"written_off_24_months": 0}'), (5, '{"written_off_24_months": true}'), (6, '{"written_off_24_months": null}')) AS v (n, facts), ar.score(ar.standard_scorecard(), pg_temp.five(90, 90, 90, 90, 90) || v.facts::jsonb) AS s ORDER BY v.n$$,
    $$VALUES (90.0, 'A', 'Character: 90 of 100, as given: 2.5 points lost.'), (90.0, 'D', 'Grade D: more than 90 days past due (max_days_past_due 91, above 90).'),
             (90.0, 'D', 'Grade D: written off within 24 months (written_off_24_months 0.01, above 0).'), (90.0, 'A', 'Character: 90 of 100, as given: 2.5 points lost.'),
             (90.0, 'D', 'Grade D: written off within 24 months (written_off_24_months true, above 0).'), (90.0, 'A', 'Character: 90 of 100, as given: 2.5 points lost.')$$, 'overrides give the grade, the score stays');
SELECT results_eq($$SELECT s.score, s.grade FROM ar.score(ar.standard_scorecard(), '{"max_days_past_due": 120}'::jsonb) AS s$$, $$VALUES (NULL::numeric, 'D')$$, 'also without a score');

-- What the books know stands in for a credit check: weights 2, 1, 1 of weighted days late, late share, most days.
-- Character (2*70+80+60)/4 = 70, Capacity 80, Conditions 100: (70*.25+80*.25+100*.15)/.65
SELECT is(s.score, round((70 * 0.25 + 80 * 0.25 + 100 * 0.15) / 0.65, 4), 'components from what the books know')
FROM ar.score(ar.standard_scorecard(), '{"weighted_days_late": 5, "late_share": 0.05, "max_days_past_due": 16, "utilisation": 0.5, "months_of_history": 24}'::jsonb) AS s;
SELECT is(s.score, round((95 * 0.25 + 80 * 0.25 + 100 * 0.15) / 0.65, 4), 'what a credit check found counts instead')
FROM ar.score(ar.standard_scorecard(), '{"credit": {"character": 95}, "weighted_days_late": 5, "late_share": 0.05, "max_days_past_due": 16, "utilisation": 0.5, "months_of_history": 24}'::jsonb) AS s;
SELECT is(s.score, round((70 * 0.25 + 80 * 0.25 + 100 * 0.15) / 0.65, 4), 'characteristics that are missing leave their weight to the others')
FROM ar.score(ar.standard_scorecard(), '{"weighted_days_late": 5, "utilisation": 0.5, "months_of_history": 24}'::jsonb) AS s;

-- Random facts against the same in SQL, and contributions add up.
CREATE TEMP TABLE fact AS
SELECT r.*, jsonb_strip_nulls(jsonb_build_object('weighted_days_late', d, 'utilisation', u, 'months_of_history', m, 'net_worth', w, 'credit', jsonb_build_object('collateral', c))) AS facts
FROM (SELECT n, CASE WHEN n % 3 > 0 THEN n * 7919 % 83 - 5 END AS d, CASE WHEN n % 5 > 1 THEN (n * 31 % 131) / 100.0 END AS u, CASE WHEN n % 7 > 2 THEN n * 13 % 41 END AS m, CASE WHEN n % 2 = 0 THEN n % 3 - 1 END AS w, CASE WHEN n % 4 > 0 THEN n % 101 END AS c FROM generate_series(1, 3000) AS n) AS r;
CREATE TEMP TABLE expected AS
SELECT n, CASE WHEN count(p) >= 3 THEN round(sum(p * weight) / sum(weight) FILTER (WHERE p IS NOT NULL), 4) END AS score
FROM fact CROSS JOIN LATERAL (VALUES
    (0.25, CASE WHEN d < 1 THEN 100 WHEN d < 5 THEN 85 WHEN d < 15 THEN 70 WHEN d < 30 THEN 50 WHEN d < 60 THEN 25 WHEN d >= 60 THEN 0 END),
    (0.25, CASE WHEN u < 0.5 THEN 100 WHEN u < 0.75 THEN 80 WHEN u < 0.9 THEN 60 WHEN u < 1 THEN 40 WHEN u >= 1 THEN 0 END),
    (0.20, CASE WHEN w < 0 THEN 0 WHEN w >= 0 THEN 70 END), (0.15, c),
    (0.15, CASE WHEN m < 3 THEN 30 WHEN m < 6 THEN 50 WHEN m < 12 THEN 65 WHEN m < 24 THEN 80 WHEN m >= 24 THEN 100 END)) AS v (weight, p)
GROUP BY n;
SELECT is_empty($$SELECT e.n, e.score, s.score FROM expected AS e JOIN fact AS f USING (n), ar.score(ar.standard_scorecard(), f.facts) AS s WHERE s.score IS DISTINCT FROM e.score$$, '3,000 random customers score as in SQL');
SELECT ok(count(*) FILTER (WHERE score IS NULL) > 100 AND count(*) FILTER (WHERE score IS NOT NULL) > 1000, 'with and without a score') FROM expected;
SELECT is_empty($$SELECT f.n FROM fact AS f, ar.score(ar.standard_scorecard(), f.facts) AS s
    WHERE s.score IS NOT NULL AND abs(s.score - (SELECT sum((c.part ->> 'contribution')::numeric) FROM jsonb_array_elements(s.contributions) AS c (part))) > 0.0005$$, 'contributions add up to the score');
SELECT is_empty($$SELECT f.n FROM fact AS f, ar.score(ar.standard_scorecard(), f.facts) AS s
    WHERE s.score IS NOT NULL AND abs(1 - (SELECT sum((c.part ->> 'weight')::numeric) FROM jsonb_array_elements(s.contributions) AS c (part))) > 0.00001$$, 'and weights to 1');

-- Points
CREATE TEMP TABLE card AS SELECT '{"method": "points", "base_points": 500, "factor": 28.85390081777927, "offset": 487.1228762045055,
    "characteristics": [{"fact": "age", "characteristic": "Age", "bins": [{"to": 25, "points": -20}, {"from": 25, "to": 60.5, "points": 60}, {"from": 60.5, "points": 40, "label": "old"}, {"missing": true, "points": 0}]},
                        {"fact": "home", "bins": [{"values": ["own", "free"], "points": 60}, {"values": ["rent"], "points": 40}, {"other": true, "points": 0}]}],
    "grades": [{"grade": "good", "from": 580}, {"grade": "poor"}]}'::jsonb AS card;
SELECT ok(ar.check_scorecard(card), 'a card of points') FROM card;
SELECT is(s.score, v.score::numeric, v.facts) FROM card, (VALUES ('{"age": 24.999, "home": "own"}', 540), ('{"age": 25, "home": "free"}', 620), ('{"age": 60.4999, "home": "rent"}', 600), ('{"age": 60.5, "home": "rent"}', 580), ('{"home": "own"}', 560), ('{"age": null, "home": "tent"}', 500),
    ('{"age": -1e300, "home": "rent"}', 520), ('{"age": 1e300, "home": "rent"}', 580), ('{"age": 25.00, "home": "rent"}', 600), ('{"age": 60.499999999999999999999, "home": "rent"}', 580)) AS v (facts, score), ar.score(card, v.facts::jsonb) AS s;
-- 620 0.990 %, 600 1.961 %, 580 3.846 %, 560 7.407 %
SELECT results_eq($$SELECT s.score, round(s.pd * 100, 3), s.grade FROM card, (VALUES ('{"age": 30, "home": "own"}'), ('{"age": 30, "home": "rent"}'), ('{"age": 70, "home": "rent"}'), ('{"home": "own"}')) AS v (facts), ar.score(card, v.facts::jsonb) AS s$$,
    $$VALUES (620.0, 0.990, 'good'), (600.0, 1.961, 'good'), (580.0, 3.846, 'good'), (560.0, 7.407, 'poor')$$, 'probability of default by points');
SELECT results_eq($$SELECT s.score, s.missing, s.reasons FROM card, ar.score(card, '{"age": 30}'::jsonb) AS s$$,
    $$VALUES (NULL::numeric, '{home}'::text[], '{"No score: the card has no points for home where it is not known."}'::text[])$$, 'no bin for what is missing, no score');
SELECT results_eq($$SELECT s.score, s.missing FROM card, ar.score(card, '{}'::jsonb) AS s$$, $$VALUES (NULL::numeric, '{age,home}'::text[])$$, 'at least one characteristic');
SELECT is(s.contributions -> 1, '{"bin": "25 to under 60.5", "text": "Age 30: 25 to under 60.5, 60 of 60 points", "value": 30, "points": 60, "contribution": 60, "characteristic": "Age"}', 'a contribution in words') FROM card, ar.score(card, '{"age": 30, "home": "own"}'::jsonb) AS s;
SELECT is(s.reasons, '{"home rent: rent, 40 of 60 points: 20 points lost.","Age 70: old, 40 of 60 points: 20 points lost."}'::text[] , 'what cost most') FROM card, ar.score(jsonb_set(card, '{characteristics}', jsonb_build_array(card #> '{characteristics,1}', card #> '{characteristics,0}')), '{"age": 70, "home": "rent"}'::jsonb) AS s;
SELECT results_eq($$SELECT s.score, s.reasons[1] FROM card, (VALUES ('{"age": 30, "home": "own", "months": 2.5}'), ('{"age": 30, "home": "own", "months": 3}'), ('{"age": 30, "home": "own"}')) AS v (facts), ar.score(card || '{"evidence": [{"fact": "months", "at_least": 3}]}', v.facts::jsonb) AS s$$,
    $$VALUES (NULL::numeric, 'No score: months must be at least 3, and is 2.5.'), (620.0, NULL), (NULL, 'No score: months must be at least 3, and is not known.')$$, 'evidence that is demanded');
SELECT results_eq($$SELECT v.facts, s.grade FROM card, (VALUES ('{"age": 30, "home": "own", "x": "bad"}'), ('{"age": 30, "home": "own", "x": "BAD"}'), ('{"age": 30, "home": "own", "y": true}'), ('{"age": 30, "home": "own", "y": false}'), ('{"age": 30, "home": "own", "z": 5}'), ('{"age": 30, "home": "own", "z": 5.1}')) AS v (facts),
    ar.score(card || '{"overrides": [{"when": {"fact": "x", "is": "bad"}, "grade": "poor", "reason": "x"}, {"when": {"fact": "y", "is": true}, "grade": "poor", "reason": "y"}, {"when": {"fact": "z", "at_most": 5}, "grade": "poor", "reason": "z"}]}', v.facts::jsonb) AS s$$,
    $$VALUES ('{"age": 30, "home": "own", "x": "bad"}', 'poor'), ('{"age": 30, "home": "own", "x": "BAD"}', 'good'), ('{"age": 30, "home": "own", "y": true}', 'poor'), ('{"age": 30, "home": "own", "y": false}', 'good'), ('{"age": 30, "home": "own", "z": 5}', 'poor'), ('{"age": 30, "home": "own", "z": 5.1}', 'good')$$, 'conditions');
SELECT is(s.grade, NULL, 'points without grades') FROM card, ar.score(card - 'grades', '{"age": 30, "home": "own"}'::jsonb) AS s;
SELECT is(s.score, 620.0, 'numbers and booleans are categories as they are shown') FROM (SELECT '{"method": "points", "characteristics": [{"fact": "n", "bins": [{"values": ["2"], "points": 600}]}, {"fact": "b", "bins": [{"values": ["true"], "points": 20}]}]}'::jsonb AS card) AS c, ar.score(c.card, '{"n": 2, "b": true}'::jsonb) AS s;

-- Rows, null, cards that change from row to row, cards that are stored compressed or elsewhere
SELECT is(s.score, 67.5, 'a row') FROM (SELECT 80 AS character, 70 AS capacity, 60 AS capital, 50 AS collateral, 70 AS conditions) AS r, ar.score(replace(ar.standard_scorecard()::text, 'credit.', '')::jsonb, r) AS s;
SELECT is((ar.score(NULL::jsonb, '{}'::jsonb)).reasons, NULL, 'no card, no score');
SELECT is((SELECT string_agg(s.score::text, ' ' ORDER BY n) FROM card, generate_series(1, 4) AS n, ar.score(CASE WHEN n % 2 = 0 THEN card ELSE jsonb_set(card, '{base_points}', to_jsonb(n)) END, '{"age": 30, "home": "own"}'::jsonb) AS s), '121 620 123 620', 'a card is not taken for another');
CREATE TEMP TABLE stored (n integer, card jsonb);
ALTER TABLE stored ALTER card SET STORAGE EXTERNAL;
INSERT INTO stored SELECT 1, card || jsonb_build_object('description', repeat('x', 5000)) FROM card;
INSERT INTO stored SELECT 2, jsonb_set(card, '{base_points}', '0') || jsonb_build_object('description', repeat('x', 5000)) FROM card;
SELECT is((SELECT string_agg(s.score::text, ' ' ORDER BY t.n, g) FROM stored AS t, generate_series(1, 2) AS g, ar.score(t.card, '{"age": 30, "home": "own"}'::jsonb) AS s), '620 620 120 120', 'cards stored elsewhere');

-- What is refused
SELECT throws_ok($$SELECT ar.score(ar.standard_scorecard(), '{"credit": {"character": 101}}'::jsonb)$$, '22023', 'fact credit.character must be from 0 to 100', 'a component beyond 100');
SELECT throws_ok($$SELECT ar.score(ar.standard_scorecard(), '{"weighted_days_late": "5"}'::jsonb)$$, '22023', 'fact weighted_days_late must be a number', 'a text for a number');
SELECT throws_ok($$SELECT ar.score(ar.standard_scorecard(), '{"weighted_days_late": [5]}'::jsonb)$$, '22023', 'fact weighted_days_late must be a number, a text or a boolean', 'a list for a number');
SELECT throws_ok($$SELECT ar.score(ar.standard_scorecard(), '[]'::jsonb)$$, '22023', 'facts must be a JSON object', 'facts that are a list');
SELECT throws_ok($$SELECT ar.score('{}'::jsonb, '{}'::jsonb)$$, '22023', 'invalid scorecard', 'no card');
CREATE FUNCTION pg_temp.fault(card jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    PERFORM ar.check_scorecard(card);
    RETURN 'none';
EXCEPTION WHEN invalid_parameter_value THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN detail;
END;
$$;
SELECT is(pg_temp.fault(jsonb_set(ar.standard_scorecard(), v.path::text[], v.value::jsonb)), v.fault, v.path || ' ' || v.value) FROM (VALUES
    ('{method}', '"sum"', 'method must be "weighted" or "points".'), ('{methods}', '1', 'methods is not a key of a scorecard.'), ('{method}', '"points"', 'components is not for a card of method points.'),
    ('{components,0,weight}', '0.3', 'components has weights that make 1.05.'), ('{components,0,weight}', '0', 'components[0].weight must be above 0.'), ('{components,0,weight}', '"x"', 'components[0].weight must be a number, with no more than 12 digits before the point.'),
    ('{components,1,component}', '"Character"', 'components[1].component names a component a second time.'), ('{components,3}', '{"component": "Collateral", "weight": 0.15}', 'components[3] has neither a fact nor characteristics.'),
    ('{components,0,characteristics,1,bins,2,from}', '0.21', 'components[0].characteristics[1].bins[2].from leaves numbers before it without a bin.'), ('{components,0,characteristics,1,bins,2,from}', '0.19', 'components[0].characteristics[1].bins[2].from lies before the end of the range before it.'),
    ('{components,0,characteristics,1,bins,2,to}', '0.2', 'components[0].characteristics[1].bins[2].to must be above from.'), ('{components,0,characteristics,1,bins,2,points}', '101', 'components[0].characteristics[1].bins[2].points must be from 0 to 100.'),
    ('{components,0,characteristics,1,bins,0,from}', '0', 'components[0].characteristics[1].bins[0].from leaves lower numbers without a bin.'), ('{components,0,characteristics,1,bins,4,to}', '9', 'components[0].characteristics[1].bins leaves higher numbers without a bin.'),
    ('{components,0,characteristics,1,bins,4}', '{"values": ["x"], "points": 1}', 'components[0].characteristics[1].bins[4] mixes ranges and values.'), ('{components,0,characteristics,1,bins,4}', '{"from": 0.7, "missing": true, "points": 1}', 'components[0].characteristics[1].bins[4] is a bin in two ways.'),
    ('{components,0,characteristics,1,bins,4}', '7', 'components[0].characteristics[1].bins[4] must be an object.'), ('{components,0,characteristics,1,bins}', '[]', 'components[0].characteristics[1].bins must be an array of one object or more.'),
    ('{components,0,characteristics,1,bins}', '[{"missing": true, "points": 1}]', 'components[0].characteristics[1].bins has neither ranges nor values.'), ('{components,0,characteristics,1,bins}', '[{"values": ["a", "b", "a"], "points": 1}]', 'components[0].characteristics[1].bins[0].values has "a" a second time.'),
    ('{components,0,characteristics,1,bins}', '[{"values": ["a"], "points": 1}, {"values": ["b", "a"], "points": 1}]', 'components[0].characteristics[1].bins[1].values has "a" a second time.'), ('{components,0,characteristics,1,bins}', '[{"values": [1], "points": 1}]', 'components[0].characteristics[1].bins[0].values must hold texts alone.'),
    ('{components,0,characteristics,1,weight}', '-1', 'components[0].characteristics[1].weight must be above 0.'), ('{minimum_components}', '6', 'minimum_components must be a whole number from 1 to 5.'), ('{minimum_components}', '2.5', 'minimum_components must be a whole number from 1 to 5.'),
    ('{grades,1,from}', '80', 'grades[1].from must be below that of the grade before.'), ('{grades,3,from}', '10', 'grades[3].from is given for the last grade.'), ('{grades,2}', '{"grade": "C"}', 'grades[2].from is missing.'), ('{grades,1,grade}', '"A"', 'grades[1].grade names a grade a second time.'),
    ('{overrides,0,grade}', '"E"', 'overrides[0].grade is not a grade of the card.'), ('{overrides,0,when,below}', '9', 'overrides[0].when.below is a second condition.'), ('{overrides,0,when}', '{"fact": "x"}', 'overrides[0].when has no condition.'), ('{overrides,0,when}', '{"fact": "x", "is": 5}', 'overrides[0].when.is must be a text or a boolean.'),
    ('{overrides,0}', '{"grade": "D", "reason": "x"}', 'overrides[0].when is missing.'), ('{overrides,0}', '{"when": {"fact": "x", "is": "y"}, "grade": "D"}', 'overrides[0].reason is missing.'), ('{factor}', '20', 'offset is missing.'), ('{fit}', '1', 'fit must be an object.'), ('{factor}', '1e13', 'factor must be a number, with no more than 12 digits before the point.')) AS v (path, value, fault);
SELECT is(pg_temp.fault('[]'), 'The card must be a JSON object.', 'a list');
SELECT is(pg_temp.fault('{"method": "points"}'), 'characteristics is missing.', 'no characteristics');
SELECT is(pg_temp.fault('{"method": "points", "characteristics": [{"fact": "x", "weight": 2, "bins": [{"points": 1}]}]}'), 'characteristics[0].weight has no effect in a card of points.', 'weights beside points');
SELECT is(pg_temp.fault('{"method": "points", "characteristics": [{"fact": "x", "bins": [{"points": 1}]}]}'), 'none', 'one bin for every number');
SELECT is(pg_temp.fault('{"method": "points", "characteristics": [{"fact": "x", "bins": [{"from": 1, "to": 2, "points": 1}, {"other": true, "points": 0}]}]}'), 'none', 'gaps are for other numbers');
SELECT * FROM finish();
ROLLBACK;
