// Requests to the server. All data come from the public APIs, so whatever a page shows can be asked
// for by curl; what they don't have is below KONTOR.
import { signedOut, signature } from "./session";

export const COSTS = "/api/cost-management/v1";
export const SOURCES = "/api/sources/v3.1";
export const KONTOR = "/api/kontor/v1";

export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly url: string,
  ) {
    super(message);
  }

  /** What the reader can do about it. */
  get advice(): string {
    if (this.status === 0) return "The server can't be reached. Is it running? Try again in a moment.";
    if (this.status === 401) return "You are not signed in, or no organisation is chosen.";
    if (this.status === 403) return "You have no right to see this. Ask your administrator.";
    if (this.status === 404) return "The server does not know this. It may be of another version.";
    if (this.status === 424) return "The database is away. It is tried again when you reload.";
    if (this.status >= 500) return "The server's log says more (grep WARNING).";
    return "Change what was asked for and try again.";
  }
}

/** The words of an error's body, in whichever of the APIs' shapes. */
export function errorText(body: unknown): string {
  const words: string[] = [];
  const walk = (value: unknown): void => {
    if (typeof value === "string") words.push(value);
    else if (Array.isArray(value)) value.forEach(walk);
    else if (value && typeof value === "object") {
      const detail = (value as Record<string, unknown>).detail ?? (value as Record<string, unknown>).errors;
      if (detail !== undefined) walk(detail);
      else Object.values(value).forEach(walk);
    }
  };
  walk(body);
  return words.filter((word, i) => words.indexOf(word) === i).join(" ");
}

export interface RequestOptions {
  method?: string;
  body?: unknown;
  accept?: string;
  signal?: AbortSignal;
}

export async function request(url: string, options: RequestOptions = {}): Promise<Response> {
  const headers: Record<string, string> = { ...signature(), Accept: options.accept ?? "application/json" };
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  let response: Response;
  try {
    response = await fetch(url, {
      method: options.method ?? "GET",
      headers,
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      signal: options.signal,
      credentials: "same-origin",
    });
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    throw new ApiError(0, "No answer from the server.", url);
  }
  if (response.ok) return response;
  if (response.status === 401) signedOut();
  const text = await response.text();
  let words = "";
  try {
    words = errorText(JSON.parse(text));
  } catch {
    words = response.headers.get("Content-Type")?.startsWith("text/plain") ? text.trim() : "";
  }
  throw new ApiError(response.status, words || `The server answered ${response.status}.`, url);
}

/** Answers that were had already, the newest last; a page that is gone back to shows at once. */
const answers = new Map<string, unknown>();
const ANSWERS_MOST = 50;

export function remembered<T>(url: string): T | undefined {
  return answers.get(url) as T | undefined;
}

export function forget(): void {
  answers.clear();
}

export async function get<T>(url: string, signal?: AbortSignal): Promise<T> {
  const data = (await (await request(url, { signal })).json()) as T;
  answers.delete(url);
  answers.set(url, data);
  if (answers.size > ANSWERS_MOST) answers.delete(answers.keys().next().value as string);
  return data;
}

/** A change. What was remembered may be wrong after it. */
export async function send<T = unknown>(method: string, url: string, body?: unknown): Promise<T> {
  const response = await request(url, { method, body });
  forget();
  const text = await response.text();
  return (text ? JSON.parse(text) : null) as T;
}

/** A query as the API writes it: brackets stay readable. */
export function query(items: [string, string][]): string {
  return items
    .map(([name, value]) => `${encodeURIComponent(name).replace(/%5B/g, "[").replace(/%5D/g, "]").replace(/%3A/g, ":")}=${encodeURIComponent(value).replace(/%2C/g, ",").replace(/%3A/g, ":").replace(/%2A/g, "*")}`)
    .join("&");
}

/** The same request as a line for a terminal. */
export function asCurl(url: string, accept?: string): string {
  const headers = Object.entries({ ...signature(true), ...(accept ? { Accept: accept } : {}) });
  const quote = (text: string) => `'${text.replace(/'/g, `'\\''`)}'`;
  return [`curl -g ${quote(location.origin + url)}`, ...headers.map(([n, v]) => `-H ${quote(`${n}: ${v}`)}`)].join(" ");
}
