-- How late, and how fast money comes in, at ar.as_of().
SELECT round(100 * s.overdue_rate, 2) AS "overdue %", s.average_days_past_due AS "avg days past due",
       d.credit_sales AS "billed in 90 days",
       round(ar.dso(d.receivables, d.credit_sales, d.period_days), 4) AS "standard DSO",
       round(ar.best_possible_dso(d.receivables - d.overdue, d.credit_sales, d.period_days), 4) AS "best possible",
       round(ar.average_days_delinquent(d.overdue, d.credit_sales, d.period_days), 4) AS "days delinquent",
       d.countback_dso AS "countback DSO"
FROM receivables.aging_summary AS s
JOIN receivables.dso AS d ON d.company_id = s.company_id;
