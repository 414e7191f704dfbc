-- A book of :invoices open invoices of :customers customers, and :payments
-- payments for them in bench.cash: each names, or does not name, one to four
-- invoices of one customer that no other payment is for.
--   50 % the number of an invoice in the text, and its amount
--   15 % the numbers of two to four invoices, and their sum
--   15 % an amount, from an account that is known
--    5 % an amount, and the name of the customer
--    5 % a number, and a part of the amount
--    5 % the sum of two to four invoices that are not named, from a known account
--    5 % nothing that is billed
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS receivables CASCADE;
DROP TABLE IF EXISTS bench.cash;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
SELECT ar.create_ledger() \gset
SELECT ar.create_company('BENCH', 'Bench', 'EUR') AS company_id \gset
SELECT clock_timestamp() AS entered_at \gset
CREATE FUNCTION pg_temp.random(i bigint, salt bigint, range bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE RETURN (hashint8extended(i, salt) & 9007199254740991) % range;
CREATE FUNCTION pg_temp.word(i bigint, salt bigint, syllables int) RETURNS text LANGUAGE sql IMMUTABLE RETURN initcap((
    SELECT string_agg(('{ba,co,del,fi,gor,hu,ka,len,mi,nor,po,ri,sal,ta,ven,wil,xa,zo,bre,stu}'::text[])[1 + pg_temp.random(i, salt + n, 20)], '')
    FROM generate_series(1, syllables) AS n));

SET session_replication_role = replica;
INSERT INTO receivables.customer (company_id, customer_id, customer_number, name)
SELECT :company_id, c, 'C' || c, pg_temp.word(c, 10, 2) || ' ' || pg_temp.word(c, 20, 3) || ' GmbH'
FROM generate_series(1, :customers) AS c;
INSERT INTO receivables.customer_account (company_id, account, customer_id)
SELECT :company_id, 'DE' || lpad((c * 7919)::text, 20, '0'), c FROM generate_series(1, :customers) AS c;
-- Some customers buy much more than others.
CREATE TEMPORARY TABLE invoice AS
SELECT i AS invoice_id, 1 + floor(:customers * (pg_temp.random(i, 1, 1000000) / 1000000.0) ^ 1.5)::bigint AS customer_id,
       'INV-' || lpad(i::text, 7, '0') AS invoice_number, date '2026-01-01' + (i * 120 / :invoices)::integer AS invoice_date,
       -- One of five is round.
       CASE WHEN pg_temp.random(i, 2, 5) = 0 THEN (1 + pg_temp.random(i, 3, 200)) * 50
            ELSE round((100 + pg_temp.random(i, 3, 1000000)) / 100.0, 2) END AS amount
FROM generate_series(1, :invoices::bigint) AS i;
INSERT INTO receivables.document (company_id, document_id, customer_id, document_date, kind, document_number, currency, amount, company_amount)
SELECT :company_id, invoice_id, customer_id, invoice_date, 'invoice', invoice_number, 'EUR', amount, amount FROM invoice ORDER BY invoice_id;
INSERT INTO receivables.item (company_id, item_id, customer_id, document_id, kind, currency, effective_on, due_on, amount, open_amount,
                              company_amount, open_company_amount)
SELECT :company_id, invoice_id, customer_id, invoice_id, 'invoice', 'EUR', invoice_date, invoice_date + 30, amount, amount, amount, amount
FROM invoice ORDER BY invoice_id;
-- A fifth more that were paid: documents and items from 20,000,000 and, of payments, 30,000,000 on.
INSERT INTO receivables.document (company_id, document_id, customer_id, document_date, kind, document_number, currency, amount, company_amount)
SELECT :company_id, k.first_id + invoice_id, customer_id, k.dated, k.kind, k.prefix || invoice_id, 'EUR', amount, amount
FROM invoice, (VALUES (20000000, date '2025-12-01', 'invoice', 'OLD-'), (30000000, '2025-12-20', 'payment', 'OP')) AS k (first_id, dated, kind, prefix)
WHERE invoice_id % 5 = 0 ORDER BY k.first_id, invoice_id;
INSERT INTO receivables.item (company_id, item_id, customer_id, document_id, kind, currency, effective_on, due_on, closed_on, recorded_at,
                              last_applied_on, last_applied_at, amount, open_amount, last_applied_amount,
                              company_amount, open_company_amount, last_applied_company_amount)
SELECT company_id, document_id, customer_id, document_id, kind, currency, document_date, document_date + 30, '2025-12-20', :'entered_at', '2025-12-20',
       :'entered_at', CASE kind WHEN 'invoice' THEN amount ELSE -amount END, 0, amount,
       CASE kind WHEN 'invoice' THEN amount ELSE -amount END, 0, amount
FROM receivables.document WHERE document_id > 20000000 ORDER BY document_id;
INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, recorded_at, amount, company_amount)
SELECT company_id, item_id, item_id + 10000000, '2025-12-20', :'entered_at', amount, amount
FROM receivables.item WHERE item_id BETWEEN 20000000 AND 29999999 ORDER BY item_id;
RESET session_replication_role;
-- The customers get their first owners.
SELECT ar.upgrade_ledger() \gset
SELECT setval('receivables.document_document_id_seq', 50000000), setval('receivables.item_item_id_seq', 50000000) \gset

-- Four invoices of a customer each, in any order; a payment takes the first of them.
CREATE TABLE bench.cash AS
SELECT p.n AS payment_id, p.customer_id, f.kind, date '2026-05-01' + (p.n % 30)::integer AS received_on,
       CASE f.kind WHEN 'partial' THEN round(p.amounts[1] * 0.4, 2) WHEN 'nothing' THEN round((100 + pg_temp.random(p.n, 5, 1000000)) / 100.0, 2)
                   ELSE (SELECT sum(a) FROM unnest(p.amounts[:f.count]) AS a) END AS amount,
       CASE WHEN f.kind IN ('number', 'partial') THEN
                replace(('{Invoice #,RE # VOM 03.05.,payment # thank you,# / Kd.,Rechnung Nr #}'::text[])[1 + pg_temp.random(p.n, 6, 5)], '#', p.numbers[1])
            WHEN f.kind = 'numbers' THEN array_to_string(p.numbers[:f.count], ', ')
            ELSE 'Zahlung' END AS remittance_text,
       CASE WHEN f.kind = 'nothing' THEN pg_temp.word(p.n, 50, 4) || ' ' || pg_temp.word(p.n, 60, 3)
            WHEN f.kind = 'name' OR pg_temp.random(p.n, 7, 2) = 0 THEN upper(replace(c.name, ' GmbH', '')) END AS payer_name,
       CASE WHEN f.kind IN ('amount', 'subset') OR f.kind IN ('number', 'numbers', 'partial') AND pg_temp.random(p.n, 8, 2) = 0
            THEN 'DE' || lpad((p.customer_id * 7919)::text, 20, '0') END AS payer_account,
       CASE WHEN f.kind = 'nothing' THEN '{}' ELSE p.ids[:f.count] END AS invoices
FROM (SELECT row_number() OVER (ORDER BY hashint8extended(min(b.invoice_id), 0)) AS n, b.customer_id,
             array_agg(b.invoice_id ORDER BY b.place) AS ids, array_agg(b.invoice_number ORDER BY b.place) AS numbers,
             array_agg(b.amount ORDER BY b.place) AS amounts
      FROM (SELECT i.*, row_number() OVER (PARTITION BY i.customer_id ORDER BY hashint8extended(i.invoice_id, 4)) - 1 AS place FROM invoice AS i) AS b
      GROUP BY b.customer_id, b.place / 4 HAVING count(*) = 4) AS p
JOIN receivables.customer AS c ON c.company_id = :company_id AND c.customer_id = p.customer_id
CROSS JOIN LATERAL (
    SELECT k.kind, CASE WHEN k.kind IN ('numbers', 'subset') THEN 2 + (p.n / 20 % 3)::int ELSE 1 END AS count
    FROM (SELECT (string_to_array('number,number,number,number,number,number,number,number,number,number,numbers,numbers,numbers,amount,amount,amount,name,partial,subset,nothing', ','))[1 + p.n % 20] AS kind) AS k) AS f
WHERE p.n <= :payments
ORDER BY p.n;
SELECT count(*) = :payments AS complete FROM bench.cash \gset
\if :complete
\else
    \warn the customers have too few invoices for so many payments
    SELECT 1 / 0;
\endif
VACUUM (FREEZE, ANALYZE) bench.cash, receivables.customer, receivables.customer_account, receivables.document, receivables.item,
    receivables.application, receivables.customer_owner;
SELECT count(*) AS broken_invariants FROM ar.check_ledger();
