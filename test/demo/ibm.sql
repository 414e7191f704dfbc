-- Loads the IBM file, which comes on standard input, into a ledger.
--
-- Every invoice of the file was settled in one sum: its settlement becomes a
-- payment on the day of settlement and an application of it.
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION ar;
SELECT ar.create_ledger() AS version,
       ar.create_company('IBM', 'IBM sample receivables', 'USD') AS company_id \gset

CREATE SCHEMA staging;
CREATE TABLE staging.file (
    "countryCode" text, "customerID" text, "PaperlessDate" text, "invoiceNumber" text, "InvoiceDate" text,
    "DueDate" text, "InvoiceAmount" text, "Disputed" text, "SettledDate" text, "PaperlessBill" text,
    "DaysToSettle" text, "DaysLate" text);
\echo Reading the file ...
\copy staging.file FROM pstdin WITH (FORMAT csv, HEADER match)

CREATE VIEW staging.customer AS
SELECT DISTINCT "customerID" AS customer_number, 'Customer ' || "customerID" AS name, "countryCode" AS region
FROM staging.file;

CREATE VIEW staging.invoice AS
SELECT "invoiceNumber" AS invoice_number, "customerID" AS customer_number,
       to_date("InvoiceDate", 'MM/DD/YYYY') AS invoice_date, to_date("DueDate", 'MM/DD/YYYY') AS due_date,
       "InvoiceAmount" AS amount, jsonb_build_object('disputed', "Disputed" = 'Yes') AS attributes,
       'invoice/' || "invoiceNumber" AS idempotency_key
FROM staging.file;

CREATE VIEW staging.payment AS
SELECT 'P' || "invoiceNumber" AS payment_number, "customerID" AS customer_number,
       to_date("SettledDate", 'MM/DD/YYYY') AS payment_date, "InvoiceAmount" AS amount,
       'payment/' || "invoiceNumber" AS idempotency_key
FROM staging.file;

CREATE VIEW staging.application AS
SELECT "invoiceNumber" AS invoice_number, 'P' || "invoiceNumber" AS payment_number, "InvoiceAmount" AS amount,
       to_date("SettledDate", 'MM/DD/YYYY') AS application_date, 'application/' || "invoiceNumber" AS idempotency_key
FROM staging.file;

\set kind customer
\ir import.sql
\set kind invoice
\ir import.sql
\set kind payment
\ir import.sql
\set kind application
\ir import.sql
VACUUM ANALYZE;
