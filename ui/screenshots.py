"""Pictures of every page, in light and dark: screenshots.py FOLDER (scripts/screenshots.sh)."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
os.environ.setdefault("KONTOR_BINARY", str(ROOT / "build" / "release" / "kontor"))

from playwright.sync_api import Page, sync_playwright  # noqa: E402
from support.browser import FLAGS, chromium  # noqa: E402
from support.process import make_folder, remove_folder, wait_until  # noqa: E402
from support.server import Server  # noqa: E402

ORG = "org1234567"
PAGES = {
    "overview": "/",
    "explorer": "/explore?compare=1",
    "explorer-filtered": "/explore?range=2m&g=account&f=service%3DAmazonEC2&g=region",
    "sources": "/sources",
    "source": "/sources/1",
    "add-source": "/sources/new",
    "cost-models": "/cost-models",
    "price-list": "/price-lists/{price_list}",
    "settings-currency": "/settings/currency",
    "settings-tags": "/settings/tags",
    "settings-mappings": "/settings/mappings",
    "activity": "/activity",
}
WIDTH, HEIGHT = 1280, 800


def call(server: Server, method: str, path: str, body: object = None) -> dict:
    request = urllib.request.Request(
        server.base_url + path, json.dumps(body).encode() if body is not None else None, method=method
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or b"null")


COSTS = "/api/cost-management/v1"


def price_list(server: Server) -> str:
    """A list for a cluster of one's own; its uuid."""

    def rate(metric: str, name: str, **prices) -> dict:
        return {"metric": {"name": metric}, "custom_name": name, **prices}

    def tiers(*bounds: tuple) -> list[dict]:
        return [
            {"value": value, "unit": "USD", "usage": {"usage_start": start, "usage_end": end}}
            for value, start, end in bounds
        ]

    body = {
        "name": "Data centre Basel", "description": "Power, floor and support by core", "currency": "USD",
        "effective_start_date": "2026-11-01", "effective_end_date": "2027-10-31",
        "rates": [
            rate("cpu_core_request_per_hour", "Cores",
                 tiered_rates=tiers(("0.021", None, 1000), ("0.018", 1000, None))),
            rate("node_cost_per_month", "Nodes", tag_rates={"tag_key": "size", "tag_values": [
                {"tag_value": "large", "value": "240", "unit": "USD"},
                {"tag_value": "small", "value": "95", "unit": "USD", "default": True},
            ]}),
        ],
    }  # fmt: skip
    return call(server, "POST", f"{COSTS}/price-lists/", body)["uuid"]


def map_tags(server: Server) -> None:
    keys = {k["key"]: k["uuid"] for k in call(server, "GET", f"{COSTS}/settings/tags/?limit=100")["data"]}
    body = {"parent": keys["team"], "children": [keys["app"]]}
    call(server, "PUT", f"{COSTS}/settings/tags/mappings/child/add/", body)


def fill(server: Server) -> dict[str, str]:
    """The sample account, a source that can't be read, a cost model, a price list; what the pages'
    addresses need."""
    extra = call(server, "POST", "/api/kontor/v1/sample-data/")["extra"]
    for name, where in (("Production account", extra), ("Test account", {**extra, "bucket": "reports-of-test"})):
        call(
            server, "POST", "/api/sources/v3.1/bulk_create",
            {
                "sources": [{"name": name, "source_type_name": "amazon"}],
                "applications": [
                    {"source_name": name, "application_type_name": "cost-management", "extra": where}
                ],
            },
        )  # fmt: skip

    def read() -> bool:
        rows = call(server, "GET", "/api/kontor/v1/ingest/")["data"]
        return len(rows) == 2 and sum(m["completed"] is not None for m in rows[0]["months"]) == 2

    wait_until(read, 60)
    provider = call(server, "GET", "/api/kontor/v1/ingest/")["data"][0]["provider_uuid"]
    call(
        server, "POST", f"{COSTS}/cost-models/",
        {
            "name": "Support and discount", "description": "Three percent support, billed apart", "source_type": "AWS",
            "currency": "USD", "markup": {"value": "3", "unit": "percent"}, "source_uuids": [provider],
        },
    )  # fmt: skip
    models = f"{COSTS}/cost-models/"
    wait_until(lambda: call(server, "GET", models)["data"][0].get("recalculation") != "pending", 60)
    return {"price_list": price_list(server)}


def shoot(page: Page, path: pathlib.Path) -> None:
    """As small as it gets: the page's colours fit into a palette."""
    path.write_bytes(page.screenshot(type="png"))
    if shutil.which("pngquant"):  # a third of the size, where it is installed
        subprocess.run(["pngquant", "--force", "--speed", "1", "--output", path, "--", path], check=False)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size} bytes")


def main(folder: str) -> None:
    target = ROOT / folder
    target.mkdir(parents=True, exist_ok=True)
    home = make_folder()
    server = Server(data_dir=home / "data", KONTOR_DEFAULT_ORG=ORG, KONTOR_POLL_INTERVAL="60").start()
    names: dict[str, str] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        for theme in ("light", "dark"):
            context = browser.new_context(
                viewport={"width": WIDTH, "height": HEIGHT}, color_scheme=theme, locale="en-US", reduced_motion="reduce"
            )
            page = context.new_page()
            if theme == "light":
                page.goto(server.base_url)
                page.wait_for_load_state("networkidle")
                shoot(page, target / "start-light.png")
                names = fill(server)
            for name, path in PAGES.items():
                if name == "settings-mappings" and theme == "light":
                    map_tags(server)
                page.goto(server.base_url + path.format(**names))
                page.wait_for_load_state("networkidle")
                shoot(page, target / f"{name}-{theme}.png")
            page.set_viewport_size({"width": 390, "height": 780})
            page.goto(server.base_url)
            page.wait_for_load_state("networkidle")
            shoot(page, target / f"phone-{theme}.png")
            context.close()
        browser.close()
    server.close()
    remove_folder(home)


if __name__ == "__main__":
    main(*sys.argv[1:])
