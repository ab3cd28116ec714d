"""No tenant sees or changes another's rows: every route, asked with another tenant's ids."""

from __future__ import annotations

import pathlib
import re
import uuid

import pytest
import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]
METHODS = ("get", "post", "patch", "delete")

# Rows that are everyone's.
CATALOGUE = {"source_types", "application_types", "app_meta_data"}

# What a tenant would send to change a row that were its own.
CHANGES = {
    "sources": {"name": "x"},
    "applications": {"extra": {}},
    "authentications": {"username": "x"},
    "endpoints": {"path": "x"},
    "rhc_connections": {"extra": {}},
    "secrets": {"username": "x"},
}


def create(server, org: str, path: str, **body) -> dict:
    answer = server.sources("POST", path, org, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture(scope="module")
def rows(server) -> dict[str, str]:
    """An id of each kind, and under "org" whose they are."""
    org = f"org-{uuid.uuid4().hex[:10]}"
    source = create(server, org, "/sources", name="theirs", source_type_id="1")["id"]
    application = create(server, org, "/applications", source_id=source, application_type_id="5")["id"]
    owner = {"resource_type": "Application", "resource_id": application}
    authentication = create(server, org, "/authentications", authtype="arn", password="hush", **owner)["id"]
    link = {"application_id": application, "authentication_id": authentication}
    return {
        "org": org,
        "sources": source,
        "applications": application,
        "authentications": authentication,
        "endpoints": create(server, org, "/endpoints", source_id=source, host="theirs.example.com")["id"],
        "application_authentications": create(server, org, "/application_authentications", **link)["id"],
        "rhc_connections": create(server, org, "/rhc_connections", rhc_id="theirs", source_id=source)["id"],
        "secrets": create(server, org, "/secrets", name="theirs", password="hush")["id"],
    }


@pytest.fixture(scope="module")
def document(server) -> dict:
    return requests.get(server.base_url + "/api/sources/v3.1/openapi.json", timeout=30).json()


@pytest.fixture
def unchanged(server, rows):
    """What the tenant has, and its events, are the same after the test."""
    state = (
        "SELECT (SELECT count(*) FROM event_outbox"
        "         WHERE event_type NOT IN ('Source.update', 'Application.update')"
        f"          AND org_id IN ('{rows['org']}', '{rows['org']}x')),"
        + ",".join(
            f"(SELECT string_agg(t::text, ' ' ORDER BY id) FROM {table} t"
            f"  WHERE tenant_id = (SELECT id FROM tenants WHERE org_id = '{rows['org']}'))"
            for table in ("applications", "authentications", "endpoints", "application_authentications")
        )
    )
    before = server.sql(state, "sources")
    yield
    assert server.sql(state, "sources") == before


def test_the_document_has_every_route(document):
    """So that what goes by the document below leaves no route out."""
    text = (ROOT / "src" / "sources" / "sources_api.c").read_text()
    routes = re.findall(r'\{"([A-Z]+)", V "(/[^"]*)"', text.split("INTERNAL_ROUTES")[0])
    wanted = {(method.lower(), path) for method, path in routes} - {("get", "/openapi.json")}
    described = {(method, path) for path, item in document["paths"].items() for method in METHODS if method in item}
    assert described - {("get", "/openapi.json")} == wanted
    assert len(wanted) >= 57


def test_every_route_with_an_id(server, rows, document, unchanged):
    asked = 0
    for path, item in document["paths"].items():
        kind = path.split("/")[1]
        if "{" not in path or kind in CATALOGUE:
            continue
        assert re.fullmatch(r"/\w+/\{id\}(/\w+)?", path) and kind in rows, f"{path}: teach this test the new kind"
        for method in [name for name in METHODS if name in item]:
            strange, missing = (
                server.sources(method.upper(), path.replace("{id}", some), rows["org"] + "x", json=CHANGES.get(kind))
                for some in (rows[kind], "987654321")
            )
            assert (strange.status_code, strange.text) == (404, missing.text), (method, path)
            asked += 1
    assert asked >= 34


def test_every_list(server, rows, document):
    """Lists, also those below the catalogue, are empty for another tenant."""
    lists = [path for path, item in document["paths"].items() if "get" in item and "{" not in path]
    for kind in [path[1:] for path in lists if path[1:] not in CATALOGUE | {"openapi.json"}]:
        assert server.sources("GET", f"/{kind}", rows["org"] + "x").json()["meta"]["count"] == 0, kind
        assert server.sources("GET", f"/{kind}", rows["org"]).json()["meta"]["count"] >= 1, kind
        found = server.sources("GET", f"/{kind}?filter[id]={rows[kind]}", rows["org"] + "x").json()
        assert found["data"] == [], kind
    for path in ("/source_types/1/sources", "/application_types/5/sources"):
        assert server.sources("GET", path, rows["org"] + "x").json()["meta"]["count"] == 0, path
        assert server.sources("GET", path, rows["org"]).json()["meta"]["count"] == 1, path


def test_ids_in_bodies(server, rows, unchanged):
    """What a body names is looked for in the caller's tenant only."""
    org = rows["org"] + "y"
    source = create(server, org, "/sources", name="mine", source_type_id="1")["id"]
    application = create(server, org, "/applications", source_id=source, application_type_id="5")["id"]
    authentication = create(server, org, "/authentications", resource_type="Source", resource_id=source)["id"]
    bodies = [
        ("/applications", {"source_id": "sources", "application_type_id": "2"}),
        ("/endpoints", {"source_id": "sources", "host": "a.example.com"}),
        ("/rhc_connections", {"source_id": "sources", "rhc_id": "theirs"}),
        ("/authentications", {"resource_type": "Source", "resource_id": "sources"}),
        ("/authentications", {"resource_type": "Application", "resource_id": "applications"}),
        ("/authentications", {"resource_type": "Endpoint", "resource_id": "endpoints"}),
        ("/application_authentications", {"application_id": "applications", "authentication_id": authentication}),
        ("/application_authentications", {"application_id": application, "authentication_id": "authentications"}),
    ]
    for path, body in bodies:
        strange, missing = (
            server.sources("POST", path, org, json={key: ids.get(value, value) for key, value in body.items()})
            for ids in (rows, dict.fromkeys(rows, "987654321"))
        )
        assert strange.status_code in (400, 404), (path, body)
        theirs = next(value for value in body.values() if value in rows)
        # An id may be part of the status as a text: only what is said is compared.
        told, wanted = ([error["detail"] for error in answer.json()["errors"]] for answer in (strange, missing))
        assert strange.status_code == missing.status_code, (path, body)
        assert [text.replace(rows[theirs], "987654321") for text in told] == wanted, (path, body)
    for kind in ("source", "application", "endpoint"):
        body = {"authentications": [{"resource_type": kind, "resource_name": rows[kind + "s"], "username": "x"}]}
        assert server.sources("POST", "/bulk_create", org, json=body).status_code == 400, kind


def test_the_internal_api(server, rows):
    for kind in ("authentications", "secrets"):
        other = rows["org"] + "x"
        answers = [
            requests.get(
                f"{server.base_url}/internal/v2.0/{kind}/{some}?expose_encrypted_attribute[]=password",
                headers={"x-rh-sources-org-id": org},
                timeout=30,
            )
            for some, org in ((rows[kind], other), ("987654321", other), (rows[kind], rows["org"]))
        ]
        assert [answer.status_code for answer in answers] == [404, 404, 200]
        assert answers[0].text == answers[1].text and answers[2].json()["password"] == "hush"


def test_graphql(server, rows):
    query = """{
      sources { id applications { id authentications { id } } endpoints { id } authentications { id } }
      application_types { sources { id } }
      meta { count }
    }"""
    found = server.sources("POST", "/graphql", rows["org"] + "x", json={"query": query}).json()["data"]
    assert (found["sources"], found["meta"]) == ([], {"count": 0})
    assert {tuple(row["sources"]) for row in found["application_types"]} == {()}
