-- The five AutoCash rules as sets of match rules: one item, the whole account,
-- what is past due, that by payment term, and the oldest first.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
SELECT ar.create_company('EU', 'Europe', 'EUR') AS eu \gset
SELECT set_config('test.eu', :'eu', true) = :'eu' AS eu_set \gset
CREATE FUNCTION pg_temp.eu() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT current_setting('test.eu')::bigint$$;
SELECT count(ar.set_payment_term(:eu, term, term, format('{"days": %s}', days)::jsonb)) AS terms FROM (VALUES ('N10', 10), ('N20', 20)) AS v (term, days) \gset
INSERT INTO receivables.match_rule_set (company_id, match_rule_set, name)
SELECT :eu, s, s FROM unnest('{1-2-5,2,3,4,5,5 whole,5 account,1-2-3-4-5}'::text[]) AS s;
INSERT INTO receivables.match_rule (company_id, match_rule_set, position, method, score, partial_allowed, remainder)
SELECT :eu, v.match_rule_set, m.position, m.method, 0.9, v.match_rule_set <> '5 whole', CASE v.match_rule_set WHEN '5 account' THEN 'on_account' ELSE 'unapplied' END
FROM (VALUES ('1-2-5', '{amount,clear_account,oldest_first}'::text[]), ('2', '{clear_account}'), ('3', '{clear_past_due}'), ('4', '{past_due_by_term}'),
             ('5', '{oldest_first}'), ('5 whole', '{oldest_first}'), ('5 account', '{oldest_first}'),
             ('1-2-3-4-5', '{amount,clear_account,clear_past_due,past_due_by_term,oldest_first}')) AS v (match_rule_set, methods)
CROSS JOIN LATERAL unnest(v.methods) WITH ORDINALITY AS m (method, position);

-- A customer for each case, with its set of rules: what it owes, as number, amount, due date and term,
-- its credit notes as number, amount and date; and what it pays on 10 December.
CREATE FUNCTION pg_temp.given(customer text, match_rule_set text, invoices jsonb, credits jsonb, paid numeric) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO receivables.customer (company_id, customer_number, name, match_rule_set) VALUES (pg_temp.eu(), customer, 'Customer ' || customer, match_rule_set);
    PERFORM ar.post_invoice(pg_temp.eu(), customer, customer || '-' || (x ->> 0), (x ->> 2)::date - CASE x ->> 3 WHEN 'N10' THEN 10 WHEN 'N20' THEN 20 ELSE 60 END,
                            CASE WHEN x ->> 3 IS NULL THEN (x ->> 2)::date END, (x ->> 1)::numeric, payment_term => x ->> 3)
    FROM jsonb_array_elements(invoices) WITH ORDINALITY AS i (x, n) ORDER BY n;
    PERFORM ar.post_credit_note(pg_temp.eu(), customer, customer || '-' || (x ->> 0), (x ->> 2)::date, (x ->> 1)::numeric)
    FROM jsonb_array_elements(credits) WITH ORDINALITY AS i (x, n) ORDER BY n;
    RETURN ar.post_payment(pg_temp.eu(), customer, customer || '-P', '2026-12-10', paid);
END;
$$;
CREATE TEMPORARY TABLE given AS SELECT v.*, pg_temp.given(v.customer, v.match_rule_set, v.invoices::jsonb, v.credits::jsonb, v.paid) AS payment FROM (VALUES
    -- The worked example: discounts expired, no item of 600, an account of 650.
    ('EX', '1-2-5', '[["123", 200, "2026-12-11"], ["124", 300, "2026-12-08"], ["125", 150, "2026-12-13"]]', '[]', 600),
    ('ONE', '1-2-5', '[["1", 200, "2026-12-11"], ["2", 300, "2026-12-08"]]', '[]', 200),
    ('TIE', '1-2-5', '[["1", 200, "2026-12-11"], ["2", 200, "2026-12-08"], ["3", 70, "2026-12-09"]]', '[]', 200),
    ('ALL', '1-2-5', '[["1", 200, "2026-12-11"], ["2", 300, "2027-01-08"]]', '[["C", 50, "2026-12-01"]]', 450),
    ('NOTALL', '2', '[["1", 200, "2026-12-11"], ["2", 300, "2027-01-08"]]', '[["C", 50, "2026-12-01"]]', 500),
    -- Due on the day of the deposit is not past due; a credit of the day counts.
    ('DUE', '3', '[["1", 200, "2026-12-09"], ["2", 300, "2026-12-10"], ["3", 80, "2026-11-01"]]', '[["C", 50, "2026-12-10"]]', 230),
    ('NOTDUE', '3', '[["1", 200, "2026-12-09"], ["2", 300, "2026-12-10"]]', '[["C", 50, "2026-12-10"]]', 450),
    -- Credits join every group.
    ('TERM10', '4', '[["1", 100, "2026-12-01", "N10"], ["2", 50, "2026-12-05", "N10"], ["3", 70, "2026-11-20", "N20"]]', '[["C", 10, "2026-12-02"]]', 140),
    ('TERM20', '4', '[["1", 100, "2026-12-01", "N10"], ["2", 50, "2026-12-05", "N10"], ["3", 70, "2026-11-20", "N20"]]', '[["C", 10, "2026-12-02"]]', 60),
    ('TERMNOT', '4', '[["1", 100, "2026-12-01", "N10"], ["2", 50, "2026-12-12", "N10"], ["3", 70, "2026-11-20", "N20"]]', '[]', 150),
    -- Two groups of the same sum: the one that holds the oldest item.
    ('TERMOLD', '4', '[["1", 60, "2026-12-01", "N10"], ["2", 40, "2026-12-05", "N10"], ["3", 30, "2026-12-06", "N20"], ["4", 70, "2026-11-20", "N20"]]', '[]', 100),
    ('WHOLE', '5 whole', '[["123", 200, "2026-12-11"], ["124", 300, "2026-12-08"], ["125", 150, "2026-12-13"]]', '[]', 600),
    ('MORE', '5 account', '[["123", 200, "2026-12-11"], ["124", 300, "2026-12-08"]]', '[]', 530),
    -- Debits and credits by due date: 300, the credit of 100, 150 of the other 300.
    ('MIXED', '5', '[["1", 300, "2026-12-01"], ["2", 300, "2026-12-08"]]', '[["C", 100, "2026-12-05"]]', 350),
    -- Of all five the first that fits: neither one item nor the account.
    ('FIVE3', '1-2-3-4-5', '[["1", 200, "2026-12-01"], ["2", 300, "2026-12-02"], ["3", 70, "2026-12-30"]]', '[]', 500),
    ('FIVE4', '1-2-3-4-5', '[["1", 200, "2026-12-01", "N10"], ["2", 300, "2026-12-02", "N10"], ["3", 70, "2026-12-03", "N20"], ["4", 5, "2026-12-30", "N20"]]', '[]', 500),
    ('FIVE5', '1-2-3-4-5', '[["1", 200, "2026-12-01"], ["2", 300, "2026-12-02"], ["3", 70, "2026-12-30"]]', '[]', 250)
) AS v (customer, match_rule_set, invoices, credits, paid);

SELECT (ar.propose(:eu)).* \gset none_
CREATE FUNCTION pg_temp.lines(proposal bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT string_agg(CASE WHEN l.item_id IS NULL THEN l.purpose ELSE split_part(d.document_number, '-', 2) END || ' ' || trim_scale(l.amount), ', ' ORDER BY d.document_number, l.line_number)
    FROM receivables.match_proposal_line AS l
    LEFT JOIN receivables.item AS i ON i.company_id = l.company_id AND i.item_id = l.item_id
    LEFT JOIN receivables.document AS d ON d.company_id = i.company_id AND d.document_id = i.document_id
    WHERE l.company_id = pg_temp.eu() AND l.match_proposal_id = proposal
$$;
CREATE FUNCTION pg_temp.proposed(customer text) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT concat_ws(' | ', coalesce(p.method, 'nothing'), CASE WHEN p.is_ambiguous THEN 'ambiguous' END, pg_temp.lines(p.match_proposal_id), trim_scale(p.remainder))
    FROM receivables.match_proposal AS p JOIN receivables.customer AS c USING (company_id, customer_id)
    WHERE p.company_id = pg_temp.eu() AND c.customer_number = proposed.customer AND p.status <> 'superseded' ORDER BY p.rank
$$;
SELECT is((SELECT x FROM pg_temp.proposed(v.customer) AS x LIMIT 1), v.expected, format('%s pays %s', v.customer, g.paid))
FROM (VALUES ('EX', 'oldest_first | 123 200, 124 300, 125 100 | 0'), ('ONE', 'amount | 1 200 | 0'),
             ('ALL', 'clear_account | 1 200, 2 300, C -50 | 0'),
             ('DUE', 'clear_past_due | 1 200, 3 80, C -50 | 0'),
             ('TERM10', 'past_due_by_term | 1 100, 2 50, C -10 | 0'), ('TERM20', 'past_due_by_term | 3 70, C -10 | 0'),
             ('TERMOLD', 'past_due_by_term | 3 30, 4 70 | 0'),
             ('WHOLE', 'oldest_first | 123 200, 124 300, unapplied 100 | 100'), ('MORE', 'oldest_first | 123 200, 124 300, on_account 30 | 30'),
             ('MIXED', 'oldest_first | 1 300, 2 150, C -100 | 0'),
             ('FIVE3', 'clear_past_due | 1 200, 2 300 | 0'), ('FIVE4', 'past_due_by_term | 1 200, 2 300 | 0'), ('FIVE5', 'oldest_first | 1 200, 2 50 | 0')) AS v (customer, expected)
JOIN given AS g ON g.customer = v.customer;
SELECT results_eq(format('SELECT pg_temp.proposed(%L)', customer), format('VALUES (%L)', 'nothing | unapplied ' || paid || ' | ' || paid), customer || ': nothing fits')
FROM given WHERE customer IN ('NOTALL', 'NOTDUE', 'TERMNOT');
-- The options of the open balance, by the terms of invoices: 2 % within 10 days, 1 % within 20; the first is 4 days old, the second 14, another 60
SELECT ar.set_payment_term(:eu, 'D', 'D', '{"days": 30, "discounts": [{"days": 10, "percent": 2}, {"days": 20, "percent": 1}]}') IS NOT NULL AS made \gset
INSERT INTO receivables.match_rule_set (company_id, match_rule_set, name) SELECT :eu, s, s FROM unnest('{none,earned,grace,all,no charges,disputed}'::text[]) AS s;
INSERT INTO receivables.match_rule (company_id, match_rule_set, position, method, score, account_discounts, discount_grace_days, include_charges, include_disputed)
SELECT :eu, s, 1, 'clear_account', 0.9, CASE WHEN s IN ('earned', 'all') THEN s WHEN s = 'grace' THEN 'earned' ELSE 'none' END, CASE s WHEN 'grace' THEN 4 ELSE 0 END, s <> 'no charges', s = 'disputed'
FROM unnest('{none,earned,grace,all,no charges,disputed}'::text[]) AS s;
CREATE FUNCTION pg_temp.balance(rules text, paid numeric) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    customer text := 'B' || (SELECT count(*) FROM receivables.customer);
BEGIN
    INSERT INTO receivables.customer (company_id, customer_number, name, match_rule_set) VALUES (pg_temp.eu(), customer, customer, rules);
    PERFORM ar.post_invoice(pg_temp.eu(), customer, customer || '-1', '2026-12-06', NULL, 500, payment_term => 'D'),
            ar.post_invoice(pg_temp.eu(), customer, customer || '-2', '2026-11-26', NULL, 300, payment_term => 'D'),
            ar.post_invoice(pg_temp.eu(), customer, customer || '-3', '2026-10-01', '2026-11-01', 80),
            ar.post_invoice(pg_temp.eu(), customer, customer || '-5', '2026-10-11', NULL, 100, payment_term => 'D'),
            ar.post_interest(pg_temp.eu(), customer, customer || '-4', '2026-12-01', 7);
    PERFORM ar.open_dispute(pg_temp.eu(), customer, 'quality', jsonb_build_array(jsonb_build_object('document_number', customer || '-3')), opened_on => '2026-12-01');
    PERFORM ar.post_payment(pg_temp.eu(), customer, customer || '-P', '2026-12-10', paid);
    PERFORM ar.propose(pg_temp.eu(), payment_number => customer || '-P');
    RETURN (SELECT concat_ws(' ', trim_scale(p.score) || CASE WHEN p.is_ambiguous THEN '!' ELSE '' END, pg_temp.lines(p.match_proposal_id))
            FROM receivables.match_proposal AS p JOIN receivables.customer AS c USING (company_id, customer_id)
            WHERE p.company_id = pg_temp.eu() AND c.customer_number = customer AND p.rank = 1 AND p.method IS NOT NULL);
END;
$$;
SELECT is(pg_temp.balance(rules, paid), result, format('%s: %s', rules, paid))
FROM (VALUES ('none', 907, '0.9 1 500, 2 300, 4 7, 5 100'), ('none', 987, NULL), ('disputed', 987, '0.75! 1 500, 2 300, 3 80, 4 7, 5 100'), ('disputed', 907, NULL), ('no charges', 900, '0.9 1 500, 2 300, 5 100'), ('no charges', 907, NULL),
             -- Of the first 10, of the second 3, with days of grace 6; of the third once 2.
             ('none', 894, NULL), ('earned', 894, '0.9 1 490, 1 10, 2 297, 2 3, 4 7, 5 100'), ('earned', 907, '0.9 1 500, 2 300, 4 7, 5 100'), ('earned', 891, NULL), ('grace', 891, '0.9 1 490, 1 10, 2 294, 2 6, 4 7, 5 100'),
             ('earned', 892, NULL), ('all', 892, '0.75! 1 490, 1 10, 2 297, 2 3, 4 7, 5 98, 5 2'), ('all', 894, '0.9 1 490, 1 10, 2 297, 2 3, 4 7, 5 100')) AS v (rules, paid, result);
SELECT throws_ok(format('UPDATE receivables.match_rule SET %s WHERE match_rule_set = %L', change, 'none'), sqlstate, NULL, change || ' is refused')
FROM (VALUES ($$account_discounts = 'some'$$, '23514'), ('account_discounts = NULL', '23502'), ('include_charges = NULL', '23502'), ('include_disputed = NULL', '23502')) AS v (change, sqlstate);
-- Two that fit equally well: both are shown, and none is taken.
SELECT set_eq($$SELECT pg_temp.proposed('TIE')$$, $$VALUES ('amount | ambiguous | 1 200 | 0'), ('amount | ambiguous | 2 200 | 0')$$, 'two items of the same amount are ambiguous');

-- What is open once the example was accepted
CREATE FUNCTION pg_temp.open(customer text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT string_agg(split_part(o.document_number, '-', 2) || ' ' || trim_scale(o.open_amount), ', ' ORDER BY o.item_id)
    FROM receivables.open_item AS o WHERE o.company_id = pg_temp.eu() AND o.customer_number = customer
$$;
CREATE FUNCTION pg_temp.accept(customer text) RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT ar.accept(p.company_id, p.match_proposal_id) FROM receivables.match_proposal AS p JOIN receivables.customer AS c USING (company_id, customer_id)
    WHERE p.company_id = pg_temp.eu() AND c.customer_number = customer AND p.status = 'open' AND p.rank = 1
$$;
SET LOCAL ar.as_of = '2026-12-31';
SELECT ok(pg_temp.accept('EX') IS NOT NULL, 'the example is accepted');
SELECT is(pg_temp.open('EX'), '125 50', 'the example leaves 50 of 125 open');
SELECT ok(pg_temp.accept(customer) IS NOT NULL, customer || ' is accepted') FROM given WHERE customer IN ('DUE', 'MIXED', 'MORE');
SELECT is(pg_temp.open('DUE'), '2 300', 'what was past due is settled');
SELECT is(pg_temp.open('MIXED'), '2 150', 'the credit was used, and half of the younger invoice is open');
SELECT is(pg_temp.open('MORE'), 'P -30', 'the rest stays on account');
SELECT (ar.auto_apply(:eu)).* \gset none_
SELECT is((SELECT string_agg(DISTINCT concat_ws(' ', c.match_rule_set, p.score, p.status), ', ') FROM receivables.match_proposal AS p JOIN receivables.customer AS c USING (company_id, customer_id)
           WHERE p.company_id = :eu AND c.customer_number ~ '^B[0-9]' AND p.method IS NOT NULL), 'all 0.7500 open, all 0.9000 applied_automatically, disputed 0.7500 open, earned 0.9000 applied_automatically, '
          'grace 0.9000 applied_automatically, no charges 0.9000 applied_automatically, none 0.9000 applied_automatically', 'discounts that are granted are settled, those that ended and what is disputed wait');
SELECT is(pg_temp.open('TIE'), '1 200, 2 200, 3 70, P -200', 'what is ambiguous is not applied automatically');
SELECT is(pg_temp.open('ONE'), '2 300', 'the one item of the amount is');
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');
SELECT * FROM finish();
ROLLBACK;
