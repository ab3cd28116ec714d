"""What the HTTP server makes of requests that are odd, broken, endless or many, byte by byte."""

from __future__ import annotations

import re
import resource
import socket
import threading
import time

import pytest
import requests

HOST = b"Host: h\r\n"
GET = b"GET /livez HTTP/1.1\r\n" + HOST
POST = b"POST /livez HTTP/1.1\r\n" + HOST
CHUNKS = POST + b"Transfer-Encoding: chunked\r\n\r\n"
# What must not be answered when the request before it is refused: it may be a part of that one.
SMUGGLED = GET + b"\r\n"
SOURCES = b"GET /api/sources/v3.1/source_types%b HTTP/1.1\r\n" + HOST + b"\r\n"


def dial(server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=20)


def exchange(server, raw: bytes, answers: int = 1, linger: float = 0.05) -> tuple[list[int], bytes, bool]:
    """Sends bytes; the statuses of what is answered (to so many requests, unless the server closes the connection
    before), all that was received, and whether the connection was closed within `linger` seconds from then on."""
    with dial(server) as connection:
        received = b""
        try:
            connection.sendall(raw)
            while (block := connection.recv(65536)) != b"":
                received += block
                if len(statuses(received)) >= answers and whole(received):
                    if linger == 0:
                        break
                    connection.settimeout(linger)
            return statuses(received), received, True
        except TimeoutError:
            return statuses(received), received, False
        except ConnectionError:
            return statuses(received), received, True


def statuses(received: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"(?:^|\n|\})HTTP/1\.1 (\d{3}) ", received)]


def whole(received: bytes) -> bool:
    head, _, body = received.rpartition(b"\r\n\r\n")
    length = re.findall(rb"Content-Length: (\d+)", head)
    return not length or len(body) >= int(length[-1])


REFUSED = {
    # Where does the body end? (RFC 9112 §6)
    "two lengths": (POST + b"Content-Length: 3\r\nContent-Length: 5\r\n\r\nabcde", 400, b"than one Content-Length"),
    "one length twice": (POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400, b"Content-Length"),
    "a list of lengths": (POST + b"Content-Length: 3, 3\r\n\r\nabc", 400, b""),
    "a signed length": (POST + b"Content-Length: +3\r\n\r\nabc", 400, b""),
    "a negative length": (POST + b"Content-Length: -1\r\n\r\n", 400, b""),
    "a length with letters": (POST + b"Content-Length: 3x\r\n\r\nabc", 400, b""),
    "no length": (POST + b"Content-Length: \r\n\r\n", 400, b""),
    "a length beyond 64 bits": (POST + b"Content-Length: 99999999999999999999\r\n\r\nabc", 413, b""),
    "a length of gigabytes": (POST + b"Content-Length: 9999999999\r\n\r\nabc", 413, b"larger than 2097152 bytes"),
    "length and chunks": (
        POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, b"both Content-Length and"
    ),
    "chunks and length": (
        POST + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400, b"both Content-Length and"
    ),
    "another coding": (POST + b"Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n", 400, b"other than chunked"),
    "two codings": (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400, b"other than chunked"),
    "two headers of codings": (
        POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", 400, b"other than chunked"
    ),
    "a coding that is hidden": (POST + b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n", 400, b"control character"),
    "a blank before the colon": (POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400, b"no token"),
    "chunks of HTTP/1.0": (
        b"POST /livez HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, b"HTTP/1.0 has no"
    ),
    # Chunks (RFC 9112 §7.1)
    "a chunk of 0x3": (CHUNKS + b"0x3\r\nabc\r\n0\r\n\r\n", 400, b""),
    "a chunk of +3": (CHUNKS + b"+3\r\nabc\r\n0\r\n\r\n", 400, b""),
    "a chunk of -1": (CHUNKS + b"-1\r\nabc\r\n0\r\n\r\n", 400, b""),
    "a chunk of no size": (CHUNKS + b"\r\nabc\r\n0\r\n\r\n", 400, b""),
    "a chunk of no number": (CHUNKS + b"xyz\r\nabc\r\n0\r\n\r\n", 400, b""),
    "a chunk beyond 64 bits": (CHUNKS + b"10000000000000003\r\nabc\r\n0\r\n\r\n", 413, b""),
    "a chunk longer than said": (CHUNKS + b"3\r\nabcde\r\n0\r\n\r\n", 400, b""),
    # Headers and the line (RFC 9112 §§2.2, 3, 5)
    "a folded header": (GET + b"X-A: 1\r\n  2\r\n\r\n", 400, b"not folded"),
    "a folded header at the end": (b"GET /livez HTTP/1.1\r\nHost: h\r\n\tx\r\n\r\n", 400, b"not folded"),
    "a first header that is folded": (b"GET /livez HTTP/1.1\r\n Host: h\r\n\r\n", 400, b""),
    "a NUL in a value": (GET + b"X-A: a\0b\r\n\r\n", 400, b"NUL"),
    "a NUL in the last value": (GET + b"Content-Length: 0\0 7\r\n\r\n", 400, b"NUL"),
    "two NULs that look like a line's end": (GET + b"X-A: a\0\0Content-Length: 7\r\n\r\n", 400, b"NUL"),
    "a NUL in a name": (GET + b"X\0A: a\r\n\r\n", 400, b""),
    "a NUL in the path": (b"GET /livez\0x HTTP/1.1\r\n" + HOST + b"\r\n", 400, b""),
    "a NUL in the method": (b"G\0ET /livez HTTP/1.1\r\n" + HOST + b"\r\n", 400, b""),
    "a CR in a value": (GET + b"X-A: a\rContent-Length: 7\r\n\r\n", 400, b"control character"),
    "lines that end by LF": (b"GET /livez HTTP/1.1\nHost: h\n\n", 400, b"malformed"),
    "one line that ends by LF": (GET + b"X-A: a\nContent-Length: 0\r\n\r\n", 400, b"CR LF"),
    "a header without a colon": (GET + b"nothing\r\n\r\n", 400, b""),
    "a header without a name": (GET + b": x\r\n\r\n", 400, b""),
    "a blank in a name": (GET + b"X A: x\r\n\r\n", 400, b"no token"),
    "no Host": (b"GET /livez HTTP/1.1\r\n\r\n", 400, b"Host is missing"),
    "two Hosts": (GET + b"Host: other\r\n\r\n", 400, b"more than one Host"),
    "a version of no HTTP": (b"GET /livez HTTQ/1.1\r\n" + HOST + b"\r\n", 400, b""),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, b""),
    "HTTP/0.9": (b"GET /livez\r\n\r\n", 400, b""),
    "two blanks": (b"GET  /livez HTTP/1.1\r\n" + HOST + b"\r\n", 400, b"line is malformed"),
    "a blank in the path": (b"GET /live z HTTP/1.1\r\n" + HOST + b"\r\n", 400, b"no URL has"),
    "a fragment": (b"GET /livez#top HTTP/1.1\r\n" + HOST + b"\r\n", 400, b"no URL has"),
    "no path": (b"GET livez HTTP/1.1\r\n" + HOST + b"\r\n", 400, b"neither a path nor a URL"),
    "another scheme": (b"GET ftp://h/livez HTTP/1.1\r\n" + HOST + b"\r\n", 400, b"neither a path nor a URL"),
    "a tunnel": (b"CONNECT h:443 HTTP/1.1\r\n" + HOST + b"\r\n", 400, b"neither a path nor a URL"),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a hello\r\n\r\n", 400, b""),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_two_servers_may_read_differently_is_refused(server, name):
    raw, status, words = REFUSED[name]
    answered, received, closed = exchange(server, raw + SMUGGLED, 3)
    # libmicrohttpd says some of its own refusals twice
    assert (set(answered), closed) == ({status}, True), received
    assert words in received


ANSWERED = {
    "one after the other": (GET + b"\r\n" + GET + b"\r\n" + GET + b"\r\n", [200, 200, 200]),
    "after empty lines": (b"\r\n\r\n" + GET + b"\r\n", [200]),
    "HEAD": (b"HEAD /livez HTTP/1.1\r\n" + HOST + b"\r\n" + GET + b"\r\n", [200, 200]),
    "HEAD of nothing": (b"HEAD /nothing HTTP/1.1\r\n" + HOST + b"\r\n" + GET + b"\r\n", [404, 200]),
    "OPTIONS": (b"OPTIONS /livez HTTP/1.1\r\n" + HOST + b"\r\n", [405]),
    "TRACE": (b"TRACE /livez HTTP/1.1\r\n" + HOST + b"\r\n", [405]),
    "another method": (b"BREW /livez HTTP/1.1\r\n" + HOST + b"\r\n", [405]),
    "a whole URL": (b"GET http://other/livez HTTP/1.1\r\n" + HOST + b"\r\n", [200]),
    "a URL without a path": (b"GET http://h?x=/livez HTTP/1.1\r\n" + HOST + b"\r\n", [200]),
    "two slashes": (b"GET //livez HTTP/1.1\r\n" + HOST + b"\r\n", [404]),
    "a slash at the end": (b"GET /livez/ HTTP/1.1\r\n" + HOST + b"\r\n", [200]),
    "an encoded slash": (b"GET /livez%2F HTTP/1.1\r\n" + HOST + b"\r\n", [404]),
    "dots": (b"GET /x/../livez HTTP/1.1\r\n" + HOST + b"\r\n", [404]),
    "a body that nobody wants": (GET + b"Content-Length: 5\r\n\r\nhello" + GET + b"\r\n", [200, 200]),
    "chunks": (CHUNKS + b"3;note=x\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n" + GET + b"\r\n", [405, 200]),
    "a trailer": (CHUNKS + b"3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n" + GET + b"\r\n", [405, 200]),
    "an empty value": (GET + b"X-A:\r\nX-B: \r\n\r\n", [200]),
    "Latin letters": (GET + b"X-A: \xe4\xf6 \xc3\xa4\r\n\r\n", [200]),
    "more than is asked": (POST + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc", [100, 405]),
}


@pytest.mark.parametrize("name", ANSWERED)
def test_what_is_clear_is_answered(server, name):
    raw, expected = ANSWERED[name]
    answered, received, closed = exchange(server, raw, len(expected))
    assert (answered, closed) == (expected, False), received


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"GET /livez HTTP/1.0\r\n\r\n" + SMUGGLED, [200]),
        (b"GET /livez HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /livez HTTP/1.0\r\n\r\n", [200, 200]),
        (GET + b"Connection: close\r\n\r\n" + SMUGGLED, [200]),
        (POST + b"Expect: 100-continue\r\nContent-Length: 2097153\r\n\r\n", [413]),
    ],
)
def test_a_connection_ends_where_it_is_said(server, raw, expected):
    answered, received, closed = exchange(server, raw, 9)
    assert (answered, closed) == (expected, True), received


BOUNDS = {
    "as many as may be": (b"&".join([b"limit=5"] * 1000), 200, b'"data"'),
    "one more": (b"&".join([b"limit=5"] * 1001), 400, b"more than 1000 parameters"),
    "as many empty ones": (b"&" * 999, 200, b'"data"'),
    "a line of empty ones": (b"&" * 30000, 400, b"more than 1000 parameters"),
}


@pytest.mark.parametrize("name", BOUNDS)
def test_a_query_string_has_a_bound(server, name):
    query, status, words = BOUNDS[name]
    begun = time.monotonic()
    answered, received, _ = exchange(server, SOURCES % (b"?" + query))
    assert answered == [status] and words in received, received[-300:]
    assert time.monotonic() - begun < 5


OVERSIZE = {
    "path": (lambda size: b"GET /" + b"a" * size + b" HTTP/1.1\r\n" + HOST + b"\r\n", {404, 414, 431}),
    "query": (lambda size: b"GET /livez?" + b"a" * size + b" HTTP/1.1\r\n" + HOST + b"\r\n", {200, 414, 431}),
    "header": (lambda size: GET + b"X: " + b"a" * size + b"\r\n\r\n", {200, 431}),
    "headers": (lambda size: GET + b"X: a\r\n" * (size // 70) + b"\r\n", {200, 431}),
    "cookies": (lambda size: GET + b"Cookie: " + b"a=1;" * (size // 72) + b"\r\n\r\n", {200, 431}),
    "trailers": (lambda size: CHUNKS + b"0\r\n" + b"X: a\r\n" * (size // 70) + b"\r\n", {405, 431}),
}


@pytest.mark.parametrize("part", OVERSIZE)
def test_a_head_has_a_bound(server, part):
    """Around the bound, where memory gets short, no request goes without an answer."""
    make, expected = OVERSIZE[part]
    seen = []
    for size in [1000, *range(29_000, 34_000, 61), 100_000, 1_000_000]:
        answered, received, _ = exchange(server, make(size), linger=0)
        assert answered and answered[0] in expected, (size, received)
        seen.append(answered[0])
        if answered[0] == 431 and size < 32_000:
            assert b"larger than 30720 bytes" in received
    assert set(seen) == expected and seen == sorted(seen, key=lambda status: status in (414, 431))


def test_clients_that_stall_keep_no_other_out(server):
    """More than may be connected, each with the beginning of a request: those that wait longest are cut off."""
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, most), most))
    stalled: list[socket.socket] = []
    try:
        for _ in range(1100):
            stalled.append(dial(server))
            stalled[-1].sendall(GET + b"X-Slow: ")
        for _ in range(5):
            begun = time.monotonic()
            assert exchange(server, GET + b"Connection: close\r\n\r\n")[0] == [200]
            assert time.monotonic() - begun < 5
        stalled[0].settimeout(20)
        assert stalled[0].recv(1) == b""
        stalled[-1].sendall(b"no more\r\n\r\n")
        assert stalled[-1].recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")
    finally:
        for connection in stalled:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, most))


def test_object_storage_that_does_not_answer_keeps_nobody(server):
    """Whoever has buckets looked at waits alone; all threads of the server would be taken else."""
    answers: list[requests.Response] = []
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        wish = {
            "bucket": "b", "endpoint": f"http://127.0.0.1:{silent.getsockname()[1]}",
            "access_key": "key", "secret_key": "secret",
        }  # fmt: skip

        def check() -> None:
            answers.append(requests.post(
                f"{server.base_url}/api/kontor/v1/bucket-check", json=wish, timeout=60,
                headers={"x-rh-sources-org-id": "stalled"},
            ))  # fmt: skip

        waiting = [threading.Thread(target=check) for _ in range(8)]
        for thread in waiting:
            thread.start()
        stalled = [silent.accept()[0] for _ in waiting]
        begun = time.monotonic()
        assert server.sources("GET", "/sources", "other").status_code == 200
        assert requests.get(f"{server.base_url}/livez", timeout=20).status_code == 200
        assert time.monotonic() - begun < 5
        check()
        assert answers[0].status_code == 503 and "try again" in answers[0].json()["errors"][0]["detail"]
        for connection in stalled:
            connection.close()
    for thread in waiting:
        thread.join()
    assert [answer.json()["step"] for answer in answers[1:]] == ["reach"] * 8
