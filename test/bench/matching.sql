-- Solves :problem, :run 'at once' or 'day by day', and compares what was found
-- with what is true.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS receivables CASCADE;
SELECT bench.load_books(:'problem') AS company_id \gset
SELECT :'run' = 'day by day' AS by_day \gset
SELECT clock_timestamp() AS started \gset
\if :by_day
    CALL bench.match_day_by_day(:'problem', :company_id);
\else
    SELECT bench.load_payments(:'problem', :company_id) \g /dev/null
    SELECT ar.propose(:company_id) \g /dev/null
    SELECT ar.auto_apply(:company_id) \g /dev/null
\endif
SELECT round(1000 * extract(epoch FROM clock_timestamp() - :'started')) AS ms \gset
ANALYZE;
SELECT bench.compare(:'problem', :'run', 'auto', false), bench.compare(:'problem', :'run', 'auto + first proposal', true) \g /dev/null
SELECT format('%s, %s: %s payments in %s ms, %s settled automatically', :'problem', :'run', count(*),
              :ms,
              count(*) FILTER (WHERE EXISTS (SELECT FROM receivables.match_proposal AS p
                                             WHERE p.company_id = b.company_id AND p.bank_line_id = b.bank_line_id
                                               AND p.status = 'applied_automatically'))) AS title
FROM receivables.bank_line AS b \gset
\pset title :title
SELECT a.kind, a.true_pairs AS pairs,
       coalesce(a.found, 0) AS auto, bench.rate(a.right_, a.found) AS precision, bench.rate(a.right_, a.true_pairs) AS recall,
       bench.rate(2 * a.right_, a.found + a.true_pairs) AS f1,
       bench.rate(a.right_amount, a.found_amount) AS amount_precision, bench.rate(a.right_amount, a.true_amount) AS amount_recall,
       bench.rate(2 * a.right_amount, a.found_amount + a.true_amount) AS amount_f1,
       p.found AS "+ first", bench.rate(p.right_, p.found) AS precision, bench.rate(p.right_, p.true_pairs) AS recall,
       bench.rate(2 * p.right_, p.found + p.true_pairs) AS f1,
       bench.rate(p.right_amount, p.found_amount) AS amount_precision, bench.rate(p.right_amount, p.true_amount) AS amount_recall,
       bench.rate(2 * p.right_amount, p.found_amount + p.true_amount) AS amount_f1
FROM bench.matching_result AS p
LEFT JOIN bench.matching_result AS a ON a.problem = p.problem AND a.run = p.run AND a.counted = 'auto' AND a.kind = p.kind
WHERE p.problem = :'problem' AND p.run = :'run' AND p.counted <> 'auto'
ORDER BY p.kind = 'all', p.kind = 'nothing to settle', p.kind;
\if :verbose
    \pset title 'What is wrong or missing'
    \x on
    SELECT x.payment_id AS payment, CASE WHEN p.status = 'open' THEN 'proposal' ELSE p.status END AS how, b.payer_name AS payer, b.amount,
           (SELECT string_agg(concat_ws(' ', r.reference, r.amount, r.note), E'\n' ORDER BY r.remittance_line_id)
            FROM receivables.remittance_line AS r WHERE r.company_id = b.company_id AND r.bank_line_id = b.bank_line_id) AS remittance,
           x.found, x.truth, x.kind, p.method, p.score, p.margin, p.is_ambiguous AS ambiguous, p.reasons
    FROM (SELECT coalesce(t.payment_id, f.payment_id) AS payment_id, max(f.match_proposal_id) AS match_proposal_id, max(t.kind) AS kind,
                 string_agg(f.invoice_id || ' ' || trim_scale(f.amount), E'\n' ORDER BY f.invoice_id) AS found,
                 string_agg(t.invoice_id || ' ' || trim_scale(t.amount), E'\n' ORDER BY t.invoice_id) AS truth
          FROM bench.truth(:'problem') AS t FULL JOIN bench.found(true) AS f USING (payment_id, invoice_id)
          GROUP BY 1 HAVING bool_or(t.amount IS DISTINCT FROM f.amount)) AS x
    JOIN receivables.bank_line AS b ON b.attributes ->> 'payment_id' = x.payment_id
    LEFT JOIN receivables.match_proposal AS p
        ON p.company_id = b.company_id AND p.match_proposal_id = coalesce(x.match_proposal_id, (
               SELECT max(o.match_proposal_id) FROM receivables.match_proposal AS o
               WHERE o.company_id = b.company_id AND o.bank_line_id = b.bank_line_id AND o.rank = 1 AND o.status = 'open'))
    ORDER BY p.status, x.payment_id;
    \x off
\endif
\pset title
SELECT count(*) AS broken_invariants FROM ar.check_ledger();
