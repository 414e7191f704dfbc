-- What the books know of customers, for scoring and review ------------------------------

CREATE FUNCTION ar.customer_fact_names() RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN '{receipts,weighted_days_late,weighted_days_to_pay,weighted_terms,late_share,payment_index,days_late_trend,
             months_of_history,sales_12_months,monthly_sales,balance,overdue,max_days_past_due,weighted_days_past_due,
             max_days_past_due_6_months,deductions,written_off_24_months,credit_limit,utilisation,grade,credit}'::text[];
COMMENT ON FUNCTION ar.customer_fact_names() IS
'The facts that ar.customer_facts finds by itself: no attribute of a customer takes their place.';

-- One pass over the items, one over what is open, one over what was paid.
CREATE FUNCTION ar.customer_facts_query() RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT $query$
        WITH reversed AS MATERIALIZED (
            SELECT d.reverses_document_id AS document_id
            FROM receivables.document AS d
            WHERE d.company_id = $1 AND d.reverses_document_id IS NOT NULL AND d.document_date <= $2
              AND ($3 IS NULL OR d.recorded_at <= $3)
        ), traded AS (
            SELECT x.customer_id, min(x.effective_on) AS first_on,
                   coalesce(sum(x.company_amount) FILTER (WHERE x.kind IN ('invoice', 'credit_note')
                                                            AND x.effective_on > ($2 - interval '12 months')::date), 0) AS sales,
                   max(e.ended_on - x.due_on) FILTER (WHERE e.ended_on > ($2 - interval '6 months')::date) AS days_past_due
            FROM receivables.item AS x
            -- Until when it was owed: what was posted by mistake never was.
            CROSS JOIN LATERAL (
                SELECT CASE WHEN NOT x.is_debit OR x.kind IN ('refund', 'exchange_difference') OR x.due_on > $2
                                 OR x.reverses_item_id IS NOT NULL
                                 OR x.document_id IN (SELECT r.document_id FROM reversed AS r) THEN NULL
                            WHEN NOT x.reopened AND ($3 IS NULL OR x.last_applied_at <= $3) THEN least(x.closed_on, $2)
                            WHEN ar.was_open($1, x.item_id, $2, $3) THEN $2
                            ELSE (SELECT max(a.effective_on) FROM receivables.application AS a
                                  WHERE a.company_id = $1 AND a.debit_item_id = x.item_id AND a.effective_on <= $2
                                    AND ($3 IS NULL OR a.recorded_at <= $3)) END AS ended_on) AS e
            WHERE x.company_id = $1 AND x.effective_on <= $2 AND ($3 IS NULL OR x.recorded_at <= $3) CHOSEN
            GROUP BY x.customer_id
        ), owed AS (
            SELECT x.customer_id, sum(x.open_company_amount) AS balance,
                   coalesce(sum(x.open_company_amount) FILTER (WHERE x.is_debit AND x.due_on < $2), 0) AS overdue,
                   max($2 - x.due_on) FILTER (WHERE x.is_debit AND x.due_on < $2
                                                AND x.kind NOT IN ('refund', 'exchange_difference')) AS days_past_due,
                   sum(x.open_company_amount * ($2 - x.due_on)) FILTER (WHERE x.is_debit AND x.due_on < $2)
                   / nullif(sum(x.open_company_amount) FILTER (WHERE x.is_debit AND x.due_on < $2), 0) AS weighted_days
            FROM ar.open_items($2, $3) AS x
            WHERE x.company_id = $1 CHOSEN
            GROUP BY x.customer_id
        ), withheld AS (
            SELECT x.customer_id, sum(x.open_company_amount) AS amount
            FROM receivables.deduction AS d
            JOIN ar.open_items($2, $3) AS x ON x.company_id = d.company_id AND x.item_id = d.item_id
            WHERE d.company_id = $1 CHOSEN
            GROUP BY x.customer_id
        ), lost AS (
            -- Small differences that a match wrote off are no losses.
            SELECT x.customer_id, sum(x.company_amount) AS amount
            FROM receivables.document AS x
            WHERE x.company_id = $1 AND x.kind = 'write_off' AND x.reverses_document_id IS NULL AND x.match_proposal_id IS NULL
              AND x.document_date <= $2 AND x.document_date > ($2 - interval '24 months')::date
              AND ($3 IS NULL OR x.recorded_at <= $3)
              AND x.document_id NOT IN (SELECT r.document_id FROM reversed AS r) CHOSEN
            GROUP BY x.customer_id
        )
        SELECT f.customer_id,
               CASE WHEN f.credit IS NULL THEN f.facts
                    ELSE (f.credit - ar.customer_fact_names()) || f.facts || jsonb_build_object('credit', f.credit) END
        FROM (SELECT x.customer_id, x.credit, jsonb_strip_nulls(jsonb_build_object(
                   'receipts', ar.item_count(b.behavior), 'weighted_days_late', round(ar.weighted_days_late(b.behavior), 2),
                   'weighted_days_to_pay', round(ar.weighted_days_to_pay(b.behavior), 2),
                   'weighted_terms', round(ar.weighted_terms(b.behavior), 2), 'late_share', round(ar.late_share(b.behavior), 6),
                   'payment_index', ar.payment_index(b.behavior), 'days_late_trend', ar.days_late_trend(b.behavior),
                   'months_of_history', m.months, 'sales_12_months', t.sales,
                   'monthly_sales', round(t.sales / least(12, greatest(1, ($2 - t.first_on + 1) / 30.4375)), $5),
                   'balance', o.balance, 'overdue', o.overdue, 'max_days_past_due', o.days_past_due,
                   'weighted_days_past_due', round(w.weighted_days, 2),
                   'max_days_past_due_6_months', CASE WHEN t.customer_id IS NOT NULL THEN greatest(t.days_past_due, 0) END,
                   'deductions', CASE WHEN t.customer_id IS NOT NULL THEN coalesce(h.amount, 0) END,
                   'written_off_24_months', CASE WHEN t.customer_id IS NOT NULL THEN coalesce(l.amount, 0) END,
                   'credit_limit', x.credit_limit, 'utilisation', round(o.balance / nullif(x.credit_limit, 0), 6),
                   'grade', x.grade)) AS facts
        FROM (SELECT x.customer_id, x.grade, x.credit_limit,
                     CASE WHEN jsonb_typeof(x.attributes -> 'credit') = 'object' THEN x.attributes -> 'credit' END AS credit
              FROM receivables.customer AS x
              WHERE x.company_id = $1 CHOSEN) AS x
        LEFT JOIN traded AS t ON t.customer_id = x.customer_id
        LEFT JOIN owed AS w ON w.customer_id = x.customer_id
        LEFT JOIN withheld AS h ON h.customer_id = x.customer_id
        LEFT JOIN lost AS l ON l.customer_id = x.customer_id
        LEFT JOIN (SELECT x.customer_id, x.behavior
                   FROM ar.customer_payment_behavior($1, ($2 - interval '12 months' + interval '1 day')::date, $2, $3) AS x
                   WHERE true CHOSEN) AS b ON b.customer_id = x.customer_id
        CROSS JOIN LATERAL (SELECT (extract(year FROM age($2, t.first_on)) * 12 + extract(month FROM age($2, t.first_on)))::integer
                                   AS months) AS m
        -- Nothing owed and nothing past due is known of whoever was ever invoiced.
        LEFT JOIN LATERAL (SELECT coalesce(w.balance, 0) AS balance, coalesce(w.overdue, 0) AS overdue,
                                  coalesce(w.days_past_due, 0) AS days_past_due) AS o ON t.customer_id IS NOT NULL
        OFFSET 0) AS f
        $query$
$function$;
COMMENT ON FUNCTION ar.customer_facts_query() IS
'The query of ar.customer_facts; CHOSEN is where customers are picked. $1 the company, $2 the day, $3 what was known, $4 the customers, $5 the decimals.';

CREATE FUNCTION ar.customer_facts(company_id bigint, as_of date DEFAULT ar.as_of(), customers bigint[] DEFAULT NULL)
    RETURNS TABLE (customer_id bigint, facts jsonb)
    LANGUAGE plpgsql STABLE ROWS 10000 SET search_path = pg_catalog, pg_temp SET jit = off SET work_mem = '64MB' AS $$
DECLARE
    units integer := ar.company_minor_units(company_id);
BEGIN
    IF as_of IS NULL OR NOT isfinite(as_of) THEN
        RAISE EXCEPTION 'as_of must be a day, not %', coalesce(as_of::text, 'null') USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN QUERY EXECUTE replace(ar.customer_facts_query(), 'CHOSEN',
                                 CASE WHEN customers IS NULL THEN '' ELSE 'AND x.customer_id = ANY ($4)' END)
    USING company_id, as_of, ar.known_at(), customers, units;
END;
$$;
COMMENT ON FUNCTION ar.customer_facts(bigint, date, bigint[]) IS
'What is known of each customer of a company, or of those named by customer_id, at the end of the day as_of, as far as was entered by ar.known_at(); facts that are not known are left out. Of what was paid in the 12 months before: receipts, weighted_days_late (signed), weighted_days_to_pay, weighted_terms (days), late_share (fraction), payment_index, days_late_trend. months_of_history: full months since the first document. sales_12_months: invoices less credit notes, tax included; monthly_sales: that by the months there were, at most 12. balance, overdue; max_days_past_due of what is open, weighted_days_past_due by amount, max_days_past_due_6_months of what was owed within 6 months. deductions that are open. written_off_24_months: write-offs that were not reversed, without small differences that a match wrote off. credit_limit, grade as they are now; utilisation = balance / credit_limit. Amounts in the currency of the company. Beside these whatever attributes -> credit of the customer holds (net_worth, turnover, years_in_business and so on), also as fact credit with all of it; no attribute takes the place of what the books know. Errors: 23503 for an unknown company, 22023 for no day.';
