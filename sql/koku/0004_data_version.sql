-- What answers are made of, and whether it has changed since. A version is a set of numbers: every
-- transaction that writes to a watched table leaves one of its own in the kontor_data_version of
-- that table's schema, visible to others in the moment in which its data are. So a version that
-- was read before some data never names older data than these, and no version comes back.
--
-- The numbers of former transactions are removed by the way; what another transaction holds at
-- that moment is left to the next one, so that writers never wait for each other here.

CREATE TABLE kontor_data_version (
    transaction xid8 PRIMARY KEY,
    number bigint GENERATED ALWAYS AS IDENTITY
);

-- Says that data of a schema change in this transaction. Watched tables do it themselves; whoever
-- removes or attaches rows by DDL (DROP TABLE, ATTACH PARTITION) calls it.
CREATE FUNCTION kontor_data_changed(target text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    added integer;
BEGIN
    EXECUTE format('INSERT INTO %I.kontor_data_version (transaction)'
                   ' VALUES (pg_current_xact_id())'
                   ' ON CONFLICT DO NOTHING', target);
    GET DIAGNOSTICS added = ROW_COUNT;
    -- A stricter transaction would fail on what others have removed since it began.
    IF added > 0 AND current_setting('transaction_isolation') = 'read committed' THEN
        EXECUTE format('DELETE FROM %1$I.kontor_data_version'
                       ' WHERE transaction IN ('
                       '       SELECT transaction'
                       '         FROM %1$I.kontor_data_version'
                       '        WHERE transaction <> pg_current_xact_id()'
                       '          FOR UPDATE SKIP LOCKED)', target);
    END IF;
END
$$;

CREATE FUNCTION kontor_note_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM public.kontor_data_changed(TG_TABLE_SCHEMA);
    RETURN NULL;
END
$$;

-- Watches a table from now on, whoever writes to it. Of a partitioned table every partition is a
-- table of its own. Harmless when it is watched already.
CREATE FUNCTION kontor_watch(target regclass) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_trigger
                    WHERE tgrelid = target AND tgname = 'kontor_note_change') THEN
        EXECUTE format('CREATE TRIGGER kontor_note_change'
                       ' AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s'
                       ' FOR EACH STATEMENT'
                       ' EXECUTE FUNCTION public.kontor_note_change()', target);
    END IF;
END
$$;
