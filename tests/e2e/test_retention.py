"""Months that are older than is to be kept: purged by tenant, as a whole, told before and after."""

from __future__ import annotations

import gzip
import json
import subprocess
import time
from decimal import Decimal

import pytest
from support.process import kontor_binary, wait_until

SUMMARY = "reporting_awscostentrylineitem_daily_summary"
TABLES = (
    SUMMARY,
    "reporting_awscostentrylineitem_summary_by_ec2_compute_p",
    "reporting_aws_cost_summary_p",
    "reporting_aws_cost_summary_by_service_p",
    "reporting_aws_compute_summary_by_account_p",
)
ORGS = {"org1234567": '"org1234567"', "org-keeps": '"org-keeps"'}
MONTHS = ("2026-07", "2026-08", "2026-10")


@pytest.fixture(scope="module")
def bucket(tmp_path_factory, sample):
    """October's report, and the same as if it were July's and August's."""
    folder = tmp_path_factory.mktemp("retention")
    folder.chmod(0o755)
    october = gzip.decompress(next((sample / "reports").rglob("October-*.csv.gz")).read_bytes())
    for month in MONTHS:
        following = f"2026{int(month[5:]) + 1:02d}01"
        name = folder / "bucket" / "cost-report" / f"{month.replace('-', '')}01-{following}" / "report.csv.gz"
        name.parent.mkdir(parents=True)
        name.write_bytes(gzip.compress(october.replace(b"2026-10-", month.encode() + b"-"), 1))
    return folder


def months(server, schema: str, table: str) -> list[str]:
    rows = server.sql(f"SELECT DISTINCT to_char(usage_start, 'YYYY-MM') FROM {schema}.{table} ORDER BY 1")
    return [row[0] for row in rows]


def partitions(server, schema: str) -> list[str]:
    rows = server.sql(f"SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = '{schema}.{SUMMARY}'::regclass")
    return sorted(row[0][-7:] for row in rows)


def test_old_months_go_tenant_by_tenant(make_server, bucket, sample):
    reference = json.loads((sample / "reference-october.json").read_text(), parse_float=str)
    server = make_server(KONTOR_S3_ENDPOINT=f"file://{bucket}", KONTOR_POLL_INTERVAL="3600").start()
    for org in ORGS:
        _, provider = server.add_aws_provider("bucket", "cost-report", org=org)
        server.wait_for_month(provider)
        for month in MONTHS[:2]:
            server.run("download_report", "--provider-uuid", provider, "--bill-date", f"{month}-01")
    server.sql('INSERT INTO "org1234567".tenant_settings (data_retention_months) VALUES (3)')
    for schema in ORGS.values():
        assert [months(server, schema, table) for table in TABLES] == [list(MONTHS)] * len(TABLES)

    told = server.run("purge", "--dry-run").stdout
    for schema in ORGS.values():
        assert [months(server, schema, table) for table in TABLES] == [list(MONTHS)] * len(TABLES)
    lines = [line.split() for line in told.splitlines()[1:-1]]
    assert {(line[0], line[1]) for line in lines} == {
        ("org1234567", "2026-07"), ("org1234567", "2026-08"), ("org-keeps", "2026-07"),
    }  # fmt: skip
    assert told.splitlines()[-1].endswith("would go; nothing was changed")
    rows = server.sql(f"SELECT count(*) FROM \"org-keeps\".{SUMMARY} WHERE usage_start < '2026-08-01'")[0][0]
    assert ["org-keeps", "2026-07", rows] in [line[:3] for line in lines if line[4:5] == [SUMMARY]]

    one = server.run("purge", "--org", "org-keeps").stdout
    assert "org1234567" not in one and one.splitlines()[-1].endswith("taken away")
    assert months(server, '"org1234567"', SUMMARY) == list(MONTHS)

    server.run("purge")
    for schema, kept in {'"org1234567"': ["2026-10"], '"org-keeps"': ["2026-08", "2026-10"]}.items():
        assert [months(server, schema, table) for table in TABLES] == [kept] * len(TABLES)
        assert [name for name in partitions(server, schema) if name < "2026_11"] == [m.replace("-", "_") for m in kept]
        assert server.sql(f"SELECT count(*) FROM {schema}.reporting_awscostentrybill") == [[str(len(kept))]]
        total = server.sql(f"SELECT sum(unblended_cost) FROM {schema}.{SUMMARY} WHERE usage_start >= '2026-10-01'")
        assert Decimal(total[0][0]) == Decimal(reference["total"]["unblended"])
    manifests = server.sql("SELECT count(*) FROM reporting_common_costusagereportmanifest")
    assert manifests == [["3"]]
    assert server.run("purge", "--dry-run").stdout == "0 rows would go; nothing was changed\n"


def test_a_server_purges_by_itself(make_server, bucket):
    server = make_server(KONTOR_S3_ENDPOINT=f"file://{bucket}", KONTOR_POLL_INTERVAL="3600").start()
    _, provider = server.add_aws_provider("bucket", "cost-report")
    server.wait_for_month(provider)
    server.run("download_report", "--provider-uuid", provider, "--bill-date", "2026-07-01")
    assert months(server, "org1234567", SUMMARY) == ["2026-07", "2026-10"]
    server.stop()
    server.start()
    wait_until(lambda: months(server, "org1234567", SUMMARY) == ["2026-10"], 60, "July is gone")
    wait_until(lambda: f"2026-07 taken from {SUMMARY}" in server.log(), 10, "it is told")


def test_a_reader_delays_it_and_others_go_on(make_server, bucket):
    server = make_server(KONTOR_S3_ENDPOINT=f"file://{bucket}", KONTOR_POLL_INTERVAL="3600").start()
    _, provider = server.add_aws_provider("bucket", "cost-report")
    server.wait_for_month(provider)
    server.run("download_report", "--provider-uuid", provider, "--bill-date", "2026-07-01")
    reader = subprocess.Popen(
        [kontor_binary(), "psql", "koku", "-X", "-At"], env=server.environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    reader.stdin.write(f"BEGIN; SELECT count(*) > 0 FROM org1234567.{SUMMARY};\n")
    reader.stdin.flush()
    assert reader.stdout.readline() == "BEGIN\n" and reader.stdout.readline() == "t\n"
    refused = server.run("purge", check=False)
    assert refused.returncode == 1 and "lock timeout" in refused.stderr
    assert months(server, "org1234567", "reporting_aws_cost_summary_p") == ["2026-07", "2026-10"]
    start = time.monotonic()
    purge = subprocess.Popen([kontor_binary(), "purge"], env=server.environment, stdout=subprocess.PIPE)
    while purge.poll() is None and time.monotonic() - start < 2:
        asked = time.monotonic()
        assert server.report("reports/aws/costs/", **{"filter[time_scope_value]": "-2"}).status_code == 200
        assert time.monotonic() - asked < 5
    reader.communicate("COMMIT;\n", timeout=30)
    assert purge.wait(60) == 0
    assert months(server, "org1234567", SUMMARY) == ["2026-10"]
