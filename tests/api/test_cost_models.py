"""Cost models: what they may say, and the markup they add to every report."""

from __future__ import annotations

import json
import uuid
from decimal import Decimal

import pytest
import requests
from support.process import wait_until
from support.server import Server, identity

ORG = "org-cost-models"
OTHER = "org-cost-models-2"
NOBODY = "00000000-0000-4000-8000-000000000000"
OCTOBER = {"start_date": "2026-10-01", "end_date": "2026-10-31", "filter[resolution]": "monthly"}


@pytest.fixture(scope="module")
def provider(server: Server) -> str:
    _, provider = server.add_aws_provider("cost-data", "cost-report", "reports", org=ORG, name="marked up")
    server.wait_for_month(provider)
    server.wait_for_month(provider, "2026-11-01")
    return provider


@pytest.fixture(scope="module")
def stranger(server: Server, provider: str) -> str:
    _, stranger = server.add_aws_provider("no-bucket", "cost-report", org=OTHER, name="another's")
    there = f"SELECT count(*) FROM api_provider WHERE uuid = '{stranger}'"
    wait_until(lambda: server.sql(there) == [["1"]], 20, "the tenant")
    return stranger


def call(server: Server, method: str, path: str, body: object = None, org: str = ORG, **more) -> requests.Response:
    return requests.request(
        method, f"{server.base_url}/api/cost-management/v1/{path}", json=body, timeout=30,
        headers={"x-rh-identity": identity(org)}, **more,
    )  # fmt: skip


def model(**more) -> dict:
    return {"name": "Cloud", "description": "a tenth", "source_type": "AWS", **more}


def made(server: Server, **more) -> dict:
    answer = call(server, "POST", "cost-models/", model(**more))
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture(autouse=True)
def tidy(server: Server):
    yield
    for one in call(server, "GET", "cost-models/?limit=1000").json()["data"]:
        assert call(server, "DELETE", f"cost-models/{one['uuid']}/").status_code == 204
    for one in call(server, "GET", "price-lists/?limit=1000").json()["data"]:
        assert call(server, "DELETE", f"price-lists/{one['uuid']}/").status_code == 204
    calculated(server)


def calculated(server: Server) -> None:
    """Until no markup waits to be worked out."""
    jobs = "SELECT count(*) FROM kontor_job WHERE kind = 'cost_model' AND state IN ('queued', 'running')"
    wait_until(lambda: server.sql(jobs) == [["0"]], 30, "the markups")


def costs(server: Server, path: str = "costs/", **query: str) -> list[dict[str, Decimal]]:
    """Raw cost, markup and total of each entry of October, and of all."""
    text = server.report(f"reports/aws/{path}", ORG, **OCTOBER, **query).text
    answer = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    found: list[dict] = [answer["meta"]["total"]["cost"]]

    def walk(entry: object) -> None:
        if isinstance(entry, dict) and "values" in entry:
            found.extend(value["cost"] for value in entry["values"])
        elif isinstance(entry, dict):
            walk(list(entry.values()))
        elif isinstance(entry, list):
            for one in entry:
                walk(one)

    walk(answer["data"])
    return [{name: cost[name]["value"] for name in ("raw", "markup", "total")} for cost in found]


REPORTS = [
    ("costs/", {}),
    ("costs/", {"group_by[account]": "*"}),
    ("costs/", {"group_by[service]": "*"}),
    ("costs/", {"group_by[region]": "*", "group_by[product_family]": "*"}),
    ("costs/", {"group_by[tag:app]": "*"}),
    ("costs/", {"filter[service]": "AmazonRDS"}),
    ("costs/", {"filter[service]": "AmazonVPC"}),
    ("instance-types/", {}),
    ("instance-types/", {"group_by[account]": "*"}),
    ("storage/", {}),
    ("storage/", {"group_by[account]": "*"}),
    ("costs/", {"cost_type": "blended_cost"}),
    ("costs/", {"cost_type": "calculated_amortized_cost", "group_by[service]": "*"}),
    ("costs/", {"cost_type": "savingsplan_effective_cost"}),
]  # fmt: skip


def test_a_markup_is_in_all_reports(server, provider):
    before = [costs(server, path, **query) for path, query in REPORTS]
    assert all(cost["markup"] == 0 for report in before for cost in report)
    one = made(server, markup={"value": "10", "unit": "percent"}, source_uuids=[provider])
    calculated(server)
    after = [costs(server, path, **query) for path, query in REPORTS]
    for was, now in zip(before, after, strict=True):
        assert [cost["raw"] for cost in now] == [cost["raw"] for cost in was]
        for cost in now:
            assert cost["total"] == cost["raw"] + cost["markup"]
            # Rounded a row of the daily summary, of which the sample has 2256 at most.
            assert abs(cost["markup"] - cost["raw"] / 10) <= Decimal("2256e-15")
    whole = {cost[0]["markup"] for cost in (after[0], after[1], after[2], after[3], after[4])}
    assert len(whole) == 1 and whole != {0}, "the same to the last place, whatever it is grouped by"
    assert call(server, "GET", f"cost-models/{one['uuid']}/").json()["recalculation"] == "complete"


def test_a_markup_follows_its_model(server, provider):
    raw = costs(server)[0]["raw"]

    def markup() -> Decimal:
        return costs(server)[0]["markup"]

    one = made(server, markup={"value": "-12.5"}, source_uuids=[provider])
    wait_until(lambda: abs(markup() + raw / 8) < Decimal("1e-11"), 30, "a rebate of an eighth")
    changed = call(server, "PUT", f"cost-models/{one['uuid']}/", model(markup={"value": 20, "unit": "percent"}))
    assert changed.status_code == 200 and [s["uuid"] for s in changed.json()["sources"]] == [provider]
    wait_until(lambda: abs(markup() - raw / 5) < Decimal("1e-11"), 30, "a fifth")
    # A month that is read anew has it at once.
    server.run("download_report", "--provider-uuid", provider, "--bill-date", "2026-10")
    assert abs(markup() - raw / 5) < Decimal("1e-11")
    assert call(server, "PUT", f"cost-models/{one['uuid']}/", model(source_uuids=[])).status_code == 200
    wait_until(lambda: markup() == 0, 30, "none, without a model")
    assert call(server, "PUT", f"cost-models/{one['uuid']}/", model(source_uuids=[provider])).status_code == 200
    wait_until(lambda: markup() != 0, 30, "and again with it")
    assert call(server, "DELETE", f"cost-models/{one['uuid']}/").status_code == 204
    wait_until(lambda: markup() == 0, 30, "none, when it is gone")


def test_machines_have_it_too(server, provider):
    made(server, markup={"value": "10", "unit": "percent"}, source_uuids=[provider])
    calculated(server)
    table = "reporting_awscostentrylineitem_summary_by_ec2_compute_p"
    right = "count(*) FILTER (WHERE markup_cost = round(unblended_cost * 0.1, 15))"
    counts = server.sql(f'SELECT count(*), {right} FROM "{ORG}".{table}')[0]
    assert counts[0] == counts[1] and counts[0] != "0"


def test_a_cost_model_as_it_is_answered(server, provider):
    one = made(server, markup={"value": "10", "unit": "percent"}, source_uuids=[provider])
    source = one["sources"][0]
    assert one == {
        "uuid": str(uuid.UUID(one["uuid"])),
        "name": "Cloud",
        "description": "a tenth",
        "source_type": "Amazon Web Services",
        "created_timestamp": one["created_timestamp"],
        "updated_timestamp": one["created_timestamp"],
        "rates": [],
        "markup": {"value": "10.0000000000", "unit": "percent"},
        "distribution": "cpu",
        "distribution_info": {
            "distribution_type": "cpu", "platform_cost": True, "worker_cost": True,
            "network_unattributed": False, "storage_unattributed": False, "gpu_unallocated": False,
        },
        "currency": "USD",
        "source_uuids": [provider],
        "sources": [{"uuid": provider, "name": "marked up", "last_processed": source["last_processed"]}],
        "price_lists": [],
        "recalculation": one["recalculation"],
    }  # fmt: skip
    assert one["created_timestamp"].startswith("2026-11-24T") and one["recalculation"] in ("pending", "complete")
    audit = f"SELECT operation, changed_by, name FROM \"{ORG}\".cost_model_audit WHERE uuid = '{one['uuid']}'"
    assert server.sql(audit) == [["INSERT", "tester", "Cloud"]]


def fault(source: str, detail: str) -> dict:
    return {"errors": [{"detail": detail, "source": source, "status": 400}]}


RATE = {
    "metric": {"name": "cpu_core_usage_per_hour"},
    "tiered_rates": [{"value": "0.5", "unit": "USD", "usage": {"usage_start": None, "usage_end": None}}],
}


def with_rates(*rates: dict) -> dict:
    return model(source_type="OCP", rates=list(rates))


def tiers(*bounds: tuple) -> dict:
    return {
        "metric": {"name": "cpu_core_usage_per_hour"},
        "tiered_rates": [
            {"value": 1, "unit": "USD", "usage": {"usage_start": low, "usage_end": high}} for low, high in bounds
        ],
    }  # fmt: skip


def tagged(*values: dict, key: str = "app", metric: str = "cpu_core_usage_per_hour") -> dict:
    return {
        "metric": {"name": metric},
        "tag_rates": {"tag_key": key, "tag_values": [{"unit": "USD", "value": 1, **value} for value in values]},
    }


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"source_type": "AWS"}, fault("name", "This field is required.")),
        (model(name=" "), fault("name", "This field may not be blank.")),
        (model(name="x" * 101), fault("name", "Ensure this field has no more than 100 characters.")),
        (model(description="x" * 501), fault("description", "Ensure this field has no more than 500 characters.")),
        ({"name": "a"}, fault("source_type", "This field is required.")),
        (model(source_type="IBM"), fault("source_type", '"IBM" is not a valid choice.')),
        (model(markup={"value": "a lot"}), fault("markup.value", "A valid number is required.")),
        (model(markup={"value": "1", "unit": "USD"}), fault("markup.unit", '"USD" is not a valid choice.')),
        (
            model(markup={"value": "0.12345678901"}),
            fault("markup.value", "Ensure that there are no more than 10 decimal places."),
        ),
        (
            model(markup={"value": "1234567890"}),
            fault("markup.value", "Ensure that there are no more than 9 digits before the decimal point."),
        ),
        (model(markup=[]), fault("markup", "Invalid data. Expected a dictionary, but got list.")),
        (model(currency="XXZ"), fault("currency", '"XXZ" is not a valid ISO 4217 currency.')),
        (model(currency="XAF"), fault("currency", '"XAF" is not an enabled currency.')),
        (model(distribution="disk"), fault("distribution", '"disk" is not a valid choice.')),
        (model(source_uuids=["x"]), fault("source_uuids", "Must be a valid UUID.")),
        (model(source_uuids=[NOBODY]), fault("source_uuids", f"Source {NOBODY} does not exist.")),
        (model(source_uuids="x"), fault("source_uuids", 'Expected a list of items but got type "str".')),
        (model(rates=[RATE]), fault("rates", "Rates are for sources of type OCP only.")),
        (with_rates({**RATE, "metric": {"name": "beer"}}), fault("rates.metric.name", '"beer" is not a valid choice.')),
        (with_rates({"tiered_rates": RATE["tiered_rates"]}), fault("rates.metric", "This field is required.")),
        (with_rates({**RATE, "cost_type": "Other"}), fault("rates.cost_type", '"Other" is not a valid choice.')),
        (
            with_rates({"metric": RATE["metric"]}),
            fault("rates.non_field_errors", "A rate must have either tiered_rates or tag_rates."),
        ),
        (with_rates(tiers((None, 5), (6, None))), fault("rates.tiered_rates", "Tiers must be contiguous.")),
        (
            with_rates(tiers((None, 5), (5, 9))),
            fault("rates.tiered_rates", "The first tier must begin and the last must end with null, no other."),
        ),
        (
            with_rates({**tagged({"tag_value": "a"}), "custom_name": "n"}, {**RATE, "custom_name": "n"}),
            fault("rates.custom_name", 'The name "n" is given twice.'),
        ),
        (
            with_rates(tagged({"tag_value": "a"}, {"tag_value": "a"})),
            fault("rates.tag_rates.tag_values", 'The tag value "a" is given twice.'),
        ),
        (
            with_rates(tagged({"tag_value": "a", "default": True}, {"tag_value": "b", "default": True})),
            fault("rates.tag_rates.tag_values", "Only one tag value can be the default."),
        ),
        (
            with_rates(tagged({"tag_value": "a"}), tagged({"tag_value": "b"})),
            fault("rates.tag_rates", 'The tag key "app" is given twice for this metric and cost type.'),
        ),
        (
            with_rates(tagged({"tag_value": "a", "unit": "EUR"})),
            fault("rates.tag_rates.tag_values.unit", "Rate units must match the currency USD."),
        ),
        (
            with_rates(tagged({"tag_value": "a", "value": -1})),
            fault("rates.tag_rates.tag_values.value", "Ensure this value is greater than or equal to 0."),
        ),
        (
            with_rates({**RATE, "metric": {"name": "project_per_month"}}),
            fault("rates.tiered_rates", "project_per_month can only be a tag rate."),
        ),
        ([], fault("non_field_errors", "Invalid data. Expected a dictionary, but got list.")),
    ],
)  # fmt: skip
def test_wrong_cost_models(server, provider, body, expected):
    answer = call(server, "POST", "cost-models/", body)
    assert (answer.status_code, answer.json()) == (400, expected)
    assert call(server, "GET", "cost-models/").json()["meta"]["count"] == 0


def test_a_source_has_one_model(server, provider):
    one = made(server, source_uuids=[provider])
    answer = call(server, "POST", "cost-models/", model(name="second", source_uuids=[provider]))
    expected = fault("source_uuids", f"Source {provider} is already associated with cost model: {one['uuid']}.")
    assert (answer.status_code, answer.json()) == (400, expected)
    wrong = call(server, "PUT", f"cost-models/{one['uuid']}/", model(source_type="OCP"))
    assert wrong.json() == fault("source_uuids", f"Source {provider} is of type AWS, not OCP.")


def test_the_list_of_models(server, provider):
    first = made(server, name="Beta two", source_uuids=[provider])
    second = made(server, name="Alpha two", description="nothing", currency="EUR", source_type="azure-LOCAL")

    def found(query: str) -> list[str]:
        answer = call(server, "GET", f"cost-models/?{query}")
        assert answer.status_code == 200, answer.text
        return [one["name"] for one in answer.json()["data"]]

    assert second["source_type"] == "Microsoft Azure"
    assert found("") == ["Alpha two", "Beta two"]
    assert found("ordering=-name") == ["Beta two", "Alpha two"]
    assert found("ordering=-name&limit=1&offset=1") == ["Alpha two"]
    assert found("name=TWO,bet") == ["Beta two"]
    assert found("description=noth") == ["Alpha two"]
    assert found("source_type=aws") == ["Beta two"]
    assert found("currency=EUR") == ["Alpha two"]
    assert found(f"uuid={first['uuid']}") == ["Beta two"]
    assert found(f"source_uuid={provider}") == ["Beta two"]
    choices = "currency, description, limit, name, offset, ordering, source_type, source_uuid, uuid"
    for query, expected in (
        ("colour=red", fault("colour", f"Cannot resolve keyword 'colour' into field. Choices are: {choices}")),
        ("uuid=x", fault("uuid", "Enter a valid UUID.")),
        ("currency=XAF", fault("currency", '"XAF" is not an enabled currency.')),
    ):
        answer = call(server, "GET", f"cost-models/?{query}")
        assert (answer.status_code, answer.json()) == (400, expected)


def test_only_what_there_is(server, provider):
    for list_, new, thing in (("cost-models", model(), "CostModel"), ("price-lists", price_list(), "PriceList")):
        for uuid_, detail in ((NOBODY, f"No {thing} matches the given query."), ("no-uuid", "Not found.")):
            missing = {"errors": [{"detail": detail, "source": "detail", "status": 404}]}
            for method, body in (("GET", None), ("PUT", new), ("DELETE", None)):
                answer = call(server, method, f"{list_}/{uuid_}/", body)
                assert (answer.status_code, answer.json()) == (404, missing), (method, list_, uuid_)
    assert call(server, "PATCH", f"cost-models/{NOBODY}/", {}).status_code == 405
    assert call(server, "POST", "cost-models/", model(), org="org-never-seen").status_code == 400
    assert call(server, "GET", "cost-models/", org="org-never-seen").json()["data"] == []
    assert call(server, "DELETE", f"cost-models/{NOBODY}/", org="org-never-seen").status_code == 404


def test_another_organisation_sees_and_changes_nothing(server, provider, stranger):
    one = made(server, markup={"value": "10"}, source_uuids=[provider])
    prices = call(server, "POST", "price-lists/", price_list()).json()
    assert call(server, "GET", "cost-models/", org=OTHER).json()["data"] == []
    assert call(server, "GET", "price-lists/", org=OTHER).json()["data"] == []
    for path, body in ((f"cost-models/{one['uuid']}/", model()), (f"price-lists/{prices['uuid']}/", price_list())):
        for method in ("GET", "PUT", "DELETE"):
            assert call(server, method, path, body, org=OTHER).status_code == 404, (method, path)
    for path in ("affected-cost-models", "rates"):
        assert call(server, "GET", f"price-lists/{prices['uuid']}/{path}/", org=OTHER).status_code == 404
    assert call(server, "POST", f"price-lists/{prices['uuid']}/duplicate/", org=OTHER).status_code == 404
    stolen = call(server, "POST", "cost-models/", model(source_uuids=[provider]), org=OTHER)
    assert stolen.json() == fault("source_uuids", f"Source {provider} does not exist.")
    theirs = call(server, "PUT", f"cost-models/{one['uuid']}/", model(source_uuids=[stranger]))
    assert theirs.json() == fault("source_uuids", f"Source {stranger} does not exist.")


def test_a_source_that_goes_leaves_its_model(server, provider):
    source, gone = server.add_aws_provider("no-bucket", "cost-report", org=ORG, name="goes")
    there = f"SELECT count(*) FROM api_provider WHERE uuid = '{gone}'"
    wait_until(lambda: server.sql(there) == [["1"]], 20, "the provider")
    one = made(server, source_uuids=[gone])
    assert server.sources("DELETE", f"/sources/{source}", ORG).status_code in (202, 204)
    wait_until(lambda: server.sql(there) == [["0"]], 20, "no provider")
    assert call(server, "GET", f"cost-models/{one['uuid']}/").json()["sources"] == []


def price_list(**more) -> dict:
    return {
        "name": "Prices", "effective_start_date": "2026-11-01", "effective_end_date": "2027-12-31",
        "currency": "USD", "rates": [RATE], **more,
    }  # fmt: skip


def test_price_lists(server, provider):
    one = call(server, "POST", "price-lists/", price_list())
    assert one.status_code == 201, one.text
    one = one.json()
    rate = one["rates"][0]
    assert rate == {
        "rate_id": rate["rate_id"],
        "metric": {
            "name": "cpu_core_usage_per_hour", "label_metric": "CPU", "label_measurement": "Usage",
            "label_measurement_unit": "core-hours",
        },
        "cost_type": "Supplementary", "description": "",
        "custom_name": "cpu_core_usage_per_hour-Supplementary",
        "tiered_rates": [
            {"value": 0.5, "unit": "USD", "usage": {"usage_start": None, "usage_end": None, "unit": None}}
        ],
    }  # fmt: skip
    assert (one["version"], one["enabled"], one["assigned_cost_model_count"]) == (1, True, 0)
    path = f"price-lists/{one['uuid']}/"
    assert call(server, "GET", path).json() == one
    renamed = call(server, "PUT", path, {"name": "Other prices", "rates": [RATE]}).json()
    assert (renamed["name"], renamed["version"], renamed["currency"]) == ("Other prices", 1, "USD")
    dearer = {**RATE, "tiered_rates": [{**RATE["tiered_rates"][0], "value": 2}]}
    assert call(server, "PUT", path, {"rates": [dearer]}).json()["version"] == 2
    assert call(server, "PUT", path, {"effective_end_date": "2028-01-31"}).json()["version"] == 3

    cluster = made(server, name="Cluster", source_type="OCP", price_list_uuids=[one["uuid"]])
    assert [(p["name"], p["priority"]) for p in cluster["price_lists"]] == [("Other prices", 1)]
    affected = call(server, "GET", f"{path}affected-cost-models/").json()
    assert affected == [{"uuid": cluster["uuid"], "name": "Cluster", "priority": 1}]
    detail = "The price list is assigned to a cost model; take it away there first."
    assert call(server, "DELETE", path).json() == fault("detail", detail)
    copy = call(server, "POST", f"{path}duplicate/").json()
    assert (copy["name"], copy["version"], copy["assigned_cost_models"]) == ("Copy of Other prices", 1, [])
    assert copy["rates"][0]["rate_id"] != one["rates"][0]["rate_id"]
    rates = call(server, "GET", f"{path}rates/?filter[metric_type]=cpu").json()
    assert [(r["default_rate"], r["metric_type"], r["cost_type"]) for r in rates["data"]] == [
        ("2", "cpu", "Supplementary")
    ]
    assert call(server, "GET", f"{path}rates/?filter[metric_type]=Node").json()["data"] == []
    names = [p["name"] for p in call(server, "GET", "price-lists/?order_by[name]=desc").json()["data"]]
    assert names == ["Other prices", "Copy of Other prices"]
    assert call(server, "GET", f"price-lists/?filter[cost_model]={cluster['uuid']}").json()["meta"]["count"] == 1

    assert call(server, "PUT", path, {"enabled": False}).json()["enabled"] is False
    closed = "A disabled price list can't be changed; enable it first."
    assert call(server, "PUT", path, {"rates": []}).json() == fault("rates", closed)
    disabled = call(server, "POST", "cost-models/", model(source_type="OCP", price_list_uuids=[one["uuid"]]))
    assert disabled.json() == fault("price_list_uuids", f"Price list {one['uuid']} is disabled.")
    assert call(server, "GET", "price-lists/?filter[enabled]=true").json()["meta"]["count"] == 1


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (price_list(name=""), fault("name", "This field may not be blank.")),
        ({"name": "a", "effective_end_date": "2027-12-31"}, fault("effective_start_date", "This field is required.")),
        (
            price_list(effective_start_date="2026-11-02"),
            fault("effective_start_date", "Must be the first day of a month."),
        ),
        (price_list(effective_end_date="2026-11-29"), fault("effective_end_date", "Must be the last day of a month.")),
        (
            price_list(effective_end_date="2026-10-31"),
            fault("effective_end_date", "Must not be before effective_start_date."),
        ),
        (
            price_list(effective_end_date="soon"),
            fault(
                "effective_end_date", "Date has wrong format. Use one of these formats instead: YYYY-MM-DD."
            ),
        ),
        (price_list(enabled="maybe"), fault("enabled", "Must be a valid boolean.")),
        (
            price_list(currency="EUR"),
            fault("rates.tiered_rates.unit", "Rate units must match the currency EUR."),
        ),
    ],
)  # fmt: skip
def test_wrong_price_lists(server, provider, body, expected):
    answer = call(server, "POST", "price-lists/", body)
    assert (answer.status_code, answer.json()) == (400, expected)


def test_rates_of_a_model_are_a_price_list(server, provider):
    one = made(server, name="Cluster", source_type="OCP", rates=[RATE])
    prices = one["price_lists"][0]
    assert (prices["name"], prices["version"]) == ("Cluster prices", 1)
    assert (prices["effective_start_date"], prices["effective_end_date"]) == ("2026-03-01", "2099-12-31")
    changed = call(server, "PUT", f"cost-models/{one['uuid']}/", with_rates(RATE, tagged({"tag_value": "a"})))
    assert [p["version"] for p in changed.json()["price_lists"]] == [2] and len(changed.json()["rates"]) == 2


def test_the_same_prices_are_the_same_version(server, provider):
    one = made(server, name="Cluster", source_type="OCP", rates=[RATE])
    path = f"cost-models/{one['uuid']}/"
    renamed = call(server, "PUT", path, with_rates({**RATE, "custom_name": "CPU", "description": "of all"})).json()
    assert [(r["custom_name"], r["description"]) for r in renamed["rates"]] == [("CPU", "of all")]
    assert renamed["price_lists"][0]["version"] == 1
    prices = f"price-lists/{one['price_lists'][0]['uuid']}/"
    assert call(server, "GET", prices).json()["description"] == "Auto-created from cost model 'Cluster'"
    again = call(server, "PUT", prices, {"rates": [{**RATE, "custom_name": "cores"}]}).json()
    assert (again["version"], again["rates"][0]["custom_name"]) == (1, "cores")


def test_rates_that_nobody_named(server, provider):
    named = {**RATE, "custom_name": "cpu_core_usage_per_hour-Supplementary-2"}
    other = {**RATE, "cost_type": "infrastructure", "custom_name": ""}
    key = "größe" * 10
    long = tagged({"tag_value": "a", "unit": "usd"}, key=key)
    by_tag = tagged({"tag_value": "a"}, metric="node_cost_per_month")
    one = made(server, source_type="OCP", rates=[RATE, RATE, named, other, by_tag, long])
    names = [(rate["custom_name"], rate["cost_type"]) for rate in one["rates"]]
    assert names == [
        ("cpu_core_usage_per_hour-Supplementary", "Supplementary"),
        ("cpu_core_usage_per_hour-Supplementary-3", "Supplementary"),
        ("cpu_core_usage_per_hour-Supplementary-2", "Supplementary"),
        ("cpu_core_usage_per_hour-Infrastructure", "Infrastructure"),
        ("node_cost_per_month-Infrastructure-app", "Infrastructure"),
        (f"cpu_core_usage_per_hour-Supplementary-{key}"[:50], "Supplementary"),
    ]
    assert ["tag_rates" in rate for rate in one["rates"]] == [False, False, False, False, True, True]
    assert ["tiered_rates" in rate for rate in one["rates"]] == [True, True, True, True, False, False]
    assert one["rates"][5]["tag_rates"]["tag_values"][0]["unit"] == "USD"
    # As the list of them shows them.
    path = f"price-lists/{one['price_lists'][0]['uuid']}/rates/"
    rates = call(server, "GET", path).json()
    assert rates["meta"] == {"count": 6, "limit": 6, "offset": 0}
    assert [r["custom_name"] for r in rates["data"]] == sorted(name for name, _ in names)
    shown = {r["custom_name"]: (r["metric_type"], r["default_rate"], "tag_rates" in r) for r in rates["data"]}
    assert shown["cpu_core_usage_per_hour-Supplementary"] == ("cpu", "0.5", False)
    assert shown["node_cost_per_month-Infrastructure-app"] == ("node", None, True)
    assert call(server, "GET", f"{path}?filter[measurement]=us").json()["meta"]["count"] == 5
    assert call(server, "GET", f"{path}?filter[metric_type]=node").json()["meta"]["count"] == 1
    last = call(server, "GET", f"{path}?order_by[name]=desc&limit=1").json()["data"]
    assert [r["custom_name"] for r in last] == ["node_cost_per_month-Infrastructure-app"]
    wrong = call(server, "GET", f"{path}?filter[colour]=red")
    assert wrong.json() == fault("colour", "Unsupported parameter or invalid value")


def test_currencies_in_any_case(server, provider):
    assert made(server, currency="eur")["currency"] == "EUR"
    assert call(server, "GET", "cost-models/?currency=eur").json()["meta"]["count"] == 1
    prices = call(server, "POST", "price-lists/", price_list(currency="usd")).json()
    assert (prices["currency"], prices["rates"][0]["tiered_rates"][0]["unit"]) == ("USD", "USD")


def test_the_distribution_is_told_twice(server, provider):
    one = made(server, source_type="OCP", distribution="memory")
    assert (one["distribution"], one["distribution_info"]["distribution_type"]) == ("memory", "memory")
    path = f"cost-models/{one['uuid']}/"
    info = {"distribution_type": "memory", "worker_cost": False}
    assert call(server, "PUT", path, model(distribution_info=info)).status_code == 200
    after = call(server, "PUT", path, model(distribution="cpu")).json()
    assert (after["distribution"], after["distribution_info"]["distribution_type"]) == ("cpu", "cpu")
    assert after["distribution_info"]["worker_cost"] is False


def test_a_disabled_price_list_may_be_sent_back_as_it_is(server, provider):
    one = call(server, "POST", "price-lists/", price_list(enabled=False)).json()
    path = f"price-lists/{one['uuid']}/"
    after = call(server, "PUT", path, {**one, "name": "Old prices"})
    assert after.status_code == 200, after.text
    assert (after.json()["name"], after.json()["version"]) == ("Old prices", 1)
    closed = "A disabled price list can't be changed; enable it first."
    dearer = {**RATE, "tiered_rates": [{**RATE["tiered_rates"][0], "value": 2}]}
    assert call(server, "PUT", path, {**one, "rates": [dearer]}).json() == fault("rates", closed)
    later = {**one, "effective_start_date": "2026-12-01"}
    assert call(server, "PUT", path, later).json() == fault("effective_start_date", closed)


def test_metrics(server):
    answer = call(server, "GET", "metrics/?limit=1000").json()
    assert answer["meta"] == {"count": 21, "limit": 21, "offset": 0}
    assert answer["data"][0] == {
        "source_type": "OpenShift Container Platform", "metric": "cpu_core_usage_per_hour", "label_metric": "CPU",
        "label_measurement": "Usage", "label_measurement_unit": "core-hours", "default_cost_type": "Supplementary",
    }  # fmt: skip
    assert call(server, "GET", "metrics/?source_type=AWS").json()["data"] == []
    assert call(server, "GET", "metrics/?source_type=x").status_code == 400
