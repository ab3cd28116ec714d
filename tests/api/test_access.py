"""Who may see which costs: by an access file, and by an RBAC service. What a caller may not see is in no
answer, whatever is asked."""

from __future__ import annotations

import base64
import csv
import gzip
import http.server
import io
import json
import threading
from collections.abc import Iterator
from decimal import Decimal

import pytest
import requests
from support.server import Server, identity

ORG = "org-access"
OWN, OTHER, THIRD = "9999999999990", "9999999999991", "9999999999992"
MODEL = "5d1c7f3e-0d4f-4a6b-9c55-6f0f5a7f2c11"
OCTOBER = {"start_date": "2026-10-01", "end_date": "2026-10-31", "filter[resolution]": "monthly"}

RULES = {
    "rules": [
        {"org_id": ORG, "users": ["own"], "read": {"aws.account": [OWN]}},
        {"org_id": ORG, "users": ["two"], "read": {"aws.account": [OWN]}},
        {"org_id": ORG, "groups": ["second"], "read": {"aws.account": [OTHER]}},
        {"org_id": ORG, "users": ["unit"], "read": {"aws.organizational_unit": ["ou-2"]}},
        {"org_id": ORG, "users": ["everything"], "read": {"aws.account": ["*"]}},
        {"org_id": ORG, "users": ["models"], "write": {"cost_model": ["*"]}},
        {"org_id": ORG, "users": ["reader"], "read": {"cost_model": [MODEL, "no-uuid"]}},
        {"org_id": ORG, "users": ["writer"], "write": {"cost_model": [MODEL]}},
        {"org_id": ORG, "users": ["keeper"], "read": {"settings": ["*"]}, "write": {"sources": ["*"]}},
        {"org_id": ORG, "users": ["nowhere"], "read": {"aws.account": ["123"]}},
        {"org_id": "org-elsewhere", "users": ["*"], "read": {"aws.account": ["*"]}},
    ]
}


def caller(user: str, org: str = ORG, admin: bool = False) -> dict[str, str]:
    return {"x-rh-identity": identity(org, admin, user=user, account="")}


def ask(server: Server, user: str, path: str, org: str = ORG, admin: bool = False, **query: str) -> requests.Response:
    accept = {"Accept": query.pop("accept", "application/json")}
    return requests.get(
        f"{server.base_url}/api/cost-management/v1/{path}", params=query,
        headers=caller(user, org, admin) | accept, timeout=60,
    )  # fmt: skip


@pytest.fixture(scope="module")
def guarded(s3, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    path = tmp_path_factory.mktemp("access") / "access.json"
    path.write_text(json.dumps(RULES))
    server = Server(KONTOR_POLL_INTERVAL="2", KONTOR_ACCESS_FILE=str(path), **s3.environment()).start()
    headers = caller("boss", admin=True)
    source = server.sources("POST", "/sources", headers=headers, json={"name": "a", "source_type_id": "1"}).json()
    extra = {"bucket": "cost-data", "report_name": "cost-report", "report_prefix": "reports"}
    server.sources(
        "POST", "/applications", headers=headers,
        json={"source_id": source["id"], "application_type_id": "2", "extra": extra},
    )  # fmt: skip
    server.wait_for_month(source["uid"])
    server.wait_for_month(source["uid"], "2026-11-01")
    # An organization: root > ou-1 > OWN, root > ou-2 > ou-3 > OTHER.
    server.sql(
        f"""INSERT INTO "{ORG}".reporting_awsaccountalias (account_id, account_alias) VALUES
              ('{OWN}', 'mine'), ('{OTHER}', 'theirs'), ('{THIRD}', '{THIRD}')
              ON CONFLICT (account_id) DO UPDATE SET account_alias = EXCLUDED.account_alias;
            INSERT INTO "{ORG}".reporting_awsorganizationalunit
              (org_unit_name, org_unit_id, org_unit_path, level, created_timestamp, account_alias_id)
            SELECT name, id, path, level, '2026-01-01',
                   (SELECT a.id FROM "{ORG}".reporting_awsaccountalias a WHERE a.account_id = account)
              FROM (VALUES ('root', 'r-1', 'r-1', 0, NULL), ('one', 'ou-1', 'r-1&ou-1', 1, NULL),
                           ('one', 'ou-1', 'r-1&ou-1', 1, '{OWN}'), ('two', 'ou-2', 'r-1&ou-2', 1, NULL),
                           ('three', 'ou-3', 'r-1&ou-2&ou-3', 2, NULL),
                           ('three', 'ou-3', 'r-1&ou-2&ou-3', 2, '{OTHER}')) AS v (name, id, path, level, account)"""
    )
    yield server
    server.close()


@pytest.fixture(scope="module")
def by_account(sample) -> dict[str, str]:
    reference = json.loads((sample / "reference-october.json").read_text())
    return {account: costs["unblended"] for account, costs in reference["by_account"].items()}


@pytest.fixture(scope="module")
def lines(sample) -> list[dict]:
    report = next((sample / "reports").rglob("October-*.csv.gz"))
    return list(csv.DictReader(io.StringIO(gzip.decompress(report.read_bytes()).decode())))


def total(answer: requests.Response) -> Decimal:
    assert answer.status_code == 200, answer.text
    document = json.loads(answer.text, parse_float=Decimal, parse_int=Decimal)
    return document["meta"]["total"]["cost"]["total"]["value"]


QUERIES: list[dict[str, str]] = [
    {},
    {"filter[resolution]": "daily"},
    {"group_by[account]": "*"},
    {"group_by[account]": "*", "group_by[service]": "*"},
    {"group_by[service]": "*"},
    {"group_by[region]": "*"},
    {"group_by[az]": "*"},
    {"group_by[product_family]": "*"},
    {"group_by[tag:app]": "*"},
    {"group_by[service]": "*", "group_by[tag:app]": "*"},
    {"group_by[service]": "*", "filter[limit]": "1"},
    {"group_by[service]": "*", "filter[limit]": "1", "filter[offset]": "0"},
    {"group_by[account]": OWN},
    {"group_by[or:account]": OWN},
    {"filter[account]": OWN},
    {"filter[account]": "mine"},
    {"filter[exact:account]": OWN},
    {"filter[or:account]": OWN},
    {"filter[account]": "*"},
    {"cost_type": "blended_cost"},
    {"order_by[cost]": "asc", "group_by[region]": "*"},
]


@pytest.mark.parametrize("query", QUERIES, ids=[",".join(f"{k}={v}" for k, v in query.items()) for query in QUERIES])
def test_costs_are_those_of_the_own_account_alone(guarded, by_account, query):
    # As the admin first: the answer to that must not be given to another.
    everything = ask(guarded, "boss", "reports/aws/costs/", admin=True, **(OCTOBER | query))
    answer = ask(guarded, "own", "reports/aws/costs/", **(OCTOBER | query))
    assert total(answer) == Decimal(by_account[OWN])
    for foreign in (OTHER, THIRD, "theirs"):
        assert foreign not in answer.text
    again = ask(guarded, "boss", "reports/aws/costs/", admin=True, **(OCTOBER | query))
    assert again.content == everything.content


def test_parts_sum_up_to_what_may_be_seen(guarded, by_account):
    for field in ("account", "service", "region"):
        answer = ask(guarded, "two", "reports/aws/costs/", **OCTOBER, **{f"group_by[{field}]": "*"})
        rows = json.loads(answer.text, parse_float=Decimal, parse_int=Decimal)["data"]
        values = [group["values"][0]["cost"]["total"]["value"] for day in rows for group in day[field + "s"]]
        assert sum(values) == Decimal(by_account[OWN]), field


def test_what_others_have_is_refused_or_left_out(guarded):
    refused = {"errors": [
        {"detail": "You do not have permission to perform this action.", "source": "detail", "status": 403}
    ]}  # fmt: skip
    for query in (
        {"filter[account]": OTHER},
        {"filter[account]": "theirs"},
        {"filter[account]": "999"},  # a part of others' too
        {"filter[exact:account]": OTHER},
        {"filter[or:account]": f"{OWN},{OTHER}"},
        {"filter[and:account]": OTHER},
        {"filter[account]": f"{OWN},{OTHER}"},
        {"group_by[account]": OTHER},
        {"group_by[or:account]": f"{OWN},{OTHER}"},
    ):
        answer = ask(guarded, "own", "reports/aws/costs/", **OCTOBER, **query)
        assert (answer.status_code, answer.json()) == (403, refused), query
    for query in (
        {"exclude[account]": OWN},
        {"exclude[exact:account]": OWN},
        {"filter[service]": "nothing"},
        {"filter[and:service]": "AmazonEC2,AmazonRDS"},
    ):
        assert total(ask(guarded, "own", "reports/aws/costs/", **OCTOBER, **query)) == 0, query
    one, two = (
        total(ask(guarded, "own", "reports/aws/costs/", **OCTOBER, **{f"{kind}[or:service]": "AmazonEC2,AmazonS3"}))
        for kind in ("filter", "exclude")
    )
    assert one + two == total(ask(guarded, "own", "reports/aws/costs/", **OCTOBER))


def test_every_other_answer_knows_the_own_account_alone(guarded, lines, by_account):
    own = [line for line in lines if line["lineItem/UsageAccountId"] == OWN]
    csv_text = ask(
        guarded, "own", "reports/aws/costs/", accept="text/csv", **OCTOBER, **{"group_by[account]": "*"}
    ).text
    rows = list(csv.DictReader(io.StringIO(csv_text)))
    assert {row["id"] for row in rows} == {OWN}
    assert sum(Decimal(row["cost_total"]) for row in rows) == Decimal(by_account[OWN])
    window = {"start_date": "2026-10-01", "end_date": "2026-10-31"}
    focus = list(csv.DictReader(io.StringIO(ask(guarded, "own", "exports/focus/", accept="text/csv", **window).text)))
    assert {row["SubAccountId"] for row in focus} == {OWN}
    assert sum(Decimal(row["BilledCost"]) for row in focus) == Decimal(by_account[OWN])
    for path in ("reports/aws/instance-types/", "reports/aws/storage/"):
        mine = total(ask(guarded, "own", path, **OCTOBER))
        assert mine == total(ask(guarded, "boss", path, admin=True, **OCTOBER, **{"filter[account]": OWN})), path
    month = {"filter[time_scope_units]": "month", "filter[time_scope_value]": "-2", "filter[resolution]": "monthly"}
    machines = ask(guarded, "own", "reports/aws/resources/ec2-compute/", **month)
    assert machines.status_code == 200 and OTHER not in machines.text and THIRD not in machines.text
    values = {line["resourceTags/user:app"] for line in own} - {""}
    assert ask(guarded, "own", "tags/aws/app/", **month).json()["data"] == sorted(values)
    for path, name, wanted in (
        ("aws-accounts", "value", [OWN]),
        ("aws-regions", "value", sorted({line["product/region"] for line in own} - {""})),
        ("aws-organizational-units", "value", ["ou-1", "r-1"]),
    ):
        answer = ask(guarded, "own", f"resource-types/{path}/", limit="100")
        assert [row[name] for row in answer.json()["data"]] == wanted, path
    mine, every = (ask(guarded, *who, "forecasts/aws/costs/", admin=who[0] == "boss") for who in (("own",), ("boss",)))
    assert mine.status_code == every.status_code == 200
    assert mine.json()["data"] != every.json()["data"]
    counted = {row["value"]: row["count"] for row in ask(guarded, "own", "resource-types/").json()["data"]}
    assert counted["aws.account"] == 1


def test_rules_add_up_by_name_group_and_unit(guarded, by_account):
    def of(user: str, **more) -> Decimal:
        return total(ask(guarded, user, "reports/aws/costs/", **OCTOBER, **more))

    assert of("everything") == sum(Decimal(value) for value in by_account.values())
    assert of("unit") == Decimal(by_account[OTHER])
    assert of("nowhere") == 0
    units = ask(guarded, "unit", "resource-types/aws-organizational-units/").json()["data"]
    assert [row["value"] for row in units] == ["ou-2", "ou-3", "r-1"]
    accounts = ask(guarded, "unit", "reports/aws/costs/", **OCTOBER, **{"group_by[account]": "*"}).text
    assert OTHER in accounts and OWN not in accounts and THIRD not in accounts
    assert ask(guarded, "unit", "reports/aws/costs/", **OCTOBER, **{"filter[account]": OWN}).status_code == 403
    # The same name in another organisation, and everyone of one, see their own organisation only.
    assert ask(guarded, "own", "reports/aws/costs/", org="org-elsewhere").json()["meta"]["count"] == 0
    assert ask(guarded, "own", "reports/aws/costs/", org="org-third").status_code == 403


def test_an_organization_is_seen_in_part(guarded, by_account):
    for user, account in (("own", OWN), ("unit", OTHER)):
        answer = ask(guarded, user, "reports/aws/costs/", **OCTOBER, **{"group_by[org_unit_id]": "r-1"})
        assert total(answer) == Decimal(by_account[account]), user
        others = {OWN, OTHER, THIRD} - {account}
        assert not any(other in answer.text for other in others), user
    assert ask(guarded, "own", "organizations/aws/").status_code == 403  # an account is no unit
    units = ask(guarded, "unit", "organizations/aws/").json()["data"]
    assert [(unit["org_unit_id"], unit["sub_orgs"], unit["accounts"]) for unit in units] == [
        ("ou-2", ["ou-3"], []), ("ou-3", [], ["theirs"]), ("r-1", ["ou-2"], []),
    ]  # fmt: skip


def test_paths_need_their_own_rights(guarded):
    paths = {
        "reports/aws/costs/": {"own", "everything", "boss"},
        "tags/aws/": {"own", "everything", "boss"},
        "forecasts/aws/costs/": {"own", "everything", "boss"},
        "resource-types/aws-accounts/": {"own", "everything", "boss"},
        "cost-models/": {"models", "boss"},
        "price-lists/": {"models", "boss"},
        "settings/tags/": {"keeper", "boss"},
        "account-settings/": {"own", "everything", "models", "keeper", "boss"},
        "currency/": {"own", "everything", "models", "keeper", "boss"},
        "exports/focus/": {"own", "everything", "boss"},
        "user-access/": {"own", "everything", "models", "keeper", "boss", "nobody"},
    }
    users = ("own", "everything", "models", "keeper", "boss", "nobody")
    for path, allowed in paths.items():
        may = {user for user in users if ask(guarded, user, path, admin=user == "boss").status_code == 200}
        assert may == allowed, path
        assert {ask(guarded, user, path).status_code for user in set(users) - allowed - {"boss"}} <= {403}
    change = {"currency": "EUR"}
    address = guarded.base_url + "/api/cost-management/v1/account-settings/currency/"
    for user, status in (("own", 403), ("keeper", 403), ("nobody", 403)):
        assert requests.put(address, json=change, headers=caller(user), timeout=30).status_code == status, user


def test_user_access_tells_the_truth(guarded):
    def told(user: str, admin: bool = False) -> dict[str, tuple[bool, bool]]:
        answer = ask(guarded, user, "user-access/", admin=admin).json()["data"]
        return {row["type"]: (row["access"], row["write"]) for row in answer}

    none = dict.fromkeys(("aws", "azure", "gcp", "ocp", "cost_model", "settings", "any"), (False, False))
    assert told("nobody") == none
    assert told("own") == none | {"aws": (True, False), "any": (True, False)}
    assert told("unit") == none | {"aws": (True, False), "any": (True, False)}
    assert told("models") == none | {"cost_model": (True, True)}, "any: the costs of any provider"
    assert told("keeper") == none | {"settings": (True, False)}
    assert told("boss", admin=True) == dict.fromkeys(none, (True, True))
    assert ask(guarded, "own", "user-access/", type="aws").json() == {"data": True, "access": True, "write": False}
    assert ask(guarded, "own", "user-access/", type="gcp").json() == {"data": False, "access": False, "write": False}


def test_single_cost_models(guarded):
    def call(method: str, user: str, path: str, body: object = None) -> requests.Response:
        address = f"{guarded.base_url}/api/cost-management/v1/{path}"
        return requests.request(method, address, headers=caller(user), json=body, timeout=60)

    body = {"name": "One", "source_type": "AWS", "markup": {"value": "1"}}
    one = call("POST", "models", "cost-models/", body).json()["uuid"]
    other = call("POST", "models", "cost-models/", {**body, "name": "Other"}).json()["uuid"]
    guarded.sql(f"UPDATE \"{ORG}\".cost_model SET uuid = '{MODEL}' WHERE uuid = '{one}'")
    mine, theirs = f"cost-models/{MODEL}/", f"cost-models/{other}/"
    for user in ("reader", "writer"):
        assert [m["name"] for m in call("GET", user, "cost-models/").json()["data"]] == ["One"], user
        assert call("GET", user, mine).json()["name"] == "One"
        assert call("GET", user, theirs).status_code == 404
        assert call("GET", user, "metrics/").status_code == 200
        assert [m["value"] for m in call("GET", user, "resource-types/cost-models/").json()["data"]] == [
            f"{MODEL} (One)"
        ]
        for path in ("price-lists/", "settings/tags/", "reports/aws/costs/"):
            assert call("GET", user, path).status_code == 403, path
        for path in ("cost-models/", "price-lists/", "settings/currency/static-rates/"):
            assert call("POST", user, path, body).status_code == 403, path
        assert call("PUT", user, theirs, body).status_code == 403
        assert call("DELETE", user, theirs).status_code == 403
    assert call("PUT", "reader", mine, body).status_code == 403
    assert call("DELETE", "reader", mine).status_code == 403
    assert call("PUT", "writer", mine, {**body, "name": "Mine"}).json()["name"] == "Mine"
    assert call("DELETE", "writer", mine).status_code == 204
    assert [m["name"] for m in call("GET", "models", "cost-models/").json()["data"]] == ["Other"]
    assert call("DELETE", "models", theirs).status_code == 204


def test_sources_are_changed_by_those_who_may(guarded):
    def create(user: str) -> int:
        body = {"name": f"of {user}", "source_type_id": "1"}
        return guarded.sources("POST", "/sources", headers=caller(user), json=body).status_code

    assert (create("keeper"), create("own"), create("nobody")) == (201, 401, 401)


def test_the_file_is_read_anew_and_a_broken_one_changes_nothing(make_server, tmp_path):
    path = tmp_path / "access.json"
    path.write_text(json.dumps({"rules": []}))
    server = make_server(KONTOR_ACCESS_FILE=str(path)).start()
    for text, status in (
        (json.dumps({"rules": []}), 403),
        (json.dumps({"rules": [{"org_id": ORG, "users": ["ann"], "read": {"aws.account": ["1"]}}]}), 200),
        ("{broken", 200),
        (json.dumps({"rules": [{"org_id": ORG, "users": ["ann"], "read": {"aws.acount": ["1"]}}]}), 200),
        (json.dumps({"rules": [{"org_id": ORG, "users": ["*"], "read": {"*": ["*"]}}]}), 200),
        (json.dumps({"rules": [{"org_id": ORG, "users": ["ben"], "read": {"*": ["*"]}}]}), 403),
    ):
        path.write_text(text)
        assert ask(server, "ann", "reports/aws/costs/").status_code == status, text
    assert 'rule 1: there is no resource "aws.acount"' in server.log()
    path.unlink()
    assert ask(server, "ben", "reports/aws/costs/").status_code == 403
    assert ask(server, "boss", "reports/aws/costs/", admin=True).status_code == 200


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ("[]", 'there is no list "rules"'),
        ('{"rules": [{}]}', "rule 1 names no organisation"),
        ('{"rules": [{"org_id": "a"}]}', "rule 1 must say for whom"),
        ('{"rules": [{"org_id": "a", "users": "ann"}]}', "rule 1 must say for whom"),
        ('{"rules": [{"org_id": "a", "users": [1]}]}', "rule 1 must say for whom"),
        ('{"rules": [{"org_id": "a", "user": ["ann"]}]}', '"user" is none of org_id'),
        ('{"rules": [{"org_id": "a", "users": [], "read": ["aws.account"]}]}', '"read" is no object'),
        ('{"rules": [{"org_id": "a", "users": [], "read": {"aws.account": "*"}}]}', "must be a list of texts"),
    ],
)
def test_a_file_that_makes_no_sense_stops_the_start(guarded, tmp_path, rules, reason):
    path = tmp_path / "access.json"
    path.write_text(rules)
    more = {"KONTOR_ACCESS_FILE": str(path), "KONTOR_DATA_DIR": str(tmp_path / "data")}
    started = guarded.run("serve", "--listen", "127.0.0.1:0", check=False, **more)
    assert started.returncode == 1 and reason in started.stderr


# The service


class Rbac:
    """Answers in pages of one entry, by user; or not at all."""

    def __init__(self) -> None:
        self.access: dict[str, list[dict]] = {}
        self.asked: list[str] = []
        self.status = 200
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                user = json.loads(base64.b64decode(self.headers["x-rh-identity"]))["identity"]["user"]["username"]
                path, _, query = self.path.partition("?")
                assert path == "/api/rbac/v1/access/"
                given = dict(part.split("=") for part in query.split("&"))
                assert given["application"] == "cost-management" and given["limit"] == "100"
                offset = int(given.get("offset", 0))
                service.asked.append(f"{user} {offset}")
                entries = service.access.get(user, [])
                following = f"{path}?application=cost-management&limit=100&offset={offset + 1}"
                body = json.dumps({
                    "meta": {"count": len(entries)}, "data": entries[offset : offset + 1],
                    "links": {"next": following if offset + 1 < len(entries) else None},
                }).encode()  # fmt: skip
                self.send_response(service.status if user != "unknown" else 400)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: object) -> None:
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


def entry(permission: str, operation: str = "", value: object = None) -> dict:
    definitions = (
        [{"attributeFilter": {"key": "cost-management.aws.account", "operation": operation, "value": value}}]
        if operation
        else []
    )
    return {"permission": permission, "resourceDefinitions": definitions}


@pytest.fixture(scope="module")
def rbac() -> Iterator[Rbac]:
    service = Rbac()
    yield service
    service.http.shutdown()
    service.http.server_close()


@pytest.fixture(scope="module")
def asking(rbac: Rbac) -> Iterator[Server]:
    server = Server(KONTOR_RBAC_URL=rbac.url, KONTOR_ENHANCED_ORG_ADMIN="false").start()
    yield server
    server.close()


def test_the_service_is_asked_page_by_page_and_remembered(asking, rbac):
    rbac.access["ann"] = [
        entry("cost-management:aws.account:read", "equal", "1"),
        entry("cost-management:aws.account:read", "in", ["2", "3"]),
        entry("cost-management:rate:write"),
        entry("inventory:*:*"),
    ]
    for _ in range(3):
        assert ask(asking, "ann", "reports/aws/costs/").status_code == 200
    assert rbac.asked == ["ann 0", "ann 1", "ann 2", "ann 3"]
    for account, status in (("1", 200), ("2", 200), ("3", 200), ("4", 403), ("2,4", 403)):
        answer = ask(asking, "ann", "reports/aws/costs/", **{"filter[account]": account})
        assert answer.status_code == status, account
    told = {row["type"]: (row["access"], row["write"]) for row in ask(asking, "ann", "user-access/").json()["data"]}
    assert told["aws"] == (True, False) and told["cost_model"] == (True, True) and told["settings"] == (False, False)


@pytest.mark.parametrize(
    ("name", "access", "status"),
    [
        ("all", [entry("cost-management:*:*")], 200),
        ("other-verb", [entry("cost-management:aws.account:link")], 403),
        ("other-cloud", [entry("cost-management:gcp.account:read")], 403),
        ("other-application", [entry("cost-managements:aws.account:read")], 403),
        ("odd-operation", [entry("cost-management:aws.account:read", "like", "*")], 403),
        ("no-value", [entry("cost-management:aws.account:read", "equal", None)], 403),
        ("commas", [entry("cost-management:aws.account:read", "in", "1,2")], 200),
        ("short", [{"permission": "cost-management"}, {}, 7], 403),
        ("unknown", [entry("cost-management:*:*")], 403),
    ],
)
def test_what_is_not_granted_is_refused(asking, rbac, name, access, status):
    rbac.access[name] = access
    assert ask(asking, name, "reports/aws/costs/").status_code == status


def test_a_service_that_is_away_fails_the_request(asking, rbac):
    rbac.access["zoe"] = [entry("cost-management:*:*")]
    rbac.status = 503
    try:
        # Also an admin's, where admins are asked for.
        for path in ("reports/aws/costs/", "user-access/", "settings/tags/"):
            answer = ask(asking, "zoe", path, admin=True)
            error = answer.json()["errors"][0]
            assert (answer.status_code, error["status"], error["title"]) == (424, 424, "Failed Dependency")
            assert error["detail"].startswith("Rbac unavailable. Error: ")
    finally:
        rbac.status = 200
    assert ask(asking, "zoe", "reports/aws/costs/", admin=True).status_code == 200


@pytest.mark.parametrize(
    ("user", "may"),
    [
        ("own", {"ingest"}), ("models", set()), ("nobody", set()),
        ("keeper", {"ingest", "explain?source_id=1", "audit", "system", "bucket-check"}),
    ],
)  # fmt: skip
def test_the_interface_shows_each_what_is_theirs(guarded, user, may):
    reads = ("ingest", "explain?source_id=1", "audit", "system")
    answers = {
        path: requests.get(f"{guarded.base_url}/api/kontor/v1/{path}", headers=caller(user), timeout=30)
        for path in reads
    }
    check = f"{guarded.base_url}/api/kontor/v1/bucket-check"
    answers["bucket-check"] = requests.post(check, headers=caller(user), json={"bucket": "cost-data"}, timeout=30)
    assert {path for path, answer in answers.items() if answer.status_code == 200} == may
    assert {answer.status_code for path, answer in answers.items() if path not in may} <= {403}


def test_exports_and_other_currencies_hold_own_accounts_only(guarded, by_account):
    answer = ask(guarded, "own", "exports/focus/", start_date="2026-10-01", end_date="2026-10-31")
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert {row["SubAccountId"] for row in rows} == {OWN}
    assert sum(Decimal(row["BilledCost"]) for row in rows) == Decimal(by_account[OWN])
    assert ask(guarded, "nowhere", "exports/focus/", start_date="2026-10-01").text.count("\n") == 1
    assert ask(guarded, "models", "exports/focus/").status_code == 403
    url = f"{guarded.base_url}/api/cost-management/v1/settings/currency/static-rates/"
    rate = {
        "base_currency": "USD", "target_currency": "EUR", "exchange_rate": "2",
        "start_date": "2026-11-01", "end_date": "2026-11-30",
    }  # fmt: skip
    for user, status in (("own", 403), ("keeper", 403), ("models", 201)):
        assert requests.post(url, json=rate, headers=caller(user), timeout=30).status_code == status
    assert total(ask(guarded, "own", "reports/aws/costs/", currency="EUR", **OCTOBER)) == 2 * Decimal(by_account[OWN])
