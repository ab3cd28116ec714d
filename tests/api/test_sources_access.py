"""Who may change sources, who did, and what is measured of it."""

from __future__ import annotations

import base64
import http.server
import json
import threading
import uuid
from collections.abc import Iterator

import pytest
import requests
from support.process import wait_until

KEY = "first-key"


class Rbac:
    """An RBAC service that knows the permissions of users, or is away."""

    def __init__(self) -> None:
        self.permissions: dict[str, list[str]] = {}
        self.status = 200
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                identity = json.loads(base64.b64decode(self.headers["x-rh-identity"]))["identity"]
                user = identity.get("user", {}).get("username", "")
                assert self.path == "/api/rbac/v1/access/?application=sources&limit=100"
                data = [{"permission": name} for name in service.permissions.get(user, [])]
                body = json.dumps({"data": data}).encode()
                self.send_response(service.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: object) -> None:
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def rbac() -> Iterator[Rbac]:
    service = Rbac()
    yield service
    service.http.shutdown()


@pytest.fixture(scope="module")
def guarded(rbac: Rbac) -> Iterator:
    from support.server import Server

    server = Server(KONTOR_SOURCES_PSKS=f"other,{KEY}", KONTOR_RBAC_URL=rbac.url).start()
    yield server
    server.close()


@pytest.fixture
def org() -> str:
    return f"org-{uuid.uuid4().hex[:10]}"


def identity(org: str, **more: object) -> dict[str, str]:
    document = {"identity": {"org_id": org, "type": "User", **more}}
    return {"x-rh-identity": base64.b64encode(json.dumps(document).encode()).decode()}


def call(server, method: str, path: str, headers: dict[str, str], **more) -> requests.Response:
    return requests.request(method, f"{server.base_url}/api/sources/v3.1{path}", headers=headers, timeout=30, **more)


def create(server, headers: dict[str, str], name: str = "") -> requests.Response:
    body = {"name": name or uuid.uuid4().hex, "source_type_id": "1"}
    return call(server, "POST", "/sources", headers, json=body)


def refusal(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["detail"]


def test_a_pre_shared_key_opens_and_a_wrong_one_does_not(guarded, org):
    plain = {"x-rh-sources-org-id": org}
    assert create(guarded, plain | {"x-rh-sources-psk": KEY}).status_code == 201
    for wrong in ("first", "first-key2", f"other,{KEY}", ","):
        answer = create(guarded, plain | {"x-rh-sources-psk": wrong})
        assert refusal(answer) == (401, "Unauthorized Action: Incorrect PSK"), wrong
    assert refusal(create(guarded, plain)) == (401, "Unauthorized Action: Missing RBAC permissions")
    # Reading needs an organisation only.
    assert call(guarded, "GET", "/sources", plain).json()["meta"]["count"] == 1


def test_admins_and_those_with_the_permission_may_change(guarded, rbac, org):
    rbac.permissions = {"ann": ["sources:*:*"], "ben": ["sources:*:read", "cost-management:*:*"]}
    assert create(guarded, identity(org, user={"username": "ann"})).status_code == 201
    refused = create(guarded, identity(org, user={"username": "ben"}))
    assert refusal(refused) == (401, "Unauthorized Action: Missing RBAC permissions")
    assert create(guarded, identity(org, user={"username": "cleo", "is_org_admin": True})).status_code == 201


def test_an_rbac_service_that_is_away_opens_nothing(guarded, rbac, org):
    rbac.permissions, rbac.status = {"ann": ["sources:*:*"]}, 503
    try:
        headers = identity(org, user={"username": "ann"}) | {"x-rh-insights-request-id": "rid-1"}
        answer = create(guarded, headers)
    finally:
        rbac.status = 200
    error = {"detail": "Internal Server Error", "status": "500", "request_id": "rid-1"}
    assert (answer.status_code, answer.json()) == (500, {"errors": [error]})
    assert call(guarded, "GET", "/sources", {"x-rh-sources-org-id": org}).json()["meta"]["count"] == 0


def test_systems_register_and_remove_themselves_only(guarded, org):
    system = identity(org, type="System", system={"cn": "node-1"})
    satellite = next(
        row["id"] for row in call(guarded, "GET", "/source_types", {}).json()["data"] if row["name"] == "satellite"
    )
    made = call(guarded, "POST", "/sources", system, json={"name": "sat", "source_type_id": satellite}).json()
    other = create(guarded, system, "cloud").json()
    assert [row["name"] for row in call(guarded, "GET", "/sources", system).json()["data"]] == ["sat"]
    patched = call(guarded, "PATCH", f"/sources/{made['id']}", system, json={"version": "2"})
    assert refusal(patched) == (405, "Method not allowed")
    assert patched.headers["Allow"] == "GET, POST, DELETE"
    below = call(guarded, "DELETE", "/endpoints/1", system)
    assert (below.status_code, below.headers["Allow"]) == (405, "GET, POST")
    assert refusal(call(guarded, "DELETE", f"/sources/{other['id']}", system)) == (400, "bad request: Unauthorized.")
    assert call(guarded, "DELETE", f"/sources/{made['id']}", system).status_code == 204
    nameless = create(guarded, identity(org, type="System", system={"kind": "x"}))
    assert refusal(nameless) == (
        401,
        "Unauthorized Action: system authorization only supports cn/cluster_id authorization",
    )


def test_the_internal_api_wants_a_key_once_there_are_keys(guarded, org):
    url = f"{guarded.base_url}/internal/v2.0/sources"
    assert requests.get(url, timeout=30).status_code == 401
    assert requests.get(url, headers={"x-rh-sources-psk": "wrong"}, timeout=30).status_code == 401
    assert requests.get(url, headers={"x-rh-sources-psk": KEY}, timeout=30).status_code == 200


# Audit


def entries(server, *arguments: str) -> list[dict]:
    lines = server.run("audit", "--format", "json", *arguments).stdout.splitlines()
    return [json.loads(line) for line in reversed(lines)]


def test_the_audit_log_tells_who_changed_what_from_where(server, org):
    ann = identity(org, user={"username": "ann"}) | {
        "x-forwarded-for": "192.0.2.7", "x-rh-insights-request-id": "request-1"
    }  # fmt: skip
    source = create(server, ann, "audited").json()
    call(server, "PATCH", f"/sources/{source['id']}", {"x-rh-sources-org-id": org}, json={"name": "renamed"})
    call(
        server, "POST", "/authentications", ann,
        json={"resource_type": "Source", "resource_id": source["id"], "password": "hush", "username": "u"},
    )  # fmt: skip
    server.sql(f"UPDATE sources SET version = '3' WHERE id = {source['id']}", "sources")
    call(server, "DELETE", f"/sources/{source['id']}", ann)
    told = entries(server, "--org", org)
    assert [
        (entry["actor"], entry["action"], entry["resource"]) for entry in told if "kontor" not in entry["actor"]
    ] == [
        ("ann", "create", "sources"),
        (f"organisation {org}", "update", "sources"),
        ("ann", "create", "authentications"),
        ("database user postgres", "update", "sources"),
        ("ann", "delete", "sources"),
        ("ann", "delete", "authentications"),
    ]
    first = told[0]
    assert (first["remote_address"], first["forwarded_for"], first["request_id"]) == (
        "127.0.0.1",
        "192.0.2.7",
        "request-1",
    )
    assert first["changes"]["name"] == "audited" and first["resource_id"] == source["id"]
    assert told[1]["changes"] == {"name": ["audited", "renamed"]}
    assert told[2]["changes"]["password"] == "(sealed)"
    assert "hush" not in json.dumps(told) and "v1:" not in json.dumps(told)
    assert entries(server, "--org", org + "x") == []
    only = entries(server, "--resource", "sources", "--id", source["id"], "--limit", "1")
    assert [entry["action"] for entry in only] == ["delete"]
    table = server.run("audit", "--org", org).stdout.splitlines()
    assert table[0].split() == ["AT", "ORG", "WHO", "FROM", "WHAT", "RESOURCE", "CHANGES"]
    assert server.run("audit", "--format", "xml", check=False).returncode == 2


def test_nobody_takes_anything_out_of_the_audit_log(server, org):
    create(server, {"x-rh-sources-org-id": org})
    for statement in ("DELETE FROM audit_log", "UPDATE audit_log SET actor = 'x'", "TRUNCATE audit_log"):
        done = server.run("psql", "sources", "-v", "ON_ERROR_STOP=1", "-c", statement, check=False)
        assert done.returncode != 0 and "append-only" in done.stderr, statement
    assert len(entries(server, "--org", org)) == 1


def test_a_refused_change_leaves_no_entry(server, org):
    assert create(server, {"x-rh-sources-org-id": org}, "twin").status_code == 201
    assert create(server, {"x-rh-sources-org-id": org}, "twin").status_code == 400
    assert len(entries(server, "--org", org)) == 1


# Key rotation


def test_a_new_key_opens_everything_and_the_former_nothing(make_server, org):
    server = make_server().start()
    key = server.data_dir / "secret.key"
    first = key.read_bytes()
    headers = {"x-rh-sources-org-id": org}
    source = create(server, headers).json()
    made = [
        call(
            server, "POST", "/authentications", headers,
            json={"resource_type": "Source", "resource_id": source["id"], "authtype": "access_key_secret_key",
                  "username": "AKIA", "password": f"pw-{number}"},
        ).json()["id"]
        for number in range(3)
    ]  # fmt: skip
    call(server, "POST", "/secrets", headers, json={"name": "s", "password": "pw-3"})

    def passwords() -> list[str]:
        url = f"{server.base_url}/internal/v2.0/authentications"
        expose = "?expose_encrypted_attribute[]=password"
        return [
            requests.get(f"{url}/{number}{expose}", headers=headers, timeout=30).json()["password"] for number in made
        ]

    def stored() -> list[str]:
        return [row[0] for row in server.sql("SELECT password FROM authentications ORDER BY id", "sources")]

    waiting = "SELECT 1 FROM event_outbox WHERE provider_at IS NULL"
    for turn in range(3):
        wait_until(lambda: not server.sql(waiting, "sources"), 30, "all events are applied")
        before, sealed = key.read_bytes(), stored()
        assert server.run("rotate-key").stdout == "New key; 4 stored passwords sealed anew\n", turn
        assert key.read_bytes() != before and key.with_name("secret.key.previous").read_bytes() == before
        assert key.stat().st_mode & 0o777 == 0o600
        assert not set(sealed) & set(stored())
        # The running server goes by the new key at once.
        assert passwords() == ["pw-0", "pw-1", "pw-2"]
    assert first not in (key.read_bytes(), key.with_name("secret.key.previous").read_bytes())
    # A rotation that was cut off after the new key lay there is ended by the next one.
    previous = key.with_name("secret.key.previous")
    previous.write_bytes(key.read_bytes())
    key.write_bytes(bytes(range(32)))
    assert passwords() == ["pw-0", "pw-1", "pw-2"]
    assert server.run("rotate-key").returncode == 0
    assert passwords() == ["pw-0", "pw-1", "pw-2"]
    # With neither key nothing is changed, and the message says which row.
    key.write_bytes(bytes(32))
    previous.write_bytes(bytes(32))
    refused = server.run("rotate-key", check=False)
    assert refused.returncode == 1 and "authentication 1" in refused.stderr
    assert "authentications/" not in requests.get(
        f"{server.base_url}/internal/v2.0/authentications/{made[0]}?expose_encrypted_attribute[]=password",
        headers=headers, timeout=30,
    ).text  # fmt: skip


# Metrics


def test_metrics_count_requests_by_route(server, org):
    headers = {"x-rh-sources-org-id": org}

    def count() -> tuple[float, str]:
        answer = requests.get(server.base_url + "/metrics", timeout=30)
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        series = 'kontor_http_requests_total{route="/api/sources/{version}/sources/{id}",method="GET",code="404"} '
        line = next((text for text in answer.text.splitlines() if text.startswith(series)), series + "0")
        return float(line.removeprefix(series)), answer.text

    before, _ = count()
    for number in range(3):
        call(server, "GET", f"/sources/{987654321 + number}", headers)
    after, text = count()
    assert after == before + 3
    assert 'kontor_database_up{database="koku"} 1' in text
    assert 'kontor_events_waiting{consumer="provider"} ' in text
    assert "process_resident_memory_bytes " in text
    assert org not in text
