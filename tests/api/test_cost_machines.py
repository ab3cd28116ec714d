"""reports/aws/resources/ec2-compute/: the machines of a month."""

from __future__ import annotations

import csv
import gzip
import json
from decimal import Decimal

import pytest
import requests
from support.server import identity

PATH = "reports/aws/resources/ec2-compute/"
ORG = "org-ec2"
OCTOBER = {"filter[time_scope_units]": "month", "filter[time_scope_value]": "-2"}


@pytest.fixture(scope="module")
def api(server):
    _, provider = server.add_aws_provider("cost-data", "cost-report", "reports", org=ORG, name="machines")
    server.wait_for_month(provider)
    return lambda org=ORG, **query: server.report(PATH, org, **query)


@pytest.fixture(scope="module")
def machines(sample) -> dict[str, dict]:
    """What the report's lines say of each machine."""
    report = next((sample / "reports").rglob("October-*.csv.gz"))
    found: dict[str, dict] = {}
    with gzip.open(report, "rt", newline="") as text:
        for line in csv.DictReader(text):
            if (
                line["lineItem/ProductCode"] != "AmazonEC2"
                or "Compute Instance" not in line["product/productFamily"]
                or not line["lineItem/ResourceId"]
            ):
                continue
            covered = line["lineItem/LineItemType"] == "SavingsPlanCoveredUsage"
            machine = found.setdefault(
                line["lineItem/ResourceId"],
                {"cost": Decimal(0), "usage": Decimal(0), "account": "", "vcpu": None},
            )
            machine["cost"] += 0 if covered else Decimal(line["lineItem/UnblendedCost"])
            machine["usage"] += Decimal(line["lineItem/UsageAmount"])
            # one machine's number may be in two accounts' bills
            machine["account"] = max(machine["account"], line["lineItem/UsageAccountId"])
            machine["vcpu"] = int(line["product/vcpu"]) if line["product/vcpu"].isdigit() else None
            machine["region"], machine["type"] = line["product/region"], line["product/instanceType"]
    return found


def rows(answer: requests.Response) -> list[dict]:
    assert answer.status_code == 200, answer.text
    (month,) = json.loads(answer.text, parse_float=Decimal)["data"]
    assert list(month) == ["date", "resource_ids"]
    for entry in month["resource_ids"]:
        assert list(entry) == ["resource_id", "values"] and len(entry["values"]) == 1
    return [entry["values"][0] for entry in month["resource_ids"]]


def test_machines_are_those_of_the_report(api, machines):
    answer = api(**OCTOBER)
    got = rows(answer)
    assert [row["resource_id"] for row in got] == sorted(machines, reverse=True)
    for row in got:
        machine = machines[row["resource_id"]]
        assert row["cost"]["total"] == {"value": machine["cost"], "units": "USD"}
        assert row["usage"] == {"value": machine["usage"], "units": "Hrs"}
        assert (row["account"], row["region"]) == (machine["account"], machine["region"])
        assert row["instance_type"] == machine["type"] and row["account_alias"] == machine["account"]
        assert row["date"] == "2026-10" and row["vcpu"] == machine["vcpu"]
        assert all(sorted(tag) == ["key", "values"] and tag["values"] for tag in row["tags"])
    meta = json.loads(answer.text, parse_float=Decimal)["meta"]
    assert meta["count"] == len(machines)
    assert meta["total"]["cost"]["total"]["value"] == sum(machine["cost"] for machine in machines.values())
    assert meta["filter"] == {"resolution": "monthly", "time_scope_value": "-2", "time_scope_units": "month"}


def test_pages_are_of_machines(api, machines):
    answer = api(limit="5", offset="3", **OCTOBER)
    assert [row["resource_id"] for row in rows(answer)] == sorted(machines, reverse=True)[3:8]
    body = answer.json()
    assert body["meta"]["count"] == len(machines) and body["links"]["next"].endswith("limit=5&offset=8")


def test_orders(api, machines):
    by_cost = sorted(machines, key=lambda name: (-machines[name]["cost"], name))
    assert [row["resource_id"] for row in rows(api(**OCTOBER, **{"order_by[cost]": "desc"}))] == by_cost
    types = [row["instance_type"] for row in rows(api(**OCTOBER, **{"order_by[instance_type]": "asc"}))]
    assert types == sorted(types)
    ascending = [row["resource_id"] for row in rows(api(**OCTOBER, **{"order_by[resource_id]": "asc"}))]
    assert ascending == sorted(machines)


def test_filters(api, machines):
    name = min(machines)
    assert [row["resource_id"] for row in rows(api(**OCTOBER, **{"filter[instance]": name[2:].upper()}))] == [name]
    region = machines[name]["region"]
    there = {row["resource_id"] for row in rows(api(**OCTOBER, **{"filter[region]": region}))}
    assert there == {key for key, machine in machines.items() if machine["region"] == region}
    elsewhere = {row["resource_id"] for row in rows(api(**OCTOBER, **{"exclude[region]": region}))}
    assert there | elsewhere == set(machines) and not there & elsewhere


def test_csv(api, server, machines):
    url = f"{server.base_url}/api/cost-management/v1/{PATH}?filter[time_scope_value]=-2&limit=0"
    answer = requests.get(url, headers={"x-rh-identity": identity(ORG), "Accept": "text/csv"}, timeout=30)
    lines = list(csv.DictReader(answer.text.splitlines()))
    assert len(lines) == len(machines) and "tags" not in lines[0]
    assert {line["resource_id"]: Decimal(line["cost_total"]) for line in lines} == {
        name: machine["cost"] for name, machine in machines.items()
    }


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ({"group_by[account]": "*"}, {"group_by": {"non_field_errors": ["Group by queries are not allowed."]}}),
        ({"start_date": "2026-10-01"}, {"start_date": ["Unsupported parameter or invalid value"]}),
        ({"delta": "cost"}, {"delta": {"delta": '"cost" is not a valid choice.'}}),
        ({"delta": "moon"}, {"delta": ['"moon" is not a valid choice.']}),
        ({"filter[limit]": "2"}, {"filter": {"limit": ["Unsupported parameter or invalid value"]}}),
        ({"filter[resolution]": "daily"}, {"filter": {"resolution": ["valid choice is 'monthly'"]}}),
        (
            {"filter[time_scope_value]": "-10"},
            {"filter": {"time_scope_value": ["valid choices are '('-1', '-2', '-3')'"]}},
        ),
        ({"filter[time_scope_units]": "day"}, {"filter": {"time_scope_units": ["valid choice is 'month'"]}}),
        *(
            ({f"order_by[{name}]": "asc"}, {"order_by": {name: f'Order-by "{name}" requires matching Group-by.'}})
            for name in ("infrastructure", "supplementary", "delta", "service", "product_family")
        ),
        ({"order_by[storage_type]": "asc"}, {"order_by": {"storage_type": ["Unsupported parameter or invalid value"]}}),
        ({"filter[service]": "x"}, {"filter": {"service": ["Unsupported parameter or invalid value"]}}),
    ],
)
def test_what_it_has_not(api, query, body):
    answer = api(**query)
    assert (answer.status_code, answer.json()) == (400, body)


def test_a_page_behind_the_last_machine_is_empty(api, machines):
    answer = api(**OCTOBER, offset="1000").json()
    assert answer["meta"]["count"] == len(machines) and answer["data"] == []
    assert api(**OCTOBER, **{"filter[instance]": "no such machine"}).json()["data"] == []


def test_names_of_the_account_and_tags_in_the_order_of_the_original(api, machines):
    row = rows(api(**OCTOBER))[0]
    names = list(row)
    assert names[names.index("source_uuid") + 1 :][:3] == ["account_alias", "account", "instance_name"]
    keys = [tag["key"] for tag in row["tags"]]
    assert keys == sorted(keys, key=lambda key: (len(key.encode()), key.encode()))


def test_another_organisation_sees_nothing(api, server):
    server.add_aws_provider("cost-data", "no-such-report", "nowhere", org="org-ec2-2")
    assert 'resource_id"' not in api("org-ec2-2", **OCTOBER).text
    assert api("org-ec2-3", **OCTOBER).json()["data"] == []
