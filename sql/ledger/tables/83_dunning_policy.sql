
    -- what is written to customers, in which words
    CREATE TABLE receivables.message_template (
        company_id   bigint NOT NULL,
        template     text NOT NULL CHECK (btrim(template) <> ''),
        language     text NOT NULL CHECK (language ~ '^[a-z]{2,3}(-[A-Za-z0-9]+)*$'),
        version      integer NOT NULL CHECK (version > 0),
        channel      text NOT NULL CHECK (channel IN ('email', 'sms', 'phone', 'letter', 'webhook')),
        is_active    boolean NOT NULL DEFAULT true,
        subject      text,
        body         text NOT NULL CHECK (btrim(body) <> ''),
        recorded_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
        recorded_by  text NOT NULL DEFAULT session_user,
        PRIMARY KEY (company_id, template, language, version),
        FOREIGN KEY (company_id) REFERENCES receivables.company
    );
    COMMENT ON TABLE receivables.message_template IS 'Texts of reminders, letters and reports, by language and version.';
    COMMENT ON COLUMN receivables.message_template.company_id IS 'The company.';
    COMMENT ON COLUMN receivables.message_template.template IS 'Code of the template, such as reminder.';
    COMMENT ON COLUMN receivables.message_template.language IS 'Language of the text, such as en or zh.';
    COMMENT ON COLUMN receivables.message_template.version IS 'Version of the text; the highest active one is used.';
    COMMENT ON COLUMN receivables.message_template.channel IS 'What it is written for, and escaped as: email, sms, phone (notes for a call), letter or webhook.';
    COMMENT ON COLUMN receivables.message_template.is_active IS 'Whether it may be used.';
    COMMENT ON COLUMN receivables.message_template.subject IS 'Subject of a mail or letter, with placeholders.';
    COMMENT ON COLUMN receivables.message_template.body IS 'The text, with placeholders; checked when it is stored.';
    COMMENT ON COLUMN receivables.message_template.recorded_at IS 'When it was entered.';
    COMMENT ON COLUMN receivables.message_template.recorded_by IS 'Who entered it.';

    -- whom to remind of what, when and how
    CREATE TABLE receivables.dunning_policy (
        company_id      bigint NOT NULL,
        dunning_policy  text NOT NULL CHECK (btrim(dunning_policy) <> ''),
        name            text NOT NULL CHECK (btrim(name) <> ''),
        recorded_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
        recorded_by     text NOT NULL DEFAULT session_user,
        PRIMARY KEY (company_id, dunning_policy),
        FOREIGN KEY (company_id) REFERENCES receivables.company
    );
    ALTER TABLE receivables.company ADD FOREIGN KEY (company_id, dunning_policy) REFERENCES receivables.dunning_policy;
    ALTER TABLE receivables.customer ADD FOREIGN KEY (company_id, dunning_policy) REFERENCES receivables.dunning_policy;
    ALTER TABLE receivables.customer_group ADD FOREIGN KEY (company_id, dunning_policy) REFERENCES receivables.dunning_policy;
    ALTER TABLE receivables.credit_grade ADD FOREIGN KEY (company_id, dunning_policy) REFERENCES receivables.dunning_policy;
    COMMENT ON TABLE receivables.dunning_policy IS 'How overdue customers are followed up. The policy of a customer, else of its group, else of its grade, else of the company counts.';
    COMMENT ON COLUMN receivables.dunning_policy.company_id IS 'The company.';
    COMMENT ON COLUMN receivables.dunning_policy.dunning_policy IS 'Code of the policy.';
    COMMENT ON COLUMN receivables.dunning_policy.name IS 'Name of the policy.';
    COMMENT ON COLUMN receivables.dunning_policy.recorded_at IS 'When it was entered.';
    COMMENT ON COLUMN receivables.dunning_policy.recorded_by IS 'Who entered it.';

    CREATE TABLE receivables.dunning_policy_version (
        company_id                 bigint NOT NULL,
        dunning_policy             text NOT NULL,
        version                    integer NOT NULL CHECK (version > 0),
        valid_from                 date NOT NULL DEFAULT '-infinity',
        minimum_amount             numeric NOT NULL DEFAULT 0 CHECK (minimum_amount >= 0 AND minimum_amount < 'Infinity'),
        minimum_interval_days      integer NOT NULL DEFAULT 0 CHECK (minimum_interval_days >= 0),
        may_skip_steps             boolean NOT NULL DEFAULT true,
        promise_grace_days         integer NOT NULL DEFAULT 3 CHECK (promise_grace_days >= 0),
        promise_tolerance_percent  numeric NOT NULL DEFAULT 0 CHECK (promise_tolerance_percent BETWEEN 0 AND 100),
        recorded_at                timestamptz NOT NULL DEFAULT clock_timestamp(),
        recorded_by                text NOT NULL DEFAULT session_user,
        PRIMARY KEY (company_id, dunning_policy, version),
        UNIQUE (company_id, dunning_policy, valid_from),
        FOREIGN KEY (company_id, dunning_policy) REFERENCES receivables.dunning_policy
    );
    COMMENT ON TABLE receivables.dunning_policy_version IS 'Versions of dunning policies, each with its steps: one changed today does not rewrite yesterday.';
    COMMENT ON COLUMN receivables.dunning_policy_version.company_id IS 'The company.';
    COMMENT ON COLUMN receivables.dunning_policy_version.dunning_policy IS 'The policy.';
    COMMENT ON COLUMN receivables.dunning_policy_version.version IS 'Version of the policy, from 1.';
    COMMENT ON COLUMN receivables.dunning_policy_version.valid_from IS 'First day that runs follow it; the version with the latest day up to that of the run counts.';
    COMMENT ON COLUMN receivables.dunning_policy_version.minimum_amount IS 'Least overdue amount of a customer, in the currency of the company, that is reminded of.';
    COMMENT ON COLUMN receivables.dunning_policy_version.minimum_interval_days IS 'Least days from one reminder of a customer to the next.';
    COMMENT ON COLUMN receivables.dunning_policy_version.may_skip_steps IS 'Whether a customer who has reached several steps at once gets the highest alone; otherwise one step a run.';
    COMMENT ON COLUMN receivables.dunning_policy_version.promise_grace_days IS 'Days after a promised date until the promise is judged.';
    COMMENT ON COLUMN receivables.dunning_policy_version.promise_tolerance_percent IS 'Percent of a promised amount that may be missing from a promise that counts as kept.';
    COMMENT ON COLUMN receivables.dunning_policy_version.recorded_at IS 'When it was entered.';
    COMMENT ON COLUMN receivables.dunning_policy_version.recorded_by IS 'Who entered it.';

    CREATE TABLE receivables.dunning_step (
        company_id        bigint NOT NULL,
        dunning_policy    text NOT NULL,
        version           integer NOT NULL,
        level             smallint NOT NULL CHECK (level > 0),
        offset_days       integer NOT NULL CHECK (offset_days BETWEEN -365 AND 3650),
        name              text NOT NULL CHECK (btrim(name) <> ''),
        minimum_amount    numeric NOT NULL DEFAULT 0 CHECK (minimum_amount >= 0 AND minimum_amount < 'Infinity'),
        fee               numeric NOT NULL DEFAULT 0 CHECK (fee >= 0 AND fee < 'Infinity'),
        charges_interest  boolean NOT NULL DEFAULT false,
        PRIMARY KEY (company_id, dunning_policy, version, level),
        UNIQUE (company_id, dunning_policy, version, offset_days),
        FOREIGN KEY (company_id, dunning_policy, version) REFERENCES receivables.dunning_policy_version
    );
    COMMENT ON TABLE receivables.dunning_step IS 'Steps of a version of a dunning policy, by days from the due date.';
    COMMENT ON COLUMN receivables.dunning_step.company_id IS 'The company.';
    COMMENT ON COLUMN receivables.dunning_step.dunning_policy IS 'The policy.';
    COMMENT ON COLUMN receivables.dunning_step.version IS 'Its version.';
    COMMENT ON COLUMN receivables.dunning_step.level IS 'Level that an item has from this step on; higher levels have later days.';
    COMMENT ON COLUMN receivables.dunning_step.offset_days IS 'Days from the due date: negative before it, 0 on the day.';
    COMMENT ON COLUMN receivables.dunning_step.name IS 'Name of the step.';
    COMMENT ON COLUMN receivables.dunning_step.minimum_amount IS 'Least amount of a customer''s items at this level, in the currency of the company, that the step is taken for.';
    COMMENT ON COLUMN receivables.dunning_step.fee IS 'Fee charged with the step, in the currency of the company.';
    COMMENT ON COLUMN receivables.dunning_step.charges_interest IS 'Whether late interest is shown with the step.';

    CREATE TABLE receivables.dunning_action (
        company_id      bigint NOT NULL,
        dunning_policy  text NOT NULL,
        version         integer NOT NULL,
        level           smallint NOT NULL,
        action_number   smallint NOT NULL CHECK (action_number > 0),
        action          text NOT NULL CHECK (action IN ('message', 'task', 'escalation', 'proposal')),
        audience        text NOT NULL CHECK (audience IN ('customer', 'collector', 'salesperson', 'sales_manager', 'cfo', 'legal')),
        channel         text NOT NULL CHECK (channel IN ('email', 'sms', 'phone', 'letter', 'webhook')),
        template        text,
        priority        smallint NOT NULL DEFAULT 3 CHECK (priority BETWEEN 1 AND 5),
        task_days       integer NOT NULL DEFAULT 3 CHECK (task_days >= 0),
        PRIMARY KEY (company_id, dunning_policy, version, level, action_number),
        FOREIGN KEY (company_id, dunning_policy, version, level) REFERENCES receivables.dunning_step,
        CONSTRAINT dunning_action_message_has_template CHECK (action <> 'message' OR template IS NOT NULL),
        CONSTRAINT dunning_action_to_customer_is_message CHECK (audience <> 'customer' OR action = 'message')
    );
    COMMENT ON TABLE receivables.dunning_action IS 'What a dunning step does: messages, tasks, escalations and proposals.';
    COMMENT ON COLUMN receivables.dunning_action.company_id IS 'The company.';
    COMMENT ON COLUMN receivables.dunning_action.dunning_policy IS 'The policy.';
    COMMENT ON COLUMN receivables.dunning_action.version IS 'Its version.';
    COMMENT ON COLUMN receivables.dunning_action.level IS 'The step.';
    COMMENT ON COLUMN receivables.dunning_action.action_number IS 'Place of the action within the step, from 1.';
    COMMENT ON COLUMN receivables.dunning_action.action IS 'message to the audience; task for it; escalation with the report of all contacts; proposal (legal action or bad debt) with the whole dossier.';
    COMMENT ON COLUMN receivables.dunning_action.audience IS 'Whom it is for: the contacts of the customer, or people of the company.';
    COMMENT ON COLUMN receivables.dunning_action.channel IS 'How: email, sms, phone (a task to call), letter or webhook.';
    COMMENT ON COLUMN receivables.dunning_action.template IS 'Template of the text; null for a task or report without one.';
    COMMENT ON COLUMN receivables.dunning_action.priority IS 'Priority of its task, 1 (highest) to 5.';
    COMMENT ON COLUMN receivables.dunning_action.task_days IS 'Days until its task is due.';

    -- who gets tasks
    CREATE TABLE receivables.task_rule (
        company_id      bigint NOT NULL,
        position        integer NOT NULL CHECK (position > 0),
        task_kind       text CHECK (btrim(task_kind) <> ''),
        grade           text CHECK (grade IN ('A', 'B', 'C', 'D')),
        department      text CHECK (btrim(department) <> ''),
        region          text CHECK (btrim(region) <> ''),
        minimum_amount  numeric NOT NULL DEFAULT 0 CHECK (minimum_amount >= 0 AND minimum_amount < 'Infinity'),
        assign_to       text NOT NULL CHECK (assign_to IN ('salesperson', 'employee', 'round_robin', 'workload')),
        employee        text,
        team            text CHECK (btrim(team) <> ''),
        PRIMARY KEY (company_id, position),
        FOREIGN KEY (company_id) REFERENCES receivables.company,
        FOREIGN KEY (company_id, employee) REFERENCES receivables.employee,
        CONSTRAINT task_rule_says_whom CHECK ((assign_to = 'employee') = (employee IS NOT NULL) AND (assign_to IN ('round_robin', 'workload')) = (team IS NOT NULL))
    );
    COMMENT ON TABLE receivables.task_rule IS 'Rules that say who gets a task; the first that fits counts.';
    COMMENT ON COLUMN receivables.task_rule.company_id IS 'The company.';
    COMMENT ON COLUMN receivables.task_rule.position IS 'Order of the rules.';
    COMMENT ON COLUMN receivables.task_rule.task_kind IS 'Kind of task it is for; null for any.';
    COMMENT ON COLUMN receivables.task_rule.grade IS 'Grade of the customer it is for; null for any.';
    COMMENT ON COLUMN receivables.task_rule.department IS 'Department of the customer it is for; null for any.';
    COMMENT ON COLUMN receivables.task_rule.region IS 'Region of the customer it is for; null for any.';
    COMMENT ON COLUMN receivables.task_rule.minimum_amount IS 'Least amount of the task, in the currency of the company.';
    COMMENT ON COLUMN receivables.task_rule.assign_to IS 'Who gets it: the salesperson of the customer; one employee; the members of a team in turn; or the one of them with the fewest open tasks.';
    COMMENT ON COLUMN receivables.task_rule.employee IS 'For employee: who.';
    COMMENT ON COLUMN receivables.task_rule.team IS 'For round_robin and workload: which team.';
