"""Ports, folders and waiting."""

from __future__ import annotations

import os
import pathlib
import shutil
import socket
import tempfile
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

ROOT = pathlib.Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_folder() -> pathlib.Path:
    """A folder that the database's own user may enter too (pytest's are closed to it)."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kontor-test-", dir="/tmp"))
    folder.chmod(0o755)
    return folder


def remove_folder(folder: pathlib.Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def wait_until(condition: Callable[[], T], seconds: float = 30, what: str = "", pause: float = 0.05) -> T:
    """The first true value of `condition`, asked again and again until the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what or condition}")
        time.sleep(pause)


def kontor_binary() -> pathlib.Path:
    """The program under test: KONTOR_BINARY, else the newest of the usual builds."""
    named = os.environ.get("KONTOR_BINARY")
    if named:
        return pathlib.Path(named)
    found = [p for p in (ROOT / "build").glob("*/kontor") if p.is_file()]
    link = ROOT / "build" / "kontor"
    if link.is_file():
        found.append(link)
    if not found:
        raise RuntimeError("no kontor is built: run make")
    return max(found, key=lambda path: path.stat().st_mtime)
