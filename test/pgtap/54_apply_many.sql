-- ar.apply_many settles as many calls of ar.apply do.
\set ON_ERROR_STOP on
\set QUIET on
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION ar;
SELECT ar.create_ledger() \g /dev/null
SELECT plan(15);

-- The same documents in two companies: one is settled at once, one by one.
SELECT ar.create_company('ONE', 'One by one', 'EUR') AS one \gset
SELECT ar.create_company('MANY', 'Many at once', 'EUR') AS many \gset
SELECT setseed(0.4);
CREATE TEMP TABLE row AS
SELECT g AS n, 'C' || g % 7 AS customer, 'N' || g AS number, g % 3 = 0 AS is_payment,
       date '2026-01-01' + (g % 40) AS day, round((random() * 900 + 1)::numeric, 2) AS amount
FROM generate_series(1, 300) AS g;
SELECT ar.import_rows(c.id, 'customer', (SELECT jsonb_agg(jsonb_build_object('customer_number', 'C' || g, 'name', 'Customer ' || g))
                                         FROM generate_series(0, 6) AS g))
FROM (VALUES (:one), (:many)) AS c (id) \g /dev/null
SELECT ar.import_rows(c.id, k.kind, (SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
    'customer_number', r.customer, k.kind || '_number', r.number, k.kind || '_date', r.day,
    'due_date', CASE WHEN NOT r.is_payment THEN r.day + 30 END, 'amount', r.amount)) ORDER BY r.n)
    FROM row AS r WHERE r.is_payment = (k.kind = 'payment')))
FROM (VALUES (:one), (:many)) AS c (id), (VALUES ('invoice'), ('payment')) AS k (kind) \g /dev/null

-- What of each payment goes to which invoice of its customer, oldest first: no more than is left of either.
CREATE TEMP TABLE settled (batch integer, n serial, payment text, invoice text, amount numeric, day date);
DO $$
DECLARE
    p record;
    i record;
    rest numeric;
    part numeric;
BEGIN
    CREATE TEMP TABLE left_over AS SELECT r.number, r.amount FROM row AS r;
    FOR p IN SELECT * FROM row AS r WHERE r.is_payment ORDER BY r.n LOOP
        rest := p.amount;
        FOR i IN SELECT r.*, l.amount AS open FROM row AS r JOIN left_over AS l USING (number)
                 WHERE NOT r.is_payment AND r.customer = p.customer AND l.amount > 0 ORDER BY r.n LIMIT 3 LOOP
            part := least(rest, i.open, round((rest * 0.6)::numeric, 2) + 0.01);
            EXIT WHEN part <= 0;
            INSERT INTO settled (batch, payment, invoice, amount, day)
            VALUES (1 + p.n / 120, p.number, i.number, part,
                    CASE WHEN p.n % 4 = 0 THEN date '2026-03-01' + p.n / 120 END);
            UPDATE left_over SET amount = left_over.amount - part WHERE number = i.number;
            rest := rest - part;
        END LOOP;
    END LOOP;
END
$$;
CREATE TEMP VIEW item_of AS
SELECT d.company_id, d.document_number, i.item_id
FROM receivables.document AS d JOIN receivables.item AS i USING (company_id, document_id);

SELECT count(ar.apply(:one, p.item_id, i.item_id, s.amount, s.day))
FROM (SELECT * FROM settled ORDER BY n) AS s
JOIN item_of AS p ON p.company_id = :one AND p.document_number = s.payment
JOIN item_of AS i ON i.company_id = :one AND i.document_number = s.invoice \g /dev/null
CREATE TEMP TABLE made AS
SELECT b.batch, b.expected, ar.apply_many(:many, b.credits, b.debits, b.amounts, b.days) AS keys
FROM (SELECT s.batch, count(*) AS expected, array_agg(p.item_id ORDER BY s.n) AS credits, array_agg(i.item_id ORDER BY s.n) AS debits,
             array_agg(s.amount ORDER BY s.n) AS amounts, array_agg(s.day ORDER BY s.n) AS days
      FROM settled AS s
      JOIN item_of AS p ON p.company_id = :many AND p.document_number = s.payment
      JOIN item_of AS i ON i.company_id = :many AND i.document_number = s.invoice
      GROUP BY s.batch) AS b ORDER BY b.batch;

SELECT ok((SELECT count(*) > 100 FROM settled), 'there is much to settle');
SELECT is((SELECT sum(cardinality(keys)) FROM made), (SELECT count(*) FROM settled), 'each application has a key');
SELECT results_eq(
    $$SELECT a.amount FROM made AS m, unnest(m.keys) WITH ORDINALITY AS k (id, n)
      JOIN receivables.application AS a ON a.application_id = k.id ORDER BY m.batch, k.n$$,
    'SELECT amount FROM settled ORDER BY n', 'keys come in the order of the applications');
PREPARE kept (bigint) AS
    SELECT d.document_number, i.open_amount, i.open_company_amount, i.closed_on, i.last_applied_on, i.applied_before_on,
           i.last_applied_amount, i.last_applied_company_amount, i.reopened
    FROM receivables.item AS i JOIN receivables.document AS d USING (company_id, document_id)
    WHERE i.company_id = $1 ORDER BY d.document_number;
SELECT results_eq(format('EXECUTE kept(%s)', :many), format('EXECUTE kept(%s)', :one), 'items are kept as by single applications');
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');

-- Faults are those of single applications, and nothing is half-written.
SELECT ar.post_invoice(:many, 'C1', 'A', '2026-04-01', '2026-05-01', 100.00) \g /dev/null
SELECT ar.post_invoice(:many, 'C2', 'B', '2026-04-01', '2026-05-01', 100.00) \g /dev/null
SELECT ar.post_payment(:many, 'C1', 'PA', '2026-04-05', 70.00) \g /dev/null
SELECT item_id AS a FROM item_of WHERE company_id = :many AND document_number = 'A' \gset
SELECT item_id AS b FROM item_of WHERE company_id = :many AND document_number = 'B' \gset
SELECT item_id AS pa FROM item_of WHERE company_id = :many AND document_number = 'PA' \gset
SELECT throws_like(format('SELECT ar.apply_many(%s, %L, %L, %L)', :many, ARRAY[:pa, :pa], ARRAY[:a, :a], '{40,30.01}'),
                   'cannot apply 30.01 to item % only 30.00 is open', 'more than is left of the payment by the first');
SELECT throws_like(format('SELECT ar.apply_many(%s, %L, %L, %L)', :many, ARRAY[:pa], ARRAY[:b], '{10}'),
                   'items % belong to different customers', 'another customer');
SELECT throws_like(format('SELECT ar.apply_many(%s, %L, %L, %L, %L)', :many, ARRAY[:pa], ARRAY[:a], '{10}', '{2026-04-04}'),
                   'cannot apply on 2026-04-04%', 'before the payment');
SELECT throws_ok(format('SELECT ar.apply_many(%s, %L, %L, %L)', :many, ARRAY[:pa], ARRAY[-1], '{10}'), '23503', NULL, 'no such item');
SELECT throws_ok(format('SELECT ar.apply_many(%s, %L, %L, %L, match_proposal_ids => %L)', :many, ARRAY[:pa], ARRAY[:a], '{10}', '{-1}'), '23503',
                 format('match_proposal -1 does not exist in company %s', :many), 'no such proposal');
SELECT throws_ok(format('SELECT ar.apply_many(%s, %L, %L, %L)', :many, ARRAY[:pa], ARRAY[:a], '{10.001}'), '23514', NULL, 'too many decimals');
SELECT throws_ok(format('SELECT ar.apply_many(%s, %L, %L, %L)', :many, ARRAY[:pa], ARRAY[:a, :a], '{10}'), '2202E', NULL, 'arrays of different length');
SELECT throws_ok(format('SELECT ar.apply_many(%s, NULL, %L, %L)', :many, ARRAY[:a], '{10}'), '22004', NULL, 'a null array');
-- One that another trigger inserts meanwhile is settled by its own trigger.
CREATE FUNCTION pg_temp.apply_more() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.amount = 10 THEN
        PERFORM ar.apply(NEW.company_id, NEW.credit_item_id, NEW.debit_item_id, 5);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER more BEFORE INSERT ON receivables.application FOR EACH ROW EXECUTE FUNCTION pg_temp.apply_more();
SELECT ar.apply_many(:many, ARRAY[:pa], ARRAY[:a], '{10}') \g /dev/null
SELECT is((SELECT open_amount FROM receivables.item WHERE company_id = :many AND item_id = :a), 85.00, 'both are settled');
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are still sound');
SELECT * FROM finish();
ROLLBACK;
