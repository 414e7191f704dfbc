
    -- what to do next about an overdue customer
    CREATE TABLE receivables.worklist_rule (
        company_id               bigint NOT NULL,
        position                 integer NOT NULL CHECK (position > 0),
        grade                    text CHECK (grade IN ('A', 'B', 'C', 'D')),
        minimum_days_past_due    integer CHECK (minimum_days_past_due >= 0),
        minimum_late_share       numeric CHECK (minimum_late_share BETWEEN 0 AND 1),
        maximum_late_share       numeric CHECK (maximum_late_share BETWEEN 0 AND 1),
        minimum_broken_promises  integer CHECK (minimum_broken_promises > 0),
        next_action              text NOT NULL CHECK (btrim(next_action) <> ''),
        uplift                   numeric NOT NULL DEFAULT 1 CHECK (uplift >= 0 AND uplift < 'Infinity'),
        PRIMARY KEY (company_id, position),
        FOREIGN KEY (company_id) REFERENCES receivables.company
    );
    COMMENT ON TABLE receivables.worklist_rule IS 'Rules that say what to do about an overdue customer, by its profile; the first that fits counts. Without any, the standard ones of ar.standard_worklist_rules do.';
    COMMENT ON COLUMN receivables.worklist_rule.company_id IS 'The company.';
    COMMENT ON COLUMN receivables.worklist_rule.position IS 'Order of the rules.';
    COMMENT ON COLUMN receivables.worklist_rule.grade IS 'Grade of the customer; null for any.';
    COMMENT ON COLUMN receivables.worklist_rule.minimum_days_past_due IS 'Least days past due of its oldest item; null for any.';
    COMMENT ON COLUMN receivables.worklist_rule.minimum_late_share IS 'Least share of what it paid in the last year that it paid late; null for any.';
    COMMENT ON COLUMN receivables.worklist_rule.maximum_late_share IS 'Highest share that it paid late; null for any.';
    COMMENT ON COLUMN receivables.worklist_rule.minimum_broken_promises IS 'Least promises broken in the last year; null for any.';
    COMMENT ON COLUMN receivables.worklist_rule.next_action IS 'What to do, in words.';
    COMMENT ON COLUMN receivables.worklist_rule.uplift IS 'What doing it is taken to be worth: the priority is multiplied by it.';
