#!/bin/bash
# Makes the parts of doc/*.md that stand between markers follow the catalog of
# the installed extension, and the list of contents the headings:
#
#   <!-- generated: NAME -->
#   <!-- end -->
#
#   bash test/reference.sh [FOLDER]   into FOLDER instead of doc, for comparison

set -u
cd "$(dirname "$0")/.." || exit 1
. test/cluster.sh
folder=${1:-doc}

cluster_start && createdb reference || exit 1
psql -Xq -v ON_ERROR_STOP=1 -d reference -c 'CREATE EXTENSION ar' -c 'SELECT ar.create_ledger()' >/dev/null || exit 1
psql -X -d reference -f test/reference.sql >"$CLUSTER/parts" || exit 1

sed -n 's/^<!-- generated: .*/&/p' "$CLUSTER/parts" | while IFS= read -r marker; do
    grep -qxF -- "$marker" doc/*.md || { echo "no place in doc/*.md for $marker" >&2; exit 1; }
done || exit 1

# The first file holds the parts, the others are read twice: for their headings
# and for all else. What has no part, or no end, fails.
for file in doc/*.md; do
    grep -q '^<!-- generated: ' "$file" || continue
    awk '
        function mark() { return /^<!-- generated: .* -->$/ ? substr($0, 17, length($0) - 20) : "" }
        FILENAME == ARGV[1] {
            if (mark() != "") name = mark()
            else if ($0 == "<!-- end -->") name = ""
            else if (name != "") parts[name] = parts[name] $0 "\n"
            next
        }
        FNR == 1 { pass++ }
        pass == 1 {
            if (/^```/) code = !code
            if (/^## / && !code) {
                title = substr($0, 4)
                link = tolower(title)
                gsub(/[^a-z0-9 _-]/, "", link)
                gsub(/ /, "-", link)
                parts["contents"] = parts["contents"] "- [" title "](#" link ")\n"
            }
            next
        }
        mark() != "" && !inside {
            if (!(mark() in parts)) { print FILENAME ": nothing is generated as " mark() > "/dev/stderr"; exit (failed = 1) }
            printf "%s\n%s", $0, parts[mark()]
            inside = 1
            next
        }
        $0 == "<!-- end -->" { inside = 0 }
        !inside
        END {
            if (inside && !failed) { print FILENAME ": a marker without its end" > "/dev/stderr"; failed = 1 }
            exit failed
        }' "$CLUSTER/parts" "$file" "$file" >"$CLUSTER/$(basename "$file")" || exit 1
    cp "$CLUSTER/$(basename "$file")" "$folder/" || exit 1
done
