-- A book of :invoices invoices of the two years up to 2026-06-30: 70 % paid,
-- 10 % part-paid, 20 % open; and :history closed ones of the eighteen years
-- before. The same facts go into the tables one would write by hand (schema
-- plain) and into a ledger, past its triggers, which check_ledger() makes up
-- for. Invoices come in the order of their dates, payments in that of theirs.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS plain CASCADE;
DROP SCHEMA IF EXISTS receivables CASCADE;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT ar.create_ledger() \gset
SELECT ar.create_company('BENCH', 'Bench', 'EUR') AS company_id \gset
SELECT clock_timestamp() AS entered_at \gset

CREATE SCHEMA plain;
CREATE FUNCTION plain.random(i bigint, salt bigint, range bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE RETURN (hashint8extended(i, salt) & 9007199254740991) % range;

CREATE TABLE plain.customer (
    customer_id bigint PRIMARY KEY, customer_number text NOT NULL, name text NOT NULL,
    salesperson text, department text, region text);
INSERT INTO plain.customer
SELECT c, 'C' || c, 'Customer ' || c, 'Salesperson ' || c % 40, 'Department ' || c % 7, 'Region ' || c % 5
FROM generate_series(1, greatest(:invoices / 50, 1)) AS c;

CREATE TABLE plain.invoice (
    invoice_id bigint PRIMARY KEY, customer_id bigint NOT NULL, invoice_number text NOT NULL,
    invoice_date date NOT NULL, due_date date NOT NULL, amount numeric NOT NULL, reference text,
    created_at timestamptz NOT NULL);
INSERT INTO plain.invoice
SELECT i, 1 + plain.random(i, 1, greatest(:invoices / 50, 1)), 'I' || i, d.invoice_date, d.invoice_date + 30,
       (plain.random(i, 3, 1000000) + 100)::numeric / 100, 'PO ' || plain.random(i, 6, 100000), :'entered_at'
FROM generate_series(1, (:invoices + :history)::bigint) AS i,
     LATERAL (SELECT CASE WHEN i > :history
                     THEN date '2024-07-01' + ((i - :history) * 729 / :invoices)::integer
                     ELSE date '2006-07-01' + (i * 6569 / greatest(:history, 1)::bigint)::integer END) AS d (invoice_date);

CREATE TABLE plain.payment_application (
    payment_application_id bigint PRIMARY KEY, payment_id bigint NOT NULL, invoice_id bigint NOT NULL,
    applied_on date NOT NULL, amount numeric NOT NULL, created_at timestamptz NOT NULL);
INSERT INTO plain.payment_application
SELECT row_number() OVER (ORDER BY p.applied_on, p.invoice_id), row_number() OVER (ORDER BY p.applied_on, p.invoice_id),
       p.invoice_id, p.applied_on, p.amount, :'entered_at'
FROM (SELECT i.invoice_id, least(i.invoice_date + plain.random(i.invoice_id, 4, 75)::integer, date '2026-06-30') AS applied_on,
             CASE WHEN i.invoice_id <= :history OR plain.random(i.invoice_id, 5, 10) < 7 THEN i.amount
                  ELSE round(i.amount / 2, 2) END AS amount
      FROM plain.invoice AS i
      WHERE i.invoice_id <= :history OR plain.random(i.invoice_id, 5, 10) < 8) AS p
ORDER BY 1;
CREATE INDEX ON plain.invoice (customer_id);
CREATE INDEX ON plain.payment_application (invoice_id);

SET session_replication_role = replica;
INSERT INTO receivables.customer (company_id, customer_id, customer_number, name, salesperson, department, region)
SELECT :company_id, * FROM plain.customer;
INSERT INTO receivables.document (company_id, document_id, customer_id, document_date, kind, document_number, currency, amount,
                                  company_amount, reference)
SELECT :company_id, invoice_id, customer_id, invoice_date, 'invoice', invoice_number, 'EUR', amount, amount, reference
FROM plain.invoice ORDER BY invoice_id;
INSERT INTO receivables.document (company_id, document_id, customer_id, document_date, kind, document_number, currency, amount,
                                  company_amount)
SELECT :company_id, 100000000 + p.payment_id, i.customer_id, p.applied_on, 'payment', 'P' || p.payment_id, 'EUR', p.amount, p.amount
FROM plain.payment_application AS p JOIN plain.invoice AS i USING (invoice_id) ORDER BY p.payment_id;
INSERT INTO receivables.item (company_id, item_id, customer_id, document_id, kind, currency, effective_on, due_on, closed_on,
                              last_applied_on, recorded_at, last_applied_at, amount, open_amount, last_applied_amount,
                              company_amount, open_company_amount, last_applied_company_amount)
SELECT :company_id, i.invoice_id, i.customer_id, i.invoice_id, 'invoice', 'EUR', i.invoice_date, i.due_date,
       CASE WHEN p.amount = i.amount THEN p.applied_on ELSE 'infinity' END, coalesce(p.applied_on, '-infinity'),
       :'entered_at', CASE WHEN p.amount IS NULL THEN '-infinity'::timestamptz ELSE :'entered_at' END,
       i.amount, i.amount - coalesce(p.amount, 0), coalesce(p.amount, 0),
       i.amount, i.amount - coalesce(p.amount, 0), coalesce(p.amount, 0)
FROM plain.invoice AS i LEFT JOIN plain.payment_application AS p USING (invoice_id) ORDER BY i.invoice_id;
INSERT INTO receivables.item (company_id, item_id, customer_id, document_id, kind, currency, effective_on, due_on, closed_on,
                              last_applied_on, recorded_at, last_applied_at, amount, open_amount, last_applied_amount,
                              company_amount, open_company_amount, last_applied_company_amount)
SELECT :company_id, 100000000 + p.payment_id, i.customer_id, 100000000 + p.payment_id, 'payment', 'EUR', p.applied_on,
       p.applied_on, p.applied_on, p.applied_on, :'entered_at', :'entered_at', -p.amount, 0, p.amount,
       -p.amount, 0, p.amount
FROM plain.payment_application AS p JOIN plain.invoice AS i USING (invoice_id) ORDER BY p.payment_id;
INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, recorded_at, amount,
                                     company_amount)
SELECT :company_id, p.invoice_id, 100000000 + p.payment_id, p.applied_on, :'entered_at', p.amount, p.amount
FROM plain.payment_application AS p ORDER BY p.payment_id;
RESET session_replication_role;
-- The customers get their first owners.
SELECT ar.upgrade_ledger() \gset

VACUUM (FREEZE, ANALYZE) plain.customer, plain.invoice, plain.payment_application, receivables.customer,
    receivables.customer_owner, receivables.document, receivables.item, receivables.application, receivables.company,
    receivables.currency;
SELECT count(*) > 0 AS broken FROM ar.check_ledger() \gset
\if :broken
    SELECT * FROM ar.check_ledger() LIMIT 10;
    \warn the ledger of the benchmark is not sound
    \quit
\endif
