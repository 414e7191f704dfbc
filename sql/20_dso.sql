-- Days sales outstanding and its kin, on plain numbers ---------------------

CREATE FUNCTION ar.dso(receivables numeric, credit_sales numeric, days integer) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_days_of_sales';
COMMENT ON FUNCTION ar.dso(numeric, numeric, integer) IS
'Standard days sales outstanding: receivables at the end / credit sales of the period x days of the period. In days, not rounded; null where credit sales are not positive. Errors: 22003 for NaN or infinity, 22023 for less than one day.';

CREATE FUNCTION ar.best_possible_dso(not_past_due numeric, credit_sales numeric, days integer) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_days_of_sales';
COMMENT ON FUNCTION ar.best_possible_dso(numeric, numeric, integer) IS
'Best possible days sales outstanding: receivables not past due / credit sales of the period x days of the period. In days, not rounded; null and errors as ar.dso.';

CREATE FUNCTION ar.average_days_delinquent(overdue numeric, credit_sales numeric, days integer) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_days_of_sales';
COMMENT ON FUNCTION ar.average_days_delinquent(numeric, numeric, integer) IS
'Average days delinquent: overdue receivables / credit sales of the period x days of the period, which is standard less best possible DSO. In days, not rounded; null and errors as ar.dso.';

CREATE FUNCTION ar.dso_countback(receivables numeric, sales numeric[], days integer[],
                                 OUT dso numeric, OUT truncated boolean)
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_dso_countback';
COMMENT ON FUNCTION ar.dso_countback(numeric, numeric[], integer[]) IS
'Countback (exhaustion) DSO: the days of sales, from the latest period back, that the receivables exhaust; the last period in proportion. sales and days list the same periods, latest first. A period without sales passes with its days, negative sales add to what remains. truncated tells that the sales given did not exhaust the receivables. In days, not rounded; 0 where receivables are not positive. Errors: 2202E for lists of different length, 22004 for nulls in them, 22003 for NaN or infinity, 22023 for less than one day.';

CREATE FUNCTION ar.rolling_dso(receivables numeric, sales numeric[], days integer[]) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_rolling_dso';
COMMENT ON FUNCTION ar.rolling_dso(numeric, numeric[], integer[]) IS
'Rolling days sales outstanding: receivables at the end / credit sales of the last periods, mostly three months, x their days. In days, not rounded; null where credit sales are not positive. Errors: 2202E for lists of different length, 22004 for nulls in them, 22003 for NaN or infinity, 22023 for less than one day.';

CREATE FUNCTION ar.annualised_dso(receivables numeric, credit_sales numeric, months integer DEFAULT 3, days_in_year integer DEFAULT 365) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_annualised_dso';
COMMENT ON FUNCTION ar.annualised_dso(numeric, numeric, integer, integer) IS
'Annualised days sales outstanding: receivables / (credit sales of so many months x 12 / months) x days in the year. In days, not rounded; null where credit sales are not positive. Errors: 22003 for NaN or infinity, 22023 for less than one month or day.';

CREATE FUNCTION ar.trailing_year_dso(receivables numeric, credit_sales numeric, days_in_year integer DEFAULT 365) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_days_of_sales';
COMMENT ON FUNCTION ar.trailing_year_dso(numeric, numeric, integer) IS
'Trailing-year days sales outstanding: receivables / credit sales of the last twelve months x the days these have, 365 or 366. In days, not rounded; null where credit sales are not positive. Errors as ar.dso.';

CREATE FUNCTION ar.average_balance_dso(opening numeric, closing numeric, credit_sales numeric, days integer) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_average_balance_dso';
COMMENT ON FUNCTION ar.average_balance_dso(numeric, numeric, numeric, integer) IS
'Average-balance days sales outstanding: mean of the receivables before and at the end of the period / its credit sales x its days. In days, not rounded; null where credit sales are not positive. Errors as ar.dso.';

CREATE FUNCTION ar.sales_weighted_dso(open_amounts numeric[], days integer[], sales numeric[]) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_sum_of_days_of_sales';
COMMENT ON FUNCTION ar.sales_weighted_dso(numeric[], integer[], numeric[]) IS
'Sales-weighted days sales outstanding: the sum over months of what is open of the invoices of a month / credit sales of that month x days of that month. In days, not rounded; null where something is open of a month without positive sales. Errors: 2202E for lists of different length, 22004 for nulls in them, 22003 for NaN or infinity, 22023 for negative days.';

CREATE FUNCTION ar.true_dso(amounts numeric[], ages integer[], sales numeric[]) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_sum_of_days_of_sales';
COMMENT ON FUNCTION ar.true_dso(numeric[], integer[], numeric[]) IS
'True days sales outstanding (Oracle): the sum over open invoices of age in days x open amount / credit sales of the month of the invoice. In days, not rounded; null where the month of an open invoice has no positive sales. Errors as ar.sales_weighted_dso.';

CREATE FUNCTION ar.true_dso_accum(numeric, numeric, integer, numeric) RETURNS numeric
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_true_dso_accum';
COMMENT ON FUNCTION ar.true_dso_accum(numeric, numeric, integer, numeric) IS
'Transition function of ar.true_dso_agg.';

CREATE FUNCTION ar.true_dso_final(numeric) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_true_dso_final';
COMMENT ON FUNCTION ar.true_dso_final(numeric) IS
'Final function of ar.true_dso_agg.';

CREATE AGGREGATE ar.true_dso_agg(amount numeric, age integer, month_sales numeric) (
    SFUNC = ar.true_dso_accum, STYPE = numeric, FINALFUNC = ar.true_dso_final,
    COMBINEFUNC = numeric_add, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ar.true_dso_agg(numeric, integer, numeric) IS
'ar.true_dso over rows: one for each open invoice, with its age and the credit sales of its month. With what is open of each month, its days and its credit sales it is ar.sales_weighted_dso. A null amount is skipped; null where a month has no positive sales. Errors: 22004 for an amount without an age, 22003 for NaN or infinity, 22023 for a negative age.';

CREATE FUNCTION ar.receivables_turnover(credit_sales numeric, opening numeric, closing numeric) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_receivables_turnover';
COMMENT ON FUNCTION ar.receivables_turnover(numeric, numeric, numeric) IS
'How often receivables turn over: credit sales of the period / mean of the receivables before and at the end of it. Not rounded; null where that mean is not positive. Error 22003 for NaN or infinity.';

CREATE FUNCTION ar.turnover_days(credit_sales numeric, opening numeric, closing numeric, days integer) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_turnover_days';
COMMENT ON FUNCTION ar.turnover_days(numeric, numeric, numeric, integer) IS
'Days of the period / ar.receivables_turnover of the period, not rounded; null where credit sales or mean receivables are not positive. Errors as ar.dso.';

CREATE FUNCTION ar.collection_effectiveness(opening numeric, credit_sales numeric, closing numeric, closing_not_due numeric, n integer DEFAULT 1) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_collection_effectiveness';
COMMENT ON FUNCTION ar.collection_effectiveness(numeric, numeric, numeric, numeric, integer) IS
'Collection effectiveness index, in percent: (opening + credit sales / n - closing) / (opening + credit sales / n - closing not due) x 100. n is 1 where opening, sales and closing are of one period, as they should be; 3 gives the form of the Credit Research Foundation, which divides the sales of a quarter by its months. Not rounded, not cut off at 0 or 100; null where the lower part is not positive. Errors: 22003 for NaN or infinity, 22023 for n below 1.';

CREATE FUNCTION ar.deduction_days_outstanding(open_deductions numeric, deductions_raised numeric, days integer) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_days_of_sales';
COMMENT ON FUNCTION ar.deduction_days_outstanding(numeric, numeric, integer) IS
'Deduction days outstanding: open deductions / (deductions raised in the period / days of the period). In days, not rounded; null where nothing was raised. Errors as ar.dso.';

CREATE FUNCTION ar.weighted_days(amounts numeric[], days integer[]) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_weighted_days';
COMMENT ON FUNCTION ar.weighted_days(numeric[], integer[]) IS
'Mean of days weighted by amount: days to pay, days late (early negative), or days past due of open items. Not rounded; null where the amounts do not come to more than 0. Errors: 2202E for lists of different length, 22004 for nulls in them, 22003 for NaN or infinity.';

CREATE FUNCTION ar.dso_countback_by_day(receivables numeric, as_of date, dates date[], sales numeric[], first_day date DEFAULT NULL,
                                    OUT dso numeric, OUT truncated boolean)
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_dso_countback_by_day';
COMMENT ON FUNCTION ar.dso_countback_by_day(numeric, date, date[], numeric[], date) IS
'Countback (exhaustion) DSO as ar.dso_countback, day by day: the last day in proportion. Sales are listed with their dates, latest first; several of one day add up, days without need no entry, and what is after as_of or before first_day is left out. first_day is where the search ends: by default the first day of the 36th month, that of as_of included. In days, not rounded; 0 where receivables are not positive. Errors: 22023 for dates that do not descend, 2202E for lists of different length, 22004 for nulls in them, 22003 for NaN or infinity, 22008 for dates out of range.';

CREATE FUNCTION ar.dso_countback_by_month(receivables numeric, as_of date, dates date[], sales numeric[], first_day date DEFAULT NULL,
                                    OUT dso numeric, OUT truncated boolean)
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_dso_countback_by_month';
COMMENT ON FUNCTION ar.dso_countback_by_month(numeric, date, date[], numeric[], date) IS
'Countback (exhaustion) DSO as ar.dso_countback, by calendar month, that of as_of as far as it has elapsed; the last month in proportion. Sales are listed with their dates, latest first; several of one day add up, days without need no entry, and what is after as_of or before first_day is left out. first_day is where the search ends: by default the first day of the 36th month, that of as_of included. In days, not rounded; 0 where receivables are not positive. Errors: 22023 for dates that do not descend, 2202E for lists of different length, 22004 for nulls in them, 22003 for NaN or infinity, 22008 for dates out of range.';
