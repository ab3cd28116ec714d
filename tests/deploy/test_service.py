"""The systemd unit: how closed it is, and that the program still lives within it."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import subprocess

import pytest
from conftest import AWS_SMALL
from support.process import ROOT, free_port, kontor_binary, make_folder, remove_folder, wait_until
from support.server import NOW

UNIT = ROOT / "deploy" / "systemd" / "kontor.service"

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here")


def unit_settings() -> list[tuple[str, str]]:
    return re.findall(r"^(\w+)=(.*)$", UNIT.read_text(), re.M)


@needs_systemd
def test_exposure_is_low():
    shown = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", str(UNIT)],
        capture_output=True, text=True, timeout=60,
    ).stdout  # fmt: skip
    level = re.search(r"Overall exposure level for kontor.service: ([0-9.]+)", shown)
    assert level is not None, shown
    assert float(level[1]) <= 2.0


@needs_systemd
def test_every_line_is_understood():
    folder = make_folder()
    unit = folder / "kontor.service"
    unit.write_text(UNIT.read_text().replace("/usr/bin/kontor", "/bin/true"))
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, timeout=60)
    remove_folder(folder)
    assert done.returncode == 0 and str(unit) not in done.stderr, done.stderr


def system_calls(sets: list[str]) -> set[str]:
    """All calls in sets of the unit's filter."""
    found: set[str] = set()
    for name in sets:
        listed = subprocess.check_output(["systemd-analyze", "syscall-filter", name], text=True).splitlines()[1:]
        words = [line.strip() for line in listed if line.strip() and not line.strip().startswith("#")]
        found |= {w for w in words if not w.startswith("@")} | system_calls([w for w in words if w.startswith("@")])
    return found


@needs_systemd
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not here: run scripts/setup-tests.sh")
def test_a_whole_life_within_the_system_call_filter():
    """From the first start with an embedded PostgreSQL over an ingest to the stop, as an ordinary user."""
    filters = [value for name, value in unit_settings() if name == "SystemCallFilter"]
    allowed = system_calls([w for f in filters if not f.startswith("~") for w in f.split()])
    allowed -= system_calls([w for f in filters if f.startswith("~") for w in f[1:].split()])
    release = os.environ.get("KONTOR_RELEASE", str(kontor_binary()))  # a sanitizer makes calls of its own
    folder = make_folder()
    shutil.copytree(AWS_SMALL / "reports", folder / "buckets" / "cost-data" / "reports")
    account = pwd.getpwnam("nobody")
    as_user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    os.chown(folder, as_user.get("user", -1), as_user.get("group", -1))
    shutil.copy(release, folder / "kontor")
    url = f"127.0.0.1:{free_port()}"
    environment = {
        "PATH": os.environ["PATH"], "KONTOR_DATA_DIR": str(folder / "data"), "KONTOR_LISTEN": url,
        "KONTOR_NOW": NOW, "KONTOR_POLL_INTERVAL": "1", "KONTOR_S3_ENDPOINT": f"file://{folder}/buckets",
    }  # fmt: skip
    counted, log = folder / "calls", folder / "log"
    with log.open("wb") as out:
        tracer = subprocess.Popen(
            ["strace", "-f", "-c", "-o", str(counted), str(folder / "kontor"), "serve"],
            env=environment, stdout=out, stderr=out, **as_user,
        )  # fmt: skip
    try:
        wait_until(lambda: "is ready" in log.read_text(), 90, "kontor is ready")
        subprocess.run(
            [folder / "kontor", "sources", "add-aws", "--org", "org1", "--name", "x", "--bucket", "cost-data",
             "--report-name", "cost-report", "--report-prefix", "reports", "--url", f"http://{url}"],
            env=environment, check=True, capture_output=True,
        )  # fmt: skip
        wait_until(lambda: "2026-10: complete" in log.read_text(), 60, f"the ingest: {log.read_text()[-2000:]}")
    finally:
        children = subprocess.run(["pgrep", "-P", str(tracer.pid)], capture_output=True, text=True).stdout.split()
        for child in children:
            os.kill(int(child), signal.SIGTERM)
        tracer.wait(timeout=60)
    used = {line.split()[-1] for line in counted.read_text().splitlines()[2:] if len(line.split()) >= 5}
    used = {name for name in used if re.fullmatch(r"[a-z_0-9]+", name)} - {"total"}
    remove_folder(folder)
    assert len(used) > 40 and "execve" in used and used <= allowed, used - allowed
