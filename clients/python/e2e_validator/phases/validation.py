"""Do the API and the database say what the generated data add up to? Exactly, to the last digit."""

from __future__ import annotations

import datetime
from decimal import Decimal

from ..clients.database import DatabaseError
from ..clients.http import HTTPError
from ..deployment import Deployment, PhaseResult, failed, passed
from .data_upload import Totals


def _months_ago(month: str, today: datetime.date) -> int:
    first = datetime.date.fromisoformat(month)
    return (today.year - first.year) * 12 + today.month - first.month


def _summary_total(deployment: Deployment, schema: str, provider: str, month: str, account: str) -> Decimal:
    quoted = schema.replace('"', '""')
    return deployment.database.execute_query(
        "SELECT COALESCE(sum(unblended_cost), 0)"
        f'  FROM "{quoted}".reporting_awscostentrylineitem_daily_summary'
        " WHERE source_uuid = %s::uuid"
        "   AND usage_account_id = %s"
        "   AND usage_start >= %s::date"
        "   AND usage_start < %s::date + interval '1 month'",
        (provider, account, month, month),
        fetch_one=True,
    )[0]


def _differences(
    deployment: Deployment, schema: str, provider: str, month: str, account: str, services: dict[str, Decimal],
    today: datetime.date,
) -> list[str]:  # fmt: skip
    costs, total = deployment.costs(), sum(services.values(), Decimal(0))
    where = f"account {account}, {month[:7]}"
    found = []
    stored = _summary_total(deployment, schema, provider, month, account)
    if stored != total:
        found.append(f"{where}: {total} expected, the daily summary has {stored}")
    ago = _months_ago(month, today)
    if ago > 1:
        return found
    answered = costs.month_total(account, ago)
    if answered != total:
        found.append(f"{where}: {total} expected, the API answers {answered}")
    by_service = costs.month_by_service(account, ago)
    if by_service != services:
        found.append(f"{where}: by service {_text(services)} expected, the API answers {_text(by_service)}")
    return found


def _text(services: dict[str, Decimal]) -> str:
    return ", ".join(f"{name} {cost}" for name, cost in sorted(services.items())) or "nothing"


def run(deployment: Deployment, schema: str, provider: str, totals: Totals) -> PhaseResult:
    """Compares every month and account: total and services by the API, total by SQL."""
    differences: list[str] = []
    compared = 0
    try:
        today = deployment.costs().today()
        for month, accounts in totals.items():
            for account, services in accounts.items():
                services = {name: Decimal(cost) for name, cost in services.items()}
                differences += _differences(deployment, schema, provider, month, account, services, today)
                compared += 1
    except (DatabaseError, HTTPError, ConnectionError) as error:
        return failed(str(error))
    for line in differences:
        print(f"  {line}")
    if differences:
        return failed(f"{len(differences)} totals are wrong", differences=differences)
    total = sum(Decimal(c) for accounts in totals.values() for services in accounts.values() for c in services.values())
    print(f"  {compared} accounts and months, {total} USD in all: API and database agree with the data exactly")
    return passed(compared=compared, total=str(total))
