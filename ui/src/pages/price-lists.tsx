// Price lists: what usage costs; cost models share them.
import { useState } from "preact/hooks";
import { COSTS, query, send } from "../lib/api";
import { useAccount, useApp } from "../lib/app";
import { date, plural } from "../lib/format";
import { useGet, useSettled, useTitle } from "../lib/hooks";
import { type Metric, type PriceList, listBody, listDraft, rateFault } from "../lib/prices";
import { patchQuery, usePlace } from "../lib/router";
import { Card, Empty, Fault, Field, Note, Skeleton, Status } from "../parts/basics";
import { Icon } from "../parts/icons";
import { CurrencyField, EditorHead, Existing, ModelList, NameFields, PRICES, Removal, nameColumn, useWork } from "../parts/models";
import { PAGE, Pager, offsetOf } from "../parts/pager";
import { Rates } from "../parts/rates";
import type { Column } from "../parts/rows";

const LISTS = `${COSTS}/price-lists/`;

const COLUMNS: Column<PriceList>[] = [
  nameColumn(PRICES),
  { label: "Currency", cell: (l) => l.currency },
  { label: "Months", class: "nowrap", cell: (l) => `${date(l.effective_start_date.slice(0, 7))} – ${date(l.effective_end_date.slice(0, 7))}` },
  { label: "Rates", class: "num", cell: (l) => l.rates.length },
  { label: "Cost models", cell: (l) => (l.assigned_cost_models.length === 0 ? <span class="quiet">none</span> : l.assigned_cost_models.map((m) => m.name).join(", ")) },
  { label: "State", kind: "mark", cell: (l) => <Status tone={l.enabled ? "good" : "off"}>{l.enabled ? "on" : "off"}</Status> },
];

function List() {
  const { query: place } = usePlace();
  const text = place.get("name") ?? "";
  const offset = offsetOf(place);
  const asked = useSettled(text.trim());
  const list = useGet<{ meta: { count: number }; data: PriceList[] }>(`${LISTS}?${query([["limit", String(PAGE)], ["offset", String(offset)], ...(asked ? [["filter[name]", asked] as [string, string]] : [])])}`);
  return (
    <>
      <ModelList
        kind={PRICES}
        answer={list}
        columns={COLUMNS}
        toolbar={
          <div class="toolbar">
            <label><span class="sr">Name contains</span><input type="text" placeholder="Name contains …" value={text} onInput={(e) => patchQuery({ name: e.currentTarget.value || null, offset: null }, true)} autocomplete="off" /></label>
          </div>
        }
        empty={
          <Empty title={text ? `No price list is called “${text}”` : "No price list yet"} action={text ? undefined : <a class="button" href="/price-lists/new">Make one</a>}>
            {text ? "" : "A price list says what an hour of a core or a month of a node costs on your own clusters. Cost models of OpenShift share price lists."}
          </Empty>
        }
      />
      {list.data && <Pager offset={offset} all={list.data.meta.count} />}
    </>
  );
}

/** What else can be done with a list: a copy of it, and its end. */
function Others({ list, busy, act }: { list: PriceList; busy: boolean; act: (work: () => Promise<unknown>, done: string) => void }) {
  const [removing, setRemoving] = useState(false);
  const models = list.assigned_cost_models;
  return (
    <>
      <div class="form-actions">
        <button type="button" disabled={busy} onClick={() => act(() => send("POST", `${LISTS}${list.uuid}/duplicate/`), `“Copy of ${list.name}” is made.`)}><Icon name="copy" size={16} />Duplicate</button>
        {!removing && <button type="button" class="danger" disabled={models.length > 0} onClick={() => setRemoving(true)}>Delete …</button>}
      </div>
      {models.length > 0 && <p class="quiet">Used by {models.map((m, i) => <span key={m.uuid}>{i > 0 && ", "}<a href={`/cost-models/${m.uuid}`}>{m.name}</a></span>)}; it can be deleted when no cost model uses it.</p>}
      {removing && <Removal name={list.name} busy={busy} remove={() => act(() => send("DELETE", `${LISTS}${list.uuid}/`), "Deleted.")} keep={() => setRemoving(false)} />}
    </>
  );
}

function Editor({ list }: { list?: PriceList }) {
  const { session } = useApp();
  const { currency } = useAccount();
  const [draft, setDraft] = useState(() => listDraft(list, "", session.today));
  const { error, busy, act } = useWork(PRICES);
  const metrics = useGet<{ data: Metric[] }>(`${COSTS}/metrics/?limit=100`);
  const code = draft.currency || currency;
  const set = (changes: Partial<typeof draft>) => setDraft({ ...draft, ...changes });
  const isOff = list !== undefined && !list.enabled && !draft.enabled;
  const monthFault = !draft.from || !draft.to || draft.to < draft.from ? "Not before the first month" : undefined;
  const fits = draft.name.trim() !== "" && (isOff || (!monthFault && draft.rates.every((r) => rateFault(r) === null)));
  const save = () => {
    const body = listBody({ ...draft, currency: code }, list);
    act(() => (list ? send("PUT", `${LISTS}${list.uuid}/`, body) : send("POST", LISTS, body)), "Saved.");
  };
  return (
    <>
      <EditorHead kind={PRICES} name={list?.name} />
      <form class="two flipped" onSubmit={(event) => (event.preventDefault(), fits && save())}>
        <div>
          <Card title="The list">
            <div class="form">
              <NameFields draft={draft} set={set} longest={255} />
              <CurrencyField value={code} change={(currency) => set({ currency })} fixed={list ? "A list keeps its currency." : undefined} />
              <div class="form-row">
                <Field label="From">{(a) => <input type="month" {...a} disabled={isOff} value={draft.from} onInput={(e) => set({ from: e.currentTarget.value })} />}</Field>
                <Field label="To" error={isOff ? undefined : monthFault}>{(a) => <input type="month" {...a} disabled={isOff} value={draft.to} onInput={(e) => set({ to: e.currentTarget.value })} />}</Field>
              </div>
              <label class="check"><input type="checkbox" role="switch" class="switch" checked={draft.enabled} onChange={(e) => set({ enabled: e.currentTarget.checked })} />Can be given to cost models</label>
              {list && <p class="quiet">Version {list.version}; rates and months that change make the next one.</p>}
            </div>
          </Card>
          <Note title="Kept, not applied yet">Rates are for what OpenShift clusters use. They are kept and checked; they show in costs once reports of OpenShift are read, which this version does not do.</Note>
        </div>
        <div>
          <Card title="Rates">
            {metrics.error ? <Fault error={metrics.error} retry={metrics.reload} /> : !metrics.data ? <Skeleton /> : isOff ? <p class="quiet">{plural(draft.rates.length, "rate")}. A list that is off stays as it is; turn it on to change them.</p> : (
              <Rates rates={draft.rates} metrics={metrics.data.data} currency={code} change={(rates) => set({ rates })} />
            )}
          </Card>
          <div class="form-actions">
            <button class="primary" disabled={busy || !fits}>{busy ? "Saving …" : "Save"}</button>
            <a class="button" href="/price-lists">Cancel</a>
          </div>
          {list && <Others list={list} busy={busy} act={act} />}
          {error && <Fault error={error} what="It was not saved" />}
        </div>
      </form>
    </>
  );
}

export function PriceListsPage({ id }: { id: string }) {
  useTitle("Price lists");
  if (id === "" || id === "new") return id === "" ? <List /> : <Editor />;
  return <Existing<PriceList> kind={PRICES} url={`${LISTS}${encodeURIComponent(id)}/`}>{(list) => <Editor key={list.updated_timestamp} list={list} />}</Existing>;
}
