-- Texts: templates with placeholders, in the language and the escaping of where they go ----------------

CREATE FUNCTION ar.template_fields(OUT field text, OUT description text) RETURNS SETOF record
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    VALUES ('company_name', 'Name of the company.'),
           ('customer_number', 'Number of the customer.'),
           ('customer_name', 'Name of the customer.'),
           ('recipient_name', 'Whom the message goes to.'),
           ('owner_name', 'Employee who looks after the customer.'),
           ('date', 'Day of the notice.'),
           ('step', 'Name of the step of the dunning policy.'),
           ('level', 'Dunning level of the notice.'),
           ('currency', 'Currency of the company.'),
           ('amount', 'What is asked for, in the currency of the company.'),
           ('overdue', 'What is overdue of it.'),
           ('balance', 'Balance of the customer: all that is open, credits too; with a statement, the sum of it.'),
           ('interest', 'Late interest up to the day of the notice; empty where none is shown.'),
           ('fee', 'Fee charged with the notice; empty for none.'),
           ('item_count', 'How many items are listed.'),
           ('days_past_due', 'Days past due of the oldest item.'),
           ('due_on', 'Earliest due date.'),
           ('contact_count', 'How many contacts there were with the customer.'),
           ('#items', 'List of what is asked for: what stands up to {{/items}} is repeated for each item.'),
           ('item.document_number', 'In the list: number of the document.'),
           ('item.document_date', 'In the list: its date.'),
           ('item.due_on', 'In the list: due date.'),
           ('item.days_past_due', 'In the list: days past due, negative before.'),
           ('item.currency', 'In the list: currency.'),
           ('item.amount', 'In the list: what is asked for.'),
           ('item.open_amount', 'In the list: what is open.'),
           ('#statement', 'Statement of the customer: what stands up to {{/statement}} is repeated for each item that is open, asked for or not, credits too; for a hundred of them, by due date.'),
           ('line.document_number', 'In the statement: number of the document.'),
           ('line.document_date', 'In the statement: its date.'),
           ('line.kind', 'In the statement: its kind, such as invoice or payment.'),
           ('line.is_credit', 'In the statement: true for a credit, else empty.'),
           ('line.due_on', 'In the statement: due date; empty for a credit.'),
           ('line.days_past_due', 'In the statement: days past due, negative before; empty for a credit.'),
           ('line.currency', 'In the statement: currency.'),
           ('line.amount', 'In the statement: amount of the item, negative for a credit.'),
           ('line.open_amount', 'In the statement: what is open of it, negative for a credit.'),
           ('line.company_amount', 'In the statement: what is open of it in the currency of the company; the sum, with rest_amount, is the balance.'),
           ('line.disputed', 'In the statement: what of it is disputed; empty for nothing.'),
           ('line.promised', 'In the statement: what of it is promised; empty for nothing.'),
           ('rest_count', 'How many items are open beyond the statement; empty where it has them all.'),
           ('rest_amount', 'What they come to, in the currency of the company.')
$$;
COMMENT ON FUNCTION ar.template_fields() IS
'The placeholders of message templates: {{amount}} and so on. Those that begin with item. stand between {{#items}} and {{/items}}, those that begin with line. between {{#statement}} and {{/statement}}, which are repeated for each. What stands between {{#fee}} and {{/fee}}, or the same of any other placeholder, is left out where that is empty.';

CREATE FUNCTION ar.check_template(subject text, body text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part    record;
    mark    record;
    open    text[];
    outside text;
BEGIN
    FOR part IN SELECT p.* FROM (VALUES (true, subject), (false, body)) AS p (is_subject, words) LOOP
        open := '{}';
        FOR mark IN
            SELECT m[1] AS sign, m[2] AS name, m[1] = '#' AND m[2] IN ('items', 'statement') AS is_list
            FROM regexp_matches(part.words, '\{\{([#/]?)([^{}]*)\}\}', 'g') AS m
        LOOP
            IF mark.sign = '/' THEN
                IF mark.name <> ALL (open) THEN
                    RETURN format('{{/%s}} closes nothing', mark.name);
                ELSIF mark.name <> open[cardinality(open)] THEN
                    RETURN format('{{#%1$s}} is not closed by {{/%1$s}}', open[cardinality(open)]);
                END IF;
                open := open[:cardinality(open) - 1];
                CONTINUE;
            END IF;
            outside := CASE WHEN mark.name LIKE 'item.%' AND 'items' <> ALL (open) THEN 'items'
                            WHEN mark.name LIKE 'line.%' AND 'statement' <> ALL (open) THEN 'statement' END;
            IF outside IS NOT NULL OR NOT EXISTS (
                SELECT FROM ar.template_fields() AS f WHERE f.field = CASE WHEN mark.is_list THEN '#' ELSE '' END || mark.name)
            THEN
                RETURN format('there is no placeholder {{%s}}', mark.name)
                       || CASE WHEN outside IS NULL THEN '' ELSE format(' outside of {{#%1$s}} and {{/%1$s}}', outside) END;
            ELSIF mark.is_list AND part.is_subject THEN
                RETURN 'there is no list in a subject';
            ELSIF mark.is_list AND open && '{items,statement}' THEN
                RETURN format('{{#%s}} is within {{#%s}}', mark.name, (SELECT o.name FROM unnest(open) AS o (name) WHERE o.name IN ('items', 'statement')));
            ELSIF mark.sign = '#' THEN
                open := open || mark.name;
            END IF;
        END LOOP;
        IF open <> '{}' THEN
            RETURN format('{{#%1$s}} is not closed by {{/%1$s}}', open[cardinality(open)]);
        ELSIF regexp_replace(part.words, '\{\{[^{}]*\}\}', '', 'g') ~ '\{\{|\}\}' THEN
            RETURN 'a placeholder is not closed';
        END IF;
    END LOOP;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION ar.check_template(text, text) IS
'What is wrong with the placeholders of a template; null for nothing.';

CREATE FUNCTION ar.message_template_is_valid() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    fault text := ar.check_template(NEW.subject, NEW.body);
BEGIN
    IF fault IS NOT NULL THEN
        RAISE EXCEPTION 'template % in % refused: %', NEW.template, NEW.language, fault
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                  HINT = 'SELECT * FROM ar.template_fields() lists the placeholders.';
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION ar.message_template_is_valid() IS
'Trigger function before a template is stored: error 23514 for a placeholder or list that does not exist or is not closed.';

CREATE FUNCTION ar.escape_for_channel(value text, channel text) RETURNS text
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_escape_for_channel';
COMMENT ON FUNCTION ar.escape_for_channel(text, text) IS
'A value as it may stand in a text of a channel: letter as in HTML, webhook as within a string of JSON, all others on one line without control characters.';

CREATE FUNCTION ar.fill_template(template text, data jsonb, channel text) RETURNS text
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_fill_template';
COMMENT ON FUNCTION ar.fill_template(text, jsonb, text) IS
'A text with its placeholders filled from data, each value escaped for the channel; the part between {{#items}} and {{/items}}, or {{#statement}} and {{/statement}}, once for each element of that array, the part between {{#name}} and {{/name}} of any other name where that has a value. Placeholders that data does not have are left out; no value is taken for one. A mark that is alone on its line leaves no line. Error 22023 where data is not an object, or a list not an array of objects.';

CREATE FUNCTION ar.find_template(company_id bigint, template text, channel text, language text,
                                 OUT found_language text, OUT subject text, OUT body text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- In plpgsql, whose plans are kept.
    SELECT t.language, t.subject, t.body INTO found_language, subject, body
    FROM receivables.message_template AS t
    WHERE t.company_id = find_template.company_id AND t.template = find_template.template AND t.is_active
      AND t.channel = find_template.channel
    -- The language itself, else the one it is a variant of, else English, else any.
    ORDER BY t.language = find_template.language DESC, t.language = split_part(find_template.language, '-', 1) DESC,
             t.language = 'en' DESC, t.language, t.version DESC
    LIMIT 1;
END;
$$;
COMMENT ON FUNCTION ar.find_template(bigint, text, text, text) IS
'The active text of a template for a channel: in a language, else in the one it is a variant of, else in English, else in any; of these the latest version.';

-- Inlined: asked of every item of a letter.
CREATE FUNCTION ar.amount_text(amount numeric, minor_units integer) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN to_char(round(amount, minor_units),
                   CASE minor_units WHEN 2 THEN 'FM999,999,999,999,999,990.00' WHEN 0 THEN 'FM999,999,999,999,999,990'
                                    ELSE 'FM999,999,999,999,999,990.' || repeat('0', minor_units) END);

COMMENT ON FUNCTION ar.amount_text(numeric, integer) IS
'An amount as letters show it: 1,234.50.';

CREATE FUNCTION ar.render(company_id bigint, template text, customer_number text, channel text DEFAULT 'email',
                          language text DEFAULT NULL, as_of date DEFAULT ar.as_of(), OUT subject text, OUT body text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    customer bigint := ar.find_customer(company_id, customer_number);
    text     record;
    data     jsonb;
BEGIN
    SELECT t.* INTO text
    FROM receivables.customer AS c
    CROSS JOIN LATERAL ar.find_template(c.company_id, render.template, render.channel, coalesce(render.language, c.language, 'en')) AS t
    WHERE c.company_id = render.company_id AND c.customer_id = customer;
    IF text.body IS NULL THEN
        RAISE EXCEPTION 'company % has no template % for %', company_id, coalesce(template, 'null'), coalesce(channel, 'null')
            USING ERRCODE = 'no_data_found', HINT = 'Templates are in receivables.message_template.';
    END IF;
    SELECT ar.notice_data(render.company_id, customer, as_of, array_agg(o.item_id), array_agg(o.open_amount)) INTO data
    FROM ar.open_items(as_of, NULL) AS o
    WHERE o.company_id = render.company_id AND o.customer_id = customer AND o.is_debit;
    subject := ar.fill_template(text.subject, data, channel);
    body := ar.fill_template(text.body, data, channel);
END;
$$;
COMMENT ON FUNCTION ar.render(bigint, text, text, text, text, date) IS
'What a template would say to a customer on a day about all that is open, in a language or that of the customer: a preview. Errors: P0002 where there is no such template for the channel, 23503 for an unknown customer.';

CREATE FUNCTION ar.standard_templates(OUT template text, OUT language text, OUT channel text, OUT subject text, OUT body text)
    RETURNS SETOF record
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.template, s.language, s.channel, ('"' || s.subject || '"')::jsonb #>> '{}',
           ('"' || replace(replace(s.body, '<statement>', p.statement), '<charges>', p.charges) || '"')::jsonb #>> '{}'
    FROM (VALUES
        ('upcoming', 'en', 'email', 'Payment due on {{due_on}}: {{currency}} {{amount}}',
         'Dear {{recipient_name}},\n\nthis is to remind you of what is due soon:\n\n{{#items}}  {{item.document_number}}  due {{item.due_on}}  {{item.currency}} {{item.amount}}\n{{/items}}\n\nTogether {{currency}} {{amount}}. If it is on its way already, thank you.\n<charges>\n{{company_name}}\n'),
        ('upcoming', 'zh', 'email', '\u4ed8\u6b3e\u63d0\u9192:{{due_on}} \u5230\u671f {{currency}} {{amount}}',
         '\u5c0a\u656c\u7684{{recipient_name}}:\n\n\u4ee5\u4e0b\u6b3e\u9879\u5373\u5c06\u5230\u671f:\n\n{{#items}}  {{item.document_number}}  \u5230\u671f\u65e5 {{item.due_on}}  {{item.currency}} {{item.amount}}\n{{/items}}\n\n\u5408\u8ba1 {{currency}} {{amount}}\u3002\u5982\u5df2\u4ed8\u6b3e,\u8c28\u81f4\u8c22\u610f\u3002\n<charges>\n{{company_name}}\n'),
        ('due_today', 'en', 'email', 'Payment due today: {{currency}} {{amount}}',
         'Dear {{recipient_name}},\n\ndue today:\n\n{{#items}}  {{item.document_number}}  due {{item.due_on}}  {{item.currency}} {{item.amount}}\n{{/items}}\n\nTogether {{currency}} {{amount}}.\n<charges>\n{{company_name}}\n'),
        ('due_today', 'zh', 'email', '\u4eca\u65e5\u5230\u671f\u4ed8\u6b3e:{{currency}} {{amount}}',
         '\u5c0a\u656c\u7684{{recipient_name}}:\n\n\u4ee5\u4e0b\u6b3e\u9879\u4eca\u65e5\u5230\u671f:\n\n{{#items}}  {{item.document_number}}  \u5230\u671f\u65e5 {{item.due_on}}  {{item.currency}} {{item.amount}}\n{{/items}}\n\n\u5408\u8ba1 {{currency}} {{amount}}\u3002\n<charges>\n{{company_name}}\n'),
        ('reminder', 'en', 'email', 'Reminder: {{currency}} {{overdue}} overdue',
         'Dear {{recipient_name}},\n\nwe have not received payment of:\n\n{{#items}}  {{item.document_number}}  due {{item.due_on}}  {{item.currency}} {{item.amount}}\n{{/items}}\n\nTogether {{currency}} {{amount}}, of which {{overdue}} is overdue. Please pay, or tell us if something is not in order.\n<charges>\n{{owner_name}}\n{{company_name}}\n'),
        ('reminder', 'zh', 'email', '\u903e\u671f\u63d0\u9192:{{currency}} {{overdue}}',
         '\u5c0a\u656c\u7684{{recipient_name}}:\n\n\u6211\u4eec\u5c1a\u672a\u6536\u5230\u4ee5\u4e0b\u6b3e\u9879:\n\n{{#items}}  {{item.document_number}}  \u5230\u671f\u65e5 {{item.due_on}}  {{item.currency}} {{item.amount}}\n{{/items}}\n\n\u5408\u8ba1 {{currency}} {{amount}},\u5176\u4e2d\u903e\u671f {{overdue}}\u3002\u8bf7\u5c3d\u5feb\u4ed8\u6b3e;\u5982\u6709\u7591\u95ee,\u8bf7\u4e0e\u6211\u4eec\u8054\u7cfb\u3002\n<charges>\n{{owner_name}}\n{{company_name}}\n'),
        ('second_reminder', 'en', 'email', 'Second reminder: {{currency}} {{overdue}}, up to {{days_past_due}} days overdue',
         'Dear {{recipient_name}},\n\nin spite of our reminder these are still open:\n\n{{#items}}  {{item.document_number}}  due {{item.due_on}}  {{item.currency}} {{item.amount}}\n{{/items}}\n\nTogether {{currency}} {{amount}}. Please pay what is overdue, {{currency}} {{overdue}}, without delay.\n\n<statement><charges>\n{{owner_name}}\n{{company_name}}\n'),
        ('second_reminder', 'zh', 'email', '\u7b2c\u4e8c\u6b21\u50ac\u6b3e:{{currency}} {{overdue}},\u6700\u957f\u903e\u671f {{days_past_due}} \u5929',
         '\u5c0a\u656c\u7684{{recipient_name}}:\n\n\u7ecf\u63d0\u9192,\u4ee5\u4e0b\u6b3e\u9879\u4ecd\u672a\u652f\u4ed8:\n\n{{#items}}  {{item.document_number}}  \u5230\u671f\u65e5 {{item.due_on}}  {{item.currency}} {{item.amount}}\n{{/items}}\n\n\u5408\u8ba1 {{currency}} {{amount}}\u3002\u8bf7\u7acb\u5373\u652f\u4ed8\u903e\u671f\u6b3e\u9879 {{currency}} {{overdue}}\u3002\n\n<statement><charges>\n{{owner_name}}\n{{company_name}}\n'),
        ('final_demand', 'en', 'letter', 'Final demand',
         '<p>{{date}}</p>\n<p>{{customer_name}}</p>\n<p>Final demand for payment of {{currency}} {{overdue}}, which is overdue</p>\n<table>\n{{#items}}<tr><td>{{item.document_number}}</td><td>{{item.due_on}}</td><td>{{item.currency}} {{item.amount}}</td></tr>\n{{/items}}</table>\n<statement><charges><p>If we do not receive payment within ten days, we shall take legal steps.</p>\n<p>{{company_name}}</p>\n'),
        ('final_demand', 'zh', 'letter', '\u6700\u540e\u50ac\u6b3e\u901a\u77e5',
         '<p>{{date}}</p>\n<p>{{customer_name}}</p>\n<p>\u6700\u540e\u50ac\u6b3e\u901a\u77e5:\u903e\u671f\u6b3e\u9879 {{currency}} {{overdue}}</p>\n<table>\n{{#items}}<tr><td>{{item.document_number}}</td><td>{{item.due_on}}</td><td>{{item.currency}} {{item.amount}}</td></tr>\n{{/items}}</table>\n<statement><charges><p>\u82e5\u5341\u65e5\u5185\u4ecd\u672a\u6536\u5230\u6b3e\u9879,\u6211\u4eec\u5c06\u91c7\u53d6\u6cd5\u5f8b\u63aa\u65bd\u3002</p>\n<p>{{company_name}}</p>\n'),
        ('escalation', 'en', 'email', 'Overdue: {{customer_name}}, {{currency}} {{overdue}}, up to {{days_past_due}} days',
         '{{recipient_name}},\n\ncustomer {{customer_number}} {{customer_name}} has come to \"{{step}}\":\n\n{{#items}}  {{item.document_number}}  due {{item.due_on}}  {{item.currency}} {{item.amount}}\n{{/items}}\n<charges>\nBalance {{currency}} {{balance}}. Contacts so far: {{contact_count}}; the report is with the task.\n'),
        ('escalation', 'zh', 'email', '\u903e\u671f\u4e0a\u62a5:{{customer_name}},{{currency}} {{overdue}},\u6700\u957f {{days_past_due}} \u5929',
         '{{recipient_name}}:\n\n\u5ba2\u6237 {{customer_number}} {{customer_name}} \u5df2\u8fdb\u5165\u201c{{step}}\u201d:\n\n{{#items}}  {{item.document_number}}  \u5230\u671f\u65e5 {{item.due_on}}  {{item.currency}} {{item.amount}}\n{{/items}}\n<charges>\n\u4f59\u989d {{currency}} {{balance}}\u3002\u5df2\u8054\u7cfb {{contact_count}} \u6b21,\u62a5\u544a\u9644\u4e8e\u4efb\u52a1\u3002\n'),
        ('legal_proposal', 'en', 'email', 'Legal action or bad debt: {{customer_name}}, {{currency}} {{overdue}}',
         '{{recipient_name}},\n\ncustomer {{customer_number}} {{customer_name}} is {{days_past_due}} days past due. Proposed: legal action, or write-off as bad debt.\n\n{{#items}}  {{item.document_number}}  due {{item.due_on}}  {{item.currency}} {{item.amount}}\n{{/items}}\n<charges>\nThe dossier is with the task.\n'),
        ('legal_proposal', 'zh', 'email', '\u6cd5\u5f8b\u884c\u52a8\u6216\u574f\u8d26:{{customer_name}},{{currency}} {{overdue}}',
         '{{recipient_name}}:\n\n\u5ba2\u6237 {{customer_number}} {{customer_name}} \u5df2\u903e\u671f {{days_past_due}} \u5929\u3002\u5efa\u8bae:\u91c7\u53d6\u6cd5\u5f8b\u884c\u52a8\u6216\u4f5c\u574f\u8d26\u6838\u9500\u3002\n\n{{#items}}  {{item.document_number}}  \u5230\u671f\u65e5 {{item.due_on}}  {{item.currency}} {{item.amount}}\n{{/items}}\n<charges>\n\u5b8c\u6574\u6863\u6848\u9644\u4e8e\u4efb\u52a1\u3002\n')
        ) AS s (template, language, channel, subject, body)
    -- What several of them say alike.
    JOIN (VALUES
        ('en', 'email',
         '{{#interest}}In addition, late interest up to {{date}}: {{currency}} {{interest}}.\n{{/interest}}{{#fee}}In addition, the fee of this notice: {{currency}} {{fee}}.\n{{/fee}}\n',
         'Statement of your account on {{date}}:\n\n{{#statement}}  {{line.document_number}}  of {{line.document_date}}{{#line.due_on}}, due {{line.due_on}}{{/line.due_on}}{{#line.is_credit}}, credit{{/line.is_credit}}  {{line.currency}} {{line.open_amount}}{{#line.disputed}}, disputed {{line.disputed}}{{/line.disputed}}{{#line.promised}}, promised {{line.promised}}{{/line.promised}}\n{{/statement}}{{#rest_count}}  and {{rest_count}} more, together {{currency}} {{rest_amount}}\n{{/rest_count}}\n\nBalance {{currency}} {{balance}}.\n'),
        ('zh', 'email',
         '{{#interest}}\u53e6\u8ba1\u622a\u81f3 {{date}} \u7684\u903e\u671f\u5229\u606f:{{currency}} {{interest}}\u3002\n{{/interest}}{{#fee}}\u53e6\u6536\u672c\u6b21\u901a\u77e5\u8d39\u7528:{{currency}} {{fee}}\u3002\n{{/fee}}\n',
         '\u622a\u81f3 {{date}} \u7684\u5bf9\u8d26\u5355:\n\n{{#statement}}  {{line.document_number}}  {{line.document_date}}{{#line.due_on}},\u5230\u671f\u65e5 {{line.due_on}}{{/line.due_on}}{{#line.is_credit}},\u8d37\u9879{{/line.is_credit}}  {{line.currency}} {{line.open_amount}}{{#line.disputed}},\u4e89\u8bae\u4e2d {{line.disputed}}{{/line.disputed}}{{#line.promised}},\u5df2\u627f\u8bfa {{line.promised}}{{/line.promised}}\n{{/statement}}{{#rest_count}}  \u53e6\u6709 {{rest_count}} \u9879,\u5408\u8ba1 {{currency}} {{rest_amount}}\n{{/rest_count}}\n\n\u4f59\u989d {{currency}} {{balance}}\u3002\n'),
        ('en', 'letter',
         '{{#interest}}<p>In addition, late interest up to {{date}}: {{currency}} {{interest}}</p>\n{{/interest}}{{#fee}}<p>In addition, the fee of this notice: {{currency}} {{fee}}</p>\n{{/fee}}',
         '<p>Statement of your account on {{date}}</p>\n<table>\n{{#statement}}<tr><td>{{line.document_number}}</td><td>{{line.document_date}}</td><td>{{line.due_on}}{{#line.is_credit}}credit{{/line.is_credit}}</td><td>{{line.currency}} {{line.open_amount}}{{#line.disputed}}, disputed {{line.disputed}}{{/line.disputed}}{{#line.promised}}, promised {{line.promised}}{{/line.promised}}</td></tr>\n{{/statement}}{{#rest_count}}<tr><td>and {{rest_count}} more</td><td></td><td></td><td>{{currency}} {{rest_amount}}</td></tr>\n{{/rest_count}}</table>\n<p>Balance {{currency}} {{balance}}</p>\n'),
        ('zh', 'letter',
         '{{#interest}}<p>\u53e6\u8ba1\u622a\u81f3 {{date}} \u7684\u903e\u671f\u5229\u606f:{{currency}} {{interest}}</p>\n{{/interest}}{{#fee}}<p>\u53e6\u6536\u672c\u6b21\u901a\u77e5\u8d39\u7528:{{currency}} {{fee}}</p>\n{{/fee}}',
         '<p>\u622a\u81f3 {{date}} \u7684\u5bf9\u8d26\u5355</p>\n<table>\n{{#statement}}<tr><td>{{line.document_number}}</td><td>{{line.document_date}}</td><td>{{line.due_on}}{{#line.is_credit}}\u8d37\u9879{{/line.is_credit}}</td><td>{{line.currency}} {{line.open_amount}}{{#line.disputed}},\u4e89\u8bae\u4e2d {{line.disputed}}{{/line.disputed}}{{#line.promised}},\u5df2\u627f\u8bfa {{line.promised}}{{/line.promised}}</td></tr>\n{{/statement}}{{#rest_count}}<tr><td>\u53e6\u6709 {{rest_count}} \u9879</td><td></td><td></td><td>{{currency}} {{rest_amount}}</td></tr>\n{{/rest_count}}</table>\n<p>\u4f59\u989d {{currency}} {{balance}}</p>\n')
        ) AS p (language, channel, charges, statement) ON p.language = s.language AND p.channel = s.channel
$$;
COMMENT ON FUNCTION ar.standard_templates() IS
'The texts that ar.add_standard_templates gives a company, in English and Chinese.';

CREATE FUNCTION ar.add_standard_templates(company_id bigint) RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    added integer;
BEGIN
    PERFORM ar.company_minor_units(company_id);
    INSERT INTO receivables.message_template (company_id, template, language, version, channel, subject, body)
    SELECT add_standard_templates.company_id, s.template, s.language, 1, s.channel, s.subject, s.body
    FROM ar.standard_templates() AS s
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS added = ROW_COUNT;
    RETURN added;
END;
$$;
COMMENT ON FUNCTION ar.add_standard_templates(bigint) IS
'Gives a company the standard texts of the standard dunning policy, in English and Chinese, where it has none of the same name; returns how many. Error 23503 for an unknown company.';
