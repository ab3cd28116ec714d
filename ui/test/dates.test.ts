import assert from "node:assert/strict";
import { test } from "node:test";
import { PRESETS, countDays, monthEnd, nextRange, previousRange } from "../src/lib/dates";

const TODAY = "2026-11-24";

test("months end where they do", () => {
  assert.equal(monthEnd("2028-02-10"), "2028-02-29");
  assert.equal(monthEnd("2026-12-31"), "2026-12-31");
  assert.equal(countDays("2026-03-28", "2026-03-31"), 4); // over the change to summer time
});

test("the period before this month is last month to the same day", () => {
  assert.deepEqual(previousRange({ from: "2026-11-01", to: TODAY }, TODAY), { from: "2026-10-01", to: "2026-10-24" });
});

test("the period before a whole month is the whole month before", () => {
  assert.deepEqual(previousRange({ from: "2026-03-01", to: "2026-03-31" }, TODAY), { from: "2026-02-01", to: "2026-02-28" });
  assert.deepEqual(previousRange({ from: "2026-09-01", to: "2026-10-31" }, TODAY), { from: "2026-07-01", to: "2026-08-31" });
});

test("the 31st has its last day in a shorter month", () => {
  assert.deepEqual(previousRange({ from: "2026-12-01", to: "2026-12-31" }, "2026-12-31"), { from: "2026-11-01", to: "2026-11-30" });
  assert.deepEqual(previousRange({ from: "2026-03-01", to: "2026-03-30" }, "2026-03-30"), { from: "2026-02-01", to: "2026-02-28" });
});

test("days are followed by as many days", () => {
  const range = { from: "2026-11-10", to: "2026-11-14" };
  assert.deepEqual(previousRange(range, TODAY), { from: "2026-11-05", to: "2026-11-09" });
  assert.deepEqual(nextRange(range, TODAY), { from: "2026-11-15", to: "2026-11-19" });
});

test("after last month comes this one, up to today", () => {
  assert.deepEqual(nextRange({ from: "2026-10-01", to: "2026-10-31" }, TODAY), { from: "2026-11-01", to: TODAY });
});

test("presets hold today", () => {
  for (const preset of PRESETS.filter((p) => p.id !== "last-month")) assert.equal(preset.range(TODAY).to, TODAY);
});
