-- Whatever is proposed on random small books can be accepted, leaves the books sound, and can be undone.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
INSERT INTO receivables.company (company_id, company_code, name, currency) VALUES (1, 'EU', 'Europe', 'EUR');
INSERT INTO receivables.bank_account (company_id, account, currency) VALUES (1, 'OURS', 'EUR'), (1, 'THEIRS', 'USD');
INSERT INTO receivables.bank_statement (company_id, bank_statement_id, format, account, statement_number, currency, content_hash)
VALUES (1, 1, 'csv', 'OURS', '1', 'EUR', 'x'), (1, 2, 'csv', 'THEIRS', '1', 'USD', 'y');
INSERT INTO receivables.reason_code (company_id, reason_code, name, purpose, pattern) VALUES
    (1, 'DAMAGED', 'Damaged goods', 'deduction', 'damaged'), (1, 'SMALL', 'Small difference', 'write_off', NULL), (1, 'FEE', 'Bank charge', 'bank_fee', NULL);
SELECT count(ar.add_exchange_rate('USD', 'EUR', day::date, rate, 'ECB')) FROM (VALUES ('2025-01-01', 0.9), ('2025-03-01', 0.8)) AS v (day, rate) \g /dev/null
SELECT ar.set_payment_term(1, 'D10', '2 % in 10 days', '{"days": 30, "discounts": [{"days": 10, "percent": 2}]}') IS NOT NULL AS made \gset
-- Every method, with what is missing open, written off or kept back, in sets that leave out some of them.
SELECT count(ar.add_standard_match_rules(1, 'SET' || n, 'Set ' || n)) FROM generate_series(0, 5) AS n \g /dev/null
INSERT INTO receivables.match_rule (company_id, match_rule_set, position, method, score)
SELECT 1, 'SET' || n, 200 + o.place, o.method, 0.9 FROM generate_series(0, 5) AS n, unnest('{past_due_by_term,oldest_first}'::text[]) WITH ORDINALITY AS o (method, place);
DELETE FROM receivables.match_rule AS r WHERE r.company_id = 1 AND (r.position / 10 + substr(r.match_rule_set, 4)::integer) % 3 = 0;
UPDATE receivables.match_rule AS r SET tolerance_under = 3, tolerance_over = 3, tolerance_under_percent = 100, tolerance_over_percent = 100, shortfall = (ARRAY['open', 'write_off', 'deduction'])[1 + substr(r.match_rule_set, 4)::integer % 3],
    write_off_limit = 3, unearned_discount_percents = '{2,3,10}', remainder = (ARRAY['unapplied', 'on_account'])[1 + substr(r.match_rule_set, 4)::integer % 2], partial_allowed = substr(r.match_rule_set, 4)::integer < 4,
    account_discounts = (ARRAY['none', 'earned', 'all'])[1 + substr(r.match_rule_set, 4)::integer % 3], discount_grace_days = 5, reason_code = CASE substr(r.match_rule_set, 4)::integer % 3 WHEN 1 THEN 'SMALL' WHEN 2 THEN 'DAMAGED' END
WHERE r.company_id = 1;
SELECT setseed(0.375) \gset
INSERT INTO receivables.customer (company_id, customer_id, customer_number, name, match_rule_set)
SELECT 1, n, 'C' || n, 'Customer ' || n, 'SET' || n % 6 FROM generate_series(1, 100) AS n;
INSERT INTO receivables.customer_account (company_id, account, customer_id) SELECT 1, 'DE' || n, n FROM generate_series(1, 100) AS n;
CREATE TEMP TABLE billed AS
SELECT c AS customer, n, CASE WHEN n > 1 AND random() < 0.4 THEN 'CN' ELSE 'INV' END || lpad((c * 10 + n)::text, 6, '0') AS number, (10 + floor(random() * 12) * 5)::numeric AS amount,
       date '2025-02-01' + floor(random() * 40)::integer AS day, CASE WHEN random() < 0.5 THEN 'D10' END AS term, CASE WHEN c % 5 = 0 THEN 'USD' ELSE 'EUR' END AS currency
FROM generate_series(1, 100) AS c, generate_series(1, 5) AS n;
SELECT i.kind, (SELECT count(*) FROM ar.import_rows(1, i.kind, i.rows)) AS imported
FROM (SELECT 'invoice' AS kind, jsonb_agg(jsonb_build_object('customer_number', 'C' || customer, 'invoice_number', number, 'invoice_date', day, 'due_date', CASE WHEN term IS NULL THEN day + 30 END, 'amount', amount::text, 'payment_term', term, 'currency', currency)) AS rows
      FROM billed WHERE number LIKE 'INV%'
      UNION ALL
      SELECT 'credit_note', jsonb_agg(jsonb_build_object('customer_number', 'C' || customer, 'credit_note_number', number, 'credit_note_date', day, 'amount', amount::text, 'currency', currency)) FROM billed WHERE number LIKE 'CN%') AS i \g /dev/null
-- Two bank lines of each customer: of some items in full or less a percentage, with something missing or too much, that name them or not, or are advised line by line; some are paid back.
CREATE TEMP TABLE wanted AS
SELECT w.*, row_number() OVER (ORDER BY w.customer, w.k) AS bank_line_id, (ARRAY[0, 0, 0.02, 0.03, 0.1])[1 + floor(random() * 5)::integer] AS less, (ARRAY[0, 0, 0, 1, -2, 5])[1 + floor(random() * 6)::integer] AS missing,
       (ARRAY['text', 'advice', 'advice', 'none'])[1 + floor(random() * 4)::integer] AS says, random() < 0.2 AS has_charge
FROM (SELECT b.customer, k, array_agg(b.number ORDER BY b.n) AS numbers, array_agg(CASE WHEN b.number LIKE 'CN%' THEN -b.amount ELSE b.amount END ORDER BY b.n) AS amounts, min(b.currency) AS currency
      FROM billed AS b CROSS JOIN generate_series(1, 2) AS k
      WHERE random() < 0.5 GROUP BY b.customer, k) AS w;
INSERT INTO receivables.bank_line (company_id, bank_line_id, bank_statement_id, line_number, entry_number, entry_amount, booked_on, value_on, currency, amount, open_amount, charge_amount, payer_account, remittance_text)
SELECT 1, w.bank_line_id, CASE w.currency WHEN 'EUR' THEN 1 ELSE 2 END, w.bank_line_id, w.bank_line_id, w.amount, '2025-03-14', '2025-03-14', w.currency, w.amount, w.amount, CASE WHEN w.has_charge THEN 1 ELSE 0 END,
       'DE' || w.customer, CASE WHEN w.says = 'text' THEN array_to_string(w.numbers, ' ') ELSE 'damaged' END
FROM (SELECT w.*, (SELECT sum(round(a * (1 - w.less), 2)) FROM unnest(w.amounts) AS a) - w.missing - CASE WHEN w.has_charge THEN 1 ELSE 0 END AS amount FROM wanted AS w) AS w
WHERE w.amount <> 0;
INSERT INTO receivables.remittance_line (company_id, bank_line_id, reference, amount, deduction_amount, note)
SELECT 1, w.bank_line_id, x.number, round(x.amount * (1 - w.less), 2) - CASE WHEN x.place = 1 THEN w.missing + w.has_charge::integer ELSE 0 END,
       CASE WHEN w.customer % 2 = 0 AND x.amount > 0 THEN nullif(round(x.amount * w.less, 2) + greatest(CASE WHEN x.place = 1 THEN w.missing ELSE 0 END, 0), 0) END, CASE WHEN w.customer % 4 = 0 THEN 'damaged' END
FROM wanted AS w
JOIN receivables.bank_line AS b ON b.bank_line_id = w.bank_line_id
CROSS JOIN LATERAL unnest(w.numbers, w.amounts) WITH ORDINALITY AS x (number, amount, place)
WHERE w.says = 'advice';
SELECT cmp_ok((SELECT p.proposed FROM ar.propose(1) AS p), '>', 150::bigint, 'something is said of each');
SELECT is_empty($$SELECT f.*, p.method, p.rank, p.reasons FROM ar.match_faults(1, ARRAY(SELECT p.match_proposal_id FROM receivables.match_proposal AS p WHERE p.status = 'open' AND p.method IS NOT NULL)) AS f JOIN receivables.match_proposal AS p USING (match_proposal_id)$$,
    'whatever is proposed, first or as a rival, can be accepted');
CREATE TEMP TABLE proposed AS
SELECT p.match_proposal_id, p.method, p.rank, l.purpose, l.amount, b.amount < 0 AS is_refund
FROM receivables.match_proposal AS p JOIN receivables.match_proposal_line AS l USING (company_id, match_proposal_id) JOIN receivables.bank_line AS b USING (company_id, bank_line_id)
WHERE p.status = 'open' AND p.method IS NOT NULL;
SELECT is((SELECT count(DISTINCT p.purpose) FROM proposed AS p), 7::bigint, 'lines of every purpose among them');
SELECT cmp_ok((SELECT count(*) FROM proposed AS p WHERE p.purpose = 'discount' AND p.amount < 0), '>', 5::bigint, 'discounts on credits, too');
SELECT cmp_ok((SELECT count(*) FROM proposed AS p WHERE p.purpose NOT IN ('application', 'unapplied', 'on_account') AND p.is_refund), '>', 5::bigint, 'and differences where money is paid back');
SELECT cmp_ok((SELECT count(*) FROM proposed AS p WHERE p.rank > 1), '>', 5::bigint, 'and rivals');
SELECT is((SELECT count(*) FROM proposed AS p WHERE p.purpose = 'deduction' AND p.amount < 0), 0::bigint, 'nothing is kept back of a credit');
-- All that is proposed first fits together: it was assigned.
CREATE TEMP TABLE open_before AS SELECT i.item_id, i.open_amount, i.open_company_amount FROM receivables.item AS i;
SELECT lives_ok($$SELECT ar.accept(1, p.match_proposal_id) FROM (SELECT DISTINCT p.match_proposal_id FROM proposed AS p WHERE p.rank = 1 ORDER BY 1) AS p$$, 'all that is proposed first is accepted');
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'and the books are sound');
SELECT is_empty($$SELECT d.document_number FROM receivables.document AS d JOIN receivables.item AS i USING (company_id, document_id) WHERE d.kind IN ('adjustment', 'write_off') AND i.open_amount <> 0 AND NOT EXISTS (SELECT FROM receivables.deduction AS k WHERE k.item_id = i.item_id)$$,
    'what was posted for differences is settled');
SELECT lives_ok($$SELECT ar.undo_match(1, p.match_proposal_id, '2025-04-01', 'test') FROM (SELECT DISTINCT p.match_proposal_id FROM proposed AS p WHERE p.rank = 1 ORDER BY 1) AS p$$, 'all of it is undone');
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'and the books are sound');
SELECT is_empty('SELECT i.item_id, b.open_amount, i.open_amount FROM open_before AS b JOIN receivables.item AS i USING (item_id) WHERE (i.open_amount, i.open_company_amount) <> (b.open_amount, b.open_company_amount)', 'all is open as before');
SELECT * FROM finish();
ROLLBACK;
