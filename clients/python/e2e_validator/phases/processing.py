"""Waits until the product says that the uploaded reports are processed. Nothing is repaired behind its back."""

from __future__ import annotations

import time
from typing import Any

from ..clients.database import DatabaseError
from ..deployment import Deployment, DeploymentError, PhaseResult, failed, passed

PAUSE = 0.2

STATE = """SELECT m.assembly_id, m.completed_datetime IS NOT NULL AS completed,
       COALESCE(string_agg(s.error, '; ') FILTER (WHERE s.status = 2), '') AS errors,
       count(s.id) FILTER (WHERE s.status = 1) AS files_done,
       m.num_total_files AS files
  FROM reporting_common_costusagereportmanifest m
  LEFT JOIN reporting_common_costusagereportstatus s ON s.manifest_id = m.id
 WHERE m.provider_id = %(provider)s::uuid
   AND m.assembly_id = ANY (string_to_array(%(assemblies)s, ','))
 GROUP BY m.id"""


def explain(deployment: Deployment, provider: str) -> str:
    """What the product says of why a provider is not processed; it fails where something is wrong."""
    try:
        return deployment.kontor("explain", "--provider-uuid", provider)
    except DeploymentError as error:
        return str(error)


def _states(deployment: Deployment, provider: str, assemblies: list[str]) -> dict[str, dict[str, Any]]:
    parameters = {"provider": provider, "assemblies": ",".join(assemblies)}
    rows = deployment.database.execute_query(STATE, parameters, dict_cursor=True)
    return {row["assembly_id"]: row for row in rows}


def run(deployment: Deployment, provider: str, assemblies: list[str]) -> PhaseResult:
    """Asks for the provider's reports and awaits every assembly, at most --timeout seconds."""
    began = time.monotonic()
    try:
        deployment.download_report(provider)
    except DeploymentError as error:
        print(f"  download_report: {error}")
    shown = ""
    while True:
        try:
            states = _states(deployment, provider, assemblies)
        except DatabaseError as error:
            return failed(str(error))
        broken = [state["errors"] for state in states.values() if state["errors"] and not state["completed"]]
        if broken:
            return failed(f"reports can't be processed: {'; '.join(broken)}", explain=explain(deployment, provider))
        done = sum(bool(state["completed"]) for state in states.values())
        line = f"  {done} of {len(assemblies)} deliveries are in the summaries"
        if line != shown:
            print(line)
            shown = line
        if done == len(assemblies):
            seconds = time.monotonic() - began
            print(f"  after {seconds:.1f} s")
            return passed(seconds=seconds)
        if time.monotonic() - began > deployment.options.timeout:
            return failed(
                f"not processed within {deployment.options.timeout:.0f} s", explain=explain(deployment, provider)
            )
        time.sleep(PAUSE)
