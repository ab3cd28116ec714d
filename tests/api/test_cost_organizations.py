"""organizations/aws/: the structure is given, and costs are divided by it."""

from __future__ import annotations

import csv
import gzip
import json
from decimal import ROUND_HALF_UP, Decimal

import pytest
import requests
from support.server import identity

ORG = "org-units"
PATH = "organizations/aws/"
OCTOBER = {"start_date": "2026-10-01", "end_date": "2026-10-31", "filter[resolution]": "monthly"}
ACCOUNTS = [f"999999999999{i}" for i in range(3)]
TREE = {
    "Roots": [
        {
            "Id": "r-1", "Name": "Root", "Accounts": [{"Id": ACCOUNTS[0], "Name": "payer"}],
            "OrganizationalUnits": [
                {
                    "Id": "ou-1-lab", "Name": "Laboratory", "Accounts": [{"Id": ACCOUNTS[1], "Name": "lab"}],
                    "OrganizationalUnits": [{"Id": "ou-1-deep", "Accounts": [{"Id": ACCOUNTS[2]}]}],
                },
                {"Id": "ou-1-empty", "Name": "Empty"},
            ],
        }
    ]
}  # fmt: skip


def put(server, tree: object, org: str = ORG, admin: bool = True) -> requests.Response:
    return requests.put(
        f"{server.base_url}/api/cost-management/v1/{PATH}", json=tree,
        headers={"x-rh-identity": identity(org, admin=admin)}, timeout=30,
    )  # fmt: skip


@pytest.fixture(scope="module")
def tenant(server, sample):
    """The sample's October, its three accounts in an organization; their costs."""
    _, provider = server.add_aws_provider("cost-data", "cost-report", "reports", org=ORG)
    server.wait_for_month(provider)
    done = put(server, TREE)
    assert done.status_code == 200, done.text
    assert done.json() == {"organizational_units": 4, "accounts": 3, "added": 7, "removed": 0}
    report = next((sample / "reports").rglob("October-*.csv.gz"))
    costs = dict.fromkeys(ACCOUNTS, Decimal(0))
    with gzip.open(report, "rt", newline="") as text:
        for line in csv.DictReader(text):
            cost = Decimal(line["lineItem/UnblendedCost"])
            costs[line["lineItem/UsageAccountId"]] += cost.quantize(Decimal("1e-15"), ROUND_HALF_UP)
    return costs


def entities(server, **query: str) -> list[tuple]:
    answer = server.report("reports/aws/costs/", ORG, **OCTOBER, **query)
    assert answer.status_code == 200, answer.text
    (month,) = json.loads(answer.text, parse_float=Decimal)["data"]
    assert list(month) == ["date", "org_entities"]
    found = []
    for entity in month["org_entities"]:
        (row,) = entity["values"]
        assert list(entity) == ["id", "type", "values"] and row["id"] == entity["id"]
        found.append((entity["type"], entity["id"], row["alias"], row["cost"]["total"]["value"]))
    return found


def test_the_structure_is_told(server, tenant):
    body = server.report(PATH, ORG).json()
    assert list(body["meta"]) == [
        "count", "limit", "offset", "currency", "key_only", "filter", "group_by", "order_by", "access", "exclude",
    ]  # fmt: skip
    assert body["meta"]["count"] == 4 and body["data"] == [
        {
            "org_unit_id": "ou-1-deep", "org_unit_name": "ou-1-deep", "org_unit_path": "r-1&ou-1-lab&ou-1-deep",
            "level": 2, "sub_orgs": [], "accounts": [ACCOUNTS[2]],
        },
        {
            "org_unit_id": "ou-1-empty", "org_unit_name": "Empty", "org_unit_path": "r-1&ou-1-empty", "level": 1,
            "sub_orgs": [], "accounts": [],
        },
        {
            "org_unit_id": "ou-1-lab", "org_unit_name": "Laboratory", "org_unit_path": "r-1&ou-1-lab", "level": 1,
            "sub_orgs": ["ou-1-deep"], "accounts": ["lab"],
        },
        {
            "org_unit_id": "r-1", "org_unit_name": "Root", "org_unit_path": "r-1", "level": 0,
            "sub_orgs": ["ou-1-empty", "ou-1-lab"], "accounts": ["payer"],
        },
    ]  # fmt: skip
    only = server.report(PATH, ORG, key_only="true", **{"filter[org_unit_id]": "LAB"}).json()["data"]
    assert [(list(unit), unit["org_unit_id"]) for unit in only] == [
        (["org_unit_id", "org_unit_name", "org_unit_path", "level"], "ou-1-lab")
    ]
    assert [unit["org_unit_id"] for unit in server.report(PATH, ORG, limit="1", offset="2").json()["data"]] == [
        "ou-1-lab"
    ]
    listed = server.report("resource-types/aws-organizational-units/", ORG).json()["data"]
    assert [item["value"] for item in listed] == ["ou-1-deep", "ou-1-empty", "ou-1-lab", "r-1"]


def test_units_are_divided_into_accounts_and_units(server, tenant):
    first, second, third = (tenant[account] for account in ACCOUNTS)
    wanted = [
        ("organizational_unit", "ou-1-lab", "Laboratory", second + third), ("account", ACCOUNTS[0], "payer", first),
    ]  # fmt: skip
    assert entities(server, **{"group_by[org_unit_id]": "r-1"}) == sorted(wanted, key=lambda row: -row[3])
    wanted = [
        ("account", ACCOUNTS[1], "lab", second), ("organizational_unit", "ou-1-deep", "ou-1-deep", third),
    ]  # fmt: skip
    assert entities(server, **{"group_by[org_unit_id]": "ou-1-lab"}) == sorted(wanted, key=lambda row: -row[3])
    assert entities(server, **{"group_by[org_unit_id]": "ou-1-empty"} | {"filter[limit]": "3"}) == []


def test_units_in_pages(server, tenant):
    whole = entities(server, **{"group_by[org_unit_id]": "r-1"})
    page = {"group_by[org_unit_id]": "r-1", "filter[limit]": "1", "filter[offset]": "1"}
    assert entities(server, **page) == whole[1:]
    meta = server.report("reports/aws/costs/", ORG, **OCTOBER, **page).json()["meta"]
    assert (meta["count"], meta["limit"], meta["offset"]) == (2, 1, 1) and "others" not in meta


def test_pages_of_units_hold_all_that_units_are_grouped_by(server, tenant):
    """A page is of entities, however many services each has."""
    query = {"group_by[org_unit_id]": "r-1", "group_by[service]": "*", "filter[limit]": "1"}
    body = server.report("reports/aws/costs/", ORG, **OCTOBER, **query).json()
    (entity,) = body["data"][0]["org_entities"]
    assert body["meta"]["count"] == 2 and len(entity["services"]) > 1


def test_units_as_csv(server, tenant):
    query = {"start_date": "2026-10-01", "end_date": "2026-10-31", "filter[resolution]": "monthly"}
    answer = requests.get(
        f"{server.base_url}/api/cost-management/v1/reports/aws/costs/", timeout=30,
        params={**query, "group_by[org_unit_id]": "r-1"},
        headers={"x-rh-identity": identity(ORG), "Accept": "text/csv"},
    )  # fmt: skip
    rows = list(csv.DictReader(answer.text.splitlines()))
    assert sorted((row["type"], row["id"], row["alias"]) for row in rows) == [
        ("account", ACCOUNTS[0], "payer"), ("organizational_unit", "ou-1-lab", "Laboratory"),
    ]  # fmt: skip


def test_filters_by_unit(server, tenant):
    def total(**query: str) -> Decimal:
        text = server.report("reports/aws/costs/", ORG, **OCTOBER, **query).text
        return json.loads(text, parse_float=Decimal)["meta"]["total"]["cost"]["total"]["value"]

    first, second, third = (tenant[account] for account in ACCOUNTS)
    assert total(**{"filter[org_unit_id]": "ou-1-lab"}) == second + third
    assert total(**{"filter[org_unit_id]": "ou-1-deep"}) == third
    assert total(**{"filter[or:org_unit_id]": "ou-1-deep,r-1"}) == first + second + third
    assert total(**{"exclude[org_unit_id]": "ou-1-lab"}) == first


def test_accounts_carry_their_names(server, tenant):
    body = server.report("reports/aws/costs/", ORG, **OCTOBER, **{"group_by[account]": "*"}).json()
    names = {row["account"]: row["values"][0]["account_alias"] for row in body["data"][0]["accounts"]}
    assert names == {ACCOUNTS[0]: "payer", ACCOUNTS[1]: "lab", ACCOUNTS[2]: ACCOUNTS[2]}


def test_a_change_holds_from_today_on(server, tenant):
    tree = json.loads(json.dumps(TREE))
    root = tree["Roots"][0]
    root["Accounts"].append(root["OrganizationalUnits"][0].pop("Accounts")[0])
    assert put(server, TREE).json()["added"] == 0
    changed = put(server, tree).json()
    assert (changed["added"], changed["removed"]) == (1, 1)
    # October was before
    assert ("organizational_unit", "ou-1-lab") in [
        row[:2] for row in entities(server, **{"group_by[org_unit_id]": "r-1"})
    ]
    assert put(server, TREE).status_code == 200


def test_a_file_is_as_good(server, tenant, tmp_path):
    path = tmp_path / "organization.json"
    path.write_text(json.dumps(TREE))
    assert server.run("import-organization", str(path), "--org", ORG).stdout == (
        "4 units, 3 accounts: 0 added, 0 removed\n"
    )
    path.write_text("{")
    broken = server.run("import-organization", str(path), "--org", ORG, check=False)
    assert broken.returncode == 1 and str(path) in broken.stderr
    assert server.run("import-organization", str(path), check=False).returncode == 2


@pytest.mark.parametrize(
    ("path", "query", "body"),
    [
        ("costs", {"group_by[org_unit_id]": "*"}, {"org_unit_id": "Unsupported parameter or invalid value"}),
        ("storage", {"group_by[org_unit_id]": "r-1"}, {"org_unit_id": "Unsupported parameter or invalid value"}),
    ],
)  # fmt: skip
def test_wrong_groups(server, path, query, body):
    answer = server.report(f"reports/aws/{path}/", ORG, **query)
    assert (answer.status_code, answer.json()) == (400, {"group_by": body})


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ({}, '"Roots" must be a list'),
        ({"Roots": []}, '"Roots" must be a list'),
        ({"Roots": [1]}, "Roots[0]"),
        ({"Roots": [{"Id": ""}]}, 'Roots[0]: "Id"'),
        ({"Roots": [{"Id": "a&b"}]}, 'Roots[0]: "Id"'),
        ({"Roots": [{"Id": "r", "Name": 1}]}, 'Roots[0]: "Name"'),
        ({"Roots": [{"Id": "r", "Accounts": {}}]}, '"Accounts" must be a list'),
        ({"Roots": [{"Id": "r", "OrganizationalUnits": [{"Id": "r"}]}]}, '"r" is there twice'),
        ({"Roots": [{"Id": "r", "OrganizationalUnits": [{"Id": "o", "Accounts": [{}]}]}]}, "Accounts[0]"),
    ],
)
def test_a_wrong_tree_changes_nothing(server, tenant, tree, words):
    before = server.report(PATH, ORG).json()["data"]
    answer = put(server, tree)
    assert answer.status_code == 400 and words in answer.json()["errors"][0]["detail"], answer.text
    assert server.report(PATH, ORG).json()["data"] == before


def test_others_see_nothing_and_change_nothing(server, tenant):
    server.add_aws_provider("cost-data", "no-such-report", "nowhere", org="org-units-2")
    assert server.report(PATH, "org-units-2").json()["data"] == []
    assert put(server, TREE, admin=False).status_code == 403
    assert put(server, TREE, "org-units-3").status_code == 400
    assert server.report(PATH, ORG).json()["meta"]["count"] == 4
