"""Report files in all their forms, made of the sample report, and what sums to expect of them."""

from __future__ import annotations

import collections
import csv
import decimal
import gzip
import io
import pathlib
import subprocess
import zipfile

Line = dict[str, str]
Sums = dict[str, tuple[decimal.Decimal, ...]]

COSTS = ("unblended_cost", "blended_cost", "savingsplan_effective_cost", "calculated_amortized_cost", "usage_amount")
SAVINGS_PLAN = ("SavingsPlanCoveredUsage", "SavingsPlanNegation", "SavingsPlanUpfrontFee", "SavingsPlanRecurringFee")
DIMENSIONS = {
    "service": "lineItem/ProductCode", "account": "lineItem/UsageAccountId", "payer": "bill/PayerAccountId",
    "region": "product/region", "family": "product/productFamily", "az": "lineItem/AvailabilityZone",
    "instance_type": "product/instanceType", "unit": "pricing/unit", "currency": "lineItem/CurrencyCode",
    "day": "lineItem/UsageStartDate", "product": "product/ProductName",
}  # fmt: skip


def read_lines(report: pathlib.Path) -> list[Line]:
    """The lines of a csv.gz."""
    return list(csv.DictReader(io.StringIO(gzip.decompress(report.read_bytes()).decode(), newline="")))


def write_csv(lines: list[Line], columns: list[str] | None = None) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns or list(lines[0]))
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue().encode()


def pack(kind: str, content: bytes, name: str = "report.csv") -> bytes:
    """The content as plain, gz, zip or zst."""
    if kind == "gz":
        return gzip.compress(content, mtime=0)
    if kind == "zst":
        return subprocess.run(["zstd", "-q", "-c"], input=content, stdout=subprocess.PIPE, check=True).stdout
    if kind == "zip":
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr(name, content)
        return packed.getvalue()
    return content


def number(text: str) -> decimal.Decimal:
    """As the reports' rules have it: what is no number counts as nothing, 15 places are kept."""
    try:
        exact = decimal.Decimal(text or 0)
    except decimal.InvalidOperation:
        return decimal.Decimal(0)
    return exact.quantize(decimal.Decimal("1e-15"), decimal.ROUND_HALF_UP)


def measures(line: Line) -> tuple[decimal.Decimal, ...]:
    kind = line["lineItem/LineItemType"]
    unblended = number(line["lineItem/UnblendedCost"])
    effective = number(line["savingsPlan/SavingsPlanEffectiveCost"])
    usage = number(line["lineItem/UsageAmount"]) if kind != "SavingsPlanNegation" else decimal.Decimal(0)
    return (
        unblended, number(line["lineItem/BlendedCost"]), effective,
        effective if kind in SAVINGS_PLAN else unblended, usage,
    )  # fmt: skip


def value(line: Line, dimension: str) -> str:
    text = line[DIMENSIONS[dimension]]
    if dimension == "day":
        return text[:10]
    marketplace = line["bill/BillingEntity"] == "AWS Marketplace" and line["product/ProductName"]
    return marketplace if dimension == "service" and marketplace else text


def expected(lines: list[Line], dimension: str) -> Sums:
    """The sums of a dimension's values, in plain decimals."""
    sums: dict[str, list[decimal.Decimal]] = collections.defaultdict(lambda: [decimal.Decimal(0)] * len(COSTS))
    for line in lines:
        key = value(line, dimension)
        sums[key] = [a + b for a, b in zip(sums[key], measures(line), strict=True)]
    return {key: tuple(row) for key, row in sums.items()}


def parse_report(text: str, dimension: str) -> Sums:
    """What `kontor report --format csv` says."""
    rows = csv.DictReader(io.StringIO(text, newline=""))
    return {row[dimension]: tuple(decimal.Decimal(row[cost]) for cost in COSTS) for row in rows}
