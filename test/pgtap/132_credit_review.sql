-- Limits, the quarterly review of grades and limits, who approves, and what was decided when.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
SELECT ar.create_company('EU', 'Europe', 'EUR') AS eu \gset
SELECT ar.create_company('OT', 'Other', 'EUR') AS ot \gset
SELECT set_config('test.eu', :'eu', true) = :'eu' AS eu_set \gset
CREATE FUNCTION pg_temp.eu() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT current_setting('test.eu')::bigint$$;

-- Limits on plain values
SELECT is(ar.credit_limit_by_capacity(80000, 700000, 35, 5), 28000::numeric, 'My DSO Manager, grade B: 35 % of 80,000 against 5 % of 700,000');
SELECT is(trim_scale(ar.credit_limit_by_need(a, b, c)), need::numeric, format('need of %s a month, %s days and %s late', a, b, c))
FROM (VALUES (25000::numeric, 45, 15, 50000), (25000, 60, 0, 50000), (30000, 30, NULL, NULL), (NULL, 30, 0, NULL), (0, 30, 5, 0), (-5, 30, 5, 0), (1000, 30, -40, 0), (1000, 30, -15, 500)) AS v (a, b, c, need);
SELECT is(trim_scale(ar.recommended_credit_limit('B', ar.credit_limit_by_need(25000, 60), ar.credit_limit_by_capacity(80000, 700000, 35, 5), NULL)), 28000::numeric, 'which beats a need of 50,000');
SELECT is(ar.credit_limit_by_practice(100000, 2, 0.8), 160000::numeric, 'Chinese practice: 100,000 x 2 months x 0.8');
SELECT is(ar.credit_limit_by_practice(100000, 2, 0), 0::numeric, 'coefficient 0');
SELECT is(ar.credit_limit_by_capacity(a, b, p, q), limit_::numeric, format('capacity of %s and %s', a, b))
FROM (VALUES (80000::numeric, NULL::numeric, 10, 5, 8000), (NULL, 1000, 10, 5, 50), (NULL, NULL, 10, 5, NULL), (-100, 1000, 10, 5, 0), (80000, 700000, 10, 5, 8000)) AS v (a, b, p, q, limit_);
SELECT is(trim_scale(ar.recommended_credit_limit(g, n, c, m)), limit_::numeric, format('grade %s: %s, %s, %s', g, n, c, m))
FROM (VALUES ('A', 5::numeric, 7::numeric, 6::numeric, 5), ('A', NULL, 7, 6, 6), ('A', NULL, NULL, NULL, NULL), ('D', 5, 7, 6, 0), ('D', NULL, NULL, NULL, 0), (NULL, 5, 7, 6, NULL)) AS v (g, n, c, m, limit_);
CREATE FUNCTION pg_temp.next(l numeric, g text, r numeric, cap numeric, s numeric, ps numeric, dpd integer, dpd6 integer, u numeric, since integer, frozen boolean DEFAULT false, was numeric DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', n.rule, n.new_limit) FROM ar.next_credit_limit(l, g, r, cap, s, ps, dpd, dpd6, u, since, frozen, was, ar.credit_review_policy(-1)) AS n
$$;
SELECT is(pg_temp.next(l, g, r, cap, s, ps, dpd, dpd6, u, since, frozen, was), result, name)
FROM (VALUES (1000::numeric, 'B', 900::numeric, 5000::numeric, 71::numeric, 70::numeric, 0, 5, 0.70::numeric, 90, false, NULL::numeric, 'raise 1200.00', 'score up, 5 days in 6 months, 70 % used, 90 days: + 20 %'),
             (1000, 'B', 900, 5000, 70, 70, 0, 5, 0.70, 90, false, NULL, 'keep 1000.00', 'the score must be up'), (1000, 'B', 900, 5000, 71, 70, 0, 6, 0.70, 90, false, NULL, 'keep 1000.00', '6 days are too many'),
             (1000, 'B', 900, 5000, 71, 70, 0, 5, 0.69, 90, false, NULL, 'keep 1000.00', '69 % are too little'), (1000, 'B', 900, 5000, 71, 70, 0, 5, 0.70, 89, false, NULL, 'keep 1000.00', '89 days are too soon'),
             (1000, 'B', 900, 5000, 71, 70, 0, 5, 0.70, NULL, false, NULL, 'raise 1200.00', 'never changed before'), (1000, 'B', 900, 1100, 71, 70, 0, 5, 0.70, 90, false, NULL, 'raise 1100.00', 'up to the cap'),
             (1000, 'B', 900, 1000, 71, 70, 0, 5, 0.70, 90, false, NULL, 'keep 1000.00', 'at the cap'), (1000, 'B', 900, 800, 71, 70, 0, 5, 0.70, 1, false, NULL, 'cap 800.00', 'down to the cap at any time'),
             (1000, 'B', 900, 5000, 71, NULL, 0, 5, 0.70, 90, false, NULL, 'keep 1000.00', 'no score before'), (1000, 'B', 900, 5000, 71, 70, 0, NULL, 0.70, 90, false, NULL, 'keep 1000.00', 'no history'),
             (1000, 'B', 900, 5000, 71, 70, 30, 30, 0.70, 90, false, NULL, 'keep 1000.00', '30 days past due'), (1000, 'B', 900, 5000, 71, 70, 31, 31, 0.70, 90, false, NULL, 'cut 500.00', '31 days past due: - 50 %'),
             (1000, 'B', 900, 5000, 71, 70, 31, 31, 0.70, 89, false, NULL, 'keep 1000.00', 'a cut needs 90 days too'), (1000, 'B', 900, 300, 71, 70, 31, 31, 0.70, 90, false, NULL, 'cut 300.00', 'not above the cap'),
             (1000, 'B', 900, 5000, 71, 70, 60, 60, 0.70, 90, false, NULL, 'cut 500.00', '60 days past due'), (1000, 'B', 900, 5000, 71, 70, 61, 61, 0.70, 1, false, NULL, 'freeze 0.00', '61 days past due: frozen at once'),
             (0, 'B', 900, 5000, 71, 70, 61, 61, NULL, 1, true, 1000, 'keep 0.00', 'frozen already'), (0, 'B', 900, 5000, 71, 70, 0, 61, NULL, 1, true, 1000, 'unfreeze 900.00', 'no longer: what it was, within what is recommended'),
             (0, 'B', NULL, NULL, 71, 70, 0, 61, NULL, 1, true, 1000, 'unfreeze 1000.00', 'or what it was'), (0, 'B', NULL, NULL, 71, 70, 0, 61, NULL, 1, true, NULL, 'unfreeze', 'none if it had none'),
             (0, 'B', 900, 5000, 71, 70, 0, 0, NULL, 900, false, NULL, 'keep 0.00', 'a limit of 0 that was given stays'), (NULL, 'B', 900, 5000, 71, 70, 0, 0, NULL, NULL, false, NULL, 'initial 900.00', 'a first limit'),
             (NULL, 'B', NULL, NULL, 71, 70, 0, 0, NULL, NULL, false, NULL, 'keep', 'or none'), (1000, 'D', 0, 0, 71, 70, 0, 0, 0.7, 1, false, NULL, 'grade 0.00', 'D pays in advance'), (NULL, 'D', 0, 0, 71, 70, 0, 0, 0.7, 1, false, NULL, 'grade 0.00', 'whatever it had'),
             (0, 'D', 0, 0, 71, 70, 99, 99, 0.7, 1, false, NULL, 'keep 0.00', 'once')) AS v (l, g, r, cap, s, ps, dpd, dpd6, u, since, frozen, was, result, name);

-- Policy
SELECT is(ar.credit_review_policy(:eu) - '{automatic_limit,automatic_raise_percent,scorecard}'::text[], '{"review_months": 3, "reviews_to_upgrade": 2, "raise_percent": 20, "raise_days_past_due": 5, "raise_utilisation": 0.7, "cut_days_past_due": 30, "cut_percent": 50,
    "freeze_days_past_due": 60, "cooldown_days": 90, "net_worth_percent": 10, "turnover_percent": 5, "automatic_changes": "down", "four_eyes": true}'::jsonb, 'the standard policy');
SELECT ar.set_credit_review_policy(:eu, '{"net_worth_percent": 35}') IS NOT NULL AS set_policy \gset
SELECT ar.set_credit_review_policy(:eu, '{"raise_percent": 25}') IS NOT NULL AS set_policy \gset
SELECT ar.set_credit_review_policy(:eu, '{"raise_percent": null}') IS NOT NULL AS set_policy \gset
SELECT results_eq('SELECT ar.credit_review_policy(pg_temp.eu()) -> ''net_worth_percent'', ar.credit_review_policy(pg_temp.eu()) -> ''raise_percent''', $$VALUES ('35'::jsonb, '20'::jsonb)$$, 'one setting is changed, one goes back to the standard');
SELECT results_eq($$SELECT h.old_value, h.new_value FROM receivables.change_history AS h WHERE h.table_name = 'credit_review_policy' AND h.column_name = 'raise_percent' ORDER BY h.change_id$$, $$VALUES ('null'::jsonb, '25'::jsonb), ('25', 'null')$$, 'each change is known');
SELECT throws_ok(format('SELECT ar.set_credit_review_policy(%s, %L)', company, settings), sqlstate, message, coalesce(settings, 'null') || ' is refused')
FROM (VALUES (:'eu', '{"cut": 1}', '22023', 'a credit policy has no setting "cut"'), (:'eu', '[]', '22023', NULL), (:'eu', NULL, '22023', NULL), (:'eu', '{"cut_percent": 101}', '23514', NULL), (:'eu', '{"review_months": 0}', '23514', NULL),
             (:'eu', '{"automatic_changes": "up"}', '23514', NULL), (:'eu', '{"cut_percent": "half"}', '22P02', NULL), ('-1', '{}', '23503', 'company -1 does not exist')) AS v (company, settings, sqlstate, message);

-- A first review. What each scores is what a credit check found of all five components.
SELECT ar.add_standard_credit_grades(:eu) AS grades \gset
SELECT ar.set_credit_grade(:eu, 'B', 65, 'NET30', 20000) IS NOT NULL AS capped \gset
CREATE FUNCTION pg_temp.scores(points numeric) RETURNS jsonb LANGUAGE sql AS $$SELECT jsonb_build_object('character', points, 'capacity', points, 'capital', points, 'collateral', points, 'conditions', points)$$;
INSERT INTO receivables.customer (company_id, customer_number, name, grade, credit_limit, attributes)
SELECT :eu, n, n, g, l, jsonb_build_object('credit', pg_temp.scores(p) || coalesce(more, '{}'))
FROM (VALUES ('FIRST', NULL, NULL, 85, '{"net_worth": 80000, "turnover": 700000}'::jsonb), ('BAD', 'B', 1000, 40, NULL), ('BETTER', 'C', 1000, 70, NULL), ('LATE', 'A', 1000, 85, NULL), ('VERY', 'A', 1000, 85, NULL),
             ('USED', 'A', 1000, 82, NULL), ('CAPPED', 'A', 30000, 67, NULL), ('HELD', 'C', 500, 90, NULL), ('SAME', 'B', 700.50, 66, NULL)) AS v (n, g, l, p, more);
INSERT INTO receivables.customer (company_id, customer_number, name, grade, credit_limit, attributes) VALUES (:eu, 'WRONG', 'Wrong attribute', 'C', 10, '{"credit": {"character": "good"}}'), (:eu, 'NEW', 'Nothing known', NULL, NULL, '{}');
SELECT count(ar.post_invoice(:eu, c, c || '-1', d::date, due::date, a)) AS invoices
FROM (VALUES ('LATE', '2025-01-01', '2025-02-19', 800), ('VERY', '2025-01-01', '2025-01-29', 900), ('USED', '2025-03-01', '2025-06-29', 700)) AS v (c, d, due, a) \gset
SELECT set_config('ar.application_user', 'rita', true) = 'rita' AS is_rita \gset
SELECT set_config('ar.as_of', '2025-03-31', true) = '2025-03-31' AS today \gset
CREATE FUNCTION pg_temp.credit(number text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT concat_ws(' ', coalesce(c.grade, '-'), coalesce(trim_scale(c.credit_limit)::text, '-')) FROM receivables.customer AS c WHERE c.company_id = pg_temp.eu() AND c.customer_number = number
$$;
CREATE FUNCTION pg_temp.decisions(on_date date) RETURNS TABLE (customer text, decision text) LANGUAGE sql STABLE AS $$
    SELECT c.customer_number, concat_ws(' ', d.status, coalesce(d.old_grade, '-') || '>' || coalesce(d.new_grade, '-'), coalesce(trim_scale(d.old_limit)::text, '-') || '>' || coalesce(trim_scale(d.new_limit)::text, '-'), d.limit_rule)
    FROM receivables.credit_decision AS d JOIN receivables.customer AS c USING (company_id, customer_id) WHERE d.company_id = pg_temp.eu() AND d.as_of = on_date AND d.credit_review_id IS NOT NULL ORDER BY 1
$$;
CREATE FUNCTION pg_temp.decision(number text, on_date date DEFAULT '2025-03-31') RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT max(d.credit_decision_id) FROM receivables.credit_decision AS d JOIN receivables.customer AS c USING (company_id, customer_id) WHERE d.company_id = pg_temp.eu() AND c.customer_number = number AND d.as_of = on_date
$$;
SELECT is(ar.set_credit(:eu, 'HELD', 'C', 500, 'Lawyers look at it', '2025-02-01', '2025-05-31') > 0, true, 'one is held as it is through May');
SELECT results_eq($$SELECT p.new_grade, p.new_limit, p.status FROM ar.propose_credit(pg_temp.eu()) AS p JOIN receivables.customer AS c USING (customer_id) WHERE c.customer_number = 'FIRST'$$, $$VALUES ('A', 28000.00, 'proposed')$$, 'what would come out is to be had before');
SELECT is_empty('SELECT * FROM receivables.credit_review', 'without anything written');
SELECT results_eq('SELECT customers, applied, proposed, unchanged FROM ar.review_credit(pg_temp.eu(), ''2025-03-31'')', 'VALUES (10::bigint, 4::bigint, 1::bigint, 5::bigint)', 'the first review');
SELECT results_eq('SELECT * FROM pg_temp.decisions(''2025-03-31'')', $$VALUES ('BAD', 'applied B>D 1000>0 grade'), ('BETTER', 'unchanged C>C 1000>1000 keep'), ('CAPPED', 'applied A>B 30000>20000 cap'), ('FIRST', 'proposed ->A ->28000 initial'), ('LATE', 'applied A>A 1000>500 cut'),
    ('NEW', 'unchanged ->- ->- keep'), ('SAME', 'unchanged B>B 700.5>700.5 keep'), ('USED', 'unchanged A>A 1000>1000 keep'), ('VERY', 'applied A>A 1000>0 freeze'), ('WRONG', 'unchanged C>C 10>10 keep')$$, 'what goes down is applied, what goes up waits');
SELECT is(pg_temp.credit(c), result, c || ' has ' || result) FROM (VALUES ('BAD', 'D 0'), ('BETTER', 'C 1000'), ('CAPPED', 'B 20000'), ('FIRST', '- -'), ('LATE', 'A 500'), ('VERY', 'A 0'), ('HELD', 'C 500'), ('WRONG', 'C 10')) AS v (c, result);
SELECT is(d.reasons[1:array_length(v.reasons, 1)], v.reasons, 'reasons for ' || c)
FROM (VALUES ('BAD', ARRAY['grade B becomes D: score 40.00', 'limit 1000.00 becomes 0.00: grade D pays in advance']),
             ('BETTER', ARRAY['grade C stays: score 70.00 makes B, but a better grade takes 2 reviews running']),
             ('CAPPED', ARRAY['grade A becomes B: score 67.00', 'limit 30000.00 becomes 20000.00: the least of cap of the grade 20000.00']),
             ('FIRST', ARRAY['grade A: score 85.00', 'limit none becomes 28000.00: the least of capacity 28000.00', 'needs approval: the policy applies by itself only what goes down']),
             ('LATE', ARRAY['limit 1000.00 becomes 500.00: cut by 50 %, 40 days past due, above 30']), ('VERY', ARRAY['limit 1000.00 becomes 0.00: frozen, 61 days past due, above 60']),
             ('WRONG', ARRAY['no grade by the score: grade C stays'])) AS v (c, reasons)
JOIN receivables.credit_decision AS d ON d.company_id = :eu AND d.credit_decision_id = pg_temp.decision(c);
SELECT matches((SELECT d.reasons[2] FROM receivables.credit_decision AS d WHERE d.credit_decision_id = pg_temp.decision('WRONG')), '^cannot be scored: .*character', 'a wrong attribute is named, and keeps nobody else from being reviewed');
SELECT results_eq($$SELECT d.score, d.scored_grade, jsonb_array_length(d.contributions) FROM receivables.credit_decision AS d WHERE d.credit_decision_id = pg_temp.decision('BETTER')$$, 'VALUES (70.0000, ''B'', 5)', 'with score and contributions');
SELECT results_eq('SELECT r.as_of, r.scorecard, r.customers, r.policy ->> ''net_worth_percent'', r.application_user FROM receivables.credit_review AS r', $$VALUES (date '2025-03-31', NULL::text, 10::bigint, '35', 'rita')$$, 'the review itself is known');

-- Again
SELECT results_eq('SELECT r.credit_review_id = (SELECT max(credit_review_id) FROM receivables.credit_review), r.customers, r.applied, r.proposed, r.unchanged FROM ar.review_credit(pg_temp.eu(), ''2025-03-31'') AS r', 'VALUES (true, 0::bigint, 0::bigint, 0::bigint, 0::bigint)', 'the same again changes nothing');
SELECT results_eq('SELECT r.customers FROM ar.review_credit(pg_temp.eu(), ''2025-03-31'', ''{LATE,BAD}'') AS r', 'VALUES (0::bigint)', 'nor of some by name');
SELECT throws_ok('SELECT ar.review_credit(pg_temp.eu(), ''2025-03-31'', ''{LATE,NOPE}'')', '23503', 'customer NOPE does not exist', 'by a name that is there');
SELECT throws_ok('SELECT ar.review_credit(-1)', '23503', 'company -1 does not exist', 'of a company');
SELECT throws_ok('SELECT ar.review_credit(pg_temp.eu(), NULL)', '22023', NULL, 'as of a day');

-- Approval
SELECT results_eq('SELECT p.customer_number, p.new_grade, p.new_limit, p.proposed_by FROM receivables.credit_proposal AS p', $$VALUES ('FIRST', 'A', 28000.00, 'rita')$$, 'what waits');
SELECT throws_ok('SELECT ar.approve_credit(pg_temp.eu(), pg_temp.decision(''FIRST''))', '42501', NULL, 'four eyes: not by who proposed it');
SELECT set_config('ar.application_user', 'bob', true) = 'bob' AS is_bob \gset
SELECT set_config('ar.as_of', '2025-04-03', true) = '2025-04-03' AS today \gset
SELECT lives_ok('SELECT ar.approve_credit(pg_temp.eu(), pg_temp.decision(''FIRST''), ''seen the accounts'')', 'by somebody else');
SELECT is(pg_temp.credit('FIRST'), 'A 28000', 'it counts');
SELECT results_eq('SELECT d.status, d.effective_on, d.decided_by, d.decision_note FROM receivables.credit_decision AS d WHERE d.credit_decision_id = pg_temp.decision(''FIRST'')', $$VALUES ('approved', date '2025-04-03', 'bob', 'seen the accounts')$$, 'from that day on, by whom and why');
SELECT throws_ok('SELECT ar.' || f || '_credit(pg_temp.eu(), pg_temp.decision(''FIRST''))', '55000', NULL, f || ': decided once') FROM unnest('{approve,reject}'::text[]) AS f;
SELECT throws_ok('SELECT ar.approve_credit(pg_temp.eu(), -1)', 'P0002', 'there is no credit decision -1', 'a decision that is not there');
SELECT is_empty('SELECT FROM receivables.credit_proposal', 'nothing waits');

-- The next quarter
UPDATE receivables.customer SET attributes = jsonb_build_object('credit', pg_temp.scores(90)) WHERE company_id = :eu AND customer_number IN ('USED', 'BETTER');
SELECT ar.post_payment(:eu, 'VERY', 'P-VERY', '2025-04-10', 900, '[{"invoice_number": "VERY-1", "amount": 900}]') > 0 AS paid \gset
SELECT ar.post_payment(:eu, 'LATE', 'P-LATE', '2025-04-10', 800, '[{"invoice_number": "LATE-1", "amount": 800}]') > 0 AS paid \gset
SELECT results_eq('SELECT customers FROM ar.review_credit(pg_temp.eu(), ''2025-06-29'')', 'VALUES (1::bigint)', 'HELD is due at once, the others not before the quarter is over');
SELECT set_config('ar.application_user', 'rita', true) = 'rita' AS is_rita \gset
SELECT set_config('ar.as_of', '2025-06-30', true) = '2025-06-30' AS today \gset
SELECT results_eq('SELECT customers, applied, proposed, unchanged FROM ar.review_credit(pg_temp.eu())', 'VALUES (10::bigint, 0::bigint, 3::bigint, 7::bigint)', 'the second review');
SELECT results_eq('SELECT * FROM pg_temp.decisions(''2025-06-30'') WHERE decision NOT LIKE ''unchanged%''', $$VALUES ('BETTER', 'proposed C>B 1000>1000 keep'), ('USED', 'proposed A>A 1000>1200 raise'), ('VERY', 'proposed A>A 0>660.9 unfreeze')$$, 'the lesser of two better grades; a raise; an end of the freeze, to what is needed: 900 in 181 days, 60 days and 71 late');
SELECT is((SELECT d.reasons[1:2] FROM receivables.credit_decision AS d WHERE d.credit_decision_id = pg_temp.decision(c, '2025-06-30')), reasons, 'reasons for ' || c)
FROM (VALUES ('BETTER', ARRAY['grade C becomes B: score 90.00, better in 2 reviews running', 'needs approval: the policy applies by itself only what goes down']),
             ('USED', ARRAY['limit 1000.00 becomes 1200.00: raised by 20 %, score up from 82.00 to 90.00, at most 1 days past due in 6 months, 70 % used', 'needs approval: the policy applies by itself only what goes down'])) AS v (c, reasons);
SELECT set_config('ar.application_user', 'bob', true) = 'bob' AS is_bob \gset
SELECT lives_ok('SELECT ar.reject_credit(pg_temp.eu(), pg_temp.decision(''USED'', ''2025-06-30''), ''too fast'')', 'rejected');
SELECT is(pg_temp.credit('USED'), 'A 1000', 'it stays as it was');
UPDATE receivables.customer SET credit_limit = 1 WHERE company_id = :eu AND customer_number = 'VERY';
SELECT throws_ok('SELECT ar.approve_credit(pg_temp.eu(), pg_temp.decision(''VERY'', ''2025-06-30''))', '55000', NULL, 'not where the customer was changed since');
UPDATE receivables.customer SET credit_limit = 0 WHERE company_id = :eu AND customer_number = 'VERY';
SELECT lives_ok('SELECT ar.approve_credit(pg_temp.eu(), pg_temp.decision(''VERY'', ''2025-06-30''))', 'else it is');
SELECT results_eq('SELECT customers, proposed FROM ar.review_credit(pg_temp.eu(), ''2025-07-15'', ''{BETTER}'')', 'VALUES (1::bigint, 1::bigint)', 'out of turn, by name');
SELECT throws_ok('SELECT ar.approve_credit(pg_temp.eu(), pg_temp.decision(''BETTER'', ''2025-06-30''))', '55000', NULL, 'what was proposed before is overtaken');
SELECT results_eq('SELECT d.is_due FROM receivables.credit_decision AS d WHERE d.credit_decision_id = pg_temp.decision(''BETTER'', ''2025-07-15'')', 'VALUES (false)', 'which does not count as a review in turn');

-- By hand
SELECT throws_ok(format('SELECT ar.set_credit(%s)', arguments), sqlstate, message, arguments || ' is refused')
FROM (VALUES ('-1, ''SAME'', ''B'', 1, ''x''', '23503', NULL), (:'eu' || ', ''NOPE'', ''B'', 1, ''x''', '23503', 'customer NOPE does not exist'), (:'eu' || ', ''SAME'', ''B'', 1, '' ''', '23514', 'a change of credit needs a reason'),
             (:'eu' || ', ''SAME'', ''E'', 1, ''x''', '23514', NULL), (:'eu' || ', ''SAME'', ''B'', -1, ''x''', '23514', NULL), (:'eu' || ', ''SAME'', ''B'', 0.001, ''x''', '23514', 'limit 0.001 has more than 2 decimals'),
             (:'eu' || ', ''VERY'', ''B'', 1, ''x'', ''2025-06-29''', '23514', 'effective_on 2025-06-29 is before the last change of the customer, on 2025-06-30'), (:'eu' || ', ''SAME'', ''B'', 1, ''x'', ''2999-01-01''', '23514', 'effective_on 2999-01-01 is still to come'),
             (:'eu' || ', ''SAME'', ''B'', 1, ''x'', ''2025-06-30'', ''2025-06-29''', '23514', NULL)) AS v (arguments, sqlstate, message);
SELECT is(ar.set_credit(:eu, 'SAME', 'B', 700.50, 'no change'), NULL, 'what is so already changes nothing');
SELECT ar.set_credit(:eu, 'SAME', 'C', 600, 'Lost a big customer', '2025-07-01') AS down \gset
SELECT ar.set_credit(:eu, 'SAME', 'A', 900, 'Won it back', '2025-07-02') AS up \gset
SELECT results_eq('SELECT d.status, d.proposed_by FROM receivables.credit_decision AS d WHERE d.credit_decision_id IN (' || :down || ', ' || :up || ') ORDER BY 1', $$VALUES ('applied', 'bob'), ('proposed', 'bob')$$, 'down at once, up with four eyes');
SELECT throws_ok('SELECT ar.approve_credit(pg_temp.eu(), ' || :up || ')', '42501', NULL, 'not by who entered it');
SELECT set_config('ar.application_user', 'rita', true) = 'rita' AS is_rita \gset
SELECT set_config('ar.as_of', '2025-07-05', true) = '2025-07-05' AS today \gset
SELECT lives_ok('SELECT ar.approve_credit(pg_temp.eu(), ' || :up || ')', 'but by another');
SELECT ar.set_credit_review_policy(:eu, '{"four_eyes": false}') IS NOT NULL AS set_policy \gset
SELECT ar.set_credit(:eu, 'SAME', 'A', 950, 'Alone', '2025-07-06') AS alone \gset
SELECT is(pg_temp.credit('SAME'), 'A 950', 'at once where two eyes are enough');
SELECT ar.reverse_credit(:eu, :alone, '2025-07-06', 'And back') AS back \gset

-- Undone
SELECT throws_ok(format('SELECT ar.reverse_credit(pg_temp.eu(), %s)', arguments), sqlstate, NULL, arguments || ' is refused')
FROM (VALUES (:'up' || ', ''2025-07-10'', '' ''', '23514'), (:'up' || ', ''2025-07-04'', ''x''', '23514'), (:'up' || ', NULL, ''x''', '23502'), (:'down' || ', ''2025-07-10'', ''x''', '55000'), ('-1, ''2025-07-10'', ''x''', 'P0002'),
             (pg_temp.decision('USED', '2025-06-30') || ', ''2025-07-10'', ''x''', '55000')) AS v (arguments, sqlstate);
SELECT ar.reverse_credit(:eu, :up, '2025-07-10', 'It was another one') AS undone \gset
SELECT is(pg_temp.credit('SAME'), 'C 600', 'what was before is again');
SELECT results_eq('SELECT d.status, d.decision_note FROM receivables.credit_decision AS d WHERE d.credit_decision_id = ' || :up, $$VALUES ('reversed', 'It was another one')$$, 'what is undone stays known');
SELECT throws_ok('SELECT ar.reverse_credit(pg_temp.eu(), ' || d || ', ''2025-07-11'', ''x'')', '55000', NULL, 'once only') FROM unnest(ARRAY[:up, :undone]) AS d;
SELECT lives_ok('SELECT ar.reverse_credit(pg_temp.eu(), ' || :down || ', ''2025-07-12'', ''nor was it lost'')', 'then the one before');
SELECT results_eq($$SELECT h.valid_from, h.valid_to, h.grade, h.credit_limit, h.status, h.decided_by FROM receivables.credit_history AS h JOIN receivables.customer AS c USING (company_id, customer_id) WHERE h.company_id = pg_temp.eu() AND c.customer_number = 'SAME' ORDER BY 1$$,
    $$VALUES (date '-infinity', date '2025-07-01', 'B', 700.50, NULL, NULL), ('2025-07-01', '2025-07-05', 'C', 600, 'reversed', 'bob'), ('2025-07-05', '2025-07-06', 'A', 900, 'reversed', 'rita'), ('2025-07-06', '2025-07-10', 'A', 900, 'applied', 'rita'), ('2025-07-10', '2025-07-12', 'C', 600, 'applied', 'rita'),
             ('2025-07-12', 'infinity', 'B', 700.50, 'applied', 'rita')$$, 'which grade and limit it had when');
SELECT is_empty($$SELECT h.customer_id FROM receivables.credit_history AS h JOIN receivables.customer AS c USING (company_id, customer_id) WHERE h.valid_to = 'infinity' AND (h.grade, h.credit_limit) IS DISTINCT FROM (c.grade, c.credit_limit)$$, 'the last is what the customer has');
SELECT results_eq('SELECT count(*) FROM ar.change_history(''customer'', jsonb_build_object(''company_id'', pg_temp.eu(), ''customer_id'', (SELECT customer_id FROM receivables.customer WHERE company_id = pg_temp.eu() AND customer_number = ''SAME''))) AS h WHERE h.column_name = ''credit_limit''', 'VALUES (6::bigint)', 'and each change is in the log');

-- Automatic changes
SELECT ar.add_standard_credit_grades(:ot) AS grades \gset
INSERT INTO receivables.customer (company_id, customer_number, name, grade, credit_limit, attributes)
SELECT :ot, n, n, g, l, jsonb_build_object('credit', pg_temp.scores(p) || jsonb_build_object('turnover', t))
FROM (VALUES ('SMALL', 'A', NULL, 85, 20000), ('LARGE', 'A', NULL, 85, 200000), ('DOWN', 'A', 100, 60, 20000), ('UP', 'B', 100, 85, 20000)) AS v (n, g, l, p, t);
CREATE FUNCTION pg_temp.outcome(settings jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    PERFORM ar.set_credit_review_policy(current_setting('test.ot')::bigint, settings || '{"reviews_to_upgrade": 1}');
    SELECT string_agg(c.customer_number || ' ' || p.status, ', ' ORDER BY c.customer_number) INTO result
    FROM ar.propose_credit(current_setting('test.ot')::bigint, '2025-03-31') AS p JOIN receivables.customer AS c USING (customer_id);
    RETURN result;
END $$;
SELECT set_config('test.ot', :'ot', true) = :'ot' AS ot_set \gset
SELECT is(pg_temp.outcome(settings::jsonb), result, settings)
FROM (VALUES ('{"automatic_changes": "none"}', 'DOWN proposed, LARGE proposed, SMALL proposed, UP proposed'), ('{"automatic_changes": "down"}', 'DOWN applied, LARGE proposed, SMALL proposed, UP proposed'),
             ('{"automatic_changes": "both"}', 'DOWN applied, LARGE applied, SMALL applied, UP applied'), ('{"automatic_changes": "both", "automatic_limit": 1000}', 'DOWN applied, LARGE proposed, SMALL applied, UP applied'),
             ('{"automatic_changes": "both", "automatic_limit": null, "automatic_raise_percent": 10}', 'DOWN applied, LARGE proposed, SMALL proposed, UP applied')) AS v (settings, result);
-- Grades begin where the company says, and its own card counts
SELECT ar.set_credit_grade(:ot, 'A', 90, 'NET60') IS NOT NULL AS set_grade \gset
SELECT results_eq($$SELECT p.scored_grade FROM ar.propose_credit(current_setting('test.ot')::bigint, '2025-03-31') AS p JOIN receivables.customer AS c USING (customer_id) WHERE c.customer_number = 'UP'$$, $$VALUES ('B')$$, 'A begins where the company says');
SELECT ar.activate_scorecard(:ot, 'OWN', ar.save_scorecard(:ot, 'OWN', ar.standard_scorecard())) IS NOT NULL AS active \gset
SELECT results_eq('SELECT s.scorecard, s.version FROM ar.credit_scorecard(' || :ot || ') AS s', $$VALUES ('OWN', 1)$$, 'the card of the company');
SELECT throws_ok('SELECT ar.set_credit_review_policy(' || :ot || ', ''{"scorecard": "NOPE"}''); SELECT ar.credit_scorecard(' || :ot || ')', 'P0002', NULL, 'that is there');

-- Guards
SELECT throws_ok(statement, '23001', NULL, statement) FROM unnest(ARRAY['UPDATE receivables.credit_review SET customers = 0', 'DELETE FROM receivables.credit_review', 'UPDATE receivables.credit_decision SET new_limit = 5', 'DELETE FROM receivables.credit_decision']) AS statement;
SELECT throws_ok(statement, '23514', NULL, statement) FROM unnest(ARRAY['UPDATE receivables.credit_decision SET status = ''applied''', 'UPDATE receivables.credit_decision SET decision_note = ''x'' WHERE status = ''unchanged''',
    'INSERT INTO receivables.credit_decision (company_id, customer_id, as_of, status, limit_rule, reasons, effective_on) SELECT company_id, customer_id, ''2025-01-01'', ''approved'', ''manual'', ''{x}'', ''2025-01-01'' FROM receivables.customer',
    'INSERT INTO receivables.credit_decision (company_id, customer_id, as_of, status, limit_rule, reasons, proposed_by) SELECT company_id, customer_id, ''2025-01-01'', ''proposed'', ''manual'', ''{x}'', ''bob'' FROM receivables.customer',
    'INSERT INTO receivables.credit_decision (company_id, customer_id, as_of, status, new_limit, limit_rule, reasons) SELECT company_id, customer_id, ''2025-01-01'', ''unchanged'', 77, ''manual'', ''{x}'' FROM receivables.customer']) AS statement;

-- Who may
CREATE ROLE credit_clerk; CREATE ROLE credit_approver; CREATE ROLE credit_manager; CREATE ROLE credit_reader; CREATE ROLE small_approver;
SELECT ar.grant_access('credit_clerk', 'clerk', :eu) \gset none_
SELECT ar.grant_access('credit_approver', 'approver', :eu) \gset none_
SELECT ar.grant_access('small_approver', 'approver', :eu) \gset none_
SELECT ar.grant_access('credit_manager', 'manager', :eu) \gset none_
SELECT ar.grant_access('credit_reader', 'reader', :eu) \gset none_
CREATE FUNCTION pg_temp.attempt(role text, statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', role);
    EXECUTE statement;
    RAISE EXCEPTION 'done' USING ERRCODE = 'P9999';
EXCEPTION WHEN SQLSTATE 'P9999' THEN RETURN 'done'; WHEN OTHERS THEN RETURN SQLSTATE;
END $$;
SELECT set_config('ar.as_of', '2025-10-31', true) = '2025-10-31' AS today \gset
SELECT is(pg_temp.attempt(role, statement), result, format('%s: %s: %s', role, statement, result))
FROM (VALUES ('credit_clerk', 'SELECT ar.review_credit(pg_temp.eu())', 'done'), ('credit_reader', 'SELECT ar.review_credit(pg_temp.eu())', '42501'), ('credit_manager', 'SELECT ar.review_credit(pg_temp.eu())', 'done'),
             ('credit_clerk', 'SELECT ar.approve_credit(pg_temp.eu(), pg_temp.decision(''BETTER'', ''2025-07-15''))', '42501'), ('credit_approver', 'SELECT ar.approve_credit(pg_temp.eu(), pg_temp.decision(''BETTER'', ''2025-07-15''))', 'done'),
             ('credit_manager', 'SELECT ar.approve_credit(pg_temp.eu(), pg_temp.decision(''BETTER'', ''2025-07-15''))', 'done'), ('credit_clerk', 'SELECT ar.reject_credit(pg_temp.eu(), pg_temp.decision(''BETTER'', ''2025-07-15''))', '42501'),
             ('credit_approver', 'SELECT ar.reject_credit(pg_temp.eu(), pg_temp.decision(''BETTER'', ''2025-07-15''))', 'done'), ('credit_approver', 'SELECT ar.reverse_credit(pg_temp.eu(), pg_temp.decision(''BAD''), ''2025-10-31'', ''x'')', 'done'),
             ('credit_clerk', 'SELECT ar.reverse_credit(pg_temp.eu(), pg_temp.decision(''BAD''), ''2025-10-31'', ''x'')', '42501'), ('credit_approver', 'UPDATE receivables.customer SET name = ''x'' WHERE company_id = pg_temp.eu()', '42501'),
             ('credit_clerk', 'SELECT ar.set_credit_review_policy(pg_temp.eu(), ''{}'')', '42501'), ('credit_clerk', 'SELECT ar.set_credit(pg_temp.eu(), ''USED'', ''A'', 5, ''x'')', 'done')) AS v (role, statement, result);
INSERT INTO receivables.credit_authority (company_id, role_name, maximum_limit, best_grade) VALUES (:eu, 'small_approver', 1000, 'B'), (:eu, 'credit_manager', NULL, 'A');
CREATE FUNCTION pg_temp.may(role text, grade text, amount numeric) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    result boolean;
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', role);
    result := ar.may_decide_credit(pg_temp.eu(), grade, amount);
    RESET ROLE;
    RETURN result;
END $$;
SELECT is(pg_temp.may(role, grade, amount), may, concat_ws(' ', role, grade, amount, may))
FROM (VALUES ('small_approver', 'B', 1000::numeric, true), ('small_approver', 'B', 1000.01, false), ('small_approver', 'A', 1000, false), ('small_approver', 'C', NULL, false), ('small_approver', NULL, 5, true), ('credit_approver', 'C', 5, false),
             ('credit_manager', 'A', NULL, true), ('credit_clerk', 'D', 0, false)) AS v (role, grade, amount, may);
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');
SELECT * FROM finish();
ROLLBACK;
