#!/bin/bash
# Binary input of payment behavior that has been tampered with is refused as
# such or gives a sound value; the server lives through all of it.
. "$(dirname "$0")/tap.sh"
start_cluster

MUTATIONS=2000
[ -z "${AR_TEST_LONG:-}" ] || MUTATIONS=20000
psql -XAtq -v ON_ERROR_STOP=1 <<'SQL'
CREATE EXTENSION IF NOT EXISTS ar;
SELECT setseed(0.5) \g /dev/null
CREATE TABLE genuine AS
SELECT ar.payment_behavior_agg(CASE n % 4 WHEN 0 THEN round(amount::numeric, 2) WHEN 1 THEN round(amount::numeric * 1e25) ELSE round(amount::numeric, 7) END,
                               date '2025-01-01' + n, date '2025-01-31' + n, date '2025-01-31' + n + late) AS behavior
FROM (SELECT n, random() * 1000 AS amount, (random() * 200)::integer - 60 AS late FROM generate_series(1, 400) AS n) AS r GROUP BY n % 40;
SQL
is "values of several sizes" "$(sql postgres "SELECT count(*), count(DISTINCT pg_column_size(behavior)) > 1 FROM genuine")" "40|t"

psql -XAtq -v ON_ERROR_STOP=1 -c "\\copy genuine TO '$CLUSTER/genuine' (FORMAT binary)"
mkdir "$CLUSTER/mutations"
works "the mutations are made" perl test/server/mutate.pl "$CLUSTER/genuine" $MUTATIONS 1 "$CLUSTER/mutations"
{
    echo "\\set VERBOSITY sqlstate"
    echo "CREATE TABLE mutated (file integer, behavior ar.payment_behavior); ALTER TABLE mutated ALTER file SET DEFAULT 0;"
    echo "SELECT pg_backend_pid() AS backend \\gset"
    echo "\\copy mutated (behavior) FROM '$CLUSTER/genuine' (FORMAT binary)"
    echo "UPDATE mutated SET file = -1;"
    for n in $(seq $MUTATIONS); do
        echo "\\copy mutated (behavior) FROM '$CLUSTER/mutations/$n' (FORMAT binary)"
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
note "$(grep -v ^same "$CLUSTER/outcome" | sort | uniq -c | tr -s ' ' | tr '\n' ',')"
works "some were refused" grep -q '^22P0' "$CLUSTER/outcome"

is "the genuine values came back as they were" "$(sql postgres "
    SELECT count(*) FROM (SELECT behavior::text FROM genuine EXCEPT SELECT behavior::text FROM mutated WHERE file = -1) AS lost")" 0
is "what was taken goes through text and back" "$(sql postgres "
    SELECT file, behavior FROM mutated
    WHERE behavior::text::ar.payment_behavior OPERATOR(ar.<>) behavior OR behavior::text::ar.payment_behavior::text <> behavior::text
       OR ar.payment_behavior_send(behavior::text::ar.payment_behavior) <> ar.payment_behavior_send(behavior)
       OR ar.payment_behavior_hash(behavior::text::ar.payment_behavior) <> ar.payment_behavior_hash(behavior) LIMIT 5" 2>&1)" ""
is "and every function takes it" "$(psql -XAtq 2>&1 <<'SQL'
DO $$
DECLARE
    m record;
BEGIN
    FOR m IN SELECT * FROM mutated LOOP
        BEGIN
            PERFORM ar.to_jsonb(m.behavior), ar.late_share(m.behavior), ar.late_amount_share(m.behavior), ar.mean_days_to_pay(m.behavior);
            PERFORM m.behavior OPERATOR(ar.+) m.behavior, ar.payment_behavior_agg(x) FROM unnest(ARRAY[m.behavior, m.behavior]) AS x;
        EXCEPTION
            WHEN numeric_value_out_of_range THEN NULL; -- twice a very large sum
        END;
    END LOOP;
END;
$$;
SQL
)" ""

done_testing
