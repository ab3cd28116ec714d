"""The peer's web interface on Kontor: each request that it makes for AWS, sources and settings
(tests/data/peer_interface_requests.txt) is answered with the fields that it reads (ui.md §1.2, §1.4)."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import requests
from conftest import AWS_SMALL
from support.process import ROOT
from support.server import Server, identity

ORG = "org-peer"
REQUESTS = (ROOT / "tests" / "data" / "peer_interface_requests.txt").read_text().split()
REFERENCE = json.loads((AWS_SMALL / "reference-october.json").read_text())
COST_PARTS = ("raw", "markup", "usage", "total")


@pytest.fixture(scope="module")
def names(server: Server) -> dict[str, str]:
    """What stands for the names in the requests: things of an organisation with a source, a cost
    model, a price list, two mapped tags and the structure of its AWS organization (root r-1)."""
    _, provider = server.add_aws_provider("cost-data", "cost-report", "reports", org=ORG, name="peer")
    server.wait_for_month(provider)
    server.wait_for_month(provider, "2026-11-01")
    model = {
        "name": "peer", "description": "", "source_type": "AWS", "source_uuids": [provider],
        "markup": {"value": "0", "unit": "percent"},
    }  # fmt: skip
    prices = {
        "name": "peer", "currency": "USD", "rates": [],
        "effective_start_date": "2026-11-01", "effective_end_date": "2026-11-30",
    }  # fmt: skip
    found = {"source": provider, "account": next(iter(REFERENCE["by_account"])), "category": "env"}
    headers = {"x-rh-identity": identity(ORG)}
    accounts = [{"Id": account, "Name": f"account {account[-1]}"} for account in REFERENCE["by_account"]]
    unit = {"Id": "ou-1-lab", "Name": "Laboratory", "Accounts": accounts[1:]}
    tree = {"Roots": [{"Id": "r-1", "Name": "Root", "Accounts": accounts[:1], "OrganizationalUnits": [unit]}]}
    assert requests.put(url(server, "organizations/aws/"), json=tree, headers=headers, timeout=30).status_code == 200
    tags = requests.get(url(server, "settings/tags/"), headers=headers, timeout=30).json()["data"]
    mapping = {"parent": tags[0]["uuid"], "children": [tags[1]["uuid"]]}
    done = requests.put(url(server, "settings/tags/mappings/child/add/"), json=mapping, headers=headers, timeout=30)
    assert done.status_code == 204, done.text
    for name, path, body in (("cost_model", "cost-models/", model), ("price_list", "price-lists/", prices)):
        answer = requests.post(url(server, path), json=body, headers=headers, timeout=30)
        assert answer.status_code == 201, answer.text
        found[name] = answer.json()["uuid"]
    return found


def url(server: Server, path: str) -> str:
    return f"{server.base_url}/api/cost-management/v1/{path}"


def rows(entry: dict) -> Iterator[dict]:
    """The innermost rows below an entry of `data`, whatever it is grouped by."""
    if "values" in entry:
        yield from entry["values"]
        return
    for value in entry.values():
        for child in value if isinstance(value, list) else []:
            yield from rows(child)


def check_money(group: dict) -> None:
    for part in COST_PARTS:
        assert set(group[part]) == {"value", "units"} and isinstance(group[part]["value"], int | float)


def check_report(answer: dict, query: str) -> None:
    meta = answer["meta"]
    assert isinstance(meta["count"], int)
    for group in ("cost", "infrastructure", "supplementary"):
        check_money(meta["total"][group])
    if "reports/aws/costs" not in query:
        assert set(meta["total"]["usage"]) == {"value", "units"}
    if "filter[limit]" in query and "filter[offset]" not in query:
        ranked = any(list(rows(entry)) for entry in answer["data"])  # the original tells it of groups only
        assert isinstance(meta["others"], int) if ranked else "others" not in meta
    if "filter[offset]" in query:
        assert (meta["filter"]["limit"], meta["filter"]["offset"]) == (10, 0)
    if "delta=" in query:
        assert set(meta["delta"]) == {"value", "percent"}
    assert answer["data"], "there is an entry for each date"
    for entry in answer["data"]:
        assert entry["date"]
        for row in rows(entry):
            check_money(row["cost"])
            assert row["date"] == entry["date"] and isinstance(row["source_uuid"], list)
            assert "delta=" not in query or {"delta_value", "delta_percent"} <= set(row)
            assert "group_by[account]" not in query or "account_alias" in row


def check_forecast(answer: dict, query: str) -> None:
    for entry in answer["data"]:
        total = entry["values"][0]["cost"]
        assert {"total", "confidence_max", "confidence_min"} <= set(total)


def check_texts(answer: dict, query: str) -> None:
    assert all(isinstance(item, str) for item in answer["data"])


def has(*fields: str):
    """Every item of the list has these, and there is one."""

    def check(answer: dict, query: str) -> None:
        assert isinstance(answer["meta"]["count"], int)
        assert answer["data"] or "name=new-cluster" in query
        for item in answer["data"]:
            assert set(fields) <= set(item), set(fields) - set(item)

    return check


SOURCE = (
    "id", "uuid", "name", "source_type", "active", "paused", "current_month_data", "previous_month_data", "has_data",
    "infrastructure", "created_timestamp", "last_polling_time", "last_payload_received_at", "status", "cost_models",
    "provider_linked", "authentication", "billing_source",
)  # fmt: skip
MODEL = (
    "uuid", "name", "description", "source_type", "currency", "markup", "rates", "sources", "price_lists",
    "created_timestamp", "updated_timestamp",
)  # fmt: skip
PRICES = (
    "uuid", "name", "currency", "enabled", "version", "rates", "effective_start_date", "effective_end_date",
    "assigned_cost_model_count",
)  # fmt: skip


def one(fields: tuple[str, ...]):
    def check(answer: dict, query: str) -> None:
        assert set(fields) <= set(answer), set(fields) - set(answer)

    return check


def check_user_access(answer: dict, query: str) -> None:
    access = {item["type"]: item for item in answer["data"]}
    assert {"aws", "azure", "gcp", "ocp", "cost_model", "settings"} <= set(access)
    assert access["aws"]["access"] is True and access["settings"]["write"] is True


def check_account(answer: dict, query: str) -> None:
    assert set(answer["data"]) == {"currency", "cost_type"}


def check_retention(answer: dict, query: str) -> None:
    assert {"data_retention_months", "env_override", "min_retention_months", "max_retention_months"} <= set(answer)


def check_tags(answer: dict, query: str) -> None:
    if "key_only=true" in query:
        check_texts(answer, query)
    else:
        assert all({"key", "values"} <= set(item) for item in answer["data"])


def check_mappings(answer: dict, query: str) -> None:
    assert answer["meta"]["count"] == 1
    (mapping,) = answer["data"]
    (child,) = mapping["children"]
    assert {"uuid", "key", "source_type"} <= set(mapping["parent"]) and set(child) == set(mapping["parent"])


def check_nothing(answer: dict, query: str) -> None:
    """Of OpenShift: there is none, which is a list too."""
    assert (answer["meta"]["count"], answer["data"]) == (0, [])
    assert set(answer["links"]) == {"first", "next", "previous", "last"}


def check_organization(answer: dict, query: str) -> None:
    fields = {"org_unit_id", "org_unit_name", "org_unit_path", "level"}
    if "key_only" not in query:
        fields |= {"sub_orgs", "accounts"}
    assert [unit["org_unit_id"] for unit in answer["data"]] == ["ou-1-lab", "r-1"]
    assert all(set(unit) == fields for unit in answer["data"])


def check_keys(answer: dict, query: str) -> None:
    assert isinstance(answer["meta"]["count"], int)
    assert all({"uuid", "key", "enabled"} <= set(item) for item in answer["data"])
    assert "settings/tags" not in query or {"enabled_tags_count", "enabled_tags_limit"} <= set(answer["meta"])


# The first whose path begins so.
CHECKS = (
    ("reports/", check_report),
    ("forecasts/", check_forecast),
    ("tags/", check_tags),
    ("resource-types/aws-categories/?openshift", check_nothing),
    ("resource-types/", check_texts),
    ("organizations/", check_organization),
    ("user-access/", check_user_access),
    ("account-settings/data-retention", check_retention),
    ("account-settings/", check_account),
    ("settings/cost-groups", check_nothing),
    ("settings/tags/mappings", check_mappings),
    ("settings/currency", has("code", "name", "symbol", "enabled")),
    ("settings/", check_keys),
    ("cost-models/?", has(*MODEL)),
    ("price-lists/?", has(*PRICES)),
    ("price-lists/", one(PRICES)),
    ("metrics/", has("source_type", "metric", "label_metric", "label_measurement", "label_measurement_unit")),
    ("sources/?", has(*SOURCE)),
    ("sources/", one(SOURCE)),
)


@pytest.mark.parametrize("request_line", REQUESTS)
def test_is_answered_with_what_is_read(server, names, request_line):
    line = request_line.format(**names)
    answer = requests.get(url(server, line), headers={"x-rh-identity": identity(ORG)}, timeout=30)
    assert answer.status_code == 200, answer.text
    check = next(check for prefix, check in CHECKS if line.startswith(prefix))
    check(answer.json(), line)
