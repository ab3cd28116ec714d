"""Report files in all their forms, made of the sample report, and what sums to expect of them."""

from __future__ import annotations

import collections
import csv
import datetime
import decimal
import gzip
import io
import json
import pathlib
import re
import subprocess
import zipfile
from collections.abc import Callable

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
PREFIXES = {"tags": "resourceTags/user:", "category": "costCategory/"}
# What CUR 2.0 has as columns of the product; the rest are entries of its map.
CUR2_PRODUCT = {
    "comment", "fee_code", "fee_description", "from_location", "from_location_type", "from_region_code",
    "instance_family", "instance_type", "instancesku", "location", "location_type", "operation", "pricing_unit",
    "product_family", "region_code", "servicecode", "sku", "to_location", "to_location_type", "to_region_code",
    "usagetype",
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


def entries(line: Line, prefix: str) -> Line:
    return {name.removeprefix(prefix): text for name, text in line.items() if name.startswith(prefix) and text}


def value(line: Line, dimension: str) -> str:
    if dimension in PREFIXES:
        return json.dumps(entries(line, PREFIXES[dimension]), sort_keys=True)
    text = line[DIMENSIONS[dimension]]
    if dimension == "day":
        return text[:10]
    marketplace = line["bill/BillingEntity"] == "AWS Marketplace" and line["product/ProductName"]
    return marketplace if dimension == "service" and marketplace else text


def focus_measures(line: Line) -> tuple[decimal.Decimal, ...]:
    """As measures, of what FOCUS says of the line: it knows no blending, and what a plan costs only of its lines."""
    unblended, _, _, amortized, usage = measures(line)
    plan = amortized if line["lineItem/LineItemType"] in SAVINGS_PLAN else decimal.Decimal(0)
    return (unblended, unblended, plan, amortized, usage)


def expected(lines: list[Line], dimension: str, measures: Callable = measures) -> Sums:
    """The sums of a dimension's values, in plain decimals."""
    sums: dict[str, list[decimal.Decimal]] = collections.defaultdict(lambda: [decimal.Decimal(0)] * len(COSTS))
    for line in lines:
        key = value(line, dimension)
        sums[key] = [a + b for a, b in zip(sums[key], measures(line), strict=True)]
    return {key: tuple(row) for key, row in sums.items()}


def parse_report(text: str, dimension: str) -> Sums:
    """What `kontor report --format csv`, grouped by this dimension and others perhaps, says of it."""
    sums: dict[str, list[decimal.Decimal]] = collections.defaultdict(lambda: [decimal.Decimal(0)] * len(COSTS))
    for row in csv.DictReader(io.StringIO(text, newline="")):
        key = row[dimension]
        if dimension in PREFIXES:
            key = json.dumps(json.loads(key), sort_keys=True)
        sums[key] = [a + decimal.Decimal(row[cost]) for a, cost in zip(sums[key], COSTS, strict=True)]
    return {key: tuple(row) for key, row in sums.items()}


def snake(name: str) -> str:
    """lineItem/UsageAmount as line_item_usage_amount."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("/", "_").lower()


def as_cur2(lines: list[Line]) -> list[Line]:
    """The lines as CUR 2.0 has them: tags, categories and rare product attributes in maps."""
    made = []
    for line in lines:
        new: Line = {}
        product: Line = {}
        tags: Line = {}
        for name, text in line.items():
            group, _, rest = name.partition("/")
            if group == "product" and snake(rest) not in CUR2_PRODUCT:
                product |= {snake(rest): text} if text else {}
            elif group == "resourceTags":
                tags |= {rest.replace("user:", "user_").replace("aws:", "aws_"): text} if text else {}
            elif group != "costCategory":
                new[snake(name)] = re.sub(r"^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)\S*$", r"\1T\2.000Z", text)
        new |= {
            "product_region_code": line["product/region"], "discount": "{}",
            "product": json.dumps(product), "resource_tags": json.dumps(tags, ensure_ascii=False),
            "cost_category": json.dumps(entries(line, "costCategory/")),
        }  # fmt: skip
        made.append(new)
    return made


def as_focus(lines: list[Line]) -> list[Line]:
    """The lines as FOCUS 1.2 with the columns of AWS has them, as far as they are read."""
    made = []
    for line in lines:
        unblended, _, _, amortized, usage = measures(line)
        plan = line["lineItem/LineItemType"] in SAVINGS_PLAN
        same = line["lineItem/UsageAccountId"] == line["bill/PayerAccountId"]
        tags = {"user:" + key: text for key, text in entries(line, "resourceTags/user:").items()}
        made.append({
            "AvailabilityZone": line["lineItem/AvailabilityZone"], "BilledCost": f"{unblended:f}",
            "BillingAccountId": line["bill/PayerAccountId"], "BillingAccountName": "The Account, Inc.",
            "BillingCurrency": line["lineItem/CurrencyCode"], "BillingPeriodStart": "2026-10-01T00:00:00Z",
            "ChargeCategory": "Tax" if line["lineItem/LineItemType"] == "Tax" else "Usage",
            "ChargeDescription": line["lineItem/LineItemDescription"],
            "ChargePeriodStart": line["lineItem/UsageStartDate"].replace(" ", "T").replace("+00:00", "Z"),
            "CommitmentDiscountCategory": "Spend" if plan else "", "ConsumedQuantity": f"{usage:f}",
            "ConsumedUnit": line["pricing/unit"], "ContractedCost": f"{unblended:f}",
            "EffectiveCost": f"{amortized:f}", "ListCost": f"{number(line['pricing/publicOnDemandCost']):f}",
            "PublisherName": line["bill/BillingEntity"], "RegionId": line["product/region"],
            "ResourceId": line["lineItem/ResourceId"], "ServiceCategory": "Other",
            "ServiceName": line["product/ProductName"], "ServiceSubcategory": line["product/productFamily"],
            "SkuPriceDetails": json.dumps({"InstanceType": line["product/instanceType"], "CoreCount": 4}),
            "SubAccountId": "" if same else line["lineItem/UsageAccountId"],
            "Tags": json.dumps(tags | {"aws:createdBy": "someone"}),
            "x_CostCategories": json.dumps(entries(line, "costCategory/")),
            "x_ServiceCode": line["lineItem/ProductCode"],
        })  # fmt: skip
    return made


def as_athena(lines: list[Line]) -> list[Line]:
    """The lines with the names that reports in Parquet have."""
    return [{re.sub(r"\W", "_", snake(name)): text for name, text in line.items()} for line in lines]


AMOUNT = re.compile(r"(cost|amount|quantity|factor|price)$", re.IGNORECASE)
DATE = re.compile(r"(start_?date|end_?date|periodstart|periodend)$", re.IGNORECASE)
MAPS = ("resource_tags", "cost_category", "product", "discount", "tags", "Tags", "x_CostCategories", "SkuPriceDetails")


def write_parquet(lines: list[Line], path: pathlib.Path, decimals: bool = False, maps: bool = True, **options) -> None:
    """Amounts as doubles (or decimals), dates as timestamps, maps as maps (or their text); the rest is text."""
    import pyarrow
    import pyarrow.parquet

    def column(name: str) -> pyarrow.Array:
        texts = [line[name] or None for line in lines]
        if DATE.search(name):
            stamps = [text and datetime.datetime.fromisoformat(text.replace("Z", "+00:00")) for text in texts]
            return pyarrow.array(stamps, pyarrow.timestamp("ms", "UTC"))
        if AMOUNT.search(name):
            if decimals:
                kind, read = pyarrow.decimal128(38, 20), decimal.Decimal
            else:
                kind, read = pyarrow.float64(), float
            numbers = [
                None if text in (None, "None") or not re.match(r"-?[0-9.]", text) else read(text) for text in texts
            ]
            return pyarrow.array(numbers, kind)
        if maps and name in MAPS:
            entries = [list(map(tuple, json.loads(text).items())) for text in texts]
            pairs = [[(key, None if value is None else str(value)) for key, value in row] for row in entries]
            return pyarrow.array(pairs, pyarrow.map_(pyarrow.string(), pyarrow.string()))
        return pyarrow.array(texts, pyarrow.string())

    table = pyarrow.table({name: column(name) for name in lines[0]})
    pyarrow.parquet.write_table(table, path, **{"compression": "snappy", "row_group_size": 700, **options})
