-- Bank statements: what files say, what is refused, what is loaded and kept.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
SELECT ar.create_company('BK', 'Bank test', 'EUR') AS co \gset
SELECT set_config('test.co', :'co', true) = :'co' AS co_set \gset
CREATE FUNCTION pg_temp.co() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT current_setting('test.co')::bigint$$;
INSERT INTO receivables.customer (company_id, customer_number, name) VALUES (:co, 'C1', 'First');
CREATE TEMP TABLE file (name text PRIMARY KEY, content text, mapping jsonb);
CREATE FUNCTION pg_temp.file(name text) RETURNS text LANGUAGE sql STABLE AS $$SELECT f.content FROM file AS f WHERE f.name = file.name$$;
CREATE FUNCTION pg_temp.put(name text, content text, mapping jsonb DEFAULT NULL) RETURNS void LANGUAGE sql AS $$
    INSERT INTO file VALUES (name, content, mapping)$$;
-- The lines of a file: amount and some fields of each.
CREATE FUNCTION pg_temp.lines(name text, VARIADIC fields text[] DEFAULT '{amount}') RETURNS text LANGUAGE sql STABLE AS $$
    SELECT string_agg((SELECT string_agg(coalesce(r.fields ->> x.name, '-'), ' | ' ORDER BY x.n) FROM unnest(lines.fields) WITH ORDINALITY AS x (name, n)), E'\n' ORDER BY r.n)
    FROM file AS f CROSS JOIN LATERAL ar.read_bank_file(f.content, NULL, f.mapping) WITH ORDINALITY AS r (file_line, statement, entry, part, fields, n)
    WHERE f.name = lines.name AND r.part = 'line'$$;
CREATE FUNCTION pg_temp.heads(name text, VARIADIC fields text[] DEFAULT '{account,statement_number,opening_balance,closing_balance}') RETURNS text LANGUAGE sql STABLE AS $$
    SELECT string_agg((SELECT string_agg(coalesce(r.fields ->> x.name, '-'), ' | ' ORDER BY x.n) FROM unnest(heads.fields) WITH ORDINALITY AS x (name, n)), E'\n' ORDER BY r.statement)
    FROM file AS f CROSS JOIN LATERAL ar.read_bank_file(f.content, NULL, f.mapping) AS r WHERE f.name = heads.name AND r.part = 'statement'$$;
CREATE FUNCTION pg_temp.faults(name text, find text DEFAULT NULL, put text DEFAULT '') RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(string_agg(concat_ws(' ', f.file_line, f.field, f.sqlstate), ', ' ORDER BY f.file_line, f.field, f.sqlstate), 'none')
    FROM file AS x CROSS JOIN LATERAL ar.check_bank_statement(pg_temp.co(), CASE WHEN find IS NULL THEN x.content ELSE replace(x.content, find, put) END, NULL, x.mapping) AS f
    WHERE x.name = faults.name$$;
CREATE FUNCTION pg_temp.load(name text) RETURNS text LANGUAGE sql AS $$
    SELECT format('%s new, %s lines, %s known', l.statements, l.lines, l.unchanged)
    FROM file AS x CROSS JOIN LATERAL ar.load_bank_statement(pg_temp.co(), x.content, NULL, x.mapping) AS l WHERE x.name = load.name$$;
CREATE FUNCTION pg_temp.sound(name text) RETURNS text LANGUAGE sql AS $$SELECT is_empty('SELECT * FROM ar.check_ledger()', name)$$;

-- camt.053: a plain credit with two texts, a batch of two, a reversal, a pending entry, a payment with advice.
SELECT pg_temp.put('camt', $file$<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">
<BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId></GrpHdr>
<Stmt><Id>S-1</Id><ElctrncSeqNb>7</ElctrncSeqNb>
<Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">100.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2025-03-01</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">410.50</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2025-03-03</Dt></Dt></Bal>
<Ntry><Amt Ccy="EUR">119.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2025-03-03</Dt></BookgDt><ValDt><Dt>2025-03-04</Dt></ValDt><AcctSvcrRef>A1</AcctSvcrRef>
<NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>
<Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">1.50</TtlChrgsAndTaxAmt></Chrgs>
<RltdPties><Dbtr><Pty><Nm>M&#252;ller &amp; Co</Nm></Pty></Dbtr><DbtrAcct><Id><IBAN>DE02 1001 0010 0006 8201 01</IBAN></Id></DbtrAcct></RltdPties>
<RmtInf><Ustrd>Invoice</Ustrd><Ustrd>INV-1</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
<!-- <Ntry> is no entry
here -->
<Ntry><Amt Ccy="EUR">200.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2025-03-03</Dt></BookgDt><AcctSvcrRef>A2</AcctSvcrRef>
<NtryDtls><TxDtls><Refs><AcctSvcrRef>A2-1</AcctSvcrRef><EndToEndId>E1</EndToEndId></Refs><Amt Ccy="EUR">150.00</Amt>
<RmtInf><Strd><CdtrRefInf><Ref>RF18539007547034</Ref></CdtrRefInf></Strd></RmtInf></TxDtls>
<TxDtls><Refs><AcctSvcrRef>A2-2</AcctSvcrRef></Refs><Amt Ccy="EUR">50.00</Amt>
<RmtInf><Strd><RfrdDocInf><Tp><CdOrPrtry><Cd>CINV</Cd></CdOrPrtry></Tp><Nb>INV-2</Nb></RfrdDocInf><RfrdDocAmt><RmtdAmt Ccy="EUR">60.00</RmtdAmt></RfrdDocAmt></Strd>
<Strd><RfrdDocInf><Tp><CdOrPrtry><Cd>CREN</Cd></CdOrPrtry></Tp><Nb>CN-1</Nb></RfrdDocInf><RfrdDocAmt><RmtdAmt Ccy="EUR">10.00</RmtdAmt></RfrdDocAmt></Strd></RmtInf></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="EUR">8.50</Amt><CdtDbtInd>DBIT</CdtDbtInd><RvslInd>true</RvslInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2025-03-03</Dt></BookgDt>
<NtryDtls><TxDtls><RltdPties><Dbtr><Pty><Nm>Payer</Nm></Pty></Dbtr><Cdtr><Pty><Nm>We</Nm></Pty></Cdtr></RltdPties></TxDtls></NtryDtls><AddtlNtryInf>returned</AddtlNtryInf></Ntry>
<Ntry><Amt Ccy="EUR">77.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>PDNG</Cd></Sts><BookgDt><Dt>2025-03-03</Dt></BookgDt></Ntry>
</Stmt></BkToCstmrStmt></Document>
$file$);
SELECT is(pg_temp.heads('camt'), 'DE89370400440532013000 | 7 | 100.00 | 410.50', 'camt: account, number, balances');
SELECT is(pg_temp.lines('camt', 'amount', 'entry_amount', 'booked_on', 'value_on', 'entry_reference', 'bank_reference'),
          E'119.00 | 119.00 | 2025-03-03 | 2025-03-04 | A1 | A1\n150.00 | 200.00 | 2025-03-03 | 2025-03-03 | A2 | A2-1\n50.00 | 200.00 | 2025-03-03 | 2025-03-03 | A2 | A2-2\n-8.50 | -8.50 | 2025-03-03 | 2025-03-03 | - | -',
          'camt: payments of a batch are lines, a pending entry is none, a reversal has the sign of its booking');
SELECT is(pg_temp.lines('camt', 'payer_name', 'payer_account', 'charge_amount', 'end_to_end_id', 'structured_reference', 'remittance_text'),
          E'M\u00fcller & Co | DE02100100100006820101 | 1.50 | - | - | Invoice INV-1\n- | - | - | E1 | RF18539007547034 | -\n- | - | - | - | - | -\nPayer | - | - | - | - | returned',
          'camt: names, accounts, charges, references, texts');
SELECT is(pg_temp.lines('camt', 'remittance'), E'-\n-\n[{"amount": "60.00", "reference": "INV-2"}, {"amount": "-10.00", "reference": "CN-1"}]\n-', 'camt: advice, credit notes negative');
SELECT is((SELECT string_agg(r.file_line::text, ' ' ORDER BY r.n) FROM ar.read_bank_file(pg_temp.file('camt')) WITH ORDINALITY AS r (file_line, statement, entry, part, fields, n)), '4 8 15 15 21', 'camt: the line of the file, comments left out');
SELECT is(pg_temp.faults('camt'), 'none', 'camt: sound');
SELECT pg_temp.put('camt2', replace(replace(pg_temp.file('camt'), 'camt.053.001.08', 'camt.053.001.02'), '<Sts><Cd>BOOK</Cd></Sts>', '<Sts>BOOK</Sts>'));
SELECT is(pg_temp.lines('camt2'), pg_temp.lines('camt'), 'camt: an older version with plain status');
SELECT is((SELECT jsonb_agg(r.fields) FROM ar.read_bank_file(regexp_replace(replace(pg_temp.file('camt'), ' xmlns="', ' xmlns:n="'), '<(/?)(?=[A-Z])', '<\1n:', 'g')) AS r),
          (SELECT jsonb_agg(r.fields) FROM ar.read_bank_file(pg_temp.file('camt')) AS r), 'camt: elements with a prefix');
SELECT is((SELECT jsonb_agg(r.fields) FROM ar.read_bank_file(replace(pg_temp.file('camt'), ' xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"', '')) AS r),
          (SELECT jsonb_agg(r.fields) FROM ar.read_bank_file(pg_temp.file('camt')) AS r), 'camt: no namespace at all');
SELECT is(pg_temp.faults('camt', find, put), expected, name)
FROM (VALUES ('410.50', '410.51', '4 closing_balance 23514', 'camt: balances that disagree'),
             ('<Amt Ccy="EUR">50.00', '<Amt Ccy="EUR">49.00', '4 closing_balance 23514, 15 amount 23514', 'camt: a batch that does not come to its entry'),
             ('<Dt>2025-03-04', '<Dt>2025-02-30', '8 value_on 22007', 'camt: an impossible date'),
             ('Ccy="EUR">119.00', 'Ccy="USD">119.00', '8 currency 23514', 'camt: an entry in another currency'),
             ('EUR', 'EUX', '4 currency 23503', 'camt: an unknown currency'),
             ('119.00', '1x9', '8 amount 22P02', 'camt: no amount'),
             ('119.00', '119.001', '4 closing_balance 23514, 8 amount 23514', 'camt: too many decimals'),
             ('CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2025-03-03</Dt></BookgDt><ValDt>', 'X</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2025-03-03</Dt></BookgDt><ValDt>', '8 CdtDbtInd 22P02', 'camt: neither credit nor debit'),
             ('<IBAN>DE89370400440532013000</IBAN>', '', '4 account 23502', 'camt: no account'),
             ('BkToCstmrStmt', 'Other', '1 22023', 'camt: another message')) AS v (find, put, expected, name);
SELECT matches(pg_temp.faults('camt', '</Stmt>'), '^2\d 2200M$', 'camt: malformed XML names the line');
SELECT is((SELECT f.sqlstate FROM ar.check_bank_statement(:co, left(pg_temp.file('camt'), 1500)) AS f), '2200M', 'camt: cut off');
SELECT is((SELECT f.sqlstate FROM ar.check_bank_statement(:co, E'<?xml version="1.0"?>\n<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><Document><BkToCstmrStmt>&b;</BkToCstmrStmt></Document>') AS f), '2200M', 'camt: entities are not expanded');

-- MT940: two statements, subfields, reversal, entry date of the next year, envelope, continued lines.
SELECT pg_temp.put('mt940', $file${1:F01BANKDEFFAXXX0000000000}{2:I940BANKDEFFXXXXN}{4:
:20:STARTUMS
:25:37040044/532013000
:28C:00012/001
:60F:C241231EUR1000,
:61:2412310102CR250,5NTRFE-77//B-1
/CHGS/EUR1,5
:86:166?00UEBERWEISUNG?109310?20EREF+E-77?21SVWZ+Rechnung INV-4?2271?30HEISDE66?31DE02
100100100006820101?32Muster?33mann GmbH?34992
:61:250102RD20,00NMSC
:86:plain text of a full line, which is to say sixty-five characters of te
xt and more
short
:61:250102RC10,00NMSC
:62F:C250102EUR1260,5
-}
{1:F01BANKDEFFAXXX0000000000}{2:I940BANKDEFFXXXXN}{4:
:20:STARTUMS
:25:37040044/532013000
:28C:00012/002
:60M:C250102EUR1260,50
:61:2501030103D60,50FMSCNONREF
:86:/TRTP/SEPA OVERBOEKING/IBAN/NL26VAYB8060476890/BIC/VAYBNL2A/NAME/J. Jansen/REMI/Factuur 1
2/EREF/NOTPROVIDED
:62M:C250103EUR1200,00
-}$file$);
SELECT is(pg_temp.heads('mt940'), E'37040044/532013000 | 00012/001 | 1000 | 1260.5\n37040044/532013000 | 00012/002 | 1260.50 | 1200.00', 'MT940: pages are statements');
SELECT is(pg_temp.lines('mt940', 'amount', 'booked_on', 'value_on', 'transaction_code', 'bank_reference', 'end_to_end_id', 'charge_amount'),
          E'250.5 | 2025-01-02 | 2024-12-31 | 166 | B-1 | E-77 | 1.50\n20.00 | 2025-01-02 | 2025-01-02 | NMSC | - | - | -\n-10.00 | 2025-01-02 | 2025-01-02 | NMSC | - | - | -\n-60.50 | 2025-01-03 | 2025-01-03 | FMSC | - | - | -', 'MT940: signs of reversals, dates without a year');
SELECT is(pg_temp.lines('mt940', 'payer_name', 'payer_account', 'remittance_text'),
          E'Mustermann GmbH | DE02100100100006820101 | Rechnung INV-471\n- | - | plain text of a full line, which is to say sixty-five characters of te xt and more short\n- | - | -\nJ. Jansen | NL26VAYB8060476890 | Factuur 12', 'MT940: German subfields, Dutch code words, plain text');
SELECT is(pg_temp.faults('mt940'), 'none', 'MT940: sound');
SELECT is(pg_temp.faults('mt940', find, put), expected, name)
FROM (VALUES ('EUR1260,5' || E'\n', E'EUR1260,6\n', '2 closing_balance 23514', 'MT940: balances that disagree'),
             (':61:250102RD', ':61:250230RD', '10 booked_on 22007', 'MT940: 30 February'),
             (':60F:C241231', ':60F:C241331', '5 60F 22007', 'MT940: an impossible date of a balance'),
             (':61:250102RD20,00', ':61:250102XX20,00', '2 closing_balance 23514, 10 61 22P02', 'MT940: no line'),
             (':62F:C250102EUR1260,5', '', '2 62F 22P02', 'MT940: no closing balance'),
             (':60F:', ':60F:X', '2 closing_balance 23514, 2 currency 23502, 5 60F 22P02', 'MT940: no balance'),
             (':25:', ':24:', '2 25 23502, 18 25 23502', 'MT940: no account')) AS v (find, put, expected, name);
SELECT is((SELECT string_agg(f.field || ' ' || f.sqlstate, ', ') FROM ar.check_bank_statement(:co, left(pg_temp.file('mt940'), 300)) AS f), '62F 22P02', 'MT940: cut off');
SELECT is((SELECT string_agg((r.fields ->> 'format') || ' ' || (r.fields ->> 'currency'), ',') FROM ar.read_bank_file(E':20:X\n:25:A\n:28C:1\n:34F:EUR0,\n:13D:2501011200+0100\n:61:250101C5,NTRFNONREF//R\n:90D:0EUR0,\n:90C:1EUR5,\n-') AS r WHERE r.part = 'statement'), 'mt942 EUR', 'MT942 has no balances');

-- BAI2: 2 minor units; the sums are 500000 + 512345 + 15000 + 2655 and of the records.
SELECT pg_temp.put('bai2', $file$01,BANK,US,250305,0800,1,80,1,2/
02,US,BANK,1,250304,2359,USD,2/
03,0042,USD,010,500000,,,015,512345,,/
16,165,15000,V,250305,,B1,C1,INV-5, part
88,and more/
16,475,2655,S,1000,1000,655,B2,,CHECK 9/
16,890,,,,,information/
49,1030000,6/
98,1030000,1,8/
99,1030000,1,10/
$file$);
SELECT is(pg_temp.heads('bai2'), '0042 |  | 500000 | 512345', 'BAI2: balances as the file has them');
SELECT is(pg_temp.lines('bai2', 'amount', 'booked_on', 'value_on', 'bank_reference', 'end_to_end_id', 'remittance_text'),
          E'15000 | 2025-03-04 | 2025-03-05 | B1 | C1 | INV-5, part and more\n-2655 | 2025-03-04 | 2025-03-04 | B2 | - | CHECK 9', 'BAI2: credits and debits by type, continued text');
SELECT is(pg_temp.faults('bai2'), 'none', 'BAI2: sound');
SELECT is(pg_temp.faults('bai2', find, put), expected, name)
FROM (VALUES ('49,1030000,6/', '49,1030001,6/', '8 control total 23514', 'BAI2: control total'),
             ('49,1030000,6/', '49,1030000,7/', '8 number of records 23514', 'BAI2: number of records'),
             ('98,1030000,1,8', '98,1030000,2,8', '9 number of accounts 23514', 'BAI2: number of accounts'),
             ('99,1030000,1,10/', '', '9 22P02', 'BAI2: cut off'),
             ('16,165,15000', '16,165,15x00', '3 closing_balance 23514, 4 amount 22P02, 8 control total 23514, 9 control total 23514, 10 control total 23514', 'BAI2: no amount'),
             ('V,250305', 'V,250230', '4 value_on 22007', 'BAI2: an impossible date'),
             ('03,0042', '04,0042', '3 22P02', 'BAI2: a record that does not follow')) AS v (find, put, expected, name);

-- CSV and jsonb
SELECT pg_temp.put('csv', E'Umsatzliste\nBuchung;Betrag;S/H;Text;Name;Kategorie\n01.04.2025;"1.234,50";H;"Rechnung ""A""; INV-6\nzweite Zeile";Meier;x\n02.04.2025;34,50;S;Geb\u00fchr;;\n',
                   '{"skip_lines": 1, "delimiter": ";", "date_format": "DD.MM.YYYY", "decimal_separator": ",", "account": {"value": "DE89 3704"}, "currency": {"value": "EUR"},
                     "booked_on": "Buchung", "amount": "Betrag", "credit_debit": "S/H", "remittance_text": "Text", "payer_name": "Name"}');
SELECT is(pg_temp.lines('csv', 'amount', 'booked_on', 'remittance_text', 'payer_name', 'attributes'), E'1234.50 | 2025-04-01 | Rechnung "A"; INV-6\nzweite Zeile | Meier | {"Kategorie": "x"}\n-34.50 | 2025-04-02 | Geb\u00fchr | - | -', 'CSV: quotes, line ends within them, numbers and dates of the country');
SELECT is(pg_temp.heads('csv', 'account', 'currency', 'statement_number'), 'DE893704 | EUR | ', 'CSV: constants');
SELECT is(pg_temp.faults('csv'), 'none', 'CSV: sound');
SELECT is(pg_temp.faults('csv', find, put), expected, name)
FROM (VALUES ('02.04.2025', '31.04.2025', '5 booked_on 22007', 'CSV: an impossible date'), (';34,50', ';34.5', '5 amount 22P02', 'CSV: no amount'),
             (';S;', ';Q;', '5 credit_debit 22P02', 'CSV: neither credit nor debit'), ('Betrag', 'Summe', '2 22023', 'CSV: no such column'),
             ('Meier', 'M"eier', '3 22P02', 'CSV: a quote amidst a field'), ('zweite Zeile"', 'zweite Zeile', '3 22P02', 'CSV: a quote that never ends'),
             ('02.04.2025', '', '5 booked_on 23502', 'CSV: no date')) AS v (find, put, expected, name);
SELECT pg_temp.put('csv2', E'D,In,Out,Bal\r\n2025-05-01,10.00,,110.00\r\n2025-05-02,0.00,2.50,107.50\r\n', '{"account": {"value": "X"}, "currency": {"value": "EUR"}, "booked_on": "D", "credit_amount": "In", "debit_amount": 3, "opening_balance": {"value": "100"}, "closing_balance": "Bal"}');
SELECT is(pg_temp.lines('csv2'), E'10.00\n-2.50', 'CSV: debits and credits in columns of their own');
SELECT is(pg_temp.faults('csv2'), 'none', 'CSV: the last balance closes');
SELECT is(pg_temp.faults('csv2', '107.50', '107.40'), '2 closing_balance 23514', 'CSV: and is checked');
SELECT pg_temp.put('jsonb', '[{"account": "J1", "currency": "EUR", "booked_on": "2025-05-01", "amount": 12.5, "remittance_text": "INV-9", "remittance": [{"reference": "INV-9", "amount": 12.5, "note": "Deduction: Missing items (-$1807.43)"}], "who": "x"}]');
SELECT is(pg_temp.lines('jsonb', 'amount', 'remittance_text', 'attributes'), '12.5 | INV-9 | {"who": "x"}', 'jsonb by the names of fields');
SELECT is(pg_temp.faults('jsonb', '"amount": 12.5, "remittance_text"', '"amount": "abc", "remittance_text"'), 'amount 22P02', 'jsonb: no amount');
SELECT is((SELECT string_agg(concat_ws(' ', f.file_line, f.sqlstate), ',') FROM ar.check_bank_statement(:co, E'[\n{"account": "x",\n"b": }]') AS f), '3 22P02', 'jsonb: broken, with its line');
SELECT throws_ok(format('SELECT ar.read_bank_file(%L, %L, %L)', 'a,b', 'csv', mapping), '22023', NULL, 'mapping ' || mapping || ' is refused')
FROM unnest(ARRAY['[]', '{"colour": "a"}', '{"amount": [1]}', '{"delimiter": "ab"}', '{"quote": ","}', '{"decimal_separator": "x"}', '{"date_format": "Mon DD"}', '{"skip_lines": -1}']) AS mapping;
SELECT throws_ok($$SELECT ar.read_bank_file('hello')$$, '22023', NULL, 'what looks like nothing is refused');
SELECT throws_ok($$SELECT ar.read_bank_file('hello', 'pdf')$$, '22023', NULL, 'an unknown format is refused');
SELECT throws_ok($$SELECT * FROM ar.load_bank_statement(-1, 'hello')$$, '23503', NULL, 'an unknown company is refused');

-- Loading: once, whatever the file
SELECT is(pg_temp.load('camt'), '1 new, 4 lines, 0 known', 'a statement is loaded');
SELECT is(pg_temp.load('camt'), '0 new, 0 lines, 1 known', 'a second time it changes nothing');
SELECT is(pg_temp.load('camt2'), '0 new, 0 lines, 1 known', 'nor in another version of the format');
SELECT is(pg_temp.load(name), expected, name || ' is loaded') FROM (VALUES ('mt940', '2 new, 4 lines, 0 known'), ('bai2', '1 new, 2 lines, 0 known'), ('csv', '1 new, 2 lines, 0 known'), ('csv2', '1 new, 2 lines, 0 known'), ('jsonb', '1 new, 1 lines, 0 known')) AS v (name, expected);
SELECT is((SELECT string_agg(l.amount::text || ' ' || l.currency, ', ' ORDER BY l.bank_line_id) FROM receivables.bank_line AS l JOIN receivables.bank_statement AS s USING (company_id, bank_statement_id) WHERE s.format = 'bai2'), '150.00 USD, -26.55 USD', 'minor units become amounts');
SELECT results_eq($$SELECT r.reference, r.amount, r.note FROM receivables.remittance_line AS r ORDER BY r.remittance_line_id$$, $$VALUES ('INV-2', 60.00, NULL), ('CN-1', -10.00, NULL), ('INV-9', 12.5, 'Deduction: Missing items (-$1807.43)')$$, 'advice is kept');
SELECT throws_ok(format('SELECT ar.load_bank_statement(pg_temp.co(), %L)', replace(replace(pg_temp.file('camt'), '119.00', '120.00'), '410.50', '411.50')), '23505', NULL, 'other contents under the same number are refused');
SELECT throws_like(format('SELECT ar.load_bank_statement(pg_temp.co(), %L)', replace(pg_temp.file('csv2'), '10.00,', '11.00,')), '%no bank statement%', 'a CSV file needs a mapping');
SELECT throws_ok(format('SELECT ar.load_bank_statement(pg_temp.co(), %L)', replace(replace(pg_temp.file('camt'), '410.50', '410.49'), '>7<', '>8<')), '23514',
                 'bank statement refused: line 4: opening balance 100 and lines of 310.5 come to 410.5, the closing balance is 410.49: a difference of -0.01', 'both sums and the difference are named');
SELECT throws_ok(format('SELECT ar.load_bank_statement(pg_temp.co(), %L)', replace(pg_temp.file('jsonb'), 'EUR', 'USD')), '23514', NULL, 'an account keeps its currency');
SELECT is((SELECT count(*) FROM receivables.bank_statement AS s WHERE s.company_id = :co), 7::bigint, 'what was refused left nothing');

-- Bytes
SELECT is((SELECT l.lines FROM ar.load_bank_statement(:co, convert_to(replace(replace(replace(pg_temp.file('camt'), 'UTF-8', 'ISO-8859-1'), '&#252;', U&'\00fc'), 'DE89370400440532013000', 'DE02100100100006820101'), 'LATIN1')) AS l), 4::bigint, 'bytes in the encoding that XML declares');
SELECT is((SELECT l.payer_name FROM receivables.bank_line AS l ORDER BY l.bank_line_id DESC OFFSET 3 LIMIT 1), U&'M\00fcller & Co', 'are read as such');
SELECT throws_ok($$SELECT ar.load_bank_statement(pg_temp.co(), '\x3a32303a58fc'::bytea)$$, '22021', NULL, 'bytes in no encoding are refused');
SELECT is(ar.decode_bank_file('\xefbbbf3a32303a58'), ':20:X', 'a byte order mark is left out');
SELECT is(ar.decode_bank_file('\x58fc', 'LATIN1'), U&'X\00fc', 'an encoding may be given');
SELECT throws_ok($$SELECT ar.decode_bank_file('\xfffe5800')$$, '0A000', NULL, 'UTF-16 is refused');

-- The same money in a notification: details win over a total, and nothing is open twice.
CREATE FUNCTION pg_temp.message(kind text, number text, entries text, opening text DEFAULT NULL, closing text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT replace(replace(format('<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.%s.001.04"><MSG><PART><Id>%2$s</Id><ElctrncSeqNb>%2$s</ElctrncSeqNb><Acct><Id><Othr><Id>NTF</Id></Othr></Id><Ccy>EUR</Ccy></Acct>%s%s</PART></MSG></Document>',
        kind, number, CASE WHEN opening IS NOT NULL THEN format('<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">%s</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2025-06-01</Dt></Dt></Bal><Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">%s</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2025-06-0%s</Dt></Dt></Bal>', opening, closing, number) END, entries),
        'MSG', CASE kind WHEN '053' THEN 'BkToCstmrStmt' ELSE 'BkToCstmrDbtCdtNtfctn' END), 'PART', CASE kind WHEN '053' THEN 'Stmt' ELSE 'Ntfctn' END)$$;
CREATE FUNCTION pg_temp.entry(reference text, amount text, VARIADIC parts text[] DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
    SELECT format('<Ntry><Amt Ccy="EUR">%s</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2025-06-01</Dt></BookgDt><AcctSvcrRef>%s</AcctSvcrRef>%s</Ntry>', amount, reference,
        (SELECT '<NtryDtls>' || string_agg(format('<TxDtls><Amt Ccy="EUR">%s</Amt></TxDtls>', p), '') || '</NtryDtls>' FROM unnest(parts) AS p))$$;
CREATE FUNCTION pg_temp.notified() RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT string_agg(format('%s %s %s', right(s.format, 3), l.open_amount, CASE WHEN l.duplicate_of_bank_line_id IS NULL THEN 'open' ELSE 'double' END), ', ' ORDER BY l.bank_line_id)
    FROM receivables.bank_line AS l JOIN receivables.bank_statement AS s USING (company_id, bank_statement_id) WHERE s.account = 'NTF'$$;
SELECT lines FROM ar.load_bank_statement(:co, pg_temp.message('053', '1', pg_temp.entry('R1', '30.00') || pg_temp.entry('R2', '5.00') || pg_temp.entry('R2', '5.00'), '0', '40.00')) \gset
SELECT is(pg_temp.notified(), '053 30.00 open, 053 5.00 open, 053 5.00 open', 'two entries that look the same are two');
SELECT lines FROM ar.load_bank_statement(:co, pg_temp.message('054', '1', pg_temp.entry('R1', '30.00', '10.00', '20.00') || pg_temp.entry('R2', '5.00'))) \gset
SELECT is(pg_temp.notified(), '053 0 double, 053 5.00 open, 053 5.00 open, 054 10.00 open, 054 20.00 open, 054 0 double', 'details replace their total, a single entry is known');
SELECT lines FROM ar.load_bank_statement(:co, pg_temp.message('054', '2', pg_temp.entry('R3', '9.00', '4.00', '5.00') || pg_temp.entry('R1', '31.00'))) \gset
SELECT lines FROM ar.load_bank_statement(:co, pg_temp.message('053', '2', pg_temp.entry('R3', '9.00') || pg_temp.entry('R1', '31.00') || pg_temp.entry('R4', '1.00'), '40.00', '81.00')) \gset
SELECT is(right(pg_temp.notified(), 87), '054 4.00 open, 054 5.00 open, 054 31.00 open, 053 0 double, 053 0 double, 053 1.00 open', 'in the other order too; another amount is other money');
SELECT is((SELECT sum(l.open_amount) FROM receivables.bank_line AS l JOIN receivables.bank_statement AS s USING (company_id, bank_statement_id) WHERE s.account = 'NTF'), 81.00, 'what is open is the closing balance: nothing double, nothing lost');

-- What is open of a line is kept by documents
SELECT l.bank_line_id AS line FROM receivables.bank_line AS l WHERE l.entry_reference = 'R4' \gset
SELECT l.bank_line_id AS double FROM receivables.bank_line AS l WHERE l.entry_reference = 'R1' AND l.duplicate_of_bank_line_id IS NOT NULL LIMIT 1 \gset
SELECT l.bank_line_id AS debit FROM receivables.bank_line AS l WHERE l.amount = -60.50 \gset
SELECT c.customer_id AS customer FROM receivables.customer AS c WHERE c.company_id = :co \gset
SELECT set_config('test.line', :'line', true) = :'line' AND set_config('test.customer', :'customer', true) = :'customer' AS line_set \gset
CREATE FUNCTION pg_temp.post(kind text, number text, amount numeric, line bigint, currency text DEFAULT 'EUR') RETURNS bigint LANGUAGE sql AS $$
    WITH d AS (INSERT INTO receivables.document (company_id, customer_id, document_date, kind, document_number, currency, amount, company_amount, exchange_rate, bank_line_id)
               VALUES (pg_temp.co(), current_setting('test.customer')::bigint, '2025-06-02', kind, number, currency, amount, amount, 1, line) RETURNING document_id, kind),
         i AS (INSERT INTO receivables.item (company_id, customer_id, document_id, kind, currency, effective_on, due_on, amount, company_amount)
               SELECT pg_temp.co(), current_setting('test.customer')::bigint, d.document_id, d.kind, currency, '2025-06-02', '2025-06-02', CASE d.kind WHEN 'refund' THEN amount ELSE -amount END, CASE d.kind WHEN 'refund' THEN amount ELSE -amount END FROM d)
    SELECT d.document_id FROM d$$;
CREATE FUNCTION pg_temp.open(line bigint) RETURNS numeric LANGUAGE sql VOLATILE AS $$SELECT l.open_amount FROM receivables.bank_line AS l WHERE l.company_id = pg_temp.co() AND l.bank_line_id = line$$;
SELECT pg_temp.post('payment', 'P1', 0.40, :line) AS p1 \gset
SELECT is(pg_temp.open(:line), 0.60, 'a payment takes off what is open');
SELECT throws_ok(format('SELECT pg_temp.post(%L, %L, 0.61, %s)', 'payment', 'P2', :line), '23514', NULL, 'more than is open is refused');
SELECT throws_ok(format('SELECT pg_temp.post(%L, %L, 0.10, %s, %L)', 'payment', 'P2', :line, 'USD'), '23514', NULL, 'another currency is refused');
SELECT throws_ok(format('SELECT pg_temp.post(%L, %L, 0.10, %s)', 'refund', 'P2', :line), '23514', NULL, 'a refund from money received is refused');
SELECT throws_ok(format('SELECT pg_temp.post(%L, %L, 0.10, %s)', 'payment', 'P2', :double), '23514', NULL, 'a duplicate is never posted');
SELECT lives_ok(format('SELECT pg_temp.post(%L, %L, 60.50, %s)', 'refund', 'RF1', :debit), 'a refund is posted from money paid');
SELECT is(pg_temp.open(:debit), 0.00, 'and settles it');
SELECT lives_ok(format('SELECT ar.ignore_bank_line(pg_temp.co(), %s, %L)', :line, 'bank fee'), 'a line is ignored');
SELECT throws_ok(format('SELECT pg_temp.post(%L, %L, 0.10, %s)', 'payment', 'P2', :line), '23514', NULL, 'what is ignored is not posted');
SELECT lives_ok(format('SELECT ar.reverse_document(pg_temp.co(), %s, %L, %L)', :p1, '2025-06-03', 'bounced'), 'but what was posted can be undone');
SELECT is(pg_temp.open(:line), 1.00, 'and is open again');
SELECT lives_ok(format('SELECT ar.ignore_bank_line(pg_temp.co(), %s, NULL)', :line), 'ignoring is taken back');
SELECT is((SELECT string_agg(coalesce(h.new_value #>> '{}', 'null'), ', ' ORDER BY h.change_id) FROM receivables.change_history AS h WHERE h.table_name = 'bank_line' AND h.column_name = 'ignored_reason'), 'bank fee, null', 'and both are in the history');
SELECT throws_ok($$SELECT ar.ignore_bank_line(pg_temp.co(), -1, 'x')$$, 'P0002', NULL, 'no such line');
SELECT throws_ok(command, sqlstate, NULL, command || ' is refused')
FROM (VALUES ('UPDATE receivables.bank_line SET open_amount = 0', '23001'), ('UPDATE receivables.bank_line SET amount = 0', '23001'), ('UPDATE receivables.bank_line SET payer_name = NULL', '23001'),
             ('DELETE FROM receivables.bank_line', '23001'), ('TRUNCATE receivables.bank_line CASCADE', '23001'), ('UPDATE receivables.bank_statement SET closing_balance = 0', '23001'), ('DELETE FROM receivables.remittance_line', '23001'),
             ('UPDATE receivables.bank_account SET currency = ''USD''', '23001'), ('UPDATE receivables.bank_line SET duplicate_of_bank_line_id = NULL', '23514'), ('UPDATE receivables.bank_line SET duplicate_of_bank_line_id = bank_line_id WHERE bank_line_id = current_setting(''test.line'')::bigint', '23514'),
             ('INSERT INTO receivables.bank_line (company_id, bank_statement_id, line_number, entry_number, entry_amount, booked_on, value_on, currency, amount, open_amount) SELECT company_id, bank_statement_id, 99, 99, 5, ''2025-01-01'', ''2025-01-01'', currency, 5, 4 FROM receivables.bank_statement LIMIT 1', '23514'),
             ('INSERT INTO receivables.bank_line (company_id, bank_statement_id, line_number, entry_number, entry_amount, booked_on, value_on, currency, amount) SELECT company_id, bank_statement_id, 99, 99, 5, ''2025-01-01'', ''2025-01-01'', ''JPY'', 5 FROM receivables.bank_statement LIMIT 1', '23514')) AS v (command, sqlstate);

-- Remittances
SELECT is(ar.add_remittance(:co, :line::bigint, '[{"reference": "INV-1", "amount": "10.00"}, {"reference": "INV-2", "deduction_amount": 5, "note": "Deduction: short"}]'), 2::bigint, 'advice of a bank line');
SELECT is(ar.add_remittance(:co, 'P1', '[{"reference": "INV-1"}]'), 1::bigint, 'advice of a payment');
SELECT throws_ok(format('SELECT ar.add_remittance(pg_temp.co(), %s, %L)', :line, rows), '22023', NULL, 'advice ' || rows || ' is refused')
FROM unnest(ARRAY['{}', '[{}]', '[1]', '[{"amount": "x"}]', '[{"deduction_amount": -1}]', '[{"colour": "x"}]']) AS rows;
SELECT throws_ok($$SELECT ar.add_remittance(pg_temp.co(), -1, '[]')$$, 'P0002', NULL, 'no such bank line');
SELECT throws_ok($$SELECT ar.add_remittance(pg_temp.co(), 'nope', '[]')$$, '23503', NULL, 'no such payment');
INSERT INTO receivables.customer_account (company_id, account, customer_id) SELECT :co, 'DE02100100100006820101', :customer;
SELECT pg_temp.sound('the books are sound');
-- What goes behind the guards is found
SET LOCAL session_replication_role = replica;
UPDATE receivables.bank_line SET open_amount = 0 WHERE bank_line_id = :line;
UPDATE receivables.bank_line SET entry_amount = 29 WHERE bank_line_id = :double;
UPDATE receivables.bank_statement SET closing_balance = closing_balance + 1 WHERE statement_number = '00012/001';
SET LOCAL session_replication_role = origin;
SELECT is((SELECT string_agg(c.invariant, ', ' ORDER BY c.invariant) FROM ar.check_ledger() AS c),
          'a bank statement comes to its closing balance, a duplicate bank line is of the same entry and never posted, open amount of a bank line is amount less documents', 'by ar.check_ledger');
SELECT * FROM finish();
ROLLBACK;
