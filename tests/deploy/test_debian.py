"""The Debian package: what is in it, that it goes in and out of a system, and that its program runs there."""

from __future__ import annotations

import hashlib
import os
import pathlib
import re
import shutil
import subprocess

import pytest
from support.process import ROOT, kontor_binary, make_folder, remove_folder

PROGRAM = os.environ.get("KONTOR_RELEASE", str(kontor_binary()))
MODULE = pathlib.Path(PROGRAM).with_name("kontor-parquet.so")

pytestmark = pytest.mark.skipif(shutil.which("dpkg-shlibdeps") is None, reason="no dpkg-dev here")


def build(folder: pathlib.Path, program: str = PROGRAM) -> pathlib.Path:
    done = subprocess.run(
        [ROOT / "deploy/debian/build.sh", program, str(folder)], capture_output=True, text=True, timeout=180
    )
    assert done.returncode == 0, done.stderr
    return next(folder.glob("kontor_*.deb"))


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return build(tmp_path_factory.mktemp("package"))


def dpkg_deb(*arguments: str | pathlib.Path) -> str:
    return subprocess.check_output(["dpkg-deb", *arguments], text=True)


def test_what_it_says_of_itself(package):
    fields = dict(re.findall(r"^([A-Z][\w-]+): (.*)", dpkg_deb("-f", package), re.M))
    version = re.search(r"version: '([^']+)'", (ROOT / "meson.build").read_text())
    assert fields["Package"] == "kontor" and fields["Version"] == version[1]
    assert fields["Architecture"] == subprocess.check_output(["dpkg", "--print-architecture"], text=True).strip()
    for library in ("libc6", "libpq5", "libmicrohttpd12", "libcurl4", "libisal2", "librdkafka1"):
        assert re.search(rf"\b{library} \(>= ", fields["Depends"]), fields["Depends"]
    assert "libarchive13" in fields["Depends"]  # loaded by name
    assert "postgresql" in fields["Recommends"] and "@" not in str({**fields, "Maintainer": ""})
    assert (ROOT / "deploy/debian/changelog").read_text().startswith(f"kontor ({version[1]}) ")


def test_what_is_in_it(package):
    rows = [line.split(None, 5) for line in dpkg_deb("-c", package).splitlines()]
    files = {row[5].removeprefix("."): row[:2] for row in rows}
    assert files["/usr/bin/kontor"] == ["-rwxr-xr-x", "root/root"]
    assert {"/lib/systemd/system/kontor.service", "/etc/kontor/kontor.env"} <= set(files)
    doc = {f.rsplit("/", 1)[1] for f in files if f.startswith("/usr/share/doc/kontor/")}
    assert {"copyright", "changelog.gz", "README.md", "QUICK_START.md", "configuration.md"} <= doc
    for name, (mode, owner) in files.items():
        assert owner == "root/root" and mode[8] != "w", name
        assert mode == ("drwxr-xr-x" if name.endswith("/") else mode), name


def test_the_same_program_makes_the_same_package(package, tmp_path):
    alone = shutil.copy(PROGRAM, tmp_path / "kontor")  # without the module for Parquet beside it, which takes long
    again = build(tmp_path, str(alone))
    sums = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (package, again)]
    assert sums[0] == sums[1]


@pytest.mark.skipif(not MODULE.exists(), reason="the module for Parquet is not built: make parquet")
def test_the_package_for_parquet(package):
    other = next(package.parent.glob("kontor-parquet_*.deb"))
    fields = dict(re.findall(r"^([A-Z][\w-]+): (.*)", dpkg_deb("-f", other), re.M))
    assert f"kontor (= {fields['Version']})" in fields["Depends"] and "libstdc++6" in fields["Depends"]
    rows = dpkg_deb("-c", other)
    assert "./usr/lib/kontor/kontor-parquet.so" in rows and "./usr/share/doc/kontor-parquet/LICENSE.txt" in rows


def test_every_setting_of_its_file_is_one_of_the_program():
    known = set(re.findall(r"`(KONTOR_\w+)`", subprocess.check_output([kontor_binary(), "config"], text=True)))
    named = set(re.findall(r"^#(KONTOR_\w+)=", (ROOT / "deploy/debian/kontor.env").read_text(), re.M))
    assert len(named) >= 5 and named <= known


@pytest.mark.skipif(os.geteuid() != 0, reason="dpkg needs root to install into another tree")
def test_it_goes_in_and_out(package):
    root = make_folder()
    for folder in ("var/lib/dpkg/updates", "var/lib/dpkg/info", "etc"):
        (root / folder).mkdir(parents=True)
    for file in ("var/lib/dpkg/status", "var/lib/dpkg/available"):
        (root / file).touch()
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (root / "etc/group").write_text("root:x:0:\n")
    (root / "etc/shadow").touch()

    def dpkg(*arguments: str) -> str:
        done = subprocess.run(
            ["dpkg", f"--root={root}", "--force-script-chrootless", "--force-depends", *arguments],
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    dpkg("-i", str(package))
    user = re.search(r"^kontor:x:(\d+):(\d+):Kontor:/var/lib/kontor:/usr/sbin/nologin$",
                     (root / "etc/passwd").read_text(), re.M)  # fmt: skip
    assert user is not None
    settings = root / "etc/kontor/kontor.env"
    assert settings.stat().st_mode & 0o777 == 0o640 and settings.stat().st_gid == int(user[2])
    shown = subprocess.run([root / "usr/bin/kontor", "--version"], capture_output=True, text=True, timeout=30)
    assert shown.stdout.startswith("kontor ")
    settings.write_text("KONTOR_LISTEN=127.0.0.1:9\n")
    dpkg("-i", str(package))  # again, as an upgrade: the user's file stays
    assert settings.read_text() == "KONTOR_LISTEN=127.0.0.1:9\n"
    assert (root / "etc/passwd").read_text().count("\nkontor:") == 1
    (root / "var/lib/kontor").mkdir()
    dpkg("-r", "kontor")
    assert not (root / "usr/bin/kontor").exists() and settings.exists()
    assert "data stay" in dpkg("-P", "kontor")
    assert not settings.exists() and (root / "var/lib/kontor").exists()
    remove_folder(root)
