-- What a client of the crash and concurrency tests does in one transaction, in
-- functions that take refusals as they come and let any other error through.

CREATE SCHEMA load;

SELECT ar.create_company('C1', 'Example', 'EUR');
SELECT ar.import_rows(1, 'customer', (
    SELECT jsonb_agg(jsonb_build_object('customer_number', 'K' || n, 'name', 'Customer ' || n))
    FROM generate_series(1, 20) AS n));

-- An invoice and a payment of it, some open credit applied, an application
-- reversed now and then: all of it, or nothing, is there after a crash.
CREATE FUNCTION load.post(client text, step bigint, luck integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    number   text := client || '/' || step;
    customer text := 'K' || 1 + luck % 20;
    day      date := date '2026-01-01' + luck % 100;
    debit    record;
    credit   record;
BEGIN
    PERFORM ar.post_invoice(1, customer, number, day, day + 30, 100);
    PERFORM ar.post_payment(1, customer, number, day + 10, 80 + luck % 40,
                            jsonb_build_array(jsonb_build_object('invoice_number', number, 'amount', 50)));
    BEGIN
        SELECT i.item_id INTO debit FROM receivables.item AS i JOIN receivables.document AS d USING (company_id, document_id)
        WHERE i.company_id = 1 AND d.kind = 'invoice' AND d.document_number = number;
        SELECT i.item_id, least(-i.open_amount, 25) AS amount INTO credit
        FROM receivables.item AS i JOIN receivables.customer AS c USING (company_id, customer_id)
        WHERE i.company_id = 1 AND c.customer_number = customer AND i.open_amount < 0 LIMIT 1;
        PERFORM ar.apply(1, credit.item_id, debit.item_id, credit.amount);
        IF luck % 3 = 0 THEN
            PERFORM ar.reverse_application(1, a.application_id, a.effective_on + 5, 'bounced')
            FROM receivables.application AS a
            WHERE a.company_id = 1 AND a.debit_item_id = debit.item_id AND a.amount = 50;
        END IF;
    EXCEPTION
        WHEN check_violation THEN NULL; -- others have taken the credit
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
        ELSE
            PERFORM ar.apply(1, credit, debit, 1 + luck % 50, date '2026-05-01' + luck % 40);
            what := 'applied';
        END IF;
        INSERT INTO load.outcome VALUES ('00000', what);
    EXCEPTION
        WHEN check_violation OR unique_violation OR no_data_found THEN
            INSERT INTO load.outcome VALUES (SQLSTATE, SQLERRM);
    END;
END;
$$;
CREATE SEQUENCE load.payment;
