-- What a notice brings about: messages, tasks, escalations, proposals ----------------------------

-- As in ar.dossiers: kept plans, read by the key whatever the size of the tables was, which may have been written just now.
CREATE FUNCTION ar.find_accounts(company_id bigint, customer_ids bigint[], as_of date)
    RETURNS TABLE (customer_id bigint, item_id bigint, document_id bigint, kind text, is_debit boolean, due_on date, currency text,
                   amount numeric, open_amount numeric, open_company_amount numeric)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_incremental_sort = off
    SET enable_nestloop = on SET enable_hashjoin = on SET enable_mergejoin = off SET enable_memoize = off
    SET plan_cache_mode = force_generic_plan SET jit = off AS $$
BEGIN
    RETURN QUERY
    SELECT o.customer_id, o.item_id, o.document_id, o.kind, o.is_debit, o.due_on, o.currency, o.amount, o.open_amount, o.open_company_amount
    FROM unnest(customer_ids) AS w (customer_id)
    CROSS JOIN LATERAL (
        SELECT i.item_id FROM receivables.item AS i
        WHERE i.company_id = find_accounts.company_id AND i.customer_id = w.customer_id AND i.closed_on > find_accounts.as_of
          AND i.effective_on <= find_accounts.as_of
        ORDER BY i.closed_on, i.effective_on OFFSET 0) AS i
    CROSS JOIN LATERAL (
        SELECT o.* FROM ar.open_items(find_accounts.as_of, NULL) AS o
        WHERE o.company_id = find_accounts.company_id AND o.item_id BETWEEN i.item_id AND i.item_id
        ORDER BY o.item_id OFFSET 0) AS o;
END;
$$;
COMMENT ON FUNCTION ar.find_accounts(bigint, bigint[], date) IS
'All that is open of some customers at the end of a day, credits too.';

CREATE FUNCTION ar.find_kept_parts(company_id bigint, customer_ids bigint[], as_of date)
    RETURNS TABLE (item_id bigint, disputed numeric, promised numeric)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_incremental_sort = off
    SET enable_nestloop = on SET enable_hashjoin = off SET enable_mergejoin = off SET enable_memoize = off
    SET plan_cache_mode = force_generic_plan SET jit = off AS $$
BEGIN
    RETURN QUERY
    SELECT x.item_id, x.amount, NULL::numeric
    FROM unnest(customer_ids) AS w (customer_id)
    CROSS JOIN LATERAL (
        SELECT d.dispute_id FROM receivables.dispute AS d
        WHERE d.company_id = find_kept_parts.company_id AND d.customer_id BETWEEN w.customer_id AND w.customer_id
          AND ar.stood_on(find_kept_parts.as_of, d.opened_on, d.status, d.resolved_on)
        ORDER BY d.customer_id OFFSET 0) AS d
    CROSS JOIN LATERAL (
        SELECT x.item_id, x.amount FROM receivables.dispute_item AS x
        WHERE x.company_id = find_kept_parts.company_id AND x.dispute_id BETWEEN d.dispute_id AND d.dispute_id
        ORDER BY x.dispute_id OFFSET 0) AS x
    UNION ALL
    SELECT x.item_id, NULL, x.amount
    FROM unnest(customer_ids) AS w (customer_id)
    CROSS JOIN LATERAL (
        SELECT p.promise_id FROM receivables.promise AS p
        WHERE p.company_id = find_kept_parts.company_id AND p.customer_id BETWEEN w.customer_id AND w.customer_id
          AND ar.stood_on(find_kept_parts.as_of, p.promised_on, p.status, p.judged_on)
        ORDER BY p.customer_id OFFSET 0) AS p
    CROSS JOIN LATERAL (
        SELECT x.item_id, x.amount FROM receivables.promise_item AS x
        WHERE x.company_id = find_kept_parts.company_id AND x.promise_id BETWEEN p.promise_id AND p.promise_id
        ORDER BY x.promise_id OFFSET 0) AS x;
END;
$$;
COMMENT ON FUNCTION ar.find_kept_parts(bigint, bigint[], date) IS
'What of items of some customers is disputed or promised on a day, in the currency of the item, one row for each dispute or promise of an item.';

CREATE FUNCTION ar.notices_data(company_id bigint, as_of date, customer_ids bigint[], balances numeric[], with_statement boolean[],
                                places bigint[], item_ids bigint[], amounts numeric[],
                                OUT place bigint, OUT data jsonb, OUT statement jsonb) RETURNS SETOF record
    LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET jit = off AS $$
DECLARE
    most_lines CONSTANT integer := 100;
BEGIN
    -- In plpgsql, whose plans are kept. Nested loops are for what is looked up by its key alone, which is asked for in
    -- the order of that key, so that no other index will do, whatever the size of the tables was.
    RETURN QUERY
    WITH told AS MATERIALIZED (
        -- Whose statement is wanted.
        SELECT array_agg(DISTINCT w.customer_id) AS customer_ids
        FROM unnest(notices_data.customer_ids, with_statement) AS w (customer_id, is_wanted) WHERE w.is_wanted
    ), account AS MATERIALIZED (
        SELECT a.*, row_number() OVER (PARTITION BY a.customer_id ORDER BY a.due_on, a.item_id) AS n
        FROM ar.find_accounts(notices_data.company_id, (SELECT o.customer_ids FROM told AS o), notices_data.as_of) AS a
    ), kept AS MATERIALIZED (
        SELECT k.item_id, sum(k.disputed) AS disputed, sum(k.promised) AS promised
        FROM ar.find_kept_parts(notices_data.company_id, (SELECT o.customer_ids FROM told AS o), notices_data.as_of) AS k
        GROUP BY k.item_id
    ), line AS MATERIALIZED (
        SELECT a.customer_id, a.n, ar.build_object(
                   'document_number', d.document_number, 'document_date', d.document_date, 'kind', a.kind,
                   'is_credit', CASE WHEN NOT a.is_debit THEN true END, 'due_on', CASE WHEN a.is_debit THEN a.due_on END,
                   'days_past_due', CASE WHEN a.is_debit THEN notices_data.as_of - a.due_on END, 'currency', a.currency,
                   'amount', ar.amount_text(a.amount, u.minor_units), 'open_amount', ar.amount_text(a.open_amount, u.minor_units),
                   'company_amount', ar.amount_text(a.open_company_amount, h.minor_units),
                   'disputed', ar.amount_text(k.disputed, u.minor_units), 'promised', ar.amount_text(k.promised, u.minor_units)) AS entry
        FROM (SELECT a.* FROM account AS a WHERE a.n <= most_lines ORDER BY a.document_id OFFSET 0) AS a
        CROSS JOIN LATERAL (
            SELECT d.document_number, d.document_date FROM receivables.document AS d
            WHERE d.company_id = notices_data.company_id AND d.document_id BETWEEN a.document_id AND a.document_id
            ORDER BY d.document_id OFFSET 0) AS d
        LEFT JOIN kept AS k ON k.item_id = a.item_id
        JOIN receivables.currency AS u ON u.currency = a.currency
        JOIN receivables.company AS c ON c.company_id = notices_data.company_id
        JOIN receivables.currency AS h ON h.currency = c.currency
    ), statement AS MATERIALIZED (
        SELECT t.place, t.balance, jsonb_build_object('statement', coalesce(l.lines, '[]'), 'rest_count', t.rest_count,
                                                      'rest_amount', ar.amount_text(t.rest_amount, u.minor_units)) AS data
        FROM (SELECT w.place, w.customer_id, coalesce(sum(a.open_company_amount), 0) AS balance, nullif(count(*) FILTER (WHERE a.n > most_lines), 0) AS rest_count,
                     sum(a.open_company_amount) FILTER (WHERE a.n > most_lines) AS rest_amount
              FROM unnest(customer_ids, with_statement) WITH ORDINALITY AS w (customer_id, is_wanted, place)
              LEFT JOIN account AS a ON a.customer_id = w.customer_id
              WHERE w.is_wanted
              GROUP BY w.place, w.customer_id) AS t
        LEFT JOIN (SELECT l.customer_id, jsonb_agg(l.entry ORDER BY l.n) AS lines FROM line AS l GROUP BY l.customer_id) AS l ON l.customer_id = t.customer_id
        JOIN receivables.company AS c ON c.company_id = notices_data.company_id
        JOIN receivables.currency AS u ON u.currency = c.currency
    ), item AS MATERIALIZED (
        SELECT w.place, jsonb_build_object(
                   'document_number', d.document_number, 'document_date', d.document_date, 'due_on', i.due_on,
                   'days_past_due', notices_data.as_of - i.due_on, 'currency', i.currency, 'amount', ar.amount_text(w.amount, u.minor_units),
                   'open_amount', ar.amount_text(i.open_amount, u.minor_units)) AS entry,
               i.due_on, d.document_number, i.instalment,
               round(i.open_company_amount * w.amount / i.open_amount, h.minor_units) AS company_amount
        -- In the order of items: they and their documents lie close together.
        FROM (SELECT w.* FROM unnest(places, item_ids, amounts) AS w (place, item_id, amount) ORDER BY w.item_id OFFSET 0) AS w
        CROSS JOIN LATERAL (
            SELECT o.document_id, o.due_on, o.currency, o.instalment, o.open_amount, o.open_company_amount
            FROM ar.open_items(notices_data.as_of, NULL) AS o
            WHERE o.company_id = notices_data.company_id AND o.item_id BETWEEN w.item_id AND w.item_id
            ORDER BY o.item_id OFFSET 0) AS i
        CROSS JOIN LATERAL (
            SELECT d.document_number, d.document_date FROM receivables.document AS d
            WHERE d.company_id = notices_data.company_id AND d.document_id BETWEEN i.document_id AND i.document_id
            ORDER BY d.document_id OFFSET 0) AS d
        JOIN receivables.currency AS u ON u.currency = i.currency
        JOIN receivables.company AS c ON c.company_id = notices_data.company_id
        JOIN receivables.currency AS h ON h.currency = c.currency
    ), listed AS MATERIALIZED (
        SELECT i.place, sum(i.company_amount) AS amount, sum(i.company_amount) FILTER (WHERE i.due_on < notices_data.as_of) AS overdue,
               count(*) AS item_count, min(i.due_on) AS due_on,
               jsonb_agg(i.entry ORDER BY i.due_on, i.document_number, i.instalment) AS items
        FROM item AS i
        GROUP BY i.place
    )
    SELECT w.place, jsonb_build_object(
               'company_name', c.name, 'currency', c.currency, 'customer_number', k.customer_number, 'customer_name', k.name,
               'owner_name', k.owner_name, 'date', notices_data.as_of, 'amount', ar.amount_text(coalesce(t.amount, 0), u.minor_units),
               'overdue', ar.amount_text(coalesce(t.overdue, 0), u.minor_units), 'balance', ar.amount_text(coalesce(s.balance, w.balance), u.minor_units),
               'item_count', coalesce(t.item_count, 0), 'days_past_due', notices_data.as_of - t.due_on, 'due_on', t.due_on,
               'contact_count', k.contact_count, 'items', coalesce(t.items, '[]')), s.data
    FROM unnest(customer_ids, balances) WITH ORDINALITY AS w (customer_id, balance, place)
    JOIN receivables.company AS c ON c.company_id = notices_data.company_id
    JOIN receivables.currency AS u ON u.currency = c.currency
    CROSS JOIN LATERAL (
        SELECT k.customer_number, k.name,
               (SELECT e.name FROM receivables.employee AS e WHERE e.company_id = k.company_id AND e.employee = k.salesperson) AS owner_name,
               (SELECT count(*) FROM receivables.contact AS x
                WHERE x.company_id = k.company_id AND x.customer_id = k.customer_id) AS contact_count
        FROM receivables.customer AS k
        WHERE k.company_id = notices_data.company_id AND k.customer_id BETWEEN w.customer_id AND w.customer_id
        ORDER BY k.customer_id OFFSET 0) AS k
    LEFT JOIN listed AS t ON t.place = w.place
    LEFT JOIN statement AS s ON s.place = w.place;
END;
$$;
COMMENT ON FUNCTION ar.notices_data(bigint, date, bigint[], numeric[], boolean[], bigint[], bigint[], numeric[]) IS
'What placeholders of a template stand for, for many notices on a day: of each customer, by its place in customer_ids, and of those items, and what of them is asked for, whose element of places is that place. With a statement, balance is the sum of it: all that is open of the customer at the end of the day, credits too, what is disputed or promised marked; the first hundred items by due date, and how many others there are and what they come to. Without, it is that of balances. What stands for the statement comes apart, null without.';

CREATE FUNCTION ar.notice_data(company_id bigint, customer_id bigint, as_of date, item_ids bigint[], amounts numeric[]) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT d.data || d.statement
    FROM ar.notices_data(company_id, as_of, ARRAY[customer_id], NULL, ARRAY[true], array_fill(1::bigint, ARRAY[coalesce(cardinality(item_ids), 0)]), item_ids, amounts) AS d
$$;
COMMENT ON FUNCTION ar.notice_data(bigint, bigint, date, bigint[], numeric[]) IS
'What placeholders of a template stand for: of a customer on a day, with its statement, and of some items, of which amounts are asked for.';

CREATE FUNCTION ar.channel_address(channel text, email text, phone text, address text, webhook text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE channel WHEN 'email' THEN email WHEN 'letter' THEN address WHEN 'webhook' THEN webhook ELSE phone END;
COMMENT ON FUNCTION ar.channel_address(text, text, text, text, text) IS
'Where a channel reaches somebody: e-mail address, postal address, URL or, for sms and phone, number.';

-- As in ar.dossiers: kept plans, read by the key whatever the size of the tables was, which may have been written just now.
CREATE FUNCTION ar.find_notices(company_id bigint, notice_ids bigint[])
    RETURNS TABLE (place bigint, dunning_notice_id bigint, dunning_run_id bigint, customer_id bigint, customer_number text,
                   customer_name text, notice_date date, dunning_policy text, version integer, level smallint, step_name text,
                   language text, currency text, amount numeric, customer_balance numeric, interest_amount numeric, fee numeric)
    LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_incremental_sort = off
    SET enable_nestloop = on SET enable_hashjoin = off SET enable_mergejoin = off SET enable_memoize = off
    SET plan_cache_mode = force_generic_plan SET jit = off AS $$
BEGIN
    RETURN QUERY
    SELECT w.place, n.dunning_notice_id, n.dunning_run_id, n.customer_id, k.customer_number, k.name, n.notice_date, n.dunning_policy,
           n.version, n.level, s.name, n.language, n.currency, n.amount, n.customer_balance, n.interest_amount, n.fee
    FROM unnest(notice_ids) WITH ORDINALITY AS w (dunning_notice_id, place)
    CROSS JOIN LATERAL (
        SELECT n.* FROM receivables.dunning_notice AS n
        WHERE n.company_id = find_notices.company_id AND n.dunning_notice_id BETWEEN w.dunning_notice_id AND w.dunning_notice_id
        ORDER BY n.dunning_notice_id OFFSET 0) AS n
    CROSS JOIN LATERAL (
        SELECT k.customer_number, k.name FROM receivables.customer AS k
        WHERE k.company_id = find_notices.company_id AND k.customer_id BETWEEN n.customer_id AND n.customer_id
        ORDER BY k.customer_id OFFSET 0) AS k
    CROSS JOIN LATERAL (
        SELECT s.name FROM receivables.dunning_step AS s
        WHERE s.company_id = find_notices.company_id AND s.dunning_policy = n.dunning_policy AND s.version = n.version
          AND s.level = n.level OFFSET 0) AS s;
END;
$$;
COMMENT ON FUNCTION ar.find_notices(bigint, bigint[]) IS
'Some notices with their customer and step, each with its place in notice_ids.';

CREATE FUNCTION ar.find_notice_items(company_id bigint, notice_ids bigint[]) RETURNS TABLE (place bigint, item_id bigint, dunned_amount numeric)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_incremental_sort = off
    SET enable_nestloop = on SET enable_hashjoin = off SET enable_mergejoin = off SET enable_memoize = off
    SET plan_cache_mode = force_generic_plan SET jit = off AS $$
BEGIN
    RETURN QUERY
    SELECT w.place, l.item_id, l.dunned_amount
    FROM unnest(notice_ids) WITH ORDINALITY AS w (dunning_notice_id, place)
    CROSS JOIN LATERAL (
        SELECT l.item_id, l.dunned_amount FROM receivables.dunning_notice_item AS l
        WHERE l.company_id = find_notice_items.company_id AND l.dunning_notice_id BETWEEN w.dunning_notice_id AND w.dunning_notice_id
        ORDER BY l.dunning_notice_id OFFSET 0) AS l;
END;
$$;
COMMENT ON FUNCTION ar.find_notice_items(bigint, bigint[]) IS
'The items of some notices and what of each is asked for, with the place of the notice in notice_ids.';

CREATE FUNCTION ar.write_dunning_actions(company_id bigint, notice_ids bigint[], data jsonb[], statements jsonb[], from_turn bigint, to_turn bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET jit = off AS $$
BEGIN
    -- Nested loops are for what is looked up by its key alone.
    WITH act AS MATERIALIZED (
        SELECT n.place, n.place << 16 | a.action_number AS turn, n.dunning_notice_id, n.dunning_run_id, n.customer_id, n.customer_name,
               n.notice_date, n.level, n.language, n.currency, n.amount, n.step_name,
               a.action, a.audience, a.channel, a.template, a.priority, a.task_days
        FROM ar.find_notices(write_dunning_actions.company_id, notice_ids) AS n
        JOIN receivables.dunning_action AS a
            ON a.company_id = write_dunning_actions.company_id AND a.dunning_policy = n.dunning_policy AND a.version = n.version
               AND a.level = n.level
        WHERE n.place << 16 | a.action_number BETWEEN from_turn AND to_turn
    ), inward AS MATERIALIZED (
        -- For people of the company.
        SELECT i.*, row_number() OVER (ORDER BY i.turn) AS n
        FROM (SELECT a.turn, a.customer_id, a.amount, a.audience, a.action <> 'message' AS is_task,
                     CASE WHEN a.audience <> 'collector' THEN
                         ar.audience_employee(write_dunning_actions.company_id, a.customer_id, a.audience) END AS employee,
                     -- The collector is whoever gets a call to make, if anybody.
                     CASE WHEN a.action IN ('message', 'task')
                            OR a.audience = 'collector' AND (
                                SELECT f.owner IS NOT NULL
                                FROM ar.find_task_owner(write_dunning_actions.company_id, a.customer_id, 'call', a.amount) AS f) THEN 'call'
                          WHEN a.action = 'escalation' THEN 'escalation' ELSE 'legal_proposal' END AS task_kind
              FROM act AS a
              WHERE a.audience <> 'customer' OFFSET 0) AS i
    ), owned AS MATERIALIZED (
        SELECT f.*
        FROM (SELECT array_agg(i.customer_id ORDER BY i.n) AS customers, array_agg(i.task_kind ORDER BY i.n) AS kinds,
                     array_agg(i.amount ORDER BY i.n) AS amounts, array_agg(i.employee ORDER BY i.n) AS employees,
                     array_agg(i.is_task ORDER BY i.n) AS are_made
              FROM inward AS i) AS i
        CROSS JOIN LATERAL ar.find_task_owners(write_dunning_actions.company_id, i.customers, i.kinds, i.amounts, i.employees, i.are_made)
            WITH ORDINALITY AS f (owner, reason, n)
    ), person AS MATERIALIZED (
        SELECT p.*, CASE WHEN p.employee IS NULL THEN p.owner_reason ELSE 'given with the task' END AS reason
        FROM (SELECT i.turn, i.is_task, o.owner, o.reason AS owner_reason,
                     CASE WHEN i.audience = 'collector' AND i.task_kind = 'call' THEN o.owner ELSE i.employee END AS employee
              FROM inward AS i
              JOIN owned AS o ON o.n = i.n) AS p
    ), recipient AS MATERIALIZED (
        SELECT a.turn, a.template, a.channel, coalesce(c.language, a.language) AS language, c.customer_contact_id AS n, c.name, c.address
        FROM act AS a
        CROSS JOIN LATERAL (
            SELECT c.customer_contact_id, c.name, c.language, ar.channel_address(a.channel, c.email, c.phone, c.address, c.webhook) AS address
            FROM receivables.customer_contact AS c
            WHERE c.company_id = write_dunning_actions.company_id AND c.customer_id BETWEEN a.customer_id AND a.customer_id AND c.gets_reminders
            ORDER BY c.customer_id OFFSET 0) AS c
        WHERE a.audience = 'customer' AND c.address IS NOT NULL
        UNION ALL
        SELECT a.turn, a.template, a.channel, coalesce(e.language, 'en'), 0, e.name, e.address
        FROM act AS a
        JOIN person AS p ON p.turn = a.turn
        CROSS JOIN LATERAL (
            SELECT e.name, e.language, ar.channel_address(a.channel, e.email, e.phone, NULL, NULL) AS address
            FROM receivables.employee AS e
            WHERE e.company_id = write_dunning_actions.company_id AND e.employee = p.employee OFFSET 0) AS e
        WHERE a.template IS NOT NULL AND e.address IS NOT NULL
    ), wording AS MATERIALIZED (
        SELECT r.template, r.channel, r.language, t.found_language, t.subject, t.body, position('{{#statement}}' IN t.body) > 0 AS with_statement
        FROM (SELECT DISTINCT r.template, r.channel, r.language FROM recipient AS r) AS r
        CROSS JOIN LATERAL ar.find_template(write_dunning_actions.company_id, r.template, r.channel, r.language) AS t
        WHERE t.body IS NOT NULL
    ), worded AS MATERIALIZED (
        SELECT r.turn, r.n, r.name, r.address, t.found_language, t.subject, t.body, t.with_statement
        FROM recipient AS r
        JOIN wording AS t ON t.template = r.template AND t.channel = r.channel AND t.language = r.language
    ), queued AS (
        INSERT INTO receivables.message (company_id, dunning_notice_id, customer_id, audience, channel, recipient, recipient_name,
                                         template, language, subject, body, payload)
        SELECT write_dunning_actions.company_id, a.dunning_notice_id, a.customer_id, a.audience, a.channel, w.address, w.name,
               a.template, w.found_language, ar.fill_template(w.subject, d.payload, a.channel),
               ar.fill_template(w.body, d.payload, a.channel), d.payload
        FROM worded AS w
        JOIN act AS a ON a.turn = w.turn
        CROSS JOIN LATERAL (
            SELECT CASE WHEN w.with_statement THEN n.said || coalesce(statements[a.place], '{}') ELSE n.said END AS payload
            FROM (SELECT data[a.place] || jsonb_build_object('recipient_name', w.name) AS said) AS n OFFSET 0) AS d
        ORDER BY w.turn, w.n
    ), unreached AS (
        INSERT INTO receivables.dunning_skip (company_id, dunning_run_id, customer_id, reason, detail, item_count)
        SELECT write_dunning_actions.company_id, a.dunning_run_id, a.customer_id, 'no_contact',
               format('nobody to send %s to by %s', a.template, a.channel), (data[a.place] ->> 'item_count')::bigint
        FROM act AS a
        LEFT JOIN worded AS w ON w.turn = a.turn
        WHERE a.audience = 'customer' AND w.turn IS NULL
        ORDER BY a.turn
        ON CONFLICT DO NOTHING
    ), reported AS MATERIALIZED (
        SELECT a.action, a.notice_date, array_agg(DISTINCT a.customer_id) AS customers
        FROM act AS a WHERE a.action IN ('escalation', 'proposal')
        GROUP BY a.action, a.notice_date
    ), report AS MATERIALIZED (
        SELECT w.action, w.notice_date, r.customer_id, r.report
        FROM reported AS w
        CROSS JOIN LATERAL ar.contact_reports(write_dunning_actions.company_id, w.customers, w.notice_date) AS r
        WHERE w.action = 'escalation'
        UNION ALL
        SELECT w.action, w.notice_date, r.customer_id, r.dossier
        FROM reported AS w
        CROSS JOIN LATERAL ar.dossiers(write_dunning_actions.company_id, w.customers, w.notice_date) AS r
        WHERE w.action = 'proposal'
    ), made AS (
        INSERT INTO receivables.collection_task AS t (company_id, customer_id, dunning_notice_id, task_kind, owner, level, amount,
                                                      priority, opened_on, due_on, subject, report)
        SELECT write_dunning_actions.company_id, a.customer_id, a.dunning_notice_id,
               CASE a.action WHEN 'task' THEN 'call' WHEN 'escalation' THEN 'escalation' ELSE 'legal_proposal' END,
               p.owner, a.level, a.amount, a.priority, a.notice_date, a.notice_date + a.task_days,
               format('%s: %s, %s %s', a.step_name, a.customer_name, a.currency, data[a.place] ->> 'amount'),
               CASE a.action WHEN 'escalation' THEN jsonb_build_object('notice', data[a.place], 'contacts', r.report)
                             WHEN 'proposal' THEN r.report END
        FROM person AS p
        JOIN act AS a ON a.turn = p.turn
        LEFT JOIN report AS r ON r.action = a.action AND r.notice_date = a.notice_date AND r.customer_id = a.customer_id
        WHERE p.is_task
        ORDER BY p.turn
        RETURNING t.task_id
    )
    INSERT INTO receivables.task_owner (company_id, task_id, owner, reason)
    SELECT write_dunning_actions.company_id, m.task_id, p.owner, p.reason
    FROM (SELECT m.task_id, row_number() OVER (ORDER BY m.task_id) AS n FROM made AS m) AS m
    JOIN (SELECT p.owner, p.reason, row_number() OVER (ORDER BY p.turn) AS n FROM person AS p WHERE p.is_task) AS p ON p.n = m.n
    ORDER BY m.task_id;
END;
$$;
COMMENT ON FUNCTION ar.write_dunning_actions(bigint, bigint[], jsonb[], jsonb[], bigint, bigint) IS
'Writes the messages and tasks that some notices bring about, by their actions from one turn to another: the place of the notice in notice_ids, times 65536, and the number of the action. data is what placeholders stand for, by notice, statements what those of the statement do, which goes with the texts that have one. The dossiers of proposals tell what was written before.';

CREATE FUNCTION ar.take_actions_of(company_id bigint, notice_date date, notice_ids bigint[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = on SET jit = off AS $$
DECLARE
    batch        bigint[];
    data         jsonb[];
    statements   jsonb[];
    charged      bigint[];
    charge       record;
    fee_document bigint;
BEGIN
    -- A thousand at a time, for what they say to fit into memory.
    FOR k IN 1..cardinality(notice_ids) BY 1000 LOOP
        batch := notice_ids[k:k + 999];
        -- Before fees, which are not asked for today.
        WITH notice AS MATERIALIZED (
            SELECT n.* FROM ar.find_notices(take_actions_of.company_id, batch) AS n
        ), with_statement AS MATERIALIZED (
            -- The steps that tell it: nobody else's items are read for one.
            SELECT DISTINCT a.dunning_policy, a.version, a.level
            FROM receivables.dunning_action AS a
            JOIN receivables.message_template AS t
                ON t.company_id = a.company_id AND t.template = a.template AND t.channel = a.channel AND t.is_active
            WHERE a.company_id = take_actions_of.company_id AND position('{{#statement}}' IN t.body) > 0
        )
        SELECT array_agg(d.data || jsonb_build_object('step', n.step_name, 'level', n.level,
                                                      'interest', ar.amount_text(nullif(n.interest_amount, 0), u.minor_units),
                                                      'fee', ar.amount_text(nullif(n.fee, 0), u.minor_units))
                         ORDER BY d.place),
               array_agg(d.statement ORDER BY d.place), array_agg(n.dunning_notice_id ORDER BY n.place) FILTER (WHERE n.fee > 0)
        INTO data, statements, charged
        FROM (SELECT array_agg(n.customer_id ORDER BY n.place) AS customers, array_agg(n.customer_balance ORDER BY n.place) AS balances,
                     array_agg(s.level IS NOT NULL ORDER BY n.place) AS with_statement
              FROM notice AS n
              LEFT JOIN with_statement AS s ON s.dunning_policy = n.dunning_policy AND s.version = n.version AND s.level = n.level) AS k
        CROSS JOIN (
            SELECT array_agg(l.place) AS places, array_agg(l.item_id) AS items, array_agg(l.dunned_amount) AS amounts
            FROM ar.find_notice_items(take_actions_of.company_id, batch) AS l) AS l
        CROSS JOIN LATERAL ar.notices_data(take_actions_of.company_id, take_actions_of.notice_date, k.customers, k.balances, k.with_statement,
                                          l.places, l.items, l.amounts) AS d
        JOIN notice AS n ON n.place = d.place
        JOIN receivables.currency AS u ON u.currency = n.currency;
        FOR charge IN
            SELECT n.dunning_notice_id, n.fee, n.customer_number, n.step_name
            FROM ar.find_notices(take_actions_of.company_id, charged) AS n
            ORDER BY n.place
        LOOP
            fee_document := ar.post_fee(company_id, charge.customer_number, format('DUNNING-%s', charge.dunning_notice_id), notice_date,
                                        charge.fee, reason => charge.step_name);
            -- It is asked for from tomorrow on.
            INSERT INTO receivables.item_dunning (company_id, item_id, level, level_since)
            SELECT i.company_id, i.item_id, 0, take_actions_of.notice_date
            FROM receivables.item AS i WHERE i.company_id = take_actions_of.company_id AND i.document_id = fee_document;
        END LOOP;
        -- In one go up to a proposal that comes after messages or tasks of the same customer, which its dossier tells.
        PERFORM ar.write_dunning_actions(take_actions_of.company_id, batch[p.first_place:p.last_place], data[p.first_place:p.last_place],
                                         statements[p.first_place:p.last_place], p.from_turn - ((p.first_place - 1) << 16), p.to_turn - ((p.first_place - 1) << 16))
        FROM (SELECT min(a.turn) AS from_turn, max(a.turn) AS to_turn, min(a.turn) >> 16 AS first_place, max(a.turn) >> 16 AS last_place
              FROM (SELECT a.turn, count(*) FILTER (WHERE a.action = 'proposal' AND a.before > 0) OVER (ORDER BY a.turn) AS part
                    FROM (SELECT n.place << 16 | a.action_number AS turn, a.action,
                                 count(*) FILTER (WHERE a.action <> 'message' OR a.audience = 'customer') OVER (
                                     PARTITION BY n.customer_id ORDER BY n.place, a.action_number
                                     ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
                          FROM ar.find_notices(take_actions_of.company_id, batch) AS n
                          JOIN receivables.dunning_action AS a
                              ON a.company_id = take_actions_of.company_id AND a.dunning_policy = n.dunning_policy AND a.version = n.version
                                 AND a.level = n.level) AS a) AS a
              GROUP BY a.part ORDER BY a.part OFFSET 0) AS p;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION ar.take_actions_of(bigint, date, bigint[]) IS
'Takes the actions of the steps that notices of a day came to, in their order. Messages go to all contacts of the customer that the channel reaches, or to the employee of the audience; a task, escalation or proposal becomes a task of that employee, an escalation with the report of all contacts, a proposal with the dossier. A fee of the step is posted.';

CREATE FUNCTION ar.take_dunning_actions() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- Those that the same command wrote are taken together, when the first of them fires.
    PERFORM FROM (
        SELECT n.xmin AS by_transaction, n.cmin AS by_command
        FROM receivables.dunning_notice AS n
        WHERE n.company_id = NEW.company_id AND n.dunning_notice_id = NEW.dunning_notice_id) AS w
    CROSS JOIN LATERAL (
        SELECT FROM receivables.dunning_notice AS n
        WHERE n.company_id = NEW.company_id AND n.dunning_run_id = NEW.dunning_run_id AND n.dunning_notice_id < NEW.dunning_notice_id
          AND n.notice_date = NEW.notice_date AND n.xmin = w.by_transaction AND n.cmin = w.by_command
        ORDER BY n.company_id DESC, n.dunning_run_id DESC, n.dunning_notice_id DESC LIMIT 1) AS f;
    IF NOT FOUND THEN
        PERFORM ar.take_actions_of(NEW.company_id, NEW.notice_date, array_agg(n.dunning_notice_id ORDER BY n.dunning_notice_id))
        FROM (SELECT n.xmin AS by_transaction, n.cmin AS by_command
              FROM receivables.dunning_notice AS n
              WHERE n.company_id = NEW.company_id AND n.dunning_notice_id = NEW.dunning_notice_id) AS w
        JOIN receivables.dunning_notice AS n
            ON n.company_id = NEW.company_id AND n.dunning_run_id = NEW.dunning_run_id AND n.dunning_notice_id >= NEW.dunning_notice_id
               AND n.notice_date = NEW.notice_date AND n.xmin = w.by_transaction AND n.cmin = w.by_command;
    END IF;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION ar.take_dunning_actions() IS
'Trigger function after a notice was written: takes the actions of its step, with ar.take_actions_of for all notices of a run that one command wrote, when the first of them fires.';

CREATE FUNCTION ar.dunning_action_is_valid() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.template IS NOT NULL AND NOT EXISTS (
        SELECT FROM receivables.message_template AS t
        WHERE t.company_id = NEW.company_id AND t.template = NEW.template AND t.channel = NEW.channel AND t.is_active)
    THEN
        RAISE EXCEPTION 'there is no template % for %', NEW.template, NEW.channel
            USING ERRCODE = 'foreign_key_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                  HINT = 'Store it in receivables.message_template first; SELECT ar.add_standard_templates(company_id) adds the standard ones.';
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION ar.dunning_action_is_valid() IS
'Trigger function before an action of a dunning step is stored: error 23503 for a template that does not exist for its channel.';
