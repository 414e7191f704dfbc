-- What does change is logged, column by column, and can be read as it was.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
INSERT INTO receivables.company (company_id, company_code, name, currency) VALUES (1, 'EU', 'Europe', 'EUR');
CREATE TEMP TABLE moment (name text PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE FUNCTION pg_temp.customer_at(wanted text) RETURNS jsonb LANGUAGE sql
    RETURN ar.row_as_of('customer', '{"company_id": 1, "customer_id": 11}', (SELECT at FROM moment WHERE name = wanted));

-- One customer, from entry to end
INSERT INTO moment VALUES ('before entry');
INSERT INTO receivables.customer (company_id, customer_id, customer_number, name, credit_limit, salesperson)
VALUES (1, 11, 'C1', 'First', 1000, 'Ann');
INSERT INTO moment VALUES ('entered');
SET ar.application_user = 'clerk7';
UPDATE receivables.customer SET name = 'First & Co', credit_limit = 2500.50 WHERE customer_id = 11;
RESET ar.application_user;
INSERT INTO moment VALUES ('changed');
UPDATE receivables.customer SET name = 'First & Co' WHERE customer_id = 11;
UPDATE receivables.customer SET credit_limit = NULL, attributes = '{"vip": true}' WHERE customer_id = 11;
INSERT INTO moment VALUES ('changed again');
DELETE FROM receivables.customer WHERE customer_id = 11;
INSERT INTO moment VALUES ('deleted');
INSERT INTO receivables.customer (company_id, customer_id, customer_number, name) VALUES (1, 11, 'C1', 'Once more');
INSERT INTO moment VALUES ('entered again');

SELECT is(pg_temp.customer_at('before entry'), NULL, 'there was no row before it was entered');
SELECT results_eq($$
    SELECT m.name, r.value ->> 'name', (r.value ->> 'credit_limit')::numeric, r.value -> 'attributes', r.value ->> 'customer_number'
    FROM moment AS m, pg_temp.customer_at(m.name) AS r (value) WHERE m.name <> 'before entry' ORDER BY m.at$$,
    $$VALUES ('entered', 'First', 1000::numeric, '{}'::jsonb, 'C1'), ('changed', 'First & Co', 2500.50, '{}', 'C1'),
             ('changed again', 'First & Co', NULL, '{"vip": true}', 'C1'), ('deleted', NULL, NULL, NULL, NULL),
             ('entered again', 'Once more', NULL, '{}', 'C1')$$, 'the row as it was at each moment');
SELECT results_eq($$SELECT column_name, old_value, new_value, application_user, changed_by = session_user
                    FROM ar.change_history('customer', '{"company_id": 1, "customer_id": "11"}') WHERE new_value IS NOT NULL$$,
    $$VALUES ('credit_limit', '1000'::jsonb, '2500.50'::jsonb, 'clerk7', true), ('name', '"First"', '"First & Co"', 'clerk7', true),
             ('attributes', '{}', '{"vip": true}', NULL, true), ('credit_limit', '2500.50', 'null', NULL, true)$$,
    'one line for each column that changed: who, old and new; none where nothing changed');
SELECT results_eq($$SELECT column_name, old_value FROM ar.change_history('customer', '{"company_id": 1, "customer_id": 11}')
                    WHERE new_value IS NULL AND column_name IN ('name', 'salesperson') ORDER BY 1$$,
    $$VALUES ('name', '"First & Co"'::jsonb), ('salesperson', '"Ann"')$$, 'the whole row of a delete is kept');
SELECT is((SELECT count(*) FROM receivables.change_log WHERE table_name = 'customer' AND operation = 'insert'), 0::bigint,
    'the entry of a customer is no line of the log: the row tells it');
SELECT results_eq($$SELECT changed_at BETWEEN e.at AND c.at FROM receivables.change_history AS h, moment AS e, moment AS c
                    WHERE h.table_name = 'customer' AND h.column_name = 'name' AND h.new_value = '"First & Co"'
                      AND e.name = 'entered' AND c.name = 'changed'$$, 'VALUES (true)', 'and when');

-- Rules tell no time of entry of their own; another key is another row.
INSERT INTO moment VALUES ('no rule');
INSERT INTO receivables.check_rule (company_id, rule, kind, test, field, parameters)
VALUES (1, 'tax id', 'customer', 'required', 'tax_id', '{}');
INSERT INTO moment VALUES ('rule');
UPDATE receivables.check_rule SET severity = 'warning' WHERE rule = 'tax id';
UPDATE receivables.check_rule SET rule = 'tax id given' WHERE rule = 'tax id';
INSERT INTO moment VALUES ('renamed');
SELECT results_eq($$SELECT m.name, ar.row_as_of('check_rule', '{"company_id": 1, "rule": "tax id"}', m.at) ->> 'severity',
                           ar.row_as_of('check_rule', '{"company_id": 1, "rule": "tax id given"}', m.at) ->> 'severity'
                    FROM moment AS m WHERE m.name IN ('no rule', 'rule', 'renamed') ORDER BY m.at$$,
    $$VALUES ('no rule', NULL, NULL), ('rule', 'error', NULL), ('renamed', NULL, 'warning')$$, 'a rule from its entry on, by the name it had');
SELECT results_eq($$SELECT operation FROM receivables.change_log WHERE table_name = 'check_rule' ORDER BY change_id$$,
    $$VALUES ('insert'), ('update'), ('delete'), ('insert')$$, 'as the log has it');

-- Calendars are of no company.
INSERT INTO receivables.calendar VALUES ('CN', 'China');
INSERT INTO receivables.holiday VALUES ('CN', '2026-10-01', false, 'National day');
UPDATE receivables.holiday SET name = '国庆节' WHERE day = '2026-10-01';
SELECT results_eq($$SELECT company_id, operation, new ->> 'name' FROM receivables.change_log WHERE table_name = 'holiday' ORDER BY change_id$$,
    $$VALUES (NULL::bigint, 'insert', 'National day'), (NULL, 'update', '国庆节')$$, 'holidays are logged without a company');
SELECT is((SELECT count(*) FROM ar.change_history('holiday', '{"calendar": "CN", "day": "2026-10-01"}')), 5::bigint,
    'and found by their key: four columns of the entry, one changed');

-- Contracts: what documents do to one is no change of it.
INSERT INTO receivables.contract (company_id, contract_id, customer_id, contract_number, contract_date, currency, amount)
VALUES (1, 21, 11, 'K1', '2025-01-01', 'EUR', 500);
INSERT INTO receivables.document (company_id, document_id, customer_id, document_date, kind, document_number, amount, contract_id)
VALUES (1, 101, 11, '2025-02-01', 'invoice', 'I1', 200, 21);
INSERT INTO receivables.item (company_id, item_id, customer_id, document_id, kind, effective_on, due_on, amount)
VALUES (1, 1001, 11, 101, 'invoice', '2025-02-01', '2025-03-01', 200);
INSERT INTO moment VALUES ('contract of 500');
UPDATE receivables.contract SET amount = 600 WHERE contract_id = 21;
SELECT is((SELECT invoiced_amount FROM receivables.contract WHERE contract_id = 21), 200::numeric, 'an invoice counts against its contract');
SELECT results_eq($$SELECT old, new FROM receivables.change_log WHERE table_name = 'contract'$$,
    $$VALUES ('{"amount": 500}'::jsonb, '{"amount": 600}'::jsonb)$$, 'its amount is logged, not what was invoiced');
SELECT results_eq($$SELECT r.value ->> 'amount', r.value ? 'invoiced_amount' FROM moment AS m,
                    ar.row_as_of('contract', '{"company_id": 1, "contract_id": 21}', m.at) AS r (value) WHERE m.name = 'contract of 500'$$,
    $$VALUES ('500', false)$$, 'a contract as it was leaves out what follows from documents');
INSERT INTO moment VALUES ('open');
SELECT ar.close_period(1, '2024-12-31') IS NOT NULL AS closed \gset
SELECT is((SELECT ar.row_as_of('company', '{"company_id": 1}', m.at) ->> 'closed_through' FROM moment AS m WHERE m.name = 'open'),
    '-infinity', 'a company as it was before a period was closed');

-- Columns of the user's own, of a type without equality too
ALTER TABLE receivables.customer ADD COLUMN note json, ADD COLUMN colour text;
UPDATE receivables.customer SET note = '{"a": 1}', colour = 'red' WHERE customer_id = 11;
SELECT results_eq($$SELECT new FROM receivables.change_log WHERE table_name = 'customer' ORDER BY change_id DESC LIMIT 1$$,
    $$VALUES ('{"note": {"a": 1}, "colour": "red"}'::jsonb)$$, 'columns of the user''s own are logged');

-- A term, changed at random; the oracle keeps copies of what it was.
INSERT INTO receivables.number_series (company_id, series, kind, pattern, is_default) VALUES (1, 'S', 'fee', 'A{number}', false);
CREATE TEMP TABLE copy (at timestamptz, content jsonb);
DO $$
BEGIN
    PERFORM setseed(0.25);
    FOR step IN 1..200 LOOP
        CASE
        WHEN NOT EXISTS (SELECT FROM receivables.number_series) THEN
            INSERT INTO receivables.number_series (company_id, series, kind, pattern, is_default)
            VALUES (1, 'S', 'fee', format('B%s{number}', step), false);
        WHEN random() < 0.2 THEN
            DELETE FROM receivables.number_series;
        ELSE
            UPDATE receivables.number_series
            SET kind = CASE WHEN random() < 0.5 THEN 'fee' ELSE 'interest' END, is_default = random() < 0.5,
                pattern = CASE WHEN random() < 0.7 THEN pattern ELSE format('C%s{number}', step) END;
        END CASE;
        INSERT INTO copy SELECT clock_timestamp(), (SELECT to_jsonb(s) FROM receivables.number_series AS s);
    END LOOP;
END$$;
SELECT results_eq($$SELECT count(*), count(content) BETWEEN 100 AND 199,
                           count(*) FILTER (WHERE ar.row_as_of('number_series', '{"company_id": 1, "series": "S"}', at) IS DISTINCT FROM content)
                    FROM copy$$, 'VALUES (200::bigint, true, 0::bigint)', 'two hundred changes at random: each state is read as it was');

-- The log itself stays
CREATE TEMP TABLE attempt (n serial, command text, sqlstate text, name text);
INSERT INTO attempt (command, sqlstate, name) VALUES
    ($$INSERT INTO receivables.change_log (company_id, table_name, row_key, operation, old, new) VALUES (1, 'customer', '{}', 'update', '{}', '{}')$$, '23001', 'a line of the log by hand'),
    ($$UPDATE receivables.change_log SET recorded_by = 'x'$$, '23001', 'changing the log'),
    ($$DELETE FROM receivables.change_log$$, '23001', 'deleting from the log'),
    ($$TRUNCATE receivables.change_log$$, '23001', 'emptying the log'),
    ($$TRUNCATE receivables.check_rule$$, '23001', 'emptying a table past the log'),
    ($$UPDATE receivables.customer SET recorded_at = '2020-01-01' WHERE customer_id = 11$$, '23001', 'another time of entry'),
    ($$UPDATE receivables.customer SET recorded_by = 'x' WHERE customer_id = 11$$, '23001', 'another author of the entry'),
    ($$INSERT INTO receivables.customer (company_id, customer_number, name, recorded_at) VALUES (1, 'C9', 'x', '2020-01-01')$$, '23514', 'a forged time of entry'),
    ($$INSERT INTO receivables.customer (company_id, customer_number, name, recorded_by) VALUES (1, 'C9', 'x', 'x')$$, '23514', 'a forged author'),
    ($$SELECT ar.row_as_of('document', '{"company_id": 1, "document_id": 101}', now())$$, '22023', 'the history of what never changes'),
    ($$SELECT ar.row_as_of('pg_class', '{}', now())$$, '22023', 'the history of another table'),
    ($$SELECT ar.row_as_of('customer', '{"company_id": 1}', now())$$, '22023', 'half a key'),
    ($$SELECT ar.row_as_of('customer', '{"company_id": 1, "customer_id": 11, "name": "x"}', now())$$, '22023', 'more than a key'),
    ($$SELECT * FROM ar.change_history('customer', NULL)$$, '22023', 'no key');
SELECT throws_ok(command, sqlstate, NULL, name) FROM attempt ORDER BY n;
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'sound at the end');
DROP TRIGGER customer_change_logged ON receivables.customer;
SELECT results_eq('SELECT object, detail FROM ar.check_ledger()',
    $$VALUES ('table customer', 'trigger customer_change_logged is missing; SELECT ar.upgrade_ledger() puts it back')$$, 'a log that is missing is found');

SELECT * FROM finish();
ROLLBACK;
