-- Trigger functions that guard what banks sent ---------------------------------

CREATE FUNCTION ar.check_bank_line() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    account_currency text;
    minor_units      integer;
BEGIN
    NEW.open_amount := coalesce(NEW.open_amount, NEW.amount);
    IF NEW.open_amount <> NEW.amount OR NEW.duplicate_of_bank_line_id IS NOT NULL OR NEW.ignored_reason IS NOT NULL THEN
        RAISE EXCEPTION 'a bank line is loaded with its whole amount open'
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = 'open_amount',
                  HINT = 'Leave open_amount out.';
    END IF;
    SELECT s.currency, u.minor_units INTO account_currency, minor_units
    FROM receivables.bank_statement AS s
    JOIN receivables.currency AS u ON u.currency = s.currency
    WHERE s.company_id = NEW.company_id AND s.bank_statement_id = NEW.bank_statement_id;
    IF NEW.currency <> account_currency THEN
        RAISE EXCEPTION 'a bank line in % on a statement in %', NEW.currency, account_currency
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = 'currency';
    ELSIF NEW.amount <> round(NEW.amount, minor_units) THEN
        RAISE EXCEPTION 'amount % has more than % decimals', NEW.amount, minor_units
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = 'amount';
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION ar.check_bank_line() IS
'Trigger function before insert of a bank line: all of it is open; error 23514 where it claims otherwise, is in another currency than its statement, or has more decimals than that has.';

CREATE FUNCTION ar.check_duplicate_line() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.duplicate_of_bank_line_id IS NOT DISTINCT FROM OLD.duplicate_of_bank_line_id THEN
        RETURN NEW;
    END IF;
    IF OLD.duplicate_of_bank_line_id IS NOT NULL OR OLD.open_amount <> OLD.amount
        OR NOT EXISTS (
            SELECT FROM receivables.bank_line AS o
            JOIN receivables.bank_statement AS os ON os.company_id = o.company_id AND os.bank_statement_id = o.bank_statement_id
            JOIN receivables.bank_statement AS s ON s.company_id = o.company_id AND s.bank_statement_id = OLD.bank_statement_id
            WHERE o.company_id = OLD.company_id AND o.bank_line_id = NEW.duplicate_of_bank_line_id
              AND os.account = s.account AND os.bank_statement_id <> s.bank_statement_id
              AND o.entry_reference = OLD.entry_reference AND o.booked_on = OLD.booked_on AND o.entry_amount = OLD.entry_amount)
    THEN
        RAISE EXCEPTION 'bank line % cannot be a duplicate of %', OLD.bank_line_id, coalesce(NEW.duplicate_of_bank_line_id::text, 'none')
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                  DETAIL = 'Only an entry of another statement of the account, with the same reference, date and amount, tells of the same money; what is posted from stays.',
                  HINT = 'ar.ignore_bank_line puts a line aside.';
    END IF;
    NEW.open_amount := 0;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION ar.check_duplicate_line() IS
'Trigger function before a bank line is marked as duplicate: nothing of it is open then; error 23514 unless the other is of the same entry in another statement, and nothing was posted from it.';

CREATE FUNCTION ar.settle_bank_line() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
DECLARE
    refused record;
BEGIN
    IF NOT EXISTS (SELECT FROM documents AS d WHERE d.bank_line_id IS NOT NULL AND d.kind IN ('payment', 'deposit', 'refund')) THEN
        RETURN NULL;
    END IF;
    PERFORM FROM receivables.bank_line AS l
    WHERE (l.company_id, l.bank_line_id) IN (SELECT d.company_id, d.bank_line_id FROM documents AS d)
    ORDER BY l.company_id, l.bank_line_id FOR NO KEY UPDATE;
    -- Where there is no such line, its foreign key says so.
    SELECT d.kind, d.document_number, d.amount, d.bank_line_id, f.fault INTO refused
    FROM (SELECT x.*, t.taken, sum(t.taken) OVER (PARTITION BY x.company_id, x.bank_line_id ORDER BY x.document_id) AS upto
          FROM documents AS x
          CROSS JOIN LATERAL (SELECT CASE x.kind WHEN 'refund' THEN -x.amount ELSE x.amount END AS taken) AS t
          WHERE x.bank_line_id IS NOT NULL AND x.kind IN ('payment', 'deposit', 'refund')) AS d
    JOIN receivables.bank_line AS l ON l.company_id = d.company_id AND l.bank_line_id = d.bank_line_id
    CROSS JOIN LATERAL (SELECT CASE
        WHEN l.currency <> d.currency THEN format('it is in %s, the document in %s', l.currency, d.currency)
        WHEN l.duplicate_of_bank_line_id IS NOT NULL THEN format('it tells of the same money as bank line %s', l.duplicate_of_bank_line_id)
        WHEN l.ignored_reason IS NOT NULL AND d.reverses_document_id IS NULL THEN format('it is ignored: %s', l.ignored_reason)
        WHEN d.reverses_document_id IS NULL AND sign(d.taken) <> sign(l.amount)
        THEN CASE WHEN l.amount > 0 THEN 'it is money received' ELSE 'it is money paid' END
        WHEN l.open_amount - d.upto NOT BETWEEN least(l.amount, 0) AND greatest(l.amount, 0)
        THEN format('%s of %s is open', l.open_amount - d.upto + d.taken, l.amount) END AS fault) AS f
    WHERE f.fault IS NOT NULL
    ORDER BY d.document_id LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '% % of % cannot be posted from bank line %: %', refused.kind, refused.document_number, refused.amount,
                        refused.bank_line_id, refused.fault
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = 'bank_line_id';
    END IF;
    UPDATE receivables.bank_line AS l SET open_amount = l.open_amount - d.taken
    FROM (SELECT x.company_id, x.bank_line_id, sum(CASE x.kind WHEN 'refund' THEN -x.amount ELSE x.amount END) AS taken
          FROM documents AS x
          WHERE x.bank_line_id IS NOT NULL AND x.kind IN ('payment', 'deposit', 'refund')
          GROUP BY x.company_id, x.bank_line_id) AS d
    WHERE l.company_id = d.company_id AND l.bank_line_id = d.bank_line_id;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION ar.settle_bank_line() IS
'Trigger function after each statement, whose new rows it sees as documents: takes payments, deposits and refunds that come from bank lines off what is open of these, under their locks; a reversal gives it back. Error 23514 for more than is open, the other direction, another currency, or a line that is ignored or a duplicate.';
