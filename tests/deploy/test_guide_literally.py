"""Every command of the guide, word for word, on the pods of the rendered chart (support/cluster.py).

What a reader fills in is filled in: ids, the file, where the S3 server's name leads to. Nothing else is changed.
"""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys

import pytest
import requests
import yaml
from conftest import AWS_SMALL
from support.chart import TOOLS, render
from support.cluster import Cluster
from support.names import NameProxy
from support.process import ROOT, make_folder, remove_folder, wait_until
from support.s3 import ACCESS_KEY, SECRET_KEY, S3Server
from support.server import NOW, identity

GUIDE = pathlib.Path(os.environ.get("KONTOR_GUIDE", ROOT.parent / "shared" / "spec" / "provider-management.md"))

pytestmark = [
    pytest.mark.skipif(not GUIDE.exists(), reason=f"no guide at {GUIDE}"),
    pytest.mark.skipif(not (TOOLS / "helm").exists(), reason="no helm: run scripts/setup-tests.sh"),
]

OCTOBER = (
    AWS_SMALL / "reports/cost-report/20261001-20261101/f9f7d1b5-66e0-4388-9e0a-af3550901b32"
    "/October-2026-cost-report.csv.gz"
)
TOTAL = "1994.605725686361046"
ORG = "org1234567"
# The commands' numbers in the order of the document; 8 has two.
NUMBERS = [1, 2, 3, 4, 5, 6, 7, 8, 8.5, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24]


def blocks() -> list[tuple[str, str]]:
    """The fenced blocks with a language; those of numbered lists without their indent, where they have one."""
    found = re.findall(r"^( *)```(\w+)\n(.*?)^ *```", GUIDE.read_text(), re.S | re.M)
    return [(kind, re.sub(rf"^ {{0,{len(indent)}}}", "", text, flags=re.M)) for indent, kind, text in found]


def commands() -> list[str]:
    made = []
    for kind, text in blocks():
        if kind == "python":
            made.append(text)
            continue
        comment = "# " if kind == "bash" else "-- "
        for part in re.split(rf"^(?={comment})", text, flags=re.M):
            bare = "\n".join(line for line in part.splitlines() if not line.startswith(comment)).strip()
            if bare:
                made.append(bare)
    return made


COMMANDS = dict(zip(NUMBERS, commands(), strict=False)) if GUIDE.exists() else {}


def free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


class Reader:
    """One who follows the guide on a cluster: with ids noted down, and the port 8001, or another if it is taken."""

    def __init__(self, cluster: Cluster, **environment: str) -> None:
        self.cluster, self.environment = cluster, environment
        self.noted: dict[str, str] = {}
        if not free(8001):
            with socket.create_server(("127.0.0.1", 0)) as taken:
                self.noted["8001"] = str(taken.getsockname()[1])

    def command(self, number: float) -> str:
        text = COMMANDS[number]
        for word, value in self.noted.items():
            text = text.replace(word, value)
        return text

    def follow(self, number: float, standard_input: str | None = None, **more: str) -> str:
        text = self.command(number)
        if standard_input is not None:  # whoever types statements asks kubectl for a terminal
            text = text.replace("kubectl exec", "kubectl exec -i") + f" <<'SQL'\n{standard_input}\nSQL"
        done = self.cluster.shell(text, **self.environment, **more)
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def type_in_psql(self, number: float) -> str:
        """A statement, typed in the session that command 9 opens."""
        return self.follow(9, self.command(number))


@pytest.fixture(scope="module")
def certificate():
    folder = make_folder()
    path = folder / "s3.pem"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=s3-endpoint",
            "-addext", "subjectAltName=DNS:s3-endpoint,DNS:your-s3-endpoint,IP:127.0.0.1",
            "-keyout", str(folder / "key"), "-out", str(folder / "certificate"),
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    path.write_text((folder / "key").read_text() + (folder / "certificate").read_text())
    yield path
    remove_folder(folder)


@pytest.fixture(scope="module")
def storage(certificate):
    server = S3Server(certificate)
    server.upload_folder(AWS_SMALL / "reports" / "cost-report", "my-cost-bucket", "my-cost-report/")
    server.client.create_bucket(Bucket="my-bucket")
    yield server
    server.close()


@pytest.fixture(scope="module")
def reader(storage, certificate):
    names = NameProxy({"s3-endpoint": storage.port, "your-s3-endpoint": storage.port})
    objects = render(
        "--set", "s3.endpoint=https://s3-endpoint,s3.existingSecret=s3-keys,s3.caConfigMap=s3-ca",
        "--set", f"settings.KONTOR_NOW={NOW},settings.KONTOR_POLL_INTERVAL=2",
    ) + [
        {"kind": "Secret", "metadata": {"name": "s3-keys"},
         "stringData": {"access-key": ACCESS_KEY, "secret-key": SECRET_KEY}},
        {"kind": "ConfigMap", "metadata": {"name": "s3-ca"}, "data": {"ca.crt": certificate.read_text()}},
    ]  # fmt: skip
    # Where a cluster's DNS would lead to the S3 server, a proxy does.
    proxy = {"HTTPS_PROXY": names.url, "NO_PROXY": "127.0.0.1,localhost"}
    cluster = Cluster(objects, **proxy).start()
    work = make_folder()
    shutil.copy(OCTOBER, work / "my-cur-file.csv.gz")
    mine = {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CA_BUNDLE": str(certificate), "PATH": f"{cluster.tools}:{pathlib.Path(sys.executable).parent}:"
        + os.environ["PATH"], "PYTHONPATH": str(ROOT / "clients" / "python"),
    }  # fmt: skip
    follower = Reader(cluster, **mine, **proxy)
    follower.work = work
    yield follower
    cluster.close()
    names.close()
    remove_folder(work)


@pytest.fixture(scope="module")
def forwarded(reader):
    """Command 1 in a terminal of its own."""
    environment = {**os.environ, "PATH": f"{reader.cluster.tools}:{os.environ['PATH']}",
                   "KONTOR_CLUSTER": str(reader.cluster.state)}  # fmt: skip
    terminal = subprocess.Popen(
        ["bash", "-c", f"exec {reader.command(1)}"], env=environment, stdout=subprocess.PIPE, text=True
    )
    line = terminal.stdout.readline()
    yield line
    terminal.terminate()
    terminal.wait()


def provider(reader: Reader, name: str) -> str:
    rows = reader.cluster.shell(
        "kubectl exec -n cost-mgmt koku-koku-db-0 -- psql -U postgres -d koku -At"
        f" -c \"SELECT uuid FROM api_provider WHERE name = '{name}'\""
    )  # fmt: skip
    return rows.stdout.strip()


def october(reader: Reader, wanted: str) -> str:
    """What a provider's October costs, by the database."""
    sql = (
        f"SELECT sum(unblended_cost) FROM {ORG}.reporting_awscostentrylineitem_daily_summary"
        f" WHERE source_uuid = '{wanted}'"
    )
    return reader.cluster.shell(
        f'kubectl exec -n cost-mgmt koku-koku-db-0 -- psql -U postgres -d koku -At -c "{sql}"'
    ).stdout.strip()


def test_the_document_has_these_commands():
    assert len(commands()) == len(NUMBERS)
    starts = {1: "kubectl port-forward", 7: "from e2e_validator", 8: "./scripts/e2e-validate.sh", 11: "INSERT INTO",
              16: "aws s3 cp", 21: "kubectl exec", 24: "kubectl exec"}  # fmt: skip
    assert all(COMMANDS[number].startswith(words) for number, words in starts.items())


def test_1_port_forward(forwarded, reader):
    assert forwarded == f"Forwarding from 127.0.0.1:{reader.noted.get('8001', '8001')} -> 8000\n"


def test_2_source_type(forwarded, reader):
    assert reader.follow(2).strip() == '"1"'


def test_3_application_type(forwarded, reader):
    assert reader.follow(3).strip() == '"2"'


def test_4_create_source(forwarded, reader):
    source = json.loads(reader.follow(4))
    assert source["name"] == "My AWS Account" and source["source_type_id"] == "1"
    reader.noted["<source_id>"] = source["id"]


def test_5_create_authentication(forwarded, reader):
    made = json.loads(reader.follow(5))
    assert made["authtype"] == "cloud-meter-arn" and made["id"]


def test_6_create_application(forwarded, reader):
    made = json.loads(reader.follow(6))
    assert made["extra"] == {"bucket": "my-cost-bucket", "report_name": "my-cost-report", "report_prefix": ""}
    wait_until(lambda: provider(reader, "My AWS Account"), 20, "the provider")
    wait_until(lambda: october(reader, provider(reader, "My AWS Account")) == TOTAL, 60, "the costs of October")
    service = next(p for p in reader.cluster.servers if p.owner == "koku-koku-api")
    answer = requests.get(
        f"http://127.0.0.1:{service.port}/api/cost-management/v1/reports/aws/costs/",
        params={"start_date": "2026-10-01", "end_date": "2026-10-31"}, timeout=30,
        headers={"x-rh-identity": identity(ORG)},
    )  # fmt: skip
    assert f'"value":{TOTAL}' in answer.text.replace(" ", "")


def test_7_python_example(forwarded, reader):
    """The same account, now by Python: the one of the commands before is deleted first."""
    source = reader.noted["<source_id>"]
    base = f"http://localhost:{reader.noted.get('8001', '8001')}/api/sources/v3.1"
    assert requests.delete(f"{base}/sources/{source}", headers={"x-rh-sources-org-id": ORG}, timeout=30).ok
    wait_until(lambda: not provider(reader, "My AWS Account"), 20, "the provider is gone")
    done = subprocess.run(
        [sys.executable, "-c", reader.command(7)], env={**os.environ, **reader.environment}, capture_output=True,
        text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert re.search(r"^Source created: \d+$", done.stdout, re.M), done.stdout
    assert re.search(r"^Application ID: \d+$", done.stdout, re.M), done.stdout
    wait_until(lambda: provider(reader, "My AWS Account"), 20, "the provider")


@pytest.mark.parametrize("number", [8, 8.5])
@pytest.mark.skipif(not (ROOT / "scripts/e2e-validate.sh").exists(), reason="scripts/e2e-validate.sh is not there")
def test_8_validator(forwarded, reader, number):
    assert "PASSED" in reader.follow(number)


def test_9_psql(reader):
    assert reader.follow(9) == ""


def test_10_customer(reader):
    assert re.fullmatch(r"INSERT 0 [01]\n", reader.type_in_psql(10))


def test_11_provider(reader):
    assert reader.type_in_psql(11) == "INSERT 0 1\n"


def test_12_billing_source(reader):
    assert reader.type_in_psql(12) == "INSERT 0 1\n"


def test_13_link(reader):
    assert reader.type_in_psql(13) == "UPDATE 1\n"
    reader.noted["<provider-uuid>"] = provider(reader, "AWS Test Provider")
    assert re.fullmatch(r"[0-9a-f-]{36}", reader.noted["<provider-uuid>"])


def test_14_check_provider(reader):
    rows = reader.follow(14)
    assert re.search(r"\| AWS Test Provider +\| AWS +\| t +\| t +\| my-bucket$", rows, re.M), rows
    assert re.search(r"\| My AWS Account +\| AWS +\| t +\| \w +\| my-cost-bucket$", rows, re.M), rows


def test_15_masu_logs(reader):
    wanted = reader.noted["<provider-uuid>"]
    wait_until(lambda: wanted in reader.cluster.log("masu"), 20, "the provider is discovered")
    assert f"Provider {wanted}" in reader.follow(15)


def test_16_upload(reader, storage):
    done = reader.cluster.shell(f"cd {reader.work} && {reader.command(16)}", **reader.environment)
    assert done.returncode == 0, done.stderr
    assert "upload: ./my-cur-file.csv.gz to s3://my-bucket/my-report/20250101-20250131/my-cur-file.csv.gz" in (
        done.stdout
    )
    keys = [o["Key"] for o in storage.client.list_objects_v2(Bucket="my-bucket")["Contents"]]
    assert keys == ["my-report/20250101-20250131/my-cur-file.csv.gz"]


def test_17_force_masu(reader):
    shown = reader.follow(17)
    assert "my-report/20250101-20250131/my-cur-file.csv.gz" in shown and "1 month, 0 failed" in shown
    assert october(reader, reader.noted["<provider-uuid>"]) == TOTAL


def test_18_provider_status(reader):
    assert re.search(r"\| AWS Test Provider +\| t +\| f +\| t$", reader.type_in_psql(18), re.M)


def test_19_billing_source(reader):
    row = r'AWS Test Provider +\| \{"bucket": "my-bucket", "report_name": "my-report", "report_prefix": ""\}$'
    assert re.search(row, reader.type_in_psql(19), re.M)


def test_20_masu_logs(reader):
    assert f"Provider {reader.noted['<provider-uuid>']}" in reader.follow(20)


def test_21_s3_access_from_the_pod(reader):
    shown = reader.follow(21)
    assert "'Name': 'my-bucket'" in shown and "'Name': 'my-cost-bucket'" in shown


def test_22_sources_logs(reader):
    assert "roles sources-api" in reader.follow(22)


def test_23_verify_accessibility(forwarded, reader):
    assert '"name":"amazon"' in reader.follow(23).replace(" ", "")


def test_24_sources_database(reader):
    tables = reader.follow(24)
    for name in ("sources", "authentications", "applications", "source_types", "application_types", "tenants"):
        assert re.search(rf"\| {name} +\| table", tables), tables


def test_25_links(forwarded, reader):
    links = dict(re.findall(r"^- \[(.*?)\]\((.*?)\)", GUIDE.read_text(), re.M))
    assert len(links) == 3
    document = requests.get(
        links["Sources API OpenAPI Spec"].replace("8001", reader.noted.get("8001", "8001")), timeout=30
    ).json()  # fmt: skip
    assert document["openapi"].startswith("3.") and "/sources" in document["paths"]
    assert (ROOT / "docs" / links["E2E Validator Usage"]).exists()


def test_the_pods_as_a_reader_sees_them(reader):
    shown = reader.cluster.shell("kubectl get pods -n cost-mgmt").stdout
    assert "koku-koku-db-0" in shown and "koku-sources-db-0" in shown and "koku-masu-" in shown
    listed = reader.cluster.shell("kubectl get pods -n cost-mgmt -l app.kubernetes.io/component=masu -o json").stdout
    assert [p["status"]["phase"] for p in json.loads(listed)["items"]] == ["Running"]
    other = reader.cluster.shell("kubectl get pods -n elsewhere")
    assert other.stdout == "" and "No resources found in elsewhere namespace." in other.stderr


def test_the_chart_gives_the_program_no_more_than_it_needs(reader):
    """Its role in the databases owns them, and can make neither databases nor roles."""
    for pod, database in (("koku-koku-db-0", "koku"), ("koku-sources-db-0", "sources_api_development")):
        rows = reader.cluster.shell(
            f"kubectl exec -n cost-mgmt {pod} -- psql -U postgres -d {database} -At -c \"SELECT rolsuper, rolcreatedb,"
            " rolcreaterole FROM pg_roles WHERE rolname = 'kontor'\""
        )  # fmt: skip
        assert rows.stdout == "f|f|f\n"


def test_the_helm_test_passes(reader):
    """The program of the chart's test pod, with the Services' names where they lead to here."""
    pod = next(o for o in reader.cluster.objects if o["kind"] == "Pod")
    code = pod["spec"]["containers"][0]["command"][2]
    for server in reader.cluster.servers:
        code = code.replace(f"http://{server.owner}:8000", f"http://127.0.0.1:{server.port}")
        code = code.replace(f'"{server.owner}"', f'"127.0.0.1:{server.port}"')
    code = code.replace("http://{service}:8000", "http://{service}")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "source types: " in done.stdout and done.stdout.count('"status":"ok"') == 3, done.stdout
    assert yaml.safe_dump(pod).count("restartPolicy: Never") == 1
