-- What the organisation prefers: {"currency": "EUR", "cost_type": "blended_cost"}. One row.
CREATE TABLE user_settings (
    id integer PRIMARY KEY,
    settings jsonb NOT NULL DEFAULT '{}'
);
