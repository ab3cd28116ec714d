// Price lists: what a form holds of one, and what the API is told.
import { monthEnd } from "./dates";

export interface Tier {
  value: number | string;
  unit: string;
  usage: { usage_start: number | null; usage_end: number | null };
}

export interface TagValue {
  tag_value: string;
  value: number | string;
  unit: string;
  description: string;
  default: boolean;
}

export interface Rate {
  rate_id?: string;
  metric: { name: string; label_metric?: string; label_measurement?: string; label_measurement_unit?: string };
  cost_type: string;
  description: string;
  custom_name: string;
  tiered_rates?: Tier[];
  tag_rates?: { tag_key?: string; tag_values?: TagValue[] };
}

export interface PriceList {
  uuid: string;
  name: string;
  description: string;
  currency: string;
  effective_start_date: string;
  effective_end_date: string;
  enabled: boolean;
  version: number;
  rates: Rate[];
  updated_timestamp: string;
  assigned_cost_models: { uuid: string; name: string }[];
}

/** GET metrics/: what can be priced. */
export interface Metric {
  metric: string;
  label_metric: string;
  label_measurement: string;
  label_measurement_unit: string;
  default_cost_type: string;
}

/** Several metrics are alike but for the time that is counted. */
export function metricLabel(m: Omit<Metric, "metric" | "default_cost_type">): string {
  return `${m.label_metric}, ${m.label_measurement.toLowerCase().replace("-", " ")} (${m.label_measurement_unit})`;
}

/** A price up to some usage, or of one value of a tag. */
export interface PriceDraft {
  upTo: string;
  tagValue: string;
  isDefault: boolean;
  description: string;
  value: string;
}

export interface RateDraft {
  /** For lists on the page only. */
  key: number;
  metric: string;
  costType: string;
  name: string;
  description: string;
  byTag: boolean;
  tagKey: string;
  prices: PriceDraft[];
}

export interface ListDraft {
  name: string;
  description: string;
  currency: string;
  /** Months. */
  from: string;
  to: string;
  enabled: boolean;
  rates: RateDraft[];
}

export const NO_PRICE: PriceDraft = { upTo: "", tagValue: "", isDefault: false, description: "", value: "" };

let keys = 0;

export function newRate(metric: Metric): RateDraft {
  return { key: ++keys, metric: metric.metric, costType: metric.default_cost_type, name: "", description: "", byTag: false, tagKey: "", prices: [NO_PRICE] };
}

function rateDraft(rate: Rate): RateDraft {
  const tags = rate.tag_rates?.tag_values ?? [];
  return {
    key: ++keys,
    metric: rate.metric.name,
    costType: rate.cost_type,
    name: rate.custom_name,
    description: rate.description,
    byTag: tags.length > 0,
    tagKey: rate.tag_rates?.tag_key ?? "",
    prices:
      tags.length > 0
        ? tags.map((t) => ({ ...NO_PRICE, tagValue: t.tag_value, isDefault: t.default, description: t.description, value: String(t.value) }))
        : (rate.tiered_rates ?? []).map((t) => ({ ...NO_PRICE, upTo: t.usage.usage_end === null ? "" : String(t.usage.usage_end), value: String(t.value) })),
  };
}

export function listDraft(list: PriceList | undefined, currency: string, today: string): ListDraft {
  if (!list) return { name: "", description: "", currency, from: today.slice(0, 7), to: `${today.slice(0, 4)}-12`, enabled: true, rates: [] };
  return {
    name: list.name,
    description: list.description,
    currency: list.currency,
    from: list.effective_start_date.slice(0, 7),
    to: list.effective_end_date.slice(0, 7),
    enabled: list.enabled,
    rates: list.rates.map(rateDraft),
  };
}

/** A number that is not negative; a comma for the point is understood. */
function isPrice(text: string): boolean {
  return /^\d+([.,]\d+)?$/.test(text.trim());
}

function number(text: string): string {
  return text.trim().replace(",", ".");
}

/** What is wrong with a rate, in a sentence; null: nothing. */
export function rateFault(rate: RateDraft): string | null {
  const { prices } = rate;
  if (prices.some((p) => !isPrice(p.value))) return "A price is a number, such as 0.25.";
  if (rate.byTag) {
    if (!rate.tagKey.trim()) return "Which tag? Name its key.";
    const values = prices.map((p) => p.tagValue.trim());
    if (values.includes("")) return "Each price is of a value of the tag.";
    return new Set(values).size < values.length ? "A value has two prices." : null;
  }
  const ends = prices.slice(0, -1).map((p) => p.upTo);
  if (!ends.every(isPrice)) return "All prices but the last say up to which usage they go.";
  return ends.some((end, i) => Number(number(end)) <= (i > 0 ? Number(number(ends[i - 1])) : 0)) ? "Each price must go further than the one before." : null;
}

function rateBody(rate: RateDraft, unit: string): object {
  const common = { metric: { name: rate.metric }, cost_type: rate.costType, custom_name: rate.name.trim(), description: rate.description };
  if (rate.byTag) {
    const values = rate.prices.map((p) => ({ tag_value: p.tagValue.trim(), value: number(p.value), unit, description: p.description, default: p.isDefault }));
    return { ...common, tag_rates: { tag_key: rate.tagKey.trim(), tag_values: values } };
  }
  const last = rate.prices.length - 1;
  const tiers = rate.prices.map((p, i) => ({
    value: number(p.value),
    unit,
    usage: { usage_start: i > 0 ? number(rate.prices[i - 1].upTo) : null, usage_end: i < last ? number(p.upTo) : null, unit },
  }));
  return { ...common, tiered_rates: tiers };
}

/** The body of POST and PUT. A list that is off, and stays so, can only be renamed. */
export function listBody(draft: ListDraft, stored: PriceList | undefined): object {
  const { name, description, enabled } = draft;
  const named = { name: name.trim(), description, enabled };
  if (stored && !stored.enabled && !enabled) return named;
  return {
    ...named,
    currency: draft.currency,
    effective_start_date: `${draft.from}-01`,
    effective_end_date: monthEnd(`${draft.to}-01`),
    rates: draft.rates.map((rate) => rateBody(rate, draft.currency)),
  };
}
