#!/bin/bash
# The demo's books: the made-up one is sound and the same each time, and the
# IBM file's facts, counted from the file itself by others, come out of it.
. "$(dirname "$0")/tap.sh"
DATA=${DATA:-../shared/data/ibm_receivables.csv}

start_cluster

for database in made_up again; do
    createdb "$database"
    works "the made-up book loads ($database)" psql -XAtq -d "$database" -f test/demo/book.sql
done
book="SELECT count(*), sum(amount), sum(open_amount), min(effective_on), max(effective_on),
             md5(string_agg(format('%s %s %s', kind, amount, open_amount), ',' ORDER BY kind, amount, open_amount))
      FROM receivables.item"
is "it is the same each time" "$(sql again "$book")" "$(sql made_up "$book")"
is "it is sound" "$(sql made_up 'SELECT count(*) FROM ar.check_ledger()')" 0
is "its columns add up" "$(sql made_up "SET ar.as_of = '2026-06-30';
    SELECT count(*) FROM receivables.aging_by_customer
    WHERE not_due + days_1_30 + days_31_60 + days_61_90 + days_over_90 + unapplied_amount <> balance")" 0
is "customers add up to the company" "$(sql made_up "SET ar.as_of = '2026-06-30';
    SELECT (SELECT sum(balance) FROM receivables.aging_by_customer) = balance FROM receivables.aging_summary")" t
is "there is something to see in every bucket" "$(sql made_up "SET ar.as_of = '2026-06-30';
    SELECT least(not_due, days_1_30, days_31_60, days_61_90, days_over_90, -unapplied_amount) > 0
    FROM receivables.aging_summary")" t
works "the report prints" psql -Xq -v ON_ERROR_STOP=1 -d made_up -v as_of=2026-06-30 -v past=2025-12-31 -f test/demo/report.sql
works "the credit report prints" psql -Xq -v ON_ERROR_STOP=1 -d made_up -v as_of=2026-06-30 -f test/demo/credit.sql
psql -Xq -v ON_ERROR_STOP=1 -d made_up -f test/demo/dunning.sql >"$CLUSTER/story" 2>&1
ok $? "the story of a bad payer is told"
is "from the first reminder to the legal proposal" "$(sed -n 's/^\(....-..-..\) level \([0-9]\).*8,000.00 asked.*/\2/p; s/^\(....-..-..\) level \(7\).*/\2/p' "$CLUSTER/story" | tr -d '\n')" 12457
# What the story says, blanks at the end of lines apart.
told() {
    sed 's/ *$//' "$CLUSTER/story" | grep -c -x -e "$1"
}
is "with a call to make" "$(told '2026-04-02   task for ann: call')" 1
is "with a promise, and what became of it" "$(told '2026-04-03 promise of 8,000.00  *dunning of it pauses') $(told '2026-04-14 promise broken  *0.00 paid; B-100 rises from level 4 to 5')" "1 1"
is "to the sales manager with what was said until then" "$(told '2026-04-14   task for bob: escalation  *contacts so far: 1')" 1
is "to the CFO as well" "$(told '2026-05-01   task for cho: escalation  *contacts so far: 2')" 1
is "to legal with the dossier" "$(told '2026-06-30   task for dee: legal proposal  *contacts so far: 2, with the dossier')" 1
is "and mails to each of them" "$(grep -o -E 'email to (bob|cho|dee)@' "$CLUSTER/story" | sort -u | wc -l)" 3
sed -n '/^19\. /,$p' "$CLUSTER/story" >"$CLUSTER/dossier"
is "the dossier has it all" "$(grep -x -E 'Open items|Invoices paid .*|Notices|Contacts|Promises|Disputes|Tasks' "$CLUSTER/dossier" | cut -d' ' -f1 | tr '\n' ' ')" \
    "Open Invoices Notices Contacts Promises Disputes Tasks "
is "the contact, the promise and the dispute of the story" "$(grep -c -E '^  2026-04-03 phone by Ann Lee, promised: pays in two parts$|^  2026-04-03: 8000.00 by 2026-04-10, 2026-04-20, broken, paid 0|^  2026-04-28 quality: 500.00, with ann until 2026-05-12, credited [(]agreed[)], cause: packaging$' "$CLUSTER/dossier")" 3
is "the letters as they went out, with statement and interest" "$(grep -c -E '^    email to accounts@late.example: Second reminder: EUR 8,000.00, up to 13 days overdue \(sent\)$|^      Statement of your account on 2026-04-14:$|^      In addition, late interest up to 2026-04-14: EUR 52.00.$' "$CLUSTER/dossier")" 3
is "its items come to the balance" "$(sed -n '/^Open items/,/^$/s/.*: \([0-9.-]*\) of EUR .* open.*/\1/p' "$CLUSTER/dossier" | awk '{ sum += $1 } END { printf "%.2f", sum }')" \
    "$(sed -n 's/^Balance EUR \([0-9.]*\),.*/\1/p' "$CLUSTER/dossier")"
# The README tells ten lines of it.
awk '/^## / { here = ($0 == "## Whom to chase") } /^```/ { inside = !inside; next }
     here && inside && /^2026-/ { sub(/ *$/, ""); print }' README.md >"$CLUSTER/readme"
is "ten lines of it are in the README" "$(wc -l <"$CLUSTER/readme")" 10
is "as the demo prints them" "$(sed 's/ *$//' "$CLUSTER/story" | grep -v -e '^ *$' | grep -c -x -F -f "$CLUSTER/readme")" 10
is "with a broken promise, a dispute and interest" "$(grep -c -E '^2026-..-.. (promise broken|dispute credited|interest INT-)' "$CLUSTER/story")" 7
is "and sound books" "$(sql made_up 'SELECT count(*) FROM ar.check_ledger()')" 0

if [ ! -r "$DATA" ]; then
    skip "the IBM file is not here: $DATA"
    done_testing
fi

createdb ibm
works "the IBM file loads" sh -c 'psql -XAtq -d ibm -f test/demo/ibm.sql <"$0"' "$DATA"
is "it is sound" "$(sql ibm 'SELECT count(*) FROM ar.check_ledger()')" 0
is "invoices, customers and their total" "$(sql ibm "
    SELECT count(*), count(DISTINCT customer_id), sum(amount) FROM receivables.invoice")" "2466|100|147703.18"
is "invoice numbers keep their zeros" "$(sql ibm "
    SELECT count(*) FROM receivables.invoice WHERE invoice_number LIKE '0%'")" 266
is "late invoices and mean days late, signed and floored" "$(sql ibm "
    SELECT count(*) FILTER (WHERE late > 0), round(100.0 * count(*) FILTER (WHERE late > 0) / count(*), 2),
           round(avg(late), 6), round(avg(greatest(late, 0)), 6)
    FROM (SELECT last_applied_on - due_on AS late FROM receivables.item WHERE is_debit AND open_amount = 0) AS i")" \
    "877|35.56|-3.555150|3.442417"
is "ageing as of 2012-12-31" "$(sql ibm "SET ar.as_of = '2012-12-31';
    SELECT ar.counts(aging), ar.amounts(aging), balance FROM receivables.aging_summary")" \
    "{86,13,0,0,0}|{4936.32,788.74,0,0,0}|5725.06"
is "days sales outstanding as of 2012-12-31" "$(sql ibm "SET ar.as_of = '2012-12-31';
    SELECT credit_sales, round(ar.dso(receivables, credit_sales, 90), 4),
           round(ar.best_possible_dso(receivables - overdue, credit_sales, 90), 4),
           round(ar.average_days_delinquent(overdue, credit_sales, 90), 4)
    FROM receivables.dso")" "19196.81|26.8407|23.1428|3.6978"
is "the file again changes nothing" "$(sql ibm "
    SELECT imported, unchanged FROM ar.import_table(1, 'invoice', 'staging.invoice')")" "0|2466"
done_testing
