"""AWS cost and usage reports whose totals are known beforehand, to the last digit."""

from __future__ import annotations

import csv
import datetime
import gzip
import io
import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

PLACES = Decimal("0.000001")
PAYER = "999900000000"


@dataclass(frozen=True)
class Scenario:
    """An account of the report, with what it costs a month."""

    name: str
    account: str
    expected_cost: Decimal
    services: Sequence[str]
    tags: dict[str, str] = field(default_factory=dict)
    lines_a_day: int = 24


@dataclass(frozen=True)
class Service:
    """What lines of a service look like."""

    name: str
    family: str
    unit: str
    instance_type: str = ""


SERVICES = {
    "AmazonEC2": Service("Amazon Elastic Compute Cloud", "Compute Instance", "Hrs", "m5.large"),
    "AmazonRDS": Service("Amazon Relational Database Service", "Database Instance", "Hrs", "db.t3.medium"),
    "AmazonS3": Service("Amazon Simple Storage Service", "Storage", "GB-Mo"),
    "AmazonVPC": Service("Amazon Virtual Private Cloud", "Cloud Connectivity", "Hrs"),
}
REGIONS = ("us-east-1", "eu-central-1")

COLUMNS = (
    "bill/BillingEntity", "bill/BillingPeriodEndDate", "bill/BillingPeriodStartDate", "bill/BillType",
    "bill/InvoiceId", "bill/PayerAccountId", "identity/LineItemId", "identity/TimeInterval",
    "lineItem/AvailabilityZone", "lineItem/BlendedCost", "lineItem/BlendedRate", "lineItem/CurrencyCode",
    "lineItem/LineItemDescription", "lineItem/LineItemType", "lineItem/Operation", "lineItem/ProductCode",
    "lineItem/ResourceId", "lineItem/UnblendedCost", "lineItem/UnblendedRate", "lineItem/UsageAccountId",
    "lineItem/UsageAmount", "lineItem/UsageEndDate", "lineItem/UsageStartDate", "lineItem/UsageType",
    "pricing/unit", "product/instanceType", "product/productFamily", "product/ProductName", "product/region",
    "resourceTags/user:environment", "resourceTags/user:scenario",
)  # fmt: skip


def split(total: Decimal, parts: int) -> list[Decimal]:
    """`total` in that many parts, six places each but the last, which makes the sum exact."""
    each = (total / parts).quantize(PLACES)
    return [each] * (parts - 1) + [total - each * (parts - 1)]


def next_month(month: datetime.date) -> datetime.date:
    """The first day of the month behind."""
    return (month.replace(day=28) + datetime.timedelta(days=4)).replace(day=1)


@dataclass
class Month:
    """A month of a report: its files, and what they add up to."""

    month: datetime.date
    assembly_id: str
    objects: dict[str, bytes]
    totals: dict[str, dict[str, Decimal]]  # account → service → cost


def _rows(scenario: Scenario, month: datetime.date, days: int) -> Iterable[tuple[dict[str, Any], Decimal]]:
    pause = 24 // scenario.lines_a_day
    hours = [
        datetime.datetime.combine(month + datetime.timedelta(days=day), datetime.time(hour * pause))
        for day in range(days)
        for hour in range(scenario.lines_a_day)
    ]
    places = [(start, code) for start in hours for code in scenario.services]
    for index, ((start, code), cost) in enumerate(
        zip(places, split(scenario.expected_cost, len(places)), strict=True)
    ):
        service, end = SERVICES[code], start + datetime.timedelta(hours=1)
        region = REGIONS[index % len(REGIONS)]
        yield {
            "bill/BillingEntity": "AWS", "bill/BillType": "Anniversary", "bill/PayerAccountId": PAYER,
            "bill/BillingPeriodStartDate": f"{month}T00:00:00Z",
            "bill/BillingPeriodEndDate": f"{next_month(month)}T00:00:00Z",
            "identity/LineItemId": f"{scenario.name}-{start:%Y%m%d%H}-{index}",
            "identity/TimeInterval": f"{start:%Y-%m-%dT%H:%M:%SZ}/{end:%Y-%m-%dT%H:%M:%SZ}",
            "lineItem/AvailabilityZone": f"{region}a", "lineItem/BlendedCost": cost, "lineItem/BlendedRate": cost,
            "lineItem/CurrencyCode": "USD", "lineItem/LineItemDescription": f"{service.name}, {scenario.name}",
            "lineItem/LineItemType": "Usage", "lineItem/Operation": "Run", "lineItem/ProductCode": code,
            "lineItem/ResourceId": f"{code}-{scenario.name}", "lineItem/UnblendedCost": cost,
            "lineItem/UnblendedRate": cost, "lineItem/UsageAccountId": scenario.account, "lineItem/UsageAmount": 1,
            "lineItem/UsageStartDate": f"{start:%Y-%m-%dT%H:%M:%SZ}",
            "lineItem/UsageEndDate": f"{end:%Y-%m-%dT%H:%M:%SZ}", "lineItem/UsageType": f"{code}:usage",
            "pricing/unit": service.unit, "product/instanceType": service.instance_type,
            "product/productFamily": service.family, "product/ProductName": service.name, "product/region": region,
            **{f"resourceTags/user:{key}": value for key, value in scenario.tags.items()},
        }, cost  # fmt: skip


def make_month(
    scenarios: Iterable[Scenario], month: datetime.date, days: int, report_name: str, prefix: str
) -> Month:
    """One month's delivery: a gzip file and its manifests, over the first `days` days of `month`."""
    made = Month(month, str(uuid.uuid4()), {}, {})
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for scenario in scenarios:
        totals = made.totals.setdefault(scenario.account, {})
        for row, cost in _rows(scenario, month, days):
            writer.writerow(row)
            totals[row["lineItem/ProductCode"]] = totals.get(row["lineItem/ProductCode"], Decimal(0)) + cost
    folder = "/".join(p for p in (prefix, report_name, f"{month:%Y%m%d}-{next_month(month):%Y%m%d}") if p)
    key = f"{folder}/{made.assembly_id}/{report_name}-00001.csv.gz"
    manifest = json.dumps(
        {
            "assemblyId": made.assembly_id, "account": PAYER, "charset": "UTF-8", "compression": "GZIP",
            "contentType": "text/csv", "reportName": report_name, "reportKeys": [key],
            "billingPeriod": {
                "start": f"{month:%Y%m%d}T000000.000Z", "end": f"{next_month(month):%Y%m%d}T000000.000Z",
            },
            "columns": [dict(zip(("category", "name"), name.split("/", 1), strict=True)) for name in COLUMNS],
        }
    ).encode()  # fmt: skip
    # The manifest that readers look for comes last: what it names is there then.
    made.objects = {
        key: gzip.compress(text.getvalue().encode(), mtime=0),
        f"{folder}/{made.assembly_id}/{report_name}-Manifest.json": manifest,
        f"{folder}/{report_name}-Manifest.json": manifest,
    }
    return made
