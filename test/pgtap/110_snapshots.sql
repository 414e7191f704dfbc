-- Movements between buckets and snapshots: by hand, against plain SQL on random books, and taken again.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
SET LOCAL datestyle = 'ISO';
\ir indicator_book.psql

SELECT results_eq($$SELECT d.day, ar.month_before(d.day) FROM unnest('{2025-03-31,2025-03-30,2025-02-28,2024-03-31,2025-07-15,2025-01-01}'::date[]) AS d (day)$$,
    $$VALUES (date '2025-03-31', date '2025-02-28'), ('2025-03-30', '2025-02-28'), ('2025-02-28', '2025-01-31'), ('2024-03-31', '2024-02-29'),
             ('2025-07-15', '2025-06-15'), ('2025-01-01', '2024-12-01')$$, 'a month before');
SELECT results_eq('SELECT * FROM ar.bucket_migration(pg_temp.acme(), ''2025-02-28'', ''2025-03-31'')',
    $$VALUES ('not due', '31-60', 500.00, 1::bigint, 0.625000), ('not due', 'paid', 300.00, 1, 0.375000), ('not due', 'moved', 60.00, 1, NULL),
             ('1-30', '31-60', 600.00, 1, 0.600000), ('1-30', 'paid', 400.00, 1, 0.400000),
             ('61-90', 'credited', 50.00, 1, 0.250000), ('61-90', 'written off', 150.00, 1, 0.750000),
             ('over 90', 'over 90', 80.00, 1, 1.000000)$$, 'movements of March; what was opened again or posted is none');
SELECT results_eq('SELECT from_state, to_state, amount FROM ar.bucket_migration(pg_temp.acme(), ''2025-02-14'', ''2025-02-28'') WHERE to_state = ''paid''',
    $$VALUES ('not due', 'paid', 70.00)$$, 'the payment counted until it was undone');
SELECT is_empty('SELECT * FROM ar.bucket_migration(pg_temp.acme(), ''2020-01-01'', ''2020-02-01'')', 'before anything was open');
SELECT throws_ok('SELECT * FROM ar.bucket_migration(pg_temp.acme(), ''2025-02-01'', ''2025-02-01'')', '22023', NULL, 'no time between');
SELECT throws_ok('SELECT * FROM ar.bucket_migration(pg_temp.acme(), NULL, ''2025-02-01'')', '22023', NULL, 'no day');
SELECT throws_ok('SELECT * FROM ar.bucket_migration(-1, ''2025-01-01'', ''2025-02-01'')', '23503', NULL, 'no company');

-- What payers keep back goes on as a deduction.
INSERT INTO receivables.bank_account (company_id, account, currency) VALUES (:acme, 'B', 'EUR');
INSERT INTO receivables.bank_statement (company_id, bank_statement_id, format, account, statement_number, currency, content_hash) VALUES (:acme, 1, 'csv', 'B', '1', 'EUR', 'b');
INSERT INTO receivables.bank_line (company_id, bank_line_id, bank_statement_id, line_number, entry_number, entry_amount, booked_on, value_on, currency, amount, open_amount)
VALUES (:acme, 1, 1, 1, 1, 90, '2025-04-10', '2025-04-10', 'EUR', 90, 90);
SELECT ar.apply_manual(:acme, bank_line_id => 1, customer_number => 'C2', lines => '[{"invoice_number": "I5", "amount": 90},
    {"invoice_number": "I5", "amount": 10, "purpose": "deduction", "note": "broken"}]') IS NOT NULL AS applied \gset
SELECT results_eq('SELECT from_state, to_state, amount FROM ar.bucket_migration(pg_temp.acme(), ''2025-03-31'', ''2025-04-30'') WHERE from_state = ''not due''',
    $$VALUES ('not due', 'paid', 90.00), ('not due', 'moved', 10.00)$$, 'a deduction is a move, the rest is paid');

-- Snapshots
SELECT results_eq('SELECT customers, changed > 0 FROM ar.take_snapshot(pg_temp.acme(), ''2025-02-28'')', 'VALUES (2::bigint, true)', 'February');
SELECT results_eq('SELECT customers FROM ar.take_snapshot(pg_temp.acme(), ''2025-03-31'')', 'VALUES (3::bigint)', 'March');
SELECT md5(string_agg(s::text, E'\n' ORDER BY s::text)) AS taken FROM receivables.snapshot AS s \gset
SELECT results_eq('SELECT * FROM ar.take_snapshot(pg_temp.acme(), ''2025-03-31'')', 'VALUES (3::bigint, 0::bigint)', 'taken again it changes nothing');
SELECT is((SELECT md5(string_agg(s::text, E'\n' ORDER BY s::text)) FROM receivables.snapshot AS s), :'taken', 'not even its time');
SELECT results_eq($$SELECT snapshot_on, customer_count, not_due, days_1_30, days_31_60, days_61_90, days_over_90, unapplied_amount, balance FROM receivables.aging_trend ORDER BY 1$$,
    $$VALUES (date '2025-02-28', 2::bigint, 860.00, 1000.00, 0.00, 200.00, 80.00, 0.00, 2140.00), ('2025-03-31', 3, 100.00, 60.00, 1170.00, 0.00, 80.00, -40.00, 1370.00)$$, 'the trend');
SELECT results_eq($$SELECT as_of, value, balance, overdue_rate FROM ar.aging_trend(pg_temp.acme(), 'salesperson', '2025-03-01')$$,
    $$VALUES (date '2025-03-31', 'Ann', 1240.00, 1.000000), ('2025-03-31', 'Bob', 170.00, 0.411765), ('2025-03-31', NULL, -40.00, NULL)$$, 'by salesperson');
SELECT results_eq($$SELECT as_of, value, balance FROM ar.aging_trend(pg_temp.acme(), 'customer', to_date => '2025-03-01')$$,
    $$VALUES (date '2025-02-28', 'C1', 1580.00), ('2025-02-28', 'C2', 560.00)$$, 'by customer');
SELECT throws_ok($$SELECT * FROM ar.aging_trend(pg_temp.acme(), 'colour')$$, '22023', NULL, 'by nothing else');
-- Owners of the day: a later one is not seen in the snapshot, nor is a change of the books behind it.
SELECT ar.assign_customer(:acme, 'C1', '2025-03-15', 'Cid', 'North', NULL);
SELECT results_eq($$SELECT as_of, value, balance FROM ar.aging_trend(pg_temp.acme(), 'salesperson') WHERE value IN ('Ann', 'Cid')$$,
    $$VALUES (date '2025-02-28', 'Ann', 1580.00), ('2025-03-31', 'Ann', 1240.00)$$, 'snapshots stay until they are taken again');
SELECT results_eq('SELECT changed FROM ar.take_snapshot(pg_temp.acme(), ''2025-02-28'')', 'VALUES (0::bigint)', 'February has the old owner');
SELECT cmp_ok((SELECT changed FROM ar.take_snapshot(pg_temp.acme(), '2025-03-31')), '>', 0::bigint, 'March has the new one');
SELECT results_eq($$SELECT as_of, value, balance FROM ar.aging_trend(pg_temp.acme(), 'salesperson') WHERE value IN ('Ann', 'Cid')$$,
    $$VALUES (date '2025-02-28', 'Ann', 1580.00), ('2025-03-31', 'Cid', 1240.00)$$, 'each day the owner it had');
-- Late entries: a payment of March for all of C2's open items but I5 and the deduction's invoice.
SELECT ar.post_payment(:acme, 'C2', 'P9', '2025-03-30', 170, '[{"invoice_number": "I8", "amount": 70}]') AS p9 \gset
SELECT cmp_ok((SELECT changed FROM ar.take_snapshot(pg_temp.acme(), '2025-03-31')), '>', 0::bigint, 'a late payment changes the snapshot');
SELECT results_eq($$SELECT snapshot_on, days_31_60, unapplied_amount, balance FROM receivables.aging_trend WHERE snapshot_on = '2025-03-31'$$,
    $$VALUES (date '2025-03-31', 1100.00, -140.00, 1200.00)$$, 'and its trend');
SELECT results_eq('SELECT changed FROM ar.take_snapshot(pg_temp.acme(), ''2025-03-31'')', 'VALUES (0::bigint)', 'once');
-- A customer without open items has no row any more.
SELECT ar.post_refund(:acme, 'C3', 'F1', '2025-03-31', 40, deposit_number => 'D1') AS f1 \gset
SELECT results_eq('SELECT customers FROM ar.take_snapshot(pg_temp.acme(), ''2025-03-31'')', 'VALUES (2::bigint)', 'a customer whose credit was refunded');
SELECT is_empty($$SELECT FROM receivables.aging_snapshot AS s JOIN receivables.customer AS c USING (company_id, customer_id) WHERE c.customer_number = 'C3'$$, 'is gone from it');
SELECT is((SELECT customer_count FROM receivables.snapshot WHERE as_of = '2025-03-31'), 2::bigint, 'and from the count');
SET LOCAL ar.known_at = '2025-01-01Z';
SELECT results_eq('SELECT changed FROM ar.take_snapshot(pg_temp.acme(), ''2025-03-31'')', 'VALUES (0::bigint)', 'whatever the session looks at');
SET LOCAL ar.known_at = '';
SELECT throws_ok('SELECT ar.take_snapshot(pg_temp.acme(), ''infinity'')', '22023', NULL, 'no day');
SELECT throws_ok('SELECT ar.take_snapshot(pg_temp.acme(), NULL)', '22023', NULL, 'nor none');
SELECT throws_ok('SELECT ar.take_snapshot(-1, ''2025-03-31'')', '23503', NULL, 'no company');
DELETE FROM receivables.snapshot WHERE as_of = '2025-02-28';
SELECT is((SELECT count(*) FROM receivables.aging_snapshot WHERE as_of = '2025-02-28'), 0::bigint, 'a snapshot is derived: it may be deleted');
-- An empty company has a snapshot too.
SELECT ar.create_company('NIL', 'Nothing', 'JPY') AS nil \gset
SELECT results_eq('SELECT c.company_code, s.customers FROM ar.take_snapshots(''2025-02-28'') AS s JOIN receivables.company AS c USING (company_id) ORDER BY 1',
    $$VALUES ('ACME', 2::bigint), ('NIL', 0)$$, 'all companies');
SELECT results_eq($$SELECT customer_count, item_count, balance, overdue_rate FROM receivables.aging_trend WHERE company_code = 'NIL'$$, 'VALUES (0::bigint, 0::bigint, 0::numeric, NULL::numeric)', 'nothing is open');

-- Roll rates pool the movements of snapshots that lie whole months apart.
SELECT is_empty(format('SELECT * FROM ar.roll_rates(%s, ''2025-03-31'')', :nil), 'no rates of nothing');
SELECT is_empty('SELECT * FROM ar.roll_rates(pg_temp.acme(), ''2024-01-01'')', 'nor without a snapshot');
SELECT throws_ok('SELECT * FROM ar.roll_rates(pg_temp.acme(), ''2025-03-31'', 0)', '22023', NULL, 'nor of no month');
DELETE FROM receivables.aging_migration;
SELECT count(s.customers) AS taken FROM unnest('{2025-01-31,2025-02-14}'::date[]) AS d (day), LATERAL ar.take_snapshot(:acme, d.day) AS s \gset
DELETE FROM receivables.aging_migration;
INSERT INTO receivables.aging_migration (company_id, as_of, from_state, to_state, amount, item_count)
SELECT :acme, m.* FROM (VALUES
    (date '2025-01-31', 'not due', 'paid', 500::numeric, 1), ('2025-01-31', 'over 90', 'written off', 10, 1), ('2025-01-31', 'over 90', 'over 90', 10, 1),
    ('2025-02-14', 'not due', 'written off', 9999, 1),
    ('2025-02-28', 'not due', 'paid', 300, 1), ('2025-02-28', 'not due', '1-30', 200, 1), ('2025-02-28', 'not due', 'moved', 77, 1),
    ('2025-02-28', '1-30', 'credited', 50, 1), ('2025-02-28', '1-30', '31-60', 50, 1), ('2025-02-28', '31-60', 'paid', 20, 1),
    ('2025-02-28', '31-60', '61-90', 20, 1), ('2025-02-28', '61-90', 'over 90', 30, 1),
    ('2025-03-31', 'over 90', 'over 90', 80, 1), ('2025-03-31', 'over 90', 'written off', 80, 1)) AS m;
SELECT results_eq('SELECT from_state, to_state, amount, round(rate, 6), snapshots FROM ar.roll_rates(pg_temp.acme(), ''2025-04-15'')',
    $$VALUES ('not due', '1-30', 200::numeric, 0.200000, 3::bigint), ('not due', 'paid', 800, 0.800000, 3), ('not due', 'moved', 77, NULL, 3),
             ('1-30', '31-60', 50, 0.500000, 3), ('1-30', 'credited', 50, 0.500000, 3), ('31-60', '61-90', 20, 0.500000, 3), ('31-60', 'paid', 20, 0.500000, 3),
             ('61-90', 'over 90', 30, 1.000000, 3), ('over 90', 'over 90', 90, 0.500000, 3), ('over 90', 'written off', 90, 0.500000, 3)$$, 'rates of three months');
SELECT results_eq('SELECT DISTINCT snapshots FROM ar.roll_rates(pg_temp.acme(), ''2025-04-15'', 1)', 'VALUES (1::bigint)', 'rates of one');
-- In the end: over 90 and 61-90 all bad, 31-60 half, 1-30 a quarter, not due a twentieth; open are 100, 60, 1100, 0 and 80.
SELECT results_eq('SELECT label, amount, paid_probability, credited_probability, loss_probability, expected_loss FROM ar.expected_losses(pg_temp.acme(), ''2025-03-31'')',
    $$VALUES ('not due', 100.00, 0.850000, 0.100000, 0.050000, 5.00), ('1-30', 60.00, 0.250000, 0.500000, 0.250000, 15.00), ('31-60', 1100.00, 0.500000, 0.000000, 0.500000, 550.00),
             ('61-90', 0.00, 0.000000, 0.000000, 1.000000, 0.00), ('over 90', 80.00, 0.000000, 0.000000, 1.000000, 80.00)$$, 'expected losses');
-- Where over 90 is never left, it is not known what becomes of what leads there.
DELETE FROM receivables.aging_migration WHERE to_state = 'written off';
SELECT results_eq('SELECT label, loss_probability, expected_loss FROM ar.expected_losses(pg_temp.acme(), ''2025-03-31'')',
    $$VALUES ('not due', NULL::numeric, NULL::numeric), ('1-30', NULL, NULL), ('31-60', NULL, NULL), ('61-90', NULL, NULL), ('over 90', NULL, NULL)$$, 'no evidence, no probability');
SELECT is_empty('SELECT * FROM ar.expected_losses(pg_temp.acme(), ''2024-01-01'')', 'without a snapshot there is nothing to say');

-- A random book, against a look at each item with its applications.
\ir random_book.psql
CREATE FUNCTION pg_temp.movements(company bigint, f date, t date) RETURNS TABLE (from_state text, to_state text, amount numeric, item_count bigint)
    LANGUAGE plpgsql AS $$
DECLARE
    i record; o numeric; c numeric; rest numeric; x numeric; labels text[] := '{not due,1-30,31-60,61-90,over 90}'; class text; part numeric;
BEGIN
    CREATE TEMP TABLE IF NOT EXISTS moved (f text, t text, a numeric);
    TRUNCATE moved;
    FOR i IN SELECT * FROM receivables.item WHERE company_id = company AND company_amount > 0 AND effective_on <= f LOOP
        SELECT i.company_amount - coalesce(sum(a.company_amount) FILTER (WHERE a.effective_on <= f), 0),
               i.company_amount - coalesce(sum(a.company_amount) FILTER (WHERE a.effective_on <= t), 0) INTO o, c
        FROM receivables.application AS a WHERE a.company_id = company AND a.debit_item_id = i.item_id;
        CONTINUE WHEN o <= 0;
        IF least(o, c) > 0 THEN
            INSERT INTO moved VALUES (labels[1 + (f - i.due_on > 0)::int + (f - i.due_on > 30)::int + (f - i.due_on > 60)::int + (f - i.due_on > 90)::int],
                                      labels[1 + (t - i.due_on > 0)::int + (t - i.due_on > 30)::int + (t - i.due_on > 60)::int + (t - i.due_on > 90)::int], least(o, c));
        END IF;
        rest := o - least(o, c);
        FOREACH class IN ARRAY '{written off,moved,credited,paid}'::text[] LOOP
            SELECT coalesce(sum(a.company_amount), 0) INTO x
            FROM receivables.application AS a JOIN receivables.item AS k ON k.company_id = company AND k.item_id = a.credit_item_id
            WHERE a.company_id = company AND a.debit_item_id = i.item_id AND a.effective_on > f AND a.effective_on <= t
              AND class = CASE WHEN k.kind = 'write_off' THEN 'written off' WHEN k.kind = 'transfer_out' OR k.kind = 'transfer_in' AND k.reverses_item_id IS NOT NULL THEN 'moved'
                               WHEN k.reverses_item_id IS NOT NULL OR k.kind IN ('credit_note', 'adjustment') THEN 'credited' ELSE 'paid' END;
            part := CASE class WHEN 'paid' THEN rest ELSE least(rest, greatest(x, 0)) END;
            rest := rest - part;
            IF part > 0 THEN
                INSERT INTO moved VALUES (labels[1 + (f - i.due_on > 0)::int + (f - i.due_on > 30)::int + (f - i.due_on > 60)::int + (f - i.due_on > 90)::int], class, part);
            END IF;
        END LOOP;
    END LOOP;
    RETURN QUERY SELECT m.f, m.t, sum(m.a), count(*) FROM moved AS m GROUP BY 1, 2;
END;
$$;
CREATE TEMP TABLE period AS SELECT f, t FROM (VALUES (date '2025-01-15', date '2025-02-15'), ('2025-02-10', '2025-03-10'), ('2025-01-31', '2025-05-31'), ('2025-03-01', '2025-03-02'),
    ('2025-04-10', '2025-06-10'), ('2025-02-01', '2025-06-30')) AS p (f, t);
SELECT results_eq('SELECT p.f, p.t, m.from_state, m.to_state, m.amount, m.item_count FROM period AS p, LATERAL ar.bucket_migration(pg_temp.random_company(), p.f, p.t) AS m ORDER BY p.f, p.t, m.from_state, m.to_state',
    'SELECT p.f, p.t, m.* FROM period AS p, LATERAL pg_temp.movements(pg_temp.random_company(), p.f, p.t) AS m ORDER BY p.f, p.t, m.from_state, m.to_state', 'movements of the random book');
SELECT cmp_ok((SELECT count(DISTINCT m.to_state) FROM period AS p, LATERAL ar.bucket_migration(pg_temp.random_company(), p.f, p.t) AS m), '>=', 7::bigint, 'of every kind');
SELECT is_empty($$SELECT m.from_state, sum(m.rate) FROM period AS p, LATERAL ar.bucket_migration(pg_temp.random_company(), p.f, p.t) AS m GROUP BY p.f, p.t, m.from_state HAVING abs(sum(m.rate) - 1) > 0.00001$$, 'rates add up to 1');
-- What was in a bucket is what the ageing says.
SELECT results_eq($$SELECT p.f, p.t, b.label, b.amount FROM period AS p, LATERAL (SELECT ar.aging_agg(o.open_company_amount, o.due_on, p.f) AS aging FROM ar.open_items(p.f) AS o WHERE o.company_id = pg_temp.random_company() AND o.is_debit) AS o,
    LATERAL ar.buckets(o.aging) AS b WHERE b.amount <> 0 ORDER BY p.f, p.t, b.bucket$$,
    'SELECT p.f, p.t, m.from_state, sum(m.amount) FROM period AS p, LATERAL ar.bucket_migration(pg_temp.random_company(), p.f, p.t) AS m GROUP BY p.f, p.t, m.from_state ORDER BY p.f, p.t, array_position(ar.migration_states(), m.from_state)', 'nothing is lost');
-- Snapshots of it, on days that follow each other as they like, against the reports of these days.
SELECT count(s.customers) AS taken FROM unnest('{2025-02-15,2025-04-01,2025-03-02,2025-06-30}'::date[]) AS d (day), LATERAL ar.take_snapshots(d.day) AS s \gset
DO $$
DECLARE
    d date;
BEGIN
    CREATE TEMP TABLE reported AS SELECT company_id, as_of, balance, unapplied_amount, days_1_30, aging::text AS aging FROM receivables.aging_summary LIMIT 0;
    FOREACH d IN ARRAY '{2025-02-15,2025-04-01,2025-03-02,2025-06-30}'::date[] LOOP
        PERFORM set_config('ar.as_of', d::text, true);
        INSERT INTO reported SELECT company_id, as_of, balance, unapplied_amount, days_1_30, aging::text FROM receivables.aging_summary;
    END LOOP;
    PERFORM set_config('ar.as_of', '', true);
END;
$$;
SELECT results_eq('SELECT * FROM reported WHERE company_id = pg_temp.random_company() ORDER BY as_of',
    'SELECT company_id, snapshot_on, balance, unapplied_amount, days_1_30, aging::text FROM receivables.aging_trend WHERE company_id = pg_temp.random_company() ORDER BY snapshot_on', 'the trend is what was reported');
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');
SELECT * FROM finish();
ROLLBACK;
