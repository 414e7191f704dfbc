-- Messages: claimed, sent, failed, tried again.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
SELECT ar.create_company('A', 'A', 'EUR') AS a \gset
SELECT ar.create_company('B', 'B', 'EUR') AS b \gset
INSERT INTO receivables.message (company_id, audience, channel, recipient, subject, body)
SELECT c.company_id, 'customer', c.channel, 'x' || n || '@example.com', 'Subject ' || n, 'Text ' || n
FROM (VALUES (:a, 'email'), (:b, 'email'), (:a, 'sms')) AS c (company_id, channel), generate_series(1, 3) AS n;
CREATE FUNCTION pg_temp.claimed(text) RETURNS text LANGUAGE sql AS $$ SELECT string_agg(c.subject || ' of ' || k.company_code || ' #' || c.attempt, ', ' ORDER BY k.company_code, c.message_id) FROM ar.claim_messages('email', 4, $1, '1 hour') AS c JOIN receivables.company AS k ON k.company_id = c.message_company_id $$;
SELECT is(pg_temp.claimed('one'), 'Subject 1 of A #1, Subject 2 of A #1, Subject 3 of A #1, Subject 1 of B #1', 'the oldest first, company by company');
SELECT is(pg_temp.claimed('two'), 'Subject 2 of B #1, Subject 3 of B #1', 'another sender gets the others');
SELECT is(pg_temp.claimed('three'), NULL, 'and a third one nothing');
SELECT is((SELECT count(*) FROM ar.claim_messages('sms', 10, 'one', '0 seconds', :b)), 0::bigint, 'the channel and the company are heeded');
SELECT is((SELECT count(*) FROM ar.claim_messages('sms', 2, 'one', '0 seconds')), 2::bigint, 'a claim without a lease ...');
SELECT is((SELECT string_agg(attempt::text, ' ' ORDER BY message_id) FROM ar.claim_messages('sms', 3, 'two', '1 hour')), '2 2 1', '... is handed out again at once, and counted');
SELECT message_id AS m1 FROM receivables.message WHERE company_id = :a AND channel = 'email' ORDER BY message_id LIMIT 1 \gset
SELECT ok(ar.message_sent(:a, :m1, 'smtp-17'), 'sent');
SELECT ok(NOT ar.message_sent(:a, :m1, 'smtp-18'), 'sent twice is told once');
SELECT results_eq(format('SELECT status, sender_reference, claimed_by, sent_at IS NOT NULL FROM receivables.message WHERE company_id = %s AND message_id = %s', :a, :m1),
                  $$VALUES ('sent', 'smtp-17', NULL::text, true)$$, 'as the first said');
SELECT is(ar.message_failed(:a, :m1, 'late'), 'sent', 'what was sent did not fail');
SELECT throws_ok(format('UPDATE receivables.message SET status = ''queued'', sent_at = NULL WHERE company_id = %s AND message_id = %s', :a, :m1), '23001', NULL, 'and is not sent again');
SELECT throws_ok(format('UPDATE receivables.message SET body = ''x'' WHERE company_id = %s', :b), '23001', NULL, 'a message stays as it was written');

-- Back-off: 1, 2, 4 ... minutes, at most six hours; dead after eight attempts.
SELECT message_id AS m2 FROM receivables.message WHERE company_id = :b AND channel = 'email' ORDER BY message_id LIMIT 1 \gset
CREATE FUNCTION pg_temp.waits(company bigint, message bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE state text; waits text := '';
BEGIN
    LOOP
        state := ar.message_failed(company, message, 'mailbox full');
        waits := waits || ' ' || (SELECT round(extract(epoch FROM m.not_before - clock_timestamp()) / 60) FROM receivables.message AS m WHERE m.company_id = company AND m.message_id = message);
        EXIT WHEN state = 'dead';
        UPDATE receivables.message AS m SET not_before = '-infinity' WHERE m.company_id = company AND m.message_id = message;
        PERFORM ar.claim_messages('email', 1, 'again', '1 hour', company);
    END LOOP;
    RETURN waits;
END;
$$;
SELECT is(pg_temp.waits(:b, :m2), ' 1 2 4 8 16 32 64 128', 'each wait twice the one before, eight times');
SELECT results_eq(format('SELECT status, attempts, last_error FROM receivables.message WHERE company_id = %s AND message_id = %s', :b, :m2), $$VALUES ('dead', 8, 'mailbox full')$$, 'then it is dead, with the last error');
SELECT is((SELECT count(*) FROM ar.claim_messages('email', 10, 'one', '1 hour', :b)), 0::bigint, 'the dead are not handed out');
SELECT ok(ar.requeue_message(:b, :m2) AND NOT ar.requeue_message(:b, :m2), 'unless somebody asks for it, once');
SELECT is((SELECT string_agg(message_id || ' ' || attempt, ', ') FROM ar.claim_messages('email', 10, 'one', '1 hour', :b)), :m2 || ' 1', 'then from the first attempt');
SELECT is(ar.message_failed(:b, :m2, 'later', '5 seconds'), 'queued', 'a sender may say when');
SELECT throws_ok('SELECT * FROM ar.claim_messages(''pigeon'')', '22023', 'there is no channel pigeon', 'an unknown channel');
SELECT throws_ok('SELECT * FROM ar.claim_messages(''email'', -1)', '22023', NULL, 'a negative number');
SELECT throws_ok(format('SELECT ar.message_sent(%s, 0)', :a), 'P0002', NULL, 'an unknown message');
SELECT throws_ok(format('SELECT ar.message_failed(%s, 0, ''x'')', :a), 'P0002', NULL, 'an unknown message that failed');
SELECT * FROM finish();
ROLLBACK;
