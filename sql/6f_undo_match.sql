-- Undoing what was matched ----------------------------------------------------------

CREATE FUNCTION ar.undo_match(company_id bigint, match_proposal_id bigint, effective_on date, reason text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    current text;
    other   record;
    undone  record;
BEGIN
    PERFORM ar.company_minor_units(company_id);
    PERFORM FROM receivables.company AS c WHERE c.company_id = undo_match.company_id FOR SHARE;
    SELECT p.status INTO current
    FROM receivables.match_proposal AS p
    WHERE p.company_id = undo_match.company_id AND p.match_proposal_id = undo_match.match_proposal_id
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no proposal %', coalesce(match_proposal_id::text, 'null') USING ERRCODE = 'no_data_found';
    ELSIF current NOT IN ('accepted', 'applied_automatically') THEN
        RAISE EXCEPTION 'proposal % cannot be undone: it is %', match_proposal_id, current
            USING ERRCODE = 'object_not_in_prerequisite_state';
    ELSIF effective_on IS NULL THEN
        RAISE EXCEPTION 'from which day on proposal % is undone is missing', match_proposal_id USING ERRCODE = 'not_null_violation';
    ELSIF btrim(coalesce(reason, '')) = '' THEN
        RAISE EXCEPTION 'a reversal needs a reason' USING ERRCODE = 'check_violation';
    END IF;
    PERFORM FROM receivables.bank_line AS b
    WHERE b.company_id = undo_match.company_id AND b.bank_line_id = (
        SELECT p.bank_line_id FROM receivables.match_proposal AS p
        WHERE p.company_id = undo_match.company_id AND p.match_proposal_id = undo_match.match_proposal_id)
    FOR NO KEY UPDATE;
    PERFORM FROM receivables.item AS i
    WHERE i.company_id = undo_match.company_id AND i.item_id IN (
        SELECT x.item_id
        FROM receivables.application AS a
        CROSS JOIN LATERAL (VALUES (a.debit_item_id), (a.credit_item_id)) AS x (item_id)
        WHERE a.company_id = undo_match.company_id AND a.match_proposal_id = undo_match.match_proposal_id
        UNION ALL
        SELECT x.item_id
        FROM receivables.document AS d
        JOIN receivables.item AS m ON m.company_id = d.company_id AND m.document_id = d.document_id
        LEFT JOIN receivables.application AS a
            ON a.company_id = m.company_id AND m.item_id IN (a.debit_item_id, a.credit_item_id)
        CROSS JOIN LATERAL (VALUES (m.item_id), (a.debit_item_id), (a.credit_item_id)) AS x (item_id)
        WHERE d.company_id = undo_match.company_id AND d.match_proposal_id = undo_match.match_proposal_id)
    ORDER BY i.item_id FOR NO KEY UPDATE;

    -- What it posted may have been settled with something else meanwhile.
    SELECT d.kind, d.document_number, a.application_id, a.match_proposal_id, t.kind AS other_kind,
           t.document_number AS other_number INTO other
    FROM receivables.document AS d
    JOIN receivables.item AS m ON m.company_id = d.company_id AND m.document_id = d.document_id
    JOIN receivables.application AS a
        ON a.company_id = m.company_id AND m.item_id IN (a.debit_item_id, a.credit_item_id)
           AND a.match_proposal_id IS DISTINCT FROM undo_match.match_proposal_id
           AND a.reverses_application_id IS NULL AND a.exchange_of_application_id IS NULL
    JOIN receivables.item AS o
        ON o.company_id = a.company_id AND o.item_id = a.debit_item_id + a.credit_item_id - m.item_id
           AND o.reverses_item_id IS DISTINCT FROM m.item_id
    JOIN receivables.document AS t ON t.company_id = o.company_id AND t.document_id = o.document_id
    WHERE d.company_id = undo_match.company_id AND d.match_proposal_id = undo_match.match_proposal_id
      AND NOT EXISTS (SELECT FROM receivables.application AS r
                      WHERE r.company_id = a.company_id AND r.reverses_application_id = a.application_id)
    ORDER BY a.application_id LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'proposal % cannot be undone: % % was applied to % % meanwhile', match_proposal_id,
                        replace(other.kind, '_', ' '), other.document_number, replace(other.other_kind, '_', ' '),
                        other.other_number
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = CASE WHEN other.other_kind = 'transfer_out' THEN 'Reverse the transfer first, with ar.reverse_document.'
                              WHEN other.match_proposal_id IS NULL
                              THEN format('Reverse application %s first, with ar.reverse_application.', other.application_id)
                              ELSE format('Undo proposal %s first, with ar.undo_match.', other.match_proposal_id) END;
    END IF;

    FOR undone IN
        SELECT a.application_id
        FROM receivables.application AS a
        WHERE a.company_id = undo_match.company_id AND a.match_proposal_id = undo_match.match_proposal_id
          AND a.reverses_application_id IS NULL AND a.exchange_of_application_id IS NULL
          AND NOT EXISTS (SELECT FROM receivables.application AS r
                          WHERE r.company_id = a.company_id AND r.reverses_application_id = a.application_id)
        ORDER BY a.application_id DESC
    LOOP
        PERFORM ar.reverse_application(company_id, undone.application_id, effective_on, reason);
    END LOOP;
    FOR undone IN
        SELECT d.document_id
        FROM receivables.document AS d
        WHERE d.company_id = undo_match.company_id AND d.match_proposal_id = undo_match.match_proposal_id
          AND NOT EXISTS (SELECT FROM receivables.document AS r
                          WHERE r.company_id = d.company_id AND r.reverses_document_id = d.document_id)
        ORDER BY d.document_id DESC
    LOOP
        PERFORM ar.reverse_document(company_id, undone.document_id, effective_on, reason);
    END LOOP;
    UPDATE receivables.match_proposal AS p
    SET status = 'undone', decision_reason = undo_match.reason
    WHERE p.company_id = undo_match.company_id AND p.match_proposal_id = undo_match.match_proposal_id;
END;
$$;
COMMENT ON FUNCTION ar.undo_match(bigint, bigint, date, text) IS
'Undoes what a proposal settled, from effective_on on, with a reason: its applications, and the payment, adjustments, write-offs and deductions that were posted with it; a bank line is open again. The same is not proposed again; ar.apply_manual may settle it. Every report before that day stays as it was. Errors: P0002 for no such proposal, 55000 where it settled nothing or is undone already, where what it posted, such as a deduction, was settled meanwhile (the hint says what to undo first) and for a date in a closed period, 23514 for a date before its applications or no reason, 23502 for no date.';
