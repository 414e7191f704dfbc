
    -- What happens is told to whoever subscribed.
    DECLARE
        published record;
    BEGIN
        FOR published IN
            SELECT p.*, nullif(ar.kept_column(p.name), '') AS kept
            FROM (VALUES
                ('document', '', 'posted', 'document_id', ', ''reverses_document_id'''),
                ('application', 'application', 'posted', 'application_id', ', ''reverses_application_id'''),
                ('customer', 'customer', 'added', 'customer_id', ''),
                ('contract', 'contract', 'added', 'contract_id', ''),
                ('period_closing', 'period', 'closed', 'closing_id', '')) AS p (name, object, event, key, reversal)
        LOOP
            EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER %s ON receivables.%I FOR EACH ROW '
                           'EXECUTE FUNCTION ar.publish_row(%L, %L, %L%s)', published.name || '_published',
                           CASE WHEN published.event = 'added' THEN 'INSERT OR DELETE' ELSE 'INSERT' END, published.name, published.object, published.event, published.key, published.reversal);
            IF published.name IN ('customer', 'contract') THEN
                EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER UPDATE ON receivables.%I FOR EACH ROW '
                               'WHEN (OLD.* *<> NEW.*%s) EXECUTE FUNCTION ar.publish_row(%L, %L, %L)',
                               published.name || '_change_published', published.name,
                               coalesce(' AND OLD.' || published.kept || ' = NEW.' || published.kept, ''),
                               published.object, published.event, published.key);
            END IF;
        END LOOP;
    END;
    CREATE OR REPLACE TRIGGER outbox_in_order
        BEFORE INSERT ON receivables.outbox FOR EACH ROW EXECUTE FUNCTION ar.enter_outbox();
    CREATE OR REPLACE TRIGGER outbox_unchanged
        BEFORE UPDATE ON receivables.outbox FOR EACH ROW
        EXECUTE FUNCTION ar.refuse_direct_write('An event that was read would not be read again.');
