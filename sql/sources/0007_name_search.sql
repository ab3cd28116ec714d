-- Parts of names are found by their trigrams. Where the server has no such extension, or its user may
-- not make it, searches read all names of the tenant.
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE INDEX sources_name_trigram_idx ON sources USING gin (name gin_trgm_ops);
EXCEPTION
    WHEN undefined_file OR insufficient_privilege OR feature_not_supported THEN
        RAISE NOTICE 'no pg_trgm: names are searched without an index';
END
$$;
