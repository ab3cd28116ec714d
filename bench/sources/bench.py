#!/usr/bin/env python3
"""What a request to the Sources API costs: requests a second, the program's own CPU, latencies.

bench/sources/bench.py [--sources N] [--seconds N] [--rounds N] [--binary build/release/kontor]
                       [--against KONTOR] [--original SOURCES_API_GO]

wrk runs on the first core, kontor with its PostgreSQL on the second, one connection, N sources in
the tenant. Beside each figure stands a request to /livez, which only the HTTP server answers.

Another kontor (--against) or the original server (--original, built from sources-api-go) is asked
the same in turns, on the same core and PostgreSQL; all rounds and their medians are printed.
"""

from __future__ import annotations

import argparse
import pathlib
import re
import statistics
import subprocess
import tempfile
from typing import NamedTuple

from servers import API, ORG, Kontor, Original, Server

ROOT = pathlib.Path(__file__).resolve().parents[2]
KONTOR, OTHER, ORIGINAL = "kontor", "other kontor", "original"

CREATE = """
local number = 0
request = function()
  number = number + 1
  local body = '{"name": "bench-%RUN%-' .. number .. '", "source_type_id": "%TYPE%"}'
  return wrk.format("POST", nil, {["x-rh-sources-org-id"] = "%ORG%", ["Content-Type"] = "application/json"}, body)
end
"""


class Question(NamedTuple):
    name: str
    path: str
    connections: int = 1
    creates: bool = False
    of_kontor: bool = False  # the original has no such path


QUESTIONS = [
    Question("nothing (/livez)", "/livez", of_kontor=True),
    Question("catalogue", f"{API}/source_types"),
    Question("one source", f"{API}/sources/%ID%"),
    Question("list of 100", f"{API}/sources?limit=100"),
    Question("filtered, sorted list", f"{API}/sources?filter[name][contains_i]=C77&sort_by=name&limit=100"),
    Question("by type, sorted by name", f"{API}/sources?filter[source_type_id]=%TYPE%&sort_by=name&limit=100"),
    Question("nothing, 64 connections", "/livez", 64, of_kontor=True),
    Question("list of 100, 64 connections", f"{API}/sources?limit=100", 64),
    Question("one source, 64 connections", f"{API}/sources/%ID%", 64),
    Question("create", f"{API}/sources", creates=True),
    Question("create, 64 connections", f"{API}/sources", 64, creates=True),
]


class Figures(NamedTuple):
    rate: float
    cpu: float  # µs of the program a request
    p50: str
    p99: str


def milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}[unit]


def ask(server: Server, question: Question, count: int, seconds: int, run: str) -> Figures:
    """Runs wrk against one server."""
    amazon = server.source_types()["amazon"]
    path = question.path.replace("%TYPE%", amazon)
    if "%ID%" in path:
        path = path.replace("%ID%", server.middle_source(count))
    command = [
        "taskset", "-c", "0", "wrk", "-t1", f"-c{question.connections}", f"-d{seconds}s", "--latency",
        "-H", f"x-rh-sources-org-id: {ORG}",
    ]  # fmt: skip
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        if question.creates:
            script.write(CREATE.replace("%RUN%", run).replace("%ORG%", ORG).replace("%TYPE%", amazon))
            script.flush()
            command += ["-s", script.name]
        before = server.cpu()
        text = subprocess.run([*command, server.base + path], check=True, capture_output=True, text=True).stdout
        used = server.cpu() - before
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    assert wrong is None, f"{path}: {wrong[0]}"
    return Figures(
        rate=float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]),
        cpu=used / int(re.search(r"(\d+) requests in", text)[1]) * 1e6,
        p50=re.search(r"^\s+50%\s+(\S+)$", text, re.MULTILINE)[1],
        p99=re.search(r"^\s+99%\s+(\S+)$", text, re.MULTILINE)[1],
    )


Runs = dict[str, dict[str, list[Figures]]]  # question, server, one a round


def show(runs: Runs) -> None:
    print("| request | | a second | own CPU µs | p50 | p99 |\n|---|---|--:|--:|--:|--:|")
    for name, servers in runs.items():
        for label, rounds in servers.items():
            rate, cpu = (statistics.median(getattr(each, key) for each in rounds) for key in ("rate", "cpu"))
            p50, p99 = (sorted((getattr(r, key) for r in rounds), key=milliseconds) for key in ("p50", "p99"))
            middle = len(rounds) // 2
            print(f"| {name} | {label} | {rate:,.0f} | {cpu:.0f} | {p50[middle]} | {p99[middle]} |")


def show_ratios(runs: Runs, label: str) -> None:
    print(
        f"\n| request | own CPU µs, {KONTOR}, each round | {label} | {label} ÷ {KONTOR}, each round | median |"
        " requests a second |\n|---|---|---|---|--:|--:|"
    )
    for name, servers in runs.items():
        if label not in servers:
            continue
        pairs = list(zip(servers[KONTOR], servers[label], strict=True))
        cpu = [theirs.cpu / ours.cpu for ours, theirs in pairs]
        rates = [ours.rate / theirs.rate for ours, theirs in pairs]
        print(
            f"| {name} | {', '.join(f'{ours.cpu:.0f}' for ours, _ in pairs)}"
            f" | {', '.join(f'{theirs.cpu:.0f}' for _, theirs in pairs)}"
            f" | {', '.join(f'{ratio:.1f}' for ratio in cpu)}"
            f" | **{statistics.median(cpu):.1f}** | × {statistics.median(rates):.1f} |"
        )


def measure(servers: dict[str, Server], options: argparse.Namespace) -> Runs:
    runs: Runs = {}
    for turn in range(options.rounds):
        for question in QUESTIONS:
            if options.only and not re.search(options.only, question.name):
                continue
            for label, server in servers.items():
                if question.of_kontor and label == ORIGINAL:
                    continue
                run = f"{turn}-{question.connections}"
                figures = ask(server, question, options.sources, options.seconds, run)
                runs.setdefault(question.name, {}).setdefault(label, []).append(figures)
    return runs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", metavar="REGEX", help="questions whose name it matches")
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / "build" / "release" / "kontor")
    parser.add_argument("--against", type=pathlib.Path, help="another kontor, asked the same right before")
    parser.add_argument("--original", type=pathlib.Path, help="the original server; wants redis-server in PATH")
    options = parser.parse_args()
    servers: dict[str, Server] = {}
    try:
        if options.against:
            servers[OTHER] = Kontor(options.against)
        kontor = servers[KONTOR] = Kontor(options.binary)
        if options.original:
            servers[ORIGINAL] = Original(options.original, kontor)
        for server in servers.values():
            server.fill(options.sources)
        print(f"{options.sources:,} sources, {options.rounds} rounds of {options.seconds} s, medians\n")
        runs = measure(servers, options)
        show(runs)
        for label in (OTHER, ORIGINAL):
            if label in servers:
                show_ratios(runs, label)
        print()
        for label, server in servers.items():
            print(f"Greatest resident memory of {label}: {server.peak_memory():.1f} MB")
    finally:
        for server in reversed(servers.values()):
            server.stop()


if __name__ == "__main__":
    main()
