-- Owners of customers, dated: then, now, and on the day an item counts from.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
INSERT INTO receivables.company (company_id, company_code, name, currency) VALUES (1, 'EU', 'Europe', 'EUR'), (2, 'JP', 'Japan', 'JPY');
INSERT INTO receivables.customer (company_id, customer_id, customer_number, name, grade, salesperson, department, region) VALUES
    (1, 11, 'C1', 'First', 'A', 'Ann', 'North', 'Oslo'), (1, 12, 'C2', 'Second', 'B', NULL, NULL, NULL), (2, 11, 'C1', 'Other', NULL, 'Ann', NULL, NULL);
INSERT INTO receivables.document (company_id, document_id, customer_id, document_date, kind, document_number, amount)
VALUES (1, 101, 11, '2025-01-10', 'invoice', 'I1', 100), (1, 102, 11, '2025-03-01', 'invoice', 'I2', 200),
       (1, 103, 12, '2025-01-15', 'invoice', 'I3', 50), (1, 104, 11, '2025-03-05', 'payment', 'P1', 30);
INSERT INTO receivables.item (company_id, item_id, customer_id, document_id, kind, effective_on, due_on, amount)
VALUES (1, 1001, 11, 101, 'invoice', '2025-01-10', '2025-02-10', 100), (1, 1002, 11, 102, 'invoice', '2025-03-01', '2025-03-31', 200),
       (1, 1003, 12, 103, 'invoice', '2025-01-15', '2025-02-15', 50), (1, 1004, 11, 104, 'payment', '2025-03-05', '2025-03-05', -30);
CREATE VIEW pg_temp.owner AS
SELECT valid_from, valid_to, salesperson, department, region FROM receivables.customer_owner WHERE company_id = 1 AND customer_id = 11 ORDER BY 1;

SELECT results_eq('SELECT * FROM pg_temp.owner', $$VALUES (date '-infinity', date 'infinity', 'Ann', 'North', 'Oslo')$$, 'a customer that is entered has an owner for ever');
SELECT clock_timestamp() AS before_bob \gset
SELECT ar.assign_customer(1, 'C1', '2025-02-15', 'Bob', 'South', 'Rome');
SELECT results_eq('SELECT * FROM pg_temp.owner', $$VALUES (date '-infinity', date '2025-02-15', 'Ann', 'North', 'Oslo'), ('2025-02-15', 'infinity', 'Bob', 'South', 'Rome')$$,
    'another owner from a day on');
SELECT results_eq('SELECT salesperson, department, region FROM receivables.customer WHERE company_id = 1 AND customer_id = 11',
    $$VALUES ('Bob', 'South', 'Rome')$$, 'the customer shows the latest');
SELECT is((SELECT count(*) FROM receivables.customer_owner WHERE company_id = 2), 1::bigint, 'the same number of another company is another customer');

-- Then: on 2025-02-01 only I1 and I3 count, Ann is responsible; on 2025-04-01 Bob.
SET ar.as_of = '2025-02-01';
SELECT results_eq('SELECT salesperson, customer_count, balance FROM receivables.aging_by_salesperson ORDER BY 1',
    $$VALUES ('Ann', 1::bigint, 100.00), (NULL, 1, 50.00)$$, 'by the owner then, before the change');
SELECT results_eq('SELECT customer_number, salesperson, department, region FROM receivables.aging_by_customer ORDER BY 1',
    $$VALUES ('C1', 'Ann', 'North', 'Oslo'), ('C2', NULL, NULL, NULL)$$, 'so does the report by customer');
SET ar.as_of = '2025-04-01';
SELECT results_eq('SELECT salesperson, not_due, days_1_30, days_31_60, unapplied_amount, balance FROM receivables.aging_by_salesperson ORDER BY 1',
    $$VALUES ('Bob', 0.00, 200.00, 100.00, -30.00, 270.00), (NULL, 0.00, 0.00, 50.00, 0.00, 50.00)$$, 'and after it');
SELECT results_eq('SELECT region, balance FROM receivables.aging_by_region ORDER BY 1', $$VALUES ('Rome', 270.00), (NULL, 50.00)$$, 'by region');
SELECT results_eq('SELECT department, balance FROM receivables.aging_by_department ORDER BY 1', $$VALUES ('South', 270.00), (NULL, 50.00)$$, 'by department');
-- On any day, and by the day each item counts from: I1 is Ann's, I2 and the payment are Bob's.
SELECT results_eq($$SELECT value, customer_count, item_count, days_1_30, days_31_60, unapplied_amount, balance FROM ar.aging_by('salesperson', '2025-01-31') ORDER BY 1$$,
    $$VALUES ('Ann', 1::bigint, 2::bigint, 200.00, 100.00, -30.00, 270.00), (NULL, 1, 1, 0.00, 50.00, 0.00, 50.00)$$, 'by the owner on another day');
SELECT results_eq($$SELECT value, balance FROM ar.aging_by('salesperson', '2025-02-15') ORDER BY 1$$, $$VALUES ('Bob', 270.00), (NULL, 50.00)$$, 'a change counts on its first day');
SELECT results_eq($$SELECT value, balance FROM ar.aging_by('salesperson', '2025-02-14') ORDER BY 1$$, $$VALUES ('Ann', 270.00), (NULL, 50.00)$$, 'and not on the day before');
SELECT results_eq($$SELECT value, customer_count, item_count, days_1_30, days_31_60, unapplied_amount, balance, overdue, as_of FROM ar.aging_by('salesperson') ORDER BY 1$$,
    $$VALUES ('Ann', 1::bigint, 1::bigint, 0.00, 100.00, 0.00, 100.00, 100.00, date '2025-04-01'), ('Bob', 1, 1, 200.00, 0.00, -30.00, 170.00, 200.00, '2025-04-01'),
             (NULL, 1, 1, 0.00, 50.00, 0.00, 50.00, 50.00, '2025-04-01')$$, 'by the owner on the day each item counts from');
SELECT results_eq($$SELECT value, balance FROM ar.aging_by('grade') ORDER BY 1$$, $$VALUES ('A', 270.00), ('B', 50.00)$$, 'by grade');
SELECT results_eq($$SELECT d.name, sum(a.balance), sum(a.days_31_60), sum(a.item_count) FROM unnest('{salesperson,department,region,grade}'::text[]) AS d (name),
                    unnest('{2025-01-31,2025-04-01,null}'::date[]) AS o (day), ar.aging_by(d.name, o.day) AS a GROUP BY d.name, o.day ORDER BY 1$$,
    $$SELECT d.name, s.balance, s.days_31_60, s.item_count::numeric FROM unnest('{department,department,department,grade,grade,grade,region,region,region,salesperson,salesperson,salesperson}'::text[])
      AS d (name), receivables.aging_summary AS s WHERE s.company_id = 1$$, 'every way adds up to the summary');

-- A date before another owner: until that one.
SELECT ar.assign_customer(1, 'C1', '2025-02-01', 'Cid', 'North', 'Oslo');
SELECT results_eq('SELECT valid_from, valid_to, salesperson FROM pg_temp.owner',
    $$VALUES (date '-infinity', date '2025-02-01', 'Ann'), ('2025-02-01', '2025-02-15', 'Cid'), ('2025-02-15', 'infinity', 'Bob')$$, 'an earlier change counts until the later one');
SELECT results_eq('SELECT salesperson FROM receivables.customer WHERE company_id = 1 AND customer_id = 11', $$VALUES ('Bob')$$, 'the customer shows the latest still');
SELECT ar.assign_customer(1, 'C1', '2025-02-01', 'Cid', 'North', 'Oslo');
SELECT is((SELECT count(*) FROM pg_temp.owner), 3::bigint, 'said again, it changes nothing');

-- Corrections, and what was known before them
SELECT clock_timestamp() AS before_amy \gset
SELECT ar.assign_customer(1, 'C1', '-infinity', 'Amy', 'North', 'Oslo');
SELECT ar.assign_customer(1, 'C1', '2025-02-15', 'Bea', 'South', 'Rome');
SELECT clock_timestamp() AS before_eve \gset
SELECT ar.assign_customer(1, 'C1', '-infinity', 'Eve', 'North', 'Oslo');
SELECT results_eq('SELECT valid_from, salesperson FROM pg_temp.owner',
    $$VALUES (date '-infinity', 'Eve'), ('2025-02-01', 'Cid'), ('2025-02-15', 'Bea')$$, 'the day of an owner corrects that one');
SELECT results_eq('SELECT salesperson FROM receivables.customer WHERE company_id = 1 AND customer_id = 11', $$VALUES ('Bea')$$, 'the customer shows a corrected latest one');
SELECT results_eq($$SELECT old_value, new_value FROM ar.change_history('customer_owner', '{"company_id": 1, "customer_id": 11, "valid_from": "-infinity"}') WHERE column_name = 'salesperson'$$,
    $$VALUES ('"Ann"'::jsonb, '"Amy"'::jsonb), ('"Amy"', '"Eve"')$$, 'corrections are logged');
CREATE FUNCTION pg_temp.known(known_at timestamptz) RETURNS TABLE (valid_from date, valid_to date, salesperson text) LANGUAGE sql
    BEGIN ATOMIC SELECT o.valid_from, o.valid_to, o.salesperson FROM ar.owner_periods(known_at) AS o WHERE o.company_id = 1 AND o.customer_id = 11 ORDER BY 1; END;
SELECT results_eq(format('SELECT * FROM pg_temp.known(%L)', :'before_bob'), $$VALUES (date '-infinity', date 'infinity', 'Ann')$$, 'as known at first');
SELECT results_eq(format('SELECT * FROM pg_temp.known(%L)', :'before_amy'),
    $$VALUES (date '-infinity', date '2025-02-01', 'Ann'), ('2025-02-01', '2025-02-15', 'Cid'), ('2025-02-15', 'infinity', 'Bob')$$, 'as known before the corrections');
SELECT results_eq(format('SELECT * FROM pg_temp.known(%L)', :'before_eve'),
    $$VALUES (date '-infinity', date '2025-02-01', 'Amy'), ('2025-02-01', '2025-02-15', 'Cid'), ('2025-02-15', 'infinity', 'Bea')$$, 'as known between them');
SELECT results_eq('SELECT * FROM pg_temp.known(NULL)', 'SELECT valid_from, valid_to, salesperson FROM pg_temp.owner', 'as known now');
SELECT set_config('ar.known_at', :'before_amy', true) IS NOT NULL AS set \gset
SELECT results_eq('SELECT salesperson, balance FROM receivables.aging_by_salesperson ORDER BY 1', $$VALUES ('Bob', 270.00), (NULL, 50.00)$$,
    'a report as known then has the owners as known then');
SELECT results_eq($$SELECT value, balance FROM ar.aging_by('salesperson') ORDER BY 1$$, $$VALUES ('Ann', 100.00), ('Bob', 170.00), (NULL, 50.00)$$, 'by the day each item counts from too');
RESET ar.known_at;
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'sound so far');

-- The customer's own columns
UPDATE receivables.customer SET salesperson = 'Dan' WHERE company_id = 1 AND customer_id = 12;
SELECT results_eq('SELECT valid_from, valid_to, salesperson FROM receivables.customer_owner WHERE company_id = 1 AND customer_id = 12 ORDER BY 1',
    $$VALUES (date '-infinity', current_date, NULL), (current_date, 'infinity', 'Dan')$$, 'a change of the customer counts from today');
SELECT imported AS imported FROM ar.import_rows(1, 'customer', '[{"customer_number": "C2", "name": "Second", "salesperson": "Eli"}, {"customer_number": "C3", "name": "Third", "region": "Bern"}]') \gset
SELECT results_eq($$SELECT c.customer_number, o.valid_from, o.valid_to, o.salesperson, o.region FROM receivables.customer_owner AS o
                    JOIN receivables.customer AS c USING (company_id, customer_id) WHERE c.company_id = 1 AND c.customer_id <> 11 ORDER BY 1, 2$$,
    $$VALUES ('C2', date '-infinity', current_date, NULL, NULL), ('C2', current_date, 'infinity', 'Eli', NULL), ('C3', '-infinity', 'infinity', NULL, 'Bern')$$,
    'an import on the same day replaces it; a new customer starts with its own');
SELECT ar.assign_customer(1, 'C3', current_date + 100, 'Fay', NULL, 'Bern');
UPDATE receivables.customer SET salesperson = 'Gus' WHERE customer_number = 'C3';
SELECT results_eq($$SELECT o.valid_from, o.salesperson FROM receivables.customer_owner AS o JOIN receivables.customer AS c USING (company_id, customer_id) WHERE c.customer_number = 'C3' ORDER BY 1$$,
    $$VALUES (date '-infinity', NULL), (current_date + 100, 'Gus')$$, 'a change of a customer whose latest owner is still to come replaces that one');
UPDATE receivables.customer SET name = 'Renamed' WHERE customer_number = 'C3';
SELECT is((SELECT count(*) FROM receivables.customer_owner AS o JOIN receivables.customer AS c USING (company_id, customer_id) WHERE c.customer_number = 'C3'), 2::bigint, 'another name is no other owner');
INSERT INTO receivables.customer_owner (company_id, customer_id, valid_from, valid_to, salesperson) VALUES (1, 12, '2025-06-01', '2025-06-02', 'Hal');
SELECT results_eq('SELECT valid_from, valid_to, salesperson FROM receivables.customer_owner WHERE company_id = 1 AND customer_id = 12 ORDER BY 1',
    $$VALUES (date '-infinity', date '2025-06-01', NULL), ('2025-06-01', current_date, 'Hal'), (current_date, 'infinity', 'Eli')$$, 'an owner that is inserted finds its place');
UPDATE receivables.customer_owner SET salesperson = 'Ida' WHERE company_id = 1 AND customer_id = 12 AND valid_to = 'infinity';
SELECT results_eq('SELECT salesperson FROM receivables.customer WHERE company_id = 1 AND customer_id = 12', $$VALUES ('Ida')$$, 'a correction by hand shows too');
DELETE FROM receivables.customer WHERE customer_number = 'C3';
SELECT is((SELECT count(*) FROM receivables.customer_owner WHERE customer_id NOT IN (11, 12)), 0::bigint, 'owners go with a customer that is deleted');
CREATE TEMP TABLE attempt (n serial, command text, sqlstate text, name text);
INSERT INTO attempt (command, sqlstate, name) VALUES
    ($$DELETE FROM receivables.customer_owner WHERE customer_id = 12$$, '23001', 'deleting owners'),
    ($$UPDATE receivables.customer_owner SET valid_to = '2030-01-01' WHERE customer_id = 12 AND valid_to = 'infinity'$$, '23001', 'another end'),
    ($$UPDATE receivables.customer_owner SET valid_from = '2020-01-01' WHERE customer_id = 12 AND valid_to = 'infinity'$$, '23001', 'another start'),
    ($$TRUNCATE receivables.customer_owner$$, '23001', 'emptying the table'),
    ($$INSERT INTO receivables.customer_owner (company_id, customer_id, valid_from) VALUES (1, 12, '2025-06-01')$$, '23505', 'two owners from the same day'),
    ($$INSERT INTO receivables.customer_owner (company_id, customer_id, salesperson) VALUES (1, 12, 'x')$$, '23505', 'two first owners'),
    ($$INSERT INTO receivables.customer_owner (company_id, customer_id, valid_from) VALUES (1, 12, 'infinity')$$, '23514', 'an owner from the end of time'),
    ($$INSERT INTO receivables.customer_owner (company_id, customer_id, valid_from) VALUES (1, 99, '2025-06-01')$$, '23503', 'an owner of nobody'),
    ($$INSERT INTO receivables.customer_owner (company_id, customer_id, valid_from, recorded_at) VALUES (1, 12, '2025-06-05', '2025-06-05')$$, '23514', 'a forged time of entry'),
    ($$SELECT ar.assign_customer(1, 'C9', '2025-01-01', 'x', NULL, NULL)$$, 'P0002', 'an unknown customer'),
    ($$SELECT ar.assign_customer(9, 'C1', '2025-01-01', 'x', NULL, NULL)$$, '23503', 'an unknown company'),
    ($$SELECT ar.assign_customer(1, 'C1', NULL, 'x', NULL, NULL)$$, '22023', 'no date'),
    ($$SELECT ar.assign_customer(1, 'C1', 'infinity', 'x', NULL, NULL)$$, '22023', 'the end of time'),
    ($$SELECT * FROM ar.aging_by('name')$$, '22023', 'a report by another column'),
    ($$SELECT * FROM ar.aging_by(NULL)$$, '22023', 'a report by nothing');
SELECT throws_ok(command, sqlstate, NULL, name) FROM attempt ORDER BY n;

-- At random; the oracle: on each day counts what was entered last for the latest day up to it.
CREATE TEMP TABLE entry (n serial, valid_from date, salesperson text);
INSERT INTO entry (valid_from, salesperson) VALUES ('-infinity', NULL);
INSERT INTO receivables.customer (company_id, customer_id, customer_number, name) VALUES (2, 77, 'R', 'Random');
DO $$
BEGIN
    PERFORM setseed(0.5);
    FOR step IN 1..300 LOOP
        INSERT INTO entry (valid_from, salesperson)
        VALUES (CASE WHEN step % 50 = 0 THEN '-infinity' ELSE date '2025-01-01' + floor(random() * 120)::integer END, 'S' || floor(random() * 6));
        PERFORM ar.assign_customer(2, 'R', e.valid_from, e.salesperson, NULL, NULL) FROM entry AS e ORDER BY e.n DESC LIMIT 1;
    END LOOP;
END$$;
CREATE TEMP TABLE distinct_entry AS SELECT DISTINCT ON (valid_from) * FROM entry ORDER BY valid_from, n DESC;
SELECT ok(max(c) = 1 AND count(*) = 140 AND bool_and(o IS NOT DISTINCT FROM e), 'three hundred owners at random: every day has the one that was entered for it')
FROM (SELECT d.day, count(*) OVER (PARTITION BY d.day) AS c, w.salesperson AS o,
             (SELECT e.salesperson FROM distinct_entry AS e WHERE e.valid_from <= d.day ORDER BY e.valid_from DESC LIMIT 1) AS e
      FROM (SELECT date '2024-12-22' + n AS day FROM generate_series(0, 139) AS n) AS d
      LEFT JOIN receivables.customer_owner AS w ON w.company_id = 2 AND w.customer_id = 77 AND w.valid_from <= d.day AND w.valid_to > d.day) AS x;
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'sound after all of it');

-- Broken on purpose, past the triggers
SET session_replication_role = replica;
UPDATE receivables.customer_owner SET valid_to = valid_to - 1 WHERE company_id = 1 AND customer_id = 12 AND valid_from = '2025-06-01';
UPDATE receivables.customer SET region = 'nowhere' WHERE company_id = 2 AND customer_id = 11;
UPDATE receivables.customer_owner SET valid_to = '2090-01-01' WHERE company_id = 1 AND customer_id = 11 AND valid_to = 'infinity';
DELETE FROM receivables.customer_owner WHERE company_id = 2 AND customer_id = 77;
SET session_replication_role = origin;
SELECT results_eq('SELECT company_id, object, invariant FROM ar.check_ledger() ORDER BY 1, 2',
    $$VALUES (1::bigint, 'customer C1', 'owners of a customer follow each other without a gap'), (1, 'customer C2', 'owners of a customer follow each other without a gap'),
             (2, 'customer C1', 'a customer shows its latest owner'), (2, 'customer R', 'owners of a customer follow each other without a gap')$$, 'gaps and differences are found');
SELECT ar.upgrade_ledger() IS NOT NULL AS upgraded \gset
SELECT results_eq('SELECT valid_from, valid_to, salesperson = (SELECT salesperson FROM receivables.customer WHERE customer_id = 77) FROM receivables.customer_owner WHERE customer_id = 77',
    $$VALUES (date '-infinity', date 'infinity', true)$$, 'a customer without any gets its first owner with upgrade_ledger');

SELECT * FROM finish();
ROLLBACK;
