"""The Trino client, which says that there is no Trino."""

from __future__ import annotations

from typing import Any

from .absent import NotPartOfKontor


class TrinoClient:
    """Kontor has no Trino: it folds reports itself."""

    REASON = "Kontor has no Trino; it folds reports itself, into the tenant's tables of the database koku"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def execute_query(self, query: str) -> list[tuple[Any, ...]]:
        """Refuses."""
        raise NotPartOfKontor(self.REASON)
