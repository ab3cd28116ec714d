-- Who changed what, when and from where. Written by triggers, so that a change by psql is in it as
-- well as one by the API; rows are never changed or taken away.
CREATE TABLE audit_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- No foreign key: what was done outlives the tenant.
    tenant_id bigint NOT NULL,
    actor text NOT NULL,
    remote_address text,
    forwarded_for text,
    request_id text,
    action text NOT NULL,
    resource text NOT NULL,
    resource_id bigint NOT NULL,
    -- Of a change {"column": [old, new]}, else the row; passwords as "(sealed)".
    changes jsonb NOT NULL
);

CREATE INDEX audit_log_tenant_idx ON audit_log (tenant_id, id);
CREATE INDEX audit_log_resource_idx ON audit_log (resource, resource_id, id);

CREATE FUNCTION audit_keep() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only';
END
$$;

CREATE TRIGGER audit_log_keep
    BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_keep();

-- A row as the log shows it.
CREATE FUNCTION audit_shown(row_json jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN row_json ->> 'password' IS NULL
                THEN row_json - 'password_hash'
                ELSE (row_json - 'password_hash') || '{"password": "(sealed)"}'
           END
$$;

CREATE FUNCTION audit_change() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    -- What moves by itself is no change.
    ignored CONSTANT text[] := ARRAY['updated_at', 'last_checked_at', 'last_available_at'];
    old_row jsonb;
    new_row jsonb;
    told jsonb;
    actor text := NULLIF(current_setting('kontor.actor', TRUE), '');
BEGIN
    IF TG_OP <> 'INSERT' THEN
        old_row := to_jsonb(OLD) - ignored;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        new_row := to_jsonb(NEW) - ignored;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        SELECT COALESCE(jsonb_object_agg(key, CASE WHEN key IN ('password', 'password_hash')
                                                   THEN '["(sealed)", "(sealed)"]'::jsonb
                                                   ELSE jsonb_build_array(old_row -> key, value)
                                              END), '{}')
          INTO told
          FROM jsonb_each(new_row)
         WHERE value IS DISTINCT FROM old_row -> key;
        IF told = '{}' THEN
            RETURN NULL;
        END IF;
    ELSE
        told := jsonb_strip_nulls(audit_shown(COALESCE(new_row, old_row)));
    END IF;
    INSERT INTO audit_log
        (tenant_id, actor, remote_address, forwarded_for, request_id, action, resource,
         resource_id, changes)
    VALUES (
        (COALESCE(new_row, old_row) ->> 'tenant_id')::bigint,
        COALESCE(actor, 'database user ' || session_user),
        CASE WHEN actor IS NULL THEN host(inet_client_addr())
             ELSE NULLIF(current_setting('kontor.remote_address', TRUE), '') END,
        CASE WHEN actor IS NOT NULL
             THEN NULLIF(current_setting('kontor.forwarded_for', TRUE), '') END,
        CASE WHEN actor IS NOT NULL
             THEN NULLIF(current_setting('kontor.request_id', TRUE), '') END,
        CASE TG_OP WHEN 'INSERT' THEN 'create' WHEN 'UPDATE' THEN 'update' ELSE 'delete' END,
        TG_TABLE_NAME,
        (COALESCE(new_row, old_row) ->> 'id')::bigint,
        told);
    RETURN NULL;
END
$$;

CREATE TRIGGER sources_audit
    AFTER INSERT OR UPDATE OR DELETE ON sources
    FOR EACH ROW EXECUTE FUNCTION audit_change();
CREATE TRIGGER applications_audit
    AFTER INSERT OR UPDATE OR DELETE ON applications
    FOR EACH ROW EXECUTE FUNCTION audit_change();
CREATE TRIGGER authentications_audit
    AFTER INSERT OR UPDATE OR DELETE ON authentications
    FOR EACH ROW EXECUTE FUNCTION audit_change();
CREATE TRIGGER endpoints_audit
    AFTER INSERT OR UPDATE OR DELETE ON endpoints
    FOR EACH ROW EXECUTE FUNCTION audit_change();
CREATE TRIGGER application_authentications_audit
    AFTER INSERT OR UPDATE OR DELETE ON application_authentications
    FOR EACH ROW EXECUTE FUNCTION audit_change();
CREATE TRIGGER rhc_connections_audit
    AFTER INSERT OR UPDATE OR DELETE ON rhc_connections
    FOR EACH ROW EXECUTE FUNCTION audit_change();
