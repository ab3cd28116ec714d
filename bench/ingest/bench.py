#!/usr/bin/env python3
"""How fast cost reports are folded, beside the time that inflating them alone takes.

    bench/ingest/bench.py --generator gen_cur.py [--rows 1000000] [--files 4]
    bench/ingest/bench.py REPORT.csv.gz…

The generator is any program that takes --rows, --files and --out and writes *.csv.gz below the last.
Each round runs every command once, so that all of them meet the same neighbours; the medians are
printed as a Markdown table. --engines and --check install other engines in an environment that goes
with the run; --month runs a server, its database and an S3 server on loopback (with the Python of
build/venv, see scripts/setup-tests.sh).
"""

import argparse
import collections
import csv
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from decimal import Decimal

import month
import parquet_bench

ROOT = pathlib.Path(__file__).resolve().parents[2]
GROUP_BY = "day,payer,account,product,family,region,az,instance_type,currency,tags"
COMPARED = (
    "day", "payer", "account", "product", "service", "family", "region", "az", "instance_type", "unit", "currency",
    "type", "resource",
)  # fmt: skip
Run = collections.namedtuple("Run", "wall cpu")


def start(command, cores, output=os.devnull):
    """Starts a command on the given processors."""
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)  # children inherit it
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    pid = os.posix_spawnp(
        command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, str(output), flags, 0o600)]
    )
    os.sched_setaffinity(0, mine)
    return pid


def run_together(*commands):
    """Runs commands at the same time, each with its processors."""
    began = time.monotonic()
    pids = [start(*command) for command in commands]
    cpu = 0
    for pid, command in zip(pids, commands, strict=True):
        _, status, usage = os.wait4(pid, 0)
        cpu += usage.ru_utime + usage.ru_stime
        if status != 0:
            sys.exit(f"bench: {' '.join(command[0][:2])} … failed")
    return Run(time.monotonic() - began, cpu)


def run(command, cores, output=os.devnull):
    return run_together((command, cores, output))


def peak_memory(command, cores):
    """The high-water mark of a command's memory in MB, read while it runs: what wait4 says of a child
    counts the memory of this script, too."""
    peak = 0
    with subprocess.Popen(["taskset", "-c", ",".join(map(str, cores)), *command], stdout=subprocess.DEVNULL) as child:
        while child.poll() is None:
            status = pathlib.Path(f"/proc/{child.pid}/status").read_text()
            peak = next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), peak)
            time.sleep(0.002)
    return peak / 1024


class Engines:
    """Other engines, in an environment of its own that goes with the run."""

    def __init__(self, scratch, names):
        self.python = scratch / "engines" / "bin" / "python"
        subprocess.run([sys.executable, "-m", "venv", scratch / "engines"], check=True)
        subprocess.run([self.python, "-m", "pip", "install", "-q", *names], check=True)

    def command(self, *arguments):
        return [str(self.python), str(ROOT / "bench/ingest/engines.py"), *arguments]


def compare(kontor, engines, files, dimension, scratch):
    """The sums by a dimension, by the program and by DuckDB's decimals."""
    sums = []
    for name, command in {
        "ours": [kontor, "report", *files, "--group-by", dimension, "--format", "csv"],
        "theirs": engines.command("sums", dimension, *files),
    }.items():
        with (scratch / name).open("w") as output:
            subprocess.run(command, check=True, stdout=output)
        with (scratch / name).open(newline="") as text:
            head, *rows = csv.reader(text)
        columns = head[1:]
        sums.append({row[0]: dict(zip(columns, map(Decimal, row[1:]), strict=True)) for row in rows})
    if sums[0] != sums[1]:
        sys.exit(f"bench: the sums by {dimension} differ from the reference")
    return len(sums[0])


def check(kontor, engines, files, scratch):
    counts = {name: compare(kontor, engines, files, name, scratch) for name in COMPARED}
    told = ", ".join(f"{name} ({count})" for name, count in counts.items())
    print(f"Five sums each by {told} equal those of DuckDB's decimals, to the last digit.\n")


def check_counts(engines, files, groups):
    """Do the other engines find as many groups? Else they do less, or other, work."""
    wanted = sum(1 for _ in groups.open("rb")) - 1
    for name in engines[1]:
        told = subprocess.run(engines[0].command(name, *files), check=True, capture_output=True, text=True).stdout
        if int(told) != wanted:
            sys.exit(f"bench: {name} finds {told.strip()} groups, not {wanted}")


def ceiling(files, cores):
    """How much faster two processes that share nothing are than one after the other."""
    halves = [["igzip", "-dc", *files[i::2]] for i in (0, 1)]
    alone = sum(run(half, cores[-1:]).wall for half in halves)
    return alone / run_together((halves[0], cores[-2:-1]), (halves[1], cores[-1:])).wall


def same_groups(one, two):
    return sorted(one.read_bytes().splitlines()) == sorted(two.read_bytes().splitlines())


def median(runs):
    return Run(*(statistics.median(column) for column in zip(*runs, strict=True)))


def measure(kontor, files, rounds, scratch, parquet, engines):
    cores = sorted(os.sched_getaffinity(0))
    fold = [kontor, "report", *files, "--group-by", GROUP_BY, "--format", "csv"]
    commands = {"`igzip -dc`, one core": (["igzip", "-dc", *files], cores[-1:], os.devnull)}
    if parquet:
        commands = {"DuckDB, one core": (parquet_bench.command(files, cores[-1:]), cores[-1:], os.devnull)}
    commands["fold, one core"] = (fold, cores[-1:], scratch / "one")
    if len(cores) > 1 and parquet:
        commands["DuckDB, two cores"] = (parquet_bench.command(files, cores[-2:]), cores[-2:], os.devnull)
    if len(cores) > 1:
        commands["fold, two cores"] = (fold, cores[-2:], scratch / "two")
    for name in engines[1]:
        commands[f"{name}, one core"] = (engines[0].command(name, *files), cores[-1:], os.devnull)
        commands[f"{name}, two cores"] = (engines[0].command(name, *files), cores[-2:], os.devnull)
    runs = {name: [] for name in commands}
    ratios = []
    for _ in range(rounds):
        if len(cores) > 1 and len(files) > 1 and not parquet:
            ratios.append(ceiling(files, cores))
        for name, arguments in commands.items():
            runs[name].append(run(*arguments))
    if len(cores) > 1 and not same_groups(scratch / "one", scratch / "two"):
        sys.exit("bench: two cores gave other groups than one")
    check_counts(engines, files, scratch / "one")
    if len(cores) > 1:
        faster = [one.wall / two.wall for one, two in zip(runs["fold, one core"], runs["fold, two cores"], strict=True)]
        print(f"Two cores are {statistics.median(faster):.2f} times as fast as one, at best {max(faster):.2f}.")
    if ratios:
        print(f"Two processes of igzip with half the files each are {statistics.median(ratios):.2f} times as fast as")
        print(f"one after the other, at best {max(ratios):.2f}: what the machine gives.\n")
    return {
        name: (median(runs[name]), peak_memory(command, processors))
        for name, (command, processors, _) in commands.items()
    }


def show(results, rounds):
    base, _ = next(iter(results.values()))
    peer = next(iter(results)).partition(",")[0].strip("`").partition(" ")[0]
    print(f"Medians of {rounds} rounds.\n")
    print(f"| | wall s | CPU s | wall ÷ {peer} | CPU ÷ {peer} | peak MB |\n|---|--:|--:|--:|--:|--:|")
    for name, (each, peak) in results.items():
        ratios = f"{each.wall / base.wall:.2f} | {each.cpu / base.cpu:.2f}"
        print(f"| {name} | {each.wall:.3f} | {each.cpu:.3f} | {ratios} | {peak:.0f} |")


def generate(generator, rows, count, folder):
    interpreter = [sys.executable] if generator.endswith(".py") else []
    arguments = ["--rows", rows, "--files", count, "--out", str(folder)]
    subprocess.run([*interpreter, generator, *arguments], check=True, stdout=subprocess.DEVNULL)
    return sorted(str(file) for file in folder.rglob("*.csv.gz"))


def show_memory(kontor, files):
    """Of as many groups in ten times the lines: the same files, ten times each."""
    cores = sorted(os.sched_getaffinity(0))
    fold = [kontor, "report", "--group-by", GROUP_BY, "--format", "csv"]
    once, tenfold = peak_memory([*fold, *files], cores), peak_memory([*fold, *(files * 10)], cores)
    spilled = peak_memory([*fold[:3], GROUP_BY + ",resource", *fold[4:], "--memory", "32MB", *files], cores)
    print(f"Peak memory: {once:.0f} MB; of ten times the lines {tenfold:.0f} MB; with resources {spilled:.0f} MB")
    print("within --memory 32MB.\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="REPORT.csv.gz")
    parser.add_argument("--generator", help="a program that writes reports")
    parser.add_argument("--rows", default="1000000")
    parser.add_argument("--files", dest="count", default="4", help="how many files it is to write")
    parser.add_argument("--kontor", default=str(ROOT / "build/release/kontor"), help="the program to measure")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--parquet", action="store_true", help="the files are Parquet: beside DuckDB, not igzip")
    parser.add_argument("--engines", default="", help="duckdb,polars,chdb: fold by these, too")
    parser.add_argument("--check", action="store_true", help="compare the sums with DuckDB's decimals")
    parser.add_argument("--memory", action="store_true", help="peak memory, of ten times the lines too")
    parser.add_argument("--month", action="store_true", help="from a bucket to a month (needs the tests' programs)")
    options = parser.parse_args()
    if bool(options.files) == bool(options.generator):
        parser.error("name report files, or a --generator")
    if options.month and not options.generator:
        parser.error("--month needs a --generator")
    names = [name for name in options.engines.split(",") if name]
    with tempfile.TemporaryDirectory(prefix="kontor-bench-") as folder:
        scratch = pathlib.Path(folder)
        scratch.chmod(0o755)
        files = options.files or generate(options.generator, options.rows, options.count, scratch / "reports")
        compared = options.check and not options.parquet
        wanted = sorted({*names, *(["duckdb"] if compared else [])})
        engines = Engines(scratch, wanted) if wanted else None
        if options.check and options.parquet:
            parquet_bench.check(run, options.kontor, files, os.sched_getaffinity(0))
        elif options.check:
            check(options.kontor, engines, files, scratch)
        results = measure(options.kontor, files, options.rounds, scratch, options.parquet, (engines, names))
        show(results, options.rounds)
        print()
        if options.memory:
            show_memory(options.kontor, files)
        if options.month:
            sizes = {"10000": "1", options.rows: options.count}
            for rows, count in sizes.items():
                generate(options.generator, rows, count, scratch / rows)
            month.run(options.kontor, [scratch / rows for rows in sizes], options.rounds)


if __name__ == "__main__":
    main()
