"""The Sources API against its own OpenAPI document: thousands of generated requests."""

from __future__ import annotations

import re
import subprocess
import sys
import uuid

import requests
from openapi_spec_validator import validate

# Left out are the checks that guess at what a good request would be answered: a name that is taken
# is refused though the document allows it, and an organisation's header needs no other identity.
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,negative_data_rejection,missing_required_header,unsupported_method"
)


def test_the_document_is_valid(server):
    validate(requests.get(f"{server.base_url}/api/sources/v3.1/openapi.json", timeout=30).json())


def test_no_answer_is_outside_the_document(server, tmp_path):
    done = subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "run", f"{server.base_url}/api/sources/v3.1/openapi.json",
            "-H", f"x-rh-sources-org-id: org-{uuid.uuid4().hex[:10]}", "--checks", CHECKS,
            "--phases", "examples,coverage,fuzzing", "--max-examples", "40", "--seed", "1",
            "--continue-on-failure", "--request-timeout", "30", "--no-color",
        ],
        capture_output=True, text=True, timeout=600, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    cases = re.search(r"(\d[\d,]*) generated", done.stdout)
    assert cases is not None and int(cases[1].replace(",", "")) > 2000, done.stdout[-2000:]
