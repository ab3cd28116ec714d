import { stack, stackOffsetDiverging } from "d3-shape";
import { useState } from "preact/hooks";
import { date } from "../lib/format";
import { useWidth } from "../lib/hooks";
import { seriesClass } from "./colors";
import { frame, labelled, valueScale } from "./scale";

export interface StackedSeries {
  key: string;
  label: string;
  isOthers: boolean;
  points: number[];
}

interface Props {
  dates: string[];
  series: StackedSeries[];
  height?: number;
  title: string;
  format: (value: number) => string;
  formatAxis: (value: number) => string;
  /** The series that the pointer is over in the table beside. */
  lit?: string | null;
  onPickDate?: (date: string) => void;
}

/** Bars on bars, a column a date. Arrow keys read it column by column. */
export function StackedChart({ dates, series, height = 260, title, format, formatAxis, lit, onPickDate }: Props) {
  const [attach, width] = useWidth<HTMLDivElement>();
  const [picked, setAt] = useState<number | null>(null);
  const at = picked !== null && picked < dates.length ? picked : null; // the dates may have become fewer
  const box = frame(width, height);
  const sums = dates.map((_, i) => series.reduce((sum, s) => sum + Math.max(0, s.points[i]), 0));
  const lows = dates.map((_, i) => series.reduce((sum, s) => sum + Math.min(0, s.points[i]), 0));
  const scale = valueScale(box, Math.min(0, ...lows), Math.max(0, ...sums));
  const step = box.innerWidth / Math.max(1, dates.length);
  const gap = step > 12 ? Math.min(6, step * 0.22) : Math.min(1, step * 0.1);
  const stacked = stack<unknown, number, number>()
    .keys(series.map((_, i) => i))
    .value((column, key) => series[key].points[column])
    .offset(stackOffsetDiverging)(dates.map((_, i) => i));
  const pick = (event: KeyboardEvent) => {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (move !== undefined) setAt((old) => Math.min(dates.length - 1, Math.max(0, old === null ? (move > 0 ? 0 : dates.length - 1) : old + move)));
    else if (event.key === "Escape") setAt(null);
    else if (event.key === "Enter" && at !== null) onPickDate?.(dates[at]);
    else return;
    event.preventDefault();
  };
  const point = (event: PointerEvent) => {
    const rect = (event.currentTarget as Element).getBoundingClientRect();
    const i = Math.floor((event.clientX - rect.left - box.left) / step);
    setAt(i >= 0 && i < dates.length ? i : null);
  };
  const total = at === null ? 0 : series.reduce((sum, s) => sum + s.points[at], 0);
  const shown = at === null ? [] : series.filter((s) => s.points[at] !== 0);
  return (
    <div class="chart" ref={attach} tabIndex={0} role="group" aria-label={`${title}. Arrow keys read it date by date.`} onKeyDown={pick} onBlur={() => setAt(null)}>
      {width > 0 && (
        <svg width={width} height={height} role="img" aria-label={title} onPointerMove={point} onPointerLeave={() => setAt(null)} onClick={() => at !== null && onPickDate?.(dates[at])}>
          <g class="axis">
            {scale.ticks.map((tick) => (
              <g key={tick}>
                <line x1={box.left} x2={box.left + box.innerWidth} y1={scale.y(tick)} y2={scale.y(tick)} class={tick === 0 ? "zero" : "grid"} />
                <text x={box.left - 8} y={scale.y(tick)} dy="0.32em" text-anchor="end">{formatAxis(tick)}</text>
              </g>
            ))}
            {labelled(dates.length, box.innerWidth).map((i) => (
              <text key={i} x={box.left + step * (i + 0.5)} y={height - 6} text-anchor="middle">{date(dates[i])}</text>
            ))}
          </g>
          {at !== null && <rect class="cursor" x={box.left + step * at} y={box.top} width={step} height={box.innerHeight} />}
          {stacked.map((layer, s) => (
            <g key={series[s].key} class={`bar ${seriesClass(s, series[s].isOthers)}${lit && lit !== series[s].key ? " dim" : ""}`}>
              {layer.map(([from, to], i) =>
                from === to ? null : (
                  <rect key={i} x={box.left + step * i + gap / 2} width={Math.max(0.5, step - gap)} y={scale.y(to)} height={Math.max(0.4, scale.y(from) - scale.y(to))} />
                ),
              )}
            </g>
          ))}
        </svg>
      )}
      {at !== null && (
        <div class="tip" style={{ left: `${Math.min(Math.max(0, box.left + step * (at + 0.5) - 110), Math.max(0, width - 228))}px` }} role="status">
          <div class="tip-head"><span>{date(dates[at], "long")}</span><strong>{format(total)}</strong></div>
          <ul>
            {shown.slice(0, 12).map((s) => (
              <li key={s.key}>
                <i class={`dot ${seriesClass(series.indexOf(s), s.isOthers)}`} />
                <span>{s.label}</span>
                <b>{format(s.points[at])}</b>
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}
