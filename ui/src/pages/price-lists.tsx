// Price lists: what usage costs; cost models share them.
import { useState } from "preact/hooks";
import { ApiError, COSTS, query, send } from "../lib/api";
import { useAccount, useApp } from "../lib/app";
import { date, plural } from "../lib/format";
import { useGet, useSettled, useTitle } from "../lib/hooks";
import { type Metric, type PriceList, listBody, listDraft, rateFault } from "../lib/prices";
import { navigate, patchQuery, usePlace } from "../lib/router";
import { Card, Empty, Fault, Field, Note, Skeleton, Status, rowKeys } from "../parts/basics";
import { Icon } from "../parts/icons";
import { ModelTabs } from "../parts/model-tabs";
import { PAGE, Pager, offsetOf } from "../parts/pager";
import { Rates } from "../parts/rates";
import { toast } from "../parts/toast";

const LISTS = `${COSTS}/price-lists/`;

function Row({ list }: { list: PriceList }) {
  const models = list.assigned_cost_models;
  return (
    <tr>
      <th scope="row"><a href={`/price-lists/${list.uuid}`} data-row>{list.name}</a>{list.description && <small class="quiet block">{list.description}</small>}</th>
      <td>{list.currency}</td>
      <td class="nowrap">{date(list.effective_start_date.slice(0, 7))} – {date(list.effective_end_date.slice(0, 7))}</td>
      <td class="num">{list.rates.length}</td>
      <td>{models.length === 0 ? <span class="quiet">none</span> : models.map((m) => m.name).join(", ")}</td>
      <td><Status tone={list.enabled ? "good" : "off"}>{list.enabled ? "on" : "off"}</Status></td>
    </tr>
  );
}

function List() {
  const { query: place } = usePlace();
  const text = place.get("name") ?? "";
  const offset = offsetOf(place);
  const asked = useSettled(text.trim());
  const list = useGet<{ meta: { count: number }; data: PriceList[] }>(`${LISTS}?${query([["limit", String(PAGE)], ["offset", String(offset)], ...(asked ? [["filter[name]", asked] as [string, string]] : [])])}`);
  return (
    <>
      <header class="page-head">
        <h1>Cost models</h1>
        <a class="button primary" href="/price-lists/new"><Icon name="plus" size={16} />New price list</a>
      </header>
      <ModelTabs />
      <div class="toolbar">
        <label><span class="sr">Name contains</span><input type="text" placeholder="Name contains …" value={text} onInput={(e) => patchQuery({ name: e.currentTarget.value || null, offset: null }, true)} autocomplete="off" /></label>
      </div>
      <Card class="flush">
        {list.error ? <Fault error={list.error} retry={list.reload} /> : !list.data ? <Skeleton lines={4} /> : list.data.data.length === 0 ? (
          <Empty title={text ? `No price list is called “${text}”` : "No price list yet"} action={text ? undefined : <a class="button" href="/price-lists/new">Make one</a>}>
            {text ? "" : "A price list says what an hour of a core or a month of a node costs on your own clusters. Cost models of OpenShift share price lists."}
          </Empty>
        ) : (
          <div class="table-scroll">
            <table onKeyDown={rowKeys}>
              <caption class="sr">Price lists</caption>
              <thead><tr><th scope="col">Name</th><th scope="col">Currency</th><th scope="col">Months</th><th scope="col" class="num">Rates</th><th scope="col">Cost models</th><th scope="col">State</th></tr></thead>
              <tbody>{list.data.data.map((l) => <Row key={l.uuid} list={l} />)}</tbody>
            </table>
          </div>
        )}
      </Card>
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
      {removing && (
        <Note kind="bad" title={`Delete “${list.name}”?`}>
          <div class="form-actions">
            <button type="button" class="danger primary" disabled={busy} onClick={() => act(() => send("DELETE", `${LISTS}${list.uuid}/`), "Deleted.")}>Delete</button>
            <button type="button" onClick={() => setRemoving(false)}>Keep it</button>
          </div>
        </Note>
      )}
    </>
  );
}

function Editor({ list }: { list?: PriceList }) {
  const { session } = useApp();
  const { currency } = useAccount();
  const [draft, setDraft] = useState(() => listDraft(list, "", session.today));
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const metrics = useGet<{ data: Metric[] }>(`${COSTS}/metrics/?limit=100`);
  const currencies = useGet<{ data: { code: string; name: string }[] }>(`${COSTS}/currency/?limit=200`);
  const code = draft.currency || currency;
  const set = (changes: Partial<typeof draft>) => setDraft({ ...draft, ...changes });
  const isOff = list !== undefined && !list.enabled && !draft.enabled;
  const monthFault = !draft.from || !draft.to || draft.to < draft.from ? "Not before the first month" : undefined;
  const fits = draft.name.trim() !== "" && (isOff || (!monthFault && draft.rates.every((r) => rateFault(r) === null)));
  const act = async (work: () => Promise<unknown>, done: string) => {
    setBusy(true);
    setError(null);
    try {
      await work();
      toast(done);
      navigate("/price-lists");
    } catch (cause) {
      setError(cause as ApiError);
      setBusy(false);
    }
  };
  const save = () => {
    const body = listBody({ ...draft, currency: code }, list);
    act(() => (list ? send("PUT", `${LISTS}${list.uuid}/`, body) : send("POST", LISTS, body)), "Saved.");
  };
  return (
    <>
      <header class="page-head">
        <div>
          <div class="crumbs"><a href="/price-lists">Price lists</a></div>
          <h1>{list ? list.name : "New price list"}</h1>
        </div>
      </header>
      <form class="two flipped" onSubmit={(event) => (event.preventDefault(), fits && save())}>
        <div>
          <Card title="The list">
            <div class="form">
              <Field label="Name">{(a) => <input type="text" {...a} required maxLength={255} value={draft.name} onInput={(e) => set({ name: e.currentTarget.value })} autocomplete="off" />}</Field>
              <Field label="Description" optional>{(a) => <input type="text" {...a} maxLength={500} value={draft.description} onInput={(e) => set({ description: e.currentTarget.value })} autocomplete="off" />}</Field>
              <Field label="Currency" hint={list ? "A list keeps its currency." : undefined}>{(a) => (
                <select {...a} value={code} disabled={list !== undefined} onChange={(e) => set({ currency: e.currentTarget.value })}>
                  {(currencies.data?.data ?? [{ code, name: "" }]).map((c) => <option key={c.code} value={c.code}>{c.code}{c.name && ` – ${c.name}`}</option>)}
                </select>
              )}</Field>
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

function Existing({ id }: { id: string }) {
  const list = useGet<PriceList>(`${LISTS}${encodeURIComponent(id)}/`);
  if (list.error) return list.error.status === 404 ? <Empty title="There is no such price list" action={<a class="button" href="/price-lists">All price lists</a>} /> : <Fault error={list.error} retry={list.reload} />;
  return list.data ? <Editor key={list.data.updated_timestamp} list={list.data} /> : <Skeleton lines={6} />;
}

export function PriceListsPage({ id }: { id: string }) {
  useTitle("Price lists");
  return id === "" ? <List /> : id === "new" ? <Editor /> : <Existing id={id} />;
}
