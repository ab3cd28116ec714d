"""Koku's own answers over the same reports: same structure, same order, same numbers.

The recordings and their reports lie beside the repository (../shared); without them there is nothing
to compare with.

One difference is declared: where lines of a marketplace differ in nothing but the product's name, Koku
books them all on the name that comes last in the alphabet. Kontor keeps them apart, as the bill does;
so it is given reports in which that is done already.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import pathlib
import re

import pytest
import requests
from support.process import ROOT, make_folder, remove_folder
from support.server import Server, identity

SHARED = ROOT.parent / "shared"
ANSWERS = SHARED / "spec" / "koku-answers"
REPORTS = SHARED / "data" / "aws_10k"
QUERIES = json.loads((ANSWERS / "queries.json").read_text()) if ANSWERS.is_dir() else {"queries": []}
# What a line of Koku's is made of, besides the tags (one of them, and the day, are columns of the report).
SAME = (
    "lineItem/ResourceId", "bill/PayerAccountId", "lineItem/UsageAccountId", "lineItem/LegalEntity",
    "lineItem/LineItemDescription", "bill/BillingEntity", "lineItem/ProductCode", "lineItem/AvailabilityZone",
    "lineItem/LineItemType", "lineItem/UsageType", "lineItem/Operation", "product/productFamily",
    "product/operatingSystem", "product/instanceType", "product/region", "pricing/unit",
)  # fmt: skip
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CLOSE = 1e-6  # Koku adds doubles up and cuts them to nine places

pytestmark = pytest.mark.skipif(not QUERIES["queries"], reason="no recorded answers beside the repository")


def as_koku_books(text: str) -> str:
    rows = csv.DictReader(io.StringIO(text))
    lines = list(rows)
    columns = [*SAME, *(name for name in rows.fieldnames if name.startswith(("resourceTags/user:", "costCategory/")))]
    names: dict[tuple, str] = {}
    keys = [(line["lineItem/UsageStartDate"][:10], *(line.get(column) for column in columns)) for line in lines]
    for key, line in zip(keys, lines, strict=True):
        names[key] = max(names.get(key, ""), line["product/ProductName"])
    out = io.StringIO()
    writer = csv.DictWriter(out, rows.fieldnames)
    writer.writeheader()
    for key, line in zip(keys, lines, strict=True):
        writer.writerow({**line, "product/ProductName": names[key]})
    return out.getvalue()


@pytest.fixture(scope="module")
def koku_data():
    """A server on the day the answers were recorded, with the reports they are of."""
    folder = make_folder()
    report = next(REPORTS.rglob("*.csv.gz"))
    target = folder / "bucket" / "cur" / "20261001-20261101"
    target.mkdir(parents=True)
    (target / "cur.csv").write_text(as_koku_books(gzip.decompress(report.read_bytes()).decode()))
    server = Server(KONTOR_NOW="2026-11-23T12:00:00Z", KONTOR_S3_ENDPOINT=f"file://{folder}").start()
    _, provider = server.add_aws_provider("bucket", "cur", org=QUERIES["org"])
    server.wait_for_month(provider)
    yield server
    server.close()
    remove_folder(folder)


def differences(wanted: object, got: object, path: str) -> list[str]:
    if isinstance(wanted, dict) and isinstance(got, dict):
        found = [f"{path}: keys {list(got)}, not {list(wanted)}"] if list(wanted) != list(got) else []
        return found + [f for key in wanted if key in got for f in differences(wanted[key], got[key], f"{path}.{key}")]
    if isinstance(wanted, list) and isinstance(got, list):
        found = [f"{path}: {len(got)} entries, not {len(wanted)}"] if len(wanted) != len(got) else []
        pairs = zip(wanted, got, strict=False)
        return found + [f for i, (w, g) in enumerate(pairs) for f in differences(w, g, f"{path}[{i}]")]
    if isinstance(wanted, str) and isinstance(got, str) and UUID.fullmatch(wanted) and UUID.fullmatch(got):
        return []  # each server has its own
    if isinstance(wanted, int | float) and isinstance(got, int | float) and not isinstance(wanted, bool):
        return [] if abs(wanted - got) <= CLOSE * max(1, abs(wanted)) else [f"{path}: {got}, not {wanted}"]
    return [] if wanted == got else [f"{path}: {got!r}, not {wanted!r}"]


def parsed(text: str, path: pathlib.Path) -> object:
    if path.suffix == ".json":
        return json.loads(text)
    rows = list(csv.reader(io.StringIO(text)))
    return [rows[0]] + [[number(cell) for cell in row] for row in rows[1:]]


def number(cell: str) -> object:
    try:
        return float(cell)
    except ValueError:
        return cell


# Koku's source was made beside its Sources API, under a name of its own; and that of these servers differs.
OWN = {"id", "name", "source_type", "source_type_id"}
TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?")


def without_own(source: dict) -> dict:
    """A source with times as their forms, and without what each server has its own of."""

    def plain(value: object) -> object:
        if isinstance(value, dict):
            return {key: plain(entry) for key, entry in value.items()}
        match = TIME.fullmatch(value) if isinstance(value, str) else None
        return f"{value[10]}{match[2] or ''}" if match else value

    inner = {"authentication": {"credentials": {}}, "billing_source": {"data_source": {}}}
    return {key: inner.get(key, "own" if key in OWN else plain(value)) for key, value in source.items()}


def test_the_sources_are_koku_s(koku_data):
    (query,) = [query for query in QUERIES["queries"] if query["name"] == "sources"]
    path = ANSWERS / query["file"]
    answer = requests.get(
        koku_data.base_url + query["url"], headers={"x-rh-identity": identity(QUERIES["org"])}, timeout=60
    )
    wanted, got = json.loads(path.read_text()), answer.json()
    for document in (wanted, got):
        assert set(document["data"][0]["authentication"]) == {"credentials"}
        assert "bucket" in document["data"][0]["billing_source"]["data_source"]
        document["data"] = [without_own(source) for source in document["data"]]
    found = differences(wanted, got, "$")
    assert not found, "\n".join(found)


REPORTS_ONLY = [query for query in QUERIES["queries"] if query["name"] != "sources"]


@pytest.mark.parametrize("query", REPORTS_ONLY, ids=lambda query: query["name"])
def test_answers_are_koku_s(koku_data, query):
    answer = requests.get(
        koku_data.base_url + query["url"],
        headers={"x-rh-identity": identity(QUERIES["org"]), "Accept": query["accept"]}, timeout=60,
    )  # fmt: skip
    assert answer.status_code == query["status"], answer.text[:500]
    path = ANSWERS / query["file"]
    found = differences(parsed(path.read_text(), path), parsed(answer.text, path), "$")
    assert not found, "\n".join(found[:20])
