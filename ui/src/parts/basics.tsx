// The small parts that all pages are made of.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { ApiError } from "../lib/api";
import { money, percent } from "../lib/format";
import { Icon, type IconName } from "./icons";

export function Card(props: { title?: string; actions?: ComponentChildren; class?: string; busy?: boolean; children: ComponentChildren }) {
  return (
    <section class={`card ${props.class ?? ""}`} aria-busy={props.busy}>
      {(props.title || props.actions) && (
        <header class="card-head">
          {props.title && <h2>{props.title}</h2>}
          {props.actions && <div class="card-actions">{props.actions}</div>}
        </header>
      )}
      {props.children}
    </section>
  );
}

/** What went wrong, what to do, and a button to try again. */
export function Fault({ error, retry, what }: { error: ApiError; retry?: () => void; what?: string }) {
  return (
    <div class="note note-bad" role="alert">
      <Icon name="warn" />
      <div>
        <strong>{what ?? "This could not be loaded"}</strong>
        <p>{error.message}</p>
        <p class="quiet">{error.advice}</p>
        {retry && <button type="button" class="small" onClick={retry}>Try again</button>}
      </div>
    </div>
  );
}

export function Note({ kind = "info", title, children }: { kind?: "info" | "good" | "warn" | "bad"; title?: ComponentChildren; children?: ComponentChildren }) {
  const icon: IconName = kind === "good" ? "check" : kind === "info" ? "info" : "warn";
  return (
    <div class={`note note-${kind}`}>
      <Icon name={icon} />
      <div>{title && <strong>{title}</strong>}{children}</div>
    </div>
  );
}

/** Grey bars in the place of what is loading. */
export function Skeleton({ lines = 3, height }: { lines?: number; height?: number }) {
  return (
    <div class="skeleton" role="status" aria-label="Loading">
      {height ? <span style={{ height: `${height}px` }} /> : Array.from({ length: lines }, (_, i) => <span key={i} style={{ width: `${92 - ((i * 17) % 40)}%` }} />)}
    </div>
  );
}

export function Empty({ title, children, action }: { title: string; children?: ComponentChildren; action?: ComponentChildren }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {action}
    </div>
  );
}

/** A change: arrow, amount and percentage; more cost is no good news. */
export function Delta({ value, fraction, currency, bare }: { value: number; fraction: number | null; currency?: string; bare?: boolean }) {
  const flat = Math.abs(value) < 0.005;
  const direction = flat ? "flat" : value > 0 ? "up" : "down";
  const amount = currency ? money(Math.abs(value), currency) : "";
  const share = fraction === null ? (flat ? "" : "new") : percent(Math.abs(fraction));
  const words = flat ? "no change" : `${value > 0 ? "up" : "down"} ${amount} ${share}`;
  return (
    <span class={`delta delta-${direction}`} title={words}>
      <span aria-hidden="true">{flat ? "=" : value > 0 ? "▲" : "▼"} {bare ? share || amount : [amount, share && `(${share})`].filter(Boolean).join(" ")}</span>
      <span class="sr">{words}</span>
    </span>
  );
}

export type Tone = "good" | "bad" | "warn" | "busy" | "off";

export function Status({ tone, children }: { tone: Tone; children: ComponentChildren }) {
  return <span class={`status status-${tone}`}><i aria-hidden="true" />{children}</span>;
}

let fields = 0;

/** A label over a control, with a hint or the fault below it. */
export function Field(props: { label: string; hint?: ComponentChildren; error?: string; optional?: boolean; children: (attributes: { id: string; "aria-describedby"?: string; "aria-invalid"?: boolean }) => ComponentChildren }) {
  const id = useRef(`field-${++fields}`).current;
  const below = props.error ?? props.hint;
  return (
    <div class={`field ${props.error ? "field-bad" : ""}`}>
      <label for={id}>{props.label}{props.optional && <span class="quiet"> (optional)</span>}</label>
      {props.children({ id, "aria-describedby": below ? `${id}-hint` : undefined, "aria-invalid": props.error ? true : undefined })}
      {below && <div class="hint" id={`${id}-hint`}>{below}</div>}
    </div>
  );
}

export function Select(props: { label: string; value: string; options: { id: string; label: string }[]; onChange: (value: string) => void; hideLabel?: boolean }) {
  return (
    <label class="select">
      <span class={props.hideLabel ? "sr" : ""}>{props.label}</span>
      <select value={props.value} onChange={(event) => props.onChange(event.currentTarget.value)}>
        {props.options.map((o) => <option key={o.id} value={o.id}>{o.label}</option>)}
      </select>
    </label>
  );
}

/** A few choices side by side, of which one holds. */
export function Segments(props: { label: string; value: string; options: { id: string; label: string }[]; onChange: (value: string) => void }) {
  return (
    <div class="segments" role="group" aria-label={props.label}>
      {props.options.map((o) => (
        <button key={o.id} type="button" aria-pressed={o.id === props.value} onClick={() => props.onChange(o.id)}>{o.label}</button>
      ))}
    </div>
  );
}

/** The browser's own dialog: focus stays in it, Escape closes it. */
export function Dialog(props: { title: string; open: boolean; onClose: () => void; children: ComponentChildren; wide?: boolean }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (props.open && !dialog.current?.open) dialog.current?.showModal();
    if (!props.open && dialog.current?.open) dialog.current.close();
  }, [props.open]);
  if (!props.open) return null;
  return (
    <dialog ref={dialog} class={props.wide ? "wide" : ""} aria-label={props.title} onClose={props.onClose} onClick={(event) => event.target === dialog.current && props.onClose()}>
      <div class="dialog-body">
        <header><h2>{props.title}</h2><button type="button" class="icon-button" aria-label="Close" onClick={props.onClose}><Icon name="close" /></button></header>
        {props.children}
      </div>
    </dialog>
  );
}

/** Copies a text; says so. */
export function CopyButton({ text, children, class: name = "small" }: { text: () => string; children: ComponentChildren; class?: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
    } catch {
      const area = document.createElement("textarea"); // without https there is no clipboard
      area.value = text();
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <button type="button" class={name} onClick={copy}>
      <Icon name={copied ? "check" : "copy"} size={16} />
      <span aria-live="polite">{copied ? "Copied" : children}</span>
    </button>
  );
}

/** Arrow keys, Home and End go from row to row of a table whose rows have a [data-row] each. */
export function rowKeys(event: KeyboardEvent): void {
  const rows = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>("[data-row]")];
  const at = rows.indexOf(event.target as HTMLElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
  if (at < 0 || to === undefined) return;
  event.preventDefault();
  rows[Math.max(0, Math.min(rows.length - 1, to))]?.focus();
}
