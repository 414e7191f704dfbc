-- What a notice brings about: messages, tasks, escalations, proposals ----------------------------

CREATE FUNCTION ar.notice_data(company_id bigint, customer_id bigint, as_of date, item_ids bigint[], amounts numeric[]) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- In plpgsql, whose plans are kept.
    RETURN (
        WITH item AS MATERIALIZED (
            SELECT d.document_number, d.document_date, i.due_on, as_of - i.due_on AS days_past_due, i.currency, u.minor_units, i.instalment,
                   w.amount, o.open_amount, o.open_company_amount,
                   round(o.open_company_amount * w.amount / o.open_amount, h.minor_units) AS company_amount
            FROM unnest(item_ids, amounts) AS w (item_id, amount)
            JOIN receivables.item AS i ON i.company_id = notice_data.company_id AND i.item_id = w.item_id
            JOIN receivables.document AS d ON d.company_id = i.company_id AND d.document_id = i.document_id
            JOIN receivables.currency AS u ON u.currency = i.currency
            JOIN receivables.company AS c ON c.company_id = i.company_id
            JOIN receivables.currency AS h ON h.currency = c.currency
            JOIN ar.open_items(as_of, NULL) AS o ON o.company_id = i.company_id AND o.item_id = i.item_id
        )
        SELECT jsonb_build_object(
            'company_name', c.name, 'currency', c.currency, 'customer_number', k.customer_number, 'customer_name', k.name,
            'owner_name', (SELECT e.name FROM receivables.employee AS e WHERE e.company_id = k.company_id AND e.employee = k.salesperson),
            'date', as_of, 'amount', ar.amount_text(coalesce(t.amount, 0), u.minor_units),
            'overdue', ar.amount_text(coalesce(t.overdue, 0), u.minor_units),
            'balance', ar.amount_text((SELECT coalesce(sum(o.open_company_amount), 0) FROM ar.open_items(as_of, NULL) AS o
                                       WHERE o.company_id = c.company_id AND o.customer_id = k.customer_id), u.minor_units),
            'item_count', t.item_count, 'days_past_due', t.days_past_due, 'due_on', t.due_on,
            'contact_count', (SELECT count(*) FROM receivables.contact AS x WHERE x.company_id = k.company_id AND x.customer_id = k.customer_id),
            'items', coalesce(t.items, '[]'))
        FROM receivables.company AS c
        JOIN receivables.currency AS u ON u.currency = c.currency
        JOIN receivables.customer AS k ON k.company_id = c.company_id AND k.customer_id = notice_data.customer_id
        CROSS JOIN LATERAL (
            SELECT sum(i.company_amount) AS amount, sum(i.company_amount) FILTER (WHERE i.days_past_due > 0) AS overdue,
                   count(*) AS item_count, max(i.days_past_due) AS days_past_due, min(i.due_on) AS due_on,
                   jsonb_agg(jsonb_build_object(
                       'document_number', i.document_number, 'document_date', i.document_date, 'due_on', i.due_on,
                       'days_past_due', i.days_past_due, 'currency', i.currency, 'amount', ar.amount_text(i.amount, i.minor_units),
                       'open_amount', ar.amount_text(i.open_amount, i.minor_units))
                       ORDER BY i.due_on, i.document_number, i.instalment) AS items
            FROM item AS i) AS t
        WHERE c.company_id = notice_data.company_id);
END;
$$;
COMMENT ON FUNCTION ar.notice_data(bigint, bigint, date, bigint[], numeric[]) IS
'What placeholders of a template stand for: of a customer on a day, and of some items, of which amounts are asked for.';

CREATE FUNCTION ar.channel_address(channel text, email text, phone text, address text, webhook text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE channel WHEN 'email' THEN email WHEN 'letter' THEN address WHEN 'webhook' THEN webhook ELSE phone END;
COMMENT ON FUNCTION ar.channel_address(text, text, text, text, text) IS
'Where a channel reaches somebody: e-mail address, postal address, URL or, for sms and phone, number.';

CREATE FUNCTION ar.queue_message(company_id bigint, dunning_notice_id bigint, customer_id bigint, audience text, channel text,
                                 template text, recipient text, recipient_name text, language text, data jsonb) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    text record;
BEGIN
    SELECT t.* INTO text FROM ar.find_template(company_id, template, channel, language) AS t;
    IF text.body IS NULL THEN
        RETURN false;
    END IF;
    data := data || jsonb_build_object('recipient_name', recipient_name);
    INSERT INTO receivables.message (company_id, dunning_notice_id, customer_id, audience, channel, recipient, recipient_name,
                                     template, language, subject, body, payload)
    VALUES (queue_message.company_id, queue_message.dunning_notice_id, queue_message.customer_id, queue_message.audience,
            queue_message.channel, queue_message.recipient, queue_message.recipient_name, queue_message.template, text.found_language,
            ar.fill_template(text.subject, data, channel), ar.fill_template(text.body, data, channel), data);
    RETURN true;
END;
$$;
COMMENT ON FUNCTION ar.queue_message(bigint, bigint, bigint, text, text, text, text, text, text, jsonb) IS
'Queues a message from a template, in a language or the nearest there is; false where there is no such template for the channel.';

CREATE FUNCTION ar.take_dunning_actions() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_nestloop = on SET enable_seqscan = off AS $$
DECLARE
    step     receivables.dunning_step;
    customer receivables.customer;
    action   receivables.dunning_action;
    person   record;
    data     jsonb;
    reached  boolean;
    subject  text;
    fee_document bigint;
BEGIN
    SELECT s.* INTO step FROM receivables.dunning_step AS s
    WHERE s.company_id = NEW.company_id AND s.dunning_policy = NEW.dunning_policy AND s.version = NEW.version AND s.level = NEW.level;
    SELECT c.* INTO customer FROM receivables.customer AS c WHERE c.company_id = NEW.company_id AND c.customer_id = NEW.customer_id;
    SELECT ar.notice_data(NEW.company_id, NEW.customer_id, NEW.notice_date, array_agg(l.item_id), array_agg(l.dunned_amount))
           || jsonb_build_object('step', step.name, 'level', NEW.level, 'interest', NEW.interest_amount, 'fee', nullif(NEW.fee, 0)) INTO data
    FROM receivables.dunning_notice_item AS l
    WHERE l.company_id = NEW.company_id AND l.dunning_notice_id = NEW.dunning_notice_id;
    subject := format('%s: %s, %s %s', step.name, customer.name, NEW.currency, data ->> 'amount');
    IF NEW.fee > 0 THEN
        fee_document := ar.post_fee(NEW.company_id, customer.customer_number, format('DUNNING-%s', NEW.dunning_notice_id), NEW.notice_date,
                                    NEW.fee, reason => step.name);
        -- It is asked for from tomorrow on.
        INSERT INTO receivables.item_dunning (company_id, item_id, level, level_since)
        SELECT i.company_id, i.item_id, 0, NEW.notice_date
        FROM receivables.item AS i WHERE i.company_id = NEW.company_id AND i.document_id = fee_document;
    END IF;
    FOR action IN
        SELECT a.* FROM receivables.dunning_action AS a
        WHERE a.company_id = NEW.company_id AND a.dunning_policy = NEW.dunning_policy AND a.version = NEW.version AND a.level = NEW.level
        ORDER BY a.action_number
    LOOP
        IF action.audience = 'customer' THEN
            reached := false;
            FOR person IN
                SELECT c.name, c.language, ar.channel_address(action.channel, c.email, c.phone, c.address, c.webhook) AS address
                FROM receivables.customer_contact AS c
                WHERE c.company_id = NEW.company_id AND c.customer_id = NEW.customer_id AND c.gets_reminders
                ORDER BY c.customer_contact_id
            LOOP
                CONTINUE WHEN person.address IS NULL;
                reached := ar.queue_message(NEW.company_id, NEW.dunning_notice_id, NEW.customer_id, 'customer', action.channel, action.template,
                                            person.address, person.name, coalesce(person.language, NEW.language), data) OR reached;
            END LOOP;
            IF NOT reached THEN
                INSERT INTO receivables.dunning_skip (company_id, dunning_run_id, customer_id, reason, detail, item_count)
                VALUES (NEW.company_id, NEW.dunning_run_id, NEW.customer_id, 'no_contact',
                        format('nobody to send %s to by %s', action.template, action.channel), (data ->> 'item_count')::bigint)
                ON CONFLICT DO NOTHING;
            END IF;
            CONTINUE;
        END IF;
        SELECT e.employee, e.name, e.language, ar.channel_address(action.channel, e.email, e.phone, NULL, NULL) AS address INTO person
        FROM receivables.employee AS e
        WHERE e.company_id = NEW.company_id
          AND e.employee = CASE action.audience WHEN 'collector' THEN (SELECT f.owner FROM ar.find_task_owner(NEW.company_id, NEW.customer_id, 'call', NEW.amount) AS f)
                                                ELSE ar.audience_employee(NEW.company_id, NEW.customer_id, action.audience) END;
        IF action.action <> 'message' THEN
            PERFORM ar.add_task(NEW.company_id, NEW.customer_id,
                                CASE action.action WHEN 'task' THEN 'call' WHEN 'escalation' THEN 'escalation' ELSE 'legal_proposal' END,
                                subject, NEW.notice_date + action.task_days, NEW.amount, action.priority, person.employee, NEW.level,
                                NEW.dunning_notice_id,
                                CASE action.action
                                    WHEN 'escalation' THEN jsonb_build_object(
                                        'notice', data, 'contacts', ar.contact_report(NEW.company_id, NEW.customer_id, NEW.notice_date))
                                    WHEN 'proposal' THEN ar.dossier(NEW.company_id, customer.customer_number, NEW.notice_date) END,
                                NEW.notice_date);
        END IF;
        IF action.template IS NOT NULL AND person.address IS NOT NULL THEN
            PERFORM ar.queue_message(NEW.company_id, NEW.dunning_notice_id, NEW.customer_id, action.audience, action.channel, action.template,
                                     person.address, person.name, coalesce(person.language, 'en'), data);
        END IF;
    END LOOP;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION ar.take_dunning_actions() IS
'Trigger function after a notice was written: takes the actions of its step. Messages go to all contacts of the customer that the channel reaches, or to the employee of the audience; a task, escalation or proposal becomes a task of that employee, an escalation with the report of all contacts, a proposal with the dossier. A fee of the step is posted.';

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
