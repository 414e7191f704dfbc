-- Which of many proposals need a closer look, and what they settle, against plain SQL on random proposals.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT plan(12);
SELECT ar.create_ledger() = ar.version() AS made \gset
SELECT ar.create_company('EU', 'Europe', 'EUR') AS eu \gset
SELECT set_config('test.eu', :'eu', true) = :'eu' AS eu_set \gset
CREATE FUNCTION pg_temp.eu() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT current_setting('test.eu')::bigint$$;
SELECT setseed(0.7);
INSERT INTO receivables.customer (company_id, customer_number, name) SELECT :eu, 'C' || c, 'Customer ' || c FROM generate_series(0, 3) AS c;
CREATE TEMP TABLE row AS
SELECT g AS n, g % 4 AS customer, k.kind, k.kind || '-' || g AS number, date '2026-01-01' + (random() * 60)::integer AS day, round((random() * 900 + 10)::numeric, 2) AS amount
FROM (VALUES ('invoice', 200), ('credit_note', 40), ('payment', 240)) AS k (kind, count) CROSS JOIN LATERAL generate_series(1, k.count) AS g;
SELECT ar.import_rows(:eu, k.kind, (SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
    'customer_number', 'C' || r.customer, r.kind || '_number', r.number, r.kind || '_date', r.day, 'due_date', CASE WHEN r.kind = 'invoice' THEN r.day + 30 END,
    'amount', r.amount)) ORDER BY r.n) FROM row AS r WHERE r.kind = k.kind))
FROM (VALUES ('invoice'), ('credit_note'), ('payment')) AS k (kind) \g /dev/null
CREATE TEMP TABLE open AS
SELECT r.*, i.item_id, i.customer_id, i.effective_on, i.open_amount FROM row AS r
JOIN receivables.document AS d ON d.company_id = :eu AND d.document_number = r.number JOIN receivables.item AS i USING (company_id, document_id);

-- One proposal for each payment. Case 0 to 5 is in order, the others break one rule each.
CREATE TEMP TABLE proposed (id bigint, broken integer, line integer, purpose text, item_id bigint, amount numeric);
CREATE TEMP TABLE head (id bigint, payment bigint, customer_id bigint, broken integer, amount numeric);
DO $$
DECLARE
    p record;
    i record;
    rest numeric;
    part numeric;
    n integer;
BEGIN
    FOR p IN SELECT o.*, greatest(o.n % 12 - 5, 0) AS broken FROM open AS o WHERE o.kind = 'payment' ORDER BY o.n LOOP
        rest := p.amount;
        n := 0;
        INSERT INTO head VALUES (p.n, p.item_id, p.customer_id, p.broken, p.amount + CASE p.broken WHEN 1 THEN 0.01 ELSE 0 END);
        FOR i IN SELECT o.* FROM open AS o
                 WHERE o.kind <> 'payment' AND (o.customer = p.customer) = (p.broken <> 2) AND (p.broken <> 3 OR o.kind = 'credit_note')
                 ORDER BY (hashint8extended(o.item_id, p.n)) LIMIT 1 + p.n % 4
        LOOP
            part := CASE WHEN i.kind = 'credit_note' AND p.broken <> 3 THEN -round(i.amount * random()::numeric, 2)
                         WHEN p.broken = 4 THEN i.amount + 1
                         ELSE least(rest, i.amount) * CASE p.n % 3 WHEN 0 THEN 1 ELSE 0.5 END END;
            part := round(part, 2) + CASE p.broken WHEN 5 THEN 0.001 ELSE 0 END;
            CONTINUE WHEN part = 0 OR (rest - part < 0 AND p.broken NOT IN (3, 4));
            n := n + 1;
            INSERT INTO proposed VALUES (p.n, p.broken, n, 'application', i.item_id, part);
            rest := rest - part;
        END LOOP;
        IF rest - p.amount > 0 AND p.n % 2 = 0 THEN
            -- More credits than debits would be no payment.
            DELETE FROM proposed AS x WHERE x.id = p.n AND x.amount < 0;
            rest := p.amount - coalesce((SELECT sum(x.amount) FROM proposed AS x WHERE x.id = p.n), 0);
        END IF;
        IF rest <> (CASE p.broken WHEN 6 THEN 7 ELSE 0 END) THEN
            INSERT INTO proposed VALUES (p.n, p.broken, n + 1, 'unapplied', NULL, rest - CASE p.broken WHEN 6 THEN 7 ELSE 0 END);
        END IF;
    END LOOP;
END
$$;
INSERT INTO receivables.match_proposal (company_id, match_proposal_id, credit_item_id, customer_id, rank, method, score, margin, amount, remainder, reasons, content_hash)
SELECT :eu, h.id, h.payment, h.customer_id, 1, 'exact_number', 1, 1, h.amount, 0, 'Test', h.id::text FROM head AS h;
INSERT INTO receivables.match_proposal_line (company_id, match_proposal_id, line_number, purpose, item_id, amount)
SELECT :eu, p.id, p.line, p.purpose, p.item_id, p.amount FROM proposed AS p;

SELECT array_agg(h.id ORDER BY h.id) AS all_of_them FROM head AS h \gset
CREATE TEMP TABLE doubtful AS SELECT d AS id FROM ar.pair_matches(:eu, :'all_of_them', NULL, NULL, NULL, NULL) AS p, unnest(p.doubtful) AS d;
CREATE TEMP TABLE sure AS SELECT h.id FROM head AS h EXCEPT SELECT d.id FROM doubtful AS d;
CREATE TEMP TABLE fault AS SELECT f.match_proposal_id AS id, f.fault FROM ar.match_faults(:eu, :'all_of_them') AS f;
-- What all of them take of each item.
CREATE TEMP TABLE taken AS
SELECT t.item_id, sum(t.amount) AS amount FROM (SELECT p.item_id, abs(p.amount) AS amount FROM proposed AS p WHERE p.item_id IS NOT NULL
                                                UNION ALL SELECT h.payment, h.amount FROM head AS h) AS t GROUP BY t.item_id;
SELECT cmp_ok((SELECT count(*) FROM sure), '>=', 15::bigint, 'many are without doubt');
SELECT cmp_ok((SELECT count(DISTINCT h.broken) FROM fault AS f JOIN head AS h USING (id)), '>=', 6::bigint, 'faults of every kind are among them');
SELECT is_empty('SELECT * FROM fault AS f JOIN sure USING (id)', 'nothing is found in those without doubt');
SELECT is_empty($$SELECT * FROM proposed AS p JOIN sure USING (id) JOIN taken AS t USING (item_id) JOIN open AS o USING (item_id) WHERE t.amount > abs(o.open_amount)$$,
                'none without doubt competes for an item');
-- Those whose lines go below nothing are found by match_faults as well.
SELECT results_eq('SELECT d.id FROM doubtful AS d ORDER BY d.id',
                  $$SELECT h.id FROM head AS h WHERE h.id IN (SELECT f.id FROM fault AS f)
                       OR h.id IN (SELECT p.id FROM proposed AS p JOIN taken AS t USING (item_id) JOIN open AS o USING (item_id) WHERE t.amount > abs(o.open_amount))
                       OR EXISTS (SELECT FROM taken AS t JOIN open AS o USING (item_id) WHERE t.item_id = h.payment AND t.amount > abs(o.open_amount))
                    ORDER BY h.id$$, 'doubtful are those with faults and those that compete, no others');
SELECT is((SELECT p.doubtful FROM ar.pair_matches(:eu, '{}', NULL, NULL, NULL, NULL) AS p), '{}', 'none of none');

-- Applications: spans of credits and then the money over spans of debits.
CREATE TEMP TABLE expected AS
WITH line AS (SELECT p.* FROM proposed AS p WHERE p.purpose = 'application'),
side AS (SELECT l.id, l.line, l.item_id, l.amount FROM line AS l
         UNION ALL SELECT h.id, NULL, h.payment, -sum(l.amount) FROM line AS l JOIN head AS h USING (id) GROUP BY h.id, h.payment HAVING sum(l.amount) <> 0),
span AS (SELECT s.*, abs(s.amount) AS size, sum(abs(s.amount)) OVER (PARTITION BY s.id, s.amount > 0 ORDER BY s.line NULLS LAST) AS upto FROM side AS s)
SELECT d.id, row_number() OVER (PARTITION BY d.id ORDER BY d.upto, c.upto) AS n, c.item_id AS credit, d.item_id AS debit,
       round(least(d.upto, c.upto) - greatest(d.upto - d.size, c.upto - c.size), 2) AS amount, greatest(m.effective_on, di.effective_on, ci.effective_on) AS day
FROM span AS d JOIN span AS c ON c.id = d.id AND d.amount > 0 AND c.amount < 0 AND c.upto > d.upto - d.size AND c.upto - c.size < d.upto
JOIN head AS h ON h.id = d.id JOIN open AS m ON m.item_id = h.payment JOIN open AS di ON di.item_id = d.item_id JOIN open AS ci ON ci.item_id = c.item_id;
SELECT cmp_ok((SELECT count(*) FROM (SELECT id FROM expected GROUP BY id HAVING count(DISTINCT credit) > 1 AND count(DISTINCT debit) > 1) AS x), '>=', 10::bigint,
              'some have several credits and debits');
SELECT results_eq(format($$SELECT x.id, x.credit, x.debit, x.amount, x.day
                           FROM ar.pair_matches(%s, %L, NULL, NULL, NULL, NULL) AS p, unnest(p.proposals_applied, p.credits, p.debits, p.amounts, p.days) WITH ORDINALITY AS x (id, credit, debit, amount, day, n)
                           ORDER BY x.n$$, :eu, :'all_of_them'),
                  'SELECT e.id, e.credit, e.debit, e.amount, e.day FROM expected AS e ORDER BY e.id, e.n', 'pairs are those of the spans');
SELECT ok(ar.pair_matches(:eu, NULL, NULL, NULL, NULL, NULL) IS NULL, 'of no proposals nothing');
SELECT ok(ar.pair_matches(NULL, '{1}', NULL, NULL, NULL, NULL) IS NULL, 'nor of no company');

SELECT array_agg(s.id ORDER BY s.id) AS sure FROM sure AS s JOIN (SELECT DISTINCT e.id FROM expected AS e) AS e USING (id) \gset
SELECT is((SELECT a FROM ar.auto_apply(:eu, :'sure') AS a)::text, format('(%s,0)', cardinality(:'sure'::bigint[])), 'all without doubt are applied');
-- The lines of some were made not to add up.
SELECT is_empty($$SELECT * FROM ar.check_ledger() WHERE invariant <> 'the lines of a proposal come to its amount'$$, 'the books are in order');
SELECT * FROM finish();
ROLLBACK;
