-- Scoring by a card, on plain values ---------------------------------------------

CREATE FUNCTION ar.check_scorecard(definition jsonb) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_check_scorecard';
COMMENT ON FUNCTION ar.check_scorecard(jsonb) IS
'True for a scorecard, for use in a constraint. Error 22023 for what is none: an unknown key, a value of the wrong type or out of range, weights that do not make 1, bins that overlap or leave numbers out; the detail names the key by its path, list elements counted from 0, as components[2].characteristics[0].bins[1].points.';

CREATE FUNCTION ar.score(card jsonb, facts jsonb, OUT score numeric, OUT grade text, OUT pd numeric, OUT contributions jsonb,
                         OUT missing text[], OUT reasons text[])
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_score';
COMMENT ON FUNCTION ar.score(jsonb, jsonb) IS
'Scores facts, an object of numbers, texts and booleans by name, by a scorecard. score has 4 decimals: of method weighted, the mean of the components known, 0 to 100, by weight; of method points, the sum of the points. grade is that of the score as shown, or of the first override that holds, also without a score. pd, the probability of default, is 1 / (1 + exp((score - offset) / factor)) with 6 decimals, null for a card without factor and offset. contributions lists for each characteristic its value, bin, points, weight in the score, contribution (they add up to the score but for rounding) and all that in words. missing names the facts that are not known; reasons say, in words, which override holds, why there is no score, which components others stand in for, and the three characteristics that cost the most. Score and pd are null where the evidence is less than the card demands. Error 22023 for no scorecard, facts that are no object, a fact of another type than the card compares it with, or a component that is not from 0 to 100.';

CREATE FUNCTION ar.score(card jsonb, facts record, OUT score numeric, OUT grade text, OUT pd numeric, OUT contributions jsonb,
                         OUT missing text[], OUT reasons text[])
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    SELECT s.* INTO score, grade, pd, contributions, missing, reasons FROM ar.score(card, to_jsonb(facts)) AS s;
END;
$$;
COMMENT ON FUNCTION ar.score(jsonb, record) IS
'Scores a row by a scorecard: its columns are the facts. Everything else as with facts in jsonb; for many rows ar.score(card, to_jsonb(row)) is faster.';

CREATE FUNCTION ar.standard_scorecard() RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN jsonb '{
    "method": "weighted",
    "description": "The five Cs: what was found by a credit check counts, else what the books know",
    "components": [
        {"component": "Character", "weight": 0.25, "fact": "credit.character", "characteristics": [
            {"fact": "weighted_days_late", "characteristic": "weighted days late", "weight": 2, "bins": [
                {"to": 1, "points": 100}, {"from": 1, "to": 5, "points": 85}, {"from": 5, "to": 15, "points": 70},
                {"from": 15, "to": 30, "points": 50}, {"from": 30, "to": 60, "points": 25}, {"from": 60, "points": 0}]},
            {"fact": "late_share", "characteristic": "share paid late", "weight": 1, "bins": [
                {"to": 0.05, "points": 100}, {"from": 0.05, "to": 0.2, "points": 80}, {"from": 0.2, "to": 0.4, "points": 60},
                {"from": 0.4, "to": 0.7, "points": 35}, {"from": 0.7, "points": 10}]},
            {"fact": "max_days_past_due", "characteristic": "most days past due", "weight": 1, "bins": [
                {"to": 1, "points": 100}, {"from": 1, "to": 16, "points": 80}, {"from": 16, "to": 31, "points": 60},
                {"from": 31, "to": 61, "points": 35}, {"from": 61, "to": 91, "points": 15}, {"from": 91, "points": 0}]}]},
        {"component": "Capacity", "weight": 0.25, "fact": "credit.capacity", "characteristics": [
            {"fact": "utilisation", "characteristic": "utilisation of the limit", "bins": [
                {"to": 0.5, "points": 100}, {"from": 0.5, "to": 0.75, "points": 80}, {"from": 0.75, "to": 0.9, "points": 60},
                {"from": 0.9, "to": 1, "points": 40}, {"from": 1, "points": 0}]}]},
        {"component": "Capital", "weight": 0.20, "fact": "credit.capital", "characteristics": [
            {"fact": "net_worth", "characteristic": "net worth", "bins": [
                {"to": 0, "points": 0}, {"from": 0, "points": 70}]},
            {"fact": "years_in_business", "characteristic": "years in business", "bins": [
                {"to": 1, "points": 20}, {"from": 1, "to": 3, "points": 40}, {"from": 3, "to": 5, "points": 60},
                {"from": 5, "to": 10, "points": 80}, {"from": 10, "points": 100}]}]},
        {"component": "Collateral", "weight": 0.15, "fact": "credit.collateral"},
        {"component": "Conditions", "weight": 0.15, "fact": "credit.conditions", "characteristics": [
            {"fact": "months_of_history", "characteristic": "months of history", "bins": [
                {"to": 3, "points": 30}, {"from": 3, "to": 6, "points": 50}, {"from": 6, "to": 12, "points": 65},
                {"from": 12, "to": 24, "points": 80}, {"from": 24, "points": 100}]}]}],
    "minimum_components": 3,
    "grades": [{"grade": "A", "from": 80}, {"grade": "B", "from": 65}, {"grade": "C", "from": 50}, {"grade": "D"}],
    "overrides": [
        {"when": {"fact": "max_days_past_due", "above": 90}, "grade": "D", "reason": "more than 90 days past due"},
        {"when": {"fact": "written_off_24_months", "above": 0}, "grade": "D", "reason": "written off within 24 months"}]
}';
COMMENT ON FUNCTION ar.standard_scorecard() IS
'The scorecard of the five Cs: Character 25 %, Capacity 25 %, Capital 20 %, Collateral 15 %, Conditions 15 %. A component that a credit check found (facts credit.character to credit.conditions, 0 to 100) counts as it is; else it follows from weighted_days_late, late_share and max_days_past_due; utilisation; net_worth and years_in_business; months_of_history. Fewer than three components make no score. Grades A from 80, B from 65, C from 50, D; D also for more than 90 days past due and for a write-off within 24 months. The bands are a convention to start from, not a finding: fit a card of one''s own with ar.fit_scorecard.';
