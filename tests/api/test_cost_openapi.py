"""The document that the Cost Management API serves of itself."""

from __future__ import annotations

import re

import pytest
import requests
from openapi_spec_validator import validate


@pytest.fixture(scope="module")
def document(server) -> dict:
    answer = requests.get(f"{server.base_url}/api/cost-management/v1/openapi.json", timeout=30)
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/json"
    return answer.json()


def test_it_is_valid(document):
    validate(document)


def test_it_tells_of_every_route_and_of_no_other(server, document):
    assert re.findall(r".*openapi\.json (?:does not tell|tells|is no JSON).*", server.log()) == []
    assert len(document["paths"]) > 20


def test_it_says_what_reports_can_be_asked(document):
    operation = document["paths"]["/reports/aws/costs/"]["get"]
    parameters = {parameter["name"]: parameter for parameter in operation["parameters"]}
    assert {"filter", "exclude", "group_by", "order_by", "delta", "cost_type", "limit"} <= set(parameters)
    groups = parameters["group_by"]["schema"]["properties"]
    assert {"account", "or:account", "and:service", "exact:region", "az"} <= set(groups)
    assert "exact:org_unit_id" not in parameters["filter"]["schema"]["properties"]
    assert {"200", "304", "400", "401", "403", "406", "424"} <= set(operation["responses"])


def test_every_reference_leads_somewhere(document):
    def references(value: object) -> set[str]:
        if isinstance(value, dict):
            found = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
            return found.union(*(references(inner) for inner in value.values()))
        return set().union(*(references(inner) for inner in value)) if isinstance(value, list) else set()

    for reference in references(document):
        target: object = document
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]
