"""Some hundred questions, each answered to the last digit as plain Python works it out.

The questions are in tests/data/report_queries.txt (report and query string), the reference is
tests/support/reference_reports.py; its own totals are held against sums of the report's lines.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
import urllib.parse
from collections.abc import Iterator
from decimal import Decimal

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.process import ROOT, make_folder, remove_folder
from support.reference_reports import COST_TYPES, REPORTS, Question, expected, read_rows
from support.server import Server, identity

TODAY = dt.date(2026, 11, 24)
ORG = "org-answers"
QUERIES = [line.split("\t") for line in (ROOT / "tests/data/report_queries.txt").read_text().splitlines()]
TABLE = "reporting_awscostentrylineitem_daily_summary"


def november(text: str) -> str:
    """The lines of October 1 to 24, every third of them left out, a month later."""
    rows = csv.DictReader(io.StringIO(text))
    out = io.StringIO()
    writer = csv.DictWriter(out, rows.fieldnames)
    writer.writeheader()
    for i, line in enumerate(rows):
        if i % 3 != 0 and line["lineItem/UsageStartDate"] < "2026-10-25":
            writer.writerow({name: (value or "").replace("2026-10-", "2026-11-") for name, value in line.items()})
    return out.getvalue()


class Api:
    def __init__(self, server: Server) -> None:
        self.server = server

    def __call__(self, report: str, query: str, org: str = ORG, accept: str = "application/json") -> requests.Response:
        return requests.get(
            f"{self.server.base_url}/api/cost-management/v1/reports/aws/{report}/?{query}",
            headers={"x-rh-identity": identity(org), "Accept": accept}, timeout=60,
        )  # fmt: skip


@pytest.fixture(scope="module")
def api(sample):
    """October of the sample, a November like it, and that November of a second source; names for accounts."""
    folder = make_folder()
    report = next((sample / "reports").rglob("October-*.csv.gz"))
    october = gzip.decompress(report.read_bytes()).decode()
    for report, month, text in (
        ("cur", "20261001-20261101", october), ("cur", "20261101-20261201", november(october)),
        ("other", "20261101-20261201", november(october)),
    ):  # fmt: skip
        target = folder / "bucket" / report / month
        target.mkdir(parents=True)
        (target / "cur.csv").write_text(text)
    server = Server(KONTOR_S3_ENDPOINT=f"file://{folder}", KONTOR_POLL_INTERVAL="2", KONTOR_GROUP_BY_MAX="4").start()
    _, provider = server.add_aws_provider("bucket", "cur", org=ORG)
    _, other = server.add_aws_provider("bucket", "other", org=ORG, name="other")
    for month in ("2026-10-01", "2026-11-01"):
        server.wait_for_month(provider, month)
    server.wait_for_month(other, "2026-11-01")
    schema = server.sql(f"SELECT schema_name FROM api_customer WHERE org_id = '{ORG}'")[0][0]
    server.sql(
        f'SET search_path TO "{schema}"; UPDATE reporting_awsaccountalias'
        " SET account_alias = 'Team-' || right(account_id, 1)"
    )
    yield Api(server)
    server.close()
    remove_folder(folder)


@pytest.fixture(scope="module")
def rows(api) -> list[dict]:
    schema = api.server.sql(f"SELECT schema_name FROM api_customer WHERE org_id = '{ORG}'")[0][0]
    return read_rows(
        api.server.sql(
            "SELECT json_agg(row_to_json(lines)) FROM (SELECT r.*, a.account_alias AS alias"
            f' FROM "{schema}".{TABLE} r LEFT JOIN "{schema}".reporting_awsaccountalias a ON a.id = r.account_alias_id'
            ") AS lines"
        )[0][0]
    )


def exact(answer: requests.Response) -> dict:
    assert answer.status_code == 200, answer.text[:1000]
    return json.loads(answer.text, parse_float=Decimal)


def test_the_rows_add_up_to_the_report(rows, sample):
    """What the reference starts from is what stands in the report."""
    reference = json.loads((sample / "reference-october.json").read_text())
    names = {
        "unblended": "unblended_cost", "blended": "blended_cost",
        "savingsplan_effective": "savingsplan_effective_cost", "amortized": "calculated_amortized_cost",
    }  # fmt: skip
    columns = {
        "by_service": "product_code", "by_account": "usage_account_id", "by_region": "region",
        "by_az": "availability_zone", "by_product_family": "product_family",
    }  # fmt: skip
    october = [row for row in rows if row["usage_start"].month == 10]
    for table, column in columns.items():
        for value, totals in reference[table].items():
            for short, name in names.items():
                found = sum((r[name] for r in october if (r[column] or "None") == value), Decimal(0))
                assert found == Decimal(totals[short]), (table, value, name)


def test_there_are_hundreds_of_questions():
    assert len({tuple(query) for query in QUERIES}) >= 300


@pytest.mark.parametrize(("report", "query"), QUERIES, ids=[f"{report}?{query}" for report, query in QUERIES])
def test_answers(api, rows, report, query):
    got = exact(api(report, query))
    wanted = expected(rows, report, query, TODAY)
    meta = {name: value for name, value in got["meta"].items() if name in wanted["meta"]}
    assert meta == wanted["meta"]
    assert got["data"] == wanted["data"]
    question = Question(REPORTS[report], query, TODAY)
    assert {key: got["meta"]["filter"][key] for key in question.echo} == question.echo


@pytest.mark.parametrize(
    "groups",
    [
        ["account", "service", "region"], ["tag:app", "account", "service"], ["region", "tag:app", "tag:environment"],
        ["service", "account", "region", "az"], ["aws_category:env", "tag:app", "service"],
    ],
)  # fmt: skip
@pytest.mark.parametrize("more", ["", "&filter[limit]=5", "&order_by[cost]=asc&filter[limit]=3&filter[offset]=2"])
def test_more_than_two_groups(api, rows, groups, more):
    query = "start_date=2026-10-01&end_date=2026-10-31&filter[resolution]=monthly" + more
    query += "".join(f"&group_by[{group}]=*" for group in groups)
    got, wanted = exact(api("costs", query)), expected(rows, "costs", query, TODAY)
    assert got["data"] == wanted["data"] and got["meta"]["total"] == wanted["meta"]["total"]


@pytest.mark.parametrize(
    "query",
    [
        "start_date=2026-10-01&end_date=2026-10-31&filter[resolution]=monthly&group_by[service]=*&limit=0",
        "start_date=2026-10-01&end_date=2026-10-31&group_by[account]=*&group_by[region]=*&limit=0",
        "start_date=2026-10-01&end_date=2026-10-31&group_by[tag:app]=*&limit=0",
        "filter[time_scope_value]=-1&delta=cost&group_by[service]=*&limit=0",
    ],
)
def test_csv_has_the_same_numbers(api, rows, query):
    answer = api("costs", query, accept="text/csv")
    lines = list(csv.DictReader(answer.text.splitlines()))
    names = list(lines[0])
    assert names == sorted(names)
    flat: list[dict] = []

    def flatten(entry: object) -> None:
        if isinstance(entry, dict):
            if "infrastructure" in entry:
                flat.append(entry)
            else:
                for inner in entry.values():
                    flatten(inner)
        elif isinstance(entry, list):
            for inner in entry:
                flatten(inner)

    flatten(expected(rows, "costs", query, TODAY)["data"])
    wanted = sorted((row["date"], row["cost"]["total"]["value"]) for row in flat)
    assert sorted((line["date"], Decimal(line["cost_total"])) for line in lines) == wanted
    assert [line["date"] for line in lines] == sorted((line["date"] for line in lines), reverse=True)


PLAIN = ["count", "limit", "offset", "currency", "cost_type"]


@pytest.mark.parametrize(
    ("query", "meta", "section", "keys"),
    [
        ("", ["filter", "group_by", "order_by", "exclude"], "filter",
         ["time_scope_value", "time_scope_units", "resolution"]),
        ("filter[time_scope_units]=month", ["filter", "group_by", "order_by", "exclude"], "filter",
         ["time_scope_units", "time_scope_value", "resolution"]),
        ("filter[region]=us&filter[limit]=2&filter[exact:account]=1&filter[service]=a&filter[tag:app]=x&group_by[az]=*"
         "&filter[resolution]=daily", ["filter", "group_by", "order_by", "exclude"], "filter",
         ["resolution", "limit", "service", "region", "tag:app", "exact:account", "time_scope_value",
          "time_scope_units"]),
        ("exclude[region]=us&exclude[account]=1", ["exclude", "filter", "group_by", "order_by"], "exclude",
         ["account", "region"]),
        ("order_by[cost]=asc&order_by[account]=desc&group_by[service]=*&group_by[account]=*",
         ["group_by", "order_by", "filter", "exclude"], "order_by", ["account", "cost_total"]),
        ("group_by[service]=*&group_by[az]=*", ["group_by", "filter", "order_by", "exclude"], "group_by",
         ["az", "service"]),
        ("start_date=2026-10-01&end_date=2026-10-02&filter[region]=us", ["filter", "group_by", "order_by", "exclude"],
         "filter", ["region", "resolution"]),
    ],
)  # fmt: skip
def test_parameters_are_told_in_one_order(api, query, meta, section, keys):
    got = exact(api("costs", query))["meta"]
    assert [name for name in got if name not in (*PLAIN, "others", "start_date", "end_date", "total")] == meta
    assert list(got[section]) == keys


def test_all_groups_of_a_field_stand_for_those_filtered_by(api):
    query = "filter[region]=us,eu&group_by[region]=*&group_by[or:service]=*&filter[service]=Amazon"
    assert exact(api("costs", query))["meta"]["group_by"] == {"region": ["us", "eu"], "or:service": ["*"]}


def test_a_disabled_cost_category_has_no_data(api):
    schema = api.server.sql(f"SELECT schema_name FROM api_customer WHERE org_id = '{ORG}'")[0][0]
    table = f'"{schema}".reporting_awsenabledcategorykeys'
    api.server.sql(f"UPDATE {table} SET enabled = false WHERE key = 'env'")
    got = exact(api("costs", "group_by[aws_category:env]=*&delta=cost"))
    machines = exact(api("instance-types", "group_by[aws_category:env]=*"))
    api.server.sql(f"UPDATE {table} SET enabled = true WHERE key = 'env'")
    assert got["meta"]["count"] == 0 and got["data"] == [] and got["meta"]["total"]["cost"]["total"]["value"] == 0
    assert got["meta"]["delta"] == {"value": None, "percent": None} and machines["meta"]["total"]["usage"] == 0


def test_nothing_ranked_leaves_no_others(api):
    query = "group_by[region]=*&filter[limit]=2&filter[time_scope_value]=-2"
    assert "others" in exact(api("costs", query))["meta"]
    for nothing in ("&filter[account]=nobody", "&filter[offset]=1&filter[account]=nobody"):
        meta = exact(api("costs", query + nothing))["meta"]
        assert "others" not in meta and meta["total"]["cost"]["total"]["value"] == 0


def test_a_star_is_a_text_where_that_text_is_asked_for(api):
    for name in ("region", "account", "tag:app"):
        body = exact(api("costs", f"filter[exact:{name}]=*&filter[time_scope_value]=-2"))
        assert body["data"] == [{"date": "2026-10", "values": []}]


def test_a_star_for_a_tag(api):
    """Alone it asks for the key; with an operator for nothing."""
    plain, with_and = (
        exact(api("costs", f"filter[{operator}tag:app]=*&filter[time_scope_value]=-2"))["meta"]["total"]["cost"][
            "total"
        ]
        for operator in ("", "and:")
    )
    everything = exact(api("costs", "filter[time_scope_value]=-2"))["meta"]["total"]["cost"]["total"]
    assert with_and == everything != plain


def test_blanks_around_values_are_none(api):
    plain = exact(api("costs", "filter[region]=us,eu&filter[time_scope_value]=-2"))
    spaced = exact(api("costs", "filter[region]=%20us%20,%20eu&filter[time_scope_value]=-2"))
    assert spaced["meta"] == plain["meta"] and spaced["data"] == plain["data"]


@pytest.mark.parametrize(
    ("query", "limit"), [("limit=10.0", 10), ("limit=%2B7", 7), ("limit=%203%20", 3), ("limit=2.", 2)]
)
def test_whole_numbers(api, query, limit):
    assert exact(api("costs", query))["meta"]["limit"] == limit


@pytest.mark.parametrize("start", ["20261001", "2026-10-1"])
def test_dates(api, start):
    meta = exact(api("costs", f"start_date={start}&end_date=2026-10-02"))["meta"]
    assert (meta["start_date"], meta["count"]) == ("2026-10-01", 2)


def test_ranked_csv_tells_the_rank(api):
    query = "filter[time_scope_value]=-2&group_by[service]=*&filter[limit]=2"
    lines = list(csv.DictReader(api("costs", query, accept="text/csv").text.splitlines()))
    assert [(line["rank"], line["service"] == "Others") for line in lines] == [
        ("1", False), ("2", False), ("3", True),
    ]  # fmt: skip


def test_links_lead_through_all_pages(api):
    query = "start_date=2026-10-01&end_date=2026-10-31&group_by[account]=*&limit=7"
    whole = exact(api("costs", query.replace("limit=7", "limit=0")))["data"]
    found: list = []
    answer = exact(api("costs", query))
    while True:
        found += answer["data"]
        link = answer["links"]["next"]
        if link is None:
            break
        answer = exact(requests.get(api.server.base_url + link, headers={"x-rh-identity": identity(ORG)}, timeout=30))
    assert found == whole and answer["links"]["previous"] is not None


def test_another_organisation_sees_nothing(api):
    query = urllib.parse.quote("group_by[account]=*&filter[time_scope_value]=-2", safe="=&[]*")
    api.server.add_aws_provider("bucket", "nothing", org="org-answers-2")
    assert "9999999999" not in api("costs", query, "org-answers-2").text


# Whatever is asked: the groups of an answer add up to its total, and every way to cut the costs up adds up to the
# same total.

DIMENSIONS = ["account", "service", "region", "az", "product_family", "tag:app", "tag:environment", "aws_category:env"]
WINDOWS = [
    "start_date=2026-10-01&end_date=2026-10-31", "start_date=2026-10-20&end_date=2026-11-12",
    "filter[time_scope_value]=-1&filter[time_scope_units]=month", "filter[time_scope_value]=-2",
    "filter[time_scope_value]=-30&filter[time_scope_units]=day", "filter[time_scope_value]=-90",
]  # fmt: skip
VALUES = ["amazon", "9999", "a", "us-", "EC2", "prod", "1", "Team-2", "storage", "_", "%", "x,y"]
AMOUNTS = [
    (group, name)
    for group in ("infrastructure", "supplementary", "cost")
    for name in ("raw", "markup", "usage", "total")
]


def rows_of(entry: object) -> Iterator[dict]:
    """All rows of an answer, however deep."""
    if isinstance(entry, dict) and "infrastructure" in entry:
        yield entry
    elif isinstance(entry, dict | list):
        for inner in entry.values() if isinstance(entry, dict) else entry:
            yield from rows_of(inner)


def total_of(rows: list[dict]) -> dict:
    sums = {pair: sum((row[pair[0]][pair[1]]["value"] for row in rows), Decimal(0)) for pair in AMOUNTS}
    return {**sums, "usage": sum((row["usage"]["value"] for row in rows if "usage" in row), Decimal(0))}


def told(meta: dict) -> dict:
    total = meta["total"]
    return {
        **{(group, name): Decimal(total[group][name]["value"]) for group, name in AMOUNTS},
        "usage": Decimal(total["usage"]["value"]) if "usage" in total else Decimal(0),
    }


def restrictions() -> st.SearchStrategy[str]:
    one = st.builds(
        lambda section, operator, name, value: f"&{section}[{operator}{name}]={urllib.parse.quote(value)}",
        st.sampled_from(["filter", "exclude"]), st.sampled_from(["", "and:", "or:", "exact:"]),
        st.sampled_from(DIMENSIONS), st.sampled_from(VALUES),
    )  # fmt: skip
    return st.lists(one, max_size=3).map("".join)


def questions() -> st.SearchStrategy[tuple[str, str, list[str], str]]:
    """Report, everything but groups, groups, and how groups are ranked and ordered."""
    resolution = st.sampled_from(["", "&filter[resolution]=daily"])
    cost_type = st.sampled_from(["", *(f"&cost_type={name}" for name in COST_TYPES)])
    return st.tuples(
        st.sampled_from(list(REPORTS)),
        st.builds("{}{}{}{}&limit=0".format, st.sampled_from(WINDOWS), resolution, cost_type, restrictions()),
        st.lists(st.sampled_from(DIMENSIONS), min_size=1, max_size=3, unique=True),
        st.sampled_from(["", "&filter[limit]=1", "&filter[limit]=4", "&order_by[cost]=asc", "&order_by[cost]=desc"]),
    )


@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(question=questions())
def test_groups_add_up_to_the_total(api, rows, question):
    report, query, groups, more = question
    whole = exact(api(report, query))
    cut = exact(api(report, query + more + "".join(f"&group_by[{name}]=*" for name in groups)))
    assert told(cut["meta"]) == told(whole["meta"]) == total_of(list(rows_of(whole["data"])))
    assert total_of(list(rows_of(cut["data"]))) == told(cut["meta"])
    query += more + "".join(f"&group_by[{name}]=*" for name in groups)
    assert cut["data"] == expected(rows, report, query, TODAY)["data"]
