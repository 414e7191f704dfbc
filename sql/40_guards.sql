-- Trigger functions that guard the books ------------------------------------

CREATE FUNCTION ar.refuse_change() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '%.% is append-only: % refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, lower(TG_OP)
        USING ERRCODE = 'restrict_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
              DETAIL = coalesce(TG_ARGV[0], 'What was posted stays as it was, so that every past report can be repeated.'),
              HINT = CASE WHEN TG_ARGV[0] IS NULL THEN
                     'Undo an application with ar.reverse_application, an invoice with a credit note.' ELSE '' END;
END;
$$;
COMMENT ON FUNCTION ar.refuse_change() IS
'Trigger function: refuses to change or delete posted facts with error 23001. Its argument, if any, is the detail of the error.';

CREATE FUNCTION ar.refuse_recorded_at() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'recorded_at of %.% must be the time of entry, not %',
                    TG_TABLE_SCHEMA, TG_TABLE_NAME, NEW.recorded_at
        USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = 'recorded_at',
              HINT = 'Leave recorded_at out; when the fact counts is said by its own date.';
END;
$$;
COMMENT ON FUNCTION ar.refuse_recorded_at() IS
'Trigger function: refuses a forged time of entry with error 23514.';

CREATE FUNCTION ar.refuse_settled_item() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'an item is posted with its whole amount open'
        USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = 'open_amount',
              DETAIL = format('amount is %s, open_amount %s.', NEW.amount, NEW.open_amount),
              HINT = 'Settle it with an application.';
END;
$$;
COMMENT ON FUNCTION ar.refuse_settled_item() IS
'Trigger function: refuses an item that claims to be settled without an application, with error 23514.';

CREATE FUNCTION ar.check_amount() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'ar_check_amount';
COMMENT ON FUNCTION ar.check_amount() IS
'Trigger function: refuses a row whose amount has more decimals than the currency of its company with error 23514.';

CREATE FUNCTION ar.open_from(company_id bigint, item_id bigint, effective_on date) RETURNS numeric
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT abs(i.amount) - greatest(
               (SELECT coalesce(sum(a.amount), 0) FROM receivables.application AS a
                WHERE a.company_id = i.company_id AND i.item_id IN (a.debit_item_id, a.credit_item_id)
                  AND a.effective_on <= open_from.effective_on),
               (SELECT max(r.applied)
                FROM (SELECT a.effective_on, sum(a.amount) OVER (ORDER BY a.effective_on) AS applied
                      FROM receivables.application AS a
                      WHERE a.company_id = i.company_id
                        AND i.item_id IN (a.debit_item_id, a.credit_item_id)) AS r
                WHERE r.effective_on > open_from.effective_on))
    FROM receivables.item AS i
    WHERE i.company_id = open_from.company_id AND i.item_id = open_from.item_id
$$;
COMMENT ON FUNCTION ar.open_from(bigint, bigint, date) IS
'The least that is open of an item on a date or at any time after it, without sign: what can be applied from that date on. Differs from what is open now where an application was reversed.';

CREATE FUNCTION ar.settle_items() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    item     record;
    customer bigint;
    original record;
BEGIN
    IF NEW.reverses_application_id IS NOT NULL THEN
        SELECT a.debit_item_id, a.credit_item_id, a.amount, a.effective_on, a.reverses_application_id INTO original
        FROM receivables.application AS a
        WHERE a.company_id = NEW.company_id AND a.application_id = NEW.reverses_application_id;
        IF original.reverses_application_id IS NOT NULL
            OR (NEW.debit_item_id, NEW.credit_item_id, NEW.amount)
               IS DISTINCT FROM (original.debit_item_id, original.credit_item_id, -original.amount)
            OR NEW.effective_on < original.effective_on
        THEN
            RAISE EXCEPTION 'reversal does not mirror application %', NEW.reverses_application_id
                USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                      DETAIL = format('A reversal takes the same items and the negated amount %s, on %s or later; a reversal cannot be reversed.',
                                      -original.amount, original.effective_on),
                      HINT = 'Use ar.reverse_application.';
        END IF;
    END IF;

    -- Both items are locked before they are read, in the order of their keys.
    FOR item IN
        SELECT i.item_id, i.customer_id, i.effective_on, i.amount, i.open_amount, i.last_applied_on
        FROM receivables.item AS i
        WHERE i.company_id = NEW.company_id AND i.item_id IN (NEW.debit_item_id, NEW.credit_item_id)
        ORDER BY i.item_id
        FOR NO KEY UPDATE
    LOOP
        IF (item.item_id = NEW.debit_item_id) <> (item.amount > 0) THEN
            RAISE EXCEPTION 'item % is no %', item.item_id,
                            CASE WHEN item.item_id = NEW.debit_item_id THEN 'debit' ELSE 'credit' END
                USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                      HINT = 'An application settles a debit item (an invoice) with a credit item (a payment, a credit note).';
        END IF;
        customer := coalesce(customer, item.customer_id);
        IF item.customer_id <> customer THEN
            RAISE EXCEPTION 'items % and % belong to different customers', NEW.debit_item_id, NEW.credit_item_id
                USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME;
        END IF;
        IF NEW.effective_on < item.effective_on THEN
            RAISE EXCEPTION 'cannot apply on %: item % counts from % only', NEW.effective_on, item.item_id, item.effective_on
                USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = 'effective_on';
        END IF;
        IF NEW.amount > abs(item.open_amount) THEN
            RAISE EXCEPTION 'cannot apply % to item %: only % is open', NEW.amount, item.item_id, abs(item.open_amount)
                USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                      CONSTRAINT = 'application_within_open_amount';
        END IF;
        -- Entered behind later movements, it could exceed what was open in between.
        IF NEW.effective_on < item.last_applied_on
            AND ar.open_from(NEW.company_id, item.item_id, NEW.effective_on) < 0
        THEN
            RAISE EXCEPTION 'cannot apply % to item % on %: less was open until a later reversal',
                            NEW.amount, item.item_id, NEW.effective_on
                USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                      CONSTRAINT = 'application_within_open_amount',
                      HINT = 'Apply it from the date of the reversal on.';
        END IF;
    END LOOP;

    UPDATE receivables.item AS i
    SET open_amount = i.open_amount - sign(i.amount) * NEW.amount,
        closed_on = CASE WHEN i.open_amount = sign(i.amount) * NEW.amount
                         THEN greatest(i.last_applied_on, NEW.effective_on) ELSE 'infinity' END,
        last_applied_on = greatest(i.last_applied_on, NEW.effective_on),
        last_applied_amount = CASE WHEN NEW.effective_on > i.last_applied_on THEN NEW.amount
                                   WHEN NEW.effective_on = i.last_applied_on THEN i.last_applied_amount + NEW.amount
                                   ELSE i.last_applied_amount END,
        applied_before_on = CASE WHEN NEW.effective_on > i.last_applied_on THEN i.last_applied_on
                                 WHEN NEW.effective_on = i.last_applied_on THEN i.applied_before_on
                                 ELSE greatest(i.applied_before_on, NEW.effective_on) END,
        last_applied_at = greatest(i.last_applied_at, NEW.recorded_at),
        reopened = i.reopened OR NEW.amount < 0
    WHERE i.company_id = NEW.company_id AND i.item_id IN (NEW.debit_item_id, NEW.credit_item_id);
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION ar.settle_items() IS
'Trigger function: takes an application off the open amounts of both items under their locks, or refuses it with error 23514 where more is applied than was open at any date, before an item counts, or across customers.';
