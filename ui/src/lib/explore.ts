// The Explorer's state: how it stands in the address bar, and what it asks of the API.
import { COSTS, query } from "./api";
import { PRESETS, type Range, isDay, previousRange } from "./dates";
import { PERSPECTIVES, type Perspective, type ReportKind } from "./perspectives";

export type Mode = "is" | "has" | "not";

/** One value of one dimension. In the address: "service=AmazonEC2", "region~us", "tag:env!prod". */
export interface Filter {
  dimension: string;
  mode: Mode;
  value: string;
}

export interface Explore {
  perspective: Perspective;
  report: ReportKind;
  /** A preset's id, or "custom". */
  preset: string;
  range: Range;
  resolution: "daily" | "monthly";
  groups: string[];
  /** Groups of the address beyond those that the server takes. */
  leftOut: string[];
  filters: Filter[];
  /** How many groups are ranked; 0: all. */
  limit: number;
  costType: string | null;
  currency: string | null;
  compare: boolean;
  sort: string;
  descending: boolean;
}

const SIGNS: Record<Mode, string> = { is: "=", has: "~", not: "!" };
export const MODE_LABELS: Record<Mode, string> = { is: "is", has: "contains", not: "is not" };
export const LIMITS = [5, 10, 25, 50, 0];

export function writeFilter(filter: Filter): string {
  return filter.dimension + SIGNS[filter.mode] + filter.value;
}

export function readFilter(text: string): Filter | null {
  const match = /^((?:tag:|aws_category:)?[^=~!]+)([=~!])(.+)$/s.exec(text);
  if (!match) return null;
  const mode = (Object.keys(SIGNS) as Mode[]).find((m) => SIGNS[m] === match[2]) as Mode;
  return { dimension: match[1], mode, value: match[3] };
}

/** `groupsMost`: how many group-bys the server takes. */
export function readExplore(params: URLSearchParams, today: string, groupsMost: number): Explore {
  const perspective = PERSPECTIVES.find((p) => p.id === params.get("p")) ?? PERSPECTIVES[0];
  const report = perspective.reports.find((r) => r.id === params.get("report")) ?? perspective.reports[0];
  const from = params.get("from");
  const to = params.get("to");
  const custom = isDay(from) && isDay(to) && from <= to;
  const preset = PRESETS.find((p) => p.id === params.get("range")) ?? PRESETS[0];
  const range = custom ? { from, to } : preset.range(today);
  const limit = Number(params.get("n") ?? 10);
  const groups = (params.has("g") ? [...new Set(params.getAll("g"))] : [perspective.dimensions[0].id]).filter(Boolean);
  const [sort, direction] = (params.get("sort") ?? "total:desc").split(":");
  return {
    perspective,
    report,
    preset: custom ? "custom" : preset.id,
    range,
    resolution: params.get("res") === "monthly" ? "monthly" : "daily",
    groups: groups.slice(0, groupsMost),
    leftOut: groups.slice(groupsMost),
    filters: params.getAll("f").map(readFilter).filter((f) => f !== null),
    limit: LIMITS.includes(limit) ? limit : 10,
    costType: perspective.hasCostTypes ? params.get("cost") : null,
    currency: params.get("currency"),
    compare: params.get("compare") === "1",
    sort,
    descending: direction !== "asc",
  };
}

export interface AskOptions {
  range?: Range;
  limit?: number;
  resolution?: "daily" | "monthly";
}

/** The parameters of the report's request. */
export function reportQuery(state: Explore, options: AskOptions = {}): [string, string][] {
  const range = options.range ?? state.range;
  const limit = options.limit ?? state.limit;
  const items: [string, string][] = [
    ["start_date", range.from],
    ["end_date", range.to],
    ["filter[resolution]", options.resolution ?? state.resolution],
  ];
  for (const group of state.groups) items.push([`group_by[${group}]`, "*"]);
  for (const { dimension, mode, value } of state.filters) {
    const name = mode === "has" ? dimension : `exact:${dimension}`;
    items.push([`${mode === "not" ? "exclude" : "filter"}[${name}]`, value]);
  }
  if (limit > 0 && state.groups.length > 0) items.push(["filter[limit]", String(limit)]);
  if (state.costType) items.push(["cost_type", state.costType]);
  if (state.currency) items.push(["currency", state.currency]);
  items.push(["limit", "0"]);
  return items;
}

export function reportUrl(state: Explore, options: AskOptions = {}): string {
  return `${COSTS}/${state.report.path}?${query(reportQuery(state, options))}`;
}

/** The same costs as a FOCUS data set; null where that export can't be told all of the filters. */
export function focusUrl(state: Explore): string | null {
  const known = ["account", "service", "region"];
  if (state.perspective.id !== "aws" || state.report.measure !== "cost" || state.filters.some((f) => f.mode !== "is" || !known.includes(f.dimension))) return null;
  const items: [string, string][] = [["start_date", state.range.from], ["end_date", state.range.to]];
  for (const name of known) {
    const values = state.filters.filter((f) => f.dimension === name).map((f) => f.value);
    if (values.length > 0) items.push([`filter[${name}]`, values.join(",")]);
  }
  return `${COSTS}/exports/focus/?${query(items)}`;
}

/** All groups of the period before, summed: what the rows are compared with. */
export function previousUrl(state: Explore, today: string): string {
  return reportUrl(state, { range: previousRange(state.range, today), limit: 0, resolution: "monthly" });
}

/** What a click on a row leads to: its values as filters, grouped by what was not looked at yet. */
export function drillDown(state: Explore, values: string[]): { f: string[]; g: string[] } {
  const filters = state.filters.filter((f) => !(f.mode !== "not" && state.groups.includes(f.dimension)));
  const added = state.groups.map((dimension, i): Filter => ({ dimension, mode: "is", value: values[i] }));
  const all = [...filters, ...added];
  const seen = new Set(all.filter((f) => f.mode === "is").map((f) => f.dimension));
  const next = state.perspective.dimensions.find((d) => !seen.has(d.id)) ?? state.perspective.dimensions[0];
  return { f: all.map(writeFilter), g: [next.id] };
}

/** A link into the Explorer. */
export function exploreLink(changes: Record<string, string | string[]>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(changes)) {
    for (const one of Array.isArray(value) ? value : [value]) params.append(name, one);
  }
  const text = params.toString();
  return `/explore${text ? `?${text}` : ""}`;
}
