"""The Sources API as a client uses it."""

from __future__ import annotations

import base64
import json
import uuid

import pytest
import requests


@pytest.fixture
def org() -> str:
    return f"org-{uuid.uuid4().hex[:10]}"


def make_source(server, org: str, name: str = "one") -> dict:
    answer = server.sources("POST", "/sources", org, json={"name": name, "source_type_id": "1"})
    assert answer.status_code == 201, answer.text
    return answer.json()


def make_application(server, org: str, source_id: str, **extra) -> dict:
    body = {"source_id": source_id, "application_type_id": "2", "extra": extra}
    answer = server.sources("POST", "/applications", org, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def detail(answer: requests.Response) -> str:
    return answer.json()["errors"][0]["detail"]


def events(server, source_id: str) -> list[str]:
    rows = server.sql(f"SELECT event_type FROM event_outbox WHERE source_id = {source_id} ORDER BY id", "sources")
    return [row[0] for row in rows]


def test_the_guides_ids(server, org):
    types = server.sources("GET", "/source_types", org).json()["data"]
    assert {row["name"]: row["id"] for row in types}["amazon"] == "1"
    applications = server.sources("GET", "/application_types", org).json()["data"]
    found = {row["name"]: row for row in applications}["/insights/platform/cost-management"]
    assert found["id"] == "2"
    assert "cloud-meter-arn" in found["supported_authentication_types"]["amazon"]


def test_a_list_has_data_meta_and_links(server, org):
    for name in ("b", "a", "c"):
        make_source(server, org, name)
    answer = server.sources("GET", "/sources?sort_by=name&limit=2&offset=1", org).json()
    assert [row["name"] for row in answer["data"]] == ["b", "c"]
    assert answer["meta"] == {"count": 3, "limit": 2, "offset": 1}
    assert answer["links"] == {
        "first": "/api/sources/v3.1/sources?limit=2&offset=1&sort_by=name",
        "last": "/api/sources/v3.1/sources?limit=2&offset=3&sort_by=name",
    }


def test_create_get_update_delete(server, org):
    source = make_source(server, org)
    assert isinstance(source["id"], str) and source["availability_status"] == "in_progress"
    path = f"/sources/{source['id']}"
    assert server.sources("GET", path, org).json() == source
    changed = server.sources("PATCH", path, org, json={"name": "two", "version": "7"})
    assert (changed.status_code, changed.json()["name"], changed.json()["version"]) == (200, "two", "7")
    assert server.sources("DELETE", path, org).status_code == 204
    assert server.sources("GET", path, org).status_code == 404
    assert server.sources("DELETE", path, org).status_code == 404


def test_every_change_writes_its_event(server, org):
    source = make_source(server, org)
    body = {
        "resource_type": "Source", "resource_id": source["id"], "authtype": "arn",
        "username": "arn:aws:iam::1:role/x", "password": "hidden-secret",
    }  # fmt: skip
    authentication = server.sources("POST", "/authentications", org, json=body).json()
    application = make_application(server, org, source["id"], bucket="cost-data")
    assert "password" not in authentication
    server.sources("PATCH", f"/authentications/{authentication['id']}", org, json={"username": "other"})
    server.sources("POST", f"/sources/{source['id']}/pause", org)
    assert "paused_at" in server.sources("GET", f"/applications/{application['id']}", org).json()
    server.sources("POST", f"/sources/{source['id']}/unpause", org)
    assert "paused_at" not in server.sources("GET", f"/applications/{application['id']}", org).json()
    server.sources("DELETE", f"/sources/{source['id']}", org)
    own = [event for event in events(server, source["id"]) if not event.endswith("update")]
    assert own == [
        "Source.create", "Authentication.create", "Application.create", "Source.pause",
        "Application.pause", "Source.unpause", "Application.unpause", "Application.destroy",
        "Source.destroy", "Authentication.destroy",
    ]  # fmt: skip
    stored = server.sql(
        f"SELECT payload::text || headers::text || snapshot::text FROM event_outbox WHERE source_id = {source['id']}",
        "sources",
    )
    assert not any("hidden-secret" in row[0] for row in stored)


def test_passwords_are_sealed(server, org):
    source = make_source(server, org)
    body = {"resource_type": "Source", "resource_id": source["id"], "password": "hidden-secret"}
    made = server.sources("POST", "/authentications", org, json=body).json()
    stored = server.sql(f"SELECT password FROM authentications WHERE id = {made['id']}", "sources")[0][0]
    assert stored.startswith("v1:") and "hidden" not in stored
    listed = server.sources("GET", f"/sources/{source['id']}/authentications", org)
    assert listed.json()["meta"]["count"] == 1 and "hidden-secret" not in listed.text
    assert "hidden-secret" not in server.log()


def test_two_requests_at_once_make_one_source(server, org):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        codes = list(
            pool.map(
                lambda _: server.sources("POST", "/sources", org, json={"name": "x", "source_type_id": 1}).status_code,
                range(8),
            )
        )
    assert sorted(codes) == [201] + [400] * 7


def test_one_tenant_never_sees_another(server, org):
    other = org + "-other"
    source = make_source(server, org)
    application = make_application(server, org, source["id"], bucket="b")
    body = {"resource_type": "Source", "resource_id": source["id"], "authtype": "arn"}
    authentication = server.sources("POST", "/authentications", org, json=body).json()
    s, a, u = source["id"], application["id"], authentication["id"]
    reads = [
        f"/sources/{s}", f"/sources/{s}/applications", f"/sources/{s}/application_types",
        f"/sources/{s}/authentications", f"/applications/{a}", f"/applications/{a}/authentications",
        f"/authentications/{u}",
    ]  # fmt: skip
    for path in reads:
        mine, theirs = server.sources("GET", path, org), server.sources("GET", path, other)
        missing = server.sources("GET", path.replace(f"/{s}", "/999999").replace(f"/{a}", "/999999"), other)
        assert (mine.status_code, theirs.status_code) == (200, 404), path
        assert "not found" in detail(theirs) and theirs.status_code == missing.status_code
    writes = [
        ("PATCH", f"/sources/{s}", {"name": "stolen"}), ("DELETE", f"/sources/{s}", None),
        ("POST", f"/sources/{s}/pause", None), ("POST", f"/sources/{s}/unpause", None),
        ("POST", f"/sources/{s}/check_availability", None),
        ("PATCH", f"/applications/{a}", {"extra": {"bucket": "stolen"}}),
        ("DELETE", f"/applications/{a}", None), ("POST", f"/applications/{a}/pause", None),
        ("POST", f"/applications/{a}/unpause", None),
        ("PATCH", f"/authentications/{u}", {"username": "stolen"}),
        ("DELETE", f"/authentications/{u}", None),
    ]  # fmt: skip
    for method, path, json_body in writes:
        answer = server.sources(method, path, other, json=json_body)
        assert answer.status_code == 404, (method, path, answer.text)
    assert (
        server.sources("POST", "/applications", other, json={"source_id": s, "application_type_id": 3}).status_code
        == 400
    )
    assert server.sources("POST", "/authentications", other, json=body).status_code == 400
    for path in (
        "/sources",
        "/applications",
        "/authentications",
        "/source_types/1/sources",
        "/application_types/2/sources",
    ):
        assert server.sources("GET", path, other).json()["data"] == [], path
    assert server.sources("GET", f"/sources/{s}", org).json()["name"] == "one"


def encoded(document: object) -> str:
    return base64.b64encode(json.dumps(document).encode()).decode()


@pytest.mark.parametrize(
    ("headers", "status", "words"),
    [
        ({}, 401, "org id"),
        ({"x-rh-identity": "!!!"}, 400, "base64"),
        ({"x-rh-identity": base64.b64encode(b"{broken").decode()}, 400, "JSON"),
        ({"x-rh-identity": encoded([1])}, 400, "JSON object"),
        ({"x-rh-identity": encoded({"identity": {}})}, 401, "org id"),
        ({"x-rh-sources-org-id": "../../etc/passwd"}, 400, "organisation id"),
        ({"x-rh-sources-org-id": "a' OR 1=1 --"}, 400, "organisation id"),
        ({"x-rh-sources-org-id": "x" * 61}, 400, "organisation id"),
    ],
)
def test_identity(server, headers, status, words):
    answer = requests.get(f"{server.base_url}/api/sources/v3.1/sources", headers=headers, timeout=30)
    assert answer.status_code == status, answer.text
    assert words in detail(answer)


def test_both_kinds_of_identity_are_one_tenant(server, org):
    make_source(server, org)
    headers = {"x-rh-identity": encoded({"identity": {"org_id": org, "type": "User"}})}
    answer = requests.get(f"{server.base_url}/api/sources/v3.1/sources", headers=headers, timeout=30)
    assert [row["name"] for row in answer.json()["data"]] == ["one"]


BAD_BODIES = [
    (b"", "no body"),
    (b"{", "JSON"),
    (b"[]", "object"),
    (b'"text"', "object"),
    (b"null", "empty body"),
    (b"{}", "empty body"),
    (b'{"name": 5, "source_type_id": "1"}', "name"),
    (b'{"name": {"a": 1}, "source_type_id": "1"}', "name"),
    (b'{"name": "x", "source_type_id": true}', "source type id"),
    (b'{"name": "x", "source_type_id": "abc"}', "source type id"),
    (b'{"name": "x", "source_type_id": "77"}', "source type id not found"),
    (b'{"name": "x", "source_type_id": 99999999999999999999}', "line"),
    (b'{"name": "x"}', "source type id cannot be empty"),
    (b'{"name": "x", "source_type_id": "1", "colour": "red"}', "colour"),
    (b'{"name": "a\\u0000b", "source_type_id": "1"}', "NUL"),
    (b'{"name": "\xff\xfe", "source_type_id": "1"}', "decode byte"),
    (json.dumps({"name": "n" * 1_000_000, "source_type_id": "1"}).encode(), "name"),
]


@pytest.mark.parametrize(("body", "words"), BAD_BODIES)
def test_bad_bodies_name_the_field(server, org, body, words):
    answer = server.sources("POST", "/sources", org, data=body)
    assert answer.status_code == 400, answer.text
    assert words in detail(answer)
    assert server.answers()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"source_type_id": "1"}, "name already exists in tenant"),
        ({"source_type_id": "77"}, "name already exists in tenant"),
        ({"source_type_id": "x"}, "name already exists in tenant"),
        ({"source_type_id": "1", "availability_status": "fine"}, "name already exists in tenant"),
        ({"name": "new", "source_type_id": "77", "availability_status": "fine"}, "invalid status"),
        ({"name": "new", "source_type_id": "0"}, "source type id must be greater than 0"),
        ({"name": "new", "source_type_id": "77"}, "source type id not found"),
        ({"name": "", "source_type_id": "77"}, "name cannot be empty"),
    ],
)
def test_the_first_fault_of_a_new_source_is_told(server, org, body, words):
    make_source(server, org)
    answer = server.sources("POST", "/sources", org, json={"name": "one"} | body)
    assert (answer.status_code, detail(answer)) == (400, f"bad request: Validation failed: {words}")
    assert [row["name"] for row in server.sources("GET", "/sources", org).json()["data"]] == ["one"]


def test_a_body_of_10_mb_is_refused(server, org):
    answer = server.sources("POST", "/sources", org, data=b"x" * 10_000_000)
    assert answer.status_code == 413
    assert "larger" in detail(answer)
    assert server.answers()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/sources/abc", 400), ("GET", "/sources/0", 400), ("GET", "/sources/-1", 400),
        ("GET", "/sources/99999999999999999999", 400), ("GET", "/sources/424242", 404),
        ("PATCH", "/sources/424242", 404), ("DELETE", "/applications/424242", 404),
        ("GET", "/authentications/abc", 404), ("GET", "/nothing", 404), ("PUT", "/sources/1", 405),
        ("DELETE", "/sources", 405), ("GET", "/sources?limit=0", 400),
        ("GET", "/sources?filter[nothing]=1", 400), ("GET", "/sources?filter[id]=abc", 400),
        ("GET", "/sources?filter[name][like]=x", 400), ("GET", "/sources?sort_by=nothing", 400),
        ("GET", "/sources?filter[source_type]=1", 400),
    ],
)  # fmt: skip
def test_bad_requests(server, org, method, path, status):
    answer = server.sources(method, path, org)
    assert answer.status_code == status, answer.text
    assert detail(answer)


def test_the_openapi_document_is_served_without_identity(server):
    for version in ("v1.0", "v2.0", "v3.0", "v3.1"):
        answer = requests.get(f"{server.base_url}/api/sources/{version}/openapi.json", timeout=30)
        assert answer.status_code == 200
        document = answer.json()
        assert document["openapi"].startswith("3.0") and document["info"]["version"] == version
    assert "/sources/{id}/check_availability" in document["paths"]


def test_the_verbs_of_the_command_line(server, org):
    made = server.run(
        "sources", "add-aws", "--org", org, "--name", "By hand", "--bucket", "cost-data",
        "--report-name", "cost-report", "--report-prefix", "reports",
    ).stdout  # fmt: skip
    source_id = made.split()[1]
    assert "By hand" in server.run("sources", "list", "--org", org).stdout
    assert '"bucket": "cost-data"' in server.run("sources", "show", source_id, "--org", org).stdout
    server.run("sources", "pause", source_id, "--org", org)
    assert "(paused)" in server.run("sources", "list", "--org", org).stdout
    server.run("sources", "delete", source_id, "--org", org)
    refused = server.run("sources", "show", source_id, "--org", org, check=False)
    assert refused.returncode == 1 and "source not found" in refused.stderr
