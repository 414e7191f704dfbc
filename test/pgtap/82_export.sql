-- Reports as CSV and jsonb: what is written can be read again.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
SELECT ar.create_company('CN', '某某有限公司', 'CNY') AS cn, ar.create_company('GB', 'Plain Ltd', 'GBP') AS gb \gset
SELECT set_config('test.cn', :'cn', true) = :'cn' AS cn_set, set_config('test.gb', :'gb', true) = :'gb' AS gb_set \gset
CREATE FUNCTION pg_temp.cn() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT current_setting('test.cn')::bigint$$;
CREATE FUNCTION pg_temp.gb() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT current_setting('test.gb')::bigint$$;
SET LOCAL timezone = 'Asia/Shanghai';

-- Fields and lines
SELECT is(ar.csv_field(value), expected, coalesce(to_json(value)::text, 'null') || ' as a field')
FROM (VALUES ('plain', 'plain'), (NULL, ''), ('', '""'), ('a,b', '"a,b"'), ('say "yes"', '"say ""yes"""'), (E'two\nlines', E'"two\nlines"'),
             (E'old\rMac', E'"old\rMac"'), ('\.', '"\."'), (' kept ', ' kept '), ('应收账款', '应收账款'), (';', ';')) AS v (value, expected);
SELECT is((SELECT ar.csv_line(r) FROM (SELECT 1, NULL::text, '', 'a,"b', 1.50, true, date '2025-01-31', timestamptz '2025-01-31 08:00:00+08', '{"a": 1}'::jsonb, '{1,2}'::integer[]) AS r),
          '1,,"","a,""b",1.50,true,2025-01-31,2025-01-31T08:00:00+08:00,"{""a"": 1}","[1,2]"', 'a line of every type');

-- A book whose names need quotes
SELECT count(*) AS imported FROM ar.import_rows(pg_temp.cn(), 'customer', jsonb_build_array(
    jsonb_build_object('customer_number', 'C1', 'name', '深圳, "前海" 公司', 'salesperson', E'李\n四', 'region', '华南'),
    jsonb_build_object('customer_number', 'C2', 'name', E'O''Neil\r\n& Söhne', 'grade', 'A'),
    jsonb_build_object('customer_number', 'C3', 'name', '\.'))) \gset
SELECT ar.assign_customer(:cn, 'C3', '-infinity', NULL, '', '\N') \gset
SELECT count(*) AS imported FROM ar.import_rows(pg_temp.gb(), 'customer', '[{"customer_number": "C1", "name": "Jones"}]') \gset
SELECT ar.post_invoice(pg_temp.cn(), 'C1', 'I,1', '2025-01-10', '2025-02-09', 1130, tax_amount => 130, reference => 'PO "7"', attributes => '{"备注": "a,\"b\""}') AS i1,
       ar.post_invoice(pg_temp.cn(), 'C2', 'I2', '2025-01-10', '2025-02-09', 200, currency => 'USD', exchange_rate => 7.1) AS i2,
       ar.post_invoice(pg_temp.cn(), 'C3', 'I3', '2025-03-10', '2025-04-09', 5) AS i3,
       ar.post_deposit(pg_temp.cn(), 'C1', 'D1', '2025-02-01', 100) AS d1,
       ar.post_payment(pg_temp.cn(), 'C1', 'P1', '2025-03-01', 30, '[{"invoice_number": "I,1", "amount": 30}]') AS p1,
       ar.post_invoice(pg_temp.gb(), 'C1', 'I1', '2025-01-10', '2025-02-09', 7) AS other \gset
SELECT clock_timestamp() AS known \gset
SELECT ar.post_fee(pg_temp.cn(), 'C1', 'F1', '2025-03-02', 9) AS f1 \gset
SET LOCAL ar.as_of = '2025-03-15';

-- Every report, read back by COPY, is what the view shows.
CREATE FUNCTION pg_temp.not_read_back(report text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    file CONSTANT text := format('%s/ar_export.%s.csv', current_setting('data_directory'), pg_backend_pid());
    exported oid := lo_from_bytea(0, convert_to(ar.export_csv(report, pg_temp.cn()), 'UTF8'));
BEGIN
    EXECUTE format('CREATE TEMP TABLE read_back ON COMMIT DROP AS SELECT * FROM receivables.%I WITH NO DATA', report);
    PERFORM lo_export(exported, file);
    EXECUTE format('COPY read_back FROM PROGRAM %L WITH (FORMAT csv, HEADER true, ENCODING ''UTF8'')', format('cat %1$s; rm %1$s', file));
    RETURN QUERY EXECUTE format(
        'SELECT coalesce(a, b)::text FROM (SELECT v::text AS a FROM receivables.%I AS v WHERE company_id = pg_temp.cn()) AS v
         FULL JOIN (SELECT r::text AS b FROM read_back AS r) AS r ON a = b WHERE a IS NULL OR b IS NULL', report);
    DROP TABLE read_back;
END;
$$;
SELECT is_empty(format('SELECT pg_temp.not_read_back(%L)', report), format('%s is read back as it was', report)) FROM ar.reports();
SELECT cmp_ok((SELECT count(*) FROM ar.reports()), '>=', 21::bigint, 'which are all views with a company');
SELECT is((SELECT description FROM ar.reports() WHERE report = 'aging_summary'), obj_description('receivables.aging_summary'::regclass, 'pg_class'), 'described by their comments');

-- One report in full, by hand: names with line breaks, null and what looks like it.
SELECT is(ar.export_csv('aging_by_region', pg_temp.cn()), replace(
E'company_id,region,customer_count,item_count,not_due,days_1_30,days_31_60,days_61_90,days_over_90,unapplied_amount,balance,overdue,overdue_rate,average_days_past_due,aging,as_of\n'
'CN,\\N,1,1,5.00,0.00,0.00,0.00,0.00,0.00,5.00,0.00,0.000000,,"{0,30,60,90}{5.00,0,0,0,0}{1,0,0,0,0}{0.00,0.00}",2025-03-15\n'
'CN,华南,1,2,0.00,9.00,1100.00,0.00,0.00,-100.00,1009.00,1109.00,1.000000,33.83,"{0,30,60,90}{0,9.00,1100.00,0,0}{0,1,1,0,0}{1109.00,37517.00}",2025-03-15\n'
'CN,,1,1,0.00,0.00,1420.00,0.00,0.00,0.00,1420.00,1420.00,1.000000,34.00,"{0,30,60,90}{0,0,1420.00,0,0}{0,0,1,0,0}{1420.00,48280.00}",2025-03-15\n',
'CN,', pg_temp.cn() || ','), 'a report as CSV');
SELECT is((SELECT string_agg(e ->> 'customer_number', ' ' ORDER BY n) FROM jsonb_array_elements(ar.export_json('customer_ranking', pg_temp.cn())) WITH ORDINALITY AS t (e, n)),
          'C2 C1 C3', 'a ranking in its order');
SELECT is(regexp_replace(ar.export_csv('customer_ranking', pg_temp.gb()), '\n.*', ''),
          (SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'receivables.customer_ranking'::regclass AND attnum > 0), 'a header names the columns');
SELECT is(ar.export_csv('write_off', pg_temp.cn()), (SELECT string_agg(attname, ',' ORDER BY attnum) || E'\n' FROM pg_attribute WHERE attrelid = 'receivables.write_off'::regclass AND attnum > 0),
          'a report without rows is its header');

-- As jsonb
SELECT results_eq(format('SELECT e FROM jsonb_array_elements(ar.export_json(%L, pg_temp.cn())) AS e ORDER BY e::text COLLATE "C"', report),
                  format('SELECT to_jsonb(v) FROM receivables.%I AS v WHERE company_id = pg_temp.cn() ORDER BY to_jsonb(v)::text COLLATE "C"', report), format('%s as jsonb', report))
FROM ar.reports();
SELECT is(ar.export_json('write_off', pg_temp.cn()), '[]', 'without rows an empty array');
SELECT is(jsonb_array_length(ar.export_json('open_item', pg_temp.gb())), 1, 'of one company only');

-- Both clocks
SELECT is(jsonb_array_length(ar.export_json('open_item', pg_temp.cn())), 5, 'open on the date');
SET LOCAL ar.known_at = :'known';
SELECT is(jsonb_array_length(ar.export_json('open_item', pg_temp.cn())), 4, 'without what was entered later');
SELECT is(jsonb_array_length(ar.export_json('journal_line', pg_temp.cn())), 11, 'in the journal too');
RESET ar.known_at;
SET LOCAL ar.as_of = '2025-01-31';
SELECT is(jsonb_array_length(ar.export_json('open_item', pg_temp.cn())), 2, 'on an earlier date');

-- What is no report
CREATE VIEW receivables."our ""own""; view" AS SELECT c.company_id, c.customer_number AS "Kunde, Nr.", point(1, 2) AS place FROM receivables.customer AS c;
SELECT is(ar.export_csv('our "own"; view', pg_temp.gb()), format(E'company_id,"Kunde, Nr.",place\n%s,C1,"(1,2)"\n', pg_temp.gb()), 'a view of one''s own, whatever its name');
CREATE VIEW receivables.no_company AS SELECT 1 AS one;
SELECT throws_ok(format('SELECT ar.export_%s(%L, pg_temp.cn())', f, report), '22023', format('there is no report %s', coalesce(report, 'null')), format('%s of %L', f, report))
FROM (VALUES ('no_company'), ('nothing'), ('customer'), ('pg_class'), ('open_item; SELECT 1'), ('OPEN_ITEM'), (NULL)) AS v (report), unnest('{csv,json}'::text[]) AS f;
SELECT throws_ok($$SELECT ar.export_csv('open_item', -1)$$, '23503', 'company -1 does not exist', 'an unknown company');
SELECT throws_ok($$SELECT ar.export_json('open_item', NULL)$$, '23503', 'company null does not exist', 'no company');
CREATE FUNCTION pg_temp.hint(report text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    PERFORM ar.export_csv(report, pg_temp.cn());
    RETURN NULL;
EXCEPTION WHEN invalid_parameter_value THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN hint;
END;
$$;
SELECT matches(pg_temp.hint('nothing'), '^Reports: adjustment, aging_by_currency, aging_by_customer, .*write_off\.$', 'the hint lists the reports');

-- With the rights of the caller
CREATE ROLE ar_export_reader;
SELECT ar.grant_access('ar_export_reader', 'reader', :cn) \gset
REVOKE SELECT ON receivables.open_item FROM ar_export_reader;
GRANT SELECT ON receivables."our ""own""; view" TO ar_export_reader;
SET LOCAL ROLE ar_export_reader;
SELECT jsonb_array_length(ar.export_json('our "own"; view', :cn)) AS readable \gset
RESET ROLE;
SELECT is(:readable, 3, 'what the caller may read');
CREATE FUNCTION pg_temp.read_as_reader(report text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    SET LOCAL ROLE ar_export_reader;
    RETURN ar.export_csv(report, current_setting('test.cn')::bigint);
END;
$$;
SELECT throws_ok($$SELECT pg_temp.read_as_reader('open_item')$$, '42501', NULL, 'and nothing else');
RESET ROLE;

-- A statement as CSV
SELECT is((SELECT string_agg(ar.csv_line(s), E'\n' ORDER BY s.line) FROM ar.customer_statement(pg_temp.cn(), 'C1', '2025-01-01', '2025-02-28') AS s),
          E'1,2025-01-01,opening,,,,,,0.00\n2,2025-01-10,invoice,"I,1",2025-02-09,"PO ""7""",1130.00,,1130.00\n'
          '3,2025-02-01,deposit,D1,,,,100.00,1030.00\n4,2025-02-28,closing,,,,,,1030.00', 'lines of a statement as CSV');
SELECT finish();
ROLLBACK;
