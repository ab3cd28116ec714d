"""The command line: help, settings, errors that say what to do."""

from __future__ import annotations

import shutil
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
        (["serve", "data"], '"data" is not expected; --help lists the options'),
        (["config", "threads"], '"threads" is not expected'),
        (["providers", "--format", "json", "all"], '"all" is not expected'),
        (["export", "--org", "org1234567", "2026-10"], '"2026-10" is not expected'),
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


def test_every_verb_has_a_manual_page_that_roff_reads():
    for verb in verbs():
        page = kontor("man", verb)
        assert page.returncode == 0 and page.stdout.startswith('.TH "KONTOR\\-'), verb
        assert all(f".SH {title}" in page.stdout for title in ("NAME", "SYNOPSIS", "DESCRIPTION", "CONFIGURATION"))
    page = kontor("man", "report").stdout
    read = subprocess.run(["groff", "-man", "-Tutf8", "-ww"], input=page, capture_output=True, text=True, check=True)
    assert read.stderr == "" and "--group-by" in read.stdout and "FILE…" in read.stdout
    overview = kontor("man").stdout
    assert all(f".B {verb}\n" in overview for verb in verbs())
    assert kontor("man", "nonsense").returncode == 2


def test_completions():
    script = kontor("completion", "bash").stdout
    asked = """
COMP_WORDS=(kontor {words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _kontor; echo "${{COMPREPLY[@]}}"
"""
    for words, expected in {
        "rep": ["report"],
        "report --form": ["--format"],
        "report --group-by x": [],
        "serve --data-d": ["--data-dir"],
    }.items():
        done = subprocess.run(
            ["bash", "-c", script + asked.format(words=words)], capture_output=True, text=True, check=True
        )
        assert done.stdout.split() == expected and done.stderr == "", words
    assert "'--group-by[" in kontor("completion", "zsh").stdout
    assert "-l group-by -r -d '" in kontor("completion", "fish").stdout
    for shell, script in (("zsh", "zsh"), ("fish", "fish")):
        if shutil.which(shell):
            checked = subprocess.run([shell, "-n"], input=kontor("completion", script).stdout, text=True, check=False)
            assert checked.returncode == 0, shell
    assert kontor("completion", "tcsh").returncode == 2
