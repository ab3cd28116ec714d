"""Customers that others make at the same moment: of the same organisation, or with its account number."""

from __future__ import annotations

import subprocess

import pytest
from support.process import kontor_binary, wait_until

WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"


@pytest.mark.parametrize(
    ("org", "row", "account", "kept"),
    [
        ("org-race-same", "('org-race-same', 'org-race-same', 'race-1')", "race-1", "race-1"),
        ("org-race-number", "('org-race-other', 'org-race-other', 'race-2')", "race-2", ""),
    ],
)
def test_another_makes_it_at_the_same_moment(server, org, row, account, kept):
    other = subprocess.Popen(
        [kontor_binary(), "psql", "koku", "-X", "-q"], env=server.environment, stdin=subprocess.PIPE, text=True
    )
    assert other.stdin is not None
    insert = f"INSERT INTO api_customer (schema_name, org_id, account_id) VALUES {row}"
    other.stdin.write(f"BEGIN; {insert}; SELECT pg_advisory_lock(4711);\n")
    other.stdin.flush()
    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711"
    wait_until(lambda: server.sql(held) == [["1"]], 20, "the other's row")
    headers = {"x-rh-sources-account-number": account}
    body = {"name": org, "source_type_id": "1"}
    source = server.sources("POST", "/sources", org, headers=headers, json=body).json()
    server.sources(
        "POST", "/applications", org, headers=headers,
        json={"source_id": source["id"], "application_type_id": "2", "extra": {"bucket": "none"}},
    )  # fmt: skip
    wait_until(lambda: server.sql(WAITING) != [["0"]], 20, "the server meets the other's row")
    other.stdin.write("COMMIT;\n")
    other.stdin.close()
    assert other.wait(20) == 0
    provider = (
        "SELECT c.org_id, COALESCE(c.account_id, '') FROM api_provider p JOIN api_customer c ON c.id = p.customer_id"
        f" WHERE p.uuid = '{source['uid']}'"
    )
    wait_until(lambda: server.sql(provider), 20, "the provider")
    assert server.sql(provider) == [[org, kept]]
    failed = f"SELECT count(*) FROM provider_event_error WHERE org_id = '{org}'"
    assert server.sql(failed) == [["0"]]
    assert "duplicate key" not in "\n".join(
        line for line in server.log().splitlines() if f"source {source['id']}" in line
    )
