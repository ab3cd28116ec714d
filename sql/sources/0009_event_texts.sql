-- What an authentication has no name or user of, and a connection no error, is an empty text in their
-- events, as the original writes it; the rest is null.
CREATE OR REPLACE FUNCTION event_authentication(wanted bigint) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
               'id', a.id::text,
               'created_at', '0001-01-01T00:00:00Z',
               'name', COALESCE(a.name, ''),
               'authtype', a.authtype,
               'username', COALESCE(a.username, ''),
               'extra', a.extra,
               'version', '',
               'availability_status', a.availability_status,
               'last_checked_at', event_time(a.last_checked_at),
               'last_available_at', event_time(a.last_available_at),
               'availability_status_error', a.availability_status_error,
               'resource_type', a.resource_type,
               'resource_id', a.resource_id,
               'source_id', a.source_id,
               'tenant', COALESCE(t.external_tenant, ''))
      FROM authentications a
      JOIN tenants t ON t.id = a.tenant_id
     WHERE a.id = wanted
$$;

CREATE OR REPLACE FUNCTION event_rhc_connection(wanted bigint) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
               'id', c.id::text,
               'rhc_id', c.rhc_id,
               'extra', c.extra,
               'availability_status', c.availability_status,
               'last_checked_at', event_time(c.last_checked_at),
               'last_available_at', event_time(c.last_available_at),
               'availability_status_error', COALESCE(c.availability_status_error, ''),
               'source_ids', COALESCE((
                   SELECT jsonb_agg(l.source_id::text ORDER BY l.source_id)
                     FROM source_rhc_connections l
                    WHERE l.rhc_connection_id = c.id), '[]'),
               'created_at', event_time(c.created_at),
               'updated_at', event_time(c.updated_at))
      FROM rhc_connections c
     WHERE c.id = wanted
$$;
