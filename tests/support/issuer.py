"""An OpenID provider of the suite's own: discovery, keys, and tokens signed by openssl."""

from __future__ import annotations

import base64
import calendar
import hashlib
import http.server
import json
import pathlib
import subprocess
import threading
import time
import urllib.parse

from .server import NOW

CLOCK = calendar.timegm(time.strptime(NOW, "%Y-%m-%dT%H:%M:%SZ"))
"""When the servers of the suite start, in seconds."""


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*arguments: str, data: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *arguments], input=data, capture_output=True, check=True).stdout


def integers(der: bytes) -> bytes:
    """The two numbers of an ECDSA signature, 32 bytes each."""
    assert der[0] == 0x30
    at, out = 2, b""
    for _ in range(2):
        length = der[at + 1]
        out += der[at + 2 : at + 2 + length].lstrip(b"\0").rjust(32, b"\0")
        at += 2 + length
    return out


class Key:
    def __init__(self, folder: pathlib.Path, kid: str, algorithm: str = "RS256") -> None:
        self.kid, self.algorithm, self.path = kid, algorithm, folder / f"{kid}.pem"
        if algorithm == "RS256":
            self.path.write_bytes(openssl("genrsa", "2048"))
            modulus = openssl("rsa", "-in", str(self.path), "-noout", "-modulus").decode().strip().split("=")[1]
            self.public = {"kty": "RSA", "n": base64url(bytes.fromhex(modulus)), "e": "AQAB"}
        else:
            self.path.write_bytes(openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout"))
            point = openssl("ec", "-in", str(self.path), "-pubout", "-outform", "DER")[-64:]
            self.public = {"kty": "EC", "crv": "P-256", "x": base64url(point[:32]), "y": base64url(point[32:])}
        self.public |= {"kid": kid, "use": "sig", "alg": algorithm}

    def sign(self, data: bytes) -> bytes:
        signature = openssl("dgst", "-sha256", "-sign", str(self.path), data=data)
        return signature if self.algorithm == "RS256" else integers(signature)


class Issuer:
    """Serves its keys at /realms/kontor; `fetches` counts how often they were asked for."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.keys = [Key(folder, "rsa-1"), Key(folder, "ec-1", "ES256")]
        self.fetches = 0
        self.status = 200
        self.signs_in: dict | None = None  # whom a browser comes back as; None: it is refused
        self.asked: dict[str, str] = {}  # by the last browser
        issuer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path.startswith("/realms/kontor/auth?"):
                    self.send_response(302)
                    self.send_header("Location", issuer.send_back(self.path))
                    self.end_headers()
                    return
                if self.path == "/realms/kontor/certs":
                    issuer.fetches += 1
                    document: dict = {"keys": [key.public for key in issuer.keys]}
                else:
                    assert self.path == "/realms/kontor/.well-known/openid-configuration"
                    document = {
                        "issuer": issuer.url, "jwks_uri": issuer.url + "/certs",
                        "authorization_endpoint": issuer.url + "/auth", "token_endpoint": issuer.url + "/token",
                    }  # fmt: skip
                body = json.dumps(document).encode()
                self.send_response(issuer.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                assert self.path == "/realms/kontor/token"
                form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
                body = json.dumps(issuer.change_code(form)).encode()
                self.send_response(200)
                self.send_header("Access-Control-Allow-Origin", self.headers["Origin"])
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: object) -> None:
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/realms/kontor"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def send_back(self, path: str) -> str:
        """Where a browser goes that came to sign in: back with a code."""
        self.asked = dict(urllib.parse.parse_qsl(path.split("?", 1)[1]))
        result = {"code": "one-time"} if self.signs_in else {"error": "no", "error_description": "the user said no"}
        return self.asked["redirect_uri"] + "?" + urllib.parse.urlencode(result | {"state": self.asked["state"]})

    def change_code(self, form: dict[str, str]) -> dict:
        """A code for a token, if it comes from whom it was given to (RFC 7636)."""
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        assert base64url(digest) == self.asked["code_challenge"]
        assert (form["code"], form["redirect_uri"]) == ("one-time", self.asked["redirect_uri"])
        assert (form["client_id"], form["grant_type"]) == (self.asked["client_id"], "authorization_code")
        return {"access_token": self.token(**(self.signs_in or {})), "token_type": "Bearer"}

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()

    def settings(self) -> dict[str, str]:
        return {"KONTOR_OIDC_ISSUER": self.url, "KONTOR_OIDC_AUDIENCE": "kontor-api,kontor-ui"}

    def claims(self, org: str = "org1234567", admin: bool = False, **more: object) -> dict:
        """What a token says; a claim that is None is left out."""
        claims = {
            "iss": self.url, "aud": ["account", "kontor-api"], "azp": "kontor-ui", "sub": "8f3c",
            "iat": CLOCK, "exp": CLOCK + 600, "org_id": org, "account_number": f"account-of-{org}",
            "preferred_username": "ann", "email": "ann@example.com",
            "realm_access": {"roles": ["org-admin"] if admin else ["viewer"]},
        } | more  # fmt: skip
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, key: Key | None = None, head: dict | None = None, **claims: object) -> str:
        key = key or self.keys[0]
        head = {"alg": key.algorithm, "kid": key.kid, "typ": "JWT"} | (head or {})
        head = {name: value for name, value in head.items() if value is not None}
        text = ".".join(base64url(json.dumps(part).encode()) for part in (head, self.claims(**claims)))
        return f"{text}.{base64url(key.sign(text.encode()))}"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
