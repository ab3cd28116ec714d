"""The validator against real servers: it passes where all is well, and says what is wrong where it is not."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import uuid

import pytest
from e2e_validator.clients.celery_client import CeleryClient, NotPartOfKontor
from e2e_validator.clients.trino_client import TrinoClient
from support.process import ROOT, kontor_binary, make_folder, remove_folder

SCRIPT = ROOT / "scripts" / "e2e-validate.sh"


def validate(server, *arguments: str, **more: str) -> subprocess.CompletedProcess:
    environment = {**server.environment, "KONTOR_BINARY": str(kontor_binary()), **more}
    return subprocess.run(
        [SCRIPT, "--local", *arguments], env=environment, capture_output=True, text=True, timeout=180, check=False
    )


def organisation() -> tuple[str, str]:
    """--org-id and one that nobody else uses."""
    return "--org-id", f"e2e{uuid.uuid4().hex[:8]}"


def summary(done: subprocess.CompletedProcess) -> dict[str, str]:
    """The final block: phase → its mark."""
    block = done.stdout.partition("FINAL SUMMARY")[2]
    return {key: mark for mark, key in re.findall(r"^  (✅|❌|⏭️ ) (\w+)", block, re.M)}


def passing(done: subprocess.CompletedProcess) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_smoke_run_over_s3(server):
    place = (*organisation(), "--bucket", f"smoke-{uuid.uuid4().hex[:8]}")
    done = validate(server, "--smoke-test", *place)
    shown = passing(done)
    assert "by the Sources API" in shown and "1 accounts and months, 15.400000 USD in all" in shown
    assert "✅ E2E SMOKE TEST PASSED" in shown
    assert summary(done) == {
        "preflight": "✅", "migrations": "✅", "kafka_validation": "⏭️ ", "provider": "✅", "data_upload": "✅",
        "processing": "✅", "trino": "⏭️ ", "validation": "✅", "deployment_validation": "⏭️ ",
    }  # fmt: skip
    again = passing(validate(server, "--smoke-test", "--skip-provider", *place))
    assert "(AWS Test Provider E2E): found" in again and "valid_data_exists" in again
    forced = passing(validate(server, "--smoke-test", "--force", "--quick", *place))
    assert "valid_data_exists" not in forced and "migrations: --skip-migrations" in forced


def test_a_full_run_of_two_scenarios_and_its_deployment(server):
    place = (*organisation(), "--bucket", f"full-{uuid.uuid4().hex[:8]}")
    shown = passing(validate(server, "--scenarios", "basic_queries,tagged_resources", "--diagnose", *place))
    assert "4 accounts and months, 3500.000000 USD in all" in shown
    assert "✅ E2E FULL VALIDATION PASSED" in shown
    assert "deployment ready" in shown or "usable" in shown
    assert "[ok] month 2026-10" in shown and "[ok] month 2026-11" in shown
    data = passing(validate(server, "--skip-data", "--skip-deployment-validation", *place))
    assert "data_upload: --skip-data" in data and "4 accounts and months, 3500.000000 USD in all" in data


def test_a_wrong_total_is_found(server):
    option, org = organisation()
    place = (option, org, "--bucket", f"wrong-{uuid.uuid4().hex[:8]}")
    passing(validate(server, "--smoke-test", *place))
    schema = server.sql(f"SELECT schema_name FROM api_customer WHERE org_id = '{org}'")[0][0]
    server.sql(
        f"UPDATE {schema}.reporting_awscostentrylineitem_daily_summary SET unblended_cost = unblended_cost + 0.01"
        " WHERE product_code = 'AmazonS3'"
    )
    done = validate(server, "--smoke-test", *place)
    assert done.returncode == 1
    assert "15.400000 expected, the daily summary has 15.41" in done.stdout
    assert "❌ E2E SMOKE TEST FAILED" in done.stdout and summary(done)["validation"] == "❌"


def test_without_the_sources_api_the_provider_is_made_by_sql(make_server):
    folder = make_folder()
    buckets = folder / "buckets"
    buckets.mkdir()
    server = make_server(
        KONTOR_S3_ENDPOINT=f"file://{buckets}", KONTOR_ROLES="cost-management-api,masu", KONTOR_POLL_INTERVAL="2"
    ).start()
    done = validate(server, "--smoke-test")
    shown = passing(done)
    assert "Falling back to SQL" in shown and "by SQL, as the Sources API is away" in shown
    assert server.sql("SELECT count(*) FROM api_provider") == [["1"]]
    passing(validate(server, "--smoke-test", "--skip-provider"))
    remove_folder(folder)


def test_a_report_that_cannot_be_read_ends_the_run_with_its_reason(server, s3):
    bucket = f"broken-{uuid.uuid4().hex[:8]}"
    place = (*organisation(), "--bucket", bucket)
    passing(validate(server, "--smoke-test", *place))
    keys = [o["Key"] for o in s3.client.list_objects_v2(Bucket=bucket)["Contents"]]
    report = next(key for key in keys if key.endswith(".csv.gz"))
    whole = s3.client.get_object(Bucket=bucket, Key=report)["Body"].read()
    s3.client.put_object(Bucket=bucket, Key=report, Body=whole[: len(whole) // 2])
    manifest = next(key for key in keys if key.count("/") == 3 and key.endswith("Manifest.json"))
    text = s3.client.get_object(Bucket=bucket, Key=manifest)["Body"].read()
    noted = next(key for key in keys if key.startswith("e2e-validator/"))
    body = s3.client.get_object(Bucket=bucket, Key=noted)["Body"].read()
    old = re.search(rb'"assemblyId": "([0-9a-f-]+)"', text)[1]
    new = str(uuid.uuid4()).encode()
    # As a new delivery of the month: an assembly that nobody has seen yet.
    fresh = text.replace(b'"assemblyId": "' + old, b'"assemblyId": "' + new)
    s3.client.put_object(Bucket=bucket, Key=manifest, Body=fresh)
    s3.client.put_object(Bucket=bucket, Key=noted, Body=body.replace(b'"' + old + b'"', b'"' + new + b'"'))
    done = validate(server, "--smoke-test", *place)
    assert done.returncode == 1
    assert re.search(r"processing: reports can't be processed: .*(truncated|ends)", done.stdout), done.stdout
    assert f"bucket {bucket}" in done.stdout.partition("reports can't be processed")[2]


def test_what_can_not_be_validated_is_said_at_once(server):
    done = validate(server, "--provider-type", "Azure")
    assert done.returncode == 1 and "does not process reports of provider type azure yet" in done.stdout
    assert summary(done)["provider"] == "⏭️ "
    away = validate(server, "--api-url", "http://127.0.0.1:9")
    assert away.returncode == 1 and "the Cost Management API does not answer" in away.stdout
    nowhere = validate(server, KONTOR_S3_ENDPOINT="")
    assert nowhere.returncode == 1 and "Set KONTOR_S3_ENDPOINT" in nowhere.stderr
    keys = validate(server, *organisation(), KONTOR_S3_SECRET_KEY="wrong")
    assert keys.returncode == 1 and "the object storage can't be used" in keys.stdout and "403" in keys.stdout
    skip = validate(server, "--skip-provider", *organisation())
    assert skip.returncode == 1 and "leave --skip-provider out" in skip.stdout


@pytest.mark.parametrize("arguments", [["--provider-type", "oracle"], ["--scenarios", "nothing"], ["--nonsense"]])
def test_wrong_options_end_with_two(arguments):
    done = subprocess.run([SCRIPT, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and done.stderr.startswith("usage:")


def test_help():
    done = subprocess.run([SCRIPT, "--help"], capture_output=True, text=True, check=True)
    for option in ("--namespace", "--org-id", "--provider-type", "--skip-data", "--quick", "--smoke-test", "--force",
                   "--timeout", "--scenarios", "--infrastructure-only", "--diagnose", "--local"):  # fmt: skip
        assert option in done.stdout


def test_infrastructure_only(server):
    done = validate(server, "--infrastructure-only", *organisation())
    assert done.returncode == 0, done.stdout
    marks = summary(done)
    assert marks["preflight"] == "✅" and marks["provider"] == marks["validation"] == "⏭️ "


def test_an_interrupt_ends_with_130(server):
    environment = {**os.environ, **server.environment, "KONTOR_BINARY": str(kontor_binary())}
    process = subprocess.Popen(
        [SCRIPT, "--local", *organisation(), "--bucket", "interrupted"], env={**environment, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        # A shell's job in the background ignores interrupts, and so would all that it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    while "Phase 1" not in process.stdout.readline():
        assert process.poll() is None
    process.send_signal(2)
    assert process.wait(timeout=30) == 130


def test_services_that_there_are_not_say_so():
    with pytest.raises(NotPartOfKontor, match="kontor_job"):
        CeleryClient("redis://localhost").get_task_status("1")
    with pytest.raises(NotPartOfKontor, match="no Trino"):
        TrinoClient().execute_query("SELECT 1")
