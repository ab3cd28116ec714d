#!/usr/bin/env python3
"""How fast cost reports are folded, beside the time that inflating them alone takes.

    bench/ingest/bench.py --generator gen_cur.py [--rows 1000000] [--files 4]
    bench/ingest/bench.py REPORT.csv.gz…
    bench/ingest/bench.py --parquet REPORT.parquet…

The generator is any program that takes --rows, --files and --out and writes *.csv.gz below the last.
Each round runs every command once, so that all of them meet the same neighbours; the medians are
printed as a Markdown table. --check adds the sums up once more, in plain Python, and compares.
"""

import argparse
import collections
import csv
import gzip
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from decimal import Decimal

import parquet_bench

ROOT = pathlib.Path(__file__).resolve().parents[2]
GROUP_BY = "day,payer,account,product,family,region,az,instance_type,currency,tags"
Run = collections.namedtuple("Run", "wall cpu")


def run(command, cores, output=os.devnull):
    """Runs a command on the given processors."""
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)  # children inherit it
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    start = time.monotonic()
    pid = os.posix_spawnp(
        command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, str(output), flags, 0o600)]
    )
    _, status, usage = os.wait4(pid, 0)
    wall = time.monotonic() - start
    os.sched_setaffinity(0, mine)
    if status != 0:
        sys.exit(f"bench: {' '.join(command[:2])} … failed")
    return Run(wall, usage.ru_utime + usage.ru_stime)


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


def reference(files):
    """Costs by service, line by line in decimals. A marketplace product goes by its name, not its code."""
    sums = collections.defaultdict(lambda: [Decimal(0), Decimal(0)])
    for file in files:
        with gzip.open(file, "rt", encoding="utf-8", newline="") as text:
            for line in csv.DictReader(text):
                marketplace = line["bill/BillingEntity"] == "AWS Marketplace" and line["product/ProductName"]
                total = sums[marketplace or line["lineItem/ProductCode"]]
                total[0] += Decimal(line["lineItem/UnblendedCost"] or 0)
                total[1] += Decimal(line["lineItem/BlendedCost"] or 0)
    return dict(sums)


def check(kontor, files, cores):
    with tempfile.NamedTemporaryFile("r", newline="") as output:
        run([kontor, "report", *files, "--group-by", "service", "--format", "csv"], cores, output.name)
        rows = csv.DictReader(output)
        folded = {row["service"]: [Decimal(row["unblended_cost"]), Decimal(row["blended_cost"])] for row in rows}
    if folded != reference(files):
        sys.exit("bench: the sums differ from the reference")
    print("The sums equal those of the reference, to the last digit.\n")


def same_groups(one, two):
    return sorted(one.read_bytes().splitlines()) == sorted(two.read_bytes().splitlines())


def median(runs):
    return Run(*(statistics.median(column) for column in zip(*runs, strict=True)))


def measure(kontor, files, rounds, scratch, parquet):
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
    runs = {name: [] for name in commands}
    for _ in range(rounds):
        for name, arguments in commands.items():
            runs[name].append(run(*arguments))
    if len(cores) > 1 and not same_groups(scratch / "one", scratch / "two"):
        sys.exit("bench: two cores gave other groups than one")
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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="REPORT.csv.gz")
    parser.add_argument("--generator", help="a program that writes reports")
    parser.add_argument("--rows", default="1000000")
    parser.add_argument("--files", dest="count", default="4", help="how many files it is to write")
    parser.add_argument("--kontor", default=str(ROOT / "build/release/kontor"), help="the program to measure")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--parquet", action="store_true", help="the files are Parquet: beside DuckDB, not igzip")
    parser.add_argument("--check", action="store_true", help="compare the sums with a slow reference")
    options = parser.parse_args()
    if bool(options.files) == bool(options.generator):
        parser.error("name report files, or a --generator")
    with tempfile.TemporaryDirectory(prefix="kontor-bench-") as scratch:
        files = options.files
        if options.generator:
            arguments = ["--rows", options.rows, "--files", options.count, "--out", scratch]
            interpreter = [sys.executable] if options.generator.endswith(".py") else []
            subprocess.run([*interpreter, options.generator, *arguments], check=True, stdout=subprocess.DEVNULL)
            files = sorted(str(file) for file in pathlib.Path(scratch).rglob("*.csv.gz"))
        if options.check and options.parquet:
            parquet_bench.check(run, options.kontor, files, os.sched_getaffinity(0))
        elif options.check:
            check(options.kontor, files, os.sched_getaffinity(0))
        results = measure(options.kontor, files, options.rounds, pathlib.Path(scratch), options.parquet)
        show(results, options.rounds)


if __name__ == "__main__":
    main()
