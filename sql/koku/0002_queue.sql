-- Work of the ingest: rows with leases, taken by any number of workers (FOR UPDATE SKIP LOCKED).
CREATE TABLE kontor_job (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- 'discover': look at a provider's bucket; 'ingest': replace one month of it.
    kind text NOT NULL CHECK (kind IN ('discover', 'ingest')),
    provider_uuid uuid NOT NULL,
    bill_month date,
    parameters jsonb NOT NULL DEFAULT '{}',
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'failed')),
    run_at timestamptz NOT NULL DEFAULT now(),
    attempts integer NOT NULL DEFAULT 0,
    worker text,
    lease_until timestamptz,
    error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz
);

-- The same work waits or runs at most once.
CREATE UNIQUE INDEX kontor_job_open_idx
    ON kontor_job (kind, provider_uuid, COALESCE(bill_month, DATE '0001-01-01'))
    WHERE state IN ('queued', 'running');

CREATE INDEX kontor_job_due_idx
    ON kontor_job (run_at)
    WHERE state IN ('queued', 'running');

-- What the ingest found out about a source's bucket, on its way to the Sources API.
CREATE TABLE availability_outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    org_id text NOT NULL,
    source_id bigint NOT NULL,
    status text NOT NULL CHECK (status IN ('available', 'unavailable', 'partially_available', 'in_progress')),
    error text,
    sources_at timestamptz
);

CREATE INDEX availability_outbox_sources_idx
    ON availability_outbox (id)
    WHERE sources_at IS NULL;
