-- Holds: placed by somebody, or because of what is overdue or over the limit; and releases.
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
CREATE FUNCTION pg_temp.state(number text) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', e.hold_state, e.holds, e.released_holds) FROM receivables.credit_exposure AS e WHERE e.company_id = pg_temp.eu() AND e.customer_number = number$$;
CREATE FUNCTION pg_temp.reasons(number text, amount numeric DEFAULT 1) RETURNS text[] LANGUAGE sql AS $$SELECT c.reasons FROM ar.check_order(pg_temp.eu(), number, amount) AS c$$;
SELECT i.imported FROM ar.import_rows(:eu, 'customer', '[{"customer_number": "C1", "name": "One", "credit_limit": "1000"}, {"customer_number": "C2", "name": "Two", "credit_limit": "1000"}]') AS i \gset

-- By hand
SELECT is(pg_temp.state('C1'), 'none {} {}', 'no hold');
SELECT ar.place_hold(:eu, 'C1', 'moved without address') AS hold \gset
SELECT is(pg_temp.state('C1'), 'held {manual} {}', 'put on hold');
SELECT is(pg_temp.state('C2'), 'none {} {}', 'others are not');
SELECT is(pg_temp.reasons('C1'), '{manual_hold}', 'gets no orders');
SELECT throws_ok($$SELECT ar.reserve_order(pg_temp.eu(), 'C1', 'O1', 1)$$, '23514', 'order O1 of customer C1 refused: manual hold', 'nor reserves any');
SELECT is(ar.place_hold(:eu, 'C1', 'later', current_date + 5, current_date + 6) > 0, true, 'another one, later');
SELECT results_eq('SELECT h.customer_number, h.hold_kind, h.reason, h.is_held FROM receivables.credit_hold_status AS h', $$VALUES ('C1', 'manual', 'moved without address', true)$$, 'the one of today shows');
SET LOCAL ar.as_of = '2020-01-01';
SELECT is(pg_temp.state('C1'), 'none {} {}', 'there was none at a date before');
RESET ar.as_of;
SELECT throws_ok(format('SELECT ar.lift_hold(pg_temp.eu(), %s, %L)', :hold, ' '), '23514', 'a hold is lifted for a reason', 'lifted for a reason');
SELECT lives_ok(format('SELECT ar.lift_hold(pg_temp.eu(), %s, %L)', :hold, 'found'), 'lifted');
SELECT is(pg_temp.state('C1'), 'none {} {}', 'at once');
SELECT throws_ok(format('SELECT ar.lift_hold(pg_temp.eu(), %s, %L)', :hold, 'found'), 'P0002', NULL, 'once');
SELECT is((SELECT h.lifted_reason FROM receivables.credit_hold AS h WHERE h.credit_hold_id = :hold), 'found', 'why is kept');
SELECT is((SELECT count(*) FROM receivables.change_log AS l WHERE l.table_name = 'credit_hold'), 1::bigint, 'and what it was');
SELECT throws_ok(format('SELECT ar.place_hold(pg_temp.eu(), %s)', v), s, NULL, 'no hold of ' || v) FROM (VALUES ($$'X', 'x'$$, '23503'), ($$'C1', ' '$$, '23514'), ($$'C1', NULL$$, '23502'), ($$'C1', 'x', current_date, current_date - 2$$, '23514')) AS x (v, s);

-- Overdue: 100 since 31 days, 50 since 5
SELECT is(ar.post_invoice(:eu, 'C1', 'I1', current_date - 60, current_date - 31, 100) > 0 AND ar.post_invoice(:eu, 'C1', 'I2', current_date - 60, current_date - 5, 50) > 0 AND ar.post_invoice(:eu, 'C1', 'I3', current_date, current_date, 25) > 0, true, '150 are overdue');
SELECT is(pg_temp.state('C1'), 'none {} {}', 'nobody is held for that without a policy');
INSERT INTO receivables.credit_policy (company_id, hold_overdue_days, hold_overdue_amount) VALUES (:eu, 31, 150);
SELECT is(pg_temp.state('C1'), 'none {} {}', 'nor at just as many days and as much');
UPDATE receivables.credit_policy SET hold_overdue_days = 30;
SELECT is(pg_temp.state('C1'), 'held {overdue_days} {}', 'one day more');
UPDATE receivables.credit_policy SET hold_overdue_amount = 149.99;
SELECT is(pg_temp.state('C1'), 'held {overdue_days,overdue_amount} {}', 'a cent more');
SELECT is(pg_temp.reasons('C1'), '{overdue_days_hold,overdue_amount_hold}', 'both are told');
SELECT results_eq('SELECT h.hold_kind, h.reason FROM receivables.credit_hold_status AS h', $$VALUES ('overdue_days', '31 days past due, 30 are allowed'), ('overdue_amount', '150.00 overdue, 149.99 is allowed')$$, 'with what is found');
SELECT is(ar.post_payment(:eu, 'C1', 'P1', current_date, 100) > 0, true, 'a payment');
SELECT is(pg_temp.state('C1'), 'held {overdue_days,overdue_amount} {}', 'that is not applied lifts nothing');
SELECT is((SELECT i.imported FROM ar.import_rows(:eu, 'application', '[{"invoice_number": "I1", "payment_number": "P1", "amount": "100"}]') AS i), 1::bigint, 'applied');
SELECT is(pg_temp.state('C1'), 'none {} {}', 'it lifts both');
SELECT is((ar.credit_exposure(:eu, (SELECT c.customer_id FROM receivables.customer AS c WHERE c.customer_number = 'C1'), current_date - 1)).holds, '{overdue_amount}', 'yesterday it was held: 30 days, 150 overdue');
UPDATE receivables.credit_policy SET hold_overdue_days = 0, hold_overdue_amount = 0;
SELECT is(pg_temp.state('C1'), 'held {overdue_days,overdue_amount} {}', '0 holds for anything overdue');

-- Released, until a day
SELECT ar.release_hold(:eu, 'C1', '{overdue_days}', 'paid by Friday', current_date + 2) AS release \gset
SELECT is(pg_temp.state('C1'), 'held {overdue_amount} {overdue_days}', 'one of two');
SELECT is(pg_temp.reasons('C1'), '{overdue_amount_hold}', 'the other still holds');
SELECT is(ar.release_hold(:eu, 'C1', '{overdue_amount,manual}', 'known', current_date + 1) > 0, true, 'the other');
SELECT is(pg_temp.state('C1'), 'released {} {overdue_days,overdue_amount}', 'released');
SELECT is(pg_temp.reasons('C1'), '{}', 'gets orders');
SELECT is((SELECT r.allowed FROM ar.reserve_order(:eu, 'C1', 'O1', 1) AS r), true, 'and reserves them');
SELECT results_eq('SELECT h.hold_kind, h.is_held, h.release_reason, h.released_through - current_date, h.released_by COLLATE "C" FROM receivables.credit_hold_status AS h', $$VALUES ('overdue_days', false, 'paid by Friday', 2, session_user::text COLLATE "C"), ('overdue_amount', false, 'known', 1, session_user::text)$$, 'who, why and until when is known');
SELECT is(ar.place_hold(:eu, 'C1', 'again') > 0, true, 'a hold by hand');
SELECT is(pg_temp.state('C1'), 'released {} {manual,overdue_days,overdue_amount}', 'is released with them');
SELECT is((ar.check_order(:eu, 'C1', 1, as_of => current_date + 2)).reasons, '{manual_hold,overdue_amount_hold}', 'the day after, two hold again');
SELECT is((ar.check_order(:eu, 'C1', 1, as_of => current_date + 3)).reasons, '{manual_hold,overdue_days_hold,overdue_amount_hold}', 'then all');
UPDATE receivables.credit_release SET valid_through = current_date - 1 WHERE credit_release_id = :release;
SELECT is(pg_temp.state('C1'), 'held {overdue_days} {manual,overdue_amount}', 'a release is ended early');
SELECT is((SELECT l.old ->> 'valid_through' FROM receivables.change_log AS l WHERE l.table_name = 'credit_release'), (current_date + 2)::text, 'which is logged');
SELECT throws_ok(format('SELECT ar.release_hold(pg_temp.eu(), %s)', v), s, NULL, 'no release of ' || v)
FROM (VALUES ($$'X', '{manual}', 'x', current_date$$, '23503'), ($$'C1', '{any}', 'x', current_date$$, '23514'), ($$'C1', '{}', 'x', current_date$$, '23514'), ($$'C1', '{manual}', '', current_date$$, '23514'), ($$'C1', '{manual}', 'x', NULL$$, '23502')) AS x (v, s);

-- Over the limit
SELECT is(ar.post_invoice(:eu, 'C2', 'L1', current_date, current_date + 30, 1000) > 0, true, 'up to the limit');
SELECT is(pg_temp.state('C2'), 'none {} {}', 'is no hold');
SELECT is(ar.post_invoice(:eu, 'C2', 'L2', current_date, current_date + 30, 0.01) > 0, true, 'beyond');
SELECT is(pg_temp.state('C2'), 'held {over_limit} {}', 'is');
SELECT is(pg_temp.reasons('C2'), '{over_limit}', 'told once');
SELECT is((SELECT h.reason FROM receivables.credit_hold_status AS h WHERE h.customer_number = 'C2'), 'exposure is 1000.01, the limit 1000.00', 'with what is found');
UPDATE receivables.credit_policy SET order_horizon_days = 30;
SELECT is((ar.check_order(:eu, 'C2', 1, delivery_date => current_date + 60)).reasons, '{over_limit}', 'who is held orders nothing for later either');
UPDATE receivables.credit_policy SET hold_over_limit = false;
SELECT is(pg_temp.state('C2'), 'none {} {}', 'unless the policy says no');
SELECT is((ar.check_order(:eu, 'C2', 1, delivery_date => current_date + 60)).reasons, '{}', 'then an order for later may come');
SELECT is(pg_temp.reasons('C2'), '{over_limit}', 'the limit is what it is');
UPDATE receivables.credit_policy SET hold_over_limit = true;
SELECT is(ar.release_hold(:eu, 'C2', '{over_limit}', 'insured', current_date) > 0, true, 'released');
SELECT is(pg_temp.state('C2'), 'released {} {over_limit}', 'for today');
SELECT is(pg_temp.reasons('C2', 500), '{}', 'orders pass the limit');
SELECT is((SELECT r.allowed FROM ar.reserve_order(:eu, 'C2', 'O2', 500) AS r), true, 'and are reserved');
SELECT is((ar.check_order(:eu, 'C2', 1, as_of => current_date + 1)).allowed, false, 'tomorrow not');
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');

-- Who may do what
CREATE ROLE hold_clerk; CREATE ROLE hold_approver; CREATE ROLE hold_manager; CREATE ROLE hold_reader;
SELECT ar.grant_access('hold_clerk', 'clerk'), ar.grant_access('hold_approver', 'approver'), ar.grant_access('hold_manager', 'manager'), ar.grant_access('hold_reader', 'reader') \g /dev/null
GRANT USAGE ON SCHEMA ar TO hold_clerk, hold_approver, hold_manager, hold_reader;
CREATE FUNCTION pg_temp.try(role name, statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', role);
    EXECUTE statement;
    RESET ROLE;
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    RESET ROLE;
    RETURN SQLSTATE;
END$$;
SELECT is(pg_temp.try(v.role, format(s.statement, :eu)), v.result, v.role || ': ' || s.statement)
FROM (VALUES (1, $$SELECT ar.place_hold(%s, 'C2', 'x')$$), (2, $$SELECT ar.release_hold(%s, 'C2', '{manual,over_limit}', 'x', current_date)$$), (3, $$SELECT ar.reserve_order(%s, 'C2', 'W' || current_user, 1)$$),
             (4, $$SELECT ar.set_temporary_limit(%s, 'C2', 1, 'x', current_date)$$), (5, $$SELECT ar.check_order(%s, 'C2', 1)$$), (6, $$INSERT INTO receivables.credit_policy (company_id) VALUES (%s + 1)$$)) AS s (n, statement)
JOIN (VALUES (1, 'hold_reader', '42501'), (2, 'hold_reader', '42501'), (3, 'hold_reader', '42501'), (5, 'hold_reader', 'done'), (1, 'hold_approver', '42501'), (2, 'hold_approver', 'done'), (3, 'hold_approver', '42501'), (4, 'hold_approver', '42501'),
             (1, 'hold_clerk', 'done'), (2, 'hold_clerk', '42501'), (3, 'hold_clerk', 'done'), (4, 'hold_clerk', '42501'), (6, 'hold_clerk', '42501'), (1, 'hold_manager', 'done'), (2, 'hold_manager', 'done'), (4, 'hold_manager', 'done'), (3, 'hold_manager', 'done')) AS v (n, role, result) USING (n)
ORDER BY v.role, s.n;
SELECT * FROM finish();
ROLLBACK;
