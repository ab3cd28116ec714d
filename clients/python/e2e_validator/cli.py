"""python3 -m e2e_validator.cli: validates a deployment from the bucket to the answer."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from . import __version__
from .clients.database import DatabaseError
from .clients.kubernetes import KubernetesError
from .clients.nise import NiseClient
from .deployment import Deployment, DeploymentError, Options, PhaseResult, failed, open_deployment, skipped
from .phases import (
    data_upload,
    deployment_validation,
    kafka_validation,
    migrations,
    preflight,
    processing,
    provider,
    trino_validation,
    validation,
)

EXIT_PASSED, EXIT_FAILED, EXIT_INTERRUPTED = 0, 1, 130
SMOKE_SECONDS = 60


@dataclass
class Run:
    """What the phases found so far, for those behind them."""

    deployment: Deployment
    results: dict[str, PhaseResult] = field(default_factory=dict)

    def upload(self) -> PhaseResult:
        """What data_upload noted of the data."""
        return self.results["data_upload"]


def _processing(run: Run) -> PhaseResult:
    assemblies = list(run.upload()["assemblies"].values())
    return processing.run(run.deployment, run.results["provider"]["uuid"], assemblies)


def _validation(run: Run) -> PhaseResult:
    found = run.results["provider"]
    return validation.run(run.deployment, found["schema_name"], found["uuid"], run.upload()["totals"])


@dataclass(frozen=True)
class Phase:
    """A step: its key and title, what it does, and whether the run ends when it fails."""

    key: str
    title: str
    act: Callable[[Run], PhaseResult]
    blocks: bool
    skip: str = ""  # the option that leaves it out: --skip-…
    infrastructure: bool = False  # also in --infrastructure-only


PHASES = (
    Phase("preflight", "Preflight", lambda run: preflight.run(run.deployment), True, infrastructure=True),
    Phase("migrations", "Migrations", lambda run: migrations.run(run.deployment), True, "migrations", True),
    Phase("kafka_validation", "Kafka", lambda run: kafka_validation.run(run.deployment), False, infrastructure=True),
    # --skip-provider uses an existing provider, --skip-data existing data: the phases look for them.
    Phase("provider", "Provider", lambda run: provider.run(run.deployment), True),
    Phase("data_upload", "Data upload", lambda run: data_upload.run(run.deployment), True),
    Phase("processing", "Processing", _processing, True),
    Phase("trino", "Trino", lambda run: trino_validation.run(run.deployment), False),
    Phase("validation", "Validation of totals", _validation, True, "tests"),
    Phase(
        "deployment_validation", "Deployment", lambda run: deployment_validation.run(run.deployment), False,
        "deployment_validation", True,
    ),
)  # fmt: skip

SKIPS = {
    "migrations": "leave the look at the database's migrations out",
    "provider": "use the provider that is there",
    "data": "use the data that an earlier run uploaded",
    "tests": "don't compare totals",
    "deployment_validation": "don't look at the deployment's fitness",
}


def parse(arguments: Sequence[str]) -> Options:
    """The options; ends the program with 2 on wrong ones."""
    parser = argparse.ArgumentParser(
        prog="e2e-validate", description="Validates a deployment of Kontor from the bucket to the answer.",
        epilog="Without kubectl on the path, or with --local, it validates the kontor of this machine, with the "
        "settings of the environment (KONTOR_LISTEN, KONTOR_DATA_DIR, KONTOR_S3_ENDPOINT …). Exit codes: 0 all "
        "phases passed, 1 one failed, 2 wrong options, 130 interrupted.",
    )  # fmt: skip
    defaults = Options()
    add = parser.add_argument
    add("--namespace", default=defaults.namespace, help="namespace of the release (default: %(default)s)")
    add("--org-id", default=defaults.org_id, help="organisation (default: %(default)s)")
    add("--provider-type", type=str.lower, choices=("aws", "azure", "gcp", "ocp"), default="aws",
        help="kind of provider (default: %(default)s)")  # fmt: skip
    for name, text in SKIPS.items():
        add(f"--skip-{name.replace('_', '-')}", action="append_const", dest="skip", const=name, help=text)
    add("--quick", action="append_const", dest="skip", const="migrations", help="the same as --skip-migrations")
    add("--smoke-test", action="store_true", help="four lines of one day instead of all scenarios")
    add("--force", action="store_true", help="delete and upload the data anew")
    add("--timeout", type=float, help="seconds that the processing may take (default: 300, smoke test 60)")
    add("--scenarios", default="all", help=f"comma-separated: {', '.join(NiseClient.SCENARIOS)} (default: all)")
    add("--infrastructure-only", action="store_true", help="look at the deployment, without provider and data")
    add("--diagnose", action="store_true", help="say in the end how the product sees the provider")
    add("--local", action="store_true", help="validate this machine, also where there is a kubectl")
    add("--api-url", help="address of the APIs (default: forwarded by kubectl, or KONTOR_LISTEN)")
    add("--database-url", help="address of database koku, when it is none of the release's own")
    add("--s3-endpoint", help="address of the storage as it is reached from here, with KONTOR_S3_ACCESS_KEY and "
        "KONTOR_S3_SECRET_KEY (default: through the masu pod, or KONTOR_S3_ENDPOINT)")  # fmt: skip
    add("--bucket", default=defaults.bucket, help="bucket for the test data (default: %(default)s)")
    add("--report-name", default=defaults.report_name, help="report (default: %(default)s)")
    add("--report-prefix", default=defaults.report_prefix, help="its prefix in the bucket (default: %(default)s)")
    add("--token", default=os.environ.get("E2E_TOKEN"), help="bearer token, where callers are checked (E2E_TOKEN)")
    add("--keycloak-namespace", help=argparse.SUPPRESS)  # accepted: older scripts pass it
    add("--version", action="version", version=__version__)
    named = vars(parser.parse_args(arguments))
    named.pop("keycloak_namespace")
    chosen = named.pop("scenarios")
    named["scenarios"] = [] if chosen == "all" else [name.strip() for name in chosen.split(",") if name.strip()]
    unknown = [name for name in named["scenarios"] if name not in NiseClient.SCENARIOS]
    if unknown:
        parser.error(f"--scenarios: no such scenario: {', '.join(unknown)}")
    named["skip"] = set(named["skip"] or ())
    named["provider_type"] = named["provider_type"].upper()
    if named["smoke_test"]:
        named["skip"].add("deployment_validation")
    named["timeout"] = named["timeout"] or (SMOKE_SECONDS if named["smoke_test"] else defaults.timeout)
    return Options(**named)


def _left_out(phase: Phase, options: Options, stopped_by: str) -> str:
    """Why a phase is not run, or nothing."""
    if stopped_by:
        return f"{stopped_by} failed"
    if options.infrastructure_only and not phase.infrastructure:
        return "--infrastructure-only"
    if phase.skip and phase.skip in options.skip:
        return f"--skip-{phase.skip.replace('_', '-')}"
    return ""


def run_phases(run: Run) -> None:
    """Runs them in order; the first one that blocks and fails ends the run."""
    stopped_by = ""
    for number, phase in enumerate(PHASES, 1):
        reason = _left_out(phase, run.deployment.options, stopped_by)
        if reason:
            run.results[phase.key] = skipped(reason, passed=not stopped_by)
            continue
        print(f"\nPhase {number}: {phase.title}")
        try:
            result = phase.act(run)
        except (DatabaseError, DeploymentError, KubernetesError) as error:
            result = failed(str(error))
        run.results[phase.key] = result
        if result.get("skipped"):
            print(f"  skipped: {result['reason']}")
        if not result["passed"]:
            print(f"  failed: {result['error']}")
            if "explain" in result:
                print(result["explain"])
            stopped_by = phase.title if phase.blocks else stopped_by


def summarise(run: Run, seconds: float) -> bool:
    """Prints the final block; whether the run passed."""
    options, results = run.deployment.options, run.results
    left_out = [key for key, result in results.items() if result.get("skipped")]
    broken = [key for key, result in results.items() if not result["passed"] and key not in left_out]
    good = len(results) - len(left_out) - len(broken)
    print(f"\n{'=' * 60}\nFINAL SUMMARY\n{'=' * 60}")
    print(f"Total Time: {seconds:.1f}s ({seconds / 60:.1f} minutes)")
    print(f"Phases: {good}/{len(results)} passed ({len(left_out)} skipped)")
    for key, result in results.items():
        mark = "⏭️ " if key in left_out else "✅" if result["passed"] else "❌"
        note = result.get("reason") or result.get("error") or ""
        print(f"  {mark} {key}{': ' + note if note else ''}")
    blocking = {phase.key for phase in PHASES if phase.blocks}
    critical = [key for key in broken if key in blocking]
    kind = "SMOKE TEST" if options.smoke_test else "FULL VALIDATION"
    print(f"\n{'❌' if critical else '✅'} E2E {kind} {'FAILED' if critical else 'PASSED'}")
    for key in critical:
        print(f"  critical: {key}: {results[key]['error']}")
    return not critical


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a validation; the exit code."""
    options = parse(sys.argv[1:] if arguments is None else arguments)
    began = time.monotonic()
    try:
        deployment = open_deployment(options)
    except (DeploymentError, KubernetesError) as error:
        print(f"e2e-validate: {error}", file=sys.stderr)
        return EXIT_FAILED
    where = f", namespace {options.namespace}" if deployment.kind == "Kubernetes" else ""
    print(f"e2e-validate {__version__}: {deployment.kind}{where}, organisation {options.org_id}")
    run = Run(deployment)
    try:
        run_phases(run)
        good = summarise(run, time.monotonic() - began)
        if options.diagnose and "uuid" in run.results.get("provider", {}):
            print(f"\n{processing.explain(deployment, run.results['provider']['uuid'])}")
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    finally:
        deployment.close()
    return EXIT_PASSED if good else EXIT_FAILED


if __name__ == "__main__":
    sys.exit(main())
