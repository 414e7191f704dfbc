-- Who may see and do what -------------------------------------------------------
--
-- A role needs two things: privileges on tables, and rows of access that the
-- policies of these tables ask for. Both follow from the lists here.

CREATE FUNCTION ar.access_presets() RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN '{reader,sales,clerk,collector,approver,manager,auditor,admin}'::text[];
COMMENT ON FUNCTION ar.access_presets() IS
'The presets that ar.grant_access grants.';

CREATE FUNCTION ar.access_privileges(OUT preset text, OUT table_name text, OUT privilege text, OUT columns text)
    RETURNS SETOF record
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT preset, table_name, privilege, v.columns
    FROM (VALUES
        -- What is kept by triggers is written by them with the rights of the role; guards refuse it otherwise.
        ('clerk manager admin', 'customer contract', 'INSERT UPDATE', NULL),
        ('clerk manager admin', 'contract_amendment document document_line item application number_counter', 'INSERT', NULL),
        ('clerk manager admin', 'item', 'UPDATE',
         'closed_on, last_applied_on, applied_before_on, last_applied_at, open_amount, last_applied_amount, '
         || 'open_company_amount, last_applied_company_amount, reopened'),
        ('clerk manager admin', 'number_counter', 'UPDATE', 'last_number'),
        -- An import knows the keys of its documents before it writes them, a match those of its items too.
        ('clerk manager admin', 'document_document_id_seq item_item_id_seq', 'USAGE', NULL),
        ('clerk manager admin', 'company', 'LOCK', 'company_id'),
        ('approver manager admin', 'period_override', 'INSERT', NULL),
        ('approver manager auditor admin', 'period_override', 'SELECT', NULL),
        ('auditor admin', 'granted_access', 'SELECT', NULL),
        ('manager admin', 'company', 'UPDATE', 'name, payment_term, calendar, rate_source, closed_through, match_rule_set, dunning_policy, interest_policy, attributes'),
        ('manager admin', 'payment_term number_series check_rule calendar holiday account_map', 'INSERT UPDATE DELETE', NULL),
        ('manager admin', 'exchange_rate revaluation period_closing', 'INSERT', NULL),
        -- Changes are logged, owners dated and events written with the rights of whoever makes them.
        ('clerk manager admin', 'change_log outbox', 'INSERT', NULL),
        ('clerk manager admin', 'customer_owner', 'INSERT UPDATE', NULL),
        ('clerk manager admin', 'bank_account bank_statement bank_line remittance_line', 'INSERT', NULL),
        ('clerk manager admin', 'bank_account', 'UPDATE', 'loaded_at'),
        ('manager admin', 'bank_account', 'UPDATE', 'reference_standards'),
        ('clerk manager admin', 'bank_line', 'UPDATE', 'open_amount, duplicate_of_bank_line_id, ignored_reason'),
        ('clerk manager admin', 'customer_account', 'INSERT DELETE', NULL),
        ('manager admin', 'subscription', 'INSERT DELETE', NULL),
        ('manager admin', 'outbox', 'DELETE', NULL),
        ('clerk manager admin', 'match_proposal match_proposal_line deduction', 'INSERT', NULL),
        ('clerk manager admin', 'match_proposal', 'UPDATE',
         'status, decided_at, decided_by, decision_reason, undone_at, undone_by'),
        ('clerk manager admin', 'deduction', 'UPDATE', 'assigned_to'),
        ('manager admin', 'reason_code match_rule_set match_rule customer_group', 'INSERT UPDATE DELETE', NULL),
        ('manager admin', 'credit_grade', 'INSERT UPDATE DELETE', NULL),
        ('manager admin', 'employee dunning_policy dunning_policy_version dunning_step dunning_action task_rule worklist_rule reference_rate '
                          || 'interest_policy', 'INSERT UPDATE DELETE', NULL),
        ('manager admin', 'message_template', 'INSERT', NULL),
        ('manager admin', 'message_template', 'UPDATE', 'is_active'),
        -- Following up: whoever runs it writes what comes of it.
        ('collector clerk manager admin', 'customer_contact', 'INSERT UPDATE DELETE', NULL),
        ('collector clerk manager admin', 'dunning_run dunning_notice dunning_notice_item item_dunning dunning_skip message '
                                          || 'collection_task task_owner task_item contact promise promise_instalment promise_item '
                                          || 'dispute dispute_item dunning_hold daily_run', 'INSERT', NULL),
        ('collector clerk manager admin', 'item_dunning', 'UPDATE', 'level, level_since, level_shift, dunning_notice_id'),
        ('collector clerk manager admin', 'dunning_run', 'UPDATE', 'finished_at, raised_items, notice_count, skipped_customers'),
        ('collector clerk manager admin', 'message', 'UPDATE',
         'status, attempts, not_before, claimed_by, claim_expires_at, sent_at, sender_reference, last_error'),
        ('collector clerk manager admin', 'collection_task', 'UPDATE', 'owner, priority, due_on, status, outcome, closed_at, closed_by'),
        ('collector clerk manager admin', 'promise', 'UPDATE', 'status, kept_amount, judged_on, replaced_by_promise_id'),
        ('collector clerk manager admin', 'dispute', 'UPDATE',
         'owner, deadline, root_cause, status, resolved_on, resolution, credit_note_document_id'),
        ('collector clerk manager admin', 'dunning_hold', 'UPDATE', 'valid_to'),
        ('collector clerk manager admin', 'daily_run', 'UPDATE', 'status, finished_at, result, error'),
        -- They lock whom and what they follow up, so that no two do at once, and change neither.
        ('collector', 'customer item', 'LOCK', 'company_id'),
        ('collector', 'change_log', 'INSERT', NULL),
        ('clerk manager admin', 'interest_charge', 'INSERT', NULL),
        ('clerk', 'interest_policy', 'LOCK', 'company_id'),
        ('clerk manager admin', 'interest_charge', 'UPDATE', 'status, document_id, waived_reason'),
        ('manager admin', 'snapshot aging_snapshot aging_migration indicator_snapshot', 'INSERT UPDATE DELETE', NULL),
        ('manager admin', 'alarm_threshold', 'INSERT UPDATE DELETE', NULL),
        ('manager admin', 'alarm', 'INSERT', NULL),
        ('manager admin', 'alarm', 'UPDATE', 'tier, value, threshold, direction, as_of, cleared_on, cleared_at'),
        ('manager admin', 'credit_review_policy credit_authority', 'INSERT UPDATE DELETE', NULL),
        ('clerk manager admin', 'credit_review', 'INSERT', NULL),
        ('clerk approver manager admin', 'credit_decision', 'INSERT', NULL),
        ('approver manager admin', 'credit_decision', 'UPDATE', 'status, effective_on, decided_at, decided_by, decision_note'),
        -- Whoever approves changes grade and limit of the customer, nothing else of it.
        ('approver', 'company', 'LOCK', 'company_id'),
        ('approver', 'customer', 'UPDATE', 'grade, credit_limit'),
        ('approver', 'change_log outbox', 'INSERT', NULL),
        ('manager admin', 'scorecard', 'INSERT UPDATE DELETE', NULL),
        ('manager admin', 'score', 'INSERT', NULL),
        ('clerk manager admin', 'sales_order', 'INSERT UPDATE', NULL),
        ('clerk manager admin', 'credit_hold', 'INSERT UPDATE', NULL),
        ('approver manager admin', 'credit_release', 'INSERT', NULL),
        ('manager admin', 'credit_release', 'UPDATE', 'valid_through'),
        ('manager admin', 'credit_policy temporary_limit credit_insurance', 'INSERT UPDATE DELETE', NULL),
        ('admin', 'company currency', 'INSERT', NULL)
    ) AS v (presets, tables, privileges, columns),
    string_to_table(v.presets, ' ') AS preset, string_to_table(v.tables, ' ') AS table_name,
    string_to_table(v.privileges, ' ') AS privilege
$$;
COMMENT ON FUNCTION ar.access_privileges() IS
'What each preset may do with tables, views and sequences beyond reading what ar.readable_relations lists; columns are null for all. SELECT is listed for what others may not read; LOCK is the right to lock rows but not to change them.';

CREATE FUNCTION ar.readable_relations() RETURNS SETOF regclass
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.oid::regclass
    FROM pg_class AS c
    WHERE c.relnamespace = to_regnamespace('receivables')
      AND CASE c.relkind WHEN 'v' THEN 'security_invoker=true' = ANY (c.reloptions)
                         WHEN 'r' THEN c.relrowsecurity OR c.relname IN ('ledger_version', 'currency', 'calendar', 'holiday',
                                                                         'exchange_rate')
                         WHEN 'p' THEN c.relrowsecurity END
      AND NOT EXISTS (SELECT FROM ar.access_privileges() AS p WHERE p.table_name = c.relname AND p.privilege = 'SELECT')
$$;
COMMENT ON FUNCTION ar.readable_relations() IS
'The tables and views of the books that every preset may read: whatever row-level security covers, and what belongs to no company.';

CREATE FUNCTION ar.secured_tables(OUT table_name text, OUT parent text, OUT parent_key text, OUT foreign_key text)
    RETURNS SETOF record
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.relname, p.parent, p.parent_key, p.foreign_key
    FROM pg_class AS c
    LEFT JOIN LATERAL (
        SELECT p.* FROM (VALUES (1, 'customer', 'customer_id', 'customer_id'), (2, 'document', 'document_id', 'document_id'),
                                (3, 'item', 'item_id', 'item_id'), (4, 'item', 'item_id', 'debit_item_id'),
                                (5, 'contract', 'contract_id', 'contract_id')) AS p (rank, parent, parent_key, foreign_key)
        JOIN pg_attribute AS f ON f.attrelid = c.oid AND f.attname = p.foreign_key AND NOT f.attisdropped
        WHERE p.parent <> c.relname
        ORDER BY p.rank LIMIT 1) AS p ON true
    WHERE c.relnamespace = to_regnamespace('receivables') AND c.relkind IN ('r', 'p')
      AND EXISTS (SELECT FROM pg_attribute AS a
                  WHERE a.attrelid = c.oid AND a.attname = 'company_id' AND NOT a.attisdropped)
$$;
COMMENT ON FUNCTION ar.secured_tables() IS
'The tables of the books that row-level security covers, which are those with a company_id; and by which column each belongs to a customer, or to what does: its rows are visible with that.';

CREATE FUNCTION ar.show_own_customers() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
DECLARE
    -- For these roles only: others, who see whole companies, need not pay for it.
    roles   text := (SELECT string_agg(quote_ident(r.rolname), ', ' ORDER BY r.rolname) FROM pg_roles AS r
                     WHERE r.rolname IN (SELECT a.role_name FROM receivables.access AS a WHERE a.preset = 'sales'));
    secured record;
BEGIN
    FOR secured IN
        SELECT t.* FROM ar.secured_tables() AS t
        WHERE t.table_name = 'customer' OR t.parent IS NOT NULL
    LOOP
        EXECUTE format('DROP POLICY IF EXISTS ar_select_own ON receivables.%I', secured.table_name);
        CONTINUE WHEN roles IS NULL;
        EXECUTE format('CREATE POLICY ar_select_own ON receivables.%I FOR SELECT TO %s USING (%s)', secured.table_name, roles,
            CASE WHEN secured.table_name = 'customer' THEN $policy$
                (company_id, salesperson) IN (
                    SELECT c.company_id, a.salesperson
                    FROM receivables.access AS a
                    JOIN receivables.company AS c ON a.company_id IS NULL OR a.company_id = c.company_id
                    WHERE a.salesperson IS NOT NULL AND a.department IS NULL)
                OR (company_id, department) IN (
                    SELECT c.company_id, a.department
                    FROM receivables.access AS a
                    JOIN receivables.company AS c ON a.company_id IS NULL OR a.company_id = c.company_id
                    WHERE a.salesperson IS NULL AND a.department IS NOT NULL)
                OR (company_id, salesperson, department) IN (
                    SELECT c.company_id, a.salesperson, a.department
                    FROM receivables.access AS a
                    JOIN receivables.company AS c ON a.company_id IS NULL OR a.company_id = c.company_id
                    WHERE a.salesperson IS NOT NULL AND a.department IS NOT NULL)$policy$
            -- A role has few customers, which are hashed once a query; of what they have, rows are looked up.
            WHEN secured.parent = 'customer' THEN
                '(company_id, customer_id) IN (SELECT c.company_id, c.customer_id FROM receivables.customer AS c)'
            ELSE format($policy$
                EXISTS (SELECT FROM receivables.%2$I AS visible
                        WHERE visible.company_id = %1$I.company_id AND visible.%3$I = %1$I.%4$I)$policy$,
                secured.table_name, secured.parent, secured.parent_key, secured.foreign_key) END);
    END LOOP;
END;
$$;
COMMENT ON FUNCTION ar.show_own_customers() IS
'Puts the policies in place by which roles with preset sales see their own customers and what belongs to them.';

CREATE FUNCTION ar.grant_privileges(role name, taken text[] DEFAULT '{}') RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    presets   text[] := ARRAY(SELECT DISTINCT a.preset FROM receivables.access AS a WHERE a.role_name = role);
    command   text;
BEGIN
    -- Taking first, as that takes the privileges on single columns with those on the table.
    FOR command IN
        SELECT DISTINCT format('REVOKE %s ON receivables.%I FROM %I', ar.privilege(p.privilege, p.columns), p.table_name, role)
        FROM ar.access_privileges() AS p
        WHERE p.preset = ANY (taken) AND p.preset <> ALL (presets)
        UNION ALL
        SELECT format('REVOKE SELECT ON %s FROM %I', r, role) FROM ar.readable_relations() AS r WHERE cardinality(presets) = 0
        UNION ALL
        SELECT format('REVOKE USAGE ON SCHEMA receivables FROM %I', role) WHERE cardinality(presets) = 0
    LOOP
        EXECUTE command;
    END LOOP;
    FOR command IN
        SELECT format('GRANT USAGE ON SCHEMA receivables TO %I', role) WHERE cardinality(presets) > 0
        UNION ALL
        SELECT format('GRANT SELECT ON %s TO %I', r, role) FROM ar.readable_relations() AS r WHERE cardinality(presets) > 0
        UNION ALL
        SELECT DISTINCT format('GRANT %s ON receivables.%I TO %I', ar.privilege(p.privilege, p.columns), p.table_name, role)
        FROM ar.access_privileges() AS p
        WHERE p.preset = ANY (presets)
    LOOP
        EXECUTE command;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION ar.grant_privileges(name, text[]) IS
'Grants a role the privileges that its rows of access need, and takes those of the taken presets that none needs any more.';

CREATE FUNCTION ar.privilege(privilege text, columns text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE privilege WHEN 'LOCK' THEN 'UPDATE' ELSE privilege END || coalesce(' (' || columns || ')', '');
COMMENT ON FUNCTION ar.privilege(text, text) IS
'A privilege as GRANT names it.';

CREATE FUNCTION ar.require_owner() RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM ar.require_ledger();
    IF NOT pg_has_role((SELECT c.relowner FROM pg_class AS c WHERE c.oid = 'receivables.access'::regclass), 'USAGE') THEN
        RAISE EXCEPTION 'only the owner of the books grants access to them'
            USING ERRCODE = 'insufficient_privilege',
                  HINT = format('Ask %I.', (SELECT pg_get_userbyid(c.relowner) FROM pg_class AS c
                                            WHERE c.oid = 'receivables.access'::regclass));
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.require_owner() IS
'Error 42501 unless the current role is the owner of the books, 55000 without books of the version of the code.';

CREATE FUNCTION ar.grant_access(role name, preset text, company_id bigint DEFAULT NULL, salesperson text DEFAULT NULL,
                                department text DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM ar.require_owner();
    IF preset IS NULL OR preset <> ALL (ar.access_presets()) THEN
        RAISE EXCEPTION 'there is no preset "%"', coalesce(preset, 'null')
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = format('The presets are %s.', array_to_string(ar.access_presets(), ', '));
    ELSIF NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = role) THEN
        RAISE EXCEPTION 'role "%" does not exist', coalesce(role, 'null')
            USING ERRCODE = 'undefined_object', HINT = format('CREATE ROLE %I;', coalesce(role, 'name'));
    ELSIF NOT EXISTS (SELECT FROM receivables.company AS c WHERE c.company_id = grant_access.company_id)
          AND company_id IS NOT NULL THEN
        RAISE EXCEPTION 'company % does not exist', company_id USING ERRCODE = 'foreign_key_violation';
    ELSIF (preset = 'sales') <> (num_nonnulls(nullif(btrim(salesperson), ''), nullif(btrim(department), '')) > 0) THEN
        RAISE EXCEPTION '%', CASE preset WHEN 'sales' THEN 'preset sales needs a salesperson or a department'
                                         ELSE format('preset %s takes no salesperson and no department', preset) END
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Preset sales shows the customers of a salesperson or a department.';
    END IF;
    INSERT INTO receivables.access (role_name, preset, company_id, salesperson, department)
    VALUES (role, grant_access.preset, grant_access.company_id, nullif(btrim(grant_access.salesperson), ''),
            nullif(btrim(grant_access.department), ''))
    ON CONFLICT DO NOTHING;
    PERFORM ar.grant_privileges(role);
    IF preset = 'sales' THEN
        PERFORM ar.show_own_customers();
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.grant_access(name, text, bigint, text, text) IS
'Lets a role, and the members that inherit from it, see and do what a preset says in one company, or in all where company_id is null: reader, sales (only customers of a salesperson, a department or both), clerk, collector, approver, manager, auditor or admin. Granted twice it changes nothing; several add up. For the owner of the books. Errors: 42501 for others, 42704 for an unknown role, 22023 for an unknown preset, or a salesperson or department for any but sales, 23503 for an unknown company.';

CREATE FUNCTION ar.revoke_access(role name, preset text DEFAULT NULL, company_id bigint DEFAULT NULL) RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    taken text[];
BEGIN
    PERFORM ar.require_owner();
    IF preset <> ALL (ar.access_presets()) THEN
        RAISE EXCEPTION 'there is no preset "%"', preset
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = format('The presets are %s.', array_to_string(ar.access_presets(), ', '));
    END IF;
    WITH gone AS (
        DELETE FROM receivables.access AS a
        WHERE a.role_name = role AND (revoke_access.preset IS NULL OR a.preset = revoke_access.preset)
          AND (revoke_access.company_id IS NULL OR a.company_id = revoke_access.company_id)
        RETURNING a.preset
    )
    SELECT array_agg(g.preset) INTO taken FROM gone AS g;
    -- A role that was dropped has lost its privileges with that.
    IF taken IS NOT NULL AND EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = role) THEN
        PERFORM ar.grant_privileges(role, taken);
    END IF;
    IF 'sales' = ANY (taken) THEN
        PERFORM ar.show_own_customers();
    END IF;
    RETURN coalesce(cardinality(taken), 0);
END;
$$;
COMMENT ON FUNCTION ar.revoke_access(name, text, bigint) IS
'Takes back what ar.grant_access gave a role: one preset or, where preset is null, all; in one company or, where company_id is null, in each. Access to all companies is one grant, which is not taken back for a single company. Privileges on tables go with the last grant that needs them. Returns how many grants were taken back. For the owner of the books: error 42501 for others, 22023 for an unknown preset.';

CREATE FUNCTION ar.require_whole_companies() RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF row_security_active('receivables.access') AND EXISTS (
        SELECT FROM receivables.company AS c
        WHERE NOT EXISTS (SELECT FROM receivables.access AS a
                          WHERE a.preset <> 'sales' AND (a.company_id IS NULL OR a.company_id = c.company_id)))
    THEN
        RAISE EXCEPTION 'role "%" sees only some customers of a company', current_user
            USING ERRCODE = 'insufficient_privilege',
                  DETAIL = 'What the others have is missing from every sum.',
                  HINT = 'Any preset but sales shows all.';
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.require_whole_companies() IS
'Error 42501 where the current role sees a company only in part, so that its books cannot be checked.';
