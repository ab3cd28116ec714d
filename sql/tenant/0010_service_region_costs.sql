-- Costs by day, service and place, whoever's they are: what most questions are about, in a few
-- thousand rows a month.
CREATE TABLE reporting_aws_cost_summary_by_service_region_p (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    usage_start date NOT NULL,
    usage_end date NOT NULL,
    product_code text NOT NULL,
    product_family varchar(150),
    region varchar(50),
    availability_zone varchar(50),
    unblended_cost numeric(33,15) NOT NULL DEFAULT 0,
    blended_cost numeric(33,15) NOT NULL DEFAULT 0,
    savingsplan_effective_cost numeric(33,15) NOT NULL DEFAULT 0,
    calculated_amortized_cost numeric(33,15) NOT NULL DEFAULT 0,
    markup_cost numeric(33,15) NOT NULL DEFAULT 0,
    markup_cost_blended numeric(33,15) NOT NULL DEFAULT 0,
    markup_cost_savingsplan numeric(33,15) NOT NULL DEFAULT 0,
    markup_cost_amortized numeric(33,15) NOT NULL DEFAULT 0,
    currency_code varchar(10) NOT NULL,
    source_uuid uuid NOT NULL,
    cost_entry_bill_id bigint NOT NULL
);

CREATE INDEX aws_cost_summary_by_service_region_start_idx
    ON reporting_aws_cost_summary_by_service_region_p (usage_start);

CREATE INDEX aws_cost_summary_by_service_region_bill_idx
    ON reporting_aws_cost_summary_by_service_region_p (cost_entry_bill_id);

-- Months that were read before this table was there.
INSERT INTO reporting_aws_cost_summary_by_service_region_p
    (usage_start, usage_end, product_code, product_family, region, availability_zone,
     unblended_cost, blended_cost, savingsplan_effective_cost, calculated_amortized_cost,
     markup_cost, markup_cost_blended, markup_cost_savingsplan, markup_cost_amortized,
     currency_code, source_uuid, cost_entry_bill_id)
SELECT usage_start, usage_start, product_code, product_family, region, availability_zone,
       sum(unblended_cost), sum(blended_cost), sum(savingsplan_effective_cost),
       sum(calculated_amortized_cost), sum(markup_cost), sum(markup_cost_blended),
       sum(markup_cost_savingsplan), sum(markup_cost_amortized),
       currency_code, source_uuid, cost_entry_bill_id
  FROM reporting_awscostentrylineitem_daily_summary
 GROUP BY usage_start, product_code, product_family, region, availability_zone, currency_code,
          source_uuid, cost_entry_bill_id;
