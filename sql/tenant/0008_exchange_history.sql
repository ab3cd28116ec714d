-- A rate that is changed keeps what it was in the months that are over.
CREATE TABLE frozen_exchange_rate (
    base_currency varchar(5) NOT NULL,
    target_currency varchar(5) NOT NULL,
    effective_date date NOT NULL,
    exchange_rate numeric(33, 15) NOT NULL,
    PRIMARY KEY (base_currency, target_currency, effective_date)
);

CREATE OR REPLACE FUNCTION static_rate(base text, target text, month date) RETURNS numeric
LANGUAGE sql STABLE AS $$
    SELECT COALESCE(
        (SELECT exchange_rate
           FROM frozen_exchange_rate
          WHERE base_currency = base
            AND target_currency = target
            AND effective_date = month),
        (SELECT exchange_rate
           FROM static_exchange_rate
          WHERE base_currency = base
            AND target_currency = target
            AND month BETWEEN start_date AND end_date
          LIMIT 1))
$$;

-- It is called by whom the tenant's tables are no neighbours, too.
ALTER FUNCTION exchange_rate(text, text, date) SET search_path FROM CURRENT;
