-- What test/bench/matching.sql needs, once: problems and results.
-- The books are made anew for each problem, so the functions come before the tables.
SET check_function_bodies = off;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE TABLE bench.problem (problem text PRIMARY KEY, content jsonb NOT NULL);

CREATE TABLE bench.matching_result (
    problem text, run text, counted text, kind text, true_pairs bigint, found bigint, right_ bigint,
    true_amount numeric, found_amount numeric, right_amount numeric, PRIMARY KEY (problem, run, counted, kind));

CREATE FUNCTION bench.rate(part numeric, whole numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$SELECT round(part / nullif(whole, 0), 4)$$;

-- Books with the customers, invoices and credit notes of a problem.
CREATE FUNCTION bench.load_books(problem text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    content CONSTANT jsonb := (SELECT p.content FROM bench.problem AS p WHERE p.problem = load_books.problem);
    company bigint;
BEGIN
    PERFORM ar.create_ledger();
    company := ar.create_company('BENCH', 'Bench', 'USD');
    PERFORM ar.import_rows(company, 'customer', (
        SELECT jsonb_agg(DISTINCT jsonb_build_object('customer_number', i ->> 'customer_id', 'name', i ->> 'customer_name'))
        FROM jsonb_array_elements(content -> 'invoices') AS i));
    PERFORM ar.import_rows(company, 'invoice', (
        SELECT jsonb_agg(jsonb_build_object('invoice_number', i ->> 'invoice_id', 'customer_number', i ->> 'customer_id',
                                            'invoice_date', i ->> 'invoice_date', 'due_date', i ->> 'due_date', 'amount', i ->> 'amount')
                         ORDER BY i ->> 'invoice_id')
        FROM jsonb_array_elements(content -> 'invoices') AS i WHERE (i ->> 'amount')::numeric > 0));
    PERFORM ar.import_rows(company, 'credit_note', coalesce((
        SELECT jsonb_agg(jsonb_build_object('credit_note_number', i ->> 'invoice_id', 'customer_number', i ->> 'customer_id',
                                            'credit_note_date', i ->> 'invoice_date', 'amount', -(i ->> 'amount')::numeric)
                         ORDER BY i ->> 'invoice_id')
        FROM jsonb_array_elements(content -> 'invoices') AS i WHERE (i ->> 'amount')::numeric < 0), '[]'));
    RETURN company;
END;
$$;

-- The payments of a day, or all of them, as the lines of a bank statement.
CREATE FUNCTION bench.load_payments(problem text, company bigint, day date DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    content CONSTANT jsonb := (SELECT p.content FROM bench.problem AS p WHERE p.problem = load_payments.problem);
    statement bigint;
BEGIN
    INSERT INTO receivables.bank_account (company_id, account, currency) VALUES (company, 'BENCH', 'USD') ON CONFLICT DO NOTHING;
    INSERT INTO receivables.bank_statement (company_id, format, account, statement_number, currency, content_hash)
    VALUES (company, 'jsonb', 'BENCH', coalesce(day::text, 'all'), 'USD', md5(coalesce(day::text, 'all')))
    RETURNING bank_statement_id INTO statement;
    INSERT INTO receivables.bank_line (company_id, bank_statement_id, line_number, entry_number, booked_on, value_on, currency, amount, entry_amount,
                                       payer_name, remittance_text, transaction_code, attributes)
    SELECT company, statement, x.n, x.n, x.payment_date, x.payment_date, 'USD', x.amount, x.amount,
           x.payer_name, x.reference_info, x.method, jsonb_build_object('payment_id', x.payment_id)
    FROM (SELECT p.*, row_number() OVER (ORDER BY p.payment_date, p.payment_id) AS n
          FROM jsonb_to_recordset(content -> 'payments')
               AS p (payment_id text, payment_date date, payer_name text, amount numeric, method text, reference_info text)
          WHERE day IS NULL OR p.payment_date = day) AS x
    ORDER BY x.n;
    INSERT INTO receivables.remittance_line (company_id, bank_line_id, reference, amount, note)
    SELECT company, b.bank_line_id, nullif(r.invoice_ref, ''), r.amount, nullif(r.memo, '')
    FROM ROWS FROM (jsonb_to_recordset(content -> 'remittance_lines')
                    AS (payment_id text, invoice_ref text, amount numeric, memo text)) WITH ORDINALITY
         AS r (payment_id, invoice_ref, amount, memo, n)
    JOIN receivables.bank_line AS b ON b.company_id = company AND b.bank_statement_id = statement
                                   AND b.attributes ->> 'payment_id' = r.payment_id
    ORDER BY r.n;
END;
$$;

-- Proposes and applies after each day.
CREATE PROCEDURE bench.match_day_by_day(problem text, company bigint) LANGUAGE plpgsql AS $$
DECLARE
    day date;
BEGIN
    FOR day IN
        SELECT DISTINCT (x ->> 'payment_date')::date
        FROM bench.problem AS p, jsonb_array_elements(p.content -> 'payments') AS x
        WHERE p.problem = match_day_by_day.problem ORDER BY 1
    LOOP
        PERFORM bench.load_payments(problem, company, day);
        PERFORM ar.propose(company);
        PERFORM ar.auto_apply(company);
        COMMIT;
    END LOOP;
END;
$$;

-- (payment, invoice) pairs that were found: applied automatically, and with
-- proposals also what the first open proposal of the others would apply.
CREATE FUNCTION bench.found(with_proposals boolean)
    RETURNS TABLE (payment_id text, invoice_id text, amount numeric, match_proposal_id bigint) LANGUAGE sql STABLE AS $$
    SELECT b.attributes ->> 'payment_id', d.document_number, sum(l.amount), min(p.match_proposal_id)
    FROM receivables.match_proposal AS p
    JOIN receivables.bank_line AS b ON b.company_id = p.company_id AND b.bank_line_id = p.bank_line_id
    JOIN receivables.match_proposal_line AS l
        ON l.company_id = p.company_id AND l.match_proposal_id = p.match_proposal_id AND l.purpose = 'application'
    JOIN receivables.item AS i ON i.company_id = l.company_id AND i.item_id = l.item_id
    JOIN receivables.document AS d ON d.company_id = i.company_id AND d.document_id = i.document_id
    WHERE p.status = 'applied_automatically' OR with_proposals AND p.status = 'open' AND p.rank = 1
    GROUP BY 1, 2
$$;

CREATE FUNCTION bench.truth(problem text)
    RETURNS TABLE (payment_id text, invoice_id text, amount numeric, kind text) LANGUAGE sql STABLE AS $$
    SELECT a ->> 'payment_id', a ->> 'invoice_id', (a ->> 'applied_amount')::numeric, a ->> 'match_type'
    FROM bench.problem AS p, jsonb_array_elements(p.content #> '{ground_truth,applications}') AS a
    WHERE p.problem = truth.problem
$$;

-- A pair that is wrong counts for the kind of what its payment really settles.
CREATE FUNCTION bench.compare(problem text, run text, counted text, with_proposals boolean) RETURNS void LANGUAGE sql AS $$
    WITH truth AS MATERIALIZED (SELECT * FROM bench.truth(compare.problem)),
    found AS MATERIALIZED (SELECT * FROM bench.found(with_proposals)),
    payment AS (SELECT t.payment_id, min(t.kind) AS kind FROM truth AS t GROUP BY 1)
    INSERT INTO bench.matching_result
    SELECT problem, run, counted, CASE WHEN grouping(x.kind) = 1 THEN 'all' ELSE x.kind END,
           count(x.true_amount), count(x.found_amount), count(x.true_amount + x.found_amount),
           coalesce(sum(abs(x.true_amount)), 0), coalesce(sum(abs(x.found_amount)), 0),
           coalesce(sum(least(abs(x.true_amount), abs(x.found_amount))) FILTER (WHERE sign(x.true_amount) = sign(x.found_amount)), 0)
    FROM (SELECT t.amount AS true_amount, f.amount AS found_amount, coalesce(t.kind, p.kind, 'nothing to settle') AS kind
          FROM truth AS t FULL JOIN found AS f USING (payment_id, invoice_id) LEFT JOIN payment AS p ON p.payment_id = f.payment_id) AS x
    GROUP BY GROUPING SETS ((x.kind), ())
$$;
