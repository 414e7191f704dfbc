-- Makes up the book of one company, three years up to 2026-06-30, and imports
-- it into a ledger. Nothing is random: every choice is a hash of a number, so
-- that the book is the same wherever it is made.
\set ON_ERROR_STOP on
\set QUIET on
\set invoices 15000
SET client_min_messages = warning;
CREATE EXTENSION ar;
SELECT ar.create_ledger() AS version,
       ar.create_company('MERIDIAN', 'Meridian Components', 'EUR') AS company_id \gset

CREATE SCHEMA staging;
\echo Making up a book of three years ...

CREATE FUNCTION staging.pick(i bigint, salt bigint, range integer) RETURNS integer
    LANGUAGE sql IMMUTABLE
    RETURN (hashint8extended(i, salt) & 9007199254740991) % range;
COMMENT ON FUNCTION staging.pick(bigint, bigint, integer) IS
'A number from 0 to range - 1 that depends on i; each salt makes another choice.';

-- Customers: three hundred, few of them large ---------------------------------

CREATE TABLE staging.customer AS
SELECT c.i AS id, (10000 + c.i)::text AS customer_number,
       r.families[1 + c.n % 20] || ' ' || r.trades[1 + (c.n % 20 * 5 + c.n / 20) % 6] AS name,
       (string_to_array('A A A B B B C C C D', ' '))[1 + staging.pick(c.i, 1, 10)] AS grade,
       r.salespeople[1 + staging.pick(c.i, 2, 3)] AS salesperson,
       (ARRAY['Industry', 'Industry', 'Wholesale', 'Public sector'])[1 + staging.pick(c.i, 3, 4)] AS department,
       r.region, row_number() OVER (ORDER BY hashint8extended(c.i, 4), c.i) AS size_rank
FROM (SELECT i, (i - 1) / 60 AS region, (i - 1) % 60 AS n FROM generate_series(1, 300) AS i) AS c
JOIN (VALUES
    (0, 'Benelux', '{Bakker,"De Boer","De Vries",Dekker,Hendriks,Jansen,Janssens,Kok,Maes,Meijer,Mertens,Mulder,Peeters,Smit,"Van Dijk","Van Leeuwen",Verbeek,Visser,Willems,Wouters}',
     '{"Techniek BV","Logistiek BV","Bouw NV","Installaties BV","Groothandel NV","Machines BV"}',
     '{"Anouk Dubois","Pieter Claes","Sanne Vos"}'),
    (1, 'DACH', '{Bauer,Brandt,Fischer,Graf,Huber,Keller,Koch,Krause,Lang,Lorenz,Meier,Neumann,Pohl,Richter,Roth,Schuster,Seidel,Vogt,Wagner,Ziegler}',
     '{"Maschinenbau GmbH","Logistik AG","Anlagentechnik GmbH","Handels GmbH","Werkzeuge KG","Elektro GmbH"}',
     '{"Jonas Albrecht","Katharina Frey","Tobias Wirth"}'),
    (2, 'France', '{Blanchard,Bonnet,Chevalier,Clement,Dumont,Faure,Fontaine,Gauthier,Girard,Lambert,Lefevre,Leroy,Marchand,Mercier,Moreau,Perrin,Renard,Roussel,Vasseur,Vidal}',
     '{"Industrie SA","Distribution SARL","Mecanique SAS","Batiment SARL","Energie SA","Outillage SAS"}',
     '{"Claire Morel","Hugo Lemaire","Nadia Benali"}'),
    (3, 'Iberia', '{Alonso,Aguilar,Cabrera,Castro,Domingues,Ferreira,Fuentes,Gil,Herrero,Iglesias,Lopes,Marques,Navarro,Oliveira,Pascual,Ramos,Serrano,Sousa,Vargas,Vega}',
     '{"Suministros SL","Construcciones SA","Transportes SL","Metal Lda","Componentes SA","Equipos SL"}',
     '{"Ines Carvalho","Marta Ibanez","Raul Ortega"}'),
    (4, 'Nordics', '{Andersen,Berg,Dahl,Eriksson,Hansen,Holm,Johansson,Karlsson,Lund,Lindqvist,Madsen,Nilsson,Nyberg,Olsen,Poulsen,Sandberg,Solberg,Strand,Vik,Wallin}',
     '{"Industri AB","Teknik AB","Maskin AS","Transport ApS","Marine AS","Verktyg AB"}',
     '{"Astrid Moen","Erik Sjoberg","Mette Krogh"}')
    ) AS v (n, region, families, trades, salespeople) ON v.n = c.region
CROSS JOIN LATERAL (SELECT v.region, v.families::text[], v.trades::text[], v.salespeople::text[]) AS r;

-- Invoices: customers by their size, days by the season ------------------------

CREATE TABLE staging.invoice AS
WITH customer AS (
    SELECT c.*, sum(1000000 / (c.size_rank + 4)) OVER (ORDER BY c.id)::integer AS upto
    FROM staging.customer AS c
), day AS (
    SELECT d::date AS day, sum(w.season * (200 + (d::date - date '2023-07-01') / 30)) OVER (ORDER BY d)::integer AS upto
    FROM generate_series(timestamp '2023-07-03', timestamp '2026-06-30', interval '1 day') AS d
    CROSS JOIN LATERAL (SELECT ('{85,80,105,95,100,105,90,60,110,120,130,110}'::integer[])[extract(month FROM d)::integer] AS season) AS w
    WHERE extract(isodow FROM d) < 6
), list AS (
    SELECT array_agg(c.upto ORDER BY c.id) AS customer_upto, max(c.upto) AS customer_sum,
           (SELECT array_agg(d.upto ORDER BY d.day) FROM day AS d) AS day_upto,
           (SELECT array_agg(d.day ORDER BY d.day) FROM day AS d) AS days, (SELECT max(d.upto) FROM day AS d) AS day_sum
    FROM customer AS c
), sale AS (
    SELECT i, 1 + width_bucket(staging.pick(i, 11, l.customer_sum), l.customer_upto) AS customer,
           l.days[1 + width_bucket(staging.pick(i, 12, l.day_sum), l.day_upto)] AS invoice_date
    FROM generate_series(1, :invoices) AS i CROSS JOIN list AS l
)
SELECT row_number() OVER (ORDER BY s.invoice_date, s.i) AS id, c.id AS customer, c.grade, c.size_rank,
       to_char(s.invoice_date, '"INV-"YYYY-')
       || lpad(row_number() OVER (PARTITION BY extract(year FROM s.invoice_date) ORDER BY s.invoice_date, s.i)::text, 5, '0')
       AS invoice_number, c.customer_number, s.invoice_date,
       s.invoice_date + CASE c.grade WHEN 'A' THEN 60 WHEN 'B' THEN 30 WHEN 'C' THEN 15 ELSE 0 END AS due_date,
       -- Most of a few hundred, few of several thousand, and more from the large.
       round((60 + staging.pick(s.i, 13, 90000) / 100.0 + 6000 * x.tail * x.tail * x.tail)
             * (0.6 + 40.0 / (c.size_rank + 10)), 2) AS amount,
       'PO 45' || lpad(staging.pick(s.i, 15, 1000000)::text, 8, '0') AS reference,
       CASE WHEN staging.pick(s.i, 16, 900) = 0 THEN '{"disputed": true}'::jsonb END AS attributes
FROM sale AS s JOIN customer AS c ON c.id = s.customer
CROSS JOIN LATERAL (SELECT staging.pick(s.i, 14, 10000) * staging.pick(s.i, 14, 10000) / 100000000.0 AS tail) AS x
-- One of the larger customers is insolvent, and no longer supplied.
WHERE c.size_rank <> 33 OR s.invoice_date < date '2026-02-16';
ALTER TABLE staging.invoice ADD idempotency_key text;
UPDATE staging.invoice SET idempotency_key = 'invoice/' || invoice_number;
ANALYZE staging.invoice;

-- Credit notes: for one invoice in forty, sometimes for all of it --------------

CREATE TABLE staging.credit_note AS
SELECT i.id AS invoice, i.invoice_number AS credited_invoice,
       to_char(n.credit_note_date, '"CN-"YYYY-')
       || lpad(row_number() OVER (PARTITION BY extract(year FROM n.credit_note_date) ORDER BY n.credit_note_date, i.id)::text, 4, '0')
       AS credit_note_number, i.customer_number, n.credit_note_date, n.amount, i.invoice_number AS reference, n.applied
FROM staging.invoice AS i
CROSS JOIN LATERAL (
    SELECT i.invoice_date + 4 + staging.pick(i.id, 21, 20) AS credit_note_date,
           CASE WHEN staging.pick(i.id, 22, 6) = 0 THEN i.amount
                ELSE round(i.amount * (5 + staging.pick(i.id, 23, 36)) / 100, 2) END AS amount,
           -- Some of the latest, and few older ones, wait to be applied.
           staging.pick(i.id, 24, CASE WHEN i.invoice_date >= date '2026-04-01' THEN 2 ELSE 40 END) > 0 AS applied
    ) AS n
WHERE staging.pick(i.id, 20, 40) = 0 AND i.attributes IS NULL AND n.credit_note_date <= date '2026-06-30';

-- Payments: by grade, the large customers weekly for all that is due -----------

CREATE TABLE staging.settlement AS
SELECT i.id AS invoice, i.invoice_number, i.customer, i.customer_number, p.part, p.payment_date, p.amount
FROM staging.invoice AS i
LEFT JOIN staging.credit_note AS n ON n.invoice = i.id AND n.applied
CROSS JOIN LATERAL (
    -- Short by bank charges now and then.
    SELECT i.amount - coalesce(n.amount, 0) - CASE WHEN staging.pick(i.id, 31, 150) = 0 THEN 15 ELSE 0 END AS amount,
           greatest(i.invoice_date + 2, n.credit_note_date,
                    i.due_date + CASE i.grade
                        WHEN 'A' THEN staging.pick(i.id, 32, 13) + staging.pick(i.id, 33, 13) - 19
                        WHEN 'B' THEN staging.pick(i.id, 32, 15) + staging.pick(i.id, 33, 20) - 15
                        WHEN 'C' THEN staging.pick(i.id, 32, 26) + staging.pick(i.id, 33, 30) - 14
                        ELSE staging.pick(i.id, 32, 20) + staging.pick(i.id, 33, 40) END
                    -- A few pay very late, whatever the grade.
                    + CASE WHEN staging.pick(i.customer, 34, 20) = 0 THEN 75 ELSE 0 END) AS payment_date
    ) AS a
CROSS JOIN LATERAL (
    SELECT 1 AS part, a.payment_date, a.amount WHERE staging.pick(i.id, 35, 25) > 0
    UNION ALL
    SELECT v.part, a.payment_date + (v.part - 1) * (20 + staging.pick(i.id, 36, 40)),
           CASE v.part WHEN 1 THEN h.half ELSE a.amount - h.half END
    FROM (VALUES (1), (2)) AS v (part)
    CROSS JOIN LATERAL (SELECT round(a.amount * (30 + staging.pick(i.id, 37, 41)) / 100, 2) AS half) AS h
    WHERE staging.pick(i.id, 35, 25) = 0
    ) AS v (part, wanted_date, amount)
CROSS JOIN LATERAL (
    SELECT v.part, v.amount,
           v.wanted_date + CASE WHEN i.size_rank <= 60 THEN (12 - extract(isodow FROM v.wanted_date)::integer) % 7
                                ELSE greatest(8 - extract(isodow FROM v.wanted_date)::integer, 0)
                                     * (extract(isodow FROM v.wanted_date) > 5)::integer END AS payment_date
    ) AS p
WHERE p.amount > 0 AND p.payment_date <= date '2026-06-30' AND i.attributes IS NULL
  AND (i.size_rank <> 33 OR p.payment_date < date '2025-11-15');

CREATE TABLE staging.payment AS
SELECT p.customer, p.customer_number, p.payment_date,
       'R' || lpad(row_number() OVER (ORDER BY p.payment_date, p.customer)::text, 6, '0') AS payment_number,
       p.amount + CASE
           -- Paid without saying for what: mostly of late, cleared up later.
           WHEN staging.pick(p.first_invoice, 41, CASE WHEN p.payment_date >= date '2026-05-01' THEN 15 ELSE 1000 END) = 0
           THEN 50 * (1 + staging.pick(p.first_invoice, 42, 30)) ELSE 0 END AS amount,
       p.reference
FROM (SELECT s.customer, s.customer_number, s.payment_date, sum(s.amount) AS amount, min(s.invoice) AS first_invoice,
             string_agg(s.invoice_number, ' ' ORDER BY s.invoice, s.part) AS reference
      FROM staging.settlement AS s GROUP BY s.customer, s.customer_number, s.payment_date) AS p;
ALTER TABLE staging.payment ADD idempotency_key text;
UPDATE staging.payment SET idempotency_key = 'payment/' || payment_number;

CREATE TABLE staging.application AS
SELECT s.invoice_number, p.payment_number, NULL AS credit_note_number, s.amount, s.payment_date AS application_date
FROM staging.settlement AS s JOIN staging.payment AS p ON p.customer = s.customer AND p.payment_date = s.payment_date
UNION ALL
SELECT n.credited_invoice, NULL, n.credit_note_number, n.amount, n.credit_note_date
FROM staging.credit_note AS n WHERE n.applied
ORDER BY application_date, invoice_number;
ALTER TABLE staging.application ADD idempotency_key text;
UPDATE staging.application SET idempotency_key = coalesce(payment_number, credit_note_number) || '/' || invoice_number;
ANALYZE;

\set kind customer
\ir import.sql
\set kind invoice
\ir import.sql
\set kind credit_note
\ir import.sql
\set kind payment
\ir import.sql
\set kind application
\ir import.sql

-- In June it turns out that a payment of May was meant for another invoice.
\echo Correcting a payment that was applied to the wrong invoice ...
SELECT a.application_id, a.credit_item_id, other.item_id AS debit_item_id, least(a.amount, other.open_amount) AS amount
FROM receivables.application AS a
JOIN receivables.item AS i ON i.company_id = a.company_id AND i.item_id = a.debit_item_id
JOIN receivables.payment AS p ON p.company_id = a.company_id AND p.item_id = a.credit_item_id
JOIN receivables.item AS other ON other.company_id = i.company_id AND other.customer_id = i.customer_id
     AND other.is_debit AND other.open_amount > 1000 AND other.effective_on BETWEEN date '2026-01-01' AND a.effective_on
WHERE a.company_id = :company_id AND a.effective_on BETWEEN date '2026-05-01' AND date '2026-05-31'
ORDER BY abs(a.amount - other.open_amount), a.application_id, other.item_id
LIMIT 1 \gset
SELECT ar.reverse_application(:company_id, :application_id, '2026-06-11', 'Meant for another invoice') AS reversal,
       ar.apply(:company_id, :credit_item_id, :debit_item_id, :amount, '2026-06-11', 'Meant for this invoice') AS anew \gset
VACUUM ANALYZE;
