#!/usr/bin/env python3
"""How soon the web interface shows something, all of it, and what a click changes; beside the bare
page that the same browser shows of a static file.

    build/venv/bin/python bench/ui/bench.py                                   # over the sample reports
    build/venv/bin/python bench/ui/bench.py --generator gen_cur.py            # over three months of 1,000,000 lines
    build/venv/bin/python bench/ui/bench.py --generator gen_cur.py --load DIR # these data alone, left in DIR
    build/venv/bin/python bench/ui/bench.py --data DIR                        # measures with them
    build/venv/bin/python bench/ui/bench.py --url URL                         # over a running server's data

The generator is that of bench/reports. Clicks are measured from the event to the end of the first frame that shows
the new numbers, once over a server that works every answer out ("new"), once over one that keeps answers. With
--check it fails when a click takes more than 100 ms, a first content more than 300 ms, or a page asks more than ten
times.
"""

from __future__ import annotations

import argparse
import functools
import http.server
import importlib.util
import json
import os
import pathlib
import statistics
import sys
import tempfile
import threading
import urllib.request
from types import ModuleType

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402
from support.browser import FLAGS, chromium  # noqa: E402
from support.process import make_folder, remove_folder, wait_until  # noqa: E402
from support.server import Server  # noqa: E402

CLICK_MS, FIRST_MS, CALLS = 100, 300, 10

PAGES = {
    "overview": ("/", ".movers li, .overview-grid .quiet"),
    "explorer": ("/explore?range=last-month", "tfoot"),
    "sources": ("/sources", "tbody tr"),
    "activity": ("/activity", "tbody tr"),
    "settings": ("/settings/tags", "tbody tr, .empty"),
}

# What stands on the page before, and how the click is done there, by script; what must be there
# after it, where the change of the address alone shows on the page.
OF = "const choose = (select, value) => { select.value = value;"
OF += " select.dispatchEvent(new Event('change', {bubbles: true})); };"
OF += " const selects = [...document.querySelectorAll('.bar-row select')];"
OF += " const tag = (name) => called('Group by').querySelector(`option[value=\"tag:${name}\"]`)?.value;"
OF += " const called = (name) => selects.find((s) => s.labels[0]?.textContent.startsWith(name));"
EXPLORER = "/explore?range=last-month"
CLICKS: dict[str, tuple[str, ...]] = {
    "group by region": (EXPLORER, "choose(called('Group by'), 'region')"),
    "group by account": (EXPLORER, "choose(called('Group by'), 'account')"),
    "then by account": (EXPLORER, "choose(called('then by'), 'account')"),
    "group by a tag": (EXPLORER, "choose(called('Group by'), tag('app'))"),
    "group by a tag of 600 values": (EXPLORER, "choose(called('Group by'), tag('Name') ?? tag('environment'))"),
    "all groups, not ten": (EXPLORER + "&g=account", "choose(called('Top'), '0')"),
    "filter added": (EXPLORER + "&g=account", "FILTER"),
    "filter removed": (EXPLORER + "&g=account&f=service%3DAmazonEC2",
                       "document.querySelector('.chip button').click()"),
    "days to months": (EXPLORER, "choose(called('By'), 'monthly')"),
    "three months": (EXPLORER, "choose(selects.find((s) => s.value === 'last-month'), '3m')"),
    "previous period": (EXPLORER, "document.querySelector('[aria-label=\"Previous period\"]').click()"),
    "compared": (EXPLORER, "document.querySelector('.explore-bar [type=checkbox]').click()",
                 "document.querySelector('thead').textContent.includes('Before')"),
    "into a row": (EXPLORER, "document.querySelector('tbody [data-row]').click()"),
    "sorted": (EXPLORER, "document.querySelector('thead .sort').click()"),
    "overview by day": ("/", "[...document.querySelectorAll('.segments button')].find((b) =>"
                             " b.textContent === 'By day').click()"),
    "to the overview": (EXPLORER, "document.querySelector('.rail a[href=\"/\"]').click()"),
    "to the explorer": ("/", "document.querySelector('.rail a[href=\"/explore\"]').click()"),
    "to the sources": ("/", "document.querySelector('.rail a[href=\"/sources\"]').click()"),
}  # fmt: skip
# The filter's form is open and its value typed before; what counts is the change of the numbers.
ADD_FILTER = "document.querySelector('.add-filter .primary').click()"
# From the change to the end of the first frame with the new numbers: what is shown is of the answers
# that are asked for, and differs from before.
CLICK = """() => new Promise((done) => {
    %s
    const state = () => location.search + document.querySelector('main').textContent
        + document.querySelectorAll('main svg *').length;
    const before = state(), start = performance.now();
    %s;
    const look = () => {
        const waits = document.querySelector('.card.stale, .skeleton, [aria-busy="true"]');
        if ((!waits && state() !== before && (%s)) || performance.now() - start > 10000) {
            const after = new MessageChannel();
            after.port1.onmessage = () => done(performance.now() - start);
            after.port2.postMessage(null);
        } else requestAnimationFrame(look);
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


def settle(page: Page, ready: str) -> None:
    page.wait_for_selector(ready)
    page.wait_for_selector(".skeleton", state="detached")


def load(browser: Browser, url: str, ready: str, warm: bool) -> tuple[float, float, int]:
    """Milliseconds to the first content and to all of it, and how often the API was asked; warm: with the files in
    the cache."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: "/api/" in request.url and asked.append(request.url))
    for _ in range(2 if warm else 1):
        asked.clear()
        page.goto(url)
        settle(page, ready)
        complete = page.evaluate("performance.now()")
    first = page.evaluate(PAINT)
    context.close()
    return first, complete, len(asked)


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


def click(page: Page, base_url: str, path: str, change: str, shown: str = "true") -> float:
    page.goto(base_url + path)
    settle(page, "tfoot, .movers li, .overview-grid .quiet")
    page.wait_for_load_state("networkidle")
    if change == "FILTER":
        page.get_by_role("button", name="Filter").click()
        page.get_by_role("combobox", name="Service value").fill("AmazonEC2")
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(300)  # the suggestions are asked for a moment after the last key
        change = ADD_FILTER
    return page.evaluate(CLICK % (OF, change, shown))


def measure_pages(browser: Browser, base_url: str, rounds: int) -> list[str]:
    faults = []
    floor = bare(browser, rounds)
    print("| | first content, ms | complete, ms | first content ÷ bare page | requests to the API |")
    print("|---|--:|--:|--:|--:|")
    print(f"| a bare page of one line | {floor:.0f} | | 1 | |")
    for name, (path, ready) in PAGES.items():
        for warm in (False, True):
            columns = list(zip(*(load(browser, base_url + path, ready, warm) for _ in range(rounds)), strict=True))
            first, complete = statistics.median(columns[0]), statistics.median(columns[1])
            label = name + (", files cached" if warm else "")
            print(f"| {label} | {first:.0f} | {complete:.0f} | {first / floor:.1f} | {max(columns[2])} |")
            if first > FIRST_MS or max(columns[2]) > CALLS:
                faults.append(f"{label}: first content {first:.0f} ms, {max(columns[2])} requests")
    return faults


def measure_clicks(browser: Browser, base_url: str, rounds: int) -> dict[str, list[float]]:
    """Rounds go over all clicks, so that all meet the same neighbours."""
    times: dict[str, list[float]] = {name: [] for name in CLICKS}
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    for turn in range(rounds + 1):  # the first one warms up
        for name, steps in CLICKS.items():
            took = click(page, base_url, *steps)
            if turn > 0:
                times[name].append(took)
    page.close()
    return times


def print_clicks(columns: dict[str, dict[str, list[float]]]) -> list[str]:
    faults = []
    print("\n| click |" + "".join(f" {name}, ms | worst |" for name in columns))
    print("|---|" + "--:|--:|" * len(columns))
    for name in CLICKS:
        cells = [(statistics.median(times[name]), max(times[name])) for times in columns.values()]
        print(f"| {name} |" + "".join(f" {median:.0f} | {worst:.0f} |" for median, worst in cells))
        faults += [f"{name}: {median:.0f} ms" for median, _ in cells if median > CLICK_MS]
    return faults


def reports_bench() -> ModuleType:
    """bench/reports/bench.py, which loads three months."""
    spec = importlib.util.spec_from_file_location("reports_bench", ROOT / "bench" / "reports" / "bench.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["reports_bench"] = module
    spec.loader.exec_module(module)
    return module


def measure(serve, rounds: int) -> list[str]:
    """`serve(keeps)` starts a server that keeps answers or not, or tells of the one that runs."""
    columns, faults = {}, []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        for label, keeps in (("kept", True), ("new", False)):
            base_url, close = serve(keeps)
            if keeps:
                faults += measure_pages(browser, base_url, rounds)
            columns[label] = measure_clicks(browser, base_url, rounds)
            close()
        browser.close()
    return faults + print_clicks(dict(reversed(columns.items())))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--url")
    parser.add_argument("--generator", help="the command that makes reports")
    parser.add_argument("--rows", type=int, default=1_000_000, help="lines a month that are generated")
    parser.add_argument("--load", type=pathlib.Path, help="load the data into this new folder, and no more")
    parser.add_argument("--data", type=pathlib.Path, help="a folder that a run with --load has made")
    parser.add_argument("--check", action="store_true", help="fail when something takes too long")
    parser.add_argument("--kontor", type=pathlib.Path, default=ROOT / "build" / "release" / "kontor")
    arguments = parser.parse_args()
    os.environ["KONTOR_BINARY"] = str(arguments.kontor)
    environment = {"KONTOR_POLL_INTERVAL": "60", "KONTOR_DEFAULT_ORG": "org1234567", "KONTOR_GROUP_BY_MAX": "3"}
    home = make_folder()
    folder = arguments.data or arguments.load or home
    if arguments.generator or arguments.data:
        reports = reports_bench()
        environment |= {
            "KONTOR_NOW": reports.NOW, "KONTOR_DEFAULT_ORG": reports.ORG, "KONTOR_INITIAL_MONTHS": "4",
            "KONTOR_S3_ENDPOINT": f"file://{folder / 'root'}",
        }  # fmt: skip
    if arguments.generator and not arguments.data:
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
        reports.load(arguments, folder)
    elif not arguments.data and not arguments.url:
        server = Server(data_dir=folder / "data", **environment).start()
        fill(server)
        server.close()

    def serve(keeps: bool):
        if arguments.url:
            return arguments.url, lambda: None
        cache = {} if keeps else {"KONTOR_ANSWER_CACHE": "0"}
        server = Server(data_dir=folder / "data", **environment, **cache).start()
        return server.base_url, server.close

    faults = [] if arguments.load else measure(serve, arguments.rounds)
    remove_folder(home)
    if faults:
        print("\nToo slow: " + "; ".join(faults), file=sys.stderr)
    sys.exit(1 if faults and arguments.check else 0)


if __name__ == "__main__":
    main()
