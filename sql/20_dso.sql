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
