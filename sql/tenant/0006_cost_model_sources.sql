-- A provider that goes takes leave of its cost model.
ALTER TABLE cost_model_map
    ADD FOREIGN KEY (provider_uuid) REFERENCES reporting_tenant_api_provider (uuid) ON DELETE CASCADE;
