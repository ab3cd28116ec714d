-- What events say: the rows as the original publishes them, and the snapshot that consumers go by
-- (src/db/outbox.h).

CREATE FUNCTION event_time(moment timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"')
$$;

CREATE FUNCTION event_source(wanted bigint) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
               'availability_status', s.availability_status,
               'last_checked_at', event_time(s.last_checked_at),
               'last_available_at', event_time(s.last_available_at),
               'id', s.id,
               'created_at', event_time(s.created_at),
               'updated_at', event_time(s.updated_at),
               'paused_at', event_time(s.paused_at),
               'name', s.name,
               'uid', s.uid,
               'version', s.version,
               'imported', s.imported,
               'source_ref', s.source_ref,
               'app_creation_workflow', s.app_creation_workflow,
               'source_type_id', s.source_type_id,
               'tenant', COALESCE(t.external_tenant, ''))
      FROM sources s
      JOIN tenants t ON t.id = s.tenant_id
     WHERE s.id = wanted
$$;

CREATE FUNCTION event_application(wanted bigint) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
               'id', a.id,
               'created_at', event_time(a.created_at),
               'updated_at', event_time(a.updated_at),
               'paused_at', event_time(a.paused_at),
               'availability_status', a.availability_status,
               'last_checked_at', event_time(a.last_checked_at),
               'last_available_at', event_time(a.last_available_at),
               'availability_status_error', a.availability_status_error,
               'extra', a.extra,
               'superkey_data', NULL,
               'source_id', a.source_id,
               'application_type_id', a.application_type_id,
               'tenant', COALESCE(t.external_tenant, ''))
      FROM applications a
      JOIN tenants t ON t.id = a.tenant_id
     WHERE a.id = wanted
$$;

-- Never the password.
CREATE FUNCTION event_authentication(wanted bigint) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
               'id', a.id::text,
               'created_at', '0001-01-01T00:00:00Z',
               'name', a.name,
               'authtype', a.authtype,
               'username', a.username,
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

CREATE FUNCTION event_snapshot(wanted bigint) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
               'source', jsonb_build_object(
                   'id', s.id,
                   'uid', s.uid,
                   'name', s.name,
                   'source_type', st.name,
                   'source_ref', s.source_ref,
                   'paused', s.paused_at IS NOT NULL),
               'applications', COALESCE((
                   SELECT jsonb_agg(jsonb_build_object(
                              'id', a.id,
                              'application_type', t.name,
                              'extra', a.extra,
                              'paused', a.paused_at IS NOT NULL) ORDER BY a.id)
                     FROM applications a
                     JOIN application_types t ON t.id = a.application_type_id
                    WHERE a.source_id = s.id), '[]'),
               'authentications', COALESCE((
                   SELECT jsonb_agg(jsonb_build_object(
                              'id', a.id,
                              'resource_type', a.resource_type,
                              'resource_id', a.resource_id,
                              'authtype', a.authtype,
                              'username', a.username,
                              'password_sealed', a.password,
                              'extra', a.extra) ORDER BY a.id)
                     FROM authentications a
                    WHERE a.source_id = s.id), '[]'),
               'deleted', false)
      FROM sources s
      JOIN source_types st ON st.id = s.source_type_id
     WHERE s.id = wanted
$$;
