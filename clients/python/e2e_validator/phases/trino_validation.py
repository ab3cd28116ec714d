"""There is no Trino to validate."""

from __future__ import annotations

from ..clients.trino_client import TrinoClient
from ..deployment import Deployment, PhaseResult, skipped


def run(deployment: Deployment) -> PhaseResult:
    """Says so."""
    return skipped(TrinoClient.REASON)
