"""A Koku database brought in: what it holds, to the last digit; again; half; nothing of others."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from decimal import Decimal

import pytest
import requests
from support.process import kontor_binary, wait_until
from support.server import Server, identity

FIRST = "11111111-1111-4111-8111-111111111111"
SECOND = "22222222-2222-4222-8222-222222222222"
CLUSTER = "33333333-3333-4333-8333-333333333333"
ORACLE = "44444444-4444-4444-8444-444444444444"
OTHERS = "55555555-5555-4555-8555-555555555555"
DAILY = "reporting_awscostentrylineitem_daily_summary"
COSTS = ("unblended_cost", "blended_cost", "savingsplan_effective_cost", "calculated_amortized_cost", "markup_cost",
         "markup_cost_amortized", "usage_amount")  # fmt: skip

PUBLIC = f"""
CREATE TABLE api_customer (
    id integer, uuid uuid, account_id varchar(150), schema_name text NOT NULL, org_id varchar(36));
CREATE TABLE api_providerauthentication (id integer, uuid uuid, credentials jsonb NOT NULL);
CREATE TABLE api_providerbillingsource (id integer, uuid uuid, data_source jsonb NOT NULL);
CREATE TABLE api_provider (
    uuid uuid NOT NULL, name varchar(256) NOT NULL, type varchar(50) NOT NULL, setup_complete boolean NOT NULL,
    active boolean NOT NULL, authentication_id integer, billing_source_id integer, customer_id integer,
    paused boolean NOT NULL, additional_context jsonb);
INSERT INTO api_customer VALUES (1, NULL, '10001', 'org7000001', '7000001'), (2, NULL, NULL, 'acct10002', NULL);
INSERT INTO api_providerauthentication VALUES
    (1, NULL, '{{"role_arn": "arn:aws:iam::1:role/cost", "external_id": "ext"}}'), (2, NULL, '{{}}'),
    (3, NULL, '{{"cluster_id": "cluster-1"}}');
INSERT INTO api_providerbillingsource VALUES
    (1, NULL, '{{"bucket": "none-1", "report_name": "r", "report_prefix": "p"}}'), (2, NULL, '{{"bucket": "none-2"}}');
INSERT INTO api_provider VALUES
    ('{FIRST}', 'Cloud', 'AWS', true, true, 1, 1, 1, false, NULL),
    ('{SECOND}', 'Cloud', 'AWS-local', true, true, 2, 2, 1, true, NULL),
    ('{CLUSTER}', 'Cluster', 'OCP', true, true, 3, NULL, 1, false, NULL),
    ('{ORACLE}', 'Other', 'OCI', true, true, 2, NULL, 1, false, NULL),
    ('{OTHERS}', 'Cloud', 'AWS', true, true, 2, 2, 2, false, NULL);
"""

TENANT = """
CREATE SCHEMA {schema};
SET search_path TO {schema};
CREATE TABLE {daily} (
    uuid uuid NOT NULL DEFAULT gen_random_uuid(), usage_start date NOT NULL, usage_end date,
    usage_account_id varchar(50) NOT NULL, product_code text NOT NULL, product_family varchar(150),
    availability_zone varchar(50), region varchar(50), instance_type varchar(50), unit varchar(63), resource_ids text[],
    resource_count integer, usage_amount numeric(24,9), normalization_factor float8, normalized_usage_amount float8,
    currency_code varchar(10) NOT NULL, unblended_rate numeric(24,9), cost_category jsonb,
    unblended_cost numeric(24,9), markup_cost numeric(24,9), blended_rate numeric(24,9), blended_cost numeric(24,9),
    markup_cost_blended numeric(33,15), savingsplan_effective_cost numeric(24,9),
    calculated_amortized_cost numeric(33,9), markup_cost_savingsplan numeric(33,15),
    markup_cost_amortized numeric(33,9),
    tax_type text, tags jsonb, source_uuid uuid, account_alias_id integer, cost_entry_bill_id integer,
    organizational_unit_id integer, PRIMARY KEY (usage_start, uuid)) PARTITION BY RANGE (usage_start);
CREATE TABLE {daily}_default PARTITION OF {daily} DEFAULT;
CREATE TABLE reporting_awsaccountalias (id integer, account_id varchar(50), account_alias varchar(63));
INSERT INTO reporting_awsaccountalias VALUES (7, '000000000001', 'It''s one');
CREATE TABLE reporting_enabledtagkeys (uuid uuid, key varchar(512), enabled boolean, provider_type varchar(50));
INSERT INTO reporting_enabledtagkeys VALUES
    (gen_random_uuid(), 'env', true, 'AWS'), (gen_random_uuid(), 'old', false, 'AWS');
CREATE TABLE user_settings (id integer, settings jsonb);
INSERT INTO user_settings VALUES (1, '{{"currency": "EUR", "cost_type": "calculated_amortized_cost"}}');
CREATE TABLE cost_model (
    uuid uuid, name text, description text, source_type varchar(50), created_timestamp timestamptz, rates jsonb,
    markup jsonb, distribution text, currency text);
CREATE TABLE cost_model_map (id integer, provider_uuid uuid, cost_model_id uuid);
"""

ROWS = """
INSERT INTO {schema}.{daily}
    (usage_start, usage_end, usage_account_id, product_code, product_family, region, instance_type, unit, resource_ids,
     resource_count, usage_amount, normalization_factor, currency_code, unblended_cost, markup_cost, blended_cost,
     savingsplan_effective_cost, calculated_amortized_cost, markup_cost_amortized, tags, cost_category, source_uuid)
SELECT day::date, day::date, '00000000000' || n % 3, 'AmazonEC2', 'Compute''s "own"', 'eu-1', 't' || n % 2, 'Hrs',
       ARRAY['i-1,x', 'i-\\2'], 2, 1.123456789 * n, 0.5, 'USD', 0.123456789 * n, 0.012345679 * n, 0.2 * n, 0,
       0.000000001 * n, NULL, '{{"env": "prod\\tuction"}}', NULL, '{source}'
  FROM generate_series('{first}'::timestamp, '{last}', '1 day') AS day, generate_series(1, {count}) AS n
"""

MODEL = f"""
INSERT INTO org7000001.cost_model VALUES
    ('66666666-6666-4666-8666-666666666666', 'Tenth', '', 'AWS', now(), '[]', '{{"value": "10", "unit": "percent"}}',
     'cpu', 'USD'),
    ('77777777-7777-4777-8777-777777777777', 'Odd', '', 'AWS', now(), '[]', '{{"value": "x", "unit": "percent"}}',
     'cpu', 'USD');
INSERT INTO org7000001.cost_model_map VALUES (1, '{FIRST}', '66666666-6666-4666-8666-666666666666');
"""


def koku_sql(server: Server, statement: str) -> list[list[str]]:
    told = server.run(
        "psql", "koku", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-At", "-F", "\t", "-c", "\\c koku_before", "-c", statement
    )
    return [line.split("\t") for line in told.stdout.splitlines()]


def rows(server: Server, schema: str, source: str, first: str, last: str, count: int) -> None:
    koku_sql(server, ROWS.format(daily=DAILY, schema=schema, source=source, first=first, last=last, count=count))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    kontor = Server(KONTOR_POLL_INTERVAL="3600").start()
    try:
        kontor.sql("CREATE DATABASE koku_before")
        koku_sql(kontor, PUBLIC)
        for schema in ("org7000001", "acct10002"):
            koku_sql(kontor, TENANT.format(schema=schema, daily=DAILY))
        koku_sql(kontor, MODEL)
        rows(kontor, "org7000001", FIRST, "2026-11-01", "2026-11-20", 7)
        rows(kontor, "org7000001", FIRST, "2026-07-01", "2026-07-02", 1)
        rows(kontor, "org7000001", SECOND, "2026-11-03", "2026-11-04", 2)
        rows(kontor, "acct10002", OTHERS, "2026-11-05", "2026-11-06", 3)
        yield kontor
    finally:
        kontor.close()


def url(server: Server) -> str:
    port, password = ((server.data_dir / f"database.{name}").read_text().strip() for name in ("port", "password"))
    return f"postgresql://postgres:{password}@127.0.0.1:{port}/koku_before"


def sums(table: str, source: str, since: str = "2026-08-01") -> str:
    parts = ", ".join(f"trim_scale(COALESCE(sum({name}), 0))" for name in COSTS)
    return f"SELECT count(*), {parts} FROM {table} WHERE source_uuid = '{source}' AND usage_start >= '{since}'"


def settings(server: Server, path: str, org: str) -> dict:
    answer = requests.get(
        f"{server.base_url}/api/cost-management/v1/{path}", timeout=30, headers={"x-rh-identity": identity(org)}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_dry_run_keeps_nothing(server):
    told = server.run("import-koku", "--from", url(server), "--dry-run").stdout
    assert "organisation 7000001 (org7000001)\n" in told
    assert '+ source "Cloud" (amazon)' in told
    assert told.endswith("dry run: nothing was kept\n")
    assert server.sql("SELECT count(*) FROM api_customer") == [["0"]]
    assert server.sql("SELECT count(*) FROM sources", "sources") == [["0"]]


def test_all_of_it_comes(server):
    told = server.run("import-koku", "--from", url(server)).stdout
    assert f'+ source "Cloud ({SECOND[:8]})" (amazon)' in told
    assert '! provider "Other" is left out: Kontor has no type OCI' in told
    assert '! cost model "Odd" is left out: markup.value: ' in told
    assert f"! provider {FIRST}: month 2026-07 is left out: it is older than is kept here" in told
    assert f"+ provider {FIRST}: month 2026-11, 140 rows" in told

    providers = server.sql(
        "SELECT p.uuid, p.name, p.type, p.paused, c.org_id, c.account_id, c.schema_name FROM api_provider p"
        " JOIN api_customer c ON c.id = p.customer_id ORDER BY 1"
    )
    assert providers == [
        [FIRST, "Cloud", "AWS", "f", "7000001", "10001", "org7000001"],
        [SECOND, f"Cloud ({SECOND[:8]})", "AWS", "t", "7000001", "10001", "org7000001"],
        [CLUSTER, "Cluster", "OCP", "f", "7000001", "10001", "org7000001"],
        [OTHERS, "Cloud", "AWS", "f", "acct10002", "", "orgacct10002"],
    ]
    credentials = server.sql(
        "SELECT a.credentials->>'role_arn', a.credentials->>'external_id', b.data_source->>'bucket', s.source_uuid"
        " FROM api_provider p JOIN api_providerauthentication a ON a.id = p.authentication_id"
        " JOIN api_providerbillingsource b ON b.id = p.billing_source_id JOIN api_sources s ON s.provider_id = p.uuid"
        f" WHERE p.uuid = '{FIRST}'"
    )
    assert credentials == [["arn:aws:iam::1:role/cost", "ext", "none-1", FIRST]]

    model = settings(server, "cost-models/", "7000001")["data"]
    assert [(one["uuid"][:8], one["name"], one["sources"][0]["uuid"]) for one in model] == [
        ("66666666", "Tenth", FIRST)
    ]
    account = settings(server, "account-settings/", "7000001")["data"]
    assert account == {"currency": "EUR", "cost_type": "calculated_amortized_cost"}
    keys = settings(server, "settings/tags/", "7000001")["data"]
    assert [(key["key"], key["enabled"]) for key in keys] == [("env", True), ("old", False)]


def test_sums_are_the_same_to_the_last_digit(server):
    derived = ("reporting_aws_cost_summary_p", "reporting_aws_cost_summary_by_account_p")
    for schema, here, source in (
        ("org7000001", "org7000001", FIRST), ("org7000001", "org7000001", SECOND), ("acct10002", "orgacct10002", OTHERS)
    ):  # fmt: skip
        koku = koku_sql(server, sums(f"{schema}.{DAILY}", source))
        assert server.sql(sums(f"{here}.{DAILY}", source)) == koku
        unblended = Decimal(koku[0][1])
        for table in derived:
            told = server.sql(f"SELECT sum(unblended_cost) FROM {here}.{table} WHERE source_uuid = '{source}'")
            assert Decimal(told[0][0]) == unblended > 0
    alias = server.sql(
        f"SELECT DISTINCT a.account_alias FROM org7000001.{DAILY} d"
        " JOIN org7000001.reporting_awsaccountalias a ON a.id = d.account_alias_id ORDER BY 1"
    )
    assert alias == [["000000000000"], ["000000000002"], ["It's one"]]
    texts = f"SELECT DISTINCT product_family, resource_ids, tags FROM org7000001.{DAILY}"
    assert server.sql(texts) == koku_sql(server, texts)


def test_reports_tell_them_and_those_of_nobody_else(server):
    def total(org: str) -> Decimal:
        answer = server.report(
            "reports/aws/costs/", org, currency="USD", cost_type="unblended_cost", start_date="2026-11-01",
            end_date="2026-11-20",
        )  # fmt: skip
        return Decimal(str(answer.json()["meta"]["total"]["cost"]["raw"]["value"]))

    ours = koku_sql(server, f"SELECT sum(unblended_cost) FROM org7000001.{DAILY} WHERE usage_start >= '2026-11-01'")
    others = koku_sql(server, f"SELECT sum(unblended_cost) FROM acct10002.{DAILY}")
    assert total("7000001") == Decimal(ours[0][0])
    assert total("acct10002") == Decimal(others[0][0]) != total("7000001")
    assert [row["name"] for row in server.sources("GET", "/sources", "acct10002").json()["data"]] == ["Cloud"]
    assert settings(server, "cost-models/", "acct10002")["data"] == []


def test_again_changes_nothing(server):
    told = server.run("import-koku", "--from", url(server)).stdout
    assert "\n+ " not in told and "\n~ " not in told
    assert told.splitlines()[-1].startswith("0 made, 0 changed, ")


def test_killed_halfway_it_goes_on(server):
    rows(server, "org7000001", FIRST, "2026-10-01", "2026-10-31", 2)
    rows(server, "org7000001", FIRST, "2026-09-01", "2026-09-30", 3)
    server.sql(
        "CREATE FUNCTION org7000001.wait() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM pg_advisory_xact_lock(77); RETURN NEW; END $$;"
        " CREATE TRIGGER wait BEFORE INSERT ON org7000001.reporting_awscostentrybill FOR EACH ROW"
        " WHEN (NEW.billing_period_start < '2026-10-01') EXECUTE FUNCTION org7000001.wait()"
    )
    holder = subprocess.Popen(
        [kontor_binary(), "psql", "koku", "-X", "-c", "SELECT pg_advisory_lock(77)", "-c", "SELECT pg_sleep(120)"],
        env=server.environment, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 77 AND {} granted"
    wait_until(lambda: server.sql(waiting.format("")) == [["1"]], 20, "the lock")
    importing = subprocess.Popen(
        [kontor_binary(), "import-koku", "--from", url(server)], env=server.environment, stdout=subprocess.DEVNULL
    )
    wait_until(lambda: server.sql(waiting.format("NOT")) == [["1"]], 60, "the import's second month")
    importing.kill()
    importing.wait()
    months = f"SELECT DISTINCT to_char(usage_start, 'YYYY-MM') FROM org7000001.{DAILY} ORDER BY 1"
    assert server.sql(months) == [["2026-10"], ["2026-11"]]
    holder.kill()
    holder.wait()
    server.sql("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 77")
    told = server.run("import-koku", "--from", url(server), "--org", "7000001").stdout
    assert [line for line in told.splitlines() if line.startswith("+")] == [
        f"+ provider {FIRST}: month 2026-09, 90 rows"
    ]
    assert server.sql(sums(f"org7000001.{DAILY}", FIRST)) == koku_sql(server, sums(f"org7000001.{DAILY}", FIRST))


def test_what_is_no_koku(server):
    wrong = url(server).replace("koku_before", "postgres")
    assert "this is no Koku database" in server.run("import-koku", "--from", wrong, check=False).stderr
    away = server.run("import-koku", "--from", "postgresql://127.0.0.1:1/koku", check=False)
    assert away.returncode == 1 and "database:" in away.stderr
    assert server.run("import-koku", check=False).returncode == 2
    nobody = server.run("import-koku", "--from", url(server), "--org", "nobody", check=False)
    assert "there is no organisation nobody in that database" in nobody.stderr
