"""Progress: in the status rows and the API while files are read, and on a terminal."""

from __future__ import annotations

import gzip
import os
import pty
import select
import subprocess
import time

import pytest
import requests
from support.process import kontor_binary, wait_until
from support.proxy import STALL_AT, StallingProxy
from support.server import identity

FILE = (
    "SELECT s.bytes_read, s.bytes, s.lines, m.state->'processing'->'progress'->>'bytes_read',"
    "       m.state->'processing'->'progress' ? 'lines_per_second'"
    "  FROM reporting_common_costusagereportstatus s"
    "  JOIN reporting_common_costusagereportmanifest m ON m.id = s.manifest_id"
    " WHERE m.billing_period_start_datetime::date = '2026-10-01'"
)


@pytest.fixture
def stalling(s3):
    proxy = StallingProxy(s3.endpoint)
    yield proxy
    proxy.close()


def month(server) -> dict:
    answer = requests.get(
        f"{server.base_url}/api/kontor/v1/ingest/", headers={"x-rh-identity": identity("org1234567")}, timeout=30
    ).json()
    providers = answer["data"] if isinstance(answer, dict) else answer
    return next(month for month in providers[0]["months"] if month["month"] == "2026-10")


def test_status_rows_follow_the_fold(make_server, s3, stalling):
    server = make_server(**{**s3.environment(), "KONTOR_S3_ENDPOINT": stalling.endpoint}).start()
    _, provider = server.add_aws_provider("cost-data", "cost-report", "reports")
    assert stalling.stalled.acquire(timeout=60)
    read, size, _, of_month, paced = wait_until(
        lambda: next((row for row in server.sql(FILE) if row[3]), None), 30, "the progress is noted"
    )
    assert 0 < int(read) <= STALL_AT + 4096 < int(size)
    assert of_month == read and paced == "t"
    running = month(server)
    assert running["bytes_read"] == int(read) and running["bytes"] == int(size)
    assert running["files_running"] == 1 and running["lines_per_second"] is not None
    stalling.released.set()
    server.wait_for_month(provider)
    assert server.sql(FILE) == [[size, size, "2256", "", ""]]
    done = month(server)
    assert (done["bytes_read"], done["lines_per_second"], done["seconds_left"]) == (int(size), None, None)


def test_a_terminal_sees_it(sample):
    """Half of a report comes, then nothing for a while."""
    report = gzip.decompress(next((sample / "reports").rglob("October-*.csv.gz")).read_bytes())
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [kontor_binary(), "report", "-", "--format", "csv"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=slave
    )
    os.close(slave)
    process.stdin.write(report[: len(report) // 2])
    process.stdin.flush()
    seen, deadline = b"", time.monotonic() + 30
    while b"lines/s" not in seen and time.monotonic() < deadline:
        if select.select([master], [], [], 0.2)[0]:
            seen += os.read(master, 4096)
    assert b" MB, " in seen and b"lines/s" in seen
    out, _ = process.communicate(report[len(report) // 2 :], timeout=60)
    assert process.returncode == 0 and out.startswith(b"service,unblended_cost")
    os.close(master)
