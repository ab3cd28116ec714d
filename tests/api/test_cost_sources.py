"""The sources face of the Cost Management API, over the rows of the Sources API."""

from __future__ import annotations

import re
import uuid

import pytest
import requests
from support.process import wait_until
from support.server import Server, identity

BASE = "/api/cost-management/v1"
ROLE = "arn:aws:iam::123456789012:role/CostManagement"


@pytest.fixture
def org() -> str:
    return f"org-{uuid.uuid4().hex[:10]}"


def call(server: Server, method: str, path: str, org: str, **more) -> requests.Response:
    headers = {"x-rh-identity": identity(org, account="")} | more.pop("headers", {})
    return requests.request(method, f"{server.base_url}{BASE}{path}", headers=headers, timeout=60, **more)


def aws(name: str = "production", **more) -> dict:
    return {
        "name": name, "source_type": "AWS",
        "authentication": {"credentials": {"role_arn": ROLE}},
        "billing_source": {"data_source": {"bucket": "cost-data", "report_name": "cost-report",
                                           "report_prefix": "reports"}},
    } | more  # fmt: skip


def create(server: Server, org: str, **more) -> dict:
    answer = call(server, "POST", "/sources/", org, json=aws(**more))
    assert answer.status_code == 201, answer.text
    return answer.json()


def errors(answer: requests.Response) -> list[tuple[str, str]]:
    return [(error["source"], error["detail"]) for error in answer.json()["errors"]]


def linked(server: Server, org: str, source_id: str, **wanted) -> dict:
    """The source once it has what is wanted."""
    found: dict = {}

    def ready() -> bool:
        found.update(call(server, "GET", f"/sources/{source_id}/", org).json())
        return all(found[name] == value for name, value in wanted.items())

    wait_until(ready, 60, f"source {source_id} has {wanted}")
    return found


def test_a_source_made_here_shows_on_both_faces_and_is_read(server, org):
    made = create(server, org)
    assert {name: made[name] for name in list(made)[2:10]} == {
        "name": "production", "source_type": "AWS", "source_type_id": "2", "source_ref": None,
        "authentication": {"credentials": {"role_arn": ROLE}},
        "billing_source": {"data_source": {"bucket": "cost-data", "report_name": "cost-report",
                                           "report_prefix": "reports"}},
        "paused": False, "updated_timestamp": made["updated_timestamp"],
    }  # fmt: skip
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", made["updated_timestamp"])
    other = server.sources("GET", f"/sources/{made['id']}", org).json()
    assert (other["name"], other["uid"], other["source_type_id"]) == ("production", made["uuid"], "1")
    below = server.sources("GET", f"/sources/{made['id']}/applications", org).json()["data"]
    assert [row["extra"]["bucket"] for row in below] == ["cost-data"]
    assert [row["application_type_id"] for row in below] == ["2"]
    keys = server.sources("GET", f"/sources/{made['id']}/authentications", org).json()["data"]
    assert [(row["authtype"], row["username"], row["resource_type"]) for row in keys] == [("arn", ROLE, "Application")]
    server.wait_for_month(made["uuid"])
    server.wait_for_month(made["uuid"], "2026-11-01")
    done = linked(server, org, made["id"], has_data=True, current_month_data=True, previous_month_data=True)
    assert list(done) == [
        "id", "uuid", "name", "source_type", "source_type_id", "source_ref", "authentication", "billing_source",
        "paused", "updated_timestamp", "provider_linked", "active", "current_month_data", "previous_month_data",
        "last_payload_received_at", "last_polling_time", "created_timestamp", "status", "has_data",
        "infrastructure", "cost_models", "additional_context",
    ]  # fmt: skip
    assert (done["provider_linked"], done["active"], done["infrastructure"], done["cost_models"]) == (
        True,
        True,
        {},
        [],
    )
    for step in ("download", "processing", "summary"):
        assert list(done["status"][step]) == ["end", "start", "state"]
        assert done["status"][step]["state"] == "complete"
        assert re.fullmatch(r"2026-11-24T\d\d:\d\d:\d\d(\.\d+)?\+00:00", done["status"][step]["end"])
    for name in ("last_polling_time", "created_timestamp"):
        assert re.fullmatch(r"2026-11-24 \d\d:\d\d:\d\d", done[name]), name
    stats = call(server, "GET", f"/sources/{made['id']}/stats/", org).json()
    assert list(stats) == [
        "provider_linked", "data_updated_date", "ocp_on_cloud_data_updated_date", "2026-11-01", "2026-10-01"
    ]  # fmt: skip
    manifest = stats["2026-10-01"]["manifests"][0]
    assert list(manifest) == [
        "assembly_id", "billing_period_start", "files_processed", "process_start_date", "process_complete_date",
        "manifest_complete_date", "export_datetime",
    ]  # fmt: skip
    assert (manifest["billing_period_start"], manifest["files_processed"]) == ("2026-10-01 00:00:00", "1/1")
    # Costs of it are there, and a cost model that is given to it is named.
    answer = call(
        server, "POST", "/cost-models/", org,
        json={"name": "plus ten", "description": "", "source_type": "AWS", "source_uuids": [made["uuid"]],
              "markup": {"value": "10", "unit": "percent"}, "rates": []},
    )  # fmt: skip
    assert answer.status_code == 201, answer.text
    model = {"name": "plus ten", "uuid": answer.json()["uuid"]}
    assert linked(server, org, made["uuid"])["cost_models"] == [model]


def test_a_source_made_on_the_other_face_shows_here(server, org):
    source, uid = server.add_aws_provider(
        "cost-data", "nothing", org=org, name="guide", access_key="AK", secret_key="SK"
    )
    item = linked(server, org, source, provider_linked=True)
    assert (item["uuid"], item["name"], item["source_type_id"]) == (uid, "guide", "2")
    # What is secret in it, or opens something, is not shown.
    assert item["billing_source"]["data_source"] == {
        "bucket": "cost-data", "report_name": "nothing", "report_prefix": ""
    }  # fmt: skip
    assert item["authentication"] == {"credentials": {}}
    assert "SK" not in str(item)
    # One without an application is a source too.
    bare = server.sources("POST", "/sources", org, json={"name": "bare", "source_type_id": "1"}).json()
    item = call(server, "GET", f"/sources/{bare['id']}/", org).json()
    assert (item["provider_linked"], item["status"], item["billing_source"]) == (False, {}, {"data_source": {}})
    patched = call(
        server, "PATCH", f"/sources/{bare['id']}/", org,
        json={"billing_source": {"data_source": {"bucket": "b"}},
              "authentication": {"credentials": {"role_arn": ROLE}}},
    )  # fmt: skip
    assert patched.status_code == 200, patched.text
    assert patched.json()["authentication"] == {"credentials": {"role_arn": ROLE}}
    assert linked(server, org, bare["id"], provider_linked=True)["billing_source"] == {"data_source": {"bucket": "b"}}


def test_changes_reach_the_provider(server, org):
    made = create(server, org, name="before")
    linked(server, org, made["id"], provider_linked=True)
    changed = call(
        server, "PATCH", f"/sources/{made['uuid']}/", org,
        json={"name": "after", "billing_source": {"data_source": {"bucket": "other", "report_name": "r"}},
              "authentication": {"credentials": {"access_key": "AKIA", "secret_key": "hush"}}},
    )  # fmt: skip
    assert changed.status_code == 200, changed.text
    item = changed.json()
    assert item["name"] == "after"
    assert item["billing_source"] == {"data_source": {"bucket": "other", "report_name": "r"}}
    assert item["authentication"] == {"credentials": {"access_key": "AKIA"}}
    assert item["updated_timestamp"] > made["updated_timestamp"]
    assert "hush" not in changed.text
    statement = (
        "SELECT p.name, b.data_source->>'bucket', a.credentials->>'access_key' FROM api_provider p"
        " JOIN api_providerbillingsource b ON b.id = p.billing_source_id"
        f" JOIN api_providerauthentication a ON a.id = p.authentication_id WHERE p.uuid = '{made['uuid']}'"
    )
    wait_until(lambda: server.sql(statement) == [["after", "other", "AKIA"]], 30, "the provider is changed")
    for paused in (True, False, True):
        answer = call(server, "PATCH", f"/sources/{made['id']}/", org, json={"paused": paused})
        assert (answer.status_code, answer.json()["paused"]) == (200, paused)
        assert answer.json()["updated_timestamp"] > item["updated_timestamp"]
        item = answer.json()
    # Woken, changed and put to sleep again in one step; all of it, or nothing.
    name = {"paused": False, "name": "third"}
    assert call(server, "PATCH", f"/sources/{made['id']}/", org, json=name).json()["name"] == "third"
    taken = create(server, org, name="taken")
    refused = call(server, "PATCH", f"/sources/{made['id']}/", org, json={"name": "taken", "paused": True})
    assert refused.status_code == 400 and errors(refused)[0][0] == "name"
    item = call(server, "GET", f"/sources/{made['id']}/", org).json()
    assert (item["name"], item["paused"]) == ("third", False)
    for source in (made, taken):
        assert call(server, "DELETE", f"/sources/{source['id']}/", org).status_code == 204
    assert call(server, "GET", f"/sources/{made['id']}/", org).status_code == 404
    assert server.sources("GET", "/sources", org).json()["meta"]["count"] == 0
    wait_until(lambda: server.sql(statement) == [], 30, "the provider is gone")


def test_the_other_kinds(server, org):
    cluster = call(
        server, "POST", "/sources/", org, json={"name": "c", "source_type_id": "1", "source_ref": "cluster-1"}
    )
    assert cluster.status_code == 201, cluster.text
    item = cluster.json()
    assert (item["source_type"], item["source_ref"]) == ("OCP", "cluster-1")
    assert item["authentication"] == {"credentials": {"cluster_id": "cluster-1"}}
    twice = call(server, "POST", "/sources/", org, json={"name": "d", "source_type": "ocp", "source_ref": "cluster-1"})
    assert errors(twice) == [("source_ref", "A source with this cluster id exists already.")]
    by_credentials = {"name": "e", "source_type": "OCP", "authentication": {"credentials": {"cluster_id": "cluster-2"}}}
    assert call(server, "POST", "/sources", org, json=by_credentials).json()["source_ref"] == "cluster-2"
    azure = {
        "name": "az", "source_type": "Azure-local",
        "authentication": {"credentials": {"subscription_id": "s", "tenant_id": "t", "client_id": "c",
                                           "client_secret": "hush"}},
        "billing_source": {"data_source": {"resource_group": {"directory": "d"}, "storage_account": "a"}},
    }  # fmt: skip
    answer = call(server, "POST", "/sources/", org, json=azure)
    assert answer.status_code == 201 and "hush" not in answer.text
    assert answer.json()["authentication"] == {
        "credentials": {"subscription_id": "s", "tenant_id": "t", "client_id": "c"}
    }  # fmt: skip
    assert answer.json()["billing_source"] == azure["billing_source"]
    gcp = {
        "name": "g", "source_type_id": "4", "authentication": {"credentials": {"project_id": "p"}},
        "billing_source": {"data_source": {"dataset": "d"}}, "paused": True,
    }  # fmt: skip
    answer = call(server, "POST", "/sources/", org, json=gcp).json()
    assert (answer["source_type"], answer["authentication"], answer["paused"]) == (
        "GCP", {"credentials": {"project_id": "p"}}, True,
    )  # fmt: skip


def test_bodies_are_checked(server, org):
    required = "This field is required."
    create(server, org)
    for body, wanted in (
        ({}, {("source_type", required), ("name", required)}),
        ({"name": "x", "source_type": "Oracle"}, {"source_type"}),
        ({"name": "x", "source_type_id": "9"}, {"source_type_id"}),
        ({"name": "x", "source_type": "AWS"}, {("billing_source", required)}),
        (aws("x", billing_source={"data_source": {}}), {("billing_source.data_source.bucket", required)}),
        (aws("x", billing_source={}), {("billing_source.data_source", required)}),
        (aws("x", billing_source=7), {"billing_source"}),
        (aws("x", authentication={"credentials": {"access_key": "a"}}),
         {("authentication.credentials.secret_key", required)}),
        (aws(""), {"name"}),
        (aws("x" * 257), {"name"}),
        (aws("x", paused="perhaps"), {"paused"}),
        (aws("production"), {"name"}),
        ({"name": "x", "source_type": "OCP"}, {"source_ref"}),
        ({"name": "x", "source_type": "Azure"}, {("authentication", required), ("billing_source", required)}),
    ):  # fmt: skip
        answer = call(server, "POST", "/sources/", org, json=body)
        assert answer.status_code == 400, body
        told = errors(answer)
        assert {error if isinstance(next(iter(wanted)), tuple) else error[0] for error in told} == wanted, body
    for text in ("", "{", "[]", "7", "null"):
        assert call(server, "POST", "/sources/", org, data=text).status_code == 400, text
    made = call(server, "GET", "/sources/", org).json()["data"][0]
    for body in ({"source_type": "OCP"}, {"name": ""}, {"billing_source": {"data_source": {}}}, {"paused": 7}):
        assert call(server, "PATCH", f"/sources/{made['id']}/", org, json=body).status_code == 400, body
    assert call(server, "GET", f"/sources/{made['id']}/", org).json()["name"] == "production"


def test_lists_are_filtered_ordered_and_paged(server, org):
    for name in ("prod one", "prod two", "test one"):
        create(server, org, name=name)
    call(server, "POST", "/sources/", org, json={"name": "cluster", "source_type": "OCP", "source_ref": "c-1"})

    def names(**query: str) -> list[str]:
        answer = call(server, "GET", "/sources/", org, params=query)
        assert answer.status_code == 200, answer.text
        return [row["name"] for row in answer.json()["data"]]

    everything = ["prod one", "prod two", "test one", "cluster"]
    assert names() == everything
    assert names(name="PROD") == ["prod one", "prod two"]
    assert names(name="prod,one") == ["prod one"]
    assert names(**{"filter[name]": "one"}) == ["prod one", "test one"]
    assert names(type="ocp") == ["cluster"] == names(source_type="OCP") == names(source_type_id="1")
    assert names(type="aws,ocp") == everything
    assert names(source_ref="c-1") == ["cluster"] and names(source_ref="c") == []
    assert names(ordering="name") == ["cluster", "prod one", "prod two", "test one"]
    assert names(ordering="-name", limit="2") == ["test one", "prod two"]
    assert names(ordering="type", name="one") == ["prod one", "test one"]
    assert names(limit="1", offset="2") == ["test one"]
    wait_until(lambda: names(active="true") == everything, 30, "all have providers")
    assert names(active="false") == [] and names(name="nothing") == []
    page = call(server, "GET", "/sources/?limit=2&offset=1", org).json()
    assert page["meta"] == {"count": 4, "limit": 2, "offset": 1}
    assert page["links"]["next"] == f"{BASE}/sources/?limit=2&offset=3"
    wrong = call(server, "GET", "/sources/?ordering=colour", org)
    assert (wrong.status_code, wrong.json()) == (400, {"ordering": ['"colour" is not a valid choice.']})


def test_types_and_applications_have_ids_of_their_own(server, org):
    types = requests.get(f"{server.base_url}{BASE}/source_types", timeout=30).json()
    assert types == {
        "meta": {"count": 4},
        "data": [{"id": "1", "name": "openshift"}, {"id": "2", "name": "amazon"}, {"id": "3", "name": "azure"},
                 {"id": "4", "name": "google"}],
    }  # fmt: skip
    one = requests.get(f"{server.base_url}{BASE}/source_types?filter[name]=amazon", timeout=30).json()
    assert one == {"meta": {"count": 1}, "data": [{"id": "2", "name": "amazon"}]}
    kind = {"id": "0", "name": "/insights/platform/cost-management"}
    assert requests.get(f"{server.base_url}{BASE}/application_types", timeout=30).json() == {
        "meta": {"count": 1}, "data": [kind]
    }  # fmt: skip
    made = create(server, org)
    application = {"id": made["id"], "source_id": made["id"], "application_type_id": "0"}
    assert call(server, "GET", "/applications", org).json() == {"meta": {"count": 1}, "data": [application]}
    answer = call(server, "POST", "/applications", org, json={"source_id": made["id"], "application_type_id": "0"})
    assert (answer.status_code, answer.json()) == (201, application)
    for body in (
        {},
        {"source_id": made["id"], "application_type_id": "2"},
        {"source_id": "0", "application_type_id": "0"},
    ):
        assert call(server, "POST", "/applications", org, json=body).status_code == 400, body


def test_organisations_see_and_change_their_own_alone(server, org):
    made = create(server, org)
    linked(server, org, made["id"], provider_linked=True)
    stranger = org + "x"
    assert call(server, "GET", "/sources/", stranger).json()["data"] == []
    assert call(server, "GET", "/applications", stranger).json()["data"] == []
    for key in (made["id"], made["uuid"], "99999999", "no-id", "'; DROP TABLE sources"):
        for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "stats/")):
            answer = call(server, method, f"/sources/{key}/{path}", stranger, json={"name": "mine"})
            assert answer.status_code == 404, (method, key)
    assert call(server, "GET", f"/sources/{made['id']}/", org).json()["name"] == "production"


def test_what_is_not_there_is_told_by_what_was_asked_for(server, org):
    create(server, org)
    number, other = "No Sources matches the given query.", "Not found."
    for key, detail in (
        ("99999999", number), ("-1", number), ("9" * 30, number),
        ("no-id", other), ("1x", other), ("-", other), ("00000000-0000-4000-8000-000000000000", other),
    ):  # fmt: skip
        for path in ("", "stats/"):
            answer = call(server, "GET", f"/sources/{key}/{path}", org)
            errors = [{"detail": detail, "source": "detail", "status": 404}]
            assert (answer.status_code, answer.json()) == (404, {"errors": errors}), key


def test_who_may_not(server, org):
    viewer = {"x-rh-identity": identity(org, admin=False, account="")}
    assert call(server, "POST", "/sources/", org, json=aws(), headers=viewer).status_code == 403
    assert requests.get(f"{server.base_url}{BASE}/sources/", timeout=30).status_code == 401
    assert call(server, "PUT", "/sources/", org, json=aws()).status_code == 405
