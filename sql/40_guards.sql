-- Trigger functions that guard the books ------------------------------------

CREATE FUNCTION ar.refuse_change() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '%.% is append-only: % refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, lower(TG_OP)
        USING ERRCODE = 'restrict_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
              DETAIL = coalesce(TG_ARGV[0], 'What was posted stays as it was, so that every past report can be repeated.'),
              HINT = CASE WHEN TG_ARGV[0] IS NULL THEN
                     'Undo an application with ar.reverse_application, a document with ar.reverse_document.' ELSE '' END;
END;
$$;
COMMENT ON FUNCTION ar.refuse_change() IS
'Trigger function: refuses to change or delete posted facts with error 23001. Its argument, if any, is the detail of the error.';

CREATE FUNCTION ar.refuse_forged_entry() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- Items have no author of their own.
    IF to_jsonb(NEW) ->> 'recorded_by' <> session_user THEN
        RAISE EXCEPTION 'recorded_by of %.% must be the role that enters it, not %',
                        TG_TABLE_SCHEMA, TG_TABLE_NAME, NEW.recorded_by
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = 'recorded_by',
                  HINT = 'Leave recorded_by out; an application names its own user in the setting ar.application_user.';
    END IF;
    RAISE EXCEPTION 'recorded_at of %.% must be the time of entry, not %',
                    TG_TABLE_SCHEMA, TG_TABLE_NAME, NEW.recorded_at
        USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = 'recorded_at',
              HINT = 'Leave recorded_at out; when the fact counts is said by its own date.';
END;
$$;
COMMENT ON FUNCTION ar.refuse_forged_entry() IS
'Trigger function: refuses a forged time or author of an entry with error 23514.';

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

CREATE FUNCTION ar.keep() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'ar_keep';
COMMENT ON FUNCTION ar.keep() IS
'Trigger function: runs the trigger function of schema ar that its first argument names, with its other arguments, and lets it write what the books keep by themselves. Error 42501 on a table that does not belong to the owner of the books.';

CREATE FUNCTION ar.is_keeping() RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_is_keeping';
COMMENT ON FUNCTION ar.is_keeping() IS
'Whether a trigger that keeps the books is running: only then may what it keeps be written.';

CREATE FUNCTION ar.check_posting() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'ar_check_posting';
COMMENT ON FUNCTION ar.check_posting() IS
'Trigger function before insert of each row: fills in the currency of the company, and company and open amounts that follow from the amount; refuses more decimals than a currency has with error 23514 and a date in a closed period with 55000. Holds the company until the end of the transaction, so that its period is not closed meanwhile.';

CREATE FUNCTION ar.refers() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'ar_refers';
COMMENT ON FUNCTION ar.refers() IS
'Trigger function before insert of each row: its arguments are columns, each with the table whose row of the same company it names; error 23503 where there is none. For tables whose rows are not deleted and keep their keys: what a foreign key does, but without a query and a lock for every row.';

CREATE FUNCTION ar.may_post_to_closed_period(company_id bigint) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT pg_has_role((SELECT c.relowner FROM pg_class AS c WHERE c.oid = 'receivables.company'::regclass), 'USAGE')
        OR EXISTS (SELECT FROM receivables.access AS a
                   WHERE a.preset IN ('approver', 'manager', 'admin')
                     AND (a.company_id IS NULL OR a.company_id = may_post_to_closed_period.company_id)
                     AND pg_has_role(to_regrole(quote_ident(a.role_name)), 'USAGE'))
$$;
COMMENT ON FUNCTION ar.may_post_to_closed_period(bigint) IS
'Whether the current role has the right to post into a closed period of a company: the owner of the books, and roles with access as approver, manager or admin.';

CREATE FUNCTION ar.override_closed_period(company_id bigint, table_name text, effective_on date, recorded_at timestamptz)
    RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    closed  record;
    why     text := nullif(btrim(current_setting('ar.closed_period_reason', true)), '');
    allowed boolean := ar.may_post_to_closed_period(company_id);
BEGIN
    SELECT p.closed_through, p.recorded_at INTO closed
    FROM receivables.period_closing AS p
    WHERE p.company_id = override_closed_period.company_id
    ORDER BY p.closing_id DESC LIMIT 1;
    IF NOT allowed OR why IS NULL THEN
        RAISE EXCEPTION 'cannot post on %: the period through % is closed', effective_on, closed.closed_through
            USING ERRCODE = 'object_not_in_prerequisite_state', SCHEMA = 'receivables', TABLE = table_name,
                  HINT = CASE WHEN allowed THEN 'Say why in the setting ar.closed_period_reason; the posting is logged.'
                              ELSE 'Post it in the open period, or ask somebody with the right to post into a closed one.' END;
    ELSIF recorded_at <= closed.recorded_at THEN
        RAISE EXCEPTION 'the period was closed while this was posted'
            USING ERRCODE = 'serialization_failure', HINT = 'Try again.';
    END IF;
    INSERT INTO receivables.period_override (company_id, table_name, effective_on, closed_through, reason)
    VALUES (company_id, table_name, effective_on, closed.closed_through, why);
END;
$$;
COMMENT ON FUNCTION ar.override_closed_period(bigint, text, date, timestamptz) IS
'Lets a posting into a closed period pass and logs it, where the role has the right and the setting ar.closed_period_reason says why; else error 55000. Error 40001 where the period was closed meanwhile.';

CREATE FUNCTION ar.open_from(company_id bigint, item_id bigint, effective_on date,
                             OUT amount numeric, OUT company_amount numeric)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT abs(i.amount) - max(r.applied), abs(i.company_amount) - max(r.company_applied)
    FROM receivables.item AS i
    LEFT JOIN LATERAL (
        -- Applied up to the date, and after each day on which it changes again.
        SELECT open_from.effective_on AS effective_on, coalesce(sum(a.amount), 0) AS applied,
               coalesce(sum(a.company_amount), 0) AS company_applied
        FROM receivables.application AS a
        WHERE a.company_id = i.company_id AND i.item_id IN (a.debit_item_id, a.credit_item_id)
          AND a.effective_on <= open_from.effective_on
        UNION ALL
        SELECT a.effective_on, sum(a.amount) OVER upto, sum(a.company_amount) OVER upto
        FROM receivables.application AS a
        WHERE a.company_id = i.company_id AND i.item_id IN (a.debit_item_id, a.credit_item_id)
        WINDOW upto AS (ORDER BY a.effective_on)) AS r ON r.effective_on >= open_from.effective_on
    WHERE i.company_id = open_from.company_id AND i.item_id = open_from.item_id
    GROUP BY i.amount, i.company_amount
$$;
COMMENT ON FUNCTION ar.open_from(bigint, bigint, date) IS
'The least that is open of an item on a date or at any time after it, without sign, in its currency and in that of the company: what can be applied from that date on. Differs from what is open now where an application was reversed.';

CREATE FUNCTION ar.company_share(amount numeric, open_amount numeric, open_company_amount numeric, minor_units integer)
    RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN open_amount = open_company_amount THEN amount
                WHEN amount = abs(open_amount) THEN abs(open_company_amount)
                ELSE round(abs(open_company_amount) * amount / abs(open_amount), minor_units) END;
COMMENT ON FUNCTION ar.company_share(numeric, numeric, numeric, integer) IS
'What an application of amount takes off an item in the currency of the company: in proportion to what is open, rounded; all of it with the last.';

CREATE FUNCTION ar.value_application() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.reverses_application_id IS NOT NULL THEN
        SELECT -a.company_amount INTO NEW.company_amount
        FROM receivables.application AS a
        WHERE a.company_id = NEW.company_id AND a.application_id = NEW.reverses_application_id;
        NEW.company_amount := coalesce(NEW.company_amount, NEW.amount);
        RETURN NEW;
    END IF;
    SELECT min(ar.company_share(NEW.amount, i.open_amount, i.open_company_amount, i.minor_units)) INTO NEW.company_amount
    FROM (SELECT i.open_amount, i.open_company_amount, u.minor_units::integer
          FROM receivables.item AS i
          JOIN receivables.company AS c ON c.company_id = i.company_id
          JOIN receivables.currency AS u ON u.currency = c.currency
          WHERE i.company_id = NEW.company_id AND i.item_id IN (NEW.debit_item_id, NEW.credit_item_id)
            AND i.open_amount <> 0
          ORDER BY i.item_id
          FOR NO KEY UPDATE OF i) AS i;
    -- Nothing open, or nothing to reverse: let it be refused for that.
    NEW.company_amount := coalesce(NEW.company_amount, NEW.amount);
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION ar.value_application() IS
'Trigger function before insert of an application that comes without company_amount: the lesser of what its two items lose by it in the currency of the company, under their locks.';

CREATE FUNCTION ar.settle_items() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    item     record;
    customer bigint;
    currency text;
    original record;
    share    numeric;
    debit    numeric;
    credit   numeric;
BEGIN
    IF NEW.reverses_application_id IS NOT NULL THEN
        SELECT a.debit_item_id, a.credit_item_id, a.amount, a.company_amount, a.effective_on, a.reverses_application_id,
               a.exchange_of_application_id INTO original
        FROM receivables.application AS a
        WHERE a.company_id = NEW.company_id AND a.application_id = NEW.reverses_application_id;
        IF original.reverses_application_id IS NOT NULL
            OR (NEW.debit_item_id, NEW.credit_item_id, NEW.amount, NEW.company_amount)
               IS DISTINCT FROM (original.debit_item_id, original.credit_item_id, -original.amount, -original.company_amount)
            OR NEW.effective_on < original.effective_on
            OR (NEW.exchange_of_application_id IS NULL) <> (original.exchange_of_application_id IS NULL)
        THEN
            RAISE EXCEPTION 'reversal does not mirror application %', NEW.reverses_application_id
                USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                      DETAIL = format('A reversal takes the same items and the negated amount %s, on %s or later; a reversal cannot be reversed.',
                                      -original.amount, original.effective_on),
                      HINT = 'Use ar.reverse_application.';
        END IF;
        PERFORM FROM receivables.item AS i
        WHERE i.company_id = NEW.company_id AND i.item_id IN (NEW.debit_item_id, NEW.credit_item_id)
          AND i.reverses_item_id IN (NEW.debit_item_id, NEW.credit_item_id);
        IF FOUND THEN
            RAISE EXCEPTION 'application % settles what was reversed with its reversal', NEW.reverses_application_id
                USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                      HINT = 'A reversal cannot be undone: post the document anew.';
        END IF;
    END IF;

    -- Both items are locked before they are read, in the order of their keys.
    FOR item IN
        SELECT i.item_id, i.customer_id, i.currency, i.effective_on, i.is_debit, i.open_amount, i.open_company_amount,
               i.last_applied_on, i.reopened
        FROM receivables.item AS i
        WHERE i.company_id = NEW.company_id AND i.item_id IN (NEW.debit_item_id, NEW.credit_item_id)
        ORDER BY i.item_id
        FOR NO KEY UPDATE
    LOOP
        IF (item.item_id = NEW.debit_item_id) <> item.is_debit THEN
            RAISE EXCEPTION 'item % is no %', item.item_id,
                            CASE WHEN item.item_id = NEW.debit_item_id THEN 'debit' ELSE 'credit' END
                USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                      HINT = 'An application settles a debit item (an invoice) with a credit item (a payment, a credit note).';
        END IF;
        customer := coalesce(customer, item.customer_id);
        IF item.customer_id <> customer THEN
            RAISE EXCEPTION 'items % and % belong to different customers', NEW.debit_item_id, NEW.credit_item_id
                USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                      HINT = 'Transfer one of them to the other customer with ar.transfer.';
        END IF;
        currency := coalesce(currency, item.currency);
        IF item.currency <> currency THEN
            RAISE EXCEPTION 'items % and % are in different currencies', NEW.debit_item_id, NEW.credit_item_id
                USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                      HINT = 'Post the payment in the currency of the invoice, with the rate it was changed at.';
        END IF;
        IF NEW.effective_on < item.effective_on THEN
            RAISE EXCEPTION 'cannot apply on %: item % counts from % only', NEW.effective_on, item.item_id, item.effective_on
                USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = 'effective_on';
        END IF;
        IF NEW.amount > abs(item.open_amount) OR NEW.company_amount > abs(item.open_company_amount) THEN
            RAISE EXCEPTION 'cannot apply % to item %: only % is open',
                            CASE WHEN NEW.amount = 0 THEN NEW.company_amount ELSE NEW.amount END, item.item_id,
                            abs(CASE WHEN NEW.amount = 0 THEN item.open_company_amount ELSE item.open_amount END)
                USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                      CONSTRAINT = 'application_within_open_amount';
        END IF;
        -- Entered behind later movements, it could exceed what was open in between.
        IF NEW.effective_on < item.last_applied_on
            AND (SELECT least(o.amount, o.company_amount)
                 FROM ar.open_from(NEW.company_id, item.item_id, NEW.effective_on) AS o) < 0
        THEN
            RAISE EXCEPTION 'cannot apply % to item % on %: less was open until a later reversal',
                            NEW.amount, item.item_id, NEW.effective_on
                USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                      CONSTRAINT = 'application_within_open_amount',
                      HINT = 'Apply it from the date of the reversal on.';
        END IF;
        -- What the item is booked with may differ from what the other loses, by the rates of their days.
        IF NEW.amount > 0 AND (item.open_amount <> item.open_company_amount OR NEW.amount <> NEW.company_amount) THEN
            share := ar.company_share(NEW.amount, item.open_amount, item.open_company_amount,
                                      (SELECT u.minor_units FROM receivables.company AS c
                                       JOIN receivables.currency AS u ON u.currency = c.currency
                                       WHERE c.company_id = NEW.company_id));
        ELSE
            share := NEW.company_amount;
        END IF;
        IF item.is_debit THEN
            debit := share;
        ELSE
            credit := share;
        END IF;
    END LOOP;
    IF NEW.company_amount <> least(debit, credit) THEN
        RAISE EXCEPTION 'company_amount of the application is %, should be %', NEW.company_amount, least(debit, credit)
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = 'company_amount',
                  HINT = 'Leave company_amount out.';
    END IF;

    UPDATE receivables.item AS i
    SET open_amount = i.open_amount - x.sign * NEW.amount,
        open_company_amount = i.open_company_amount - x.sign * NEW.company_amount,
        closed_on = CASE WHEN i.open_amount = x.sign * NEW.amount AND i.open_company_amount = x.sign * NEW.company_amount
                         THEN greatest(i.last_applied_on, NEW.effective_on) ELSE 'infinity' END,
        last_applied_on = greatest(i.last_applied_on, NEW.effective_on),
        last_applied_amount = CASE WHEN NEW.effective_on > i.last_applied_on THEN NEW.amount
                                   WHEN NEW.effective_on = i.last_applied_on THEN i.last_applied_amount + NEW.amount
                                   ELSE i.last_applied_amount END,
        last_applied_company_amount =
            CASE WHEN NEW.effective_on > i.last_applied_on THEN NEW.company_amount
                 WHEN NEW.effective_on = i.last_applied_on THEN i.last_applied_company_amount + NEW.company_amount
                 ELSE i.last_applied_company_amount END,
        applied_before_on = CASE WHEN NEW.effective_on > i.last_applied_on THEN i.last_applied_on
                                 WHEN NEW.effective_on = i.last_applied_on THEN i.applied_before_on
                                 ELSE greatest(i.applied_before_on, NEW.effective_on) END,
        last_applied_at = greatest(i.last_applied_at, NEW.recorded_at),
        reopened = i.reopened OR NEW.amount < 0 OR NEW.company_amount < 0
    FROM (VALUES (NEW.debit_item_id, 1), (NEW.credit_item_id, -1)) AS x (item_id, sign)
    WHERE i.company_id = NEW.company_id AND i.item_id = x.item_id;

    IF NEW.amount > 0 AND debit <> credit THEN
        PERFORM ar.post_exchange_difference(NEW.company_id, NEW.application_id, NEW.debit_item_id, NEW.credit_item_id,
                                            customer, currency, NEW.effective_on, credit - debit);
    ELSIF NEW.amount < 0 THEN
        PERFORM ar.undo_exchange_difference(NEW.company_id, NEW.reverses_application_id, NEW.effective_on, NEW.reason);
    END IF;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION ar.settle_items() IS
'Trigger function: takes an application off the open amounts of both items under their locks, or refuses it with error 23514 where more is applied than was open at any date, before an item counts, across customers or currencies. Where the items are booked at different rates, posts the realised exchange difference as an item of its own.';
