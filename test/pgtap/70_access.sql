-- Who sees and does what: presets, row-level security, and that nothing gets around it.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset

-- What a query gives, or the SQLSTATE it ends with, for a role.
CREATE FUNCTION pg_temp.as_role(role text, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', role);
    EXECUTE query INTO result;
    RESET ROLE;
    RETURN result;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END;
$$;
-- What an attempt ends with, undone where it succeeds.
CREATE FUNCTION pg_temp.attempt(role text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    done bigint;
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', role);
    EXECUTE statement;
    GET DIAGNOSTICS done = ROW_COUNT;
    RAISE EXCEPTION '% rows', done USING ERRCODE = 'P9999';
EXCEPTION
    WHEN SQLSTATE 'P9999' THEN RETURN SQLERRM;
    WHEN OTHERS THEN RETURN SQLSTATE;
END;
$$;

-- Amounts are powers of two, so that a sum says whose they are.
INSERT INTO receivables.company (company_id, company_code, name, currency) VALUES (1, 'A', 'First', 'EUR'), (2, 'B', 'Second', 'EUR');
INSERT INTO receivables.customer (company_id, customer_id, customer_number, name, salesperson, department)
VALUES (1, 11, 'A1', 'A1', 'Ann', 'North'), (1, 12, 'A2', 'A2', 'Bob', 'North'), (1, 13, 'A3', 'A3', 'Ann', 'South'),
       (1, 14, 'A4', 'A4', NULL, NULL), (2, 21, 'B1', 'B1', 'Ann', 'North'), (2, 22, 'B2', 'B2', 'Bob', 'South');
SELECT setval('receivables.company_company_id_seq', 2) \gset none_
SELECT ar.set_number_series(1, 'invoices', 'invoice', 'N{number}') \gset none_
SELECT count(ar.import_rows(c, 'contract', jsonb_build_array(jsonb_build_object(
           'contract_number', 'K-' || n, 'customer_number', n, 'contract_date', '2026-01-01', 'amount', '5000')))) AS none_contracts
FROM (VALUES (1, 'A1'), (1, 'A2'), (2, 'B1')) AS v (c, n) \gset
SELECT count(ar.amend_contract(c, 'K-' || n, '2026-02-01', 1, 'more')) AS none_amendments
FROM (VALUES (1, 'A1'), (1, 'A2'), (2, 'B1')) AS v (c, n) \gset
SELECT count(ar.post_invoice(c, n, n || '-1', '2026-01-10', '2026-02-10', a,
                             lines => jsonb_build_array(jsonb_build_object('net_amount', a)))) AS none_invoices
FROM (VALUES (1, 'A1', 1), (1, 'A2', 2), (1, 'A3', 4), (1, 'A4', 8), (2, 'B1', 16), (2, 'B2', 32)) AS v (c, n, a) \gset
SELECT count(ar.post_payment(c, n, n || '-P', '2026-01-20', 0.5, jsonb_build_array(jsonb_build_object('invoice_number', n || '-1', 'amount', 0.5))))
       AS none_payments
FROM (VALUES (1, 'A1'), (1, 'A2'), (1, 'A3'), (1, 'A4'), (2, 'B1'), (2, 'B2')) AS v (c, n) \gset
SELECT ar.close_period(1, '2025-12-31') \gset none_
SET LOCAL ar.as_of = '2026-03-01';

CREATE ROLE nobody; CREATE ROLE reads_1; CREATE ROLE reads_all; CREATE ROLE ann_1; CREATE ROLE ann_everywhere;
CREATE ROLE north_1; CREATE ROLE ann_north_1; CREATE ROLE clerk_1; CREATE ROLE mixed; CREATE ROLE approves_1;
CREATE ROLE approving_clerk_1; CREATE ROLE manages_1; CREATE ROLE audits_1; CREATE ROLE admin_all; CREATE ROLE collects_1;
CREATE ROLE "odd role"; CREATE ROLE member IN ROLE ann_1; CREATE ROLE distant NOINHERIT IN ROLE ann_1; CREATE ROLE handmade;
SELECT count(*) = 17 AS none_granted FROM (VALUES
    (ar.grant_access('reads_1', 'reader', 1)), (ar.grant_access('reads_all', 'reader')), (ar.grant_access('ann_1', 'sales', 1, 'Ann')),
    (ar.grant_access('ann_everywhere', 'sales', NULL, 'Ann')), (ar.grant_access('north_1', 'sales', 1, department => 'North')),
    (ar.grant_access('ann_north_1', 'sales', 1, 'Ann', 'North')), (ar.grant_access('clerk_1', 'clerk', 1)),
    (ar.grant_access('mixed', 'clerk', 1)), (ar.grant_access('mixed', 'reader', 2)), (ar.grant_access('approves_1', 'approver', 1)),
    (ar.grant_access('approving_clerk_1', 'approver', 1)), (ar.grant_access('approving_clerk_1', 'clerk')),
    (ar.grant_access('manages_1', 'manager', 1)), (ar.grant_access('audits_1', 'auditor', 1)), (ar.grant_access('admin_all', 'admin')),
    (ar.grant_access('collects_1', 'collector', 1)), (ar.grant_access('odd role', 'reader', 2))) AS v \gset

-- What is seen
CREATE TEMP TABLE sight (role text, balance numeric, customers text, whose text);
INSERT INTO sight VALUES
    ('reads_1', 13.0, 'A1 A2 A3 A4', 'a reader of a company sees it'),
    ('reads_all', 60.0, 'A1 A2 A3 A4 B1 B2', 'a reader of all companies sees all'),
    ('ann_1', 4.0, 'A1 A3', 'a salesperson sees own customers, in the company'),
    ('ann_everywhere', 19.5, 'A1 A3 B1', 'a salesperson of all companies sees own customers in each'),
    ('north_1', 2.0, 'A1 A2', 'a department sees its own customers'),
    ('ann_north_1', 0.5, 'A1', 'a salesperson in a department sees what is of both'),
    ('clerk_1', 13.0, 'A1 A2 A3 A4', 'a clerk sees the company'),
    ('collects_1', 13.0, 'A1 A2 A3 A4', 'a collector sees the company'),
    ('approves_1', 13.0, 'A1 A2 A3 A4', 'an approver sees the company'),
    ('manages_1', 13.0, 'A1 A2 A3 A4', 'a manager sees the company'),
    ('audits_1', 13.0, 'A1 A2 A3 A4', 'an auditor sees the company'),
    ('admin_all', 60.0, 'A1 A2 A3 A4 B1 B2', 'an admin of all companies sees all'),
    ('mixed', 60.0, 'A1 A2 A3 A4 B1 B2', 'a role in two companies sees both'),
    ('odd role', 47.0, 'B1 B2', 'a role with a name to be quoted sees its company'),
    ('member', 4.0, 'A1 A3', 'a member sees what its role does'),
    ('distant', NULL, '42501', 'a member that does not inherit sees nothing of its own'),
    ('nobody', NULL, '42501', 'a role without access sees nothing');
SELECT is(pg_temp.as_role(role, $$SELECT string_agg(customer_number, ' ' ORDER BY customer_number) FROM receivables.customer$$), customers, whose) FROM sight;
SELECT is(pg_temp.as_role(s.role, format('SELECT sum(%s)::numeric = %L FROM %s', v.amount, s.balance, v.relation)), CASE WHEN s.balance IS NULL THEN '42501' ELSE 'true' END,
          format('%s of %s', v.relation, s.role))
FROM sight AS s, (VALUES ('balance', 'receivables.aging_by_customer'), ('balance', 'receivables.aging_summary'), ('balance', 'receivables.aging_by_salesperson'),
                         ('balance', 'receivables.aging_by_department'), ('balance', 'receivables.aging_by_region'), ('balance', 'receivables.customer_ranking'),
                         ('receivables', 'receivables.dso'), ('open_amount', 'receivables.open_item'), ('open_amount', 'receivables.item'), ('open_amount', 'ar.open_items()'),
                         ('open_amount', $$ar.open_items('2026-03-01', '2100-01-01')$$)) AS v (amount, relation);
SELECT is(pg_temp.as_role('ann_1', $$SELECT sum(balance) FROM (SELECT set_config('ar.as_of', '2026-01-15', true)) AS s, receivables.aging_summary$$), '5.00',
          'and of a past date, though later payments are taken off');
SELECT is(pg_temp.as_role('ann_1', 'SELECT count(*) FROM receivables.company'), '1', 'of the company only');

-- No relation shows a customer of others, whichever way it belongs to one.
SELECT is(pg_temp.as_role('ann_1', format('SELECT count(*) FROM receivables.%I AS x WHERE %s', c.relname,
              CASE WHEN k.attname = 'customer_id' THEN 'company_id <> 1 OR customer_id NOT IN (11, 13)' ELSE 'company_id <> 1' END)),
          CASE WHEN c.relname IN ('granted_access', 'period_override') THEN '42501' ELSE '0' END, 'nothing of others in ' || c.relname)
FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'company_id'
LEFT JOIN pg_attribute AS k ON k.attrelid = c.oid AND k.attname = 'customer_id'
WHERE c.relnamespace = 'receivables'::regnamespace AND c.relkind IN ('r', 'v') AND c.relname <> 'access';
SELECT is(pg_temp.as_role('ann_1', format('SELECT count(*) FROM receivables.%I', relation)), number, format('ann_1 sees %s of %s', number, relation))
FROM (VALUES ('customer', '2'), ('contract', '1'), ('contract_amendment', '1'), ('document', '4'), ('document_line', '2'), ('item', '4'), ('application', '2'),
             ('invoice', '2'), ('payment', '2'), ('number_series', '0'), ('number_counter', '0'), ('check_rule', '0'), ('period_closing', '1')) AS v (relation, number);
SELECT is(pg_temp.as_role('reads_1', format('SELECT count(*) FROM receivables.%I', relation)), number, format('reads_1 sees %s of %s', number, relation))
FROM (VALUES ('customer', '4'), ('contract', '2'), ('contract_amendment', '2'), ('document', '8'), ('document_line', '4'), ('item', '8'), ('application', '4'),
             ('number_series', '1'), ('period_closing', '1'), ('period_override', '42501'), ('currency', '159')) AS v (relation, number);
-- Nor does what is said when something is refused.
SELECT is(pg_temp.as_role('ann_1', $$SELECT string_agg(reason, '; ' ORDER BY row_number) FROM ar.check_rows(1, 'invoice',
              '[{"invoice_number": "x", "customer_number": "A2", "invoice_date": "2026-01-01", "due_date": "2026-01-01", "amount": 1},
                {"invoice_number": "y", "customer_number": "none", "invoice_date": "2026-01-01", "due_date": "2026-01-01", "amount": 1}]')$$),
          'customer A2 does not exist; customer none does not exist', 'a customer of others does not exist for a salesperson');
SELECT is(pg_temp.as_role('ann_1', 'SELECT ar.contract_amount(1, contract_id, ''2026-03-01'') FROM generate_series(1, 50) AS contract_id WHERE ar.contract_amount(1, contract_id, ''2026-03-01'') IS NOT NULL'),
          '5001', 'of contracts there is own only');
CREATE FUNCTION pg_temp.leak(bigint, text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$BEGIN
    IF $2 NOT IN ('A1', 'A3') THEN RAISE EXCEPTION 'seen: %', $2 USING ERRCODE = 'P7777'; END IF; RETURN true; END$$;
SELECT is(pg_temp.as_role('ann_1', 'SELECT count(*) FROM receivables.customer WHERE pg_temp.leak(company_id, customer_number)'), '2',
          'a function of the caller is not shown what he may not see, however cheap');

-- Checking
SELECT is(pg_temp.as_role(role, 'SELECT count(*) FROM ar.check_ledger()'), result, role || ' checks the books')
FROM (VALUES ('reads_1', '0'), ('reads_all', '0'), ('mixed', '0'), ('audits_1', '0'), ('ann_1', '42501'), ('nobody', '42501')) AS v (role, result);

-- What is done
CREATE TEMP TABLE deed (name text, statement text, allowed text);
INSERT INTO deed VALUES
    ('invoice', $$SELECT ar.post_invoice(1, 'A1', 'X1', '2026-02-01', '2026-02-01', 1)$$, 'clerk_1 mixed approving_clerk_1 manages_1 admin_all'),
    ('numbered invoice', $$SELECT ar.post_invoice(1, 'A1', NULL, '2026-02-01', '2026-02-01', 1)$$, 'clerk_1 mixed approving_clerk_1 manages_1 admin_all'),
    ('invoice of a contract', $$SELECT ar.post_invoice(1, 'A1', 'X1', '2026-02-01', '2026-02-01', 1, contract_number => 'K-A1')$$, 'clerk_1 mixed approving_clerk_1 manages_1 admin_all'),
    ('payment with application', $$SELECT ar.post_payment(1, 'A1', 'X1', '2026-02-01', 0.1, '[{"invoice_number": "A1-1", "amount": 0.1}]')$$, 'clerk_1 mixed approving_clerk_1 manages_1 admin_all'),
    ('reversal of a document', $$SELECT ar.reverse_document(1, (SELECT document_id FROM receivables.document WHERE document_number = 'A1-P'), '2026-02-01', 'x')$$, 'clerk_1 mixed approving_clerk_1 manages_1 admin_all'),
    ('transfer', $$SELECT ar.transfer(1, (SELECT item_id FROM receivables.item AS i JOIN receivables.document AS d USING (company_id, document_id) WHERE document_number = 'A1-1'), 'A2', 'X1', '2026-02-01', 'x')$$, 'clerk_1 mixed approving_clerk_1 manages_1 admin_all'),
    ('customer', $$SELECT ar.import_rows(1, 'customer', '[{"customer_number": "A1", "name": "x"}, {"customer_number": "A9", "name": "x"}]')$$, 'clerk_1 mixed approving_clerk_1 manages_1 admin_all'),
    ('contract amendment', $$SELECT ar.amend_contract(1, 'K-A1', '2026-02-01', 1, 'x')$$, 'clerk_1 mixed approving_clerk_1 manages_1 admin_all'),
    ('invoice in company 2', $$SELECT ar.post_invoice(2, 'B1', 'X1', '2026-02-01', '2026-02-01', 1)$$, 'approving_clerk_1 admin_all'),
    ('customer in company 2', $$INSERT INTO receivables.customer (company_id, customer_number, name) VALUES (2, 'X', 'X')$$, 'approving_clerk_1 admin_all'),
    ('change of a customer of company 2', $$SELECT 1/count(*) FROM ar.import_rows(2, 'customer', '[{"customer_number": "B1", "name": "x"}]') WHERE imported = 1$$, 'approving_clerk_1 admin_all'),
    ('posting into the closed period', $$SELECT set_config('ar.closed_period_reason', 'late', true), ar.post_invoice(1, 'A1', 'X1', '2025-12-01', '2025-12-01', 1)$$, 'approving_clerk_1 manages_1 admin_all'),
    ('check rule', $$INSERT INTO receivables.check_rule (company_id, rule, kind, test, field) VALUES (1, 'r', 'customer', 'required', 'tax_id')$$, 'manages_1 admin_all'),
    ('number series', $$SELECT ar.set_number_series(1, 'invoices', 'invoice', 'M{number}')$$, 'manages_1 admin_all'),
    ('number series in company 2', $$SELECT ar.set_number_series(2, 'invoices', 'invoice', 'M{number}')$$, 'admin_all'),
    ('closing', $$SELECT ar.close_period(1, '2026-01-31')$$, 'manages_1 admin_all'),
    ('opening again', $$SELECT ar.reopen_period(1, '2025-11-30', 'x')$$, 'manages_1 admin_all'),
    ('holiday', $$WITH c AS (INSERT INTO receivables.calendar VALUES ('X', 'X')) SELECT$$, 'manages_1 admin_all'),
    ('exchange rate', $$SELECT ar.add_exchange_rate('USD', 'EUR', '2026-01-01', 0.9, 'ECB')$$, 'manages_1 admin_all'),
    ('company settings', $$UPDATE receivables.company SET name = 'x' WHERE company_id = 1$$, 'manages_1 admin_all'),
    ('new company', $$SELECT ar.create_company('X', 'X', 'EUR')$$, 'admin_all'),
    ('granting', $$SELECT ar.grant_access('nobody', 'reader', 1)$$, ''),
    ('revoking', $$SELECT ar.revoke_access('reads_1')$$, ''),
    ('a row of access', $$INSERT INTO receivables.access (role_name, preset) VALUES (current_user, 'admin')$$, ''),
    ('more access', $$UPDATE receivables.access SET company_id = NULL$$, ''),
    ('less access', $$DELETE FROM receivables.access$$, ''),
    ('an open amount', $$UPDATE receivables.item SET open_amount = 0, open_company_amount = 0, closed_on = '2026-02-01' WHERE company_id = 1$$, ''),
    ('an amount', $$UPDATE receivables.item SET amount = 0$$, ''),
    ('an invoiced amount', $$UPDATE receivables.contract SET invoiced_amount = 0 WHERE contract_number = 'K-A1'$$, ''),
    ('a deleted document', $$DELETE FROM receivables.document$$, ''),
    ('a truncated table', $$TRUNCATE receivables.document CASCADE$$, ''),
    ('a forged author', $$INSERT INTO receivables.document (company_id, customer_id, document_date, kind, document_number, amount, recorded_by) VALUES (1, 11, '2026-02-01', 'invoice', 'X1', 1, 'somebody')$$, ''),
    ('a forged time', $$INSERT INTO receivables.document (company_id, customer_id, document_date, kind, document_number, amount, recorded_at) VALUES (1, 11, '2026-02-01', 'invoice', 'X1', 1, '2026-02-01')$$, ''),
    ('a company''s key', $$UPDATE receivables.company SET company_id = 7 WHERE company_id = 1$$, ''),
    ('row security off', $$ALTER TABLE receivables.item DISABLE ROW LEVEL SECURITY$$, '');
SELECT is(pg_temp.attempt(r.role, d.statement) !~ '^[0-9A-Z]{5}$', r.role = ANY (string_to_array(d.allowed, ' ')), format('%s by %s', d.name, r.role))
FROM deed AS d, unnest('{nobody,reads_1,ann_1,collects_1,approves_1,audits_1,clerk_1,mixed,approving_clerk_1,manages_1,admin_all}'::text[]) AS r (role);
SELECT is(pg_temp.attempt('mixed', $$SELECT ar.post_invoice(2, 'B1', 'X1', '2026-02-01', '2026-02-01', 1)$$), '42501', 'posting where one may only read is a matter of rights');
SELECT is(pg_temp.attempt('clerk_1', $$SELECT ar.post_invoice(2, 'B1', 'X1', '2026-02-01', '2026-02-01', 1)$$), '23503', 'where one may see nothing there is no company');
SELECT is(pg_temp.attempt('mixed', $$UPDATE receivables.customer SET name = 'x'$$), '4 rows', 'a role changes what is in the company that it may change');
SELECT is(pg_temp.attempt('mixed', $$UPDATE receivables.customer SET company_id = 2 WHERE customer_id = 14$$), '42501', 'and moves nothing out of it');
SELECT is(pg_temp.as_role('ann_1', $$SET LOCAL row_security = off; SELECT count(*) FROM receivables.customer$$), '42501', 'row_security off is refused, it does not show more');
SELECT is(pg_temp.attempt('manages_1', $$DELETE FROM receivables.number_series$$), '1 rows', 'a manager deletes configuration of the company');

-- What is logged of it
SELECT is(pg_temp.as_role('approving_clerk_1', $$WITH p AS (SELECT set_config('ar.closed_period_reason', 'late', true), set_config('ar.application_user', 'ann@example', true))
                                                 SELECT ar.post_invoice(1, 'A1', 'LATE', '2025-12-01', '2025-12-01', 64) > 0 FROM p$$), 'true', 'a posting into the closed period');
SET LOCAL ar.closed_period_reason = '';
SELECT is(pg_temp.as_role(role, $$SELECT string_agg(DISTINCT reason || ' ' || application_user, ', ') FROM receivables.period_override$$), result, role || ' reads overrides')
FROM (VALUES ('audits_1', 'late ann@example'), ('manages_1', 'late ann@example'), ('approves_1', 'late ann@example'), ('clerk_1', '42501'), ('reads_all', '42501')) AS v (role, result);
SELECT is((SELECT application_user FROM receivables.document WHERE document_number = 'LATE'), 'ann@example', 'the user of the application stands beside the role');
SELECT is((SELECT recorded_by FROM receivables.document WHERE document_number = 'LATE'), session_user::text, 'which is that of the session, whatever SET ROLE says');

-- Who has what
SELECT is(pg_temp.as_role('ann_1', $$SELECT string_agg(role_name || ' ' || preset, ', ') FROM receivables.access$$), 'ann_1 sales', 'a role sees what it was granted');
SELECT is(pg_temp.as_role('member', $$SELECT string_agg(role_name || ' ' || preset, ', ') FROM receivables.access$$), 'ann_1 sales', 'and a member what its role was');
SELECT is(pg_temp.as_role('audits_1', $$SELECT count(*) FROM receivables.granted_access$$),
          (SELECT count(*)::text FROM receivables.access WHERE company_id = 1 OR company_id IS NULL), 'an auditor sees who may do what in the company');
SELECT is(pg_temp.as_role('reads_all', $$SELECT count(*) FROM receivables.granted_access$$), '42501', 'a reader does not');

-- A session that changes roles is shown what each may see, from the same prepared query and the plans kept for it.
PREPARE own AS SELECT count(*) FROM ar.open_items('2026-01-15') AS o WHERE o.open_amount > 0;
GRANT ann_1, reads_1 TO handmade;
SELECT is(pg_temp.as_role('ann_1', 'EXECUTE own'), '3', 'three items of a salesperson');
SELECT is(pg_temp.as_role('reads_1', 'EXECUTE own'), '5', 'five of a reader');
SELECT is(pg_temp.as_role('ann_1', 'EXECUTE own'), '3', 'three again');
SELECT is(pg_temp.as_role('handmade', 'EXECUTE own'), '5', 'whoever is both sees what either sees');
REVOKE ann_1, reads_1 FROM handmade;

-- Rights granted by hand show nothing without access.
GRANT USAGE ON SCHEMA receivables TO handmade;
GRANT SELECT ON ALL TABLES IN SCHEMA receivables TO handmade;
SELECT is(pg_temp.as_role('handmade', 'SELECT count(*) FROM receivables.' || relation), '0', 'rights by hand show nothing of ' || relation)
FROM unnest('{customer,item,aging_summary,company,access,granted_access,period_closing}'::text[]) AS relation;

-- A user's own table with a company_id is covered by upgrade_ledger; one without stays closed.
CREATE TABLE receivables.visit (company_id bigint, customer_id bigint, note text);
CREATE TABLE receivables.secret (note text);
INSERT INTO receivables.visit VALUES (1, 11, 'Ann'), (1, 12, 'Bob'), (2, 21, 'other');
SELECT is((SELECT string_agg(object, ', ') FROM ar.check_ledger()), 'table visit', 'a table that is not covered is a break');
SELECT ar.upgrade_ledger() \gset none_
SELECT is(pg_temp.as_role('ann_1', $$SELECT string_agg(note, ', ') FROM receivables.visit$$), 'Ann', 'of a new table a salesperson sees own customers');
SELECT is(pg_temp.as_role('reads_1', $$SELECT string_agg(note, ', ' ORDER BY note) FROM receivables.visit$$), 'Ann, Bob', 'a reader the company');
SELECT is(pg_temp.attempt('clerk_1', $$INSERT INTO receivables.visit VALUES (1, 11, 'x')$$), '42501', 'and nobody writes to it');
SELECT is(pg_temp.as_role('reads_all', 'SELECT count(*) FROM receivables.secret'), '42501', 'a table without a company is shown to nobody');
ALTER TABLE receivables.item DISABLE ROW LEVEL SECURITY;
SELECT is((SELECT string_agg(invariant || ': ' || object, ', ') FROM ar.check_ledger()), 'row-level security is in place: table item', 'row security that was switched off is a break');
SELECT ar.upgrade_ledger() \gset none_
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'which upgrade_ledger mends');
SELECT is((SELECT string_agg(c.relname, ', ') FROM pg_class AS c WHERE c.relnamespace = 'receivables'::regnamespace AND c.relforcerowsecurity), NULL, 'the owner is not bound');

-- Taking back
CREATE FUNCTION pg_temp.rights(role text) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM pg_class AS c
    LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attacl IS NOT NULL
    CROSS JOIN LATERAL aclexplode(coalesce(a.attacl, c.relacl)) AS x
    WHERE x.grantee = role::regrole AND c.relnamespace = 'receivables'::regnamespace
$$;
SELECT is(ar.revoke_access('mixed', 'clerk'), 1, 'one of two grants is taken back');
SELECT is(pg_temp.as_role('mixed', $$SELECT string_agg(customer_number, ' ' ORDER BY customer_number) FROM receivables.customer$$), 'B1 B2', 'the other stays');
SELECT is(pg_temp.attempt('mixed', $$UPDATE receivables.item SET reopened = true$$), '42501', 'and with the clerk went the right to write');
SELECT is(ar.revoke_access('mixed', 'clerk'), 0, 'a grant that is not there is not taken back');
SELECT is(ar.revoke_access('mixed', company_id => 1), 0, 'nor one of another company');
SELECT is(ar.revoke_access('approving_clerk_1', 'approver'), 1, 'what another grant needs');
SELECT is(pg_temp.attempt('approving_clerk_1', $$SELECT ar.post_invoice(1, 'A1', 'X1', '2026-02-01', '2026-02-01', 1)$$), '1 rows', 'stays with it');
SELECT is(pg_temp.attempt('approving_clerk_1', $$SELECT set_config('ar.closed_period_reason', 'late', true), ar.post_invoice(1, 'A1', 'X1', '2025-12-01', '2025-12-01', 1)$$),
          '55000', 'the rest goes');
SELECT is(pg_temp.rights('admin_all') > 0, true, 'an admin has rights');
SELECT is(ar.revoke_access(role), number, format('all is taken back from %s', role))
FROM (VALUES ('admin_all', 1), ('manages_1', 1), ('audits_1', 1), ('ann_1', 1), ('mixed', 1), ('approving_clerk_1', 1), ('odd role', 1)) AS v (role, number);
SELECT is(pg_temp.rights(quote_ident(role)), 0::bigint, format('no right is left to %s', role))
FROM unnest('{admin_all,manages_1,audits_1,ann_1,mixed,approving_clerk_1,odd role}'::text[]) AS role;
SELECT is(pg_temp.as_role('member', 'SELECT count(*) FROM receivables.customer'), '42501', 'nor to a member');
SELECT lives_ok('DROP ROLE admin_all', 'and the role can be dropped');
SELECT is((SELECT count(*) FROM pg_policies WHERE policyname = 'ar_select_own' AND 'ann_1' = ANY (roles)), 0::bigint, 'no policy names the role');
SELECT is(pg_temp.as_role('ann_everywhere', $$SELECT string_agg(customer_number, ' ' ORDER BY customer_number) FROM receivables.customer$$), 'A1 A3 B1', 'others keep theirs');

-- What is refused
SELECT throws_ok(format('SELECT ar.grant_access(%s)', arguments), sqlstate, message, name)
FROM (VALUES
    ($$'reads_1', 'boss', 1$$, '22023', 'there is no preset "boss"', 'an unknown preset'),
    ($$'reads_1', NULL, 1$$, '22023', 'there is no preset "null"', 'no preset'),
    ($$'unknown', 'reader', 1$$, '42704', 'role "unknown" does not exist', 'an unknown role'),
    ($$NULL, 'reader', 1$$, '42704', 'role "null" does not exist', 'no role'),
    ($$'reads_1', 'reader', 9$$, '23503', 'company 9 does not exist', 'an unknown company'),
    ($$'reads_1', 'sales', 1$$, '22023', 'preset sales needs a salesperson or a department', 'sales of nobody'),
    ($$'reads_1', 'sales', 1, ' '$$, '22023', 'preset sales needs a salesperson or a department', 'sales of a blank'),
    ($$'reads_1', 'clerk', 1, 'Ann'$$, '22023', 'preset clerk takes no salesperson and no department', 'a clerk of a salesperson')) AS v (arguments, sqlstate, message, name);
SELECT throws_ok($$SELECT ar.revoke_access('reads_1', 'boss')$$, '22023', 'there is no preset "boss"', 'an unknown preset cannot be taken back');
SELECT is(pg_temp.as_role('reads_1', $$SELECT ar.grant_access('reads_1', 'admin')$$), '42501', 'only the owner grants');
SELECT is((SELECT count(*) FROM receivables.access WHERE role_name = 'reads_1'), 1::bigint, 'what was refused left nothing behind');
SELECT lives_ok($$SELECT ar.grant_access('reads_1', 'reader', 1)$$, 'what was granted can be granted again');
SELECT is((SELECT count(*) FROM receivables.access WHERE role_name = 'reads_1'), 1::bigint, 'and changes nothing');

-- A role that was dropped or renamed disturbs nobody.
INSERT INTO receivables.access (role_name, preset, company_id) VALUES ('gone', 'reader', 1);
SELECT is(pg_temp.as_role('reads_1', 'SELECT count(*) FROM receivables.customer'), '4', 'a role that is gone disturbs nobody');
SELECT is(ar.revoke_access('gone'), 1, 'and its access can be taken back');

SELECT * FROM finish();
ROLLBACK;
