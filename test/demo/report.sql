-- What a controller wants to see on the first morning. Variables: as_of, past.
\set ON_ERROR_STOP on
\set QUIET on
\set ECHO none
SET client_min_messages = warning;
\pset pager off
\pset footer off
\pset border 0
\pset numericlocale on
\pset null ''

\echo
\echo 1. The book: all that was entered, whatever its date
SELECT (SELECT count(*) FROM receivables.customer) AS customers,
       i.invoices, i.invoiced,
       (SELECT count(*) FROM receivables.payment) AS payments,
       i.settled AS "settled invoices", i.late AS "settled late", round(100.0 * i.late / nullif(i.settled, 0), 2) AS "late %",
       round(i.days_late, 6) AS "mean days late", round(i.days_late_floored, 6) AS "early as 0"
FROM (SELECT count(*) AS invoices, sum(i.amount) AS invoiced,
             count(s.settled_on) AS settled, count(*) FILTER (WHERE s.settled_on > i.due_date) AS late,
             avg(s.settled_on - i.due_date) AS days_late,
             avg(greatest(s.settled_on - i.due_date, 0)) FILTER (WHERE s.settled_on IS NOT NULL) AS days_late_floored
      FROM receivables.invoice AS i
      -- The day the last application settled the invoice in full; none while something is open.
      LEFT JOIN (SELECT a.company_id, a.debit_item_id AS item_id, sum(a.amount) AS applied, max(a.effective_on) AS settled_on
                 FROM receivables.application AS a GROUP BY a.company_id, a.debit_item_id) AS s
             ON s.company_id = i.company_id AND s.item_id = i.item_id AND s.applied = i.amount) AS i;

SET ar.as_of = :'as_of';
\echo 2. Ageing as of :as_of
\ir summary.sql

\echo 3. The ten largest debtors as of :as_of
WITH ranked AS (
    SELECT r.*, row_number() OVER (ORDER BY r.balance DESC, r.customer_number) AS place
    FROM receivables.customer_ranking AS r
), line AS (
    SELECT r.place, left(r.customer_name, 28) AS customer, r.grade, r.not_due, r.days_1_30, r.days_31_60,
           r.days_61_90, r.days_over_90, r.unapplied_amount, r.balance, r.overdue
    FROM ranked AS r WHERE r.place <= 10
    UNION ALL
    SELECT CASE WHEN GROUPING(r.place > 10) = 1 THEN 12 ELSE 11 END,
           CASE WHEN GROUPING(r.place > 10) = 1 THEN 'all ' ELSE 'the other ' END || count(*) || ' customers',
           NULL, sum(r.not_due), sum(r.days_1_30), sum(r.days_31_60), sum(r.days_61_90), sum(r.days_over_90),
           sum(r.unapplied_amount), sum(r.balance), sum(r.overdue)
    FROM ranked AS r GROUP BY ROLLUP (r.place > 10) HAVING (r.place > 10) IS NOT FALSE
)
SELECT l.customer, l.grade AS g, l.not_due AS "not due", l.days_1_30 AS "1-30", l.days_31_60 AS "31-60",
       l.days_61_90 AS "61-90", l.days_over_90 AS "over 90", l.unapplied_amount AS unapplied, l.balance, l.overdue
FROM line AS l ORDER BY l.place;

\echo 4. Ageing by region as of :as_of
SELECT coalesce(a.region, '(none)') AS region, a.customer_count AS customers, a.not_due AS "not due",
       a.days_1_30 AS "1-30", a.days_31_60 AS "31-60", a.days_61_90 AS "61-90", a.days_over_90 AS "over 90",
       a.unapplied_amount AS unapplied, a.balance, round(100 * a.overdue_rate, 2) AS "overdue %"
FROM (SELECT false AS total, r.region, r.customer_count, r.not_due, r.days_1_30, r.days_31_60, r.days_61_90,
             r.days_over_90, r.unapplied_amount, r.balance, r.overdue_rate
      FROM receivables.aging_by_region AS r
      UNION ALL
      SELECT true, 'all regions', s.customer_count, s.not_due, s.days_1_30, s.days_31_60, s.days_61_90,
             s.days_over_90, s.unapplied_amount, s.balance, s.overdue_rate
      FROM receivables.aging_summary AS s) AS a
ORDER BY a.total, a.region;

\echo 5. How late the book is, and days sales outstanding of 90 days, as of :as_of
\ir days.sql

SET ar.as_of = :'past';
\echo 6. The same book, as of :past
\ir summary.sql
\ir days.sql

\echo 7. No ledger needed: the aggregate over a table of another system
\echo
SET ar.as_of = :'as_of';
\ir other_table.sql

\echo 8. Are the books sound? What ar.check_ledger() finds
SELECT count(*) AS "broken invariants" FROM ar.check_ledger();
