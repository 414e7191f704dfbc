-- Follow-up day by day, beside what a recomputation from documents and applications
-- expects: psql variables customers, invoices, first_day, days. Chance is a hash of
-- what it is about, so that a simulation is the same each time. Results are in sim.day
-- and sim.difference.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET jit = off;
CREATE EXTENSION ar;
SELECT ar.create_ledger() IS NOT NULL AS made \gset
SELECT ar.create_company('SIM', 'Simulation', 'EUR') AS c \gset
-- Most are dunned by the standard policy, some with patience, some step by step.
SELECT ar.add_standard_dunning_policy(:c) + ar.add_standard_dunning_policy(:c, 'stepwise') AS version \gset
INSERT INTO receivables.dunning_policy (company_id, dunning_policy, name) VALUES (:c, 'patient', 'Patient');
INSERT INTO receivables.dunning_policy_version (company_id, dunning_policy, version, minimum_amount, minimum_interval_days, promise_grace_days, promise_tolerance_percent)
VALUES (:c, 'patient', 1, 150, 6, 5, 8);
INSERT INTO receivables.dunning_step (company_id, dunning_policy, version, level, offset_days, name, fee)
VALUES (:c, 'patient', 1, 2, 5, 'reminder', 0), (:c, 'patient', 1, 4, 20, 'demand', 5), (:c, 'patient', 1, 9, 45, 'last demand', 0);
INSERT INTO receivables.dunning_action (company_id, dunning_policy, version, level, action_number, action, audience, channel, template)
VALUES (:c, 'patient', 1, 2, 1, 'message', 'customer', 'email', 'reminder'), (:c, 'patient', 1, 4, 1, 'message', 'customer', 'email', 'second_reminder');
ALTER TABLE receivables.dunning_policy_version DISABLE TRIGGER USER;
UPDATE receivables.dunning_policy_version SET may_skip_steps = false WHERE dunning_policy = 'stepwise';
ALTER TABLE receivables.dunning_policy_version ENABLE TRIGGER USER;
UPDATE receivables.company SET dunning_policy = 'standard';
INSERT INTO receivables.employee (company_id, employee, name, position, email)
VALUES (:c, 'M', 'Sales manager', 'sales_manager', 'm@example.com'), (:c, 'F', 'CFO', 'cfo', 'f@example.com'), (:c, 'L', 'Counsel', 'legal', NULL);
INSERT INTO receivables.customer (company_id, customer_number, name, dunning_policy)
SELECT :c, 'C' || n, 'Customer ' || n, CASE WHEN n % 10 = 3 THEN 'patient' WHEN n % 10 = 7 THEN 'stepwise' END
FROM generate_series(0, :customers - 1) AS n;
INSERT INTO receivables.customer_contact (company_id, customer_id, name, email, address)
SELECT :c, k.customer_id, k.name, lower(k.customer_number) || '@example.com', CASE WHEN k.customer_id % 2 = 0 THEN 'Street 1' END
FROM receivables.customer AS k WHERE k.customer_id % 5 = 0;

CREATE SCHEMA sim;
-- From 0 up to below one, by what and a salt.
CREATE FUNCTION sim.chance(what bigint, salt integer) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (hashint8extended(what, salt) & 1048575)::float8 / 1048576;
-- Each invoice with what will become of it: paid late or in two parts or never, by a payment that may come
-- back and be made again, be more than was asked for, or wait a week before it is applied.
CREATE TABLE sim.plan AS
SELECT n, 'I' || n AS number, 'C' || floor(sim.chance(n, 1) ^ 2 * :customers)::integer AS customer, d.invoice_date, d.invoice_date + t.days AS due_on,
       round((20 + 4000 * sim.chance(n, 4) ^ 3)::numeric, 2) AS amount,
       CASE WHEN p.kind < 0.92 THEN greatest(d.invoice_date, d.invoice_date + t.days
            + CASE WHEN p.kind < 0.50 THEN -12 + floor(18 * sim.chance(n, 6)) WHEN p.kind < 0.75 THEN floor(30 * sim.chance(n, 6)) ELSE 15 + floor(110 * sim.chance(n, 6)) END::integer) END AS paid_on,
       sim.chance(n, 7) < 0.25 AS in_parts, sim.chance(n, 8) < 0.02 AS comes_back, sim.chance(n, 8) > 0.96 AS waits,
       CASE WHEN sim.chance(n, 9) < 0.02 THEN 3000 ELSE 0 END AS overpaid, sim.chance(n, 10) < 0.01 AS credited
FROM generate_series(1, :invoices) AS n
CROSS JOIN LATERAL (SELECT :'first_day'::date - 60 + floor(sim.chance(n, 2) * (:days + 60))::integer AS invoice_date) AS d
CROSS JOIN LATERAL (SELECT (ARRAY[15, 30, 30, 45, 60])[1 + floor(5 * sim.chance(n, 3))::integer] AS days) AS t
CROSS JOIN LATERAL (SELECT sim.chance(n, 5) AS kind) AS p;
CREATE INDEX ON sim.plan (invoice_date);
CREATE INDEX ON sim.plan (paid_on);
ANALYZE sim.plan;

-- What happens on a day, apart from what follow-up does about it.
CREATE PROCEDURE sim.happen(c bigint, today date) LANGUAGE plpgsql AS $$
DECLARE
    due record;
BEGIN
    PERFORM ar.import_rows(c, 'invoice', coalesce(jsonb_agg(jsonb_build_object('invoice_number', p.number, 'customer_number', p.customer,
        'invoice_date', p.invoice_date, 'due_date', p.due_on, 'amount', p.amount::text)), '[]'))
    FROM sim.plan AS p WHERE p.invoice_date = today;
    PERFORM ar.post_credit_note(c, p.customer, 'CN-' || p.number, today, round(p.amount / 4, 2), invoice_number => p.number)
    FROM sim.plan AS p JOIN receivables.document AS d ON d.company_id = c AND d.kind = 'invoice' AND d.document_number = p.number
    JOIN receivables.item AS i ON i.company_id = d.company_id AND i.document_id = d.document_id AND i.open_amount >= p.amount / 2
    WHERE p.credited AND p.invoice_date = today - 20;
    -- The whole, or half now and the rest ten days later; what came back, four weeks later.
    DROP TABLE IF EXISTS pg_temp.paid;
    CREATE TEMP TABLE paid AS
    SELECT p.number || '/1' AS payment, p.number, p.customer, p.waits, p.overpaid,
           CASE WHEN p.in_parts THEN round(p.amount / 2, 2) ELSE p.amount END AS amount
    FROM sim.plan AS p WHERE p.paid_on = today
    UNION ALL
    SELECT p.number || '/2', p.number, p.customer, false, 0, p.amount - round(p.amount / 2, 2)
    FROM sim.plan AS p WHERE p.paid_on = today - 10 AND p.in_parts
    UNION ALL
    SELECT p.number || '/3', p.number, p.customer, false, 0, p.amount
    FROM sim.plan AS p WHERE p.paid_on = today - 28 AND p.comes_back AND p.n % 3 > 0;
    -- What a credit note took, or is disputed, is not paid.
    UPDATE paid AS p SET amount = least(p.amount, i.open_amount - coalesce((
        SELECT sum(x.amount) FROM receivables.dispute_item AS x JOIN receivables.dispute AS q USING (company_id, dispute_id)
        WHERE x.company_id = c AND x.item_id = i.item_id AND q.status = 'open'), 0))
    FROM receivables.document AS d JOIN receivables.item AS i USING (company_id, document_id)
    WHERE d.company_id = c AND d.kind = 'invoice' AND d.document_number = p.number;
    DELETE FROM paid WHERE amount <= 0;
    PERFORM ar.import_rows(c, 'payment', coalesce(jsonb_agg(jsonb_build_object('payment_number', p.payment, 'customer_number', p.customer,
        'payment_date', today, 'amount', (p.amount + p.overpaid)::text)), '[]')) FROM paid AS p;
    INSERT INTO paid (payment, number, waits, amount)
    SELECT d.document_number, p.number, false, least(-i.open_amount, s.open_amount)
    FROM sim.plan AS p
    JOIN receivables.document AS d ON d.company_id = c AND d.kind = 'payment' AND d.document_number = p.number || '/1'
    JOIN receivables.item AS i ON i.company_id = c AND i.document_id = d.document_id
    JOIN receivables.document AS v ON v.company_id = c AND v.kind = 'invoice' AND v.document_number = p.number
    JOIN receivables.item AS s ON s.company_id = c AND s.document_id = v.document_id AND s.open_amount > 0
    WHERE p.waits AND p.paid_on = today - 8;
    PERFORM ar.import_rows(c, 'application', coalesce(jsonb_agg(jsonb_build_object('payment_number', p.payment, 'invoice_number', p.number,
        'application_date', today, 'amount', p.amount::text)), '[]')) FROM paid AS p WHERE NOT p.waits;
    PERFORM ar.reverse_document(c, d.document_id, today, 'returned by the bank')
    FROM sim.plan AS p JOIN receivables.document AS d ON d.company_id = c AND d.kind = 'payment' AND d.document_number = p.number || '/1'
    WHERE p.paid_on = today - 5 AND p.comes_back
      AND NOT EXISTS (SELECT FROM receivables.document AS r WHERE r.company_id = c AND r.reverses_document_id = d.document_id);
    -- So does what kept a promise, now and then, four days after it was judged.
    PERFORM ar.reverse_document(c, d.document_id, today, 'returned by the bank')
    FROM (SELECT DISTINCT i.document_id
          FROM sim.verdict AS v
          JOIN receivables.promise_item AS x ON x.company_id = c AND x.promise_id = v.promise_id
          JOIN receivables.application AS a ON a.company_id = c AND a.debit_item_id = x.item_id
          JOIN receivables.item AS i ON i.company_id = c AND i.item_id = a.credit_item_id AND i.kind = 'payment'
          WHERE v.verdict = 'kept' AND v.judged_on = today - 4 AND sim.chance(v.promise_id, 12) < 0.3) AS d
    WHERE NOT EXISTS (SELECT FROM receivables.document AS r WHERE r.company_id = c AND d.document_id IN (r.reverses_document_id, r.document_id) AND r.reverses_document_id IS NOT NULL);
    -- Some who are late promise, in one or two instalments, some dispute the whole or a part, some are left alone for a week.
    FOR due IN
        SELECT k.customer_number, d.document_number, i.item_id, i.open_amount, x.chance,
               EXISTS (SELECT FROM receivables.promise_item AS m JOIN receivables.promise AS p USING (company_id, promise_id)
                       WHERE m.company_id = c AND m.item_id = i.item_id AND p.status = 'open') AS is_promised
        FROM receivables.item AS i JOIN receivables.document AS d USING (company_id, document_id)
        JOIN receivables.customer AS k ON k.company_id = i.company_id AND k.customer_id = i.customer_id
        CROSS JOIN LATERAL (SELECT sim.chance(i.item_id, today - '2000-01-01'::date) AS chance OFFSET 0) AS x
        WHERE i.company_id = c AND i.closed_on = 'infinity' AND i.kind = 'invoice' AND today - i.due_on BETWEEN -5 AND 80 AND x.chance < 0.007
          AND NOT EXISTS (SELECT FROM receivables.dispute_item AS m JOIN receivables.dispute AS q USING (company_id, dispute_id)
                          WHERE m.company_id = c AND m.item_id = i.item_id AND q.status = 'open')
        ORDER BY i.item_id
    LOOP
        IF due.chance < 0.003 THEN
            CONTINUE WHEN due.is_promised;
            PERFORM ar.promise_to_pay(c, due.customer_number,
                CASE WHEN due.item_id % 3 = 0 AND due.open_amount > 1
                THEN jsonb_build_array(jsonb_build_object('due_on', today + 3, 'amount', round(due.open_amount / 2, 2)),
                                       jsonb_build_object('due_on', today + 12, 'amount', due.open_amount - round(due.open_amount / 2, 2)))
                ELSE jsonb_build_array(jsonb_build_object('due_on', today + 2 + (due.item_id % 9)::integer,
                                       'amount', CASE WHEN due.item_id % 5 = 0 THEN greatest(round(due.open_amount / 2, 2), 0.01) ELSE due.open_amount END)) END,
                ARRAY[due.document_number], today);
        ELSIF due.chance < 0.005 THEN
            PERFORM ar.open_dispute(c, due.customer_number, 'quality', jsonb_build_array(jsonb_build_object('document_number', due.document_number,
                'amount', CASE WHEN due.item_id % 2 = 0 THEN due.open_amount ELSE greatest(round(due.open_amount / 3, 2), 0.01) END)), opened_on => today);
        ELSE
            PERFORM ar.hold_dunning(c, due.customer_number, 'asked for a week', today + 7,
                                    CASE WHEN due.item_id % 2 = 0 THEN due.document_number END, today);
        END IF;
    END LOOP;
    FOR due IN
        SELECT d.dispute_id, d.dispute_id % 3 = 0 AND bool_or(i.open_amount > 0) AS is_credited
        FROM receivables.dispute AS d
        JOIN receivables.dispute_item AS x USING (company_id, dispute_id)
        JOIN receivables.item AS i USING (company_id, item_id)
        WHERE d.company_id = c AND d.status = 'open' AND d.opened_on = today - 12
        GROUP BY d.dispute_id ORDER BY d.dispute_id
    LOOP
        PERFORM ar.resolve_dispute(c, due.dispute_id, CASE WHEN due.is_credited THEN 'credited' WHEN due.dispute_id % 3 = 1 THEN 'rejected' ELSE 'withdrawn' END, 'looked into', today,
                                   credit_note_number => CASE WHEN due.is_credited THEN 'CN' || due.dispute_id END);
    END LOOP;
END;
$$;

-- What should be, kept by the recomputation alone, from facts that were entered: amounts of documents,
-- applications, the steps of policies, promises, disputes and holds.
CREATE TABLE sim.policy AS
SELECT c.customer_id, v.dunning_policy AS policy, v.minimum_amount, v.minimum_interval_days, v.may_skip_steps
FROM receivables.customer AS c JOIN receivables.dunning_policy_version AS v
    ON v.company_id = c.company_id AND v.dunning_policy = coalesce(c.dunning_policy, 'standard');
ALTER TABLE sim.policy ADD PRIMARY KEY (customer_id);
CREATE TABLE sim.step AS
SELECT dunning_policy AS policy, level::integer, offset_days, max(level) OVER (PARTITION BY dunning_policy)::integer AS last_level FROM receivables.dunning_step;
CREATE TABLE sim.level (item_id bigint PRIMARY KEY, level integer NOT NULL, shift integer NOT NULL);
CREATE TABLE sim.told (customer_id bigint PRIMARY KEY, told_on date NOT NULL);
CREATE TABLE sim.verdict (promise_id bigint PRIMARY KEY, verdict text NOT NULL, judged_on date NOT NULL);
CREATE TABLE sim.came_back (promise_id bigint, day date);
CREATE UNLOGGED TABLE sim.asked (item_id bigint PRIMARY KEY);
CREATE UNLOGGED TABLE sim.open (item_id bigint PRIMARY KEY, customer_id bigint, due_on date, amount numeric);
CREATE UNLOGGED TABLE sim.candidate (item_id bigint PRIMARY KEY, customer_id bigint, from_level integer, level integer, open_amount numeric,
                                     disputed numeric, promised numeric, is_held boolean, asked numeric);
CREATE UNLOGGED TABLE sim.customer (customer_id bigint PRIMARY KEY, level integer, amount numeric, balance numeric, reason text);

CREATE TABLE sim.day (day date PRIMARY KEY, is_run boolean, raised bigint, notices bigint, leaps bigint, run_ms numeric, expect_ms numeric);
CREATE TABLE sim.difference (day date, what text, detail text);

CREATE PROCEDURE sim.expect_verdicts(c bigint, today date) LANGUAGE plpgsql AS $$
BEGIN
    -- What was kept by a payment that came back is judged anew.
    WITH returned AS (
        DELETE FROM sim.verdict AS v USING receivables.promise AS p, sim.policy AS y, receivables.dunning_policy_version AS d
        WHERE p.company_id = c AND p.promise_id = v.promise_id AND y.customer_id = p.customer_id AND d.company_id = c AND d.dunning_policy = y.policy
          AND v.verdict = 'kept' AND p.amount * (1 - d.promise_tolerance_percent / 100) > coalesce((
              SELECT sum(a.amount) FROM receivables.promise_item AS x
              JOIN receivables.application AS a ON a.company_id = c AND a.debit_item_id = x.item_id AND a.effective_on BETWEEN p.promised_on AND today
              JOIN receivables.item AS i ON i.company_id = c AND i.item_id = a.credit_item_id AND i.kind = 'payment'
              WHERE x.company_id = c AND x.promise_id = v.promise_id), 0)
        RETURNING v.promise_id
    )
    INSERT INTO sim.came_back SELECT r.promise_id, today FROM returned AS r;
    WITH promise AS (
        SELECT p.promise_id, p.promised_on, p.amount, v.promise_grace_days AS grace, 1 - v.promise_tolerance_percent / 100 AS least_part
        FROM receivables.promise AS p JOIN sim.policy AS y USING (customer_id)
        JOIN receivables.dunning_policy_version AS v ON v.company_id = p.company_id AND v.dunning_policy = y.policy
        WHERE p.company_id = c AND NOT EXISTS (SELECT FROM sim.verdict AS j WHERE j.promise_id = p.promise_id)
    ), paid AS (
        SELECT p.promise_id, a.effective_on, a.amount
        FROM promise AS p JOIN receivables.promise_item AS x ON x.company_id = c AND x.promise_id = p.promise_id
        JOIN receivables.application AS a ON a.company_id = c AND a.debit_item_id = x.item_id
        JOIN receivables.item AS i ON i.company_id = c AND i.item_id = a.credit_item_id AND i.kind = 'payment'
        WHERE a.effective_on BETWEEN p.promised_on AND today
    ), judged AS (
        SELECT p.promise_id, p.amount * p.least_part AS least_amount, coalesce((SELECT sum(x.amount) FROM paid AS x WHERE x.promise_id = p.promise_id), 0) AS paid,
               EXISTS (SELECT FROM receivables.promise_instalment AS i
                       WHERE i.company_id = c AND i.promise_id = p.promise_id AND i.due_on + p.grace < today
                         AND (SELECT sum(e.amount) * p.least_part FROM receivables.promise_instalment AS e
                              WHERE e.company_id = c AND e.promise_id = p.promise_id AND e.instalment <= i.instalment)
                             -- What was paid in time and is not paid any more was not.
                             > coalesce((SELECT least(sum(x.amount), sum(x.amount) FILTER (WHERE x.effective_on <= i.due_on + p.grace)) FROM paid AS x
                                         WHERE x.promise_id = p.promise_id
                                         HAVING bool_or(x.effective_on <= i.due_on + p.grace)), 0)) AS is_late,
               EXISTS (SELECT FROM receivables.promise_item AS x JOIN sim.open AS o USING (item_id)
                       WHERE x.company_id = c AND x.promise_id = p.promise_id) AS is_open
        FROM promise AS p
    )
    INSERT INTO sim.verdict
    SELECT j.promise_id, CASE WHEN j.paid >= j.least_amount THEN 'kept' WHEN NOT j.is_open THEN 'cancelled' WHEN j.paid > 0 THEN 'partly_kept' ELSE 'broken' END, today
    FROM judged AS j WHERE j.paid >= j.least_amount OR j.is_late;
    -- A broken promise raises once.
    INSERT INTO sim.level AS l
    SELECT x.item_id, 0, count(*) FROM sim.verdict AS v JOIN receivables.promise_item AS x ON x.company_id = c AND x.promise_id = v.promise_id
    WHERE v.judged_on = today AND v.verdict = 'broken' GROUP BY x.item_id
    ON CONFLICT (item_id) DO UPDATE SET shift = l.shift + excluded.shift;
    INSERT INTO sim.difference
    SELECT today, 'promise', format('promise %s: %s on %s, should be %s on %s', p.promise_id, p.status, p.judged_on, v.verdict, v.judged_on)
    FROM receivables.promise AS p LEFT JOIN sim.verdict AS v USING (promise_id)
    WHERE p.company_id = c AND (coalesce(v.verdict, 'open'), v.judged_on) IS DISTINCT FROM (p.status, p.judged_on);
END;
$$;

CREATE PROCEDURE sim.find_open(c bigint, today date) LANGUAGE plpgsql AS $$
BEGIN
    TRUNCATE sim.open;
    INSERT INTO sim.open
    SELECT i.item_id, i.customer_id, i.due_on, i.amount - sign(i.amount) * coalesce(a.amount, 0)
    FROM receivables.item AS i
    LEFT JOIN (SELECT x.item_id, sum(x.amount) AS amount
               FROM (SELECT debit_item_id AS item_id, amount FROM receivables.application WHERE company_id = c AND effective_on <= today
                     UNION ALL
                     SELECT credit_item_id, amount FROM receivables.application WHERE company_id = c AND effective_on <= today) AS x
               GROUP BY x.item_id) AS a USING (item_id)
    WHERE i.company_id = c AND i.effective_on <= today AND i.amount - sign(i.amount) * coalesce(a.amount, 0) <> 0;
    ANALYZE sim.open;
END;
$$;

CREATE PROCEDURE sim.expect(c bigint, today date) LANGUAGE plpgsql AS $$
BEGIN
    TRUNCATE sim.candidate, sim.customer;
    INSERT INTO sim.candidate
    SELECT i.*, CASE WHEN i.is_held THEN 0 ELSE greatest(i.amount - i.disputed - i.promised, 0) END
    FROM (
        SELECT o.item_id, o.customer_id, t.from_level, s.level, o.amount,
               coalesce((SELECT sum(x.amount) FROM receivables.dispute_item AS x JOIN receivables.dispute AS d USING (company_id, dispute_id)
                         WHERE x.company_id = c AND x.item_id = o.item_id AND d.opened_on <= today AND coalesce(d.resolved_on > today, true)), 0) AS disputed,
               coalesce((SELECT sum(x.amount) FROM receivables.promise_item AS x
                         WHERE x.company_id = c AND x.item_id = o.item_id AND NOT EXISTS (SELECT FROM sim.verdict AS v WHERE v.promise_id = x.promise_id)), 0) AS promised,
               EXISTS (SELECT FROM receivables.dunning_hold AS h
                       WHERE h.company_id = c AND h.item_id = o.item_id AND today >= h.valid_from AND today < h.valid_to) AS is_held
        FROM sim.open AS o
        JOIN sim.policy AS p USING (customer_id)
        LEFT JOIN sim.level AS l USING (item_id)
        CROSS JOIN LATERAL (SELECT coalesce(l.level, 0) AS from_level) AS t
        CROSS JOIN LATERAL (
            SELECT coalesce(max(e.level) FILTER (WHERE e.offset_days <= today - o.due_on), 0) AS by_age,
                   max(e.last_level) AS last_level, coalesce(min(e.level) FILTER (WHERE e.level > t.from_level), max(e.last_level)) AS next_level
            FROM sim.step AS e WHERE e.policy = p.policy) AS a
        CROSS JOIN LATERAL (
            SELECT CASE WHEN l.shift > 0 THEN coalesce((SELECT e.level FROM sim.step AS e WHERE e.policy = p.policy AND e.level > t.from_level
                                                        ORDER BY e.level OFFSET l.shift - 1 LIMIT 1), a.last_level) ELSE 0 END AS by_promise) AS b
        CROSS JOIN LATERAL (
            SELECT CASE WHEN p.may_skip_steps THEN greatest(a.by_age, b.by_promise) ELSE least(greatest(a.by_age, b.by_promise), a.next_level) END AS level) AS s
        WHERE o.amount > 0 AND s.level > t.from_level) AS i;
    INSERT INTO sim.customer
    SELECT k.customer_id, k.level, k.amount, b.balance,
           CASE WHEN k.all_held OR EXISTS (SELECT FROM receivables.dunning_hold AS h
                                           WHERE h.company_id = c AND h.customer_id = k.customer_id AND h.item_id IS NULL
                                             AND today >= h.valid_from AND today < h.valid_to) THEN 'on_hold'
                WHEN b.balance <= 0 THEN 'in_credit'
                WHEN k.amount = 0 AND k.all_disputed THEN 'disputed'
                WHEN k.amount = 0 THEN 'promised'
                WHEN greatest(b.overdue, k.amount) < p.minimum_amount THEN 'below_minimum'
                WHEN today - t.told_on < p.minimum_interval_days THEN 'interval' END
    FROM (SELECT x.customer_id, max(x.level) FILTER (WHERE x.asked > 0) AS level, sum(x.asked) AS amount,
                 bool_and(x.is_held) AS all_held, bool_and(x.is_held OR x.disputed >= x.open_amount) AS all_disputed
          FROM sim.candidate AS x GROUP BY x.customer_id) AS k
    JOIN sim.policy AS p USING (customer_id)
    JOIN (SELECT o.customer_id, sum(o.amount) AS balance, coalesce(sum(o.amount) FILTER (WHERE o.amount > 0 AND o.due_on < today), 0) AS overdue
          FROM sim.open AS o GROUP BY o.customer_id) AS b USING (customer_id)
    LEFT JOIN sim.told AS t USING (customer_id);
END;
$$;

CREATE PROCEDURE sim.compare(c bigint, today date) LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sim.difference
    SELECT today, CASE WHEN l.item_id IS NULL THEN 'skipped item' WHEN e.item_id IS NULL THEN 'chased item' ELSE 'item' END,
           format('item %s from %s to %s asked %s of %s, should be from %s to %s asked %s of %s', coalesce(l.item_id, e.item_id), l.from_level, l.level,
                  l.dunned_amount, l.open_amount, e.from_level, e.level, e.asked, e.open_amount)
    FROM (SELECT x.* FROM receivables.dunning_notice_item AS x JOIN receivables.dunning_notice AS n USING (company_id, dunning_notice_id)
          WHERE n.company_id = c AND n.notice_date = today) AS l
    FULL JOIN (SELECT x.* FROM sim.candidate AS x JOIN sim.customer AS k USING (customer_id) WHERE k.reason IS NULL AND x.asked > 0) AS e USING (item_id)
    WHERE (l.from_level, l.level, l.dunned_amount, l.open_amount) IS DISTINCT FROM (e.from_level, e.level, e.asked, e.open_amount);
    INSERT INTO sim.difference
    SELECT today, 'notice', format('customer %s at %s over %s of %s, should be %s over %s of %s', coalesce(n.customer_id, k.customer_id),
                                   n.level, n.amount, n.customer_balance, k.level, k.amount, k.balance)
    FROM (SELECT x.* FROM receivables.dunning_notice AS x WHERE x.company_id = c AND x.notice_date = today) AS n
    FULL JOIN (SELECT x.* FROM sim.customer AS x WHERE x.reason IS NULL) AS k USING (customer_id)
    WHERE (n.level, n.amount, n.customer_balance) IS DISTINCT FROM (k.level, k.amount, k.balance);
    INSERT INTO sim.difference
    SELECT today, 'passed over', format('customer %s for %s, should be for %s', coalesce(s.customer_id, k.customer_id), s.reason, k.reason)
    FROM (SELECT x.* FROM receivables.dunning_skip AS x JOIN receivables.dunning_run AS r USING (company_id, dunning_run_id)
          WHERE r.company_id = c AND r.as_of = today AND x.reason <> 'no_contact') AS s
    FULL JOIN (SELECT x.* FROM sim.customer AS x WHERE x.reason IS NOT NULL) AS k USING (customer_id)
    WHERE s.reason IS DISTINCT FROM k.reason;
    -- Whatever was expected: nobody is asked for what is paid, disputed, promised or held.
    INSERT INTO sim.difference
    SELECT today, 'wrongly chased', format('item %s', x.item_id)
    FROM receivables.dunning_notice AS n JOIN receivables.dunning_notice_item AS x USING (company_id, dunning_notice_id)
    LEFT JOIN sim.open AS o USING (item_id) LEFT JOIN sim.candidate AS d USING (item_id)
    WHERE n.company_id = c AND n.notice_date = today
      AND (x.dunned_amount > 0 AND x.dunned_amount <= o.amount - d.disputed - d.promised AND NOT d.is_held) IS NOT TRUE;
    -- The next day is expected to go on from here.
    INSERT INTO sim.level
    SELECT x.item_id, x.level, 0 FROM sim.candidate AS x JOIN sim.customer AS k USING (customer_id) WHERE k.reason IS NULL AND x.asked > 0
    ON CONFLICT (item_id) DO UPDATE SET level = excluded.level, shift = 0;
    INSERT INTO sim.told SELECT k.customer_id, today FROM sim.customer AS k WHERE k.reason IS NULL
    ON CONFLICT (customer_id) DO UPDATE SET told_on = excluded.told_on;
    INSERT INTO sim.difference
    SELECT today, 'level', format('item %s at %s, should be at %s', coalesce(d.item_id, l.item_id), d.level, l.level)
    FROM (SELECT x.* FROM receivables.item_dunning AS x WHERE x.company_id = c AND (x.level > 0 OR x.level_shift > 0)) AS d FULL JOIN sim.level AS l USING (item_id)
    WHERE (d.level, d.level_shift) IS DISTINCT FROM (l.level, l.shift);
END;
$$;

-- A preview of the day is the run of the day, row by row.
CREATE TABLE sim.preview AS SELECT p.* FROM ar.preview_dunning(:c, :'first_day') AS p WITH NO DATA;
CREATE PROCEDURE sim.compare_preview(c bigint, today date) LANGUAGE plpgsql AS $$
BEGIN
    WITH ran AS MATERIALIZED (
        SELECT k.customer_number, n.dunning_policy, n.level AS notice_level, s.name AS step, d.document_number, i.due_on, x.days_past_due,
               x.from_level, x.level, x.open_amount, x.dunned_amount, NULL::text AS reason, NULL::text AS detail, NULL::bigint AS items
        FROM receivables.dunning_notice AS n
        JOIN receivables.dunning_notice_item AS x USING (company_id, dunning_notice_id)
        JOIN receivables.item AS i USING (company_id, item_id)
        JOIN receivables.document AS d USING (company_id, document_id)
        JOIN receivables.customer AS k ON k.company_id = n.company_id AND k.customer_id = n.customer_id
        JOIN receivables.dunning_step AS s ON s.company_id = n.company_id AND s.dunning_policy = n.dunning_policy AND s.version = n.version AND s.level = n.level
        WHERE n.company_id = c AND n.notice_date = today
        UNION ALL
        SELECT k.customer_number, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, s.reason, s.detail, s.item_count
        FROM receivables.dunning_skip AS s
        JOIN receivables.dunning_run AS r USING (company_id, dunning_run_id)
        JOIN receivables.customer AS k USING (company_id, customer_id)
        WHERE r.company_id = c AND r.as_of = today AND s.reason <> 'no_contact'
    ), previewed AS MATERIALIZED (
        SELECT p.customer_number, p.dunning_policy, p.notice_level, p.step, p.document_number, p.due_on, p.days_past_due,
               p.from_level, p.level, p.open_amount, p.dunned_amount, NULL::text AS reason, NULL::text AS detail, NULL::bigint AS items
        FROM sim.preview AS p WHERE p.skip_reason IS NULL
        UNION ALL
        SELECT p.customer_number, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, p.skip_reason, min(p.detail), count(*)
        FROM sim.preview AS p WHERE p.skip_reason IS NOT NULL GROUP BY p.customer_number, p.skip_reason
    )
    INSERT INTO sim.difference
    SELECT today, 'preview', w.side || ' ' || w.row::text
    FROM (SELECT 'ran only' AS side, x AS row FROM (SELECT * FROM ran EXCEPT ALL SELECT * FROM previewed) AS x
          UNION ALL
          SELECT 'previewed only', x FROM (SELECT * FROM previewed EXCEPT ALL SELECT * FROM ran) AS x) AS w;
END;
$$;

-- What waits is about something that is to be asked for, and what is to be asked for waits or was done.
CREATE PROCEDURE sim.check_waiting(c bigint, today date) LANGUAGE plpgsql AS $$
DECLARE
    rests CONSTANT text[] := '{settled,disputed,promised,on hold}';
BEGIN
    TRUNCATE sim.asked;
    INSERT INTO sim.asked
    SELECT o.item_id FROM sim.open AS o
    WHERE o.amount > coalesce((SELECT sum(y.amount) FROM receivables.dispute_item AS y JOIN receivables.dispute AS d USING (company_id, dispute_id)
                               WHERE y.company_id = c AND y.item_id = o.item_id AND d.status = 'open'), 0)
                   + coalesce((SELECT sum(y.amount) FROM receivables.promise_item AS y
                               WHERE y.company_id = c AND y.item_id = o.item_id
                                 AND NOT EXISTS (SELECT FROM sim.verdict AS v WHERE v.promise_id = y.promise_id)), 0)
      AND NOT EXISTS (SELECT FROM receivables.dunning_hold AS h
                      WHERE h.company_id = c AND h.customer_id = o.customer_id AND coalesce(h.item_id, o.item_id) = o.item_id
                        AND today >= h.valid_from AND today < h.valid_to);
    ANALYZE sim.asked;
    INSERT INTO sim.difference
    SELECT today, w.what, format('%s of notice %s', w.id, w.dunning_notice_id)
    FROM (SELECT 'message' AS what, m.message_id AS id, m.dunning_notice_id FROM receivables.message AS m
          WHERE m.company_id = c AND m.status IN ('queued', 'claimed')
          UNION ALL
          SELECT 'task', t.task_id, t.dunning_notice_id FROM receivables.collection_task AS t
          WHERE t.company_id = c AND t.status = 'open' AND t.dunning_notice_id IS NOT NULL) AS w
    WHERE NOT EXISTS (SELECT FROM receivables.dunning_notice_item AS x JOIN sim.asked AS a USING (item_id)
                      WHERE x.company_id = c AND x.dunning_notice_id = w.dunning_notice_id);
    -- Of the latest notice of an item; a message where none of a higher level is to come.
    INSERT INTO sim.difference
    SELECT today, w.what, format('%s of notice %s rests as %s', w.id, w.dunning_notice_id, w.why)
    FROM (SELECT 'lost message' AS what, m.message_id AS id, m.dunning_notice_id, m.last_error AS why FROM receivables.message AS m
          WHERE m.company_id = c AND m.status = 'cancelled' AND m.last_error = ANY (rests)
          UNION ALL
          SELECT 'lost task', t.task_id, t.dunning_notice_id, t.outcome FROM receivables.collection_task AS t
          WHERE t.company_id = c AND t.status = 'cancelled' AND t.outcome = ANY (rests)) AS w
    WHERE EXISTS (SELECT FROM receivables.dunning_notice_item AS x JOIN sim.asked AS a USING (item_id)
                  WHERE x.company_id = c AND x.dunning_notice_id = w.dunning_notice_id
                    AND NOT EXISTS (SELECT FROM receivables.dunning_notice_item AS l
                                    WHERE l.company_id = c AND l.item_id = x.item_id AND l.dunning_notice_id > x.dunning_notice_id)
                    AND (w.what = 'lost task' OR NOT EXISTS (SELECT FROM sim.candidate AS d WHERE d.item_id = x.item_id)));
    INSERT INTO sim.difference
    SELECT today, 'twice', format('%s to %s of notice %s, %s times', m.template, m.recipient, m.dunning_notice_id, count(*))
    FROM receivables.message AS m
    WHERE m.company_id = c AND m.status <> 'cancelled'
    GROUP BY m.dunning_notice_id, m.template, m.recipient HAVING count(*) > 1;
    -- Disputes that are open are to be cleared, no others; broken promises to be asked about while anything of them is open.
    INSERT INTO sim.difference
    SELECT today, 'dispute task', format('task %s of dispute %s, which is %s', t.status, d.dispute_id, d.status)
    FROM receivables.dispute AS d
    LEFT JOIN receivables.collection_task AS t ON t.company_id = d.company_id AND t.task_id = d.task_id AND t.task_kind = 'dispute'
    WHERE d.company_id = c AND t.status IS DISTINCT FROM CASE d.status WHEN 'open' THEN 'open' ELSE 'done' END;
    INSERT INTO sim.difference
    SELECT today, 'promise task', format('task %s is %s', t.task_id, t.status)
    FROM receivables.collection_task AS t
    WHERE t.company_id = c AND t.task_kind = 'promise_broken'
      AND (t.status = 'open') IS DISTINCT FROM EXISTS (SELECT FROM receivables.task_item AS x JOIN sim.open AS o USING (item_id)
                                                       WHERE x.company_id = c AND x.task_id = t.task_id);
    INSERT INTO sim.difference
    SELECT today, 'promise task', format('%s tasks of %s promises', t.n, v.n)
    FROM (SELECT count(*) AS n FROM receivables.collection_task WHERE company_id = c AND task_kind = 'promise_broken') AS t,
         (SELECT count(*) AS n FROM sim.verdict WHERE verdict IN ('broken', 'partly_kept')) AS v
    WHERE t.n <> v.n;
END;
$$;

CREATE PROCEDURE sim.live(c bigint, today date) LANGUAGE plpgsql AS $$
DECLARE
    -- Now and then a day goes by without its work.
    is_run  CONSTANT boolean := sim.chance(today - '2000-01-01'::date, 99) > 0.12;
    began   timestamptz;
    half    timestamptz;
    shown   timestamptz;
    ended   timestamptz;
    ran     record;
    again   record;
    written bigint;
BEGIN
    CALL sim.happen(c, today);
    IF NOT is_run THEN
        INSERT INTO sim.day VALUES (today, false);
        RETURN;
    END IF;
    began := clock_timestamp();
    CALL sim.find_open(c, today);
    PERFORM ar.judge_promises(c, today);
    CALL sim.expect_verdicts(c, today);
    CALL sim.expect(c, today);
    half := clock_timestamp();
    TRUNCATE sim.preview;
    INSERT INTO sim.preview SELECT p.* FROM ar.preview_dunning(c, today) AS p;
    shown := clock_timestamp();
    SELECT r.* INTO ran FROM ar.run_dunning(c, today) AS r;
    ended := clock_timestamp();
    INSERT INTO sim.day
    SELECT today, true, ran.raised_items, ran.notices,
           (SELECT count(*) FROM sim.candidate AS x JOIN sim.customer AS k USING (customer_id)
            WHERE k.reason IS NULL AND x.asked > 0 AND (SELECT count(*) FROM sim.step AS s JOIN sim.policy AS p USING (policy)
                                                       WHERE p.customer_id = x.customer_id AND s.level > x.from_level AND s.level <= x.level) > 1),
           1000 * extract(epoch FROM ended - shown), 1000 * extract(epoch FROM half - began);
    CALL sim.compare(c, today);
    CALL sim.compare_preview(c, today);
    IF today - '2000-01-01'::date - 3 * ((today - '2000-01-01'::date) / 3) = 0 THEN
        SELECT count(*) INTO written FROM receivables.dunning_notice AS n WHERE n.company_id = c;
        SELECT r.* INTO again FROM ar.run_dunning(c, today) AS r;
        INSERT INTO sim.difference
        SELECT today, 'second run', format('%s items, %s notices, %s customers, %s written', again.raised_items, again.notices, again.skipped_customers, count(*) - written)
        FROM receivables.dunning_notice AS n WHERE n.company_id = c
        HAVING (again.raised_items, again.notices, again.skipped_customers, count(*)) <> (0, 0, 0, written);
    END IF;
    CALL sim.check_waiting(c, today);
    -- The sender comes every third day.
    IF (today - '2000-01-01'::date) % 3 = 1 THEN
        PERFORM ar.message_sent(c, m.message_id)
        FROM unnest('{email,letter}'::text[]) AS h (channel) CROSS JOIN LATERAL ar.claim_messages(h.channel, 100000) AS m;
    ELSE
        -- On other days it takes some and is not heard of.
        PERFORM FROM ar.claim_messages('email', 7, lease => '0');
    END IF;
END;
$$;

-- What was before the first day had no follow-up.
-- A command a day, as in life: the server hears what changed, and cleans up behind it.
SELECT x.command
FROM generate_series(-60, :days - 1) AS n
CROSS JOIN LATERAL (
    VALUES (1, format('CALL sim.%s(%s, %L)', CASE WHEN n < 0 THEN 'happen' ELSE 'live' END, :c, :'first_day'::date + n)),
           (2, CASE WHEN n % 10 = 0 THEN 'ANALYZE receivables.item, receivables.document, receivables.application, receivables.item_dunning, '
                   'receivables.dunning_notice, receivables.dunning_notice_item, receivables.message, receivables.collection_task, '
                   'receivables.promise_item, receivables.dispute_item, sim.level' END)) AS x (place, command)
WHERE x.command IS NOT NULL
ORDER BY n, x.place \gexec
