"""Where the product runs: in Kubernetes, or on this machine. The phases see one interface."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import urllib.parse
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from .clients.cost_management import CostManagementClient
from .clients.database import DatabaseClient, KubectlDatabaseClient, LocalDatabaseClient, PsqlDatabase
from .clients.kubernetes import KubernetesClient, KubernetesError, kubectl_available
from .clients.s3 import DirectoryClient, ObjectStorage, PodS3Client, S3Client
from .clients.sources_api import SourcesAPIClient


class DeploymentError(Exception):
    """The deployment can't be used; the message says what is missing and the remedy."""


@dataclass
class Options:
    """What the command line says; the defaults are the guide's."""

    namespace: str = "cost-mgmt"
    org_id: str = "org1234567"
    provider_type: str = "AWS"
    local: bool = False
    api_url: str | None = None
    database_url: str | None = None
    s3_endpoint: str | None = None
    bucket: str = "cost-data"
    report_name: str = "test-report"
    report_prefix: str = "reports"
    token: str | None = None
    skip: set[str] = field(default_factory=set)
    smoke_test: bool = False
    force: bool = False
    timeout: float = 300
    scenarios: list[str] = field(default_factory=list)
    infrastructure_only: bool = False
    diagnose: bool = False


class Deployment:
    """What the phases ask of a deployment; close() ends what it opened."""

    kind = ""
    database: PsqlDatabase
    storage: ObjectStorage

    def __init__(self, options: Options) -> None:
        self.options = options
        self.stack = ExitStack()

    def _authorisation(self) -> Mapping[str, str] | None:
        return {"Authorization": f"Bearer {self.options.token}"} if self.options.token else None

    def sources_url(self) -> str:
        """Where the Sources API answers."""
        raise NotImplementedError

    def costs_url(self) -> str:
        """Where the Cost Management API answers."""
        raise NotImplementedError

    def sources_api(self) -> SourcesAPIClient:
        """A client of the Sources API."""
        client = SourcesAPIClient(self.sources_url(), self.options.org_id, namespace=self.options.namespace)
        client.headers.update(self._authorisation() or {})
        return client

    def costs(self) -> CostManagementClient:
        """A client of the Cost Management API."""
        return CostManagementClient(self.costs_url(), self.options.org_id, self._authorisation())

    def kontor(self, *arguments: str) -> str:
        """What a verb of the program prints where the ingest runs; DeploymentError when it fails."""
        raise NotImplementedError

    def download_report(self, provider_uuid: str) -> str:
        """Has a provider's reports processed now."""
        return self.kontor("download_report", "--provider-uuid", provider_uuid)

    def close(self) -> None:
        """Ends port forwards."""
        self.stack.close()


def _external_storage(endpoint: str, environment: Mapping[str, str]) -> ObjectStorage:
    """The storage at an address, with the keys of the environment."""
    if endpoint.startswith("file://"):
        return DirectoryClient(urllib.parse.unquote(urllib.parse.urlsplit(endpoint).path))
    access = environment.get("KONTOR_S3_ACCESS_KEY") or environment.get("AWS_ACCESS_KEY_ID")
    secret = environment.get("KONTOR_S3_SECRET_KEY") or environment.get("AWS_SECRET_ACCESS_KEY")
    if not access or not secret:
        raise DeploymentError(
            f"no keys for the storage at {endpoint}: set KONTOR_S3_ACCESS_KEY and KONTOR_S3_SECRET_KEY"
        )
    verify: bool | str = environment.get("KONTOR_S3_VERIFY_TLS", "true") == "true"
    if verify:
        verify = environment.get("KONTOR_S3_CA_BUNDLE") or True
    return S3Client(endpoint, access, secret, environment.get("KONTOR_S3_REGION") or "us-east-1", verify)


class KubernetesDeployment(Deployment):
    """A release of the chart, by kubectl."""

    kind = "Kubernetes"

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.k8s = KubernetesClient(options.namespace)
        masu = self.k8s.get_pod_by_component("masu")
        if masu is None:
            raise DeploymentError(
                f"namespace {options.namespace} has no running pod of component masu; is the chart installed there?"
            )
        self.masu = masu
        self.urls: dict[str, str] = {}
        self.database = self._database()
        self.storage = (
            _external_storage(options.s3_endpoint, os.environ)
            if options.s3_endpoint
            else PodS3Client(self.k8s, self.masu)
        )

    def _database(self) -> PsqlDatabase:
        if self.options.database_url:
            return DatabaseClient(url=self.options.database_url)
        pod = self.k8s.discover_postgresql_pod()
        if pod is None:
            raise DeploymentError(
                f"namespace {self.options.namespace} has no database pod: name the external one by --database-url"
            )
        return KubectlDatabaseClient(self.k8s, pod)

    def _forwarded(self, component: str) -> str:
        if component not in self.urls:
            service = self.k8s.service_of_component(component)
            if service is None:
                raise KubernetesError(f"namespace {self.options.namespace} has no Service of component {component}")
            port = self.stack.enter_context(self.k8s.port_forward(f"svc/{service[0]}", service[1]))
            self.urls[component] = f"http://127.0.0.1:{port}"
        return self.urls[component]

    def sources_url(self) -> str:
        return self.options.api_url or self._forwarded("sources-api")

    def costs_url(self) -> str:
        return self.options.api_url or self._forwarded("cost-management-api")

    def kontor(self, *arguments: str) -> str:
        try:
            return self.k8s.exec_in_pod(self.masu, ["kontor", *arguments])
        except KubernetesError as error:
            raise DeploymentError(str(error)) from None

    def download_report(self, provider_uuid: str) -> str:
        # The guide's own words, so that a run shows that they work.
        command = ["python", "/opt/koku/koku/manage.py", "download_report", "--provider-uuid", provider_uuid]
        try:
            return self.k8s.exec_in_pod(self.masu, command)
        except KubernetesError as error:
            raise DeploymentError(str(error)) from None


class LocalDeployment(Deployment):
    """A `kontor serve` on this machine; settings are the environment's, as for any verb."""

    kind = "this machine"

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.program = find_kontor()
        self.url = options.api_url or f"http://{os.environ.get('KONTOR_LISTEN') or '127.0.0.1:8001'}"
        self.database = (
            DatabaseClient(url=options.database_url) if options.database_url else LocalDatabaseClient(self.program)
        )
        endpoint = options.s3_endpoint or os.environ.get("KONTOR_S3_ENDPOINT") or os.environ.get("S3_ENDPOINT")
        if not endpoint:
            raise DeploymentError(
                "where is the object storage? Set KONTOR_S3_ENDPOINT (https://…, or file:///DIR) as for the server"
            )
        self.storage = _external_storage(endpoint, os.environ)

    def sources_url(self) -> str:
        return self.url

    def costs_url(self) -> str:
        return self.url

    def kontor(self, *arguments: str) -> str:
        done = subprocess.run(
            [self.program, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
        )
        if done.returncode != 0:
            raise DeploymentError(f"kontor {arguments[0]}: {(done.stdout + done.stderr).strip()}")
        return done.stdout


def find_kontor() -> str:
    """The program: KONTOR_BINARY, the one of this checkout, or the one on the path."""
    checkout = pathlib.Path(__file__).resolve().parents[3] / "build" / "kontor"
    found = os.environ.get("KONTOR_BINARY") or (str(checkout) if checkout.exists() else shutil.which("kontor"))
    if not found:
        raise DeploymentError("the program kontor is not here: run make, or set KONTOR_BINARY")
    return found


def open_deployment(options: Options) -> Deployment:
    """The deployment that the options mean: this machine with --local or without kubectl."""
    if options.local or not kubectl_available():
        return LocalDeployment(options)
    return KubernetesDeployment(options)


PhaseResult = dict[str, Any]


def passed(**more: Any) -> PhaseResult:
    """A phase that did what it should."""
    return {"passed": True, **more}


def failed(error: str, **more: Any) -> PhaseResult:
    """A phase that did not, and why."""
    return {"passed": False, "error": error, **more}


def skipped(reason: str, **more: Any) -> PhaseResult:
    """A phase that had nothing to do, and why."""
    return {"passed": True, "skipped": True, "reason": reason, **more}
