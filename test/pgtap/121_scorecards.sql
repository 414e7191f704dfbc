-- Scorecards of a company: versions, champion and challengers, scores that are recorded, stability.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
SELECT ar.create_company('EU', 'Europe', 'EUR') AS eu \gset
SELECT set_config('test.eu', :'eu', true) = :'eu' AS eu_set, set_config('ar.as_of', '2025-03-01', true) <> '' AS as_of_set \gset
CREATE FUNCTION pg_temp.eu() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT current_setting('test.eu')::bigint$$;
INSERT INTO receivables.customer (company_id, customer_id, customer_number, name) SELECT :eu, n, 'C' || n, 'Customer ' || n FROM generate_series(1, 100) AS n;
CREATE FUNCTION pg_temp.versions() RETURNS TABLE (version integer, status text, is_challenger boolean, valid_from date, valid_to date) LANGUAGE sql AS $$
    SELECT c.version, c.status, c.is_challenger, c.valid_from, c.valid_to FROM receivables.scorecard AS c WHERE c.company_id = pg_temp.eu() AND c.scorecard = 'five' ORDER BY c.version
$$;

-- Saved, changed, activated
SELECT is(ar.save_scorecard(:eu, 'five', ar.standard_scorecard()), 1, 'the first version');
SELECT is(ar.save_scorecard(:eu, 'five', ar.standard_scorecard()), 1, 'the same is no new version');
SELECT is(ar.save_scorecard(:eu, 'five', jsonb_set(ar.standard_scorecard(), '{minimum_components}', '2')), 2, 'another is');
SELECT is(ar.save_scorecard(:eu, 'five', ar.standard_scorecard()), 3, 'and what an old one said');
SELECT throws_ok($$SELECT ar.champion_scorecard(pg_temp.eu())$$, 'P0002', NULL, 'no champion yet');
SELECT throws_ok($$SELECT * FROM ar.record_scores(pg_temp.eu(), NULL, '2025-03-01', '{1}', '{"{}"}')$$, 'P0002', NULL, 'so nobody is scored');
UPDATE receivables.scorecard SET definition = definition || '{"description": "changed"}' WHERE company_id = :eu AND scorecard = 'five' AND version = 3;
SELECT is(definition ->> 'description', 'changed', 'a draft may be changed') FROM receivables.scorecard WHERE company_id = :eu AND version = 3;
SELECT lives_ok($$DELETE FROM receivables.scorecard WHERE company_id = pg_temp.eu() AND version = 3$$, 'or deleted');
SELECT ar.activate_scorecard(:eu, 'five', 1) \gset
SELECT ar.activate_scorecard(:eu, 'five', 2, true) \gset
SELECT results_eq('SELECT * FROM pg_temp.versions()', $$VALUES (1, 'active', false, '2025-03-01'::date, NULL::date), (2, 'active', true, '2025-03-01', NULL)$$, 'champion and challenger');
SELECT results_eq('SELECT scorecard, version FROM ar.champion_scorecard(pg_temp.eu())', $$VALUES ('five', 1)$$, 'the only champion needs no name');

-- Scored by both, once a day
CREATE FUNCTION pg_temp.score_all(on_day date, shift integer DEFAULT 0) RETURNS TABLE (version integer, recorded bigint, unchanged bigint) LANGUAGE sql AS $$
    SELECT r.version, r.recorded, r.unchanged FROM (
        SELECT array_agg(n::bigint) AS customers, array_agg(jsonb_build_object('credit', jsonb_strip_nulls(jsonb_build_object('character', greatest(n - shift, 0), 'capacity', greatest(n - shift, 0), 'capital', CASE WHEN n > 10 THEN greatest(n - shift, 0) END)))) AS facts
        FROM generate_series(1, 100) AS n) AS g, ar.record_scores(pg_temp.eu(), NULL, on_day, g.customers, g.facts) AS r
$$;
SELECT results_eq($$SELECT * FROM pg_temp.score_all('2025-03-01')$$, 'VALUES (1, 100::bigint, 0::bigint), (2, 100, 0)', 'all by both');
SELECT results_eq($$SELECT * FROM pg_temp.score_all('2025-03-01', 50)$$, 'VALUES (1, 0::bigint, 100::bigint), (2, 0, 100)', 'scores of a day stay');
SELECT results_eq($$SELECT version, count(*), count(score), sum(score) FROM receivables.score WHERE company_id = pg_temp.eu() GROUP BY version ORDER BY version$$,
    $$SELECT 1, 100::bigint, 90::bigint, sum(n)::numeric FROM generate_series(11, 100) AS n UNION ALL SELECT 2, 100, 100, sum(n) FROM generate_series(1, 100) AS n$$, 'the challenger asks for less');
SELECT results_eq($$SELECT s.score, s.grade, s.contributions, s.missing, s.reasons FROM receivables.score AS s WHERE s.company_id = pg_temp.eu() AND s.customer_id = 70 AND s.version = 1$$,
    $$SELECT r.score, r.grade, r.contributions, r.missing, r.reasons FROM receivables.score AS s, ar.score(ar.standard_scorecard(), s.facts) AS r WHERE s.company_id = pg_temp.eu() AND s.customer_id = 70 AND s.version = 1$$, 'what is recorded can be repeated');
SELECT throws_ok($$SELECT ar.record_scores(pg_temp.eu(), 'five', '2025-03-02', '{1,1}', '{"{}","{}"}')$$, '23505', 'a customer is given twice', 'a customer twice');
SELECT throws_ok($$SELECT ar.record_scores(pg_temp.eu(), 'five', '2025-03-02', '{1}', '{"{}","{}"}')$$, '2202E', NULL, 'lists that differ');
SELECT throws_ok($$SELECT ar.record_scores(pg_temp.eu(), 'five', '2025-03-02', '{1}', '{NULL}')$$, '22004', NULL, 'no facts');
SELECT throws_ok($$SELECT ar.record_scores(pg_temp.eu(), 'five', '2025-03-02', '{-1}', '{"{}"}')$$, '23503', NULL, 'an unknown customer');
SELECT throws_ok($$SELECT ar.record_scores(-1, 'five', '2025-03-02', '{1}', '{"{}"}')$$, '23503', NULL, 'an unknown company');
SELECT throws_ok($$SELECT ar.record_scores(pg_temp.eu(), 'six', '2025-03-02', '{1}', '{"{}"}')$$, 'P0002', NULL, 'an unknown card');
SELECT results_eq($$SELECT r.recorded FROM ar.record_scores(pg_temp.eu(), 'five', '2025-03-02', '{}', '{}') AS r$$, 'VALUES (0::bigint), (0)', 'nobody to score');

-- Stability: half a year on, all have lost 20 points
SELECT results_eq($$SELECT version, reference_on, reference_count, scored_count, psi, verdict FROM ar.score_stability(pg_temp.eu(), '2025-03-01', '2025-03-31')$$,
    $$VALUES (1, '2025-03-01'::date, 100::bigint, 100::bigint, 0.000000, 'stable'), (2, '2025-03-01', 100, 100, 0.000000, 'stable')$$, 'the first day against itself');
SELECT count(*) AS later FROM pg_temp.score_all('2025-09-01', 20) \gset
SELECT results_eq($$SELECT psi, verdict FROM ar.score_stability(pg_temp.eu(), '2025-09-01', '2025-09-30') WHERE version = 2$$,
    -- of the ten bins of ten that begin at 1, 10, 20, ... 90: 29 have fewer than 10 points now, none 80 and more
    $$SELECT round(ar.psi('{9,10,10,10,10,10,10,10,10,11}', '{29,10,10,10,10,10,10,10,1,0}')::numeric, 6), 'act'$$, 'all lost 20 points');
SELECT results_eq($$SELECT scored_count, psi, verdict FROM ar.score_stability(pg_temp.eu(), '2024-01-01', '2024-12-31')$$, 'VALUES (0::bigint, NULL::numeric, NULL::text), (0, NULL, NULL)', 'nobody was scored');
SELECT throws_ok($$SELECT ar.score_stability(pg_temp.eu(), '2025-02-01', '2025-01-01')$$, '22023', NULL, 'no period');

-- The challenger takes over; what was active stays as it was
SELECT set_config('ar.as_of', '2025-10-01', true) \gset as_of_
SELECT throws_ok($$SELECT ar.activate_scorecard(pg_temp.eu(), 'five', 1, true)$$, '23514', NULL, 'a champion becomes no challenger');
SELECT ar.activate_scorecard(:eu, 'five', 2) \gset
SELECT results_eq('SELECT * FROM pg_temp.versions()', $$VALUES (1, 'retired', false, '2025-03-01'::date, '2025-10-01'::date), (2, 'active', false, '2025-03-01', NULL)$$, 'the challenger is champion');
SELECT throws_ok($$SELECT ar.activate_scorecard(pg_temp.eu(), 'five', 1)$$, '23514', NULL, 'a retired version stays so');
SELECT throws_ok($$SELECT ar.activate_scorecard(pg_temp.eu(), 'five', 9)$$, '23503', 'there is no version 9 of scorecard five', 'an unknown version');
SELECT throws_ok($$UPDATE receivables.scorecard SET definition = ar.standard_scorecard() WHERE company_id = pg_temp.eu() AND version = 2$$, '23001', NULL, 'an active version stays');
SELECT throws_ok($$UPDATE receivables.scorecard SET version = 7 WHERE company_id = pg_temp.eu() AND version = 2$$, '23001', NULL, 'as does its number');
SELECT throws_ok($$DELETE FROM receivables.scorecard WHERE company_id = pg_temp.eu() AND version = 1$$, '23001', NULL, 'and a retired one');
SELECT throws_ok($$UPDATE receivables.scorecard SET status = 'draft', valid_from = NULL WHERE company_id = pg_temp.eu() AND version = 2$$, '23514', NULL, 'no way back to a draft');
SELECT throws_ok($$UPDATE receivables.scorecard SET valid_from = '2024-01-01' WHERE company_id = pg_temp.eu() AND version = 2$$, '23514', NULL, 'since when it is active stays');
SELECT throws_ok($$INSERT INTO receivables.scorecard (company_id, scorecard, version, status, definition, valid_from) VALUES (pg_temp.eu(), 'five', 8, 'active', ar.standard_scorecard(), '2025-01-01')$$, '23514', NULL, 'no version is entered active');
SELECT throws_ok($$INSERT INTO receivables.scorecard (company_id, scorecard, version, definition) VALUES (pg_temp.eu(), 'five', 8, '{"method": "points"}')$$, '22023', 'invalid scorecard', 'nor one that is none');
SELECT is(ar.save_scorecard(:eu, 'five', ar.standard_scorecard()), 3, 'a new one beside it');
SELECT throws_ok($$UPDATE receivables.scorecard SET status = 'active', valid_from = '2025-10-01' WHERE company_id = pg_temp.eu() AND version = 3$$, '23505', NULL, 'one champion at a time');
SELECT throws_ok($$UPDATE receivables.score SET score = 100 WHERE company_id = pg_temp.eu()$$, '23001', NULL, 'scores stay');
SELECT throws_ok($$DELETE FROM receivables.score WHERE company_id = pg_temp.eu()$$, '23001', NULL, 'all of them');
SELECT throws_ok($$INSERT INTO receivables.score (company_id, customer_id, scored_on, scorecard, version, facts, contributions, missing, reasons, recorded_at) VALUES (pg_temp.eu(), 1, '2020-01-01', 'five', 1, '{}', '[]', '{}', '{}', '2020-01-01')$$, '23514', NULL, 'none is entered for the past');
SELECT ar.retire_scorecard(:eu, 'five', 3) \gset
SELECT ar.retire_scorecard(:eu, 'five', 2) \gset
SELECT results_eq('SELECT version, status, valid_to FROM pg_temp.versions()', $$VALUES (1, 'retired', '2025-10-01'::date), (2, 'retired', '2025-10-01'), (3, 'retired', NULL)$$, 'retired, drafts too');
SELECT throws_ok($$SELECT ar.retire_scorecard(pg_temp.eu(), 'five', 9)$$, '23503', NULL, 'an unknown version is not');
SELECT is(ar.save_scorecard(:eu, 'other', ar.standard_scorecard()), 1, 'another card');
SELECT ar.activate_scorecard(:eu, 'other', 1), ar.save_scorecard(:eu, 'five', ar.standard_scorecard()), ar.activate_scorecard(:eu, 'five', 4) \gset both_
SELECT throws_ok($$SELECT ar.champion_scorecard(pg_temp.eu())$$, '21000', NULL, 'of several champions one must be named');
SELECT is((ar.champion_scorecard(:eu, 'five')).version, 4, 'as this one');
SELECT ok(count(*) > 5, 'changes of cards are logged') FROM receivables.change_log WHERE table_name = 'scorecard';

-- Who may
CREATE ROLE ar_scorer; CREATE ROLE ar_sales;
SELECT ar.grant_access('ar_scorer', 'manager', :eu), ar.grant_access('ar_sales', 'sales', :eu, 'Ann') \gset granted_
UPDATE receivables.customer SET salesperson = 'Ann' WHERE company_id = :eu AND customer_id <= 5;
SET LOCAL ROLE ar_scorer;
SELECT results_eq($$SELECT r.recorded FROM ar.record_scores(pg_temp.eu(), 'five', '2025-11-01', '{1,2}', '{"{}","{}"}') AS r$$, 'VALUES (2::bigint)', 'a manager scores');
SELECT is(ar.save_scorecard(pg_temp.eu(), 'own', ar.standard_scorecard()), 1, 'and saves cards');
SET LOCAL ROLE ar_sales;
SELECT is((SELECT count(DISTINCT s.customer_id) FROM receivables.score AS s), 5::bigint, 'a salesperson sees the scores of its own customers');
SELECT throws_ok($$SELECT ar.save_scorecard(pg_temp.eu(), 'mine', ar.standard_scorecard())$$, '42501', NULL, 'and saves no cards');
RESET ROLE;

-- From the books
SELECT results_eq($$SELECT r.recorded, r.unchanged FROM ar.score_customers(pg_temp.eu(), '2025-12-01', 'five') AS r$$, 'VALUES (100::bigint, 0::bigint)', 'all customers are scored from the books');
SELECT results_eq($$SELECT r.recorded, r.unchanged FROM ar.score_customers(pg_temp.eu(), '2025-12-01', 'five') AS r$$, 'VALUES (0::bigint, 100::bigint)', 'once');
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');
SELECT * FROM finish();
ROLLBACK;
