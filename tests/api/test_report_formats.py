"""The same report in every form that is read: the sums are the same to the last digit."""

from __future__ import annotations

import pathlib
import subprocess

import pytest
from support import reports
from support.process import kontor_binary


def run_report(*files: pathlib.Path | str, by: str = "service") -> subprocess.CompletedProcess:
    return subprocess.run(
        [kontor_binary(), "report", *map(str, files), "--group-by", by, "--format", "csv"],
        capture_output=True, text=True, timeout=60, env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"},
    )  # fmt: skip


def assert_sums(file: pathlib.Path, lines: list[reports.Line], dimensions: list[str]) -> None:
    for dimension in dimensions:
        done = run_report(file, by=dimension)
        assert done.returncode == 0 and done.stderr == "", done.stderr
        assert reports.parse_report(done.stdout, dimension) == reports.expected(lines, dimension), dimension


@pytest.fixture(scope="module")
def october(sample) -> list[reports.Line]:
    return reports.read_lines(next((sample / "reports").rglob("October-*.csv.gz")))


@pytest.mark.parametrize("packing", ["plain", "gz", "zip", "zst"])
def test_packings(tmp_path, october, packing):
    """They are told by their bytes: no name says what the file is."""
    file = tmp_path / "report"
    file.write_bytes(reports.pack(packing, reports.write_csv(october)))
    assert_sums(file, october, list(reports.DIMENSIONS))


def test_packings_in_a_folder(tmp_path, october):
    for i, packing in enumerate(["gz", "zip", "zst"]):
        part = reports.write_csv(october[i::3])
        (tmp_path / f"part-{i}.csv.{packing}").write_bytes(reports.pack(packing, part))
    (tmp_path / "part-4.zip").write_bytes(b"no report by its name")
    assert_sums(tmp_path, october, ["service", "day"])


@pytest.mark.parametrize("packing", ["gz", "zip", "zst"])
@pytest.mark.parametrize("damage", ["truncated", "changed", "header cut off"])
def test_a_damaged_file_is_no_report(tmp_path, october, packing, damage):
    content = bytearray(reports.pack(packing, reports.write_csv(october)))
    if damage == "truncated":
        del content[-len(content) // 3 :]
    elif damage == "changed":
        content[len(content) // 2] ^= 0xFF
    else:
        del content[12:]
    file = tmp_path / "report"
    file.write_bytes(content)
    done = run_report(file)
    assert done.returncode == 1 and done.stdout == ""
    assert f"kontor report: {file}: " in done.stderr
    assert "damaged" in done.stderr or "truncated" in done.stderr, done.stderr


def test_a_fault_names_the_file_in_the_zip(tmp_path, october):
    lines = [dict(line) for line in october[:3]]
    lines[1]["lineItem/UnblendedCost"] = "many"
    file = tmp_path / "report.zip"
    file.write_bytes(reports.pack("zip", reports.write_csv(lines), "inner.csv"))
    done = run_report(file)
    assert done.returncode == 0
    assert f"{file}, inner.csv:3: line left out: lineItem/UnblendedCost is not a number" in done.stderr
