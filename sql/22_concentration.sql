-- How much lies with few customers ------------------------------------------

CREATE FUNCTION ar.hhi_accum(double precision[], numeric) RETURNS double precision[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_hhi_accum';
COMMENT ON FUNCTION ar.hhi_accum(double precision[], numeric) IS 'Transition function of ar.hhi.';

CREATE FUNCTION ar.hhi_combine(double precision[], double precision[]) RETURNS double precision[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_hhi_combine';
COMMENT ON FUNCTION ar.hhi_combine(double precision[], double precision[]) IS 'Adds one state of ar.hhi to another, in place.';

CREATE FUNCTION ar.hhi_final(double precision[]) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_hhi_final';
COMMENT ON FUNCTION ar.hhi_final(double precision[]) IS 'Final function of ar.hhi.';

CREATE AGGREGATE ar.hhi(amount numeric) (
    SFUNC = ar.hhi_accum, STYPE = double precision[], INITCOND = '{0,0}',
    FINALFUNC = ar.hhi_final, COMBINEFUNC = ar.hhi_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ar.hhi(numeric) IS
'Herfindahl-Hirschman index of concentration: the sum of squared shares x 10,000, of the amounts that are positive; 10,000 where one has all, 10,000 / n where n have the same. Above 1,500 counts as concentrated, above 2,500 as highly. Nulls, zeros and credits have no share; null without any positive amount. Error 22003 for NaN or infinity.';

CREATE FUNCTION ar.top_share(amounts numeric[], n integer DEFAULT 10) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT sum(a.amount) FILTER (WHERE a.place <= n) / sum(a.amount)
    FROM (SELECT u.amount, row_number() OVER (ORDER BY u.amount DESC) AS place
          FROM unnest(amounts) AS u (amount) WHERE u.amount > 0) AS a;
END;
COMMENT ON FUNCTION ar.top_share(numeric[], integer) IS
'Share, 0 to 1, that the n largest amounts have of all positive ones; not rounded. Credits count neither here nor there; null without any positive amount.';
