-- Every kind of document: what it posts, what undoes it, and what it leaves of reports before.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
SELECT ar.create_company('DE', 'Muster GmbH', 'EUR') AS de \gset
SELECT set_config('test.de', :'de', true) = :'de' AS de_set \gset
CREATE FUNCTION pg_temp.de() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT current_setting('test.de')::bigint$$;
CREATE FUNCTION pg_temp.document(kind text, number text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT d.document_id FROM receivables.document AS d
    WHERE d.company_id = pg_temp.de() AND d.kind = document.kind AND d.document_number = number
$$;
CREATE FUNCTION pg_temp.item(kind text, number text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT i.item_id FROM receivables.item AS i WHERE i.company_id = pg_temp.de() AND i.document_id = pg_temp.document(kind, number)
$$;
-- What is open of a document on a date; null where it is not open.
CREATE FUNCTION pg_temp.open(kind text, number text, on_date date) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT sum(o.open_amount) FROM ar.open_items(on_date) AS o
    WHERE o.company_id = pg_temp.de() AND o.document_id = pg_temp.document(open.kind, number)
$$;
CREATE FUNCTION pg_temp.reverse(kind text, number text, on_date date, reason text DEFAULT 'mistake') RETURNS bigint LANGUAGE sql AS $$
    SELECT ar.reverse_document(pg_temp.de(), pg_temp.document(kind, number), on_date, reason)
$$;
CREATE FUNCTION pg_temp.sound(name text) RETURNS text LANGUAGE sql AS $$SELECT is_empty('SELECT * FROM ar.check_ledger()', name)$$;
-- All reports up to a date are kept, and compared later.
CREATE TEMP TABLE reported (as_of date, line jsonb);
CREATE FUNCTION pg_temp.report(last_date date) RETURNS TABLE (as_of date, line jsonb) LANGUAGE sql STABLE AS $$
    SELECT d::date, to_jsonb(o) FROM generate_series(timestamp '2025-01-01', last_date::timestamp, '1 day') AS d, ar.open_items(d::date) AS o
$$;
CREATE FUNCTION pg_temp.keep_reports(last_date date) RETURNS void LANGUAGE sql AS $$
    DELETE FROM reported;
    INSERT INTO reported SELECT * FROM pg_temp.report(last_date);
$$;
CREATE FUNCTION pg_temp.reports_kept(last_date date, name text) RETURNS text LANGUAGE sql AS $$
    SELECT is_empty(format('(SELECT * FROM reported EXCEPT ALL SELECT * FROM pg_temp.report(%1$L))
                            UNION ALL (SELECT * FROM pg_temp.report(%1$L) EXCEPT ALL SELECT * FROM reported)', last_date), name)
$$;

-- What each kind posts. One customer each, so that its line of the ageing is that of the document.
CREATE TEMP TABLE posting (n serial, kind text, number text, on_date date, arguments text, amount numeric, item_amount numeric, due_on date,
                           bucket text);
INSERT INTO posting (kind, number, on_date, arguments, amount, item_amount, due_on, bucket) VALUES
    ('invoice', 'I1', '2025-01-10', $$'2025-02-09', 1000$$, 1000, 1000, '2025-02-09', 'days_31_60'),
    ('credit_note', 'N1', '2025-02-01', '100', 100, -100, '2025-02-01', 'unapplied_amount'),
    ('payment', 'P1', '2025-02-05', '300', 300, -300, '2025-02-05', 'unapplied_amount'),
    ('deposit', 'D1', '2025-02-06', '50', 50, -50, '2025-02-06', 'unapplied_amount'),
    ('refund', 'R1', '2025-03-31', '20', 20, 20, '2025-03-31', 'not_due'),
    ('write_off', 'W1', '2025-03-01', $$30, 'bankrupt'$$, 30, -30, '2025-03-01', 'unapplied_amount'),
    ('adjustment', 'A1', '2025-03-01', $$12.34, 'rounding'$$, 12.34, 12.34, '2025-03-01', 'days_1_30'),
    ('adjustment', 'A2', '2025-03-02', $$-5, 'goodwill'$$, -5, -5, '2025-03-02', 'unapplied_amount'),
    ('interest', 'T1', '2025-02-28', '7.77', 7.77, 7.77, '2025-02-28', 'days_31_60'),
    ('fee', 'F1', '2025-03-30', '40', 40, 40, '2025-03-30', 'days_1_30'),
    ('opening_balance', 'O1', '2025-01-01', $$500, '2024-10-01'$$, 500, 500, '2024-10-01', 'days_over_90'),
    ('opening_balance', 'O2', '2025-01-01', '-60', -60, -60, '2025-01-01', 'unapplied_amount');
INSERT INTO receivables.customer (company_id, customer_number, name) SELECT pg_temp.de(), 'C' || number, kind FROM posting;
CREATE FUNCTION pg_temp.post(kind text, customer_number text, number text, on_date date, arguments text, idempotency_key text DEFAULT NULL)
    RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    result bigint;
BEGIN
    EXECUTE format('SELECT ar.post_%s(pg_temp.de(), %L, %L, %L, %s, idempotency_key => %L)', kind, customer_number, number, on_date, arguments,
                   idempotency_key) INTO result;
    RETURN result;
END;
$$;
SELECT ok(pg_temp.post(kind, 'C' || number, number, on_date, arguments) > 0, format('%s %s is posted', kind, number))
FROM posting ORDER BY n;
SELECT is(to_jsonb(i) - '{item_id,document_id,customer_id,company_id,recorded_at}'::text[],
          jsonb_build_object('kind', p.kind, 'currency', 'EUR', 'instalment', 1, 'effective_on', p.on_date, 'due_on', p.due_on,
                             'contractual_due_on', NULL, 'closed_on', date 'infinity', 'last_applied_on', date '-infinity',
                             'applied_before_on', date '-infinity', 'last_applied_at', timestamptz '-infinity',
                             'amount', p.item_amount, 'open_amount', p.item_amount, 'last_applied_amount', 0,
                             'company_amount', p.item_amount, 'open_company_amount', p.item_amount, 'last_applied_company_amount', 0,
                             'reverses_item_id', NULL, 'reopened', false, 'is_debit', p.item_amount > 0),
          format('%s %s is one open item of %s', p.kind, p.number, p.item_amount))
FROM posting AS p JOIN receivables.item AS i ON i.company_id = pg_temp.de() AND i.item_id = pg_temp.item(p.kind, p.number) ORDER BY p.n;
CREATE FUNCTION pg_temp.view_row(kind text, number text) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
    result jsonb;
BEGIN
    EXECUTE format('SELECT to_jsonb(v) FROM receivables.%1$I AS v WHERE v.company_id = $1 AND v.%2$I = $2', kind, kind || '_number')
    INTO result USING pg_temp.de(), number;
    RETURN result;
END;
$$;
SELECT is(jsonb_build_array(v.line -> (p.kind || '_date'), v.line -> 'amount', v.line -> 'company_amount', v.line -> 'item_count', v.line -> 'item_id',
                            v.line -> 'reversed_on', v.line -> 'due_date'),
          jsonb_build_array(p.on_date, p.amount, p.amount, 1, pg_temp.item(p.kind, p.number), NULL,
                            CASE WHEN p.kind IN ('invoice', 'opening_balance') THEN p.due_on END),
          format('view %s shows %s', p.kind, p.number))
FROM posting AS p, LATERAL (SELECT pg_temp.view_row(p.kind, p.number)) AS v (line) ORDER BY p.n;
SELECT is((SELECT count(*) FROM receivables.document AS d WHERE d.kind = p.kind), (SELECT count(*) FROM posting AS x WHERE x.kind = p.kind),
          p.kind || ' stands in no other view') FROM (SELECT DISTINCT kind FROM posting) AS p;
SET LOCAL ar.as_of = '2025-03-31';
SELECT is(jsonb_build_object('balance', a.balance) || jsonb_strip_nulls(jsonb_build_object(
              'not_due', nullif(a.not_due, 0), 'days_1_30', nullif(a.days_1_30, 0), 'days_31_60', nullif(a.days_31_60, 0),
              'days_61_90', nullif(a.days_61_90, 0), 'days_over_90', nullif(a.days_over_90, 0), 'unapplied_amount', nullif(a.unapplied_amount, 0))),
          jsonb_build_object('balance', p.item_amount, p.bucket, p.item_amount),
          format('%s %s is %s in %s', p.kind, p.number, p.item_amount, p.bucket))
FROM posting AS p JOIN receivables.aging_by_customer AS a ON a.company_id = pg_temp.de() AND a.customer_number = 'C' || p.number ORDER BY p.n;
-- 1000 - 100 - 300 - 50 + 20 - 30 + 12.34 - 5 + 7.77 + 40 + 500 - 60 = 1035.11; credits 545
SELECT results_eq('SELECT balance, unapplied_amount, not_due, days_1_30, days_31_60, days_61_90, days_over_90 FROM receivables.aging_summary',
    'VALUES (1035.11, -545.00, 20.00, 52.34, 1007.77, 0.00, 500.00)', 'and the company has them all');
SELECT pg_temp.sound('sound with a document of every kind');

-- Each is undone by a dated reversal, with a reason.
SELECT pg_temp.keep_reports('2025-04-14');
SELECT cmp_ok((SELECT count(*) FROM reported), '>', 500::bigint, 'reports have lines to compare');
SELECT throws_ok(format('SELECT pg_temp.reverse(%L, %L, %s)', kind, number, v.arguments), sqlstate, message, format('%s %s %s', kind, number, name))
FROM posting, LATERAL (VALUES ($$'2025-04-15', NULL$$, '23514', 'a reversal needs a reason', 'without a reason is not undone'),
                              ($$'2025-04-15', ' '$$, '23514', 'a reversal needs a reason', 'with a blank reason is not undone'),
                              (quote_literal(on_date - 1), '23514', NULL, 'is not undone before it counts'),
                              ('NULL', '23502', NULL, 'is not undone at no date')) AS v (arguments, sqlstate, message, name) ORDER BY n;
SELECT ok(pg_temp.reverse(kind, number, '2025-04-15') > pg_temp.document(kind, number), format('%s %s is undone', kind, number)) FROM posting ORDER BY n;
SELECT pg_temp.reports_kept('2025-04-14', 'every report before is as it was, to the cent');
SELECT is_empty($$SELECT * FROM ar.open_items('2025-04-15')$$, 'nothing is open from the day on');
SELECT is((pg_temp.view_row(kind, number) ->> 'reversed_on'), '2025-04-15', format('view %s says when %s was undone', kind, number)) FROM posting ORDER BY n;
SELECT is((SELECT jsonb_build_array(r.document_date, r.amount, r.company_amount, r.reason, r.document_number, r.kind) FROM receivables.document AS r
           WHERE r.reverses_document_id = pg_temp.document(p.kind, p.number)),
          jsonb_build_array('2025-04-15', -p.amount, -p.amount, 'mistake', p.number || '/reversal', p.kind), format('the reversal of %s %s is its mirror', p.kind, p.number))
FROM posting AS p ORDER BY n;
SELECT is(pg_temp.view_row(kind, number || '/reversal'), NULL, format('the reversal of %s is no line of the view', number)) FROM posting ORDER BY n;
SELECT throws_ok(format('SELECT pg_temp.reverse(%L, %L, %L)', kind, v.number, v.on_date), sqlstate, message, format('%s %s %s', kind, v.number, name))
FROM posting AS p, LATERAL (VALUES
    (p.number, '2025-04-15', '23505', format('document %s has been reversed already', pg_temp.document(kind, p.number)), 'is not undone twice'),
    (p.number, '2025-04-14', '23514', NULL, 'is not undone again before its reversal'),
    (p.number || '/reversal', '2025-04-16', '23514',
     format('%s %s/reversal cannot be reversed: it is itself a reversal', replace(kind, '_', ' '), p.number), 'is not undone')) AS v (number, on_date, sqlstate, message, name)
ORDER BY n;
SELECT throws_ok($$SELECT ar.reverse_document(pg_temp.de(), -1, '2025-04-15', 'x')$$, 'P0002', 'there is no document -1 to reverse', 'there must be a document');
SELECT throws_ok($$SELECT ar.reverse_document(pg_temp.de(), NULL, '2025-04-15', 'x')$$, 'P0002', 'there is no document null to reverse', 'null is none');
SELECT is((SELECT count(*) FROM receivables.document), 24::bigint, 'twelve documents, twelve reversals, nothing else');
SELECT pg_temp.sound('sound after reversals');

SELECT * FROM finish();
ROLLBACK;
