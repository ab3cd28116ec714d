// Who changed what, newest first.
import { useEffect, useState } from "preact/hooks";
import { ApiError, KONTOR, get, query } from "../lib/api";
import { useApp } from "../lib/app";
import { time } from "../lib/format";
import { useTitle } from "../lib/hooks";
import { patchQuery, usePlace } from "../lib/router";
import { Card, Empty, Fault, Select, Skeleton, rowKeys } from "../parts/basics";

interface Entry {
  id: string;
  at: string;
  actor: string | null;
  remote_address: string | null;
  action: string;
  resource: string;
  resource_id: string;
  changes: Record<string, unknown> | null;
}

interface Page {
  meta: { next_before: string | null };
  data: Entry[];
}

const RESOURCES = ["sources", "applications", "authentications", "endpoints", "application_authentications", "rhc_connections"];
const ACTIONS: Record<string, string> = { create: "added", update: "changed", delete: "removed", destroy: "removed" };

/** Columns that say nothing to a reader. */
const DULL = new Set(["id", "uid", "tenant_id", "created_at", "updated_at", "user_id", "last_checked_at", "last_available_at", "app_creation_workflow", "version", "retry_counter", "application_type_id", "source_type_id", "source_id", "reset_timestamp"]);

function word(value: unknown): string {
  if (value === null || value === undefined || value === "") return "nothing";
  if (typeof value !== "object") return String(value);
  return Object.entries(value).filter(([, inner]) => inner !== "" && inner !== null).map(([name, inner]) => `${name.replace(/_/g, " ")}: ${word(inner)}`).join(", ") || "nothing";
}

function Changes({ entry }: { entry: Entry }) {
  const all = Object.entries(entry.changes ?? {}).filter(([name, value]) => !DULL.has(name) && value !== null);
  if (all.length === 0) return <span class="quiet">–</span>;
  return (
    <div class="changes">
      {all.map(([name, value]) => (
        <span key={name}>
          <b>{name.replace(/_/g, " ")}</b>{" "}
          {Array.isArray(value) && value.length === 2 ? <><span class="quiet">{word(value[0])}</span> → {word(value[1])}</> : word(value)}
        </span>
      ))}
    </div>
  );
}

export function ActivityPage() {
  useTitle("Activity");
  const { sources } = useApp();
  const place = usePlace();
  const resource = place.query.get("resource") ?? "";
  const [entries, setEntries] = useState<Entry[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const load = (before: string | null) => {
    const items: [string, string][] = [["limit", "50"]];
    if (resource) items.push(["resource", resource]);
    if (before) items.push(["before", before]);
    get<Page>(`${KONTOR}/audit/?${query(items)}`).then(
      (page) => {
        setEntries((old) => (before && old ? [...old, ...page.data] : page.data));
        setNext(page.meta.next_before);
        setError(null);
      },
      (cause) => setError(cause as ApiError),
    );
  };
  useEffect(() => load(null), [resource]);
  const nameOf = (entry: Entry) => (entry.resource === "sources" ? sources.find((s) => s.id === entry.resource_id)?.name : undefined);
  return (
    <>
      <header class="page-head">
        <h1>Activity</h1>
        <Select label="Of" value={resource} options={[{ id: "", label: "everything" }, ...RESOURCES.map((id) => ({ id, label: id.replace(/_/g, " ") }))]} onChange={(v) => patchQuery({ resource: v || null })} />
      </header>
      <Card class="flush">
        {error ? <Fault error={error} retry={() => load(null)} /> : !entries ? <Skeleton lines={6} /> : entries.length === 0 ? <Empty title="Nothing was changed yet" /> : (
          <div class="table-scroll">
            <table onKeyDown={rowKeys} class="top-aligned">
              <caption class="sr">Changes, newest first</caption>
              <thead><tr><th scope="col">When</th><th scope="col">Who</th><th scope="col">What</th><th scope="col">Change</th></tr></thead>
              <tbody>
                {entries.map((e) => (
                  <tr key={e.id}>
                    <td class="nowrap"><time dateTime={e.at}>{time(e.at)}</time></td>
                    <td>{e.actor ?? "–"}{e.remote_address && <small class="quiet block">from {e.remote_address}</small>}</td>
                    <td>{nameOf(e) ? <a href={`/sources/${e.resource_id}`} data-row>{nameOf(e)}</a> : `${e.resource.replace(/_/g, " ").replace(/s$/, "")} ${e.resource_id}`}<small class="quiet block">{ACTIONS[e.action] ?? e.action}</small></td>
                    <td><Changes entry={e} /></td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Card>
      {next && <p class="more"><button type="button" onClick={() => load(next)}>Older changes</button></p>}
    </>
  );
}
