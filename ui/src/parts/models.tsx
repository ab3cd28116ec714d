// What the pages of cost models and of price lists share: a list, and a form for one of them.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { ApiError, COSTS } from "../lib/api";
import { type Loaded, useGet } from "../lib/hooks";
import { navigate, usePlace } from "../lib/router";
import { Card, Empty, Fault, Field, Note, Skeleton } from "./basics";
import { Icon } from "./icons";
import { type Column, Rows } from "./rows";
import { toast } from "./toast";

export interface Kind {
  path: "/cost-models" | "/price-lists";
  one: string;
  many: string;
}

export const MODELS: Kind = { path: "/cost-models", one: "cost model", many: "Cost models" };
export const PRICES: Kind = { path: "/price-lists", one: "price list", many: "Price lists" };

export function ModelList<T extends { uuid: string }>(props: {
  kind: Kind;
  answer: Loaded<{ data: T[] }>;
  columns: Column<T>[];
  toolbar?: ComponentChildren;
  empty: ComponentChildren;
}) {
  const { path } = usePlace();
  const { kind, answer } = props;
  return (
    <>
      <header class="page-head">
        <h1>Cost models</h1>
        <a class="button primary" href={`${kind.path}/new`}><Icon name="plus" size={16} />New {kind.one}</a>
      </header>
      <nav class="tabs" aria-label="Cost models">
        {[MODELS, PRICES].map((k) => <a key={k.path} href={k.path} aria-current={path === k.path ? "page" : undefined}>{k.many}</a>)}
      </nav>
      {props.toolbar}
      <Card class="flush">
        {answer.error ? <Fault error={answer.error} retry={answer.reload} /> : !answer.data ? <Skeleton lines={4} /> : answer.data.data.length === 0 ? props.empty : (
          <Rows caption={kind.many} columns={props.columns} rows={answer.data.data} id={(row) => row.uuid} />
        )}
      </Card>
    </>
  );
}

/** The name of a row, which is a link to it, over its description. */
export function nameColumn<T extends { uuid: string; name: string; description: string }>(kind: Kind): Column<T> {
  return {
    label: "Name",
    kind: "name",
    cell: (row) => <><a href={`${kind.path}/${row.uuid}`} data-row>{row.name}</a>{row.description && <small class="quiet block">{row.description}</small>}</>,
  };
}

/** Work on one of them, after which its list is shown; a form is busy meanwhile, or told the fault. */
export function useWork(kind: Kind) {
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const act = async (work: () => Promise<unknown>, done: string) => {
    setBusy(true);
    setError(null);
    try {
      await work();
      toast(done);
      navigate(kind.path);
    } catch (cause) {
      setError(cause as ApiError);
      setBusy(false);
    }
  };
  return { error, busy, act };
}

export function EditorHead({ kind, name }: { kind: Kind; name?: string }) {
  return (
    <header class="page-head">
      <div>
        <div class="crumbs"><a href={kind.path}>{kind.many}</a></div>
        <h1>{name ?? `New ${kind.one}`}</h1>
      </div>
    </header>
  );
}

export interface Named {
  name: string;
  description: string;
}

export function NameFields({ draft, set, longest }: { draft: Named; set: (changes: Partial<Named>) => void; longest: number }) {
  return (
    <>
      <Field label="Name">{(a) => <input type="text" {...a} required maxLength={longest} value={draft.name} onInput={(e) => set({ name: e.currentTarget.value })} autocomplete="off" />}</Field>
      <Field label="Description" optional>{(a) => <input type="text" {...a} maxLength={500} value={draft.description} onInput={(e) => set({ description: e.currentTarget.value })} autocomplete="off" />}</Field>
    </>
  );
}

export function CurrencyField({ value, change, fixed }: { value: string; change: (code: string) => void; fixed?: string }) {
  const currencies = useGet<{ data: { code: string; name: string }[] }>(`${COSTS}/currency/?limit=200`);
  return (
    <Field label="Currency" hint={fixed}>{(a) => (
      <select {...a} value={value} disabled={fixed !== undefined} onChange={(e) => change(e.currentTarget.value)}>
        {(currencies.data?.data ?? [{ code: value, name: "" }]).map((c) => <option key={c.code} value={c.code}>{c.code}{c.name && ` – ${c.name}`}</option>)}
      </select>
    )}</Field>
  );
}

/** Asks once more before something is deleted. */
export function Removal({ name, busy, remove, keep, children }: { name: string; busy: boolean; remove: () => void; keep: () => void; children?: ComponentChildren }) {
  return (
    <Note kind="bad" title={`Delete “${name}”?`}>
      {children}
      <div class="form-actions">
        <button type="button" class="danger primary" disabled={busy} onClick={remove}>Delete</button>
        <button type="button" onClick={keep}>Keep it</button>
      </div>
    </Note>
  );
}

/** What is shown of one that is asked for. */
export function Existing<T>({ kind, url, children }: { kind: Kind; url: string; children: (one: T) => ComponentChildren }) {
  const answer = useGet<T>(url);
  if (answer.error?.status === 404) return <Empty title={`There is no such ${kind.one}`} action={<a class="button" href={kind.path}>All {kind.many.toLowerCase()}</a>} />;
  if (answer.error) return <Fault error={answer.error} retry={answer.reload} />;
  return <>{answer.data ? children(answer.data) : <Skeleton lines={6} />}</>;
}
