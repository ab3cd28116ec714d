"""What goes wrong while many ask: a stop, a database that ends its connections. No answer is lost, none is wrong."""

from __future__ import annotations

import collections
import threading
import time

import requests
from support.process import wait_until
from support.server import Server

CLIENTS = 8


class Load:
    """Clients that make sources and list them, each on a connection of its own, until `stop`."""

    def __init__(self, server: Server) -> None:
        self.base = f"{server.base_url}/api/sources/v3.1/sources"
        self.statuses: collections.Counter[int] = collections.Counter()
        self.made: list[str] = []
        self.done = threading.Event()
        self.threads = [threading.Thread(target=self.ask, args=(number,)) for number in range(CLIENTS)]
        for thread in self.threads:
            thread.start()
        wait_until(lambda: len(self.made) > 5 * CLIENTS, 30, "the clients are at work")

    def ask(self, number: int) -> None:
        headers = {"x-rh-sources-org-id": "org1234567"}
        with requests.Session() as session:
            for count in range(1_000_000):
                name = f"{number}-{count}"
                body = {"name": name, "source_type_id": "1"}
                for method, parameters in (("POST", {}), ("GET", {"limit": "1"})):
                    if self.done.is_set():
                        return
                    try:
                        answer = session.request(
                            method, self.base, headers=headers, params=parameters, timeout=30,
                            json=body if method == "POST" else None,
                        )  # fmt: skip
                    except requests.ConnectionError:
                        if self.done.is_set():
                            return
                        continue
                    self.statuses[answer.status_code] += 1
                    if answer.status_code == 201:
                        self.made.append(name)

    def stop(self) -> None:
        self.done.set()
        for thread in self.threads:
            thread.join()


def test_a_stop_answers_what_it_began(make_server):
    server = make_server().start()
    load = Load(server)
    begun = time.monotonic()
    assert server.stop() == 0
    seconds = time.monotonic() - begun
    load.stop()
    assert set(load.statuses) == {200, 201}
    assert seconds < 8, "kept connections don't hold up a stop"
    server.start()
    there = server.sources("GET", "/sources?limit=100000").json()["data"]
    assert sorted(source["name"] for source in there) == sorted(load.made)


def test_a_database_that_ends_connections(make_server):
    server = make_server().start()
    load = Load(server)
    for _ in range(25):
        server.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'kontor' AND datname = 'sources_api_development'"
        )
    load.stop()
    assert set(load.statuses) <= {200, 201, 503} and load.statuses[200] > 0
    there = {source["name"] for source in server.sources("GET", "/sources?limit=100000").json()["data"]}
    assert set(load.made) <= there
