-- Endpoints, links of applications and authentications, connector connections, secrets: what their
-- routes and events need.

-- A connection belongs to one tenant: were it shared by its rhc_id, one tenant could change or
-- delete what another one sees.
ALTER TABLE rhc_connections
    ADD COLUMN tenant_id bigint REFERENCES tenants (id) ON DELETE CASCADE;
ALTER TABLE rhc_connections
    DROP CONSTRAINT rhc_connections_rhc_id_key;
DELETE FROM rhc_connections;
ALTER TABLE rhc_connections
    ALTER COLUMN tenant_id SET NOT NULL;
-- By its hash, because ids may be longer than an index takes.
CREATE UNIQUE INDEX rhc_connections_rhc_id_key ON rhc_connections (tenant_id, md5(rhc_id));
CREATE INDEX source_rhc_connections_connection_idx ON source_rhc_connections (rhc_connection_id);

-- The name is the secret's in its tenant.
CREATE UNIQUE INDEX authentications_secret_name_key
    ON authentications (tenant_id, md5(name))
    WHERE resource_type = 'Tenant';

-- One default and one of each role below a source, whatever requests come at once.
CREATE UNIQUE INDEX endpoints_default_key
    ON endpoints (source_id)
    WHERE "default";
CREATE UNIQUE INDEX endpoints_role_key ON endpoints (source_id, md5(role));

CREATE FUNCTION event_endpoint(wanted bigint) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
               'id', e.id,
               'created_at', event_time(e.created_at),
               'updated_at', event_time(e.updated_at),
               'paused_at', event_time(e.paused_at),
               'role', e.role,
               'port', e.port,
               'default', e."default",
               'scheme', e.scheme,
               'host', e.host,
               'path', e.path,
               'verify_ssl', e.verify_ssl,
               'certificate_authority', e.certificate_authority,
               'receptor_node', e.receptor_node,
               'availability_status', e.availability_status,
               'last_checked_at', event_time(e.last_checked_at),
               'last_available_at', event_time(e.last_available_at),
               'availability_status_error', e.availability_status_error,
               'source_id', e.source_id,
               'tenant', COALESCE(t.external_tenant, ''))
      FROM endpoints e
      JOIN tenants t ON t.id = e.tenant_id
     WHERE e.id = wanted
$$;

CREATE FUNCTION event_application_authentication(wanted bigint) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
               'id', l.id,
               'created_at', event_time(l.created_at),
               'updated_at', event_time(l.updated_at),
               'paused_at', event_time(l.paused_at),
               'application_id', l.application_id,
               'authentication_id', l.authentication_id,
               'tenant', COALESCE(t.external_tenant, ''))
      FROM application_authentications l
      JOIN tenants t ON t.id = l.tenant_id
     WHERE l.id = wanted
$$;

CREATE FUNCTION event_rhc_connection(wanted bigint) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
               'id', c.id::text,
               'rhc_id', c.rhc_id,
               'extra', c.extra,
               'availability_status', c.availability_status,
               'last_checked_at', event_time(c.last_checked_at),
               'last_available_at', event_time(c.last_available_at),
               'availability_status_error', c.availability_status_error,
               'source_ids', COALESCE((
                   SELECT jsonb_agg(l.source_id::text ORDER BY l.source_id)
                     FROM source_rhc_connections l
                    WHERE l.rhc_connection_id = c.id), '[]'),
               'created_at', event_time(c.created_at),
               'updated_at', event_time(c.updated_at))
      FROM rhc_connections c
     WHERE c.id = wanted
$$;
