-- Rules that rows are checked by on entry ----------------------------------------

CREATE FUNCTION ar.check_tests(OUT test text, OUT kinds text, OUT needs_field boolean, OUT parameters text,
                               OUT broken text, OUT reason text)
    RETURNS SETOF record
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $function$
    -- broken and reason are formats of SQL: %1$s is the value of the field, %2$s the parameters of the rule, %3$L the field's name.
    SELECT t.test, t.kinds, t.needs_field, t.parameters, t.broken, t.reason
    FROM (VALUES
        ('required', 'any', true, '', '%1$s IS NULL', $$format('%%s is missing', %3$L)$$),
        ('pattern', 'any', true, 'pattern', $$%1$s !~ (%2$s ->> 'pattern')$$,
         $$format('%%s "%%s" does not match %%s', %3$L, %1$s, %2$s ->> 'pattern')$$),
        ('one_of', 'any', true, 'values', $$NOT (%2$s -> 'values') ? %1$s$$,
         $$format('%%s "%%s" is none of %%s', %3$L, %1$s, (SELECT string_agg(x, ', ') FROM jsonb_array_elements_text(%2$s -> 'values') AS x))$$),
        ('uscc', 'any', true, '', 'NOT ar.uscc_is_valid(%1$s)',
         $$format('%%s "%%s" is no valid unified social credit code', %3$L, %1$s)$$),
        ('cn_tax_id', 'any', true, '', 'NOT ar.cn_tax_id_is_valid(%1$s)',
         $$format('%%s "%%s" is no valid Chinese tax number', %3$L, %1$s)$$),
        ('vat_id', 'any', true, '', 'NOT ar.vat_id_is_valid(%1$s)',
         $$format('%%s "%%s" is no valid VAT number', %3$L, %1$s)$$),
        ('lei', 'any', true, '', 'NOT ar.lei_is_valid(%1$s)', $$format('%%s "%%s" is no valid LEI', %3$L, %1$s)$$),
        ('iban', 'any', true, '', 'NOT ar.iban_is_valid(%1$s)', $$format('%%s "%%s" is no valid IBAN', %3$L, %1$s)$$),
        ('fapiao_number', 'invoice credit_note', true, 'code_attribute',
         $$NOT ar.fapiao_number_is_valid(%1$s, s.attributes ->> (%2$s ->> 'code_attribute'))$$,
         $$format('%%s "%%s" is no valid fapiao number', %3$L, %1$s)$$),
        ('vat_arithmetic', 'invoice credit_note', false, 'tolerance',
         $$EXISTS (SELECT FROM jsonb_array_elements(CASE WHEN ar.lines_are_valid(s.lines) THEN s.lines END) AS l
                   WHERE NOT ar.vat_is_consistent((l ->> 'net_amount')::numeric, (l ->> 'tax_rate')::numeric,
                                                  coalesce((l ->> 'tax_amount')::numeric, 0),
                                                  coalesce((%2$s ->> 'tolerance')::numeric, 0.01)))$$,
         $$'tax of a line is not its net amount times its rate'$$),
        ('contract_amount', 'invoice', false, 'tolerance',
         $$s.contract_invoiced > s.contract_amount * (1 + coalesce((%2$s ->> 'tolerance')::numeric, 0))$$,
         $$format('contract %%s is exceeded: with the rows up to this one %%s is invoiced, it is for %%s', s.contract_number,
                  s.contract_invoiced, s.contract_amount)$$),
        ('contract_dates', 'invoice', false, '',
         'NOT s.document_date BETWEEN s.contract_starts_on AND coalesce(s.contract_ends_on, s.document_date)',
         $$format('%%s is outside of contract %%s, which runs from %%s to %%s', s.document_date, s.contract_number,
                  s.contract_starts_on, coalesce(s.contract_ends_on::text, 'no end'))$$),
        ('credit_note_amount', 'credit_note', false, 'tolerance',
         $$s.credited + s.source_applied > s.source_amount * (1 + coalesce((%2$s ->> 'tolerance')::numeric, 0))$$,
         $$format('invoice %%s is exceeded: with the rows up to this one %%s is credited, it is for %%s', s.source_number,
                  s.credited + s.source_applied, s.source_amount)$$),
        ('credit_limit', 'invoice', false, '',
         $$s.known_id IS NULL AND s.credit_taken > 0
           AND (s.credit_exposure + s.credit_used > s.credit_limit OR s.group_exposure + s.group_used > s.group_limit)$$,
         $$CASE WHEN s.credit_exposure + s.credit_used > s.credit_limit
                THEN format('credit limit of customer %%s is exceeded: with the rows up to this one exposure is %%s, the limit %%s',
                            s.customer_number, s.credit_exposure + s.credit_used, s.credit_limit)
                ELSE format('credit limit of the group of customer %%s is exceeded: with the rows up to this one exposure is %%s, the limit %%s',
                            s.customer_number, s.group_exposure + s.group_used, s.group_limit) END$$)
    ) AS t (test, kinds, needs_field, parameters, broken, reason)
$function$;
COMMENT ON FUNCTION ar.check_tests() IS
'The tests that rows of receivables.check_rule may name: the kinds of row each can test, whether it needs a field, the parameters it takes, and the SQL conditions behind it. A missing value passes every test but required.';

CREATE FUNCTION ar.check_rule_is_valid() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    known record;
    fault text;
BEGIN
    SELECT * INTO known FROM ar.check_tests() AS t WHERE t.test = NEW.test;
    -- Raises 22023 for a kind that there is not.
    PERFORM ar.import_fields(NEW.kind);
    IF known.test IS NULL THEN
        fault := format('there is no test "%s"', NEW.test);
    ELSIF known.kinds <> 'any' AND NEW.kind <> ALL (string_to_array(known.kinds, ' ')) THEN
        fault := format('test %s does not apply to rows of kind %s', NEW.test, NEW.kind);
    ELSIF known.needs_field <> (NEW.field IS NOT NULL) THEN
        fault := format(CASE WHEN known.needs_field THEN 'test %s needs a field' ELSE 'test %s takes no field' END, NEW.test);
    ELSIF known.needs_field AND NOT EXISTS (
        SELECT FROM ar.import_fields(NEW.kind) AS f
        WHERE f.field = NEW.field AND f.type = 'text' OR f.field = 'attributes' AND NEW.field LIKE 'attributes._%') THEN
        fault := format('rows of kind %s have no text field "%s"', NEW.kind, NEW.field);
    ELSIF jsonb_typeof(NEW.parameters) <> 'object' THEN
        fault := 'parameters must be an object';
    ELSIF EXISTS (SELECT FROM jsonb_object_keys(NEW.parameters) AS p WHERE p <> known.parameters) THEN
        fault := format('test %s takes %s', NEW.test, CASE known.parameters WHEN '' THEN 'no parameters'
                                                      ELSE 'only the parameter ' || known.parameters END);
    ELSIF NEW.test = 'one_of' AND (jsonb_typeof(NEW.parameters -> 'values') IS DISTINCT FROM 'array'
                                   OR jsonb_path_exists(NEW.parameters, '$.values[*] ? (@.type() != "string")')) THEN
        fault := 'test one_of needs the parameter values, an array of text';
    ELSIF NEW.test = 'pattern' AND jsonb_typeof(NEW.parameters -> 'pattern') IS DISTINCT FROM 'string' THEN
        fault := 'test pattern needs the parameter pattern, a regular expression';
    ELSIF NEW.severity = 'warning' AND NEW.kind IN ('contract', 'order', 'application') THEN
        fault := format('rows of kind %s keep no warnings', NEW.kind);
    ELSIF NEW.parameters ? 'tolerance' AND (jsonb_typeof(NEW.parameters -> 'tolerance') <> 'number'
                                            OR (NEW.parameters ->> 'tolerance')::numeric < 0) THEN
        fault := 'tolerance must be a number, 0 or more';
    ELSIF NEW.test = 'credit_limit' THEN
        fault := 'test credit_limit follows from invoice_over_limit in receivables.credit_policy';
    ELSIF NEW.test IN ('contract_amount', 'contract_dates', 'credit_note_amount') AND EXISTS (
        SELECT FROM receivables.check_rule AS r
        WHERE r.company_id = NEW.company_id AND r.test = NEW.test AND r.rule <> NEW.rule) THEN
        fault := format('the company has a rule for test %s already', NEW.test);
    END IF;
    IF fault IS NOT NULL THEN
        RAISE EXCEPTION 'rule % refused: %', NEW.rule, fault
            USING ERRCODE = 'invalid_parameter_value', HINT = 'SELECT * FROM ar.check_tests() lists the tests.';
    END IF;
    IF NEW.test = 'pattern' THEN
        PERFORM '' ~ (NEW.parameters ->> 'pattern');
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION ar.check_rule_is_valid() IS
'Trigger function: refuses a rule whose test, kind, field or parameters make no sense, with error 22023, or 2201B for a faulty regular expression.';

CREATE FUNCTION ar.set_check_rule(company_id bigint, rule text, kind text, test text, field text DEFAULT NULL,
                                  parameters jsonb DEFAULT '{}', severity text DEFAULT 'error', message text DEFAULT NULL)
    RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM ar.company_minor_units(company_id);
    INSERT INTO receivables.check_rule AS r (company_id, rule, kind, test, field, parameters, severity, message)
    VALUES (set_check_rule.company_id, set_check_rule.rule, set_check_rule.kind, set_check_rule.test, set_check_rule.field,
            set_check_rule.parameters, set_check_rule.severity, set_check_rule.message)
    ON CONFLICT ON CONSTRAINT check_rule_pkey DO UPDATE
    SET kind = EXCLUDED.kind, test = EXCLUDED.test, field = EXCLUDED.field, parameters = EXCLUDED.parameters,
        severity = EXCLUDED.severity, message = EXCLUDED.message;
END;
$$;
COMMENT ON FUNCTION ar.set_check_rule(bigint, text, text, text, text, jsonb, text, text) IS
'Enters a rule that rows of a kind are checked by, or changes it. ar.check_tests lists the tests; severity is error, warning or off. Errors: 22023 for what makes no sense, 2201B for a faulty regular expression.';

CREATE FUNCTION ar.lines_are_valid(lines jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_typeof(lines) = 'array' AND NOT EXISTS (
        SELECT FROM jsonb_array_elements(CASE jsonb_typeof(lines) WHEN 'array' THEN lines END) AS l (line)
        WHERE jsonb_typeof(l.line) <> 'object'
           OR ar.parse_amount(l.line ->> 'net_amount') IS NULL
           OR EXISTS (SELECT FROM unnest(ARRAY['tax_amount', 'tax_rate', 'quantity', 'unit_price']) AS f
                      WHERE l.line ->> f IS NOT NULL AND ar.parse_amount(l.line ->> f) IS NULL)
           OR jsonb_typeof(coalesce(l.line -> 'attributes', '{}')) <> 'object')
$$;
COMMENT ON FUNCTION ar.lines_are_valid(jsonb) IS
'Whether lines of a document are an array of objects with net_amount and, where they are given, tax_amount, tax_rate, quantity and unit_price as plain numbers.';

CREATE FUNCTION ar.rule_faults(company_id bigint, kind text, features text[],
                               OUT rule text, OUT field text, OUT severity text, OUT broken text, OUT reason text)
    RETURNS SETOF record
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT r.rule, coalesce(r.field, CASE WHEN t.test LIKE 'contract%' THEN 'contract_number'
                                          WHEN t.test = 'vat_arithmetic' THEN 'lines'
                                          WHEN t.test = 'credit_limit' THEN 'amount' ELSE 'invoice_number' END),
           r.severity, x.broken, coalesce(quote_literal(r.message), x.reason)
    FROM (SELECT c.rule, c.test, c.field, c.parameters, c.severity, c.message
          FROM receivables.check_rule AS c
          WHERE c.company_id = rule_faults.company_id AND c.kind = rule_faults.kind AND c.severity <> 'off'
          UNION ALL
          -- These apply unless the company says otherwise.
          SELECT b.test, b.test, NULL, '{}', 'error', NULL
          FROM (VALUES ('contract_amount'), ('contract_dates'), ('credit_note_amount')) AS b (test)
          WHERE NOT EXISTS (SELECT FROM receivables.check_rule AS c
                            WHERE c.company_id = rule_faults.company_id AND c.test = b.test)
          UNION ALL
          SELECT 'credit_limit', 'credit_limit', NULL, '{}', CASE p.invoice_over_limit WHEN 'refuse' THEN 'error' ELSE 'warning' END, NULL
          FROM receivables.credit_policy AS p
          WHERE p.company_id = rule_faults.company_id AND p.invoice_over_limit <> 'allow') AS r
    JOIN ar.check_tests() AS t ON t.test = r.test
    CROSS JOIN LATERAL (SELECT CASE WHEN r.field LIKE 'attributes.%' THEN format('(s.attributes ->> %L)', substr(r.field, 12))
                                    ELSE 's.' || quote_ident(r.field) END AS value) AS v
    CROSS JOIN LATERAL (SELECT quote_literal(r.parameters) || '::jsonb' AS parameters) AS p
    CROSS JOIN LATERAL (SELECT format(t.broken, v.value, p.parameters, r.field) AS broken,
                               format(t.reason, v.value, p.parameters, r.field) AS reason) AS x
    WHERE (t.kinds = 'any' OR rule_faults.kind = ANY (string_to_array(t.kinds, ' ')))
      -- What no row gives cannot be tested.
      AND CASE WHEN t.test LIKE 'contract%' THEN 'contract_number' = ANY (features)
               WHEN t.test = 'vat_arithmetic' THEN 'lines' = ANY (features)
               WHEN t.test = 'credit_note_amount' THEN 'invoice_number' = ANY (features)
               WHEN t.test = 'credit_limit' THEN 'credit_limit' = ANY (features) ELSE true END
$function$;
COMMENT ON FUNCTION ar.rule_faults(bigint, text, text[]) IS
'The rules that rows of a kind with these features are checked by, as SQL conditions and reasons over the row s.';
