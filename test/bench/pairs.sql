-- Runs two queries in turn, once unmeasured and then :runs times, and keeps the
-- times; the first is ours.
CREATE EXTENSION ar;
CREATE SCHEMA bench;
CREATE TABLE bench.pair (
    id int GENERATED ALWAYS AS IDENTITY, part text, measured text, against text, target text,
    ours_ms numeric, other_ms numeric, ratio numeric);

-- Transactions a second, of programs that take turns.
CREATE TABLE bench.rate (what text, clients int, round int, ours numeric, other numeric);

CREATE FUNCTION bench.milliseconds(query text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
    started timestamptz := clock_timestamp();
BEGIN
    EXECUTE query;
    RETURN 1000 * extract(epoch FROM clock_timestamp() - started);
END;
$$;

CREATE PROCEDURE bench.pair(part text, measured text, against text, target text, ours text, other text, runs int DEFAULT 5)
LANGUAGE plpgsql AS $$
DECLARE
    ours_ms  numeric[];
    other_ms numeric[];
    median   CONSTANT text := 'SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x) FROM unnest($1) AS x';
    a numeric;
    b numeric;
BEGIN
    PERFORM bench.milliseconds(ours), bench.milliseconds(other);
    FOR i IN 1..runs LOOP
        ours_ms := ours_ms || bench.milliseconds(ours);
        other_ms := other_ms || bench.milliseconds(other);
    END LOOP;
    EXECUTE median INTO a USING ours_ms;
    EXECUTE median INTO b USING other_ms;
    INSERT INTO bench.pair (part, measured, against, target, ours_ms, other_ms, ratio)
    VALUES (part, measured, against, target, a, b, b / a);
    COMMIT;
END;
$$;
