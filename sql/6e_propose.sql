-- What settles what: proposals ------------------------------------------------------

CREATE FUNCTION ar.item_document_number(company_id bigint, item_id bigint) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    -- No join: it is called where nested loops are off.
    SELECT (SELECT d.document_number FROM receivables.document AS d
            WHERE d.company_id = i.company_id AND d.document_id = i.document_id)
    FROM receivables.item AS i
    WHERE i.company_id = item_document_number.company_id AND i.item_id = item_document_number.item_id
$$;
COMMENT ON FUNCTION ar.item_document_number(bigint, bigint) IS
'The number of the document that an item is of; null for an unknown one.';

CREATE FUNCTION ar.open_amounts(company_id bigint, item_ids bigint[])
    RETURNS TABLE (item_id bigint, open_amount numeric, customer_id bigint)
    LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET jit = off AS $$
BEGIN
    -- Looked up one by one: what is open is much more than what is settled.
    RETURN QUERY
    SELECT i.item_id, i.open_amount, i.customer_id
    FROM unnest(item_ids) AS k (item_id)
    CROSS JOIN LATERAL (SELECT i.item_id, i.open_amount, i.customer_id FROM receivables.item AS i
                        WHERE i.company_id = open_amounts.company_id AND i.item_id = k.item_id OFFSET 0) AS i;
END;
$$;
COMMENT ON FUNCTION ar.open_amounts(bigint, bigint[]) IS
'What is open of items of a company, and whose they are.';

CREATE FUNCTION ar.choose_matches(company_id bigint, bank_line_ids bigint[], credit_item_ids bigint[], others_count boolean)
    RETURNS TABLE (receipt_id bigint, rank integer, customer_id bigint, method text, score numeric, margin numeric,
                   is_ambiguous boolean, amount numeric, remainder numeric, reasons text, lines ar.match_line[], content_hash text)
    LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET jit = off SET plan_cache_mode = auto AS $$
BEGIN
    -- A run over everything is worth plans of its own; a single proposal is made with those at hand.
    PERFORM set_config('plan_cache_mode', CASE WHEN others_count THEN 'force_generic_plan' ELSE 'force_custom_plan' END, true);
    RETURN QUERY
    WITH match AS MATERIALIZED (
        SELECT m.* FROM ar.find_matches(choose_matches.company_id, bank_line_ids, credit_item_ids) AS m),
    -- What the money settled and was taken off again, under whichever match: most has settled nothing yet.
    reversals AS MATERIALIZED (
        SELECT FROM receivables.application AS r
        WHERE r.company_id = choose_matches.company_id AND r.reverses_application_id IS NOT NULL LIMIT 1),
    taken_back AS MATERIALIZED (
        SELECT -k.item_id AS receipt_id, r.debit_item_id AS item_id, r.reverses_application_id
        FROM unnest(credit_item_ids) AS k (item_id)
        CROSS JOIN LATERAL (SELECT r.* FROM receivables.application AS r
                            WHERE r.company_id = choose_matches.company_id AND r.credit_item_id = k.item_id OFFSET 0) AS r
        WHERE r.reverses_application_id IS NOT NULL AND EXISTS (SELECT FROM reversals)
        UNION ALL
        SELECT k.bank_line_id, r.item_id, r.reverses_application_id
        FROM unnest(bank_line_ids) AS k (bank_line_id)
        CROSS JOIN LATERAL (SELECT d.document_id FROM receivables.document AS d
                            WHERE d.company_id = choose_matches.company_id AND d.bank_line_id = k.bank_line_id OFFSET 0) AS d
        CROSS JOIN LATERAL (SELECT m.item_id FROM receivables.item AS m
                            WHERE m.company_id = choose_matches.company_id AND m.document_id = d.document_id OFFSET 0) AS m
        CROSS JOIN LATERAL (SELECT r.debit_item_id AS item_id, r.reverses_application_id FROM receivables.application AS r
                            WHERE r.company_id = choose_matches.company_id AND r.credit_item_id = m.item_id
                            UNION ALL
                            SELECT r.credit_item_id, r.reverses_application_id FROM receivables.application AS r
                            WHERE r.company_id = choose_matches.company_id AND r.debit_item_id = m.item_id OFFSET 0) AS r
        WHERE r.reverses_application_id IS NOT NULL AND EXISTS (SELECT FROM reversals)),
    settled_before AS MATERIALIZED (
        SELECT DISTINCT t.receipt_id, p.content_hash
        FROM taken_back AS t
        CROSS JOIN LATERAL (SELECT a.match_proposal_id FROM receivables.application AS a
                            WHERE a.company_id = choose_matches.company_id AND a.application_id = t.reverses_application_id OFFSET 0) AS a
        CROSS JOIN LATERAL (SELECT p.content_hash FROM receivables.match_proposal AS p
                            WHERE p.company_id = choose_matches.company_id AND p.match_proposal_id = a.match_proposal_id OFFSET 0) AS p),
    found AS MATERIALIZED (
        SELECT f.*, dense_rank() OVER (ORDER BY f.received_on, f.receipt_id) AS place,
               row_number() OVER (ORDER BY f.received_on, f.receipt_id, f.score DESC, f.certainty DESC, f.customer_id, f.candidate)::integer AS n
        FROM (SELECT m.*, md5(concat_ws(' ', m.customer_id, m.lines::text)) AS content_hash
              FROM match AS m WHERE m.method IS NOT NULL) AS f
        WHERE NOT EXISTS (SELECT FROM receivables.match_proposal AS r
                          WHERE r.company_id = choose_matches.company_id AND coalesce(r.bank_line_id, -r.credit_item_id) = f.receipt_id
                            AND r.status IN ('rejected', 'undone') AND r.content_hash = f.content_hash OFFSET 0)
          AND (f.receipt_id NOT IN (SELECT b.receipt_id FROM settled_before AS b)
               OR (f.receipt_id, f.content_hash) NOT IN (SELECT b.receipt_id, b.content_hash FROM settled_before AS b))),
    used AS MATERIALIZED (
        SELECT f.n, f.place, l.item_id, abs(l.amount) AS amount
        FROM found AS f CROSS JOIN LATERAL unnest(f.lines) AS l
        WHERE l.item_id IS NOT NULL),
    -- What somebody has to look at, however certain it seems.
    held AS MATERIALIZED (
        SELECT h.n, string_agg(h.words, ' ' ORDER BY h.words) AS words
        FROM (SELECT f.n, format('It was taken off %s before.', string_agg(DISTINCT ar.item_document_number(choose_matches.company_id, t.item_id), ', ')) AS words
              FROM taken_back AS t
              JOIN found AS f ON f.receipt_id = t.receipt_id
              JOIN used AS u ON u.n = f.n AND u.item_id = t.item_id
              WHERE EXISTS (SELECT FROM taken_back)
              GROUP BY f.n
              UNION ALL
              SELECT f.n, 'The bank took a payment back: rather undo what that settled.'
              FROM (SELECT f.n, f.receipt_id FROM found AS f WHERE f.amount < 0 AND f.receipt_id > 0) AS f
              CROSS JOIN LATERAL (SELECT b.attributes FROM receivables.bank_line AS b
                                  WHERE b.company_id = choose_matches.company_id AND b.bank_line_id = f.receipt_id OFFSET 0) AS b
              WHERE b.attributes ->> 'reversal' = 'true' OR b.attributes ? 'return_reason') AS h
        GROUP BY h.n),
    -- Nobody else wants the other items, of which no candidate takes more than is open.
    contended AS MATERIALIZED (
        SELECT u.n, u.item_id, u.amount
        FROM used AS u
        WHERE others_count OR u.item_id IN (SELECT u.item_id FROM used AS u GROUP BY u.item_id HAVING count(*) > 1)),
    wanted AS MATERIALIZED (
        SELECT o.item_id, o.open_amount, o.customer_id
        FROM ar.open_amounts(choose_matches.company_id, ARRAY(SELECT DISTINCT u.item_id FROM contended AS u ORDER BY 1)) AS o),
    -- What is proposed for money that is not looked at now is spoken for.
    claim AS MATERIALIZED (
        SELECT w.item_id, abs(l.amount) AS amount, coalesce(p.bank_line_id, -p.credit_item_id) AS receipt_id,
               coalesce(b.value_on, m.effective_on) AS received_on
        FROM wanted AS w
        CROSS JOIN LATERAL (
            SELECT p.match_proposal_id, p.bank_line_id, p.credit_item_id FROM receivables.match_proposal AS p
            WHERE others_count AND p.company_id = choose_matches.company_id AND p.customer_id = w.customer_id
              AND p.status = 'open' AND p.rank = 1
              AND (p.bank_line_id = ANY (choose_matches.bank_line_ids)
                   OR p.credit_item_id = ANY (choose_matches.credit_item_ids)) IS NOT TRUE OFFSET 0) AS p
        CROSS JOIN LATERAL (SELECT l.amount FROM receivables.match_proposal_line AS l
                            WHERE l.company_id = choose_matches.company_id AND l.match_proposal_id = p.match_proposal_id
                              AND l.item_id = w.item_id OFFSET 0) AS l
        LEFT JOIN LATERAL (SELECT b.value_on FROM receivables.bank_line AS b
                           WHERE b.company_id = choose_matches.company_id AND b.bank_line_id = p.bank_line_id OFFSET 0) AS b ON true
        LEFT JOIN LATERAL (SELECT m.effective_on FROM receivables.item AS m
                           WHERE m.company_id = choose_matches.company_id AND m.item_id = p.credit_item_id OFFSET 0) AS m ON true),
    capacity AS (
        SELECT w.item_id, greatest(abs(w.open_amount) - coalesce(c.amount, 0), 0) AS amount
        FROM wanted AS w
        LEFT JOIN (SELECT c.item_id, sum(c.amount) AS amount FROM claim AS c GROUP BY c.item_id) AS c ON c.item_id = w.item_id),
    assigned AS MATERIALIZED (
        SELECT a.candidate AS n, a.is_chosen, a.margin, a.is_exact
        FROM (SELECT array_agg(f.place) AS receipts, array_agg(f.score) AS scores
              FROM (SELECT f.place, f.score FROM found AS f ORDER BY f.n) AS f) AS f,
             (SELECT array_agg(u.n) AS candidates, array_agg(u.item_id) AS items, array_agg(u.amount) AS amounts FROM contended AS u) AS u,
             (SELECT array_agg(c.item_id) AS items, array_agg(c.amount) AS amounts FROM capacity AS c) AS c,
             ar.assign(f.receipts, f.scores, coalesce(u.candidates, '{}'), coalesce(u.items, '{}'), coalesce(u.amounts, '{}'),
                       coalesce(c.items, '{}'), coalesce(c.amounts, '{}')) AS a),
    ranked AS (
        SELECT f.*, a.margin AS dual_margin,
               bool_or(a.is_chosen) OVER w AS has_chosen,
               row_number() OVER (w ORDER BY a.is_chosen DESC, f.n)::integer AS rank,
               -- The best of what else could be done with the money.
               lead(f.score) OVER (w ORDER BY a.is_chosen DESC, f.n) AS next_score
        FROM found AS f JOIN assigned AS a ON a.n = f.n
        WINDOW w AS (PARTITION BY f.receipt_id)),
    -- Who got what the others did not get.
    lost AS MATERIALIZED (
        SELECT r.receipt_id, r.customer_id, u.item_id
        FROM ranked AS r JOIN used AS u ON u.n = r.n
        WHERE NOT r.has_chosen AND r.rank = 1),
    taken AS (
        SELECT t.receipt_id, t.customer_id, string_agg(t.words, ' ' ORDER BY t.item_id) AS words
        FROM (SELECT DISTINCT ON (l.receipt_id, l.item_id) l.receipt_id, l.customer_id, l.item_id,
                     format('%s is already taken by %s of %s: perhaps paid twice.',
                            ar.item_document_number(choose_matches.company_id, l.item_id),
                            CASE WHEN o.receipt_id > 0 THEN format('bank line %s', o.receipt_id)
                                 ELSE 'payment ' || ar.item_document_number(choose_matches.company_id, -o.receipt_id) END,
                            to_char(o.received_on, 'YYYY-MM-DD')) AS words
              FROM lost AS l
              JOIN (SELECT u.item_id, r.receipt_id, r.received_on
                    FROM (SELECT u.item_id, u.n FROM used AS u WHERE u.item_id IN (SELECT l.item_id FROM lost AS l) OFFSET 0) AS u
                    JOIN ranked AS r ON r.n = u.n
                    WHERE r.has_chosen AND r.rank = 1
                    UNION ALL
                    SELECT c.item_id, c.receipt_id, c.received_on FROM claim AS c) AS o ON o.item_id = l.item_id
              ORDER BY l.receipt_id, l.item_id, o.received_on, o.receipt_id) AS t
        GROUP BY t.receipt_id, t.customer_id),
    chosen AS (
        SELECT r.receipt_id, r.rank, r.customer_id, r.method, round(r.score::numeric, 4) AS score,
               CASE WHEN r.rank = 1
                    THEN round(greatest(least(r.dual_margin, r.score - coalesce(r.next_score, 0)), 0)::numeric, 4) ELSE 0 END AS margin,
               r.is_ambiguous OR h.n IS NOT NULL OR r.rank = 1 AND coalesce(r.next_score >= r.score, false) AS is_ambiguous,
               r.amount, r.remainder, concat_ws(' ', r.reasons, h.words), r.lines, r.content_hash
        FROM ranked AS r
        LEFT JOIN held AS h ON h.n = r.n
        WHERE r.has_chosen AND r.rank <= 6
        UNION ALL
        -- Nothing to be proposed, and why.
        SELECT m.receipt_id, 1, m.customer_id, NULL, 0, 0, false, m.amount, m.amount,
               coalesce(m.words, CASE WHEN m.method IS NOT NULL AND m.receipt_id NOT IN (SELECT l.receipt_id FROM lost AS l)
                                      THEN 'Rejected or undone before: ' || m.reasons END,
                        m.reasons, 'No customer is known by account, name or reference.'),
               m.lines, md5(concat_ws(' ', m.customer_id, m.lines::text))
        FROM (SELECT DISTINCT ON (m.receipt_id) m.receipt_id, m.amount, m.method, t.words, m.reasons,
                     CASE WHEN m.certainty >= 0.5 OR t.words IS NOT NULL THEN m.customer_id END AS customer_id,
                     ARRAY[ROW('unapplied', NULL, m.amount, NULL, NULL)::ar.match_line] AS lines
              FROM match AS m
              LEFT JOIN taken AS t ON t.receipt_id = m.receipt_id
              WHERE NOT EXISTS (SELECT FROM ranked AS r WHERE r.receipt_id = m.receipt_id AND r.has_chosen)
              ORDER BY m.receipt_id, t.customer_id = m.customer_id DESC NULLS LAST, m.certainty DESC NULLS LAST, m.customer_id, m.candidate) AS m
        WHERE NOT EXISTS (SELECT FROM receivables.match_proposal AS r
                          WHERE r.company_id = choose_matches.company_id AND coalesce(r.bank_line_id, -r.credit_item_id) = m.receipt_id
                            AND r.status = 'rejected' AND r.method IS NULL OFFSET 0))
    SELECT c.* FROM chosen AS c;
END;
$$;
COMMENT ON FUNCTION ar.choose_matches(bigint, bigint[], bigint[], boolean) IS
'What is to be proposed for bank lines and payments of a company: for each, rank 1 is what ar.assign chooses over all of them together, the others compete with it; or a line without method that says why there is nothing. What was rejected or undone is left out, also where the payment or the applications were reversed one by one; what takes an item again that the money was taken off before is ambiguous, and so is what the bank took back. others_count: items that open proposals for other money speak for are not given away again.';

CREATE FUNCTION ar.write_chosen_proposals(company_id bigint, bank_line_ids bigint[], credit_item_ids bigint[], receipt_ids bigint[],
                                          part integer, parts integer) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    proposed bigint;
BEGIN
    -- Whatever stands for the money at hand is looked at, each once.
    IF receipt_ids IS NOT NULL THEN
        receipt_ids := ARRAY(SELECT unnest(receipt_ids) UNION SELECT unnest(bank_line_ids) UNION SELECT -unnest(credit_item_ids));
    END IF;
    WITH chosen AS MATERIALIZED (
        SELECT c.* FROM ar.choose_matches(write_chosen_proposals.company_id, bank_line_ids, credit_item_ids, receipt_ids IS NOT NULL) AS c),
    standing AS MATERIALIZED (
        SELECT p.bank_line_id AS receipt_id, p.*
        FROM receivables.match_proposal AS p
        WHERE receipt_ids IS NULL AND p.company_id = write_chosen_proposals.company_id AND p.status = 'open' AND p.bank_line_id IS NOT NULL
          AND part = 1
        UNION ALL
        SELECT -p.credit_item_id, p.*
        FROM receivables.match_proposal AS p
        WHERE receipt_ids IS NULL AND p.company_id = write_chosen_proposals.company_id AND p.status = 'open' AND p.credit_item_id IS NOT NULL
          AND (parts = 1 OR p.customer_id % parts = part - 1)
        UNION ALL
        SELECT k.receipt_id, p.*
        FROM unnest(receipt_ids) AS k (receipt_id)
        CROSS JOIN LATERAL (SELECT p.* FROM receivables.match_proposal AS p
                            WHERE p.company_id = write_chosen_proposals.company_id AND p.bank_line_id = k.receipt_id AND p.status = 'open'
                            UNION ALL
                            SELECT p.* FROM receivables.match_proposal AS p
                            WHERE p.company_id = write_chosen_proposals.company_id AND p.credit_item_id = -k.receipt_id
                              AND p.status = 'open') AS p),
    changed AS MATERIALIZED (
        SELECT c.receipt_id
        FROM chosen AS c
        WHERE c.rank = 1 AND NOT EXISTS (SELECT FROM standing AS s WHERE s.receipt_id = c.receipt_id)
        UNION ALL
        SELECT o.receipt_id
        FROM (SELECT s.receipt_id, array_agg(ROW(s.rank, s.content_hash, s.method, s.score, s.margin, s.is_ambiguous, s.amount, s.reasons)::text
                                             ORDER BY s.rank) AS content
              FROM standing AS s GROUP BY s.receipt_id) AS o
        LEFT JOIN (SELECT c.receipt_id, array_agg(ROW(c.rank, c.content_hash, c.method, c.score, c.margin, c.is_ambiguous, c.amount, c.reasons)::text
                                                  ORDER BY c.rank) AS content
                   FROM chosen AS c
                   WHERE c.receipt_id IN (SELECT s.receipt_id FROM standing AS s)
                   GROUP BY c.receipt_id) AS n ON n.receipt_id = o.receipt_id
        WHERE n.content IS DISTINCT FROM o.content),
    outdated AS MATERIALIZED (
        SELECT s.receipt_id, s.match_proposal_id FROM standing AS s JOIN changed AS c ON c.receipt_id = s.receipt_id),
    -- Whoever holds a proposal waits for its money to decide it: what is being decided is left alone.
    held AS MATERIALIZED (
        SELECT o.receipt_id, h.match_proposal_id
        FROM outdated AS o
        LEFT JOIN LATERAL (SELECT p.match_proposal_id FROM receivables.match_proposal AS p
                           WHERE p.company_id = write_chosen_proposals.company_id AND p.match_proposal_id = o.match_proposal_id
                             AND p.status = 'open' FOR NO KEY UPDATE SKIP LOCKED) AS h ON true),
    free AS MATERIALIZED (
        SELECT c.receipt_id FROM changed AS c
        WHERE NOT EXISTS (SELECT FROM held AS h WHERE h.receipt_id = c.receipt_id AND h.match_proposal_id IS NULL)),
    superseded AS (
        UPDATE receivables.match_proposal AS p
        SET status = 'superseded'
        FROM outdated AS s
        JOIN free AS c ON c.receipt_id = s.receipt_id
        WHERE p.company_id = write_chosen_proposals.company_id AND p.match_proposal_id = s.match_proposal_id AND p.status = 'open'
        RETURNING p.match_proposal_id),
    written AS (
        INSERT INTO receivables.match_proposal AS p (company_id, bank_line_id, credit_item_id, customer_id, rank, method, score, margin,
                                                     is_ambiguous, amount, remainder, reasons, content_hash)
        SELECT write_chosen_proposals.company_id, CASE WHEN c.receipt_id > 0 THEN c.receipt_id END, CASE WHEN c.receipt_id < 0 THEN -c.receipt_id END,
               c.customer_id, c.rank, c.method, c.score, c.margin, c.is_ambiguous, c.amount, c.remainder, c.reasons, c.content_hash
        FROM chosen AS c
        JOIN free AS g ON g.receipt_id = c.receipt_id
        -- Only when what it takes the place of is out of the way.
        WHERE (SELECT count(*) FROM superseded) >= 0
        -- Bank lines, then payments, each as it came: indexes of both grow at their end.
        ORDER BY c.receipt_id < 0, abs(c.receipt_id), c.rank
        RETURNING p.match_proposal_id, coalesce(p.bank_line_id, -p.credit_item_id) AS receipt_id, p.rank),
    written_lines AS (
        INSERT INTO receivables.match_proposal_line (company_id, match_proposal_id, line_number, purpose, item_id, amount, reason_code, note)
        SELECT write_chosen_proposals.company_id, w.match_proposal_id, l.line_number, l.purpose, l.item_id, l.amount, l.reason_code, l.note
        FROM written AS w
        JOIN chosen AS c ON c.receipt_id = w.receipt_id AND c.rank = w.rank
        CROSS JOIN LATERAL unnest(c.lines) WITH ORDINALITY AS l (purpose, item_id, amount, reason_code, note, line_number))
    SELECT count(DISTINCT c.receipt_id) INTO proposed
    FROM free AS c JOIN written AS w ON w.receipt_id = c.receipt_id AND w.rank = 1;
    RETURN proposed;
EXCEPTION
    -- Only where the proposals of the other session cannot be seen.
    WHEN unique_violation THEN
        RAISE EXCEPTION 'another session proposed meanwhile' USING ERRCODE = 'serialization_failure', HINT = 'Try again.';
END;
$$;
COMMENT ON FUNCTION ar.write_chosen_proposals(bigint, bigint[], bigint[], bigint[], integer, integer) IS
'Writes what ar.choose_matches chooses for bank lines and payments of a company to match_proposal, and supersedes what stood for receipt_ids, null for all of this part of so many parts, and is no longer so: what is no longer open, too. Money of which a proposal is being decided on meanwhile keeps what it has. Returns for how much money something new is proposed.';

-- With this, what it has read itself is not looked up again row by row.
CREATE FUNCTION ar.write_proposals(company_id bigint, bank_line_ids bigint[], credit_item_ids bigint[], receipt_ids bigint[],
                                   part integer, parts integer) RETURNS bigint
    LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'ar_write_proposals';
COMMENT ON FUNCTION ar.write_proposals(bigint, bigint[], bigint[], bigint[], integer, integer) IS
'Calls ar.write_chosen_proposals, while ar.is_writing_proposals is true.';

CREATE FUNCTION ar.check_part(part integer, parts integer) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (part BETWEEN 1 AND parts) IS NOT TRUE THEN
        RAISE EXCEPTION 'there is no part % of %', coalesce(part::text, 'null'), coalesce(parts::text, 'null')
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Parts are counted from 1.';
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.check_part(integer, integer) IS
'Error 22023 unless part is one of so many parts.';

CREATE FUNCTION ar.propose(company_id bigint, bank_line_id bigint DEFAULT NULL, payment_number text DEFAULT NULL,
                           customer_number text DEFAULT NULL, part integer DEFAULT 1, parts integer DEFAULT 1,
                           OUT receipts bigint, OUT proposed bigint, OUT unchanged bigint)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off SET work_mem = '64MB'
    -- Whoever wants more of the machine shares the company among sessions.
    SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
    customer        bigint;
    receipt_ids     bigint[];
    document_ids    bigint[];
    bank_line_ids   bigint[] := '{}';
    credit_item_ids bigint[] := '{}';
BEGIN
    PERFORM ar.require_guards(), ar.company_minor_units(company_id);
    IF num_nonnulls(bank_line_id, payment_number, customer_number) > 1 THEN
        RAISE EXCEPTION 'of a bank line, a payment and a customer only one is proposed for at a time'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM ar.check_part(part, parts);
    -- The money is held, in the order of its keys: whoever else proposes for it or applies it waits, and finds it done.
    IF num_nonnulls(bank_line_id, payment_number, customer_number) = 0 THEN
        bank_line_ids := ARRAY(
            SELECT l.bank_line_id FROM receivables.bank_line AS l
            WHERE l.company_id = propose.company_id AND l.open_amount <> 0 AND l.ignored_reason IS NULL
              AND l.duplicate_of_bank_line_id IS NULL AND part = 1
            ORDER BY l.bank_line_id FOR NO KEY UPDATE);
        credit_item_ids := ARRAY(
            SELECT i.item_id FROM receivables.item AS i
            WHERE i.company_id = propose.company_id AND i.closed_on = 'infinity' AND i.open_amount < 0
              AND i.kind IN ('payment', 'deposit') AND (parts = 1 OR i.customer_id % parts = part - 1)
            ORDER BY i.item_id FOR NO KEY UPDATE);
    ELSIF bank_line_id IS NOT NULL THEN
        receipt_ids := ARRAY[bank_line_id];
        PERFORM FROM receivables.bank_line AS l
        WHERE l.company_id = propose.company_id AND l.bank_line_id = propose.bank_line_id FOR NO KEY UPDATE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'bank line % does not exist', bank_line_id USING ERRCODE = 'foreign_key_violation';
        END IF;
        bank_line_ids := ARRAY(
            SELECT l.bank_line_id FROM receivables.bank_line AS l
            WHERE l.company_id = propose.company_id AND l.bank_line_id = propose.bank_line_id
              AND l.open_amount <> 0 AND l.ignored_reason IS NULL AND l.duplicate_of_bank_line_id IS NULL);
    ELSIF payment_number IS NOT NULL THEN
        document_ids := ARRAY(SELECT d.document_id FROM receivables.document AS d
                              WHERE d.company_id = propose.company_id AND d.document_number = propose.payment_number
                                AND d.kind IN ('payment', 'deposit'));
        IF document_ids = '{}' THEN
            RAISE EXCEPTION 'payment % does not exist', payment_number USING ERRCODE = 'foreign_key_violation';
        END IF;
        receipt_ids := ARRAY(SELECT -i.item_id FROM receivables.item AS i
                             WHERE i.company_id = propose.company_id AND i.document_id = ANY (document_ids));
        credit_item_ids := ARRAY(
            SELECT i.item_id FROM receivables.item AS i
            WHERE i.company_id = propose.company_id AND i.document_id = ANY (document_ids) AND i.closed_on = 'infinity'
              AND i.open_amount < 0
            ORDER BY i.item_id FOR NO KEY UPDATE);
    ELSE
        SELECT c.customer_id INTO customer FROM receivables.customer AS c
        WHERE c.company_id = propose.company_id AND c.customer_number = propose.customer_number;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'customer % does not exist', customer_number USING ERRCODE = 'foreign_key_violation';
        END IF;
        receipt_ids := ARRAY(SELECT coalesce(p.bank_line_id, -p.credit_item_id) FROM receivables.match_proposal AS p
                             WHERE p.company_id = propose.company_id AND p.customer_id = customer
                               AND p.status = 'open' AND p.rank = 1);
        bank_line_ids := ARRAY(
            SELECT l.bank_line_id FROM receivables.bank_line AS l
            WHERE l.company_id = propose.company_id AND l.bank_line_id = ANY (receipt_ids)
              AND l.open_amount <> 0 AND l.ignored_reason IS NULL AND l.duplicate_of_bank_line_id IS NULL
            ORDER BY l.bank_line_id FOR NO KEY UPDATE);
        credit_item_ids := ARRAY(
            SELECT i.item_id FROM receivables.item AS i
            WHERE i.company_id = propose.company_id AND i.customer_id = customer AND i.closed_on = 'infinity'
              AND i.open_amount < 0 AND i.kind IN ('payment', 'deposit')
            ORDER BY i.item_id FOR NO KEY UPDATE);
    END IF;
    credit_item_ids := ARRAY(
        SELECT k.item_id FROM unnest(credit_item_ids) AS k (item_id)
        WHERE k.item_id NOT IN (SELECT unnest(ar.payments_on_account(company_id, credit_item_ids))));
    receipts := cardinality(bank_line_ids) + cardinality(credit_item_ids);

    proposed := ar.write_proposals(company_id, bank_line_ids, credit_item_ids, receipt_ids, part, parts);
    unchanged := receipts - proposed;
END;
$$;
COMMENT ON FUNCTION ar.propose(bigint, bigint, text, text, integer, integer) IS
'Finds what open bank lines and unapplied payments of a company settle, by the rules of the customers they may be from, and writes it to match_proposal: of all of them, of one bank line, of one payment, or of one customer. All are weighed together, so that no item is promised twice: where two claim the same, the higher score in sum, then the earlier receipt has it. For each, rank 1 is proposed, its score, margin and reasons say how certain it is; up to five others compete with it. Where nothing is found, a proposal without method says why. What somebody rejected or undid is not proposed again, and nothing that settles with the money an item it was taken off before is certain; ar.apply_manual settles it all the same. A proposal that would be the same stays; one that would not is superseded. Returns how much money was looked at, for how much of it something new is proposed, and for how much not. Errors: 23503 for an unknown company, bank line, payment or customer, 22023 where more than one of these is given, 55000 without books; at isolation level repeatable read 40001 where another session proposed meanwhile. Several sessions may share a company, each with its own part of the customers, of so many parts: bank lines go with part 1. Error 22023 for a part that is none.';
