-- The rules that payments are matched by, as a company sets them.
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

-- The standard set
SELECT results_eq('SELECT r.method, r.score FROM ar.standard_match_rules() AS r ORDER BY r.position',
    $$VALUES ('structured_reference', 1.00::double precision), ('exact_number', 0.98), ('remittance_advice', 0.97), ('several_numbers', 0.95), ('number_less_discount', 0.92),
             ('number_with_tolerance', 0.85), ('amount', 0.90), ('amount_less_discount', 0.92), ('amount_with_tolerance', 0.85), ('clear_account', 0.90),
             ('clear_past_due', 0.90), ('subset_sum', 0.90), ('number_partial', 0.90), ('similar_number', 0.70), ('combined_payments', 0.75)$$, 'the standard rules, in order');
SELECT is_empty($$SELECT r.method FROM ar.standard_match_rules() AS r EXCEPT SELECT m.method FROM ar.match_methods() AS m$$, 'are of known methods');
SELECT set_eq($$SELECT m.method FROM ar.match_methods() AS m EXCEPT SELECT r.method FROM ar.standard_match_rules() AS r$$, '{past_due_by_term,oldest_first}'::text[], 'two methods are for who asks for them');
SELECT is_empty($$SELECT m.method FROM ar.match_methods() AS m WHERE btrim(m.description) = '' OR m.description IS NULL$$, 'each method says what it does');
SELECT is(ar.add_standard_match_rules(:eu, 'OWN', 'Own rules'), 15, 'a copy to be changed');
SELECT set_eq(format('SELECT s FROM ar.match_rule_sets(%s) AS x, unnest(x.rules) AS s WHERE x.match_rule_set = ''OWN''', :eu), 'SELECT r FROM ar.standard_match_rules() AS r', 'is the same');
SELECT throws_ok($$SELECT ar.add_standard_match_rules(pg_temp.eu(), 'OWN', 'Again')$$, '23505', NULL, 'a set is there once');
SELECT throws_ok($$SELECT ar.add_standard_match_rules(-1, 'OWN', 'Own')$$, '23503', 'company -1 does not exist', 'and of a company');

-- What a rule may say
INSERT INTO receivables.reason_code (company_id, reason_code, name, purpose, pattern) VALUES
    (:eu, 'DAMAGED', 'Damaged goods', 'deduction', 'damag|broken'), (:eu, 'BROKEN', 'Broken goods', 'deduction', '^broken'), (:eu, 'SMALL', 'Small difference', 'write_off', NULL),
    (:eu, 'FEE', 'Bank charge', 'bank_fee', 'charge|fee'), (:ot, 'OTHER', 'Other', 'deduction', 'damaged');
SELECT lives_ok(format('UPDATE receivables.match_rule SET %s WHERE company_id = pg_temp.eu() AND position = 60', change), change)
FROM unnest(ARRAY[$$method = 'oldest_first'$$, $$shortfall = 'write_off', write_off_limit = 5, reason_code = 'SMALL'$$, $$shortfall = 'deduction', write_off_limit = 0, reason_code = 'DAMAGED'$$,
                  $$shortfall = 'open', reason_code = NULL, unearned_discount_percents = '{0.5,99.9}'$$, $$unearned_discount_percents = '{}'$$]) AS change;
SELECT throws_ok(format('UPDATE receivables.match_rule SET %s WHERE company_id = pg_temp.eu() AND position = 60', change), sqlstate, NULL, change || ' is refused')
FROM (VALUES ($$method = 'guess'$$, '23514'), ($$unearned_discount_percents = '{0}'$$, '23514'), ($$unearned_discount_percents = '{100}'$$, '23514'), ($$unearned_discount_percents = '{NULL}'$$, '23514'),
             ($$unearned_discount_percents = '{NaN}'$$, '23514'), ($$unearned_discount_percents = '{{1,2}}'$$, '23514'), ($$shortfall = 'write_off'$$, '23514'),
             ($$shortfall = 'write_off', write_off_limit = 1, reason_code = 'DAMAGED'$$, '23514'), ($$shortfall = 'deduction', reason_code = 'SMALL'$$, '23514'),
             ($$reason_code = 'OTHER'$$, '23503'), ($$tolerance_under = -1$$, '23514'), ($$tolerance_over_percent = 101$$, '23514'), ($$score = 0$$, '23514'), ($$score = 1.1$$, '23514'),
             ($$score = 'NaN'$$, '23514'), ($$remainder = 'lost'$$, '23514'), ($$max_items = 0$$, '23514')) AS v (change, sqlstate);
SELECT throws_ok($$INSERT INTO receivables.reason_code (company_id, reason_code, name, purpose, pattern) VALUES (pg_temp.eu(), 'X', 'X', 'deduction', 'a(')$$, '23514', 'pattern of reason X is no regular expression', 'a pattern is a regular expression');
SELECT throws_ok($$INSERT INTO receivables.reason_code (company_id, reason_code, name, purpose) VALUES (pg_temp.eu(), 'X', 'X', 'gift')$$, '23514', NULL, 'a reason has a purpose');

-- Customer, else group, else company, else standard
INSERT INTO receivables.match_rule_set (company_id, match_rule_set, name, auto_apply_score, auto_apply_margin) VALUES (:eu, 'STRICT', 'Strict', 0.99, 0.3), (:eu, 'COMPANY', 'Company', 0.95, 0.2);
INSERT INTO receivables.match_rule (company_id, match_rule_set, position, method, score) VALUES (:eu, 'STRICT', 2, 'amount', 0.5), (:eu, 'STRICT', 1, 'exact_number', 0.99), (:eu, 'COMPANY', 7, 'oldest_first', 0.9);
INSERT INTO receivables.customer_group (company_id, customer_group, name, match_rule_set) VALUES (:eu, 'BIG', 'Big ones', 'STRICT'), (:eu, 'ANY', 'Any', NULL);
SELECT lives_ok($$SELECT ar.import_rows(pg_temp.eu(), 'customer', '[{"customer_number": "C1", "name": "Own", "customer_group": "BIG", "match_rule_set": "OWN"}, {"customer_number": "C2", "name": "Group", "customer_group": "BIG"},
    {"customer_number": "C3", "name": "Of a group without rules", "customer_group": "ANY"}, {"customer_number": "C4", "name": "None"}]')$$, 'customers are imported with their group and rules');
CREATE FUNCTION pg_temp.rules() RETURNS TABLE (customer_number text, match_rule_set text, methods text, score numeric, margin numeric) LANGUAGE sql AS $$
    SELECT c.customer_number, s.match_rule_set, (SELECT CASE WHEN count(*) > 3 THEN count(*)::text ELSE string_agg(x.method, ' ' ORDER BY n) END FROM unnest(r.rules) WITH ORDINALITY AS x (position, method, s, u, up, o, op, g, d, p, rm, sh, w, rc, m, n)), r.auto_apply_score, r.auto_apply_margin
    FROM receivables.customer AS c JOIN receivables.customer_match_rule_set AS s USING (company_id, customer_id), LATERAL ar.match_rules_for(c.company_id, c.customer_id) AS r WHERE c.company_id = pg_temp.eu() ORDER BY 1
$$;
SELECT results_eq('SELECT * FROM pg_temp.rules()', $$VALUES ('C1', 'OWN', '15', 0.90, 0.10), ('C2', 'STRICT', 'exact_number amount', 0.99, 0.3), ('C3', NULL, '15', 0.90, 0.10), ('C4', NULL, '15', 0.90, 0.10)$$, 'customer, group, standard');
UPDATE receivables.company SET match_rule_set = 'COMPANY' WHERE company_id = :eu;
SELECT results_eq('SELECT * FROM pg_temp.rules()', $$VALUES ('C1', 'OWN', '15', 0.90, 0.10), ('C2', 'STRICT', 'exact_number amount', 0.99, 0.3), ('C3', 'COMPANY', 'oldest_first', 0.95, 0.2), ('C4', 'COMPANY', 'oldest_first', 0.95, 0.2)$$, 'and the company before the standard');
SELECT results_eq('SELECT s.match_rule_set, s.auto_apply_score, s.auto_apply_margin FROM receivables.customer_match_rule_set AS s WHERE s.company_id = pg_temp.eu() ORDER BY s.customer_id',
    $$VALUES ('OWN', 0.90, 0.10), ('STRICT', 0.99, 0.3), ('COMPANY', 0.95, 0.2), ('COMPANY', 0.95, 0.2)$$, 'of all customers at once');
SELECT throws_ok('SELECT ar.match_rules_for(pg_temp.eu(), -1)', '23503', 'customer -1 does not exist', 'no rules of no customer');
SELECT throws_ok($$SELECT ar.import_rows(pg_temp.eu(), 'customer', '[{"customer_number": "C5", "name": "X", "customer_group": "NONE"}]')$$, '23503', NULL, 'a group that is not there');
SELECT results_eq($$SELECT f.field, f.sqlstate, f.reason FROM ar.check_rows(pg_temp.eu(), 'customer', '[{"customer_number": "C5", "name": "X", "customer_group": "NONE", "match_rule_set": "NIX"}]') AS f ORDER BY 1$$,
    $$VALUES ('customer_group', '23503', 'customer group NONE does not exist'), ('match_rule_set', '23503', 'set of match rules NIX does not exist')$$, 'and rules that are not');
SELECT ar.import_rows(:eu, 'customer', '[{"customer_number": "C1", "name": "Own", "match_rule_set": null}, {"customer_number": "C2", "name": "Group"}]') IS NOT NULL AS imported \gset
SELECT results_eq($$SELECT c.customer_group, c.match_rule_set FROM receivables.customer AS c WHERE c.company_id = pg_temp.eu() AND c.customer_number IN ('C1', 'C2') ORDER BY c.customer_number$$,
    $$VALUES ('BIG', NULL::text), ('BIG', NULL)$$, 'an import changes what it gives');

-- Reasons in what payers write
SELECT is(ar.find_reason_code(:eu, purpose, written), code, concat_ws(' ', purpose, written))
FROM (VALUES ('deduction', '2 boxes DAMAGED', 'DAMAGED'), ('deduction', 'Broken box', 'BROKEN'), ('deduction', 'it was broken', 'DAMAGED'), ('deduction', 'charge', NULL), ('bank_fee', 'less charges', 'FEE'),
             ('write_off', 'small', NULL), ('deduction', NULL, NULL), ('deduction', '', NULL)) AS v (purpose, written, code);

-- Changes are logged
UPDATE receivables.reason_code SET account = '4711' WHERE company_id = :eu AND reason_code = 'DAMAGED';
DELETE FROM receivables.match_rule WHERE company_id = :eu AND match_rule_set = 'OWN' AND position = 10;
SELECT results_eq($$SELECT h.operation, h.new_value FROM receivables.change_history AS h WHERE h.table_name = 'reason_code' AND h.column_name = 'account' AND h.operation = 'update'$$, $$VALUES ('update', '"4711"'::jsonb)$$, 'a reason that was changed');
SELECT results_eq($$SELECT count(*) FROM receivables.change_log AS l WHERE l.table_name = 'match_rule' AND l.operation = 'delete'$$, $$VALUES (1::bigint)$$, 'a rule that was dropped');
SELECT results_eq($$SELECT DISTINCT l.table_name FROM receivables.change_log AS l WHERE l.operation = 'insert' AND l.table_name IN ('reason_code', 'match_rule', 'match_rule_set', 'customer_group') ORDER BY 1$$,
    $$VALUES ('customer_group'), ('match_rule'), ('match_rule_set'), ('reason_code')$$, 'and all that were entered');
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');
SELECT * FROM finish();
ROLLBACK;
