"""Backup and restore by the commands of docs/operations.md: in a cluster, and on a machine."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess

import pytest
import requests
from support.chart import TOOLS, render
from support.cluster import Cluster, postgres_programs
from support.process import ROOT, free_port, make_folder, remove_folder, wait_until
from support.server import NOW, Server

COST = "SELECT sum(unblended_cost) FROM org1234567.reporting_awscostentrylineitem_daily_summary"
TOTAL = "1994.605725686361046"


def commands(section: str, words: str) -> list[str]:
    """The commands of the block of a section that holds the words, continued lines joined."""
    text = (ROOT / "docs/operations.md").read_text()
    part = re.search(rf"^## {section}\n(.*?)(?=^## |\Z)", text, re.S | re.M)
    assert part is not None
    block = next(b for b in re.findall(r"^```\n(.*?)^```", part[1], re.S | re.M) if words in b)
    return block.replace("\\\n", " ").splitlines()


@pytest.fixture
def folder():
    made = make_folder()
    yield made
    remove_folder(made)


def test_a_machine(make_server, s3, folder):
    old = make_server(KONTOR_POLL_INTERVAL="2", **s3.environment()).start()
    _, provider = old.add_aws_provider("cost-data", "cost-report", "reports")
    old.wait_for_month(provider)
    password = old.sources(
        "POST", "/authentications",
        json={"resource_type": "Source", "resource_id": "1", "authtype": "arn", "password": "sealed"},
    )  # fmt: skip
    assert password.status_code == 201, password.text

    def shell(lines: list[str], server: Server) -> None:
        text = "\n".join(lines).replace("/var/lib/kontor", str(server.data_dir))
        path = f"{postgres_programs()}:{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-euc", text], cwd=folder, capture_output=True, text=True, env={**os.environ, "PATH": path}
        )
        assert done.returncode == 0, f"{text}\n{done.stderr}"

    backup = commands("Backup", "export PGHOST")
    shell(backup, old)
    old.stop()

    new = make_server(KONTOR_ROLES="cost-management-api", **s3.environment())
    new.data_dir.mkdir(parents=True)
    shutil.copy(folder / "secret.key", new.data_dir / "secret.key")
    new.start()
    shell([backup[0], *commands("Restore", "--clean")], new)
    new.stop()
    new.environment["KONTOR_ROLES"] = "all"
    new.start()
    assert new.sql(COST) == [[TOTAL]]
    assert new.sources("GET", "/sources").json()["data"][0]["uid"] == provider
    internal = "/internal/v2.0/authentications/1?expose_encrypted_attribute[]=password"
    exposed = requests.get(new.base_url + internal, headers={"x-rh-sources-org-id": "org1234567"}, timeout=30)
    assert exposed.json()["password"] == "sealed"
    new.add_aws_provider("cost-data", "cost-report", "reports", name="another")
    wait_until(lambda: len(new.sql("SELECT 1 FROM api_provider")) == 2, 20, "the restored server goes on")


def rotate_key(cluster: Cluster, folder: pathlib.Path) -> None:
    """The document's commands; the new Secret comes to the pods by copying the files."""
    lines = commands("A new key for stored passwords", "rotate-key")
    ports = {wanted: str(free_port()) for wanted in ("15432", "15433")}
    text = re.sub("|".join(ports), lambda m: ports[m[0]], "\n".join(lines))
    lines = [line for line in text.splitlines() if "kubectl create" not in line and "kubectl apply" not in line]
    answers = 'until (echo > /dev/tcp/127.0.0.1/{}) 2> /dev/null; do sleep 0.1; done'
    at = max(i for i, line in enumerate(lines) if line.endswith("&")) + 1
    lines[at:at] = [answers.format(port) for port in ports.values()]
    done = cluster.shell(f"set -e; trap 'kill $(jobs -p)' EXIT; cd {folder}\n" + "\n".join(lines))
    assert done.returncode == 0, done.stderr
    for pod in cluster.servers:
        for name in ("secret.key", "secret.key.previous"):
            shutil.copy(folder / name, pathlib.Path(pod.files["/etc/kontor/key"]) / name)


@pytest.mark.skipif(not (TOOLS / "helm").exists(), reason="no helm: run scripts/setup-tests.sh")
def test_a_cluster(folder):
    cluster = Cluster(render("--set", f"settings.KONTOR_NOW={NOW}")).start()
    try:
        api = f"http://127.0.0.1:{next(p.port for p in cluster.servers if p.owner == 'koku-sources-api')}"
        headers = {"x-rh-sources-org-id": "org1234567"}

        def call(method: str, path: str, **body: object) -> dict:
            answer = requests.request(method, api + path, json=body or None, headers=headers, timeout=30)
            assert answer.ok, answer.text
            return answer.json()

        source = call("POST", "/api/sources/v3.1/sources", name="x", source_type_id="1")
        secret = {"resource_type": "Source", "resource_id": source["id"], "authtype": "arn", "password": "sealed"}
        made = call("POST", "/api/sources/v3.1/authentications", **secret)
        exposed = f"/internal/v2.0/authentications/{made['id']}?expose_encrypted_attribute[]=password"
        for line in commands("Backup", "pg_dump -U postgres -Fc koku")[:2]:
            done = cluster.shell(f"cd {folder} && {line}")
            assert done.returncode == 0, done.stderr
        psql = "kubectl exec -n cost-mgmt koku-sources-db-0 -- psql -U postgres -d sources_api_development -Atc"
        cluster.stop_servers()
        cluster.shell(f'{psql} "DROP TABLE application_types CASCADE"')
        restore = [line for line in commands("Restore", "pg_restore -U postgres") if "kubectl exec" in line]
        assert len(restore) == 4
        for line in restore:
            done = cluster.shell(f"cd {folder} && {line}")
            assert done.returncode == 0, f"{line}\n{done.stderr}"
        cluster.start_servers()
        assert cluster.shell(f'{psql} "SELECT count(*) > 0 FROM application_types"').stdout == "t\n"
        owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
        assert cluster.shell(f'{psql} "{owners}"').stdout == "kontor\n"
        assert call("GET", exposed)["password"] == "sealed"
        sealed = f'{psql} "SELECT password FROM authentications"'
        before = cluster.shell(sealed).stdout
        rotate_key(cluster, folder)
        assert cluster.shell(sealed).stdout != before
        assert call("GET", exposed)["password"] == "sealed"
    finally:
        cluster.close()


def test_what_the_document_names_is_there():
    text = (ROOT / "docs/operations.md").read_text() + (ROOT / "docs/installing.md").read_text()
    for path in re.findall(r"\b(?:deploy|docs)/[\w./-]+", text):
        assert (ROOT / path.rstrip(".")).exists(), path
    values = pathlib.Path(ROOT / "deploy/chart/cost-mgmt/values.yaml").read_text()
    for name in re.findall(r"`((?:masu|database|s3|access|networkPolicy|metrics)\.\w+)", text):
        assert re.search(rf"^{name.split('.')[0]}:", values, re.M) and f"  {name.split('.')[1]}" in values, name
