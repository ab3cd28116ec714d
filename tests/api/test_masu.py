"""The endpoints that steer and watch the processing of reports."""

from __future__ import annotations

import re
import uuid

import pytest
import requests
from support.process import wait_until
from support.server import Server, identity

BASE = "/api/cost-management/v1"


def ask(server: Server, path: str, org: str | None = None, method: str = "GET", **query: str) -> requests.Response:
    """As the organisation's admin, or as this machine's own user."""
    headers = {"x-rh-identity": identity(org)} if org else {}
    return requests.request(method, f"{server.base_url}{BASE}/{path}", headers=headers, params=query, timeout=60)


@pytest.fixture(scope="module")
def org() -> str:
    return f"org-{uuid.uuid4().hex[:10]}"


@pytest.fixture(scope="module")
def provider(server, org) -> str:
    _, provider = server.add_aws_provider("cost-data", "cost-report", "reports", org=org, name="masu's own")
    server.wait_for_month(provider)
    server.wait_for_month(provider, "2026-11-01")
    return provider


def test_manifests_tell_what_was_delivered(server, org, provider):
    for caller in (org, None):
        answer = ask(server, "manifests/", caller, provider_uuid=provider).json()
        assert answer["meta"] == {"count": 2, "limit": 10, "offset": 0}
        october = next(row for row in answer["data"] if row["billing_period"] == "2026-10-01")
        assert {name: october[name] for name in list(october)[2:10]} == {
            "provider_uuid": provider, "provider_name": "masu's own", "provider_type": "AWS", "schema": org,
            "billing_period": "2026-10-01", "files": 1, "files_done": 1, "files_failed": 0,
        }  # fmt: skip
        assert set(october["state"]) == {"download", "processing", "summary"}
        assert re.fullmatch(r"2026-11-24T\d\d:\d\d:\d\d\.\d{6}Z", october["completed_datetime"])
    one = ask(server, f"manifests/{october['id']}/", org).json()
    assert one == october
    files = ask(server, f"manifests/{october['id']}/reports/", org).json()
    assert files["meta"]["count"] == 1
    row = files["data"][0]
    assert row["report_name"].endswith("October-2026-cost-report.csv.gz")
    assert (row["status"], row["lines"], row["faults"], row["error"]) == ("done", 2256, 0, None)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"name": "MASU"}, 2), ({"name": "nothing"}, 0), ({"type": "aws"}, 2), ({"type": "OCP"}, 0),
        ({"billing_period": "2026-10"}, 1), ({"billing_period": "2026-11-01"}, 1), ({"failed": "true"}, 0),
        ({"failed": "false"}, 2), ({"completed": "true"}, 2), ({"running": "true"}, 0), ({"started": "true"}, 2),
        ({"assembly_id": "x"}, 0), ({"limit": "1"}, 2), ({"account_id": "1'; DROP TABLE x"}, 0),
    ],
)  # fmt: skip
def test_manifests_are_filtered(server, org, provider, query, count):
    assert ask(server, "manifests/", org, **query).json()["meta"]["count"] == count


def test_download_looks_at_the_bucket_now(server, org, provider):
    polled = f"SELECT polling_timestamp FROM api_provider WHERE uuid = '{provider}'"
    for query in ({}, {"bill_date": "202610"}, {"bill_date": "2026-10-05"}, {"provider_type": "AWS-local"}):
        before = server.sql(polled)
        answer = ask(server, "download/", org, provider_uuid=provider, **query)
        assert answer.status_code == 200
        assert re.fullmatch(r"\d*", answer.json()["Download Request Task ID"])
        wait_until(lambda seen=before: server.sql(polled) != seen, 30, "the bucket is looked at")
    assert ask(server, "download/", org, provider_type="OCP").json() == {"Download Request Task ID": ""}
    for query, reason in (
        ({"provider_uuid": "x"}, 'provider_uuid "x" is no UUID'),
        ({"provider_uuid": str(uuid.uuid4())}, "there is no such provider"),
        ({"bill_date": "soon"}, 'bill_date "soon" is no month such as 202611, nor a day of one'),
        ({"bill_date": "202613"}, 'bill_date "202613" is no month such as 202611, nor a day of one'),
    ):
        answer = ask(server, "download/", org, **query)
        assert (answer.status_code, answer.json()) == (400, {"Error": reason}), query


def test_report_data_makes_the_summaries_anew(server, org, provider):
    total = f'SELECT sum(unblended_cost) FROM "{org}".reporting_aws_cost_summary_p'
    before = server.sql(total)
    server.sql(f"DELETE FROM \"{org}\".reporting_aws_cost_summary_p WHERE usage_start < '2026-11-01'")
    assert server.sql(total) != before
    query = {"provider_uuid": provider, "schema": org, "start_date": "2026-10-05", "end_date": "2026-10-20"}
    answer = ask(server, "report_data/", org, **query)
    (task,) = answer.json()["Report Data Task IDs"]
    assert list(task) == ["(2026-10-01, 2026-10-31)"]
    wait_until(lambda: server.sql(total) == before, 60, "October is there again")
    # From a month to now, where nothing was delivered is nothing to do.
    tasks = ask(server, "report_data/", org, **query | {"start_date": "2026-01-01", "end_date": ""}).json()
    assert "Error" in tasks  # an empty date is none
    for missing in ("provider_uuid", "schema", "start_date"):
        short = {name: value for name, value in query.items() if name != missing}
        answer = ask(server, "report_data/", org, **short)
        assert (answer.status_code, answer.json()) == (400, {"Error": f"{missing} is needed as a parameter"})
    for wrong in ({"end_date": "2026-09-01"}, {"start_date": "1990-01-01"}):
        assert ask(server, "report_data/", org, **query | wrong).status_code == 400


def test_expired_data_is_told_and_taken_away(server, org, provider):
    server.sql(
        f"""INSERT INTO "{org}".reporting_aws_cost_summary_p
              (usage_start, usage_end, currency_code, source_uuid, cost_entry_bill_id)
            VALUES ('2026-01-05', '2026-01-05', 'USD', '{provider}', 0)"""
    )
    told = ask(server, "expired_data/", org).json()
    january = [row for row in told["expired_data"] if row["table"] == "reporting_aws_cost_summary_p"]
    assert told["simulate"] is True
    assert [(row["schema"], row["month"], row["rows"]) for row in january] == [(org, "2026-01", 1)]
    assert ask(server, "expired_data/", org + "x").json()["expired_data"] == []
    done = ask(server, "expired_data/", org, "DELETE").json()
    assert done == told | {"simulate": False}
    assert ask(server, "expired_data/", org).json()["expired_data"] == []


def test_organisations_touch_their_own_alone(server, org, provider):
    stranger = org + "x"
    assert ask(server, "manifests/", stranger).json()["data"] == []
    assert ask(server, "manifests/", stranger, schema_name=org).json()["data"] == []
    number = ask(server, "manifests/", org).json()["data"][0]["id"]
    for path in (f"manifests/{number}/", f"manifests/{number}/reports/"):
        assert ask(server, path, org).status_code == 200
        assert ask(server, path, stranger).status_code == 404
    assert ask(server, "manifests/x/", org).status_code == 404
    for path, query in (
        ("download/", {"provider_uuid": provider}),
        ("download/", {"schema": org}),
        ("report_data/", {"provider_uuid": provider, "schema": org, "start_date": "2026-10-01"}),
    ):
        answer = ask(server, path, stranger, **query)
        assert (answer.status_code, answer.json()) == (400, {"Error": "there is no such provider"})


def test_who_may(server, org, make_server):
    address = f"{server.base_url}{BASE}/manifests/"
    assert requests.get(address, headers={"x-rh-identity": identity(org, admin=False)}, timeout=30).status_code == 403
    for outside in ({"X-Forwarded-For": "192.0.2.1"}, {"Origin": "https://evil.example"}, {"Host": "evil.example"}):
        assert requests.get(address, headers=outside, timeout=30).status_code == 401, outside
    keyed = make_server(KONTOR_SOURCES_PSKS="masu-key", KONTOR_ROLES="masu").start()
    address = keyed.base_url + BASE
    assert requests.get(address + "/manifests/", timeout=30).status_code == 401
    for key, status in (("masu-key", 200), ("other", 401)):
        answer = requests.get(address + "/manifests/", headers={"x-rh-sources-psk": key}, timeout=30)
        assert answer.status_code == status
    # Where masu stands alone it says how it is, and nothing else of the API is there.
    status = requests.get(address + "/status/?liveness", timeout=30).json()
    assert (status["alive"], status["database_status"], status["jobs_running"]) == (True, "ok", 0)
    assert (
        requests.get(address + "/reports/aws/costs/", headers={"x-rh-identity": identity(org)}, timeout=30).status_code
        == 404
    )
