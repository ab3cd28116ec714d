"""The embedded PostgreSQL through crashes, and a database of the user's own."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import threading

import pytest
from support.process import free_port, kontor_binary, make_folder, remove_folder, wait_until
from support.server import Server


def postmaster(server: Server) -> int:
    return int((server.data_dir / "postgres" / "postmaster.pid").read_text().split()[0])


def alive(pid: int) -> bool:
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_it_stops_with_the_server_and_starts_again(make_server):
    server = make_server().start()
    pid = postmaster(server)
    server.sources("POST", "/sources", json={"name": "kept", "source_type_id": "1"})
    assert server.stop() == 0
    assert not alive(pid)
    server.start()
    assert server.sources("GET", "/sources").json()["meta"]["count"] == 1


def test_it_never_runs_as_root(make_server):
    server = make_server().start()
    status = pathlib.Path(f"/proc/{postmaster(server)}/status").read_text()
    uids = next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1:]
    assert "0" not in uids


def test_it_recovers_when_kontor_is_killed(make_server):
    server = make_server().start()
    pid = postmaster(server)
    server.sources("POST", "/sources", json={"name": "kept", "source_type_id": "1"})
    server.kill()
    server.start()
    assert postmaster(server) != pid
    assert server.sources("GET", "/sources").json()["meta"]["count"] == 1


def test_it_recovers_when_postgres_is_killed(make_server):
    server = make_server().start()
    server.sources("POST", "/sources", json={"name": "kept", "source_type_id": "1"})
    pid = postmaster(server)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: server.sources("GET", "/sources").status_code == 200 and postmaster(server) != pid, 30)
    assert server.sources("GET", "/sources").json()["meta"]["count"] == 1


def test_a_second_server_on_the_directory_is_refused(make_server):
    server = make_server().start()
    other = subprocess.run(
        [kontor_binary(), "serve"], capture_output=True, text=True, timeout=60,
        env={**server.environment, "KONTOR_LISTEN": f"127.0.0.1:{free_port()}"},
    )  # fmt: skip
    assert other.returncode == 1
    assert "in use by another kontor" in other.stderr and str(server.process.pid) in other.stderr


def test_verbs_work_without_a_server(make_server):
    server = make_server().start()
    server.sources("POST", "/sources", json={"name": "kept", "source_type_id": "1"})
    server.stop()
    assert server.sql("SELECT name FROM sources", "sources") == [["kept"]]
    assert not (server.data_dir / "postgres" / "postmaster.pid").exists()


def test_who_gets_in(make_server):
    server = make_server().start()
    port = (server.data_dir / "database.port").read_text().strip()
    password = (server.data_dir / "database.password").read_text().strip()
    assert (server.data_dir / "database.password").stat().st_mode & 0o777 == 0o600

    def connect(**environment: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            ["psql", "-h", "127.0.0.1", "-p", port, "-U", "postgres", "-d", "koku", "-w", "-Atc", "SELECT 1"],
            capture_output=True, text=True, timeout=30, env={"PATH": os.environ["PATH"], **environment},
        )  # fmt: skip

    assert connect().returncode != 0
    assert connect(PGPASSWORD="wrong").returncode != 0
    assert connect(PGPASSWORD=password).stdout == "1\n"


@pytest.fixture
def own_postgres():
    """A PostgreSQL as a user would have it: one of kontor's making, used by URL."""
    folder = make_folder()
    keeper = Server(data_dir=folder / "keeper").start()
    port = (keeper.data_dir / "database.port").read_text().strip()
    password = (keeper.data_dir / "database.password").read_text().strip()
    yield keeper, f"postgresql://postgres:{password}@127.0.0.1:{port}"
    keeper.close()
    remove_folder(folder)


def test_two_servers_at_once_migrate_a_database_of_the_users(own_postgres, make_server):
    _, url = own_postgres
    servers = [
        make_server(KONTOR_DATABASE_URL=f"{url}/other_koku", KONTOR_SOURCES_DATABASE_URL=f"{url}/other_sources")
        for _ in range(2)
    ]
    threads = [threading.Thread(target=server.start) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert servers[0].sources("POST", "/sources", json={"name": "x", "source_type_id": "1"}).status_code == 201
    assert servers[1].sources("GET", "/sources").json()["meta"]["count"] == 1


def test_a_database_that_is_away_is_named(make_server):
    done = subprocess.run(
        [kontor_binary(), "serve", "--database-url", f"postgresql://x@127.0.0.1:{free_port()}/koku"],
        capture_output=True, text=True, timeout=60, env={"PATH": os.environ["PATH"], "HOME": "/tmp"},
    )  # fmt: skip
    assert done.returncode == 1 and "127.0.0.1" in done.stderr


def test_a_database_that_comes_later_is_waited_for(make_server):
    keeper = make_server(KONTOR_DATABASE_PORT=str(free_port()))
    keeper.start()
    password = (keeper.data_dir / "database.password").read_text().strip()
    keeper.stop()
    url = f"postgresql://postgres:{password}@127.0.0.1:{keeper.environment['KONTOR_DATABASE_PORT']}/later"
    later = make_server(KONTOR_DATABASE_URL=url, KONTOR_DATABASE_WAIT="60")
    starter = threading.Thread(target=later.start)
    starter.start()
    wait_until(lambda: "waiting up to 60 s for the database" in later.log(), 30, "it waits")
    keeper.start()
    starter.join()
    assert later.sources("GET", "/sources").json()["meta"]["count"] == 0
    later.close()


def test_a_server_that_waits_can_be_stopped(make_server):
    server = make_server(KONTOR_DATABASE_URL=f"postgresql://x@127.0.0.1:{free_port()}/koku", KONTOR_DATABASE_WAIT="60")
    with server.log_path.open("wb") as log:
        waiting = subprocess.Popen([kontor_binary(), "serve"], env=server.environment, stdout=log, stderr=log)
    wait_until(lambda: "waiting up to 60 s" in server.log(), 30, "it waits")
    waiting.terminate()
    assert waiting.wait(20) == 1
