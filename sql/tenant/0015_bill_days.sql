-- What the days of a bill were made of: a day whose groups are the same is left as it is when the
-- month is read anew. `made` is the bill's summary_data_updated_datetime of that moment; rows with
-- another one don't count, for somebody else has filled the summaries since.
CREATE TABLE kontor_bill_day (
    cost_entry_bill_id bigint NOT NULL REFERENCES reporting_awscostentrybill (id) ON DELETE CASCADE,
    usage_start date NOT NULL,
    digest bytea NOT NULL,
    made timestamptz NOT NULL,
    PRIMARY KEY (cost_entry_bill_id, usage_start)
);
