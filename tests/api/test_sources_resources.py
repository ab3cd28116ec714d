"""Endpoints, links, connections, secrets and bulk_create of the Sources API, as a client uses them."""

from __future__ import annotations

import uuid

import pytest
import requests


@pytest.fixture
def org() -> str:
    return f"org-{uuid.uuid4().hex[:10]}"


def create(server, org: str, path: str, **body) -> dict:
    answer = server.sources("POST", path, org, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def make_source(server, org: str, name: str = "one", kind: str = "1") -> dict:
    return create(server, org, "/sources", name=name, source_type_id=kind)


def detail(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["detail"]


def events(server, source_id: str, after: int = 0) -> list[str]:
    """The source's events, but for those of the server's own look at the bucket."""
    rows = server.sql(
        f"SELECT event_type FROM event_outbox WHERE source_id = {source_id} AND id > {after}"
        " AND event_type NOT IN ('Source.update', 'Application.update') ORDER BY id",
        "sources",
    )
    return [row[0] for row in rows]


# Endpoints


def test_the_first_endpoint_is_the_default_one(server, org):
    source = make_source(server, org)
    first = create(server, org, "/endpoints", source_id=source["id"], host="a.example.com", role="hub")
    assert {key: first[key] for key in first if key not in ("id", "created_at", "updated_at")} == {
        "role": "hub",
        "port": 443,
        "default": True,
        "scheme": "https",
        "host": "a.example.com",
        "path": "",
        "verify_ssl": False,
        "availability_status": "in_progress",
        "source_id": source["id"],
    }
    second = create(server, org, "/endpoints", source_id=int(source["id"]), role="leaf", port=8443, scheme="http")
    assert (second["default"], second["port"], second["scheme"], second["host"]) == (False, 8443, "http", "")
    listed = server.sources("GET", f"/sources/{source['id']}/endpoints", org).json()
    assert [row["id"] for row in listed["data"]] == [first["id"], second["id"]]
    assert server.sources("GET", "/endpoints?filter[default]=true", org).json()["meta"]["count"] == 1
    assert events(server, source["id"]) == ["Source.create", "Endpoint.create", "Endpoint.create"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "no body"),
        ({"host": "a.example.com"}, "invalid format provided"),
        ({"source_id": "abc"}, 'strconv.ParseInt: parsing "abc": invalid syntax'),
        ({"source_id": "424242"}, "source id not found"),
        (
            {"source_id": "$", "default": True},
            "Validation failed: a default endpoint already exists for the provided source",
        ),
        ({"source_id": "$"}, "Validation failed: the role already exists for the given source"),
        ({"source_id": "$", "role": "x", "host": "localhost"}, "Validation failed: the provided host is invalid"),
        ({"source_id": "$", "role": "x", "host": "10.0.0.1"}, "Validation failed: the provided host is invalid"),
        ({"source_id": "$", "role": "x", "host": "a..example.com"}, "Validation failed: the provided host is invalid"),
        (
            {"source_id": "$", "role": "x", "host": "a" * 64 + ".example.com"},
            f"Validation failed: the label '{'a' * 64}' is greater than 63 characters",
        ),
        (
            {"source_id": "$", "role": "x", "host": "a." * 130 + "com"},
            "Validation failed: the provided host is longer than 255 characters",
        ),
        ({"source_id": "$", "role": "x", "port": 65536}, "Validation failed: invalid port number"),
        (
            {"source_id": "$", "role": "x", "verify_ssl": True},
            "Validation failed: the certificate authority cannot be empty",
        ),
        (
            {"source_id": "$", "role": "x", "availability_status": "in_progress"},
            "Validation failed: invalid availability status",
        ),
        ({"source_id": "$", "port": "443"}, "field port must be of type integer, not string"),
        ({"source_id": "$", "default": "yes"}, "field default must be of type boolean, not string"),
    ],
)
def test_bad_endpoints(server, org, body, words):
    source = make_source(server, org)
    create(server, org, "/endpoints", source_id=source["id"])
    body = {key: source["id"] if value == "$" else value for key, value in body.items()}
    answer = server.sources("POST", "/endpoints", org, **({"json": body} if body else {}))
    assert detail(answer) == (400, f"bad request: {words}")


def test_a_host_of_more_than_63_characters_is_fine(server, org):
    host = ".".join(["a" * 40] * 3) + ".example.com"
    assert create(server, org, "/endpoints", source_id=make_source(server, org)["id"], host=host)["host"] == host


def test_a_changed_endpoint_keeps_what_was_not_named(server, org):
    source = make_source(server, org)
    made = create(server, org, "/endpoints", source_id=source["id"], port=8443, scheme="http", role="hub")
    answer = server.sources(
        "PATCH", f"/endpoints/{made['id']}", org, json={"path": "/x", "default": True, "role": "hub"}
    )
    assert answer.status_code == 200, answer.text
    changed = answer.json()
    assert (changed["path"], changed["port"], changed["scheme"], changed["role"]) == ("/x", 8443, "http", "hub")
    assert events(server, source["id"])[-1] == "Endpoint.update"
    assert detail(server.sources("PATCH", "/endpoints/424242", org, json={"path": "/"})) == (404, "endpoint not found")


def test_an_endpoint_goes_with_its_authentications(server, org):
    source = make_source(server, org)
    endpoint = create(server, org, "/endpoints", source_id=source["id"])
    authentication = create(
        server, org, "/authentications", resource_type="endpoint", resource_id=endpoint["id"], username="u"
    )
    listed = server.sources("GET", f"/endpoints/{endpoint['id']}/authentications", org).json()
    assert [row["id"] for row in listed["data"]] == [authentication["id"]]
    assert server.sources("DELETE", f"/endpoints/{endpoint['id']}", org).status_code == 204
    assert server.sources("GET", f"/authentications/{authentication['id']}", org).status_code == 404
    assert events(server, source["id"])[-2:] == ["Endpoint.destroy", "Authentication.destroy"]


# Links of applications and authentications


def linked(server, org: str) -> tuple[dict, dict, dict]:
    source = make_source(server, org)
    application = create(server, org, "/applications", source_id=source["id"], application_type_id="2")
    authentication = create(
        server, org, "/authentications", resource_type="Application", resource_id=application["id"], authtype="arn"
    )
    return source, application, authentication


def test_a_link_of_application_and_authentication(server, org):
    source, application, authentication = linked(server, org)
    body = {"application_id": application["id"], "authentication_id": authentication["id"]}
    link = create(server, org, "/application_authentications", **body)
    assert {key: link[key] for key in body} == body
    assert sorted(link) == ["application_id", "authentication_id", "created_at", "id", "updated_at"]
    again = server.sources("POST", "/application_authentications", org, json=body)
    assert again.status_code == 400
    assert detail(again)[1].startswith("bad request: failed to create application_authentication: ")
    below = server.sources("GET", f"/application_authentications/{link['id']}/authentications", org).json()
    assert [row["id"] for row in below["data"]] == [authentication["id"]]
    assert server.sources("DELETE", f"/application_authentications/{link['id']}", org).status_code == 204
    missing = server.sources("GET", f"/application_authentications/{link['id']}", org)
    assert detail(missing) == (404, "application authentication not found")
    assert events(server, source["id"])[-2:] == [
        "ApplicationAuthentication.create",
        "ApplicationAuthentication.destroy",
    ]


def test_a_link_needs_both_ends_in_the_tenant(server, org):
    _, application, _ = linked(server, org)
    _, _, strange = linked(server, org + "x")
    answer = server.sources(
        "POST",
        "/application_authentications",
        org,
        json={"application_id": application["id"], "authentication_id": strange["id"]},
    )
    assert detail(answer) == (
        400,
        "bad request: failed to create application_authentication: there is no authentication with id " + strange["id"],
    )
    missing = server.sources("POST", "/application_authentications", org, json={"application_id": application["id"]})
    assert detail(missing) == (400, "bad request: invalid format provided")


# Connector connections


def test_a_connection_of_two_sources(server, org):
    one, two = make_source(server, org, "one"), make_source(server, org, "two")
    made = create(server, org, "/rhc_connections", rhc_id="c-1", source_id=one["id"], extra={"a": 1})
    assert made == {
        "id": made["id"],
        "rhc_id": "c-1",
        "extra": {"a": 1},
        "availability_status": "in_progress",
        "source_ids": [one["id"]],
    }
    again = server.sources("POST", "/rhc_connections", org, json={"rhc_id": "c-1", "source_id": one["id"]})
    assert detail(again) == (400, "bad request: connection already exists")
    second = create(server, org, "/rhc_connections", rhc_id="c-1", source_id=two["id"])
    assert (second["id"], second["source_ids"]) == (made["id"], [two["id"]])
    got = server.sources("GET", f"/rhc_connections/{made['id']}", org).json()
    assert got["source_ids"] == [one["id"], two["id"]]
    below = server.sources("GET", f"/sources/{one['id']}/rhc_connections", org).json()["data"]
    assert [("source_ids" in row, row["rhc_id"]) for row in below] == [(False, "c-1")]
    sources = server.sources("GET", f"/rhc_connections/{made['id']}/sources", org).json()
    assert [row["name"] for row in sources["data"]] == ["one", "two"]
    changed = server.sources("PATCH", f"/rhc_connections/{made['id']}", org, json={"extra": {"b": 2}})
    assert (changed.status_code, changed.json()["extra"]) == (200, {"b": 2})
    # The connection outlives its first source, not its last.
    assert server.sources("DELETE", f"/sources/{one['id']}", org).status_code == 204
    assert server.sources("GET", f"/rhc_connections/{made['id']}", org).json()["source_ids"] == [two["id"]]
    assert server.sources("DELETE", f"/sources/{two['id']}", org).status_code == 204
    assert detail(server.sources("GET", f"/rhc_connections/{made['id']}", org)) == (404, "rhcConnection not found")
    assert "RhcConnection.destroy" not in events(server, one["id"])
    assert events(server, two["id"])[-2:] == ["RhcConnection.destroy", "Source.destroy"]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"source_id": "$"}, 400, "bad request: Validation failed: the Red Hat Connector Connection's id is invalid"),
        ({"rhc_id": "c"}, 400, "bad request: Validation failed: the provided source ID is not valid"),
        ({"rhc_id": "c", "source_id": "x"}, 400, "bad request: Validation failed: the provided source ID is not valid"),
        ({"rhc_id": "c", "source_id": 0}, 400, "bad request: Validation failed: invalid source id"),
        ({"rhc_id": "c", "source_id": "424242"}, 404, "source not found"),
    ],
)
def test_bad_connections(server, org, body, status, words):
    source = make_source(server, org)
    body = {key: source["id"] if value == "$" else value for key, value in body.items()}
    assert detail(server.sources("POST", "/rhc_connections", org, json=body)) == (status, words)


def test_two_tenants_may_have_a_connection_of_the_same_name(server, org):
    mine = create(server, org, "/rhc_connections", rhc_id="same", source_id=make_source(server, org)["id"])
    other = org + "x"
    theirs = create(server, other, "/rhc_connections", rhc_id="same", source_id=make_source(server, other)["id"])
    assert mine["id"] != theirs["id"]
    server.sources("PATCH", f"/rhc_connections/{theirs['id']}", other, json={"extra": {"theirs": True}})
    assert server.sources("GET", f"/rhc_connections/{mine['id']}", org).json().get("extra") is None


# Secrets


def test_a_secret_never_shows_its_password(server, org):
    made = create(server, org, "/secrets", name="s", authtype="token", username="u", password="pw-1", extra={"k": "v"})
    assert made == {"id": made["id"], "name": "s", "authtype": "token", "username": "u", "extra": {"k": "v"}}
    assert server.sources("GET", f"/secrets/{made['id']}", org).json() == made
    stored = server.sql(f"SELECT password, resource_type FROM authentications WHERE id = {made['id']}", "sources")
    assert stored[0][0].startswith("v1:") and stored[0][1] == "Tenant"
    twin = server.sources("POST", "/secrets", org, json={"name": "s"})
    assert detail(twin) == (400, "bad request: secret name s exists in current tenant")
    empty = server.sources("POST", "/secrets", org, json={"name": ""})
    assert detail(empty) == (400, "bad request: secret name have to be populated")
    create(server, org + "x", "/secrets", name="s")
    changed = server.sources("PATCH", f"/secrets/{made['id']}", org, json={"username": "w", "password": "pw-2"})
    assert changed.json()["username"] == "w"
    assert server.sources("GET", "/secrets?filter[name]=s", org).json()["meta"]["count"] == 1
    internal = requests.get(
        f"{server.base_url}/internal/v2.0/secrets/{made['id']}", headers={"x-rh-sources-org-id": org}, timeout=30
    )
    assert internal.json() == changed.json() | {"password": "pw-2"}
    assert server.sources("DELETE", f"/secrets/{made['id']}", org).status_code == 204
    assert detail(server.sources("GET", f"/secrets/{made['id']}", org)) == (404, "secret not found")


def test_a_secret_of_a_user_is_the_users(server, org):
    def call(method: str, path: str, user: str | None, **more) -> requests.Response:
        headers = {"x-rh-sources-org-id": org} | ({"x-rh-sources-user-id": user} if user else {})
        return requests.request(
            method, server.base_url + "/api/sources/v3.1" + path, headers=headers, timeout=30, **more
        )

    mine = call("POST", "/secrets", "ann", json={"name": "mine", "user_scoped": True}).json()
    call("POST", "/secrets", "ann", json={"name": "ours"})
    names = {
        user: [row["name"] for row in call("GET", "/secrets", user).json()["data"]] for user in ("ann", "ben", None)
    }
    assert names == {"ann": ["mine", "ours"], "ben": ["ours"], None: ["ours"]}
    for method in ("GET", "DELETE", "PATCH"):
        assert call(method, f"/secrets/{mine['id']}", "ben", json={"username": "x"}).status_code == 404
    assert call("GET", f"/authentications/{mine['id']}", "ben").status_code == 404
    assert call("GET", f"/secrets/{mine['id']}", "ann").status_code == 200


# bulk_create


def test_bulk_create_makes_all_and_links_them(server, org):
    body = {
        "sources": [{"name": "bulk", "source_type_name": "amazon"}],
        "applications": [
            {"source_name": "bulk", "application_type_name": "cost-management", "extra": {"bucket": "b"}},
        ],
        "endpoints": [{"source_name": "bulk", "host": "h.example.com", "path": "/p"}],
        "authentications": [
            {"resource_type": "source", "resource_name": "bulk", "authtype": "arn", "username": "arn:s"},
            {"resource_type": "application", "resource_name": "cost-management", "username": "u", "password": "secret"},
            {"resource_type": "Endpoint", "resource_name": "h.example", "username": "e"},
        ],
    }
    answer = server.sources("POST", "/bulk_create", org, json=body)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert list(made) == ["sources", "applications", "endpoints", "authentications"]
    source, application, endpoint = made["sources"][0], made["applications"][0], made["endpoints"][0]
    assert (source["name"], source["source_type_id"]) == ("bulk", "1")
    assert (application["source_id"], application["application_type_id"]) == (source["id"], "2")
    assert (endpoint["source_id"], endpoint["host"], endpoint["default"]) == (source["id"], "h.example.com", True)
    owners = [(row["resource_type"], row["resource_id"]) for row in made["authentications"]]
    assert owners == [("Source", source["id"]), ("Application", application["id"]), ("Endpoint", endpoint["id"])]
    assert "secret" not in answer.text
    links = server.sources("GET", "/application_authentications", org).json()["data"]
    pairs = [(row["application_id"], row["authentication_id"]) for row in links]
    assert pairs == [(application["id"], made["authentications"][1]["id"])]
    assert events(server, source["id"])[:7] == [
        "Source.create",
        "Endpoint.create",
        "Application.create",
        "ApplicationAuthentication.create",
        "Authentication.create",
        "Authentication.create",
        "Authentication.create",
    ]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (
            {"sources": [{"name": "a"}]},
            400,
            "bad request: no source type present, need either [source_type_name] or [source_type_id]",
        ),
        (
            {"sources": [{"name": "a", "source_type_name": "zzz"}]},
            400,
            "bad request: invalid source_type_name for lookup: zzz",
        ),
        (
            {"sources": [{"name": "a", "source_type_name": "git"}]},
            400,
            "bad request: invalid source_type_name for lookup: git",
        ),
        (
            {"sources": [{"name": "a", "source_type_id": 77}]},
            404,
            "the specified source type was not found: source type not found not found",
        ),
        ({"sources": [{"name": "", "source_type_id": 1}]}, 400, "bad request: Validation failed: name cannot be empty"),
        (
            {"sources": [{"name": "a", "source_type_id": 1}], "applications": [{"source_name": "a"}]},
            400,
            "bad request: no application type present, need either [application_type_name] or [application_type_id]",
        ),
        (
            {
                "sources": [{"name": "a", "source_type_id": 1}],
                "applications": [{"source_name": "a", "application_type_name": "nope"}],
            },
            400,
            "bad request: failed to lookup application_type_name nope",
        ),
        (
            {
                "sources": [{"name": "a", "source_type_id": 1}],
                "applications": [{"source_name": "b", "application_type_id": 2}],
            },
            400,
            "bad request: failed to link up all applications - check to make sure the names match up",
        ),
        (
            {
                "sources": [{"name": "a", "source_type_name": "gitlab"}],
                "applications": [{"source_name": "a", "application_type_id": 2}],
            },
            400,
            "bad request: the application type is not compatible with the source type",
        ),
        (
            {"sources": [{"name": "a", "source_type_id": 1}], "endpoints": [{"host": "a.example.com"}]},
            400,
            "bad request: the provided source ID is not valid",
        ),
        (
            {"sources": [{"name": "a", "source_type_id": 1}], "authentications": [{"resource_name": "a"}]},
            400,
            "bad request: failed to link authentication: no resource type present",
        ),
        (
            {
                "sources": [{"name": "a", "source_type_id": 1}],
                "authentications": [{"resource_type": "application", "resource_name": "image-builder"}],
            },
            400,
            "bad request: failed to find application for authentication type /insights/platform/image-builder",
        ),
        (
            {"sources": []},
            400,
            "bad request: nothing to create: the body names no source, application, endpoint or authentication",
        ),
        ({"sources": {}}, 400, "bad request: field sources must be of type array, not object"),
        ({"sources": ["a"]}, 400, "bad request: an item must be a JSON object, not string"),
        (
            {"sources": [{"name": "a", "source_type_id": 1, "colour": "red"}]},
            400,
            'bad request: json: unknown field "colour"',
        ),
    ],
)
def test_bulk_create_is_all_or_nothing(server, org, body, status, words):
    assert detail(server.sources("POST", "/bulk_create", org, json=body)) == (status, words)
    assert server.sources("GET", "/sources", org).json()["meta"]["count"] == 0


def test_bulk_create_adds_to_what_is_there(server, org):
    source = make_source(server, org)
    body = {"authentications": [{"resource_type": "source", "resource_name": source["id"], "username": "u"}]}
    made = server.sources("POST", "/bulk_create", org, json=body).json()
    assert made["authentications"][0]["resource_id"] == source["id"]
    strange = server.sources("POST", "/bulk_create", org + "x", json=body)
    assert strange.status_code == 400


def test_what_nobody_checks_is_available_at_once(server, org):
    body = {
        "sources": [{"name": "images", "source_type_name": "amazon"}],
        "applications": [{"source_name": "images", "application_type_name": "image-builder"}],
        "authentications": [{"resource_type": "application", "resource_name": "image-builder", "username": "1"}],
    }
    made = server.sources("POST", "/bulk_create", org, json=body).json()
    assert {
        kind: [row["availability_status"] for row in made[kind]]
        for kind in ("sources", "applications", "authentications")
    } == {
        "sources": ["available"],
        "applications": ["available"],
        "authentications": ["available"],
    }


def test_rows_of_a_users_application_belong_to_the_user(server, org):
    body = {
        "sources": [{"name": "studio", "source_type_name": "gitlab"}],
        "applications": [{"source_name": "studio", "application_type_name": "app-studio"}],
        "authentications": [{"resource_type": "application", "resource_name": "app-studio", "username": "u"}],
    }
    url = server.base_url + "/api/sources/v3.1"
    ann = {"x-rh-sources-org-id": org, "x-rh-sources-user-id": "ann"}
    ben = {"x-rh-sources-org-id": org, "x-rh-sources-user-id": "ben"}
    made = requests.post(url + "/bulk_create", headers=ann, json=body, timeout=30)
    assert made.status_code == 201, made.text
    for path in ("sources", "applications", "authentications", "application_authentications"):
        counts = [requests.get(f"{url}/{path}", headers=who, timeout=30).json()["meta"]["count"] for who in (ann, ben)]
        assert counts == [1, 0], path
    source = made.json()["sources"][0]["id"]
    assert requests.delete(f"{url}/sources/{source}", headers=ben, timeout=30).status_code == 404
    assert requests.delete(f"{url}/sources/{source}", headers=ann, timeout=30).status_code == 204


# Deletion, pause


def test_a_source_goes_with_all_that_hangs_on_it(server, org):
    source, application, authentication = linked(server, org)
    create(
        server,
        org,
        "/application_authentications",
        application_id=application["id"],
        authentication_id=authentication["id"],
    )
    endpoint = create(server, org, "/endpoints", source_id=source["id"])
    create(server, org, "/authentications", resource_type="Endpoint", resource_id=endpoint["id"])
    create(server, org, "/authentications", resource_type="Source", resource_id=source["id"])
    create(server, org, "/rhc_connections", rhc_id="gone", source_id=source["id"])
    before = server.sql("SELECT max(id) FROM event_outbox", "sources")[0][0]
    assert server.sources("DELETE", f"/sources/{source['id']}", org).status_code == 204
    gone = [kind for kind in events(server, source["id"], int(before)) if kind.endswith(".destroy")]
    assert gone == [
        "ApplicationAuthentication.destroy",
        "Application.destroy",
        "Endpoint.destroy",
        "RhcConnection.destroy",
        "Source.destroy",
        "Authentication.destroy",
        "Authentication.destroy",
        "Authentication.destroy",
    ]
    kinds = (
        "sources",
        "applications",
        "endpoints",
        "authentications",
        "application_authentications",
        "rhc_connections",
    )
    assert [server.sources("GET", f"/{kind}", org).json()["meta"]["count"] for kind in kinds] == [0] * 6
    order = server.sql(
        "SELECT payload ->> 'resource_type' FROM event_outbox"
        f" WHERE source_id = {source['id']} AND event_type = 'Authentication.destroy' ORDER BY id",
        "sources",
    )
    assert [row[0] for row in order] == ["Application", "Endpoint", "Source"]


def test_a_paused_application_takes_only_its_state(server, org):
    source, application, _ = linked(server, org)
    assert server.sources("POST", f"/sources/{source['id']}/pause", org).status_code == 204
    refused = server.sources("PATCH", f"/applications/{application['id']}", org, json={"extra": {}})
    assert detail(refused) == (400, 'bad request: bad request: json: unknown field "extra"')
    weird = server.sources("PATCH", f"/applications/{application['id']}", org, json={"availability_status": "odd"})
    assert detail(weird) == (
        400,
        'bad request: invalid availability status. Must be one of "available", "in_progress", "partially_available"'
        ' or "unavailable"',
    )
    taken = server.sources(
        "PATCH",
        f"/applications/{application['id']}",
        org,
        json={"availability_status": "unavailable", "availability_status_error": "why"},
    )
    assert (taken.status_code, taken.json()["availability_status_error"]) == (200, "why")


def test_numbers_that_no_consumer_could_read_are_refused(server, org):
    source = make_source(server, org)
    for extra in ('{"a": 1e300}', '{"a": [{"b": -1e18}]}', '{"a": 123456789012345678901}'):
        body = f'{{"source_id": "{source["id"]}", "application_type_id": "2", "extra": {extra}}}'
        answer = server.sources("POST", "/applications", org, data=body.encode())
        assert answer.status_code == 400, answer.text
    kept = create(server, org, "/applications", source_id=source["id"], application_type_id="2", extra={"a": 1.5e17})
    assert kept["extra"] == {"a": 150000000000000000}


# The internal API


def test_the_internal_api(server, org):
    _, _, authentication = linked(server, org)
    server.sources("PATCH", f"/authentications/{authentication['id']}", org, json={"password": "open sesame"})
    url, headers = server.base_url + "/internal/v2.0", {"x-rh-sources-org-id": org}
    path = f"{url}/authentications/{authentication['id']}"
    assert "password" not in requests.get(path, headers=headers, timeout=30).json()
    opened = requests.get(path + "?expose_encrypted_attribute[]=password", headers=headers, timeout=30).json()
    assert (opened["password"], opened["version"], opened["created_at"]) == ("open sesame", "", "0001-01-01T00:00:00Z")
    strange = requests.get(path, headers={"x-rh-sources-org-id": org + "x"}, timeout=30)
    assert detail(strange) == (404, "authentication not found")
    unnamed = requests.get(path, timeout=30)
    assert unnamed.status_code == 401
    rows = requests.get(url + "/sources?limit=100000", headers=headers, timeout=30).json()["data"]
    mine = [row for row in rows if row["org_id"] == org]
    assert [sorted(row) for row in mine] == [["availability_status", "id", "org_id", "tenant"]]


def test_tenants_without_an_organisation(server):
    account = uuid.uuid4().hex[:8]
    requests.get(
        server.base_url + "/api/sources/v3.1/sources", headers={"x-rh-sources-account-number": account}, timeout=30
    )
    url = server.base_url + "/internal/v2.0"
    rows = requests.get(url + "/untranslated-tenants", timeout=30).json()["data"]
    assert account in [row["external_tenant"] for row in rows]
    answer = requests.post(url + "/translate-tenants", timeout=30)
    assert answer.status_code == 501 and "KONTOR_TENANT_TRANSLATOR_URL" in detail(answer)[1]
