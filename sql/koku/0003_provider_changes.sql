-- Whoever changes a provider (an event of the Sources API, SQL by hand) wakes the scheduler, and
-- what it reads is looked at anew at once.

CREATE FUNCTION api_provider_changed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE'
       AND (NEW.billing_source_id, NEW.authentication_id, NEW.customer_id, NEW.active, NEW.paused)
           IS DISTINCT FROM
           (OLD.billing_source_id, OLD.authentication_id, OLD.customer_id, OLD.active, OLD.paused)
    THEN
        NEW.polling_timestamp := NULL;
    END IF;
    PERFORM pg_notify('provider', NEW.uuid::text);
    RETURN NEW;
END
$$;

CREATE TRIGGER api_provider_changed
    BEFORE INSERT OR UPDATE OF
        name, active, paused, billing_source_id, authentication_id, customer_id
    ON api_provider
    FOR EACH ROW
    EXECUTE FUNCTION api_provider_changed();

CREATE FUNCTION api_providerbillingsource_changed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.data_source IS DISTINCT FROM OLD.data_source THEN
        UPDATE api_provider
           SET polling_timestamp = NULL
         WHERE billing_source_id = NEW.id;
        PERFORM pg_notify('provider', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER api_providerbillingsource_changed
    AFTER UPDATE ON api_providerbillingsource
    FOR EACH ROW
    EXECUTE FUNCTION api_providerbillingsource_changed();

CREATE FUNCTION api_providerauthentication_changed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.credentials IS DISTINCT FROM OLD.credentials THEN
        UPDATE api_provider
           SET polling_timestamp = NULL
         WHERE authentication_id = NEW.id;
        PERFORM pg_notify('provider', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER api_providerauthentication_changed
    AFTER UPDATE ON api_providerauthentication
    FOR EACH ROW
    EXECUTE FUNCTION api_providerauthentication_changed();

-- Sources whose newest event could not be applied: tried again at retry_at, others go on.
CREATE TABLE provider_event_error (
    source_id bigint PRIMARY KEY,
    source_uid text,
    org_id text NOT NULL DEFAULT '',
    event_id bigint NOT NULL,
    attempts integer NOT NULL DEFAULT 1,
    error text NOT NULL,
    failed_at timestamptz NOT NULL DEFAULT now(),
    retry_at timestamptz NOT NULL DEFAULT now()
);
