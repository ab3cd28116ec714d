// An answer of a report, made flat: a series a group, a number a date.
interface Amount {
  value: number;
  units?: string;
}

interface CostGroup {
  total: Amount;
  raw: Amount;
  markup: Amount;
  usage?: Amount;
}

interface Row {
  date: string;
  cost?: CostGroup;
  usage?: Amount;
  delta_value?: number;
  delta_percent?: number | null;
  [name: string]: unknown;
}

export interface ReportAnswer {
  meta: {
    count: number;
    others?: number;
    currency?: string;
    cost_type?: string;
    group_by?: Record<string, unknown>;
    total?: { cost?: CostGroup; usage?: Amount };
    delta?: { value: number; percent: number | null };
  };
  links?: unknown;
  data: Record<string, unknown>[];
}

export interface Series {
  /** What tells it from the others: its group's values. */
  key: string;
  /** A value a group-by, in their order. */
  values: string[];
  label: string;
  /** It stands for all groups beyond the ranked ones. */
  isOthers: boolean;
  /** A number a date of the report; 0 where there is nothing. */
  points: number[];
  total: number;
  deltaValue?: number;
  deltaPercent?: number | null;
}

export interface Flat {
  dates: string[];
  series: Series[];
  total: number;
  units: string;
  /** How many groups "Others" stands for. */
  others: number;
  delta?: { value: number; percent: number | null };
}

const META = new Set(["date", "values"]);

/** Walks data → groups → groups → values, whatever the groups are called. */
function* leaves(entry: Record<string, unknown>, path: string[], aliases: string[]): Generator<[string[], string[], Row]> {
  const values = entry.values as Row[] | undefined;
  if (Array.isArray(values)) {
    for (const row of values) yield [path, aliases, row];
    return;
  }
  for (const [name, list] of Object.entries(entry)) {
    if (META.has(name) || !Array.isArray(list)) continue;
    for (const child of list as Record<string, unknown>[]) {
      const key = Object.keys(child).find((k) => typeof child[k] === "string");
      const value = String(child[key ?? ""] ?? "");
      const first = (child.values as Row[] | undefined)?.[0];
      const alias = key && first ? (first[`${key}_alias`] as string | undefined) : undefined;
      const label = value === `No-${key}` ? `No ${key?.replace(/_/g, " ")}` : value;
      yield* leaves(child, [...path, value], [...aliases, alias && alias !== value ? alias : label]);
    }
  }
}

export function isOthers(value: string): boolean {
  return value === "Others" || value === "Other";
}

export function flatten(answer: ReportAnswer, measure: "cost" | "usage" = "cost"): Flat {
  const amount = (row: Row): number =>
    Number(measure === "cost" ? row.cost?.total.value : row.usage?.value) || 0;
  const dates = answer.data.map((entry) => String(entry.date));
  const series = new Map<string, Series>();
  let units = "";
  answer.data.forEach((entry, at) => {
    for (const [path, aliases, row] of leaves(entry, [], [])) {
      const key = JSON.stringify(path);
      let one = series.get(key);
      if (!one) {
        const others = path.length > 0 && path.every(isOthers);
        const label = others ? "Others" : aliases.join(" · ") || "Total";
        one = { key, values: path, label, isOthers: others, points: dates.map(() => 0), total: 0 };
        series.set(key, one);
      }
      one.points[at] += amount(row);
      one.total += amount(row);
      if (row.delta_value !== undefined) {
        one.deltaValue = (one.deltaValue ?? 0) + row.delta_value;
        one.deltaPercent = row.delta_percent;
      }
      units ||= (measure === "cost" ? row.cost?.total.units : row.usage?.units) ?? "";
    }
  });
  const total = measure === "cost" ? answer.meta.total?.cost?.total : answer.meta.total?.usage;
  return {
    dates,
    series: [...series.values()].sort((a, b) => Number(a.isOthers) - Number(b.isOthers) || b.total - a.total),
    total: Number(total?.value) || 0,
    units: units || total?.units || answer.meta.currency || "",
    others: answer.meta.others ?? 0,
    delta: answer.meta.delta,
  };
}

/** The part of a daily report that its days from `from` to `to` are. */
export function between(flat: Flat, from: string, to: string): Flat {
  const first = flat.dates.findIndex((day) => day >= from);
  const start = first < 0 ? flat.dates.length : first;
  const end = start + flat.dates.slice(start).filter((day) => day <= to).length;
  const series = flat.series.map((s): Series => {
    const points = s.points.slice(start, end);
    return { ...s, points, total: points.reduce((a, b) => a + b, 0) };
  });
  return { ...flat, dates: flat.dates.slice(start, end), series, total: series.reduce((sum, s) => sum + s.total, 0) };
}

/** Sums from the first date on: for charts of how a month fills. */
export function cumulate(points: number[]): number[] {
  let sum = 0;
  return points.map((point) => (sum += point));
}

/** The change from `before` to `now`; no percentage of nothing. */
export function change(now: number, before: number): { value: number; fraction: number | null } {
  return { value: now - before, fraction: Math.abs(before) < 0.005 ? null : (now - before) / Math.abs(before) };
}
