-- Checks of formats against published examples, sums done by hand and oracles in SQL.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT setseed(0.25);

CREATE FUNCTION pg_temp.random_text(characters text, length integer) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT coalesce(string_agg(substr(characters, 1 + floor(random() * length(characters))::integer, 1), ''), '') FROM generate_series(1, length)
$$;
-- All texts that differ from one in one place, by another of the characters.
CREATE FUNCTION pg_temp.substituted(code text, characters text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT overlay(code PLACING c FROM i FOR 1)
    FROM generate_series(1, length(code)) AS i, string_to_table(characters, NULL) AS c WHERE substr(code, i, 1) <> c
$$;
-- The remainder by 97 of digits and letters, these as 10 to 35.
CREATE FUNCTION pg_temp.modulo_97(code text) RETURNS numeric LANGUAGE sql AS $$
    SELECT string_agg((strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', c) - 1)::text, '' ORDER BY i)::numeric % 97
    FROM string_to_table(code, NULL) WITH ORDINALITY AS t (c, i)
$$;

-- Unified social credit code -----------------------------------------------
SELECT ok(ar.uscc_is_valid(c), 'unified social credit code ' || c)
FROM unnest('{91350100M000100Y43,91110000600037341L,91512081MA62K0260E,91110000802100433B}'::text[]) AS c;
-- By hand: characters x weights of 91350100M000100Y4 come to 1640 = 52 x 31 + 28; 31 - 28 = 3.
SELECT is(ar.uscc_check_character('91350100M000100Y4'), '3', 'check character of the first 17');
SELECT is(ar.uscc_check_character('91350100M000100Y4Z'), NULL, 'no check character of what ends in a character there is not');
SELECT is(ar.uscc_check_character('91310115MA1H8R7C6D'), '7', 'check character where another stands');
SELECT is(ar.uscc_is_valid(c), false, format('unified social credit code: %s (%s)', why, c))
FROM (VALUES ('91350100M000100Y4Z', 'Z for 3'), ('91310115MA1H8R7C6D', 'D for 7'), ('91350100m000100y43', 'lower case'),
             (' 91350100M000100Y43', 'a blank before'), ('91350100M000100Y43 ', 'a blank behind'), ('91350100M000100Y4', 'short'),
             ('91350100M000100Y433', 'long'), ('9135010AM000100Y43', 'a letter in the region'), ('', 'empty'),
             ('9135010０M000100Y43', 'a wide digit'), ('统一社会信用', '18 bytes of Chinese')) AS v (c, why);
SELECT is(ar.uscc_check_character(c), NULL, format('no check character of "%s"', c))
FROM unnest('{"",91350100M000100Y,91350100M000100Y433,I1350100M000100Y4,9135010AM000100Y4,91350100m000100Y4,91350100M000100Y4é}'::text[]) AS c;
-- Authorities are letters at times: A, N or Y.
SELECT ok(ar.uscc_is_valid(c || ar.uscc_check_character(c)), 'authority ' || left(c, 1))
FROM unnest('{A1350100M000100Y4,N2350100M000100Y4,Y1350100M000100Y4}'::text[]) AS c;

CREATE FUNCTION pg_temp.uscc_check(prefix text) RETURNS text LANGUAGE sql AS $$
    SELECT substr('0123456789ABCDEFGHJKLMNPQRTUWXY', (1 + (31 - sum((strpos('0123456789ABCDEFGHJKLMNPQRTUWXY', substr(prefix, i, 1)) - 1)
           * ('{1,3,9,27,19,26,16,17,20,29,25,13,8,24,10,30,28}'::integer[])[i]) % 31) % 31)::integer, 1)
    FROM generate_series(1, 17) AS i
$$;
CREATE TEMP TABLE credit_code AS
SELECT pg_temp.random_text('0123456789ABCDEFGHJKLMNPQRTUWXY', 2) || pg_temp.random_text('0123456789', 6)
       || pg_temp.random_text('0123456789ABCDEFGHJKLMNPQRTUWXY', 9) AS prefix
FROM generate_series(1, 2000) AS n;
SELECT cmp_ok(count(DISTINCT prefix), '>', 1990::bigint, 'random codes differ') FROM credit_code;
SELECT is_empty('SELECT * FROM credit_code WHERE ar.uscc_check_character(prefix) IS DISTINCT FROM pg_temp.uscc_check(prefix)',
                'check characters of random codes');
SELECT is_empty($$
    SELECT * FROM credit_code, string_to_table('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', NULL) AS c
    WHERE ar.uscc_is_valid(prefix || c) <> (c = pg_temp.uscc_check(prefix))$$, 'the check character and no other makes a random code valid');
SELECT is(count(DISTINCT ar.uscc_check_character(prefix)), 31::bigint, 'all check characters occur') FROM credit_code;
SELECT is_empty($$
    SELECT * FROM (SELECT prefix || ar.uscc_check_character(prefix) AS code FROM credit_code LIMIT 50) AS c,
                  pg_temp.substituted(c.code, '0123456789ABCDEFGHJKLMNPQRTUWXY') AS s WHERE ar.uscc_is_valid(s)$$,
    'every wrong character in one place is found');

-- Organisation code: 6x3 + 3x5 + 7x8 + 3x4 + 4x2 = 109, 11 - 10 = 1 ---------
SELECT is(ar.organisation_code_is_valid(c), expected, format('organisation code "%s"', c))
FROM (VALUES ('600037341', true), ('60003734-1', true), ('600037342', false), ('6000373-41', false), ('60003734--1', false),
             ('60003734', false), ('', false), ('6000373411', false),
             -- 2x4 + 2x2 = 12, remainder 1 is X; remainder 0 is 0.
             ('00000022X', true), ('00000022x', false), ('000000220', false), ('000000000', true), ('00000000X', false),
             -- A is 10: 3x10 = 30, remainder 8, 11 - 8 = 3.
             ('A00000003', true), ('A00000004', false), ('a00000003', false)) AS v (c, expected);
SELECT is_empty($$SELECT s FROM pg_temp.substituted('600037341', '0123456789') AS s WHERE ar.organisation_code_is_valid(s)$$,
                'every wrong digit of an organisation code is found');

-- Individuals' ids ---------------------------------------------------------
CREATE FUNCTION pg_temp.resident_id(first_17 text) RETURNS text LANGUAGE sql AS $$
    SELECT first_17 || substr('10X98765432', 1 + (sum(substr(first_17, i, 1)::integer
           * ('{7,9,10,5,8,4,2,1,6,3,7,9,10,5,8,4,2}'::integer[])[i]) % 11)::integer, 1)
    FROM generate_series(1, 17) AS i
$$;
SELECT is(ar.resident_id_is_valid(c), expected, format('individual''s id "%s"', c))
FROM (VALUES ('11010519491231002X', true), ('440524188001010014', true), ('11010519491231002x', false), ('110105194912310021', false),
             ('1101051949123100', false), ('11010519491231002X ', false), ('X1010519491231002X', false), ('', false)) AS v (c, expected);
SELECT is(ar.resident_id_is_valid(pg_temp.resident_id(c)), expected, why)
FROM (VALUES ('11010520000229001', true, 'born on 29 February 2000'), ('11010519000229001', false, 'born on 29 February 1900'),
             ('11010520230229001', false, 'born on 29 February 2023'), ('11010520231301001', false, 'born in month 13'),
             ('11010520230001001', false, 'born in month 0'), ('11010520230431001', false, 'born on 31 April'),
             ('11010520230400001', false, 'born on day 0'), ('11010518000101001', true, 'born in 1800'),
             ('11010517991231001', false, 'born before 1800'), ('01010520000229001', false, 'a region that begins with 0')) AS v (c, expected, why);
SELECT is_empty($$SELECT s FROM pg_temp.substituted('11010519491231002X', '0123456789X') AS s WHERE ar.resident_id_is_valid(s)$$,
                'every wrong character of an id is found');
SELECT is_empty($$
    SELECT * FROM (SELECT pg_temp.random_text('123456789', 6) || to_char(date '1900-01-01' + floor(random() * 45000)::integer, 'YYYYMMDD')
                          || pg_temp.random_text('0123456789', 3) AS c FROM generate_series(1, 500) AS n) AS r,
                  string_to_table('0123456789X', NULL) AS x
    WHERE ar.resident_id_is_valid(r.c || x) <> (r.c || x = pg_temp.resident_id(r.c))$$, 'random ids with each check character');

-- Chinese taxpayers --------------------------------------------------------
SELECT is(ar.cn_tax_id_is_valid(c), expected, format('taxpayer "%s": %s', c, why))
FROM (VALUES ('91350100M000100Y43', true, 'unified social credit code'), ('91350100M000100Y44', false, 'with a wrong check character'),
             ('11010519491231002X', true, 'an individual'), ('110105194912310021', false, 'with a wrong check character'),
             ('110000600037341', true, '15, of an organisation'), ('11000060003734X', true, '15, ending in X'),
             ('110000A12345678', true, '15, with a letter'), ('A10000600037341', false, '15, a letter in the region'),
             ('11010549123100201', true, '17'), ('11010549023100201', false, '17, born on 31 February'),
             ('01010549123100201', false, '17, a region that begins with 0'), ('1101054912310020 ', false, '17, ending in a blank'),
             ('11010519491231002X01', true, '20'), ('11010519491231002X0', false, '19'), ('11010519491231002101', false, '20, wrong check character'),
             ('11010519491231002X0a', false, '20, lower case'), ('1100006000373411', false, '16'), ('11000060003734', false, '14'),
             ('110000统统统', false, '15 bytes of which 9 are Chinese'), ('', false, 'empty')) AS v (c, expected, why);

-- Fapiao -------------------------------------------------------------------
SELECT is(ar.fapiao_number_is_valid(n, c), expected, format('invoice "%s" of code "%s"', n, c))
FROM (VALUES ('24312000000012345678', NULL, true), ('24312000000012345678', '', true), ('24312000000012345678', '3100153130', false),
             ('2431200000001234567', NULL, false), ('243120000000123456789', NULL, false), ('2431200000001234567A', NULL, false),
             ('12345678', '3100153130', true), ('12345678', '031001900111', true), ('12345678', '03100190011', false),
             ('12345678', '0310019001111', false), ('12345678', '310015313', false), ('12345678', '310015313A', false),
             ('12345678', NULL, false), ('12345678', '', false), ('1234567', '3100153130', false), ('123456789', '3100153130', false),
             (' 2345678', '3100153130', false), ('', NULL, false), ('', '3100153130', false), ('１２３４５６７８', NULL, false),
             (NULL, '3100153130', NULL), (NULL, NULL, NULL)) AS v (n, c, expected);
SELECT is(ar.fapiao_number_is_valid('24312000000012345678'), true, 'the code may be left out');

-- VAT ----------------------------------------------------------------------
SELECT is(ar.vat_is_consistent(net, rate, tax, tolerance), expected, format('%s x %s = %s within %s', net, rate, tax, tolerance))
FROM (VALUES (100, 0.13, 13, 0.01, true), (100, 0.13, 13.01, 0.01, true), (100, 0.13, 12.99, 0.01, true),
             (100, 0.13, 13.0100000000000000000000000001, 0.01, false), (100, 0.13, 12.9899999999999999999999999999, 0.01, false),
             (100, 0.13, 13.01, 0, false), (100, 0.13, 13, 0, true), (-100, 0.13, -13, 0.01, true), (-100, 0.13, 13, 0.01, false),
             (100, 0, 0, 0, true), (0, 0.13, 0.01, 0.01, true), (33.33, 0.06, 2.00, 0.01, true), (33.33, 0.06, 1.98, 0.01, false),
             (123456789012345678901234567890.11, 0.13, 16049382571604938257160493825.7143, 0, true),
             (123456789012345678901234567890.11, 0.13, 16049382571604938257160493825.7142, 0, false),
             (100, 0.13, 14, 1, true), (NULL, 0.13, 13, 0.01, NULL), (100, NULL, 13, 0.01, NULL), (100, 0.13, NULL, 0.01, NULL),
             (100, 0.13, 13, NULL, NULL)) AS v (net, rate, tax, tolerance, expected);
SELECT is(ar.vat_is_consistent(100, 0.13, 13.01), true, 'tolerance by default: 0.01');
SELECT is(ar.vat_is_consistent(100, 0.13, 13.02), false, 'tolerance by default: not 0.02');
SELECT throws_ok(format('SELECT ar.vat_is_consistent(%s)', a), e, NULL, 'VAT refuses ' || a)
FROM (VALUES ($$'NaN', 0.13, 13$$, '22003'), ($$100, 'NaN', 13$$, '22003'), ($$100, 0.13, 'NaN'$$, '22003'), ($$100, 0.13, 13, 'NaN'$$, '22003'),
             ($$'Infinity', 0.13, 13$$, '22003'), ($$100, '-Infinity', 13$$, '22003'), ($$100, 0.13, 'Infinity'$$, '22003'),
             ($$100, 0.13, 13, 'Infinity'$$, '22003'), ('1e131000, 1e131000, 13', '22003'), ('100, 0.13, 13, -0.01', '22023')) AS v (a, e);

-- VAT identification numbers -----------------------------------------------
CREATE TEMP TABLE vat_id AS
SELECT code FROM unnest('{ATU13585627,BE0403019261,BG175074752,CY10259033P,CZ25123891,DE136695976,DK13585628,EE100931558,EL094259216,
    ESB58378431,ES54362315K,ESX2482300W,FI20774740,FR83404833048,FR40303265045,HR33392005961,HU12892312,IE6433435F,IE6433435OA,IE8D79739I,
    IT00743110157,LT119511515,LT100001919017,LT100004801610,LU15027442,LV40003521600,MT11679112,NL004495445B01,NL123456789B13,PL8567346215,
    PT501964843,RO18547290,SE123456789701,SI50223054,SK2022749619,GB980780684,GB802311782,XI980780684}'::text[]) AS code;
SELECT ok(ar.vat_id_is_valid(code), 'VAT id ' || code) FROM vat_id;
SELECT is((SELECT string_agg(c, ' ') FROM unnest('{AT,BE,BG,CY,CZ,DE,DK,EE,EL,ES,FI,FR,GB,HR,HU,IE,IT,LT,LU,LV,MT,NL,PL,PT,RO,SE,SI,SK,XI}'::text[]) AS c
           WHERE NOT EXISTS (SELECT FROM vat_id WHERE code LIKE c || '%')), NULL, 'every country has an example');
SELECT is(ar.vat_id_is_valid(c), expected, format('VAT id "%s": %s', c, why))
FROM (VALUES ('BG200000015', true, 'a sum of 10: the second weights'), ('BG200000010', false, 'a sum of 10: not 0'),
             ('BG7523169263', true, '10 digits: form only'), ('CZ70000000', true, 'a remainder of 1'), ('CZ25123890', false, 'a remainder of 0 is not 0'),
             ('CZ91234567', false, 'begins with 9'), ('CZ640903926', true, '9 digits: form only'), ('CZ7103192745', true, '10 digits: form only'),
             ('EL000100000', true, 'a remainder of 10'), ('GR094259216', false, 'Greece is EL'), ('ESB5837843A', true, 'a check letter for the digit'),
             ('ESB5837843B', false, 'another check letter'), ('ESO58378431', false, 'no such kind of company'), ('ESX2482300A', false, 'a foreigner'),
             ('ESM1234567L', true, 'a foreigner without a number of his own'), ('FR53000004605', true, 'Monaco, without Luhn''s check digit'),
             ('FR54000004605', false, 'Monaco, wrong key'), ('FRK7404833048', true, 'a key with a letter'), ('FRK7404833049', false, 'a wrong SIREN'),
             ('FRO7404833048', false, 'no O in a key'), ('FR7I404833048', false, 'no I in a key'),
             -- 1 x 8 + 34 = 42, 1 x 8 + 89 = 97
             ('GB100000034', true, '55 added'), ('GB100000089', true, '55 not added'), ('GB100000035', false, 'neither'),
             ('GB100000034001', true, 'a branch'), ('GB100000035001', false, 'a branch of neither'),
             ('GBGD001', true, 'government'), ('GBGD499', true, 'government'), ('GBGD500', false, 'beyond government'),
             ('GBHA500', true, 'health'), ('GBHA499', false, 'below health'), ('XIGD001', true, 'government of Northern Ireland'),
             ('IE8+79739I', true, 'old, with +'), ('IE8*79739I', true, 'old, with *'), ('IE8579739I', false, 'not old, with a digit'),
             ('IE8+79739J', false, 'old, wrong letter'), ('IE6433435OJ', false, 'J is no second letter'), ('IE6433435FW', true, 'W counts for nothing'),
             ('LT200000017', true, 'a sum of 10: the second weights'), ('LT119511525', false, 'the digit before the last is 1'),
             ('LV01019912345', true, 'a natural person: form only'), ('NL004495446B01', false, 'wrong both ways'), ('NL004495445A01', false, 'A for B'),
             ('PT500000000', true, 'a check of 10'), ('PT001964843', false, 'begins with 0'), ('RO60', true, '2 digits'), ('RO6', false, '1 digit'),
             ('RO018547290', false, 'begins with 0'), ('SE123456789700', false, 'ends in 00'), ('SE123456789801', false, 'a wrong check digit'), ('SI70000000', true, 'a remainder of 1'),
             ('SI10000070', false, 'a remainder of 0'), ('SK2012749619', false, 'a third digit that is not given out'),
             ('BE2403019261', false, 'begins with 2'), ('AT13585627', false, 'U is missing'), ('DE000000000', false, 'nothing but zeros'),
             ('IT00000000000', false, 'nothing but zeros'), ('US123456789', false, 'another country'), ('DE', false, 'no number'), ('D', false, '1 letter'),
             ('', false, 'empty'), ('de136695976', false, 'lower case'), ('DE 136695976', false, 'a blank'), ('DE13669597６', false, 'a wide digit'),
             ('DE1366959760', false, 'long'), ('DE13669597', false, 'short')) AS v (c, expected, why);
-- Each wrong digit is found by these; by the others, whose remainders of 10 and 11 share a digit, in the check digit.
SELECT is_empty($$
    SELECT s.code FROM vat_id AS v, pg_temp.substituted(substr(v.code, 3), '0123456789') AS d, concat(left(v.code, 2), d) AS s (code)
    WHERE left(v.code, 2) IN ('AT', 'BE', 'CY', 'DE', 'DK', 'EE', 'FI', 'FR', 'HR', 'HU', 'IT', 'LU', 'MT', 'PL') AND ar.vat_id_is_valid(s.code)$$,
    'every wrong digit is found');
SELECT is_empty($$
    SELECT s.code FROM vat_id AS v, string_to_table('0123456789', NULL) AS d, concat(left(v.code, -1), d) AS s (code)
    WHERE left(v.code, 2) NOT IN ('NL', 'SE') AND right(v.code, 1) <> d AND v.code ~ '[0-9]$' AND ar.vat_id_is_valid(s.code)$$,
    'every wrong check digit at the end is found');
SELECT is_empty($$
    SELECT s.code FROM vat_id AS v, string_to_table('ABCDEFGHIJKLMNOPQRSTUVWXYZ', NULL) AS d, concat(left(v.code, -1), d) AS s (code)
    WHERE v.code ~ '[0-9][A-Z]$' AND right(v.code, 1) <> d AND ar.vat_id_is_valid(s.code)$$, 'every wrong check letter at the end is found');

-- LEI and IBAN -------------------------------------------------------------
SELECT is(ar.lei_is_valid(c), expected, format('LEI "%s"', c))
FROM (VALUES ('213800KUD8LAJWSQ9D15', true), ('5493001KJTIIGC8Y1R12', true), ('213800KUD8LAJWSQ9D16', false), ('213800KUD8LAJWSQ9D1', false),
             ('213800kud8lajwsq9d15', false), ('213800KUD8LAJWSQ9D15 ', false), ('213800KUD8LAJWSQ9DAA', false), ('', false)) AS v (c, expected);
SELECT is_empty($$SELECT s FROM pg_temp.substituted('213800KUD8LAJWSQ9D15', '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ') AS s
                  WHERE ar.lei_is_valid(s) <> (s ~ '[0-9]{2}$' AND pg_temp.modulo_97(s) = 1)$$, 'LEIs that differ in one place');
CREATE TEMP TABLE lei AS
SELECT c || lpad((98 - pg_temp.modulo_97(c || '00'))::text, 2, '0') AS code
FROM (SELECT pg_temp.random_text('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', 18) AS c FROM generate_series(1, 500) AS n) AS r;
SELECT is_empty('SELECT * FROM lei WHERE NOT ar.lei_is_valid(code)', 'random LEIs');
SELECT is_empty($$SELECT * FROM lei, pg_temp.substituted(right(code, 2), '0123456789') AS s WHERE ar.lei_is_valid(left(code, -2) || s)$$,
                'random LEIs with other check digits');

-- The examples of the IBAN registry.
CREATE TEMP TABLE iban AS
SELECT code FROM unnest('{AD1200012030200359100100,AE070331234567890123456,AL47212110090000000235698741,AT611904300234573201,
    AZ21NABZ00000000137010001944,BA391290079401028494,BE68539007547034,BG80BNBG96611020345678,BH67BMAG00001299123456,BR1800360305000010009795493C1,
    BY13NBRB3600900000002Z00AB00,CH9300762011623852957,CR05015202001026284066,CY17002001280000001200527600,CZ6508000000192000145399,
    DE89370400440532013000,DK5000400440116243,DO28BAGR00000001212453611324,EE382200221020145685,EG380019000500000000263180002,
    ES9121000418450200051332,FI2112345600000785,FO6264600001631634,FR1420041010050500013M02606,GB29NWBK60161331926819,GE29NB0000000101904917,
    GI75NWBK000000007099453,GL8964710001000206,GR1601101250000000012300695,GT82TRAJ01020000001210029690,HR1210010051863000160,
    HU42117730161111101800000000,IE29AIBK93115212345678,IL620108000000099999999,IQ98NBIQ850123456789012,IS140159260076545510730339,
    IT60X0542811101000000123456,JO94CBJO0010000000000131000302,KW81CBKU0000000000001234560101,KZ86125KZT5004100100,LB62099900000001001901229114,
    LC55HEMM000100010012001200023015,LI21088100002324013AA,LT121000011101001000,LU280019400644750000,LV80BANK0000435195001,
    MC5811222000010123456789030,MD24AG000225100013104168,ME25505000012345678951,MK07250120000058984,MR1300020001010000123456753,
    MT84MALT011000012345MTLCAST001S,MU17BOMM0101101030300200000MUR,NL91ABNA0417164300,NO9386011117947,PK36SCBL0000001123456702,
    PL61109010140000071219812874,PS92PALS000000000400123456702,PT50000201231234567890154,QA58DOHB00001234567890ABCDEFG,RO49AAAA1B31007593840000,
    RS35260005601001611379,SA0380000000608010167519,SC18SSCB11010000000000001497USD,SE4550000000058398257466,SI56263300012039086,
    SK3112000000198742637541,SM86U0322509800000000270100,SV62CENR00000000000000700025,TL380080012345678910157,TN5910006035183598478831,
    TR330006100519786457841326,UA213223130000026007233566001,VA59001123000012345678,VG96VPVG0000012345678901,XK051212012345678906}'::text[]) AS code;
SELECT is_empty('SELECT code FROM iban WHERE NOT ar.iban_is_valid(code)', 'IBANs of the registry');
SELECT cmp_ok(count(DISTINCT left(code, 2)), '>', 70::bigint, 'of many countries') FROM iban;
SELECT is_empty($$SELECT code FROM iban WHERE NOT ar.iban_is_valid(regexp_replace(code, '(.{4})', '\1 ', 'g'))$$, 'the same in groups of four');
SELECT is_empty($$SELECT s FROM iban, pg_temp.substituted(code, '0123456789') AS s WHERE substr(s, 1, 2) ~ '[A-Z]{2}' AND substr(s, 3) ~ '^[0-9]+$' AND ar.iban_is_valid(s)$$,
                'every wrong digit is found');
-- A number one longer or shorter, with check digits that are right.
CREATE FUNCTION pg_temp.iban(country text, bank text) RETURNS text LANGUAGE sql AS $$
    SELECT country || lpad((98 - pg_temp.modulo_97(bank || country || '00'))::text, 2, '0') || bank
$$;
SELECT is_empty('SELECT code FROM iban WHERE pg_temp.iban(left(code, 2), substr(code, 5)) <> code', 'the check digits of the registry by hand');
SELECT is_empty($$SELECT s FROM iban, unnest(ARRAY[substr(code, 5) || '0', substr(code, 6)]) AS b, pg_temp.iban(left(code, 2), b) AS s WHERE ar.iban_is_valid(s)$$,
                'no country has numbers of another length');
SELECT is(ar.iban_is_valid(c), expected, format('IBAN "%s": %s', c, why))
FROM (VALUES ('GB82 WEST 1234 5698 7654 32', true, 'with spaces'), ('GB82WEST12345698765433', false, 'wrong'), ('gb82WEST12345698765432', false, 'lower case'),
             (pg_temp.iban('US', '370400440532013000'), false, 'a country without'), ('GB82-WEST-1234-5698-7654-32', false, 'with hyphens'),
             (E'GB82\tWEST12345698765432', false, 'with a tab'), ('', false, 'empty'), ('    ', false, 'spaces only'), ('GB8', false, 'short'),
             ('GB82WEST1234569876543２', false, 'a wide digit')) AS v (c, expected, why);
-- 97 more than the right check digits has the same remainder.
SELECT is_empty($$
    SELECT s FROM (SELECT lpad(n::text, 18, '0') AS bank FROM generate_series(1, 500) AS n) AS b, pg_temp.iban('DE', bank) AS i,
                  concat('DE', CASE substr(i, 3, 2) WHEN '97' THEN '00' WHEN '98' THEN '01' WHEN '02' THEN '99' END, bank) AS s
    WHERE substr(i, 3, 2) IN ('97', '98', '02') AND (pg_temp.modulo_97(substr(s, 5) || left(s, 4)) <> 1 OR ar.iban_is_valid(s))$$,
    'check digits 00, 01 and 99 are never given');

-- Whatever else comes ------------------------------------------------------
CREATE TEMP TABLE garbage AS
SELECT pg_temp.random_text(a.characters, floor(random() * 40)::integer) AS code
FROM generate_series(1, 1500) AS n,
     (VALUES (E' \t\n-.+*/%_"\'\\0123456789ABCXYZabcxyzéß统一社会信用代码１２Ω😀'), ('0é统😀'), (U&'\0001\007F\0080\00FF\FFFD')) AS a (characters)
UNION ALL
-- 18 times 0 is a unified social credit code by its sum.
SELECT repeat(c, n) FROM unnest('{0,9,A,X,é,统," "}'::text[]) AS c, unnest('{1,9,18,20,1000,3000000}'::integer[]) AS n WHERE (c, n) <> ('0', 18)
UNION ALL
-- What is right but for one character of more than one byte, in each place.
SELECT overlay(v.code PLACING '统' FROM i FOR n)
FROM unnest('{91350100M000100Y43,600037341,11010519491231002X,110000600037341,24312000000012345678,DE136695976,ESB58378431,213800KUD8LAJWSQ9D15,DE89370400440532013000}'::text[]) AS v (code),
     generate_series(1, length(v.code)) AS i, generate_series(0, 3) AS n;
SELECT is_empty($$
    SELECT left(code, 40) FROM garbage
    WHERE ar.uscc_is_valid(code) OR ar.organisation_code_is_valid(code) AND code !~ '^[0-9A-Z-]*$' OR ar.resident_id_is_valid(code)
       OR ar.cn_tax_id_is_valid(code) AND code !~ '^[0-9A-Z]{15}$' OR ar.fapiao_number_is_valid(code) AND code !~ '^[0-9]{20}$'
       OR ar.fapiao_number_is_valid(code, code) OR ar.fapiao_number_is_valid('12345678', code) OR ar.fapiao_number_is_valid(code, '3100153130')
       OR ar.vat_id_is_valid(code) OR ar.lei_is_valid(code) OR ar.iban_is_valid(code) OR ar.uscc_check_character(code) IS NOT NULL AND code !~ '^[0-9A-Z]*$'$$,
    'garbage is not valid, and no error');
SELECT is((SELECT bool_or(x) FROM unnest(ARRAY[ar.uscc_is_valid(NULL), ar.organisation_code_is_valid(NULL), ar.resident_id_is_valid(NULL),
           ar.cn_tax_id_is_valid(NULL), ar.vat_id_is_valid(NULL), ar.lei_is_valid(NULL), ar.iban_is_valid(NULL)]) AS x), NULL, 'null is null');
SELECT is(ar.uscc_check_character(NULL), NULL, 'no check character of null');

SELECT * FROM finish();
ROLLBACK;
