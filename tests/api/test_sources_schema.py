"""The Sources API against its own OpenAPI document: thousands of generated requests."""

from __future__ import annotations

import re
import subprocess
import sys
import uuid

import requests
from openapi_spec_validator import validate

# All checks but one: the organisation's header is no credential, so any value of it is taken.
CHECKS = ["--checks", "all", "--exclude-checks", "ignored_auth"]

# A request may be sound and still be refused: its name is taken, the row it names is not there.
CONFIGURATION = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "400", "401", "404", "422"]
"""


def test_the_document_is_valid(server):
    validate(requests.get(f"{server.base_url}/api/sources/v3.1/openapi.json", timeout=30).json())


def test_no_answer_is_outside_the_document(server, tmp_path):
    configuration = tmp_path / "schemathesis.toml"
    configuration.write_text(CONFIGURATION)
    done = subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "--config-file", str(configuration),
            "run", f"{server.base_url}/api/sources/v3.1/openapi.json", *CHECKS,
            "-H", f"x-rh-sources-org-id: org-{uuid.uuid4().hex[:10]}",
            "--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "30", "--seed", "1",
            "--continue-on-failure", "--request-timeout", "30", "--no-color",
        ],
        capture_output=True, text=True, timeout=600, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    cases = re.search(r"(\d[\d,]*) generated", done.stdout)
    assert cases is not None and int(cases[1].replace(",", "")) > 2000, done.stdout[-2000:]
