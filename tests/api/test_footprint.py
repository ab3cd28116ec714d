"""How small an idle server is (of the release build, since sanitizers weigh), and how quiet."""

from __future__ import annotations

import os
import pathlib

import pytest
from support.process import wait_until
from support.server import Server, resident_kilobytes, settle

RELEASE = os.environ.get("KONTOR_RELEASE", "")


@pytest.mark.skipif(not pathlib.Path(RELEASE).is_file(), reason="KONTOR_RELEASE names no release build")
def test_an_idle_server_is_small(make_server, monkeypatch, sample):
    monkeypatch.setenv("KONTOR_BINARY", RELEASE)
    server: Server = make_server(KONTOR_S3_ENDPOINT=f"file://{sample.parent}").start()
    _, provider = server.add_aws_provider("aws_small", "cost-report", "reports")
    server.wait_for_month(provider)
    for _ in range(50):
        assert server.sources("GET", "/sources").status_code == 200
    settle(1)
    assert server.process is not None
    assert resident_kilobytes(server.process) <= 15 * 1024


def test_a_server_without_work_leaves_the_database_alone(make_server):
    """Whoever asks for jobs waits for a word of new ones where there are none."""
    server: Server = make_server().start()
    wait_until(
        lambda: server.sql(
            "SELECT 1 FROM pg_stat_activity"
            " WHERE query LIKE '%FROM kontor_job%' AND pid <> pg_backend_pid()"
            "   AND state = 'idle' AND now() - query_start > interval '2 seconds'"
        ),
        20, "the worker waits",
    )  # fmt: skip
