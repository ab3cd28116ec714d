// Who uses the interface, how they may sign in, and what every request carries.

/** GET /api/kontor/v1/me/: docs/access.md. */
export interface Me {
  authenticated: boolean;
  method?: "gateway" | "header" | "default" | "token" | "password" | "session";
  org_id?: string;
  username?: string;
  email?: string;
  is_org_admin?: boolean;
  reason?: string;
  sign_in: {
    password: boolean;
    oidc: {
      issuer: string;
      client_id: string | null;
      authorization_endpoint: string | null;
      token_endpoint: string | null;
      end_session_endpoint: string | null;
    } | null;
  };
}

/** GET /api/kontor/v1/about/ */
export interface About {
  version: string;
  /** The server's day; "this month" is the month of it. */
  today: string;
  now: string;
  retention_months: number;
  /** How many group-bys a report may have. */
  group_by_max: number;
}

export interface Session extends About {
  me: Me;
}

const ORG = "kontor.org";
const TOKEN = "kontor.token";

function stored(storage: "localStorage" | "sessionStorage", name: string): string | null {
  try {
    return window[storage].getItem(name);
  } catch {
    return null; // storage may be forbidden
  }
}

function keep(storage: "localStorage" | "sessionStorage", name: string, value: string | null): void {
  try {
    if (value === null) window[storage].removeItem(name);
    else window[storage].setItem(name, value);
  } catch {
    // Then it holds for this page only.
  }
}

export function store(name: string, value: string | null): void {
  keep("localStorage", name, value);
}

let organization = stored("localStorage", ORG);
let token = stored("sessionStorage", TOKEN);
let onSignedOut: () => void = () => undefined;

export function chooseOrganization(org: string | null): void {
  organization = org;
  store(ORG, org);
}

/** A token lives as long as the tab, and no longer. */
export function setToken(value: string | null): void {
  token = value;
  keep("sessionStorage", TOKEN, value);
}

/** The headers by which the server knows the caller; for showing, without the secret. */
export function signature(shown = false): Record<string, string> {
  if (token) return { Authorization: shown ? "Bearer $TOKEN" : `Bearer ${token}` };
  return organization ? { "x-rh-sources-org-id": organization } : {};
}

export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener;
}

export function signedOut(): void {
  setToken(null);
  onSignedOut();
}

let ahead = 0;

/** Notes how far the server's clock is from this one's. */
export function noteServerTime(now: string): void {
  ahead = Date.parse(now) - Date.now();
}

/** Milliseconds, by the server's clock. */
export function serverNow(): number {
  return Date.now() + ahead;
}
