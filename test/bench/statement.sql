-- A hundred customers, one after the other: the statement of the last quarter
-- and the balance a quarter ago, against what one would write by hand. A time
-- divided by a hundred is that of one.
\set statement 'SELECT count(*) FROM generate_series(1, 100) AS n, ar.customer_statement(:company, ''C'' || n * :step, ''2026-04-01'', ''2026-06-30'') AS s'
\set statement_by_hand 'SELECT count(*) FROM generate_series(1, 100) AS n, LATERAL (SELECT m.happened_on, sum(m.amount) OVER (ORDER BY m.happened_on, m.id) AS balance FROM (SELECT i.invoice_date AS happened_on, i.invoice_id AS id, i.amount FROM plain.invoice AS i WHERE i.customer_id = n * :step UNION ALL SELECT p.applied_on, p.payment_id, -p.amount FROM plain.payment_application AS p JOIN plain.invoice AS i ON i.invoice_id = p.invoice_id WHERE i.customer_id = n * :step) AS m WHERE m.happened_on <= date ''2026-06-30'' OFFSET 0) AS s WHERE s.happened_on >= date ''2026-04-01'''
\set balance 'SELECT sum(ar.balance(:company, ''C'' || n * :step, ''2026-03-31'')) FROM generate_series(1, 100) AS n'
\set balance_by_hand 'SELECT sum(s.balance) FROM generate_series(1, 100) AS n, LATERAL (SELECT sum(i.amount) - coalesce(sum((SELECT sum(p.amount) FROM plain.payment_application AS p WHERE p.invoice_id = i.invoice_id AND p.applied_on <= date ''2026-03-31'')), 0) AS balance FROM plain.invoice AS i WHERE i.customer_id = n * :step AND i.invoice_date <= date ''2026-03-31'') AS s'
SELECT company_id AS company, greatest((SELECT count(*) FROM plain.customer) / 100, 1) AS step FROM receivables.company LIMIT 1 \gset
SELECT replace(replace(:'statement', ':company', :'company'), ':step', :'step') AS statement,
       replace(:'statement_by_hand', ':step', :'step') AS statement_by_hand,
       replace(replace(:'balance', ':company', :'company'), ':step', :'step') AS balance,
       replace(:'balance_by_hand', ':step', :'step') AS balance_by_hand \gset
SELECT (:balance) = (:balance_by_hand) AS same \gset
\if :same
\else
    \warn the balances and the query by hand disagree
    SELECT 1 / 0;
\endif
CALL bench.pair('statements', :'label' || ', 100 statements', 'window over all by hand', '< 500 ms', :'statement', :'statement_by_hand');
CALL bench.pair('statements', :'label' || ', 100 balances of 2026-03-31', 'sums by hand', '< 500 ms', :'balance', :'balance_by_hand');
