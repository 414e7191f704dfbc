
    -- What was proposed stays as it was; how it was decided is written once.
    CREATE OR REPLACE TRIGGER match_proposal_append_only
        BEFORE UPDATE OF company_id, match_proposal_id, bank_line_id, credit_item_id, customer_id, rank, method, score, margin,
                         is_ambiguous, amount, remainder, reasons, is_automatic, content_hash, proposed_at, proposed_by OR DELETE
        ON receivables.match_proposal FOR EACH ROW
        EXECUTE FUNCTION ar.refuse_change('What was proposed stays known; what was settled by it is undone with ar.undo_match.');
    CREATE OR REPLACE TRIGGER match_proposal_no_truncate
        BEFORE TRUNCATE ON receivables.match_proposal EXECUTE FUNCTION ar.refuse_change('What was proposed stays known.');
    -- What ar.propose names it has read.
    CREATE OR REPLACE TRIGGER match_proposal_refers
        BEFORE INSERT ON receivables.match_proposal FOR EACH ROW WHEN (NOT ar.is_writing_proposals())
        EXECUTE FUNCTION ar.refers('bank_line_id', 'bank_line', 'credit_item_id', 'item', 'customer_id', 'customer');
    CREATE OR REPLACE TRIGGER match_proposal_starts_open
        BEFORE INSERT ON receivables.match_proposal FOR EACH ROW
        WHEN (NEW.status <> 'open' OR NEW.decided_at IS NOT NULL OR NEW.decided_by IS NOT NULL
              OR NEW.decision_reason IS NOT NULL OR NEW.undone_at IS NOT NULL OR NEW.undone_by IS NOT NULL
              OR NEW.proposed_at < now() OR NEW.proposed_at > clock_timestamp() OR NEW.proposed_by <> session_user)
        EXECUTE FUNCTION ar.refuse_decided_proposal();
    CREATE OR REPLACE TRIGGER match_proposal_decided_once
        BEFORE UPDATE OF status, decided_at, decided_by, decision_reason, undone_at, undone_by
        ON receivables.match_proposal FOR EACH ROW EXECUTE FUNCTION ar.decide_once();
    CREATE OR REPLACE TRIGGER match_proposal_line_refers
        BEFORE INSERT ON receivables.match_proposal_line FOR EACH ROW WHEN (NOT ar.is_writing_proposals())
        EXECUTE FUNCTION ar.refers('match_proposal_id', 'match_proposal', 'item_id', 'item');
    CREATE OR REPLACE TRIGGER match_proposal_line_append_only
        BEFORE UPDATE OR DELETE ON receivables.match_proposal_line FOR EACH ROW
        EXECUTE FUNCTION ar.refuse_change('What was proposed stays known.');
    CREATE OR REPLACE TRIGGER match_proposal_line_no_truncate
        BEFORE TRUNCATE ON receivables.match_proposal_line EXECUTE FUNCTION ar.refuse_change('What was proposed stays known.');

    -- Who clears a deduction may change, what it is may not.
    CREATE OR REPLACE TRIGGER deduction_stays
        BEFORE UPDATE OF company_id, item_id, source_item_id, match_proposal_id, reason_code, note OR DELETE
        ON receivables.deduction FOR EACH ROW
        EXECUTE FUNCTION ar.refuse_change('What a deduction is for stays; it may be given to somebody else.');

    CREATE OR REPLACE TRIGGER match_rule_is_valid
        BEFORE INSERT OR UPDATE ON receivables.match_rule
        FOR EACH ROW EXECUTE FUNCTION ar.match_rule_is_valid();
    CREATE OR REPLACE TRIGGER reason_code_is_valid
        BEFORE INSERT OR UPDATE OF pattern ON receivables.reason_code
        FOR EACH ROW WHEN (NEW.pattern IS NOT NULL) EXECUTE FUNCTION ar.reason_code_is_valid();

    CREATE OR REPLACE VIEW receivables.customer_match_rule_set WITH (security_invoker = true) AS
    SELECT c.company_id, c.customer_id, coalesce(c.match_rule_set, g.match_rule_set, co.match_rule_set) AS match_rule_set,
           coalesce(s.auto_apply_score, 0.90) AS auto_apply_score, coalesce(s.auto_apply_margin, 0.10) AS auto_apply_margin
    FROM receivables.customer AS c
    JOIN receivables.company AS co ON co.company_id = c.company_id
    LEFT JOIN receivables.customer_group AS g ON g.company_id = c.company_id AND g.customer_group = c.customer_group
    LEFT JOIN receivables.match_rule_set AS s
        ON s.company_id = c.company_id AND s.match_rule_set = coalesce(c.match_rule_set, g.match_rule_set, co.match_rule_set);
    COMMENT ON VIEW receivables.customer_match_rule_set IS 'By which rules payments of each customer are matched.';
    COMMENT ON COLUMN receivables.customer_match_rule_set.company_id IS 'The company.';
    COMMENT ON COLUMN receivables.customer_match_rule_set.customer_id IS 'The customer.';
    COMMENT ON COLUMN receivables.customer_match_rule_set.match_rule_set IS 'The set of the customer, else of its group, else of the company; null for the standard rules.';
    COMMENT ON COLUMN receivables.customer_match_rule_set.auto_apply_score IS 'Least score, 0 to 1, of a proposal that ar.auto_apply settles.';
    COMMENT ON COLUMN receivables.customer_match_rule_set.auto_apply_margin IS 'How far, 0 to 1, the next best must lie below it.';
