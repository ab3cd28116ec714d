"""kontor worker: jobs of one queue on many machines; those of a worker that dies are done by another."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from decimal import Decimal

import pytest
from support.process import kontor_binary, wait_until
from support.proxy import StallingProxy

SUMMARY = "org1234567.reporting_awscostentrylineitem_daily_summary"


class Worker:
    def __init__(self, server, **more: str) -> None:
        self.log_path = server.data_dir.parent / f"worker-{id(self)}.log"
        environment = {k: v for k, v in server.environment.items() if k != "KONTOR_LISTEN"}
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                [kontor_binary(), "worker"], env={**environment, **more}, stdout=log, stderr=log
            )
        wait_until(lambda: "is ready" in self.log(), 60, self.log())

    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def name(self) -> str:
        return self.log().split("kontor worker ", 1)[1].split(" is ready")[0]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            assert self.process.wait(90) == 0, self.log()[-3000:]
        assert "Sanitizer" not in self.log() and "runtime error" not in self.log(), self.log()[-6000:]


@pytest.fixture
def stalling(s3):
    proxy = StallingProxy(s3.endpoint)
    yield proxy
    proxy.close()


@pytest.fixture
def workers():
    made: list[Worker] = []
    yield made
    for worker in made:
        worker.stop()


@pytest.fixture
def begun(make_server, s3, stalling, workers):
    """A server without workers, and a worker that is in the midst of October's report."""
    server = make_server(**s3.environment(), KONTOR_WORKERS="0").start()
    workers.append(Worker(server, KONTOR_S3_ENDPOINT=stalling.endpoint))
    _, provider = server.add_aws_provider("cost-data", "cost-report", "reports")
    assert stalling.stalled.acquire(timeout=60), workers[0].log()
    return server, provider


def assert_whole(server, sample, provider: str) -> None:
    reference = json.loads((sample / "reference-october.json").read_text(), parse_float=str)
    server.wait_for_month(provider)
    total = server.sql(f"SELECT sum(unblended_cost) FROM {SUMMARY}")
    assert Decimal(total[0][0]) == Decimal(reference["total"]["unblended"])


OCTOBER = "FROM kontor_job WHERE kind = 'ingest' AND bill_month = '2026-10-01'"


def test_a_killed_worker_is_replaced(begun, workers, sample):
    server, provider = begun
    assert server.sql(f"SELECT state, worker, attempts {OCTOBER}") == [["running", workers[0].name(), "1"]]
    workers[0].kill()
    assert server.sql(f"SELECT count(*) FROM {SUMMARY} WHERE usage_start < '2026-11-01'") == [["0"]]
    workers.append(Worker(server))
    assert_whole(server, sample, provider)
    assert server.sql(f"SELECT state, worker, attempts {OCTOBER}") == [["done", workers[1].name(), "2"]]


def test_a_worker_that_hangs_loses_its_job_and_does_no_harm(begun, workers, stalling, sample):
    server, provider = begun
    os.kill(workers[0].process.pid, signal.SIGSTOP)
    server.sql("UPDATE kontor_job SET lease_until = now() - interval '1 second' WHERE state = 'running'")
    workers.append(Worker(server))
    assert_whole(server, sample, provider)
    completed = server.sql("SELECT id, completed_datetime FROM reporting_common_costusagereportmanifest ORDER BY id")
    stalling.released.set()
    os.kill(workers[0].process.pid, signal.SIGCONT)
    wait_until(lambda: " left: " in workers[0].log(), 60, "it sees that it lost the job")
    assert_whole(server, sample, provider)
    again = server.sql("SELECT id, completed_datetime FROM reporting_common_costusagereportmanifest ORDER BY id")
    assert again == completed
    assert server.sql(f"SELECT state, worker, attempts {OCTOBER}") == [["done", workers[1].name(), "2"]]


def test_a_worker_that_is_stopped_gives_its_job_back(begun, workers, stalling, sample):
    server, provider = begun
    workers[0].process.terminate()
    stalling.released.set()
    workers[0].stop()
    state = server.sql(f"SELECT state, worker IS NULL {OCTOBER}")
    assert state in ([["queued", "t"]], [["done", "f"]])
    workers.append(Worker(server))
    assert_whole(server, sample, provider)
