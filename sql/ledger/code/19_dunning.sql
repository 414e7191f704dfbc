
    -- What was done about overdue items stays known; what may change of it are states, and these are logged.
    DECLARE
        guarded record;
    BEGIN
        FOR guarded IN
            SELECT g.name, g.reason,
                   -- All columns but those that may change; null where nothing may.
                   CASE WHEN g.changing <> '' THEN (
                       SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
                       FROM pg_attribute AS a
                       WHERE a.attrelid = to_regclass('receivables.' || g.name) AND a.attnum > 0 AND NOT a.attisdropped
                         AND a.attname <> ALL (string_to_array(g.changing, ' '))) END AS fixed,
                   EXISTS (SELECT FROM pg_attribute AS a
                           WHERE a.attrelid = to_regclass('receivables.' || g.name) AND a.attname = 'recorded_at') AS tells_entry
            FROM (VALUES
                ('message_template', 'is_active', 'A text that was used stays known; store another version.'),
                ('dunning_run', 'finished_at raised_items notice_count skipped_customers', 'What was run stays known.'),
                ('dunning_notice', '', 'What was sent stays known.'),
                ('dunning_notice_item', '', 'What was sent stays known.'),
                ('dunning_skip', '', 'What was passed over stays known.'),
                ('message', 'status attempts not_before claimed_by claim_expires_at sent_at sender_reference last_error',
                 'What is sent stays as it was written.'),
                ('collection_task', 'owner priority due_on status outcome closed_at closed_by', 'What a task was about stays known.'),
                ('task_owner', '', 'Who had a task stays known.'),
                ('task_item', '', 'What a task was about stays known.'),
                ('contact', '', 'What was said stays known; enter what is to be added as another contact.'),
                ('promise', 'status kept_amount judged_on replaced_by_promise_id', 'What was promised stays known; replace it by another.'),
                ('promise_instalment', '', 'What was promised stays known.'),
                ('promise_item', '', 'What was promised stays known.'),
                ('dispute', 'owner deadline root_cause status resolved_on resolution credit_note_document_id',
                 'What was disputed stays known.'),
                ('dispute_item', '', 'What was disputed stays known.'),
                ('dunning_hold', 'valid_to', 'A hold is ended, not changed.'),
                ('interest_charge', 'status document_id waived_reason', 'What was charged stays known.'),
                ('daily_run', 'status finished_at result error', 'What was run stays known.')) AS g (name, changing, reason)
        LOOP
            EXECUTE format('CREATE OR REPLACE TRIGGER %I BEFORE UPDATE %s OR DELETE ON receivables.%I '
                           'FOR EACH ROW EXECUTE FUNCTION ar.refuse_change(%L)',
                           guarded.name || '_append_only', coalesce('OF ' || guarded.fixed, ''), guarded.name, guarded.reason);
            EXECUTE format('CREATE OR REPLACE TRIGGER %I BEFORE TRUNCATE ON receivables.%I EXECUTE FUNCTION ar.refuse_change(%L)',
                           guarded.name || '_no_truncate', guarded.name, guarded.reason);
            IF guarded.tells_entry THEN
                EXECUTE format('CREATE OR REPLACE TRIGGER %I BEFORE INSERT ON receivables.%I FOR EACH ROW '
                               'WHEN (NEW.recorded_at < now() OR NEW.recorded_at > clock_timestamp() OR NEW.recorded_by <> session_user) '
                               'EXECUTE FUNCTION ar.refuse_forged_entry()', guarded.name || '_recorded_now', guarded.name);
            END IF;
        END LOOP;
        FOR guarded IN
            SELECT l.name, string_agg(quote_literal(k.name), ', ' ORDER BY k.position) AS key
            FROM unnest('{collection_task,promise,dispute,dunning_hold,interest_charge}'::text[]) AS l (name)
            CROSS JOIN LATERAL unnest(ar.key_columns(l.name)) WITH ORDINALITY AS k (name, position)
            GROUP BY l.name
        LOOP
            EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER UPDATE ON receivables.%I FOR EACH ROW '
                           'WHEN (OLD.* *<> NEW.*) EXECUTE FUNCTION ar.keep(''record_change'', %s)',
                           guarded.name || '_change_logged', guarded.name, guarded.key);
        END LOOP;
    END;
    CREATE OR REPLACE TRIGGER dunning_step_is_valid
        BEFORE INSERT OR UPDATE ON receivables.dunning_step FOR EACH ROW EXECUTE FUNCTION ar.dunning_policy_is_valid();
    CREATE OR REPLACE TRIGGER dunning_step_unused
        BEFORE INSERT OR UPDATE OR DELETE ON receivables.dunning_step FOR EACH ROW EXECUTE FUNCTION ar.dunning_version_is_unused();
    CREATE OR REPLACE TRIGGER dunning_policy_version_unused
        BEFORE UPDATE OR DELETE ON receivables.dunning_policy_version FOR EACH ROW EXECUTE FUNCTION ar.dunning_version_is_unused();
    CREATE OR REPLACE TRIGGER dunning_action_unused
        BEFORE INSERT OR UPDATE OR DELETE ON receivables.dunning_action FOR EACH ROW EXECUTE FUNCTION ar.dunning_version_is_unused();
    CREATE OR REPLACE TRIGGER message_announced
        AFTER INSERT OR UPDATE OF status ON receivables.message FOR EACH ROW
        WHEN (NEW.status = 'queued' AND NEW.not_before <= clock_timestamp()) EXECUTE FUNCTION ar.announce_message();
    CREATE OR REPLACE TRIGGER message_sent_stays
        BEFORE UPDATE ON receivables.message FOR EACH ROW WHEN (OLD.status = 'sent')
        EXECUTE FUNCTION ar.refuse_change('What was sent stays known.');
    CREATE OR REPLACE TRIGGER collection_task_owner_kept
        AFTER UPDATE OF owner ON receivables.collection_task FOR EACH ROW
        WHEN (OLD.owner IS DISTINCT FROM NEW.owner) EXECUTE FUNCTION ar.keep_task_owner();
    CREATE OR REPLACE TRIGGER item_followed_by_dunning
        AFTER UPDATE OF open_amount ON receivables.item FOR EACH ROW
        WHEN (NEW.is_debit AND OLD.open_amount <> NEW.open_amount AND NOT ar.is_settling_many())
        EXECUTE FUNCTION ar.follow_settlement();
    CREATE OR REPLACE TRIGGER dunning_action_is_valid
        BEFORE INSERT OR UPDATE ON receivables.dunning_action FOR EACH ROW EXECUTE FUNCTION ar.dunning_action_is_valid();
    CREATE OR REPLACE TRIGGER message_template_is_valid
        BEFORE INSERT ON receivables.message_template FOR EACH ROW EXECUTE FUNCTION ar.message_template_is_valid();
    CREATE OR REPLACE TRIGGER dunning_notice_takes_actions
        AFTER INSERT ON receivables.dunning_notice FOR EACH ROW EXECUTE FUNCTION ar.take_dunning_actions();
    CREATE OR REPLACE TRIGGER interest_policy_is_valid
        BEFORE INSERT OR UPDATE ON receivables.interest_policy FOR EACH ROW EXECUTE FUNCTION ar.interest_policy_is_valid();
