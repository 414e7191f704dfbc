
    -- which accounts of the general ledger receivables are posted to
    CREATE TABLE receivables.account_map (
        company_id    bigint NOT NULL REFERENCES receivables.company,
        account_role  text NOT NULL CHECK (account_role IN (
                          'receivable', 'customer_deposits', 'revenue', 'tax', 'cash', 'allowance', 'adjustment',
                          'interest_income', 'fee_income', 'opening_balance', 'transfer_clearing', 'exchange_gain',
                          'exchange_loss', 'receivables_revaluation', 'unrealised_exchange_difference')),
        account       text NOT NULL CHECK (btrim(account) <> ''),
        name          text NOT NULL CHECK (btrim(name) <> ''),
        PRIMARY KEY (company_id, account_role)
    );
    -- Deposits are few, and asked for apart.
    CREATE INDEX item_deposit_idx ON receivables.item (company_id, item_id) WHERE kind = 'deposit';
    COMMENT ON TABLE receivables.account_map IS 'Accounts of the general ledger that the journal shows for each role; a role without a row shows as itself.';
    COMMENT ON COLUMN receivables.account_map.company_id IS 'The company.';
    COMMENT ON COLUMN receivables.account_map.account_role IS 'What the account is for: receivable, customer_deposits (paid before there is an invoice), revenue (without tax), tax (on sales), cash (paid and paid back), allowance (that write-offs use up), adjustment (the other side of adjustments), interest_income and fee_income (charged to customers), opening_balance (the other side of what was open when the books began), transfer_clearing (between the two halves of a transfer), exchange_gain and exchange_loss (realised), receivables_revaluation (what revaluations add to receivables) and unrealised_exchange_difference (the other side of that).';
    COMMENT ON COLUMN receivables.account_map.account IS 'Number of the account.';
    COMMENT ON COLUMN receivables.account_map.name IS 'Name of the account.';
