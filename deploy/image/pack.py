"""An image without a container engine: pack.py ROOTFS IMAGE.tar

Packs the tree that build-rootfs.sh made, with the settings of the Containerfile's last stage, into an archive that
`podman load`, `docker load` and `ctr images import` read. The same tree makes the same archive.
"""

from __future__ import annotations

import datetime
import hashlib
import io
import json
import os
import pathlib
import platform
import re
import shlex
import sys
import tarfile

HERE = pathlib.Path(__file__).parent
EPOCH = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
USER = 65532


def last_stage() -> dict:
    """The image's configuration as the Containerfile's last stage says it."""
    text = re.sub(r"\\\n\s*", " ", (HERE / "Containerfile").read_text())
    config: dict = {"Env": [], "ExposedPorts": {}, "Volumes": {}}
    for line in text.rpartition("\nFROM ")[2].splitlines()[1:]:
        word, _, rest = line.partition(" ")
        if word == "ENV":
            config["Env"] += shlex.split(rest)
        elif word == "USER":
            config["User"] = rest
        elif word == "WORKDIR":
            config["WorkingDir"] = rest
        elif word == "EXPOSE":
            config["ExposedPorts"][f"{rest}/tcp"] = {}
        elif word == "VOLUME":
            config["Volumes"][rest] = {}
        elif word in ("ENTRYPOINT", "CMD"):
            config["Entrypoint" if word == "ENTRYPOINT" else "Cmd"] = json.loads(rest)
    return config


def tree_layer(root: pathlib.Path) -> bytes:
    """The tree as a layer: owners as the image has them, whoever built it, and one time for all."""

    def settle(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        own = entry.name == "var/lib/kontor"
        entry.uid = entry.gid = USER if own else 0
        entry.uname = entry.gname = ""
        entry.mtime = EPOCH
        return entry

    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path in sorted(root.rglob("*")):
            tar.add(path, str(path.relative_to(root)), recursive=False, filter=settle)
    return out.getvalue()


def add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime = len(content), EPOCH
    tar.addfile(entry, io.BytesIO(content))


def main() -> None:
    root, target = pathlib.Path(sys.argv[1]), sys.argv[2]
    version = re.search(r"version: '([^']+)'", (HERE.parents[1] / "meson.build").read_text())
    assert version is not None
    layer = tree_layer(root)
    digest = hashlib.sha256(layer).hexdigest()
    created = datetime.datetime.fromtimestamp(EPOCH, datetime.UTC).isoformat()
    config = json.dumps(
        {
            "architecture": ARCHITECTURES.get(platform.machine(), platform.machine()), "os": "linux",
            "created": created, "config": last_stage(), "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
            "history": [{"created": created, "created_by": "deploy/image/build-rootfs.sh"}],
        }
    ).encode()  # fmt: skip
    name = f"{hashlib.sha256(config).hexdigest()}.json"
    manifest = [{"Config": name, "RepoTags": [f"kontor:{version[1]}"], "Layers": [f"{digest}/layer.tar"]}]
    with tarfile.open(target, "w") as tar:
        add(tar, f"{digest}/layer.tar", layer)
        add(tar, name, config)
        add(tar, "manifest.json", json.dumps(manifest).encode())
    print(f"{target}: kontor:{version[1]}, {len(layer) // 1_000_000} MB")


if __name__ == "__main__":
    main()
