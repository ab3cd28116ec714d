"""forecasts/aws/costs/: the rest of the month."""

from __future__ import annotations

import json

import pytest
from support.server import Server

ORG = "org-forecast"
PATH = "forecasts/aws/costs/"
COSTS = {  # day of October: cost; 4 and 9 are missing, the 12th is out of all proportion
    1: "10", 2: "11.5", 3: "9.8", 5: "12.2", 6: "13", 7: "12.7", 8: "14.1", 10: "13.9", 11: "15.2", 12: "4000",
}  # fmt: skip


@pytest.fixture(scope="module")
def forecast(s3) -> Server:
    """A server that lives on October 12th, a tenant with eleven days of costs written by hand."""
    server = Server(KONTOR_NOW="2026-10-13T08:00:00Z", **s3.environment()).start()
    _, provider = server.add_aws_provider("cost-data", "no-such-report", "nowhere", org=ORG)
    (schema,) = server.sql(f"SELECT schema_name FROM api_customer WHERE org_id = '{ORG}'")[0]
    for day, cost in COSTS.items():
        server.sql(
            f'INSERT INTO "{schema}".reporting_aws_cost_summary_p (usage_start, usage_end, unblended_cost,'
            " blended_cost, currency_code, source_uuid, cost_entry_bill_id)"
            f" VALUES ('2026-10-{day}', '2026-10-{day}', {cost}, 1, 'USD', '{provider}', 1)"
        )
    yield server
    server.close()


def test_the_line_goes_on(forecast):
    body = forecast.report(PATH, ORG).json()
    assert body["meta"] == {"count": 19, "limit": 100, "offset": 0, "cost_type": "unblended_cost"}
    assert [entry["date"] for entry in body["data"]] == [f"2026-10-{day}" for day in range(13, 32)]
    values = body["data"][0]["values"]
    assert len(values) == 1 and list(values[0]) == ["date", "infrastructure", "supplementary", "cost"]
    cost = values[0]["cost"]
    assert cost == values[0]["infrastructure"]
    # days 11..15 after the first one are 12..16 here: the line was checked by hand for these
    assert cost["total"] == {"value": 15.967, "units": "USD"}
    totals = [entry["values"][0]["cost"]["total"]["value"] for entry in body["data"]]
    assert totals[:4] == [15.967, 16.456, 16.945, 17.434]
    assert body["data"][3]["values"][0]["cost"]["confidence_min"]["value"] == 14.956
    assert body["data"][3]["values"][0]["cost"]["confidence_max"]["value"] == 19.913
    assert cost["rsquared"] == {"value": "0.86715787", "units": None}
    assert cost["pvalues"] == {"value": ["0.00000006", "0.00026266"], "units": None}
    nothing = values[0]["supplementary"]
    assert nothing["total"] == {"value": 0.0, "units": "USD"} and nothing["rsquared"]["value"] == "nan"


def test_a_constant_cost_stays(forecast):
    body = forecast.report(PATH, ORG, cost_type="blended_cost", limit="1").json()
    assert body["meta"]["cost_type"] == "blended_cost" and len(body["data"]) == 1
    cost = body["data"][0]["values"][0]["cost"]
    assert cost["total"]["value"] == cost["confidence_min"]["value"] == cost["confidence_max"]["value"] == 1.0
    assert body["links"]["next"].endswith("cost_type=blended_cost&limit=1&offset=1")


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ({"limit": "0"}, {"limit": ["Ensure this value is greater than or equal to 1."]}),
        ({"limit": "x"}, {"limit": ["A valid integer is required."]}),
        ({"filter[limit]": "1"}, {"filter": ["Unsupported parameter or invalid value"]}),
        ({"foo": "1"}, {"foo": ["Unsupported parameter or invalid value"]}),
        ({"cost_type": "x"}, {"cost_type": ['"x" is not a valid choice.']}),
        ({"currency": "XXX"}, {"currency": ['"XXX" is not a valid ISO 4217 currency.']}),
    ],
)
def test_wrong_parameters(forecast, query, body):
    answer = forecast.report(PATH, ORG, **query)
    assert (answer.status_code, answer.json()) == (400, body)


def test_others_see_nothing(forecast):
    forecast.add_aws_provider("cost-data", "no-such-report", "nowhere", org="org-forecast-2")
    for org in ("org-forecast-2", "org-forecast-3"):
        assert json.loads(forecast.report(PATH, org).text)["data"] == []
