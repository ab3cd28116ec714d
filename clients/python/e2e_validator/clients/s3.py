"""Clients of object storage: S3 by signed requests, a directory, or through a pod that can reach it."""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import json
import pathlib
import shutil
import ssl
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from typing import Any, Protocol

from .kubernetes import KubernetesClient

TIMEOUT = 60


class S3Error(Exception):
    """The storage could not be reached, or refused; `status` is its answer's, 0 without one."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class ObjectStorage(Protocol):
    """What the phases need of a bucket."""

    def create_bucket(self, bucket: str) -> None: ...
    def bucket_exists(self, bucket: str) -> bool: ...
    def upload_bytes(self, data: bytes, bucket: str, key: str) -> None: ...
    def list_objects(self, bucket: str, prefix: str = "") -> list[dict[str, Any]]: ...
    def get_object(self, bucket: str, key: str) -> bytes: ...
    def delete_object(self, bucket: str, key: str) -> None: ...


class S3Client:
    """An S3-compatible server, path style, requests signed by Signature Version 4."""

    def __init__(
        self, endpoint_url: str, access_key: str, secret_key: str, region: str = "us-east-1",
        verify: bool | str = False,
    ) -> None:  # fmt: skip
        self.endpoint_url = endpoint_url.rstrip("/")
        self.access_key, self.secret_key, self.region, self.verify = access_key, secret_key, region, verify
        self.context = ssl.create_default_context(cafile=verify if isinstance(verify, str) else None)
        if not verify:
            self.context.check_hostname = False
            self.context.verify_mode = ssl.CERT_NONE

    @property
    def s3(self) -> Any:
        """A client of boto3 for the same storage, where that is installed."""
        try:
            import boto3
        except ImportError:
            raise S3Error("the attribute s3 needs boto3: pip install boto3") from None
        return boto3.client(
            "s3", endpoint_url=self.endpoint_url, aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key, region_name=self.region, verify=self.verify,
        )  # fmt: skip

    def _signed(self, method: str, path: str, query: str, body: bytes) -> dict[str, str]:
        """The headers of a request (AWS: "Create a signed AWS API request")."""
        now = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
        digest = hashlib.sha256(body).hexdigest()
        host = urllib.parse.urlsplit(self.endpoint_url).netloc
        headers = {"host": host, "x-amz-content-sha256": digest, "x-amz-date": now}
        names = ";".join(headers)
        lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
        canonical = "\n".join([method, path, query, lines, names, digest])
        scope = f"{now[:8]}/{self.region}/s3/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = b"AWS4" + self.secret_key.encode()
        for part in (*scope.split("/"), text):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        credential = f"Credential={self.access_key}/{scope}, SignedHeaders={names}, Signature={key.hex()}"
        return {**headers, "Authorization": f"AWS4-HMAC-SHA256 {credential}"}

    def _request(
        self, method: str, bucket: str, key: str = "", query: Mapping[str, str] | None = None, body: bytes = b""
    ) -> bytes:
        path = urllib.parse.quote(f"/{bucket}/{key}" if key else f"/{bucket}", safe="/-_.~")
        text = urllib.parse.urlencode(sorted((query or {}).items()), quote_via=urllib.parse.quote, safe="-_.~")
        url = f"{self.endpoint_url}{path}{'?' if text else ''}{text}"
        sent = urllib.request.Request(
            url, data=body or None, method=method, headers=self._signed(method, path, text, body)
        )
        try:
            with urllib.request.urlopen(sent, timeout=TIMEOUT, context=self.context) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            said = error.read().decode(errors="replace")[:300]
            raise S3Error(f"{method} {url}: {error.code} {error.reason}: {said}", error.code) from None
        except (urllib.error.URLError, OSError) as error:
            raise S3Error(f"{method} {url}: {getattr(error, 'reason', error)}") from None

    def create_bucket(self, bucket: str) -> None:
        """Makes a bucket; one that is there already is as good."""
        try:
            self._request("PUT", bucket)
        except S3Error as error:
            if error.status != 409 or not self.bucket_exists(bucket):
                raise

    def bucket_exists(self, bucket: str) -> bool:
        """Whether the bucket is there and may be read; S3Error when the keys are refused."""
        try:
            self._request("GET", bucket, query={"list-type": "2", "max-keys": "1"})
        except S3Error as error:
            if error.status != 404:
                raise
            return False
        return True

    def upload_file(self, local_path: str | pathlib.Path, bucket: str, key: str) -> None:
        """Stores a file."""
        self.upload_bytes(pathlib.Path(local_path).read_bytes(), bucket, key)

    def upload_bytes(self, data: bytes, bucket: str, key: str) -> None:
        """Stores an object."""
        self._request("PUT", bucket, key, body=data)

    def list_objects(self, bucket: str, prefix: str = "") -> list[dict[str, Any]]:
        """All objects below a prefix: dicts with Key and Size."""
        found: list[dict[str, Any]] = []
        query = {"list-type": "2", "prefix": prefix}
        while True:
            page = ElementTree.fromstring(self._request("GET", bucket, query=query))
            space = page.tag.partition("}")[0] + "}" if page.tag.startswith("{") else ""
            found += [
                {"Key": entry.findtext(f"{space}Key") or "", "Size": int(entry.findtext(f"{space}Size") or 0)}
                for entry in page.iter(f"{space}Contents")
            ]
            token = page.findtext(f"{space}NextContinuationToken")
            if not token:
                return found
            query["continuation-token"] = token

    def object_exists(self, bucket: str, key: str) -> bool:
        """Whether there is an object of that key."""
        return any(entry["Key"] == key for entry in self.list_objects(bucket, key))

    def get_object(self, bucket: str, key: str) -> bytes:
        """An object's bytes."""
        return self._request("GET", bucket, key)

    def delete_object(self, bucket: str, key: str) -> None:
        """Deletes an object."""
        self._request("DELETE", bucket, key)

    def delete_objects(self, bucket: str, keys: list[str]) -> None:
        """Deletes objects, one after the other."""
        for key in keys:
            self.delete_object(bucket, key)


class DirectoryClient:
    """Directories as buckets, as a kontor whose endpoint is file:///DIR reads them."""

    def __init__(self, root: str | pathlib.Path) -> None:
        self.root = pathlib.Path(root)

    def _path(self, bucket: str, key: str) -> pathlib.Path:
        path = (self.root / bucket / key).resolve()
        if not path.is_relative_to((self.root / bucket).resolve()):
            raise S3Error(f"the key {key} leads out of bucket {bucket}")
        return path

    def create_bucket(self, bucket: str) -> None:
        """Makes the bucket's directory."""
        (self.root / bucket).mkdir(parents=True, exist_ok=True)

    def bucket_exists(self, bucket: str) -> bool:
        """Whether the bucket's directory is there."""
        return (self.root / bucket).is_dir()

    def upload_bytes(self, data: bytes, bucket: str, key: str) -> None:
        """Stores an object; a reader sees the old one or the new one."""
        path = self._path(bucket, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.new")
        fresh.write_bytes(data)
        fresh.replace(path)

    def list_objects(self, bucket: str, prefix: str = "") -> list[dict[str, Any]]:
        """All objects below a prefix: dicts with Key and Size."""
        root = self.root / bucket
        paths = (path for path in sorted(root.rglob("*")) if path.is_file())
        keys = ((path.relative_to(root).as_posix(), path) for path in paths)
        return [{"Key": key, "Size": path.stat().st_size} for key, path in keys if key.startswith(prefix)]

    def get_object(self, bucket: str, key: str) -> bytes:
        """An object's bytes."""
        try:
            return self._path(bucket, key).read_bytes()
        except FileNotFoundError:
            raise S3Error(f"{bucket} has no object {key}", 404) from None

    def delete_object(self, bucket: str, key: str) -> None:
        """Deletes an object and the directories that it leaves empty."""
        path = self._path(bucket, key)
        path.unlink(missing_ok=True)
        for parent in path.parents:
            if parent == self.root / bucket or any(parent.iterdir()):
                return
            shutil.rmtree(parent)


POD_PROGRAM = """
import base64, json, os, sys
import boto3
asked = json.loads(sys.stdin.read())
env = os.environ
s3 = boto3.client("s3", endpoint_url=env.get("KONTOR_S3_ENDPOINT") or env.get("S3_ENDPOINT") or None,
    aws_access_key_id=env.get("KONTOR_S3_ACCESS_KEY") or env.get("AWS_ACCESS_KEY_ID"),
    aws_secret_access_key=env.get("KONTOR_S3_SECRET_KEY") or env.get("AWS_SECRET_ACCESS_KEY"),
    region_name=env.get("KONTOR_S3_REGION") or "us-east-1",
    verify=env.get("KONTOR_S3_VERIFY_TLS", "true") == "true" and (env.get("KONTOR_S3_CA_BUNDLE") or True))
try:
    if asked["verb"] == "list":
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=asked["bucket"], Prefix=asked["key"])
        answer = [{"Key": o["Key"], "Size": o["Size"]} for p in pages for o in p.get("Contents", [])]
    elif asked["verb"] == "get":
        answer = base64.b64encode(s3.get_object(Bucket=asked["bucket"], Key=asked["key"])["Body"].read()).decode()
    elif asked["verb"] == "put":
        s3.put_object(Bucket=asked["bucket"], Key=asked["key"], Body=base64.b64decode(asked["data"]))
        answer = None
    elif asked["verb"] == "delete":
        s3.delete_object(Bucket=asked["bucket"], Key=asked["key"])
        answer = None
    elif asked["verb"] == "create":
        s3.create_bucket(Bucket=asked["bucket"])
        answer = None
    print(json.dumps({"answer": answer}))
except s3.exceptions.ClientError as error:
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    print(json.dumps({"error": str(error), "status": status}))
except Exception as error:
    print(json.dumps({"error": f"{type(error).__name__}: {error}", "status": 0}))
"""


class PodS3Client:
    """The storage that a pod is set up for, through that pod: its address may be known in the cluster only."""

    def __init__(self, k8s: KubernetesClient, pod_name: str) -> None:
        self.k8s, self.pod_name = k8s, pod_name

    def _ask(self, verb: str, bucket: str, key: str = "", data: bytes = b"") -> Any:
        asked = {"verb": verb, "bucket": bucket, "key": key, "data": base64.b64encode(data).decode()}
        answer = json.loads(self.k8s.python_exec(self.pod_name, POD_PROGRAM, stdin=json.dumps(asked).encode()))
        if "error" in answer:
            raise S3Error(answer["error"], answer["status"])
        return answer["answer"]

    def create_bucket(self, bucket: str) -> None:
        """Makes a bucket; one that is there already is as good."""
        try:
            self._ask("create", bucket)
        except S3Error as error:
            if error.status != 409:
                raise

    def bucket_exists(self, bucket: str) -> bool:
        """Whether the bucket is there and may be read."""
        try:
            self._ask("list", bucket, "\x7f")
        except S3Error as error:
            if error.status != 404:
                raise
            return False
        return True

    def upload_bytes(self, data: bytes, bucket: str, key: str) -> None:
        """Stores an object."""
        self._ask("put", bucket, key, data)

    def list_objects(self, bucket: str, prefix: str = "") -> list[dict[str, Any]]:
        """All objects below a prefix: dicts with Key and Size."""
        return self._ask("list", bucket, prefix)

    def get_object(self, bucket: str, key: str) -> bytes:
        """An object's bytes."""
        return base64.b64decode(self._ask("get", bucket, key))

    def delete_object(self, bucket: str, key: str) -> None:
        """Deletes an object."""
        self._ask("delete", bucket, key)
