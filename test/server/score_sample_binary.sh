#!/bin/bash
# Samples of scores in binary: there and back, and what has been tampered with is
# refused as such or gives a sound value.
. "$(dirname "$0")/tap.sh"
start_cluster

MUTATIONS=1000
[ -z "${AR_TEST_LONG:-}" ] || MUTATIONS=20000
psql -XAtq -v ON_ERROR_STOP=1 <<'SQL'
CREATE EXTENSION ar;
CREATE TABLE genuine AS
SELECT ar.score_sample_agg(n * 7919 % m, n % 3 = 0) AS sample FROM unnest('{1,2,7,50}'::integer[]) AS m, generate_series(1, 3 * m) AS n GROUP BY m
UNION ALL SELECT '{}' UNION ALL SELECT '{-Infinity:1:0,-0.5:0:2147483647,Infinity:5:6}';
SQL
psql -XAtq -v ON_ERROR_STOP=1 -c "\\copy genuine TO '$CLUSTER/genuine' (FORMAT binary)"
mkdir "$CLUSTER/mutations"
works "the mutations are made" perl test/server/mutate.pl "$CLUSTER/genuine" $MUTATIONS 1 "$CLUSTER/mutations"
{
    echo "\\set VERBOSITY sqlstate"
    echo "CREATE TABLE mutated (file integer DEFAULT 0, sample ar.score_sample);"
    echo "SELECT pg_backend_pid() AS backend \\gset"
    echo "\\copy mutated (sample) FROM '$CLUSTER/genuine' (FORMAT binary)"
    echo "UPDATE mutated SET file = -1;"
    for n in $(seq $MUTATIONS); do
        echo "\\copy mutated (sample) FROM '$CLUSTER/mutations/$n' (FORMAT binary)"
        echo "UPDATE mutated SET file = $n WHERE file = 0 RETURNING 'taken';"
    done
    echo "SELECT 'same backend ' || (pg_backend_pid() = :backend);"
} >"$CLUSTER/mutations.sql"

postmaster=$(cluster_postmaster)
psql -XAtq -f "$CLUSTER/mutations.sql" 2>&1 | sed 's/^psql:.*ERROR: *//' >"$CLUSTER/outcome"
is "the server and the session lived through it" \
    "$(cluster_postmaster) $(tail -n 1 "$CLUSTER/outcome") $(grep -c 'terminated by signal' "$CLUSTER/log")" \
    "$postmaster same backend true 0"
is "refused as invalid input only" "$(grep -v '^22\|^08P01$\|^taken$\|^same' "$CLUSTER/outcome" | sort | uniq -c)" ""
works "some were refused" grep -q '^22P03$' "$CLUSTER/outcome"
works "some were taken" grep -q '^taken$' "$CLUSTER/outcome"
is "the genuine values came back as they were" "$(sql postgres "
    SELECT count(*) FROM (SELECT sample::text FROM genuine EXCEPT SELECT sample::text FROM mutated WHERE file = -1) AS lost")" 0
is "what was taken goes through text and back" "$(sql postgres "
    SELECT file FROM mutated WHERE sample::text::ar.score_sample::text <> sample::text
       OR ar.score_sample_send(sample::text::ar.score_sample) <> ar.score_sample_send(sample) LIMIT 5" 2>&1)" ""
is "and every function takes it" "$(psql -XAtq 2>&1 <<'SQL'
DO $$
DECLARE
    m record;
BEGIN
    FOR m IN SELECT * FROM mutated LOOP
        BEGIN
            PERFORM ar.auc(m.sample), ar.gini(m.sample), ar.ks(m.sample);
            PERFORM ar.score_sample_agg(x) FROM unnest(ARRAY[m.sample, m.sample]) AS x;
        EXCEPTION
            WHEN program_limit_exceeded THEN NULL; -- more than can be counted
        END;
    END LOOP;
END;
$$;
SQL
)" ""

done_testing
