
    -- how fast money comes in, in every variant and month by month
    CREATE OR REPLACE VIEW receivables.dso_detail WITH (security_invoker = true) AS
    SELECT co.company_id, co.company_code, co.currency, d.period_from, d.period_to, d.period_days,
           d.opening_receivables, d.receivables, d.overdue, d.credit_sales,
           d.standard_dso, d.rolling_dso, d.annualised_dso, d.trailing_year_dso, d.average_balance_dso,
           d.countback_month_dso, d.countback_month_truncated, d.countback_day_dso, d.countback_day_truncated,
           d.sales_weighted_dso, d.true_dso, d.best_possible_dso, d.average_days_delinquent,
           d.receivables_turnover, d.turnover_days, d.collection_effectiveness,
           d.open_deductions, d.deductions_raised, d.deduction_days_outstanding, d.weighted_days_to_pay, d.weighted_days_late
    FROM receivables.company AS co
    CROSS JOIN LATERAL ar.dso_by(co.company_id, NULL, NULL, ar.as_of(), ar.known_at()) AS d;
    COMMENT ON VIEW receivables.dso_detail IS 'Days sales outstanding of every company at ar.as_of() in every variant, over three calendar months, that of the as-of date as far as it has elapsed: ar.dso_by gives other periods, and the same by customer, salesperson, department, region or currency.';

    CREATE OR REPLACE VIEW receivables.dso_by_month WITH (security_invoker = true) AS
    SELECT co.company_id, co.company_code, co.currency, d.month, d.month_end, d.days,
           d.opening_receivables, d.receivables, d.overdue, d.credit_sales,
           d.standard_dso, d.rolling_dso, d.trailing_year_dso, d.average_balance_dso,
           d.countback_month_dso, d.countback_month_truncated, d.best_possible_dso, d.average_days_delinquent,
           d.receivables_turnover, d.collection_effectiveness
    FROM receivables.company AS co
    CROSS JOIN LATERAL ar.dso_trend(co.company_id, 24, ar.as_of(), NULL, ar.known_at()) AS d;
    COMMENT ON VIEW receivables.dso_by_month IS 'Days sales outstanding of every company at the end of each of the 24 months to ar.as_of(), the last as far as it has elapsed; each month is a period of its own. ar.dso_trend gives other numbers of months, and the same by customer, salesperson, department, region or currency.';
    COMMENT ON COLUMN receivables.dso_by_month.month IS 'First day of the month.';
    COMMENT ON COLUMN receivables.dso_by_month.month_end IS 'Its last day, or the as-of date.';
    COMMENT ON COLUMN receivables.dso_by_month.days IS 'Days of the month, as far as it has elapsed.';

    DECLARE
        meaning CONSTANT jsonb := '{
            "period_from": "First day of the period.",
            "period_to": "Last day of the period, ar.as_of().",
            "period_days": "Days of the period.",
            "opening_receivables": "Balance on the day before the period.",
            "receivables": "Balance at the end: open debits less unapplied credits.",
            "credit_sales": "Invoices less credit notes of the period, by document date, tax included.",
            "standard_dso": "receivables / credit_sales x days of the period; null where credit sales are not positive.",
            "rolling_dso": "receivables / credit sales of three calendar months x their days.",
            "annualised_dso": "receivables / four times the credit sales of three months x days of the year.",
            "trailing_year_dso": "receivables / credit sales of twelve calendar months x their days.",
            "average_balance_dso": "Mean of opening_receivables and receivables / credit_sales x days of the period.",
            "countback_month_dso": "Days of sales, back month by month, that the receivables exhaust.",
            "countback_month_truncated": "True where the sales of 36 months do not exhaust them.",
            "countback_day_dso": "Days of sales, back day by day, that the receivables exhaust.",
            "countback_day_truncated": "True where the sales of 36 months do not exhaust them.",
            "sales_weighted_dso": "Sum over months of what is open of their invoices / their credit sales x their days.",
            "true_dso": "Sum over open invoices of age x open amount / credit sales of their month.",
            "best_possible_dso": "receivables that are not overdue / credit_sales x days of the period.",
            "average_days_delinquent": "overdue / credit_sales x days of the period: standard less best possible.",
            "receivables_turnover": "credit_sales / mean of opening_receivables and receivables, to six decimals.",
            "turnover_days": "Days of the period / receivables_turnover.",
            "collection_effectiveness": "What was collected of what could have been, in percent: (opening + sales - closing) / (opening + sales - closing not overdue) x 100, sales undivided (N = 1).",
            "open_deductions": "Open deductions at the end.",
            "deductions_raised": "Deductions that came up in the period, less those taken back.",
            "deduction_days_outstanding": "open_deductions / deductions_raised x days of the period; null where none was raised.",
            "weighted_days_to_pay": "Days from invoice to payment of what was paid in the period, weighted by amount.",
            "weighted_days_late": "Days from due date to payment of what was paid in the period, early negative, weighted by amount."
        }';
        this record;
    BEGIN
        FOR this IN
            SELECT c.relname, a.attname, meaning ->> a.attname::text AS text
            FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
            WHERE c.oid IN ('receivables.dso_detail'::regclass, 'receivables.dso_by_month'::regclass) AND meaning ? a.attname::text
        LOOP
            EXECUTE format('COMMENT ON COLUMN receivables.%I.%I IS %L', this.relname, this.attname, this.text);
        END LOOP;
    END;
