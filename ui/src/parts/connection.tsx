// Where a source's reports lie and by which keys they are read: the fields, and the live look.
import { useState } from "preact/hooks";
import { ApiError } from "../lib/api";
import { bytes, date, plural } from "../lib/format";
import { type BucketCheck, type Extra, checkBucket, compact } from "../lib/sources";
import { Fault, Field, Note, Skeleton } from "./basics";

export type KeyKind = "server" | "keys" | "role";

export interface Connection {
  bucket: string;
  report_name: string;
  report_prefix: string;
  endpoint: string;
  region: string;
  keys: KeyKind;
  access_key: string;
  secret_key: string;
  role: string;
}

export const NO_CONNECTION: Connection = { bucket: "", report_name: "", report_prefix: "", endpoint: "", region: "", keys: "server", access_key: "", secret_key: "", role: "" };

export function extraOf(connection: Connection): Extra {
  const { bucket, report_name, report_prefix, endpoint, region } = connection;
  return compact({ bucket, report_name, report_prefix, endpoint, region });
}

interface Props {
  value: Connection;
  onChange: (value: Connection) => void;
  /** Keys are stored already: empty fields keep them. */
  stored?: boolean;
}

export function PlaceFields({ value, onChange }: Props) {
  const text = (name: "bucket" | "report_name" | "report_prefix" | "endpoint" | "region", more: Record<string, unknown> = {}) => (attributes: object) => (
    <input type="text" spellcheck={false} autocomplete="off" {...attributes} {...more} value={value[name]} onInput={(event) => onChange({ ...value, [name]: event.currentTarget.value.trim() })} />
  );
  return (
    <>
      <Field label="Bucket">{text("bucket", { placeholder: "my-cost-bucket", required: true })}</Field>
      <div class="form-row">
        <Field label="Report name" optional hint="Of the cost and usage report or export. Left empty, the look below finds it.">{text("report_name", { placeholder: "my-cost-report" })}</Field>
        <Field label="Report prefix" optional hint="The folder before the report's name.">{text("report_prefix")}</Field>
      </div>
      <details open={value.endpoint !== "" || value.region !== ""}>
        <summary>An object storage other than the server's own setting</summary>
        <div class="form-row">
          <Field label="Endpoint" optional hint="Of an S3-compatible store.">{text("endpoint", { placeholder: "https://s3.example.com", inputmode: "url" })}</Field>
          <Field label="Region" optional>{text("region", { placeholder: "us-east-1" })}</Field>
        </div>
      </details>
    </>
  );
}

const KEY_KINDS: { id: KeyKind; label: string; hint: string }[] = [
  { id: "server", label: "The server's keys", hint: "As in KONTOR_S3_ACCESS_KEY" },
  { id: "keys", label: "Keys of its own", hint: "An access key that may read the bucket" },
  { id: "role", label: "A role", hint: "Its ARN, kept with the source; the bucket is read with the server's keys" },
];

export function KeyFields({ value, onChange, stored }: Props) {
  const set = (changes: Partial<Connection>) => onChange({ ...value, ...changes });
  return (
    <>
      <fieldset class="plain-set">
        <legend class="sr">Keys</legend>
        <div class="choices">
          {KEY_KINDS.map((k) => (
            <label class="choice" key={k.id}>
              <input type="radio" name="keys" checked={value.keys === k.id} onChange={() => set({ keys: k.id })} />
              <span><b>{k.label}</b><small>{k.hint}</small></span>
            </label>
          ))}
        </div>
      </fieldset>
      {value.keys === "keys" && (
        <div class="form-row">
          <Field label="Access key">{(attributes) => <input type="text" spellcheck={false} autocomplete="off" {...attributes} value={value.access_key} onInput={(event) => set({ access_key: event.currentTarget.value.trim() })} />}</Field>
          <Field label="Secret key" hint={stored ? "Left empty, the stored one stays." : "Stored sealed; never shown again."}>{(attributes) => <input type="password" autocomplete="new-password" {...attributes} value={value.secret_key} onInput={(event) => set({ secret_key: event.currentTarget.value })} />}</Field>
        </div>
      )}
      {value.keys === "role" && (
        <Field label="Role ARN">{(attributes) => <input type="text" spellcheck={false} autocomplete="off" {...attributes} value={value.role} placeholder="arn:aws:iam::123456789012:role/CostManagement" onInput={(event) => set({ role: event.currentTarget.value.trim() })} />}</Field>
      )}
    </>
  );
}

export interface Look {
  check?: BucketCheck;
  error?: ApiError;
  busy: boolean;
  /** What was looked at, so that a change of the fields shows that it is no longer that. */
  of?: string;
}

export function useLook(value: Connection, sourceId?: string): { look: Look; fresh: boolean; run: () => Promise<void> } {
  const [look, setLook] = useState<Look>({ busy: false });
  const about = JSON.stringify([extraOf(value), value.keys, value.access_key, value.secret_key]);
  const run = async () => {
    setLook({ busy: true });
    const keys = value.keys === "keys" && value.secret_key ? { access_key: value.access_key, secret_key: value.secret_key } : sourceId ? { source_id: sourceId } : {};
    try {
      setLook({ check: await checkBucket(extraOf(value), keys), busy: false, of: about });
    } catch (error) {
      setLook({ error: error as ApiError, busy: false, of: about });
    }
  };
  return { look, fresh: look.of === about, run };
}

/** What the look found, or why it failed and what to do. */
export function LookResult({ look, fresh, onReport }: { look: Look; fresh: boolean; onReport: (name: string, prefix: string) => void }) {
  if (look.busy) return <Skeleton lines={2} />;
  if (look.error) return <Fault error={look.error} what="The bucket could not be looked at" />;
  if (!look.check) return null;
  if (!fresh) return <Note kind="warn" title="The fields have changed since the look.">Look again before saving.</Note>;
  const { check } = look;
  const months = check.months ?? [];
  return (
    <div role="status">
      {check.ok ? (
        <Note kind="good" title={`Found report “${check.report_name}” with ${plural(months.length, "month")}`}>
          {check.report_prefix && <p>in folder {check.report_prefix}</p>}
        </Note>
      ) : (
        <Note kind={check.step === "reports" ? "warn" : "bad"} title={check.step === "reports" ? "The bucket can be read, but no report was chosen" : "The bucket can't be read"}><p>{check.message}</p></Note>
      )}
      {(check.reports ?? []).length > 1 && (
        <div class="form-actions found">
          <span class="quiet">Reports there:</span>
          {check.reports?.map((r) => <button type="button" class="small" key={`${r.report_prefix}/${r.report_name}`} onClick={() => onReport(r.report_name, r.report_prefix)}>{[r.report_prefix, r.report_name].filter(Boolean).join("/")}</button>)}
        </div>
      )}
      {months.length > 0 && (
        <div class="table-scroll">
          <table class="compact">
            <thead><tr><th scope="col">Month</th><th scope="col">Kind</th><th scope="col" class="num">Files</th><th scope="col" class="num">Size</th><th scope="col">Remark</th></tr></thead>
            <tbody>
              {months.slice().reverse().map((m) => (
                <tr key={m.month}>
                  <th scope="row">{date(m.month)}</th>
                  <td>{m.kind ?? "–"}{m.manifest ? ", with manifest" : ""}</td>
                  <td class="num">{m.files}</td>
                  <td class="num">{bytes(m.bytes)}</td>
                  <td class={m.problem ? "delta-up" : "quiet"}>{m.problem ?? "ready"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}
