-- Credit limits, on plain values -----------------------------------------------------

CREATE FUNCTION ar.credit_limit_by_need(monthly_sales numeric, terms_days numeric, delay_days numeric DEFAULT 0) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN monthly_sales < 0 THEN 0 ELSE monthly_sales END * CASE WHEN terms_days + delay_days < 0 THEN 0 ELSE terms_days + delay_days END / 30;
COMMENT ON FUNCTION ar.credit_limit_by_need(numeric, numeric, numeric) IS
'The limit that a customer needs: monthly sales, tax included, x (days of its payment term + days it is expected to be late, negative for early) / 30. 0 without sales or days; null where an argument is. Not rounded.';

CREATE FUNCTION ar.credit_limit_by_capacity(net_worth numeric, turnover numeric, net_worth_percent numeric DEFAULT 10,
                                            turnover_percent numeric DEFAULT 5) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN greatest(least(net_worth * net_worth_percent / 100, turnover * turnover_percent / 100),
                    CASE WHEN num_nonnulls(net_worth * net_worth_percent, turnover * turnover_percent) > 0 THEN 0 END);
COMMENT ON FUNCTION ar.credit_limit_by_capacity(numeric, numeric, numeric, numeric) IS
'The limit that a customer can bear: the lesser of net_worth_percent of its tangible net worth (10 % is the rule of thumb) and turnover_percent of its yearly turnover, by what is known of the two; 0 where that is negative, null where neither is known. 35 % of 80,000 against 5 % of 700,000 is 28,000 (My DSO Manager, grade B). Not rounded.';

CREATE FUNCTION ar.credit_limit_by_practice(monthly_sales numeric, credit_months numeric, coefficient numeric) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN monthly_sales < 0 THEN 0 ELSE monthly_sales END * credit_months * coefficient;
COMMENT ON FUNCTION ar.credit_limit_by_practice(numeric, numeric, numeric) IS
'The limit by Chinese practice: average monthly sales x months of credit x coefficient of the credit rating, which is usually 1.5 to 3.0 for AAA, 1.0 for AA, 0.8 for A, 0.6 for B and 0 for C. 100,000 x 2 x 0.8 is 160,000. Null where an argument is. Not rounded.';

CREATE FUNCTION ar.recommended_credit_limit(grade text, need numeric, capacity numeric, grade_cap numeric DEFAULT NULL) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN grade = 'D' THEN 0 WHEN grade IS NOT NULL THEN least(need, capacity, grade_cap) END;
COMMENT ON FUNCTION ar.recommended_credit_limit(text, numeric, numeric, numeric) IS
'The limit to give: the least of need, capacity and cap of the grade that are known; 0 for grade D, which pays in advance; null without a grade or where nothing is known. Not rounded.';

-- What becomes of a limit, in the order of the rules; the first that fits counts.
CREATE FUNCTION ar.next_credit_limit(credit_limit numeric, grade text, recommended numeric, cap numeric, score numeric,
                                     previous_score numeric, days_past_due integer, days_past_due_6_months integer,
                                     utilisation numeric, days_since_change integer, is_frozen boolean, frozen_from numeric,
                                     policy jsonb, minor_units integer DEFAULT 2, OUT new_limit numeric, OUT rule text)
    RETURNS SETOF record
    LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT round(CASE r.rule WHEN 'grade' THEN 0
                             WHEN 'freeze' THEN 0
                             WHEN 'cut' THEN least(credit_limit * (1 - (policy ->> 'cut_percent')::numeric / 100), cap)
                             WHEN 'unfreeze' THEN least(frozen_from, recommended, cap)
                             WHEN 'initial' THEN recommended
                             WHEN 'cap' THEN cap
                             WHEN 'raise' THEN least(credit_limit * (1 + (policy ->> 'raise_percent')::numeric / 100), cap)
                             ELSE credit_limit END, minor_units), r.rule
    FROM (SELECT CASE
              WHEN grade = 'D' THEN CASE WHEN credit_limit = 0 THEN 'keep' ELSE 'grade' END
              WHEN days_past_due > (policy ->> 'freeze_days_past_due')::integer
              THEN CASE WHEN credit_limit > 0 THEN 'freeze' ELSE 'keep' END
              WHEN days_past_due > (policy ->> 'cut_days_past_due')::integer
              THEN CASE WHEN credit_limit > 0 AND coalesce(days_since_change >= (policy ->> 'cooldown_days')::integer, true)
                        THEN 'cut' WHEN credit_limit > cap THEN 'cap' ELSE 'keep' END
              WHEN is_frozen THEN 'unfreeze'
              WHEN credit_limit IS NULL THEN CASE WHEN recommended IS NULL THEN 'keep' ELSE 'initial' END
              WHEN credit_limit > cap THEN 'cap'
              WHEN score > previous_score AND days_past_due_6_months <= (policy ->> 'raise_days_past_due')::integer
                   AND utilisation >= (policy ->> 'raise_utilisation')::numeric
                   AND coalesce(days_since_change >= (policy ->> 'cooldown_days')::integer, true)
                   AND (credit_limit < cap OR cap IS NULL)
              THEN 'raise'
              ELSE 'keep' END AS rule) AS r;
END;
COMMENT ON FUNCTION ar.next_credit_limit(numeric, text, numeric, numeric, numeric, numeric, integer, integer, numeric, integer, boolean, numeric, jsonb, integer) IS
'What a review makes of a credit limit, by the first rule that fits. grade: 0 for grade D. freeze: 0 where something is past due for more than freeze_days_past_due. cut: by cut_percent where it is past due for more than cut_days_past_due. unfreeze: back to what it was frozen from, within what is recommended, none where it had none and nothing is recommended. initial: what is recommended, where no limit was set. cap: down to the least of capacity and cap of the grade. raise: by raise_percent, within the cap, where the score is above that of the review before, nothing was past due for more than raise_days_past_due within 6 months, and utilisation (a fraction) is at least raise_utilisation. keep: as it is. cut and raise only cooldown_days after the last change; days_since_change is null where there was none. policy as of ar.credit_review_policy. Rounded to minor_units decimals.';
