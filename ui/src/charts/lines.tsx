import { area, line } from "d3-shape";
import { useState } from "preact/hooks";
import { date } from "../lib/format";
import { useWidth } from "../lib/hooks";
import { frame, labelled, valueScale } from "./scale";

export interface Line {
  id: "now" | "before" | "forecast";
  label: string;
  /** A value a day of the month; null where there is none. */
  points: (number | null)[];
  /** The band around it. */
  low?: (number | null)[];
  high?: (number | null)[];
}

interface Props {
  days: string[];
  lines: Line[];
  title: string;
  height?: number;
  format: (value: number) => string;
  formatAxis: (value: number) => string;
}

/** Lines over the days of a month. Arrow keys read it day by day. */
export function LineChart({ days, lines, title, height = 250, format, formatAxis }: Props) {
  const [attach, width] = useWidth<HTMLDivElement>();
  const [picked, setAt] = useState<number | null>(null);
  const at = picked !== null && picked < days.length ? picked : null; // the days may have become fewer
  const box = frame(width, height);
  const all = lines.flatMap((l) => [...l.points, ...(l.high ?? [])]).filter((v): v is number => v !== null);
  const scale = valueScale(box, Math.min(0, ...all), Math.max(0, ...all));
  const step = box.innerWidth / Math.max(1, days.length - 1);
  const x = (i: number) => box.left + step * i;
  const path = (points: (number | null)[]) =>
    line<number | null>().defined((v) => v !== null).x((_, i) => x(i)).y((v) => scale.y(v as number))(points) ?? "";
  const band = (l: Line) =>
    area<number | null>()
      .defined((v, i) => v !== null && l.low?.[i] != null)
      .x((_, i) => x(i))
      .y0((_, i) => scale.y(l.low?.[i] ?? 0))
      .y1((v) => scale.y(v as number))(l.high ?? []) ?? "";
  const keys = (event: KeyboardEvent) => {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (move !== undefined) setAt((old) => Math.min(days.length - 1, Math.max(0, old === null ? 0 : old + move)));
    else if (event.key === "Escape") setAt(null);
    else return;
    event.preventDefault();
  };
  const point = (event: PointerEvent) => {
    const rect = (event.currentTarget as Element).getBoundingClientRect();
    const i = Math.round((event.clientX - rect.left - box.left) / step);
    setAt(i >= 0 && i < days.length ? i : null);
  };
  return (
    <div class="chart" ref={attach} tabIndex={0} role="group" aria-label={`${title}. Arrow keys read it day by day.`} onKeyDown={keys} onBlur={() => setAt(null)}>
      {width > 0 && (
        <svg width={width} height={height} role="img" aria-label={title} onPointerMove={point} onPointerLeave={() => setAt(null)}>
          <g class="axis">
            {scale.ticks.map((tick) => (
              <g key={tick}>
                <line x1={box.left} x2={box.left + box.innerWidth} y1={scale.y(tick)} y2={scale.y(tick)} class={tick === 0 ? "zero" : "grid"} />
                <text x={box.left - 8} y={scale.y(tick)} dy="0.32em" text-anchor="end">{formatAxis(tick)}</text>
              </g>
            ))}
            {labelled(days.length, box.innerWidth).map((i) => (
              <text key={i} x={x(i)} y={height - 6} text-anchor={i === 0 ? "start" : "middle"}>{date(days[i])}</text>
            ))}
          </g>
          {lines.map((l) => l.low && <path key={`${l.id}-band`} class="band" d={band(l)} />)}
          {lines.map((l) => <path key={l.id} class={`line line-${l.id}`} d={path(l.points)} />)}
          {at !== null && (
            <g>
              <line class="cursor-line" x1={x(at)} x2={x(at)} y1={box.top} y2={box.top + box.innerHeight} />
              {lines.map((l) => l.points[at] != null && <circle key={l.id} class={`mark line-${l.id}`} r={4} cx={x(at)} cy={scale.y(l.points[at] as number)} />)}
            </g>
          )}
        </svg>
      )}
      {at !== null && (
        <div class="tip" style={{ left: `${Math.min(Math.max(0, x(at) - 110), Math.max(0, width - 228))}px` }} role="status">
          <div class="tip-head"><span>{date(days[at], "long")}</span></div>
          <ul>
            {lines.filter((l) => l.points[at] != null).map((l) => (
              <li key={l.id}>
                <i class={`dash line-${l.id}`} />
                <span>{l.label}</span>
                <b>{format(l.points[at] as number)}</b>
              </li>
            ))}
            {lines.map((l) =>
              l.low?.[at] != null && l.high?.[at] != null && l.low[at] !== l.high[at] ? (
                <li key="band"><i class="dash" /><span>Likely range</span><b>{`${format(l.low[at] as number)} – ${format(l.high[at] as number)}`}</b></li>
              ) : null,
            )}
          </ul>
        </div>
      )}
    </div>
  );
}
