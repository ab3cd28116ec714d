"""The Cost Management API against its own OpenAPI document: thousands of generated requests."""

from __future__ import annotations

import re
import subprocess
import sys
import uuid

# Left out are the checks that guess at what a good request would be answered.
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,negative_data_rejection,unsupported_method"
)


def test_no_answer_is_outside_the_document(server, tmp_path):
    org = f"schema{uuid.uuid4().hex[:10]}"
    _, provider = server.add_aws_provider("cost-data", "cost-report", "reports", org=org)
    server.wait_for_month(provider)
    done = subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "run", f"{server.base_url}/api/cost-management/v1/openapi.json",
            "-H", f"x-rh-sources-org-id: {org}", "--checks", CHECKS, "--phases", "examples,coverage,fuzzing",
            "--max-examples", "3", "--seed", "1", "--continue-on-failure", "--request-timeout", "30", "--no-color",
        ],
        capture_output=True, text=True, timeout=600, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    cases = re.search(r"(\d[\d,]*) generated", done.stdout)
    assert cases is not None and int(cases[1].replace(",", "")) > 1000, done.stdout[-2000:]
