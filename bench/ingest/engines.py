#!/usr/bin/env python3
"""The same fold by other engines, and its sums by exact decimals; run by bench.py in an environment of its own.

engines.py duckdb|polars|chdb FILE…     the groups of bench.py's fold, counted
engines.py sums DIMENSION FILE…         by DuckDB's decimals: CSV of the dimension and five sums
"""

from __future__ import annotations

import csv
import sys

DIMENSIONS = {
    "day": 'left("lineItem/UsageStartDate", 10)',
    "payer": '"bill/PayerAccountId"',
    "account": '"lineItem/UsageAccountId"',
    "product": '"product/ProductName"',
    "service": (
        """CASE WHEN "bill/BillingEntity" = 'AWS Marketplace' AND "product/ProductName" <> ''"""
        """ THEN "product/ProductName" ELSE "lineItem/ProductCode" END"""
    ),
    "family": '"product/productFamily"',
    "region": '"product/region"',
    "az": '"lineItem/AvailabilityZone"',
    "instance_type": '"product/instanceType"',
    "unit": '"pricing/unit"',
    "currency": '"lineItem/CurrencyCode"',
    "type": '"lineItem/LineItemType"',
    "resource": '"lineItem/ResourceId"',
}
PLAN_TYPES = "('SavingsPlanCoveredUsage', 'SavingsPlanNegation', 'SavingsPlanUpfrontFee', 'SavingsPlanRecurringFee')"
FOLD = ("day", "payer", "account", "product", "family", "region", "az", "instance_type", "currency")


def amount(column: str) -> str:
    return f"""CAST(CASE WHEN "{column}" IN ('', 'None') THEN '0' ELSE "{column}" END AS DECIMAL(38, 15))"""


def sums(dimension: str, files: list[str]) -> None:
    import duckdb

    unblended, effective = amount("lineItem/UnblendedCost"), amount("savingsPlan/SavingsPlanEffectiveCost")
    measures = {
        "unblended_cost": unblended,
        "blended_cost": amount("lineItem/BlendedCost"),
        "savingsplan_effective_cost": effective,
        "calculated_amortized_cost": (
            f'CASE WHEN "lineItem/LineItemType" IN {PLAN_TYPES} THEN {effective} ELSE {unblended} END'
        ),
        "usage_amount": (
            f"""CASE WHEN "lineItem/LineItemType" = 'SavingsPlanNegation' THEN 0"""
            f" ELSE {amount('lineItem/UsageAmount')} END"
        ),
    }
    columns = ", ".join(f"sum({sql}) AS {name}" for name, sql in measures.items())
    query = (
        f"SELECT {DIMENSIONS[dimension]} AS dimension, {columns}"
        " FROM read_csv($1, all_varchar = true, nullstr = '\x01', union_by_name = true) GROUP BY 1"
    )
    rows = duckdb.execute(query, [files])
    writer = csv.writer(sys.stdout)
    writer.writerow([column[0] for column in rows.description])
    writer.writerows(rows.fetchall())


def tags_of(names: list[str]) -> list[str]:
    return [name for name in names if name.startswith("resourceTags/user:")]


def header_of(file: str) -> list[str]:
    import gzip

    with gzip.open(file, "rt", newline="") as text:
        return next(csv.reader(text))


def duckdb_fold(files: list[str]) -> int:
    import duckdb

    keys = ", ".join([DIMENSIONS[name] for name in FOLD] + [f'"{tag}"' for tag in tags_of(header_of(files[0]))])
    query = (
        f"SELECT count(*) FROM (SELECT sum({amount('lineItem/UnblendedCost')}), sum({amount('lineItem/BlendedCost')}),"
        f" sum({amount('lineItem/UsageAmount')}) FROM read_csv($1, all_varchar = true, nullstr = '\x01')"
        f" GROUP BY {keys})"
    )
    return duckdb.execute(query, [files]).fetchone()[0]


def polars_fold(files: list[str]) -> int:
    import polars as pl

    names = [DIMENSIONS[name].strip('"') for name in FOLD if name != "day"] + tags_of(header_of(files[0]))
    number = [
        pl.col(name).cast(pl.Float64, strict=False).sum()
        for name in ("lineItem/UnblendedCost", "lineItem/BlendedCost", "lineItem/UsageAmount")
    ]
    day = pl.col("lineItem/UsageStartDate").str.slice(0, 10).alias("day")
    return sum(
        frame.height
        for frame in [
            pl.concat([pl.scan_csv(file, infer_schema=False) for file in files])
            .group_by([day, *map(pl.col, names)])
            .agg(number)
            .collect()
        ]
    )


def chdb_fold(files: list[str]) -> int:
    import chdb

    names = [DIMENSIONS[name].replace('"', "`") for name in FOLD if name != "day"]
    names += [f"`{tag}`" for tag in tags_of(header_of(files[0]))]
    columns = ", ".join(f"`{name}` String" for name in header_of(files[0]))
    number = ", ".join(
        f"sum(toDecimal128OrZero(`{name}`, 15))"
        for name in ("lineItem/UnblendedCost", "lineItem/BlendedCost", "lineItem/UsageAmount")
    )
    lines = " UNION ALL ".join(f"SELECT * FROM file('{file}', 'CSVWithNames', '{columns}')" for file in files)
    query = (
        f"SELECT count() FROM (SELECT {number} FROM ({lines})"
        f" GROUP BY substring(`lineItem/UsageStartDate`, 1, 10), {', '.join(names)})"
    )
    return int(str(chdb.query(query)).strip())


ENGINES = {"duckdb": duckdb_fold, "polars": polars_fold, "chdb": chdb_fold}

if __name__ == "__main__":
    if sys.argv[1] == "sums":
        sums(sys.argv[2], sys.argv[3:])
    else:
        print(ENGINES[sys.argv[1]](sys.argv[2:]))
