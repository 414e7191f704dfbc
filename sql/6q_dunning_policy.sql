-- The policies that customers are dunned by ------------------------------------------

CREATE FUNCTION ar.standard_dunning_steps(OUT level smallint, OUT offset_days integer, OUT name text, OUT actions jsonb)
    RETURNS SETOF record
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.level::smallint, s.offset_days, s.name, s.actions::jsonb
    FROM (VALUES
        (1, -7, 'due in a week', '[["message", "customer", "email", "upcoming"]]'),
        (2, -3, 'due in three days', '[["message", "customer", "email", "upcoming"]]'),
        (3, 0, 'due today', '[["message", "customer", "email", "due_today"]]'),
        (4, 1, 'overdue', '[["message", "customer", "email", "reminder"], ["task", "collector", "phone", null]]'),
        (5, 15, 'second reminder, to the sales manager',
         '[["message", "customer", "email", "second_reminder"], ["escalation", "sales_manager", "email", "escalation"]]'),
        (6, 30, 'final demand, to the CFO',
         '[["message", "customer", "letter", "final_demand"], ["escalation", "cfo", "email", "escalation"]]'),
        (7, 90, 'legal action or bad debt', '[["proposal", "legal", "email", "legal_proposal"]]'))
        AS s (level, offset_days, name, actions)
$$;
COMMENT ON FUNCTION ar.standard_dunning_steps() IS
'The steps of the standard dunning policy: reminders 7 and 3 days before the due date and on the day, to the collector from the first day after it, to the sales manager after 15, to the CFO after 30, a proposal of legal action or bad debt after 90. actions lists action, audience, channel and template.';

CREATE FUNCTION ar.add_standard_dunning_policy(company_id bigint, dunning_policy text DEFAULT 'standard',
                                               valid_from date DEFAULT '-infinity') RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    new_version integer;
BEGIN
    PERFORM ar.add_standard_templates(company_id);
    INSERT INTO receivables.dunning_policy (company_id, dunning_policy, name)
    VALUES (add_standard_dunning_policy.company_id, add_standard_dunning_policy.dunning_policy, 'Standard')
    ON CONFLICT DO NOTHING;
    SELECT coalesce(max(v.version), 0) + 1 INTO new_version
    FROM receivables.dunning_policy_version AS v
    WHERE v.company_id = add_standard_dunning_policy.company_id AND v.dunning_policy = add_standard_dunning_policy.dunning_policy;
    INSERT INTO receivables.dunning_policy_version (company_id, dunning_policy, version, valid_from)
    VALUES (add_standard_dunning_policy.company_id, add_standard_dunning_policy.dunning_policy, new_version,
            add_standard_dunning_policy.valid_from);
    INSERT INTO receivables.dunning_step (company_id, dunning_policy, version, level, offset_days, name)
    SELECT add_standard_dunning_policy.company_id, add_standard_dunning_policy.dunning_policy, new_version,
           s.level, s.offset_days, s.name
    FROM ar.standard_dunning_steps() AS s;
    INSERT INTO receivables.dunning_action (company_id, dunning_policy, version, level, action_number, action, audience, channel, template)
    SELECT add_standard_dunning_policy.company_id, add_standard_dunning_policy.dunning_policy, new_version,
           s.level, a.number, a.action ->> 0, a.action ->> 1, a.action ->> 2, a.action ->> 3
    FROM ar.standard_dunning_steps() AS s
    CROSS JOIN LATERAL jsonb_array_elements(s.actions) WITH ORDINALITY AS a (action, number);
    RETURN new_version;
END;
$$;
COMMENT ON FUNCTION ar.add_standard_dunning_policy(bigint, text, date) IS
'Adds the standard policy to a company, with the standard texts where it has none, under a name, or as the next version of the policy of that name, from a day on; returns the version. Customers are dunned by it once they, their group, their grade or the company name it in dunning_policy. Errors: 23503 for an unknown company, 23505 where a version counts from that day already.';

CREATE FUNCTION ar.dunning_policies(company_id bigint, as_of date,
                                    OUT dunning_policy text, OUT version integer, OUT offsets integer[], OUT levels integer[],
                                    OUT step_minimums numeric[], OUT minimum_amount numeric, OUT minimum_interval_days integer,
                                    OUT may_skip_steps boolean)
    RETURNS SETOF record
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 5 SET search_path = pg_catalog, pg_temp AS $$
    SELECT v.dunning_policy, v.version, s.offsets, s.levels, s.minimums, v.minimum_amount, v.minimum_interval_days, v.may_skip_steps
    FROM (SELECT DISTINCT ON (v.dunning_policy) v.*
          FROM receivables.dunning_policy_version AS v
          WHERE v.company_id = dunning_policies.company_id AND v.valid_from <= dunning_policies.as_of
          ORDER BY v.dunning_policy, v.valid_from DESC) AS v
    CROSS JOIN LATERAL (
        SELECT array_agg(s.offset_days ORDER BY s.offset_days) AS offsets,
               array_agg(s.level::integer ORDER BY s.offset_days) AS levels,
               array_agg(s.minimum_amount ORDER BY s.offset_days) AS minimums
        FROM receivables.dunning_step AS s
        WHERE s.company_id = v.company_id AND s.dunning_policy = v.dunning_policy AND s.version = v.version) AS s
    WHERE s.offsets IS NOT NULL
$$;
COMMENT ON FUNCTION ar.dunning_policies(bigint, date) IS
'The version of each dunning policy of a company that counts on a day, its steps as arrays in the order of their days.';

CREATE FUNCTION ar.dunning_policy_is_valid() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    other record;
BEGIN
    SELECT s.level, s.offset_days INTO other
    FROM receivables.dunning_step AS s
    WHERE s.company_id = NEW.company_id AND s.dunning_policy = NEW.dunning_policy AND s.version = NEW.version
      AND s.level <> NEW.level AND (s.level < NEW.level) <> (s.offset_days < NEW.offset_days)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'level % of dunning policy % at day % does not follow level % at day %',
                        NEW.level, NEW.dunning_policy, NEW.offset_days, other.level, other.offset_days
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                  DETAIL = 'Higher levels have later days.';
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION ar.dunning_policy_is_valid() IS
'Trigger function before a step of receivables.dunning_step is stored: error 23514 where its day does not come after those of lower levels.';

CREATE FUNCTION ar.dunning_version_is_unused() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    followed record;
BEGIN
    -- The version it is in, and the one it comes to.
    SELECT v.dunning_policy, v.version INTO followed
    FROM (VALUES (OLD.company_id, OLD.dunning_policy, OLD.version), (NEW.company_id, NEW.dunning_policy, NEW.version)) AS v (company_id, dunning_policy, version)
    WHERE EXISTS (SELECT FROM receivables.dunning_notice AS n
                  WHERE n.company_id = v.company_id AND n.dunning_policy = v.dunning_policy AND n.version = v.version)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'version % of dunning policy % was followed already', followed.version, followed.dunning_policy
            USING ERRCODE = 'restrict_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                  HINT = 'Add another version, valid from a later day.';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END;
$$;
COMMENT ON FUNCTION ar.dunning_version_is_unused() IS
'Trigger function before a version of a dunning policy is changed or removed, or a step or action of it entered, changed or removed: error 23001 where a notice followed it.';
