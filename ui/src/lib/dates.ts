// Days as "YYYY-MM-DD" texts and whole UTC days, as the API has them.
const DAY = 86_400_000;

export function parseDay(day: string): number {
  return Date.parse(`${day}T00:00:00Z`);
}

export function formatDay(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

export function addDays(day: string, days: number): string {
  return formatDay(parseDay(day) + days * DAY);
}

/** How many days from `from` to `to`, both included. */
export function countDays(from: string, to: string): number {
  return Math.round((parseDay(to) - parseDay(from)) / DAY) + 1;
}

export function monthStart(day: string, offset = 0): string {
  const date = new Date(parseDay(day));
  return formatDay(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + offset, 1));
}

export function monthEnd(day: string, offset = 0): string {
  return addDays(monthStart(day, offset + 1), -1);
}

export function isDay(text: string | null): text is string {
  return text !== null && /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(parseDay(text));
}

export interface Range {
  from: string;
  to: string;
}

export interface Preset {
  id: string;
  label: string;
  range: (today: string) => Range;
}

export const PRESETS: Preset[] = [
  { id: "month", label: "This month", range: (t) => ({ from: monthStart(t), to: t }) },
  { id: "last-month", label: "Last month", range: (t) => ({ from: monthStart(t, -1), to: monthEnd(t, -1) }) },
  { id: "10d", label: "Last 10 days", range: (t) => ({ from: addDays(t, -9), to: t }) },
  { id: "30d", label: "Last 30 days", range: (t) => ({ from: addDays(t, -29), to: t }) },
  { id: "90d", label: "Last 90 days", range: (t) => ({ from: addDays(t, -89), to: t }) },
  { id: "2m", label: "Two months", range: (t) => ({ from: monthStart(t, -1), to: t }) },
  { id: "3m", label: "Three months", range: (t) => ({ from: monthStart(t, -2), to: t }) },
];

/** Is it whole months, or the present one up to today? Then periods are compared month by month. */
export function isMonths(range: Range, today: string): boolean {
  return range.from === monthStart(range.from) && (range.to === monthEnd(range.to) || range.to === today);
}

/** The period before: as many months earlier (to the same day), or as many days. */
export function previousRange(range: Range, today: string): Range {
  if (!isMonths(range, today)) {
    const days = countDays(range.from, range.to);
    return { from: addDays(range.from, -days), to: addDays(range.from, -1) };
  }
  const first = new Date(parseDay(range.from));
  const last = new Date(parseDay(range.to));
  const months =
    (last.getUTCFullYear() - first.getUTCFullYear()) * 12 + last.getUTCMonth() - first.getUTCMonth() + 1;
  const end = monthEnd(range.to, -months);
  const sameDay = addDays(monthStart(range.to, -months), last.getUTCDate() - 1);
  const whole = range.to === monthEnd(range.to);
  return { from: monthStart(range.from, -months), to: whole || sameDay > end ? end : sameDay };
}

/** The period after, as long; the other way of previousRange. */
export function nextRange(range: Range, today: string): Range {
  if (!isMonths(range, today)) {
    const days = countDays(range.from, range.to);
    return { from: addDays(range.to, 1), to: addDays(range.to, days) };
  }
  const from = addDays(monthEnd(range.to), 1);
  const end = monthEnd(from);
  return { from, to: end > today && from <= today ? today : end };
}
