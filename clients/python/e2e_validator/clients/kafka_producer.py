"""Announcements of OpenShift payloads on Kafka."""

from __future__ import annotations

import base64
import json
from typing import Any

from .kubernetes import KubernetesClient, KubernetesError

TOPIC = "platform.upload.announce"


class KafkaProducerClient:
    """Sends by the console producer of a broker's pod, so that no Kafka library is needed here."""

    def __init__(
        self,
        kafka_bootstrap_servers: str = "kafka-cluster-kafka-bootstrap.kafka.svc:9092",
        namespace: str = "kafka",
    ) -> None:
        self.kafka_bootstrap_servers = kafka_bootstrap_servers
        self.k8s = KubernetesClient(namespace)

    def _broker(self) -> str:
        pods = self.k8s.get_pods("strimzi.io/kind=Kafka")
        if not pods:
            raise KubernetesError(f"namespace {self.k8s.namespace} has no pod of a Kafka broker")
        return pods[0]["metadata"]["name"]

    def send_ocp_report_message(
        self, request_id: str, tarball_url: str, org_id: str, cluster_id: str
    ) -> dict[str, Any]:
        """Announces a payload: {"success", "request_id", "topic", "message" or "error"}."""
        message = ocp_message(request_id, tarball_url, org_id, cluster_id)
        line = f"service:hccm\t{json.dumps(message)}\n".encode()
        result = {"request_id": request_id, "topic": TOPIC}
        command = [
            "bin/kafka-console-producer.sh", "--bootstrap-server", self.kafka_bootstrap_servers, "--topic", TOPIC,
            "--property", "parse.headers=true",
        ]  # fmt: skip
        try:
            self.k8s.exec_in_pod(self._broker(), command, stdin=line)
        except KubernetesError as error:
            return {**result, "success": False, "error": str(error)}
        return {**result, "success": True, "message": message}

    def verify_kafka_connectivity(self) -> bool:
        """Whether the broker knows the topic."""
        command = ["bin/kafka-topics.sh", "--bootstrap-server", self.kafka_bootstrap_servers, "--list"]
        try:
            return TOPIC in self.k8s.exec_in_pod(self._broker(), command).split()
        except KubernetesError:
            return False


def ocp_message(request_id: str, tarball_url: str, org_id: str, cluster_id: str) -> dict[str, Any]:
    """The message as the ingress service writes it."""
    identity = {
        "identity": {
            "account_number": "10001", "org_id": org_id, "type": "System", "internal": {"org_id": org_id},
            "system": {"cluster_id": cluster_id, "cn": cluster_id},
        },
        "entitlements": {"cost_management": {"is_entitled": True}, "insights": {"is_entitled": True}},
    }  # fmt: skip
    return {
        "request_id": request_id, "account": "10001", "org_id": org_id, "service": "hccm", "url": tarball_url,
        "b64_identity": base64.b64encode(json.dumps(identity).encode()).decode(),
    }  # fmt: skip
