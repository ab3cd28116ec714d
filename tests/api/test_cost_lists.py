"""Tags, resource types, cost types, currencies, user access: the lists of the Cost Management API."""

from __future__ import annotations

import csv
import gzip
import io
import json

import pytest
import requests
from support.server import identity

ORG = "org-lists"
TWO_MONTHS = {"filter[time_scope_units]": "month", "filter[time_scope_value]": "-2", "filter[resolution]": "monthly"}
PREFIX = "resourceTags/user:"


@pytest.fixture(scope="module")
def api(server):
    """Asks for a path of the API as an organisation that has the sample's October."""
    _, provider = server.add_aws_provider("cost-data", "cost-report", "reports", org=ORG, name="lists")
    server.wait_for_month(provider)
    return lambda path, org=ORG, **query: server.report(path, org, **query)


@pytest.fixture(scope="module")
def lines(sample) -> list[dict]:
    report = next((sample / "reports").rglob("October-*.csv.gz"))
    return list(csv.DictReader(io.StringIO(gzip.decompress(report.read_bytes()).decode())))


@pytest.fixture(scope="module")
def tags(lines) -> dict[str, list[str]]:
    """Keys and values as they stand in the report."""
    found: dict[str, set[str]] = {}
    for line in lines:
        for column, value in line.items():
            if column.startswith(PREFIX) and value:
                found.setdefault(column.removeprefix(PREFIX), set()).add(value)
    return {key: sorted(values) for key, values in sorted(found.items())}


def test_tags_are_those_of_the_report(api, tags):
    answer = api("tags/aws/", **TWO_MONTHS).json()
    assert answer["data"] == [{"key": key, "values": values, "enabled": True} for key, values in tags.items()]
    assert answer["meta"] == {
        "count": len(tags), "limit": 100, "offset": 0, "currency": "USD",
        "filter": {"resolution": "monthly", "time_scope_value": "-2", "time_scope_units": "month", "enabled": True},
        "key_only": False, "group_by": {}, "order_by": {}, "access": {}, "exclude": {},
    }  # fmt: skip
    assert answer["links"]["next"] is None


def test_tag_keys_and_pages(api, tags):
    assert api("tags/aws/", key_only="true", **TWO_MONTHS).json()["data"] == list(tags)
    many = api("tags/aws/", key_only="1", limit="5000", **TWO_MONTHS).json()
    assert many["meta"]["limit"] == 5000 and "limit=1000&" in many["links"]["first"]
    page = api("tags/aws/", key_only="true", limit="2", offset="1", **TWO_MONTHS).json()
    assert page["data"] == list(tags)[1:3]
    assert "offset=3" in page["links"]["next"]
    found = api("tags/aws/", key_only="true", **TWO_MONTHS, **{"filter[key]": "OPENSHIFT"}).json()
    assert found["data"] == [key for key in tags if "openshift" in key]


def test_values_of_one_tag(api, tags):
    assert api("tags/aws/app/", **TWO_MONTHS).json()["data"] == tags["app"]
    found = api("tags/aws/app/", **TWO_MONTHS, **{"filter[value]": "a"}).json()["data"]
    first = [value for value in tags["app"] if value.lower().startswith("a")]
    assert found == first + [value for value in tags["app"] if "a" in value.lower() and value not in first]
    assert api("tags/aws/app/").json()["data"] == []  # this month has none
    missing = api("tags/aws/nothing/", limit="x")
    assert missing.status_code == 404
    assert missing.json() == {"errors": [{"detail": "Not found.", "source": "detail", "status": 404}]}


def test_tags_of_one_account(api, lines):
    account = lines[0]["lineItem/UsageAccountId"]
    wanted = sorted(
        {line[PREFIX + "app"] for line in lines if line["lineItem/UsageAccountId"] == account and line[PREFIX + "app"]}
    )
    assert api("tags/aws/app/", **TWO_MONTHS, **{"filter[account]": account}).json()["data"] == wanted


def test_a_month_without_data_has_no_tags(api):
    assert api("tags/aws/").json()["data"] == []


@pytest.mark.parametrize(
    ("path", "query", "answer"),
    [
        ("tags/aws/", {"limit": "0"}, {"limit": ["Ensure this value is greater than or equal to 1."]}),
        ("tags/aws/", {"key_only": "never"}, {"key_only": ["Must be a valid boolean."]}),
        ("tags/aws/", {"filter[enabled]": ""}, {"filter": {"enabled": ["Must be a valid boolean."]}}),
        ("tags/aws/", {"category": "*"}, {"error": ["Category may only be used as a filter for the tag endpoints."]}),
        (
            "organizations/aws/",
            {"filter[exact:org_unit_id]": "r-1"},
            {"filter": {"exact:org_unit_id": ["The 'exact:' operator is not supported for the 'org_unit_id' filter."]}},
        ),
        *(
            (
                path,
                query,
                {"errors": [{"detail": f"Invalid query parameter '{name}'.", "source": "details", "status": 400}]},
            )
            for path, query, name in (
                ("tags/aws/app/", {"key_only": "yes"}, "key_only"),
                ("tags/aws/", {"filter[value]": "a"}, "value"),
            )
        ),
        ("tags/aws/", {"foo": "1"}, {"foo": ["Unsupported parameter or invalid value"]}),
        ("tags/aws/", {"filter[foo]": "1"}, {"filter": {"foo": ["Unsupported parameter or invalid value"]}}),
        ("tags/aws/", {"filter[enabled]": "perhaps"}, {"filter": {"enabled": ["Must be a valid boolean."]}}),
        ("tags/aws/", {"group_by[account]": "*"}, {"group_by": ["Unsupported parameter or invalid value"]}),
        ("tags/aws/", {"order_by[key]": "asc"}, {"order_by": ["Unsupported parameter or invalid value"]}),
        ("resource-types/aws-regions/", {"ordering": "value"}, {"ordering": [["Unsupported parameter"]]}),
        ("user-access/", {"type": "moon"}, ["Unknown source type: moon"]),
        ("reports/aws/costs/", {"key_only": "true"}, {"key_only": ["Unsupported parameter or invalid value"]}),
    ],
)
def test_wrong_parameters_are_named(api, path, query, answer):
    got = api(path, **query)
    assert (got.status_code, got.json()) == (400, answer)


def test_values_need_a_key_and_keys_no_key(api):
    for path, query in (("tags/aws/", {"filter[value]": "x"}), ("tags/aws/app/", {"key_only": "true"})):
        answer = api(path, **query)
        assert answer.status_code == 400 and answer.json()["errors"][0]["status"] == 400


@pytest.mark.parametrize(
    ("path", "totals"), [("aws-accounts", "by_account"), ("aws-services", "by_service"), ("aws-regions", "by_region")]
)
def test_resource_types(api, sample, path, totals):
    reference = json.loads((sample / "reference-october.json").read_text())
    wanted = sorted(reference[totals])
    answer = api(f"resource-types/{path}/", limit="1000").json()
    assert [item["value"] for item in answer["data"]] == wanted
    assert answer["meta"]["count"] == len(wanted)
    if path == "aws-accounts":
        assert answer["data"][0] == {"account_alias": wanted[0], "value": wanted[0]}
    part = wanted[0][1:4].upper()
    found = api(f"resource-types/{path}/", search=part, limit="1000").json()["data"]
    assert [item["value"] for item in found] == [value for value in wanted if part in value.upper()]


def test_machines_and_their_systems(api, server):
    (schema,) = server.sql(f"SELECT schema_name FROM api_customer WHERE org_id = '{ORG}'")[0]
    table = f'"{schema}".reporting_awscostentrylineitem_summary_by_ec2_compute_p'
    machines = server.sql(f"SELECT DISTINCT resource_id, instance_name FROM {table} ORDER BY 1")
    got = api("resource-types/aws-ec2-compute-instances/", limit="1000").json()["data"]
    assert got == [{"instance_name": name or machine, "value": machine} for machine, name in machines] and got
    systems = server.sql(f"SELECT DISTINCT operating_system FROM {table} WHERE operating_system IS NOT NULL ORDER BY 1")
    got = api("resource-types/aws-ec2-compute-os/").json()["data"]
    assert got == [{"value": system} for (system,) in systems] and got


def test_cost_categories(api, lines):
    prefix = "costCategory/"
    wanted: dict[str, set[str]] = {}
    for line in lines:
        for column, value in line.items():
            if column.startswith(prefix) and value:
                wanted.setdefault(column.removeprefix(prefix), set()).add(value)
    got = api("resource-types/aws-categories/").json()["data"]
    assert (
        got == [{"values": sorted(values), "enabled": True, "key": key} for key, values in sorted(wanted.items())]
        and got
    )
    key = got[0]["key"]
    assert api("resource-types/aws-categories/", key_only="true").json()["data"] == sorted(wanted)
    assert [item["key"] for item in api("resource-types/aws-categories/", key=key).json()["data"]] == [key]


def test_the_list_of_resource_types(api, lines):
    entries = {entry["value"]: entry for entry in api("resource-types/").json()["data"]}
    assert entries["aws.account"] == {
        "value": "aws.account", "path": "/api/cost-management/v1/resource-types/aws-accounts/",
        "count": len({line["lineItem/UsageAccountId"] for line in lines}),
    }  # fmt: skip


def test_cost_models_and_settings_are_resources(api, server):
    headers = {"x-rh-identity": identity(ORG)}
    url = f"{server.base_url}/api/cost-management/v1/cost-models/"
    body = {"name": "ten percent", "description": "", "source_type": "AWS", "rates": [], "currency": "USD"}
    body |= {"source_uuids": [], "markup": {"value": 10, "unit": "percent"}}
    made = requests.post(url, headers=headers, json=body, timeout=30)
    assert made.status_code == 201, made.text
    listed = api("resource-types/cost-models/").json()["data"]
    assert listed == [{"value": f"{made.json()['uuid']} (ten percent)"}]
    entries = api("resource-types/").json()["data"]
    assert [entry["value"] for entry in entries] == [
        "aws.account", "aws.organizational_unit", "cost_model", "settings",
    ]  # fmt: skip
    assert entries[2]["count"] == 1 and entries[3] == {"value": "settings", "count": 1}
    assert api("resource-types/cost-models/", "org-lists-9").json()["data"] == []
    assert requests.delete(f"{url}{made.json()['uuid']}/", headers=headers, timeout=30).status_code == 204


def test_fixed_lists(api):
    types = api("cost-type/").json()["data"]
    assert [item["code"] for item in types] == ["unblended_cost", "calculated_amortized_cost", "blended_cost"]
    currencies = api("currency/", limit="100").json()
    assert currencies["meta"] == {"count": 23, "limit": 23, "offset": 0}
    assert {"code": "EUR", "name": "Euro", "symbol": "€", "description": "EUR (€) - Euro"} in currencies["data"]
    assert currencies["data"][0]["description"] == "AED (AED) - United Arab Emirates Dirham"
    assert {"code": "CZK", "name": "Czech Koruna", "symbol": "CZK", "description": "CZK (CZK) - Czech Koruna"} in (
        currencies["data"]
    )
    metrics = {item["metric"]: item for item in api("metrics/", limit="100").json()["data"]}
    assert metrics["node_core_cost_per_hour"]["label_measurement_unit"] == "core-hour"
    assert metrics["node_cost_per_month"]["label_measurement"] == "Count"
    assert metrics["cluster_cost_per_month"]["label_measurement"] == "Count"
    assert list(metrics)[-4:] == [
        "project_per_month", "vm_core_cost_per_month", "vm_core_cost_per_hour", "gpu_cost_per_month",
    ]  # fmt: skip
    assert metrics["pvc_cost_per_month"]["label_measurement_unit"] == "pvc-month"
    assert api("metrics/", source_type="").json()["meta"]["count"] == len(metrics)
    regions = api("sources/aws-s3-regions/", limit="2").json()
    assert regions["meta"] == {"count": 34, "limit": 2, "offset": 0} and regions["data"] == ["af-south-1", "ap-east-1"]


@pytest.mark.parametrize(
    "path",
    ["settings/tags/", "settings/tags/mappings/", "settings/tags/mappings/child/", "settings/tags/mappings/parent/",
     "settings/currency/", "settings/aws_category_keys/", "price-lists/"],
)  # fmt: skip
def test_lists_know_their_filters_and_orders(api, path):
    answer = api(path, **{"filter[colour]": "red"})
    assert (answer.status_code, answer.json()) == (
        400, {"errors": [{"detail": "Unsupported parameter or invalid value", "source": "colour", "status": 400}]},
    )  # fmt: skip
    if path == "settings/currency/":
        return
    for query in ({"order_by[colour]": "asc"}, {"order_by": "-colour"}, {"order_by[key]": "up"}):
        answer = api(path, **query)
        assert answer.status_code == 400 and answer.json()["errors"][0]["source"] is None, query


def test_pages_of_settings_claim_no_more_than_there_is(api, tags):
    for path in ("settings/tags/", "settings/tags/mappings/child/"):
        found = api(path, **{"filter[key]": "app"}).json()["meta"]
        assert 0 < found["count"] == found["limit"] < 10
    nothing = api("settings/tags/", **{"filter[key]": "no such key"}).json()["meta"]
    assert nothing == {
        "count": 0, "limit": 0, "offset": 0, "enabled_tags_count": len(tags), "enabled_tags_limit": 200,
    }  # fmt: skip
    assert api("settings/currency/", **{"filter[currency]": "ZZZ"}).json()["meta"]["limit"] == 0
    assert api("account-settings/").json()["meta"] == {"count": 1, "limit": 10, "offset": 0}


def test_tags_that_are_left_out(api, tags):
    some = next(iter(tags))
    answer = api("tags/aws/", key_only="true", **TWO_MONTHS, **{"exclude[key]": some}).json()
    assert answer["data"] == [key for key in tags if some.lower() not in key.lower()]
    assert answer["meta"]["exclude"] == {"key": [some], "enabled": True}
    meta = api("tags/aws/", **{"filter[exact:account]": "1", "filter[key]": "a"}).json()["meta"]
    assert list(meta["filter"])[:3] == ["key", "enabled", "exact:account"]
    for operator in ("or:", "and:", "exact:"):
        refused = api("tags/aws/", **{f"filter[{operator}key]": some})
        assert refused.json() == {"filter": {f"{operator}key": ["Unsupported parameter or invalid value"]}}


def test_user_access(api, server):
    everything = api("user-access/", limit="2").json()
    assert len(everything["data"]) == 7 and everything["meta"] == {"count": 7, "limit": 2, "offset": 0}
    assert all(item["access"] and item["write"] for item in everything["data"])
    for name in ("aws", "AWS", "Cost_Model"):
        assert api("user-access/", type=name).json() == {"data": True, "access": True, "write": True}
    url = f"{server.base_url}/api/cost-management/v1/user-access/"
    headers = {"x-rh-identity": identity(ORG)}
    assert requests.get(f"{url}?beta=true", headers=headers, timeout=30).json() == {"data": False}
    preview = requests.get(f"{url}?beta=true", headers={**headers, "Referer": "https://x/preview/costs"}, timeout=30)
    assert len(preview.json()["data"]) == 7
    user = requests.get(url, headers={"x-rh-identity": identity(ORG, admin=False)}, timeout=30)
    assert user.status_code == 200 and not any(item["access"] for item in user.json()["data"])


@pytest.mark.parametrize("path", ["tags/aws/", "tags/aws/app/", "resource-types/", "resource-types/aws-accounts/"])
def test_another_organisation_sees_nothing(api, server, path):
    if server.sources("GET", "/sources", "org-lists-2").json()["meta"]["count"] == 0:
        server.add_aws_provider("cost-data", "no-such-report", "nowhere", org="org-lists-2")
    for org in ("org-lists-2", "org-lists-3"):
        answer = api(path, org, **(TWO_MONTHS if path.startswith("tags") else {}))
        text = json.dumps(answer.json())
        assert "9999999999990" not in text and "analytics" not in text
        assert '"count": 3' not in text
    refused = requests.get(
        f"{server.base_url}/api/cost-management/v1/{path}",
        headers={"x-rh-identity": identity(ORG, admin=False)}, timeout=30,
    )  # fmt: skip
    assert refused.status_code == 403


def test_a_tag_and_another_dimension_in_one_question(api, lines, tags):
    answer = api(
        "reports/aws/costs/",
        **{
            "start_date": "2026-10-01", "end_date": "2026-10-31", "filter[resolution]": "monthly",
            f"group_by[tag:{next(iter(tags))}]": "*", "group_by[account]": "*", "filter[limit]": "2",
        },
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    total = sum(float(line["lineItem/UnblendedCost"]) for line in lines)
    assert answer.json()["meta"]["total"]["cost"]["total"]["value"] == pytest.approx(total, rel=1e-12)
