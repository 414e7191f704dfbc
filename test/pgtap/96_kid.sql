-- Norwegian KID: a structured reference on accounts of which the bank agreed on one.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
INSERT INTO receivables.currency (currency, minor_units) VALUES ('NOK', 2) ON CONFLICT DO NOTHING;
INSERT INTO receivables.company (company_id, company_code, name, currency) VALUES (1, 'NO', 'Norge', 'NOK');
INSERT INTO receivables.customer (company_id, customer_id, customer_number, name) VALUES (1, 11, 'C1', 'Fjord AS'), (1, 12, 'C2', 'Skog AS');
INSERT INTO receivables.bank_account (company_id, account, currency) VALUES (1, 'PLAIN', 'NOK');
-- The invoices name their KID: of 7 digits by Luhn's formula (123456 gives 24, so 6; 123458 gives 28, so 2), of 6 modulo 11 (10003 gives 12, so -).
SELECT ar.post_invoice(1, 'C1', 'F-1', '2025-01-10', '2025-02-10', 100), ar.post_invoice(1, 'C1', 'F-2', '2025-01-10', '2025-02-10', 200, '1234566'),
       ar.post_invoice(1, 'C2', 'F-3', '2025-01-10', '2025-02-10', 300, '10003-'), ar.post_invoice(1, 'C1', 'F-4', '2025-01-10', '2025-02-10', 250, '1234582') \g /dev/null
SELECT throws_ok($$SELECT ar.set_reference_standards(1, 'NONE', '{}')$$, 'P0002', 'there is no bank account NONE', 'an account that is not there');
SELECT lives_ok($$SELECT ar.set_reference_standards(1, 'no 93 8601', '{no_kid_mod10:7}', 'NOK')$$, 'is entered with its currency');
SELECT lives_ok($$SELECT ar.set_reference_standards(1, 'NO938601', '{no_kid_mod10:7,no_kid_mod11:6}')$$, 'and has several standards');
SELECT is((SELECT a.reference_standards FROM receivables.bank_account AS a WHERE a.account = 'NO938601'), '{no_kid_mod10:7,no_kid_mod11:6}', 'by its number without spaces');
SELECT throws_ok($$SELECT ar.set_reference_standards(1, 'NO938601', '{}', 'EUR')$$, '23514', NULL, 'its currency stays');
SELECT throws_ok(format('SELECT ar.set_reference_standards(1, %L, %L)', 'NO938601', s), '23514', NULL, format('%s is no standard', s))
FROM unnest('{"{no_kid_mod10}","{no_kid_mod10:1}","{no_kid_mod10:26}","{fi}","{NULL}","{\"no_kid_mod10:7 no_kid_mod10:8\"}"}'::text[]) AS s;
SELECT is((SELECT string_agg(h.new_value::text, ' ' ORDER BY h.change_id) FROM receivables.change_history AS h WHERE h.table_name = 'bank_account' AND h.column_name = 'reference_standards'),
          '["no_kid_mod10:7", "no_kid_mod11:6"]', 'a change is in the history');
INSERT INTO receivables.bank_statement (company_id, bank_statement_id, format, account, statement_number, currency, content_hash) VALUES (1, 1, 'csv', 'NO938601', '1', 'NOK', 'x'), (1, 2, 'csv', 'PLAIN', '1', 'NOK', 'y');
INSERT INTO receivables.bank_line (company_id, bank_line_id, bank_statement_id, line_number, entry_number, entry_amount, booked_on, value_on, currency, amount, open_amount, structured_reference, remittance_text)
VALUES (1, 1, 1, 1, 1, 200, '2025-02-01', '2025-02-01', 'NOK', 200, 200, '1234566', NULL), (1, 2, 1, 2, 2, 300, '2025-02-01', '2025-02-01', 'NOK', 300, 300, NULL, 'KID 10003-'),
       (1, 3, 2, 1, 1, 250, '2025-02-01', '2025-02-01', 'NOK', 250, 250, '1234582', NULL), (1, 4, 1, 3, 3, 100, '2025-02-01', '2025-02-01', 'NOK', 100, 100, '1234567', NULL);
CREATE FUNCTION pg_temp.methods() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' ', p.bank_line_id, p.method, c.customer_number, trim_scale(p.score)), ', ' ORDER BY p.bank_line_id)
    FROM receivables.match_proposal AS p LEFT JOIN receivables.customer AS c USING (company_id, customer_id) WHERE p.status = 'open' AND p.rank = 1 AND p.bank_line_id IS NOT NULL$$;
SELECT ar.propose(1) \g /dev/null
SELECT is(pg_temp.methods(), '1 structured_reference C1 1, 2 structured_reference C2 1, 3 exact_number C1 0.98, 4 0', 'a KID is structured on an account that has it, a number on another, and nothing with a wrong check digit');
SELECT ar.set_reference_standards(1, 'NO938601', '{no_kid_mod11:6}');
SELECT ar.propose(1) \g /dev/null
SELECT is(pg_temp.methods(), '1 exact_number C1 0.98, 2 structured_reference C2 1, 3 exact_number C1 0.98, 4 0', 'the agreement is gone, and so is that');
SELECT ar.post_bank_line(1, 2, 'C2', remainder => 'unapplied') \g /dev/null
SELECT ar.propose(1) \g /dev/null
SELECT is((SELECT p.method FROM receivables.match_proposal AS p WHERE p.status = 'open' AND p.rank = 1 AND p.credit_item_id IS NOT NULL), 'structured_reference', 'a payment posted from the line keeps it');
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');
SELECT * FROM finish();
ROLLBACK;
