// Numbers, money and dates as the reader's locale writes them.
import { parseDay } from "./dates";

const cache = new Map<string, Intl.NumberFormat>();

function formatter(key: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  let found = cache.get(key);
  if (!found) cache.set(key, (found = new Intl.NumberFormat(undefined, options)));
  return found;
}

export function money(value: number, currency = "USD", digits?: number): string {
  const places = digits ?? (value !== 0 && Math.abs(value) < 0.005 ? 4 : 2);
  try {
    return formatter(`m${currency}${places}`, {
      style: "currency",
      currency,
      currencyDisplay: "narrowSymbol",
      minimumFractionDigits: places,
      maximumFractionDigits: places,
    }).format(value === 0 ? 0 : value);
  } catch {
    return `${value.toFixed(places)} ${currency}`; // a unit that is no currency code
  }
}

/** For axes and small cards: "$1.2K". */
export function shortMoney(value: number, currency = "USD"): string {
  if (Math.abs(value) < 1000) return money(value, currency, Math.abs(value) >= 10 || value === 0 ? 0 : 2);
  return formatter(`s${currency}`, {
    style: "currency",
    currency,
    currencyDisplay: "narrowSymbol",
    notation: "compact",
    maximumFractionDigits: 1,
  }).format(value);
}

export function percent(fraction: number, digits = 1): string {
  return formatter(`p${digits}`, {
    style: "percent",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(fraction);
}

export function count(value: number, digits = 0): string {
  return formatter(`c${digits}`, { maximumFractionDigits: digits }).format(value);
}

export function bytes(value: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
  let step = 0;
  while (value >= 1000 && step < units.length - 1) {
    value /= 1000;
    step++;
  }
  return formatter(`b${step}`, {
    style: "unit",
    unit: units[step],
    unitDisplay: "short",
    maximumFractionDigits: step === 0 ? 0 : 1,
  }).format(value);
}

const DATES: Record<string, Intl.DateTimeFormatOptions> = {
  day: { day: "numeric", month: "short" },
  long: { weekday: "short", day: "numeric", month: "short", year: "numeric" },
  full: { day: "numeric", month: "short", year: "numeric" },
  month: { month: "short", year: "numeric" },
};
const dates = new Map<string, Intl.DateTimeFormat>();

/** A day ("2026-11-24") or month ("2026-11") of the API. */
export function date(day: string, style: "day" | "long" | "full" | "month" = "day"): string {
  const whole = day.length === 7 ? `${day}-01` : day;
  const wanted = day.length === 7 ? "month" : style;
  let found = dates.get(wanted);
  if (!found) dates.set(wanted, (found = new Intl.DateTimeFormat(undefined, { ...DATES[wanted], timeZone: "UTC" })));
  return found.format(parseDay(whole));
}

export function time(text: string): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" }).format(new Date(text));
}

/** "3 hours ago", seen from `now` (milliseconds). */
export function ago(text: string, now: number): string {
  const seconds = Math.round((new Date(text).getTime() - now) / 1000);
  const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
  for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60]] as const) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return relative.format(0, "minute") && "just now";
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}
