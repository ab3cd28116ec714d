// The numbers of the overview, from the answers of reports and forecast.
import { addDays, countDays, monthEnd, monthStart } from "./dates";
import { type Flat, change, cumulate } from "./report";

export interface ForecastAnswer {
  data: { date: string; values: { cost: { total: { value: number }; confidence_max: { value: number }; confidence_min: { value: number } } }[] }[];
}

export interface Month {
  days: string[];
  /** Sums to each day; null from tomorrow on. */
  now: (number | null)[];
  before: (number | null)[];
  forecast: (number | null)[];
  low: (number | null)[];
  high: (number | null)[];
  total: number;
  /** Of last month, to the same day. */
  sameDay: number;
  lastMonth: number;
  expected: { value: number; low: number; high: number } | null;
}

function byDate(flat: Flat): Map<string, number> {
  const points = flat.series[0]?.points ?? [];
  return new Map(flat.dates.map((day, i) => [day, points[i] ?? 0]));
}

/** Lays this month, the last and the forecast over the days of the month of `today`. */
export function layMonth(today: string, thisMonth: Flat, lastMonth: Flat, forecast?: ForecastAnswer): Month {
  const first = monthStart(today);
  const length = countDays(first, monthEnd(today));
  const before = monthStart(today, -1);
  const beforeLength = countDays(before, monthEnd(before));
  const days = Array.from({ length }, (_, i) => addDays(first, i));
  const now = byDate(thisMonth);
  const last = byDate(lastMonth);
  const nowSums = cumulate(days.map((day) => now.get(day) ?? 0));
  const lastSums = cumulate(days.map((_, i) => (i < beforeLength ? (last.get(addDays(before, i)) ?? 0) : 0)));
  const until = countDays(first, today) - 1;
  // The newest day with costs: reports come hours late, so today is often still empty.
  let known = until;
  while (known > 0 && !now.get(days[known])) known--;
  const future = new Map((forecast?.data ?? []).map((d) => [d.date, d.values[0]?.cost]));
  const blank = () => days.map((): number | null => null);
  const lines = { forecast: blank(), low: blank(), high: blank() };
  let sums = { value: nowSums[known], low: nowSums[known], high: nowSums[known] };
  if (future.size > 0) {
    lines.forecast[known] = lines.low[known] = lines.high[known] = nowSums[known];
    for (let i = known + 1; i < length; i++) {
      const day = future.get(days[i]);
      sums = {
        value: sums.value + (day?.total.value ?? 0),
        low: sums.low + (day?.confidence_min.value ?? 0),
        high: sums.high + (day?.confidence_max.value ?? 0),
      };
      lines.forecast[i] = sums.value;
      lines.low[i] = sums.low;
      lines.high[i] = sums.high;
    }
  }
  return {
    days,
    now: nowSums.map((v, i) => (i <= known ? v : null)),
    before: lastSums.map((v, i) => (i < beforeLength ? v : null)),
    ...lines,
    total: thisMonth.total,
    sameDay: lastSums[Math.min(until, length - 1)],
    lastMonth: lastMonth.total,
    expected: future.size > 0 ? sums : null,
  };
}

export interface Mover {
  dimension: string;
  value: string;
  label: string;
  delta: number;
  fraction: number | null;
  total: number;
}

/** What changed most, whichever way, of all dimensions. */
export function movers(flats: [string, Flat][], most: number): Mover[] {
  return flats
    .flatMap(([dimension, flat]) =>
      flat.series.map((s) => {
        const delta = s.deltaValue ?? 0;
        return { dimension, value: s.values[0], label: s.label, delta, fraction: change(s.total, s.total - delta).fraction, total: s.total };
      }),
    )
    .filter((m) => Math.abs(m.delta) >= 0.005)
    .sort((a, b) => Math.abs(b.delta) - Math.abs(a.delta))
    .slice(0, most);
}
