-- The ageing summary at ar.as_of(): buckets, then credits, then the balance.
SELECT l.line AS " ", l.items, l.amount, round(100 * l.amount / nullif(s.balance, 0), 2) AS "% of balance"
FROM receivables.aging_summary AS s
CROSS JOIN LATERAL (
    SELECT b.bucket, CASE WHEN b.from_days > 0 THEN b.label || ' days past due' ELSE b.label END,
           b.item_count, round(b.amount, 2)
    FROM ar.buckets(s.aging) AS b
    UNION ALL
    SELECT 10, 'open invoices', s.item_count, ar.total(s.aging)
    UNION ALL
    SELECT 11, 'unapplied credits', (SELECT count(*) FROM receivables.open_item AS o WHERE o.open_amount < 0),
           s.unapplied_amount
    UNION ALL
    SELECT 12, 'balance', NULL, s.balance) AS l (position, line, items, amount)
ORDER BY l.position;
