
    -- what payers name, and who they are
    -- Long texts are no references, and would not fit.
    CREATE INDEX IF NOT EXISTS document_number_key_idx ON receivables.document (company_id, ar.reference_key(document_number))
        WHERE kind <> 'payment' AND length(document_number) <= 100;
    CREATE INDEX IF NOT EXISTS document_order_key_idx ON receivables.document (company_id, ar.reference_key(order_reference))
        WHERE order_reference IS NOT NULL AND kind <> 'payment' AND length(order_reference) <= 100;
    CREATE INDEX IF NOT EXISTS document_reference_key_idx ON receivables.document (company_id, ar.reference_key(reference))
        WHERE reference IS NOT NULL AND kind <> 'payment' AND length(reference) <= 100;
    CREATE INDEX IF NOT EXISTS customer_name_key_idx ON receivables.customer (company_id, ar.name_key(name) COLLATE "C")
        WHERE length(name) <= 200;
    CREATE INDEX IF NOT EXISTS customer_initials_idx ON receivables.customer (company_id, ar.name_initials(name, false) COLLATE "C")
        WHERE length(name) <= 200;
    CREATE INDEX IF NOT EXISTS customer_long_initials_idx ON receivables.customer (company_id, ar.name_initials(name, true) COLLATE "C")
        WHERE length(name) <= 200;
    PERFORM ar.index_similar_names();

    -- One proposal for each receipt, and one of each rank, however many sessions propose.
    CREATE UNIQUE INDEX IF NOT EXISTS match_proposal_open_bank_line_idx ON receivables.match_proposal (company_id, bank_line_id, rank)
        WHERE status = 'open' AND bank_line_id IS NOT NULL;
    CREATE UNIQUE INDEX IF NOT EXISTS match_proposal_open_payment_idx ON receivables.match_proposal (company_id, credit_item_id, rank)
        WHERE status = 'open' AND credit_item_id IS NOT NULL;
    CREATE INDEX IF NOT EXISTS match_proposal_open_customer_idx ON receivables.match_proposal (company_id, customer_id)
        WHERE status = 'open' AND rank = 1;
    CREATE INDEX IF NOT EXISTS match_proposal_rejected_idx ON receivables.match_proposal (company_id, coalesce(bank_line_id, -credit_item_id))
        WHERE status IN ('rejected', 'undone');

    -- cash that somebody left on account: it is used as a credit, and no longer looked at as a payment
    CREATE INDEX IF NOT EXISTS match_proposal_line_on_account_idx ON receivables.match_proposal_line (company_id, match_proposal_id)
        WHERE purpose = 'on_account';
    CREATE OR REPLACE VIEW receivables.payment_on_account WITH (security_invoker = true) AS
    SELECT l.company_id, i.item_id, l.match_proposal_id
    FROM receivables.match_proposal_line AS l
    -- Few, each looked up for itself.
    CROSS JOIN LATERAL (SELECT p.credit_item_id FROM receivables.match_proposal AS p
                        WHERE p.company_id = l.company_id AND p.match_proposal_id = l.match_proposal_id
                          AND p.status IN ('accepted', 'applied_automatically') OFFSET 0) AS p
    CROSS JOIN LATERAL (SELECT p.credit_item_id AS item_id WHERE p.credit_item_id IS NOT NULL
                        UNION ALL
                        SELECT i.item_id
                        FROM receivables.document AS d
                        CROSS JOIN LATERAL (SELECT i.item_id, i.kind FROM receivables.item AS i
                                            WHERE i.company_id = d.company_id AND i.document_id = d.document_id OFFSET 0) AS i
                        WHERE d.company_id = l.company_id AND d.match_proposal_id = l.match_proposal_id
                          AND p.credit_item_id IS NULL AND i.kind IN ('payment', 'deposit')) AS i
    WHERE l.purpose = 'on_account';
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
          CROSS JOIN LATERAL (SELECT p.match_proposal_id, p.customer_id FROM receivables.match_proposal AS p
                              WHERE p.company_id = l.company_id AND p.bank_line_id = l.bank_line_id AND p.customer_id IS NOT NULL
                                AND p.status IN ('accepted', 'applied_automatically') OFFSET 0) AS p
          CROSS JOIN LATERAL (SELECT count(*) AS applied,
                                     count(*) FILTER (WHERE EXISTS (SELECT FROM receivables.application AS r
                                                                    WHERE r.company_id = l.company_id
                                                                      AND r.reverses_application_id = a.application_id OFFSET 0)) AS reversed
                              FROM receivables.application AS a
                              WHERE a.company_id = l.company_id AND a.match_proposal_id = p.match_proposal_id OFFSET 0) AS a
          WHERE l.payer_account IS NOT NULL
            -- Applications or the payment may have been reversed without ar.undo_match.
            AND (a.applied > 0 AND a.reversed = 0
                 OR (a.applied = 0 OR a.reversed < a.applied)
                    AND EXISTS (SELECT FROM receivables.document AS d
                                WHERE d.company_id = l.company_id AND d.match_proposal_id = p.match_proposal_id
                                  AND d.bank_line_id = l.bank_line_id
                                  AND NOT EXISTS (SELECT FROM receivables.document AS v
                                                  WHERE v.company_id = d.company_id AND v.reverses_document_id = d.document_id
                                                  OFFSET 0) OFFSET 0))
          GROUP BY l.company_id, l.payer_account, p.customer_id) AS t;
    COMMENT ON VIEW receivables.payer_account IS 'From which accounts customers have paid, as proposals that were accepted or applied teach; what was undone no longer counts, nor what was reversed: its payment, or all that it applied.';
    COMMENT ON COLUMN receivables.payer_account.company_id IS 'The company.';
    COMMENT ON COLUMN receivables.payer_account.account IS 'Account of the payer.';
    COMMENT ON COLUMN receivables.payer_account.customer_id IS 'The customer.';
    COMMENT ON COLUMN receivables.payer_account.match_count IS 'Bank lines from the account that were matched with the customer.';
    COMMENT ON COLUMN receivables.payer_account.last_received_on IS 'Value date of the last of them.';
    COMMENT ON COLUMN receivables.payer_account.weight IS 'The sum of them, where each counts half as much with every year until ar.as_of().';
    COMMENT ON COLUMN receivables.payer_account.share IS 'Share of the customer in the weight of all that paid from the account.';
