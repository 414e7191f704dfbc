-- All that is known of a customer's debt, in one document ---------------------------------------

CREATE FUNCTION ar.contact_report(company_id bigint, customer_id bigint, as_of date) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    -- In plpgsql, whose plans are kept.
    RETURN (
        SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                   'at', c.contacted_at, 'employee', coalesce(e.name, c.employee), 'channel', c.channel, 'is_incoming', c.is_incoming,
                   'person', c.person, 'result', c.result, 'summary', c.summary, 'next_step', c.next_step, 'next_on', c.next_on))
                   ORDER BY c.contacted_at, c.contact_id), '[]')
        FROM receivables.contact AS c
        LEFT JOIN receivables.employee AS e ON e.company_id = c.company_id AND e.employee = c.employee
        WHERE c.company_id = contact_report.company_id AND c.customer_id = contact_report.customer_id
          AND c.contacted_at < (as_of + 1)::timestamptz);
END;
$$;
COMMENT ON FUNCTION ar.contact_report(bigint, bigint, date) IS
'The contacts with a customer up to a day, in their order, as an array.';

CREATE FUNCTION ar.dossier(company_id bigint, customer_number text, as_of date DEFAULT ar.as_of(), document_number text DEFAULT NULL)
    RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = on SET enable_hashjoin = off SET enable_mergejoin = off
    SET plan_cache_mode = force_generic_plan SET jit = off AS $$
DECLARE
    -- One customer's: all is looked up by its key.
    customer bigint := ar.find_customer(company_id, customer_number);
    result   jsonb;
BEGIN
    WITH open AS MATERIALIZED (
        SELECT o.*, d.document_number, d.document_date, d.contract_id, d.order_reference
        FROM ar.open_items(dossier.as_of, NULL) AS o
        JOIN receivables.document AS d ON d.company_id = o.company_id AND d.document_id = o.document_id
        WHERE o.company_id = dossier.company_id AND o.customer_id = customer
          AND (dossier.document_number IS NULL OR d.document_number = dossier.document_number)
    ), noted AS MATERIALIZED (
        -- Of all items at once, by item: most have nothing of it.
        SELECT (SELECT jsonb_object_agg(d.item_id, d.level) FROM receivables.item_dunning AS d
                WHERE d.company_id = dossier.company_id AND d.item_id = ANY (w.item_ids) AND d.level > 0) AS levels,
               (SELECT jsonb_object_agg(x.item_id, x.amount)
                FROM (SELECT x.item_id, sum(x.amount) AS amount FROM ar.disputed_parts(dossier.company_id, dossier.as_of) AS x
                      WHERE x.item_id = ANY (w.item_ids) GROUP BY x.item_id) AS x) AS disputed,
               (SELECT jsonb_object_agg(x.item_id, x.amount)
                FROM (SELECT x.item_id, sum(x.amount) AS amount FROM ar.promised_parts(dossier.company_id, dossier.as_of) AS x
                      WHERE x.item_id = ANY (w.item_ids) GROUP BY x.item_id) AS x) AS promised,
               (SELECT jsonb_object_agg(a.item_id, a.applications)
                FROM (SELECT a.debit_item_id AS item_id,
                             jsonb_agg(jsonb_build_object('date', a.effective_on, 'by', s.kind, 'document', s.document_number,
                                                          'amount', a.amount) ORDER BY a.effective_on, a.application_id) AS applications
                      FROM receivables.application AS a
                      JOIN receivables.item AS i ON i.company_id = a.company_id AND i.item_id = a.credit_item_id
                      JOIN receivables.document AS s ON s.company_id = i.company_id AND s.document_id = i.document_id
                      WHERE a.company_id = dossier.company_id AND a.debit_item_id = ANY (w.item_ids) AND a.effective_on <= dossier.as_of
                      GROUP BY a.debit_item_id) AS a) AS applications
        FROM (SELECT array_agg(o.item_id) AS item_ids FROM open AS o) AS w
    )
    SELECT jsonb_build_object(
        'as_of', dossier.as_of, 'company', co.name, 'currency', co.currency,
        'customer', jsonb_strip_nulls(jsonb_build_object(
            'number', c.customer_number, 'name', c.name, 'grade', c.grade, 'credit_limit', c.credit_limit, 'tax_id', c.tax_id,
            'salesperson', c.salesperson, 'department', c.department, 'region', c.region)),
        'balance', (SELECT coalesce(sum(o.open_company_amount), 0) FROM open AS o),
        'overdue', (SELECT coalesce(sum(o.open_company_amount), 0) FROM open AS o WHERE o.is_debit AND o.due_on < dossier.as_of),
        'contracts', (SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                          'number', k.contract_number, 'date', k.contract_date, 'ends_on', k.ends_on, 'currency', k.currency,
                          'amount', ar.contract_amount(k.company_id, k.contract_id, dossier.as_of),
                          'invoiced', k.invoiced_amount)) ORDER BY k.contract_date, k.contract_number), '[]')
                      FROM receivables.contract AS k
                      WHERE k.company_id = dossier.company_id AND k.customer_id = customer AND k.contract_date <= dossier.as_of),
        'items', (SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                      'document', o.document_number, 'kind', o.kind, 'date', o.document_date, 'due_on', o.due_on,
                      'days_past_due', CASE WHEN o.is_debit THEN dossier.as_of - o.due_on END, 'currency', o.currency,
                      'amount', o.amount, 'open_amount', o.open_amount, 'order', o.order_reference,
                      'dunning_level', w.levels -> o.item_id::text, 'disputed', w.disputed -> o.item_id::text,
                      'promised', w.promised -> o.item_id::text, 'applications', w.applications -> o.item_id::text))
                      ORDER BY o.is_debit DESC, o.due_on, o.item_id), '[]') FROM open AS o CROSS JOIN noted AS w),
        'notices', (SELECT coalesce(jsonb_agg(jsonb_build_object('date', n.notice_date, 'level', n.level, 'step', s.name, 'amount', n.amount,
                        'messages', (SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('to', m.recipient, 'channel', m.channel,
                                         'subject', m.subject, 'status', m.status, 'sent_at', m.sent_at)) ORDER BY m.message_id), '[]')
                                     FROM receivables.message AS m
                                     WHERE m.company_id = n.company_id AND m.dunning_notice_id = n.dunning_notice_id
                                       AND m.audience = 'customer')) ORDER BY n.notice_date, n.dunning_notice_id), '[]')
                    FROM receivables.dunning_notice AS n
                    JOIN receivables.dunning_step AS s USING (company_id, dunning_policy, version, level)
                    WHERE n.company_id = dossier.company_id AND n.customer_id = customer AND n.notice_date <= dossier.as_of),
        'contacts', ar.contact_report(dossier.company_id, customer, dossier.as_of),
        'promises', (SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('promised_on', p.promised_on, 'amount', p.amount,
                         'status', CASE WHEN p.judged_on > dossier.as_of THEN 'open' ELSE p.status END,
                         'kept_amount', CASE WHEN p.judged_on <= dossier.as_of THEN p.kept_amount END,
                         'instalments', (SELECT jsonb_agg(jsonb_build_object('due_on', i.due_on, 'amount', i.amount) ORDER BY i.instalment)
                                         FROM receivables.promise_instalment AS i
                                         WHERE i.company_id = p.company_id AND i.promise_id = p.promise_id)))
                         ORDER BY p.promised_on, p.promise_id), '[]')
                     FROM receivables.promise AS p
                     WHERE p.company_id = dossier.company_id AND p.customer_id = customer AND p.promised_on <= dossier.as_of),
        'disputes', (SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('opened_on', d.opened_on, 'reason', d.reason,
                         'description', d.description, 'amount', (SELECT sum(x.amount) FROM receivables.dispute_item AS x
                                                                  WHERE x.company_id = d.company_id AND x.dispute_id = d.dispute_id),
                         'status', CASE WHEN d.resolved_on > dossier.as_of THEN 'open' ELSE d.status END,
                         'resolution', CASE WHEN d.resolved_on <= dossier.as_of THEN d.resolution END))
                         ORDER BY d.opened_on, d.dispute_id), '[]')
                     FROM receivables.dispute AS d
                     WHERE d.company_id = dossier.company_id AND d.customer_id = customer AND d.opened_on <= dossier.as_of),
        'tasks', (SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('kind', t.task_kind, 'subject', t.subject, 'owner', t.owner,
                      'due_on', t.due_on, 'status', t.status, 'outcome', t.outcome)) ORDER BY t.task_id), '[]')
                  FROM receivables.collection_task AS t
                  WHERE t.company_id = dossier.company_id AND t.customer_id = customer AND t.opened_on <= dossier.as_of))
    INTO result
    FROM receivables.company AS co
    JOIN receivables.customer AS c ON c.company_id = co.company_id
    WHERE co.company_id = dossier.company_id AND c.customer_id = customer;
    IF document_number IS NOT NULL AND result -> 'items' = '[]' THEN
        RAISE EXCEPTION 'customer % has no open document %', customer_number, document_number USING ERRCODE = 'no_data_found';
    END IF;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.dossier(bigint, text, date, text) IS
'All that is known of what a customer owes on a day, of one document or all that is open: contracts, items with what was applied to them, notices with their messages, contacts, promises, disputes and tasks. ar.dossier_text makes it readable. Errors: 23503 for an unknown customer, P0002 for a document that is not open.';

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
        || coalesce((SELECT E'\nNotices\n' || string_agg(format(E'  %s level %s, %s: %s\n', i ->> 'date', i ->> 'level', i ->> 'step', i ->> 'amount')
                                || coalesce((SELECT string_agg(format(E'    %s to %s: %s (%s)\n', m ->> 'channel', replace(m ->> 'to', E'\n', ', '), m ->> 'subject', m ->> 'status'), '' ORDER BY n)
                                             FROM jsonb_array_elements(i -> 'messages') WITH ORDINALITY AS m (m, n)), ''), '' ORDER BY n)
                     FROM jsonb_array_elements(dossier -> 'notices') WITH ORDINALITY AS i (i, n)), '')
        || coalesce((SELECT E'\nContacts\n' || string_agg(format(E'  %s %s%s, %s: %s%s\n', left(i ->> 'at', 10), i ->> 'channel',
                                ' by ' || (i ->> 'employee'), replace(i ->> 'result', '_', ' '), i ->> 'summary', '; next ' || (i ->> 'next_step')), '' ORDER BY n)
                     FROM jsonb_array_elements(dossier -> 'contacts') WITH ORDINALITY AS i (i, n)), '')
        || coalesce((SELECT E'\nPromises\n' || string_agg(format(E'  %s: %s by %s, %s%s\n', i ->> 'promised_on', i ->> 'amount',
                                (SELECT string_agg(t ->> 'due_on', ', ') FROM jsonb_array_elements(i -> 'instalments') AS t),
                                replace(i ->> 'status', '_', ' '), ', paid ' || (i ->> 'kept_amount')), '' ORDER BY n)
                     FROM jsonb_array_elements(dossier -> 'promises') WITH ORDINALITY AS i (i, n)), '')
        || coalesce((SELECT E'\nDisputes\n' || string_agg(format(E'  %s %s: %s, %s%s\n', i ->> 'opened_on', replace(i ->> 'reason', '_', ' '),
                                i ->> 'amount', i ->> 'status', ' (' || (i ->> 'resolution') || ')'), '' ORDER BY n)
                     FROM jsonb_array_elements(dossier -> 'disputes') WITH ORDINALITY AS i (i, n)), '')
        || coalesce((SELECT E'\nTasks\n' || string_agg(format(E'  %s%s: %s, due %s, %s%s\n', replace(i ->> 'kind', '_', ' '), ' of ' || (i ->> 'owner'),
                                i ->> 'subject', i ->> 'due_on', i ->> 'status', ' (' || (i ->> 'outcome') || ')'), '' ORDER BY n)
                     FROM jsonb_array_elements(dossier -> 'tasks') WITH ORDINALITY AS i (i, n)), '')
$$;
COMMENT ON FUNCTION ar.dossier_text(jsonb) IS
'A dossier of ar.dossier as text to read.';
