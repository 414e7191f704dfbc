-- The rules that payments are matched by ---------------------------------------------

CREATE FUNCTION ar.match_methods(OUT method text, OUT description text) RETURNS SETOF record
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    VALUES ('structured_reference', 'A creditor reference with valid check digits names one item, and the amount is what is open of it.'),
           ('exact_number', 'One document is named, and the amount is what is open of it.'),
           ('remittance_advice', 'The payer lists documents with amounts that come to the payment, each within what is open of it.'),
           ('several_numbers', 'Several documents are named, credit notes among them, and together they come to the payment.'),
           ('number_less_discount', 'Documents are named, and the amount is what is open of them less a discount that was granted, or that the payer takes all the same.'),
           ('number_with_tolerance', 'Documents are named, and the amount differs from what is open of them by no more than the tolerance.'),
           ('amount', 'Exactly one item of the customer has this amount open.'),
           ('amount_less_discount', 'Exactly one item of the customer comes to this amount less its discount.'),
           ('amount_with_tolerance', 'Exactly one item of the customer comes to this amount within the tolerance.'),
           ('clear_account', 'The amount is the sum of all open items of the customer.'),
           ('clear_past_due', 'The amount is the sum of all items of the customer that are past due, and of its credits.'),
           ('past_due_by_term', 'The amount is the sum of the items past due of one payment term, and of the credits of the customer; the term with the oldest item first.'),
           ('subset_sum', 'Exactly one combination of items of the customer, credit notes among them, comes to this amount.'),
           ('number_partial', 'One document is named, and the amount is less than is open of it, or more.'),
           ('similar_number', 'No document is named, but what is written differs by one typing error from the number of exactly one.'),
           ('combined_payments', 'Several payments together come to exactly one open item.'),
           ('oldest_first', 'Whatever is due first is settled first.')
$$;
COMMENT ON FUNCTION ar.match_methods() IS
'The methods that rules of receivables.match_rule look for items by, in the order in which they are usually tried.';

CREATE FUNCTION ar.purpose_in_words(purpose text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE purpose WHEN 'application' THEN 'an application' WHEN 'write_off' THEN 'a write-off' WHEN 'bank_fee' THEN 'a bank fee'
                        WHEN 'unapplied' THEN 'money that remains' WHEN 'on_account' THEN 'money that remains'
                        ELSE 'a ' || purpose END;
COMMENT ON FUNCTION ar.purpose_in_words(text) IS
'The purpose of a line of a proposal, as messages name it.';

CREATE FUNCTION ar.match_rule_is_valid() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    fault text;
BEGIN
    IF NOT EXISTS (SELECT FROM ar.match_methods() AS m WHERE m.method = NEW.method) THEN
        RAISE EXCEPTION 'there is no method %', NEW.method
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = 'method',
                  HINT = format('The methods are %s.', (SELECT string_agg(m.method, ', ') FROM ar.match_methods() AS m));
    END IF;
    IF coalesce(array_ndims(NEW.unearned_discount_percents), 1) <> 1
        OR EXISTS (SELECT FROM unnest(NEW.unearned_discount_percents) AS p (percent)
                   WHERE (p.percent > 0 AND p.percent < 100) IS NOT TRUE)
    THEN
        fault := 'unearned_discount_percents lie between 0 and 100';
    ELSIF NEW.shortfall = 'write_off' AND NEW.write_off_limit = 0 THEN
        fault := 'a shortfall is written off up to write_off_limit, which is 0';
    ELSIF EXISTS (SELECT FROM receivables.reason_code AS r
                  WHERE r.company_id = NEW.company_id AND r.reason_code = NEW.reason_code
                    AND NEW.shortfall <> 'open' AND r.purpose <> NEW.shortfall)
    THEN
        fault := format('%s is no reason for %s', NEW.reason_code, ar.purpose_in_words(NEW.shortfall));
    END IF;
    IF fault IS NOT NULL THEN
        RAISE EXCEPTION 'rule % of set % refused: %', NEW.position, NEW.match_rule_set, fault
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION ar.match_rule_is_valid() IS
'Trigger function before a rule of receivables.match_rule is stored: error 23514 for an unknown method, for discounts that are no percentages, for a shortfall that is written off without a limit, or with a reason that is none for it.';

CREATE FUNCTION ar.reason_code_is_valid() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM '' ~* NEW.pattern;
    RETURN NEW;
EXCEPTION
    WHEN invalid_regular_expression THEN
        RAISE EXCEPTION 'pattern of reason % is no regular expression', NEW.reason_code
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = 'pattern',
                  DETAIL = SQLERRM;
END;
$$;
COMMENT ON FUNCTION ar.reason_code_is_valid() IS
'Trigger function before a reason of receivables.reason_code is stored: error 23514 for a pattern that is no regular expression.';

CREATE FUNCTION ar.standard_match_rules() RETURNS SETOF ar.match_rule
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT (r.rule).* FROM (SELECT (v.position, v.method, v.score,
            CASE WHEN v.with_tolerance THEN 5 ELSE 0 END, CASE WHEN v.with_tolerance THEN 1 ELSE 100 END,
            CASE WHEN v.with_tolerance THEN 5 ELSE 0 END, CASE WHEN v.with_tolerance THEN 1 ELSE 100 END,
            CASE WHEN v.with_discount THEN 3 ELSE 0 END, CASE WHEN v.with_discount THEN '{2,3}' ELSE '{}' END::numeric[],
            true, 'unapplied', 'open', 0, NULL, NULL, 'none', true, false)::ar.match_rule AS rule
    FROM (VALUES
        (10, 'structured_reference', 1.00, false, false),
        (20, 'exact_number', 0.98, false, false),
        (30, 'remittance_advice', 0.97, false, true),
        (40, 'several_numbers', 0.95, false, false),
        (50, 'number_less_discount', 0.92, false, true),
        (60, 'number_with_tolerance', 0.85, true, false),
        (70, 'amount', 0.90, false, false),
        (80, 'amount_less_discount', 0.92, false, true),
        (90, 'amount_with_tolerance', 0.85, true, false),
        (100, 'clear_account', 0.90, false, false),
        (110, 'clear_past_due', 0.90, false, false),
        (120, 'subset_sum', 0.90, false, false),
        (140, 'number_partial', 0.90, false, false),
        (150, 'similar_number', 0.70, false, false),
        (160, 'combined_payments', 0.75, false, false)
    ) AS v (position, method, score, with_tolerance, with_discount)
    ORDER BY v.position OFFSET 0) AS r;
END;
$$;
COMMENT ON FUNCTION ar.standard_match_rules() IS
'The rules of companies that have no set of their own: tolerances of 5 and 1 percent, whichever is less, of which nothing is written off; 3 days of grace for discounts; the account is cleared without discounts, with interest and fees, without what is disputed. Rules past_due_by_term and oldest_first are not among them.';

CREATE FUNCTION ar.add_standard_match_rules(company_id bigint, match_rule_set text, name text) RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    result integer;
BEGIN
    PERFORM ar.company_minor_units(company_id);
    INSERT INTO receivables.match_rule_set (company_id, match_rule_set, name)
    VALUES (add_standard_match_rules.company_id, add_standard_match_rules.match_rule_set, add_standard_match_rules.name);
    INSERT INTO receivables.match_rule (company_id, match_rule_set, position, method, score, tolerance_under,
                                        tolerance_under_percent, tolerance_over, tolerance_over_percent,
                                        discount_grace_days, unearned_discount_percents, partial_allowed, remainder,
                                        shortfall, write_off_limit, reason_code, max_items, account_discounts,
                                        include_charges, include_disputed)
    SELECT add_standard_match_rules.company_id, add_standard_match_rules.match_rule_set, r.position, r.method, r.score::numeric,
           r.tolerance_under, r.tolerance_under_percent, r.tolerance_over, r.tolerance_over_percent, r.discount_grace_days,
           r.unearned_discount_percents, r.partial_allowed, r.remainder, r.shortfall, r.write_off_limit, r.reason_code,
           r.max_items, r.account_discounts, r.include_charges, r.include_disputed
    FROM ar.standard_match_rules() AS r;
    GET DIAGNOSTICS result = ROW_COUNT;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.add_standard_match_rules(bigint, text, text) IS
'Enters a set of rules that is a copy of the standard ones, to be changed in receivables.match_rule and given to customers, groups or the company. Returns the number of its rules. Errors: 23503 for an unknown company, 23505 for a set that is there.';

CREATE FUNCTION ar.match_rule_sets(company_id bigint, OUT match_rule_set text, OUT rules ar.match_rule[],
                                   OUT auto_apply_score numeric, OUT auto_apply_margin numeric)
    RETURNS SETOF record
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT s.match_rule_set,
           ARRAY(SELECT (r.position, r.method, r.score, r.tolerance_under, r.tolerance_under_percent, r.tolerance_over,
                         r.tolerance_over_percent, r.discount_grace_days, r.unearned_discount_percents, r.partial_allowed,
                         r.remainder, r.shortfall, r.write_off_limit, r.reason_code, r.max_items, r.account_discounts,
                         r.include_charges, r.include_disputed)::ar.match_rule
                 FROM receivables.match_rule AS r
                 WHERE r.company_id = s.company_id AND r.match_rule_set = s.match_rule_set
                 ORDER BY r.position),
           s.auto_apply_score, s.auto_apply_margin
    FROM receivables.match_rule_set AS s
    WHERE s.company_id = match_rule_sets.company_id
    UNION ALL
    SELECT NULL, ARRAY(SELECT r FROM ar.standard_match_rules() AS r), 0.90, 0.10;
END;
$$;
COMMENT ON FUNCTION ar.match_rule_sets(bigint) IS
'The sets of rules of a company, each with its rules in order and from which score and margin on they are applied automatically; and with null for its code the standard rules. Joined with the view receivables.customer_match_rule_set it gives the rules of many customers at once.';

CREATE FUNCTION ar.match_rules_for(company_id bigint, customer_id bigint, OUT rules ar.match_rule[],
                                   OUT auto_apply_score numeric, OUT auto_apply_margin numeric)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM ar.company_minor_units(company_id);
    SELECT s.rules, s.auto_apply_score, s.auto_apply_margin INTO rules, auto_apply_score, auto_apply_margin
    FROM receivables.customer_match_rule_set AS c
    JOIN ar.match_rule_sets(match_rules_for.company_id) AS s ON s.match_rule_set IS NOT DISTINCT FROM c.match_rule_set
    WHERE c.company_id = match_rules_for.company_id AND c.customer_id = match_rules_for.customer_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'customer % does not exist', coalesce(customer_id::text, 'null') USING ERRCODE = 'foreign_key_violation';
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.match_rules_for(bigint, bigint) IS
'The rules that payments of a customer are matched by, in order: those of the customer, else of its group, else of the company, else the standard ones; and from which score and margin on they are applied automatically. Error 23503 for an unknown company or customer.';

CREATE FUNCTION ar.find_reason_code(company_id bigint, purpose text, text text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.reason_code
    FROM receivables.reason_code AS r
    WHERE r.company_id = find_reason_code.company_id AND r.purpose = find_reason_code.purpose
      AND find_reason_code.text ~* r.pattern
    ORDER BY r.reason_code LIMIT 1
$$;
COMMENT ON FUNCTION ar.find_reason_code(bigint, text, text) IS
'The reason for a difference of a purpose (discount, bank_fee, write_off or deduction) that a text gives: the first, by code, whose pattern it matches; null for none.';

CREATE FUNCTION ar.difference_reason(company_id bigint, purpose text, note text, written text, given text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(
        ar.find_reason_code(difference_reason.company_id, difference_reason.purpose, difference_reason.note),
        ar.find_reason_code(difference_reason.company_id, difference_reason.purpose, difference_reason.written),
        (SELECT r.reason_code FROM receivables.reason_code AS r
         WHERE r.company_id = difference_reason.company_id AND r.reason_code = difference_reason.given
           AND r.purpose = difference_reason.purpose),
        -- What is kept back for a reason that is told by its words is not for another that was not told.
        (SELECT CASE WHEN count(*) FILTER (WHERE r.pattern IS NULL) = 1 THEN min(r.reason_code) FILTER (WHERE r.pattern IS NULL)
                     WHEN count(*) = 1 AND difference_reason.purpose <> 'deduction' THEN min(r.reason_code) END
         FROM receivables.reason_code AS r
         WHERE r.company_id = difference_reason.company_id AND r.purpose = difference_reason.purpose))
$$;
COMMENT ON FUNCTION ar.difference_reason(bigint, text, text, text, text) IS
'The reason that ar.propose gives a difference of a purpose (discount, bank_fee, write_off or deduction): as ar.find_reason_code finds it in the note of its line, else in all that was written with the money; else the one that is given, by a rule, if it is one for the purpose; else the only one for the purpose that has no pattern, or, but for a deduction, the only one for it at all. Null for none.';
