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
              AND o.entry_reference IS NOT DISTINCT FROM OLD.entry_reference AND o.booked_on = OLD.booked_on AND o.entry_amount = OLD.entry_amount)
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
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    line  record;
    taken numeric := CASE NEW.kind WHEN 'refund' THEN -NEW.amount ELSE NEW.amount END;
    fault text;
BEGIN
    UPDATE receivables.bank_line AS l SET open_amount = l.open_amount - taken
    WHERE l.company_id = NEW.company_id AND l.bank_line_id = NEW.bank_line_id AND l.currency = NEW.currency
      AND l.duplicate_of_bank_line_id IS NULL
      AND (NEW.reverses_document_id IS NOT NULL OR l.ignored_reason IS NULL AND sign(taken) = sign(l.amount))
      AND l.open_amount - taken BETWEEN least(l.amount, 0) AND greatest(l.amount, 0);
    IF FOUND THEN
        RETURN NULL;
    END IF;

    -- Why not.
    SELECT l.amount, l.open_amount, l.currency, l.ignored_reason, l.duplicate_of_bank_line_id INTO line
    FROM receivables.bank_line AS l
    WHERE l.company_id = NEW.company_id AND l.bank_line_id = NEW.bank_line_id
    FOR NO KEY UPDATE;
    -- Where there is none, its foreign key says so.
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF line.currency <> NEW.currency THEN
        fault := format('it is in %s, the document in %s', line.currency, NEW.currency);
    ELSIF line.duplicate_of_bank_line_id IS NOT NULL THEN
        fault := format('it tells of the same money as bank line %s', line.duplicate_of_bank_line_id);
    ELSIF line.ignored_reason IS NOT NULL AND NEW.reverses_document_id IS NULL THEN
        fault := format('it is ignored: %s', line.ignored_reason);
    ELSIF NEW.reverses_document_id IS NULL AND sign(taken) <> sign(line.amount) THEN
        fault := CASE WHEN line.amount > 0 THEN 'it is money received' ELSE 'it is money paid' END;
    ELSIF line.open_amount - taken NOT BETWEEN least(line.amount, 0) AND greatest(line.amount, 0) THEN
        fault := format('%s of %s is open', line.open_amount, line.amount);
    END IF;
    IF fault IS NOT NULL THEN
        RAISE EXCEPTION '% % of % cannot be posted from bank line %: %', NEW.kind, NEW.document_number, NEW.amount, NEW.bank_line_id, fault
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = 'bank_line_id';
    END IF;
    UPDATE receivables.bank_line AS l SET open_amount = l.open_amount - taken
    WHERE l.company_id = NEW.company_id AND l.bank_line_id = NEW.bank_line_id;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION ar.settle_bank_line() IS
'Trigger function after insert of a payment, deposit or refund that comes from a bank line: takes it off what is open of the line, under its lock; a reversal gives it back. Error 23514 for more than is open, the other direction, another currency, or a line that is ignored or a duplicate.';
