-- A scorecard fitted to what became of customers ------------------------------------------

-- How the values of a column fall into bins: the bins as the card has them, and the
-- expression that numbers them from 1, 0 for no value.
CREATE FUNCTION ar.fit_bins(relation regclass, target text, fact text, nbins integer, given jsonb, OUT bins jsonb, OUT expression text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    column_type record;
    cuts        numeric[];
    lowest      numeric;
    highest     numeric;
    levels      text[];
BEGIN
    SELECT t.typcategory, format_type(a.atttypid, a.atttypmod) AS name INTO column_type
    FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
    WHERE a.attrelid = relation AND a.attname = fact AND a.attnum > 0 AND NOT a.attisdropped;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'column % of % does not exist', coalesce(fact, 'null'), relation USING ERRCODE = 'undefined_column';
    END IF;
    IF given IS NOT NULL AND (jsonb_typeof(given) <> 'array' OR column_type.typcategory <> 'N' OR EXISTS (
            SELECT FROM jsonb_array_elements(CASE jsonb_typeof(given) WHEN 'array' THEN given ELSE '[]' END) AS e (cut)
            WHERE jsonb_typeof(e.cut) <> 'number'))
    THEN
        RAISE EXCEPTION 'cut points of % must be a list of numbers', fact
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('%s is of type %s.', fact, column_type.name);
    END IF;
    IF column_type.typcategory = 'N' THEN
        EXECUTE format('SELECT min(%1$I)::numeric, max(%1$I)::numeric, percentile_disc($1) WITHIN GROUP (ORDER BY %1$I)::numeric[] FROM %2$s WHERE %3$I IS NOT NULL',
                       fact, relation, target)
        INTO lowest, highest, cuts USING ARRAY(SELECT i::float8 / nbins FROM generate_series(1, nbins - 1) AS i);
        IF lowest = '-Infinity' OR highest IN ('Infinity', 'NaN') THEN
            RAISE EXCEPTION '% has values that are NaN or infinite', fact
                USING ERRCODE = 'numeric_value_out_of_range', HINT = 'Make them null in a view first.';
        END IF;
        IF given IS NOT NULL THEN
            cuts := ARRAY(SELECT e.cut::text::numeric FROM jsonb_array_elements(given) AS e (cut));
        END IF;
        cuts := ARRAY(SELECT DISTINCT c.cut FROM unnest(cuts) AS c (cut) WHERE given IS NOT NULL OR c.cut > lowest ORDER BY c.cut);
        bins := (SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('from', cuts[i - 1], 'to', cuts[i])) ORDER BY i)
                 FROM generate_series(1, cardinality(cuts) + 1) AS i);
        expression := format('CASE WHEN %1$I IS NULL THEN 0 ELSE 1 + width_bucket(%1$I::numeric, %2$L::numeric[]) END', fact, cuts);
    ELSE
        EXECUTE format('SELECT array_agg(v.level ORDER BY v.level COLLATE "C") FROM ('
                       'SELECT DISTINCT %1$I::text AS level FROM %2$s WHERE %1$I IS NOT NULL AND %3$I IS NOT NULL LIMIT 101) AS v',
                       fact, relation, target) INTO levels;
        IF cardinality(levels) > 100 THEN
            RAISE EXCEPTION '% has more than 100 different values', fact
                USING ERRCODE = 'program_limit_exceeded', HINT = 'Group them in a view first.';
        END IF;
        bins := coalesce((SELECT jsonb_agg(jsonb_build_object('values', jsonb_build_array(l.level)) ORDER BY n)
                          FROM unnest(levels) WITH ORDINALITY AS l (level, n)), '[]');
        expression := format('coalesce(array_position(%L::text[], %I::text), 0)', levels, fact);
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.fit_bins(regclass, text, text, integer, jsonb) IS
'How ar.fit_scorecard puts the values of a column into bins: between cut points that are given, else quantiles, for numbers; each value for itself otherwise. expression numbers the bins from 1, 0 for null. Errors: 42703, 22023, 22003, 54000.';

CREATE FUNCTION ar.fit_options(options jsonb, OUT bins integer, OUT cut_points jsonb, OUT pdo numeric, OUT score numeric, OUT odds numeric,
                               OUT decimals integer, OUT parts jsonb)
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    fault text;
BEGIN
    SELECT CASE WHEN o.name <> ALL ('{bins,cut_points,pdo,score,odds,decimals,description,grades,overrides,evidence,minimum_characteristics}')
                THEN o.name || ' is no option' ELSE o.name || ' must be a number' END INTO fault
    FROM jsonb_each(CASE jsonb_typeof(options) WHEN 'object' THEN options ELSE '{}' END) AS o (name, value)
    WHERE o.name <> ALL ('{cut_points,description,grades,overrides,evidence,minimum_characteristics}')
      AND (o.name <> ALL ('{bins,pdo,score,odds,decimals}') OR jsonb_typeof(o.value) <> 'number')
    ORDER BY o.name LIMIT 1;
    IF jsonb_typeof(options) <> 'object' THEN
        fault := 'they must be a JSON object';
    ELSIF fault IS NULL THEN
        bins := trunc(coalesce((options ->> 'bins')::numeric, 5));
        cut_points := coalesce(options -> 'cut_points', '{}');
        pdo := coalesce((options ->> 'pdo')::numeric, 20);
        score := coalesce((options ->> 'score')::numeric, 600);
        odds := coalesce((options ->> 'odds')::numeric, 50);
        decimals := trunc(coalesce((options ->> 'decimals')::numeric, 0));
        parts := (options - '{bins,cut_points,pdo,score,odds,decimals}'::text[]);
        fault := CASE WHEN bins NOT BETWEEN 2 AND 50 THEN 'bins must be from 2 to 50'
                      WHEN jsonb_typeof(cut_points) <> 'object' THEN 'cut_points must be an object of lists by column'
                      WHEN pdo <= 0 OR odds <= 0 THEN 'pdo and odds must be above 0'
                      WHEN decimals NOT BETWEEN 0 AND 4 THEN 'decimals must be from 0 to 4' END;
    END IF;
    IF fault IS NOT NULL THEN
        RAISE EXCEPTION 'options refused: %', fault
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'The options are bins, cut_points, pdo, score, odds, decimals, and of the card description, grades, overrides, evidence and minimum_characteristics.';
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.fit_options(jsonb) IS
'The options of ar.fit_scorecard, checked and with their defaults; parts is what goes into the card as it is. Error 22023 for what is no option.';

CREATE FUNCTION ar.scorecard_scaling(pdo double precision DEFAULT 20, score double precision DEFAULT 600, odds double precision DEFAULT 50,
                                     OUT factor double precision, OUT "offset" double precision)
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (pdo / ln(2.0::float8), score - pdo / ln(2.0::float8) * ln(odds));
COMMENT ON FUNCTION ar.scorecard_scaling(double precision, double precision, double precision) IS
'The scale of a card on which score stands for odds goods to one bad, and pdo points more double the odds: factor = pdo / ln 2, offset = score - factor x ln(odds), score = offset + factor x ln(odds) (Siddiqi 2006). 20, 600 and 50 make 28.8539 and 487.1229. Errors: 2201E for odds that are not positive.';

CREATE FUNCTION ar.fit_scorecard(relation regclass, target text, characteristics text[], options jsonb DEFAULT '{}') RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    setting     record;
    scale       record;
    binning     record;
    counts      record;
    fit         record;
    n           integer := cardinality(characteristics);
    expressions text[] := '{}';
    columns     text[] := '{}';
    sums        text[] := '{}';
    parts       jsonb[] := '{}';
    told        jsonb[] := '{}';
    weights     jsonb[] := '{}';
    warnings    text[] := '{}';
    goods       float8[];
    bads        float8[];
    woe         float8[];
    has_missing boolean;
    coefficient float8;
    points      numeric[];
    value       float8;
    binned      text;
    sample      ar.score_sample;
BEGIN
    IF num_nulls(relation, target, characteristics, options) > 0 OR array_position(characteristics, NULL) IS NOT NULL THEN
        RAISE EXCEPTION 'relation, target, characteristics and options must not be null' USING ERRCODE = 'null_value_not_allowed';
    ELSIF n = 0 OR n > (SELECT count(DISTINCT c.name) FROM unnest(characteristics) AS c (name)) OR target = ANY (characteristics) THEN
        RAISE EXCEPTION 'characteristics must be one column or more, each once, without the target'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT o.* INTO setting FROM ar.fit_options(options) AS o;
    SELECT s.factor, s."offset" INTO scale FROM ar.scorecard_scaling(setting.pdo::float8, setting.score::float8, setting.odds::float8) AS s;
    PERFORM FROM pg_attribute AS a
    WHERE a.attrelid = relation AND a.attname = target AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid = 'boolean'::regtype;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'target % of % must be a boolean column', target, relation
            USING ERRCODE = 'invalid_parameter_value', HINT = 'True for a customer that went bad.';
    END IF;

    -- The weight of evidence of each bin takes the place of the values in it.
    FOR i IN 1 .. n LOOP
        SELECT b.bins, b.expression INTO binning
        FROM ar.fit_bins(relation, target, characteristics[i], setting.bins, setting.cut_points -> characteristics[i]) AS b;
        EXECUTE format('SELECT array_agg(coalesce(c.goods, 0) ORDER BY b), array_agg(coalesce(c.bads, 0) ORDER BY b), '
                       '       (SELECT count(*) FROM %3$s WHERE %2$I IS NOT NULL AND %1$s = 0) > 0 '
                       'FROM generate_series(1, $1) AS b LEFT JOIN ('
                       '    SELECT CASE %1$s WHEN 0 THEN $1 ELSE %1$s END AS bin, (count(*) FILTER (WHERE NOT %2$I))::float8 AS goods, '
                       '           (count(*) FILTER (WHERE %2$I))::float8 AS bads '
                       '    FROM %3$s WHERE %2$I IS NOT NULL GROUP BY 1) AS c ON c.bin = b', binning.expression, target, relation)
        INTO goods, bads, has_missing USING jsonb_array_length(binning.bins) + 1;
        woe := ar.woe(goods, bads);
        IF woe IS NULL THEN
            RAISE EXCEPTION 'nothing can be fitted: all rows have the same outcome' USING ERRCODE = 'invalid_parameter_value';
        ELSIF (SELECT count(*) FROM unnest(goods, bads) AS u (good, bad) WHERE u.good + u.bad > 0) < 2 THEN
            RAISE EXCEPTION 'nothing can be fitted: all rows have the same value, or bin, of %', characteristics[i]
                USING ERRCODE = 'invalid_parameter_value', HINT = 'Leave it out, or give it cut points.';
        END IF;
        value := ar.information_value(goods, bads);
        IF value < 0.02 OR value > 0.5 THEN
            warnings := warnings || format('%s has an information value of %s, which is %s', characteristics[i], round(value::numeric, 4),
                                           CASE WHEN value > 0.5 THEN 'suspiciously high' ELSE 'next to nothing' END);
        END IF;
        expressions := expressions || format('CASE %1$s WHEN 0 THEN %2$s ELSE %1$s END AS b%3$s', binning.expression, cardinality(woe), i);
        columns := columns || format('(%L::float8[])[b%s]', woe, i);
        -- A value that is missing without any in the sample to judge by neither adds nor takes.
        binning.bins := binning.bins || '[{"missing": true}]';
        parts := parts || jsonb_build_object('fact', characteristics[i], 'bins', binning.bins);
        weights := weights || to_jsonb(woe);
        told := told || jsonb_build_object('fact', characteristics[i], 'information_value', round(value::numeric, 6), 'goods', goods, 'bads', bads,
                                           'woe', (SELECT jsonb_agg(round(w.weight::numeric, 6) ORDER BY w.place)
                                                   FROM unnest(woe) WITH ORDINALITY AS w (weight, place)));
    END LOOP;

    binned := format('SELECT %I AS bad, %s FROM %s WHERE %I IS NOT NULL', target, array_to_string(expressions, ', '), relation, target);
    EXECUTE format('SELECT f.*, g.goods, g.bads FROM ('
                   '    SELECT array_agg(NOT r.bad ORDER BY r.n) AS outcome, array_agg(r.x ORDER BY r.n) AS x, '
                   '           array_agg(r.weight ORDER BY r.n) AS weights, '
                   '           sum(r.weight) FILTER (WHERE NOT r.bad) AS goods, sum(r.weight) FILTER (WHERE r.bad) AS bads '
                   '    FROM (SELECT v.bad, ARRAY[%1$s] AS x, count(*)::float8 AS weight, row_number() OVER (ORDER BY v.bad, %2$s) AS n '
                   '          FROM (%3$s) AS v GROUP BY v.bad, %2$s) AS r) AS g '
                   'CROSS JOIN LATERAL ar.fit_logistic(g.outcome, g.x, g.weights) AS f',
                   array_to_string(columns, ', '), (SELECT string_agg('v.b' || i, ', ' ORDER BY i) FROM generate_series(1, n) AS i), binned)
    INTO fit;
    IF NOT fit.converged THEN
        RAISE EXCEPTION 'the regression has no solution'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = fit.problem || '.',
                  HINT = format('The columns are the characteristics in their order: %s.', array_to_string(characteristics, ', '));
    END IF;

    -- Points: each characteristic has its part of the intercept and of the offset.
    FOR i IN 1 .. n LOOP
        coefficient := fit.coefficients[i];
        IF coefficient < 0 THEN
            warnings := warnings || format('%s counts against its own evidence (coefficient %s): others tell the same', characteristics[i],
                                           round(coefficient::numeric, 4));
        END IF;
        points := ARRAY(SELECT round(((coefficient * w.weight::float8 + fit.intercept / n) * scale.factor + scale."offset" / n)::numeric,
                                     setting.decimals)
                        FROM jsonb_array_elements_text(weights[i]) WITH ORDINALITY AS w (weight, place) ORDER BY w.place);
        parts[i] := jsonb_set(parts[i], '{bins}', (SELECT jsonb_agg(b.bin || jsonb_build_object('points', points[b.place]) ORDER BY b.place)
                                                   FROM jsonb_array_elements(parts[i] -> 'bins') WITH ORDINALITY AS b (bin, place)));
        sums := sums || format('(%L::numeric[])[v.b%s]', points, i);
        told[i] := told[i] || jsonb_build_object('coefficient', round(coefficient::numeric, 6),
                                                 'standard_error', round(fit.standard_errors[i + 1]::numeric, 6));
    END LOOP;
    EXECUTE format('SELECT ar.score_sample_agg((%s)::float8, v.bad) FROM (%s) AS v', array_to_string(sums, ' + '), binned) INTO sample;

    RETURN setting.parts || jsonb_build_object(
        'method', 'points', 'factor', round(scale.factor::numeric, 6), 'offset', round(scale."offset"::numeric, 6),
        'characteristics', to_jsonb(parts),
        'fit', jsonb_build_object(
            'relation', relation::text, 'target', target, 'goods', fit.goods, 'bads', fit.bads,
            'intercept', round(fit.intercept::numeric, 6), 'log_likelihood', round(fit.log_likelihood::numeric, 6),
            'null_log_likelihood', round(fit.null_log_likelihood::numeric, 6), 'iterations', fit.iterations,
            'auc', round(ar.auc(sample)::numeric, 6), 'gini', round(ar.gini(sample)::numeric, 6), 'ks', round(ar.ks(sample)::numeric, 6),
            'pdo', setting.pdo, 'score', setting.score, 'odds', setting.odds,
            'characteristics', to_jsonb(told), 'warnings', to_jsonb(warnings)));
END;
$$;
COMMENT ON FUNCTION ar.fit_scorecard(regclass, text, text[], jsonb) IS
'Fits a scorecard of method points to what became of customers, rows of a table or view: target is a boolean column, true for bad, rows without it are left out; characteristics are columns. Numbers fall into quantiles (option bins, 5) or between cut points of one''s own (option cut_points, {"column": [1, 2]}), other columns into a bin for each value, nulls into one of their own. Each bin has its weight of evidence (ar.woe), the log odds of good are fitted to these by logistic regression (ar.fit_logistic), and points = (coefficient x weight of evidence + intercept / n) x factor + offset / n for each of n characteristics, rounded to option decimals (0) (Siddiqi 2006). Options pdo (20), score (600) and odds (50) make the scale, see ar.scorecard_scaling; description, grades, overrides, evidence and minimum_characteristics go into the card as they are. A value that was not in the sample counts as missing; where nothing was missing that weighs 0. The card''s key fit holds counts, coefficients, standard errors, information values, AUC, Gini and KS of the card in the sample, and warnings: a coefficient against its evidence, an information value that is next to nothing or too good. Errors: 22023 for a target that is not boolean, faulty options, a characteristic without variation, one class only, or a regression without solution, the detail says why; 42703 for a column that is not there, 54000 for more than 100 values of a category, 22003 for NaN and infinity in a column, 22004 for nulls.';
