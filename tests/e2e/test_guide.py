"""The guide's commands, taken from the document itself, against a server of their own."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys

import pytest
from conftest import AWS_SMALL
from support.process import ROOT, wait_until
from support.server import Server

GUIDE = pathlib.Path(os.environ.get("KONTOR_GUIDE", ROOT.parent / "shared" / "spec" / "provider-management.md"))

pytestmark = pytest.mark.skipif(not GUIDE.exists(), reason=f"no guide at {GUIDE}")

OCTOBER_REPORT = (
    AWS_SMALL / "reports/cost-report/20261001-20261101/f9f7d1b5-66e0-4388-9e0a-af3550901b32"
    "/October-2026-cost-report.csv.gz"
)
TOTAL = "1994.605725686361046"


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language, also the indented ones of numbered lists."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", GUIDE.read_text(), re.S | re.M)
    return ["\n".join(line[len(indent) :] for line in text.splitlines()) for indent, text in found]


def block_with(language: str, words: str) -> str:
    return next(text for text in blocks(language) if words in text)


@pytest.fixture(scope="module")
def guide_server(s3):
    """The guide's organisation on a fresh server; its buckets hold the sample reports."""
    s3.upload_folder(AWS_SMALL / "reports" / "cost-report", "my-cost-bucket", "my-cost-report/")
    kontor = Server(KONTOR_POLL_INTERVAL="2", **s3.environment()).start()
    yield kontor
    kontor.close()


def run_shell(server: Server, text: str) -> str:
    text = text.replace("http://localhost:8001", server.base_url)
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", text], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def curl_commands() -> list[str]:
    text = block_with("bash", "# Create source")
    return [part for part in re.split(r"\n(?=# )", text) if "curl" in part]


def month_total(server: Server) -> str:
    answer = server.report("reports/aws/costs/", **{"start_date": "2026-10-01", "end_date": "2026-10-31"})
    assert answer.status_code == 200, answer.text
    match = re.search(r'"cost":\{"raw":\{"value":([-0-9.]+)', answer.text.replace(" ", ""))
    assert match is not None, answer.text[:500]
    return match[1]


def test_method_1_the_sources_api(guide_server):
    commands = curl_commands()
    assert len(commands) == 5
    assert run_shell(guide_server, commands[0]).strip() == '"1"'
    assert run_shell(guide_server, commands[1]).strip() == '"2"'
    source = re.search(r'"id":\s*"(\d+)"', run_shell(guide_server, commands[2]))
    assert source is not None
    for command in commands[3:]:
        made = run_shell(guide_server, command.replace("<source_id>", source[1]))
        assert '"errors"' not in made, made
    provider = guide_server.sql("SELECT uuid FROM api_provider WHERE name = 'My AWS Account'")[0][0]
    guide_server.wait_for_month(provider)
    assert month_total(guide_server) == TOTAL
    wait_until(
        lambda: guide_server.sources("GET", f"/sources/{source[1]}").json()["availability_status"] == "available",
        10, "the source is available",
    )  # fmt: skip


def test_the_python_example(guide_server):
    code = block_with("python", "SourcesAPIClient").replace("http://localhost:8001", guide_server.base_url)
    # The account of Method 1 has the example's name already.
    code = code.replace("My AWS Account", "My second AWS Account")
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT / "clients" / "python")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert re.search(r"Source created: \d+", done.stdout)
    assert re.search(r"Application ID: \d+", done.stdout)


def sql_statements(text: str) -> str:
    """A block of SQL without the kubectl line that opens psql."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("kubectl"))


def test_method_3_the_direct_database_twice(guide_server, s3):
    s3.upload_folder(AWS_SMALL / "reports" / "cost-report", "my-bucket", "my-report/")
    statements = sql_statements(block_with("sql", "INSERT INTO api_customer"))
    for _ in range(2):
        guide_server.sql(statements)
    rows = guide_server.sql("SELECT uuid, customer_id FROM api_provider WHERE name = 'AWS Test Provider'")
    assert len(rows) == 1
    assert guide_server.sql("SELECT org_id FROM api_customer WHERE schema_name = 'org1234567'") == [["org1234567"]]
    guide_server.wait_for_month(rows[0][0])
    cost = guide_server.sql(
        "SELECT sum(unblended_cost) FROM org1234567.reporting_awscostentrylineitem_daily_summary"
        f" WHERE source_uuid = '{rows[0][0]}'"
    )
    assert cost == [[TOTAL]]


def test_verification_and_troubleshooting_queries(guide_server):
    verification = block_with("bash", "# Check provider in database")
    query = re.search(r'psql -U postgres -d koku -c "(.*?)"', verification, re.S)
    assert query is not None
    rows = guide_server.run("psql", "-U", "postgres", "-d", "koku", "-c", query[1]).stdout
    assert "My AWS Account" in rows and "my-cost-bucket" in rows
    for text in blocks("sql"):
        if text.lstrip().startswith("SELECT"):
            assert "My AWS Account" in guide_server.run("psql", "-U", "postgres", "-d", "koku", "-c", text).stdout
    tables = guide_server.run("psql", "-U", "postgres", "-d", "sources_api_development", "-c", r"\dt").stdout
    for table in ("sources", "authentications", "applications", "source_types", "application_types", "tenants"):
        assert f" {table} " in tables
    assert "Provider" in guide_server.log()


def test_force_masu_to_process(guide_server, s3):
    """A bare file under the guide's own folder, in a month long past, and its download_report."""
    upload = re.search(r"aws s3 cp (\S+) s3://(my-bucket)/(my-report/\S+)", GUIDE.read_text())
    command = re.search(
        r"manage\.py (download_report) \\\s*--provider-uuid <provider-uuid> \\\s*--report-name (\S+)", GUIDE.read_text()
    )
    assert upload is not None and command is not None
    name, _, folder = upload.groups()
    s3.client.create_bucket(Bucket="loose-bucket")
    s3.client.upload_file(str(OCTOBER_REPORT), "loose-bucket", folder + name)
    _, provider = guide_server.add_aws_provider("loose-bucket", "other-report", name="loose", org="org-loose")
    wait_until(lambda: guide_server.sql(f"SELECT 1 FROM api_provider WHERE uuid = '{provider}'"), 10)
    done = guide_server.run(command[1], "--provider-uuid", provider, "--report-name", command[2])
    assert name in done.stdout
    rows = guide_server.sql('SELECT sum(unblended_cost) FROM "org-loose".reporting_awscostentrylineitem_daily_summary')
    assert rows == [[TOTAL]]


def test_verify_s3_access(guide_server):
    assert "my-cost-bucket" in guide_server.run("check-s3").stdout


def test_curl_troubleshooting(guide_server):
    command = block_with("bash", "curl -v http://localhost:8001")
    assert '"amazon"' in run_shell(guide_server, command)
