"""The web interface's files, and /api/kontor/v1."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from conftest import AWS_SMALL
from support.process import make_folder, remove_folder, wait_until

REFERENCE = json.loads((AWS_SMALL / "reference-october.json").read_text())
ORG, OTHER = "org1234567", "org7654321"


def kontor(server, method: str, path: str, org: str | None = ORG, **more) -> requests.Response:
    headers = {"x-rh-sources-org-id": org} if org else {}
    return requests.request(method, f"{server.base_url}/api/kontor/v1/{path}", headers=headers, timeout=60, **more)


@pytest.fixture(scope="module")
def source(server) -> tuple[str, str]:
    """A source of ORG whose reports are read; its id and its provider's."""
    made = server.add_aws_provider("cost-data", "cost-report", "reports", org=ORG, name="web")
    server.wait_for_month(made[1])
    return made


@pytest.fixture(scope="module")
def page(server) -> requests.Response:
    answer = requests.get(server.base_url + "/", timeout=10)
    if "built without its web interface" in answer.text:
        pytest.fail("kontor was built without its interface: scripts/setup-ui.sh")
    return answer


# files


def test_the_page_is_closed_to_all_but_itself(page):
    assert page.status_code == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy and "http" not in policy
    assert "<script>" not in page.text and " style=" not in page.text


def test_files_are_cached_by_their_content(server, page):
    names = re.findall(r'"(/assets/[^"]+)"', page.text)
    assert len(names) == 3
    for name in names:
        answer = requests.get(server.base_url + name, timeout=10)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["Content-Encoding"] == "gzip"
        plain = requests.get(server.base_url + name, headers={"Accept-Encoding": "identity"}, timeout=10)
        assert plain.content == answer.content and plain.headers["ETag"] != answer.headers["ETag"]
        assert "Content-Encoding" not in plain.headers
        again = requests.get(server.base_url + name, headers={"If-None-Match": answer.headers["ETag"]}, timeout=10)
        assert (again.status_code, again.content) == (304, b"")
        head = requests.head(server.base_url + name, headers={"Accept-Encoding": "gzip"}, timeout=10)
        assert head.status_code == 200 and head.headers["ETag"] == answer.headers["ETag"]
    refused = requests.get(server.base_url + names[0], headers={"Accept-Encoding": "gzip;q=0"}, timeout=10)
    assert "Content-Encoding" not in refused.headers


def test_the_page_is_asked_for_again(server, page):
    assert page.headers["Cache-Control"] == "no-cache"
    again = requests.get(server.base_url + "/explore", headers={"If-None-Match": page.headers["ETag"]}, timeout=10)
    assert again.status_code == 304


def test_unknown_paths_and_bookmarks_of_the_peer(server):
    assert requests.get(server.base_url + "/assets/none.js", timeout=10).status_code == 404
    assert requests.get(server.base_url + "/nowhere", timeout=10).status_code == 404
    for path in ("", "/aws", "/settings/cost-model/x"):
        answer = requests.get(
            f"{server.base_url}/openshift/cost-management{path}?a=1", timeout=10, allow_redirects=False
        )
        assert (answer.status_code, answer.headers["Location"]) == (302, "/")


# /api/kontor/v1


def test_about_needs_no_identity(server):
    answer = kontor(server, "GET", "about/", org=None).json()
    assert (answer["today"], answer["retention_months"]) == ("2026-11-24", 4)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "explain/?source_id=1"), ("GET", "ingest/"), ("GET", "audit/"), ("GET", "system/"),
        ("POST", "bucket-check/"), ("POST", "sample-data/"),
    ],
)  # fmt: skip
def test_nothing_without_an_organisation(server, method, path):
    assert kontor(server, method, path, org=None).status_code == 401


def test_explain_has_the_checks_of_the_verb(server, source):
    answer = kontor(server, "GET", f"explain/?source_id={source[0]}").json()
    assert answer["provider_uuid"] == source[1]
    checks = {c["question"]: c for c in answer["data"]}
    assert checks["bucket reachable"]["answer"] == "yes"
    assert checks["month 2026-10"]["answer"] == "yes"
    printed = server.run("explain", "--provider-uuid", source[1], check=False).stdout
    assert re.findall(r"^\[..\] (.{20})", printed, re.M) == [f"{c['question']:20}" for c in answer["data"]]


def test_explain_names_the_remedy(server):
    source = server.sources("POST", "/sources", json={"name": "no bucket", "source_type_id": "1"}).json()
    body = {"source_id": source["id"], "application_type_id": "2", "extra": {"bucket": "there-is-none"}}
    assert server.sources("POST", "/applications", json=body).status_code == 201
    found = wait_until(
        lambda: [
            c
            for c in kontor(server, "GET", f"explain/?source_id={source['id']}").json().get("data", [])
            if c["question"] == "bucket reachable"
        ]
    )
    assert found[0]["answer"] == "no" and "kontor check-s3" in found[0]["remedy"]
    server.sources("DELETE", f"/sources/{source['id']}")


def test_explain_wants_a_source(server, source):
    assert kontor(server, "GET", "explain/").status_code == 400
    for org, name in ((ORG, "4711"), (OTHER, source[0]), (OTHER, source[1])):
        answer = kontor(server, "GET", f"explain/?source_id={name}", org=org).json()
        assert answer["provider_uuid"] is None
        assert [c["text"] for c in answer["data"]] == [f"there is none of source {name}"]


def test_ingest_shows_months_of_the_organisation_alone(server, source):
    mine = kontor(server, "GET", "ingest/").json()["data"]
    row = next(p for p in mine if p["source_id"] == source[0])
    assert (row["provider_uuid"], row["name"], row["type"], row["paused"]) == (source[1], "web", "AWS", False)
    october = next(m for m in row["months"] if m["month"] == "2026-10")
    assert (october["files"], october["files_done"], october["faults"]) == (1, 1, 0)
    assert october["lines"] == REFERENCE["rows"]
    assert october["completed"] is not None
    assert kontor(server, "GET", "ingest/", org=OTHER).json() == {"data": []}


def test_audit_goes_page_by_page(server, source):
    whole = kontor(server, "GET", "audit/?limit=500").json()
    assert any(e["resource"] == "sources" and e["resource_id"] == source[0] for e in whole["data"])
    first = kontor(server, "GET", "audit/?limit=1").json()
    second = kontor(server, "GET", f"audit/?limit=1&before={first['meta']['next_before']}").json()
    assert [first["data"][0], second["data"][0]] == whole["data"][:2]
    only = kontor(server, "GET", f"audit/?resource=applications&limit=500&since={whole['data'][-1]['at']}").json()
    assert {e["resource"] for e in only["data"]} == {"applications"}
    assert kontor(server, "GET", "audit/", org=OTHER).json()["data"] == []


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "before=x", "before=1-x", "since=x"])
def test_audit_refuses_what_makes_no_sense(server, query):
    assert kontor(server, "GET", f"audit/?{query}").status_code == 400


def test_system(server):
    answer = kontor(server, "GET", "system/").json()
    assert answer["database_bytes"] > 1_000_000 and answer["poll_interval_seconds"] == 2


def check(server, **body) -> dict:
    answer = kontor(server, "POST", "bucket-check/", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_bucket_check_finds_the_report_by_itself(server):
    found = check(server, bucket="cost-data")
    assert (found["ok"], found["report_name"], found["report_prefix"]) == (True, "cost-report", "reports")
    assert [(m["month"], m["files"], m["kind"], m["manifest"], m["problem"]) for m in found["months"]] == [
        ("2026-10", 1, "csv.gz", True, None),
        ("2026-11", 1, "csv.gz", True, None),
    ]


def test_bucket_check_says_what_is_wrong(server, s3):
    absent = check(server, bucket="there-is-none")
    assert (absent["ok"], absent["step"]) == (False, "reach") and "there-is-none" in absent["message"]
    wrong = check(server, bucket="cost-data", access_key="kontor-test", secret_key="wrong")
    assert (wrong["ok"], wrong["step"]) == (False, "reach")
    away = check(server, bucket="cost-data", endpoint="http://127.0.0.1:9", access_key="mine", secret_key="mine")
    assert (away["ok"], away["step"]) == (False, "reach")
    empty = check(server, bucket="cost-data", report_name="another", report_prefix="reports")
    assert (empty["ok"], empty["step"], empty["months"]) == (False, "reports", [])
    s3.client.create_bucket(Bucket="two-reports")
    for key in ("one/20261001-20261101/x.csv", "deep/two/data/BILLING_PERIOD=2026-10/x.csv.gz"):
        s3.client.put_object(Bucket="two-reports", Key=key, Body=b"a\n")
    several = check(server, bucket="two-reports")
    assert (several["ok"], several["step"]) == (False, "reports")
    assert [(r["report_prefix"], r["report_name"]) for r in several["reports"]] == [("deep", "two"), ("", "one")]


@pytest.fixture
def foreign_store() -> Iterator[tuple[str, list[str]]]:
    """The URL of a tenant's own S3 server, which knows no bucket, and the authorizations that reach it."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers.get("Authorization", ""))
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    store = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=store.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{store.server_port}", seen
    store.shutdown()
    store.server_close()


def test_the_servers_keys_sign_nothing_for_others(server, foreign_store):
    url, seen = foreign_store
    refused = check(server, bucket="mine", endpoint=url)
    assert (refused["ok"], refused["step"], seen) == (False, "reach", [])
    assert refused["message"] == (
        f"the server's keys are not used at {url}, an endpoint that the source names: give the source keys of its own,"
        " or the server --s3-trusted-endpoints"
    )
    source, provider = server.add_aws_provider("mine", "x", name="a store of my own", endpoint=url)
    wait_until(
        lambda: server.sources("GET", f"/sources/{source}").json().get("availability_status") == "unavailable", 20
    )
    shown = server.run("explain", "--provider-uuid", provider, check=False).stdout
    assert refused["message"] in shown and seen == []
    server.sources("DELETE", f"/sources/{source}")
    own = check(server, bucket="mine", endpoint=url, access_key="MINE", secret_key="mine")
    assert "there is no such bucket" in own["message"] or "it does not exist" in own["message"]
    assert [text.split("/")[0] for text in seen] == ["AWS4-HMAC-SHA256 Credential=MINE"]
    secretless = check(server, bucket="mine", endpoint=url, access_key="kontor-test")
    assert (secretless["ok"], len(seen)) == (False, 1) and "no secret key" in secretless["message"]


def test_bucket_check_reads_no_directory_of_the_server(server):
    answer = check(server, bucket="etc", endpoint="file:///")
    assert (answer["ok"], answer["step"]) == (False, "reach") and "directories" in answer["message"]


def test_a_source_reads_no_directory_of_the_server(server):
    source, provider = server.add_aws_provider("etc", "x", name="the machine's own", endpoint="file:///")
    wait_until(
        lambda: server.sources("GET", f"/sources/{source}").json().get("availability_status") == "unavailable", 20
    )
    shown = server.run("explain", "--provider-uuid", provider, check=False).stdout
    assert "directories of the server are read only where its own s3-endpoint says so" in shown
    server.sources("DELETE", f"/sources/{source}")


def test_bucket_check_uses_stored_keys_of_the_own_source_only(server):
    extra = {"access_key": "kontor-test", "secret_key": "wrong"}
    source, _ = server.add_aws_provider("cost-data", "cost-report", "reports", name="wrong keys", **extra)
    wait_until(lambda: any(p["source_id"] == source for p in kontor(server, "GET", "ingest/").json()["data"]))
    assert check(server, bucket="cost-data", source_id=source)["ok"] is False
    other = kontor(server, "POST", "bucket-check/", org=OTHER, json={"bucket": "cost-data", "source_id": source})
    assert other.json()["ok"] is True  # read with the server's keys: the other's are not used
    server.sources("DELETE", f"/sources/{source}")


@pytest.mark.parametrize("body", ["", "[]", "{", '{"bucket": ""}', '{"bucket": 7}'])
def test_bucket_check_refuses_a_body_without_bucket(server, body):
    assert kontor(server, "POST", "bucket-check/", data=body).status_code == 400


def test_sample_data_become_costs(make_server):
    folder = make_folder()
    server = make_server(data_dir=folder / "data", KONTOR_POLL_INTERVAL="2").start()
    extra = kontor(server, "POST", "sample-data/").json()["extra"]
    assert check(server, **extra)["ok"] is True
    body = {
        "sources": [{"name": "sample", "source_type_name": "amazon"}],
        "applications": [{"source_name": "sample", "application_type_name": "cost-management", "extra": extra}],
    }
    assert server.sources("POST", "/bulk_create", json=body).status_code == 201
    costs = {"filter[time_scope_units]": "month", "filter[time_scope_value]": "-2"}

    def total() -> float:
        answer = server.report("reports/aws/costs/", **costs)
        assert answer.status_code == 200, answer.text + server.log()[-3000:]
        meta = answer.json()["meta"]
        return meta["total"]["cost"]["total"]["value"] if "total" in meta else 0

    assert wait_until(total) > 1000
    server.close()
    remove_folder(folder)
