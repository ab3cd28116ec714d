import assert from "node:assert/strict";
import { test } from "node:test";
import { drillDown, previousUrl, readExplore, readFilter, reportUrl, writeFilter } from "../src/lib/explore";

const TODAY = "2026-11-24";
const read = (text: string) => readExplore(new URLSearchParams(text), TODAY, 2);

test("an empty address is this month by service", () => {
  assert.equal(
    reportUrl(read("")),
    "/api/cost-management/v1/reports/aws/costs/?start_date=2026-11-01&end_date=2026-11-24&filter[resolution]=daily&group_by[service]=*&filter[limit]=10&limit=0",
  );
});

test("all that can be chosen is asked for", () => {
  const state = read("report=storage&range=last-month&res=monthly&g=region&g=tag:env&n=5&cost=blended_cost&currency=EUR&f=service%3DA%26B&f=region~us&f=tag:env!prod");
  const query = new URLSearchParams(reportUrl(state).split("?")[1]);
  assert.equal(reportUrl(state).split("?")[0], "/api/cost-management/v1/reports/aws/storage/");
  assert.deepEqual([...query], [
    ["start_date", "2026-10-01"], ["end_date", "2026-10-31"], ["filter[resolution]", "monthly"],
    ["group_by[region]", "*"], ["group_by[tag:env]", "*"],
    ["filter[exact:service]", "A&B"], ["filter[region]", "us"], ["exclude[exact:tag:env]", "prod"],
    ["filter[limit]", "5"], ["cost_type", "blended_cost"], ["currency", "EUR"], ["limit", "0"],
  ]);
});

test("nonsense in an address falls back", () => {
  const state = read("p=none&report=none&range=none&from=2026-13-01&to=x&n=7&f=nosign");
  assert.equal(state.perspective.id, "aws");
  assert.equal(state.preset, "month");
  assert.deepEqual(state.filters, []);
  assert.equal(state.limit, 10);
});

test("filters survive the address", () => {
  for (const filter of [
    { dimension: "service", mode: "is" as const, value: "a=b~c!d" },
    { dimension: "tag:cost center", mode: "not" as const, value: "x" },
  ]) {
    assert.deepEqual(readFilter(writeFilter(filter)), filter);
  }
});

test("a click filters by the row and groups by what was not looked at", () => {
  const state = read("g=service&f=account%3D1");
  assert.deepEqual(drillDown(state, ["AmazonEC2"]), { f: ["account=1", "service=AmazonEC2"], g: ["region"] });
  assert.deepEqual(drillDown(read("g=service&g=region"), ["S3", "us"]), { f: ["service=S3", "region=us"], g: ["account"] });
});

test("the period before is asked for as a whole, all groups of it", () => {
  assert.equal(
    previousUrl(read("compare=1&n=5"), TODAY),
    "/api/cost-management/v1/reports/aws/costs/?start_date=2026-10-01&end_date=2026-10-24&filter[resolution]=monthly&group_by[service]=*&limit=0",
  );
});

test("the server says how many groups there can be", () => {
  const state = read("g=service&g=region&g=account&g=service");
  assert.deepEqual([state.groups, state.leftOut], [["service", "region"], ["account"]]);
  assert.deepEqual(readExplore(new URLSearchParams("g=service&g=region&g=account"), TODAY, 3).leftOut, []);
});
