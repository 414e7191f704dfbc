-- Logistic regression ---------------------------------------------------------------

CREATE FUNCTION ar.fit_logistic(outcome boolean[], x double precision[], weights double precision[] DEFAULT NULL,
                                max_iterations integer DEFAULT 50,
                                OUT intercept double precision, OUT coefficients double precision[],
                                OUT standard_errors double precision[], OUT log_likelihood double precision,
                                OUT null_log_likelihood double precision, OUT iterations integer, OUT converged boolean,
                                OUT problem text)
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_fit_logistic';
COMMENT ON FUNCTION ar.fit_logistic(boolean[], double precision[], double precision[], integer) IS
'Fits ln(odds of the outcome) = intercept + coefficients x columns by maximum likelihood (Newton''s method with halved steps). x has a row for each outcome, array_agg of arrays; weights count rows that stand for several. standard_errors begin with that of the intercept. Where there is no such fit, converged is false, problem says why and the coefficients are null: all rows have one outcome, a column is constant or follows from others (collinear), columns tell the outcome without fail (separation), or it did not converge; columns are counted from 1. The same rows in the same order give the same result. Memory: that of the arrays. Null where outcome or x is null. Errors: 2202E for lists of different length, 22004 for nulls in them, 22023 for NaN, infinity, negative weights or max_iterations below 1, 54000 for more than 1000 columns.';
