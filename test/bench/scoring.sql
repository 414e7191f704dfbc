-- :customers customers, scored by the standard card with grade, reasons and
-- contributions, against the score alone in hand-written SQL; and AUC of their
-- scores, exact, against ranks.
SET client_min_messages = warning;
CREATE TABLE bench.facts AS
SELECT n AS customer_id, jsonb_build_object('weighted_days_late', n * 7919 % 83 - 5, 'late_share', n * 31 % 100 / 100.0, 'max_days_past_due', n * 13 % 120,
                                            'utilisation', n * 17 % 131 / 100.0, 'months_of_history', n * 13 % 41, 'net_worth', n % 3 - 1, 'years_in_business', n % 20,
                                            'credit', jsonb_build_object('collateral', n % 101)) AS facts, n::bigint * 104729 % 97 < 10 AS bad
FROM generate_series(1, :customers) AS n;
VACUUM ANALYZE bench.facts;
CALL bench.pair('scoring', format('%s customers: score, grade, contributions, reasons', :customers), 'the score alone, by CASE', 'under 3 s for 100,000',
    'SELECT count(s.score), count(s.grade), count(s.contributions), count(s.reasons) FROM bench.facts AS f, ar.score(ar.standard_scorecard(), f.facts) AS s',
    $$SELECT count(0.25 * (CASE WHEN d < 1 THEN 100 WHEN d < 5 THEN 85 WHEN d < 15 THEN 70 WHEN d < 30 THEN 50 WHEN d < 60 THEN 25 ELSE 0 END * 2
                          + CASE WHEN l < 0.05 THEN 100 WHEN l < 0.2 THEN 80 WHEN l < 0.4 THEN 60 WHEN l < 0.7 THEN 35 ELSE 10 END
                          + CASE WHEN m < 1 THEN 100 WHEN m < 16 THEN 80 WHEN m < 31 THEN 60 WHEN m < 61 THEN 35 WHEN m < 91 THEN 15 ELSE 0 END) / 4
                + 0.25 * CASE WHEN u < 0.5 THEN 100 WHEN u < 0.75 THEN 80 WHEN u < 0.9 THEN 60 WHEN u < 1 THEN 40 ELSE 0 END
                + 0.20 * (CASE WHEN w < 0 THEN 0 ELSE 70 END + CASE WHEN y < 1 THEN 20 WHEN y < 3 THEN 40 WHEN y < 5 THEN 60 WHEN y < 10 THEN 80 ELSE 100 END) / 2
                + 0.15 * c + 0.15 * CASE WHEN h < 3 THEN 30 WHEN h < 6 THEN 50 WHEN h < 12 THEN 65 WHEN h < 24 THEN 80 ELSE 100 END)
      FROM (SELECT (facts ->> 'weighted_days_late')::numeric AS d, (facts ->> 'late_share')::numeric AS l, (facts ->> 'max_days_past_due')::numeric AS m,
                   (facts ->> 'utilisation')::numeric AS u, (facts ->> 'months_of_history')::numeric AS h, (facts ->> 'net_worth')::numeric AS w,
                   (facts ->> 'years_in_business')::numeric AS y, (facts #>> '{credit,collateral}')::numeric AS c FROM bench.facts OFFSET 0) AS v$$);
CREATE TABLE bench.scored AS SELECT s.score::float8 AS score, f.bad FROM bench.facts AS f, ar.score(ar.standard_scorecard(), f.facts) AS s;
VACUUM ANALYZE bench.scored;
CALL bench.pair('scoring', format('AUC of %s scores', :customers), 'average ranks', '',
    'SELECT ar.auc_agg(score, bad) FROM bench.scored',
    $$SELECT 1 - (sum(r) FILTER (WHERE bad) - count(*) FILTER (WHERE bad) * (count(*) FILTER (WHERE bad) + 1) / 2.0) / (count(*) FILTER (WHERE bad) * count(*) FILTER (WHERE NOT bad))
      FROM (SELECT bad, rank() OVER (ORDER BY score) + (count(*) OVER (PARTITION BY score) - 1) / 2.0 AS r FROM bench.scored) AS v$$);
DROP TABLE bench.facts, bench.scored;
