"""What is derived from a month's daily summary is its sums to the last digit, whoever sums them up."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import requests
from support.process import make_folder, remove_folder, wait_until
from support.reports import as_focus, pack, read_lines, write_csv
from support.s3 import S3Server
from support.server import Server, identity

ORG = "org-summaries"
SCHEMA = '"org-summaries"'
DAILY = "reporting_awscostentrylineitem_daily_summary"
MACHINES = "reporting_awscostentrylineitem_summary_by_ec2_compute_p"
COSTS = [
    "unblended_cost", "blended_cost", "savingsplan_effective_cost", "calculated_amortized_cost",
    "markup_cost", "markup_cost_blended", "markup_cost_savingsplan", "markup_cost_amortized",
]  # fmt: skip
ACCOUNT = ["usage_account_id", "account_alias_id"]
STORAGE = "product_family LIKE '%Storage%' AND unit = 'GB-Mo'"
DATABASE = (
    "product_code IN ('AmazonRDS', 'AmazonDynamoDB', 'AmazonElastiCache', 'AmazonNeptune',"
    " 'AmazonRedshift', 'AmazonDocumentDB')"
)
NETWORK = "product_code IN ('AmazonVPC', 'AmazonCloudFront', 'AmazonRoute53', 'AmazonAPIGateway')"
MACHINE = "instance_type IS NOT NULL"

# Beside day, currency, source and bill: what each table is grouped by, of which rows, and what else it sums.
TABLES = {
    "reporting_aws_cost_summary_p": ([], "true", ""),
    "reporting_aws_cost_summary_by_account_p": (ACCOUNT, "true", ""),
    "reporting_aws_cost_summary_by_region_p": ([*ACCOUNT, "region", "availability_zone"], "true", ""),
    "reporting_aws_cost_summary_by_service_p": ([*ACCOUNT, "product_code", "product_family"], "true", ""),
    "reporting_aws_cost_summary_by_service_region_p": (
        ["product_code", "product_family", "region", "availability_zone"], "true", "",
    ),
    "reporting_aws_compute_summary_p": (["instance_type"], MACHINE, "machines"),
    "reporting_aws_compute_summary_by_account_p": ([*ACCOUNT, "instance_type"], MACHINE, "machines"),
    "reporting_aws_storage_summary_p": (["product_family"], STORAGE, "usage"),
    "reporting_aws_storage_summary_by_account_p": ([*ACCOUNT, "product_family"], STORAGE, "usage"),
    "reporting_aws_database_summary_p": ([*ACCOUNT, "product_code"], DATABASE, "usage"),
    "reporting_aws_network_summary_p": ([*ACCOUNT, "product_code"], NETWORK, "usage"),
}  # fmt: skip
VALUES = {"reporting_awstags_summary": "tags", "reporting_awscategory_summary": "cost_category"}
SERVICES_OF_REGIONS = "reporting_aws_cost_summary_by_service_region_p"
FILLED = [DAILY, MACHINES, *TABLES, *VALUES]
SERVICES = ["AmazonRDS", "AmazonRedshift", "AmazonVPC", "AmazonRoute53", "AmazonEC2", "AmazonEC2", "AmazonEC2"]


def month(sample) -> list[dict[str, str]]:
    """Lines of the sample with what else real bills have: long and strange texts, several currencies, categories."""
    lines = read_lines(next((sample / "reports").rglob("October-*.csv.gz")))[:700]
    for number, line in enumerate(lines):
        line["costCategory/Team"] = ["", "Blue", 'say "hi"', "Zoë"][number % 4]
        line["costCategory/Env"] = ["", "prod"][number % 2]
        line["resourceTags/user:path"] = ["", "C:\\temp", "tab\there", "naïve ☂", "a/b"][number % 5]
        line["resourceTags/user:Path"] = ["x", "", "", "y"][number % 4]
        line["lineItem/ProductCode"] = SERVICES[number % len(SERVICES)]
        line["product/ProductName"] = line["lineItem/ProductCode"]
        line["lineItem/UnblendedCost"] = f"{(number * 7919 % 4001) - 2000}.{number:015d}"
    for line in lines[:9]:
        line["product/productFamily"] = "Ünïts of Storage " * 12
        line["pricing/unit"] = "GB-Mo"
        line["lineItem/CurrencyCode"] = "EUR"
    return lines


@pytest.fixture(scope="module")
def providers(server: Server, s3: S3Server, sample) -> Iterator[list[str]]:
    """One month of two providers of a tenant: a cost and usage report, and one in FOCUS."""
    folder = make_folder()
    lines = month(sample)
    for name, content in {"cur": lines, "focus": as_focus(lines)}.items():
        report = folder / name / "20261001-20261101" / "report.csv.gz"
        report.parent.mkdir(parents=True)
        report.write_bytes(pack("gz", write_csv(content)))
    s3.upload_folder(folder, "summaries")
    made = [server.add_aws_provider("summaries", name, org=ORG, name=name)[1] for name in ("cur", "focus")]
    for provider in made:
        server.wait_for_month(provider)
    yield made
    remove_folder(folder)


def query(server: Server, statement: str) -> list[list[str]]:
    return server.sql(f"SET search_path TO {SCHEMA}, public; {statement}")[1:]


def derived(table: str) -> str:
    """The rows that a table is to have, by SQL over the daily summary."""
    keys, condition, more = TABLES[table]
    group = ", ".join(["usage_start", "currency_code", "source_uuid", "cost_entry_bill_id", *keys])
    sums = ", ".join(f"sum({cost})" for cost in COSTS)
    usage = ", sum(usage_amount), max(unit)" if more else ""
    machines = (
        ", (SELECT array_agg(DISTINCT id ORDER BY id) FROM unnest(string_to_array("
        "     string_agg(NULLIF(array_to_string(resource_ids, E'\\x01'), ''), E'\\x01'), E'\\x01')) AS id)"
        if more == "machines" else ""
    )  # fmt: skip
    return f"SELECT {group}, usage_start, {sums}{usage}{machines} FROM {DAILY} WHERE {condition} GROUP BY {group}"


def held(table: str) -> str:
    keys, _, more = TABLES[table]
    columns = ["usage_start", "currency_code", "source_uuid", "cost_entry_bill_id", *keys, "usage_end", *COSTS]
    columns += ["usage_amount", "unit"] if more else []
    columns += ["resource_ids"] if more == "machines" else []
    return f"SELECT {', '.join(columns)} FROM {table}"


def differences(table: str, one: str, other: str) -> str:
    return (
        f"SELECT '{table}', (SELECT count(*) FROM ({one} EXCEPT ALL ({other})) AS more),"
        f" (SELECT count(*) FROM ({other} EXCEPT ALL ({one})) AS less), (SELECT count(*) > 0 FROM {table})"
    )


def check(server: Server) -> None:
    """Every derived table equals its definition."""
    asked = [differences(table, held(table), derived(table)) for table in TABLES]
    for table, column in VALUES.items():
        columns = "cost_entry_bill_id, usage_account_id, account_alias_id"
        listed = f'SELECT {columns}, key, unnest("values") FROM {table}'
        real = f"SELECT DISTINCT {columns}, pair.key, pair.value FROM {DAILY}, jsonb_each_text({column}) AS pair"
        asked.append(differences(table, listed, real))
        unsorted = f'FROM {table} WHERE "values" <> ARRAY(SELECT unnest("values") AS v ORDER BY v)'
        asked.append(f"SELECT '{table}', count(*), 0, true {unsorted}")
    for table in ("reporting_aws_compute_summary_p", "reporting_aws_compute_summary_by_account_p"):
        miscounted = f"FROM {table} WHERE resource_count <> COALESCE(cardinality(resource_ids), 0)"
        asked.append(f"SELECT '{table}', count(*), 0, true {miscounted}")
    for row in query(server, " UNION ALL ".join(asked)):
        assert row[1:] == ["0", "0", "t"], row


def contents(server: Server) -> list[list[str]]:
    """All rows of all tables, but for what names a row."""
    rows = (f"SELECT '{table}', (to_jsonb(t) - 'id' - 'uuid')::text FROM {table} t" for table in FILLED)
    return query(server, " UNION ALL ".join(rows) + " ORDER BY 1, 2")


def ingest(server: Server, providers: list[str], *how: str, **settings: str) -> None:
    for provider in providers:
        server.run("download_report", "--provider-uuid", provider, "--bill-date", "2026-10", *how, **settings)


def row_ids(server: Server, provider: str) -> dict[str, list[str]]:
    """What names the rows of the provider's days, in the daily summary and in a table derived from it."""
    names = f"SELECT usage_start, uuid FROM {DAILY} WHERE source_uuid = '{provider}'"
    names += f" UNION ALL SELECT usage_start, id FROM {SERVICES_OF_REGIONS} WHERE source_uuid = '{provider}'"
    rows = query(server, f"SELECT usage_start, string_agg(uuid::text, ' ' ORDER BY uuid) FROM ({names}) r GROUP BY 1")
    return {day: ids for day, ids in rows}


def deliver(s3: S3Server, lines: list[dict[str, str]]) -> None:
    s3.client.put_object(
        Bucket="summaries", Key="cur/20261001-20261101/report.csv.gz", Body=pack("gz", write_csv(lines))
    )


def call(server: Server, method: str, path: str, body: object = None) -> requests.Response:
    return requests.request(
        method, f"{server.base_url}/api/cost-management/v1/{path}", json=body, timeout=30,
        headers={"x-rh-identity": identity(ORG)},
    )  # fmt: skip


def test_every_table_is_the_sum_of_the_daily_summary(server, providers):
    check(server)
    odd = f"SELECT DISTINCT char_length(product_family) FROM {DAILY} WHERE product_family LIKE 'Ünïts%'"
    assert query(server, odd) == [["150"]]
    values = "SELECT DISTINCT unnest(\"values\") FROM reporting_awscategory_summary WHERE key = 'Team' ORDER BY 1"
    assert query(server, values) == [["Blue"], ["Zoë"], ['say "hi"']]


def test_a_month_beyond_the_memory_is_the_same(server, providers):
    before = contents(server)
    ingest(server, providers, "--whole")
    assert contents(server) == before
    ingest(server, providers, "--again", KONTOR_MEMORY="64KB")
    assert contents(server) == before
    ids = [row_ids(server, provider) for provider in providers]
    ingest(server, providers, "--again")
    assert contents(server) == before
    assert [row_ids(server, provider) for provider in providers] == ids  # its days are known


def test_only_days_that_have_changed_are_replaced(server, s3, providers, sample):
    provider = providers[0]
    plain, before = contents(server), row_ids(server, provider)
    ingest(server, [provider], "--again")
    assert row_ids(server, provider) == before
    lines = month(sample)
    days = sorted({line["lineItem/UsageStartDate"][:10] for line in lines})
    changed, gone, *same = days
    kept = [line for line in lines if not line["lineItem/UsageStartDate"].startswith(gone)]
    for line in kept:
        if line["lineItem/UsageStartDate"].startswith(changed):
            line["lineItem/BlendedCost"] = "0.000000000000001"
            break
    came = [{**kept[-1], "lineItem/UsageStartDate": "2026-11-01T00:00:00Z"}]  # real bills have such a day
    deliver(s3, kept + came)
    ingest(server, [provider])
    after = row_ids(server, provider)
    assert sorted(after) == sorted([changed, *same, "2026-11-01"])
    assert {day for day in same if after[day] == before[day]} == set(same)
    assert after[changed] != before[changed]
    check(server)
    by_days = contents(server)
    ingest(server, [provider], "--whole")
    assert not set(row_ids(server, provider).items()) & set(after.items())
    assert contents(server) == by_days
    deliver(s3, month(sample))
    ingest(server, [provider])
    assert contents(server) == plain


def test_days_that_somebody_else_filled_are_replaced(server, providers):
    before = row_ids(server, providers[1])
    bill = f"SELECT id FROM reporting_awscostentrybill WHERE provider_id = '{providers[1]}'"
    query(server, f"UPDATE reporting_awscostentrybill SET summary_data_updated_datetime = now() WHERE id = ({bill})")
    ingest(server, [providers[1]], "--again")
    after = row_ids(server, providers[1])
    assert after.keys() == before.keys() and not set(after.items()) & set(before.items())


@pytest.mark.parametrize("share", ["7.1234567891", "200"], ids=["rounded", "exact"])
def test_markups_are_the_same_by_ingest_and_by_recalculation(server, providers, share):
    unmarked = f"SELECT count(*) FROM {DAILY} WHERE markup_cost <> 0"
    assert query(server, unmarked) == [["0"]]
    model = {
        "name": "Share", "description": "", "source_type": "AWS", "rates": [], "currency": "USD",
        "source_uuids": providers, "markup": {"value": share, "unit": "percent"},
    }  # fmt: skip
    made = call(server, "POST", "cost-models/", model)
    assert made.status_code == 201, made.text
    open_jobs = "SELECT count(*) FROM public.kontor_job WHERE kind = 'markup' AND state <> 'done'"
    wait_until(lambda: query(server, open_jobs) == [["0"]] and query(server, unmarked) != [["0"]], 60, "markups")
    check(server)
    recalculated = contents(server)
    for how in ("--again", "--whole", "--again"):
        ingest(server, providers, how)
        assert contents(server) == recalculated
    ingest(server, providers, "--again", KONTOR_MEMORY="64KB")
    assert contents(server) == recalculated
    assert call(server, "DELETE", f"cost-models/{made.json()['uuid']}/").status_code == 204
    wait_until(lambda: query(server, unmarked) == [["0"]], 60, "no markups")
    check(server)


def test_mapped_tags_are_the_same_beyond_the_memory(server, providers):
    plain = contents(server)
    keys = {tag["key"]: tag["uuid"] for tag in call(server, "GET", "settings/tags/?limit=100").json()["data"]}
    body = {"parent": keys["path"], "children": [keys["Path"]]}
    assert call(server, "PUT", "settings/tags/mappings/child/add/", body).status_code == 204
    unmapped = f"SELECT count(*) FROM {DAILY} WHERE tags ? 'Path'"
    wait_until(lambda: query(server, unmapped) == [["0"]], 60, "the months are read anew")
    check(server)
    mapped = contents(server)
    seen = {json.loads(row)["tags"].get("path") for table, row in mapped if table == DAILY}
    assert seen == {None, "C:\\temp", "tab\there", "naïve ☂", "a/b", "x", "y"}
    for how in ("--again", "--whole"):
        ingest(server, providers, how)
        assert contents(server) == mapped
    ingest(server, providers, "--again", KONTOR_MEMORY="64KB")
    assert contents(server) == mapped
    assert call(server, "PUT", "settings/tags/mappings/child/remove/", {"ids": [keys["Path"]]}).status_code == 204
    wait_until(lambda: contents(server) == plain, 60, "the plain tags")
