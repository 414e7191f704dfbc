-- How fast money comes in: every variant for a company and for each salesperson, 24 months against one, and how each
-- customer paid in a year against what one would write by hand.
\set of_company 'SELECT count(standard_dso) FROM ar.dso_by(:company, NULL, ''2026-04-01'', ''2026-06-30'')'
\set of_salespeople 'SELECT count(standard_dso) FROM ar.dso_by(:company, ''salesperson'', ''2026-04-01'', ''2026-06-30'')'
\set month 'SELECT count(standard_dso) FROM ar.dso_trend(:company, 1, ''2026-06-30'')'
\set months 'SELECT count(standard_dso) FROM ar.dso_trend(:company, 24, ''2026-06-30'')'
\set paid 'SELECT sum(round(ar.weighted_days_late(behavior), 2)) FROM ar.customer_payment_behavior(:company, ''2025-07-01'', ''2026-06-30'')'
\set paid_by_hand 'SELECT sum(round(late, 2)) FROM (SELECT sum(p.amount * (p.applied_on - i.due_date)) / sum(p.amount) AS late FROM plain.payment_application AS p JOIN plain.invoice AS i USING (invoice_id) WHERE p.applied_on BETWEEN ''2025-07-01'' AND ''2026-06-30'' GROUP BY i.customer_id) AS c'
SELECT company_id AS company FROM receivables.company LIMIT 1 \gset
SELECT replace(:'of_company', ':company', :'company') AS of_company, replace(:'of_salespeople', ':company', :'company') AS of_salespeople,
       replace(:'month', ':company', :'company') AS month, replace(:'months', ':company', :'company') AS months,
       replace(:'paid', ':company', :'company') AS paid \gset
SELECT (:paid) = (:paid_by_hand) AS same \gset
\if :same
\else
    \warn the days late and the query by hand disagree
    SELECT 1 / 0;
\endif
CALL bench.pair('dso', :'label' || ', 24 months', 'every variant for one quarter', 'ratio 0.5', :'months', :'of_company');
CALL bench.pair('dso', :'label' || ', 24 months', 'one month', 'ratio 0.5', :'months', :'month');
CALL bench.pair('dso', :'label' || ', a quarter, every variant', 'the same by salesperson', '< 1 s', :'of_company', :'of_salespeople');
CALL bench.pair('dso', :'label' || ', how customers paid in a year', 'one mean by hand', '< 1 s', :'paid', :'paid_by_hand');
