-- arguments.call(function, n): the n-th call of a C function of ar, as a statement. Arguments
-- are drawn at random, the same each time: mostly ordinary and of lengths that agree, else
-- hostile: nulls, no numbers, edges of the type, arrays of arrays, torn text. Needs genuine.sql.
CREATE SCHEMA arguments;
-- Values of a type, of an argument of that name where one is given.
CREATE TABLE arguments.value (type regtype NOT NULL, argument name, is_ordinary boolean NOT NULL, literal text);
INSERT INTO arguments.value
SELECT v.type::regtype, v.argument, v.is_ordinary, x.literal
FROM (VALUES
    ('numeric', NULL, true, '{0,1,100,12.34,-5,250.00,0.01,1000,99.99,30}'::text[]),
    ('numeric', NULL, false, '{NULL,NaN,Infinity,-Infinity,9223372036854775807,-9223372036854775808,9223372036854775808,1e40,-1e-40,1e1000,1e-1000,0.000000000000000001,-123456789012345678901234567890.123456789}'),
    ('bigint', NULL, true, '{1,2,3,4,5,6,7,8,9,10,1000}'),
    ('bigint', NULL, false, '{NULL,0,-1,9223372036854775807,-9223372036854775808,4294967296}'),
    ('integer', NULL, true, '{0,1,2,3,5,10,30,31,90,365}'),
    ('integer', NULL, false, '{NULL,-1,-30,2147483647,-2147483648,32768,1000,65536}'),
    ('double precision', NULL, true, '{0,0.1,0.25,0.5,0.9,1,3,10}'),
    ('double precision', NULL, false, '{NULL,NaN,Infinity,-Infinity,-1,1e308,-1e308,5e-324,2147483648,9223372036854775808,1e15}'),
    ('boolean', NULL, true, '{true,false}'),
    ('boolean', NULL, false, '{NULL}'),
    ('date', NULL, true, '{2025-01-01,2025-01-31,2025-02-28,2024-02-29,2025-03-15,2025-06-30,2025-12-31}'),
    ('date', NULL, false, '{NULL,infinity,-infinity,4713-01-01 BC,5874897-12-31,0001-01-01,9999-12-31,1900-02-28}'),
    ('timestamp with time zone', NULL, true, '{2025-06-30 12:00:00+00,2026-01-01 00:00:00+00}'),
    ('timestamp with time zone', NULL, false, '{NULL,infinity,-infinity,4713-01-01 00:00:00+00 BC}'),
    ('text', 'value', true, '{2026-02-28,12.50,-.5,99999999999999999999999.0001}'),
    ('text', 'day_count', true, '{act/365,act/360,act/act,30e/360,daily}'),
    ('text', 'standard', true, '{rf,ch_qrr,fi,fi_rf,no_kid_mod10,no_kid_mod11}'),
    ('text', 'reference', true, '{RF18539007547034,210000000003139471430009017,1234561,12345,INV-0042,RE 2025/17}'),
    ('text', 'reference_text', true, ARRAY['Rechnung Nr. 4711, INV-101/102 und 105 EUR 1.234,56 RF18 5390 0754 7034', 'invoices 101-103 viite 1 23456 7 21 00000 00003 13947 14300 09017', '/EREF+A1 SVWZ+RE2025/0017 vom 01.02.2025']),
    ('text', 'name', true, ARRAY['Deutsche Bank AG', U&'M\00FCller & S\00F6hne GmbH & Co. KG', U&'\4E2D\56FD\79FB\52A8\6709\9650\516C\53F8', 'Societe Generale S.A.']),
    ('text', 'code', true, '{91350100M000100Y43,60003734-1,11010519491231002X,DE136695976,FR40303265045,529900T8BM49AURSDO55,DE89 3704 0044 0532 0130 00}'),
    ('text', 'fapiao_number', true, '{24112000000000000001,12345678}'),
    ('text', 'fapiao_code', true, '{011001900111,1100190011}'),
    ('text', NULL, true, '{INV00001,INV-1,A1,1,12345678}'),
    ('text', NULL, false, ARRAY[NULL, '', ' ', '0', '-', repeat('9', 500), repeat('INV-1/', 300), repeat(U&'\20AC', 100), U&'\FFFD\0301', repeat('0', 70) || 'x', E'\t\n', '1-999999999999999999999', repeat('(', 200)]),
    ('jsonb', 'term', true, ARRAY['{"days": 30}', '{"months": 1, "business_day": "modified_following"}', '{"days": 90, "end_of_month": "days_then_eom", "day_of_month": 10, "cut_off_day": 25}', '{"prepayment": true}',
        '{"instalments": [{"percent": 30}, {"percent_of_remainder": 50, "days": 30}, {"amount": 5, "months": 2}, {"days": 90}]}', '{"days": 30, "deposit_percent": 33.3, "discounts": [{"days": 10, "percent": 2, "grace_days": 2}, {"days": 20, "percent": 1}]}']),
    ('jsonb', 'card', true, ARRAY[ar.standard_scorecard()::text]),
    ('jsonb', 'definition', true, ARRAY[ar.standard_scorecard()::text]),
    ('jsonb', 'facts', true, ARRAY['{"credit": {"character": 80, "capacity": 70, "capital": 60, "conditions": 70}}', '{"credit": {"character": 100, "capacity": 0, "capital": 1, "collateral": 5, "conditions": 70}, "max_days_past_due": 91}', '{}']),
    ('jsonb', NULL, false, ARRAY[NULL, '{}', '[]', 'null', '"x"', '1e1000', '{"": null}', '{"days": 1e30}', '{"days": 2147483647, "months": 2147483647}', '{"instalments": []}', '{"discounts": [[]]}', '{"credit": {"character": 1e400}}', '{"credit": []}',
        repeat('[', 500) || repeat(']', 500), '{"components": [{"characteristics": [{"bins": [{}]}]}]}']),
    ('integer', 'minor_units', true, '{0,2,3}'),
    ('integer', 'max_iterations', true, '{1,25,50}'),
    ('double precision', 'certainty', true, '{0,0.5,1}'),
    ('integer[]', 'bounds', true, ARRAY['{0,30,60,90}']),
    ('double precision[]', 'probabilities', true, ARRAY['{0,0.5,1}', '{0.1,0.2,0.3}']),
    ('integer', 'draws', true, '{100}'),
    ('double precision', 'customer_correlation', true, '{0,0.1,0.5}'),
    ('double precision', 'common_correlation', true, '{0,0.1,0.5}'),
    ('text', 'method', true, '{structured_reference,exact_number,remittance_advice,several_numbers,number_less_discount,number_with_tolerance,amount,amount_less_discount,amount_with_tolerance,subset_sum,clear_account,clear_past_due,past_due_by_term,number_partial,similar_number,combined_payments,oldest_first}'),
    ('text', 'remainder', true, '{unapplied,on_account}'),
    ('text', 'shortfall', true, '{open,write_off,deduction}'),
    ('text', 'reference_kinds', true, '{structured,pattern,pattern_guess,number,range,token}'),
    ('bytea', NULL, true, ARRAY[(SELECT ar.lookup_table(n * n, n) FROM generate_series(0, 40) AS n)::text, (SELECT ar.lookup_table(n, 1000 * n) FROM generate_series(1, 10) AS n)::text]),
    ('bytea', NULL, false, ARRAY[NULL, '', '\x00', (SELECT overlay(t PLACING '\xffffffffffffff7f'::bytea FROM 5) FROM (SELECT ar.lookup_table(n, n) AS t FROM generate_series(1, 100) AS n) AS x)::text,
        (SELECT overlay(t PLACING '\xffffffffffffffff'::bytea FROM 21) FROM (SELECT ar.lookup_table(n, n) AS t FROM generate_series(1, 100) AS n) AS x)::text, (SELECT substr(ar.lookup_table(n, n), 1, 50) FROM generate_series(1, 100) AS n)::text]),
    ('text', 'document_number', true, '{INV-1,INV-2,INV-3}'),
    ('text', 'reference_keys', true, '{INV00001,INV00002,INV00003}'),
    ('text', 'keys', true, '{INV00001,INV00002,INV00003}'),
    ('text', 'patterns', true, '{INV-99999,RE9999/99,A-9}')) AS v (type, argument, is_ordinary, literals),
    LATERAL (SELECT CASE WHEN l IS NOT NULL AND upper(l) <> 'NULL' THEN quote_literal(l) ELSE 'NULL' END FROM unnest(v.literals) AS l) AS x (literal);
-- Values of the types of ar.
DO $$
DECLARE
    type name;
BEGIN
    FOREACH type IN ARRAY '{aging,payment_behavior,delay_curve,score_sample}'::name[] LOOP
        EXECUTE format('INSERT INTO arguments.value SELECT %L::regtype, NULL, true, quote_literal(value::text) FROM genuine.%I', 'ar.' || type, type);
        INSERT INTO arguments.value VALUES (('ar.' || type)::regtype, NULL, false, 'NULL');
        -- Text of it whole and torn, for its input function.
        EXECUTE format($sql$
            INSERT INTO arguments.value
            SELECT 'cstring'::regtype, %L, x.is_ordinary, quote_literal(x.text) FROM (SELECT value::text AS whole FROM genuine.%I) AS g,
                LATERAL (VALUES (true, whole), (false, left(whole, (length(whole) * random())::integer)), (false, overlay(whole PLACING substr('{},:-9eN. ', 1 + floor(random() * 10)::integer, 1) FROM 1 + floor(random() * length(whole))::integer)),
                                (false, replace(whole, '1', '99999999999999999999')), (false, whole || whole)) AS x (is_ordinary, text) WHERE x.text <> ''$sql$, type || '_in', type);
    END LOOP;
END;
$$;

CREATE TABLE arguments.choice AS
SELECT v.type, coalesce(v.argument, '') AS argument, v.is_ordinary, array_agg(v.literal ORDER BY v.literal) AS literals
FROM arguments.value AS v GROUP BY v.type, coalesce(v.argument, ''), v.is_ordinary;

-- length is that of arrays; nothing but ordinary where hostile is 0.
CREATE FUNCTION arguments.draw(type regtype, argument name, length integer, hostile double precision) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    kind     record;
    ordinary CONSTANT boolean := random() >= hostile;
    drawn    text;
    elements text[];
    literals text[];
BEGIN
    -- A key and what stands under it.
    IF type = '"any"'::regtype THEN
        RETURN format('%s, %s', arguments.draw('text', 'key', length, hostile),
                      arguments.draw(('{text,numeric,bigint,date,timestamptz,boolean,jsonb,float8}'::regtype[])[1 + floor(random() * 8)], '', length, hostile));
    END IF;
    SELECT v.literals INTO literals FROM arguments.choice AS v
    WHERE v.type = draw.type AND v.argument IN (draw.argument, '')
    ORDER BY v.is_ordinary = ordinary DESC, v.argument DESC LIMIT 1;
    SELECT t.typelem, t.typcategory, t.typrelid, t.typtype FROM pg_type AS t WHERE t.oid = type INTO kind;
    IF literals IS NOT NULL AND (ordinary OR kind.typcategory <> 'A') THEN
        RETURN literals[1 + floor(random() * cardinality(literals))] || '::' || type;
    ELSIF kind.typcategory = 'A' THEN
        IF NOT ordinary AND random() < 0.2 THEN
            RETURN 'NULL::' || type;
        END IF;
        IF NOT ordinary THEN
            length := floor(random() * 80);
        END IF;
        elements := ARRAY(SELECT arguments.draw(kind.typelem, argument, length, hostile / 4) FROM generate_series(1, length));
        IF random() < 0.6 THEN
            elements := ARRAY(SELECT e FROM unnest(elements) AS e ORDER BY e DESC);
        END IF;
        drawn := format('ARRAY[%s]::%s', array_to_string(elements, ', '), type);
        IF NOT ordinary AND random() < 0.2 THEN
            drawn := format('ARRAY[%s, %s]', drawn, drawn);
        END IF;
        -- A matrix of rows, as of x.
        IF argument = 'x' AND ordinary THEN
            drawn := format('ARRAY[%s]::%s', array_to_string(ARRAY(SELECT format('ARRAY[%s, %s]', e, length(e)) FROM unnest(elements) AS e), ', '), type);
        END IF;
        RETURN drawn;
    ELSIF kind.typtype = 'c' THEN
        IF NOT ordinary AND random() < 0.1 THEN
            RETURN 'NULL::' || type;
        END IF;
        RETURN format('ROW(%s)::%s', (SELECT string_agg(arguments.draw(a.atttypid, a.attname, length, hostile / 4), ', ' ORDER BY a.attnum)
                                      FROM pg_attribute AS a WHERE a.attrelid = kind.typrelid AND a.attnum > 0), type);
    END IF;
    RAISE EXCEPTION 'no values of type %', type;
END;
$$;

-- Arguments of an aggregate are several rows of them.
CREATE FUNCTION arguments.call(function regprocedure, n integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    f record;
    length  CONSTANT integer := floor(random() * 7);
    hostile CONSTANT double precision := (ARRAY[0, 0.1, 0.3])[1 + n % 3];
    drawn   text[];
BEGIN
    SELECT p.proname, p.prokind, p.pronargs, p.proargnames, p.proargtypes::regtype[] AS types FROM pg_proc AS p WHERE p.oid = function INTO f;
    drawn := ARRAY(SELECT (SELECT string_agg(arguments.draw(f.types[i - 1], coalesce(CASE WHEN f.types[i - 1] = 'cstring'::regtype THEN f.proname ELSE f.proargnames[i] END, ''), length, hostile), ', ' ORDER BY i)
                           FROM generate_series(1, f.pronargs) AS i WHERE r > 0)
                   FROM generate_series(1, CASE WHEN f.prokind = 'a' THEN length + 1 ELSE 1 END) AS r);
    RETURN CASE f.prokind
        WHEN 'a' THEN format('SELECT %L, length(ar.%I(%s)::text) FROM (VALUES (%s)) AS v (%s)', 'took ' || function, f.proname, a.names, array_to_string(drawn, '), ('), a.names)
        ELSE format('SELECT %L, count(t::text) FROM ar.%I(%s) AS t', 'took ' || function, f.proname, drawn[1])
        END FROM (SELECT string_agg('a' || i, ', ' ORDER BY i) AS names FROM generate_series(1, f.pronargs) AS i) AS a;
END;
$$;

-- What can be called from SQL: without what is internal, and triggers. What serves an
-- aggregate alone refuses any call.
CREATE VIEW arguments.function AS
SELECT p.oid::regprocedure AS function, EXISTS (SELECT FROM pg_aggregate AS a WHERE p.oid IN (a.aggtransfn, a.aggfinalfn)) AS is_part
FROM pg_proc AS p LEFT JOIN pg_aggregate AS a ON a.aggfnoid = p.oid LEFT JOIN pg_proc AS t ON t.oid = a.aggtransfn
WHERE p.pronamespace = 'ar'::regnamespace AND coalesce(t.prolang, p.prolang) = (SELECT l.oid FROM pg_language AS l WHERE l.lanname = 'c')
  AND p.prorettype <> 'trigger'::regtype AND NOT 'internal'::regtype = ANY (p.proargtypes::regtype[]) ORDER BY p.oid::regprocedure::text;
