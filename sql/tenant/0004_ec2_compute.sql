-- One row a machine and month: what it is, as of its last day, and what it cost.
CREATE TABLE reporting_awscostentrylineitem_summary_by_ec2_compute_p (
    uuid uuid NOT NULL DEFAULT gen_random_uuid(),
    usage_start date NOT NULL,
    usage_end date,
    usage_account_id varchar(50) NOT NULL,
    resource_id varchar(256) NOT NULL,
    instance_name varchar(256),
    instance_type varchar(50),
    operating_system varchar(50),
    region varchar(50),
    vcpu integer,
    memory varchar(50),
    unit varchar(63),
    usage_amount numeric(33,15),
    normalization_factor numeric(33,15),
    normalized_usage_amount numeric(33,15),
    currency_code varchar(10) NOT NULL,
    unblended_rate numeric(33,15),
    unblended_cost numeric(33,15) NOT NULL DEFAULT 0,
    markup_cost numeric(33,15) NOT NULL DEFAULT 0,
    blended_rate numeric(33,15),
    blended_cost numeric(33,15) NOT NULL DEFAULT 0,
    markup_cost_blended numeric(33,15) NOT NULL DEFAULT 0,
    savingsplan_effective_cost numeric(33,15) NOT NULL DEFAULT 0,
    markup_cost_savingsplan numeric(33,15) NOT NULL DEFAULT 0,
    calculated_amortized_cost numeric(33,15) NOT NULL DEFAULT 0,
    markup_cost_amortized numeric(33,15) NOT NULL DEFAULT 0,
    public_on_demand_cost numeric(33,15),
    public_on_demand_rate numeric(33,15),
    tax_type text,
    tags jsonb NOT NULL DEFAULT '{}',
    source_uuid uuid NOT NULL,
    cost_category jsonb NOT NULL DEFAULT '{}',
    account_alias_id integer REFERENCES reporting_awsaccountalias (id),
    cost_entry_bill_id bigint NOT NULL
);

CREATE INDEX aws_ec2_compute_start_idx
    ON reporting_awscostentrylineitem_summary_by_ec2_compute_p (usage_start);

CREATE INDEX aws_ec2_compute_bill_idx
    ON reporting_awscostentrylineitem_summary_by_ec2_compute_p (cost_entry_bill_id);
