#!/usr/bin/env python3
"""How soon a server answers and how small it is, beside the PostgreSQL it starts.

bench/start/bench.py [--rounds N] [--binary build/release/kontor]
"""

from __future__ import annotations

import argparse
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
POSTGRES = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def timed(action) -> float:
    begun = time.monotonic()
    action()
    return time.monotonic() - begun


def as_database_user() -> dict:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


class Postgres:
    """A cluster as initdb makes it, with the settings that matter to a start."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.data = folder / "plain"

    def run(self, *arguments: str) -> None:
        subprocess.run(
            [str(POSTGRES / arguments[0]), *arguments[1:]], check=True, cwd="/",
            stdout=subprocess.DEVNULL, **as_database_user(),
        )  # fmt: skip

    def create(self) -> None:
        self.run("initdb", "-D", str(self.data), "--no-sync", "--auth=trust", "--locale=C")

    def start(self) -> None:
        options = f"-c listen_addresses= -c unix_socket_directories={self.data} -c shared_buffers=64MB"
        self.run("pg_ctl", "start", "-w", "-D", str(self.data), "-l", str(self.data / "log"), "-o", options)

    def stop(self) -> None:
        self.run("pg_ctl", "stop", "-w", "-m", "fast", "-D", str(self.data))


class Kontor:
    def __init__(self, binary: pathlib.Path, folder: pathlib.Path) -> None:
        self.binary, self.data = binary, folder / "kontor"
        self.log = (folder / "kontor.log").open("ab")

    def start(self) -> None:
        port = free_port()
        command = [str(self.binary), "serve", "--data-dir", str(self.data), "--listen", f"127.0.0.1:{port}"]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        while True:
            try:
                url = f"http://127.0.0.1:{port}/api/sources/v3.1/source_types"
                request = urllib.request.Request(url, headers={"x-rh-sources-org-id": "org1234567"})
                urllib.request.urlopen(request, timeout=5).read()
                return
            except (urllib.error.URLError, ConnectionError):
                if self.process.poll() is not None:
                    raise RuntimeError(f"kontor ended; see {self.log.name}") from None
                time.sleep(0.005)

    def resident_megabytes(self) -> float:
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def measure(binary: pathlib.Path) -> dict[str, float]:
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kontor-bench-", dir="/tmp"))
    folder.chmod(0o777)
    figures = {}
    try:
        plain, kontor = Postgres(folder), Kontor(binary, folder)
        figures["postgres_new"] = timed(lambda: (plain.create(), plain.start()))
        plain.stop()
        figures["postgres_again"] = timed(plain.start)
        plain.stop()
        figures["kontor_new"] = timed(kontor.start)
        kontor.stop()
        figures["kontor_again"] = timed(kontor.start)
        time.sleep(3)
        figures["resident"] = kontor.resident_megabytes()
        kontor.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / "build" / "release" / "kontor")
    options = parser.parse_args()
    rounds = [measure(options.binary) for _ in range(options.rounds)]
    middle = {key: statistics.median(figures[key] for figures in rounds) for key in rounds[0]}
    print("| | PostgreSQL alone, s | kontor to its first answer, s | ratio |\n|---|--:|--:|--:|")
    for title, key in (("new data directory", "new"), ("existing data directory", "again")):
        alone, whole = middle[f"postgres_{key}"], middle[f"kontor_{key}"]
        print(f"| {title} | {alone:.2f} | {whole:.2f} | {whole / alone:.2f} |")
    print(f"\nResident memory of the idle `kontor serve`, its PostgreSQL apart: {middle['resident']:.1f} MB.")


if __name__ == "__main__":
    main()
