"""A Kafka broker of the suite's own: one node, from the published jars (scripts/setup-kafka.sh)."""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import uuid

from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient, NewTopic

from .process import ROOT, free_port, make_folder, remove_folder, wait_until

KAFKA_USER, KAFKA_PASSWORD = "kontor", "broker-password"
JARS = ROOT / "build" / "tools" / "kafka"


def missing() -> str:
    """Why there can be no broker here; "" when there can."""
    if shutil.which("java") is None:
        return "there is no Java here"
    return "" if JARS.is_dir() else "there are no jars of Kafka: scripts/setup-kafka.sh fetches them where Maven is"


class Broker:
    def __init__(self) -> None:
        self.folder = make_folder()
        self.port, self.controller_port = free_port(), free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.sasl_address = f"127.0.0.1:{free_port()}"  # for KAFKA_USER with KAFKA_PASSWORD
        self.process: subprocess.Popen | None = None
        self.settings = self.folder / "server.properties"
        self.settings.write_text(
            "process.roles=broker,controller\nnode.id=1\n"
            f"controller.quorum.voters=1@127.0.0.1:{self.controller_port}\n"
            f"listeners=PLAINTEXT://{self.address},SASL://{self.sasl_address},"
            f"CONTROLLER://127.0.0.1:{self.controller_port}\n"
            f"advertised.listeners=PLAINTEXT://{self.address},SASL://{self.sasl_address}\n"
            "sasl.enabled.mechanisms=PLAIN\n"
            "listener.name.sasl.plain.sasl.jaas.config="
            "org.apache.kafka.common.security.plain.PlainLoginModule required "
            f'user_{KAFKA_USER}="{KAFKA_PASSWORD}";\n'
            "controller.listener.names=CONTROLLER\ninter.broker.listener.name=PLAINTEXT\n"
            "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL:SASL_PLAINTEXT\n"
            f"log.dirs={self.folder / 'log'}\n"
            "offsets.topic.replication.factor=1\ntransaction.state.log.replication.factor=1\n"
            "transaction.state.log.min.isr=1\noffsets.topic.num.partitions=1\n"
            "group.initial.rebalance.delay.ms=0\nauto.create.topics.enable=true\n"
            "log.cleaner.enable=false\n"
        )
        self.java("kafka.tools.StorageTool", "format", "-t", uuid.uuid4().hex[:22], "-c", str(self.settings)).wait(60)

    def java(self, *arguments: str) -> subprocess.Popen:
        with (self.folder / "broker.log").open("ab") as log:
            return subprocess.Popen(
                ["java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", f"{JARS}/*", *arguments],
                stdout=log, stderr=log,
            )  # fmt: skip

    def start(self) -> Broker:
        self.process = self.java("kafka.Kafka", str(self.settings))
        wait_until(self.answers, 90, "the broker answers")
        return self

    def answers(self) -> bool:
        assert self.process is not None and self.process.poll() is None, self.log()[-3000:]
        try:
            return bool(AdminClient(self.client()).list_topics(timeout=2).brokers)
        except Exception:  # noqa: BLE001  the client has errors of many kinds for "not yet"
            return False

    def client(self, **more: str) -> dict[str, str]:
        return {"bootstrap.servers": self.address, "log_level": "0", **more}

    def create_topic(self, name: str) -> None:
        admin = AdminClient(self.client())
        for future in admin.create_topics([NewTopic(name, 1, 1)]).values():
            future.result(30)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(60)
            self.process = None

    def close(self) -> None:
        self.stop()
        remove_folder(self.folder)

    def log(self) -> str:
        path = pathlib.Path(self.folder / "broker.log")
        return path.read_text(errors="replace") if path.exists() else ""

    def send(self, topic: str, value: bytes, headers: dict[str, str]) -> None:
        producer = Producer(self.client())
        producer.produce(topic, value, headers=list(headers.items()))
        assert producer.flush(30) == 0

    def read(self, topic: str) -> Reader:
        return Reader(self, topic)


class Reader:
    """Everything that is in a topic, from its start."""

    def __init__(self, broker: Broker, topic: str) -> None:
        self.consumer = Consumer(broker.client(**{"group.id": uuid.uuid4().hex, "auto.offset.reset": "earliest"}))
        self.consumer.subscribe([topic])
        self.messages: list = []

    def poll(self) -> list:
        message = self.consumer.poll(0.2)
        while message is not None:
            if message.error() is None:
                self.messages.append(message)
            message = self.consumer.poll(0)
        return self.messages

    def close(self) -> None:
        self.consumer.close()
