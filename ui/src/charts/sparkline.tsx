/** A trend without numbers; the numbers stand beside it. */
export function Sparkline({ points, className }: { points: number[]; className: string }) {
  if (points.length < 2) return null;
  const width = 88;
  const height = 22;
  const low = Math.min(0, ...points);
  const high = Math.max(low + 1e-9, ...points);
  const path = points
    .map((v, i) => `${i ? "L" : "M"}${((i / (points.length - 1)) * (width - 2) + 1).toFixed(1)},${(height - 2 - ((v - low) / (high - low)) * (height - 4)).toFixed(1)}`)
    .join("");
  return (
    <svg class={`spark ${className}`} width={width} height={height} aria-hidden="true">
      <path d={path} />
    </svg>
  );
}
