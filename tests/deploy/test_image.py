"""The image's file tree, built without a container engine and lived in as a container would: as an ordinary user,
on a read-only root, with nothing of this machine but the network."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import tarfile
import zipfile

import pytest
import requests
from conftest import AWS_SMALL
from support import reports
from support.process import ROOT, free_port, kontor_binary, make_folder, remove_folder, wait_until
from support.server import NOW, Server

sys.path.insert(0, str(ROOT / "deploy" / "image"))
import pack  # noqa: E402

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a chroot needs root")

PROGRAM = os.environ.get("KONTOR_RELEASE", str(kontor_binary()))
GUIDE = pathlib.Path(os.environ.get("KONTOR_GUIDE", ROOT.parent / "shared" / "spec" / "provider-management.md"))
USER = "65532:65532"
MODULE = pathlib.Path(PROGRAM).with_name("kontor-parquet.so")
OCTOBER = next((AWS_SMALL / "reports").rglob("October-2026-cost-report.csv.gz"))


def build(folder: pathlib.Path, *options: str) -> pathlib.Path:
    root = folder / "rootfs"
    done = subprocess.run(
        [ROOT / "deploy/image/build-rootfs.sh", *options, PROGRAM, str(root)],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return root


@pytest.fixture(scope="module")
def image():
    folder = make_folder()
    yield build(folder)
    remove_folder(folder)


@pytest.fixture(scope="module")
def small_image():
    folder = make_folder()
    yield build(folder, "--without-python", "--without-parquet")
    remove_folder(folder)


def megabytes(root: pathlib.Path) -> float:
    return sum(p.lstat().st_size for p in root.rglob("*") if not p.is_symlink() and p.is_file()) / 1e6


def inside(root: pathlib.Path, command: list[str]) -> list[str]:
    """A command as a container with these settings runs it."""
    at = shlex.quote(str(root))
    mounts = [
        f"mount --bind {at} {at}", f"mount -o remount,bind,ro {at}", f"mount -t tmpfs -o mode=1777 tmpfs {at}/tmp",
        f"mount -t tmpfs -o uid=65532,gid=65532,mode=700 tmpfs {at}/var/lib/kontor", f"mount -t proc proc {at}/proc",
        f"mount --bind /dev {at}/dev",
    ]  # fmt: skip
    run = f"exec /usr/sbin/chroot --userspec={USER} {at} {shlex.join(command)}"
    return ["unshare", "-m", "sh", "-c", " && ".join([*mounts, run])]


def environment(**more: str) -> dict[str, str]:
    return dict(entry.split("=", 1) for entry in pack.last_stage()["Env"]) | more


def run(root: pathlib.Path, *command: str, **more: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        inside(root, list(command)), env=environment(**more), capture_output=True, text=True, timeout=120
    )  # fmt: skip


@pytest.fixture(scope="module")
def container(image, s3):
    """The image's server on a PostgreSQL outside, and what `kubectl exec` would give a command beside it."""
    s3.upload_folder(AWS_SMALL / "reports" / "cost-report", "image-bucket", "my-report/")
    keeper = Server().start()
    port = (keeper.data_dir / "database.port").read_text().strip()
    password = (keeper.data_dir / "database.password").read_text().strip()
    url = f"postgresql://postgres:{password}@127.0.0.1:{port}"
    settings = {
        "KONTOR_DATABASE_URL": f"{url}/image_koku", "KONTOR_SOURCES_DATABASE_URL": f"{url}/image_sources",
        "KONTOR_LISTEN": f"127.0.0.1:{free_port()}", "KONTOR_NOW": NOW, "KONTOR_S3_ENDPOINT": s3.endpoint,
        "AWS_ACCESS_KEY_ID": s3.environment()["KONTOR_S3_ACCESS_KEY"], "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_SECRET_ACCESS_KEY": s3.environment()["KONTOR_S3_SECRET_KEY"],
    }  # fmt: skip
    entry = pack.last_stage()
    log_path = image.parent / "log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            inside(image, [*entry["Entrypoint"], *entry["Cmd"]]), env=environment(**settings), stdout=log, stderr=log
        )

    def ready() -> bool:
        assert process.poll() is None, log_path.read_text()
        try:
            return requests.get(f"http://{settings['KONTOR_LISTEN']}/readyz", timeout=5).ok
        except requests.ConnectionError:
            return False

    wait_until(ready, 60, "the image's server is ready")
    yield settings, process
    process.send_signal(signal.SIGTERM)
    code = process.wait(timeout=60)
    keeper.close()
    assert code == 0, log_path.read_text()[-3000:]


def test_sizes(image, small_image):
    assert megabytes(image) <= 150
    assert megabytes(small_image) <= 40
    assert not list(small_image.glob("usr/bin/python*"))


def test_there_is_nothing_in_it_that_need_not_be(image):
    programs = {p.name for p in (image / "usr/bin").iterdir()}
    assert programs == {"kontor", "python", "python3", "python3.11"}
    for path in image.rglob("*"):
        mode = path.lstat().st_mode
        assert not mode & 0o6000, f"{path} is setuid"
        assert path.is_symlink() or not mode & 0o002 or path == image / "tmp", f"{path} is world-writable"


def test_bill_of_materials(image):
    document = json.loads((image / "usr/share/sbom/kontor.spdx.json").read_text())
    assert document["spdxVersion"] == "SPDX-2.3"
    packages = {p["name"]: p for p in document["packages"]}
    others = {"kontor", "pyarrow"} & set(packages)
    assert set(packages) - others == {p.name for p in (image / "var/lib/dpkg/status.d").iterdir()}
    assert {"libc6", "libpq5", "libssl3", "libcurl4", "python3.11-minimal", "python3-boto3"} <= set(packages)
    digest = hashlib.sha256((image / "usr/bin/kontor").read_bytes()).hexdigest()
    assert packages["kontor"]["checksums"] == [{"algorithm": "SHA256", "checksumValue": digest}]
    purl = packages["libpq5"]["externalRefs"][0]["referenceLocator"]
    assert re.fullmatch(r"pkg:deb/debian/libpq5@[0-9A-Za-z.%+~-]+\?arch=\w+", purl)
    ids = {p["SPDXID"] for p in document["packages"]}
    assert len(ids) == len(document["packages"])
    assert {r["relatedSpdxElement"] for r in document["relationships"]} == ids
    for name in packages.keys() - others:
        assert (image / "usr/share/doc" / name / "copyright").is_file(), name


def test_every_library_is_there(image, small_image):
    """Also those that the program loads by name."""
    names = set(re.findall(rb"\0(lib[a-z_]+\.so\.\d+)\0", (image / "usr/bin/kontor").read_bytes()))
    there = {p.name for p in image.glob("usr/lib/*/*")}
    assert b"libarchive.so.13" in names and {name.decode() for name in names} <= there
    for root in (image, small_image):
        assert run(root, "kontor", "--version").stdout.startswith("kontor ")
    modules = sorted(p.name.split(".")[0] for p in (image / "usr/lib/python3.11/lib-dynload").glob("*.so"))
    done = run(image, "python3", "-c", f"import {', '.join(modules)}, boto3; print('all')")
    assert done.stdout == "all\n", done.stderr


def test_zipped_reports_are_read(image, small_image, s3):
    """The library for them is loaded when the first one comes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("report.csv", gzip.decompress(OCTOBER.read_bytes()))
    s3.client.create_bucket(Bucket="zip-bucket")
    s3.client.put_object(Bucket="zip-bucket", Key="report.csv.zip", Body=packed.getvalue())
    for root in (image, small_image):
        done = run(root, "kontor", "report", "s3://zip-bucket/report.csv.zip", **s3.environment())
        assert re.search(r"total +1994\.61 ", done.stdout), done.stdout + done.stderr


@pytest.mark.skipif(not MODULE.exists(), reason="the module for Parquet is not built: make parquet")
def test_reports_in_parquet_are_read(parquet, image, small_image, s3, tmp_path):
    document = json.loads((image / "usr/share/sbom/kontor.spdx.json").read_text())
    purls = [p["externalRefs"][0]["referenceLocator"] for p in document["packages"] if "externalRefs" in p]
    assert any(re.fullmatch(r"pkg:pypi/pyarrow@[\d.]+", purl) for purl in purls)
    written = tmp_path / "report.parquet"
    reports.write_parquet(reports.as_cur2(reports.read_lines(OCTOBER)), written)
    s3.client.create_bucket(Bucket="parquet-bucket")
    s3.client.upload_file(str(written), "parquet-bucket", "report.parquet")
    done = run(image, "kontor", "report", "s3://parquet-bucket/report.parquet", **s3.environment())
    assert re.search(r"total +1994\.61 ", done.stdout), done.stdout + done.stderr
    without = run(small_image, "kontor", "report", "s3://parquet-bucket/report.parquet", **s3.environment())
    assert without.returncode == 1 and "kontor-parquet.so" in without.stderr


def test_the_small_one_serves_too(small_image):
    """Without a database it says so, and what to do."""
    done = run(small_image, "kontor", "serve", KONTOR_DATABASE_URL=f"postgresql://x@127.0.0.1:{free_port()}/koku")
    assert done.returncode == 1 and "127.0.0.1" in done.stderr


def test_the_guides_download_report(container, image):
    settings, _ = container
    api = f"http://{settings['KONTOR_LISTEN']}/api/sources/v3.1"
    headers = {"x-rh-sources-org-id": "org1234567"}
    source = requests.post(
        f"{api}/sources", json={"name": "in a pod", "source_type_id": "1"}, headers=headers, timeout=30
    ).json()  # fmt: skip
    extra = {"bucket": "image-bucket", "report_name": "my-report", "report_prefix": ""}
    made = requests.post(
        f"{api}/applications", headers=headers, timeout=30,
        json={"source_id": source["id"], "application_type_id": "2", "extra": extra},
    )  # fmt: skip
    assert made.status_code == 201, made.text
    text = GUIDE.read_text() if GUIDE.exists() else (
        "python /opt/koku/koku/manage.py download_report --provider-uuid <provider-uuid> --report-name my-report"
    )  # fmt: skip
    command = re.search(r"python (/opt\S+ download_report [^`]*?my-report)", text)
    assert command is not None
    words = shlex.split(command[0].replace("\\\n", " ").replace("<provider-uuid>", source["uid"]))
    done = run(image, *words, **settings)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "October-2026-cost-report.csv.gz" in done.stdout and "0 failed" in done.stdout
    assert run(image, "python", "/opt/koku/koku/manage.py", "no_such_command").returncode == 2


def test_the_guides_boto3(container, image, s3):
    settings, _ = container
    client = f"boto3.client('s3', endpoint_url='{s3.endpoint}', verify=False)"
    code = f"\nimport boto3\ns3 = {client}\nprint(s3.list_buckets())\n"
    done = run(image, "python3", "-c", code, **settings)
    assert "'Name': 'image-bucket'" in done.stdout, done.stderr


def test_it_writes_nowhere_but_where_volumes_are(container, image):
    probe = "import os, sys; sys.exit(0 if os.statvfs('/').f_flag & os.ST_RDONLY else 1)"
    assert run(image, "python3", "-c", probe).returncode == 0
    assert requests.get(f"http://{container[0]['KONTOR_LISTEN']}/metrics", timeout=10).text.count("database_up{") == 2


def test_the_archive(image, tmp_path):
    """What podman load and ctr import read; the same tree makes the same bytes."""
    sums = []
    for name in ("one.tar", "two.tar"):
        subprocess.run(
            [sys.executable, ROOT / "deploy/image/pack.py", str(image), str(tmp_path / name)],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        sums.append(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert sums[0] == sums[1]
    with tarfile.open(tmp_path / "one.tar") as tar:

        def read(member: str) -> bytes:
            file = tar.extractfile(member)
            assert file is not None
            return file.read()

        manifest = json.loads(read("manifest.json"))[0]
        config = json.loads(read(manifest["Config"]))
        layer = read(manifest["Layers"][0])
    assert config["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(layer).hexdigest()}"]
    assert config["config"]["User"] == USER and config["config"]["Entrypoint"] == ["kontor"]
    assert "KONTOR_LISTEN=0.0.0.0:8000" in config["config"]["Env"]
    assert config["config"]["ExposedPorts"] == {"8000/tcp": {}}


def test_the_containerfile_makes_the_same_tree():
    text = (ROOT / "deploy/image/Containerfile").read_text()
    assert "deploy/image/build-rootfs.sh" in text and "\nFROM scratch\nCOPY --from=build /rootfs /\n" in text
    assert re.findall(r"^FROM (\S+)", text, re.M) == ["debian:bookworm-slim", "scratch"]
