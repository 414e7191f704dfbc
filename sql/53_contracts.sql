-- Contracts, and what is credited of an invoice ---------------------------------

CREATE FUNCTION ar.contract_amount(company_id bigint, contract_id bigint, on_date date) RETURNS numeric
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.amount + coalesce((SELECT sum(a.amount) FROM receivables.contract_amendment AS a
                                WHERE a.company_id = c.company_id AND a.contract_id = c.contract_id
                                  AND a.effective_on <= on_date), 0)
    FROM receivables.contract AS c
    WHERE c.company_id = contract_amount.company_id AND c.contract_id = contract_amount.contract_id
$$;
COMMENT ON FUNCTION ar.contract_amount(bigint, bigint, date) IS
'The amount of a contract with the amendments that are effective by a date; null for a framework contract.';

CREATE FUNCTION ar.amend_contract(company_id bigint, contract_number text, effective_on date, amount numeric, reason text)
    RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    contract record;
    result   bigint;
BEGIN
    PERFORM ar.company_minor_units(company_id);
    -- Written, not only locked: an invoice whose snapshot is from before is to be refused with 40001.
    UPDATE receivables.contract AS c SET amount = c.amount
    FROM receivables.currency AS u
    WHERE c.company_id = amend_contract.company_id AND c.contract_number = amend_contract.contract_number
      AND u.currency = c.currency
    RETURNING c.contract_id, c.amount, c.invoiced_amount, u.minor_units INTO contract;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'contract % does not exist', coalesce(contract_number, 'null') USING ERRCODE = 'foreign_key_violation';
    ELSIF contract.amount IS NULL THEN
        RAISE EXCEPTION 'contract % is a framework without an amount', contract_number USING ERRCODE = 'check_violation';
    ELSIF amount <> round(amount, contract.minor_units) THEN
        RAISE EXCEPTION 'amount % has more than % decimals', amount, contract.minor_units USING ERRCODE = 'check_violation';
    ELSIF amount < 0 AND ar.contract_amount(company_id, contract.contract_id, 'infinity') + amount < contract.invoiced_amount THEN
        RAISE EXCEPTION 'contract % cannot be lowered by %: % is invoiced', contract_number, -amount, contract.invoiced_amount
            USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO receivables.contract_amendment AS a (company_id, contract_id, effective_on, amount, reason)
    VALUES (amend_contract.company_id, contract.contract_id, amend_contract.effective_on, amend_contract.amount,
            amend_contract.reason)
    RETURNING a.amendment_id INTO result;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.amend_contract(bigint, text, date, numeric, text) IS
'Raises (or, where amount is negative, lowers) the amount of a contract for invoices from effective_on on, with a reason. Returns amendment_id. Errors: 23503 for an unknown contract, 23514 for a framework contract, too many decimals, or less than is invoiced.';

CREATE FUNCTION ar.rule_severity(company_id bigint, test text, OUT severity text, OUT parameters jsonb)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(r.severity, 'error'), coalesce(r.parameters, '{}')
    FROM (SELECT) AS always
    LEFT JOIN receivables.check_rule AS r
        ON r.company_id = rule_severity.company_id AND r.test = rule_severity.test AND r.severity <> 'off'
    UNION ALL
    SELECT 'off', '{}'
    FROM receivables.check_rule AS r
    WHERE r.company_id = rule_severity.company_id AND r.test = rule_severity.test AND r.severity = 'off'
    ORDER BY 1 DESC
    LIMIT 1
$$;
COMMENT ON FUNCTION ar.rule_severity(bigint, text) IS
'How strictly a company applies a test that always applies (contract_amount, contract_dates, credit_note_amount), and its parameters; error without a rule for it.';

CREATE FUNCTION ar.keep_within_contract() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    contract record;
    rule     record;
    allowed  numeric;
BEGIN
    -- The update locks the contract until the end of the transaction: two invoices cannot both take what is left.
    UPDATE receivables.contract AS c
    SET invoiced_amount = c.invoiced_amount + CASE NEW.kind WHEN 'invoice' THEN NEW.amount ELSE -NEW.amount END
    WHERE c.company_id = NEW.company_id AND c.contract_id = NEW.contract_id
    RETURNING c.contract_number, c.contract_date, c.ends_on, c.currency, c.invoiced_amount INTO contract;
    IF contract.currency <> NEW.currency THEN
        RAISE EXCEPTION 'contract % is in %, % % in %', contract.contract_number, contract.currency,
                        replace(NEW.kind, '_', ' '), NEW.document_number, NEW.currency
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = 'currency';
    END IF;
    IF NEW.kind = 'invoice' AND NEW.amount > 0
        AND NOT NEW.document_date BETWEEN contract.contract_date AND coalesce(contract.ends_on, NEW.document_date)
        AND (ar.rule_severity(NEW.company_id, 'contract_dates')).severity = 'error'
    THEN
        RAISE EXCEPTION 'invoice % of % is outside of contract %', NEW.document_number, NEW.document_date, contract.contract_number
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = 'document_date',
                  DETAIL = format('The contract runs from %s to %s.', contract.contract_date, coalesce(contract.ends_on::text, 'no end'));
    END IF;
    allowed := ar.contract_amount(NEW.company_id, NEW.contract_id, NEW.document_date);
    IF (NEW.amount > 0) = (NEW.kind = 'invoice') AND contract.invoiced_amount > allowed THEN
        rule := ar.rule_severity(NEW.company_id, 'contract_amount');
        IF rule.severity = 'error'
            AND contract.invoiced_amount > allowed * (1 + coalesce((rule.parameters ->> 'tolerance')::numeric, 0))
        THEN
            RAISE EXCEPTION '% % exceeds contract %', replace(NEW.kind, '_', ' '), NEW.document_number, contract.contract_number
                USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                      CONSTRAINT = 'document_within_contract',
                      DETAIL = format('With it %s is invoiced, the contract is for %s.', contract.invoiced_amount, allowed),
                      HINT = 'Amend the contract with ar.amend_contract.';
        END IF;
    END IF;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION ar.keep_within_contract() IS
'Trigger function: adds a document to what is invoiced under its contract, under the lock of the contract, and refuses with error 23514 what exceeds its amount and the tolerance of rule contract_amount, or lies outside its dates.';

CREATE FUNCTION ar.keep_invoiced_covered() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    amended numeric := ar.contract_amended(NEW.company_id, NEW.contract_id);
    rule    record;
BEGIN
    IF NEW.invoiced_amount > NEW.amount + amended THEN
        rule := ar.rule_severity(NEW.company_id, 'contract_amount');
        IF rule.severity = 'error'
            AND NEW.invoiced_amount > (NEW.amount + amended) * (1 + coalesce((rule.parameters ->> 'tolerance')::numeric, 0))
        THEN
            RAISE EXCEPTION 'contract % cannot be lowered to %: % is invoiced', NEW.contract_number, NEW.amount,
                            NEW.invoiced_amount
                USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = 'amount',
                      DETAIL = format('Amendments add %s.', amended);
        END IF;
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION ar.keep_invoiced_covered() IS
'Trigger function: refuses with error 23514 to lower the amount of a contract, with its amendments and the tolerance of rule contract_amount, below what is invoiced.';

CREATE FUNCTION ar.keep_within_source() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    invoice  record;
    credited numeric;
    rule     record;
BEGIN
    SELECT d.kind, d.document_number, d.customer_id, d.currency, d.amount INTO invoice
    FROM receivables.document AS d
    WHERE d.company_id = NEW.company_id AND d.document_id = NEW.source_document_id;
    IF invoice.kind <> 'invoice' OR (invoice.customer_id, invoice.currency) <> (NEW.customer_id, NEW.currency) THEN
        RAISE EXCEPTION 'credit note % must be against an invoice of the same customer and currency', NEW.document_number
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME;
    END IF;
    -- Two credit notes against one invoice, or one and its reversal, wait for each other at its items,
    -- which are written so that a snapshot from before is refused with 40001.
    PERFORM FROM receivables.item AS i
    WHERE i.company_id = NEW.company_id AND i.document_id = NEW.source_document_id
    ORDER BY i.item_id FOR NO KEY UPDATE;
    UPDATE receivables.item AS i SET reopened = i.reopened
    WHERE i.company_id = NEW.company_id AND i.document_id = NEW.source_document_id;
    PERFORM FROM receivables.document AS r
    WHERE r.company_id = NEW.company_id AND r.reverses_document_id = NEW.source_document_id;
    IF FOUND THEN
        RAISE EXCEPTION 'credit note % is against invoice %, which was reversed', NEW.document_number, invoice.document_number
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'document_within_source';
    END IF;
    SELECT sum(d.amount) INTO credited
    FROM receivables.document AS d
    WHERE d.company_id = NEW.company_id AND d.source_document_id = NEW.source_document_id AND d.kind = 'credit_note';
    IF credited > invoice.amount THEN
        rule := ar.rule_severity(NEW.company_id, 'credit_note_amount');
        IF rule.severity = 'error' AND credited > invoice.amount * (1 + coalesce((rule.parameters ->> 'tolerance')::numeric, 0)) THEN
            RAISE EXCEPTION 'credit note % exceeds invoice %', NEW.document_number, invoice.document_number
                USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                      CONSTRAINT = 'document_within_source',
                      DETAIL = format('With it %s is credited, the invoice is for %s.', credited, invoice.amount);
        END IF;
    END IF;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION ar.keep_within_source() IS
'Trigger function: refuses with error 23514 a credit note with which more would be credited than its invoice is for, or whose invoice was reversed, under the lock of the items of the invoice.';
