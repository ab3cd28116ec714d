"""The Python client against the real server."""

from __future__ import annotations

import uuid

import pytest
from e2e_validator.clients.http import HTTPError
from e2e_validator.clients.sources_api import SourcesAPIClient


@pytest.fixture
def client(server) -> SourcesAPIClient:
    return SourcesAPIClient(base_url=server.base_url + "/", org_id=f"org-{uuid.uuid4().hex[:8]}")


def test_attributes(client, server):
    assert client.base_url == server.base_url
    assert client.api_base == server.base_url + "/api/sources/v3.1"
    assert client.headers == {"Content-Type": "application/json", "x-rh-sources-org-id": client.org_id}


def test_catalogue(client):
    assert client.get_source_type_id() == "1"
    assert client.get_source_type_id("openshift") == "4"
    assert client.get_source_type_id("nothing") is None
    assert client.get_application_type_id() == "2"
    assert client.get_application_type_id("Cost Management") == "2"


def test_a_whole_aws_source(client, capsys):
    result = client.create_aws_source_full(name="My AWS Account", bucket="my-cost-bucket", report_name="my-cost-report")
    assert result["source_id"] == result["source"]["id"]
    assert result["application"]["extra"] == {"bucket": "my-cost-bucket", "report_name": "my-cost-report"}
    assert result["authentication"]["authtype"] == "cloud-meter-arn"
    assert "Application created" in capsys.readouterr().out
    assert client.get_source_by_name("My AWS Account")["id"] == result["source_id"]
    client.delete_source(result["source_id"])
    assert client.get_source_by_name("My AWS Account") is None
    assert client.get_sources() == []


def test_an_openshift_source_is_used_again(client):
    first = client.create_ocp_source_full()
    second = client.create_ocp_source_full()
    assert first["source_id"] == second["source_id"]
    assert first["application_id"] == second["application_id"]
    assert [row["id"] for row in client.list_applications({"source_id": first["source_id"]})] == [
        first["application_id"]
    ]


def test_availability(client):
    result = client.create_aws_source_full(bucket="cost-data", report_name="cost-report", report_prefix="reports")
    assert client.wait_for_source_availability(result["source_id"], timeout=30) is True
    other = client.create_aws_source_full(name="No bucket", bucket="there-is-none", report_name="x")
    assert client.wait_for_source_availability(other["source_id"], timeout=0) is False


def test_errors_say_what_the_server_says(client):
    with pytest.raises(ValueError, match="mainframe"):
        client.create_source("x", "mainframe")
    with pytest.raises(HTTPError, match="source not found") as caught:
        client.delete_source("999999")
    assert caught.value.response.status_code == 404
