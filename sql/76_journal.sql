-- The journal for the general ledger ----------------------------------------------

CREATE FUNCTION ar.charts_of_accounts()
    RETURNS TABLE (chart text, account_role text, account text, name text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    VALUES ('china', 'receivable', '1122', U&'\5E94\6536\8D26\6B3E'),
           ('china', 'customer_deposits', '2203', U&'\9884\6536\8D26\6B3E'),
           ('china', 'revenue', '6001', U&'\4E3B\8425\4E1A\52A1\6536\5165'),
           ('china', 'tax', '22210107', U&'\5E94\4EA4\589E\503C\7A0E\FF08\9500\9879\7A0E\989D\FF09'),
           ('china', 'cash', '1002', U&'\94F6\884C\5B58\6B3E'),
           ('china', 'allowance', '1231', U&'\574F\8D26\51C6\5907'),
           ('china', 'adjustment', '1901', U&'\5F85\5904\7406\8D22\4EA7\635F\6EA2'),
           ('china', 'interest_income', '6603', U&'\8D22\52A1\8D39\7528\FF08\5229\606F\6536\5165\FF09'),
           ('china', 'fee_income', '6301', U&'\8425\4E1A\5916\6536\5165'),
           ('china', 'opening_balance', '4104', U&'\5229\6DA6\5206\914D\FF08\671F\521D\4F59\989D\8FC7\6E21\FF09'),
           ('china', 'transfer_clearing', '1221', U&'\5176\4ED6\5E94\6536\6B3E\FF08\5BA2\6237\95F4\8F6C\8D26\8FC7\6E21\FF09'),
           ('china', 'exchange_gain', '6061', U&'\6C47\5151\635F\76CA'),
           ('china', 'exchange_loss', '6061', U&'\6C47\5151\635F\76CA'),
           ('china', 'receivables_revaluation', '112299', U&'\5E94\6536\8D26\6B3E\FF08\671F\672B\8C03\6C47\FF09'),
           ('china', 'unrealised_exchange_difference', '606102', U&'\6C47\5151\635F\76CA\FF08\672A\5B9E\73B0\FF09'),
           ('international', 'receivable', '1200', 'Accounts receivable'),
           ('international', 'customer_deposits', '2300', 'Customer deposits'),
           ('international', 'revenue', '4000', 'Sales'),
           ('international', 'tax', '2200', 'Output tax'),
           ('international', 'cash', '1000', 'Bank'),
           ('international', 'allowance', '1290', 'Allowance for doubtful accounts'),
           ('international', 'adjustment', '4900', 'Adjustments of receivables'),
           ('international', 'interest_income', '7000', 'Interest income'),
           ('international', 'fee_income', '7100', 'Fee income'),
           ('international', 'opening_balance', '3900', 'Opening balances'),
           ('international', 'transfer_clearing', '1280', 'Transfers between customers'),
           ('international', 'exchange_gain', '7200', 'Exchange gains'),
           ('international', 'exchange_loss', '7210', 'Exchange losses'),
           ('international', 'receivables_revaluation', '1210', 'Revaluation of receivables'),
           ('international', 'unrealised_exchange_difference', '7220', 'Unrealised exchange differences')
$$;
COMMENT ON FUNCTION ar.charts_of_accounts() IS
'The charts of accounts that ar.load_account_map knows: china (accounts of the Chinese accounting standards for enterprises) and international (plain numbers), with the account of each role.';

CREATE FUNCTION ar.load_account_map(company_id bigint, chart text) RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    result integer;
BEGIN
    PERFORM ar.company_minor_units(company_id);
    INSERT INTO receivables.account_map AS m (company_id, account_role, account, name)
    SELECT load_account_map.company_id, c.account_role, c.account, c.name
    FROM ar.charts_of_accounts() AS c
    WHERE c.chart = load_account_map.chart
    ON CONFLICT ON CONSTRAINT account_map_pkey DO UPDATE SET account = EXCLUDED.account, name = EXCLUDED.name;
    GET DIAGNOSTICS result = ROW_COUNT;
    IF result = 0 THEN
        RAISE EXCEPTION 'there is no chart of accounts %', coalesce(chart, 'null')
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = format('Charts: %s.', (SELECT string_agg(DISTINCT c.chart, ', ') FROM ar.charts_of_accounts() AS c));
    END IF;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.load_account_map(bigint, text) IS
'Sets the accounts of a company for all roles to those of a chart, one of ar.charts_of_accounts(); rows of receivables.account_map may be changed afterwards. Returns their number. Errors: 22023 for an unknown chart, 23503 for an unknown company, 55000 without books of the right version.';

CREATE FUNCTION ar.counter_account_role(kind text, is_gain boolean) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN kind IN ('invoice', 'credit_note') THEN 'revenue'
                WHEN kind IN ('payment', 'deposit', 'refund') THEN 'cash'
                WHEN kind = 'write_off' THEN 'allowance'
                WHEN kind = 'interest' THEN 'interest_income'
                WHEN kind = 'fee' THEN 'fee_income'
                WHEN kind IN ('transfer_out', 'transfer_in') THEN 'transfer_clearing'
                WHEN kind = 'exchange_difference' THEN CASE WHEN is_gain THEN 'exchange_gain' ELSE 'exchange_loss' END
                ELSE kind END;
COMMENT ON FUNCTION ar.counter_account_role(text, boolean) IS
'The role of the account that a document of a kind is posted against; is_gain tells which way an exchange difference went.';

CREATE FUNCTION ar.reconcile_journal(company_id bigint, as_of date DEFAULT ar.as_of(), known_at timestamptz DEFAULT ar.known_at())
    RETURNS TABLE (account_role text, journal_balance numeric, item_balance numeric, difference numeric)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO' AS $$
DECLARE
    minor_units integer := ar.company_minor_units(company_id);
    setting     text := current_setting('ar.known_at');
BEGIN
    -- The journal answers for the setting.
    PERFORM set_config('ar.known_at', coalesce(nullif(known_at, 'infinity')::text, ''), true);
    RETURN QUERY
    SELECT r.account_role, round(j.balance, minor_units), round(i.balance, minor_units), round(j.balance - i.balance, minor_units)
    FROM (VALUES ('receivable', false), ('customer_deposits', true)) AS r (account_role, is_deposit)
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(x.debit) , 0) - coalesce(sum(x.credit), 0) AS balance
        FROM receivables.journal_line AS x
        WHERE x.company_id = reconcile_journal.company_id AND x.account_role = r.account_role AND x.posting_date <= as_of) AS j
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(x.open_company_amount), 0) AS balance
        FROM ar.open_items(as_of, known_at) AS x
        WHERE x.company_id = reconcile_journal.company_id AND (x.kind = 'deposit') = r.is_deposit) AS i;
    PERFORM set_config('ar.known_at', setting, true);
END;
$$;
COMMENT ON FUNCTION ar.reconcile_journal(bigint, date, timestamptz) IS
'The balance of the journal at the end of the day as_of, as far as was entered by known_at, beside that of the open items: for role customer_deposits deposits, for role receivable all other items. In the currency of the company, positive for a debit. On sound books difference is 0. Errors: 23503 for an unknown company, 55000 without books of the right version.';
