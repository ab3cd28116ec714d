"""Currencies: which are enabled, what they are worth, and reports in another one."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
from collections.abc import Iterator
from csv import reader
from decimal import Decimal

import pytest
import requests
from support.process import make_folder, remove_folder, wait_until
from support.reports import write_csv
from support.s3 import S3Server
from support.server import Server, identity

ORG = "org-currencies"
OTHER = "org-currencies-2"
NOBODY = "00000000-0000-4000-8000-000000000000"
OCTOBER = {"start_date": "2026-10-01", "end_date": "2026-10-31", "filter[resolution]": "monthly"}
BOTH = {"start_date": "2026-10-01", "end_date": "2026-11-24", "filter[resolution]": "monthly"}
RATES = "settings/currency/static-rates/"


LINES = [
    ("2026-10-05", "111111111111", "AmazonEC2", "m5.large", "USD", "100.1"),
    ("2026-10-06", "222222222222", "AmazonRDS", "", "USD", "0.123456789"),
    ("2026-10-07", "222222222222", "AmazonS3", "", "GBP", "8"),
    ("2026-11-02", "111111111111", "AmazonEC2", "m5.large", "USD", "20"),
    ("2026-11-20", "222222222222", "AmazonS3", "", "USD", "7.5"),
]
DOLLARS = [Decimal("100.223456789"), Decimal("27.5")]


@pytest.fixture(scope="module")
def provider(server: Server, s3: S3Server) -> Iterator[str]:
    """A provider that was billed in dollars, and in October eight pounds."""
    folder = make_folder()
    for month, period in (("2026-10", "20261001-20261101"), ("2026-11", "20261101-20261201")):
        report = folder / "cost-report" / period / "report.csv"
        report.parent.mkdir(parents=True)
        report.write_bytes(
            write_csv([
                {
                    "bill/PayerAccountId": "111111111111", "lineItem/UsageStartDate": f"{day}T00:00:00Z",
                    "lineItem/LineItemType": "Usage", "lineItem/UsageAccountId": account,
                    "lineItem/ProductCode": service, "lineItem/CurrencyCode": currency,
                    "lineItem/UnblendedCost": cost, "lineItem/BlendedCost": cost, "lineItem/UsageAmount": "1",
                    "product/instanceType": machine, "product/region": "eu-west-1", "pricing/unit": "Hrs",
                }
                for day, account, service, machine, currency, cost in LINES if day.startswith(month)
            ])
        )  # fmt: skip
    s3.upload_folder(folder, "two-currencies")
    _, provider = server.add_aws_provider("two-currencies", "cost-report", org=ORG, name="dollars")
    server.wait_for_month(provider)
    server.wait_for_month(provider, "2026-11-01")
    yield provider
    remove_folder(folder)


def call(server: Server, method: str, path: str, body: object = None, org: str = ORG) -> requests.Response:
    return requests.request(
        method, f"{server.base_url}/api/cost-management/v1/{path}", json=body, timeout=30,
        headers={"x-rh-identity": identity(org)},
    )  # fmt: skip


def fault(source: str, detail: str) -> dict:
    return {"errors": [{"detail": detail, "source": source, "status": 400}]}


def rate(base: str = "USD", target: str = "EUR", value: object = "0.9", **more) -> dict:
    return {
        "base_currency": base, "target_currency": target, "exchange_rate": value,
        "start_date": "2026-11-01", "end_date": "2026-12-31", **more,
    }  # fmt: skip


@contextlib.contextmanager
def static_rate(server: Server, **more) -> Iterator[dict]:
    answer = call(server, "POST", RATES, rate(**more))
    assert answer.status_code == 201, answer.text
    yield answer.json()
    assert call(server, "DELETE", f"{RATES}{answer.json()['uuid']}/").status_code == 204


def months(server: Server, path: str = "reports/aws/costs/", **query: str) -> tuple[str, list[Decimal]]:
    """The currency, and the cost of each month and of all."""
    text = server.report(path, ORG, **{**BOTH, **query}).text
    answer = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    total = answer["meta"]["total"]["cost"]["total"]
    values = [day["values"][0]["cost"]["total"]["value"] for day in answer["data"] if "values" in day]
    return total["units"], [*values, total["value"]]


def test_reports_in_another_currency(server, provider):
    with static_rate(server, value=0.9), static_rate(server, base="GBP", value="1.15"):
        # October has no rates of its own and takes the next later ones.
        euros = [DOLLARS[0] * Decimal("0.9") + 8 * Decimal("1.15"), DOLLARS[1] * Decimal("0.9")]
        assert months(server, currency="eur") == ("EUR", [*euros, sum(euros)])
        for group in ("account", "service", "region"):
            text = server.report("reports/aws/costs/", ORG, **BOTH, currency="EUR", **{f"group_by[{group}]": "*"}).text
            total = json.loads(text, parse_float=Decimal)["meta"]["total"]["cost"]["total"]
            assert total == {"value": sum(euros), "units": "EUR"}
        machines = months(server, "reports/aws/instance-types/", currency="EUR")[1][-1]
        assert machines == Decimal("120.1") * Decimal("0.9")
        delta = server.report("reports/aws/costs/", ORG, currency="EUR", delta="cost", **{
            "filter[time_scope_units]": "month", "filter[time_scope_value]": "-1", "filter[resolution]": "monthly",
        })  # fmt: skip
        answer = json.loads(delta.text, parse_float=Decimal)
        assert answer["meta"]["delta"]["value"] == euros[1] - euros[0]
        forecast = server.report("forecasts/aws/costs/", ORG, currency="EUR")
        assert forecast.status_code == 200, forecast.text
        csv = requests.get(
            f"{server.base_url}/api/cost-management/v1/reports/aws/costs/", timeout=30,
            params={**BOTH, "currency": "EUR", "limit": "0"},
            headers={"x-rh-identity": identity(ORG), "Accept": "text/csv"},
        )  # fmt: skip
        rows = list(reader(csv.text.splitlines()))
        column = rows[0].index("cost_total")
        assert [Decimal(row[column]) for row in rows[1:]] == euros[::-1]
        # October's rows are of two currencies, November's of one.
        shown = [rows[0].index(name) for name in ("date", "base_currency", "exchange_rate", "cost_units")]
        assert [[row[i] for i in shown] for row in rows[1:]] == [
            ["2026-11", "USD", "0.9", "EUR"], ["2026-10", "", "", "EUR"],
        ]  # fmt: skip


def test_every_month_has_its_rate(server, provider):
    frozen = f"INSERT INTO \"{ORG}\".frozen_exchange_rate VALUES ('USD', 'EUR', '2026-10-01', 0.8)"
    server.sql(frozen)
    try:
        with static_rate(server, value="0.9") as made, static_rate(server, base="EUR", target="GBP", value="0.5"):
            expected = [DOLLARS[0] * Decimal("0.8") + 16, DOLLARS[1] * Decimal("0.9")]
            assert months(server, currency="EUR")[1] == [*expected, sum(expected)]
            assert list(made) == [
                "uuid", "name", "base_currency", "target_currency", "exchange_rate", "start_date", "end_date",
                "created_timestamp", "updated_timestamp",
            ]  # fmt: skip
            assert made["name"] == "USD-EUR"
            assert call(server, "PUT", f"{RATES}{made['uuid']}/", {"exchange_rate": 2}).json()["exchange_rate"] == 2
            expected[1] = DOLLARS[1] * 2
            assert months(server, currency="EUR")[1] == [*expected, sum(expected)]
    finally:
        server.sql(f'DELETE FROM "{ORG}".frozen_exchange_rate')


def test_a_missing_rate(server, provider):
    remedy = "Ask your administrator to configure static exchange rates or enable dynamic exchange rates."
    answer = server.report("reports/aws/costs/", ORG, currency="CHF", **BOTH)
    detail = f"No exchange rate available for GBP -> CHF for 2026-10-01 to 2026-10-01. {remedy}"
    assert (answer.status_code, answer.json()) == (400, fault("currency", detail))
    with static_rate(server, base="GBP", target="CHF", value="1.2"):
        answer = server.report("reports/aws/costs/", ORG, currency="CHF", **BOTH)
        detail = f"No exchange rate available for USD -> CHF for 2026-10-01 to 2026-11-01. {remedy}"
        assert (answer.status_code, answer.json()) == (400, fault("currency", detail))
        frozen = f"INSERT INTO \"{ORG}\".frozen_exchange_rate VALUES ('USD', 'CHF', '2026-10-01', 1)"
        server.sql(frozen)
        answer = server.report("reports/aws/costs/", ORG, currency="CHF", **BOTH)
        assert answer.json() == fault("currency", "Exchange rate missing for USD -> CHF for months: 2026-11-01.")
        server.sql(f'DELETE FROM "{ORG}".frozen_exchange_rate')
    forecast = server.report("forecasts/aws/costs/", ORG, currency="CHF")
    assert forecast.status_code == 400 and forecast.json()["errors"][0]["source"] == "currency"
    assert server.report("reports/aws/costs/", ORG, currency="XXZ").json() == {
        "currency": ['"XXZ" is not a valid ISO 4217 currency.']
    }
    assert server.report("reports/aws/costs/", ORG, currency="PLN").json() == {
        "currency": ['"PLN" is not an enabled currency.']
    }
    csv = requests.get(
        f"{server.base_url}/api/cost-management/v1/reports/aws/costs/", timeout=30,
        params={**BOTH, "currency": "CHF"}, headers={"x-rh-identity": identity(ORG), "Accept": "text/csv"},
    )  # fmt: skip
    assert (csv.status_code, csv.text) == (400, "")


def test_the_currency_of_the_account(server, provider):
    with static_rate(server, value="1.5"), static_rate(server, base="GBP", value="2"):
        euros = [DOLLARS[0] * Decimal("1.5") + 16, DOLLARS[1] * Decimal("1.5")]
        assert call(server, "PUT", "account-settings/currency/", {"currency": "EUR"}).status_code == 204
        try:
            assert months(server) == ("EUR", [*euros, sum(euros)])
        finally:
            assert call(server, "PUT", "account-settings/currency/", {"currency": "USD"}).status_code == 204
    wrong = call(server, "PUT", "account-settings/currency/", {"currency": "PLN"})
    assert wrong.json() == fault("currency", '"PLN" is not an enabled currency.')


def test_enabled_currencies(server, provider):
    listed = call(server, "GET", "currency/?limit=100").json()
    codes = [currency["code"] for currency in listed["data"]]
    assert codes == sorted(codes) and len(codes) == 23 and listed["meta"] == {"count": 23, "limit": 23, "offset": 0}
    assert listed["data"][codes.index("EUR")] == {
        "code": "EUR", "name": "Euro", "symbol": "€", "description": "EUR (€) - Euro",
    }  # fmt: skip
    enabled = call(server, "POST", "settings/currency/enabled/pln/")
    assert enabled.status_code == 200 and enabled.json()["code"] == "PLN"
    assert server.report("reports/aws/costs/", ORG, **BOTH, currency="PLN").json()["errors"][0]["source"] == "currency"
    found = call(server, "GET", "settings/currency/?filter[currency]=zloty,PL").json()["data"]
    names = ("code", "enabled", "is_disableable", "has_dynamic_rate", "static_rates")
    assert [[currency[name] for name in names] for currency in found] == [["PLN", True, True, False, []]]
    assert call(server, "DELETE", "settings/currency/enabled/PLN/").status_code == 204
    every = call(server, "GET", "settings/currency/?limit=1000").json()["data"]
    assert [c["code"] for c in every if c["enabled"]] == codes and [c["enabled"] for c in every[:23]] == [True] * 23
    assert call(server, "GET", "settings/currency/?filter[enabled]=true&limit=1").json()["meta"]["count"] == 23
    assert call(server, "GET", "settings/currency/?filter[enabled]=x").status_code == 400
    with static_rate(server, value="0.25") as made:
        euro = call(server, "GET", "settings/currency/?filter[currency]=USD").json()["data"][0]
        assert euro["static_rates"] == [{**made}] and made["exchange_rate"] == 0.25


def test_currencies_in_use_stay(server, provider):
    answer = call(server, "DELETE", "settings/currency/enabled/USD/")
    assert answer.status_code == 400
    assert answer.json() == {
        **fault(
            "currency",
            "Cannot disable USD because it is the system default currency; it is the account default currency; it is"
            " currently used by 1 cloud provider source(s).",
        ),
        "affected_cloud_providers": [{"uuid": provider, "name": "dollars", "type": "AWS"}],
        "affected_cost_models": [],
        "affected_price_lists": [],
    }
    model = {"name": "In francs", "source_type": "AWS", "currency": "CHF"}
    made = call(server, "POST", "cost-models/", model).json()
    answer = call(server, "DELETE", "settings/currency/enabled/CHF/").json()
    assert answer["errors"][0]["detail"] == "Cannot disable CHF because it is used by 1 cost model(s)."
    assert answer["affected_cost_models"] == [{"uuid": made["uuid"], "name": "In francs"}]
    assert call(server, "DELETE", f"cost-models/{made['uuid']}/").status_code == 204
    assert call(server, "POST", "settings/currency/enabled/XXZ/").json() == fault(
        "code", "Invalid ISO 4217 currency code: XXZ"
    )
    assert call(server, "DELETE", "settings/currency/enabled/MXN/").status_code == 204  # is not enabled anyway


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [("base_currency", "This field is required."), ("target_currency", "This field is required."),
              ("exchange_rate", "This field is required."), ("start_date", "This field is required."),
              ("end_date", "This field is required.")]),
        (rate(base="EUR"), [("non_field_errors", "Base currency and target currency must be different.")]),
        (rate(base="XXZ"), [("base_currency", '"XXZ" is not a valid ISO 4217 currency.')]),
        (rate(value=0), [("exchange_rate", "Exchange rate must be strictly positive.")]),
        (rate(value="0.1234567890123456"),
         [("exchange_rate", "Ensure that there are no more than 15 decimal places.")]),
        (rate(start_date="2026-11-02"), [("start_date", "start_date must be the first day of a month.")]),
        (rate(end_date="2026-12-30"), [("end_date", "end_date must be the last day of a month.")]),
        (rate(start_date="2027-02-01"), [("non_field_errors", "End date must be on or after start date.")]),
        (rate(start_date="2026-10-01"), [("non_field_errors", "Start date cannot be in a past month.")]),
        (rate(start_date="1 May"),
         [("start_date", "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.")]),
    ],
)  # fmt: skip
def test_wrong_rates(server, provider, body, expected):
    answer = call(server, "POST", RATES, body)
    assert answer.status_code == 400
    assert [(e["source"], e["detail"]) for e in answer.json()["errors"]] == expected


def test_rates_over_time(server, provider):
    with static_rate(server) as made:
        path = f"{RATES}{made['uuid']}/"
        overlap = "Overlaps with existing rate USD-EUR (2026-11-01 to 2026-12-31)."
        assert call(server, "POST", RATES, rate(start_date="2026-12-01")).json() == fault("non_field_errors", overlap)
        same = "The fields base_currency, target_currency, start_date, end_date must make a unique set."
        assert call(server, "POST", RATES, rate()).json() == fault("non_field_errors", same)
        fixed = "Base currency cannot be modified. Delete and recreate the exchange rate instead."
        assert call(server, "PUT", path, {"base_currency": "GBP"}).json() == fault("non_field_errors", fixed)
        assert call(server, "PUT", path, {"end_date": "2027-01-31"}).json()["end_date"] == "2027-01-31"
        began = f"UPDATE \"{ORG}\".static_exchange_rate SET start_date = '2026-09-01'"
        server.sql(began)
        assert call(server, "PUT", path, {"start_date": "2026-11-01"}).json() == fault(
            "non_field_errors",
            "Start date cannot be changed because this rate has finalized months. Shrink the end_date instead, then"
            " create a new rate for the remaining period.",
        )
        assert call(server, "PUT", path, {"end_date": "2026-09-30"}).json() == fault(
            "non_field_errors",
            "End date cannot be earlier than the previous month when shrinking a finalized rate.",
        )
        assert call(server, "DELETE", path).json() == fault(None, "Rates with finalized months cannot be deleted.")
        assert call(server, "PUT", path, {"exchange_rate": "0.95"}).json()["exchange_rate"] == 0.95
        with static_rate(server, base="GBP", value="1"):
            expected = [DOLLARS[0] * Decimal("0.9") + 8, DOLLARS[1] * Decimal("0.95")]
            assert months(server, currency="EUR")[1] == [*expected, sum(expected)], "October keeps its rate"
        assert call(server, "PUT", path, {"end_date": "2026-10-31"}).status_code == 200
        assert call(server, "PUT", path, {"exchange_rate": 3}).json() == fault(
            "non_field_errors",
            "This rate ended on 2026-10-31 and all its months have been finalized. To set a new rate, create a new"
            " record starting from the current month.",
        )
        server.sql(f"UPDATE \"{ORG}\".static_exchange_rate SET start_date = '2026-11-01', end_date = '2026-11-30'")
        server.sql(f'DELETE FROM "{ORG}".frozen_exchange_rate')


def test_exchange_rates(server, provider):
    answer = call(server, "GET", "exchange-rates/")
    assert (answer.status_code, answer.json()) == (404, {"detail": "No exchange rates are available."})
    with static_rate(server, value="0.8"):
        assert call(server, "GET", "exchange-rates/").json() == {
            "EUR": {"EUR": 1, "USD": 1.25}, "USD": {"EUR": 0.8, "USD": 1},
        }  # fmt: skip


def test_another_organisation_sees_and_changes_nothing(server, provider):
    _, stranger = server.add_aws_provider("no-bucket", "cost-report", org=OTHER, name="another's")
    wait_until(lambda: server.sql(f"SELECT 1 FROM api_provider WHERE uuid = '{stranger}'"), 20, "the tenant")
    with static_rate(server) as made:
        assert call(server, "GET", "exchange-rates/", org=OTHER).status_code == 404
        settings = call(server, "GET", "settings/currency/?filter[currency]=USD", org=OTHER).json()["data"][0]
        assert settings["static_rates"] == []
        for method in ("PUT", "DELETE"):
            answer = call(server, method, f"{RATES}{made['uuid']}/", {}, org=OTHER)
            missing = fault("detail", "No StaticExchangeRate matches the given query.")
            missing["errors"][0]["status"] = 404
            assert (answer.status_code, answer.json()) == (404, missing)
        assert call(server, "POST", "settings/currency/enabled/PLN/", org=OTHER).status_code == 200
        assert len(call(server, "GET", "currency/?limit=100").json()["data"]) == 23
        assert (
            call(server, "PUT", "account-settings/data-retention/", {"data_retention_months": 12}, OTHER).status_code
            == 204
        )
        assert call(server, "GET", "account-settings/data-retention/").json()["data_retention_months"] == 4
    missing = call(server, "POST", RATES, rate(), org="org-never-seen")
    assert missing.status_code == 400
    assert call(server, "GET", "currency/?limit=100", org="org-never-seen").json()["meta"]["count"] == 23
    assert call(server, "GET", "settings/currency/", org="org-never-seen").json()["data"][0]["enabled"]


def test_data_retention(server, provider):
    path = "account-settings/data-retention/"
    shown = {
        "data_retention_months": 4, "env_override": False, "min_retention_months": 3, "max_retention_months": 120,
    }  # fmt: skip
    assert call(server, "GET", path).json() == {**shown, "data": shown}
    early = {"start_date": "2026-07-01", "end_date": "2026-07-31"}
    assert server.report("reports/aws/costs/", ORG, **early).json() == {
        "start_date": ["Parameter start_date must be from 2026-08-01 to 2026-11-25"],
        "end_date": ["Parameter end_date must be from 2026-08-01 to 2026-11-25"],
    }
    assert call(server, "PUT", path, {"data_retention_months": 5}).status_code == 204
    try:
        assert call(server, "GET", path).json()["data"]["data_retention_months"] == 5
        assert server.report("reports/aws/costs/", ORG, **early).status_code == 200
    finally:
        assert call(server, "PUT", path, {"data_retention_months": 4}).status_code == 204
    for value, detail in (
        (2, "Ensure this value is greater than or equal to 3."),
        (121, "Ensure this value is less than or equal to 120."),
        ("x", "A valid integer is required."),
    ):
        answer = call(server, "PUT", path, {"data_retention_months": value})
        assert (answer.status_code, answer.json()) == (400, fault("data_retention_months", detail))


class RateService(http.server.BaseHTTPRequestHandler):
    body = b""

    def do_GET(self) -> None:
        self.send_response(200 if self.body else 503)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def rate_service() -> Iterator[str]:
    service = http.server.HTTPServer(("127.0.0.1", 0), RateService)
    threading.Thread(target=service.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{service.server_port}/latest"
    service.shutdown()
    service.server_close()


def test_rates_that_are_fetched(make_server, rate_service):
    RateService.body = json.dumps(
        {"rates": {"USD": 1, "EUR": 0.8, "GBP": 0.5, "XYZ": 7, "CHF": 0, "JPY": "x"}}
    ).encode()
    kontor = make_server(KONTOR_EXCHANGE_RATES_URL=rate_service, KONTOR_RETENTION_MONTHS="6").start()
    wait_until(
        lambda: kontor.sql("SELECT 1 FROM monthly_exchange_rate"), 30, f"the rates; log:\n{kontor.log()[-2000:]}"
    )
    rows = kontor.sql("SELECT effective_date, currency, trim_scale(rate) FROM monthly_exchange_rate ORDER BY 2")
    assert rows == [["2026-11-01", "EUR", "0.8"], ["2026-11-01", "GBP", "0.5"], ["2026-11-01", "USD", "1"]]
    pounds = "currency_exchange_dictionary->'EUR'->'GBP'->>'value'"
    assert kontor.sql(f"SELECT {pounds} FROM api_exchangeratedictionary") == [["0.625"]]
    _, provider = kontor.add_aws_provider("no-bucket", "cost-report", org=ORG)
    wait_until(lambda: kontor.sql(f"SELECT 1 FROM api_provider WHERE uuid = '{provider}'"), 20, "the tenant")
    assert call(kontor, "GET", "exchange-rates/").json() == {
        "EUR": {"EUR": 1, "GBP": 0.625, "USD": 1.25}, "GBP": {"EUR": 1.6, "GBP": 1, "USD": 2},
        "USD": {"EUR": 0.8, "GBP": 0.5, "USD": 1},
    }  # fmt: skip
    euro = call(kontor, "GET", "settings/currency/?filter[currency]=EUR").json()["data"][0]
    assert euro["has_dynamic_rate"]
    # What is set comes before what is fetched, for its pair alone.
    assert call(kontor, "POST", RATES, rate(value="0.9")).status_code == 201
    now = call(kontor, "GET", "exchange-rates/").json()
    assert (now["USD"]["EUR"], now["EUR"]["USD"], now["USD"]["GBP"]) == (0.9, 1.25, 0.5)
    # The configuration says how long data are kept: the organisation may not.
    path = "account-settings/data-retention/"
    assert call(kontor, "GET", path).json()["env_override"]
    refused = call(kontor, "PUT", path, {"data_retention_months": 12})
    assert refused.status_code == 403 and "retention-months is set to 6" in refused.json()["error"]


def test_a_service_that_is_away(make_server, rate_service):
    RateService.body = b""
    kontor = make_server(KONTOR_EXCHANGE_RATES_URL=rate_service).start()
    wait_until(lambda: "no new exchange rates, the last ones stay" in kontor.log(), 30, "a word in the log")
    assert kontor.sql("SELECT count(*) FROM monthly_exchange_rate") == [["0"]]
