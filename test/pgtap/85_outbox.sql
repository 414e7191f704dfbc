-- Events for other systems: what is written, who asked for it, and what a reader gets.
-- Not in one transaction: an event is read once its transaction has ended.
SET client_min_messages = warning;
SET datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
INSERT INTO receivables.company (company_id, company_code, name, currency) VALUES (1, 'EU', 'Europe', 'EUR'), (2, 'JP', 'Japan', 'JPY');
INSERT INTO receivables.customer (company_id, customer_id, customer_number, name) VALUES (1, 1011, 'C1', 'First'), (2, 1021, 'C1', 'First');
CREATE FUNCTION public.invoice(company bigint, number text) RETURNS void LANGUAGE sql AS $$
    SELECT ar.import_rows(company, 'invoice', jsonb_build_array(jsonb_build_object('customer_number', 'C1', 'invoice_number', number,
        'invoice_date', '2025-01-10', 'due_date', '2025-02-10', 'amount', 100)))$$;
CREATE FUNCTION public.topics(company bigint, after bigint DEFAULT 0) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(o.topic, ' ' ORDER BY o.sequence) FROM ar.read_outbox(company, after) AS o$$;

-- Nobody asked
SELECT public.invoice(1, 'I0');
SELECT is((SELECT count(*) FROM receivables.outbox), 0::bigint, 'without a subscription nothing is written');

-- One topic of one company
SELECT ar.publish(1, 'invoice.posted');
SELECT ar.publish(1, 'invoice.posted');
SELECT public.invoice(1, 'I1'), public.invoice(2, 'I1');
INSERT INTO receivables.customer (company_id, customer_number, name) VALUES (1, 'C2', 'Second');
SELECT results_eq('SELECT topic, object_kind, object_key, payload FROM ar.read_outbox(1)',
    $$SELECT 'invoice.posted', 'document', jsonb_build_object('company_id', 1, 'document_id', d.document_id), to_jsonb(d)
      FROM receivables.document AS d WHERE d.company_id = 1 AND d.document_number = 'I1'$$, 'an invoice of that company, whole, and nothing else');
SELECT is((SELECT count(*) FROM receivables.outbox), 1::bigint, 'nothing of another company or topic');

-- Everything
SELECT ar.publish(1);
SELECT max(sequence) AS last FROM receivables.outbox \gset
BEGIN;
SELECT ar.post_payment(1, 'C1', 'P1', '2025-01-20', 100, '[{"invoice_number": "I1", "amount": 40}]') > 0 AS paid \gset
COMMIT;
SELECT is(public.topics(1, :last), 'payment.posted application.posted', 'a payment and its application');
SELECT is((SELECT count(DISTINCT transaction_id) FROM ar.read_outbox(1, :last)), 1::bigint, 'of one transaction');
SELECT max(sequence) AS last FROM receivables.outbox \gset
SELECT ar.reverse_application(1, (SELECT max(application_id) FROM receivables.application WHERE company_id = 1), '2025-01-25', 'wrong invoice') > 0 AS undone \gset
SELECT is(public.topics(1, :last), 'application.reversed', 'an application that is undone');
SELECT max(sequence) AS last FROM receivables.outbox \gset
SELECT ar.reverse_document(1, (SELECT document_id FROM receivables.document WHERE company_id = 1 AND document_number = 'P1'), '2025-01-26', 'bounced') > 0 AS undone \gset
SELECT is(public.topics(1, :last), 'payment.reversed application.posted', 'a document that is undone: posted against it, and applied');
SELECT max(sequence) AS last FROM receivables.outbox \gset
UPDATE receivables.customer SET name = 'First & Co' WHERE company_id = 1 AND customer_id = 1011;
UPDATE receivables.customer SET name = 'First & Co' WHERE company_id = 1 AND customer_id = 1011;
INSERT INTO receivables.customer (company_id, customer_number, name) VALUES (1, 'C3', 'Third');
DELETE FROM receivables.customer WHERE company_id = 1 AND customer_number = 'C3';
INSERT INTO receivables.contract (company_id, contract_id, customer_id, contract_number, contract_date, currency, amount) VALUES (1, 31, 1011, 'K1', '2025-01-01', 'EUR', 500);
UPDATE receivables.contract SET amount = 600 WHERE contract_id = 31;
INSERT INTO receivables.document (company_id, document_id, customer_id, document_date, kind, document_number, amount, contract_id) VALUES (1, 901, 1011, '2025-02-01', 'invoice', 'I9', 200, 31);
INSERT INTO receivables.item (company_id, customer_id, document_id, kind, effective_on, due_on, amount) VALUES (1, 1011, 901, 'invoice', '2025-02-01', '2025-03-01', 200);
SELECT ar.close_period(1, '2024-12-31') IS NOT NULL AS closed \gset
SELECT is(public.topics(1, :last), 'customer.changed customer.added customer.deleted contract.added contract.changed invoice.posted period.closed',
    'customers, contracts, periods; what an invoice does to its contract is no event of it');
SELECT results_eq(format($$SELECT topic, payload ->> 'name', payload ->> 'closed_through' FROM ar.read_outbox(1, %s) WHERE topic IN ('customer.changed', 'customer.deleted', 'period.closed')$$, :last),
    $$VALUES ('customer.changed', 'First & Co', NULL), ('customer.deleted', 'Third', NULL), ('period.closed', NULL, '2024-12-31')$$, 'with the row as it is, or was');

-- Patterns
SELECT ar.unpublish(1) AS was \gset
SELECT is(:'was'::boolean, true, 'a subscription is taken back');
SELECT is(ar.unpublish(1), false, 'once');
SELECT ar.unpublish(1, 'invoice.posted') AS was \gset
CREATE TEMP TABLE pattern (pattern text, expected text);
INSERT INTO pattern VALUES ('*', 'credit_note.posted credit_note.reversed customer.added'), ('credit_note.*', 'credit_note.posted credit_note.reversed'),
    ('*.reversed', 'credit_note.reversed'), ('*.*', 'credit_note.posted credit_note.reversed customer.added'), ('credit_note.posted', 'credit_note.posted'),
    ('note.*', NULL), ('credit.*', NULL), ('credit_note.post', NULL), ('credit_note.posted_late', NULL), ('customer.*', 'customer.added');
CREATE TABLE public.outcome (pattern text, expected text, sequence bigint);
SELECT format($$SELECT ar.publish(1, %1$L);
    INSERT INTO public.outcome SELECT %1$L, %2$L, coalesce(max(sequence), 0) FROM receivables.outbox;
    INSERT INTO receivables.document (company_id, document_id, customer_id, document_date, kind, document_number, amount) VALUES (1, 2000 + %3$s, 1011, '2025-03-01', 'credit_note', 'N%3$s', 5);
    INSERT INTO receivables.item (company_id, item_id, customer_id, document_id, kind, effective_on, due_on, amount) VALUES (1, 2000 + %3$s, 1011, 2000 + %3$s, 'credit_note', '2025-03-01', '2025-03-01', -5);
    SELECT ar.reverse_document(1, 2000 + %3$s, '2025-03-02', 'x');
    INSERT INTO receivables.customer (company_id, customer_number, name) VALUES (1, 'X%3$s', 'x');
    SELECT ar.unpublish(1, %1$L)$$, pattern, expected, row_number() OVER ())
FROM pattern \gexec
SELECT is((SELECT string_agg(o.topic, ' ' ORDER BY o.sequence) FILTER (WHERE o.topic !~ '^application') FROM receivables.outbox AS o
           WHERE o.sequence > c.sequence AND o.sequence <= coalesce((SELECT min(n.sequence) FROM public.outcome AS n WHERE n.sequence > c.sequence), 1000000)
             AND c.expected IS NOT NULL), c.expected, 'topics of ' || c.pattern)
FROM public.outcome AS c ORDER BY c.sequence;
SELECT is((SELECT count(*) FROM receivables.outbox AS o, public.outcome AS c WHERE c.pattern = 'note.*' AND o.sequence > c.sequence AND o.topic <> 'customer.added'), 0::bigint,
    'a word fits as a whole only');

-- Reading in parts, and trimming
SELECT array_agg(sequence ORDER BY sequence) AS all FROM receivables.outbox WHERE company_id = 1 \gset
SELECT results_eq('SELECT sequence FROM ar.read_outbox(1, 0, 3)', format('SELECT unnest((%L::bigint[])[1:3])', :'all'), 'the first few');
SELECT results_eq(format('SELECT sequence FROM ar.read_outbox(1, (%L::bigint[])[3], 2)', :'all'), format('SELECT unnest((%L::bigint[])[4:5])', :'all'), 'and those after them');
SELECT is_empty('SELECT * FROM ar.read_outbox(2)', 'another company has its own');
SELECT is(ar.trim_outbox(1, (:'all'::bigint[])[4]), 4::bigint, 'what was read is removed');
SELECT results_eq('SELECT sequence FROM ar.read_outbox(1)', format('SELECT unnest((%L::bigint[])[5:])', :'all'), 'the rest stays');
SELECT is(ar.trim_outbox(2, 1000000), 0::bigint, 'not that of another company');
BEGIN;
SELECT ar.publish(1);
SELECT count(*) AS before FROM ar.read_outbox(1) \gset
UPDATE receivables.customer SET name = 'Later' WHERE company_id = 1 AND customer_id = 1011;
SELECT is((SELECT count(*) FROM ar.read_outbox(1)), :before::bigint, 'an event is not read before it is committed, not even by itself');
ROLLBACK;

-- A book restored on another server, whose count of transactions is behind
SELECT ar.trim_outbox(1, 1000000) AS trimmed \gset
SET session_replication_role = replica;
INSERT INTO receivables.outbox (company_id, topic, object_kind, object_key, payload, transaction_id, horizon) VALUES (1, 'customer.changed', 'customer', '{}', '{}', '900000000000', '900000000001');
SET session_replication_role = origin;
SELECT ar.publish(1);
UPDATE receivables.customer SET name = 'After' WHERE company_id = 1 AND customer_id = 1011;
SELECT is((SELECT string_agg(coalesce(payload ->> 'name', 'restored'), ' ') FROM ar.read_outbox(1)), 'restored After', 'events of another server are read, and those after them');

-- Bulk: a thousand customers in one statement
SELECT max(sequence) AS last FROM receivables.outbox \gset
INSERT INTO receivables.customer (company_id, customer_number, name) SELECT 1 + n % 2, 'B' || n, 'x' FROM generate_series(1, 1000) AS n;
SELECT results_eq(format('SELECT count(*), count(DISTINCT sequence), min(payload ->> ''customer_number''), bool_and((payload ->> ''company_id'') = ''1'') FROM ar.read_outbox(1, %s)', :last),
    $$VALUES (500::bigint, 500::bigint, 'B10', true)$$, 'companies in turn within one statement: each by its own subscriptions');

CREATE TEMP TABLE attempt (n serial, command text, sqlstate text, name text);
INSERT INTO attempt (command, sqlstate, name) VALUES
    ($$INSERT INTO receivables.outbox (company_id, topic, object_kind, object_key, payload) VALUES (1, 'invoice.posted', 'document', '{}', '{}')$$, '23001', 'an event by hand'),
    ($$UPDATE receivables.outbox SET topic = 'x'$$, '23001', 'another event'),
    ($$SELECT ar.publish(9)$$, '23503', 'an unknown company'),
    ($$SELECT ar.publish(1, 'Invoice')$$, '23514', 'a topic of one word'),
    ($$SELECT ar.publish(1, 'invoice.post*')$$, '23514', 'a star within a word'),
    ($$SELECT ar.publish(1, NULL)$$, '23502', 'no topic'),
    ($$SELECT * FROM ar.read_outbox(9)$$, '23503', 'reading that of an unknown company'),
    ($$SELECT ar.trim_outbox(9, 1)$$, '23503', 'trimming that of an unknown company');
SELECT throws_ok(command, sqlstate, NULL, name) FROM attempt ORDER BY n;
CREATE TABLE public.other (company_id bigint, other_id bigint);
CREATE ROLE ar_test_elsewhere;
ALTER TABLE public.other OWNER TO ar_test_elsewhere;
CREATE TRIGGER other_published AFTER INSERT ON public.other FOR EACH ROW EXECUTE FUNCTION ar.publish_row('invoice', 'posted', 'other_id');
SELECT throws_ok('INSERT INTO public.other VALUES (1, 1)', '42501', NULL, 'a table of somebody else cannot pretend');
DROP TABLE public.other;
DROP ROLE ar_test_elsewhere;
CREATE TABLE receivables.other (company_id bigint, other_id bigint);
CREATE TRIGGER other_published AFTER INSERT ON receivables.other FOR EACH ROW EXECUTE FUNCTION ar.publish_row('', 'posted', 'other_id');
SELECT throws_ok('INSERT INTO receivables.other VALUES (1, 1)', '42703', NULL, 'a table without what the trigger needs');
CREATE OR REPLACE TRIGGER other_published BEFORE INSERT ON receivables.other FOR EACH ROW EXECUTE FUNCTION ar.publish_row('other', 'posted', 'other_id');
SELECT throws_ok('INSERT INTO receivables.other VALUES (1, 1)', '39P01', NULL, 'a trigger before the row');
CREATE OR REPLACE TRIGGER other_published AFTER INSERT ON receivables.other FOR EACH ROW EXECUTE FUNCTION ar.publish_row('other');
SELECT throws_ok('INSERT INTO receivables.other VALUES (1, 1)', '39P01', NULL, 'a trigger with too few arguments');
CREATE OR REPLACE TRIGGER other_published AFTER INSERT ON receivables.other FOR EACH ROW EXECUTE FUNCTION ar.publish_row('other', 'posted', 'other_id');
SELECT lives_ok('INSERT INTO receivables.other VALUES (NULL, 1), (1, 7)', 'a table of the user''s own beside the books can be published');
SELECT results_eq('SELECT topic, object_kind, object_key FROM ar.read_outbox(1) ORDER BY sequence DESC LIMIT 1',
    $$VALUES ('other.posted', 'other', '{"company_id": 1, "other_id": 7}'::jsonb)$$, 'under its own topic');
DROP TABLE receivables.other;
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'sound at the end');
SELECT * FROM finish();
