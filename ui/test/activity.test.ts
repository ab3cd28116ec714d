import assert from "node:assert/strict";
import { test } from "node:test";
import { type Entry, changesOf, kindOf, nameOf, pageOf, resourcesOf } from "../src/lib/activity";

function entry(more: Partial<Entry>): Entry {
  return { at: "2026-11-24T12:00:00Z", actor: "ann", remote_address: null, action: "update", resource: "cost_models", resource_id: "u", resource_name: "Tenth", changes: {}, ...more };
}

test("a change tells before and after, in words", () => {
  const changes = { markup: [{ value: "10.0000000000", unit: "percent" }, { value: "2.5", unit: "percent" }], enabled: [true, false], currency: [null, "EUR"], version: [1, 2] };
  assert.deepEqual(changesOf(entry({ changes })), [
    { name: "markup", before: "10%", after: "2.50%" },
    { name: "enabled", before: "yes", after: "no" },
    { name: "currency", before: "nothing", after: "EUR" },
  ]);
});

test("what was added is told as it is, a list of two as well", () => {
  const changes = { name: "Prices", rates: [{ a: 1 }, { a: 2 }], description: "" };
  assert.deepEqual(changesOf(entry({ action: "create", changes })), [
    { name: "name", after: "Prices" },
    { name: "rates", after: "2 entries" },
  ]);
});

test("groups stand for their resources", () => {
  assert.equal(resourcesOf("tags"), "tags,tag_mappings,cost_categories");
  assert.equal(resourcesOf("cost_models"), "cost_models");
  assert.equal(resourcesOf(""), null);
});

test("what is gone has no page, and no name but its own", () => {
  assert.equal(pageOf(entry({})), "/cost-models/u");
  assert.equal(pageOf(entry({ action: "delete" })), null);
  assert.equal(nameOf(entry({ resource_name: null, resource_id: "EUR" })), "EUR");
  const application = entry({ resource: "applications", resource_name: null, resource_id: "12" });
  assert.deepEqual([nameOf(application), kindOf(application)], [null, "Application 12"]);
  assert.equal(nameOf(entry({ resource_name: null, resource_id: "00000000-0000-4000-8000-000000000000" })), null);
});
