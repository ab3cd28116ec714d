"""The validator's clients, each against what it speaks to."""

from __future__ import annotations

import datetime
import gzip
from decimal import Decimal

import pytest
from e2e_validator.aws_report import make_month, split
from e2e_validator.clients.database import DatabaseError, LocalDatabaseClient, bind
from e2e_validator.clients.nise import NiseClient, NiseError, NiseScenarioValidator
from e2e_validator.clients.s3 import DirectoryClient, S3Client, S3Error
from support.process import kontor_binary
from support.s3 import ACCESS_KEY, SECRET_KEY


@pytest.fixture(scope="module")
def database(server) -> LocalDatabaseClient:
    return LocalDatabaseClient(str(kontor_binary()), settings=["--data-dir", str(server.data_dir)])


def test_parameters_are_values_and_nothing_else(database):
    text = "it's; DROP TABLE api_provider; -- \\q :x %s \"x\""
    assert database.execute_query("SELECT %s AS a, %(b)s" .replace("%(b)s", "%s"), (text, None)) == [(text, None)]
    row = database.execute_query(
        "SELECT %(a)s::integer AS a, %(b)s::jsonb AS b, 'x' LIKE '%%' AS c, 1.50 AS d",
        {"a": 7, "b": {"k": [1, "ü"]}}, fetch_one=True, dict_cursor=True,
    )  # fmt: skip
    assert row == {"a": 7, "b": {"k": [1, "ü"]}, "c": True, "d": Decimal("1.50")}


def test_statements_without_rows_and_wrong_ones(database):
    assert database.execute_query("UPDATE api_provider SET name = name WHERE false") == []
    assert database.execute_query("SELECT 1 WHERE false", fetch_one=True) is None
    assert database.execute_query("SELECT E'a\\nb,\"c\"', '' WHERE true") == [('a\nb,"c"', "")]
    with pytest.raises(DatabaseError, match='relation "nothing" does not exist'):
        database.execute_query("SELECT * FROM nothing")
    with pytest.raises(DatabaseError, match="more placeholders than parameters"):
        bind("SELECT %s, %s", (1,))


def test_the_product_s_own_questions(database):
    assert database.check_migrations() > 0
    assert database.get_provider_count() >= 0
    assert database.check_hive_database() is False
    with pytest.raises(DatabaseError, match="no Hive"):
        database.create_hive_prerequisites()


@pytest.fixture(params=["s3", "directory"])
def storage(request, tmp_path):
    if request.param == "directory":
        return DirectoryClient(tmp_path)
    server = request.getfixturevalue("s3")
    return S3Client(server.endpoint, ACCESS_KEY, SECRET_KEY)


def test_objects(storage):
    bucket = "client-test"
    assert storage.bucket_exists(bucket) is False
    storage.create_bucket(bucket)
    storage.create_bucket(bucket)
    assert storage.bucket_exists(bucket) is True
    keys = ["a/one.csv", "a/b c+d(e)=ü.csv", "other"]
    for key in keys:
        storage.upload_bytes(key.encode(), bucket, key)
    assert sorted(o["Key"] for o in storage.list_objects(bucket, "a/")) == sorted(keys[:2])
    assert {o["Key"]: o["Size"] for o in storage.list_objects(bucket)}["other"] == 5
    assert storage.get_object(bucket, keys[1]) == keys[1].encode()
    for key in keys:
        storage.delete_object(bucket, key)
    assert storage.list_objects(bucket) == []
    with pytest.raises(S3Error) as caught:
        storage.get_object(bucket, "other")
    assert caught.value.status == 404


def test_keys_that_lead_out_of_a_bucket_are_refused(tmp_path):
    with pytest.raises(S3Error, match="leads out"):
        DirectoryClient(tmp_path).upload_bytes(b"", "bucket", "../../outside")


def test_wrong_keys_and_no_server(s3):
    with pytest.raises(S3Error) as refused:
        S3Client(s3.endpoint, ACCESS_KEY, "wrong").bucket_exists("cost-data")
    assert refused.value.status == 403
    with pytest.raises(S3Error) as away:
        S3Client("http://127.0.0.1:9", ACCESS_KEY, SECRET_KEY).get_object("a", "b")
    assert away.value.status == 0


def test_parts_add_up():
    for total, parts in (("1000", 7), ("15.4", 4), ("0.000001", 3), ("500", 1440)):
        assert sum(split(Decimal(total), parts)) == Decimal(total)


def test_a_report_has_the_totals_that_it_promises():
    scenarios = [NiseClient.SCENARIOS["advanced_queries"], NiseClient.SCENARIOS["functional_tags"]]
    month = make_month(scenarios, datetime.date(2026, 2, 1), 3, "r", "p")
    assert {account: sum(costs.values()) for account, costs in month.totals.items()} == {
        "999900000002": Decimal(1500), "999900000008": Decimal(400),
    }  # fmt: skip
    names = list(month.objects)
    assert names[-1] == "p/r/20260201-20260301/r-Manifest.json"
    lines = gzip.decompress(month.objects[names[0]]).decode().splitlines()
    assert len(lines) == 1 + 3 * 24 * 5


def test_scenarios(server, database):
    nise = NiseClient(nise_path="/nonexistent/nise")
    assert sum(nise.get_scenario_expected_cost(name) for name in nise.SCENARIOS) == Decimal(8150)
    with pytest.raises(NiseError, match="there is no scenario nothing"):
        nise.get_scenario_expected_cost("nothing")
    folder = nise.generate_scenario("basic_queries", datetime.date(2026, 10, 1))
    assert len(nise.parse_nise_output(folder)) == 1
    nise.cleanup()
    assert not folder.exists()
    server.sources("GET", "/sources")
    with pytest.raises(DatabaseError, match="does not exist"):
        NiseScenarioValidator(database, "no_such_schema").validate_scenario_costs("basic_queries")
