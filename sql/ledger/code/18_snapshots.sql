
    -- A column of a type of the code goes with DROP EXTENSION ... CASCADE; what it held follows from the books
    -- as they were known when the snapshot was taken.
    DECLARE
        taken record;
    BEGIN
        IF NOT EXISTS (SELECT FROM pg_attribute AS a
                       WHERE a.attrelid = 'receivables.aging_snapshot'::regclass AND a.attname = 'aging' AND NOT a.attisdropped)
        THEN
            ALTER TABLE receivables.aging_snapshot ADD COLUMN aging ar.aging;
            COMMENT ON COLUMN receivables.aging_snapshot.aging IS 'Ageing of the open debits by days past due, in the currency of the company, to roll up with ar.aging_agg; null where only credits were open.';
            FOR taken IN SELECT s.company_id, s.as_of, s.taken_at FROM receivables.snapshot AS s ORDER BY s.company_id, s.as_of LOOP
                UPDATE receivables.aging_snapshot AS s SET aging = o.aging
                FROM (SELECT o.customer_id,
                             ar.aging_agg(o.open_company_amount, o.due_on, taken.as_of) FILTER (WHERE o.is_debit) AS aging
                      FROM ar.open_items(taken.as_of, taken.taken_at) AS o
                      WHERE o.company_id = taken.company_id GROUP BY o.customer_id) AS o
                WHERE s.company_id = taken.company_id AND s.as_of = taken.as_of AND s.customer_id = o.customer_id;
            END LOOP;
        END IF;
    END;

    CREATE OR REPLACE VIEW receivables.aging_trend WITH (security_invoker = true) AS
    SELECT co.company_id, co.company_code, a.as_of AS snapshot_on, a.customer_count, r.item_count,
           r.not_due, r.days_1_30, r.days_31_60, r.days_61_90, r.days_over_90, r.unapplied_amount, r.balance,
           r.overdue, r.overdue_rate, r.average_days_past_due, a.aging
    FROM receivables.company AS co
    JOIN receivables.currency AS u ON u.currency = co.currency
    JOIN (SELECT n.company_id, n.as_of, count(s.customer_id) AS customer_count, ar.aging_agg(s.aging) AS aging,
                 sum(s.unapplied_amount) AS unapplied
          FROM receivables.snapshot AS n
          LEFT JOIN receivables.aging_snapshot AS s ON s.company_id = n.company_id AND s.as_of = n.as_of
          GROUP BY n.company_id, n.as_of) AS a ON a.company_id = co.company_id
    CROSS JOIN LATERAL ar.aging_row(a.aging, a.unapplied, u.minor_units) AS r;
    COMMENT ON VIEW receivables.aging_trend IS 'Ageing of every company on the day of each snapshot, rolled up from what the snapshot keeps of its customers.';
    COMMENT ON COLUMN receivables.aging_trend.snapshot_on IS 'The day of the snapshot.';
