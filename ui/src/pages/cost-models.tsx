// Cost models: what is added to, or taken off, the costs of their sources.
import { useState } from "preact/hooks";
import { COSTS, KONTOR, query, send } from "../lib/api";
import { useAccount } from "../lib/app";
import { ago, count, percent, plural } from "../lib/format";
import { useGet, usePoll, useTitle } from "../lib/hooks";
import { PERSPECTIVES } from "../lib/perspectives";
import type { Progress } from "../lib/progress";
import { serverNow } from "../lib/session";
import { Card, Empty, Fault, Field, Skeleton, Status } from "../parts/basics";
import type { PriceList } from "../lib/prices";
import { CurrencyField, EditorHead, Existing, MODELS, ModelList, NameFields, Removal, nameColumn, useWork } from "../parts/models";
import type { Column } from "../parts/rows";

interface CostModel {
  uuid: string;
  name: string;
  description: string;
  source_type: string;
  currency: string;
  markup: { value: string; unit: string } | null;
  sources: { uuid: string; name: string }[];
  price_lists?: { uuid: string; name: string }[];
  rates?: unknown[];
  updated_timestamp: string;
  recalculation?: string;
  [name: string]: unknown;
}

const URL_ = `${COSTS}/cost-models/`;
const LIST = `${URL_}?${query([["limit", "100"], ["ordering", "name"]])}`;

const WORK: Record<string, ["good" | "busy" | "bad", string]> = {
  complete: ["good", "applied"],
  pending: ["busy", "being applied"],
  failed: ["bad", "could not be applied"],
};

function Work({ state }: { state?: string }) {
  const [tone, word] = WORK[state ?? ""] ?? ["good", "applied"];
  return <Status tone={tone}>{word}</Status>;
}

function markupText(model: CostModel): string {
  const value = Number(model.markup?.value ?? 0);
  return value === 0 ? "none" : `${value > 0 ? "+" : "−"}${percent(Math.abs(value) / 100, Number.isInteger(value) ? 0 : 2)}`;
}

const COLUMNS: Column<CostModel>[] = [
  nameColumn(MODELS),
  { label: "Of", cell: (m) => m.source_type },
  { label: "Markup", class: "num strong", cell: markupText },
  { label: "Sources", cell: (m) => (m.sources.length === 0 ? <span class="quiet">none</span> : m.sources.map((s) => s.name).join(", ")) },
  { label: "State", kind: "mark", cell: (m) => <Work state={m.recalculation} /> },
  { label: "Changed", cell: (m) => ago(m.updated_timestamp, serverNow()) },
];

function List() {
  const list = useGet<{ data: CostModel[] }>(LIST);
  usePoll(list.reload, list.data?.data.some((m) => m.recalculation === "pending") ? 1500 : null);
  return (
    <ModelList
      kind={MODELS}
      answer={list}
      columns={COLUMNS}
      empty={<Empty title="No cost model yet" action={<a class="button" href="/cost-models/new">Make one</a>}>A cost model adds a surcharge to what a cloud bills, or takes a rebate off, for the sources you choose. Without one, costs are shown as billed.</Empty>}
    />
  );
}

interface Draft {
  name: string;
  description: string;
  type: string;
  currency: string;
  markup: string;
  sources: string[];
  priceLists: string[];
}

function draftOf(model: CostModel | undefined): Draft {
  return {
    name: model?.name ?? "",
    description: model?.description ?? "",
    type: PERSPECTIVES.find((p) => model?.source_type.startsWith(p.label))?.costType ?? "AWS",
    currency: model?.currency ?? "",
    markup: model?.markup ? String(Number(model.markup.value)) : "0",
    sources: model?.sources.map((s) => s.uuid) ?? [],
    priceLists: model?.price_lists?.map((l) => l.uuid) ?? [],
  };
}

/** The type of sources whose models have price lists. */
const WITH_RATES = "OCP";

/** What PUT must say again, since it replaces all. */
function kept(model: CostModel | undefined): object {
  if (!model) return {};
  const { rates, distribution, distribution_info } = model;
  return Object.fromEntries(Object.entries({ rates, distribution, distribution_info }).filter(([, value]) => value !== undefined && value !== null));
}

/** The lists of a model, the first counts most where several have a rate of the same. */
function PriceLists({ chosen, currency, change }: { chosen: string[]; currency: string; change: (uuids: string[]) => void }) {
  const lists = useGet<{ data: PriceList[] }>(`${COSTS}/price-lists/?${query([["limit", "1000"], ["filter[currency]", currency]])}`);
  const known = (lists.data?.data ?? []).filter((l) => l.enabled || chosen.includes(l.uuid));
  return (
    <Card title="Its price lists" actions={<a href="/price-lists">All price lists</a>}>
      {lists.error ? <Fault error={lists.error} retry={lists.reload} /> : !lists.data ? <Skeleton /> : known.length === 0 ? <p class="quiet">There is no price list in {currency} yet. <a href="/price-lists/new">Make one</a></p> : (
        <ul class="ticks">
          {known.map((l) => (
            <li key={l.uuid}>
              <label class="check">
                <input type="checkbox" checked={chosen.includes(l.uuid)} onChange={(e) => change(e.currentTarget.checked ? [...chosen, l.uuid] : chosen.filter((u) => u !== l.uuid))} />
                <span>{l.name}{chosen.length > 1 && chosen.includes(l.uuid) && <small class="quiet block">{chosen.indexOf(l.uuid) === 0 ? "counts most" : `counts after ${plural(chosen.indexOf(l.uuid), "other")}`}</small>}</span>
              </label>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function Editor({ model }: { model?: CostModel }) {
  const { currency } = useAccount();
  const [draft, setDraft] = useState(() => draftOf(model));
  const { error, busy, act } = useWork(MODELS);
  const [removing, setRemoving] = useState(false);
  const providers = useGet<{ data: Progress[] }>(`${KONTOR}/ingest/`);
  const others = useGet<{ data: CostModel[] }>(LIST);
  const set = (changes: Partial<Draft>) => setDraft({ ...draft, ...changes });
  const taken = new Map((others.data?.data ?? []).filter((m) => m.uuid !== model?.uuid).flatMap((m) => m.sources.map((s) => [s.uuid, m.name] as const)));
  const choices = (providers.data?.data ?? []).filter((p) => p.type === draft.type);
  const markup = Number(draft.markup.replace(",", "."));
  const markupFault = draft.markup.trim() === "" || Number.isNaN(markup) ? "A number, such as 10 or -2.5" : undefined;
  const save = () => {
    const body = { ...kept(model), name: draft.name.trim(), description: draft.description, source_type: draft.type, currency: draft.currency || currency, markup: { value: String(markup), unit: "percent" }, source_uuids: draft.sources, ...(draft.type === WITH_RATES ? { price_list_uuids: draft.priceLists } : {}) };
    act(() => (model ? send("PUT", `${URL_}${model.uuid}/`, body) : send("POST", URL_, body)), "Saved. The costs are worked out anew now.");
  };
  return (
    <>
      <EditorHead kind={MODELS} name={model?.name} />
      <form class="two" onSubmit={(event) => (event.preventDefault(), save())}>
        <div>
          <Card title="What it does">
            <div class="form">
              <NameFields draft={draft} set={set} longest={100} />
              <div class="form-row">
                <Field label="For sources of">{(a) => (
                  <select {...a} value={draft.type} disabled={model !== undefined} onChange={(e) => set({ type: e.currentTarget.value, sources: [] })}>
                    {PERSPECTIVES.map((p) => <option key={p.id} value={p.costType}>{p.label}</option>)}
                  </select>
                )}</Field>
                <CurrencyField value={draft.currency || currency} change={(code) => set({ currency: code })} />
              </div>
              <Field label="Markup in percent" error={markupFault} hint={markupFault ? undefined : markup === 0 ? "0: costs stay as billed." : `A cost of ${count(100)} becomes ${count(100 + markup, 4)}.`}>
                {(a) => <input type="text" inputmode="decimal" {...a} value={draft.markup} onInput={(e) => set({ markup: e.currentTarget.value })} />}
              </Field>
            </div>
          </Card>
        </div>
        <div>
          <Card title="Its sources">
            {providers.error ? <Fault error={providers.error} retry={providers.reload} /> : !providers.data ? <Skeleton /> : choices.length === 0 ? <p class="quiet">There is no source of this type.</p> : (
              <ul class="ticks">
                {choices.map((p) => {
                  const other = taken.get(p.provider_uuid);
                  return (
                    <li key={p.provider_uuid}>
                      <label class="check">
                        <input type="checkbox" checked={draft.sources.includes(p.provider_uuid)} disabled={other !== undefined} onChange={(e) => set({ sources: e.currentTarget.checked ? [...draft.sources, p.provider_uuid] : draft.sources.filter((s) => s !== p.provider_uuid) })} />
                        <span>{p.name}{other && <small class="quiet block">has cost model “{other}”; a source has one at most</small>}</span>
                      </label>
                    </li>
                  );
                })}
              </ul>
            )}
          </Card>
          {draft.type === WITH_RATES && <PriceLists chosen={draft.priceLists} currency={draft.currency || currency} change={(priceLists) => set({ priceLists })} />}
          <div class="form-actions">
            <button class="primary" disabled={busy || !draft.name.trim() || markupFault !== undefined}>{busy ? "Saving …" : "Save"}</button>
            <a class="button" href="/cost-models">Cancel</a>
            {model && !removing && <button type="button" class="danger" onClick={() => setRemoving(true)}>Delete …</button>}
          </div>
          {removing && model && (
            <Removal name={model.name} busy={busy} remove={() => act(() => send("DELETE", `${URL_}${model.uuid}/`), "Deleted. The costs are worked out anew now.")} keep={() => setRemoving(false)}>
              <p>The costs of {plural(model.sources.length, "source")} are then shown as billed.</p>
            </Removal>
          )}
          {error && <Fault error={error} what="It was not saved" />}
        </div>
      </form>
    </>
  );
}

export function CostModelsPage({ id }: { id: string }) {
  useTitle("Cost models");
  if (id === "" || id === "new") return id === "" ? <List /> : <Editor />;
  return <Existing<CostModel> kind={MODELS} url={`${URL_}${encodeURIComponent(id)}/`}>{(model) => <Editor key={model.updated_timestamp} model={model} />}</Existing>;
}
