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
