// The boot: who is here, then what there is, then the page that the address names.
import { Component, type ComponentChildren } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { Frame } from "./frame";
import { KONTOR, forget } from "./lib/api";
import { ACCESS_URL, type Access, AppContext, type App as AppState, SOURCES_URL, type SourceList, rightsOf } from "./lib/app";
import { useGet } from "./lib/hooks";
import { usePlace } from "./lib/router";
import { type About, type Me, type Session, noteServerTime, whenSignedOut } from "./lib/session";
import { ActivityPage } from "./pages/activity";
import { CostModelsPage } from "./pages/cost-models";
import { ExplorePage } from "./pages/explore";
import { OverviewPage } from "./pages/overview";
import { PriceListsPage } from "./pages/price-lists";
import { SettingsPage } from "./pages/settings";
import { SignInPage } from "./pages/sign-in";
import { SourcePage } from "./pages/source";
import { SourcesPage } from "./pages/sources";
import { StartPage } from "./pages/start";
import { WizardPage } from "./pages/wizard";
import { Empty, Fault, Note, Skeleton } from "./parts/basics";
import { Toasts } from "./parts/toast";

/** The page of a path; the first row that fits. */
const PAGES: [RegExp, (id: string) => preact.ComponentChild][] = [
  [/^\/$/, () => <OverviewPage />],
  [/^\/explore$/, () => <ExplorePage />],
  [/^\/sources$/, () => <SourcesPage />],
  [/^\/sources\/new$/, () => <WizardPage />],
  [/^\/sources\/([^/]+)$/, (id) => <SourcePage key={id} id={id} />],
  [/^\/cost-models(?:\/([^/]+))?$/, (id) => <CostModelsPage key={id} id={id} />],
  [/^\/price-lists(?:\/([^/]+))?$/, (id) => <PriceListsPage key={id} id={id} />],
  [/^\/settings(?:\/([^/]+))?$/, (tab) => <SettingsPage tab={tab} />],
  [/^\/activity$/, () => <ActivityPage />],
  [/^\/start$/, () => <StartPage />],
];

/** A page that fails says so; the frame stays. */
class Guard extends Component<{ children: ComponentChildren }, { error: Error | null }> {
  state = { error: null as Error | null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  render() {
    if (!this.state.error) return this.props.children;
    return <Note kind="bad" title="This page failed"><p>{this.state.error.message}</p><p>Reload it. If that does not help, it is a fault of Kontor.</p></Note>;
  }
}

function Page() {
  const { path } = usePlace();
  for (const [pattern, page] of PAGES) {
    const match = pattern.exec(path);
    if (match) return page(decodeURIComponent(match[1] ?? ""));
  }
  return <Empty title="There is no such page" action={<a class="button" href="/">To the overview</a>}>The address may be mistyped, or of another version.</Empty>;
}

function SignedIn({ session }: { session: Session }) {
  const { path } = usePlace();
  const sources = useGet<SourceList>(SOURCES_URL);
  const isAdmin = session.me.is_org_admin === true;
  const access = useGet<Access>(isAdmin ? null : ACCESS_URL);
  const rights = useMemo(() => rightsOf(access.data, isAdmin), [access.data, isAdmin]);
  const state = useMemo(
    (): AppState | null =>
      sources.data || sources.error
        ? {
            session,
            rights,
            sources: sources.data?.data ?? [],
            reload: () => {
              forget();
              sources.reload();
            },
          }
        : null,
    [session, rights, sources.data, sources.error],
  );
  if (!state) return <Frame session={session} rights={rights}><Skeleton lines={6} /></Frame>;
  return (
    <AppContext.Provider value={state}>
      <Frame session={session} rights={rights}>
        {sources.error ? <Fault error={sources.error} retry={sources.reload} what="The list of sources could not be loaded" /> : <Guard key={path}><Page /></Guard>}
      </Frame>
      <Toasts />
    </AppContext.Provider>
  );
}

export function App() {
  const about = useGet<About>(`${KONTOR}/about/`);
  const me = useGet<Me>(`${KONTOR}/me/`);
  useEffect(() => whenSignedOut(me.reload), [me.reload]);
  const session = useMemo((): Session | null => {
    if (!about.data || !me.data) return null;
    noteServerTime(about.data.now);
    return { ...about.data, me: me.data };
  }, [about.data, me.data]);
  const error = about.error ?? me.error;
  if (error) return <main class="alone"><Fault error={error} retry={() => (about.reload(), me.reload())} what="Kontor does not answer" /></main>;
  if (!session) return <main class="alone"><Skeleton lines={4} /></main>;
  if (!session.me.authenticated) return <SignInPage me={session.me} done={() => (forget(), me.reload())} />;
  return <SignedIn session={session} />;
}
