-- :payments payments of bench.cash as :what, 'bank lines' or 'payments' (unapplied, the customer known).
SET client_min_messages = warning;
SELECT :'what' = 'bank lines' AS lines \gset
BEGIN;
\if :lines
    INSERT INTO receivables.bank_account (company_id, account, currency) VALUES (1, 'BENCH', 'EUR') ON CONFLICT DO NOTHING;
    INSERT INTO receivables.bank_statement (company_id, bank_statement_id, format, account, statement_number, currency, content_hash)
    VALUES (1, 1, 'jsonb', 'BENCH', '1', 'EUR', 'bench');
    INSERT INTO receivables.bank_line (company_id, bank_line_id, bank_statement_id, line_number, entry_number, booked_on, value_on, currency, amount, entry_amount,
                                       payer_name, payer_account, remittance_text)
    SELECT 1, c.payment_id, 1, c.payment_id, c.payment_id, c.received_on, c.received_on, 'EUR', c.amount, c.amount, c.payer_name, c.payer_account, c.remittance_text
    FROM bench.cash AS c WHERE c.payment_id <= :payments ORDER BY c.payment_id;
\else
    INSERT INTO receivables.document (company_id, document_id, customer_id, document_date, kind, document_number, currency, amount, company_amount, reference)
    SELECT 1, 10000000 + c.payment_id, c.customer_id, c.received_on, 'payment', 'P' || c.payment_id, 'EUR', c.amount, c.amount, c.remittance_text
    FROM bench.cash AS c WHERE c.payment_id <= :payments ORDER BY c.payment_id;
    INSERT INTO receivables.item (company_id, item_id, customer_id, document_id, kind, currency, effective_on, due_on, amount, open_amount,
                                  company_amount, open_company_amount)
    SELECT 1, 10000000 + c.payment_id, c.customer_id, 10000000 + c.payment_id, 'payment', 'EUR', c.received_on, c.received_on, -c.amount, -c.amount,
           -c.amount, -c.amount
    FROM bench.cash AS c WHERE c.payment_id <= :payments ORDER BY c.payment_id;
\endif
COMMIT;
VACUUM ANALYZE receivables.bank_line;
VACUUM ANALYZE receivables.document;
VACUUM ANALYZE receivables.item;
