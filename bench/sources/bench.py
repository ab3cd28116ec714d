#!/usr/bin/env python3
"""What a request to the Sources API costs: requests a second, the program's own CPU, latencies.

bench/sources/bench.py [--sources N] [--seconds N] [--binary build/release/kontor] [--against KONTOR]

wrk runs on the first core, kontor with its PostgreSQL on the second, one connection, N sources in
the tenant. Beside each figure stands a request to /livez, which only the HTTP server answers.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
API = "/api/sources/v3.1"
ORG = "org-bench"

# name, path, connections
READS = [
    ("nothing (/livez)", "/livez", 1),
    ("catalogue", f"{API}/source_types", 1),
    ("one source", f"{API}/sources/%ID%", 1),
    ("list of 100", f"{API}/sources?limit=100", 1),
    ("filtered, sorted list", f"{API}/sources?filter[name][contains_i]=C77&sort_by=name&limit=100", 1),
    ("by type, sorted by name", f"{API}/sources?filter[source_type_id]=1&sort_by=name&limit=100", 1),
    ("nothing, 64 connections", "/livez", 64),
    ("list of 100, 64 connections", f"{API}/sources?limit=100", 64),
    ("one source, 64 connections", f"{API}/sources/%ID%", 64),
]
CREATE = """
local number = 0
local run = "%RUN%"
request = function()
  number = number + 1
  local body = '{"name": "bench-' .. run .. '-' .. number .. '", "source_type_id": "1"}'
  return wrk.format("POST", nil, {["x-rh-sources-org-id"] = "%ORG%", ["Content-Type"] = "application/json"}, body)
end
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    def __init__(self, binary: pathlib.Path) -> None:
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kontor-bench-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.binary, self.port = binary, free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **os.environ, "KONTOR_DATA_DIR": str(self.folder / "data"), "KONTOR_LISTEN": f"127.0.0.1:{self.port}",
            "KONTOR_LOG_LEVEL": "warning", "KONTOR_WORKERS": "0",
        }  # fmt: skip
        self.process = subprocess.Popen(
            ["taskset", "-c", "1", binary, "serve"], env=self.environment, stdout=subprocess.DEVNULL
        )
        while not self.answers():
            time.sleep(0.05)

    def answers(self) -> bool:
        try:
            return urllib.request.urlopen(self.base + "/health", timeout=5).status == 200
        except OSError:
            return False

    def get(self, path: str) -> dict:
        request = urllib.request.Request(self.base + path, headers={"x-rh-sources-org-id": ORG})
        return json.load(urllib.request.urlopen(request, timeout=60))

    def middle_source(self, count: int) -> str:
        return self.get(f"{API}/sources?limit=1&offset={count // 2}")["data"][0]["id"]

    def sql(self, statement: str) -> str:
        return subprocess.run(
            [self.binary, "psql", "sources", "-Atc", statement],
            env=self.environment, check=True, capture_output=True, text=True,
        ).stdout.strip()  # fmt: skip

    def cpu(self) -> float:
        """Seconds of the program itself, its PostgreSQL apart."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_memory(self) -> float:
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        subprocess.run(["rm", "-rf", str(self.folder)], check=False)


def fill(server: Server, count: int) -> None:
    server.get(f"{API}/sources")
    server.sql(
        "INSERT INTO sources (tenant_id, source_type_id, name, uid)"
        " SELECT t.id, 1 + n % 3, 'source-' || md5(n::text), gen_random_uuid()"
        f" FROM tenants t, generate_series(1, {count}) n WHERE t.org_id = '{ORG}'"
    )
    server.sql("VACUUM ANALYZE")


def run_wrk(server: Server, path: str, connections: int, seconds: int, script: pathlib.Path | None = None) -> dict:
    command = [
        "taskset", "-c", "0", "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency",
        "-H", f"x-rh-sources-org-id: {ORG}",
    ]  # fmt: skip
    command += ["-s", str(script)] if script else []
    before = server.cpu()
    text = subprocess.run([*command, server.base + path], check=True, capture_output=True, text=True).stdout
    used = server.cpu() - before
    requests = int(re.search(r"(\d+) requests in", text)[1])
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    assert wrong is None, f"{path}: {wrong[0]}"
    return {
        "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]),
        "cpu": used / requests * 1e6,
        "p50": re.search(r"^\s+50%\s+(\S+)$", text, re.MULTILINE)[1],
        "p99": re.search(r"^\s+99%\s+(\S+)$", text, re.MULTILINE)[1],
    }


def show(name: str, figures: dict) -> None:
    print(
        f"| {name} | {figures['rate']:,.0f} | {figures['cpu']:.0f} | {figures['p50']} | {figures['p99']} |", flush=True
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / "build" / "release" / "kontor")
    parser.add_argument("--against", type=pathlib.Path, help="another kontor, asked the same right before")
    options = parser.parse_args()
    servers: dict[str, Server] = {}
    try:
        for label, binary in ((" (other)", options.against), ("", options.binary)):
            if binary is not None:
                servers[label] = Server(binary)
                fill(servers[label], options.sources)
        print(f"{options.sources:,} sources\n\n| request | a second | own CPU µs | p50 | p99 |\n|---|--:|--:|--:|--:|")
        for name, path, connections in READS:
            for label, server in servers.items():
                asked = path.replace("%ID%", server.middle_source(options.sources))
                show(name + label, run_wrk(server, asked, connections, options.seconds))
        for connections in (1, 64):
            name = "create" if connections == 1 else f"create, {connections} connections"
            for label, server in servers.items():
                script = server.folder / "create.lua"
                script.write_text(CREATE.replace("%RUN%", str(connections)).replace("%ORG%", ORG))
                show(name + label, run_wrk(server, f"{API}/sources", connections, options.seconds, script))
        print()
        for label, server in servers.items():
            print(f"Greatest resident memory of kontor{label}: {server.peak_memory():.1f} MB")
    finally:
        for server in servers.values():
            server.stop()


if __name__ == "__main__":
    main()
