-- How customers pay ------------------------------------------------------------

-- Inlined into the caller's query, which has the caller's search_path: hence the
-- operators' schema.
CREATE FUNCTION ar.invoice_receipts(company_id bigint, from_date date, to_date date DEFAULT ar.as_of(),
                                    known_at timestamptz DEFAULT ar.known_at())
    RETURNS TABLE (customer_id bigint, item_id bigint, application_id bigint, currency text, company_amount numeric,
                   invoice_date date, due_date date, paid_on date)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000 AS $$
    SELECT d.customer_id, d.item_id, a.application_id, d.currency, a.company_amount, d.effective_on, d.due_on,
           greatest(c.effective_on, d.effective_on)
    FROM receivables.application AS a
    JOIN receivables.item AS d ON d.company_id OPERATOR(pg_catalog.=) a.company_id AND d.item_id OPERATOR(pg_catalog.=) a.debit_item_id
    JOIN receivables.item AS c ON c.company_id OPERATOR(pg_catalog.=) a.company_id AND c.item_id OPERATOR(pg_catalog.=) a.credit_item_id
    WHERE a.company_id OPERATOR(pg_catalog.=) invoice_receipts.company_id
      AND d.kind OPERATOR(pg_catalog.=) 'invoice'
      AND (c.kind OPERATOR(pg_catalog.=) 'payment' OR c.kind OPERATOR(pg_catalog.=) 'deposit')
      AND a.reverses_application_id IS NULL AND a.exchange_of_application_id IS NULL
      -- Nothing is applied before it is paid.
      AND a.effective_on OPERATOR(pg_catalog.>=) from_date AND a.effective_on OPERATOR(pg_catalog.<=) to_date
      AND (c.effective_on OPERATOR(pg_catalog.>=) from_date OR d.effective_on OPERATOR(pg_catalog.>=) from_date)
      -- What was settled for good before has no application since: so that the index of open items finds the rest.
      AND (d.closed_on OPERATOR(pg_catalog.>=) from_date OR (known_at IS NOT NULL AND d.last_applied_at OPERATOR(pg_catalog.>) known_at))
      AND (c.closed_on OPERATOR(pg_catalog.>=) from_date OR (known_at IS NOT NULL AND c.last_applied_at OPERATOR(pg_catalog.>) known_at))
      AND (known_at IS NULL OR a.recorded_at OPERATOR(pg_catalog.<=) known_at)
      -- Few were ever reopened: each is looked up for itself.
      AND (NOT d.reopened OR NOT EXISTS (
               SELECT FROM receivables.application AS r
               WHERE r.company_id OPERATOR(pg_catalog.=) a.company_id
                 AND r.reverses_application_id OPERATOR(pg_catalog.=) a.application_id
                 AND r.effective_on OPERATOR(pg_catalog.<=) to_date
                 AND (known_at IS NULL OR r.recorded_at OPERATOR(pg_catalog.<=) known_at)))
$$;
COMMENT ON FUNCTION ar.invoice_receipts(bigint, date, date, timestamptz) IS
'The receipts on the invoices of a company that were paid from from_date to to_date: payments and deposits as applied by to_date, what was reversed by then left out; credit notes, write-offs, discounts and exchange differences are no receipts. paid_on is the day the money came, or that of the invoice where the money was there before: how late somebody applied it does not matter. company_amount is what the invoice lost, in the currency of the company. As far as entered by known_at where that is not null. No rows for an unknown company.';

CREATE FUNCTION ar.customer_payment_behavior(company_id bigint, from_date date, to_date date DEFAULT ar.as_of(),
                                             known_at timestamptz DEFAULT ar.known_at())
    RETURNS TABLE (customer_id bigint, behavior ar.payment_behavior)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000 AS $$
    SELECT r.customer_id, ar.payment_behavior_agg(r.company_amount, r.invoice_date, r.due_date, r.paid_on)
    FROM ar.invoice_receipts(customer_payment_behavior.company_id, from_date, to_date, known_at) AS r
    GROUP BY r.customer_id
$$;
COMMENT ON FUNCTION ar.customer_payment_behavior(bigint, date, date, timestamptz) IS
'How each customer of a company paid from from_date to to_date, by the receipts of ar.invoice_receipts; customers without receipts are left out. Roll up with ar.payment_behavior_agg.';

CREATE FUNCTION ar.customer_payment_behavior_by_month(company_id bigint, from_date date, to_date date DEFAULT ar.as_of(),
                                                      known_at timestamptz DEFAULT ar.known_at())
    RETURNS TABLE (customer_id bigint, month date, behavior ar.payment_behavior)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000 AS $$
    SELECT r.customer_id, r.month, ar.payment_behavior_agg(r.company_amount, r.invoice_date, r.due_date, r.paid_on)
    FROM (SELECT x.customer_id, pg_catalog.date_trunc('month', x.paid_on::pg_catalog.timestamp)::pg_catalog.date AS month,
                 x.company_amount, x.invoice_date, x.due_date, x.paid_on
          FROM ar.invoice_receipts(customer_payment_behavior_by_month.company_id, from_date, to_date, known_at) AS x) AS r
    GROUP BY r.customer_id, r.month
$$;
COMMENT ON FUNCTION ar.customer_payment_behavior_by_month(bigint, date, date, timestamptz) IS
'As ar.customer_payment_behavior, for each calendar month in which receipts came in (month is its first day). Months add up to the whole with ar.payment_behavior_agg.';
