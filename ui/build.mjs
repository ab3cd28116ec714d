// Bundles the interface: node build.mjs FOLDER. Names carry a hash of the content, so that they may be
// cached for ever.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";

const folder = path.resolve(process.argv[2] ?? "dist");
const assets = path.join(folder, "assets");

async function bundle(entry, format) {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format,
    target: "es2022",
    write: false,
    outdir: "out",
    jsx: "automatic",
    jsxImportSource: "preact",
    logLevel: "warning",
    legalComments: "none",
    define: { "process.env.NODE_ENV": '"production"' },
  });
  const written = {};
  for (const file of result.outputFiles) {
    const hash = createHash("sha256").update(file.contents).digest("hex").slice(0, 12);
    const { name, ext } = path.parse(file.path);
    const hashed = `${name}-${hash}${ext}`;
    await writeFile(path.join(assets, hashed), file.contents);
    written[`${name}${ext}`] = `/assets/${hashed}`;
  }
  return written;
}

await mkdir(assets, { recursive: true });
const names = { ...(await bundle("src/theme.ts", "iife")), ...(await bundle("src/main.tsx", "esm")) };
const page = (await readFile("index.html", "utf8")).replace(/\{\{([^}]+)\}\}/g, (_, name) => {
  if (!names[name]) throw new Error(`index.html names ${name}, which was not built`);
  return names[name];
});
await writeFile(path.join(folder, "index.html"), page);
for (const name of await readdir("public")) {
  await writeFile(path.join(folder, name), await readFile(path.join("public", name)));
}
