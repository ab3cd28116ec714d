// A table of things: columns where there is room for them, else a card each.
import type { ComponentChildren } from "preact";
import { rowKeys } from "./basics";

export interface Column<T> {
  label: string;
  /** "name" heads the row; a "mark" stands beside it on a card; "plain" needs no label there. */
  kind?: "name" | "mark" | "plain";
  /** Its label is for screen readers only. */
  unlabelled?: boolean;
  class?: string;
  cell: (row: T) => ComponentChildren;
}

function Cell<T>({ column, row }: { column: Column<T>; row: T }) {
  const { kind } = column;
  const classes = [column.class, kind === "mark" ? "mark" : ""].filter(Boolean).join(" ") || undefined;
  return kind === "name" ? (
    <th scope="row" role="rowheader" class={classes}>{column.cell(row)}</th>
  ) : (
    <td role="cell" class={classes} data-label={kind ? undefined : column.label}>{column.cell(row)}</td>
  );
}

export function Rows<T>({ caption, columns, rows, id }: { caption: string; columns: Column<T>[]; rows: T[]; id: (row: T) => string }) {
  return (
    <div class="table-scroll">
      <table role="table" class="cards" onKeyDown={rowKeys}>
        <caption class="sr">{caption}</caption>
        <thead role="rowgroup">
          <tr role="row">{columns.map((c) => <th key={c.label} role="columnheader" scope="col" class={c.class}>{c.unlabelled ? <span class="sr">{c.label}</span> : c.label}</th>)}</tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => <tr key={id(row)} role="row">{columns.map((c) => <Cell key={c.label} column={c} row={row} />)}</tr>)}
        </tbody>
      </table>
    </div>
  );
}
