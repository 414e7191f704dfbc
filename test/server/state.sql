-- All that books are: a digest of the rows of every table and of the answer of
-- every view, and the definitions of what stands around them. The views answer
-- for the ar.as_of of the session.
SET search_path = pg_catalog, pg_temp;

SELECT format('SELECT %L, count(*), md5(string_agg(t::text, E''\n'' ORDER BY t::text COLLATE "C")) FROM %s AS t',
              c.oid::regclass, c.oid::regclass)
FROM pg_class AS c
WHERE c.relnamespace::regnamespace::text IN ('receivables', 'mine') AND c.relkind = ANY (:'kinds')
ORDER BY c.oid::regclass::text COLLATE "C"
\gexec

\if :definitions
CREATE TEMP TABLE relation AS
SELECT c.oid, c.relkind FROM pg_class AS c
WHERE c.relnamespace::regnamespace::text IN ('receivables', 'mine');

SELECT 'relation', r.oid::regclass, c.relkind, c.relowner::regrole, c.relacl, c.reloptions, obj_description(r.oid, 'pg_class')
FROM relation AS r JOIN pg_class AS c USING (oid) ORDER BY r.oid::regclass::text COLLATE "C";
SELECT 'column', r.oid::regclass, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
       a.attgenerated, pg_get_expr(d.adbin, d.adrelid), col_description(r.oid, a.attnum)
FROM relation AS r JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef AS d ON d.adrelid = r.oid AND d.adnum = a.attnum
WHERE r.relkind IN ('r', 'v') ORDER BY r.oid::regclass::text COLLATE "C", a.attnum;
SELECT 'view', r.oid::regclass, md5(pg_get_viewdef(r.oid))
FROM relation AS r WHERE r.relkind = 'v' ORDER BY r.oid::regclass::text COLLATE "C";
SELECT 'index', pg_get_indexdef(r.oid) FROM relation AS r WHERE r.relkind = 'i' ORDER BY 2;
SELECT 'constraint', n.conrelid::regclass, n.conname, n.convalidated, pg_get_constraintdef(n.oid)
FROM pg_constraint AS n JOIN relation AS r ON r.oid = n.conrelid
ORDER BY n.conrelid::regclass::text COLLATE "C", n.conname COLLATE "C";
SELECT 'trigger', t.tgenabled, pg_get_triggerdef(t.oid)
FROM pg_trigger AS t JOIN relation AS r ON r.oid = t.tgrelid
WHERE NOT t.tgisinternal ORDER BY 3;
SELECT 'policy', p.schemaname, p.tablename, p.policyname, p.roles, p.cmd, p.qual, p.with_check
FROM pg_policies AS p WHERE p.schemaname = 'receivables' ORDER BY p.tablename COLLATE "C", p.policyname COLLATE "C";
SELECT 'row security', r.oid::regclass, c.relrowsecurity, c.relforcerowsecurity
FROM relation AS r JOIN pg_class AS c USING (oid) WHERE r.relkind = 'r' ORDER BY r.oid::regclass::text COLLATE "C";
SELECT 'extension', extname, extversion, extowner::regrole FROM pg_extension ORDER BY extname;
\endif
