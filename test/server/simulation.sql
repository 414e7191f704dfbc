-- Follow-up day by day, against an independent recomputation: psql variables
-- customers, invoices, first_day, days. Chance is a hash of what it is about, so
-- that each simulation is the same. Results are in sim.day.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE EXTENSION ar;
SELECT ar.create_ledger() IS NOT NULL AS made \gset
SELECT ar.create_company('SIM', 'Simulation', 'EUR') AS c \gset
SELECT ar.add_standard_dunning_policy(:c) AS version \gset
UPDATE receivables.company SET dunning_policy = 'standard';
-- What stands in the way of the recomputation is texts: no contact has an address.
INSERT INTO receivables.customer (company_id, customer_number, name)
SELECT :c, 'C' || n, 'Customer ' || n FROM generate_series(0, :customers - 1) AS n;

CREATE SCHEMA sim;
-- From 0 up to below one, by what and a salt.
CREATE FUNCTION sim.chance(what bigint, salt integer) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (hashint8extended(what, salt) & 1048575)::float8 / 1048576;
-- Each invoice with what will become of it: paid late or in two parts or never, by a payment that may come back.
CREATE TABLE sim.plan AS
SELECT n, 'I' || n AS number, 'C' || floor(sim.chance(n, 1) ^ 2 * :customers)::integer AS customer, d.invoice_date, d.invoice_date + t.days AS due_on,
       round((20 + 4000 * sim.chance(n, 4) ^ 3)::numeric, 2) AS amount,
       CASE WHEN p.kind < 0.92 THEN d.invoice_date + t.days
            + CASE WHEN p.kind < 0.50 THEN -12 + floor(18 * sim.chance(n, 6)) WHEN p.kind < 0.75 THEN floor(30 * sim.chance(n, 6)) ELSE 15 + floor(110 * sim.chance(n, 6)) END::integer END AS paid_on,
       sim.chance(n, 7) < 0.12 AS in_parts, sim.chance(n, 8) < 0.02 AS comes_back
FROM generate_series(1, :invoices) AS n
CROSS JOIN LATERAL (SELECT :'first_day'::date - 45 + floor(sim.chance(n, 2) * (:days + 45))::integer AS invoice_date) AS d
CROSS JOIN LATERAL (SELECT (ARRAY[15, 30, 30, 45, 60])[1 + floor(5 * sim.chance(n, 3))::integer] AS days) AS t
CROSS JOIN LATERAL (SELECT sim.chance(n, 5) AS kind) AS p;
UPDATE sim.plan SET paid_on = invoice_date WHERE paid_on < invoice_date;
CREATE INDEX ON sim.plan (invoice_date);
CREATE INDEX ON sim.plan (paid_on);
ANALYZE sim.plan;
CREATE TABLE sim.day (day date PRIMARY KEY, raised bigint, notices bigint, skipped bigint, kept bigint, partly_kept bigint, broken bigint, disputes bigint,
                      differences bigint, wrongly_chased bigint, run_ms numeric);
-- The levels as they should be, kept by the recomputation alone.
CREATE TABLE sim.level (item_id bigint PRIMARY KEY, level integer NOT NULL, shift integer NOT NULL);

-- What happens on a day, apart from what the system does.
CREATE PROCEDURE sim.happen(c bigint, today date) LANGUAGE plpgsql AS $$
DECLARE
    due record;
BEGIN
    PERFORM ar.import_rows(c, 'invoice', coalesce(jsonb_agg(jsonb_build_object('invoice_number', p.number, 'customer_number', p.customer,
        'invoice_date', p.invoice_date, 'due_date', p.due_on, 'amount', p.amount::text)), '[]'))
    FROM sim.plan AS p WHERE p.invoice_date = today;
    -- Payments: the whole, or the half now and the rest ten days later; some go back after five.
    CREATE TEMP TABLE paid ON COMMIT DROP AS
    SELECT p.number || '/1' AS payment, p.number, p.customer, CASE WHEN p.in_parts THEN round(p.amount / 2, 2) ELSE p.amount END AS amount
    FROM sim.plan AS p WHERE p.paid_on = today
    UNION ALL
    SELECT p.number || '/2', p.number, p.customer, p.amount - round(p.amount / 2, 2) FROM sim.plan AS p WHERE p.paid_on = today - 10 AND p.in_parts;
    -- What a credit note took is not paid.
    UPDATE paid AS p SET amount = least(p.amount, i.open_amount)
    FROM receivables.document AS d JOIN receivables.item AS i USING (company_id, document_id)
    WHERE d.company_id = c AND d.kind = 'invoice' AND d.document_number = p.number;
    PERFORM ar.import_rows(c, 'payment', coalesce(jsonb_agg(jsonb_build_object('payment_number', p.payment, 'customer_number', p.customer,
        'payment_date', today, 'amount', p.amount::text)), '[]')) FROM paid AS p WHERE p.amount > 0;
    PERFORM ar.import_rows(c, 'application', coalesce(jsonb_agg(jsonb_build_object('payment_number', p.payment, 'invoice_number', p.number,
        'application_date', today, 'amount', p.amount::text)), '[]')) FROM paid AS p WHERE p.amount > 0;
    PERFORM ar.reverse_document(c, d.document_id, today, 'returned by the bank')
    FROM sim.plan AS p JOIN receivables.document AS d ON d.company_id = c AND d.kind = 'payment' AND d.document_number = p.number || '/1'
    WHERE p.paid_on = today - 5 AND p.comes_back;
    -- Some who are late promise, some dispute a part, some are left alone for a week.
    FOR due IN
        SELECT k.customer_number, d.document_number, o.item_id, o.open_amount, sim.chance(o.item_id, (today - '2000-01-01'::date)) AS chance
        FROM ar.open_items(today) AS o JOIN receivables.document AS d USING (company_id, document_id)
        JOIN receivables.customer AS k ON k.company_id = o.company_id AND k.customer_id = o.customer_id
        WHERE o.company_id = c AND o.is_debit AND today - o.due_on BETWEEN 2 AND 80 AND sim.chance(o.item_id, (today - '2000-01-01'::date)) < 0.006
          AND NOT EXISTS (SELECT FROM receivables.dispute_item AS x WHERE x.item_id = o.item_id)
          AND NOT EXISTS (SELECT FROM receivables.promise_item AS x WHERE x.item_id = o.item_id)
        ORDER BY o.item_id
    LOOP
        IF due.chance < 0.003 THEN
            PERFORM ar.promise_to_pay(c, due.customer_number, jsonb_build_array(jsonb_build_object('due_on', today + 5 + (due.item_id % 9)::integer, 'amount', due.open_amount)),
                                      ARRAY[due.document_number], today);
        ELSIF due.chance < 0.005 THEN
            PERFORM ar.open_dispute(c, due.customer_number, 'quality', jsonb_build_array(jsonb_build_object('document_number', due.document_number,
                'amount', CASE WHEN due.item_id % 2 = 0 THEN due.open_amount ELSE greatest(round(due.open_amount / 3, 2), 0.01) END)), opened_on => today);
        ELSE
            PERFORM ar.hold_dunning(c, due.customer_number, 'asked for a week', today + 7, valid_from => today);
        END IF;
    END LOOP;
    PERFORM ar.resolve_dispute(c, d.dispute_id, CASE WHEN d.dispute_id % 3 = 0 AND EXISTS (
                                   SELECT FROM receivables.dispute_item AS x JOIN receivables.item AS i USING (company_id, item_id)
                                   WHERE x.dispute_id = d.dispute_id AND i.open_amount > 0) THEN 'credited' ELSE 'rejected' END,
                               'looked into', today, credit_note_number => CASE WHEN d.dispute_id % 3 = 0 AND EXISTS (
                                   SELECT FROM receivables.dispute_item AS x JOIN receivables.item AS i USING (company_id, item_id)
                                   WHERE x.dispute_id = d.dispute_id AND i.open_amount > 0) THEN 'CN' || d.dispute_id END)
    FROM receivables.dispute AS d WHERE d.company_id = c AND d.status = 'open' AND d.opened_on = today - 12;
END;
$$;

-- Who should be at which level: from documents and applications alone, in plain SQL.
CREATE PROCEDURE sim.check_day(c bigint, today date, ran record) LANGUAGE plpgsql AS $$
BEGIN
END;
$$;
