"""Who changed what: settings, cost models and price lists beside sources, by API and command line."""

from __future__ import annotations

import json
import uuid

import pytest
import requests
from support.process import ROOT, wait_until
from support.server import Server, identity

ORG, OTHER = "org-audit", "org-audit-2"
ANN = {"x-rh-identity": identity(ORG, user="ann"), "x-forwarded-for": "10.1.2.3", "x-rh-insights-request-id": "r1"}
SETTINGS = "account_settings,data_retention,currencies,exchange_rates,tags,tag_mappings,cost_categories"
MODELS = "cost_models,cost_model_sources,price_lists,cost_model_price_lists"


@pytest.fixture(scope="module")
def provider(server: Server) -> str:
    """Of ORG; OTHER has tables, too."""
    _, provider = server.add_aws_provider("cost-data", "cost-report", "reports", org=ORG, name="audited")
    _, other = server.add_aws_provider("no-bucket", "cost-report", org=OTHER, name="another's")
    server.wait_for_month(provider)
    wait_until(lambda: server.sql(f"SELECT count(*) FROM api_provider WHERE uuid = '{other}'") == [["1"]], 20)
    return provider


def change(server: Server, method: str, path: str, body: object = None) -> requests.Response:
    answer = requests.request(
        method, f"{server.base_url}/api/cost-management/v1/{path}", json=body, headers=ANN, timeout=30
    )
    assert answer.status_code < 300, answer.text
    return answer


def audit(server: Server, org: str = ORG, **query: str) -> list[dict]:
    answer = requests.get(
        f"{server.base_url}/api/kontor/v1/audit/", params={"limit": "500", **query},
        headers={"x-rh-identity": identity(org)}, timeout=30,
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def newest(server: Server, count: int, **query: str) -> list[tuple]:
    """The newest entries, the oldest of them first: what was done to what, and how it changed."""
    entries = audit(server, **query)[:count][::-1]
    return [(e["action"], e["resource"], e["resource_name"], e["changes"]) for e in entries]


def test_settings_by_whom_from_what_to_what(server, provider):
    change(server, "PUT", "account-settings/cost-type/", {"cost_type": "blended_cost"})
    change(server, "PUT", "account-settings/cost-type/", {"cost_type": "unblended_cost"})
    change(server, "PUT", "account-settings/cost-type/", {"cost_type": "unblended_cost"})
    change(server, "PUT", "account-settings/data-retention/", {"data_retention_months": 5})
    change(server, "PUT", "account-settings/data-retention/", {"data_retention_months": 6})
    change(server, "DELETE", "settings/currency/enabled/ZAR/")
    change(server, "POST", "settings/currency/enabled/zar/")
    rate = {
        "base_currency": "USD", "target_currency": "EUR", "exchange_rate": "0.5",
        "start_date": "2026-11-01", "end_date": "2026-12-31",
    }  # fmt: skip
    made = change(server, "POST", "settings/currency/static-rates/", rate).json()
    change(server, "PUT", f"settings/currency/static-rates/{made['uuid']}/", {"exchange_rate": "0.25"})
    told = {"base_currency": "USD", "target_currency": "EUR", "start_date": "2026-11-01", "end_date": "2026-12-31"}
    assert newest(server, 8, resource=SETTINGS) == [
        ("update", "account_settings", None, {"cost_type": [None, "blended_cost"]}),
        ("update", "account_settings", None, {"cost_type": ["blended_cost", "unblended_cost"]}),
        ("update", "data_retention", None, {"data_retention_months": [None, 5]}),
        ("update", "data_retention", None, {"data_retention_months": [5, 6]}),
        ("delete", "currencies", "ZAR", {"currency": "ZAR"}),
        ("create", "currencies", "ZAR", {"currency": "ZAR"}),
        ("create", "exchange_rates", "USD to EUR", {**told, "exchange_rate": 0.5}),
        ("update", "exchange_rates", "USD to EUR", {"exchange_rate": [0.5, 0.25]}),
    ]
    entry = audit(server, resource="exchange_rates", resource_id=made["uuid"])[0]
    assert {k: entry[k] for k in ("actor", "remote_address", "forwarded_for", "request_id")} == {
        "actor": "ann", "remote_address": "127.0.0.1", "forwarded_for": "10.1.2.3", "request_id": "r1",
    }  # fmt: skip


def test_tags_and_their_mappings(server, provider):
    parent, child = (k["uuid"] for k in server.report("settings/tags/", ORG).json()["data"][:2])
    names = [k["key"] for k in server.report("settings/tags/", ORG).json()["data"][:2]]
    change(server, "PUT", "settings/tags/disable/", {"ids": [child]})
    change(server, "PUT", "settings/tags/enable/", {"ids": [child]})
    change(server, "PUT", "settings/tags/mappings/child/add/", {"parent": parent, "children": [child]})
    change(server, "PUT", "settings/tags/mappings/parent/remove/", {"ids": [parent]})
    assert newest(server, 4, resource="tags,tag_mappings") == [
        ("update", "tags", names[1], {"enabled": [True, False]}),
        ("update", "tags", names[1], {"enabled": [False, True]}),
        ("create", "tag_mappings", names[1], {"parent": names[0]}),
        ("delete", "tag_mappings", names[1], {"parent": names[0]}),
    ]


def test_cost_models_and_price_lists(server, provider):
    body = {
        "name": "Tenth", "source_type": "AWS", "currency": "USD",
        "markup": {"value": "10", "unit": "percent"}, "source_uuids": [provider],
    }  # fmt: skip
    model = change(server, "POST", "cost-models/", body).json()
    body |= {"name": "Fifth", "markup": {"value": "20", "unit": "percent"}, "source_uuids": []}
    change(server, "PUT", f"cost-models/{model['uuid']}/", body)
    change(server, "DELETE", f"cost-models/{model['uuid']}/")
    prices = {
        "name": "Prices", "currency": "USD", "rates": [],
        "effective_start_date": "2026-11-01", "effective_end_date": "2026-11-30",
    }  # fmt: skip
    prices_uuid = change(server, "POST", "price-lists/", prices).json()["uuid"]
    change(server, "PUT", f"price-lists/{prices_uuid}/", {"enabled": False})
    change(server, "DELETE", f"price-lists/{prices_uuid}/")
    entries = newest(server, 8, resource=MODELS)
    assert [e[:3] for e in entries] == [
        ("create", "cost_models", "Tenth"),
        ("create", "cost_model_sources", "Tenth"),
        ("update", "cost_models", "Fifth"),
        ("delete", "cost_model_sources", "Fifth"),
        ("delete", "cost_models", "Fifth"),
        ("create", "price_lists", "Prices"),
        ("update", "price_lists", "Prices"),
        ("delete", "price_lists", "Prices"),
    ]
    assert entries[0][3]["markup"] == {"value": "10.0000000000", "unit": "percent"}
    assert entries[1][3] == entries[3][3] == {"source": "audited"}
    assert entries[2][3] == {
        "name": ["Tenth", "Fifth"],
        "markup": [{"value": "10.0000000000", "unit": "percent"}, {"value": "20.0000000000", "unit": "percent"}],
    }
    assert entries[6][3] == {"enabled": [True, False]}
    assert {e["actor"] for e in audit(server, resource=MODELS)} == {"ann"}


def test_what_is_refused_leaves_no_trace(server, provider):
    before = len(audit(server))
    for method, path, body in (
        ("PUT", "account-settings/currency/", {"currency": "XXX"}),
        ("DELETE", "settings/currency/enabled/USD/", None),
        ("PUT", "settings/tags/disable/", {"ids": [str(uuid.uuid4())]}),
        ("POST", "cost-models/", {"name": "x", "source_type": "AWS", "source_uuids": [str(uuid.uuid4())]}),
    ):
        url = f"{server.base_url}/api/cost-management/v1/{path}"
        assert requests.request(method, url, json=body, headers=ANN, timeout=30).status_code == 400
    assert len(audit(server)) == before


def test_one_list_in_the_order_of_time_page_by_page(server, provider):
    change(server, "PUT", "account-settings/cost-type/", {"cost_type": "blended_cost"})
    source = server.sources("POST", "/sources", ORG, json={"name": "between", "source_type_id": "1"}).json()
    change(server, "PUT", "account-settings/cost-type/", {"cost_type": "unblended_cost"})
    server.sources("DELETE", f"/sources/{source['id']}", ORG)
    whole = audit(server)
    assert [(e["resource"], e["resource_name"]) for e in whole[:4]] == [
        ("sources", "between"), ("account_settings", None), ("sources", "between"), ("account_settings", None),
    ]  # fmt: skip
    assert [e["at"] for e in whole] == sorted((e["at"] for e in whole), reverse=True)
    pages: list[dict] = []
    before = None
    while True:
        query = {"limit": "3", **({"before": before} if before else {})}
        answer = requests.get(f"{server.base_url}/api/kontor/v1/audit/", params=query, headers=ANN, timeout=30).json()
        pages += answer["data"]
        before = answer["meta"]["next_before"]
        if before is None:
            break
        assert len(answer["data"]) == 3
    assert pages == whole


def test_filters(server, provider):
    assert {e["actor"] for e in audit(server, actor="ANN")} == {"ann"}
    assert audit(server, actor="nobody") == []
    assert audit(server, since="2999-01-01") == []
    assert {e["resource_id"] for e in audit(server, resource="currencies", resource_id="ZAR")} == {"ZAR"}


def test_another_organisation_sees_none_of_it(server, provider):
    assert len(audit(server)) > 10
    theirs = audit(server, OTHER)
    assert {e["resource"] for e in theirs} == {"sources", "applications"}
    assert "audited" not in json.dumps(theirs)
    assert audit(server, OTHER, resource=f"{SETTINGS},{MODELS}") == []
    assert audit(server, "org-audit-none") == []


def test_by_the_command_line(server, provider):
    lines = server.run("audit", "--org", ORG, "--resource", "currencies", "--format", "json").stdout.splitlines()
    entries = [json.loads(line) for line in lines]
    assert [(e["org_id"], e["actor"], e["action"], e["resource_id"]) for e in entries[:2]] == [
        (ORG, "ann", "create", "ZAR"), (ORG, "ann", "delete", "ZAR"),
    ]  # fmt: skip
    assert server.run("audit", "--org", OTHER, "--resource", SETTINGS, "--format", "json").stdout == ""
    table = server.run("audit", "--actor", "ann", "--limit", "200").stdout
    assert " currencies ZAR " in table and " exchange_rates USD to EUR " in table
    assert "not the next_before" not in table
    refused = server.run("audit", "--since", "yesteryear", check=False)
    assert refused.returncode == 1 and "yesteryear" in refused.stderr


def test_a_change_by_hand_is_a_database_user_s(server, provider):
    server.sql(f"UPDATE \"{ORG}\".reporting_enabledtagkeys SET enabled = false WHERE key = 'absent'")
    server.sql(f'UPDATE "{ORG}".tenant_settings SET data_retention_months = 7')
    entry = audit(server, resource="data_retention")[0]
    assert entry["actor"].startswith("database user ") and entry["changes"] == {"data_retention_months": [6, 7]}


def test_nobody_takes_anything_out_of_it(server, provider):
    before = len(audit(server))
    for statement in ("DELETE FROM kontor_audit_log", "UPDATE kontor_audit_log SET actor = ''"):
        with pytest.raises(AssertionError, match="append-only"):
            server.sql(statement)
    assert len(audit(server)) == before


def test_cost_models_of_the_time_before_the_log(make_server):
    server = make_server().start()
    server.add_aws_provider("no-bucket", "cost-report", org=ORG)
    wait_until(lambda: server.sql("SELECT 1 FROM api_provider"), 20)
    url = f"{server.base_url}/api/cost-management/v1/cost-models/"
    body = {"name": "Old", "source_type": "AWS", "markup": {"value": "1", "unit": "percent"}}
    made = requests.post(url, json=body, headers=ANN, timeout=30).json()
    requests.put(f"{url}{made['uuid']}/", json={**body, "description": "older"}, headers=ANN, timeout=30)
    # As it was before there was a log.
    server.sql("ALTER TABLE kontor_audit_log DISABLE TRIGGER ALL; TRUNCATE kontor_audit_log")
    server.sql(
        f'SET search_path TO "{ORG}"; DO $$ DECLARE t record; BEGIN'
        f" FOR t IN SELECT tgrelid::regclass AS of FROM pg_trigger WHERE tgname = 'kontor_audit'"
        f" LOOP EXECUTE format('DROP TRIGGER kontor_audit ON %s', t.of); END LOOP; END $$"
    )
    migration = next((ROOT / "sql" / "tenant").glob("0013_*.sql")).read_text()
    server.sql(f'SET search_path TO "{ORG}", public; {migration}')
    old = [e for e in audit(server) if e["resource"] == "cost_models"]
    assert [(e["action"], e["actor"], e["resource_id"], e["resource_name"]) for e in old] == [
        ("update", "ann", made["uuid"], "Old"), ("create", "ann", made["uuid"], "Old"),
    ]  # fmt: skip
    assert old[0]["changes"] == {"description": ["", "older"]}
    assert old[1]["changes"]["markup"] == {"value": "1.0000000000", "unit": "percent"}


def test_an_unknown_resource_is_told(server, provider):
    answer = requests.get(
        f"{server.base_url}/api/kontor/v1/audit/", params={"resource": "tags,foo"}, headers=ANN, timeout=30
    )
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["detail"].startswith('resource: "foo" is none of sources, applications, ')
    refused = server.run("audit", "--resource", "source", check=False)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith('kontor audit: resource: "source" is none of sources, applications, ')
    assert refused.stderr.endswith(", tag_mappings, cost_categories\n")


def test_filters_look_at_few_of_many_entries(make_server):
    """A hundred thousand entries a log; what is asked for is found by an index."""
    server = make_server().start()
    server.sources("POST", "/sources", ORG, json={"name": "one", "source_type_id": "1"})
    server.sql("INSERT INTO tenants (id, org_id) SELECT 1000 + i, 'o' || i FROM generate_series(0, 49) AS i", "sources")
    columns = "(at, {}, actor, action, resource, resource_id, changes)"
    rows = "i % 5000, '{{}}' FROM generate_series(1, 100000) AS i"
    logs = {
        "sources_api_development": ("audit_log", "tenant_id", "1000 + i % 50", "sources"),
        "koku": ("kontor_audit_log", "schema_name", "'o' || i % 50", "tags"),
    }
    for database, (table, owner, value, resource) in logs.items():
        server.sql(
            f"INSERT INTO {table} {columns.format(owner)} SELECT now() - (100001 - i) * interval '1 minute',"
            f" {value}, 'ann', 'update', '{resource}', {rows.format()}",
            database,
        )
        server.sql(f"VACUUM ANALYZE {table}", database)

    def looked_at() -> int:
        tuples = "SELECT seq_tup_read + COALESCE(idx_tup_fetch, 0) FROM pg_stat_user_tables WHERE relname = '{}'"
        return sum(int(server.sql(tuples.format(table), base)[0][0]) for base, (table, *_) in logs.items())

    questions = [
        ([], 100), (["--org", ORG], 1), (["--org", "o7"], 100), (["--org", "nobody"], 0),
        (["--resource", "currencies,exchange_rates,endpoints"], 0), (["--resource", "tags", "--id", "17"], 20),
        (["--resource", "sources", "--id", "17"], 20), (["--since", "2999-01-01"], 0),
    ]  # fmt: skip
    for arguments, count in questions:
        before = looked_at()
        printed = server.run("audit", *arguments, "--format", "json").stdout
        assert len(printed.splitlines()) == count, arguments
        assert looked_at() - before < 20000, arguments
