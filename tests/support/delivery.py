"""A month's delivery of a report named cost-report, and what the summaries make of it."""

from __future__ import annotations

import gzip
import json
import os
from decimal import Decimal

MONTH = "cost-report/20261001-20261101"
TABLES = (
    "reporting_awscostentrylineitem_daily_summary",
    "reporting_aws_cost_summary_p",
    "reporting_aws_cost_summary_by_service_p",
    "reporting_aws_cost_summary_by_account_p",
    "reporting_aws_cost_summary_by_region_p",
    "reporting_aws_cost_summary_by_service_region_p",
)


def write_month(bucket, header: bytes, lines: list[bytes], assembly: str, repeat: int) -> None:
    """A delivery as AWS makes it: the files first, then the manifest that names them."""
    key = f"{MONTH}/{assembly}/part-1.csv.gz"
    (bucket / key).parent.mkdir(parents=True)
    (bucket / key).write_bytes(gzip.compress(b"\n".join([header, *(lines * repeat)]) + b"\n", 1))
    manifest = {
        "assemblyId": assembly,
        "billingPeriod": {"start": "20261001T000000.000Z", "end": "20261101T000000.000Z"},
        "reportKeys": [key],
        "compression": "GZIP",
        "contentType": "text/csv",
    }
    temporary = bucket / MONTH / "manifest.new"
    temporary.write_text(json.dumps(manifest))
    os.replace(temporary, bucket / MONTH / "cost-report-Manifest.json")


def totals(server) -> list[Decimal]:
    query = ", ".join(f"(SELECT COALESCE(sum(unblended_cost), 0) FROM org1234567.{table})" for table in TABLES)
    return [Decimal(cell) for cell in server.sql(f"SELECT {query}")[0]]
