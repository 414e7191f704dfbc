-- Books of a few hundred documents of every kind, imported in bulk, with
-- applications, reversals and what is still open. Deterministic.
SELECT ar.create_company('C1', 'Example SE', 'EUR', '{"country": "DE"}');
SELECT ar.create_company('C2', 'Example KK', 'JPY');

SELECT ar.import_rows(c, 'customer', (
    SELECT jsonb_agg(jsonb_build_object('customer_number', 'K' || n, 'name', 'Customer "' || n || E'"\t\\',
                                        'grade', chr(65 + n % 4), 'salesperson', 'S' || n % 7,
                                        'department', 'D' || n % 3, 'region', 'R' || n % 5,
                                        'attributes', jsonb_build_object('n', n, 'note', E'a''b\nc')))
    FROM generate_series(1, 120) AS n))
FROM generate_series(1, 2) AS c;

CREATE TABLE staged_invoice AS
SELECT 'I' || n AS invoice_number, 'K' || 1 + n % 120 AS customer_number,
       date '2025-01-01' + n AS invoice_date, date '2025-01-01' + n + 30 AS due_date,
       (100 + n * 37 % 1000)::numeric AS amount, 'i' || n AS idempotency_key
FROM generate_series(1, 400) AS n;
SELECT ar.import_table(c, 'invoice', 'staged_invoice') FROM generate_series(1, 2) AS c;
UPDATE staged_invoice SET amount = amount + 0.25, invoice_number = 'J' || invoice_number, idempotency_key = NULL;
SELECT ar.import_table(1, 'invoice', 'staged_invoice');

SELECT ar.import_rows(1, 'credit_note', (
    SELECT jsonb_agg(jsonb_build_object('credit_note_number', 'N' || n, 'customer_number', 'K' || n,
                                        'credit_note_date', date '2025-06-01' + n, 'amount', '12.50'))
    FROM generate_series(1, 60) AS n));
SELECT ar.import_rows(c, 'payment', (
    SELECT jsonb_agg(jsonb_build_object('payment_number', 'P' || n, 'customer_number', 'K' || 1 + n % 120,
                                        'payment_date', date '2025-02-01' + n, 'amount', CASE n % 3 WHEN 0 THEN 100 ELSE 60 END + n * 37 % 1000,
                                        'idempotency_key', 'p' || n))
    FROM generate_series(1, 300) AS n))
FROM generate_series(1, 2) AS c;
SELECT ar.import_rows(c, 'application', (
    SELECT jsonb_agg(jsonb_build_object('invoice_number', 'I' || n, 'payment_number', 'P' || n,
                                        'amount', CASE n % 3 WHEN 0 THEN 100 + n * 37 % 1000 ELSE 30 + n * 37 % 1000 / (1 + n % 2) END,
                                        'application_date', date '2025-03-01' + n, 'idempotency_key', 'a' || n))
    FROM generate_series(1, 300) AS n))
FROM generate_series(1, 2) AS c;
SELECT ar.apply(1, p.item_id, i.item_id, 12.50, '2026-02-01', 'credit note')
FROM receivables.credit_note AS p
JOIN LATERAL (SELECT min(i.item_id) AS item_id FROM receivables.invoice AS i
              WHERE i.company_id = 1 AND i.customer_id = p.customer_id AND i.invoice_number LIKE 'J%') AS i ON true
WHERE p.company_id = 1;
SELECT ar.reverse_application(a.company_id, a.application_id, a.effective_on + 20, 'bounced')
FROM receivables.application AS a
WHERE a.application_id % 10 = 0;
DROP TABLE staged_invoice;

-- Of everything else there is, a little.
SELECT ar.publish(1, 'invoice.posted'), ar.publish(1, 'customer.changed');
INSERT INTO receivables.calendar VALUES ('DE', 'Germany');
INSERT INTO receivables.holiday VALUES ('DE', '2025-10-03', false, 'Unity'), ('DE', '2025-10-04', true, 'Made up');
UPDATE receivables.company SET calendar = 'DE' WHERE company_id = 1;
SELECT ar.set_payment_term(1, 'THIRDS', 'Three instalments', '{"instalments": [{"percent": 30}, {"percent": 30, "days": 30}, {"days": 60}], "business_day": "following"}'),
       ar.set_number_series(1, 'INV', 'invoice', 'INV-{year}-{number:4}'),
       ar.set_check_rule(1, 'reference', 'invoice', 'required', 'reference', '{}', 'warning'),
       ar.load_account_map(1, 'china');
SELECT ar.import_rows(1, 'contract', '[{"contract_number": "V1", "customer_number": "K1", "contract_date": "2025-01-01", "amount": "1000"}]');
SELECT ar.amend_contract(1, 'V1', '2025-06-01', 500, 'more');
SELECT ar.add_exchange_rate('USD', 'EUR', '2025-01-01', 0.9, 'ECB'), ar.add_exchange_rate('USD', 'EUR', '2025-08-01', 0.95, 'ECB');
SELECT ar.post_invoice(1, 'K' || n, NULL, date '2025-09-01' + n, NULL, 333.33 + n, payment_term => 'THIRDS') FROM generate_series(1, 5) AS n;
SELECT ar.post_invoice(1, 'K1', NULL, '2025-09-01', '2025-10-01', 119, contract_number => 'V1', tax_amount => 19,
                       lines => '[{"net_amount": 100, "tax_rate": 0.19, "tax_amount": 19}]');
SELECT ar.post_invoice(1, 'K2', 'U' || n, '2025-07-01', '2025-08-01', 100, currency => 'USD') FROM generate_series(1, 3) AS n;
SELECT ar.post_payment(1, 'K2', 'UP1', '2025-08-10', 140, '[{"invoice_number": "U1", "amount": 100}, {"invoice_number": "U2", "amount": 40}]', currency => 'USD');
SELECT ar.revalue(1, '2025-08-31'), ar.revalue(1, '2025-09-30');
SELECT ar.post_credit_note(1, 'K2', 'UC1', '2025-09-10', 10, invoice_number => 'U3', currency => 'USD'),
       ar.post_deposit(1, 'K3', 'DP1', '2025-09-10', 50), ar.post_fee(1, 'K3', 'FE1', '2025-09-10', 5),
       ar.post_interest(1, 'K3', 'IN1', '2025-09-10', 1.23, 'I2'), ar.post_adjustment(1, 'K3', 'AD1', '2025-09-10', -2, 'rounded'),
       ar.post_opening_balance(1, 'K3', 'OB1', '2025-01-01', 77, '2024-06-30'),
       ar.post_write_off(1, 'K1', 'WO1', '2025-09-10', 9, 'small', 'INV-2025-0006'),
       ar.post_refund(1, 'K3', 'RF1', '2025-09-11', 20, deposit_number => 'DP1');
SELECT ar.transfer(1, i.item_id, 'K5', 'TR1', '2025-09-12', 'merged') FROM receivables.fee AS i;
SELECT ar.reverse_document(1, document_id, '2025-09-20', 'wrong') FROM receivables.document WHERE document_number IN ('UP1', 'AD1');
SELECT ar.assign_customer(1, 'K1', '2025-06-01', 'S9', 'D9', 'R9');
SELECT ar.import_rows(1, 'customer', '[{"customer_number": "K2", "name": "Renamed", "credit_limit": "5000", "source_key": "crm/2"}]');
SELECT ar.load_bank_statement(1, E':20:A\n:25:DE89370400440532013000\n:28C:1\n:60F:C250901EUR0,\n:61:250902C100,NTRFNONREF//B1\n:86:INV-2025-0001\n:61:250902D5,NCHGNONREF//B2\n:62F:C250902EUR95,\n-'),
       ar.load_bank_statement(1, E':20:B\n:25:DE89370400440532013000\n:28C:1\n:34F:EUR0,\n:13D:2509021200+0000\n:61:250902C100,NTRFNONREF//B1\n:90C:1EUR100,\n-');
SELECT ar.ignore_bank_line(1, l.bank_line_id, 'fee of the bank') FROM receivables.bank_line AS l WHERE l.amount = -5;
SELECT ar.add_remittance(1, l.bank_line_id, '[{"reference": "INV-2025-0001", "amount": "100", "note": "in part"}]') FROM receivables.bank_line AS l WHERE l.open_amount = 100;
INSERT INTO receivables.document (company_id, customer_id, document_date, kind, document_number, currency, amount, bank_line_id)
SELECT 1, c.customer_id, '2025-09-13', 'payment', 'BP1', 'EUR', 60, l.bank_line_id
FROM receivables.bank_line AS l JOIN receivables.customer AS c ON c.company_id = 1 AND c.customer_number = 'K1' WHERE l.open_amount = 100;
INSERT INTO receivables.item (company_id, customer_id, document_id, kind, currency, effective_on, due_on, amount)
SELECT 1, d.customer_id, d.document_id, 'payment', 'EUR', '2025-09-13', '2025-09-13', -60 FROM receivables.document AS d WHERE d.company_id = 1 AND d.document_number = 'BP1';
INSERT INTO receivables.customer_account (company_id, account, customer_id)
SELECT 1, 'DE02100100100006820101', c.customer_id FROM receivables.customer AS c WHERE c.company_id = 1 AND c.customer_number = 'K1';
INSERT INTO receivables.reason_code (company_id, reason_code, name, purpose, pattern, account, assigned_to) VALUES (1, 'DAMAGED', 'Damaged goods', 'deduction', 'damage|broken', '4711', 'Ann');
SELECT ar.add_standard_match_rules(1, 'OWN', 'Own rules');
INSERT INTO receivables.customer_group (company_id, customer_group, name, match_rule_set) VALUES (1, 'BIG', 'Big ones', 'OWN');
SELECT ar.import_rows(1, 'customer', '[{"customer_number": "K6", "name": "Customer 6", "customer_group": "BIG"}]');
INSERT INTO receivables.bank_account (company_id, account, currency) VALUES (1, 'MATCHED', 'EUR');
INSERT INTO receivables.bank_statement (company_id, bank_statement_id, format, account, statement_number, currency, content_hash) VALUES (1, 9001, 'csv', 'MATCHED', '1', 'EUR', 'matched');
INSERT INTO receivables.bank_line (company_id, bank_line_id, bank_statement_id, line_number, entry_number, entry_amount, booked_on, value_on, currency, amount, open_amount)
SELECT 1, 9000 + n, 9001, n, n, 20, '2025-11-01', '2025-11-01', 'EUR', 20, 20 FROM generate_series(1, 3) AS n;
SELECT ar.post_invoice(1, 'K6', 'M' || n, '2025-10-01', '2025-10-31', 21) FROM generate_series(1, 3) AS n;
SELECT ar.apply_manual(1, bank_line_id => 9000 + n, customer_number => 'K6', lines => jsonb_build_array(
    jsonb_build_object('invoice_number', 'M' || n, 'amount', 20),
    jsonb_build_object('invoice_number', 'M' || n, 'amount', 1, 'purpose', 'deduction', 'reason_code', 'DAMAGED', 'note', 'broken')))
FROM generate_series(1, 2) AS n;
SELECT ar.undo_match(1, max(match_proposal_id), '2025-11-05', 'not theirs') FROM receivables.match_proposal WHERE bank_line_id = 9002;
UPDATE receivables.deduction SET assigned_to = 'Bob' WHERE company_id = 1;
SELECT ar.take_snapshots(d.day) FROM unnest('{2025-01-31,2025-02-28,2025-06-30}'::date[]) AS d (day);
SELECT ar.add_standard_alarm_thresholds(1);
SELECT ar.evaluate_alarms(1, d.day) FROM unnest('{2025-02-28,2025-06-30}'::date[]) AS d (day);
SELECT ar.close_period(1, '2025-01-15', 'first fortnight');
SET ar.closed_period_reason = 'found later';
SELECT ar.post_fee(1, 'K4', 'FE2', '2025-01-10', 3);
RESET ar.closed_period_reason;
