-- What a credit manager wants to see: indicators and alarms, three scores with
-- their reasons, an order refused, the cash of the next thirteen weeks. Variable: as_of.
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;
\pset pager off
\pset footer off
\pset border 0
\pset numericlocale on
\pset null ''
SELECT company_id AS company_id FROM receivables.company ORDER BY company_id LIMIT 1 \gset
SET ar.as_of = :'as_of';
SELECT ar.add_standard_alarm_thresholds(:company_id) + ar.add_standard_credit_grades(:company_id) AS added \gset
SELECT count(*) AS taken FROM ar.take_snapshot(:company_id, (date_trunc('month', :'as_of'::timestamp) - interval '1 day')::date) \gset
SELECT count(*) AS taken FROM ar.take_snapshot(:company_id, :'as_of') \gset
SELECT raised AS alarms FROM ar.evaluate_alarms(:company_id, :'as_of') \gset

\echo 13. The indicator board as of :as_of
SELECT b.label AS indicator, b.formatted AS value, b.previous_formatted AS "month before", b.state
FROM receivables.indicator_board AS b WHERE b.company_id = :company_id AND b.value IS NOT NULL ORDER BY b.place;

\echo 14. Alarms: :alarms raised; the five of the highest tier
SELECT a.tier, a.sentence AS alarm FROM receivables.open_alarm AS a WHERE a.company_id = :company_id
ORDER BY ar.tier_rank(a.tier) DESC, a.value DESC, a.alarm_id LIMIT 5;

-- Three who pay early, about on time and late; of two a credit check is known.
CREATE TEMP TABLE chosen AS
SELECT DISTINCT ON (x.place) x.place, x.customer_id
FROM (SELECT f.customer_id, ntile(3) OVER (ORDER BY (f.facts ->> 'weighted_days_late')::numeric, f.customer_id) AS place
      FROM ar.customer_facts(:company_id, :'as_of') AS f
      WHERE (f.facts ->> 'receipts')::integer >= 3 AND coalesce((f.facts ->> 'max_days_past_due')::integer, 0) <= 90) AS x
ORDER BY x.place, x.customer_id;
UPDATE receivables.customer AS k
SET attributes = k.attributes || CASE c.place
        WHEN 1 THEN '{"credit": {"net_worth": 4000000, "turnover": 21000000, "years_in_business": 34, "collateral": 80}}'
        WHEN 2 THEN '{"credit": {"net_worth": 350000, "turnover": 2600000, "years_in_business": 6}}' ELSE '{}' END::jsonb,
    credit_limit = (ARRAY[400000, 150000, 60000])[c.place]
FROM chosen AS c WHERE k.company_id = :company_id AND k.customer_id = c.customer_id;
\echo 15. Three customers scored by the five Cs, from what the books and a credit check know of them
SELECT k.customer_number AS customer, left(k.name, 24) AS name, round(s.score, 1) AS score, s.grade, array_to_string(s.reasons, E'\n') AS reasons
FROM chosen AS c
JOIN receivables.customer AS k ON k.company_id = :company_id AND k.customer_id = c.customer_id
JOIN ar.customer_facts(:company_id, :'as_of') AS f ON f.customer_id = c.customer_id
CROSS JOIN LATERAL ar.score(ar.standard_scorecard(), f.facts) AS s
ORDER BY c.place;

-- The customer with the largest balance, whose limit is set to a little more than what it owes and has ordered.
SELECT r.customer_number, r.customer_id FROM receivables.customer_ranking AS r WHERE r.company_id = :company_id ORDER BY r.rank LIMIT 1 \gset
SELECT x.exposure AS exposure FROM ar.credit_exposure(:company_id, :customer_id, current_date) AS x \gset
UPDATE receivables.customer SET credit_limit = ceil(greatest(:exposure, 0) / 1000) * 1000 + 1000
WHERE company_id = :company_id AND customer_id = :customer_id;
\echo 16. Two orders of customer :customer_number against its credit limit: the second one is refused
SELECT o.allowed, o.credit_limit AS "limit", o.exposure, o.headroom AS "headroom before" FROM ar.reserve_order(:company_id, :'customer_number', 'SO-1', 900) AS o;
\set ON_ERROR_STOP off
\set SHOW_CONTEXT never
SELECT ar.reserve_order(:company_id, :'customer_number', 'SO-2', 25000);
\set ON_ERROR_STOP on

\echo 17. Cash of the next thirteen weeks, from how each customer has paid so far, as of :as_of
SELECT f.part, f.week, f.week_start AS "from", f.week_end AS "to", f.due AS "due by contract", f.expected, f.p10 AS "P10", f.p50 AS "P50", f.p90 AS "P90"
FROM receivables.cash_forecast AS f WHERE f.company_id = :company_id ORDER BY array_position('{week,later,never,unapplied}', f.part), f.week;
