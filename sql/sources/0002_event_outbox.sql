-- Events of the Sources API, written in the transaction of the change (src/db/outbox.h).
CREATE TABLE event_outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    event_type text NOT NULL,
    source_id bigint,
    org_id text NOT NULL DEFAULT '',
    account text NOT NULL DEFAULT '',
    headers jsonb NOT NULL DEFAULT '{}',
    payload jsonb NOT NULL DEFAULT '{}',
    -- The source with its applications and authentications after the change.
    snapshot jsonb,
    -- When the provider consumer and the Kafka publisher were done with it.
    provider_at timestamptz,
    kafka_at timestamptz
);

CREATE INDEX event_outbox_provider_idx
    ON event_outbox (id)
    WHERE provider_at IS NULL;

CREATE INDEX event_outbox_kafka_idx
    ON event_outbox (id)
    WHERE kafka_at IS NULL;
