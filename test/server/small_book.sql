-- A few postings of every kind, every view read and the books checked, by
-- whatever role and with whatever search_path the session has.
SELECT ar.create_company('C1', 'Example', 'EUR');
SELECT ar.import_rows(1, 'customer', '[{"customer_number": "K1", "name": "One", "grade": "A", "salesperson": "S"},
                                       {"customer_number": "K2", "name": "Two", "region": "R"}]');
CREATE TEMP TABLE staged (invoice_number text, customer_number text, invoice_date text, due_date date,
                          amount numeric, idempotency_key text);
INSERT INTO staged VALUES ('I1', 'K1', '2026-01-10', '2026-02-09', 100.00, 'i1'),
                          ('I2', 'K1', '2026-02-10', '2026-03-12', 50.50, 'i2'),
                          ('I3', 'K2', '2026-03-10', '2026-04-09', 70.00, 'i3');
SELECT ar.check_table(1, 'invoice', 'staged');
SELECT ar.import_table(1, 'invoice', 'staged');
SELECT ar.import_table(1, 'invoice', 'staged');
SELECT ar.check_rows(1, 'invoice', '[{"invoice_number": "I1", "amount": "x", "due_date": "2026-02-30"}]');
SELECT ar.post_invoice(1, 'K2', 'I4', '2026-03-20', '2026-03-31', 10);
SELECT ar.post_credit_note(1, 'K1', 'N1', '2026-03-01', 5.50);
SELECT ar.post_payment(1, 'K1', 'P1', '2026-03-05', 120,
                       '[{"invoice_number": "I1", "amount": 100}, {"invoice_number": "I2", "amount": "10.00"}]');
SELECT ar.apply(1, c.item_id, i.item_id, 5.50)
FROM receivables.credit_note AS c, receivables.invoice AS i
WHERE c.credit_note_number OPERATOR(pg_catalog.=) 'N1' AND i.invoice_number OPERATOR(pg_catalog.=) 'I2';
SELECT ar.reverse_application(1, a.application_id, '2026-04-01', 'bounced')
FROM receivables.application AS a WHERE a.amount OPERATOR(pg_catalog.=) 100;
SET ar.as_of = '2026-05-15';
TABLE receivables.invoice;
TABLE receivables.credit_note;
TABLE receivables.payment;
TABLE receivables.open_item;
TABLE receivables.aging_by_customer;
TABLE receivables.aging_by_salesperson;
TABLE receivables.aging_by_department;
TABLE receivables.aging_by_region;
TABLE receivables.aging_summary;
TABLE receivables.customer_ranking;
TABLE receivables.dso;
SET ar.as_of = '2026-03-15';
TABLE receivables.aging_summary;
TABLE receivables.open_item;
SELECT ar.open_items('2026-03-15', '2100-01-01');
SELECT ar.to_jsonb(aging), ar.buckets(aging) FROM receivables.aging_summary;
SELECT ar.upgrade_ledger(), ar.ledger_version(), ar.version(), ar.library_version();
SELECT ar.check_ledger();
