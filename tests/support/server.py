"""A kontor server of the suite's own, on an embedded PostgreSQL and a free loopback port."""

from __future__ import annotations

import json
import os
import pathlib
import re
import signal
import subprocess
import time
import urllib.parse

import requests

from .process import free_port, kontor_binary, make_folder, remove_folder, wait_until

NOW = "2026-11-24T12:00:00Z"


class Server:
    def __init__(self, data_dir: pathlib.Path | None = None, **environment: str) -> None:
        self.own_folder = data_dir is None
        self.data_dir = data_dir or make_folder() / "data"
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.log_path = self.data_dir.parent / f"serve-{self.port}.log"
        self.process: subprocess.Popen | None = None
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("KONTOR_", "AWS_", "S3_"))}
        self.environment = {
            **clean,
            "KONTOR_NOW": NOW,
            "KONTOR_DATA_DIR": str(self.data_dir),
            "KONTOR_LISTEN": f"127.0.0.1:{self.port}",
            **environment,
        }

    # life

    def start(self, seconds: float = 90) -> Server:
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen([kontor_binary(), "serve"], env=self.environment, stdout=log, stderr=log)
        wait_until(self.answers, seconds, f"kontor answers; its log:\n{self.log()[-3000:]}")
        return self

    def answers(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            raise AssertionError(f"kontor ended with {self.process.returncode}:\n{self.log()[-3000:]}")
        try:
            return requests.get(f"{self.base_url}/health", timeout=5).status_code == 200
        except requests.ConnectionError:
            return False

    def kill(self) -> None:
        """As a power cut does it: no chance to tidy up."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.process = None

    def stop(self) -> int:
        """Asks it to stop; its exit code."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=90)
        self.process = None
        return code

    def close(self) -> None:
        code = self.stop()
        log = self.log()
        assert code == 0, f"kontor ended with {code}:\n{log[-3000:]}"
        assert "Sanitizer" not in log and "runtime error" not in log, log[-6000:]
        if self.own_folder:
            remove_folder(self.data_dir.parent)

    def log(self) -> str:
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    # use

    def run(
        self, *arguments: str, check: bool = True, input: str | None = None, **more: str
    ) -> subprocess.CompletedProcess:
        """A verb of the command line with the server's own settings."""
        result = subprocess.run(
            [kontor_binary(), *arguments], env={**self.environment, **more},
            capture_output=True, text=True, timeout=180, input=input,
        )  # fmt: skip
        if check and result.returncode != 0:
            raise AssertionError(f"{arguments}: {result.returncode}\n{result.stdout}\n{result.stderr}")
        return result

    def sql(self, statement: str, database: str = "koku") -> list[list[str]]:
        """Rows of a statement, by kontor psql."""
        result = self.run("psql", database, "-X", "-v", "ON_ERROR_STOP=1", "-At", "-F", "\t", "-c", statement)
        return [line.split("\t") for line in result.stdout.splitlines()]

    def sources(self, method: str, path: str, org: str = "org1234567", **more) -> requests.Response:
        return requests.request(
            method, f"{self.base_url}/api/sources/v3.1{path}",
            headers={"x-rh-sources-org-id": org, **more.pop("headers", {})}, timeout=60, **more,
        )  # fmt: skip

    def report(self, path: str, org: str = "org1234567", **parameters: str) -> requests.Response:
        """A request to the Cost Management API, such as report("reports/aws/costs/")."""
        query = "&".join(f"{urllib.parse.quote(k)}={urllib.parse.quote(v)}" for k, v in parameters.items())
        return requests.get(
            f"{self.base_url}/api/cost-management/v1/{path}{'?' if query else ''}{query}",
            headers={"x-rh-identity": identity(org)}, timeout=60,
        )  # fmt: skip

    def add_aws_provider(
        self, bucket: str, report_name: str, report_prefix: str = "", org: str = "org1234567",
        name: str = "AWS", **extra,
    ) -> tuple[str, str]:  # fmt: skip
        """A provider by the guide's calls; the ids of source and provider."""
        source = self.sources("POST", "/sources", org, json={"name": name, "source_type_id": "1"}).json()
        answer = self.sources(
            "POST", "/applications", org,
            json={
                "source_id": source["id"], "application_type_id": "2",
                "extra": {
                    "bucket": bucket, "report_name": report_name, "report_prefix": report_prefix, **extra,
                },
            },
        )  # fmt: skip
        assert answer.status_code == 201, answer.text
        return source["id"], source["uid"]

    def wait_for_month(self, provider: str, month: str = "2026-10-01", seconds: float = 60) -> None:
        """Until a month's manifest of the provider is done."""
        wait_until(
            lambda: self.sql(
                "SELECT 1 FROM reporting_common_costusagereportmanifest"
                f" WHERE provider_id = '{provider}' AND completed_datetime IS NOT NULL"
                f" AND billing_period_start_datetime::date = '{month}'"
            ),
            seconds, f"month {month} of {provider}; log:\n{self.log()[-4000:]}",
        )  # fmt: skip


def identity(
    org: str, admin: bool = True, entitled: bool = True, user: str = "tester", account: str = "10001"
) -> str:
    """An x-rh-identity header."""
    import base64

    document = {
        "identity": {
            "account_number": account, "org_id": org, "type": "User",
            "user": {"username": user, "email": f"{user}@example.com", "is_org_admin": admin},
        },
        "entitlements": {"cost_management": {"is_entitled": entitled}},
    }  # fmt: skip
    return base64.b64encode(json.dumps(document).encode()).decode()


def resident_kilobytes(process: subprocess.Popen) -> int:
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    match = re.search(r"VmRSS:\s+(\d+)", status)
    assert match is not None
    return int(match[1])


def settle(seconds: float) -> None:
    """Lets a server become idle before it is measured."""
    time.sleep(seconds)
