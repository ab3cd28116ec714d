// Who changed what, newest first.
import { useEffect, useState } from "preact/hooks";
import { type Change, type Entry, GROUPS, changesOf, kindOf, nameOf, pageOf, resourcesOf } from "../lib/activity";
import { ApiError, KONTOR, get, query } from "../lib/api";
import { time } from "../lib/format";
import { useSettled, useTitle } from "../lib/hooks";
import { patchQuery, usePlace } from "../lib/router";
import { Card, Empty, Fault, Select, Skeleton, rowKeys } from "../parts/basics";

interface Page {
  meta: { next_before: string | null };
  data: Entry[];
}

const ACTIONS: Record<string, string> = { create: "added", update: "changed", delete: "removed" };
const PAGE = "50";

function Changes({ changes }: { changes: Change[] }) {
  if (changes.length === 0) return <span class="quiet">–</span>;
  return (
    <div class="changes">
      {changes.map((c) => (
        <span key={c.name}>
          <b>{c.name}</b>{" "}
          {c.before !== undefined && <><span class="quiet">{c.before}</span> → </>}{c.after}
        </span>
      ))}
    </div>
  );
}

function What({ entry }: { entry: Entry }) {
  const name = nameOf(entry);
  const page = pageOf(entry);
  const shown = name ?? kindOf(entry);
  return (
    <>
      {page ? <a href={page} data-row>{shown}</a> : shown}
      <small class="quiet block">{name ? `${kindOf(entry)} ` : ""}{ACTIONS[entry.action] ?? entry.action}</small>
    </>
  );
}

/** Entries of the filters in the address, page after page. */
function useEntries(of: string, actor: string, since: string) {
  const [entries, setEntries] = useState<Entry[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const load = (before: string | null) => {
    const asked: [string, string | null][] = [["limit", PAGE], ["resource", resourcesOf(of)], ["actor", actor || null], ["since", since || null], ["before", before]];
    const abort = new AbortController();
    get<Page>(`${KONTOR}/audit/?${query(asked.filter((item): item is [string, string] => item[1] !== null))}`, abort.signal).then(
      (page) => {
        setEntries((old) => (before && old ? [...old, ...page.data] : page.data));
        setNext(page.meta.next_before);
        setError(null);
      },
      (cause) => !abort.signal.aborted && setError(cause as ApiError),
    );
    return () => abort.abort();
  };
  useEffect(() => load(null), [of, actor, since]);
  return { entries, next, error, load };
}

export function ActivityPage() {
  useTitle("Activity");
  const place = usePlace();
  const of = place.query.get("resource") ?? "";
  const who = place.query.get("who") ?? "";
  const since = place.query.get("since") ?? "";
  const { entries, next, error, load } = useEntries(of, useSettled(who.trim()), since);
  const filtered = of !== "" || who !== "" || since !== "";
  return (
    <>
      <header class="page-head"><h1>Activity</h1></header>
      <div class="toolbar">
        <Select label="Of" value={of} options={[{ id: "", label: "everything" }, ...GROUPS]} onChange={(v) => patchQuery({ resource: v || null })} />
        <label class="select"><span>By</span><input type="text" placeholder="anyone" value={who} onInput={(e) => patchQuery({ who: e.currentTarget.value || null }, true)} autocomplete="off" /></label>
        <label class="select"><span>Since</span><input type="date" value={since} onInput={(e) => patchQuery({ since: e.currentTarget.value || null }, true)} /></label>
        {filtered && <button type="button" class="small" onClick={() => patchQuery({ resource: null, who: null, since: null })}>Show all</button>}
      </div>
      <Card class="flush">
        {error ? <Fault error={error} retry={() => load(null)} /> : !entries ? <Skeleton lines={6} /> : entries.length === 0 ? (
          <Empty title={filtered ? "No change fits" : "Nothing was changed yet"}>{filtered ? "" : "Every change of sources, cost models, price lists and settings is shown here."}</Empty>
        ) : (
          <div class="table-scroll">
            <table role="table" onKeyDown={rowKeys} class="top-aligned stacked">
              <caption class="sr">Changes, newest first</caption>
              <thead role="rowgroup"><tr role="row"><th scope="col">When</th><th scope="col">Who</th><th scope="col">What</th><th scope="col">Change</th></tr></thead>
              <tbody role="rowgroup">
                {entries.map((e, i) => (
                  <tr key={i} role="row">
                    <td role="cell" class="nowrap when"><time dateTime={e.at}>{time(e.at)}</time></td>
                    <td role="cell" class="by">{e.actor ?? "–"}{e.remote_address && <small class="quiet block"> from {e.remote_address}</small>}</td>
                    <td role="cell" class="what"><What entry={e} /></td>
                    <td role="cell"><Changes changes={changesOf(e)} /></td>
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
