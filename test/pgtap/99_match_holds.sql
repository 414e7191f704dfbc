-- What is not settled without a look: what is disputed, deposits of something else, payers
-- whose account was learned long ago; and the rules of a company, to the end.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
INSERT INTO receivables.company (company_id, company_code, name, currency) VALUES (1, 'EU', 'Europe', 'EUR'), (2, 'US', 'America', 'USD');
INSERT INTO receivables.customer (company_id, customer_id, customer_number, name)
SELECT 1, n, 'C' || n, 'Customer ' || n FROM generate_series(1, 9) AS n;
INSERT INTO receivables.customer (company_id, customer_id, customer_number, name) VALUES (2, 1, 'C1', 'Customer 1');
CREATE FUNCTION pg_temp.invoice(customer text, number text, amount numeric, contract text DEFAULT NULL, orders text DEFAULT NULL) RETURNS bigint LANGUAGE sql
    AS $$SELECT ar.post_invoice(1, customer, number, '2026-01-10', '2026-02-10', amount, contract_number => contract, order_reference => orders)$$;
-- What stands first for a payment: method, score, ! where somebody has to look, status.
CREATE FUNCTION pg_temp.first(payment text, company bigint DEFAULT 1) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT concat_ws(' ', coalesce(p.method, 'nothing'), trim_scale(p.score) || CASE WHEN p.is_ambiguous THEN '!' ELSE '' END, p.status)
    FROM receivables.match_proposal AS p
    JOIN receivables.item AS i ON i.company_id = p.company_id AND i.item_id = p.credit_item_id
    JOIN receivables.document AS d ON d.company_id = i.company_id AND d.document_id = i.document_id
    WHERE p.company_id = company AND d.document_number = payment AND p.rank = 1 AND p.status <> 'superseded'$$;
CREATE FUNCTION pg_temp.why(payment text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT p.reasons FROM receivables.match_proposal AS p
    JOIN receivables.item AS i ON i.company_id = p.company_id AND i.item_id = p.credit_item_id
    JOIN receivables.document AS d ON d.company_id = i.company_id AND d.document_id = i.document_id
    WHERE p.company_id = 1 AND d.document_number = payment AND p.rank = 1 AND p.status = 'open'$$;

-- Disputed: proposed, and why it waits; under loose rules as well
SELECT ar.add_standard_match_rules(1, 'LOOSE', 'Loose') \gset
UPDATE receivables.match_rule_set SET auto_apply_score = 0.01, auto_apply_margin = 0;
SELECT pg_temp.invoice('C1', 'INV-101', 100), pg_temp.invoice('C1', 'INV-102', 250), pg_temp.invoice('C2', 'INV-201', 77), pg_temp.invoice('C3', 'INV-301', 100), pg_temp.invoice('C3', 'INV-302', 40) \g /dev/null
UPDATE receivables.customer SET match_rule_set = 'LOOSE' WHERE customer_number = 'C2';
SELECT ar.open_dispute(1, 'C1', 'price', '[{"document_number": "INV-101", "amount": 5}]', opened_on => '2026-02-01') AS price,
       ar.open_dispute(1, 'C2', 'quality', '[{"document_number": "INV-201"}]', opened_on => '2026-02-01') AS quality,
       ar.open_dispute(1, 'C3', 'quality', '[{"document_number": "INV-302"}]', opened_on => '2026-02-01') AS third \gset
SELECT ar.post_payment(1, 'C1', 'P1', '2026-02-05', 100, reference => 'INV-101'), ar.post_payment(1, 'C1', 'P2', '2026-02-05', 250, reference => 'INV-102'),
       ar.post_payment(1, 'C2', 'P3', '2026-02-05', 77, reference => 'INV-201'), ar.post_payment(1, 'C3', 'P4', '2026-02-05', 100, reference => 'all but what is broken') \g /dev/null
SELECT ar.propose(1) \g /dev/null
SELECT is((SELECT string_agg(p || ' ' || pg_temp.first(p), ', ' ORDER BY p) FROM unnest('{P1,P2,P3,P4}'::text[]) AS p), 'P1 exact_number 0.75! open, P2 exact_number 0.98 open, P3 exact_number 0.75! open, P4 amount 0.9 open', 'what is disputed is proposed');
SELECT is(pg_temp.why('P1'), 'Names INV-101, whose open amount 100.00 it equals. Payer known by the payment, which was entered for it. INV-101 is disputed.', 'its reasons say so');
-- A dispute that comes up afterwards
SELECT ar.open_dispute(1, 'C3', 'price', '[{"document_number": "INV-301"}]', opened_on => '2026-02-06') AS late \gset
SELECT results_eq('SELECT * FROM ar.auto_apply(1)', 'VALUES (1::bigint, 0::bigint)', 'one of four is settled');
SELECT is((SELECT string_agg(pg_temp.first(p), ', ' ORDER BY p) FROM unnest('{P1,P2,P3,P4}'::text[]) AS p), 'exact_number 0.75! open, exact_number 0.98 applied_automatically, exact_number 0.75! open, amount 0.9 open', 'what is not disputed, whatever the rules ask for');
SELECT ar.propose(1) \g /dev/null
SELECT is(pg_temp.first('P4'), 'amount 0.75! open', 'which the next proposal says');
SELECT ar.resolve_dispute(1, :quality, 'rejected', 'nothing was broken', resolved_on => '2026-02-07'), ar.resolve_dispute(1, :late, 'withdrawn', 'misread', resolved_on => '2026-02-07') \g /dev/null
SELECT ar.propose(1) \g /dev/null
SELECT results_eq('SELECT * FROM ar.auto_apply(1)', 'VALUES (2::bigint, 0::bigint)', 'once it is resolved');
SELECT is(pg_temp.first('P1'), 'exact_number 0.75! open', 'but not what still is disputed');
SELECT lives_ok(format('SELECT ar.accept(1, %s)', (SELECT p.match_proposal_id FROM receivables.match_proposal AS p WHERE p.company_id = 1 AND p.status = 'open' AND p.reasons LIKE '%INV-101 is disputed.')), 'somebody may accept it');
-- Who sees the customers, sees their disputes
CREATE ROLE holds_clerk;
SELECT ar.grant_access('holds_clerk', 'clerk', 1) \gset
SELECT pg_temp.invoice('C4', 'INV-401', 60), ar.post_payment(1, 'C4', 'P5', '2026-02-05', 60, reference => 'INV-401') \g /dev/null
SELECT ar.open_dispute(1, 'C4', 'price', '[{"document_number": "INV-401"}]', opened_on => '2026-02-01') AS fourth \gset
SET LOCAL ROLE holds_clerk;
SELECT ar.propose(1), ar.auto_apply(1) \g /dev/null
RESET ROLE;
SELECT is(pg_temp.first('P5'), 'exact_number 0.75! open', 'a clerk settles nothing disputed either');

-- Deposits
INSERT INTO receivables.contract (company_id, customer_id, contract_number, contract_date, currency) VALUES (1, 5, 'K-1', '2026-01-01', 'EUR'), (1, 5, 'K-2', '2026-01-01', 'EUR'), (1, 6, 'K-3', '2026-01-01', 'EUR');
SELECT pg_temp.invoice('C5', 'INV-501', 500, 'K-1'), pg_temp.invoice('C5', 'INV-502', 700, 'K-2'), pg_temp.invoice('C6', 'INV-601', 500), pg_temp.invoice('C6', 'INV-602', 90, orders => 'PO 77') \g /dev/null
SELECT ar.post_deposit(1, 'C5', 'D1', '2026-02-05', 500, 'K-2'), ar.post_deposit(1, 'C5', 'D2', '2026-02-05', 700, 'K-2'), ar.post_deposit(1, 'C6', 'D3', '2026-02-05', 500), ar.post_deposit(1, 'C6', 'D4', '2026-02-05', 90, NULL, 'PO-77') \g /dev/null
SELECT ar.propose(1), ar.auto_apply(1) \g /dev/null
SELECT is((SELECT string_agg(p || ' ' || pg_temp.first(p), ', ' ORDER BY p) FROM unnest('{D1,D2,D3,D4}'::text[]) AS p),
          'D1 amount 0.75! open, D2 amount 0.9 applied_automatically, D3 amount 0.75! open, D4 amount 0.9 applied_automatically', 'deposits settle what they are for');
SELECT is(pg_temp.why('D1'), 'INV-501 is the only open item of exactly 500.00. Payer known by the payment, which was entered for it. It is a deposit, but not for the contract or order of INV-501.', 'why the others wait');
SELECT is(pg_temp.why('D3'), 'INV-601 is the only open item of exactly 500.00. Payer known by the payment, which was entered for it. It is a deposit, which does not name INV-601.', 'without a contract, too');

-- A tolerance of half a unit, where the currency has none
SELECT pg_temp.invoice('C7', 'INV-701', 100), ar.post_invoice(1, 'C7', 'INV-702', '2026-01-10', '2026-02-10', 90000, currency => 'JPY', exchange_rate => 0.006) \g /dev/null
INSERT INTO receivables.match_rule_set (company_id, match_rule_set, name) VALUES (1, 'HALF', 'Half a unit');
INSERT INTO receivables.match_rule (company_id, match_rule_set, position, method, score, tolerance_under) VALUES (1, 'HALF', 1, 'amount', 0.9, 0.5);
UPDATE receivables.customer SET match_rule_set = 'HALF' WHERE customer_number = 'C7';
SELECT ar.post_payment(1, 'C7', 'P6', '2026-02-05', 99.5), ar.post_payment(1, 'C7', 'P7', '2026-02-05', 90000, currency => 'JPY', exchange_rate => 0.006) \g /dev/null
SELECT lives_ok('SELECT ar.propose(1)', 'half a unit of a currency without decimals is no error');
SELECT is(pg_temp.first('P6') || ', ' || pg_temp.first('P7'), 'amount 0.9 open, amount 0.9 open', 'but nothing');

-- An account that was learned, and long ago
INSERT INTO receivables.bank_account (company_id, account, currency) VALUES (1, 'OURS', 'EUR');
INSERT INTO receivables.bank_statement (company_id, bank_statement_id, format, account, statement_number, currency, content_hash) VALUES (1, 1, 'csv', 'OURS', '1', 'EUR', 'x');
CREATE FUNCTION pg_temp.bank(line bigint, amount numeric, remittance text, day date) RETURNS void LANGUAGE sql AS $$
    INSERT INTO receivables.bank_line (company_id, bank_line_id, bank_statement_id, line_number, entry_number, entry_amount, booked_on, value_on, currency, amount, open_amount, remittance_text, payer_account)
    VALUES (1, line, 1, line, line, amount, day, day, 'EUR', amount, amount, remittance, 'DE55')$$;
SELECT pg_temp.invoice('C8', 'INV-801', 11), pg_temp.invoice('C8', 'INV-802', 22.22) \g /dev/null
SELECT pg_temp.bank(1, 11, 'INV-801', '2026-02-05') \g /dev/null
SELECT ar.propose(1, 1) \g /dev/null
SELECT ar.accept(1, (SELECT p.match_proposal_id FROM receivables.match_proposal AS p WHERE p.bank_line_id = 1 AND p.rank = 1 AND p.status = 'open')) \g /dev/null
SELECT pg_temp.bank(2, 22.22, NULL, '2026-03-05') \g /dev/null
CREATE FUNCTION pg_temp.learned(as_of text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('ar.as_of', as_of, true);
    PERFORM ar.propose(1, 2);
    PERFORM set_config('ar.as_of', '', true);
    RETURN (SELECT concat_ws(' ', p.method, trim_scale(p.score) || CASE WHEN p.is_ambiguous THEN '!' ELSE '' END) FROM receivables.match_proposal AS p WHERE p.bank_line_id = 2 AND p.rank = 1 AND p.status = 'open');
END;
$$;
-- One match of 5 February 2026 weighs 1, half of it a year later, a quarter after two.
SELECT is(pg_temp.learned(day), result, 'an account learned on 5 February 2026, on ' || day)
FROM (VALUES ('2026-03-05', 'amount 0.9'), ('2027-02-05', 'amount 0.9'), ('2028-02-04', 'amount 0.9'), ('2028-02-07', 'amount 0.7!'), ('2036-02-05', 'amount 0.7!')) AS v (day, result);

-- The rules of a company, to the end: only whole numbers, and hardly anything automatically
SELECT ar.post_invoice(2, 'C1', 'US-1', '2026-01-10', '2026-02-10', 10), ar.post_invoice(2, 'C1', 'US-2', '2026-01-10', '2026-02-10', 20),
       ar.post_payment(2, 'C1', 'U1', '2026-02-05', 10, reference => 'US-1'), ar.post_payment(2, 'C1', 'U2', '2026-02-05', 20) \g /dev/null
INSERT INTO receivables.match_rule_set (company_id, match_rule_set, name, auto_apply_score) VALUES (2, 'STRICT', 'Strict', 0.99);
INSERT INTO receivables.match_rule (company_id, match_rule_set, position, method, score) VALUES (2, 'STRICT', 1, 'exact_number', 0.98);
UPDATE receivables.company SET match_rule_set = 'STRICT' WHERE company_id = 2;
SELECT ar.propose(2) \g /dev/null
SELECT is(pg_temp.first('U1', 2) || ', ' || pg_temp.first('U2', 2), 'exact_number 0.98 open, nothing 0 open', 'the rules of the company find a number, and no amount');
SELECT results_eq('SELECT * FROM ar.auto_apply(2)', 'VALUES (0::bigint, 0::bigint)', 'its threshold counts');
UPDATE receivables.match_rule_set SET auto_apply_score = 0.98 WHERE company_id = 2;
SELECT results_eq('SELECT * FROM ar.auto_apply(2)', 'VALUES (1::bigint, 0::bigint)', 'as it is now');
UPDATE receivables.company SET match_rule_set = NULL WHERE company_id = 2;
SELECT ar.propose(2) \g /dev/null
SELECT is(pg_temp.first('U2', 2), 'amount 0.9 open', 'and without rules of its own the standard ones do');
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');
SELECT * FROM finish();
ROLLBACK;
