-- A day with the books: a statement, an application that is undone while the
-- past stays as it was, an invoice refused over its contract. What is posted
-- here is dated after as_of, and goes with the cluster.
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;
\pset pager off
\pset footer off
\pset border 0
\pset numericlocale on
\pset null ''
SELECT company_id AS company_id FROM receivables.company LIMIT 1 \gset

-- The payment of the last month that settled most, and its customer.
SELECT a.application_id, a.amount, c.customer_number, c.name AS customer_name, i.document_number AS invoice_number,
       p.document_number AS payment_number
FROM receivables.application AS a
JOIN receivables.item AS d ON d.company_id = a.company_id AND d.item_id = a.debit_item_id
JOIN receivables.item AS r ON r.company_id = a.company_id AND r.item_id = a.credit_item_id AND r.kind = 'payment'
JOIN receivables.document AS i ON i.company_id = d.company_id AND i.document_id = d.document_id
JOIN receivables.document AS p ON p.company_id = r.company_id AND p.document_id = r.document_id
JOIN receivables.customer AS c ON c.company_id = d.company_id AND c.customer_id = d.customer_id
WHERE a.company_id = :company_id AND a.effective_on BETWEEN :'as_of'::date - 30 AND :'as_of'::date
  AND a.reverses_application_id IS NULL
  AND NOT EXISTS (SELECT FROM receivables.application AS u
                  WHERE u.company_id = a.company_id AND u.reverses_application_id = a.application_id)
ORDER BY a.amount DESC, a.application_id LIMIT 1 \gset

\echo 9. Statement of :customer_name, the ten days up to :as_of
SELECT line_date AS date, kind, document_number AS document, due_on AS due, debit, credit, balance
FROM ar.customer_statement(:company_id, :'customer_number', :'as_of'::date - 9, :'as_of'::date) ORDER BY line;

\echo 10. Payment :payment_number is found not to be for invoice :invoice_number, and is taken off it the day after :as_of
SELECT ar.reverse_application(:company_id, :application_id, :'as_of'::date + 1, 'Not for this invoice') AS reversal \gset
SELECT d.as_of AS "as of", w.known AS "as known", sum(o.open_company_amount) FILTER (WHERE o.is_debit) AS "open invoices",
       sum(o.open_company_amount) FILTER (WHERE NOT o.is_debit) AS unapplied, sum(o.open_company_amount) AS balance
FROM (VALUES (:'as_of'::date), (:'as_of'::date + 1)) AS d (as_of)
CROSS JOIN (SELECT 'before' AS known, recorded_at - interval '1 microsecond' AS at FROM receivables.application
            WHERE company_id = :company_id AND application_id = :reversal
            UNION ALL SELECT 'after', NULL) AS w
CROSS JOIN LATERAL ar.open_items(d.as_of, w.at) AS o
WHERE o.company_id = :company_id GROUP BY d.as_of, w.known ORDER BY d.as_of, w.known DESC;

\echo 11. A contract for 10,000 and what is invoiced under it
SELECT imported AS contracts FROM ar.import_rows(:company_id, 'contract', jsonb_build_array(jsonb_build_object(
    'contract_number', 'K-2026-01', 'customer_number', :'customer_number', 'contract_date', :'as_of', 'amount', '10000'))) \gset
SELECT ar.post_invoice(:company_id, :'customer_number', 'K-2026-01/1', :'as_of'::date + 1, :'as_of'::date + 31, 9500,
                       contract_number => 'K-2026-01') AS document_id \gset
\echo The second invoice, of 600.00, is refused:
\set ON_ERROR_STOP off
\set SHOW_CONTEXT never
SELECT ar.post_invoice(:company_id, :'customer_number', 'K-2026-01/2', :'as_of'::date + 1, :'as_of'::date + 31, 600,
                       contract_number => 'K-2026-01') AS document_id;
\set ON_ERROR_STOP on
SELECT contract_number AS contract, amount, invoiced_amount AS invoiced, amount - invoiced_amount AS "left"
FROM receivables.contract ORDER BY contract_id;

\echo 12. Are the books still sound? What ar.check_ledger() finds
SELECT count(*) AS "broken invariants" FROM ar.check_ledger();
