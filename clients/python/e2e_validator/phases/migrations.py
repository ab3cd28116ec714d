"""Are the databases as new as the program? A server that starts brings them up to date itself."""

from __future__ import annotations

from ..clients.database import DatabaseError
from ..deployment import Deployment, PhaseResult, failed, passed

TABLES = ("api_customer", "api_provider", "api_providerbillingsource", "reporting_common_costusagereportmanifest")


def run(deployment: Deployment) -> PhaseResult:
    """Counts the migrations and looks for the tables that the guide's SQL names."""
    try:
        applied = deployment.database.check_migrations()
        missing = [
            name
            for name in TABLES
            if not deployment.database.execute_query(
                "SELECT to_regclass(%s) IS NOT NULL", (f"public.{name}",), fetch_one=True
            )[0]
        ]
    except DatabaseError as error:
        return failed(str(error))
    if missing:
        return failed(f"tables are missing: {', '.join(missing)}; restart the server, it makes them")
    print(f"  {applied} migrations applied; all tables are there")
    return passed(applied=applied)
