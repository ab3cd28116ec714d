"""The table of machines: one row a machine and month, as it was last, with its own costs."""

from __future__ import annotations

import csv
import decimal
import gzip
import hashlib

from support.process import ROOT, wait_until

TABLE = "reporting_awscostentrylineitem_summary_by_ec2_compute_p"
COSTS = {
    "unblended_cost": "lineItem/UnblendedCost",
    "blended_cost": "lineItem/BlendedCost",
    "savingsplan_effective_cost": "savingsPlan/SavingsPlanEffectiveCost",
}
PROPERTIES = {
    "instance_type": "product/instanceType",
    "operating_system": "product/operatingSystem",
    "region": "product/region",
    "vcpu": "product/vcpu",
    "memory": "product/memory",
    "unit": "pricing/unit",
    "instance_name": "resourceTags/user:Name",
}
SAVINGS_PLAN = ("SavingsPlanCoveredUsage", "SavingsPlanNegation", "SavingsPlanUpfrontFee", "SavingsPlanRecurringFee")


def number(cell: str) -> decimal.Decimal:
    return decimal.Decimal(cell or 0)


def machines(sample) -> dict[tuple[str, str], list]:
    """The same from the report, line by line."""
    report = next((sample / "reports").rglob("October-*.csv.gz"))
    known: dict[tuple[str, str], list] = {}
    with gzip.open(report, "rt", newline="") as text:
        lines = [
            line
            for line in csv.DictReader(text)
            if line["lineItem/ProductCode"] == "AmazonEC2"
            and "Compute Instance" in line["product/productFamily"]
            and line["lineItem/ResourceId"]
        ]
    for line in sorted(lines, key=lambda line: line["lineItem/UsageStartDate"]):
        kind = line["lineItem/LineItemType"]
        sums = {name: number(line[column]) for name, column in COSTS.items()}
        sums["calculated_amortized_cost"] = (
            sums["savingsplan_effective_cost"] if kind in SAVINGS_PLAN else sums["unblended_cost"]
        )
        sums["usage_amount"] = number(line["lineItem/UsageAmount"])
        if kind == "SavingsPlanCoveredUsage":
            sums["unblended_cost"] = sums["blended_cost"] = decimal.Decimal(0)
        day = line["lineItem/UsageStartDate"][:10]
        machine = (line["lineItem/ResourceId"], line["lineItem/UsageAccountId"])
        former = known.get(machine)
        if former is not None:
            sums = {name: value + former[1][name] for name, value in sums.items()}
        known[machine] = [
            [former[0][0] if former else day, day],
            sums,
            {name: line.get(column) or "" for name, column in PROPERTIES.items()},
        ]
    return known


def test_machines_of_a_month(server, sample):
    _, provider = server.add_aws_provider("cost-data", "cost-report", "reports", "org-machines", "machines")
    server.wait_for_month(provider, "2026-10-01")
    expected = machines(sample)
    names = [*COSTS, "calculated_amortized_cost", "usage_amount"]
    rows = server.sql(
        f"SELECT resource_id, usage_account_id, usage_start, usage_end, {', '.join(names)}, {', '.join(PROPERTIES)}"
        f'  FROM "org-machines".{TABLE} WHERE source_uuid = \'{provider}\''
    )
    found = {
        (row[0], row[1]): [
            row[2:4],
            dict(zip(names, map(decimal.Decimal, row[4 : 4 + len(names)]), strict=True)),
            dict(zip(PROPERTIES, row[4 + len(names) :], strict=True)),
        ]
        for row in rows
    }
    assert len(rows) == len(expected) == 22
    assert found == expected
    tags = server.sql(
        f"SELECT count(*) FROM \"org-machines\".{TABLE} WHERE tags ? 'environment' AND account_alias_id IS NOT NULL"
    )
    assert int(tags[0][0]) > 0
    assert server.sql(f'SELECT count(*) FROM "org-machines".{TABLE}') == [["22"]]  # a month, replaced as a whole


def test_a_tenant_of_an_older_version_is_brought_up(server):
    """Its schema has the first two migrations only; the server finds it when its provider comes."""
    old = sorted((ROOT / "sql" / "tenant").glob("000[12]_*.sql"))
    statements = ['CREATE SCHEMA "orgold"; SET search_path TO "orgold", public;', *(path.read_text() for path in old)]
    statements.append(
        "CREATE TABLE kontor_migration (number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,"
        " applied_at timestamptz NOT NULL DEFAULT now());"
    )
    for path in old:
        number_, _, name = path.stem.partition("_")
        checksum = hashlib.sha256(path.read_bytes()).hexdigest()
        statements.append(f"INSERT INTO kontor_migration VALUES ({int(number_)}, '{name}', '{checksum}');")
    server.sql("\n".join(statements))
    server.sql(
        "INSERT INTO api_customer (schema_name) VALUES ('orgold');"
        "INSERT INTO api_provider (name, type, customer_id)"
        " VALUES ('old', 'AWS', (SELECT id FROM api_customer WHERE schema_name = 'orgold'))"
    )
    newest = max(int(path.stem[:4]) for path in (ROOT / "sql" / "tenant").glob("*.sql"))
    wait_until(
        lambda: server.sql("SELECT max(number) FROM orgold.kontor_migration") == [[str(newest)]],
        30, "the tenant's tables are of this version",
    )  # fmt: skip
    assert server.sql(f"SELECT count(*) FROM orgold.{TABLE}") == [["0"]]
