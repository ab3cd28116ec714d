-- Indices are half of what a month's rows cost PostgreSQL when they come in. Readers ask for days;
-- by bill, rows are only replaced, and those of a bill stand together: of them a block range index
-- tells enough.
DO $$
DECLARE
    summary record;
BEGIN
    FOR summary IN
        SELECT c.relname AS name, i.relname AS index_name
          FROM pg_index x
          JOIN pg_class c ON c.oid = x.indrelid
          JOIN pg_namespace n ON n.oid = c.relnamespace
          JOIN pg_class i ON i.oid = x.indexrelid
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.indkey[0]
          JOIN pg_attribute d ON d.attrelid = c.oid AND d.attname = 'usage_start'
         WHERE n.nspname = current_schema()
           AND NOT c.relispartition
           AND x.indnatts = 1
           AND a.attname = 'cost_entry_bill_id'
    LOOP
        EXECUTE format('DROP INDEX %I', summary.index_name);
        EXECUTE format('CREATE INDEX %I ON %I USING brin (cost_entry_bill_id)'
                       ' WITH (pages_per_range = 16)', summary.index_name, summary.name);
    END LOOP;
END
$$;

DROP INDEX aws_daily_summary_start_idx;

CREATE INDEX aws_daily_summary_start_idx
    ON reporting_awscostentrylineitem_daily_summary (usage_start);
