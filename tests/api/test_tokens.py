"""Bearer tokens: which are believed, which are not, and what they say of the caller."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import pathlib
from collections.abc import Iterator

import pytest
import requests
from support.issuer import CLOCK, Issuer, Key, base64url, bearer
from support.server import Server, identity


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issuer]:
    provider = Issuer(tmp_path_factory.mktemp("issuer"))
    yield provider
    provider.close()


@pytest.fixture(scope="module")
def guarded(issuer: Issuer) -> Iterator[Server]:
    server = Server(
        **issuer.settings(), KONTOR_OIDC_CLIENT_ID="kontor-ui", KONTOR_DEFAULT_ORG="org1234567",
        KONTOR_SOURCES_PSKS="machine-key",
    ).start()  # fmt: skip
    yield server
    server.close()


def costs(server: Server, headers: dict[str, str]) -> requests.Response:
    return requests.get(
        server.base_url + "/api/cost-management/v1/reports/aws/costs/", headers=headers, timeout=30
    )  # fmt: skip


def sources(server: Server, headers: dict[str, str]) -> requests.Response:
    return requests.get(server.base_url + "/api/sources/v3.1/sources", headers=headers, timeout=30)


def me(server: Server, headers: dict[str, str]) -> dict:
    return requests.get(server.base_url + "/api/kontor/v1/me", headers=headers, timeout=30).json()


def test_a_token_of_either_algorithm_opens_every_api(guarded, issuer):
    for key in issuer.keys:
        headers = bearer(issuer.token(key, admin=True))
        assert costs(guarded, headers).status_code == 200, key.algorithm
        assert sources(guarded, headers).status_code == 200
        assert me(guarded, headers) == {
            "authenticated": True, "method": "token", "org_id": "org1234567", "account_number": "account-of-org1234567",
            "username": "ann", "email": "ann@example.com", "is_org_admin": True, "groups": [],
            "sign_in": {
                "password": False,
                "oidc": {
                    "issuer": issuer.url, "client_id": "kontor-ui", "authorization_endpoint": issuer.url + "/auth",
                    "token_endpoint": issuer.url + "/token", "end_session_endpoint": None,
                },
            },
        }  # fmt: skip


def test_a_caller_who_is_no_admin_is_known_but_may_not_read_costs(guarded, issuer):
    headers = bearer(issuer.token(preferred_username=None, groups=["/finance", "ops"]))
    answer = me(guarded, headers)
    assert (answer["username"], answer["is_org_admin"], answer["groups"]) == ("8f3c", False, ["finance", "ops"])
    assert costs(guarded, headers).status_code == 403


REFUSED: list[tuple[str, dict, str]] = [
    ("another issuer", {"iss": "https://elsewhere"}, "issuer (iss)"),
    ("no issuer", {"iss": None}, "issuer (iss)"),
    ("another audience", {"aud": "account"}, "aud holds none of kontor-api,kontor-ui"),
    ("a part of an audience's name", {"aud": ["kontor", "api"]}, "aud holds none of"),
    ("no audience", {"aud": None}, "aud holds none of"),
    ("expired", {"exp": CLOCK - 61}, "has expired"),
    ("no expiry", {"exp": None}, "no time of expiry"),
    ("expiry as text", {"exp": str(CLOCK + 600)}, "no time of expiry"),
    ("not yet", {"nbf": CLOCK + 600}, "not valid yet (nbf)"),
    ("of the future", {"iat": CLOCK + 600}, "not valid yet (iat)"),
    ("no organisation", {"org": None}, "claim org_id must be"),
    ("empty organisation", {"org": ""}, "claim org_id must be"),
    ("a path", {"org": "../../etc/passwd"}, "claim org_id must be"),
    ("a quote", {"org": "org1'; DROP TABLE x"}, "claim org_id must be"),
    ("organisations", {"org": ["org1234567"]}, "claim org_id must be"),
    ("a long account", {"account_number": "1" * 129}, "claim account_number must be"),
    ("an account with blanks", {"account_number": "1 2"}, "claim account_number must be"),
    ("nobody", {"preferred_username": None, "sub": None}, "neither preferred_username nor sub"),
]


@pytest.mark.parametrize(("claims", "reason"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_token_that_says_the_wrong_thing_is_refused(guarded, issuer, claims, reason):
    answer = costs(guarded, bearer(issuer.token(**claims)))
    error = answer.json()["errors"][0]
    assert (answer.status_code, error["source"], error["status"]) == (401, "authorization", 401)
    assert reason in error["detail"]
    challenge = answer.headers["WWW-Authenticate"]
    assert challenge.startswith('Bearer realm="kontor", error="invalid_token", error_description="')
    assert sources(guarded, bearer(issuer.token(**claims))).status_code == 401


def test_a_signature_must_be_the_issuers(guarded, issuer, tmp_path):
    good = issuer.token(admin=True)
    head, body, signature = good.split(".")
    stranger = Key(tmp_path, "rsa-1")
    other = base64url(json.dumps(issuer.claims(org="org-other", admin=True)).encode())
    none = base64url(b'{"alg":"none","kid":"rsa-1"}')
    shared = base64url(b'{"alg":"HS256","kid":"rsa-1"}')
    public = json.dumps(issuer.keys[0].public).encode()
    forged = base64url(hmac.new(public, f"{shared}.{body}".encode(), hashlib.sha256).digest())
    crossed = base64url(b'{"alg":"ES256","kid":"rsa-1"}')
    for token, reason in (
        (issuer.token(stranger, admin=True), "signature is wrong"),
        (f"{head}.{other}.{signature}", "signature is wrong"),
        (f"{head}.{body}.{signature[:-8]}AAAAAAAA", "signature is wrong"),
        (f"{none}.{body}.", "three parts"),
        (f"{none}.{body}.{signature}", 'not "none"'),
        (f"{shared}.{body}.{forged}", 'not "HS256"'),
        (f"{crossed}.{body}.{signature}", "none of the issuer's"),
        (issuer.token(head={"crit": ["exp"]}), "demands extensions"),
        (issuer.token(head={"kid": 7}), "kid is no text"),
        (f"{head}.{body}", "three parts"),
        (good + ".x", "three parts"),
        ("x" * 16385, "longer than 16384 bytes"),
        ("a.b.c", "base64url of JSON objects"),
        ("", "three parts"),
    ):
        answer = costs(guarded, bearer(token))
        assert answer.status_code == 401, reason
        assert reason in answer.json()["errors"][0]["detail"]
    # Without a key id the one key of the algorithm is meant.
    assert costs(guarded, bearer(issuer.token(head={"kid": None}, admin=True))).status_code == 200
    # A minute's difference of clocks is nothing.
    assert costs(guarded, bearer(issuer.token(admin=True, exp=CLOCK - 1, iat=CLOCK + 50))).status_code == 200


def test_identity_headers_from_outside_are_believed_no_more(guarded, issuer):
    for headers in (
        {"x-rh-identity": identity("org1234567")},
        {"x-rh-sources-org-id": "org1234567"},
        {"x-rh-sources-org-id": "org1234567", "x-rh-sources-psk": "wrong"},
        {},  # not even those of this machine, whatever the default organisation is
    ):
        for answer in (costs(guarded, headers), sources(guarded, headers)):
            assert answer.status_code == 401
            assert answer.json()["errors"][0]["detail"].startswith("sign in first")
            assert answer.headers["WWW-Authenticate"] == 'Bearer realm="kontor"'
        assert me(guarded, headers)["authenticated"] is False
    # Beside a token they mean nothing.
    headers = bearer(issuer.token(org="org-own", admin=True)) | {"x-rh-identity": identity("org1234567")}
    assert me(guarded, headers)["org_id"] == "org-own"
    # A machine's own key vouches for its headers.
    assert sources(guarded, {"x-rh-sources-org-id": "org-m", "x-rh-sources-psk": "machine-key"}).status_code == 200


def test_tokens_keep_organisations_apart(guarded, issuer):
    one, two = (bearer(issuer.token(org=org, admin=True)) for org in ("org-one", "org-two"))
    made = requests.post(
        guarded.base_url + "/api/sources/v3.1/sources", headers=one, timeout=30,
        json={"name": "mine", "source_type_id": "1"},
    )  # fmt: skip
    assert made.status_code == 201, made.text
    assert [row["name"] for row in sources(guarded, one).json()["data"]] == ["mine"]
    assert sources(guarded, two).json()["data"] == []
    address = f"{guarded.base_url}/api/sources/v3.1/sources/{made.json()['id']}"
    assert requests.get(address, headers=two, timeout=30).status_code == 404
    # The event carries who did it, as a gateway's header would.
    (row,) = guarded.sql(
        f"SELECT headers->>'x-rh-identity' FROM event_outbox WHERE event_type = 'Source.create'"
        f" AND payload->>'id' = '{made.json()['id']}'",
        "sources",
    )
    told = json.loads(base64.b64decode(row[0]))
    assert told["identity"]["user"] == {"username": "ann", "email": "ann@example.com", "is_org_admin": True}
    assert told["entitlements"] == {"cost_management": {"is_entitled": True}}


def test_new_keys_are_followed_and_made_up_ones_ask_nobody_twice(make_server, issuer, tmp_path):
    server = make_server(**issuer.settings()).start()
    old = issuer.token(admin=True)
    before = issuer.fetches
    assert [costs(server, bearer(old)).status_code for _ in range(3)] == [200, 200, 200]
    assert issuer.fetches == before + 1
    former = issuer.keys
    try:
        issuer.keys = [Key(tmp_path, "rsa-2"), former[1]]
        assert costs(server, bearer(issuer.token(admin=True))).status_code == 200
        assert issuer.fetches == before + 2
        assert costs(server, bearer(old)).status_code == 401
        for number in range(5):
            made_up = issuer.token(head={"kid": f"made-up-{number}"}, admin=True)
            assert costs(server, bearer(made_up)).status_code == 401
        assert issuer.fetches <= before + 3
        # The provider is away: the keys that are known stay good.
        issuer.status = 503
        assert costs(server, bearer(issuer.token(admin=True))).status_code == 200
    finally:
        issuer.keys, issuer.status = former, 200


def test_without_keys_the_answer_is_to_try_again(make_server, issuer):
    server = make_server(**issuer.settings()).start()
    issuer.status = 500
    try:
        for answer in (costs(server, bearer(issuer.token())), sources(server, bearer(issuer.token()))):
            assert answer.status_code == 503
            assert "tokens can't be checked now" in answer.json()["errors"][0]["detail"]
    finally:
        issuer.status = 200


def test_settings_that_make_no_sense_stop_the_start(guarded, tmp_path: pathlib.Path):
    clean = {"KONTOR_DATA_DIR": str(tmp_path / "data"), "KONTOR_OIDC_AUDIENCE": ""}
    for settings, message in (
        ({"KONTOR_OIDC_ISSUER": "https://sso"}, "--oidc-issuer needs --oidc-audience"),
        ({"KONTOR_OIDC_ISSUER": "sso", "KONTOR_OIDC_AUDIENCE": "a"}, "must be http(s) URLs"),
        ({"KONTOR_TRUST_IDENTITY_HEADERS": "maybe"}, "not auto, always or never"),
    ):
        started = guarded.run("serve", "--listen", "127.0.0.1:0", check=False, **(clean | settings))
        assert started.returncode == 1 and message in started.stderr


def test_headers_are_believed_beside_tokens_when_the_setting_says_so(make_server, issuer):
    server = make_server(**issuer.settings(), KONTOR_TRUST_IDENTITY_HEADERS="always").start()
    assert costs(server, {"x-rh-identity": identity("org1234567")}).status_code == 200
    assert costs(server, bearer(issuer.token(iss="x"))).status_code == 401
    assert costs(server, bearer(issuer.token(admin=True))).status_code == 200
