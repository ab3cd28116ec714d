"""Facts of the original server that its recording does not show: filters, ids, states, the internal API."""

from __future__ import annotations

import json
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


def detail(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["detail"]


# Filters


@pytest.fixture(scope="module")
def shelf(server) -> str:
    """An organisation with five sources; the ids of catalogue types are the guide's."""
    org = f"org-{uuid.uuid4().hex[:10]}"
    for name, kind, version in (
        ("Alpha", "1", "1"), ("alpha-two", "1", None), ("Beta", "2", ""), ("beta%x", "3", "2"), ("Gamma_3", "3", "10"),
    ):  # fmt: skip
        source = create(server, org, "/sources", name=name, source_type_id=kind, version=version)
        if kind == "1":
            create(server, org, "/applications", source_id=source["id"], application_type_id="2")
    return org


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("filter[name]=Beta", ["Beta"]),
        ("filter[name][eq]=Beta", ["Beta"]),
        ("filter[name]=Beta&filter[name]=Alpha", ["Alpha", "Beta"]),
        ("name=Beta", ["Beta"]),
        ("filter[name][not_eq]=Beta", ["Alpha", "alpha-two", "beta%x", "Gamma_3"]),
        # Other operations than equality take the first value of a key.
        ("filter[name][not_eq]=Beta&filter[name][not_eq]=Alpha", ["Alpha", "alpha-two", "beta%x", "Gamma_3"]),
        ("filter[name][starts_with]=B&filter[name][starts_with]=A", ["Beta"]),
        ("filter[source_type_id][gt]=1", ["Beta", "beta%x", "Gamma_3"]),
        ("filter[source_type_id][gte]=3", ["beta%x", "Gamma_3"]),
        ("filter[source_type_id][lt]=2", ["Alpha", "alpha-two"]),
        ("filter[source_type_id][lte]=2", ["Alpha", "alpha-two", "Beta"]),
        ("filter[version][nil]=", ["alpha-two"]),
        ("filter[version][not_nil]=", ["Alpha", "Beta", "beta%x", "Gamma_3"]),
        ("filter[name][contains]=et", ["Beta", "beta%x"]),
        ("filter[name][starts_with]=A", ["Alpha"]),
        ("filter[name][ends_with]=a", ["Alpha", "Beta"]),
        ("filter[name][eq_i]=BETA", ["Beta"]),
        ("filter[name][not_eq_i]=BETA", ["Alpha", "alpha-two", "beta%x", "Gamma_3"]),
        ("filter[name][contains_i]=ALPHA", ["Alpha", "alpha-two"]),
        ("filter[name][starts_with_i]=b", ["Beta", "beta%x"]),
        ("filter[name][ends_with_i]=TWO", ["alpha-two"]),
        # Wildcards are not escaped.
        ("filter[name][starts_with]=_eta", ["Beta", "beta%x"]),
        ("filter[name][contains]=a%25x", ["beta%x"]),
        ("filter[source_type][name]=azure", ["Beta"]),
        ("filter[source_type][name][eq]=azure", ["Beta"]),
        ("filter[source_type][name]=azure&filter[source_type][name]=google", ["Beta", "beta%x", "Gamma_3"]),
        ("filter[source_type][name][not_eq]=azure", ["Alpha", "alpha-two", "beta%x", "Gamma_3"]),
        ("filter[source_type][id][gt]=2", ["beta%x", "Gamma_3"]),
        ("filter[source_type][id][gte]=2", ["Beta", "beta%x", "Gamma_3"]),
        ("filter[source_type][id][lt]=2", ["Alpha", "alpha-two"]),
        ("filter[source_type][id][lte]=1", ["Alpha", "alpha-two"]),
        ("filter[source_type][icon_url][nil]=", []),
        ("filter[source_type][vendor][not_nil]=&filter[name]=Beta", ["Beta"]),
        ("filter[source_type][product_name][contains]=Cloud", ["beta%x", "Gamma_3"]),
        ("filter[source_type][vendor][starts_with]=Goo", ["beta%x", "Gamma_3"]),
        ("filter[source_type][product_name][ends_with]=Azure", ["Beta"]),
        ("filter[source_type][name][eq_i]=AZURE", ["Beta"]),
        ("filter[source_type][name][not_eq_i]=AZURE", ["Alpha", "alpha-two", "beta%x", "Gamma_3"]),
        ("filter[source_type][vendor][contains_i]=MAZ", ["Alpha", "alpha-two"]),
        ("filter[source_type][category][starts_with_i]=clo&filter[source_type_id]=2", ["Beta"]),
        ("filter[source_type][vendor][ends_with_i]=GLE", ["beta%x", "Gamma_3"]),
        ("filter[source_type][name]=google&filter[version]=2", ["beta%x"]),
    ],
)
def test_every_operation(server, shelf, query, names):
    answer = server.sources("GET", f"/sources?{query}", shelf)
    assert answer.status_code == 200, answer.text
    assert [row["name"] for row in answer.json()["data"]] == names
    assert answer.json()["meta"]["count"] == len(names)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/sources?filter=x", "filter"),
        ("/sources?filter[name][like]=x", "unsupported operation like"),
        ("/sources?filter[planet]=x", "invalid filter parameter"),
        ("/sources?planet=x", "invalid filter parameter"),
        ("/sources?sort_by[]=name", "invalid filter parameter"),
        ("/sources?sort_by=name:desc", "invalid sort_by parameter"),
        ("/sources?sort_by=", "invalid sort_by parameter"),
        ("/sources?sort_by=source_type.name", "invalid sort_by parameter"),
        (
            "/sources?filter[application_type][name]=x",
            'cannot filter based on application_type subresource for table "sources"',
        ),
        (
            "/endpoints?filter[source_type][name]=x",
            'cannot filter based on source_type subresource for table "endpoints"',
        ),
        (
            "/applications?filter[source_type][name]=x",
            'cannot filter based on source_type subresource for table "applications"',
        ),
        ("/secrets?filter[password]=x", "invalid filter parameter"),
        ("/authentications?filter[extra]=x", "invalid filter parameter"),
        ("/sources?limit=x", "error parsing limit"),
        ("/sources?limit=0", "limit is less than 1"),
        ("/sources?offset=x", "error parsing offset"),
        ("/sources?offset=-1", "offset is less than 0"),
    ],
)
def test_what_a_list_refuses(server, org, path, words):
    assert detail(server.sources("GET", path, org)) == (400, f"bad request: {words}")


COLUMNS = {
    "/sources": "id created_at updated_at paused_at name uid version imported source_ref app_creation_workflow"
    " source_type_id availability_status last_checked_at last_available_at",
    "/applications": "id created_at updated_at paused_at availability_status last_checked_at last_available_at"
    " availability_status_error extra source_id application_type_id",
    "/application_types": "id created_at updated_at name display_name dependent_applications supported_source_types"
    " supported_authentication_types resource_ownership",
    "/application_authentications": "id created_at updated_at paused_at application_id authentication_id",
    "/authentications": "id name authtype username availability_status last_checked_at last_available_at"
    " availability_status_error source_id resource_type resource_id",
    "/secrets": "id name authtype username availability_status last_checked_at last_available_at"
    " availability_status_error source_id resource_type resource_id",
    "/endpoints": "id created_at updated_at paused_at role port default scheme host path verify_ssl"
    " certificate_authority receptor_node availability_status last_checked_at last_available_at"
    " availability_status_error source_id",
    "/app_meta_data": "id created_at updated_at step name payload substitutions type application_type_id",
    "/rhc_connections": "id rhc_id extra availability_status last_checked_at last_available_at"
    " availability_status_error created_at updated_at",
    "/source_types": "id created_at updated_at category name product_name vendor icon_url schema",
}


@pytest.mark.parametrize("path", COLUMNS)
def test_the_columns_of_a_list(server, org, path):
    """Every column of the original's list can be filtered and sorted by, and no other."""
    for column in COLUMNS[path].split():
        for query in (f"filter[{column}][not_nil]=", f"sort_by={column} desc", f"sort_by={column}&sort_by=id+DESC"):
            answer = server.sources("GET", f"{path}?{query}", org)
            assert answer.status_code == 200, (query, answer.text)
    for column in ("tenant_id", "user_id", "password", "password_hash", "superkey_data", "retry_counter"):
        assert server.sources("GET", f"{path}?filter[{column}]=1", org).status_code == 400, column
        assert server.sources("GET", f"{path}?sort_by={column}", org).status_code == 400, column


def test_an_authentication_without_user_name_is_found_as_such(server, org):
    source = create(server, org, "/sources", name="one", source_type_id="1")["id"]
    for user in (None, "", "u"):
        create(server, org, "/authentications", resource_type="Source", resource_id=source, username=user)
    counts = [
        server.sources("GET", f"/authentications?filter[username]{operation}", org).json()["meta"]["count"]
        for operation in ("[nil]=", "[not_nil]=", "=")
    ]
    assert counts == [1, 2, 1]
    users = [row["username"] for row in server.sources("GET", "/authentications", org).json()["data"]]
    assert users == ["", "", "u"]


# Applications


@pytest.fixture
def application(server, org) -> dict:
    source = create(server, org, "/sources", name="one", source_type_id="1")
    return create(server, org, "/applications", source_id=source["id"], application_type_id="5")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "bad request: bad request: no body"),
        (b"{}", "bad request: bad request: empty body"),
        (b'{"extra": null}', "bad request: bad request: empty body"),
        (b'{"planet": 1}', 'bad request: bad request: json: unknown field "planet"'),
        (b'{"source_id": "1"}', 'bad request: bad request: json: unknown field "source_id"'),
        (
            b'{"availability_status": "well"}',
            'bad request: invalid payload: availability status invalid. Must be one of "available", "in_progress", '
            '"partially_available" or "unavailable"',
        ),
    ],
)
def test_changes_of_applications_that_are_refused(server, org, application, body, words):
    answer = server.sources("PATCH", f"/applications/{application['id']}", org, data=body)
    assert detail(answer) == (400, words)
    missing = server.sources("PATCH", "/applications/987654321", org, data=body)
    assert detail(missing) == (404, "application not found")


def test_a_new_status_of_an_application_is_its_sources(server, org, application):
    paths = [f"/applications/{application['id']}", f"/sources/{application['source_id']}"]

    def states() -> list[tuple]:
        rows = [server.sources("GET", path, org).json() for path in paths]
        return [(row["availability_status"], row.get("last_checked_at"), row.get("last_available_at")) for row in rows]

    def change(path: str, **body) -> None:
        answer = server.sources("PATCH", path, org, json=body)
        assert answer.status_code == 200, answer.text

    change(paths[0], availability_status="available", last_checked_at="2024-01-02 03:04:05 UTC")
    assert states() == [("available", "2024-01-02T03:04:05Z", None)] * 2
    change(paths[1], availability_status="unavailable")
    # The same status again is no news for the source.
    change(paths[0], availability_status="available", last_available_at="2024-02-02 03:04:05 UTC")
    assert states() == [
        ("available", "2024-01-02T03:04:05Z", "2024-02-02T03:04:05Z"),
        ("unavailable", "2024-01-02T03:04:05Z", None),
    ]
    change(paths[0], availability_status="partially_available")
    assert states() == [("partially_available", "2024-01-02T03:04:05Z", "2024-02-02T03:04:05Z")] * 2


STATUS_WORDS = 'Must be one of "available", "in_progress", "partially_available" or "unavailable"'
DATE_WORDS = 'the provided date is in an invalid format. Expected format: "2006-01-02 15:04:05 MST"'


def test_a_paused_source_takes_only_its_state(server, org, application):
    path = f"/sources/{application['source_id']}"
    assert server.sources("POST", f"{path}/pause", org).status_code == 204
    for body, words in (
        ({"name": "x"}, 'json: unknown field "name"'),
        ({"version": "1", "availability_status": "available"}, 'json: unknown field "version"'),
        ({"availability_status": "well"}, f"invalid availability status. {STATUS_WORDS}"),
        ({"last_checked_at": "yesterday"}, DATE_WORDS),
        ({"last_available_at": "2024-13-02 03:04:05 UTC"}, DATE_WORDS),
    ):
        answer = server.sources("PATCH", path, org, json=body)
        assert detail(answer) == (400, f"bad request: {words}"), body
    body = {"availability_status": "available", "last_checked_at": "2024-01-02 03:04:05 UTC"}
    changed = server.sources("PATCH", path, org, json=body).json()
    assert (changed["availability_status"], changed["last_checked_at"]) == ("available", "2024-01-02T03:04:05Z")
    assert "last_available_at" not in changed
    assert server.sources("POST", f"{path}/unpause", org).status_code == 204
    answer = server.sources("PATCH", path, org, json={"last_checked_at": "yesterday"})
    assert detail(answer) == (400, f"bad request: {DATE_WORDS}, field last_checked_at")
    answer = server.sources("PATCH", path, org, json={"availability_status": "well"})
    assert detail(answer) == (400, f"bad request: availability status invalid. {STATUS_WORDS}")


def test_what_a_superkey_worker_reports_is_kept_and_not_shown(server, org, application):
    path = f"/applications/{application['id']}"
    answer = server.sources("PATCH", path, org, json={"extra": {"bucket": "b", "_superkey": {"guid": "g", "steps": 3}}})
    assert answer.json()["extra"] == {"bucket": "b"}
    assert server.sources("GET", path, org).json()["extra"] == {"bucket": "b"}
    stored = server.sql(f"SELECT superkey_data ->> 'guid' FROM applications WHERE id = {application['id']}", "sources")
    assert stored == [["g"]]
    server.sources("PATCH", path, org, json={"extra": {"bucket": "c"}})
    kinds = server.sql(
        f"SELECT event_type FROM event_outbox WHERE payload ->> 'id' = '{application['id']}'"
        " AND event_type LIKE 'Application.%' ORDER BY id",
        "sources",
    )
    assert [kind for (kind,) in kinds] == ["Application.create", "Application.create", "Application.update"]
    still = server.sql(f"SELECT superkey_data ->> 'guid' FROM applications WHERE id = {application['id']}", "sources")
    assert still == [["g"]]


def test_extra_comes_back_as_it_was_sent(server, org):
    source = create(server, org, "/sources", name="one", source_type_id="1")
    body = '{"source_id": %s, "application_type_id": 5, "extra": {"zz": 1, "b": [1.5, {"y": null, "x": 2}], "a": "ä"}}'
    made = server.sources("POST", "/applications", org, data=(body % source["id"]).encode())
    assert '"extra":{"zz":1,"b":[1.5,{"y":null,"x":2}],"a":"ä"}' in made.text
    # Afterwards in the order of the database: short keys first.
    got = server.sources("GET", f"/applications/{made.json()['id']}", org).json()
    assert list(got["extra"]) == ["a", "b", "zz"] and list(got["extra"]["b"][1]) == ["x", "y"]
    bare = create(
        server, org, "/applications", application_type_id=5,
        source_id=create(server, org, "/sources", name="two", source_type_id="1")["id"],
    )  # fmt: skip
    assert "extra" not in bare


# Authentications


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"resource_id": 1}, "resource_type is required"),
        ({"resource_type": "Source"}, "resource_id is required"),
        ({"resource_type": "Source", "resource_id": "abc"}, "resource_id must be a valid integer or string"),
        (
            {"resource_type": "Planet", "resource_id": "1"},
            "invalid resource_type - must be one of [Source|Endpoint|Application|Authentication]",
        ),
        (
            {"resource_type": "authentication", "resource_id": "1"},
            "bad resource type, supported types are [Application, Endpoint, Source]",
        ),
        (
            {"resource_type": "source", "resource_id": 987654321},
            "resource not found with type [Source], id [987654321]",
        ),
        (
            {"resource_type": "ENDPOINT", "resource_id": "987654321"},
            "resource not found with type [Endpoint], id [987654321]",
        ),
        ({"resource_type": "Source", "resource_id": 1, "source_id": 1}, 'json: unknown field "source_id"'),
    ],
)
def test_authentications_that_are_refused(server, org, body, words):
    assert detail(server.sources("POST", "/authentications", org, json=body)) == (400, f"bad request: {words}")


def test_changes_of_an_authentication_are_checked_before_it_is_looked_for(server, org):
    path = "/authentications/987654321"
    for body, words in (
        ({}, "empty body"),
        ({"resource_id": 1}, 'json: unknown field "resource_id"'),
        ({"availability_status": "well"}, f"availability status invalid. {STATUS_WORDS}"),
    ):
        answer = server.sources("PATCH", path, org, data=json.dumps(body).encode())
        assert detail(answer) == (400, f"bad request: {words}")
    assert detail(server.sources("PATCH", path, org, json={"username": "x"})) == (404, "authentication not found")
    for kind in ("sources", "endpoints"):
        answer = server.sources("PATCH", f"/{kind}/987654321", org, data=b"{")
        assert detail(answer) == (404, f"{kind[:-1]} not found")


def test_deleting_an_application_tells_of_all_that_goes(server, org, application):
    owner = {"resource_type": "Application", "resource_id": application["id"]}
    authentications = [create(server, org, "/authentications", **owner)["id"] for _ in range(2)]
    links = [
        create(server, org, "/application_authentications", application_id=application["id"], authentication_id=one)
        for one in authentications
    ]
    before = server.sql("SELECT max(id) FROM event_outbox", "sources")[0][0]
    assert server.sources("DELETE", f"/applications/{application['id']}", org).status_code == 204
    told = server.sql(
        "SELECT event_type, payload ->> 'id' FROM event_outbox"
        f" WHERE id > {before} AND source_id = {application['source_id']} AND event_type LIKE '%.destroy' ORDER BY id",
        "sources",
    )
    assert told == [
        *(["ApplicationAuthentication.destroy", link["id"]] for link in links),
        ["Application.destroy", application["id"]],
        *(["Authentication.destroy", one] for one in authentications),
    ]
    for path in ("/authentications", "/application_authentications", "/applications"):
        assert server.sources("GET", path, org).json()["meta"]["count"] == 0, path


# Connections, the internal API, health


def test_times_of_a_connection_are_full(server, org):
    source = create(server, org, "/sources", name="one", source_type_id="1")
    made = create(server, org, "/rhc_connections", rhc_id="r", source_id=source["id"])
    for stored, shown in (
        ("2024-01-02 03:04:05.120456", "2024-01-02T03:04:05.120456Z"),
        ("2024-01-02 03:04:05.5", "2024-01-02T03:04:05.5Z"),
        ("2024-01-02 03:04:05", "2024-01-02T03:04:05Z"),
    ):
        server.sql(f"UPDATE rhc_connections SET last_checked_at = '{stored}+00' WHERE id = {made['id']}", "sources")
        assert server.sources("GET", f"/rhc_connections/{made['id']}", org).json()["last_checked_at"] == shown
        found = server.sources("GET", "/rhc_connections?filter[last_checked_at][gte]=2024-01-02", org).json()
        assert [row["last_checked_at"] for row in found["data"]] == [shown]


def test_an_authentication_in_the_internal_api(server, org):
    source = create(server, org, "/sources", name="one", source_type_id="1")
    made = create(
        server, org, "/authentications", resource_type="Source", resource_id=source["id"], authtype="token",
        username="u", password="open sesame",
    )  # fmt: skip
    for version in ("v1.0", "v2.0"):
        path = f"{server.base_url}/internal/{version}/authentications/{made['id']}"
        headers = {"x-rh-sources-org-id": org}
        assert requests.get(path, headers=headers, timeout=30).json() == made
        opened = requests.get(path + "?expose_encrypted_attribute[]=password", headers=headers, timeout=30)
        assert list(opened.json().items()) == [
            ("id", made["id"]), ("created_at", "0001-01-01T00:00:00Z"), ("authtype", "token"), ("username", "u"),
            ("password", "open sesame"), ("version", ""), ("availability_status", "in_progress"),
            ("resource_type", "Source"), ("resource_id", source["id"]),
        ]  # fmt: skip
        other = requests.get(path + "?expose_encrypted_attribute[]=username", headers=headers, timeout=30)
        assert other.json() == made
    path = f"{server.base_url}/internal/v2.0/authentications/abc"
    assert detail(requests.get(path, headers=headers, timeout=30)) == (404, "authentication not found")


def test_a_secret_without_password_in_the_internal_api(server, org):
    made = create(server, org, "/secrets", name="bare")
    path = f"{server.base_url}/internal/v2.0/secrets/{made['id']}"
    assert requests.get(path, headers={"x-rh-sources-org-id": org}, timeout=30).json() == made


@pytest.mark.parametrize("headers", [{}, {"x-rh-identity": "%%%"}, {"x-rh-sources-psk": "wrong"}])
@pytest.mark.parametrize("path", ["/sources/abc", "/applications/abc/authentications", "/source_types/abc"])
def test_the_form_of_an_id_comes_before_the_caller(server, path, headers):
    answer = requests.get(f"{server.base_url}/api/sources/v3.1{path}", headers=headers, timeout=30)
    assert detail(answer) == (400, "bad request: the provided ID must be a greater than zero, positive number")
    loose = requests.get(f"{server.base_url}/api/sources/v3.1/authentications/abc", timeout=30)
    assert detail(loose) == (401, "the ebs account number and the org id are missing")


BIG = "99999999999999999999"
OUT_OF_RANGE = f'bad request: strconv.ParseInt: parsing "{BIG}": value out of range'


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/endpoints", {"source_id": BIG}, OUT_OF_RANGE),
        ("/endpoints", {"source_id": "9223372036854775807"}, "bad request: source id not found"),
        ("/application_authentications", {"application_id": BIG, "authentication_id": "1"}, OUT_OF_RANGE),
        ("/application_authentications", {"application_id": True, "authentication_id": "1"},
         "bad request: invalid format provided"),
        ("/bulk_create", {"sources": [{"name": "x", "source_type_id": "abc"}]},
         "bad request: invalid source type id, original error: "
         'strconv.ParseInt: parsing "abc": invalid syntax'),
    ],
)  # fmt: skip
def test_ids_that_are_none(server, org, path, body, words):
    assert detail(server.sources("POST", path, org, json=body)) == (400, words)


UUID = "64a3a37a-5ff1-4ce4-b88b-d3e0a5b5bc43"


@pytest.mark.parametrize(
    ("username", "fault"),
    [
        (UUID, None), (UUID.upper(), None), (UUID.replace("-", ""), None), (f"{{{UUID}}}", None),
        (f"urn:uuid:{UUID}", None), (f" {UUID} ", None),
        (None, "username is required"), ("", "username must not be blank or empty"),
        ("  ", "username must not be blank or empty"), ("x", "the username must be a valid UUID"),
        (UUID.replace("-", "")[:-1] + "g", "the username must be a valid UUID"),
        (UUID + "0", "the username must be a valid UUID"), ("{" + UUID, "the username must be a valid UUID"),
    ],
)  # fmt: skip
def test_an_azure_subscription_is_a_uuid(server, org, username, fault):
    source = create(server, org, "/sources", name="azure", source_type_id="3")
    body = {"resource_type": "Source", "resource_id": source["id"], "authtype": "lighthouse_subscription_id"}
    answer = server.sources("POST", "/authentications", org, json=body | {"username": username})
    if fault is None:
        assert (answer.status_code, answer.json()["username"]) == (201, username)
    else:
        words = f"bad request: subscription ID is invalid: {fault} for Azure Source Types"
        assert detail(answer) == (400, words)


def test_an_empty_extra_is_not_shown(server, org):
    source = create(server, org, "/sources", name="one", source_type_id="1")
    owner = {"resource_type": "Source", "resource_id": source["id"]}
    assert "extra" not in create(server, org, "/authentications", **owner, extra={})
    made = create(server, org, "/authentications", **owner, extra={"a": 1})
    emptied = server.sources("PATCH", f"/authentications/{made['id']}", org, json={"extra": {}})
    assert emptied.status_code == 200 and "extra" not in emptied.json()
    assert "extra" not in create(server, org, "/secrets", name="bare", extra={})
    connection = create(server, org, "/rhc_connections", rhc_id=org, source_id=source["id"], extra={})
    assert connection["extra"] == {}


def test_of_two_limits_the_first_counts(server, shelf):
    page = server.sources("GET", "/sources?limit=2&limit=1&offset=1&offset=3&sort_by=id", shelf).json()
    assert [source["name"] for source in page["data"]] == ["alpha-two", "Beta"]
    assert (page["meta"]["limit"], page["meta"]["offset"]) == (2, 1)
    assert page["links"]["first"] == "/api/sources/v3.1/sources?limit=2&offset=1&sort_by=id"


def test_an_answer_without_body_has_no_type(server, org):
    source = create(server, org, "/sources", name="one", source_type_id="1")
    paused = server.sources("POST", f"/sources/{source['id']}/pause", org)
    assert (paused.status_code, paused.headers["Content-Type"], paused.content) == (204, "application/json", b"")
    deleted = server.sources("DELETE", f"/sources/{source['id']}", org)
    assert (deleted.status_code, "Content-Type" in deleted.headers, deleted.content) == (204, False, b"")


def test_what_events_say_of_texts_that_are_not_there(server, org):
    source = create(server, org, "/sources", name="one", source_type_id="1")
    create(server, org, "/authentications", resource_type="Source", resource_id=source["id"], authtype="arn")
    create(server, org, "/rhc_connections", rhc_id=org, source_id=source["id"])
    rows = server.sql(
        "SELECT payload -> 'name', payload -> 'username', payload -> 'availability_status_error', payload -> 'extra'"
        f" FROM event_outbox WHERE source_id = {source['id']}"
        " AND event_type IN ('Authentication.create', 'RhcConnection.create') ORDER BY id",
        "sources",
    )
    assert rows == [['""', '""', "null", "null"], ["", "", '""', "null"]]


def test_health_in_the_originals_words(server):
    answer = requests.get(f"{server.base_url}/health", timeout=30)
    assert (answer.status_code, answer.text, answer.headers["content-type"]) == (200, "OK", "text/plain; charset=UTF-8")


def test_every_version_has_every_route(server, org):
    source = create(server, org, "/sources", name="one", source_type_id="1")
    for version in ("v1.0", "v2.0", "v3.0", "v3.1", "v1", "v2", "v3"):
        url = f"{server.base_url}/api/sources/{version}"
        headers = {"x-rh-sources-org-id": org}
        assert requests.get(f"{url}/sources/{source['id']}/", headers=headers, timeout=30).json()["name"] == "one"
        links = requests.get(f"{url}/sources/", headers=headers, timeout=30).json()["links"]
        assert links["first"] == f"/api/sources/{version}/sources?limit=100&offset=0"
    strange = requests.get(f"{server.base_url}/api/sources/v9/sources", headers=headers, timeout=30)
    assert (strange.status_code, strange.json()) == (404, {"message": "Not Found"})


# What is told first


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        # The form of keys, then limit and offset, then whether there is such a source, then columns, then the order.
        ("/sources?limit=x&offset=x&filter[planet]=1&filter=x", 400, "bad request: filter"),
        ("/sources?limit=x&planet[eq]=1", 400, "bad request: invalid filter parameter"),
        ("/sources?sort_by[]=name&limit=x", 400, "bad request: invalid filter parameter"),
        ("/sources?filtername=x", 400, "bad request: filter"),
        ("/sources?limit=0&offset=x&filter[planet]=1", 400, "bad request: error parsing offset"),
        ("/sources?offset=-1&limit=0&filter[planet]=1", 400, "bad request: limit is less than 1"),
        ("/sources/99999999/applications?limit=x", 400, "bad request: error parsing limit"),
        ("/sources/99999999/endpoints?offset=-1", 400, "bad request: offset is less than 0"),
        ("/sources/99999999/endpoints?filter[planet]=1", 404, "source not found"),
        ("/source_types/99/sources?limit=1e2", 400, "bad request: error parsing limit"),
        ("/sources?sort_by=planet&filter[moon]=1", 400, "bad request: invalid filter parameter"),
        ("/sources?sort_by=planet&filter[id][contains]=1", 400, "bad request: invalid sort_by parameter"),
        ("/endpoints?filter[source_type][planet]=1", 400, "bad request: invalid filter parameter"),
        (
            "/endpoints?filter[source_type][name]=amazon", 400,
            'bad request: cannot filter based on source_type subresource for table "endpoints"',
        ),
    ],
)  # fmt: skip
def test_of_several_faults_of_a_list_the_first_is_told(server, org, path, status, words):
    assert detail(server.sources("GET", path, org)) == (status, words)


@pytest.mark.parametrize("operation", ["contains", "starts_with", "ends_with_i", "eq_i", "not_eq_i"])
@pytest.mark.parametrize(
    ("kind", "field"), [("sources", "id"), ("sources", "created_at"), ("endpoints", "port"), ("applications", "extra")]
)
def test_operations_for_texts_want_a_text(server, org, kind, field, operation):
    assert detail(server.sources("GET", f"/{kind}?filter[{field}][{operation}]=1", org)) == (
        400, f"bad request: the operation {operation} is for texts, which {field} is not",
    )  # fmt: skip


@pytest.mark.parametrize("order", ["%20name%20%20desc%20", "name+desc", "name%09DESC"])
def test_blanks_around_an_order_do_not_matter(server, shelf, order):
    names = [row["name"] for row in server.sources("GET", f"/sources?sort_by={order}", shelf).json()["data"]]
    straight = server.sources("GET", "/sources?sort_by=name", shelf).json()["data"]
    assert names == [row["name"] for row in straight][::-1]


def test_words_behind_an_operation_make_it_an_equality(server, shelf):
    answer = server.sources("GET", "/sources?filter[name][contains][x]=Beta", shelf)
    assert [row["name"] for row in answer.json()["data"]] == ["Beta"]


def test_an_application_without_an_error_has_an_empty_one(server, shelf):
    def count(query: str) -> int:
        return server.sources("GET", f"/applications?filter[availability_status_error]{query}", shelf).json()["meta"][
            "count"
        ]

    assert (count("[nil]="), count("[not_nil]="), count("[not_eq]=x")) == (0, 2, 2)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"source_id": "x", "application_type_id": "y"}, "invalid application type id y"),
        ({"source_id": "x", "application_type_id": "2"}, "invalid source id x"),
        ({"source_id": "1", "application_type_id": True}, "invalid application type id true"),
        ({"source_id": "x"}, "missing required parameter application_type_id"),
        ({"extra": None}, "missing required parameter source_id"),
    ],
)
def test_the_type_of_a_new_application_is_read_first(server, org, body, words):
    answer = server.sources("POST", "/applications", org, json=body)
    assert detail(answer) == (400, f"bad request: Validation failed: {words}")


@pytest.mark.parametrize("value", [{}, [], True])
def test_ids_of_links_are_texts_or_numbers(server, org, value):
    wrong = (400, "bad request: invalid format provided")
    body = {"application_id": "1", "authentication_id": value}
    assert detail(server.sources("POST", "/application_authentications", org, json=body)) == wrong
    assert detail(server.sources("POST", "/endpoints", org, json={"source_id": value})) == wrong


def test_a_change_of_an_authentication_is_looked_at_before_its_id(server, org):
    def change(body: dict) -> tuple[int, str]:
        return detail(server.sources("PATCH", "/authentications/abc", org, json=body))

    assert change({}) == (400, "bad request: empty body")
    assert change({"planet": 1}) == (400, 'bad request: json: unknown field "planet"')
    assert change({"availability_status": "fine"})[1].startswith("bad request: availability status invalid")
    assert change({"name": "x"}) == (404, "authentication not found")


def test_a_taken_name_is_told_before_a_wrong_status(server, org):
    create(server, org, "/sources", name="one", source_type_id="1")
    two = create(server, org, "/sources", name="two", source_type_id="1")
    answer = server.sources("PATCH", f"/sources/{two['id']}", org, json={"name": "one", "availability_status": "fine"})
    assert detail(answer) == (400, "bad request: source name already exists in same tenant")


def test_a_resource_is_told_by_its_number(server, org):
    body = {"resource_type": "endpoint", "resource_id": "007"}
    assert detail(server.sources("POST", "/authentications", org, json=body)) == (
        400, "bad request: resource not found with type [Endpoint], id [7]",
    )  # fmt: skip


def test_null_is_something_where_any_json_will_do(server, org):
    answer = server.sources("PATCH", "/rhc_connections/99999999", org, json={"extra": None})
    assert detail(answer) == (404, "rhcConnection not found")


def test_items_of_a_bulk_are_read_before_anything_is_made(server, org):
    def bulk(**lists: list[dict]) -> requests.Response:
        return server.sources("POST", "/bulk_create", org, json=lists)

    amazon = {"name": "one", "source_type_name": "amazon"}
    assert detail(bulk(sources=[{"name": "one"}], endpoints=[{"planet": 1}])) == (
        400, 'bad request: json: unknown field "planet"',
    )  # fmt: skip
    assert detail(bulk(sources=[{}])) == (
        400, "bad request: no source type present, need either [source_type_name] or [source_type_id]",
    )  # fmt: skip
    # Applications come before endpoints.
    answer = bulk(
        sources=[amazon],
        applications=[{"source_name": "one", "application_type_id": "1"}],
        endpoints=[{"source_name": "two"}],
    )
    assert detail(answer) == (400, "bad request: the application type is not compatible with the source type")
    # Endpoints without a role don't stand in each other's way.
    made = bulk(sources=[amazon], endpoints=[{"source_name": "one"}, {"source_name": "one", "host": "example.com"}])
    assert made.status_code == 201, made.text
    assert [("role" in row, row["host"]) for row in made.json()["endpoints"]] == [(False, ""), (False, "example.com")]
    typed = bulk(
        sources=[amazon | {"name": "three"}],
        applications=[{"source_name": "three", "application_type_name": "zz", "application_type_id": "2"}],
    )
    assert [row["application_type_id"] for row in typed.json()["applications"]] == ["2"]
