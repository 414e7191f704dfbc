#!/bin/bash
# Binary input that has been tampered with is refused as such or gives a sound
# value; the server lives through all of it.
. "$(dirname "$0")/tap.sh"
start_cluster

MUTATIONS=5000
[ -z "${AR_TEST_LONG:-}" ] || MUTATIONS=50000
psql -XAtq -v ON_ERROR_STOP=1 -f test/server/genuine.sql
is "values of several shapes" "$(sql postgres "SELECT count(*), max(cardinality(ar.bounds(aging))) FROM genuine")" "10|32"

psql -XAtq -v ON_ERROR_STOP=1 -c "\\copy genuine TO '$CLUSTER/genuine' (FORMAT binary)"
mkdir "$CLUSTER/mutations"
works "the mutations are made" perl test/server/mutate.pl "$CLUSTER/genuine" $MUTATIONS 1 "$CLUSTER/mutations"
{
    echo "\\set VERBOSITY sqlstate"
    echo "CREATE TABLE mutated (file integer, aging ar.aging); ALTER TABLE mutated ALTER file SET DEFAULT 0;"
    echo "CREATE TABLE again (LIKE mutated);"
    echo "SELECT pg_backend_pid() AS backend \\gset"
    echo "\\copy mutated (aging) FROM '$CLUSTER/genuine' (FORMAT binary)"
    echo "UPDATE mutated SET file = -1;"
    for n in $(seq $MUTATIONS); do
        echo "\\copy mutated (aging) FROM '$CLUSTER/mutations/$n' (FORMAT binary)"
        echo "UPDATE mutated SET file = $n WHERE file = 0 RETURNING 'taken';"
    done
    echo "SELECT 'same backend ' || (pg_backend_pid() = :backend);"
} >"$CLUSTER/mutations.sql"

postmaster=$(cluster_postmaster)
psql -XAtq -f "$CLUSTER/mutations.sql" 2>&1 | sed 's/^psql:.*ERROR: *//' >"$CLUSTER/outcome"
is "the server and the session lived through it" \
    "$(cluster_postmaster) $(tail -n 1 "$CLUSTER/outcome") $(grep -c 'terminated by signal' "$CLUSTER/log")" \
    "$postmaster same backend true 0"
is "each mutation was refused or taken" "$(grep -c '^[0-9A-Z]\{5\}$\|^taken$' "$CLUSTER/outcome")" $MUTATIONS
is "refused as invalid input only" "$(grep -v '^22\|^08P01$\|^taken$\|^same' "$CLUSTER/outcome" | sort | uniq -c)" ""
note "$(grep -v ^same "$CLUSTER/outcome" | sort | uniq -c | tr -s ' ' | tr '\n' ',')"
works "some were taken" grep -q '^taken$' "$CLUSTER/outcome"

is "the genuine values came back as they were" "$(sql postgres "
    SELECT count(*) FROM (SELECT aging::text FROM genuine EXCEPT SELECT aging::text FROM mutated WHERE file = -1) AS lost")" 0
is "what was taken goes through text and back" "$(sql postgres "
    SELECT file, aging FROM mutated
    WHERE aging::text::ar.aging OPERATOR(ar.<>) aging OR aging::text::ar.aging::text <> aging::text
       OR ar.aging_send(aging::text::ar.aging) <> ar.aging_send(aging)
       OR ar.aging_hash(aging::text::ar.aging) <> ar.aging_hash(aging) LIMIT 5" 2>&1)" ""
sql postgres "\\copy mutated TO '$CLUSTER/taken' (FORMAT binary)"
works "what was taken goes through binary" sql postgres "\\copy again FROM '$CLUSTER/taken' (FORMAT binary)"
is "and back" "$(sql postgres "
    SELECT m.file FROM mutated AS m JOIN again AS a USING (file)
    WHERE file > 0 AND (a.aging OPERATOR(ar.<>) m.aging OR ar.aging_send(a.aging) <> ar.aging_send(m.aging)) LIMIT 5" 2>&1)" ""
is "and every function takes it" "$(psql -XAtq 2>&1 <<'SQL'
DO $$
DECLARE
    m record;
BEGIN
    FOR m IN SELECT * FROM mutated LOOP
        BEGIN
            PERFORM ar.to_jsonb(m.aging), ar.amounts(m.aging), ar.total(m.aging), ar.overdue(m.aging),
                    ar.average_days_past_due(m.aging), ar.aging_hash(m.aging);
            PERFORM m.aging OPERATOR(ar.+) m.aging, ar.aging_agg(x) FROM unnest(ARRAY[m.aging, m.aging]) AS x;
        EXCEPTION
            WHEN numeric_value_out_of_range THEN NULL; -- twice a very large sum
        END;
    END LOOP;
END;
$$;
SQL
)" ""

done_testing
