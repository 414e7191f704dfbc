#!/bin/bash
# Every SQL example of the README and the guides runs, in the order it stands
# there, and prints what stands behind it.
. "$(dirname "$0")/tap.sh"
start_cluster

for guide in README.md doc/*.md; do
    [ "$guide" != doc/reference.md ] || continue
    folder=$CLUSTER/$(basename "$guide" .md)
    mkdir "$folder"
    # Each example as N.sql and, where a block without a language follows, N.out.
    awk -v folder="$folder" '
        /^```/ && inside == "" {
            if ($0 == "```sql") { n++; inside = folder "/" sprintf("%03d", n) ".sql" }
            else if ($0 == "```" && last == n && behind) inside = folder "/" sprintf("%03d", n) ".out"
            else inside = "-"
            next
        }
        /^```$/ { behind = inside ~ /sql$/; last = n; if (inside ~ /out$/) behind = 0; inside = ""; next }
        inside == "" { if ($0 != "") behind = 0; next }
        inside != "-" { print > inside }' "$guide"
    ls "$folder"/*.sql >/dev/null 2>&1 || continue
    # One session for all: settings and variables go on.
    for example in "$folder"/*.sql; do
        printf '\\o %s\n' "${example%.sql}.got"
        cat "$example"
        printf '\n\\o\n'
    done >"$folder.session"
    createdb "guide_$(basename "$guide" .md)"
    grep -q 'CREATE EXTENSION ar' "$folder.session" ||
        sql "guide_$(basename "$guide" .md)" "CREATE EXTENSION ar; SELECT ar.create_ledger(); SELECT ar.create_company('ACME', 'Acme Ltd', 'EUR')" >/dev/null
    works "$guide: every example runs" psql -Xq -v ON_ERROR_STOP=1 -P footer=on -d "guide_$(basename "$guide" .md)" -f "$folder.session"
    for expected in "$folder"/*.out; do
        [ -f "$expected" ] || continue
        got=${expected%.out}.got
        # Blank lines and blanks at the end of a line do not count.
        for file in "$expected" "$got"; do sed -i 's/ *$//; /^$/d' "$file"; done
        same "$guide: example $(basename "$expected" .out)" "$expected" "$got"
    done
done
done_testing
