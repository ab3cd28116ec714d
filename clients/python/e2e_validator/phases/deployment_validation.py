"""Is the deployment fit: pods, Services, queue, speed of its answers."""

from __future__ import annotations

import time
from collections.abc import Callable

from ..clients.http import HTTPError, request
from ..clients.kubernetes import KubernetesError, pod_ready
from ..clients.s3 import S3Error
from ..deployment import Deployment, KubernetesDeployment, PhaseResult, failed, passed

API_SECONDS, SQL_SECONDS, RESTARTS_MAX = 5.0, 1.0, 5
PASSES, READY = 80, 95
COMPONENTS = ("sources-api", "cost-management-api", "masu")

Check = tuple[str, Callable[[Deployment], str]]


class Unfit(Exception):
    """A check that did not hold, and why."""


def api_answers(deployment: Deployment) -> str:
    began = time.monotonic()
    deployment.costs().status()
    seconds = time.monotonic() - began
    if seconds > API_SECONDS:
        raise Unfit(f"its status took {seconds:.1f} s")
    return f"{seconds * 1000:.0f} ms"


def database_answers(deployment: Deployment) -> str:
    began = time.monotonic()
    count = deployment.database.get_provider_count()
    seconds = time.monotonic() - began
    # Reaching the database (kubectl, psql) is in this time.
    if seconds > SQL_SECONDS * (10 if isinstance(deployment, KubernetesDeployment) else 1):
        raise Unfit(f"a count took {seconds:.1f} s")
    return f"{count} providers, {seconds * 1000:.0f} ms"


def storage_answers(deployment: Deployment) -> str:
    if not deployment.storage.bucket_exists(deployment.options.bucket):
        raise Unfit(f"bucket {deployment.options.bucket} is not there")
    return f"bucket {deployment.options.bucket}"


def queue_moves(deployment: Deployment) -> str:
    waiting, overdue = deployment.database.execute_query(
        "SELECT count(*) FILTER (WHERE state = 'queued' AND run_at <= now()),"
        "       count(*) FILTER (WHERE state = 'queued' AND run_at < now() - interval '15 minutes')"
        "  FROM kontor_job",
        fetch_one=True,
    )
    if overdue:
        raise Unfit(f"{overdue} jobs wait for more than 15 minutes: does a server with role masu run?")
    return f"{waiting} jobs wait"


def pipeline_whole(deployment: Deployment) -> str:
    completed, failed_files = deployment.database.execute_query(
        "SELECT (SELECT count(*) FROM reporting_common_costusagereportmanifest WHERE completed_datetime IS NOT NULL),"
        "       (SELECT count(*) FROM reporting_common_costusagereportstatus WHERE status = 2)",
        fetch_one=True,
    )
    if failed_files:
        raise Unfit(f"{failed_files} report files failed; kontor explain says why")
    return f"{completed} deliveries are in the summaries"


def server_ready(deployment: Deployment) -> str:
    response = request("GET", f"{deployment.costs_url()}/readyz", timeout=10)
    if not response.ok:
        raise Unfit(f"/readyz answers {response.status_code}: {response.text[:200]}")
    return "/readyz"


def pods_ready(deployment: Deployment) -> str:
    assert isinstance(deployment, KubernetesDeployment)
    pods = deployment.k8s.get_pods()
    unready = [pod["metadata"]["name"] for pod in pods if not pod_ready(pod)]
    statuses = [s for pod in pods for s in pod.get("status", {}).get("containerStatuses", [])]
    restarts = max((status.get("restartCount", 0) for status in statuses), default=0)
    if unready or not pods:
        raise Unfit(f"not ready: {', '.join(unready) or 'there are no pods'}")
    if restarts > RESTARTS_MAX:
        raise Unfit(f"a container restarted {restarts} times")
    return f"{len(pods)} pods, at most {restarts} restarts"


def services_there(deployment: Deployment) -> str:
    assert isinstance(deployment, KubernetesDeployment)
    found = {component: deployment.k8s.service_of_component(component) for component in COMPONENTS}
    missing = [component for component, service in found.items() if service is None]
    if missing:
        raise Unfit(f"no Service of {', '.join(missing)}")
    return ", ".join(service[0] for service in found.values() if service)


EVERYWHERE: tuple[Check, ...] = (
    ("Cost Management API", api_answers),
    ("Server", server_ready),
    ("Database", database_answers),
    ("Object storage", storage_answers),
    ("Queue", queue_moves),
    ("Pipeline", pipeline_whole),
)
IN_KUBERNETES: tuple[Check, ...] = (("Pods", pods_ready), ("Services", services_there))


def run(deployment: Deployment) -> PhaseResult:
    """Runs the checks; 80 % of them pass, 95 % say "deployment ready"."""
    checks = EVERYWHERE + (IN_KUBERNETES if isinstance(deployment, KubernetesDeployment) else ())
    good = 0
    for name, check in checks:
        try:
            print(f"  ✅ {name}: {check(deployment)}")
            good += 1
        except (Unfit, HTTPError, KubernetesError, S3Error, OSError) as error:
            print(f"  ❌ {name}: {error}")
    score = good * 100 / len(checks)
    verdict = "deployment ready" if score >= READY else "usable" if score >= PASSES else "not fit"
    print(f"  {good} of {len(checks)} checks hold ({score:.0f} %): {verdict}")
    result = {"score": score, "verdict": verdict}
    return passed(**result) if score >= PASSES else failed(f"{score:.0f} % of the checks hold", **result)
