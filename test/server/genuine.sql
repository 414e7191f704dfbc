-- Genuine values of each type that is read in binary: a table of each, with the type's
-- name, in the schema genuine.
CREATE EXTENSION ar;
CREATE SCHEMA genuine;
SELECT setseed(0.5) \g /dev/null

-- Ageings of several shapes: from 1 to 32 bounds, sums of many words, many decimals.
CREATE TABLE genuine.aging (value ar.aging NOT NULL);
INSERT INTO genuine.aging
SELECT ar.aging_agg(amount, date '2026-03-31' - days, '2026-03-31', bounds)
FROM (VALUES ('{0,30,60,90}'::int[], 100.25, 3, 1), ('{0}', 12.5, 5, 2), ('{-10,5}', -7, 9, 1),
             ('{0,30,60,90}', 1e40, 11, 4), ('{0,30,60,90}', -123456789012345678901234567890.123456, 13, 5),
             ('{0,30}', 0.000000000000000000000000000001, 2, 6), ('{0,30,60,90}', 1e100 + 1e-20, 17, 3),
             ('{0,30,60,90}', 0.00, 1, 1), ('{30}', 4, 3, 0)) AS shape (bounds, base, step, spread)
CROSS JOIN LATERAL (SELECT base * (1 + n % 3) * (CASE WHEN n % 5 = 0 THEN -1 ELSE 1 END) AS amount,
                           n * step * spread - 20 AS days FROM generate_series(1, 20) AS n) AS item
GROUP BY bounds, base;
INSERT INTO genuine.aging
SELECT ar.aging_agg(n + 0.01, date '2026-03-31' - n, '2026-03-31', (SELECT array_agg(b * 3 - 9 ORDER BY b) FROM generate_series(1, 32) AS b))
FROM generate_series(-20, 120) AS n;

-- Payment behavior of several sizes of sums and numbers of decimals.
CREATE TABLE genuine.payment_behavior AS
SELECT ar.payment_behavior_agg(CASE n % 4 WHEN 0 THEN round(amount::numeric, 2) WHEN 1 THEN round(amount::numeric * 1e25) ELSE round(amount::numeric, 7) END,
                               date '2025-01-01' + n, date '2025-01-31' + n, date '2025-01-31' + n + late) AS value
FROM (SELECT n, random() * 1000 AS amount, (random() * 200)::integer - 60 AS late FROM generate_series(1, 400) AS n) AS r GROUP BY n % 40;

-- Delay curves of 2 to 60 items, some of them open still.
CREATE TABLE genuine.delay_curve AS
SELECT ar.delay_curve_agg((random() * n * 10)::integer - 20, random() * 10, random() < 0.3) AS value
FROM generate_series(1, 30) AS n, generate_series(1, 60) AS m WHERE m <= n * 2 GROUP BY n;

-- Samples of scores, from none to many, and with scores on the edges.
CREATE TABLE genuine.score_sample AS
SELECT ar.score_sample_agg(n * 7919 % m, n % 3 = 0) AS value FROM unnest('{1,2,7,50}'::integer[]) AS m, generate_series(1, 3 * m) AS n GROUP BY m
UNION ALL SELECT '{}' UNION ALL SELECT '{-Infinity:1:0,-0.5:0:2147483647,Infinity:5:6}';
