-- Writes straight to the tables meet the same rules as the functions.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
INSERT INTO receivables.company (company_id, company_code, name, currency) VALUES (1, 'EU', 'Europe', 'EUR'), (2, 'JP', 'Japan', 'JPY');
INSERT INTO receivables.customer (company_id, customer_id, customer_number, name) VALUES (1, 11, 'C1', 'First'), (1, 12, 'C2', 'Second'), (2, 21, 'C1', 'First');

-- A book made by plain INSERTs
INSERT INTO receivables.document (company_id, document_id, customer_id, document_date, kind, document_number, amount)
VALUES (1, 101, 11, '2025-01-10', 'invoice', 'I1', 100), (1, 102, 11, '2025-02-01', 'payment', 'P1', 80), (1, 103, 12, '2025-01-10', 'invoice', 'I2', 50),
       (2, 201, 21, '2025-01-10', 'invoice', 'I1', 100), (1, 104, 11, '2025-02-01', 'payment', 'P2', 500);
INSERT INTO receivables.item (company_id, item_id, customer_id, document_id, kind, effective_on, due_on, amount, open_amount)
VALUES (1, 1001, 11, 101, 'invoice', '2025-01-10', '2025-02-10', 100, 100), (1, 1002, 11, 102, 'payment', '2025-02-01', '2025-02-01', -80, -80),
       (1, 1003, 12, 103, 'invoice', '2025-01-10', '2025-02-10', 50, 50), (2, 2001, 21, 201, 'invoice', '2025-01-10', '2025-02-10', 100, 100),
       (1, 1004, 11, 104, 'payment', '2025-02-01', '2025-02-01', -500, -500);
INSERT INTO receivables.application (company_id, application_id, debit_item_id, credit_item_id, effective_on, amount) VALUES (1, 9001, 1001, 1002, '2025-02-05', 30);
SELECT results_eq('SELECT item_id, open_amount, last_applied_on FROM receivables.item WHERE company_id = 1 AND item_id < 1003 ORDER BY 1',
    $$VALUES (1001::bigint, 70::numeric, date '2025-02-05'), (1002, -50, '2025-02-05')$$, 'an application that is inserted is taken off both items');
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'a book made by plain inserts is sound');

CREATE TEMP TABLE attempt (n serial, command text, sqlstate text, name text);
INSERT INTO attempt (command, sqlstate, name) VALUES
    -- companies and customers
    ($$INSERT INTO receivables.company (company_id, company_code, name, currency) VALUES (7, 'EU', 'x', 'EUR')$$, '23505', 'a company code twice'),
    ($$INSERT INTO receivables.company (company_id, company_code, name, currency) VALUES (7, 'X', 'x', 'XTS')$$, '23503', 'an unknown currency'),
    ($$UPDATE receivables.company SET currency = 'USD' WHERE company_id = 1$$, '23001', 'another currency for a company'),
    ($$UPDATE receivables.company SET company_id = 3 WHERE company_id = 1$$, '23001', 'another key for a company'),
    ($$DELETE FROM receivables.company WHERE company_id = 1$$, '23503', 'deleting a company that has customers'),
    ($$UPDATE receivables.currency SET minor_units = 3 WHERE currency = 'EUR'$$, '23001', 'other decimals for a currency'),
    ($$UPDATE receivables.currency SET currency = 'EUX' WHERE currency = 'EUR'$$, '23001', 'another code for a currency'),
    ($$DELETE FROM receivables.currency WHERE currency = 'EUR'$$, '23503', 'deleting a currency in use'),
    ($$INSERT INTO receivables.currency VALUES ('eur', 2)$$, '23514', 'a currency in small letters'),
    ($$INSERT INTO receivables.customer (company_id, customer_number, name) VALUES (1, 'C1', 'x')$$, '23505', 'a customer number twice'),
    ($$INSERT INTO receivables.customer (company_id, customer_number, name) VALUES (9, 'C1', 'x')$$, '23503', 'a customer of no company'),
    ($$INSERT INTO receivables.customer (company_id, customer_number, name, grade) VALUES (1, 'C9', 'x', 'Z')$$, '23514', 'an unknown grade'),
    ($$INSERT INTO receivables.customer (company_id, customer_number, name, attributes) VALUES (1, 'C9', 'x', '[]')$$, '23514', 'attributes that are no object'),
    ($$DELETE FROM receivables.customer WHERE customer_id = 11$$, '23503', 'deleting a customer with documents'),
    -- documents
    ($$INSERT INTO receivables.document (company_id, customer_id, document_date, kind, document_number, amount) VALUES (1, 11, '2025-01-01', 'invoice', 'I1', 1)$$, '23505', 'a document number twice'),
    ($$INSERT INTO receivables.document (company_id, customer_id, document_date, kind, document_number, amount) VALUES (1, 21, '2025-01-01', 'invoice', 'X', 1)$$, '23503', 'a customer of another company'),
    ($$INSERT INTO receivables.document (company_id, customer_id, document_date, kind, document_number, amount) VALUES (1, 11, '2025-01-01', 'order', 'X', 1)$$, '23514', 'an unknown kind'),
    ($$INSERT INTO receivables.document (company_id, customer_id, document_date, kind, document_number, amount) VALUES (1, 11, '2025-01-01', 'invoice', 'X', 0)$$, '23514', 'an amount of zero'),
    ($$INSERT INTO receivables.document (company_id, customer_id, document_date, kind, document_number, amount) VALUES (1, 11, '2025-01-01', 'invoice', 'X', -1)$$, '23514', 'a negative amount'),
    ($$INSERT INTO receivables.document (company_id, customer_id, document_date, kind, document_number, amount) VALUES (1, 11, '2025-01-01', 'invoice', 'X', 'NaN')$$, '23514', 'NaN'),
    ($$INSERT INTO receivables.document (company_id, customer_id, document_date, kind, document_number, amount) VALUES (1, 11, '2025-01-01', 'invoice', 'X', 'Infinity')$$, '23514', 'an infinite amount'),
    ($$INSERT INTO receivables.document (company_id, customer_id, document_date, kind, document_number, amount) VALUES (1, 11, '2025-01-01', 'invoice', 'X', 0.001)$$, '23514', 'too many decimals'),
    ($$INSERT INTO receivables.document (company_id, customer_id, document_date, kind, document_number, amount) VALUES (2, 21, '2025-01-01', 'invoice', 'X', 0.1)$$, '23514', 'yen with decimals'),
    ($$INSERT INTO receivables.document (company_id, customer_id, document_date, kind, document_number, amount)
       VALUES (1, 11, '2025-01-01', 'invoice', 'X', 0.01), (2, 21, '2025-01-01', 'invoice', 'X', 0.01)$$, '23514', 'yen with decimals behind euros with decimals'),
    ($$INSERT INTO receivables.document (company_id, customer_id, document_date, kind, document_number, amount) VALUES (1, 11, 'infinity', 'invoice', 'X', 1)$$, '23514', 'an infinite date'),
    ($$INSERT INTO receivables.document (company_id, customer_id, document_date, kind, document_number, amount, recorded_at) VALUES (1, 11, '2025-01-01', 'invoice', 'X', 1, '2025-01-01')$$, '23514', 'a time of entry in the past'),
    ($$INSERT INTO receivables.document (company_id, customer_id, document_date, kind, document_number, amount, recorded_at) VALUES (1, 11, '2025-01-01', 'invoice', 'X', 1, now() + interval '1 day')$$, '23514', 'a time of entry to come'),
    ($$INSERT INTO receivables.document (company_id, customer_id, document_date, kind, document_number, amount, recorded_at) VALUES (1, 11, '2025-01-01', 'invoice', 'X', 1, 'infinity')$$, '23514', 'an infinite time of entry'),
    ($$UPDATE receivables.document SET amount = 1$$, '23001', 'another amount for a document'),
    ($$UPDATE receivables.document SET document_date = '2025-01-01'$$, '23001', 'another date for a document'),
    ($$UPDATE receivables.document SET customer_id = 12$$, '23001', 'another customer for a document'),
    ($$UPDATE receivables.document SET recorded_at = now()$$, '23001', 'another time of entry for a document'),
    ($$UPDATE receivables.document SET recorded_by = 'x'$$, '23001', 'another author for a document'),
    ($$UPDATE receivables.document SET reference = 'PO 1' WHERE document_id = 101$$, '23001', 'another reference for a document'),
    ($$UPDATE receivables.document SET attributes = '{"a": 1}' WHERE document_id = 101$$, '23001', 'other attributes for a document'),
    ($$DELETE FROM receivables.document WHERE document_number = 'P2'$$, '23001', 'deleting a document'),
    ($$TRUNCATE receivables.document CASCADE$$, '23001', 'emptying the documents'),
    -- items
    ($$INSERT INTO receivables.item (company_id, customer_id, document_id, kind, effective_on, due_on, amount, open_amount) VALUES (1, 11, 101, 'invoice', '2025-01-10', '2025-01-10', 5, 4)$$, '23514', 'an item settled in part'),
    ($$INSERT INTO receivables.item (company_id, customer_id, document_id, kind, effective_on, due_on, amount, open_amount, closed_on) VALUES (1, 11, 101, 'invoice', '2025-01-10', '2025-01-10', 5, 0, '2025-02-01')$$, '23514', 'a settled item'),
    ($$INSERT INTO receivables.item (company_id, customer_id, document_id, kind, effective_on, due_on, amount, open_amount, last_applied_on) VALUES (1, 11, 101, 'invoice', '2025-01-10', '2025-01-10', 5, 5, '2025-02-01')$$, '23514', 'an item that claims an application'),
    ($$INSERT INTO receivables.item (company_id, customer_id, document_id, kind, effective_on, due_on, amount, open_amount, last_applied_at) VALUES (1, 11, 101, 'invoice', '2025-01-10', '2025-01-10', 5, 5, '2025-02-01')$$, '23514', 'an item that claims the time of an application'),
    ($$INSERT INTO receivables.item (company_id, customer_id, document_id, kind, effective_on, due_on, amount, open_amount, reopened) VALUES (1, 11, 101, 'invoice', '2025-01-10', '2025-01-10', 5, 5, true)$$, '23514', 'an item that claims a reversal'),
    ($$INSERT INTO receivables.item (company_id, customer_id, document_id, kind, effective_on, due_on, amount, open_amount, recorded_at) VALUES (1, 11, 101, 'invoice', '2025-01-10', '2025-01-10', 5, 5, '2025-02-01')$$, '23514', 'a forged time of entry of an item'),
    ($$INSERT INTO receivables.item (company_id, customer_id, document_id, kind, effective_on, due_on, amount, open_amount) VALUES (1, 11, 101, 'invoice', '2025-01-10', '2025-01-09', 5, 5)$$, '23514', 'due before it counts'),
    ($$INSERT INTO receivables.item (company_id, customer_id, document_id, kind, effective_on, due_on, amount, open_amount) VALUES (1, 11, 101, 'invoice', '2025-01-10', 'infinity', 5, 5)$$, '23514', 'an infinite due date'),
    ($$INSERT INTO receivables.item (company_id, customer_id, document_id, kind, effective_on, due_on, amount, open_amount) VALUES (1, 11, 101, 'invoice', '2025-01-10', '2025-01-10', -5, -5)$$, '23514', 'a credit item of an invoice'),
    ($$INSERT INTO receivables.item (company_id, customer_id, document_id, kind, effective_on, due_on, amount, open_amount) VALUES (1, 11, 102, 'payment', '2025-02-01', '2025-02-01', 5, 5)$$, '23514', 'a debit item of a payment'),
    ($$INSERT INTO receivables.item (company_id, customer_id, document_id, kind, effective_on, due_on, amount, open_amount) VALUES (1, 11, 101, 'payment', '2025-02-01', '2025-02-01', -5, -5)$$, '23503', 'an item of another kind than its document'),
    ($$INSERT INTO receivables.item (company_id, customer_id, document_id, kind, effective_on, due_on, amount, open_amount) VALUES (1, 12, 101, 'invoice', '2025-01-10', '2025-01-10', 5, 5)$$, '23503', 'an item of another customer than its document'),
    ($$INSERT INTO receivables.item (company_id, customer_id, document_id, kind, effective_on, due_on, amount, open_amount) VALUES (1, 11, 101, 'invoice', '2025-01-10', '2025-01-10', 0.001, 0.001)$$, '23514', 'an item with too many decimals'),
    ($$UPDATE receivables.item SET open_amount = 0, closed_on = '2025-02-05' WHERE item_id = 1001$$, '23001', 'settling an item by hand'),
    ($$UPDATE receivables.item SET due_on = '2026-01-01' WHERE item_id = 1001$$, '23001', 'another due date'),
    ($$UPDATE receivables.item SET amount = 1 WHERE item_id = 1001$$, '23001', 'another amount for an item'),
    ($$UPDATE receivables.item SET last_applied_on = '2025-01-01' WHERE item_id = 1001$$, '23001', 'another date of the last application'),
    ($$UPDATE receivables.item SET reopened = true WHERE item_id = 1001$$, '23001', 'a reversal by hand'),
    ($$DELETE FROM receivables.item WHERE item_id = 1003$$, '23001', 'deleting an item'),
    ($$TRUNCATE receivables.item CASCADE$$, '23001', 'emptying the items'),
    -- applications
    ($$INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount) VALUES (1, 1001, 1004, '2025-02-05', 70.01)$$, '23514', 'more than is open of the debit'),
    ($$INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount) VALUES (1, 1001, 1002, '2025-02-05', 50.01)$$, '23514', 'more than is open of the credit'),
    ($$INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount) VALUES (1, 1001, 1004, '2025-02-05', 40), (1, 1001, 1004, '2025-02-05', 40)$$, '23514', 'more than is open, by two rows of one statement'),
    ($$INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount) VALUES (1, 1002, 1001, '2025-02-05', 1)$$, '23514', 'debit and credit exchanged'),
    ($$INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount) VALUES (1, 1001, 1001, '2025-02-05', 1)$$, '23514', 'a debit applied to itself'),
    ($$INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount) VALUES (1, 1004, 1004, '2025-02-05', 1)$$, '23514', 'a credit applied to itself'),
    ($$INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount) VALUES (1, 1003, 1004, '2025-02-05', 1)$$, '23514', 'across customers'),
    ($$INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount) VALUES (1, 2001, 1004, '2025-02-05', 1)$$, '23503', 'across companies'),
    ($$INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount) VALUES (1, 1001, 1004, '2025-01-31', 1)$$, '23514', 'before the payment counts'),
    ($$INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount) VALUES (1, 1001, 1004, '2025-02-05', -1)$$, '23514', 'a negative amount that reverses nothing'),
    ($$INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount) VALUES (1, 1001, 1004, '2025-02-05', 0.001)$$, '23514', 'an application with too many decimals'),
    ($$INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount, recorded_at) VALUES (1, 1001, 1004, '2025-02-05', 1, '2025-02-05')$$, '23514', 'a forged time of entry of an application'),
    ($$INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount, reverses_application_id, reason) VALUES (1, 1001, 1002, '2025-02-05', -29, 9001, 'x')$$, '23514', 'a reversal of another amount'),
    ($$INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount, reverses_application_id, reason) VALUES (1, 1001, 1004, '2025-02-05', -30, 9001, 'x')$$, '23514', 'a reversal of other items'),
    ($$INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount, reverses_application_id, reason) VALUES (1, 1001, 1002, '2025-02-04', -30, 9001, 'x')$$, '23514', 'a reversal before the application'),
    ($$INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount, reverses_application_id) VALUES (1, 1001, 1002, '2025-02-05', -30, 9001)$$, '23514', 'a reversal without a reason'),
    ($$INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount, reverses_application_id, reason) VALUES (1, 1001, 1002, '2025-02-05', 30, 9001, 'x')$$, '23514', 'a reversal that is not negative'),
    ($$INSERT INTO receivables.application (company_id, application_id, debit_item_id, credit_item_id, effective_on, amount, reverses_application_id, reason) VALUES (1, 9002, 1001, 1002, '2025-02-05', -30, 9002, 'x')$$, '23514', 'a reversal of itself'),
    ($$UPDATE receivables.application SET amount = 31$$, '23001', 'another amount for an application'),
    ($$UPDATE receivables.application SET effective_on = '2025-03-01'$$, '23001', 'another date for an application'),
    ($$UPDATE receivables.application SET credit_item_id = 1004$$, '23001', 'another credit for an application'),
    ($$UPDATE receivables.application SET reason = 'another'$$, '23001', 'another reason for an application'),
    ($$DELETE FROM receivables.application$$, '23001', 'deleting an application'),
    ($$TRUNCATE receivables.application$$, '23001', 'emptying the applications');
SELECT throws_ok(command, sqlstate, NULL, name || ' is refused') FROM attempt ORDER BY n;
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'sound after all refusals');
SELECT is((SELECT concat_ws(' ', (SELECT count(*) FROM receivables.document), (SELECT count(*) FROM receivables.item), (SELECT count(*) FROM receivables.application))),
          '5 5 1', 'and nothing has come or gone');

-- A reversal by plain INSERT
SELECT lives_ok($$INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount, reverses_application_id, reason)
                  VALUES (1, 1001, 1002, '2025-02-06', -30, 9001, 'bounced')$$, 'a reversal that mirrors its application');
SELECT throws_ok($$INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount, reverses_application_id, reason)
                   VALUES (1, 1001, 1002, '2025-02-06', -30, 9001, 'again')$$, '23505', NULL, 'a second one is refused');
SELECT throws_ok($$INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount, reverses_application_id, reason)
                   SELECT 1, 1001, 1002, '2025-02-06', -30, application_id, 'x' FROM receivables.application WHERE amount < 0$$, '23514', NULL, 'as is a reversal of a reversal');
-- Two applications and what they leave, by one statement
SELECT lives_ok($$INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount)
                  VALUES (1, 1001, 1002, '2025-02-06', 40), (1, 1001, 1002, '2025-02-07', 40), (1, 1001, 1004, '2025-02-08', 20)$$, 'several applications by one statement');
SELECT results_eq('SELECT item_id, open_amount, closed_on FROM receivables.item WHERE company_id = 1 AND item_id IN (1001, 1002, 1004) ORDER BY 1',
    $$VALUES (1001::bigint, 0::numeric, date '2025-02-08'), (1002, 0, '2025-02-07'), (1004, -480, 'infinity')$$, 'are taken off the items');
-- A time of entry may be written out where it is the time of entry.
SELECT lives_ok($$INSERT INTO receivables.document (company_id, document_id, customer_id, document_date, kind, document_number, amount, recorded_at)
                  VALUES (1, 105, 11, '2025-01-01', 'invoice', 'I5', 1, now())$$, 'recorded_at now() is the time of entry');
SELECT lives_ok($$INSERT INTO receivables.item (company_id, customer_id, document_id, kind, effective_on, due_on, amount, open_amount)
                  VALUES (1, 11, 105, 'invoice', '2025-01-01', '2025-02-01', 0.4, 0.4), (1, 11, 105, 'invoice', '2025-01-01', '2025-03-01', 0.6, 0.6)$$, 'an invoice of two instalments');

-- Nor is anything written through a trigger on a table of one's own, whichever function it runs.
CREATE TEMP TABLE own AS SELECT * FROM receivables.application LIMIT 0;
CREATE FUNCTION pg_temp.meddle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE TG_ARGV[0];
    RETURN NEW;
END;
$$;
CREATE TRIGGER own_trigger BEFORE INSERT ON own FOR EACH ROW EXECUTE FUNCTION pg_temp.meddle('UPDATE receivables.item SET open_amount = 1, closed_on = ''infinity'' WHERE item_id = 1001');
SELECT throws_ok('INSERT INTO own (company_id) VALUES (1)', '23001', NULL, 'an open amount is not written by a trigger of one''s own');
CREATE OR REPLACE TRIGGER own_trigger BEFORE INSERT ON own FOR EACH ROW EXECUTE FUNCTION pg_temp.meddle('UPDATE receivables.company SET closed_through = ''2020-01-01'' WHERE company_id = 1');
SELECT throws_ok('INSERT INTO own (company_id) VALUES (1)', '23001', NULL, 'nor is a period closed by one');
CREATE OR REPLACE TRIGGER own_trigger BEFORE INSERT ON own FOR EACH ROW EXECUTE FUNCTION pg_temp.meddle('INSERT INTO receivables.change_log (company_id, table_name, row_key, operation) VALUES (1, ''customer'', ''{}'', ''insert'')');
SELECT throws_ok('INSERT INTO own (company_id) VALUES (1)', '23001', NULL, 'nor a line of the log written');
DROP TRIGGER own_trigger ON own;
CREATE TRIGGER own_trigger AFTER INSERT ON own FOR EACH ROW EXECUTE FUNCTION ar.settle_items();
SELECT throws_ok($$INSERT INTO own (company_id, application_id, debit_item_id, credit_item_id, effective_on, recorded_at, amount, company_amount)
                   VALUES (1, 1, 1001, 1004, '2025-03-01', now(), -10, -10)$$, '23001', NULL, 'nor does the function of the books settle anything from there');
CREATE ROLE ar_test_stranger;
ALTER TABLE own OWNER TO ar_test_stranger;
CREATE OR REPLACE TRIGGER own_trigger AFTER INSERT ON own FOR EACH ROW EXECUTE FUNCTION ar.keep('settle_items');
SELECT throws_ok($$INSERT INTO own (company_id, application_id, debit_item_id, credit_item_id, effective_on, recorded_at, amount, company_amount)
                   VALUES (1, 1, 1001, 1004, '2025-03-01', now(), -10, -10)$$, '42501', NULL, 'which serves tables of the owner of the books alone');
DROP TABLE own;
SELECT is(ar.is_keeping(), false, 'nothing is being kept');

-- What is not of the books is its owner's.
ALTER TABLE receivables.document ADD COLUMN color text;
ALTER TABLE receivables.item ADD COLUMN disputed boolean;
ALTER TABLE receivables.application ADD COLUMN checked_by text;
CREATE INDEX ON receivables.item (disputed);
SELECT lives_ok($$UPDATE receivables.document SET color = 'red' WHERE document_id = 101$$, 'a user''s own column of a document can be changed');
SELECT lives_ok($$UPDATE receivables.item SET disputed = true WHERE item_id = 1001$$, 'a user''s own column of an item can be changed');
SELECT lives_ok($$UPDATE receivables.application SET checked_by = 'me'$$, 'a user''s own column of an application can be changed');
SELECT lives_ok($$UPDATE receivables.customer SET name = 'New name', salesperson = 'Ann' WHERE customer_id = 11$$, 'a customer can be changed');
SELECT lives_ok($$UPDATE receivables.company SET name = 'New name' WHERE company_id = 1$$, 'the name of a company can be changed');
SELECT lives_ok($$INSERT INTO receivables.currency VALUES ('XTS', 4)$$, 'a currency can be added');
SELECT lives_ok($$DELETE FROM receivables.currency WHERE currency = 'XTS'$$, 'a currency that is not used can be deleted');
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'sound at the end');

SELECT * FROM finish();
ROLLBACK;
