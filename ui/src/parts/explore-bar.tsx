// What is asked in the Explorer: period, groups, filters, and the ways out (CSV, FOCUS, curl).
import { useEffect, useState } from "preact/hooks";
import { COSTS, asCurl, query, request } from "../lib/api";
import { SOURCE_TYPES, useAccount, useApp } from "../lib/app";
import { PRESETS, nextRange, previousRange } from "../lib/dates";
import { type Explore, type Filter, LIMITS, MODE_LABELS, type Mode, focusUrl, reportUrl, writeFilter } from "../lib/explore";
import { plural } from "../lib/format";
import { useGet, useSettled } from "../lib/hooks";
import { COST_TYPES, dimensionLabel, offered } from "../lib/perspectives";
import { patchQuery } from "../lib/router";
import { CopyButton, Note, Select } from "./basics";
import { Combobox, type Option } from "./combobox";
import { Icon } from "./icons";
import { toast } from "./toast";

interface TagKeys {
  data: string[];
}

interface Values {
  data: ({ value: string; account_alias?: string } | { key: string; values: string[] } | string)[];
}

/** What can be grouped and filtered by beside the dimensions: names as the API writes them. */
interface Keyed {
  label: string;
  keys: { id: string; label: string }[];
}

function useKeyed(state: Explore): Keyed[] {
  const tags = useTagKeys(state);
  const path = state.perspective.categories;
  const categories = useGet<TagKeys>(path ? `${COSTS}/${path}?key_only=true&limit=1000` : null);
  const named = (prefix: string, keys: string[]) => keys.map((k) => ({ id: `${prefix}:${k}`, label: k }));
  return [
    { label: "Tags", keys: named("tag", tags) },
    { label: "Cost categories", keys: named("aws_category", categories.data?.data ?? []) },
  ].filter((g) => g.keys.length > 0);
}

function KeyedOptions({ keyed }: { keyed: Keyed[] }) {
  return <>{keyed.map((g) => <optgroup key={g.label} label={g.label}>{g.keys.map((k) => <option key={k.id} value={k.id}>{k.label}</option>)}</optgroup>)}</>;
}

function useTagKeys(state: Explore): string[] {
  const keys = useGet<TagKeys>(`${COSTS}/${state.perspective.tags}?${query([...rangeOf(state), ["key_only", "true"], ["limit", "1000"]])}`);
  return keys.data?.data ?? [];
}

function rangeOf(state: Explore): [string, string][] {
  return [["start_date", state.range.from], ["end_date", state.range.to]];
}

/** Suggestions for the value of a dimension or tag. */
function useValues(state: Explore, dimension: string, text: string): { options: Option[]; loading: boolean } {
  const asked = useSettled(text.trim());
  const list = state.perspective.dimensions.find((d) => d.id === dimension)?.values;
  const tag = dimension.startsWith("tag:") ? dimension.slice(4) : null;
  const category = dimension.startsWith("aws_category:") ? dimension.slice("aws_category:".length) : null;
  const url = category
    ? `${COSTS}/${state.perspective.categories}?${query([["key", category], ["limit", "100"]])}`
    : tag
    ? `${COSTS}/${state.perspective.tags}${encodeURIComponent(tag)}/?${query([...rangeOf(state), ...(asked ? [["filter[value]", asked] as [string, string]] : []), ["limit", "20"]])}`
    : list
      ? `${COSTS}/resource-types/${list}/?${query([...(asked ? [["search", asked] as [string, string]] : []), ["limit", "20"]])}`
      : null;
  const found = useGet<Values>(url);
  const options = (found.data?.data ?? []).flatMap((item): Option | Option[] =>
    typeof item === "object" && "values" in item ? (item.key === category ? item.values.map((value) => ({ value, label: value })) : []) :
    typeof item === "string" ? { value: item, label: item } : { value: item.value, label: item.value, hint: item.account_alias !== item.value ? item.account_alias : undefined },
  );
  const typed = text.trim().toLowerCase();
  const fitting = options.filter((o) => `${o.label} ${o.hint ?? ""}`.toLowerCase().includes(typed));
  return { options: url ? fitting.slice(0, 20) : [], loading: found.loading && url !== null };
}

function AddFilter({ state, keyed, close }: { state: Explore; keyed: Keyed[]; close: () => void }) {
  const [dimension, setDimension] = useState(state.perspective.dimensions[0].id);
  const [mode, setMode] = useState<Mode>("is");
  const [text, setText] = useState("");
  const values = useValues(state, dimension, text);
  const add = (value: string) => {
    if (!value.trim()) return;
    const filter: Filter = { dimension, mode, value: value.trim() };
    patchQuery({ f: [...new Set([...state.filters.map(writeFilter), writeFilter(filter)])] });
    setText("");
    close();
  };
  return (
    <div class="add-filter" onKeyDown={(event) => event.key === "Escape" && close()}>
      <label class="select"><span class="sr">Filter by</span>
        <select value={dimension} onChange={(event) => (setDimension(event.currentTarget.value), setText(""))}>
          {state.perspective.dimensions.map((d) => <option key={d.id} value={d.id}>{d.label}</option>)}
          <KeyedOptions keyed={keyed} />
        </select>
      </label>
      <Select label="How" hideLabel value={mode} options={(Object.keys(MODE_LABELS) as Mode[]).map((id) => ({ id, label: MODE_LABELS[id] }))} onChange={(v) => setMode(v as Mode)} />
      <Combobox label={`${dimensionLabel(state.perspective, dimension)} value`} hideLabel placeholder="Value" autofocus options={values.options} loading={values.loading} text={text} onText={setText} onPick={(o) => add(o.value)} onEnter={() => add(text)} />
      <button type="button" class="small primary" onClick={() => add(text)} disabled={!text.trim()}>Add</button>
      <button type="button" class="icon-button" aria-label="No filter" onClick={close}><Icon name="close" size={16} /></button>
    </div>
  );
}

function Filters({ state, keyed }: { state: Explore; keyed: Keyed[] }) {
  const [adding, setAdding] = useState(false);
  return (
    <div class="filters">
      {state.filters.map((filter) => {
        const text = `${dimensionLabel(state.perspective, filter.dimension)} ${MODE_LABELS[filter.mode]} ${filter.value}`;
        return (
          <span class={`chip ${filter.mode === "not" ? "chip-not" : ""}`} key={writeFilter(filter)}>
            <span>{dimensionLabel(state.perspective, filter.dimension)} <em>{MODE_LABELS[filter.mode]}</em> <b>{filter.value}</b></span>
            <button type="button" aria-label={`Remove filter ${text}`} onClick={() => patchQuery({ f: state.filters.filter((f) => f !== filter).map(writeFilter) })}><Icon name="close" size={14} /></button>
          </span>
        );
      })}
      {adding ? <AddFilter state={state} keyed={keyed} close={() => setAdding(false)} /> : (
        <button type="button" class="small" onClick={() => setAdding(true)}><Icon name="plus" size={16} />Filter</button>
      )}
      {state.filters.length > 1 && <button type="button" class="small plain" onClick={() => patchQuery({ f: null })}>Clear all</button>}
    </div>
  );
}

function Groups({ state, keyed }: { state: Explore; keyed: Keyed[] }) {
  const { session } = useApp();
  const slots = Math.min(session.group_by_max, state.groups.length + 1);
  const choose = (at: number, value: string) => {
    const groups = state.groups.slice();
    if (value) groups[at] = value;
    else groups.splice(at, 1);
    patchQuery({ g: groups.length > 0 ? groups : [""] });
  };
  return (
    <>
      {Array.from({ length: slots }, (_, at) => (
        <label class="select" key={at}>
          <span>{at === 0 ? "Group by" : "then by"}</span>
          <select value={state.groups[at] ?? ""} onChange={(event) => choose(at, event.currentTarget.value)}>
            <option value="">{at === 0 ? "nothing" : "–"}</option>
            {state.perspective.dimensions.filter((d) => d.id === state.groups[at] || !state.groups.includes(d.id)).map((d) => <option key={d.id} value={d.id}>{d.label}</option>)}
            <KeyedOptions keyed={keyed} />
          </select>
        </label>
      ))}
    </>
  );
}

/** An address may come from a server that takes more groups. */
function LeftOut({ state }: { state: Explore }) {
  if (state.leftOut.length === 0) return null;
  return (
    <Note kind="warn" title={`This server groups by ${state.groups.length} at most.`}>
      <p>{state.leftOut.map((g) => dimensionLabel(state.perspective, g)).join(", ")} {state.leftOut.length === 1 ? "is" : "are"} left out. Started with <code>--group-by-max {state.groups.length + state.leftOut.length}</code>, it takes all of them.</p>
    </Note>
  );
}

function Period({ state }: { state: Explore }) {
  const { session } = useApp();
  const move = (range: { from: string; to: string }) => patchQuery({ from: range.from, to: range.to, range: null });
  const before = previousRange(state.range, session.today);
  const after = nextRange(state.range, session.today);
  const canNext = after.from <= session.today;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
      if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "[") move(before);
      if (event.key === "]" && canNext) move(after);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  });
  return (
    <div class="period">
      <button type="button" class="icon-button" aria-label="Previous period" title="Previous period ([)" onClick={() => move(before)}><Icon name="left" size={16} /></button>
      <Select label="Period" hideLabel value={state.preset} options={[...PRESETS, ...(state.preset === "custom" ? [{ id: "custom", label: "These days" }] : [])]} onChange={(range) => patchQuery({ range: range === "month" ? null : range, from: null, to: null })} />
      <label class="day"><span class="sr">From</span><input type="date" value={state.range.from} max={state.range.to} onChange={(event) => event.currentTarget.value && patchQuery({ from: event.currentTarget.value, to: state.range.to, range: null })} /></label>
      <span class="quiet" aria-hidden="true">–</span>
      <label class="day"><span class="sr">To</span><input type="date" value={state.range.to} min={state.range.from} max={session.today} onChange={(event) => event.currentTarget.value && patchQuery({ from: state.range.from, to: event.currentTarget.value, range: null })} /></label>
      <button type="button" class="icon-button" aria-label="Next period" title="Next period (])" disabled={!canNext} onClick={() => move(after)}><Icon name="right" size={16} /></button>
    </div>
  );
}

interface Currencies {
  data: { code: string; name: string }[];
}

export function ExploreBar({ state }: { state: Explore }) {
  const { session, sources } = useApp();
  const { currency, costType } = useAccount();
  const keyed = useKeyed(state);
  const currencies = useGet<Currencies>(`${COSTS}/currency/?limit=200`);
  const perspectives = offered(sources.map((s) => SOURCE_TYPES[s.source_type_id]?.name ?? ""));
  const codes = currencies.data?.data.map((c) => c.code) ?? [];
  return (
    <>
      <LeftOut state={state} />
      <section class="explore-bar" aria-label="What is shown">
        <div class="bar-row">
          {perspectives.length > 1 && <Select label="Provider" value={state.perspective.id} options={perspectives} onChange={(p) => patchQuery({ p, g: null, f: null, report: null })} />}
          <Select label="Show" value={state.report.id} options={state.perspective.reports} onChange={(r) => patchQuery({ report: r === "costs" ? null : r })} />
          <Groups state={state} keyed={keyed} />
          <Select label="Top" value={String(state.limit)} options={LIMITS.map((n) => ({ id: String(n), label: n === 0 ? "all" : String(n) }))} onChange={(n) => patchQuery({ n: n === "10" ? null : n })} />
          <Select label="By" value={state.resolution} options={[{ id: "daily", label: "day" }, { id: "monthly", label: "month" }]} onChange={(r) => patchQuery({ res: r === "daily" ? null : r })} />
          {state.perspective.hasCostTypes && <Select label="Cost" value={state.costType ?? costType} options={COST_TYPES} onChange={(c) => patchQuery({ cost: c === costType ? null : c })} />}
          {codes.length > 1 && <Select label="Currency" hideLabel value={state.currency ?? currency} options={codes.map((id) => ({ id, label: id }))} onChange={(c) => patchQuery({ currency: c === currency ? null : c })} />}
        </div>
        <div class="bar-row">
          <Period state={state} />
          <label class="check"><input type="checkbox" checked={state.compare} onChange={(event) => patchQuery({ compare: event.currentTarget.checked ? "1" : null })} />Compare with the period before</label>
          <Filters state={state} keyed={keyed} />
        {state.groups.length === session.group_by_max && <small class="quiet at-most" title="The server's --group-by-max; it can be 1 to 7">{plural(session.group_by_max, "group")} at most</small>}
        </div>
      </section>
    </>
  );
}

async function download(url: string, accept: string, name: string): Promise<void> {
  const response = await request(url, { accept });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export function ExploreExports({ state, url }: { state: Explore; url: string }) {
  const name = `${state.perspective.id}_${state.groups.join("_").replace(/[^\w-]+/g, "-") || "total"}_${state.range.from}_${state.range.to}`;
  const focusAt = focusUrl(state);
  const focus = () => focusAt && download(focusAt, "text/csv", `focus_${state.range.from}_${state.range.to}.csv`).catch((error: Error) => toast(error.message));
  const csv = () => download(reportUrl(state), "text/csv", `${name}.csv`).catch((error: Error) => toast(error.message));
  return (
    <div class="page-actions">
      <CopyButton text={() => location.href}>Copy link</CopyButton>
      <CopyButton class="small wide-only" text={() => asCurl(url)}>Copy as curl</CopyButton>
      <button type="button" class="small" onClick={focus} disabled={!focusAt} title={focusAt ? "Costs of the period as a FOCUS 1.2 data set" : "FOCUS can be filtered by accounts, services and regions that are exactly so"}><Icon name="download" size={16} />FOCUS</button>
      <button type="button" class="small" onClick={csv}><Icon name="download" size={16} />CSV</button>
    </div>
  );
}
