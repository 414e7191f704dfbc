-- Import of invoices through ar.import_table, all checks included, against a
-- bare INSERT ... SELECT of the same rows into tables with the same keys,
-- foreign keys and indexes, but no triggers.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS plain CASCADE;
DROP SCHEMA IF EXISTS receivables CASCADE;
SELECT ar.create_ledger() \gset
SELECT ar.create_company('BENCH', 'Bench', 'EUR') AS company_id \gset
CREATE TABLE bench.customer AS
SELECT 'C' || c AS customer_number, 'Customer ' || c AS name FROM generate_series(1, greatest(:invoices / 50, 1)) AS c;
CREATE TABLE bench.invoice AS
SELECT 'I' || i AS invoice_number,
       'C' || 1 + (hashint8extended(i, 1) & 9007199254740991) % greatest(:invoices / 50, 1) AS customer_number,
       d AS invoice_date, d + 30 AS due_date,
       ((hashint8extended(i, 3) & 9007199254740991) % 1000000 + 100)::numeric / 100 AS amount,
       'erp-' || i AS idempotency_key
FROM generate_series(1, :invoices::bigint) AS i,
     LATERAL (SELECT date '2024-07-01' + (i * 729 / :invoices)::integer) AS x (d);
SELECT imported FROM ar.import_table(:company_id, 'customer', 'bench.customer') \gset
VACUUM (ANALYZE) bench.invoice, receivables.customer;

CREATE TABLE bench.document (LIKE receivables.document INCLUDING ALL,
    FOREIGN KEY (company_id, customer_id) REFERENCES receivables.customer);
CREATE TABLE bench.item (LIKE receivables.item INCLUDING ALL,
    FOREIGN KEY (company_id, document_id, customer_id, kind, currency)
    REFERENCES bench.document (company_id, document_id, customer_id, kind, currency));

CREATE PROCEDURE bench.import(company_id bigint, runs int) LANGUAGE plpgsql AS $import$
DECLARE
    ours  numeric[];
    other numeric[];
BEGIN
    FOR i IN 1..runs LOOP
        -- Between two runs the books are emptied as nobody may: past their guards.
        SET LOCAL session_replication_role = replica;
        TRUNCATE receivables.document, bench.document, bench.item CASCADE;
        COMMIT;
        other := other || bench.milliseconds(format($query$
            WITH s AS MATERIALIZED (
                SELECT nextval('receivables.document_document_id_seq') AS document_id, c.customer_id, i.*
                FROM bench.invoice AS i
                JOIN receivables.customer AS c ON c.company_id = %1$s AND c.customer_number = i.customer_number
            ), posted AS (
                INSERT INTO bench.document (company_id, document_id, customer_id, document_date, kind, document_number,
                                            currency, amount, company_amount, idempotency_key)
                SELECT %1$s, s.document_id, s.customer_id, s.invoice_date, 'invoice', s.invoice_number, 'EUR', s.amount, s.amount,
                       s.idempotency_key FROM s
            )
            INSERT INTO bench.item (company_id, customer_id, document_id, kind, currency, effective_on, due_on, amount, open_amount,
                                    company_amount, open_company_amount)
            SELECT %1$s, s.customer_id, s.document_id, 'invoice', 'EUR', s.invoice_date, s.due_date, s.amount, s.amount,
                   s.amount, s.amount
            FROM s$query$, company_id));
        COMMIT;
        ours := ours || bench.milliseconds(format('SELECT ar.import_table(%s, ''invoice'', ''bench.invoice'')', company_id));
        COMMIT;
    END LOOP;
    INSERT INTO bench.pair (part, measured, against, target, ours_ms, other_ms, ratio)
    SELECT 'import', count(*) || ' invoices', 'bare INSERT ... SELECT', '>= 0.5', m.ours, m.other, m.other / m.ours
    FROM bench.invoice,
         (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY o)::numeric AS ours,
                 percentile_cont(0.5) WITHIN GROUP (ORDER BY b)::numeric AS other FROM unnest(ours, other) AS x (o, b)) AS m
    GROUP BY m.ours, m.other;
END;
$import$;
CALL bench.import(:company_id, 3);
SELECT count(*) AS broken_invariants FROM ar.check_ledger();
