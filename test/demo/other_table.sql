-- A table as an ERP system might have it, and its ageing in one query.
CREATE TEMP TABLE erp_open_invoice (customer text, invoice text, due date, open_amount numeric(12,2));
INSERT INTO erp_open_invoice
SELECT v.customer, v.invoice, ar.as_of() - v.days_past_due, v.open_amount
FROM (VALUES ('Ashby Ltd', '9001', 45, 10000.00), ('Ashby Ltd', '9002', 9, 6000.00), ('Ashby Ltd', '9003', -9, 4000.00),
             ('Birch plc', '9004', 0, 1250.50), ('Birch plc', '9005', 30, 80.25), ('Birch plc', '9006', 31, 19.75),
             ('Cole & Co', '9007', 120, 333.33)) AS v (customer, invoice, days_past_due, open_amount);

\set ECHO queries
SELECT coalesce(customer, 'all customers') AS customer,
       ar.amount(aging, 1, 2) AS "not due", ar.amount(aging, 2, 2) AS "1-30", ar.amount(aging, 3, 2) AS "31-60",
       ar.amount(aging, 4, 2) AS "61-90", ar.amount(aging, 5, 2) AS "over 90",
       ar.total(aging) AS total, round(ar.average_days_past_due(aging), 2) AS "avg days past due"
FROM (SELECT customer, ar.aging_agg(open_amount, due, ar.as_of()) AS aging
      FROM erp_open_invoice GROUP BY ROLLUP (customer)) AS by_customer
ORDER BY by_customer.customer NULLS LAST;
\set ECHO none
