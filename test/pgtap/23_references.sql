-- References of payments and numbers of documents: published examples, sums done by hand, oracles in SQL.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT setseed(0.5);

CREATE FUNCTION pg_temp.random_text(characters text, length integer) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT coalesce(string_agg(substr(characters, 1 + floor(random() * length(characters))::integer, 1), ''), '') FROM generate_series(1, length)
$$;
CREATE FUNCTION pg_temp.pick(texts text[]) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT texts[1 + floor(random() * cardinality(texts))::integer]
$$;
-- The remainder by 97 of digits and letters, these as 10 to 35.
CREATE FUNCTION pg_temp.modulo_97(code text) RETURNS numeric LANGUAGE sql AS $$
    SELECT string_agg((strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', c) - 1)::text, '' ORDER BY i)::numeric % 97
    FROM string_to_table(code, NULL) WITH ORDINALITY AS t (c, i)
$$;
-- The sum of digits from the right, each by the weight that comes in turn.
CREATE FUNCTION pg_temp.weighted(digits text, weights integer[]) RETURNS bigint LANGUAGE sql AS $$
    SELECT sum(d::integer * weights[1 + (i - 1) % cardinality(weights)])
    FROM string_to_table(reverse(digits), NULL) WITH ORDINALITY AS t (d, i)
$$;

-- Check digits: published examples ------------------------------------------
SELECT ok(ar.reference_is_valid(r, s), format('%s is valid as %s', r, coalesce(s, 'any')))
FROM (VALUES ('RF712348231', 'rf'), ('RF18539007547034', 'rf'), ('RF18 5390 0754 7034', NULL), ('rf18 5390 0754 7034', 'rf'), ('RF81123453', NULL),
             ('210000000003139471430009017', 'ch_qrr'), ('21 00000 00003 13947 14300 09017', NULL), ('123453', 'fi'), ('12 3453', NULL),
             ('602243', 'no_kid'), ('602243', 'no_kid_mod10'), ('12345674', 'no_kid_mod11'), ('12345674', 'no_kid')) AS v (r, s);
SELECT is(ar.reference_is_valid(r, s), false, format('%s is not valid as %s: %s', r, coalesce(s, 'any'), why))
FROM (VALUES ('RF68 5390 0754 7034', 'rf', 'published with wrong check digits'), ('RF68539007547034', NULL, 'nor by its form'), ('RF712348232', 'rf', 'another digit'),
             ('RF71', 'rf', 'nothing behind'), ('RF', 'rf', 'short'), ('', 'rf', 'empty'), ('', NULL, 'empty'), ('123453', 'rf', 'no RF'),
             ('RF71234823-1', 'rf', 'a hyphen'), ('RF71234823é', 'rf', 'an accent'), ('RF7I2348231', 'rf', 'a letter for a check digit'),
             ('210000000003139471430009016', 'ch_qrr', 'another check digit'), ('10000000003139471430009017', 'ch_qrr', '26 digits'),
             ('000000000000000000000000000', 'ch_qrr', 'zeros'), ('000000000000000000000000000', NULL, 'zeros'), ('21000000000313947143000901A', 'ch_qrr', 'a letter'),
             ('123454', 'fi', 'another check digit'), ('013', 'fi', 'three digits'), ('0000', 'fi', 'zeros'), ('1234530', 'fi', 'a digit more'), ('12345３', 'fi', 'a wide digit'),
             ('602244', 'no_kid', 'another check digit'), ('602243', 'no_kid_mod11', 'the other formula'), ('6', 'no_kid', 'one digit'), ('6022-', 'no_kid_mod10', 'a hyphen is of the other formula'),
             ('602243', NULL, 'a KID is not assumed'), (repeat('1', 100), NULL, 'long'), (repeat(' ', 100), NULL, 'spaces')) AS v (r, s, why);
SELECT is(ar.reference_is_valid(NULL, 'rf'), NULL, 'nothing is neither valid nor not');
SELECT is(ar.make_reference(s, r), made, format('%s made of %s', s, r))
FROM (VALUES ('rf', '2348231', 'RF712348231'), ('rf', 'abc 12', ar.make_reference('rf', 'ABC12')), ('ch_qrr', '21000000000313947143000901', '210000000003139471430009017'),
             ('fi', '12345', '123453'), ('fi_rf', '12345', 'RF81123453'), ('fi_rf', '0012345', 'RF81123453'),
             ('no_kid_mod10', '60224', '602243'), ('no_kid_mod11', '1234567', '12345674'),
             -- By hand: 6 x 2 = 12, 11 - 12 % 11 = 10; 0 where 11 - 0 = 11 (2 x 4 + 3 x 1 = 11).
             ('no_kid_mod11', '6', '6-'), ('no_kid_mod11', '14', '140')) AS v (s, r, made);
SELECT ok(ar.reference_is_valid('6-', s), 'a KID that ends in - as ' || s) FROM unnest('{no_kid,no_kid_mod11}'::text[]) AS s;

-- Round trips on random references, check digits by sums in SQL -------------
CREATE TEMP TABLE made AS
SELECT s, r, ar.make_reference(s, r) AS m
FROM (SELECT 'rf' AS s, pg_temp.random_text('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', 1 + i % 21) AS r FROM generate_series(1, 400) AS i
      UNION ALL SELECT 'ch_qrr', pg_temp.random_text('0123456789', i % 26) || '1' FROM generate_series(1, 400) AS i
      UNION ALL SELECT 'fi', '1' || pg_temp.random_text('0123456789', 2 + i % 17) FROM generate_series(1, 400) AS i
      UNION ALL SELECT k, pg_temp.random_text('0123456789', i % 24) || '7' FROM generate_series(1, 400) AS i, unnest('{no_kid_mod10,no_kid_mod11}'::text[]) AS k) AS v;
SELECT is_empty('SELECT * FROM made WHERE ar.reference_is_valid(m, s) IS NOT TRUE', 'what is made is valid');
SELECT is_empty($$SELECT * FROM made WHERE s = 'rf' AND (m <> 'RF' || substr(m, 3, 2) || r
    OR pg_temp.modulo_97(r || 'RF' || substr(m, 3, 2)) <> 1
    OR substr(m, 3, 2) <> to_char(98 - pg_temp.modulo_97(r || 'RF00'), 'FM00'))$$, 'RF: moved behind, the remainder by 97 is 1');
SELECT is_empty($$SELECT * FROM made WHERE s = 'fi' AND (left(m, -1) <> r OR pg_temp.weighted(m, '{1,7,3,1,7,3,1,7,3,1,7,3,1,7,3,1,7,3,1,7}') % 10 <> 0)$$,
                'Finnish: with the check digit the sum ends in 0');
SELECT is_empty($$SELECT * FROM made WHERE s = 'no_kid_mod10' AND (left(m, -1) <> r
    OR (SELECT sum(x / 10 + x % 10) FROM (SELECT d::integer * (2 - i % 2) FROM string_to_table(reverse(m), NULL) WITH ORDINALITY AS t (d, i)) AS y (x)) % 10 <> 0)$$,
                'KID modulo 10: with the check digit the sum ends in 0');
SELECT is_empty($$SELECT * FROM made WHERE s = 'no_kid_mod11' AND (left(m, -1) <> r
    OR (pg_temp.weighted(r, '{2,3,4,5,6,7}') + CASE right(m, 1) WHEN '-' THEN 10 ELSE right(m, 1)::integer END) % 11 <> 0)$$,
                'KID modulo 11: with the check the sum is a multiple of 11');
SELECT is_empty($$WITH RECURSIVE walk (m, i, carry) AS (
        SELECT m, 1, 0 FROM made WHERE s = 'ch_qrr'
        UNION ALL
        SELECT m, i + 1, substr('0946827135', 1 + (carry + substr(m, i, 1)::integer) % 10, 1)::integer FROM walk WHERE i <= 27)
    SELECT * FROM walk WHERE i = 28 AND (carry <> 0 OR length(m) <> 27)$$, 'QRR: with the check digit the carry is 0, and there are 27 digits');
-- Any one digit changed is found out, but by a KID that may have either check.
SELECT is_empty($$SELECT * FROM made, generate_series(1, length(m)) AS i, generate_series(0, 9) AS d
    WHERE substr(m, i, 1) BETWEEN '0' AND '9' AND substr(m, i, 1) <> d::text AND m ~ '[1-9]' AND ar.reference_is_valid(overlay(m PLACING d::text FROM i FOR 1), s)$$,
                'one digit changed is never valid');
SELECT is_empty($$SELECT * FROM made WHERE NOT ar.reference_is_valid(lower(regexp_replace(m, '(.{4})', '\1 ', 'g')), s)$$, 'spaces and case are forgiven');

SELECT throws_ok('SELECT ar.reference_is_valid(''1'', ''se'')', '22023', 'there is no standard of references named "se"', 'an unknown standard');
SELECT throws_ok('SELECT ar.make_reference(''no_kid'', ''1'')', '22023', 'references of standard "no_kid" cannot be made', 'a standard that is no one''s');
SELECT throws_ok(format('SELECT ar.make_reference(%L, %L)', s, r), '22023', format('"%s" cannot be made a reference of standard %s', r, s), format('%s of %s', s, why))
FROM (VALUES ('rf', '', 'nothing'), ('rf', repeat('1', 22), '22 digits'), ('rf', 'A-1', 'a hyphen'), ('rf', 'é1', 'an accent'), ('rf', repeat('A', 100), '100 letters'),
             ('ch_qrr', '', 'nothing'), ('ch_qrr', '000', 'zeros'), ('ch_qrr', repeat('1', 27), '27 digits'), ('ch_qrr', 'A1', 'a letter'),
             ('fi', '12', '2 digits'), ('fi', repeat('1', 20), '20 digits'), ('fi', '12A', 'a letter'), ('fi', '000', 'zeros'), ('fi_rf', '12', '2 digits'),
             ('no_kid_mod10', '', 'nothing'), ('no_kid_mod10', repeat('1', 25), '25 digits'), ('no_kid_mod11', '1-', 'a hyphen')) AS v (s, r, why);
SELECT is(ar.make_reference('rf', NULL), NULL, 'nothing is made of nothing');

-- Key, number, pattern ------------------------------------------------------
SELECT is(ar.reference_key(t), k, format('key of "%s"', t))
FROM (VALUES ('inv-00 013', 'INV00013'), ('INV00013', 'INV00013'), (E'\tInv._#00013/', 'INV00013'), ('ＩＮＶ－０００１３', 'INV00013'), ('发票 123', '发票123'),
             ('Ré-1', 'RÉ1'), (E'Re\u0301-1', 'RÉ1'), ('žluť', 'ŽLUŤ'), ('ωμέγα', 'ΩΜΈΓΑ'), ('счёт-№5', 'СЧЁТNO5'), ('①', '1'), ('ﬁ1', 'FI1'), ('٣٤', '34'), ('straße', 'STRASSE'),
             ('😀 1 €', '1'), ('「1」', '1'), ('', NULL), (' -./_#', NULL), ('……', NULL)) AS v (t, k);
SELECT is_empty($$SELECT t FROM (SELECT pg_temp.random_text('aZ09-é发 ＡⅣ①ﬁ٣' || E'\u0301\u3099か', i % 30) AS t FROM generate_series(1, 500) AS i) AS x
                  WHERE ar.reference_key(ar.reference_key(t)) IS DISTINCT FROM ar.reference_key(t)
                     OR ar.reference_key(normalize(t, NFKC)) IS DISTINCT FROM ar.reference_key(t)
                     OR ar.reference_key(normalize(t, NFD)) IS DISTINCT FROM ar.reference_key(t)$$,
                'the key of a key, and of any normal form, is the key');
SELECT is_empty($$SELECT t FROM (SELECT pg_temp.random_text('abzABZ0189-./_# ', i % 40) AS t FROM generate_series(1, 500) AS i) AS x
                  WHERE ar.reference_key(t) IS DISTINCT FROM nullif(regexp_replace(upper(t), '[^A-Z0-9]', '', 'g'), '')
                     OR ar.reference_number(t) IS DISTINCT FROM nullif(ltrim(substring(t FROM '([0-9]+)[^0-9]*$'), '0'), '')
                     OR ar.reference_pattern(t) IS DISTINCT FROM CASE WHEN t ~ '[0-9]' THEN
                         (SELECT string_agg(CASE WHEN m[1] ~ '[0-9]' THEN '9{' || length(m[1]) || '}' ELSE m[1] END, '' ORDER BY n)
                          FROM regexp_matches(regexp_replace(upper(t), '[^A-Z0-9]', '', 'g'), '[0-9]+|[A-Z]', 'g') WITH ORDINALITY AS r (m, n)) END$$,
                'key, number and pattern as by regular expressions');
SELECT is(ar.reference_number(t), n, format('number of "%s"', t))
FROM (VALUES ('INV-00013', '13'), ('RE2024/0007', '7'), ('INV-00013-A', '13'), ('0', NULL), ('12-000', NULL), ('ABC', NULL), ('', NULL), ('１２', '12'), ('é5', '5')) AS v (t, n);
SELECT is(ar.reference_pattern(t), p, format('pattern of "%s"', t))
FROM (VALUES ('INV-00013', 'INV9{5}'), ('RE 2024/0007', 'RE9{8}'), ('a1b22c', 'A9{1}B9{2}C'), ('发票-12', '发票9{2}'), ('ABC', NULL), ('', NULL)) AS v (t, p);
CREATE TEMP TABLE document (number text);
CREATE INDEX ON document (ar.reference_key(number));
INSERT INTO document SELECT 'INV-' || to_char(i, 'FM00000') FROM generate_series(1, 2000) AS i;
SET LOCAL enable_seqscan = off;
SELECT is((SELECT number FROM document WHERE ar.reference_key(number) = ar.reference_key('inv 01 234')), 'INV-01234', 'found by an index on the key');
RESET enable_seqscan;

-- Distance, against the whole matrix ----------------------------------------
CREATE FUNCTION pg_temp.distance(a text, b text) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    d integer[];
    w integer := length(b) + 1;
BEGIN
    FOR i IN 0 .. length(a) LOOP
        FOR j IN 0 .. length(b) LOOP
            d[i * w + j] := CASE WHEN i = 0 OR j = 0 THEN i + j ELSE
                least(d[(i - 1) * w + j] + 1, d[i * w + j - 1] + 1,
                      d[(i - 1) * w + j - 1] + (substr(a, i, 1) <> substr(b, j, 1))::integer,
                      CASE WHEN i > 1 AND j > 1 AND substr(a, i, 1) = substr(b, j - 1, 1) AND substr(a, i - 1, 1) = substr(b, j, 1)
                           THEN d[(i - 2) * w + j - 2] + 1 END) END;
        END LOOP;
    END LOOP;
    RETURN least(d[length(a) * w + length(b)], 3);
END;
$$;
SELECT is_empty($$SELECT a, b, ar.number_distance(a, b), pg_temp.distance(a, b)
                  FROM (SELECT pg_temp.random_text(c, floor(random() * 8)::integer) AS a, pg_temp.random_text(c, floor(random() * 8)::integer) AS b
                        FROM generate_series(1, 1500) AS i, unnest('{AB,ABC}'::text[]) AS c) AS x
                  WHERE ar.number_distance(a, b) <> pg_temp.distance(a, b)$$, 'distance as by the whole matrix');
SELECT is(ar.number_distance(a, b), d, format('distance of %s and %s', a, b))
FROM (VALUES ('INV00704', 'INV00004', 1), ('INV00704', 'INV00740', 1), ('INV00704', 'INV00704', 0), ('INV00704', 'INV0704', 1), ('INV00704', 'RE00704', 3), ('INV00704', 'IVN0704', 2),
             ('', '', 0), ('', 'AB', 2), ('', 'ABC', 3), ('CA', 'ABC', 3), ('12345', '54321', 3)) AS v (a, b, d);
SELECT is(ar.number_distance(repeat('A', 1000000) || 'B', 'C' || repeat('A', 1000000)), 2, 'distance of two texts of a million characters');

-- Texts of payments ---------------------------------------------------------
CREATE FUNCTION pg_temp.found(t text, patterns text[] DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(format('%s %s', coalesce(standard, kind), reference), ', ' ORDER BY n), '')
    FROM ar.extract_references(t, patterns) WITH ORDINALITY AS x (reference, kind, standard, "position", n)
$$;
SELECT is(pg_temp.found(t), f, format('"%s"', t))
FROM (VALUES
    ('', ''), ('   ', ''), ('Payment with thanks', ''), ('a1 b2', ''), ('1.0% discount, installment 1 of 6', ''),
    -- Words with digits, in any spelling
    ('PO-88317', 'token PO88317'), ('po-88317 PO 88317', 'token PO88317, token 88317'), ('Wire Ref: DPXNF7C3DD', 'token DPXNF7C3DD'), ('CK# 1053', 'token 1053'),
    ('Matter #58567', 'token 58567'), ('合同A123款', 'token A123'), ('RE2024/0007', 'token RE20240007'), ('INV–00013', 'token INV00013'), ('a5x_7', 'token A5X7'),
    -- Announced
    ('Inv. no. 00013', 'number 00013'), ('INVOICE: 00013', 'number 00013'), ('Invoice7', 'number 7'), ('#123', 'number 123'), ('Rechnung Nr. 4711', 'number 4711'),
    ('Rechnung-Nr.4711', 'number 4711'), ('RG 4712', 'number 4712'), ('facture n° 4712', 'number 4712'), ('Facture Nº4712', 'number 4712'), ('Factuur 2024/0012', 'number 20240012'),
    ('fattura 12', 'number 12'), ('发票号码23456货款', 'number 23456'), ('發票 23456', 'number 23456'), ('bill 77', 'number 77'), ('INV-77', 'token INV77'), ('INV 77', 'number 77'),
    ('customer no. 55512, invoice no. 55513', 'token 55512, number 55513'), ('order no 55514', 'token 55514'), ('credit memo 00004', 'number 00004'),
    ('progress payment #1', ''), ('Zahlung Nr. 2', ''), ('payment #1234', 'token 1234'), ('payment 123453', 'fi 123453'), ('part no 12 of invoice 77', 'number 77'),
    -- Lists and ranges
    ('INV-101/102/103', 'token INV101, number 102, number 103'), ('INV-101, 102 und 105', 'token INV101, number 102, number 105'),
    ('INV-101; #103', 'token INV101, number 103'), ('Rg 4711, 4712, & 4713', 'number 4711, number 4712, number 4713'), ('invoices 101 102 103', 'number 101, number 102, number 103'),
    ('invoice 00099, 100', 'number 00099, number 100'), ('invoice 4711, 20 items', 'number 4711'), ('发票23456、23457', 'number 23456, number 23457'),
    ('Factuur 2024/0012 en 2024/0013', 'number 20240012, number 20240013'), ('INV101INV102', 'token INV101, token INV102'), ('INV-101-INV-102', 'token INV101, token INV102'),
    ('INV-101/PO-102', 'token INV101, token PO102'), ('INV-101-103', 'token INV101, token INV101103, range 102, range 103'), ('invoices 101-103', 'number 101, range 102, range 103'),
    ('invoices 101 to 103', 'number 101, range 102, range 103'), ('INV-098 bis INV-101', 'token INV098, token INV101, range 099, range 100'), ('factures 199 à 201', 'number 199, range 200, range 201'),
    ('invoices 101 - 103', 'number 101, token 103'), ('invoices 101-151', 'number 101, ' || (SELECT string_agg('range ' || i, ', ') FROM generate_series(102, 151) AS i)),
    ('INV-101-152', 'token INV101152'), ('INV-101-99', 'token INV10199'), ('INV-103-101', 'token INV103101'), ('invoices 101-103, 105', 'number 101, range 102, range 103, number 105'),
    -- Structured
    ('RF18 5390 0754 7034', 'rf RF18539007547034'), ('pay rf18539007547034.', 'rf RF18539007547034'), ('RF18 5390 0754 7034 thanks a lot', 'rf RF18539007547034'),
    ('RF68 5390 0754 7034', 'token RF68, token 5390, token 0754, token 7034'), ('XRF18539007547034', 'token XRF18539007547034'), ('RF18539007547034X', 'token RF18539007547034X'),
    ('RF71 2348 231/RF81123453', 'rf RF712348231, rf RF81123453'), ('21 00000 00003 13947 14300 09017', 'ch_qrr 210000000003139471430009017'), ('210000000003139471430009017', 'ch_qrr 210000000003139471430009017'),
    ('210000000003139471430009016', 'token 210000000003139471430009016'), ('viite 123453', 'fi 123453'), ('123453', 'fi 123453'), ('123454', 'token 123454'), ('viite 12 34561', 'fi 1234561'),
    ('00000000000000123453', 'fi 00000000000000123453'), ('x123453', 'token X123453'), ('123453x', 'token 123453X'), ('invoice 123453', 'number 123453'), ('0000', 'token 0000'),
    -- Tags
    ('SVWZ+INV-00013 EREF+4711-22', 'token INV00013, token 471122'), ('EREF+NOTPROVIDED', ''), ('/REF/123456/INV/00015', 'token 123456, number 00015'), ('KREF+RF712348231SVWZ+', 'token RF712348231SVWZ'),
    ('KREF+RF712348231 SVWZ+Re. 12', 'rf RF712348231, number 12'), ('?20SVWZ+Rg 4711?21und 4712', 'number 4711, number 4712'), ('/RFB/A-4711', 'token A4711'), ('INV/00015', 'token INV00015'), ('RE 2024/0007, 2024/0008', 'number 20240007, number 20240008'),
    -- Not documents
    ('2024-05-16 16.05.2024 16/05/24 5/16/2024 2024/5/6', ''), ('16 May 2024, May 16, 2024, März 2024', ''), ('2024年5月16日', ''), ('2024-05-16T10:00', ''), ('2024-13-45', 'token 20241345'),
    ('$1807.43 EUR 1.234,56 1,234.56- USD 500 500 EUR EUR500 12 500,00 kr', ''), ('Rg 101 500,00 EUR', 'number 101'), ('Invoice 4711 EUR 500', 'number 4711'), ('Rg 4711, 1.234,56 EUR', 'number 4711'),
    ('IBAN DE89 3704 0044 0532 0130 00 BIC COBADEFFXXX', ''), ('DE89370400440532013000 SPUEDE2UXXX BYLADEM1001', ''), ('DE89370400440532013001', 'token DE89370400440532013001'), ('ORDERS12345', 'token ORDERS12345'),
    ('CRED+DE98ZZZ09999999999 BLZ 37040044', ''), ('14:30', ''),
    -- Long ones are no numbers
    (repeat('1', 65), ''), (repeat('7', 64), 'token ' || repeat('7', 64)), ('A' || repeat('1', 64), '')) AS v (t, f);
SELECT is(pg_temp.found(t, ARRAY['INV9{5}', 'RE9{8}', 'PO9999', '9{6}', 'x9{3}y', '发票9{3}', NULL]), f, format('"%s", patterns known', t))
FROM (VALUES
    ('INV-00013', 'pattern INV00013'), ('inv 00013; INV_00014 Inv. #00015', 'pattern INV00013, pattern INV00014, pattern INV00015'), ('ＩＮＶ　００１３４', 'pattern INV00134'),
    ('INV-00 013', 'pattern INV00013'), ('INV0-0-0-1-3', 'pattern INV00013'), ('PAYINV00013INV00014THANKS', 'pattern INV00013, pattern INV00014'), ('INV00013and00014', 'pattern INV00013, token AND00014'),
    ('Inv. no. 00013', 'number 00013'), ('INV: 00013', 'number 00013'), ('INV000135', 'token INV000135'), ('INV-0013', 'token INV0013'), ('XINV-00013', 'token XINV00013'), ('INV00013A', 'token INV00013A'),
    ('INV 00013 00014', 'pattern INV00013, number 00014'), ('INV-00013/14/15', 'pattern INV00013, number 14, number 15'), ('INV-00013-00015', 'pattern INV00013, range 00014, range 00015'),
    ('INV-00098 bis 00101', 'pattern INV00098, range 00099, range 00100, range 00101'), ('INV-00013 - 1,500.00', 'pattern INV00013'), ('INV-00013 - 14', 'pattern INV00013'),
    ('RE 2024/0007', 'pattern RE20240007'), ('MORE 20240007', 'token 20240007'), ('PRE20240007', 'token PRE20240007'), ('RGRE20240007', 'pattern RE20240007'), ('Re 2024-05-16', 'pattern RE20240516'),
    ('123456 12-3457 12 3458', 'pattern 123456, pattern 123457, token 3458'), ('2024-05 16', 'pattern 202405'), ('X123Y x-124-y', 'pattern X123Y, pattern X124Y'), ('x 123y', 'token 123Y'),
    ('支付发票123款', 'pattern 发票123'), ('发票-124', 'pattern 发票124'),
    -- O and 0, I and 1
    ('INVO0013', 'pattern_guess INV00013'), ('1NV-OOO13', 'pattern_guess INV00013'), ('INV-0OI3I', 'pattern_guess INV00131'), ('INV-OOIOI', ''), ('P01234', 'pattern_guess PO1234'),
    ('P01234 PO1234', 'pattern PO1234'), ('P51234', 'token P51234'), ('INV-OO013/14', 'pattern_guess INV00013, number 14'), ('INV OO013', 'number OO013'),
    ('', ''), ('INV', ''), ('00013', 'token 00013')) AS v (t, f);
SELECT results_eq($$SELECT * FROM ar.extract_references('发票号码23456, INV-00013 and RF18 5390 0754 7034', ARRAY['INV9{5}'])$$,
                  $$VALUES ('23456', 'number', NULL, 5), ('INV00013', 'pattern', NULL, 12), ('RF18539007547034', 'structured', 'rf', 26)$$, 'positions count characters');
SELECT results_eq($$SELECT reference, kind FROM unnest('{INV1,INV2,XX3}'::text[]) AS t CROSS JOIN LATERAL ar.extract_references('INV-1 XX-3', ARRAY[ar.reference_pattern(t)])$$,
                  $$VALUES ('INV1', 'pattern'), ('XX3', 'token'), ('INV1', 'pattern'), ('XX3', 'token'), ('INV1', 'token'), ('XX3', 'pattern')$$, 'patterns that change from row to row');
SELECT is((SELECT count(*) FROM ar.extract_references(NULL)), 0::bigint, 'no text has no references');
SELECT throws_ok(format('SELECT * FROM ar.extract_references(''x'', ARRAY[%L])', p), '22023', format('"%s" is no pattern of document numbers', p), format('pattern "%s"', p))
FROM unnest('{"",INV,INV-9,"9{","9{}","9{0}","9{5","9{x}","9{65}","9{4}9{61}","9{99999999999999999999}",INV8,"A{3}"}'::text[]) AS p;
-- A KID, of the formula and length that the creditor's bank agreed on.  By hand: 123456 gives 3+5+8+3+4+1 = 24, so 6 (Luhn), and
-- 12+15+16+15+12+7 = 77, so 0 (modulo 11); 1234567 gives 14+18+20+20+18+14+2 = 106 = 9*11 + 7, so 4; 10003 gives 6+0+0+0+6 = 12, so -.
SELECT is((SELECT string_agg(concat_ws(' ', x.kind, x.standard, x.reference), ', ') FROM ar.extract_references(t, p) AS x), f, format('%s with %s', t, p))
FROM (VALUES ('1234566', '{no_kid_mod10:7}'::text[], 'structured no_kid_mod10 1234566'), ('KID 1234566', '{no_kid_mod10:7}', 'structured no_kid_mod10 1234566'),
             ('KID: 1234566.', '{"INV9{5}",no_kid_mod10:7}', 'structured no_kid_mod10 1234566'), ('kid1234566', '{no_kid_mod10:7}', 'structured no_kid_mod10 1234566'),
             ('1234566', '{}', 'token 1234566'), ('1234566', '{no_kid_mod10:8}', 'token 1234566'), ('1234566', '{no_kid_mod11:7}', 'token 1234566'),
             ('1234567', '{no_kid_mod10:7}', 'token 1234567'), ('kid1234567', '{no_kid_mod10:7}', 'token KID1234567'), ('0000000', '{no_kid_mod10:7}', 'token 0000000'),
             ('1234560', '{no_kid_mod11:7}', 'structured no_kid_mod11 1234560'), ('12345674', '{no_kid_mod10:7,no_kid_mod11:8}', 'structured no_kid_mod11 12345674'),
             ('10003-', '{no_kid_mod11:6}', 'structured no_kid_mod11 10003'), ('KID10003-, thanks', '{no_kid_mod11:6}', 'structured no_kid_mod11 10003'),
             ('10003-5', '{no_kid_mod11:6}', 'token 100035'), ('20003', '{no_kid_mod11:6}', 'token 20003'), ('1234566 12345674 INV-00013', '{no_kid_mod10:7,no_kid_mod11:8,"INV9{5}"}', 'structured no_kid_mod10 1234566, structured no_kid_mod11 12345674, pattern INV00013'),
             ('Invoice 1234566', '{no_kid_mod10:7}', 'number 1234566'), ('12345-1234566', '{no_kid_mod10:7}', 'token 123451234566')) AS v (t, p, f);
SELECT throws_ok(format('SELECT * FROM ar.extract_references(''x'', ARRAY[%L])', p), '22023', format('"%s" is no pattern of document numbers', p), format('pattern "%s"', p))
FROM unnest('{no_kid_mod10,no_kid_mod10:,no_kid_mod10:1,no_kid_mod10:26,no_kid_mod10:7x,no_kid_mod10:999999999999,no_kid_mod12:7,no_kid:7}'::text[]) AS p;
SELECT lives_ok($$SELECT * FROM ar.extract_references('x', ARRAY['9{64}', 'ä9'])$$, 'the longest pattern, and one with an umlaut');

-- Numbers in random spellings among words are all found, and nothing else.
CREATE TEMP TABLE written AS
SELECT i AS id, n, 'INV' || to_char(floor(random() * 100000), 'FM00000') AS key
FROM generate_series(1, 400) AS i, generate_series(1, 1 + i % 5) AS n;
CREATE TEMP TABLE message AS
SELECT w.id, string_agg(pg_temp.pick('{"","payment for ","re your ","SVWZ+","paid, ","(","发票 "}')
                        || pg_temp.pick('{INV,inv,Inv,ＩＮＶ}') || pg_temp.pick('{"",-," ",/,.,_,#," #",". ","- "}') || right(w.key, 5),
                        pg_temp.pick('{" ",", ","; "," and ","/","+"," thanks ",". ","、"}') ORDER BY w.n) AS message
FROM written AS w GROUP BY w.id;
SELECT is_empty($$SELECT m.id, m.message, f.keys, w.keys
                  FROM message AS m
                  CROSS JOIN LATERAL (SELECT array_agg(x.reference ORDER BY x.reference) AS keys FROM ar.extract_references(m.message, ARRAY['INV9{5}']) AS x WHERE x.kind = 'pattern') AS f
                  JOIN (SELECT id, array_agg(DISTINCT key ORDER BY key) AS keys FROM written GROUP BY id) AS w ON w.id = m.id
                  WHERE f.keys IS DISTINCT FROM w.keys
                     OR (SELECT count(*) FROM ar.extract_references(m.message, ARRAY['INV9{5}'])) <> cardinality(w.keys)$$, 'numbers in random spellings');
-- Whatever the text: keys are keys, no key comes twice, positions ascend and are within.
SELECT is_empty($$SELECT t FROM (SELECT pg_temp.random_text('aIO01-./_# ,:+$€%INRF2345发票年' || E'\n\u0301\u3099ｶﾞ', i % 80) AS t FROM generate_series(1, 1500) AS i) AS x
                  CROSS JOIN LATERAL (SELECT count(*) AS n, count(DISTINCT e.reference) AS distinct_n, array_agg(e.position ORDER BY e.n) AS positions,
                                             bool_and(e.reference = ar.reference_key(e.reference) AND e.reference ~ '[0-9]') AS are_keys,
                                             bool_and((e.standard IS NOT NULL) = (e.kind = 'structured')) AS standards
                                      FROM ar.extract_references(t, ARRAY['IN9{2}', 'O9', '9{3}']) WITH ORDINALITY AS e (reference, kind, standard, "position", n)) AS f
                  WHERE f.n > 0 AND (f.n <> f.distinct_n OR NOT f.are_keys OR NOT f.standards
                                     OR f.positions <> (SELECT array_agg(p ORDER BY p) FROM unnest(f.positions) AS p)
                                     OR f.positions[1] < 1 OR f.positions[cardinality(f.positions)] > length(t))$$, 'what holds of every text');
-- A megabyte of each.
SELECT is((SELECT count(*) FROM ar.extract_references(t, ARRAY['INV9{5}', '9{60}'])), n::bigint, format('a megabyte of "%s"', left(t, 12)))
FROM (VALUES (repeat('INV-00013 RF18 5390 0754 7034 ', 35000), 2), (repeat('A1', 500000), 0), (repeat('1', 1000000), 0), (repeat('1/', 500000), 0), (repeat('12,', 350000), 0),
             (repeat('ab-', 350000), 0), (repeat('发票12、', 120000), 1), (repeat(E'e\u0301', 350000), 0), (repeat(E'\u0301', 500000), 0), (repeat('?20', 350000), 0), (repeat('#', 1000000), 0)) AS v (t, n);
SELECT is((SELECT count(*) FROM ar.extract_references((SELECT string_agg('INV' || to_char(i, 'FM00000'), ' ') FROM generate_series(0, 99999) AS i), ARRAY['INV9{5}'])),
          100000::bigint, 'a hundred thousand numbers');
SELECT throws_ok($$SELECT * FROM ar.extract_references(repeat('x', 16777217))$$, '54000', 'text is too long to look for references', 'more than 16 MB');

-- Amounts -------------------------------------------------------------------
SELECT is(ar.extract_amounts(t), a::numeric[], format('amounts in "%s"', t))
FROM (VALUES
    ('Deduction: Missing items (-$1807.43)', '{1807.43}'), ('', '{}'), ('nothing', '{}'), ('INV-00013 of 2024', '{}'), ('1.234,56', '{1234.56}'), ('1,234.56', '{1234.56}'), ('0.99', '{0.99}'),
    ('1,234,567.89 and 12,34,567.89', '{1234567.89,1234567.89}'), ('1''234.50 1’234.50', '{1234.50,1234.50}'), ('EUR 12 500,00', '{12500.00}'), (E'12\u00a0500,00', '{12500.00}'), ('12 500,00', '{500.00}'),
    ('$1,234', '{1234}'), ('$1.234', '{1234}'), ('KWD 1.234', '{1.234}'), ('1.234', '{}'), ('1.2', '{}'), ('$1.2', '{1.2}'), ('-€5', '{5}'), ('€-5,00', '{5.00}'), ('500 EUR', '{500}'), ('EUR500', '{500}'),
    ('EUR 500 USD 600', '{500,600}'), ('500 EUR, 600 USD', '{500,600}'), ('101 EUR 500', '{500}'), ('￥1,000', '{1000}'), ('1000元', '{1000}'), ('￡12.50', '{12.50}'),
    ('16.05.2024 16.05.24 2024-05-16 May 2024', '{}'), ('10.25% 10.25 %', '{}'), ('1.2.34 1,2,34', '{}'), ('v1.25', '{}'), ('1.25x', '{}'), ('1.25-1.50', '{}'), ('14:30:00', '{}'),
    ('total 12.50.', '{12.50}'), ('12.50, 13.50', '{12.50,13.50}'), ('less 2.00; plus 3.00', '{2.00,3.00}'), (repeat('9', 28) || '.99', '{9999999999999999999999999999.99}'), (repeat('9', 31) || '.99', '{}')) AS v (t, a);
SELECT is(ar.extract_amounts(NULL), NULL, 'amounts of nothing');
-- Amounts as to_char writes them come back.
SELECT is_empty($$SELECT x.a, w.t FROM (SELECT round((random() * 10 ^ (i % 9))::numeric, 2) AS a FROM generate_series(1, 300) AS i) AS x
                  CROSS JOIN LATERAL (VALUES ('paid ' || to_char(x.a, 'FM999,999,999,990.00') || ' today'), ('(-' || translate(to_char(x.a, 'FM999,999,999,990.00'), ',.', '.,') || ')'),
                                             ('CHF ' || translate(to_char(x.a, 'FM999,999,999,990.00'), ',', '''')), ('$' || x.a), (translate(to_char(x.a, 'FM999,999,999,990.00'), ',.', ' ,') || ' EUR')) AS w (t)
                  WHERE ar.extract_amounts(w.t) <> ARRAY[x.a]$$, 'random amounts, written in five ways');
SELECT is(cardinality(ar.extract_amounts(repeat('1,', 500000) || ' 5.00 ' || repeat('7', 500000))), 1, 'amounts in a megabyte');

SELECT * FROM finish();
ROLLBACK;
