"""Bringing a database's tables up to date."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, text

from mixdown_kernel import Kind, Problem

MIGRATIONS = Path(__file__).with_name("migrations")
_LOCK = 0x6D697864_6F776E
"""Any number of our own; PostgreSQL's advisory locks are named by one."""


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Apply every missing migration inside the connection's transaction.

    The transaction's beginning is a lock on SQLite (`State.begin`); on PostgreSQL one is taken here.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    try:
        command.upgrade(configuration(connection), revision)
    except CommandError as error:
        raise Problem(
            Kind.UNAVAILABLE,
            "database_too_new",
            "The database was written by a later version of Mixdown.",
            hint="Install that version, or name another database in MIXDOWN_DATABASE_URL.",
        ) from error


def configuration(connection: Connection) -> Config:
    """Alembic's own, for this connection."""
    config = Config()
    # Its options are interpolated like a configuration file's, so a percent sign in the path is doubled.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
