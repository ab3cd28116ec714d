"""Sources: the wizard, health, and what can be done to one."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import pytest
from conftest import AWS_SMALL
from playwright.sync_api import Page, expect
from support.process import make_folder, remove_folder, wait_until
from support.s3 import ACCESS_KEY, SECRET_KEY
from support.server import Server

ORG = "org1234567"


@pytest.fixture(scope="module")
def fresh(s3) -> Iterator[Server]:
    """A server where nothing is configured yet: no source, and no object storage."""
    folder = make_folder()
    kontor = Server(data_dir=folder / "data", KONTOR_POLL_INTERVAL="2", KONTOR_DEFAULT_ORG=ORG).start()
    yield kontor
    kontor.close()
    remove_folder(folder)


def checks(page: Page, question: str):
    return page.locator(".checks li", has=page.locator("b", has_text=question))


def test_first_run_to_costs(fresh, open_page):
    watched = open_page(fresh)
    page = watched.open("/")
    expect(page.get_by_role("heading", name="Know what your clouds cost")).to_be_visible()
    expect(page.locator("ol.steps > li")).to_have_count(3)
    page.get_by_role("button", name="Try it with sample data").click()
    expect(page.get_by_role("heading", name="Sample account")).to_be_visible()
    expect(page.locator(".state-line .status")).to_have_text("Fine", timeout=60_000)
    page.get_by_role("link", name="See the costs").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile(r"^This month to date \$[1-9]"))).to_be_visible()


def test_wizard_adds_a_provider(fresh, s3, open_page):
    s3.upload_folder(AWS_SMALL / "reports", "wizard-data", "reports/")  # one report, whatever else others upload
    watched = open_page(fresh)
    page = watched.open("/sources")
    loads = len([url for url in watched.requests if "/assets/main" in url])
    page.get_by_role("link", name="Add a source").click()
    page.get_by_label("Name", exact=True).fill("From S3")
    page.get_by_label("Bucket", exact=True).fill("wizard-data")
    page.get_by_text("An object storage other than").click()
    page.get_by_label("Endpoint").fill(s3.endpoint)
    page.get_by_label("Keys of its own").check()
    page.get_by_role("textbox", name="Access key").fill(ACCESS_KEY)
    page.get_by_label("Secret key").fill("wrong")
    page.get_by_role("button", name="Look into the bucket").click()
    expect(page.locator(".note-bad")).to_contain_text("The bucket can't be read")
    page.get_by_label("Secret key").fill(SECRET_KEY)
    expect(page.locator(".note-warn")).to_contain_text("The fields have changed since the look")
    page.get_by_role("button", name="Look into the bucket").click()
    expect(page.locator(".note-good")).to_contain_text("Found report “cost-report” with 2 months")
    expect(page.locator("table tbody tr")).to_have_count(2)
    page.get_by_role("button", name="Save the source").click()
    expect(page.get_by_role("heading", name="From S3")).to_be_visible()
    months = page.locator("table tbody tr")
    expect(months.filter(has_text="Oct 2026")).to_contain_text("read", timeout=60_000)
    expect(page.locator(".state-line .status")).to_have_text("Fine", timeout=60_000)
    assert len([url for url in watched.requests if "/assets/main" in url]) == loads, "the page was loaded anew"
    page.get_by_role("link", name="Oct 2026").click()
    expect(page.get_by_role("button", name="Red Hat Enterprise Linux 8")).to_be_visible()
    log = fresh.log()
    assert SECRET_KEY not in log


def test_wizard_without_looking_and_a_taken_name(watched, ui_server):
    page = watched.open("/sources/new")
    page.get_by_label("Name", exact=True).fill("Production account")
    expect(page.get_by_text("There is a source of this name already.")).to_be_visible()
    page.get_by_label("Bucket", exact=True).fill("cost-data")
    expect(page.get_by_role("button", name="Save without looking")).to_be_disabled()


@pytest.fixture
def broken(ui_server) -> Iterator[str]:
    name = f"Broken {uuid.uuid4().hex[:6]}"
    source, _ = ui_server.add_aws_provider("no-such-bucket", "cost-report", "reports", name=name)
    state = f"/sources/{source}"
    wait_until(lambda: ui_server.sources("GET", state).json()["availability_status"] == "unavailable")
    yield source
    ui_server.sources("DELETE", state)


def test_a_problem_is_shown_with_its_remedy_and_mended(broken, watched, ui_server):
    page = watched.open("/sources")
    row = page.get_by_role("row", name=re.compile("Broken"))
    expect(row.locator(".status")).to_have_text("Problem")
    expect(row).to_contain_text("no-such-bucket")
    row.get_by_role("link").click()
    expect(page.get_by_role("heading", name=re.compile(r"Checks: \d problem"))).to_be_visible()
    expect(checks(page, "bucket reachable").locator(".remedy")).to_be_visible()
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Bucket", exact=True).fill("cost-data")
    page.get_by_role("button", name="Look into the bucket").click()
    expect(page.locator(".note-good")).to_contain_text("Found report “cost-report”")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".state-line .status")).to_have_text("Fine", timeout=60_000)
    expect(page.get_by_text("Checks: all is well")).to_be_visible(timeout=20_000)


def test_pause_and_resume(watched, ui_server):
    page = watched.open("/sources")
    row = page.get_by_role("row", name=re.compile("Production account"))
    row.get_by_role("button", name="Pause Production account").click()
    expect(row.locator(".status")).to_have_text("Paused")
    row.get_by_role("button", name="Resume Production account").click()
    expect(row.locator(".status")).to_have_text("Fine")


def test_removal_wants_the_name(watched, ui_server):
    source, _ = ui_server.add_aws_provider("cost-data", "cost-report", "reports", name="To be removed")
    page = watched.open(f"/sources/{source}")
    page.get_by_role("button", name="Remove this source …").click()
    button = page.get_by_role("button", name="Remove for good")
    expect(button).to_be_disabled()
    page.get_by_label("Type its name").fill("To be removed")
    button.click()
    expect(page).to_have_url(re.compile("/sources$"))
    expect(page.get_by_role("row", name=re.compile("To be removed"))).to_have_count(0)
    assert ui_server.sources("GET", f"/sources/{source}").status_code == 404


def test_who_changed_what(watched, ui_server):
    page = watched.open("/activity?resource=applications")
    expect(page.locator("tbody tr").last).to_contain_text("bucket: cost-data")
    page.get_by_label("Of").select_option("sources")
    expect(page).to_have_url(re.compile("resource=sources"))
    expect(page.locator("tbody tr").last).to_contain_text("Production account")


