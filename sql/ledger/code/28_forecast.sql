
    -- when what is open will be paid
    CREATE OR REPLACE VIEW receivables.item_payment_outlook WITH (security_invoker = true) AS
    SELECT co.company_id, p.item_id, p.customer_id, c.customer_number, c.name AS customer_name, i.kind, d.document_number, i.instalment,
           p.due_on, p.days_past_due, p.open_company_amount,
           p.within_7_days, p.within_14_days, p.within_30_days, p.within_60_days, p.within_90_days, p.ever, p.expected_on, p.basis,
           ar.as_of() AS as_of
    FROM receivables.company AS co
    CROSS JOIN LATERAL ar.payment_outlook(co.company_id) AS p
    JOIN receivables.item AS i ON i.company_id = co.company_id AND i.item_id = p.item_id
    JOIN receivables.customer AS c ON c.company_id = co.company_id AND c.customer_id = p.customer_id
    JOIN receivables.document AS d ON d.company_id = co.company_id AND d.document_id = i.document_id;
    COMMENT ON VIEW receivables.item_payment_outlook IS 'Every open item that a payment is expected for, with the probability that it is paid soon after ar.as_of(), by what was paid how late before.';
    COMMENT ON COLUMN receivables.item_payment_outlook.days_past_due IS 'Days since the due date: positive when overdue, 0 on the day.';
    COMMENT ON COLUMN receivables.item_payment_outlook.within_7_days IS 'Probability that it is paid within 7 days, to six decimals; null where nothing is known of payments so late.';
    COMMENT ON COLUMN receivables.item_payment_outlook.within_14_days IS 'The same within 14 days.';
    COMMENT ON COLUMN receivables.item_payment_outlook.within_30_days IS 'The same within 30 days.';
    COMMENT ON COLUMN receivables.item_payment_outlook.within_60_days IS 'The same within 60 days.';
    COMMENT ON COLUMN receivables.item_payment_outlook.within_90_days IS 'The same within 90 days.';
    COMMENT ON COLUMN receivables.item_payment_outlook.ever IS 'Probability that it is paid at all.';
    COMMENT ON COLUMN receivables.item_payment_outlook.expected_on IS 'The day by which it is paid as likely as not; null where that never comes.';
    COMMENT ON COLUMN receivables.item_payment_outlook.basis IS 'customer: the customer''s own payments, shrunk to those of all; pool: those of all customers; null: the company has none.';

    CREATE OR REPLACE VIEW receivables.cash_forecast WITH (security_invoker = true) AS
    SELECT co.company_id, co.company_code, co.currency, f.part, f.week, f.week_start, f.week_end, f.due, f.expected, f.p10, f.p50, f.p90,
           ar.as_of() AS as_of
    FROM receivables.company AS co
    CROSS JOIN LATERAL ar.forecast_cash(co.company_id) AS f;
    COMMENT ON VIEW receivables.cash_forecast IS 'What the items open at ar.as_of() bring in in the 13 weeks after it, and later; all parts of a company come to its balance. New sales are not in it.';
    COMMENT ON COLUMN receivables.cash_forecast.part IS 'week; later: paid after the last week; never: not paid at all; unapplied: credits and whatever else no payment is expected for.';
    COMMENT ON COLUMN receivables.cash_forecast.week IS 'Number of the week of seven days, from 1; null for the other parts.';
    COMMENT ON COLUMN receivables.cash_forecast.week_start IS 'First day of the week.';
    COMMENT ON COLUMN receivables.cash_forecast.week_end IS 'Last day of the week.';
    COMMENT ON COLUMN receivables.cash_forecast.due IS 'What falls due in the week; in the first, also what is overdue.';
    COMMENT ON COLUMN receivables.cash_forecast.expected IS 'What is expected to be paid in the week; null where the company has no payments to learn from.';
    COMMENT ON COLUMN receivables.cash_forecast.p10 IS 'What is paid at least, with a probability of 90 %.';
    COMMENT ON COLUMN receivables.cash_forecast.p50 IS 'What is paid as likely as not.';
    COMMENT ON COLUMN receivables.cash_forecast.p90 IS 'What is paid at most, with a probability of 90 %.';
