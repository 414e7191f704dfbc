-- What a proposal looks up says what the tables say, of much or of little.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
INSERT INTO receivables.company (company_id, company_code, name, currency) VALUES (1, 'A', 'First', 'EUR'), (2, 'B', 'Second', 'EUR');
INSERT INTO receivables.customer (company_id, customer_id, customer_number, name)
SELECT c, 10 * i + c, 'K' || i, 'K' || i FROM generate_series(1, 2) AS c, generate_series(1, 20) AS i;

-- Amounts in two currencies that are the same, or the same for the company; some of them partly paid.
SELECT count(ar.post_invoice(c, 'K' || i, concat_ws('-', 'I', i, a, u), '2026-01-10', '2026-02-10', a, currency => u, exchange_rate => CASE u WHEN 'USD' THEN 0.5 END)) AS posted
FROM generate_series(1, 2) AS c, generate_series(1, 20) AS i, unnest('{50,100,200}'::numeric[]) AS a, unnest('{EUR,USD}'::text[]) AS u
WHERE (i + a::integer / 50 + length(u) + CASE u WHEN 'USD' THEN i / 3 ELSE 0 END) % 4 <> 0 \gset
SELECT count(ar.post_payment(1, 'K' || i, 'P' || i, '2026-01-20', 25, jsonb_build_array(jsonb_build_object('invoice_number', d.document_number, 'amount', 25)))) AS paid
FROM generate_series(1, 20, 3) AS i
JOIN receivables.document AS d ON d.company_id = 1 AND d.document_number = format('I-%s-100-EUR', i) \gset
SELECT results_eq(
    format('SELECT * FROM ar.agreeing_amounts(1, %L, %L, %L) ORDER BY 1, 2, 3', customers, currencies, amounts),
    format($$SELECT DISTINCT i.customer_id, i.currency, i.open_amount FROM receivables.item AS i
             WHERE i.company_id = 1 AND i.customer_id = ANY (%L) AND i.currency = ANY (%L) AND i.open_amount = ANY (%L) AND i.open_amount <> 0 ORDER BY 1, 2, 3$$,
           customers, currencies, amounts),
    format('%s that are open in %s', amounts, currencies))
FROM (SELECT array_agg(c.customer_id) FROM receivables.customer AS c WHERE c.company_id = 1 AND c.customer_id < 160) AS c (customers),
     (VALUES ('{EUR}'::text[]), ('{USD}'), ('{EUR,USD}'), ('{CHF}')) AS u (currencies),
     (VALUES ('{100}'::numeric[]), ('{50,75}'), ('{100,200,-25}'), ('{1}')) AS a (amounts);
SELECT cmp_ok((SELECT count(*) FROM ar.agreeing_amounts(1, '{11,21,31,41,51,61,71}', '{EUR}', '{50,75,100}')), '>', 5::bigint, 'some are');
SELECT is_empty($$SELECT * FROM ar.agreeing_amounts(1, '{}', '{EUR}', '{50}')$$, 'of nobody, none');
SELECT is_empty($$SELECT * FROM ar.agreeing_amounts(2, '{11,21,31}', '{EUR}', '{50,100,200}')$$, 'nor of customers of another company');

-- Payments on account: those that were entered, and those that a bank line was posted as.
SELECT count(ar.post_payment(1, 'K' || i, 'A' || i, '2026-01-21', 10 + i)) AS posted FROM generate_series(1, 20) AS i \gset
INSERT INTO receivables.bank_account (company_id, account, currency) VALUES (1, 'OURS', 'EUR');
INSERT INTO receivables.bank_statement (company_id, bank_statement_id, format, account, statement_number, currency, content_hash) VALUES (1, 1, 'csv', 'OURS', '1', 'EUR', 'x');
INSERT INTO receivables.bank_line (company_id, bank_line_id, bank_statement_id, line_number, entry_number, entry_amount, booked_on, value_on, currency, amount, open_amount)
SELECT 1, i, 1, i, i, 30 + i, '2026-02-01', '2026-02-01', 'EUR', 30 + i, 30 + i FROM generate_series(1, 6) AS i;
SELECT count(ar.post_bank_line(1, i, 'K' || i, 30 + i, CASE i % 2 WHEN 0 THEN 'on_account' ELSE 'unapplied' END)) AS posted FROM generate_series(1, 6) AS i \gset
INSERT INTO receivables.match_proposal (company_id, match_proposal_id, credit_item_id, customer_id, rank, method, score, amount, remainder, reasons, content_hash)
SELECT 1, 7000 + i.item_id, i.item_id, i.customer_id, 1, 'manual', 1, 1, 1, 'by hand', 'x'
FROM receivables.item AS i JOIN receivables.document AS d USING (company_id, document_id) WHERE i.company_id = 1 AND d.document_number LIKE 'A%' AND i.customer_id % 20 = 1;
INSERT INTO receivables.match_proposal_line (company_id, match_proposal_id, line_number, purpose, amount)
SELECT p.company_id, p.match_proposal_id, 1, CASE p.customer_id % 40 WHEN 1 THEN 'on_account' ELSE 'unapplied' END, 1 FROM receivables.match_proposal AS p WHERE p.match_proposal_id > 7000;
UPDATE receivables.match_proposal AS p SET status = CASE WHEN p.customer_id IN (41, 81, 61) THEN 'accepted' ELSE 'rejected' END WHERE p.match_proposal_id > 7000 AND p.customer_id <> 121;
CREATE TEMP TABLE credit AS SELECT i.item_id FROM receivables.item AS i WHERE i.company_id = 1 AND i.kind = 'payment';
SELECT cmp_ok((SELECT count(*) FROM receivables.payment_on_account), '>', 3::bigint, 'some are on account');
SELECT set_eq(format('SELECT unnest(ar.payments_on_account(1, ARRAY(SELECT c.item_id FROM credit AS c WHERE c.item_id %% 2 = %s) || ARRAY(SELECT generate_series(900001, %s)::bigint)))', rest, last),
              format('SELECT o.item_id FROM receivables.payment_on_account AS o JOIN credit AS c ON c.item_id = o.item_id WHERE c.item_id %% 2 = %s', rest), format('those of a part, with %s others', last - 900000))
FROM generate_series(0, 1) AS rest, unnest('{900000,900200}'::integer[]) AS last;
SELECT is_empty($$SELECT c.item_id FROM credit AS c WHERE ar.payments_on_account(1, ARRAY[c.item_id]) <> ARRAY(SELECT o.item_id FROM receivables.payment_on_account AS o WHERE o.item_id = c.item_id)$$, 'one by one');
SELECT is(ar.payments_on_account(1, '{}'), '{}', 'of nothing, nothing');
SELECT is(ar.payments_on_account(2, ARRAY(SELECT c.item_id FROM credit AS c)), '{}', 'nothing of another company');
SELECT * FROM finish();
ROLLBACK;
