-- How much memory sums of amounts take: never more than work_mem, and than 64 MB.
-- A session of its own, as what the system tells is the most it ever had.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT (pg_stat_file('/proc/self/status', true)).size IS NOT NULL AS has_proc \gset
\if :has_proc
CREATE FUNCTION pg_temp.memory(field text) RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT (regexp_match(pg_read_file('/proc/self/status', 0, 100000), field || ':\s*([0-9]+) kB'))[1]::bigint
$$;
-- What a problem takes at most beyond what there was, in kB; 60 amounts, none of them twice, and half of their sum, which is not to be proven.
CREATE FUNCTION pg_temp.taken(memory text, amounts numeric[], max_items integer DEFAULT NULL) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    before bigint;
BEGIN
    PERFORM set_config('work_mem', memory, true), ar.subset_sum(3, '{1,2}');
    before := greatest(pg_temp.memory('VmRSS'), pg_temp.memory('VmHWM'));
    PERFORM ar.subset_sum(round((SELECT sum(a) FROM unnest(amounts) AS a) / 2) + 0.005, amounts || 0.005, 0, max_items, 20000000);
    RETURN pg_temp.memory('VmHWM') - before;
END;
$$;
CREATE TEMP TABLE problem AS
SELECT 'large' AS kind, array_agg((('x' || left(md5(n::text), 7))::bit(28)::integer + 1000)::numeric / 100 ORDER BY n) AS amounts FROM generate_series(1, 60) AS n
UNION ALL
SELECT 'small', array_agg((n * 7919 % 99991)::numeric ORDER BY n) FROM generate_series(1, 60) AS n;
-- The least first: each takes more than there ever was.
CREATE TEMP TABLE taken AS
SELECT v.n, v.memory, v.kind, v.max_items, v.most, 0::bigint AS kb FROM (VALUES (1, '1MB', 'large', NULL::integer, 1024), (2, '1MB', 'large', 4, 1024), (3, '1MB', 'small', NULL, 1024), (4, '16MB', 'large', NULL, 16384), (5, '16MB', 'small', NULL, 16384),
    (6, '1GB', 'small', NULL, 65536), (7, '1GB', 'large', 6, 65536), (8, '1GB', 'large', NULL, 65536)) AS v (n, memory, kind, max_items, most);
DO $$
DECLARE
    t record;
BEGIN
    FOR t IN SELECT x.*, p.amounts FROM taken AS x JOIN problem AS p USING (kind) ORDER BY x.n LOOP
        UPDATE taken SET kb = pg_temp.taken(t.memory, t.amounts, t.max_items) WHERE n = t.n;
    END LOOP;
END;
$$;
-- Pages and what the call itself needs aside.
SELECT cmp_ok(kb, '<=', most + 2048::bigint, format('%s amounts, work_mem %s, items at most %s: at most %s kB', kind, memory, max_items, most)) FROM taken ORDER BY n;
SELECT cmp_ok((SELECT sum(kb) FROM taken WHERE memory = '1GB'), '>', 4096::numeric, 'which is measured: with more allowed it takes more');
\else
SELECT skip('no /proc to read memory from');
\endif
SELECT * FROM finish();
ROLLBACK;
