-- Users add columns, checks, indexes and views of their own to the books; postings, imports,
-- reversals and ar.upgrade_ledger() leave them as they are.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();

SELECT ok(ar.create_ledger() IS NOT NULL, 'books');
SELECT ar.create_company('EU', 'Europe', 'EUR') AS eu \gset
SELECT ar.import_rows(:eu, 'customer', '[{"customer_number": "C1", "name": "First", "attributes": {"crm": "a-1"}}]') \gset

-- A column of every kind: with a default, computed, required, referring to a table of one's own.
CREATE TABLE public.project (project text PRIMARY KEY);
INSERT INTO public.project VALUES ('none'), ('bridge');
SELECT lives_ok(format('ALTER TABLE receivables.%I ADD COLUMN x_project text NOT NULL DEFAULT ''none'' REFERENCES public.project, '
                       'ADD COLUMN x_note text, ADD COLUMN x_label text GENERATED ALWAYS AS (''company '' || company_id) STORED, '
                       'ADD CONSTRAINT x_note_short CHECK (length(x_note) < 20)', t), 'columns are added to ' || t)
FROM unnest('{customer,contract,document,document_line,item,application,payment_term,company}'::text[]) AS t;
CREATE INDEX x_project_idx ON receivables.document (company_id, x_project);
CREATE VIEW public.by_project AS
SELECT d.x_project, sum(o.open_company_amount) AS balance
FROM ar.open_items() AS o JOIN receivables.document AS d USING (company_id, document_id) GROUP BY d.x_project;

SELECT ok(ar.post_invoice(:eu, 'C1', 'I1', '2026-01-10', '2026-02-09', 100, lines => '[{"net_amount": 100}]') > 0, 'an invoice is posted');
SELECT ok(ar.post_payment(:eu, 'C1', 'P1', '2026-02-01', 60, '[{"invoice_number": "I1", "amount": 60}]') > 0, 'a payment is posted and applied');
SELECT results_eq($$SELECT * FROM ar.import_rows((SELECT company_id FROM receivables.company), 'invoice',
    '[{"customer_number": "C1", "invoice_number": "I2", "invoice_date": "2026-01-10", "due_date": "2026-02-09", "amount": 50}]')$$,
    $$VALUES (1::bigint, 0::bigint)$$, 'an invoice is imported');
INSERT INTO receivables.document (company_id, customer_id, document_date, kind, document_number, amount, x_project, x_note)
SELECT :eu, customer_id, '2026-01-10', 'invoice', 'I3', 7, 'bridge', 'by hand' FROM receivables.customer;
INSERT INTO receivables.item (company_id, customer_id, document_id, kind, effective_on, due_on, amount)
SELECT :eu, customer_id, document_id, 'invoice', '2026-01-10', '2026-02-09', 7 FROM receivables.document WHERE document_number = 'I3';
SET LOCAL ar.as_of = '2026-03-01';
SELECT results_eq('SELECT x_project, balance FROM public.by_project ORDER BY 1', $$VALUES ('bridge', 7::numeric), ('none', 90)$$, 'a view of one''s own reads them');

-- What is not a fact of the books may be filled in later; facts stay.
SELECT lives_ok($$UPDATE receivables.document SET x_project = 'bridge', x_note = 'later' WHERE document_number = 'I1'$$, 'one''s own column of a posted document is changed');
SELECT lives_ok($$UPDATE receivables.item SET x_note = 'later'$$, 'and of items');
SELECT throws_ok($$UPDATE receivables.document SET x_note = 'x', amount = 1 WHERE document_number = 'I1'$$, '23001', NULL, 'not the amount beside it');
SELECT throws_ok($$UPDATE receivables.document SET x_note = 'much longer than is allowed'$$, '23514', NULL, 'one''s own check holds');
SELECT throws_ok($$UPDATE receivables.document SET x_project = 'tunnel'$$, '23503', NULL, 'as does one''s own foreign key');
SELECT ok(ar.reverse_document(:eu, document_id, '2026-03-01', 'wrong') > 0, 'a document with them is reversed')
FROM receivables.document WHERE document_number = 'I1';
SELECT is((SELECT x_project FROM receivables.document WHERE document_number = 'I1/reversal'), 'none', 'the reversal has their defaults');

SELECT is(ar.upgrade_ledger(), ar.version(), 'the books are brought up to the code');
SELECT is((SELECT count(*) FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
           WHERE c.relnamespace = 'receivables'::regnamespace AND c.relkind = 'r' AND a.attname LIKE 'x\_%' AND NOT a.attisdropped), 8 * 3::bigint,
          'all columns are there');
SELECT results_eq($$SELECT document_number, x_project, x_note, x_label = 'company ' || company_id FROM receivables.document
                    WHERE document_number IN ('I1', 'I2', 'I3') ORDER BY 1$$,
    $$VALUES ('I1', 'bridge', 'later', true), ('I2', 'none', NULL, true), ('I3', 'bridge', 'by hand', true)$$, 'with what they held');
SELECT ok(to_regclass('receivables.x_project_idx') IS NOT NULL, 'one''s own index is there');
SELECT is((SELECT attributes ->> 'crm' FROM receivables.customer), 'a-1', 'attributes keep what was given');
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');

SELECT * FROM finish();
ROLLBACK;
