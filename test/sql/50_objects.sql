-- Every object says what it is, and none runs with more rights or another path than it should. Each query finds none.
\pset tuples_only on
-- objects of the extension without a comment
SELECT count(*) > 80 AS objects FROM pg_depend WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
    AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'ar');
SELECT pg_describe_object(d.classid, d.objid, d.objsubid) AS without_comment
FROM pg_depend AS d
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'ar')
  AND NOT EXISTS (SELECT FROM pg_description AS c WHERE c.classoid = d.classid AND c.objoid = d.objid AND c.objsubid = 0)
  -- the array type is made by CREATE TYPE
  AND NOT (d.classid = 'pg_type'::regclass AND d.objid IN (SELECT typarray FROM pg_type WHERE typnamespace = 'ar'::regnamespace))
ORDER BY 1;
SELECT 'extension' AS without_comment WHERE obj_description((SELECT oid FROM pg_extension WHERE extname = 'ar'), 'pg_extension') IS NULL;
-- tables, views and columns of the books without a comment
SELECT count(*) >= 18 AS relations FROM pg_class WHERE relnamespace = 'receivables'::regnamespace AND relkind IN ('r', 'v');
SELECT 'schema receivables' AS without_comment WHERE obj_description('receivables'::regnamespace, 'pg_namespace') IS NULL
UNION ALL
SELECT c.oid::regclass::text FROM pg_class AS c
WHERE c.relnamespace = 'receivables'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p') AND obj_description(c.oid, 'pg_class') IS NULL
UNION ALL
SELECT c.oid::regclass || '.' || a.attname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
WHERE c.relnamespace = 'receivables'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p') AND a.attnum > 0 AND NOT a.attisdropped
  AND col_description(c.oid, a.attnum) IS NULL
ORDER BY 1;
-- functions that run with their owner's rights
SELECT p.oid::regprocedure AS security_definer FROM pg_proc AS p WHERE p.pronamespace = 'ar'::regnamespace AND p.prosecdef;
-- PL/pgSQL functions, and SQL functions kept as text, whose search_path is the caller's; only those that are
-- inlined may be so, which name every schema, down to their operators
SELECT p.oid::regprocedure AS without_search_path
FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
WHERE p.pronamespace = 'ar'::regnamespace AND (l.lanname = 'plpgsql' OR (l.lanname = 'sql' AND p.prosqlbody IS NULL AND p.proname NOT IN ('open_items', 'owner_periods', 'disputed_parts', 'promised_parts', 'dunning_subjects', 'customer_exposures', 'credit_positions', 'invoice_receipts', 'customer_payment_behavior', 'customer_payment_behavior_by_month')))
  -- procedures that commit set it themselves
  AND p.proname NOT IN ('run_daily', 'run_daily_for_all')
  AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (p.proconfig), false);
-- views answer with the rights of whoever asks, but for the one that shows auditors what others were granted
SELECT c.oid::regclass AS without_security_invoker FROM pg_class AS c
WHERE c.relnamespace = 'receivables'::regnamespace AND c.relkind = 'v' AND c.relname <> 'granted_access'
  AND NOT coalesce('security_invoker=true' = ANY (c.reloptions), false);
-- nothing of the books belongs to the extension, nothing of the extension lies elsewhere
SELECT pg_describe_object(d.classid, d.objid, d.objsubid) AS table_of_the_extension
FROM pg_depend AS d WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND d.classid = 'pg_class'::regclass
  AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'ar');
SELECT p.oid::regprocedure AS outside_of_schema_ar
FROM pg_depend AS d JOIN pg_proc AS p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'ar')
  AND p.pronamespace <> 'ar'::regnamespace;
-- every key of the books begins with the company, but for reference tables and what refers to them
SELECT c.conrelid::regclass AS key_without_company, c.conname
FROM pg_constraint AS c JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
WHERE c.connamespace = 'receivables'::regnamespace AND c.contype IN ('p', 'u', 'f') AND a.attname <> 'company_id'
  AND c.conrelid::regclass::text NOT IN ('receivables.ledger_version', 'receivables.currency', 'receivables.company',
                                         'receivables.calendar', 'receivables.holiday', 'receivables.exchange_rate', 'receivables.access')
  AND c.confrelid <> ALL ('{receivables.currency,receivables.calendar}'::regclass[])
ORDER BY 1, 2;

-- With an empty search_path all works as with any.
SET search_path = '';
SET ar.as_of = '2025-03-31';
SELECT item_count, balance FROM receivables.aging_summary WHERE company_code OPERATOR(pg_catalog.=) 'BIG';
SELECT pg_catalog.count(*) FROM receivables.dso;
SELECT pg_catalog.count(*) FROM receivables.customer_ranking WHERE company_id OPERATOR(pg_catalog.=) 2;
SELECT imported, unchanged FROM ar.import_rows(2, 'invoice',
    '[{"customer_number": "C1", "invoice_number": "late", "invoice_date": "2025-01-01", "due_date": "2025-01-31", "amount": 1}]');
SELECT ar.post_payment(2, 'C1', 'late', '2025-02-01', 1, '[{"invoice_number": "late", "amount": 1}]') OPERATOR(pg_catalog.>) 0;
SELECT pg_catalog.count(*) FROM ar.check_ledger();
SELECT b.label, b.amount FROM (SELECT ar.aging_agg(1.5, '2025-03-30', '2025-03-31') AS aging) AS a, ar.buckets(a.aging) AS b LIMIT 2;
RESET search_path;
RESET ar.as_of;
