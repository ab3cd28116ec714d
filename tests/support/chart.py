"""The chart of deploy/, rendered by Helm, and the schemas its objects are checked against."""

from __future__ import annotations

import functools
import json
import pathlib
import re
import subprocess

import kubernetes_validate
import yaml

from .process import ROOT

CHART = ROOT / "deploy" / "chart" / "cost-mgmt"
TOOLS = ROOT / "build" / "tools"
KUBERNETES = "1.31.0"
VALUES_FILES = ("values.yaml", "values-one-node.yaml", "values-many-workers.yaml")

Manifest = dict


def helm(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([TOOLS / "helm", *arguments], capture_output=True, text=True, timeout=60)


@functools.cache
def template(*options: str, values: str = "values.yaml") -> subprocess.CompletedProcess:
    """`helm template` as the guide's installation: release koku in namespace cost-mgmt."""
    return helm(
        "template", "koku", str(CHART), "-n", "cost-mgmt", "--kube-version", KUBERNETES,
        "-f", str(CHART / values), *options,
    )  # fmt: skip


def render(*options: str, values: str = "values.yaml") -> list[Manifest]:
    done = template(*options, values=values)
    assert done.returncode == 0, done.stderr
    return [document for document in yaml.safe_load_all(done.stdout) if document]


def of_kind(objects: list[Manifest], kind: str) -> dict[str, Manifest]:
    """The objects of a kind by their names."""
    return {o["metadata"]["name"]: o for o in objects if o["kind"] == kind}


def pod_specs(objects: list[Manifest]) -> dict[str, Manifest]:
    """Of everything that makes pods."""
    workloads = {**of_kind(objects, "Deployment"), **of_kind(objects, "StatefulSet")}
    return {name: o["spec"]["template"]["spec"] for name, o in workloads.items()} | {
        name: o["spec"] for name, o in of_kind(objects, "Pod").items()
    }


KINDS = (
    "configmap-v1", "deployment-apps-v1", "ingress-networking-v1", "networkpolicy-networking-v1", "pod-v1",
    "poddisruptionbudget-policy-v1", "secret-v1", "service-v1", "serviceaccount-v1", "statefulset-apps-v1",
)  # fmt: skip


def write_schemas(folder: pathlib.Path) -> None:
    """JSON schemas as kubeconform looks for them: Kubernetes' own, and those of two custom resources."""
    package = pathlib.Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema"
    package /= f"v{KUBERNETES}-local-strict"
    definitions = json.loads((package / "_definitions.json").read_text())["$defs"]
    for kind in KINDS:
        schema = json.loads((package / f"{kind}.json").read_text())
        schema.pop("$id", None)
        # Only the definitions that it leads to: kubeconform reads them anew for each object.
        schema["$defs"], text = {}, json.dumps(schema)
        while names := set(re.findall(r"#/\$defs/([^\"]+)", text)) - set(schema["$defs"]):
            more = {name: definitions[name] for name in names}
            schema["$defs"] |= more
            text = json.dumps(more)
        (folder / f"{kind}.json").write_text(json.dumps(schema).replace("/api/_definitions.json", ""))
    for path in TOOLS.glob("*-crd.yaml"):
        definition = yaml.safe_load(path.read_text())
        group = definition["spec"]["group"].split(".")[0]
        for version in definition["spec"]["versions"]:
            name = f"{definition['spec']['names']['kind'].lower()}-{group}-{version['name']}.json"
            (folder / name).write_text(json.dumps(strict(version["schema"]["openAPIV3Schema"])))


def strict(schema):
    """The same schema, but nothing that it does not name is allowed, as the API server's strict mode does."""
    if isinstance(schema, list):
        return [strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: strict(value) for key, value in schema.items() if value is not None}
    named = isinstance(schema.get("properties"), dict) and "additionalProperties" not in schema
    if schema.get("type") == "object" and named and schema.get("x-kubernetes-preserve-unknown-fields") is not True:
        made["additionalProperties"] = False
    return made


def kubeconform(folder: pathlib.Path, manifests: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [
            TOOLS / "kubeconform", "-strict", "-summary", "-kubernetes-version", KUBERNETES,
            "-schema-location", f"{folder}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json", "-",
        ],
        input=manifests, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
