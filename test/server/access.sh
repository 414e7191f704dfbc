#!/bin/bash
# Access of people who log in, with books of an owner who is no superuser: what
# they do is recorded as theirs, and a restored copy gives them no more.
. "$(dirname "$0")/tap.sh"
start_cluster

sql postgres "CREATE ROLE owner LOGIN; CREATE ROLE clerk LOGIN; CREATE ROLE ann LOGIN; CREATE ROLE team; CREATE ROLE deputy LOGIN IN ROLE clerk;
              CREATE ROLE boss LOGIN; CREATE ROLE collector LOGIN"
sql postgres "CREATE DATABASE books OWNER owner"
sql postgres "CREATE DATABASE copy OWNER owner"
as() {
    PGUSER=$1 sql "$2" "$3"
}

as owner books "CREATE EXTENSION ar; SELECT ar.create_ledger(); SELECT ar.create_company('A', 'First', 'EUR'), ar.create_company('B', 'Second', 'EUR');
    INSERT INTO receivables.customer (company_id, customer_id, customer_number, name, salesperson)
    VALUES (1, 11, 'A1', 'A1', 'Ann'), (1, 12, 'A2', 'A2', 'Bob'), (2, 21, 'B1', 'B1', 'Ann')" >/dev/null
works "an owner without privileges grants access" as owner books "
    SELECT ar.grant_access('clerk', 'clerk', 1), ar.grant_access('ann', 'sales', 1, 'Ann'), ar.grant_access('team', 'reader')"

# who did it
works "a clerk posts" as clerk books "SET ar.application_user = 'mary@example';
    SELECT ar.post_invoice(1, 'A1', 'I1', '2026-01-10', '2026-02-10', 100), ar.post_invoice(1, 'A2', 'I2', '2026-01-10', '2026-02-10', 10);
    SELECT ar.post_payment(1, 'A1', 'P1', '2026-01-20', 40, '[{\"invoice_number\": \"I1\", \"amount\": 40}]')"
works "so does a member, in the role" as deputy books "SET ROLE clerk; SELECT ar.post_invoice(1, 'A1', 'I3', '2026-01-10', '2026-02-10', 1)"
is "documents and applications name role and user" "$(as owner books "
    SELECT document_number, recorded_by, application_user FROM receivables.document
    UNION ALL SELECT 'application', recorded_by, application_user FROM receivables.application ORDER BY 1")" \
"I1|clerk|mary@example
I2|clerk|mary@example
I3|deputy|
P1|clerk|mary@example
application|clerk|mary@example"
PGUSER=clerk refused "another author is refused" 23514 books "
    INSERT INTO receivables.document (company_id, customer_id, document_date, kind, document_number, amount, recorded_by)
    VALUES (1, 11, '2026-02-01', 'invoice', 'X', 1, 'ann')"
PGUSER=deputy refused "also the role that was set" 23514 books "SET ROLE clerk;
    INSERT INTO receivables.document (company_id, customer_id, document_date, kind, document_number, amount, recorded_by)
    VALUES (1, 11, '2026-02-01', 'invoice', 'X', 1, 'clerk')"

# what is seen
seen="SELECT string_agg(customer_number || ' ' || balance, ', ' ORDER BY customer_number) FROM receivables.aging_by_customer"
is "a salesperson sees own customers" "$(as ann books "$seen")" "A1 61.00"
is "a clerk all of the company" "$(as clerk books "$seen")" "A1 61.00, A2 10.00"
PGUSER=ann refused "a salesperson cannot become a clerk" 42501 books "SET ROLE clerk"
PGUSER=ann refused "nor grant access" 42501 books "SELECT ar.grant_access('ann', 'reader')"
PGUSER=ann refused "nor pass on what was granted" 42501 books "GRANT SELECT ON receivables.customer TO PUBLIC; SET ROLE deputy"
as postgres books "GRANT team TO ann" >/dev/null
is "who joins a team sees what it sees" "$(as ann books "$seen")" "A1 61.00, A2 10.00"
as postgres books "REVOKE team FROM ann" >/dev/null

# who does the work of a day
as owner books "SELECT ar.grant_access('boss', 'manager', 1), ar.grant_access('collector', 'collector', 1);
    SELECT ar.add_standard_dunning_policy(1); UPDATE receivables.company SET dunning_policy = 'standard' WHERE company_id = 1" >/dev/null
day() {
    as "$1" books "CALL ar.run_daily(1, '$2')" 2>/dev/null
    as owner books "SELECT string_agg(step || ' ' || status || coalesce(' ' || right(error, 7), ''), ', ' ORDER BY daily_run_id) FROM receivables.daily_run WHERE recorded_by = '$1'"
}
is "a manager does all of it" "$(day boss 2026-02-15)" "promises done, dunning done, interest done, snapshot done, alarms done"
is "a clerk what is posted" "$(day clerk 2026-02-16)" "promises done, dunning done, interest done, snapshot failed (42501), alarms failed (42501)"
is "a collector what is followed up" "$(day collector 2026-02-17)" "promises done, dunning done, interest failed (42501), snapshot failed (42501), alarms failed (42501)"
works "a collector enters a contact and what was promised" as collector books "
    SELECT ar.log_contact(1, 'A1', 'phone', 'promised', 'on Friday');
    SELECT ar.promise_to_pay(1, 'A1', '[{\"due_on\": \"2026-02-20\", \"amount\": 10}]', promised_on => '2026-02-17')"
PGUSER=collector refused "but changes no limit" 42501 books "UPDATE receivables.customer SET credit_limit = 0"

# a restored copy
PGUSER=owner pg_dump -d books | PGUSER=owner psql -Xq -v ON_ERROR_STOP=1 -d copy >/dev/null 2>"$CLUSTER/restore.log"
ok $? "the books are dumped and restored by their owner"
is "a salesperson sees own customers of the copy" "$(as ann copy "$seen")" "A1 61.00"
works "a clerk posts to the copy" as clerk copy "SELECT ar.post_invoice(1, 'A1', 'I4', '2026-01-10', '2026-02-10', 1)"
PGUSER=clerk refused "but not to the company of others" 23503 copy "SELECT ar.post_invoice(2, 'B1', 'I4', '2026-01-10', '2026-02-10', 1)"
is "the copy is sound" "$(as owner copy "SELECT * FROM ar.check_ledger()")" ""

# without the code nobody gets in either
as owner copy "DROP EXTENSION ar CASCADE" 2>/dev/null
is "without the extension a salesperson sees no more" "$(as ann copy "SELECT count(*) FROM receivables.customer")" 1
works "the owner puts everything back" as owner copy "CREATE EXTENSION ar; SELECT ar.upgrade_ledger()"
is "for the salesperson too" "$(as ann copy "$seen")" "A1 62.00"

# roles that go, and that get another name
sql postgres "ALTER ROLE ann RENAME TO anna"
is "a role with a new name sees nothing until it is granted anew" "$(as anna books "SELECT count(*) FROM receivables.customer")" 0
works "which is all it takes" as owner books "SELECT ar.revoke_access('ann'), ar.grant_access('anna', 'sales', 1, 'Ann')"
is "to see them again" "$(as anna books "SELECT count(*) FROM receivables.customer")" 1
refused "a role with access cannot be dropped" 2BP01 postgres "DROP ROLE clerk"
works "access is taken back" as owner books "SELECT ar.revoke_access('clerk'), ar.revoke_access('anna'), ar.revoke_access('boss'), ar.revoke_access('collector')"
works "in each database" as owner copy "SELECT ar.revoke_access('clerk')"
PGUSER=clerk refused "then a clerk sees nothing" 42501 books "SELECT * FROM receivables.customer"
works "and can be dropped" sql postgres "DROP ROLE clerk"

done_testing
