"""Servers that each take on a part: serve --roles."""

from __future__ import annotations

import subprocess

import pytest
import requests
from conftest import AWS_SMALL
from support.process import kontor_binary, wait_until
from support.server import Server, identity

PATHS = {
    "sources-api": "/api/sources/v3.1/source_types",
    "cost-management-api": "/api/cost-management/v1/reports/aws/costs/",
}


@pytest.fixture(scope="module")
def parts(s3):
    """The ingest, which keeps the database, and beside it a server for each API."""
    s3.upload_folder(AWS_SMALL / "reports", "roles-bucket", "reports/")
    masu = Server(KONTOR_ROLES="masu", KONTOR_POLL_INTERVAL="2", **s3.environment()).start()
    port = (masu.data_dir / "database.port").read_text().strip()
    password = (masu.data_dir / "database.password").read_text().strip()
    shared = {
        "KONTOR_DATABASE_URL": f"postgresql://postgres:{password}@127.0.0.1:{port}/koku",
        "KONTOR_SECRET_KEY_FILE": str(masu.data_dir / "secret.key"),
    }
    servers = {"masu": masu, **{role: Server(KONTOR_ROLES=role, **shared).start() for role in PATHS}}
    yield servers
    for server in reversed(servers.values()):
        server.close()


def get(server: Server, path: str) -> requests.Response:
    headers = {"x-rh-sources-org-id": "org1234567", "x-rh-identity": identity("org1234567")}
    return requests.get(server.base_url + path, headers=headers, timeout=30)


def test_each_answers_its_own_api_and_names_the_role_of_the_other(parts):
    for role, server in parts.items():
        for served, path in PATHS.items():
            answer = get(server, path)
            if served == role:
                assert answer.status_code == 200, answer.text
            else:
                assert answer.status_code == 404
                assert answer.json()["errors"][0]["status"] == "404"
                detail = answer.json()["errors"][0]["detail"]
                assert detail.endswith(f"this server's roles (--roles) are {role}, not {served}")


def test_the_internal_api_goes_with_the_sources_api(parts):
    assert get(parts["sources-api"], "/internal/v2.0/sources").status_code == 200
    assert "not sources-api" in get(parts["masu"], "/internal/v2.0/sources").text


def test_all_are_watched(parts):
    for server in parts.values():
        for path in ("/livez", "/readyz", "/metrics"):
            assert get(server, path).status_code == 200


def test_metrics_are_not_for_those_whom_a_proxy_passed_on(parts):
    for header in ("X-Forwarded-For", "Forwarded"):
        answer = requests.get(f"{parts['masu'].base_url}/metrics", headers={header: "for=192.0.2.1"}, timeout=30)
        assert answer.status_code == 403 and "kontor_" not in answer.text


def test_from_source_to_costs_across_them(parts):
    source = parts["sources-api"].add_aws_provider("roles-bucket", "cost-report", "reports")[1]
    masu = parts["masu"]
    wait_until(lambda: masu.sql(f"SELECT 1 FROM api_provider WHERE uuid = '{source}'"), 20, "the provider")
    masu.wait_for_month(source)
    answer = parts["cost-management-api"].report(
        "reports/aws/costs/", start_date="2026-10-01", end_date="2026-10-31"
    )  # fmt: skip
    assert answer.json()["meta"]["total"]["cost"]["total"]["value"] > 0
    for role in PATHS:
        assert "Provider" not in parts[role].log(), "only masu does the ingest"


def test_an_unknown_role_is_refused():
    done = subprocess.run([kontor_binary(), "serve", "--roles", "listener"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert '"listener" is no role' in done.stderr and "masu" in done.stderr
