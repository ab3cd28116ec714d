"""Local users: the verb that keeps them, passwords, sessions, and what they may not be used for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
import requests
from support.server import Server, identity

PASSWORD = "correct horse"
ME = "/api/kontor/v1/me"
SIGN_IN = "/api/kontor/v1/sign-in"


def add_user(server: Server, name: str, *arguments: str, password: str = PASSWORD, check: bool = True):
    return server.run("user", "add", name, *arguments, check=check, input=password + "\n")


@pytest.fixture(scope="module")
def guarded() -> Iterator[Server]:
    server = Server(KONTOR_DEFAULT_ORG="org-ann")
    server.data_dir.mkdir(exist_ok=True)
    add_user(server, "ann", "--org", "org-ann", "--admin", "--email", "ann@example.com", "--groups", "ops,finance")
    add_user(server, "ben", "--org", "org-ben")
    server.start()
    yield server
    server.close()


def sign_in(server: Server, name: str = "ann", password: str = PASSWORD, **headers: str) -> requests.Response:
    return requests.post(
        server.base_url + SIGN_IN, json={"username": name, "password": password}, headers=headers, timeout=30
    )


def sources(server: Server, **more) -> requests.Response:
    return requests.get(server.base_url + "/api/sources/v3.1/sources", timeout=30, **more)


def test_the_file_holds_no_password_and_is_its_owners_alone(guarded):
    path = guarded.data_dir / "users.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.stat().st_uid == guarded.data_dir.stat().st_uid
    assert PASSWORD not in path.read_text()
    ann, ben = json.loads(path.read_text())["users"]
    assert re.fullmatch(r"scrypt\$16384\$8\$5\$[\w-]{22}\$[\w-]{43}", ann.pop("password"))
    assert ann == {
        "name": "ann", "org_id": "org-ann", "account_number": "", "email": "ann@example.com",
        "groups": ["ops", "finance"], "admin": True,
    }  # fmt: skip
    lines = [line.split() for line in guarded.run("user", "list").stdout.splitlines()]
    assert lines == [
        ["NAME", "ORG", "ADMIN", "EMAIL", "GROUPS"],
        ["ann", "org-ann", "yes", "ann@example.com", "ops,finance"],
        ["ben", "org-ben", "no", "-"],
    ]


def test_the_verb_refuses_what_makes_no_sense(guarded):
    for arguments, password, reason in (
        (("user", "add", "ann", "--org", "x"), PASSWORD, "there is a user ann"),
        (("user", "add", "eve"), PASSWORD, "--org"),
        (("user", "add", "eve", "--org", "a/b"), PASSWORD, "--org"),
        (("user", "add", "e v e", "--org", "x"), PASSWORD, "a name has"),
        (("user", "add", "eve", "--org", "x"), "short", "8 to 1024 bytes"),
        (("user", "add", "eve", "--org", "x"), "", "8 to 1024 bytes"),
        (("user", "remove", "eve"), "", "there is no user eve"),
        (("user", "passwd", "eve"), PASSWORD, "there is no user eve"),
        (("user", "add"), "", "usage: kontor user add NAME"),
        (("user", "dance"), "", 'no action "dance"'),
    ):
        done = guarded.run(*arguments, check=False, input=password + "\n")
        assert done.returncode == 1 and reason in done.stderr, arguments


def test_a_name_and_a_password_open_for_scripts(guarded):
    answer = sources(guarded, auth=("ann", PASSWORD))
    assert answer.status_code == 200
    made = requests.post(
        guarded.base_url + "/api/sources/v3.1/sources", auth=("ann", PASSWORD), timeout=30,
        json={"name": "ann's", "source_type_id": "1"},
    )  # fmt: skip
    assert made.status_code == 201
    assert [row["name"] for row in sources(guarded, auth=("ann", PASSWORD)).json()["data"]] == ["ann's"]
    # Another organisation's user sees nothing of it.
    assert sources(guarded, auth=("ben", PASSWORD)).json()["data"] == []
    costs = guarded.base_url + "/api/cost-management/v1/reports/aws/costs/"
    assert requests.get(costs, auth=("ann", PASSWORD), timeout=30).status_code == 200
    assert requests.get(costs, auth=("ben", PASSWORD), timeout=30).status_code == 403


def test_the_command_line_says_who_calls(guarded):
    listed = guarded.run("sources", "list", KONTOR_USER=f"ben:{PASSWORD}")
    assert listed.stdout.splitlines()[0].split()[0] == "id"
    refused = guarded.run("sources", "list", "--user", "ben:wrong password", check=False)
    assert refused.returncode == 1 and "name or password is wrong" in refused.stderr
    assert "sign in first" in guarded.run("sources", "list", check=False).stderr


def test_wrong_credentials_and_identity_headers_open_nothing(guarded):
    for more in (
        {"auth": ("ann", "correct horsf")},
        {"auth": ("nobody", PASSWORD)},
        {"headers": {"Authorization": "Basic !!!"}},
        {"headers": {"Authorization": "Basic YW5u"}},
        {"headers": {"x-rh-identity": identity("org-ann")}},
        {"headers": {"x-rh-sources-org-id": "org-ann"}},
        {"headers": {"Cookie": "kontor_session=" + "0" * 64 + ".99999999999.0123456789abcdef.ann"}},
        {"headers": {"Cookie": "kontor_session=x"}},
        {},
    ):
        answer = sources(guarded, **more)
        assert answer.status_code == 401, more
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="kontor", charset="UTF-8"'
    # A browser is not made to ask by itself.
    assert "WWW-Authenticate" not in sources(guarded, headers={"Sec-Fetch-Mode": "cors"}).headers


def test_a_session_lasts_until_it_ends_the_password_changes_or_the_user_goes(guarded):
    add_user(guarded, "cleo", "--org", "org-cleo", "--admin")
    session = requests.Session()
    answer = session.post(
        guarded.base_url + SIGN_IN, json={"username": "cleo", "password": PASSWORD}, timeout=30
    )  # fmt: skip
    assert answer.status_code == 200
    assert answer.json() == {
        "authenticated": True, "method": "session", "org_id": "org-cleo", "account_number": "", "username": "cleo",
        "email": "", "is_org_admin": True, "groups": [], "sign_in": {"password": True, "oidc": None},
    }  # fmt: skip
    cookie = answer.headers["Set-Cookie"]
    value = cookie.split(";")[0]
    assert re.fullmatch(r"kontor_session=[0-9a-f]{64}\.\d+\.[0-9a-f]{16}\.cleo", value)
    assert cookie == value + "; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict"
    assert session.get(guarded.base_url + ME, timeout=30).json()["username"] == "cleo"
    assert session.get(guarded.base_url + "/api/sources/v3.1/sources", timeout=30).status_code == 200
    # Nothing of the value can be changed.
    for forged in (value.replace(".cleo", ".ann"), re.sub(r"\.(\d+)\.", r".9\1.", value), value + "x"):
        assert sources(guarded, headers={"Cookie": forged}).status_code == 401
    assert sources(guarded, headers={"Cookie": f"other=1; {value}; more=2"}).status_code == 200
    guarded.run("user", "passwd", "cleo", input="another password\n")
    assert sources(guarded, headers={"Cookie": value}).status_code == 401
    fresh = sign_in(guarded, "cleo", "another password").headers["Set-Cookie"].split(";")[0]
    assert sources(guarded, headers={"Cookie": fresh}).status_code == 200
    guarded.run("user", "remove", "cleo")
    assert sources(guarded, headers={"Cookie": fresh}).status_code == 401
    out = session.post(guarded.base_url + "/api/kontor/v1/sign-out", timeout=30)
    assert out.status_code == 204 and "Max-Age=0" in out.headers["Set-Cookie"]
    assert "kontor_session" not in session.cookies


def test_pages_of_other_origins_act_for_nobody(guarded):
    value = sign_in(guarded).headers["Set-Cookie"].split(";")[0]
    host = guarded.base_url.removeprefix("http://")
    for headers, status in (
        ({"Origin": "https://evil.example"}, 401),
        ({"Origin": "null"}, 401),
        ({"Sec-Fetch-Site": "cross-site"}, 401),
        ({"Sec-Fetch-Site": "same-site", "Origin": f"http://{host}"}, 401),
        ({"Origin": f"http://{host}"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
    ):
        assert sources(guarded, headers=headers | {"Cookie": value}).status_code == status, headers
    assert sources(guarded, auth=("ann", PASSWORD), headers={"Origin": "https://evil.example"}).status_code == 401
    assert sign_in(guarded, Origin="https://evil.example").status_code == 403
    assert "Secure" in sign_in(guarded, **{"X-Forwarded-Proto": "https"}).headers["Set-Cookie"]


def test_sign_in_says_what_is_wrong(guarded):
    for body in ("", "{", "[]", '{"username": "ann"}', '{"username": 1, "password": "x"}'):
        answer = requests.post(guarded.base_url + SIGN_IN, data=body, timeout=30)
        assert answer.status_code == 400, body
        assert answer.json()["errors"][0]["status"] == 400
    assert sign_in(guarded, "ann", "x" * 2000).status_code == 401
    nobody = requests.get(guarded.base_url + ME, timeout=30)
    assert nobody.headers["Cache-Control"] == "no-store"
    assert nobody.json() == {
        "authenticated": False, "reason": "sign in first: send a name and a password (Authorization: Basic …)",
        "sign_in": {"password": True, "oidc": None},
    }  # fmt: skip


def test_the_first_user_closes_a_running_server_and_nothing_opens_it_again(make_server):
    server = make_server(KONTOR_DEFAULT_ORG="org-home").start()
    headers = {"x-rh-sources-org-id": "org-x"}
    assert sources(server, headers=headers).status_code == 200
    assert sign_in(server).status_code == 404
    at_home = requests.get(server.base_url + ME, timeout=30).json()
    assert (at_home["method"], at_home["org_id"], at_home["is_org_admin"]) == ("default", "org-home", True)
    # The default organisation is for this machine's own user alone.
    for outside in (
        {"X-Forwarded-For": "192.0.2.1"}, {"Forwarded": "for=192.0.2.1"}, {"Origin": "https://evil.example"},
        {"Host": "evil.example"}, {"Sec-Fetch-Site": "cross-site"},
    ):  # fmt: skip
        assert sources(server, headers=outside).status_code == 401, outside
    assert sources(server, headers={"Host": f"localhost:{server.port}"}).status_code == 200
    add_user(server, "ann", "--org", "org-x", "--admin")
    assert sources(server, headers=headers).status_code == 401
    assert sources(server).status_code == 401
    assert sources(server, auth=("ann", PASSWORD)).status_code == 200
    path = server.data_dir / "users.json"
    kept = path.read_text()
    path.write_text("{broken")  # those who were known stay known
    assert sources(server, auth=("ann", PASSWORD)).status_code == 200
    path.unlink()
    assert sources(server, auth=("ann", PASSWORD)).status_code == 401
    assert sources(server, headers=headers).status_code == 401
    path.write_text(kept)
    assert sources(server, auth=("ann", PASSWORD)).status_code == 200


def test_passwords_are_not_tried_by_the_thousand(make_server):
    server = make_server()
    server.data_dir.mkdir(exist_ok=True)
    add_user(server, "ann", "--org", "org-x", "--admin")
    add_user(server, "ben", "--org", "org-x", "--admin")
    server.start()
    for _ in range(5):
        assert sign_in(server, "ann", "wrong password").status_code == 401
    refused = sign_in(server, "ann")  # not even the right one
    assert refused.status_code == 429
    assert 50 <= int(refused.headers["Retry-After"]) <= 61
    answer = sources(server, auth=("ann", PASSWORD))
    assert (answer.status_code, answer.json()["errors"][0]["detail"]) == (
        401, "too many failed sign-ins; try again in a minute",
    )  # fmt: skip
    assert sign_in(server, "ben").status_code == 200
    assert 'a sign-in as "ann" from 127.0.0.1 failed' in server.log()
    assert "wrong password" not in server.log()
