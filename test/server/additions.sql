-- What an owner adds to the books: an index, columns with data, a constraint,
-- a trigger, views and a table that keeps ageings.
CREATE INDEX my_reference_idx ON receivables.document (reference) WHERE reference IS NOT NULL;
ALTER TABLE receivables.customer ADD COLUMN crm_id text;
UPDATE receivables.customer SET crm_id = 'crm-' || customer_id;
ALTER TABLE receivables.document ADD COLUMN my_note text DEFAULT 'none';
UPDATE receivables.document SET my_note = 'note ' || document_id WHERE document_id % 3 = 0;
ALTER TABLE receivables.customer ADD CONSTRAINT my_crm_id CHECK (crm_id LIKE 'crm-%');

CREATE SCHEMA mine;
CREATE VIEW mine.big_debtor AS
SELECT company_id, customer_number, balance FROM receivables.aging_by_customer WHERE balance > 500;
CREATE VIEW receivables.my_aging AS
SELECT a.company_id, c.crm_id, a.aging FROM receivables.aging_by_customer AS a
JOIN receivables.customer AS c USING (company_id, customer_id);
CREATE TABLE mine.snapshot (as_of date, company_id bigint, aging ar.aging);
INSERT INTO mine.snapshot
SELECT d, o.company_id, ar.aging_agg(o.open_amount, o.due_on, d) FILTER (WHERE o.is_debit)
FROM generate_series(date '2025-02-01', date '2026-02-01', interval '1 month') AS g (m)
CROSS JOIN LATERAL CAST(g.m AS date) AS d CROSS JOIN LATERAL ar.open_items(d) AS o
GROUP BY d, o.company_id;
CREATE INDEX ON mine.snapshot (aging);
