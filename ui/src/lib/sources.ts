// Adding and changing sources, by the Sources API.
import { KONTOR, SOURCES, send } from "./api";

export interface Extra {
  bucket?: string;
  report_name?: string;
  report_prefix?: string;
  endpoint?: string;
  region?: string;
  [name: string]: unknown;
}

export interface Authentication {
  authtype: string;
  username: string;
  password?: string;
}

interface Made {
  sources: { id: string }[];
}

/** A source with its application (and keys), all or nothing. Returns its id. */
export async function addSource(name: string, type: string, extra: Extra, authentication?: Authentication): Promise<string> {
  const made = await send<Made>("POST", `${SOURCES}/bulk_create`, {
    sources: [{ name, source_type_name: type }],
    applications: [{ source_name: name, application_type_name: "cost-management", extra }],
    authentications: authentication ? [{ ...authentication, resource_type: "source", resource_name: name }] : [],
  });
  return made.sources[0].id;
}

/** Writes sample reports on the server, and a source that reads them. Returns its id. */
export async function addSampleSource(name: string): Promise<string> {
  const sample = await send<{ extra: Extra }>("POST", `${KONTOR}/sample-data/`);
  return addSource(name, "amazon", sample.extra);
}

export interface FoundMonth {
  month: string;
  files: number;
  bytes: number;
  kind: string | null;
  manifest: boolean;
  problem: string | null;
}

export interface BucketCheck {
  ok: boolean;
  step?: "reach" | "list" | "reports";
  message?: string;
  report_name?: string;
  report_prefix?: string;
  objects?: number;
  reports?: { report_name: string; report_prefix: string; objects: number; bytes: number }[];
  months?: FoundMonth[];
}

/** A live look into the bucket. */
export function checkBucket(extra: Extra, keys: { access_key?: string; secret_key?: string; source_id?: string }): Promise<BucketCheck> {
  return send<BucketCheck>("POST", `${KONTOR}/bucket-check/`, { ...extra, ...keys });
}

/** What of the fields goes into the application: nothing that is empty. */
export function compact(extra: Extra): Extra {
  return Object.fromEntries(Object.entries(extra).filter(([name, value]) => value !== "" || name === "report_prefix"));
}
