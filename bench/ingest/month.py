#!/usr/bin/env python3
"""From an S3 server on loopback to a committed month, by kontor download_report beside a server.

    build/venv/bin/python bench/ingest/month.py FOLDER… [--rounds 5]

Each FOLDER holds what a generator of reports left there (bench.py tells of it): reports below a month's
folder, YYYYMMDD-YYYYMMDD. Each round is an organisation of its own: the fold alone (kontor report, all
cores), then the month for the first time, then once more in its own place: replaced whole, and as a
delivery in which nothing has changed; all in the same minute.
"""

import argparse
import collections
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
GROUP_BY = "day,payer,account,product,family,region,az,instance_type,currency,tags"


def timed(command, **options):
    start = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    return time.monotonic() - start


def peak_memory(command, **options):
    """The high-water mark of a command's memory in MB, read while it runs."""
    peak = 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options) as child:
        while child.poll() is None:
            status = pathlib.Path(f"/proc/{child.pid}/status").read_text()
            peak = next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), peak)
            time.sleep(0.002)
    return peak / 1024


def where(folder):
    """Month, name and prefix of a folder's report."""
    report = next(folder.rglob("*-Manifest.json"), None) or next(folder.rglob("*.csv.gz"))
    parts = report.relative_to(folder).parts
    at = next(i for i, part in enumerate(parts) if part[:8].isdigit() and part[8:9] == "-")
    return f"{parts[at][:4]}-{parts[at][4:6]}", parts[at - 1], "/".join(parts[: at - 1])


def measure(kontor, server, s3, folder, rounds):
    from support.process import wait_until

    bucket = f"bench-{folder.name}"
    s3.upload_folder(folder, bucket)
    month, name, prefix = where(folder)
    files = sorted(map(str, folder.rglob("*.csv.gz")))
    times = collections.defaultdict(list)
    for number in range(rounds):
        _, provider = server.add_aws_provider(bucket, name, prefix, org=f"{folder.name}-{number}", name=bucket)
        known = f"SELECT 1 FROM api_provider WHERE uuid = '{provider}'"
        wait_until(lambda known=known: server.sql(known), 30, "the provider")
        load = [kontor, "download_report", "--provider-uuid", provider, "--bill-date", month]
        times["the fold alone"].append(timed([kontor, "report", *files, "--group-by", GROUP_BY, "--format", "csv"]))
        times["for the first time"].append(timed(load, env=server.environment))
        times["replaced whole"].append(timed([*load, "--whole"], env=server.environment))
        times["nothing changed"].append(timed([*load, "--again"], env=server.environment))
    middle = statistics.median(times["the fold alone"])
    for what, each in times.items():
        print(f"| {folder.name} | {what} | {statistics.median(each):.3f} | {statistics.median(each) / middle:.2f} |")
    return peak_memory([*load, "--whole"], env=server.environment)


def run(kontor, folders, rounds):
    sys.path.insert(0, str(ROOT / "tests"))
    os.environ["KONTOR_BINARY"] = kontor
    from support.s3 import S3Server
    from support.server import Server

    s3 = S3Server()
    server = Server(**s3.environment(), KONTOR_POLL_INTERVAL="86400", KONTOR_WORKERS="0").start()
    try:
        print("| reports | | wall s | ÷ fold |\n|---|---|--:|--:|")
        peaks = {folder.name: measure(kontor, server, s3, folder, rounds) for folder in folders}
    finally:
        server.close()
        s3.close()
    print(f"\nPeak memory of kontor: {', '.join(f'{name} {peak:.0f} MB' for name, peak in peaks.items())}.")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=pathlib.Path, metavar="FOLDER")
    parser.add_argument("--kontor", default=str(ROOT / "build/release/kontor"), help="the program to measure")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    run(options.kontor, options.folders, options.rounds)


if __name__ == "__main__":
    main()
