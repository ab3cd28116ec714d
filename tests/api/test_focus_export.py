"""The FOCUS export: its columns, and the same totals when it is read again."""

from __future__ import annotations

import csv
import io
import json
import os
import pathlib
import re
import socket
from decimal import ROUND_HALF_UP, Decimal

import pytest
import requests
from support.process import make_folder, remove_folder, wait_until
from support.server import Server, identity, resident_kilobytes

ORG = "org-focus"
OTHER = "org-focus-2"
OCTOBER = {"start_date": "2026-10-01", "end_date": "2026-10-31"}

# FOCUS 1.2: mandatory columns, and whether they may be empty.
MANDATORY = {
    "BilledCost": False, "BillingAccountId": False, "BillingAccountName": True, "BillingCurrency": False,
    "BillingPeriodEnd": False, "BillingPeriodStart": False, "ChargeCategory": False, "ChargeClass": True,
    "ChargeDescription": True, "ChargePeriodEnd": False, "ChargePeriodStart": False, "ContractedCost": False,
    "EffectiveCost": False, "InvoiceIssuerName": False, "ListCost": False, "PricingQuantity": True,
    "PricingUnit": True, "ProviderName": False, "PublisherName": False, "ServiceCategory": False,
    "ServiceName": False,
}  # fmt: skip
CATEGORIES = {
    "AI and Machine Learning", "Analytics", "Business Applications", "Compute", "Databases", "Developer Tools",
    "Multicloud", "Identity", "Integration", "Internet of Things", "Management and Governance", "Media", "Migration",
    "Mobile", "Networking", "Security", "Storage", "Web", "Other",
}  # fmt: skip


@pytest.fixture(scope="module")
def provider(server: Server) -> str:
    _, provider = server.add_aws_provider("cost-data", "cost-report", "reports", org=ORG, name="focus")
    server.wait_for_month(provider)
    return provider


def export(server: Server, org: str = ORG, **query: str) -> requests.Response:
    return requests.get(
        f"{server.base_url}/api/cost-management/v1/exports/focus/", params=query, timeout=60,
        headers={"x-rh-identity": identity(org)},
    )  # fmt: skip


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def total(rows: list[dict[str, str]], column: str) -> Decimal:
    return sum((Decimal(row[column]) for row in rows), Decimal(0))


@pytest.fixture(scope="module")
def reference(sample: pathlib.Path) -> dict:
    return json.loads((sample / "reference-october.json").read_text(), parse_float=str)


def test_the_data_set(server, provider, reference):
    answer = export(server, **OCTOBER)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="focus_2026-10-01_2026-10-31.csv"'
    rows = rows_of(answer.text)
    stored = server.sql(f'SELECT count(*) FROM "{ORG}".reporting_awscostentrylineitem_daily_summary')
    assert [[str(len(rows))]] == stored
    assert total(rows, "BilledCost") == Decimal(reference["total"]["unblended"])
    assert total(rows, "EffectiveCost") == Decimal(reference["total"]["amortized"])
    assert total(rows, "x_BlendedCost") == Decimal(reference["total"]["blended"])
    services = {row["ServiceName"] for row in rows}
    for service in services:
        own = [row for row in rows if row["ServiceName"] == service]
        assert total(own, "BilledCost") == Decimal(reference["by_service"][service]["unblended"])


def test_it_keeps_to_the_specification(server, provider):
    rows = rows_of(export(server, **OCTOBER).text)
    assert set(MANDATORY) <= set(rows[0])
    assert all(re.fullmatch(r"(x_)?[A-Z][A-Za-z]*", column) for column in rows[0])
    day = re.compile(r"2026-1[01]-\d\dT00:00:00Z")
    number = re.compile(r"-?\d+(\.\d*[1-9])?")
    for row in rows:
        assert all(row[column] != "" for column, empty in MANDATORY.items() if not empty), row
        assert all(day.fullmatch(row[c]) for c in ("ChargePeriodStart", "ChargePeriodEnd"))
        assert (row["BillingPeriodStart"], row["BillingPeriodEnd"]) == ("2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z")
        assert row["ChargePeriodStart"] < row["ChargePeriodEnd"]
        quantities = ("PricingQuantity", "ConsumedQuantity") if row["ChargeCategory"] == "Usage" else ()
        costs = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
        assert all(number.fullmatch(row[column]) for column in (*costs, *quantities)), row
        assert row["ServiceCategory"] in CATEGORIES
        assert (row["ServiceCategory"] == "Other") == (row["ServiceSubcategory"] == "Other (Other)")
        assert (row["ResourceId"] == "") == (row["ResourceType"] == "")
        assert (row["RegionId"] == "") == (row["RegionName"] == "")
        assert (row["PricingQuantity"] == "") == (row["PricingUnit"] == "")
        assert row["BillingCurrency"] == "USD" and row["ProviderName"] == "AWS"
        if row["Tags"]:
            assert all(isinstance(value, str) for value in json.loads(row["Tags"]).values())
    assert any(row["Tags"] for row in rows) and any(row["ResourceId"] for row in rows)
    kinds = {row["ServiceName"]: row["ServiceSubcategory"] for row in rows}
    assert kinds["AmazonEC2"] == "Virtual Machines" and kinds["AmazonRDS"] == "Relational Databases"


def test_it_can_be_read_again(server, provider, reference):
    folder = make_folder()
    file = folder / "focus.csv"
    server.run("export", "--org", ORG, "--start", "2026-10-01", "--end", "2026-10-31", "--output", str(file))
    assert rows_of(file.read_text()) == rows_of(export(server, **OCTOBER).text)
    assert not (folder / "focus.csv.part").exists()
    printed = server.run("report", str(file), "--group-by", "service", "--format", "json").stdout
    read = json.loads(printed, parse_float=str, parse_int=str)
    groups = {group["service"]: group for group in read["groups"]}
    assert set(groups) == set(reference["by_service"])
    for service, costs in reference["by_service"].items():
        assert Decimal(groups[service]["unblended_cost"]) == Decimal(costs["unblended"])
        assert Decimal(groups[service]["calculated_amortized_cost"]) == Decimal(costs["amortized"])
    remove_folder(folder)
    assert server.run("export", "--org", ORG, "--start", "2026-10-01", "--end", "2026-10-02").stdout.count("\n") > 50
    wrong = server.run("export", "--org", "nobody", check=False)
    assert wrong.returncode != 0 and "no organisation nobody has a provider" in wrong.stderr
    wrong = server.run("export", "--org", ORG, "--start", "yesterday", check=False)
    assert wrong.returncode == 1 and '--start: "yesterday" is no date such as 2026-11-01' in wrong.stderr
    wrong = server.run("export", "--org", ORG, "--start", "2026-10-02", "--end", "2026-10-01", check=False)
    assert (wrong.returncode, wrong.stdout) == (1, "") and "--start is a day after --end" in wrong.stderr


def test_filters(server, provider, reference):
    rows = rows_of(export(server, **OCTOBER, **{"filter[service]": "AmazonRDS,AmazonDynamoDB"}).text)
    assert {row["ServiceName"] for row in rows} == {"AmazonRDS", "AmazonDynamoDB"}
    rows = rows_of(export(server, **OCTOBER, **{"filter[account]": "9999999999990"}).text)
    assert total(rows, "BilledCost") == Decimal(reference["by_account"]["9999999999990"]["unblended"])
    rows = rows_of(export(server, **OCTOBER, **{"filter[region]": "ap-east-1"}).text)
    assert total(rows, "BilledCost") == Decimal(reference["by_region"]["ap-east-1"]["unblended"])
    day = rows_of(export(server, start_date="2026-10-01", end_date="2026-10-01").text)
    assert total(day, "BilledCost") == Decimal(reference["by_day"]["2026-10-01"]["unblended"])
    assert export(server, **OCTOBER, **{"filter[account]": 'a"\\{},'}).text.count("\n") == 1


@pytest.mark.parametrize(
    ("query", "source", "detail"),
    [
        ({"start_date": "soon"}, "start_date",
         "Date has wrong format. Use one of these formats instead: YYYY-MM-DD."),
        ({"start_date": "2026-10-02", "end_date": "2026-10-01"}, "start_date",
         "start_date must be a date that is before end_date."),
        ({"limit": "5"}, "limit", "Unsupported parameter or invalid value"),
    ],
)  # fmt: skip
def test_wrong_questions(server, provider, query, source, detail):
    answer = export(server, **query)
    assert answer.status_code == 400
    assert answer.json() == {"errors": [{"detail": detail, "source": source, "status": 400}]}


def test_markups_are_told_beside(server, provider):
    model = {"name": "Ten", "source_type": "AWS", "markup": {"value": "10"}, "source_uuids": [provider]}
    headers = {"x-rh-identity": identity(ORG)}
    url = f"{server.base_url}/api/cost-management/v1/cost-models/"
    made = requests.post(url, json=model, headers=headers, timeout=30).json()
    try:
        wait_until(lambda: total(rows_of(export(server, **OCTOBER).text), "x_MarkupCost") > 0, 30, "the markup")
        rows = rows_of(export(server, **OCTOBER).text)
        for row in rows:
            tenth = (Decimal(row["BilledCost"]) / 10).quantize(Decimal("1e-15"), ROUND_HALF_UP)
            assert Decimal(row["x_MarkupCost"]) == tenth
    finally:
        assert requests.delete(f"{url}{made['uuid']}/", headers=headers, timeout=30).status_code == 204


def test_another_organisation_gets_nothing(server, provider):
    server.add_aws_provider("no-bucket", "cost-report", org=OTHER, name="another's")
    for org in (OTHER, "org-never-seen"):
        answer = export(server, org=org, **OCTOBER)
        assert answer.status_code == 200 and len(answer.text.splitlines()) == 1
    plain = requests.get(
        f"{server.base_url}/api/cost-management/v1/exports/focus/", timeout=30,
        headers={"x-rh-identity": identity(ORG, admin=False)},
    )  # fmt: skip
    assert plain.status_code == 403


def test_a_large_export_takes_little_memory(make_server):
    """Eighty thousand rows, and a client that reads slowly, then goes."""
    # Of a build with sanitizers: what is freed is not kept aside.
    sanitizers = f"{os.environ.get('ASAN_OPTIONS', '')}:quarantine_size_mb=1"
    kontor = make_server(ASAN_OPTIONS=sanitizers).start()
    _, provider = kontor.add_aws_provider("no-bucket", "cost-report", org=ORG)
    wait_until(lambda: kontor.sql(f"SELECT 1 FROM api_provider WHERE uuid = '{provider}'"), 20, "the tenant")
    kontor.sql(
        f'SET search_path TO "{ORG}", public;'
        " INSERT INTO reporting_awscostentrybill (provider_id, billing_period_start, billing_period_end,"
        f" payer_account_id) VALUES ('{provider}', '2026-10-01', '2026-11-01', '1');"
        " SELECT ensure_month_partition('2026-10-01');"
        " INSERT INTO reporting_awscostentrylineitem_daily_summary (usage_start, usage_account_id, product_code,"
        " currency_code, unblended_cost, source_uuid, cost_entry_bill_id, tags)"
        " SELECT DATE '2026-10-01' + i % 31, '1', 'AmazonEC2', 'USD', 0.01,"
        f" '{provider}', (SELECT max(id) FROM reporting_awscostentrybill), jsonb_build_object('app', i)"
        " FROM generate_series(1, 80000) AS i"
    )
    path = "/api/cost-management/v1/exports/focus/?start_date=2026-10-01&end_date=2026-10-31"
    before = resident_kilobytes(kontor.process)
    lines = 0
    with requests.get(
        kontor.base_url + path, headers={"x-rh-identity": identity(ORG)}, stream=True, timeout=60
    ) as answer:
        for block in answer.iter_content(1 << 16):
            lines += block.count(b"\n")
    assert lines == 80001
    assert resident_kilobytes(kontor.process) - before < 20_000
    # What can't be gone on with is cut off, so that nobody takes it for the whole.
    headers = {"x-rh-identity": identity(ORG)}
    with requests.get(kontor.base_url + path, headers=headers, stream=True, timeout=60) as answer:
        blocks = answer.iter_content(1 << 10)
        assert next(blocks).startswith(b"AvailabilityZone,BilledCost,")
        kontor.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'FETCH%'")
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            for _ in blocks:
                pass
    for _ in range(6):  # nobody reads what HEAD leaves out, and no place stays taken
        assert requests.head(kontor.base_url + path, headers=headers, timeout=30).status_code == 200
    slow = [socket.create_connection(("127.0.0.1", kontor.port)) for _ in range(5)]
    for one in slow:
        one.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nx-rh-identity: {identity(ORG)}\r\n\r\n".encode())
    first = [one.recv(12) for one in slow]
    assert sorted(first) == [b"HTTP/1.1 200"] * 4 + [b"HTTP/1.1 503"]
    assert kontor.answers(), "others are answered meanwhile"
    for one in slow:
        one.close()

    def free() -> bool:
        return export(kontor, start_date="2026-10-01", end_date="2026-10-01").status_code == 200

    wait_until(free, 20, "a place for another export")
