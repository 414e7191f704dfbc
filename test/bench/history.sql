-- The same book with ten times the closed history: its times against those
-- kept without.
\set ours 'SELECT customer_number, customer_name, not_due, days_1_30, days_31_60, days_61_90, days_over_90, balance FROM receivables.aging_by_customer'
SET ar.as_of = '2026-06-30';
CALL bench.pair('history x 10', :'label' || ', today', 'without the history', '>= 0.83', :'ours', 'SELECT');
EXPLAIN (ANALYZE, COSTS OFF, SUMMARY OFF) :ours;
SET ar.as_of = '2026-03-31';
CALL bench.pair('history x 10', :'label' || ', 2026-03-31', 'without the history', '>= 0.83', :'ours', 'SELECT');
UPDATE bench.pair AS ten SET other_ms = one.ours_ms, ratio = one.ours_ms / ten.ours_ms
FROM bench.pair AS one WHERE ten.part = 'history x 10' AND one.part = 'history' AND one.measured = ten.measured;
