-- Journal lines of every kind of document, the account map, and the journal against the items.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
SELECT ar.create_company('CN', '某某有限公司', 'CNY') AS cn, ar.create_company('GB', 'Plain Ltd', 'GBP') AS gb \gset
SELECT set_config('test.cn', :'cn', true) = :'cn' AS cn_set, set_config('test.gb', :'gb', true) = :'gb' AS gb_set \gset
CREATE FUNCTION pg_temp.cn() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT current_setting('test.cn')::bigint$$;
CREATE FUNCTION pg_temp.gb() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT current_setting('test.gb')::bigint$$;
CREATE FUNCTION pg_temp.item(document_number text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT i.item_id FROM receivables.item AS i JOIN receivables.document AS d USING (company_id, document_id)
    WHERE d.company_id = pg_temp.cn() AND d.document_number = item.document_number
$$;
CREATE FUNCTION pg_temp.document(document_number text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT d.document_id FROM receivables.document AS d
    WHERE d.company_id = pg_temp.cn() AND d.document_number = document.document_number
$$;
-- The lines of a document, or of the applications of a deposit, as text: date, account and 'Dr' or 'Cr' with the amount.
CREATE FUNCTION pg_temp.journal(document_number text, kind text DEFAULT NULL) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT concat_ws(' ', j.posting_date, j.account, CASE WHEN j.debit > 0 THEN 'Dr ' || round(j.debit, 2) END,
                     CASE WHEN j.credit > 0 THEN 'Cr ' || round(j.credit, 2) END, j.currency, round(j.amount, 2))
    FROM receivables.journal_line AS j
    WHERE j.company_id = pg_temp.cn() AND j.document_number = journal.document_number AND (j.kind = 'application') = (journal.kind IS NOT NULL)
    ORDER BY j.posting_date, j.application_id, j.line
$$;
SET LOCAL datestyle = 'ISO';
SELECT count(*) AS imported FROM ar.import_rows(pg_temp.cn(), 'customer', '[{"customer_number": "C1", "name": "甲"}, {"customer_number": "C2", "name": "乙"}]') \gset

-- The account map
SELECT ar.post_fee(pg_temp.cn(), 'C1', 'F0', '2025-01-01', 5) AS f0 \gset
SELECT results_eq($$SELECT pg_temp.journal('F0')$$, ARRAY['2025-01-01 receivable Dr 5.00 CNY 5.00', '2025-01-01 fee_income Cr 5.00 CNY -5.00'],
                  'without a map the role stands for the account');
SELECT is(ar.load_account_map(pg_temp.cn(), 'china'), 15, 'the Chinese accounts');
SELECT results_eq($$SELECT pg_temp.journal('F0')$$, ARRAY['2025-01-01 1122 Dr 5.00 CNY 5.00', '2025-01-01 6301 Cr 5.00 CNY -5.00'],
                  'what was posted before shows them too');
SELECT is((SELECT array_agg(j.account_name ORDER BY j.line) FROM receivables.journal_line AS j WHERE j.document_number = 'F0'),
          '{应收账款,营业外收入}', 'by their names');
SELECT is(ar.load_account_map(pg_temp.gb(), 'international'), 15, 'accounts for anybody else');
SELECT results_eq($$SELECT account_role, account, name FROM receivables.account_map WHERE company_id = pg_temp.gb() AND account_role IN ('receivable', 'cash') ORDER BY 1$$,
                  $$VALUES ('cash', '1000', 'Bank'), ('receivable', '1200', 'Accounts receivable')$$, 'each company has its own');
UPDATE receivables.account_map SET account = '112201' WHERE company_id = :gb AND account_role = 'receivable';
SELECT is(ar.load_account_map(pg_temp.gb(), 'china'), 15, 'a map can be loaded again');
SELECT is((SELECT account FROM receivables.account_map WHERE company_id = :gb AND account_role = 'receivable'), '1122', 'and replaces what was there');
SELECT throws_ok($$SELECT ar.load_account_map(pg_temp.cn(), 'martian')$$, '22023', 'there is no chart of accounts martian', 'an unknown chart');
SELECT throws_ok($$SELECT ar.load_account_map(pg_temp.cn(), NULL)$$, '22023', 'there is no chart of accounts null', 'no chart');
SELECT throws_ok($$SELECT ar.load_account_map(-1, 'china')$$, '23503', 'company -1 does not exist', 'an unknown company');
SELECT throws_ok($$INSERT INTO receivables.account_map VALUES (pg_temp.cn(), 'petty_cash', '1001', '库存现金')$$, '23514', NULL, 'an unknown role');

-- Every kind of document, by hand. C = 应收账款 1122.
SELECT ar.post_invoice(pg_temp.cn(), 'C1', 'I1', '2025-01-10', '2025-02-09', 1130, tax_amount => 130) AS i1,
       ar.post_invoice(pg_temp.cn(), 'C1', 'I2', '2025-01-11', '2025-02-10', 100.01, currency => 'USD', exchange_rate => 7.1234, tax_amount => 11.51) AS i2,
       ar.post_invoice(pg_temp.cn(), 'C1', 'I3', '2025-01-12', '2025-02-11', 50) AS i3,
       ar.post_credit_note(pg_temp.cn(), 'C1', 'CN1', '2025-01-20', 113, invoice_number => 'I1', tax_amount => 13) AS cn1,
       ar.post_payment(pg_temp.cn(), 'C1', 'P1', '2025-01-25', 500, '[{"invoice_number": "I1", "amount": 500}]') AS p1,
       ar.post_deposit(pg_temp.cn(), 'C1', 'D1', '2025-01-26', 300) AS d1,
       ar.post_write_off(pg_temp.cn(), 'C1', 'W1', '2025-01-27', 50, 'hopeless', 'I3') AS w1,
       ar.post_adjustment(pg_temp.cn(), 'C1', 'A1', '2025-01-28', -7, 'rounding') AS a1,
       ar.post_interest(pg_temp.cn(), 'C1', 'N1', '2025-01-29', 3.5) AS n1,
       ar.post_opening_balance(pg_temp.cn(), 'C1', 'O1', '2025-01-01', -20) AS o1 \gset
SELECT results_eq(format('SELECT pg_temp.journal(%L)', number), expected, name)
FROM (VALUES
    ('I1', ARRAY['2025-01-10 1122 Dr 1130.00 CNY 1130.00', '2025-01-10 6001 Cr 1000.00 CNY -1000.00', '2025-01-10 22210107 Cr 130.00 CNY -130.00'], 'an invoice with tax'),
    -- 100.01 x 7.1234 = 712.41; 11.51 x 7.1234 = 81.99; what is left is revenue.
    ('I2', ARRAY['2025-01-11 1122 Dr 712.41 USD 100.01', '2025-01-11 6001 Cr 630.42 USD -88.50', '2025-01-11 22210107 Cr 81.99 USD -11.51'], 'an invoice in dollars'),
    ('I3', ARRAY['2025-01-12 1122 Dr 50.00 CNY 50.00', '2025-01-12 6001 Cr 50.00 CNY -50.00'], 'an invoice without tax'),
    ('CN1', ARRAY['2025-01-20 1122 Cr 113.00 CNY -113.00', '2025-01-20 6001 Dr 100.00 CNY 100.00', '2025-01-20 22210107 Dr 13.00 CNY 13.00'], 'a credit note'),
    ('P1', ARRAY['2025-01-25 1122 Cr 500.00 CNY -500.00', '2025-01-25 1002 Dr 500.00 CNY 500.00'], 'a payment'),
    ('D1', ARRAY['2025-01-26 2203 Cr 300.00 CNY -300.00', '2025-01-26 1002 Dr 300.00 CNY 300.00'], 'a deposit'),
    ('W1', ARRAY['2025-01-27 1122 Cr 50.00 CNY -50.00', '2025-01-27 1231 Dr 50.00 CNY 50.00'], 'a write-off'),
    ('A1', ARRAY['2025-01-28 1122 Cr 7.00 CNY -7.00', '2025-01-28 1901 Dr 7.00 CNY 7.00'], 'an adjustment in favour of the customer'),
    ('N1', ARRAY['2025-01-29 1122 Dr 3.50 CNY 3.50', '2025-01-29 6603 Cr 3.50 CNY -3.50'], 'interest'),
    ('O1', ARRAY['2025-01-01 1122 Cr 20.00 CNY -20.00', '2025-01-01 4104 Dr 20.00 CNY 20.00'], 'an opening balance in favour of the customer')) AS v (number, expected, name);

-- A deposit is a liability until it settles something.
SELECT is_empty($$SELECT pg_temp.journal('D1', 'application')$$, 'a deposit that settles nothing has no other lines');
SELECT ar.apply(pg_temp.cn(), pg_temp.item('D1'), pg_temp.item('I1'), 120, '2025-02-01') AS applied \gset
SELECT ar.reverse_application(pg_temp.cn(), :applied, '2025-02-05', 'wrong invoice') AS unapplied \gset
SELECT ar.post_refund(pg_temp.cn(), 'C1', 'R1', '2025-02-06', 80, deposit_number => 'D1') AS r1 \gset
SELECT results_eq($$SELECT pg_temp.journal('D1', 'application')$$, ARRAY[
    '2025-02-01 2203 Dr 120.00 CNY 120.00', '2025-02-01 1122 Cr 120.00 CNY -120.00',
    '2025-02-05 2203 Cr 120.00 CNY -120.00', '2025-02-05 1122 Dr 120.00 CNY 120.00',
    '2025-02-06 2203 Dr 80.00 CNY 80.00', '2025-02-06 1122 Cr 80.00 CNY -80.00'], 'applied, undone, refunded');
SELECT results_eq($$SELECT pg_temp.journal('R1')$$, ARRAY['2025-02-06 1122 Dr 80.00 CNY 80.00', '2025-02-06 1002 Cr 80.00 CNY -80.00'], 'the refund pays out');
SELECT results_eq($$SELECT * FROM ar.reconcile_journal(pg_temp.cn(), '2025-02-06')$$,
    -- 5 - 20 + 1130 + 712.41 + 50 - 113 - 500 - 50 - 7 + 3.50 = 1210.91; 300 - 80 = 220
    $$VALUES ('receivable', 1210.91, 1210.91, 0.00), ('customer_deposits', -220.00, -220.00, 0.00)$$, 'balances of both accounts');
SELECT results_eq($$SELECT journal_balance FROM ar.reconcile_journal(pg_temp.cn(), '2025-02-04')$$, ARRAY[1090.91, -180.00], 'while the application stood');

-- Exchange differences: a gain, a loss, and one undone.
SELECT ar.post_payment(pg_temp.cn(), 'C1', 'P2', '2025-02-10', 60, '[{"invoice_number": "I2", "amount": 60}]', currency => 'USD', exchange_rate => 7.2) AS p2,
       ar.post_payment(pg_temp.cn(), 'C1', 'P3', '2025-02-11', 40.01, '[{"invoice_number": "I2", "amount": 40.01}]', currency => 'USD', exchange_rate => 7.0) AS p3 \gset
CREATE FUNCTION pg_temp.exchange() RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT concat_ws(' ', j.posting_date, j.account_role, j.debit, j.credit, j.amount)
    FROM receivables.journal_line AS j WHERE j.company_id = pg_temp.cn() AND j.kind = 'exchange_difference' ORDER BY j.document_id, j.line
$$;
-- 60 at 7.2 are 432.00, booked at 427.40 (712.41 x 60 / 100.01); 40.01 at 7.0 are 280.07, booked at the remaining 285.01.
SELECT results_eq('SELECT pg_temp.exchange()', ARRAY[
    '2025-02-10 receivable 4.60 0.00 0', '2025-02-10 exchange_gain 0.00 4.60 0',
    '2025-02-11 receivable 0.00 4.94 0', '2025-02-11 exchange_loss 4.94 0.00 0'], 'a gain and a loss');
SELECT ar.reverse_document(pg_temp.cn(), pg_temp.document('P3'), '2025-02-20', 'bounced') AS p3_undone \gset
SELECT results_eq('SELECT pg_temp.exchange() OFFSET 4', ARRAY['2025-02-20 receivable 4.94 0.00 0', '2025-02-20 exchange_loss 0.00 4.94 0'],
                  'a loss undone lowers the losses');
SELECT results_eq($$SELECT pg_temp.journal('P3/reversal')$$, ARRAY['2025-02-20 1122 Dr 280.07 USD 40.01', '2025-02-20 1002 Cr 280.07 USD -40.01'],
                  'a reversal has the sides swapped');
SELECT ar.reverse_document(pg_temp.cn(), pg_temp.document('D1'), '2025-02-21', 'never paid') AS d1_undone \gset
SELECT results_eq($$SELECT pg_temp.journal('D1/reversal')$$, ARRAY['2025-02-21 2203 Dr 300.00 CNY 300.00', '2025-02-21 1002 Cr 300.00 CNY -300.00'],
                  'a deposit undone');
SELECT results_eq($$SELECT pg_temp.journal('D1', 'application') OFFSET 6$$, ARRAY['2025-02-21 2203 Cr 80.00 CNY -80.00', '2025-02-21 1122 Dr 80.00 CNY 80.00'],
                  'settles no longer what it settled, and its own reversal moves nothing');
SELECT results_eq($$SELECT journal_balance, difference FROM ar.reconcile_journal(pg_temp.cn(), '2025-02-21')$$,
    -- 1210.91 - 432 + 4.60 - 280.07 - 4.94 + 280.07 + 4.94 + 80 = 863.51
    $$VALUES (863.51, 0.00), (0.00, 0.00)$$, 'nothing is left of the deposit');

-- A transfer
SELECT ar.transfer(pg_temp.cn(), pg_temp.item('N1'), 'C2', 'T1', '2025-03-01', 'merged') AS t1 \gset
SELECT results_eq($$SELECT concat_ws(' ', c.customer_number, j.kind, j.account, j.debit, j.credit) FROM receivables.journal_line AS j
                    JOIN receivables.customer AS c USING (company_id, customer_id) WHERE j.document_number = 'T1' ORDER BY j.document_id, j.line$$,
    ARRAY['C1 transfer_out 1122 0.00 3.50', 'C1 transfer_out 1221 3.50 0.00', 'C2 transfer_in 1122 3.50 0.00', 'C2 transfer_in 1221 0.00 3.50'],
    'a transfer goes from customer to customer over the clearing account');

-- A random book: balanced, in step with the items, and as plain SQL has it.
\ir random_book.psql
SELECT clock_timestamp() AS known \gset
SELECT is_empty($$SELECT company_id, document_id, application_id FROM receivables.journal_line GROUP BY 1, 2, 3
                  HAVING sum(debit) <> sum(credit) OR count(*) < 2 OR sum(amount) <> 0
                      OR count(*) <> count(DISTINCT line) OR min(line) <> 1$$, 'every entry balances, in both currencies');
SELECT is_empty($$SELECT * FROM receivables.journal_line WHERE debit < 0 OR credit < 0 OR (debit = 0) = (credit = 0)
                  OR amount <> 0 AND sign(amount) <> sign(debit - credit)$$, 'every line is a debit or a credit');
SELECT is_empty($$SELECT d.document_id FROM receivables.document AS d
                  WHERE NOT EXISTS (SELECT FROM receivables.journal_line AS j WHERE j.company_id = d.company_id AND j.document_id = d.document_id)$$,
                'every document has an entry');
SELECT cmp_ok((SELECT count(*) FROM receivables.journal_line WHERE company_id = pg_temp.random_company() AND application_id IS NOT NULL), '>', 50::bigint,
              'the book has deposits that settle something');
CREATE FUNCTION pg_temp.differences() RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT concat_ws(' ', t.day::date, r.account_role, r.journal_balance, r.item_balance)
    FROM generate_series(timestamp '2024-12-25', '2025-06-15', '3 days') AS t (day),
         LATERAL ar.reconcile_journal(pg_temp.random_company(), t.day::date) AS r
    WHERE r.difference <> 0 OR r.journal_balance <> r.item_balance
$$;
SELECT is_empty('SELECT pg_temp.differences()', 'the journal agrees with the items at every date');
SELECT is_empty($$
    WITH d AS (
        SELECT x.document_date AS day, x.kind, x.company_amount AS amount,
               CASE WHEN x.tax_amount IS NULL OR x.kind NOT IN ('invoice', 'credit_note') THEN 0
                    ELSE round(x.tax_amount * x.exchange_rate, 2) END AS tax,
               x.reverses_document_id IS NOT NULL AS undoes
        FROM receivables.document AS x WHERE x.company_id = pg_temp.random_company()),
    expected (account_role, day, amount) AS (
        SELECT 'cash', day, CASE kind WHEN 'refund' THEN -amount ELSE amount END FROM d WHERE kind IN ('payment', 'deposit', 'refund')
        UNION ALL SELECT 'revenue', day, CASE kind WHEN 'invoice' THEN tax - amount ELSE amount - tax END FROM d WHERE kind IN ('invoice', 'credit_note')
        UNION ALL SELECT 'tax', day, CASE kind WHEN 'invoice' THEN -tax ELSE tax END FROM d WHERE kind IN ('invoice', 'credit_note')
        UNION ALL SELECT 'allowance', day, amount FROM d WHERE kind = 'write_off'
        UNION ALL SELECT 'interest_income', day, -amount FROM d WHERE kind = 'interest'
        UNION ALL SELECT 'fee_income', day, -amount FROM d WHERE kind = 'fee'
        UNION ALL SELECT kind, day, -amount FROM d WHERE kind IN ('adjustment', 'opening_balance')
        UNION ALL SELECT 'transfer_clearing', day, -amount FROM d WHERE kind IN ('transfer_in', 'transfer_out')
        UNION ALL SELECT 'exchange_gain', day, -amount FROM d WHERE kind = 'exchange_difference' AND (amount > 0) <> undoes
        UNION ALL SELECT 'exchange_loss', day, -amount FROM d WHERE kind = 'exchange_difference' AND (amount > 0) = undoes)
    SELECT account_role, day, e.amount, j.amount
    FROM (SELECT x.account_role, x.day, sum(x.amount) AS amount FROM expected AS x GROUP BY 1, 2) AS e
    FULL JOIN (SELECT x.account_role, x.posting_date AS day, sum(x.debit) - sum(x.credit) AS amount FROM receivables.journal_line AS x
               WHERE x.company_id = pg_temp.random_company() AND x.account_role NOT IN ('receivable', 'customer_deposits') GROUP BY 1, 2) AS j
        USING (account_role, day)
    WHERE coalesce(e.amount, 0) <> coalesce(j.amount, 0)$$, 'the other accounts have each day what its documents come to');
SELECT is((SELECT sum(debit - credit) FROM receivables.journal_line WHERE company_id = pg_temp.random_company() AND account_role = 'customer_deposits'),
          (SELECT sum(open_company_amount) FROM receivables.item WHERE company_id = pg_temp.random_company() AND kind = 'deposit'), 'and deposits to what is left of them');

-- Both clocks
SELECT count(*) AS lines_before, sum(debit) AS debit_before FROM receivables.journal_line \gset
SELECT ar.post_payment(pg_temp.random_company(), 'R1', 'late', '2025-01-02', 99) AS late,
       ar.post_deposit(pg_temp.random_company(), 'R1', 'late', '2025-01-02', 11) AS late_deposit \gset
SELECT is((SELECT count(*) FROM receivables.journal_line), :lines_before + 4::bigint, 'entered late, effective early');
SELECT set_config('test.known', :'known', true) IS NOT NULL AS set \gset
CREATE FUNCTION pg_temp.known() RETURNS timestamptz LANGUAGE sql STABLE AS $$SELECT current_setting('test.known')::timestamptz$$;
SELECT results_eq($$SELECT n.journal_balance - k.journal_balance, k.difference FROM ar.reconcile_journal(pg_temp.random_company(), '2025-08-01', pg_temp.known()) AS k
                    JOIN ar.reconcile_journal(pg_temp.random_company(), '2025-08-01', NULL) AS n USING (account_role) ORDER BY account_role DESC$$,
                  $$VALUES (-99.00, 0.00), (-11.00, 0.00)$$, 'the journal and the items as they were known');
SELECT is(current_setting('ar.known_at'), '', 'leaves the setting as it was');
SET LOCAL ar.known_at = :'known';
SELECT is((SELECT count(*) FROM receivables.journal_line), :lines_before::bigint, 'the journal as it was known');
SELECT is((SELECT sum(difference) FROM ar.reconcile_journal(pg_temp.random_company(), '2025-08-01', NULL)), 0.00, 'all that is known, whatever the setting');
SELECT is(current_setting('ar.known_at'), :'known', 'which stays');
RESET ar.known_at;
SELECT throws_ok($$SELECT ar.reconcile_journal(-1)$$, '23503', 'company -1 does not exist', 'an unknown company');
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');
SELECT finish();
ROLLBACK;
