"""What overview and explorer show is what the reference says."""

from __future__ import annotations

import csv
import json
import re
import shlex
import subprocess
from decimal import ROUND_HALF_UP, Decimal

from conftest import AWS_SMALL
from playwright.sync_api import Locator, Page, expect

REFERENCE = json.loads((AWS_SMALL / "reference-october.json").read_text())
OCTOBER = "/explore?range=last-month"


def money(text: str | Decimal) -> str:
    value = Decimal(text)
    places = Decimal("0.0001") if value and abs(value) < Decimal("0.005") else Decimal("0.01")
    return f"${value.quantize(places, ROUND_HALF_UP):,}"


def table(page: Page) -> dict[str, str]:
    """The explorer's table: the cost of each row, and of the total."""
    expect(page.locator("main table tfoot")).to_be_visible()
    expect(page.locator(".card.stale")).to_have_count(0)
    rows = page.locator("main table tbody tr, main table tfoot tr")
    return {
        rows.nth(i).locator("th").inner_text(): rows.nth(i).locator("td").last.inner_text()
        for i in range(rows.count())
    }


def choose(page: Page, name: str) -> Locator:
    return page.get_by_role("combobox", name=name, exact=True)


def wanted(name: str, kind: str = "unblended") -> dict[str, str]:
    rows = {key or f"No {name}": money(value[kind]) for key, value in REFERENCE[f"by_{name}"].items()}
    return rows | {"Total": money(REFERENCE["total"][kind])}


def test_overview(watched):
    page = watched.open("/")
    figures = {
        f.locator(".figure-label").inner_text(): f.locator(".figure-value").inner_text()
        for f in page.locator(".figure").all()
    }
    assert figures["Last month"] == money(REFERENCE["total"]["unblended"])
    assert len(watched.api_calls()) <= 10, watched.api_calls()
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight"), "it scrolls on a laptop"
    # The month before is what the same days of it come to.
    until = sum(Decimal(v["unblended"]) for day, v in REFERENCE["by_day"].items() if day <= "2026-10-24")
    last_month = page.get_by_role("link", name=re.compile("^Last month"))
    expect(last_month).to_contain_text(money(until))
    last_month.click()
    expect(page).to_have_url(re.compile(r"/explore\?p=aws&range=last-month$"))
    assert table(page)["Total"] == money(REFERENCE["total"]["unblended"])


def test_overview_reads_its_chart_by_keys(watched):
    page = watched.open("/")
    page.get_by_role("group", name=re.compile("^Cost of this month")).focus()
    page.keyboard.press("ArrowRight")
    first = money(REFERENCE["by_day"]["2026-10-01"]["unblended"])
    expect(page.get_by_role("status").filter(has_text="Oct 2026")).to_contain_text(first)
    page.get_by_role("button", name="By day").click()
    expect(page).to_have_url(re.compile("chart=daily"))


def test_explorer_groups(watched):
    page = watched.open(OCTOBER + "&n=0")
    assert table(page) == wanted("service")
    for name, label in (("region", "Region"), ("account", "Account"), ("az", "Availability zone")):
        choose(page, "Group by").select_option(label)
        expect(page.locator("main table thead")).to_contain_text(label)
        shown = table(page)
        rows = wanted(name)
        rows.pop("None", None)  # as the reference calls what has no zone
        shown.pop("No az", None)
        assert shown == rows, name
    choose(page, "Group by").select_option("Service")
    for kind, label in (("amortized", "Amortized"), ("blended", "Blended")):
        choose(page, "Cost").select_option(label)
        expect(page.locator(".chart-head strong")).to_have_text(money(REFERENCE["total"][kind]))
        assert table(page) == wanted("service", kind)


def test_chart_and_table_agree_day_by_day(watched):
    page = watched.open(OCTOBER)
    chart = page.get_by_role("group", name=re.compile("^Cost of Oct 1, 2026"))
    chart.focus()
    for day in ("2026-10-01", "2026-10-02", "2026-10-03"):
        page.keyboard.press("ArrowRight")
        expect(page.locator(".tip-head strong")).to_have_text(money(REFERENCE["by_day"][day]["unblended"]))
    page.keyboard.press("Enter")  # into that day
    expect(page).to_have_url(re.compile("from=2026-10-03&to=2026-10-03"))
    assert table(page)["Total"] == money(REFERENCE["by_day"]["2026-10-03"]["unblended"])


def test_others_are_what_is_left(watched):
    page = watched.open(OCTOBER + "&n=5")
    shown = table(page)
    top = sorted((Decimal(v["unblended"]) for v in REFERENCE["by_service"].values()), reverse=True)
    assert shown[f"Others ({len(top) - 5})"] == money(sum(top[5:]))
    assert len(shown) == 7 and shown["Total"] == money(sum(top))


def test_into_a_row_and_back(watched):
    page = watched.open(OCTOBER)
    page.get_by_role("button", name="AmazonEC2").click()
    expect(page).to_have_url(re.compile(r"f=service%3DAmazonEC2&g=account"))
    inside = table(page)
    assert inside["Total"] == money(REFERENCE["by_service"]["AmazonEC2"]["unblended"])
    pasted = page.url
    page.go_back()
    assert table(page) == wanted("service")
    page.goto("about:blank")
    page.goto(pasted)  # as a colleague would
    assert table(page) == inside
    page.get_by_role("button", name="Remove filter Service is AmazonEC2").click()
    assert table(page) == wanted("account")


def test_filters_by_type_ahead(watched):
    page = watched.open(OCTOBER)
    page.get_by_role("button", name="Filter", exact=True).click()
    box = page.get_by_role("combobox", name="Service value")
    box.fill("rds")
    expect(page.get_by_role("option", name="AmazonRDS")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_have_text("Service is AmazonRDS")
    assert table(page) == {"AmazonRDS": "$168.00", "Total": "$168.00"}
    page.get_by_role("button", name="Filter", exact=True).click()
    choose(page, "How").select_option("is not")
    page.get_by_role("combobox", name="Service value").fill("AmazonRDS")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="No cost matches")).to_be_visible()
    page.get_by_role("button", name="Clear the filters").click()
    assert table(page) == wanted("service")


def test_tags_group_and_filter(watched, ui_server):
    keys = ui_server.report("tags/aws/", key_only="true", start_date="2026-10-01", end_date="2026-10-31").json()["data"]
    assert keys
    page = watched.open(OCTOBER)
    choose(page, "Group by").select_option(f"tag:{keys[0]}")
    shown = table(page)
    assert shown["Total"] == money(REFERENCE["total"]["unblended"]) and len(shown) > 2


def test_compared_with_the_period_before(watched, ui_server):
    page = watched.open("/explore?g=&from=2026-10-11&to=2026-10-15")
    page.get_by_label("Compare with the period before").check()
    expect(page).to_have_url(re.compile("compare=1"))
    days = {int(day[-2:]): Decimal(v["unblended"]) for day, v in REFERENCE["by_day"].items()}
    before, now = (sum(days.get(d, Decimal()) for d in period) for period in (range(6, 11), range(11, 16)))
    expect(page.locator("tfoot td").nth(1)).to_have_text(money(before))
    assert table(page)["Total"] == money(now)


def test_periods_by_keys_and_dates(watched):
    page = watched.open(OCTOBER)
    expect(page.locator("main table tfoot")).to_be_visible()
    page.keyboard.press("[")
    expect(page).to_have_url(re.compile("from=2026-09-01&to=2026-09-30"))
    page.keyboard.press("]")
    expect(page.get_by_label("From")).to_have_value("2026-10-01")
    expect(page.get_by_label("To", exact=True)).to_have_value("2026-10-31")
    choose(page, "Period").select_option("Last month")
    assert table(page) == wanted("service")


def test_csv_is_what_is_seen(watched, ui_server):
    page = watched.open(OCTOBER + "&res=monthly&n=0")
    assert table(page) == wanted("service")
    with page.expect_download() as started:
        page.get_by_role("button", name="CSV").click()
    assert started.value.suggested_filename == "aws_service_2026-10-01_2026-10-31.csv"
    lines = started.value.path().read_text().splitlines()
    head = lines[0].split(",")
    rows = [dict(zip(head, line.split(","), strict=True)) for line in lines[1:]]
    shown = wanted("service")
    shown.pop("Total")
    assert {r["service"]: money(r["cost_total"]) for r in rows} == shown


def test_curl_asks_for_the_same(watched):
    page = watched.open(OCTOBER)
    page.get_by_role("button", name="Copy as curl").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    line = page.evaluate("navigator.clipboard.readText()")
    answer = json.loads(subprocess.run(shlex.split(line), capture_output=True, check=True).stdout, parse_float=Decimal)
    assert answer["meta"]["total"]["cost"]["total"]["value"] == Decimal(REFERENCE["total"]["unblended"])


def test_usage(watched, ui_server):
    page = watched.open(OCTOBER + "&report=storage&res=monthly")
    total = ui_server.report(
        "reports/aws/storage/", start_date="2026-10-01", end_date="2026-10-31", **{"filter[resolution]": "monthly"}
    ).json()["meta"]["total"]["usage"]
    assert table(page)["Total"] == f"{total['value']:,.2f}".rstrip("0").rstrip(".") + f" {total['units']}"


def test_a_fault_says_what_to_do(watched):
    watched.allowed.append("400 (Bad Request)")
    page = watched.open("/explore?from=2020-01-01&to=2020-01-31")
    fault = page.get_by_role("alert")
    expect(fault).to_contain_text("This report can't be shown")
    expect(fault).to_contain_text("must be from 2026-08-01")
    expect(fault.get_by_role("button", name="Try again")).to_be_visible()


def test_focus_is_what_is_seen(watched):
    page = watched.open(OCTOBER + "&f=service%3DAmazonEC2")
    assert table(page)["Total"] == money(REFERENCE["by_service"]["AmazonEC2"]["unblended"])
    with page.expect_download() as started:
        page.get_by_role("button", name="FOCUS").click()
    assert started.value.suggested_filename == "focus_2026-10-01_2026-10-31.csv"
    with started.value.path().open(newline="") as file:
        billed = sum(Decimal(row["BilledCost"]) for row in csv.DictReader(file))
    assert billed == Decimal(REFERENCE["by_service"]["AmazonEC2"]["unblended"])
    page.goto(page.url + "&f=service!AmazonS3")  # what that export can't be told
    expect(page.get_by_role("button", name="FOCUS")).to_be_disabled()
