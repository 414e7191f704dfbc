-- bench.matching_problem(invoices, seed, customers): a cash-application problem
-- with its true answer, as jsonb: invoices (credit notes are negative),
-- payments, remittance_lines and ground_truth. The same arguments give the same
-- problem. Names are shared by several customers ('... Division 7') and
-- shortened by payers, amounts are round and often the same, and references
-- are mistyped, sometimes into the number of another invoice.
CREATE FUNCTION bench.chance(probability float8) RETURNS boolean LANGUAGE sql VOLATILE AS $$SELECT random() < probability$$;

CREATE FUNCTION bench.between(low int, high int) RETURNS int LANGUAGE sql VOLATILE AS $$
    SELECT low + floor(random() * (high - low + 1))::int
$$;

CREATE FUNCTION bench.one_of(choices text[]) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT choices[bench.between(1, cardinality(choices))]
$$;

-- Round to three digits, or the amount of an earlier invoice.
CREATE FUNCTION bench.round_amount(earlier numeric[]) RETURNS numeric LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF cardinality(earlier) > 0 AND bench.chance(0.12) THEN
        RETURN earlier[bench.between(1, cardinality(earlier))];
    END IF;
    RETURN trim_scale(bench.between(100, 999) * 10.0 ^ bench.between(0, 2) * (1 + 9 * bench.chance(0.05)::int));
END;
$$;

-- A customer as its bank or its clerk writes it: name without the division, division apart.
CREATE FUNCTION bench.payer_name(name text, division text) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    words   text[] := string_to_array(name, ' ');
    written text;
    r       float8 := random();
BEGIN
    CASE
    WHEN r < 0.58 THEN
        RETURN name || division;
    WHEN r < 0.66 THEN
        RETURN upper(name) || division;
    WHEN r < 0.70 THEN
        RETURN name;
    WHEN r < 0.78 THEN -- without its last word
        written := array_to_string(words[:cardinality(words) - 1], ' ');
    WHEN r < 0.88 THEN -- initials
        SELECT string_agg(left(w, 1), '' ORDER BY n) INTO written
        FROM unnest(words) WITH ORDINALITY AS x (w, n) WHERE w NOT IN ('Inc', 'Ltd', 'Corp');
        RETURN written || bench.one_of('{""," Inc"," Corp",""}');
    WHEN r < 0.96 THEN -- words cut short
        SELECT string_agg(CASE WHEN n > 1 AND length(w) > 5 THEN left(w, 3 + (n % 2)::int) ELSE w END, ' ' ORDER BY n) INTO written
        FROM unnest(words) WITH ORDINALITY AS x (w, n);
    ELSE -- the first word as its first letter
        written := left(words[1], 1) || ' ' || array_to_string(words[2:], ' ');
    END CASE;
    RETURN written || CASE WHEN bench.chance(0.4) THEN division ELSE '' END;
END;
$$;

CREATE FUNCTION bench.written_reference(number text, damage float8) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    digits text := split_part(number, '-', 2);
    place  int := bench.between(2, length(digits));
    r      float8 := random();
BEGIN
    IF random() >= damage THEN
        RETURN number;
    END IF;
    CASE
    WHEN r < 0.28 THEN
        RETURN 'INV-' || digits::int;
    WHEN r < 0.40 THEN
        RETURN 'Invoice #' || digits::int;
    WHEN r < 0.65 THEN
        RETURN 'PO-' || bench.between(10000, 99999);
    WHEN r < 0.80 THEN -- another digit
        RETURN 'INV-' || overlay(digits PLACING bench.between(0, 9)::text FROM place FOR 1);
    WHEN r < 0.90 THEN -- two digits changed round
        RETURN 'INV-' || overlay(digits PLACING reverse(substr(digits, place - 1, 2)) FROM place - 1 FOR 2);
    ELSE -- one digit too many, and the last one lost
        RETURN 'INV-' || left(overlay(digits PLACING bench.between(0, 9)::text || substr(digits, place, 1) FROM place FOR 1), length(digits));
    END CASE;
END;
$$;

CREATE FUNCTION bench.matching_problem(invoices int, seed int, customers int DEFAULT NULL) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    first_words  CONSTANT text[] := '{Amber,Blackthorn,Copperfield,Dovetail,Eastgate,Fernhill,Granite,Harborview,Ivory,Juniper,Kestrel,Lakeshore,Millstone,Nightingale,Oakfield,Pebble,Quarry,Ravenswood,Saltmarsh,Thistle,Upland,Velvet,Windmill,Yarrow}';
    second_words CONSTANT text[] := '{Packaging,Textiles,Hydraulics,Dairy,Instruments,Printing,Ceramics,Freight,Robotics,Optics,Bakeries,Timber,Chemicals,Catering,Fasteners,Glassworks}';
    third_words  CONSTANT text[] := '{Inc,Ltd,Corp,Group,Partners,Supplies,Holdings,Works}';
    customer_count CONSTANT int := coalesce(customers, greatest(3, invoices * 45 / 100));
    name_count     CONSTANT int := least(30, customer_count);
    names     text[] := '{}';
    divisions text[] := '{}';
    owner     int[] := '{}';      -- customer of each invoice
    issued    date[] := '{}';
    due       date[] := '{}';
    amounts   numeric[] := '{}';
    used      boolean[] := '{}';
    order_of  int[];
    i int; c int; n int; k int; credit int;
    kind text; note text; number text; reference text; method text; payer text; payment_number text;
    amount numeric; total numeric; share numeric; paid_on date;
    chosen int[];
    r float8;
    invoice_rows jsonb[] := '{}'; payment_rows jsonb[] := '{}'; remittance_rows jsonb[] := '{}'; truth jsonb[] := '{}'; unmatched jsonb[] := '{}';
BEGIN
    PERFORM setseed(seed % 10000 / 10000.0);
    WHILE cardinality(names) < name_count LOOP
        kind := bench.one_of(first_words) || ' ' || bench.one_of(second_words)
                || CASE WHEN bench.chance(0.7) THEN ' ' || bench.one_of(third_words) ELSE '' END;
        IF kind <> ALL (names) THEN
            names := names || kind;
            divisions := divisions || ''::text;
        END IF;
    END LOOP;
    FOR i IN name_count + 1 .. customer_count LOOP
        names := names || names[bench.between(1, name_count)];
        divisions := divisions || (' Division ' || i);
    END LOOP;
    FOR i IN 1 .. invoices LOOP
        -- Some customers buy more than others.
        owner := owner || 1 + floor(customer_count * random() ^ 1.5)::int;
        issued := issued || date '2025-03-19' + (i * 100 / invoices);
        due := due || issued[i] + 15 * bench.between(2, 6);
        amounts := amounts || CASE WHEN bench.chance(0.01) THEN -bench.round_amount(amounts) ELSE abs(bench.round_amount(amounts)) END;
    END LOOP;
    used := array_fill(false, ARRAY[invoices]);

    -- What is paid, in an order of its own.
    order_of := ARRAY(SELECT g FROM generate_series(1, invoices) AS g ORDER BY hashint8extended(g, seed));
    FOREACH i IN ARRAY order_of LOOP
        CONTINUE WHEN used[i];
        used[i] := true;
        CONTINUE WHEN bench.chance(0.05);
        c := owner[i];
        chosen := ARRAY[i];
        amount := amounts[i];
        note := '';
        r := random();
        kind := CASE WHEN amount < 0 THEN 'simple_1to1' WHEN r < 0.30 THEN 'simple_1to1' WHEN r < 0.52 THEN 'multi_invoice'
                     WHEN r < 0.62 THEN 'no_remittance' WHEN r < 0.72 THEN 'partial_payment' WHEN r < 0.79 THEN 'discount_taken'
                     WHEN r < 0.85 THEN 'short_pay_deduction' WHEN r < 0.91 THEN 'cross_reference' WHEN r < 0.95 THEN 'credit_memo'
                     WHEN r < 0.975 THEN 'overpayment' ELSE 'duplicate_payment' END;
        IF kind = 'multi_invoice' THEN
            FOREACH k IN ARRAY order_of LOOP
                IF NOT used[k] AND owner[k] = c AND amounts[k] > 0 AND abs(issued[k] - issued[i]) < 45 THEN
                    chosen := chosen || k;
                    used[k] := true;
                    EXIT WHEN cardinality(chosen) = 4 OR bench.chance(0.3);
                END IF;
            END LOOP;
            IF cardinality(chosen) = 1 THEN
                kind := 'simple_1to1';
            END IF;
        END IF;
        paid_on := (SELECT max(issued[x]) FROM unnest(chosen) AS x) + bench.between(7, 50);

        payment_number := 'PMT-' || lpad((cardinality(payment_rows) + 1)::text, 5, '0');
        method := bench.one_of('{CHECK,CHECK,WIRE,WIRE,ACH,EFT}');
        payer := bench.payer_name(names[c], divisions[c]);
        total := 0;
        IF kind = 'credit_memo' THEN
            -- The credit note is an invoice more, issued between the invoice and its payment.
            amount := -round(amount * bench.between(5, 40) / 100 + bench.between(0, 99) / 100.0, 2);
            IF bench.chance(0.3) AND EXISTS (SELECT FROM unnest(amounts[invoices + 1:]) AS x WHERE -x < amounts[i] / 2) THEN
                amount := (SELECT max(x) FROM unnest(amounts[invoices + 1:]) AS x WHERE -x < amounts[i] / 2);
            END IF;
            owner := owner || c;
            issued := issued || issued[i] + bench.between(1, 6);
            amounts := amounts || amount;
            credit := cardinality(amounts);
            due := due || issued[credit] + 30;
            chosen := chosen || credit;
        END IF;
        FOR n IN 1 .. cardinality(chosen) LOOP
            k := chosen[n];
            amount := amounts[k];
            note := '';
            number := 'INV-' || lpad(k::text, 5, '0');
            CASE
            WHEN kind = 'multi_invoice' AND n = cardinality(chosen) AND bench.chance(0.25) THEN
                amount := round(amount * bench.between(30, 70) / 100, 2);
            WHEN kind = 'partial_payment' THEN
                amount := round(amount * bench.between(25, 75) / 100, 2);
                note := bench.one_of(ARRAY['Partial payment per agreement', 'Progress payment #' || bench.between(1, 3),
                                           'Installment 1 of ' || bench.between(2, 6), 'Pmt on acct INV-' || lpad(bench.between(1, invoices)::text, 5, '0'),
                                           'Partial payment - ' || number]);
            WHEN kind = 'discount_taken' THEN
                share := (ARRAY[1, 1.5, 2, 2.5, 3])[bench.between(1, 5)];
                amount := round(amount * (100 - share) / 100, 2);
                note := bench.one_of(ARRAY[share || '% discount taken', 'Early payment terms applied', 'Net ' || 100 - share || ' terms']);
            WHEN kind = 'short_pay_deduction' THEN
                amount := round(amount * (100 - bench.between(400, 1500) / 100.0) / 100, 2);
                note := format('Deduction: %s (-$%s)', bench.one_of('{Damaged goods,Late delivery penalty,Missing items,Quality defect,Price difference}'),
                               amounts[k] - amount);
            WHEN kind = 'overpayment' THEN
                amount := round(amount * (100 + bench.between(300, 1300) / 100.0) / 100, 2);
                note := bench.one_of('{"Payment on account","Overpayment",""}');
            WHEN kind = 'credit_memo' THEN
                note := CASE n WHEN 1 THEN 'Less credit INV-' || lpad(bench.between(1, invoices)::text, 5, '0') ELSE 'Credit applied' END;
            ELSE NULL;
            END CASE;
            reference := bench.written_reference(number, CASE kind WHEN 'cross_reference' THEN 0 WHEN 'credit_memo' THEN 0.05 ELSE 0.16 END);
            IF kind = 'cross_reference' THEN
                reference := CASE bench.between(1, 3) WHEN 1 THEN 'INV-' || k WHEN 2 THEN 'Invoice #' || k ELSE 'PO-' || bench.between(10000, 99999) END;
            END IF;
            total := total + amount;
            truth := truth || jsonb_build_object(
                'payment_id', payment_number, 'invoice_id', number,
                'applied_amount', CASE kind WHEN 'overpayment' THEN amounts[k] ELSE amount END,
                'match_type', CASE WHEN kind = 'multi_invoice' AND amount <> amounts[k] THEN 'multi_invoice_partial' ELSE kind END);
            IF kind <> 'no_remittance' THEN
                remittance_rows := remittance_rows || jsonb_build_object('payment_id', payment_number, 'invoice_ref', reference, 'amount', amount, 'memo', note);
            END IF;
        END LOOP;
        payment_rows := payment_rows || jsonb_build_object('payment_id', payment_number, 'payment_date', paid_on, 'payer_name', payer, 'amount', total,
                                                           'method', method, 'reference_info', bench.bank_text(method, payer, names[c]));
        IF kind = 'duplicate_payment' THEN
            payment_number := 'PMT-' || lpad((cardinality(payment_rows) + 1)::text, 5, '0');
            payer := bench.payer_name(names[c], divisions[c]);
            payment_rows := payment_rows || jsonb_build_object('payment_id', payment_number, 'payment_date', paid_on + bench.between(1, 5), 'payer_name', payer, 'amount', total,
                                                               'method', 'WIRE', 'reference_info', bench.bank_text('WIRE', payer, names[c]));
            remittance_rows := remittance_rows || jsonb_build_object('payment_id', payment_number, 'invoice_ref', reference, 'amount', amount, 'memo', '');
            unmatched := unmatched || to_jsonb(payment_number);
        ELSIF bench.chance(0.05) THEN
            -- Money for nothing that is billed.
            c := bench.between(1, customer_count);
            payment_number := 'PMT-' || lpad((cardinality(payment_rows) + 1)::text, 5, '0');
            payer := bench.payer_name(names[c], divisions[c]);
            amount := bench.round_amount('{}');
            payment_rows := payment_rows || jsonb_build_object('payment_id', payment_number, 'payment_date', paid_on, 'payer_name', payer, 'amount', amount,
                                                               'method', 'CHECK', 'reference_info', bench.bank_text('CHECK', payer, names[c]));
            IF bench.chance(0.4) THEN
                remittance_rows := remittance_rows || jsonb_build_object('payment_id', payment_number, 'invoice_ref', 'INV-' || bench.between(90000, 99999),
                                                                         'amount', amount, 'memo', 'Advance payment');
            END IF;
            unmatched := unmatched || to_jsonb(payment_number);
        END IF;
    END LOOP;

    FOR i IN 1 .. cardinality(amounts) LOOP
        invoice_rows := invoice_rows || jsonb_build_object(
            'invoice_id', 'INV-' || lpad(i::text, 5, '0'), 'customer_id', 'CUST-' || lpad(owner[i]::text, 3, '0'),
            'customer_name', names[owner[i]] || divisions[owner[i]], 'invoice_date', issued[i], 'due_date', due[i], 'amount', amounts[i]);
    END LOOP;
    RETURN jsonb_build_object('invoices', to_jsonb(invoice_rows), 'payments', to_jsonb(payment_rows), 'remittance_lines', to_jsonb(remittance_rows),
                              'ground_truth', jsonb_build_object('applications', to_jsonb(truth), 'unmatched_payments', to_jsonb(unmatched)));
END;
$$;

CREATE FUNCTION bench.bank_text(method text, payer text, name text) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT CASE method WHEN 'CHECK' THEN 'CK# ' || bench.between(1000, 9999)
                       WHEN 'WIRE' THEN 'Wire Ref: ' || upper(left(md5(random()::text), 10))
                       WHEN 'ACH' THEN 'ACH ' || CASE WHEN bench.chance(0.5) THEN payer ELSE name END
                       ELSE 'EFT-' || bench.between(10000000, 99999999) END
$$;
