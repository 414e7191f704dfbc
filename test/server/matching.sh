#!/bin/bash
# How well payments are matched, against the true answer: on a problem that is
# made up here, and on the one of MATCHING_DATA where that is there. Then that
# running again changes nothing, and that all that was settled can be undone.
. "$(dirname "$0")/tap.sh"
DATA=${MATCHING_DATA:-../shared/data/matching}

start_cluster
createdb matching
load() { psql -Xq -v ON_ERROR_STOP=1 -d matching "$@"; }
works "what makes and loads problems is there" load -c 'CREATE SCHEMA bench' -c 'CREATE EXTENSION ar' \
    -f test/bench/matching_problem.sql -f test/bench/matching_setup.sql
load -c "INSERT INTO bench.problem SELECT 'made up', bench.matching_problem(200, 7)"
problems=("made up")
if [ -r "$DATA/n100.json" ]; then
    load -v file="$DATA/n100.json" <<'SQL'
\set content `cat :'file'`
INSERT INTO bench.problem VALUES ('n100', :'content');
SQL
    problems+=(n100)
fi

# What is kept of a match, and of what it settled.
state="SELECT md5(string_agg(concat_ws('|', p.match_proposal_id, p.status, p.rank, p.score, p.content_hash), ',' ORDER BY p.match_proposal_id)),
              (SELECT md5(string_agg(concat_ws('|', i.item_id, i.open_amount), ',' ORDER BY i.item_id)) FROM receivables.item AS i)
       FROM receivables.match_proposal AS p"
invoices="SELECT md5(string_agg(concat_ws('|', d.document_number, i.open_amount), ',' ORDER BY d.document_number))
          FROM receivables.item AS i JOIN receivables.document AS d USING (company_id, document_id) WHERE d.kind IN ('invoice', 'credit_note')"
for problem in "${problems[@]}"; do
    load -c 'SET client_min_messages = warning' -c 'DROP SCHEMA IF EXISTS receivables CASCADE' -c "SELECT bench.load_books('$problem')" >/dev/null
    before=$(sql matching "$invoices")
    load -c "SELECT bench.load_payments('$problem', 1)" -c 'SELECT ar.propose(1)' -c 'SELECT ar.auto_apply(1)' >/dev/null
    load -c "SELECT bench.compare('$problem', 'at once', 'auto', false), bench.compare('$problem', 'at once', 'all', true)" >/dev/null
    is "$problem: of pairs settled automatically 99.5 % are right" \
        "$(sql matching "SELECT right_ >= 0.995 * found AND found > true_pairs / 2 FROM bench.matching_result
                         WHERE problem = '$problem' AND counted = 'auto' AND kind = 'all'")" t
    is "$problem: with first proposals F1 is 0.97 or more" \
        "$(sql matching "SELECT 2.0 * right_ / (found + true_pairs) >= 0.97 FROM bench.matching_result
                         WHERE problem = '$problem' AND counted = 'all' AND kind = 'all'")" t
    note "$(sql matching "SELECT string_agg(format('%s: %s of %s pairs right, of %s true', counted, right_, found, true_pairs), '; ' ORDER BY counted DESC)
                          FROM bench.matching_result WHERE problem = '$problem' AND kind = 'all'")"
    is "$problem: the books are sound" "$(sql matching 'SELECT count(*) FROM ar.check_ledger()')" 0
    # What was settled may make certain what was not: once more, then nothing is left to do.
    load -c 'SELECT ar.propose(1)' -c 'SELECT ar.auto_apply(1)' >/dev/null
    settled=$(sql matching "$state")
    load -c 'SELECT ar.propose(1)' -c 'SELECT ar.auto_apply(1)' >/dev/null
    is "$problem: running again changes nothing" "$(sql matching "$state")" "$settled"
    load -c "SELECT ar.undo_match(1, p.match_proposal_id, (SELECT max(a.effective_on) FROM receivables.application AS a), 'test')
             FROM receivables.match_proposal AS p WHERE p.status = 'applied_automatically' ORDER BY p.match_proposal_id DESC" >/dev/null
    is "$problem: all undone, invoices are as open as they were" "$(sql matching "$invoices")" "$before"
    is "$problem: and the books are sound" "$(sql matching 'SELECT count(*) FROM ar.check_ledger()')" 0
done
[ "${#problems[@]}" = 2 ] || skip "the problem n100 is not in $DATA"
done_testing
