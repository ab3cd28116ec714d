"""A client of the Cost Management API: what was spent, as exact decimals."""

from __future__ import annotations

import base64
import datetime
import decimal
import json
import urllib.parse
from collections.abc import Mapping
from typing import Any

from . import http


class CostManagementClient:
    """Asks for one organisation, as its admin."""

    def __init__(self, base_url: str, org_id: str, headers: Mapping[str, str] | None = None) -> None:
        self.api_base = f"{base_url.rstrip('/')}/api/cost-management/v1"
        self.headers = dict(headers or {"x-rh-identity": admin_identity(org_id)})

    def get(self, path: str, parameters: Mapping[str, str] | None = None) -> Any:
        """A document of the API, numbers as decimals; raises http.HTTPError for an answer that is an error."""
        query = f"?{urllib.parse.urlencode(parameters)}" if parameters else ""
        response = http.request("GET", f"{self.api_base}/{path}{query}", headers=self.headers, timeout=60)
        response.raise_for_status()
        return json.loads(response.content, parse_float=decimal.Decimal, parse_int=decimal.Decimal)

    def status(self) -> Any:
        """The API's status."""
        return self.get("status/")

    def today(self) -> datetime.date:
        """The day that the server has, which its reports end with; this machine's where the tenant is new."""
        parameters = {
            "filter[time_scope_units]": "day", "filter[time_scope_value]": "-10", "filter[resolution]": "daily",
        }  # fmt: skip
        days = self.get("reports/aws/costs/", parameters)["data"]
        if not days:
            return datetime.datetime.now(datetime.UTC).date()
        return max(datetime.date.fromisoformat(day["date"]) for day in days)

    def month_total(self, account: str, months_ago: int) -> decimal.Decimal:
        """What an account cost in a month: 0 is the current one."""
        answer = self.get("reports/aws/costs/", {**month(months_ago), "filter[exact:account]": account})
        return decimal.Decimal(answer["meta"]["total"]["cost"]["total"]["value"] or 0)

    def month_by_service(self, account: str, months_ago: int) -> dict[str, decimal.Decimal]:
        """What an account cost in a month, by service."""
        parameters = {**month(months_ago), "filter[exact:account]": account, "group_by[service]": "*"}
        answer = self.get("reports/aws/costs/", {**parameters, "filter[limit]": "100"})
        return {
            entry["service"]: decimal.Decimal(entry["values"][0]["cost"]["total"]["value"])
            for day in answer["data"]
            for entry in day.get("services", [])
            if entry["values"]
        }


def month(months_ago: int) -> dict[str, str]:
    """The parameters of one whole month, 0 or 1 ago."""
    return {
        "filter[time_scope_units]": "month",
        "filter[time_scope_value]": "-1" if months_ago == 0 else "-2",
        "filter[resolution]": "monthly",
    }


def admin_identity(org_id: str) -> str:
    """The x-rh-identity of an organisation's admin, as a gateway would send it."""
    document = {
        "identity": {
            "org_id": org_id, "type": "User",
            "user": {"username": "e2e-validator", "email": "e2e-validator@localhost", "is_org_admin": True},
        },
        "entitlements": {"cost_management": {"is_entitled": True}},
    }  # fmt: skip
    return base64.b64encode(json.dumps(document).encode()).decode()
