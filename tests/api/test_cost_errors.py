"""What the Cost Management API says to requests that are wrong."""

from __future__ import annotations

import base64
import json

import pytest
import requests
from support.server import identity

PATH = "/api/cost-management/v1/reports/aws/costs/"


def ask(server, headers: dict[str, str], path: str = PATH, method: str = "GET", **more) -> requests.Response:
    return requests.request(method, server.base_url + path, headers=headers, timeout=30, **more)


def encoded(document: object) -> str:
    return base64.b64encode(json.dumps(document).encode()).decode()


@pytest.mark.parametrize(
    ("headers", "status", "words"),
    [
        ({}, 401, "org id"),
        ({"x-rh-identity": "!!!"}, 401, "base64"),
        ({"x-rh-identity": encoded([1])}, 401, "JSON object"),
        ({"x-rh-identity": encoded({"identity": {}})}, 401, "org id"),
        ({"x-rh-identity": encoded({"identity": {"org_id": "1", "type": "User"}})}, 401, "username"),
        ({"x-rh-identity": encoded({"identity": {"org_id": "../1"}})}, 401, "org"),
        ({"x-rh-identity": identity("1", entitled=False)}, 403, "not entitled"),
        ({"x-rh-identity": identity("1", admin=False)}, 403, "do not have permission"),
    ],
)
def test_identity(server, headers, status, words):
    answer = ask(server, headers)
    assert answer.status_code == status, answer.text
    error = answer.json()["errors"][0]
    assert error["status"] == status and words in error["detail"], error


def test_an_unknown_organisation_has_no_costs(server):
    answer = ask(server, {"x-rh-identity": identity("nobody-knows-it")})
    assert answer.status_code == 200
    assert answer.json()["meta"] == {"count": 0} and answer.json()["data"] == []


def test_status_needs_no_identity(server):
    assert ask(server, {}, "/api/cost-management/v1/status/").json() == {"status": "OK"}


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("foo=1", {"foo": ["Unsupported parameter or invalid value"]}),
        ("group_by[nope]=*", {"group_by": {"nope": ["Unsupported parameter or invalid value"]}}),
        ("filter[resolution]=hourly", {"filter": {"resolution": ['"hourly" is not a valid choice.']}}),
        ("limit=many", {"limit": ["A valid integer is required."]}),
        ("start_date=2026-10-01", {"error": ["The parameters [start_date, end_date] must both be defined."]}),
        ("group_by[account]=", {"group_by": {"account": {"0": ["This field may not be blank."]}}}),
        ("a[b", {"details": "Invalid query parameter format."}),
        ("currency=XXX", {"currency": ['"XXX" is not a valid ISO 4217 currency.']}),
        (
            "order_by[account]=asc",
            {"order_by": {"account": 'Order-by "account" requires matching Group-by.'}},
        ),
    ],
)
def test_wrong_queries_name_the_field(server, query, body):
    answer = ask(server, {"x-rh-identity": identity("org-errors")}, f"{PATH}?{query}")
    assert (answer.status_code, answer.json()) == (400, body)


def test_paths_methods_forms_and_sizes(server):
    headers = {"x-rh-identity": identity("org-errors")}
    assert ask(server, headers, "/api/cost-management/v1/nothing/").status_code == 404
    wrong = ask(server, headers, method="POST", json={})
    assert (wrong.status_code, wrong.headers["Allow"]) == (405, "GET")
    assert wrong.json() == {"errors": [{"detail": 'Method "POST" not allowed.', "source": "detail", "status": 405}]}
    assert ask(server, {**headers, "Accept": "image/png"}).status_code == 406
    assert ask(server, headers, method="POST", data=b"x" * 10_000_000).status_code in (405, 413)
    assert ask(server, headers, f"{PATH}?foo={'x' * 1_000_000}").status_code in (400, 413, 414, 431)
    assert ask(server, headers, "/api/cost-management/v1/status/").status_code == 200
