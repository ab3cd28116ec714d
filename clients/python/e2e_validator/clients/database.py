"""Clients of the product's database, by psql: with an address, in a pod, or on this machine."""

from __future__ import annotations

import csv
import decimal
import io
import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from .kubernetes import KubernetesClient, KubernetesError

Parameters = Sequence[Any] | Mapping[str, Any] | None
MARK, NULL = "\x1f--rows--\x1f", "\x1fnull\x1f"


class DatabaseError(Exception):
    """The database could not be reached, or refused a statement; the message holds what it said."""


TYPES = {
    "integer": int, "bigint": int, "smallint": int, "numeric": decimal.Decimal, "double precision": float,
    "boolean": lambda text: text == "t", "json": json.loads, "jsonb": json.loads,
}  # fmt: skip


def bind(query: str, params: Parameters) -> tuple[str, dict[str, str]]:
    """A statement with %s or %(name)s as psql reads it, and its variables. psql quotes their values."""
    if params is None:
        return query, {}
    named = dict(params) if isinstance(params, Mapping) else {f"p{i}": value for i, value in enumerate(params)}
    places = iter(named)

    def place(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return "%"
        try:
            name = match[1] or next(places)
            value = named[name]
        except (StopIteration, KeyError):
            raise DatabaseError(f"the statement has more placeholders than parameters: {query[:200]}") from None
        return "NULL" if value is None else f":'{name}'"

    text = re.sub(r"%%|%s|%\((\w+)\)s", place, query)
    variables = {
        name: json.dumps(value) if isinstance(value, (dict, list)) else str(value)
        for name, value in named.items()
        if value is not None
    }
    return text, variables


class PsqlDatabase:
    """What the clients have in common; a subclass says how psql is run."""

    def run_psql(self, arguments: Sequence[str], script: bytes) -> str:
        """What psql prints that is given these arguments and this script; DatabaseError when it fails."""
        raise NotImplementedError

    def execute_query(
        self, query: str, params: Parameters = None, fetch_one: bool = False, dict_cursor: bool = False
    ) -> Any:
        """The rows of a statement (tuples, or dicts), or with fetch_one the first, or None.

        A statement that returns no rows gives []. Numbers, booleans and JSON come as such, other types as text.
        """
        text, variables = bind(query.strip().rstrip(";"), params)
        arguments = ["-X", "-q", "--csv", "-v", "ON_ERROR_STOP=1", "-P", f"null={NULL}"]
        for name, value in variables.items():
            arguments += ["-v", f"{name}={value}"]
        script = f"BEGIN;\n{text} \\gdesc\n\\echo '{MARK}'\n{text};\nCOMMIT;\n"
        head, _, body = self.run_psql(arguments, script.encode()).partition(MARK + "\n")
        types = [row[1] for row in list(csv.reader(io.StringIO(head)))[1:]]
        lines = list(csv.reader(io.StringIO(body)))
        names, rows = (lines[0], lines[1:]) if lines and types else ([], [])
        found = [tuple(_value(cell, kind) for cell, kind in zip(row, types, strict=True)) for row in rows]
        shaped: list[Any] = [dict(zip(names, row, strict=True)) for row in found] if dict_cursor else list(found)
        return (shaped[0] if shaped else None) if fetch_one else shaped

    # what the phases ask

    def get_provider(self) -> dict[str, Any] | None:
        """The provider that was made last."""
        return self.execute_query(
            "SELECT p.uuid, p.name, p.type, p.active, p.setup_complete, c.org_id"
            "  FROM api_provider p"
            "  LEFT JOIN api_customer c ON c.id = p.customer_id"
            " ORDER BY p.created_timestamp DESC NULLS LAST"
            " LIMIT 1",
            fetch_one=True, dict_cursor=True,
        )  # fmt: skip

    def get_provider_count(self) -> int:
        """How many providers there are."""
        return self.execute_query("SELECT count(*) FROM api_provider", fetch_one=True)[0]

    def create_provider(
        self, name: str, org_id: str, bucket: str = "cost-data", report_name: str = "test-report",
        report_prefix: str = "",
    ) -> str:  # fmt: skip
        """Adds an AWS provider by SQL, as the guide's last resort does; its uuid. One that is there is kept."""
        parameters = {
            "name": name, "org": org_id,
            "data_source": {"bucket": bucket, "report_name": report_name, "report_prefix": report_prefix},
        }  # fmt: skip
        for statement in PROVIDER_STATEMENTS:
            self.execute_query(statement, {k: v for k, v in parameters.items() if f"%({k})s" in statement})
        return self.execute_query(FIND_PROVIDER, {"name": name, "org": org_id}, fetch_one=True)[0]

    def check_migrations(self) -> int:
        """How many migrations of the product the database has."""
        return self.execute_query("SELECT count(*) FROM public.kontor_migration", fetch_one=True)[0]

    def get_manifest_count(self) -> int:
        """How many deliveries of reports are known."""
        return self.execute_query("SELECT count(*) FROM reporting_common_costusagereportmanifest", fetch_one=True)[0]

    def get_latest_manifest(self) -> dict[str, Any] | None:
        """The delivery that was found last."""
        return self.execute_query(
            "SELECT id, assembly_id, provider_id, billing_period_start_datetime, num_total_files,"
            "       completed_datetime, state"
            "  FROM reporting_common_costusagereportmanifest"
            " ORDER BY creation_datetime DESC, id DESC"
            " LIMIT 1",
            fetch_one=True, dict_cursor=True,
        )  # fmt: skip

    def check_hive_database(self) -> bool:
        """Kontor folds reports itself: there is no Hive, and nothing is missing without it."""
        return False

    def create_hive_prerequisites(self) -> None:
        """Refuses: nothing of this product uses Hive."""
        raise DatabaseError("Kontor uses no Hive metastore; there is nothing to create")

    def close(self) -> None:
        """Nothing is held open between statements."""


PROVIDER_STATEMENTS = (
    "INSERT INTO api_customer (uuid, schema_name, org_id, date_created, date_updated)"
    " VALUES (gen_random_uuid(), %(org)s, %(org)s, now(), now())"
    " ON CONFLICT DO NOTHING",
    "INSERT INTO api_providerbillingsource (uuid, data_source)"
    " VALUES (gen_random_uuid(), %(data_source)s::jsonb)",
    "INSERT INTO api_provider"
    "    (uuid, name, type, setup_complete, active, paused, customer_id, created_timestamp, additional_context)"
    " SELECT gen_random_uuid(), %(name)s, 'AWS', true, true, false, c.id, now(), '{}'::jsonb"
    "   FROM api_customer c"
    "  WHERE c.org_id = %(org)s",
    "UPDATE api_provider"
    "   SET billing_source_id = ("
    "           SELECT id"
    "             FROM api_providerbillingsource"
    "            WHERE data_source_identity(data_source) = data_source_identity(%(data_source)s::jsonb)"
    "            LIMIT 1)"
    " WHERE name = %(name)s"
    "   AND billing_source_id IS NULL"
    "   AND customer_id = (SELECT id FROM api_customer WHERE org_id = %(org)s)",
)
FIND_PROVIDER = (
    "SELECT p.uuid"
    "  FROM api_provider p"
    "  JOIN api_customer c ON c.id = p.customer_id"
    " WHERE p.name = %(name)s"
    "   AND c.org_id = %(org)s"
)


def _value(cell: str, kind: str) -> Any:
    if cell == NULL:
        return None
    return TYPES.get(kind.partition("(")[0], str)(cell)


def _psql(command: Sequence[str], script: bytes, environment: Mapping[str, str] | None = None) -> str:
    try:
        done = subprocess.run(command, input=script, capture_output=True, env=environment, timeout=120, check=False)
    except FileNotFoundError:
        raise DatabaseError(f"{command[0]} is not on the path: install PostgreSQL's client") from None
    except subprocess.TimeoutExpired:
        raise DatabaseError("the database did not answer within 120 s") from None
    if done.returncode != 0:
        raise DatabaseError((done.stderr or done.stdout).decode(errors="replace").strip()[-800:])
    return done.stdout.decode()


class DatabaseClient(PsqlDatabase):
    """A database by its address; psql must be on the path. `url` instead of the address: postgresql://…"""

    def __init__(
        self, host: str = "localhost", port: int | str = 5432, user: str = "postgres", password: str | None = None,
        database: str = "koku", url: str | None = None,
    ) -> None:  # fmt: skip
        self.url = url
        self.settings = {"PGHOST": host, "PGPORT": str(port), "PGUSER": user, "PGDATABASE": database}
        if password is not None:
            self.settings["PGPASSWORD"] = password

    def run_psql(self, arguments: Sequence[str], script: bytes) -> str:
        import os

        if self.url is not None:
            return _psql(["psql", *arguments, self.url], script)
        return _psql(["psql", *arguments], script, {**os.environ, **self.settings})

    @property
    def conn(self) -> Any:
        """A connection of psycopg, where that is installed, for programs that want their own cursor."""
        try:
            import psycopg
        except ImportError:
            raise DatabaseError("conn and cursor() need psycopg: pip install psycopg[binary]") from None
        if self.url is not None:
            return psycopg.connect(self.url)
        return psycopg.connect(
            host=self.settings["PGHOST"], port=self.settings["PGPORT"], user=self.settings["PGUSER"],
            dbname=self.settings["PGDATABASE"], password=self.settings.get("PGPASSWORD"),
        )  # fmt: skip

    def cursor(self, dict_cursor: bool = False) -> Any:
        """A cursor of a connection of its own."""
        connection = self.conn
        if not dict_cursor:
            return connection.cursor()
        from psycopg.rows import dict_row

        return connection.cursor(row_factory=dict_row)


class KubectlDatabaseClient(PsqlDatabase):
    """A database in a pod, by the psql that is there."""

    def __init__(
        self, k8s: KubernetesClient, pod_name: str, database: str = "koku", user: str = "postgres"
    ) -> None:
        self.k8s, self.pod_name, self.database, self.user = k8s, pod_name, database, user

    def run_psql(self, arguments: Sequence[str], script: bytes) -> str:
        command = ["psql", "-U", self.user, "-d", self.database, *arguments]
        try:
            return self.k8s.exec_in_pod(self.pod_name, command, stdin=script)
        except KubernetesError as error:
            raise DatabaseError(str(error)) from None


class LocalDatabaseClient(PsqlDatabase):
    """The database of a kontor on this machine: `kontor psql` knows where it is."""

    def __init__(self, kontor: str, database: str = "koku", settings: Sequence[str] = ()) -> None:
        self.command = [kontor, "psql", *settings, database]

    def run_psql(self, arguments: Sequence[str], script: bytes) -> str:
        return _psql([*self.command, *arguments], script)
