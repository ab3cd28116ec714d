"""The Grafana dashboard asks for what the server really counts."""

from __future__ import annotations

import json
import re

import requests
from support.process import ROOT

DASHBOARD = json.loads((ROOT / "deploy/grafana/kontor.json").read_text())


def test_every_metric_and_label_is_one_of_the_servers(server):
    server.sources("POST", "/sources", json={"name": "watched", "source_type_id": "1"})
    text = requests.get(f"{server.base_url}/metrics", timeout=30).text
    labels: dict[str, set[str]] = {}
    for name, given in re.findall(r"^(\w+)(?:\{(.*)\})? ", text, re.M):
        labels.setdefault(name, set()).update(re.findall(r"(\w+)=\"", given))
    queries = [t["expr"] for panel in DASHBOARD["panels"] for t in panel["targets"]]
    assert len(queries) >= 12
    for query in queries:
        names = set(re.findall(r"\b(?:kontor|process)_\w+", query))
        assert names and names <= set(labels), query
        known = set().union(*(labels[name] for name in names)) | {"instance"}
        assert set(re.findall(r"(\w+)[!=]~?\"", query)) <= known, query
        for grouped in re.findall(r"by \(([^)]*)\)", query):
            assert set(re.split(r",\s*", grouped)) <= known, query


def test_panels_do_not_lie_on_each_other():
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken and at["x"] + at["w"] <= 24, panel["title"]
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
