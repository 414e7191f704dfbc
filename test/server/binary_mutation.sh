#!/bin/bash
# Binary input that has been tampered with, of each type that has it, is refused
# as such or gives a sound value; the server lives through all of it.
. "$(dirname "$0")/tap.sh"
start_cluster
psql -XAtq -v ON_ERROR_STOP=1 -f test/server/genuine.sql

# mutations TYPE COUNT LONG VALUES: one session reads so many mutations of the genuine
# values, LONG where it may take longer; into a table with the name of the type.
mutations() {
    local type=$1 count=$2 folder=$CLUSTER/$1 n postmaster
    [ -z "${AR_TEST_LONG:-}" ] || count=$3
    is "$type: values of several shapes" "$(sql postgres "SELECT count(*), count(DISTINCT pg_column_size(value)) > 1 FROM genuine.$type")" "$4|t"
    mkdir "$folder"
    psql -XAtq -v ON_ERROR_STOP=1 -c "\\copy genuine.$type TO '$folder/genuine' (FORMAT binary)"
    works "$type: the mutations are made" perl test/server/mutate.pl "$folder/genuine" "$count" 1 "$folder"
    {
        echo "\\set VERBOSITY sqlstate"
        echo "CREATE TABLE $type (file integer DEFAULT 0, value ar.$type); CREATE TABLE again (LIKE $type);"
        echo "SELECT pg_backend_pid() AS backend \\gset"
        echo "\\copy $type (value) FROM '$folder/genuine' (FORMAT binary)"
        echo "UPDATE $type SET file = -1;"
        for n in $(seq "$count"); do
            echo "\\copy $type (value) FROM '$folder/$n' (FORMAT binary)"
            echo "UPDATE $type SET file = $n WHERE file = 0 RETURNING 'taken';"
        done
        echo "SELECT 'same backend ' || (pg_backend_pid() = :backend);"
    } >"$folder/session.sql"

    postmaster=$(cluster_postmaster)
    psql -XAtq -f "$folder/session.sql" 2>&1 | sed 's/^psql:.*ERROR: *//' >"$folder/outcome"
    is "$type: the server and the session lived through it" \
        "$(cluster_postmaster) $(tail -n 1 "$folder/outcome") $(grep -c 'terminated by signal' "$CLUSTER/log")" \
        "$postmaster same backend true 0"
    is "$type: each mutation was refused or taken" "$(grep -c '^[0-9A-Z]\{5\}$\|^taken$' "$folder/outcome")" "$count"
    is "$type: refused as invalid input only" "$(grep -v '^22\|^08P01$\|^taken$\|^same' "$folder/outcome" | sort | uniq -c)" ""
    note "$(grep -v ^same "$folder/outcome" | sort | uniq -c | tr -s ' ' | tr '\n' ',')"
    works "$type: some were refused" grep -q '^22P0' "$folder/outcome"
    works "$type: some were taken" grep -q '^taken$' "$folder/outcome"
    is "$type: the genuine values came back as they were" "$(sql postgres "
        SELECT count(*) FROM (SELECT value::text FROM genuine.$type EXCEPT SELECT value::text FROM $type WHERE file = -1) AS lost")" 0
}

# round_trips TYPE DIFFER: what was taken, through text and through binary; DIFFER is
# what else tells two values a and b apart.
round_trips() {
    local type=$1 differ="a::text <> b::text OR ar.${1}_send(a) <> ar.${1}_send(b)${2:+ OR $2}"
    is "$type: what was taken goes through text and back" "$(sql postgres "
        SELECT file, a FROM (SELECT file, value AS a, value::text::ar.$type AS b FROM $type OFFSET 0) AS t WHERE $differ LIMIT 5" 2>&1)" ""
    sql postgres "\\copy $type TO '$CLUSTER/$type/taken' (FORMAT binary)"
    works "$type: what was taken goes through binary" sql postgres "\\copy again FROM '$CLUSTER/$type/taken' (FORMAT binary)"
    is "$type: and back" "$(sql postgres "
        SELECT file FROM (SELECT file, t.value AS a, g.value AS b FROM $type AS t JOIN again AS g USING (file) WHERE file > 0) AS t
        WHERE $differ LIMIT 5" 2>&1)$(sql postgres "SELECT count(*) FROM again")" "$(sql postgres "SELECT count(*) FROM $type")"
    sql postgres "DROP TABLE again"
}

# functions TYPE LIMIT EXPRESSIONS: every function takes what was taken, as v, but for
# twice of what is at the limit already.
functions() {
    is "$1: and every function takes it" "$(sql postgres "
        DO \$\$
        DECLARE
            v ar.$1;
        BEGIN
            FOR v IN SELECT value FROM $1 LOOP
                BEGIN
                    PERFORM $3;
                    PERFORM ar.$1_agg(x) FROM unnest(ARRAY[v, v]) AS x;
                EXCEPTION
                    WHEN $2 THEN NULL;
                END;
            END LOOP;
        END;
        \$\$" 2>&1)" ""
}

mutations aging 5000 50000 10
round_trips aging 'a OPERATOR(ar.<>) b OR ar.aging_hash(a) <> ar.aging_hash(b)'
functions aging numeric_value_out_of_range \
    'ar.to_jsonb(v), ar.amounts(v), ar.total(v), ar.overdue(v), ar.average_days_past_due(v), ar.aging_hash(v), v OPERATOR(ar.+) v'
is "aging: up to as many bounds as there can be" "$(sql postgres "SELECT max(cardinality(ar.bounds(value))) FROM genuine.aging")" 32

mutations payment_behavior 2000 20000 40
round_trips payment_behavior 'a OPERATOR(ar.<>) b OR ar.payment_behavior_hash(a) <> ar.payment_behavior_hash(b)'
functions payment_behavior numeric_value_out_of_range \
    'ar.to_jsonb(v), ar.late_share(v), ar.late_amount_share(v), ar.mean_days_to_pay(v), v OPERATOR(ar.+) v'

mutations delay_curve 1000 20000 30
round_trips delay_curve
functions delay_curve numeric_value_out_of_range 'ar.survival(v, 10), ar.delay_quantile(v, 0.5)'
is "delay_curve: probabilities are such" "$(sql postgres "
    SELECT file FROM delay_curve AS m CROSS JOIN LATERAL (
        SELECT min(p.survival) AS least, max(p.survival) AS most FROM ar.delay_curve_points(m.value) AS p) AS s
    WHERE NOT (s.least >= 0 AND s.most <= 1) OR ar.payment_probability(m.value, 0, 100, m.value) NOT BETWEEN 0 AND 1
       OR ar.survival(m.value, 2000) <> s.least LIMIT 5" 2>&1)" ""

mutations score_sample 1000 20000 6
round_trips score_sample
functions score_sample program_limit_exceeded 'ar.auc(v), ar.gini(v), ar.ks(v)'

done_testing
