-- Alarms: raised, changed and cleared once each, with tiers, hysteresis and events.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
SET LOCAL datestyle = 'ISO';
\ir indicator_book.psql
SELECT ar.create_company('TWO', 'Second', 'EUR') AS two \gset
SELECT ar.publish(:acme, 'alarm.*');
CREATE VIEW pg_temp.open AS SELECT tier, indicator, scope, scope_value, value, threshold, raised_on, tier_since FROM receivables.open_alarm WHERE company_id = pg_temp.acme()
    ORDER BY indicator, scope, scope_value;
CREATE VIEW pg_temp.event AS SELECT topic, payload ->> 'scope_value' AS scope_value, payload ->> 'tier' AS tier FROM receivables.outbox WHERE company_id = pg_temp.acme() ORDER BY sequence;

SELECT results_eq('SELECT * FROM ar.evaluate_alarms(pg_temp.acme(), ''2025-01-01'')', 'VALUES (0::bigint, 0::bigint, 0::bigint)', 'without thresholds nothing is alarming');
SELECT cmp_ok(ar.add_standard_alarm_thresholds(:acme), '>', 20::bigint, 'standard thresholds');
SELECT is(ar.add_standard_alarm_thresholds(:acme), 0::bigint, 'once');
SELECT results_eq($$SELECT tier, value, coalesce(clear_value, value) FROM receivables.alarm_threshold WHERE indicator = 'oldest_days_past_due' ORDER BY value$$,
    $$VALUES ('yellow', 30::numeric, 30::numeric), ('orange', 60, 60), ('red', 90, 90)$$, 'customers at 30, 60 and 90 days');
DELETE FROM receivables.alarm_threshold WHERE indicator <> 'oldest_days_past_due';

-- C1 has 80 due 2024-10-31 alone until 1,000 fall due on 01-31; C2 has 200 due 2024-12-20.
SELECT results_eq('SELECT * FROM ar.evaluate_alarms(pg_temp.acme(), ''2024-11-30'')', 'VALUES (0::bigint, 0::bigint, 0::bigint)', '30 days are not more than 30');
SELECT results_eq('SELECT * FROM ar.evaluate_alarms(pg_temp.acme(), ''2024-12-01'')', 'VALUES (1::bigint, 0::bigint, 0::bigint)', '31 are');
SELECT results_eq('TABLE pg_temp.open', $$VALUES ('yellow', 'oldest_days_past_due', 'customer', 'C1', 31.00, 30::numeric, date '2024-12-01', date '2024-12-01')$$, 'yellow');
SELECT results_eq('SELECT * FROM ar.evaluate_alarms(pg_temp.acme(), ''2024-12-01'')', 'VALUES (0::bigint, 0::bigint, 0::bigint)', 'raised once');
SELECT results_eq('SELECT * FROM ar.evaluate_alarms(pg_temp.acme(), ''2024-12-15'')', 'VALUES (0::bigint, 0::bigint, 0::bigint)', 'the same tier is no news');
SELECT throws_ok('SELECT ar.evaluate_alarms(pg_temp.acme(), ''2024-11-30'')', '55000', NULL, 'no day before');
SELECT results_eq('SELECT * FROM ar.evaluate_alarms(pg_temp.acme(), ''2024-12-31'')', 'VALUES (0::bigint, 1::bigint, 0::bigint)', '61 days: another tier of the same alarm');
SELECT results_eq('SELECT * FROM ar.evaluate_alarms(pg_temp.acme(), ''2025-02-28'')', 'VALUES (1::bigint, 1::bigint, 0::bigint)', 'in February both');
SELECT results_eq('TABLE pg_temp.open', $$VALUES ('red', 'oldest_days_past_due', 'customer', 'C1', 120.00, 90::numeric, date '2024-12-01', date '2025-02-28'),
    ('orange', 'oldest_days_past_due', 'customer', 'C2', 70.00, 60, '2025-02-28', '2025-02-28')$$, 'red and orange');
SELECT results_eq('SELECT sentence FROM receivables.open_alarm ORDER BY sentence', $$VALUES ('Customer C1, One: oldest item past due is 120 days, above 90 days'), ('Customer C2, Two: oldest item past due is 70 days, above 60 days')$$, 'in words');
-- In March C2's oldest is 44 days past due; in May C1's is paid and there is nothing left of it but what is due in days to come.
SELECT results_eq('SELECT * FROM ar.evaluate_alarms(pg_temp.acme(), ''2025-03-31'')', 'VALUES (0::bigint, 1::bigint, 0::bigint)', 'back to yellow');
SELECT ar.post_payment(:acme, 'C1', 'P2', '2025-04-20', 1240, '[{"invoice_number": "I1", "amount": 600}, {"invoice_number": "I2", "amount": 500}, {"invoice_number": "I6", "amount": 80}]') AS p2 \gset
SELECT ar.apply(:acme, (SELECT item_id FROM receivables.payment WHERE payment_number = 'P2'), (SELECT max(item_id) FROM receivables.item WHERE kind = 'transfer_in'), 60, '2025-04-20') AS applied \gset
SELECT results_eq('SELECT * FROM ar.evaluate_alarms(pg_temp.acme(), ''2025-04-20'')', 'VALUES (0::bigint, 1::bigint, 1::bigint)', 'who owes nothing alarms nobody');
SELECT results_eq('TABLE pg_temp.open', $$VALUES ('orange', 'oldest_days_past_due', 'customer', 'C2', 64.00, 60::numeric, date '2025-02-28', date '2025-04-20')$$, 'C2 is left');
SELECT results_eq('SELECT tier, value, cleared_on FROM receivables.alarm WHERE cleared_at IS NOT NULL', $$VALUES ('red', NULL::numeric, date '2025-04-20')$$, 'and what was stays known');
SELECT results_eq('TABLE pg_temp.event', $$VALUES ('alarm.raised', 'C1', 'yellow'), ('alarm.changed', 'C1', 'orange'), ('alarm.raised', 'C2', 'orange'), ('alarm.changed', 'C1', 'red'),
    ('alarm.changed', 'C2', 'yellow'), ('alarm.changed', 'C2', 'orange'), ('alarm.cleared', 'C1', 'red')$$, 'each is told once');
SELECT results_eq($$SELECT h.old_value, h.new_value FROM receivables.change_history AS h WHERE h.table_name = 'alarm' AND h.column_name = 'tier' ORDER BY h.change_id LIMIT 2$$,
    $$VALUES ('"yellow"'::jsonb, '"orange"'::jsonb), ('"orange"', '"red"')$$, 'tiers are logged');
-- A customer is the same under another number.
UPDATE receivables.customer SET customer_number = 'C2X' WHERE company_id = :acme AND customer_number = 'C2';
SELECT results_eq('SELECT * FROM ar.evaluate_alarms(pg_temp.acme(), ''2025-04-20'')', 'VALUES (0::bigint, 0::bigint, 0::bigint)', 'a number that changes raises nothing');
SELECT results_eq('SELECT sentence FROM receivables.open_alarm', $$VALUES ('Customer C2X, Two: oldest item past due is 64 days, above 60 days')$$, 'and shows');
UPDATE receivables.customer SET customer_number = 'C2' WHERE company_id = :acme AND customer_number = 'C2X';
-- Raised again it is another alarm.
SELECT ar.post_invoice(:acme, 'C1', 'I9', '2025-04-01', '2025-04-01', 5) AS i9 \gset
SELECT results_eq('SELECT raised FROM ar.evaluate_alarms(pg_temp.acme(), ''2025-05-02'')', 'VALUES (1::bigint)', 'another alarm');
SELECT is((SELECT count(*) FROM receivables.alarm WHERE scope_value = 'C1'), 2::bigint, 'beside the first');

-- One customer's own thresholds take the place of those for all.
INSERT INTO receivables.alarm_threshold (company_id, indicator, scope, scope_value, tier, value) VALUES (:acme, 'oldest_days_past_due', 'customer', 'C1', 'red', 200);
SELECT results_eq('SELECT * FROM ar.evaluate_alarms(pg_temp.acme(), ''2025-05-02'')', 'VALUES (0::bigint, 0::bigint, 1::bigint)', 'its own threshold');
SELECT results_eq('SELECT scope_value FROM pg_temp.open', $$VALUES ('C2')$$, 'counts for it alone');

-- Hysteresis: raised above .50, orange above .80; cleared at .40, back to yellow at .70.
DELETE FROM receivables.alarm_threshold;
SELECT results_eq('SELECT * FROM ar.evaluate_alarms(pg_temp.acme(), ''2025-05-02'')', 'VALUES (0::bigint, 0::bigint, 1::bigint)', 'without thresholds what was open is cleared');
INSERT INTO receivables.alarm_threshold (company_id, indicator, scope, tier, direction, value, clear_value)
VALUES (:acme, 'overdue_rate', 'salesperson', 'yellow', 'above', 0.50, 0.40), (:acme, 'overdue_rate', 'salesperson', 'orange', 'above', 0.80, 0.70);
SELECT count(*) AS imported FROM ar.import_rows(:acme, 'customer', '[{"customer_number": "H", "name": "Hyst", "salesperson": "Hal"}]') \gset
CREATE FUNCTION pg_temp.share(day date, overdue numeric) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    -- Of 100 so much is due the day before, and all is paid on the same day, so that the next starts anew.
    PERFORM ar.post_invoice(pg_temp.acme(), 'H', 'H' || day, day - 1, day - 1, overdue), ar.post_invoice(pg_temp.acme(), 'H', 'HN' || day, day - 1, day + 100, 100 - overdue);
    PERFORM ar.evaluate_alarms(pg_temp.acme(), day);
    PERFORM ar.post_payment(pg_temp.acme(), 'H', 'H' || day, day, 100, jsonb_build_array(jsonb_build_object('invoice_number', 'H' || day, 'amount', overdue),
        jsonb_build_object('invoice_number', 'HN' || day, 'amount', 100 - overdue)));
    RETURN coalesce((SELECT concat_ws(' ', a.tier, a.value) FROM receivables.open_alarm AS a WHERE a.scope_value = 'Hal'), '');
END;
$$;
SELECT results_eq('SELECT s.share, pg_temp.share(date ''2025-06-01'' + s.n::integer, s.share) FROM unnest(''{50,51,45,79,81,75,70,41,40,45,90,39,90,60}''::numeric[]) WITH ORDINALITY AS s (share, n)',
    $$VALUES (50::numeric, ''), (51, 'yellow 0.510000'), (45, 'yellow 0.510000'), (79, 'yellow 0.510000'), (81, 'orange 0.810000'), (75, 'orange 0.810000'), (70, 'yellow 0.700000'),
             (41, 'yellow 0.700000'), (40, ''), (45, ''), (90, 'orange 0.900000'), (39, ''), (90, 'orange 0.900000'), (60, 'yellow 0.600000')$$, 'goes back by another value than it came');

-- Below, and what has no value
INSERT INTO receivables.alarm_threshold (company_id, indicator, scope, tier, direction, value) VALUES (:two, 'collection_rate', 'company', 'red', 'below', 0.5);
SELECT results_eq(format('SELECT * FROM ar.evaluate_alarms(%s, ''2025-06-01'')', :two), 'VALUES (0::bigint, 0::bigint, 0::bigint)', 'what is not defined is not below');
SELECT count(*) AS imported FROM ar.import_rows(:two, 'customer', '[{"customer_number": "X", "name": "X"}]') \gset
SELECT ar.post_invoice(:two, 'X', 'X1', '2025-06-01', '2025-06-30', 100) AS x1 \gset
SELECT results_eq(format('SELECT * FROM ar.evaluate_alarms(%s, ''2025-06-02'')', :two), 'VALUES (1::bigint, 0::bigint, 0::bigint)', '0 is');
SELECT results_eq(format('SELECT sentence FROM receivables.open_alarm WHERE company_id = %s', :two), $$VALUES ('Second: collection rate is 0.0 %, below 50.0 %')$$, 'in words');

-- What is stored
SELECT throws_ok(format($$INSERT INTO receivables.alarm_threshold (company_id, indicator, scope, tier, value) VALUES (%s, 'luck', 'company', 'red', 1)$$, :two), '23514', 'there is no indicator luck', 'no such indicator');
SELECT throws_ok(format($$INSERT INTO receivables.alarm_threshold (company_id, indicator, scope, tier, value, clear_value) VALUES (%s, 'hhi', 'company', 'red', 1, 2)$$, :two), '23514', NULL, 'cleared above what raises it');
SELECT throws_ok(format($$INSERT INTO receivables.alarm_threshold (company_id, indicator, scope, scope_value, tier, value) VALUES (%s, 'hhi', 'company', 'x', 'red', 1)$$, :two), '23514', NULL, 'there is one company');
SELECT throws_ok(format($$INSERT INTO receivables.alarm_threshold (company_id, indicator, scope, tier, direction, value) VALUES (%s, 'collection_rate', 'company', 'red', 'below', 1)$$, :two), '23505', NULL, 'a tier once');
SELECT throws_ok('DELETE FROM receivables.alarm', '23001', NULL, 'an alarm stays');
SELECT throws_ok($$UPDATE receivables.alarm SET scope_value = 'C9' WHERE cleared_at IS NULL$$, '23001', NULL, 'about whom it is');
SELECT throws_ok($$UPDATE receivables.alarm SET cleared_at = NULL, cleared_on = NULL WHERE cleared_at IS NOT NULL$$, '23001', NULL, 'and cleared once');
SELECT throws_ok(format($$INSERT INTO receivables.alarm (company_id, indicator, scope, tier, value, threshold, direction, raised_on, as_of) VALUES (%s, 'collection_rate', 'company', 'red', 0, 1, 'below', '2025-06-02', '2025-06-02')$$, :two),
    '23505', NULL, 'one is open at a time');
SELECT throws_ok('SELECT ar.evaluate_alarms(-1, ''2025-06-01'')', '23503', NULL, 'no company');
SELECT throws_ok('SELECT ar.add_standard_alarm_thresholds(-1)', '23503', NULL, 'nor thresholds for it');

-- The board
SELECT ar.add_standard_alarm_thresholds(:acme) > 0 AS added \gset
SELECT customers AS taken FROM ar.take_snapshot(:acme, '2025-02-28') \gset
SET LOCAL ar.as_of = '2025-03-31';
SELECT results_eq('SELECT indicator FROM receivables.indicator_board WHERE company_id = pg_temp.acme() ORDER BY place', 'SELECT indicator FROM ar.indicator_definitions() ORDER BY place', 'the board has every indicator once');
SELECT results_eq($$SELECT indicator, formatted, previous_formatted, previous_on, state, threshold FROM receivables.indicator_board WHERE company_id = pg_temp.acme()
    AND indicator IN ('overdue_rate', 'over_90_rate', 'disputed_share', 'hhi', 'standard_dso', 'bad_debt_ratio', 'oldest_days_past_due', 'collection_rate_on_due', 'roll_rate_31_60') ORDER BY place$$,
    $$VALUES ('overdue_rate', '92.9 %', '59.8 %', date '2025-02-28', 'red', 0.40), ('over_90_rate', '5.7 %', '3.7 %', '2025-02-28', 'yellow', 0.05), ('oldest_days_past_due', '151 days', '120 days', '2025-02-28', NULL, NULL),
             ('disputed_share', '0.0 %', '0.0 %', '2025-02-28', 'green', 0.03), ('hhi', '7879', '6136', '2025-02-28', 'orange', 2500), ('collection_rate_on_due', '36.3 %', '4.0 %', '2025-02-28', 'red', 0.60),
             ('bad_debt_ratio', '7.6 %', '0.0 %', '2025-02-28', 'red', 0.020), ('standard_dso', '62.3 days', '99.8 days', '2025-02-28', NULL, NULL), ('roll_rate_31_60', '100.0 %', '100.0 %', '2025-02-28', NULL, NULL)$$, 'values, those of the snapshot before, and states');
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');

-- Who may: managers take snapshots and evaluate, clerks do not, and sales see alarms of their own customers.
SET LOCAL ar.as_of = '';
DELETE FROM receivables.alarm_threshold WHERE company_id = :acme;
INSERT INTO receivables.alarm_threshold (company_id, indicator, scope, tier, value) VALUES (:acme, 'oldest_days_past_due', 'customer', 'yellow', 30), (:acme, 'overdue_rate', 'company', 'yellow', 0.01);
CREATE ROLE alarm_manager;
CREATE ROLE alarm_clerk;
CREATE ROLE alarm_bob;
SELECT ar.grant_access('alarm_manager', 'manager', :acme), ar.grant_access('alarm_clerk', 'clerk', :acme), ar.grant_access('alarm_bob', 'sales', :acme, 'Bob');
SET LOCAL ROLE alarm_clerk;
SELECT throws_ok('SELECT ar.take_snapshot(pg_temp.acme(), ''2025-07-31'')', '42501', NULL, 'a clerk takes no snapshot');
SELECT throws_ok('SELECT ar.evaluate_alarms(pg_temp.acme(), ''2025-07-31'')', '42501', NULL, 'and raises no alarm');
SET LOCAL ROLE alarm_manager;
SELECT lives_ok('SELECT ar.take_snapshot(pg_temp.acme(), ''2025-07-31'')', 'a manager does');
SELECT lives_ok('SELECT ar.evaluate_alarms(pg_temp.acme(), ''2025-07-31'')', 'both');
SELECT results_eq('SELECT scope, scope_value FROM receivables.open_alarm ORDER BY 1, 2', $$VALUES ('company', NULL), ('customer', 'C1'), ('customer', 'C2')$$, 'and sees all alarms of the company');
SET LOCAL ROLE alarm_bob;
SELECT results_eq('SELECT scope, scope_value FROM receivables.open_alarm', $$VALUES ('customer', 'C2')$$, 'Bob sees those of his customers');
SELECT results_eq('SELECT DISTINCT c.customer_number FROM receivables.aging_snapshot AS s JOIN receivables.customer AS c USING (company_id, customer_id)', $$VALUES ('C2')$$, 'and their snapshots');
SELECT is_empty('SELECT * FROM receivables.aging_migration', 'nothing of the whole company');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
