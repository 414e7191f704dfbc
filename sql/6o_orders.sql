-- Orders against credit limits: asking, reserving, releasing --------------------------

CREATE FUNCTION ar.check_order(company_id bigint, customer_number text, amount numeric, currency text DEFAULT NULL,
                               delivery_date date DEFAULT NULL, order_number text DEFAULT NULL, as_of date DEFAULT ar.as_of(),
                               OUT allowed boolean, OUT reasons text[], OUT headroom numeric, OUT order_amount numeric,
                               OUT exposure numeric, OUT credit_limit numeric, OUT group_exposure numeric,
                               OUT group_limit numeric, OUT deposit_required numeric, OUT deposit_missing numeric)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    credit   record;
    known    record;
    units    integer;
    rate     numeric := 1;
    counts   boolean;
    kept     numeric := 0;
    number   text := btrim(customer_number);
BEGIN
    -- By key, so that what is looked up is this customer and its group alone.
    SELECT p.*, q.order_horizon_days INTO credit
    FROM ar.credit_positions(check_order.as_of, NULL) AS p
    LEFT JOIN receivables.credit_policy AS q ON q.company_id = check_order.company_id
    WHERE p.company_id = check_order.company_id
      AND p.customer_id = (SELECT c.customer_id FROM receivables.customer AS c
                           WHERE c.company_id = check_order.company_id AND c.customer_number = number);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'customer % does not exist', coalesce(customer_number, 'null') USING ERRCODE = 'foreign_key_violation';
    END IF;
    currency := coalesce(currency, credit.currency);
    SELECT u.minor_units INTO units FROM receivables.currency AS u WHERE u.currency = check_order.currency;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'currency % does not exist', currency USING ERRCODE = 'foreign_key_violation';
    ELSIF NOT coalesce(amount > 0 AND amount < 'Infinity', false) THEN
        RAISE EXCEPTION 'amount % of an order is not positive', coalesce(amount::text, 'null') USING ERRCODE = 'check_violation';
    ELSIF amount <> round(amount, units) THEN
        RAISE EXCEPTION 'amount % has more than % decimals', amount, units USING ERRCODE = 'check_violation';
    END IF;
    IF currency <> credit.currency THEN
        rate := ar.exchange_rate(company_id, currency, as_of);
    END IF;
    order_amount := round(amount * rate, credit.minor_units);
    counts := ar.order_counts(delivery_date, as_of, credit.order_horizon_days);
    exposure := credit.exposure;
    credit_limit := credit.effective_limit;
    group_exposure := credit.group_exposure;
    group_limit := credit.group_limit;
    headroom := credit.headroom;
    IF order_number IS NOT NULL THEN
        -- An order that is changed does not stand in its own way.
        SELECT o.customer_id, o.exchange_rate, o.deposit_amount, o.invoiced_amount, o.status,
               CASE WHEN ar.order_counts(o.delivery_date, check_order.as_of, credit.order_horizon_days)
                         OR o.status = 'delivered'
                    THEN ar.order_value(o.amount, o.invoiced_amount, o.company_amount, credit.minor_units) ELSE 0 END AS value
        INTO known
        FROM receivables.sales_order AS o
        WHERE o.company_id = check_order.company_id AND o.order_number = btrim(check_order.order_number)
          AND o.customer_id = credit.customer_id AND o.status IN ('reserved', 'open', 'delivered');
        IF FOUND THEN
            exposure := exposure - known.value;
            group_exposure := group_exposure - known.value;
            headroom := headroom + known.value;
            kept := CASE WHEN known.value > 0 THEN round(known.deposit_amount * known.exchange_rate, credit.minor_units) ELSE 0 END;
            -- What is invoiced of it counts as that.
            order_amount := ar.order_value(amount, known.invoiced_amount, order_amount, credit.minor_units);
        END IF;
    END IF;
    deposit_required := CASE WHEN credit.deposit_percent > 0
        THEN ar.deposit(amount, jsonb_build_object('days', 0, 'deposit_percent', credit.deposit_percent), units)
        ELSE round(0::numeric, units) END;
    deposit_missing := greatest(round(deposit_required * rate, credit.minor_units)
                                - greatest(credit.deposits - credit.deposits_ordered + kept, 0), 0);
    deposit_missing := least(deposit_required, round(ceil(deposit_missing / rate * 10::numeric ^ units) / 10::numeric ^ units, units));
    reasons := ARRAY(SELECT h || '_hold' FROM unnest(credit.holds) AS h WHERE h <> 'over_limit');
    IF 'over_limit' <> ALL (credit.releases) THEN
        IF counts AND exposure + order_amount > credit_limit OR NOT counts AND 'over_limit' = ANY (credit.holds) THEN
            reasons := reasons || 'over_limit'::text;
        END IF;
        IF counts AND group_exposure + order_amount > group_limit THEN
            reasons := reasons || 'over_group_limit'::text;
        END IF;
    END IF;
    IF deposit_missing > 0 THEN
        reasons := reasons || 'deposit_missing'::text;
    END IF;
    allowed := reasons = '{}';
END;
$$;
COMMENT ON FUNCTION ar.check_order(bigint, text, numeric, text, date, text, date) IS
'Whether a customer may order for an amount, in the currency of the company unless another is named, and if not, why: reasons are manual_hold, overdue_days_hold, overdue_amount_hold, over_limit, over_group_limit, deposit_missing. The order counts against the limit where its delivery_date lies within the horizon of the policy, or is not known; order_number names an order that is to be changed. Also the order in the currency of the company (order_amount), exposure, limit and headroom without it, and the deposit that the grade asks for and what is missing of it, in the currency of the order, rounded up to the smallest amount it has. Locks nothing: ar.reserve_order holds what it allows. Errors: 23503 for an unknown customer or currency, 23514 for an amount that is not positive or has too many decimals, P0002 without an exchange rate.';

CREATE FUNCTION ar.lock_credit(company_id bigint, customer_ids bigint[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    parents bigint[];
    locked  bigint[];
BEGIN
    parents := ARRAY(SELECT DISTINCT c.parent_customer_id FROM receivables.customer AS c
                     WHERE c.company_id = lock_credit.company_id AND c.customer_id = ANY (customer_ids)
                       AND c.parent_customer_id IS NOT NULL);
    -- All that are topmost first, by key, then the children.
    PERFORM FROM receivables.customer AS c
    WHERE c.company_id = lock_credit.company_id
      AND (c.customer_id = ANY (parents) OR c.customer_id = ANY (customer_ids) AND c.parent_customer_id IS NULL)
    ORDER BY c.customer_id FOR NO KEY UPDATE;
    PERFORM FROM receivables.customer AS c
    WHERE c.company_id = lock_credit.company_id AND c.customer_id = ANY (customer_ids) AND c.customer_id <> ALL (parents)
    ORDER BY c.customer_id FOR NO KEY UPDATE;
    -- Written, not only locked: whoever checks with a snapshot from before is to be refused with 40001.
    UPDATE receivables.customer AS c SET warnings = c.warnings
    WHERE c.company_id = lock_credit.company_id AND (c.customer_id = ANY (customer_ids) OR c.customer_id = ANY (parents));
    IF EXISTS (SELECT FROM receivables.customer AS c
               WHERE c.company_id = lock_credit.company_id AND c.customer_id = ANY (customer_ids)
                 AND c.parent_customer_id IS NOT NULL AND c.parent_customer_id <> ALL (parents)) THEN
        RAISE EXCEPTION 'a customer was given another parent meanwhile'
            USING ERRCODE = 'serialization_failure', HINT = 'Try again.';
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.lock_credit(bigint, bigint[]) IS
'Holds what customers may order until the end of the transaction: locks their parents and themselves, parents first, each by key. Error 40001 where that changed meanwhile.';

CREATE FUNCTION ar.reserve_order(company_id bigint, customer_number text, order_number text, amount numeric,
                                 currency text DEFAULT NULL, delivery_date date DEFAULT NULL,
                                 order_date date DEFAULT current_date, refuse boolean DEFAULT true,
                                 OUT order_id bigint, OUT allowed boolean, OUT reasons text[], OUT headroom numeric,
                                 OUT order_amount numeric, OUT exposure numeric, OUT credit_limit numeric,
                                 OUT group_exposure numeric, OUT group_limit numeric, OUT deposit_required numeric,
                                 OUT deposit_missing numeric)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    number   text := btrim(order_number);
    customer record;
    known    record;
    answer   record;
    rate     numeric := 1;
BEGIN
    PERFORM ar.require_guards();
    SELECT c.customer_id, co.currency, u.minor_units::integer AS minor_units INTO customer
    FROM receivables.customer AS c
    JOIN receivables.company AS co ON co.company_id = c.company_id
    JOIN receivables.currency AS u ON u.currency = co.currency
    WHERE c.company_id = reserve_order.company_id AND c.customer_number = btrim(reserve_order.customer_number);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'customer % does not exist', coalesce(customer_number, 'null') USING ERRCODE = 'foreign_key_violation';
    END IF;
    PERFORM ar.lock_credit(company_id, ARRAY[customer.customer_id]);
    currency := coalesce(currency, customer.currency);
    SELECT o.order_id, o.customer_id, o.status, o.currency, o.exchange_rate, o.amount, o.delivery_date, o.invoiced_amount INTO known
    FROM receivables.sales_order AS o
    WHERE o.company_id = reserve_order.company_id AND o.order_number = number
    FOR NO KEY UPDATE;
    IF known.customer_id <> customer.customer_id THEN
        RAISE EXCEPTION 'order % is of another customer', number USING ERRCODE = 'unique_violation';
    ELSIF known.status NOT IN ('reserved', 'open') THEN
        RAISE EXCEPTION 'order % is %: nothing can be reserved for it', number, known.status USING ERRCODE = 'check_violation';
    ELSIF known.currency <> currency THEN
        RAISE EXCEPTION 'order % is in %, not in %', number, known.currency, currency USING ERRCODE = 'check_violation';
    END IF;
    -- As of today, whatever date reports are asked for.
    SELECT * INTO answer
    FROM ar.check_order(company_id, reserve_order.customer_number, amount, currency, delivery_date, number, current_date);
    allowed := answer.allowed;
    reasons := answer.reasons;
    headroom := answer.headroom;
    order_amount := answer.order_amount;
    exposure := answer.exposure;
    credit_limit := answer.credit_limit;
    group_exposure := answer.group_exposure;
    group_limit := answer.group_limit;
    deposit_required := answer.deposit_required;
    deposit_missing := answer.deposit_missing;
    order_id := known.order_id;
    -- The same again changes nothing, even where it would not be allowed any more.
    IF (known.amount, known.delivery_date) IS NOT DISTINCT FROM (reserve_order.amount, reserve_order.delivery_date)
       AND known.status = 'reserved' THEN
        allowed := true;
        reasons := '{}';
        RETURN;
    END IF;
    IF NOT allowed THEN
        IF NOT refuse THEN
            RETURN;
        END IF;
        RAISE EXCEPTION 'order % of customer % refused: %', number, customer_number,
                        replace(array_to_string(reasons, ', '), '_', ' ')
            USING ERRCODE = 'check_violation', SCHEMA = 'receivables', TABLE = 'sales_order',
                  CONSTRAINT = 'sales_order_within_credit_limit',
                  DETAIL = format('Order %s, headroom %s: exposure %s of %s%s%s.', order_amount,
                                  coalesce(headroom::text, 'unlimited'), exposure, coalesce(credit_limit::text, 'unlimited'),
                                  CASE WHEN group_limit IS NULL THEN ''
                                       ELSE format(', of the group %s of %s', group_exposure, group_limit) END,
                                  CASE WHEN deposit_required > 0
                                       THEN format('; deposit missing %s of %s', deposit_missing, deposit_required) ELSE '' END),
                  HINT = CASE WHEN reasons = '{deposit_missing}' THEN 'Post the deposit, then reserve the order.'
                              ELSE 'Raise the limit for a time in receivables.temporary_limit, or release the hold with ar.release_hold.' END;
    END IF;
    IF currency <> customer.currency THEN
        rate := coalesce(known.exchange_rate, ar.exchange_rate(company_id, currency, current_date));
    END IF;
    IF order_id IS NULL THEN
        INSERT INTO receivables.sales_order AS o (company_id, customer_id, order_number, order_date, delivery_date, status,
                                                  currency, exchange_rate, amount, company_amount, deposit_amount)
        VALUES (company_id, customer.customer_id, number, order_date, delivery_date, 'reserved', currency, rate, amount,
                round(amount * rate, customer.minor_units), deposit_required)
        RETURNING o.order_id INTO order_id;
    ELSE
        UPDATE receivables.sales_order AS o
        SET status = 'reserved', amount = reserve_order.amount, company_amount = round(reserve_order.amount * rate, customer.minor_units),
            delivery_date = reserve_order.delivery_date, deposit_amount = deposit_required
        WHERE o.company_id = reserve_order.company_id AND o.order_id = reserve_order.order_id;
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.reserve_order(bigint, text, text, numeric, text, date, date, boolean) IS
'Checks an order as ar.check_order does, as of today, and enters it with status reserved, under the lock of the customer and, before it, of its parent: two orders at once cannot both take what is left of a limit. An order that is known is changed to the amount and delivery date given; the same again changes nothing. Returns order_id and what ar.check_order answers; where the order is not allowed, error 23514 with these numbers, or allowed false and nothing reserved where refuse is false. Errors: 23503 for an unknown customer or currency, 23505 for the number of an order of another customer, 23514 for one that is delivered, closed or cancelled or in another currency, 40001 where the snapshot is from before another order.';

CREATE FUNCTION ar.release_order(company_id bigint, order_number text, reason text DEFAULT NULL) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    known record;
BEGIN
    PERFORM ar.require_guards();
    SELECT o.order_id, o.status INTO known
    FROM receivables.sales_order AS o
    WHERE o.company_id = release_order.company_id AND o.order_number = btrim(release_order.order_number)
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'order % does not exist', coalesce(order_number, 'null') USING ERRCODE = 'no_data_found';
    ELSIF known.status IN ('closed', 'cancelled') THEN
        RETURN false;
    ELSIF known.status = 'delivered' THEN
        RAISE EXCEPTION 'order % is delivered: it is to be invoiced', order_number USING ERRCODE = 'check_violation',
              HINT = 'Import it with status closed where it is not to be.';
    END IF;
    UPDATE receivables.sales_order AS o
    SET status = 'cancelled', status_reason = nullif(btrim(release_order.reason), '')
    WHERE o.company_id = release_order.company_id AND o.order_id = known.order_id;
    RETURN true;
END;
$$;
COMMENT ON FUNCTION ar.release_order(bigint, text, text) IS
'Cancels an order, so that what is not invoiced of it no longer counts against the limit. False where it was closed or cancelled already. Errors: P0002 for an unknown order, 23514 for one that is delivered.';
