"""What reports answer to questions that are wrong: status 400 and exactly these bodies."""

from __future__ import annotations

import pytest
import requests
from support.server import identity

ORG = "org-report-errors"
UNSUPPORTED = "Unsupported parameter or invalid value"
NOT_BOTH = {"error": ["The parameters [start_date, end_date] must both be defined."]}
NO_GROUP = {"error": ["filter[limit] and filter[offset] requires a valid group_by param."]}
NEGATIVE_LIMIT = {"filter": {"limit": ["Ensure this value is greater than or equal to 0."]}}
NO_INTEGER = "A valid integer is required."
WRONG_DATE = "Date has wrong format. Use one of these formats instead: YYYY-MM-DD."
BLANK = {"0": ["This field may not be blank."]}
FIRST, LAST = "2026-08-01", "2026-11-25"  # what may be asked for on 2026-11-24, four months kept


def no_choice(word: str) -> str:
    return f'"{word}" is not a valid choice.'


def out_of_range(name: str) -> dict:
    return {name: [f"Parameter {name} must be from {FIRST} to {LAST}"]}


ERRORS: list[tuple[str, object]] = [
    ("foo=1", {"foo": [UNSUPPORTED]}),
    ("format=csv", {"format": [UNSUPPORTED]}),
    ("foo=1&bar=2", {"foo": [UNSUPPORTED], "bar": [UNSUPPORTED]}),
    (
        "filter[foo]=1&group_by[x]=1",
        {"filter": {"foo": [UNSUPPORTED]}, "group_by": {"x": [UNSUPPORTED]}},
    ),
    ("exclude[foo]=1", {"exclude": {"foo": [UNSUPPORTED]}}),
    ("order_by[foo]=asc", {"order_by": {"foo": [UNSUPPORTED]}}),
    ("filter[instance_type]=x", {"filter": {"instance_type": [UNSUPPORTED]}}),
    ("filter[tag:nothing]=x", {"filter": {"tag:nothing": [UNSUPPORTED]}}),
    ("group_by[tag:]=*", {"group_by": {"tag:": [UNSUPPORTED]}}),
    ("group_by[aws_category:nothing]=*", {"group_by": {"aws_category:nothing": [UNSUPPORTED]}}),
    ("filter[resolution]=hourly", {"filter": {"resolution": [no_choice("hourly")]}}),
    ("filter[time_scope_units]=year", {"filter": {"time_scope_units": [no_choice("year")]}}),
    ("filter[time_scope_value]=-7", {"filter": {"time_scope_value": [no_choice("-7")]}}),
    (
        "filter[time_scope_value]=-1&filter[time_scope_units]=day",
        {"filter": {"time_scope_value": ["Valid values are -10, -30, -90 when time_scope_units is day"]}},
    ),
    (
        "filter[time_scope_value]=-10&filter[time_scope_units]=month",
        {"filter": {"time_scope_value": ["Valid values are -1, -2, -3 when time_scope_units is month"]}},
    ),
    (
        "filter[time_scope_value]=-10&filter[time_scope_units]=day&filter[resolution]=monthly",
        {"filter": {"resolution": ["Valid values are daily when time_scope_units is day"]}},
    ),
    ("start_date=2026-10-01", NOT_BOTH),
    ("end_date=2026-10-01", NOT_BOTH),
    (
        "start_date=2026-10-02&end_date=2026-10-01",
        {"error": ["start_date must be a date that is before end_date."]},
    ),
    ("start_date=2026-07-31&end_date=2026-10-01", out_of_range("start_date")),
    ("start_date=2026-10-01&end_date=2026-11-26", out_of_range("end_date")),
    ("start_date=2020-01-01&end_date=2030-01-01", out_of_range("start_date") | out_of_range("end_date")),
    ("start_date=yesterday&end_date=2026-10-01", {"start_date": [WRONG_DATE]}),
    ("start_date=2026-02-30&end_date=2026-10-01", {"start_date": [WRONG_DATE]}),
    ("start_date=2026-10-01&end_date=", {"end_date": [WRONG_DATE]}),
    (
        "start_date=2026-10-01&end_date=2026-10-02&filter[time_scope_value]=-1",
        {
            "error": [
                "The parameters [start_date, end_date] may not be ",
                "used with the filters [time_scope_value, time_scope_units]",
            ]
        },
    ),
    (
        "start_date=2026-10-01&end_date=2026-10-02&delta=cost",
        {"error": ["Delta calculation is not supported with start_date and end_date parameters."]},
    ),
    ("delta=usage", {"delta": {"delta": no_choice("usage")}}),
    ("delta=bad", {"delta": [no_choice("bad")]}),
    ("currency=XXZ", {"currency": ['"XXZ" is not a valid ISO 4217 currency.']}),
    ("currency=MXN", {"currency": ['"MXN" is not an enabled currency.']}),
    ("cost_type=net", {"cost_type": [no_choice("net")]}),
    ("order_by[cost]=up", {"order_by": {"cost": [no_choice("up")]}}),
    ("order_by[delta]=asc", {"order_by": ["Cannot order by delta without a delta param"]}),
    ("order_by[date]=asc", {"order_by": {"date": [WRONG_DATE]}}),
    *(
        (f"order_by[{name}]=asc", {"order_by": {name: f'Order-by "{name}" requires matching Group-by.'}})
        for name in ("account", "account_alias", "service", "region", "product_family")
    ),
    *(
        (f"{section}=1", {section: {"non_field_errors": ["Invalid data. Expected a dictionary, but got str."]}})
        for section in ("filter", "exclude", "group_by", "order_by")
    ),
    ("filter[limit]=-1", NEGATIVE_LIMIT),
    ("filter[offset]=-1", {"filter": {"offset": ["Ensure this value is greater than or equal to 0."]}}),
    ("filter[limit]=x", {"filter": {"limit": [NO_INTEGER]}}),
    ("filter[limit]=1", NO_GROUP),
    ("filter[offset]=1", NO_GROUP),
    ("limit=abc", {"limit": [NO_INTEGER]}),
    ("limit=1.5", {"limit": [NO_INTEGER]}),
    ("offset=abc", {"offset": [NO_INTEGER]}),
    ("category=*", {"error": ["Category may not be used without a group_by project parameter"]}),
    (
        "group_by[account]=*&group_by[service]=*&group_by[region]=*",
        {"group_by": {"group_by": "Cost Management supports a max of 2 group_by options."}},
    ),
    *((f"{section}[account]=", {section: {"account": BLANK}}) for section in ("filter", "exclude", "group_by")),
    ("group_by[account]", {"group_by": {"account": BLANK}}),
    ("filter[account]=a,,b", {"filter": {"account": {"1": ["This field may not be blank."]}}}),
    (
        "filter[exact:org_unit_id]=x",
        {"filter": {"exact:org_unit_id": ["The 'exact:' operator is not supported for the 'org_unit_id' filter."]}},
    ),
    ("filter[account][x]=b", {"filter": {"account": ['Expected a list of items but got type "dict".']}}),
    (
        "order_by[or:account]=asc&group_by[account]=*",
        {"order_by": {"or:account": 'The order_by key "or:account" can not contain the or parameter.'}},
    ),
    (
        "order_by[account]=asc&group_by[and:account]=*",
        {"order_by": {"account": 'Order-by "account" requires matching Group-by.'}},
    ),
    *(
        (
            f"order_by[date]={date}&group_by[account]=*",
            {"order_by": {"date": f"Order-by date must be from {FIRST} to 2026-11-24"}},
        )
        for date in ("2026-07-31", "2026-11-25")
    ),
    *(
        (
            f"group_by[org_unit_id]=a&group_by[{key}]=b",
            {"group_by": {"or_unit_id": "Multiple org_unit_id must be represented with the or: prefix."}},
        )
        for key in ("org_unit_id", "or:org_unit_id")
    ),
    ("category=", {"category": BLANK}),
    ("category=moon", {"category": {"error": "Unsupported category(ies): {'moon'}"}}),
    ("currency=", {"currency": ["This field may not be blank."]}),
    ("currency=USD&currency=EUR", {"currency": ["Not a valid string."]}),
    ("cost_type[a]=x", {"cost_type": [no_choice("{'a': 'x'}")]}),
    ("filter[account]=a, ,b", {"filter": {"account": {"1": ["This field may not be blank."]}}}),
    ("order_by[or:foo]=asc", {"order_by": {"or:foo": [UNSUPPORTED]}}),
    (
        "order_by[and:account]=asc&group_by[account]=*",
        {"order_by": {"and:account": 'Order-by "and:account" requires matching Group-by.'}},
    ),
    (
        "filter[exact:org_unit_id]=x&filter[foo]=1",
        {"filter": {"exact:org_unit_id": ["The 'exact:' operator is not supported for the 'org_unit_id' filter."]}},
    ),
    (
        "start_date=2026-10-01&filter[time_scope_value]=-1",
        {
            "error": [
                "The parameters [start_date, end_date] may not be ",
                "used with the filters [time_scope_value, time_scope_units]",
            ]
        },
    ),
    ("filter[foo]=1&filter=1", {"filter": {"non_field_errors": ["Invalid data. Expected a dictionary, but got str."]}}),
    ("order_by[date]=2026-11-01&group_by[x]=1", {"group_by": {"x": [UNSUPPORTED]}}),
    ("a[b", {"details": "Invalid query parameter format."}),
    ("filter[a]=1&filter[a][b]=2", {"details": "Invalid query parameter format."}),
]


@pytest.mark.parametrize(("query", "body"), ERRORS, ids=[query for query, _ in ERRORS])
def test_costs(server, query, body):
    answer = server.report(f"reports/aws/costs/?{query}", ORG)
    assert (answer.status_code, answer.json()) == (400, body)


def test_faults_stand_in_the_order_in_which_the_original_looks(server):
    query = (
        "order_by[x]=up&group_by[]=1&filter[limit]=x&filter[time_scope_units]=x&filter[resolution]=x&filter[account]="
        "&exclude[x]=1&cost_type=x&delta=x&category=&currency=x&end_date=x&start_date=x&offset=x&limit=x"
    )
    body = server.report(f"reports/aws/costs/?{query}", ORG).json()
    assert list(body) == [
        "limit", "offset", "start_date", "end_date", "currency", "category", "delta", "cost_type",
        "exclude", "filter", "group_by", "order_by",
    ]  # fmt: skip
    assert list(body["filter"]) == ["resolution", "time_scope_units", "limit", "account"]


@pytest.mark.parametrize(
    ("path", "query", "body"),
    [
        ("instance-types", "delta=cost", {"delta": {"delta": no_choice("cost")}}),
        ("storage", "delta=cost_total", {"delta": {"delta": no_choice("cost_total")}}),
        ("storage", "filter[limit]=1", NO_GROUP),
        ("instance-types", "filter[limit]=-1", NEGATIVE_LIMIT),
    ],
)
def test_other_reports(server, path, query, body):
    answer = server.report(f"reports/aws/{path}/?{query}", ORG)
    assert (answer.status_code, answer.json()) == (400, body)


@pytest.mark.parametrize(
    "query", ["offset=-1", "filter[limit]=0", "filter[offset]=0", "order_by[account]=asc&group_by[or:account]=*"]
)
def test_nothing_wrong(server, query):
    assert server.report(f"reports/aws/costs/?{query}", ORG).status_code == 200


def test_the_first_group_by_that_fits(server):
    """Ranking without group_by is refused for costs, not for instance types."""
    assert server.report("reports/aws/instance-types/?filter[limit]=1", ORG).status_code == 200


def test_an_error_as_csv_has_no_body(server):
    answer = requests.get(
        f"{server.base_url}/api/cost-management/v1/reports/aws/costs/?foo=1",
        headers={"x-rh-identity": identity(ORG), "Accept": "text/csv"}, timeout=30,
    )  # fmt: skip
    assert (answer.status_code, answer.content) == (400, b"")
