-- What the money of a customer may settle: every method, and what lowers scores.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();

CREATE FUNCTION pg_temp.rule(method text, score double precision DEFAULT 0.9, under numeric DEFAULT 0, under_percent numeric DEFAULT 100,
        over numeric DEFAULT 0, over_percent numeric DEFAULT 100, grace integer DEFAULT 0, unearned numeric[] DEFAULT '{}', partial boolean DEFAULT true,
        remainder text DEFAULT 'unapplied', shortfall text DEFAULT 'open', write_off numeric DEFAULT 0, reason text DEFAULT NULL, max_items integer DEFAULT NULL, place integer DEFAULT 1,
        account_discounts text DEFAULT 'none', charges boolean DEFAULT true, disputed boolean DEFAULT false)
    RETURNS ar.match_rule LANGUAGE sql IMMUTABLE AS $$
    SELECT ROW(place, method, score, under, under_percent, over, over_percent, grace, unearned, partial, remainder, shortfall, write_off, reason, max_items, account_discounts, charges, disputed)::ar.match_rule
$$;
-- Item number N is INV-N, whose key is INV0000N.
CREATE FUNCTION pg_temp.item(id bigint, amount numeric, due date DEFAULT '2026-02-28', effective date DEFAULT '2026-01-31', keys text[] DEFAULT NULL,
        term text DEFAULT NULL, discount_on date[] DEFAULT NULL, discounts numeric[] DEFAULT NULL, charge boolean DEFAULT false, disputed boolean DEFAULT false, contract bigint DEFAULT NULL)
    RETURNS ar.match_item LANGUAGE sql IMMUTABLE AS $$
    SELECT ROW(id, amount, effective, due, 'INV-' || id, coalesce(keys, ARRAY['INV' || lpad(id::text, 5, '0')]), term, discount_on, discounts, charge, disputed, contract)::ar.match_item
$$;
CREATE FUNCTION pg_temp.receipt(amount numeric, keys text[] DEFAULT '{}', kinds text[] DEFAULT NULL, certainty double precision DEFAULT 1, elsewhere text DEFAULT NULL,
        charge numeric DEFAULT NULL, received date DEFAULT '2026-03-10', line_references text[] DEFAULT NULL, line_amounts numeric[] DEFAULT NULL, line_deductions numeric[] DEFAULT NULL, id bigint DEFAULT 1,
        line_notes text[] DEFAULT NULL, deposit boolean DEFAULT false, contract bigint DEFAULT NULL, order_key text DEFAULT NULL)
    RETURNS ar.match_receipt LANGUAGE sql IMMUTABLE AS $$
    SELECT ROW(id, amount, received, charge, certainty, 'its account', deposit, contract, order_key, keys, coalesce(kinds, array_fill('pattern'::text, ARRAY[cardinality(keys)])), line_references, line_amounts, line_deductions, line_notes, elsewhere)::ar.match_receipt
$$;
-- A line of text: score, ! where ambiguous, and the lines; candidates are set apart by |.
CREATE FUNCTION pg_temp.found(receipts ar.match_receipt[], items ar.match_item[], rules ar.match_rule[], minor_units integer DEFAULT 2) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' ', CASE WHEN cardinality(receipts) > 1 THEN m.receipt_id || ':' END, CASE WHEN cardinality(rules) > 1 THEN m.method END,
               m.score || CASE WHEN m.is_ambiguous THEN '!' ELSE '' END,
               (SELECT string_agg(concat_ws(' ', CASE l.purpose WHEN 'application' THEN NULL ELSE l.purpose END, l.item_id, trim_scale(l.amount), l.reason_code), ', ' ORDER BY l.n)
                FROM unnest(m.lines) WITH ORDINALITY AS l(purpose, item_id, amount, reason_code, note, n))), ' | ' ORDER BY m.receipt_id, m.candidate)
    FROM ar.match_candidates(receipts, items, rules, minor_units) AS m
$$;
CREATE FUNCTION pg_temp.found(receipt ar.match_receipt, items ar.match_item[], rule ar.match_rule) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.found(ARRAY[receipt], items, ARRAY[rule])
$$;
CREATE FUNCTION pg_temp.why(receipt ar.match_receipt, items ar.match_item[], rule ar.match_rule) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(m.reasons, ' | ' ORDER BY m.candidate) FROM ar.match_candidates(ARRAY[receipt], items, ARRAY[rule], 2) AS m
$$;

-- Nothing found
SELECT is(pg_temp.found(pg_temp.receipt(5), '{}', pg_temp.rule('amount')), '0', 'no items');
SELECT is(pg_temp.why(pg_temp.receipt(5), '{}', pg_temp.rule('amount')), 'No open item is named or has this amount; nothing is open. Payer known by its account.', 'no items, in words');
SELECT is(pg_temp.why(pg_temp.receipt(5), ARRAY[pg_temp.item(1, 1000), pg_temp.item(2, 234.5)], pg_temp.rule('amount')),
    'No open item is named or has this amount; 2 open items, together 1234.50. Payer known by its account.', 'nothing fits, in words');
SELECT is(pg_temp.why(pg_temp.receipt(5, '{INV00001}', elsewhere => 'INV-7, which is closed', certainty => 0.4), ARRAY[pg_temp.item(1, 1000)], pg_temp.rule('amount')),
    'It names INV-1, but no rule settles that with this amount; 1 open item of 1000.00. Payer not certain, found by its account. It names INV-7, which is closed.', 'named in vain, in words');
SELECT is((SELECT ROW(m.*)::text FROM ar.match_candidates(ARRAY[pg_temp.receipt(5)], '{}', '{}', 2) AS m), '(1,1,,,0,f,5.00,{},"No open item is named or has this amount; nothing is open. Payer known by its account.")', 'no rules');
SELECT is_empty('SELECT * FROM ar.match_candidates(''{}'', ''{}'', ''{}'', 2)', 'no receipts');
SELECT is_empty('SELECT * FROM ar.match_candidates(NULL, ''{}'', ''{}'', 2)', 'null receipts');
SELECT is(pg_temp.why(pg_temp.receipt(0), ARRAY[pg_temp.item(1, 0)], pg_temp.rule('clear_account')), 'Nothing of it is open.', 'an amount of zero settles nothing');

-- A structured reference, a number
SELECT is(pg_temp.found(pg_temp.receipt(100, '{RF18X}', '{structured}', certainty => 0), ARRAY[pg_temp.item(1, 100, keys => '{INV00001,RF18X}'), pg_temp.item(2, 100)], pg_temp.rule('structured_reference', 1)), '1 1 100', 'a structured reference, whoever pays');
SELECT is(pg_temp.found(pg_temp.receipt(100, '{INV00001}', '{pattern}'), ARRAY[pg_temp.item(1, 100)], pg_temp.rule('structured_reference', 1)), '0', 'a number is no structured reference');
SELECT is(pg_temp.found(pg_temp.receipt(99.99, '{RF18X}', '{structured}'), ARRAY[pg_temp.item(1, 100, keys => '{RF18X}')], pg_temp.rule('structured_reference', 1)), '0', 'a structured reference of another amount');
SELECT is(pg_temp.found(pg_temp.receipt(100, '{INV00001}', certainty => 0.01), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 100)], pg_temp.rule('exact_number', 0.98)), '0.98 1 100', 'an exact number, whoever pays');
SELECT is(pg_temp.found(pg_temp.receipt(100, '{INV00001}', certainty => 0), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 100)], pg_temp.rule('exact_number', 0.98)), '0.85 1 100', 'an exact number, of a payer who looks like somebody else');
SELECT is(pg_temp.why(pg_temp.receipt(3820, '{INV00013}'), ARRAY[pg_temp.item(13, 3820)], pg_temp.rule('exact_number')), 'Names INV-13, whose open amount 3820.00 it equals. Payer known by its account.', 'an exact number, in words');
SELECT is(pg_temp.found(pg_temp.receipt(100, ARRAY[key], ARRAY[kind], certainty => certainty), ARRAY[pg_temp.item(1, 100), pg_temp.item(12, 5)], pg_temp.rule('exact_number', 0.98)), result, what)
FROM (VALUES
    ('1', 'number', 1.0, '0.98 1 100', 'the digits of a number, leading zeros aside'), ('1', 'range', 1.0, '0.98 1 100', 'the digits of a range'),
    ('0001', 'number', 0.5, '0.98 1 100', 'the customer is known enough'), ('1', 'number', 0.49, '0.75 1 100', 'the digits alone of a customer that is not certain'),
    ('1', 'token', 1.0, '0', 'digits that are any token name nothing'), ('1', 'pattern', 1.0, '0', 'nor those of a pattern'),
    ('INV00001', 'token', 1.0, '0.98 1 100', 'a token that is all of a number'), ('INV00001', 'pattern_guess', 1.0, '0.98 1 100', 'a guess, where nothing else is named'),
    ('INV00001', 'pattern_guess', 0.49, '0.75 1 100', 'a guess, and the customer is not certain'), ('INV2', 'number', 1.0, '0', 'digits of nothing that is open')
) AS t(key, kind, certainty, result, what);
SELECT is(pg_temp.found(pg_temp.receipt(100, '{7}', '{number}'), ARRAY[pg_temp.item(7, 100), pg_temp.item(8, 100, keys => '{CN007}')], pg_temp.rule('exact_number')), '0', 'digits of two items name neither');
SELECT is(pg_temp.found(pg_temp.receipt(100, '{7}', '{number}'), ARRAY[pg_temp.item(7, 100, keys => '{INV7,PO0007}'), pg_temp.item(8, 100)], pg_temp.rule('exact_number')), '0.9 7 100', 'digits of two keys of one item name it');
SELECT is(pg_temp.found(pg_temp.receipt(5, '{INV00001,INV00012}', '{pattern_guess,pattern}'), ARRAY[pg_temp.item(1, 5), pg_temp.item(12, 5)], pg_temp.rule('exact_number')), '0.9 12 5', 'a guess names nothing beside what is named');
SELECT is(pg_temp.found(pg_temp.receipt(100, '{INV00001}'), ARRAY[pg_temp.item(1, 100, effective => '2027-01-01')], pg_temp.rule('exact_number', 0.98)), '0.98 1 100', 'what is named counts before its date');
-- What else is named
SELECT is(pg_temp.found(pg_temp.receipt(100, '{INV00001,INV00002}'), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50)], pg_temp.rule('exact_number', 0.98)), '0.75 1 100', 'something else is named, too');
SELECT is(pg_temp.why(pg_temp.receipt(100, '{INV00001,INV00002}'), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50)], pg_temp.rule('exact_number', 0.98)),
    'Names INV-1, whose open amount 100.00 it equals. Payer known by its account. It names INV-2, of which 50.00 is open and which this leaves alone.', 'something else is named, in words');
SELECT is(pg_temp.found(pg_temp.receipt(100, '{INV00001,2}', '{pattern,number}'), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50)], pg_temp.rule('exact_number', 0.98)), '0.98 1 100', 'digits of something else do not matter beside all of a number');
SELECT is(pg_temp.found(pg_temp.receipt(100, '{1,2}', '{number,number}'), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50)], pg_temp.rule('exact_number', 0.98)), '0.75 1 100', 'but do beside other digits');
SELECT is(pg_temp.found(pg_temp.receipt(100, '{PO9}'), ARRAY[pg_temp.item(1, 100, keys => '{PO9}'), pg_temp.item(2, 50, keys => '{PO9}')], pg_temp.rule('exact_number', 0.98)), '0.98 1 100', 'one of the items that share a key');
SELECT is(pg_temp.found(pg_temp.receipt(100, '{PO9}'), ARRAY[pg_temp.item(1, 100, keys => '{PO9}'), pg_temp.item(2, 100, keys => '{PO9}')], pg_temp.rule('exact_number', 0.98)), '0.98! 1 100 | 0.98! 2 100', 'two that share a key and an amount are ambiguous');
SELECT is(pg_temp.found(pg_temp.receipt(100, '{INV00001}', elsewhere => 'INV-7, which is closed'), ARRAY[pg_temp.item(1, 100)], pg_temp.rule('exact_number', 0.98)), '0.98 1 100', 'an exact number is not lowered by what is elsewhere');

-- Charges
SELECT is(pg_temp.found(pg_temp.receipt(95, '{INV00001}', charge => 5), ARRAY[pg_temp.item(1, 100)], pg_temp.rule('exact_number', 0.98)), '0.98 1 95, bank_fee 1 5', 'with the charges it is exact');
SELECT is(pg_temp.found(pg_temp.receipt(100, '{INV00001}', charge => 5), ARRAY[pg_temp.item(1, 100)], pg_temp.rule('exact_number', 0.98)), '0.98 1 100', 'without them, they do not count');
SELECT is(pg_temp.why(pg_temp.receipt(95, '{INV00001}', charge => 5), ARRAY[pg_temp.item(1, 100)], pg_temp.rule('exact_number', 0.98)), 'Names INV-1, whose open amount 100.00 it equals with charges of 5.00 added. Payer known by its account.', 'with charges, in words');
SELECT is(pg_temp.found(pg_temp.receipt(145, charge => 5), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50)], pg_temp.rule('clear_account')), '0.9 1 95, 2 50, bank_fee 1 5', 'charges are settled with the largest item');
SELECT is(pg_temp.found(ARRAY[pg_temp.receipt(95, charge => 5)], ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 95)], ARRAY[pg_temp.rule('amount'), pg_temp.rule('clear_account', place => 2)]), 'amount 0.9 2 95', 'each rule is tried without charges first');
SELECT is(pg_temp.found(pg_temp.receipt(95, '{INV00001}', charge => 5), ARRAY[pg_temp.item(1, 100)], pg_temp.rule('number_partial')), '0.9 1 95', 'a part is not filled up with charges');

-- Several numbers
SELECT is(pg_temp.found(pg_temp.receipt(120, '{INV00001,INV00002,INV00003}', certainty => 0.01), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50), pg_temp.item(3, -30), pg_temp.item(4, 7)], pg_temp.rule('several_numbers', 0.95)), '0.95 1 100, 2 50, 3 -30', 'several numbers, a credit note among them');
SELECT is(pg_temp.found(pg_temp.receipt(120, '{INV00001,INV00002}'), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50), pg_temp.item(3, -30)], pg_temp.rule('several_numbers', 0.95)), '0', 'a credit note that is not named does not count');
SELECT is(pg_temp.found(pg_temp.receipt(150, '{INV00001,INV00002,3}', '{pattern,pattern,number}'), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50), pg_temp.item(3, 30)], pg_temp.rule('several_numbers', 0.95)), '0.95 1 100, 2 50', 'digits that are of something else');
SELECT is(pg_temp.found(pg_temp.receipt(180, '{INV00001,INV00002,3}', '{pattern,pattern,number}'), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50), pg_temp.item(3, 30)], pg_temp.rule('several_numbers', 0.95)), '0.95 1 100, 2 50, 3 30', 'digits that are of the third');
SELECT is(pg_temp.found(pg_temp.receipt(150, '{PO9}'), ARRAY[pg_temp.item(1, 100, keys => '{PO9}'), pg_temp.item(2, 50, keys => '{PO9}'), pg_temp.item(3, 30, keys => '{PO9}')], pg_temp.rule('several_numbers', 0.95)), '0.95 1 100, 2 50', 'some of the items that share a key');
SELECT is(pg_temp.found(pg_temp.receipt(150, '{PO9}'), ARRAY[pg_temp.item(1, 100, keys => '{PO9}'), pg_temp.item(2, 50, keys => '{PO9}'), pg_temp.item(3, 50, keys => '{PO9}')], pg_temp.rule('several_numbers', 0.95)), '0.95! 1 100, 2 50 | 0.95! 1 100, 3 50', 'ambiguous ones of them');
SELECT is(pg_temp.found(pg_temp.receipt(60, '{INV00001,INV00002,INV00003}'), ARRAY[pg_temp.item(1, 10), pg_temp.item(2, 20), pg_temp.item(3, 30)], pg_temp.rule('several_numbers', max_items => 2)), '0', 'more than the rule combines');

-- Remittance advice
SELECT is(pg_temp.found(pg_temp.receipt(150, line_references => '{INV-00001,inv 2}', line_amounts => '{100,50}', certainty => 0), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50)], pg_temp.rule('remittance_advice', 0.97)), '0.75 1 100, 2 50', 'lines of a payer that is not certain, one by its digits');
SELECT is(pg_temp.found(pg_temp.receipt(50, line_references => '{FOO}', line_amounts => '{50}'), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50)], pg_temp.rule('remittance_advice', 0.97)), '0.85 2 50', 'a line that names nothing known, by its amount');
SELECT is(pg_temp.found(pg_temp.receipt(150, line_references => '{INV-00001,FOO}', line_amounts => '{100,50}'), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50), pg_temp.item(3, 70)], pg_temp.rule('remittance_advice', 0.97)), '0.9 1 100, 2 50', 'the other line is known');
SELECT is(pg_temp.found(pg_temp.receipt(150, line_references => '{INV-00001,inv 2}', line_amounts => '{100,50}'), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50)], pg_temp.rule('remittance_advice', 0.97)), '0.97 1 100, 2 50', 'lines that add up');
SELECT is(pg_temp.found(pg_temp.receipt(150, line_references => '{INV-00001,INV-00002}', line_amounts => '{100,50}', certainty => 0), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50)], pg_temp.rule('remittance_advice', 0.97)), '0.97 1 100, 2 50', 'lines that add up, whoever pays');
SELECT is(pg_temp.found(pg_temp.receipt(150.01, line_references => '{INV-00001,INV-00002}', line_amounts => '{100,50}'), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50)], pg_temp.rule('remittance_advice', 0.97)), '0', 'lines that do not add up');
SELECT is(pg_temp.found(pg_temp.receipt(100, line_references => '{INV-00001,INV-00002}', line_amounts => '{100,NULL}'), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50)], pg_temp.rule('remittance_advice', 0.97)), '0', 'a line without an amount');
SELECT is(pg_temp.found(pg_temp.receipt(70, line_references => '{INV-00001,CN-3}', line_amounts => '{100,-30}'), ARRAY[pg_temp.item(1, 100), pg_temp.item(3, -30)], pg_temp.rule('remittance_advice', 0.97)), '0.97 1 100, 3 -30', 'a line that takes a credit off');
SELECT is(pg_temp.found(pg_temp.receipt(70, line_references => '{INV-00001,INV-00002}', line_amounts => '{100,-30}'), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 30)], pg_temp.rule('remittance_advice', 0.97)), '0', 'nothing is taken off by a debit');
SELECT is(pg_temp.found(pg_temp.receipt(150, line_references => '{INV-00001,INV-00002}', line_amounts => '{100,50}'), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 49.99)], pg_temp.rule('remittance_advice', 0.97)), '0', 'a line of more than is open');
SELECT is(pg_temp.found(pg_temp.receipt(130, line_references => '{INV-00001,INV-00002}', line_amounts => '{100,30}'), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50)], pg_temp.rule('remittance_advice', 0.97)), '0.97 1 100, 2 30', 'a line in part');
SELECT is(pg_temp.found(pg_temp.receipt(130, line_references => '{INV-00001,INV-00002}', line_amounts => '{100,30}', certainty => 0.4), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50)], pg_temp.rule('remittance_advice', 0.97)), '0.75 1 100, 2 30', 'a line in part of a payer that is not certain');
SELECT is(pg_temp.found(pg_temp.receipt(130, line_references => '{INV-00001,INV-00002}', line_amounts => '{100,30}'), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50)], pg_temp.rule('remittance_advice', 0.97, partial => false)), '0', 'a line in part, where parts are not allowed');
SELECT is(pg_temp.found(pg_temp.receipt(130, line_references => '{INV-00001,INV-00002}', line_amounts => '{100,30}', line_deductions => '{NULL,20}'), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50)], pg_temp.rule('remittance_advice', 0.97, partial => false, reason => 'QTY')), '0.97 1 100, 2 30, deduction 2 20 QTY', 'what the payer kept back');
SELECT is(pg_temp.found(pg_temp.receipt(100, line_references => '{INV-00001,INV-00002}', line_amounts => '{100,0}', line_deductions => '{NULL,20}'), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50)], pg_temp.rule('remittance_advice', 0.97)), '0.97 1 100, deduction 2 20', 'nothing but a deduction, and the rest stays open');
SELECT is(pg_temp.found(pg_temp.receipt(130, line_references => '{INV-00001,INV-00002}', line_amounts => '{100,30}', line_deductions => '{NULL,20.01}'), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50)], pg_temp.rule('remittance_advice', 0.97)), '0', 'more kept back than is open');
SELECT is(pg_temp.found(pg_temp.receipt(80, line_references => '{INV-00001,INV-00003}', line_amounts => '{100,-20}', line_deductions => '{NULL,20}'), ARRAY[pg_temp.item(1, 100), pg_temp.item(3, -30)], pg_temp.rule('remittance_advice', 0.97)), '0', 'nothing is kept back of a credit');
SELECT is(pg_temp.found(pg_temp.receipt(-70, line_references => '{INV-00001}', line_amounts => '{-70}', line_deductions => '{30}'), ARRAY[pg_temp.item(1, -100)], pg_temp.rule('remittance_advice', 0.97)), '0.97 1 -70', 'nothing is kept back of what is paid back: it stays open');
SELECT results_eq($$SELECT l.purpose, l.amount, l.note FROM ar.match_candidates(ARRAY[pg_temp.receipt(148, line_references => '{INV-00001,INV-00002}', line_amounts => '{50,98}', line_deductions => '{50,NULL}', line_notes => '{one box broken,NULL}')],
        ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 98)], ARRAY[pg_temp.rule('remittance_advice', 0.97)], 2) AS m CROSS JOIN LATERAL unnest(m.lines) AS l$$,
    $$VALUES ('application', 50.00, 'one box broken'), ('deduction', 50.00, 'one box broken'), ('application', 98.00, NULL)$$, 'what a line says stays with what it settles');
SELECT is(pg_temp.found(pg_temp.receipt(148.5, line_references => '{INV-00001,INV-00002}', line_amounts => '{100,48.5}'), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50, discount_on => '{2026-03-08}', discounts => '{1.5}')], pg_temp.rule('remittance_advice', 0.97, grace => grace, reason => 'SKONTO')), result, format('a discount with %s days of grace', grace))
FROM (VALUES (2, '0.97 1 100, 2 48.5, discount 2 1.5 SKONTO'), (1, '0.97 1 100, 2 48.5')) AS t(grace, result);
SELECT is(pg_temp.found(pg_temp.receipt(98, line_references => '{INV-00001}', line_amounts => '{98}'), ARRAY[pg_temp.item(1, 100)], pg_temp.rule('remittance_advice', 0.97, unearned => '{2}')), '0.75 1 98, discount 1 2', 'a discount that the rule looks for');
SELECT is(pg_temp.found(pg_temp.receipt(150, line_references => '{INV-00001,FOO}', line_amounts => '{100,50}'), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50)], pg_temp.rule('remittance_advice', 0.97)), '0.9 1 100, 2 50', 'an unknown line by its amount');
SELECT is(pg_temp.found(pg_temp.receipt(150, line_references => '{INV-00001,NULL}', line_amounts => '{100,50}', elsewhere => 'INV-7, which is closed'), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50)], pg_temp.rule('remittance_advice', 0.97)), '0.75 1 100, 2 50', 'the same where something closed is named');
SELECT is(pg_temp.found(pg_temp.receipt(150, line_references => '{FOO,NULL}', line_amounts => '{100,50}', certainty => 0.6), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50)], pg_temp.rule('remittance_advice', 0.97)), '0.6! 1 100, 2 50', 'lines by nothing but amounts are as certain as the payer');
SELECT is(pg_temp.found(pg_temp.receipt(150, line_references => '{INV-00001,FOO}', line_amounts => '{100,50}'), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50), pg_temp.item(3, 50)], pg_temp.rule('remittance_advice', 0.97)), '0', 'an unknown line of two amounts');
SELECT is(pg_temp.found(pg_temp.receipt(150, line_references => '{INV-00001,FOO}', line_amounts => '{50,100}'), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50)], pg_temp.rule('remittance_advice', 0.97)), '0', 'the item of the amount is another line''s');
SELECT is(pg_temp.found(pg_temp.receipt(100, line_references => '{INV-00001,INV-00001}', line_amounts => '{60,40}'), ARRAY[pg_temp.item(1, 100)], pg_temp.rule('remittance_advice', 0.97, partial => false)), '0.97 1 60, 1 40', 'two lines for one item');
SELECT is(pg_temp.found(pg_temp.receipt(101, line_references => '{INV-00001,INV-00001}', line_amounts => '{60,41}'), ARRAY[pg_temp.item(1, 100)], pg_temp.rule('remittance_advice', 0.97)), '0', 'two lines for more than is open of it');
SELECT is(pg_temp.found(pg_temp.receipt(80, line_references => '{PO-9,PO-9}', line_amounts => '{30,50}'), ARRAY[pg_temp.item(1, 30, keys => '{PO9}'), pg_temp.item(2, 50, keys => '{PO9}')], pg_temp.rule('remittance_advice', 0.97)), '0.97 1 30, 2 50', 'lines of a shared key are told by their amounts');
SELECT is(pg_temp.found(pg_temp.receipt(100, '{INV00002}', line_references => '{INV-00001}', line_amounts => '{100}'), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50)], pg_temp.rule('remittance_advice', 0.97)), '0.97 1 100', 'lines count for more than other text');
SELECT is(pg_temp.found(pg_temp.receipt(145, charge => 5, line_references => '{INV-00001,INV-00002}', line_amounts => '{100,50}'), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50)], pg_temp.rule('remittance_advice', 0.97)), '0.97 1 95, 2 50, bank_fee 1 5', 'lines that add up with the charges');
SELECT is(pg_temp.why(pg_temp.receipt(180, line_references => '{INV-00001,FOO,INV-00003}', line_amounts => '{100,50,30}', line_deductions => '{NULL,NULL,4}'), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50), pg_temp.item(3, 40)], pg_temp.rule('remittance_advice', 0.97)),
    'The remittance advice adds up to the amount and is for INV-1, INV-2 and INV-3; FOO is unknown, but INV-2 is the only item of 50.00; 4.00 is kept back of INV-3; INV-3 is paid in part, 6.00 stays open. Payer known by its account.', 'lines, in words');

-- Less a discount
SELECT is(pg_temp.found(pg_temp.receipt(98, '{INV00001}', certainty => 0), ARRAY[pg_temp.item(1, 100, discount_on => '{2026-03-08,2026-03-20}', discounts => '{3,2}')], pg_temp.rule('number_less_discount', 0.92, grace => 2, reason => 'D')), '0.92 1 98, discount 1 2 D', 'a discount that is granted, whoever pays');
SELECT is(pg_temp.found(pg_temp.receipt(97, '{INV00001}', certainty => certainty), ARRAY[pg_temp.item(1, 100, discount_on => '{2026-03-08,2026-03-20}', discounts => '{3,2}')], pg_temp.rule('number_less_discount', 0.92, grace => grace)), result, format('a discount %s days after its last with %s of grace', 2, grace))
FROM (VALUES (2, 0.0, '0.92 1 97, discount 1 3'), (1, 1.0, '0.75 1 97, discount 1 3')) AS t(grace, certainty, result);
SELECT is(pg_temp.found(pg_temp.receipt(98.5, '{INV00001}'), ARRAY[pg_temp.item(1, 100, discount_on => '{2026-03-08}', discounts => '{3}')], pg_temp.rule('number_less_discount', 0.92, grace => 9)), '0', 'no discount of another amount');
SELECT is(pg_temp.found(pg_temp.receipt(paid, '{INV00001}'), ARRAY[pg_temp.item(1, open)], pg_temp.rule('number_less_discount', 0.92, unearned => '{1,1.5}')), result, format('%s of %s', paid, open))
FROM (VALUES (99, 100, '0.75 1 99, discount 1 1'), (98.5, 100, '0.75 1 98.5, discount 1 1.5'), (98, 100, '0'), (98.51, 99.50, '0.75 1 98.51, discount 1 0.99'), (98.50, 99.50, '0.75 1 98.5, discount 1 1'), (98.49, 99.50, '0')) AS t(paid, open, result);
SELECT is(pg_temp.found(pg_temp.receipt(145.5, '{INV00001,INV00002}'), ARRAY[pg_temp.item(1, 100, discount_on => '{2026-03-20}', discounts => '{3}'), pg_temp.item(2, 50, discount_on => '{2026-03-20}', discounts => '{1.5}')], pg_temp.rule('number_less_discount', 0.92)), '0.92 1 97, discount 1 3, 2 48.5, discount 2 1.5', 'several less their discounts');
SELECT is(pg_temp.found(pg_temp.receipt(147, '{INV00001,INV00002}'), ARRAY[pg_temp.item(1, 100, discount_on => '{2026-03-20}', discounts => '{3}'), pg_temp.item(2, 50, discount_on => '{2026-03-01}', discounts => '{1.5}')], pg_temp.rule('number_less_discount', 0.92)), '0.92 1 97, discount 1 3, 2 50', 'several less the one that is granted');
SELECT is(pg_temp.found(pg_temp.receipt(145.5, '{INV00001,INV00002}'), ARRAY[pg_temp.item(1, 100, discount_on => '{2026-03-20}', discounts => '{3}'), pg_temp.item(2, 50, discount_on => '{2026-03-01}', discounts => '{1.5}')], pg_temp.rule('number_less_discount', 0.92)), '0.75 1 97, discount 1 3, 2 48.5, discount 2 1.5', 'several, one taken late');
SELECT is(pg_temp.found(pg_temp.receipt(68.6, '{INV00001,INV00002}'), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, -30)], pg_temp.rule('number_less_discount', 0.92, unearned => '{2}')), '0.75 1 98, discount 1 2, 2 -29.4, discount 2 -0.6', 'several less a percentage, a credit as well');
SELECT is(pg_temp.why(pg_temp.receipt(97, '{INV00001}'), ARRAY[pg_temp.item(1, 100, discount_on => '{2026-03-08}', discounts => '{3}')], pg_temp.rule('number_less_discount', grace => grace)), 'Names INV-1, whose open amount 100.00 it equals less ' || result || '. Payer known by its account.', 'a discount, in words')
FROM (VALUES (2, 'a discount of 3.00, granted with 2 days of grace'), (0, 'a discount of 3.00 that ended 2 days before')) AS t(grace, result);
SELECT is(pg_temp.why(pg_temp.receipt(98.75, '{INV00001}'), ARRAY[pg_temp.item(1, 100)], pg_temp.rule('number_less_discount', unearned => '{1.25}')), 'Names INV-1, whose open amount 100.00 it equals less a discount of 1.25 (1.25 %) that no term grants. Payer known by its account.', 'a percentage, in words');

-- Tolerances, inclusive: min(2, 1.5 % of what is due) under, min(1, 100 %) over
SELECT is(pg_temp.found(pg_temp.receipt(paid, '{INV00001}'), ARRAY[pg_temp.item(1, open)], pg_temp.rule('number_with_tolerance', 0.85, under => 2, under_percent => 1.5, over => 1, shortfall => 'write_off', write_off => 2, reason => 'ROUND')), result, format('%s of %s within the tolerance', paid, open))
FROM (VALUES (98.5, 100, '0.85 1 98.5, write_off 1 1.5 ROUND'), (98.49, 100, '0'), (998, 1000, '0.85 1 998, write_off 1 2 ROUND'), (997.99, 1000, '0'), (100, 100, '0.85 1 100'), (101, 100, '0.85 1 100, unapplied 1'), (101.01, 100, '0'),
    (0.99, 1.00, '0.85 1 0.99, write_off 1 0.01 ROUND'), (0.98, 1.00, '0'), (0.99, 0.50, '0.85 1 0.5, unapplied 0.49')) AS t(paid, open, result);
SELECT is(pg_temp.found(pg_temp.receipt(99, '{INV00001}'), ARRAY[pg_temp.item(1, 100)], pg_temp.rule('number_with_tolerance', 0.85, under => 2, shortfall => shortfall, write_off => write_off, partial => partial)), result, format('%s, up to %s, parts %s', shortfall, write_off, partial))
FROM (VALUES ('open', 0, true, '0.85 1 99'), ('open', 0, false, '0'), ('deduction', 0, false, '0.85 1 99, deduction 1 1'), ('write_off', 1, false, '0.85 1 99, write_off 1 1'), ('write_off', 0.99, true, '0.85 1 99'), ('write_off', 0.99, false, '0')) AS t(shortfall, write_off, partial, result);
SELECT is(pg_temp.found(pg_temp.receipt(101, '{INV00001}'), ARRAY[pg_temp.item(1, 100)], pg_temp.rule('number_with_tolerance', 0.85, over => 1, remainder => 'on_account')), '0.85 1 100, on_account 1', 'what remains goes on account');
SELECT is(pg_temp.found(pg_temp.receipt(101, '{INV00001}', certainty => 0.49), ARRAY[pg_temp.item(1, 100)], pg_temp.rule('number_with_tolerance', 0.85, over => 1)), '0.75 1 100, unapplied 1', 'of a payer that is not certain');
SELECT is(pg_temp.found(pg_temp.receipt(149, '{INV00001,INV00002}'), ARRAY[pg_temp.item(1, 100, due => '2026-02-02'), pg_temp.item(2, 50, due => '2026-02-01')], pg_temp.rule('number_with_tolerance', 0.85, under => 1, shortfall => 'deduction')), '0.85 2 50, 1 99, deduction 1 1', 'several, the newest bears the difference');
SELECT is(pg_temp.found(pg_temp.receipt(99, '{1}', '{number}'), ARRAY[pg_temp.item(1, 100)], pg_temp.rule('number_with_tolerance', 0.85, under => 1)), '0.75 1 99', 'named by its digits alone');
SELECT is(pg_temp.found(pg_temp.receipt(99, '{INV00001}', elsewhere => 'INV-7, which is closed'), ARRAY[pg_temp.item(1, 100)], pg_temp.rule('number_with_tolerance', 0.85, under => 1)), '0.75 1 99', 'something closed is named, too');
SELECT is(pg_temp.why(pg_temp.receipt(99, '{INV00001}'), ARRAY[pg_temp.item(1, 100)], pg_temp.rule('number_with_tolerance', 0.85, under => 1, shortfall => 'deduction')), 'Names INV-1, of which 100.00 is open, 1.00 too little within the tolerance, which becomes a deduction. Payer known by its account.', 'a tolerance, in words');

-- The amount
SELECT is(pg_temp.found(pg_temp.receipt(100), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 100.01), pg_temp.item(3, -100)], pg_temp.rule('amount')), '0.9 1 100', 'the only item of an amount');
SELECT is(pg_temp.found(pg_temp.receipt(100, certainty => 0.8), ARRAY[pg_temp.item(1, 100)], pg_temp.rule('amount')), '0.8 1 100', 'no more certain than who pays');
SELECT is(pg_temp.found(pg_temp.receipt(100, elsewhere => 'INV-7, which is closed'), ARRAY[pg_temp.item(1, 100)], pg_temp.rule('amount')), '0.75 1 100', 'something closed is named');
SELECT is(pg_temp.why(pg_temp.receipt(100, elsewhere => 'INV-7, which is closed'), ARRAY[pg_temp.item(1, 100)], pg_temp.rule('amount')), 'INV-1 is the only open item of exactly 100.00. Payer known by its account. It names INV-7, which is closed.', 'the amount, in words');
SELECT is(pg_temp.found(pg_temp.receipt(100, '{INV00002}'), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 30)], pg_temp.rule('amount')), '0.75 1 100', 'another item is named');
SELECT is(pg_temp.found(pg_temp.receipt(100, received => '2026-01-30'), ARRAY[pg_temp.item(1, 100)], pg_temp.rule('amount')), '0', 'not before its date');
SELECT is(pg_temp.found(pg_temp.receipt(100, received => '2026-01-31'), ARRAY[pg_temp.item(1, 100)], pg_temp.rule('amount')), '0.9 1 100', 'from its date');
SELECT is(pg_temp.found(pg_temp.receipt(7), ARRAY(SELECT pg_temp.item(i, 7, due => date '2026-02-01' - i) FROM generate_series(1, count) AS i), pg_temp.rule('amount')), result, format('%s of one amount', count))
FROM (VALUES (2, '0.9! 2 7 | 0.9! 1 7'), (7, '0.9! 7 7 | 0.9! 6 7 | 0.9! 5 7 | 0.9! 4 7 | 0.9! 3 7')) AS t(count, result);
SELECT is(pg_temp.found(pg_temp.receipt(amount, charge => 5), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 105)], pg_temp.rule('amount', under => 1)), result, format('%s, exactly, with charges, with the tolerance, with both', amount))
FROM (VALUES (100, '0.9 1 100'), (95, '0.9 1 95, bank_fee 1 5'), (99, '0.9 1 99'), (94, '0.9 1 94, bank_fee 1 5'), (93, '0')) AS t(amount, result);
SELECT is(pg_temp.why(pg_temp.receipt(50, '{INV00001}'), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50)], pg_temp.rule('amount')), 'INV-2 is the only open item of exactly 50.00. Payer known by its account. It names INV-1, of which 100.00 is open and which this leaves alone.', 'another item is named, in words');
SELECT is(pg_temp.found(pg_temp.receipt(97), ARRAY[pg_temp.item(1, 100, discount_on => '{2026-03-10}', discounts => '{3}'), pg_temp.item(2, 200)], pg_temp.rule('amount_less_discount', 0.92, reason => 'D')), '0.92 1 97, discount 1 3 D', 'the amount less a discount on its last day');
SELECT is(pg_temp.found(pg_temp.receipt(97), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 99, discount_on => '{2026-03-10}', discounts => '{2}'), pg_temp.item(3, 98, discount_on => '{2026-03-09}', discounts => '{1}')], pg_temp.rule('amount_less_discount', 0.92, unearned => '{3}')),
    '0.92 2 97, discount 2 2 | 0.75 1 97, discount 1 3 | 0.75 3 97, discount 3 1', 'what is granted comes before what is not');
SELECT is(pg_temp.found(pg_temp.receipt(97), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 100)], pg_temp.rule('amount_less_discount', 0.92, unearned => '{3}')), '0.75! 1 97, discount 1 3 | 0.75! 2 97, discount 2 3', 'two of them are ambiguous');
SELECT is(pg_temp.found(pg_temp.receipt(99), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 98), pg_temp.item(3, 97.99)], pg_temp.rule('amount_with_tolerance', 0.85, under => 1, over => 1)), '0.85! 1 99 | 0.85! 2 98, unapplied 1', 'two within the tolerance are ambiguous');

-- Combinations
SELECT is(pg_temp.found(pg_temp.receipt(100.02), ARRAY(SELECT pg_temp.item(n, a / 100) FROM unnest('{5001,2932,876,98,21,9923,2069,123,432,765}'::numeric[]) WITH ORDINALITY AS u(a, n)), pg_temp.rule('subset_sum')), '0.75 1 50.01, 2 29.32, 7 20.69', 'the only combination, of which 0.07 are to be expected by chance');
SELECT is(pg_temp.found(pg_temp.receipt(10), ARRAY(SELECT pg_temp.item(n, a) FROM unnest('{5,3,2,4,6}'::numeric[]) WITH ORDINALITY AS u(a, n)), pg_temp.rule('subset_sum')) ~ '^0\.75! [^|]* \| 0\.75! [^|]*$', true, 'two of them are ambiguous and by chance');
SELECT is(pg_temp.found(pg_temp.receipt(70), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 51.37), pg_temp.item(3, -30)], pg_temp.rule('subset_sum')), '0.9 1 100, 3 -30', 'a credit is part of it');
SELECT is(pg_temp.found(pg_temp.receipt(100), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 51.37)], pg_temp.rule('subset_sum')), '0', 'one item is no combination');
SELECT is(pg_temp.found(pg_temp.receipt(60), ARRAY[pg_temp.item(1, 10), pg_temp.item(2, 20), pg_temp.item(3, 30)], pg_temp.rule('subset_sum', max_items => 2)), '0', 'no more items than the rule combines');
SELECT is(pg_temp.found(pg_temp.receipt(30, certainty => 0.6), ARRAY[pg_temp.item(1, 10.01), pg_temp.item(2, 19.99)], pg_temp.rule('subset_sum')), '0.6! 1 10.01, 2 19.99', 'no more certain than who pays, if combined');
SELECT is(pg_temp.why(pg_temp.receipt(101), ARRAY(SELECT pg_temp.item(i, i) FROM generate_series(10, 70) AS i), pg_temp.rule('subset_sum')),
    'No open item is named or has this amount; 61 open items, together 2440.00. Payer known by its account. Combinations of the 61 open items were not tried: 1.8e+03 of up to 4 of them are to be expected by chance.', 'too many items of too few different sums');
-- More than 60 items: up to four of them. By chance, so that few have the same sum.
CREATE FUNCTION pg_temp.many(n integer) RETURNS ar.match_item[] LANGUAGE sql IMMUTABLE AS $$
    SELECT array_agg(pg_temp.item(i, (('x' || left(md5(i::text), 7))::bit(28)::integer + 1000)::numeric / 100) ORDER BY i) FROM generate_series(1, n) AS i
$$;
CREATE FUNCTION pg_temp.many_sum(n integer, VARIADIC places integer[]) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$SELECT sum(x.amount) FROM unnest(pg_temp.many(n)) AS x WHERE x.item_id = ANY (places)$$;
-- The sums of up to four of 61, every one of them.
CREATE TEMP TABLE few AS
WITH item AS MATERIALIZED (SELECT x.item_id AS i, (x.amount * 100)::bigint AS a FROM unnest(pg_temp.many(61)) AS x), pair AS MATERIALIZED (SELECT p.i AS i, q.i AS j, p.a + q.a AS a FROM item AS p JOIN item AS q ON q.i > p.i)
SELECT p.a FROM pair AS p
UNION ALL SELECT p.a + q.a FROM pair AS p JOIN item AS q ON q.i > p.j
UNION ALL SELECT p.a + q.a FROM pair AS p JOIN pair AS q ON q.i > p.j;
SELECT is((SELECT count(*) FROM few), 559675::bigint, 'sets of two to four of 61');
SELECT is((SELECT string_agg(format('%s %s', n, (SELECT count(*) FROM few WHERE few.a = v.a)), ', ' ORDER BY n)
           FROM (SELECT n, (100 * pg_temp.many_sum(61, VARIADIC places))::bigint AS a FROM (VALUES (2, '{3,59}'::integer[]), (4, '{5,17,33,52}')) AS v (n, places) OFFSET 0) AS v), '2 1, 4 1', 'these alone have their sums');
SELECT is(pg_temp.found(pg_temp.receipt(pg_temp.many_sum(61, VARIADIC places)), pg_temp.many(61), pg_temp.rule('subset_sum', max_items => most)) ~ ('^0\.75 ' || result || '$'), true, format('%s of 61 items, at most %s', cardinality(places), most))
FROM (VALUES ('{3,59}'::integer[], NULL, '3 [0-9.]*, 59 [0-9.]*'), ('{3,59}', 2, '3 [0-9.]*, 59 [0-9.]*'), ('{5,17,33,52}', NULL, '5 [0-9.]*, 17 [0-9.]*, 33 [0-9.]*, 52 [0-9.]*')) AS t(places, most, result);
SELECT is(pg_temp.found(pg_temp.receipt(pg_temp.many_sum(61, 5, 17, 33, 52)), pg_temp.many(61), pg_temp.rule('subset_sum', max_items => 3)), '0', 'four of them, where three are allowed');
SELECT is(pg_temp.found(pg_temp.receipt(pg_temp.many_sum(61, 5, 17, 33, 44, 52)), pg_temp.many(61), pg_temp.rule('subset_sum')), '0', 'five of them');
SELECT is(pg_temp.why(pg_temp.receipt(pg_temp.many_sum(61, 5, 17, 33, 44, 52)), pg_temp.many(61), pg_temp.rule('subset_sum')) ~ 'Of the 61 open items no more than 4 were combined\.$', true, 'which is not ruled out');
SELECT is(pg_temp.why(pg_temp.receipt(pg_temp.many_sum(61, 3, 59)), pg_temp.many(61), pg_temp.rule('subset_sum')) ~ '^INV-3 and INV-59 together are exactly [0-9.]*, as no others of up to 4 of the 61 open items are\. Payer known by its account\. Of the 61 open items no more than 4 were combined\.$', true, 'in words');
SELECT is(pg_temp.why(pg_temp.receipt(201234567890), (SELECT array_agg(ROW(x.item_id, x.amount * 100000 + x.item_id, x.effective_on, x.due_on, x.document_number, x.keys, NULL, NULL, NULL, NULL, NULL, NULL)::ar.match_item) FROM unnest(pg_temp.many(400)) AS x), pg_temp.rule('subset_sum')) ~ 'Of the 400 open items no more than 4 were combined\.$', true, 'four of 400 are tried');
SELECT is(pg_temp.why(pg_temp.receipt(201234567890), (SELECT array_agg(ROW(x.item_id, x.amount * 100000 + x.item_id, x.effective_on, x.due_on, x.document_number, x.keys, NULL, NULL, NULL, NULL, NULL, NULL)::ar.match_item) FROM unnest(pg_temp.many(1500)) AS x), pg_temp.rule('subset_sum')) ~ 'Combinations of the 1500 open items were too many to try\.$', true, 'and four of 1500 may be too many to try');
SELECT is(pg_temp.why(pg_temp.receipt(1234567.89), ARRAY(SELECT pg_temp.item(i, round((i * 829348951) % 9999991 / 100.0 + 100000, 2)) FROM generate_series(1, 60::bigint) AS i), pg_temp.rule('subset_sum')) ~ 'Combinations of the 60 open items were too many to try\.$', true, 'too many combinations');
SELECT matches(pg_temp.why(pg_temp.receipt(345.67), ARRAY[pg_temp.item(1, 100.01), pg_temp.item(2, 245.66), pg_temp.item(3, 11.22)], pg_temp.rule('subset_sum')), '^INV-1 and INV-2 together are exactly 345.67, as no others of the 3 open items are. Payer known by its account.$', 'a combination, in words');

-- The account as a whole: the five rules of AutoCash
SELECT is(pg_temp.found(pg_temp.receipt(120), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50), pg_temp.item(3, -30)], pg_temp.rule('clear_account')), '0.9 1 100, 2 50, 3 -30', 'the account');
SELECT is(pg_temp.found(pg_temp.receipt(119), ARRAY[pg_temp.item(1, 100, due => '2026-02-01'), pg_temp.item(2, 50, due => '2026-02-02'), pg_temp.item(3, -30)], pg_temp.rule('clear_account', under => 1, shortfall => 'write_off', write_off => 1)), '0.9 1 100, 2 49, 3 -30, write_off 2 1', 'the account within the tolerance');
SELECT is(pg_temp.found(pg_temp.receipt(118.99), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50), pg_temp.item(3, -30)], pg_temp.rule('clear_account', under => 1)), '0', 'not the account');
SELECT is(pg_temp.found(pg_temp.receipt(114, charge => 5), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50), pg_temp.item(3, -30)], pg_temp.rule('clear_account', over => 1, under => 1, shortfall => 'deduction')), '0.9 1 95, 2 49, 3 -30, deduction 2 1, bank_fee 1 5', 'the account within the tolerance with charges');
SELECT is(pg_temp.found(pg_temp.receipt(120, certainty => 0.3), ARRAY[pg_temp.item(1, 120)], pg_temp.rule('clear_account')), '0.3! 1 120', 'the account of who may not have paid');
SELECT is(pg_temp.found(pg_temp.receipt(70), ARRAY[pg_temp.item(1, 100, due => '2026-03-09'), pg_temp.item(2, 50, due => '2026-03-10'), pg_temp.item(3, -30, due => '2026-12-31', effective => '2026-03-10'), pg_temp.item(4, -5, effective => '2026-03-11')], pg_temp.rule('clear_past_due')), '0.9 1 100, 3 -30', 'past due before the day, credits to the day');
SELECT is(pg_temp.found(pg_temp.receipt(amount), ARRAY[pg_temp.item(1, 100, due => '2026-02-10', term => 'NET30'), pg_temp.item(2, 50, due => '2026-02-01', term => 'NET60'), pg_temp.item(3, 20, due => '2026-02-20', term => 'NET60'), pg_temp.item(4, -30), pg_temp.item(5, 7, due => '2026-12-31', term => 'NET30'), pg_temp.item(6, 1, due => '2026-02-01')], pg_temp.rule('past_due_by_term')), result, format('%s of a term', amount))
FROM (VALUES (40, '0.9 2 50, 3 20, 4 -30'), (70, '0.9 1 100, 4 -30'), (77, '0'), (140, '0')) AS t(amount, result);
SELECT is(pg_temp.found(pg_temp.receipt(100), ARRAY[pg_temp.item(1, 100, due => '2026-02-10', term => 'A'), pg_temp.item(2, 100, due => '2026-02-01', term => 'B')], pg_temp.rule('past_due_by_term')), '0.9 2 100', 'the term of the oldest item comes first');
SELECT is(pg_temp.why(pg_temp.receipt(70), ARRAY[pg_temp.item(1, 100, term => 'NET30'), pg_temp.item(4, -30)], pg_temp.rule('past_due_by_term')), 'All 2 past-due items of term NET30 and credits together are 70.00. Payer known by its account.', 'a term, in words');
-- Their options: 100 less 2 to 5 March or 1 to the 20th, 50 less 1 to 1 March, 30 of interest, 40 disputed, a credit of 20; paid on 10 March
CREATE FUNCTION pg_temp.options(amount numeric, method text, discounts text, charges boolean, disputed boolean, grace integer DEFAULT 0) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.found(pg_temp.receipt(amount), ARRAY[
        pg_temp.item(1, 100, due => '2026-03-01', term => 'A', discount_on => '{2026-03-05,2026-03-20}', discounts => '{2,1}'), pg_temp.item(2, 50, due => '2026-03-02', term => 'A', discount_on => '{2026-03-01}', discounts => '{1}'),
        pg_temp.item(3, 30, due => '2026-03-03', charge => true), pg_temp.item(4, 40, due => '2026-03-04', disputed => true), pg_temp.item(5, -20, due => '2026-03-05')],
        pg_temp.rule(method, account_discounts => discounts, charges => charges, disputed => disputed, grace => grace))
$$;
SELECT is(pg_temp.options(amount, method, discounts, charges, disputed, grace), result, format('%s of %s: %s, charges %s, disputed %s, grace %s', method, amount, discounts, charges, disputed, grace))
FROM (VALUES
    (160, 'clear_account', 'none', true, false, 0, '0.9 1 100, 2 50, 3 30, 5 -20'), (130, 'clear_account', 'none', false, false, 0, '0.9 1 100, 2 50, 5 -20'),
    (200, 'clear_account', 'none', true, true, 0, '0.75! 1 100, 2 50, 3 30, 4 40, 5 -20'), (200, 'clear_account', 'none', true, false, 0, '0'), (160, 'clear_account', 'none', true, true, 0, '0'),
    (170, 'clear_account', 'none', false, true, 0, '0.75! 1 100, 2 50, 4 40, 5 -20'),
    -- In full, less what is granted, less what was granted once.
    (130, 'clear_account', 'earned', false, false, 0, '0.9 1 100, 2 50, 5 -20'), (129, 'clear_account', 'earned', false, false, 0, '0.9 1 99, discount 1 1, 2 50, 5 -20'), (129, 'clear_account', 'none', false, false, 0, '0'),
    (128, 'clear_account', 'earned', false, false, 0, '0'), (128, 'clear_account', 'all', false, false, 0, '0.75! 1 99, discount 1 1, 2 49, discount 2 1, 5 -20'), (129, 'clear_account', 'all', false, false, 0, '0.9 1 99, discount 1 1, 2 50, 5 -20'),
    -- Five days of grace bring back the 2, nine the other, too.
    (128, 'clear_account', 'earned', false, false, 5, '0.9 1 98, discount 1 2, 2 50, 5 -20'), (127, 'clear_account', 'earned', false, false, 9, '0.9 1 98, discount 1 2, 2 49, discount 2 1, 5 -20'), (128, 'clear_account', 'earned', false, false, 4, '0'),
    (129, 'clear_past_due', 'earned', false, false, 0, '0.9 1 99, discount 1 1, 2 50, 5 -20'), (159, 'clear_past_due', 'earned', true, false, 0, '0.9 1 99, discount 1 1, 2 50, 3 30, 5 -20'),
    (129, 'past_due_by_term', 'earned', true, false, 0, '0.9 1 99, discount 1 1, 2 50, 5 -20'), (10, 'past_due_by_term', 'earned', true, false, 0, '0.9 3 30, 5 -20'), (10, 'past_due_by_term', 'earned', false, false, 0, '0'),
    (50, 'past_due_by_term', 'none', true, true, 0, '0.75! 3 30, 4 40, 5 -20'),
    -- In part there is no discount; the interest is passed over, and so is what is disputed.
    (99, 'oldest_first', 'earned', true, false, 0, '0.9 1 99, discount 1 1'), (98, 'oldest_first', 'earned', true, false, 0, '0.9 1 98'), (120, 'oldest_first', 'earned', false, false, 0, '0.9 1 99, discount 1 1, 2 21'),
    (160, 'oldest_first', 'none', false, false, 0, '0.9 1 100, 2 50, unapplied 10'), (160, 'oldest_first', 'none', true, false, 0, '0.9 1 100, 2 50, 3 10'), (180, 'oldest_first', 'none', false, true, 0, '0.75! 1 100, 2 50, 4 30'),
    (148, 'oldest_first', 'all', true, false, 0, '0.75! 1 99, discount 1 1, 2 49, discount 2 1')
) AS t(amount, method, discounts, charges, disputed, grace, result);
SELECT is(pg_temp.why(pg_temp.receipt(amount), ARRAY[pg_temp.item(1, 100, discount_on => '{2026-03-05}', discounts => '{2}'), pg_temp.item(2, 50, disputed => dispute), pg_temp.item(3, 7, charge => true)],
    pg_temp.rule(method, account_discounts => 'all', charges => charges, disputed => include)), result || ' Payer known by its account.' || hold, format('%s of %s with its options, in words', method, amount))
FROM (VALUES (100, 'clear_account', true, false, false, 'INV-1 is all there is of open items; it is 100.00, interest, fees and what is disputed left out.', ''),
             (105, 'clear_account', true, true, false, 'All 2 open items together are 105.00 less discounts of 2.00, of which some have ended, what is disputed left out.', ''),
             (157, 'clear_account', true, true, true, 'All 3 open items together are 157.00.', ' INV-2 is disputed.'),
             (150, 'clear_past_due', false, false, false, 'All 2 past-due items and credits together are 150.00, interest and fees left out.', ''),
             (98, 'oldest_first', true, false, false, 'The oldest of the 1 open items, less discounts of 2.00, of which some have ended, interest, fees and what is disputed left out.', '')) AS t(amount, method, dispute, charges, include, result, hold);

-- What is disputed is never more than a suggestion, however it was found
SELECT is(pg_temp.found(pg_temp.receipt(amount, keys), ARRAY[pg_temp.item(1, 100, disputed => true), pg_temp.item(2, 50)], pg_temp.rule(method, 0.98)), result, method || ' of what is disputed')
FROM (VALUES (100, '{INV00001}'::text[], 'exact_number', '0.75! 1 100'), (50, '{INV00002}', 'exact_number', '0.98 2 50'), (150, '{INV00001,INV00002}', 'several_numbers', '0.75! 1 100, 2 50'), (100, '{}', 'amount', '0.75! 1 100'), (50, '{}', 'amount', '0.98 2 50'),
             (60, '{INV00001}', 'number_partial', '0.75! 1 60'), (150, '{}', 'subset_sum', '0.75! 1 100, 2 50')) AS t(amount, keys, method, result);
SELECT is(pg_temp.why(pg_temp.receipt(100, '{INV00001}'), ARRAY[pg_temp.item(1, 100, disputed => true)], pg_temp.rule('exact_number')), 'Names INV-1, whose open amount 100.00 it equals. Payer known by its account. INV-1 is disputed.', 'what is disputed, in words');
-- A deposit is for its contract or order, else for what it names
SELECT is(pg_temp.found(ARRAY[pg_temp.receipt(100, keys, deposit => deposit, contract => contract, order_key => order_key)],
    ARRAY[pg_temp.item(1, 100, contract => 7), pg_temp.item(2, amount, keys => '{INV00002,PO9}')], ARRAY[pg_temp.rule('exact_number', 0.98, place => 1), pg_temp.rule('amount', 0.9, place => 2)]), result, what)
FROM (VALUES
    ('{}'::text[], false, 7, NULL, 50, 'amount 0.9 1 100', 'a payment is no deposit'), ('{}', true, 7, NULL, 50, 'amount 0.9 1 100', 'a deposit for its contract'), ('{}', true, 8, NULL, 50, 'amount 0.75! 1 100', 'not for another'),
    ('{}', true, NULL, NULL, 50, 'amount 0.75! 1 100', 'nor for whatever has its amount'), ('{INV00001}', true, NULL, NULL, 50, 'exact_number 0.98 1 100', 'but for what it names'), ('{INV00001}', true, 8, NULL, 50, 'exact_number 0.75! 1 100', 'not even that against its contract'),
    ('{}', true, 7, NULL, 100, 'amount 0.9 1 100 | amount 0.75! 2 100', 'of two of the amount, that of its contract'), ('{}', true, NULL, 'PO9', 100, 'amount 0.9 2 100 | amount 0.75! 1 100', 'or that of its order')) AS t(keys, deposit, contract, order_key, amount, result, what);
SELECT is(pg_temp.why(pg_temp.receipt(100, deposit => true, contract => contract), ARRAY[pg_temp.item(1, 100, contract => 7)], pg_temp.rule('amount')), 'INV-1 is the only open item of exactly 100.00. Payer known by its account. It is a deposit, ' || words || ' INV-1.', 'a deposit, in words')
FROM (VALUES (8, 'but not for the contract or order of'), (NULL, 'which does not name')) AS t(contract, words);
-- Tolerances of a rule in a currency of fewer decimals: what is less than its unit is cut off
SELECT is(pg_temp.found(ARRAY[pg_temp.receipt(paid)], ARRAY[pg_temp.item(1, 1000)], ARRAY[pg_temp.rule('amount_with_tolerance', under => 5.99, over => 0.5, shortfall => 'write_off', write_off => 4.999)], minor_units), result, format('%s of 1000 with %s decimals', paid, minor_units))
FROM (VALUES (995, 0, '0.9 1 995'), (994, 0, '0'), (996, 0, '0.9 1 996, write_off 1 4'), (1001, 0, '0'), (994.01, 2, '0.9 1 994.01'), (994.009, 3, '0'), (1000.5, 1, '0.9 1 1000, unapplied 0.5'), (995.001, 3, '0.9 1 995.001, write_off 1 4.999'), (995.01, 2, '0.9 1 995.01, write_off 1 4.99')) AS t(paid, minor_units, result);
-- Invoices 123, 124, 125 and 600 received on the 10th: rules 1, 2 and 5
SELECT is(pg_temp.found(ARRAY[pg_temp.receipt(600, received => '2025-12-10')], ARRAY[pg_temp.item(123, 200, due => '2025-12-11', effective => '2025-11-01'), pg_temp.item(124, 300, due => '2025-12-08', effective => '2025-11-01'), pg_temp.item(125, 150, due => '2025-12-13', effective => '2025-11-01')],
    ARRAY[pg_temp.rule('amount'), pg_temp.rule('clear_account', place => 2), pg_temp.rule('oldest_first', place => 5)]), 'oldest_first 0.9 124 300, 123 200, 125 100', 'the oldest first, the last in part');
SELECT is(pg_temp.found(pg_temp.receipt(600, received => '2025-12-10'), ARRAY[pg_temp.item(123, 200, due => '2025-12-11', effective => '2025-11-01'), pg_temp.item(124, 300, due => '2025-12-08', effective => '2025-11-01'), pg_temp.item(125, 150, due => '2025-12-13', effective => '2025-11-01')],
    pg_temp.rule('oldest_first', partial => false, remainder => 'on_account')), '0.9 124 300, 123 200, on_account 100', 'the oldest first, none in part');
SELECT is(pg_temp.found(pg_temp.receipt(amount), ARRAY[pg_temp.item(1, 100, due => '2026-02-01'), pg_temp.item(2, -30, due => '2026-02-02'), pg_temp.item(3, 50, due => '2026-02-03')], pg_temp.rule('oldest_first')), result, format('%s, credits by date', amount))
FROM (VALUES (60, '0.9 1 60'), (100, '0.9 1 100'), (110, '0.9 1 100, 2 -30, 3 40'), (140, '0.9 1 100, 2 -10, 3 50'), (150, '0.9 1 100, 3 50'), (200, '0.9 1 100, 3 50, unapplied 50')) AS t(amount, result);
SELECT is(pg_temp.found(pg_temp.receipt(10), ARRAY[pg_temp.item(1, -100)], pg_temp.rule('oldest_first')), '0', 'nothing but credits');

-- In part, and too much
SELECT is(pg_temp.found(pg_temp.receipt(60, '{INV00001}', certainty => certainty), ARRAY[pg_temp.item(1, 100)], pg_temp.rule('number_partial')), result, format('a part of %s', certainty))
FROM (VALUES (0.5, '0.9 1 60'), (0.49, '0.75 1 60')) AS t(certainty, result);
SELECT is(pg_temp.found(pg_temp.receipt(60, '{INV00001}'), ARRAY[pg_temp.item(1, 100)], pg_temp.rule('number_partial', partial => false)), '0', 'a part, where parts are not allowed');
SELECT is(pg_temp.found(pg_temp.receipt(160, '{INV00001}'), ARRAY[pg_temp.item(1, 100)], pg_temp.rule('number_partial', remainder => 'on_account', partial => false)), '0.85 1 100, on_account 60', 'too much');
SELECT is(pg_temp.found(pg_temp.receipt(160, '{INV00001}', certainty => 0.49), ARRAY[pg_temp.item(1, 100)], pg_temp.rule('number_partial')), '0.75 1 100, unapplied 60', 'too much of a payer that is not certain');
SELECT is(pg_temp.found(pg_temp.receipt(160, '{INV00001,INV00002,INV00003}'), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50), pg_temp.item(3, -30)], pg_temp.rule('number_partial')), '0.85 1 100, 2 50, 3 -30, unapplied 40', 'too much for several');
SELECT is(pg_temp.found(pg_temp.receipt(90, '{INV00001,INV00002,INV00003}'), ARRAY[pg_temp.item(1, 100, due => '2026-02-02'), pg_temp.item(2, 50, due => '2026-02-01'), pg_temp.item(3, -30)], pg_temp.rule('number_partial')), '0.75 2 50, 1 70, 3 -30', 'too little for several: the oldest first');
SELECT is(pg_temp.found(pg_temp.receipt(60, '{INV00001}'), ARRAY[pg_temp.item(1, -100)], pg_temp.rule('number_partial')), '0', 'a credit is not paid');
SELECT is(pg_temp.why(pg_temp.receipt(160, '{INV00001}'), ARRAY[pg_temp.item(1, 100)], pg_temp.rule('number_partial')), 'Names INV-1, of which only 100.00 is open. 60.00 remains unapplied. Payer known by its account.', 'too much, in words');
SELECT is(pg_temp.found(pg_temp.receipt(150, line_references => '{INV-00001,FOO}', line_amounts => '{100,50}'), ARRAY[pg_temp.item(1, 100)], pg_temp.rule('number_partial')), '0.85 1 100, unapplied 50', 'the known ones of some lines');
SELECT is(pg_temp.found(pg_temp.receipt(150, line_references => '{INV-00001,INV-00002}', line_amounts => '{100,50}'), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 45)], pg_temp.rule('number_partial')), '0.85 1 100, 2 45, unapplied 5', 'a line of more than is open is cut');
SELECT is(pg_temp.found(pg_temp.receipt(160, line_references => '{INV-00001,INV-00002}', line_amounts => '{100,50}'), ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 50)], pg_temp.rule('number_partial')), '0.75 1 100, 2 50, unapplied 10', 'lines that do not add up');
-- Where something else has exactly the amount
SELECT is(pg_temp.found(ARRAY[pg_temp.receipt(60, '{INV00001}')], ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 60)], ARRAY[pg_temp.rule('amount'), pg_temp.rule('clear_account', place => 2), pg_temp.rule('number_partial', place => 3)]),
    'number_partial 0.85 1 60 | amount 0.75 2 60', 'what is named comes before what has the amount, neither is certain');
SELECT is(pg_temp.found(ARRAY[pg_temp.receipt(60)], ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 60)], ARRAY[pg_temp.rule('number_partial', place => 3), pg_temp.rule('amount', place => 2), pg_temp.rule('amount_with_tolerance', place => 1, over => 1)]), 'amount_with_tolerance 0.9 2 60', 'rules count in the order of their positions');

-- Like a number
SELECT is(pg_temp.found(pg_temp.receipt(60, ARRAY[key]), ARRAY[pg_temp.item(76, 100), pg_temp.item(35, 100)], pg_temp.rule('similar_number', 0.7)), result, key)
FROM (VALUES ('INV00067', '0.7 76 60'), ('INV00078', '0.7 76 60'), ('INV0076', '0.7 76 60'), ('INV000756', '0.7 76 60'), ('INV00099', '0'), ('INV00075', '0'), ('INV00036', '0')) AS t(key, result);
SELECT is(pg_temp.found(pg_temp.receipt(60, '{INV00045}'), ARRAY[pg_temp.item(35, 100), pg_temp.item(44, 100)], pg_temp.rule('similar_number', 0.7)), '0', 'like two numbers is like none');
SELECT is(pg_temp.found(pg_temp.receipt(60, ARRAY[U&'\767C\796870067']), ARRAY[pg_temp.item(76, 100, keys => ARRAY[key])], pg_temp.rule('similar_number', 0.7)), result, 'characters of several bytes')
FROM (VALUES (U&'\767C\796871067', '0.7 76 60'), (U&'\796870067', '0.7 76 60'), (U&'\7968\767C70067', '0.7 76 60'), (U&'\767C\767C70067', '0.7 76 60'), (U&'\7968\796871067', '0')) AS t(key, result);
SELECT is(pg_temp.found(pg_temp.receipt(100.01, '{INV00067}'), ARRAY[pg_temp.item(76, 100)], pg_temp.rule('similar_number', 0.7)), '0', 'more than is open of it');
SELECT is(pg_temp.found(pg_temp.receipt(60, '{INV00067,INV00035}'), ARRAY[pg_temp.item(76, 100), pg_temp.item(35, 100)], pg_temp.rule('similar_number', 0.7)), '0', 'nothing is like a number where one is named');
SELECT is(pg_temp.found(pg_temp.receipt(97, '{INV00067}'), ARRAY[pg_temp.item(76, 100)], pg_temp.rule('similar_number', 0.7, unearned => '{3}', partial => false)), '0.7 76 97, discount 76 3', 'less a discount');
SELECT is(pg_temp.found(pg_temp.receipt(97, '{INV00067}'), ARRAY[pg_temp.item(76, 100)], pg_temp.rule('similar_number', 0.9)), '0.75 76 97', 'never more than a suggestion');
SELECT is(pg_temp.found(pg_temp.receipt(150, line_references => '{INV-00001,INV-00067}', line_amounts => '{100,50}'), ARRAY[pg_temp.item(1, 100), pg_temp.item(76, 80)], pg_temp.rule('similar_number', 0.7)), '0.7 1 100, 76 50', 'a line with a typing error');
SELECT is(pg_temp.why(pg_temp.receipt(60, '{INV00067}'), ARRAY[pg_temp.item(76, 100)], pg_temp.rule('similar_number')), 'Names INV00067, which is unknown, but one typing error away from INV-76, of which 100.00 is open: part of it is paid. Payer known by its account.', 'a typing error, in words');

-- Several payments for one item
SELECT is(pg_temp.found(ARRAY[pg_temp.receipt(60), pg_temp.receipt(40, id => 2), pg_temp.receipt(7, id => 3)], ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 5)], ARRAY[pg_temp.rule('combined_payments', 0.75)]), '1: 0.75 1 60 | 2: 0.75 1 40 | 3: 0', 'two payments are one item');
SELECT is(pg_temp.found(ARRAY[pg_temp.receipt(60), pg_temp.receipt(40, id => 2), pg_temp.receipt(40, id => 3)], ARRAY[pg_temp.item(1, 100)], ARRAY[pg_temp.rule('combined_payments', 0.75)]), '1: 0 | 2: 0 | 3: 0', 'which of them is not known');
SELECT is(pg_temp.found(ARRAY[pg_temp.receipt(60), pg_temp.receipt(40, id => 2), pg_temp.receipt(30, id => 3)], ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 90)], ARRAY[pg_temp.rule('combined_payments', 0.75)]), '1: 0.75! 1 60 | 1: 0.75! 2 60 | 2: 0.75 1 40 | 3: 0.75 2 30', 'one of them may be of two items');
SELECT is(pg_temp.found(ARRAY[pg_temp.receipt(60), pg_temp.receipt(40, id => 2)], ARRAY[pg_temp.item(1, 100), pg_temp.item(2, 40)], ARRAY[pg_temp.rule('amount'), pg_temp.rule('combined_payments', 0.75, place => 2)]), '1: 0 | 2: amount 0.9 2 40', 'only of those for which nothing was found');
SELECT is(pg_temp.found(ARRAY[pg_temp.receipt(60), pg_temp.receipt(40, id => 2, received => '2026-01-30')], ARRAY[pg_temp.item(1, 100)], ARRAY[pg_temp.rule('combined_payments', 0.75)]), '1: 0 | 2: 0', 'none before its date');
SELECT is(pg_temp.found(ARRAY[pg_temp.receipt(-60), pg_temp.receipt(-40, id => 2)], ARRAY[pg_temp.item(1, -100)], ARRAY[pg_temp.rule('combined_payments', 0.75)]), '1: 0.75 1 -60 | 2: 0.75 1 -40', 'two repayments are one credit');

-- Money paid back
SELECT is(pg_temp.found(pg_temp.receipt(-100, '{INV00001}'), ARRAY[pg_temp.item(1, -100), pg_temp.item(2, 100)], pg_temp.rule('exact_number', 0.98)), '0.98 1 -100', 'a credit note paid back');
SELECT is(pg_temp.found(pg_temp.receipt(-100), ARRAY[pg_temp.item(1, -100), pg_temp.item(2, 100)], pg_temp.rule('amount')), '0.9 1 -100', 'the amount paid back');
SELECT is(pg_temp.found(pg_temp.receipt(-70), ARRAY[pg_temp.item(1, -100), pg_temp.item(2, 30)], pg_temp.rule('clear_account')), '0.9 1 -100, 2 30', 'the account paid back');
SELECT is(pg_temp.found(pg_temp.receipt(-97, '{INV00001}'), ARRAY[pg_temp.item(1, -100)], pg_temp.rule('number_less_discount', 0.92, unearned => '{3}')), '0.75 1 -97, discount 1 -3', 'a credit note less a discount');
SELECT is(pg_temp.found(pg_temp.receipt(-97, '{INV00001}'), ARRAY[pg_temp.item(1, -100, discount_on => '{2026-03-10}', discounts => '{-3}')], pg_temp.rule('number_less_discount', 0.92)), '0.92 1 -97, discount 1 -3', 'a credit note less its discount');
SELECT is(pg_temp.found(pg_temp.receipt(-70, line_references => '{CN-1,INV-2}', line_amounts => '{-100,30}'), ARRAY[pg_temp.item(1, -100), pg_temp.item(2, 30)], pg_temp.rule('remittance_advice', 0.97)), '0.97 1 -100, 2 30', 'lines paid back');
SELECT is(pg_temp.found(pg_temp.receipt(-120, '{INV00001}', charge => 5), ARRAY[pg_temp.item(1, -100)], pg_temp.rule('number_partial')), '0.85 1 -100, unapplied -20', 'too much paid back');
SELECT is((SELECT remainder FROM ar.match_candidates(ARRAY[pg_temp.receipt(-120, '{INV00001}')], ARRAY[pg_temp.item(1, -100)], ARRAY[pg_temp.rule('number_partial')], 2)), -20.00, 'what remains has the sign of the money');

-- Currencies and limits
SELECT is(pg_temp.found(ARRAY[pg_temp.receipt(100)], ARRAY[pg_temp.item(1, 100)], ARRAY[pg_temp.rule('amount')], 0), '0.9 1 100', 'a currency without minor units');
SELECT is(pg_temp.found(ARRAY[pg_temp.receipt(1.2345)], ARRAY[pg_temp.item(1, 1.23450000)], ARRAY[pg_temp.rule('amount')], 4), '0.9 1 1.2345', 'four of them');
SELECT is(pg_temp.found(ARRAY[pg_temp.receipt(1.23450678)], ARRAY[pg_temp.item(1, 1.23450678)], ARRAY[pg_temp.rule('amount')], 8), '0.9 1 1.23450678', 'eight of them');
SELECT is(pg_temp.found(ARRAY[pg_temp.receipt(0.005)], ARRAY[pg_temp.item(1, 0.005)], ARRAY[pg_temp.rule('amount')], 3), '0.9 1 0.005', 'three of them');
SELECT is(pg_temp.found(ARRAY[pg_temp.receipt(92233720368547758.07)], ARRAY[pg_temp.item(1, 92233720368547758.07)], ARRAY[pg_temp.rule('amount')]), '0.9 1 92233720368547758.07', 'the greatest amount');
SELECT throws_ok(format('SELECT * FROM ar.match_candidates(ARRAY[pg_temp.receipt(%L)], ''{}'', ''{}'', %s)', amount, minor_units), code, message, format('%s with %s decimals', amount, minor_units))
FROM (VALUES ('92233720368547758.08', 2, '22003', 'amount is out of range'), ('1e30', 2, '22003', 'amount is out of range'), ('NaN', 2, '22003', 'amount is out of range'), ('-Infinity', 2, '22003', 'amount is out of range'),
    ('1.005', 2, '22023', 'amount has more than 2 decimals'), ('0.00001', 4, '22023', 'amount has more than 4 decimals'), ('0.1', 0, '22023', 'amount has more than 0 decimals'), ('1e-30', 2, '22023', 'amount has more than 2 decimals'),
    (NULL, 2, '22004', 'amount of an element of receipts is null'), ('1', 9, '22023', 'minor units of a currency must be from 0 to 8, not 9'), ('1', -1, '22023', 'minor units of a currency must be from 0 to 8, not -1')) AS t(amount, minor_units, code, message);
SELECT throws_ok(format('SELECT * FROM ar.match_candidates(ARRAY[%s]::ar.match_receipt[], ARRAY[%s]::ar.match_item[], ARRAY[%s]::ar.match_rule[], 2)', receipt, item, rule), code, message, message)
FROM (VALUES
    ('NULL', '', '', '22004', 'an element of receipts is null'), ('', 'NULL', '', '22004', 'an element of items is null'), ('', '', 'NULL', '22004', 'an element of rules is null'),
    ('pg_temp.receipt(1, received => NULL)', '', '', '22004', 'received_on of an element of receipts is null'),
    ('pg_temp.receipt(1, id => NULL)', '', '', '22004', 'receipt_id of an element of receipts is null'),
    ('pg_temp.receipt(1, certainty => 1.1)', '', '', '22023', 'certainty must be from 0 to 1, not 1.1'), ('pg_temp.receipt(1, certainty => ''NaN'')', '', '', '22023', 'certainty must be from 0 to 1, not NaN'),
    ('pg_temp.receipt(1, charge => -1)', '', '', '22023', 'charge_amount must not be negative'),
    ('pg_temp.receipt(1, ''{A,B}'', ''{token}'')', '', '', '2202E', 'reference_keys and reference_kinds must have the same number of elements'),
    ('pg_temp.receipt(1, ''{A}'', ''{thing}'')', '', '', '22023', 'unknown kind of reference "thing"'), ('pg_temp.receipt(1, ''{A}'', ''{NULL}'')', '', '', '22004', 'the kind of a reference is null'),
    ('pg_temp.receipt(1, line_references => ''{A,B}'', line_amounts => ''{1}'')', '', '', '2202E', 'line_references and line_amounts must have the same number of elements'),
    ('pg_temp.receipt(1, line_references => ''{A}'', line_amounts => ''{1.001}'')', '', '', '22023', 'line_amounts has more than 2 decimals'),
    ('pg_temp.receipt(1, line_references => ''{A}'', line_notes => ''{a,b}'')', '', '', '2202E', 'line_references and line_notes must have the same number of elements'),
    ('pg_temp.receipt(1, line_references => ''{A}'', line_deductions => ''{-1}'')', '', '', '22023', 'line_deductions must not be negative'),
    ('pg_temp.receipt(1, ''{{A}}'', ''{{token}}'')', '', '', '2202E', 'reference_keys must be an array of one dimension'),
    ('', 'pg_temp.item(1, NULL)', '', '22004', 'amount of an element of items is null'), ('', 'pg_temp.item(NULL, 1)', '', '22004', 'item_id of an element of items is null'),
    ('', 'pg_temp.item(1, 1, discount_on => ''{2026-01-01}'')', '', '2202E', 'discount_on and discount_amounts must have the same number of elements'),
    ('', '', 'pg_temp.rule(''guess'')', '22023', 'unknown method "guess" of matching'), ('', '', 'pg_temp.rule(NULL)', '22004', 'method of an element of rules is null'),
    ('', '', 'pg_temp.rule(''amount'', 2)', '22023', 'score must be from 0 to 1, not 2'), ('', '', 'pg_temp.rule(''amount'', under => -1)', '22023', 'tolerance_under must not be negative'),
    ('', '', 'pg_temp.rule(''amount'', over_percent => 101)', '22023', 'a percentage of tolerance must be at most 100'), ('', '', 'pg_temp.rule(''amount'', unearned => ''{0}'')', '22023', 'a percentage of discount must be more than 0 and at most 100'),
    ('', '', 'pg_temp.rule(''amount'', account_discounts => ''some'')', '22023', 'unknown account_discounts "some"'), ('', '', 'pg_temp.rule(''amount'', under => 1e30)', '22003', 'tolerance_under is out of range'),
    ('', '', 'pg_temp.rule(''amount'', remainder => ''gone'')', '22023', 'unknown remainder "gone"'), ('', '', 'pg_temp.rule(''amount'', shortfall => ''gone'')', '22023', 'unknown shortfall "gone"'),
    ('', '', 'pg_temp.rule(''amount'', max_items => 0)', '22023', 'discount_grace_days must not be negative and max_items be positive'), ('', '', 'pg_temp.rule(''amount'', grace => -1)', '22023', 'discount_grace_days must not be negative and max_items be positive'),
    ('pg_temp.receipt(1)', 'pg_temp.item(1, 92233720368547758.07), pg_temp.item(2, 1)', 'pg_temp.rule(''clear_account'')', '22003', 'sum of amounts is out of range')
) AS t(receipt, item, rule, code, message);
SELECT is(pg_temp.found(pg_temp.receipt(1, '{NULL,INV00001}', '{token,token}'), ARRAY[ROW(1, 1, NULL, NULL, NULL, '{NULL,INV00001}', NULL, NULL, NULL, NULL, NULL, NULL)::ar.match_item], ROW(NULL, 'exact_number', 0.9, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)::ar.match_rule), '0.9 1 1', 'whatever may be null');
SELECT is(pg_temp.why(ROW(1, 1, '2026-03-10', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)::ar.match_receipt, ARRAY[ROW(8, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)::ar.match_item], pg_temp.rule('amount')), 'item 8 is the only open item of exactly 1.00. Payer not known. The amount alone is not enough to be certain: somebody has to look.', 'whatever may be null, in words');

SELECT is(pg_temp.why(pg_temp.receipt(100), ARRAY[pg_temp.item(1, 100)], pg_temp.rule(method)), 'INV-1 is all there is of ' || what || '; it is 100.00. Payer known by its account.', method)
FROM (VALUES ('clear_account', 'open items'), ('clear_past_due', 'past-due items and credits'), ('past_due_by_term', 'past-due items without a term and credits')) AS t(method, what);

-- Random accounts against plain SQL: few different amounts, so that much is equal
SELECT setseed(0.27) IS NOT NULL AS seeded \gset
CREATE TEMP TABLE account AS
SELECT n, pg_temp.receipt((1 + floor(random() * 9))::numeric * (CASE WHEN random() < 0.2 THEN -1 ELSE 1 END),
        keys => ARRAY(SELECT 'INV' || lpad(k::text, 5, '0') FROM generate_series(1, 9) AS k WHERE random() < 0.2 * (n % 3)), certainty => ('{1,0.8,0.4}'::double precision[])[1 + floor(random() * 3)],
        elsewhere => CASE WHEN random() < 0.2 THEN 'something' END, charge => CASE WHEN random() < 0.5 THEN floor(random() * 4)::numeric END) AS receipt,
    ARRAY(SELECT pg_temp.item(k, floor(random() * 9)::numeric - 2, due => date '2026-03-08' + floor(random() * 4)::int, effective => date '2026-03-09' + (random() < 0.1)::int * 2) FROM generate_series(1, 1 + floor(random() * 6)::int) AS k WHERE n > 0) AS items
FROM generate_series(1, 3000) AS n;
-- An item as seen from the receipt.
CREATE TEMP TABLE seen AS
SELECT a.n, t.target, t.charge, (a.receipt).certainty, (a.receipt).elsewhere, sign((a.receipt).amount) AS turn, i.item_id AS item, i.amount * sign((a.receipt).amount) AS due, i.place, i.due_on,
    i.effective_on <= (a.receipt).received_on AS counts, i.keys && (a.receipt).reference_keys AS is_named
FROM account AS a
CROSS JOIN LATERAL (SELECT abs((a.receipt).amount) AS target, 0 AS charge UNION ALL
    SELECT abs((a.receipt).amount) + (a.receipt).charge_amount, (a.receipt).charge_amount WHERE (a.receipt).charge_amount > 0 AND (a.receipt).amount > 0) AS t
CROSS JOIN LATERAL unnest(a.items) WITH ORDINALITY AS i(item_id, amount, effective_on, due_on, document_number, keys, payment_term, discount_on, discount_amounts, is_charge, is_disputed, contract_id, place)
WHERE i.amount <> 0;
CREATE INDEX ON seen (n);
ANALYZE seen;
-- Sets of items that a method takes; those of the least charge that has any, whose charge fits in a line, count.
CREATE TEMP VIEW expected AS
WITH taken AS (
    SELECT 'amount' AS method, s.n, s.charge, s.target, s.item AS choice, s.item, s.due, row_number() OVER (PARTITION BY s.n, s.charge ORDER BY s.due_on, s.item) AS place FROM seen AS s WHERE s.counts AND s.due = s.target
    UNION ALL
    SELECT m.method, s.n, s.charge, s.target, 0, s.item, s.due, row_number() OVER (PARTITION BY m.method, s.n, s.charge ORDER BY s.due_on, s.effective, s.item)
    FROM (SELECT x.*, CASE WHEN x.counts THEN 0 ELSE 1 END AS effective,
              sum(x.due) FILTER (WHERE x.counts) OVER w AS account, count(*) FILTER (WHERE x.counts AND x.due > 0) OVER w AS debits,
              sum(x.due) FILTER (WHERE x.is_named) OVER w AS named, count(*) FILTER (WHERE x.is_named) OVER w AS names FROM seen AS x WINDOW w AS (PARTITION BY x.n, x.charge)) AS s
    CROSS JOIN (VALUES ('clear_account'), ('several_numbers')) AS m(method)
    WHERE CASE m.method WHEN 'clear_account' THEN s.counts AND s.account = s.target AND s.debits > 0 ELSE s.is_named AND s.names > 1 AND s.named = s.target END
), fitting AS (
    SELECT t.*, min(t.charge) OVER (PARTITION BY t.method, t.n) AS least
    FROM (SELECT x.*, max(x.due) OVER (PARTITION BY x.method, x.n, x.charge, x.choice) AS largest FROM taken AS x) AS t WHERE t.charge = 0 OR t.largest > t.charge
), candidate AS (
    SELECT f.method, f.n, f.choice, f.charge, min(f.place) AS place, string_agg(concat_ws(' ', f.item, (f.due - CASE WHEN f.bears THEN f.charge ELSE 0 END) * s.turn), ', ' ORDER BY f.place)
               || coalesce((', bank_fee ' || max(f.item) FILTER (WHERE f.bears)) || ' ' || max(f.charge), '') AS lines,
        least(CASE WHEN f.method <> 'several_numbers' THEN s.certainty END, CASE WHEN f.method <> 'several_numbers' AND s.elsewhere IS NOT NULL THEN 0.75 END,
              CASE WHEN EXISTS (SELECT FROM seen AS o WHERE o.n = f.n AND o.is_named AND o.item <> ALL (array_agg(f.item))) THEN 0.75 END, 0.9) AS score,
        f.method <> 'several_numbers' AND s.certainty < 0.75 AS held
    FROM (SELECT x.*, x.charge > 0 AND row_number() OVER (PARTITION BY x.method, x.n, x.choice, x.charge ORDER BY x.due DESC, x.place) = 1 AS bears FROM fitting AS x WHERE x.charge = x.least) AS f
    JOIN (SELECT DISTINCT x.n, x.turn, x.certainty, x.elsewhere FROM seen AS x) AS s ON s.n = f.n
    GROUP BY f.method, f.n, f.choice, f.charge, s.turn, s.certainty, s.elsewhere
), ranked AS (
    SELECT c.*, count(*) FILTER (WHERE c.score = c.best) OVER (PARTITION BY c.method, c.n) AS bests
    FROM (SELECT x.*, max(x.score) OVER (PARTITION BY x.method, x.n) AS best FROM candidate AS x WHERE x.place <= 5) AS c
)
SELECT r.method, r.n, string_agg(concat_ws(' ', r.score::double precision || CASE WHEN r.bests > 1 OR r.held THEN '!' ELSE '' END, r.lines), ' | ' ORDER BY r.score DESC, r.place) AS result
FROM ranked AS r GROUP BY r.method, r.n;
CREATE TEMP TABLE compared AS
SELECT m.method, a.n, pg_temp.found(a.receipt, a.items, pg_temp.rule(m.method)) AS result, coalesce(e.result, '0') AS expected
FROM account AS a CROSS JOIN (VALUES ('amount'), ('clear_account'), ('several_numbers')) AS m(method) LEFT JOIN expected AS e ON e.method = m.method AND e.n = a.n;
SELECT is_empty('SELECT * FROM compared WHERE result <> expected', 'random accounts, as plain SQL has them');
SELECT cmp_ok((SELECT min(c.found) FROM (SELECT method, count(*) FILTER (WHERE expected <> '0') AS found FROM compared GROUP BY method) AS c), '>', 50::bigint, 'each method finds something more than fifty times');
SELECT cmp_ok((SELECT count(*) FROM compared WHERE expected LIKE '%bank_fee%'), '>', 100::bigint, 'some only with charges');
SELECT cmp_ok((SELECT count(*) FROM compared WHERE expected LIKE '%!%'), '>', 100::bigint, 'some are ambiguous');
-- Whatever is found adds up, and settles no more than is open
CREATE TEMP TABLE every AS
SELECT array_agg(pg_temp.rule(m.method, 0.9, under => 1, over => 1, grace => 1, unearned => '{10,20}', shortfall => (ARRAY['open', 'write_off', 'deduction'])[1 + m.n % 3], write_off => 1, remainder => (ARRAY['unapplied', 'on_account'])[1 + m.n % 2], place => m.n::int, account_discounts => (ARRAY['none', 'earned', 'all'])[1 + m.n % 3], charges => m.n % 2 = 0, disputed => m.n % 2 = 1)) AS rules
FROM unnest('{structured_reference,exact_number,remittance_advice,several_numbers,number_less_discount,number_with_tolerance,amount,amount_less_discount,amount_with_tolerance,subset_sum,clear_account,clear_past_due,past_due_by_term,number_partial,similar_number,combined_payments,oldest_first}'::text[]) WITH ORDINALITY AS m(method, n);
-- Two receipts of one customer that name and advise whatever there may be, and items with shared keys and discounts
CREATE TEMP TABLE busy AS
SELECT n, ARRAY(SELECT ROW(k, (1 + floor(random() * 12))::numeric * (CASE WHEN random() < 0.2 THEN -1 ELSE 1 END), date '2026-03-10', (CASE WHEN random() < 0.3 THEN 1 END)::numeric, (ARRAY[1, 0.3])[1 + (random() < 0.5)::int], NULL, random() < 0.1, NULL, (ARRAY['PO1'])[1 + (random() < 0.5)::int],
            ARRAY['INV0000' || ceil(random() * 9), 'PO' || ceil(random() * 3)], (ARRAY['{pattern,token}', '{structured,number}', '{range,pattern_guess}'])[ceil(random() * 3)]::text[],
            CASE WHEN random() < 0.6 THEN ARRAY['INV-0000' || ceil(random() * 9), 'INV-000' || ceil(random() * 20), 'po ' || ceil(random() * 3)] END,
            ARRAY[floor(random() * 9) - 1, floor(random() * 9) - 1, floor(random() * 4) - 1], ARRAY[floor(random() * 2), NULL, floor(random() * 3)], NULL, NULL)::ar.match_receipt
        FROM generate_series(1, 2) AS k WHERE n > 0) AS receipts,
    ARRAY(SELECT pg_temp.item(k, floor(random() * 12)::numeric - 2, due => date '2026-03-08' + floor(random() * 4)::int, keys => ARRAY['INV0000' || k, 'PO' || ceil(random() * 3)], term => (ARRAY['A', 'B'])[ceil(random() * 3)],
            discount_on => ARRAY[date '2026-03-07' + floor(random() * 5)::int], discounts => ARRAY[floor(random() * 3)::numeric],
            charge => random() < 0.1, disputed => random() < 0.1)
        FROM generate_series(1, 1 + floor(random() * 6)::int) AS k WHERE n > 0) AS items
FROM generate_series(1, 4000) AS n;
-- Half of the advices add up
UPDATE busy SET receipts = ARRAY(SELECT ROW(r.receipt_id, coalesce(nullif((SELECT sum(a) FROM unnest(r.line_amounts) AS a), 0), r.amount), r.received_on, r.charge_amount, r.certainty, r.identified_by, r.is_deposit, r.contract_id, r.order_key, r.reference_keys, r.reference_kinds,
    r.line_references, r.line_amounts, r.line_deductions, r.line_notes, r.elsewhere)::ar.match_receipt FROM unnest(receipts) AS r) WHERE n % 2 = 0;
UPDATE busy SET receipts = ARRAY(SELECT ROW(r.receipt_id, r.amount, r.received_on, r.charge_amount, r.certainty, r.identified_by, r.is_deposit, r.contract_id, r.order_key, r.reference_keys, r.reference_kinds,
    r.line_references, CASE WHEN r.line_references IS NOT NULL THEN r.line_amounts END, CASE WHEN r.line_references IS NOT NULL THEN r.line_deductions END, r.line_notes, r.elsewhere)::ar.match_receipt FROM unnest(receipts) AS r);
CREATE TEMP TABLE settled AS
SELECT a.n, (a.receipt).amount, a.items, m.* FROM account AS a CROSS JOIN every AS e CROSS JOIN LATERAL ar.match_candidates(ARRAY[a.receipt], a.items, e.rules, 2) AS m
UNION ALL
SELECT b.n, b.receipts[m.receipt_id].amount, b.items, m.* FROM busy AS b CROSS JOIN every AS e CROSS JOIN LATERAL ar.match_candidates(b.receipts, b.items, ARRAY(SELECT r FROM unnest(e.rules) AS r WHERE (r.position + b.n) % 3 > 0), 2) AS m;
SELECT is_empty($$SELECT s.* FROM settled AS s WHERE s.method IS NOT NULL
    AND (SELECT sum(l.amount) FROM unnest(s.lines) AS l WHERE l.purpose IN ('application', 'unapplied', 'on_account')) <> s.amount$$, 'applications and what remains add up to the amount');
SELECT is_empty($$SELECT s.* FROM settled AS s WHERE s.remainder <> CASE WHEN s.method IS NULL THEN s.amount ELSE coalesce((SELECT sum(l.amount) FROM unnest(s.lines) AS l WHERE l.purpose IN ('unapplied', 'on_account')), 0) END
    OR sign(s.remainder) = -sign(s.amount)$$, 'what remains is what its lines say');
SELECT is_empty($$SELECT s.* FROM settled AS s CROSS JOIN LATERAL (SELECT l.item_id, sum(l.amount) AS amount FROM unnest(s.lines) AS l WHERE l.item_id IS NOT NULL GROUP BY l.item_id) AS l
    JOIN LATERAL unnest(s.items) AS i ON i.item_id = l.item_id WHERE abs(l.amount) > abs(i.amount) OR sign(l.amount) <> sign(i.amount)$$, 'nothing is settled with more than is open of it');
SELECT is((SELECT count(DISTINCT method) FROM settled), 17::bigint, 'every method finds something');
SELECT is((SELECT count(DISTINCT l.purpose) FROM settled AS s CROSS JOIN unnest(s.lines) AS l), 7::bigint, 'with lines of every purpose');
SELECT is_empty($$SELECT a.n FROM account AS a CROSS JOIN every AS e WHERE pg_temp.found(ARRAY[a.receipt], a.items, e.rules) <> pg_temp.found(ARRAY[a.receipt], a.items, ARRAY(SELECT r FROM unnest(e.rules) AS r ORDER BY r.score, random()))$$, 'the order of the array does not count');

SELECT * FROM finish();
ROLLBACK;
