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
    "settings-currency": "/settings/currency",
    "settings-tags": "/settings/tags",
    "activity": "/activity",
}
WIDTH, HEIGHT = 1280, 800


def call(server: Server, method: str, path: str, body: object = None) -> dict:
    request = urllib.request.Request(
        server.base_url + path, json.dumps(body).encode() if body is not None else None, method=method
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or b"null")


def fill(server: Server) -> None:
    """The sample account, a source that can't be read, and a cost model."""
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
        server, "POST", "/api/cost-management/v1/cost-models/",
        {
            "name": "Support and discount", "description": "Three percent support, billed apart", "source_type": "AWS",
            "currency": "USD", "markup": {"value": "3", "unit": "percent"}, "source_uuids": [provider],
        },
    )  # fmt: skip
    models = "/api/cost-management/v1/cost-models/"
    wait_until(lambda: call(server, "GET", models)["data"][0].get("recalculation") != "pending", 60)


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
                fill(server)
            for name, path in PAGES.items():
                page.goto(server.base_url + path)
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
