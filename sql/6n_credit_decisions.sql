-- Deciding on grades and limits by hand ------------------------------------------------

CREATE FUNCTION ar.refuse_decided_credit() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'a decision is entered applied, proposed or unchanged, by who enters it'
        USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
              HINT = 'Leave proposed_by and what follows out; a proposal is decided with ar.approve_credit or ar.reject_credit.';
END;
$$;
COMMENT ON FUNCTION ar.refuse_decided_credit() IS
'Trigger function: refuses a decision on credit that claims to be approved, or a forged author of it, with error 23514.';

CREATE FUNCTION ar.decide_credit_once() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.status = 'proposed' AND NEW.status IN ('approved', 'rejected') THEN
        NEW.decided_at := clock_timestamp();
        NEW.decided_by := coalesce(nullif(current_setting('ar.application_user', true), ''), session_user);
    ELSIF OLD.status IN ('applied', 'approved') AND NEW.status = 'reversed' THEN
        NEW.effective_on := OLD.effective_on;
        NEW.decided_at := OLD.decided_at;
        NEW.decided_by := OLD.decided_by;
    ELSE
        RAISE EXCEPTION 'credit decision % is %: it cannot become %', OLD.credit_decision_id, OLD.status, coalesce(NEW.status, 'null')
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = 'status',
                  HINT = 'A proposal is decided once: ar.approve_credit, ar.reject_credit; what counts is undone with ar.reverse_credit.';
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION ar.decide_credit_once() IS
'Trigger function before a decision on credit is decided: writes when and by whom (the setting ar.application_user, else the role). From proposed it becomes approved or rejected, from applied or approved reversed; anything else is error 23514.';

CREATE FUNCTION ar.may_decide_credit(company_id bigint, grade text, credit_limit numeric) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT pg_has_role((SELECT c.relowner FROM pg_class AS c WHERE c.oid = 'receivables.company'::regclass), 'USAGE')
        OR CASE WHEN EXISTS (SELECT FROM receivables.credit_authority AS a WHERE a.company_id = may_decide_credit.company_id)
                THEN EXISTS (SELECT FROM receivables.credit_authority AS a
                             WHERE a.company_id = may_decide_credit.company_id
                               AND pg_has_role(to_regrole(quote_ident(a.role_name)), 'USAGE')
                               AND (a.maximum_limit IS NULL OR coalesce(credit_limit <= a.maximum_limit, false))
                               AND (grade IS NULL OR grade >= a.best_grade))
                ELSE EXISTS (SELECT FROM receivables.access AS a
                             WHERE a.preset IN ('approver', 'manager', 'admin')
                               AND (a.company_id IS NULL OR a.company_id = may_decide_credit.company_id)
                               AND pg_has_role(to_regrole(quote_ident(a.role_name)), 'USAGE')) END
$$;
COMMENT ON FUNCTION ar.may_decide_credit(bigint, text, numeric) IS
'Whether the current role may give a customer of a company this grade and this credit limit: the owner of the books; members of a role that receivables.credit_authority names, up to its limit and grade (no limit, null, only without a bound); where the company names none, roles with access as approver, manager or admin.';

CREATE FUNCTION ar.require_credit_authority(company_id bigint, grade text, credit_limit numeric) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT ar.may_decide_credit(company_id, grade, credit_limit) THEN
        RAISE EXCEPTION 'no authority to give grade % with limit %', coalesce(grade, 'none'), coalesce(credit_limit::text, 'none')
            USING ERRCODE = 'insufficient_privilege', HINT = 'Ask somebody whom receivables.credit_authority lets go so far.';
    END IF;
END;
$$;
COMMENT ON FUNCTION ar.require_credit_authority(bigint, text, numeric) IS
'Error 42501 unless the current role may give this grade and limit, as ar.may_decide_credit says.';

-- The decision, then its customer, so that nobody decides on either meanwhile.
CREATE FUNCTION ar.lock_credit_decision(company_id bigint, credit_decision_id bigint, verb text, wanted text[],
                                        OUT decision jsonb, OUT grade text, OUT credit_limit numeric)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM ar.company_minor_units(company_id);
    PERFORM FROM receivables.company AS c WHERE c.company_id = lock_credit_decision.company_id FOR SHARE;
    SELECT to_jsonb(d) INTO decision
    FROM receivables.credit_decision AS d
    WHERE d.company_id = lock_credit_decision.company_id AND d.credit_decision_id = lock_credit_decision.credit_decision_id
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no credit decision %', coalesce(credit_decision_id::text, 'null') USING ERRCODE = 'no_data_found';
    ELSIF decision ->> 'status' <> ALL (wanted) THEN
        RAISE EXCEPTION 'credit decision % cannot be %: it is %', credit_decision_id, verb, decision ->> 'status'
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = CASE WHEN verb <> 'reversed' AND decision ->> 'status' IN ('applied', 'approved')
                              THEN 'Undo it with ar.reverse_credit.' ELSE '' END;
    END IF;
    SELECT c.grade, c.credit_limit INTO grade, credit_limit
    FROM receivables.customer AS c
    WHERE c.company_id = lock_credit_decision.company_id AND c.customer_id = (decision ->> 'customer_id')::bigint
    FOR NO KEY UPDATE;
END;
$$;
COMMENT ON FUNCTION ar.lock_credit_decision(bigint, bigint, text, text[]) IS
'Locks a decision on credit and its customer until the end of the transaction, and returns the decision and the grade and limit the customer has. Errors: P0002 for no such decision, 55000 where its status is none of those wanted.';

CREATE FUNCTION ar.approve_credit(company_id bigint, credit_decision_id bigint, note text DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    locked record;
    d      record;
    later  bigint;
BEGIN
    SELECT * INTO locked FROM ar.lock_credit_decision(company_id, credit_decision_id, 'approved', '{proposed}');
    SELECT * INTO d FROM receivables.credit_decision AS x
    WHERE x.company_id = approve_credit.company_id AND x.credit_decision_id = approve_credit.credit_decision_id;
    SELECT max(x.credit_decision_id) INTO later FROM receivables.credit_decision AS x
    WHERE x.company_id = d.company_id AND x.customer_id = d.customer_id AND x.credit_decision_id > d.credit_decision_id;
    IF later IS NOT NULL THEN
        RAISE EXCEPTION 'credit decision % cannot be approved: decision % on the customer is later', credit_decision_id, later
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'What waits for approval is in receivables.credit_proposal.';
    ELSIF (locked.grade, locked.credit_limit) IS DISTINCT FROM (d.old_grade, d.old_limit) THEN
        RAISE EXCEPTION 'credit decision % cannot be approved: the customer has been changed since', credit_decision_id
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = format('It had grade %s and limit %s, now it has grade %s and limit %s.', coalesce(d.old_grade, 'none'),
                                  coalesce(d.old_limit::text, 'none'), coalesce(locked.grade, 'none'),
                                  coalesce(locked.credit_limit::text, 'none')),
                  HINT = 'Reject it, and review the customer again or set its credit with ar.set_credit.';
    END IF;
    PERFORM ar.require_credit_authority(company_id, d.new_grade, d.new_limit);
    IF (ar.credit_review_policy(company_id) ->> 'four_eyes')::boolean
       AND d.proposed_by = coalesce(nullif(current_setting('ar.application_user', true), ''), session_user)
    THEN
        RAISE EXCEPTION 'credit decision % is approved by somebody else than %, who proposed it', credit_decision_id, d.proposed_by
            USING ERRCODE = 'insufficient_privilege', HINT = 'The setting four_eyes of the credit policy asks for it.';
    END IF;
    UPDATE receivables.credit_decision AS x
    SET status = 'approved', decision_note = nullif(btrim(note), ''),
        effective_on = greatest(x.as_of, ar.as_of(), (SELECT max(l.effective_on) FROM receivables.credit_decision AS l
                                                      WHERE l.company_id = d.company_id AND l.customer_id = d.customer_id))
    WHERE x.company_id = d.company_id AND x.credit_decision_id = d.credit_decision_id;
    UPDATE receivables.customer AS c SET grade = d.new_grade, credit_limit = d.new_limit
    WHERE c.company_id = d.company_id AND c.customer_id = d.customer_id;
END;
$$;
COMMENT ON FUNCTION ar.approve_credit(bigint, bigint, text) IS
'Approves a proposed change of grade and limit, which counts from ar.as_of() on. Errors: P0002 for no such decision, 55000 where it is decided already, where a later decision or another change of the customer came since, 42501 without the authority for that grade and limit, or for who proposed it where the policy wants four eyes.';

CREATE FUNCTION ar.reject_credit(company_id bigint, credit_decision_id bigint, note text DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM ar.lock_credit_decision(company_id, credit_decision_id, 'rejected', '{proposed}');
    UPDATE receivables.credit_decision AS x
    SET status = 'rejected', decision_note = nullif(btrim(note), '')
    WHERE x.company_id = reject_credit.company_id AND x.credit_decision_id = reject_credit.credit_decision_id;
END;
$$;
COMMENT ON FUNCTION ar.reject_credit(bigint, bigint, text) IS
'Rejects a proposed change of grade and limit: both stay, until the next review. Errors: P0002 for no such decision, 55000 where it is decided already.';

CREATE FUNCTION ar.reverse_credit(company_id bigint, credit_decision_id bigint, effective_on date, reason text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    locked record;
    d      record;
    latest date;
    result bigint;
BEGIN
    SELECT * INTO locked FROM ar.lock_credit_decision(company_id, credit_decision_id, 'reversed', '{applied,approved}');
    SELECT * INTO d FROM receivables.credit_decision AS x
    WHERE x.company_id = reverse_credit.company_id AND x.credit_decision_id = reverse_credit.credit_decision_id;
    SELECT max(x.effective_on) INTO latest FROM receivables.credit_decision AS x
    WHERE x.company_id = d.company_id AND x.customer_id = d.customer_id;
    IF btrim(coalesce(reason, '')) = '' THEN
        RAISE EXCEPTION 'a reversal needs a reason' USING ERRCODE = 'check_violation';
    ELSIF d.reverses_credit_decision_id IS NOT NULL THEN
        RAISE EXCEPTION 'credit decision % is a reversal itself', credit_decision_id
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Set the credit anew with ar.set_credit.';
    ELSIF effective_on < latest THEN
        RAISE EXCEPTION 'a reversal on % is before the last change of the customer, on %', effective_on, latest
            USING ERRCODE = 'check_violation';
    ELSIF (locked.grade, locked.credit_limit) IS DISTINCT FROM (d.new_grade, d.new_limit) THEN
        RAISE EXCEPTION 'credit decision % cannot be reversed: the customer has been changed since', credit_decision_id
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'Reverse the later decision first, or set the credit anew with ar.set_credit.';
    END IF;
    PERFORM ar.require_credit_authority(company_id, d.old_grade, d.old_limit);
    IF (ar.credit_review_policy(company_id) ->> 'four_eyes')::boolean
       AND (d.old_grade < d.new_grade OR coalesce(d.old_limit > d.new_limit, d.new_limit IS NOT NULL))
       AND coalesce(d.decided_by, d.proposed_by) = coalesce(nullif(current_setting('ar.application_user', true), ''), session_user)
    THEN
        RAISE EXCEPTION 'credit decision % is reversed by somebody else than %, who decided it', credit_decision_id,
                        coalesce(d.decided_by, d.proposed_by)
            USING ERRCODE = 'insufficient_privilege', HINT = 'The setting four_eyes of the credit policy asks for it.';
    END IF;
    INSERT INTO receivables.credit_decision AS x (company_id, customer_id, as_of, status, old_grade, new_grade, old_limit, new_limit,
                                                  limit_rule, reasons, reverses_credit_decision_id, effective_on)
    VALUES (d.company_id, d.customer_id, reverse_credit.effective_on, 'applied', d.new_grade, d.old_grade, d.new_limit, d.old_limit,
            'reversal', ARRAY[btrim(reason)], d.credit_decision_id, reverse_credit.effective_on)
    RETURNING x.credit_decision_id INTO result;
    UPDATE receivables.credit_decision AS x SET status = 'reversed', decision_note = btrim(reason)
    WHERE x.company_id = d.company_id AND x.credit_decision_id = d.credit_decision_id;
    UPDATE receivables.customer AS c SET grade = d.old_grade, credit_limit = d.old_limit
    WHERE c.company_id = d.company_id AND c.customer_id = d.customer_id;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.reverse_credit(bigint, bigint, date, text) IS
'Undoes a decision on credit from effective_on on, with a reason: the customer has the grade and limit of before again. What was decided stays known. Returns the credit_decision_id of the reversal. Errors: P0002 for no such decision, 55000 where it does not count (any more), is a reversal, or the customer was changed since, 23514 without a reason or for a day before its last change, 23502 without a day, 42501 without the authority for what is restored, or for who decided it where more credit is restored and the policy wants four eyes.';

CREATE FUNCTION ar.set_credit(company_id bigint, customer_number text, grade text, credit_limit numeric, reason text,
                              effective_on date DEFAULT ar.as_of(), valid_until date DEFAULT NULL) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    units    integer := ar.company_minor_units(company_id);
    customer record;
    latest   date;
    applies  boolean;
    result   bigint;
BEGIN
    PERFORM FROM receivables.company AS c WHERE c.company_id = set_credit.company_id FOR SHARE;
    SELECT c.customer_id, c.grade, c.credit_limit INTO customer
    FROM receivables.customer AS c
    WHERE c.company_id = set_credit.company_id AND c.customer_number = btrim(set_credit.customer_number)
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'customer % does not exist', coalesce(customer_number, 'null') USING ERRCODE = 'foreign_key_violation';
    ELSIF btrim(coalesce(reason, '')) = '' THEN
        RAISE EXCEPTION 'a change of credit needs a reason' USING ERRCODE = 'check_violation';
    ELSIF credit_limit <> round(credit_limit, units) THEN
        RAISE EXCEPTION 'limit % has more than % decimals', credit_limit, units USING ERRCODE = 'check_violation';
    ELSIF valid_until < effective_on THEN
        RAISE EXCEPTION 'valid_until % is before effective_on %', valid_until, effective_on USING ERRCODE = 'check_violation';
    ELSIF (customer.grade, customer.credit_limit) IS NOT DISTINCT FROM (set_credit.grade, set_credit.credit_limit)
          AND valid_until IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT max(d.effective_on) INTO latest
    FROM receivables.credit_decision AS d
    WHERE d.company_id = set_credit.company_id AND d.customer_id = customer.customer_id;
    IF effective_on < latest OR effective_on > greatest(current_date, ar.as_of()) THEN
        RAISE EXCEPTION 'effective_on % is %', effective_on,
                        CASE WHEN effective_on < latest THEN 'before the last change of the customer, on ' || latest ELSE 'still to come' END
            USING ERRCODE = 'check_violation';
    END IF;
    -- More credit takes a second person where the policy says so; without authority anything takes one.
    applies := ar.may_decide_credit(company_id, grade, credit_limit)
               AND NOT ((ar.credit_review_policy(company_id) ->> 'four_eyes')::boolean
                        AND (coalesce(set_credit.grade < customer.grade, false)
                             OR coalesce(set_credit.credit_limit > customer.credit_limit,
                                         (set_credit.credit_limit IS NULL) <> (customer.credit_limit IS NULL)
                                         AND coalesce(set_credit.credit_limit, 1) > 0)));
    INSERT INTO receivables.credit_decision AS d (company_id, customer_id, as_of, status, old_grade, new_grade, old_limit, new_limit,
                                                  limit_rule, reasons, valid_until, effective_on)
    VALUES (set_credit.company_id, customer.customer_id, set_credit.effective_on, CASE WHEN applies THEN 'applied' ELSE 'proposed' END,
            customer.grade, set_credit.grade, customer.credit_limit, round(set_credit.credit_limit, units), 'manual',
            ARRAY[btrim(reason)], set_credit.valid_until, CASE WHEN applies THEN set_credit.effective_on END)
    RETURNING d.credit_decision_id INTO result;
    IF applies THEN
        UPDATE receivables.customer AS c SET grade = set_credit.grade, credit_limit = round(set_credit.credit_limit, units)
        WHERE c.company_id = set_credit.company_id AND c.customer_id = customer.customer_id;
    END IF;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION ar.set_credit(bigint, text, text, numeric, text, date, date) IS
'Gives a customer a grade and a credit limit (null for none) by hand, from effective_on on, with a reason. It counts at once where the current role has the authority and, for more credit than before, the policy does not want four eyes; else it waits as proposed for ar.approve_credit. Reviews leave the customer alone through valid_until; null for until the next review. Returns credit_decision_id, null where nothing would change. Errors: 23503 for an unknown company or customer, 23502 without a day, 23514 without a reason, for an unknown grade, a limit that is negative or has too many decimals, a day to come or before the last change of the customer, and valid_until before effective_on.';
