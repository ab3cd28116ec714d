"""Sources and settings written down and brought in: here, elsewhere, twice, half, and not at all."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator

import pytest
import requests
from support.process import wait_until
from support.server import Server, identity

ORG = ORG_SCHEMA = "org-moves"
OTHER = "org-stays"
PASSPHRASE = "correct horse battery staple"
SECRETS = ("hunter22hunter22", "sk-very-secret", "token-of-the-tenant")
COSTS = {"filter[time_scope_units]": "month", "filter[time_scope_value]": "-2", "filter[resolution]": "monthly"}


def costs(server: Server, method: str, path: str, body: object = None, org: str = ORG) -> requests.Response:
    return requests.request(
        method, f"{server.base_url}/api/cost-management/v1/{path}", json=body, timeout=30,
        headers={"x-rh-identity": identity(org)},
    )  # fmt: skip


def change(server: Server, method: str, path: str, body: object = None, org: str = ORG) -> dict:
    answer = costs(server, method, path, body, org)
    assert answer.status_code < 300, answer.text
    return answer.json() if answer.content else {}


def make(server: Server, path: str, org: str = ORG, /, **body) -> dict:
    answer = server.sources("POST", path, org, json=body)
    assert answer.status_code < 300, answer.text
    return answer.json() if answer.content else {}


def furnish_sources(server: Server) -> str:
    """Everything that the Sources API keeps, once; the uid of the source with costs."""
    first = make(server, "/sources", name="Production", source_type_id="1", version="2")
    application = make(
        server, "/applications", source_id=first["id"], application_type_id="2",
        extra={"bucket": "aws_small", "report_name": "cost-report", "report_prefix": "reports",
               "secret_key": "sk-very-secret", "share": 0.1},
    )  # fmt: skip
    login = make(
        server, "/authentications", resource_type="Application", resource_id=application["id"],
        authtype="access_key_secret_key", username="AKIA1", password="hunter22hunter22", extra={"note": "Zürich"},
    )  # fmt: skip
    make(server, "/application_authentications", application_id=application["id"], authentication_id=login["id"])
    make(
        server, "/endpoints", source_id=first["id"], role="main", host="example.com", port=8443, path="/x",
        verify_ssl=True, certificate_authority="-----BEGIN",
    )  # fmt: skip
    make(server, "/rhc_connections", rhc_id="conn-1", source_id=first["id"], extra={"a": 1})
    make(server, "/secrets", name="token", authtype="token", username="t", password="token-of-the-tenant")
    second = make(server, "/sources", name="Idle", source_type_id="1", source_ref="acct")
    make(server, f"/sources/{second['id']}/pause")
    return first["uid"]


def furnish_settings(server: Server, provider: str) -> None:
    change(server, "DELETE", "settings/currency/enabled/ZAR/")
    change(server, "POST", "settings/currency/enabled/PLN/")
    change(
        server, "POST", "settings/currency/static-rates/",
        {"base_currency": "USD", "target_currency": "EUR", "exchange_rate": "0.923456789012345",
         "start_date": "2026-11-01", "end_date": "2026-12-31"},
    )  # fmt: skip
    change(server, "PUT", "account-settings/currency/", {"currency": "EUR"})
    change(server, "PUT", "account-settings/cost-type/", {"cost_type": "blended_cost"})
    change(server, "PUT", "account-settings/data-retention/", {"data_retention_months": 12})
    change(
        server, "POST", "cost-models/",
        {"name": "Tenth", "description": "on top", "source_type": "AWS", "currency": "USD",
         "markup": {"value": "10.25", "unit": "percent"}, "source_uuids": [provider]},
    )  # fmt: skip
    usage = {"usage_start": None, "usage_end": None}
    rate = {
        "metric": {"name": "cpu_core_usage_per_hour"}, "description": "", "cost_type": "Supplementary",
        "tiered_rates": [{"value": "0.1", "unit": "USD", "usage": usage}],
    }  # fmt: skip
    prices = change(
        server, "POST", "price-lists/",
        {"name": "Prices", "currency": "USD", "effective_start_date": "2026-01-01",
         "effective_end_date": "2026-12-31", "rates": [rate]},
    )  # fmt: skip
    change(
        server,
        "POST",
        "cost-models/",
        {"name": "Clusters", "source_type": "OCP", "currency": "USD", "price_list_uuids": [prices["uuid"]]},
    )
    keys = change(server, "GET", "settings/tags/?limit=1000")["data"]
    change(server, "PUT", "settings/tags/disable/", {"ids": [keys[-1]["uuid"]]})
    child, parent = keys[0]["uuid"], keys[1]["uuid"]
    change(server, "PUT", "settings/tags/mappings/child/add/", {"parent": parent, "children": [child]})
    server.sql(
        f'INSERT INTO "{ORG_SCHEMA}".reporting_awsorganizationalunit'
        " (org_unit_name, org_unit_id, org_unit_path, level, created_timestamp, account_alias_id)"
        f" SELECT 'Root', 'r-1', 'r-1', 0, '2026-10-01', max(id) FROM \"{ORG_SCHEMA}\".reporting_awsaccountalias"
    )


@pytest.fixture(scope="module")
def old(sample) -> Iterator[Server]:
    """Where the organisation lives, with another one beside it."""
    server = Server(KONTOR_S3_ENDPOINT=f"file://{sample.parent}", KONTOR_POLL_INTERVAL="3600").start()
    try:
        provider = furnish_sources(server)
        server.wait_for_month(provider)
        server.wait_for_month(provider, "2026-11-01")
        furnish_settings(server, provider)
        make(server, "/sources", OTHER, name="Production", source_type_id="1")
        yield server
    finally:
        server.close()


@pytest.fixture(scope="module")
def passphrase(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("moving") / "passphrase"
    path.write_text(PASSPHRASE + "\n")
    return str(path)


LISTS = (
    "account-settings/", "account-settings/data-retention/", "settings/currency/?limit=1000",
    "settings/tags/mappings/", "cost-models/", "price-lists/", "settings/aws_category_keys/?limit=1000",
    "settings/tags/?limit=1000",
)  # fmt: skip
# What each installation draws anew, or what tells when something was done.
OWN = {"rate_id", "created_timestamp", "updated_timestamp", "last_processed", "recalculation", "links"}


def without(value: object, names: set[str]) -> object:
    if isinstance(value, dict):
        return {name: without(item, names) for name, item in value.items() if name not in names}
    return [without(item, names) for item in value] if isinstance(value, list) else value


def settings_of(server: Server, org: str = ORG) -> dict:
    # A tag key's uuid is each installation's own, those of cost models and price lists are not.
    own = {path: OWN | ({"uuid"} if "/tags/" in path or "keys" in path else set()) for path in LISTS}
    return {path: without(change(server, "GET", path, org=org), own[path]) for path in LISTS}


CHANGING = {
    "id", "tenant", "created_at", "updated_at", "last_checked_at", "last_available_at", "availability_status",
    "availability_status_error", "resource_id", "application_id", "authentication_id", "source_id", "source_ids",
    "paused_at",
}  # fmt: skip


def sources_of(server: Server, org: str = ORG) -> dict:
    """The lists, with names in the place of ids."""

    def rows(kind: str) -> list[dict]:
        return server.sources("GET", f"/{kind}?limit=1000", org).json()["data"]

    names = {row["id"]: row["name"] for row in rows("sources")}
    kinds = (
        "sources", "applications", "endpoints", "authentications", "application_authentications", "secrets",
        "rhc_connections",
    )  # fmt: skip
    return {
        kind: [
            without(row, CHANGING)
            | {"of": [names[id] for id in row.get("source_ids", [row["source_id"]] if "source_id" in row else [])]}
            | {"paused": bool(row.get("paused_at"))}
            for row in rows(kind)
        ]
        for kind in kinds
    }


def passwords_of(server: Server, org: str = ORG) -> list[str]:
    rows = server.sources("GET", "/authentications", org).json()["data"]
    secrets = server.sources("GET", "/secrets", org).json()["data"]  # they are among the others, too
    shown = [
        requests.get(
            f"{server.base_url}/internal/v2.0/{kind}/{row['id']}?expose_encrypted_attribute[]=password",
            headers={"x-rh-sources-org-id": org}, timeout=30,
        ).json()["password"]
        for kind, some in (("authentications", rows), ("secrets", secrets)) for row in some
    ]  # fmt: skip
    return sorted(shown)


def test_an_organisation_moves(old, make_server, sample, passphrase, tmp_path):
    document = tmp_path / "config.json"
    told = old.run("export-config", "--output", str(document), "--with-secrets", passphrase)
    assert told.stderr == ""
    assert stat.S_IMODE(document.stat().st_mode) == 0o600
    text = document.read_text()
    assert not any(secret in text for secret in (*SECRETS, PASSPHRASE))
    assert [tenant["org_id"] for tenant in json.loads(text)["tenants"]] == [ORG, OTHER]

    new = make_server(KONTOR_S3_ENDPOINT=f"file://{sample.parent}", KONTOR_POLL_INTERVAL="3600").start()
    tried = new.run("import-config", str(document), "--with-secrets", passphrase, "--dry-run").stdout
    assert tried.endswith("dry run: nothing was kept\n")
    assert new.sources("GET", "/sources", ORG).json()["meta"]["count"] == 0
    assert new.sql("SELECT count(*) FROM api_customer") == [["0"]]

    done = new.run("import-config", str(document), "--with-secrets", passphrase).stdout
    assert done.splitlines()[:-1] == tried.splitlines()[:-1]
    assert '+ source "Production" (amazon)' in done
    assert done.splitlines()[-1].endswith("0 to be cared for")
    assert sources_of(new) == sources_of(old)
    assert passwords_of(new) == passwords_of(old) == ["hunter22hunter22", *["token-of-the-tenant"] * 2]
    assert settings_of(new) == settings_of(old)
    audit = new.run("audit", "--org", ORG, "--format", "json").stdout
    assert "kontor import-config" in audit

    # The provider is there, and reads its bucket: the costs are the same.
    provider = sources_of(old)["sources"][0]["uid"]
    new.wait_for_month(provider)
    new.wait_for_month(provider, "2026-11-01")
    totals = [one.report("reports/aws/costs/", ORG, **COSTS).json()["meta"]["total"] for one in (old, new)]
    assert totals[0] == totals[1]

    # The other organisation has its own source of that name, and nothing of this one.
    assert [row["name"] for row in sources_of(new, OTHER)["sources"]] == ["Production"]
    assert change(new, "GET", "cost-models/", org=OTHER)["data"] == []

    events = new.sql("SELECT count(*) FROM event_outbox", "sources")
    again = new.run("import-config", str(document), "--with-secrets", passphrase).stdout
    nothing = "0 made, 0 changed, 0 to be cared for"
    assert again.splitlines() == [f"organisation {ORG}", f"organisation {OTHER}", nothing]
    assert new.sql("SELECT count(*) FROM event_outbox", "sources") == events


def test_what_differs_is_changed_and_nothing_goes(old, make_server, sample, passphrase):
    text = old.run("export-config", "--org", ORG, "--with-secrets", passphrase).stdout
    before = sources_of(old), settings_of(old), passwords_of(old)
    document = json.loads(text)
    source = document["tenants"][0]["sources"][0]
    source["version"] = "3"
    source["applications"][0]["extra"]["report_prefix"] = "elsewhere"
    source["endpoints"][0]["port"] = 9443
    document["tenants"][0]["settings"]["cost_models"][1]["markup"]["value"] = "12"
    document["tenants"][0]["sources"].pop(1)
    told = old.run("import-config", "-", input=json.dumps(document)).stdout
    assert [line for line in told.splitlines() if line.startswith("~")] == [
        '~ source "Production"',
        '~ source "Production", endpoint example.com',
        '~ source "Production", application /insights/platform/cost-management',
        '~ cost model "Tenth"',
    ]
    assert "--with-secrets FILE names the passphrase" in told
    rows = sources_of(old)
    assert [row["name"] for row in rows["sources"]] == ["Production", "Idle"]
    assert rows["applications"][0]["extra"]["secret_key"] == "sk-very-secret"
    assert rows["applications"][0]["extra"]["report_prefix"] == "elsewhere"
    assert passwords_of(old) == before[2]
    old.run("import-config", "-", "--with-secrets", passphrase, input=text)
    assert (sources_of(old), settings_of(old), passwords_of(old)) == before


def test_passwords_stay_where_they_are(old, passphrase, tmp_path):
    told = old.run("export-config")
    assert "3 passwords are left out; --with-secrets FILE seals them" in told.stderr
    assert not any(secret in told.stdout for secret in SECRETS)
    assert "v1:" not in told.stdout
    sealed = old.run("export-config", "--org", ORG, "--with-secrets", passphrase).stdout
    other = tmp_path / "other"
    other.write_text("another passphrase\n")
    refused = old.run("import-config", "-", "--with-secrets", str(other), input=sealed, check=False)
    assert refused.returncode == 1
    assert "the document was sealed with another passphrase" in refused.stderr
    short = tmp_path / "short"
    short.write_text("short\n")
    refused = old.run("export-config", "--with-secrets", str(short), check=False)
    assert "must have 12 characters or more" in refused.stderr


def test_all_or_nothing(old, make_server):
    document = json.loads(old.run("export-config").stdout)
    document["tenants"][0]["settings"]["cost_models"][1]["currency"] = "XXX"
    new = make_server().start()
    refused = new.run("import-config", "-", input=json.dumps(document), check=False)
    assert refused.returncode == 1
    assert (
        f'organisation {ORG}, cost model "Tenth": currency: "XXX" is not a valid ISO 4217 currency.' in refused.stderr
    )
    assert new.sql("SELECT count(*) FROM sources", "sources") == [["0"]]
    assert new.sql("SELECT count(*) FROM api_customer") == [["0"]]
    # A uid that another organisation's source has already.
    document = json.loads(old.run("export-config", "--org", ORG).stdout)
    document["tenants"][0]["org_id"] = "org-thief"
    refused = old.run("import-config", "-", input=json.dumps(document), check=False)
    uid = document["tenants"][0]["sources"][0]["uid"]
    assert f'source "Production": bad request: Validation failed: there is a source with the uid {uid}' in (
        refused.stderr
    )
    assert old.sources("GET", "/sources", "org-thief").json()["meta"]["count"] == 0


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("format",), "other", 'its "format" is not "kontor-config"'),
        (("version",), 99, "the document is of version 99"),
        (("tenants", 0, "org_id"), "a b", "tenants[0].org_id must be an organisation's id"),
        (("tenants", 0, "sources", 0, "name"), 7, "tenants[0].sources[0].name must be a text"),
        (("tenants", 0, "sources", 0, "colour"), "red", "tenants[0].sources[0].colour is no member that is known"),
        (("tenants", 0, "sources", 0, "uid"), "x", "tenants[0].sources[0].uid must be a UUID"),
        (("tenants", 0, "sources", 0, "source_type"), "moon", '"moon" is none of the source_types'),
        (
            ("tenants", 0, "settings", "static_exchange_rates", 0, "exchange_rate"), "much",
            "settings.static_exchange_rates[0]: database: invalid input syntax for type numeric",
        ),
    ],
)  # fmt: skip
def test_errors_name_the_entry(old, path, value, message):
    document = json.loads(old.run("export-config", "--org", ORG).stdout)
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    if path[-1] == "source_type":
        place["name"], place["uid"] = "Moon", "0b7d2f66-6a7f-4b0a-9d6f-111111111111"
    refused = old.run("import-config", "-", input=json.dumps(document), check=False)
    assert refused.returncode == 1
    assert message in refused.stderr


def test_what_can_not_be_read(old):
    assert "not valid JSON at line 1" in old.run("import-config", "-", input="{", check=False).stderr
    assert "can't be read" in old.run("import-config", "/nowhere", check=False).stderr
    assert old.run("import-config", check=False).returncode == 2
    assert "there is no organisation nobody" in old.run("export-config", "--org", "nobody", check=False).stderr
    document = old.run("export-config", "--org", ORG).stdout
    refused = old.run("import-config", "-", "--org", OTHER, input=document, check=False)
    assert f"organisation {OTHER} is not in the document" in refused.stderr


def test_a_provider_by_hand_is_told(old):
    old.sql(
        "INSERT INTO api_provider (name, type, customer_id)"
        f" SELECT 'By hand', 'AWS', id FROM api_customer WHERE org_id = '{ORG}'"
    )
    told = old.run("export-config", "--org", ORG).stderr
    assert f'! {ORG}: provider "By hand"' in told
    old.sql("DELETE FROM api_provider WHERE name = 'By hand'")
    wait_until(lambda: old.sql("SELECT count(*) FROM api_provider WHERE name = 'By hand'") == [["0"]], 10, "gone")
