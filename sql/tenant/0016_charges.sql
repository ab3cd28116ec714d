-- What kind of charge a row is, as FOCUS says it: ChargeCategory, ChargeFrequency and, if it has one,
-- ChargeClass ("Purchase Recurring"). NULL is usage as it is metered, and what was read before.
ALTER TABLE reporting_awscostentrylineitem_daily_summary ADD COLUMN charge text;
