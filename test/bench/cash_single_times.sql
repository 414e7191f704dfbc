-- What the proposals of bench.single took; nothing of them is left.
SET client_min_messages = warning;
\pset title 'One bank line at a time: milliseconds of the first in a session, and of those after it'
SELECT s.known AS what_is_known,
       max(round(t.first_ms, 1)) FILTER (WHERE t.role <> 'bench_clerk') AS owner_first, max(round(t.next_ms, 1)) FILTER (WHERE t.role <> 'bench_clerk') AS owner_next,
       max(round(t.first_ms, 1)) FILTER (WHERE t.role = 'bench_clerk') AS clerk_first, max(round(t.next_ms, 1)) FILTER (WHERE t.role = 'bench_clerk') AS clerk_next
FROM bench.single AS s JOIN bench.single_time AS t USING (bank_line_id)
GROUP BY s.bank_line_id, s.known ORDER BY s.bank_line_id;
\pset title
INSERT INTO bench.pair (part, measured, target, ours_ms)
SELECT 'cash', format('ar.propose of one bank line, %s of %s cases, the longest: %s', CASE t.role WHEN 'bench_clerk' THEN 'by a clerk' ELSE 'by the owner' END,
                      count(*), (array_agg(s.known ORDER BY t.next_ms DESC))[1]), '< 20 ms', max(t.next_ms)
FROM bench.single AS s JOIN bench.single_time AS t USING (bank_line_id) GROUP BY t.role;
DROP TABLE bench.single, bench.single_time;
SET session_replication_role = replica;
DELETE FROM receivables.match_proposal WHERE company_id = 1;
DELETE FROM receivables.bank_line WHERE company_id = 1;
DELETE FROM receivables.bank_statement WHERE company_id = 1;
DELETE FROM receivables.customer WHERE company_id = 1 AND customer_id > 1000000;
RESET session_replication_role;
VACUUM ANALYZE receivables.match_proposal;
VACUUM ANALYZE receivables.bank_line;
SELECT ar.revoke_access('bench_clerk') \gset
REVOKE USAGE ON SCHEMA bench FROM bench_clerk;
DROP ROLE bench_clerk;
