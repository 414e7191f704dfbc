-- The aggregate on a table that is not ours: ungrouped, and grouped over
-- 200,000 customers by hash, with numeric amounts, in one and in more processes.
CREATE TABLE bench.open_item AS
SELECT i AS open_item_id,
       1 + (hashint8extended(i, 1) & 9007199254740991) % least(200000, greatest(:rows / 50, 1)) AS customer_id,
       date '2026-06-30' + 60 - ((hashint8extended(i, 2) & 9007199254740991) % 260)::integer AS due_date,
       (hashint8extended(i, 3) & 9007199254740991) % 10000000 AS amount_cents,
       ((hashint8extended(i, 3) & 9007199254740991) % 10000000)::numeric / 100 AS amount
FROM generate_series(1, :rows::bigint) AS i;
VACUUM (FREEZE, ANALYZE) bench.open_item;
SET work_mem = '2GB';
SET enable_sort = off;

\set aging 'ar.aging_agg(amount, due_date, date ''2026-06-30'')'
\set days '(date ''2026-06-30'' - due_date)'
\set filters 'sum(amount) FILTER (WHERE ' :days ' <= 0), sum(amount) FILTER (WHERE ' :days ' BETWEEN 1 AND 30), sum(amount) FILTER (WHERE ' :days ' BETWEEN 31 AND 60), sum(amount) FILTER (WHERE ' :days ' BETWEEN 61 AND 90), sum(amount) FILTER (WHERE ' :days ' > 90)'

-- The same sums, or the comparison is worth nothing.
SELECT (SELECT ar.amounts(:aging) FROM bench.open_item)
       = (SELECT ARRAY[:filters] FROM bench.open_item) AS same_sums \gset
\if :same_sums
\else
    \warn the aggregate and FILTER disagree
    SELECT 1 / 0;
\endif

\set ours 'SELECT ' :aging ' FROM bench.open_item'
\set ours_grouped 'SELECT customer_id, ' :aging ' FROM bench.open_item GROUP BY customer_id'
\set five 'SELECT ' :filters ' FROM bench.open_item'
\set five_grouped 'SELECT customer_id, ' :filters ' FROM bench.open_item GROUP BY customer_id'
\set sum_numeric 'SELECT sum(amount) FROM bench.open_item'
\set sum_bigint 'SELECT sum(amount_cents) FROM bench.open_item'
\set counted 'SELECT count(*) FROM bench.open_item'
\set sum_numeric_grouped 'SELECT customer_id, sum(amount) FROM bench.open_item GROUP BY customer_id'
\set sum_bigint_grouped 'SELECT customer_id, sum(amount_cents) FROM bench.open_item GROUP BY customer_id'
\set counted_grouped 'SELECT customer_id, count(*) FROM bench.open_item GROUP BY customer_id'

SET max_parallel_workers_per_gather = 0;
CALL bench.pair('aggregate', 'ungrouped', 'five sum(numeric) FILTER', '>= 2', :'ours', :'five');
CALL bench.pair('aggregate', 'ungrouped', 'sum(numeric)', NULL, :'ours', :'sum_numeric');
CALL bench.pair('aggregate', 'ungrouped', 'sum(bigint)', '>= 0.77', :'ours', :'sum_bigint');
CALL bench.pair('aggregate', 'ungrouped', 'count(*)', NULL, :'ours', :'counted');
CALL bench.pair('aggregate', '200k groups', 'five sum(numeric) FILTER', '>= 2', :'ours_grouped', :'five_grouped', 3);
CALL bench.pair('aggregate', '200k groups', 'sum(numeric)', NULL, :'ours_grouped', :'sum_numeric_grouped', 3);
CALL bench.pair('aggregate', '200k groups', 'sum(bigint)', NULL, :'ours_grouped', :'sum_bigint_grouped', 3);
CALL bench.pair('aggregate', '200k groups', 'count(*)', NULL, :'ours_grouped', :'counted_grouped', 3);
EXPLAIN (COSTS OFF) :ours_grouped;
SET max_parallel_workers_per_gather = 1;
CALL bench.pair('aggregate', 'ungrouped, 1 worker', 'five sum(numeric) FILTER', NULL, :'ours', :'five');
CALL bench.pair('aggregate', '200k groups, 1 worker', 'five sum(numeric) FILTER', NULL, :'ours_grouped', :'five_grouped', 3);
SET max_parallel_workers_per_gather = 2;
CALL bench.pair('aggregate', 'ungrouped, 2 workers', 'five sum(numeric) FILTER', NULL, :'ours', :'five');
CALL bench.pair('aggregate', '200k groups, 2 workers', 'five sum(numeric) FILTER', NULL, :'ours_grouped', :'five_grouped', 3);
EXPLAIN (COSTS OFF) :ours;
DROP TABLE bench.open_item;
