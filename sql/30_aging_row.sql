-- One line of an ageing report ----------------------------------------------

CREATE FUNCTION ar.aging_row(aging ar.aging, unapplied numeric, minor_units integer)
    RETURNS TABLE (item_count bigint,
                   not_due numeric, days_1_30 numeric, days_31_60 numeric, days_61_90 numeric, days_over_90 numeric,
                   unapplied_amount numeric, balance numeric,
                   overdue numeric, overdue_rate numeric, average_days_past_due numeric)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT coalesce(ar.item_count(aging), 0),
           coalesce(ar.amount(aging, 1, minor_units), round(0, minor_units)),
           coalesce(ar.amount(aging, 2, minor_units), round(0, minor_units)),
           coalesce(ar.amount(aging, 3, minor_units), round(0, minor_units)),
           coalesce(ar.amount(aging, 4, minor_units), round(0, minor_units)),
           coalesce(ar.amount(aging, 5, minor_units), round(0, minor_units)),
           round(coalesce(unapplied, 0), minor_units),
           CASE WHEN unapplied IS NULL AND aging IS NOT NULL THEN ar.total(aging, minor_units)
                ELSE round(coalesce(ar.total(aging), 0) + coalesce(unapplied, 0), minor_units) END,
           round(coalesce(ar.overdue(aging), 0), minor_units),
           round(ar.overdue(aging) / nullif(ar.total(aging), 0), 6),
           round(ar.average_days_past_due(aging), 2);
END;
COMMENT ON FUNCTION ar.aging_row(ar.aging, numeric, integer) IS
'The columns of an ageing report, from an ageing with the default bounds of the debit items, the sum of the unapplied credits (negative) and the decimals of the currency. The five buckets plus unapplied_amount are the balance. overdue_rate is overdue / all five buckets, to six decimals, null without any; average_days_past_due is weighted by amount, to two.';
