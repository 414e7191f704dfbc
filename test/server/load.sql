-- What a client of the crash and concurrency tests does in one transaction, in
-- functions that take refusals as they come and let any other error through.

CREATE SCHEMA load;

SELECT ar.create_company('C1', 'Example', 'EUR');
SELECT ar.import_rows(1, 'customer', (
    SELECT jsonb_agg(jsonb_build_object('customer_number', 'K' || n, 'name', 'Customer ' || n))
    FROM generate_series(1, 20) AS n));

SELECT ar.import_rows(1, 'contract', (
    SELECT jsonb_agg(jsonb_build_object('contract_number', 'K' || n, 'customer_number', 'K' || n, 'contract_date', '2026-01-01',
                                        'amount', 1500))
    FROM generate_series(1, 20) AS n));
SELECT ar.set_number_series(1, 'INV', 'invoice', 'INV-{year}-{month}-{number:4}');
SELECT ar.add_exchange_rate('USD', 'EUR', day::date, 0.9 + 0.01 * extract(day FROM day), 'ECB')
FROM generate_series(timestamp '2026-01-01', '2026-05-01', '7 days') AS day;

-- An invoice (in a series, under a contract or in another currency now and then), a payment of it, perhaps a
-- credit note; some open credit applied, an application or a document reversed: all of it, or nothing, is
-- there after a crash.
CREATE FUNCTION load.post(client text, step bigint, luck integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    number   text := client || '/' || step;
    customer text := 'K' || 1 + luck % 20;
    day      date := date '2026-01-01' + luck % 100;
    sort     integer := luck / 20 % 4;
    money    text := CASE WHEN sort = 3 THEN 'USD' END;
    invoice  record;
    credit   record;
BEGIN
    BEGIN
        PERFORM ar.post_invoice(1, customer, CASE WHEN sort <> 1 THEN number END, day, day + 30, 100, reference => number,
                                contract_number => CASE WHEN sort = 2 THEN customer END, currency => money);
    EXCEPTION
        WHEN check_violation THEN -- others have taken the contract
            PERFORM ar.post_invoice(1, customer, number, day, day + 30, 100, reference => number);
    END;
    SELECT d.document_number, i.item_id INTO invoice
    FROM receivables.document AS d JOIN receivables.item AS i USING (company_id, document_id)
    WHERE d.company_id = 1 AND d.kind = 'invoice' AND d.reference = number;
    PERFORM ar.post_payment(1, customer, number, day + 10, 80 + luck % 40,
                            jsonb_build_array(jsonb_build_object('invoice_number', invoice.document_number, 'amount', 50)),
                            currency => money);
    IF luck % 6 = 0 THEN
        PERFORM ar.post_credit_note(1, customer, number, day + 12, 10, invoice_number => invoice.document_number,
                                    currency => money);
    END IF;
    BEGIN
        SELECT i.item_id, least(-i.open_amount, 25) AS amount INTO credit
        FROM receivables.item AS i JOIN receivables.customer AS c USING (company_id, customer_id)
        WHERE i.company_id = 1 AND c.customer_number = customer AND i.open_amount < 0
          AND i.currency = coalesce(money, 'EUR') LIMIT 1;
        PERFORM ar.apply(1, credit.item_id, invoice.item_id, credit.amount);
        IF luck % 3 = 0 THEN
            PERFORM ar.reverse_application(1, a.application_id, a.effective_on + 5, 'bounced')
            FROM receivables.application AS a
            WHERE a.company_id = 1 AND a.debit_item_id = invoice.item_id AND a.amount = 50;
        END IF;
        IF luck % 7 = 0 THEN
            PERFORM ar.reverse_document(1, d.document_id, '2026-12-31', 'entered wrongly')
            FROM (SELECT x.document_id FROM receivables.document AS x JOIN receivables.customer AS c USING (company_id, customer_id)
                  WHERE x.company_id = 1 AND c.customer_number = customer AND x.kind IN ('invoice', 'payment')
                    AND x.reverses_document_id IS NULL ORDER BY x.document_id LIMIT 1 OFFSET luck / 100 % 10) AS d;
        END IF;
    EXCEPTION
        WHEN check_violation OR unique_violation THEN NULL; -- others have taken the credit, or reversed the document
    END;
END;
$$;

-- One attempt on a few items that all clients want.
CREATE TABLE load.outcome (sqlstate text, said text);
CREATE FUNCTION load.contend(luck integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    debit  bigint;
    credit bigint;
    what   text;
BEGIN
    SELECT i.item_id INTO debit FROM receivables.item AS i
    WHERE i.company_id = 1 AND i.amount > 0 ORDER BY i.item_id OFFSET luck % 10 LIMIT 1;
    SELECT i.item_id INTO credit FROM receivables.item AS i
    WHERE i.company_id = 1 AND i.amount < 0 ORDER BY i.item_id OFFSET luck / 10 % 10 LIMIT 1;
    BEGIN
        IF luck % 7 IN (0, 2, 3) THEN
            PERFORM ar.reverse_application(1, max(a.application_id), '2026-06-01', 'bounced')
            FROM receivables.application AS a
            WHERE a.company_id = 1 AND a.debit_item_id = debit AND a.amount > 0
              AND NOT EXISTS (SELECT FROM receivables.application AS r
                              WHERE r.company_id = 1 AND r.reverses_application_id = a.application_id);
            what := 'reversed';
        ELSIF luck % 7 = 1 THEN
            PERFORM ar.post_payment(1, 'K1', 'L' || nextval('load.payment'), '2026-05-01', 30, jsonb_build_array(
                jsonb_build_object('invoice_number', 'I' || 1 + luck % 10, 'amount', 1 + luck % 20),
                jsonb_build_object('invoice_number', 'I' || 1 + luck / 10 % 10, 'amount', 1 + luck % 9)));
            what := 'paid';
        ELSIF luck % 14 = 5 THEN
            PERFORM ar.post_credit_note(1, 'K1', 'G' || nextval('load.payment'), '2026-05-01', 1 + luck % 9,
                                        invoice_number => 'I' || 1 + luck % 10);
            what := 'credited';
        ELSIF luck % 14 = 12 THEN
            PERFORM ar.reverse_document(1, d.document_id, '2026-07-01', 'bounced')
            FROM (SELECT x.document_id FROM receivables.document AS x WHERE x.company_id = 1 AND x.document_number LIKE 'L%'
                  ORDER BY x.document_id DESC LIMIT 1 OFFSET luck % 5) AS d;
            what := 'undone';
        ELSE
            PERFORM ar.apply(1, credit, debit, 1 + luck % 50, date '2026-05-01' + luck % 40);
            what := 'applied';
        END IF;
        INSERT INTO load.outcome VALUES ('00000', what);
    EXCEPTION
        WHEN check_violation OR unique_violation OR no_data_found OR serialization_failure OR deadlock_detected THEN
            INSERT INTO load.outcome VALUES (SQLSTATE, SQLERRM);
    END;
END;
$$;
CREATE SEQUENCE load.payment;

-- One step of cash application on a few bank lines and invoices that all clients want.
CREATE SEQUENCE load.statement;
CREATE FUNCTION load.match(luck integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    what     text := (ARRAY['loaded', 'proposed', 'settled', 'accepted', 'undone', 'rejected', 'by hand', 'put aside', 'bounced', 'posted'])
                     [1 + luck % 10];
    number   bigint;
    line     bigint;
    proposal bigint;
    done     bigint;
BEGIN
    SELECT l.bank_line_id INTO line FROM receivables.bank_line AS l
    WHERE l.company_id = 1 AND l.open_amount > 0 ORDER BY l.bank_line_id DESC OFFSET luck / 10 % 5 LIMIT 1;
    SELECT p.match_proposal_id INTO proposal FROM receivables.match_proposal AS p
    WHERE p.company_id = 1 AND p.method IS NOT NULL
      AND p.status = ANY (CASE WHEN what = 'undone' THEN ARRAY['accepted', 'applied_automatically'] ELSE ARRAY['open'] END)
    ORDER BY p.match_proposal_id DESC OFFSET luck / 10 % 5 LIMIT 1;
    BEGIN
        CASE what
            WHEN 'loaded' THEN
                -- Now and then one that somebody else has just loaded, or is loading.
                number := nextval('load.statement') - luck / 10 % 2;
                PERFORM ar.load_bank_statement(1, format(
                    E':20:A\n:25:ACC\n:28C:%1$s\n:60F:C260501EUR%1$s000,\n:61:260502C%2$s,NTRFNONREF//R%1$s-1\n:86:INV-000%3$s\n'
                    ':61:260502C%4$s,NTRFNONREF//R%1$s-2\n:86:INV-000%5$s\n:62F:C260502EUR%6$s,\n-\n',
                    number, 10 + number % 30, 1 + number % 9, 20 + number % 7, 1 + number / 9 % 9, number * 1000 + 30 + number % 30 + number % 7));
                done := 1;
            WHEN 'proposed' THEN
                SELECT p.proposed INTO done
                FROM ar.propose(1, bank_line_id => CASE WHEN luck / 10 % 2 = 0 THEN line END,
                                part => CASE WHEN luck / 10 % 4 = 1 THEN 1 + luck / 40 % 2 ELSE 1 END,
                                parts => CASE WHEN luck / 10 % 4 = 1 THEN 2 ELSE 1 END) AS p;
            WHEN 'settled' THEN
                SELECT a.applied INTO done
                FROM ar.auto_apply(1, part => 1 + luck / 10 % 2, parts => CASE WHEN luck / 10 % 3 = 0 THEN 2 ELSE 1 + luck / 10 % 2 END) AS a;
            WHEN 'accepted' THEN
                done := ar.accept(1, proposal);
            WHEN 'undone' THEN
                PERFORM ar.undo_match(1, proposal, '2026-06-01', 'wrong');
                done := 1;
            WHEN 'rejected' THEN
                PERFORM ar.reject(1, proposal, 'not this');
                done := 1;
            WHEN 'by hand' THEN
                done := ar.apply_manual(1, coalesce(line, 0), customer_number => 'K1', lines => jsonb_build_array(
                    jsonb_build_object('invoice_number', 'INV-000' || 1 + luck / 100 % 9, 'amount', 5),
                    jsonb_build_object('invoice_number', 'INV-000' || 1 + luck / 1000 % 9, 'amount', 4)));
            WHEN 'put aside' THEN
                PERFORM ar.ignore_bank_line(1, line, CASE WHEN luck / 100 % 4 = 0 THEN 'not ours' END);
                done := 1;
            WHEN 'bounced' THEN
                done := ar.reverse_document(1, d.document_id, '2026-06-01', 'bounced')
                FROM (SELECT x.document_id FROM receivables.document AS x
                      WHERE x.company_id = 1 AND x.bank_line_id IS NOT NULL AND x.reverses_document_id IS NULL
                      ORDER BY x.document_id DESC LIMIT 1 OFFSET luck / 10 % 5) AS d;
            WHEN 'posted' THEN
                done := ar.post_bank_line(1, line, 'K1', 3);
        END CASE;
        INSERT INTO load.outcome VALUES ('00000', CASE WHEN done > 0 THEN what ELSE 'nothing to do' END);
    EXCEPTION
        WHEN check_violation OR unique_violation OR no_data_found OR foreign_key_violation OR object_not_in_prerequisite_state
             OR serialization_failure OR deadlock_detected THEN
            INSERT INTO load.outcome VALUES (SQLSTATE, what || ': ' || SQLERRM);
    END;
END;
$$;
