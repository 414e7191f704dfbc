
    -- what payers name, and who they are
    CREATE INDEX IF NOT EXISTS document_number_key_idx ON receivables.document (company_id, left(ar.reference_key(document_number), 64))
        WHERE kind <> 'payment';
    CREATE INDEX IF NOT EXISTS document_order_key_idx ON receivables.document (company_id, left(ar.reference_key(order_reference), 64))
        WHERE order_reference IS NOT NULL;
    CREATE INDEX IF NOT EXISTS document_reference_key_idx ON receivables.document (company_id, left(ar.reference_key(reference), 64))
        WHERE reference IS NOT NULL AND kind <> 'payment';
    CREATE INDEX IF NOT EXISTS customer_name_key_idx ON receivables.customer (company_id, left(ar.name_key(name), 64) COLLATE "C");
    CREATE INDEX IF NOT EXISTS customer_initials_idx ON receivables.customer (company_id, ar.name_initials(name, false) COLLATE "C");
    CREATE INDEX IF NOT EXISTS customer_long_initials_idx ON receivables.customer (company_id, ar.name_initials(name, true) COLLATE "C");
    PERFORM ar.index_similar_names();

    -- One proposal for each receipt, and one of each rank, however many sessions propose.
    CREATE UNIQUE INDEX IF NOT EXISTS match_proposal_open_bank_line_idx ON receivables.match_proposal (company_id, bank_line_id, rank)
        WHERE status = 'open' AND bank_line_id IS NOT NULL;
    CREATE UNIQUE INDEX IF NOT EXISTS match_proposal_open_payment_idx ON receivables.match_proposal (company_id, credit_item_id, rank)
        WHERE status = 'open' AND credit_item_id IS NOT NULL;
    CREATE INDEX IF NOT EXISTS match_proposal_open_customer_idx ON receivables.match_proposal (company_id, customer_id)
        WHERE status = 'open' AND rank = 1;
    CREATE INDEX IF NOT EXISTS match_proposal_rejected_idx ON receivables.match_proposal (company_id, coalesce(bank_line_id, -credit_item_id))
        WHERE status = 'rejected';

    -- cash that somebody left on account: it is used as a credit, and no longer looked at as a payment
    CREATE OR REPLACE VIEW receivables.payment_on_account WITH (security_invoker = true) AS
    SELECT p.company_id, p.credit_item_id AS item_id, p.match_proposal_id
    FROM receivables.match_proposal AS p
    WHERE p.credit_item_id IS NOT NULL AND p.status IN ('accepted', 'applied_automatically')
      AND EXISTS (SELECT FROM receivables.match_proposal_line AS l
                  WHERE l.company_id = p.company_id AND l.match_proposal_id = p.match_proposal_id AND l.purpose = 'on_account' OFFSET 0)
    UNION ALL
    SELECT i.company_id, i.item_id, p.match_proposal_id
    FROM receivables.item AS i
    -- Looked up row by row, as it is asked for single items.
    CROSS JOIN LATERAL (SELECT d.match_proposal_id FROM receivables.document AS d
                        WHERE d.company_id = i.company_id AND d.document_id = i.document_id OFFSET 0) AS d
    CROSS JOIN LATERAL (SELECT p.company_id, p.match_proposal_id, p.status FROM receivables.match_proposal AS p
                        WHERE p.company_id = i.company_id AND p.match_proposal_id = d.match_proposal_id OFFSET 0) AS p
    WHERE i.kind IN ('payment', 'deposit')
      AND p.status IN ('accepted', 'applied_automatically')
      AND EXISTS (SELECT FROM receivables.match_proposal_line AS l
                  WHERE l.company_id = p.company_id AND l.match_proposal_id = p.match_proposal_id AND l.purpose = 'on_account' OFFSET 0);
    COMMENT ON VIEW receivables.payment_on_account IS 'Payments that a match left on account: they are used as credits, and not matched again.';
    COMMENT ON COLUMN receivables.payment_on_account.company_id IS 'The company.';
    COMMENT ON COLUMN receivables.payment_on_account.item_id IS 'The item of the payment.';
    COMMENT ON COLUMN receivables.payment_on_account.match_proposal_id IS 'The match.';

    -- what matches teach
    CREATE OR REPLACE VIEW receivables.payer_account WITH (security_invoker = true) AS
    SELECT t.company_id, t.account, t.customer_id, t.match_count, t.last_received_on, t.weight,
           t.weight / sum(t.weight) OVER (PARTITION BY t.company_id, t.account) AS share
    FROM (SELECT l.company_id, l.payer_account AS account, p.customer_id, count(*) AS match_count,
                 max(l.value_on) AS last_received_on,
                 sum(power(0.5::float8, greatest(ar.as_of() - l.value_on, 0) / 365.25::float8)) AS weight
          FROM receivables.bank_line AS l
          CROSS JOIN LATERAL (SELECT p.customer_id FROM receivables.match_proposal AS p
                              WHERE p.company_id = l.company_id AND p.bank_line_id = l.bank_line_id AND p.customer_id IS NOT NULL
                                AND p.status IN ('accepted', 'applied_automatically') OFFSET 0) AS p
          WHERE l.payer_account IS NOT NULL
          GROUP BY l.company_id, l.payer_account, p.customer_id) AS t;
    COMMENT ON VIEW receivables.payer_account IS 'From which accounts customers have paid, as proposals that were accepted or applied teach; what was undone no longer counts.';
    COMMENT ON COLUMN receivables.payer_account.company_id IS 'The company.';
    COMMENT ON COLUMN receivables.payer_account.account IS 'Account of the payer.';
    COMMENT ON COLUMN receivables.payer_account.customer_id IS 'The customer.';
    COMMENT ON COLUMN receivables.payer_account.match_count IS 'Bank lines from the account that were matched with the customer.';
    COMMENT ON COLUMN receivables.payer_account.last_received_on IS 'Value date of the last of them.';
    COMMENT ON COLUMN receivables.payer_account.weight IS 'The sum of them, where each counts half as much with every year until ar.as_of().';
    COMMENT ON COLUMN receivables.payer_account.share IS 'Share of the customer in the weight of all that paid from the account.';
