-- Messages for those who send them --------------------------------------------------------

CREATE FUNCTION ar.announce_message() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_notify('ar_message', NEW.channel);
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION ar.announce_message() IS
'Trigger function after a message is queued to be sent now, for the first time or again: notifies ar_message with its channel when the transaction commits.';

CREATE FUNCTION ar.claim_messages(channel text, max_messages integer DEFAULT 100, sender text DEFAULT session_user,
                                  lease interval DEFAULT interval '5 minutes', company_id bigint DEFAULT NULL)
    RETURNS TABLE (message_company_id bigint, message_id bigint, customer_id bigint, audience text, recipient text,
                   recipient_name text, language text, subject text, body text, payload jsonb, attempt integer)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off AS $$
BEGIN
    IF channel IS NULL OR channel NOT IN ('email', 'sms', 'phone', 'letter', 'webhook') THEN
        RAISE EXCEPTION 'there is no channel %', coalesce(channel, 'null')
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Channels are email, sms, phone, letter and webhook.';
    ELSIF (max_messages >= 0) IS NOT TRUE OR (lease >= interval '0') IS NOT TRUE OR btrim(coalesce(sender, '')) = '' THEN
        RAISE EXCEPTION 'a claim takes a number of messages, a lease and the name of the sender'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('%s messages, lease %s, sender %s.',
                coalesce(max_messages::text, 'null'), coalesce(lease::text, 'null'), coalesce(sender, 'null'));
    END IF;
    RETURN QUERY
    UPDATE receivables.message AS m
    SET status = 'claimed', attempts = m.attempts + 1, claimed_by = sender, claim_expires_at = clock_timestamp() + lease
    FROM (SELECT w.company_id, w.message_id
          FROM receivables.message AS w
          WHERE w.status IN ('queued', 'claimed') AND w.channel = claim_messages.channel
            AND (claim_messages.company_id IS NULL OR w.company_id = claim_messages.company_id)
            AND CASE w.status WHEN 'queued' THEN w.not_before ELSE w.claim_expires_at END <= clock_timestamp()
          ORDER BY w.company_id, w.message_id
          LIMIT max_messages FOR UPDATE SKIP LOCKED) AS w
    WHERE m.company_id = w.company_id AND m.message_id = w.message_id
    RETURNING m.company_id, m.message_id, m.customer_id, m.audience, m.recipient, m.recipient_name, m.language, m.subject,
              m.body, m.payload, m.attempts;
END;
$$;
COMMENT ON FUNCTION ar.claim_messages(text, integer, text, interval, bigint) IS
'Hands up to max_messages waiting messages of a channel to a sender, the oldest first, of one company or all; no other sender gets them until the lease is over. Commit before sending, then report each with ar.message_sent or ar.message_failed; what is not reported is handed out again, so that each is sent at least once: message_company_id and message_id tell whoever receives it twice. Waiting senders are notified by LISTEN ar_message. Error 22023 for an unknown channel, or a negative number or lease.';

CREATE FUNCTION ar.message_sent(company_id bigint, message_id bigint, sender_reference text DEFAULT NULL) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    was text;
BEGIN
    SELECT m.status INTO was FROM receivables.message AS m
    WHERE m.company_id = message_sent.company_id AND m.message_id = message_sent.message_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'company % has no message %', coalesce(company_id::text, 'null'), coalesce(message_id::text, 'null')
            USING ERRCODE = 'no_data_found';
    END IF;
    -- Whoever had it, whatever became of it meanwhile: it is out.
    UPDATE receivables.message AS m
    SET status = 'sent', sent_at = clock_timestamp(), claimed_by = NULL, claim_expires_at = NULL,
        last_error = CASE was WHEN 'cancelled' THEN m.last_error END,
        sender_reference = message_sent.sender_reference
    WHERE m.company_id = message_sent.company_id AND m.message_id = message_sent.message_id AND was <> 'sent';
    RETURN FOUND;
END;
$$;
COMMENT ON FUNCTION ar.message_sent(bigint, bigint, text) IS
'Tells that a message went out, and what the sender calls it; false where that was told before. One that was cancelled meanwhile is sent all the same, and last_error keeps why it was not to be. Error P0002 for an unknown message.';

CREATE FUNCTION ar.message_failed(company_id bigint, message_id bigint, error text, retry_after interval DEFAULT NULL,
                                  max_attempts integer DEFAULT 8) RETURNS text
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    waiting record;
    result  text;
BEGIN
    SELECT m.status, m.attempts INTO waiting FROM receivables.message AS m
    WHERE m.company_id = message_failed.company_id AND m.message_id = message_failed.message_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'company % has no message %', coalesce(company_id::text, 'null'), coalesce(message_id::text, 'null')
            USING ERRCODE = 'no_data_found';
    ELSIF (max_attempts > 0) IS NOT TRUE OR retry_after < interval '0' THEN
        RAISE EXCEPTION 'a message is tried once at least, and not before now' USING ERRCODE = 'invalid_parameter_value';
    ELSIF waiting.status <> 'claimed' THEN
        RETURN waiting.status;
    END IF;
    result := CASE WHEN waiting.attempts >= max_attempts THEN 'dead' ELSE 'queued' END;
    UPDATE receivables.message AS m
    SET status = result, claimed_by = NULL, claim_expires_at = NULL, last_error = coalesce(error, 'unknown'),
        -- A minute, then twice as long each time, up to six hours.
        not_before = clock_timestamp()
                     + coalesce(retry_after, least(interval '1 minute' * 2 ^ (waiting.attempts - 1), interval '6 hours'))
    WHERE m.company_id = message_failed.company_id AND m.message_id = message_failed.message_id;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.message_failed(bigint, bigint, text, interval, integer) IS
'Tells that a claimed message could not be sent, and why: it waits retry_after, or by itself a minute, then twice as long each time up to six hours, and is handed out again; after max_attempts it is dead. Returns what it is now: queued or dead; its state where it was not claimed, or was cancelled meanwhile. Errors: P0002 for an unknown message, 22023 for a negative wait or no attempts.';

CREATE FUNCTION ar.requeue_message(company_id bigint, message_id bigint) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE receivables.message AS m
    SET status = 'queued', attempts = 0, not_before = clock_timestamp()
    WHERE m.company_id = requeue_message.company_id AND m.message_id = requeue_message.message_id AND m.status = 'dead';
    RETURN FOUND;
END;
$$;
COMMENT ON FUNCTION ar.requeue_message(bigint, bigint) IS
'Lets a dead message be tried again from now on; false where it is not dead.';
