// What the audit tells, in words: of sources and what hangs on them, cost models, price lists and
// settings.
import { count, percent, plural } from "./format";

export interface Entry {
  at: string;
  actor: string | null;
  remote_address: string | null;
  action: string;
  resource: string;
  resource_id: string | null;
  resource_name: string | null;
  changes: Record<string, unknown> | null;
}

interface Kind {
  id: string;
  label: string;
  /** Where to see it, when it is still there. */
  page?: (entry: Entry) => string;
}

/** What can be looked at alone; each with its resources. */
export const GROUPS: { id: string; label: string; kinds: Kind[] }[] = [
  {
    id: "sources",
    label: "sources",
    kinds: [
      { id: "sources", label: "Source", page: (e) => `/sources/${e.resource_id}` },
      { id: "applications", label: "Application" },
      { id: "authentications", label: "Authentication" },
      { id: "endpoints", label: "Endpoint" },
      { id: "application_authentications", label: "Authentication of an application" },
      { id: "rhc_connections", label: "Connection" },
    ],
  },
  {
    id: "models",
    label: "cost models",
    kinds: [
      { id: "cost_models", label: "Cost model", page: (e) => `/cost-models/${e.resource_id}` },
      { id: "cost_model_sources", label: "Source of a cost model", page: (e) => `/cost-models/${e.resource_id}` },
      { id: "cost_model_price_lists", label: "Price list of a cost model", page: (e) => `/cost-models/${e.resource_id}` },
    ],
  },
  { id: "prices", label: "price lists", kinds: [{ id: "price_lists", label: "Price list", page: (e) => `/price-lists/${e.resource_id}` }] },
  {
    id: "tags",
    label: "tags and categories",
    kinds: [
      { id: "tags", label: "Tag", page: (e) => `/settings/tags?key=${encodeURIComponent(e.resource_name ?? "")}` },
      { id: "tag_mappings", label: "Tag mapping", page: () => "/settings/mappings" },
      { id: "cost_categories", label: "Cost category", page: (e) => `/settings/categories?key=${encodeURIComponent(e.resource_name ?? "")}` },
    ],
  },
  {
    id: "settings",
    label: "currencies and other settings",
    kinds: [
      { id: "account_settings", label: "Currency and cost type", page: () => "/settings/currency" },
      { id: "currencies", label: "Currency", page: () => "/settings/currency" },
      { id: "exchange_rates", label: "Exchange rate", page: () => "/settings/currency" },
      { id: "data_retention", label: "Retention", page: () => "/settings/retention" },
    ],
  },
];

const KINDS = new Map(GROUPS.flatMap((g) => g.kinds).map((k) => [k.id, k]));

/** The `resource` parameter for a group, or for one kind; none for everything. */
export function resourcesOf(id: string): string | null {
  return GROUPS.find((g) => g.id === id)?.kinds.map((k) => k.id).join(",") ?? (id || null);
}

export function kindOf(entry: Entry): string {
  const label = KINDS.get(entry.resource)?.label ?? entry.resource.replace(/_/g, " ");
  return /^\d+$/.test(entry.resource_id ?? "") && !entry.resource_name ? `${label} ${entry.resource_id}` : label;
}

/** What it is called, if anything: numbers and UUIDs are no names. */
export function nameOf(entry: Entry): string | null {
  return entry.resource_name ?? (/^[A-Z]{3}$/.test(entry.resource_id ?? "") ? entry.resource_id : null);
}

export function pageOf(entry: Entry): string | null {
  return entry.action === "delete" ? null : (KINDS.get(entry.resource)?.page?.(entry) ?? null);
}

/** Columns that say nothing to a reader. */
const DULL = new Set(["id", "uid", "tenant_id", "created_at", "updated_at", "user_id", "last_checked_at", "last_available_at", "app_creation_workflow", "version", "retry_counter", "application_type_id", "source_type_id", "source_id", "reset_timestamp", "distribution", "distribution_info"]);

function object(value: Record<string, unknown>): string {
  if (value.unit === "percent") return percent(Number(value.value) / 100, Number.isInteger(Number(value.value)) ? 0 : 2);
  return Object.entries(value).filter(([, inner]) => inner !== "" && inner !== null).map(([name, inner]) => `${name.replace(/_/g, " ")}: ${word(inner)}`).join(", ") || "nothing";
}

/** A value as a reader says it. */
export function word(value: unknown): string {
  if (value === null || value === undefined || value === "") return "nothing";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return count(value, 15);
  if (Array.isArray(value)) return value.some((v) => typeof v === "object") ? plural(value.length, "entry", "entries") : value.map(word).join(", ") || "nothing";
  return typeof value === "object" ? object(value as Record<string, unknown>) : String(value);
}

export interface Change {
  name: string;
  /** Absent of what was added or removed as a whole. */
  before?: string;
  after: string;
}

export function changesOf(entry: Entry): Change[] {
  return Object.entries(entry.changes ?? {})
    .filter(([name, value]) => !DULL.has(name) && value !== null && !(Array.isArray(value) && value.length === 0) && value !== "")
    .map(([name, value]) =>
      entry.action === "update" && Array.isArray(value) && value.length === 2
        ? { name: name.replace(/_/g, " "), before: word(value[0]), after: word(value[1]) }
        : { name: name.replace(/_/g, " "), after: word(value) },
    );
}
