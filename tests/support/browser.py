"""A real browser over real servers."""

from __future__ import annotations

import os
import pathlib
import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
import requests

from .process import ROOT
from .s3 import S3Server
from .server import Server

if TYPE_CHECKING:  # the other suites do without it
    from playwright.sync_api import Browser, BrowserContext, Page

ORG = "org1234567"
AXE = ROOT / "ui" / "node_modules" / "axe-core" / "axe.min.js"
# As root Chromium wants no sandbox; the rest keeps it from calling home.
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def chromium() -> str | None:
    named = os.environ.get("KONTOR_CHROMIUM")
    return named or shutil.which("chromium") or shutil.which("chromium-browser")


class Watched:
    """A page of the interface, with all that went over the wire and wrong while it was open."""

    def __init__(self, context: BrowserContext, base_url: str) -> None:
        self.page: Page = context.new_page()
        self.base_url = base_url
        self.requests: list[str] = []
        self.faults: list[str] = []
        self.allowed: list[str] = []  # hosts besides the server's own; parts of faults that are meant
        self.page.on("request", lambda r: self.requests.append(r.url))
        self.page.on("console", self.hear)
        self.page.on("pageerror", lambda e: self.faults.append(f"page error: {e}"))
        self.page.set_default_timeout(20_000)

    def hear(self, message) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"console {message.type}: {message.text} ({message.location.get('url')})")

    def open(self, path: str) -> Page:
        self.page.goto(self.base_url + path)
        self.page.wait_for_load_state("networkidle")
        self.page.wait_for_selector("main")
        self.page.locator(".skeleton").first.wait_for(state="detached")
        return self.page

    def api_calls(self) -> list[str]:
        return [url for url in self.requests if "/api/" in url]

    def check(self) -> None:
        foreign = [
            url
            for url in self.requests
            if not url.startswith((self.base_url, "blob:", "data:")) and not any(a in url for a in self.allowed)
        ]
        assert foreign == []
        assert [fault for fault in self.faults if not any(a in fault for a in self.allowed)] == []


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=20_000)  # a machine may have other work
    program = chromium()
    if program is None:
        pytest.fail("there is no chromium: run scripts/setup-tests.sh")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def ui_server(s3: S3Server) -> Iterator[Server]:
    """A server as on a laptop, with the sample month of a source that is read."""
    kontor = Server(KONTOR_POLL_INTERVAL="2", KONTOR_DEFAULT_ORG=ORG, **s3.environment()).start()
    if "built without its web interface" in requests.get(kontor.base_url, timeout=10).text:
        pytest.fail("kontor was built without its interface: scripts/setup-ui.sh, then build again")
    _, provider = kontor.add_aws_provider("cost-data", "cost-report", "reports", name="Production account")
    kontor.wait_for_month(provider)
    kontor.wait_for_month(provider, "2026-11-01")
    yield kontor
    kontor.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Watched]]:
    """open_page(server, width=…, theme=…): a new browser's page; nothing may go wrong on it."""
    contexts: list[BrowserContext] = []
    pages: list[Watched] = []

    def make(server: Server, width: int = 1440, height: int = 900, theme: str = "light") -> Watched:
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme, locale="en-US",
            reduced_motion="reduce", accept_downloads=True,
        )  # fmt: skip
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.base_url)
        contexts.append(context)
        pages.append(Watched(context, server.base_url))
        return pages[-1]

    yield make
    for watched in pages:
        watched.check()
    for context in contexts:
        context.close()


@pytest.fixture
def watched(open_page: Callable[..., Watched], ui_server: Server) -> Watched:
    return open_page(ui_server)


@pytest.fixture(scope="session")
def axe() -> str:
    return pathlib.Path(AXE).read_text(encoding="utf-8")
