-- Many applications in one statement leave the items as the same ones do one by one.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
SELECT setseed(0.4) \gset
-- Two companies with the same items: what is applied at once in the first is applied one by one in the second.
INSERT INTO receivables.company (company_id, company_code, name, currency) VALUES (1, 'A', 'At once', 'EUR'), (2, 'B', 'One by one', 'EUR');
INSERT INTO receivables.customer (company_id, customer_id, customer_number, name) SELECT c, 1, 'C1', 'First' FROM generate_series(1, 2) AS c;
CREATE TEMP TABLE planned AS
SELECT n AS item_id, CASE WHEN n <= 30 THEN 100 ELSE -100 END AS amount, date '2025-01-01' + (random() * 20)::integer AS effective_on FROM generate_series(1, 60) AS n;
INSERT INTO receivables.document (company_id, document_id, customer_id, document_date, kind, document_number, currency, amount)
SELECT c, p.item_id, 1, p.effective_on, CASE WHEN p.amount > 0 THEN 'invoice' ELSE 'payment' END, p.item_id::text, 'EUR', abs(p.amount) FROM planned AS p, generate_series(1, 2) AS c;
INSERT INTO receivables.item (company_id, item_id, customer_id, document_id, kind, currency, effective_on, due_on, amount)
SELECT c, p.item_id, 1, p.item_id, CASE WHEN p.amount > 0 THEN 'invoice' ELSE 'payment' END, 'EUR', p.effective_on, p.effective_on, p.amount FROM planned AS p, generate_series(1, 2) AS c;
-- Four rounds: to begin with never more than is open, each round with dates anew, also before those of the last.
CREATE TEMP TABLE round AS
SELECT r AS round, row_number() OVER () AS n, d AS debit, 31 + (d + 7 * r + k * 11) % 30 AS credit, 1 + (random() * 9)::integer AS amount,
       date '2025-02-01' + (random() * 8)::integer + CASE WHEN r = 3 THEN -3 ELSE 4 * r END AS effective_on
FROM generate_series(1, 4) AS r, generate_series(1, 30) AS d, generate_series(0, 1) AS k;
CREATE FUNCTION pg_temp.play(r integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE x record;
BEGIN
    INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount, company_amount)
    SELECT 1, p.debit, p.credit, p.effective_on, p.amount, p.amount FROM round AS p WHERE p.round = r ORDER BY p.n;
    FOR x IN SELECT * FROM round AS p WHERE p.round = r ORDER BY p.n LOOP
        INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount, company_amount) VALUES (2, x.debit, x.credit, x.effective_on, x.amount, x.amount);
    END LOOP;
    RETURN r;
END;
$$;
CREATE FUNCTION pg_temp.items(company bigint) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT concat_ws(' ', i.item_id, i.open_amount, i.open_company_amount, i.closed_on, i.last_applied_on, i.applied_before_on, i.last_applied_amount, i.last_applied_company_amount, i.reopened) FROM receivables.item AS i WHERE i.company_id = company ORDER BY i.item_id
$$;
SELECT results_eq('SELECT pg_temp.items(1)', 'SELECT pg_temp.items(2)', 'round ' || pg_temp.play(r)) FROM generate_series(1, 4) AS r ORDER BY r;
SELECT is((SELECT sum(100 - i.open_amount) FROM receivables.item AS i WHERE i.company_id = 1 AND i.is_debit), (SELECT sum(r.amount)::numeric FROM round AS r), 'all of it');
-- All that is left, so that items are closed
CREATE FUNCTION pg_temp.rest(company bigint) RETURNS TABLE (debit bigint, credit bigint, effective_on date, amount numeric) LANGUAGE sql AS $$
    WITH span AS (SELECT i.item_id, i.is_debit, abs(i.open_amount) AS amount, sum(abs(i.open_amount)) OVER (PARTITION BY i.is_debit ORDER BY i.item_id) AS upto FROM receivables.item AS i WHERE i.company_id = company)
    SELECT d.item_id, c.item_id, date '2025-04-01' + (d.item_id % 3)::integer, least(d.upto, c.upto) - greatest(d.upto - d.amount, c.upto - c.amount) FROM span AS d JOIN span AS c ON d.is_debit AND NOT c.is_debit AND c.upto > d.upto - d.amount AND c.upto - c.amount < d.upto ORDER BY 1, 2
$$;
CREATE TEMP TABLE rest AS SELECT * FROM pg_temp.rest(1);
INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount, company_amount) SELECT 1, r.debit, r.credit, r.effective_on, r.amount, r.amount FROM rest AS r;
DO $$
DECLARE r record;
BEGIN
    FOR r IN SELECT * FROM rest LOOP
        INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount, company_amount) VALUES (2, r.debit, r.credit, r.effective_on, r.amount, r.amount);
    END LOOP;
END;
$$;
SELECT results_eq('SELECT pg_temp.items(1)', 'SELECT pg_temp.items(2)', 'all closed');
SELECT is((SELECT count(*) FROM receivables.item AS i WHERE i.closed_on = 'infinity'), 0::bigint, 'nothing is open');
-- One of many that does not fit refuses all, with its own error
SELECT setval('receivables.document_document_id_seq', 100), setval('receivables.item_item_id_seq', 100) \gset s_
SELECT ar.post_invoice(1, 'C1', 'X1', '2025-05-01', '2025-05-01', 10), ar.post_invoice(1, 'C1', 'X2', '2025-05-01', '2025-05-01', 10), ar.post_payment(1, 'C1', 'Y1', '2025-05-01', 15) \gset x_
CREATE FUNCTION pg_temp.item(number text) RETURNS bigint LANGUAGE sql STABLE AS $$SELECT i.item_id FROM receivables.document AS d JOIN receivables.item AS i USING (company_id, document_id) WHERE d.company_id = 1 AND d.document_number = number$$;
SELECT throws_ok(format($$INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount, company_amount) VALUES (1, pg_temp.item('X1'), pg_temp.item('Y1'), '2025-05-02', 10, 10), %s$$, row), '23514', format(message, pg_temp.item('X1'), pg_temp.item('X2'), pg_temp.item('Y1')), row)
FROM (VALUES ($$(1, pg_temp.item('X2'), pg_temp.item('Y1'), '2025-05-02', 6, 6)$$, 'cannot apply 6 to item %3$s: only 5.00 is open'), ($$(1, pg_temp.item('X2'), pg_temp.item('Y1'), '2025-04-30', 5, 5)$$, 'cannot apply on 2025-04-30: item %2$s counts from 2025-05-01 only'),
             ($$(1, pg_temp.item('Y1'), pg_temp.item('X2'), '2025-05-02', 5, 5)$$, 'item %2$s is no credit')) AS v (row, message);
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');
SELECT * FROM finish();
ROLLBACK;
