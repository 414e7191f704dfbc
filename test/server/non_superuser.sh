#!/bin/bash
# The owner of a database needs no superuser, others get in only where they are
# let, and nothing that others planted runs.
. "$(dirname "$0")/tap.sh"
start_cluster

run_file() {
    psql -XAtq -v ON_ERROR_STOP=1 -d "$1" -f "$2"
}

sql postgres "CREATE ROLE owner LOGIN; CREATE ROLE plain LOGIN; CREATE ROLE attacker LOGIN"
for db in books pathless squatted planted; do
    sql postgres "CREATE DATABASE $db OWNER owner"
done

# an owner without privileges
export PGUSER=owner
is "the owner is no superuser" "$(sql books "SELECT rolsuper FROM pg_roles WHERE rolname = current_user")" f
works "the owner installs the extension" sql books "CREATE EXTENSION ar"
works "and creates the books" sql books "SELECT ar.create_ledger()"
is "which belong to the owner" "$(sql books "
    SELECT count(*) FROM pg_class
    WHERE relnamespace = 'receivables'::regnamespace AND relowner <> 'owner'::regrole")" 0
works "posts, reads every view and checks" run_file books test/server/small_book.sql
is "the books are sound" "$(sql books "SELECT * FROM ar.check_ledger()")" ""
is "the balance is right" "$(PGOPTIONS='-c ar.as_of=2026-05-15' sql books "
    SELECT balance, unapplied_amount FROM receivables.aging_summary")" "105.00|-110.00"

# a role without rights on the books
relations=$(sql books "SELECT oid::regclass FROM pg_class
                       WHERE relnamespace = 'receivables'::regnamespace AND relkind IN ('r', 'v', 'S') ORDER BY 1")
export PGUSER=plain
for relation in $relations; do
    refused "a plain role cannot read $relation" 42501 books "SELECT * FROM $relation"
done
refused "nor post" 42501 books "SELECT ar.post_invoice(1, 'K1', 'X', '2026-01-01', '2026-01-01', 1)"
refused "nor import" 42501 books "SELECT ar.import_rows(1, 'customer', '[]')"
refused "nor check the books" 42501 books "SELECT ar.check_ledger()"
refused "nor read open items" 42501 books "SELECT * FROM ar.open_items()"
refused "nor drop the extension" 42501 books "DROP EXTENSION ar CASCADE"
refused "nor replace a function" 42501 books "CREATE OR REPLACE FUNCTION ar.version() RETURNS text RETURN 'mine'"
refused "nor add one" 42501 books "CREATE FUNCTION ar.mine() RETURNS int RETURN 1"
is "but it ages its own table" "$(sql books "
    CREATE TEMP TABLE mine AS VALUES (10.00, date '2026-01-01'), (5.5, '2026-03-01');
    SELECT ar.aging_agg(column1, column2, '2026-03-31') FROM mine")" \
    "{0,30,60,90}{0,5.5,0,10.00,0}{0,1,0,1,0}{15.50,1055.00}"
refused "a plain role cannot install the extension" 42501 postgres "CREATE EXTENSION ar"

# rights granted by hand show nothing, a preset suffices, and only for what it says
PGUSER=owner sql books "GRANT USAGE ON SCHEMA receivables TO plain;
                        GRANT SELECT ON ALL TABLES IN SCHEMA receivables TO plain"
is "rights granted by hand show nothing" "$(sql books "SELECT count(*) FROM receivables.aging_summary")" 0
works "the owner grants access" env PGUSER=owner psql -XAtq -v ON_ERROR_STOP=1 -d books -c "SELECT ar.grant_access('plain', 'reader')"
is "a reader reads the views" "$(PGOPTIONS='-c ar.as_of=2026-05-15' sql books "
    SELECT balance FROM receivables.aging_summary")" 105.00
works "and checks the books" sql books "SELECT * FROM ar.check_ledger()"
refused "but cannot post" 42501 books "SELECT ar.post_invoice(1, 'K1', 'X', '2026-01-01', '2026-01-01', 1)"

# without a search_path
export PGUSER=owner
PGOPTIONS='-c search_path=' works "installs with an empty search_path" \
    sql pathless "CREATE EXTENSION ar; SELECT ar.create_ledger()"
PGOPTIONS='-c search_path=' works "posts, reads and checks with an empty search_path" \
    run_file pathless test/server/small_book.sql
is "to the same result" "$(PGOPTIONS='-c ar.as_of=2026-05-15 -c search_path=' sql pathless "
    SELECT balance, unapplied_amount FROM receivables.aging_summary")" "105.00|-110.00"

# a schema "ar" that was there before
PGUSER=postgres sql squatted "
    GRANT CREATE ON DATABASE squatted TO attacker; GRANT CREATE ON SCHEMA public TO attacker"
PGUSER=attacker run_file squatted test/server/planted.sql >/dev/null 2>&1
PGUSER=attacker sql squatted "
    CREATE SCHEMA ar; GRANT ALL ON SCHEMA ar TO PUBLIC;
    CREATE FUNCTION ar.version() RETURNS text LANGUAGE sql AS 'SELECT trap.spring()::text';
    CREATE FUNCTION ar.upper(int) RETURNS int LANGUAGE sql AS 'SELECT trap.spring()::int'"
refused "a planted schema ar stops the installation" 42P06 squatted "CREATE EXTENSION ar"
is "and ran nothing" "$(sql squatted "SELECT is_called FROM trap.sprung")" f

# a public schema full of doubles, before pg_catalog in the search_path
PGUSER=postgres sql planted "
    GRANT CREATE ON DATABASE planted TO attacker; GRANT CREATE ON SCHEMA public TO attacker"
PGUSER=attacker run_file planted test/server/planted.sql >/dev/null 2>&1
export PGOPTIONS='-c search_path=public,pg_catalog'
is "the plants are many" "$(sql planted "
    SELECT pg_catalog.count(*) OPERATOR(pg_catalog.>) 3000
    FROM (SELECT pronamespace AS n FROM pg_catalog.pg_proc UNION ALL
          SELECT oprnamespace FROM pg_catalog.pg_operator) AS x
    WHERE n OPERATOR(pg_catalog.=) 'public'::pg_catalog.regnamespace::pg_catalog.oid")" t
works "installs beside planted code" sql planted "CREATE EXTENSION ar"
works "creates books beside planted code" sql planted "SELECT ar.create_ledger()"
# As a caller's own statements are bound to his search_path, those here use nothing of pg_catalog's unqualified.
sed 's/ numeric, / pg_catalog.numeric, /; s/ text,/ pg_catalog.text,/g; s/ date,/ pg_catalog.date,/g; s/ text)/ pg_catalog.text)/' \
    test/server/small_book.sql >"$CLUSTER/book.sql"
works "posts, reads and checks beside planted code" run_file planted "$CLUSTER/book.sql"
is "none of it ran" "$(sql planted "SELECT is_called FROM trap.sprung")" f
sql planted "SELECT 1 + 1" >/dev/null 2>&1
is "though it would have left its mark" "$(sql planted "SELECT is_called FROM trap.sprung")" t
unset PGOPTIONS
is "and the result is right" "$(PGOPTIONS='-c ar.as_of=2026-05-15' sql planted "
    SELECT balance, unapplied_amount FROM receivables.aging_summary")" "105.00|-110.00"

done_testing
