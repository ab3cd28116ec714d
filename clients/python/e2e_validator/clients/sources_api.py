"""A client of the Sources API: sources, authentications and applications of cost providers."""

from __future__ import annotations

import time
import urllib.parse
from collections.abc import Mapping
from typing import Any

from . import http

COST_MANAGEMENT = "/insights/platform/cost-management"
EXAMPLE_ROLE = "arn:aws:iam::123456789012:role/CostManagementRole"
POLL_SECONDS = 5


class SourcesAPIClient:
    """Speaks to the Sources API for one organisation.

    base_url: the server, such as http://localhost:8001; org_id: the organisation. k8s_client and
    namespace are those of a deployment in Kubernetes; requests go to base_url either way.
    """

    def __init__(
        self,
        base_url: str = "http://localhost:8001",
        org_id: str = "org1234567",
        k8s_client: Any = None,
        namespace: str = "cost-onprem",
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.org_id = org_id
        self.k8s_client = k8s_client
        self.namespace = namespace
        self.api_base = f"{self.base_url}/api/sources/v3.1"
        self.headers = {"Content-Type": "application/json", "x-rh-sources-org-id": org_id}

    def _request(self, method: str, path: str, **kwargs: Any) -> http.Response:
        """One request below the API; raises http.HTTPError for an answer that is an error."""
        headers = {**self.headers, **kwargs.pop("headers", {})}
        response = http.request(method, f"{self.api_base}{path}", headers=headers, **kwargs)
        response.raise_for_status()
        return response

    def _list(self, path: str, filters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        query = f"?{urllib.parse.urlencode(filters)}" if filters else ""
        return self._request("GET", path + query).json().get("data", [])

    # catalogue

    def get_source_types(self) -> list[dict[str, Any]]:
        """The kinds of sources there are."""
        return self._list("/source_types")

    def get_source_type_id(self, name: str = "amazon") -> str | None:
        """The id of a kind of source by its name, or None."""
        return next((row["id"] for row in self.get_source_types() if row.get("name") == name), None)

    def get_application_types(self) -> list[dict[str, Any]]:
        """The kinds of applications there are."""
        return self._list("/application_types")

    def get_application_type_id(self, name: str = COST_MANAGEMENT) -> str | None:
        """The id of a kind of application by its name or display name, or None."""
        return next(
            (row["id"] for row in self.get_application_types() if name in (row.get("name"), row.get("display_name"))),
            None,
        )

    # sources

    def create_source(
        self, name: str, source_type_name: str = "amazon", source_ref: str | None = None
    ) -> dict[str, Any]:
        """Adds a source; ValueError when there is no such kind of source."""
        source_type_id = self.get_source_type_id(source_type_name)
        if not source_type_id:
            raise ValueError(f"Source type '{source_type_name}' not found")
        body = {"name": name, "source_type_id": source_type_id}
        if source_ref:
            body["source_ref"] = source_ref
        return self._request("POST", "/sources", json=body).json()

    def get_sources(self, filters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """The sources for which the filters hold, such as {"filter[name]": "My AWS Account"}."""
        return self._list("/sources", filters)

    def get_source_by_name(self, name: str) -> dict[str, Any] | None:
        """The source of that name, or None."""
        return next(iter(self.get_sources({"filter[name]": name})), None)

    def delete_source(self, source_id: str) -> None:
        """Deletes a source with all that hangs on it."""
        self._request("DELETE", f"/sources/{source_id}")

    # authentications and applications

    def create_authentication(
        self,
        source_id: str,
        auth_type: str = "cloud-meter-arn",
        username: str | None = None,
        password: str | None = None,
    ) -> dict[str, Any]:
        """Adds an authentication to a source."""
        body = {"resource_type": "Source", "resource_id": source_id, "authtype": auth_type}
        if username:
            body["username"] = username
        if password:
            body["password"] = password
        return self._request("POST", "/authentications", json=body).json()

    def create_application(
        self, source_id: str, application_type_name: str = COST_MANAGEMENT, extra: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Adds an application to a source; ValueError when there is no such kind of application."""
        application_type_id = self.get_application_type_id(application_type_name)
        if not application_type_id:
            raise ValueError(f"Application type '{application_type_name}' not found")
        body: dict[str, Any] = {"source_id": source_id, "application_type_id": application_type_id}
        if extra:
            body["extra"] = dict(extra)
        return self._request("POST", "/applications", json=body).json()

    def list_applications(self, filters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """The applications for which the filters hold; keys are plain fields: {"source_id": "1"}."""
        return self._list("/applications", {f"filter[{key}]": value for key, value in (filters or {}).items()})

    # whole providers

    def create_aws_source_full(
        self,
        name: str = "AWS Test Provider E2E",
        bucket: str = "cost-data",
        report_name: str = "test-report",
        report_prefix: str = "",
    ) -> dict[str, Any]:
        """Adds an AWS account: source, authentication (optional on premise), application."""
        print(f"Creating AWS source: {name}")
        source = self.create_source(name, "amazon")
        print(f"  Source created: {source['id']}")
        authentication = self._try_authentication(source["id"], "cloud-meter-arn", EXAMPLE_ROLE)
        extra = {"bucket": bucket, "report_name": report_name}
        if report_prefix:
            extra["report_prefix"] = report_prefix
        application = self.create_application(source["id"], extra=extra)
        print(f"  Application created: {application['id']}")
        return _result(source, authentication, application)

    def create_ocp_source_full(
        self,
        name: str = "OCP Test Provider E2E",
        cluster_id: str = "test-cluster-123",
        bucket: str = "koku-bucket",
        report_prefix: str = "reports",
    ) -> dict[str, Any]:
        """Adds an OpenShift cluster, or finds the source and application that it has already."""
        source = self.get_source_by_name(name)
        if source is None:
            source = self.create_source(name, "openshift", source_ref=cluster_id)
            print(f"  Source created: {source['id']}")
        authentication = self._try_authentication(source["id"], "token", cluster_id)
        application = next(iter(self.list_applications({"source_id": source["id"]})), None)
        if application is None:
            extra = {"bucket": bucket, "report_prefix": report_prefix, "cluster_id": cluster_id}
            application = self.create_application(source["id"], extra=extra)
            print(f"  Application created: {application['id']}")
        return _result(source, authentication, application)

    def _try_authentication(self, source_id: str, auth_type: str, username: str) -> dict[str, Any] | None:
        try:
            authentication = self.create_authentication(source_id, auth_type, username)
        except (http.HTTPError, ConnectionError) as error:
            print(f"  Authentication not created (optional on premise): {error}")
            return None
        print(f"  Authentication created: {authentication['id']}")
        return authentication

    def wait_for_source_availability(self, source_id: str, timeout: float = 60) -> bool:
        """Whether the source becomes available within `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while True:
            source = self._request("GET", f"/sources/{source_id}").json()
            if source.get("availability_status") == "available":
                return True
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(POLL_SECONDS, left))


def _result(
    source: dict[str, Any], authentication: dict[str, Any] | None, application: dict[str, Any]
) -> dict[str, Any]:
    return {
        "source": source,
        "authentication": authentication,
        "application": application,
        "source_id": source["id"],
        "application_id": application["id"],
    }
