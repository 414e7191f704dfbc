-- The daily run over a book of :items open items, of which two in a hundred come to
-- a higher level on the day; set against one scan of what is open. Due dates are
-- spread over 350 days, and the seven steps of the standard policy fall within.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS receivables CASCADE;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT ar.create_ledger() \gset
SELECT ar.create_company('BENCH', 'Bench', 'EUR') AS company_id \gset
SELECT ar.add_standard_dunning_policy(:company_id) \gset
UPDATE receivables.company SET dunning_policy = 'standard';
SELECT date '2026-06-30' AS day, clock_timestamp() AS entered_at \gset

SET session_replication_role = replica;
INSERT INTO receivables.customer (company_id, customer_id, customer_number, name)
SELECT :company_id, c, 'C' || c, 'Customer ' || c FROM generate_series(1, greatest(:items / 50, 1)) AS c;
INSERT INTO receivables.customer_contact (company_id, customer_id, name, email, address)
SELECT :company_id, c, 'Customer ' || c, 'c' || c || '@example.com', 'Street ' || c FROM generate_series(1, greatest(:items / 50, 1)) AS c;
INSERT INTO receivables.document (company_id, document_id, customer_id, document_date, kind, document_number, currency, amount, company_amount)
SELECT :company_id, i, 1 + (hashint8extended(i, 1) & 9007199254740991) % greatest(:items / 50, 1), date :'day' - 230 + (i * 350 / :items)::integer,
       'invoice', 'I' || i, 'EUR', a.amount, a.amount
FROM generate_series(1::bigint, :items) AS i
CROSS JOIN LATERAL (SELECT ((hashint8extended(i, 3) & 9007199254740991) % 1000000 + 100)::numeric / 100 AS amount) AS a;
INSERT INTO receivables.item (company_id, item_id, customer_id, document_id, kind, currency, effective_on, due_on, recorded_at, amount, open_amount,
                              company_amount, open_company_amount)
SELECT d.company_id, d.document_id, d.customer_id, d.document_id, d.kind, d.currency, least(d.document_date, :'day'), d.document_date + 30, :'entered_at',
       d.amount, d.amount, d.amount, d.amount
FROM receivables.document AS d WHERE d.company_id = :company_id ORDER BY d.document_id;
UPDATE receivables.document SET document_date = :'day' WHERE document_date > :'day';
SELECT sum(setval(pg_get_serial_sequence('receivables.' || t.name, t.name || '_id'), :items + 1)) FROM unnest('{document,item}'::text[]) AS t (name) \gset
RESET session_replication_role;
SELECT ar.upgrade_ledger() \gset
VACUUM (FREEZE, ANALYZE) receivables.customer, receivables.customer_contact, receivables.document, receivables.item;
SELECT count(*) > 0 AS broken FROM ar.check_ledger() \gset
\if :broken
    SELECT * FROM ar.check_ledger() LIMIT 10;
    \warn the ledger of the benchmark is not sound
    \quit
\endif
-- The levels that the day before left.
INSERT INTO receivables.item_dunning (company_id, item_id, level, level_since)
SELECT i.company_id, i.item_id, l.level, date :'day' - 1
FROM receivables.item AS i
CROSS JOIN LATERAL (SELECT width_bucket(date :'day' - 1 - i.due_on, '{-7,-3,0,1,15,30,90}'::integer[]) AS level) AS l
WHERE l.level > 0;
VACUUM ANALYZE receivables.item_dunning, receivables.dunning_notice, receivables.dunning_notice_item, receivables.dunning_skip, receivables.message,
    receivables.collection_task, receivables.task_owner;

SELECT format('SELECT count(*), sum(open_company_amount) FROM ar.open_items(%L, NULL) WHERE company_id = %s', :'day', :company_id) AS scan,
       format('SELECT cardinality(item_ids) FROM ar.items_to_dun(%s, %L)', :company_id, :'day') AS wanted,
       format('SELECT count(*) FROM ar.items_to_dun(%s, %L) AS w, ar.dunning_due(%1$s, %2$L, w)', :company_id, :'day') AS due \gset
CALL bench.pair('dunning', :'items' || ' open: which items come to a level', 'one scan of the open items', '', :'wanted', :'scan');
CALL bench.pair('dunning', :'items' || ' open: and whom to ask for what', 'one scan of the open items', '>= 0.33', :'due', :'scan');
SELECT other_ms AS scan_ms FROM bench.pair ORDER BY id DESC LIMIT 1 \gset

-- Runs that raise few, many and most, each taken back: what they search, what that and what they write take, and the
-- rows they wrote put into copies of their tables, without all that follows from them.
CREATE OR REPLACE FUNCTION bench.run_dunning(company_id bigint, day date, OUT raised bigint, OUT messages bigint, OUT search_ms numeric, OUT write_ms numeric,
                                             OUT copied bigint, OUT copy_ms numeric)
    LANGUAGE plpgsql AS $$
DECLARE
    tables   text[] := '{dunning_notice,dunning_notice_item,item_dunning,message,collection_task,task_owner}';
    tab      text;
    columns  text;
    picked   ar.rising_items;
    searches numeric[];
    started  timestamptz;
    n        bigint;
BEGIN
    FOR i IN 1..3 LOOP
        started := clock_timestamp();
        SELECT w.* INTO picked FROM ar.items_to_dun(company_id, day) AS w;
        PERFORM count(*) FROM ar.dunning_due(company_id, day, picked);
        searches := searches || 1000 * extract(epoch FROM clock_timestamp() - started);
    END LOOP;
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x) INTO search_ms FROM unnest(searches) AS x;
    started := clock_timestamp();
    SELECT r.raised_items INTO raised FROM ar.run_dunning(company_id, day) AS r;
    write_ms := 1000 * extract(epoch FROM clock_timestamp() - started) - search_ms;
    copied := 0;
    copy_ms := 0;
    FOREACH tab IN ARRAY tables LOOP
        SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) INTO columns FROM pg_attribute AS a
        WHERE a.attrelid = format('receivables.%I', tab)::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '';
        EXECUTE format('CREATE TEMPORARY TABLE written ON COMMIT DROP AS SELECT %s FROM receivables.%I WHERE xmin = %L', columns, tab, pg_current_xact_id());
        EXECUTE format('CREATE TABLE bench.copy (LIKE receivables.%I INCLUDING ALL)', tab);
        started := clock_timestamp();
        EXECUTE format('INSERT INTO bench.copy (%s) OVERRIDING SYSTEM VALUE SELECT * FROM written', columns);
        GET DIAGNOSTICS n = ROW_COUNT;
        copy_ms := copy_ms + 1000 * extract(epoch FROM clock_timestamp() - started);
        copied := copied + n;
        messages := CASE tab WHEN 'message' THEN n ELSE messages END;
        DROP TABLE written, bench.copy;
    END LOOP;
END;
$$;
\set setting ''
SELECT date :'day' - 1 AS run_day \gset
\ir dunning_run.sql
\set setting 'UPDATE receivables.company SET dunning_policy = NULL; UPDATE receivables.customer SET dunning_policy = ''standard'' WHERE customer_id % 10 = 0;'
SELECT :'day' AS run_day \gset
-- Once unmeasured: the first time its plans are made.
BEGIN;
:setting
SELECT raised FROM bench.run_dunning(:company_id, :'day') \gset
ROLLBACK;
\ir dunning_run.sql
\set setting ''
\ir dunning_run.sql
-- Some days were missed.
SELECT date :'day' + 4 AS run_day \gset
\ir dunning_run.sql
SELECT raised_items FROM ar.run_dunning(:company_id, :'day') \gset
SELECT format('SELECT * FROM ar.run_dunning(%s, %L)', :company_id, :'day') AS idle \gset
CALL bench.pair('dunning', :'items' || ' open: run, nothing changes', 'one scan of the open items', '>= 0.33', :'idle', :'scan');

-- Payments of what the run asked for, twenty thousand at most, and of as many items that it did not ask for.
SET session_replication_role = replica;
INSERT INTO receivables.document (company_id, document_id, customer_id, document_date, kind, document_number, currency, amount, company_amount)
SELECT i.company_id, 1000000000 + i.item_id, i.customer_id, :'day', 'payment', 'P' || i.item_id, i.currency, i.amount, i.amount
FROM (SELECT i.*, row_number() OVER (PARTITION BY n.item_id IS NULL ORDER BY i.item_id) AS n
      FROM receivables.item AS i LEFT JOIN receivables.dunning_notice_item AS n USING (company_id, item_id) WHERE i.company_id = :company_id) AS i
WHERE i.n <= 20000;
INSERT INTO receivables.item (company_id, item_id, customer_id, document_id, kind, currency, effective_on, due_on, recorded_at, amount, open_amount,
                              company_amount, open_company_amount)
SELECT d.company_id, d.document_id, d.customer_id, d.document_id, d.kind, d.currency, d.document_date, d.document_date, :'entered_at',
       -d.amount, -d.amount, -d.amount, -d.amount
FROM receivables.document AS d WHERE d.company_id = :company_id AND d.kind = 'payment';
RESET session_replication_role;
VACUUM ANALYZE receivables.item, receivables.document, receivables.dunning_notice, receivables.dunning_notice_item, receivables.item_dunning, receivables.message;
-- Settled and taken back, with what follows and without.
CREATE OR REPLACE FUNCTION bench.settle(company_id bigint, noticed boolean, followed boolean, OUT items bigint, OUT ms numeric) LANGUAGE plpgsql AS $$
DECLARE
    debits  bigint[];
    amounts numeric[];
    started timestamptz;
BEGIN
    SELECT array_agg(i.item_id ORDER BY i.item_id), array_agg(i.amount ORDER BY i.item_id), count(*) INTO debits, amounts, items
    FROM receivables.item AS p JOIN receivables.item AS i ON i.company_id = p.company_id AND i.item_id = p.item_id - 1000000000
    WHERE p.company_id = settle.company_id AND p.kind = 'payment'
      AND noticed = EXISTS (SELECT FROM receivables.dunning_notice_item AS n WHERE n.company_id = i.company_id AND n.item_id = i.item_id);
    BEGIN
        IF NOT followed THEN
            DROP TRIGGER item_followed_by_dunning ON receivables.item;
        END IF;
        started := clock_timestamp();
        PERFORM ar.apply_many(settle.company_id, ARRAY(SELECT 1000000000 + d FROM unnest(debits) AS d), debits, amounts);
        ms := 1000 * extract(epoch FROM clock_timestamp() - started);
        RAISE EXCEPTION USING ERRCODE = 'XXBEN';
    EXCEPTION WHEN SQLSTATE 'XXBEN' THEN NULL;
    END;
END;
$$;
SELECT count(*) FILTER (WHERE n.item_id IS NOT NULL) AS asked, count(*) FILTER (WHERE n.item_id IS NULL) AS others
FROM receivables.item AS p LEFT JOIN receivables.dunning_notice_item AS n ON n.company_id = p.company_id AND n.item_id = p.item_id - 1000000000
WHERE p.company_id = :company_id AND p.kind = 'payment' \gset
SELECT format('SELECT bench.settle(%s, %L, %L)', :company_id, false, true) AS others_followed, format('SELECT bench.settle(%s, %L, %L)', :company_id, false, false) AS others_bare,
       format('SELECT bench.settle(%s, %L, %L)', :company_id, true, true) AS asked_followed, format('SELECT bench.settle(%s, %L, %L)', :company_id, true, false) AS asked_bare \gset
CALL bench.pair('dunning', :'others' || ' items settled that nobody asked for', 'the same, not followed', '>= 0.95', :'others_followed', :'others_bare', 3);
CALL bench.pair('dunning', :'asked' || ' items settled that were asked for', 'the same, not followed', '', :'asked_followed', :'asked_bare', 3);
