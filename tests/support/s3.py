"""An S3 server of the suite's own: versitygw over a folder; it checks signatures."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess

import boto3
import requests
from botocore.config import Config

from .process import ROOT, free_port, make_folder, remove_folder, wait_until

ACCESS_KEY = "kontor-test"
SECRET_KEY = "kontor-test-secret"


def versitygw_binary() -> str | None:
    candidates = [
        os.environ.get("KONTOR_VERSITYGW"),
        str(ROOT / "build" / "tools" / "versitygw"),
        str(pathlib.Path.home() / ".cache" / "kontor" / "tools" / "versitygw"),
        shutil.which("versitygw"),
    ]
    return next((c for c in candidates if c and os.access(c, os.X_OK)), None)


class S3Server:
    """`certificate`: a PEM file with a certificate that is its own authority and its key; then it speaks TLS."""

    def __init__(self, certificate: pathlib.Path | None = None) -> None:
        program = versitygw_binary()
        if program is None:
            raise RuntimeError("versitygw is missing: run scripts/setup-tests.sh")
        self.folder = make_folder()
        (self.folder / "buckets").mkdir()
        self.port = free_port()
        self.verify: str | bool = str(certificate) if certificate else True
        self.endpoint = f"http{'s' if certificate else ''}://127.0.0.1:{self.port}"
        tls = ["--cert", str(certificate), "--key", str(certificate)] if certificate else []
        self.log = (self.folder / "log").open("wb")
        self.process = subprocess.Popen(
            [program, "--port", f"127.0.0.1:{self.port}", *tls, "posix", str(self.folder / "buckets")],
            env={**os.environ, "ROOT_ACCESS_KEY": ACCESS_KEY, "ROOT_SECRET_KEY": SECRET_KEY},
            stdout=self.log, stderr=self.log,
        )  # fmt: skip
        wait_until(self.answers, 30, "the S3 server answers")
        self.client = boto3.client(
            "s3", endpoint_url=self.endpoint, aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY, region_name="us-east-1",
            verify=self.verify, config=Config(s3={"addressing_style": "path"}),
        )  # fmt: skip

    def answers(self) -> bool:
        try:
            requests.get(self.endpoint, timeout=5, verify=self.verify)
            return True
        except requests.ConnectionError:
            return False

    def environment(self) -> dict[str, str]:
        """The settings with which kontor reads from it."""
        return {
            "KONTOR_S3_ENDPOINT": self.endpoint,
            "KONTOR_S3_ACCESS_KEY": ACCESS_KEY,
            "KONTOR_S3_SECRET_KEY": SECRET_KEY,
        }

    def upload_folder(self, folder: pathlib.Path, bucket: str, prefix: str = "") -> None:
        """All files below a folder, under their paths in it; the bucket is made when missing."""
        if bucket not in [b["Name"] for b in self.client.list_buckets()["Buckets"]]:
            self.client.create_bucket(Bucket=bucket)
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.client.upload_file(str(path), bucket, prefix + str(path.relative_to(folder)))

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)
        self.log.close()
        remove_folder(self.folder)
