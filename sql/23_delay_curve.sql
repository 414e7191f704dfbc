-- Type ar.delay_curve: how late payments come ------------------------------

CREATE TYPE ar.delay_curve;

CREATE FUNCTION ar.delay_curve_in(cstring) RETURNS ar.delay_curve
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_delay_curve_in';
COMMENT ON FUNCTION ar.delay_curve_in(cstring) IS 'Text input of ar.delay_curve; error 22P02 for what no aggregate could have made.';

CREATE FUNCTION ar.delay_curve_out(ar.delay_curve) RETURNS cstring
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_delay_curve_out';
COMMENT ON FUNCTION ar.delay_curve_out(ar.delay_curve) IS 'Text output of ar.delay_curve.';

CREATE FUNCTION ar.delay_curve_recv(internal) RETURNS ar.delay_curve
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_delay_curve_recv';
COMMENT ON FUNCTION ar.delay_curve_recv(internal) IS 'Binary input of ar.delay_curve; error 22P03 or 22P02 for what no aggregate could have made, 08P01 where bytes are missing.';

CREATE FUNCTION ar.delay_curve_send(ar.delay_curve) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_delay_curve_send';
COMMENT ON FUNCTION ar.delay_curve_send(ar.delay_curve) IS 'Binary output of ar.delay_curve.';

CREATE TYPE ar.delay_curve (
    INPUT = ar.delay_curve_in, OUTPUT = ar.delay_curve_out,
    RECEIVE = ar.delay_curve_recv, SEND = ar.delay_curve_send,
    INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE ar.delay_curve IS
'How late payments come: for each day of delay (paid - due; negative for early) the weight of what was paid on it, and of what was unpaid through it and not seen later. Can be stored and rolled up. Days before -400 count as -400, after 2000 as 2000. Text form: {day:weight,...} with day+ for the unpaid, as {0:1,5:2,8+:1}.';

-- aggregate ---------------------------------------------------------------

CREATE FUNCTION ar.delay_curve_accum(ar.delay_curve, integer, boolean) RETURNS ar.delay_curve
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_delay_curve_accum';
COMMENT ON FUNCTION ar.delay_curve_accum(ar.delay_curve, integer, boolean) IS 'Transition function of ar.delay_curve_agg without weights.';

CREATE FUNCTION ar.delay_curve_accum(ar.delay_curve, integer, double precision, boolean) RETURNS ar.delay_curve
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_delay_curve_accum_weight';
COMMENT ON FUNCTION ar.delay_curve_accum(ar.delay_curve, integer, double precision, boolean) IS 'Transition function of ar.delay_curve_agg with weights.';

CREATE FUNCTION ar.delay_curve_combine(ar.delay_curve, ar.delay_curve) RETURNS ar.delay_curve
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_delay_curve_combine';
COMMENT ON FUNCTION ar.delay_curve_combine(ar.delay_curve, ar.delay_curve) IS 'Adds one state or stored value of ar.delay_curve_agg to another, in place.';

CREATE FUNCTION ar.delay_curve_final(ar.delay_curve) RETURNS ar.delay_curve
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_delay_curve_final';
COMMENT ON FUNCTION ar.delay_curve_final(ar.delay_curve) IS 'Final function of ar.delay_curve_agg.';

CREATE AGGREGATE ar.delay_curve_agg(delay integer, is_censored boolean) (
    SFUNC = ar.delay_curve_accum, STYPE = ar.delay_curve, SSPACE = 1024,
    FINALFUNC = ar.delay_curve_final, COMBINEFUNC = ar.delay_curve_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ar.delay_curve_agg(integer, boolean) IS
'How late payments come: delay is paid - due in days, or, where is_censored, the days past due through which it is unpaid so far. A null delay is skipped; none at all gives null. Error 22004 where is_censored is null.';

CREATE AGGREGATE ar.delay_curve_agg(delay integer, weight double precision, is_censored boolean) (
    SFUNC = ar.delay_curve_accum, STYPE = ar.delay_curve, SSPACE = 1024,
    FINALFUNC = ar.delay_curve_final, COMBINEFUNC = ar.delay_curve_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ar.delay_curve_agg(integer, double precision, boolean) IS
'The same with weights, such as the share of an invoice that was paid: a weight of 0 or null is skipped. Errors: 22004 where is_censored is null, 22023 for a weight that is negative, NaN or infinite, 22003 where their sum is too large.';

CREATE AGGREGATE ar.delay_curve_agg(curve ar.delay_curve) (
    SFUNC = ar.delay_curve_combine, STYPE = ar.delay_curve, SSPACE = 1024,
    FINALFUNC = ar.delay_curve_final, COMBINEFUNC = ar.delay_curve_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ar.delay_curve_agg(ar.delay_curve) IS
'Rolls delay curves up, customers to a pool, without touching the items. Nulls are skipped. Error 22003 where the weights are too large.';

-- what can be asked of one ------------------------------------------------

CREATE FUNCTION ar.delay_curve_points(curve ar.delay_curve,
                                      OUT day integer, OUT at_risk double precision, OUT paid double precision,
                                      OUT censored double precision, OUT survival double precision)
    RETURNS SETOF record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 50 AS 'MODULE_PATHNAME', 'ar_delay_curve_points';
COMMENT ON FUNCTION ar.delay_curve_points(ar.delay_curve) IS
'A delay curve as rows, one for each day observed: the weight at risk (paid or last seen unpaid on that day or later), paid on the day, last seen unpaid on it, and the share left unpaid after it (ar.survival).';

CREATE FUNCTION ar.survival(curve ar.delay_curve, day integer,
                            pool ar.delay_curve DEFAULT NULL, k double precision DEFAULT 10) RETURNS double precision
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_survival';
COMMENT ON FUNCTION ar.survival(ar.delay_curve, integer, ar.delay_curve, double precision) IS
'The share left unpaid after a day of delay, by the estimate of Kaplan and Meier (1958): the product over the days d up to then of 1 - paid(d) / at_risk(d); what is paid on a day was at risk with what was last seen unpaid on it. With a pool, the hazard of each day is (paid + k x that of the pool) / (at_risk + k), so that a curve of few observations is near the pool; a null curve is the pool. Null without either. Error 22023 for a k that is negative, NaN or infinite.';

CREATE FUNCTION ar.payment_probability(curve ar.delay_curve, from_day integer, to_day integer,
                                       pool ar.delay_curve DEFAULT NULL, k double precision DEFAULT 10) RETURNS double precision
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_payment_probability';
COMMENT ON FUNCTION ar.payment_probability(ar.delay_curve, integer, integer, ar.delay_curve, double precision) IS
'The probability that what is unpaid after from_day is paid by to_day: 1 - S(to_day) / S(from_day), with S as of ar.survival. Where S(from_day) is 0, nothing having been unpaid so long, by the pool alone; null where that knows nothing either, or without curve and pool. Error 22023 where to_day is before from_day, or for a wrong k.';

CREATE FUNCTION ar.payment_probabilities(curve ar.delay_curve, from_day integer, within_days integer[],
                                         pool ar.delay_curve DEFAULT NULL, k double precision DEFAULT 10) RETURNS double precision[]
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_payment_probabilities';
COMMENT ON FUNCTION ar.payment_probabilities(ar.delay_curve, integer, integer[], ar.delay_curve, double precision) IS
'The probabilities that what is unpaid after from_day is paid within so many days more, for several of these at once, as of ar.payment_probability; 0 for 0 or fewer. Error 22023 for nulls among them, or for a wrong k.';

CREATE FUNCTION ar.delay_quantile(curve ar.delay_curve, q double precision,
                                  pool ar.delay_curve DEFAULT NULL, k double precision DEFAULT 10,
                                  from_day integer DEFAULT NULL) RETURNS integer
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_delay_quantile';
COMMENT ON FUNCTION ar.delay_quantile(ar.delay_curve, double precision, ar.delay_curve, double precision, integer) IS
'The first day of delay by which the share q is paid: the least t with 1 - S(t) >= q, with S as of ar.survival; of what is unpaid after from_day where that is not null. Null where so much is never paid, or without curve and pool. Error 22023 for a q that is not in (0, 1], or a wrong k.';

-- what a set of items brings in -------------------------------------------

CREATE FUNCTION ar.cash_forecast_accum(double precision[], bigint, bigint, double precision, double precision[], integer,
                                       double precision, double precision) RETURNS double precision[]
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_cash_forecast_accum';
COMMENT ON FUNCTION ar.cash_forecast_accum(double precision[], bigint, bigint, double precision, double precision[], integer, double precision, double precision) IS
'Transition function of ar.cash_forecast_agg.';

CREATE FUNCTION ar.cash_forecast_combine(double precision[], double precision[]) RETURNS double precision[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_cash_forecast_combine';
COMMENT ON FUNCTION ar.cash_forecast_combine(double precision[], double precision[]) IS 'Adds one state of ar.cash_forecast_agg to another, in place.';

CREATE FUNCTION ar.cash_forecast_final(double precision[]) RETURNS double precision[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_cash_forecast_final';
COMMENT ON FUNCTION ar.cash_forecast_final(double precision[]) IS 'Final function of ar.cash_forecast_agg.';

CREATE AGGREGATE ar.cash_forecast_agg(customer_id bigint, item_id bigint, amount double precision,
                                      probabilities double precision[], draws integer,
                                      customer_correlation double precision, common_correlation double precision) (
    SFUNC = ar.cash_forecast_accum, STYPE = double precision[], SSPACE = 65536,
    FINALFUNC = ar.cash_forecast_final, COMBINEFUNC = ar.cash_forecast_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ar.cash_forecast_agg(bigint, bigint, double precision, double precision[], integer, double precision, double precision) IS
'What items bring in each period: an array of one row for each period with the expected amount and its 10th, 50th and 90th percentile. probabilities are those of being paid by the end of each period. The percentiles are of so many draws; in each, the items of a customer are paid early or late together as far as customer_correlation says, those of all customers as far as common_correlation says (a Gaussian copula with a factor for all, one for each customer and one for each item). The draws follow from the identifiers: the same items give the same result. An item with anything null is skipped; none at all gives null. Errors: 22023 for probabilities that do not ascend within 0 and 1, correlations that do not, or too many draws; 22003 for NaN or infinity.';
