// What was spent this month, what it will come to, on what, and what changed.
import { useMemo } from "preact/hooks";
import { LineChart } from "../charts/lines";
import { StackedChart } from "../charts/stacked";
import { COSTS, KONTOR, query } from "../lib/api";
import { SOURCE_TYPES, useApp } from "../lib/app";
import { monthEnd, monthStart } from "../lib/dates";
import { exploreLink } from "../lib/explore";
import { ago, count, date, money, percent, plural, shortMoney } from "../lib/format";
import { type Loaded, useGet, useTitle } from "../lib/hooks";
import { type ForecastAnswer, type Mover, layMonth, movers } from "../lib/overview";
import { type Perspective, offered } from "../lib/perspectives";
import type { Progress } from "../lib/progress";
import { type Flat, type ReportAnswer, between, change, flatten } from "../lib/report";
import { patchQuery, usePlace } from "../lib/router";
import { serverNow } from "../lib/session";
import { Card, Delta, Empty, Fault, Segments, Skeleton } from "../parts/basics";
import { StartPage } from "./start";

const THIS_MONTH: [string, string][] = [
  ["filter[time_scope_units]", "month"],
  ["filter[time_scope_value]", "-1"],
];

function useReport(perspective: Perspective, items: [string, string][]): Loaded<ReportAnswer> & { flat?: Flat } {
  const loaded = useGet<ReportAnswer>(`${COSTS}/${perspective.reports[0].path}?${query(items)}`);
  const flat = useMemo(() => (loaded.data ? flatten(loaded.data) : undefined), [loaded.data]);
  return { ...loaded, flat };
}

function useGroups(perspective: Perspective, dimension: string) {
  return useReport(perspective, [...THIS_MONTH, ["filter[resolution]", "monthly"], [`group_by[${dimension}]`, "*"], ["delta", "cost"], ["limit", "0"]]);
}

function Figure({ label, value, children, href }: { label: string; value?: string; children?: preact.ComponentChildren; href?: string }) {
  const inside = (
    <>
      <span class="figure-label">{label}</span>
      <strong class="figure-value">{value ?? <Skeleton lines={1} />}</strong>
      <span class="figure-note">{children}</span>
    </>
  );
  return href ? <a class="figure" href={href}>{inside}</a> : <div class="figure">{inside}</div>;
}

function TopList({ perspective, dimension, loaded, currency }: { perspective: Perspective; dimension: string; loaded: ReturnType<typeof useGroups>; currency: string }) {
  const about = perspective.dimensions.find((d) => d.id === dimension);
  const { flat } = loaded;
  const shown = flat?.series.slice(0, 5) ?? [];
  const highest = Math.max(1e-9, ...shown.map((s) => s.total));
  return (
    <Card title={`Top ${about?.plural ?? dimension}`} class="top" actions={<a href={exploreLink({ p: perspective.id, g: dimension })}>All{flat ? ` ${count(flat.series.length)}` : ""}</a>}>
      {loaded.error ? <Fault error={loaded.error} retry={loaded.reload} /> : !flat ? <Skeleton lines={5} /> : (
        <ol class="bars">
          {shown.map((s) => (
            <li key={s.key}>
              <a href={exploreLink({ p: perspective.id, f: `${dimension}=${s.values[0]}`, g: perspective.dimensions.find((d) => d.id !== dimension)?.id ?? "" })} title={s.label}>{s.label}</a>
              <span class="num">{money(s.total, currency)}</span>
              <span class="share" aria-hidden="true"><i style={{ width: `${(Math.max(0, s.total) / highest) * 100}%` }} /></span>
              <span class="num quiet">{flat.total ? percent(s.total / flat.total, 0) : ""}</span>
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}

function Movers({ list, perspective, currency }: { list: Mover[]; perspective: Perspective; currency: string }) {
  if (list.length === 0) return <p class="quiet">Nothing changed against the same days of last month.</p>;
  return (
    <ol class="movers">
      {list.map((m) => (
        <li key={m.dimension + m.value}>
          <a href={exploreLink({ p: perspective.id, f: `${m.dimension}=${m.value}`, g: perspective.dimensions.find((d) => d.id !== m.dimension)?.id ?? "", compare: "1" })} title={m.label}>{m.label}</a>
          <span class="quiet">{perspective.dimensions.find((d) => d.id === m.dimension)?.label.toLowerCase()}</span>
          <Delta value={m.delta} fraction={m.fraction} currency={currency} />
        </li>
      ))}
    </ol>
  );
}

function Freshness() {
  const { session } = useApp();
  const progress = useGet<{ data: Progress[] }>(session.me.is_org_admin ? `${KONTOR}/ingest/` : null);
  if (!session.me.is_org_admin || progress.error) return <Figure label="Today" value={date(session.today, "full")}>{session.me.org_id}</Figure>;
  const list = progress.data?.data ?? [];
  const newest = list.map((p) => p.data_updated).filter(Boolean).sort().at(-1);
  const running = list.some((p) => p.jobs.some((j) => j.state === "running"));
  return (
    <Figure label="Data" value={progress.data ? (newest ? ago(newest, serverNow()) : "none yet") : undefined} href="/sources">
      {running ? "reports are being read now" : `${plural(list.length, "source")} of ${[...new Set(list.map((p) => p.type))].join(", ") || "–"}, ${date(session.today, "full")}`}
    </Figure>
  );
}

function Dashboard({ perspective }: { perspective: Perspective }) {
  const { session } = useApp();
  const place = usePlace();
  const daily = place.query.get("chart") === "daily";
  // Both months in one: a browser asks a server six things at a time.
  const days = useReport(perspective, [["start_date", monthStart(session.today, -1)], ["end_date", session.today], ["filter[resolution]", "daily"], ["limit", "0"]]);
  const forecast = useGet<ForecastAnswer>(`${COSTS}/${perspective.forecast}?limit=31`);
  const dimensions = perspective.dimensions.slice(0, 3).map((d) => d.id);
  const groups = [useGroups(perspective, dimensions[0]), useGroups(perspective, dimensions[1]), useGroups(perspective, dimensions[2])];
  const { now, last } = useMemo(() => {
    if (!days.flat) return {};
    return { now: between(days.flat, monthStart(session.today), session.today), last: between(days.flat, monthStart(session.today, -1), monthEnd(session.today, -1)) };
  }, [days.flat, session.today]);
  const month = useMemo(() => (now && last ? layMonth(session.today, now, last, forecast.data) : undefined), [now, last, forecast.data, session.today]);
  const unit = now?.units || "USD";
  const compared = month && change(month.total, month.sameDay);
  const expected = month?.expected && change(month.expected.value, month.lastMonth);
  const changed = movers(groups.flatMap((g, i): [string, Flat][] => (g.flat ? [[dimensions[i], g.flat]] : [])), 5);
  const title = month ? `Cost of this month, ${money(month.total, unit)} to ${date(session.today)}, against last month, ${money(month.sameDay, unit)} to the same day` : "Cost of this month";
  return (
    <>
      <div class="figures">
        <Figure label="This month to date" value={month && money(month.total, unit)} href={exploreLink({ p: perspective.id })}>{compared && <><Delta value={compared.value} fraction={compared.fraction} bare /> on last month’s same days</>}</Figure>
        <Figure label="Last month" value={month && money(month.lastMonth, unit)} href={exploreLink({ p: perspective.id, range: "last-month" })}>{month && <>{money(month.sameDay, unit)} to the same day</>}</Figure>
        <Figure label="Expected this month" value={forecast.error ? "–" : month && !forecast.loading ? (month.expected ? money(month.expected.value, unit) : "too early") : undefined}>
          {month?.expected && expected ? <>{money(month.expected.low, unit, 0)} – {money(month.expected.high, unit, 0)}, <Delta value={expected.value} fraction={expected.fraction} bare /></> : forecast.error ? "no forecast from this server" : month && !forecast.loading ? "a forecast needs eight days of costs" : ""}
        </Figure>
        <Freshness />
      </div>
      <div class="overview-grid">
        <Card
          title={daily ? "Cost by day" : "How the month fills"} class="wide" busy={days.loading}
          actions={<Segments label="Chart" value={daily ? "daily" : "sum"} options={[{ id: "sum", label: "Sum" }, { id: "daily", label: "By day" }]} onChange={(v) => patchQuery({ chart: v === "daily" ? v : null }, true)} />}
        >
          {days.error ? <Fault error={days.error} retry={days.reload} /> : !month || !now ? <Skeleton height={224} /> : daily ? (
            <StackedChart dates={now.dates} series={now.series.map((s) => ({ ...s, label: "Cost" }))} height={224} title={title} format={(v) => money(v, unit)} formatAxis={(v) => shortMoney(v, unit)} />
          ) : (
            <>
              <LineChart
                days={month.days} height={196} title={title} format={(v) => money(v, unit)} formatAxis={(v) => shortMoney(v, unit)}
                lines={[
                  { id: "before", label: date(monthStart(session.today, -1), "month"), points: month.before },
                  { id: "forecast", label: "Forecast", points: month.forecast, low: month.low, high: month.high },
                  { id: "now", label: date(session.today, "month"), points: month.now },
                ]}
              />
              <ul class="legend">
                <li><i class="dash line-now" />This month</li>
                <li><i class="dash line-before" />Last month</li>
                {month.expected && <li><i class="dash line-forecast" />Forecast with its likely range</li>}
              </ul>
            </>
          )}
        </Card>
        <Card title="What changed most">{groups.some((g) => g.flat) ? <Movers list={changed} perspective={perspective} currency={unit} /> : <Skeleton lines={5} />}</Card>
        {dimensions.map((d, i) => <TopList key={d} perspective={perspective} dimension={d} loaded={groups[i]} currency={unit} />)}
      </div>
      {now && now.total === 0 && last?.total === 0 && (
        <Empty title="No costs yet" action={<a class="button" href="/sources">See how the sources do</a>}>The sources are there; their reports are read as soon as they are found.</Empty>
      )}
    </>
  );
}

export function OverviewPage() {
  useTitle("Overview");
  const { sources } = useApp();
  const place = usePlace();
  if (sources.length === 0) return <StartPage />;
  const perspectives = offered(sources.map((s) => SOURCE_TYPES[s.source_type_id]?.name ?? ""));
  const perspective = perspectives.find((p) => p.id === place.query.get("p")) ?? perspectives[0];
  return (
    <>
      <header class="page-head">
        <h1>Overview</h1>
        {perspectives.length > 1 && <Segments label="Provider" value={perspective.id} options={perspectives} onChange={(p) => patchQuery({ p })} />}
      </header>
      <Dashboard key={perspective.id} perspective={perspective} />
    </>
  );
}
