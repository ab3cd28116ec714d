"""The sample month's totals, to the last digit, on every way in and every way out."""

from __future__ import annotations

import gzip
import json
import pathlib
import re
import shutil
import uuid
from decimal import Decimal

import pytest
from conftest import AWS_SMALL
from support.process import make_folder, remove_folder, wait_until
from support.server import Server

REFERENCE = json.loads((AWS_SMALL / "reference-october.json").read_text())
OCTOBER = "20261001-20261101"
REPORT = (
    AWS_SMALL / "reports/cost-report" / OCTOBER / "f9f7d1b5-66e0-4388-9e0a-af3550901b32/October-2026-cost-report.csv.gz"
)
COSTS = {
    "unblended": "unblended_cost", "blended": "blended_cost",
    "savingsplan_effective": "savingsplan_effective_cost", "amortized": "calculated_amortized_cost",
}  # fmt: skip


def exact(text: str) -> dict:
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


@pytest.fixture(params=["s3", "directory"])
def place(request, s3):
    """A bucket that can be filled: its name, how kontor reads it, and a function that puts a file."""
    if request.param == "s3":
        bucket = f"pipeline-{uuid.uuid4().hex[:12]}"
        s3.client.create_bucket(Bucket=bucket)
        yield bucket, s3.environment(), lambda key, path: s3.client.upload_file(str(path), bucket, key)
        return
    folder = make_folder()

    def put(key: str, path: pathlib.Path) -> None:
        target = folder / "bucket" / key
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)

    yield "bucket", {"KONTOR_S3_ENDPOINT": f"file://{folder}"}, put
    remove_folder(folder)


def put_with_manifest(put) -> None:
    for path in sorted((AWS_SMALL / "reports").rglob("*")):
        if path.is_file():
            put(str(path.relative_to(AWS_SMALL)), path)


def put_bare_exclusive(put) -> None:
    put(f"reports/cost-report/{OCTOBER}/October.csv.gz", REPORT)


def put_bare_inclusive(put) -> None:
    put("reports/cost-report/20261001-20261031/October.csv.gz", REPORT)


def report_groups(server: Server, **query: str) -> dict:
    answer = server.report("reports/aws/costs/", start_date="2026-10-01", end_date="2026-10-31", limit="0", **query)
    assert answer.status_code == 200, answer.text
    return exact(answer.text)


def check_api(server: Server) -> None:
    month = {"filter[resolution]": "monthly"}
    for kind, cost_type in COSTS.items():
        total = report_groups(server, cost_type=cost_type, **month)["meta"]["total"]["cost"]["total"]["value"]
        assert total == Decimal(REFERENCE["total"][kind]), cost_type
    for name in ("service", "account", "region"):
        data = report_groups(server, **month, **{f"group_by[{name}]": "*"})["data"]
        got = {group[name]: group["values"][0]["cost"]["total"]["value"] for group in data[0][f"{name}s"]}
        wanted = {key: Decimal(value["unblended"]) for key, value in REFERENCE[f"by_{name}"].items()}
        empty = wanted.pop("", None)
        if empty is not None:
            wanted[f"No-{name}"] = empty
        assert got == wanted
    days = {
        day["date"]: day["values"][0]["cost"]["total"]["value"]
        for day in report_groups(server)["data"]
        if day["values"]
    }
    assert days == {day: Decimal(value["unblended"]) for day, value in REFERENCE["by_day"].items()}


@pytest.mark.parametrize("put_all", [put_with_manifest, put_bare_exclusive, put_bare_inclusive])
def test_totals_through_the_api(make_server, place, put_all):
    bucket, environment, put = place
    put_all(put)
    server = make_server(KONTOR_POLL_INTERVAL="2", **environment).start()
    source, provider = server.add_aws_provider(bucket, "cost-report", "reports")
    server.wait_for_month(provider)
    check_api(server)
    wait_until(lambda: server.sources("GET", f"/sources/{source}").json()["availability_status"] == "available", 10)


REPORT_NAMES = {
    "service": "by_service", "account": "by_account", "region": "by_region", "day": "by_day",
    "family": "by_product_family", "type": "by_line_item_type", "az": "by_az",
}  # fmt: skip


def test_totals_through_kontor_report(server):
    for operand, environment in (
        (str(REPORT), {}),
        (str(AWS_SMALL / "reports"), {}),
        ("s3://cost-data/reports/", {}),
    ):
        for name, key in REPORT_NAMES.items():
            done = server.run("report", operand, "--group-by", name, "--format", "json", **environment)
            answer = exact(done.stdout)
            assert answer["lines"] == REFERENCE["rows"]
            got = {row[name]: {kind: row[column] for kind, column in COSTS.items()} for row in answer["groups"]}
            wanted = {text: {kind: Decimal(value[kind]) for kind in COSTS} for text, value in REFERENCE[key].items()}
            if "None" in wanted:  # what the reference calls a line without family
                got["None"] = got.pop("")
            elif "" not in wanted:
                got.pop("", None)  # it leaves out what has no zone
            assert got == wanted, (operand, name)
            assert {kind: answer["total"][column] for kind, column in COSTS.items()} == {
                kind: Decimal(REFERENCE["total"][kind]) for kind in COSTS
            }


def test_an_open_quote_costs_one_line(make_server):
    folder = make_folder()
    header, *lines = gzip.decompress(REPORT.read_bytes()).decode().splitlines()
    lines[10] = lines[10].replace(lines[10].split(",")[9], '"open', 1)
    target = folder / "bucket/reports/cost-report" / OCTOBER
    target.mkdir(parents=True)
    (target / "broken.csv").write_text("\n".join([header, *lines]) + "\n")
    server = make_server(KONTOR_S3_ENDPOINT=f"file://{folder}", KONTOR_POLL_INTERVAL="2").start()
    _, provider = server.add_aws_provider("bucket", "cost-report", "reports")
    server.wait_for_month(provider)
    row = server.sql("SELECT status, lines, faults, fault_detail FROM reporting_common_costusagereportstatus")[0]
    assert row[:3] == ["1", str(REFERENCE["rows"] - 1), "1"]
    fault = json.loads(row[3])[0]
    assert fault["line"] == 12
    assert re.search(r"broken\.csv.* line 12", server.log())
    remove_folder(folder)


def test_a_corrected_application_is_followed(make_server, s3):
    server = make_server(KONTOR_POLL_INTERVAL="2", **s3.environment()).start()
    source, provider = server.add_aws_provider("there-is-none", "cost-report", "reports")
    application = server.sources("GET", f"/sources/{source}/applications").json()["data"][0]["id"]
    extra = {"bucket": "cost-data", "report_name": "cost-report", "report_prefix": "reports"}
    server.sources("PATCH", f"/applications/{application}", json={"extra": extra})
    server.wait_for_month(provider)
    check_api(server)
