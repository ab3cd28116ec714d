// What stands round every page: the rail, the search, the keys.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { navigate, usePlace } from "./lib/router";
import type { Rights } from "./lib/app";
import { type Session, chooseOrganization, setToken, store } from "./lib/session";
import { KONTOR, forget, send } from "./lib/api";
import { Dialog } from "./parts/basics";
import { Icon, type IconName } from "./parts/icons";
import { Search } from "./parts/search";

interface Entry {
  href: string;
  label: string;
  icon: IconName;
  key: string;
  right?: keyof Rights;
  /** Another page that belongs to it. */
  also?: string;
}

const ENTRIES: Entry[] = [
  { href: "/", label: "Overview", icon: "overview", key: "o" },
  { href: "/explore", label: "Explorer", icon: "explore", key: "e" },
  { href: "/sources", label: "Sources", icon: "sources", key: "s" },
  { href: "/cost-models", label: "Cost models", icon: "models", key: "m", right: "costModels", also: "/price-lists" },
  { href: "/settings", label: "Settings", icon: "settings", key: "t", right: "settings" },
  { href: "/activity", label: "Activity", icon: "activity", key: "a", right: "settings" },
];

const KEYS: [string, string][] = [
  ["/", "Search"],
  ...ENTRIES.map((e): [string, string] => [`g ${e.key}`, e.label]),
  ["[  ]", "Previous and next period (Explorer)"],
  ["↑ ↓", "From row to row in a table"],
  ["← →", "From date to date in a chart"],
  ["Enter", "Into a row"],
  ["Esc", "Close"],
  ["?", "This help"],
];

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

type Theme = "light" | "dark";

function useTheme(): [Theme, () => void] {
  const system = (): Theme => (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  const [theme, setTheme] = useState<Theme>(() => (document.documentElement.dataset.theme as Theme) ?? system());
  const toggle = () => {
    const other: Theme = theme === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = other;
    store("kontor.theme", other);
    setTheme(other);
  };
  return [theme, toggle];
}

function useKeys(search: { current: (() => void) | null }, help: () => void): void {
  useEffect(() => {
    let gone = 0; // when "g" was pressed
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const entry = ENTRIES.find((e) => e.key === event.key);
      if (Date.now() - gone < 1500 && entry) navigate(entry.href);
      else if (event.key === "/") search.current?.();
      else if (event.key === "?") help();
      else if (event.key !== "g") return;
      gone = event.key === "g" ? Date.now() : 0;
      event.preventDefault();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}

async function signOut(session: Session): Promise<void> {
  if (session.me.method === "session") await send("POST", `${KONTOR}/sign-out`).catch(() => undefined);
  const end = session.me.method === "token" ? session.me.sign_in.oidc?.end_session_endpoint : null;
  chooseOrganization(null);
  setToken(null);
  forget();
  location.assign(end ? `${end}?${new URLSearchParams({ client_id: session.me.sign_in.oidc?.client_id ?? "", post_logout_redirect_uri: `${location.origin}/` })}` : "/");
}

/** A gateway signs people in and out by itself, and on a laptop nobody has to. */
function canSignOut(session: Session): boolean {
  return session.me.method !== "default" && session.me.method !== "gateway";
}

export function Frame({ session, rights, children }: { session: Session; rights: Rights; children: ComponentChildren }) {
  const { path } = usePlace();
  const [theme, toggleTheme] = useTheme();
  const [help, setHelp] = useState(false);
  const focusSearch = useRef<(() => void) | null>(null);
  useKeys(focusSearch, () => setHelp(true));
  const isAt = (href: string) => (href === "/" ? path === "/" : path === href || path.startsWith(`${href}/`));
  const isCurrent = (entry: Entry) => isAt(entry.href) || (entry.also !== undefined && isAt(entry.also));
  return (
    <div class="frame">
      <a class="skip" href="#content">To the content</a>
      <nav class="rail" aria-label="Pages">
        <a class="brand" href="/"><img src="/favicon.svg" alt="" width="26" height="26" /><span>Kontor</span></a>
        <ul>
          {ENTRIES.filter((e) => !e.right || rights[e.right]).map((e) => (
            <li key={e.href}>
              <a href={e.href} aria-current={isCurrent(e) ? "page" : undefined}><Icon name={e.icon} /><span>{e.label}</span></a>
            </li>
          ))}
        </ul>
        <div class="rail-foot">
          <div class="who" title={session.me.email || session.me.username || undefined}>
            <strong>{session.me.username || session.me.org_id}</strong>
            {session.me.username && <span>{session.me.org_id}</span>}
          </div>
          <div class="rail-buttons">
            <button type="button" class="icon-button" onClick={toggleTheme} aria-label={theme === "dark" ? "Light colours" : "Dark colours"} title={theme === "dark" ? "Light colours" : "Dark colours"}><Icon name={theme === "dark" ? "sun" : "moon"} /></button>
            <button type="button" class="icon-button" onClick={() => setHelp(true)} aria-label="Keys and help" title="Keys and help (?)"><Icon name="help" /></button>
            {canSignOut(session) && <button type="button" class="icon-button" onClick={() => signOut(session)} aria-label="Sign out" title="Sign out"><Icon name="signout" /></button>}
          </div>
        </div>
      </nav>
      <div class="body">
        <Search focus={focusSearch} />
        <main id="content" tabIndex={-1}>{children}</main>
      </div>
      <Dialog title="Keys and help" open={help} onClose={() => setHelp(false)}>
        <dl class="keys">{KEYS.map(([key, what]) => <div key={key}><dt>{key.split(" ").filter(Boolean).map((k) => <kbd key={k}>{k}</kbd>)}</dt><dd>{what}</dd></div>)}</dl>
        <p class="quiet">Kontor {session.version}. Everything shown here comes from the public APIs: <a href="/api/sources/v3.1/openapi.json" target="_blank" rel="noreferrer">Sources</a>, <a href="/api/cost-management/v1/openapi.json" target="_blank" rel="noreferrer">Cost Management</a>.</p>
      </Dialog>
    </div>
  );
}
