"""The chart: rendered with each values file, checked by Helm, by schemas and by what users rely on."""

from __future__ import annotations

import base64
import re
import subprocess

import pytest
import yaml
from support.chart import (
    CHART,
    TOOLS,
    VALUES_FILES,
    helm,
    kubeconform,
    of_kind,
    pod_specs,
    render,
    template,
    write_schemas,
)  # fmt: skip
from support.process import ROOT, kontor_binary

pytestmark = pytest.mark.skipif(not (TOOLS / "helm").exists(), reason="no helm: run scripts/setup-tests.sh")

EVERYTHING = [
    "--set", "ingress.enabled=true,route.enabled=true,route.host=h,metrics.serviceMonitor.enabled=true",
    "--set", "s3.existingSecret=s3-keys,s3.caConfigMap=s3-ca,s3.endpoint=https://s3.example.com",
    "--set", "kafka.brokers=kafka:9092,kafka.saslSecret=sasl,kafka.saslMechanism=PLAIN,sources.pskSecret=psks",
    "--set", "access.oidc.issuer=https://sso/realms/x,access.oidc.audience=cost,access.oidc.clientId=ui",
    "--set", "access.oidc.caConfigMap=oidc-ca,access.oidc.port=8443,access.usersSecret=users",
    "--set", "settings.KONTOR_LOG_LEVEL=debug,ingress.tlsSecret=tls,imagePullSecrets[0].name=pull",
]  # fmt: skip
ROLES = {"koku-sources-api": "sources-api", "koku-koku-api": "cost-management-api", "koku-masu": "masu"}


@pytest.fixture(scope="module")
def objects():
    return render()


@pytest.fixture(scope="module")
def schemas(tmp_path_factory):
    folder = tmp_path_factory.mktemp("schemas")
    write_schemas(folder)
    return folder


def container(spec: dict) -> dict:
    assert len(spec["containers"]) == 1
    return spec["containers"][0]


def cores(quantity: str | int) -> float:
    text = str(quantity)
    return float(text[:-1]) / 1000 if text.endswith("m") else float(text)


def mebibytes(quantity: str) -> float:
    number, unit = re.fullmatch(r"(\d+)(Mi|Gi)", quantity).groups()
    return int(number) * (1024 if unit == "Gi" else 1)


@pytest.mark.parametrize("values", VALUES_FILES)
def test_helm_lint(values):
    done = helm("lint", "--strict", str(CHART), "-f", str(CHART / values))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 chart(s) failed" in done.stdout


def test_objects_fit_the_published_schemas(schemas):
    """All at once: reading the schemas takes longer than to use them."""
    rendered = [template(*options, values=values).stdout for values in VALUES_FILES for options in ([], EVERYTHING)]
    done = kubeconform(schemas, "\n".join(rendered))
    assert done.returncode == 0, done.stdout + done.stderr
    summary = re.search(r"Valid: (\d+), Invalid: 0, Errors: 0, Skipped: 0", done.stdout)
    assert summary is not None and int(summary[1]) >= 6 * 13, done.stdout


def test_the_schemas_notice_a_wrong_field(schemas, objects):
    broken = yaml.safe_dump(of_kind(objects, "Service")["koku-masu"] | {"spec": {"portz": []}})
    assert kubeconform(schemas, broken).returncode != 0


def test_the_services_of_the_guide(objects):
    services = of_kind(objects, "Service")
    assert set(services) == {*ROLES, "koku-koku-db", "koku-sources-db"}
    deployments = of_kind(objects, "Deployment")
    assert set(deployments) == set(ROLES)
    for name, role in ROLES.items():
        assert services[name]["spec"]["ports"] == [
            {"name": "http", "port": 8000, "targetPort": "http", "protocol": "TCP"}
        ]
        pod = deployments[name]["spec"]["template"]
        assert pod["metadata"]["labels"]["app.kubernetes.io/component"] == role
        assert container(pod["spec"])["args"] == ["serve", "--roles", role]
        assert services[name]["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
        assert container(pod["spec"])["ports"] == [{"name": "http", "containerPort": 8000, "protocol": "TCP"}]


def test_selectors_tell_the_parts_apart(objects):
    workloads = [*of_kind(objects, "Deployment").values(), *of_kind(objects, "StatefulSet").values()]
    labels = {w["metadata"]["name"]: w["spec"]["template"]["metadata"]["labels"] for w in workloads}
    for workload in workloads:
        wanted = workload["spec"]["selector"]["matchLabels"].items()
        assert [name for name, have in labels.items() if wanted <= have.items()] == [workload["metadata"]["name"]]


def test_the_databases_of_the_guide(objects):
    databases = of_kind(objects, "StatefulSet")
    assert set(databases) == {"koku-koku-db", "koku-sources-db"}
    names = {}
    for name, database in databases.items():
        assert database["spec"]["replicas"] == 1 and database["spec"]["serviceName"] == name
        environment = {e["name"]: e.get("value") for e in container(database["spec"]["template"]["spec"])["env"]}
        names[name] = environment["POSTGRES_DB"]
        assert environment["POSTGRES_USER"] == "postgres"
    assert names == {"koku-koku-db": "koku", "koku-sources-db": "sources_api_development"}


@pytest.mark.parametrize("values", ["values.yaml", "values-one-node.yaml"])
def test_requests_are_small(values):
    """Everything but the databases: half a core, half a GiB."""
    objects = render(values=values)
    cpu = memory = 0.0
    for deployment in of_kind(objects, "Deployment").values():
        spec = deployment["spec"]["template"]["spec"]
        requests = container(spec)["resources"]["requests"]
        cpu += deployment["spec"]["replicas"] * cores(requests["cpu"])
        memory += deployment["spec"]["replicas"] * mebibytes(requests["memory"])
    assert cpu <= 0.5 and memory <= 512


@pytest.mark.parametrize("values", VALUES_FILES)
def test_pods_are_locked_down(values):
    for name, spec in pod_specs(render(values=values)).items():
        assert spec["automountServiceAccountToken"] is False, name
        assert spec["securityContext"]["runAsNonRoot"] is True, name
        assert spec["securityContext"]["runAsUser"] > 0, name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert container(spec)["securityContext"] == {
            "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
        }, name  # fmt: skip
        assert "memory" in container(spec)["resources"]["limits"], name


def test_probes(objects):
    for name in ROLES:
        one = container(of_kind(objects, "Deployment")[name]["spec"]["template"]["spec"])
        assert one["startupProbe"]["httpGet"] == {"path": "/livez", "port": "http"}
        assert one["livenessProbe"]["httpGet"] == {"path": "/livez", "port": "http"}
        assert one["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "http"}
    for database in of_kind(objects, "StatefulSet").values():
        assert container(database["spec"]["template"]["spec"])["readinessProbe"]["exec"]["command"][0] == "pg_isready"


def test_what_is_written_to_is_mounted(objects):
    """The root file systems are read-only."""
    for name, spec in pod_specs(objects).items():
        writable = {m["mountPath"] for m in container(spec).get("volumeMounts", []) if not m.get("readOnly")}
        if name in ROLES:
            assert writable == {"/var/lib/kontor", "/tmp"}
        elif name.endswith("-db"):
            assert writable == {"/var/lib/postgresql/data", "/var/run/postgresql", "/tmp", "/dev/shm"}


def test_volumes_and_mounts_match():
    for name, spec in pod_specs(render(*EVERYTHING)).items():
        mounts = {m["name"] for m in container(spec).get("volumeMounts", [])}
        claims = {"data"} if name.endswith("-db") else set()
        assert mounts == {v["name"] for v in spec.get("volumes", [])} | claims, name


@pytest.mark.parametrize("options", [[], EVERYTHING], ids=["as-it-is", "everything-on"])
def test_every_setting_is_one_of_the_program(options):
    known = set(re.findall(r"`([A-Z][A-Z0-9_]+)`", subprocess.check_output([kontor_binary(), "config"], text=True)))
    objects = render(*options)
    used = set(of_kind(objects, "ConfigMap")["koku-settings"]["data"])
    for name in ROLES:
        used |= {e["name"] for e in container(of_kind(objects, "Deployment")[name]["spec"]["template"]["spec"])["env"]}
    # The region is boto3's, for the guide's look at the buckets from within the pod.
    assert used - {"AWS_DEFAULT_REGION"} <= known


def test_no_secret_stands_in_a_pod_or_config_map():
    objects = render(*EVERYTHING)
    secrets = of_kind(objects, "Secret")
    values = [v for s in secrets.values() for v in {**s.get("stringData", {}), **s.get("data", {})}.values()]
    assert len(values) >= 6
    others = yaml.safe_dump_all([o for o in objects if o["kind"] != "Secret"])
    for value in values:
        assert value not in others


def test_the_secrets_fit_each_other(objects):
    secrets = of_kind(objects, "Secret")
    database = secrets["koku-database"]["stringData"]
    assert len(database["admin-password"]) == len(database["koku-password"]) == 32
    assert database["koku-url"] == f"postgresql://kontor:{database['koku-password']}@koku-koku-db:5432/koku"
    assert database["sources-url"] == (
        f"postgresql://kontor:{database['sources-password']}@koku-sources-db:5432/sources_api_development"
    )
    assert len(base64.b64decode(secrets["koku-secret-key"]["data"]["secret.key"])) == 32


def test_secrets_of_the_users_own_are_only_named():
    objects = render(
        "--set", "database.internal=false,database.existingSecret=urls,secretKey.existingSecret=key"
    )  # fmt: skip
    assert not of_kind(objects, "Secret") and not of_kind(objects, "StatefulSet")
    text = yaml.safe_dump_all(objects)
    assert "name: urls" in text and "secretName: key" in text


def test_network_policies_cover_every_pod():
    objects = render(*EVERYTHING)
    policies = of_kind(objects, "NetworkPolicy")
    for name in {*ROLES, "koku-koku-db", "koku-sources-db"}:
        workload = {**of_kind(objects, "Deployment"), **of_kind(objects, "StatefulSet")}[name]
        selector = policies[name]["spec"]["podSelector"]["matchLabels"]
        assert selector.items() <= workload["spec"]["template"]["metadata"]["labels"].items()
        assert policies[name]["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert policies["koku-koku-db"]["spec"]["egress"] == []
    ports = {
        name: {p["port"] for rule in policies[name]["spec"]["egress"] for p in rule.get("ports", [])} for name in ROLES
    }
    assert ports["koku-masu"] == {53, 5353, 5432, 443, 8443}
    assert ports["koku-sources-api"] == {53, 5353, 5432, 9092, 9093, 8443}


def test_many_workers():
    objects = render(values="values-many-workers.yaml")
    assert of_kind(objects, "Deployment")["koku-masu"]["spec"]["replicas"] == 6
    assert of_kind(objects, "PodDisruptionBudget")["koku-masu"]["spec"]["maxUnavailable"] == 1
    monitor = of_kind(objects, "ServiceMonitor")["koku"]["spec"]
    services = of_kind(objects, "Service").values()
    assert {s["metadata"]["labels"]["app.kubernetes.io/component"] for s in services} == set(
        monitor["selector"]["matchExpressions"][0]["values"]
    )


@pytest.mark.parametrize("access", ["trustedGateway=true", "usersSecret=u", "oidc.issuer=https://s,access.oidc.audience=a"])
def test_any_way_to_know_callers_opens_the_ingress(access):
    objects = render("--set", f"ingress.enabled=true,ingress.host=cost.example.com,access.{access}")
    rule = of_kind(objects, "Ingress")["koku"]["spec"]["rules"][0]
    assert rule["host"] == "cost.example.com"
    assert {p["path"]: p["backend"]["service"]["name"] for p in rule["http"]["paths"]} == {
        "/api/sources": "koku-sources-api", "/api/cost-management": "koku-koku-api", "/": "koku-koku-api",
    }  # fmt: skip
    trusted = of_kind(objects, "ConfigMap")["koku-settings"]["data"].get("KONTOR_TRUST_IDENTITY_HEADERS")
    assert trusted == ("always" if access.startswith("trusted") else None)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--set", "ingress.enabled=true"], "access.trustedGateway"),
        (["--set", "route.enabled=true"], "access.trustedGateway"),
        (["--set", "route.enabled=true,access.trustedGateway=true"], "route.host"),
        (["--set", "access.oidc.issuer=https://sso"], "access.oidc.audience"),
        (["--set", "database.internal=false"], "database.existingSecret"),
        (["--set", "s3.endpont=https://s3"], "endpont"),
        (["--set", "masu.replicas=-1"], "replicas"),
        (["--set", "s3.endpoint=s3.example.com"], "endpoint"),
    ],
)
def test_what_cannot_work_is_refused(options, words):
    done = template(*options)
    assert done.returncode != 0 and words in done.stderr


def test_another_name_goes_through():
    objects = render("--set", "fullnameOverride=costs")
    names = {o["metadata"]["name"] for o in objects}
    assert all(name.startswith("costs") for name in names)
    assert "costs-koku-db:5432" in of_kind(objects, "Secret")["costs-database"]["stringData"]["koku-url"]


def test_versions_are_one():
    version = re.search(r"version: '([^']+)'", (ROOT / "meson.build").read_text())
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["appVersion"] == version[1]
