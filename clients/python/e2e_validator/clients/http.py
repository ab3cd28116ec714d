"""HTTP by the standard library, with the few members of `requests` that callers use."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any


class HTTPError(Exception):
    """An answer that says the request failed; `response` is that answer."""

    def __init__(self, message: str, response: Response) -> None:
        super().__init__(message)
        self.response = response


class Response:
    """An answer."""

    def __init__(self, url: str, status_code: int, reason: str, headers: Mapping[str, str], content: bytes) -> None:
        self.url = url
        self.status_code = status_code
        self.reason = reason
        self.headers = headers
        self.content = content

    @property
    def ok(self) -> bool:
        return self.status_code < 400

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", errors="replace")

    def json(self) -> Any:
        return json.loads(self.content)

    def raise_for_status(self) -> None:
        """Raises HTTPError, with what the server says, for status 400 and above."""
        if not self.ok:
            raise HTTPError(f"{self.status_code} {self.reason} for url: {self.url}: {self.text[:500]}", self)


def request(
    method: str,
    url: str,
    headers: Mapping[str, str] | None = None,
    json: Any = None,  # noqa: A002 - the name that callers of requests use
    data: bytes | str | None = None,
    timeout: float | None = None,
) -> Response:
    """Sends a request. `json` is sent as the body; any answer is returned, whatever its status.

    Raises ConnectionError when no answer comes.
    """
    body = data.encode() if isinstance(data, str) else data
    if json is not None:
        body = _dump(json)
    sent = urllib.request.Request(url, data=body, headers=dict(headers or {}), method=method.upper())
    try:
        with urllib.request.urlopen(sent, timeout=timeout) as answer:
            return Response(url, answer.status, answer.reason, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        return Response(url, error.code, error.reason, error.headers, error.read())
    except urllib.error.URLError as error:
        raise ConnectionError(f"{method.upper()} {url}: {error.reason}") from error


def _dump(value: Any) -> bytes:
    return json.dumps(value).encode()
