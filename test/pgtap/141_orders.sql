-- Orders: entered, asked about, reserved, invoiced, released; and invoices beyond the limit.
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
CREATE FUNCTION pg_temp.check(customer text, amount numeric, currency text DEFAULT NULL, delivery date DEFAULT NULL, number text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', c.allowed, c.reasons, coalesce(c.headroom::text, 'unlimited'), c.order_amount, c.deposit_required, c.deposit_missing) FROM ar.check_order(pg_temp.eu(), customer, amount, currency, delivery, number) AS c$$;
CREATE FUNCTION pg_temp.orders() RETURNS TABLE (order_number text, status text, amount numeric, company_amount numeric, invoiced_amount numeric) LANGUAGE sql AS $$
    SELECT o.order_number, o.status, o.amount, o.company_amount, o.invoiced_amount FROM receivables.sales_order AS o WHERE o.company_id = pg_temp.eu() ORDER BY 1$$;
SELECT ar.add_exchange_rate('USD', 'EUR', '2020-01-01', 0.9, 'ECB') > 0 AS rate \gset
SELECT i.imported FROM ar.import_rows(:eu, 'customer', '[{"customer_number": "C1", "name": "One", "credit_limit": "1000"}, {"customer_number": "C2", "name": "No limit"}, {"customer_number": "C3", "name": "Risky", "credit_limit": "1000", "grade": "D"}]') AS i \gset

-- Import: idempotent, with row and reason
SELECT results_eq($$SELECT * FROM ar.import_rows(pg_temp.eu(), 'order', '[{"order_number": "O1", "customer_number": "C1", "order_date": "2026-01-01", "amount": "100.50", "source_key": "k1"},
    {"order_number": "O2", "customer_number": "C2", "order_date": "2026-01-01", "amount": "200", "currency": "USD", "delivery_date": "2026-02-01", "status": "delivered", "attributes": {"a": 1}}]')$$, 'VALUES (2::bigint, 0::bigint)', 'two orders');
SELECT results_eq($$SELECT * FROM ar.import_rows(pg_temp.eu(), 'order', '[{"order_number": "O1", "customer_number": "C1", "order_date": "2026-01-01", "amount": "100.50"},
    {"order_number": "O2", "customer_number": "C2", "order_date": "2026-01-01", "amount": "250", "currency": "USD"}]')$$, 'VALUES (1::bigint, 1::bigint)', 'one is the same, one is changed');
SELECT results_eq('SELECT * FROM pg_temp.orders()', $$VALUES ('O1', 'open', 100.50, 100.50, 0::numeric), ('O2', 'delivered', 250.00, 225.00, 0)$$, 'what a row does not give stays');
SELECT results_eq($$SELECT * FROM ar.import_rows(pg_temp.eu(), 'order', '[{"order_number": "O1a", "customer_number": "C1", "order_date": "2026-01-01", "amount": "100.50", "source_key": "k1"}]')$$, 'VALUES (1::bigint, 0::bigint)', 'known by its source key');
CREATE TABLE pg_temp.staging AS SELECT 'O3' AS order_number, 'C1' AS customer_number, date '2026-01-02' AS order_date, 7::numeric AS amount;
SELECT results_eq('SELECT * FROM ar.import_table(pg_temp.eu(), ''order'', ''pg_temp.staging'')', 'VALUES (1::bigint, 0::bigint)', 'from a table');
SELECT results_eq($$SELECT f.row_number, f.field, f.sqlstate, f.reason FROM ar.check_rows(pg_temp.eu(), 'order', '[{"order_number": "A", "customer_number": "NO", "order_date": "2026-01-01", "amount": "1"}, {"order_number": "B", "customer_number": "C1", "order_date": "yesterday", "amount": "1"},
    {"order_number": "C", "customer_number": "C1", "order_date": "2026-01-01", "amount": "0"}, {"order_number": "D", "customer_number": "C1", "order_date": "2026-01-01", "amount": "1.001"}, {"order_number": "E", "customer_number": "C1", "order_date": "2026-01-01", "amount": "1", "currency": "XXX"},
    {"order_number": "F", "customer_number": "C1", "order_date": "2026-01-01", "amount": "1", "status": "lost"}, {"order_number": "O2", "customer_number": "C1", "order_date": "2026-01-01", "amount": "1"}, {"order_number": "O3", "customer_number": "C1", "order_date": "2026-01-01", "amount": "1", "source_key": "k1"},
    {"order_number": "F", "customer_number": "C1", "order_date": "2026-01-01", "amount": "1", "deposit_amount": "2"}, {"order_number": "G", "customer_number": "C1", "order_date": "2026-01-01", "amount": "1", "currency": "JPY"}]') AS f ORDER BY 1, 2, 4$$,
    $$VALUES (1::bigint, 'customer_number', '23503', 'customer NO does not exist'), (2, 'order_date', '22007', 'order_date "yesterday" is no date of the form YYYY-MM-DD'), (3, 'amount', '23514', 'amount 0 is not positive'),
             (4, 'amount', '23514', 'amount 1.001 has more than 2 decimals'), (5, 'currency', '23503', 'currency XXX does not exist'), (6, 'status', '23514', 'status "lost" is none of reserved, open, delivered, closed, cancelled'),
             (7, 'customer_number', '23514', 'order O2 is of another customer'), (8, 'order_number', '23505', 'order_number O3 exists already, with another source_key'), (9, 'deposit_amount', '23514', 'deposit_amount 2 exceeds the amount 1'),
             (9, 'order_number', '23505', 'order_number F stands in row 6 too'), (10, 'exchange_rate', 'P0002', 'there is no exchange rate from JPY to EUR on 2026-01-01')$$, 'each fault with its row');
SELECT throws_ok($$SELECT ar.import_rows(pg_temp.eu(), 'order', '[{"order_number": "P", "customer_number": "C1", "order_date": "2026-01-01", "amount": "1"}, {"order_number": "A", "customer_number": "NO", "order_date": "2026-01-01", "amount": "1"}]')$$, '23503', '1 of 2 order rows refused, nothing imported', 'all or nothing');

-- Invoices take their part of it, also those that were there before
SELECT is(ar.post_invoice(:eu, 'C1', 'I1', '2026-01-05', '2026-02-05', 40.50, order_reference => 'O1a') > 0, true, 'a part is invoiced');
SELECT is((SELECT o.invoiced_amount FROM pg_temp.orders() AS o WHERE o.order_number = 'O1a'), 40.50, 'and taken off');
SELECT ar.post_invoice(:eu, 'C2', 'I2', '2026-01-05', '2026-02-05', 90, order_reference => 'O2') AS i2 \gset
SELECT is((SELECT o.invoiced_amount FROM pg_temp.orders() AS o WHERE o.order_number = 'O2'), 100.00, '90 EUR are 100 USD at the rate of the order');
SELECT is((SELECT e.delivered_orders FROM receivables.credit_exposure AS e WHERE e.company_id = :eu AND e.customer_number = 'C2'), 135.00, '150 of 250 USD are left');
SELECT is(ar.reverse_document(:eu, :i2, '2026-01-06', 'wrong') > 0, true, 'the invoice is undone');
SELECT is((SELECT o.invoiced_amount FROM pg_temp.orders() AS o WHERE o.order_number = 'O2'), 0.00, 'the order is open again');
SELECT is(ar.post_invoice(:eu, 'C1', 'I3', '2026-01-05', '2026-02-05', 30, order_reference => 'LATE') > 0, true, 'an invoice before its order');
SELECT is((SELECT i.imported FROM ar.import_rows(:eu, 'order', '[{"order_number": "LATE", "customer_number": "C1", "order_date": "2026-01-01", "amount": "20"}]') AS i), 1::bigint, 'which is for less');
SELECT is((SELECT e.open_orders FROM receivables.credit_exposure AS e WHERE e.company_id = :eu AND e.customer_number = 'C1'), 67.00, 'counts for nothing: 60 + 7 of the others');
SELECT throws_ok($$UPDATE receivables.sales_order SET invoiced_amount = 0$$, '23001', NULL, 'what is invoiced is kept by documents');
SELECT throws_ok($$UPDATE receivables.sales_order SET customer_id = customer_id + 1$$, '23001', NULL, 'the customer of an order stays');
SELECT is((SELECT count(*) FROM receivables.change_log AS l WHERE l.table_name = 'sales_order'), 2::bigint, 'changes are logged, but for what follows');

-- Asking
SELECT is((SELECT e.exposure FROM receivables.credit_exposure AS e WHERE e.company_id = :eu AND e.customer_number = 'C1'), 137.50, 'exposure 70.50 + 67');
SELECT is(pg_temp.check('C1', 862.50), 't {} 862.50 862.50 0.00 0.00', 'all that is left');
SELECT is(pg_temp.check('C1', 862.51), 'f {over_limit} 862.50 862.51 0.00 0.00', 'a cent more');
SELECT is(pg_temp.check('C1', 958.33, 'USD'), 't {} 862.50 862.50 0.00 0.00', 'in another currency');
SELECT is(pg_temp.check('C1', 958.34, 'USD'), 'f {over_limit} 862.50 862.51 0.00 0.00', 'a cent more');
SELECT is(pg_temp.check('C2', 1e12), 't {} unlimited 1000000000000.00 0.00 0.00', 'without a limit whatever there is');
SELECT throws_ok(format('SELECT ar.check_order(pg_temp.eu(), %s)', v.arguments), v.sqlstate, v.message, v.message)
FROM (VALUES ($$'X', 1$$, '23503', 'customer X does not exist'), ($$'C1', 0$$, '23514', 'amount 0 of an order is not positive'), ($$'C1', 'NaN'$$, '23514', 'amount NaN of an order is not positive'),
             ($$'C1', NULL$$, '23514', 'amount null of an order is not positive'), ($$'C1', 1.001$$, '23514', 'amount 1.001 has more than 2 decimals'), ($$'C1', 1, 'XXX'$$, '23503', 'currency XXX does not exist'), ($$'C1', 1, 'JPY'$$, 'P0002', NULL)) AS v (arguments, sqlstate, message);

-- Reserving
SELECT is((SELECT r.allowed AND r.order_id > 0 FROM ar.reserve_order(:eu, 'C1', 'R1', 800) AS r), true, 'reserved');
SELECT is(pg_temp.check('C1', 62.51), 'f {over_limit} 62.50 62.51 0.00 0.00', 'and gone');
SELECT throws_ok($$SELECT ar.reserve_order(pg_temp.eu(), 'C1', 'R2', 62.51)$$, '23514', 'order R2 of customer C1 refused: over limit', 'too much is refused');
SELECT results_eq($$SELECT r.order_id, r.allowed, r.reasons, r.headroom FROM ar.reserve_order(pg_temp.eu(), 'C1', 'R2', 62.51, refuse => false) AS r$$, $$VALUES (NULL::bigint, false, '{over_limit}'::text[], 62.50)$$, 'or answered');
SELECT is((SELECT count(*) FROM receivables.sales_order AS o WHERE o.order_number = 'R2'), 0::bigint, 'without a trace');
UPDATE receivables.customer SET credit_limit = 500 WHERE customer_number = 'C1';
SELECT is((SELECT r.allowed FROM ar.reserve_order(:eu, 'C1', 'R1', 800) AS r), true, 'the same again stays reserved, whatever the limit is now');
SELECT is((SELECT r.allowed FROM ar.reserve_order(:eu, 'C1', 'R1', 300) AS r), true, 'and can be made smaller');
UPDATE receivables.customer SET credit_limit = 1000 WHERE customer_number = 'C1';
SELECT is((SELECT r.headroom FROM ar.reserve_order(:eu, 'C1', 'R1', 862.50) AS r), 862.50, 'or larger: it does not stand in its own way');
SELECT throws_ok($$SELECT ar.reserve_order(pg_temp.eu(), 'C1', 'R1', 862.51)$$, '23514', NULL, 'but no further than the limit');
SELECT throws_ok($$SELECT ar.reserve_order(pg_temp.eu(), 'C2', 'R1', 1)$$, '23505', 'order R1 is of another customer', 'a number is of one customer');
SELECT throws_ok($$SELECT ar.reserve_order(pg_temp.eu(), 'C1', 'R1', 1, 'USD')$$, '23514', 'order R1 is in EUR, not in USD', 'and in one currency');
SELECT throws_ok($$SELECT ar.reserve_order(pg_temp.eu(), 'C2', 'O2', 1)$$, '23514', 'order O2 is delivered: nothing can be reserved for it', 'not for what is delivered');
SELECT throws_ok($$SELECT ar.reserve_order(pg_temp.eu(), 'C1', ' ', 1)$$, '23514', NULL, 'an order has a number');
SELECT is((SELECT r.order_amount FROM ar.reserve_order(:eu, 'C2', 'R3', 100, 'USD') AS r), 90.00, 'in another currency');
SELECT is(ar.post_invoice(:eu, 'C1', 'I4', current_date, current_date, 862.50, order_reference => 'R1') > 0, true, 'the order is invoiced');
SELECT is((SELECT e.exposure FROM receivables.credit_exposure AS e WHERE e.company_id = :eu AND e.customer_number = 'C1'), 1000.00, 'which changes nothing in all');
SELECT is(ar.release_order(:eu, 'O1a', 'no more'), true, 'an order is cancelled');
SELECT is(ar.release_order(:eu, 'O1a'), false, 'once');
SELECT is(pg_temp.check('C1', 60), 't {} 60.00 60.00 0.00 0.00', 'what was not invoiced of it is free');
SELECT throws_ok($$SELECT ar.release_order(pg_temp.eu(), 'NO')$$, 'P0002', 'order NO does not exist', 'not what is not there');
SELECT throws_ok($$SELECT ar.release_order(pg_temp.eu(), 'O2')$$, '23514', 'order O2 is delivered: it is to be invoiced', 'nor what is delivered');
SELECT throws_ok($$SELECT ar.reserve_order(pg_temp.eu(), 'C1', 'O1a', 1)$$, '23514', 'order O1a is cancelled: nothing can be reserved for it', 'it stays cancelled');
INSERT INTO receivables.credit_policy (company_id, order_horizon_days, invoice_over_limit) VALUES (:eu, 30, 'flag');
SELECT is(pg_temp.check('C1', 5000, NULL, current_date + 31), 't {} 60.00 5000.00 0.00 0.00', 'beyond the horizon nothing is lent yet');
SELECT is(pg_temp.check('C1', 5000, NULL, current_date + 30), 'f {over_limit} 60.00 5000.00 0.00 0.00', 'within it is');

-- Deposits: 30 percent, rounded up to the cent
INSERT INTO receivables.credit_grade (company_id, grade, from_score, maximum_limit, deposit_percent) VALUES (:eu, 'D', 0, 0, 30);
SELECT is(pg_temp.check('C3', 100.01), 'f {deposit_missing} 1000.00 100.01 30.01 30.01', '30.003 are 30.01');
SELECT is(pg_temp.check('C3', 100.01, 'USD'), 'f {deposit_missing} 1000.00 90.01 30.01 30.01', 'in the currency of the order');
SELECT throws_ok($$SELECT ar.reserve_order(pg_temp.eu(), 'C3', 'D1', 100)$$, '23514', 'order D1 of customer C3 refused: deposit missing', 'it is demanded');
SELECT is(ar.post_deposit(:eu, 'C3', 'DEP1', current_date, 20) > 0, true, '20 come');
SELECT is(pg_temp.check('C3', 100), 'f {deposit_missing} 1020.00 100.00 30.00 10.00', '10 are missing');
SELECT is(ar.post_payment(:eu, 'C3', 'PAY1', current_date, 10) > 0, true, 'a payment on account does as well');
SELECT is((SELECT r.allowed AND r.deposit_required = 30 FROM ar.reserve_order(:eu, 'C3', 'D1', 100) AS r), true, 'now it is reserved');
SELECT is((SELECT o.deposit_amount FROM receivables.sales_order AS o WHERE o.order_number = 'D1'), 30.00, 'with its deposit');
SELECT is(pg_temp.check('C3', 100), 'f {deposit_missing} 930.00 100.00 30.00 30.00', 'which serves no other order');
SELECT is(pg_temp.check('C3', 120, NULL, NULL, 'D1'), 'f {deposit_missing} 1030.00 120.00 36.00 6.00', 'a larger one needs a larger deposit');
UPDATE receivables.credit_policy SET deposits_required = false;
SELECT is(pg_temp.check('C3', 100), 't {} 930.00 100.00 0.00 0.00', 'unless the policy asks for none');

-- Invoices beyond the limit
SELECT results_eq($$SELECT f.row_number, f.severity, f.rule, f.reason FROM ar.check_rows(pg_temp.eu(), 'invoice', jsonb_build_array(
        jsonb_build_object('customer_number', 'C1', 'invoice_number', 'L1', 'invoice_date', current_date, 'due_date', current_date, 'amount', '50'), jsonb_build_object('customer_number', 'C1', 'invoice_number', 'L2', 'invoice_date', current_date, 'due_date', current_date, 'amount', '10'),
        jsonb_build_object('customer_number', 'C1', 'invoice_number', 'L3', 'invoice_date', current_date, 'due_date', current_date, 'amount', '7', 'order_reference', 'O3'), jsonb_build_object('customer_number', 'C1', 'invoice_number', 'L4', 'invoice_date', current_date, 'due_date', current_date, 'amount', '0.01'),
        jsonb_build_object('customer_number', 'C2', 'invoice_number', 'L5', 'invoice_date', current_date, 'due_date', current_date, 'amount', '1000000'))) AS f$$,
    $$VALUES (4::bigint, 'warning', 'credit_limit', 'credit limit of customer C1 is exceeded: with the rows up to this one exposure is 1000.01, the limit 1000.00')$$, 'the rows count together, what was ordered once');
SELECT is(ar.post_invoice(:eu, 'C1', 'L6', current_date, current_date, 60.01) > 0, true, 'it is posted');
SELECT is((SELECT d.warnings #>> '{0,rule}' FROM receivables.document AS d WHERE d.document_number = 'L6'), 'credit_limit', 'and flagged');
SELECT is(ar.post_invoice(:eu, 'C1', 'L7', current_date, current_date, 7, order_reference => 'O3') > 0, true, 'what was ordered');
SELECT is((SELECT d.warnings FROM receivables.document AS d WHERE d.document_number = 'L7'), NULL, 'adds nothing and is not');
UPDATE receivables.credit_policy SET invoice_over_limit = 'refuse';
SELECT throws_ok($$SELECT ar.post_invoice(pg_temp.eu(), 'C1', 'L8', current_date, current_date, 1)$$, '23514', 'invoice refused: credit limit of customer C1 is exceeded: with the rows up to this one exposure is 1001.01, the limit 1000.00', 'or refused');
SELECT throws_ok($$SELECT ar.import_rows(pg_temp.eu(), 'invoice', jsonb_build_array(jsonb_build_object('customer_number', 'C3', 'invoice_number', 'L9', 'invoice_date', current_date, 'due_date', current_date, 'amount', '930'),
    jsonb_build_object('customer_number', 'C3', 'invoice_number', 'L10', 'invoice_date', current_date, 'due_date', current_date, 'amount', '0.01')))$$, '23514', '1 of 2 invoice rows refused, nothing imported', 'in bulk too');
SELECT is((SELECT i.imported FROM ar.import_rows(:eu, 'invoice', jsonb_build_array(jsonb_build_object('customer_number', 'C3', 'invoice_number', 'L9', 'invoice_date', current_date, 'due_date', current_date, 'amount', '930', 'idempotency_key', 'once'))) AS i), 1::bigint, 'up to the limit');
SELECT is((SELECT i.unchanged FROM ar.import_rows(:eu, 'invoice', jsonb_build_array(jsonb_build_object('customer_number', 'C3', 'invoice_number', 'L9', 'invoice_date', current_date, 'due_date', current_date, 'amount', '930', 'idempotency_key', 'once'))) AS i), 1::bigint, 'the same again adds nothing');
UPDATE receivables.credit_policy SET invoice_over_limit = 'allow';
SELECT is(ar.post_invoice(:eu, 'C1', 'L8', current_date, current_date, 1) > 0, true, 'or neither');
SELECT throws_ok($$SELECT ar.set_check_rule(pg_temp.eu(), 'own', 'invoice', 'credit_limit')$$, '22023', NULL, 'the policy says so, no rule');
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');
SET LOCAL session_replication_role = replica;
UPDATE receivables.sales_order SET invoiced_amount = 1 WHERE order_number = 'R1';
RESET session_replication_role;
SELECT results_eq('SELECT c.invariant, c.object FROM ar.check_ledger() AS c', $$VALUES ('invoiced amount of an order is that of its invoices', 'order R1')$$, 'what is not is found');
UPDATE receivables.sales_order SET amount = amount;
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'and put right');
SELECT * FROM finish();
ROLLBACK;
