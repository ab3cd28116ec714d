"""Reports with known totals, into the bucket that the provider reads."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from typing import Any

from ..aws_report import Month, Scenario, make_month
from ..clients.http import HTTPError
from ..clients.nise import NiseClient
from ..clients.s3 import S3Error
from ..deployment import Deployment, Options, PhaseResult, failed, passed, skipped

SMOKE = Scenario("smoke", "999900000009", Decimal("15.4"), ("AmazonEC2", "AmazonRDS", "AmazonS3", "AmazonVPC"),
                 {"scenario": "smoke"}, lines_a_day=1)  # fmt: skip
Totals = dict[str, dict[str, dict[str, Decimal]]]  # month → account → service → cost


def expected_key(options: Options) -> str:
    """Where the totals of what lies in the bucket are noted: outside the report's own folder."""
    return "/".join(part for part in ("e2e-validator", options.report_prefix, options.report_name) if part) + ".json"


def scenarios(options: Options) -> list[Scenario]:
    """What is generated."""
    if options.smoke_test:
        return [SMOKE]
    return [NiseClient.SCENARIOS[name] for name in options.scenarios or NiseClient.SCENARIOS]


def generate(options: Options, today: datetime.date) -> list[Month]:
    """The current month to today, and in a full run the month before. A smoke run has four lines of one day."""
    this = today.replace(day=1)
    chosen = scenarios(options)
    if options.smoke_test:
        return [make_month(chosen, this, 1, options.report_name, options.report_prefix)]
    before = (this - datetime.timedelta(days=1)).replace(day=1)
    return [
        make_month(chosen, month, days, options.report_name, options.report_prefix)
        for month, days in ((before, (this - before).days), (this, today.day))
    ]


def read_expected(deployment: Deployment) -> dict[str, Any] | None:
    """What an earlier run noted of the data in the bucket: {"assemblies", "totals"}, or None."""
    options = deployment.options
    try:
        noted = json.loads(deployment.storage.get_object(options.bucket, expected_key(options)))
    except (S3Error, ValueError):
        return None
    noted["totals"] = {
        month: {
            account: {service: Decimal(cost) for service, cost in services.items()}
            for account, services in accounts.items()
        }
        for month, accounts in noted["totals"].items()
    }
    return noted


def _still_valid(deployment: Deployment, noted: dict[str, Any] | None, wanted: list[Scenario], today: str) -> bool:
    """Is what lies there what this run would make?"""
    options = deployment.options
    if noted is None or noted.get("made_on") != today or noted.get("scenarios") != [s.name for s in wanted]:
        return False
    keys = {entry["Key"] for entry in deployment.storage.list_objects(options.bucket, options.report_prefix)}
    return all(key in keys for key in noted["objects"])


def _clear(deployment: Deployment) -> None:
    options = deployment.options
    folder = "/".join(part for part in (options.report_prefix, options.report_name) if part)
    for entry in deployment.storage.list_objects(options.bucket, f"{folder}/"):
        deployment.storage.delete_object(options.bucket, entry["Key"])


def _upload(deployment: Deployment, months: list[Month], wanted: list[Scenario], today: str) -> dict[str, Any]:
    options = deployment.options
    for month in months:
        for key, data in month.objects.items():
            deployment.storage.upload_bytes(data, options.bucket, key)
    noted = {
        "made_on": today,
        "scenarios": [scenario.name for scenario in wanted],
        "assemblies": {str(month.month): month.assembly_id for month in months},
        "objects": [key for month in months for key in month.objects],
        "totals": {str(month.month): month.totals for month in months},
    }
    text = json.dumps(noted, default=str).encode()
    deployment.storage.upload_bytes(text, options.bucket, expected_key(options))
    return noted


def run(deployment: Deployment) -> PhaseResult:
    """Uploads, unless valid data of today lie there (--force uploads anew)."""
    options = deployment.options
    wanted = scenarios(options)
    try:
        today = deployment.costs().today()
        if "data" in options.skip:
            noted = read_expected(deployment)
            if noted is None:
                return failed("no earlier run noted what the data in the bucket add up to: leave --skip-data out")
            return skipped("--skip-data", **noted)
        deployment.storage.create_bucket(options.bucket)
        noted = read_expected(deployment)
        if not options.force and _still_valid(deployment, noted, wanted, str(today)):
            return skipped("valid_data_exists", **(noted or {}))
        _clear(deployment)
        months = generate(options, today)
        noted = _upload(deployment, months, wanted, str(today))
    except (S3Error, HTTPError, ConnectionError) as error:
        return failed(str(error))
    for month in months:
        total = sum(sum(services.values()) for services in month.totals.values())
        print(f"  {month.month:%B %Y}: {total} USD in {len(month.totals)} accounts (assembly {month.assembly_id})")
    return passed(**noted)
