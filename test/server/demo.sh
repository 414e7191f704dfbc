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
