-- Ageings of several shapes: from 1 to 32 bounds, sums of many words, many decimals.
CREATE EXTENSION ar;
CREATE TABLE genuine (aging ar.aging NOT NULL);
INSERT INTO genuine
SELECT ar.aging_agg(amount, date '2026-03-31' - days, '2026-03-31', bounds)
FROM (VALUES ('{0,30,60,90}'::int[], 100.25, 3, 1), ('{0}', 12.5, 5, 2), ('{-10,5}', -7, 9, 1),
             ('{0,30,60,90}', 1e40, 11, 4), ('{0,30,60,90}', -123456789012345678901234567890.123456, 13, 5),
             ('{0,30}', 0.000000000000000000000000000001, 2, 6), ('{0,30,60,90}', 1e100 + 1e-20, 17, 3),
             ('{0,30,60,90}', 0.00, 1, 1), ('{30}', 4, 3, 0)) AS shape (bounds, base, step, spread)
CROSS JOIN LATERAL (SELECT base * (1 + n % 3) * (CASE WHEN n % 5 = 0 THEN -1 ELSE 1 END) AS amount,
                           n * step * spread - 20 AS days FROM generate_series(1, 20) AS n) AS item
GROUP BY bounds, base;
INSERT INTO genuine
SELECT ar.aging_agg(n + 0.01, date '2026-03-31' - n, '2026-03-31', (SELECT array_agg(b * 3 - 9 ORDER BY b) FROM generate_series(1, 32) AS b))
FROM generate_series(-20, 120) AS n;
