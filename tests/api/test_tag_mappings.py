"""Tag keys that are read as another one, and what reports make of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal

import pytest
import requests
from support.process import make_folder, remove_folder, wait_until
from support.reports import write_csv
from support.s3 import S3Server
from support.server import Server, identity

ORG = "org-mappings"
OTHER = "org-mappings-2"
NOBODY = "00000000-0000-4000-8000-000000000000"
MAPPINGS = "settings/tags/mappings/"
NOVEMBER = {"start_date": "2026-11-01", "end_date": "2026-11-24", "filter[resolution]": "monthly"}

# env, environment, stage, cost
LINES = [("prod", "", "", "1"), ("", "prod", "", "2"), ("dev", "prod", "", "4"), ("", "test", "late", "8")]


@pytest.fixture(scope="module")
def provider(server: Server, s3: S3Server) -> Iterator[str]:
    folder = make_folder()
    report = folder / "cost-report" / "20261101-20261201" / "report.csv"
    report.parent.mkdir(parents=True)
    report.write_bytes(
        write_csv([
            {
                "bill/PayerAccountId": "1", "lineItem/UsageStartDate": "2026-11-02T00:00:00Z",
                "lineItem/LineItemType": "Usage", "lineItem/UsageAccountId": "1", "lineItem/ProductCode": "AmazonEC2",
                "lineItem/CurrencyCode": "USD", "lineItem/UnblendedCost": cost, "lineItem/BlendedCost": cost,
                "lineItem/UsageAmount": "1", "resourceTags/user:env": env, "resourceTags/user:environment": environment,
                "resourceTags/user:stage": stage,
            }
            for env, environment, stage, cost in LINES
        ])
    )  # fmt: skip
    s3.upload_folder(folder, "mapped-tags")
    _, provider = server.add_aws_provider("mapped-tags", "cost-report", org=ORG, name="tags")
    server.wait_for_month(provider, "2026-11-01")
    yield provider
    remove_folder(folder)


def call(server: Server, method: str, path: str, body: object = None, org: str = ORG) -> requests.Response:
    return requests.request(
        method, f"{server.base_url}/api/cost-management/v1/{path}", json=body, timeout=30,
        headers={"x-rh-identity": identity(org)},
    )  # fmt: skip


@pytest.fixture
def keys(server: Server, provider: str) -> dict[str, str]:
    """Keys and their uuids."""
    listed = call(server, "GET", "settings/tags/?limit=100").json()["data"]
    return {tag["key"]: tag["uuid"] for tag in listed}


def costs(server: Server, key: str) -> dict[str, Decimal]:
    text = server.report("reports/aws/costs/", ORG, **NOVEMBER, **{f"group_by[tag:{key}]": "*"}).text
    groups = json.loads(text, parse_float=Decimal, parse_int=Decimal)["data"][0][f"{key}s"]
    return {group[key]: group["values"][0]["cost"]["total"]["value"] for group in groups}


def fault(source: str, detail: str) -> dict:
    return {"errors": [{"detail": detail, "source": source, "status": 400}]}


def add(server: Server, parent: str, *children: str, org: str = ORG) -> requests.Response:
    return call(server, "PUT", f"{MAPPINGS}child/add/", {"parent": parent, "children": list(children)}, org)


def names(server: Server, path: str) -> list[str]:
    return [tag["key"] for tag in call(server, "GET", MAPPINGS + path).json()["data"]]


def test_children_count_as_their_parent(server, provider, keys):
    plain = {"prod": 1, "dev": 4, "No-env": 10}
    assert costs(server, "env") == plain
    assert names(server, "child/") == names(server, "parent/") == ["env", "environment", "stage"]
    assert add(server, keys["env"], keys["environment"], keys["stage"]).status_code == 204
    # A parent's own value comes first, then that of the child whose key does.
    mapped = {"prod": 3, "dev": 4, "test": 8}
    wait_until(lambda: costs(server, "env") == mapped, 30, "the month is read anew")
    tags = {tag["key"]: tag["values"] for tag in server.report("tags/aws/", ORG).json()["data"]}
    assert tags == {"env": ["dev", "prod", "test"]}

    def shown(key: str) -> dict:
        return {"uuid": keys[key], "key": key, "source_type": "AWS"}

    listed = call(server, "GET", MAPPINGS).json()
    assert listed["meta"]["count"] == 1
    assert listed["data"] == [{"parent": shown("env"), "children": [shown("environment"), shown("stage")]}]
    assert call(server, "GET", f"{MAPPINGS}?filter[child]=STAGE").json()["meta"]["count"] == 1
    assert call(server, "GET", f"{MAPPINGS}?filter[parent]=stage").json()["data"] == []
    assert names(server, "child/") == [] and names(server, "parent/") == ["env"]

    for key, child in (("stage", "environment"), ("environment", "env")):
        assert add(server, keys[key], keys[child]).status_code == 400
    disabled = call(server, "PUT", "settings/tags/disable/", {"ids": [keys["env"], keys["stage"]]})
    assert disabled.status_code == 412
    assert disabled.json() == {
        "error": "Can not disable a key associated with a tag mapping", "ids": [keys["env"], keys["stage"]],
    }  # fmt: skip

    assert call(server, "PUT", f"{MAPPINGS}child/remove/", {"ids": [keys["stage"]]}).status_code == 204
    wait_until(lambda: costs(server, "stage") == {"late": 8, "No-stage": 7}, 30, "stage is a key of its own")
    assert call(server, "PUT", f"{MAPPINGS}parent/remove/", {"ids": [keys["env"]]}).status_code == 204
    wait_until(lambda: costs(server, "env") == plain, 30, "the plain tags")
    assert call(server, "GET", MAPPINGS).json()["data"] == []


def test_wrong_mappings(server, provider, keys):
    assert add(server, keys["env"], keys["env"]).json() == fault("children", "A tag can't be its own parent.")
    assert add(server, NOBODY, keys["env"]).json() == fault("parent", f"Tag {NOBODY} does not exist.")
    assert add(server, keys["env"], NOBODY).json() == fault("children", f"Tag {NOBODY} does not exist.")
    assert add(server, "x", keys["env"]).json() == fault("parent", "Must be a valid UUID.")
    assert add(server, keys["env"]).status_code == 400
    assert call(server, "PUT", f"{MAPPINGS}child/add/", []).status_code == 400
    for body, detail in (
        ({}, "This field is required."),
        ({"parent": None, "children": None}, "This field may not be null."),
    ):
        assert call(server, "PUT", f"{MAPPINGS}child/add/", body).json()["errors"] == [
            {"detail": detail, "source": name, "status": 400} for name in ("parent", "children")
        ]
    assert add(server, keys["env"], "x").json() == fault("children.0", "Must be a valid UUID.")
    for path, names_of in (("child/remove/", "children"), ("parent/remove/", "parents")):
        answer = call(server, "PUT", MAPPINGS + path, {"ids": [keys["env"]]})
        assert (answer.status_code, answer.json()) == (400, {"detail": f"Invalid {names_of} UUIDs."})
    assert call(server, "PUT", "settings/tags/disable/", {"ids": [keys["stage"]]}).status_code == 204
    assert add(server, keys["env"], keys["stage"]).json() == fault("children", "Tag stage is not enabled.")
    assert call(server, "PUT", "settings/tags/enable/", {"ids": [keys["stage"]]}).status_code == 204
    rate = {
        "metric": {"name": "cpu_core_usage_per_hour"},
        "tag_rates": {"tag_key": "stage", "tag_values": [{"tag_value": "a", "value": 1, "unit": "USD"}]},
    }
    model = {"name": "Cluster", "source_type": "OCP", "rates": [rate]}
    made = call(server, "POST", "cost-models/", model).json()
    assert add(server, keys["env"], keys["stage"]).json() == fault("children", "Tag stage is used in a cost model.")
    candidates = call(server, "GET", f"{MAPPINGS}child/?filter[key]=stage").json()["data"]
    assert candidates == [{"uuid": keys["stage"], "key": "stage", "source_type": "AWS", "cost_model_id": made["uuid"]}]
    assert call(server, "DELETE", f"cost-models/{made['uuid']}/").status_code == 204


def test_another_organisation_sees_and_changes_nothing(server, provider, keys):
    _, stranger = server.add_aws_provider("no-bucket", "cost-report", org=OTHER, name="another's")
    wait_until(lambda: server.sql(f"SELECT 1 FROM api_provider WHERE uuid = '{stranger}'"), 20, "the tenant")
    assert add(server, keys["env"], keys["environment"], org=OTHER).status_code == 400
    assert add(server, keys["env"], keys["environment"]).status_code == 204
    for path in ("", "child/", "parent/"):
        assert call(server, "GET", MAPPINGS + path, org=OTHER).json()["data"] == []
    for path, key in (("child/remove/", "environment"), ("parent/remove/", "env")):
        assert call(server, "PUT", MAPPINGS + path, {"ids": [keys[key]]}, OTHER).status_code == 400
    assert call(server, "GET", MAPPINGS).json()["meta"]["count"] == 1
    assert call(server, "PUT", f"{MAPPINGS}child/remove/", {"ids": [keys["environment"]]}).status_code == 204
    for path in ("", "child/", "parent/"):
        assert call(server, "GET", MAPPINGS + path, org="org-never-seen").json()["data"] == []
