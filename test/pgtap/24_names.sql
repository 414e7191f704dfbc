-- Names of companies, keys and initials by hand.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT setseed(0.75);

SELECT is(ar.name_key(n), k, format('key of "%s"', n))
FROM (VALUES
    ('Northern Star Logistics', 'NORTHERN STAR LOGISTICS'), ('Sapphire Electronics Ltd', 'SAPPHIRE ELECTRONICS'), ('  acme   Trading, Co. Ltd. ', 'ACME TRADING'), ('ACME TRADING LIMITED', 'ACME TRADING'),
    ('Müller & Söhne GmbH & Co. KG', 'MÜLLER SÖHNE'), ('Smith and Co', 'SMITH'), ('Smith & Sons, Inc.', 'SMITH SONS'), ('Foo S.p.A.', 'FOO'), ('Foo SpA', 'FOO'), ('Foo S. p. A.', 'FOO'), ('Foo S.A.R.L.', 'FOO'),
    ('SARL Foo', 'FOO'), ('Foo SA de CV', 'FOO'), ('Foo Sp. z o.o.', 'FOO'), ('Foo s.r.o.', 'FOO'), ('Foo A/S', 'FOO'), ('AB Volvo', 'VOLVO'), ('Volvo AB', 'VOLVO'), ('Oy Foo Ab', 'FOO'), ('Foo B.V.', 'FOO'),
    ('PT Foo', 'FOO'), ('Foo Pty Ltd', 'FOO'), ('Foo Sdn. Bhd.', 'FOO'), ('Foo OÜ', 'FOO'), ('Großhandel AG', 'GROSSHANDEL'), ('GROSSHANDEL AG', 'GROSSHANDEL'), ('O''Brien’s Ltd', 'OBRIENS'), ('J. Smith', 'J SMITH'),
    ('J.P. Morgan', 'JP MORGAN'), ('3M Company', '3M'), ('ＡＣＭＥ　ＬＴＤ', 'ACME'), ('ООО Ромашка', 'РОМАШКА'), ('ООО «Ромашка»', 'РОМАШКА'),
    ('华为技术有限公司', '华为技术'), ('华为（中国）有限公司', '华为中国'), ('招商银行股份有限公司', '招商银行'), ('某某有限责任公司', '某某'), ('某某公司', '某某公司'), ('株式会社東芝', '東芝'), ('東芝 株式会社', '東芝'),
    ('㈱東芝', '東芝'), ('주식회사 삼성', '삼성'), ('삼성주식회사', '삼성'), ('Acme (中国) 有限公司', 'ACME 中国'),
    -- Never all of it
    ('GmbH', 'GMBH'), ('S.A.', 'SA'), ('Co Ltd', 'CO'), ('有限公司', '有限公司'), ('Limited Company Inc', 'LIMITED'), ('AB AB', 'AB'),
    -- A form within stays
    ('AG Trading Ltd', 'AG TRADING'), ('Limited Edition Prints', 'LIMITED EDITION PRINTS'), ('Kabag', 'KABAG'), ('The Co., Ltd.', 'THE'),
    ('', NULL), ('   ', NULL), ('...', NULL), ('&', NULL)) AS v (n, k);
SELECT is(ar.name_key(NULL), NULL, 'key of nothing');
SELECT is(ar.name_initials(n), i, format('initials of "%s"', n))
FROM (VALUES ('Northern Star Logistics', 'NSL'), ('Sapphire Electronics Ltd', 'SE'), ('smith & sons', 'SS'), ('3M Company', '3'), ('élan vital', 'ÉV'), ('GmbH', 'G'), ('J.P. Morgan', 'JM'), ('华为 技术', '华技'), ('', NULL), ('--', NULL)) AS v (n, i);
SELECT is(ar.name_initials('Sapphire Electronics Ltd', true), 'SEL', 'initials with the legal form');
SELECT is(ar.name_initials('Northern Star Logistics Ltd', keep_legal_form => true), 'NSLL', 'initials with the legal form, by name');

-- Whatever the words: case, width, punctuation and a legal form more make no difference.
CREATE TEMP TABLE company AS
SELECT i, string_agg(w, ' ' ORDER BY n) AS name
FROM generate_series(1, 300) AS i
CROSS JOIN LATERAL (SELECT n, (ARRAY['Alpine', 'Brothers', 'Cargo', 'Delta', 'Éclair', 'Foods', 'Größe', 'House', '9Lives'])[1 + floor(random() * 9 + i * 0)::integer] AS w
                    FROM generate_series(1, 1 + i % 4) AS n) AS x
GROUP BY i;
SELECT is_empty($$SELECT c.name, v.spelt FROM company AS c
                  CROSS JOIN LATERAL (VALUES (lower(c.name)), (upper(c.name)), (replace(c.name, ' ', ' - ')), (c.name || ', Ltd.'), (c.name || ' GmbH & Co. KG'), (c.name || ' S.p.A.'), ('"' || c.name || '" Inc'), (normalize(c.name, NFD)),
                                             (translate(c.name, 'ABCDEFGH ', 'ＡＢＣＤＥＦＧＨ　')), (ar.name_key(c.name))) AS v (spelt)
                  WHERE ar.name_key(v.spelt) IS DISTINCT FROM ar.name_key(c.name)$$, 'spellings of one name');
SELECT is_empty($$SELECT name FROM company WHERE ar.name_key(name) <> replace(replace(replace(upper(name), 'ß', 'SS'), 'é', 'É'), 'ö', 'Ö')
                     OR ar.name_initials(name) <> (SELECT string_agg(left(w, 1), '' ORDER BY n) FROM string_to_table(ar.name_key(name), ' ') WITH ORDINALITY AS x (w, n))$$,
                'a name without a legal form is but in upper case, its initials those of its words');
SELECT is(ar.name_key(repeat('Ltd ', 250000)), 'LTD', 'a megabyte of legal forms');
SELECT is(length(ar.name_key(repeat('é. ', 250000))), 499999, 'a megabyte of single letters');

SELECT * FROM finish();
ROLLBACK;
