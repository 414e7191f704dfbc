
    -- what following up brings
    CREATE OR REPLACE VIEW receivables.collector_results WITH (security_invoker = true) AS
    SELECT c.company_id, r.value AS collector, e.name AS collector_name, e.team, r.contacts, r.customers, r.contacts_per_day, r.opening_overdue,
           r.collected_after_contact, r.collection_rate, r.average_days_to_payment, r.promises, r.promised_amount, r.kept_amount,
           r.promise_kept_rate, r.tasks_done, r.tasks_overdue, r.assigned_overdue, r.assigned_collected, r.assigned_rate,
           ar.as_of() - 29 AS from_date, ar.as_of() AS as_of
    FROM receivables.company AS c
    CROSS JOIN LATERAL ar.collection_results(c.company_id, ar.as_of() - 29, ar.as_of()) AS r
    LEFT JOIN receivables.employee AS e ON e.company_id = c.company_id AND e.employee = r.value;
    COMMENT ON VIEW receivables.collector_results IS 'What each collector brought in the 30 days up to ar.as_of(), as ar.collection_results tells it.';
    COMMENT ON COLUMN receivables.collector_results.collector IS 'The employee; null for contacts, tasks and customers of nobody.';
    COMMENT ON COLUMN receivables.collector_results.collector_name IS 'Name of the employee.';
    COMMENT ON COLUMN receivables.collector_results.team IS 'Team of the employee now.';
    COMMENT ON COLUMN receivables.collector_results.contacts IS 'Contacts made.';
    COMMENT ON COLUMN receivables.collector_results.customers IS 'Customers contacted.';
    COMMENT ON COLUMN receivables.collector_results.contacts_per_day IS 'Contacts for each day of the period.';
    COMMENT ON COLUMN receivables.collector_results.opening_overdue IS 'What these customers had overdue when the period began.';
    COMMENT ON COLUMN receivables.collector_results.collected_after_contact IS 'What was paid within 14 days after the latest contact.';
    COMMENT ON COLUMN receivables.collector_results.collection_rate IS 'collected_after_contact / opening_overdue; null where nothing was overdue.';
    COMMENT ON COLUMN receivables.collector_results.average_days_to_payment IS 'Days from the contact to the payment, weighted by amount.';
    COMMENT ON COLUMN receivables.collector_results.promises IS 'Promises judged in the period.';
    COMMENT ON COLUMN receivables.collector_results.promised_amount IS 'What these promised.';
    COMMENT ON COLUMN receivables.collector_results.kept_amount IS 'What of it was paid.';
    COMMENT ON COLUMN receivables.collector_results.promise_kept_rate IS 'kept_amount / promised_amount.';
    COMMENT ON COLUMN receivables.collector_results.tasks_done IS 'Tasks done in the period.';
    COMMENT ON COLUMN receivables.collector_results.tasks_overdue IS 'Tasks due and not closed at the end of it.';
    COMMENT ON COLUMN receivables.collector_results.assigned_overdue IS 'What the customers that the employee had when the period began had overdue then.';
    COMMENT ON COLUMN receivables.collector_results.assigned_collected IS 'What was paid of what was overdue then, while the employee had the customer.';
    COMMENT ON COLUMN receivables.collector_results.assigned_rate IS 'assigned_collected / assigned_overdue; null where nothing was overdue.';
    COMMENT ON COLUMN receivables.collector_results.from_date IS 'First day of the period.';

    CREATE OR REPLACE VIEW receivables.dunning_step_results WITH (security_invoker = true) AS
    SELECT c.company_id, r.dunning_policy, r.level, r.step, r.notices, r.dunned_amount, r.collected, r.collection_rate,
           r.average_days_to_payment, ar.as_of() - 89 AS from_date, ar.as_of() AS as_of
    FROM receivables.company AS c
    CROSS JOIN LATERAL ar.dunning_step_results(c.company_id, ar.as_of() - 89, ar.as_of()) AS r;
    COMMENT ON VIEW receivables.dunning_step_results IS 'What each dunning step brought in the 90 days up to ar.as_of(), as ar.dunning_step_results tells it.';
    COMMENT ON COLUMN receivables.dunning_step_results.dunning_policy IS 'The policy.';
    COMMENT ON COLUMN receivables.dunning_step_results.level IS 'Level of the step.';
    COMMENT ON COLUMN receivables.dunning_step_results.step IS 'Its name.';
    COMMENT ON COLUMN receivables.dunning_step_results.notices IS 'Notices at this level.';
    COMMENT ON COLUMN receivables.dunning_step_results.dunned_amount IS 'What they asked for.';
    COMMENT ON COLUMN receivables.dunning_step_results.collected IS 'What was paid of their items within 14 days, before the next notice about them.';
    COMMENT ON COLUMN receivables.dunning_step_results.collection_rate IS 'collected / dunned_amount.';
    COMMENT ON COLUMN receivables.dunning_step_results.average_days_to_payment IS 'Days from the notice to the payment, weighted by amount.';
    COMMENT ON COLUMN receivables.dunning_step_results.from_date IS 'First day of the period.';

    CREATE OR REPLACE VIEW receivables.worklist WITH (security_invoker = true) AS
    SELECT c.company_id, w.*, ar.as_of() AS as_of
    FROM receivables.company AS c CROSS JOIN LATERAL ar.worklist(c.company_id) AS w;
    COMMENT ON VIEW receivables.worklist IS 'Overdue customers of each company at ar.as_of(), the most worth a call first, as ar.worklist tells it.';
    COMMENT ON COLUMN receivables.worklist.rank IS 'Rank within the company.';
    COMMENT ON COLUMN receivables.worklist.owner IS 'Who has the open task about the customer; else its salesperson.';
    COMMENT ON COLUMN receivables.worklist.task_id IS 'The open task; null for none.';
    COMMENT ON COLUMN receivables.worklist.overdue IS 'What is overdue and to be asked for.';
    COMMENT ON COLUMN receivables.worklist.chance_unpaid IS 'at_risk / overdue: the chance that it is not paid within 14 days by itself.';
    COMMENT ON COLUMN receivables.worklist.at_risk IS 'Amount x chance, summed over the items.';
    COMMENT ON COLUMN receivables.worklist.priority IS 'at_risk x uplift of the rule: what the list is ordered by.';
    COMMENT ON COLUMN receivables.worklist.days_past_due IS 'Days past due of the oldest item.';
    COMMENT ON COLUMN receivables.worklist.level IS 'Highest dunning level of its items.';
    COMMENT ON COLUMN receivables.worklist.next_action IS 'What to do, by its profile.';
    COMMENT ON COLUMN receivables.worklist.reason IS 'Why, in words.';
    COMMENT ON COLUMN receivables.worklist.last_contact_on IS 'Day of the latest contact.';
