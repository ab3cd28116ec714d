import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_PRICE, type PriceList, type RateDraft, listBody, listDraft, rateFault } from "../src/lib/prices";

const LIST: PriceList = {
  uuid: "u", name: "Prices", description: "", currency: "USD", effective_start_date: "2026-11-01", effective_end_date: "2027-02-28",
  enabled: true, version: 1, updated_timestamp: "", assigned_cost_models: [],
  rates: [
    {
      rate_id: "r", metric: { name: "cpu_core_usage_per_hour" }, cost_type: "Supplementary", description: "", custom_name: "CPU",
      tiered_rates: [
        { value: 0.5, unit: "USD", usage: { usage_start: null, usage_end: 10 } },
        { value: 0.25, unit: "USD", usage: { usage_start: 10, usage_end: null } },
      ],
      tag_rates: {},
    },
    {
      rate_id: "s", metric: { name: "node_cost_per_month" }, cost_type: "Infrastructure", description: "big ones", custom_name: "",
      tiered_rates: [],
      tag_rates: { tag_key: "size", tag_values: [{ tag_value: "large", value: 1000, unit: "USD", description: "", default: true }] },
    },
  ],
};

function rate(more: Partial<RateDraft>): RateDraft {
  return { key: 1, metric: "m", costType: "Supplementary", name: "", description: "", byTag: false, tagKey: "", prices: [{ ...NO_PRICE, value: "1" }], ...more };
}

test("a list that is opened and saved stays as it was", () => {
  assert.deepEqual(listBody(listDraft(LIST, "EUR", "2026-11-24"), LIST), {
    name: "Prices", description: "", enabled: true, currency: "USD", effective_start_date: "2026-11-01", effective_end_date: "2027-02-28",
    rates: [
      {
        metric: { name: "cpu_core_usage_per_hour" }, cost_type: "Supplementary", custom_name: "CPU", description: "",
        tiered_rates: [
          { value: "0.5", unit: "USD", usage: { usage_start: null, usage_end: "10", unit: "USD" } },
          { value: "0.25", unit: "USD", usage: { usage_start: "10", usage_end: null, unit: "USD" } },
        ],
      },
      {
        metric: { name: "node_cost_per_month" }, cost_type: "Infrastructure", custom_name: "", description: "big ones",
        tag_rates: { tag_key: "size", tag_values: [{ tag_value: "large", value: "1000", unit: "USD", description: "", default: true }] },
      },
    ],
  });
});

test("a list that is off is only renamed", () => {
  const stored = { ...LIST, enabled: false };
  assert.deepEqual(listBody({ ...listDraft(stored, "EUR", "2026-11-24"), name: " Old " }, stored), { name: "Old", description: "", enabled: false });
});

test("a new list is of the organisation's currency, until the year's end", () => {
  const draft = listDraft(undefined, "EUR", "2026-11-24");
  assert.deepEqual([draft.currency, draft.from, draft.to, draft.enabled], ["EUR", "2026-11", "2026-12", true]);
});

test("what is wrong with a rate is said", () => {
  const price = (value: string, upTo = "", tagValue = "") => ({ ...NO_PRICE, value, upTo, tagValue });
  assert.equal(rateFault(rate({})), null);
  assert.equal(rateFault(rate({ prices: [price("0,5")] })), null);
  assert.equal(rateFault(rate({ prices: [price("-1")] })), "A price is a number, such as 0.25.");
  assert.equal(rateFault(rate({ prices: [price("1"), price("2")] })), "All prices but the last say up to which usage they go.");
  assert.equal(rateFault(rate({ prices: [price("1", "5"), price("2", "5"), price("3")] })), "Each price must go further than the one before.");
  assert.equal(rateFault(rate({ prices: [price("1", "5"), price("2", "6"), price("3")] })), null);
  assert.equal(rateFault(rate({ byTag: true })), "Which tag? Name its key.");
  assert.equal(rateFault(rate({ byTag: true, tagKey: "env", prices: [price("1")] })), "Each price is of a value of the tag.");
  assert.equal(rateFault(rate({ byTag: true, tagKey: "env", prices: [price("1", "", "a"), price("1", "", "a")] })), "A value has two prices.");
});
