
    -- ageing in the currencies of the documents
    CREATE OR REPLACE VIEW receivables.aging_by_currency WITH (security_invoker = true) AS
    SELECT c.company_id, c.customer_id, c.customer_number, c.name AS customer_name, a.currency, r.item_count,
           r.not_due, r.days_1_30, r.days_31_60, r.days_61_90, r.days_over_90, r.unapplied_amount, r.balance,
           r.overdue, r.overdue_rate, r.average_days_past_due, a.aging, ar.as_of() AS as_of
    FROM receivables.company AS co
    CROSS JOIN LATERAL (
        SELECT o.customer_id, o.currency,
               ar.aging_agg(o.open_amount, o.due_on, ar.as_of()) FILTER (WHERE o.is_debit) AS aging,
               sum(o.open_amount) FILTER (WHERE NOT o.is_debit) AS unapplied
        FROM ar.open_items() AS o
        WHERE o.company_id = co.company_id
        GROUP BY o.customer_id, o.currency) AS a
    JOIN receivables.currency AS u ON u.currency = a.currency
    JOIN receivables.customer AS c ON c.company_id = co.company_id AND c.customer_id = a.customer_id
    CROSS JOIN LATERAL ar.aging_row(a.aging, a.unapplied, u.minor_units) AS r;
    COMMENT ON VIEW receivables.aging_by_currency IS 'Ageing of every customer with open items at ar.as_of(), a line for each currency of its documents and in that currency.';
    COMMENT ON COLUMN receivables.aging_by_currency.currency IS 'Currency of the documents, and of the amounts.';

    CREATE OR REPLACE VIEW receivables.aging_summary_by_currency WITH (security_invoker = true) AS
    SELECT a.company_id, co.company_code, co.name AS company_name, a.currency, a.customer_count, r.item_count,
           r.not_due, r.days_1_30, r.days_31_60, r.days_61_90, r.days_over_90, r.unapplied_amount, r.balance,
           r.overdue, r.overdue_rate, r.average_days_past_due, a.aging, ar.as_of() AS as_of
    FROM (SELECT c.company_id, c.currency, count(*) AS customer_count, ar.aging_agg(c.aging) AS aging,
                 sum(c.unapplied_amount) AS unapplied
          FROM receivables.aging_by_currency AS c GROUP BY c.company_id, c.currency) AS a
    JOIN receivables.company AS co ON co.company_id = a.company_id
    JOIN receivables.currency AS u ON u.currency = a.currency
    CROSS JOIN LATERAL ar.aging_row(a.aging, a.unapplied, u.minor_units) AS r;
    COMMENT ON VIEW receivables.aging_summary_by_currency IS 'Ageing of every company with open items at ar.as_of(), a line for each currency of its documents and in that currency.';
    COMMENT ON COLUMN receivables.aging_summary_by_currency.currency IS 'Currency of the documents, and of the amounts.';
