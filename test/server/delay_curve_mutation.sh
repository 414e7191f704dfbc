#!/bin/bash
# Binary delay curves that have been tampered with are refused as such or give
# a sound value; the server lives through all of it.
. "$(dirname "$0")/tap.sh"
start_cluster

MUTATIONS=1000
[ -z "${AR_TEST_LONG:-}" ] || MUTATIONS=20000
sql postgres "
    CREATE EXTENSION ar;
    CREATE TABLE genuine AS
    SELECT ar.delay_curve_agg((random() * n * 10)::integer - 20, random() * 10, random() < 0.3) AS curve
    FROM generate_series(1, 30) AS n, generate_series(1, 60) AS m WHERE m <= n * 2 GROUP BY n"
psql -XAtq -v ON_ERROR_STOP=1 -c "\\copy genuine TO '$CLUSTER/genuine' (FORMAT binary)"
mkdir "$CLUSTER/mutations"
works "the mutations are made" perl test/server/mutate.pl "$CLUSTER/genuine" $MUTATIONS 1 "$CLUSTER/mutations"
{
    echo "\\set VERBOSITY sqlstate"
    echo "CREATE TABLE mutated (file integer, curve ar.delay_curve); ALTER TABLE mutated ALTER file SET DEFAULT 0;"
    echo "SELECT pg_backend_pid() AS backend \\gset"
    echo "\\copy mutated (curve) FROM '$CLUSTER/genuine' (FORMAT binary)"
    echo "UPDATE mutated SET file = -1;"
    for n in $(seq $MUTATIONS); do
        echo "\\copy mutated (curve) FROM '$CLUSTER/mutations/$n' (FORMAT binary)"
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
works "some were taken" grep -q '^taken$' "$CLUSTER/outcome"
note "$(grep -v ^same "$CLUSTER/outcome" | sort | uniq -c | tr -s ' ' | tr '\n' ',')"
is "the genuine values came back as they were" "$(sql postgres "
    SELECT count(*) FROM (SELECT curve::text FROM genuine EXCEPT SELECT curve::text FROM mutated WHERE file = -1) AS lost")" 0
is "what was taken goes through text and back" "$(sql postgres "
    SELECT file, curve FROM mutated
    WHERE curve::text::ar.delay_curve::text <> curve::text
       OR ar.delay_curve_send(curve::text::ar.delay_curve) <> ar.delay_curve_send(curve) LIMIT 5" 2>&1)" ""
is "and every function takes it" "$(sql postgres "
    SELECT file FROM mutated AS m CROSS JOIN LATERAL (
        SELECT min(p.survival) AS least, max(p.survival) AS most FROM ar.delay_curve_points(m.curve) AS p) AS s
    WHERE NOT (s.least >= 0 AND s.most <= 1) OR ar.payment_probability(m.curve, 0, 100, m.curve) NOT BETWEEN 0 AND 1
       OR ar.survival(m.curve, 2000) <> s.least LIMIT 5" 2>&1)" ""
done_testing
