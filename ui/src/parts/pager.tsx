// From page to page of a list; the place is in the address.
import { count } from "../lib/format";
import { patchQuery } from "../lib/router";
import { Icon } from "./icons";

export const PAGE = 50;

/** The list's offset that the address tells. */
export function offsetOf(query: URLSearchParams): number {
  return Number(query.get("offset") ?? 0) || 0;
}

/** Nothing when all of it is on one page. */
export function Pager({ offset, all }: { offset: number; all: number }) {
  if (all <= PAGE) return null;
  return (
    <div class="pager">
      <button type="button" class="small" disabled={offset === 0} onClick={() => patchQuery({ offset: offset > PAGE ? String(offset - PAGE) : null })}><Icon name="left" size={15} />Previous</button>
      <span class="quiet">{count(offset + 1)} – {count(Math.min(all, offset + PAGE))} of {count(all)}</span>
      <button type="button" class="small" disabled={offset + PAGE >= all} onClick={() => patchQuery({ offset: String(offset + PAGE) })}>Next<Icon name="right" size={15} /></button>
    </div>
  );
}
