"""Events to a real Kafka, and availability statuses from it."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterator

import pytest
from support.process import wait_until

broker_module = pytest.importorskip("support.broker")
pytestmark = pytest.mark.skipif(bool(broker_module.missing()), reason=broker_module.missing())

EVENTS, STATUS = "platform.sources.event-stream", "platform.sources.status"


@pytest.fixture(scope="module")
def broker() -> Iterator:
    made = broker_module.Broker()
    try:
        made.start()
        for topic in (EVENTS, STATUS):
            made.create_topic(topic)
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def kontor(broker) -> Iterator:
    from support.server import Server

    server = Server(KONTOR_KAFKA_BROKERS=broker.address).start()
    yield server
    server.close()


@pytest.fixture
def org() -> str:
    return f"org-{uuid.uuid4().hex[:10]}"


def create(kontor, org: str, path: str, **body) -> dict:
    answer = kontor.sources("POST", path, org, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def types_of(messages: list) -> list[str]:
    return [dict(message.headers())["event_type"].decode() for message in messages]


def events(broker, org: str, count: int) -> list:
    """The organisation's first `count` events, in the order of the topic, each once."""
    reader = broker.read(EVENTS)

    def mine() -> list:
        return [message for message in reader.poll() if message.key() == org.encode()]

    try:
        wait_until(lambda: len(mine()) >= count, 40, f"{count} events of {org}")
        return mine()
    finally:
        reader.close()


def test_events_have_the_originals_key_headers_and_payload(broker, kontor, org):
    source = create(kontor, org, "/sources", name="published", source_type_id="1")
    application = create(
        kontor, org, "/applications", source_id=source["id"], application_type_id="2", extra={"bucket": "none"}
    )
    kontor.sources("POST", f"/sources/{source['id']}/pause", org)
    kontor.sources("DELETE", f"/sources/{source['id']}", org)
    wanted = [
        "Source.create", "Application.create", "Source.pause", "Application.pause",
        "Application.destroy", "Source.destroy",
    ]  # fmt: skip
    found = events(broker, org, len(wanted))
    # The ingest may report on the bucket in between.
    assert [kind for kind in types_of(found) if not kind.endswith(".update")] == wanted
    first = found[0]
    assert [name for name, _ in first.headers()] == ["x-rh-sources-org-id", "x-rh-identity", "event_type", "encoding"]
    headers = dict(first.headers())
    assert (headers["x-rh-sources-org-id"], headers["encoding"]) == (org.encode(), b"json")
    identity = json.loads(base64.b64decode(headers["x-rh-identity"]))["identity"]
    assert (identity["org_id"], identity["type"]) == (org, "System")
    payload = json.loads(first.value())
    assert sorted(payload) == sorted([
        "availability_status", "last_checked_at", "last_available_at", "id", "created_at", "updated_at", "paused_at",
        "name", "uid", "version", "imported", "source_ref", "app_creation_workflow", "source_type_id", "tenant",
    ])  # fmt: skip
    assert (payload["id"], payload["name"], payload["paused_at"]) == (int(source["id"]), "published", None)
    made = json.loads(found[types_of(found).index("Application.create")].value())
    assert (made["id"], made["source_id"], made["extra"]) == (
        int(application["id"]),
        int(source["id"]),
        {"bucket": "none"},
    )


def test_a_secret_is_in_no_event(broker, kontor, org):
    source = create(kontor, org, "/sources", name="s", source_type_id="1")
    create(
        kontor, org, "/authentications", resource_type="Source", resource_id=source["id"], authtype="arn",
        username="u", password="never-told",
    )  # fmt: skip
    values = b"".join(message.value() for message in events(broker, org, 2))
    assert b"never-told" not in values and b"v1:" not in values and b"password" not in values


def test_status_messages_change_rows_of_their_tenant(broker, kontor, org):
    source = create(kontor, org, "/sources", name="s", source_type_id="1")
    endpoint = create(kontor, org, "/endpoints", source_id=source["id"])
    headers = {"event_type": "availability_status", "x-rh-sources-org-id": org}

    def send(headers: dict[str, str] = headers, **body) -> None:
        broker.send(STATUS, json.dumps(body).encode(), headers)

    # What makes no sense is dropped, and what follows is read.
    broker.send(STATUS, b"{no json", headers)
    send(resource_type="Planet", resource_id="1", status="available")
    send(resource_type="Source", resource_id=source["id"], status="splendid")
    send(
        headers | {"x-rh-sources-org-id": "nobody"},
        resource_type="Source",
        resource_id=source["id"],
        status="available",
    )
    kontor.sources("GET", "/sources", org + "x")
    send(
        headers | {"x-rh-sources-org-id": org + "x"},
        resource_type="Source",
        resource_id=source["id"],
        status="available",
    )
    send({**headers, "event_type": "healthcheck"}, resource_type="Source", resource_id=source["id"], status="available")
    send(resource_type="Endpoint", resource_id=int(endpoint["id"]), status="unavailable", error="no route")

    def changed() -> dict:
        row = kontor.sources("GET", f"/endpoints/{endpoint['id']}", org).json()
        return row if row["availability_status"] == "unavailable" else {}

    row = wait_until(changed, 40, "the endpoint is unavailable")
    assert row["availability_status_error"] == "no route" and "last_checked_at" in row
    assert kontor.sources("GET", f"/sources/{source['id']}", org).json()["availability_status"] == "in_progress"
    send(resource_type="source", resource_id=source["id"], status="available")
    wait_until(
        lambda: kontor.sources("GET", f"/sources/{source['id']}", org).json()["availability_status"] == "available",
        40, "the source is available",
    )  # fmt: skip
    found = events(broker, org, 6)
    assert types_of(found) == [
        "Source.create", "Endpoint.create", "Endpoint.update", "Records.update", "Source.update", "Records.update",
    ]  # fmt: skip
    records = json.loads(found[3].value())
    assert sorted(records) == [
        "application_authentications", "applications", "authentications", "endpoints", "source", "updated",
    ]  # fmt: skip
    assert records["updated"] == {
        "Endpoint": {endpoint["id"]: ["last_checked_at", "availability_status", "availability_status_error"]}
    }
    assert [row["id"] for row in records["endpoints"]] == [int(endpoint["id"])]


def test_nothing_is_lost_when_the_broker_or_the_server_goes(broker, kontor, org):
    names = [f"s{number:02}" for number in range(30)]
    for name in names[:10]:
        create(kontor, org, "/sources", name=name, source_type_id="1")
    broker.stop()
    for name in names[10:20]:
        create(kontor, org, "/sources", name=name, source_type_id="1")
    kontor.kill()
    kontor.start()
    for name in names[20:]:
        create(kontor, org, "/sources", name=name, source_type_id="1")
    broker.start()
    reader = broker.read(EVENTS)

    def published() -> list[str]:
        mine = [message for message in reader.poll() if message.key() == org.encode()]
        return list(dict.fromkeys(json.loads(message.value())["name"] for message in mine))

    try:
        wait_until(lambda: len(published()) >= len(names), 60, "all events are there")
        assert published() == names
    finally:
        reader.close()


def test_old_events_that_all_have_had_are_deleted(broker, kontor, org):
    source = create(kontor, org, "/sources", name="old", source_type_id="1")
    where = f"WHERE source_id = {source['id']}"
    events(broker, org, 1)
    done = f"SELECT 1 FROM event_outbox {where} AND kafka_at IS NOT NULL AND provider_at IS NOT NULL"
    wait_until(
        lambda: kontor.sql(done, "sources"),
        30, "both consumers are done",
    )  # fmt: skip
    kontor.sql(f"UPDATE event_outbox SET created_at = now() - interval '8 days' {where}", "sources")
    kontor.stop()
    kontor.start()
    wait_until(lambda: not kontor.sql(f"SELECT 1 FROM event_outbox {where}", "sources"), 30, "the event is deleted")


def test_sasl_and_a_password_that_is_in_no_log(broker, make_server, org):
    settings = {
        "KONTOR_KAFKA_BROKERS": broker.sasl_address, "KONTOR_KAFKA_SECURITY_PROTOCOL": "sasl_plaintext",
        "KONTOR_KAFKA_SASL_MECHANISM": "PLAIN", "KONTOR_KAFKA_SASL_USERNAME": broker_module.KAFKA_USER,
    }  # fmt: skip
    server = make_server(**settings, KONTOR_KAFKA_SASL_PASSWORD="a-wrong-password").start()
    create(server, org, "/sources", name="signed in", source_type_id="1")
    wait_until(lambda: "check KONTOR_KAFKA_SECURITY_PROTOCOL" in server.log(), 40, "the log says what to check")
    waiting = f"SELECT 1 FROM event_outbox WHERE org_id = '{org}' AND kafka_at IS NULL"
    assert server.sql(waiting, "sources") == [["1"]]
    server.stop()
    server.environment["KONTOR_KAFKA_SASL_PASSWORD"] = broker_module.KAFKA_PASSWORD
    server.start()
    assert types_of(events(broker, org, 1)) == ["Source.create"]
    wait_until(lambda: not server.sql(waiting, "sources"), 30, "the event is marked")
    assert "a-wrong-password" not in server.log() and broker_module.KAFKA_PASSWORD not in server.log()


def test_settings_that_make_no_sense_are_named(make_server, org):
    server = make_server(KONTOR_KAFKA_BROKERS="127.0.0.1:1", KONTOR_KAFKA_SECURITY_PROTOCOL="telepathy").start()
    wait_until(lambda: "Kafka setting security.protocol" in server.log(), 30, "the log names the setting")
    # The API does not wait for Kafka.
    create(server, org, "/sources", name="all the same", source_type_id="1")
