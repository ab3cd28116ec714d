// Which currencies there are, and the rates between them that the organisation sets itself.
import { useState } from "preact/hooks";
import { ApiError, COSTS, send } from "../lib/api";
import { useAccount, useApp } from "../lib/app";
import { monthEnd, monthStart } from "../lib/dates";
import { count, date } from "../lib/format";
import { useGet } from "../lib/hooks";
import { Card, Fault, Field, Skeleton } from "./basics";
import { toast } from "./toast";

interface Rate {
  uuid: string;
  base_currency: string;
  target_currency: string;
  exchange_rate: number | string;
  start_date: string;
  end_date: string;
}

interface Currency {
  code: string;
  name: string;
  enabled: boolean;
  has_dynamic_rate: boolean;
  static_rates: Rate[];
  is_disableable: boolean;
}

const RATES = `${COSTS}/settings/currency/static-rates/`;

function AddRate({ enabled, done }: { enabled: Currency[]; done: () => void }) {
  const { session } = useApp();
  const { currency } = useAccount();
  const [base, setBase] = useState(enabled.find((c) => c.code !== currency)?.code ?? "EUR");
  const [target, setTarget] = useState(currency);
  const [rate, setRate] = useState("");
  const [from, setFrom] = useState(monthStart(session.today).slice(0, 7));
  const [to, setTo] = useState(monthStart(session.today, 12).slice(0, 7));
  const [error, setError] = useState<ApiError | null>(null);
  const value = rate.trim().replace(",", ".");
  const fits = /^\d+(\.\d+)?$/.test(value) && Number(value) > 0 && base !== target && from <= to;
  const add = async () => {
    setError(null);
    try {
      await send("POST", RATES, { base_currency: base, target_currency: target, exchange_rate: value, start_date: `${from}-01`, end_date: monthEnd(`${to}-01`) });
      toast(`1 ${base} is ${value} ${target}.`);
      setRate("");
      done();
    } catch (cause) {
      setError(cause as ApiError);
    }
  };
  const select = (label: string, chosen: string, choose: (code: string) => void) => (
    <Field label={label}>{(a) => <select {...a} value={chosen} onChange={(e) => choose(e.currentTarget.value)}>{enabled.map((c) => <option key={c.code}>{c.code}</option>)}</select>}</Field>
  );
  return (
    <form class="rate-form" onSubmit={(event) => (event.preventDefault(), fits && add())}>
      {select("1 of", base, setBase)}
      <Field label="is">{(a) => <input type="text" inputmode="decimal" {...a} value={rate} placeholder="1.08" onInput={(e) => setRate(e.currentTarget.value)} />}</Field>
      {select("of", target, setTarget)}
      <Field label="From">{(a) => <input type="month" {...a} value={from} onInput={(e) => setFrom(e.currentTarget.value)} />}</Field>
      <Field label="To">{(a) => <input type="month" {...a} value={to} onInput={(e) => setTo(e.currentTarget.value)} />}</Field>
      <button class="primary" disabled={!fits}>Add rate</button>
      {error && <Fault error={error} what="The rate was not added" />}
    </form>
  );
}

export function ExchangeRates() {
  const list = useGet<{ data: Currency[] }>(`${COSTS}/settings/currency/?limit=300`);
  const [error, setError] = useState<ApiError | null>(null);
  const [add, setAdd] = useState("");
  if (list.error?.status === 404) return null; // a server without exchange rates
  if (list.error) return <Fault error={list.error} retry={list.reload} />;
  if (!list.data) return <Card title="Exchange rates"><Skeleton lines={4} /></Card>;
  const enabled = list.data.data.filter((c) => c.enabled);
  const rates = list.data.data.flatMap((c) => c.static_rates);
  const act = async (method: string, url: string, done: string) => {
    setError(null);
    try {
      await send(method, url);
      toast(done);
    } catch (cause) {
      setError(cause as ApiError);
    }
    list.reload();
  };
  return (
    <>
      <Card title="Exchange rates">
        <div class="form wide-form">
          <p class="quiet">Costs in another currency are converted month by month: by the rates here, else by those that the server fetches where it is set up to. Without a rate, a report in that currency says what is missing.</p>
          {rates.length > 0 && (
            <div class="table-scroll">
              <table class="compact">
                <caption class="sr">Rates set here</caption>
                <thead><tr><th scope="col">Rate</th><th scope="col">Months</th><th scope="col"><span class="sr">Actions</span></th></tr></thead>
                <tbody>
                  {rates.map((r) => (
                    <tr key={r.uuid}>
                      <th scope="row">1 {r.base_currency} = {count(Number(r.exchange_rate), 15)} {r.target_currency}</th>
                      <td>{date(r.start_date.slice(0, 7))} – {date(r.end_date.slice(0, 7))}</td>
                      <td class="num"><button type="button" class="small" onClick={() => act("DELETE", `${RATES}${r.uuid}/`, "The rate is removed.")} aria-label={`Remove the rate from ${r.base_currency} to ${r.target_currency}`}>Remove</button></td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
          <AddRate enabled={enabled} done={list.reload} />
          {error && <Fault error={error} what="It was not changed" />}
        </div>
      </Card>
      <Card title="Currencies to choose from">
        <div class="filters">
          {enabled.map((c) => (
            <span class="chip" key={c.code} title={c.name}>
              <span>{c.code}</span>
              {c.is_disableable ? <button type="button" aria-label={`Take ${c.name} away`} onClick={() => act("DELETE", `${COSTS}/settings/currency/enabled/${c.code}/`, `${c.code} is off.`)}>×</button> : <span class="chip-end" />}
            </span>
          ))}
          <label class="select"><span class="sr">Add a currency</span>
            <select value={add} onChange={(e) => {
              const code = e.currentTarget.value;
              setAdd("");
              if (code) act("POST", `${COSTS}/settings/currency/enabled/${code}/`, `${code} is on.`);
            }}>
              <option value="">Add …</option>
              {list.data.data.filter((c) => !c.enabled).map((c) => <option key={c.code} value={c.code}>{c.code} – {c.name}</option>)}
            </select>
          </label>
        </div>
      </Card>
    </>
  );
}
