"""Storage that misbehaves: connections that break, keys that are wrong."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from support.process import wait_until

SUMMARY = "reporting_awscostentrylineitem_daily_summary"


class BreakingProxy:
    """Passes bytes to a server, and cuts each answer off after `most` bytes."""

    def __init__(self, endpoint: str, most: int) -> None:
        self.target, self.most, self.cut = (urlsplit(endpoint).hostname, urlsplit(endpoint).port), most, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client: socket.socket) -> None:
        with client, socket.create_connection(self.target) as server, contextlib.suppress(OSError):
            threading.Thread(target=self.pass_on, args=(client, server), daemon=True).start()
            passed = 0
            while piece := server.recv(4096):
                client.sendall(piece[: self.most - passed])
                passed += len(piece)
                if passed >= self.most:
                    self.cut += 1
                    client.shutdown(socket.SHUT_RDWR)
                    return

    @staticmethod
    def pass_on(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(4096):
                target.sendall(piece)

    def close(self) -> None:
        self.listener.close()


@pytest.fixture
def breaking(s3):
    proxy = BreakingProxy(s3.endpoint, 30_000)
    yield proxy
    proxy.close()


def test_a_download_goes_on_where_it_broke(make_server, s3, sample, breaking):
    reference = json.loads((sample / "reference-october.json").read_text(), parse_float=str)
    server = make_server(**{**s3.environment(), "KONTOR_S3_ENDPOINT": breaking.endpoint}).start()
    _, provider = server.add_aws_provider("cost-data", "cost-report", "reports")
    server.wait_for_month(provider)
    total = server.sql(f"SELECT sum(unblended_cost), sum(blended_cost) FROM org1234567.{SUMMARY}")[0]
    assert [Decimal(cell) for cell in total] == [Decimal(reference["total"][k]) for k in ("unblended", "blended")]
    assert breaking.cut >= 2, "the report is longer than what one connection passes"


def test_wrong_keys_are_named(make_server, s3):
    server = make_server(**{**s3.environment(), "KONTOR_S3_SECRET_KEY": "wrong"}).start()
    source, _ = server.add_aws_provider("cost-data", "cost-report", "reports")
    wait_until(
        lambda: server.sources("GET", f"/sources/{source}").json()["availability_status"] == "unavailable",
        15, "the source is unavailable",
    )  # fmt: skip
    application = server.sources("GET", f"/sources/{source}/applications").json()["data"][0]
    reason = application["availability_status_error"]
    assert "cost-data" in reason and "secret key" in reason, reason
    checked = server.run("check-s3", "--bucket", "cost-data", check=False)
    assert checked.returncode == 1 and "secret key" in checked.stdout + checked.stderr, checked.stdout
    assert "wrong" not in reason
