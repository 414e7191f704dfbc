-- The ageing aggregate: what it gives, and what it says when it refuses.
SET client_min_messages = warning;
CREATE EXTENSION ar;
RESET client_min_messages;

-- Each error as SQLSTATE, message, detail and hint.
CREATE FUNCTION public.error_of(command text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
    hint   text;
BEGIN
    EXECUTE command;
    RETURN NEXT 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN NEXT SQLSTATE || ': ' || SQLERRM;
    IF detail <> '' THEN
        RETURN NEXT '  detail: ' || detail;
    END IF;
    IF hint <> '' THEN
        RETURN NEXT '  hint: ' || hint;
    END IF;
END;
$$;
\pset tuples_only on
\pset format unaligned

-- Three invoices on 31 March: 45 days past due, 9 days past due, not due.
CREATE TABLE public.example (invoice text, amount numeric, invoice_date date, due_date date);
INSERT INTO public.example VALUES
    ('I1', 10000, '2025-01-15', '2025-02-14'),
    ('I2', 6000, '2025-02-20', '2025-03-22'),
    ('I3', 4000, '2025-03-10', '2025-04-09');
SELECT ar.aging_agg(amount, due_date, '2025-03-31') FROM public.example;
SELECT ar.aging_agg(amount, invoice_date, '2025-03-31', '{30,60,90}') FROM public.example;
SELECT b.* FROM (SELECT ar.aging_agg(amount, due_date, '2025-03-31') AS aging FROM public.example) AS a, ar.buckets(a.aging) AS b;
SELECT round(ar.average_days_past_due(ar.aging_agg(amount, due_date, '2025-03-31')), 2) FROM public.example;
-- days on each side of every bound
SELECT ar.aging_agg(1, date '2025-03-31' - d, '2025-03-31') FROM unnest('{-1,0,1,30,31,60,61,90,91}'::integer[]) AS d;
-- scales, each bucket its own
SELECT ar.aging_agg(a, d, '2025-03-31')
FROM (VALUES (1.10, date '2025-03-31'), (-1.1000, '2025-03-31'), (5, '2025-03-01'), (0.0001, '2025-02-01'), (0, '2025-01-20')) AS v (a, d);
SELECT ar.aging_agg(a, '2025-03-01', '2025-03-31') FROM (VALUES (123456789012345678901234567890.12), (-0.0000000001)) AS v (a);

-- No amount is no item, whatever its dates.
SELECT coalesce(ar.aging_agg(NULL, NULL, NULL)::text, 'null');
SELECT coalesce(ar.aging_agg(amount, due_date, '2025-03-31')::text, 'null') FROM public.example WHERE false;
SELECT ar.aging_agg(a, '2025-03-31', '2025-03-31') FROM (VALUES (NULL), (7.5), (NULL)) AS v (a);
SELECT ar.aging_agg(a, d, '2025-03-31', b)
FROM (VALUES (NULL, NULL, NULL), (7.5, date '2025-03-31', '{0}'::integer[]), (NULL, 'infinity', '{1,0}')) AS v (a, d, b);

-- Errors
SELECT public.error_of($$SELECT ar.aging_agg(1, NULL, '2025-03-31')$$);
SELECT public.error_of($$SELECT ar.aging_agg(1, '2025-03-31', NULL)$$);
SELECT public.error_of($$SELECT ar.aging_agg(1, NULL, NULL, '{0}')$$);
SELECT public.error_of($$SELECT ar.aging_agg('NaN', '2025-03-31', '2025-03-31')$$);
SELECT public.error_of($$SELECT ar.aging_agg('Infinity', '2025-03-31', '2025-03-31')$$);
SELECT public.error_of($$SELECT ar.aging_agg('-Infinity', '2025-03-31', '2025-03-31', '{0}')$$);
SELECT public.error_of($$SELECT ar.aging_agg(1, 'infinity', '2025-03-31')$$);
SELECT public.error_of($$SELECT ar.aging_agg(1, '-infinity', '2025-03-31')$$);
SELECT public.error_of($$SELECT ar.aging_agg(1, '2025-03-31', 'infinity')$$);
SELECT public.error_of($$SELECT ar.aging_agg(1, '2025-03-31', '-infinity')$$);
SELECT public.error_of($$SELECT ar.aging_agg(1, '2025-03-31', '2025-03-31', NULL)$$);
SELECT public.error_of($$SELECT ar.aging_agg(1, '2025-03-31', '2025-03-31', '{}')$$);
SELECT public.error_of($$SELECT ar.aging_agg(1, '2025-03-31', '2025-03-31', '{0,60,30}')$$);
SELECT public.error_of($$SELECT ar.aging_agg(1, '2025-03-31', '2025-03-31', '{0,30,30}')$$);
SELECT public.error_of($$SELECT ar.aging_agg(1, '2025-03-31', '2025-03-31', '{0,NULL,30}')$$);
SELECT public.error_of($$SELECT ar.aging_agg(1, '2025-03-31', '2025-03-31', '{{0,30},{60,90}}')$$);
SELECT public.error_of($$SELECT ar.aging_agg(1, '2025-03-31', '2025-03-31', ARRAY(SELECT generate_series(1, 33)))$$);
SELECT public.error_of($$SELECT ar.aging_agg(1, '2025-03-31', '2025-03-31', ARRAY(SELECT generate_series(1, 32)))$$);
SELECT public.error_of($$SELECT ar.aging_agg(amount, due_date, '2025-03-31', CASE invoice WHEN 'I3' THEN '{0,31}' ELSE '{0,30}' END::integer[]) FROM public.example$$);
SELECT public.error_of($$SELECT ar.aging_agg(amount, due_date, '2025-03-31', CASE invoice WHEN 'I3' THEN '{0,30,60}' ELSE '{0,30}' END::integer[]) FROM public.example$$);
SELECT public.error_of($$SELECT ar.aging_agg(a::ar.aging) FROM (VALUES ('{0}{1,0}{1,0}{0,0}'), ('{1}{1,0}{1,0}{0,0}')) AS v (a)$$);
SELECT public.error_of($$SELECT '{0}{1,0}{1,0}{0,0}'::ar.aging OPERATOR(ar.+) '{0,1}{1,0,0}{1,0,0}{0,0}'::ar.aging$$);
SELECT public.error_of($$SELECT ar.amount('{0}{1,0}{1,0}{0,0}', 3)$$);
-- bounds that start elsewhere in the array are the same bounds
SELECT ar.aging_agg(1, '2025-03-30', '2025-03-31', '[5:6]={0,30}');

-- Functions of the aggregate are its own.
SELECT public.error_of($$SELECT ar.aging_accum(NULL, 1, '2025-03-31', '2025-03-31')$$);
SELECT public.error_of($$SELECT ar.aging_accum('{0,30,60,90}{1,0,0,0,0}{1,0,0,0,0}{0,0}', 1, '2025-03-31', '2025-03-31')$$);
SELECT public.error_of($$SELECT ar.aging_accum(NULL, 1, '2025-03-31', '2025-03-31', '{0}')$$);
SELECT public.error_of($$SELECT ar.aging_combine('{0}{1,0}{1,0}{0,0}', '{0}{1,0}{1,0}{0,0}')$$);

-- Sums that no longer fit are refused, not rounded.
SELECT length(ar.total(ar.aging_agg(1e140, '2025-03-31', '2025-03-31'))::text);
SELECT public.error_of($$SELECT ar.aging_agg(1e200, '2025-03-31', '2025-03-31')$$);
SELECT public.error_of($$SELECT ar.aging_agg(-1e200, '2025-03-31', '2025-03-31')$$);
SELECT public.error_of($$SELECT ar.aging_agg(1e-300, '2025-03-31', '2025-03-31')::text IS NULL$$);
SELECT public.error_of($$SELECT ar.aging_agg(a, '2025-03-31', '2025-03-31') FROM (VALUES (1e100), (1e-100)) AS v (a)$$);
-- one fits, twenty thousand do not
SELECT public.error_of($$SELECT ar.aging_agg(6e149, '2025-03-31', '2025-03-31')$$);
SELECT public.error_of($$SELECT ar.aging_agg(6e149, '2025-03-31', '2025-03-31') FROM generate_series(1, 20000)$$);
SELECT public.error_of($$SELECT a.aging OPERATOR(ar.+) a.aging FROM (SELECT ar.aging_agg(6e149, '2025-03-31', '2025-03-31') AS aging) AS a$$);

-- Text
SELECT '{0,30}{1.50,-2,0}{1,1,0}{0,0}'::ar.aging;
SELECT public.error_of(format('SELECT %L::ar.aging', value))
FROM unnest(ARRAY['', 'x', '{}', '{0}', '{0}{1}', '{0}{1,0}', '{0}{1,0}{1,0}', '{0}{1,0}{1,0}{0}', '{0}{1,0}{1,0}{0,0}x', '{0}{1,0}{1,0}{0,0', '{0}{1,0,0}{1,0,0}{0,0}',
                  '{0,30}{1,0}{1,0}{0,0}', '{30,0}{1,0,0}{1,0,0}{0,0}', '{0,0}{1,0,0}{1,0,0}{0,0}', '{0.5}{1,0}{1,0}{0,0}', '{2147483648}{1,0}{1,0}{0,0}',
                  '{0}{NaN,0}{1,0}{0,0}', '{0}{Infinity,0}{1,0}{0,0}', '{0}{1e5,0}{1,0}{0,0}', '{0}{.5,0}{1,0}{0,0}', '{0}{+1,0}{1,0}{0,0}',
                  '{0}{1,0}{-1,0}{0,0}', '{0}{1,0}{1.0,0}{0,0}', '{0}{1,0}{281474976710656,0}{0,0}', '{0}{1,0}{0,0}{0,0}', '{0}{1,0.00}{1,0}{0,0}',
                  '{0}{0,1}{0,1}{-1,0}', '{0}{0,1}{0,1}{1,0.5}', '{0}{0,1}{0,1}{0,1}', '{0}{0,5}{0,1}{4,4}', '{0}{1,0}{1,0}{1,1}', '{0}{0,1}{0,1}{1,1.5}']) AS value;
SELECT public.error_of(format('SELECT %L::ar.aging', '{' || array_to_string(ARRAY(SELECT generate_series(1, 33)), ',') || '}{}'));
SELECT public.error_of(format('SELECT %L::ar.aging', '{0}{' || repeat('9', 160) || ',0}{1,0}{0,0}')) LIMIT 1 OFFSET 1;
