"""Test data: scenarios with known costs, and koku-nise where it is installed."""

from __future__ import annotations

import datetime
import pathlib
import shutil
import subprocess
import tempfile
from decimal import Decimal
from typing import Any

from ..aws_report import Scenario, make_month
from .database import PsqlDatabase

EVERY = ("AmazonEC2", "AmazonRDS", "AmazonS3", "AmazonVPC")


class NiseError(Exception):
    """The generator is missing or failed."""


def _scenario(index: int, name: str, cost: str, services: tuple[str, ...], **tags: str) -> Scenario:
    return Scenario(name, f"99990000000{index}", Decimal(cost), services, {"scenario": name, **tags})


class NiseClient:
    """Generates report files. SCENARIOS are made here, with exactly the costs they promise a month."""

    SCENARIOS: dict[str, Scenario] = {
        scenario.name: scenario
        for scenario in (
            _scenario(1, "basic_queries", "1000", ("AmazonEC2",)),
            _scenario(2, "advanced_queries", "1500", EVERY),
            _scenario(3, "mathematical_precision", "500", ("AmazonS3", "AmazonVPC")),
            _scenario(4, "data_accuracy", "1500", ("AmazonEC2", "AmazonRDS")),
            _scenario(5, "tagged_resources", "750", ("AmazonEC2",), environment="production"),
            _scenario(6, "data_pipeline_integrity", "2000", EVERY),
            _scenario(7, "functional_basic", "500", ("AmazonRDS",)),
            _scenario(8, "functional_tags", "400", ("AmazonS3",), environment="staging"),
        )
    }

    def __init__(self, nise_path: str | None = None) -> None:
        self.nise_path = nise_path or shutil.which("nise")
        self.folders: list[pathlib.Path] = []

    def _folder(self, output_dir: str | None) -> pathlib.Path:
        if output_dir is not None:
            pathlib.Path(output_dir).mkdir(parents=True, exist_ok=True)
            return pathlib.Path(output_dir)
        self.folders.append(pathlib.Path(tempfile.mkdtemp(prefix="e2e-nise-")))
        return self.folders[-1]

    # scenarios

    def get_scenario_expected_cost(self, name: str) -> Decimal:
        """What a scenario costs a month; NiseError for an unknown one."""
        if name not in self.SCENARIOS:
            raise NiseError(f"there is no scenario {name}; there are {', '.join(self.SCENARIOS)}")
        return self.SCENARIOS[name].expected_cost

    def generate_scenario(self, name: str, start: datetime.date, output_dir: str | None = None) -> pathlib.Path:
        """Writes a month of a scenario as an AWS report with its manifests; the folder."""
        return self.generate_multi_scenario([name], start, output_dir)

    def generate_multi_scenario(
        self, names: list[str], start: datetime.date, output_dir: str | None = None
    ) -> pathlib.Path:
        """Writes a month of several scenarios as one AWS report; the folder."""
        for name in names:
            self.get_scenario_expected_cost(name)
        folder = self._folder(output_dir)
        month = make_month([self.SCENARIOS[name] for name in names], start.replace(day=1), 28, "test-report", "")
        for key, data in month.objects.items():
            (folder / key).parent.mkdir(parents=True, exist_ok=True)
            (folder / key).write_bytes(data)
        return folder

    # koku-nise

    def _run(self, kind: str, start: datetime.date, end: datetime.date, output_dir: str | None, *more: str) -> Any:
        if self.nise_path is None:
            raise NiseError("the program nise is not on the path: pip install koku-nise")
        folder = self._folder(output_dir)
        command = [
            self.nise_path, "report", kind, "--start-date", str(start), "--end-date", str(end), "--write-monthly",
            *more,
        ]  # fmt: skip
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600, check=False)
        if done.returncode != 0:
            raise NiseError(f"nise report {kind}: {(done.stderr or done.stdout).strip()[-500:]}")
        return folder

    def generate_aws_cur(
        self, start: datetime.date, end: datetime.date, output_dir: str | None = None
    ) -> pathlib.Path:
        """A random AWS report; the folder."""
        return self._run("aws", start, end, output_dir)

    def generate_azure_export(
        self, start: datetime.date, end: datetime.date, output_dir: str | None = None
    ) -> pathlib.Path:
        """A random Azure export; the folder."""
        return self._run("azure", start, end, output_dir)

    def generate_gcp_export(
        self, start: datetime.date, end: datetime.date, output_dir: str | None = None
    ) -> pathlib.Path:
        """A random Google Cloud export; the folder."""
        return self._run("gcp", start, end, output_dir)

    def generate_ocp_usage(
        self, start: datetime.date, end: datetime.date, cluster_id: str = "test-cluster-123",
        output_dir: str | None = None, static_report_file: str | None = None,
    ) -> pathlib.Path:  # fmt: skip
        """OpenShift usage, random or as a static file says; the folder."""
        static = ["--static-report-file", static_report_file] if static_report_file else []
        return self._run("ocp", start, end, output_dir, "--ocp-cluster-id", cluster_id, *static)

    def parse_nise_output(self, folder: str | pathlib.Path) -> list[pathlib.Path]:
        """The report files below a folder."""
        return sorted(p for p in pathlib.Path(folder).rglob("*") if p.name.endswith((".csv", ".csv.gz")))

    def cleanup(self) -> None:
        """Removes the folders that it chose itself."""
        while self.folders:
            shutil.rmtree(self.folders.pop(), ignore_errors=True)


class NiseScenarioValidator:
    """Compares scenarios with the daily summaries."""

    def __init__(self, db: PsqlDatabase, schema: str = "org1234567") -> None:
        self.db, self.schema = db, schema

    def validate_scenario_costs(
        self, name: str, tolerance: float = 0.0, month: datetime.date | None = None
    ) -> dict[str, Any]:
        """What a scenario was to cost in a month and what the summary says: {"passed", "expected", "actual"}."""
        expected = NiseClient().get_scenario_expected_cost(name)
        first = (month or datetime.date.today()).replace(day=1)
        schema = self.schema.replace('"', '""')
        actual = self.db.execute_query(
            f'SELECT COALESCE(sum(unblended_cost), 0) FROM "{schema}".reporting_awscostentrylineitem_daily_summary'
            " WHERE usage_account_id = %s"
            "   AND usage_start >= %s::date"
            "   AND usage_start < %s::date + interval '1 month'",
            (NiseClient.SCENARIOS[name].account, first, first),
            fetch_one=True,
        )[0]
        return {
            "passed": abs(actual - expected) <= expected * Decimal(str(tolerance)),
            "expected": expected,
            "actual": actual,
        }
