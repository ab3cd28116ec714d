-- Consumers apply only the newest event of a source: its snapshot holds all that came before.
CREATE INDEX event_outbox_source_idx
    ON event_outbox (source_id, id);
