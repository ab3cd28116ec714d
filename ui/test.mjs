// Bundles test/*.test.ts and runs them with node's own test runner.
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "esbuild";

const folder = await mkdtemp(path.join(tmpdir(), "kontor-ui-"));
const files = (await readdir("test")).filter((name) => name.endsWith(".test.ts"));
await build({ entryPoints: files.map((name) => `test/${name}`), bundle: true, platform: "node", format: "esm", outdir: folder, outExtension: { ".js": ".mjs" }, logLevel: "warning" });
const done = spawnSync(process.execPath, ["--test", ...files.map((name) => path.join(folder, name.replace(/ts$/, "mjs")))], { stdio: "inherit" });
await rm(folder, { recursive: true });
process.exit(done.status ?? 1);
