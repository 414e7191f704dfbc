
    -- What does change is logged: all tables that do, and do not only grow.
    DECLARE
        logged record;
    BEGIN
        FOR logged IN
            SELECT t.name, nullif(ar.kept_column(t.name), '') AS kept,
                   string_agg(quote_literal(k.name), ', ' ORDER BY k.position) AS key,
                   -- A row that says when it was entered needs no line of the log for that.
                   EXISTS (SELECT FROM pg_attribute AS a
                           WHERE a.attrelid = to_regclass('receivables.' || t.name) AND a.attname = 'recorded_at') AS tells_entry
            FROM unnest('{company,calendar,holiday,payment_term,number_series,customer,contract,check_rule,
                          account_map,customer_owner,customer_account,subscription,reason_code,match_rule_set,
                          match_rule,customer_group,deduction,credit_grade,employee,customer_contact,
                          dunning_policy,dunning_policy_version,dunning_step,dunning_action,task_rule,worklist_rule,
                          reference_rate,interest_policy,alarm_threshold,alarm,scorecard,credit_policy,
                          temporary_limit,credit_insurance,credit_hold,credit_release,sales_order,
                          credit_review_policy,credit_authority}'::text[]) AS t (name)
            CROSS JOIN LATERAL unnest(ar.key_columns(t.name)) WITH ORDINALITY AS k (name, position)
            GROUP BY t.name
        LOOP
            -- What follows from other rows changes with nothing else.
            EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER UPDATE ON receivables.%I FOR EACH ROW '
                           'WHEN (OLD.* *<> NEW.*%s) EXECUTE FUNCTION ar.keep(''record_change'', %s)',
                           logged.name || '_change_logged', logged.name,
                           coalesce(' AND OLD.' || logged.kept || ' = NEW.' || logged.kept, ''),
                           logged.key);
            EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER %s DELETE ON receivables.%I FOR EACH ROW '
                           'EXECUTE FUNCTION ar.keep(''record_change'', %s)',
                           logged.name || '_row_logged', CASE WHEN logged.tells_entry THEN '' ELSE 'INSERT OR' END,
                           logged.name, logged.key);
            EXECUTE format('CREATE OR REPLACE TRIGGER %I BEFORE TRUNCATE ON receivables.%I '
                           'EXECUTE FUNCTION ar.refuse_direct_write(''What is deleted is logged row by row.'')',
                           logged.name || '_no_truncate', logged.name);
            IF logged.tells_entry THEN
                EXECUTE format('CREATE OR REPLACE TRIGGER %I BEFORE INSERT ON receivables.%I FOR EACH ROW '
                               'WHEN (NEW.recorded_at < now() OR NEW.recorded_at > clock_timestamp() OR NEW.recorded_by <> session_user) '
                               'EXECUTE FUNCTION ar.refuse_forged_entry()', logged.name || '_recorded_now', logged.name);
                EXECUTE format('CREATE OR REPLACE TRIGGER %I BEFORE UPDATE OF recorded_at, recorded_by ON receivables.%I '
                               'FOR EACH ROW WHEN ((OLD.recorded_at, OLD.recorded_by) IS DISTINCT FROM (NEW.recorded_at, NEW.recorded_by)) '
                               'EXECUTE FUNCTION ar.refuse_direct_write(''When and by whom it was entered stays.'')',
                               logged.name || '_entry_stays', logged.name);
            END IF;
        END LOOP;
    END;
    CREATE OR REPLACE TRIGGER change_log_append_only
        BEFORE UPDATE OR DELETE ON receivables.change_log FOR EACH ROW
        EXECUTE FUNCTION ar.refuse_change('What was changed stays known.');
    CREATE OR REPLACE TRIGGER change_log_no_truncate
        BEFORE TRUNCATE ON receivables.change_log EXECUTE FUNCTION ar.refuse_change('What was changed stays known.');
    CREATE OR REPLACE TRIGGER change_log_kept_by_changes
        BEFORE INSERT ON receivables.change_log FOR EACH ROW WHEN (NOT ar.is_keeping())
        EXECUTE FUNCTION ar.refuse_direct_write('The log is kept by the changes alone.');
    CREATE OR REPLACE TRIGGER change_log_recorded_now
        BEFORE INSERT ON receivables.change_log FOR EACH ROW
        WHEN (NEW.recorded_at < now() OR NEW.recorded_at > clock_timestamp() OR NEW.recorded_by <> session_user)
        EXECUTE FUNCTION ar.refuse_forged_entry();

    CREATE OR REPLACE VIEW receivables.change_history WITH (security_invoker = true) AS
    SELECT l.company_id, l.change_id, l.table_name, l.row_key, l.operation, v.column_name,
           l.old -> v.column_name AS old_value, l.new -> v.column_name AS new_value,
           l.recorded_at AS changed_at, l.recorded_by AS changed_by, l.application_user
    FROM receivables.change_log AS l
    CROSS JOIN LATERAL jsonb_object_keys(coalesce(l.new, l.old)) AS v (column_name);
    COMMENT ON VIEW receivables.change_history IS 'Each change of customers, terms, rules and all else that does change, one line for each column.';
    COMMENT ON COLUMN receivables.change_history.company_id IS 'The company; null for calendars.';
    COMMENT ON COLUMN receivables.change_history.change_id IS 'The change; later ones have higher numbers.';
    COMMENT ON COLUMN receivables.change_history.table_name IS 'Table that was changed.';
    COMMENT ON COLUMN receivables.change_history.row_key IS 'Primary key of the row, by column.';
    COMMENT ON COLUMN receivables.change_history.operation IS 'insert, update or delete.';
    COMMENT ON COLUMN receivables.change_history.column_name IS 'Column that was changed.';
    COMMENT ON COLUMN receivables.change_history.old_value IS 'Its value before; SQL null where there was no row.';
    COMMENT ON COLUMN receivables.change_history.new_value IS 'Its value after; SQL null where there is no row.';
    COMMENT ON COLUMN receivables.change_history.changed_at IS 'When it was changed.';
    COMMENT ON COLUMN receivables.change_history.changed_by IS 'Database role that changed it.';
    COMMENT ON COLUMN receivables.change_history.application_user IS 'User of the application that changed it.';
