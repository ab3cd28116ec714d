-- A list tells how many rows there are in all: with the owner in the index, they are counted
-- without looking at the rows (13 to 3 ms for a third of 100,000 sources).
DROP INDEX sources_tenant_id_idx;
DROP INDEX sources_source_type_idx;
DROP INDEX sources_status_idx;
CREATE INDEX sources_tenant_id_idx ON sources (tenant_id, id) INCLUDE (user_id);
CREATE INDEX sources_source_type_idx ON sources (tenant_id, source_type_id, id) INCLUDE (user_id);
CREATE INDEX sources_status_idx ON sources (tenant_id, availability_status, id) INCLUDE (user_id);
