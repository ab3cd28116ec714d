// How the ingest of a source goes, as GET /api/kontor/v1/ingest/ tells.
export interface ProgressMonth {
  month: string;
  files: number;
  files_done: number;
  files_failed: number;
  files_running: number;
  bytes: number;
  /** How much of them was read so far. */
  bytes_read?: number;
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

/** How much of a month is read, 0 to 1: by bytes where these are told, else by files. */
export function shareRead(month: ProgressMonth): number {
  if (month.completed) return 1;
  if (month.bytes > 0 && month.bytes_read !== undefined) return Math.min(1, month.bytes_read / month.bytes);
  return month.files > 0 ? month.files_done / month.files : 0;
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
    return { tone: "busy", word: "Reading", text: at ? `Month ${at.month}: ${Math.round(shareRead(at) * 100)} % of ${at.files} ${at.files === 1 ? "file" : "files"}` : "Its reports are being read." };
  }
  if (broken) return { tone: "bad", word: "Problem", text: `A file of ${broken.month} can't be read: ${broken.error ?? "see the checks"}` };
  if (!progress || progress.months.length === 0) {
    return { tone: "warn", word: "Waiting", text: progress?.polled ? "Its bucket can be read, but holds no report yet." : "Its bucket has not been looked at yet." };
  }
  return { tone: "good", word: "Fine", text: "" };
}
