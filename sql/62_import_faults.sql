-- Import: what is wrong with rows -------------------------------------------------

CREATE FUNCTION ar.import_field_faults(kind text, features text[],
                                       OUT field text, OUT sqlstate text, OUT broken text, OUT reason text)
    RETURNS SETOF record
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT f.field, v.sqlstate, replace(v.broken, 'FIELD', f.field), replace(v.reason, 'FIELD', f.field)
    FROM ar.import_fields(kind) AS f
    JOIN (VALUES
        ('required', '23502', $$s.FIELD IS NULL AND coalesce(btrim(s.raw_FIELD), '') = ''$$, $$'FIELD is missing'$$),
        ('date', '22007', $$s.FIELD IS NULL AND btrim(s.raw_FIELD) <> ''$$,
         $$format('FIELD "%s" is no date of the form YYYY-MM-DD', s.raw_FIELD)$$),
        ('date', '22008', $$NOT isfinite(s.FIELD)$$, $$'FIELD is infinite'$$),
        ('number', '22P02', $$s.FIELD IS NULL AND btrim(s.raw_FIELD) <> ''$$,
         $$format('FIELD "%s" is no plain decimal number', s.raw_FIELD)$$),
        ('number', '22003', $$s.FIELD >= 'Infinity' OR s.FIELD = '-Infinity'$$, $$'FIELD is NaN or infinite'$$),
        ('positive', '23514', $$s.FIELD <= 0$$, $$format('FIELD %s is not positive', s.FIELD)$$),
        ('signed amount', '23514', $$s.FIELD = 0$$, $$'FIELD is 0'$$),
        ('limit', '23514', $$s.FIELD < 0$$, $$format('FIELD %s is negative', s.FIELD)$$),
        ('money', '23514', $$s.FIELD <> round(s.FIELD, MINOR_UNITS)$$,
         $$format('FIELD %s has more than %s decimals', s.FIELD, MINOR_UNITS)$$),
        ('integer', '23514', $$s.FIELD <> trunc(s.FIELD) OR s.FIELD NOT BETWEEN 1 AND 32767$$,
         $$format('FIELD %s is no whole number from 1', s.FIELD)$$),
        ('jsonb', '22023', $$jsonb_typeof(s.FIELD) <> 'object'$$, $$'FIELD must be an object'$$),
        ('list', '22023', $$jsonb_typeof(s.FIELD) <> 'array'$$, $$'FIELD must be an array'$$)
    ) AS v (applies, sqlstate, broken, reason)
      ON v.applies = f.type OR v.applies = 'required' AND f.required
         OR v.applies = 'number' AND f.type IN ('amount', 'optional amount', 'signed amount', 'limit', 'rate', 'integer')
         OR v.applies = 'positive' AND f.type IN ('amount', 'optional amount', 'rate')
         OR v.applies = 'money' AND f.type IN ('amount', 'optional amount', 'signed amount', 'limit')
    WHERE f.required OR f.field = ANY (features) OR f.type = 'jsonb'
$function$;
COMMENT ON FUNCTION ar.import_field_faults(text, text[]) IS
'What can be wrong with the fields of a row by themselves, as SQL conditions and reasons over the row s.';

CREATE FUNCTION ar.import_document_faults(kind text, features text[],
                                          OUT field text, OUT sqlstate text, OUT broken text, OUT reason text)
    RETURNS SETOF record
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT replace(f.field, 'KIND', kind), f.sqlstate, replace(f.broken, 'KIND', kind),
           replace(replace(f.reason, 'KIND', kind), 'NOUN', replace(kind, '_', ' '))
    FROM (VALUES
        ('', 'customer_number', '23503', $$s.customer_number IS NOT NULL AND s.customer_id IS NULL$$,
         $$format('customer %s does not exist', s.customer_number)$$),
        ('', 'KIND_number', '23505', $$s.namesake_id IS NOT NULL AND s.namesake_id IS DISTINCT FROM s.known_id$$,
         $$format('KIND_number %s exists already', s.document_number)$$),
        ('', 'idempotency_key', '23505', $$s.known_id IS NOT NULL AND NOT s.known_same$$,
         $$format('idempotency_key %s was used before, with other contents', s.idempotency_key)$$),
        ('unnumbered', 'KIND_number', '23502', $$s.KIND_number IS NULL AND s.series IS NULL AND s.number_series IS NULL$$,
         $$'KIND_number is missing'$$),
        ('series', 'series', '23503', $$s.KIND_number IS NULL AND s.series IS NOT NULL AND s.number_series IS NULL$$,
         $$format('there is no series "%s" for documents of this kind', s.series)$$),
        ('series', 'series', '23514', $$s.KIND_number IS NOT NULL AND s.series IS NOT NULL$$,
         $$'a NOUN has a number of its own or one of a series, not both'$$),
        ('due_date', 'due_date', '23514', $$'KIND' = 'invoice' AND s.due_date < s.KIND_date$$,
         $$format('due_date %s is before KIND_date %s', s.due_date, s.KIND_date)$$),
        ('undated', 'due_date', '23502', $$s.due_date IS NULL AND s.instalments IS NULL AND s.wanted_term IS NULL
                                           AND coalesce(btrim(s.raw_due_date), '') = ''$$, $$'due_date is missing'$$),
        ('undated', 'payment_term', '23503', $$s.wanted_term IS NOT NULL AND s.found_term IS NULL$$,
         $$format('payment term %s does not exist', s.wanted_term)$$),
        ('undated', 'payment_term', '23514',
         $$s.term ? 'instalments' AND s.amount > 0 AND s.amount = round(s.amount, MINOR_UNITS)
           AND NOT ar.term_fits(s.amount, s.KIND_date, s.term, MINOR_UNITS)$$,
         $$format('amount %s is too small for the instalments of payment term %s', s.amount, s.wanted_term)$$),
        ('payment_term', 'payment_term', '23514', $$s.payment_term IS NOT NULL AND num_nonnulls(s.due_date, s.instalments) > 0$$,
         $$'an invoice is due by a payment_term or by a due_date or by instalments, not several of them'$$),
        ('instalments', 'instalments', '22023', $$s.instalments IS NOT NULL AND NOT ar.instalments_are_valid(s.instalments)$$,
         $$'each of the instalments must be an object with due_date and a positive amount'$$),
        ('instalments', 'instalments', '23514', $$s.due_date IS NOT NULL AND s.instalments IS NOT NULL$$,
         $$'an invoice has a due_date or instalments, not both'$$),
        ('instalments', 'instalments', '23514',
         $$ar.instalments_are_valid(s.instalments)
           AND (SELECT sum((l ->> 'amount')::numeric) FROM jsonb_array_elements(s.instalments) AS l) <> s.amount$$,
         $$format('instalments come to %s, not to the amount %s',
                  (SELECT sum((l ->> 'amount')::numeric) FROM jsonb_array_elements(s.instalments) AS l), s.amount)$$),
        ('instalments', 'instalments', '23514',
         $$ar.instalments_are_valid(s.instalments)
           AND EXISTS (SELECT FROM jsonb_array_elements(s.instalments) AS l
                       WHERE (l ->> 'due_date')::date < s.KIND_date
                          OR (l ->> 'amount')::numeric <> round((l ->> 'amount')::numeric, MINOR_UNITS))$$,
         $$format('an instalment is due before KIND_date or has more than %s decimals', MINOR_UNITS)$$),
        ('lines', 'lines', '22023', $$NOT ar.lines_are_valid(s.lines)$$,
         $$'each line must be an object with net_amount, and tax_amount, tax_rate, quantity and unit_price as plain numbers where they are given'$$),
        ('lines', 'lines', '23514',
         $$ar.lines_are_valid(s.lines)
           AND (SELECT sum((l ->> 'net_amount')::numeric + coalesce((l ->> 'tax_amount')::numeric, 0))
                FROM jsonb_array_elements(s.lines) AS l) <> s.amount$$,
         $$format('lines come to %s, not to the amount %s',
                  (SELECT sum((l ->> 'net_amount')::numeric + coalesce((l ->> 'tax_amount')::numeric, 0))
                   FROM jsonb_array_elements(s.lines) AS l), s.amount)$$),
        ('tax_amount', 'tax_amount', '23514', $$s.tax_amount > s.amount$$,
         $$format('tax_amount %s exceeds the amount %s', s.tax_amount, s.amount)$$),
        ('currency', 'currency', '23503', $$s.currency IS NOT NULL AND s.minor_units IS NULL$$,
         $$format('currency %s does not exist', s.currency)$$),
        ('currency', 'exchange_rate', 'P0002', $$s.minor_units IS NOT NULL AND s.rate IS NULL AND s.KIND_date IS NOT NULL$$,
         $$format('there is no exchange rate from %s to %s on %s', s.document_currency, $4, s.KIND_date)$$),
        ('currency', 'amount', '23514', $$s.amount <> 0 AND abs(s.amount) < 'Infinity' AND round(s.amount * s.rate, $3) = 0$$,
         $$format('amount %s comes to nothing in %s', s.amount, $4)$$),
        ('exchange_rate', 'exchange_rate', '23514', $$s.document_currency = $4 AND s.exchange_rate <> 1$$,
         $$format('exchange_rate %s for the currency of the company', s.exchange_rate)$$),
        ('contract_number', 'contract_number', '23503', $$s.contract_number IS NOT NULL AND s.contract_id IS NULL$$,
         $$format('contract %s does not exist', s.contract_number)$$),
        ('contract_number', 'contract_number', '23514', $$s.contract_customer_id <> s.customer_id$$,
         $$format('contract %s is with another customer', s.contract_number)$$),
        ('contract_number', 'currency', '23514', $$s.contract_currency <> s.document_currency$$,
         $$format('contract %s is in %s, not in %s', s.contract_number, s.contract_currency, s.document_currency)$$),
        ('SOURCE', 'source', '23514', $$s.source_numbers > 1$$, $$'only one document can be named'$$),
        ('SOURCE', 'source', '23503', $$s.source_number IS NOT NULL AND s.source_document_id IS NULL$$,
         $$format('%s %s does not exist', replace(s.source_kind, '_', ' '), s.source_number)$$),
        ('SOURCE', 'source', '23514', $$s.source_reversed$$,
         $$format('%s %s was reversed', replace(s.source_kind, '_', ' '), s.source_number)$$),
        ('SOURCE', 'source', '23514', $$s.source_customer_id <> s.customer_id$$,
         $$format('%s %s is of another customer', replace(s.source_kind, '_', ' '), s.source_number)$$),
        ('SOURCE', 'currency', '23514', $$s.source_currency <> s.document_currency$$,
         $$format('%s %s is in %s', replace(s.source_kind, '_', ' '), s.source_number, s.source_currency)$$),
        ('SOURCE', 'KIND_date', '23514', $$s.KIND_date < s.source_date$$,
         $$format('KIND_date %s is before %s %s of %s', s.KIND_date, replace(s.source_kind, '_', ' '), s.source_number, s.source_date)$$),
        ('SETTLES', 'amount', '23514', $$s.known_id IS NULL AND s.source_applied > s.source_open$$,
         $$format('amount %s is too much: %s is open of %s %s, the rows up to this one take %s', s.amount, s.source_open,
                  replace(s.source_kind, '_', ' '), s.source_number, s.source_applied)$$)
    ) AS f (feature, field, sqlstate, broken, reason)
    WHERE f.feature = '' OR f.feature = ANY (features)
       OR f.feature = 'SOURCE' AND features && '{invoice_number,payment_number,credit_note_number,deposit_number}'
                               AND kind IN ('credit_note', 'write_off', 'interest', 'fee', 'refund')
       OR f.feature = 'SETTLES' AND kind IN ('write_off', 'refund')
                                AND features && '{invoice_number,payment_number,credit_note_number,deposit_number}'
$function$;
COMMENT ON FUNCTION ar.import_document_faults(text, text[]) IS
'What can be wrong with rows of a kind of document against the books, as SQL conditions and reasons over the row s.';

CREATE FUNCTION ar.series_faults(company_id bigint, kind text, features text[], OUT broken text, OUT reason text)
    RETURNS SETOF record
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $function$
    -- Rows that are numbered with this one may be the first that the series counts.
    SELECT format($$s.document_number ~ %L AND s.known_id IS NULL AND s.namesake_id IS NULL
                    AND (%L OR EXISTS (SELECT FROM receivables.number_counter AS c
                                       WHERE c.company_id = $1 AND c.series = %L
                                         AND s.document_number ~ ar.number_expression(%L, c.period)))$$,
                  ar.number_expression(n.pattern), 'unnumbered' = ANY (features), n.series, n.pattern),
           format($$format('%%s %%s belongs to series %%s, which gives it', %L, s.document_number, %L)$$,
                  n.kind || '_number', n.series)
    FROM receivables.number_series AS n
    WHERE n.company_id = series_faults.company_id AND n.kind = series_faults.kind
$function$;
COMMENT ON FUNCTION ar.series_faults(bigint, text, text[]) IS
'The faults of numbers that rows bring along although a series of the company gives them, once it counts their period or numbers other rows of the same import, as SQL conditions and reasons over the row s.';

CREATE FUNCTION ar.term_fits(amount numeric, base_date date, term jsonb, minor_units integer) RETURNS boolean
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM ar.instalments(amount, base_date, term, minor_units);
    RETURN true;
EXCEPTION
    WHEN invalid_parameter_value OR numeric_value_out_of_range THEN
        RETURN false;
END;
$$;
COMMENT ON FUNCTION ar.term_fits(numeric, date, jsonb, integer) IS
'Whether an amount can be split as a payment term says, with something left for each instalment.';

CREATE FUNCTION ar.instalments_are_valid(instalments jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_typeof(instalments) = 'array' AND jsonb_array_length(instalments) BETWEEN 1 AND 1000 AND NOT EXISTS (
        SELECT FROM jsonb_array_elements(CASE jsonb_typeof(instalments) WHEN 'array' THEN instalments END) AS l (line)
        WHERE jsonb_typeof(l.line) <> 'object' OR ar.parse_date(l.line ->> 'due_date') IS NULL
           OR coalesce(ar.parse_amount(l.line ->> 'amount'), 0) <= 0)
$$;
COMMENT ON FUNCTION ar.instalments_are_valid(jsonb) IS
'Whether instalments of an invoice are an array of objects with due_date (YYYY-MM-DD) and a positive amount.';

CREATE FUNCTION ar.import_application_faults(OUT field text, OUT sqlstate text, OUT broken text, OUT reason text)
    RETURNS SETOF record
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT f.field, f.sqlstate, f.broken, f.reason
    FROM (VALUES
        ($$'invoice_number'$$, '23502', 's.debits = 0', $$'invoice_number is missing'$$),
        ($$'invoice_number'$$, '23514', 's.debits > 1 OR (s.debit_kind IS NULL) <> (s.debit_number IS NULL)',
         $$'exactly one of invoice_number, and debit_kind with debit_number, is needed'$$),
        ($$s.found_debit_kind || '_number'$$, '23503', 's.found_debit_number IS NOT NULL AND s.debit_document_id IS NULL',
         $$format('%s %s does not exist', replace(s.found_debit_kind, '_', ' '), s.found_debit_number)$$),
        ($$'payment_number'$$, '23514', 's.credits <> 1 OR (s.credit_kind IS NULL) <> (s.credit_number IS NULL)',
         $$'exactly one of payment_number and credit_note_number is needed'$$),
        ($$s.found_credit_kind || '_number'$$, '23503', 's.found_credit_number IS NOT NULL AND s.credit_item_id IS NULL',
         $$format('%s %s does not exist', replace(s.found_credit_kind, '_', ' '), s.found_credit_number)$$),
        ($$'instalment'$$, '23503', 's.instalment IS NOT NULL AND s.debit_document_id IS NOT NULL AND s.debit_item_id IS NULL AND s.known_id IS NULL',
         $$format('%s %s has no instalment %s', replace(s.found_debit_kind, '_', ' '), s.found_debit_number, s.instalment)$$),
        ($$s.found_debit_kind || '_number'$$, '23514', 's.debit_customer_id <> s.credit_customer_id',
         $$format('%s %s and %s belong to different customers', replace(s.found_debit_kind, '_', ' '), s.found_debit_number,
                  s.found_credit_number)$$),
        ($$s.found_debit_kind || '_number'$$, '23514', 's.debit_currency <> s.credit_currency',
         $$format('%s %s is in %s, %s in %s', replace(s.found_debit_kind, '_', ' '), s.found_debit_number, s.debit_currency,
                  s.found_credit_number, s.credit_currency)$$),
        ($$'application_date'$$, '23514', 's.application_date < s.earliest_date',
         $$format('application_date %s is before %s, from when both documents count', s.application_date, s.earliest_date)$$),
        ($$'amount'$$, '23514', 's.known_id IS NULL AND s.debit_applied > s.debit_open',
         $$format('amount %s is too much: %s is open of %s %s from %s on, the rows up to this one apply %s', s.amount,
                  s.debit_open, replace(s.found_debit_kind, '_', ' '), s.found_debit_number, s.effective_on, s.debit_applied)$$),
        ($$'amount'$$, '23514', 's.known_id IS NULL AND s.credit_applied > s.credit_open',
         $$format('amount %s is too much: %s is open of %s %s from %s on, the rows up to this one apply %s', s.amount,
                  s.credit_open, replace(s.found_credit_kind, '_', ' '), s.found_credit_number, s.effective_on,
                  s.credit_applied)$$),
        ($$'idempotency_key'$$, '23505', 's.known_id IS NOT NULL AND NOT s.known_same',
         $$format('idempotency_key %s was used before, with other contents', s.idempotency_key)$$)
    ) AS f (field, sqlstate, broken, reason)
$function$;
COMMENT ON FUNCTION ar.import_application_faults() IS
'What can be wrong with rows of applications against the books; field is SQL here too.';

CREATE FUNCTION ar.import_fault_query(company_id bigint, kind text, source text, features text[]) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    minor_units text := CASE WHEN kind IN ('contract', 'order') OR kind = ANY (ar.document_kinds()) THEN 's.minor_units'
                             WHEN kind = 'application' THEN 's.minor_units' ELSE '$3' END;
    keys        text[] := CASE kind WHEN 'customer' THEN '{customer_number,source_key}'
                                    WHEN 'contract' THEN '{contract_number,source_key}'
                                    WHEN 'order' THEN '{order_number,source_key}'
                                    WHEN 'application' THEN '{idempotency_key}'
                                    ELSE ARRAY[kind || '_number', 'idempotency_key'] END;
    row_faults  text;
    broken      text;
BEGIN
    -- Rows without a fault, which are nearly all, are done with after one condition.
    SELECT string_agg(format('(%s, %L, %s, %s, %L, %L)', f.field, f.sqlstate, f.broken, f.reason, f.severity, f.rule),
                      E',\n' ORDER BY f.position),
           string_agg('(' || f.broken || ')', E' OR\n' ORDER BY f.position)
    INTO row_faults, broken
    FROM (SELECT x.field, x.sqlstate, replace(x.broken, 'MINOR_UNITS', minor_units) AS broken,
                 replace(x.reason, 'MINOR_UNITS', minor_units) AS reason, x.severity, x.rule, row_number() OVER () AS position
          FROM (SELECT quote_literal(f.field) AS field, f.sqlstate, f.broken, f.reason, 'error' AS severity, NULL AS rule
                FROM ar.import_field_faults(kind, features) AS f
                UNION ALL
                SELECT CASE f.field WHEN 'source' THEN $$s.source_kind || '_number'$$ ELSE quote_literal(f.field) END,
                       f.sqlstate, f.broken, f.reason, 'error', NULL
                FROM ar.import_document_faults(kind, features) AS f WHERE kind = ANY (ar.document_kinds())
                UNION ALL
                SELECT quote_literal(kind || '_number'), '23514', f.broken, f.reason, 'error', NULL
                FROM ar.series_faults(company_id, kind, features) AS f
                UNION ALL
                SELECT f.field, f.sqlstate, f.broken, f.reason, 'error', NULL
                FROM ar.import_application_faults() AS f WHERE kind = 'application'
                UNION ALL
                SELECT quote_literal(f.field), f.sqlstate, f.broken, f.reason, 'error', NULL
                FROM (VALUES
                    ('customer', 'grade', '23514', $$s.grade NOT IN ('A', 'B', 'C', 'D')$$,
                     $$format('grade "%s" is none of A, B, C, D', s.grade)$$),
                    ('customer', 'payment_term', '23503', 's.payment_term IS NOT NULL AND s.found_term IS NULL',
                     $$format('payment term %s does not exist', s.payment_term)$$),
                    ('customer', 'customer_group', '23503', 's.customer_group IS NOT NULL AND s.found_group IS NULL',
                     $$format('customer group %s does not exist', s.customer_group)$$),
                    ('customer', 'match_rule_set', '23503', 's.match_rule_set IS NOT NULL AND s.found_rules IS NULL',
                     $$format('set of match rules %s does not exist', s.match_rule_set)$$),
                    ('customer', 'dunning_policy', '23503', 's.dunning_policy IS NOT NULL AND s.found_dunning IS NULL',
                     $$format('dunning policy %s does not exist', s.dunning_policy)$$),
                    ('customer', 'interest_policy', '23503', 's.interest_policy IS NOT NULL AND s.found_interest IS NULL',
                     $$format('interest policy %s does not exist', s.interest_policy)$$),
                    ('customer', 'customer_number', '23505', 's.namesake_id <> s.known_id',
                     $$format('customer_number %s exists already, with another source_key', s.customer_number)$$),
                    ('parent', 'parent_number', '23503', 's.parent_number IS NOT NULL AND s.parent_id IS NULL AND NOT s.parent_comes',
                     $$format('customer %s does not exist', s.parent_number)$$),
                    ('parent', 'parent_number', '23514', 's.parent_number = s.customer_number', $$'a customer is not its own parent'$$),
                    ('parent', 'parent_number', '23514', 's.parent_number <> s.customer_number AND s.parent_has_parent',
                     $$format('customer %s has a parent itself', s.parent_number)$$),
                    ('parent', 'parent_number', '23514', 's.parent_number <> s.customer_number AND s.is_parent',
                     $$format('customer %s is a parent itself', s.customer_number)$$),
                    ('order', 'customer_number', '23503', 's.customer_number IS NOT NULL AND s.customer_id IS NULL',
                     $$format('customer %s does not exist', s.customer_number)$$),
                    ('order', 'order_number', '23505', 's.namesake_id <> s.known_id',
                     $$format('order_number %s exists already, with another source_key', s.order_number)$$),
                    ('order', 'customer_number', '23514', 's.known_customer_id <> s.customer_id',
                     $$format('order %s is of another customer', s.order_number)$$),
                    ('order', 'currency', '23503', 's.currency IS NOT NULL AND s.minor_units IS NULL',
                     $$format('currency %s does not exist', s.currency)$$),
                    ('order', 'exchange_rate', 'P0002', 's.minor_units IS NOT NULL AND s.rate IS NULL AND s.order_date IS NOT NULL',
                     $$format('there is no exchange rate from %s to %s on %s', s.order_currency, $4, s.order_date)$$),
                    ('order', 'exchange_rate', '23514', 's.order_currency = $4 AND s.exchange_rate <> 1',
                     $$format('exchange_rate %s for the currency of the company', s.exchange_rate)$$),
                    ('order', 'amount', '23514', $$s.amount > 0 AND s.amount < 'Infinity' AND round(s.amount * s.rate, $3) = 0$$,
                     $$format('amount %s comes to nothing in %s', s.amount, $4)$$),
                    ('order', 'deposit_amount', '23514', 's.deposit_amount > s.amount',
                     $$format('deposit_amount %s exceeds the amount %s', s.deposit_amount, s.amount)$$),
                    ('order', 'status', '23514', $$s.status NOT IN ('reserved', 'open', 'delivered', 'closed', 'cancelled')$$,
                     $$format('status "%s" is none of reserved, open, delivered, closed, cancelled', s.status)$$),
                    ('contract', 'customer_number', '23503', 's.customer_number IS NOT NULL AND s.customer_id IS NULL',
                     $$format('customer %s does not exist', s.customer_number)$$),
                    ('contract', 'currency', '23503', 's.currency IS NOT NULL AND s.minor_units IS NULL',
                     $$format('currency %s does not exist', s.currency)$$),
                    ('contract', 'contract_number', '23505', 's.namesake_id <> s.known_id',
                     $$format('contract_number %s exists already, with another source_key', s.contract_number)$$),
                    ('contract', 'ends_on', '23514', 's.ends_on < s.contract_date',
                     $$format('ends_on %s is before contract_date %s', s.ends_on, s.contract_date)$$),
                    ('contract', 'customer_number', '23514', 's.known_customer_id <> s.customer_id',
                     $$format('contract %s is with another customer', s.contract_number)$$),
                    ('contract', 'currency', '23514', 's.known_currency <> s.contract_currency',
                     $$format('contract %s is in %s', s.contract_number, s.known_currency)$$),
                    ('contract', 'amount', '23514',
                     's.given_amount AND s.amount + ar.contract_amended($1, s.known_id) < s.invoiced_amount',
                     $$format('amount %s is too little: %s is invoiced', s.amount, s.invoiced_amount)$$)
                ) AS f (kind, field, sqlstate, broken, reason)
                WHERE f.kind = import_fault_query.kind
                   OR f.kind = 'parent' AND import_fault_query.kind = 'customer' AND 'parent_number' = ANY (features)
                UNION ALL
                SELECT quote_literal(f.field), '23514', f.broken, f.reason, f.severity, f.rule
                FROM ar.rule_faults(company_id, kind, features) AS f) AS x) AS f;

    RETURN format($$
        SELECT DISTINCT s.row_number, f.field, f.sqlstate, f.reason, f.severity, f.rule
        FROM (%s) AS s
        CROSS JOIN LATERAL (VALUES %s) AS f (field, sqlstate, broken, reason, severity, rule)
        WHERE f.broken AND (%s)$$, ar.import_resolved(kind, source, features), row_faults, broken)
        || (SELECT coalesce(string_agg(format($$
        UNION ALL
        SELECT s.row_number, %1$L, '23505', format('%1$s %%s stands in row %%s too', s.%1$I, d.first_row), 'error', NULL
        FROM (SELECT s.%1$I AS key, min(s.row_number) AS first_row FROM (%2$s) AS s
              WHERE s.%1$I IS NOT NULL GROUP BY s.%1$I HAVING count(*) > 1) AS d
        JOIN (%2$s) AS s ON s.%1$I = d.key AND s.row_number <> d.first_row$$, k, source), ''), '')
            FROM unnest(keys) AS k
            WHERE k LIKE '%\_number' OR k = ANY (features))
        || format($$
        UNION ALL
        SELECT r.row_number, u.field, '42703', format('there is no field "%%s"', u.field), 'error', NULL
        FROM jsonb_array_elements($2) WITH ORDINALITY AS r (value, row_number),
             jsonb_object_keys(CASE WHEN jsonb_typeof(r.value) = 'object' THEN r.value ELSE '{}' END) AS u (field)
        WHERE u.field <> ALL (%L)
        UNION ALL
        SELECT r.row_number, NULL, '22023', 'a row must be an object', 'error', NULL
        FROM jsonb_array_elements($2) WITH ORDINALITY AS r (value, row_number)
        WHERE jsonb_typeof(r.value) <> 'object'
        ORDER BY 1, 2, 3, 4$$, ARRAY(SELECT x.field FROM ar.import_fields(kind) AS x));
END;
$function$;
COMMENT ON FUNCTION ar.import_fault_query(bigint, text, text, text[]) IS
'The query that lists the faults of rows: row_number, field, sqlstate, reason, severity, rule. Parameters as of ar.import_resolved_document.';

CREATE FUNCTION ar.contract_amended(company_id bigint, contract_id bigint) RETURNS numeric
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(sum(a.amount), 0) FROM receivables.contract_amendment AS a
    WHERE a.company_id = contract_amended.company_id AND a.contract_id = contract_amended.contract_id
$$;
COMMENT ON FUNCTION ar.contract_amended(bigint, bigint) IS 'What all amendments add to the amount of a contract.';
