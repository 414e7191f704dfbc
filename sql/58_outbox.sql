-- Events for other systems ------------------------------------------------------------

CREATE FUNCTION ar.next_transaction_id() RETURNS xid8
    LANGUAGE c VOLATILE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'ar_next_transaction_id';
COMMENT ON FUNCTION ar.next_transaction_id() IS
'The transaction number that is given next: every transaction that writes by now has a lower one.';

CREATE FUNCTION ar.publish_row() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'ar_publish_row';
COMMENT ON FUNCTION ar.publish_row() IS
'Trigger function after each row: writes an event to receivables.outbox where the company has a subscription for its topic, and notifies ar_outbox with the number of the company. Arguments: first word of the topic, or empty for that in column kind; second word for an insert; key column beside company_id; column that is not null for a reversal, or empty for none; second word for an update, else changed.';

CREATE FUNCTION ar.enter_outbox() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT ar.is_keeping() THEN
        RAISE EXCEPTION 'insert of %.% refused', TG_TABLE_SCHEMA, TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                  DETAIL = 'Events are written by what happens in the books alone.';
    END IF;
    -- In this order: the sequence has been drawn, so whoever draws a lower one is a transaction before the horizon.
    NEW.transaction_id := pg_current_xact_id();
    NEW.horizon := ar.next_transaction_id();
    NEW.recorded_at := clock_timestamp();
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION ar.enter_outbox() IS
'Trigger function before insert: says which transactions may hold earlier events. Error 23001 for an event that is not written by the books themselves.';

CREATE FUNCTION ar.publish(company_id bigint, topic text DEFAULT '*') RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM ar.company_minor_units(company_id);
    INSERT INTO receivables.subscription (company_id, topic) VALUES (publish.company_id, publish.topic)
    ON CONFLICT ON CONSTRAINT subscription_pkey DO NOTHING;
END;
$$;
COMMENT ON FUNCTION ar.publish(bigint, text) IS
'From the next statement on, events of a topic of a company are written to the outbox: a topic such as invoice.posted, * for either word (invoice.*, *.reversed), or * alone for all. Errors: 23514 for another pattern, 23503 for an unknown company.';

CREATE FUNCTION ar.unpublish(company_id bigint, topic text DEFAULT '*') RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM ar.company_minor_units(company_id);
    DELETE FROM receivables.subscription AS s
    WHERE s.company_id = unpublish.company_id AND s.topic = unpublish.topic;
    RETURN FOUND;
END;
$$;
COMMENT ON FUNCTION ar.unpublish(bigint, text) IS
'Takes back what ar.publish was told, by the same words; false where it was not. Events that were written stay. Error 23503 for an unknown company.';

CREATE FUNCTION ar.read_outbox(company_id bigint, after bigint DEFAULT 0, max_rows integer DEFAULT 1000)
    RETURNS TABLE (sequence bigint, topic text, object_kind text, object_key jsonb, payload jsonb,
                   transaction_id xid8, recorded_at timestamptz)
    LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    running_from CONSTANT xid8 := pg_snapshot_xmin(pg_current_snapshot());
    next         CONSTANT xid8 := ar.next_transaction_id();
BEGIN
    PERFORM ar.company_minor_units(company_id);
    RETURN QUERY
    SELECT o.sequence, o.topic, o.object_kind, o.object_key, o.payload, o.transaction_id, o.recorded_at
    FROM (SELECT x.*,
                 -- Ahead of the server's own count are rows of another server, restored here.
                 bool_and(x.horizon <= running_from OR x.horizon > next) OVER (ORDER BY x.sequence) AS is_complete
          FROM receivables.outbox AS x
          WHERE x.company_id = read_outbox.company_id AND x.sequence > after
          ORDER BY x.sequence
          LIMIT max_rows) AS o
    WHERE o.is_complete
    ORDER BY o.sequence;
END;
$$;
COMMENT ON FUNCTION ar.read_outbox(bigint, bigint, integer) IS
'Events of a company after a sequence, in order, at most max_rows. Ends before the first event that a transaction still under way may put another one before, so that a reader who goes on after the last sequence it got misses none. Error 23503 for an unknown company.';

CREATE FUNCTION ar.trim_outbox(company_id bigint, upto bigint) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    trimmed bigint;
BEGIN
    PERFORM ar.company_minor_units(company_id);
    DELETE FROM receivables.outbox AS o
    WHERE o.company_id = trim_outbox.company_id AND o.sequence <= upto;
    GET DIAGNOSTICS trimmed = ROW_COUNT;
    RETURN trimmed;
END;
$$;
COMMENT ON FUNCTION ar.trim_outbox(bigint, bigint) IS
'Removes events of a company up to a sequence, which all readers have; returns how many. Error 23503 for an unknown company.';
