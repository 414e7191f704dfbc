-- All indicators of a company together, against one query for each over the
-- tables one would have; a snapshot; alarms; and a trend from snapshots against
-- one from the items.
SELECT company_id AS company FROM receivables.company LIMIT 1 \gset
SET ar.as_of = '2026-06-30';
\set open 'SELECT i.invoice_id, i.customer_id, i.invoice_date, i.due_date, i.amount - coalesce(sum(p.amount), 0) AS open FROM plain.invoice AS i LEFT JOIN plain.payment_application AS p ON p.invoice_id = i.invoice_id GROUP BY i.invoice_id'
\set by_hand 'SELECT ''overdue_rate'' AS indicator, round(sum(open) FILTER (WHERE due_date < date ''2026-06-30'') / sum(open), 6) AS value FROM (:open) AS o UNION ALL SELECT ''over_90_rate'', round(sum(open) FILTER (WHERE due_date < date ''2026-06-30'' - 90) / sum(open), 6) FROM (:open) AS o UNION ALL SELECT ''top_ten_share'', round(sum(open) FILTER (WHERE place <= 10) / sum(open), 6) FROM (SELECT sum(open) AS open, row_number() OVER (ORDER BY sum(open) DESC) AS place FROM (:open) AS o GROUP BY customer_id) AS c UNION ALL SELECT ''hhi'', round(10000 * sum(open ^ 2) / sum(open) ^ 2, 2) FROM (SELECT sum(open) AS open FROM (:open) AS o GROUP BY customer_id) AS c UNION ALL SELECT ''collection_rate'', round(c.collected / ((SELECT sum(open) FROM (:open) AS o) + c.collected), 6) FROM (SELECT sum(amount) AS collected FROM plain.payment_application WHERE applied_on > date ''2026-06-30'' - 90) AS c UNION ALL SELECT ''collection_rate_on_due'', round(sum(amount - open) / sum(amount), 6) FROM (SELECT i.amount, o.open FROM plain.invoice AS i JOIN (:open) AS o USING (invoice_id) WHERE i.due_date > date ''2026-06-30'' - 90 AND i.due_date <= date ''2026-06-30'') AS d UNION ALL SELECT ''standard_dso'', round((SELECT sum(open) FROM (:open) AS o) / sum(amount) * 90, 2) FROM plain.invoice WHERE invoice_date > date ''2026-06-30'' - 90'
\set ours 'SELECT * FROM ar.indicators(:company)'
SELECT replace(:'by_hand', ':open', :'open') AS by_hand, replace(:'ours', ':company', :'company') AS ours \gset
SELECT NOT EXISTS (SELECT * FROM (:by_hand) AS h EXCEPT SELECT indicator, value FROM (:ours) AS o) AS same \gset
\if :same
\else
    \warn the indicators and the queries by hand disagree
    SELECT * FROM (:by_hand) AS h EXCEPT SELECT indicator, value FROM (:ours) AS o;
    SELECT 1 / 0;
\endif
CALL bench.pair('indicators', :'label' || ', all of the company', '7 of the 18 by hand', '< 2 s at 1 M', :'ours', :'by_hand');
SELECT format('SELECT * FROM ar.indicator_values(%s, ''2026-06-30'', ''{company,salesperson,department,region}'')', :company) AS by_owner,
       format('SELECT * FROM ar.bucket_migration(%s, ''2026-05-31'', ''2026-06-30'')', :company) AS movements,
       format('SELECT ar.take_snapshot(%s)', :company) AS snapshot, format('SELECT ar.evaluate_alarms(%s)', :company) AS alarms \gset
CALL bench.pair('indicators', :'label' || ', of the company and by three owners', 'company alone', NULL, :'by_owner', :'ours');
CALL bench.pair('indicators', :'label' || ', movements of a month', '7 indicators by hand', NULL, :'movements', :'by_hand');
SELECT count(ar.take_snapshot(:company, ar.month_before('2026-06-30'))) AS taken \gset
SELECT ar.add_standard_alarm_thresholds(:company) AS added \gset
CALL bench.pair('indicators', :'label' || ', snapshot taken again', 'company alone', NULL, :'snapshot', :'ours');
CALL bench.pair('indicators', :'label' || ', alarms evaluated', 'company alone', NULL, :'alarms', :'ours');

-- Twelve ends of months
SELECT count(ar.take_snapshot(:company, d.day::date - 1)) AS taken
FROM generate_series(date '2025-08-01', date '2026-07-01', interval '1 month') AS d (day) \gset
ANALYZE receivables.aging_snapshot;
\set from_items 'SELECT d.day, ar.aging_agg(a.aging) FROM (SELECT g.day::date - 1 AS day FROM generate_series(date ''2025-08-01'', date ''2026-07-01'', interval ''1 month'') AS g (day)) AS d, LATERAL (SELECT ar.aging_agg(o.open_company_amount, o.due_on, d.day) AS aging FROM ar.open_items(d.day) AS o WHERE o.company_id = :company AND o.is_debit) AS a GROUP BY d.day'
\set from_snapshots 'SELECT snapshot_on, aging FROM receivables.aging_trend WHERE snapshot_on IN (SELECT g.day::date - 1 FROM generate_series(date ''2025-08-01'', date ''2026-07-01'', interval ''1 month'') AS g (day))'
SELECT replace(:'from_items', ':company', :'company') AS from_items \gset
SELECT NOT EXISTS (SELECT * FROM (:from_items) AS i EXCEPT SELECT * FROM (:from_snapshots) AS s) AS same \gset
\if :same
\else
    \warn the trends from snapshots and from items disagree
    SELECT 1 / 0;
\endif
CALL bench.pair('indicators', :'label' || ', trend of 12 months from snapshots', 'from the items', NULL, :'from_snapshots', :'from_items');
