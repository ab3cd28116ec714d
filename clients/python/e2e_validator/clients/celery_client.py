"""The Celery client, which says that there is no Celery."""

from __future__ import annotations

from typing import Any

from .absent import NotPartOfKontor


class CeleryClient:
    """Kontor has no Celery: its work is rows of kontor_job, in the database koku."""

    REASON = "Kontor has no Celery; its work is in the table kontor_job (SELECT kind, state, error FROM kontor_job)"

    def __init__(self, redis_url: str = "") -> None:
        self.redis_url = redis_url

    def trigger_task(self, task_name: str, *args: Any, **kwargs: Any) -> str:
        """Refuses: `kontor download_report` starts the processing of a provider."""
        raise NotPartOfKontor(f"{self.REASON}; `kontor download_report --provider-uuid UUID` processes a provider")

    def get_task_status(self, task_id: str) -> dict[str, Any]:
        """Refuses."""
        raise NotPartOfKontor(self.REASON)

    def wait_for_task(self, task_id: str, timeout: float = 300) -> dict[str, Any]:
        """Refuses."""
        raise NotPartOfKontor(self.REASON)
