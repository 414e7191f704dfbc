
    -- Row-level security. Last, as it covers whatever tables and views there are by now.
    -- What a policy asks of access and of other tables is asked under their own policies.
    DECLARE
        -- Companies of the presets: one look at access for a whole query.
        by_company CONSTANT text := $policy$
            (company_id = ANY (ARRAY(SELECT a.company_id FROM receivables.access AS a WHERE a.preset = ANY (%1$L::text[])))
             OR EXISTS (SELECT FROM receivables.access AS a WHERE a.company_id IS NULL AND a.preset = ANY (%1$L::text[])))$policy$;
        -- The planner looks rows up one by one, or hashes all that are visible.
        by_other CONSTANT text := $policy$
            OR EXISTS (SELECT FROM receivables.%2$I AS visible
                       WHERE visible.company_id = %1$I.company_id AND visible.%3$I = %1$I.%4$I)$policy$;
        by_owner_of_customer CONSTANT text := $policy$
            OR EXISTS (SELECT FROM unnest(ARRAY(SELECT a FROM receivables.access AS a WHERE a.preset = 'sales')) AS own
                       WHERE (own.company_id IS NULL OR own.company_id = customer.company_id)
                         AND (own.salesperson IS NULL OR own.salesperson = customer.salesperson)
                         AND (own.department IS NULL OR own.department = customer.department))$policy$;
        of_role    CONSTANT text := $policy$ pg_has_role(to_regrole(quote_ident(role_name)), 'USAGE') $policy$;
        whole      CONSTANT text[] := array_remove(ar.access_presets(), 'sales');
        secured    record;
        visible    text;
        writable   text;
    BEGIN
        FOR secured IN
            SELECT c.relname AS name, parent.name AS parent, parent.key AS parent_key, parent.foreign_key,
                   w.selectors, w.inserters, w.updaters, w.deleters, w.lockers
            FROM pg_class AS c
            -- What has no customer of its own is seen with what it belongs to.
            LEFT JOIN LATERAL (
                SELECT p.* FROM (VALUES (1, 'customer', 'customer_id', 'customer_id'), (2, 'document', 'document_id', 'document_id'),
                                        (3, 'item', 'item_id', 'item_id'), (4, 'item', 'item_id', 'debit_item_id'),
                                        (5, 'contract', 'contract_id', 'contract_id')) AS p (rank, name, key, foreign_key)
                JOIN pg_attribute AS f ON f.attrelid = c.oid AND f.attname = p.foreign_key AND NOT f.attisdropped
                WHERE p.name <> c.relname
                ORDER BY p.rank LIMIT 1) AS parent ON true
            CROSS JOIN LATERAL (
                SELECT array_agg(p.preset) FILTER (WHERE p.privilege = 'SELECT') AS selectors,
                       array_agg(p.preset) FILTER (WHERE p.privilege = 'INSERT') AS inserters,
                       array_agg(p.preset) FILTER (WHERE p.privilege = 'UPDATE') AS updaters,
                       array_agg(p.preset) FILTER (WHERE p.privilege = 'DELETE') AS deleters,
                       array_agg(p.preset) FILTER (WHERE p.privilege = 'LOCK') AS lockers
                FROM ar.access_privileges() AS p WHERE p.table_name = c.relname) AS w
            WHERE c.relnamespace = 'receivables'::regnamespace AND c.relkind IN ('r', 'p')
              AND EXISTS (SELECT FROM pg_attribute AS a
                          WHERE a.attrelid = c.oid AND a.attname = 'company_id' AND NOT a.attisdropped)
        LOOP
            visible := CASE
                WHEN secured.name = 'access' THEN of_role
                WHEN secured.name IN ('company', 'payment_term', 'period_closing') THEN format(by_company, ar.access_presets())
                WHEN secured.name = 'customer' THEN format(by_company, whole) || by_owner_of_customer
                WHEN secured.parent IS NULL THEN format(by_company, coalesce(secured.selectors, whole))
                ELSE format(by_company, whole)
                     || format(by_other, secured.name, secured.parent, secured.parent_key, secured.foreign_key)
            END;
            EXECUTE format('ALTER TABLE receivables.%I ENABLE ROW LEVEL SECURITY', secured.name);
            EXECUTE format('DROP POLICY IF EXISTS ar_select ON receivables.%1$I; DROP POLICY IF EXISTS ar_insert ON receivables.%1$I; '
                           'DROP POLICY IF EXISTS ar_update ON receivables.%1$I; DROP POLICY IF EXISTS ar_delete ON receivables.%1$I',
                           secured.name);
            EXECUTE format('CREATE POLICY ar_select ON receivables.%I FOR SELECT USING (%s)', secured.name, visible);
            IF secured.inserters IS NOT NULL THEN
                EXECUTE format('CREATE POLICY ar_insert ON receivables.%I FOR INSERT WITH CHECK (%s)', secured.name,
                               format(by_company, secured.inserters));
            END IF;
            IF secured.updaters IS NOT NULL THEN
                writable := format(by_company, secured.updaters);
                -- A posting locks what it may not change.
                EXECUTE format('CREATE POLICY ar_update ON receivables.%I FOR UPDATE USING (%s) WITH CHECK (%s)', secured.name,
                               CASE WHEN secured.lockers IS NULL THEN writable ELSE visible END, writable);
            END IF;
            IF secured.deleters IS NOT NULL THEN
                EXECUTE format('CREATE POLICY ar_delete ON receivables.%I FOR DELETE USING (%s)', secured.name,
                               format(by_company, secured.deleters));
            END IF;
        END LOOP;
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
