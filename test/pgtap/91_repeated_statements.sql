-- Statements that tell of the same money under another hash, statements in pages, totals that are stated.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
SELECT ar.create_company('RS', 'Repeated statements', 'EUR') AS co \gset
SELECT set_config('test.co', :'co', true) = :'co' AS co_set \gset
CREATE FUNCTION pg_temp.co() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT current_setting('test.co')::bigint$$;
-- What loading answers, or its error.
CREATE FUNCTION pg_temp.load(content text, mapping jsonb DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
    hint   text;
BEGIN
    SELECT format('%s new, %s lines, %s known', l.statements, l.lines, l.unchanged) INTO result FROM ar.load_bank_statement(pg_temp.co(), content, NULL, mapping) AS l;
    RETURN result;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN SQLSTATE || ' ' || regexp_replace(SQLERRM, ' on \d{4}-\d\d-\d\d( \d\d:\d\d)?$', '') || CASE WHEN hint LIKE '%overlap%' THEN ' (hint)' ELSE '' END;
END;
$$;
CREATE FUNCTION pg_temp.open(account text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(trim_scale(l.open_amount)::text, ' ' ORDER BY l.bank_line_id)
    FROM receivables.bank_line AS l JOIN receivables.bank_statement AS s USING (company_id, bank_statement_id) WHERE s.account = open.account$$;
-- A BAI2 file of 30 June 2025 with one account, its sums counted.
CREATE FUNCTION pg_temp.bai2(account text, balances text, VARIADIC entries text[]) RETURNS text LANGUAGE sql AS $$
    SELECT format(E'01,BANK,US,250701,0800,1,80,1,2/\n02,US,BANK,1,250630,2359,EUR,2/\n03,%1$s,EUR%2$s/\n%3$s\n49,%4$s,%5$s/\n98,%4$s,1,%6$s/\n99,%4$s,1,%7$s/',
        account, balances, (SELECT string_agg('16,' || e, E'\n') FROM unnest(entries) AS e),
        (SELECT coalesce(sum(m[1]::numeric), 0) FROM regexp_matches(balances, ',01[05],(\d+)', 'g') AS m) + (SELECT sum(split_part(e, ',', 2)::numeric) FROM unnest(entries) AS e),
        cardinality(entries) + 2, cardinality(entries) + 4, cardinality(entries) + 6)$$;
-- A camt.053 of 30 June 2025: balances as code:amount, entries as amount:reference:text.
CREATE FUNCTION pg_temp.camt(account text, number text, balances text[], entries text[], extra text DEFAULT '') RETURNS text LANGUAGE sql AS $$
    SELECT format('<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Id>%s</Id>%s<ElctrncSeqNb>%s</ElctrncSeqNb><Acct><Id><Othr><Id>%s</Id></Othr></Id><Ccy>EUR</Ccy></Acct>%s%s</Stmt></BkToCstmrStmt></Document>',
        number, CASE WHEN extra LIKE '<StmtPgntn>%' THEN extra ELSE '' END, number, account,
        (SELECT string_agg(format('<Bal><Tp><CdOrPrtry><Cd>%s</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">%s</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2025-06-30</Dt></Dt></Bal>',
                split_part(b, ':', 1), split_part(b, ':', 2)), '' ORDER BY n) FROM unnest(balances) WITH ORDINALITY AS x (b, n))
        || CASE WHEN extra LIKE '<StmtPgntn>%' THEN '' ELSE extra END,
        (SELECT string_agg(format('<Ntry><Amt Ccy="EUR">%s</Amt><CdtDbtInd>%s</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2025-06-30</Dt></BookgDt><AcctSvcrRef>%s</AcctSvcrRef><AddtlNtryInf>%s</AddtlNtryInf></Ntry>',
                ltrim(split_part(e, ':', 1), '-'), CASE WHEN e LIKE '-%' THEN 'DBIT' ELSE 'CRDT' END, split_part(e, ':', 2), split_part(e, ':', 3)), '' ORDER BY n) FROM unnest(entries) WITH ORDINALITY AS x (e, n)))$$;

-- BAI2: never numbered
SELECT is(pg_temp.load(pg_temp.bai2('B', ',010,10000,,,015,25000,,', '165,15000,0,B1,,INV-5/')), '1 new, 1 lines, 0 known', 'BAI2 is loaded');
SELECT is(pg_temp.load(pg_temp.bai2('B', ',010,10000,,,015,25000,,', '165,15000,0,B1,,INV-6/')),
          '23505 bank statement refused: line 3: the statement of account B closing on 2025-06-30 was loaded before, with other contents, as bai2, bank statement '
          || (SELECT max(s.bank_statement_id) FROM receivables.bank_statement AS s) || ', and tells of the same money (hint)', 'corrected, with the same balances and amounts, it is refused');
SELECT is((SELECT count(*) FROM receivables.bank_statement AS s WHERE s.account = 'B'), 1::bigint, 'and nothing is loaded');
SELECT matches(pg_temp.load(pg_temp.bai2('B', ',010,10000,,,015,25000,,', '165,14000,0,B1,,INV-5/', '165,1000,0,B2,,INV-6/')), '^23505.*same money', 'nor with a line in two parts');
SELECT is(pg_temp.load(pg_temp.bai2('B', ',010,25000,,,015,40000,,', '165,15000,0,B1,,INV-5/')), '1 new, 1 lines, 0 known', 'the next statement of the day, with the same amount, is other money');
SELECT is(pg_temp.load(pg_temp.bai2('B', ',010,10000,,,015,25000,,', '165,15000,0,B9,,INV-5/')), '1 new, 1 lines, 0 known', 'so is one whose entries the bank gave other references');
SELECT matches(pg_temp.load(pg_temp.bai2('B', ',010,10000,,,015,27000,,', '165,15000,0,B1,,INV-5/', '165,2000,0,B7,,INV-7/')), '^23505.*line 4: .*same money', 'one from the same opening balance that tells of a line again is refused');
SELECT is(pg_temp.load(pg_temp.bai2('B', ',010,10000,,,015,27000,,', '165,15000,0,B1,,INV-5/', '165,2000,0,B7,,INV-7/'), '{"overlap": "double"}'), '1 new, 2 lines, 0 known', 'but loaded where such lines count once');
SELECT is(pg_temp.open('B'), '150 150 150 0 20', 'and only what is new is open');
SELECT is(pg_temp.load(pg_temp.bai2('B2', '', '165,15000,0,,,INV-5/')), '1 new, 1 lines, 0 known', 'BAI2 without balances');
SELECT is(pg_temp.load(pg_temp.bai2('B2', '', '165,15000,0,,,INV-6/')), '1 new, 1 lines, 0 known', 'another line of it is other money');
SELECT matches(pg_temp.load(pg_temp.bai2('B2', '', '165,15000,0,,,INV-6/', '165,20,0,,,INV-7/')), '^23505', 'the same line with one more is not');

-- The same day in two formats, numbered as each does
SELECT is(pg_temp.load(E':20:X\n:25:M\n:28C:00007/001\n:60F:C250630EUR100,\n:61:250630C50,NTRFNONREF//R1\n:86:INV-1\n:61:250630D5,NTRFNONREF//R2\n:62F:C250630EUR145,\n-'), '1 new, 2 lines, 0 known', 'MT940 is loaded');
SELECT matches(pg_temp.load(pg_temp.camt('M', '7', '{OPBD:100.00,CLBD:145.00}', '{50.00:X1:INV-1,-5.00:X2:fee}')), '^23505.*loaded before.*as mt940', 'its day as CAMT is refused');
SELECT is(pg_temp.load(pg_temp.camt('M', '8', '{OPBD:145.00,CLBD:190.00}', '{50.00:X1:INV-1,-5.00:X2:fee}')), '1 new, 2 lines, 0 known', 'the next statement of the day is not');
SELECT is(pg_temp.load(pg_temp.camt('M', '9', '{OPBD:190.00,CLBD:190.00}', '{}')), '1 new, 0 lines, 0 known', 'a statement without lines');
SELECT is(pg_temp.load(pg_temp.camt('M', '10', '{OPBD:190.00,CLBD:190.00}', '{}')), '1 new, 0 lines, 0 known', 'tells of no money a second time');
SELECT matches(pg_temp.load(pg_temp.camt('M', '11', '{OPBD:145.00,CLBD:190.00}', '{50.00:X1:INV-2,-5.00:X2:fee}')), '^23505', 'under another number it is the same money');
SELECT is(pg_temp.load(pg_temp.camt('M', '11', '{OPBD:145.00,CLBD:190.00}', '{50.00:X7:INV-2,-5.00:X8:fee}')), '1 new, 2 lines, 0 known', 'unless each entry has a reference of its own');
-- Notifications tell of it too, as ever
SELECT is(pg_temp.load(E':20:X\n:25:M\n:28C:1\n:34F:EUR0,\n:13D:2506301200+0000\n:61:250630C50,NTRFNONREF//R1\n:90C:1EUR50,\n-'), '1 new, 1 lines, 0 known', 'MT942 is loaded');
SELECT is(pg_temp.load(E':20:X\n:25:M\n:28C:2\n:34F:EUR0,\n:13D:2506301400+0000\n:61:250630C50,NTRFNONREF//R1\n:61:250630C60,NTRFNONREF//R6\n:90C:2EUR110,\n-'), '1 new, 2 lines, 0 known', 'and the next, that says it again');
SELECT is(pg_temp.open('M'), '50 -5 50 -5 50 -5 0 0 60', 'nothing is open twice');

-- CSV without balances
SELECT '{"account": {"value": "CSV"}, "currency": {"value": "EUR"}, "booked_on": "D", "amount": "A", "remittance_text": "T"}' AS mapping \gset
SELECT is(pg_temp.load(E'D,A,T\n2025-06-30,50.00,INV-1\n2025-06-30,60.00,INV-2\n', :'mapping'), '1 new, 2 lines, 0 known', 'CSV is loaded');
SELECT matches(pg_temp.load(E'D,A,T\n2025-06-30,50.00,INV-1\n2025-06-30,60.00,INV-2\n2025-06-30,70.00,INV-3\n', :'mapping'), '^23505 bank statement refused: line 2: .*hint', 'with one line more it is refused');
SELECT matches(pg_temp.load(E'D,A,T\n2025-06-30,60.00,INV-2\n', :'mapping'), '^23505', 'and with one less');
SELECT matches(pg_temp.load(E'D,A,T\n2025-06-30,50.00,INV-1x\n2025-06-30,60.00,INV-2x\n', :'mapping'), '^23505', 'and with another text');
SELECT matches(pg_temp.load(E'D,A,T\n2025-06-30,60.0,INV-2\n2025-07-01,50.00,INV-1\n', :'mapping'), '^23505', 'and where a part of it is told again');
SELECT is(pg_temp.load(E'D,A,T\n2025-06-30,50.00,INV-9\n', :'mapping'), '1 new, 1 lines, 0 known', 'another text is other money');
SELECT is(pg_temp.load(E'D,A,T\n2025-06-30,60.00,INV-2\n2025-06-30,60.00,INV-2\n2025-07-01,50.00,INV-1\n', :'mapping'::jsonb || '{"overlap": "double"}'), '1 new, 3 lines, 0 known', 'where the caller says so, a line told before counts once');
SELECT is(pg_temp.open('CSV'), '50 60 50 0 60 50', 'and the first is the first');
SELECT is(pg_temp.load(E'D,A,T\n2025-06-30,50.00,INV-1\n', :'mapping'::jsonb || '{"overlap": "load"}'), '1 new, 1 lines, 0 known', 'or it is other money');
SELECT is(pg_temp.open('CSV'), '50 60 50 0 60 50 50', 'which is open');
SELECT is(pg_temp.load(E'D,A,T\n2025-06-30,50.00,INV-1\n2025-06-30,60.00,INV-2\n', :'mapping'), '0 new, 0 lines, 1 known', 'what was loaded changes nothing whatever came later');
SELECT is(pg_temp.load(E'D,A,T\n2025-06-30,50.00,INV-1\n', :'mapping'::jsonb || '{"overlap": "perhaps"}'), '22023 overlap is refuse, double or load', 'and nothing else can be said');
SELECT is(pg_temp.load('[{"account": "J", "currency": "EUR", "booked_on": "2025-06-30", "amount": 5, "remittance_text": "a"}]'), '1 new, 1 lines, 0 known', 'jsonb is loaded');
SELECT is(pg_temp.load('[{"account": "J", "currency": "EUR", "booked_on": "2025-06-30", "amount": 5, "remittance_text": "a"}, {"account": "J", "currency": "EUR", "booked_on": "2025-06-30", "amount": 6}]', '{"overlap": "double"}'), '1 new, 2 lines, 0 known', 'fields go by their own names with it');
SELECT is(pg_temp.open('J'), '5 0 6', 'jsonb: a line told before is double');
-- Totals that are stated: number and sum of entries
CREATE FUNCTION pg_temp.faults(content text, mapping jsonb DEFAULT NULL) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(string_agg(concat_ws(' ', f.file_line, f.field, f.sqlstate, f.reason), ', ' ORDER BY f.file_line, f.field, f.reason), 'none') FROM ar.check_bank_statement(pg_temp.co(), content, NULL, mapping) AS f$$;
-- 10 + 20.50 are credits; 5 and the reversal of a credit of 2 are debits; 7 is expected.
CREATE FUNCTION pg_temp.mt942(totals text, number text DEFAULT '1') RETURNS text LANGUAGE sql AS $$
    SELECT format(E':20:X\n:25:T\n:28C:%s\n:34F:EUR0,\n:13D:2506301200+0000\n:61:250630C10,NTRFA//1\n:61:250630D5,NTRFB//2\n:61:250630RC2,NTRFC//3\n:61:250630C20,50NTRFD//4\n:61:250630EC7,NTRFE//5\n%s\n-\n', number, totals)$$;
SELECT is(pg_temp.faults(pg_temp.mt942(totals)), expected, 'MT942: ' || name)
FROM (VALUES (E':90D:2EUR7,\n:90C:2EUR30,50', 'none', 'the totals of what is booked'),
             (E':90C:00003EUR37,5', 'none', 'and of all there is'),
             (':86:none', 'none', 'none are stated'),
             (':90D:3EUR7,', '11 90D 23514 number of debits is stated as 3, counted as 2', 'a number that is not the lines'''),
             (E':90D:2EUR7,\n:90C:2EUR30,', '12 90C 23514 sum of credits is stated as 30, counted as 30.50', 'a sum that is not the lines'''),
             (':90C:2USD30,50', '11 90C 23514 the sum of credits is in USD, the account in EUR', 'another currency'),
             (':90C:two', '11 90C 22P02 field :90C: "two" is no number and sum of entries', 'no total')) AS v (totals, expected, name);
SELECT is(pg_temp.faults(pg_temp.mt942(':86:x', '5/1') || pg_temp.mt942(E':90D:4EUR14,\n:90C:4EUR61,', '5/2')), 'none', 'MT942: the last message may say what all of its number come to');
SELECT is(pg_temp.faults(pg_temp.mt942(':86:x', '5/1') || pg_temp.mt942(E':90D:4EUR14,\n:90C:5EUR61,', '6/1')),
          '23 90D 23514 number of debits is stated as 4, counted as 2, 23 90D 23514 sum of debits is stated as 14, counted as 7, 24 90C 23514 number of credits is stated as 5, counted as 2, 24 90C 23514 sum of credits is stated as 61, counted as 30.50', 'MT942: not so of another');
-- 50 + 30 - 5
CREATE FUNCTION pg_temp.summed(summary text) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.camt('T', '1', '{OPBD:0.00,CLBD:75.00}', '{50.00:a:,30.00:b:,-5.00:c:}', '<TxsSummry>' || summary || '</TxsSummry>')$$;
SELECT is(pg_temp.faults(pg_temp.summed(summary)), expected, 'camt: ' || name)
FROM (VALUES ('<TtlNtries><NbOfNtries>3</NbOfNtries><Sum>85.00</Sum><TtlNetNtry><Amt>75.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></TtlNetNtry></TtlNtries><TtlCdtNtries><NbOfNtries>2</NbOfNtries><Sum>80.00</Sum></TtlCdtNtries><TtlDbtNtries><NbOfNtries>1</NbOfNtries><Sum>5</Sum></TtlDbtNtries>', 'none', 'a summary that is right'),
             ('<TtlNtries><NbOfNtries>4</NbOfNtries><Sum>86.00</Sum><TtlNetNtryAmt>-75.00</TtlNetNtryAmt></TtlNtries>', '1 TtlNtries 23514 net amount of entries is stated as -75.00, counted as 75.00, 1 TtlNtries 23514 number of entries is stated as 4, counted as 3, 1 TtlNtries 23514 sum of entries is stated as 86.00, counted as 85.00', 'all entries'),
             ('<TtlNtries><TtlNetNtryAmt>75.00</TtlNetNtryAmt><CdtDbtInd>DBIT</CdtDbtInd></TtlNtries>', '1 TtlNtries 23514 net amount of entries is stated as -75.00, counted as 75.00', 'the sign of the net amount'),
             ('<TtlCdtNtries><NbOfNtries>3</NbOfNtries></TtlCdtNtries><TtlDbtNtries><Sum>6</Sum></TtlDbtNtries>', '1 TtlCdtNtries 23514 number of credits is stated as 3, counted as 2, 1 TtlDbtNtries 23514 sum of debits is stated as 6, counted as 5.00', 'credits and debits'),
             ('<TtlDbtNtries><Sum>x</Sum></TtlDbtNtries>', '1 TtlDbtNtries 22P02 sum of debits is stated as "x"', 'no amount')) AS v (summary, expected, name);
SELECT is(pg_temp.faults(pg_temp.camt('T', '1', balances, '{50.00:a:}')), expected, 'camt.053: ' || name)
FROM (VALUES ('{OPAV:1.00}'::text[], '1 opening_balance 22P02 the statement has no opening balance: the file is cut off, or broken', 'no balance'),
             ('{OPBD:1.00}', '1 closing_balance 22P02 the statement has no closing balance: the file is cut off, or broken', 'no closing balance'),
             ('{OPBD:1.00,ITBD:51.00}', 'none', 'an interim balance closes'),
             ('{ITBD:1.00,CLBD:51.00}', 'none', 'or opens'), ('{ITBD:1.00,ITBD:51.00}', 'none', 'or both'),
             ('{ITBD:1.00}', '1 opening_balance 22P02 the statement has no opening balance: the file is cut off, or broken', 'but one is not both'),
             ('{PRCD:1.00,ITBD:7.00,CLBD:51.00}', 'none', 'and none between')) AS v (balances, expected, name);

-- A camt.053 in pages
CREATE FUNCTION pg_temp.page(number text, page integer, is_last boolean, balances text[], entries text[]) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.camt('P', number, balances, entries, format('<StmtPgntn><PgNb>%s</PgNb><LastPgInd>%s</LastPgInd></StmtPgntn>', page, is_last::text))$$;
SELECT is(pg_temp.load(pg_temp.page('7', 1, false, '{OPBD:100.00,ITBD:150.00}', '{50.00:P1:x}')), '1 new, 1 lines, 0 known', 'page 1 is loaded');
SELECT is(pg_temp.load(pg_temp.page('7', 2, true, '{ITBD:150.00,CLBD:200.00}', '{50.00:P2:x}')), '1 new, 1 lines, 0 known', 'then page 2');
SELECT is(pg_temp.load(pg_temp.page('7', 2, true, '{ITBD:150.00,CLBD:200.00}', '{50.00:P2:x}')), '0 new, 0 lines, 1 known', 'which changes nothing a second time');
SELECT matches(pg_temp.load(pg_temp.page('7', 2, true, '{ITBD:150.00,CLBD:201.00}', '{51.00:P2:x}')), '^23505 .*statement 7/2 of account P', 'and is refused with other contents');
SELECT is(pg_temp.load(pg_temp.page('8', 2, true, '{CLBD:300.00}', '{50.00::x,50.00::y}')), '23503 bank statement refused: line 1: page 1 of statement 8 of account P is not loaded', 'a page without its opening balance needs those before');
SELECT is(pg_temp.load(pg_temp.page('8', 1, false, '{OPBD:100.00}', '{50.00::x,50.00::y}')), '1 new, 2 lines, 0 known', 'the first need not close');
SELECT is(pg_temp.load(pg_temp.page('8', 2, true, '{CLBD:301.00}', '{50.00::x,50.00::y}')), '23514 bank statement refused: line 1: opening balance 100 and lines of 200 on 2 pages come to 300, the closing balance is 301: a difference of 1', 'the last closes all of them');
SELECT is(pg_temp.load(pg_temp.page('8', 2, true, '{CLBD:300.00}', '{50.00::x,50.00::y}')), '1 new, 2 lines, 0 known', 'and is loaded, though it looks like the first');
SELECT is((SELECT string_agg(s.statement_number, ' ' ORDER BY s.bank_statement_id) FROM receivables.bank_statement AS s WHERE s.account = 'P'), '7/1 7/2 8/1 8/2', 'pages are numbered');
SELECT is(pg_temp.load(pg_temp.page('9', 1, true, '{OPBD:300.00,CLBD:310.00}', '{10.00:P9:z}')), '1 new, 1 lines, 0 known', 'an only page is no page');
SELECT is((SELECT s.statement_number FROM receivables.bank_statement AS s WHERE s.account = 'P' ORDER BY s.bank_statement_id DESC LIMIT 1), '9', 'of a statement');
SELECT is(pg_temp.load(replace(pg_temp.page('10', 1, false, '{OPBD:310.00}', '{1.00:Q1:z}'), '</Stmt></BkToCstmrStmt></Document>', '') || '</Stmt>'
                       || regexp_replace(pg_temp.page('10', 2, true, '{CLBD:313.00}', '{2.00:Q2:z}'), '^.*<BkToCstmrStmt>', '')), '2 new, 2 lines, 0 known', 'both pages in one file');

-- What the bank keeps of a batch
SELECT is(pg_temp.load(replace(pg_temp.camt('K', '1', '{OPBD:0.00,CLBD:198.00}', '{198.00:K1:}'), '<AddtlNtryInf>',
    '<Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">2.00</TtlChrgsAndTaxAmt></Chrgs><NtryDtls><TxDtls><Amt Ccy="EUR">150.00</Amt></TxDtls><TxDtls><Amt Ccy="EUR">50.00</Amt></TxDtls></NtryDtls><AddtlNtryInf>')),
    '1 new, 3 lines, 0 known', 'camt: a batch less charges is loaded');
SELECT is((SELECT string_agg(concat_ws(' ', l.amount, l.entry_amount, l.entry_reference, l.remittance_text), ', ' ORDER BY l.bank_line_id)
           FROM receivables.bank_line AS l JOIN receivables.bank_statement AS s USING (company_id, bank_statement_id) WHERE s.account = 'K'),
          '150.00 198.00 K1, 50.00 198.00 K1, -2.00 198.00 K1 Charges', 'and the charges are a line of its own');

-- CSV: each row has the cells of the header
SELECT is(pg_temp.faults(content, :'mapping'), expected, 'CSV: ' || name)
FROM (VALUES (E'D,A,T\n2025-06-30,50.00,x\n2025-06-30,50.00\n', '3 22P02 the row has 2 cells, the header 3', 'too few cells'),
             (E'D,A,T\n2025-06-30,1,50,INV-1\n2025-06-30,50.00,y\n', '2 22P02 the row has 4 cells, the header 3', 'too many cells'),
             (E'D,A,T\n2025-06-30,50.00,\n2025-06-30,51.00,z,,\n', 'none', 'empty cells at the end'),
             (E'D,A,T,\n2025-06-30,50.00,x\n2025-06-30,51.00,y,z\n', 'none', 'columns without a name at the end')) AS v (content, expected, name);
SELECT is(pg_temp.faults(E'2025-06-30,50.00,x\n2025-06-30,50.00\n', '{"header": false, "account": {"value": "H"}, "currency": {"value": "EUR"}, "booked_on": 1, "amount": 2}'), '2 22P02 the row has 2 cells, the first 3', 'CSV: without a header, of the first row');
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');
SELECT * FROM finish();
ROLLBACK;
