
    -- A group is one parent and its children; what is invoiced of orders follows from the documents.
    CREATE OR REPLACE TRIGGER customer_parent_is_topmost
        BEFORE INSERT OR UPDATE OF parent_customer_id ON receivables.customer FOR EACH ROW
        WHEN (NEW.parent_customer_id IS NOT NULL)
        EXECUTE FUNCTION ar.check_parent_customer();
    CREATE OR REPLACE TRIGGER sales_order_starts
        BEFORE INSERT OR UPDATE OF order_number, status, currency, exchange_rate, amount ON receivables.sales_order
        FOR EACH ROW EXECUTE FUNCTION ar.start_order();
    CREATE OR REPLACE TRIGGER sales_order_kept_by_documents
        BEFORE UPDATE OF company_id, order_id, customer_id, invoiced_amount ON receivables.sales_order FOR EACH ROW
        WHEN (NOT ar.is_keeping())
        EXECUTE FUNCTION ar.refuse_change('What is invoiced of an order is kept by documents, and its customer stays.');
    CREATE OR REPLACE TRIGGER document_bills_order
        AFTER INSERT ON receivables.document FOR EACH ROW
        WHEN (NEW.kind = 'invoice' AND (NEW.order_reference IS NOT NULL OR NEW.reverses_document_id IS NOT NULL))
        EXECUTE FUNCTION ar.keep('bill_order');

    CREATE OR REPLACE VIEW receivables.credit_exposure WITH (security_invoker = true) AS
    SELECT c.company_id, c.customer_id, c.customer_number, c.name AS customer_name, c.grade, c.parent_customer_id,
           p.currency, p.credit_limit, p.effective_limit, p.open_debits, p.delivered_orders, p.open_orders,
           p.unapplied_amount, p.exposure, p.utilisation, p.headroom, p.over_limit, p.group_limit, p.group_exposure,
           p.insured_amount, p.overdue, p.days_past_due, p.hold_state, p.holds, p.released_holds, ar.as_of() AS as_of
    FROM receivables.customer AS c
    JOIN ar.credit_positions() AS p ON p.company_id = c.company_id AND p.customer_id = c.customer_id;
    COMMENT ON VIEW receivables.credit_exposure IS 'What each customer could lose its company at ar.as_of(), against its credit limit, in the currency of the company. Orders count as they stand now.';
    COMMENT ON COLUMN receivables.credit_exposure.parent_customer_id IS 'The parent whose limit bounds it too; null for none.';
    COMMENT ON COLUMN receivables.credit_exposure.credit_limit IS 'Limit of the customer; null where none was set.';
    COMMENT ON COLUMN receivables.credit_exposure.effective_limit IS 'The limit that holds: the temporary one, else that of the customer, else what the policy says; null for unlimited.';
    COMMENT ON COLUMN receivables.credit_exposure.open_debits IS 'Open invoices and other debits; from today on those posted with a later date too.';
    COMMENT ON COLUMN receivables.credit_exposure.delivered_orders IS 'What was delivered but is not invoiced.';
    COMMENT ON COLUMN receivables.credit_exposure.open_orders IS 'What is ordered, neither delivered nor invoiced, to be delivered within the horizon of the policy.';
    COMMENT ON COLUMN receivables.credit_exposure.exposure IS 'open_debits + delivered_orders + open_orders + unapplied_amount, which is negative.';
    COMMENT ON COLUMN receivables.credit_exposure.utilisation IS 'exposure / effective_limit, to six decimals; null where the limit is 0 or unlimited.';
    COMMENT ON COLUMN receivables.credit_exposure.headroom IS 'What can be ordered yet: the lesser of effective_limit - exposure and group_limit - group_exposure, negative where that is exceeded; null for unlimited.';
    COMMENT ON COLUMN receivables.credit_exposure.over_limit IS 'Whether exposure exceeds effective_limit, or group_exposure group_limit.';
    COMMENT ON COLUMN receivables.credit_exposure.group_limit IS 'Effective limit of the parent, which bounds the whole group; null for unlimited, or no group.';
    COMMENT ON COLUMN receivables.credit_exposure.group_exposure IS 'Exposure of the parent and all its children together; null where there is no group.';
    COMMENT ON COLUMN receivables.credit_exposure.insured_amount IS 'What insurers cover: beside the exposure, not taken off it; 0 for nothing.';
    COMMENT ON COLUMN receivables.credit_exposure.days_past_due IS 'Days past due of the oldest overdue debit; null where nothing is overdue.';
    COMMENT ON COLUMN receivables.credit_exposure.hold_state IS 'none, held, or released where every hold is released.';
    COMMENT ON COLUMN receivables.credit_exposure.holds IS 'Kinds of hold that keep it from orders: manual, overdue_days, overdue_amount, over_limit.';
    COMMENT ON COLUMN receivables.credit_exposure.released_holds IS 'Kinds of hold that are released for now.';

    CREATE OR REPLACE VIEW receivables.credit_hold_status WITH (security_invoker = true) AS
    SELECT e.company_id, e.customer_id, e.customer_number, e.customer_name, h.hold_kind,
           CASE h.hold_kind
                WHEN 'manual' THEN m.reason
                WHEN 'overdue_days' THEN format('%s days past due, %s are allowed', e.days_past_due, p.hold_overdue_days)
                WHEN 'overdue_amount' THEN format('%s overdue, %s is allowed', e.overdue, p.hold_overdue_amount)
                ELSE CASE WHEN e.exposure > e.effective_limit
                          THEN format('exposure is %s, the limit %s', e.exposure, e.effective_limit)
                          ELSE format('exposure of the group is %s, its limit %s', e.group_exposure, e.group_limit) END
           END AS reason,
           r.credit_release_id IS NULL AS is_held, r.reason AS release_reason, r.valid_through AS released_through,
           coalesce(r.application_user, r.recorded_by) AS released_by, e.as_of
    FROM receivables.credit_exposure AS e
    LEFT JOIN receivables.credit_policy AS p ON p.company_id = e.company_id
    CROSS JOIN LATERAL unnest(e.holds || e.released_holds) AS h (hold_kind)
    LEFT JOIN LATERAL (
        SELECT string_agg(x.reason, '; ' ORDER BY x.credit_hold_id) AS reason
        FROM receivables.credit_hold AS x
        WHERE x.company_id = e.company_id AND x.customer_id = e.customer_id
          AND x.valid_from <= e.as_of AND x.valid_through >= e.as_of) AS m ON h.hold_kind = 'manual'
    LEFT JOIN LATERAL (
        SELECT x.* FROM receivables.credit_release AS x
        WHERE x.company_id = e.company_id AND x.customer_id = e.customer_id AND h.hold_kind = ANY (x.hold_kinds)
          AND x.valid_from <= e.as_of AND x.valid_through >= e.as_of
        ORDER BY x.valid_through DESC, x.credit_release_id DESC LIMIT 1) AS r ON true;
    COMMENT ON VIEW receivables.credit_hold_status IS 'Every hold of every customer at ar.as_of(), released ones too, one line for each kind.';
    COMMENT ON COLUMN receivables.credit_hold_status.hold_kind IS 'manual, overdue_days, overdue_amount or over_limit.';
    COMMENT ON COLUMN receivables.credit_hold_status.reason IS 'Why it is on hold.';
    COMMENT ON COLUMN receivables.credit_hold_status.is_held IS 'Whether the hold keeps it from orders: false while it is released.';
    COMMENT ON COLUMN receivables.credit_hold_status.release_reason IS 'Why it was released; null where it was not.';
    COMMENT ON COLUMN receivables.credit_hold_status.released_through IS 'Last day of the release.';
    COMMENT ON COLUMN receivables.credit_hold_status.released_by IS 'Who released it.';
