"""Settings of an organisation: preferences of reports, enabled tags."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
import requests
from support.process import wait_until
from support.server import identity

ORG = "org-settings"
OCTOBER = {"start_date": "2026-10-01", "end_date": "2026-10-31", "filter[resolution]": "monthly"}
TWO_MONTHS = {"filter[time_scope_units]": "month", "filter[time_scope_value]": "-2"}


@pytest.fixture(scope="module")
def provider(server):
    _, uuid = server.add_aws_provider("cost-data", "cost-report", "reports", org=ORG, name="settings")
    server.wait_for_month(uuid)
    server.wait_for_month(uuid, "2026-11-01")
    return uuid


def put(server, path: str, body: object, org: str = ORG, admin: bool = True) -> requests.Response:
    return requests.put(
        f"{server.base_url}/api/cost-management/v1/{path}", json=body, timeout=30,
        headers={"x-rh-identity": identity(org, admin=admin)},
    )  # fmt: skip


def test_the_cost_type_is_that_of_the_account(server, provider, sample):
    reference = json.loads((sample / "reference-october.json").read_text(), parse_float=str)["total"]

    def answer() -> dict:
        text = server.report("reports/aws/costs/", ORG, **OCTOBER).text
        return json.loads(text, parse_float=Decimal, parse_int=Decimal)["meta"]

    assert server.report("account-settings/", ORG).json()["data"] == {"currency": "USD", "cost_type": "unblended_cost"}
    assert answer()["cost_type"] == "unblended_cost"
    changed = put(server, "account-settings/cost-type/", {"cost_type": "calculated_amortized_cost"})
    assert changed.status_code == 204 and changed.text == ""
    got = server.report("account-settings/cost-type/", ORG).json()
    assert got["data"] == {"cost_type": "calculated_amortized_cost"} and got["meta"]["count"] == 1
    assert answer()["cost_type"] == "calculated_amortized_cost"
    assert answer()["total"]["cost"]["total"]["value"] == Decimal(reference["amortized"])
    assert put(server, "account-settings/cost-type/", {"cost_type": "unblended_cost"}).status_code == 204
    assert answer()["total"]["cost"]["total"]["value"] == Decimal(reference["unblended"])


@pytest.mark.parametrize(
    ("path", "body", "status", "answer"),
    [
        ("cost-type", {"cost_type": "free"}, 400, '"free" is not a valid choice.'),
        ("cost-type", {"cost_type": "savingsplan_effective_cost"}, 400,
         '"savingsplan_effective_cost" is not a valid choice.'),
        ("cost-type", {"cost_type": None}, 400, "This field may not be null."),
        ("currency", {"currency": "XXX"}, 400, '"XXX" is not a valid ISO 4217 currency.'),
        ("currency", {"currency": "BGN"}, 400, '"BGN" is not an enabled currency.'),
        ("currency", {}, 400, "This field is required."),
        ("colour", {"colour": "red"}, 404, "Invalid not a user setting"),
    ],
)  # fmt: skip
def test_wrong_account_settings(server, provider, path, body, status, answer):
    got = put(server, f"account-settings/{path}/", body)
    source = "detail" if status == 404 else path.replace("-", "_")
    assert (got.status_code, got.json()) == (
        status, {"errors": [{"detail": answer, "source": source, "status": status}]},
    )  # fmt: skip


def tag_list(server, org: str = ORG, **query: str) -> dict:
    return server.report("settings/tags/", org, limit="100", **query).json()


def test_a_disabled_tag_leaves_the_reports(server, provider):
    tags = tag_list(server)
    assert tags["meta"]["enabled_tags_limit"] == 200
    assert tags["meta"]["enabled_tags_count"] == tags["meta"]["count"] == len(tags["data"])
    assert [tag["key"] for tag in tags["data"]] == sorted(tag["key"] for tag in tags["data"])
    app = next(tag for tag in tags["data"] if tag["key"] == "app")
    assert app == {"uuid": app["uuid"], "key": "app", "enabled": True, "source_type": "AWS"}

    assert put(server, "settings/tags/disable/", {"ids": [app["uuid"]]}).status_code == 204
    found = tag_list(server, **{"filter[key]": "APP", "filter[enabled]": "false"})["data"]
    assert found == [{**app, "enabled": False}]
    assert server.report("tags/aws/app/", ORG, **TWO_MONTHS).json()["data"] == []

    def tagged() -> list:
        where = "FROM \"org-settings\".reporting_awscostentrylineitem_daily_summary WHERE tags ? 'app'"
        return server.sql(f"SELECT count(*) > 0 {where}")

    wait_until(lambda: tagged() == [["f"]], 30, "October is read anew without the tag")
    assert put(server, "settings/tags/enable/", {"ids": [app["uuid"]]}).status_code == 204
    wait_until(lambda: tagged() == [["t"]], 30, "October is read anew with the tag")
    wait_until(lambda: server.report("tags/aws/app/", ORG, **TWO_MONTHS).json()["data"], 10, "its values")


def test_lists_of_keys_refuse_what_is_none(server, provider):
    unsupported = "Unsupported parameter or invalid value"
    tags = "child, enabled, key, parent, provider_type, uuid"
    for path, query, detail, source in (
        ("settings/tags/", {"filter[uuid]": "x"}, "x", None),
        ("settings/tags/", {"filter[provider_type]": "moon"}, "moon", None),
        ("settings/tags/", {"filter[source_type]": "aws"}, "aws", None),
        ("settings/tags/", {"filter[enabled]": "maybe"}, unsupported, "enabled"),
        (
            "settings/tags/",
            {"order_by": "-colour"},
            f"Cannot resolve keyword 'colour' into field. Choices are: {tags}",
            None,
        ),
        ("settings/aws_category_keys/", {"filter[source_type]": "AWS"}, unsupported, "source_type"),
        ("settings/currency/", {"colour": "red"}, unsupported, "colour"),
        ("settings/currency/", {"filter[enabled]": "maybe"}, unsupported, "enabled"),
        ("price-lists/", {"uuid": "x"}, unsupported, "uuid"),
        ("price-lists/", {"filter[cost_model]": "x"}, "'x' is not a valid UUID.", "cost_model"),
    ):
        if source is None and "keyword" not in detail:
            detail = f"Select a valid choice. {detail} is not one of the available choices."
        answer = server.report(path, ORG, **query)
        expected = {"errors": [{"detail": detail, "source": source, "status": 400}]}
        assert (answer.status_code, answer.json()) == (400, expected), query


def test_booleans_of_filters(server, provider):
    for yes, no in (("true", "false"), ("True", "False"), ("1", "0")):
        assert server.report("settings/tags/", ORG, **{"filter[enabled]": yes}).json()["meta"]["count"] > 0
        assert server.report("settings/tags/", ORG, **{"filter[enabled]": no}).json()["meta"]["count"] == 0


def test_currencies_are_found_by_their_codes(server, provider):
    found = server.report("settings/currency/", ORG, **{"filter[currency]": "e", "filter[enabled]": "1"}).json()["data"]
    assert [currency["code"] for currency in found] == ["AED", "EUR", "SEK"]


def test_wrong_tag_changes(server, provider):
    for body in ({}, {"ids": []}, {"ids": ["no-uuid"]}, {"ids": ["00000000-0000-0000-0000-000000000000"]}, [], "x"):
        answer = put(server, "settings/tags/disable/", body)
        assert answer.status_code == 400 and answer.json()["errors"][0]["source"] in (
            "ids", "id_list", "id_list.0",
        ), answer.text  # fmt: skip
    empty = put(server, "settings/tags/disable/", {"ids": []}).json()["errors"]
    assert empty == [{"detail": "This list may not be empty.", "source": "id_list", "status": 400}]
    wrong = put(server, "settings/tags/disable/", {"ids": ["no-uuid"]}).json()["errors"]
    assert wrong == [{"detail": "invalid uuid supplied.", "source": "id_list.0", "status": 400}]
    assert server.report("settings/tags/", ORG, **{"filter[enabled]": "x"}).status_code == 400


def test_category_keys_have_no_limit(server, provider):
    answer = server.report("settings/aws_category_keys/", ORG).json()
    assert answer["meta"] == {"count": len(answer["data"]), "limit": 10, "offset": 0}
    for uuid_, found in (("", answer["data"]), (answer["data"][0]["uuid"], answer["data"][:1]), ("x", [])):
        assert server.report("settings/aws_category_keys/", ORG, **{"filter[uuid]": uuid_}).json()["data"] == found


def test_another_organisation_changes_nothing(server, provider):
    app = next(tag for tag in tag_list(server)["data"] if tag["key"] == "app")
    server.add_aws_provider("no-bucket", "cost-report", org="org-settings-2", name="settings")
    wait_until(lambda: tag_list(server, "org-settings-2")["meta"]["count"] == 0, 10, "an empty list")
    wait_until(
        lambda: put(server, "account-settings/currency/", {"currency": "EUR"}, "org-settings-2").status_code == 204,
        10, "the tenant's tables",
    )  # fmt: skip
    assert server.report("account-settings/currency/", ORG).json()["data"] == {"currency": "USD"}
    assert put(server, "settings/tags/disable/", {"ids": [app["uuid"]]}, "org-settings-2").status_code == 400
    assert put(server, "settings/tags/disable/", {"ids": [app["uuid"]]}, admin=False).status_code == 403
    assert next(tag for tag in tag_list(server)["data"] if tag["key"] == "app")["enabled"]


@pytest.mark.parametrize("path", ["settings/cost-groups/add/", "settings/cost-groups/remove/"])
@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ([{"project": "shop", "group": "Platform"}], [("project", 'Project "shop" does not exist.')]),
        (
            [{"project": "shop", "group": "Others"}],
            [("project", 'Project "shop" does not exist.'), ("group", 'Cost group "Others" does not exist.')],
        ),
        ([{"group": "Platform"}], [("project", "This field is required.")]),
        ([{"project": " ", "group": "Platform"}], [("project", "This field may not be blank.")]),
        (["shop"], [("non_field_errors", "Invalid data. Expected a dictionary.")]),
        ({"project": "shop", "group": "Platform"}, [("non_field_errors", "Expected a list of items.")]),
    ],
)
def test_without_openshift_no_project_has_a_cost_group(server, path, body, errors):
    answer = put(server, path, body)
    assert answer.status_code == 400
    assert answer.json() == {"errors": [{"detail": d, "source": s, "status": 400} for s, d in errors]}
    assert put(server, path, []).status_code == 204
    assert put(server, path, [], admin=False).status_code == 403


def test_the_list_of_cost_groups_is_empty(server, provider):
    answer = server.report("settings/cost-groups/", ORG, limit="5", **{"filter[default]": "true"}).json()
    assert answer["meta"] == {"count": 0, "limit": 0, "offset": 0} and answer["data"] == []
    wrong = {
        "filter[colour]": "red", "exclude[default]": "maybe", "order_by[group]": "sideways", "order_by[cluster]": "asc",
        "group": "Platform",
    }  # fmt: skip
    unsupported = ["Unsupported parameter or invalid value"]
    answer = server.report("settings/cost-groups/", ORG, **wrong)
    assert answer.status_code == 400
    assert answer.json() == {
        "filter": {"colour": unsupported}, "exclude": {"default": ["Must be a valid boolean."]},
        "order_by": {"group": ['"sideways" is not a valid choice.'], "cluster": unsupported}, "group": unsupported,
    }  # fmt: skip
