-- Run once in an empty database by a superuser, before the first migration; safe to run again.
-- Two roles: suanpan_owner owns the tables and migrates them, suanpan_app reads and writes rows
-- and is bound by row-level security. Neither is a superuser.
DO $$
BEGIN
    -- Clusters share roles: two databases prepared at once must not trip over each other.
    PERFORM pg_advisory_xact_lock(hashtext('suanpan roles'));
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'suanpan_owner') THEN
        CREATE ROLE suanpan_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'suanpan_app') THEN
        CREATE ROLE suanpan_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
    END IF;
    EXECUTE format('ALTER DATABASE %I OWNER TO suanpan_owner', current_database());
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO suanpan_app', current_database());
END $$;
ALTER SCHEMA public OWNER TO suanpan_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO suanpan_app;
ALTER DEFAULT PRIVILEGES FOR ROLE suanpan_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO suanpan_app;
ALTER DEFAULT PRIVILEGES FOR ROLE suanpan_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO suanpan_app;
