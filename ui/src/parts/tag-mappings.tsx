// Tags that are read as another one.
import { useState } from "preact/hooks";
import { ApiError, COSTS, query, send } from "../lib/api";
import { count, plural } from "../lib/format";
import { useGet, useSettled } from "../lib/hooks";
import { patchQuery, usePlace } from "../lib/router";
import { Card, Empty, Fault, Skeleton } from "./basics";
import { Combobox, type Option } from "./combobox";
import { Icon } from "./icons";
import { PAGE, Pager, offsetOf } from "./pager";
import { toast } from "./toast";

interface Key {
  uuid: string;
  key: string;
  source_type: string;
}

/** A key that may become a parent or a child; one that a cost model prices can be no child. */
interface Candidate extends Key {
  cost_model_id: string | null;
}

interface Mapping {
  parent: Key;
  children: Key[];
}

const MAPPINGS = `${COSTS}/settings/tags/mappings/`;
const ALL = "limit=1000";
const LATER = "The last two months are read anew now.";

function options(keys: Key[], text: string): Option[] {
  const typed = text.trim().toLowerCase();
  return keys.filter((k) => k.key.toLowerCase().includes(typed)).slice(0, 20).map((k) => ({ value: k.uuid, label: k.key, hint: k.source_type }));
}

function AddMapping({ parents, children, done, fail }: { parents: Candidate[]; children: Candidate[]; done: () => void; fail: (error: ApiError | null) => void }) {
  const [parent, setParent] = useState<Key | null>(null);
  const [chosen, setChosen] = useState<Key[]>([]);
  const [parentText, setParentText] = useState("");
  const [childText, setChildText] = useState("");
  const [busy, setBusy] = useState(false);
  const free = children.filter((k) => !k.cost_model_id && k.uuid !== parent?.uuid && !chosen.includes(k));
  const possible = parents.filter((k) => !chosen.some((c) => c.uuid === k.uuid));
  const add = async () => {
    if (!parent) return;
    setBusy(true);
    fail(null);
    try {
      await send("PUT", `${MAPPINGS}child/add/`, { parent: parent.uuid, children: chosen.map((k) => k.uuid) });
      toast(`${plural(chosen.length, "tag")} read as ${parent.key}. ${LATER}`);
      setParent(null);
      setParentText("");
      setChosen([]);
      done();
    } catch (cause) {
      fail(cause as ApiError);
    }
    setBusy(false);
  };
  const pickChild = (uuid: string) => {
    const key = free.find((k) => k.uuid === uuid);
    if (key) setChosen([...chosen, key]);
    setChildText("");
  };
  const pickParent = (uuid: string) => {
    const key = possible.find((k) => k.uuid === uuid) ?? null;
    setParent(key);
    setParentText(key?.key ?? "");
  };
  const best = (keys: Key[], text: string) => keys.find((k) => k.key === text.trim()) ?? options(keys, text).map((o) => keys.find((k) => k.uuid === o.value))[0];
  return (
    <form class="form mapping-form" onSubmit={(event) => (event.preventDefault(), parent && chosen.length > 0 && add())}>
      <div class="field">
        {chosen.length > 0 && (
          <div class="filters">
            {chosen.map((k) => (
              <span class="chip" key={k.uuid}><b>{k.key}</b><button type="button" aria-label={`Not ${k.key}`} onClick={() => setChosen(chosen.filter((c) => c !== k))}><Icon name="close" size={14} /></button></span>
            ))}
          </div>
        )}
        <Combobox label="Read these tags" placeholder="env, Environment …" options={options(free, childText)} text={childText} onText={setChildText} onPick={(o) => pickChild(o.value)} onEnter={() => childText.trim() && pickChild(best(free, childText)?.uuid ?? "")} />
      </div>
      <Combobox label="as this one" placeholder="environment" options={options(possible, parentText)} text={parentText} onText={(text) => (setParentText(text), setParent(null))} onPick={(o) => pickParent(o.value)} onEnter={() => parentText.trim() && pickParent(best(possible, parentText)?.uuid ?? "")} />
      <div class="form-actions"><button class="primary" disabled={busy || !parent || chosen.length === 0}>Map</button></div>
    </form>
  );
}

export function TagMappings() {
  const { query: place } = usePlace();
  const text = place.get("parent") ?? "";
  const offset = offsetOf(place);
  const asked = useSettled(text.trim());
  const list = useGet<{ meta: { count: number }; data: Mapping[] }>(`${MAPPINGS}?${query([["limit", String(PAGE)], ["offset", String(offset)], ...(asked ? [["filter[parent]", asked] as [string, string]] : [])])}`);
  const parents = useGet<{ data: Candidate[] }>(`${MAPPINGS}parent/?${ALL}`);
  const children = useGet<{ data: Candidate[] }>(`${MAPPINGS}child/?${ALL}`);
  const [error, setError] = useState<ApiError | null>(null);
  const reload = () => {
    list.reload();
    parents.reload();
    children.reload();
  };
  const remove = async (path: string, key: Key, done: string) => {
    setError(null);
    try {
      await send("PUT", `${MAPPINGS}${path}/remove/`, { ids: [key.uuid] });
      toast(`${done} ${LATER}`);
    } catch (cause) {
      setError(cause as ApiError);
    }
    reload();
  };
  const fault = list.error ?? parents.error ?? children.error;
  if (fault) return <Fault error={fault} retry={reload} />;
  const all = list.data?.meta.count ?? 0;
  return (
    <>
      <Card title="One tag, many spellings">
        <p class="quiet">Costs with one of the tags are shown under the other: in lists, groups and filters, from last month on. Tags that are off, or that a cost model prices, can't be mapped.</p>
        {!parents.data || !children.data ? <Skeleton /> : parents.data.data.length < 2 ? <p class="quiet">It takes two tags that are on; there {parents.data.data.length === 1 ? "is one" : "are none"}.</p> : (
          <AddMapping parents={parents.data.data} children={children.data.data} done={reload} fail={setError} />
        )}
        {error && <Fault error={error} what="It was not changed" />}
      </Card>
      {(all > PAGE || text) && (
        <div class="toolbar"><label><span class="sr">Read as contains</span><input type="text" placeholder="Read as …" value={text} onInput={(e) => patchQuery({ parent: e.currentTarget.value || null, offset: null }, true)} autocomplete="off" /></label></div>
      )}
      <Card class="flush">
        {!list.data ? <Skeleton lines={3} /> : list.data.data.length === 0 ? <Empty title={text ? `Nothing is read as “${text}”` : "Every tag is read as itself"} /> : (
          <div class="table-scroll">
            <table class="top-aligned">
              <caption class="sr">Tag mappings</caption>
              <thead><tr><th scope="col">Read as</th><th scope="col">Tags</th><th scope="col"><span class="sr">Actions</span></th></tr></thead>
              <tbody>
                {list.data.data.map(({ parent, children: mapped }) => (
                  <tr key={parent.uuid}>
                    <th scope="row">{parent.key}<small class="quiet block">{parent.source_type}, {count(mapped.length)}</small></th>
                    <td>
                      <div class="filters">
                        {mapped.map((k) => (
                          <span class="chip" key={k.uuid}><b>{k.key}</b><button type="button" aria-label={`Read ${k.key} as itself`} title="As itself again" onClick={() => remove("child", k, `${k.key} is read as itself.`)}><Icon name="close" size={14} /></button></span>
                        ))}
                      </div>
                    </td>
                    <td class="num">{mapped.length > 1 && <button type="button" class="small" aria-label={`Remove all mappings to ${parent.key}`} onClick={() => remove("parent", parent, `Nothing is read as ${parent.key} now.`)}>Remove all</button>}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Card>
      {list.data && <Pager offset={offset} all={all} />}
    </>
  );
}
