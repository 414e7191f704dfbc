-- All that may settle the receipts at hand ------------------------------------------

CREATE FUNCTION ar.items_to_match(company_id bigint, customer_ids bigint[])
    RETURNS TABLE (customer_id bigint, currency text, items ar.match_item[])
    LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp
    -- Documents are looked up one by one for few customers, and read in one go for many.
    -- They need no order, which ar.match_candidates makes.
    SET enable_seqscan = off SET enable_nestloop = on SET enable_sort = off SET jit = off AS $$
DECLARE
    -- In years many may come together: of few customers only theirs are looked at.
    on_account bigint[] := CASE WHEN cardinality(customer_ids) > 100
        THEN ARRAY(SELECT o.item_id FROM receivables.payment_on_account AS o WHERE o.company_id = items_to_match.company_id)
        ELSE ar.payments_on_account(items_to_match.company_id, ARRAY(
            SELECT i.item_id FROM receivables.item AS i
            WHERE i.company_id = items_to_match.company_id AND i.customer_id = ANY (customer_ids) AND i.closed_on = 'infinity'
              AND i.open_amount <> 0 AND i.kind IN ('payment', 'deposit'))) END;
    discounted text[]   := ARRAY(SELECT t.payment_term FROM receivables.payment_term AS t
                                 WHERE t.company_id = items_to_match.company_id AND t.definition ? 'discounts');
    -- Null where nobody disputes anything, which then costs nothing.
    disputed   bigint[] := CASE WHEN EXISTS (SELECT FROM receivables.dispute AS s
                                             WHERE s.company_id = items_to_match.company_id AND s.status = 'open')
        THEN ARRAY(SELECT DISTINCT t.item_id
                   FROM receivables.dispute AS s
                   JOIN receivables.dispute_item AS t ON t.company_id = s.company_id AND t.dispute_id = s.dispute_id
                   WHERE s.company_id = items_to_match.company_id AND s.status = 'open' AND s.customer_id = ANY (customer_ids)) END;
BEGIN
    RETURN QUERY
    SELECT i.customer_id, i.currency, array_agg(i.item)
    FROM (SELECT i.customer_id, i.currency,
                 CASE WHEN i.open_amount > 0 AND i.payment_term = ANY (discounted)
                      THEN (SELECT ROW(i.item_id, i.open_amount, i.effective_on, i.due_on, i.document_number, i.keys, i.payment_term,
                                       array_agg(x.last_date), array_agg(x.discount),
                                       i.kind IN ('interest', 'fee'), i.is_disputed, i.contract_id)::ar.match_item
                            FROM receivables.payment_term AS t
                            CROSS JOIN LATERAL (SELECT u.minor_units::integer FROM receivables.currency AS u
                                                WHERE u.currency = i.currency OFFSET 0) AS u
                            CROSS JOIN LATERAL ar.discounts(i.open_amount, i.document_date, t.definition, u.minor_units,
                                                            coalesce(round(i.tax_amount * i.open_amount / i.amount, u.minor_units), 0)) AS x
                            WHERE t.company_id = items_to_match.company_id AND t.payment_term = i.payment_term)
                      ELSE ROW(i.item_id, i.open_amount, i.effective_on, i.due_on, i.document_number, i.keys, i.payment_term,
                               NULL, NULL, i.kind IN ('interest', 'fee'), i.is_disputed, i.contract_id)::ar.match_item
                 END AS item
          -- Planned for itself: what discounts cost is not to weigh in.
          FROM (SELECT i.item_id, i.customer_id, i.currency, i.open_amount, i.effective_on, i.due_on, d.document_number, d.document_date,
                       d.payment_term, d.amount, d.tax_amount, d.contract_id, i.kind,
                       CASE WHEN disputed IS NOT NULL THEN i.item_id IN (SELECT unnest(disputed)) END AS is_disputed,
                       array_remove(ARRAY[ar.reference_key(d.document_number), ar.reference_key(d.order_reference),
                                          CASE WHEN i.kind <> 'payment' THEN ar.reference_key(d.reference) END], NULL) AS keys
                FROM receivables.item AS i
                JOIN receivables.document AS d ON d.company_id = i.company_id AND d.document_id = i.document_id
                    -- Keeps those of others out of a join; no condition of an index, which would read what was paid long ago.
                    AND (d.customer_id = ANY (customer_ids)) IS TRUE
                WHERE i.company_id = items_to_match.company_id AND i.customer_id = ANY (customer_ids)
                  AND i.closed_on = 'infinity' AND i.open_amount <> 0
                  -- Payments are receipts, but for those that were left on account.
                  AND (i.kind NOT IN ('payment', 'deposit') OR i.item_id = ANY (on_account))
                OFFSET 0) AS i) AS i
    GROUP BY i.customer_id, i.currency;
END;
$$;
COMMENT ON FUNCTION ar.items_to_match(bigint, bigint[]) IS
'What is open of customers of a company, as ar.match_candidates takes it, by customer and currency, in any order: all but payments, and those of them that were left on account. An item is disputed while a dispute of it is open.';

CREATE FUNCTION ar.find_matches(company_id bigint, bank_line_ids bigint[], credit_item_ids bigint[])
    RETURNS TABLE (receipt_id bigint, customer_id bigint, amount numeric, received_on date, certainty double precision,
                   candidate integer, method text, score double precision, is_ambiguous boolean, remainder numeric,
                   lines ar.match_line[], reasons text)
    LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET enable_mergejoin = off SET jit = off AS $$
DECLARE
    has_reasons boolean := EXISTS (SELECT FROM receivables.reason_code AS r WHERE r.company_id = find_matches.company_id);
BEGIN
    RETURN QUERY
    WITH payer AS MATERIALIZED (
        SELECT p.receipt_id, p.customer_id, p.currency, p.receipt, (p.receipt).amount, (p.receipt).received_on, (p.receipt).certainty
        FROM ar.identify_payers(find_matches.company_id, bank_line_ids, credit_item_ids) AS p),
    rule_set AS MATERIALIZED (SELECT s.match_rule_set, s.rules FROM ar.match_rule_sets(find_matches.company_id) AS s),
    customer_group AS MATERIALIZED (
        SELECT g.customer_group, g.match_rule_set FROM receivables.customer_group AS g
        WHERE g.company_id = find_matches.company_id),
    batch AS (
        SELECT p.customer_id, p.currency, array_agg(p.receipt) AS receipts
        -- Sorted once, not for each of them.
        FROM (SELECT p.customer_id, p.currency, p.receipt FROM payer AS p
              WHERE p.customer_id IS NOT NULL
              ORDER BY p.customer_id, p.currency, p.received_on, p.receipt_id OFFSET 0) AS p
        GROUP BY p.customer_id, p.currency),
    found AS MATERIALIZED (
        SELECT b.customer_id, f.*
        FROM batch AS b
        LEFT JOIN ar.items_to_match(find_matches.company_id, ARRAY(SELECT DISTINCT p.customer_id FROM payer AS p WHERE p.customer_id IS NOT NULL)) AS i
            ON i.customer_id = b.customer_id AND i.currency = b.currency
        CROSS JOIN LATERAL (SELECT u.minor_units FROM receivables.currency AS u WHERE u.currency = b.currency OFFSET 0) AS u
        CROSS JOIN LATERAL (SELECT c.customer_group, c.match_rule_set FROM receivables.customer AS c
                            WHERE c.company_id = find_matches.company_id AND c.customer_id = b.customer_id OFFSET 0) AS c
        CROSS JOIN LATERAL ar.match_candidates(
            b.receipts, coalesce(i.items, '{}'),
            (SELECT r.rules FROM rule_set AS r
             WHERE r.match_rule_set IS NOT DISTINCT FROM coalesce(
                 c.match_rule_set,
                 (SELECT g.match_rule_set FROM customer_group AS g WHERE g.customer_group = c.customer_group),
                 (SELECT o.match_rule_set FROM receivables.company AS o WHERE o.company_id = find_matches.company_id))),
            u.minor_units::integer) AS f),
    -- What was not paid: of what is paid in full there is one line.
    difference AS MATERIALIZED (
        SELECT f.receipt_id, f.customer_id, f.candidate, l.place, l.purpose, l.reason_code, l.note
        FROM found AS f
        CROSS JOIN LATERAL unnest(f.lines) WITH ORDINALITY AS l (purpose, item_id, amount, reason_code, note, place)
        WHERE has_reasons AND cardinality(f.lines) > 1 AND l.purpose IN ('discount', 'bank_fee', 'write_off', 'deduction')),
    reason AS MATERIALIZED (
        SELECT d.receipt_id, d.customer_id, d.candidate, d.place,
               ar.difference_reason(find_matches.company_id, d.purpose, d.note, w.reference_text, d.reason_code) AS reason_code
        FROM difference AS d
        LEFT JOIN (SELECT w.receipt_id, w.reference_text
                   FROM ar.receipts(find_matches.company_id,
                                    ARRAY(SELECT DISTINCT d.receipt_id FROM difference AS d WHERE d.receipt_id > 0),
                                    ARRAY(SELECT DISTINCT -d.receipt_id FROM difference AS d WHERE d.receipt_id < 0)) AS w
                   -- What was written is read where words might tell.
                   WHERE EXISTS (SELECT FROM difference AS d
                                 JOIN receivables.reason_code AS r ON r.company_id = find_matches.company_id AND r.purpose = d.purpose
                                 WHERE r.pattern IS NOT NULL)) AS w ON w.receipt_id = d.receipt_id),
    reasoned AS MATERIALIZED (
        SELECT f.receipt_id, f.customer_id, f.candidate,
               array_agg(ROW(l.purpose, l.item_id, l.amount, CASE WHEN r.place IS NULL THEN l.reason_code ELSE r.reason_code END,
                             l.note)::ar.match_line ORDER BY l.place) AS lines
        FROM (SELECT DISTINCT r.receipt_id, r.customer_id, r.candidate FROM reason AS r) AS d
        JOIN found AS f ON f.receipt_id = d.receipt_id AND f.customer_id = d.customer_id AND f.candidate = d.candidate
        CROSS JOIN LATERAL unnest(f.lines) WITH ORDINALITY AS l (purpose, item_id, amount, reason_code, note, place)
        LEFT JOIN reason AS r
            ON r.receipt_id = f.receipt_id AND r.customer_id = f.customer_id AND r.candidate = f.candidate AND r.place = l.place
        GROUP BY f.receipt_id, f.customer_id, f.candidate)
    -- Each of a customer has a line of its own at least.
    SELECT f.receipt_id, f.customer_id, p.amount, p.received_on, p.certainty, f.candidate, f.method, f.score, f.is_ambiguous, f.remainder,
           coalesce(r.lines, f.lines), f.reasons
    FROM found AS f
    JOIN (SELECT p.receipt_id, p.customer_id, p.amount, p.received_on, p.certainty FROM payer AS p) AS p
        ON p.receipt_id = f.receipt_id AND p.customer_id = f.customer_id
    LEFT JOIN reasoned AS r ON r.receipt_id = f.receipt_id AND r.customer_id = f.customer_id AND r.candidate = f.candidate
    UNION ALL
    SELECT p.receipt_id, NULL, p.amount, p.received_on, p.certainty, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM payer AS p
    WHERE p.customer_id IS NULL;
END;
$$;
COMMENT ON FUNCTION ar.find_matches(bigint, bigint[], bigint[]) IS
'All candidates that the rules find for bank lines and payments of a company, for each customer that they may be from; a line without method where there is none. Differences have the reason that ar.difference_reason finds. receipt_id is the bank line, or the negative of the item of the payment.';
