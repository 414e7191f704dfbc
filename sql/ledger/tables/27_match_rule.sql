
    -- how payments are matched, and what differences are called
    CREATE TABLE receivables.reason_code (
        company_id   bigint NOT NULL REFERENCES receivables.company,
        reason_code  text NOT NULL CHECK (btrim(reason_code) <> ''),
        name         text NOT NULL CHECK (btrim(name) <> ''),
        purpose      text NOT NULL CHECK (purpose IN ('discount', 'bank_fee', 'write_off', 'deduction')),
        pattern      text CHECK (btrim(pattern) <> ''),
        account      text CHECK (btrim(account) <> ''),
        assigned_to  text CHECK (btrim(assigned_to) <> ''),
        PRIMARY KEY (company_id, reason_code)
    );
    COMMENT ON TABLE receivables.reason_code IS 'Reasons of a company for differences between what was due and what was paid.';
    COMMENT ON COLUMN receivables.reason_code.company_id IS 'The company.';
    COMMENT ON COLUMN receivables.reason_code.reason_code IS 'Code of the reason, such as DAMAGED.';
    COMMENT ON COLUMN receivables.reason_code.name IS 'Name of the reason.';
    COMMENT ON COLUMN receivables.reason_code.purpose IS 'What it is a reason for: discount, bank_fee, write_off or deduction.';
    COMMENT ON COLUMN receivables.reason_code.pattern IS 'Regular expression, matched without regard to case, by which ar.propose recognises it in what a payer writes; null for a reason that is given by hand, by a rule, or to all differences of its purpose, if it is the only one of them without.';
    COMMENT ON COLUMN receivables.reason_code.account IS 'Account of the general ledger that the difference is posted to; null for that of its kind of document.';
    COMMENT ON COLUMN receivables.reason_code.assigned_to IS 'Who clears deductions of this reason; null for the salesperson of the customer.';

    CREATE TABLE receivables.match_rule_set (
        company_id         bigint NOT NULL REFERENCES receivables.company,
        match_rule_set     text NOT NULL CHECK (btrim(match_rule_set) <> ''),
        name               text NOT NULL CHECK (btrim(name) <> ''),
        auto_apply_score   numeric NOT NULL DEFAULT 0.90 CHECK (auto_apply_score > 0 AND auto_apply_score <= 1),
        auto_apply_margin  numeric NOT NULL DEFAULT 0.10 CHECK (auto_apply_margin >= 0 AND auto_apply_margin <= 1),
        PRIMARY KEY (company_id, match_rule_set)
    );
    ALTER TABLE receivables.company ADD FOREIGN KEY (company_id, match_rule_set) REFERENCES receivables.match_rule_set;
    COMMENT ON TABLE receivables.match_rule_set IS 'Sets of rules that payments are matched by. The set of a customer, else of its group, else of the company counts; without any, the standard rules do.';
    COMMENT ON COLUMN receivables.match_rule_set.company_id IS 'The company.';
    COMMENT ON COLUMN receivables.match_rule_set.match_rule_set IS 'Code of the set.';
    COMMENT ON COLUMN receivables.match_rule_set.name IS 'Name of the set.';
    COMMENT ON COLUMN receivables.match_rule_set.auto_apply_score IS 'Least score, 0 to 1, of a proposal that ar.auto_apply settles.';
    COMMENT ON COLUMN receivables.match_rule_set.auto_apply_margin IS 'How far, 0 to 1, the next best must lie below it.';

    CREATE TABLE receivables.match_rule (
        company_id               bigint NOT NULL,
        match_rule_set           text NOT NULL,
        position                 integer NOT NULL CHECK (position > 0),
        method                   text NOT NULL,
        score                    numeric NOT NULL CHECK (score > 0 AND score <= 1),
        tolerance_under          numeric NOT NULL DEFAULT 0 CHECK (tolerance_under >= 0 AND tolerance_under < 'Infinity'),
        tolerance_under_percent  numeric NOT NULL DEFAULT 100 CHECK (tolerance_under_percent >= 0 AND tolerance_under_percent <= 100),
        tolerance_over           numeric NOT NULL DEFAULT 0 CHECK (tolerance_over >= 0 AND tolerance_over < 'Infinity'),
        tolerance_over_percent   numeric NOT NULL DEFAULT 100 CHECK (tolerance_over_percent >= 0 AND tolerance_over_percent <= 100),
        discount_grace_days      integer NOT NULL DEFAULT 0 CHECK (discount_grace_days >= 0),
        unearned_discount_percents numeric[] NOT NULL DEFAULT '{}',
        partial_allowed          boolean NOT NULL DEFAULT true,
        remainder                text NOT NULL DEFAULT 'unapplied' CHECK (remainder IN ('unapplied', 'on_account')),
        shortfall                text NOT NULL DEFAULT 'open' CHECK (shortfall IN ('open', 'write_off', 'deduction')),
        write_off_limit          numeric NOT NULL DEFAULT 0 CHECK (write_off_limit >= 0 AND write_off_limit < 'Infinity'),
        reason_code              text,
        max_items                integer CHECK (max_items > 0),
        account_discounts        text NOT NULL DEFAULT 'none' CHECK (account_discounts IN ('none', 'earned', 'all')),
        include_charges          boolean NOT NULL DEFAULT true,
        include_disputed         boolean NOT NULL DEFAULT false,
        PRIMARY KEY (company_id, match_rule_set, position),
        FOREIGN KEY (company_id, match_rule_set) REFERENCES receivables.match_rule_set,
        FOREIGN KEY (company_id, reason_code) REFERENCES receivables.reason_code
    );
    COMMENT ON TABLE receivables.match_rule IS 'Rules of a set, tried in order: the first that finds something counts.';
    COMMENT ON COLUMN receivables.match_rule.company_id IS 'The company.';
    COMMENT ON COLUMN receivables.match_rule.match_rule_set IS 'The set.';
    COMMENT ON COLUMN receivables.match_rule.position IS 'Its place in the set.';
    COMMENT ON COLUMN receivables.match_rule.method IS 'How it looks for items: one of ar.match_methods.';
    COMMENT ON COLUMN receivables.match_rule.score IS 'How certain what it finds is, 0 to 1, where nothing speaks against it.';
    COMMENT ON COLUMN receivables.match_rule.tolerance_under IS 'Amount by which less may be paid than is due, inclusive, in the currency of the payment, what is less than its smallest unit cut off; the lesser of this and the percentage counts, which alone means the same in every currency.';
    COMMENT ON COLUMN receivables.match_rule.tolerance_under_percent IS 'The same as a percentage of what is due.';
    COMMENT ON COLUMN receivables.match_rule.tolerance_over IS 'Amount by which more may be paid than is due, inclusive; the lesser of this and the percentage counts.';
    COMMENT ON COLUMN receivables.match_rule.tolerance_over_percent IS 'The same as a percentage of what is due.';
    COMMENT ON COLUMN receivables.match_rule.discount_grace_days IS 'Days after its last day on which a discount is still granted.';
    COMMENT ON COLUMN receivables.match_rule.unearned_discount_percents IS 'Percentages that payers take although no term grants them, and that are looked for; what is found so is never settled automatically.';
    COMMENT ON COLUMN receivables.match_rule.partial_allowed IS 'Whether the last item may be settled in part.';
    COMMENT ON COLUMN receivables.match_rule.remainder IS 'What becomes of money that is left: unapplied, for somebody to apply, or on_account, to stay there until the account is cleared.';
    COMMENT ON COLUMN receivables.match_rule.shortfall IS 'What becomes of what was not paid within the tolerance: it stays open, is written off up to write_off_limit, or becomes a deduction.';
    COMMENT ON COLUMN receivables.match_rule.write_off_limit IS 'Greatest amount that is written off, in the currency of the payment, what is less than its smallest unit cut off.';
    COMMENT ON COLUMN receivables.match_rule.reason_code IS 'Reason that differences it settles are posted with, where it is one for what they are and the payer names no other.';
    COMMENT ON COLUMN receivables.match_rule.max_items IS 'Most items it combines; null for as many as there are.';
    COMMENT ON COLUMN receivables.match_rule.account_discounts IS 'Which discounts of their terms clear_account, clear_past_due, past_due_by_term and oldest_first take off items they settle in full: none; earned, within their last day and discount_grace_days; or all, also those whose days have passed, of which nothing is settled automatically.';
    COMMENT ON COLUMN receivables.match_rule.include_charges IS 'Whether these methods look at late interest and fees.';
    COMMENT ON COLUMN receivables.match_rule.include_disputed IS 'Whether these methods look at items with an open dispute, which no method settles automatically.';

    CREATE TABLE receivables.customer_group (
        company_id      bigint NOT NULL REFERENCES receivables.company,
        customer_group  text NOT NULL CHECK (btrim(customer_group) <> ''),
        name            text NOT NULL CHECK (btrim(name) <> ''),
        match_rule_set  text,
        dunning_policy  text,
        interest_policy text,
        PRIMARY KEY (company_id, customer_group),
        FOREIGN KEY (company_id, match_rule_set) REFERENCES receivables.match_rule_set
    );
    COMMENT ON TABLE receivables.customer_group IS 'Groups of customers that rules are made for.';
    COMMENT ON COLUMN receivables.customer_group.company_id IS 'The company.';
    COMMENT ON COLUMN receivables.customer_group.customer_group IS 'Code of the group.';
    COMMENT ON COLUMN receivables.customer_group.name IS 'Name of the group.';
    COMMENT ON COLUMN receivables.customer_group.match_rule_set IS 'Rules its payments are matched by; null for those of the company.';
    COMMENT ON COLUMN receivables.customer_group.dunning_policy IS 'Policy its customers are dunned by; null for that of their grade or company.';
    COMMENT ON COLUMN receivables.customer_group.interest_policy IS 'Policy their late interest is computed by; null for that of the company.';
