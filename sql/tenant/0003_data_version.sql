-- The version of the tenant's data (sql/koku/0004_data_version.sql tells how it works).
CREATE TABLE kontor_data_version (
    transaction xid8 PRIMARY KEY,
    number bigint GENERATED ALWAYS AS IDENTITY
);

-- Runs at the end of every migration of this schema: all tables are watched, new ones too.
CREATE FUNCTION kontor_after_migration() RETURNS void
LANGUAGE sql AS $$
    SELECT public.kontor_watch(c.oid)
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = current_schema()
       AND c.relkind IN ('r', 'p')
       AND c.relname NOT IN ('kontor_migration', 'kontor_data_version')
$$;

-- As before; and a new partition is watched.
CREATE OR REPLACE FUNCTION ensure_month_partition(month date) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    first_day date := date_trunc('month', month);
    parent text := 'reporting_awscostentrylineitem_daily_summary';
    child text := parent || '_' || to_char(first_day, 'YYYY_MM');
BEGIN
    IF to_regclass(format('%I.%I', current_schema(), child)) IS NULL THEN
        PERFORM pg_advisory_xact_lock(hashtext(current_schema() || child));
        -- Looked up again by IF NOT EXISTS: to_regclass would answer from a cache that does not
        -- know yet what the lock's last holder made.
        EXECUTE format('CREATE TABLE IF NOT EXISTS %I.%I PARTITION OF %I.%I '
                       'FOR VALUES FROM (%L) TO (%L)',
                       current_schema(), child, current_schema(), parent,
                       first_day, (first_day + interval '1 month')::date);
        PERFORM public.kontor_watch(format('%I.%I', current_schema(), child)::regclass);
    END IF;
END
$$;
