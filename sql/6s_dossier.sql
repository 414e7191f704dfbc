-- All that is known of a customer's debt, in one document ---------------------------------------

-- Kept plans of nested loops: each table is read by one key at a time, whatever its size was when they were made. OFFSET 0 keeps
-- lookups apart; that they come sorted, though nothing is to be sorted, leaves only the index on what they are looked up by.
CREATE FUNCTION ar.contact_reports(company_id bigint, customer_ids bigint[], as_of date)
    RETURNS TABLE (customer_id bigint, report jsonb)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_incremental_sort = off
    SET enable_nestloop = on SET enable_hashjoin = off SET enable_mergejoin = off SET enable_memoize = off
    SET plan_cache_mode = force_generic_plan SET jit = off AS $$
BEGIN
    RETURN QUERY
    SELECT w.customer_id, (
        SELECT coalesce(jsonb_agg(ar.build_object(
                   'at', c.contacted_at, 'employee', coalesce(e.name, c.employee), 'channel', c.channel, 'is_incoming', c.is_incoming,
                   'person', c.person, 'result', c.result, 'summary', c.summary, 'next_step', c.next_step, 'next_on', c.next_on)
                   ORDER BY c.contacted_at, c.contact_id), '[]')
        FROM (SELECT c.* FROM receivables.contact AS c
              WHERE c.company_id = contact_reports.company_id AND c.customer_id = w.customer_id
                AND c.contacted_at < (contact_reports.as_of + 1)::timestamptz
              ORDER BY c.contacted_at OFFSET 0) AS c
        LEFT JOIN LATERAL (
            SELECT e.name FROM receivables.employee AS e
            WHERE e.company_id = contact_reports.company_id AND e.employee = c.employee OFFSET 0) AS e ON true)
    FROM unnest(customer_ids) AS w (customer_id);
END;
$$;
COMMENT ON FUNCTION ar.contact_reports(bigint, bigint[], date) IS
'The contacts with each of some customers up to a day, in their order, as an array.';

-- Inlined: asked of every message and task.
CREATE FUNCTION ar.was_later(as_of date, recorded_at timestamptz, ended_at timestamptz) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN ended_at >= (as_of + 1)::timestamptz AND recorded_at < (as_of + 1)::timestamptz;
COMMENT ON FUNCTION ar.was_later(date, timestamptz, timestamptz) IS
'Whether what was entered by the end of a day came to its end after it. Of what was itself entered after the day, for the day, times do not tell: false.';

CREATE FUNCTION ar.dossiers(company_id bigint, customer_ids bigint[], as_of date, document_number text DEFAULT NULL)
    RETURNS TABLE (customer_id bigint, dossier jsonb)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_incremental_sort = off
    SET enable_nestloop = on SET enable_hashjoin = on SET enable_mergejoin = off SET enable_memoize = off
    SET plan_cache_mode = force_generic_plan SET jit = off AS $$
DECLARE
    paid_from CONSTANT date := (as_of - interval '1 year')::date + 1;
    most_paid CONSTANT integer := 100;
BEGIN
    RETURN QUERY
    WITH wanted AS MATERIALIZED (
        -- In the order of items: what belongs to them lies close together.
        SELECT w.customer_id, i.item_id, i.last_applied_on
        FROM (SELECT DISTINCT w.customer_id FROM unnest(customer_ids) AS w (customer_id)) AS w
        CROSS JOIN LATERAL (
            SELECT i.item_id, i.last_applied_on FROM receivables.item AS i
            WHERE i.company_id = dossiers.company_id AND i.customer_id = w.customer_id AND i.closed_on > dossiers.as_of
              AND i.effective_on <= dossiers.as_of
            ORDER BY i.closed_on, i.effective_on OFFSET 0) AS i
        ORDER BY i.item_id
    ), owed AS MATERIALIZED (
        SELECT o.customer_id, sum(o.open_company_amount) AS balance, min(o.effective_on) FILTER (WHERE o.is_debit) AS since,
               sum(o.open_company_amount) FILTER (WHERE o.is_debit AND o.due_on < dossiers.as_of) AS overdue,
               jsonb_agg(ar.build_object(
                   'document', o.document_number, 'kind', o.kind, 'date', o.document_date, 'due_on', o.due_on,
                   'days_past_due', CASE WHEN o.is_debit THEN dossiers.as_of - o.due_on END, 'currency', o.currency,
                   'amount', o.amount, 'open_amount', o.open_amount, 'order', o.order_reference, 'dunning_level', o.level,
                   'disputed', o.disputed, 'promised', o.promised, 'applications', o.applications)
                   ORDER BY o.is_debit DESC, o.due_on, o.item_id) AS items
        FROM (
            SELECT o.*, d.document_number, d.document_date, d.order_reference, l.level,
                   (SELECT sum(x.amount)
                    FROM (SELECT x.dispute_id, x.amount FROM receivables.dispute_item AS x
                          WHERE x.company_id = dossiers.company_id AND x.item_id BETWEEN o.item_id AND o.item_id
                          ORDER BY x.item_id OFFSET 0) AS x
                    CROSS JOIN LATERAL (
                        SELECT FROM receivables.dispute AS d
                        WHERE d.company_id = dossiers.company_id AND d.dispute_id BETWEEN x.dispute_id AND x.dispute_id
                          AND ar.stood_on(dossiers.as_of, d.opened_on, d.status, d.resolved_on)
                        ORDER BY d.dispute_id OFFSET 0) AS d) AS disputed,
                   (SELECT sum(x.amount)
                    FROM (SELECT x.promise_id, x.amount FROM receivables.promise_item AS x
                          WHERE x.company_id = dossiers.company_id AND x.item_id BETWEEN o.item_id AND o.item_id
                          ORDER BY x.item_id OFFSET 0) AS x
                    CROSS JOIN LATERAL (
                        SELECT FROM receivables.promise AS p
                        WHERE p.company_id = dossiers.company_id AND p.promise_id BETWEEN x.promise_id AND x.promise_id
                          AND ar.stood_on(dossiers.as_of, p.promised_on, p.status, p.judged_on)
                        ORDER BY p.promise_id OFFSET 0) AS p) AS promised,
                   CASE WHEN w.last_applied_on > '-infinity' THEN (
                       SELECT jsonb_agg(ar.build_object('date', a.effective_on, 'by', s.kind, 'document', s.document_number,
                                                        'amount', a.amount) ORDER BY a.effective_on, a.application_id)
                       FROM (SELECT a.application_id, a.credit_item_id, a.effective_on, a.amount FROM receivables.application AS a
                             WHERE a.company_id = dossiers.company_id AND a.debit_item_id BETWEEN o.item_id AND o.item_id
                               AND a.effective_on <= dossiers.as_of
                             ORDER BY a.debit_item_id OFFSET 0) AS a
                       CROSS JOIN LATERAL (
                           SELECT i.document_id FROM receivables.item AS i
                           WHERE i.company_id = dossiers.company_id AND i.item_id BETWEEN a.credit_item_id AND a.credit_item_id
                           ORDER BY i.item_id OFFSET 0) AS i
                       CROSS JOIN LATERAL (
                           SELECT s.kind, s.document_number FROM receivables.document AS s
                           WHERE s.company_id = dossiers.company_id AND s.document_id BETWEEN i.document_id AND i.document_id
                           ORDER BY s.document_id OFFSET 0) AS s) END AS applications
            FROM wanted AS w
            CROSS JOIN LATERAL (
                SELECT o.* FROM ar.open_items(dossiers.as_of, NULL) AS o
                WHERE o.company_id = dossiers.company_id AND o.item_id BETWEEN w.item_id AND w.item_id
                ORDER BY o.item_id OFFSET 0) AS o
            CROSS JOIN LATERAL (
                SELECT d.document_number, d.document_date, d.order_reference FROM receivables.document AS d
                WHERE d.company_id = dossiers.company_id AND d.document_id BETWEEN o.document_id AND o.document_id
                  AND (dossiers.document_number IS NULL OR d.document_number = dossiers.document_number)
                ORDER BY d.document_id OFFSET 0) AS d
            LEFT JOIN LATERAL (
                -- Levels only rise: that of the day is the highest that was reached by then.
                SELECT CASE WHEN l.level_since <= dossiers.as_of THEN l.level ELSE (
                    SELECT max(x.level)
                    FROM (SELECT x.level, x.dunning_notice_id FROM receivables.dunning_notice_item AS x
                          WHERE x.company_id = dossiers.company_id AND x.item_id BETWEEN o.item_id AND o.item_id
                          ORDER BY x.item_id OFFSET 0) AS x
                    CROSS JOIN LATERAL (
                        SELECT FROM receivables.dunning_notice AS n
                        WHERE n.company_id = dossiers.company_id AND n.dunning_notice_id BETWEEN x.dunning_notice_id AND x.dunning_notice_id
                          AND n.notice_date <= dossiers.as_of
                        ORDER BY n.dunning_notice_id OFFSET 0) AS n) END AS level
                FROM receivables.item_dunning AS l
                WHERE l.company_id = dossiers.company_id AND l.item_id = o.item_id AND l.level > 0 OFFSET 0) AS l ON true OFFSET 0) AS o
        GROUP BY o.customer_id
    ), paid AS MATERIALIZED (
        -- Invoices that are settled, by money at least in part, and when the last of it came.
        SELECT i.customer_id, count(*) AS invoices, count(*) FILTER (WHERE i.paid_on > i.due_on) AS late_invoices, sum(i.company_amount) AS amount,
               round(avg(i.paid_on - i.due_on), 2) AS average_days_late,
               jsonb_agg(ar.build_object(
                   'document', i.document_number, 'date', i.document_date, 'due_on', i.due_on, 'paid_on', i.paid_on,
                   'days_late', i.paid_on - i.due_on, 'currency', i.currency, 'amount', i.amount)
                   ORDER BY i.paid_on, i.item_id) FILTER (WHERE i.effective_on >= i.since AND i.n <= most_paid) AS items
        FROM (
            SELECT w.customer_id, w.since, i.item_id, i.effective_on, i.due_on, i.currency, i.amount, i.company_amount, p.paid_on,
                   d.document_number, d.document_date, row_number() OVER (PARTITION BY w.customer_id ORDER BY p.paid_on DESC, i.item_id DESC) AS n
            FROM (SELECT w.customer_id, o.since
                  FROM (SELECT DISTINCT w.customer_id FROM unnest(customer_ids) AS w (customer_id)) AS w
                  LEFT JOIN owed AS o ON o.customer_id = w.customer_id) AS w
            CROSS JOIN LATERAL (
                SELECT i.item_id, i.document_id, i.kind, i.effective_on, i.due_on, i.currency, i.amount, i.company_amount, i.reverses_item_id
                FROM receivables.item AS i
                WHERE i.company_id = dossiers.company_id AND i.customer_id = w.customer_id
                  AND i.closed_on >= paid_from AND i.closed_on <= dossiers.as_of
                ORDER BY i.closed_on, i.effective_on OFFSET 0) AS i
            CROSS JOIN LATERAL (
                SELECT max(greatest(c.effective_on, i.effective_on)) AS paid_on
                FROM (SELECT a.application_id, a.credit_item_id FROM receivables.application AS a
                      WHERE a.company_id = dossiers.company_id AND a.debit_item_id BETWEEN i.item_id AND i.item_id
                        AND a.reverses_application_id IS NULL AND a.exchange_of_application_id IS NULL
                      ORDER BY a.debit_item_id OFFSET 0) AS a
                CROSS JOIN LATERAL (
                    SELECT c.effective_on FROM receivables.item AS c
                    WHERE c.company_id = dossiers.company_id AND c.item_id BETWEEN a.credit_item_id AND a.credit_item_id
                      AND c.kind IN ('payment', 'deposit')
                    ORDER BY c.item_id OFFSET 0) AS c
                WHERE NOT EXISTS (
                    SELECT FROM receivables.application AS r
                    WHERE r.company_id = dossiers.company_id AND r.reverses_application_id = a.application_id)) AS p
            CROSS JOIN LATERAL (
                SELECT d.document_number, d.document_date FROM receivables.document AS d
                WHERE d.company_id = dossiers.company_id AND d.document_id BETWEEN i.document_id AND i.document_id
                ORDER BY d.document_id OFFSET 0) AS d
            WHERE i.kind = 'invoice' AND i.reverses_item_id IS NULL AND p.paid_on IS NOT NULL) AS i
        GROUP BY i.customer_id
    )
    SELECT c.customer_id, jsonb_build_object(
        'as_of', dossiers.as_of, 'company', co.name, 'currency', co.currency,
        'customer', ar.build_object(
            'number', c.customer_number, 'name', c.name, 'grade', c.grade, 'credit_limit', c.credit_limit, 'tax_id', c.tax_id,
            'salesperson', c.salesperson, 'department', c.department, 'region', c.region),
        'balance', coalesce(o.balance, 0), 'overdue', coalesce(o.overdue, 0),
        'contracts', (SELECT coalesce(jsonb_agg(ar.build_object(
                          'number', k.contract_number, 'date', k.contract_date, 'ends_on', k.ends_on, 'currency', k.currency,
                          'amount', ar.contract_amount(k.company_id, k.contract_id, dossiers.as_of),
                          'invoiced', k.invoiced_amount) ORDER BY k.contract_date, k.contract_number), '[]')
                      FROM (SELECT k.* FROM receivables.contract AS k
                            WHERE k.company_id = dossiers.company_id AND k.customer_id = c.customer_id AND k.contract_date <= dossiers.as_of
                            ORDER BY k.contract_date OFFSET 0) AS k),
        'items', coalesce(o.items, '[]'),
        'payment_history', ar.build_object(
            'from', paid_from, 'to', dossiers.as_of, 'invoices', coalesce(h.invoices, 0), 'late_invoices', coalesce(h.late_invoices, 0),
            'amount', coalesce(h.amount, 0), 'average_days_late', h.average_days_late, 'paid', coalesce(h.items, '[]')),
        'notices', (SELECT coalesce(jsonb_agg(jsonb_build_object('date', n.notice_date, 'level', n.level, 'step', s.name, 'amount', n.amount,
                        'messages', (SELECT coalesce(jsonb_agg(ar.build_object('to', m.recipient, 'channel', m.channel,
                                         'subject', m.subject, 'body', m.body,
                                         'status', CASE WHEN m.is_sent_later THEN 'queued' ELSE m.status END,
                                         'sent_at', CASE WHEN NOT m.is_sent_later THEN m.sent_at END) ORDER BY m.message_id), '[]')
                                     FROM (SELECT m.*, ar.was_later(dossiers.as_of, m.recorded_at, m.sent_at) AS is_sent_later
                                           FROM receivables.message AS m
                                           WHERE m.company_id = dossiers.company_id
                                             AND m.dunning_notice_id BETWEEN n.dunning_notice_id AND n.dunning_notice_id
                                             AND m.audience = 'customer'
                                           ORDER BY m.dunning_notice_id OFFSET 0) AS m)) ORDER BY n.notice_date, n.dunning_notice_id), '[]')
                    FROM (SELECT n.* FROM receivables.dunning_notice AS n
                          WHERE n.company_id = dossiers.company_id AND n.customer_id = c.customer_id AND n.notice_date <= dossiers.as_of
                          ORDER BY n.notice_date OFFSET 0) AS n
                    CROSS JOIN LATERAL (
                        SELECT s.name FROM receivables.dunning_step AS s
                        WHERE s.company_id = dossiers.company_id AND s.dunning_policy = n.dunning_policy AND s.version = n.version
                          AND s.level = n.level OFFSET 0) AS s),
        'contacts', r.report,
        'promises', (SELECT coalesce(jsonb_agg(ar.build_object('promised_on', p.promised_on, 'amount', p.amount,
                         'status', CASE WHEN p.judged_on > dossiers.as_of THEN 'open' ELSE p.status END,
                         'kept_amount', CASE WHEN p.judged_on <= dossiers.as_of THEN p.kept_amount END,
                         'instalments', (SELECT jsonb_agg(ar.build_object('due_on', i.due_on, 'amount', i.amount) ORDER BY i.instalment)
                                         FROM receivables.promise_instalment AS i
                                         WHERE i.company_id = dossiers.company_id AND i.promise_id = p.promise_id))
                         ORDER BY p.promised_on, p.promise_id), '[]')
                     FROM (SELECT p.* FROM receivables.promise AS p
                           WHERE p.company_id = dossiers.company_id AND p.customer_id BETWEEN c.customer_id AND c.customer_id
                             AND p.promised_on <= dossiers.as_of
                           ORDER BY p.customer_id OFFSET 0) AS p),
        'disputes', (SELECT coalesce(jsonb_agg(ar.build_object('opened_on', d.opened_on, 'reason', d.reason,
                         'description', d.description, 'owner', d.owner, 'deadline', d.deadline, 'amount', (SELECT sum(x.amount)
                                                                  FROM (SELECT x.amount FROM receivables.dispute_item AS x
                                                                        WHERE x.company_id = dossiers.company_id
                                                                          AND x.dispute_id BETWEEN d.dispute_id AND d.dispute_id
                                                                        ORDER BY x.dispute_id OFFSET 0) AS x),
                         'status', CASE WHEN d.resolved_on > dossiers.as_of THEN 'open' ELSE d.status END,
                         'resolution', CASE WHEN d.resolved_on <= dossiers.as_of THEN d.resolution END,
                         'root_cause', CASE WHEN d.resolved_on <= dossiers.as_of THEN d.root_cause END)
                         ORDER BY d.opened_on, d.dispute_id), '[]')
                     FROM (SELECT d.* FROM receivables.dispute AS d
                           WHERE d.company_id = dossiers.company_id AND d.customer_id BETWEEN c.customer_id AND c.customer_id
                             AND d.opened_on <= dossiers.as_of
                           ORDER BY d.customer_id OFFSET 0) AS d),
        'tasks', (SELECT coalesce(jsonb_agg(ar.build_object('kind', t.task_kind, 'subject', t.subject,
                      'owner', CASE WHEN w.task_id IS NULL THEN t.owner ELSE w.owner END, 'due_on', t.due_on,
                      'status', CASE WHEN t.is_closed_later THEN 'open' ELSE t.status END,
                      'outcome', CASE WHEN NOT t.is_closed_later THEN t.outcome END) ORDER BY t.task_id), '[]')
                  FROM (SELECT t.*, ar.was_later(dossiers.as_of, t.recorded_at, t.closed_at) AS is_closed_later
                        FROM receivables.collection_task AS t
                        WHERE t.company_id = dossiers.company_id AND t.customer_id BETWEEN c.customer_id AND c.customer_id
                          AND t.opened_on <= dossiers.as_of
                        ORDER BY t.customer_id OFFSET 0) AS t
                  -- Who had it at the end of the day.
                  LEFT JOIN LATERAL (
                      SELECT w.task_id, w.owner FROM receivables.task_owner AS w
                      WHERE w.company_id = dossiers.company_id AND w.task_id = t.task_id AND w.valid_from < (dossiers.as_of + 1)::timestamptz
                      ORDER BY w.company_id DESC, w.task_id DESC, w.valid_from DESC LIMIT 1) AS w ON true))
    FROM receivables.company AS co
    CROSS JOIN ar.contact_reports(dossiers.company_id, customer_ids, dossiers.as_of) AS r
    LEFT JOIN owed AS o ON o.customer_id = r.customer_id
    LEFT JOIN paid AS h ON h.customer_id = r.customer_id
    CROSS JOIN LATERAL (
        SELECT c.* FROM receivables.customer AS c
        WHERE c.company_id = dossiers.company_id AND c.customer_id BETWEEN r.customer_id AND r.customer_id
        ORDER BY c.customer_id OFFSET 0) AS c
    WHERE co.company_id = dossiers.company_id;
END;
$$;
COMMENT ON FUNCTION ar.dossiers(bigint, bigint[], date, text) IS
'What ar.dossier tells, of each of some customers at once; of a document that is not open there are no items.';

CREATE FUNCTION ar.dossier(company_id bigint, customer_number text, as_of date DEFAULT ar.as_of(), document_number text DEFAULT NULL)
    RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    customer bigint := ar.find_customer(company_id, customer_number);
    result   jsonb;
BEGIN
    SELECT d.dossier INTO result FROM ar.dossiers(company_id, ARRAY[customer], as_of, document_number) AS d;
    IF document_number IS NOT NULL AND result -> 'items' = '[]' THEN
        RAISE EXCEPTION 'customer % has no open document %', customer_number, document_number USING ERRCODE = 'no_data_found';
    END IF;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.dossier(bigint, text, date, text) IS
'All that is known of what a customer owes on a day, of one document or all that is open: contracts, items with what was applied to them, payment_history, notices with their messages, contacts, promises, disputes and tasks. ar.dossier_text makes it readable. payment_history is of the invoices that payments or deposits settled in the year up to the day, and are settled still: number, amount in the currency of the company, mean over them of days from the due date to the last payment (early negative), and, one by one, the last hundred of them dated since the oldest open debit. Messages to the customer stand with their text. As of the day are amounts, levels, promises, disputes, and whether messages were sent and tasks closed, and whose they were; as of today whether a message is claimed, dead or cancelled, the due date of a task, owner and deadline of a dispute, the data of the customer, what a contract was invoiced, and all of messages and tasks that were entered after the day, for the day. Errors: 23503 for an unknown customer, P0002 for a document that is not open.';

CREATE FUNCTION ar.dossier_text(dossier jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format(E'%s %s, as of %s\nBalance %s %s, overdue %s\n', dossier #>> '{customer,number}', dossier #>> '{customer,name}',
                  dossier ->> 'as_of', dossier ->> 'currency', dossier ->> 'balance', dossier ->> 'overdue')
        || coalesce((SELECT E'\nContracts\n' || string_agg(format(E'  %s of %s: %s %s, invoiced %s\n', k ->> 'number', k ->> 'date',
                                k ->> 'currency', coalesce(k ->> 'amount', 'without an amount'), k ->> 'invoiced'), '')
                     FROM jsonb_array_elements(dossier -> 'contracts') AS k), '')
        || coalesce((SELECT E'\nOpen items\n' || string_agg(format(E'  %s %s of %s%s: %s of %s %s open%s%s%s\n', replace(i ->> 'kind', '_', ' '),
                                i ->> 'document', i ->> 'date',
                                CASE WHEN i ? 'days_past_due' THEN format(', due %s (%s days)', i ->> 'due_on', i ->> 'days_past_due') ELSE '' END,
                                i ->> 'open_amount', i ->> 'currency', i ->> 'amount', ', level ' || (i ->> 'dunning_level'),
                                ', disputed ' || (i ->> 'disputed'), ', promised ' || (i ->> 'promised'))
                                || coalesce((SELECT string_agg(format(E'    %s %s %s: %s\n', a ->> 'date', a ->> 'by', a ->> 'document', a ->> 'amount'), '' ORDER BY n)
                                             FROM jsonb_array_elements(i -> 'applications') WITH ORDINALITY AS a (a, n)), ''), '' ORDER BY n)
                     FROM jsonb_array_elements(dossier -> 'items') WITH ORDINALITY AS i (i, n)), '')
        || CASE WHEN dossier #>> '{payment_history,invoices}' <> '0' THEN
               format(E'\nInvoices paid from %s to %s\n  %s of %s %s, %s of them late, %s days late on average\n', dossier #>> '{payment_history,from}',
                      dossier #>> '{payment_history,to}', dossier #>> '{payment_history,invoices}', dossier ->> 'currency',
                      dossier #>> '{payment_history,amount}', dossier #>> '{payment_history,late_invoices}', dossier #>> '{payment_history,average_days_late}')
               || coalesce((SELECT string_agg(format(E'    %s of %s, due %s, paid %s (%s days late): %s %s\n', i ->> 'document', i ->> 'date', i ->> 'due_on',
                                              i ->> 'paid_on', i ->> 'days_late', i ->> 'currency', i ->> 'amount'), '' ORDER BY n)
                            FROM jsonb_array_elements(dossier #> '{payment_history,paid}') WITH ORDINALITY AS i (i, n)), '')
           ELSE '' END
        || coalesce((SELECT E'\nNotices\n' || string_agg(format(E'  %s level %s, %s: %s\n', i ->> 'date', i ->> 'level', i ->> 'step', i ->> 'amount')
                                || coalesce((SELECT string_agg(format(E'    %s to %s: %s (%s)\n', m ->> 'channel', replace(m ->> 'to', E'\n', ', '), coalesce(m ->> 'subject', 'no subject'), m ->> 'status')
                                                                || coalesce(regexp_replace(rtrim(m ->> 'body', E'\n'), '^(?=.)', '      ', 'gn') || E'\n', ''), '' ORDER BY n)
                                             FROM jsonb_array_elements(i -> 'messages') WITH ORDINALITY AS m (m, n)), ''), '' ORDER BY n)
                     FROM jsonb_array_elements(dossier -> 'notices') WITH ORDINALITY AS i (i, n)), '')
        || coalesce((SELECT E'\nContacts\n' || string_agg(format(E'  %s %s%s, %s: %s%s\n', left(i ->> 'at', 10), i ->> 'channel',
                                ' by ' || (i ->> 'employee'), replace(i ->> 'result', '_', ' '), i ->> 'summary', '; next ' || (i ->> 'next_step')), '' ORDER BY n)
                     FROM jsonb_array_elements(dossier -> 'contacts') WITH ORDINALITY AS i (i, n)), '')
        || coalesce((SELECT E'\nPromises\n' || string_agg(format(E'  %s: %s by %s, %s%s\n', i ->> 'promised_on', i ->> 'amount',
                                (SELECT string_agg(t ->> 'due_on', ', ') FROM jsonb_array_elements(i -> 'instalments') AS t),
                                replace(i ->> 'status', '_', ' '), ', paid ' || (i ->> 'kept_amount')), '' ORDER BY n)
                     FROM jsonb_array_elements(dossier -> 'promises') WITH ORDINALITY AS i (i, n)), '')
        || coalesce((SELECT E'\nDisputes\n' || string_agg(format(E'  %s %s: %s%s%s, %s%s%s\n', i ->> 'opened_on', replace(i ->> 'reason', '_', ' '),
                                i ->> 'amount', ', with ' || (i ->> 'owner'), ' until ' || (i ->> 'deadline'), i ->> 'status',
                                ' (' || (i ->> 'resolution') || ')', ', cause: ' || (i ->> 'root_cause')), '' ORDER BY n)
                     FROM jsonb_array_elements(dossier -> 'disputes') WITH ORDINALITY AS i (i, n)), '')
        || coalesce((SELECT E'\nTasks\n' || string_agg(format(E'  %s%s: %s, due %s, %s%s\n', replace(i ->> 'kind', '_', ' '), ' of ' || (i ->> 'owner'),
                                i ->> 'subject', i ->> 'due_on', i ->> 'status', ' (' || (i ->> 'outcome') || ')'), '' ORDER BY n)
                     FROM jsonb_array_elements(dossier -> 'tasks') WITH ORDINALITY AS i (i, n)), '')
$$;
COMMENT ON FUNCTION ar.dossier_text(jsonb) IS
'A dossier of ar.dossier as text to read.';
