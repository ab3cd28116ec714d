// What all pages share: the session, the sources, the account's settings.
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { COSTS, SOURCES } from "./api";
import { useGet } from "./hooks";
import type { Session } from "./session";

export interface Source {
  id: string;
  uid: string;
  name: string;
  source_type_id: string;
  availability_status?: string;
  last_checked_at?: string;
  paused_at?: string;
  created_at: string;
}

export interface SourceList {
  meta: { count: number };
  data: Source[];
}

export interface AccountSettings {
  data: { currency: string; cost_type: string };
}

/** Of the Sources API's catalogue: those with costs. */
export const SOURCE_TYPES: Record<string, { name: string; label: string }> = {
  "1": { name: "amazon", label: "Amazon Web Services" },
  "2": { name: "azure", label: "Microsoft Azure" },
  "3": { name: "google", label: "Google Cloud" },
  "4": { name: "openshift", label: "OpenShift" },
};

export const SOURCES_URL = `${SOURCES}/sources?limit=1000`;
export const ACCOUNT_URL = `${COSTS}/account-settings/`;

/** GET user-access/: what a caller who is no admin may do. */
export interface Access {
  data: { type: string; access: boolean; write: boolean }[];
}

/** The pages that not everyone may see. */
export interface Rights {
  costModels: boolean;
  settings: boolean;
}

export function rightsOf(access: Access | undefined, isAdmin: boolean): Rights {
  const has = (type: string) => isAdmin || access?.data.some((a) => a.type === type && a.access) === true;
  return { costModels: has("cost_model"), settings: has("settings") };
}

export const ACCESS_URL = `${COSTS}/user-access/`;

export interface App {
  session: Session;
  rights: Rights;
  sources: Source[];
  reload: () => void;
}

export const AppContext = createContext<App | null>(null);

/** The organisation's currency and cost type. */
export function useAccount(): { currency: string; costType: string; reload: () => void } {
  const account = useGet<AccountSettings>(ACCOUNT_URL);
  return { currency: account.data?.data?.currency ?? "USD", costType: account.data?.data?.cost_type ?? "unblended_cost", reload: account.reload };
}

export function useApp(): App {
  return useContext(AppContext) as App;
}
