// Signing in at an OpenID provider: the authorisation code flow with PKCE (RFC 6749, RFC 7636).
import { type Me, setToken } from "./session";

type Provider = NonNullable<Me["sign_in"]["oidc"]>;

interface Started {
  verifier: string;
  state: string;
  back: string;
}

const KEY = "kontor.oidc";

function base64url(bytes: ArrayBuffer | Uint8Array): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function random(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

/** The challenge of a verifier (RFC 7636 §4.2). */
export async function challenge(verifier: string): Promise<string> {
  return base64url(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)));
}

function redirectUri(): string {
  return `${location.origin}/`;
}

/** Leaves for the provider; it sends the browser back to "/" with a code. */
export async function startSignIn(provider: Provider): Promise<void> {
  if (!provider.authorization_endpoint || !provider.client_id) throw new Error("The identity provider can't be reached by the server, or no client is configured (KONTOR_OIDC_CLIENT_ID).");
  if (!crypto.subtle) throw new Error("Signing in needs https (or localhost): without it the browser has no cryptography.");
  const started: Started = { verifier: random(), state: random(), back: location.pathname + location.search };
  sessionStorage.setItem(KEY, JSON.stringify(started));
  const query = new URLSearchParams({
    response_type: "code",
    client_id: provider.client_id,
    redirect_uri: redirectUri(),
    scope: "openid profile email",
    state: started.state,
    code_challenge: await challenge(started.verifier),
    code_challenge_method: "S256",
  });
  location.assign(`${provider.authorization_endpoint}?${query}`);
}

/** Did the provider send the browser here? */
export function isReturning(): boolean {
  const query = new URLSearchParams(location.search);
  return query.has("state") && (query.has("code") || query.has("error")) && sessionStorage.getItem(KEY) !== null;
}

/** Changes the code for a token, and returns to where one came from. */
export async function finishSignIn(provider: Provider): Promise<void> {
  const query = new URLSearchParams(location.search);
  const started = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Started | null;
  sessionStorage.removeItem(KEY);
  history.replaceState(null, "", started?.back ?? "/");
  if (query.has("error")) throw new Error(query.get("error_description") ?? query.get("error") ?? "");
  if (!started || query.get("state") !== started.state) throw new Error("The answer of the identity provider belongs to another sign-in. Try again.");
  if (!provider.token_endpoint || !provider.client_id) throw new Error("The identity provider names no token endpoint.");
  const answer = await fetch(provider.token_endpoint, {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      grant_type: "authorization_code",
      code: query.get("code") ?? "",
      client_id: provider.client_id,
      redirect_uri: redirectUri(),
      code_verifier: started.verifier,
    }),
  });
  const body = (await answer.json()) as { access_token?: string; error_description?: string; error?: string };
  if (!answer.ok || !body.access_token) throw new Error(body.error_description ?? body.error ?? `The identity provider answered ${answer.status}.`);
  setToken(body.access_token);
}
