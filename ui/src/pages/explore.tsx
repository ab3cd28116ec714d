// Any report: what was spent when, by what, on what; chart and table of the same numbers.
import { useMemo, useState } from "preact/hooks";
import { seriesClass } from "../charts/colors";
import { Sparkline } from "../charts/sparkline";
import { StackedChart } from "../charts/stacked";
import { useApp } from "../lib/app";
import { countDays, previousRange } from "../lib/dates";
import { type Explore, drillDown, previousUrl, readExplore, reportUrl } from "../lib/explore";
import { count, date, money, percent, plural, shortMoney } from "../lib/format";
import { useGet, useTitle } from "../lib/hooks";
import { dimensionLabel } from "../lib/perspectives";
import { type Flat, type ReportAnswer, type Series, change, flatten } from "../lib/report";
import { patchQuery, usePlace } from "../lib/router";
import { Card, Delta, Empty, Fault, Skeleton, rowKeys } from "../parts/basics";
import { ExploreBar, ExploreExports } from "../parts/explore-bar";

interface Format {
  full: (value: number) => string;
  axis: (value: number) => string;
}

function formats(state: Explore, units: string): Format {
  if (state.report.measure === "cost") return { full: (v) => money(v, units), axis: (v) => shortMoney(v, units) };
  return { full: (v) => `${count(v, 2)} ${units}`, axis: (v) => count(v) };
}

interface RowView {
  series: Series;
  index: number;
  before?: number;
}

const SORTS: Record<string, (row: RowView) => number | string> = {
  name: (row) => row.series.label.toLowerCase(),
  total: (row) => row.series.total,
  change: (row) => row.series.total - (row.before ?? 0),
};

function sortRows(rows: RowView[], state: Explore): RowView[] {
  const key = SORTS[state.sort] ?? SORTS.total;
  const sign = state.descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    if (a.series.isOthers !== b.series.isOthers) return a.series.isOthers ? 1 : -1;
    const [x, y] = [key(a), key(b)];
    return sign * (x < y ? -1 : x > y ? 1 : 0);
  });
}

function HeadCell({ id, label, state, numeric }: { id: string; label: string; state: Explore; numeric?: boolean }) {
  const active = state.sort === id;
  const descending = active ? !state.descending : id !== "name";
  return (
    <th scope="col" class={numeric ? "num" : ""} aria-sort={active ? (state.descending ? "descending" : "ascending") : undefined}>
      <button type="button" class="sort" onClick={() => patchQuery({ sort: `${id}:${descending ? "desc" : "asc"}` }, true)}>
        {label}<span aria-hidden="true">{active ? (state.descending ? " ↓" : " ↑") : ""}</span>
      </button>
    </th>
  );
}

/** Groups without a value ("No-region") can't be asked for alone. */
function canDrill(series: Series, state: Explore): boolean {
  return !series.isOthers && state.groups.length > 0 && series.values.every((v, i) => v !== "" && v !== `No-${state.groups[i]}`);
}

function Table({ state, flat, before, format, light }: { state: Explore; flat: Flat; before?: Map<string, number>; format: Format; light: (key: string | null) => void }) {
  const known = before ? flat.series.filter((s) => !s.isOthers).reduce((sum, s) => sum + (before.get(s.key) ?? 0), 0) : 0;
  const beforeTotal = before ? [...before.values()].reduce((a, b) => a + b, 0) : 0;
  const rows = flat.series.map((series, index): RowView => ({
    series,
    index,
    before: before && (series.isOthers ? beforeTotal - known : (before.get(series.key) ?? 0)),
  }));
  const name = state.groups.map((g) => dimensionLabel(state.perspective, g)).join(" · ") || "All";
  const pick = (series: Series) => {
    const { f, g } = drillDown(state, series.values);
    patchQuery({ f, g });
  };
  return (
    <div class="table-scroll">
      <table onKeyDown={rowKeys}>
        <caption class="sr">{`${name}, ${date(state.range.from, "full")} to ${date(state.range.to, "full")}`}</caption>
        <thead>
          <tr>
            <HeadCell id="name" label={name} state={state} />
            <th scope="col" class="trend">Trend</th>
            {before && <th scope="col" class="num roomy">Before</th>}
            {before && <HeadCell id="change" label="Change" state={state} numeric />}
            <th scope="col" class="num roomy">Share</th>
            <HeadCell id="total" label={state.report.label} state={state} numeric />
          </tr>
        </thead>
        <tbody>
          {sortRows(rows, state).map(({ series, index, before: was }) => {
            const moved = was === undefined ? null : change(series.total, was);
            const color = seriesClass(index, series.isOthers);
            return (
              <tr key={series.key} onMouseEnter={() => light(series.key)} onMouseLeave={() => light(null)}>
                <th scope="row">
                  <div class="named"><i class={`dot ${color}`} />
                  {canDrill(series, state) ? (
                    <button type="button" class="link" data-row onClick={() => pick(series)} onFocus={() => light(series.key)} onBlur={() => light(null)} title={`Into ${series.label}`}>{series.label}</button>
                  ) : (
                    <span>{series.isOthers ? `Others (${count(flat.others)})` : series.label}</span>
                  )}</div>
                </th>
                <td class="trend"><Sparkline points={series.points} className={color} /></td>
                {moved && <td class="num roomy">{format.full(was ?? 0)}</td>}
                {moved && <td class="num"><Delta value={moved.value} fraction={moved.fraction} bare /></td>}
                <td class="num quiet roomy">{flat.total ? percent(series.total / flat.total) : ""}</td>
                <td class="num strong">{format.full(series.total)}</td>
              </tr>
            );
          })}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">Total</th>
            <td class="trend" />
            {before && <td class="num roomy">{format.full(beforeTotal)}</td>}
            {before && <td class="num"><Delta {...change(flat.total, beforeTotal)} bare /></td>}
            <td class="num quiet roomy">{flat.total ? percent(1) : ""}</td>
            <td class="num strong">{format.full(flat.total)}</td>
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

function useBefore(state: Explore, today: string) {
  const loaded = useGet<ReportAnswer>(state.compare ? previousUrl(state, today) : null);
  const sums = useMemo(() => {
    if (!state.compare || !loaded.data) return undefined;
    return new Map(flatten(loaded.data, state.report.measure).series.map((s) => [s.key, s.total]));
  }, [loaded.data, state.compare, state.report.measure]);
  return { sums, error: state.compare ? loaded.error : undefined };
}

/** Nothing to show: for the filters, the period, or since nothing was ever read. */
function NoCosts({ filtered }: { filtered: boolean }) {
  const { sources } = useApp();
  if (filtered) return <Empty title="No cost matches" action={<button type="button" onClick={() => patchQuery({ f: null })}>Clear the filters</button>}>Nothing in this period fits the filters.</Empty>;
  if (sources.length > 0) return <Empty title="No costs" action={<a class="button" href="/sources">See how the sources do</a>}>There are none in this period.</Empty>;
  return <Empty title="No costs yet" action={<a class="button primary" href="/start">How to begin</a>}>Costs come from sources, and there is no source.</Empty>;
}

export function ExplorePage() {
  useTitle("Explorer");
  const { session } = useApp();
  const place = usePlace();
  const state = useMemo(() => readExplore(place.query, session.today, session.group_by_max), [place.query.toString(), session.today, session.group_by_max]);
  const url = reportUrl(state);
  const report = useGet<ReportAnswer>(url);
  const before = useBefore(state, session.today);
  const [lit, light] = useState<string | null>(null);
  const flat = useMemo(() => (report.data ? flatten(report.data, state.report.measure) : undefined), [report.data]);
  const format = formats(state, flat?.units ?? "USD");
  const period = `${date(state.range.from, "full")} – ${date(state.range.to, "full")}`;
  const summary = flat ? `${state.report.label} of ${period}: ${format.full(flat.total)} in ${plural(flat.series.length, "group")}` : "";
  return (
    <>
      <header class="page-head">
        <h1>Explorer</h1>
        <ExploreExports state={state} url={url} />
      </header>
      <ExploreBar state={state} />
      <p class="sr" role="status">{report.loading ? "Loading" : summary}</p>
      {report.error ? <Fault error={report.error} retry={report.reload} what="This report can't be shown" /> : (
        <>
          <Card busy={report.loading} class={report.loading && flat ? "stale" : ""}>
            {!flat ? <Skeleton height={300} /> : flat.series.length === 0 ? (
              <NoCosts filtered={state.filters.length > 0} />
            ) : (
              <>
                <div class="chart-head">
                  <strong>{format.full(flat.total)}</strong>
                  <span class="quiet">{period}, {plural(countDays(state.range.from, state.range.to), "day")}</span>
                  {before.sums && <Delta {...change(flat.total, [...before.sums.values()].reduce((a, b) => a + b, 0))} bare />}
                  {before.sums && <span class="quiet">against {date(previousRange(state.range, session.today).from, "full")} – {date(previousRange(state.range, session.today).to, "full")}</span>}
                </div>
                <StackedChart
                  dates={flat.dates} series={flat.series} title={summary} format={format.full} formatAxis={format.axis} lit={lit}
                  onPickDate={(day) => day.length === 10 && patchQuery({ from: day, to: day, range: null })}
                />
              </>
            )}
          </Card>
          {before.error && <Fault error={before.error} what="The period before can't be compared" />}
          {flat && flat.series.length > 0 && (
            <Card class={`flush ${report.loading ? "stale" : ""}`}>
              <Table state={state} flat={flat} before={before.sums} format={format} light={light} />
            </Card>
          )}
        </>
      )}
    </>
  );
}
