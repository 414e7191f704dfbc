-- Late interest on the books ----------------------------------------------------------------

CREATE FUNCTION ar.interest_policy_fault(definition jsonb) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    field record;
    number CONSTANT text := '^[0-9]+(\.[0-9]+)?$';
BEGIN
    IF num_nonnulls(definition ->> 'daily_percent', definition ->> 'annual_percent', definition ->> 'reference_rate') <> 1 THEN
        RETURN 'it has one of daily_percent, annual_percent and reference_rate';
    END IF;
    FOR field IN SELECT f.key, f.value #>> '{}' AS value, jsonb_typeof(f.value) AS type FROM jsonb_each(definition) AS f LOOP
        IF (CASE
            WHEN field.key IN ('daily_percent', 'annual_percent', 'margin_percent', 'minimum_amount', 'claim_fee')
            THEN field.type = 'number' AND field.value ~ number
            WHEN field.key = 'reference_rate' THEN field.type = 'string' AND btrim(field.value) <> ''
            WHEN field.key = 'day_count' THEN field.value IN ('act/365', 'act/360', 'act/act', '30e/360') AND NOT definition ? 'daily_percent'
            WHEN field.key = 'grace_days' THEN field.type = 'number' AND field.value ~ '^[0-9]{1,3}$'
            WHEN field.key = 'grace' THEN field.value IN ('threshold', 'deductible')
            WHEN field.key IN ('half_yearly', 'freeze_rate', 'compounds_daily') THEN field.type = 'boolean'
            WHEN field.key = 'credit_notes' THEN field.value IN ('own_date', 'invoice_date')
            WHEN field.key = 'charge_on' THEN field.value IN ('month_end', 'payment')
            WHEN field.key = 'from_date' THEN field.type = 'string' AND field.value ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'
                                              AND ar.parse_date(field.value) IS NOT NULL
            ELSE false END) IS NOT TRUE
        THEN
            RETURN format('%s is %s', field.key, coalesce(field.value, 'null'));
        END IF;
    END LOOP;
    IF NOT definition ? 'reference_rate' AND definition ?| '{margin_percent,half_yearly,freeze_rate}' THEN
        RETURN 'margin_percent, half_yearly and freeze_rate are of a reference_rate';
    END IF;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION ar.interest_policy_fault(jsonb) IS
'What is wrong with the definition of an interest policy; null for nothing. One of daily_percent (a day), annual_percent, or reference_rate (code in receivables.reference_rate) with margin_percent added, half_yearly (the rate in force on 1 January and 1 July counts for the half-year) and freeze_rate (that of the first day stays). day_count: act/365 (default), act/360, act/act or 30e/360. grace_days, and grace: threshold (default: later than that is late from the due date on) or deductible (from the end of the grace on). compounds_daily. credit_notes: own_date (default) or invoice_date (as if the invoice had been less). minimum_amount that is charged at least; claim_fee charged once with the first interest of an item. charge_on: month_end (default), or payment (once the item is settled). from_date: nothing is charged for days before.';

CREATE FUNCTION ar.interest_policy_is_valid() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    fault text := ar.interest_policy_fault(NEW.definition);
BEGIN
    IF fault IS NOT NULL THEN
        RAISE EXCEPTION 'interest policy % refused: %', NEW.interest_policy, fault
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = 'definition',
                  HINT = 'What a definition holds is told by the comment of ar.interest_policy_fault(jsonb).';
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION ar.interest_policy_is_valid() IS
'Trigger function before an interest policy is stored: error 23514 for a definition that says nothing, or something else than ar.interest_policy_fault knows.';

CREATE FUNCTION ar.interest_rates(company_id bigint, definition jsonb, due_on date, until date, OUT rate_dates date[], OUT percents numeric[])
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    first_day CONSTANT date := due_on + 1;
BEGIN
    IF definition ? 'reference_rate' THEN
        -- Days from which a rate counts: of each half-year, or of each change; the first one before the due date among them.
        SELECT array_agg(d.day ORDER BY d.day), array_agg(r.annual_percent + coalesce((definition ->> 'margin_percent')::numeric, 0) ORDER BY d.day)
        INTO rate_dates, percents
        FROM (SELECT g.day::date AS day
              FROM generate_series(make_date(extract(year FROM first_day)::integer, CASE WHEN extract(month FROM first_day) < 7 THEN 1 ELSE 7 END, 1)::timestamp,
                                   until::timestamp, interval '6 months') AS g (day)
              WHERE (definition ->> 'half_yearly')::boolean
              UNION
              SELECT r.valid_from FROM receivables.reference_rate AS r
              WHERE r.company_id = interest_rates.company_id AND r.reference_rate = definition ->> 'reference_rate' AND r.valid_from <= until
                AND NOT coalesce((definition ->> 'half_yearly')::boolean, false)) AS d
        CROSS JOIN LATERAL (
            SELECT r.annual_percent FROM receivables.reference_rate AS r
            WHERE r.company_id = interest_rates.company_id AND r.reference_rate = definition ->> 'reference_rate' AND r.valid_from <= d.day
            ORDER BY r.valid_from DESC LIMIT 1) AS r
        WHERE NOT coalesce((definition ->> 'freeze_rate')::boolean, false) OR d.day <= first_day;
        IF rate_dates IS NULL OR rate_dates[1] > first_day THEN
            RAISE EXCEPTION 'there is no rate % on %', definition ->> 'reference_rate', first_day
                USING ERRCODE = 'no_data_found', HINT = 'Enter it in receivables.reference_rate.';
        END IF;
    ELSE
        rate_dates := '{0001-01-01}';
        percents := ARRAY[coalesce(definition ->> 'daily_percent', definition ->> 'annual_percent')::numeric];
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.interest_rates(bigint, jsonb, date, date) IS
'The percents that an interest policy asks for on what is due on a day, and the days from which each counts, up to until. Error P0002 where the reference rate has none on the first day.';

CREATE FUNCTION ar.interest_due(company_id bigint, as_of date DEFAULT ar.as_of(), item_ids bigint[] DEFAULT NULL)
    RETURNS TABLE (customer_id bigint, item_id bigint, document_number text, currency text, interest_policy text,
                   charged_from date, charged_to date, amount numeric, disputed_amount numeric, computation jsonb, is_settled boolean)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET enable_nestloop = on AS $$
    SELECT i.customer_id, i.item_id, d.document_number, i.currency, p.interest_policy, f.charged_from, as_of,
           s.amount,
           coalesce(round(s.amount * least((SELECT coalesce(sum(x.amount), 0) FROM ar.disputed_parts(i.company_id, as_of) AS x WHERE x.item_id = i.item_id)
                                           / nullif((SELECT o.open_amount FROM ar.open_items(as_of, NULL) AS o
                                                     WHERE o.company_id = i.company_id AND o.item_id = i.item_id), 0), 1), u.minor_units), 0),
           s.computation, i.closed_on <= as_of
    FROM (SELECT c.customer_id, coalesce(c.interest_policy, g.interest_policy, o.interest_policy) AS interest_policy
          FROM receivables.company AS o
          JOIN receivables.customer AS c ON c.company_id = o.company_id
          LEFT JOIN receivables.customer_group AS g ON g.company_id = c.company_id AND g.customer_group = c.customer_group
          WHERE o.company_id = interest_due.company_id) AS k
    JOIN receivables.interest_policy AS p ON p.company_id = interest_due.company_id AND p.interest_policy = k.interest_policy
    -- All items, or some by their keys.
    JOIN (SELECT i.* FROM receivables.item AS i
          WHERE interest_due.item_ids IS NULL AND i.company_id = interest_due.company_id
          UNION ALL
          SELECT i.* FROM (SELECT DISTINCT u.item_id FROM unnest(interest_due.item_ids) AS u (item_id)) AS u
          JOIN receivables.item AS i ON i.company_id = interest_due.company_id AND i.item_id = u.item_id) AS i ON i.customer_id = k.customer_id
    JOIN receivables.document AS d ON d.company_id = i.company_id AND d.document_id = i.document_id
    JOIN receivables.currency AS u ON u.currency = i.currency
    CROSS JOIN LATERAL (
        SELECT greatest(i.due_on, (p.definition ->> 'from_date')::date - 1,
                        (SELECT max(x.charged_to) FROM receivables.interest_charge AS x
                         WHERE x.company_id = i.company_id AND x.item_id = i.item_id)) AS charged_from) AS f
    CROSS JOIN LATERAL (
        -- Interest bears no interest, unless it is compounded.
        SELECT round(sum(l.interest), u.minor_units) AS amount,
               jsonb_agg(jsonb_build_object('after', l.after, 'through', l.through, 'days', l.days, 'balance', l.balance, 'percent', l.percent,
                                            'interest', round(l.interest, 6)) ORDER BY l.after) AS computation
        FROM ar.interest_rates(i.company_id, p.definition, i.due_on, as_of) AS r
        CROSS JOIN LATERAL (
            SELECT coalesce(array_agg(a.day), '{}') AS dates, coalesce(array_agg(-a.amount), '{}') AS amounts
            FROM (SELECT CASE WHEN c.kind = 'credit_note' AND p.definition ->> 'credit_notes' = 'invoice_date' THEN i.due_on
                              ELSE a.effective_on END AS day, sum(a.amount) AS amount
                  FROM receivables.application AS a
                  JOIN receivables.item AS c ON c.company_id = a.company_id AND c.item_id = a.credit_item_id
                  WHERE a.company_id = i.company_id AND a.debit_item_id = i.item_id AND a.effective_on <= as_of
                  GROUP BY 1) AS a) AS a
        CROSS JOIN LATERAL ar.late_interest(
            i.due_on, as_of, i.amount, a.dates, a.amounts, r.rate_dates, r.percents,
            CASE WHEN p.definition ? 'daily_percent' THEN 'daily' ELSE coalesce(p.definition ->> 'day_count', 'act/365') END,
            coalesce((p.definition ->> 'grace_days')::integer, 0), coalesce(p.definition ->> 'grace' = 'deductible', false),
            coalesce((p.definition ->> 'compounds_daily')::boolean, false), f.charged_from) AS l
        OFFSET 0) AS s
    WHERE i.is_debit AND i.kind IN ('invoice', 'opening_balance', 'transfer_in', 'adjustment') AND i.reverses_item_id IS NULL
      AND i.effective_on <= as_of AND f.charged_from < as_of AND i.closed_on > f.charged_from
      AND s.amount > 0 AND s.amount >= coalesce((p.definition ->> 'minimum_amount')::numeric, 0)
$$;
COMMENT ON FUNCTION ar.interest_due(bigint, date, bigint[]) IS
'Late interest of a company that was not charged yet up to a day, item by item, of all or some items: a preview of ar.charge_interest. charged_from is the day after which it is counted; computation tells balance, days and percent of each stretch (ar.late_interest); the amount is their sum, rounded once, in the currency of the item, and disputed_amount what of it falls to the disputed part of what is open. Settled items are among them, as far as they were late. Error P0002 where a reference rate is missing.';

CREATE FUNCTION ar.post_interest_charges(company_id bigint, charge_ids bigint[], on_date date) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM ar.import_rows(company_id, 'interest', x.rows)
    FROM (SELECT jsonb_agg(jsonb_build_object(
              'interest_number', format('INT-%s', c.interest_charge_id), 'customer_number', k.customer_number, 'interest_date', on_date,
              'amount', c.amount::text, 'currency', i.currency, 'reference', d.document_number,
              'reason', format('late interest on %s after %s through %s', d.document_number, c.charged_from, c.charged_to),
              'idempotency_key', format('interest charge %s', c.interest_charge_id)) ORDER BY c.interest_charge_id) AS rows
          FROM receivables.interest_charge AS c
          JOIN receivables.item AS i ON i.company_id = c.company_id AND i.item_id = c.item_id
          JOIN receivables.document AS d ON d.company_id = i.company_id AND d.document_id = i.document_id
          JOIN receivables.customer AS k ON k.company_id = i.company_id AND k.customer_id = i.customer_id
          WHERE c.company_id = post_interest_charges.company_id AND c.interest_charge_id = ANY (charge_ids)) AS x
    WHERE x.rows IS NOT NULL;
    UPDATE receivables.interest_charge AS c
    SET status = 'posted', document_id = d.document_id
    FROM receivables.document AS d
    WHERE c.company_id = post_interest_charges.company_id AND c.interest_charge_id = ANY (charge_ids) AND c.status = 'suspended'
      AND d.company_id = c.company_id AND d.idempotency_key = format('interest charge %s', c.interest_charge_id);
END;
$$;
COMMENT ON FUNCTION ar.post_interest_charges(bigint, bigint[], date) IS
'Posts charges that wait, each as an interest document of its own.';

CREATE FUNCTION ar.charge_interest(company_id bigint, as_of date DEFAULT ar.as_of(), only_when_due boolean DEFAULT false,
                                   OUT charged bigint, OUT suspended bigint, OUT waived bigint)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    is_month_end CONSTANT boolean := extract(day FROM as_of + 1) = 1;
    due  bigint[];
    post bigint[];
BEGIN
    PERFORM ar.require_guards();
    PERFORM ar.company_minor_units(company_id);
    -- One charge of a company at a time.
    PERFORM FROM receivables.interest_policy AS p
    WHERE p.company_id = charge_interest.company_id ORDER BY p.interest_policy FOR NO KEY UPDATE;
    WITH added AS (
        INSERT INTO receivables.interest_charge AS c (company_id, item_id, charged_from, charged_to, is_disputed_part, interest_policy,
                                                      amount, computation, status)
        SELECT charge_interest.company_id, i.item_id, i.charged_from, i.charged_to, x.is_disputed_part, i.interest_policy,
               x.amount, i.computation, 'suspended'
        FROM ar.interest_due(charge_interest.company_id, charge_interest.as_of) AS i
        CROSS JOIN LATERAL (VALUES (false, i.amount - i.disputed_amount), (true, i.disputed_amount)) AS x (is_disputed_part, amount)
        JOIN receivables.interest_policy AS p ON p.company_id = charge_interest.company_id AND p.interest_policy = i.interest_policy
        WHERE x.amount > 0
          AND (NOT only_when_due
               OR CASE coalesce(p.definition ->> 'charge_on', 'month_end') WHEN 'payment' THEN i.is_settled ELSE is_month_end END)
        ORDER BY i.item_id, x.is_disputed_part
        RETURNING c.interest_charge_id
    )
    SELECT array_agg(a.interest_charge_id) INTO due FROM added AS a;
    -- What waited for a dispute: credited, it is not asked for.
    UPDATE receivables.interest_charge AS c
    SET status = 'waived', waived_reason = 'the dispute was credited'
    WHERE c.company_id = charge_interest.company_id AND c.status = 'suspended' AND c.interest_charge_id <> ALL (coalesce(due, '{}'))
      AND (SELECT d.status FROM receivables.dispute_item AS x
           JOIN receivables.dispute AS d ON d.company_id = x.company_id AND d.dispute_id = x.dispute_id
           WHERE x.company_id = c.company_id AND x.item_id = c.item_id
           ORDER BY d.dispute_id DESC LIMIT 1) = 'credited';
    GET DIAGNOSTICS waived = ROW_COUNT;
    SELECT array_agg(c.interest_charge_id ORDER BY c.interest_charge_id) INTO post
    FROM receivables.interest_charge AS c
    WHERE c.company_id = charge_interest.company_id AND c.status = 'suspended'
      AND NOT (c.is_disputed_part AND EXISTS (SELECT FROM ar.disputed_parts(c.company_id, as_of) AS x WHERE x.item_id = c.item_id));
    PERFORM ar.post_interest_charges(company_id, post, as_of);
    -- Once for each item, with its first charge.
    PERFORM ar.import_rows(company_id, 'fee', f.rows)
    FROM (SELECT jsonb_agg(jsonb_build_object(
              'fee_number', format('CLAIM-%s', c.interest_charge_id), 'customer_number', k.customer_number, 'fee_date', as_of,
              'amount', p.definition ->> 'claim_fee', 'currency', i.currency, 'reason', 'compensation for recovery costs',
              'idempotency_key', format('claim fee of item %s', i.item_id)) ORDER BY c.interest_charge_id) AS rows
          FROM receivables.interest_charge AS c
          JOIN receivables.interest_policy AS p ON p.company_id = c.company_id AND p.interest_policy = c.interest_policy
          JOIN receivables.item AS i ON i.company_id = c.company_id AND i.item_id = c.item_id
          JOIN receivables.customer AS k ON k.company_id = i.company_id AND k.customer_id = i.customer_id
          WHERE c.company_id = charge_interest.company_id AND c.interest_charge_id = ANY (post) AND (p.definition ->> 'claim_fee')::numeric > 0
            AND NOT EXISTS (SELECT FROM receivables.interest_charge AS e
                            WHERE e.company_id = c.company_id AND e.item_id = c.item_id AND e.document_id IS NOT NULL
                              AND e.interest_charge_id < c.interest_charge_id)) AS f
    WHERE f.rows IS NOT NULL;
    charged := coalesce(cardinality(post), 0);
    suspended := (SELECT count(*) FROM unnest(due) AS d (id) WHERE d.id <> ALL (coalesce(post, '{}')));
END;
$$;
COMMENT ON FUNCTION ar.charge_interest(bigint, date, boolean) IS
'Charges the late interest of a company that ar.interest_due finds up to a day: each item its own interest document of that day, which stays open when the item is paid, and with the first one the claim fee of the policy. What falls to the disputed part of an item waits: it is posted once the dispute is rejected or withdrawn, and waived where it was credited. With only_when_due, policies that charge on month_end wait for the last day of a month, and those that charge on payment for the item to be settled. Charged again for a day it changes nothing. Returns how many charges were posted, wait and were waived. Errors: P0002 where a reference rate is missing, 23503 for an unknown company, 55000 in a closed period.';

CREATE FUNCTION ar.charge_interest_when_due(company_id bigint, as_of date, OUT charged bigint, OUT suspended bigint, OUT waived bigint)
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.* FROM ar.charge_interest(charge_interest_when_due.company_id, charge_interest_when_due.as_of, true) AS c
$$;
COMMENT ON FUNCTION ar.charge_interest_when_due(bigint, date) IS
'ar.charge_interest as the daily run calls it: each policy on its days.';

CREATE FUNCTION ar.waive_interest(company_id bigint, interest_charge_id bigint, reason text, waived_on date DEFAULT ar.as_of()) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    charge   record;
    reversal bigint;
BEGIN
    IF btrim(coalesce(reason, '')) = '' THEN
        RAISE EXCEPTION 'interest is waived for a reason' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT c.status, c.document_id INTO charge FROM receivables.interest_charge AS c
    WHERE c.company_id = waive_interest.company_id AND c.interest_charge_id = waive_interest.interest_charge_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'company % has no interest charge %', coalesce(company_id::text, 'null'), coalesce(interest_charge_id::text, 'null')
            USING ERRCODE = 'no_data_found';
    ELSIF charge.status = 'waived' THEN
        RETURN NULL;
    END IF;
    IF charge.document_id IS NOT NULL THEN
        reversal := ar.reverse_document(company_id, charge.document_id, waived_on, reason);
    END IF;
    UPDATE receivables.interest_charge AS c SET status = 'waived', waived_reason = reason
    WHERE c.company_id = waive_interest.company_id AND c.interest_charge_id = waive_interest.interest_charge_id;
    RETURN reversal;
END;
$$;
COMMENT ON FUNCTION ar.waive_interest(bigint, bigint, text, date) IS
'Waives a charge of late interest for a reason: its document is reversed on a day; one that waits is not posted. Returns the reversal; null where nothing was posted, or it was waived before. Errors: P0002 for an unknown charge, 22023 without a reason; those of ar.reverse_document.';
