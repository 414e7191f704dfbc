#!/bin/bash
# The reference and the guides say what the comments in the database say.
. "$(dirname "$0")/tap.sh"
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT

works "the reference can be made" bash test/reference.sh "$folder"
for file in doc/*.md; do
    grep -q '^<!-- generated: ' "$file" || continue
    same "$file follows the catalog (else: bash test/reference.sh)" "$file" "$folder/$(basename "$file")"
done
done_testing
