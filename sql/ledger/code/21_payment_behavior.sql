
    -- how customers pay
    CREATE OR REPLACE VIEW receivables.payment_behavior WITH (security_invoker = true) AS
    SELECT p.company_id, p.customer_id, c.customer_number, c.name AS customer_name,
           ar.item_count(p.behavior) AS receipt_count, ar.late_count(p.behavior) AS late_receipt_count,
           round(ar.total(p.behavior), u.minor_units) AS received, round(ar.late_amount(p.behavior), u.minor_units) AS received_late,
           round(ar.late_share(p.behavior), 6) AS late_receipt_share, round(ar.late_amount_share(p.behavior), 6) AS late_amount_share,
           round(ar.weighted_days_to_pay(p.behavior), 2) AS weighted_days_to_pay, round(ar.weighted_terms(p.behavior), 2) AS weighted_terms,
           round(ar.weighted_days_late(p.behavior), 2) AS weighted_days_late,
           round(ar.weighted_days_late_floored(p.behavior), 2) AS weighted_days_late_floored,
           round(ar.mean_days_to_pay(p.behavior), 2) AS mean_days_to_pay, round(ar.mean_days_late(p.behavior), 2) AS mean_days_late,
           ar.best_days_late(p.behavior) AS best_days_late, ar.worst_days_late(p.behavior) AS worst_days_late,
           round(ar.days_late_trend(p.behavior), 2) AS days_late_trend, round(ar.payment_index(p.behavior), 2) AS payment_index,
           a.average_days_past_due AS open_average_days_past_due, round(ar.days_beyond_terms(a.aging), 2) AS open_days_beyond_terms,
           p.behavior, p.from_date, p.as_of
    FROM (SELECT co.company_id, co.currency, b.customer_id, b.behavior, d.from_date, ar.as_of() AS as_of
          FROM receivables.company AS co
          CROSS JOIN LATERAL (SELECT (ar.as_of() + 1 - interval '12 months')::date AS from_date) AS d
          CROSS JOIN LATERAL ar.customer_payment_behavior(co.company_id, d.from_date, ar.as_of(), ar.known_at()) AS b) AS p
    JOIN receivables.currency AS u ON u.currency = p.currency
    JOIN receivables.customer AS c ON c.company_id = p.company_id AND c.customer_id = p.customer_id
    -- What is not paid yet says nothing in the columns before.
    LEFT JOIN receivables.aging_by_customer AS a ON a.company_id = p.company_id AND a.customer_id = p.customer_id;
    COMMENT ON VIEW receivables.payment_behavior IS 'How customers paid their invoices in the twelve months to ar.as_of(), in the currency of the company: receipts as ar.invoice_receipts has them, each weighted by its amount. Customers without receipts are not shown.';
    COMMENT ON COLUMN receivables.payment_behavior.receipt_count IS 'Receipts on invoices.';
    COMMENT ON COLUMN receivables.payment_behavior.late_receipt_count IS 'Receipts after the due date.';
    COMMENT ON COLUMN receivables.payment_behavior.received IS 'Sum of the receipts.';
    COMMENT ON COLUMN receivables.payment_behavior.received_late IS 'Sum of the receipts after the due date.';
    COMMENT ON COLUMN receivables.payment_behavior.late_receipt_share IS 'late_receipt_count / receipt_count, to six decimals.';
    COMMENT ON COLUMN receivables.payment_behavior.late_amount_share IS 'received_late / received, to six decimals.';
    COMMENT ON COLUMN receivables.payment_behavior.weighted_days_to_pay IS 'Days from invoice to payment, weighted by amount: weighted_terms + weighted_days_late.';
    COMMENT ON COLUMN receivables.payment_behavior.weighted_terms IS 'Days from invoice to due date, weighted by amount.';
    COMMENT ON COLUMN receivables.payment_behavior.weighted_days_late IS 'Days from due date to payment, early negative, weighted by amount.';
    COMMENT ON COLUMN receivables.payment_behavior.weighted_days_late_floored IS 'The same with early receipts as 0 days late.';
    COMMENT ON COLUMN receivables.payment_behavior.mean_days_to_pay IS 'Days from invoice to payment, simple mean.';
    COMMENT ON COLUMN receivables.payment_behavior.mean_days_late IS 'Days from due date to payment, early negative, simple mean.';
    COMMENT ON COLUMN receivables.payment_behavior.best_days_late IS 'Fewest days late of a receipt; negative for early.';
    COMMENT ON COLUMN receivables.payment_behavior.worst_days_late IS 'Most days late of a receipt.';
    COMMENT ON COLUMN receivables.payment_behavior.days_late_trend IS 'How many more days late receipts become in 30 days; negative where they come earlier; null for fewer than three.';
    COMMENT ON COLUMN receivables.payment_behavior.payment_index IS 'Mean score of the receipts, weighted by amount: 100 best, 80 prompt, 1 worst; null for fewer than three.';
    COMMENT ON COLUMN receivables.payment_behavior.open_average_days_past_due IS 'Days past due of what is overdue and not paid yet, weighted by amount; null where nothing is.';
    COMMENT ON COLUMN receivables.payment_behavior.open_days_beyond_terms IS 'Days beyond terms of the open debits, what is not due included; null where nothing is open.';
    COMMENT ON COLUMN receivables.payment_behavior.behavior IS 'All of it as a value, to roll up with ar.payment_behavior_agg.';
    COMMENT ON COLUMN receivables.payment_behavior.from_date IS 'First day of the twelve months.';
