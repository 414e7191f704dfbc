-- What credit grades mean --------------------------------------------------------------

CREATE FUNCTION ar.credit_grades_in_order() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    fault record;
BEGIN
    SELECT b.grade AS better, b.from_score AS better_from, w.grade AS worse, w.from_score AS worse_from INTO fault
    FROM receivables.credit_grade AS b
    JOIN receivables.credit_grade AS w ON w.company_id = b.company_id AND w.grade > b.grade AND w.from_score >= b.from_score
    WHERE b.company_id = NEW.company_id
    ORDER BY b.grade, w.grade LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'grade % begins at score %, grade % at %: a better grade begins at a higher score',
                        fault.better, fault.better_from, fault.worse, fault.worse_from
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = 'from_score',
                  HINT = 'Change the grades in one statement, or one after the other in an order that fits.';
    END IF;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION ar.credit_grades_in_order() IS
'Trigger function after a grade is written: error 23514 unless each better grade of the company begins at a higher score.';

CREATE FUNCTION ar.set_credit_grade(company_id bigint, grade text, from_score numeric, payment_term text DEFAULT NULL,
                                    maximum_limit numeric DEFAULT NULL, deposit_percent numeric DEFAULT 0) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    units integer := ar.company_minor_units(company_id);
BEGIN
    IF maximum_limit <> round(maximum_limit, units) THEN
        RAISE EXCEPTION 'limit % has more than % decimals', maximum_limit, units USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO receivables.credit_grade AS g (company_id, grade, from_score, payment_term, maximum_limit, deposit_percent)
    VALUES (set_credit_grade.company_id, set_credit_grade.grade, set_credit_grade.from_score, set_credit_grade.payment_term,
            set_credit_grade.maximum_limit, set_credit_grade.deposit_percent)
    ON CONFLICT ON CONSTRAINT credit_grade_pkey DO UPDATE
    SET from_score = EXCLUDED.from_score, payment_term = EXCLUDED.payment_term, maximum_limit = EXCLUDED.maximum_limit,
        deposit_percent = EXCLUDED.deposit_percent
    WHERE (g.from_score, g.payment_term, g.maximum_limit, g.deposit_percent)
          IS DISTINCT FROM (EXCLUDED.from_score, EXCLUDED.payment_term, EXCLUDED.maximum_limit, EXCLUDED.deposit_percent);
END;
$$;
COMMENT ON FUNCTION ar.set_credit_grade(bigint, text, numeric, text, numeric, numeric) IS
'Enters what a credit grade (A to D) means in a company, or changes it for what is to come: the lowest score of the grade, the payment term of its customers that have none of their own (null for that of the company), the highest limit in the currency of the company (null for no cap), the percent of an order that is paid before delivery. Errors: 23503 for an unknown company or term, 23514 for an unknown grade, a score that is not above that of the next worse grade, or a limit or percent out of range, 23502 without a score.';

-- The default policy: A NET60, B NET30, C NET15, D prepayment, 30 % deposit for high risk; 80, 65, 50.
CREATE FUNCTION ar.add_standard_credit_grades(company_id bigint, deposit_percent numeric DEFAULT 30,
                                              high_risk_grades text[] DEFAULT '{D}') RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    result integer;
BEGIN
    PERFORM ar.company_minor_units(company_id);
    IF NOT high_risk_grades <@ '{A,B,C,D}' OR array_position(high_risk_grades, NULL) IS NOT NULL THEN
        RAISE EXCEPTION 'grades of high risk are some of A, B, C and D, not %', high_risk_grades
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    INSERT INTO receivables.payment_term (company_id, payment_term, name, definition)
    SELECT add_standard_credit_grades.company_id, t.payment_term, t.name, t.definition
    FROM (VALUES ('NET60', '60 days net', '{"days": 60}'::jsonb), ('NET30', '30 days net', '{"days": 30}'),
                 ('NET15', '15 days net', '{"days": 15}'), ('PREPAY', 'Payment in advance', '{"prepayment": true}')) AS t (payment_term, name, definition)
    -- A term is needed for a grade that is not there yet; one of the same code stays as the company has it.
    WHERE NOT EXISTS (SELECT FROM receivables.credit_grade AS g
                      WHERE g.company_id = add_standard_credit_grades.company_id
                        AND g.grade = CASE t.payment_term WHEN 'NET60' THEN 'A' WHEN 'NET30' THEN 'B' WHEN 'NET15' THEN 'C' ELSE 'D' END)
    ON CONFLICT ON CONSTRAINT payment_term_pkey DO NOTHING;
    INSERT INTO receivables.credit_grade (company_id, grade, from_score, payment_term, maximum_limit, deposit_percent)
    SELECT add_standard_credit_grades.company_id, g.grade, g.from_score, g.payment_term, g.maximum_limit,
           CASE WHEN g.grade = ANY (high_risk_grades) THEN add_standard_credit_grades.deposit_percent ELSE 0 END
    FROM (VALUES ('A', 80, 'NET60', NULL::numeric), ('B', 65, 'NET30', NULL), ('C', 50, 'NET15', NULL), ('D', 0, 'PREPAY', 0))
        AS g (grade, from_score, payment_term, maximum_limit)
    ON CONFLICT ON CONSTRAINT credit_grade_pkey DO NOTHING;
    GET DIAGNOSTICS result = ROW_COUNT;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.add_standard_credit_grades(bigint, numeric, text[]) IS
'Enters the standard meaning of the grades that a company has none for: A from score 80, NET60; B from 65, NET30; C from 50, NET15; D below, payment in advance and a limit of 0; deposit_percent of an order before delivery for the grades of high risk, else none. Payment terms that are missing are entered, those that are there stay. Returns how many grades were entered; repeating it changes nothing. Errors: 23503 for an unknown company, 23514 for a percent out of range or where a grade that is there does not leave room, 22023 for an unknown grade.';
