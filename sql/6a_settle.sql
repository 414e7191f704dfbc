-- Settling what was proposed --------------------------------------------------------
--
-- Any number of proposals at once: ar.accept settles one, ar.auto_apply many. First
-- all they need is locked, in the same order by everybody: the company, proposals,
-- bank lines, counters of numbers, items, each by key. Then they are looked at, then
-- settled. Whatever the planner knows of tables that were just filled: rows are looked
-- up by key or hashed, and plans that look for any of an array know the array.

CREATE FUNCTION ar.open_rivals(company_id bigint, proposals bigint[]) RETURNS bigint[]
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET enable_memoize = off SET jit = off
    SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    -- Of many, by all there are.
    IF cardinality(proposals) > 1000 THEN
        RETURN ARRAY(
            WITH settled AS MATERIALIZED (
                SELECT m.match_proposal_id, m.bank_line_id, m.credit_item_id
                FROM receivables.match_proposal AS m
                WHERE m.company_id = open_rivals.company_id AND m.match_proposal_id = ANY (proposals)
            )
            SELECT o.match_proposal_id
            FROM settled AS m
            JOIN receivables.match_proposal AS o ON o.bank_line_id = m.bank_line_id AND o.match_proposal_id <> m.match_proposal_id
            WHERE o.company_id = open_rivals.company_id AND o.status = 'open'
            UNION ALL
            SELECT o.match_proposal_id
            FROM settled AS m
            JOIN receivables.match_proposal AS o ON o.credit_item_id = m.credit_item_id AND o.match_proposal_id <> m.match_proposal_id
            WHERE o.company_id = open_rivals.company_id AND o.status = 'open');
    END IF;
    RETURN ARRAY(
        SELECT o.match_proposal_id
        FROM unnest(proposals) AS k (match_proposal_id)
        CROSS JOIN LATERAL (SELECT m.company_id, m.match_proposal_id, m.bank_line_id, m.credit_item_id
                            FROM receivables.match_proposal AS m
                            WHERE m.company_id = open_rivals.company_id AND m.match_proposal_id = k.match_proposal_id
                            OFFSET 0) AS m
        CROSS JOIN LATERAL (SELECT o.match_proposal_id FROM receivables.match_proposal AS o
                            WHERE o.company_id = m.company_id AND o.bank_line_id = m.bank_line_id AND o.status = 'open'
                            UNION ALL
                            SELECT o.match_proposal_id FROM receivables.match_proposal AS o
                            WHERE o.company_id = m.company_id AND o.credit_item_id = m.credit_item_id AND o.status = 'open') AS o
        WHERE o.match_proposal_id <> m.match_proposal_id);
END;
$$;
COMMENT ON FUNCTION ar.open_rivals(bigint, bigint[]) IS
'The open proposals for the same money as some proposals, but for each itself.';

CREATE FUNCTION ar.lock_match_numbers(company_id bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- Whoever posts takes a number before it locks an item.
    PERFORM FROM receivables.number_counter AS c
    WHERE c.company_id = lock_match_numbers.company_id AND c.series IN (
        SELECT n.series FROM receivables.number_series AS n
        WHERE n.company_id = lock_match_numbers.company_id AND n.is_default
          AND n.kind IN ('payment', 'refund', 'adjustment', 'write_off'))
    ORDER BY c.series, c.period FOR NO KEY UPDATE;
END;
$$;
COMMENT ON FUNCTION ar.lock_match_numbers(bigint) IS
'Locks the counters of the numbers that settling a match may take, in the order of their keys.';

CREATE FUNCTION ar.lock_matches(company_id bigint, proposals bigint[], with_items boolean DEFAULT true) RETURNS bigint[]
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET jit = off SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    rivals     bigint[] := ar.open_rivals(company_id, proposals);
    bank_lines bigint[];
    items      bigint[];
BEGIN
    -- Before all else, as whoever posts does: its period is not closed meanwhile.
    PERFORM FROM receivables.company AS c WHERE c.company_id = lock_matches.company_id FOR SHARE;
    PERFORM FROM receivables.match_proposal AS p
    WHERE p.company_id = lock_matches.company_id AND p.match_proposal_id = ANY (proposals)
    ORDER BY p.match_proposal_id FOR NO KEY UPDATE;
    -- With the others for the same money, which are superseded, but for what somebody else decides: who waits for the money.
    rivals := ARRAY(
        SELECT p.match_proposal_id FROM receivables.match_proposal AS p
        WHERE p.company_id = lock_matches.company_id AND p.match_proposal_id = ANY (rivals)
        FOR NO KEY UPDATE SKIP LOCKED);
    bank_lines := ARRAY(
        SELECT m.bank_line_id FROM receivables.match_proposal AS m
        WHERE m.company_id = lock_matches.company_id AND m.match_proposal_id = ANY (proposals) AND m.bank_line_id IS NOT NULL);
    PERFORM FROM receivables.bank_line AS b
    WHERE b.company_id = lock_matches.company_id AND b.bank_line_id = ANY (bank_lines)
    ORDER BY b.bank_line_id FOR NO KEY UPDATE;
    PERFORM ar.lock_match_numbers(company_id);
    IF NOT with_items THEN
        RETURN rivals;
    END IF;
    items := ARRAY(
        SELECT l.item_id FROM receivables.match_proposal_line AS l
        WHERE l.company_id = lock_matches.company_id AND l.match_proposal_id = ANY (proposals) AND l.item_id IS NOT NULL
        UNION ALL
        SELECT m.credit_item_id FROM receivables.match_proposal AS m
        WHERE m.company_id = lock_matches.company_id AND m.match_proposal_id = ANY (proposals) AND m.credit_item_id IS NOT NULL);
    PERFORM FROM receivables.item AS i
    WHERE i.company_id = lock_matches.company_id AND i.item_id = ANY (items)
    ORDER BY i.item_id FOR NO KEY UPDATE;
    RETURN rivals;
END;
$$;
COMMENT ON FUNCTION ar.lock_matches(bigint, bigint[], boolean) IS
'Locks all that settling some proposals needs: the company, them and the open ones for the same money, bank lines, counters of numbers and, with_items, items, each in the order of its keys; of those for the same money what nobody else holds, which are returned. Without, ar.apply_matches locks the items as it reads them.';

CREATE FUNCTION ar.decide_matches(company_id bigint, proposals bigint[], status text, reason text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    -- Keys of what the same transaction proposed are checked again: with plans that are kept, not made for each.
    SET enable_seqscan = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    UPDATE receivables.match_proposal AS p
    SET status = decide_matches.status, decision_reason = decide_matches.reason
    FROM (SELECT k.match_proposal_id FROM unnest(proposals) AS k (match_proposal_id) ORDER BY 1) AS k
    WHERE p.company_id = decide_matches.company_id AND p.match_proposal_id = k.match_proposal_id;
END;
$$;
COMMENT ON FUNCTION ar.decide_matches(bigint, bigint[], text, text) IS
'Gives proposals a status and the reason for it.';

CREATE FUNCTION ar.match_faults(company_id bigint, proposals bigint[],
                                OUT match_proposal_id bigint, OUT sqlstate text, OUT fault text, OUT detail text)
    RETURNS SETOF record
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    company record;
BEGIN
    SELECT c.currency, c.rate_source INTO company FROM receivables.company AS c WHERE c.company_id = match_faults.company_id;
    RETURN QUERY
    WITH proposal AS MATERIALIZED (
        SELECT p.match_proposal_id, p.status, p.customer_id, p.amount, p.bank_line_id, p.credit_item_id,
               coalesce(b.currency, c.currency) AS currency, coalesce(b.open_amount, -c.open_amount) AS open_amount,
               b.booked_on, b.ignored_reason, b.duplicate_of_bank_line_id, c.customer_id AS payer_id,
               p.bank_line_id IS NULL AS is_posted, u.minor_units::integer
        FROM unnest(match_faults.proposals) AS k (match_proposal_id)
        CROSS JOIN LATERAL (SELECT p.* FROM receivables.match_proposal AS p
                            WHERE p.company_id = match_faults.company_id AND p.match_proposal_id = k.match_proposal_id
                            OFFSET 0) AS p
        LEFT JOIN LATERAL (SELECT b.* FROM receivables.bank_line AS b
                           WHERE b.company_id = p.company_id AND b.bank_line_id = p.bank_line_id OFFSET 0) AS b ON true
        LEFT JOIN LATERAL (SELECT c.* FROM receivables.item AS c
                           WHERE c.company_id = p.company_id AND c.item_id = p.credit_item_id OFFSET 0) AS c ON true
        JOIN receivables.currency AS u ON u.currency = coalesce(b.currency, c.currency)
    ), line AS MATERIALIZED (
        SELECT l.match_proposal_id, l.line_number, l.purpose, l.amount, l.item_id, l.reason_code, i.customer_id, i.currency, i.is_debit,
               i.open_amount, i.document_id
        FROM unnest(match_faults.proposals) AS k (match_proposal_id)
        CROSS JOIN LATERAL (SELECT l.* FROM receivables.match_proposal_line AS l
                            WHERE l.company_id = match_faults.company_id AND l.match_proposal_id = k.match_proposal_id
                            OFFSET 0) AS l
        LEFT JOIN LATERAL (SELECT i.* FROM receivables.item AS i
                           WHERE i.company_id = l.company_id AND i.item_id = l.item_id OFFSET 0) AS i ON true
    ), money AS (
        SELECT l.match_proposal_id, sum(l.amount) AS amount,
               coalesce(sum(l.amount) FILTER (WHERE l.purpose = 'application'), 0) AS applied
        FROM line AS l WHERE l.purpose IN ('application', 'unapplied', 'on_account') GROUP BY l.match_proposal_id
    ), used AS (
        SELECT l.match_proposal_id, l.item_id, abs(sum(l.amount)) AS amount, abs(l.open_amount) AS open_amount, l.document_id,
               min(l.line_number) AS line_number
        FROM line AS l WHERE l.item_id IS NOT NULL
        GROUP BY l.match_proposal_id, l.item_id, l.open_amount, l.document_id
    ), found AS (
        -- What is broken comes first, words for it are found for that alone.
        SELECT p.match_proposal_id, p.rank,
               CASE WHEN p.rank IN (1, 3, 4, 5) THEN '55000' WHEN p.rank = 9 THEN 'P0002' ELSE '23514' END AS sqlstate,
               CASE p.rank
                   WHEN 1 THEN format('it is %s already', replace(p.status, '_', ' '))
                   WHEN 2 THEN 'nothing says which customer it is from'
                   WHEN 3 THEN format('bank line %s is ignored', p.bank_line_id)
                   WHEN 4 THEN format('bank line %s tells of the same money as bank line %s', p.bank_line_id,
                                      p.duplicate_of_bank_line_id)
                   WHEN 5 THEN CASE WHEN p.is_posted THEN 'the payment' ELSE format('bank line %s', p.bank_line_id) END
                               || format(' has only %s open now', abs(p.open_amount))
                   WHEN 6 THEN 'the payment is of another customer'
                   WHEN 7 THEN 'its lines do not add up to its amount'
                   WHEN 8 THEN 'its amount has too many decimals'
                   ELSE format('there is no exchange rate from %s to %s', p.currency, company.currency) END AS fault,
               CASE p.rank
                   WHEN 3 THEN p.ignored_reason
                   WHEN 5 THEN format('The proposal is for %s.', abs(p.amount))
                   WHEN 7 THEN format('The amount is %s, the lines come to %s.', p.amount, p.money) END AS detail
        FROM (SELECT p.*, m.amount AS money,
                     CASE WHEN p.status <> 'open' THEN 1
                          WHEN p.customer_id IS NULL THEN 2
                          WHEN p.ignored_reason IS NOT NULL THEN 3
                          WHEN p.duplicate_of_bank_line_id IS NOT NULL THEN 4
                          WHEN sign(p.amount) <> sign(p.open_amount) OR abs(p.amount) > abs(p.open_amount) THEN 5
                          WHEN p.payer_id <> p.customer_id THEN 6
                          WHEN m.amount <> p.amount OR m.applied * sign(p.amount) NOT BETWEEN 0 AND abs(p.amount) THEN 7
                          WHEN p.amount <> round(p.amount, p.minor_units) THEN 8
                          WHEN NOT p.is_posted AND p.currency <> company.currency
                               AND ar.find_exchange_rate(p.currency, company.currency, p.booked_on, company.rate_source, NULL) IS NULL THEN 9
                     END AS rank
              FROM proposal AS p
              LEFT JOIN money AS m ON m.match_proposal_id = p.match_proposal_id) AS p
        WHERE p.rank IS NOT NULL
        UNION ALL
        SELECT l.match_proposal_id, 10 + l.line_number, '23514', format(l.fault, d.document_number), NULL
        FROM (SELECT l.*,
                     CASE WHEN l.amount <> round(l.amount, p.minor_units) THEN 'what it settles of %s has too many decimals'
                          WHEN l.customer_id <> p.customer_id THEN '%s is of another customer'
                          WHEN l.currency <> p.currency THEN '%s is in another currency'
                          WHEN (l.amount > 0) <> l.is_debit THEN '%s is on the other side of the account'
                          WHEN l.purpose = 'deduction' AND NOT l.is_debit THEN 'of %s, a credit, nothing can be kept back' END AS fault
              FROM line AS l
              JOIN proposal AS p ON p.match_proposal_id = l.match_proposal_id
              WHERE l.item_id IS NOT NULL) AS l
        CROSS JOIN LATERAL (SELECT d.document_number FROM receivables.document AS d
                            WHERE d.company_id = match_faults.company_id AND d.document_id = l.document_id OFFSET 0) AS d
        WHERE l.fault IS NOT NULL
        UNION ALL
        SELECT l.match_proposal_id, 500000 + l.line_number, '23514',
               format('%s is a reason for %s, and line %s is %s', r.reason_code, ar.purpose_in_words(r.purpose), l.line_number,
                      ar.purpose_in_words(l.purpose)), NULL
        FROM line AS l
        CROSS JOIN LATERAL (SELECT r.reason_code, r.purpose FROM receivables.reason_code AS r
                            WHERE r.company_id = match_faults.company_id AND r.reason_code = l.reason_code OFFSET 0) AS r
        WHERE l.reason_code IS NOT NULL AND r.purpose <> l.purpose
        UNION ALL
        SELECT u.match_proposal_id, 1000000 + u.line_number, '55000',
               format('%s has only %s open now', d.document_number, u.open_amount),
               format('The proposal takes %s of it.', u.amount)
        FROM used AS u
        CROSS JOIN LATERAL (SELECT d.document_number FROM receivables.document AS d
                            WHERE d.company_id = match_faults.company_id AND d.document_id = u.document_id OFFSET 0) AS d
        WHERE u.amount > u.open_amount
    )
    SELECT DISTINCT ON (f.match_proposal_id) f.match_proposal_id, f.sqlstate, f.fault, f.detail
    FROM found AS f
    ORDER BY f.match_proposal_id, f.rank;
END;
$$;
COMMENT ON FUNCTION ar.match_faults(bigint, bigint[]) IS
'Which of some proposals cannot be settled, each by itself, and why: SQLSTATE 55000 for what changed since it was proposed, 23514 for what does not fit, P0002 without an exchange rate.';

CREATE FUNCTION ar.pair_matches(company_id bigint, proposals bigint[], posted_for bigint[], posted_line integer[], posted_item bigint[],
                                effective_on date, OUT credits bigint[], OUT debits bigint[], OUT amounts numeric[],
                                OUT days date[], OUT proposals_applied bigint[], OUT doubtful bigint[])
    LANGUAGE c STABLE SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'ar_pair_matches';
COMMENT ON FUNCTION ar.pair_matches(bigint, bigint[], bigint[], integer[], bigint[], date) IS
'The applications by which proposals are settled, for ar.apply_many: credits and then the money run over debits and then what is paid back, line by line. posted_item is what was posted for posted_line of proposal posted_for; line 0 is the payment or refund itself. Each counts from effective_on on, else from the day the money came, or the first open day after a closed period, and from the first day both its items count. Null where nothing is applied. doubtful: those of the proposals in which ar.match_faults might find something, or that might take more of an item than others leave; the rest can be settled, all of them, without another look.';

CREATE FUNCTION ar.apply_matches(company_id bigint, proposals bigint[], effective_on date, reason text, are_checked boolean,
                                 OUT doubtful bigint[], OUT needs_posting boolean)
    LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'ar_apply_matches';
COMMENT ON FUNCTION ar.apply_matches(bigint, bigint[], date, text, boolean) IS
'Locks the items of proposals and applies what ar.pair_matches pairs, as ar.apply_many does, unless needs_posting: documents of bank lines, or of what is settled without money, are to be posted before. Without are_checked nothing is applied either where some are doubtful, as ar.pair_matches tells them.';

CREATE FUNCTION ar.settle_matches(company_id bigint, proposals bigint[], status text, effective_on date DEFAULT NULL,
                                  reason text DEFAULT NULL, are_checked boolean DEFAULT true,
                                  rivals bigint[] DEFAULT NULL) RETURNS bigint[]
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    company record;
    -- What is posted: of which proposal, for which line, 0 for the payment itself, and the item.
    posted_for  bigint[];
    posted_line integer[];
    posted_item bigint[];
    applied     record;
BEGIN
    SELECT * INTO applied
    FROM ar.apply_matches(settle_matches.company_id, proposals, settle_matches.effective_on, settle_matches.reason, are_checked);
    IF NOT are_checked AND applied.doubtful <> '{}' THEN
        RETURN applied.doubtful;
    END IF;
    SELECT c.currency, u.minor_units::integer AS minor_units, c.rate_source, c.closed_through INTO company
    FROM receivables.company AS c JOIN receivables.currency AS u ON u.currency = c.currency
    WHERE c.company_id = settle_matches.company_id;

    -- Money of bank lines, and what is settled without money. Line -n is the item of its own of deduction n.
    IF applied.needs_posting THEN
        WITH proposal AS MATERIALIZED (
            SELECT p.match_proposal_id, p.customer_id, p.bank_line_id, p.amount, coalesce(b.currency, c.currency) AS currency,
                   coalesce(settle_matches.effective_on,
                            greatest(b.booked_on, c.effective_on, company.closed_through + 1)) AS settled_on,
                   nullif(concat_ws(' ', b.structured_reference, b.remittance_text), '') AS reference, u.minor_units::integer
            FROM unnest(proposals) AS k (match_proposal_id)
            CROSS JOIN LATERAL (SELECT p.* FROM receivables.match_proposal AS p
                                WHERE p.company_id = settle_matches.company_id AND p.match_proposal_id = k.match_proposal_id
                                OFFSET 0) AS p
            LEFT JOIN LATERAL (SELECT b.* FROM receivables.bank_line AS b
                               WHERE b.company_id = p.company_id AND b.bank_line_id = p.bank_line_id OFFSET 0) AS b ON true
            LEFT JOIN LATERAL (SELECT c.* FROM receivables.item AS c
                               WHERE c.company_id = p.company_id AND c.item_id = p.credit_item_id OFFSET 0) AS c ON true
            JOIN receivables.currency AS u ON u.currency = coalesce(b.currency, c.currency)
        ), wanted AS (
            SELECT p.match_proposal_id, 0 AS line_number, p.customer_id, p.bank_line_id,
                   CASE WHEN p.amount > 0 THEN 'payment' ELSE 'refund' END AS kind, round(abs(p.amount), p.minor_units) AS amount,
                   p.currency,
                   p.settled_on AS document_date, p.settled_on AS due_on, NULL::date AS contractual_due_on,
                   x.rate, round(abs(p.amount) * x.rate, company.minor_units) AS company_amount, p.reference,
                   NULL AS reason, NULL AS reason_code,
                   'BL-' || p.bank_line_id || coalesce('-' || nullif(n.before + row_number() OVER (
                       PARTITION BY p.bank_line_id, p.amount > 0 ORDER BY p.match_proposal_id), 1), '') AS own_number
            FROM proposal AS p
            CROSS JOIN LATERAL (SELECT CASE WHEN p.currency = company.currency THEN 1 ELSE
                                            ar.exchange_rate(settle_matches.company_id, p.currency, p.settled_on) END AS rate) AS x
            CROSS JOIN LATERAL (SELECT count(*) AS before FROM receivables.document AS d
                                WHERE d.company_id = settle_matches.company_id AND d.bank_line_id = p.bank_line_id
                                  AND d.reverses_document_id IS NULL
                                  AND d.kind = CASE WHEN p.amount > 0 THEN 'payment' ELSE 'refund' END) AS n
            WHERE p.bank_line_id IS NOT NULL
            UNION ALL
            SELECT p.match_proposal_id, x.way * l.line_number, p.customer_id, NULL,
                   k.kind, round(k.sign * l.amount, p.minor_units), p.currency,
                   s.settled_on, CASE WHEN x.way < 0 THEN i.due_on ELSE s.settled_on END,
                   CASE WHEN x.way < 0 THEN i.contractual_due_on END, d.exchange_rate,
                   k.sign * sign(l.amount) * ar.company_share(round(abs(l.amount), p.minor_units), i.open_amount, i.open_company_amount,
                                                              company.minor_units),
                   NULL, coalesce(l.note, r.name, initcap(replace(l.purpose, '_', ' '))), l.reason_code,
                   format('%s-%s-%s', CASE WHEN x.way < 0 THEN 'DEDUCTION' ELSE 'MATCH' END, p.match_proposal_id, l.line_number)
            FROM proposal AS p
            CROSS JOIN LATERAL (SELECT l.* FROM receivables.match_proposal_line AS l
                                WHERE l.company_id = settle_matches.company_id AND l.match_proposal_id = p.match_proposal_id
                                  AND l.purpose IN ('discount', 'bank_fee', 'write_off', 'deduction') OFFSET 0) AS l
            CROSS JOIN LATERAL (SELECT i.* FROM receivables.item AS i
                                WHERE i.company_id = l.company_id AND i.item_id = l.item_id OFFSET 0) AS i
            CROSS JOIN LATERAL (SELECT d.* FROM receivables.document AS d
                                WHERE d.company_id = i.company_id AND d.document_id = i.document_id OFFSET 0) AS d
            LEFT JOIN receivables.reason_code AS r ON r.company_id = l.company_id AND r.reason_code = l.reason_code
            CROSS JOIN LATERAL (SELECT greatest(p.settled_on, i.effective_on,
                                                CASE WHEN i.reopened THEN i.last_applied_on END) AS settled_on) AS s
            CROSS JOIN LATERAL (VALUES (1), (-1)) AS x (way)
            -- What is not paid back of a credit is a debit: no write-off, which is a credit.
            CROSS JOIN LATERAL (SELECT CASE WHEN l.purpose = 'write_off' AND l.amount > 0 THEN 'write_off' ELSE 'adjustment' END AS kind,
                                       CASE WHEN l.purpose = 'write_off' AND l.amount > 0 THEN 1 ELSE -x.way END AS sign) AS k
            WHERE x.way > 0 OR l.purpose = 'deduction'
        ), series AS MATERIALIZED (
            SELECT w.*, n.series, n.pattern, ar.number_period(n.pattern, w.document_date) AS period
            FROM wanted AS w
            LEFT JOIN receivables.number_series AS n
                ON n.company_id = settle_matches.company_id AND n.kind = w.kind AND n.is_default
        ), taken AS MATERIALIZED (
            SELECT s.series, s.period, ar.take_numbers(settle_matches.company_id, s.series, s.period, s.count) AS first
            FROM (SELECT w.series, w.period, count(*) AS count FROM series AS w WHERE w.series IS NOT NULL
                  GROUP BY 1, 2 ORDER BY 1, 2) AS s
        ), new AS MATERIALIZED (
            SELECT s.*, nextval('receivables.document_document_id_seq') AS document_id,
                   nextval('receivables.item_item_id_seq') AS item_id
            FROM (SELECT w.*, t.first + row_number() OVER (PARTITION BY w.series, w.period
                                                           ORDER BY w.match_proposal_id, abs(w.line_number), w.line_number DESC)
                              - 1 AS number
                  FROM series AS w LEFT JOIN taken AS t ON t.series = w.series AND t.period = w.period
                  ORDER BY w.match_proposal_id, abs(w.line_number), w.line_number DESC) AS s
        ), document AS (
            INSERT INTO receivables.document (company_id, document_id, customer_id, document_date, kind, document_number,
                                              currency, amount, company_amount, exchange_rate, reference, reason, reason_code,
                                              bank_line_id, match_proposal_id, series, series_period, series_number)
            SELECT settle_matches.company_id, n.document_id, n.customer_id, n.document_date, n.kind,
                   coalesce(ar.format_number(n.pattern, n.document_date, n.number), n.own_number), n.currency, n.amount,
                   n.company_amount, n.rate, n.reference, n.reason, n.reason_code, n.bank_line_id, n.match_proposal_id,
                   n.series, CASE WHEN n.series IS NOT NULL THEN n.period END, n.number
            FROM new AS n
        ), item AS (
            INSERT INTO receivables.item (company_id, item_id, customer_id, document_id, kind, currency, effective_on, due_on,
                                          contractual_due_on, amount, company_amount)
            SELECT settle_matches.company_id, n.item_id, n.customer_id, n.document_id, n.kind, n.currency, n.document_date,
                   n.due_on, n.contractual_due_on,
                   CASE WHEN ar.is_credit_kind(n.kind) THEN -n.amount ELSE n.amount END,
                   CASE WHEN ar.is_credit_kind(n.kind) THEN -n.company_amount ELSE n.company_amount END
            FROM new AS n
        )
        SELECT array_agg(n.match_proposal_id), array_agg(n.line_number), array_agg(n.item_id)
        INTO posted_for, posted_line, posted_item
        FROM new AS n;
    END IF;

    -- What was not paid of an item first: its share in the currency of the company was reckoned from what is open.
    IF posted_line IS NOT NULL THEN
        PERFORM ar.apply_many(settle_matches.company_id, a.credits, a.debits, a.amounts, a.days,
                              array_fill(settle_matches.reason, ARRAY[cardinality(a.debits)]), NULL, a.proposals)
        FROM (SELECT array_agg(CASE WHEN c.amount < 0 THEN c.item_id ELSE l.item_id END ORDER BY l.match_proposal_id, l.line_number) AS credits,
                     array_agg(CASE WHEN c.amount < 0 THEN l.item_id ELSE c.item_id END ORDER BY l.match_proposal_id, l.line_number) AS debits,
                     array_agg(abs(c.amount) ORDER BY l.match_proposal_id, l.line_number) AS amounts,
                     array_agg(c.effective_on ORDER BY l.match_proposal_id, l.line_number) AS days,
                     array_agg(l.match_proposal_id ORDER BY l.match_proposal_id, l.line_number) AS proposals
              FROM unnest(posted_for, posted_line, posted_item) AS x (match_proposal_id, line_number, item_id)
              CROSS JOIN LATERAL (SELECT l.* FROM receivables.match_proposal_line AS l
                                  WHERE l.company_id = settle_matches.company_id AND l.match_proposal_id = x.match_proposal_id
                                    AND l.line_number = x.line_number OFFSET 0) AS l
              CROSS JOIN LATERAL (SELECT c.* FROM receivables.item AS c
                                  WHERE c.company_id = l.company_id AND c.item_id = x.item_id OFFSET 0) AS c) AS a
        WHERE a.debits IS NOT NULL;
    END IF;

    -- What was posted takes part.
    IF applied.needs_posting THEN
        PERFORM ar.apply_many(settle_matches.company_id, p.credits, p.debits, p.amounts, p.days,
                              array_fill(settle_matches.reason, ARRAY[cardinality(p.debits)]), NULL, p.proposals_applied)
        FROM ar.pair_matches(settle_matches.company_id, proposals, posted_for, posted_line, posted_item,
                             settle_matches.effective_on) AS p
        WHERE p.debits IS NOT NULL;
    END IF;

    INSERT INTO receivables.deduction (company_id, item_id, source_item_id, match_proposal_id, reason_code, note, assigned_to)
    SELECT l.company_id, x.item_id, l.item_id, l.match_proposal_id, l.reason_code, l.note, coalesce(r.assigned_to, c.salesperson)
    FROM unnest(posted_for, posted_line, posted_item) AS x (match_proposal_id, line_number, item_id)
    CROSS JOIN LATERAL (SELECT l.* FROM receivables.match_proposal_line AS l
                        WHERE l.company_id = settle_matches.company_id AND l.match_proposal_id = x.match_proposal_id
                          AND l.line_number = -x.line_number OFFSET 0) AS l
    LEFT JOIN receivables.reason_code AS r ON r.company_id = l.company_id AND r.reason_code = l.reason_code
    -- Somebody is to clear it.
    CROSS JOIN LATERAL (SELECT i.customer_id FROM receivables.item AS i
                        WHERE i.company_id = l.company_id AND i.item_id = l.item_id OFFSET 0) AS i
    CROSS JOIN LATERAL (SELECT nullif(btrim(c.salesperson), '') AS salesperson FROM receivables.customer AS c
                        WHERE c.company_id = l.company_id AND c.customer_id = i.customer_id OFFSET 0) AS c;

    PERFORM ar.decide_matches(company_id, proposals, status, reason);
    -- Nobody who has the money in hand waits for a proposal: whoever holds one finds less open.
    PERFORM ar.decide_matches(company_id, CASE WHEN rivals IS NULL THEN ARRAY(
        SELECT k.match_proposal_id FROM unnest(ar.open_rivals(company_id, proposals)) AS k (match_proposal_id)
        CROSS JOIN LATERAL (SELECT FROM receivables.match_proposal AS p
                            WHERE p.company_id = settle_matches.company_id AND p.match_proposal_id = k.match_proposal_id
                              AND p.status = 'open' FOR NO KEY UPDATE SKIP LOCKED) AS p) ELSE ARRAY(
        -- Somebody may have decided one before it was locked.
        SELECT k.match_proposal_id FROM unnest(rivals) AS k (match_proposal_id)
        CROSS JOIN LATERAL (SELECT FROM receivables.match_proposal AS p
                            WHERE p.company_id = settle_matches.company_id AND p.match_proposal_id = k.match_proposal_id
                              AND p.status = 'open' OFFSET 0) AS p) END, 'superseded', NULL);
    RETURN '{}';
END;
$$;
COMMENT ON FUNCTION ar.settle_matches(bigint, bigint[], text, date, text, boolean, bigint[]) IS
'Settles proposals that ar.lock_matches locked and in which ar.match_faults found nothing, and which do not need the same money or items: posts the payments and refunds of bank lines, what differs and deductions, applies all, and gives them the status; what else was proposed for the same money, rivals where that is known, is superseded. Counts from effective_on on, else from the day the money was booked, or the first open day after a closed period; an application from the first day on which both its items count. Payments are numbered in the default series of their kind, else BL- and the bank line. Without are_checked ar.match_faults did not look yet: if any of them is doubtful nothing is settled, and they are returned; else an empty array.';
