-- Objects of what is known, against jsonb_strip_nulls of jsonb_build_object.
BEGIN;
SET client_min_messages = warning;
SET LOCAL timezone = 'Asia/Kolkata';
SET LOCAL datestyle = 'SQL, DMY';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();

SELECT is(ar.build_object('a', NULL::text, 'b', NULL::numeric)::text, '{}', 'nothing that is known');
SELECT is(ar.build_object('b', 1, 'a', 'x'::text, 'cc', NULL::date, 'b', 2)::text, '{"a": "x", "b": 2}', 'the last of a key, in their order');
SELECT is(ar.build_object('n', 'null'::jsonb, 'k', '[null]'::jsonb)::text, '{"k": [null]}', 'null of jsonb is none, within it is kept');
-- Each type with its borders, at once and one by one.
CREATE TEMPORARY TABLE value AS
SELECT row_number() OVER () AS n, v.*
FROM (VALUES ('plain'::text, 1::smallint, 1, 1::bigint, 1.50, true, '2026-02-28'::date, '2026-02-28 12:00:00+00'::timestamptz, '{"a": [1, {"b": "x"}], "c": ""}'::jsonb),
             (E'\u00e9 "q" \\ \n \t /', -32768, -2147483648, -9223372036854775808, -0.000, false, '0044-03-15 BC', '0044-03-15 12:00:00.123456+00 BC', '"text"'),
             ('', 32767, 2147483647, 9223372036854775807, 'NaN', NULL, 'infinity', 'infinity', '12.340'),
             (repeat('long ', 1000), 0, 0, 0, 1e300, NULL, '-infinity', '-infinity', 'true'),
             (NULL, NULL, NULL, NULL, 'Infinity', NULL, NULL, NULL, '[]'),
             (NULL, NULL, NULL, NULL, '-Infinity', NULL, NULL, NULL, '{}'),
             (NULL, NULL, NULL, NULL, 0.00000000000000000001, NULL, NULL, NULL, to_jsonb(repeat('x', 5000)))) AS v (t, s, i, b, m, o, d, z, j);
SELECT is(ar.build_object('t', t, 's', s, 'i', i, 'b', b, 'm', m, 'o', o, 'd', d, 'z', z, 'j', j, 'literal', 'x')::text,
          jsonb_strip_nulls(jsonb_build_object('t', t, 's', s, 'i', i, 'b', b, 'm', m, 'o', o, 'd', d, 'z', z, 'j', j, 'literal', 'x'))::text, format('row %s', n))
FROM value ORDER BY n;
SELECT is((SELECT count(*) FROM value WHERE pg_column_size(ar.build_object(coalesce(t, 'none'), m, 'j', j)) <> pg_column_size(jsonb_strip_nulls(jsonb_build_object(coalesce(t, 'none'), m, 'j', j)))), 0::bigint, 'of the same size');
SELECT setseed(0.5) \gset
SELECT is_empty($$
    SELECT a, b FROM (SELECT ar.build_object(k, x, k || 'b', y, repeat('k', n % 9), z) AS a, jsonb_strip_nulls(jsonb_build_object(k, x, k || 'b', y, repeat('k', n % 9), z)) AS b
                      FROM (SELECT n, md5(n::text) AS k, CASE WHEN random() < 0.7 THEN (random() * 1e6)::numeric(20, 4) END AS x,
                                   CASE WHEN random() < 0.7 THEN date '2020-01-01' + n END AS y, CASE WHEN random() < 0.7 THEN chr(32 + n % 90) || n END AS z
                            FROM generate_series(1, 2000) AS n) AS r) AS c
    WHERE a::text <> b::text OR a <> b$$, 'two thousand at random');
SELECT throws_ok('SELECT ar.build_object(''a'')', '22023', NULL, 'a key without a value');
SELECT throws_ok('SELECT ar.build_object(1, 2)', '22023', NULL, 'a key that is no text');
SELECT throws_ok('SELECT ar.build_object(NULL::text, 2)', '22004', NULL, 'a null key');
SELECT throws_ok('SELECT ar.build_object(''a'', ''1 day''::interval)', '22023', NULL, 'a type that is not known');
SELECT throws_ok('SELECT ar.build_object(VARIADIC ''{a,b}''::text[])', '22023', NULL, 'an array');

SELECT * FROM finish();
ROLLBACK;
