// All sources: how each does, and what to do about those that don't.
import { useMemo } from "preact/hooks";
import { KONTOR, SOURCES, send } from "../lib/api";
import { SOURCES_URL, SOURCE_TYPES, type Source, type SourceList, useApp } from "../lib/app";
import { ago, date, plural } from "../lib/format";
import { useGet, usePoll, useTitle } from "../lib/hooks";
import { type Progress, health, isBusy, shareRead } from "../lib/progress";
import { patchQuery, usePlace } from "../lib/router";
import { serverNow } from "../lib/session";
import type { Extra } from "../lib/sources";
import { Card, Empty, Fault, Segments, Skeleton, Status } from "../parts/basics";
import { Icon } from "../parts/icons";
import { type Column, Rows } from "../parts/rows";
import { toast } from "../parts/toast";

export interface Application {
  id: string;
  source_id: string;
  application_type_id: string;
  extra?: Extra;
  availability_status?: string;
  availability_status_error?: string;
}

export const APPLICATIONS_URL = `${SOURCES}/applications?limit=1000`;
export const INGEST_URL = `${KONTOR}/ingest/`;

export function whereOf(extra: Extra | undefined): string {
  if (!extra?.bucket) return "–";
  return [extra.bucket, extra.report_prefix, extra.report_name].filter(Boolean).join("/");
}

export async function setPaused(source: Source, paused: boolean): Promise<void> {
  await send("POST", `${SOURCES}/sources/${source.id}/${paused ? "pause" : "unpause"}`);
  toast(paused ? `${source.name} is paused.` : `${source.name} is resumed.`);
}

export function ProgressBar({ progress }: { progress: Progress }) {
  const month = progress.months.find((m) => m.completed === null && m.files > 0);
  if (!month || !isBusy(progress)) return null;
  const share = Math.round(shareRead(month) * 100);
  return (
    <span class="progress" role="progressbar" aria-label={`Month ${month.month}`} aria-valuemin={0} aria-valuemax={100} aria-valuenow={share}>
      <i style={{ width: `${Math.max(4, share)}%` }} />
    </span>
  );
}

interface Row {
  source: Source;
  application?: Application;
  progress?: Progress;
}

function healthOf({ source, application, progress }: Row) {
  return health({ ...source, availability_status_error: application?.availability_status_error }, progress);
}

function Where({ row }: { row: Row }) {
  const state = healthOf(row);
  return (
    <>
      <span>{whereOf(row.application?.extra)}</span>
      {state.text && <small class={state.tone === "bad" ? "delta-up" : "quiet"}>{state.text}</small>}
      {row.progress && <ProgressBar progress={row.progress} />}
    </>
  );
}

function monthsOf(progress?: Progress): string {
  const months = progress?.months ?? [];
  if (months.length === 0) return "–";
  return `${date(months[months.length - 1].month)}${months.length > 1 ? ` – ${date(months[0].month)}` : ""}`;
}

function Pause({ source, reload }: { source: Source; reload: () => void }) {
  const paused = Boolean(source.paused_at);
  const word = paused ? "Resume" : "Pause";
  return <button type="button" class="small" onClick={() => setPaused(source, !paused).then(reload, (error: Error) => toast(error.message))} aria-label={`${word} ${source.name}`}><Icon name={paused ? "play" : "pause"} size={15} />{word}</button>;
}

function columns(reload: () => void): Column<Row>[] {
  return [
    { label: "State", kind: "mark", cell: (row) => <Status tone={healthOf(row).tone}>{healthOf(row).word}</Status> },
    {
      label: "Name",
      kind: "name",
      cell: ({ source }) => (
        <div class="source-name">
          <a href={`/sources/${source.id}`} data-row>{source.name}</a>
          <small class="quiet">{SOURCE_TYPES[source.source_type_id]?.label ?? "Other"}</small>
        </div>
      ),
    },
    { label: "Where", kind: "plain", class: "where", cell: (row) => <Where row={row} /> },
    { label: "Months", cell: ({ progress }) => monthsOf(progress) },
    { label: "Last data", cell: ({ progress }) => (progress?.data_updated ? <time dateTime={progress.data_updated} title={progress.data_updated}>{ago(progress.data_updated, serverNow())}</time> : "never") },
    { label: "Actions", kind: "plain", unlabelled: true, class: "num", cell: ({ source }) => <Pause source={source} reload={reload} /> },
  ];
}

const SHOWN = [
  { id: "", label: "All" },
  { id: "bad", label: "With problems" },
  { id: "off", label: "Paused" },
];

export function SourcesPage() {
  useTitle("Sources");
  const app = useApp();
  const place = usePlace();
  const list = useGet<SourceList>(SOURCES_URL);
  const applications = useGet<{ data: Application[] }>(APPLICATIONS_URL);
  const ingest = useGet<{ data: Progress[] }>(INGEST_URL);
  const progress = useMemo(() => new Map((ingest.data?.data ?? []).map((p) => [p.source_id, p])), [ingest.data]);
  // A change of a source reaches its provider a moment later.
  const lagging = (list.data?.data ?? []).some((s) => progress.get(s.id)?.paused !== Boolean(s.paused_at));
  const busy = lagging || [...progress.values()].some(isBusy);
  const reload = () => (list.reload(), applications.reload(), ingest.reload());
  usePoll(reload, busy ? 1500 : 10_000);
  const wanted = place.query.get("show") ?? "";
  const text = (place.query.get("name") ?? "").toLowerCase();
  const rows: Row[] = (list.data?.data ?? app.sources).map((source) => {
    const application = applications.data?.data.find((a) => a.source_id === source.id && a.extra?.bucket !== undefined) ?? applications.data?.data.find((a) => a.source_id === source.id);
    return { source, application, progress: progress.get(source.id) };
  });
  const shown = rows.filter((r) => r.source.name.toLowerCase().includes(text) && (wanted === "" || healthOf(r).tone === wanted));
  return (
    <>
      <header class="page-head">
        <h1>Sources</h1>
        <a class="button primary" href="/sources/new"><Icon name="plus" size={16} />Add a source</a>
      </header>
      {list.error ? <Fault error={list.error} retry={reload} /> : rows.length === 0 ? (
        <Card><Empty title="No source yet" action={<a class="button" href="/start">Show me how</a>}>A source says where the cost reports of a cloud account lie.</Empty></Card>
      ) : (
        <>
          {rows.length > 5 && (
            <div class="toolbar">
              <label><span class="sr">Name contains</span><input type="text" placeholder="Name contains …" value={place.query.get("name") ?? ""} onInput={(event) => patchQuery({ name: event.currentTarget.value || null }, true)} /></label>
              <Segments label="Shown" value={wanted} options={SHOWN} onChange={(v) => patchQuery({ show: v || null }, true)} />
            </div>
          )}
          <Card class="flush">
            {ingest.error && <Fault error={ingest.error} retry={ingest.reload} what="How the reading goes is not known" />}
            {!ingest.data && !ingest.error ? <Skeleton lines={4} /> : (
              <>
                <Rows caption={plural(shown.length, "source")} columns={columns(reload)} rows={shown} id={(r) => r.source.id} />
                {shown.length === 0 && <Empty title="None of them" action={<button type="button" onClick={() => patchQuery({ show: null, name: null })}>Show all</button>} />}
              </>
            )}
          </Card>
        </>
      )}
    </>
  );
}
