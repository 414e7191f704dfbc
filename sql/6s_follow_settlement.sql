-- What settles an item settles what was begun about it ----------------------------------------

CREATE FUNCTION ar.pause_dunning(company_id bigint, item_ids bigint[], why text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
DECLARE
    idle bigint[];
BEGIN
    -- Notices none of whose items is to be asked for any more.
    SELECT array_agg(n.dunning_notice_id) INTO idle
    FROM (SELECT DISTINCT x.dunning_notice_id FROM receivables.dunning_notice_item AS x
          WHERE x.company_id = pause_dunning.company_id AND x.item_id = ANY (item_ids)) AS n
    WHERE (EXISTS (SELECT FROM receivables.message AS m
                   WHERE m.company_id = pause_dunning.company_id AND m.dunning_notice_id = n.dunning_notice_id AND m.status = 'queued')
           OR EXISTS (SELECT FROM receivables.collection_task AS t
                      WHERE t.company_id = pause_dunning.company_id AND t.dunning_notice_id = n.dunning_notice_id AND t.status = 'open'))
      AND NOT EXISTS (
        SELECT FROM receivables.dunning_notice_item AS l
        JOIN receivables.item AS i ON i.company_id = l.company_id AND i.item_id = l.item_id
        WHERE l.company_id = pause_dunning.company_id AND l.dunning_notice_id = n.dunning_notice_id AND i.closed_on = 'infinity'
          AND i.open_amount > coalesce((SELECT sum(x.amount) FROM ar.disputed_parts(l.company_id, 'infinity') AS x WHERE x.item_id = l.item_id), 0)
                              + coalesce((SELECT sum(x.amount) FROM ar.promised_parts(l.company_id, 'infinity') AS x WHERE x.item_id = l.item_id), 0));
    IF idle IS NULL THEN
        RETURN;
    END IF;
    UPDATE receivables.message AS m
    SET status = 'cancelled', claimed_by = NULL, claim_expires_at = NULL, last_error = why
    WHERE m.company_id = pause_dunning.company_id AND m.dunning_notice_id = ANY (idle) AND m.status = 'queued';
    UPDATE receivables.collection_task AS t
    SET status = 'cancelled', outcome = why, closed_at = clock_timestamp(), closed_by = session_user
    WHERE t.company_id = pause_dunning.company_id AND t.dunning_notice_id = ANY (idle) AND t.status = 'open';
END;
$$;
COMMENT ON FUNCTION ar.pause_dunning(bigint, bigint[], text) IS
'Cancels messages that wait and tasks that are open of notices none of whose items is to be asked for any more, because they were settled, disputed or promised; why is kept with them.';

CREATE FUNCTION ar.resume_dunning(company_id bigint, item_ids bigint[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
BEGIN
    UPDATE receivables.message AS m SET status = 'queued', not_before = clock_timestamp(), last_error = NULL
    WHERE m.company_id = resume_dunning.company_id AND m.status = 'cancelled' AND m.last_error = 'settled'
      AND m.dunning_notice_id IN (SELECT x.dunning_notice_id FROM receivables.item_dunning AS x
                                  WHERE x.company_id = resume_dunning.company_id AND x.item_id = ANY (item_ids));
    UPDATE receivables.collection_task AS t SET status = 'open', outcome = NULL, closed_at = NULL, closed_by = NULL
    WHERE t.company_id = resume_dunning.company_id AND t.status = 'cancelled' AND t.outcome = 'settled'
      AND t.dunning_notice_id IN (SELECT x.dunning_notice_id FROM receivables.item_dunning AS x
                                  WHERE x.company_id = resume_dunning.company_id AND x.item_id = ANY (item_ids));
END;
$$;
COMMENT ON FUNCTION ar.resume_dunning(bigint, bigint[]) IS
'Takes up again what was cancelled as settled of the latest notices of items that are open again.';

CREATE FUNCTION ar.follow_settlement() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'ar_follow_settlement';
COMMENT ON FUNCTION ar.follow_settlement() IS
'Trigger function after the open amount of an item changed: cancels what was begun about it once nothing of it is to be asked for, or takes it up again.';
