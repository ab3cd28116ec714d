-- Aliases and organizational units are never deleted, and summaries take their ids from them in the
-- statement that fills them: to have each of a hundred thousand rows looked up once more takes
-- PostgreSQL a third of a month's swap.
DO $$
DECLARE
    reference record;
BEGIN
    FOR reference IN
        SELECT c.conrelid::regclass AS summary, c.conname
          FROM pg_constraint c
          JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attname = 'usage_start'
          JOIN pg_class t ON t.oid = c.conrelid
          JOIN pg_namespace n ON n.oid = t.relnamespace
         WHERE n.nspname = current_schema()
           AND c.contype = 'f'
           AND c.coninhcount = 0
           AND c.confrelid IN ('reporting_awsaccountalias'::regclass,
                               'reporting_awsorganizationalunit'::regclass)
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', reference.summary, reference.conname);
    END LOOP;
END
$$;
