-- Cash application under row-level security: a clerk does all of it, who may read or follow up only does none of it.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset

-- What a query gives, or the SQLSTATE and message it ends with, for a role.
CREATE FUNCTION pg_temp.as_role(role text, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', role);
    EXECUTE query INTO result;
    RESET ROLE;
    RETURN result;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END;
$$;

-- Two companies with the same customers, invoices and bank lines; the clerk is of the first.
SELECT ar.create_company('A', 'First', 'EUR') AS a, ar.create_company('B', 'Second', 'EUR') AS b \gset
SELECT count(ar.import_rows(c, 'customer', '[{"customer_number": "C1", "name": "Alpha Ltd"}, {"customer_number": "C2", "name": "Beta Ltd"}]')) AS none_customers
FROM (VALUES (:a), (:b)) AS v (c) \gset
SELECT count(ar.post_invoice(c, n, i, '2026-01-10', '2026-02-10', amount)) AS none_invoices
FROM (VALUES (:a), (:b)) AS v (c),
     (VALUES ('C1', 'INV-2026-01', 100), ('C1', 'INV-2026-02', 70), ('C1', 'INV-2026-03', 250), ('C2', 'INV-2026-04', 80), ('C2', 'INV-2026-05', 33), ('C2', 'INV-2026-06', 300)) AS i (n, i, amount) \gset
SELECT ar.set_number_series(:a, 'PAY', 'payment', 'PAY-{number}') AS none_series \gset
INSERT INTO receivables.reason_code (company_id, reason_code, name, purpose, assigned_to) VALUES (:a, 'DAMAGED', 'Damaged goods', 'deduction', 'Ann');
CREATE TEMP TABLE file AS SELECT E':20:A\n:25:ACC\n:28C:1\n:60F:C260201EUR0,\n'
    ':61:260202C100,NTRFNONREF//R1\n:86:INV-2026-01\n:61:260202C70,NTRFNONREF//R2\n:86:no idea\n:61:260202C40,NTRFNONREF//R3\n:86:nothing at all\n'
    ':61:260202C9,NTRFNONREF//R4\n:86:interest\n:61:260202C80,NTRFNONREF//R5\n:86:INV-2026-04\n:61:260202C299,50NTRFNONREF//R6\n:86:INV-2026-06\n:62F:C260202EUR598,50\n-\n' AS content;
GRANT SELECT ON file TO PUBLIC;
CREATE ROLE m_clerk; CREATE ROLE m_reader; CREATE ROLE m_collector; CREATE ROLE m_sales; CREATE ROLE m_nobody;
SELECT ar.grant_access('m_clerk', 'clerk', :a) IS NOT NULL AND ar.grant_access('m_reader', 'reader', :a) IS NOT NULL
   AND ar.grant_access('m_collector', 'collector', :a) IS NOT NULL AND ar.grant_access('m_sales', 'sales', :a, 'Ann') IS NOT NULL AS none_granted \gset
-- The keys of bank lines and proposals are looked up by the owner.
CREATE FUNCTION pg_temp.line(amount numeric) RETURNS bigint LANGUAGE sql AS $$
    SELECT l.bank_line_id FROM receivables.bank_line AS l JOIN receivables.company AS c USING (company_id) WHERE c.company_code = 'A' AND l.amount = line.amount$$;
CREATE FUNCTION pg_temp.proposal(amount numeric, status text) RETURNS bigint LANGUAGE sql AS $$
    SELECT p.match_proposal_id FROM receivables.match_proposal AS p
    WHERE p.bank_line_id = pg_temp.line(proposal.amount) AND p.status = proposal.status AND p.rank = 1$$;
-- Of :a, of the lines of 70 and 9, and proposals for 80 and 299.50, or those of what was there first.
CREATE FUNCTION pg_temp.deeds(company bigint) RETURNS TABLE (name text, statement text) LANGUAGE sql AS $$
    SELECT v.name, v.statement FROM (VALUES
        ('loading', format('SELECT l FROM file AS f, ar.load_bank_statement(%s, replace(f.content, ''28C:1'', ''28C:2'')) AS l', company)),
        ('remittance', format('SELECT ar.add_remittance(%s, %s, ''[{"reference": "INV-2026-06", "amount": 299.5}]'')', company, pg_temp.line(299.50))),
        ('proposing', format('SELECT ar.propose(%s)', company)),
        ('proposing for one', format('SELECT ar.propose(%s, bank_line_id => %s)', company, pg_temp.line(100))),
        ('accepting', format('SELECT ar.accept(%s, %s)', company, coalesce(pg_temp.proposal(80, 'open'), 1))),
        ('rejecting', format('SELECT ar.reject(%s, %s)', company, coalesce(pg_temp.proposal(299.50, 'open'), 1))),
        ('automatic', format('SELECT ar.auto_apply(%s)', company)),
        ('by hand', format('SELECT ar.apply_manual(%s, %s, customer_number => ''C1'', lines => ''[{"invoice_number": "INV-2026-02", "amount": 70}]'')', company, pg_temp.line(70))),
        ('posting a line', format('SELECT ar.post_bank_line(%s, %s, ''C2'')', company, pg_temp.line(40))),
        ('ignoring', format('SELECT ar.ignore_bank_line(%s, %s, ''interest'')', company, pg_temp.line(9))),
        ('undoing', format('SELECT ar.undo_match(%s, %s, ''2026-03-01'', ''wrong'')', company,
                           (SELECT max(p.match_proposal_id) FROM receivables.match_proposal AS p WHERE p.status = 'accepted')))) AS v (name, statement)
$$;

-- The clerk
SELECT is(pg_temp.as_role('m_clerk', format('SELECT l FROM file AS f, ar.load_bank_statement(%s, f.content) AS l', :a)), '(1,6,0)', 'a clerk loads a statement');
SELECT is(pg_temp.as_role('m_clerk', format('SELECT l FROM file AS f, ar.load_bank_statement(%s, f.content) AS l', :a)), '(0,0,1)', 'twice, which changes nothing');
SELECT is(pg_temp.as_role('m_clerk', format('SELECT ar.propose(%s)', :a)), '(6,6,0)', 'proposes');
SELECT is(pg_temp.as_role('m_clerk', format('SELECT ar.accept(%s, %s) > 0', :a, pg_temp.proposal(100, 'open'))), 'true', 'accepts');
-- There is one to be undone now.
SELECT matches(pg_temp.as_role(r.role, d.statement), '^42501 permission denied for ', format('%s is refused to %s', d.name, r.role))
FROM pg_temp.deeds(:a) AS d, unnest('{m_reader,m_collector,m_nobody}'::text[]) AS r (role);
SELECT matches(pg_temp.as_role('m_sales', d.statement), '^(42501 permission denied for |P0002 there is no |23503 .* does not exist$)', format('%s is refused to sales', d.name))
FROM pg_temp.deeds(:a) AS d;
SELECT is((SELECT string_agg(p.status, ' ' ORDER BY l.amount) FROM receivables.match_proposal AS p JOIN receivables.bank_line AS l USING (company_id, bank_line_id)), 'open open open open accepted open',
          'and nothing came of it');
SELECT is(pg_temp.as_role(role, format('SELECT count(*) FROM receivables.%I', relation)), seen, format('%s sees %s of %s', role, seen, relation))
FROM (VALUES ('m_reader', 'bank_line', '6'), ('m_collector', 'match_proposal', '6'), ('m_sales', 'bank_line', '0'), ('m_sales', 'match_proposal', '0')) AS v (role, relation, seen);

SELECT is(pg_temp.as_role('m_clerk', format('SELECT ar.auto_apply(%s)', :a)), '(1,0)', 'a clerk has what is certain settled');
SELECT is(pg_temp.proposal(80, 'applied_automatically') IS NOT NULL, true, 'which is what names its invoice');
SELECT is(pg_temp.as_role('m_clerk', format('SELECT ar.reject(%s, %s, ''not this'')', :a, pg_temp.proposal(299.50, 'open'))), '', 'rejects');
SELECT is(pg_temp.as_role('m_clerk', format('SELECT ar.add_remittance(%s, %s, ''[{"reference": "INV-2026-06", "amount": 299.5}]'')', :a, pg_temp.line(299.50))), '1', 'adds what the payer advised');
SELECT is(pg_temp.as_role('m_clerk', format($$SELECT ar.apply_manual(%s, %s, customer_number => 'C1', lines => '[{"invoice_number": "INV-2026-03", "amount": 70},
    {"invoice_number": "INV-2026-03", "amount": 180, "purpose": "deduction", "reason_code": "DAMAGED"}]') > 0$$, :a, pg_temp.line(70))), 'true', 'settles by hand, with a deduction');
SELECT is(pg_temp.as_role('m_clerk', format('SELECT ar.post_bank_line(%s, %s, ''C2'') > 0', :a, pg_temp.line(40))), 'true', 'posts a line that nothing fits');
SELECT is(pg_temp.as_role('m_clerk', format('SELECT ar.ignore_bank_line(%s, %s, ''interest'')', :a, pg_temp.line(9))), '', 'puts one aside');
SELECT results_eq('SELECT d.document_number, d.amount FROM receivables.document AS d WHERE d.kind = ''payment'' ORDER BY d.document_id',
                  'VALUES (''PAY-1'', 100.00), (''PAY-2'', 80.00), (''PAY-3'', 70.00), (''PAY-4'', 40.00)', 'payments have numbers of the series');
SELECT results_eq('SELECT i.open_amount, k.reason_code, k.assigned_to FROM receivables.deduction AS k JOIN receivables.item AS i USING (company_id, item_id)', 'VALUES (180.00, ''DAMAGED'', ''Ann'')',
                  'the deduction is open, and somebody''s');
SELECT is(pg_temp.as_role('m_clerk', format('SELECT ar.undo_match(%s, %s, ''2026-03-01'', ''wrong'')', :a, pg_temp.proposal(amount, status))), '', format('undoes what was %s', status))
FROM (VALUES (80, 'applied_automatically'), (70, 'accepted')) AS v (amount, status);
SELECT results_eq('SELECT l.amount, l.open_amount FROM receivables.bank_line AS l ORDER BY l.amount', 'VALUES (9.00, 9.00), (40.00, 0.00), (70.00, 70.00), (80.00, 80.00), (100.00, 0.00), (299.50, 299.50)',
                  'those lines are open again');
SELECT is((SELECT l.ignored_reason FROM receivables.bank_line AS l WHERE l.amount = 9), 'interest', 'and what was put aside says why');
-- Money that is there already goes another way: payments that were posted, many at once.
SELECT is(pg_temp.as_role('m_clerk', format($$SELECT ar.post_payment(%s, 'C2', 'P1', '2026-02-03', 33, reference => 'INV-2026-05') > 0$$, :a)), 'true', 'a payment without a bank line');
SELECT is(pg_temp.as_role('m_clerk', format($$SELECT ar.propose(%s, payment_number => 'P1')$$, :a)), '(1,1,0)', 'is proposed for');
SELECT is(pg_temp.as_role('m_clerk', format($$SELECT ar.auto_apply(%s, ARRAY[(SELECT max(match_proposal_id) FROM receivables.match_proposal)])$$, :a)), '(1,0)', 'and settled');

-- In the other company there is nothing for the clerk.
SELECT is(left(pg_temp.as_role('m_clerk', d.statement), 5), '23503', format('%s in a company of others', d.name))
FROM pg_temp.deeds(:b) AS d;
SELECT is((SELECT count(*) FROM receivables.bank_line WHERE company_id = :b), 0::bigint, 'nothing was loaded there');
SELECT is((SELECT count(*) FROM receivables.match_proposal WHERE company_id = :b), 0::bigint, 'nothing proposed');
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');
SELECT * FROM finish();
ROLLBACK;
