-- Statements of real banks and of other people's test suites, where they are at hand.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
SELECT ar.create_company('SA', 'Samples', 'EUR') AS co \gset
INSERT INTO receivables.currency (currency, minor_units) VALUES ('DEM', 2) ON CONFLICT DO NOTHING;
\set folder `cd ../shared/data/bank 2>/dev/null && pwd`
SELECT :'folder' <> '' AS there \gset
\if :there
\cd :folder
CREATE TEMP TABLE sample (name text, content text);
\set content `cat bai2_sample1_moov.txt`
INSERT INTO sample VALUES ('bai2', :'content');
\set content `cat camt053_v2_genkgo.xml`
INSERT INTO sample VALUES ('camt 2', :'content');
\set content `cat camt053_v4_viafintech.xml`
INSERT INTO sample VALUES ('camt 4', :'content');
\set content `cat mt940_abnamro_jejik.txt`
INSERT INTO sample VALUES ('abnamro', :'content');
\set content `cat mt940_cmxl.sta`
INSERT INTO sample VALUES ('cmxl', :'content');
\set content `cat mt940_february_30.sta`
INSERT INTO sample VALUES ('february', :'content');
\set content `cat mt940_volksbank_jejik.txt`
INSERT INTO sample VALUES ('volksbank', :'content');

-- Every entry, as a plain look at the text finds them.
CREATE FUNCTION pg_temp.lines(name text) RETURNS SETOF numeric LANGUAGE sql AS $$
    SELECT (r.fields ->> 'amount')::numeric FROM sample AS s CROSS JOIN LATERAL ar.read_bank_file(s.content) WITH ORDINALITY AS r (file_line, statement, entry, part, fields, n)
    WHERE s.name = lines.name AND r.part = 'line' ORDER BY r.n$$;
SELECT results_eq(format('SELECT pg_temp.lines(%L)', s.name),
    format($$SELECT CASE WHEN m[1] IN ('D', 'RC') THEN -1 ELSE 1 END * rtrim(replace(m[2], ',', '.'), '.')::numeric
             FROM sample AS s CROSS JOIN LATERAL regexp_matches(s.content, '\n:61:\d{6}(?:\d{4})?(R?[CD])[A-Z]?([\d,]+)', 'g') WITH ORDINALITY AS x (m, n) WHERE s.name = %L ORDER BY x.n$$, s.name), s.name || ': every entry')
FROM sample AS s WHERE s.name IN ('abnamro', 'cmxl', 'february', 'volksbank');
SELECT results_eq($$SELECT pg_temp.lines('bai2')$$,
    $$SELECT CASE WHEN m[1] < '400' THEN 1 ELSE -1 END * m[2]::numeric FROM sample AS s CROSS JOIN LATERAL regexp_matches(s.content, '\n16,(\d+),(\d+)', 'g') WITH ORDINALITY AS x (m, n) WHERE s.name = 'bai2' ORDER BY x.n$$, 'bai2: every entry');
SELECT results_eq(format($$SELECT sum((r.fields ->> 'amount')::numeric) FROM sample AS s CROSS JOIN LATERAL ar.read_bank_file(s.content) AS r WHERE s.name = %L AND r.part = 'line' GROUP BY r.entry ORDER BY r.entry$$, s.name),
    format($$SELECT CASE m[2] WHEN 'DBIT' THEN -1 ELSE 1 END * m[1]::numeric FROM sample AS s CROSS JOIN LATERAL regexp_matches(s.content, '<Ntry>\s*(?:<NtryRef>[^<]*</NtryRef>\s*)?<Amt[^>]*>([\d.]+)</Amt>\s*<CdtDbtInd>(\w+)', 'g') WITH ORDINALITY AS x (m, n) WHERE s.name = %L ORDER BY x.n$$, s.name), s.name || ': every entry')
FROM sample AS s WHERE s.name LIKE 'camt%';

-- What balances is loaded; what does not says so.
SELECT is((SELECT concat_ws(' ', l.statements, l.lines, l.unchanged) FROM sample AS s CROSS JOIN LATERAL ar.load_bank_statement(:co, s.content) AS l WHERE s.name = v.name), v.expected, v.name || ' is loaded')
FROM (VALUES ('bai2', '2 17 0'), ('camt 4', '1 32 0'), ('cmxl', '3 16 0'), ('volksbank', '8 12 0'), ('volksbank', '0 0 8')) AS v (name, expected);
SELECT is((SELECT string_agg(concat_ws(' ', f.file_line, f.field, f.sqlstate), ', ' ORDER BY f.file_line) FROM sample AS s CROSS JOIN LATERAL ar.check_bank_statement(:co, s.content) AS f WHERE s.name = v.name), v.expected, v.name || ' is refused')
FROM (VALUES ('february', '6 value_on 22007'), ('abnamro', '4 closing_balance 23514, 32 closing_balance 23514'), ('camt 2', '26 closing_balance 23514')) AS v (name, expected);
SELECT is((SELECT string_agg(l.payer_name || '/' || l.payer_account, ', ' ORDER BY l.bank_line_id) FROM receivables.bank_line AS l JOIN receivables.bank_statement AS s USING (company_id, bank_statement_id)
           WHERE s.format = 'mt940' AND l.payer_account LIKE 'DE%' AND l.amount = 65), 'Olivia Dorn/DE40500105174675974588, Yasmin OENOEGLUE/DE16500105178726218653, Heinz Schoen/DE29500105179614179699', 'payers of field 86');
SELECT is((SELECT count(*) FROM receivables.bank_line AS l WHERE l.duplicate_of_bank_line_id IS NOT NULL), 0::bigint, 'nothing is taken to be double');
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');
\else
SELECT skip('no ../shared/data/bank', 1);
\endif
SELECT * FROM finish();
ROLLBACK;
