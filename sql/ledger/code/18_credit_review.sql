
    -- Grades of a company follow each other by score.
    CREATE OR REPLACE TRIGGER credit_grade_in_order
        AFTER INSERT OR UPDATE OF grade, from_score ON receivables.credit_grade FOR EACH ROW
        EXECUTE FUNCTION ar.credit_grades_in_order();

    -- What was decided stays as it was; how a proposal was decided is written once.
    CREATE OR REPLACE TRIGGER credit_review_append_only
        BEFORE UPDATE OR DELETE ON receivables.credit_review FOR EACH ROW
        EXECUTE FUNCTION ar.refuse_change('How credit was reviewed stays known.');
    CREATE OR REPLACE TRIGGER credit_review_no_truncate
        BEFORE TRUNCATE ON receivables.credit_review EXECUTE FUNCTION ar.refuse_change('How credit was reviewed stays known.');
    CREATE OR REPLACE TRIGGER credit_review_recorded_now
        BEFORE INSERT ON receivables.credit_review FOR EACH ROW
        WHEN (NEW.recorded_at < now() OR NEW.recorded_at > clock_timestamp() OR NEW.recorded_by <> session_user)
        EXECUTE FUNCTION ar.refuse_forged_entry();
    CREATE OR REPLACE TRIGGER credit_decision_append_only
        BEFORE UPDATE OF company_id, credit_decision_id, credit_review_id, customer_id, as_of, is_due, old_grade, new_grade,
                         scored_grade, old_limit, new_limit, limit_rule, score, pd, missing, reasons, contributions,
                         valid_until, reverses_credit_decision_id, proposed_by, recorded_at, recorded_by OR DELETE
        ON receivables.credit_decision FOR EACH ROW
        EXECUTE FUNCTION ar.refuse_change('What was decided stays known; it is undone with ar.reverse_credit.');
    CREATE OR REPLACE TRIGGER credit_decision_no_truncate
        BEFORE TRUNCATE ON receivables.credit_decision
        EXECUTE FUNCTION ar.refuse_change('What was decided stays known; it is undone with ar.reverse_credit.');
    CREATE OR REPLACE TRIGGER credit_decision_recorded_now
        BEFORE INSERT ON receivables.credit_decision FOR EACH ROW
        WHEN (NEW.recorded_at < now() OR NEW.recorded_at > clock_timestamp() OR NEW.recorded_by <> session_user)
        EXECUTE FUNCTION ar.refuse_forged_entry();
    CREATE OR REPLACE TRIGGER credit_decision_starts_undecided
        BEFORE INSERT ON receivables.credit_decision FOR EACH ROW
        WHEN (NEW.status NOT IN ('applied', 'proposed', 'unchanged') OR NEW.decided_at IS NOT NULL OR NEW.decided_by IS NOT NULL
              OR NEW.proposed_by <> coalesce(nullif(current_setting('ar.application_user', true), ''), session_user))
        EXECUTE FUNCTION ar.refuse_decided_credit();
    CREATE OR REPLACE TRIGGER credit_decision_decided_once
        BEFORE UPDATE OF status, effective_on, decided_at, decided_by, decision_note
        ON receivables.credit_decision FOR EACH ROW EXECUTE FUNCTION ar.decide_credit_once();

    CREATE OR REPLACE VIEW receivables.credit_history WITH (security_invoker = true) AS
    SELECT h.company_id, h.customer_id, h.valid_from, h.valid_to, h.grade, h.credit_limit, h.credit_decision_id, h.status,
           h.limit_rule, h.reasons, h.decided_by
    FROM (SELECT d.company_id, d.customer_id, d.effective_on AS valid_from, d.credit_decision_id, d.new_grade AS grade,
                 d.new_limit AS credit_limit, d.status, d.limit_rule, d.reasons, coalesce(d.decided_by, d.proposed_by) AS decided_by,
                 coalesce(lead(d.effective_on) OVER (PARTITION BY d.company_id, d.customer_id ORDER BY d.effective_on, d.credit_decision_id),
                          'infinity') AS valid_to
          FROM receivables.credit_decision AS d
          WHERE d.effective_on IS NOT NULL
          UNION ALL
          -- What it was before anything was decided.
          SELECT f.company_id, f.customer_id, '-infinity'::date AS valid_from, NULL::bigint AS credit_decision_id, f.old_grade,
                 f.old_limit, NULL::text AS status, NULL::text AS limit_rule, NULL::text[] AS reasons, NULL::text AS decided_by,
                 f.effective_on
          FROM (SELECT DISTINCT ON (d.company_id, d.customer_id) d.*
                FROM receivables.credit_decision AS d
                WHERE d.effective_on IS NOT NULL
                ORDER BY d.company_id, d.customer_id, d.effective_on, d.credit_decision_id) AS f) AS h
    WHERE h.valid_from < h.valid_to;
    COMMENT ON VIEW receivables.credit_history IS 'Which grade and credit limit each customer had from when to when, as it was decided; changes made in the customer directly are in change_history.';
    COMMENT ON COLUMN receivables.credit_history.company_id IS 'The company.';
    COMMENT ON COLUMN receivables.credit_history.customer_id IS 'The customer.';
    COMMENT ON COLUMN receivables.credit_history.valid_from IS 'Day from which it counts; -infinity for what it was before the first decision.';
    COMMENT ON COLUMN receivables.credit_history.valid_to IS 'Day from which the next counts; infinity for the latest.';
    COMMENT ON COLUMN receivables.credit_history.grade IS 'The grade.';
    COMMENT ON COLUMN receivables.credit_history.credit_limit IS 'The credit limit in the currency of the company; null for none.';
    COMMENT ON COLUMN receivables.credit_history.credit_decision_id IS 'The decision; null before the first.';
    COMMENT ON COLUMN receivables.credit_history.status IS 'applied, approved, or reversed later on.';
    COMMENT ON COLUMN receivables.credit_history.limit_rule IS 'Rule the limit follows, as in credit_decision.';
    COMMENT ON COLUMN receivables.credit_history.reasons IS 'Why, in words.';
    COMMENT ON COLUMN receivables.credit_history.decided_by IS 'Who approved it, else who made the review or entered it.';

    CREATE OR REPLACE VIEW receivables.credit_proposal WITH (security_invoker = true) AS
    SELECT d.company_id, d.credit_decision_id, d.customer_id, c.customer_number, c.name, d.as_of, d.old_grade, d.new_grade,
           d.old_limit, d.new_limit, d.limit_rule, d.score, d.pd, d.reasons, d.proposed_by, d.recorded_at
    FROM receivables.credit_decision AS d
    JOIN receivables.customer AS c ON c.company_id = d.company_id AND c.customer_id = d.customer_id
    WHERE d.status = 'proposed'
      AND NOT EXISTS (SELECT FROM receivables.credit_decision AS l
                      WHERE l.company_id = d.company_id AND l.customer_id = d.customer_id
                        AND l.credit_decision_id > d.credit_decision_id);
    COMMENT ON VIEW receivables.credit_proposal IS 'Changes of grade and limit that wait for approval: the latest of each customer.';
    COMMENT ON COLUMN receivables.credit_proposal.company_id IS 'The company.';
    COMMENT ON COLUMN receivables.credit_proposal.credit_decision_id IS 'The decision, for ar.approve_credit and ar.reject_credit.';
    COMMENT ON COLUMN receivables.credit_proposal.customer_id IS 'The customer.';
    COMMENT ON COLUMN receivables.credit_proposal.customer_number IS 'Its number.';
    COMMENT ON COLUMN receivables.credit_proposal.name IS 'Its name.';
    COMMENT ON COLUMN receivables.credit_proposal.as_of IS 'Day the customer was looked at.';
    COMMENT ON COLUMN receivables.credit_proposal.old_grade IS 'Grade when it was proposed.';
    COMMENT ON COLUMN receivables.credit_proposal.new_grade IS 'Grade that is proposed.';
    COMMENT ON COLUMN receivables.credit_proposal.old_limit IS 'Credit limit when it was proposed.';
    COMMENT ON COLUMN receivables.credit_proposal.new_limit IS 'Credit limit that is proposed.';
    COMMENT ON COLUMN receivables.credit_proposal.limit_rule IS 'Rule the limit follows, as in credit_decision.';
    COMMENT ON COLUMN receivables.credit_proposal.score IS 'The score.';
    COMMENT ON COLUMN receivables.credit_proposal.pd IS 'Probability of default that the scorecard gives.';
    COMMENT ON COLUMN receivables.credit_proposal.reasons IS 'Why, in words.';
    COMMENT ON COLUMN receivables.credit_proposal.proposed_by IS 'Who made the review or entered it.';
    COMMENT ON COLUMN receivables.credit_proposal.recorded_at IS 'When it was proposed.';
