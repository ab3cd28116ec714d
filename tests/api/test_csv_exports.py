"""CSV of every report: all rows, the same sums as in JSON, in any currency."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal

import pytest
import requests
from support.server import Server, identity

ORG = "org-csv"
DAILY = {"start_date": "2026-10-01", "end_date": "2026-10-31"}
MONTHLY = {**DAILY, "filter[resolution]": "monthly"}


@pytest.fixture(scope="module")
def provider(server: Server) -> str:
    _, provider = server.add_aws_provider("cost-data", "cost-report", "reports", org=ORG, name="csv")
    server.wait_for_month(provider)
    rate = {
        "base_currency": "USD", "target_currency": "EUR", "exchange_rate": "0.5",
        "start_date": "2026-11-01", "end_date": "2026-11-30",
    }  # fmt: skip
    made = requests.post(
        f"{server.base_url}/api/cost-management/v1/settings/currency/static-rates/", json=rate, timeout=30,
        headers={"x-rh-identity": identity(ORG)},
    )  # fmt: skip
    assert made.status_code == 201
    return provider


def ask(server: Server, path: str, accept: str, **query: str) -> str:
    answer = requests.get(
        f"{server.base_url}/api/cost-management/v1/reports/aws/{path}", params=query, timeout=60,
        headers={"x-rh-identity": identity(ORG), "Accept": accept},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("costs/", DAILY),
        ("costs/", {**DAILY, "group_by[account]": "*"}),
        ("costs/", {**DAILY, "group_by[service]": "*", "group_by[region]": "*"}),
        ("costs/", {**DAILY, "group_by[tag:app]": "*"}),
        ("costs/", {**MONTHLY, "group_by[tag:app]": "*", "group_by[account]": "*"}),
        ("costs/", {**MONTHLY, "group_by[service]": "*", "cost_type": "calculated_amortized_cost"}),
        ("instance-types/", DAILY),
        ("instance-types/", {**DAILY, "group_by[account]": "*"}),
        ("storage/", {**DAILY, "group_by[region]": "*"}),
    ],
)
def test_csv_tells_what_json_tells(server, provider, path, query):
    rows: list[dict[str, str]] = []
    for currency, factor in (("USD", Decimal(1)), ("EUR", Decimal("0.5"))):
        text = ask(server, path, "text/csv", **query, limit="0", currency=currency)
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        assert list(rows[0]) == sorted(rows[0]), "columns by name"
        answer = json.loads(ask(server, path, "application/json", **query), parse_float=Decimal, parse_int=Decimal)
        total = answer["meta"]["total"]["cost"]["total"]["value"] * factor
        # Half of a number of 15 places is rounded once a row.
        assert abs(sum(Decimal(row["cost_total"]) for row in rows) - total) <= len(rows) * Decimal("0.5e-15")
        assert {(row["base_currency"], row["exchange_rate"], row["cost_units"]) for row in rows} == {
            ("USD", "1" if factor == 1 else "0.5", currency)
        }
        if "usage" in rows[0]:
            assert sum(Decimal(row["usage"]) for row in rows) == answer["meta"]["total"]["usage"]["value"]
    assert (
        len(list(csv.reader(io.StringIO(ask(server, path, "text/csv", **query, limit="2"))))) == min(len(rows), 2) + 1
    )


def test_csv_of_machines(server, provider):
    query = {"filter[time_scope_units]": "month", "filter[time_scope_value]": "-2", "filter[resolution]": "monthly"}
    rows = list(csv.DictReader(io.StringIO(ask(server, "resources/ec2-compute/", "text/csv", **query, limit="0"))))
    answer = json.loads(
        ask(server, "resources/ec2-compute/", "application/json", **query), parse_float=Decimal, parse_int=Decimal
    )
    assert sum(Decimal(row["cost_total"]) for row in rows) == answer["meta"]["total"]["cost"]["total"]["value"] > 0
    assert len({row["resource_id"] for row in rows}) == answer["meta"]["count"]
