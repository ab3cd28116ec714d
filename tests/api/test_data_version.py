"""The version of a tenant's data: another one after every change, whoever makes it."""

from __future__ import annotations

import subprocess
import time
import uuid

import pytest
from support.process import kontor_binary

VERSION = "SELECT string_agg(number::text, ',' ORDER BY number) FROM {}.kontor_data_version"


@pytest.fixture(scope="module")
def schema(server) -> str:
    org = f"version{uuid.uuid4().hex[:8]}"
    _, provider = server.add_aws_provider("cost-data", "cost-report", "reports", org=org)
    server.wait_for_month(provider, "2026-10-01")
    server.wait_for_month(provider, "2026-11-01")
    return server.sql(f"SELECT schema_name FROM api_customer WHERE org_id = '{org}'")[0][0]


def version(server, schema: str) -> str:
    return server.sql(VERSION.format(schema))[0][0]


def test_the_ingest_is_a_change(server, schema):
    assert version(server, schema) != ""


def test_every_table_is_watched(server, schema):
    tables = server.sql(
        "SELECT relname FROM pg_class c WHERE relkind IN ('r', 'p')"
        f" AND relnamespace = '{schema}'::regnamespace AND NOT EXISTS"
        " (SELECT FROM pg_trigger WHERE tgrelid = c.oid AND tgname = 'kontor_note_change') ORDER BY 1"
    )
    assert [name for (name,) in tables] == ["kontor_data_version", "kontor_migration"]
    partition = f"to_regclass('{schema}.reporting_awscostentrylineitem_daily_summary_2026_10')"
    assert server.sql(f"SELECT {partition} IS NOT NULL") == [["t"]]


CHANGES = {
    "insert": "INSERT INTO user_settings (id) VALUES (1)",
    "update": "UPDATE user_settings SET settings = '{}'",
    "delete": "DELETE FROM user_settings",
    "copy": "COPY reporting_awsenabledcategorykeys (key) FROM PROGRAM 'echo by-hand'",
    "truncate": "TRUNCATE reporting_awsenabledcategorykeys",
    "parent": "UPDATE reporting_awscostentrylineitem_daily_summary SET product_code = product_code",
    "partition": "DELETE FROM reporting_awscostentrylineitem_daily_summary_2026_10 WHERE usage_start = '2026-10-07'",
    "cascade": "DELETE FROM reporting_awscostentrybill WHERE billing_period_start < '2026-10-15'",
    "repeatable": "BEGIN ISOLATION LEVEL SERIALIZABLE; DELETE FROM reporting_aws_cost_summary_p; COMMIT",
    "by name": "SELECT public.kontor_data_changed(current_schema())",
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_by_hand(server, schema, name):
    before = version(server, schema)
    server.sql(f"SET search_path TO {schema}; {CHANGES[name]}")
    after = version(server, schema)
    assert after != before
    assert after.count(",") == 0 or name == "repeatable"


def test_nothing_is_no_change(server, schema):
    before = version(server, schema)
    server.sql(f"SET search_path TO {schema}; BEGIN; DELETE FROM user_settings; ROLLBACK")
    server.sql(f"SELECT count(*) FROM {schema}.user_settings")
    assert version(server, schema) == before


def test_a_new_table_is_watched(server, schema):
    server.sql(f"SET search_path TO {schema}, public; CREATE TABLE later (x int); SELECT kontor_after_migration()")
    before = version(server, schema)
    server.sql(f"INSERT INTO {schema}.later VALUES (1)")
    assert version(server, schema) != before
    server.sql(f"DROP TABLE {schema}.later")


def test_writers_do_not_wait_for_each_other(server, schema):
    """One transaction is open while another commits: both leave their mark when they commit."""
    before = version(server, schema)
    slow = subprocess.Popen(
        [kontor_binary(), "psql", "koku", "-X", "-At", "-v", "ON_ERROR_STOP=1"],
        env=server.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    slow.stdin.write(f"BEGIN;\nINSERT INTO {schema}.user_settings (id) VALUES (7);\nSELECT 'written';\n")
    slow.stdin.flush()
    while slow.stdout.readline().strip() != "written":
        assert slow.poll() is None
    started = time.monotonic()
    server.sql(f"SET lock_timeout = '5s'; INSERT INTO {schema}.user_settings (id) VALUES (8)")
    assert time.monotonic() - started < 5
    between = version(server, schema)
    assert between != before
    slow.communicate("COMMIT;\n", timeout=30)
    assert slow.returncode == 0
    assert version(server, schema) not in (before, between)


def test_tenants_do_not_share_a_version(server, schema):
    org = f"other{uuid.uuid4().hex[:8]}"
    _, provider = server.add_aws_provider("cost-data", "cost-report", "reports", org=org)
    server.wait_for_month(provider, "2026-10-01")
    server.wait_for_month(provider, "2026-11-01")
    other = server.sql(f"SELECT schema_name FROM api_customer WHERE org_id = '{org}'")[0][0]
    before = version(server, other)
    server.sql(f"DELETE FROM {schema}.user_settings")
    assert version(server, other) == before
