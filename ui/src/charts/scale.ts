// Scales for the charts: linear values, evenly spaced dates.
import { tickStep } from "d3-array";

export interface Frame {
  width: number;
  height: number;
  left: number;
  top: number;
  innerWidth: number;
  innerHeight: number;
}

export function frame(width: number, height: number, left = 56): Frame {
  const top = 8;
  return { width, height, left, top, innerWidth: Math.max(40, width - left - 8), innerHeight: height - top - 26 };
}

export interface Scale {
  y: (value: number) => number;
  ticks: number[];
}

/** Values from 0 (or below, with credits) to a round number above the highest. */
export function valueScale(box: Frame, lowest: number, highest: number): Scale {
  const low = Math.min(0, lowest);
  const high = highest > low ? highest : low + 1;
  const step = tickStep(low, high, 5);
  const bottom = Math.floor(low / step + 1e-9) * step;
  const top = Math.ceil(high / step - 1e-9) * step;
  return {
    y: (value) => box.top + box.innerHeight * (1 - (value - bottom) / (top - bottom)),
    ticks: Array.from({ length: Math.round((top - bottom) / step) + 1 }, (_, i) => bottom + i * step),
  };
}

/** Which dates are written below, so that they don't touch. */
export function labelled(total: number, width: number, each = 56): number[] {
  if (total === 0) return [];
  const step = Math.max(1, Math.ceil(total / Math.max(1, Math.floor(width / each))));
  return Array.from({ length: Math.ceil(total / step) }, (_, i) => i * step);
}
