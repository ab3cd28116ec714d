"""Kafka is a choice, not a need: what is configured is looked at, nothing is demanded."""

from __future__ import annotations

from ..clients.database import DatabaseError
from ..clients.kafka_producer import KafkaProducerClient
from ..deployment import Deployment, PhaseResult, passed, skipped


def run(deployment: Deployment) -> PhaseResult:
    """Whether a broker of the cluster knows the topic of payloads."""
    if deployment.kind != "Kubernetes":
        return skipped("events go through the database; no broker is needed")
    try:
        reachable = KafkaProducerClient().verify_kafka_connectivity()
    except (DatabaseError, OSError) as error:
        return skipped(f"no Kafka in the cluster: {error}")
    if not reachable:
        return skipped("no Kafka in the cluster; events go through the database")
    print("  Kafka: the broker knows the topic of payloads")
    return passed()
