-- What people decide here is logged with who did it (sql/koku/0008_audit.sql).
SELECT public.kontor_audit('cost_model', 'cost_models', $$
    SELECT $1 ->> 'uuid', $1 ->> 'name',
           $1 - ARRAY['uuid', 'created_timestamp', 'updated_timestamp'] $$);

SELECT public.kontor_audit('cost_model_map', 'cost_model_sources', $$
    SELECT $1 ->> 'cost_model_id',
           (SELECT name FROM %1$I.cost_model WHERE uuid = ($1 ->> 'cost_model_id')::uuid),
           jsonb_build_object('source', COALESCE(
               (SELECT name FROM %1$I.reporting_tenant_api_provider
                 WHERE uuid = ($1 ->> 'provider_uuid')::uuid),
               $1 ->> 'provider_uuid')) $$);

SELECT public.kontor_audit('price_list', 'price_lists', $$
    SELECT $1 ->> 'uuid', $1 ->> 'name',
           $1 - ARRAY['uuid', 'created_timestamp', 'updated_timestamp'] $$);

SELECT public.kontor_audit('price_list_cost_model_map', 'cost_model_price_lists', $$
    SELECT $1 ->> 'cost_model_id',
           (SELECT name FROM %1$I.cost_model WHERE uuid = ($1 ->> 'cost_model_id')::uuid),
           jsonb_build_object(
               'price_list', (SELECT name FROM %1$I.price_list
                               WHERE uuid = ($1 ->> 'price_list_id')::uuid),
               'priority', $1 -> 'priority') $$);

SELECT public.kontor_audit('user_settings', 'account_settings', $$
    SELECT NULL, NULL, $1 -> 'settings' $$);

SELECT public.kontor_audit('tenant_settings', 'data_retention', $$
    SELECT NULL, NULL, $1 - ARRAY['id', 'singleton'] $$);

SELECT public.kontor_audit('enabled_currency', 'currencies', $$
    SELECT $1 ->> 'currency_code', $1 ->> 'currency_code',
           jsonb_build_object('currency', $1 -> 'currency_code') $$);

SELECT public.kontor_audit('static_exchange_rate', 'exchange_rates', $$
    SELECT $1 ->> 'uuid', ($1 ->> 'base_currency') || ' to ' || ($1 ->> 'target_currency'),
           $1 - ARRAY['uuid', 'created_timestamp', 'updated_timestamp']
              || jsonb_build_object('exchange_rate',
                                    trim_scale(($1 ->> 'exchange_rate')::numeric)) $$);

-- Keys come by themselves, with reports; people turn them on and off.
SELECT public.kontor_audit('reporting_enabledtagkeys', 'tags', $$
    SELECT $1 ->> 'uuid', $1 ->> 'key', jsonb_build_object('enabled', $1 -> 'enabled') $$,
    'UPDATE OF enabled');

SELECT public.kontor_audit('reporting_awsenabledcategorykeys', 'cost_categories', $$
    SELECT $1 ->> 'uuid', $1 ->> 'key', jsonb_build_object('enabled', $1 -> 'enabled') $$,
    'UPDATE OF enabled');

SELECT public.kontor_audit('reporting_tagmapping', 'tag_mappings', $$
    SELECT $1 ->> 'child_id',
           (SELECT key FROM %1$I.reporting_enabledtagkeys
             WHERE uuid = ($1 ->> 'child_id')::uuid),
           jsonb_build_object('parent', (SELECT key FROM %1$I.reporting_enabledtagkeys
                                          WHERE uuid = ($1 ->> 'parent_id')::uuid)) $$);

-- What is known of the time before.
INSERT INTO public.kontor_audit_log
    (at, schema_name, actor, action, resource, resource_id, resource_name, changes)
SELECT audit_timestamp, current_schema(), COALESCE(NULLIF(changed_by, ''), 'unknown'),
       CASE operation WHEN 'INSERT' THEN 'create' ELSE lower(operation) END,
       'cost_models', uuid, name,
       public.kontor_audit_changes(
           CASE WHEN operation = 'UPDATE' THEN lag(told) OVER (PARTITION BY uuid ORDER BY id) END,
           told)
  FROM (SELECT *, jsonb_build_object('name', name, 'description', description,
                                     'source_type', source_type, 'rates', rates,
                                     'markup', markup, 'distribution', distribution,
                                     'currency', currency,
                                     'distribution_info', distribution_info) AS told
          FROM cost_model_audit) AS known
 ORDER BY id;
