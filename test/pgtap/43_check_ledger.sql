-- ar.check_ledger() finds each break that can be made behind the guards' back.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'empty books are sound');

SELECT ar.create_company('EU', 'Europe', 'EUR') AS company \gset
INSERT INTO receivables.customer (company_id, customer_number, name) VALUES (:company, 'C1', 'First'), (:company, 'C2', 'Second');
SELECT concat(ar.post_invoice(:company, 'C1', 'I1', '2025-01-10', '2025-02-10', 100), ar.post_invoice(:company, 'C1', 'I2', '2025-01-10', '2025-02-10', 100),
              ar.post_invoice(:company, 'C2', 'I3', '2025-01-10', '2025-02-10', 100), ar.post_invoice(:company, 'C1', 'I4', '2025-01-10', '2025-02-10', 100)) AS posted \gset
SELECT concat(ar.post_payment(:company, 'C1', 'P1', '2025-02-01', 100, '[{"invoice_number": "I1", "amount": 100}]'),
              ar.post_payment(:company, 'C1', 'P2', '2025-02-01', 60, '[{"invoice_number": "I2", "amount": 40}]'),
              ar.post_payment(:company, 'C1', 'P4', '2025-02-01', 100, '[{"invoice_number": "I4", "amount": 100}]')) AS posted \gset
CREATE FUNCTION pg_temp.item(number text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT i.item_id FROM receivables.item AS i JOIN receivables.document AS d USING (company_id, document_id) WHERE d.document_number = number
$$;
-- I4 was settled from 1 February to 1 March.
SELECT ar.reverse_application(company_id, application_id, '2025-03-01', 'bounced') > 0 AS reversed
FROM receivables.application WHERE debit_item_id = pg_temp.item('I4') \gset
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'books with part payments and a reversal are sound');

-- Does what breaks the books, asks, and undoes it: the invariants found broken and of what.
CREATE FUNCTION pg_temp.broken(command text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    found   text[];
    touched bigint;
BEGIN
    BEGIN
        SET LOCAL session_replication_role = replica;
        EXECUTE command;
        GET DIAGNOSTICS touched = ROW_COUNT;
        IF touched = 0 AND command !~ 'TRIGGER' THEN
            RAISE EXCEPTION 'nothing was broken by %', command;
        END IF;
        found := ARRAY(SELECT c.invariant || ': ' || c.object FROM ar.check_ledger() AS c ORDER BY 1);
        RAISE division_by_zero;
    EXCEPTION
        WHEN division_by_zero THEN NULL;
    END;
    RETURN QUERY SELECT unnest(found);
END;
$$;
CREATE FUNCTION pg_temp.finds(invariant text, object text, command text, name text) RETURNS text LANGUAGE sql AS $$
    SELECT ok(invariant || ': ' || object IN (SELECT pg_temp.broken(command)), name)
$$;
CREATE FUNCTION pg_temp.of(number text) RETURNS text LANGUAGE sql STABLE AS $$SELECT 'item ' || pg_temp.item(number)$$;
CREATE FUNCTION pg_temp.application(number text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT application_id FROM receivables.application WHERE amount > 0 AND debit_item_id = pg_temp.item(number)
$$;

SELECT pg_temp.finds('open amount is amount less applications', pg_temp.of('I2'),
    $$UPDATE receivables.item SET open_amount = 61 WHERE item_id = pg_temp.item('I2')$$, 'an open amount that is too high');
SELECT pg_temp.finds('open amount is amount less applications', pg_temp.of('I2'),
    $$DELETE FROM receivables.application WHERE application_id = pg_temp.application('I2')$$, 'an application that is gone');
SELECT pg_temp.finds('open amount is amount less applications', pg_temp.of('P2'),
    $$UPDATE receivables.application SET amount = 41 WHERE application_id = pg_temp.application('I2')$$, 'an application that was changed, on the credit');
SELECT pg_temp.finds('open amount lies between zero and amount', pg_temp.of('I2'),
    $$UPDATE receivables.application SET amount = 100.01 WHERE application_id = pg_temp.application('I2')$$, 'more applied than the invoice');
SELECT pg_temp.finds('open amount lies between zero and amount', pg_temp.of('P2'),
    $$UPDATE receivables.application SET amount = 60.01 WHERE application_id = pg_temp.application('I2')$$, 'more applied than the payment');
SELECT pg_temp.finds('closing date is that of the last application', pg_temp.of('I1'),
    $$UPDATE receivables.item SET closed_on = closed_on + 1 WHERE item_id = pg_temp.item('I1')$$, 'a closing date that is late');
SELECT pg_temp.finds('last application is remembered', pg_temp.of('I1'),
    $$UPDATE receivables.item SET last_applied_on = last_applied_on - 1 WHERE item_id = pg_temp.item('I1')$$, 'a wrong date of the last application');
SELECT pg_temp.finds('last application is remembered', pg_temp.of('I1'),
    $$UPDATE receivables.item SET last_applied_at = last_applied_at + interval '1 second' WHERE item_id = pg_temp.item('I1')$$, 'a wrong time of the last application');
SELECT pg_temp.finds('last application is remembered', pg_temp.of('I3'),
    $$UPDATE receivables.item SET last_applied_on = '2025-02-01' WHERE item_id = pg_temp.item('I3')$$, 'an application that never was');
SELECT pg_temp.finds('last application is remembered', pg_temp.of('I1'),
    $$UPDATE receivables.item SET last_applied_amount = 99 WHERE item_id = pg_temp.item('I1')$$, 'a wrong amount of the last day');
SELECT pg_temp.finds('last application is remembered', pg_temp.of('I4'),
    $$UPDATE receivables.item SET applied_before_on = '-infinity' WHERE item_id = pg_temp.item('I4')$$, 'a forgotten day before the last');
SELECT pg_temp.finds('a reversal is remembered', pg_temp.of('I4'),
    $$UPDATE receivables.item SET reopened = false WHERE item_id = pg_temp.item('I4')$$, 'a reversal that was forgotten');
SELECT pg_temp.finds('a reversal is remembered', pg_temp.of('I1'),
    $$UPDATE receivables.item SET reopened = true WHERE item_id = pg_temp.item('I1')$$, 'a reversal that never was');
SELECT pg_temp.finds('nothing is applied before the item counts', pg_temp.of('P1'),
    $$UPDATE receivables.application SET effective_on = '2025-01-31' WHERE application_id = pg_temp.application('I1')$$, 'an application before the payment');
SELECT pg_temp.finds('nothing is applied before the item is entered', pg_temp.of('I1'),
    $$UPDATE receivables.application SET recorded_at = '2000-01-01' WHERE application_id = pg_temp.application('I1')$$, 'an application entered before its items');
SELECT pg_temp.finds('never more is applied than the item', pg_temp.of('I4'),
    $$INSERT INTO receivables.application (company_id, debit_item_id, credit_item_id, effective_on, amount, company_amount)
      SELECT company_id, pg_temp.item('I4'), pg_temp.item('P2'), '2025-02-15', 20, 20 FROM receivables.company$$,
    'an application into the time the invoice was settled');
SELECT pg_temp.finds('an application settles a debit with a credit', 'application ' || pg_temp.application('I1'),
    $$UPDATE receivables.application SET debit_item_id = credit_item_id, credit_item_id = debit_item_id
      WHERE application_id = pg_temp.application('I1')$$, 'debit and credit exchanged');
SELECT pg_temp.finds('an application settles a debit with a credit', 'application ' || pg_temp.application('I1'),
    $$DELETE FROM receivables.item WHERE item_id = pg_temp.item('P1')$$, 'an item that is gone');
SELECT pg_temp.finds('an application stays with one customer and currency', 'application ' || pg_temp.application('I1'),
    $$UPDATE receivables.application SET debit_item_id = pg_temp.item('I3') WHERE application_id = pg_temp.application('I1')$$, 'an application across customers');
SELECT pg_temp.finds('a reversal mirrors its application', 'application ' || (SELECT application_id FROM receivables.application WHERE amount < 0),
    $$UPDATE receivables.application SET amount = -99 WHERE amount < 0$$, 'a reversal of another amount');
SELECT pg_temp.finds('a reversal mirrors its application', 'application ' || (SELECT application_id FROM receivables.application WHERE amount < 0),
    $$UPDATE receivables.application SET effective_on = '2025-01-31' WHERE amount < 0$$, 'a reversal before its application');
SELECT pg_temp.finds('a reversal mirrors its application', 'application ' || (SELECT application_id FROM receivables.application WHERE amount < 0),
    $$UPDATE receivables.application SET debit_item_id = pg_temp.item('I2') WHERE amount < 0$$, 'a reversal of other items');
SELECT pg_temp.finds('a reversal mirrors its application', 'application ' || (SELECT application_id FROM receivables.application WHERE amount < 0),
    $$DELETE FROM receivables.application WHERE application_id = pg_temp.application('I4')$$, 'a reversal of nothing');
SELECT pg_temp.finds('a document posts items of its amount', 'invoice I3',
    $$DELETE FROM receivables.item WHERE item_id = pg_temp.item('I3')$$, 'an invoice without its item');
SELECT pg_temp.finds('a document posts items of its amount', 'payment P2',
    $$UPDATE receivables.document SET amount = 61 WHERE document_number = 'P2'$$, 'a payment of another amount than its item');
SELECT pg_temp.finds('amounts have the decimals of the currency', 'invoice I3',
    $$UPDATE receivables.currency SET minor_units = 0 WHERE currency = 'EUR'; UPDATE receivables.document SET amount = 100.5 WHERE document_number = 'I3'$$,
    'an amount with too many decimals');
SELECT pg_temp.finds('amounts have the decimals of the currency', 'invoice I3',
    $$UPDATE receivables.item SET amount = 100.001, open_amount = 100.001 WHERE item_id = pg_temp.item('I3')$$, 'an item with too many decimals');

-- Every guard, switched off or gone, is missed; this reads the guards from the catalog, not from a list.
CREATE TEMP TABLE guard AS
SELECT t.tgrelid::regclass AS guarded, t.tgname FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
WHERE c.relnamespace = 'receivables'::regnamespace AND NOT t.tgisinternal;
SELECT cmp_ok((SELECT count(*) FROM guard), '>=', 15::bigint, 'the guards of the books');
SELECT ok(EXISTS (SELECT FROM pg_temp.broken(format('ALTER TABLE %s DISABLE TRIGGER %I', guarded, tgname)) AS b
                  WHERE b LIKE 'guards are in place: table %'), format('%s disabled on %s is noticed', tgname, guarded)) FROM guard;
SELECT ok(EXISTS (SELECT FROM pg_temp.broken(format('ALTER TABLE %s ENABLE REPLICA TRIGGER %I', guarded, tgname)) AS b
                  WHERE b LIKE 'guards are in place: table %'), format('%s for replicas only on %s is noticed', tgname, guarded)) FROM guard;
SELECT ok(EXISTS (SELECT FROM pg_temp.broken(format('DROP TRIGGER %I ON %s', tgname, guarded)) AS b
                  WHERE b LIKE 'guards are in place: table %'), format('%s dropped from %s is noticed', tgname, guarded)) FROM guard;
SELECT is_empty(format('SELECT pg_temp.broken(%L)', format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', guarded, tgname)),
                format('%s always on is no break', tgname)) FROM guard LIMIT 1;
SELECT lives_ok(format('DROP TRIGGER %I ON %s', tgname, guarded), 'dropping ' || tgname) FROM guard;
SELECT is((SELECT count(*) FROM ar.check_ledger()), (SELECT count(*) FROM guard), 'all guards gone');
SELECT is(ar.upgrade_ledger(), ar.version(), 'ar.upgrade_ledger() puts them back');
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'and the books are sound again');
SELECT is_empty($$SELECT guarded, tgname FROM guard EXCEPT SELECT tgrelid::regclass, tgname FROM pg_trigger$$, 'every guard is back');

SELECT * FROM finish();
ROLLBACK;
