"""What kind of charge each line was, from reports of every form to the export."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal

import pytest
import requests
from support import reports
from support.s3 import S3Server
from support.server import Server, identity

Kind = tuple[str, str, str]  # ChargeCategory, ChargeFrequency, ChargeClass
USAGE: Kind = ("Usage", "Usage-Based", "")
# The line items' types: what FOCUS says of each, its cost and, where it has one, what its savings plan shares.
TYPES: dict[str, tuple[Kind, str, str]] = {
    "Usage": (USAGE, "10.1", ""),
    "DiscountedUsage": (USAGE, "0", ""),
    "SavingsPlanCoveredUsage": (USAGE, "8.5", "3.25"),
    "SavingsPlanNegation": (USAGE, "-8.5", ""),
    "Tax": (("Tax", "Recurring", ""), "1.9", ""),
    "Credit": (("Credit", "One-Time", ""), "-4", ""),
    "Refund": (("Adjustment", "One-Time", "Correction"), "-3.000000000000001", ""),
    "Fee": (("Purchase", "One-Time", ""), "120", ""),
    "RIFee": (("Purchase", "Recurring", ""), "36.5", ""),
    "SavingsPlanUpfrontFee": (("Purchase", "One-Time", ""), "500", "0"),
    "SavingsPlanRecurringFee": (("Purchase", "Recurring", ""), "4.75", "0"),
    "FlatRateSubscription": (("Purchase", "Recurring", ""), "15", ""),
    "BundledDiscount": (("Adjustment", "Usage-Based", ""), "-0.5", ""),
    "EdpDiscount": (("Adjustment", "Usage-Based", ""), "-0.25", ""),
    "PrivateRateDiscount": (("Adjustment", "Usage-Based", ""), "-0.125", ""),
    "SomethingNew": (("Adjustment", "Usage-Based", ""), "0.0625", ""),
}
CATEGORIES = ["Usage", "Purchase", "Tax", "Credit", "Adjustment"]
FREQUENCIES = ["One-Time", "Recurring", "Usage-Based"]
OCTOBER = {"start_date": "2026-10-01", "end_date": "2026-10-31"}


def cur_lines() -> list[reports.Line]:
    """A line of every type; all of the same service, region and resource."""
    common = {
        "bill/BillingEntity": "AWS", "bill/PayerAccountId": "111111111111",
        "lineItem/UsageAccountId": "222222222222", "lineItem/UsageStartDate": "2026-10-03T00:00:00Z",
        "lineItem/ProductCode": "AmazonEC2", "lineItem/UsageAmount": "2", "lineItem/CurrencyCode": "USD",
        "product/ProductName": "Amazon Elastic Compute Cloud", "product/productFamily": "Compute Instance",
        "product/region": "eu-west-1", "pricing/unit": "Hrs",
    }  # fmt: skip
    return [
        {
            **common, "lineItem/LineItemType": name, "lineItem/UnblendedCost": cost, "lineItem/BlendedCost": cost,
            "savingsPlan/SavingsPlanEffectiveCost": share,
        }
        for name, (_, cost, share) in TYPES.items()
    ]  # fmt: skip


def expected_of_cur() -> dict[Kind, tuple[Decimal, Decimal, str]]:
    """Billed cost, effective cost and consumed quantity of each kind; the quantity is told of usage only."""
    sums: dict[Kind, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 3)
    for name, (kind, cost, share) in TYPES.items():
        effective = share or "0" if name in reports.SAVINGS_PLAN else cost
        usage = "0" if name == "SavingsPlanNegation" else "2"
        sums[kind] = [a + Decimal(b) for a, b in zip(sums[kind], (cost, effective, usage), strict=True)]
    return {kind: (row[0], row[1], f"{row[2]}" if kind[0] == "Usage" else "") for kind, row in sums.items()}


def focus_lines() -> list[reports.Line]:
    """A line of every category, frequency and class."""
    return [
        {
            "BilledCost": f"1{i}.{j}{k}", "EffectiveCost": f"2{i}.{j}{k}", "BillingCurrency": "USD",
            "BillingAccountId": "111111111111", "SubAccountId": "222222222222", "ServiceName": "Amazon S3",
            "x_ServiceCode": "AmazonS3", "ChargePeriodStart": "2026-10-03T00:00:00Z", "ChargeCategory": category,
            "ChargeFrequency": frequency, "ChargeClass": kind, "ConsumedQuantity": "2", "ConsumedUnit": "GB",
        }
        for i, category in enumerate(CATEGORIES, 1)
        for j, frequency in enumerate(FREQUENCIES, 1)
        for k, kind in enumerate(["", "Correction"], 1)
    ]  # fmt: skip


def deliver(server: Server, s3: S3Server, name: str, lines: list[reports.Line]) -> str:
    """The organisation, new, whose one provider has these lines as its October."""
    bucket, org = f"charges-{name}", f"org-charges-{name}"
    s3.client.create_bucket(Bucket=bucket)
    s3.client.put_object(Bucket=bucket, Key="report/20261001-20261101/part.csv", Body=reports.write_csv(lines))
    _, provider = server.add_aws_provider(bucket, "report", org=org, name=name)
    server.wait_for_month(provider)
    return org


def export(server: Server, org: str) -> list[dict[str, str]]:
    answer = requests.get(
        f"{server.base_url}/api/cost-management/v1/exports/focus/", params=OCTOBER, timeout=60,
        headers={"x-rh-identity": identity(org)},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def kind_of(row: dict[str, str]) -> Kind:
    return (row["ChargeCategory"], row["ChargeFrequency"], row["ChargeClass"])


def assert_conditions(rows: list[dict[str, str]]) -> None:
    """What FOCUS 1.2 has of columns that depend on the category."""
    for row in rows:
        usage, priced = row["ChargeCategory"] == "Usage", row["ChargeCategory"] in ("Usage", "Purchase")
        assert usage or row["ChargeDescription"].startswith(row["ChargeCategory"] + " ")
        assert all((row[column] != "") == usage for column in ("ConsumedQuantity", "ConsumedUnit"))
        assert all((row[column] != "") == priced for column in ("PricingQuantity", "PricingUnit", "PricingCategory"))


def total_cost(server: Server, org: str) -> Decimal:
    answer = server.report("reports/aws/costs/", org, start_date="2026-10-01", end_date="2026-10-31")
    return Decimal(json.loads(answer.text, parse_float=str)["meta"]["total"]["cost"]["raw"]["value"])


@pytest.mark.parametrize(("name", "form"), [("legacy", list), ("cur2", reports.as_cur2)])
def test_types_of_line_items(server, s3, name: str, form: Callable):
    org = deliver(server, s3, name, form(cur_lines()))
    rows = export(server, org)
    assert_conditions(rows)
    got = {
        kind_of(row): (Decimal(row["BilledCost"]), Decimal(row["EffectiveCost"]), row["ConsumedQuantity"])
        for row in rows
    }
    assert len(got) == len(rows) and got == expected_of_cur()
    assert total_cost(server, org) == sum(Decimal(cost) for _, cost, _ in TYPES.values())


def test_focus(server, s3):
    """Each line comes out as what it went in."""
    lines = focus_lines()
    org = deliver(server, s3, "focus", lines)
    rows = export(server, org)
    assert_conditions(rows)
    columns = ("ChargeCategory", "ChargeFrequency", "ChargeClass", "BilledCost", "EffectiveCost")
    assert sorted(tuple(row[c] for c in columns) for row in rows) == sorted(
        tuple(line[c] for c in columns) for line in lines
    )
    assert total_cost(server, org) == sum(Decimal(line["BilledCost"]) for line in lines)


def test_focus_that_tells_no_frequency(server, s3):
    lines = [
        {"ChargeCategory": category, "BilledCost": cost, "EffectiveCost": cost}
        for category, cost in [*zip(CATEGORIES, "12345", strict=True), ("", "6"), ("Gift", "7")]
    ]
    common = {
        "BillingCurrency": "USD", "BillingAccountId": "1", "ServiceName": "S3",
        "ChargePeriodStart": "2026-10-03T00:00:00Z",
    }  # fmt: skip
    org = deliver(server, s3, "bare", [common | line for line in lines])
    assert {kind_of(row): row["BilledCost"] for row in export(server, org)} == {
        USAGE: "7",
        ("Purchase", "One-Time", ""): "2",
        ("Tax", "Recurring", ""): "3",
        ("Credit", "One-Time", ""): "4",
        ("Adjustment", "One-Time", ""): "12",
    }


def test_rows_of_before(server, s3):
    """What was read by a version that didn't keep the kind is usage; read anew, the month has it."""
    org = deliver(server, s3, "before", cur_lines())
    server.sql(f'UPDATE "{org}".reporting_awscostentrylineitem_daily_summary SET charge = NULL')
    assert {kind_of(row) for row in export(server, org)} == {USAGE}
    provider = server.sql(f'SELECT uuid FROM "{org}".reporting_tenant_api_provider')[0][0]
    server.run("download_report", "--provider-uuid", provider, "--bill-date", "2026-10", "--whole")
    assert {kind_of(row) for row in export(server, org)} == set(expected_of_cur())
