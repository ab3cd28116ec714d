"""Writes the migrations under sql/ as a C table (db/migrations.h says how it is read)."""

import pathlib
import re
import sys

SETS = ("koku", "sources", "tenant")


def c_string(text: str) -> str:
    """A C literal; split by line, because compilers bound a single literal's length."""
    lines = []
    for line in text.splitlines(keepends=True):
        escaped = line.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        lines.append(f'    "{escaped.replace("?", chr(92) + "?")}"')
    return "\n".join(lines) or '    ""'


def main(folder: str, output: str, depfile: str) -> None:
    root = pathlib.Path(folder)
    rows, files = [], []
    for name in SETS:
        for path in sorted((root / name).glob("*.sql")):
            match = re.fullmatch(r"(\d{4})_([a-z0-9_]+)\.sql", path.name)
            if match is None:
                sys.exit(f"{path}: a migration is named 0001_what_it_does.sql")
            files.append(path)
            text = c_string(path.read_text(encoding="utf-8"))
            rows.append(f'    {{"{name}", {int(match[1])}, "{match[2]}",\n{text}}},')
    body = "\n".join(rows)
    pathlib.Path(output).write_text(
        '#include "db/migrations.h"\n\n'
        f"const EmbeddedMigration EMBEDDED_MIGRATIONS[] = {{\n{body}\n    {{NULL, 0, NULL, NULL}},\n}};\n",
        encoding="utf-8",
    )
    # The folders are dependencies too: a new file must be seen.
    dependencies = " ".join(str(p) for p in [*(root / s for s in SETS), *files])
    pathlib.Path(depfile).write_text(f"{output}: {dependencies}\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
