"""The command line: help, settings, errors that say what to do."""

from __future__ import annotations

import subprocess

import pytest
from support.process import ROOT, kontor_binary


def kontor(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [kontor_binary(), *arguments], capture_output=True, text=True, timeout=60,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", **environment},
    )  # fmt: skip


def verbs() -> list[str]:
    lines = kontor("--help").stdout.splitlines()
    return [line.split()[0] for line in lines if line.startswith("  ")]


def test_help_lists_the_verbs_and_each_has_its_own():
    assert {"serve", "report", "sources", "psql", "check-s3", "config", "explain", "providers", "ingest"} <= set(
        verbs()
    )
    for verb in verbs():
        done = kontor(verb, "--help")
        names = (f"kontor {verb}", f"kontor {verb.replace('-', '_')}")
        assert done.returncode == 0 and done.stdout.startswith(names), verb
        assert "--data-dir" in done.stdout


def test_version():
    assert kontor("--version").stdout == "kontor 0.1.0\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing"], 'no verb "nothing"'),
        (["report", "--colour", "red", "x.csv"], "--colour"),
        (["report", "--format", "pdf", "x.csv"], "pdf"),
        (["report", "--group-by", "moon", "x.csv"], "moon"),
        (["serve", "--threads", "many"], "--threads"),
        (["serve", "--now", "soon"], "--now"),
    ],
)
def test_wrong_usage_is_exit_code_2(arguments, words):
    done = kontor(*arguments)
    assert done.returncode == 2 and words in done.stderr


def test_a_missing_report_is_named():
    done = kontor("report", "/nonexistent/report.csv")
    assert done.returncode == 1 and "/nonexistent/report.csv" in done.stderr


def test_a_wrong_variable_is_named():
    done = kontor("config", KONTOR_THREADS="many")
    assert done.returncode == 2 and "KONTOR_THREADS" in done.stderr


def test_the_configuration_page_is_up_to_date():
    assert kontor("config").stdout in (ROOT / "docs" / "configuration.md").read_text()
