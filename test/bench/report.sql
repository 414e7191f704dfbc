\pset title 'ar benchmark: ratio = other / ours, so more than 1 is faster than the other'
SELECT part, measured, against, round(ours_ms, 1) AS ours_ms, round(other_ms, 1) AS other_ms,
       round(ratio, 2) AS ratio, target
FROM bench.pair WHERE part <> 'history' ORDER BY id;
