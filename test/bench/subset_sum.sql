-- Which amounts add up to a payment: ten problems of each size, with a solution
-- of about a third of the amounts. "cents" are amounts of up to 20,000.00, of
-- which many sets hit the target by accident; "wide" ones of up to 10 billion,
-- of which none does, so that the rest must be ruled out.
SELECT setseed(0.28) \g /dev/null
CREATE TABLE bench.sum_problem AS
SELECT kind, n, k, amounts, (SELECT sum(a) FROM unnest(amounts) WITH ORDINALITY AS x (a, i) WHERE i % 3 = k % 3) AS target
FROM (VALUES (1, 'cents', 2000000), (2, 'wide', 1000000000000)) AS v (position, kind, most),
     unnest('{15,20,25,30,35,40,45,50,55,60}'::integer[]) AS n, generate_series(1, 10) AS k,
     LATERAL (SELECT array_agg(round((1 + random() * most)::numeric) / 100 ORDER BY i) AS amounts FROM generate_series(1, n + 0 * k) AS i) AS a;
INSERT INTO bench.sum_problem
SELECT 'equal', 60, k, array_fill(1000.03 + k, ARRAY[60]), 30 * (1000.03 + k) FROM generate_series(1, 10) AS k
UNION ALL
SELECT 'two kinds', 60, k, array_fill(1000.03 + k, ARRAY[40]) || array_fill(99.99, ARRAY[20]), 30000 FROM generate_series(1, 10) AS k;

CREATE TABLE bench.sum_run (kind text, n integer, outcome text, found boolean, steps bigint, ms numeric, peak_kb bigint);
CREATE FUNCTION bench.memory_kb(field text) RETURNS bigint LANGUAGE sql AS $$
    SELECT (regexp_match(pg_read_file('/proc/self/status'), field || ':\s*(\d+)'))[1]::bigint
$$;
-- What the process had at its most, less what it had before; sizes ascend.
CREATE PROCEDURE bench.sums(of_kind text) LANGUAGE plpgsql AS $$
DECLARE
    p       record;
    s       record;
    started timestamptz;
    before  bigint := bench.memory_kb('VmRSS');
BEGIN
    FOR p IN SELECT * FROM bench.sum_problem WHERE kind = of_kind ORDER BY n, k LOOP
        started := clock_timestamp();
        SELECT * INTO s FROM ar.subset_sum(p.target, p.amounts);
        INSERT INTO bench.sum_run
        VALUES (p.kind, p.n, s.outcome, s.items IS NOT NULL, s.steps, 1000 * extract(epoch FROM clock_timestamp() - started),
                greatest(bench.memory_kb('VmHWM') - before, 0));
    END LOOP;
END;
$$;
\connect
CALL bench.sums('cents');
\connect
CALL bench.sums('wide');
\connect
CALL bench.sums('equal');
\connect
CALL bench.sums('two kinds');

SELECT format('ar.subset_sum: problems of ten that are found and proven, by work_mem = %s', current_setting('work_mem')) AS title \gset
\pset title :title
SELECT r.kind, n, count(*) FILTER (WHERE found) AS found, count(*) FILTER (WHERE outcome = 'unique') AS unique,
       count(*) FILTER (WHERE outcome = 'ambiguous') AS ambiguous, count(*) FILTER (WHERE outcome = 'none') AS none, count(*) FILTER (WHERE outcome = 'unknown') AS unknown,
       round((percentile_cont(0.5) WITHIN GROUP (ORDER BY ms))::numeric, 2) AS median_ms, round(max(ms), 2) AS most_ms,
       max(steps) AS most_steps, round(max(peak_kb) / 1024.0, 1) AS peak_mb
FROM bench.sum_run AS r GROUP BY r.kind, n ORDER BY min(array_position('{cents,wide,equal,two kinds}', r.kind)), n;
\pset title
DROP TABLE bench.sum_run, bench.sum_problem;
