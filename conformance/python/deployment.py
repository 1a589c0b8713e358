"""One server under test: the claviger binary on an engine of its own, with a configuration."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sqlite3
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Timer

import psycopg
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

BINARY = os.environ.get("CLAVIGER_BIN")
POSTGRES = os.environ.get("CLAVIGER_TEST_POSTGRES")
CONFIGURATIONS = Path(__file__).parent.parent / "configurations.json"
START_LIMIT_S = 20.0
STOP_LIMIT_S = 15.0

# The engines to test on. PostgreSQL is one of them when CLAVIGER_TEST_POSTGRES names a server.
ENGINES = ["sqlite", "postgres"] if POSTGRES else ["sqlite"]


class Deployment:
    """A running server, the place of its data, and what it announced."""

    def __init__(self, engine: str, configuration: str, placeholders: dict[str, str]) -> None:
        assert BINARY, "CLAVIGER_BIN must name the claviger binary under test"
        self.folder = Path(tempfile.mkdtemp(prefix="claviger-python-"))
        self._environment = _settings(configuration, placeholders)
        self._database = None
        if engine == "postgres":
            self._database = f"claviger_python_{secrets.token_hex(6)}"
            _administer(f"CREATE DATABASE {self._database}")
        self.start()

    def start(self) -> None:
        """Starts the server and waits until it says where it is."""
        command = [BINARY, "serve", "--json", "--listen", "127.0.0.1:0", "--data", self.folder]
        if self._database:
            command += ["--database", f"{POSTGRES}/{self._database}"]
        logs = Path(os.environ.get("CLAVIGER_TEST_LOGS", self.folder))
        log = logs / f"{self.folder.name}-{secrets.token_hex(4)}.log"
        with log.open("wb") as stderr:
            self._process = subprocess.Popen(
                command,
                env={"PATH": os.environ["PATH"], "HOME": str(self.folder), **self._environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
            )
        limit = Timer(START_LIMIT_S, self._process.kill)
        limit.start()
        line = self._process.stdout.readline()
        limit.cancel()
        assert line, f"{BINARY} did not start:\n{log.read_text(errors='replace')[-4000:]}"
        announcement = json.loads(line)
        self.url: str = announcement["url"]
        self.anon_key: str = announcement["anon_key"]
        self.service_key: str = announcement["service_key"]

    @property
    def jwt_secret(self) -> str:
        """The secret that the application shares with the server."""
        return self._environment["GOTRUE_JWT_SECRET"]

    @property
    def preshared_key(self) -> str:
        """The key that the operator has given to the authorization API."""
        return self._environment["CLAVIGER_OPENFGA_PRESHARED_KEYS"]

    def stop(self) -> None:
        """Asks the server to end, as an operator does, and waits until it has ended."""
        self._process.terminate()
        try:
            self._process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def remove(self) -> None:
        """Stops the server and removes everything that it has kept."""
        self.stop()
        if self._database:
            _administer(f"DROP DATABASE {self._database} WITH (FORCE)")
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def without_database(self) -> Iterator[None]:
        """Keeps the server's database away while the server runs.

        PostgreSQL ends every connection and takes none to this database. SQLite is being written
        to by another program, which does not end.
        """
        if self._database:
            yield from _away(self._database)
        else:
            with closing(sqlite3.connect(_sqlite_file(self.folder, "users"))) as connection:
                connection.isolation_level = None
                connection.execute("BEGIN IMMEDIATE")
                yield

    def age(self, table: str, column: str, user_id: str, by: timedelta) -> None:
        """Moves a time of this user's rows into the past, as if that much time had gone by."""
        owner = "id" if table == "users" else "user_id"
        if self._database:
            _administer(
                f"UPDATE auth.{table} SET {column} = {column} - %s WHERE {owner}::text = %s",
                (by, user_id),
                self._database,
            )
        else:
            _age_in_sqlite(_sqlite_file(self.folder, table), table, column, owner, user_id, by)


def _settings(name: str, placeholders: dict[str, str]) -> dict[str, str]:
    configurations = json.loads(CONFIGURATIONS.read_text())
    placeholders = {
        "<jwt secret>": secrets.token_urlsafe(48),
        "<es256 keys>": json.dumps([_signing_key()]),
        "<preshared key>": secrets.token_urlsafe(24),
        **placeholders,
    }
    chosen = {**configurations["common"], **configurations[name]}
    return {key: placeholders.get(value, value) for key, value in chosen.items()}


def _signing_key() -> dict:
    key = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()), as_dict=True)
    kid = f"conformance-{secrets.token_hex(4)}"
    return {**key, "kid": kid, "alg": "ES256", "key_ops": ["sign", "verify"]}


def _administer(statement: str, parameters: tuple = (), database: str = "postgres") -> None:
    with psycopg.connect(f"{POSTGRES}/{database}", autocommit=True) as connection:
        connection.execute(statement, parameters)


def _away(database: str) -> Iterator[None]:
    _administer(f"ALTER DATABASE {database} WITH ALLOW_CONNECTIONS false")
    _administer(
        "SELECT pg_terminate_backend(pid, %s) FROM pg_stat_activity WHERE datname = %s",
        (int(STOP_LIMIT_S * 1000), database),
    )
    try:
        yield
    finally:
        _administer(f"ALTER DATABASE {database} WITH ALLOW_CONNECTIONS true")


def _sqlite_file(folder: Path, table: str) -> Path:
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            if file.read(15) != b"SQLite format 3":
                continue
        with closing(sqlite3.connect(path)) as connection:
            query = "SELECT count(*) FROM sqlite_schema WHERE name = ?"
            if connection.execute(query, (table,)).fetchone()[0]:
                return path
    raise AssertionError(f"no SQLite file in {folder} has a table {table}")


def _age_in_sqlite(
    file: Path, table: str, column: str, owner: str, user_id: str, by: timedelta
) -> None:
    statement = f"UPDATE {table} SET {column} = {column} - ? WHERE {owner} = ?"
    microseconds = by // timedelta(microseconds=1)
    with closing(sqlite3.connect(file, timeout=STOP_LIMIT_S)) as connection, connection:
        changed = connection.execute(statement, (microseconds, uuid.UUID(user_id).bytes)).rowcount
    assert changed, f"no row of {user_id} in {table}"
