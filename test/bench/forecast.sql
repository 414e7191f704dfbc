-- Delay curves of all customers against the estimate by hand over the tables one
-- would have, and what rests on them: the forecast of 13 weeks, a scenario, the
-- outlook of every open item.
\set curves 'SELECT c.customer_id, p.day, p.survival FROM ar.delay_curves(:company, ''2026-06-30'', NULL, 730, 2000000000) AS c, ar.delay_curve_points(c.curve) AS p WHERE p.paid > 0'
\set by_hand 'SELECT h.customer_id, h.day, CASE WHEN h.paid = h.at_risk THEN 0 ELSE exp(sum(ln(nullif(1 - h.paid / h.at_risk, 0))) OVER (PARTITION BY h.customer_id ORDER BY h.day)) END AS survival FROM (SELECT d.customer_id, d.day, sum(d.paid) AS paid, sum(sum(d.weight)) OVER (PARTITION BY d.customer_id ORDER BY d.day DESC) AS at_risk FROM (SELECT i.customer_id, p.applied_on - i.due_date AS day, (p.amount / i.amount)::float8 AS paid, (p.amount / i.amount)::float8 AS weight FROM plain.payment_application AS p JOIN plain.invoice AS i USING (invoice_id) WHERE p.applied_on <= date ''2026-06-30'' AND i.invoice_date > date ''2026-06-30'' - 730 UNION ALL SELECT i.customer_id, date ''2026-06-30'' - i.due_date, 0, (1 - coalesce(sum(p.amount), 0) / i.amount)::float8 FROM plain.invoice AS i LEFT JOIN plain.payment_application AS p ON p.invoice_id = i.invoice_id AND p.applied_on <= date ''2026-06-30'' WHERE i.invoice_date <= date ''2026-06-30'' AND i.invoice_date > date ''2026-06-30'' - 730 GROUP BY i.invoice_id HAVING i.amount > coalesce(sum(p.amount), 0)) AS d GROUP BY d.customer_id, d.day) AS h WHERE h.paid > 0'
SELECT company_id AS company FROM receivables.company LIMIT 1 \gset
SELECT replace(:'curves', ':company', :'company') AS curves \gset
SELECT NOT EXISTS (SELECT FROM (:curves) AS o FULL JOIN (:by_hand) AS h USING (customer_id, day)
                   WHERE abs(o.survival - h.survival) < 1e-6 IS NOT TRUE) AS same \gset
\if :same
\else
    \warn the curves and the query by hand disagree
    SELECT 1 / 0;
\endif
CALL bench.pair('forecast', :'label' || ', delay curves', 'windows by hand', NULL, :'curves', :'by_hand');
CALL bench.pair('forecast', :'label' || ', 13 weeks', NULL, 'a few seconds at 1 M', format('SELECT * FROM ar.forecast_cash(%s, ''2026-06-30'')', :company), 'SELECT');
CALL bench.pair('forecast', :'label' || ', a scenario', NULL, NULL, format('SELECT * FROM ar.forecast_scenario(%s, ''{"delay_days": 10}'', ''2026-06-30'')', :company), 'SELECT');
CALL bench.pair('forecast', :'label' || ', outlook of items', NULL, NULL, format('SELECT * FROM ar.payment_outlook(%s, ''2026-06-30'')', :company), 'SELECT');
