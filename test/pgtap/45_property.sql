-- Random books of every kind of document, against what plain SQL makes of documents, items and applications alone.
\set seeds 3
\getenv long AR_TEST_LONG
\if :{?long}
\set seeds 12
\endif
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset

-- A company for each seed, in currencies of two, no and three decimals, and rates that change.
CREATE FUNCTION pg_temp.pick(VARIADIC choices text[]) RETURNS text LANGUAGE sql
RETURN choices[1 + floor(random() * cardinality(choices))::integer];
CREATE FUNCTION pg_temp.days(most integer) RETURNS integer LANGUAGE sql RETURN floor(random() * most)::integer;

SELECT count(ar.create_company('S' || n, 'Seed ' || n, (ARRAY['EUR', 'JPY', 'KWD'])[1 + (n - 1) % 3])) AS made
FROM generate_series(1, :seeds) AS n \gset
INSERT INTO receivables.customer (company_id, customer_number, name, salesperson)
SELECT c.company_id, 'C' || n, 'Customer ' || n, CASE WHEN n > 1 THEN 'Salesperson ' || n % 2 END
FROM receivables.company AS c, generate_series(1, 4) AS n;

CREATE TEMP TABLE value (currency text, euros numeric, minor_units integer);
INSERT INTO value VALUES ('EUR', 1, 2), ('USD', 0.92, 2), ('JPY', 0.0061, 0), ('KWD', 3, 3);
CREATE FUNCTION pg_temp.add_rates(company bigint, day date) RETURNS void LANGUAGE sql AS $$
    SELECT ar.add_exchange_rate(v.currency, c.currency, day, round((v.euros / own.euros * (0.8 + 0.4 * random())::numeric), 6), c.company_code)
    FROM receivables.company AS c JOIN value AS own USING (currency) JOIN value AS v ON v.currency <> c.currency
    WHERE c.company_id = company
$$;
UPDATE receivables.company SET rate_source = company_code;

CREATE TEMP TABLE moment (company_id bigint, known_at timestamptz);
CREATE TEMP TABLE outcome (company_id bigint, act text, sqlstate text);

-- One random posting; what it refuses is no fault.
CREATE FUNCTION pg_temp.act(company bigint, number text, today date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    chosen   record;
    source   record;
    pair     record;
    customer text := 'C' || 1 + pg_temp.days(4);
    amount   numeric;
    money    text;
    rate     numeric;
    parts    numeric[];
    act      text;
BEGIN
    SELECT v.currency, v.euros, v.minor_units INTO chosen
    FROM receivables.company AS c JOIN value AS v ON (v.currency = c.currency) = (random() < 0.6)
    WHERE c.company_id = company ORDER BY random() LIMIT 1;
    money := coalesce(chosen.currency, (SELECT c.currency FROM receivables.company AS c WHERE c.company_id = company));
    SELECT * INTO chosen FROM value AS v WHERE v.currency = money;
    amount := greatest(round((10 + 400 * random()) ::numeric / chosen.euros, chosen.minor_units), 1);
    act := pg_temp.pick('invoice', 'invoice', 'invoice', 'instalments', 'instalments', 'credit_note', 'red_letter', 'payment', 'payment', 'payment',
                        'deposit', 'refund', 'write_off', 'adjustment', 'adjustment', 'interest', 'fee', 'opening_balance',
                        'transfer', 'apply', 'apply', 'apply', 'apply', 'reverse_application', 'reverse_application', 'reverse_document');
    -- A document to refer to, and two items to settle with each other.
    IF act IN ('red_letter', 'refund', 'write_off', 'payment', 'reverse_document') THEN
        SELECT d.document_id, d.kind, d.document_number, d.currency, d.amount, d.document_date, c.customer_number INTO source
        FROM receivables.document AS d JOIN receivables.customer AS c USING (company_id, customer_id)
        WHERE d.company_id = company AND d.kind = ANY (CASE act WHEN 'refund' THEN '{payment,deposit,credit_note}'::text[]
                                                            WHEN 'reverse_document' THEN ar.document_kinds() || '{transfer_in,transfer_out}'::text[]
                                                            ELSE '{invoice}' END)
          AND (random() < 0.1 OR d.reverses_document_id IS NULL)
        ORDER BY d.document_id * random() DESC LIMIT 1;
        amount := greatest(round(source.amount * (0.1 + random())::numeric, (SELECT v.minor_units FROM value AS v WHERE v.currency = source.currency)), 1);
    ELSIF act IN ('apply', 'transfer') THEN
        SELECT d.item_id AS debit, c.item_id AS credit, greatest(d.effective_on, c.effective_on) AS earliest,
               least(d.open_amount, -c.open_amount) AS most INTO pair
        FROM receivables.item AS d
        JOIN receivables.item AS c USING (company_id, customer_id, currency)
        WHERE d.company_id = company AND d.is_debit AND d.open_amount > 0 AND c.open_amount < 0
        ORDER BY random() LIMIT 1;
    END IF;
    BEGIN
        CASE act
        WHEN 'invoice' THEN
            PERFORM ar.post_invoice(company, customer, number, today, today + pg_temp.days(60), amount, currency => money,
                                    exchange_rate => CASE WHEN random() < 0.2 AND money <> (SELECT c.currency FROM receivables.company AS c WHERE c.company_id = company)
                                                          THEN ar.exchange_rate(company, money, today) * 1.1 END);
        WHEN 'instalments' THEN
            parts := ARRAY[round(amount * 0.3, chosen.minor_units), round(amount / 3, chosen.minor_units)];
            parts := parts || (amount - parts[1] - parts[2]);
            PERFORM ar.post_invoice(company, customer, number, today, NULL, amount, currency => money, instalments => (
                SELECT jsonb_agg(jsonb_build_object('due_date', today + 30 * n, 'amount', parts[n]) ORDER BY n) FROM generate_series(1, 3) AS n));
        WHEN 'credit_note' THEN
            PERFORM ar.post_credit_note(company, customer, number, today, round(amount / 2, chosen.minor_units), currency => money);
        WHEN 'red_letter' THEN
            PERFORM ar.post_credit_note(company, source.customer_number, number, greatest(today, source.document_date), amount,
                                        invoice_number => source.document_number, currency => source.currency);
        WHEN 'payment' THEN
            PERFORM ar.post_payment(company, source.customer_number, number, today, amount, CASE WHEN random() < 0.3 THEN '[]' ELSE
                                    jsonb_build_array(jsonb_build_object('invoice_number', source.document_number, 'amount', amount)) END,
                                    currency => source.currency);
        WHEN 'deposit' THEN
            PERFORM ar.post_deposit(company, customer, number, today, amount, currency => money);
        WHEN 'refund' THEN
            PERFORM ar.post_refund(company, source.customer_number, number, today, amount, currency => source.currency,
                                   payment_number => CASE source.kind WHEN 'payment' THEN source.document_number END,
                                   deposit_number => CASE source.kind WHEN 'deposit' THEN source.document_number END,
                                   credit_note_number => CASE source.kind WHEN 'credit_note' THEN source.document_number END);
        WHEN 'write_off' THEN
            PERFORM ar.post_write_off(company, source.customer_number, number, today, amount, 'uncollectible', source.document_number,
                                      currency => source.currency);
        WHEN 'adjustment' THEN
            PERFORM ar.post_adjustment(company, customer, number, today, CASE WHEN random() < 0.5 THEN amount ELSE -amount END, 'correction',
                                       currency => money);
        WHEN 'interest' THEN
            PERFORM ar.post_interest(company, customer, number, today, amount, currency => money);
        WHEN 'fee' THEN
            PERFORM ar.post_fee(company, customer, number, today, amount, currency => money);
        WHEN 'opening_balance' THEN
            PERFORM ar.post_opening_balance(company, customer, number, today, CASE WHEN random() < 0.7 THEN amount ELSE -amount END,
                                            today - pg_temp.days(90), currency => money);
        WHEN 'transfer' THEN
            PERFORM ar.transfer(company, CASE WHEN random() < 0.7 THEN pair.debit ELSE pair.credit END, customer, number,
                                pair.earliest + pg_temp.days(20), 'moved', CASE WHEN random() < 0.5 THEN pair.most END);
        WHEN 'apply' THEN
            PERFORM ar.apply(company, pair.credit, pair.debit,
                             CASE WHEN random() < 0.5 THEN pair.most WHEN random() < 0.9 THEN greatest(round(pair.most / 3, 0), 1) ELSE pair.most * 2 END,
                             CASE WHEN random() < 0.8 THEN greatest(pair.earliest, today) + pg_temp.days(10) ELSE pair.earliest END);
        WHEN 'reverse_application' THEN
            PERFORM ar.reverse_application(company, a.application_id, a.effective_on + pg_temp.days(30), 'wrong invoice')
            FROM (SELECT * FROM receivables.application AS x WHERE x.company_id = company AND x.amount > 0
                  ORDER BY x.application_id * random() DESC LIMIT 1) AS a;
        WHEN 'reverse_document' THEN
            PERFORM ar.reverse_document(company, source.document_id, greatest(today, source.document_date) + pg_temp.days(60), 'entered wrongly');
        END CASE;
        INSERT INTO outcome VALUES (company, act, '00000');
    EXCEPTION
        WHEN check_violation OR unique_violation OR no_data_found OR object_not_in_prerequisite_state OR foreign_key_violation
             OR not_null_violation THEN
            INSERT INTO outcome VALUES (company, act, SQLSTATE);
    END;
END;
$$;

-- Half a year in order of entry, each posting up to three weeks back; January is closed in April.
SET LOCAL work_mem = '64MB';
SELECT set_config('test.seeds', :'seeds', true) AS seeds \gset
DO $$
DECLARE
    steps CONSTANT integer := 200;
    today date;
BEGIN
    FOR company IN 1 .. current_setting('test.seeds')::integer LOOP
        PERFORM setseed(company / 100.0);
        PERFORM pg_temp.add_rates(company, '2024-11-01');
        FOR n IN 1 .. steps LOOP
            today := date '2025-01-01' + n * 180 / steps - pg_temp.days(21);
            PERFORM pg_temp.act(company, 'N' || n, today);
            IF n % 20 = 0 THEN
                PERFORM pg_temp.add_rates(company, today);
            END IF;
            IF n % 50 = 25 THEN
                INSERT INTO moment VALUES (company, clock_timestamp());
                ANALYZE receivables.document, receivables.item, receivables.application;
            END IF;
            IF n = steps / 2 THEN
                PERFORM ar.close_period(company, '2025-03-15');
            END IF;
        END LOOP;
    END LOOP;
END;
$$;
INSERT INTO moment SELECT p.company_id, p.recorded_at FROM receivables.period_closing AS p;

SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');
SELECT is((SELECT string_agg(DISTINCT d.kind, ' ' ORDER BY d.kind) FROM receivables.document AS d WHERE d.reverses_document_id IS NULL),
          'adjustment credit_note deposit exchange_difference fee interest invoice opening_balance payment refund transfer_in transfer_out write_off',
          'documents of every kind');
SELECT ok(count(*) > 120 * :seeds AND count(*) FILTER (WHERE d.reverses_document_id IS NOT NULL AND d.kind <> 'exchange_difference') > 3 * :seeds
          AND count(DISTINCT d.currency) = 4, 'many documents in four currencies, some reversed') FROM receivables.document AS d;
SELECT ok(count(*) FILTER (WHERE a.amount > 0) > 40 * :seeds AND count(*) FILTER (WHERE a.amount < 0) > 5 * :seeds
          AND count(*) FILTER (WHERE a.amount = 0) > 10 * :seeds, 'applications, reversals, exchange differences') FROM receivables.application AS a;
SELECT ok(bool_and(o.posted), 'each act was done in some book') FROM (SELECT act, bool_or(sqlstate = '00000') AS posted FROM outcome GROUP BY act) AS o;
SELECT ok(count(*) FILTER (WHERE sqlstate = '23514') > 0 AND count(*) FILTER (WHERE sqlstate = '55000') > 0, 'some were refused, also for the closed period')
FROM outcome;

-- What an item came to on a date as far as was known: its amounts less the applications that count by then.
CREATE TEMP TABLE question AS
SELECT c.company_id, d::date AS as_of, m.known_at
FROM receivables.company AS c
CROSS JOIN generate_series(timestamp '2024-12-10', '2025-09-30', '1 day') AS d
JOIN (SELECT company_id, known_at, 9 AS every FROM moment
      UNION ALL SELECT company_id, NULL, 1 FROM receivables.company) AS m
    ON m.company_id = c.company_id AND (d::date - date '2024-12-10') % m.every = 0;
CREATE TEMP TABLE movement AS
SELECT a.company_id, x.item_id, a.effective_on, a.recorded_at, a.amount, a.company_amount
FROM receivables.application AS a CROSS JOIN LATERAL (VALUES (a.debit_item_id), (a.credit_item_id)) AS x (item_id);
CREATE INDEX ON movement (company_id, item_id);
CREATE TEMP TABLE expected AS
SELECT q.company_id, q.as_of, q.known_at, i.item_id, i.customer_id, i.company_amount > 0 AS is_debit, i.due_on, i.amount, i.company_amount,
       i.amount - sign(i.company_amount) * coalesce(m.amount, 0) AS open_amount,
       i.company_amount - sign(i.company_amount) * coalesce(m.company_amount, 0) AS open_company_amount
FROM question AS q
JOIN receivables.item AS i ON i.company_id = q.company_id AND i.effective_on <= q.as_of AND (q.known_at IS NULL OR i.recorded_at <= q.known_at)
LEFT JOIN LATERAL (SELECT sum(m.amount) AS amount, sum(m.company_amount) AS company_amount FROM movement AS m
                   WHERE m.company_id = i.company_id AND m.item_id = i.item_id AND m.effective_on <= q.as_of
                     AND (q.known_at IS NULL OR m.recorded_at <= q.known_at)) AS m ON true;
CREATE TEMP TABLE answered AS
SELECT q.company_id, q.as_of, q.known_at, o.item_id, o.customer_id, o.is_debit, o.due_on, o.amount, o.company_amount, o.open_amount, o.open_company_amount
FROM question AS q CROSS JOIN LATERAL ar.open_items(q.as_of, q.known_at) AS o WHERE o.company_id = q.company_id;
ANALYZE expected;
ANALYZE answered;
SELECT ok(count(*) > 10000 * :seeds, 'many items at every date and several times of entry') FROM answered;
SELECT is_empty('SELECT * FROM answered EXCEPT ALL SELECT * FROM expected WHERE open_amount <> 0 OR open_company_amount <> 0',
                'nothing is reported open that was not');
SELECT is_empty('SELECT * FROM expected WHERE open_amount <> 0 OR open_company_amount <> 0 EXCEPT ALL SELECT * FROM answered',
                'nothing that was open is left out');
SELECT is_empty($$SELECT * FROM expected WHERE open_amount NOT BETWEEN least(amount, 0) AND greatest(amount, 0)
                  OR open_company_amount NOT BETWEEN least(company_amount, 0) AND greatest(company_amount, 0)$$,
                'at no date is more settled than an item is for');
SELECT is_empty($$SELECT * FROM expected WHERE amount <> 0 AND (open_amount = 0) <> (open_company_amount = 0)$$,
                'no cent is left in one currency where none is in the other');
SELECT is_empty($$SELECT company_id, customer_id, as_of, known_at, sum(company_amount), sum(open_company_amount) FROM expected
                  GROUP BY company_id, customer_id, as_of, known_at HAVING sum(company_amount) <> sum(open_company_amount)$$,
                'the balance of a customer is what was posted: an application takes as much off the debit as off the credit');
SELECT is_empty($$SELECT company_id, as_of FROM expected JOIN receivables.item USING (company_id, item_id)
                  WHERE known_at IS NULL AND kind IN ('transfer_in', 'transfer_out')
                  GROUP BY company_id, as_of HAVING sum(expected.company_amount) <> 0$$,
                'transfers move a balance, and change none');

-- What a period came to when it was closed is what it comes to now.
SELECT is_empty($$
    SELECT p.company_id, o.item_id FROM receivables.period_closing AS p
    CROSS JOIN LATERAL (SELECT company_id, item_id, open_amount, open_company_amount FROM ar.open_items(p.closed_through, p.recorded_at)
                        EXCEPT SELECT company_id, item_id, open_amount, open_company_amount FROM ar.open_items(p.closed_through, NULL)) AS o
    WHERE o.company_id = p.company_id$$, 'a closed period stays as it was');

-- Documents: amounts at the rate, items and instalments that come to them, reversals that undo them.
SELECT is_empty($$
    SELECT d.kind, d.document_number, d.company_amount, d.amount * d.exchange_rate
    FROM receivables.document AS d JOIN receivables.company AS c USING (company_id) JOIN value AS v ON v.currency = c.currency
    WHERE d.kind NOT IN ('exchange_difference', 'transfer_out', 'transfer_in')
      AND d.company_amount <> round(d.amount * d.exchange_rate, v.minor_units)$$, 'what a document is booked with is its amount at its rate');
SELECT is_empty($$
    SELECT d.document_id FROM receivables.document AS d JOIN receivables.item AS i USING (company_id, document_id)
    GROUP BY d.company_id, d.document_id
    HAVING (abs(sum(i.amount)), abs(sum(i.company_amount))) <> (abs(d.amount), abs(d.company_amount))$$, 'items come to their document');
SELECT is_empty($$
    SELECT DISTINCT r.document_id, i.item_id FROM receivables.document AS r
    JOIN receivables.item AS i ON i.company_id = r.company_id AND i.document_id IN (r.document_id, r.reverses_document_id)
    JOIN expected AS e ON e.company_id = i.company_id AND e.item_id = i.item_id AND e.known_at IS NULL AND e.as_of >= r.document_date
    WHERE r.reverses_document_id IS NOT NULL AND (e.open_amount <> 0 OR e.open_company_amount <> 0)$$,
    'nothing of a reversed document is open from its reversal on');

-- The realised difference is the amount at the rate of the credit less that at the rate of the debit, but for roundings.
CREATE TEMP TABLE realised AS
SELECT a.company_id, a.application_id, v.minor_units, a.amount * (cd.exchange_rate - dd.exchange_rate) AS difference,
       coalesce((SELECT x.company_amount FROM receivables.document AS x
                 WHERE x.company_id = a.company_id AND x.kind = 'exchange_difference' AND x.document_number = a.application_id::text), 0) AS posted,
       (SELECT count(*) FROM movement AS m WHERE m.company_id = a.company_id AND m.item_id IN (a.debit_item_id, a.credit_item_id)) AS roundings
FROM receivables.application AS a
JOIN receivables.item AS di ON di.company_id = a.company_id AND di.item_id = a.debit_item_id
JOIN receivables.document AS dd ON dd.company_id = a.company_id AND dd.document_id = di.document_id
JOIN receivables.item AS ci ON ci.company_id = a.company_id AND ci.item_id = a.credit_item_id
JOIN receivables.document AS cd ON cd.company_id = a.company_id AND cd.document_id = ci.document_id
JOIN receivables.company AS c ON c.company_id = a.company_id
JOIN value AS v ON v.currency = c.currency
WHERE a.amount > 0;
SELECT ok(count(*) FILTER (WHERE abs(difference) > 1) > 10 * :seeds, 'many applications at two rates') FROM realised;
SELECT is_empty('SELECT * FROM realised WHERE abs(posted - difference) > (4 + roundings) * 0.5 * 10::numeric ^ -minor_units',
                'exchange differences are realised at the rates of both documents');

-- The ageing views at many dates, and as known at several times.
CREATE TEMP TABLE summary AS SELECT NULL::timestamptz AS known_at, a.* FROM receivables.aging_summary AS a WITH NO DATA;
CREATE TEMP TABLE by_customer AS SELECT NULL::timestamptz AS known_at, a.* FROM receivables.aging_by_customer AS a WITH NO DATA;
CREATE TEMP TABLE by_salesperson AS SELECT NULL::timestamptz AS known_at, a.* FROM receivables.aging_by_salesperson AS a WITH NO DATA;
DO $$
DECLARE
    q record;
BEGIN
    FOR q IN SELECT DISTINCT as_of, known_at FROM question
             WHERE (as_of - date '2024-12-10') % 9 = 0 AND (known_at IS NULL OR known_at IN (SELECT m.known_at FROM moment AS m WHERE m.company_id = 1))
    LOOP
        PERFORM set_config('ar.as_of', q.as_of::text, true), set_config('ar.known_at', coalesce(q.known_at::text, ''), true);
        INSERT INTO summary SELECT q.known_at, a.* FROM receivables.aging_summary AS a WHERE q.known_at IS NULL OR a.company_id = 1;
        INSERT INTO by_customer SELECT q.known_at, a.* FROM receivables.aging_by_customer AS a WHERE q.known_at IS NULL OR a.company_id = 1;
        INSERT INTO by_salesperson SELECT q.known_at, a.* FROM receivables.aging_by_salesperson AS a WHERE q.known_at IS NULL OR a.company_id = 1;
    END LOOP;
    PERFORM set_config('ar.as_of', '', true), set_config('ar.known_at', '', true);
END;
$$;
SELECT is_empty($$
    SELECT a.as_of, a.known_at, a.company_id FROM (
        SELECT as_of, known_at, company_id, not_due, days_1_30, days_31_60, days_61_90, days_over_90, unapplied_amount, balance FROM summary
        UNION ALL SELECT as_of, known_at, company_id, not_due, days_1_30, days_31_60, days_61_90, days_over_90, unapplied_amount, balance FROM by_customer
        UNION ALL SELECT as_of, known_at, company_id, not_due, days_1_30, days_31_60, days_61_90, days_over_90, unapplied_amount, balance FROM by_salesperson) AS a
    WHERE a.not_due + a.days_1_30 + a.days_31_60 + a.days_61_90 + a.days_over_90 + a.unapplied_amount <> a.balance$$,
    'the columns of a line add up to its balance');
SELECT results_eq($$
    SELECT as_of, known_at, company_id, customer_id, not_due, days_1_30, days_31_60, days_61_90, days_over_90, unapplied_amount, balance
    FROM by_customer ORDER BY as_of, known_at, company_id, customer_id$$, $$
    SELECT e.as_of, e.known_at, e.company_id, e.customer_id,
           coalesce(sum(e.open_company_amount) FILTER (WHERE e.is_debit AND e.as_of - e.due_on <= 0), 0),
           coalesce(sum(e.open_company_amount) FILTER (WHERE e.is_debit AND e.as_of - e.due_on BETWEEN 1 AND 30), 0),
           coalesce(sum(e.open_company_amount) FILTER (WHERE e.is_debit AND e.as_of - e.due_on BETWEEN 31 AND 60), 0),
           coalesce(sum(e.open_company_amount) FILTER (WHERE e.is_debit AND e.as_of - e.due_on BETWEEN 61 AND 90), 0),
           coalesce(sum(e.open_company_amount) FILTER (WHERE e.is_debit AND e.as_of - e.due_on > 90), 0),
           coalesce(sum(e.open_company_amount) FILTER (WHERE NOT e.is_debit), 0), sum(e.open_company_amount)
    FROM expected AS e
    WHERE (e.open_amount <> 0 OR e.open_company_amount <> 0) AND (e.as_of - date '2024-12-10') % 9 = 0
      AND (e.known_at IS NULL OR e.company_id = 1)
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4$$, 'ageing by customer is that of the facts');
SELECT is_empty($$
    SELECT s.as_of, s.known_at, s.company_id FROM summary AS s
    LEFT JOIN (SELECT as_of, known_at, company_id, sum(balance) AS balance, sum(not_due) AS not_due, sum(unapplied_amount) AS unapplied_amount
               FROM by_customer GROUP BY 1, 2, 3) AS c
        ON (c.as_of, c.company_id) = (s.as_of, s.company_id) AND c.known_at IS NOT DISTINCT FROM s.known_at
    LEFT JOIN (SELECT as_of, known_at, company_id, sum(balance) AS balance, sum(not_due) AS not_due, sum(unapplied_amount) AS unapplied_amount
               FROM by_salesperson GROUP BY 1, 2, 3) AS p
        ON (p.as_of, p.company_id) = (s.as_of, s.company_id) AND p.known_at IS NOT DISTINCT FROM s.known_at
    WHERE (s.balance, s.not_due, s.unapplied_amount) IS DISTINCT FROM
              (coalesce(c.balance, 0), coalesce(c.not_due, 0), coalesce(c.unapplied_amount, 0))
       OR (s.balance, s.not_due, s.unapplied_amount) IS DISTINCT FROM
              (coalesce(p.balance, 0), coalesce(p.not_due, 0), coalesce(p.unapplied_amount, 0))$$,
    'customers and salespersons add up to their company');
SELECT * FROM finish();
ROLLBACK;
