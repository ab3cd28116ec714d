"""Writes a text file as a C string: embed_text.py NAME INPUT OUTPUT."""

import pathlib
import sys


def c_line(line: str) -> str:
    escaped = line.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("?", "\\?")
    return f'    "{escaped}"'


def main(name: str, source: str, output: str) -> None:
    text = pathlib.Path(source).read_text(encoding="utf-8")
    body = "\n".join(c_line(line) for line in text.splitlines(keepends=True))
    pathlib.Path(output).write_text(
        f"/* Made from {pathlib.Path(source).name}. */\nextern const char {name}[];\nconst char {name}[] =\n{body};\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
