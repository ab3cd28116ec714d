"""Reports that are named file by file."""

from __future__ import annotations

import json
import pathlib
import re
import uuid
from decimal import Decimal

import pytest
import requests
from support.process import wait_until
from support.server import Server, identity

BASE = "/api/cost-management/v1"


def call(server: Server, method: str, path: str, org: str, admin: bool = True, **more) -> requests.Response:
    headers = {"x-rh-identity": identity(org, admin, account="")}
    return requests.request(method, f"{server.base_url}{BASE}{path}", headers=headers, timeout=60, **more)


@pytest.fixture(scope="module")
def org() -> str:
    return f"org-{uuid.uuid4().hex[:10]}"


@pytest.fixture(scope="module")
def source(server, org) -> dict:
    """A source whose bucket nobody looks into by himself."""
    body = {
        "name": "named", "source_type": "AWS",
        "billing_source": {"data_source": {"bucket": "cost-data", "report_name": "cost-report",
                                           "report_prefix": "reports", "storage_only": True}},
    }  # fmt: skip
    made = call(server, "POST", "/sources/", org, json=body).json()
    wait_until(
        lambda: call(server, "GET", f"/sources/{made['id']}/", org).json()["last_polling_time"] is not None
        or call(server, "GET", f"/sources/{made['id']}/", org).json()["provider_linked"],
        30, "the source is linked",
    )  # fmt: skip
    return made


@pytest.fixture(scope="module")
def october(sample) -> str:
    """The key of October's file."""
    path = next((sample / "reports").rglob("October-*.csv.gz"))
    return str(pathlib.Path("reports") / path.relative_to(sample / "reports"))


def test_named_files_are_read_as_the_month(server, org, source, october, sample):
    body = {"source": source["uuid"], "reports_list": [october], "bill_year": "2026", "bill_month": "10"}
    answer = call(server, "POST", "/ingress/reports/", org, json=body)
    assert answer.status_code == 200, answer.text
    made = answer.json()["data"]
    assert list(made) == [
        "ingress_report_uuid", "created_timestamp", "completed_timestamp", "reports_list", "source", "bill_year",
        "bill_month", "status",
    ]  # fmt: skip
    assert {name: made[name] for name in list(made)[2:]} == {
        "completed_timestamp": None, "reports_list": [october], "source": source["uuid"], "bill_year": "2026",
        "bill_month": "10", "status": "pending",
    }  # fmt: skip

    def reports(path: str = "") -> list[dict]:
        return call(server, "GET", f"/ingress/reports/{path}", org).json()["data"]

    wait_until(lambda: reports()[0]["status"] == "Completed", 60, "the report is read")
    (done,) = reports()
    assert done["ingress_report_uuid"] == made["ingress_report_uuid"]
    assert re.fullmatch(r"2026-11-24T\d\d:\d\d:\d\d\.\d{6}Z", done["completed_timestamp"])
    assert reports(source["uuid"] + "/") == [done]
    query = {"start_date": "2026-10-01", "end_date": "2026-10-31", "filter[resolution]": "monthly"}
    answer = call(server, "GET", "/reports/aws/costs/", org, params=query)
    total = json.loads(answer.text, parse_float=Decimal)["meta"]["total"]["cost"]["total"]["value"]
    reference = json.loads((sample / "reference-october.json").read_text())["total"]["unblended"]
    assert total == Decimal(reference)
    # Nothing else was looked for in the bucket: of November there is nothing.
    months = f"SELECT DISTINCT billing_period_start_datetime::date FROM reporting_common_costusagereportmanifest WHERE provider_id = '{source['uuid']}'"  # noqa: E501
    assert server.sql(months) == [["2026-10-01"]]
    # The source by its number, the bucket's name before the key; and the month is replaced, not added to.
    again = body | {"source": int(source["id"]), "reports_list": [f"cost-data/{october}"], "bill_month": "10"}
    assert call(server, "POST", "/ingress/reports/", org, json=again).status_code == 200
    wait_until(lambda: [row["status"] for row in reports()] == ["Completed"] * 2, 60, "it is read again")
    answer = call(server, "GET", "/reports/aws/costs/", org, params=query)
    assert json.loads(answer.text, parse_float=Decimal)["meta"]["total"]["cost"]["total"]["value"] == total
    assert call(server, "GET", "/ingress/reports/?limit=1", org).json()["meta"] == {
        "count": 2, "limit": 1, "offset": 0,
    }  # fmt: skip


def test_what_makes_no_sense_is_refused(server, org, source, october):
    good = {"source": source["uuid"], "reports_list": [october], "bill_year": "2026", "bill_month": "11"}
    null = "This field may not be null."
    for change, wanted in (
        ({"reports_list": ["reports/nothing.csv"]},
         ("reports_list", "there is no file reports/nothing.csv in the bucket")),
        ({"reports_list": [october[:-1]]}, ("reports_list", f"there is no file {october[:-1]} in the bucket")),
        ({"reports_list": []}, ("reports_list", "This list must have 1 to 1000 entries.")),
        ({"reports_list": [7]}, ("reports_list", "Entries must be keys of files.")),
        ({"reports_list": [october, october]}, ("reports_list", f'"{october}" is there twice.')),
        ({"reports_list": None}, ("reports_list", null)),
        ({"bill_month": "09"}, ("bill_month", "The bill must be that of this month or of the last.")),
        ({"bill_month": "13"}, ("bill_month", "The bill must be that of this month or of the last.")),
        ({"bill_year": "2025"}, ("bill_month", "The bill must be that of this month or of the last.")),
        ({"bill_year": None}, ("bill_year", null)),
    ):  # fmt: skip
        answer = call(server, "POST", "/ingress/reports/", org, json=good | change)
        assert answer.status_code == 400, change
        assert [(error["source"], error["detail"]) for error in answer.json()["errors"]] == [wanted], change
    for unknown in (str(uuid.uuid4()), "99999999", 7.5, None, {}):
        answer = call(server, "POST", "/ingress/reports/", org, json=good | {"source": unknown})
        assert (answer.status_code, answer.json()) == (400, {"Error": "Invalid request."}), unknown
    cluster = {"name": "c", "source_type": "OCP", "source_ref": "cluster"}
    other = call(server, "POST", "/sources/", org, json=cluster).json()
    answer = call(server, "POST", "/ingress/reports/", org, json=good | {"source": other["id"]})
    assert answer.json()["errors"][0]["detail"] == "Reports of OCP sources can't be given this way."
    for text in ("", "{", "[]"):
        assert call(server, "POST", "/ingress/reports/", org, data=text).status_code == 400


def test_organisations_see_their_own_alone(server, org, source, october):
    stranger = org + "x"
    assert call(server, "GET", "/ingress/reports/", stranger).json()["data"] == []
    answer = call(server, "GET", f"/ingress/reports/{source['uuid']}/", stranger)
    assert (answer.status_code, answer.json()) == (404, {"Error": "Source not found."})
    answer = call(server, "GET", "/ingress/reports/x/", org)
    assert (answer.status_code, answer.json()) == (400, {"Error": "Invalid request."})
    body = {"source": source["uuid"], "reports_list": [october], "bill_year": "2026", "bill_month": "11"}
    assert call(server, "POST", "/ingress/reports/", stranger, json=body).json() == {"Error": "Invalid request."}
    assert call(server, "POST", "/ingress/reports/", org, admin=False, json=body).status_code == 403
