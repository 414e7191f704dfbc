-- Plants in schema public a double of nearly every function, operator and type
-- of pg_catalog, and of the catalogs ar reads. Each leaves a mark when it runs
-- that a rollback does not undo. Run by a role that may create in public.

SET search_path = pg_catalog, pg_temp;

CREATE SCHEMA trap;
GRANT USAGE ON SCHEMA trap TO PUBLIC;
CREATE SEQUENCE trap.sprung;
GRANT ALL ON SEQUENCE trap.sprung TO PUBLIC;
CREATE FUNCTION trap.spring() RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM nextval('trap.sprung');
    RAISE WARNING 'planted code runs as %', current_user;
    RETURN true;
END;
$$;

-- functions
DO $do$
DECLARE
    f record;
BEGIN
    FOR f IN
        SELECT p.proname, p.oid, pg_get_function_identity_arguments(p.oid) AS arguments,
               pg_get_function_result(p.oid) AS result
        FROM pg_proc AS p
        WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f'
    LOOP
        BEGIN
            EXECUTE format('CREATE FUNCTION public.%I(%s) RETURNS %s LANGUAGE plpgsql AS
                            ''BEGIN PERFORM trap.spring(); RAISE EXCEPTION ''''planted''''; END''',
                           f.proname, f.arguments, f.result);
        EXCEPTION WHEN OTHERS THEN
            NULL; -- pseudo-types that PL/pgSQL does not take
        END;
    END LOOP;
END;
$do$;

-- what takes arguments of any number or type, for the arguments ar may pass
DO $do$
DECLARE
    name text;
    arguments text;
BEGIN
    FOREACH name IN ARRAY '{format,concat,num_nonnulls,num_nulls,jsonb_build_object,jsonb_build_array}'::text[] LOOP
        FOREACH arguments IN ARRAY ARRAY['text', 'text, text', 'text, bigint', 'text, numeric', 'text, date',
                                         'text, text, text', 'text, numeric, numeric', 'text, date, date',
                                         'text, text, text, text', 'jsonb', 'text, bigint, text, text'] LOOP
            EXECUTE format('CREATE OR REPLACE FUNCTION public.%I(%s) RETURNS text LANGUAGE plpgsql AS
                            ''BEGIN PERFORM trap.spring(); RETURN NULL; END''', name, arguments);
        END LOOP;
    END LOOP;
END;
$do$;

-- aggregates
DO $do$
DECLARE
    a record;
BEGIN
    FOR a IN
        SELECT n.name, t.type
        FROM unnest('{sum,max,min,avg,bool_or,bool_and,array_agg,jsonb_agg,string_agg,count}'::text[]) AS n (name),
             unnest('{numeric,bigint,integer,date,timestamptz,boolean,text,jsonb}'::text[]) AS t (type)
    LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION trap.step(%1$s, %1$s) RETURNS %1$s LANGUAGE plpgsql AS
                        ''BEGIN PERFORM trap.spring(); RETURN $2; END''', a.type);
        EXECUTE format('CREATE AGGREGATE public.%I(%2$s) (SFUNC = trap.step, STYPE = %2$s)', a.name, a.type);
    END LOOP;
END;
$do$;

-- operators
DO $do$
DECLARE
    o record;
BEGIN
    FOR o IN
        SELECT p.oprname, p.oprleft, p.oprright, f.proname
        FROM pg_operator AS p JOIN pg_proc AS f ON f.oid = p.oprcode
        WHERE p.oprnamespace = 'pg_catalog'::regnamespace
    LOOP
        BEGIN
            EXECUTE format('CREATE OPERATOR public.%s (%s RIGHTARG = %s, FUNCTION = public.%I)', o.oprname,
                           CASE WHEN o.oprleft <> 0 THEN format('LEFTARG = %s,', o.oprleft::regtype) END,
                           o.oprright::regtype, o.proname);
        EXCEPTION WHEN OTHERS THEN
            NULL; -- those whose function has no double
        END;
    END LOOP;
END;
$do$;

-- catalogs and types
DO $do$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY '{pg_class,pg_trigger,pg_proc,pg_namespace,pg_type}'::text[] LOOP
        EXECUTE format('CREATE VIEW public.%I AS SELECT * FROM pg_catalog.%1$I WHERE trap.spring()', name);
        EXECUTE format('GRANT SELECT ON public.%I TO PUBLIC', name);
    END LOOP;
    FOREACH name IN ARRAY '{text,date,jsonb,regclass,timestamptz,numeric,int4,int8,bool}'::text[] LOOP
        EXECUTE format('CREATE DOMAIN public.%I AS pg_catalog.%1$I CHECK (trap.spring())', name);
    END LOOP;
END;
$do$;
