// How the ingest of a source goes, as GET /api/kontor/v1/ingest/ tells.
export interface ProgressMonth {
  month: string;
  files: number;
  files_done: number;
  files_failed: number;
  files_running: number;
  bytes: number;
  lines: number;
  faults: number;
  error: string | null;
  completed: string | null;
}

export interface ProgressJob {
  kind: string;
  month: string | null;
  state: "queued" | "running" | "failed";
  attempts: number;
  error: string | null;
}

export interface Progress {
  provider_uuid: string;
  source_id: string | null;
  name: string;
  type: string;
  active: boolean;
  paused: boolean;
  polled: string | null;
  data_updated: string | null;
  months: ProgressMonth[];
  jobs: ProgressJob[];
}

/** Is something being done, so that looking again soon is worth it? A look at the bucket that waits
 * for its time is not. */
export function isBusy(progress: Progress | undefined): boolean {
  return (progress?.jobs ?? []).some((j) => j.state === "running" || (j.state === "queued" && j.kind !== "discover"));
}

export type Health = { tone: "good" | "bad" | "warn" | "busy" | "off"; word: string; text: string };

/** What is to be said of a source in a word, and in a sentence. */
export function health(source: { paused_at?: string; availability_status?: string; availability_status_error?: string }, progress?: Progress): Health {
  if (source.paused_at || progress?.paused) return { tone: "off", word: "Paused", text: "Nothing is fetched until it is resumed." };
  if (source.availability_status === "unavailable") {
    return { tone: "bad", word: "Problem", text: source.availability_status_error || "Its bucket can't be read." };
  }
  const broken = progress?.months.find((m) => m.files_failed > 0);
  if (isBusy(progress)) {
    const at = progress?.months.find((m) => m.completed === null);
    return { tone: "busy", word: "Reading", text: at ? `Month ${at.month}: ${at.files_done} of ${at.files} files` : "Its reports are being read." };
  }
  if (broken) return { tone: "bad", word: "Problem", text: `A file of ${broken.month} can't be read: ${broken.error ?? "see the checks"}` };
  if (!progress || progress.months.length === 0) {
    return { tone: "warn", word: "Waiting", text: progress?.polled ? "Its bucket can be read, but holds no report yet." : "Its bucket has not been looked at yet." };
  }
  return { tone: "good", word: "Fine", text: "" };
}
