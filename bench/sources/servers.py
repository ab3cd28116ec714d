"""The servers that bench.py asks: kontor on its own PostgreSQL, and the original on a database there."""

from __future__ import annotations

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

API = "/api/sources/v3.1"
ORG = "org-bench"
CORE = "1"  # of the servers; wrk has the other one


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A process that answers the Sources API."""

    process: subprocess.Popen
    port: int
    errors: int | None = None  # where its words on the standard error go

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, command: list, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            ["taskset", "-c", CORE, *command], env=environment, stdout=subprocess.DEVNULL, stderr=self.errors
        )
        deadline = time.monotonic() + 120
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"bench: {command[0]} does not answer at {self.base}")
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

    def source_types(self) -> dict[str, str]:
        return {row["name"]: row["id"] for row in self.get(f"{API}/source_types")["data"]}

    def sql(self, statement: str) -> str:
        raise NotImplementedError

    def fill(self, count: int) -> None:
        """Puts sources of three types into the tenant."""
        self.get(f"{API}/sources")
        types = self.source_types()
        ids = ", ".join(types[name] for name in ("amazon", "azure", "google"))
        self.sql(
            "INSERT INTO sources (tenant_id, source_type_id, name, uid, created_at, updated_at)"
            f" SELECT t.id, (ARRAY[{ids}])[1 + n % 3], 'source-' || md5(n::text), gen_random_uuid(), now(), now()"
            f" FROM tenants t, generate_series(1, {count}) n WHERE t.org_id = '{ORG}'"
        )
        self.sql("VACUUM ANALYZE")

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


class Kontor(Server):
    def __init__(self, binary: pathlib.Path) -> None:
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kontor-bench-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.binary, self.port = binary, free_port()
        self.environment = {
            **os.environ, "KONTOR_DATA_DIR": str(self.folder / "data"), "KONTOR_LISTEN": f"127.0.0.1:{self.port}",
            "KONTOR_LOG_LEVEL": "warning", "KONTOR_WORKERS": "0",
        }  # fmt: skip
        self.start([binary, "serve"], self.environment)

    def psql(self, *arguments: str) -> str:
        return subprocess.run(
            [self.binary, "psql", "sources", *arguments],
            env=self.environment, check=True, capture_output=True, text=True,
        ).stdout.strip()  # fmt: skip

    def sql(self, statement: str) -> str:
        return self.psql("-Atc", statement)

    def stop(self) -> None:
        super().stop()
        subprocess.run(["rm", "-rf", str(self.folder)], check=False)


class Original(Server):
    """sources-api-go with a database of its own on the PostgreSQL of a running kontor, over the same socket.

    It wants a Redis (`redis-server`) for the lock of its migrations; without a broker it sends no events.
    """

    DATABASE = "sources_original"
    errors = subprocess.DEVNULL

    def __init__(self, binary: pathlib.Path, neighbour: Kontor) -> None:
        self.neighbour, self.port = neighbour, free_port()
        redis_port = free_port()
        self.redis = subprocess.Popen(
            ["taskset", "-c", CORE, "redis-server", "--port", str(redis_port), "--bind", "127.0.0.1", "--save", ""],
            stdout=subprocess.DEVNULL,
        )
        with_redis = time.monotonic() + 30
        while time.monotonic() < with_redis:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", redis_port)) == 0:
                    break
            time.sleep(0.05)
        neighbour.sql(f"CREATE DATABASE {self.DATABASE}")
        place = neighbour.sql("SELECT current_setting('unix_socket_directories'), current_setting('port')").split("|")
        environment = {
            **os.environ, "DATABASE_HOST": place[0], "DATABASE_PORT": place[1], "DATABASE_USER": "postgres",
            "DATABASE_PASSWORD": "none", "DATABASE_NAME": self.DATABASE, "REDIS_CACHE_HOST": "127.0.0.1",
            "REDIS_CACHE_PORT": str(redis_port), "PORT": str(self.port), "METRICS_PORT": str(free_port()),
            "BYPASS_RBAC": "true", "LOG_LEVEL": "WARN", "ENCRYPTION_KEY": "a" * 16,
        }  # fmt: skip
        self.start([binary], environment)

    def sql(self, statement: str) -> str:
        return self.neighbour.psql("-At", "-c", f"\\c {self.DATABASE}", "-c", statement)

    def stop(self) -> None:
        super().stop()
        self.redis.send_signal(signal.SIGTERM)
        self.redis.wait(30)
