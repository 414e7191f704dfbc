-- How well scores tell goods from bads ---------------------------------------------

CREATE TYPE ar.score_sample;

CREATE FUNCTION ar.score_sample_in(cstring) RETURNS ar.score_sample
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_score_sample_in';
COMMENT ON FUNCTION ar.score_sample_in(cstring) IS 'Text input of ar.score_sample; error 22P02 for what no aggregate could have made.';

CREATE FUNCTION ar.score_sample_out(ar.score_sample) RETURNS cstring
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_score_sample_out';
COMMENT ON FUNCTION ar.score_sample_out(ar.score_sample) IS 'Text output of ar.score_sample.';

CREATE FUNCTION ar.score_sample_recv(internal) RETURNS ar.score_sample
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_score_sample_recv';
COMMENT ON FUNCTION ar.score_sample_recv(internal) IS 'Binary input of ar.score_sample; error 22P03 for what no aggregate could have made, 08P01 where bytes are missing.';

CREATE FUNCTION ar.score_sample_send(ar.score_sample) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_score_sample_send';
COMMENT ON FUNCTION ar.score_sample_send(ar.score_sample) IS 'Binary output of ar.score_sample.';

CREATE TYPE ar.score_sample (
    INPUT = ar.score_sample_in, OUTPUT = ar.score_sample_out,
    RECEIVE = ar.score_sample_recv, SEND = ar.score_sample_send,
    INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE ar.score_sample IS
'Scores with how many goods and bads had each: what AUC, Gini and Kolmogorov-Smirnov follow from. Can be stored and merged. 24 bytes for each different score. Text form by ascending score: {620:3:1,640:5:0}.';

CREATE FUNCTION ar.score_sample_accum(ar.score_sample, double precision, boolean) RETURNS ar.score_sample
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_score_sample_accum';
COMMENT ON FUNCTION ar.score_sample_accum(ar.score_sample, double precision, boolean) IS 'Transition function of ar.score_sample_agg and of the aggregates that follow from it.';

CREATE FUNCTION ar.score_sample_combine(ar.score_sample, ar.score_sample) RETURNS ar.score_sample
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_score_sample_combine';
COMMENT ON FUNCTION ar.score_sample_combine(ar.score_sample, ar.score_sample) IS 'Combine function of ar.score_sample_agg and of the aggregates that follow from it.';

CREATE FUNCTION ar.score_sample_final(ar.score_sample) RETURNS ar.score_sample
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_score_sample_final';
COMMENT ON FUNCTION ar.score_sample_final(ar.score_sample) IS 'Final function of ar.score_sample_agg.';

CREATE FUNCTION ar.auc(sample ar.score_sample) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_auc';
COMMENT ON FUNCTION ar.auc(ar.score_sample) IS
'Area under the ROC curve: how probably a good has a higher score than a bad, ties counting half. Exact; null where there are no goods or no bads. Error 54000 for more than 2147483647 of either.';

CREATE FUNCTION ar.gini(sample ar.score_sample) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_gini';
COMMENT ON FUNCTION ar.gini(ar.score_sample) IS
'Gini coefficient, 2 x AUC - 1. Exact; null and errors as ar.auc.';

CREATE FUNCTION ar.ks(sample ar.score_sample) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_ks';
COMMENT ON FUNCTION ar.ks(ar.score_sample) IS
'Kolmogorov-Smirnov statistic: the greatest difference between the shares of bads and of goods with a score up to any. Exact; null and errors as ar.auc.';

CREATE AGGREGATE ar.score_sample_agg(score double precision, bad boolean) (
    SFUNC = ar.score_sample_accum, STYPE = ar.score_sample, SSPACE = 800,
    FINALFUNC = ar.score_sample_final, COMBINEFUNC = ar.score_sample_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ar.score_sample_agg(double precision, boolean) IS
'Collects scores with what became of those who had them, for ar.auc, ar.gini and ar.ks. A row without a score or without an outcome is left out. Memory: 24 bytes for each different score, twice that while it grows. Errors: 22023 for NaN, 54000 for more than 44739241 different scores.';

CREATE AGGREGATE ar.score_sample_agg(sample ar.score_sample) (
    SFUNC = ar.score_sample_combine, STYPE = ar.score_sample, SSPACE = 800,
    FINALFUNC = ar.score_sample_final, COMBINEFUNC = ar.score_sample_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ar.score_sample_agg(ar.score_sample) IS
'Merges samples of scores, of branches or of months. Nulls are skipped. Errors as for single scores.';

CREATE AGGREGATE ar.auc_agg(score double precision, bad boolean) (
    SFUNC = ar.score_sample_accum, STYPE = ar.score_sample, SSPACE = 800,
    FINALFUNC = ar.auc, COMBINEFUNC = ar.score_sample_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ar.auc_agg(double precision, boolean) IS
'Area under the ROC curve of scores, higher for safer: P(good above bad) + P(equal) / 2. Goods 700, 650, 620, 600 and bads 640, 560 make 0.75. Null where there are no goods or no bads. Rows, memory and errors as ar.score_sample_agg.';

CREATE AGGREGATE ar.gini_agg(score double precision, bad boolean) (
    SFUNC = ar.score_sample_accum, STYPE = ar.score_sample, SSPACE = 800,
    FINALFUNC = ar.gini, COMBINEFUNC = ar.score_sample_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ar.gini_agg(double precision, boolean) IS
'Gini coefficient of scores, 2 x AUC - 1. Null where there are no goods or no bads. Rows, memory and errors as ar.score_sample_agg.';

CREATE AGGREGATE ar.ks_agg(score double precision, bad boolean) (
    SFUNC = ar.score_sample_accum, STYPE = ar.score_sample, SSPACE = 800,
    FINALFUNC = ar.ks, COMBINEFUNC = ar.score_sample_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ar.ks_agg(double precision, boolean) IS
'Kolmogorov-Smirnov statistic of scores: max |share of bads up to a score - share of goods|. Null where there are no goods or no bads. Rows, memory and errors as ar.score_sample_agg.';

CREATE FUNCTION ar.psi(expected double precision[], actual double precision[]) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_psi';
COMMENT ON FUNCTION ar.psi(double precision[], double precision[]) IS
'Population stability index: sum over the bins of (a - e) x ln(a / e), where e and a are the shares of what was expected and of what is there; counts are made shares. An empty bin counts as a share of 0.0001. Below 0.10 is stable, to 0.25 moderate, above is to be acted on (Siddiqi 2006). Null where either list is empty or adds up to 0. Errors: 2202E for lists of different length, 22004 for nulls, 22023 for negative numbers, NaN or infinity, 22003 for numbers whose sum is out of range.';

CREATE FUNCTION ar.woe(goods double precision[], bads double precision[]) RETURNS double precision[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_woe';
COMMENT ON FUNCTION ar.woe(double precision[], double precision[]) IS
'Weight of evidence of each bin: ln((goods of the bin / all goods) / (bads of the bin / all bads)), higher for safer. To a bin without goods or without bads 0.5 is added to both its counts; one with neither weighs 0. Null where there are no goods or no bads at all. Errors as ar.psi.';

CREATE FUNCTION ar.information_value(goods double precision[], bads double precision[]) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_information_value';
COMMENT ON FUNCTION ar.information_value(double precision[], double precision[]) IS
'Information value of a characteristic: sum over the bins of (share of goods - share of bads) x weight of evidence. Below 0.02 is useless, to 0.1 weak, to 0.3 medium, to 0.5 strong, above suspiciously so (Siddiqi 2006). Empty cells, null and errors as ar.woe.';
