-- Entries since some moment, or of some resource, among a million: the log is in the order of its
-- times.
CREATE INDEX kontor_audit_log_at_idx ON kontor_audit_log USING brin (at) WITH (autosummarize = on);
CREATE INDEX kontor_audit_log_resource_idx ON kontor_audit_log (resource, resource_id, id);
