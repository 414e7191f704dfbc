-- The first proposal for bank line :line in a session of :role, and the median of five more; none of them stays.
SET client_min_messages = warning;
SELECT set_config('bench.line', :'line', false) \gset
SET SESSION AUTHORIZATION :"role";
BEGIN;
SELECT bench.milliseconds('SELECT ar.propose(1, bank_line_id => ' || :line || ')') AS first \gset
ROLLBACK;
BEGIN;
DO $$
DECLARE
    line bigint := current_setting('bench.line');
    times numeric[];
    ms numeric;
BEGIN
    FOR i IN 1..5 LOOP
        BEGIN
            ms := bench.milliseconds('SELECT ar.propose(1, bank_line_id => ' || line || ')');
            RAISE EXCEPTION 'undone' USING ERRCODE = 'P9999';
        EXCEPTION WHEN SQLSTATE 'P9999' THEN
            times := times || ms;
        END;
    END LOOP;
    PERFORM set_config('bench.next_ms', (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY t)::text FROM unnest(times) AS t), false);
END;
$$;
COMMIT;
RESET SESSION AUTHORIZATION;
INSERT INTO bench.single_time VALUES (:line, :'role', :first, current_setting('bench.next_ms')::numeric);
