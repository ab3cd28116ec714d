import assert from "node:assert/strict";
import { test } from "node:test";
import { errorText } from "../src/lib/api";
import { layMonth, movers } from "../src/lib/overview";
import { type ReportAnswer, between, change, flatten } from "../src/lib/report";

const cost = (value: number) => ({ raw: { value }, markup: { value: 0 }, total: { value, units: "USD" } });

const TWO_DAYS = {
  meta: { count: 2, others: 3, total: { cost: cost(111) } },
  data: [
    { date: "2026-11-01", services: [
      { service: "EC2", accounts: [{ account: "1", values: [{ date: "2026-11-01", account: "1", account_alias: "prod", cost: cost(60) }] }] },
      { service: "Others", accounts: [{ account: "Others", values: [{ date: "2026-11-01", account: "Others", account_alias: "Others", cost: cost(40) }] }] },
    ] },
    { date: "2026-11-02", services: [
      { service: "EC2", accounts: [{ account: "1", values: [{ date: "2026-11-02", account: "1", account_alias: "prod", cost: cost(11) }] }] },
    ] },
  ],
} as unknown as ReportAnswer;

test("an answer becomes a series a group, Others last", () => {
  const flat = flatten(TWO_DAYS);
  assert.deepEqual(flat.dates, ["2026-11-01", "2026-11-02"]);
  assert.deepEqual(flat.series.map((s) => [s.label, s.points, s.total, s.isOthers]), [
    ["EC2 · prod", [60, 11], 71, false],
    ["Others", [40, 0], 40, true],
  ]);
  assert.deepEqual([flat.total, flat.units, flat.others], [111, "USD", 3]);
});

test("an answer without data is empty", () => {
  const flat = flatten({ meta: { count: 0 }, data: [] });
  assert.deepEqual([flat.series, flat.total], [[], 0]);
});

const days = (month: string, values: number[]) =>
  flatten({
    meta: { count: values.length, total: { cost: cost(values.reduce((a, b) => a + b, 0)) } },
    data: values.map((value, i) => ({ date: `${month}-${String(i + 1).padStart(2, "0")}`, values: value === 0 ? [] : [{ date: "", cost: cost(value) }] })),
  } as unknown as ReportAnswer);

test("a month is laid out to the newest day with costs, the forecast after it", () => {
  const forecast = { data: [{ date: "2026-11-03", values: [{ cost: { total: { value: 5 }, confidence_min: { value: 4 }, confidence_max: { value: 6 } } }] }] };
  const month = layMonth("2026-11-03", days("2026-11", [1, 2, 0]), days("2026-10", [10, 10, 10, 10]), forecast);
  assert.equal(month.days.length, 30);
  assert.deepEqual(month.now.slice(0, 4), [1, 3, null, null]);
  assert.deepEqual(month.forecast.slice(0, 4), [null, 3, 8, 8]);
  assert.deepEqual([month.total, month.sameDay, month.lastMonth], [3, 30, 40]);
  assert.deepEqual(month.expected, { value: 8, low: 7, high: 9 });
});

test("without a forecast nothing is expected", () => {
  assert.equal(layMonth("2026-11-03", days("2026-11", [1]), days("2026-10", [1])).expected, null);
});

test("movers are sorted by how much, whichever way", () => {
  const flat = flatten(TWO_DAYS);
  flat.series[0].deltaValue = -9;
  flat.series[1].deltaValue = 4;
  assert.deepEqual(movers([["service", flat]], 5).map((m) => m.delta), [-9, 4]);
});

test("there is no percentage of nothing", () => {
  assert.deepEqual(change(5, 0), { value: 5, fraction: null });
  assert.deepEqual(change(5, 4), { value: 1, fraction: 0.25 });
});

test("errors are read in every shape of the APIs", () => {
  assert.equal(errorText({ errors: [{ detail: "no", source: "x", status: 400 }] }), "no");
  assert.equal(errorText({ group_by: { x: ["Unsupported parameter or invalid value"] } }), "Unsupported parameter or invalid value");
  assert.equal(errorText({ errors: [{ detail: "a" }, { detail: "b" }] }), "a b");
});

test("a part of a report is the days that it is of", () => {
  const whole = flatten(TWO_DAYS as ReportAnswer);
  const second = between(whole, "2026-11-02", "2026-11-30");
  assert.deepEqual(second.dates, ["2026-11-02"]);
  assert.equal(second.total, whole.series.reduce((sum, s) => sum + s.points[1], 0));
  assert.deepEqual(between(whole, "2026-12-01", "2026-12-31").dates, []);
  assert.equal(between(whole, "2026-10-01", "2026-11-02").total, whole.series.reduce((sum, s) => sum + s.total, 0));
});
