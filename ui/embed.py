"""Builds the web interface and writes it as a C table (src/web/assets.h says how it is read).

embed.py auto|enabled|disabled OUTPUT DEPFILE. Needs node and ui/node_modules (`npm ci`, which
scripts/setup-ui.sh does). Without them, `auto` writes an empty table, and the server says how to get
the interface; `enabled` fails.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

UI = pathlib.Path(__file__).resolve().parent
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}


def find_node() -> str | None:
    """The node of scripts/setup-ui.sh, else one of this machine's."""
    own = UI.parent / "build" / "node" / "bin" / "node"
    return str(own) if os.access(own, os.X_OK) else shutil.which("node")


def build(folder: pathlib.Path) -> str:
    """Fills the folder; "" when it did, else why not."""
    node = find_node()
    if node is None:
        return "there is no node"
    if not (UI / "node_modules").is_dir():
        return "ui/node_modules is not there: scripts/setup-ui.sh"
    done = subprocess.run([node, "build.mjs", str(folder)], cwd=UI, capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stderr or done.stdout


def c_bytes(data: bytes) -> str:
    return "\n".join("    " + ",".join(map(str, data[i : i + 40])) + "," for i in range(0, len(data), 40))


def table(folder: pathlib.Path) -> str:
    arrays, rows = [], []
    for i, path in enumerate(sorted(p for p in folder.rglob("*") if p.is_file())):
        plain = path.read_bytes()
        packed = gzip.compress(plain, 9, mtime=0)
        name = "/" + str(path.relative_to(folder))
        digest = hashlib.sha256(plain).hexdigest()[:32]
        arrays.append(f"static const unsigned char ASSET_{i}[] = {{\n{c_bytes(packed)}\n}};")
        rows.append(f'    {{"{name}", "{TYPES[path.suffix]}", "{digest}", ASSET_{i}, sizeof ASSET_{i}, {len(plain)}}},')
    return "\n".join([*arrays, "const WebAsset WEB_ASSETS[] = {", *rows, "    {0},", "};", ""])


def sources() -> list[pathlib.Path]:
    """What a change of makes it anew; folders too, so that a new file is seen."""
    found = [UI, *(UI / n for n in ("build.mjs", "index.html", "package-lock.json")), UI / "src"]
    return [*found, *(UI / "src").rglob("*"), *(UI / "public").rglob("*")]


def main(mode: str, output: str, depfile: str) -> None:
    text = "const WebAsset WEB_ASSETS[] = {{0}};\n"
    if mode != "disabled":
        with tempfile.TemporaryDirectory() as folder:
            fault = build(pathlib.Path(folder))
            if fault and mode == "enabled":
                sys.exit(f"the web interface can't be built: {fault}")
            if fault:
                print(f"built without the web interface: {fault}", file=sys.stderr)
            else:
                text = table(pathlib.Path(folder))
    pathlib.Path(output).write_text('#include "web/assets.h"\n\n' + text, encoding="utf-8")
    pathlib.Path(depfile).write_text(f"{output}: {' '.join(map(str, sources()))}\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
