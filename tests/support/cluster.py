"""The chart's rendered objects as local processes: each pod a program with its container's arguments and
environment. What a real cluster adds, names of Services and mounted volumes, is put into the environment
instead. `kubectl` beside this file finds the pods by the state that is written here."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import pathlib
import pwd
import re
import signal
import subprocess
import sys

import requests

from .chart import Manifest, of_kind
from .process import ROOT, free_port, kontor_binary, make_folder, remove_folder, wait_until

NAMESPACE = "cost-mgmt"


def postgres_programs() -> pathlib.Path:
    return max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))


def as_stored(manifest: Manifest) -> Manifest:
    """As an API server gives it back: what a Secret was given as text is encoded."""
    encoded = {k: base64.b64encode(v.encode()).decode() for k, v in manifest.get("stringData", {}).items()}
    kept = {k: v for k, v in manifest.items() if k != "stringData"}
    return {**kept, "data": {**manifest.get("data", {}), **encoded}} if encoded else kept


class Pod:
    def __init__(self, cluster: Cluster, name: str, owner: Manifest) -> None:
        template = owner["spec"]["template"]
        self.name, self.owner = name, owner["metadata"]["name"]
        self.metadata = {"name": name, **template["metadata"]}
        self.spec = template["spec"]
        self.container = self.spec["containers"][0]
        self.folder = cluster.folder / name
        self.folder.mkdir()
        self.port = free_port()
        self.log = self.folder / "log"
        self.process: subprocess.Popen | None = None
        self.environment: dict[str, str] = {}
        self.files: dict[str, str] = {}  # a path in the container, and where it is here

    def state(self) -> dict:
        return {
            "kind": "Pod", "metadata": self.metadata, "spec": self.spec, "status": {"phase": "Running"},
            "owner": self.owner, "log": str(self.log), "port": self.port, "environment": self.environment,
            "files": self.files,
        }  # fmt: skip

    def spawn(self, command: list, **options) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **options
            )

    def stop(self, how: signal.Signals) -> int:
        if self.process is None:
            return 0
        self.process.send_signal(how)
        code, self.process = self.process.wait(timeout=90), None
        return code


class Cluster:
    """All pods of the objects of a chart; `more` are variables that the machine gives every pod."""

    def __init__(self, objects: list[Manifest], **more: str) -> None:
        self.folder = make_folder()
        self.objects, self.more = objects, more
        self.databases = [self.pod(f"{name}-0", o) for name, o in of_kind(objects, "StatefulSet").items()]
        self.servers = [
            self.pod(f"{name}-{hashlib.sha256(repr(o).encode()).hexdigest()[:10]}-{i:05x}", o)
            for name, o in of_kind(objects, "Deployment").items()
            for i in range(o["spec"]["replicas"])
        ]
        self.tools = self.folder / "bin"
        self.tools.mkdir()
        for name, target in {"kubectl": ROOT / "tests/support/kubectl", "kontor": kontor_binary()}.items():
            (self.tools / name).symlink_to(target)
        for name in ("python", "python3"):
            (self.tools / name).write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
            (self.tools / name).chmod(0o755)
        self.state = self.folder / "cluster.json"

    def pod(self, name: str, owner: Manifest) -> Pod:
        return Pod(self, name, owner)

    # what a container is given

    def data_of(self, kind: str, name: str) -> dict[str, bytes]:
        source = of_kind(self.objects, kind)[name]
        encoded = {k: base64.b64decode(v) for k, v in source.get("data", {}).items()} if kind == "Secret" else {}
        plain = source.get("stringData" if kind == "Secret" else "data", {})
        return encoded | {k: v.encode() for k, v in plain.items()}

    def variables(self, pod: Pod) -> dict[str, str]:
        values: dict[str, str] = {}
        for source in pod.container.get("envFrom", []):
            values |= {k: v.decode() for k, v in self.data_of("ConfigMap", source["configMapRef"]["name"]).items()}
        for entry in pod.container.get("env", []):
            reference = entry.get("valueFrom", {}).get("secretKeyRef")
            values[entry["name"]] = (
                self.data_of("Secret", reference["name"])[reference["key"]].decode() if reference else entry["value"]
            )
        return values

    def mount(self, pod: Pod) -> None:
        volumes = {v["name"]: v for v in pod.spec["volumes"]}
        for mount in pod.container["volumeMounts"]:
            folder = pod.folder / mount["name"]
            folder.mkdir()
            pod.files[mount["mountPath"]] = str(folder)
            volume = volumes.get(mount["name"], {})
            if "secret" in volume or "configMap" in volume:
                kind, source = ("Secret", volume["secret"]["secretName"]) if "secret" in volume else (
                    "ConfigMap", volume["configMap"]["name"])  # fmt: skip
                for key, content in self.data_of(kind, source).items():
                    (folder / key).write_bytes(content)

    def prepare(self, pod: Pod) -> None:
        """Its environment, with names and paths as they are on this machine."""
        self.mount(pod)
        ports = {f"{other.owner}:5432": f"127.0.0.1:{other.port}" for other in self.databases}
        values = {**self.variables(pod), **self.more}
        for name, value in values.items():
            value = re.sub("|".join(map(re.escape, ports)), lambda m: ports[m[0]], value) if ports else value
            for inside, local in pod.files.items():
                if value == inside or value.startswith(inside + "/"):
                    value = local + value[len(inside) :]
            values[name] = value
        pod.environment = {
            "PATH": f"{self.tools}:{postgres_programs()}:{os.environ['PATH']}", "HOME": "/nonexistent", **values,
            **{k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")},
        }  # fmt: skip

    # life

    def start(self) -> Cluster:
        for pod in self.databases + self.servers:
            self.prepare(pod)
        for pod in self.databases:
            self.start_database(pod)
        for pod in self.servers:
            pod.files["/opt/koku"] = str(ROOT / "deploy/image/opt/koku")
            pod.environment["KONTOR_LISTEN"] = f"127.0.0.1:{pod.port}"
        self.start_servers()
        kinds = ("Service", "Deployment", "StatefulSet", "Secret", "ConfigMap")
        self.state.write_text(
            json.dumps(
                {
                    "namespace": NAMESPACE,
                    "pods": {p.name: p.state() for p in self.databases + self.servers},
                    "objects": [as_stored(o) for o in self.objects if o["kind"] in kinds],
                }
            )
        )
        return self

    def start_servers(self) -> None:
        for pod in self.servers:
            pod.spawn([*pod.container["command"], *pod.container["args"]])
        for pod in self.servers:
            path = pod.container["readinessProbe"]["httpGet"]["path"]
            wait_until(lambda pod=pod, path=path: self.ready(pod, path), 90, f"{pod.name} is ready: {pod.log}")

    def stop_servers(self) -> None:
        codes = {pod.name: pod.stop(signal.SIGTERM) for pod in self.servers}
        for pod in self.servers:
            log = pod.log.read_text()
            assert codes[pod.name] == 0 and "Sanitizer" not in log, f"{pod.name} ended so:\n{log[-3000:]}"

    def ready(self, pod: Pod, path: str) -> bool:
        assert pod.process is not None and pod.process.poll() is None, pod.log.read_text()[-3000:]
        try:
            return requests.get(f"http://127.0.0.1:{pod.port}{path}", timeout=5).status_code == 200
        except requests.ConnectionError:
            return False

    def start_database(self, pod: Pod) -> None:
        """As the image's entry point does it: a new cluster with a superuser's password, then the scripts."""
        as_user = {}
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            as_user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
            for path in (pod.folder, *pod.folder.rglob("*")):
                os.chown(path, account.pw_uid, account.pw_gid)
        environment = pod.environment
        environment |= {"PGHOST": pod.files["/var/run/postgresql"], "PGPORT": str(pod.port), "LC_ALL": "C.UTF-8"}

        def run(*command: str, **options) -> None:
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, timeout=60, **as_user, **options
            )
            assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"

        password = pod.folder / "password"
        password.write_text(environment["POSTGRES_PASSWORD"])
        password.chmod(0o644)
        run(
            "initdb", "-D", environment["PGDATA"], "-U", environment["POSTGRES_USER"], f"--pwfile={password}",
            "--auth-local=trust", "--auth-host=scram-sha-256", "--encoding=UTF8", "-N",
        )  # fmt: skip
        pod.spawn(
            ["postgres", "-D", environment["PGDATA"], "-p", str(pod.port), "-c", "listen_addresses=127.0.0.1",
             "-c", f"unix_socket_directories={environment['PGHOST']}", *pod.container["args"]],
            **as_user,
        )  # fmt: skip
        wait_until(
            lambda: subprocess.run(["pg_isready", "-q"], env=environment, check=False).returncode == 0,
            30, f"{pod.name} is ready: {pod.log}",
        )  # fmt: skip
        user, database = environment["POSTGRES_USER"], environment["POSTGRES_DB"]
        run("psql", "-U", user, "-d", "postgres", "-c", f'CREATE DATABASE "{database}"')
        for script in sorted(pathlib.Path(pod.files["/docker-entrypoint-initdb.d"]).glob("*.sh")):
            run("bash", "-eu", str(script))

    def shell(self, text: str, **more: str) -> subprocess.CompletedProcess:
        """Runs a document's command as a reader's shell would, with the stand-in first on the path."""
        environment = {
            **os.environ, "PATH": f"{self.tools}:{os.environ['PATH']}", "KONTOR_CLUSTER": str(self.state),
            "KUBECONFIG": str(self.state), **more,
        }  # fmt: skip
        return subprocess.run(
            ["bash", "-c", text], env=environment, capture_output=True, text=True, timeout=120,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def log(self, component: str) -> str:
        label = "app.kubernetes.io/component"
        return "".join(p.log.read_text() for p in self.servers if p.metadata["labels"][label] == component)

    def close(self) -> None:
        try:
            self.stop_servers()
        finally:
            for pod in self.databases:
                pod.stop(signal.SIGINT)
            remove_folder(self.folder)
