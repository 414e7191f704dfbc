# For the tests that compare books: state DATABASE prints all that they are,
# facts DATABASE only the rows of the tables.

DATES='2025-03-15 2025-06-30 2025-12-31 2026-02-15'

state_at() {
    PGOPTIONS="-c ar.as_of=$2" psql -XAtq -v ON_ERROR_STOP=1 -v kinds="$3" -v definitions="$4" -d "$1" \
        -f test/server/state.sql 2>&1
}

facts() {
    state_at "$1" 2025-06-30 '{r}' off
}

state() {
    local date
    sql "$1" ANALYZE 2>/dev/null
    state_at "$1" 2025-06-30 '{r}' on
    for date in $DATES; do
        echo "as of $date"
        state_at "$1" "$date" '{v}' off
    done
}
