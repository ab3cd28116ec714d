// The rates of a price list, edited in place.
import { type Metric, NO_PRICE, type PriceDraft, type RateDraft, metricLabel, newRate, rateFault } from "../lib/prices";
import { Field, Segments } from "./basics";
import { Icon } from "./icons";

const COST_TYPES = ["Infrastructure", "Supplementary"];

interface RateProps {
  rate: RateDraft;
  /** "Rate 1": what it is called to those who don't see it. */
  title: string;
  metrics: Metric[];
  currency: string;
  change: (changes: Partial<RateDraft>) => void;
  remove: () => void;
}

/** One price: up to some usage, or of a tag's value. */
function Price({ rate, at, currency, change }: { rate: RateDraft; at: number; currency: string; change: (prices: PriceDraft[]) => void }) {
  const { prices } = rate;
  const price = prices[at];
  const set = (changes: Partial<PriceDraft>) => change(prices.map((p, i) => (i === at ? { ...p, ...changes } : changes.isDefault ? { ...p, isDefault: false } : p)));
  const last = at === prices.length - 1;
  return (
    <li class="price">
      {rate.byTag ? (
        <Field label="Value of the tag">{(a) => <input type="text" {...a} maxLength={253} value={price.tagValue} onInput={(e) => set({ tagValue: e.currentTarget.value })} autocomplete="off" />}</Field>
      ) : prices.length > 1 && (
        <Field label="Up to">{(a) => <input type="text" inputmode="decimal" {...a} placeholder={last ? "any usage" : "10"} value={last ? "" : price.upTo} disabled={last} onInput={(e) => set({ upTo: e.currentTarget.value })} autocomplete="off" />}</Field>
      )}
      <Field label={`Price in ${currency}`}>{(a) => <input type="text" inputmode="decimal" {...a} placeholder="0.25" value={price.value} onInput={(e) => set({ value: e.currentTarget.value })} autocomplete="off" />}</Field>
      {rate.byTag && <label class="check"><input type="checkbox" checked={price.isDefault} onChange={(e) => set({ isDefault: e.currentTarget.checked })} />for all other values</label>}
      {prices.length > 1 && <button type="button" class="icon-button" aria-label={`Remove price ${at + 1}`} onClick={() => change(prices.filter((_, i) => i !== at))}><Icon name="close" size={16} /></button>}
    </li>
  );
}

function Rate({ rate, title, metrics, currency, change, remove }: RateProps) {
  const fault = rateFault(rate);
  return (
    <fieldset class="rate">
      <legend class="sr">{title}</legend>
      <div class="form-row">
        <Field label="Of">{(a) => (
          <select {...a} value={rate.metric} onChange={(e) => change({ metric: e.currentTarget.value, costType: metrics.find((m) => m.metric === e.currentTarget.value)?.default_cost_type ?? rate.costType })}>
            {metrics.map((m) => <option key={m.metric} value={m.metric}>{metricLabel(m)}</option>)}
          </select>
        )}</Field>
        <Field label="Counts as">{(a) => (
          <select {...a} value={rate.costType} onChange={(e) => change({ costType: e.currentTarget.value })}>
            {COST_TYPES.map((c) => <option key={c} value={c}>{c}</option>)}
          </select>
        )}</Field>
      </div>
      <div class="form-row">
        <Field label="Name" optional>{(a) => <input type="text" {...a} maxLength={50} value={rate.name} onInput={(e) => change({ name: e.currentTarget.value })} autocomplete="off" />}</Field>
        <div class="field">
          <span class="label" aria-hidden="true">Priced</span>
          <Segments label="Priced" value={rate.byTag ? "tag" : "usage"} options={[{ id: "usage", label: "by usage" }, { id: "tag", label: "by a tag" }]} onChange={(id) => change({ byTag: id === "tag" })} />
        </div>
      </div>
      {rate.byTag && <Field label="Key of the tag">{(a) => <input type="text" {...a} maxLength={253} value={rate.tagKey} onInput={(e) => change({ tagKey: e.currentTarget.value })} autocomplete="off" />}</Field>}
      <ul class="prices">{rate.prices.map((_, i) => <Price key={i} rate={rate} at={i} currency={currency} change={(prices) => change({ prices })} />)}</ul>
      {fault && <p class="hint">{fault}</p>}
      <div class="form-actions">
        <button type="button" class="small" onClick={() => change({ prices: [...rate.prices, NO_PRICE] })}><Icon name="plus" size={16} />{rate.byTag ? "Another value" : "Another price above some usage"}</button>
        <button type="button" class="small" onClick={remove} aria-label={`Remove ${title.toLowerCase()}`}>Remove rate</button>
      </div>
    </fieldset>
  );
}

export function Rates({ rates, metrics, currency, change }: { rates: RateDraft[]; metrics: Metric[]; currency: string; change: (rates: RateDraft[]) => void }) {
  return (
    <div class="rates">
      {rates.length === 0 && <p class="quiet">No rate yet. A rate prices what is used or requested: an hour of a core, a month of a node.</p>}
      {rates.map((rate, at) => (
        <Rate
          key={rate.key} rate={rate} title={`Rate ${at + 1}`} metrics={metrics} currency={currency}
          change={(changes) => change(rates.map((r) => (r === rate ? { ...r, ...changes } : r)))}
          remove={() => change(rates.filter((r) => r !== rate))}
        />
      ))}
      <button type="button" disabled={metrics.length === 0} onClick={() => change([...rates, newRate(metrics[0])])}><Icon name="plus" size={16} />Add a rate</button>
    </div>
  );
}
