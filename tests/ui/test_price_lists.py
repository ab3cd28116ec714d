"""Price lists and tag mappings: made, changed and removed on the page, and what the API then has."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from support.server import Server


@pytest.fixture(scope="module")
def kontor(s3) -> Iterator[Server]:
    """A server of this file's own: it changes what tags are."""
    kontor = Server(KONTOR_POLL_INTERVAL="2", KONTOR_DEFAULT_ORG="org1234567", **s3.environment()).start()
    _, provider = kontor.add_aws_provider("cost-data", "cost-report", "reports", name="Production account")
    kontor.wait_for_month(provider)
    kontor.wait_for_month(provider, "2026-11-01")
    yield kontor
    kontor.close()


def lists(kontor: Server) -> list[dict]:
    return kontor.report("price-lists/", **{"limit": "100", "order_by": "name"}).json()["data"]


def told(page: Page, words: str) -> None:
    expect(page.get_by_role("status").filter(has_text=words)).to_be_visible()


def test_price_list_from_making_to_deleting(kontor, open_page):
    watched = open_page(kontor)
    page = watched.open("/cost-models")
    page.get_by_role("link", name="Price lists").click()
    page.get_by_role("link", name="Make one").click()
    save = page.get_by_role("button", name="Save")
    page.get_by_label("Name", exact=True).fill("Own cluster")
    page.get_by_label("From").fill("2026-11")
    page.get_by_label("To", exact=True).fill("2026-10")
    expect(page.get_by_text("Not before the first month")).to_be_visible()
    expect(save).to_be_disabled()
    page.get_by_label("To", exact=True).fill("2027-02")
    page.get_by_role("button", name="Add a rate").click()
    first = page.get_by_role("group", name="Rate 1")
    first.get_by_label("Of", exact=True).select_option("Memory, request (GiB-hours)")
    first.get_by_label("Price in USD").fill("a little")
    expect(first.get_by_text("A price is a number, such as 0.25.")).to_be_visible()
    first.get_by_label("Price in USD").fill("0.5")
    first.get_by_role("button", name="Another price above some usage").click()
    expect(save).to_be_disabled()
    first.get_by_label("Up to").first.fill("100")
    first.get_by_label("Price in USD").last.fill("0,25")
    page.get_by_role("button", name="Add a rate").click()
    second = page.get_by_role("group", name="Rate 2")
    second.get_by_role("button", name="by a tag").click()
    second.get_by_label("Key of the tag").fill("size")
    second.get_by_label("Value of the tag").fill("large")
    second.get_by_label("Price in USD").fill("7")
    second.get_by_label("for all other values").check()
    save.click()
    row = page.get_by_role("row", name=re.compile("Own cluster"))
    expect(row.get_by_role("cell")).to_have_text(["USD", "Nov 2026 – Feb 2027", "2", "none", "on"])
    made = lists(kontor)[0]
    assert (made["effective_start_date"], made["effective_end_date"]) == ("2026-11-01", "2027-02-28")
    rates = made["rates"]
    assert [(t["value"], t["usage"]["usage_start"], t["usage"]["usage_end"]) for t in rates[0]["tiered_rates"]] == [
        (0.5, None, 100), (0.25, 100, None),
    ]  # fmt: skip
    assert (rates[0]["metric"]["name"], rates[0]["cost_type"]) == ("memory_gb_request_per_hour", "Supplementary")
    values = rates[1]["tag_rates"]["tag_values"]
    assert [(v["tag_value"], v["value"], v["default"]) for v in values] == [("large", 7, True)]

    row.get_by_role("link", name="Own cluster").click()
    page.get_by_role("button", name="Remove rate 2").click()
    page.get_by_label("Name", exact=True).fill("Our cluster")
    save.click()
    expect(page.get_by_role("row", name=re.compile("Our cluster"))).to_contain_text("Nov 2026 – Feb 2027")
    assert [(p["name"], p["version"], len(p["rates"])) for p in lists(kontor)] == [("Our cluster", 2, 1)]

    page.get_by_role("link", name="Our cluster").click()
    page.get_by_role("button", name="Duplicate").click()
    expect(page.get_by_role("link", name="Copy of Our cluster")).to_be_visible()
    page.get_by_role("link", name="Copy of Our cluster").click()
    page.get_by_label("Can be given to cost models").uncheck()
    save.click()
    expect(page.get_by_role("row", name=re.compile("Copy of Our cluster")).locator(".status")).to_have_text("off")
    page.get_by_role("link", name="Copy of Our cluster").click()
    expect(page.get_by_text("1 rate. A list that is off stays as it is")).to_be_visible()
    page.get_by_role("button", name="Delete …").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    told(page, "Deleted.")
    expect(page.get_by_role("link", name="Copy of Our cluster")).to_have_count(0)


def test_cost_model_of_openshift_has_price_lists(kontor, open_page):
    watched = open_page(kontor)
    page = watched.open("/cost-models/new")
    page.get_by_label("Name", exact=True).fill("Cluster")
    page.get_by_label("For sources of").select_option("OpenShift")
    page.get_by_label("Our cluster").check()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Cluster", exact=True).click()
    expect(page.get_by_label("For sources of")).to_have_value("OCP")
    expect(page.get_by_label("Our cluster")).to_be_checked()
    page.get_by_label("Description").fill("on our own floor")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("on our own floor")).to_be_visible()
    model = kontor.report("cost-models/").json()["data"][0]
    assert (model["source_type"], [p["name"] for p in model["price_lists"]]) == (
        "OpenShift Container Platform", ["Our cluster"],
    )  # fmt: skip
    page.goto(watched.base_url + f"/price-lists/{model['price_lists'][0]['uuid']}")
    expect(page.get_by_role("button", name="Delete …")).to_be_disabled()
    expect(page.get_by_text("it can be deleted when no cost model uses it")).to_be_visible()
    page.get_by_role("link", name="Cluster", exact=True).click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Cluster")


def test_no_such_price_list(kontor, open_page):
    watched = open_page(kontor)
    watched.allowed.append("404 (Not Found)")
    watched.page.goto(watched.base_url + "/price-lists/00000000-0000-4000-8000-000000000000")
    expect(watched.page.get_by_role("heading", name="There is no such price list")).to_be_visible()


def test_tags_are_mapped_and_read_as_themselves_again(kontor, open_page):
    keys = [k["key"] for k in kontor.report("settings/tags/", limit="100").json()["data"]][:3]
    assert len(keys) == 3
    page = open_page(kontor).open("/settings/mappings")
    expect(page.get_by_role("heading", name="Every tag is read as itself")).to_be_visible()
    children, parent = (page.get_by_role("combobox", name=name) for name in ("Read these tags", "as this one"))
    for key in keys[1:]:  # by keyboard alone
        children.fill(key)
        children.press("Enter")
        expect(page.get_by_role("button", name=f"Not {key}")).to_be_visible()
    expect(page.get_by_role("button", name="Map", exact=True)).to_be_disabled()
    parent.fill(keys[0])
    parent.press("Enter")
    parent.press("Tab")
    expect(page.get_by_role("button", name="Map", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    told(page, f"2 tags read as {keys[0]}.")
    expect(page.get_by_role("row", name=re.compile(f"^{keys[0]}"))).to_contain_text("AWS, 2")

    def mappings() -> list[tuple]:
        data = kontor.report("settings/tags/mappings/").json()["data"]
        return [(m["parent"]["key"], [c["key"] for c in m["children"]]) for m in data]

    assert mappings() == [(keys[0], sorted(keys[1:]))]
    page.get_by_role("button", name=f"Read {keys[1]} as itself").click()
    told(page, f"{keys[1]} is read as itself.")
    assert mappings() == [(keys[0], [keys[2]])]
    page.get_by_role("button", name=f"Read {keys[2]} as itself").click()
    expect(page.get_by_role("heading", name="Every tag is read as itself")).to_be_visible()
    assert mappings() == []
