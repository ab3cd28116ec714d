-- Tags are mapped by the ingest itself, on their way into the summaries.
DROP FUNCTION mapped_tags(jsonb, text);
