# Which payment settles which invoice, against the true answer: the problems
# in MATCHING_DATA (default ../shared/data/matching; files *.json) and those of
# test/bench/matching_problem.sql. VERBOSE=1 lists what is wrong or missing;
# MATCHING_SEEDS (1 2 3) and MATCHING_SIZE (1000) say which of the latter,
# MATCHING_RUNS (at once,day by day) how they are solved. Sourced by bench.sh.

matching() {
    local data=${MATCHING_DATA:-../shared/data/matching} file problem seed how runs
    IFS=, read -ra runs <<<"${MATCHING_RUNS:-at once,day by day}"
    echo "Matching, by (payment, invoice) pairs and by amounts: what is right is a pair that is true, or of its true amount what"
    echo "was found; precision = right / found, recall = right / true, f1 = 2 right / (found + true). Per kind of case."
    run -f test/bench/matching_problem.sql -f test/bench/matching_setup.sql
    for file in "$data"/*.json; do
        [ -r "$file" ] || { echo "no problems in $data: left out"; continue; }
        run -v problem="$(basename "$file" .json)" -v file="$file" <<'SQL'
\set content `cat :'file'`
INSERT INTO bench.problem VALUES (:'problem', :'content');
SQL
    done
    for seed in ${MATCHING_SEEDS:-1 2 3}; do
        run -v seed="$seed" -v size="${MATCHING_SIZE:-1000}" <<'SQL'
INSERT INTO bench.problem SELECT format('generated %s of %s', :seed, :size), bench.matching_problem(:size, :seed);
SQL
    done
    while IFS= read -r problem; do
        for how in "${runs[@]}"; do
            run -v problem="$problem" -v run="$how" -v verbose="${VERBOSE:-0}" -f test/bench/matching.sql </dev/null
        done
    done < <(run -At -c 'SELECT problem FROM bench.problem ORDER BY problem')
    run <<'SQL'
\pset title 'Matching: all kinds together'
SELECT problem, run, counted, true_pairs AS pairs, found, found - right_ AS wrong, bench.rate(found - right_, found) AS wrong_rate,
       bench.rate(right_, found) AS precision, bench.rate(right_, true_pairs) AS recall,
       bench.rate(2 * right_, found + true_pairs) AS f1, bench.rate(right_amount, found_amount) AS amount_precision,
       bench.rate(right_amount, true_amount) AS amount_recall, bench.rate(2 * right_amount, found_amount + true_amount) AS amount_f1
FROM bench.matching_result WHERE kind = 'all' ORDER BY problem, run, counted;
SQL
}
