"""The provider whose reports are processed: the one that is there, else made by the Sources API, else by SQL."""

from __future__ import annotations

import time
from typing import Any

from ..clients.database import PsqlDatabase
from ..clients.http import HTTPError
from ..clients.kubernetes import KubernetesError
from ..deployment import Deployment, Options, PhaseResult, failed, passed

NAME = "AWS Test Provider E2E"
PROVISION_SECONDS = 30
PROVISION_PAUSE = 0.1
# What answers in its place: a server of other parts, or a proxy.
AWAY = (404, 502, 503, 504)

FIND = """SELECT p.uuid, p.name, p.active, p.paused, c.schema_name,
       COALESCE(b.data_source ->> 'bucket', '') AS bucket,
       COALESCE(b.data_source ->> 'report_name', '') AS report_name,
       COALESCE(b.data_source ->> 'report_prefix', '') AS report_prefix
  FROM api_provider p
  JOIN api_customer c ON c.id = p.customer_id
  LEFT JOIN api_providerbillingsource b ON b.id = p.billing_source_id
 WHERE c.org_id = %s
   AND p.type IN ('AWS', 'AWS-local')
 ORDER BY p.created_timestamp DESC"""


def of_test_data(row: dict[str, Any], options: Options) -> bool:
    """Does the provider read what the validation uploads?"""
    place = (options.bucket, options.report_name, options.report_prefix)
    return (row["bucket"], row["report_name"], row["report_prefix"]) == place


def find(database: PsqlDatabase, options: Options) -> dict[str, Any] | None:
    """The organisation's provider of the test data, or None."""
    rows = database.execute_query(FIND, (options.org_id,), dict_cursor=True)
    return next((row for row in rows if of_test_data(row, options)), None)


def _await_provider(deployment: Deployment) -> dict[str, Any] | None:
    """The provider of a source that was just made: events bring it within moments."""
    deadline = time.monotonic() + PROVISION_SECONDS
    while (row := find(deployment.database, deployment.options)) is None and time.monotonic() < deadline:
        time.sleep(PROVISION_PAUSE)
    return row


def _refuse_other(source: dict[str, Any], applications: list[dict[str, Any]], options: Options) -> None:
    """A source of the test provider's name that reads something else is not changed behind its owner's back."""
    places = [application.get("extra") for application in applications]
    raise ValueError(
        f"source {source['id']} is called {NAME!r} but reads {places or 'nothing'}: delete or rename it, "
        f"or name its place by --bucket, --report-name and --report-prefix (now {options.bucket}, "
        f"{options.report_name}, {options.report_prefix!r})"
    )


def _create(deployment: Deployment) -> str:
    """Makes the provider and says how."""
    options = deployment.options
    try:
        sources = deployment.sources_api()
        existing = sources.get_source_by_name(NAME)
        if existing is not None:
            _refuse_other(existing, sources.list_applications({"source_id": existing["id"]}), options)
        sources.create_aws_source_full(NAME, options.bucket, options.report_name, options.report_prefix)
        return "by the Sources API"
    except HTTPError as error:
        if error.response.status_code not in AWAY:
            raise
        print(f"  The Sources API is away ({error})")
    except (ConnectionError, KubernetesError, OSError) as error:
        print(f"  The Sources API is away ({error})")
    print("  Falling back to SQL")
    deployment.database.create_provider(
        NAME, options.org_id, options.bucket, options.report_name, options.report_prefix
    )
    return "by SQL, as the Sources API is away"


def run(deployment: Deployment) -> PhaseResult:
    """Finds or makes the provider; with --skip-provider it only finds it."""
    options = deployment.options
    row = find(deployment.database, options)
    how = "found"
    if row is None and "provider" in options.skip:
        return failed(
            f"organisation {options.org_id} has no provider that reads {options.bucket}/{options.report_prefix}/"
            f"{options.report_name}: leave --skip-provider out, or name its place by --bucket, --report-name, "
            "--report-prefix"
        )
    if row is None:
        try:
            how = _create(deployment)
        except (HTTPError, ValueError) as error:
            return failed(str(error))
        row = _await_provider(deployment)
    if row is None:
        return failed(f"the provider did not come within {PROVISION_SECONDS} s of its source; look at masu's log")
    if row["paused"] or not row["active"]:
        return failed(f"provider {row['uuid']} is paused or inactive: resume it first")
    print(f"  Provider {row['uuid']} ({row['name']}): {how}")
    return passed(how=how, **row)
