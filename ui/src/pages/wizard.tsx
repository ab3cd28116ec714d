// A new source: what it is, where its reports lie, which keys; a live look; then it is saved.
import { useState } from "preact/hooks";
import { ApiError } from "../lib/api";
import { useApp } from "../lib/app";
import { useTitle } from "../lib/hooks";
import { navigate } from "../lib/router";
import { addSource } from "../lib/sources";
import { Fault, Field } from "../parts/basics";
import { type Connection, KeyFields, LookResult, NO_CONNECTION, PlaceFields, extraOf, useLook } from "../parts/connection";
import { toast } from "../parts/toast";

const TYPES = [
  { id: "amazon", label: "Amazon Web Services", hint: "Cost and usage reports in an S3 bucket", ready: true },
  { id: "azure", label: "Microsoft Azure", hint: "Its reports are not read yet", ready: false },
  { id: "google", label: "Google Cloud", hint: "Its reports are not read yet", ready: false },
  { id: "openshift", label: "OpenShift", hint: "Its reports are not read yet", ready: false },
];

function authenticationOf(c: Connection) {
  if (c.keys === "keys") return { authtype: "access_key_secret_key", username: c.access_key, password: c.secret_key };
  if (c.keys === "role") return { authtype: "arn", username: c.role };
  return undefined;
}

export function WizardPage() {
  useTitle("Add a source");
  const { sources, reload } = useApp();
  const [type, setType] = useState("amazon");
  const [name, setName] = useState("");
  const [connection, setConnection] = useState<Connection>(NO_CONNECTION);
  const [saving, setSaving] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const { look, fresh, run } = useLook(connection);
  const taken = sources.some((s) => s.name === name.trim());
  const keysComplete = connection.keys === "server" || (connection.keys === "role" ? connection.role.startsWith("arn:") : connection.access_key !== "" && connection.secret_key !== "");
  const complete = name.trim() !== "" && !taken && connection.bucket !== "" && keysComplete;
  const found = fresh && look.check?.ok === true;
  const save = async () => {
    setSaving(true);
    setError(null);
    const report = found && connection.report_name === "" ? { report_name: look.check?.report_name, report_prefix: look.check?.report_prefix } : {};
    try {
      const id = await addSource(name.trim(), type, { ...extraOf(connection), ...report }, authenticationOf(connection));
      toast(`${name.trim()} is added; its reports are being read.`);
      reload();
      navigate(`/sources/${id}`);
    } catch (cause) {
      setError(cause as ApiError);
      setSaving(false);
    }
  };
  return (
    <>
      <header class="page-head">
        <div>
          <div class="crumbs"><a href="/sources">Sources</a></div>
          <h1>Add a source</h1>
        </div>
      </header>
      <form
        class="steps wizard"
        onSubmit={(event) => {
          event.preventDefault();
          if (found && complete) save();
          else if (connection.bucket) run();
        }}
      >
        <section class={`step ${name.trim() && !taken ? "done" : ""}`}>
          <div>
            <h2>What is it?</h2>
            <div class="choices">
              {TYPES.map((t) => (
                <label class="choice" key={t.id}>
                  <input type="radio" name="type" checked={type === t.id} disabled={!t.ready} onChange={() => setType(t.id)} />
                  <span><b>{t.label}</b><small>{t.hint}</small></span>
                </label>
              ))}
            </div>
            <Field label="Name" hint="As you want to see it in lists." error={taken ? "There is a source of this name already." : undefined}>
              {(attributes) => <input type="text" {...attributes} value={name} placeholder="Production account" onInput={(event) => setName(event.currentTarget.value)} autocomplete="off" />}
            </Field>
          </div>
        </section>
        <section class={`step ${connection.bucket ? "done" : ""}`}>
          <div>
            <h2>Where do its reports lie?</h2>
            <PlaceFields value={connection} onChange={setConnection} />
          </div>
        </section>
        <section class={`step ${keysComplete && connection.bucket ? "done" : ""}`}>
          <div>
            <h2>With which keys is the bucket read?</h2>
            <KeyFields value={connection} onChange={setConnection} />
          </div>
        </section>
        <section class={`step ${found ? "done" : ""}`}>
          <div>
            <h2>Look, then save</h2>
            <p class="quiet">Kontor looks into the bucket now, as it will do later. Nothing is saved by looking.</p>
            <div class="form-actions">
              <button type="button" class={found ? "" : "primary"} onClick={run} disabled={!connection.bucket || look.busy}>{look.busy ? "Looking …" : "Look into the bucket"}</button>
              <button type="button" class={found ? "primary" : ""} onClick={save} disabled={!complete || saving || look.busy}>{saving ? "Saving …" : found ? "Save the source" : "Save without looking"}</button>
              <a href="/sources">Cancel</a>
            </div>
            <LookResult look={look} fresh={fresh} onReport={(report_name, report_prefix) => setConnection({ ...connection, report_name, report_prefix })} />
            {error && <Fault error={error} what="The source was not saved" />}
          </div>
        </section>
      </form>
    </>
  );
}
