"""A client of a Kubernetes cluster, by kubectl: what it may do is what the user's own kubectl may do."""

from __future__ import annotations

import base64
import json
import os
import pathlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

COMPONENT = "app.kubernetes.io/component"
FORWARD_SECONDS = 15


class KubernetesError(Exception):
    """kubectl failed; the message holds what it said."""


def kubectl_available() -> bool:
    """Whether there is a kubectl on the path, and a cluster that it is set up for."""
    configured = (
        os.environ.get("KUBECONFIG")
        or os.environ.get("KUBERNETES_SERVICE_HOST")
        or (pathlib.Path.home() / ".kube" / "config").exists()
    )
    return shutil.which("kubectl") is not None and bool(configured)


class KubernetesClient:
    """One namespace of the cluster that kubectl is set up for."""

    def __init__(self, namespace: str = "cost-mgmt") -> None:
        self.namespace = namespace

    def kubectl(self, *arguments: str, stdin: bytes | None = None, timeout: float = 120) -> bytes:
        """What `kubectl -n NAMESPACE ARGUMENTS…` prints; KubernetesError when it fails."""
        verb, rest = arguments[0], arguments[1:]
        try:
            done = subprocess.run(
                ["kubectl", verb, "-n", self.namespace, *rest],
                input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL,
                capture_output=True, timeout=timeout, check=False,
            )  # fmt: skip
        except FileNotFoundError:
            raise KubernetesError("kubectl is not on the path; --local validates this machine instead") from None
        except subprocess.TimeoutExpired:
            raise KubernetesError(f"kubectl {verb} did not end within {timeout:.0f} s") from None
        if done.returncode != 0:
            said = (done.stdout + done.stderr).decode(errors="replace").strip()[-3000:]
            raise KubernetesError(f"kubectl {verb} {' '.join(rest[:3])}: {said}")
        return done.stdout

    def get(self, kind: str, name: str | None = None, label_selector: str | None = None) -> Any:
        """An object, or without a name the list of those of its kind, as kubectl shows them in JSON."""
        arguments = ["get", kind, *([name] if name else []), *(["-l", label_selector] if label_selector else [])]
        found = json.loads(self.kubectl(*arguments, "-o", "json"))
        return found if name else found.get("items", [])

    # pods

    def get_pods(self, label_selector: str | None = None) -> list[dict[str, Any]]:
        """The pods that carry the labels."""
        return self.get("pods", label_selector=label_selector)

    def get_pod_by_component(self, component: str) -> str | None:
        """The name of a running pod of that component, or None."""
        pods = self.get_pods(f"{COMPONENT}={component}")
        running = [pod for pod in pods if pod.get("status", {}).get("phase") == "Running"]
        return running[0]["metadata"]["name"] if running else None

    def discover_postgresql_pod(self) -> str | None:
        """The pod of database koku: by its component, else by its name."""
        for component in ("database", "postgresql"):
            name = self.get_pod_by_component(component)
            if name:
                return name
        names = [pod["metadata"]["name"] for pod in self.get_pods() if pod.get("status", {}).get("phase") == "Running"]
        return next((name for name in names if "koku-db" in name or "postgres" in name), None)

    def get_pod_health(self) -> dict[str, int]:
        """How many pods there are, run, and are ready."""
        pods = self.get_pods()
        return {
            "total": len(pods),
            "running": sum(pod.get("status", {}).get("phase") == "Running" for pod in pods),
            "ready": sum(pod_ready(pod) for pod in pods),
        }

    def exec_in_pod(
        self, pod: str, command: Sequence[str], container: str | None = None, stdin: bytes | None = None
    ) -> str:
        """What a command prints that runs in a pod; KubernetesError when it fails."""
        named = ["-c", container] if container else []
        interactive = ["-i"] if stdin is not None else []
        return self.kubectl("exec", *interactive, pod, *named, "--", *command, stdin=stdin, timeout=900).decode()

    def python_exec(self, pod: str, code: str, stdin: bytes | None = None) -> str:
        """What a Python program prints that runs in a pod."""
        return self.exec_in_pod(pod, ["python3", "-c", code], stdin=stdin)

    def postgres_exec(self, pod: str, database: str, sql: str) -> str:
        """What psql prints of a statement, as role postgres of a database pod."""
        return self.exec_in_pod(pod, ["psql", "-U", "postgres", "-d", database, "-c", sql])

    def logs(self, component: str, tail: int = 100) -> str:
        """The last lines of a component's logs."""
        return self.kubectl("logs", "-l", f"{COMPONENT}={component}", f"--tail={tail}").decode(errors="replace")

    # secrets and services

    def get_secret(self, name: str, key: str) -> str:
        """A value of a Secret."""
        data = self.get("secret", name).get("data", {})
        if key not in data:
            raise KubernetesError(f"Secret {name} has no key {key}; it has {', '.join(sorted(data)) or 'none'}")
        return base64.b64decode(data[key]).decode()

    def discover_database_secret(
        self, pod_name: str = "koku-koku-db-0", env_var_name: str = "POSTGRES_PASSWORD"
    ) -> dict[str, str] | None:
        """Where a database pod's password comes from: {"secret_name", "key"}, or None."""
        for container in self.get("pod", pod_name)["spec"]["containers"]:
            for entry in container.get("env", []):
                reference = entry.get("valueFrom", {}).get("secretKeyRef")
                if entry["name"] == env_var_name and reference:
                    return {"secret_name": reference["name"], "key": reference["key"]}
        return None

    def service_of_component(self, component: str) -> tuple[str, int] | None:
        """Name and port of the Service that leads to a component."""
        for service in self.get("services"):
            spec = service.get("spec", {})
            if (spec.get("selector") or {}).get(COMPONENT) == component:
                return service["metadata"]["name"], spec["ports"][0]["port"]
        return None

    def get_service_endpoint(self, name: str) -> str:
        """A Service's "ip:port"."""
        spec = self.get("service", name)["spec"]
        return f"{spec.get('clusterIP', name)}:{spec['ports'][0]['port']}"

    @contextmanager
    def port_forward(self, target: str, port: int) -> Iterator[int]:
        """Forwards a free local port to "svc/NAME" or "pod/NAME" while it is open; yields the local port."""
        local = free_port()
        process = subprocess.Popen(
            ["kubectl", "port-forward", "-n", self.namespace, target, f"{local}:{port}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            _await_port(process, local, target)
            yield local
        finally:
            process.terminate()
            process.communicate(timeout=10)


def pod_ready(pod: dict[str, Any]) -> bool:
    """Whether all containers of a pod are ready; a pod without a word of them counts as it runs."""
    status = pod.get("status", {})
    containers = status.get("containerStatuses")
    if containers is None:
        return status.get("phase") == "Running"
    return all(container.get("ready") for container in containers)


def free_port() -> int:
    """A port of the loopback address that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _await_port(process: subprocess.Popen, port: int, target: str) -> None:
    deadline = time.monotonic() + FORWARD_SECONDS
    while True:
        if process.poll() is not None:
            raise KubernetesError(f"kubectl port-forward {target}: {(process.communicate()[1] or '').strip()}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise KubernetesError(f"kubectl port-forward {target}: no answer in {FORWARD_SECONDS} s") from None
            time.sleep(0.05)
