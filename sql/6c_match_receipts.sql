-- Money that is to be matched, what it names and whom it is from ---------------

CREATE FUNCTION ar.find_reference_patterns(company_id bigint) RETURNS text[]
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET jit = off AS $$
BEGIN
    -- What was posted last tells how numbers look now; where that is payments, as after a day's cash, what is open does.
    RETURN (
    WITH latest AS MATERIALIZED (
        SELECT CASE WHEN d.kind <> 'payment' THEN d.document_number END AS document_number, d.order_reference
        FROM receivables.document AS d
        WHERE d.company_id = find_reference_patterns.company_id
        ORDER BY d.document_id DESC LIMIT 1000
    ), open AS MATERIALIZED (
        SELECT d.document_number, d.order_reference
        FROM (SELECT i.document_id FROM receivables.item AS i
              WHERE (SELECT count(l.document_number) FROM latest AS l) < 200 AND i.company_id = find_reference_patterns.company_id
                AND i.closed_on = 'infinity' AND i.is_debit
              ORDER BY i.customer_id LIMIT 200) AS i
        CROSS JOIN LATERAL (SELECT d.document_number, d.order_reference FROM receivables.document AS d
                            WHERE d.company_id = find_reference_patterns.company_id AND d.document_id = i.document_id OFFSET 0) AS d
    ), pattern AS (
        SELECT ar.reference_pattern(n.number) AS pattern
        FROM (SELECT l.document_number AS number FROM latest AS l WHERE l.document_number IS NOT NULL
              UNION ALL SELECT l.order_reference FROM latest AS l WHERE l.order_reference IS NOT NULL
              UNION ALL SELECT o.document_number FROM open AS o
              UNION ALL SELECT o.order_reference FROM open AS o WHERE o.order_reference IS NOT NULL) AS n
        OFFSET 0
    )
    SELECT coalesce(array_agg(s.pattern ORDER BY s.uses DESC, s.pattern), '{}')
    FROM (SELECT p.pattern, count(*) AS uses
          FROM pattern AS p
          WHERE p.pattern IS NOT NULL
          GROUP BY p.pattern
          ORDER BY uses DESC, p.pattern LIMIT 20) AS s);
END;
$$;
COMMENT ON FUNCTION ar.find_reference_patterns(bigint) IS
'What ar.company_reference_patterns keeps.';

CREATE FUNCTION ar.company_reference_patterns(company_id bigint) RETURNS text[]
    LANGUAGE c STABLE STRICT SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'ar_company_reference_patterns';
COMMENT ON FUNCTION ar.company_reference_patterns(bigint) IS
'How the numbers of a company look, as ar.extract_references takes it: the 20 commonest patterns, as ar.reference_pattern makes them, of numbers and order references of the 1000 documents entered last; where nearly all of these are payments, also of 200 open items. What a session found stays until another document is entered.';

CREATE FUNCTION ar.trigram_schema() RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT n.nspname FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'pg_trgm'
$$;
COMMENT ON FUNCTION ar.trigram_schema() IS
'The schema of extension pg_trgm, by which similar names are found; null where it is not installed.';

CREATE FUNCTION ar.names_are_similar_support(internal) RETURNS internal
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_names_are_similar_support';
COMMENT ON FUNCTION ar.names_are_similar_support(internal) IS
'Gives the planner the operator % of extension pg_trgm for ar.names_are_similar, where an index has the names.';

CREATE FUNCTION ar.names_are_similar(a text, b text) RETURNS boolean
    LANGUAGE c STABLE STRICT LEAKPROOF PARALLEL SAFE COST 100 SUPPORT ar.names_are_similar_support
    AS 'MODULE_PATHNAME', 'ar_names_are_similar';
COMMENT ON FUNCTION ar.names_are_similar(text, text) IS
'Whether two names are similar by their trigrams, as a % b of extension pg_trgm and its setting pg_trgm.similarity_threshold say; false where that is not installed. Leakproof, so that an index on the names serves under row-level security, too. No errors.';

CREATE FUNCTION ar.index_similar_names() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
BEGIN
    IF ar.trigram_schema() IS NOT NULL THEN
        -- It has the trigrams of a name in one place, and need not look at the customers that have some of them.
        EXECUTE format('CREATE INDEX IF NOT EXISTS customer_similar_name_idx ON receivables.customer USING gist (ar.name_key(name) %I.gist_trgm_ops) '
                       'WHERE length(name) <= 200', ar.trigram_schema());
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.index_similar_names() IS
'Makes the index by which customers of similar names are found, where extension pg_trgm is installed: to be called once by the owner of the books where it is installed after them.';

CREATE FUNCTION ar.name_similarity(a text, b text) RETURNS real
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'ar_name_similarity';
COMMENT ON FUNCTION ar.name_similarity(text, text) IS
'How similar two names are by their trigrams, 0 to 1, as similarity(a, b) of extension pg_trgm says; null where that is not installed.';

CREATE FUNCTION ar.similar_customers(company_id bigint, names text[])
    RETURNS TABLE (name text, customer_id bigint, similarity real)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off AS $$
BEGIN
    IF cardinality(names) = 0 OR NOT EXISTS (SELECT FROM pg_extension AS e WHERE e.extname = 'pg_trgm') THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT n.name, s.customer_id, s.similarity
    FROM unnest(names) AS n (name)
    CROSS JOIN LATERAL (
        SELECT c.customer_id, ar.name_similarity(ar.name_key(c.name), n.name) AS similarity
        FROM receivables.customer AS c
        WHERE ar.names_are_similar(ar.name_key(c.name), n.name) AND c.company_id = similar_customers.company_id
          AND length(c.name) <= 200
        ORDER BY similarity DESC, c.customer_id LIMIT 50) AS s;
END;
$$;
COMMENT ON FUNCTION ar.similar_customers(bigint, text[]) IS
'Customers whose names are similar to names that ar.name_key has made: up to 50 for each, by the trigrams of extension pg_trgm, the most similar first; none where that is not installed.';

CREATE FUNCTION ar.documents_named(company_id bigint, keys text[])
    RETURNS TABLE (key text, document_id bigint, customer_id bigint, document_number text, currency text, is_open boolean)
    LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET jit = off AS $$
DECLARE
    orders     boolean := EXISTS (SELECT FROM receivables.document AS d
                                  WHERE d.company_id = documents_named.company_id AND d.order_reference IS NOT NULL
                                    AND d.kind <> 'payment' AND length(d.order_reference) <= 100);
    referenced boolean := EXISTS (SELECT FROM receivables.document AS d
                                  WHERE d.company_id = documents_named.company_id AND d.reference IS NOT NULL
                                    AND d.kind <> 'payment' AND length(d.reference) <= 100);
BEGIN
    -- Looked up one by one: what was billed is much more than what is named.
    RETURN QUERY
    SELECT d.key, d.document_id, d.customer_id, d.document_number, d.currency, i.is_open IS NOT NULL
    FROM (SELECT k.key, d.*
          FROM unnest(keys) AS k (key)
          CROSS JOIN LATERAL (SELECT d.document_id, d.customer_id, d.document_number, d.currency FROM receivables.document AS d
                              WHERE d.company_id = documents_named.company_id AND ar.reference_key(d.document_number) = k.key
                                AND length(d.document_number) <= 100 AND d.kind <> 'payment' AND d.reverses_document_id IS NULL
                              OFFSET 0) AS d
          UNION ALL
          SELECT k.key, d.*
          FROM unnest(keys) AS k (key)
          CROSS JOIN LATERAL (
              -- Anything may stand here, on any number of documents.
              (SELECT d.document_id, d.customer_id, d.document_number, d.currency FROM receivables.document AS d
               WHERE d.company_id = documents_named.company_id AND ar.reference_key(d.order_reference) = k.key
                 AND length(d.order_reference) <= 100 AND d.order_reference IS NOT NULL AND d.kind <> 'payment'
                 AND d.reverses_document_id IS NULL LIMIT 20)
              UNION ALL
              (SELECT d.document_id, d.customer_id, d.document_number, d.currency FROM receivables.document AS d
               WHERE d.company_id = documents_named.company_id AND ar.reference_key(d.reference) = k.key
                 AND length(d.reference) <= 100 AND d.reference IS NOT NULL AND d.kind <> 'payment'
                 AND d.reverses_document_id IS NULL LIMIT 20)) AS d
          WHERE orders OR referenced) AS d
    LEFT JOIN LATERAL (SELECT true AS is_open FROM receivables.item AS i
                       WHERE i.company_id = documents_named.company_id AND i.document_id = d.document_id AND i.open_amount <> 0
                       LIMIT 1) AS i ON true;
END;
$$;
COMMENT ON FUNCTION ar.documents_named(bigint, text[]) IS
'Documents of a company, payments and reversals aside, that keys as ar.reference_key makes them name: by their number, or up to 20 each by their order reference and by their reference; more than once where by several of these. is_open: whether anything is open of it, in its currency.';

CREATE FUNCTION ar.agreeing_amounts(company_id bigint, customer_ids bigint[], currencies text[], amounts numeric[])
    RETURNS TABLE (customer_id bigint, currency text, open_amount numeric)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000 SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET jit = off AS $$
DECLARE
    company_currency text := (SELECT o.currency FROM receivables.company AS o WHERE o.company_id = agreeing_amounts.company_id);
BEGIN
    IF customer_ids = '{}' THEN
        RETURN;
    ELSIF company_currency = ALL (currencies) THEN
        -- There the amount for the company is the amount, and the index of open items has it: few need be looked at.
        RETURN QUERY
        SELECT DISTINCT a.customer_id, i.currency, i.open_amount
        FROM (SELECT i.customer_id, i.item_id
              FROM receivables.item AS i
              WHERE i.company_id = agreeing_amounts.company_id AND i.customer_id = ANY (customer_ids) AND i.closed_on = 'infinity'
                AND i.open_company_amount = ANY (amounts) OFFSET 0) AS a
        CROSS JOIN LATERAL (SELECT i.currency, i.open_amount FROM receivables.item AS i
                            WHERE i.company_id = agreeing_amounts.company_id AND i.item_id = a.item_id OFFSET 0) AS i
        WHERE i.currency = company_currency;
    ELSE
        RETURN QUERY
        SELECT DISTINCT i.customer_id, i.currency, i.open_amount
        FROM receivables.item AS i
        WHERE i.company_id = agreeing_amounts.company_id AND i.customer_id = ANY (customer_ids) AND i.closed_on = 'infinity'
          AND i.currency = ANY (currencies) AND i.open_amount = ANY (amounts);
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.agreeing_amounts(bigint, bigint[], text[], numeric[]) IS
'Those of some amounts that are what is open of an item of some customers of a company, in one of some currencies.';

CREATE FUNCTION ar.payments_on_account(company_id bigint, item_ids bigint[]) RETURNS bigint[]
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET jit = off AS $$
BEGIN
    -- Of many, all there are, which may be fewer, or none.
    IF NOT EXISTS (SELECT FROM receivables.match_proposal_line AS l
                   WHERE l.company_id = payments_on_account.company_id AND l.purpose = 'on_account') THEN
        RETURN '{}';
    ELSIF cardinality(item_ids) > 100 THEN
        RETURN ARRAY(SELECT o.item_id FROM receivables.payment_on_account AS o
                     WHERE o.company_id = payments_on_account.company_id AND o.item_id IN (SELECT unnest(item_ids)));
    ELSIF item_ids = '{}' THEN
        RETURN '{}';
    END IF;
    RETURN ARRAY(
        SELECT o.item_id
        FROM unnest(item_ids) AS k (item_id)
        CROSS JOIN LATERAL (
            SELECT p.match_proposal_id FROM receivables.match_proposal AS p
            WHERE p.company_id = payments_on_account.company_id AND p.credit_item_id = k.item_id
            UNION ALL
            SELECT d.match_proposal_id
            FROM (SELECT i.document_id FROM receivables.item AS i
                  WHERE i.company_id = payments_on_account.company_id AND i.item_id = k.item_id OFFSET 0) AS i
            CROSS JOIN LATERAL (SELECT d.match_proposal_id FROM receivables.document AS d
                                WHERE d.company_id = payments_on_account.company_id AND d.document_id = i.document_id
                                  AND d.match_proposal_id IS NOT NULL OFFSET 0) AS d OFFSET 0) AS m
        CROSS JOIN LATERAL (SELECT o.item_id FROM receivables.payment_on_account AS o
                            WHERE o.company_id = payments_on_account.company_id AND o.match_proposal_id = m.match_proposal_id
                              AND o.item_id = k.item_id OFFSET 0) AS o);
END;
$$;
COMMENT ON FUNCTION ar.payments_on_account(bigint, bigint[]) IS
'Those of some items of a company that view payment_on_account has.';

CREATE FUNCTION ar.receipts(company_id bigint, bank_line_ids bigint[], credit_item_ids bigint[])
    RETURNS TABLE (receipt_id bigint, customer_id bigint, currency text, amount numeric, received_on date, charge_amount numeric,
                   is_deposit boolean, contract_id bigint, order_key text,
                   payer_name text, payer_account text, reference_text text,
                   line_references text[], line_amounts numeric[], line_deductions numeric[], line_notes text[])
    LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET jit = off AS $$
DECLARE
    -- That many are read at once, and the planner knows how many.
    first_item     bigint   := (SELECT min(k.item_id) FROM unnest(credit_item_ids) AS k (item_id));
    last_item      bigint   := (SELECT max(k.item_id) FROM unnest(credit_item_ids) AS k (item_id));
    document_ids   bigint[] := ARRAY(SELECT i.document_id FROM receivables.item AS i
                                     WHERE i.company_id = receipts.company_id AND i.item_id = ANY (credit_item_ids)
                                       -- What is open is mostly new.
                                       AND i.item_id BETWEEN first_item AND last_item);
    first_document bigint   := (SELECT min(k.document_id) FROM unnest(document_ids) AS k (document_id));
    last_document  bigint   := (SELECT max(k.document_id) FROM unnest(document_ids) AS k (document_id));
    -- The line that a payment was posted from still tells what it is for.
    source_ids     bigint[] := ARRAY(SELECT d.bank_line_id FROM receivables.document AS d
                                     WHERE d.company_id = receipts.company_id AND d.document_id = ANY (document_ids)
                                       AND d.document_id BETWEEN first_document AND last_document
                                       AND d.bank_line_id IS NOT NULL);
BEGIN
    RETURN QUERY
    WITH money AS MATERIALIZED (
        SELECT l.bank_line_id AS receipt_id, l.bank_line_id, NULL::bigint AS document_id, NULL::bigint AS customer_id, l.currency,
               l.open_amount AS amount, l.value_on AS received_on, l.charge_amount,
               false AS is_deposit, NULL::bigint AS contract_id, NULL::text AS order_key, l.payer_name, l.payer_account,
               concat_ws(E'\n', l.structured_reference, l.end_to_end_id, l.remittance_text) AS reference_text
        FROM receivables.bank_line AS l
        WHERE l.company_id = receipts.company_id AND l.bank_line_id = ANY (receipts.bank_line_ids)
        UNION ALL
        SELECT -i.item_id, d.bank_line_id, i.document_id, i.customer_id, i.currency,
               -i.open_amount, i.effective_on, 0, d.kind = 'deposit', d.contract_id,
               CASE WHEN d.kind = 'deposit' THEN ar.reference_key(d.order_reference) END, l.payer_name, l.payer_account,
               concat_ws(E'\n', d.reference, l.structured_reference, l.end_to_end_id, l.remittance_text)
        FROM receivables.item AS i
        JOIN receivables.document AS d ON d.company_id = i.company_id AND d.document_id = i.document_id
        LEFT JOIN (SELECT l.* FROM receivables.bank_line AS l
                   WHERE l.company_id = receipts.company_id AND l.bank_line_id = ANY (source_ids)) AS l ON l.bank_line_id = d.bank_line_id
        WHERE i.company_id = receipts.company_id AND i.item_id = ANY (receipts.credit_item_ids)
          AND i.item_id BETWEEN first_item AND last_item
          AND d.company_id = receipts.company_id AND d.document_id = ANY (document_ids)
          AND d.document_id BETWEEN first_document AND last_document),
    advice AS MATERIALIZED (
        SELECT m.remittance_line_id, m.bank_line_id, m.document_id, m.reference, m.amount, nullif(btrim(m.note), '') AS note,
               coalesce(m.deduction_amount,
                        -- A note that states one other amount states what was kept back.
                        (SELECT CASE WHEN count(*) = 1 THEN min(n.amount) END
                         FROM unnest(ar.extract_amounts(m.note)) AS n (amount)
                         WHERE n.amount NOT IN (0, abs(m.amount)))) AS deduction_amount
        FROM (SELECT m.* FROM receivables.remittance_line AS m
              WHERE m.company_id = receipts.company_id AND m.bank_line_id = ANY (receipts.bank_line_ids || source_ids)
                AND m.bank_line_id IS NOT NULL
              UNION ALL
              SELECT m.* FROM receivables.remittance_line AS m
              WHERE m.company_id = receipts.company_id AND m.document_id = ANY (document_ids)
                AND m.document_id IS NOT NULL) AS m)
    SELECT r.receipt_id, r.customer_id, r.currency, r.amount, r.received_on, r.charge_amount,
           r.is_deposit, r.contract_id, r.order_key, r.payer_name, r.payer_account,
           concat_ws(E'\n', r.reference_text, array_to_string(a.line_references, E'\n')),
           a.line_references, a.line_amounts, a.line_deductions, a.line_notes
    FROM money AS r
    LEFT JOIN (
        SELECT m.receipt_id, array_agg(m.reference ORDER BY m.remittance_line_id) AS line_references,
               array_agg(m.amount ORDER BY m.remittance_line_id) AS line_amounts,
               array_agg(m.deduction_amount ORDER BY m.remittance_line_id) AS line_deductions,
               array_agg(m.note ORDER BY m.remittance_line_id) AS line_notes
        FROM (SELECT r.receipt_id, m.* FROM money AS r JOIN advice AS m ON m.bank_line_id = r.bank_line_id
              UNION ALL
              SELECT r.receipt_id, m.* FROM money AS r JOIN advice AS m ON m.document_id = r.document_id) AS m
        GROUP BY m.receipt_id) AS a ON a.receipt_id = r.receipt_id;
END;
$$;
COMMENT ON FUNCTION ar.receipts(bigint, bigint[], bigint[]) IS
'Bank lines and payments of a company as they are to be matched: receipt_id is the bank line, or the negative of the item of the payment; with all that the payer writes, and what remittance lines say.';

CREATE FUNCTION ar.receipt_standards(company_id bigint, bank_line_ids bigint[], credit_item_ids bigint[])
    RETURNS TABLE (receipt_id bigint, standards text[])
    LANGUAGE plpgsql STABLE ROWS 1 SET search_path = pg_catalog, pg_temp SET jit = off AS $$
BEGIN
    -- Most companies have none.
    IF NOT EXISTS (SELECT FROM receivables.bank_account AS a
                   WHERE a.company_id = receipt_standards.company_id AND a.reference_standards <> '{}') THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT r.receipt_id, a.reference_standards
    FROM (SELECT k.bank_line_id AS receipt_id, k.bank_line_id FROM unnest(bank_line_ids) AS k (bank_line_id)
          UNION ALL
          SELECT -i.item_id, d.bank_line_id
          FROM unnest(credit_item_ids) AS k (item_id)
          JOIN receivables.item AS i ON i.company_id = receipt_standards.company_id AND i.item_id = k.item_id
          JOIN receivables.document AS d ON d.company_id = i.company_id AND d.document_id = i.document_id) AS r
    JOIN receivables.bank_line AS l ON l.company_id = receipt_standards.company_id AND l.bank_line_id = r.bank_line_id
    JOIN receivables.bank_statement AS s ON s.company_id = l.company_id AND s.bank_statement_id = l.bank_statement_id
    JOIN receivables.bank_account AS a ON a.company_id = s.company_id AND a.account = s.account
    WHERE a.reference_standards <> '{}';
END;
$$;
COMMENT ON FUNCTION ar.receipt_standards(bigint, bigint[], bigint[]) IS
'The standards of references of the accounts that bank lines, and payments posted from some, came in on, by receipt_id as in ar.receipts; no row for an account without any.';

CREATE FUNCTION ar.identify_payers(company_id bigint, bank_line_ids bigint[], credit_item_ids bigint[])
    RETURNS TABLE (receipt_id bigint, customer_id bigint, currency text, receipt ar.match_receipt)
    LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET enable_mergejoin = off SET jit = off AS $$
DECLARE
    patterns text[] := ar.company_reference_patterns(company_id);
    -- What sorts behind every name that begins alike.
    last_character text := chr(CASE getdatabaseencoding() WHEN 'UTF8' THEN 1114111 ELSE 126 END);
BEGIN
    RETURN QUERY
    WITH money AS MATERIALIZED (
        SELECT r.*, ar.name_key(r.payer_name) AS name_key
        FROM ar.receipts(identify_payers.company_id, bank_line_ids, credit_item_ids) AS r),
    reference AS MATERIALIZED (
        SELECT m.receipt_id, m.currency, x.reference AS key, x.kind, x.position
        FROM money AS m
        LEFT JOIN ar.receipt_standards(identify_payers.company_id, bank_line_ids, credit_item_ids) AS s ON s.receipt_id = m.receipt_id
        CROSS JOIN LATERAL ar.extract_references(m.reference_text, CASE WHEN s.standards IS NULL THEN patterns
                                                                        ELSE patterns || s.standards END) AS x),
    -- Numbers written without their zeros or without what stands before them, as the company writes them.
    written AS MATERIALIZED (
        SELECT x.receipt_id, x.currency, f.prefix || lpad(n.number, f.digits, '0') AS key
        FROM (SELECT x.receipt_id, x.currency, x.kind, regexp_match(x.key, '^([^0-9]*)0*([0-9]+)$') AS parts
              FROM reference AS x WHERE x.kind IN ('number', 'token')) AS x
        CROSS JOIN LATERAL (SELECT x.parts[1] AS prefix, x.parts[2] AS number) AS n
        JOIN (SELECT f.parts[1] AS prefix, f.parts[2]::integer AS digits
              FROM unnest(patterns) WITH ORDINALITY AS u (pattern, place)
              CROSS JOIN LATERAL (SELECT regexp_match(u.pattern, '^([^0-9]*)9\{([0-9]+)\}$') AS parts) AS f
              WHERE f.parts IS NOT NULL ORDER BY u.place LIMIT 5) AS f
            ON f.digits BETWEEN length(n.number) AND 64 AND (n.prefix = f.prefix OR n.prefix = '' AND x.kind = 'number')),
    wanted AS MATERIALIZED (
        SELECT x.receipt_id, x.currency, x.key FROM reference AS x
        -- A short number is too common to say anything but of a customer that is known.
        WHERE x.kind <> 'number' OR length(x.key) > 4
        UNION
        SELECT w.receipt_id, w.currency, w.key FROM written AS w),
    document AS MATERIALIZED (
        -- In their order: one is looked up near the other.
        SELECT d.* FROM ar.documents_named(identify_payers.company_id, ARRAY(SELECT DISTINCT w.key FROM wanted AS w ORDER BY 1)) AS d),
    named AS MATERIALIZED (
        SELECT w.receipt_id, w.key, d.customer_id, d.document_number, d.is_open AND d.currency = w.currency AS is_open
        FROM wanted AS w
        JOIN document AS d ON d.key = w.key),
    taught AS MATERIALIZED (
        SELECT a.account, a.customer_id, a.weight, a.share, row_number() OVER (PARTITION BY a.account ORDER BY a.weight DESC) AS place
        FROM (SELECT DISTINCT m.payer_account FROM money AS m WHERE m.customer_id IS NULL AND m.payer_account IS NOT NULL) AS m
        CROSS JOIN LATERAL (SELECT a.account, a.customer_id, a.weight, a.share FROM receivables.payer_account AS a
                            WHERE a.company_id = identify_payers.company_id AND a.account = m.payer_account OFFSET 0) AS a),
    -- Whom the account and the whole name tell.
    known AS MATERIALIZED (
        SELECT m.receipt_id, a.customer_id, 1.0::float8 / count(*) OVER (PARTITION BY m.receipt_id) AS certainty,
               'the payer''s account' AS identified_by, false AS by_name
        FROM money AS m
        CROSS JOIN LATERAL (SELECT a.customer_id FROM receivables.customer_account AS a
                            WHERE a.company_id = identify_payers.company_id AND a.account = m.payer_account OFFSET 0) AS a
        WHERE m.customer_id IS NULL
        UNION ALL
        SELECT m.receipt_id, a.customer_id,
               -- A single match of more than two years ago is no proof.
               round((CASE WHEN a.weight >= 0.25 THEN 0.95 ELSE 0.70 END * a.share)::numeric, 2)::float8,
               'the payer''s account, by earlier matches', false
        FROM money AS m
        JOIN taught AS a ON a.account = m.payer_account AND a.place <= 5
        WHERE m.customer_id IS NULL AND m.payer_account IS NOT NULL
        UNION ALL
        SELECT m.receipt_id, c.customer_id, CASE WHEN count(*) OVER (PARTITION BY m.receipt_id) = 1 THEN 0.95 ELSE 0.70 END,
               'the payer''s name', true
        FROM money AS m
        CROSS JOIN LATERAL (SELECT c.customer_id FROM receivables.customer AS c
                            WHERE c.company_id = identify_payers.company_id AND ar.name_key(c.name) COLLATE "C" = m.name_key AND length(c.name) <= 200
                            LIMIT 50) AS c
        WHERE m.customer_id IS NULL AND m.name_key <> ''),
    payer AS MATERIALIZED (
        -- Bounds are put together here: where rows have policies, an index takes values alone.
        SELECT p.*, p.name_key || last_character AS name_upto, p.name_key || x.more AS longer_from,
               p.name_key || x.more || last_character AS longer_upto
        FROM (SELECT m.receipt_id, m.name_key, m.currency, m.line_amounts || m.amount AS amounts,
                     coalesce(bool_or(k.certainty >= 0.95), false) AS is_known
              FROM money AS m
              LEFT JOIN known AS k ON k.receipt_id = m.receipt_id
              WHERE m.customer_id IS NULL AND m.name_key <> ''
              GROUP BY m.receipt_id, m.name_key, m.currency, m.line_amounts, m.amount
              HAVING NOT coalesce(bool_or(k.certainty >= 0.95 AND NOT k.by_name), false)) AS p
        CROSS JOIN LATERAL (SELECT CASE WHEN p.is_known THEN ' ' ELSE '' END AS more) AS x),
    -- Whom a part of the name may mean: never certain, and some only where something else agrees.
    suspect AS MATERIALIZED (
        SELECT s.*, row_number() OVER (PARTITION BY s.receipt_id ORDER BY s.certainty DESC, s.customer_id) AS place
        FROM (SELECT u.receipt_id, u.currency, u.amounts, n.customer_id, least(n.similarity, 0.70)::float8 AS certainty,
                     'a similar name' AS identified_by, false AS must_agree
              FROM payer AS u
              JOIN ar.similar_customers(identify_payers.company_id,
                                        ARRAY(SELECT DISTINCT u.name_key FROM payer AS u WHERE NOT u.is_known)) AS n
                  ON n.name = u.name_key
              WHERE NOT u.is_known
              UNION ALL
              -- The name of a group stands for its divisions, a word cut short for the whole one.
              SELECT u.receipt_id, u.currency, u.amounts, c.customer_id, 0.60, 'a longer name', true
              FROM payer AS u
              CROSS JOIN LATERAL (
                  SELECT c.customer_id FROM receivables.customer AS c
                  WHERE c.company_id = identify_payers.company_id
                    AND ar.name_key(c.name) COLLATE "C" > u.longer_from
                    AND ar.name_key(c.name) COLLATE "C" < u.longer_upto
                    AND length(c.name) <= 200
                  LIMIT 200) AS c
              WHERE length(u.name_key) > 5
              UNION ALL
              SELECT u.receipt_id, u.currency, u.amounts, c.customer_id,
                     CASE WHEN c.initials <> u.name_key THEN 0.50
                          WHEN count(*) FILTER (WHERE c.initials = u.name_key) OVER (PARTITION BY u.receipt_id) = 1 THEN 0.70
                          ELSE 0.60 END,
                     'its initials', c.initials <> u.name_key
              FROM payer AS u
              CROSS JOIN LATERAL (
                  SELECT DISTINCT ON (c.customer_id) c.customer_id, c.initials
                  FROM ((SELECT c.customer_id, ar.name_initials(c.name, true) AS initials FROM receivables.customer AS c
                         WHERE c.company_id = identify_payers.company_id
                           AND ar.name_initials(c.name, true) COLLATE "C" >= u.name_key
                           AND ar.name_initials(c.name, true) COLLATE "C" < u.name_upto
                           AND length(c.name) <= 200 LIMIT 200)
                        UNION ALL
                        (SELECT c.customer_id, ar.name_initials(c.name, false) FROM receivables.customer AS c
                         WHERE c.company_id = identify_payers.company_id
                           AND ar.name_initials(c.name, false) COLLATE "C" >= u.name_key
                           AND ar.name_initials(c.name, false) COLLATE "C" < u.name_upto
                           AND length(c.name) <= 200 LIMIT 200)) AS c
                  ORDER BY c.customer_id, c.initials = u.name_key DESC) AS c
              WHERE NOT u.is_known AND length(u.name_key) BETWEEN 2 AND 5) AS s),
    agreed AS MATERIALIZED (
        SELECT s.receipt_id, s.customer_id
        FROM suspect AS s
        CROSS JOIN LATERAL unnest(s.amounts) AS x (amount)
        JOIN ar.agreeing_amounts(identify_payers.company_id, ARRAY(SELECT DISTINCT s.customer_id FROM suspect AS s),
                             ARRAY(SELECT DISTINCT s.currency FROM suspect AS s),
                             ARRAY(SELECT DISTINCT unnest(s.amounts) FROM suspect AS s)) AS a
            ON a.customer_id = s.customer_id AND a.currency = s.currency AND a.open_amount = x.amount),
    alike AS MATERIALIZED (
        SELECT s.receipt_id, s.customer_id, s.certainty, s.identified_by
        FROM suspect AS s
        WHERE s.place <= 5 AND NOT s.must_agree
           OR (s.receipt_id, s.customer_id) IN (SELECT n.receipt_id, n.customer_id FROM named AS n)
           OR (s.receipt_id, s.customer_id) IN (SELECT a.receipt_id, a.customer_id FROM agreed AS a)),
    looks_like AS MATERIALIZED (
        SELECT DISTINCT ON (k.receipt_id, k.customer_id) k.*
        FROM (SELECT k.receipt_id, k.customer_id, k.certainty, k.identified_by FROM known AS k
              UNION ALL
              SELECT s.receipt_id, s.customer_id, s.certainty, s.identified_by FROM alike AS s) AS k
        ORDER BY k.receipt_id, k.customer_id, k.certainty DESC),
    candidate AS (
        SELECT m.receipt_id, m.customer_id, 1.0::float8 AS certainty, 'the payment, which was entered for it' AS identified_by
        FROM money AS m WHERE m.customer_id IS NOT NULL
        UNION ALL
        SELECT k.receipt_id, k.customer_id, k.certainty, k.identified_by FROM looks_like AS k
        UNION ALL
        SELECT n.receipt_id, n.customer_id, CASE WHEN coalesce(max(k.certainty), 0) >= 0.6 THEN 0 ELSE 0.5 END,
               'the reference alone'
        FROM named AS n
        JOIN money AS m ON m.receipt_id = n.receipt_id AND m.customer_id IS NULL
        LEFT JOIN looks_like AS k ON k.receipt_id = n.receipt_id
        GROUP BY n.receipt_id, n.customer_id
        HAVING NOT coalesce(bool_or(k.customer_id = n.customer_id), false)),
    tokens AS (
        SELECT x.receipt_id, array_agg(x.key) AS keys, array_agg(x.kind) AS kinds
        -- Sorted once, not for each of them.
        FROM (SELECT x.receipt_id, x.key, x.kind FROM reference AS x ORDER BY x.receipt_id, x.position, x.kind OFFSET 0) AS x
        GROUP BY x.receipt_id),
    -- What a receipt names that is not open of whom it may be from.
    astray AS MATERIALIZED (
        SELECT n.receipt_id, n.key, n.customer_id, n.document_number, c.customer_id AS candidate_id, n.customer_id = c.customer_id AS is_own
        FROM named AS n
        JOIN candidate AS c ON c.receipt_id = n.receipt_id
        -- What is open itself, as most is, needs no look at the others.
        WHERE (n.is_open AND n.customer_id = c.customer_id) IS NOT TRUE
          AND NOT EXISTS (SELECT FROM named AS o
                          WHERE o.receipt_id = n.receipt_id AND o.key = n.key AND o.customer_id = c.customer_id AND o.is_open)),
    elsewhere AS (
        SELECT x.receipt_id, x.candidate_id AS customer_id, string_agg(DISTINCT w.words, ', ' ORDER BY w.words) AS words,
               array_agg(x.key) FILTER (WHERE x.is_own) AS closed_keys
        FROM astray AS x
        -- Many candidates may have the same strangers.
        LEFT JOIN (SELECT a.customer_id, u.customer_number
                   FROM (SELECT DISTINCT a.customer_id FROM astray AS a WHERE NOT a.is_own) AS a
                   CROSS JOIN LATERAL (SELECT u.customer_number FROM receivables.customer AS u
                                       WHERE u.company_id = identify_payers.company_id AND u.customer_id = a.customer_id OFFSET 0) AS u) AS u
            ON u.customer_id = x.customer_id AND NOT x.is_own
        CROSS JOIN LATERAL (SELECT CASE WHEN x.is_own THEN x.document_number || ', which is closed'
                                        ELSE format('%s of customer %s', x.document_number, u.customer_number) END AS words) AS w
        GROUP BY x.receipt_id, x.candidate_id)
    SELECT m.receipt_id, c.customer_id, m.currency,
           ROW(m.receipt_id, m.amount, m.received_on, m.charge_amount, c.certainty, c.identified_by,
               m.is_deposit, m.contract_id, m.order_key,
               -- The number of what is closed is no misspelling of another.
               CASE WHEN e.closed_keys IS NULL THEN t.keys
                    ELSE ARRAY(SELECT x.key FROM unnest(t.keys) WITH ORDINALITY AS x (key, place)
                               WHERE x.key <> ALL (e.closed_keys) ORDER BY x.place) END,
               CASE WHEN e.closed_keys IS NULL THEN t.kinds
                    ELSE ARRAY(SELECT x.kind FROM unnest(t.keys, t.kinds) WITH ORDINALITY AS x (key, kind, place)
                               WHERE x.key <> ALL (e.closed_keys) ORDER BY x.place) END,
               m.line_references, m.line_amounts, m.line_deductions, m.line_notes, e.words)::ar.match_receipt
    FROM money AS m
    LEFT JOIN candidate AS c ON c.receipt_id = m.receipt_id
    LEFT JOIN tokens AS t ON t.receipt_id = m.receipt_id
    LEFT JOIN elsewhere AS e ON e.receipt_id = c.receipt_id AND e.customer_id = c.customer_id;
END;
$$;
COMMENT ON FUNCTION ar.identify_payers(bigint, bigint[], bigint[]) IS
'Whom bank lines and payments may be from, and what they name, as ar.match_candidates takes it: a line for each customer that comes into question, or one without a customer. A payment is from its customer, certainty 1. A bank line: by the account, where customer_account knows it 1, where earlier matches teach it up to 0.95 by the share of the customer in payer_account; by the name, which for exactly one customer is that of the payer, legal form aside, 0.95; by a similar name, as far as extension pg_trgm is installed, or by initials at most 0.70; by a longer name or longer initials, as of a division, less, and only where a document is named or an amount is open that agrees; and by a document it names alone 0.5, or 0 where the payer is likely somebody else.';
