// One source: its checks, its months, its connection, and the way to be rid of it.
import { useEffect, useState } from "preact/hooks";
import { ApiError, KONTOR, SOURCES, send } from "../lib/api";
import { SOURCE_TYPES, type Source, useApp } from "../lib/app";
import { exploreLink } from "../lib/explore";
import { ago, bytes, count, date, plural, time } from "../lib/format";
import { useGet, usePoll, useTitle } from "../lib/hooks";
import { type Progress, type ProgressMonth, health, isBusy, shareRead } from "../lib/progress";
import { navigate } from "../lib/router";
import { serverNow } from "../lib/session";
import { Card, CopyButton, Empty, Fault, Field, Note, Skeleton, Status } from "../parts/basics";
import { type Connection, KeyFields, LookResult, NO_CONNECTION, PlaceFields, extraOf, useLook } from "../parts/connection";
import { Icon } from "../parts/icons";
import { toast } from "../parts/toast";
import { type Application, INGEST_URL, ProgressBar, setPaused, whereOf } from "./sources";

interface Check {
  answer: "yes" | "no" | "note";
  question: string;
  text: string;
  remedy: string | null;
}

interface Authentication {
  id: string;
  authtype: string;
  username?: string;
}

/** A source becomes a provider within seconds; after so long something is wrong. */
const SET_UP_MS = 30_000;

const MARKS = { yes: "check", no: "warn", note: "info" } as const;

/** `settingUp`: it was added just now; what is not there yet is no problem. */
function Checks({ id, busy, settingUp }: { id: string; busy: boolean; settingUp: boolean }) {
  const checks = useGet<{ data: Check[] }>(`${KONTOR}/explain/?source_id=${encodeURIComponent(id)}`);
  useEffect(() => {
    if (!busy && checks.data) checks.reload();
  }, [busy, settingUp]);
  if (settingUp) return <Card title="Checks"><p class="quiet">The source is being set up; that takes some seconds.</p></Card>;
  const list = checks.data?.data ?? [];
  const bad = list.filter((c) => c.answer === "no").length;
  return (
    <Card
      title={!checks.data ? "Checks" : bad === 0 ? "Checks: all is well" : `Checks: ${plural(bad, "problem")}`} busy={checks.loading}
      actions={<button type="button" class="small" onClick={checks.reload} disabled={checks.loading}>{checks.loading ? "Checking …" : "Check again"}</button>}
    >
      {checks.error ? (checks.error.status === 404 ? <Note title="There is no provider of it yet.">{checks.error.message}</Note> : <Fault error={checks.error} retry={checks.reload} />) : !checks.data ? <Skeleton lines={6} /> : (
        <ul class="checks">
          {[...list].sort((a, b) => Number(b.answer === "no") - Number(a.answer === "no")).map((c, i) => (
            <li key={i}>
              <span class={c.answer === "note" ? "remark" : c.answer}><Icon name={MARKS[c.answer]} /><span class="sr">{c.answer === "no" ? "Problem" : c.answer === "yes" ? "Fine" : "Note"}</span></span>
              <b>{c.question}</b>
              <p>{c.text}</p>
              {c.remedy && <p class="remedy">{c.remedy}</p>}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function stateOf(m: ProgressMonth): string {
  if (m.files_failed > 0) return m.error ?? "a file can't be read";
  if (m.completed) return m.faults > 0 ? `read; ${plural(m.faults, "line")} left out` : "read";
  if (m.files_running > 0) return `reading, ${Math.round(shareRead(m) * 100)} %, ${m.files_done} of ${plural(m.files, "file")} done`;
  return m.files_done > 0 ? `${m.files_done} of ${m.files} files done` : "waits";
}

function Months({ progress, settingUp }: { progress?: Progress; settingUp: boolean }) {
  const months = progress?.months ?? [];
  return (
    <Card title="Months" class="flush" actions={progress && <ProgressBar progress={progress} />}>
      {months.length === 0 ? <Empty title="No month yet">{progress ? "When a report is found in the bucket, it is read at once." : settingUp ? "It begins in a moment." : "The source has not become a provider."}</Empty> : (
        <div class="table-scroll">
          <table>
            <thead><tr><th scope="col">Month</th><th scope="col">State</th><th scope="col" class="num">Files</th><th scope="col" class="num">Lines</th><th scope="col" class="num roomy">Size</th><th scope="col">Since</th></tr></thead>
            <tbody>
              {months.map((m, i) => (
                <tr key={`${m.month}-${i}`}>
                  <th scope="row">{m.completed ? <a href={exploreLink({ from: `${m.month}-01`, to: lastDay(m.month) })}>{date(m.month)}</a> : date(m.month)}</th>
                  <td class={m.files_failed > 0 ? "delta-up" : ""}>{stateOf(m)}</td>
                  <td class="num">{count(m.files)}</td>
                  <td class="num">{m.lines > 0 || m.completed ? count(m.lines) : ""}</td>
                  <td class="num roomy">{bytes(m.bytes)}</td>
                  <td>{m.completed ? <time dateTime={m.completed} title={time(m.completed)}>{ago(m.completed, serverNow())}</time> : "–"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}

function lastDay(month: string): string {
  const [year, m] = month.split("-").map(Number);
  return new Date(Date.UTC(year, m, 0)).toISOString().slice(0, 10);
}

function EditForm({ source, application, authentication, close }: { source: Source; application?: Application; authentication?: Authentication; close: (changed: boolean) => void }) {
  const extra = application?.extra ?? {};
  const isRole = authentication?.username?.startsWith("arn:");
  const [name, setName] = useState(source.name);
  const [value, setValue] = useState<Connection>({
    ...NO_CONNECTION,
    bucket: extra.bucket ?? "", report_name: extra.report_name ?? "", report_prefix: extra.report_prefix ?? "", endpoint: extra.endpoint ?? "", region: extra.region ?? "",
    keys: isRole ? "role" : authentication ? "keys" : "server",
    access_key: isRole ? "" : (authentication?.username ?? ""),
    role: isRole ? (authentication?.username ?? "") : "",
  });
  const [error, setError] = useState<ApiError | null>(null);
  const [saving, setSaving] = useState(false);
  const { look, fresh, run } = useLook(value, source.id);
  const saveKeys = async () => {
    const username = value.keys === "role" ? value.role : value.access_key;
    if (value.keys === "server") {
      if (authentication) await send("DELETE", `${SOURCES}/authentications/${authentication.id}`);
    } else if (!authentication) {
      const authtype = value.keys === "role" ? "arn" : "access_key_secret_key";
      await send("POST", `${SOURCES}/authentications`, { resource_type: "Source", resource_id: source.id, authtype, username, ...(value.keys === "keys" ? { password: value.secret_key } : {}) });
    } else if (username !== authentication.username || value.secret_key) {
      await send("PATCH", `${SOURCES}/authentications/${authentication.id}`, { username, ...(value.secret_key ? { password: value.secret_key } : {}) });
    }
  };
  const save = async () => {
    setSaving(true);
    setError(null);
    try {
      if (name !== source.name) await send("PATCH", `${SOURCES}/sources/${source.id}`, { name });
      await saveKeys();
      const kept = Object.fromEntries(Object.entries(extra).filter(([key]) => !["bucket", "report_name", "report_prefix", "endpoint", "region"].includes(key)));
      const body = { extra: { ...kept, ...extraOf(value) } };
      if (application) await send("PATCH", `${SOURCES}/applications/${application.id}`, body);
      else await send("POST", `${SOURCES}/applications`, { ...body, source_id: source.id, application_type_id: "2" });
      toast("Saved. The bucket is looked at again now.");
      close(true);
    } catch (cause) {
      setError(cause as ApiError);
      setSaving(false);
    }
  };
  return (
    <form class="form" onSubmit={(event) => (event.preventDefault(), save())}>
      <Field label="Name">{(attributes) => <input type="text" {...attributes} value={name} onInput={(event) => setName(event.currentTarget.value)} />}</Field>
      <PlaceFields value={value} onChange={setValue} />
      <KeyFields value={value} onChange={setValue} stored={Boolean(authentication)} />
      <div class="form-actions">
        <button type="button" onClick={run} disabled={look.busy || !value.bucket}>{look.busy ? "Looking …" : "Look into the bucket"}</button>
        <button class="primary" disabled={saving || !value.bucket || !name.trim()}>{saving ? "Saving …" : "Save"}</button>
        <button type="button" class="plain" onClick={() => close(false)}>Cancel</button>
      </div>
      <LookResult look={look} fresh={fresh} onReport={(report_name, report_prefix) => setValue({ ...value, report_name, report_prefix })} />
      {error && <Fault error={error} what="Not all of it was saved" />}
    </form>
  );
}

function ConnectionCard({ source, application, authentication, progress, reload }: { source: Source; application?: Application; authentication?: Authentication; progress?: Progress; reload: () => void }) {
  const [editing, setEditing] = useState(false);
  return (
    <Card title="Connection" actions={!editing && <button type="button" class="small" onClick={() => setEditing(true)}>Edit</button>}>
      {editing ? (
        <EditForm source={source} application={application} authentication={authentication} close={(changed) => {
          setEditing(false);
          if (changed) reload();
        }} />
      ) : (
        <dl class="facts">
          <dt>Type</dt><dd>{SOURCE_TYPES[source.source_type_id]?.label ?? "Other"}</dd>
          <dt>Reports</dt><dd>{whereOf(application?.extra)}</dd>
          <dt>Endpoint</dt><dd>{application?.extra?.endpoint ?? "the server's"}</dd>
          <dt>Keys</dt><dd>{authentication?.username ?? "the server's"}</dd>
          <dt>Last look</dt><dd>{progress?.polled ? ago(progress.polled, serverNow()) : "none yet"}</dd>
          <dt>Source</dt><dd>{source.id}</dd>
          <dt>Provider</dt><dd><code>{progress?.provider_uuid ?? source.uid}</code> <CopyButton class="icon-button" text={() => progress?.provider_uuid ?? source.uid}><span class="sr">Copy the provider's id</span></CopyButton></dd>
          <dt>Added</dt><dd>{time(source.created_at)}</dd>
        </dl>
      )}
    </Card>
  );
}

function Removal({ source, progress, removed }: { source: Source; progress?: Progress; removed: () => void }) {
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const months = progress?.months ?? [];
  const remove = async () => {
    setBusy(true);
    try {
      await send("DELETE", `${SOURCES}/sources/${source.id}`);
      toast(`${source.name} is removed.`);
      removed();
    } catch (cause) {
      setError(cause as ApiError);
      setBusy(false);
    }
  };
  if (!open) {
    return (
      <Card title="Remove">
        <div class="form-actions"><button type="button" class="danger" onClick={() => setOpen(true)}>Remove this source …</button></div>
      </Card>
    );
  }
  return (
    <Card title="Remove">
      <form class="form" onSubmit={(event) => (event.preventDefault(), typed === source.name && remove())}>
        <Note kind="bad" title="This can't be undone. With it go:">
          <ul class="bullets">
            <li>{months.length > 0 ? `its costs of ${plural(months.length, "month")} (${count(months.reduce((n, m) => n + m.lines, 0))} lines), from every report and chart` : "its costs, from every report and chart"}</li>
            <li>its keys and settings here</li>
          </ul>
          <p>The reports in its bucket stay as they are. Pausing keeps the costs.</p>
        </Note>
        <Field label={`Type its name, ${source.name}, to confirm`}>{(attributes) => <input type="text" {...attributes} autocomplete="off" value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />}</Field>
        <div class="form-actions">
          <button class="danger primary" disabled={typed !== source.name || busy}>{busy ? "Removing …" : "Remove for good"}</button>
          <button type="button" class="plain" onClick={() => setOpen(false)}>Cancel</button>
        </div>
        {error && <Fault error={error} what="It was not removed" />}
      </form>
    </Card>
  );
}

export function SourcePage({ id }: { id: string }) {
  const app = useApp();
  const source = useGet<Source>(`${SOURCES}/sources/${encodeURIComponent(id)}`);
  const applications = useGet<{ data: Application[] }>(`${SOURCES}/sources/${encodeURIComponent(id)}/applications`);
  const authentications = useGet<{ data: Authentication[] }>(`${SOURCES}/sources/${encodeURIComponent(id)}/authentications`);
  const ingest = useGet<{ data: Progress[] }>(INGEST_URL);
  const progress = ingest.data?.data.find((p) => p.source_id === id);
  const busy = isBusy(progress);
  const waiting = ingest.data !== undefined && (progress === undefined || progress.months.length === 0);
  useTitle(source.data?.name ?? "Source");
  const reload = () => (source.reload(), applications.reload(), authentications.reload(), ingest.reload(), app.reload());
  usePoll(() => (ingest.reload(), source.reload()), busy || waiting || progress?.paused !== Boolean(source.data?.paused_at) ? 1000 : 10_000);
  if (source.error) {
    return source.error.status === 404 ? <Empty title="There is no such source" action={<a class="button" href="/sources">All sources</a>}>It may have been removed.</Empty> : <Fault error={source.error} retry={source.reload} />;
  }
  if (!source.data) return <Skeleton lines={8} />;
  const application = applications.data?.data[0];
  const state = health({ ...source.data, availability_status_error: application?.availability_status_error }, progress);
  const paused = Boolean(source.data.paused_at);
  const settingUp = progress === undefined && serverNow() - Date.parse(source.data.created_at) < SET_UP_MS;
  const done = progress?.months.some((m) => m.completed);
  return (
    <>
      <header class="page-head">
        <div>
          <div class="crumbs"><a href="/sources">Sources</a></div>
          <h1>{source.data.name}</h1>
          <div class="state-line"><Status tone={state.tone}>{state.word}</Status><span class="quiet" role="status">{state.text}</span></div>
        </div>
        <div class="page-actions">
          {done && <a class="button" href="/">See the costs</a>}
          <button type="button" onClick={() => setPaused(source.data as Source, !paused).then(reload, (error: Error) => toast(error.message))}><Icon name={paused ? "play" : "pause"} size={16} />{paused ? "Resume" : "Pause"}</button>
        </div>
      </header>
      <div class="two">
        <div>
          <Months progress={progress} settingUp={settingUp} />
          <Checks id={id} busy={busy || waiting} settingUp={settingUp} />
        </div>
        <div>
          <ConnectionCard source={source.data} application={application} authentication={authentications.data?.data[0]} progress={progress} reload={reload} />
          <Removal source={source.data} progress={progress} removed={() => (app.reload(), navigate("/sources"))} />
        </div>
      </div>
    </>
  );
}
