"""From bucket to summaries: both layouts, manifests and bare files, exact totals, status rows."""

from __future__ import annotations

import csv
import decimal
import gzip
import io
import json
import shutil

import pytest
from support import reports
from support.process import kontor_binary, wait_until

REPORT = "reports/cost-report/20261001-20261101"
ASSEMBLY = "f9f7d1b5-66e0-4388-9e0a-af3550901b32"
OCTOBER = f"{REPORT}/{ASSEMBLY}/October-2026-cost-report.csv.gz"
COSTS = {
    "unblended": "unblended_cost",
    "blended": "blended_cost",
    "savingsplan_effective": "savingsplan_effective_cost",
    "amortized": "calculated_amortized_cost",
}
SUMMARY = "reporting_awscostentrylineitem_daily_summary"


@pytest.fixture(scope="module")
def reference(sample) -> dict:
    return json.loads((sample / "reference-october.json").read_text(), parse_float=str)


@pytest.fixture
def bucket(tmp_path, make_server):
    """An empty bucket in a folder, and a server that reads from its parent."""
    tmp_path.chmod(0o755)
    folder = tmp_path / "buckets" / "my-bucket"
    folder.mkdir(parents=True)
    server = make_server(KONTOR_S3_ENDPOINT=f"file://{tmp_path}/buckets", KONTOR_POLL_INTERVAL="1").start()
    return folder, server


def totals(server, schema: str = "org1234567", by: str = "''::text", where: str = "true") -> dict:
    columns = ", ".join(f"sum({column})" for column in COSTS.values())
    rows = server.sql(f"SELECT {by}, {columns} FROM {schema}.{SUMMARY} WHERE {where} GROUP BY 1 ORDER BY 1")
    return {row[0]: dict(zip(COSTS, map(decimal.Decimal, row[1:]), strict=True)) for row in rows}


def expected(reference: dict, dimension: str) -> dict:
    return {
        key: {cost: decimal.Decimal(value) for cost, value in costs.items()}
        for key, costs in reference[dimension].items()
    }


def assert_october(server, reference, schema: str = "org1234567") -> None:
    assert totals(server, schema)[""] == {k: decimal.Decimal(v) for k, v in reference["total"].items()}
    for dimension, column in {
        "by_service": "product_code",
        "by_account": "usage_account_id",
        "by_region": "COALESCE(region, 'None')",
        "by_product_family": "COALESCE(product_family, 'None')",
        "by_day": "usage_start::text",
    }.items():
        assert totals(server, schema, column) == expected(reference, dimension), dimension


def statuses(server, provider: str) -> list[list[str]]:
    return server.sql(
        "SELECT m.billing_period_start_datetime::date, s.report_name, s.status, s.lines, s.faults,"
        "       m.completed_datetime IS NOT NULL"
        "  FROM reporting_common_costusagereportstatus s"
        "  JOIN reporting_common_costusagereportmanifest m ON m.id = s.manifest_id"
        f" WHERE m.provider_id = '{provider}' AND NOT m.report_tracker ? 'superseded_by' ORDER BY 1, 2"
    )


def test_from_s3_with_manifest(server, reference):
    source, provider = server.add_aws_provider("cost-data", "cost-report", "reports", "org-s3", "from S3")
    server.wait_for_month(provider, "2026-10-01")
    server.wait_for_month(provider, "2026-11-01")
    assert_october(server, reference, '"org-s3"')
    assert [row[2:] for row in statuses(server, provider)] == [["1", "2256", "0", "t"], ["1", "0", "0", "t"]]
    wait_until(
        lambda: server.sources("GET", f"/sources/{source}", "org-s3").json()["availability_status"] == "available",
        10, "availability",
    )  # fmt: skip
    assert f"Provider {provider} (AWS) 2026-10: discovered" in server.log()
    assert "kontor-test-secret" not in server.log()


def test_nothing_is_done_twice(server):
    _, provider = server.add_aws_provider("cost-data", "cost-report", "reports", "org-twice", "twice")
    for month in ("2026-10-01", "2026-11-01"):
        server.wait_for_month(provider, month)
    manifests = (
        "SELECT id, completed_datetime FROM reporting_common_costusagereportmanifest"
        f" WHERE provider_id = '{provider}' ORDER BY id"
    )
    before = server.sql(manifests)
    polled = server.sql(f"SELECT polling_timestamp FROM api_provider WHERE uuid = '{provider}'")
    wait_until(
        lambda: server.sql(f"SELECT polling_timestamp FROM api_provider WHERE uuid = '{provider}'") != polled,
        20, "the next look",
    )  # fmt: skip
    assert before == server.sql(manifests)
    jobs = f"SELECT count(*) FROM kontor_job WHERE provider_uuid = '{provider}' AND kind = 'ingest'"
    assert server.sql(jobs) == [["2"]]


def test_the_guides_sql_and_bare_file(bucket, sample, reference):
    """Method 3 of the guide, twice; a file without manifest; download_report as the guide calls it."""
    folder, server = bucket
    shutil.copytree(sample / "reports" / "cost-report", folder / "unrelated")
    statements = """
        INSERT INTO api_customer (uuid, schema_name, date_created, date_updated)
        VALUES (gen_random_uuid(), 'org1234567', NOW(), NOW())
        ON CONFLICT (schema_name) DO NOTHING;
        INSERT INTO api_provider (uuid, name, type, setup_complete, active, paused, customer_id,
            created_timestamp, infrastructure_id, data_updated_timestamp, additional_context)
        VALUES (gen_random_uuid(), 'AWS Test Provider', 'AWS', true, true, false,
            (SELECT id FROM api_customer WHERE schema_name = 'org1234567'),
            NOW(), gen_random_uuid(), NOW(), '{}'::jsonb);
        INSERT INTO api_providerbillingsource (uuid, data_source)
        VALUES (gen_random_uuid(),
            '{"bucket": "my-bucket", "report_name": "my-report", "report_prefix": ""}'::jsonb);
        UPDATE api_provider SET billing_source_id = (
            SELECT id FROM api_providerbillingsource WHERE data_source->>'bucket' = 'my-bucket')
        WHERE name = 'AWS Test Provider';
    """
    server.sql(statements)
    server.sql(statements)
    providers = server.sql("SELECT uuid FROM api_provider")
    assert len(providers) == 1
    provider = providers[0][0]
    # The tenant comes by itself, and the guide's upload is found: 2025-01, its last day as the end.
    wait_until(
        lambda: server.sql("SELECT to_regclass('org1234567.reporting_tenant_api_provider')") != [[""]], 10, "tenant"
    )
    month = folder / "my-report" / "20250101-20250131"
    month.mkdir(parents=True)
    text = gzip.decompress((sample / OCTOBER).read_bytes()).decode()
    (month / "my-cur-file.csv.gz").write_bytes(gzip.compress(text.replace("2026-10-", "2025-01-").encode()))
    done = server.run("download_report", "--provider-uuid", provider, "--report-name", "my-report")
    assert "2025-01  done            2256         0" in done.stdout, done.stdout
    assert totals(server)[""] == {k: decimal.Decimal(v) for k, v in reference["total"].items()}
    assert server.sql("SELECT DISTINCT date_trunc('month', usage_start)::date FROM org1234567." + SUMMARY) == [
        ["2025-01-01"]
    ]
    again = server.run("download-report", "--provider_uuid", provider)
    assert "2025-01  current" in again.stdout, again.stdout
    listed = server.run("providers").stdout
    assert provider in listed and "my-bucket" in listed, listed
    explained = server.run("explain", "--provider-uuid", provider)
    assert "[ok] month 2025-01" in explained.stdout, explained.stdout


@pytest.mark.parametrize("period", ["20261001-20261031", "20261001-20261101"])
def test_bare_files_of_either_period(bucket, sample, reference, period):
    folder, server = bucket
    month = folder / "my-report" / period
    month.mkdir(parents=True)
    text = gzip.decompress((sample / OCTOBER).read_bytes())
    lines = text.split(b"\r\n")
    (month / "part-1.csv").write_bytes(b"\r\n".join(lines[:1000]))
    (month / "part-2.csv.gz").write_bytes(gzip.compress(b"\r\n".join(lines[:1] + lines[1000:])))
    (month / "notes.txt").write_text("no report")
    (month / "empty.csv").write_text("")
    _, provider = server.add_aws_provider("my-bucket", "my-report")
    server.wait_for_month(provider)
    assert_october(server, reference)
    assert [row[1].rsplit("/")[-1] for row in statuses(server, provider)] == ["part-1.csv", "part-2.csv.gz"]


def test_packings_side_by_side(bucket, sample, reference):
    """A month of a zip, a zst and a csv; a broken zip changes nothing, and says why."""
    folder, server = bucket
    month = folder / "my-report" / "20261001-20261101"
    month.mkdir(parents=True)
    lines = reports.read_lines(sample / OCTOBER)
    packed = reports.pack("zip", reports.write_csv(lines[:700]))
    (month / "a.csv.zip").write_bytes(packed)
    (month / "b.csv.zst").write_bytes(reports.pack("zst", reports.write_csv(lines[700:1500])))
    (month / "c.csv").write_bytes(reports.write_csv(lines[1500:]))
    _, provider = server.add_aws_provider("my-bucket", "my-report")
    server.wait_for_month(provider)
    assert_october(server, reference)
    assert [row[3:5] for row in statuses(server, provider)] == [["700", "0"], ["800", "0"], ["756", "0"]]
    (month / "a.csv.zip").write_bytes(packed[:-5000])
    failed = "SELECT report_name, error FROM reporting_common_costusagereportstatus WHERE status = 2"
    wait_until(lambda: server.sql(failed), 20, "the failure")
    assert "a.csv.zip" in server.sql(failed)[0][1] and "truncated zip" in server.sql(failed)[0][1]
    assert_october(server, reference)


def write_export(folder, name: str, run: str, parts: list[bytes]) -> None:
    """A Data Export of October, its manifest last, as AWS delivers it."""
    data = folder / "exports" / name / "data" / "BILLING_PERIOD=2026-10" / run
    data.mkdir(parents=True, exist_ok=True)
    keys = []
    for i, part in enumerate(parts):
        file = data / f"{name}-{i + 1:05}.csv.gz"
        file.write_bytes(gzip.compress(part))
        keys.append(f"s3://bucket-of-old/{file.relative_to(folder)}")
    manifest = folder / "exports" / name / "metadata" / "BILLING_PERIOD=2026-10" / f"{name}-Manifest.json"
    manifest.parent.mkdir(parents=True, exist_ok=True)
    manifest.write_text(json.dumps({"executionId": f"run-{run}", "billingPeriod": "2026-10", "dataFiles": keys}))


def test_data_exports(bucket, sample, reference):
    """CUR 2.0 and FOCUS in their own layout; a new execution replaces the month."""
    folder, server = bucket
    lines = reports.read_lines(sample / OCTOBER)
    cur2, focus = reports.as_cur2(lines), reports.as_focus(lines)
    write_export(folder, "cur2", "first", [reports.write_csv(cur2[:100])])
    write_export(folder, "focus", "", [reports.write_csv(focus[:1000]), reports.write_csv(focus[1000:])])
    _, provider = server.add_aws_provider("my-bucket", "cur2", "exports", "org-cur2", "CUR 2.0")
    _, other = server.add_aws_provider("my-bucket", "focus", "/exports/", "org-focus", "FOCUS")
    server.wait_for_month(provider)
    server.wait_for_month(other)
    assert [row[1:5] for row in statuses(server, provider)] == [
        ["exports/cur2/data/BILLING_PERIOD=2026-10/first/cur2-00001.csv.gz", "1", "100", "0"]
    ]
    write_export(folder, "cur2", "second", [reports.write_csv(cur2[:900]), reports.write_csv(cur2[900:])])
    wait_until(
        lambda: len(statuses(server, provider)) == 2 and statuses(server, provider)[0][5] == "t", 20, "the second"
    )
    assert_october(server, reference, '"org-cur2"')
    total = totals(server, '"org-focus"')[""]
    assert {k: total[k] for k in ("unblended", "amortized")} == {
        k: decimal.Decimal(reference["total"][k]) for k in ("unblended", "amortized")
    }
    by_service = totals(server, '"org-focus"', "product_code")
    assert {k: v["unblended"] for k, v in by_service.items()} == {
        k: decimal.Decimal(v["unblended"]) for k, v in reference["by_service"].items()
    }
    tags = "SELECT DISTINCT tags::text FROM {}." + SUMMARY + " ORDER BY 1"
    assert server.sql(tags.format('"org-focus"')) == server.sql(tags.format('"org-cur2"')) != [["{}"]]
    explained = server.run("explain", "--provider-uuid", provider)
    assert "[ok] month 2026-10" in explained.stdout, explained.stdout


def test_parquet_as_aws_delivers_it(parquet, bucket, sample, reference):
    """The legacy report in Parquet: manifest and files in folders of their own; and from S3, where they are copied."""
    folder, server = bucket
    lines = reports.as_athena(reports.read_lines(sample / OCTOBER))
    data = folder / "reports" / "cost" / "cost" / "year=2026" / "month=10"
    data.mkdir(parents=True)
    keys = []
    for i, part in enumerate((lines[:1500], lines[1500:])):
        file = data / f"cost-{i + 1:05}.snappy.parquet"
        reports.write_parquet(part, file)
        keys.append(str(file.relative_to(folder)))
    period = folder / "reports" / "cost" / "20261001-20261101"
    period.mkdir()
    manifest = {"assemblyId": ASSEMBLY, "contentType": "Parquet", "compression": "Parquet", "reportKeys": keys}
    (period / "cost-Manifest.json").write_text(json.dumps(manifest))
    _, provider = server.add_aws_provider("my-bucket", "cost", "reports")
    server.wait_for_month(provider)
    assert_october(server, reference)
    assert [row[3:5] for row in statuses(server, provider)] == [["1500", "0"], ["756", "0"]]


def test_parquet_without_its_module(make_server, monkeypatch, tmp_path):
    """A program without the module beside it says so, and goes on with all else."""
    alone = tmp_path / "bin" / "kontor"
    alone.parent.mkdir()
    shutil.copy(kontor_binary(), alone)
    tmp_path.chmod(0o755)
    month = tmp_path / "my-bucket" / "my-report" / "20261001-20261101"
    month.mkdir(parents=True)
    (month / "a.parquet").write_bytes(b"PAR1 and so on PAR1")
    monkeypatch.setenv("KONTOR_BINARY", str(alone))
    server = make_server(KONTOR_S3_ENDPOINT=f"file://{tmp_path}", KONTOR_POLL_INTERVAL="1").start()
    _, provider = server.add_aws_provider("my-bucket", "my-report")
    wait_until(lambda: "kontor-parquet.so" in server.log(), 20, "the failure")
    explained = server.run("explain", "--provider-uuid", provider, check=False)
    assert explained.returncode == 1 and "kontor-parquet.so" in explained.stdout, explained.stdout
    assert server.sources("GET", "/sources").status_code == 200


def test_parquet_from_s3(parquet, server, s3, tmp_path, sample, reference):
    """There nothing is read at offsets: the file is copied as it comes."""
    file = tmp_path / "exports/parquet/data/BILLING_PERIOD=2026-10/parquet-00001.snappy.parquet"
    file.parent.mkdir(parents=True)
    reports.write_parquet(reports.as_cur2(reports.read_lines(sample / OCTOBER)), file)
    s3.upload_folder(tmp_path / "exports", "cost-data", "exports/")
    _, provider = server.add_aws_provider("cost-data", "parquet", "exports", "org-parquet", "Parquet from S3")
    server.wait_for_month(provider)
    assert_october(server, reference, '"org-parquet"')


def test_a_file_that_is_replaced_replaces_the_month(bucket, sample):
    folder, server = bucket
    month = folder / "my-report" / "20261001-20261101"
    month.mkdir(parents=True)
    lines = gzip.decompress((sample / OCTOBER).read_bytes()).split(b"\r\n")
    (month / "a.csv").write_bytes(b"\r\n".join(lines[:101]))
    _, provider = server.add_aws_provider("my-bucket", "my-report")
    server.wait_for_month(provider)
    first = totals(server)[""]
    (month / "a.csv").write_bytes(b"\r\n".join(lines[:51]))
    wait_until(lambda: totals(server)[""] != first, 20, "the new month")
    (month / "a.csv").write_bytes(b"\r\n".join(lines[:101]))
    wait_until(lambda: totals(server)[""] == first, 20, "the old content again")


def test_newest_assembly_wins_and_waits_for_its_files(bucket, sample, reference):
    folder, server = bucket
    shutil.copytree(sample / REPORT, folder / REPORT)
    # An older assembly lies beside it; the manifest at the top does not name it.
    old = folder / REPORT / "00000000-0000-0000-0000-000000000000"
    shutil.copytree(folder / REPORT / ASSEMBLY, old)
    _, provider = server.add_aws_provider("my-bucket", "cost-report", "reports")
    server.wait_for_month(provider)
    assert_october(server, reference)
    # A new assembly is announced before its file is there.
    manifest_path = folder / REPORT / "cost-report-Manifest.json"
    manifest = json.loads(manifest_path.read_text())
    new = "11111111-2222-3333-4444-555555555555"
    manifest["assemblyId"] = new
    manifest["reportKeys"] = [f"/{REPORT}/{new}/October.csv"]
    manifest_path.write_text(json.dumps(manifest))
    wait_until(lambda: "is not in the bucket (yet)" in server.log(), 20, "the warning")
    assert_october(server, reference)
    lines = gzip.decompress((sample / OCTOBER).read_bytes()).split(b"\r\n")
    (folder / REPORT / new).mkdir()
    (folder / REPORT / new / "October.csv").write_bytes(b"\r\n".join(lines[:11]))
    wait_until(
        lambda: server.sql(f"SELECT sum(1) FROM org1234567.{SUMMARY}") != [[""]]
        and totals(server)[""]["unblended"] < 10,
        20,
        "the new assembly",
    )
    names = server.sql(
        "SELECT assembly_id, report_tracker ? 'superseded_by' FROM reporting_common_costusagereportmanifest ORDER BY id"
    )
    assert names == [[ASSEMBLY, "t"], [new, "f"]]


def test_a_broken_line_is_left_out_and_told(bucket, sample, reference):
    folder, server = bucket
    month = folder / "my-report" / "20261001-20261101"
    month.mkdir(parents=True)
    lines = gzip.decompress((sample / OCTOBER).read_bytes()).split(b"\r\n")
    header, line = csv.reader([lines[0].decode(), lines[5].decode()])
    line[header.index("lineItem/UnblendedCost")] = "many"
    broken = io.StringIO()
    csv.writer(broken, lineterminator="").writerow(line)
    lines.insert(5, broken.getvalue().encode())
    (month / "a.csv").write_bytes(b"\r\n".join(lines))
    _, provider = server.add_aws_provider("my-bucket", "my-report")
    server.wait_for_month(provider)
    assert_october(server, reference)
    row = server.sql("SELECT status, lines, faults, fault_detail FROM reporting_common_costusagereportstatus")[0]
    assert row[:3] == ["1", "2256", "1"]
    detail = json.loads(row[3])
    assert detail[0]["line"] == 6 and detail[0]["column"] == "lineItem/UnblendedCost", detail
    assert "a.csv, line 6, lineItem/UnblendedCost" in server.log()


def test_a_broken_file_leaves_the_month_and_says_why(bucket, sample, reference):
    folder, server = bucket
    month = folder / "my-report" / "20261001-20261101"
    month.mkdir(parents=True)
    whole = (sample / OCTOBER).read_bytes()
    (month / "a.csv.gz").write_bytes(whole)
    _, provider = server.add_aws_provider("my-bucket", "my-report")
    server.wait_for_month(provider)
    (month / "a.csv.gz").write_bytes(whole[: len(whole) // 2])
    failed = (
        "SELECT s.status, s.error FROM reporting_common_costusagereportstatus s"
        "  JOIN reporting_common_costusagereportmanifest m ON m.id = s.manifest_id"
        " WHERE s.status = 2 AND NOT m.report_tracker ? 'superseded_by'"
    )
    wait_until(lambda: server.sql(failed), 20, "the failure")
    assert "a.csv.gz" in server.sql(failed)[0][1]
    assert_october(server, reference)
    state = server.sql(
        "SELECT state->'processing' ? 'failed' FROM reporting_common_costusagereportmanifest ORDER BY id DESC LIMIT 1"
    )
    assert state == [["t"]]
    explained = server.run("explain", "--provider-uuid", provider, check=False)
    assert explained.returncode == 1 and "cannot be read" in explained.stdout, explained.stdout
    result = server.run("download_report", "--provider-uuid", provider, check=False)
    assert result.returncode == 1 and "failed" in result.stdout, result.stdout
    jobs = server.sql("SELECT count(*) FROM kontor_job WHERE kind = 'ingest' AND state = 'failed'")
    polled = server.sql(f"SELECT polling_timestamp FROM api_provider WHERE uuid = '{provider}'")
    wait_until(
        lambda: server.sql(f"SELECT polling_timestamp FROM api_provider WHERE uuid = '{provider}'") != polled,
        20,
        "a look",
    )
    assert server.sql("SELECT count(*) FROM kontor_job WHERE kind = 'ingest' AND state = 'failed'") == jobs
    (month / "a.csv.gz").write_bytes(whole)
    wait_until(lambda: not server.sql(failed), 20, "the repair")
    assert_october(server, reference)


def test_reports_that_lie_elsewhere(bucket):
    """What is there instead is told, so that a wrong name is seen."""
    folder, server = bucket

    def explained() -> str:
        return server.run("explain", "--provider-uuid", provider, check=False).stdout

    _, provider = server.add_aws_provider("my-bucket", "my-report", "finance")
    wait_until(lambda: server.sql(f"SELECT 1 FROM api_provider WHERE uuid = '{provider}'"), 20, "the provider")
    nothing = "reports              nothing below finance/my-report/YYYYMMDD-YYYYMMDD/"
    assert f"{nothing}; the bucket is empty\n" in explained()
    for name in ("cost/other-report/a.csv", "cost/x.csv", "notes.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("a")
    assert f"{nothing}; the bucket has cost/, notes.txt\n" in explained()
    month = folder / "finance" / "my-report" / "20261001-20261101"
    month.mkdir(parents=True)
    (month / "a.csv").write_text("")
    assert f"{nothing} that isn't empty; finance/my-report/ has 20261001-20261101/\n" in explained()


def test_reports_that_two_providers_read(bucket):
    """It is allowed, and told: their costs count twice."""
    _, server = bucket
    _, first = server.add_aws_provider("my-bucket", "my-report", name="one")
    source, second = server.add_aws_provider("my-bucket", "my-report", name="two")
    server.add_aws_provider("my-bucket", "my-report", name="another's", org="org7654321")
    server.add_aws_provider("my-bucket", "other-report", name="other")
    wait_until(lambda: server.sql("SELECT count(*) FROM api_provider") == [["4"]], 20, "the providers")

    def twins(provider: str) -> list[str]:
        lines = server.run("explain", "--provider-uuid", provider, check=False).stdout.splitlines()
        return [line for line in lines if "count twice" in line]

    told = "[--] the same reports     {} ({}) reads them, too: their costs count twice"
    assert twins(first) == [told.format("two", second)] and twins(second) == [told.format("one", first)]
    server.sources("POST", f"/sources/{source}/pause")
    wait_until(lambda: twins(first) == [], 20, "the pause")


def test_a_bucket_that_is_not_there(bucket, sample, reference):
    folder, server = bucket
    source, provider = server.add_aws_provider("elsewhere", "cost-report", "reports")
    wait_until(
        lambda: server.sources("GET", f"/sources/{source}").json()["availability_status"] == "unavailable",
        10,
        "unavailable",
    )
    application = server.sources("GET", "/applications").json()["data"][0]
    assert "elsewhere" in application["availability_status_error"], application
    explained = server.run("explain", "--provider-uuid", provider, check=False)
    assert explained.returncode == 1 and "[NO] bucket reachable" in explained.stdout, explained.stdout
    assert server.run("download_report", "--provider-uuid", provider, check=False).returncode == 1
    shutil.copytree(sample, folder.parent / "elsewhere")
    server.wait_for_month(provider)
    wait_until(
        lambda: server.sources("GET", f"/sources/{source}").json()["availability_status"] == "available",
        10,
        "available",
    )
    assert_october(server, reference)


def test_pause_rename_delete(bucket, sample, reference):
    folder, server = bucket
    shutil.copytree(sample / "reports", folder / "reports")
    source, provider = server.add_aws_provider("my-bucket", "cost-report", "reports")
    other, kept = server.add_aws_provider("my-bucket", "cost-report", "reports", name="same bucket")
    server.wait_for_month(provider)
    server.wait_for_month(kept)
    row = f"SELECT name, paused FROM api_provider WHERE uuid = '{provider}'"
    assert server.sources("POST", f"/sources/{source}/pause").status_code == 204
    wait_until(lambda: server.sql(row) == [["AWS", "t"]], 5, "pause")
    assert server.sources("POST", f"/sources/{source}/unpause").status_code == 204
    wait_until(lambda: server.sql(row) == [["AWS", "f"]], 5, "unpause")
    assert server.sources("PATCH", f"/sources/{source}", json={"name": "New"}).status_code in (200, 204)
    wait_until(lambda: server.sql(row) == [["New", "f"]], 5, "new name")
    assert server.sql("SELECT count(*) FROM api_providerbillingsource") == [["1"]]
    assert server.sources("DELETE", f"/sources/{source}").status_code in (202, 204)
    wait_until(lambda: not server.sql(row), 15, "deletion")
    assert_october(server, reference)
    left = server.sql(
        f"SELECT (SELECT count(*) FROM org1234567.{SUMMARY} WHERE source_uuid = '{provider}'),"
        f" (SELECT count(*) FROM org1234567.reporting_awscostentrybill WHERE provider_id = '{provider}'),"
        f" (SELECT count(*) FROM reporting_common_costusagereportmanifest WHERE provider_id = '{provider}'),"
        " (SELECT count(*) FROM api_sources), (SELECT count(*) FROM api_providerbillingsource)"
    )
    assert left == [["0", "0", "0", "1", "1"]]
    assert server.sources("DELETE", f"/sources/{other}").status_code in (202, 204)
    wait_until(lambda: not server.sql("SELECT 1 FROM api_provider"), 15, "deletion")
    assert server.sql("SELECT count(*) FROM api_providerbillingsource") == [["0"]]


def test_keys_of_a_source_are_used_and_sealed(make_server, s3, reference):
    """The server knows no keys: the source brings endpoint and keys of its own."""
    server = make_server(KONTOR_POLL_INTERVAL="1").start()
    _, provider = server.add_aws_provider(
        "cost-data", "cost-report", "reports", endpoint=s3.endpoint, access_key="kontor-test",
        secret_key="kontor-test-secret", region="us-east-1", path_style=True,
    )  # fmt: skip
    server.wait_for_month(provider)
    assert_october(server, reference)
    stored = server.sql(
        "SELECT credentials, (SELECT data_source FROM api_providerbillingsource) FROM api_providerauthentication"
    )
    assert "kontor-test-secret" not in str(stored) and "secret_key_sealed" in stored[0][0]


def test_without_a_server(make_server, tmp_path, sample, reference):
    """kontor ingest does a server's work once, on the same data directory."""
    tmp_path.chmod(0o755)
    shutil.copytree(sample, tmp_path / "my-bucket")
    server = make_server(KONTOR_S3_ENDPOINT=f"file://{tmp_path}", KONTOR_WORKERS="0").start()
    _, provider = server.add_aws_provider("my-bucket", "cost-report", "reports")
    wait_until(lambda: server.sql("SELECT 1 FROM api_provider"), 10, "provider")
    assert server.sql("SELECT count(*) FROM reporting_common_costusagereportmanifest") == [["0"]]
    server.stop()
    result = server.run("ingest")
    assert "3 jobs done, 0 failed" in result.stdout, result.stdout
    assert_october(server, reference)
    assert provider in server.run("providers", "--format", "json").stdout
