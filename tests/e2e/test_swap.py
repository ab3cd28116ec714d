"""The swap: readers go on and see the old month or the new one; a database that dies in it changes nothing."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from decimal import Decimal

import pytest
from support.delivery import TABLES, totals, write_month
from support.process import kontor_binary, make_folder, remove_folder, wait_until

MANIFEST = "reporting_common_costusagereportmanifest"
FIRST, SECOND = (f"00000000-0000-4000-8000-{number:012d}" for number in (1, 2))


@contextlib.contextmanager
def held(server) -> Iterator[subprocess.Popen]:
    """Keeps a swap from its end: the manifest that it is to supersede is locked."""
    psql = subprocess.Popen(
        [kontor_binary(), "psql", "koku", "-X", "-At"], env=server.environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    psql.stdin.write(f"BEGIN; SELECT 1 FROM {MANIFEST} WHERE assembly_id = '{FIRST}' FOR SHARE;\n")
    psql.stdin.flush()
    assert [psql.stdout.readline(), psql.stdout.readline()] == ["BEGIN\n", "1\n"]
    try:
        yield psql
    finally:
        with contextlib.suppress(BrokenPipeError):
            psql.communicate("ROLLBACK;\n", timeout=30)


def wait_for_swap(server) -> None:
    waiting = f"SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE {MANIFEST}%'"
    wait_until(lambda: server.sql(waiting), 60, "the swap waits at its end")


@pytest.fixture
def month(make_server, sample):
    """October once, and in its place October three times, which is on its way."""
    folder = make_folder()
    bucket = folder / "bucket"
    report = next((sample / "reports").rglob("October-*.csv.gz"))
    header, *lines = gzip.decompress(report.read_bytes()).rstrip().splitlines()
    reference = json.loads((sample / "reference-october.json").read_text(), parse_float=str)
    once = Decimal(reference["total"]["unblended"])
    write_month(bucket, header, lines, FIRST, 1)
    server = make_server(KONTOR_S3_ENDPOINT=f"file://{folder}", KONTOR_POLL_INTERVAL="1").start()
    _, provider = server.add_aws_provider("bucket", "cost-report")
    server.wait_for_month(provider)
    assert totals(server) == [once] * len(TABLES)
    yield server, once, lambda: write_month(bucket, header, lines, SECOND, 3)
    remove_folder(folder)


def wait_for_second(server) -> None:
    done = f"SELECT 1 FROM {MANIFEST} WHERE assembly_id = '{SECOND}' AND completed_datetime IS NOT NULL"
    wait_until(lambda: server.sql(done), 90, "the second delivery is in")


def reported(server) -> Decimal:
    parameters = {
        "filter[time_scope_units]": "month",
        "filter[time_scope_value]": "-2",
        "filter[resolution]": "monthly",
    }
    answer = server.report("reports/aws/costs/", **parameters)
    assert answer.status_code == 200, answer.text
    return Decimal(json.loads(answer.text, parse_float=Decimal)["meta"]["total"]["cost"]["total"]["value"])


def test_readers_go_on_and_see_no_half_of_a_month(month):
    server, once, deliver = month
    before = reported(server)
    with held(server):
        deliver()
        wait_for_swap(server)
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            asked = time.monotonic()
            assert reported(server) == before
            assert totals(server) == [once] * len(TABLES)
            assert time.monotonic() - asked < 5
    seen = set()
    while before * 3 not in seen:
        seen.add(reported(server))
        assert seen <= {before, before * 3}
    wait_for_second(server)
    assert totals(server) == [once * 3] * len(TABLES)


def test_a_database_that_dies_in_the_swap(month):
    server, once, deliver = month
    with held(server):
        deliver()
        wait_for_swap(server)
        os.kill(int((server.data_dir / "postgres" / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
    wait_for_second(server)
    assert totals(server) == [once * 3] * len(TABLES)
    jobs = "SELECT count(*) FILTER (WHERE state <> 'done') FROM kontor_job WHERE kind = 'ingest'"
    wait_until(lambda: server.sql(jobs) == [["0"]], 30, "no job is left")
