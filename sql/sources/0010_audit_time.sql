-- Entries since some moment, among a million: the log is in the order of its times.
CREATE INDEX audit_log_at_idx ON audit_log USING brin (at) WITH (autosummarize = on);
