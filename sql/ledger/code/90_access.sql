
    -- Row-level security. Last, as it covers whatever tables and views there are by now.
    DECLARE
        -- One look at access for a whole query; under its own policy, that shows what the role has.
        of_companies CONSTANT text := $policy$
            (company_id = ANY (ARRAY(SELECT a.company_id FROM receivables.access AS a WHERE a.preset = ANY (%1$L::text[])))
             OR EXISTS (SELECT FROM receivables.access AS a WHERE a.company_id IS NULL AND a.preset = ANY (%1$L::text[])))$policy$;
        secured    record;
        visible    text;
        no_company text;
        writable   text;
        name       text;
    BEGIN
        FOR secured IN
            SELECT t.table_name AS name, p.*
            FROM ar.secured_tables() AS t
            CROSS JOIN LATERAL (
                SELECT array_agg(p.preset) FILTER (WHERE p.privilege = 'SELECT') AS readers,
                       array_agg(p.preset) FILTER (WHERE p.privilege = 'INSERT') AS inserters,
                       array_agg(p.preset) FILTER (WHERE p.privilege = 'UPDATE') AS updaters,
                       array_agg(p.preset) FILTER (WHERE p.privilege = 'DELETE') AS deleters,
                       array_agg(p.preset) FILTER (WHERE p.privilege = 'LOCK') AS lockers
                FROM ar.access_privileges() AS p WHERE p.table_name = t.table_name) AS p
        LOOP
            visible := CASE
                WHEN secured.name = 'access' THEN $policy$pg_has_role(to_regrole(quote_ident(role_name)), 'USAGE')$policy$
                -- What a company is and how it works, those who see some of its customers see too.
                WHEN secured.name IN ('company', 'payment_term', 'period_closing')
                THEN format(of_companies, ar.access_presets())
                ELSE format(of_companies, coalesce(secured.readers, array_remove(ar.access_presets(), 'sales')))
            END;
            -- Changes of calendars are of no company.
            no_company := CASE secured.name WHEN 'change_log' THEN 'company_id IS NULL OR ' ELSE '' END;
            EXECUTE format('ALTER TABLE receivables.%I ENABLE ROW LEVEL SECURITY', secured.name);
            FOREACH name IN ARRAY '{ar_select,ar_insert,ar_update,ar_delete}'::text[] LOOP
                EXECUTE format('DROP POLICY IF EXISTS %I ON receivables.%I', name, secured.name);
            END LOOP;
            EXECUTE format('CREATE POLICY ar_select ON receivables.%I FOR SELECT USING (%s)', secured.name, no_company || visible);
            IF secured.inserters IS NOT NULL THEN
                EXECUTE format('CREATE POLICY ar_insert ON receivables.%I FOR INSERT WITH CHECK (%s)', secured.name,
                               no_company || format(of_companies, secured.inserters));
            END IF;
            IF secured.updaters IS NOT NULL THEN
                writable := format(of_companies, secured.updaters);
                -- Some lock what they may not change; whoever posts, a company that he may only see, to be told so.
                EXECUTE format('CREATE POLICY ar_update ON receivables.%I FOR UPDATE USING (%s) WITH CHECK (%s)', secured.name,
                               CASE WHEN secured.name = 'company' THEN visible
                                    ELSE format(of_companies, secured.updaters || secured.lockers) END, writable);
            END IF;
            IF secured.deleters IS NOT NULL THEN
                EXECUTE format('CREATE POLICY ar_delete ON receivables.%I FOR DELETE USING (%s)', secured.name,
                               format(of_companies, secured.deleters));
            END IF;
        END LOOP;
        PERFORM ar.show_own_customers();
    END;

    -- With the rights of the owner, as row-level security shows a role its own rows of access only.
    CREATE OR REPLACE VIEW receivables.granted_access WITH (security_barrier = true) AS
    SELECT a.access_id, a.role_name, a.preset, a.company_id, a.salesperson, a.department, a.granted_at, a.granted_by
    FROM receivables.access AS a
    WHERE EXISTS (
        SELECT FROM receivables.access AS own
        WHERE own.preset IN ('auditor', 'admin') AND pg_has_role(to_regrole(quote_ident(own.role_name)), 'USAGE')
          AND (own.company_id IS NULL OR a.company_id IS NULL OR own.company_id = a.company_id));
    COMMENT ON VIEW receivables.granted_access IS 'Who may see and do what, for auditors and admins of the company.';
    COMMENT ON COLUMN receivables.granted_access.access_id IS 'Identifies the row.';
    COMMENT ON COLUMN receivables.granted_access.role_name IS 'The database role.';
    COMMENT ON COLUMN receivables.granted_access.preset IS 'What it may do.';
    COMMENT ON COLUMN receivables.granted_access.company_id IS 'In which company; null for all.';
    COMMENT ON COLUMN receivables.granted_access.salesperson IS 'For sales: only customers of this salesperson; null for any.';
    COMMENT ON COLUMN receivables.granted_access.department IS 'For sales: only customers of this department; null for any.';
    COMMENT ON COLUMN receivables.granted_access.granted_at IS 'When it was granted.';
    COMMENT ON COLUMN receivables.granted_access.granted_by IS 'Who granted it.';

    -- Roles that had access to what there was have it to what is new.
    PERFORM ar.grant_privileges(r.rolname)
    FROM pg_roles AS r
    WHERE r.rolname IN (SELECT a.role_name FROM receivables.access AS a);
