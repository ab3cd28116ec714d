"""How small an idle server is; of the release build, since sanitizers weigh."""

from __future__ import annotations

import os
import pathlib

import pytest
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
