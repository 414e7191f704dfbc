-- Dates and amounts that come as text, and the date that reports answer for.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();

SELECT is(ar.parse_date(value), expected, format('date "%s"', value))
FROM (VALUES ('2025-03-31', date '2025-03-31'), ('2024-02-29', '2024-02-29'), ('2000-02-29', '2000-02-29'), ('0001-01-01', '0001-01-01'),
             ('9999-12-31', '9999-12-31'), ('1999-12-31', '1999-12-31'), ('1582-10-10', '1582-10-10'),
             ('2025-02-29', NULL), ('1900-02-29', NULL), ('2100-02-29', NULL), ('2025-04-31', NULL), ('2025-13-01', NULL), ('2025-00-10', NULL),
             ('2025-01-00', NULL), ('2025-01-32', NULL), ('0000-01-01', NULL), ('2025-1-1', NULL), ('25-01-01', NULL), ('20250101', NULL),
             ('2025/01/01', NULL), ('01-02-2025', NULL), ('31.03.2025', NULL), ('2025-03-31 ', NULL), (' 2025-03-31', NULL), ('2025-03-31T00:00', NULL),
             ('2025-03-3a', NULL), ('2025_03-31', NULL), ('2025-Mar-1', NULL), ('infinity', NULL), ('-infinity', NULL), ('today', NULL),
             ('12025-01-01', NULL), ('-025-01-01', NULL), ('', NULL), ('2025-03-31 BC', NULL), ('２０２５', NULL)) AS v (value, expected);
SELECT is(ar.parse_date(NULL), NULL::date, 'date null');
SELECT is_empty($$SELECT d FROM generate_series(timestamp '1890-01-01', '2110-12-31', '1 day') AS d
                  WHERE ar.parse_date(to_char(d, 'YYYY-MM-DD')) IS DISTINCT FROM d::date$$, 'every day of 220 years');
-- What is read is a date that PostgreSQL reads alike, whatever its date style.
SET LOCAL datestyle = 'SQL, DMY';
SELECT is(ar.parse_date('2025-03-04'), make_date(2025, 3, 4), 'the date style does not matter');
RESET datestyle;

SELECT is(ar.parse_amount(value)::text, expected, format('amount "%s"', value))
FROM (VALUES ('0', '0'), ('1', '1'), ('10.50', '10.50'), ('-10.50', '-10.50'), ('+10.50', '10.50'), ('0.0001', '0.0001'), ('007.10', '7.10'),
             ('-0', '0'), ('123456789012345678901234567890.12', '123456789012345678901234567890.12'), (repeat('9', 60), repeat('9', 60)),
             ('', NULL), (' ', NULL), ('1,000.00', NULL), ('1.000,00', NULL), ('10,5', NULL), ('1e3', NULL), ('1E3', NULL), ('NaN', NULL),
             ('Infinity', NULL), ('-Infinity', NULL), ('.5', NULL), ('5.', NULL), ('-.5', NULL), ('.', NULL), ('-', NULL), ('+', NULL), ('--1', NULL),
             ('1-', NULL), ('+-1', NULL), ('1.2.3', NULL), (' 1', NULL), ('1 ', NULL), ('1 000', NULL), ('€5', NULL), ('$5', NULL), ('0x10', NULL),
             ('1_000', NULL), ('(5)', NULL), ('５', NULL), (repeat('9', 100000), NULL)) AS v (value, expected);
SELECT is(ar.parse_amount(NULL), NULL::numeric, 'amount null');
SELECT setseed(0.1);
SELECT is_empty($$SELECT v FROM (SELECT (floor(random() * 1e12 - 5e11)::bigint || 'e-' || floor(random() * 8)::integer)::numeric AS v
                                 FROM generate_series(1, 3000)) AS x WHERE ar.parse_amount(v::text)::text IS DISTINCT FROM v::text$$,
                'random amounts are read to the digit and scale');

-- the date that reports answer for
SELECT is(ar.as_of(), current_date, 'not set: today');
SET ar.as_of = '2025-03-31';
SELECT is(ar.as_of(), date '2025-03-31', 'set to a date');
SET ar.as_of = '2024-02-29';
SELECT is(ar.as_of(), date '2024-02-29', 'set to another');
SAVEPOINT before_setting;
SET LOCAL ar.as_of = '2023-01-01';
SELECT is(ar.as_of(), date '2023-01-01', 'set for a subtransaction');
ROLLBACK TO before_setting;
SELECT is(ar.as_of(), date '2024-02-29', 'rolled back to what it was');
SELECT set_config('ar.as_of', '', true) = '' AS emptied \gset
SELECT is(ar.as_of(), current_date, 'empty: today');
SELECT throws_ok(format('SELECT set_config(%L, %L, true), ar.as_of()', 'ar.as_of', value), '22007',
                 format('invalid value for setting ar.as_of: "%s"', value), format('setting "%s" is refused', value))
FROM unnest('{2025-02-30,31.03.2025,tomorrow,infinity,2025-3-1,x}'::text[]) AS value;
SELECT is(ar.as_of(), current_date, 'a refused setting is gone with its transaction');
SET ar.as_of = 'nonsense';
SELECT throws_ok('SELECT ar.as_of()', '22007', NULL, 'an invalid date is refused when asked');
SELECT throws_ok('SELECT ar.as_of()', '22007', NULL, 'and when asked again');
SET ar.as_of = '2025-03-31';
SELECT is(ar.as_of(), date '2025-03-31', 'a valid date heals it');
RESET ar.as_of;
SELECT is(ar.as_of(), current_date, 'reset: today');
-- A day is the session's own day.
SET LOCAL timezone = 'Pacific/Kiritimati';
SELECT is(ar.as_of(), current_date, 'today in a time zone ahead');
SET LOCAL timezone = 'Pacific/Pago_Pago';
SELECT is(ar.as_of(), current_date, 'today in a time zone behind');
CREATE FUNCTION pg_temp.as_of_in_function() RETURNS date LANGUAGE sql SET ar.as_of = '2020-01-01' RETURN ar.as_of();
SELECT is(pg_temp.as_of_in_function(), date '2020-01-01', 'set for a function');

SELECT * FROM finish();
ROLLBACK;
