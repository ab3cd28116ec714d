"""Many groups: they go to disk within --memory, and a disk that is full costs nothing but the try."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import resource
import subprocess
from decimal import Decimal

import pytest
from support.process import kontor_binary

HEADER = (
    "lineItem/UsageAccountId,lineItem/LineItemType,lineItem/UsageStartDate,lineItem/ProductCode,"
    "lineItem/UnblendedCost,lineItem/CurrencyCode,resourceTags/user:note\n"
)
LINES = 40_000
SUMMARY = "org1234567.reporting_awscostentrylineitem_daily_summary"


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Two files of which every line is a group of its own, but that both files have it."""
    folder = tmp_path_factory.mktemp("many")
    for part in range(2):
        with gzip.open(folder / f"part-{part}.csv.gz", "wt", compresslevel=1) as text:
            text.write(HEADER)
            for line in range(LINES):
                number = line * 7919 % LINES
                text.write(f"{number % 90},Usage,2026-10-{1 + number % 31:02d}T00:00:00Z,EC2,0.25,USD,note {number}\n")
    return folder


def report(folder, *arguments: str, **more) -> subprocess.CompletedProcess:
    return subprocess.run(
        [kontor_binary(), "report", str(folder), "--group-by", "day,account,tags", *arguments],
        capture_output=True, text=True, timeout=170, env={**os.environ, "TMPDIR": str(folder)}, **more,
    )  # fmt: skip


def rows(done: subprocess.CompletedProcess) -> list[tuple]:
    assert done.returncode == 0, done.stderr
    return sorted(tuple(row.values()) for row in csv.DictReader(io.StringIO(done.stdout)))


def test_groups_beyond_the_memory_are_the_same(reports):
    whole = rows(report(reports, "--format", "csv"))
    spilled = rows(report(reports, "--format", "csv", "--memory", "4MB"))
    assert len(whole) == LINES
    assert {row[3] for row in whole} == {"0.5"}
    assert spilled == whole
    total = json.loads(report(reports, "--format", "json", "--memory", "4MB").stdout, parse_float=str)["total"]
    assert Decimal(total["unblended_cost"]) == LINES / 2


def no_large_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))


def test_a_full_disk_is_an_error_with_its_remedy(reports):
    done = report(reports, "--format", "csv", "--memory", "4MB", preexec_fn=no_large_files)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"temporary files cannot be written in {reports}" in done.stderr and "--memory" in done.stderr
    assert sorted(path.name for path in reports.iterdir()) == ["part-0.csv.gz", "part-1.csv.gz"]


def test_an_ingest_on_a_full_disk_leaves_nothing_half_done(make_server, tmp_path, sample):
    tmp_path.chmod(0o755)
    reference = json.loads((sample / "reference-october.json").read_text(), parse_float=str)
    server = make_server(
        KONTOR_S3_ENDPOINT=f"file://{sample}", KONTOR_WORKERS="0", KONTOR_MEMORY="64KB", KONTOR_POLL_INTERVAL="3600"
    ).start()
    _, provider = server.add_aws_provider("reports", "cost-report")
    failed = subprocess.run(
        [kontor_binary(), "ingest"], env=server.environment, capture_output=True, text=True, timeout=170,
        preexec_fn=no_large_files,
    )  # fmt: skip
    assert failed.returncode == 1, failed.stdout + failed.stderr
    assert "temporary files cannot be written in" in failed.stderr
    assert server.sql(f"SELECT count(*) FROM {SUMMARY}") == [["0"]]
    errors = server.sql("SELECT state->'processing'->>'error' FROM reporting_common_costusagereportmanifest")
    assert any("temporary files cannot be written" in row[0] for row in errors)
    server.sql("UPDATE kontor_job SET run_at = now() WHERE state = 'queued'")
    server.run("ingest")
    total = server.sql(f"SELECT sum(unblended_cost) FROM {SUMMARY} WHERE source_uuid = '{provider}'")
    assert Decimal(total[0][0]) == Decimal(reference["total"]["unblended"])
    assert list((server.data_dir / "spill").iterdir()) == []
