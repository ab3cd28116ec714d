-- Who changed which setting, cost model or price list, when and from where: the same for koku as the
-- audit_log of the Sources API. Written by triggers on the tenants' tables, so that a change by psql
-- is in it as well as one by the API; rows are never changed or taken away.
CREATE TABLE kontor_audit_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- No foreign key: what was done outlives the tenant.
    schema_name text NOT NULL,
    actor text NOT NULL,
    remote_address text,
    forwarded_for text,
    request_id text,
    action text NOT NULL,
    resource text NOT NULL,
    -- NULL of what there is only one of.
    resource_id text,
    -- What people call it: the name of a cost model, a tag's key.
    resource_name text,
    -- Of a change {"column": [old, new]}, else the row.
    changes jsonb NOT NULL
);

CREATE INDEX kontor_audit_log_schema_idx ON kontor_audit_log (schema_name, id);

CREATE FUNCTION kontor_audit_keep() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only';
END
$$;

CREATE TRIGGER kontor_audit_log_keep
    BEFORE UPDATE OR DELETE OR TRUNCATE ON kontor_audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION kontor_audit_keep();

-- What of two states of a row differs, or all of the one that there is.
CREATE FUNCTION kontor_audit_changes(before jsonb, after jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN before IS NULL OR after IS NULL
                THEN jsonb_strip_nulls(COALESCE(after, before))
                ELSE (SELECT COALESCE(jsonb_object_agg(key, jsonb_build_array(before -> key,
                                                                              after -> key)), '{}')
                        FROM jsonb_object_keys(before || after) AS key
                       WHERE before -> key IS DISTINCT FROM after -> key)
           END
$$;

-- Of a trigger that kontor_audit makes: its arguments are the resource's name and a query that
-- makes of a row, $1, its id, its name and what the log shows of it.
CREATE FUNCTION kontor_audit_change() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    actor text := NULLIF(current_setting('kontor.actor', TRUE), '');
    told_of text := format(TG_ARGV[1], TG_TABLE_SCHEMA);
    id text;
    name text;
    before jsonb;
    after jsonb;
    changes jsonb;
    action text := lower(TG_OP);
BEGIN
    IF TG_OP <> 'INSERT' THEN
        EXECUTE told_of INTO id, name, before USING to_jsonb(OLD);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        EXECUTE told_of INTO id, name, after USING to_jsonb(NEW);
    END IF;
    -- What there is only one of was always there, by its default.
    IF TG_OP = 'INSERT' AND id IS NULL THEN
        before := '{}';
        action := 'update';
    END IF;
    changes := public.kontor_audit_changes(before, after);
    IF action = 'update' AND changes = '{}' THEN
        RETURN NULL;
    END IF;
    INSERT INTO public.kontor_audit_log
        (schema_name, actor, remote_address, forwarded_for, request_id, action, resource,
         resource_id, resource_name, changes)
    VALUES (
        TG_TABLE_SCHEMA,
        COALESCE(actor,
                 CASE WHEN current_setting('application_name') = 'kontor' THEN 'kontor' END,
                 'database user ' || session_user),
        CASE WHEN actor IS NULL THEN host(inet_client_addr())
             ELSE NULLIF(current_setting('kontor.remote_address', TRUE), '') END,
        CASE WHEN actor IS NOT NULL
             THEN NULLIF(current_setting('kontor.forwarded_for', TRUE), '') END,
        CASE WHEN actor IS NOT NULL
             THEN NULLIF(current_setting('kontor.request_id', TRUE), '') END,
        CASE action WHEN 'insert' THEN 'create' ELSE action END,
        TG_ARGV[0],
        id,
        name,
        changes);
    RETURN NULL;
END
$$;

-- Logs changes of a table from now on.
CREATE FUNCTION kontor_audit(target regclass, resource text, told_of text,
                             events text DEFAULT 'INSERT OR UPDATE OR DELETE') RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER kontor_audit AFTER %s ON %s'
                   ' FOR EACH ROW EXECUTE FUNCTION public.kontor_audit_change(%L, %L)',
                   events, target, resource, told_of);
END
$$;
