#!/usr/bin/env python3
"""How fast reports are answered, beside the plain SQL over the daily summary.

    bench/reports/bench.py --generator gen_cur.py [--rows 1000000] [--rounds 40]
    bench/reports/bench.py --generator gen_cur.py --load DIR     # the data alone, left in DIR
    bench/reports/bench.py --data DIR                            # measures with them, on a machine that is quiet

The generator is any program that takes --rows, --month, --files and --out and writes a bucket's layout below the
last. Three months are loaded once by the server itself. Then each question is asked over one connection, the server
and its PostgreSQL on one core, this script on another: first by a server that keeps no answers, then by one that
does; of kept answers once as they are and once packed, as browsers take them. Rounds go over all questions, so that
all meet the same neighbours. In each round a control does work of the same length on the server's core: a loop that
asks nobody and takes no memory. What it spreads by, the machine spreads by. At last a cost model's markup is worked
out in all three months, while a report is asked again and again. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
ORG = "bench"
LARGE = 512 * 1024  # bytes of an answer whose sending is measured by itself
PAUSE = 0.02  # seconds in which others have a turn on the core: a question is one of many, not a siege
MONTHS = ("2026-09", "2026-10", "2026-11")
NOW = "2026-11-30T12:00:00Z"
REPORT = "/api/cost-management/v1/reports/aws/costs/?filter[time_scope_units]=month&filter[time_scope_value]=-1"
DAILY = "&filter[resolution]=daily&limit=0"
TABLE = "orgbench.reporting_awscostentrylineitem_daily_summary"
WINDOW = "usage_start BETWEEN '2026-11-01' AND '2026-11-30'"
COLUMNS = {
    "account": "usage_account_id", "service": "product_code", "region": "region", "az": "availability_zone",
    "product_family": "product_family", "tag:app": "tags->>'app'", "tag:environment": "tags->>'environment'",
    "aws_category:env": "cost_category->>'env'",
}  # fmt: skip

# name, groups, more of the query, the p95 that is wanted in ms
QUESTIONS: list[tuple[str, tuple[str, ...], str, float]] = [
    ("the month's total", (), "&filter[resolution]=monthly", 3),
    *((f"{name}, daily", (name,), DAILY, 15) for name in ("account", "service", "region", "az", "product_family")),
    ("account × service, daily", ("account", "service"), DAILY, 60),
    ("service × region, daily", ("service", "region"), DAILY, 60),
    ("account × region, daily, the first 10", ("account", "region"), DAILY + "&filter[limit]=10", 60),
    ("account × service × region, monthly", ("account", "service", "region"), "&filter[resolution]=monthly", 150),
    ("account × service × region, daily, the first 10", ("account", "service", "region"), DAILY + "&filter[limit]=10",
     150),
    ("tag app, daily", ("tag:app",), DAILY, 100),
    ("tag app × service, daily", ("tag:app", "service"), DAILY, 100),
    ("one service's total, filtered", (), "&filter[resolution]=monthly&filter[service]=AmazonEC2", 15),
]  # fmt: skip


def path_of(groups: tuple[str, ...], more: str) -> str:
    text = REPORT + more + "".join(f"&group_by[{name}]=*" for name in groups)
    return text.replace("[", "%5B").replace("]", "%5D")


def plain_sql(groups: tuple[str, ...], more: str) -> str:
    chosen = ["usage_start"] if "daily" in more else ["date_trunc('month', usage_start)"]
    chosen += [COLUMNS[name] for name in groups]
    places = ", ".join(str(i + 1) for i in range(len(chosen)))
    where = WINDOW + (" AND product_code ILIKE '%AmazonEC2%'" if "filter[service]" in more else "")
    return (
        f"SELECT {', '.join(chosen)}, sum(unblended_cost), sum(markup_cost), array_agg(DISTINCT source_uuid)"
        f" FROM {TABLE} WHERE {where} GROUP BY {places} ORDER BY {places}"
    )


class Server:
    """kontor and its PostgreSQL on the first core."""

    def __init__(self, binary: pathlib.Path, folder: pathlib.Path, **environment: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.binary = binary
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("KONTOR_")},
            "KONTOR_NOW": NOW, "KONTOR_DATA_DIR": str(folder / "data"), "KONTOR_LISTEN": f"127.0.0.1:{self.port}",
            "KONTOR_S3_ENDPOINT": f"file://{folder / 'root'}", "KONTOR_POLL_INTERVAL": "5",
            "KONTOR_GROUP_BY_MAX": "3", "KONTOR_INITIAL_MONTHS": "4", **environment,
        }  # fmt: skip
        self.log = folder / "serve.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                ["taskset", "-c", "0", str(binary), "serve"], env=self.environment, stdout=log, stderr=log
            )
        for _ in range(600):
            try:
                if self.ask("/health")[0] == 200:
                    return
            except OSError:
                time.sleep(0.1)
        sys.exit(f"bench: no server; see {self.log}")

    def ask(self, path: str, connection: http.client.HTTPConnection | None = None, **headers: str):
        own = connection or http.client.HTTPConnection("127.0.0.1", self.port)
        own.request("GET", path, headers={"x-rh-sources-org-id": ORG, **headers})
        answer = own.getresponse()
        body = answer.read()
        return answer.status, body, answer.headers

    def run(self, *arguments: str) -> str:
        done = subprocess.run([self.binary, *arguments], env=self.environment, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"bench: {arguments}: {done.stderr}")
        return done.stdout

    def resident_megabytes(self) -> float:
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)


def load(arguments: argparse.Namespace, folder: pathlib.Path) -> None:
    """Three months of generated reports, ingested by the server."""
    bucket = folder / "root" / "bucket" / "reports" / "cur"
    bucket.mkdir(parents=True)
    for month in MONTHS:
        made = folder / f"made-{month}"
        subprocess.run(
            [*arguments.generator.split(), "--rows", str(arguments.rows), "--month", month, "--files", "4",
             "--out", str(made)], check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        for period in (made / "reports" / "cur").iterdir():
            shutil.move(str(period), bucket)
        shutil.rmtree(made)
    server = Server(arguments.kontor, folder)
    server.run("sources", "add-aws", "--org", ORG, "--name", "bench", "--bucket", "bucket", "--report-name", "cur",
               "--report-prefix", "reports")  # fmt: skip
    done = "SELECT count(*) FROM reporting_common_costusagereportmanifest WHERE completed_datetime IS NOT NULL"
    for _ in range(600):
        if server.run("psql", "koku", "-At", "-c", done).strip() == str(len(MONTHS)):
            break
        time.sleep(1)
    else:
        sys.exit("bench: the reports were not read")
    server.run("psql", "koku", "-c", "VACUUM ANALYZE")
    server.stop()


def percentile(times: list[float], part: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * part))]


def milliseconds(function) -> float:
    start = time.perf_counter()
    function()
    return (time.perf_counter() - start) * 1000


class Psql:
    """Plain SQL, timed by psql itself, the rows read and thrown away."""

    def __init__(self, server: Server) -> None:
        self.process = subprocess.Popen(
            ["taskset", "-c", "1", server.binary, "psql", "koku", "-X", "-At"], env=server.environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.process.stdin.write("\\timing on\n\\o /dev/null\n")

    def time(self, sql: str) -> float:
        self.process.stdin.write(f"{sql};\n")
        self.process.stdin.flush()
        while not (line := self.process.stdout.readline()).startswith("Time:"):
            pass
        return float(line.split()[1])


class Control:
    """A loop on the server's core: what the same work takes from one time to the next."""

    LOOP = """
import sys, time
numbers = list(range(256))
for line in sys.stdin:
    start, total = time.perf_counter(), 0
    for i in range(int(line)):
        total += numbers[i & 255] ^ i
    print((time.perf_counter() - start) * 1000, flush=True)
"""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            ["taskset", "-c", "0", sys.executable, "-c", self.LOOP], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        self.turns_a_millisecond = 100_000 / min(self.turn(100_000) for _ in range(5))

    def turn(self, turns: int) -> float:
        self.process.stdin.write(f"{turns}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def time(self, length: float) -> float:
        """Milliseconds of work that takes `length` of them at best."""
        return self.turn(int(length * self.turns_a_millisecond))

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def measure(arguments: argparse.Namespace, folder: pathlib.Path) -> dict[str, dict[str, list[float]]]:
    times: dict[str, dict[str, list[float]]] = {
        name: {kind: [] for kind in ("sql", "new", "control", "kept", "packed", "304")} for name, *_ in QUESTIONS
    }
    lengths: dict[str, float] = {}
    server = Server(arguments.kontor, folder, KONTOR_ANSWER_CACHE="0")
    psql = Psql(server)
    control = Control()
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    for turn in range(arguments.rounds + 3):
        for name, groups, more, _ in QUESTIONS:
            path = path_of(groups, more)
            status, body, _ = server.ask(path, connection)
            if status != 200:
                sys.exit(f"bench: {name}: {status} {body[:200]}")
            new = milliseconds(lambda p=path: server.ask(p, connection))
            time.sleep(PAUSE)
            lengths[name] = min(lengths.get(name, new), new) if turn < 3 else lengths[name]
            same = control.time(lengths[name])
            time.sleep(PAUSE)
            sql = psql.time(plain_sql(groups, more))
            time.sleep(PAUSE)
            if turn >= 3:
                times[name]["new"].append(new)
                times[name]["control"].append(same)
                times[name]["sql"].append(sql)
                times[name]["bytes"] = [len(body)]
    control.stop()
    psql.process.stdin.close()
    psql.process.wait()
    server.stop()
    server = Server(arguments.kontor, folder)
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    for _ in range(arguments.rounds * 3):
        for name, groups, more, _ in QUESTIONS:
            path = path_of(groups, more)
            etag = server.ask(path, connection)[2]["ETag"]
            times[name]["kept"].append(milliseconds(lambda p=path: server.ask(p, connection)))
            packed = {"Accept-Encoding": "gzip"}
            times[name]["gzip"] = [len(server.ask(path, connection, **packed)[1])]
            times[name]["packed"].append(milliseconds(lambda p=path, h=packed: server.ask(p, connection, **h)))
            times[name]["304"].append(
                milliseconds(lambda p=path, e=etag: server.ask(p, connection, **{"If-None-Match": e}))
            )
    times["nothing"] = {
        "kept": [milliseconds(lambda: server.ask("/livez", connection)) for _ in range(arguments.rounds * 20)]
    }
    server.stop()
    return times


SENDER = """
import socket, sys
answer = b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n" % int(sys.argv[1]) + bytes(int(sys.argv[1]))
with socket.create_server(("127.0.0.1", 0)) as listening:
    print(listening.getsockname()[1], flush=True)
    connection = listening.accept()[0]
    while connection.recv(65536):
        connection.sendall(answer)
"""


def bytes_alone(length: int, rounds: int) -> list[float]:
    """What it takes to get so many bytes from a program on the server's core that does nothing but send them."""
    process = subprocess.Popen(
        ["taskset", "-c", "0", sys.executable, "-c", SENDER, str(length)], stdout=subprocess.PIPE, text=True
    )
    connection = http.client.HTTPConnection("127.0.0.1", int(process.stdout.readline()))

    def ask() -> None:
        connection.request("GET", "/")
        connection.getresponse().read()

    times = [milliseconds(ask) for _ in range(rounds)]
    connection.close()
    process.wait()
    return times


def memory(arguments: argparse.Namespace, folder: pathlib.Path) -> float:
    """The greatest resident memory of the server while fifty connections ask all questions."""
    server = Server(arguments.kontor, folder)

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        for _ in range(3):
            for _name, groups, more, _wanted in QUESTIONS:
                server.ask(path_of(groups, more), connection)

    threads = [threading.Thread(target=client) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    peak = server.resident_megabytes()
    server.stop()
    return peak


def markup(arguments: argparse.Namespace, folder: pathlib.Path) -> tuple[int, list[float], list[float]]:
    """Rows of the daily summary; seconds of working out a markup; milliseconds of a report meanwhile."""
    server = Server(arguments.kontor, folder, KONTOR_ANSWER_CACHE="0")
    rows = int(server.run("psql", "koku", "-At", "-c", f"SELECT count(*) FROM {TABLE}"))
    source = server.run("psql", "koku", "-At", "-c", "SELECT uuid FROM api_provider").strip()
    path, seconds, waits = "/api/cost-management/v1/cost-models/", [], []
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    former = json.loads(server.ask(path)[1])["data"]
    for share in ("10", "20", "0"):
        body = {"name": "bench", "description": "", "source_type": "AWS", "rates": [], "currency": "USD",
                "source_uuids": [source], "markup": {"value": share, "unit": "percent"}}  # fmt: skip
        place = former[0]["uuid"] + "/" if former else ""
        connection.request("PUT" if former else "POST", path + place, json.dumps(body), {"x-rh-sources-org-id": ORG})
        former = [json.loads(connection.getresponse().read())]
        while json.loads(server.ask(path + former[0]["uuid"] + "/")[1])["recalculation"] == "pending":
            waits.append(milliseconds(lambda: server.ask(path_of(("account",), DAILY))))
            time.sleep(PAUSE)
        server.run("psql", "koku", "-c", "VACUUM")
        seconds.append(float(re.findall(r"markup worked out anew in ([0-9.]+) s", server.log.read_text())[-1]))
    server.stop()
    return rows, seconds, waits


def spread(times: list[float]) -> float:
    return percentile(times, 0.95) / statistics.median(times)


def bounded(value: float, most: float, places: int = 1) -> str:
    return f"**{value:.{places}f}**" if value > most else f"{value:.{places}f}"


def report(times: dict[str, dict[str, list[float]]], sent: dict[int, list[float]], peak: float) -> None:
    columns = ["question", "answer kB", "packed kB", "plain SQL p50", "answer p50", "p95", "wanted", "p95 ÷ p50",
               "of the control", "of plain SQL", "kept p95", "kept packed p95", "304 p95"]  # fmt: skip
    print("| " + " | ".join(columns) + " |")
    print("|---|" + "--:|" * (len(columns) - 1))
    for name, _, _, wanted in QUESTIONS:
        t = times[name]
        cells = [
            name, f"{t['bytes'][0] / 1024:.0f}", f"{t['gzip'][0] / 1024:.0f}", f"{statistics.median(t['sql']):.1f}",
            f"{statistics.median(t['new']):.1f}", bounded(percentile(t["new"], 0.95), wanted), f"{wanted:g}",
            *(f"{spread(t[kind]):.2f}" for kind in ("new", "control", "sql")),
            *(bounded(percentile(t[kind], 0.95), 0.5, 2) for kind in ("kept", "packed", "304")),
        ]  # fmt: skip
        print("| " + " | ".join(cells) + " |")
    nothing = percentile(times["nothing"]["kept"], 0.95)
    print(f"\nAn answer of nothing (/livez), asked the same way: p95 {nothing:.2f} ms.")
    print("\nBytes alone, sent by a program that does nothing else, p95 in ms: ", end="")
    print(", ".join(f"{length // 1024} kB {percentile(alone, 0.95):.2f}" for length, alone in sent.items()) + ".")
    print(f"\nGreatest resident memory of kontor with 50 connections: {peak:.1f} MB.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--generator", help="the command that makes reports")
    parser.add_argument("--load", type=pathlib.Path, help="load the data into this new folder, and no more")
    parser.add_argument("--data", type=pathlib.Path, help="a folder that a run with --load has made")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--kontor", type=pathlib.Path, default=ROOT / "build" / "release" / "kontor")
    parser.add_argument("--skip-memory", action="store_true")
    parser.add_argument("--skip-markup", action="store_true")
    arguments = parser.parse_args()
    if arguments.data is None and arguments.generator is None:
        parser.error("--generator makes the data, or --data tells where they are")
    folder = arguments.data or arguments.load or pathlib.Path(tempfile.mkdtemp(prefix="kontor-bench-"))
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    if arguments.data is None:
        load(arguments, folder)
    if arguments.load is not None:
        return
    os.sched_setaffinity(0, {1})
    times = measure(arguments, folder)
    lengths = sorted({times[name]["bytes"][0] for name, *_ in QUESTIONS})
    sent = {length: bytes_alone(length, arguments.rounds * 3) for length in lengths if length > LARGE}
    report(times, sent, 0 if arguments.skip_memory else memory(arguments, folder))
    if not arguments.skip_markup:
        rows, seconds, waits = markup(arguments, folder)
        print(f"\nA markup worked out in {rows} rows of the daily summary: {', '.join(f'{s:.1f}' for s in seconds)} s;")
        print(f"account, daily, meanwhile: p95 {percentile(waits, 0.95):.1f} ms.")
    if arguments.data is None:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
