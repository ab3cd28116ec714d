"""Answers are kept, and never outlive what they were made of."""

from __future__ import annotations

import concurrent.futures
import uuid

import pytest
import requests
from support.server import identity

ROOT = "/api/cost-management/v1/"
OCTOBER = "start_date=2026-10-01&end_date=2026-10-31"
PATHS = [
    f"reports/aws/costs/?{OCTOBER}&group_by[service]=*",
    f"reports/aws/instance-types/?{OCTOBER}",
    "reports/aws/resources/ec2-compute/?filter[time_scope_value]=-2",
    f"tags/aws/?{OCTOBER}",
    "resource-types/aws-accounts/",
    "resource-types/",
    "forecasts/aws/costs/",
]


@pytest.fixture(scope="module")
def tenant(server) -> dict:
    org = f"cache{uuid.uuid4().hex[:8]}"
    _, provider = server.add_aws_provider("cost-data", "cost-report", "reports", org=org)
    server.wait_for_month(provider, "2026-10-01")
    server.wait_for_month(provider, "2026-11-01")
    schema = server.sql(f"SELECT schema_name FROM api_customer WHERE org_id = '{org}'")[0][0]
    return {"org": org, "schema": schema}


def ask(server, org: str, path: str, method: str = "GET", **headers: str) -> requests.Response:
    return requests.request(
        method, server.base_url + ROOT + path, headers={"x-rh-identity": identity(org), **headers}, timeout=30
    )


@pytest.mark.parametrize("path", PATHS)
def test_the_same_question_has_the_same_answer(server, tenant, path):
    first, second = (ask(server, tenant["org"], path) for _ in range(2))
    assert first.status_code == second.status_code == 200
    assert first.content == second.content and first.headers["ETag"] == second.headers["ETag"]
    assert first.headers["ETag"].startswith('"') and first.headers["Cache-Control"] == "private, no-cache"
    assert {"accept", "authorization", "x-rh-identity"} <= {
        name.strip().lower() for name in first.headers["Vary"].split(",")
    }


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', '"other" , W/{}', "*"])
def test_what_has_not_changed_is_not_sent_again(server, tenant, path, form):
    etag = ask(server, tenant["org"], path).headers["ETag"]
    again = ask(server, tenant["org"], path, **{"If-None-Match": form.format(etag)})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)


@pytest.mark.parametrize("other", ['"other"', "W/\"x\"", "other", '"', "W/", ","])
def test_what_is_another_is_sent(server, tenant, other):
    assert ask(server, tenant["org"], PATHS[0], **{"If-None-Match": other}).status_code == 200


def test_forms_are_kept_apart(server, tenant):
    as_json = ask(server, tenant["org"], PATHS[0])
    as_csv = ask(server, tenant["org"], PATHS[0], Accept="text/csv")
    assert as_csv.headers["Content-Type"].startswith("text/csv") and as_csv.headers["ETag"] != as_json.headers["ETag"]
    assert ask(server, tenant["org"], PATHS[0], Accept="text/csv").content == as_csv.content
    assert ask(server, tenant["org"], PATHS[0]).content == as_json.content
    head = ask(server, tenant["org"], PATHS[0], "HEAD")
    assert head.content == b"" and head.headers["ETag"] == as_json.headers["ETag"]


@pytest.mark.parametrize("coding", ["gzip", "br, GZIP;q=0.5", "identity, gzip"])
def test_answers_are_packed_for_those_who_take_them_so(server, tenant, coding):
    plain = ask(server, tenant["org"], PATHS[0], **{"Accept-Encoding": "identity"})
    packed = [ask(server, tenant["org"], PATHS[0], **{"Accept-Encoding": coding}) for _ in range(2)]
    assert "Content-Encoding" not in plain.headers
    for answer in packed:
        assert answer.headers["Content-Encoding"] == "gzip" and answer.content == plain.content
        assert int(answer.headers["Content-Length"]) < len(plain.content) / 4
        assert answer.headers["ETag"] == packed[0].headers["ETag"] != plain.headers["ETag"]
        assert "accept-encoding" in answer.headers["Vary"].lower()
    again = ask(
        server, tenant["org"], PATHS[0],
        **{"Accept-Encoding": coding, "If-None-Match": packed[0].headers["ETag"]},
    )  # fmt: skip
    assert (again.status_code, again.content) == (304, b"") and "Content-Encoding" not in again.headers


@pytest.mark.parametrize("coding", ["gzip;q=0", "br", ""])
def test_others_get_them_plain(server, tenant, coding):
    answer = ask(server, tenant["org"], PATHS[0], **{"Accept-Encoding": coding})
    assert "Content-Encoding" not in answer.headers and answer.json()["data"]


def test_large_answers_are_whole(server, tenant):
    """Beyond a size they are sent from where they are kept, to several at once."""
    path = f"reports/aws/costs/?{OCTOBER}&group_by[service]=*&group_by[account]=*&limit=0"
    server.sql(
        f"SET search_path TO {tenant['schema']};"
        " INSERT INTO reporting_aws_cost_summary_by_service_p"
        "   (usage_start, usage_end, usage_account_id, product_code, currency_code, source_uuid, cost_entry_bill_id)"
        " SELECT r.usage_start, r.usage_start, r.usage_account_id, 'Service ' || number, 'USD', r.source_uuid,"
        "        r.cost_entry_bill_id"
        "   FROM (SELECT DISTINCT usage_start, usage_account_id, source_uuid, cost_entry_bill_id"
        "           FROM reporting_aws_cost_summary_by_service_p) r, generate_series(1, 25) number"
    )
    first = ask(server, tenant["org"], path, **{"Accept-Encoding": "identity"})
    assert len(first.content) > 1024 * 1024 and first.json()["links"]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        others = list(pool.map(
            lambda _: ask(server, tenant["org"], path, **{"Accept-Encoding": "identity"}), range(16)
        ))  # fmt: skip
    assert {answer.content for answer in others} == {first.content}
    assert ask(server, tenant["org"], path, **{"Accept-Encoding": "gzip"}).content == first.content
    head = ask(server, tenant["org"], path, "HEAD", **{"Accept-Encoding": "identity"})
    assert head.content == b"" and head.headers["ETag"] == first.headers["ETag"]


def test_a_wrong_question_is_not_kept(server, tenant):
    wrong = ask(server, tenant["org"], "reports/aws/costs/?foo=1")
    assert wrong.status_code == 400 and "ETag" not in wrong.headers


CHANGES = [
    "UPDATE reporting_awsaccountalias SET account_alias = account_alias || '+'",
    "INSERT INTO user_settings (id, settings) VALUES (1, '{\"cost_type\": \"blended_cost\"}')",
    "UPDATE user_settings SET settings = '{}'",
    "UPDATE reporting_enabledtagkeys SET enabled = false WHERE key = (SELECT min(key) FROM reporting_enabledtagkeys)",
    "DELETE FROM reporting_awscostentrylineitem_daily_summary_2026_10 WHERE usage_start = '2026-10-03'",
    "DELETE FROM reporting_aws_cost_summary_by_service_p WHERE usage_start = '2026-10-03'",
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_by_hand_shows_at_once(server, tenant, change):
    """Whatever is asked after the change is answered as a server does that keeps nothing."""
    questions = [
        f"reports/aws/costs/?{OCTOBER}&group_by[account]=*", f"reports/aws/costs/?{OCTOBER}&group_by[service]=*",
        f"reports/aws/costs/?{OCTOBER}&group_by[service]=*&group_by[account]=*", f"tags/aws/?{OCTOBER}",
        f"reports/aws/costs/?{OCTOBER}&group_by[product_family]=*&group_by[account]=*&filter[region]=-",
        "resource-types/aws-accounts/",
    ]  # fmt: skip
    before = [ask(server, tenant["org"], question).content for question in questions]
    server.sql(f"SET search_path TO {tenant['schema']}; {change}")
    after = [ask(server, tenant["org"], question).content for question in questions]
    assert before != after
    # a needless parameter is another question, and answered anew
    for question, answer in zip(questions, after, strict=True):
        if question.startswith("reports"):
            fresh = ask(server, tenant["org"], f"{question}&currency=USD").json()
            kept = requests.models.complexjson.loads(answer)
            assert (fresh["data"], fresh["meta"]) == (kept["data"], kept["meta"])


def test_tenants_and_rights_are_kept_apart(server, tenant):
    server.add_aws_provider("cost-data", "no-such-report", "nowhere", org="org-cache-other")
    ours = ask(server, tenant["org"], PATHS[0])
    theirs = ask(server, "org-cache-other", PATHS[0], **{"If-None-Match": ours.headers["ETag"]})
    assert theirs.status_code == 200 and theirs.content != ours.content
    refused = requests.get(
        server.base_url + ROOT + PATHS[0],
        headers={"x-rh-identity": identity(tenant["org"], admin=False), "If-None-Match": ours.headers["ETag"]},
        timeout=30,
    )
    assert refused.status_code == 403
