"""Fixtures of the API and end-to-end suites: real servers on free loopback ports."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Callable, Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "clients" / "python"))

from support.process import ROOT, kontor_binary  # noqa: E402
from support.s3 import S3Server  # noqa: E402
from support.server import Server  # noqa: E402

pytest_plugins = ["support.browser"]

AWS_SMALL = ROOT / "tests" / "data" / "aws_small"
ARROW = ROOT / "build" / "tools" / "pyarrow"


@pytest.fixture(scope="session")
def parquet() -> None:
    """Skips what needs the module that reads Parquet, or the library that writes it."""
    if not (kontor_binary().resolve().parent / "kontor-parquet.so").is_file() or not ARROW.is_dir():
        pytest.skip("kontor is built without Parquet: scripts/setup-parquet.sh")
    sys.path.append(str(ARROW.resolve().parent))


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """An S3 server with the sample reports in bucket cost-data."""
    server = S3Server()
    server.upload_folder(AWS_SMALL / "reports", "cost-data", "reports/")
    yield server
    server.close()


@pytest.fixture(scope="session")
def server(s3: S3Server) -> Iterator[Server]:
    """One kontor for all tests that need no other; it reads from the S3 server."""
    kontor = Server(KONTOR_POLL_INTERVAL="2", **s3.environment()).start()
    yield kontor
    kontor.close()


@pytest.fixture
def make_server() -> Iterator[Callable[..., Server]]:
    """Servers of a test's own, which it may kill: make_server(KONTOR_…="…"), not started yet."""
    made: list[Server] = []

    def make(**options) -> Server:
        made.append(Server(**options))
        return made[-1]

    yield make
    for kontor in made:
        kontor.close()


@pytest.fixture(scope="session")
def sample() -> pathlib.Path:
    """The sample reports as a folder that can be a bucket (file:// endpoint of its parent)."""
    return AWS_SMALL
