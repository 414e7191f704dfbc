-- Payers of similar names: as pg_trgm has it, by an index for everyone, and of what one may see only.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
INSERT INTO receivables.company (company_id, company_code, name, currency) VALUES (1, 'A', 'First', 'EUR'), (2, 'B', 'Second', 'EUR');

-- Names that are much alike, those of company 2 the same as those of company 1.
CREATE TEMP TABLE word AS SELECT n, w FROM unnest('{Alpen,Alpina,Bergwerk,Bergmann,Cargo,Cargolux,Delta,Deltaform,Éclair,Eclipse,Forst,Forster,Größe,Gross,华为,华为技术}'::text[]) WITH ORDINALITY AS x (w, n);
INSERT INTO receivables.customer (company_id, customer_id, customer_number, name, salesperson)
SELECT 1, i, 'A' || i, concat_ws(' ', a.w, b.w, CASE i % 3 WHEN 0 THEN 'GmbH' WHEN 1 THEN 'Ltd' END), CASE WHEN i % 5 = 0 THEN 'Ann' ELSE 'Bob' END
FROM generate_series(1, 800) AS i
JOIN word AS a ON a.n = 1 + (hashint4(i) & 15)
JOIN word AS b ON b.n = 1 + i % 16;
INSERT INTO receivables.customer (company_id, customer_id, customer_number, name, salesperson)
SELECT 2, 10000 + c.customer_id, 'B' || c.customer_id, c.name, c.salesperson FROM receivables.customer AS c WHERE c.company_id = 1 AND c.customer_id <= 300;
ANALYZE receivables.customer;

-- What pg_trgm says
SELECT is_empty($$SELECT a.name, b.w FROM receivables.customer AS a CROSS JOIN word AS b
                  WHERE a.customer_id <= 200
                    AND (ar.names_are_similar(a.name, b.w) IS DISTINCT FROM (a.name % b.w)
                         OR ar.name_similarity(a.name, b.w) IS DISTINCT FROM similarity(a.name, b.w))$$, 'similar is what pg_trgm calls so');
SELECT isnt((SELECT count(*) FROM word AS a, word AS b WHERE ar.names_are_similar(a.w, b.w)), 0::bigint, 'which is not nothing');
SET LOCAL pg_trgm.similarity_threshold = 0.9;
SELECT results_eq($$SELECT ar.names_are_similar('Bergwerk', 'Bergwerke'), ar.names_are_similar('Bergwerk', 'Bergwerk')$$, 'VALUES (false, true)', 'its threshold counts');
RESET pg_trgm.similarity_threshold;
SELECT is(ar.names_are_similar(NULL, 'a') IS NULL AND ar.name_similarity('a', NULL) IS NULL, true, 'of nothing, nothing is known');
SELECT results_eq($$SELECT s.name, s.customer_id, s.similarity FROM ar.similar_customers(1, '{ALPEN CARGOLUX,QQQ,华为 DELTA}') AS s ORDER BY s.name, s.similarity DESC, s.customer_id$$,
    $$SELECT x.* FROM unnest('{ALPEN CARGOLUX,QQQ,华为 DELTA}'::text[]) AS n (name)
      CROSS JOIN LATERAL (SELECT n.name, c.customer_id, similarity(ar.name_key(c.name), n.name) AS s FROM receivables.customer AS c
                          WHERE c.company_id = 1 AND ar.name_key(c.name) % n.name ORDER BY s DESC, c.customer_id LIMIT 50) AS x
      ORDER BY x.name, x.s DESC, x.customer_id$$, 'the 50 most similar of each name');

-- Who sees what: everybody, a company, or the customers of a salesperson
CREATE ROLE names_clerk; CREATE ROLE names_sales; CREATE ROLE names_few;
SELECT ar.grant_access('names_clerk', 'clerk', 1), ar.grant_access('names_sales', 'sales', 1, 'Ann'), ar.grant_access('names_few', 'clerk', 1) \gset
CREATE POLICY few ON receivables.customer AS RESTRICTIVE FOR SELECT TO names_few USING (salesperson = 'Ann');
CREATE POLICY few ON receivables.document AS RESTRICTIVE FOR SELECT TO names_few
    USING (EXISTS (SELECT FROM receivables.customer AS c WHERE c.company_id = document.company_id AND c.customer_id = document.customer_id));
CREATE FUNCTION pg_temp.index_used(role text) RETURNS boolean LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', role);
    EXECUTE $q$EXPLAIN (FORMAT json) SELECT FROM receivables.customer AS c WHERE c.company_id = 1 AND length(c.name) <= 200
                   AND ar.names_are_similar(ar.name_key(c.name), 'ALPEN CARGO')$q$ INTO plan;
    RESET ROLE;
    RETURN jsonb_path_exists(plan::jsonb, '$.** ? (@."Index Name" == "customer_similar_name_idx")');
END;
$$;
CREATE FUNCTION pg_temp.similar(role text, company bigint) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    found bigint[];
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', role);
    found := ARRAY(SELECT s.customer_id FROM ar.similar_customers(company, '{ALPEN CARGOLUX,FORSTER GROSS}') AS s ORDER BY s.customer_id);
    RESET ROLE;
    RETURN found;
END;
$$;
SELECT ok(pg_temp.index_used(r), format('an index finds them for %s', r)) FROM unnest(ARRAY[current_user, 'names_clerk', 'names_sales', 'names_few']) AS r;
SELECT is(pg_temp.similar('names_clerk', 1), pg_temp.similar(current_user, 1), 'a clerk finds whom the owner finds');
SELECT is(pg_temp.similar('names_clerk', 2), '{}', 'but nobody of another company');
SELECT ok(cardinality(pg_temp.similar(current_user, 2)) > 0, 'where there are some');
SELECT is(pg_temp.similar(r, 1),
          ARRAY(SELECT x.customer_id FROM unnest('{ALPEN CARGOLUX,FORSTER GROSS}'::text[]) AS n (name)
                CROSS JOIN LATERAL (SELECT c.customer_id FROM receivables.customer AS c
                                    WHERE c.company_id = 1 AND c.salesperson = 'Ann' AND ar.name_key(c.name) % n.name
                                    ORDER BY similarity(ar.name_key(c.name), n.name) DESC, c.customer_id LIMIT 50) AS x ORDER BY x.customer_id),
          format('%s finds the most similar of the own customers', r))
FROM unnest('{names_sales,names_few}'::text[]) AS r;

-- The same proposals
SELECT count(ar.post_invoice(c.company_id, c.customer_number, 'I' || c.customer_id, '2026-01-10', '2026-02-10', 100 + c.customer_id % 37)) AS posted
FROM receivables.customer AS c WHERE c.customer_id % 8 = 0 \gset
INSERT INTO receivables.bank_account (company_id, account, currency) VALUES (1, 'OURS', 'EUR');
INSERT INTO receivables.bank_statement (company_id, bank_statement_id, format, account, statement_number, currency, content_hash) VALUES (1, 1, 'csv', 'OURS', '1', 'EUR', 'x');
-- Exact, misspelt, cut short, initials, unknown; with a number and without.
INSERT INTO receivables.bank_line (company_id, bank_line_id, bank_statement_id, line_number, entry_number, entry_amount, booked_on, value_on,
                                   currency, amount, open_amount, payer_name, remittance_text)
SELECT 1, i, 1, i, i, a.amount, '2026-02-01', '2026-02-01', 'EUR', a.amount, a.amount,
       CASE i % 6 WHEN 0 THEN c.name WHEN 1 THEN overlay(c.name PLACING 'x' FROM 3 FOR 1) WHEN 2 THEN left(c.name, 8) WHEN 3 THEN ar.name_initials(c.name)
                  WHEN 4 THEN 'Nobody ' || i END,
       CASE WHEN i % 7 = 0 THEN 'Invoice I' || c.customer_id END
FROM generate_series(1, 48) AS i
JOIN receivables.customer AS c ON c.company_id = 1 AND c.customer_id = 16 * i
CROSS JOIN LATERAL (SELECT CASE WHEN i % 2 = 0 THEN 100 + c.customer_id % 37 ELSE i END AS amount) AS a;
-- All that is proposed to a role, of all lines at once or one by one; nothing of it stays.
CREATE FUNCTION pg_temp.proposed(role text, one_by_one boolean) RETURNS TABLE (line bigint, rank integer, customer bigint, method text, score numeric, margin numeric, reasons text, hash text)
LANGUAGE plpgsql AS $$
DECLARE
    found jsonb;
BEGIN
    BEGIN
        EXECUTE format('SET LOCAL ROLE %I', role);
        IF one_by_one THEN
            PERFORM ar.propose(1, bank_line_id => i) FROM generate_series(1, 48) AS i;
        ELSE
            PERFORM ar.propose(1);
        END IF;
        RESET ROLE;
        found := (SELECT jsonb_agg(p) FROM receivables.match_proposal AS p WHERE p.status = 'open');
        RAISE EXCEPTION 'undone' USING ERRCODE = 'P9999';
    EXCEPTION WHEN SQLSTATE 'P9999' THEN
        NULL;
    END;
    RETURN QUERY SELECT p.bank_line_id, p.rank, p.customer_id, p.method, p.score, p.margin, p.reasons, p.content_hash
                 FROM jsonb_populate_recordset(NULL::receivables.match_proposal, found) AS p ORDER BY 1, 2;
END;
$$;
CREATE TEMP TABLE owned AS SELECT b.one_by_one, p.* FROM unnest('{f,t}'::boolean[]) AS b (one_by_one) CROSS JOIN LATERAL pg_temp.proposed(current_user, b.one_by_one) AS p;
SELECT cmp_ok((SELECT count(*) FROM owned AS o WHERE NOT o.one_by_one AND o.method IS NOT NULL), '>', 15::bigint, 'something is proposed');
SELECT cmp_ok((SELECT count(*) FROM owned AS o WHERE o.reasons LIKE '%similar name%'), '>', 0::bigint, 'to payers of similar names, too');
-- Never decisive alone, however loose the rules are
CREATE FUNCTION pg_temp.settled_loosely() RETURNS TABLE (line bigint, status text, method text, score numeric, is_ambiguous boolean, reasons text) LANGUAGE plpgsql AS $$
DECLARE
    found jsonb;
BEGIN
    BEGIN
        PERFORM ar.add_standard_match_rules(1, 'LOOSE', 'Loose');
        UPDATE receivables.match_rule_set SET auto_apply_score = 0.01, auto_apply_margin = 0 WHERE company_id = 1;
        UPDATE receivables.company SET match_rule_set = 'LOOSE' WHERE company_id = 1;
        PERFORM ar.propose(1), ar.auto_apply(1);
        found := (SELECT jsonb_agg(p) FROM receivables.match_proposal AS p WHERE p.rank = 1 AND p.method IS NOT NULL);
        RAISE EXCEPTION 'undone' USING ERRCODE = 'P9999';
    EXCEPTION WHEN SQLSTATE 'P9999' THEN
        NULL;
    END;
    RETURN QUERY SELECT p.bank_line_id, p.status, p.method, p.score, p.is_ambiguous, p.reasons FROM jsonb_populate_recordset(NULL::receivables.match_proposal, found) AS p;
END;
$$;
CREATE TEMP TABLE loose AS SELECT * FROM pg_temp.settled_loosely();
SELECT is_empty($$SELECT * FROM loose WHERE (reasons LIKE '%similar name%' OR reasons LIKE '%initials%') AND method = 'amount' AND (status <> 'open' OR score > 0.70 OR NOT is_ambiguous)$$,
                'an amount of a payer of a similar name or initials is never settled automatically');
SELECT cmp_ok((SELECT count(*) FROM loose WHERE reasons LIKE '%similar name%' AND method = 'amount'), '>', 0::bigint, 'of which there is some');
SELECT cmp_ok((SELECT count(*) FROM loose WHERE status = 'applied_automatically'), '>', 5::bigint, 'while other things are');
SELECT matches((SELECT min(reasons) FROM loose WHERE reasons LIKE '%similar name%' AND method = 'amount'), 'by a similar name\. The amount alone is not enough to be certain: somebody has to look\.', 'which its reasons say');
SELECT results_eq(format('SELECT * FROM pg_temp.proposed(%L, %L)', 'names_clerk', b), format('SELECT line, rank, customer, method, score, margin, reasons, hash FROM owned WHERE one_by_one = %L ORDER BY line, rank', b),
                  format('a clerk gets the proposals of the owner, %s', CASE WHEN b THEN 'one by one' ELSE 'all at once' END)) FROM unnest('{f,t}'::boolean[]) AS b;
-- Only those that may be seen, in what is written and in its words
SELECT is_empty(format($$SELECT p.* FROM pg_temp.proposed('names_few', %L) AS p
                         JOIN receivables.customer AS c ON c.company_id = 1 AND c.salesperson = 'Bob'
                             AND (c.customer_id = p.customer OR c.customer_number IN (SELECT m[1] FROM regexp_matches(p.reasons, 'A[0-9]+', 'g') AS m))$$, b),
                'who sees some customers gets no proposal of others') FROM unnest('{f,t}'::boolean[]) AS b;
SELECT cmp_ok((SELECT count(p.customer) FROM pg_temp.proposed('names_few', false) AS p), '>', 0::bigint, 'but of those');

-- A name cut short and initials: of five thousand customers only a few are read, whoever asks.
INSERT INTO receivables.customer (company_id, customer_id, customer_number, name) SELECT 1, 100000 + n, 'Z' || n, 'Zzz ' || md5(n::text) FROM generate_series(1, 5000) AS n;
ANALYZE receivables.customer;
CREATE FUNCTION pg_temp.customers_read(role text, line bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    before bigint;
    query  CONSTANT text := 'SELECT sum(coalesce(s.idx_tup_fetch, 0) + s.seq_tup_read) FROM pg_stat_xact_user_tables AS s WHERE s.relid = ''receivables.customer''::regclass';
BEGIN
    EXECUTE query INTO before;
    EXECUTE format('SET LOCAL ROLE %I', role);
    PERFORM ar.propose(1, bank_line_id => line);
    RESET ROLE;
    RETURN (SELECT sum(coalesce(s.idx_tup_fetch, 0) + s.seq_tup_read) - before FROM pg_stat_xact_user_tables AS s WHERE s.relid = 'receivables.customer'::regclass);
END;
$$;
SELECT cmp_ok(pg_temp.customers_read(r, l.line), '<', 2000::bigint, format('%s reads a few customers for %s', r, l.what))
FROM unnest(ARRAY[current_user, 'names_clerk', 'names_few']::text[]) AS r,
     (VALUES (2::bigint, 'a name cut short'), (3, 'initials'), (4, 'a name of nobody')) AS l (line, what);

-- Names that are too long for the index
SELECT lives_ok($$INSERT INTO receivables.customer (company_id, customer_id, customer_number, name)
                  SELECT 1, 9999, 'LONG', string_agg(md5(i::text), ' ') FROM generate_series(1, 1000) AS i$$, 'a name of 33,000 characters');
SELECT is_empty($$SELECT * FROM ar.similar_customers(1, ARRAY(SELECT ar.name_key(c.name) FROM receivables.customer AS c WHERE c.customer_number = 'LONG'))$$, 'is not looked for');

-- Without pg_trgm
DROP EXTENSION pg_trgm CASCADE;
SELECT results_eq($$SELECT ar.names_are_similar('Bergwerk', 'Bergwerk'), ar.name_similarity('Bergwerk', 'Bergwerk')$$, 'VALUES (false, NULL::real)', 'without pg_trgm nothing is similar');
SELECT is(pg_temp.similar('names_clerk', 1), '{}', 'and nobody is found');
SELECT is((SELECT p.receipts FROM ar.propose(1) AS p), 48::bigint, 'but proposals are made');
CREATE EXTENSION pg_trgm;
SELECT is(pg_temp.similar('names_clerk', 1), pg_temp.similar(current_user, 1), 'back again, before it has its index');
SELECT ok(cardinality(pg_temp.similar('names_clerk', 1)) > 0, 'somebody is');
SELECT ar.index_similar_names() \gset
SELECT ok(pg_temp.index_used('names_clerk'), 'then with it');
SELECT is((SELECT count(*) FROM ar.check_ledger()), 0::bigint, 'the books are whole');
SELECT * FROM finish();
ROLLBACK;
