// The organisation's settings, a tab each; and what is to be known of the server.
import { useState } from "preact/hooks";
import { ApiError, COSTS, KONTOR, query, send } from "../lib/api";
import { useAccount, useApp } from "../lib/app";
import { bytes, count, plural, time } from "../lib/format";
import { type Loaded, useGet, usePoll, useSettled, useTitle } from "../lib/hooks";
import { COST_TYPES } from "../lib/perspectives";
import { patchQuery, usePlace } from "../lib/router";
import { Card, Empty, Fault, Field, Note, Skeleton } from "../parts/basics";
import { ExchangeRates } from "../parts/exchange-rates";
import { PAGE, Pager, offsetOf } from "../parts/pager";
import { TagMappings } from "../parts/tag-mappings";
import { toast } from "../parts/toast";

interface Key {
  uuid: string;
  key: string;
  enabled: boolean;
  source_type?: string;
}

interface Keys {
  meta: { count: number; enabled_tags_count?: number; enabled_tags_limit?: number };
  data: Key[];
}

/** Tags or cost categories: which of them reports know. */
function KeyList({ path, name, names, about }: { path: string; name: string; names: string; about: string }) {
  const place = usePlace();
  const text = place.query.get("key") ?? "";
  const offset = offsetOf(place.query);
  const asked = useSettled(text);
  const items: [string, string][] = [["limit", String(PAGE)], ["offset", String(offset)], ...(asked ? [["filter[key]", asked] as [string, string]] : [])];
  const keys = useGet<Keys>(`${COSTS}/${path}?${query(items)}`);
  const [error, setError] = useState<ApiError | null>(null);
  const turn = async (key: Key) => {
    setError(null);
    try {
      await send("PUT", `${COSTS}/${path}${key.enabled ? "disable" : "enable"}/`, { ids: [key.uuid] });
      toast(`${name} ${key.key} is ${key.enabled ? "off" : "on"}.`);
    } catch (cause) {
      setError(cause as ApiError);
    }
    keys.reload();
  };
  const meta = keys.data?.meta;
  return (
    <>
      <div class="toolbar">
        <label><span class="sr">{name} contains</span><input type="text" placeholder={`${name} contains …`} value={text} onInput={(e) => patchQuery({ key: e.currentTarget.value || null, offset: null }, true)} /></label>
        {meta?.enabled_tags_count !== undefined && <span class="quiet">{meta.enabled_tags_limit ? `${count(meta.enabled_tags_count)} of at most ${count(meta.enabled_tags_limit)} on` : `${count(meta.enabled_tags_count)} on`}</span>}
      </div>
      {error && <Fault error={error} what="It was not changed" />}
      <Card class="flush">
        {keys.error ? <Fault error={keys.error} retry={keys.reload} /> : !keys.data ? <Skeleton lines={5} /> : keys.data.data.length === 0 ? (
          <Empty title={text ? `No ${name.toLowerCase()} contains “${text}”` : `No ${names} yet`}>{text ? "" : about}</Empty>
        ) : (
          <div class="table-scroll">
            <table>
              <caption class="sr">{names}</caption>
              <thead><tr><th scope="col">{name}</th><th scope="col">Of</th><th scope="col" class="num">In reports</th></tr></thead>
              <tbody>
                {keys.data.data.map((k) => (
                  <tr key={k.uuid}>
                    <th scope="row">{k.key}</th>
                    <td class="quiet">{k.source_type ?? "AWS"}</td>
                    <td class="num"><input type="checkbox" role="switch" class="switch" checked={k.enabled} onChange={() => turn(k)} aria-label={`${k.key} in reports`} /></td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Card>
      {meta && <Pager offset={offset} all={meta.count} />}
    </>
  );
}

function useChange(): { error: ApiError | null; change: (path: string, body: object, done: string) => Promise<void> } {
  const [error, setError] = useState<ApiError | null>(null);
  const change = async (path: string, body: object, done: string) => {
    setError(null);
    try {
      await send("PUT", `${COSTS}/account-settings/${path}/`, body);
      toast(done);
    } catch (cause) {
      setError(cause as ApiError);
    }
  };
  return { error, change };
}

function CurrencyTab() {
  const { currency, costType, reload } = useAccount();
  const currencies = useGet<{ data: { code: string; name: string; symbol: string }[] }>(`${COSTS}/currency/?limit=200`);
  const { error, change } = useChange();
  return (
    <>
      <Card title="How costs are shown">
        {currencies.error ? <Fault error={currencies.error} retry={currencies.reload} /> : (
          <div class="form">
            <div class="form-row">
              <Field label="Currency" hint="Of all pages and reports that don't ask for another.">{(a) => (
                <select {...a} value={currency} onChange={(e) => change("currency", { currency: e.currentTarget.value }, `Costs are shown in ${e.currentTarget.value}.`).then(reload)}>
                  {(currencies.data?.data ?? [{ code: currency, name: "", symbol: "" }]).map((c) => <option key={c.code} value={c.code}>{c.code}{c.name && ` – ${c.name}`}</option>)}
                </select>
              )}</Field>
              <Field label="Cost type" hint="Of Amazon Web Services: as billed, or with upfront payments spread over their term.">{(a) => (
                <select {...a} value={costType} onChange={(e) => change("cost-type", { cost_type: e.currentTarget.value }, "The cost type is changed.").then(reload)}>
                  {COST_TYPES.map((c) => <option key={c.id} value={c.id}>{c.label}</option>)}
                </select>
              )}</Field>
            </div>
            {error && <Fault error={error} what="It was not changed" />}
          </div>
        )}
      </Card>
      <ExchangeRates />
    </>
  );
}

interface Retention {
  data_retention_months: number;
  env_override: boolean;
  min_retention_months: number;
  max_retention_months: number;
}

function RetentionForm({ loaded }: { loaded: Loaded<{ data: Retention }> }) {
  const now = loaded.data?.data;
  const [typed, setMonths] = useState<string | null>(null);
  const { error, change } = useChange();
  if (!now) return <Skeleton lines={3} />;
  const months = typed ?? String(now.data_retention_months);
  const wanted = Number(months);
  const fits = Number.isInteger(wanted) && wanted >= now.min_retention_months && wanted <= now.max_retention_months;
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        change("data-retention", { data_retention_months: wanted }, `Costs of ${plural(wanted, "month")} are kept.`).then(() => {
          setMonths(null);
          loaded.reload();
        });
      }}
    >
      <Field label="Months to keep, the present one included" error={fits ? undefined : `${now.min_retention_months} to ${now.max_retention_months}`} hint="Older months are deleted; reports reach no further back.">
        {(a) => <input type="number" {...a} min={now.min_retention_months} max={now.max_retention_months} value={months} disabled={now.env_override} onInput={(e) => setMonths(e.currentTarget.value)} />}
      </Field>
      {now.env_override && <Note title="The server's own setting decides.">It is started with <code>--retention-months</code>, which goes for all organisations.</Note>}
      {fits && wanted < now.data_retention_months && <Note kind="warn" title={`Costs of ${plural(now.data_retention_months - wanted, "month")} will be deleted.`}>They come back only if their reports are read again.</Note>}
      {!now.env_override && <div class="form-actions"><button class="primary" disabled={!fits || wanted === now.data_retention_months}>Save</button></div>}
      {error && <Fault error={error} what="It was not changed" />}
    </form>
  );
}

function RetentionTab() {
  const { session } = useApp();
  const loaded = useGet<{ data: Retention }>(`${COSTS}/account-settings/data-retention/`);
  return (
    <Card title="How long costs are kept">
      {loaded.error?.status === 404 ? <p>{plural(session.retention_months, "month")}, as the server's <code>--retention-months</code> says.</p> : loaded.error ? <Fault error={loaded.error} retry={loaded.reload} /> : <RetentionForm loaded={loaded} />}
    </Card>
  );
}

interface System {
  version: string;
  now: string;
  uptime_seconds: number;
  database_bytes: number;
  database_version: string;
  jobs_queued: number;
  jobs_running: number;
  jobs_failed_today: number;
  poll_interval_seconds: number;
}

function duration(seconds: number): string {
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor((seconds % 86400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return days > 0 ? `${plural(days, "day")}, ${plural(hours, "hour")}` : hours > 0 ? `${plural(hours, "hour")}, ${plural(minutes, "minute")}` : minutes > 0 ? plural(minutes, "minute") : plural(seconds, "second");
}

function SystemTab() {
  const system = useGet<System>(`${KONTOR}/system/`);
  usePoll(system.reload, 10_000);
  const s = system.data;
  return (
    <Card title="The server">
      {system.error ? <Fault error={system.error} retry={system.reload} /> : !s ? <Skeleton lines={6} /> : (
        <dl class="facts">
          <dt>Kontor</dt><dd>{s.version}</dd>
          <dt>Its time</dt><dd>{time(s.now)}</dd>
          <dt>Running for</dt><dd>{duration(s.uptime_seconds)}</dd>
          <dt>Database</dt><dd>PostgreSQL {s.database_version}, {bytes(s.database_bytes)}</dd>
          <dt>Jobs</dt><dd>{plural(s.jobs_running, "runs", "run")}, {plural(s.jobs_queued, "waits", "wait")}, {count(s.jobs_failed_today)} failed within a day</dd>
          <dt>Looks at buckets</dt><dd>every {plural(s.poll_interval_seconds, "second")}</dd>
          <dt>For machines</dt><dd><a href="/metrics" target="_blank" rel="noreferrer">metrics</a>, <a href="/readyz" target="_blank" rel="noreferrer">readiness</a></dd>
        </dl>
      )}
    </Card>
  );
}

const TABS: { id: string; label: string; view: () => preact.ComponentChild }[] = [
  { id: "tags", label: "Tags", view: () => <KeyList key="tags" path="settings/tags/" name="Tag" names="tags" about="They appear as soon as a report with tags is read." /> },
  { id: "mappings", label: "Tag mappings", view: () => <TagMappings /> },
  { id: "categories", label: "Cost categories", view: () => <KeyList key="categories" path="settings/aws_category_keys/" name="Category" names="cost categories" about="They appear as soon as a report of AWS with cost categories is read." /> },
  { id: "currency", label: "Currency", view: () => <CurrencyTab /> },
  { id: "retention", label: "Retention", view: () => <RetentionTab /> },
  { id: "system", label: "System", view: () => <SystemTab /> },
];

export function SettingsPage({ tab }: { tab: string }) {
  const current = TABS.find((t) => t.id === tab) ?? TABS[0];
  useTitle(`${current.label} · Settings`);
  return (
    <>
      <header class="page-head"><h1>Settings</h1></header>
      <nav class="tabs" aria-label="Settings">
        {TABS.map((t) => <a key={t.id} href={`/settings/${t.id}`} aria-current={t === current ? "page" : undefined}>{t.label}</a>)}
      </nav>
      <div class="settings">{current.view()}</div>
    </>
  );
}
