
    -- Columns that mean the same in every view say so once, here; a view's own
    -- columns have been commented beside it.
    DECLARE
        meaning CONSTANT jsonb := '{
            "company_id": "The company.",
            "company_code": "Short code of the company.",
            "company_name": "Name of the company.",
            "currency": "Currency: in reports by company or customer that of the company, of a document or item its own.",
            "customer_id": "The customer.",
            "customer_number": "Number the source system knows the customer by.",
            "customer_name": "Name of the customer.",
            "grade": "Credit grade, A (best) to D.",
            "salesperson": "Salesperson responsible for the customer at the as-of date; null for none.",
            "department": "Department responsible for the customer at the as-of date; null for none.",
            "region": "Region of the customer at the as-of date; null for none.",
            "customer_count": "Customers with open items.",
            "document_id": "Identifies the document within the company.",
            "item_id": "The item, within the company.",
            "kind": "Kind of document: invoice, credit_note, payment and so on.",
            "instalment": "Number of the instalment, from 1.",
            "exchange_rate": "Units of the currency of the company for one of the currency of the document.",
            "company_amount": "The amount in the currency of the company.",
            "open_company_amount": "What is open of it in the currency of the company, at the rate it was booked at.",
            "tax_amount": "Tax that the amount includes.",
            "payment_term": "Payment term its items are due by.",
            "contract_id": "Contract it was written under.",
            "order_reference": "Order it bills.",
            "source_document_id": "The document it is about.",
            "reason": "Why.",
            "warnings": "What rules of severity warning found when it was entered.",
            "reversed_on": "From when it was undone; null where it stands.",
            "application_user": "User of the application that entered it.",
            "document_number": "Number of the document that posted the item.",
            "due_date": "Date the invoice is due.",
            "effective_on": "Date from which the item counts.",
            "due_on": "Date the item is due.",
            "amount": "Original amount; in items positive for debits, negative for credits.",
            "open_amount": "What is open of it: positive for debits, negative for credits.",
            "reference": "What the other side calls it.",
            "attributes": "Whatever else is known of it.",
            "recorded_at": "When it was entered.",
            "recorded_by": "Who entered it.",
            "item_count": "Open debit items.",
            "not_due": "Open debits that are not due yet or due on the day.",
            "days_1_30": "Open debits 1 to 30 days past due.",
            "days_31_60": "Open debits 31 to 60 days past due.",
            "days_61_90": "Open debits 61 to 90 days past due.",
            "days_over_90": "Open debits more than 90 days past due.",
            "unapplied_amount": "Open credits, negative: payments and credit notes not applied yet.",
            "balance": "What is owed in all: the five buckets plus unapplied_amount.",
            "overdue": "Open debits 1 day past due or more.",
            "overdue_rate": "overdue / open debits, to six decimals; null without open debits.",
            "average_days_past_due": "Days past due of the overdue debits, weighted by amount, to two decimals; null where nothing is overdue.",
            "aging": "The ageing of the open debits as a value, to roll up with ar.aging_agg.",
            "as_of": "The date the line answers for, ar.as_of()."
        }';
        uncommented record;
    BEGIN
        FOR uncommented IN
            SELECT c.relname, a.attname, meaning ->> a.attname AS comment
            FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
            WHERE c.relnamespace = 'receivables'::regnamespace AND c.relkind = 'v' AND a.attnum > 0
              AND meaning ? a.attname AND col_description(c.oid, a.attnum) IS NULL
        LOOP
            EXECUTE format('COMMENT ON COLUMN receivables.%I.%I IS %L',
                           uncommented.relname, uncommented.attname, uncommented.comment);
        END LOOP;
    END;
