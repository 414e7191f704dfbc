-- Whether the books are sound -------------------------------------------------

CREATE FUNCTION ar.ledger_guards(OUT table_name text, OUT trigger_name text) RETURNS SETOF record
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT g.table_name, g.table_name || '_' || guard
    FROM (VALUES
        ('company', 'currency_stays closed_by_closings change_logged row_logged no_truncate recorded_now entry_stays'),
        ('calendar', 'change_logged row_logged no_truncate'),
        ('holiday', 'change_logged row_logged no_truncate'),
        ('payment_term', 'is_valid change_logged row_logged no_truncate recorded_now entry_stays'),
        ('number_series', 'change_logged row_logged no_truncate'),
        ('customer', 'change_logged row_logged no_truncate recorded_now entry_stays owner_of_insert owner_of_update '
                     'published change_published'),
        ('customer_owner', 'change_logged row_logged no_truncate recorded_now entry_stays placed entered corrected stays '
                           'goes_with_customer'),
        ('contract', 'kept_by_documents amount_covers_invoices change_logged row_logged no_truncate recorded_now entry_stays '
                     'published change_published'),
        ('account_map', 'change_logged row_logged no_truncate'),
        ('contract_amendment', 'append_only no_truncate recorded_now'),
        ('check_rule', 'is_valid change_logged row_logged no_truncate'),
        ('change_log', 'append_only no_truncate kept_by_changes recorded_now'),
        ('subscription', 'change_logged row_logged no_truncate recorded_now entry_stays'),
        ('reason_code', 'is_valid change_logged row_logged no_truncate'),
        ('match_rule_set', 'change_logged row_logged no_truncate'),
        ('match_rule', 'is_valid change_logged row_logged no_truncate'),
        ('customer_group', 'change_logged row_logged no_truncate'),
        ('match_proposal', 'append_only no_truncate refers starts_open decided_once'),
        ('match_proposal_line', 'append_only no_truncate refers'),
        ('deduction', 'stays change_logged row_logged no_truncate recorded_now entry_stays'),
        ('employee', 'change_logged row_logged no_truncate recorded_now entry_stays'),
        ('customer_contact', 'change_logged row_logged no_truncate recorded_now entry_stays'),
        ('dunning_policy', 'change_logged row_logged no_truncate recorded_now entry_stays'),
        ('dunning_policy_version', 'unused change_logged row_logged no_truncate recorded_now entry_stays'),
        ('dunning_step', 'is_valid unused change_logged row_logged no_truncate'),
        ('dunning_action', 'is_valid unused change_logged row_logged no_truncate'),
        ('task_rule', 'change_logged row_logged no_truncate'),
        ('worklist_rule', 'change_logged row_logged no_truncate'),
        ('reference_rate', 'change_logged row_logged no_truncate recorded_now entry_stays'),
        ('interest_policy', 'is_valid change_logged row_logged no_truncate recorded_now entry_stays'),
        ('message_template', 'is_valid append_only no_truncate recorded_now'),
        ('dunning_run', 'append_only no_truncate recorded_now'),
        ('dunning_notice', 'append_only no_truncate recorded_now takes_actions'),
        ('dunning_notice_item', 'append_only no_truncate'),
        ('dunning_skip', 'append_only no_truncate'),
        ('message', 'append_only no_truncate recorded_now announced sent_stays'),
        ('collection_task', 'append_only no_truncate recorded_now change_logged owner_kept'),
        ('task_owner', 'append_only no_truncate'),
        ('task_item', 'append_only no_truncate'),
        ('contact', 'append_only no_truncate recorded_now'),
        ('promise', 'append_only no_truncate recorded_now change_logged'),
        ('promise_instalment', 'append_only no_truncate'),
        ('promise_item', 'append_only no_truncate'),
        ('dispute', 'append_only no_truncate recorded_now change_logged'),
        ('dispute_item', 'append_only no_truncate'),
        ('dunning_hold', 'append_only no_truncate recorded_now change_logged'),
        ('interest_charge', 'append_only no_truncate recorded_now change_logged'),
        ('daily_run', 'append_only no_truncate recorded_now'),
        ('alarm_threshold', 'is_valid change_logged row_logged no_truncate'),
        ('alarm', 'stays cleared_once starts_open change_logged row_logged no_truncate recorded_now entry_stays '
                  'published change_published clearing_published'),
        ('credit_grade', 'in_order change_logged row_logged no_truncate recorded_now entry_stays'),
        ('credit_review_policy', 'change_logged row_logged no_truncate recorded_now entry_stays'),
        ('credit_authority', 'change_logged row_logged no_truncate recorded_now entry_stays'),
        ('credit_review', 'append_only no_truncate recorded_now'),
        ('credit_decision', 'append_only no_truncate recorded_now starts_undecided decided_once'),
        ('outbox', 'in_order unchanged'),
        ('scorecard', 'is_valid stays kept starts_as_draft goes_forward change_logged row_logged no_truncate recorded_now entry_stays'),
        ('score', 'append_only no_truncate recorded_now'),
        ('document', 'append_only no_truncate recorded_now is_postable within_contract within_source settles_bank_line published'),
        ('bank_account', 'stays no_truncate change_logged'),
        ('bank_statement', 'append_only no_truncate recorded_now'),
        ('bank_line', 'append_only no_truncate recorded_now starts_open kept_by_documents duplicate_is_same change_logged'),
        ('remittance_line', 'append_only no_truncate recorded_now'),
        ('customer_account', 'change_logged row_logged no_truncate recorded_now entry_stays'),
        ('document_line', 'append_only no_truncate'),
        ('item', 'append_only kept_by_applications no_truncate recorded_now starts_open is_postable followed_by_dunning'),
        ('application', 'append_only no_truncate recorded_now refers refers_to_match is_postable has_company_amount settles_items '
                        'published'),
        ('exchange_rate', 'append_only no_truncate recorded_now'),
        ('revaluation', 'append_only no_truncate recorded_now'),
        ('period_closing', 'append_only no_truncate recorded_now shuts published'),
        ('period_override', 'append_only no_truncate recorded_now'),
        ('customer', 'parent_is_topmost'),
        ('document', 'bills_order'),
        ('sales_order', 'starts kept_by_documents change_logged row_logged no_truncate recorded_now entry_stays'),
        ('credit_policy', 'change_logged row_logged no_truncate recorded_now entry_stays'),
        ('temporary_limit', 'change_logged row_logged no_truncate recorded_now entry_stays'),
        ('credit_insurance', 'change_logged row_logged no_truncate recorded_now entry_stays'),
        ('credit_hold', 'change_logged row_logged no_truncate recorded_now entry_stays'),
        ('credit_release', 'change_logged row_logged no_truncate recorded_now entry_stays')
    ) AS g (table_name, guards), string_to_table(g.guards, ' ') AS guard
    UNION ALL
    SELECT 'currency', 'currency_decimals_stay'
$$;
COMMENT ON FUNCTION ar.ledger_guards() IS
'The triggers that guard the books, by table.';

CREATE FUNCTION ar.check_ledger()
    RETURNS TABLE (company_id bigint, invariant text, object text, detail text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    SET enable_nestloop = off SET jit = off AS $$
BEGIN
    PERFORM ar.require_ledger();
    PERFORM ar.require_whole_companies();

    -- Items against the applications that are to have made them what they are.
    RETURN QUERY
    WITH movement AS (
        SELECT a.company_id, a.debit_item_id AS item_id, a.amount, a.company_amount, a.effective_on, a.recorded_at
        FROM receivables.application AS a
        UNION ALL
        SELECT a.company_id, a.credit_item_id, a.amount, a.company_amount, a.effective_on, a.recorded_at
        FROM receivables.application AS a
    ), applied AS (
        SELECT m.company_id, m.item_id, sum(m.amount) AS amount, sum(m.company_amount) AS company_amount,
               max(m.effective_on) AS last_applied_on,
               max(m.recorded_at) AS last_applied_at, min(m.effective_on) AS first_applied_on,
               min(m.recorded_at) AS first_applied_at, bool_or(m.amount < 0 OR m.company_amount < 0) AS reopened,
               sum(m.amount) FILTER (WHERE m.effective_on = m.last_on) AS last_amount,
               sum(m.company_amount) FILTER (WHERE m.effective_on = m.last_on) AS last_company_amount,
               max(m.effective_on) FILTER (WHERE m.effective_on < m.last_on) AS before_on
        FROM (SELECT x.*, max(x.effective_on) OVER (PARTITION BY x.company_id, x.item_id) AS last_on
              FROM movement AS x) AS m
        GROUP BY m.company_id, m.item_id
    ), item AS (
        SELECT i.*, i.amount - CASE WHEN i.is_debit THEN 1 ELSE -1 END * coalesce(a.amount, 0) AS expected_open,
               i.company_amount - CASE WHEN i.is_debit THEN 1 ELSE -1 END * coalesce(a.company_amount, 0) AS expected_company_open,
               coalesce(a.last_company_amount, 0) AS expected_company_amount,
               coalesce(a.last_applied_on, '-infinity') AS expected_on,
               coalesce(a.last_applied_at, '-infinity') AS expected_at,
               coalesce(a.last_amount, 0) AS expected_amount, coalesce(a.before_on, '-infinity') AS expected_before,
               a.first_applied_on, a.first_applied_at, coalesce(a.reopened, false) AS expected_reopened
        FROM receivables.item AS i
        LEFT JOIN applied AS a ON a.company_id = i.company_id AND a.item_id = i.item_id
    )
    SELECT i.company_id, v.invariant, 'item ' || i.item_id, v.detail
    FROM item AS i
    CROSS JOIN LATERAL (VALUES
        ('open amount is amount less applications',
         (i.open_amount, i.open_company_amount) <> (i.expected_open, i.expected_company_open),
         format('open_amount is %s, should be %s; open_company_amount is %s, should be %s', i.open_amount, i.expected_open,
                i.open_company_amount, i.expected_company_open)),
        ('open amount lies between zero and amount',
         i.expected_open NOT BETWEEN least(i.amount, 0) AND greatest(i.amount, 0)
         OR i.expected_company_open NOT BETWEEN least(i.company_amount, 0) AND greatest(i.company_amount, 0),
         format('applications leave %s of %s, %s of company amount %s', i.expected_open, i.amount, i.expected_company_open,
                i.company_amount)),
        ('closing date is that of the last application',
         i.closed_on <> CASE WHEN i.expected_open = 0 AND i.expected_company_open = 0 THEN i.expected_on ELSE 'infinity' END,
         format('closed_on is %s, the last application of %s', i.closed_on, i.expected_on)),
        ('last application is remembered',
         (i.last_applied_on, i.last_applied_at, i.last_applied_amount, i.last_applied_company_amount, i.applied_before_on)
         <> (i.expected_on, i.expected_at, i.expected_amount, i.expected_company_amount, i.expected_before),
         format('last_applied_on is %s, should be %s; last_applied_at is %s, should be %s; '
                'last_applied_amount is %s, should be %s; last_applied_company_amount is %s, should be %s; '
                'applied_before_on is %s, should be %s',
                i.last_applied_on, i.expected_on, i.last_applied_at, i.expected_at,
                i.last_applied_amount, i.expected_amount, i.last_applied_company_amount, i.expected_company_amount,
                i.applied_before_on, i.expected_before)),
        ('a reversal is remembered', i.reopened <> i.expected_reopened,
         format('reopened is %s, should be %s', i.reopened, i.expected_reopened)),
        ('nothing is applied before the item counts', i.first_applied_on < i.effective_on,
         format('effective from %s, first applied on %s', i.effective_on, i.first_applied_on)),
        ('nothing is applied before the item is entered', i.first_applied_at < i.recorded_at,
         format('entered at %s, first applied at %s', i.recorded_at, i.first_applied_at))
    ) AS v (invariant, broken, detail)
    WHERE v.broken;

    -- Whatever was reversed later: no more applied than the item, at no date.
    RETURN QUERY
    SELECT DISTINCT r.company_id, 'never more is applied than the item', 'item ' || r.item_id,
           format('%s applied of %s on %s', r.applied, abs(r.amount), r.effective_on)
    FROM (SELECT i.company_id, i.item_id, i.amount, i.company_amount, m.effective_on,
                 sum(m.amount) OVER upto AS applied, sum(m.company_amount) OVER upto AS company_applied
          FROM (SELECT DISTINCT x.company_id, y.item_id
                FROM receivables.application AS x,
                     LATERAL (VALUES (x.debit_item_id), (x.credit_item_id)) AS y (item_id)
                WHERE x.reverses_application_id IS NOT NULL) AS reversed
          JOIN receivables.item AS i ON i.company_id = reversed.company_id AND i.item_id = reversed.item_id
          CROSS JOIN LATERAL (
              SELECT m.effective_on, m.amount, m.company_amount FROM receivables.application AS m
              WHERE m.company_id = i.company_id AND m.debit_item_id = i.item_id
              UNION ALL
              SELECT m.effective_on, m.amount, m.company_amount FROM receivables.application AS m
              WHERE m.company_id = i.company_id AND m.credit_item_id = i.item_id) AS m
          WINDOW upto AS (PARTITION BY i.company_id, i.item_id ORDER BY m.effective_on)) AS r
    WHERE r.applied NOT BETWEEN 0 AND abs(r.amount) OR r.company_applied NOT BETWEEN 0 AND abs(r.company_amount);

    -- Applications against the items and the applications they name.
    RETURN QUERY
    SELECT a.company_id, v.invariant, 'application ' || a.application_id, v.detail
    FROM receivables.application AS a
    LEFT JOIN receivables.item AS d ON d.company_id = a.company_id AND d.item_id = a.debit_item_id
    LEFT JOIN receivables.item AS c ON c.company_id = a.company_id AND c.item_id = a.credit_item_id
    LEFT JOIN receivables.application AS o
           ON o.company_id = a.company_id AND o.application_id = a.reverses_application_id
    CROSS JOIN LATERAL (VALUES
        ('an application settles a debit with a credit', (d.is_debit AND NOT c.is_debit) IS NOT TRUE,
         format('debit item %s of %s, credit item %s of %s', d.item_id, d.amount, c.item_id, c.amount)),
        ('an application stays with one customer and currency', (d.customer_id, d.currency) <> (c.customer_id, c.currency),
         format('debit of customer %s in %s, credit of customer %s in %s', d.customer_id, d.currency, c.customer_id, c.currency)),
        ('an exchange difference belongs to an application of the same day and sign',
         a.exchange_of_application_id IS NOT NULL AND 'exchange_difference' NOT IN (d.kind, c.kind)
         OR a.exchange_of_application_id IS NULL AND 'exchange_difference' IN (d.kind, c.kind),
         format('application %s between %s and %s', a.application_id, d.kind, c.kind)),
        ('a reversal mirrors its application',
         a.reverses_application_id IS NOT NULL
         AND (o.debit_item_id, o.credit_item_id, -o.amount, -o.company_amount, o.reverses_application_id)
             IS DISTINCT FROM (a.debit_item_id, a.credit_item_id, a.amount, a.company_amount, NULL::bigint)
         OR o.effective_on > a.effective_on,
         format('reverses application %s of %s on %s with %s on %s',
                o.application_id, o.amount, o.effective_on, a.amount, a.effective_on))
    ) AS v (invariant, broken, detail)
    WHERE v.broken;

    -- Documents against the items they posted, and what they undo.
    RETURN QUERY
    SELECT d.company_id, v.invariant, d.kind || ' ' || d.document_number, v.detail
    FROM receivables.document AS d
    JOIN receivables.company AS co ON co.company_id = d.company_id
    JOIN receivables.currency AS u ON u.currency = d.currency
    JOIN receivables.currency AS cu ON cu.currency = co.currency
    LEFT JOIN receivables.document AS o ON o.company_id = d.company_id AND o.document_id = d.reverses_document_id
    LEFT JOIN (SELECT i.company_id, i.document_id, sum(i.amount) AS amount, sum(i.company_amount) AS company_amount,
                      max(scale(trim_scale(i.amount))) AS scale, max(scale(trim_scale(i.company_amount))) AS company_scale,
                      bool_and(i.effective_on = x.document_date) AS same_date
               FROM receivables.item AS i
               JOIN receivables.document AS x ON x.company_id = i.company_id AND x.document_id = i.document_id
               GROUP BY i.company_id, i.document_id) AS posted
           ON posted.company_id = d.company_id AND posted.document_id = d.document_id
    CROSS JOIN LATERAL (SELECT CASE WHEN ar.is_credit_kind(d.kind) THEN -1 ELSE 1 END AS sign) AS s
    CROSS JOIN LATERAL (VALUES
        ('a document posts items of its amount',
         (posted.amount, posted.company_amount) IS DISTINCT FROM (s.sign * d.amount, s.sign * d.company_amount),
         format('amount is %s, items come to %s; company amount is %s, items come to %s', d.amount, posted.amount,
                d.company_amount, posted.company_amount)),
        ('items count from the date of their document', NOT posted.same_date, format('document date is %s', d.document_date)),
        ('amounts have the decimals of the currency',
         greatest(posted.scale, scale(trim_scale(d.amount))) > u.minor_units
         OR greatest(posted.company_scale, scale(trim_scale(d.company_amount))) > cu.minor_units,
         format('amount is %s, %s has %s decimals; company amount is %s, %s has %s', d.amount, d.currency, u.minor_units,
                d.company_amount, co.currency, cu.minor_units)),
        ('amounts are equal in the currency of the company', d.currency = co.currency AND d.amount <> d.company_amount,
         format('amount is %s, company amount %s', d.amount, d.company_amount)),
        ('a reversal mirrors its document',
         d.reverses_document_id IS NOT NULL
         AND ((o.customer_id, o.kind, o.currency, -o.amount, -o.company_amount, o.reverses_document_id)
              IS DISTINCT FROM (d.customer_id, d.kind, d.currency, d.amount, d.company_amount, NULL::bigint)
              OR d.document_date < o.document_date),
         format('reverses %s %s of %s with %s', o.kind, o.document_number, o.amount, d.amount))
    ) AS v (invariant, broken, detail)
    WHERE v.broken;

    RETURN QUERY
    SELECT d.company_id, 'a transfer has two halves', d.kind || ' ' || d.document_number,
           format('%s of customer %s', d.amount, d.customer_id)
    FROM receivables.document AS d
    LEFT JOIN receivables.document AS o
           ON o.company_id = d.company_id AND o.kind = 'transfer_in' AND o.source_document_id = d.document_id
              AND o.reverses_document_id IS NULL
    WHERE d.kind = 'transfer_out' AND d.reverses_document_id IS NULL
      AND (o.currency, -o.amount, -o.company_amount, o.document_date)
          IS DISTINCT FROM (d.currency, d.amount, d.company_amount, d.document_date);

    RETURN QUERY
    SELECT d.company_id, 'lines come to the amount of their document', d.kind || ' ' || d.document_number,
           format('amount is %s, lines come to %s', d.amount, l.amount)
    FROM (SELECT x.company_id, x.document_id, sum(x.net_amount + x.tax_amount) AS amount
          FROM receivables.document_line AS x GROUP BY x.company_id, x.document_id) AS l
    JOIN receivables.document AS d ON d.company_id = l.company_id AND d.document_id = l.document_id
    WHERE l.amount <> d.amount;

    -- What is kept of documents: contracts, numbers, closings.
    RETURN QUERY
    SELECT c.company_id, 'what is invoiced under a contract is kept', 'contract ' || c.contract_number,
           format('invoiced_amount is %s, should be %s', c.invoiced_amount, d.amount)
    FROM receivables.contract AS c
    CROSS JOIN LATERAL (SELECT coalesce(sum(CASE x.kind WHEN 'invoice' THEN x.amount ELSE -x.amount END), 0) AS amount
                        FROM receivables.document AS x
                        WHERE x.company_id = c.company_id AND x.contract_id = c.contract_id
                          AND x.kind IN ('invoice', 'credit_note')) AS d
    WHERE c.invoiced_amount <> d.amount;

    RETURN QUERY
    SELECT coalesce(n.company_id, d.company_id), 'a series has no gap',
           format('series %s %s', coalesce(n.series, d.series), coalesce(n.period, d.series_period)),
           format('numbers %s to %s were given, documents have %s up to %s', n.first_number, n.last_number, d.count, d.last)
    FROM receivables.number_counter AS n
    FULL JOIN (SELECT x.company_id, x.series, x.series_period, count(*) AS count, max(x.series_number) AS last
               FROM receivables.document AS x WHERE x.series IS NOT NULL
               GROUP BY x.company_id, x.series, x.series_period) AS d
           ON d.company_id = n.company_id AND d.series = n.series AND d.series_period = n.period
    WHERE (n.last_number - n.first_number + 1, n.last_number) IS DISTINCT FROM (d.count, d.last);

    RETURN QUERY
    SELECT c.company_id, 'a company is closed through its latest closing', 'company ' || c.company_code,
           format('closed_through is %s, should be %s', c.closed_through, coalesce(p.closed_through, '-infinity'))
    FROM receivables.company AS c
    LEFT JOIN LATERAL (SELECT x.closed_through FROM receivables.period_closing AS x
                       WHERE x.company_id = c.company_id ORDER BY x.closing_id DESC LIMIT 1) AS p ON true
    WHERE c.closed_through <> coalesce(p.closed_through, '-infinity');

    -- Revaluations: what each says, and that one follows the other.
    RETURN QUERY
    SELECT r.company_id, v.invariant, 'revaluation ' || r.revaluation_id, v.detail
    FROM (SELECT x.*, lag(x.revaluation_id) OVER chain AS before_id, lag(x.effective_on) OVER chain AS before_on
          FROM receivables.revaluation AS x
          WINDOW chain AS (PARTITION BY x.company_id, x.item_id ORDER BY x.revaluation_id)) AS r
    JOIN receivables.item AS i ON i.company_id = r.company_id AND i.item_id = r.item_id
    JOIN receivables.company AS c ON c.company_id = r.company_id
    JOIN receivables.currency AS u ON u.currency = c.currency
    CROSS JOIN LATERAL (VALUES
        ('a revaluation is of an item in a foreign currency and its customer',
         i.currency = c.currency OR i.customer_id <> r.customer_id,
         format('item %s in %s of customer %s, revaluation of customer %s', i.item_id, i.currency, i.customer_id, r.customer_id)),
        ('a revaluation comes to what is open at its rate',
         r.value <> round(r.open_amount * coalesce(r.exchange_rate, 0), u.minor_units)
         OR r.difference <> r.value - r.open_company_amount,
         format('value is %s of %s at %s, difference %s from %s', r.value, r.open_amount, r.exchange_rate, r.difference,
                r.open_company_amount)),
        ('a revaluation reverses the one before of its item',
         r.reverses_revaluation_id IS DISTINCT FROM r.before_id OR r.effective_on < r.before_on,
         format('on %s reverses revaluation %s, the one before is %s on %s', r.effective_on, r.reverses_revaluation_id,
                r.before_id, r.before_on))
    ) AS v (invariant, broken, detail)
    WHERE v.broken;

    -- Bank statements: that they add up, and what of their lines is posted.
    RETURN QUERY
    SELECT s.company_id, 'a bank statement comes to its closing balance', 'bank statement ' || s.bank_statement_id,
           format('%s and lines of %s, closing balance %s', s.opening_balance, l.amount, s.closing_balance)
    FROM receivables.bank_statement AS s
    CROSS JOIN LATERAL (SELECT coalesce(sum(x.amount), 0) AS amount FROM receivables.bank_line AS x
                        WHERE x.company_id = s.company_id AND x.bank_statement_id = s.bank_statement_id) AS l
    WHERE s.opening_balance + l.amount <> s.closing_balance;

    RETURN QUERY
    SELECT l.company_id, v.invariant, 'bank line ' || l.bank_line_id, v.detail
    FROM receivables.bank_line AS l
    JOIN receivables.bank_statement AS s ON s.company_id = l.company_id AND s.bank_statement_id = l.bank_statement_id
    LEFT JOIN (SELECT d.company_id, d.bank_line_id, sum(CASE d.kind WHEN 'refund' THEN -d.amount ELSE d.amount END) AS amount,
                      min(d.currency) AS first_currency, max(d.currency) AS last_currency
               FROM receivables.document AS d
               WHERE d.bank_line_id IS NOT NULL AND d.kind IN ('payment', 'deposit', 'refund')
               GROUP BY d.company_id, d.bank_line_id) AS d ON d.company_id = l.company_id AND d.bank_line_id = l.bank_line_id
    LEFT JOIN receivables.bank_line AS o ON o.company_id = l.company_id AND o.bank_line_id = l.duplicate_of_bank_line_id
    CROSS JOIN LATERAL (VALUES
        ('open amount of a bank line is amount less documents',
         l.open_amount <> CASE WHEN l.duplicate_of_bank_line_id IS NULL THEN l.amount - coalesce(d.amount, 0) ELSE 0 END,
         format('open_amount is %s of %s, documents come to %s', l.open_amount, l.amount, coalesce(d.amount, 0))),
        ('a bank line is in the currency of its account and documents',
         l.currency <> s.currency OR d.first_currency <> l.currency OR d.last_currency <> l.currency,
         format('line in %s, statement in %s, documents in %s', l.currency, s.currency, concat_ws(' to ', d.first_currency, d.last_currency))),
        ('a duplicate bank line is of the same entry and never posted',
         l.duplicate_of_bank_line_id IS NOT NULL
         AND ((o.entry_reference, o.booked_on, o.entry_amount, o.currency)
              IS DISTINCT FROM (l.entry_reference, l.booked_on, l.entry_amount, l.currency) OR d.amount <> 0),
         format('duplicate of bank line %s of %s on %s, %s on %s', o.bank_line_id, o.entry_amount, o.booked_on, l.entry_amount, l.booked_on))
    ) AS v (invariant, broken, detail)
    WHERE v.broken;

    -- Owners of customers.
    RETURN QUERY
    SELECT c.company_id, v.invariant, 'customer ' || c.customer_number, v.detail
    FROM receivables.customer AS c
    LEFT JOIN (SELECT o.company_id, o.customer_id, o.valid_from, o.valid_to, o.salesperson, o.department, o.region,
                      lag(o.valid_to, 1, '-infinity') OVER periods AS expected_from,
                      row_number() OVER latest_first = 1 AS is_latest
               FROM receivables.customer_owner AS o
               WINDOW periods AS (PARTITION BY o.company_id, o.customer_id ORDER BY o.valid_from),
                      latest_first AS (PARTITION BY o.company_id, o.customer_id ORDER BY o.valid_from DESC)) AS o
           ON o.company_id = c.company_id AND o.customer_id = c.customer_id
    CROSS JOIN LATERAL (VALUES
        ('owners of a customer follow each other without a gap',
         o.valid_from IS DISTINCT FROM o.expected_from OR o.is_latest AND o.valid_to <> 'infinity' OR o.customer_id IS NULL,
         format('an owner counts from %s to %s, one before to %s', o.valid_from, o.valid_to, o.expected_from)),
        ('a customer shows its latest owner',
         o.is_latest AND (o.salesperson, o.department, o.region) IS DISTINCT FROM (c.salesperson, c.department, c.region),
         format('the customer shows %s, its latest owner is %s', concat_ws(', ', c.salesperson, c.department, c.region),
                concat_ws(', ', o.salesperson, o.department, o.region)))
    ) AS v (invariant, broken, detail)
    WHERE v.broken;

    -- Nothing has a declared foreign key to or from a proposal where neither is ever deleted.
    RETURN QUERY
    SELECT p.company_id, 'a match names what is there', 'proposal ' || p.match_proposal_id,
           CASE WHEN b.bank_line_id IS NOT NULL OR i.item_id IS NOT NULL THEN format('there is no customer %s', p.customer_id)
                WHEN p.bank_line_id IS NOT NULL THEN format('there is no bank line %s', p.bank_line_id)
                ELSE format('there is no item %s', p.credit_item_id) END
    FROM receivables.match_proposal AS p
    LEFT JOIN receivables.bank_line AS b ON b.company_id = p.company_id AND b.bank_line_id = p.bank_line_id
    LEFT JOIN receivables.item AS i ON i.company_id = p.company_id AND i.item_id = p.credit_item_id
    LEFT JOIN receivables.customer AS c ON c.company_id = p.company_id AND c.customer_id = p.customer_id
    WHERE b.bank_line_id IS NULL AND i.item_id IS NULL OR p.customer_id IS NOT NULL AND c.customer_id IS NULL
    UNION ALL
    SELECT l.company_id, 'a match names what is there', 'proposal ' || l.match_proposal_id,
           CASE WHEN p.match_proposal_id IS NULL THEN format('line %s has no proposal', l.line_number)
                ELSE format('there is no item %s', l.item_id) END
    FROM receivables.match_proposal_line AS l
    LEFT JOIN receivables.match_proposal AS p ON p.company_id = l.company_id AND p.match_proposal_id = l.match_proposal_id
    LEFT JOIN receivables.item AS i ON i.company_id = l.company_id AND i.item_id = l.item_id
    WHERE p.match_proposal_id IS NULL OR l.item_id IS NOT NULL AND i.item_id IS NULL
    UNION ALL
    SELECT a.company_id, 'a match names what is there', 'application ' || a.application_id,
           format('there is no proposal %s', a.match_proposal_id)
    FROM receivables.application AS a
    LEFT JOIN receivables.match_proposal AS p ON p.company_id = a.company_id AND p.match_proposal_id = a.match_proposal_id
    WHERE a.match_proposal_id IS NOT NULL AND p.match_proposal_id IS NULL;

    -- Matches: what was decided was settled, and nothing else.
    RETURN QUERY
    WITH settled AS (
        SELECT a.company_id, a.match_proposal_id, a.debit_item_id, a.credit_item_id, a.amount,
               r.application_id IS NOT NULL AS is_reversed
        FROM receivables.application AS a
        LEFT JOIN receivables.application AS r
               ON r.company_id = a.company_id AND r.reverses_application_id = a.application_id
        WHERE a.match_proposal_id IS NOT NULL
    ), posted AS (
        SELECT d.company_id, d.match_proposal_id, d.bank_line_id, d.amount, r.document_id IS NOT NULL AS is_reversed
        FROM receivables.document AS d
        LEFT JOIN receivables.document AS r ON r.company_id = d.company_id AND r.reverses_document_id = d.document_id
        WHERE d.match_proposal_id IS NOT NULL
    ), line AS (
        SELECT l.company_id, l.match_proposal_id, sum(l.amount) AS amount, count(*) AS count
        FROM receivables.match_proposal_line AS l
        WHERE l.purpose IN ('application', 'unapplied', 'on_account')
        GROUP BY l.company_id, l.match_proposal_id
    ), item AS (
        -- By item, what lines say and what was applied with them.
        SELECT x.company_id, x.match_proposal_id, bool_or(x.amount <> 0) AS differs
        FROM (SELECT u.company_id, u.match_proposal_id, u.item_id, abs(sum(u.wanted)) - sum(u.applied) AS amount
              FROM (SELECT l.company_id, l.match_proposal_id, l.item_id, l.amount AS wanted, 0 AS applied
                    FROM receivables.match_proposal_line AS l
                    JOIN receivables.match_proposal AS p
                        ON p.company_id = l.company_id AND p.match_proposal_id = l.match_proposal_id
                           AND p.status IN ('accepted', 'applied_automatically', 'undone')
                    WHERE l.item_id IS NOT NULL
                    UNION ALL
                    SELECT s.company_id, s.match_proposal_id, s.debit_item_id, 0, s.amount FROM settled AS s
                    UNION ALL
                    SELECT s.company_id, s.match_proposal_id, s.credit_item_id, 0, s.amount FROM settled AS s) AS u
              GROUP BY u.company_id, u.match_proposal_id, u.item_id
              HAVING count(*) FILTER (WHERE u.wanted <> 0) > 0) AS x
        GROUP BY x.company_id, x.match_proposal_id
    ), moved AS (
        SELECT s.company_id, s.match_proposal_id, bool_and(s.is_reversed) AS is_reversed,
               sum(s.amount) FILTER (WHERE s.bank_line_id IS NOT NULL) AS amount
        FROM (SELECT x.company_id, x.match_proposal_id, x.is_reversed, NULL::bigint AS bank_line_id, x.amount FROM settled AS x
              UNION ALL
              SELECT x.company_id, x.match_proposal_id, x.is_reversed, x.bank_line_id, x.amount FROM posted AS x) AS s
        GROUP BY s.company_id, s.match_proposal_id
    )
    SELECT p.company_id, v.invariant, 'proposal ' || p.match_proposal_id, v.detail
    FROM receivables.match_proposal AS p
    LEFT JOIN line AS l ON l.company_id = p.company_id AND l.match_proposal_id = p.match_proposal_id
    LEFT JOIN item AS i ON i.company_id = p.company_id AND i.match_proposal_id = p.match_proposal_id
    LEFT JOIN moved AS m ON m.company_id = p.company_id AND m.match_proposal_id = p.match_proposal_id
    CROSS JOIN LATERAL (VALUES
        ('the lines of a proposal come to its amount', l.amount <> p.amount,
         format('amount is %s, lines come to %s', p.amount, l.amount)),
        ('a match settled what its lines say', i.differs, 'applications of its items differ from its lines'),
        ('a match posted its bank line',
         p.status IN ('accepted', 'applied_automatically', 'undone') AND p.bank_line_id IS NOT NULL
         AND m.amount IS DISTINCT FROM abs(p.amount),
         format('amount is %s, posted was %s', p.amount, m.amount)),
        ('what is undone is reversed', p.status = 'undone' AND NOT m.is_reversed, 'something of it still counts'),
        ('what was not decided settled nothing',
         p.status NOT IN ('accepted', 'applied_automatically', 'undone') AND m.match_proposal_id IS NOT NULL,
         format('it is %s', p.status))
    ) AS v (invariant, broken, detail)
    WHERE v.broken;

    RETURN QUERY
    SELECT d.company_id, 'a deduction is what was kept back', 'item ' || d.item_id,
           format('item of %s for item %s of %s', i.amount, d.source_item_id, s.amount)
    FROM receivables.deduction AS d
    JOIN receivables.item AS i ON i.company_id = d.company_id AND i.item_id = d.item_id
    JOIN receivables.item AS s ON s.company_id = d.company_id AND s.item_id = d.source_item_id
    WHERE (i.customer_id, i.currency) <> (s.customer_id, s.currency) OR NOT i.is_debit
       OR d.match_proposal_id IS NOT NULL AND NOT EXISTS (
           SELECT FROM receivables.match_proposal_line AS l
           WHERE l.company_id = d.company_id AND l.match_proposal_id = d.match_proposal_id AND l.purpose = 'deduction'
             AND l.item_id = d.source_item_id AND l.amount = i.amount);

    RETURN QUERY
    SELECT v.company_id, v.invariant, v.object, v.detail
    FROM (SELECT o.company_id, 'invoiced amount of an order is that of its invoices', 'order ' || o.order_number,
                 format('invoiced_amount is %s, the invoices come to %s; UPDATE receivables.sales_order SET amount = amount puts it right',
                        o.invoiced_amount, x.invoiced)
          FROM receivables.sales_order AS o
          CROSS JOIN LATERAL ar.order_invoiced(o.company_id, o.order_number, o.currency, o.exchange_rate) AS x (invoiced)
          WHERE o.invoiced_amount <> x.invoiced
          UNION ALL
          SELECT c.company_id, 'a parent has no parent itself', 'customer ' || c.customer_number,
                 format('its parent %s has a parent', p.customer_number)
          FROM receivables.customer AS c
          JOIN receivables.customer AS p ON p.company_id = c.company_id AND p.customer_id = c.parent_customer_id
          WHERE p.parent_customer_id IS NOT NULL) AS v (company_id, invariant, object, detail);

    -- The guards themselves.
    RETURN QUERY
    SELECT NULL::bigint, 'guards are in place', 'table ' || g.table_name,
           format('trigger %s is %s; SELECT ar.upgrade_ledger() puts it back', g.trigger_name,
                  CASE WHEN t.tgname IS NULL THEN 'missing' ELSE 'disabled' END)
    FROM ar.ledger_guards() AS g
    LEFT JOIN pg_trigger AS t ON t.tgrelid = ('receivables.' || g.table_name)::regclass AND t.tgname = g.trigger_name
    WHERE t.tgname IS NULL OR t.tgenabled NOT IN ('O', 'A')
    ORDER BY g.table_name, g.trigger_name;

    RETURN QUERY
    SELECT NULL::bigint, 'row-level security is in place', 'table ' || c.relname,
           format('row-level security is %s; SELECT ar.upgrade_ledger() puts it back',
                  CASE WHEN c.relrowsecurity THEN 'without policy ar_select' ELSE 'disabled' END)
    FROM pg_class AS c
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'company_id' AND NOT a.attisdropped
    WHERE c.relnamespace = 'receivables'::regnamespace AND c.relkind IN ('r', 'p')
      AND NOT (c.relrowsecurity
               AND EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = c.oid AND p.polname = 'ar_select'))
    ORDER BY c.relname;
END;
$$;
COMMENT ON FUNCTION ar.check_ledger() IS
'One row for each broken invariant of the books, none where they are sound: company, what should hold, of which object, what was found. Reads everything. Errors: 55000 without books, 42501 for a role that sees a company only in part.';
