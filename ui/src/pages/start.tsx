// The first run: nothing is there yet, and three steps change that.
import { useState } from "preact/hooks";
import { ApiError } from "../lib/api";
import { useApp } from "../lib/app";
import { useTitle } from "../lib/hooks";
import { navigate } from "../lib/router";
import { addSampleSource } from "../lib/sources";
import { Fault } from "../parts/basics";
import { toast } from "../parts/toast";

export function StartPage() {
  useTitle("Start");
  const { sources, reload } = useApp();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const loadSample = async () => {
    setBusy(true);
    setError(null);
    try {
      const names = new Set(sources.map((s) => s.name));
      let name = "Sample account";
      for (let n = 2; names.has(name); n++) name = `Sample account ${n}`;
      const id = await addSampleSource(name);
      toast("The sample source is added; its reports are being read.");
      reload();
      navigate(`/sources/${id}`);
    } catch (cause) {
      setError(cause as ApiError);
      setBusy(false);
    }
  };
  const has = sources.length > 0;
  return (
    <div class="start">
      <header class="hero">
        <h1>Know what your clouds cost</h1>
        <p>Kontor reads the cost reports that your cloud writes into a bucket, and shows what was spent, by whom, on what. It takes three steps.</p>
      </header>
      <ol class="steps">
        <li class={`step ${has ? "done" : ""}`}>
          <div>
            <h2>Add a source</h2>
            <p>Say in which bucket the reports lie. Kontor looks into it before anything is saved, and tells what it finds.</p>
            <div class="form-actions">
              <a class="button primary" href="/sources/new">Add a source</a>
              <button type="button" onClick={loadSample} disabled={busy}>{busy ? "Loading …" : "Try it with sample data"}</button>
            </div>
            {error && <Fault error={error} what="The sample data could not be loaded" />}
          </div>
        </li>
        <li class="step">
          <div>
            <h2>The reports are read</h2>
            <p>This month and the last ones, file by file; the page of the source shows how far it is. Later Kontor looks by itself for what is new.</p>
            {has && <div class="form-actions"><a class="button" href="/sources">See how the sources do</a></div>}
          </div>
        </li>
        <li class="step">
          <div>
            <h2>See the costs</h2>
            <p>By service, account, region or tag, month against month; in charts, as CSV, or by the API that these pages use themselves.</p>
            {has && <div class="form-actions"><a class="button" href="/">To the overview</a></div>}
          </div>
        </li>
      </ol>
    </div>
  );
}
