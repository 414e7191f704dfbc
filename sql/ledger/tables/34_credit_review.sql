
    -- how credit is reviewed, who decides on it, and what was decided
    CREATE TABLE receivables.credit_review_policy (
        company_id              bigint PRIMARY KEY REFERENCES receivables.company,
        review_months           integer CHECK (review_months BETWEEN 1 AND 60),
        reviews_to_upgrade      integer CHECK (reviews_to_upgrade BETWEEN 1 AND 12),
        raise_percent           numeric CHECK (raise_percent >= 0 AND raise_percent < 'Infinity'),
        raise_days_past_due     integer CHECK (raise_days_past_due >= 0),
        raise_utilisation       numeric CHECK (raise_utilisation >= 0 AND raise_utilisation < 'Infinity'),
        cut_days_past_due       integer CHECK (cut_days_past_due >= 0),
        cut_percent             numeric CHECK (cut_percent BETWEEN 0 AND 100),
        freeze_days_past_due    integer CHECK (freeze_days_past_due >= 0),
        cooldown_days           integer CHECK (cooldown_days >= 0),
        net_worth_percent       numeric CHECK (net_worth_percent >= 0 AND net_worth_percent < 'Infinity'),
        turnover_percent        numeric CHECK (turnover_percent >= 0 AND turnover_percent < 'Infinity'),
        automatic_changes       text CHECK (automatic_changes IN ('none', 'down', 'both')),
        automatic_limit         numeric CHECK (automatic_limit >= 0 AND automatic_limit < 'Infinity'),
        automatic_raise_percent numeric CHECK (automatic_raise_percent >= 0 AND automatic_raise_percent < 'Infinity'),
        four_eyes               boolean,
        scorecard               text,
        recorded_at             timestamptz NOT NULL DEFAULT clock_timestamp(),
        recorded_by             text NOT NULL DEFAULT session_user
    );
    COMMENT ON TABLE receivables.credit_review_policy IS 'How a company reviews the credit of its customers; null, or no row, for the standard, which ar.credit_review_policy gives.';
    COMMENT ON COLUMN receivables.credit_review_policy.company_id IS 'The company.';
    COMMENT ON COLUMN receivables.credit_review_policy.review_months IS 'Months from one review of a customer to the next.';
    COMMENT ON COLUMN receivables.credit_review_policy.reviews_to_upgrade IS 'Reviews running that find a better grade before it is given.';
    COMMENT ON COLUMN receivables.credit_review_policy.raise_percent IS 'Percent a limit is raised by where the score is up and the limit well used.';
    COMMENT ON COLUMN receivables.credit_review_policy.raise_days_past_due IS 'Most days past due within 6 months for a raise.';
    COMMENT ON COLUMN receivables.credit_review_policy.raise_utilisation IS 'Least use of a limit, as a fraction of it, for a raise.';
    COMMENT ON COLUMN receivables.credit_review_policy.cut_days_past_due IS 'A limit is cut where something is past due for more days than this.';
    COMMENT ON COLUMN receivables.credit_review_policy.cut_percent IS 'Percent it is cut by.';
    COMMENT ON COLUMN receivables.credit_review_policy.freeze_days_past_due IS 'A limit is frozen at 0 where something is past due for more days than this.';
    COMMENT ON COLUMN receivables.credit_review_policy.cooldown_days IS 'Days after a change of a limit in which it is not raised or cut again.';
    COMMENT ON COLUMN receivables.credit_review_policy.net_worth_percent IS 'Percent of the tangible net worth of a customer that its limit may reach.';
    COMMENT ON COLUMN receivables.credit_review_policy.turnover_percent IS 'Percent of the yearly turnover of a customer that its limit may reach.';
    COMMENT ON COLUMN receivables.credit_review_policy.automatic_changes IS 'What a review applies by itself: none, only what goes down, or both; all else waits for approval.';
    COMMENT ON COLUMN receivables.credit_review_policy.automatic_limit IS 'Highest limit that a review raises a customer to by itself; null for any.';
    COMMENT ON COLUMN receivables.credit_review_policy.automatic_raise_percent IS 'Largest raise of a limit, in percent of it, that a review applies by itself; null for any.';
    COMMENT ON COLUMN receivables.credit_review_policy.four_eyes IS 'Whether somebody else approves than who proposed.';
    COMMENT ON COLUMN receivables.credit_review_policy.scorecard IS 'Scorecard whose champion is used; null for the only one of the company, else the standard one.';
    COMMENT ON COLUMN receivables.credit_review_policy.recorded_at IS 'When it was entered.';
    COMMENT ON COLUMN receivables.credit_review_policy.recorded_by IS 'Who entered it.';

    CREATE TABLE receivables.credit_authority (
        company_id     bigint NOT NULL REFERENCES receivables.company,
        role_name      text NOT NULL CHECK (btrim(role_name) <> ''),
        maximum_limit  numeric CHECK (maximum_limit >= 0 AND maximum_limit < 'Infinity'),
        best_grade     text NOT NULL DEFAULT 'A' CHECK (best_grade IN ('A', 'B', 'C', 'D')),
        recorded_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
        recorded_by    text NOT NULL DEFAULT session_user,
        PRIMARY KEY (company_id, role_name)
    );
    COMMENT ON TABLE receivables.credit_authority IS 'Who may decide on credit up to where. A company without rows leaves it to the presets approver, manager and admin, without a bound.';
    COMMENT ON COLUMN receivables.credit_authority.company_id IS 'The company.';
    COMMENT ON COLUMN receivables.credit_authority.role_name IS 'Database role, whose members have the authority.';
    COMMENT ON COLUMN receivables.credit_authority.maximum_limit IS 'Highest limit they may give, in the currency of the company; null for any.';
    COMMENT ON COLUMN receivables.credit_authority.best_grade IS 'Best grade they may give.';
    COMMENT ON COLUMN receivables.credit_authority.recorded_at IS 'When it was entered.';
    COMMENT ON COLUMN receivables.credit_authority.recorded_by IS 'Who entered it.';

    CREATE TABLE receivables.credit_review (
        company_id         bigint NOT NULL REFERENCES receivables.company,
        credit_review_id   bigint GENERATED BY DEFAULT AS IDENTITY,
        as_of              date NOT NULL CHECK (isfinite(as_of)),
        scorecard          text,
        scorecard_version  integer,
        policy             jsonb NOT NULL CHECK (jsonb_typeof(policy) = 'object'),
        customers          bigint NOT NULL CHECK (customers = applied + proposed + unchanged),
        applied            bigint NOT NULL CHECK (applied >= 0),
        proposed           bigint NOT NULL CHECK (proposed >= 0),
        unchanged          bigint NOT NULL CHECK (unchanged >= 0),
        recorded_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
        recorded_by        text NOT NULL DEFAULT session_user,
        application_user   text DEFAULT nullif(current_setting('ar.application_user', true), ''),
        PRIMARY KEY (company_id, credit_review_id)
    );
    COMMENT ON TABLE receivables.credit_review IS 'Reviews of credit that were made. Append-only.';
    COMMENT ON COLUMN receivables.credit_review.company_id IS 'The company.';
    COMMENT ON COLUMN receivables.credit_review.credit_review_id IS 'Identifies the review within the company.';
    COMMENT ON COLUMN receivables.credit_review.as_of IS 'Day the customers were looked at as they were at the end of.';
    COMMENT ON COLUMN receivables.credit_review.scorecard IS 'Scorecard that was used; null for the standard one.';
    COMMENT ON COLUMN receivables.credit_review.scorecard_version IS 'Its version.';
    COMMENT ON COLUMN receivables.credit_review.policy IS 'Policy that was used, as ar.credit_review_policy gave it.';
    COMMENT ON COLUMN receivables.credit_review.customers IS 'Customers that were reviewed.';
    COMMENT ON COLUMN receivables.credit_review.applied IS 'Changes that were applied, being within the authority of the policy.';
    COMMENT ON COLUMN receivables.credit_review.proposed IS 'Changes that were left for approval.';
    COMMENT ON COLUMN receivables.credit_review.unchanged IS 'Customers that keep grade and limit.';
    COMMENT ON COLUMN receivables.credit_review.recorded_at IS 'When it was made.';
    COMMENT ON COLUMN receivables.credit_review.recorded_by IS 'Database role that made it.';
    COMMENT ON COLUMN receivables.credit_review.application_user IS 'User of the application that made it, as the setting ar.application_user said.';

    CREATE TABLE receivables.credit_decision (
        company_id           bigint NOT NULL,
        credit_decision_id   bigint GENERATED BY DEFAULT AS IDENTITY,
        credit_review_id     bigint,
        customer_id          bigint NOT NULL,
        as_of                date NOT NULL CHECK (isfinite(as_of)),
        is_due               boolean NOT NULL DEFAULT false,
        status               text NOT NULL CHECK (status IN ('applied', 'proposed', 'approved', 'rejected', 'reversed', 'unchanged')),
        old_grade            text CHECK (old_grade IN ('A', 'B', 'C', 'D')),
        new_grade            text CHECK (new_grade IN ('A', 'B', 'C', 'D')),
        scored_grade         text CHECK (scored_grade IN ('A', 'B', 'C', 'D')),
        old_limit            numeric CHECK (old_limit >= 0 AND old_limit < 'Infinity'),
        new_limit            numeric CHECK (new_limit >= 0 AND new_limit < 'Infinity'),
        limit_rule           text NOT NULL CHECK (limit_rule IN (
                                 'keep', 'initial', 'raise', 'cut', 'freeze', 'unfreeze', 'cap', 'grade', 'manual', 'reversal')),
        score                numeric CHECK (score > '-Infinity' AND score < 'Infinity'),
        pd                   numeric CHECK (pd BETWEEN 0 AND 1),
        missing              text[],
        reasons              text[] NOT NULL,
        contributions        jsonb,
        valid_until          date,
        reverses_credit_decision_id bigint,
        effective_on         date CHECK (isfinite(effective_on)),
        proposed_by          text NOT NULL DEFAULT coalesce(nullif(current_setting('ar.application_user', true), ''), session_user),
        recorded_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
        recorded_by          text NOT NULL DEFAULT session_user,
        decided_at           timestamptz,
        decided_by           text,
        decision_note        text,
        PRIMARY KEY (company_id, credit_decision_id),
        UNIQUE (company_id, reverses_credit_decision_id),
        FOREIGN KEY (company_id, credit_review_id) REFERENCES receivables.credit_review,
        FOREIGN KEY (company_id, customer_id) REFERENCES receivables.customer,
        FOREIGN KEY (company_id, reverses_credit_decision_id) REFERENCES receivables.credit_decision,
        CONSTRAINT credit_decision_unchanged_changes_nothing CHECK (
            status <> 'unchanged' OR (old_grade, old_limit) IS NOT DISTINCT FROM (new_grade, new_limit)),
        CONSTRAINT credit_decision_effective_where_applied CHECK (
            (effective_on IS NOT NULL) = (status IN ('applied', 'approved', 'reversed')))
    );
    -- Reviewed once a day: where two reviews cannot see each other, one is refused.
    CREATE UNIQUE INDEX credit_decision_review_idx ON receivables.credit_decision (company_id, customer_id, as_of)
        WHERE credit_review_id IS NOT NULL;
    CREATE INDEX credit_decision_customer_idx ON receivables.credit_decision (company_id, customer_id, credit_decision_id);
    CREATE INDEX credit_decision_proposed_idx ON receivables.credit_decision (company_id, credit_decision_id)
        WHERE status = 'proposed';
    COMMENT ON TABLE receivables.credit_decision IS 'What reviews and people decided on the grade and limit of customers, and why. What was proposed stays as it was; how it was decided is written once; undone by a dated reversal.';
    COMMENT ON COLUMN receivables.credit_decision.company_id IS 'The company.';
    COMMENT ON COLUMN receivables.credit_decision.credit_decision_id IS 'Identifies the decision within the company; later ones have higher numbers.';
    COMMENT ON COLUMN receivables.credit_decision.credit_review_id IS 'The review it is of; null for one entered by ar.set_credit, or a reversal.';
    COMMENT ON COLUMN receivables.credit_decision.customer_id IS 'The customer.';
    COMMENT ON COLUMN receivables.credit_decision.as_of IS 'Day the customer was looked at as it was at the end of.';
    COMMENT ON COLUMN receivables.credit_decision.is_due IS 'Whether the customer was due for review: only such reviews count towards an upgrade and from one review to the next.';
    COMMENT ON COLUMN receivables.credit_decision.status IS 'applied by the review or by who entered it; proposed: waits for approval; approved, rejected; reversed after it was applied or approved; unchanged: grade and limit stay.';
    COMMENT ON COLUMN receivables.credit_decision.old_grade IS 'Grade before; null for none.';
    COMMENT ON COLUMN receivables.credit_decision.new_grade IS 'Grade decided or proposed.';
    COMMENT ON COLUMN receivables.credit_decision.scored_grade IS 'Grade that the scorecard gives, its exceptions included; null where it gives none.';
    COMMENT ON COLUMN receivables.credit_decision.old_limit IS 'Credit limit before, in the currency of the company; null for none.';
    COMMENT ON COLUMN receivables.credit_decision.new_limit IS 'Credit limit decided or proposed.';
    COMMENT ON COLUMN receivables.credit_decision.limit_rule IS 'Rule the limit follows: keep; initial (none was set), raise, cut, freeze, unfreeze, cap (of grade or capacity), grade (D: none), manual, reversal.';
    COMMENT ON COLUMN receivables.credit_decision.score IS 'Score, higher is safer; null where too little is known.';
    COMMENT ON COLUMN receivables.credit_decision.pd IS 'Probability of default within 12 months that the scorecard gives.';
    COMMENT ON COLUMN receivables.credit_decision.missing IS 'Characteristics of the scorecard that nothing was known of.';
    COMMENT ON COLUMN receivables.credit_decision.reasons IS 'Why, in words.';
    COMMENT ON COLUMN receivables.credit_decision.contributions IS 'What each characteristic contributes to the score, as ar.score gives it.';
    COMMENT ON COLUMN receivables.credit_decision.valid_until IS 'Day through which reviews leave the customer as ar.set_credit set it; null for until the next review.';
    COMMENT ON COLUMN receivables.credit_decision.reverses_credit_decision_id IS 'The decision that this one undoes.';
    COMMENT ON COLUMN receivables.credit_decision.effective_on IS 'Day from which it counts; null where it does not.';
    COMMENT ON COLUMN receivables.credit_decision.proposed_by IS 'Who made the review or entered it: user of the application, else database role.';
    COMMENT ON COLUMN receivables.credit_decision.recorded_at IS 'When it was entered.';
    COMMENT ON COLUMN receivables.credit_decision.recorded_by IS 'Database role that entered it.';
    COMMENT ON COLUMN receivables.credit_decision.decided_at IS 'When it was approved or rejected.';
    COMMENT ON COLUMN receivables.credit_decision.decided_by IS 'Who did: user of the application, else database role.';
    COMMENT ON COLUMN receivables.credit_decision.decision_note IS 'What whoever approved, rejected or reversed it said.';
