#!/usr/bin/env python3
"""How soon the web interface shows something, all of it, and what a click changes; beside the bare
page that the same browser shows of a static file.

build/venv/bin/python bench/ui/bench.py [--rounds N] [--url URL] [--binary build/release/kontor]

Without --url a server is started over the sample reports.
"""

from __future__ import annotations

import argparse
import functools
import http.server
import json
import os
import pathlib
import statistics
import sys
import tempfile
import threading
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402
from support.browser import FLAGS, chromium  # noqa: E402
from support.process import make_folder, remove_folder, wait_until  # noqa: E402
from support.server import Server  # noqa: E402

PAGES = {
    "overview": ("/", ".movers li, .overview-grid .quiet"),
    "explorer": ("/explore?range=last-month", "tfoot"),
    "sources": ("/sources", "tbody tr"),
    "settings": ("/settings/tags", "tbody tr, .empty"),
}
CLICKS = {
    "group by region": "const s = document.querySelectorAll('.bar-row select')[1]; s.value = 'region';",
    "group by account": "const s = document.querySelectorAll('.bar-row select')[1]; s.value = 'account';",
    "by month": "const s = [...document.querySelectorAll('.bar-row select')].find(s => s.value === 'daily');"
    " s.value = 'monthly';",
}
# From the change to the first frame that shows the new numbers.
CLICK = """() => new Promise((done) => {
    const state = () => document.querySelector('thead').textContent + document.querySelectorAll('.bar rect').length;
    const before = state(), start = performance.now();
    %s
    s.dispatchEvent(new Event('change', {bubbles: true}));
    const look = () => {
        const fresh = !document.querySelector('.card.stale') && document.querySelector('thead') && state() !== before;
        if (fresh || performance.now() - start > 10000) done(performance.now() - start);
        else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
})"""
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def call(url: str, body: object = None) -> dict:
    request = urllib.request.Request(url, json.dumps(body).encode() if body is not None else None)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or b"null")


def fill(server: Server) -> None:
    extra = call(server.base_url + "/api/kontor/v1/sample-data/", {})["extra"]
    body = {
        "sources": [{"name": "sample", "source_type_name": "amazon"}],
        "applications": [{"source_name": "sample", "application_type_name": "cost-management", "extra": extra}],
    }
    call(server.base_url + "/api/sources/v3.1/bulk_create", body)

    def read() -> bool:
        rows = call(server.base_url + "/api/kontor/v1/ingest/")["data"]
        return bool(rows) and sum(m["completed"] is not None for m in rows[0]["months"]) == 2

    wait_until(read, 60)


def load(browser: Browser, url: str, ready: str, warm: bool) -> tuple[float, float]:
    """Milliseconds to the first content and to all of it; warm: with the files in the cache."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    for _ in range(2 if warm else 1):
        page.goto(url)
        page.wait_for_selector(ready)
        page.wait_for_selector(".skeleton", state="detached")
        complete = page.evaluate("performance.now()")
    first = page.evaluate(PAINT)
    context.close()
    return first, complete


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


def bare(browser: Browser, rounds: int) -> float:
    """First content of a page of one line, from a file."""
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "index.html").write_text("<!doctype html><title>x</title><p>Kontor")
        handler = functools.partial(Quiet, directory=folder)
    
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        times = [load(browser, f"http://127.0.0.1:{server.server_port}/", "p", False)[0] for _ in range(rounds)]
        server.shutdown()
    return statistics.median(times)


def click(page: Page, base_url: str, change: str) -> float:
    page.goto(base_url + "/explore?range=last-month")
    page.wait_for_selector("tfoot")
    page.wait_for_load_state("networkidle")
    return page.evaluate(CLICK % change)


def measure(base_url: str, rounds: int) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        floor = bare(browser, rounds)
        print(f"{'':20} {'first content':>14} {'complete':>10}   (ms, medians of {rounds})")
        print(f"{'bare static page':20} {floor:14.0f} {'':>10}")
        for name, (path, ready) in PAGES.items():
            for warm in (False, True):
                both = [load(browser, base_url + path, ready, warm) for _ in range(rounds)]
                first, complete = (statistics.median(column) for column in zip(*both, strict=True))
                label = name + (", cached" if warm else "")
                print(f"{label:20} {first:14.0f} {complete:10.0f}   {first / floor:.1f} x")
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        for name, change in CLICKS.items():
            times = [click(page, base_url, change) for _ in range(rounds)]
            print(f"{name:20} {statistics.median(times):14.0f}")
        browser.close()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--url")
    options.add_argument("--binary", default=str(ROOT / "build" / "release" / "kontor"))
    arguments = options.parse_args()
    if arguments.url:
        measure(arguments.url, arguments.rounds)
        return
    os.environ["KONTOR_BINARY"] = arguments.binary
    home = make_folder()
    server = Server(data_dir=home / "data", KONTOR_DEFAULT_ORG="org1234567", KONTOR_POLL_INTERVAL="60").start()
    fill(server)
    measure(server.base_url, arguments.rounds)
    server.close()
    remove_folder(home)


if __name__ == "__main__":
    main()
